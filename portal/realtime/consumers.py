"""The base of all our sockets: one connection, some streams.

A consumer says who may connect (``policy``), which streams they follow here (`StreamConsumer.streams`)
and what it does with frames of its own kinds (`StreamConsumer.receive`). All else, from authentication
to resuming, is here and in the hub. See ``docs/realtime.md`` for the protocol.

Like Channels' own consumers it stands in a `URLRouter` by ``as_asgi()``; unlike them it takes no channel
of the layer for itself: the hub has one for all.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError

from portal.api.parsers import read_json
from portal.permissions import SIGNED_IN, Policy
from portal.realtime import auth, codes, frames, runtime
from portal.realtime.hub import Hub
from portal.realtime.hub import hub as process_hub
from portal.realtime.signin import SignIn
from portal.realtime.sockets import Allowance, Socket, message_for
from portal.realtime.streams import heads

logger = logging.getLogger(__name__)
T = TypeVar("T")
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

RESUME_SECONDS = 1.0
"""How long a client may take to say where it resumes; then it is live from where it joined."""
FRAME_CHARACTERS = 16_384
REFUSALS_LIMIT = -100
"""A client who goes on sending after so many refused frames is closed."""


class NoSuchStream(Exception):
    """What the address names does not exist, or not for this person: closed with 4403."""


class StreamConsumer:
    """One socket that follows some streams; subclass it for each address below ``/ws/``."""

    policy: ClassVar[Policy] = SIGNED_IN
    takes: ClassVar[Mapping[str, Policy]] = {}
    """Types of frames that `receive` takes beside ``ping`` and ``resume``, and who may send each."""
    hub: ClassVar[Hub] = process_hub

    scope: Scope
    user: Any
    socket: Socket

    def streams(self) -> Sequence[str]:
        """The names of the streams that ``self.user`` follows here.

        Runs in a thread and may use the database; ``self.kwargs`` are those of the address. Raises
        `NoSuchStream` where there is nothing that this person may follow.
        """
        raise NotImplementedError

    def keeps_right(self, user: Any) -> bool:
        """Whether ``user``, fetched anew, may still follow what this socket follows.

        Asked now and then, and after `portal.realtime.sessions.check_sockets`; in a thread. On False
        the socket is closed with 4403.
        """
        return self.policy.admits(user)

    async def receive(self, frame: dict[str, Any]) -> None:
        """Take a frame of a type in ``takes``, from somebody whom its policy admits."""
        raise NotImplementedError

    # --- for subclasses ---
    @property
    def kwargs(self) -> dict[str, Any]:
        """What the address matched."""
        kwargs: dict[str, Any] = self.scope.get("url_route", {}).get("kwargs", {})
        return kwargs

    def reply(self, text: str) -> None:
        """Send a frame (see `portal.realtime.frames`) to this socket alone."""
        self.socket.push(text)

    async def database(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a function that uses the database, in a thread."""
        return await self.hub.database(function, *args, **kwargs)

    # --- ASGI ---
    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """An ASGI application that makes a consumer for each connection."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await cls(**initkwargs)(scope, receive, send)

        app.consumer_class = cls  # type: ignore[attr-defined]
        app.consumer_initkwargs = initkwargs  # type: ignore[attr-defined]
        app.policy = cls.policy  # type: ignore[attr-defined]
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection from its handshake to its end."""
        self.scope = scope
        message = await receive()
        if message["type"] != "websocket.connect":
            return
        if not auth.origin_is_allowed(scope):
            await send({"type": "websocket.close", "code": codes.RIGHT_LOST})  # answers 403
            return
        await runtime.ensure_started()
        heeded = runtime.sessions.cursor
        with contextlib.suppress(OSError):  # the client may leave at any moment
            sign_in, names, code = await self._admit()
            subprotocol = auth.accepted_subprotocol(scope)
            await send({"type": "websocket.accept", "subprotocol": subprotocol})
            if code is not None:
                # Accepted first: a browser's script sees the code of a closed socket only.
                await send(
                    {"type": "websocket.send", "text": frames.error(str(code), self._say(code))}
                )
                await send({"type": "websocket.close", "code": code})
                return
            await self._serve(receive, send, sign_in, names, heeded)

    def _say(self, code: int) -> str:
        language = auth.query_of(self.scope).get("lang", settings.LANGUAGE_CODE)
        with translation.override(language if language in dict(settings.LANGUAGES) else None):
            return message_for(code)

    async def _admit(self) -> tuple[SignIn | None, Sequence[str], int | None]:
        """Who it is and what they follow; or the code to close with."""
        try:
            sign_in, names = await self.database(self._admit_in_thread)
        except NoSuchStream:
            return None, (), codes.RIGHT_LOST
        except PermissionError:
            return None, (), codes.SIGNED_OUT
        except Exception:
            # The database is away. A 500 would only be repeated at once; this says to come later.
            logger.exception("A socket could not be admitted")
            return None, (), codes.TRY_LATER
        if sign_in is not None:
            held = sum(
                1
                for socket in self.hub.sockets
                if socket.sign_in and socket.sign_in.user_id == sign_in.user_id
            )
            if held >= settings.SOCKETS_PER_USER:
                return None, (), codes.TOO_MANY
        return sign_in, names, None

    def _admit_in_thread(self) -> tuple[SignIn | None, Sequence[str]]:
        sign_in = auth.sign_in_of(self.scope)
        self.user = sign_in.user if sign_in else AnonymousUser()
        if not self.policy.admits(self.user):
            raise NoSuchStream if sign_in else PermissionError
        return sign_in, self.streams()

    async def _serve(
        self,
        receive: Receive,
        send: Send,
        sign_in: SignIn | None,
        names: Sequence[str],
        heeded: int,
    ) -> None:
        query = auth.query_of(self.scope)
        self.socket = Socket(
            hub=self.hub,
            send=send,
            sign_in=sign_in,
            together=query.get("batch") == "1",
            recheck=self.keeps_right,
        )
        reader = asyncio.current_task()
        self.socket.open(lambda: self._writer_ended(reader))
        grace = asyncio.get_running_loop().call_later(RESUME_SECONDS, self._release)
        try:
            if runtime.sessions.cursor != heeded:
                runtime.sessions.look_at([self.socket])  # a sign-out came by meanwhile
            for name in names:
                self.socket.join(await self.hub.follow(name))
            if "last" in query:
                await self._resume(query)
            await self._read(receive)
        except asyncio.CancelledError:
            if self.socket.closing is None:
                raise
        except Exception:
            logger.exception("A socket failed")
            self.socket.close(codes.TRY_LATER, message_for(codes.TRY_LATER))
            await asyncio.sleep(0.1)
        finally:
            grace.cancel()
            await self.socket.ended()

    def _writer_ended(self, reader: "asyncio.Task[Any] | None") -> None:
        """The close was sent (or could not be): the server's disconnect ends the reader; if not, we."""
        if reader is not None and not reader.done():
            asyncio.get_running_loop().call_later(1.0, reader.cancel)

    def _release(self) -> None:
        for subscription in self.socket.subscriptions.values():
            subscription.release()

    # --- reading ---
    async def _read(self, receive: Receive) -> None:
        allowance = Allowance()
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if self.socket.closing is not None:
                continue
            left = allowance.take()
            if left < REFUSALS_LIMIT:
                self.socket.close(codes.TOO_MANY, message_for(codes.TOO_MANY))
            elif left < 0:
                self.reply(frames.error("too_many", message_for(codes.TOO_MANY)))
            else:
                await self._take(message.get("text"))
            if left >= 0:
                self._release()  # whatever it was, the first frame ends the wait for a resume

    async def _take(self, text: str | None) -> None:
        if text is None or len(text) > FRAME_CHARACTERS:
            self.reply(
                frames.error("bad_frame", _("A frame is a JSON object of at most 16 KB of text."))
            )
            return
        try:
            frame = read_json(text.encode())
        except (ParseError, UnicodeEncodeError):
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            self.reply(frames.error("bad_frame", _("A frame is a JSON object with a type.")))
        elif frame["type"] == "ping":
            self.reply(frames.encode({"type": "pong"}))
        elif frame["type"] == "resume":
            await self._resume(frame)
        elif frame["type"] not in self.takes:
            self.reply(frames.error("unknown_type", _("This type of frame is not known here.")))
        elif not await self.database(self._may_send, self.takes[frame["type"]]):
            self.reply(frames.error("permission_denied", _("You may not do this.")))
        else:
            await self.receive(frame)

    def _may_send(self, policy: Policy) -> bool:
        """Asked of the user as they are now: a socket lives long, and rights are taken away."""
        user = get_user_model()._default_manager.filter(pk=self.user.pk).first()
        return user is not None and policy.admits(user)

    async def _resume(self, asked: dict[str, Any]) -> None:
        """Go on after the number that the client has (see the protocol)."""
        name = asked.get("stream") or next(iter(self.socket.subscriptions), None)
        subscription = self.socket.subscriptions.get(name) if isinstance(name, str) else None
        try:
            last = int(asked["last"])
            if isinstance(asked["last"], bool) or last < 0:
                raise ValueError
        except (KeyError, TypeError, ValueError, OverflowError):
            self.reply(
                frames.error("bad_frame", _("“last” is the number of the last event you have."))
            )
            return
        if subscription is None:
            self.reply(frames.error("unknown_stream", _("This socket has no such stream.")))
            return
        topic = subscription.topic
        if last > topic.head:
            # Ahead of this process: it was served by another one, and we are late. Ask the database.
            known = (await self.database(heads, [topic.name])).get(topic.name)
            if known is not None:
                topic.compare(known)
            if known is None or last > known.number:
                subscription.reload()
                return
        epoch = asked.get("epoch")
        if epoch and epoch != topic.epoch:
            subscription.reload()
        else:
            subscription.seek(last)
