"""Audit: who did what is in Wagtail's log, is read by admins alone, and stays as it was written."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry
from wagtail.models import ModelLogEntry, Page, PageLogEntry

from campus.audit.guard import LogIsImmutable
from campus.audit.models import AuditEntry
from learning.enrollments import services
from portal.audit import record
from portal.roles import Role
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db


def dropped():
    student, section = world.student(name="Secret Name"), world.section()
    enrollment = services.enroll(student=student, section_id=section.pk, actor=student.user)
    services.drop(enrollment_id=enrollment.pk, actor=student.user)
    return student, enrollment


def test_every_change_of_state_is_logged_with_before_and_after():
    student, enrollment = dropped()
    newest, oldest = ModelLogEntry.objects.for_instance(enrollment)
    assert (oldest.action, oldest.user) == ("enrollments.enroll", student.user)
    assert newest.action == "enrollments.drop"
    assert newest.data["before"] == {"state": "active"}
    assert newest.data["after"] == {"state": "dropped"}
    assert newest.comment == "state: active → dropped"
    assert "Secret Name" not in newest.label  # erasing a person needs no edit of the log


def test_every_action_that_the_services_log_is_registered():
    for action in ("enroll", "drop", "request", "request_approve", "capacity"):
        assert log_registry.action_exists(f"enrollments.{action}")
    with pytest.raises(ValueError, match="not registered"):
        record(action="no.such", instance=world.section(), actor=None)


def test_a_rollback_logs_nothing():
    with pytest.raises(RuntimeError), transaction.atomic():
        dropped()
        raise RuntimeError
    assert not ModelLogEntry.objects.filter(action__startswith="enrollments").exists()


def test_no_entry_is_changed_or_deleted_through_the_application():
    _student, enrollment = dropped()
    entry = ModelLogEntry.objects.for_instance(enrollment).first()
    entry.label = "Something else"
    with pytest.raises(LogIsImmutable), transaction.atomic():
        entry.save()
    with pytest.raises(LogIsImmutable), transaction.atomic():
        entry.delete()
    with pytest.raises(LogIsImmutable), transaction.atomic():
        ModelLogEntry.objects.all().delete()
    with pytest.raises(LogIsImmutable), transaction.atomic():
        PageLogEntry.objects.create(
            page_id=Page.objects.first().pk,
            action="wagtail.create",
            label="x",
            timestamp=entry.timestamp,
        ).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        ModelLogEntry.objects.update(label="Something else")
    assert ModelLogEntry.objects.for_instance(enrollment).count() == 2


@pytest.mark.postgres
def test_no_entry_is_changed_or_deleted_by_the_databases_role():
    dropped()
    for statement in (
        "DELETE FROM wagtailcore_modellogentry",
        "UPDATE wagtailcore_modellogentry SET user_id = NULL",
        "UPDATE wagtailcore_modellogentry SET content_type_id = NULL, label = 'x'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ModelLogEntry.objects.filter(action="enrollments.drop").exists()


def test_what_wagtail_deletes_is_still_deleted_and_its_entries_stay():
    page = Page.objects.get(depth=1).add_child(instance=Page(title="Gone soon", slug="gone-soon"))
    log(instance=page, action="wagtail.create", user=None)
    number = page.pk
    page.delete()
    assert PageLogEntry.objects.filter(page_id=number).exists()
    user = world.user()
    section = world.section()
    record(action="enrollments.capacity", instance=section, actor=user, after={"capacity": 1})
    user_id = user.pk
    user.delete()
    assert ModelLogEntry.objects.filter(user_id=user_id).count() == 1
    stale = ContentType.objects.create(app_label="gone", model="thing")
    entry = ModelLogEntry.objects.bulk_create(
        [
            ModelLogEntry(
                content_type=stale,
                action="wagtail.edit",
                label="x",
                object_id="1",
                timestamp=section.course.updated_at,
            )
        ]
    )[0]
    stale.delete()
    entry.refresh_from_db()
    assert entry.content_type_id is None


def test_the_api_is_for_admins_and_filters(api_as, api):
    student, enrollment = dropped()
    admin = world.user(Role.ADMIN)
    assert api.get("/api/v1/audit-logs/").status_code == 401
    for role in set(Role) - {Role.ADMIN}:
        assert api_as(world.user(role)).get("/api/v1/audit-logs/").status_code == 403
    client = api_as(admin)

    def found(**query):
        answer = client.get("/api/v1/audit-logs/", query)
        assert answer.status_code == 200, answer.content
        return answer.json()["data"]

    [entry] = found(action="enrollments.drop", object=str(enrollment.pk))
    assert entry["actor"]["id"] == student.user_id
    assert entry["model"] == "enrollments.enrollment"
    assert entry["data"]["after"] == {"state": "dropped"}
    assert len(found(actor=student.user_id, model="enrollments.enrollment")) == 2
    assert found(actor=admin.pk, model="enrollments.enrollment") == []
    assert found(until="2020-01-01T00:00:00Z") == []
    assert len(found(since="2020-01-01T00:00:00Z", object=str(enrollment.pk))) == 2
    first = client.get("/api/v1/audit-logs/", {"page_size": 1, "object": str(enrollment.pk)}).json()
    rest = found(cursor=first["meta"]["next_cursor"], page_size=1, object=str(enrollment.pk))
    assert [first["data"][0]["action"], rest[0]["action"]] == [
        "enrollments.drop",
        "enrollments.enroll",
    ]
    assert client.post("/api/v1/audit-logs/", {}).status_code in {403, 405}
    text = client.get("/api/v1/audit-logs/export/", {"action": "enrollments.drop"}).content.decode()
    assert str(enrollment.pk) in text


def test_pages_and_objects_stand_in_one_list():
    page = Page.objects.get(depth=1).add_child(instance=Page(title="A page", slug="a-page"))
    log(instance=page, action="wagtail.create", user=None)
    dropped()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"wagtail.create", "enrollments.drop"} <= actions
