/* Search: matches are positions of figures, null without a filter; a turn is one search or view,
   and an older one that comes back late is dropped. */
const fold = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\n]+/gu, "");
const state = { matches: null, view: 0, wanted: null, turn: 0 };
const fields = { q: "q", model: "f-model", organism: "f-organism", outcome: "f-outcome", reason: "f-reason", sort: "f-sort" };
for (const [name, id] of Object.entries(fields)) fields[name] = $(id);
const { q: query, model: byModel, organism: byOrganism, outcome: byOutcome, reason: byReason, sort: bySort } = fields;
const filters = [byOrganism, byOutcome, byReason];
const SIDE_BY_SIDE = "all";
const isSideBySide = () => byModel.value === SIDE_BY_SIDE;
const chosenModels = () => (isSideBySide() ? data.models.map((_, position) => position) : [Number(byModel.value) || 0]);
const labelOf = (code) => data.labels[code] ?? code;

function fillFilters() {
  const option = (value, text = value) => make("option", { value }, ...printable(text).map((node) => node.textContent ?? node));
  byModel.append(...data.models.map((name, position) => option(position, name)));
  if (data.models.length > 1) byModel.append(option(SIDE_BY_SIDE, "all, side by side"));
  byOrganism.append(...data.organisms.map((name) => option(name)));
  for (const [label, reasons] of [["Genes missed", data.miss_reasons], ["Names off the list", data.name_outcomes]]) {
    if (reasons.length) byReason.append(make("optgroup", { label }, ...reasons.map((name) => option(name, labelOf(name)))));
  }
}

/* The address holds the filters: #figures&q=...&model=NAME&sort=recall&page=2 */
function writeAddress() {
  const values = new URLSearchParams();
  for (const [name, field] of Object.entries(fields)) {
    const value = name === "model" && !isSideBySide() ? data.models[Number(field.value)] : field.value;
    const isDefault = name === "model" ? field.selectedIndex <= 0 : value === "";
    if (!isDefault) values.set(name, value);
  }
  if (state.view) values.set("page", state.view + 1);
  const text = values.toString();
  const hash = text ? `#figures&${text}` : "";
  if (hash || location.hash.startsWith("#figures&") || location.hash.startsWith("#fig=")) history.replaceState(null, "", hash || "#figures");
}
function readAddress() {
  const values = new URLSearchParams(location.hash.slice("#figures&".length));
  for (const [name, field] of Object.entries(fields)) {
    const value = values.get(name) ?? "";
    const position = data.models.indexOf(value);
    if (name !== "model") field.value = value;
    else if (value === SIDE_BY_SIDE && position < 0 && data.models.length > 1) field.value = SIDE_BY_SIDE;
    else field.selectedIndex = Math.max(position, 0);
    if (field.selectedIndex === -1) field.selectedIndex = 0; // a value that this report does not have
  }
  const page = Number(values.get("page"));
  return search(Number.isInteger(page) && page > 1 ? page - 1 : 0).then(() => $("figures").scrollIntoView());
}

function passes(entry, caption, words) {
  if (byOrganism.value !== "" && !entry.organisms.includes(byOrganism.value)) return false;
  const tags = new Set(chosenModels().flatMap((model) => entry.tags[model] ?? []));
  for (const filter of [byOutcome, byReason]) {
    if (filter.value !== "" && !tags.has(filter.value)) return false;
  }
  if (!words.length) return true;
  const text = `${entry.text}\n${caption}`.toLowerCase();
  const folded = fold(text);
  return words.every(([word, foldedWord]) => text.includes(word) || (foldedWord && folded.includes(foldedWord)));
}

/* What figures are put in order by; the counts are names, hits, named and recovered genes. */
const ORDERS = {
  recall: ([, , named, recovered]) => (named ? recovered / named : 2),
  misses: ([, , named, recovered]) => recovered - named,
  "off-list": ([names, hits]) => hits - names,
};
function rankOf(entry) {
  const sums = [0, 0, 0, 0];
  for (const model of chosenModels()) (entry.counts[model] ?? []).forEach((count, i) => { sums[i] += count; });
  return ORDERS[bySort.value](sums);
}

/** Find the figures that pass the filters, one part of the index after another, and order them. */
async function search(view = 0) {
  const turn = ++state.turn;
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean).map((word) => [word, fold(word)]);
  state.wanted = null;
  const isOrdered = Object.hasOwn(ORDERS, bySort.value);
  if (!words.length && !isOrdered && filters.every((filter) => filter.value === "")) {
    state.matches = null;
    return turnTo(view);
  }
  const matches = [];
  for (let part = 0; part < data.indexes; part += 1) {
    let entries;
    let figures = null; // their captions, if the index has none
    try {
      entries = await store.load("index", part);
      if (!data.folder) figures = await store.load("page", 0);
    } catch { return showMissing(); }
    if (turn !== state.turn) return undefined;
    entries.forEach((entry, i) => {
      const position = part * data.index_size + i;
      const caption = entry.caption ?? figures?.[position]?.caption ?? "";
      if (passes(entry, caption, words)) matches.push([isOrdered ? rankOf(entry) : 0, position]);
    });
    if (data.indexes > 1) {
      const searched = Math.min((part + 1) * data.index_size, data.count);
      $("found").textContent = `Searching: ${number(matches.length)} found in ${number(searched)} of ${number(data.count)} figures`;
    }
  }
  matches.sort(([a, i], [b, j]) => a - b || i - j);
  state.matches = matches.map(([, position]) => position);
  return turnTo(view);
}
function turnTo(view) {
  state.view = Math.min(view, viewCount() - 1);
  writeAddress();
  return show();
}

const matchCount = () => (state.matches === null ? data.count : state.matches.length);
const viewCount = () => Math.max(1, Math.ceil(matchCount() / CARDS));

async function show() {
  const turn = ++state.turn;
  hideTip();
  const first = state.view * CARDS;
  const end = Math.min(first + CARDS, matchCount());
  const positions = Array.from({ length: end - first }, (_, i) => (state.matches === null ? first + i : state.matches[first + i]));
  let figures;
  try { figures = await Promise.all(positions.map((position) => store.figure(position))); } catch { return showMissing(); }
  if (turn !== state.turn) return undefined;
  $("cards").replaceChildren(...figures.map(figureCard));
  for (const item of all("#figures .legend.marks li")) item.hidden = isSideBySide() && !item.querySelector(".annotated");
  const total = state.matches === null ? "" : ` found, of ${number(data.count)}`;
  $("found").textContent = matchCount() === 0
    ? `No figure found, of ${number(data.count)}: remove a filter or shorten the search.`
    : `Figures ${number(first + 1)} to ${number(end)} of ${number(matchCount())}${total}`;
  for (const id of ["turn-top", "turn-bottom"]) $(id).replaceChildren(...pageButtons());
  for (const card of all(".card")) card.classList.toggle("wanted", card.dataset.figid === state.wanted);
  return undefined;
}

function pageButtons() {
  const last = viewCount() - 1;
  const button = (parts, label, view, enabled) => {
    const element = make("button", { type: "button", "aria-label": label }, ...parts);
    element.disabled = !enabled;
    element.addEventListener("click", () => {
      turnTo(view).then(() => $("figures").scrollIntoView());
    });
    return element;
  };
  const word = (text) => make("span", { class: "wide" }, text);
  return [
    button(["« ", word("First")], "First page", 0, state.view > 0),
    button(["‹ ", word("Back")], "Back one page", state.view - 1, state.view > 0),
    make("span", {}, `${number(state.view + 1)} of ${number(last + 1)}`),
    button([word("Next"), " ›"], "Next page", state.view + 1, state.view < last),
    button([word("Last"), " »"], "Last page", last, state.view < last),
  ];
}

function showMissing() {
  $("cards").replaceChildren(make("p", { class: "alert" }, unpacked ? CANNOT_UNPACK
    : `The folder ${data.folder} is not beside this file, or is not complete: copy both together.`));
  $("found").textContent = "The figures could not be loaded.";
}

/* One figure: its head, its caption with marks, and its curated genes */
const isHit = (name) => "genes" in name;
const isNamed = (outcome) => outcome !== null;
const isRecovered = (outcome) => isNamed(outcome) && !("missed" in outcome);

function figureCard(figure) {
  const models = chosenModels().map((position) => ({ name: data.models[position], position, ...(figure.models[position] ?? { names: [], outcomes: [] }) }));
  const names = models.flatMap((model) => model.names);
  const [{ outcomes = [] } = {}] = models;
  const isScored = figure.genes.length > 0;
  const reading = isSideBySide()
    ? [modelKeys(), sharedCaption(figure, models), sideTable(figure, models)]
    : [isScored ? tally(names, outcomes) : null, markedCaption(figure, names, outcomes), namesOffList(names)];
  return make("article", { class: "card", "data-figid": figure.figid, tabindex: "-1" },
    cardHead(figure),
    make("div", { class: "body" },
      make("div", {}, ...(isScored ? [] : [notScored(figure)]), ...reading.filter(Boolean)),
      geneList(figure, models)));
}

const NOT_SCORED = {
  "no curated gene of an organism in scope": "This figure has no list of genes of an organism in scope: it is not scored.",
  "no supported organism in scope": "No organism of this figure is supported: it is not scored.",
  "no supported organism named by the record": "The record of this figure names no supported organism: it is not scored.",
  "seen in training": "A model was trained on this figure: it is left out.",
};
const notScored = (figure) => make("p", { class: "notice" }, NOT_SCORED[figure.left_out] ?? "No model read this figure: it is not scored.");

function cardHead({ figid, title = "", paper_title: paperTitle = "", pmcid = "", doi = "", year, journal, organisms = [], scope = "", scope_from: scopeFrom = "" }) {
  const where = make("p", { class: "where" });
  where.append(make("a", { class: "id", href: `#fig=${encodeURIComponent(wellFormed(figid))}`, title: "Link to this figure" }, bdi(figid)));
  const [, paper, image] = /^(PMC\d+)__([\w.-]+)$/.exec(figid) ?? [];
  if (paper) {
    where.append(outside("PFOCR page", `https://pfocr.wikipathways.org/figures/${figid}.html`));
  }
  if (/^10\.\d{4,9}\/\S+$/.test(doi)) where.append(outside("Paper", `https://doi.org/${encodeURI(wellFormed(doi))}`));
  else if (/^PMC\d+$/.test(pmcid)) where.append(outside("Paper", `https://www.ncbi.nlm.nih.gov/pmc/articles/${pmcid}/`));
  if (paper) where.append(outside("Image", `https://europepmc.org/articles/${paper}/bin/${image}.jpg`));
  const inferred = scopeFrom && !["organisms", "option"].includes(scopeFrom) ? ` (${data.labels[scopeFrom] ?? scopeFrom})` : "";
  const named = scope ? scope.split(",") : organisms;
  const species = named.length ? `Organism${named.length > 1 ? "s" : ""}: ${named.join(", ")}${scope ? inferred : ""}` : "Organism: not recorded";
  const source = [journal, year].filter(Boolean).join(", ");
  const withoutStop = (text) => text.replace(/[.\s]+$/, "");
  const second = paperTitle && title && withoutStop(paperTitle) !== withoutStop(title) ? paperTitle : "";
  const lines = [second, source].filter(Boolean).flatMap((text, i) => (i ? [" ", bdi(text)] : [bdi(text)]));
  return make("header", {},
    make("h3", {}, bdi(title || paperTitle || figid)),
    lines.length ? make("p", { class: "paper" }, ...lines) : null,
    make("p", { class: "paper organism" }, ...printable(species)),
    where);
}

/* Genes, linked to NCBI Gene, or to the database of their organism */
function geneLink(organism, symbol, id = data.gene_ids[organism]?.[symbol] ?? "") {
  const encoded = encodeURIComponent(wellFormed(symbol));
  if (/^\d+$/.test(id)) return outside(bdi(symbol), `https://www.ncbi.nlm.nih.gov/gene/${id}`);
  const pattern = data.nomenclature[organism]?.[1];
  return pattern ? outside(bdi(symbol), pattern.replace("{symbol}", encoded)) : bdi(symbol);
}
function symbolLinks(organism, symbols) {
  return symbols.flatMap((symbol, i) => [i ? ", " : "", geneLink(organism, symbol)]);
}

/* Models side by side: their lines under one caption, and a table of what each found. */
const colourOf = (position) => `var(--m${(position % 7) + 1})`;
function modelKeys() {
  return make("ul", { class: "keys", "aria-label": "Lines of the models" }, ...data.models.map((name, position) => {
    const line = make("i", { "aria-hidden": "true" });
    line.style.background = colourOf(position);
    return make("li", {}, line, bdi(name));
  }));
}

function sharedCaption(figure, models) {
  const names = models.flatMap((model) => model.names.map((name) => ({ ...name, model })));
  return markedCaption(figure, names, [], (mark) => mark.name?.model, models);
}

function sideTable(figure, models) {
  const rows = new Map(); // by the text of the name: its first place, and a cell a model
  models.forEach((model, column) => {
    for (const name of model.names) {
      if (!rows.has(name.name)) rows.set(name.name, { start: name.spans[0] ?? 0, cells: models.map(() => null) });
      rows.get(name.name).cells[column] = name;
    }
  });
  if (!rows.size) return make("p", { class: "tally" }, "No model found a name.");
  const cell = (name) => {
    if (!name) return make("td", {}, "–");
    return make("td", {}, make("span", { class: isHit(name) ? "yes" : "of-name" }, isHit(name) ? "✓ on the list" : labelOf(name.outcome)));
  };
  const body = Array.from(rows).sort(([, a], [, b]) => a.start - b.start)
    .map(([text, { cells }]) => make("tr", {}, make("th", { scope: "row" }, bdi(text)), ...cells.map(cell)));
  return make("div", { class: "scroll side", tabindex: "0", role: "region", "aria-label": `${figure.figid}: names by model` }, make("table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "name"), ...models.map(({ name }) => make("th", { scope: "col" }, bdi(name))))),
    make("tbody", {}, ...body)));
}

function tally(names, outcomes) {
  return make("p", { class: "tally" },
    make("b", {}, `${number(names.filter(isHit).length)} of ${plural(names.length, "name")}`), " on the list · ",
    make("b", {}, `${number(outcomes.filter(isRecovered).length)} of ${number(outcomes.filter(isNamed).length)}`),
    " genes that the caption names recovered · ", `${number(outcomes.length)} curated`);
}

function namesOffList(names) {
  const off = names.filter((name) => !isHit(name));
  if (!off.length) return null;
  const genes = (name) => Object.entries(name.closest ?? {}).flatMap(([organism, symbols], i) => [i ? "; " : ": ", ...symbolLinks(organism, symbols.slice(0, 6)), symbols.length > 6 ? ", …" : ""]);
  return make("div", { class: "off-names" }, make("b", {}, "Not on the list"),
    make("ul", {}, ...off.map((name) => make("li", {}, bdi(name.name), ": ",
      make("span", { class: "of-name" }, labelOf(name.outcome ?? "")), ...genes(name)))));
}

/** Return the caption with its marks; marks that overlap are one cluster and one tab stop. */
function markedCaption({ caption = "", genes, marks: annotated = [] }, names, outcomes, modelOf = null, models = null) {
  const paragraph = make("p", { class: "caption", dir: "auto" });
  if (!caption) {
    paragraph.append(make("em", {}, "(no caption)"));
    return paragraph;
  }
  const characters = Array.from(caption); // offsets count code points
  const slice = (start, end) => characters.slice(start, end).join("");
  const marks = [...captionMarks(names, genes, outcomes), ...annotatedMarks(annotated, names, models)].filter(({ start, end }) => start < end && end <= characters.length);
  marks.sort((a, b) => a.start - b.start || b.end - a.end);
  let written = 0;
  for (let i = 0; i < marks.length;) {
    let { end } = marks[i];
    let next = i + 1;
    while (next < marks.length && marks[next].start < end) end = Math.max(end, marks[next++].end);
    paragraph.append(...printable(slice(written, marks[i].start)), cluster(marks.slice(i, next), slice, modelOf));
    written = end;
    i = next;
  }
  paragraph.append(...printable(slice(written, characters.length)));
  return paragraph;
}

/** Return the marks of a caption: start, end, kind, and a function that makes the tooltip. */
function captionMarks(names, genes, outcomes) {
  const marks = [];
  for (const name of names) {
    for (let i = 0; i < name.spans.length; i += 2) {
      const kind = isHit(name) ? "on-list" : "off-list";
      marks.push({ start: name.spans[i], end: name.spans[i + 1], kind, name, tooltip: () => nameTooltip(name, genes) });
    }
  }
  const missed = new Map(); // one mark a place, though it may name several genes
  outcomes.forEach((outcome, position) => {
    if (!isNamed(outcome) || isRecovered(outcome)) return;
    const { places = [] } = genes[position];
    for (let i = 0; i < places.length; i += 2) {
      const key = `${places[i]} ${places[i + 1]}`;
      if (!missed.has(key)) missed.set(key, { start: places[i], end: places[i + 1], positions: [] });
      missed.get(key).positions.push(position);
    }
  });
  for (const { start, end, positions } of missed.values()) {
    marks.push({ start, end, kind: "missed", tooltip: () => missedTooltip(positions, genes, outcomes) });
  }
  return marks;
}

/** Return the marks of the gold, with what the model found there, or each of several models. */
function annotatedMarks(annotated, names, models) {
  const pairsOf = ({ spans: flat }) => flat.filter((_, i) => i % 2 === 0).map((start, i) => [start, flat[2 * i + 1]]);
  const readers = (models ?? [{ name: "the model", names }]).map((model) => [model.name, model.names.flatMap(pairsOf)]);
  const outcomeOf = (spans, start, end) => {
    if (spans.some(([from, to]) => from === start && to === end)) return "found by";
    return spans.some(([from, to]) => from < end && start < to) ? "found with other ends by" : "not found by";
  };
  return annotated.filter((_, i) => i % 2 === 0).map((start, i) => {
    const end = annotated[2 * i + 1];
    const readings = readers.map(([name, spans]) => `${outcomeOf(spans, start, end)} ${name}`).join("; ");
    return { start, end, kind: "annotated", tooltip: () => make("div", {}, line(make("strong", {}, "marked as a gene by the annotators"), ...printable(`: ${readings}`))) };
  });
}

function cluster(marks, slice, modelOf) {
  const cuts = Array.from(new Set(marks.flatMap(({ start, end }) => [start, end]))).sort((a, b) => a - b);
  const parts = cuts.slice(0, -1).map((from, i) => {
    const own = marks.filter((mark) => mark.start <= from && from < mark.end);
    const kinds = new Set(own.map((mark) => mark.kind));
    const classes = ["on-list", "off-list", "missed", "annotated"].filter((kind) => kinds.has(kind)).join(" ");
    const part = make("span", { class: `mark ${modelOf ? `of-models ${kinds.has("annotated") ? "annotated" : ""}` : classes}` }, ...printable(slice(from, cuts[i + 1])));
    part.classList.toggle("whole", cuts[i + 1] - from <= 20); // a short name is on one line
    if (modelOf) underline(part, new Set(own.map(modelOf).filter(Boolean).map(({ position }) => position)));
    return part;
  });
  const whole = parts.length === 1 ? parts[0] : make("span", { class: "cluster" }, ...parts);
  whole.setAttribute("tabindex", "0");
  whole.setAttribute("role", "button");
  const kinds = Array.from(new Set(marks.map((mark) => mark.kind))).join(", ");
  whole.setAttribute("aria-label", `${slice(cuts[0], cuts.at(-1))}: ${kinds}`);
  tooltips.set(whole, () => {
    const items = marks.map((mark) => mark.tooltip());
    return Array.from(new Map(items.map((item) => [item.textContent, item])).values());
  });
  return whole;
}

/** Draw a line for each model under a part of a caption. */
function underline(part, positions) {
  const lines = Array.from(positions).sort((a, b) => a - b);
  part.style.backgroundImage = lines.map((position) => `linear-gradient(${colourOf(position)}, ${colourOf(position)})`).join(", ");
  part.style.backgroundSize = "100% 2px";
  part.style.backgroundPosition = lines.map((_, i) => `0 calc(100% - ${3 * i}px)`).join(", ");
}

const withId = (gene) => gene.symbol + (gene.id ? ` (${gene.id})` : "");
const symbolsOf = (organism, positions, genes) => positions.map((position) => genes[position])
  .filter((gene) => gene.organism === organism).map(withId).join(", ");
const line = (...parts) => make("p", {}, ...parts);

function nameTooltip(name, genes) {
  const lines = [line(make("strong", {}, bdi(name.name)), isHit(name) ? " on the list" : " not on the list", name.model ? `, by ${name.model.name}` : "")];
  if (isHit(name)) {
    for (const organism of data.organisms) {
      const symbols = symbolsOf(organism, name.genes, genes);
      lines.push(line(`${organism}: `, symbols ? bdi(symbols) : "none on the list"));
    }
    if (name.level) lines.push(line(`at level ${name.level}`));
  } else if (name.outcome) {
    lines.push(line(`${labelOf(name.outcome)}: ${data.meanings[name.outcome] ?? ""}`));
    for (const [organism, symbols] of Object.entries(name.off_list ?? {})) {
      lines.push(line(`${organism}: `, bdi(symbols), ", not on the list"));
    }
  }
  if (name.ids) lines.push(line("identifiers: ", bdi(name.ids.join(", ")), ` – ${name.agreement}`));
  if ("score" in name) lines.push(line(`score ${name.score.toFixed(3)}`));
  return make("div", {}, ...lines);
}

function missedTooltip(positions, genes, outcomes) {
  const lines = [line(make("strong", {}, "named but missed"))];
  for (const organism of data.organisms) {
    const symbols = symbolsOf(organism, positions, genes);
    if (symbols) lines.push(line(`${organism}: `, bdi(symbols)));
  }
  for (const reason of new Set(positions.map((position) => outcomes[position].missed))) {
    lines.push(line(`${labelOf(reason)}: ${data.meanings[reason] ?? ""}`));
  }
  return make("div", {}, ...lines);
}

/** Return the curated genes by organism and by the word of the image; those that the caption does
    not name in short. */
function geneList(figure, models) {
  const box = make("div", { class: "genes" });
  if (!figure.genes.length) {
    const why = figure.left_out === "seen in training" ? "Its list was not compared." : "No curated genes to compare with.";
    box.append(make("p", { class: "tally" }, why));
    return box;
  }
  const members = figure.genes.map((gene, position) => ({ gene, outcomes: models.map((model) => model.outcomes[position] ?? null) }))
    .map(({ gene, outcomes }) => ({ gene, outcomes, outcome: outcomes[0] ?? null }));
  for (const organism of data.organisms) {
    const own = members.filter(({ gene }) => gene.organism === organism);
    if (!own.length) continue;
    const recovered = (at) => own.filter(({ outcomes }) => isRecovered(outcomes[at])).length;
    const counts = models.length > 1
      ? models.flatMap(({ name }, at) => [at ? ", " : "", bdi(name), ` ${number(recovered(at))}`])
      : [number(recovered(0))];
    box.append(make("h4", {}, `${organism}: `, ...counts, ` of ${plural(own.length, "curated gene")} recovered`));
    const named = own.filter(({ outcome }) => isNamed(outcome));
    const absent = own.filter(({ outcome }) => !isNamed(outcome));
    const hasWords = own.some(({ gene }) => gene.words);
    if (hasWords) box.append(make("p", { class: "by" }, "by the word read in the image"));
    if (named.length) box.append(make("ul", {}, ...Array.from(byWord(named), (group) => wordItem(group, hasWords, models))));
    if (absent.length) box.append(absentGenes(absent));
  }
  return box;
}

function groupBy(members, keyOf) {
  const groups = new Map();
  for (const member of members) {
    const key = keyOf(member);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(member);
  }
  return groups;
}
const byWord = (members) => groupBy(members, ({ gene }) => (gene.words ?? []).join(", "));
const symbolNodes = (members) => members.flatMap(({ gene }, i) => [i ? ", " : "",
  make("b", {}, geneLink(gene.organism, gene.symbol, gene.id))]);

function wordItem([word, members], hasWords, models) {
  const alike = groupBy(members, ({ outcomes }) => JSON.stringify(outcomes)); // these share lines
  return make("li", {}, hasWords ? make("span", { class: "word" }, word ? bdi(word) : "word not recorded") : null,
    ...Array.from(alike.values()).flatMap((group) => outcomeLines(group, models)));
}

function outcomeLines(members, models) {
  const several = models.length > 1;
  return models.map(({ name }, at) => {
    const outcome = members[0].outcomes[at];
    const recovered = isRecovered(outcome);
    const { level, missed, by = [] } = outcome ?? { missed: "not-in-caption" };
    const because = recovered
      ? [" by ", ...by.flatMap((text, i) => (i ? [", ", bdi(text)] : [bdi(text)])), level ? ` (${level})` : ""]
      : [` ${labelOf(missed)}`];
    return make("span", { class: `line ${recovered ? "got" : "lost"}` },
      make("span", { class: "sign", role: "img", "aria-label": recovered ? "recovered" : "missed" }, recovered ? "✓" : "✗"),
      ...(at ? [] : symbolNodes(members)), ...(several ? [" ", make("span", { class: "of" }, bdi(name), ":")] : []),
      make("span", { class: "because" }, ...because));
  });
}

function absentGenes(absent) {
  const list = make("p", { class: "absent" });
  for (const [word, members] of byWord(absent)) {
    list.append(...(list.childNodes.length ? ["; "] : []), ...(word ? [bdi(word), ": "] : []), ...symbolNodes(members));
  }
  const box = make("details", {}, make("summary", {}, `– ${number(absent.length)} not named in the caption`), list);
  box.open = absent.length <= 24;
  return box;
}

/* Links to one figure: #fig=FIGID */
async function positionOf(figid) {
  if (data.ids) return data.ids.indexOf(figid);
  let low = 0; // the last page that starts at or before the id
  let high = data.starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (data.starts[middle] <= figid) low = middle; else high = middle - 1;
  }
  const page = await store.load("page", low);
  const position = page.findIndex((figure) => figure.figid === figid);
  return position < 0 ? -1 : low * data.page_size + position;
}
async function followLink() {
  if (location.hash.startsWith("#figures&")) return readAddress();
  if (!location.hash.startsWith("#fig=")) return undefined;
  let figid;
  try { figid = decodeURIComponent(location.hash.slice(5)); } catch { return undefined; }
  let position;
  try { position = await positionOf(figid); } catch { return showMissing(); }
  if (position < 0) {
    $("found").textContent = `No figure ${figid} in this report.`;
    $("figures").scrollIntoView();
    return undefined;
  }
  for (const field of [query, bySort, ...filters]) field.value = "";
  state.matches = null;
  state.view = Math.floor(position / CARDS);
  state.wanted = figid;
  await show();
  const card = document.querySelector(".card.wanted");
  card?.scrollIntoView();
  card?.focus({ preventScroll: true });
  return undefined;
}

let typing = 0;
query.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => search(), 150); });
for (const field of [byModel, bySort, ...filters]) field.addEventListener("change", () => search());
query.form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
query.form.addEventListener("reset", () => setTimeout(() => search()));
addEventListener("hashchange", followLink);

fillFilters();
$("browser").hidden = false;
show().then(followLink);
