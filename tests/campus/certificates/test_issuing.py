"""Certificates: once for a holder and a reason (C1), frozen, revoked and superseded (C6)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from campus.certificates import personal, services
from campus.certificates.errors import (
    CertificateNotFound,
    NotValid,
    TemplateNotUsable,
    TemplateUsed,
)
from campus.certificates.models import Certificate, TemplateVersion
from campus.certificates.services import Award
from portal.errors import InvalidInput, NotAllowed
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 5, 12)


def award(**fields: Any) -> Award:
    if "user" not in fields:
        fields.setdefault("student", factories.student(user=None))
    return Award(**{"title": "Machine learning", "date": DAY, **fields})


def issue(*awards: Award, template: Any = None, reason: str = "event:1", actor: Any = None) -> Any:
    template = template or factories.certificate_template()
    return services.issue(template=template, awards=awards, reason=reason, actor=actor)


def test_c1_a_holder_has_one_certificate_for_a_reason_however_often_it_is_issued() -> None:
    template = factories.certificate_template()
    awards = [award(), award(user=factories.user())]
    first = issue(*awards, template=template)
    jobs = OutboxMessage.objects.filter(actor=services.issuing.RENDER).count()
    again = issue(*awards, award(), template=template)
    assert [one.pk for one in again[:2]] == [one.pk for one in first]
    assert Certificate.objects.count() == 3
    assert jobs == 1
    issue(*awards, template=template)
    assert OutboxMessage.objects.filter(actor=services.issuing.RENDER).count() == 2  # not a third
    assert ModelLogEntry.objects.filter(action="certificates.issue").count() == 3
    other = issue(*awards, template=template, reason="event:2")
    assert {one.pk for one in other}.isdisjoint(one.pk for one in first)


def test_c1_the_database_itself_refuses_a_second_one() -> None:
    held = factories.certificate()
    copy = Certificate.objects.get(pk=held.pk)
    copy.pk = copy.id = None
    copy.number, copy.hash = "2026-AAAA-BBBB", "0" * 32
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)
    copy.reason = "event:other"
    copy.save(force_insert=True)  # (it was for nothing else that it was refused)


def test_c1_thirty_take_as_many_statements_as_one() -> None:
    template = factories.certificate_template()
    issue(award(), template=template, reason="warm")
    counts = []
    for number in (1, 30):
        awards = [award() for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            issue(*awards, template=template, reason=f"event:{number}")
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 9


def test_c1_a_holder_is_one_person() -> None:
    student, user = factories.student(user=None), factories.user()
    for wrong in (award(student=None), award(student=student, user=user)):
        with pytest.raises(InvalidInput):
            issue(wrong)
    with pytest.raises(InvalidInput):
        issue(award(title=" "))
    with pytest.raises(InvalidInput):
        issue(award(), reason=" ")
    assert not Certificate.objects.exists()


def test_c6_what_it_says_is_frozen_whatever_changes_afterwards() -> None:
    student = factories.student(user=None, name="Ada Lovelace")
    template = factories.certificate_template()
    [row] = issue(award(student=student, hours=Decimal("12.5")), template=template)
    student.name = "Ada King"
    student.save()
    place = template.institution
    place.name = "Another name"
    place.save()
    services.write_template(
        actor=None, changes={"css": ".certificate{color:red}"}, template=template
    )

    row = Certificate.objects.get(pk=row.pk)
    assert (row.name, row.hours, row.institution_name) == (
        "Ada Lovelace",
        Decimal("12.50"),
        "Quad University",
    )
    assert (row.version.number, row.version.css) == (1, factories.TEMPLATE["css"])
    assert row.make_hash() == row.hash
    assert len(row.hash) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Another"},
        {"title": "Another"},
        {"hours": 99},
        {"date": dt.date(2020, 1, 1)},
        {"number": "2026-AAAA-AAAA"},
        {"hash": "f" * 32},
        {"reason": "event:2"},
        {"institution_name": "Another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_c6_the_database_refuses_to_change_what_was_issued(change: dict[str, Any]) -> None:
    row = factories.certificate()
    with pytest.raises(IntegrityError, match="certificates_frozen"), transaction.atomic():
        Certificate.objects.filter(pk=row.pk).update(**change)
    Certificate.objects.filter(pk=row.pk).update(problem="No font")  # what is no fact may change
    Certificate.objects.filter(pk=row.pk).update(
        pdf="a.pdf", sha256="1" * 64, rendered_at=row.issued_at
    )
    with pytest.raises(IntegrityError, match="certificates_frozen"), transaction.atomic():
        Certificate.objects.filter(pk=row.pk).update(sha256="2" * 64)


def test_c6_on_postgresql_nothing_that_was_issued_is_deleted() -> None:
    row = factories.certificate()
    if connection.vendor != "postgresql":
        pytest.skip("SQLite empties tables by DELETE")
    with pytest.raises(IntegrityError, match="certificates_kept"), transaction.atomic():
        Certificate.objects.filter(pk=row.pk).delete()


def test_c6_a_used_version_never_changes_and_an_edit_makes_the_next() -> None:
    template = factories.certificate_template()
    services.write_template(actor=None, changes={"css": ".a{}"}, template=template)
    assert template.versions.count() == 1  # not used: changed in its place
    row = factories.certificate(template=template)
    services.write_template(actor=None, changes={"css": ".b{}"}, template=template)
    services.write_template(actor=None, changes={"css": ".b{}"}, template=template)  # no change
    assert [one.css for one in template.versions.order_by("number")] == [".a{}", ".b{}"]
    assert factories.certificate(template=template).version.number == 2
    with pytest.raises(IntegrityError, match="used_version_frozen"), transaction.atomic():
        TemplateVersion.objects.filter(pk=row.version_id).update(html="another")
    with pytest.raises(TemplateUsed):
        services.delete_template(template=template, actor=None)
    with pytest.raises(ProtectedError):
        template.delete()


def test_c6_an_unused_template_goes_and_an_inactive_one_issues_nothing() -> None:
    template = factories.certificate_template()
    services.write_template(actor=None, changes={"is_active": False}, template=template)
    with pytest.raises(TemplateNotUsable):
        issue(award(), template=template)
    services.delete_template(template=template, actor=None)
    assert not TemplateVersion.objects.exists()


def test_c6_revoking_says_why_once_and_is_the_admins() -> None:
    row = factories.certificate(student=factories.student())
    admin = factories.user(Role.ADMIN)
    with pytest.raises(InvalidInput):
        services.revoke(certificate_id=row.pk, reason=" ", actor=admin)
    with pytest.raises(NotAllowed):
        services.revoke(certificate_id=row.pk, reason="Mine", actor=row.student.user)
    with pytest.raises(CertificateNotFound):
        services.revoke(certificate_id=row.pk, reason="No", actor=factories.user(Role.TEACHER))
    stranger = factories.administrator(factories.institution(slug="other"))
    with pytest.raises(CertificateNotFound):
        services.revoke(certificate_id=row.pk, reason="No", actor=stranger)
    assert Certificate.objects.get(pk=row.pk).is_valid

    services.revoke(certificate_id=row.pk, reason="Attended by mistake", actor=admin)
    kept = Certificate.objects.get(pk=row.pk)
    assert (kept.state, kept.why_ended) == ("revoked", "Attended by mistake")
    assert kept.ended_by == admin
    told = row.student.user.notifications.get(type="certificates.revoked")
    assert told.params["reason"] == "Attended by mistake"
    for again in (services.revoke, services.supersede):
        more = {} if again is services.revoke else {"changes": {"name": "X"}}
        with pytest.raises(NotValid):
            again(certificate_id=row.pk, reason="Again", actor=admin, **more)
    [same] = issue(award(student=row.student), reason=row.reason)
    assert same.pk == row.pk  # what was revoked is not issued anew by a job


def test_c6_a_superseded_one_names_its_follower_which_stands_for_the_same() -> None:
    row = factories.certificate(name="Ada Lovelac")
    new = services.supersede(
        certificate_id=row.pk, changes={"name": "Ada Lovelace"}, reason="Misspelled", actor=None
    )
    old = Certificate.objects.get(pk=row.pk)
    assert (old.state, old.superseded_by, old.name) == ("superseded", new, "Ada Lovelac")
    assert (new.name, new.title, new.reason) == ("Ada Lovelace", old.title, old.reason)
    assert new.hash != old.hash
    [held] = issue(award(student=row.student), reason=row.reason)
    assert held == new  # a job that runs again finds the follower
    with pytest.raises(InvalidInput):
        services.supersede(certificate_id=new.pk, changes={"hash": "0"}, reason="No", actor=None)


def test_c6_erasing_the_account_leaves_the_certificate_as_it_was() -> None:
    student = factories.student(name="Ada Lovelace")
    row = factories.certificate(student=student)
    services.revoke(certificate_id=row.pk, reason="No", actor=None)
    personal.erase(student.user)
    kept = Certificate.objects.get(pk=row.pk)
    assert (kept.name, kept.title, kept.why_ended) == ("Ada Lovelace", row.title, "No")
    [told] = personal.export(student.user)
    assert (told["number"], told["name"], told["pdf"]) == (row.number, "Ada Lovelace", None)


def test_p10_parents_see_their_childs_and_nobody_elses() -> None:
    child = factories.student(user=None)
    parent = factories.parent(child)
    theirs, other = factories.certificate(student=child), factories.certificate()
    mine = factories.certificate(user=factories.user(Role.TEACHER))
    seen = Certificate.objects.visible_to
    assert list(seen(parent)) == [theirs]
    assert list(seen(mine.user)) == [mine]
    assert set(seen(factories.user(Role.ADMIN))) == {theirs, other, mine}
    assert not seen(factories.administrator(factories.institution(slug="other"))).exists()
    assert not seen(factories.user(Role.STUDENT)).exists()


@pytest.mark.parametrize(
    ("html", "css", "told"),
    [
        ("{{ name }}{{ title }}", "", "qr"),
        ("{{ name }}{{ title }}{{ qr }}{{ qr }}", "", "more than once"),
        ("{{ name }}{{ title }}{{ qr }}{{ secret }}", "", "secret"),
        ("{{ title }}{{ qr }}<p title='{{ name }}'>", "", "inside of a tag"),
        ("{{ name }}{{ title }}{{ qr }}<script>1</script>", "", "script"),
        ("{{ name }}{{ title }}{{ qr }}<p onclick='x'>", "", "Scripts"),
        ("{{ name }}{{ title }}{{ qr }}<img src='http://x.example/a.png'>", "", "no file"),
        ("{{ name }}{{ title }}{{ qr }}<img src=file:///etc/passwd>", "", "no file"),
        ("{{ name }}{{ title }}{{ qr }}<p style='background:url(//x)'>", "", "no file"),
        ("{{ name }}{{ title }}{{ qr }}", "@import 'a.css'", "@import"),
        ("{{ name }}{{ title }}{{ qr }}", "@page{size:1m}", "@page"),
        ("{{ name }}{{ title }}{{ qr }}", "p{background:url( 'data:x' )}", "no file"),
        ("{{ name }}{{ title }}{{ qr }}", "p{background:\\75rl(x)}", "may not be used"),
        ("{{ name }}{{ title }}{{ qr }}", "</style><img>", "may not be used"),
    ],
)
def test_c7_a_template_that_reaches_out_is_refused_when_it_is_written(
    html: str, css: str, told: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        factories.certificate_template(html=html, css=css)
    assert told in str(refused.value)
    assert not TemplateVersion.objects.exists()
