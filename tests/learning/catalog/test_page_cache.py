"""Edits of the catalog end what the page cache kept, whichever way they are made."""

from collections.abc import Callable
from unittest import mock

import pytest
from django.db import models

from campus.institutions.models import Institution
from learning.catalog.imports import service
from learning.catalog.models import Course, CourseTag, Section
from learning.catalog.receivers import SHOWN
from portal.pagecache import registry
from tests import factories
from tests.learning.catalog.conftest import Rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def touched() -> "mock.Mock":
    """Stands in for ``touch`` where saved models call it."""
    with mock.patch.object(registry, "touch") as called:
        yield called


@pytest.mark.parametrize(
    "make",
    [
        *(factories.institution, factories.department, factories.season, factories.category),
        *(factories.course, factories.section, factories.meeting, factories.hall, factories.staff),
    ],
)
def test_a_save_and_a_deletion_in_the_admin_end_kept_pages(
    make: Callable[[], models.Model], touched: mock.Mock
) -> None:
    row = make()
    touched.reset_mock()
    row.save()
    touched.assert_called_with("site")
    touched.reset_mock()
    row.delete()
    assert mock.call("site") in touched.mock_calls


def test_relations_to_many_end_kept_pages_from_both_sides(touched: mock.Mock) -> None:
    section, person, other = factories.section(), factories.staff(), factories.course()
    for change in (
        lambda: section.instructors.add(person),
        lambda: person.sections.remove(section),
        lambda: section.course.prerequisites.add(other),
        other.required_by.clear,
        lambda: section.course.tags.add(CourseTag.objects.create(name="New", slug="new")),
    ):
        touched.reset_mock()
        change()
        assert mock.call("site") in touched.mock_calls


def test_every_model_of_the_catalog_that_pages_show_is_registered() -> None:
    assert set(registry.registered()) >= {*SHOWN, Course, Section}


def test_l1_an_import_ends_kept_pages_once_and_one_that_changes_nothing_does_not(
    institution: Institution, catalog_file: Rows
) -> None:
    path = catalog_file({})
    with mock.patch.object(service, "touch") as called:
        service.import_catalog(path=path, institution=institution, actor=None)
        called.assert_called_once_with("site")
        called.reset_mock()
        service.import_catalog(path=path, institution=institution, actor=None)
        assert not called.called
