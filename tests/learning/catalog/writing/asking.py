"""What tests of writing the catalog share: all that is stored, a refusal by its field, the log."""

from collections.abc import Callable
from typing import Any

from django.db import models
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from learning.catalog.models import Course, CoursePage, Meeting, Module, Program, Resource, Season
from learning.catalog.models import Section as SectionModel

ApiAs = Callable[[User], APIClient]
V1 = "/api/v1/"
STORED = (
    Course,
    CoursePage,
    Meeting,
    Module,
    Program,
    Resource,
    Season,
    SectionModel,
    ModelLogEntry,
)


def everything() -> dict[type[models.Model], list[dict[str, Any]]]:
    """All rows that a refused request might have left half done."""
    return {model: list(model._default_manager.order_by("pk").values()) for model in STORED}


def refused(answer: Any, status: int, param: str | None, code: str | None = None) -> None:
    """The answer is that refusal, of that field."""
    assert answer.status_code == status, answer.content
    told = answer.json()["errors"]
    assert param in [error["param"] for error in told], told
    assert code is None or code in [error["code"] for error in told], told


def log_of(thing: models.Model) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    entries = ModelLogEntry.objects.for_instance(thing).order_by("pk")
    return [(e.action, e.data.get("before", {}), e.data.get("after", {})) for e in entries]
