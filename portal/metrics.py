"""Metrics for Prometheus (O3) at ``/metrics``: for who knows the token or asks from inside.

Several processes of one machine share their counts where ``PROMETHEUS_MULTIPROC_DIR`` is set.
"""

import ipaddress
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import path
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.addresses import client_address
from portal.permissions import Policy, declare

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS = Histogram(
    "quad_http_request_seconds",
    "Time of requests in seconds, by route; what the page cache answered has the route 'page cache'.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request; the route is the pattern, never the address, so that labels stay few."""
    known = method if method in METHODS else "OTHER"
    REQUESTS.labels(known, route, str(status)).observe(seconds)


_backlogs: dict[str, tuple[str, Callable[[], Mapping[str, int]]]] = {}


def register_backlog(name: str, about: str, count: Callable[[], Mapping[str, int]]) -> None:
    """Let ``count`` say at each scrape how many there are in each state, as the gauge ``name``."""
    _backlogs[name] = (about, count)


class Backlog(Collector):
    """What waits for a worker or for people, asked of the database at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A gauge for the jobs that are open, late and failed, and for what apps have registered."""
        from portal.jobs.outbox import backlog  # noqa: PLC0415 (needs the models)

        for name, (about, count) in {
            "quad_jobs": ("Jobs of the outbox.", backlog),
            **_backlogs,
        }.items():
            gauge = GaugeMetricFamily(name, about, labels=["state"])
            for state, number in count().items():
                gauge.add_metric([state], number)
            yield gauge


def registry() -> CollectorRegistry:
    """What a scrape reads: of all processes where they share a folder, else of this one."""
    whole = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
    else:
        whole.register(REGISTRY)
    whole.register(Backlog())
    return whole


def may_scrape(request: HttpRequest) -> bool:
    """Whether the request has ``METRICS_TOKEN`` or comes from one of ``METRICS_ADDRESSES``."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(given, settings.METRICS_TOKEN):
        return True
    try:
        address = ipaddress.ip_address(client_address(request.META))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_ADDRESSES)


@declare(Policy("token or internal address", signed_in=False))
def scrape(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """The metrics in Prometheus' text form; 403 for anyone else."""
    if not may_scrape(request):
        return HttpResponseForbidden("Metrics need a token or an internal address.")
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)


urlpatterns = [path("metrics", scrape, name="metrics")]
