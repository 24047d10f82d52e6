"""O1: the embedded server is this machine's own until it is opened, since its demo passwords are public."""

import subprocess
import sys
from typing import Any

import pytest
from django.core.management import CommandParser
from django.test import Client

from portal.management.commands.serve import Command, is_this_machine
from tests.processes import ROOT, environment


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "[::1]", "localhost"])
def test_o1_addresses_of_this_machine_are_known(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.7", "localhost.example.org"])
def test_o1_other_addresses_are_not_taken_for_this_machine(host: str) -> None:
    assert not is_this_machine(host)


def test_o1_without_an_option_it_serves_this_machine_alone() -> None:
    parser = CommandParser()
    Command().add_arguments(parser)
    assert parser.parse_args([]).host == "127.0.0.1"
    assert "HOST ?= 127.0.0.1\n" in (ROOT / "Makefile").read_text()


def test_o1_opening_it_answers_to_the_names_it_is_opened_for(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    before = ["localhost"]
    for host, expected in (
        ("127.0.0.1", before),
        ("0.0.0.0", ["*"]),
        ("10.0.0.7", ["localhost", "10.0.0.7"]),
    ):
        settings.ALLOWED_HOSTS = before
        Command().open_to(host)
        assert expected == settings.ALLOWED_HOSTS
    monkeypatch.setenv("ALLOWED_HOSTS", "quad.example")
    settings.ALLOWED_HOSTS = ["quad.example"]
    Command().open_to("0.0.0.0")
    assert settings.ALLOWED_HOSTS == ["quad.example"], "the environment has the last word"


def test_o1_development_answers_to_this_machines_names_only() -> None:
    script = """
import django; django.setup()
from django.conf import settings
print(settings.ALLOWED_HOSTS)
"""
    env = environment()
    env.pop("ALLOWED_HOSTS", None)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['.localhost', '127.0.0.1', '[::1]']"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "status"),
    [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200), ("evil.example", 400)],
)
def test_o1_a_foreign_name_that_leads_here_is_refused(name: str, status: int) -> None:
    assert Client().get("/en/account/login/", headers={"host": name}).status_code == status
