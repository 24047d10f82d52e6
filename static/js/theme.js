/* The chosen color theme, set before the first paint; it stands in <head> and blocks on purpose.
 * Without a choice (or without JavaScript) the style sheet follows the device by itself. */
(function () {
  "use strict";
  const root = document.documentElement;
  const KEY = "quad-theme";
  root.classList.add("js");

  function stored() {
    try {
      return localStorage.getItem(KEY) || "auto";
    } catch {
      return "auto"; // storage is refused: follow the device
    }
  }

  function apply(choice) {
    if (choice === "light" || choice === "dark") root.setAttribute("data-bs-theme", choice);
    else root.removeAttribute("data-bs-theme");
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) apply(stored());
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try {
      localStorage.setItem(KEY, button.dataset.themeChoice);
    } catch {
      // The choice then lasts for this page alone.
    }
    apply(button.dataset.themeChoice);
  });
})();
