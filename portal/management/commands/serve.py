"""Serve the portal in one process: pages, API, sockets, jobs."""

import ipaddress
import os
import socket
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

GRACE_SECONDS = 10
MESSAGE_BYTES = 64 * 1024  # of a socket: what the protocol allows is shorter (docs/realtime.md)

DEMO_SIGN_INS = (
    *("admin", "editor", "teacher", "mentor", "organizer", "parent", "student", "student2"),
)


class Command(BaseCommand):
    """The embedded way to run Quad (O1): migrate what is new, then serve until a signal comes."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, and whether to bring the demo data."""
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 opens it to the network")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--demo", action="store_true", help="bring the demo data where it is not there yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the port first: nobody should wait for a seed to read that it is taken."""
        host, port = options["host"], options["port"]
        self.check_port(host, port)
        self.open_to(host)
        self.migrate()
        if options["demo"]:
            call_command("seed_demo", stdout=self.stdout, stderr=self.stderr)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it
        connections.close_all()
        self.tell(host, port, demo=options["demo"])
        config = uvicorn.Config(
            "portal.asgi:application",
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="auto",
            timeout_graceful_shutdown=GRACE_SECONDS,
            http="portal.front:Http",
            ws="portal.front:Sockets",
            ws_per_message_deflate=False,  # it would cost each socket its own memory and work
            ws_max_size=MESSAGE_BYTES,
        )
        server = uvicorn.Server(config)
        try:
            server.run()
        except KeyboardInterrupt:
            # uvicorn has stopped gracefully by now and repeats the signal for its caller.
            self.stdout.write("Stopped.")

    def open_to(self, host: str) -> None:
        """Answer to the names by which others reach ``host``, where development was opened to them.

        ``ALLOWED_HOSTS`` of the environment has the last word.
        """
        if settings.PRODUCTION or "ALLOWED_HOSTS" in os.environ or is_this_machine(host):
            return
        everywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104 (compared, not bound)
        settings.ALLOWED_HOSTS = ["*"] if everywhere else [*settings.ALLOWED_HOSTS, host]

    def check_port(self, host: str, port: int) -> None:
        """Stop with a sentence where ``port`` cannot be had."""
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except (OSError, OverflowError) as error:
                raise CommandError(
                    f"Port {port} cannot be used ({error}). "
                    f"Try another one: make run PORT={port + 1 if port < 65535 else 8001}"
                ) from error

    def migrate(self) -> None:
        """Apply the migrations that are missing, and say nothing when none are."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)

    def tell(self, host: str, port: int, *, demo: bool) -> None:
        """Print where to look and with whom to sign in."""
        site = settings.SITE_URL.rstrip("/") if settings.PRODUCTION else f"http://localhost:{port}"
        lines = [
            "",
            f"  Quad       {site}/en/   {site}/ar/",
            f"  Admin      {site}/admin/",
            f"  API        {site}/api/v1/docs/",
        ]
        if not settings.PRODUCTION:
            lines += [f"  Inbox      {site}/en/dev/inbox/   (codes and messages; printed here too)"]
        if not settings.PRODUCTION and not is_this_machine(host):
            lines += ["", "  Open to the network: its demo passwords and inbox are known to all."]
        if demo:
            lines += ["", "  Sign in with any of these; the password of all is quad-demo-2026:"]
            lines += [f"    {name}@quad.example" for name in DEMO_SIGN_INS]
        lines += ["", "  Stop with Ctrl+C.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def is_this_machine(host: str) -> bool:
    """Whether ``host`` is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
