/* Pages of accounts: a button that shows a password, a button that copies a code. Both pages work
 * without it. */
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

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = words.copied;
  });
})();
