"""A mail server of the test's own that counts what it takes, can be slow, and can be away."""

import re
import socketserver
import threading
import time
from collections import Counter

from tests.processes import free_port

MESSAGE_ID = re.compile(rb"^Message-ID: *(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


class MailServer:
    """Speaks as much SMTP as Django's backend asks for; its port stays the same over `stop` and `start`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.seconds = 0.0
        self.taken: Counter[str] = Counter()
        self.begun = 0
        self._server: socketserver.ThreadingTCPServer | None = None

    def start(self) -> None:
        """Take mails."""
        owner = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                """One client, from its greeting to its end."""
                owner.talk(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Conversation)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be away."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def talk(self, incoming: object, outgoing: object) -> None:
        """The conversation; a mail counts when its last line was answered with 250."""

        def say(line: bytes) -> None:
            outgoing.write(line + b"\r\n")  # type: ignore[attr-defined]

        try:
            say(b"220 ready")
            while line := incoming.readline():  # type: ignore[attr-defined]
                word = line[:4].upper()
                if word == b"DATA":
                    say(b"354 go on")
                    body = b""
                    while (part := incoming.readline()) not in {b".\r\n", b""}:  # type: ignore[attr-defined]
                        body += part
                    self.begun += 1
                    time.sleep(self.seconds)
                    found = MESSAGE_ID.search(body)
                    self.taken[found[1].decode() if found else "none"] += 1
                    say(b"250 taken")
                elif word == b"QUIT":
                    say(b"221 bye")
                    return
                else:
                    say(b"250 fine")
        except OSError:
            return
