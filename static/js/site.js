/* Small manners of the whole site: menus close as one expects, the language is remembered, a search
 * box can be walked by arrow keys. Everything works without this file. */
(function () {
  "use strict";

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details[data-menu]"));
    for (const box of document.querySelectorAll("[data-suggestions]")) {
      if (!event.target.closest("[data-search]")) box.replaceChildren();
    }
    const close = event.target.closest("[data-close-toast]");
    if (close) close.closest(".q-toast").remove();
    if (event.target.closest("[data-print]")) window.print();
    const language = event.target.closest("a[data-language]");
    if (language) {
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `django_language=${language.dataset.language}; path=/; max-age=31536000; SameSite=Lax${secure}`;
    }
  });

  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.tickAll;
    if (!name) return;
    for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)) {
      box.checked = event.target.checked;
    }
  });

  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details[data-menu]")));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      for (const box of document.querySelectorAll("[data-suggestions]")) box.replaceChildren();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const search = event.target.closest("[data-search]");
    if (!search) return;
    const stops = [search.querySelector("input"), ...search.querySelectorAll("[data-suggestions] a")];
    const at = stops.indexOf(document.activeElement);
    if (stops.length < 2 || at < 0) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    stops[(at + step + stops.length) % stops.length].focus();
  });

  // On a wide screen the filters stand open; on a phone they wait for a tap.
  const wide = window.matchMedia("(min-width: 62rem)");
  function settleFilters() {
    for (const filters of document.querySelectorAll("details[data-filters]")) {
      filters.open = wide.matches || filters.hasAttribute("data-touched");
    }
  }
  document.addEventListener("DOMContentLoaded", settleFilters);
  wide.addEventListener("change", settleFilters);
})();
