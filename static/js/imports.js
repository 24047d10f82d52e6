/*
 * The page of an import while a worker has it: the bar follows live events (static/js/live.js, which starts
 * once <body data-user-id> is there) and, where none come, what the server says when asked.
 */

const box = document.querySelector("[data-import]");
const ASK_MS = 2500;

function show({ state, done, total }) {
  if (state !== box.dataset.state) {
    location.reload();
    return false;
  }
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const bar = box.querySelector("progress");
  if (total) {
    bar.max = total;
    bar.value = done;
  }
  box.querySelector("[data-done]").textContent = number.format(done);
  box.querySelector("[data-total]").textContent = total ? number.format(total) : "…";
  return true;
}

if (box) {
  let heard = 0;
  document.body.dataset.userId = box.dataset.userId;
  document.addEventListener("quad:event", ({ detail }) => {
    if (detail.event !== "import.progressed" || detail.data.id !== box.dataset.import) return;
    heard = Date.now();
    show(detail.data);
  });
  const ask = async () => {
    let goesOn = true;
    if (Date.now() - heard >= ASK_MS && document.visibilityState === "visible") {
      try {
        const answer = await fetch(box.dataset.progressUrl, { headers: { Accept: "application/json" } });
        if (answer.ok) goesOn = show(await answer.json());
      } catch {
        // The line is down: ask again later.
      }
    }
    if (goesOn) setTimeout(ask, ASK_MS);
  };
  setTimeout(ask, ASK_MS);
}
