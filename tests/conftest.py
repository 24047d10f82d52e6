"""What every test shares: settings made for speed, people by role, a small catalog, clients."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from campus.accounts.models import User
from campus.audit import triggers
from campus.institutions.models import Institution
from campus.people.models import Student
from learning.catalog.models import Course, Season, Section
from portal.roles import Role
from scripts.compile_messages import compile_messages
from tests import baseline, factories, processes, quicker, templates

FORGET = "/-/forget"  # of tests.served, which sets Django up on its own


def pytest_configure(config: pytest.Config) -> None:
    """Settings that only make tests faster or quieter, never different."""
    if not hasattr(config, "workerinput"):
        compile_messages()
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what this run has no services for; ``make test`` says so beforehand."""
    needs_postgres = item.get_closest_marker("postgres") or item.get_closest_marker("large")
    if needs_postgres and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: set DATABASE_URL")
    needs_redis = item.get_closest_marker("redis") or item.get_closest_marker("large")
    if needs_redis and not django_settings.REDIS_URL:
        pytest.skip("needs Redis: set REDIS_URL")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, pytestconfig: pytest.Config
) -> None:
    """The test database begins as a copy of one that is migrated."""
    templates.use(pytestconfig)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database; each test that commits leaves the rows that it began with."""
    from wagtail.models import Page  # noqa: PLC0415 (needs the registry of apps)

    with django_db_blocker.unblock():
        if not Page.objects.exists():
            pytest.exit(
                "The reused test database was left empty: run pytest with --create-db once."
            )
        _let_tests_empty_the_log()
        _write_without_waiting()
        baseline.take_over()
    quicker.be_quicker()
    yield


def _let_tests_empty_the_log() -> None:
    """Tests that commit are cleaned up after by TRUNCATE, on SQLite by DELETE: take that guard away.

    ``tests/campus/audit/test_triggers.py`` puts it back for itself.
    """
    with connection.cursor() as cursor:
        for table in triggers.log_tables():
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {triggers.TRUNCATE}")
            else:
                cursor.execute(f"DROP TRIGGER {triggers.sqlite_trigger(table, 'delete')}")


def _write_without_waiting() -> None:
    """A commit to a database that is thrown away need not have reached the disk.

    Nor is a plan over a dozen rows worth being compiled.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            for setting in ("synchronous_commit", "jit"):
                cursor.execute(f"ALTER DATABASE {name} SET {setting} TO off")
                cursor.execute(f"SET {setting} TO off")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Limits, lockouts and cached pages of one test never reach the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A page in Arabic leaves its language behind in the test's thread."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    """Uploads of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


# --- people -------------------------------------------------------------------------------------


@pytest.fixture
def institution(db: None) -> Institution:
    """The default institution."""
    return factories.institution()


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """Makes users: ``make_user(Role.TEACHER, email=…)``."""
    return factories.user


@pytest.fixture
def admin(db: None) -> User:
    """Somebody with the role admin (not a superuser)."""
    return factories.user(Role.ADMIN)


@pytest.fixture
def editor(db: None) -> User:
    """Somebody with the role editor."""
    return factories.user(Role.EDITOR)


@pytest.fixture
def teacher(db: None) -> User:
    """Somebody with the role teacher and a staff profile."""
    return factories.teacher()


@pytest.fixture
def student(db: None) -> Student:
    """A student with an account (``student.user``)."""
    return factories.student()


# --- catalog ------------------------------------------------------------------------------------


@pytest.fixture
def season(institution: Institution) -> Season:
    """A season that began last week and has ten more to go."""
    return factories.season(institution=institution)


@pytest.fixture
def course(institution: Institution) -> Course:
    """A published course."""
    return factories.course(institution=institution)


@pytest.fixture
def section(course: Course, season: Season) -> Section:
    """A free section with two seats, open for enrollment."""
    return factories.section(course=course, season=season, capacity=2)


# --- clients ------------------------------------------------------------------------------------


@pytest.fixture
def sign_in(db: None) -> Callable[[User], Client]:
    """A browser's client, signed in as somebody."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def api() -> APIClient:
    """A client of the API, signed in as nobody."""
    return APIClient()


@pytest.fixture
def api_as(db: None) -> Callable[[User], APIClient]:
    """A client of the API with somebody's real access token (JWT)."""

    def authorized(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.access_token(user)}")
        return client

    return authorized


# --- browser ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium (Playwright's ``Browser``); tests that use it carry ``browser``."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only where a browser is)

    path = processes.chromium_path()
    if path is None and os.environ.get("CI"):
        pytest.fail("needs Chromium: set QUAD_CHROMIUM or install it")
    if path is None:
        pytest.skip("needs Chromium: set QUAD_CHROMIUM or install it")
    # Playwright's own event loop runs in this thread from now on; the tests' queries are sync all the same.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def portal_process(django_db_setup: None, tmp_path_factory: Any) -> Iterator[str]:
    """The address of one server for all tests of this run, on their database.

    It is a process of its own; SQLite's test database lives in memory, out of its sight: PostgreSQL
    only.
    """
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: set DATABASE_URL")
    log = tmp_path_factory.mktemp("server") / "server.log"
    with processes.serving(log, "tests.served:application") as address:
        yield address


@pytest.fixture
def portal_server(portal_process: str, transactional_db: None) -> str:
    """The address of a real server (pages, API, sockets, jobs) that sees what the test commits."""
    with urlopen(f"{portal_process}{FORGET}", timeout=10):
        return portal_process
