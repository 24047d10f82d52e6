"""The job that makes PDFs: each once with the right hash, whatever dies when (C1, C5)."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from campus.certificates import queries, services, tasks
from campus.certificates.errors import CannotRender
from campus.certificates.models import Certificate
from campus.certificates.rendering import fonts
from campus.certificates.services import Award, pdfs
from campus.notifications.models import Notification
from portal.errors import InvalidInput
from tests import factories
from tests.campus.certificates import drawing

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not drawing.CAN_DRAW, reason=drawing.WHY_NOT),
]
DAY = dt.date(2026, 5, 12)


def issued(number: int, reason: str = "event:1", **fields: Any) -> list[Certificate]:
    awards = [
        Award(title="Fair", date=DAY, student=factories.student(user=None, **fields))
        for _ in range(number)
    ]
    return services.issue(
        template=factories.certificate_template(), awards=awards, reason=reason, actor=None
    )


def content(row: Certificate) -> bytes:
    with row.pdf.open("rb") as file:
        return file.read()


def assert_whole(reason: str = "event:1") -> None:
    rows = list(Certificate.objects.filter(reason=reason))
    assert rows
    for row in rows:
        data = content(row)
        assert hashlib.sha256(data).hexdigest() == row.sha256
        assert drawing.codes(data) == [queries.verify_address(row)]
        assert row.name.replace(" ", "") in drawing.text(data)
        assert row.rendered_at
        assert row.problem == ""
    assert len({row.sha256 for row in rows}) == len(rows)


def test_c5_a_job_makes_every_pdf_of_a_reason_in_batches() -> None:
    issued(5)
    other = issued(1, reason="event:2")[0]
    assert queries.progress_of("event:1") == queries.Progress(total=5, done=0)
    assert services.render_all(reason="event:1", batch=2) == 5
    assert queries.progress_of("event:1") == queries.Progress(total=5, done=5)
    assert_whole()
    other.refresh_from_db()
    assert not other.pdf
    assert tasks.render(reason="event:1") == 0  # again makes none


def test_c5_holders_are_told_when_the_pdf_is_there_once() -> None:
    student = factories.student()
    parent = factories.parent(child := factories.student(user=None, name="Bob"))
    awards = [Award(title="Fair", date=DAY, student=one) for one in (student, child)]
    rows = services.issue(
        template=factories.certificate_template(), awards=awards, reason="event:1", actor=None
    )
    assert not Notification.objects.filter(type="certificates.issued").exists()
    tasks.render(reason="event:1")
    tasks.render(reason="event:1")
    mine = Notification.objects.get(user=student.user, type="certificates.issued")
    theirs = Notification.objects.get(user=parent, type="certificates.issued")
    assert mine.params == {"title": "Fair", "number": rows[0].number}
    assert theirs.params["child"] == "Bob"
    assert mine.path == f"/certificates/{rows[0].pk}/"


@pytest.mark.parametrize("moment", ["before the files", "between two files", "before the commit"])
def test_c1_killed_in_the_middle_and_run_again_makes_each_once(
    moment: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Whatever was done when the worker died, the next one does the rest, with hashes that are right."""
    issued(4)
    saved: list[str] = []

    class Killed(BaseException):
        """What a worker that is shot does not survive."""

    def shot(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "before the files":
            patch.setattr(pdfs, "_keep", shot)
        elif moment == "between two files":
            real = pdfs.private_storage()
            save = type(real).save

            def second(self: Any, name: str, data: Any, *args: Any, **kwargs: Any) -> str:
                if len(saved) == 3:
                    raise Killed
                saved.append(name)
                return save(self, name, data, *args, **kwargs)

            patch.setattr(type(real), "save", second)
        else:
            patch.setattr(pdfs.tellings, "tell_issued", shot)
        with pytest.raises(Killed):
            services.render_all(reason="event:1", batch=2)
    done = {row.pk: row.sha256 for row in Certificate.objects.exclude(pdf="")}
    assert len(done) == (2 if moment == "between two files" else 0)

    assert services.render_all(reason="event:1") == (
        2 if len(done) == 0 else 0
    )  # claimed ones wait
    later = timezone.now() + pdfs.LEASE + dt.timedelta(seconds=1)
    monkeypatch.setattr(pdfs.timezone, "now", lambda: later)
    services.render_all(reason="event:1")
    assert_whole()
    for pk, sha256 in done.items():
        assert Certificate.objects.get(pk=pk).sha256 == sha256  # what was there is not made anew


def test_c1_a_slow_worker_that_comes_late_changes_nothing() -> None:
    rows = issued(2)
    slow = pdfs._claim("event:1", 10, timezone.now())
    drawn = pdfs._draw(
        slow[0].version, [pdfs.sources.facts_of(one, "https://other") for one in slow]
    )
    Certificate.objects.update(claimed_until=None)
    services.render_all(reason="event:1")
    before = {row.pk: row.sha256 for row in Certificate.objects.all()}
    assert pdfs._keep(slow, drawn) == []
    assert {row.pk: row.sha256 for row in Certificate.objects.all()} == before
    assert len(rows) == 2
    assert_whole()


def test_c3_a_name_without_a_font_waits_and_keeps_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [stuck] = issued(1, name="李小龙")
    issued(2)
    real = fonts.has_font
    with monkeypatch.context() as patch:
        patch.setattr(fonts, "has_font", lambda sign: sign not in "李小龙" and real(sign))
        assert services.render_all(reason="event:1") == 2
        stuck.refresh_from_db()
        assert "李小龙" in stuck.problem
        assert queries.progress_of("event:1").problem == stuck.problem
    Certificate.objects.update(claimed_until=None)
    assert tasks.render_what_waits() == {"made": 1, "waiting": 0}
    assert_whole()


def test_c3_a_name_of_300_letters_is_cut_and_one_that_no_font_has_says_so() -> None:
    """No name stops a batch, and none leaves its page with boxes on it."""
    template = factories.certificate_template()
    names = ["Wo" * 150, "\U0001f469\u200d\U0001f393 Ada", "e\u0301" * 90]
    rows = services.issue(
        template=template,
        awards=[
            Award(title="Fair", date=DAY, student=factories.student(user=None), name=name)
            for name in names
        ],
        reason="event:1",
        actor=None,
    )
    tasks.render(reason="event:1")
    for row in rows:
        row.refresh_from_db()
    long, emoji, marks = rows
    assert long.name == "Wo" * 100
    assert long.pdf
    assert marks.pdf
    drawable = not fonts.missing_signs(emoji.name)
    assert bool(emoji.pdf) is drawable
    assert bool(emoji.problem) is not drawable


def test_c5_a_machine_without_libraries_issues_and_makes_the_pdfs_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(fonts.LIBRARIES, "libnothing-here.so.0", "libnothing0")
        [row] = issued(1)
        with pytest.raises(CannotRender, match="libnothing0"):
            tasks.render(reason="event:1")
        assert tasks.render_what_waits() == {"made": 0, "waiting": 1}
    row.refresh_from_db()
    assert "libnothing0" in row.problem
    assert row.is_valid
    assert tasks.render_what_waits() == {"made": 1, "waiting": 0}
    assert_whole()


def test_c6_a_background_belongs_to_its_version() -> None:
    with pytest.raises(InvalidInput):
        factories.certificate_template(background=ContentFile(b"GIF89a....", name="a.png"))
    file = ContentFile(drawing.background("#ffcc00"), name="a.png")
    template = factories.certificate_template(background=file)
    row = factories.certificate(template=template, reason="event:1")
    services.write_template(actor=None, changes={"background": None}, template=template)
    assert [bool(one.background) for one in template.versions.order_by("number")] == [True, False]
    tasks.render(reason="event:1")
    row.refresh_from_db()
    assert drawing.picture(content(row)).getpixel((300, 400)) == (255, 204, 0)
