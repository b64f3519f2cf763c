/** What TensorBoard loads: what the first picture needs is asked for first. */

// All at once, where following the imports would take one round for each depth.
const FIRST = [
  "ahead", "dom", "format", "host", "math", "scene", "source", "state", "views",
  "page", "color", "controls", "export", "heads", "keys", "picker", "selection",
  "tokens", "views/model", "views/cells", "views/map", "views/mapsvg",
  "views/maps", "views/modelbar",
];

/** Shows the page in TensorBoard's tab. */
export async function render() {
  // None of our own modules has to come before this can be asked.
  const listed = fetch("./tags");
  for (const name of FIRST) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = new URL(`./${name}.js`, import.meta.url);
    document.head.append(link);
  }
  const page = import("./page.js");
  const { readAhead } = await import("./ahead.js");
  const { source, ...ahead } = readAhead(listed);
  await (await page).start(source, { host: true, ahead });
}
