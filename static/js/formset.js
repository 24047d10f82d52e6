/* Rows of a form that can be added: the pattern of a row stands in a <template>, with __prefix__ for its
 * number. Without this file one more row than there are stands there empty. */

for (const set of document.querySelectorAll("[data-formset]")) {
  const total = set.querySelector(`[name="${set.dataset.formset}-TOTAL_FORMS"]`);
  const pattern = set.querySelector("[data-formset-pattern]");
  const rows = set.querySelector("[data-formset-rows]");
  set.querySelector("[data-formset-add]")?.addEventListener("click", () => {
    const number = Number(total.value);
    const row = pattern.content.firstElementChild.cloneNode(true);
    for (const element of row.querySelectorAll("*")) {
      for (const name of ["name", "id", "for", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value?.includes("__prefix__")) element.setAttribute(name, value.replaceAll("__prefix__", number));
      }
    }
    rows.append(row);
    total.value = String(number + 1);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
}
