// Dragging a visit to another day: it is taken in hand there, and one press moves it. Nothing
// is moved by the dragging alone; the buttons of the days do the same without it.
"use strict";

for (const visit of document.querySelectorAll(".day-box [data-visit]")) {
  visit.draggable = true;
  visit.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", visit.href);
    event.dataTransfer.effectAllowed = "move";
  });
}

for (const day of document.querySelectorAll(".day-box[data-on]")) {
  day.addEventListener("dragover", (event) => {
    event.preventDefault();
    day.classList.add("is-aimed");
  });
  day.addEventListener("dragleave", () => day.classList.remove("is-aimed"));
  day.addEventListener("drop", (event) => {
    event.preventDefault();
    const visit = new URL(event.dataTransfer.getData("text/plain"), location.href);
    if (visit.origin !== location.origin || visit.pathname !== location.pathname) return;
    visit.searchParams.set("on", day.dataset.on);
    visit.hash = "";
    location.assign(visit);
  });
}
