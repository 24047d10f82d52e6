"""O2: the services of compose.yaml as processes: they get ready, work together, and stop as they should."""

import json
import re
import signal
import threading
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler as Redirects
from urllib.request import Request, build_opener

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.deploy.conftest import HOST, Deployment, Running, until
from tests.portal.realtime.conftest import Site
from tests.processes import ROOT

pytestmark = pytest.mark.large

OPEN_JOB = """
    INSERT INTO portal_outboxmessage (actor, kwargs, created_at, due_at, attempts, last_error)
    VALUES (%s, '{}', now(), now(), 0, '') RETURNING id
"""


class Stay(Redirects):
    """Shows an answer that leads elsewhere, instead of following it."""

    def redirect_request(self, *_arguments: object) -> None:
        """Nowhere."""


def get(server: Running, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of an answer, asked as the proxy asks."""
    sent = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"} | headers
    request = Request(f"http://127.0.0.1:{server.port}{path}", headers=sent)
    try:
        with build_opener(Stay).open(request, timeout=30) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")


def is_done(deployment: Deployment, pk: object) -> bool:
    """Whether the job of that row is done."""
    rows = deployment.rows("SELECT done_at IS NOT NULL FROM portal_outboxmessage WHERE id = %s", pk)
    return rows == [(True,)]


def test_o2_web_serves_pages_files_and_api_from_what_the_image_holds(
    deployment: Deployment,
) -> None:
    assert not (deployment.image / "tests").exists()
    [web] = deployment.start("web")
    status, page = get(web, "/en/")
    assert status == 200
    [style, *_more] = re.findall(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert get(web, style)[0] == 200
    assert get(web, "/ar/")[1].count("<html") == 1
    assert 'dir="rtl"' in get(web, "/ar/")[1]
    status, answer = get(web, "/api/v1/courses/")
    assert (status, answer[:20]) == (200, '{"status":"success",')
    assert get(web, "/en/", **{"X-Forwarded-Proto": "http"})[0] == 301, "only by TLS"
    assert get(web, "/en/", Host="evil.example")[0] == 400
    assert get(web, "/metrics")[0] == 403, "no token was given"


def test_o2_a_job_goes_from_its_row_through_scheduler_and_worker(deployment: Deployment) -> None:
    deployment.start("scheduler", "worker")
    [(pk,)] = deployment.rows(OPEN_JOB, "portal.tasks.clear_sessions")
    until(lambda: is_done(deployment, pk), "the job is done")
    assert deployment.rows("SELECT attempts FROM portal_outboxmessage WHERE id = %s", pk) == [(1,)]


def test_o2_a_second_scheduler_is_refused_and_takes_over_when_the_first_stops(
    deployment: Deployment,
) -> None:
    [first] = deployment.start("scheduler")
    first.says("Starting scheduler")
    second = deployment.launch("scheduler")
    second.says("Another scheduler is already running.")
    assert second.process.wait(timeout=10) == 0
    assert "Starting scheduler" not in second.said
    assert first.process.poll() is None
    waiting = deployment.launch("scheduler")  # as compose starts it again
    waiting.says("Acquiring lock")
    assert first.stop()[0] == 0
    waiting.says("Starting scheduler")
    assert waiting.stop()[0] == 0
    slots = deployment.rows("SELECT name, scheduled_for FROM portal_jobrun")
    assert len(slots) == len(set(slots))


def test_o2_a_stop_lets_web_finish_the_request_that_it_has(deployment: Deployment) -> None:
    [web] = deployment.start("web")
    got: list[tuple[int, str]] = []
    with psycopg.connect(deployment.urls["DATABASE_URL"]) as link:
        link.execute("LOCK TABLE catalog_course IN ACCESS EXCLUSIVE MODE")
        asking = threading.Thread(target=lambda: got.append(get(web, "/api/v1/courses/?q=held")))
        asking.start()
        until(lambda: waiting_for(deployment, "catalog_course"), "the request waits")
        web.process.terminate()
        with pytest.raises(TimeoutError):
            wait_a_second(web)
        assert not got
    code, seconds = web.stopped()
    asking.join(10)
    assert [status for status, _text in got] == [200]
    assert code == 0
    assert seconds < web.service.grace


def wait_a_second(running: Running) -> None:
    """Raises TimeoutError if it still runs after that."""
    try:
        running.process.wait(timeout=1)
    except Exception as still:
        raise TimeoutError from still


def waiting_for(deployment: Deployment, table: str) -> bool:
    """Whether somebody waits for a lock on ``table``."""
    query = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    return bool(deployment.rows(query, table))


def test_o2_a_stop_lets_a_worker_finish_its_job(deployment: Deployment) -> None:
    _scheduler, worker = deployment.start("scheduler", "worker")
    with psycopg.connect(deployment.urls["DATABASE_URL"]) as link:
        link.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        [(pk,)] = deployment.rows(OPEN_JOB, "portal.tasks.clear_sessions")
        until(lambda: waiting_for(deployment, "django_session"), "the job waits")
        worker.process.terminate()
        with pytest.raises(TimeoutError):
            wait_a_second(worker)
        assert not is_done(deployment, pk)
    assert worker.stopped()[0] == 0
    assert is_done(deployment, pk)
    query = "SELECT attempts, claimed_until FROM portal_outboxmessage WHERE id = %s"
    assert deployment.rows(query, pk) == [(1, None)]


def test_m9_a_stop_closes_sockets_with_the_code_to_come_back(deployment: Deployment) -> None:
    [sockets] = deployment.start("sockets")
    assert get(sockets, "/health/ready")[0] == 200
    token = token_of_somebody(sockets)
    address = f"ws://127.0.0.1:{sockets.port}/ws/notifications/"
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    with connect(f"{address}?token={token}", additional_headers=headers) as socket:
        assert json.loads(socket.recv(timeout=20))["type"] == "hello"
        code, seconds = sockets.stop()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=5)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1012
    assert code in {0, -signal.SIGTERM}, "uvicorn ends by the signal it was sent"
    assert "Application shutdown complete" in sockets.said
    assert seconds < sockets.service.grace
    assert token not in sockets.said


def token_of_somebody(server: Running) -> str:
    """An access token, made by another process with the deployment's own keys."""
    own = {"QUAD_ENV": "development", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    site = Site(server.environment | own | {"PYTHONPATH": str(ROOT)}, server.image)
    try:
        return str(site.do("token", user=site.do("user")))
    finally:
        site.close()
