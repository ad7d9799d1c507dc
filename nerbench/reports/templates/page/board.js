/* The leaderboard: rows of one organism that pass the filters, and the rates that are shown. */
const boardFields = ["organism", "licence", "kind", "speed"].map((name) => $(`b-${name}`));
function filterBoard() {
  const [organism, licence, kind, speed] = boardFields.map((field) => field.value);
  const rows = all("#leaderboard tbody tr");
  for (const row of rows) {
    const own = row.dataset;
    row.hidden = own.organism !== organism || (licence !== "" && own.licence !== licence)
      || (kind !== "" && own.kind !== kind) || Number(own.speed) < Number(speed);
  }
  const shown = rows.filter((row) => !row.hidden).length;
  const count = rows.filter((row) => row.dataset.organism === organism).length;
  $("b-found").textContent = `${number(shown)} of ${plural(count, "model")} shown`;
}
function showRates() {
  const shown = $("b-rates").value;
  $("leaderboard").classList.toggle("main-rates", shown === "main");
  for (const head of all("#leaderboard .group th")) head.colSpan = Number(head.dataset[shown]);
}
$("b-rates").addEventListener("change", showRates);
for (const field of boardFields) field.addEventListener("change", filterBoard);
$("board-filters").addEventListener("submit", (event) => event.preventDefault());
$("board-filters").addEventListener("reset", () => setTimeout(() => { filterBoard(); showRates(); }));
if (matchMedia("(max-width: 48rem)").matches) $("board-choices").open = false; // the table first
if (boardFields[0].options.length) filterBoard();
showRates();
