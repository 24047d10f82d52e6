/* The bell rings: counter, toast and menu follow the live events of static/js/live.js.
 * What is shown comes from the server's rows; this only says when to look again. */

const RINGS_FOR_MS = 9000;
const bell = document.querySelector("[data-live-bell]");
const toasts = document.getElementById("toasts");

function setUnread(count) {
  const counter = bell?.querySelector("[data-unread]");
  if (!counter || !Number.isInteger(count)) return;
  counter.dataset.unread = String(count);
  counter.textContent = count
    ? new Intl.NumberFormat(document.documentElement.lang).format(count)
    : "";
}

function refreshMenu() {
  const menu = document.getElementById("bell-menu");
  if (menu && window.htmx) window.htmx.trigger(menu, "bell:refresh");
}

/** Text only: nothing that came over the wire is ever read as markup. */
function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function isLocal(path) {
  return typeof path === "string" && path.startsWith("/") && !path.startsWith("//");
}

export function toast({ title, body, path }) {
  const card = element("div", "", { class: "q-toast" });
  const icon = bell?.querySelector("svg")?.cloneNode(true);
  if (icon) card.append(icon);
  const head = element("b", isLocal(path) ? "" : title);
  if (isLocal(path)) head.append(element("a", title, { href: path }));
  card.append(head);
  if (body) card.append(element("p", body));
  card.append(
    element("button", "×", {
      type: "button",
      "data-close-toast": "",
      "aria-label": toasts.dataset.closeLabel,
    }),
  );
  toasts.append(card);
  let timer = 0;
  const leave = () => (timer = setTimeout(() => card.remove(), RINGS_FOR_MS));
  for (const pause of ["mouseenter", "focusin"]) card.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["mouseleave", "focusout"]) card.addEventListener(resume, leave);
  leave();
}

document.addEventListener("quad:event", ({ detail }) => {
  const { event, data } = detail;
  if (event === "notification.created") {
    setUnread(data.unread);
    toast(data);
    refreshMenu();
  } else if (event === "notification.read") {
    setUnread(data.unread);
    refreshMenu();
  } else if (event === "enrollment.changed") {
    document.body.dispatchEvent(new CustomEvent("quad:enrollment", { detail: data }));
  } else if (event === "points.changed") {
    document.body.dispatchEvent(new CustomEvent("quad:points", { detail: data }));
  } else if (event === "event_registration.changed") {
    document.body.dispatchEvent(new CustomEvent("quad:event-registration", { detail: data }));
  }
});

document.addEventListener("quad:reload", () => {
  refreshMenu();
  document.body.dispatchEvent(new CustomEvent("quad:enrollment"));
  document.body.dispatchEvent(new CustomEvent("quad:points"));
  document.body.dispatchEvent(new CustomEvent("quad:event-registration"));
});

document.addEventListener("quad:signed-out", () => {
  toast({ title: toasts.dataset.signedOutLabel });
});

// The menu carries the count as it was when it was made: the counter cannot drift from it.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const count = event.target.querySelector?.("[data-unread-now]");
  if (count) setUnread(Number.parseInt(count.dataset.unreadNow, 10));
});
