/* Theme */
const storage = { // not available to every file
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  /** Return the list of texts that is kept under a key; an empty one if it is none. */
  list(key) {
    try {
      const kept = JSON.parse(this.get(key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch { return []; }
  },
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
setTheme(Object.hasOwn(themes, storage.get("nerbench-theme")) ? storage.get("nerbench-theme") : "system");
