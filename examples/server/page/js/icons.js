// Line icons on a 24 by 24 grid.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  chat: "M4 18.5V6.5a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2V14a2 2 0 0 1-2 2H7.5z",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.5M16 4.3a3.5 3.5 0 0 1 0 6.4M18.5 14.9c1.6.9 2.6 2.6 3 5.1",
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  lifebuoy: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5.6 5.6l3.9 3.9M14.5 14.5l3.9 3.9M18.4 5.6l-3.9 3.9M9.5 14.5l-3.9 3.9",
  folder: "M3.5 18V6.5a1.5 1.5 0 0 1 1.5-1.5h4.5l2 2.5H19a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18z",
  board: "M4.5 4.5h4v15h-4zM10.5 4.5h4v9h-4zM16.5 4.5h3v12h-3z",
  boxes: "M4 8.2 12 4l8 4.2v8L12 20.5l-8-4.3zM4 8.2l8 4.3 8-4.3M12 12.5v8",
  forward: "M5 12h13M12.5 6.5 18 12l-5.5 5.5",
  swap: "M4.5 8.5h14M15 5l3.5 3.5L15 12M19.5 15.5h-14M9 12l-3.5 3.5L9 19",
  lock: "M6.5 11h11v8.5h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3 20 20",
  back: "M14.5 5.5 8 12l6.5 6.5",
  down: "M12 5v13M6.5 12.5 12 18l5.5-5.5",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  edit: "M4.5 19.5 5.5 15 16 4.5l3.5 3.5L9 18.5z",
  trash: "M4.5 6.5h15M9.5 6.5v-2h5v2M6.5 6.5l1 13h9l1-13",
  unread: "M4 18.5V6.5a2 2 0 0 1 2-2h8M20 10v4a2 2 0 0 1-2 2H7.5L4 18.5M19 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  undo: "M8.5 5 4.5 9l4 4M4.5 9h9a6 6 0 0 1 0 12h-2",
  send: "M4.5 12 20 4.5 14.5 20l-3.2-6.3z",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  bell_off: "M6 17V11a6 6 0 0 1 9.5-4.9M18 11v6M4 17h13M10 20.5h4M3.5 3.5l17 17",
  leave: "M14 4.5H6a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h8M10.5 12H21M17.5 8.5 21 12l-3.5 3.5",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19.5 7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5V12l3 2",
  alert: "M12 8.5V13M12 16.5h.01M10.3 4.6 3 17.5a2 2 0 0 0 1.7 3h14.6a2 2 0 0 0 1.7-3L13.7 4.6a2 2 0 0 0-3.4 0z",
};

/** The icon of this name, hidden from screen readers: whoever uses it names the control. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
