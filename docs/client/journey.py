"""The journey of a student by API and WebSocket, as a front end would make it.

    python docs/client/journey.py http://localhost:8000

It needs Python 3.11, httpx and websockets, and a portal in development (it reads the codes that would
have been mailed from the development inbox). Every step checks what it gets; the first thing that is
wrong ends the script with a sentence and exit code 1. It gives back every seat that it takes, so it can
run again and again. README.md beside it tells the same in words.
"""

import argparse
import asyncio
import json
import secrets
import sys
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

PATIENCE = 15  # seconds that an event, a mail or an answer may take
AUTH = "/api/v1/auth/app/v1"


class Wrong(Exception):
    """Something is not as the documentation says."""


def check(condition: Any, sentence: str) -> None:
    """End the journey with ``sentence`` unless ``condition`` holds."""
    if not condition:
        raise Wrong(sentence)


def say(sentence: str) -> None:
    """Tell how far the journey is."""
    print(f"  ✓ {sentence}", flush=True)


class Student:
    """One registered student: their tokens, their requests, their socket."""

    def __init__(self, http: httpx.AsyncClient, name: str) -> None:
        self.http = http
        self.name = name
        self.email = f"{name.lower()}.{secrets.token_hex(5)}@journey.example"
        self.password = secrets.token_urlsafe(16)
        self.access = self.refresh = self.session = ""

    # --- account ---
    async def register(self) -> None:
        """Register, type the code that came by mail, and be signed in."""
        status, body = await self.auth(
            "/auth/signup",
            {"email": self.email, "password": self.password, "full_name": f"{self.name} Journey"},
        )
        check(status == 401, f"Registration answered {status}: {body}")
        check(body["errors"][0]["code"] == "verify_email", "The e-mail should be verified next.")
        check("access_token" not in body["meta"], "A token was given before the code was typed.")
        self.session = body["meta"]["session_token"]
        status, body = await self.auth("/auth/email/verify", {"key": await self.code()})
        check(status == 200, f"The code was refused: {body}")
        check(body["data"]["user"]["roles"] == ["student"], "Who registers is a student.")
        self.session = ""  # it ended with the sign-in: from now on the tokens say who this is
        self.access, self.refresh = body["meta"]["access_token"], body["meta"]["refresh_token"]

    async def code(self) -> str:
        """The code that was mailed, from the inbox that exists in development only."""
        for _try in range(PATIENCE * 4):
            answer = await self.http.get("/en/dev/inbox/", params={"as": "json", "to": self.email})
            check(answer.status_code == 200, "No development inbox: is this portal in development?")
            for message in answer.json():
                if message["code"]:
                    return str(message["code"])
            await asyncio.sleep(0.25)
        raise Wrong(f"No code came for {self.email}.")

    async def renew(self) -> None:
        """Get a new access token; the refresh token rotates, and the old one is refused."""
        old = self.refresh
        status, body = await self.auth("/tokens/refresh", {"refresh_token": old})
        check(status == 200, f"The refresh token was refused: {body}")
        self.access, self.refresh = body["data"]["access_token"], body["data"]["refresh_token"]
        status, _body = await self.auth("/tokens/refresh", {"refresh_token": old})
        check(status >= 400, "A refresh token that was used is taken again.")

    async def auth(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A call of the sign-in API; its session token says which sign-in goes on."""
        headers = {"X-Session-Token": self.session} if self.session else {}
        answer = await self.http.post(AUTH + path, json=body, headers=headers)
        return answer.status_code, answer.json()

    # --- requests ---
    async def call(
        self, method: str, path: str, *, expect: tuple[int, ...] = (200,), **options: Any
    ) -> dict[str, Any]:
        """A call of the API: checks the status and the envelope, gives the body."""
        headers = {"Authorization": f"Bearer {self.access}", **options.pop("headers", {})}
        answer = await self.http.request(method, f"/api/v1{path}", headers=headers, **options)
        body: dict[str, Any] = answer.json()
        check(
            answer.status_code in expect,
            f"{method} {path} answered {answer.status_code}, not {expect}: {body}",
        )
        check(set(body) == {"status", "data", "meta", "errors"}, f"Not our envelope: {body}")
        return body

    async def get(self, path: str, **params: Any) -> Any:
        """The data of a read."""
        return (await self.call("GET", path, params=params))["data"]

    async def enroll(self, section: int) -> dict[str, Any]:
        """Enroll with an Idempotency-Key, twice: the second answer is the first."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        first, second = [
            await self.call(
                "POST",
                "/enrollments/",
                json={"section": section},
                headers=headers,
                expect=(201, 202),
            )
            for _time in range(2)
        ]
        check(first == second, "The same Idempotency-Key gave two answers.")
        data: dict[str, Any] = first["data"]
        return data

    async def drop(self, enrollment: str) -> None:
        """Give a seat back."""
        body = await self.call("POST", f"/enrollments/{enrollment}/drop/")
        check(body["data"]["state"] == "dropped", "A dropped enrollment is not dropped.")


class Bell:
    """The socket of one student: events by their number, each once, whatever happens to the line."""

    def __init__(self, base: str, student: Student) -> None:
        self.address = base.replace("http", "ws", 1) + "/ws/notifications/"
        self.student = student
        self.epoch, self.last = "", 0
        self.events: list[dict[str, Any]] = []
        self.socket: ClientConnection | None = None

    async def open(self) -> None:
        """Connect; after a cut say the last number, and get what was missed."""
        resume = f"?last={self.last}&epoch={self.epoch}" if self.epoch else ""
        self.socket = await websockets.connect(
            self.address + resume,
            subprotocols=[
                websockets.Subprotocol("bearer"),
                websockets.Subprotocol(self.student.access),
            ],
            origin=None,
        )
        hello = await self._frame()
        check(hello["type"] == "hello", f"The first frame is no hello: {hello}")
        if not self.epoch:
            self.last = hello["head"]
        check(self.epoch in ("", hello["epoch"]), "The epoch changed without a reload.")
        self.epoch = hello["epoch"]

    def cut(self) -> None:
        """Lose the line as a tunnel does: without a goodbye."""
        if self.socket is not None:
            self.socket.transport.abort()
        self.socket = None

    async def close(self) -> None:
        """Say goodbye."""
        if self.socket is not None:
            await self.socket.close()

    async def _frame(self) -> dict[str, Any]:
        if self.socket is None:
            raise Wrong("The socket is not open.")
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
        return frame

    async def next(self, event: str, where: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for an event; checks that numbers rise by one, with no gap and no double."""
        position = 0
        while True:
            for kept in self.events[position:]:
                position += 1
                if kept["event"] == event and where(kept["data"]):
                    del self.events[:position]
                    return kept
            try:
                frame = await self._frame()
            except TimeoutError:
                raise Wrong(f"{self.student.name} waited {PATIENCE} s for {event}.") from None
            check(frame["type"] != "reload", "The server wants a reload after a moment away.")
            check(frame["type"] != "error", f"The socket says: {frame}")
            several = frame["events"] if frame["type"] == "events" else [frame]
            for one in several if frame["type"] in {"event", "events"} else []:
                check(
                    one["n"] == self.last + 1,
                    f"Event {one['n']} came after {self.last}: gap or double.",
                )
                self.last = one["n"]
                self.events.append(one)

    async def rings(self, type: str) -> dict[str, Any]:
        """Wait for a notification of a type."""
        found = await self.next("notification.created", lambda data: data["type"] == type)
        check(found["data"]["title"], "A notification without a sentence.")
        return found

    async def changes(self, section: int, state: str) -> dict[str, Any]:
        """Wait until a section's enrollment is told to be in a state."""
        return await self.next(
            "enrollment.changed",
            lambda data: data["section_id"] == section and data["state"] == state,
        )


# --- courses ------------------------------------------------------------------------------------
def is_plain(section: dict[str, Any]) -> bool:
    """Free of charge, open, no approval: a seat at once."""
    return float(section["price"]) == 0 and section["is_open"] and not section["needs_approval"]


async def sections_of(student: Student, course: dict[str, Any]) -> list[dict[str, Any]]:
    """Read a course and its sections."""
    read = await student.get(f"/courses/{course['id']}/")
    check(read["title"] == course["title"], "The list and the course disagree on its title.")
    found: list[dict[str, Any]] = read["sections"]
    return found


async def find_courses(student: Student, words: str) -> list[dict[str, Any]]:
    """Search by words and by a filter; a filter that does not exist is refused with its name."""
    everything = await student.call("GET", "/courses/", params={"page_size": 2})
    check(everything["data"], "There are no courses: import a catalog or seed the demo first.")
    if cursor := everything["meta"].get("next_cursor"):
        following = await student.get("/courses/", page_size=2, cursor=cursor)
        seen = {course["id"] for course in everything["data"]}
        check(not seen & {course["id"] for course in following}, "Two pages share a course.")
    found: list[dict[str, Any]] = await student.get("/courses/", q=words, open=1)
    check(found, f"Nothing open was found for “{words}”: try --search.")
    level = found[0].get("level")
    if level:
        narrowed = await student.get("/courses/", q=words, open=1, level=level)
        check(all(course["level"] == level for course in narrowed), "The filter by level leaks.")
    return found


async def choose(student: Student, words: str) -> tuple[int, int, int]:
    """A section with room, and one with one to three seats left, with that number."""
    roomy: int | None = None
    tight: tuple[int, int] | None = None
    for course in await find_courses(student, words):
        for section in await sections_of(student, course):
            left = section["seats_left"]
            if not is_plain(section):
                continue
            if left is not None and 1 <= left <= 3 and tight is None:
                tight = (int(section["id"]), left)
            elif (left is None or left > 3) and roomy is None:
                roomy = int(section["id"])
        if roomy is not None and tight is not None:
            return roomy, *tight
    raise Wrong(f"“{words}” has no section with room and none with one to three seats left.")


# --- the journey --------------------------------------------------------------------------------
async def journey(base: str, words: str) -> None:
    """All of it, step by step."""
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE) as http:
        ada = Student(http, "Ada")
        print(f"Journey on {base}")
        await ada.register()
        say("registered, typed the code, signed in with a JWT")
        await ada.renew()
        say("renewed the token; the used one is refused")
        roomy, tight, left = await choose(ada, words)
        say(
            f"searched, filtered and read courses: sections {roomy} (room) and {tight} ({left} left)"
        )
        bell = Bell(base, ada)
        await bell.open()
        try:
            await with_room(ada, bell, roomy)
            await cut_and_resumed(ada, bell, roomy)
            await full(base, ada, bell, tight, left)
            await inbox(ada)
        finally:
            await bell.close()


async def with_room(ada: Student, bell: Bell, section: int) -> None:
    """Enroll, hear of it live, see it, drop."""
    done = await ada.enroll(section)
    check(done["outcome"] == "enrolled", f"There was room, but: {done['outcome']}")
    enrollment = done["enrollment"]["id"]
    await bell.changes(section, "active")
    await bell.rings("enrollments.enrolled")
    say("enrolled, and the bell rang live")
    again = await ada.call("POST", "/enrollments/", json={"section": section}, expect=(409,))
    check(again["errors"][0]["code"] == "already_enrolled", "Enrolled twice in one section.")
    listed = await ada.get("/enrollments/", state="active")
    check([one["id"] for one in listed] == [enrollment], "The list of enrollments is not right.")
    await ada.drop(enrollment)
    await bell.changes(section, "dropped")
    say("a second enrollment is refused; dropped")


async def cut_and_resumed(ada: Student, bell: Bell, section: int) -> None:
    """What happened while the line was cut comes once, in order, and then live goes on."""
    bell.cut()
    done = await ada.enroll(section)
    await ada.drop(done["enrollment"]["id"])
    before = bell.last
    await bell.open()
    await bell.changes(section, "active")
    await bell.rings("enrollments.enrolled")
    await bell.changes(section, "dropped")
    check(bell.last == before + 3, "More or fewer events than were missed.")
    say(f"cut the socket; got the {bell.last - before} events that were missed, once and in order")


async def full(base: str, ada: Student, bell: Bell, section: int, left: int) -> None:
    """Take the last seats; the next one waits; a drop lets them in, and their bell rings."""
    others = [Student(ada.http, f"Guest{number}") for number in range(1, left)]
    ben = Student(ada.http, "Ben")
    for student in [*others, ben]:
        await student.register()
    seats: list[tuple[Student, str]] = []
    his_bell = Bell(base, ben)
    try:
        for student in [ada, *others]:
            done = await student.enroll(section)
            check(done["outcome"] == "enrolled", "A seat that was left was not given.")
            seats.append((student, done["enrollment"]["id"]))
        await his_bell.open()
        done = await ben.enroll(section)
        check(done["outcome"] == "waiting", f"The section is full, but: {done['outcome']}")
        check(done["request"]["place"] == 1, f"First in the queue, but: {done['request']}")
        await his_bell.changes(section, "waiting")
        await his_bell.rings("enrollments.waiting")
        say("the section is full: Ben waits as number 1")
        student, enrollment = seats.pop(0)
        await student.drop(enrollment)
        await his_bell.changes(section, "active")
        await his_bell.rings("enrollments.promoted")
        [his] = await ben.get("/enrollments/", state="active")
        seats.append((ben, his["id"]))
        check(his["section"]["id"] == section, "Ben is in another section.")
        say("Ada dropped: Ben is in, and his bell rang")
    finally:
        for student, enrollment in seats:
            await student.drop(enrollment)
        await his_bell.close()
    await bell.changes(section, "dropped")


async def inbox(ada: Student) -> None:
    """All that rang is stored: count, list, mark as read."""
    unread = (await ada.get("/notifications/unread-count/"))["unread"]
    listed = await ada.get("/notifications/", unread="true")
    check(
        unread == len(listed) == 3, f"Three bells rang, {unread} are counted, {len(listed)} listed."
    )
    await ada.call("POST", "/notifications/mark-all-read/")
    check((await ada.get("/notifications/unread-count/"))["unread"] == 0, "Still unread.")
    say("the inbox holds what rang; marked as read")


def main() -> int:
    """Read the arguments, make the journey; 0 if all was right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("base", nargs="?", default="http://localhost:8000", help="the portal")
    parser.add_argument("--search", default="physics", help="words that find a course")
    given = parser.parse_args()
    try:
        asyncio.run(journey(given.base.rstrip("/"), given.search))
    except (Wrong, httpx.HTTPError, OSError, websockets.WebSocketException, KeyError) as error:
        print(f"  ✗ {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print("All as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
