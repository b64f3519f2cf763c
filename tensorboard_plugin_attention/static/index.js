/**
 * The module that TensorBoard loads. It requests the data of the first view.
 */

// Preloaded in parallel: following the imports takes one round trip per level.
const DATA = [
  "data/cache", "data/format", "data/math", "data/scene", "data/source",
  "draw/dom", "page/host", "page/preload", "page/state", "page/views",
];
const PAGE = [
  "data/reader", "data/selection", "draw/color", "draw/export", "draw/tokens",
  "page/controls", "page/headchooser", "page/keys", "page/page",
  "page/picker", "page/slider", "views/model", "views/modelbar",
  "views/maps/cells", "views/maps/selects",
];

/** Show the page in TensorBoard's tab. */
export async function render() {
  // This request needs none of the page's modules.
  const listed = fetch("./tags");
  preload(DATA);
  // TensorBoard handles requests one by one: the steps must not wait for the
  // page.
  const { readAhead } = await import("./page/preload.js");
  const { source, ...ahead } = readAhead(listed);
  preload(PAGE);
  const { start } = await import("./page/page.js");
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
