// The report's scene: named views, before and after, what is shown.
"use strict";
(function () {
  const viewer = new AnnulusViewer(document.getElementById("scene"));
  window.annulusViewer = viewer;
  const controls = document.getElementById("scene-controls");
  const button = (words, act, pressed) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
    made.addEventListener("click", () => act(made));
    controls.append(made);
    return made;
  };
  for (const state of ["after", "before"])
    viewer.load(state, AnnulusViewer.fromBase64(document.getElementById("scene-" + state).textContent.trim()));
  if (!viewer.gl) return;
  const views = viewer.extras.views.map((view) =>
    Object.assign(button(view.name, () => viewer.setView(view.name), view.name === viewer.view), { title: view.caption }));
  viewer.element.addEventListener("viewchange", () =>
    views.forEach((made) => made.setAttribute("aria-pressed", made.textContent === viewer.view)));
  const state = button("show before", (made) => {
    const before = viewer.shown === "after";
    viewer.show(before ? "before" : "after");
    made.setAttribute("aria-pressed", before);
  }, false);
  state.id = "scene-state";
  for (const [words, prefixes] of [["leaflets", ["leaflet"]], ["arteries", ["artery"]], ["vein", ["coronary sinus"]]])
    button(words, (made) => {
      const on = made.getAttribute("aria-pressed") !== "true";
      prefixes.forEach((prefix) => viewer.toggle(prefix, on));
      made.setAttribute("aria-pressed", on);
    }, true);
  document.getElementById("scene-legend").replaceChildren(...viewer.extras.legend.map((entry) => {
    const row = document.createElement("span"), swatch = document.createElement("i");
    swatch.style.background = entry.color;
    row.append(swatch, entry.words);
    return row;
  }));
})();
