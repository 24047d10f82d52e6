"""Halls: 64 who ask for one hour, bookings a second, and what is free among a million bookings (B1, B7).

The rush runs 64 transactions at one moment, sixteen threads in each of four processes, at the level of the
service. After each round the database is looked at: one booking, 63 refusals that say what else is free.
Two controls take the guard away: the lock on the hall, and then the exclusion constraint as well.
"""

from collections import Counter
from typing import Any

from bench import tools
from bench.crowd import Helper, all_at_once, helpers
from bench.figures import Figure, bound_figure, median, ratio_figure
from bench.pages import grown, queries

ASKERS, PROCESSES = 64, 4
RUSHES = 40 * tools.ROUNDS
CONTROLS = max(2, tools.ROUNDS)
BOOKINGS = int(150 * tools.SECONDS)
HALLS, FEW, MANY = 1_000, 10_000, 1_000_000
SERVICE = "bench.halls_service"
RUSH_RUN = (
    f"{ASKERS} threads in {PROCESSES} processes, each with a connection of its own, let go at one moment; "
    "PostgreSQL; no server."
)

MAKE = """
from django.db import connection
from campus.accounts.models import User
from campus.institutions.models import Institution
place = Institution.objects.create(name="Bench", slug="bench", timezone="America/Chicago")
with connection.cursor() as c:
    c.execute("SET synchronous_commit = off")
    c.execute('''INSERT INTO venues_building (institution_id, name)
      SELECT %s, 'Building ' || n FROM generate_series(1, 50) n''', [place.pk])
    c.execute('''INSERT INTO venues_facility (name, slug) VALUES ('Projector', 'projector')''')
    # Copies of one hall that the portal made, whatever columns there are.
    from campus.venues.models import Building, Facility, Hall
    first = Hall.objects.create(building=Building.objects.first(), code="0", name="Hall", is_active=False)
    c.execute('''INSERT INTO venues_hall SELECT (jsonb_populate_record(h, jsonb_build_object(
          'id', 1000 + n, 'code', 'H' || n, 'name', 'Hall ' || n, 'is_active', true,
          'building_id', (SELECT min(id) FROM venues_building) + mod(n, 50), 'capacity', 10 + mod(n * 7, 300),
          'buffer_minutes', mod(n, 3) * 5))).*
      FROM venues_hall h, generate_series(1, {halls}) n WHERE h.id = %s''', [first.pk])
    c.execute('''INSERT INTO venues_hall_facilities (hall_id, facility_id)
      SELECT h.id, f.id FROM venues_hall h, venues_facility f WHERE mod(h.id, 2) = 0''')
    c.execute('''INSERT INTO venues_openinghours (hall_id, weekday, opens, closes)
      SELECT h.id, d, '06:00', '23:00' FROM venues_hall h, generate_series(0, 6) d''')
    c.execute('''SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conname = 'bookings_no_two_in_one_hall' ''')
    name, definition = c.fetchone()
    # (An exclusion constraint over what is there is built faster than row by row.)
    c.execute('ALTER TABLE bookings_hallbooking DROP CONSTRAINT ' + name)
    # Two hours of every three in each hall, in order, half of them before the asked one.
    c.execute('''INSERT INTO bookings_hallbooking (id, hall_id, starts, ends, blocked_until, state, kind,
          purpose, source_id, created_at, note)
      SELECT gen_random_uuid(), h.id, at, at + interval '100 minutes',
          at + interval '100 minutes' + h.buffer_minutes * interval '1 minute', 'approved', 'single',
          'Rehearsal', '', now(), ''
      FROM venues_hall h, generate_series(1, {bookings} / {halls}) n,
          LATERAL (SELECT timestamptz '{asked}' + mod(h.id, 3) * interval '1 hour'
              + (n - {bookings} / {halls} / 2) * interval '3 hours' AS at) o
      WHERE h.is_active''')
    c.execute('ALTER TABLE bookings_hallbooking ADD CONSTRAINT ' + name + ' ' + definition)
    c.execute("VACUUM ANALYZE")
    c.execute("SELECT count(*) FROM bookings_hallbooking")
    assert c.fetchone()[0] == {bookings}
"""
ASKED = "2027-03-03T16:10:00Z"
ADDRESSES = {
    "any": "/api/v1/halls/available/?starts=2027-03-03T16:10:00Z&ends=2027-03-03T16:50:00Z",
    "for 100 people with a projector": "/api/v1/halls/available/?starts=2027-03-03T16:10:00Z"
    "&ends=2027-03-03T16:50:00Z&capacity=100&facilities=projector",
}


def run() -> list[Figure]:
    """The rush with its controls, bookings a second, what is free."""
    with tools.surroundings() as env, helpers(env, SERVICE, PROCESSES) as crowd:
        crowd[0].ask("prepare")
        for number, one in enumerate(crowd):
            one.ask("know", number=number)
        figures = [*_bookings(crowd), *_rush(crowd)]
    return [*figures, *_available()]


def _round(crowd: list[Helper]) -> tuple[Counter[str], int, float]:
    """One hour asked for by all: the answers, how many bookings there are of it, and seconds."""
    slot = crowd[0].ask("slot")
    told: list[Any] = all_at_once(crowd, "ask", slot=slot)
    seen = Counter[str]()
    for one in told:
        seen.update(one["seen"])
    return seen, crowd[0].ask("approved", slot=slot), max(one["seconds"] for one in told)


def _rush(crowd: list[Helper]) -> list[Figure]:
    wanted = {"booked": 1, "refused": ASKERS - 1}
    _round(crowd)
    right, seconds = 0, []
    for _ in range(RUSHES):
        seen, approved, spent = _round(crowd)
        if seen != wanted or approved != 1:
            raise RuntimeError(f"A round ended with {seen} and {approved} bookings.")
        right += 1
        seconds.append(spent)
    for one in crowd:
        one.ask("unguard")
    alone = [_round(crowd) for _ in range(2)]
    crowd[0].ask("drop_constraint")
    control = [_round(crowd) for _ in range(CONTROLS)]
    won = [approved for _seen, approved, _seconds in control]
    return [
        Figure(
            name=f"{ASKERS} ask for one hour: one winner, {ASKERS - 1} clear refusals, no deadlock",
            value=right,
            unit="rounds",
            limit_name="rounds",
            limit_value=RUSHES,
            ratio=right / RUSHES,
            target="all",
            met=right == RUSHES,
            run=f"{RUSH_RUN} A clear refusal is HallTaken that names other halls that are free. "
            f"Median {median(seconds) * 1000:.0f} ms for all {ASKERS}, at most {max(seconds) * 1000:.0f} ms.",
        ),
        Figure(
            name="Control: no lock, the exclusion constraint alone",
            value=median([seen["deadlock"] for seen, _approved, _seconds in alone]),
            unit="deadlocks in a round",
            limit_name="with the lock",
            limit_value=0,
            run=f"{RUSH_RUN} {len(alone)} rounds, of {max(one[2] for one in alone):.1f} s at most.",
        ),
        Figure(
            name="Control: neither lock nor constraint",
            value=median(won),
            unit="bookings of one hour",
            limit_name="with the guard",
            limit_value=1,
            ratio=median(won),
            target="double bookings, which the guard keeps from happening",
            met=min(won) > 1,
            run=f"{RUSH_RUN} {len(control)} rounds, from {min(won)} to {max(won)}.",
        ),
    ]


def _bookings(crowd: list[Helper]) -> list[Figure]:
    """Free hours booked, beside the bare INSERT: one at a time, and by several processes."""
    figures = []
    for processes, threads in ((1, 1), (2, 4)):
        some = crowd[:processes]

        def rate(do: str, number: int, some: list[Helper] = some, threads: int = threads) -> float:
            facts = {"number": number // len(some), "threads": threads}
            return float(sum(all_at_once(some, do, **facts)))

        samples = tools.alternate(
            {"ours": lambda: rate("book", BOOKINGS), "bare": lambda: rate("insert", BOOKINGS * 10)}
        )
        who = (
            "one after the other"
            if processes == 1
            else f"{processes} processes of {threads} threads"
        )
        figures.append(
            ratio_figure(
                name=f"Bookings without conflict, {who}",
                values=samples["ours"],
                unit="bookings/s",
                limit_name="bare INSERT, same exclusion constraint",
                limits=samples["bare"],
                target="at least 8%, log and news included",
                at_least=0.08,
                run=f"No server: {BOOKINGS} calls of the service, each a transaction with the lock, the "
                "rules (B6), the log and the event of the calendar; bare: psycopg, autocommit; PostgreSQL.",
            )
        )
    return figures


def _available() -> list[Figure]:
    with tools.surroundings() as few:
        few |= {"API_RATE_ADDRESS": "0", "API_RATE_USER": "0"}
        with tools.database(template=few["DATABASE_URL"]) as url, tools.redis() as redis:
            many = few | {"DATABASE_URL": url, "REDIS_URL": redis}
            for env, bookings in ((few, FEW), (many, MANY)):
                made = MAKE
                for name, value in (("halls", HALLS), ("bookings", bookings), ("asked", ASKED)):
                    made = made.replace("{" + name + "}", str(value))
                tools.python(env, made)
            with tools.start_server(few) as small, tools.start_server(many) as large:
                figures = [
                    grown(
                        small,
                        large,
                        path,
                        name=f"Free halls, {HALLS:,} halls, {MANY:,} bookings: {name}",
                        beside=f"{FEW:,} bookings",
                        at_most=2,
                    )
                    for name, path in ADDRESSES.items()
                ]
            asked = queries(many, ADDRESSES["any"])
    return [
        *figures,
        bound_figure(
            name=f"The same: queries, {MANY:,} bookings",
            values=[asked],
            unit="queries",
            at_most=1,
            target="one",
            run="no server: Django's test client in one process, second answer",
        ),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
