/* Figures: all in the page, all in it and compressed, or in files beside it that load on demand. */
/** Return the figures, their index and the rows of the work list that the page holds compressed. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
const unpacked = $("packed") ? unpack($("packed").textContent) : null;
unpacked?.catch(() => {}); // whoever waits for it says what is missing
const CANNOT_UNPACK = "This browser cannot unpack the figures and the work list: open the page in one of 2023 or later.";
const data = JSON.parse($("data").textContent);
const CARDS = 10; // figures shown at a time

const store = {
  pages: new Map(), indexes: new Map(), loading: new Map(),
  async load(kind, position) {
    const name = `${kind}-${String(position).padStart(5, "0")}`;
    if (unpacked) return (await unpacked)[kind === "page" ? "figures" : "index"];
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
/* When the page was written is a fact of its file, not of its content: equal runs, equal pages. */
const written = new Date(document.lastModified);
for (const place of Number.isNaN(written.getTime()) ? [] : all("[data-written]")) {
  const date = written.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  place.textContent = ` (this page: ${date})`;
}
if (!data.folder && !unpacked) {
  store.pages.set(0, data.figures);
  store.indexes.set(0, data.index);
}
