/* The work list: rows of the page, ticks that this browser keeps. */
const WORK_ROWS = 25; // shown at a time

function startWorkList(work) {
  const ids = { query: "w-q", kind: "w-kind", organism: "w-organism", support: "w-support", checked: "w-checked" };
  const fields = Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, $(id)]));
  const keyOf = (row) => [row.figid, row.kind, row.organism, ...row.genes].join("|");
  const storageKey = `nerbench-checked:${work.corpus}`;
  const checked = new Set(storage.list(storageKey));
  const state = { rows: work.rows, view: 0, column: null, sign: 1 };

  function save() { storage.set(storageKey, JSON.stringify(Array.from(checked))); }

  function fillFilters() {
    const option = (value, text) => make("option", { value }, text);
    const values = (field) => Array.from(new Set(work.rows.map((row) => row[field])));
    fields.kind.append(...values("kind").map((kind) => option(kind, work.labels[kind] ?? kind)));
    fields.organism.append(...values("organism").map((name) => option(name, name)));
    for (let n = 2; n <= work.models.length; n += 1) fields.support.append(option(n, `${n} models or more`));
  }

  const textOf = (row) => [row.figid, ...row.genes, ...row.names, row.before, row.place, row.after, row.definition].join("\n").toLowerCase();
  const SORTERS = {
    gene: (row) => row.genes.join(", "), kind: (row) => row.kind, caption: (row) => row.place,
    models: (row) => row.models.length, figure: (row) => row.figid,
  };
  function compare(a, b) {
    const [x, y] = [SORTERS[state.column](a), SORTERS[state.column](b)];
    return state.sign * (typeof x === "number" ? x - y : x.localeCompare(y, "en", { numeric: true }));
  }

  function select() {
    const words = fields.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    state.rows = work.rows.filter((row) => {
      if (fields.kind.value && row.kind !== fields.kind.value) return false;
      if (fields.organism.value && row.organism !== fields.organism.value) return false;
      if (fields.support.value && row.models.length < Number(fields.support.value)) return false;
      if (fields.checked.value && (fields.checked.value === "yes") !== checked.has(keyOf(row))) return false;
      const text = textOf(row);
      return words.every((word) => text.includes(word));
    });
    if (state.column) state.rows.sort(compare);
    state.view = 0;
    show();
  }

  const linksOf = ({ figid, pmcid }) => {
    const [, own, name] = /^(PMC\d+)__([\w.-]+)$/.exec(figid) ?? [];
    const paper = /^PMC\d+$/.test(pmcid) ? pmcid : own;
    return [
      ["Paper", paper && `https://www.ncbi.nlm.nih.gov/pmc/articles/${paper}/`],
      ["PFOCR page", own && `https://pfocr.wikipathways.org/figures/${figid}.html`],
      ["Image", own && `https://europepmc.org/articles/${own}/bin/${name}.jpg`],
    ].filter(([, href]) => href);
  };
  const geneLinksOf = (row) => row.genes.map((symbol, i) => {
    const [database, pattern] = work.nomenclature[row.organism] ?? [];
    const id = row.gene_ids[i];
    return [symbol, [
      ["NCBI Gene", /^\d+$/.test(id) && `https://www.ncbi.nlm.nih.gov/gene/${id}`],
      [database, pattern && pattern.replace("{symbol}", encodeURIComponent(wellFormed(symbol)))],
    ].filter(([, href]) => href)];
  });

  const GENES_SHOWN = 4;
  function geneCell(row) {
    const genes = geneLinksOf(row);
    const item = ([symbol, links]) => make("div", {}, make("b", {}, bdi(symbol)), " ",
      make("span", { class: "links" }, ...links.map(([text, href]) => outside(text, href))));
    const cell = make("td", { class: "symbols" }, ...genes.slice(0, GENES_SHOWN).map(item));
    if (genes.length > GENES_SHOWN) {
      cell.append(make("details", {}, make("summary", {}, `${number(genes.length - GENES_SHOWN)} more`), ...genes.slice(GENES_SHOWN).map(item)));
    }
    return cell;
  }

  function rowOf(row) {
    const key = keyOf(row);
    const box = make("input", { type: "checkbox", "aria-label": `Checked: ${row.genes.join(", ")} in ${row.figid}` });
    box.checked = checked.has(key);
    const definition = row.definition ? [make("br"), make("span", { class: "of-name" }, "defined as: ", bdi(row.definition))] : [];
    const element = make("tr", {}, make("td", {}, box), geneCell(row),
      make("td", { class: "label" }, work.labels[row.kind] ?? row.kind, make("br"), make("span", { class: "of" }, row.organism)),
      make("td", { class: "quote" }, make("bdi", {}, ...printable(row.before), make("b", {}, ...printable(row.place)), ...printable(row.after)), ...definition),
      make("td", { class: "support" }, `${number(row.models.length)} of ${number(work.models.length)}`, ...row.models.flatMap((name) => [make("br"), bdi(name)])),
      make("td", { class: "figid" }, make("a", { href: `#fig=${encodeURIComponent(wellFormed(row.figid))}` }, bdi(row.figid)),
        make("div", { class: "links" }, ...linksOf(row).map(([text, href]) => outside(text, href)))));
    element.classList.toggle("checked", box.checked);
    box.addEventListener("change", () => {
      if (box.checked) checked.add(key); else checked.delete(key);
      element.classList.toggle("checked", box.checked);
      save();
      count();
    });
    return element;
  }

  function count() {
    const ticked = work.rows.filter((row) => checked.has(keyOf(row))).length;
    const first = state.view * WORK_ROWS;
    const end = Math.min(first + WORK_ROWS, state.rows.length);
    $("w-found").textContent = `${state.rows.length ? `Rows ${number(first + 1)} to ${number(end)} of ${number(state.rows.length)}` : "No row passes the filters"}; ${number(ticked)} of ${number(work.rows.length)} checked`;
  }

  function show() {
    hideTip();
    const first = state.view * WORK_ROWS;
    $("work-rows").replaceChildren(...state.rows.slice(first, first + WORK_ROWS).map(rowOf));
    count();
    const last = Math.max(0, Math.ceil(state.rows.length / WORK_ROWS) - 1);
    const button = (text, label, view, enabled) => {
      const element = make("button", { type: "button", "aria-label": label }, text);
      element.disabled = !enabled;
      element.addEventListener("click", () => { state.view = view; show(); });
      return element;
    };
    $("w-turn").replaceChildren(
      button("‹ Back", "Back one page of the work list", state.view - 1, state.view > 0),
      make("span", {}, `${number(state.view + 1)} of ${number(last + 1)}`),
      button("Next ›", "Next page of the work list", state.view + 1, state.view < last));
  }

  function exported() {
    const clean = (text) => String(text).replace(/\s+/g, " ").trim();
    const heads = ["checked", "figid", "kind", "organism", "genes", "gene_ids", "names", "caption", "definition", "support", "models", "ncbi_gene", "nomenclature", "paper", "figure_page", "image"];
    const lines = state.rows.map((row) => {
      const genes = geneLinksOf(row).map(([, links]) => Object.fromEntries(links));
      const own = work.nomenclature[row.organism]?.[0];
      const links = Object.fromEntries(linksOf(row));
      return [
        checked.has(keyOf(row)) ? "yes" : "no", row.figid, row.kind, row.organism, row.genes.join(" "), row.gene_ids.map((id) => id || "-").join(" "),
        row.names.join(" | "), `${row.before}[${row.place}]${row.after}`, row.definition, row.models.length, row.models.join(" "),
        genes.map((gene) => gene["NCBI Gene"] ?? "").join(" "), genes.map((gene) => gene[own] ?? "").join(" "),
        links.Paper ?? "", links["PFOCR page"] ?? "", links.Image ?? "",
      ];
    });
    return [heads, ...lines].map((cells) => cells.map(clean).join("\t")).join("\n") + "\n";
  }

  let typing = 0;
  fields.query.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(select, 150); });
  for (const field of Object.values(fields)) field.addEventListener("change", select);
  fields.query.form.addEventListener("submit", (event) => { event.preventDefault(); select(); });
  $("w-reset").addEventListener("click", () => { fields.query.form.reset(); select(); });
  for (const header of all("#work-table th[aria-sort]")) {
    header.addEventListener("click", () => {
      const column = header.textContent.trim();
      const order = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of all("#work-table th[aria-sort]")) other.setAttribute("aria-sort", "none");
      header.setAttribute("aria-sort", order);
      Object.assign(state, { column, sign: order === "ascending" ? 1 : -1 });
      select();
    });
  }
  $("w-download").addEventListener("click", () => download("worklist.tsv", exported(), TSV));
  $("w-clear").addEventListener("click", () => {
    for (const row of work.rows) checked.delete(keyOf(row));
    save();
    select();
  });
  fillFilters();
  $("work").hidden = false;
  select();
}

if ($("work")) {
  const work = JSON.parse($("work-data").textContent);
  if (unpacked) unpacked.then(({ work: rows }) => startWorkList({ ...work, rows }), () => {
    $("work").before(make("p", { class: "alert" }, `${CANNOT_UNPACK} The rows are also in worklist.tsv.`));
  });
  else startWorkList(work);
}
