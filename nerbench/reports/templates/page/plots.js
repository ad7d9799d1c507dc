/* Plots: drawings by Vega. A mark's label is its tooltip; the class of a group of marks begins
   with "key" and the number of its key in the legend. */
const POINTER_REACH = 24; // pixels, from a point that is pointed at
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
  all(".legend button", plot).forEach((button, number) => {
    button.disabled = false;
    button.addEventListener("click", () => toggleKey(plot, number, button));
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
  const columns = Math.min(charts.length, 2);
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
  const content = type === "png" ? await rasterize(sheet, text) : text;
  download(`${plot.dataset.name}.${type}`, content, "image/svg+xml");
}
for (const button of all("[data-save]")) button.addEventListener("click", () => save(button));
