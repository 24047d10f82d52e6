/* An event's own stream, for the pages of its organizers: whoever comes, waits or is marked, and how far its
 * certificates are. Parts of the page fetch themselves again on `quad:event-stream`. */

import { toast } from "./bell.js";
import { LiveSocket } from "./live.js";

const root = document.querySelector("[data-event-live]");

function number(value) {
  return new Intl.NumberFormat(document.documentElement.lang).format(value);
}

/** A bar moves at once, and the page is asked again only at the end. */
function progress({ done, total, state }) {
  const bar = document.querySelector("[data-completion]");
  if (!bar || state === "done") return false;
  bar.max = total;
  bar.value = done;
  const text = document.querySelector("[data-completion-text]");
  if (text) text.textContent = `${number(done)} / ${number(total)}`;
  return true;
}

if (root) {
  const { eventLive, stream, epoch, head } = root.dataset;
  const target = new EventTarget();
  const ask = (detail) => document.body.dispatchEvent(new CustomEvent("quad:event-stream", { detail }));
  target.addEventListener("quad:event", ({ detail }) => {
    if (detail.event === "event.completion_progressed" && progress(detail.data)) return;
    if (detail.data.shared_device) toast({ title: root.dataset.sharedLabel, body: detail.data.name });
    ask(detail);
  });
  target.addEventListener("quad:reload", () => ask({}));
  new LiveSocket(`/ws/events/${eventLive}/`, `event.${eventLive}`, target).begin(stream, Number(head), epoch).start();
}
