"""P10: a child takes over its own account with its history; a second parent joins. One code, once."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.accounts import inbox
from campus.people import errors, services
from campus.people.models import Guardianship, Student, StudentInvitation
from campus.people.services import invitations
from learning.enrollments.services import enroll
from portal.errors import InvalidInput
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    child = factories.student(user=None, name="Lina", date_of_birth=dt.date(2010, 1, 2))
    return child, factories.parent(child)


def invited(child, parent, **facts):
    """A code as the message that was sent tells it."""
    facts = facts or {"email": "lina@example.org"}
    services.invite(student=child, actor=parent, **facts)
    row = OutboxMessage.objects.filter(actor=invitations.SEND).latest("pk")
    from portal.jobs.sealed import opened  # noqa: PLC0415

    return opened(row.kwargs)["code"]


def test_p10_a_child_takes_over_its_account_with_number_and_history(family):
    child, parent = family
    section = factories.section()
    enroll(student=child, section_id=section.pk, actor=None)
    code = invited(child, parent)
    user = factories.user(Role.STUDENT, full_name="")
    taken = services.hand_over_account(code=code.lower().replace("-", " "), user=user)
    assert taken.pk == child.pk
    child.refresh_from_db()
    assert child.user == user
    assert (user.full_name, user.date_of_birth) == ("Lina", child.date_of_birth)
    assert child.enrollments.get().section == section
    [entry] = ModelLogEntry.objects.filter(action="people.hand_over")
    assert (entry.user_id, entry.data["after"]["user"]) == (user.pk, user.pk)
    assert Student.objects.visible_to(parent).exists()  # she is under age


def test_p10_the_record_that_registering_made_gives_way_unless_it_has_a_history(family):
    child, parent = family
    fresh, used = factories.student(), factories.student()
    enroll(student=used, section_id=factories.section().pk, actor=used.user)
    code = invited(child, parent)
    with pytest.raises(errors.AlreadyStudent):
        services.hand_over_account(code=code, user=used.user)
    assert Student.objects.get(pk=child.pk).user is None
    assert StudentInvitation.objects.get().used_at is None  # the refusal left the code as it was
    services.hand_over_account(code=code, user=fresh.user)
    assert not Student.objects.filter(pk=fresh.pk).exists()
    assert Student.objects.get(user=fresh.user).number == child.number


def test_p10_a_code_works_once_and_not_for_the_parent(family):
    child, parent = family
    code = invited(child, parent)
    with pytest.raises(errors.OwnGuardian):
        services.hand_over_account(code=code, user=parent)
    services.hand_over_account(code=code, user=factories.user())
    with pytest.raises(errors.InvitationInvalid):
        services.hand_over_account(code=code, user=factories.user())
    with pytest.raises(errors.HasOwnAccount):
        invited(child, parent)


def test_p10_a_code_ends_by_time_by_another_and_by_withdrawal(family):
    child, parent = family
    old = invited(child, parent)
    new = invited(child, parent)
    user = factories.user()
    with pytest.raises(errors.InvitationInvalid):
        services.hand_over_account(code=old, user=user)
    StudentInvitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(errors.InvitationInvalid):
        services.hand_over_account(code=new, user=user)
    third = invited(child, parent)
    assert services.withdraw_invitations(student=child, purpose="take_over", actor=parent) == 1
    with pytest.raises(errors.InvitationInvalid):
        services.hand_over_account(code=third, user=user)
    assert Student.objects.get(pk=child.pk).user is None


def test_p10_a_code_is_the_familys_to_send(family):
    child, _parent = family
    stranger = factories.parent(factories.student(user=None))
    with pytest.raises(errors.StudentNotFound):
        services.invite(student=child, actor=stranger, email="x@example.org")
    assert not StudentInvitation.objects.exists()
    assert not OutboxMessage.objects.filter(actor=invitations.SEND).exists()


@pytest.mark.parametrize(
    ("to", "field"),
    [
        ({}, "email"),
        ({"phone": "12"}, "phone"),
        ({"email": "a@example.org", "phone": "+12173334000"}, "email"),
        ({"email": "a@example.org", "purpose": "king"}, "purpose"),
    ],
)
def test_an_invitation_needs_one_address(family, to, field):
    child, parent = family
    with pytest.raises(InvalidInput) as refusal:
        services.invite(student=child, actor=parent, **to)
    assert refusal.value.param == field


def test_p10_a_second_parent_joins_by_a_code(family):
    child, parent = family
    code = invited(
        child, parent, phone="+1 217 333 4000", purpose="guardian", relationship="father"
    )
    other = factories.user(Role.TEACHER)
    services.hand_over_account(code=code, user=other)
    links = Guardianship.objects.filter(student=child).order_by("pk")
    assert [(link.guardian, link.is_primary) for link in links] == [(parent, True), (other, False)]
    assert links[1].relationship == "father"
    assert Student.objects.visible_to(factories.User.objects.get(pk=other.pk)).count() == 1
    assert Student.objects.get(pk=child.pk).user is None


def test_codes_are_tried_and_sent_so_often_and_no_more(family, monkeypatch):
    child, parent = family
    monkeypatch.setattr(invitations, "TRIES", 3)
    user = factories.user()
    code = invited(child, parent)
    for _ in range(3):
        with pytest.raises(errors.InvitationInvalid):
            services.hand_over_account(code="WRONG-CODES", user=user)
    with pytest.raises(errors.TooManyTries):
        services.hand_over_account(code=code, user=user)
    monkeypatch.setattr(invitations, "INVITATIONS", 2)
    invited(child, parent)
    with pytest.raises(errors.TooManyTries):
        invited(child, parent)


def test_no_table_and_no_log_keeps_a_code_or_an_address(family):
    child, parent = family
    code = invited(child, parent)
    kept = str(list(StudentInvitation.objects.values())) + str(
        list(ModelLogEntry.objects.values()) + list(OutboxMessage.objects.values())
    )
    for secret in (code, code.replace("-", ""), "lina@example.org"):
        assert secret not in kept
    assert StudentInvitation.objects.get().sent_to == "l…@example.org"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_message_tells_code_and_place_and_is_not_sent_for_a_dead_code(family, language):
    from campus.people.tasks import send_invitation  # noqa: PLC0415
    from portal.jobs import GiveUp  # noqa: PLC0415

    child, parent = family
    code = invited(child, parent)
    found = StudentInvitation.objects.get()
    send_invitation(invitation_id=found.pk, language=language, to="lina@example.org", code=code)
    [sent] = mail.outbox
    assert sent.to == ["lina@example.org"]
    assert code in sent.body
    assert re.search(rf"/{language}/claim/", sent.body)
    inbox_before = len(inbox.messages())
    send_invitation(invitation_id=found.pk, language=language, to="+12173334000", code=code)
    assert len(inbox.messages()) == inbox_before + 1
    services.withdraw_invitations(student=child, purpose="take_over", actor=parent)
    with pytest.raises(GiveUp):
        send_invitation(invitation_id=found.pk, language=language, to="x@example.org", code=code)
    assert len(mail.outbox) == 1
