/* Pages of accounts: a button that shows a password, one that copies a code, the offer of passkeys where
 * the browser knows them. The pages work without it; passkeys alone do not. */
(function () {
  "use strict";

  const words = document.currentScript.dataset;

  for (const input of document.querySelectorAll("input[data-show-password]")) {
    const box = document.createElement("div");
    box.className = "q-password";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.show;
    button.setAttribute("aria-pressed", "false");
    input.replaceWith(box);
    box.append(input, button);
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.textContent = shown ? words.hide : words.show;
      button.setAttribute("aria-pressed", String(shown));
    });
  }

  if (window.PublicKeyCredential) {
    for (const offer of document.querySelectorAll("[data-passkey]")) offer.hidden = false;
  }

  /* allauth tells of a ceremony that was broken off or failed. */
  document.addEventListener("allauth.error", (event) => {
    const told = document.querySelector("[data-passkey-failed]");
    if (!told) return;
    event.preventDefault();
    told.hidden = false;
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = words.copied;
  });
})();
