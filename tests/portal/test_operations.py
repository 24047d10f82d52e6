"""O2, O3, O5: health, logs without secrets, metrics, and a start that needs its secrets."""

import io
import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
import structlog
from django.conf import settings as django_settings
from django.test import Client
from rest_framework.test import APIClient

from portal import health
from portal.logs import HIDDEN, formatter, scrub_sentry, scrub_text

CANARY = "canary4711secretvalue"


@pytest.fixture
def lines() -> Any:
    """What is logged during the test, as JSON lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_o2_live_and_ready() -> None:
    assert Client().get("/health/live").status_code == 200
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert set(answer.json()["checks"].values()) == {"ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", [False, RuntimeError(CANARY)])
def test_o2_not_ready_is_a_503_that_names_the_check(
    outcome: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check() -> bool:
        if isinstance(outcome, Exception):
            raise outcome
        return bool(outcome)

    monkeypatch.setitem(health.CHECKS, "redis", check)
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] == "failed"
    assert answer.json()["checks"]["database"] == "ok"
    assert CANARY not in answer.content.decode()


@pytest.mark.django_db
def test_o3_a_request_is_one_line_of_json_with_its_id(lines: Any) -> None:
    answer = Client().get("/api/v1/nope/?token=" + CANARY)
    line = next(line for line in lines() if line["event"] == "request")
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/nope/", 404)
    assert line["ip"] == "127.0.0.1"
    assert line["level"] == "info"
    assert CANARY not in json.dumps(lines())


@pytest.mark.django_db
def test_o3_a_request_id_is_taken_only_from_a_trusted_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    headers = {"X-Request-ID": "from-outside-1"}
    assert Client().get("/health/live", headers=headers)["X-Request-ID"] != "from-outside-1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert Client().get("/health/live", headers=headers)["X-Request-ID"] == "from-outside-1"
    bad = {"X-Request-ID": 'x" injected'}
    assert Client().get("/health/live", headers=bad)["X-Request-ID"] != 'x" injected'


@pytest.mark.django_db
def test_o3_no_secret_of_a_sign_in_is_logged(lines: Any) -> None:
    api = APIClient(raise_request_exception=False)
    api.post(
        "/api/v1/auth/app/v1/auth/login",
        {"email": "x@quad.example", "password": CANARY},
        format="json",
    )
    api.get("/api/v1/nope/", headers={"Authorization": f"Bearer {CANARY}"})
    api.get("/en/?next=" + CANARY)
    assert CANARY not in json.dumps(lines())


@pytest.mark.parametrize(
    "text",
    [
        f"GET /ws/notifications/?token={CANARY} HTTP/1.1",
        f"Authorization: Bearer {CANARY}",
        f"Cookie: sessionid={CANARY}; csrftoken={CANARY}",
        f"redis://:{CANARY}@redis:6379/0 refused",
        f"postgres://quad:{CANARY}@db/quad refused",
        f'{{"password": "{CANARY}"}}',
        f"{{'refresh_token': '{CANARY}', 'a': 1}}",
        f"SECRET_KEY={CANARY}",
        f"eyJhbGciOiJSUzI1NiJ9.eyJ{CANARY}.{CANARY}",
    ],
)
def test_o3_secrets_are_hidden_in_any_text(text: str, lines: Any) -> None:
    assert CANARY not in scrub_text(text)
    logging.getLogger("uvicorn.error").info("seen %s", text)
    structlog.get_logger("quad.test").warning("seen", text=text, nested={"a": [text]})
    written = json.dumps(lines())
    assert len(lines()) == 2
    assert CANARY not in written


def test_o3_secret_names_are_hidden_and_others_kept(lines: Any) -> None:
    structlog.get_logger("quad.test").info(
        "x", password=CANARY, access_token=CANARY, data={"code": CANARY, "course": "AAS 201"}
    )
    line = lines()[0]
    assert CANARY not in json.dumps(line)
    assert line["password"] == HIDDEN
    assert line["data"]["course"] == "AAS 201"


def test_o3_tracebacks_are_scrubbed_too(lines: Any) -> None:
    try:
        raise RuntimeError(f"postgres://quad:{CANARY}@db/quad")
    except RuntimeError:
        logging.getLogger("django.request").exception("crashed")
    line = lines()[0]
    assert "RuntimeError" in line["exception"]
    assert CANARY not in json.dumps(line)


def test_o3_a_console_is_told_no_secret_and_no_variable_of_a_crash() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("console"))
    logger = logging.getLogger("quad.test.console")
    logger.addHandler(handler)
    held = f"{CANARY}-in-a-variable"
    try:
        raise RuntimeError(f"postgres://quad:{CANARY}@db/quad, {len(held)}")
    except RuntimeError:
        logger.exception("crashed")
    finally:
        logger.removeHandler(handler)
    told = stream.getvalue()
    assert "crashed" in told and "RuntimeError" in told and "test_operations.py" in told
    assert CANARY not in told


def test_o3_sentry_gets_no_headers_and_no_secrets() -> None:
    event = {
        "request": {"url": "/x", "headers": {"Cookie": CANARY}, "query_string": CANARY},
        "extra": {"password": CANARY},
    }
    assert CANARY not in json.dumps(scrub_sentry(event, {}))


@pytest.mark.django_db
def test_o3_metrics_are_for_insiders(settings: Any) -> None:
    settings.METRICS_ADDRESSES = ["127.0.0.0/8"]
    Client().get("/health/live")
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'quad_http_request_seconds_count{method="GET",route="health/live",status="200"}' in text
    assert 'quad_jobs{state="open"} 0.0' in text
    outside = Client(REMOTE_ADDR="203.0.113.9")
    refused = outside.get("/metrics")
    assert refused.status_code == 403
    assert "quad_" not in refused.content.decode()
    settings.METRICS_TOKEN = CANARY
    assert outside.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 403
    assert outside.get("/metrics", headers={"Authorization": f"Bearer {CANARY}"}).status_code == 200


@pytest.mark.django_db
def test_pages_carry_the_security_headers() -> None:
    answer = Client().get("/en/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "unsafe-inline" in Client().get("/admin/login/")["Content-Security-Policy"]


@pytest.mark.django_db
def test_null_bytes_are_refused_everywhere() -> None:
    assert Client().get("/en/search/?q=%00").status_code == 400
    assert Client().get("/en/cour%00ses/").status_code == 400
    answer = Client().get("/api/v1/courses/?q=%00")
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"


@pytest.mark.django_db
def test_f6_cors_is_by_configuration(settings: Any) -> None:
    ask = {"Origin": "https://app.example.edu", "Access-Control-Request-Method": "POST"}
    assert "Access-Control-Allow-Origin" not in Client().options("/api/v1/x/", headers=ask)
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.edu"]
    answer = Client().options("/api/v1/x/", headers=ask)
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.edu"
    assert "idempotency-key" in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in Client().options("/en/", headers=ask)


@pytest.mark.django_db
def test_uploaded_files_never_run_as_pages(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "x.html").write_text("<script>alert(1)</script>")
    answer = Client().get("/media/x.html")
    assert answer.status_code == 200
    assert "sandbox" in answer["Content-Security-Policy"]
    (tmp_path.parent / "outside.txt").write_text("x")
    assert Client().get("/media/../outside.txt").status_code in {400, 404}


def production(tmp_path: Any, **changes: str) -> dict[str, str]:
    """The environment of a production process, whole but for ``changes`` ('' leaves one out)."""
    keep = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "DATABASE_URL")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    environment |= {
        "QUAD_ENV": "production",
        "QUAD_VAR": str(tmp_path),
        "SECRET_KEY": "k" + os.urandom(40).hex() + "-_+",
        "ALLOWED_HOSTS": "quad.example",
        "SITE_URL": "https://quad.example",
        "JWT_PRIVATE_KEY": django_settings.HEADLESS_JWT_PRIVATE_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(django_settings.FIELD_ENCRYPTION_KEYS),
        **changes,
    }
    return {name: value for name, value in environment.items() if value}


def manage(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "JWT_PRIVATE_KEY", "FIELD_ENCRYPTION_KEYS"]
)
def test_o5_a_missing_secret_stops_the_start_and_is_named(name: str, tmp_path: Any) -> None:
    done = manage(production(tmp_path, **{name: ""}), "check")
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


def test_o5_check_deploy_is_clean(tmp_path: Any) -> None:
    done = manage(production(tmp_path), "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
