"""Large uploads on running servers: refused before they are read, taken without being held in memory."""

import pytest

from tests.faults.floods.conftest import Server

pytestmark = pytest.mark.large
MB = 2**20
PART = (
    b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n"
)
END = b"\r\n--line--\r\n"


def head(length: int | None, path: str = "/en/account/login/") -> bytes:
    """The head of an upload; without a length it comes in chunks."""
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{size}\r\n"
        "Content-Type: multipart/form-data; boundary=line\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("path", ["/en/account/login/", "/api/v1/imports/"])
def test_50_mb_are_refused_before_they_are_read(server: Server, path: str) -> None:
    before = server.forget_peak()
    with server.connect() as line:
        line.send(head(50 * MB, path) + PART)
        for _ in range(50 * 16):
            if line.has_answer() or not line.send(b"a" * (MB // 16)):
                break
        assert line.sent < 16 * MB, "what lies in the buffers of the line, at most"
        assert line.status() == "413"
    grown = server.peak() - before
    print(f"{server.name} {path}: 413 after {line.sent / MB:.1f} MB, grown by {grown / MB:.1f} MB")
    assert grown < 8 * MB


def test_50_mb_that_are_sent_nevertheless_are_thrown_away(server: Server) -> None:
    """A client that does not listen."""
    before = server.forget_peak()
    with server.connect() as line:
        line.send(head(50 * MB) + PART)
        for _ in range(50 * 16):
            if not line.send(b"a" * (MB // 16)):
                break
        assert line.status() in {"413", ""}
    grown = server.peak() - before
    print(f"{server.name}: {line.sent / MB:.1f} MB sent, grown by {grown / MB:.1f} MB")
    assert grown < 8 * MB


def test_50_mb_in_chunks_are_not_kept(server: Server) -> None:
    before = server.forget_peak()
    with server.connect() as line:
        line.send(head(None))
        chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        line.flood(chunk, 50 * 16)
        line.send(b"0\r\n\r\n")
        assert line.status() in {"400", "403", "411", "413", ""}
    assert server.peak() - before < 8 * MB


def test_an_upload_that_is_allowed_goes_to_the_disk(server: Server) -> None:
    """24 MB, read whole by the form (and refused by its missing token): never in memory at once."""
    size = 24 * MB
    before = server.forget_peak()
    with server.connect(60) as line:
        line.send(head(len(PART) + size + len(END)) + PART)
        for _ in range(24 * 16):
            assert line.send(b"a" * (MB // 16))
        line.send(END)
        assert line.status() == "403"
    grown = server.peak() - before
    print(f"{server.name}: 24 MB taken, grown by {grown / MB:.1f} MB")
    assert grown < 12 * MB


def test_bodies_that_stand_still_are_given_up(server: Server) -> None:
    """Half as many as the server has threads: the others serve, and the lines are cut in time."""
    if server.name == "web":
        pytest.skip("granian waits for bodies; the proxy before it does not (deploy/Caddyfile)")
    slow = [server.connect(90) for _ in range(4)]
    for line in slow:
        line.send(head(20 * MB) + PART)
    server.serves()
    for line in slow:
        assert line.seconds_until_end() < 60
    for line in slow:
        line.socket.close()
