// Asks the browser for a passkey and sends what it answers, as any form is sent. A module, so
// that a page that names it twice runs it once.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function answerTo(kind, options) {
  options.challenge = toBytes(options.challenge);
  if (kind === "create") {
    options.user.id = toBytes(options.user.id);
    options.excludeCredentials = withBytes(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }
  options.allowCredentials = withBytes(options.allowCredentials);
  return navigator.credentials.get({ publicKey: options });
}

function asJson(found) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (found.response[name]) response[name] = toText(found.response[name]);
  return JSON.stringify({
    id: found.id, rawId: toText(found.rawId), type: found.type, response,
    clientExtensionResults: found.getClientExtensionResults(),
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  const said = form.querySelector("[data-said]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      const asked = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
      if (!asked.ok) return location.reload();
      const found = await answerTo(form.dataset.passkey, await asked.json());
      // the covered page sends it by itself, so that it need not be left
      const then = document.getElementById(form.dataset.then) || form;
      then.elements.credential.value = asJson(found);
      if (then === form) form.submit();
      else then.requestSubmit();
    } catch {
      said.textContent = "No passkey was used. Try again, or go on another way.";
    }
  });
}
