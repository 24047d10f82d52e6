"""Every route, with every role, owner and stranger, and every method, against the table (``table.py``)."""

from itertools import product
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from asgiref.sync import async_to_sync, sync_to_async

from portal.permissions import requires
from portal.realtime.consumers import NoSuchStream, StreamConsumer
from portal.sockets import socket_urlpatterns
from tests.access import asking
from tests.access.people import ROLES, Person
from tests.access.rooms import ROOMS
from tests.access.routes import METHODS, Address, addresses, bare, rooms
from tests.access.sockets import SOCKETS
from tests.access.table import ROWS, UNTRIED, Row, parse
from tests.access.world import ARGUMENTS, World
from tests.walks import part

KEY, FIRST = attrgetter("key"), itemgetter(0)

# Told in the same way whether or not a form could be filled in: away goes a POST that was done.
DONE = {"yes", "away"}


def lacking(found: list[Address], rows: list[Row]) -> list[str]:
    """What of the URL map has no row."""
    known: dict[str, set[str]] = {}
    for row in rows:
        known.setdefault(bare(row.path), set()).add(row.method)
    missing = []
    for address in found:
        if any(address.path.startswith(prefix) for prefix in (*UNTRIED, *ROOMS)):
            continue
        there = known.get(address.path, set())
        needed = address.methods or (set() if there else {"GET or POST"})
        missing += [f"{method} {address.path}" for method in sorted(needed - there)]
    return missing


def test_the_table_has_a_row_for_every_route_and_method() -> None:
    missing = lacking(addresses(), ROWS)
    assert not missing, "Put into tests/access/table.py:\n" + "\n".join(sorted(missing))


def test_the_table_has_a_room_for_every_model_in_the_admin() -> None:
    missing = {room for room in rooms() if room not in ROOMS}
    assert not missing, "Put into tests/access/rooms.py:\n" + "\n".join(missing)


def test_the_table_names_nothing_that_is_gone() -> None:
    paths = {address.path for address in addresses()}
    gone = [row.key for row in ROWS if bare(row.path) not in paths]
    assert not gone
    assert not [prefix for prefix in UNTRIED if not any(p.startswith(prefix) for p in paths)]
    assert not [room for room in ROOMS if room not in rooms()]


def test_a_route_without_a_row_is_found() -> None:
    """The control: take rows away and they are missed."""
    assert lacking(addresses(), ROWS[1:]) or ROWS[0].method == "GET"
    assert "PATCH api/v1/profile/" in lacking(
        addresses(), [row for row in ROWS if row.key != "PATCH api/v1/profile/"]
    )
    assert len(lacking(addresses(), [])) > 50


def judge(row: Row, person: Person, answer: Any) -> str | None:
    """What is wrong with an answer, or None."""
    wanted, got = row.outcome(person.role, owner=person.owner), asking.outcome(answer, person)
    if got == wanted or (wanted == "yes" and row.method != "GET" and got in DONE):
        return None
    return f"{row.key} as {person}: {got} ({answer.status_code}), the table says {wanted}"


def test_every_route_answers_each_role_as_the_table_says(world: World) -> None:
    wrong = []
    for row, role in product(part(ROWS, KEY), ROLES):
        # Where an address names nothing, nothing is anybody's, and who is refused at the door is not
        # asked whose thing it is: one of the role stands for both.
        both = "{" in row.path and role != "visitor" and row.outcome(role, owner=True) != "no"
        for owner in (True, False) if both or row.tells_apart(role) else (True,):
            person = world.person(role, owner=owner)
            wrong.append(judge(row, person, asking.ask(row, person, world)))
    found = [sentence for sentence in wrong if sentence]
    assert not found, "\n".join(found)


def test_what_one_may_not_see_answers_exactly_as_what_does_not_exist(world: World) -> None:
    asked, wrong = 0, []
    for row, role, owner in product(part(ROWS, KEY), ROLES, (True, False)):
        person = world.person(role, owner=owner)
        if row.outcome(role, owner=owner) != "none" or "{" not in row.path:
            continue
        asked += 1
        answers = [asking.ask(row, person, world, missing=missing) for missing in (False, True)]
        words = [
            asking.told(answer, asking.fill(row, world, role, missing=missing))
            for answer, missing in zip(answers, (False, True), strict=True)
        ]
        if answers[0].status_code != answers[1].status_code or words[0] != words[1]:
            wrong.append(f"{row.key} as {person}")
    assert not wrong, "\n".join(wrong)
    assert asked > 10


def test_a_method_that_a_route_lacks_does_nothing(world: World) -> None:
    there: dict[str, set[str]] = {}
    for row in ROWS:
        there.setdefault(bare(row.path), set()).add(row.method)
    paths = {bare(row.path): row.path for row in ROWS}
    wrong = []
    for (known, methods), role in product(
        part(there.items(), FIRST), ("visitor", "student", "admin")
    ):
        path = paths[known]
        person = world.person(role, owner=True)
        for method in sorted({*METHODS} - methods):
            if method == "GET" or (method == "PUT" and not path.startswith("api/")):
                continue  # a page's GET may show its form; a form's page takes PUT for POST
            row = Row(method, path, {})
            answer = asking.ask(row, person, world)
            refused = answer.status_code in {301, 302, 401, 403, 404, 405, 429}
            if not refused:
                wrong.append(f"{row.key} as {person}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_every_room_of_the_admin_is_open_to_whom_the_table_says(world: World) -> None:
    wrong = []
    for (name, found), role in product(part(rooms().items(), FIRST), ROLES):
        argument, cells = ROOMS[name]
        for address in found:
            thing = "{" in address.path
            if address.path.count("{") > 1 or (thing and not argument):
                continue  # exports in several forms, files of an upload: their own tests
            if address.path != name and role not in ASKED_EVERYWHERE:
                continue
            path = address.path.replace("{}", f"{{{argument}}}")
            for owner in (True, False) if thing and cells.tells_apart(role) else (True,):
                person = world.person(role, owner=owner)
                wanted = cells.outcome(role, owner=owner)
                got = asking.outcome(asking.ask(Row("GET", path, {}), person, world), person)
                if not _fits(wanted, got, is_index=address.path == name):
                    wrong.append(f"GET {path} as {person}: {got}, the table says {wanted}")
                if wanted == "yes":
                    continue
                sent = asking.outcome(asking.ask(Row("POST", path, {}), person, world), person)
                if sent not in {*SHUT, "405"}:
                    wrong.append(f"POST {path} as {person}: {sent}, the table says {wanted}")
    assert not wrong, "\n".join(wrong)


def test_a_list_is_downloaded_by_whom_it_is_shown_to(world: World) -> None:
    wrong = []
    for (name, cells), role in product([(n, ROOMS[n][1]) for n in part(rooms(), str)], ROLES):
        person = world.person(role, owner=True)
        wanted = cells.outcome(role, owner=True)
        for form in ("csv", "xlsx"):
            row = Row("GET", f"{name}?export={form}", {})
            got = asking.outcome(asking.ask(row, person, world), person)
            if not _fits(wanted, got, is_index=True):
                wrong.append(f"{row.key} as {person}: {got}, the table says {wanted}")
    assert not wrong, "\n".join(wrong)


ASKED_EVERYWHERE = {"visitor", "student", "teacher", "editor"}
"""Who tries every page of a room: one whom the admin's door stops, and who passes it to less than all.

The others are asked at the rooms' own doors; ``test_admin_rooms.py`` walks an admin through all.
"""
SHUT = {"no", "none", "home", "door"}
"""How Wagtail refuses: by 403, by its home page, or by the sign-in page."""


def _fits(wanted: str, got: str, *, is_index: bool) -> bool:
    if wanted != "yes":
        return got in SHUT
    # A room whose rows are written by services alone refuses their edit form to everybody.
    return got == "yes" if is_index else got in {"yes", "away", *SHUT}


def test_every_socket_admits_whom_the_table_says_and_gives_their_own_stream(world: World) -> None:
    assert {str(pattern.pattern) for pattern in socket_urlpatterns} == set(SOCKETS)
    for pattern, role, owner in product(socket_urlpatterns, ROLES, (True, False)):
        told = SOCKETS[str(pattern.pattern)]
        cells, streams = told.admits, told.streams
        person = world.person(role, owner=owner)
        consumer = pattern.callback.consumer_class()
        admitted = consumer.policy.admits(person.asking)
        assert admitted is (cells.outcome(role, owner=owner) == "yes"), (pattern, person)
        if admitted:
            consumer.user = person.user
            named = {name: ARGUMENTS[thing](world, role) for name, thing in told.kwargs.items()}
            consumer.scope = {"url_route": {"kwargs": named}}
            try:
                followed = list(consumer.streams())
            except NoSuchStream:
                followed = []
            assert followed == streams(person.user)


def test_every_action_of_every_socket_is_for_whom_the_table_says(world: World) -> None:
    """Those of the consumer map, tried with every role: what is not admitted is refused, and told so."""
    tried, wrong = 0, []
    for pattern, role, owner in product(socket_urlpatterns, ROLES, (True, False)):
        told = SOCKETS[str(pattern.pattern)]
        consumer_class = pattern.callback.consumer_class
        assert {*told.frames} == {"ping", "resume", *consumer_class.takes}, pattern
        person = world.person(role, owner=owner)
        for name, cells in told.frames.items():
            # Whoever is not admitted to the socket sends nothing on it.
            policy = consumer_class.takes.get(name, consumer_class.policy)
            admitted = consumer_class.policy.admits(person.asking) and policy.admits(person.asking)
            tried += 1
            if admitted is not (cells.outcome(role, owner=owner) == "yes"):
                wrong.append(f"{name} on {pattern.pattern} as {person}: {admitted}")
    assert not wrong and tried >= 36, wrong


def test_a_frame_that_one_may_not_send_is_refused(world: World) -> None:
    """The base asks the frame's policy before the consumer sees it; one that is not declared is unknown."""
    taken: list[Any] = []
    replies: list[str] = []

    class Talking(StreamConsumer):
        takes = {"approve": requires("accounts.approve_registrations")}

        async def receive(self, frame: dict[str, Any]) -> None:
            taken.append((self.user.pk, frame["type"]))

        async def database(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            return await sync_to_async(function)(*args, **kwargs)  # (on the test's own connection)

        def reply(self, text: str) -> None:
            replies.append(orjson.loads(text)["code"])

    async def say() -> None:
        for role in ("student", "admin"):
            consumer = Talking()
            consumer.user = world.user(role)
            await consumer._take('{"type":"approve"}')
            await consumer._take('{"type":"another"}')

    async_to_sync(say)()
    assert taken == [(world.user("admin").pk, "approve")]
    assert replies == ["permission_denied", "unknown_type", "unknown_type"]


def test_the_table_can_be_read() -> None:
    rows = parse("GET  api/v1/x/{course}/   yes  no  own  may  none  away  yes  yes  led")
    [row] = rows
    assert (row.method, row.path) == ("GET", "api/v1/x/{course}/")
    assert row.outcome("parent", owner=True) == "yes"
    assert row.outcome("parent", owner=False) == "none"
    assert row.outcome("teacher", owner=False) == "no"
    for name in {piece.partition("}")[0] for row in ROWS for piece in row.path.split("{")[1:]}:
        assert name in ARGUMENTS, f"{{{name}}} has no line in ARGUMENTS"
