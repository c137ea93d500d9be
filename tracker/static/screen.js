// A page that nobody uses hides itself, in every tab at once; what was typed stays in it.
"use strict";

const cover = document.getElementById("cover");
if (cover) {
  const [proof] = cover.querySelectorAll("form");
  const said = document.getElementById("cover-said");
  const wait = cover.dataset.minutes * 60000;
  let typed = null; // the form that somebody has begun to fill in

  // shared by all tabs: who works in one of them is not away
  const use = () => { if (!cover.open) localStorage.setItem("used", Date.now()); };
  const quietly = (address) =>
    fetch(address, { method: "POST", body: new FormData(proof), redirect: "manual" });
  const over = () => {
    // sent as it is: the server keeps it until its writer has signed in again
    if (typed) typed.submit();
    else location.reload();
  };
  const isOver = (answer) => {
    if (answer.type === "opaqueredirect") over();
    // signed out in another tab: nothing here is of whoever sits there now
    else if (answer.status === 400) location.reload();
    else return false;
    return true;
  };
  let isHidden = false;
  const hide = async () => {
    isHidden = true;
    cover.showModal();
    try {
      isOver(await quietly(cover.dataset.hide));
    } catch { /* covered all the same */ }
  };

  use();
  for (const sign of ["pointerdown", "keydown", "input", "scroll"])
    addEventListener(sign, use, { passive: true, capture: true });
  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.closest("main")) typed = event.target.form;
  });
  setInterval(() => {
    if (!cover.open && Date.now() - Number(localStorage.getItem("used")) >= wait) hide();
  }, 1000);

  // No Escape uncovers it, not for a moment: a browser that does not know `closedby` asks the
  // dialog first, and closes it at the second press whatever it was answered.
  addEventListener("keydown", (event) => {
    if (isHidden && event.key === "Escape") event.preventDefault();
  }, { capture: true });
  // whatever else may close it, such as the back gesture of a telephone
  cover.addEventListener("close", () => { if (isHidden) cover.showModal(); });
  proof.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      const answer = await quietly(proof.action);
      if (isOver(answer)) return;
      if (answer.status === 204) {
        isHidden = false;
        cover.close();
        use();
      } else {
        said.textContent = await answer.text();
      }
      proof.elements.proof.value = proof.elements.credential.value = "";
    } catch {
      said.textContent = "The server can't be reached. Try again.";
    }
  });
}
