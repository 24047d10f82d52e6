/*
 * The calendar of a hall: takes the place of the list, asks the API for each span, and again when the
 * hall's socket says that the span changed. In the admin (`data-live`, `data-booking`: an address with an
 * id of zeros) each booking leads to its page. Without it, and where the library fails, the list stays.
 */
import { LiveSocket } from "./live.js";

const box = document.getElementById("hall-calendar");
const VIEWS = { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth" };
const NOBODY = "00000000-0000-0000-0000-000000000000";
const NARROW = window.matchMedia("(max-width: 40rem)");

async function load({ start, end }) {
  const query = new URLSearchParams({ since: start.toISOString(), until: end.toISOString() });
  const answer = await fetch(`${box.dataset.source}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const { data } = await answer.json();
  return [
    ...data.bookings.map((one) => ({
      id: one.id,
      title: one.title,
      start: one.starts,
      end: one.ends,
      classNames: [`is-${one.kind}`],
      url: box.dataset.booking?.replace(NOBODY, one.id),
    })),
    ...data.closures.map((one) => ({
      title: `${box.dataset.closed}: ${one.reason}`,
      start: one.starts,
      end: one.ends,
      display: "background",
    })),
  ];
}

if (box && window.FullCalendar) {
  const view = NARROW.matches && box.dataset.view === "week" ? "listWeek" : VIEWS[box.dataset.view];
  box.hidden = false;
  const calendar = new window.FullCalendar.Calendar(box, {
    initialView: view,
    initialDate: box.dataset.day,
    locale: box.dataset.language,
    direction: document.documentElement.dir,
    firstDay: 6,
    nowIndicator: true,
    buttonText: JSON.parse(box.dataset.words),
    height: "auto",
    slotMinTime: "06:00:00",
    allDaySlot: false,
    dayMaxEvents: 4,
    headerToolbar: {
      start: "prev,next today",
      center: "title",
      end: "timeGridDay,timeGridWeek,dayGridMonth,listWeek",
    },
    events: (span, done, failed) => load(span).then(done, failed),
  });
  calendar.render();
  document.getElementById("hall-list").hidden = true;
  if (document.body.dataset.userId || "live" in box.dataset) {
    const line = new EventTarget();
    new LiveSocket(`/ws/halls/${box.dataset.hall}/`, `hall.${box.dataset.hall}`, line).start();
    for (const name of ["quad:event", "quad:reload"]) {
      line.addEventListener(name, () => calendar.refetchEvents());
    }
  }
}
