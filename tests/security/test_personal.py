"""P9: whatever points to a person is known to the download and to the erasure, or stays for a reason."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from campus.accounts.models import User
from campus.people.models import StaffProfile, Student
from portal import personal

PEOPLE: tuple[type[models.Model], ...] = (User, Student, StaffProfile)


def pointing(candidates: Any) -> Iterator[tuple[type[models.Model], str]]:
    """Models that hold a column for a person, each with the label that speaks for it."""
    for model in candidates:
        for field in model._meta.get_fields():
            if (
                getattr(field, "concrete", False)
                and not field.many_to_many
                and field.is_relation
                and field.related_model in PEOPLE
            ):
                # What a page inherits is covered with the page; a table between two, with its owner.
                yield model, field.model._meta.label
                break


def test_p9_no_model_that_points_to_a_person_is_forgotten() -> None:
    known = personal.covered()
    missing = sorted(
        {
            label
            for _model, label in pointing(apps.get_models(include_auto_created=True))
            if label not in known
        }
    )
    assert not missing, (
        "These models point to a person and neither the download nor the erasure knows them: "
        f"{', '.join(missing)}. Register them by portal.personal.register(…, covers=[…]) in the app, "
        "or by portal.personal.keep(reason, …) where they may stay as they are."
    )


def test_p9_the_walk_finds_a_model_that_nobody_registered() -> None:
    found = {label for _model, label in pointing(apps.get_models(include_auto_created=True))}
    assert {"accounts.User_groups", "enrollments.Enrollment", "wagtailcore.Page"} <= found
    assert {"people.Student", "account.EmailAddress", "catalog.Section_instructors"} <= found


def test_p9_every_label_that_is_covered_is_a_model() -> None:
    for label in personal.covered():
        assert apps.get_model(label), label
