// Four conveniences; every page is whole without them.
"use strict";

// A part of a page that has an address of its own is fetched again every so often,
// unless somebody is using it or the page is out of sight.
for (const part of document.querySelectorAll("[data-refresh]")) {
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    try {
      const answer = await fetch(part.dataset.refresh, { redirect: "error" });
      if (answer.ok) part.innerHTML = await answer.text();
      part.classList.toggle("is-old", !answer.ok);
    } catch {
      part.classList.add("is-old");
    }
  }, 60000);
}

// A form that shows what follows from it, as it is typed; only the newest answer counts.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = document.getElementById("preview");
  let waiting, newest = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    const mine = ++newest;
    place.classList.add("is-old");
    waiting = setTimeout(async () => {
      try {
        const answer = await fetch(form.dataset.preview,
          { method: "POST", body: new FormData(form), redirect: "error" });
        const text = await answer.text();
        if (mine !== newest || !answer.ok) return;
        place.innerHTML = text;
        place.classList.remove("is-old");
      } catch { /* the Check button is still there */ }
    }, 350);
  });
}

// Enter in a closed list saves, as it does in every other field of these forms; in an open one
// it chooses. A browser that can't say which of the two it is keeps its own ways.
if (CSS.supports("selector(select:open)")) {
  for (const form of document.querySelectorAll("form[data-preview]")) {
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("select:not(:open)")) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector("button"));
    });
  }
}

// Nobody is signed in here any more: every other tab hides itself at once (see screen.js).
if (document.querySelector("[data-nobody]")) localStorage.removeItem("used");
