"""Events: 1,000 who register for 100 places, the door with 20 devices, the page and the list (E4, E5).

Over HTTP on granian with several processes, PostgreSQL and Redis, beside a WSGI application on the same
server that inserts one row (``bench/rush_insert.py``). After every run the database is looked at.
"""

import json

from bench import crowd, tools
from bench.crowd import Helper
from bench.figures import Figure, ratio_figure
from bench.pages import UNCACHED, Case, kept, rendered

PEOPLE, PLACES = 1_000, 100
DEVICES, TICKETS = 20, 400
WORKERS, THREADS = 2, 8
SERVER = (
    f"granian WSGI, {WORKERS} processes of {THREADS} threads; PostgreSQL, Redis; the load is one "
)
SERVER += "Python process on asyncio."
RUSH_RUN = f"{PEOPLE} parallel connections, one POST /api/v1/events/…/register/ each; {SERVER}"
SERVICE_RUN = f"No server: {PEOPLE} calls from 16 threads of one Python process; PostgreSQL."
HELD = {"registered": PLACES, "counter": PLACES, "waiting": PEOPLE - PLACES, "in_order": True}
"""What the database holds when a rush ended as it must."""
DOOR_RUN = (
    f"{DEVICES} devices on kept connections, one POST /api/v1/events/…/check-in/ after the other; each of "
    f"{TICKETS} tickets is scanned at two doors, at nearly the same moment; {SERVER}"
)
CHOOSE = """
from campus.events.models import Event
from django.urls import reverse
from django.utils import translation
event = Event.objects.public().order_by("starts").first()
with translation.override("en"):
    print(reverse("events:event", args=[event.slug]), reverse("events:events"))
"""


def run() -> list[Figure]:
    """The rush with its control, the door, the pages."""
    with tools.surroundings() as env, crowd.helpers(env, "bench.events_service") as [people]:
        env["API_RATE_ADDRESS"] = env["API_RATE_USER"] = "1000000/min"
        tokens = people.ask("prepare", people=PEOPLE, tokens=PEOPLE)
        options = {"workers": WORKERS, "threads": THREADS}
        with (
            tools.start_server(env, **options) as ours,
            tools.start_server(env, target="bench.rush_insert:application", **options) as bare,
        ):
            figures = [
                *_rush_over_http(people, ours.port, bare.port, tokens["students"]),
                _door(people, ours.port, bare.port, tokens["organizer"]),
            ]
        figures += _rush(people)
    return [*figures, *_pages()]


def _insert_http(port: int, number: int) -> float:
    requests = [crowd.post("/", "", b'{"event": 1}')] * number
    seconds, statuses = crowd.parallel(port, requests)
    if statuses != {201: number}:
        raise RuntimeError(f"Answers of the bare INSERT: {statuses}")
    return number / seconds


def _rush_over_http(people: Helper, ours: int, bare: int, tokens: list[str]) -> list[Figure]:
    def rush() -> float:
        event = people.ask("event", capacity=PLACES)
        path = f"/api/v1/events/{event}/register/"
        seconds, statuses = crowd.parallel(ours, [crowd.post(path, one, b"{}") for one in tokens])
        if statuses != {201: PLACES, 202: PEOPLE - PLACES}:
            raise RuntimeError(f"Answers of the rush: {statuses}")
        crowd.hold(people.ask("state", event=event), HELD)
        return PEOPLE / seconds

    samples = tools.alternate({"ours": rush, "bare": lambda: _insert_http(bare, PEOPLE)})
    return [
        ratio_figure(
            name="Registration rush over HTTP",
            values=samples["ours"],
            unit="requests/s",
            limit_name="one bare INSERT over HTTP",
            limits=samples["bare"],
            target=f"{PLACES} in, {PEOPLE - PLACES} waiting in order, none lost, none 500",
            at_least=0.0,
            run=RUSH_RUN,
        )
    ]


def _rush(people: Helper) -> list[Figure]:
    over: list[int] = []

    def rush() -> float:
        done = people.ask("rush", event=people.ask("event", capacity=PLACES), locked=True)
        crowd.hold(done, HELD)
        return PEOPLE / done["seconds"]

    samples = tools.alternate(
        {"ours": rush, "bare": lambda: PEOPLE / people.ask("insert")["seconds"]}
    )
    # (Once the lock is gone from the helper it stays gone: the controls come last.)
    for _ in range(min(tools.ROUNDS, 3)):
        event = people.ask("event", capacity=PLACES)
        over.append(people.ask("rush", event=event, locked=False)["registered"])
    return [
        ratio_figure(
            name="Registration rush, service alone",
            values=samples["ours"],
            unit="requests/s",
            limit_name="one bare INSERT by psycopg",
            limits=samples["bare"],
            target="the same",
            at_least=0.0,
            run=SERVICE_RUN,
        ),
        crowd.overbooked(over, PLACES, SERVICE_RUN),
    ]


def _door(people: Helper, ours: int, bare: int, token: str) -> Figure:
    def scan() -> float:
        made = people.ask("door", people=TICKETS)
        path = f"/api/v1/events/{made['event']}/check-in/"
        requests = [
            crowd.post(path, token, json.dumps({"code": code}).encode()) for code in made["codes"]
        ]
        half = DEVICES // 2
        queues = [requests[n % half :: half] for n in range(DEVICES)]
        seconds, statuses = crowd.devices(ours, queues)
        if statuses != {200: 2 * TICKETS}:
            raise RuntimeError(f"Answers at the door: {statuses}")
        counted = people.ask("present", event=made["event"])
        if counted != {"marks": TICKETS, "people": TICKETS}:
            raise RuntimeError(f"Of {TICKETS} tickets, each scanned twice: {counted}")
        return 2 * TICKETS / seconds

    def insert() -> float:
        queues = [[crowd.post("/", "", b"{}")] * (2 * TICKETS // DEVICES)] * DEVICES
        seconds, _statuses = crowd.devices(bare, queues)
        return 2 * TICKETS / seconds

    samples = tools.alternate({"ours": scan, "bare": insert})
    return ratio_figure(
        name=f"Check-in by scan, {DEVICES} devices",
        values=samples["ours"],
        unit="scans/s",
        limit_name="one bare INSERT over HTTP",
        limits=samples["bare"],
        target="none counted twice",
        at_least=0.0,
        run=DOOR_RUN,
    )


def _pages() -> list[Figure]:
    with tools.surroundings() as env:
        tools.manage(env, "seed_demo")
        event, listed = tools.python(env, CHOOSE).split()[-2:]
        with (
            tools.start_server(env) as ours,
            tools.start_server(env, target="bench.bare:application") as bare,
        ):
            figures = []
            for name, path in {"Event page": event, "List of events": listed}.items():
                cases = {"anonymous": Case(path + UNCACHED)}
                figures += kept(ours, bare, path, name=name)
                figures += rendered(env, ours, bare, cases, name=name)
    return figures


if __name__ == "__main__":
    for figure in run():
        print(figure)
