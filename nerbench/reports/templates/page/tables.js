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
    if (!numeric) return `${cell.dataset.v ?? cell.textContent.trim()} ${cell.dataset.also ?? ""}`;
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
for (const button of all(".sortable th button[data-sort]")) {
  button.addEventListener("click", () => sortTable(button.closest("th")));
}

/** Return a table as tab-separated values, hidden columns too; an interval has two columns of its
    own, and so has a second value of a cell. A head in `data-head` stands for the one that is shown. */
function tsv(table) {
  const clean = (text) => text.replace(/\s+/g, " ").trim();
  const rows = Array.from(table.tBodies[0].rows).filter((row) => !row.hidden);
  const heads = Array.from(Array.from(table.tHead.rows).at(-1).cells, (cell) => [clean(cell.dataset.head ?? cell.textContent), cell.dataset.also]);
  const hasInterval = heads.map((_, column) => rows.some((row) => "low" in row.cells[column].dataset));
  const line = heads.flatMap(([head, also], column) => {
    if (hasInterval[column]) return [head, `${head} low`, `${head} high`];
    return also ? [head.split(" / ")[0], also] : [head];
  });
  const lines = [line];
  for (const row of rows) {
    lines.push(Array.from(row.cells).flatMap((cell, column) => {
      const { v = clean(cell.textContent), low = "", high = "", also = "" } = cell.dataset;
      if (hasInterval[column]) return [v, low, high];
      return heads[column][1] ? [v, also] : [v];
    }));
  }
  return lines.map((cells) => cells.map(clean).join("\t")).join("\n") + "\n";
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
for (const button of all("[data-download]")) {
  button.addEventListener("click", () => download(`${button.dataset.download}.tsv`, tsv($(button.dataset.download)), TSV));
}
