"""The large deployment on real processes: what compose.yaml starts, from what the Dockerfile builds."""

import base64
import fnmatch
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from scripts import services
from tests import processes
from tests.deploy import compose

HOST = "quad.example"
BIN = str(Path(sys.executable).parent)
READY_SECONDS = 90


def until(happened: Callable[[], object], what: str, seconds: float = READY_SECONDS) -> None:
    """Return when ``happened`` says so; fails the test if it never does."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)


class Running:
    """A service's process."""

    def __init__(self, service: compose.Service, image: Path, environment: dict[str, str]) -> None:
        self.service, self.environment = service, environment
        self.port = environment["PORT"]
        self.log = Path(environment["QUAD_VAR"]) / f"{service.name}-{uuid.uuid4().hex[:6]}.log"
        self.image = image
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [image / "deploy" / "entrypoint", *service.command],
                cwd=image,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What it has printed."""
        return self.log.read_text(errors="replace")

    def is_ready(self) -> bool:
        """What the service's own health check says."""
        assert self.process.poll() is None, self.said[-3000:]
        check = [part.replace("/app", str(self.image)) for part in self.service.healthcheck]
        done = subprocess.run(check, env=self.environment, capture_output=True, check=False)
        return done.returncode == 0

    def says(self, words: str) -> None:
        """Wait until it has printed ``words``."""

        def said() -> bool:
            assert self.process.poll() is None or words in self.said, self.said[-3000:]
            return words in self.said

        until(said, f"{self.service.name} says {words!r}")

    def stopped(self) -> tuple[int, float]:
        """The exit code after the end that a stop signal brought, and the seconds since this call.

        Fails if the grace period that compose gives would be over.
        """
        begun = time.monotonic()
        code = self.process.wait(timeout=self.service.grace)
        return code, time.monotonic() - begun

    def stop(self) -> tuple[int, float]:
        """Send the image's stop signal (see `stopped`)."""
        [name] = [a for i, a in compose.dockerfile()[-1] if i == "STOPSIGNAL"]
        self.process.send_signal(signal.Signals[name])
        return self.stopped()


class Deployment:
    """Services on one database and one Redis, each started when a test first asks for it."""

    def __init__(self, image: Path, folder: Path, variables: dict[str, str], **urls: str) -> None:
        self.image, self.folder, self.urls = image, folder, urls
        self.services = compose.our_services(variables)
        self.running: dict[str, Running] = {}
        self.launched: list[Running] = []

    def launch(self, name: str) -> Running:
        """Start one more process of a service."""
        service = self.services[name]
        own = compose.environment_of_image() | service.environment | self.urls
        port = processes.free_port()
        own |= {
            "PATH": f"{BIN}:/usr/bin:/bin",
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "QUAD_VAR": str(self.folder),
            "QUAD_STATIC_ROOT": str(self.image / "static-built"),
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder / f"metrics-{port}"),
        }
        running = Running(service, self.image, own)
        self.launched.append(running)
        return running

    def start(self, *names: str) -> list[Running]:
        """The processes of these services, started at once if they do not run, and ready."""
        for name in names:
            if name not in self.running or self.running[name].process.poll() is not None:
                self.running[name] = self.launch(name)
        found = [self.running[name] for name in names]
        for running in found:
            if running.service.healthcheck:
                until(running.is_ready, f"{running.service.name} is ready")
        return found

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database answers."""
        with psycopg.connect(self.urls["DATABASE_URL"]) as link:
            answer = link.execute(query, values)  # type: ignore[call-overload]
            return answer.fetchall() if answer.description else []


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /app of the image: the clone as it is sent to the build, and the build's own step."""
    folder = tmp_path_factory.mktemp("image") / "app"
    patterns = [pattern.removeprefix("**/") for pattern in compose.ignored()]

    def leave_out(_folder: str, names: list[str]) -> list[str]:
        return [n for n in names if any(fnmatch.fnmatch(n, pattern) for pattern in patterns)]

    shutil.copytree(processes.ROOT, folder, ignore=leave_out)
    for compiled in folder.glob("locale/*/LC_MESSAGES/*.mo"):
        compiled.unlink()
    subprocess.run(
        ["/bin/sh", "-ec", compose.build_step(folder, sys.executable)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder


def private_key() -> str:
    """An RSA key in one line, as ``.env`` holds it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode().replace("\n", "\\n")


@pytest.fixture(scope="session")
def deployment(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The deployment of compose.yaml, filled in as deploy/env.example asks, and migrated."""
    example = compose.dotenv((processes.ROOT / "deploy" / "env.example").read_text())
    variables = example | {
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "SITE_ADDRESS": HOST,
        "SECRET_KEY": "k" + os.urandom(40).hex(),
        "JWT_PRIVATE_KEY": private_key(),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "POSTGRES_PASSWORD": "given",
        "EMAIL_URL": "consolemail://",
    }
    name = f"deploy_{uuid.uuid4().hex[:12]}"
    server = processes.database_url().rsplit("/", 1)[0]
    with ExitStack() as stack:
        redis = services.private_redis(stack)
        if redis is None:
            pytest.skip("needs the program redis-server")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        stack.callback(services.drop_databases, server, name)
        running = Deployment(
            image,
            tmp_path_factory.mktemp("var"),
            variables,
            DATABASE_URL=f"{server}/{name}",
            REDIS_URL=redis,
        )
        migrate = running.launch("migrate")
        assert migrate.process.wait(timeout=180) == 0, migrate.said[-3000:]
        yield running
        for each in running.launched:
            each.process.kill()
            each.process.wait()
