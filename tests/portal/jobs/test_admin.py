"""Job runs in the Wagtail admin: admins read them, nobody changes them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import NoReverseMatch, reverse

from campus.accounts.models import User
from portal.jobs import enqueue
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
