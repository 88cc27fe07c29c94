// The planner's scene: takes what the server draws, offers the named views, and the keys.
"use strict";
(function () {
  const waiting = [];
  let viewer = null;
  let listening = false;
  const planner = (window.annulusPlanner = {
    receive(message) {
      if (!viewer) { waiting.push(message); return; }
      const first = message.case !== planner.case;
      viewer.load(message.name, AnnulusViewer.fromBase64(message.glb));
      if (first) {
        planner.case = message.case;
        viewer.show(message.name);
        viewer.setView(viewer.extras.views[0].name);
        buttons();
      }
      show();
    },
    get viewer() { return viewer; },
  });

  function show() {
    const before = window.trame.state.get("before_shown");
    viewer.show(!before && viewer.models.after ? "after" : "before");
  }

  function buttons() {
    const row = document.getElementById("views");
    row.replaceChildren(...viewer.extras.views.map((view) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = view.name;
      made.title = view.caption;
      made.addEventListener("click", () => viewer.setView(view.name));
      return made;
    }));
    const mark = () => [...row.children].forEach((made) => made.setAttribute("aria-pressed", made.textContent === viewer.view));
    viewer.element.addEventListener("viewchange", mark);
    mark();
  }

  function start() {
    const element = document.getElementById("scene");
    if (!element || !window.trame || !window.trame.state) { setTimeout(start, 30); return; }
    viewer = new AnnulusViewer(element);
    waiting.splice(0).forEach((message) => planner.receive(message));
    if (!listening) window.trame.state.addListener(({ type, keys }) => {
      if (viewer && type === "dirty-state" && keys.includes("before_shown")) show();
    });
    listening = true;
    window.trame.trigger("arrived");
  }

  // The page may be built anew, as after a lost connection: the scene then needs its new place.
  setInterval(() => {
    if (!viewer || viewer.element.isConnected) return;
    viewer = null;
    planner.case = undefined;
    start();
  }, 200);

  document.addEventListener("keydown", (event) => {
    const typing = ["TEXTAREA", "SELECT"].includes(event.target.tagName);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") window.trame.trigger("undo");
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key.toLowerCase() === "b") window.trame.state.set("before_shown", !window.trame.state.get("before_shown"));
    else if (event.key.toLowerCase() === "r") window.trame.trigger("reset");
    else return;
    event.preventDefault();
  });
  start();
})();
