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
/** Return a name that does not break where it is short, and after a mark where it is long. */
function bdi(text) {
  if (text.length <= 28 && !/[_/]/.test(text)) return make("bdi", { class: "whole" }, ...printable(text));
  const pieces = text.split(/(?<=[_/])/).flatMap((piece, i) => [...(i ? [make("wbr")] : []), ...printable(piece)]);
  return make("bdi", {}, ...pieces);
}
const outside = (text, href) => make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
const number = (n) => n.toLocaleString("en");
const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;

/** Let the reader save a text as a file. */
function download(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
const TSV = "text/tab-separated-values;charset=utf-8";
const wellFormed = (text) => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
