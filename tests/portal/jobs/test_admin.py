"""Job runs in the Wagtail admin: admins read them, nobody changes them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from portal.jobs import enqueue, outbox
from portal.models import JobRun, OutboxMessage


@pytest.mark.django_db
def test_admins_see_job_runs_and_jobs(admin: User, sign_in: Callable[..., Any]) -> None:
    run = JobRun.objects.create(name="portal.tasks.clean_up", error="disk full")
    job = enqueue("portal.tests.nothing", secret="canary-4711")
    client = sign_in(admin)
    assert b"portal.tasks.clean_up" in client.get(reverse("job_runs:index")).content
    assert b"disk full" in client.get(reverse("job_runs:inspect", args=[run.pk])).content
    assert b"portal.tests.nothing" in client.get(reverse("jobs:index")).content
    assert b"canary-4711" not in client.get(reverse("jobs:inspect", args=[job.pk])).content


@pytest.mark.django_db
def test_nobody_else_sees_them_and_nobody_changes_them(
    admin: User, editor: User, sign_in: Callable[..., Any]
) -> None:
    run = JobRun.objects.create(name="portal.tasks.clean_up")
    assert sign_in(editor).get(reverse("job_runs:index")).status_code in {302, 403}
    client = sign_in(admin)
    for name, args in (("add", []), ("edit", [run.pk]), ("delete", [run.pk])):
        try:
            address = reverse(f"job_runs:{name}", args=args)
        except NoReverseMatch:
            continue
        assert client.post(address).status_code in {302, 403, 404}
    assert JobRun.objects.get().name == "portal.tasks.clean_up"
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_failed_job_is_found_and_tried_again(admin: User, editor: User, sign_in: Any) -> None:
    now = timezone.now()
    made = {
        name: OutboxMessage.objects.create(
            actor="portal.tasks.prune_streams", due_at=now, attempts=8, **fields
        )
        for name, fields in (
            ("failed", {"failed_at": now, "last_error": "gone"}),
            ("done", {"done_at": now}),
            ("lost", {"failed_at": now, "kwargs": {"secret_is": "gone"}}),
        )
    }
    client = sign_in(admin)
    listed = client.get(reverse("jobs:index") + "?state=failed").context["page_obj"]
    assert {job.pk for job in listed} == {made["failed"].pk, made["lost"].pk}
    address = reverse("jobs:retry", args=[made["failed"].pk])
    assert client.get(address).status_code == 200
    assert sign_in(editor).post(address).status_code in {302, 403}
    assert OutboxMessage.objects.get(pk=made["failed"].pk).failed_at is not None
    for job in made.values():
        assert client.post(reverse("jobs:retry", args=[job.pk])).status_code == 302
    again = OutboxMessage.objects.get(pk=made["failed"].pk)
    assert (again.failed_at, again.attempts) == (None, 0)
    assert outbox.run(again.pk)
    assert OutboxMessage.objects.get(pk=again.pk).done_at is not None
    assert OutboxMessage.objects.get(pk=made["lost"].pk).failed_at is not None
    assert ModelLogEntry.objects.filter(action="jobs.retry", user=admin).count() == 1
