// Elements without markup: every text becomes a text node, so nothing that a person wrote can turn
// into an element or an attribute here.

/**
 * Builds an element: `h("button.primary", { onclick, disabled: true }, "Send")`. Functions become
 * listeners, `true` an empty attribute, `false`, `null` and `undefined` nothing.
 */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** A name: whatever it is made of, it does not turn or cross the text around it. */
export function nameText(name) {
  return h("bdi", {}, name);
}

/** Appends nodes and texts; nested lists are flattened, nothing is left out silently but null. */
export function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces all children. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
  return parent;
}

/**
 * Makes a parent show exactly these items in this order, and keeps the elements of those it showed
 * before: focus, scrolling and half-written edits survive. An item is built anew only when its
 * signature differs.
 */
export function reconcile(parent, items, { key, signature, build }) {
  const known = new Map();
  for (const child of [...parent.children]) known.set(child.dataset.key, child);
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const sign = signature(item);
    let element = known.get(id);
    known.delete(id);
    if (element === undefined || element.dataset.sign !== sign) {
      const fresh = build(item);
      fresh.dataset.key = id;
      fresh.dataset.sign = sign;
      if (element !== undefined) {
        if (place === element) place = fresh;
        replaceKeepingFocus(element, fresh);
      }
      element = fresh;
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of known.values()) gone.remove();
}

/** Inside an item the focus goes to what has the same label. */
function replaceKeepingFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const label = focused?.getAttribute("aria-label");
  old.replaceWith(fresh);
  if (focused === old) fresh.focus({ preventScroll: true });
  else if (label) fresh.querySelector(`[aria-label="${CSS.escape(label)}"]`)?.focus({ preventScroll: true });
}

/** Runs a function once, soon, however often it is asked for. */
export function soon(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setTimeout(() => {
      asked = false;
      run();
    }, 0);
  };
}
