"""Where words leave the portal: a mail server that repeats what it refuses, and a collector of errors."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.faults.mailserver import MailServer
from tests.processes import free_port


class Parrot(MailServer):
    """Refuses each mail with its own words in the refusal; keeps them in ``heard``."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[bytes] = []

    def talk(self, incoming: object, outgoing: object) -> None:
        """Take the words, then say them back with a 554."""

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
                    self.heard.append(body)
                    say(b"554 refused: " + b" ".join(body.split())[-400:])
                elif word == b"QUIT":
                    say(b"221 bye")
                    return
                else:
                    say(b"250 fine")
        except OSError:
            return


class Collector:
    """An error service as Sentry's library sees one; ``told`` holds all that it was sent."""

    def __init__(self) -> None:
        self.told: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Keep an envelope."""
                data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    data = gzip.decompress(data)
                owner.told.append(data.decode(errors="replace"))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.port = free_port()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def dsn(self) -> str:
        """Its address as the settings want it."""
        return f"http://key@127.0.0.1:{self.port}/1"

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
