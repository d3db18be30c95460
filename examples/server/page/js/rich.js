// Shows what people wrote. A body is untrusted, whatever its format: no element, attribute or
// address of it reaches the page unless it is built here, from an allow-list.

import { h } from "./dom.js";

/** Elements that are built anew, without any attribute of the source. */
const KEPT = new Set([
  "p", "br", "strong", "b", "em", "i", "del", "s", "code", "pre", "blockquote", "ul", "ol", "li",
  "table", "thead", "tbody", "tr", "th", "td", "hr", "sub", "sup",
]);

/** Elements whose content is code or data, not text to read. */
const DROPPED = new Set([
  "script", "style", "template", "noscript", "iframe", "frame", "frameset", "object", "embed",
  "applet", "svg", "math", "head", "title", "textarea", "select", "audio", "video", "canvas",
  "noembed", "noframes", "xmp", "plaintext",
]);

const HEADINGS = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);

/** Deeper or longer bodies are cut: nobody reads them, and the page must not choke on them. */
const MAX_DEPTH = 40;
const MAX_NODES = 4_000;

/** The only place that hands text to a parser; under Trusted Types the browser enforces it. */
const toParse = globalThis.trustedTypes?.createPolicy("message-html", {
  createHTML: (html) => html,
}) ?? { createHTML: (html) => html };

/** What a message says, as nodes that are safe to show. */
export function richBody(message) {
  const body = document.createDocumentFragment();
  if (message.format === "html") body.append(fromHtml(message.body));
  else body.append(...linked(message.body));
  return body;
}

const plain = new WeakMap();

/** What a message says, in one line of text. */
export function plainBody(message) {
  let line = plain.get(message);
  if (line === undefined) {
    const text = message.format === "html" ? fromHtml(message.body).textContent : message.body;
    line = text.slice(0, 2_000).replace(/\s+/g, " ").trim().slice(0, 200);
    plain.set(message, line);
  }
  return line;
}

/** Safe nodes for untrusted HTML. */
export function fromHtml(html) {
  // A parsed document has no window: it runs no script, loads no image and fires no event.
  const parsed = new DOMParser().parseFromString(toParse.createHTML(html), "text/html");
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment, { nodes: MAX_NODES }, 0);
  return fragment;
}

function copy(from, to, budget, depth) {
  for (const node of from.childNodes) {
    if (budget.nodes <= 0) return;
    budget.nodes -= 1;
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE) copyElement(node, to, budget, depth);
  }
}

function copyElement(element, to, budget, depth) {
  const name = element.localName;
  if (DROPPED.has(name)) return;
  if (depth >= MAX_DEPTH) {
    to.append(element.textContent);
    return;
  }
  const made = counterpart(element, name);
  if (made !== null) to.append(made);
  copy(element, made ?? to, budget, depth + 1);
}

/** The element that stands for this one; none when only its content is shown. */
function counterpart(element, name) {
  if (KEPT.has(name)) return document.createElement(name);
  if (HEADINGS.has(name)) return h("p.heading");
  if (name === "a") return link(element.getAttribute("href"));
  if (name === "img") return imageLink(element);
  if (name === "span" && element.classList.contains("user-mention")) return h("span.mention");
  return null;
}

function link(href) {
  const address = webAddress(href);
  return address === null
    ? null
    : h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" });
}

/** Pictures of strangers are not loaded: that would tell them who reads, and when. */
function imageLink(image) {
  const made = link(image.getAttribute("src"));
  made?.append(image.getAttribute("alt") || "picture");
  return made;
}

/** The address, if it is an encrypted one of the web with its host spelled out. */
function webAddress(href) {
  if (href === null || !/^\s*https:\/\//i.test(href)) return null;
  const url = URL.parse ? URL.parse(href) : tryUrl(href);
  return url !== null && url.protocol === "https:" ? url.href : null;
}

function tryUrl(href) {
  try {
    return new URL(href);
  } catch {
    return null;
  }
}

/** Plain text with its web addresses made links. */
function linked(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(/https:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g)) {
    const anchor = link(found[0]);
    if (anchor === null) continue;
    anchor.append(found[0]);
    nodes.push(text.slice(end, found.index), anchor);
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}
