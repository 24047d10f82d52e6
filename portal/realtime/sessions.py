"""The end of a socket with the sign-in it lives by (P3, M9).

Three ways, each enough where the others fail:
- at once: `end_sockets` is an event of a stream of our own that every hub follows, so it reaches all
  processes by the same ways as any event, and is healed by the same relay;
- on time: the expiry of the token or session;
- at the latest after `CHECK_SECONDS`: what each socket lives by is looked up again (session deleted,
  password changed, account disabled, right lost), in a few queries for all sockets together.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from typing import Any

from allauth.core.internal.sessionkit import get_session_user
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal.realtime import codes, streams
from portal.realtime.events import EventType, register
from portal.realtime.hub import RETRY_SECONDS, Hub, Topic
from portal.realtime.signin import SignIn, session_digest
from portal.realtime.sockets import Socket, message_for

logger = logging.getLogger(__name__)

CONTROL_STREAM = "system:sockets"
CHECK_SECONDS = 20.0
TICK_SECONDS = 1.0
CHECK_AT_ONCE = 500

SOCKETS_ENDED = register(
    EventType(
        "sockets.ended",
        "Between servers only: the sockets of a user, or of one of their sessions, end.",
        {"user_id": {"type": "integer"}, "session": {"type": ["string", "null"]}},
    )
)
SOCKETS_CHECKED = register(
    EventType(
        "sockets.checked",
        "Between servers only: the rights of a user changed; their sockets are looked at again.",
        {"user_id": {"type": "integer"}},
    )
)


# --- from anywhere --------------------------------------------------------------------------------
def end_sockets(user_id: int, session_key: str | None = None) -> None:
    """End the sockets of a user, or of one session, in every process, after the commit.

    For sign-out, password change and disabling an account. They are closed with 4401.
    """
    session = session_digest(session_key) if session_key else None
    _publish_after_commit(SOCKETS_ENDED.name, {"user_id": user_id, "session": session})


def check_sockets(user_id: int) -> None:
    """Look again at the rights of a user's sockets, in every process, after the commit.

    For a membership or role that was lost. Those that lost theirs are closed with 4403.
    """
    _publish_after_commit(SOCKETS_CHECKED.name, {"user_id": user_id})


def _publish_after_commit(type: str, payload: dict[str, Any]) -> None:
    # In a transaction of its own: all sign-outs share this stream, none should hold its lock for long.
    transaction.on_commit(partial(_publish, type, payload), robust=True)


def _publish(type: str, payload: dict[str, Any]) -> None:
    with transaction.atomic():
        streams.publish(CONTROL_STREAM, type, payload)


# --- looking again --------------------------------------------------------------------------------
def standing_users(sign_ins: Iterable[SignIn]) -> dict[tuple[int, str], Any]:
    """The users, fetched anew, of those sign-ins that still stand, by user key and session key.

    Two queries for all of them where sessions are in the database.
    """
    pairs = {(sign_in.user_id, sign_in.session_key) for sign_in in sign_ins}
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not issubclass(store, DatabaseSessionStore):
        return {
            (user_id, key): user
            for user_id, key in pairs
            if (user := get_session_user(store(key))) and user.is_active and user.pk == user_id
        }
    users = (
        get_user_model()
        ._default_manager.filter(is_active=True)
        .in_bulk({user_id for user_id, _key in pairs})
    )
    rows = store.get_model_class()._default_manager.filter(
        session_key__in={key for _user_id, key in pairs}, expire_date__gt=timezone.now()
    )
    sessions = {row.session_key: row.get_decoded() for row in rows}
    return {
        (user_id, key): users[user_id]
        for user_id, key in pairs
        if user_id in users and _is_of(sessions.get(key, {}), users[user_id])
    }


def _is_of(session: dict[str, Any], user: Any) -> bool:
    """Whether the session is the user's, and from after their last change of password."""
    told = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return str(session.get(SESSION_KEY)) == str(user.pk) and any(
        constant_time_compare(told, known) for known in hashes
    )


def verdicts(sockets: list[Socket]) -> list[tuple[Socket, int]]:
    """Those of ``sockets`` that must end, with the code; uses the database."""
    standing = standing_users(socket.sign_in for socket in sockets if socket.sign_in)
    ending: list[tuple[Socket, int]] = []
    for socket in sockets:
        if socket.sign_in is None:
            continue
        user = standing.get((socket.sign_in.user_id, socket.sign_in.session_key))
        if user is None:
            ending.append((socket, codes.SIGNED_OUT))
        elif not socket.recheck(user):
            ending.append((socket, codes.RIGHT_LOST))
    return ending


class Sessions:
    """Watches over the sockets of ``hub``; one in each process, beside it."""

    def __init__(self, hub: Hub, *, check_seconds: float = CHECK_SECONDS) -> None:
        self.hub = hub
        self.check_seconds = check_seconds
        self.cursor = 0
        """The number of the last event of the control stream that was heeded."""
        self._topic: Topic | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to watch."""
        self._spawn(self._follow())
        self._spawn(self._watch())

    async def stop(self) -> None:
        """End it."""
        if self._topic is not None:
            self._topic.subscriptions.discard(self)
            self._topic = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self) -> None:
        while self._topic is None:
            try:
                topic = await self.hub.follow(CONTROL_STREAM)
            except Exception as error:
                logger.warning("Sign-outs cannot be followed yet: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._topic, self.cursor = topic, topic.head
                topic.subscriptions.add(self)

    # --- as a follower of the control stream ---
    def advance(self, head: int) -> None:
        """Heed what came."""
        while self._topic is not None and self.cursor < head:
            texts, self.cursor = self._topic.batch(self.cursor, together=False)
            for text in texts:
                frame = json.loads(text)
                self._heed(frame["event"], frame["data"])

    def topic_jumped(self, *, renewed: bool) -> None:
        """Orders were missed: look at every socket."""
        if self._topic is not None:
            self.cursor = self._topic.head
        self.look_at(list(self.hub.sockets))

    def beat(self, text: str) -> None:
        """A heartbeat tells nothing here."""

    def _heed(self, event: str, data: dict[str, Any]) -> None:
        theirs = [
            socket
            for socket in self.hub.sockets
            if socket.sign_in and socket.sign_in.user_id == data["user_id"]
        ]
        if event == SOCKETS_ENDED.name:
            for socket in theirs:
                if socket.sign_in and data["session"] in {None, socket.sign_in.digest}:
                    end(socket, codes.SIGNED_OUT)
        elif event == SOCKETS_CHECKED.name:
            self.look_at(theirs)

    # --- by the clock ---
    async def _watch(self) -> None:
        checked = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.time()
            sockets = list(self.hub.sockets)
            expired = [s for s in sockets if s.sign_in and s.sign_in.expires_at <= now]
            for socket in expired:
                if socket.sign_in and socket.sign_in.by_token:
                    end(socket, codes.SIGNED_OUT)
            if time.monotonic() - checked >= self.check_seconds:
                checked = time.monotonic()
                await self._look(sockets)
            elif expired:
                # A session may have been prolonged by another request since.
                await self._look([s for s in expired if s.closing is None])

    def look_at(self, sockets: list[Socket]) -> None:
        """Look again, in the background, at what ``sockets`` live by; end those that lost it."""
        if sockets:
            self._spawn(self._look(sockets))

    async def _look(self, sockets: list[Socket]) -> None:
        for start in range(0, len(sockets), CHECK_AT_ONCE):
            part = sockets[start : start + CHECK_AT_ONCE]
            try:
                ending = await self.hub.database(verdicts, part)
            except Exception as error:
                logger.warning("Sign-ins could not be looked at: %s", type(error).__name__)
                return
            for socket, code in ending:
                end(socket, code)


def end(socket: Socket, code: int) -> None:
    """Close a socket with the sentence that goes with the code."""
    socket.close(code, message_for(code))
