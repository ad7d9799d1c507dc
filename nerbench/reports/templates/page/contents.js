/* Contents: the section in view is marked; on a narrow page a button folds the list. */
const foldButton = document.querySelector(".toc .fold");
foldButton?.addEventListener("click", () => {
  foldButton.setAttribute("aria-expanded", String(foldButton.getAttribute("aria-expanded") !== "true"));
});
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
