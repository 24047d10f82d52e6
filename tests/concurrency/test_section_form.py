"""L4: an admin lowers a capacity while a student takes the seat: a sentence at the field, never a 500."""

import threading
import time

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse

from learning.catalog.models import Section
from learning.catalog.services import common
from learning.enrollments import services
from portal.roles import Role
from tests.learning.catalog.test_admin import section_form
from tests.learning.enrollments import world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def lowered_while_a_seat_is_taken(sign_in):
    """The admin's answer, where the seat's transaction commits while the form's own waits for it."""
    section = world.section(capacity=2)
    first, second = world.student(), world.student()
    services.enroll(student=first, section_id=section.pk, actor=first.user)
    browser = sign_in(world.user(Role.ADMIN))
    browser.raise_request_exception = False
    answers = []

    def send():
        try:
            form = {**section_form(section), "capacity": "1"}
            answers.append(browser.post(reverse("section:edit", args=[section.pk]), form))
        finally:
            connections.close_all()

    sender = threading.Thread(target=send)
    with transaction.atomic():
        services.enroll(student=second, section_id=section.pk, actor=second.user)
        sender.start()
        until_somebody_waits()
    sender.join(30)
    row = Section.objects.get(pk=section.pk)
    assert (row.seats_taken, row.capacity) == (2, 2)
    return answers[0]


def until_somebody_waits():
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()"
    )
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees its first
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("nobody waits for the section's row")


def test_l4_a_seat_taken_while_the_capacity_is_lowered_is_told_at_the_field(sign_in):
    answer = lowered_while_a_seat_is_taken(sign_in)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["capacity"]


def test_l4_control_without_the_lock_the_database_refuses_with_an_error(sign_in, monkeypatch):
    def unlocked(thing, *, whole=False):
        return type(thing)._default_manager.get(pk=thing.pk)

    monkeypatch.setattr(common, "locked", unlocked)
    assert lowered_while_a_seat_is_taken(sign_in).status_code >= 500
