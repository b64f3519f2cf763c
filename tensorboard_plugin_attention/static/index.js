/** What TensorBoard loads: what the first picture needs is asked for first. */

// All at once, where following the imports would take one round for each depth.
const DATA = [
  "ahead", "cache", "dom", "format", "host", "math", "scene", "source", "state",
  "views",
];
const PAGE = [
  "page", "color", "controls", "export", "heads", "keys", "picker", "reader",
  "selection", "tokens", "views/model", "views/cells", "views/modelbar",
  "views/selects",
];

/** Shows the page in TensorBoard's tab. */
export async function render() {
  // None of our own modules has to come before this can be asked.
  const listed = fetch("./tags");
  preload(DATA);
  // TensorBoard answers in turn: the steps are not to wait for the page.
  const { readAhead } = await import("./ahead.js");
  const { source, ...ahead } = readAhead(listed);
  preload(PAGE);
  const { start } = await import("./page.js");
  await start(source, { host: true, ahead });
}

function preload(names) {
  for (const name of names) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = new URL(`./${name}.js`, import.meta.url);
    document.head.append(link);
  }
}
