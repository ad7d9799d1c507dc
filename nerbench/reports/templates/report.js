"use strict";
/* The behaviour of report.html: theme, tables, plots, and the figure browser. Untrusted text enters
   the page as text nodes only, never as markup. */
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /** Make an element with attributes and children; strings become text nodes. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

  /** Return text as nodes, with control, bidi and surrogate characters shown as code points. */
  function printable(text) {
    const nodes = [];
    let end = 0;
    for (const match of text.matchAll(UNSAFE)) {
      if (match.index > end) nodes.push(text.slice(end, match.index));
      const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      nodes.push(make("span", { class: "control" }, `U+${code}`));
      end = match.index + match[0].length;
    }
    nodes.push(text.slice(end));
    return nodes;
  }
  const bdi = (text) => make("bdi", {}, ...printable(text));
  const number = (n) => n.toLocaleString("en");
  const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;

  /* Theme */
  const storage = { // not available to every file
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* not remembered */ } },
  };
  const themes = { system: "as the system", light: "light", dark: "dark" };
  function setTheme(theme) {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
    $("theme").textContent = `Colours: ${themes[theme]}`;
    $("theme").dataset.theme = theme;
  }
  $("theme").addEventListener("click", () => {
    const names = Object.keys(themes);
    const next = names[(names.indexOf($("theme").dataset.theme) + 1) % names.length];
    storage.set("nerbench-theme", next);
    setTheme(next);
  });

  /* Tables */
  function sortTable(header) {
    const column = Array.from(header.parentNode.children).indexOf(header);
    const numeric = header.querySelector("button").dataset.sort === "number";
    const [first, second] = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
    const order = header.getAttribute("aria-sort") === first ? second : first;
    for (const other of all("[aria-sort]", header.parentNode)) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const valueOf = (row) => {
      const cell = row.children[column];
      if (!numeric) return cell.textContent.trim();
      return cell.dataset.v === "" ? null : Number(cell.dataset.v);
    };
    const body = header.closest("table").tBodies[0];
    const rows = Array.from(body.rows, (row) => [valueOf(row), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null); // no value: always last
      return sign * (numeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
    });
    body.append(...rows.map(([, row]) => row));
  }
  for (const button of all("th button[data-sort]")) {
    button.addEventListener("click", () => sortTable(button.closest("th")));
  }

  /** Return a table as tab-separated values; an interval has two columns of its own. */
  function tsv(table) {
    const clean = (text) => text.replace(/\s+/g, " ").trim();
    const rows = Array.from(table.tBodies[0].rows);
    const heads = Array.from(table.tHead.rows[0].cells, (cell) => clean(cell.textContent));
    const hasInterval = heads.map((_, column) => rows.some((row) => "low" in row.cells[column].dataset));
    const lines = [heads.flatMap((head, column) => (hasInterval[column] ? [head, `${head} low`, `${head} high`] : [head]))];
    for (const row of rows) {
      lines.push(Array.from(row.cells).flatMap((cell, column) => {
        const { v = clean(cell.textContent), low = "", high = "" } = cell.dataset;
        return hasInterval[column] ? [v, low, high] : [v];
      }));
    }
    return lines.map((line) => line.join("\t")).join("\n") + "\n";
  }

  async function copy(text, button) {
    let copied = false;
    try {
      await navigator.clipboard.writeText(text);
      copied = true;
    } catch {
      const area = make("textarea", { class: "tsv", "aria-label": "Text to copy", readonly: "" });
      area.value = text;
      button.parentNode.after(area);
      area.select();
      try { copied = document.execCommand("copy"); } catch { /* the text stays selected */ }
      if (copied) area.remove();
    }
    button.parentNode.querySelector(".status").textContent = copied ? "Copied" : "Press Ctrl+C to copy the text below";
  }
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", () => copy(tsv($(button.dataset.copy)), button));
  }
  for (const button of all("[data-copy-text]")) {
    button.addEventListener("click", () => copy($(button.dataset.copyText).textContent, button));
  }

  /* Tooltips: of the marks in plots and in captions, by pointer, touch and keyboard */
  const tooltips = new WeakMap(); // element -> function that returns its content
  const tip = $("tip");
  let tipOwner = null;
  function showTip(owner) {
    if (tipOwner === owner) return;
    hideTip();
    tipOwner = owner;
    tip.replaceChildren(...tooltips.get(owner)());
    tip.hidden = false;
    owner.classList.add("pointed");
    if (!owner.closest(".chart")) owner.setAttribute("aria-describedby", "tip"); // there it is the label
    const box = owner.getClientRects()[0];
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left), document.documentElement.clientWidth - width - 8);
    const below = box.bottom + 8;
    const top = below + height < innerHeight ? below : Math.max(8, box.top - height - 8);
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  }
  function hideTip() {
    tipOwner?.removeAttribute("aria-describedby");
    tipOwner?.classList.remove("pointed");
    tipOwner = null;
    tip.hidden = true;
  }
  function tipOwnerAt(event) {
    for (let element = event.target; element instanceof Element; element = element.parentElement) {
      if (tooltips.has(element)) return element;
    }
    const chart = event.target instanceof Element && event.type !== "focusin" ? event.target.closest(".panel > .chart") : null;
    return chart && nearestMark(chart, event.clientX, event.clientY);
  }
  for (const area of [$("cards"), ...all(".plot")]) {
    for (const type of ["pointerover", "pointermove", "focusin", "click"]) {
      area.addEventListener(type, (event) => {
        const owner = tipOwnerAt(event);
        if (owner) showTip(owner);
        else if (type !== "focusin" && !tooltips.has(document.activeElement)) hideTip();
      });
    }
    area.addEventListener("pointerleave", () => { if (!tooltips.has(document.activeElement)) hideTip(); });
    area.addEventListener("focusout", hideTip);
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

  /* Plots: drawings by Vega. A mark's label is its tooltip; the class of a group of marks begins
     with "key" and the number of its key in the legend. */
  const POINTER_REACH = 20; // pixels, from a point that is pointed at
  const SVG = "http://www.w3.org/2000/svg";
  const marksOf = (chart) => all('[class*=" key"]:not(.hidden) > [aria-label]', chart);

  function nearestMark(chart, x, y) {
    let nearest = null;
    let least = POINTER_REACH;
    for (const mark of marksOf(chart)) {
      const box = mark.getBoundingClientRect();
      const away = Math.hypot(x - box.left - box.width / 2, y - box.top - box.height / 2);
      if (away < least) [nearest, least] = [mark, away];
    }
    return nearest;
  }

  /** Let Tab reach one mark of a chart; the arrow keys lead to the others. */
  function setTabStop(chart, stop) {
    for (const mark of marksOf(chart)) mark.setAttribute("tabindex", mark === stop ? "0" : "-1");
  }
  function stepThroughMarks(event) {
    const chart = event.currentTarget;
    const marks = marksOf(chart);
    const position = marks.indexOf(event.target);
    const steps = { ArrowRight: position + 1, ArrowDown: position + 1, ArrowLeft: position - 1, ArrowUp: position - 1, Home: 0, End: marks.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = marks[Math.min(Math.max(steps[event.key], 0), marks.length - 1)];
    setTabStop(chart, next);
    next.focus();
  }

  function toggleKey(plot, number, button) {
    const hidden = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!hidden));
    for (const group of all(`.panel [class*=" key${number}_"]`, plot)) group.classList.toggle("hidden", hidden);
    for (const chart of all(".panel > .chart", plot)) setTabStop(chart, marksOf(chart)[0]);
    hideTip();
  }

  for (const plot of all(".plot")) {
    for (const chart of all(".panel > .chart", plot)) {
      for (const mark of all(".role-mark > [aria-label]", chart)) {
        tooltips.set(mark, () => [make("p", {}, bdi(mark.getAttribute("aria-label")))]);
      }
      setTabStop(chart, marksOf(chart)[0]);
      chart.addEventListener("keydown", stepThroughMarks);
    }
    all(".legend li", plot).forEach((item, number) => {
      const button = make("button", { type: "button", "aria-pressed": "true", title: "Show or hide" }, ...item.childNodes);
      button.addEventListener("click", () => toggleKey(plot, number, button));
      item.append(button);
    });
  }

  /** Return a plot as one SVG, in light colours: the legend and the panels, without hidden keys. */
  function sheetOf(plot) {
    const sheet = document.createElementNS(SVG, "svg");
    const add = (parent, tag, attributes) => {
      const element = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return parent.appendChild(element);
    };
    const place = (drawing, x, y) => {
      const copied = sheet.appendChild(drawing.cloneNode(true));
      for (const hidden of all(".hidden", copied)) hidden.remove();
      copied.setAttribute("x", x);
      copied.setAttribute("y", y);
    };
    const charts = all(".panel > .chart", plot);
    const columns = charts.length % 3 ? Math.min(charts.length, 2) : 3;
    const sizes = charts.map((chart) => chart.viewBox.baseVal);
    const width = sizes[0].width * columns;
    const paper = add(sheet, "rect", { fill: "#ffffff", width });
    let [x, y] = [10, 8];
    for (const button of all(".legend [aria-pressed=true]", plot)) {
      const needed = 56 + Math.ceil(button.textContent.trim().length * 7.2);
      if (x > 10 && x + needed > width) [x, y] = [10, y + 24];
      place(button.querySelector("svg"), x, y);
      add(sheet, "text", { x: x + 32, y: y + 12, fill: "#535d69", "font-family": "system-ui, sans-serif", "font-size": "13px" })
        .textContent = button.textContent.trim();
      x += needed;
    }
    y += 26;
    for (let start = 0; start < charts.length; start += columns) {
      charts.slice(start, start + columns).forEach((chart, column) => place(chart, column * sizes[0].width, y));
      y += Math.max(...sizes.slice(start, start + columns).map((size) => size.height));
    }
    for (const [name, value] of Object.entries({ width, height: y, viewBox: `0 0 ${width} ${y}` })) sheet.setAttribute(name, value);
    paper.setAttribute("height", y);
    return sheet;
  }

  async function rasterize(svg, text) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = make("canvas", { width: svg.getAttribute("width") * 2, height: svg.getAttribute("height") * 2 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }

  async function save(button) {
    const plot = button.closest(".plot");
    const sheet = sheetOf(plot);
    const text = new XMLSerializer().serializeToString(sheet);
    const type = button.dataset.save;
    const blob = type === "png" ? await rasterize(sheet, text) : new Blob([text], { type: "image/svg+xml" });
    const link = make("a", { href: URL.createObjectURL(blob), download: `${plot.dataset.name}.${type}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
  for (const button of all("[data-save]")) button.addEventListener("click", () => save(button));

  /* Contents: the section in view is marked; on a narrow page the list is folded. */
  if (matchMedia("(max-width: 69.99rem)").matches) document.querySelector(".toc details").open = false;
  const links = new Map(all(".toc a").map((link) => [link.hash.slice(1), link]));
  const sections = Array.from(links.keys(), $).filter(Boolean);
  function markSectionInView() {
    const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight * 0.4);
    const current = passed.at(-1)?.id;
    for (const [id, link] of links) {
      link.classList.toggle("current", id === current);
      if (id === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  addEventListener("scroll", () => requestAnimationFrame(markSectionInView), { passive: true });
  markSectionInView();

  addEventListener("beforeprint", () => { for (const details of all("details")) details.open = true; });

  /* Figures: all in the page, or in files beside it that load on demand. */
  const data = JSON.parse($("data").textContent);
  const CARDS = 10; // figures shown at a time

  const store = {
    pages: new Map(), indexes: new Map(), loading: new Map(),
    async load(kind, position) {
      const name = `${kind}-${String(position).padStart(5, "0")}`;
      const loaded = kind === "page" ? this.pages : this.indexes;
      if (loaded.has(position)) return loaded.get(position);
      if (!this.loading.has(name)) {
        this.loading.set(name, new Promise((resolve, reject) => {
          const script = make("script", { src: `${data.folder}/${name}.js` });
          script.onload = () => { script.remove(); resolve(); };
          script.onerror = () => { script.remove(); this.loading.delete(name); reject(new Error(name)); };
          document.head.append(script);
        }));
      }
      await this.loading.get(name);
      return loaded.get(position);
    },
    async figure(position) {
      const page = Math.floor(position / data.page_size);
      return (await this.load("page", page))[position - page * data.page_size];
    },
  };
  window.nerbench = { // called by the files beside the page
    page: (position, figures) => store.pages.set(position, figures),
    index: (position, entries) => store.indexes.set(position, entries),
  };
  if (!data.folder) {
    store.pages.set(0, data.figures);
    store.indexes.set(0, data.index);
  }

  /* Search: matches are positions of figures, null without a filter; a turn is one search or view,
     and an older one that comes back late is dropped. */
  const fold = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\n]+/gu, "");
  const state = { matches: null, view: 0, wanted: null, turn: 0 };
  const [query, byModel, byOrganism, byOutcome, byReason] = ["q", "f-model", "f-organism", "f-outcome", "f-reason"].map($);
  const filters = [byOrganism, byOutcome, byReason];

  function fillFilters() {
    const option = (value, text = value) => make("option", { value }, ...printable(text).map((node) => node.textContent ?? node));
    byModel.append(...data.models.map((name, position) => option(position, name)));
    byOrganism.append(...data.organisms.map((name) => option(name)));
    for (const [label, reasons] of [["Genes missed", data.miss_reasons], ["Names off the list", data.name_outcomes]]) {
      if (reasons.length) byReason.append(make("optgroup", { label }, ...reasons.map((name) => option(name))));
    }
  }

  function passes(entry, words) {
    if (byOrganism.value !== "" && !entry.organisms.includes(byOrganism.value)) return false;
    const tags = entry.tags[Number(byModel.value)] ?? [];
    for (const filter of [byOutcome, byReason]) {
      if (filter.value !== "" && !tags.includes(filter.value)) return false;
    }
    if (!words.length) return true;
    const text = entry.text.toLowerCase();
    const folded = fold(text);
    return words.every(([word, foldedWord]) => text.includes(word) || (foldedWord && folded.includes(foldedWord)));
  }

  /** Find the figures that pass the filters, one part of the index after another. */
  async function search() {
    const turn = ++state.turn;
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean).map((word) => [word, fold(word)]);
    state.view = 0;
    if (!words.length && filters.every((filter) => filter.value === "")) {
      state.matches = null;
      return show();
    }
    const matches = [];
    for (let part = 0; part < data.indexes; part += 1) {
      let entries;
      try { entries = await store.load("index", part); } catch { return showMissingFolder(); }
      if (turn !== state.turn) return undefined;
      entries.forEach((entry, i) => {
        if (passes(entry, words)) matches.push(part * data.index_size + i);
      });
      if (data.indexes > 1) {
        const searched = Math.min((part + 1) * data.index_size, data.count);
        $("found").textContent = `Searching: ${number(matches.length)} found in ${number(searched)} of ${number(data.count)} figures`;
      }
    }
    state.matches = matches;
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
    try { figures = await Promise.all(positions.map((position) => store.figure(position))); } catch { return showMissingFolder(); }
    if (turn !== state.turn) return undefined;
    $("cards").replaceChildren(...figures.map(figureCard));
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
        state.view = view;
        show().then(() => $("figures").scrollIntoView());
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

  function showMissingFolder() {
    $("cards").replaceChildren(make("p", { class: "alert" },
      `The folder ${data.folder} is not beside this file, or is not complete: copy both together.`));
    $("found").textContent = "The figures could not be loaded.";
  }

  /* One figure: its head, its caption with marks, and its curated genes */
  const isHit = (name) => "genes" in name;
  const isNamed = (outcome) => outcome !== null;
  const isRecovered = (outcome) => isNamed(outcome) && !("missed" in outcome);
  const wellFormed = (text) => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");

  function figureCard(figure) {
    const { names, outcomes } = figure.models[Number(byModel.value) || 0] ?? { names: [], outcomes: [] };
    return make("article", { class: "card", "data-figid": figure.figid, tabindex: "-1" },
      cardHead(figure),
      make("div", { class: "body" },
        make("div", {}, tally(names, outcomes), markedCaption(figure, names, outcomes), namesOffList(names)),
        geneList(figure, outcomes)));
  }

  function cardHead({ figid, title = "", paper_title: paperTitle = "", pmcid = "", doi = "", year, journal }) {
    const where = make("p", { class: "where" });
    const outside = (text, href) => make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
    where.append(make("a", { class: "id", href: `#fig=${encodeURIComponent(wellFormed(figid))}`, title: "Link to this figure" }, bdi(figid)));
    if (/^PMC\d+__[\w.-]+$/.test(figid)) {
      where.append(outside("PFOCR page", `https://pfocr.wikipathways.org/figures/${figid}.html`));
    }
    if (/^10\.\d{4,9}\/\S+$/.test(doi)) where.append(outside("Paper", `https://doi.org/${encodeURI(wellFormed(doi))}`));
    else if (/^PMC\d+$/.test(pmcid)) where.append(outside("Paper", `https://www.ncbi.nlm.nih.gov/pmc/articles/${pmcid}/`));
    const source = [journal, year].filter(Boolean).join(", ");
    const withoutStop = (text) => text.replace(/[.\s]+$/, "");
    const second = paperTitle && title && withoutStop(paperTitle) !== withoutStop(title) ? paperTitle : "";
    const paper = [second, source].filter(Boolean).flatMap((text, i) => (i ? [" ", bdi(text)] : [bdi(text)]));
    return make("header", {},
      make("h3", {}, bdi(title || paperTitle || figid)),
      paper.length ? make("p", { class: "paper" }, ...paper) : null,
      where);
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
    return make("div", { class: "off-names" }, make("b", {}, "Not on the list"),
      make("ul", {}, ...off.map((name) => make("li", {}, bdi(name.name), " ",
        make("span", { class: "of" }, name.outcome ?? "")))));
  }

  /** Return the caption with its marks; marks that overlap are one cluster and one tab stop. */
  function markedCaption({ caption = "", genes, marks: annotated = [] }, names, outcomes) {
    const paragraph = make("p", { class: "caption", dir: "auto" });
    if (!caption) {
      paragraph.append(make("em", {}, "(no caption)"));
      return paragraph;
    }
    const characters = Array.from(caption); // offsets count code points
    const slice = (start, end) => characters.slice(start, end).join("");
    const marks = [...captionMarks(names, genes, outcomes), ...annotatedMarks(annotated, names)].filter(({ start, end }) => start < end && end <= characters.length);
    marks.sort((a, b) => a.start - b.start || b.end - a.end);
    let written = 0;
    for (let i = 0; i < marks.length;) {
      let { end } = marks[i];
      let next = i + 1;
      while (next < marks.length && marks[next].start < end) end = Math.max(end, marks[next++].end);
      paragraph.append(...printable(slice(written, marks[i].start)), cluster(marks.slice(i, next), slice));
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
        marks.push({ start: name.spans[i], end: name.spans[i + 1], kind, tooltip: () => nameTooltip(name, genes) });
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

  /** Return the marks of the gold, with what the model found there. */
  function annotatedMarks(annotated, names) {
    const spans = names.flatMap(({ spans: flat }) => flat.filter((_, i) => i % 2 === 0).map((start, i) => [start, flat[2 * i + 1]]));
    return annotated.filter((_, i) => i % 2 === 0).map((start, i) => {
      const end = annotated[2 * i + 1];
      let outcome = "not found by the model";
      if (spans.some(([from, to]) => from === start && to === end)) outcome = "found by the model";
      else if (spans.some(([from, to]) => from < end && start < to)) outcome = "found by the model with other ends";
      return { start, end, kind: "annotated", tooltip: () => make("div", {}, line(make("strong", {}, "marked as a gene in the gold"), `, ${outcome}`)) };
    });
  }

  function cluster(marks, slice) {
    const cuts = Array.from(new Set(marks.flatMap(({ start, end }) => [start, end]))).sort((a, b) => a - b);
    const parts = cuts.slice(0, -1).map((from, i) => {
      const kinds = new Set(marks.filter((mark) => mark.start <= from && from < mark.end).map((mark) => mark.kind));
      const classes = ["on-list", "off-list", "missed", "annotated"].filter((kind) => kinds.has(kind)).join(" ");
      return make("span", { class: `mark ${classes}` }, ...printable(slice(from, cuts[i + 1])));
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

  const withId = (gene) => gene.symbol + (gene.id ? ` (${gene.id})` : "");
  const symbolsOf = (organism, positions, genes) => positions.map((position) => genes[position])
    .filter((gene) => gene.organism === organism).map(withId).join(", ");
  const line = (...parts) => make("p", {}, ...parts);

  function nameTooltip(name, genes) {
    const lines = [line(make("strong", {}, bdi(name.name)), isHit(name) ? " on the list" : " not on the list")];
    if (isHit(name)) {
      for (const organism of data.organisms) {
        const symbols = symbolsOf(organism, name.genes, genes);
        lines.push(line(`${organism}: `, symbols ? bdi(symbols) : "none on the list"));
      }
      if (name.level) lines.push(line(`at level ${name.level}`));
    } else if (name.outcome) {
      lines.push(line(`${name.outcome}: ${data.meanings[name.outcome] ?? ""}`));
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
      lines.push(line(`${reason}: ${data.meanings[reason] ?? ""}`));
    }
    return make("div", {}, ...lines);
  }

  /** Return the curated genes by organism and by the word of the image; those that the caption does
      not name in short. */
  function geneList(figure, outcomes) {
    const box = make("div", { class: "genes" });
    if (!figure.genes.length) {
      box.append(make("p", { class: "tally" }, `This figure is not scored: ${figure.left_out ?? "no model read it"}.`));
      return box;
    }
    const members = figure.genes.map((gene, position) => ({ gene, outcome: outcomes[position] ?? null }));
    for (const organism of data.organisms) {
      const own = members.filter(({ gene }) => gene.organism === organism);
      if (!own.length) continue;
      const recovered = own.filter(({ outcome }) => isRecovered(outcome)).length;
      box.append(make("h4", {}, `${organism}: ${number(recovered)} of ${plural(own.length, "curated gene")} recovered`));
      const named = own.filter(({ outcome }) => isNamed(outcome));
      const absent = own.filter(({ outcome }) => !isNamed(outcome));
      const hasWords = own.some(({ gene }) => gene.words);
      if (hasWords) box.append(make("p", { class: "by" }, "by the word read in the image"));
      if (named.length) box.append(make("ul", {}, ...Array.from(byWord(named), (group) => wordItem(group, hasWords))));
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
    make("b", gene.id ? { title: `gene ${gene.id}` } : {}, bdi(gene.symbol))]);

  function wordItem([word, members], hasWords) {
    const alike = groupBy(members, ({ outcome }) => JSON.stringify(outcome)); // these share a line
    return make("li", {}, hasWords ? make("span", { class: "word" }, word ? bdi(word) : "word not recorded") : null,
      ...Array.from(alike.values(), outcomeLine));
  }

  function outcomeLine(members) {
    const { level, missed, by = [] } = members[0].outcome;
    const recovered = missed === undefined;
    const because = recovered
      ? [" by ", ...by.flatMap((name, i) => (i ? [", ", bdi(name)] : [bdi(name)])), level ? ` (${level})` : ""]
      : [` ${missed}`];
    return make("span", { class: `line ${recovered ? "got" : "lost"}` },
      make("span", { class: "sign", role: "img", "aria-label": recovered ? "recovered" : "missed" }, recovered ? "✓" : "✗"),
      ...symbolNodes(members), make("span", { class: "because" }, ...because));
  }

  function absentGenes(absent) {
    const list = make("p", { class: "absent" });
    for (const [word, members] of byWord(absent)) {
      list.append(...(list.childNodes.length ? ["; "] : []), ...(word ? [bdi(word), ": "] : []), ...symbolNodes(members));
    }
    const box = make("details", {}, make("summary", {}, `– ${number(absent.length)} not in the caption`), list);
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
    if (!location.hash.startsWith("#fig=")) return;
    let figid;
    try { figid = decodeURIComponent(location.hash.slice(5)); } catch { return; }
    let position;
    try { position = await positionOf(figid); } catch { showMissingFolder(); return; }
    if (position < 0) {
      $("found").textContent = `No figure ${figid} in this report.`;
      $("figures").scrollIntoView();
      return;
    }
    for (const field of [query, ...filters]) field.value = "";
    state.matches = null;
    state.view = Math.floor(position / CARDS);
    state.wanted = figid;
    await show();
    const card = document.querySelector(".card.wanted");
    card?.scrollIntoView();
    card?.focus({ preventScroll: true });
  }

  let typing = 0;
  query.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(search, 150); });
  for (const field of [byModel, ...filters]) field.addEventListener("change", search);
  query.form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  query.form.addEventListener("reset", () => setTimeout(search));
  addEventListener("hashchange", followLink);

  setTheme(Object.hasOwn(themes, storage.get("nerbench-theme")) ? storage.get("nerbench-theme") : "system");
  fillFilters();
  $("browser").hidden = false;
  show().then(followLink);
})();
