"use strict";
/* What moves in report.html: colours, tables, plots, and the figure browser. Text of the world goes
   into the page as text nodes only, never as markup. */
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /** An element with properties and children; strings become text. */
  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "class") element.className = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

  /** Text as nodes; what has no shape of its own is shown by its number. */
  function visible(text) {
    const nodes = [];
    let last = 0;
    for (const found of text.matchAll(HIDDEN)) {
      if (found.index > last) nodes.push(text.slice(last, found.index));
      const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      nodes.push(make("span", { class: "ctl" }, `U+${code}`));
      last = found.index + found[0].length;
    }
    nodes.push(text.slice(last));
    return nodes;
  }
  const bdi = (text) => make("bdi", {}, ...visible(text));
  const number = (n) => n.toLocaleString("en");

  const kept = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* files may not */ } },
  };

  /* Colours */
  const themes = ["system", "light", "dark"];
  const said = { system: "as the system", light: "light", dark: "dark" };
  function setTheme(theme) {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
    $("theme").textContent = `Colours: ${said[theme]}`;
    $("theme").dataset.theme = theme;
    recolour();
  }
  $("theme").addEventListener("click", () => {
    const next = themes[(themes.indexOf($("theme").dataset.theme) + 1) % themes.length];
    kept.set("nerbench-theme", next);
    setTheme(next);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => recolour());

  /* Tables */
  function sortTable(header) {
    const table = header.closest("table");
    const at = Array.from(header.parentNode.children).indexOf(header);
    const kind = header.querySelector("button").dataset.sort;
    const before = header.getAttribute("aria-sort");
    const first = kind === "number" ? "descending" : "ascending";
    const second = first === "ascending" ? "descending" : "ascending";
    const order = before === first ? second : first;
    for (const other of header.parentNode.children) {
      if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    }
    header.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const value = (row) => {
      const cell = row.children[at];
      if (kind !== "number") return cell.textContent.trim();
      return cell.dataset.v === "" ? null : Number(cell.dataset.v);
    };
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map((row) => [value(row), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null); // no value: always last
      return sign * (kind === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
    });
    body.append(...rows.map(([, row]) => row));
  }
  for (const button of all("th button[data-sort]")) {
    button.addEventListener("click", () => sortTable(button.closest("th")));
  }

  function tsv(table) {
    const clean = (text) => text.replace(/\s+/g, " ").trim();
    const cells = (row) => Array.from(row.cells);
    const rows = Array.from(table.tBodies[0].rows);
    const heads = cells(table.tHead.rows[0]).map((cell) => clean(cell.textContent));
    const spans = heads.map((_, at) => rows.some((row) => row.cells[at].dataset.low !== undefined));
    const lines = [heads.flatMap((head, at) => (spans[at] ? [head, `${head} low`, `${head} high`] : [head]))];
    for (const row of rows) {
      lines.push(cells(row).flatMap((cell, at) => {
        const value = cell.dataset.v === undefined ? clean(cell.textContent) : cell.dataset.v;
        return spans[at] ? [value, cell.dataset.low ?? "", cell.dataset.high ?? ""] : [value];
      }));
    }
    return lines.map((line) => line.join("\t")).join("\n") + "\n";
  }

  async function copy(text, button) {
    const status = button.parentNode.querySelector(".said");
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const area = make("textarea", { class: "tsv", "aria-label": "Text to copy", readonly: "" });
      area.value = text;
      button.parentNode.after(area);
      area.select();
      try { done = document.execCommand("copy"); } catch { /* the text stays selected */ }
      if (done) area.remove();
    }
    status.textContent = done ? "Copied" : "Press Ctrl+C to copy the text below";
  }
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", () => copy(tsv($(button.dataset.copy)), button));
  }
  for (const button of all("[data-copy-text]")) {
    button.addEventListener("click", () => copy($(button.dataset.copyText).textContent, button));
  }

  /* Plots: drawings stand in the page; plotly takes their place when one comes into view. */
  const live = new Map();
  const colour = (ink) => getComputedStyle(document.documentElement).getPropertyValue(`--${ink}`).trim();
  function inked(value) {
    if (typeof value === "string") return value.startsWith("ink:") ? colour(value.slice(4)) : value;
    if (Array.isArray(value)) return value.map(inked);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inked(one)]));
  }

  let plotly = null;
  function loadPlotly() {
    plotly ??= (async () => {
      const packed = Uint8Array.from(atob($("plotly-gz").textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      const text = await new Response(stream).text();
      // A style sheet for maps, which it would put into the page, stays out if its id is taken.
      for (const [, id] of text.matchAll(/getElementById\("([0-9a-f]{64})"\)/g)) {
        document.head.append(make("template", { id }));
      }
      const script = document.createElement("script");
      script.textContent = text;
      document.head.append(script);
      return window.Plotly;
    })();
    return plotly;
  }

  async function enliven(panel) {
    if (live.has(panel)) return;
    const figure = JSON.parse(panel.querySelector("script").textContent);
    live.set(panel, null);
    const Plotly = await loadPlotly();
    if (!Plotly) return;
    const drawing = panel.querySelector("svg");
    const box = drawing.getBoundingClientRect();
    if (!box.width) { live.delete(panel); return; } // folded away again
    const scale = box.width / drawing.viewBox.baseVal.width;
    const place = make("div", { role: "img", "aria-label": drawing.getAttribute("aria-label") });
    panel.append(place);
    figure.layout.height = Math.round(figure.layout.height * Math.max(scale, 0.85));
    await Plotly.newPlot(place, inked(figure.data), inked(figure.layout), {
      displayModeBar: false, responsive: true, doubleClick: false, showTips: false,
    });
    panel.classList.add("live");
    live.set(panel, [place, figure]);
  }
  function recolour() {
    for (const entry of live.values()) {
      if (entry) window.Plotly.react(entry[0], inked(entry[1].data), { ...inked(entry[1].layout), width: undefined });
    }
  }
  const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 200));
  if ("DecompressionStream" in window) {
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) idle(() => enliven(entry.target).catch(() => {}));
      }
    }, { rootMargin: "100px" });
    for (const panel of all(".panel")) watch.observe(panel);
  }

  /* Contents: the section in view is marked; on a narrow page the list is folded. */
  if (matchMedia("(max-width: 69.99rem)").matches) document.querySelector(".toc details").open = false;
  const links = new Map(all(".toc a").map((link) => [link.hash.slice(1), link]));
  const sections = Array.from(links.keys(), $).filter(Boolean);
  function spy() {
    const passed = sections.filter((one) => one.getBoundingClientRect().top < innerHeight * 0.4);
    const here = passed.at(-1)?.id;
    for (const [id, link] of links) {
      link.classList.toggle("here", id === here);
      if (id === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  addEventListener("scroll", () => requestAnimationFrame(spy), { passive: true });
  spy();

  addEventListener("beforeprint", () => { for (const one of all("details")) one.open = true; });

  /* Figures: all in the page, or in pages beside it that load when they are wanted. */
  const data = JSON.parse($("data").textContent);
  const { words } = data;
  const PER_VIEW = 10;

  const store = {
    pages: new Map(), waiting: new Map(), indexes: new Map(),
    async load(kind, at) {
      const name = `${kind}-${String(at).padStart(5, "0")}`;
      const held = kind === "page" ? this.pages : this.indexes;
      if (held.has(at)) return held.get(at);
      if (!this.waiting.has(name)) {
        this.waiting.set(name, new Promise((resolve, reject) => {
          const script = make("script", { src: `${data.folder}/${name}.js` });
          script.onload = () => { script.remove(); resolve(); };
          script.onerror = () => { script.remove(); this.waiting.delete(name); reject(new Error(name)); };
          document.head.append(script);
        }));
      }
      await this.waiting.get(name);
      return held.get(at);
    },
    async figure(at) {
      const page = Math.floor(at / data.page_size);
      return (await this.load("page", page))[at - page * data.page_size];
    },
  };
  window.nerbench = {
    page: (at, figures) => store.pages.set(at, figures),
    index: (at, index) => store.indexes.set(at, index),
  };
  if (!data.folder) {
    store.pages.set(0, data.figures);
    store.indexes.set(0, data.index);
  }

  const fold = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\n]+/gu, "");
  const state = { found: null, view: 0, wanted: null, turn: 0 };

  const fields = ["q", "f-model", "f-organism", "f-outcome", "f-reason"].map($);
  const [query, byModel, byOrganism, byOutcome, byReason] = fields;

  function fillFilters() {
    words.models.forEach((name, at) => byModel.append(option(at, name)));
    words.organisms.forEach((name, at) => byOrganism.append(option(at, name)));
    const reasons = [["Genes missed", words.missed, 4], ["Names that hit nothing", words.false, 4 + words.missed.length]];
    for (const [label, known, first] of reasons) {
      if (!known.length) continue;
      const group = make("optgroup", { label });
      known.forEach((name, at) => group.append(option(first + at, name)));
      byReason.append(group);
    }
  }
  function option(value, text) {
    return make("option", { value: String(value) }, ...visible(text).map((node) => node.textContent ?? node));
  }

  /** Whether a figure passes the filters; flags are [organisms, one number for each model]. */
  function passes(flags, text, wanted) {
    if (byOrganism.value !== "" && !(flags[0] & (1 << Number(byOrganism.value)))) return false;
    const model = flags[1 + Number(byModel.value)] ?? 0;
    for (const filter of [byOutcome, byReason]) {
      if (filter.value !== "" && !(model & (1 << Number(filter.value)))) return false;
    }
    if (!wanted.length) return true;
    const plain = text.toLowerCase();
    const folded = fold(text);
    return wanted.every(([word, close]) => plain.includes(word) || (close && folded.includes(close)));
  }

  /** Find the figures that pass, index by index, showing what is found so far. */
  async function search() {
    const turn = ++state.turn;
    const wanted = query.value.toLowerCase().split(/\s+/).filter(Boolean).map((word) => [word, fold(word)]);
    state.view = 0;
    if (!wanted.length && [byOrganism, byOutcome, byReason].every((one) => one.value === "")) {
      state.found = null;
      return show();
    }
    const found = [];
    for (let at = 0; at < data.indexes; at += 1) {
      let index;
      try { index = await store.load("index", at); } catch { return lost(); }
      if (turn !== state.turn) return undefined;
      index.flags.forEach((flags, i) => {
        if (passes(flags, index.text[i], wanted)) found.push(at * data.index_size + i);
      });
      if (data.indexes > 1) {
        $("found").textContent = `Searching: ${number(found.length)} found in ${number(Math.min((at + 1) * data.index_size, data.count))} of ${number(data.count)} figures`;
      }
    }
    state.found = found;
    return show();
  }

  const count = () => (state.found === null ? data.count : state.found.length);
  const views = () => Math.max(1, Math.ceil(count() / PER_VIEW));

  async function show() {
    const turn = ++state.turn;
    hideTip();
    const first = state.view * PER_VIEW;
    const last = Math.min(first + PER_VIEW, count());
    const places = Array.from({ length: last - first }, (_, i) => (state.found === null ? first + i : state.found[first + i]));
    let figures;
    try { figures = await Promise.all(places.map((at) => store.figure(at))); } catch { return lost(); }
    if (turn !== state.turn) return undefined;
    $("cards").replaceChildren(...figures.map(card));
    const of = state.found === null ? "" : ` found, of ${number(data.count)}`;
    $("found").textContent = count() === 0
      ? `No figure found, of ${number(data.count)}: take a filter back or shorten the search.`
      : `Figures ${number(first + 1)} to ${number(last)} of ${number(count())}${of}`;
    for (const id of ["turn-top", "turn-bottom"]) $(id).replaceChildren(...turner());
    return mark();
  }

  function turner() {
    const go = (text, label, view) => {
      const words = make("span", { class: "wide" }, text.replace(/[«‹›»]/, "").trim());
      const sign = text.match(/[«‹›»]/)[0];
      const parts = text.startsWith(sign) ? [sign, " ", words] : [words, " ", sign];
      const button = make("button", { type: "button", "aria-label": label }, ...parts);
      button.disabled = view < 0 || view >= views();
      button.addEventListener("click", () => {
        state.view = view;
        show().then(() => $("figures").scrollIntoView());
      });
      return button;
    };
    return [
      go("« First", "First page", state.view === 0 ? -1 : 0),
      go("‹ Back", "Back one page", state.view - 1),
      make("span", {}, `${number(state.view + 1)} of ${number(views())}`),
      go("Next ›", "Next page", state.view + 1),
      go("Last »", "Last page", state.view === views() - 1 ? -1 : views() - 1),
    ];
  }

  function lost() {
    $("cards").replaceChildren(make("p", { class: "alert" },
      `The folder ${data.folder} is not beside this file, or not whole: copy both together.`));
    $("found").textContent = "The figures could not be loaded.";
  }

  /* One figure */
  const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

  function card(figure) {
    const [figid, caption, [title, paperTitle], about, genes, models] = figure;
    const model = Number(byModel.value) || 0;
    const [names, packed] = models[model] ?? [[], []];
    const outcomes = packed.map((one) => (Array.isArray(one) ? [one[0], -1, one[1]] : [-1, one < 0 ? words.missed.length : one, []]));
    const article = make("article", { class: "card", "data-figid": figid, tabindex: "-1" });
    article.append(
      head(figid, title, paperTitle, about),
      make("div", { class: "body" },
        make("div", {}, tally(names, outcomes), captionOf(caption, names, genes, outcomes), falses(names)),
        geneList(genes, outcomes, about)));
    return article;
  }

  function head(figid, title, paperTitle, [pmcid, doi, year, journal]) {
    const where = make("p", { class: "where" });
    const outside = (text, href) => make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
    where.append(make("a", { class: "id", href: `#fig=${encodeURIComponent(wellFormed(figid))}`, title: "Link to this figure" }, bdi(figid)));
    if (/^PMC\d+__[\w.-]+$/.test(figid)) {
      where.append(outside("PFOCR page", `https://pfocr.wikipathways.org/figures/${figid}.html`));
    }
    if (/^10\.\d{4,9}\/\S+$/.test(doi)) where.append(outside("Paper", `https://doi.org/${encodeURI(wellFormed(doi))}`));
    else if (/^PMC\d+$/.test(pmcid)) where.append(outside("Paper", `https://www.ncbi.nlm.nih.gov/pmc/articles/${pmcid}/`));
    const from = [journal, year].filter(Boolean).join(", ");
    const same = paperTitle.replace(/[.\s]+$/, "") === title.replace(/[.\s]+$/, "");
    return make("header", {},
      make("h3", {}, bdi(title || paperTitle || figid)),
      paperTitle && title && !same || from ? make("p", { class: "paper" },
        ...(paperTitle && title && !same ? [bdi(paperTitle), from ? " " : ""] : []), ...(from ? [bdi(from)] : [])) : null,
      where);
  }
  const wellFormed = (text) => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");

  const isHit = (name) => name[4].length > 0;
  const notIn = () => words.missed.indexOf("not-in-caption");

  function tally(names, outcomes) {
    const hits = names.filter(isHit).length;
    const got = outcomes.filter((one) => one[1] < 0).length;
    const named = outcomes.filter((one) => one[1] < 0 || one[1] !== notIn()).length;
    return make("p", { class: "tally" },
      make("b", {}, `${number(hits)} of ${plural(names.length, "name")}`), " on the list · ",
      make("b", {}, `${number(got)} of ${number(named)}`), " genes that the caption names recovered · ",
      `${number(outcomes.length)} curated`);
  }

  function falses(names) {
    const wrong = names.filter((name) => !isHit(name));
    if (!wrong.length) return null;
    return make("div", { class: "falses" }, make("b", {}, "Hits nothing"),
      make("ul", {}, ...wrong.map((name) => make("li", {}, bdi(name[0]), " ",
        make("span", { class: "of" }, words.false[name[3]] ?? "")))));
  }

  /** The caption, its marks as spans; marks that overlap share one place to stop at. */
  function captionOf(caption, names, genes, outcomes) {
    const paragraph = make("p", { class: "caption", dir: "auto" });
    if (!caption) {
      paragraph.append(make("em", {}, "(no caption)"));
      return paragraph;
    }
    const letters = Array.from(caption); // offsets count code points
    const text = (start, end) => letters.slice(start, end).join("");
    const marks = marksOf(names, genes, outcomes).filter(([start, end]) => start < end && end <= letters.length);
    marks.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    let at = 0;
    for (let i = 0; i < marks.length;) {
      let [start, end] = marks[i];
      let next = i + 1;
      while (next < marks.length && marks[next][0] < end) end = Math.max(end, marks[next++][1]);
      paragraph.append(...visible(text(at, start)), cluster(marks.slice(i, next), start, end, text));
      at = end;
      i = next;
    }
    paragraph.append(...visible(text(at, letters.length)));
    return paragraph;
  }

  /** [start, end, kind, what it says]. */
  function marksOf(names, genes, outcomes) {
    const marks = [];
    for (const name of names) {
      for (let i = 0; i < name[1].length; i += 2) {
        marks.push([name[1][i], name[1][i + 1], isHit(name) ? "hit" : "false", () => aboutName(name, genes)]);
      }
    }
    const lost = new Map(); // one mark a stretch, though several genes may stand there
    outcomes.forEach(([, reason], at) => {
      if (reason < 0 || reason === notIn()) return;
      const places = genes[at][4];
      for (let i = 0; i < places.length; i += 2) {
        const key = `${places[i]} ${places[i + 1]}`;
        if (!lost.has(key)) lost.set(key, [places[i], places[i + 1], []]);
        lost.get(key)[2].push(at);
      }
    });
    for (const [start, end, which] of lost.values()) {
      marks.push([start, end, "missed", () => aboutMissed(which, genes, outcomes)]);
    }
    return marks;
  }

  function cluster(marks, start, end, text) {
    const ends = new Set([start, end]);
    for (const mark of marks) { ends.add(mark[0]); ends.add(mark[1]); }
    const cuts = Array.from(ends).sort((a, b) => a - b);
    const parts = cuts.slice(0, -1).map((from, i) => {
      const kinds = new Set(marks.filter((one) => one[0] <= from && from < one[1]).map((one) => one[2]));
      const classes = ["hit", "false", "missed"].filter((kind) => kinds.has(kind)).join(" ");
      return make("span", { class: `mark ${classes}` }, ...visible(text(from, cuts[i + 1])));
    });
    const whole = parts.length === 1 ? parts[0] : make("span", { class: "cluster" }, ...parts);
    whole.setAttribute("tabindex", "0");
    whole.setAttribute("role", "button");
    const kinds = Array.from(new Set(marks.map((one) => one[2]))).join(", ");
    whole.setAttribute("aria-label", `${text(start, end)}: ${kinds}`);
    tips.set(whole, () => {
      const once = new Map();
      for (const mark of marks) {
        const item = mark[3]();
        once.set(item.textContent, item);
      }
      return Array.from(once.values());
    });
    return whole;
  }

  function genesByOrganism(which, genes) {
    return words.organisms.map((organism, at) => {
      const own = which.filter((one) => genes[one][0] === at);
      return [organism, own.map((one) => genes[one][1] + (genes[one][2] ? ` (${genes[one][2]})` : "")).join(", ")];
    });
  }

  function aboutName([name, , level, reason, hits, score, offList = [], [agreement, ...ids] = []], genes) {
    const hit = hits.length > 0;
    const lines = [make("p", {}, make("strong", {}, bdi(name)), hit ? " ✓ hit" : " ✗ hits nothing on the list")];
    if (hit) {
      for (const [organism, said] of genesByOrganism(hits, genes)) {
        lines.push(make("p", {}, `${organism}: `, said ? bdi(said) : "none on the list"));
      }
      if (level >= 0) lines.push(make("p", {}, `at level ${words.levels[level]}`));
    } else if (reason >= 0) {
      lines.push(make("p", {}, `${words.false[reason]}: ${data.meanings[words.false[reason]] ?? ""}`));
      for (const [organism, said] of offList) {
        lines.push(make("p", {}, `${organism}: `, bdi(said), ", not on the list"));
      }
    }
    if (ids.length) lines.push(make("p", {}, "identifiers: ", bdi(ids.join(", ")), ` – ${words.agreement[agreement]}`));
    if (typeof score === "number") lines.push(make("p", {}, `score ${score.toFixed(3)}`));
    return make("div", {}, ...lines);
  }

  function aboutMissed(which, genes, outcomes) {
    const lines = [make("p", {}, make("strong", {}, "named but missed"))];
    for (const [organism, said] of genesByOrganism(which, genes)) {
      if (said) lines.push(make("p", {}, `${organism}: `, bdi(said)));
    }
    for (const reason of new Set(which.map((one) => words.missed[outcomes[one][1]] ?? ""))) {
      lines.push(make("p", {}, `${reason}: ${data.meanings[reason] ?? ""}`));
    }
    return make("div", {}, ...lines);
  }

  /** The curated list by organism and by the word of the image; what the caption does not name is
      told in short. */
  function geneList(genes, outcomes, about) {
    const box = make("div", { class: "genes" });
    if (!genes.length) {
      box.append(make("p", { class: "tally" }, about[4] ? "No curated gene of an organism in scope." : "No supported organism in scope: this figure is not scored."));
      return box;
    }
    words.organisms.forEach((organism, at) => {
      const own = genes.map((gene, i) => [gene, outcomes[i]]).filter(([gene]) => gene[0] === at);
      if (!own.length) return;
      const got = own.filter(([, outcome]) => outcome[1] < 0).length;
      box.append(make("h4", {}, `${organism}: ${number(got)} of ${plural(own.length, "curated gene")} recovered`));
      const named = own.filter(([, outcome]) => outcome[1] < 0 || outcome[1] !== notIn());
      const absent = own.filter((one) => !named.includes(one));
      const known = own.some(([gene]) => gene[3].length > 0);
      if (known) box.append(make("p", { class: "by" }, "by the word read in the image"));
      if (named.length) box.append(make("ul", {}, ...Array.from(byWord(named), (one) => wordItem(one, known))));
      if (absent.length) box.append(absentGenes(absent));
    });
    return box;
  }

  function byWord(members) {
    const groups = new Map();
    for (const one of members) {
      const word = one[0][3].join(", ");
      if (!groups.has(word)) groups.set(word, []);
      groups.get(word).push(one);
    }
    return groups;
  }
  const imageWord = (word) => (word ? bdi(word) : "word not recorded");
  const symbols = (members) => members.flatMap(([gene], i) => [i ? ", " : "",
    make("b", gene[2] ? { title: `gene ${gene[2]}` } : {}, bdi(gene[1]))]);

  function wordItem([word, members], known) {
    const alike = new Map(); // genes of one outcome share a line
    for (const one of members) {
      const key = JSON.stringify(one[1]);
      if (!alike.has(key)) alike.set(key, []);
      alike.get(key).push(one);
    }
    return make("li", {}, known ? make("span", { class: "word" }, imageWord(word)) : null,
      ...Array.from(alike.values(), outcomeLine));
  }

  function outcomeLine(members) {
    const [level, reason, by] = members[0][1];
    const recovered = reason < 0;
    const because = recovered
      ? [" by ", ...by.flatMap((name, i) => (i ? [", ", bdi(name)] : [bdi(name)])), level >= 0 ? ` (${words.levels[level]})` : ""]
      : [` ${words.missed[reason] ?? ""}`];
    return make("span", { class: `line ${recovered ? "got" : "lost"}` },
      make("span", { class: "sign", role: "img", "aria-label": recovered ? "recovered" : "missed" }, recovered ? "✓" : "✗"),
      ...symbols(members), make("span", { class: "because" }, ...because));
  }

  function absentGenes(absent) {
    const list = make("p", { class: "absent" });
    for (const [word, members] of byWord(absent)) {
      list.append(...(list.childNodes.length ? ["; "] : []), ...(word ? [bdi(word), ": "] : []), ...symbols(members));
    }
    const box = make("details", {}, make("summary", {}, `– ${number(absent.length)} not in the caption`), list);
    box.open = absent.length <= 24;
    return box;
  }

  /* What a mark says */
  const tips = new WeakMap();
  const tip = $("tip");
  let shown = null;
  function showTip(target) {
    if (shown === target) return;
    hideTip();
    shown = target;
    tip.replaceChildren(...tips.get(target)());
    tip.hidden = false;
    target.setAttribute("aria-describedby", "tip");
    const box = target.getClientRects()[0];
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left), document.documentElement.clientWidth - own.width - 8);
    const below = box.bottom + 8;
    const top = below + own.height < innerHeight ? below : Math.max(8, box.top - own.height - 8);
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  }
  function hideTip() {
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  }
  const tipped = (event) => {
    let element = event.target instanceof Element ? event.target : null;
    while (element && element !== document.body) {
      if (tips.has(element)) return element;
      element = element.parentElement;
    }
    return null;
  };
  for (const kind of ["pointerover", "focusin", "click"]) {
    $("cards").addEventListener(kind, (event) => {
      const target = tipped(event);
      if (target) showTip(target);
      else if (kind !== "focusin") hideTip();
    });
  }
  $("cards").addEventListener("pointerleave", () => { if (!tips.has(document.activeElement)) hideTip(); });
  $("cards").addEventListener("focusout", hideTip);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

  /* Links to one figure: #fig=FIGID */
  function placeOf(figid) {
    if (data.ids) return data.ids.indexOf(figid);
    let low = 0;
    let high = data.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (data.starts[middle] <= figid) low = middle; else high = middle - 1;
    }
    return store.load("page", low).then((page) => {
      const at = page.findIndex((figure) => figure[0] === figid);
      return at < 0 ? -1 : low * data.page_size + at;
    });
  }
  async function follow() {
    if (!location.hash.startsWith("#fig=")) return;
    let figid;
    try { figid = decodeURIComponent(location.hash.slice(5)); } catch { return; }
    let at;
    try { at = await placeOf(figid); } catch { lost(); return; }
    if (at < 0) {
      $("found").textContent = `No figure ${figid} in this report.`;
      $("figures").scrollIntoView();
      return;
    }
    for (const field of [query, byOrganism, byOutcome, byReason]) field.value = "";
    state.found = null;
    state.view = Math.floor(at / PER_VIEW);
    state.wanted = figid;
    await show();
    const wanted = document.querySelector(".card.wanted");
    wanted?.scrollIntoView();
    wanted?.focus({ preventScroll: true });
  }
  function mark() {
    for (const one of all(".card")) one.classList.toggle("wanted", one.dataset.figid === state.wanted);
  }

  let typing = 0;
  query.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(search, 150); });
  for (const field of fields.slice(1)) field.addEventListener("change", search);
  const form = query.form;
  form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  form.addEventListener("reset", () => setTimeout(search));
  addEventListener("hashchange", follow);

  setTheme(themes.includes(kept.get("nerbench-theme")) ? kept.get("nerbench-theme") : "system");
  fillFilters();
  $("browser").hidden = false;
  show().then(follow);
})();
