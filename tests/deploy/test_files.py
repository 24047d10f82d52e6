"""O2: what compose.yaml, Dockerfile and the proxy's file say, read as their tools read them."""

import os
import re
import shutil
import subprocess

import pytest

from portal.management.commands.backup import Command
from tests.deploy import compose
from tests.processes import ROOT

EXAMPLE = compose.dotenv((ROOT / "deploy" / "env.example").read_text())
FILLED = {name: value or f"given-{name.lower()}" for name, value in EXAMPLE.items()}
ENTRYPOINT = (ROOT / "deploy" / "entrypoint").read_text()
CADDYFILE = ROOT / "deploy" / "Caddyfile"


def required() -> set[str]:
    """The variables without which compose does not start."""
    return set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text()))


def test_o5_all_that_production_asks_for_is_asked_for_by_compose() -> None:
    settings = (ROOT / "portal" / "settings.py").read_text()
    asked = set(re.findall(r'require\(env, "(\w+)"\)', settings))
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "JWT_PRIVATE_KEY"} <= asked
    assert required() == asked | {"POSTGRES_PASSWORD"}
    assert required() <= EXAMPLE.keys()
    step = compose.build_step(ROOT, "python")
    assert asked == {name for name in asked if f"{name}=" in step}, "the build step starts, too"


@pytest.mark.parametrize("name", sorted(required()))
def test_o5_compose_stops_where_a_secret_is_missing_and_names_it(name: str) -> None:
    compose.our_services(FILLED)
    with pytest.raises(compose.Missing, match=name):
        compose.our_services({**FILLED, name: ""})


def test_o2_each_process_of_the_portal_is_a_service_that_the_entrypoint_knows() -> None:
    services = compose.our_services(FILLED)
    commands = {"backup"}
    assert set(services) == {"migrate", "web", "sockets", "worker", "scheduler"} | commands
    for service in services.values():
        known = f"\n  {service.command[0]})\n" in ENTRYPOINT
        assert known != (service.name in commands)
        assert service.facts["init"] is True, (
            "as process 1 it would not hear signals while it starts"
        )
        assert service.environment["QUAD_ENV"] == "production"
    assert os.access(ROOT / "deploy" / "entrypoint", os.X_OK)
    assert ENTRYPOINT.count("    exec ") == ENTRYPOINT.count(")\n    "), (
        "each hears its own signals"
    )


def test_o2_only_servers_that_are_ready_are_asked_by_the_proxy() -> None:
    services = compose.raw()["services"]
    assert services["proxy"]["depends_on"] == {
        "web": {"condition": "service_healthy"},
        "sockets": {"condition": "service_healthy"},
    }
    for name in ("web", "sockets", "worker", "scheduler"):
        needs = services[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert needs["database"] == needs["redis"] == {"condition": "service_healthy"}
    assert services["migrate"]["restart"] == "no"
    assert "migrate" not in services["migrate"]["depends_on"]
    published = {name for name, facts in services.items() if "ports" in facts}
    assert published == {"proxy"}, "nothing but the proxy is reached from outside"


def test_o2_every_volume_is_declared() -> None:
    told = compose.raw()
    used = {
        place.split(":")[0]
        for facts in told["services"].values()
        for place in facts.get("volumes", [])
        if not place.startswith(".")
    }
    assert used == set(told["volumes"])
    assert compose.environment_of_image()["QUAD_VAR"] == "/var/lib/quad"


def test_o2_the_image_runs_without_rights_and_holds_no_secret() -> None:
    *_build, image = compose.dockerfile()
    said = dict(image)
    assert said["USER"] == "quad"
    order = [instruction for instruction, _arguments in image]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert max(i for i, name in enumerate(order) if name == "RUN") < order.index("USER")
    assert said["ENTRYPOINT"] == '["/app/deploy/entrypoint"]'
    assert not compose.environment_of_image().keys() & {*required(), "DATABASE_URL"}
    assert {".git", ".env", "var", ".venv"} <= set(compose.ignored())


def test_o4_the_images_postgresql_client_is_as_new_as_the_server() -> None:
    server = re.fullmatch(r"postgres:(\d+)-\w+", compose.raw()["services"]["database"]["image"])
    client = re.search(r"postgresql-client-(\d+)", (ROOT / "Dockerfile").read_text())
    assert server and client
    assert int(client[1]) >= int(server[1]), "an older pg_dump refuses a newer server"


def test_o4_a_backup_is_made_on_demand_and_lies_apart_from_the_files() -> None:
    service = compose.our_services(FILLED)["backup"]
    assert service.facts["profiles"] == ["backup"], "not started with the others"
    parser = Command().create_parser("manage.py", service.command[0])
    options = parser.parse_args(service.command[1:])
    assert (str(options.folder), options.keep) == ("/backups", 14)
    assert "backups:/backups" in service.facts["volumes"]
    assert "files:/var/lib/quad" in service.facts["volumes"], "without a bucket, uploads lie there"


def test_o2_the_proxy_hides_what_is_asked_inside_and_splits_sockets_off() -> None:
    text = CADDYFILE.read_text()
    # `respond` without `handle` around it comes after every `handle`, and so never.
    assert re.search(
        r"@inside path /metrics /metrics/\* /health /health/\*\s+handle @inside \{", text
    )
    assert re.search(r"handle /ws/\* \{\s+reverse_proxy \{\s+dynamic a sockets 8000", text)
    assert re.search(r"handle \{\s+reverse_proxy \{\s+dynamic a web 8000", text)
    assert "trusted_proxies" not in re.sub(r"#.*", "", text), (
        "clients may stand on private addresses"
    )
    assert r'request>uri regexp \?.* ""' in text


@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs Caddy, to read its own file")
def test_o2_caddy_takes_its_file() -> None:
    done = subprocess.run(
        ["caddy", "validate", "--config", CADDYFILE, "--adapter", "caddyfile"],
        env={**os.environ, "SITE_ADDRESS": "localhost"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stderr + done.stdout
