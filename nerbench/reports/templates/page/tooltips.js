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
  placeTip();
}
/** Put the tooltip whole into the window, below its owner or else above it. */
function placeTip() {
  const box = tipOwner.getClientRects()[0] ?? tipOwner.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  if (box.bottom < 0 || box.top > clientHeight) return hideTip();
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), clientWidth - width - 8);
  const isBelow = box.bottom + 8 + height <= clientHeight - 8;
  const top = isBelow ? box.bottom + 8 : Math.max(8, Math.min(box.top - 8 - height, clientHeight - height - 8));
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${top}px`;
  return undefined;
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
for (const owner of all("[data-tip]")) tooltips.set(owner, () => [make("p", {}, owner.dataset.tip)]);
for (const type of ["pointerover", "pointermove", "focusin", "click"]) {
  document.addEventListener(type, (event) => {
    const owner = tipOwnerAt(event);
    if (owner) showTip(owner);
    else if (type !== "focusin" && !tooltips.has(document.activeElement)) hideTip();
  });
}
document.documentElement.addEventListener("pointerleave", () => { if (!tooltips.has(document.activeElement)) hideTip(); });
document.addEventListener("focusout", hideTip);
addEventListener("scroll", () => { if (tipOwner) placeTip(); }, { passive: true, capture: true });
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
