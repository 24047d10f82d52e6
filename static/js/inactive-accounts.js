/* The list of inactive accounts in the admin: fetched again when the socket says that it is another.
 * The page works without it, as it was loaded. */
const list = document.querySelector("[data-inactive-accounts]");
const { LiveSocket } = await import(list.dataset.liveScript);
const STREAM = "accounts:inactive";
let asked = 0;

async function fetchAgain() {
  const turn = ++asked;
  const response = await fetch(list.dataset.results + location.search, {
    headers: { "X-Requested-With": "XMLHttpRequest" },
  });
  if (!response.ok) return;
  const html = await response.text();
  if (turn === asked) list.innerHTML = html; // the server's own markup, escaped by its templates
}

for (const name of ["quad:event", "quad:reload"]) {
  document.addEventListener(name, ({ detail }) => detail.stream === STREAM && fetchAgain());
}
/* What happened between rendering and joining: look once when the line is there. */
document.addEventListener("quad:live", ({ detail }) => detail.connected && fetchAgain());
new LiveSocket("/ws/notifications/", "inactive-accounts").start();
