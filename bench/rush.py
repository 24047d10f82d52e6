"""The enrollment rush: 200 requests at one moment for 50 places.

Over HTTP: the API on granian with several processes, PostgreSQL and Redis, each student with their own
access token on a connection of their own; beside a WSGI application on the same server that inserts one
row. Without HTTP: the service in one process of 16 threads, beside the same INSERT by psycopg. After every
rush the database is looked at: 50 in, 150 waiting with numbers 1 to 150, no answer of another kind. The
control runs the same service with the lock on the section taken away (and the check constraint with it).
"""

import json

from bench import crowd, tools
from bench.figures import Figure, median, ratio_figure

PEOPLE, PLACES = 200, 50
WORKERS, THREADS = 2, 8
HTTP_RUN = (
    f"{PEOPLE} parallel connections, one POST /api/v1/enrollments/ each; granian WSGI, {WORKERS} processes "
    f"of {THREADS} threads; PostgreSQL, Redis; the load is one Python process on asyncio."
)
SERVICE_RUN = f"No server: {PEOPLE} calls from 16 threads of one Python process; PostgreSQL."
HELD = {"active": PLACES, "counter": PLACES, "waiting": PEOPLE - PLACES, "in_order": True}
"""What the database holds when a rush ended as it must."""


def run() -> list[Figure]:
    """Rush, insert and control, in turn."""
    with tools.surroundings() as env, crowd.helpers(env, "bench.rush_service") as [people]:
        env["API_RATE_ADDRESS"] = env["API_RATE_USER"] = "1000000/min"
        tokens = people.ask("prepare", people=PEOPLE)
        overbooked: list[int] = []

        def rush_http(port: int) -> float:
            section = people.ask("section", capacity=PLACES)
            body = json.dumps({"section": section}).encode()
            requests = [crowd.post("/api/v1/enrollments/", token, body) for token in tokens]
            seconds, statuses = crowd.parallel(port, requests)
            if statuses != {201: PLACES, 202: PEOPLE - PLACES}:
                raise RuntimeError(f"Answers of the rush: {statuses}")
            crowd.hold(people.ask("state", section=section), HELD)
            return PEOPLE / seconds

        def insert_http(port: int) -> float:
            requests = [crowd.post("/", token, b'{"section": 1}') for token in tokens]
            seconds, statuses = crowd.parallel(port, requests)
            if statuses != {201: PEOPLE}:
                raise RuntimeError(f"Answers of the bare INSERT: {statuses}")
            return PEOPLE / seconds

        def rush_service(*, locked: bool) -> float:
            section = people.ask("section", capacity=PLACES)
            done = people.ask("rush", section=section, locked=locked)
            if locked:
                crowd.hold(done, HELD)
            else:
                overbooked.append(done["active"])
            return PEOPLE / done["seconds"]

        options = {"workers": WORKERS, "threads": THREADS}
        with (
            tools.start_server(env, **options) as ours,
            tools.start_server(env, target="bench.rush_insert:application", **options) as bare,
        ):
            http = tools.alternate(
                {"ours": lambda: rush_http(ours.port), "bare": lambda: insert_http(bare.port)}
            )
        service = tools.alternate(
            {
                "ours": lambda: rush_service(locked=True),
                "bare": lambda: PEOPLE / people.ask("insert")["seconds"],
                "control": lambda: rush_service(locked=False),
            }
        )
    return [
        ratio_figure(
            name="Enrollment rush over HTTP",
            values=http["ours"],
            unit="requests/s",
            limit_name="one bare INSERT over HTTP",
            limits=http["bare"],
            target=f"{PLACES} in, {PEOPLE - PLACES} waiting in order, none lost, none 500",
            at_least=0.0,
            run=HTTP_RUN,
        ),
        ratio_figure(
            name="Enrollment rush, service alone",
            values=service["ours"],
            unit="requests/s",
            limit_name="one bare INSERT by psycopg",
            limits=service["bare"],
            target="the same",
            at_least=0.0,
            run=SERVICE_RUN,
        ),
        crowd.overbooked(
            overbooked,
            PLACES,
            f"{SERVICE_RUN} Without the lock it runs at {median(service['control']):.0f} requests/s.",
        ),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
