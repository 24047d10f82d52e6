"""Every write of clubs: found and edit them, give out offices, take members in and let them go.

One row is locked: the club's. It covers its roles and its members.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from campus.accounts import services as accounts
from campus.accounts.models import User
from campus.clubs import rules
from campus.clubs.errors import (
    ClubNotActive,
    ClubNotFound,
    JoiningClosed,
    MemberNotFound,
    RoleOfAnotherClub,
    StaffOfAnotherInstitution,
    WrongClubState,
    WrongMemberState,
)
from campus.clubs.models import Club, ClubMember, ClubPermission, ClubRole
from campus.notifications.services import close_actions, notify
from campus.people.models import StaffProfile
from portal.audit import record
from portal.errors import InvalidInput, NotAllowed
from portal.pagecache import touch
from portal.roles import Role

EDITABLE = frozenset({"name", "summary", "description", "logo", "joining"})
OF_ADMINS = frozenset({"institution", "slug"})
FIRST_ROLES: tuple[tuple[Any, frozenset[ClubPermission]], ...] = (
    (_("President"), frozenset(ClubPermission)),
    (
        _("Secretary"),
        frozenset(
            {
                ClubPermission.MANAGE_EVENTS,
                ClubPermission.CHECK_IN,
                ClubPermission.MANAGE_MEMBERS,
                ClubPermission.EDIT_CLUB,
            }
        ),
    ),
    (_("Treasurer"), frozenset({ClubPermission.CHECK_IN})),
    (_("Event organizer"), frozenset({ClubPermission.MANAGE_EVENTS, ClubPermission.CHECK_IN})),
    (_("Helper at the door"), frozenset({ClubPermission.CHECK_IN})),
)
_Member = ClubMember.State


def require(actor: Any, permission: str, thing: Any) -> None:
    """Refuse an actor who may not; a club that they may not even see does not exist for them."""
    if actor is None or actor.has_perm(permission, thing):
        return
    if not Club.objects.visible_to(actor).filter(pk=rules.club_id_of(thing)).exists():
        raise ClubNotFound
    raise NotAllowed


def lock_club(club_id: uuid.UUID | str) -> Club:
    """The club's row, locked for writers of its offices and members; raises :class:`ClubNotFound`."""
    found = (
        Club.objects.select_for_update(no_key=True, of=("self",))
        .select_related("institution", "coordinator")
        .filter(pk=club_id)
        .first()
    )
    if found is None:
        raise ClubNotFound
    return found


def touch_club(club: Club) -> None:
    """The public pages that show the club are another from the commit on."""
    touch("clubs", f"club:{club.pk}")


def write_club(*, actor: Any, changes: Mapping[str, Any], club: Club | None = None) -> Club:
    """Found a club with its first offices, or edit one.

    Admins of the institution write all; whoever holds ``edit_club`` there, the words, the logo and how
    to join. Raises :class:`NotAllowed`, ``InvalidInput`` for a name that is taken.
    """
    fields = set(changes) - (EDITABLE | OF_ADMINS)
    if fields:
        raise InvalidInput(param=sorted(fields)[0])
    with transaction.atomic():
        held = club
        if held is None:
            club = Club(**changes)
            require_admin(actor, club)
            if not club.slug:
                club.slug = _free_slug(club.name)
        else:
            club = lock_club(held.pk)
            require(actor, rules.EDIT, club)
            if set(changes) & OF_ADMINS:
                require_admin(actor, club)
        before = {} if held is None else {name: _json(getattr(club, name)) for name in changes}
        for name, value in changes.items():
            setattr(club, name, value)
        if "institution" in changes:
            require_admin(actor, club)
        _check_name(club)
        club.full_clean(validate_unique=False, validate_constraints=False)
        club.save(force_insert=held is None)
        if held is None:
            _first_roles(club)
        record(
            action="clubs.create" if held is None else "clubs.edit",
            instance=club,
            actor=actor,
            before=before,
            after={name: _json(getattr(club, name)) for name in changes},
        )
        touch_club(club)
    return club


def require_admin(actor: Any, club: Club) -> None:
    """Refuse who is no admin of the club's institution."""
    require(actor, rules.ADMINISTER, club)


def _first_roles(club: Club) -> None:
    with override(None):
        names = [(gettext(str(name)), permissions) for name, permissions in FIRST_ROLES]
    ClubRole.objects.bulk_create(
        ClubRole(
            club=club,
            name=name,
            rank=rank,
            **{permission.column: True for permission in permissions},
        )
        for rank, (name, permissions) in enumerate(names, start=1)
    )


def _check_name(club: Club) -> None:
    same = Club.objects.filter(institution=club.institution_id, name=club.name)
    if same.exclude(pk=club.pk).exists():
        raise InvalidInput(_("The institution has a club with this name already."), param="name")
    if Club.objects.filter(slug=club.slug).exclude(pk=club.pk).exists():
        raise InvalidInput(_("Another club has this address."), param="slug")


def _free_slug(name: str) -> str:
    base = slugify(name)[:60] or "club"
    if not Club.objects.filter(slug=base).exists():
        return base
    return f"{base}-{get_random_string(6, 'abcdefghjkmnpqrstuvwxyz23456789')}"


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value.pk)


def set_state(*, club_id: uuid.UUID | str, state: Club.State, actor: Any) -> Club:
    """Pause, wake or dissolve a club (admins). Raises :class:`WrongClubState`."""
    with transaction.atomic():
        club = lock_club(club_id)
        require_admin(actor, club)
        before = club.state
        if state == before:
            return club
        if state not in Club.TRANSITIONS[before]:
            raise WrongClubState(state=before)
        club.state = state
        club.save(update_fields=["state"])
        record(
            action="clubs.set_state",
            instance=club,
            actor=actor,
            before={"state": str(before)},
            after={"state": str(state)},
        )
        touch_club(club)
    return club


def write_role(
    *,
    actor: Any,
    club_id: uuid.UUID | str,
    changes: Mapping[str, Any],
    role: ClubRole | None = None,
) -> ClubRole:
    """Make an office of a club, or change its name and what it lets its holders do (admins)."""
    with transaction.atomic():
        club = lock_club(club_id)
        require_admin(actor, club)
        if role is not None and role.club_id != club.pk:
            raise RoleOfAnotherClub
        held = role
        role = role or ClubRole(club=club)
        before = {} if held is None else {name: _json(getattr(role, name)) for name in changes}
        for name, value in changes.items():
            setattr(role, name, value)
        same = ClubRole.objects.filter(club=club, name=role.name)
        if same.exclude(pk=role.pk).exists():
            raise InvalidInput(_("The club has a role with this name already."), param="name")
        role.full_clean(validate_unique=False, validate_constraints=False)
        role.save()
        record(
            action="clubs.write_role",
            instance=role,
            actor=actor,
            before=before,
            after={name: _json(getattr(role, name)) for name in changes},
        )
    return role


# --- offices --------------------------------------------------------------------------------------
def _give_organizer(user: User, actor: Any) -> None:
    """Whoever runs a club is an organizer of the portal."""
    if not user.has_role(Role.ORGANIZER):
        accounts.set_roles(user=user, roles={*user.roles, Role.ORGANIZER}, actor=actor)


def assign_organizer(
    *, club_id: uuid.UUID | str, user: User, role: ClubRole, actor: Any
) -> ClubMember:
    """Give a person an office of the club (admins); they are a member and an organizer from then on."""
    with transaction.atomic():
        club = lock_club(club_id)
        require_admin(actor, club)
        if role.club_id != club.pk:
            raise RoleOfAnotherClub(param="role")
        _require_active(club)
        _give_organizer(user, actor)
        member = ClubMember.objects.filter(club=club, user=user).first()
        before = _facts(member) if member is not None else {}
        if member is None:
            member = ClubMember(club=club, user=user, since=timezone.now())
        elif member.state == _Member.ACTIVE and member.role_id == role.pk:
            return member
        member.state, member.role = _Member.ACTIVE, role
        member.save()
        record(
            action="clubs.assign_organizer",
            instance=member,
            actor=actor,
            before=before,
            after=_facts(member),
            label=member.audit_label,
        )
        close_actions(target=member.pk)
        notify(
            users=[user],
            type="clubs.role_given",
            params={"club": club.name, "role": role.name},
            path=f"/clubs/{club.slug}/",
        )
    return member


def assign_coordinator(*, club_id: uuid.UUID | str, staff: StaffProfile | None, actor: Any) -> Club:
    """Name the faculty coordinator, of the club's institution and with an account; None for nobody."""
    with transaction.atomic():
        club = lock_club(club_id)
        require_admin(actor, club)
        if staff is not None:
            if staff.institution_id != club.institution_id or staff.user is None:
                raise StaffOfAnotherInstitution(param="staff")
            _give_organizer(staff.user, actor)
        before, club.coordinator = club.coordinator_id, staff
        if before == club.coordinator_id:
            return club
        club.save(update_fields=["coordinator"])
        record(
            action="clubs.assign_coordinator",
            instance=club,
            actor=actor,
            before={"coordinator": before},
            after={"coordinator": club.coordinator_id},
        )
        touch_club(club)
        if staff is not None and staff.user is not None:
            with override(staff.user.language or None):
                _told_of_office(staff.user, club, gettext("coordinator"))
    return club


def assign_head(*, club_id: uuid.UUID | str, user: User | None, actor: Any) -> Club:
    """Name the head of the club; None for nobody. The head is a member and an organizer."""
    with transaction.atomic():
        club = lock_club(club_id)
        require_admin(actor, club)
        if user is not None:
            _give_organizer(user, actor)
            member, made = ClubMember.objects.get_or_create(
                club=club, user=user, defaults={"since": timezone.now()}
            )
            if not made and member.state != _Member.ACTIVE:
                member.state, member.since = _Member.ACTIVE, timezone.now()
                member.save(update_fields=["state", "since"])
        before, club.head = club.head_id, user
        if before == club.head_id:
            return club
        club.save(update_fields=["head"])
        record(
            action="clubs.assign_head",
            instance=club,
            actor=actor,
            before={"head": before},
            after={"head": club.head_id},
        )
        touch_club(club)
        if user is not None:
            with override(user.language or None):
                _told_of_office(user, club, gettext("head"))
    return club


def _told_of_office(user: User, club: Club, role: str) -> None:
    notify(
        users=[user],
        type="clubs.role_given",
        params={"club": club.name, "role": role},
        path=f"/clubs/{club.slug}/",
    )


# --- members --------------------------------------------------------------------------------------
def join(*, club_id: uuid.UUID | str, actor: User) -> ClubMember:
    """Become a member, or ask to (as the club says). Again is harmless.

    Raises :class:`ClubNotFound`, :class:`ClubNotActive`, :class:`JoiningClosed`.
    """
    with transaction.atomic():
        club = lock_club(club_id)
        if not Club.objects.visible_to(actor).filter(pk=club.pk).exists():
            raise ClubNotFound
        require(actor, rules.JOIN, club)
        _require_active(club)
        member = ClubMember.objects.filter(club=club, user=actor).first()
        if member is not None and member.state in {_Member.ACTIVE, _Member.ASKED}:
            return member
        if club.joining == Club.Joining.CLOSED:
            raise JoiningClosed
        at_once = club.joining == Club.Joining.OPEN
        member = member or ClubMember(club=club, user=actor)
        member.since, member.role = timezone.now(), None
        _move(member, _Member.ACTIVE if at_once else _Member.ASKED, actor=actor)
        if not at_once:
            notify(
                users=_deciders(club),
                type="clubs.asked",
                params={"club": club.name, "person": actor.full_name},
                path=f"/clubs/{club.slug}/members/",
                action="accept",
                action_target=member.pk,
            )
    return member


def leave(*, club_id: uuid.UUID | str, actor: User) -> ClubMember:
    """End one's own membership, or take one's request back; an office goes with it."""
    with transaction.atomic():
        try:
            club = lock_club(club_id)
        except ClubNotFound:
            raise MemberNotFound from None
        member = ClubMember.objects.filter(club=club, user=actor).first()
        if member is None:
            raise MemberNotFound
        require(actor, rules.LEAVE, member)
        if member.state == _Member.LEFT:
            return member
        _end(club, member, actor)
    return member


def accept(*, member_id: uuid.UUID | str, actor: Any) -> ClubMember:
    """Take who asked; they are told."""
    return _decide(member_id, _Member.ACTIVE, actor, "clubs.accepted")


def refuse(*, member_id: uuid.UUID | str, actor: Any) -> ClubMember:
    """Do not take who asked; they are told."""
    return _decide(member_id, _Member.REFUSED, actor, "clubs.refused")


def remove(*, member_id: uuid.UUID | str, actor: Any) -> ClubMember:
    """Take a member out of the club; they are told. Holders of an office, admins alone."""
    club_id = _club_of(member_id)
    with transaction.atomic():
        club = lock_club(club_id)
        member = ClubMember.objects.select_related("user").get(pk=member_id)
        require(actor, rules.MEMBERS, member)
        if member.role_id is not None or club.head_id == member.user_id:
            require_admin(actor, club)
        if member.state != _Member.ACTIVE:
            raise WrongMemberState
        _end(club, member, actor)
        notify(
            users=[member.user],
            type="clubs.removed",
            params={"club": club.name},
            path=f"/clubs/{club.slug}/",
        )
    return member


def _decide(member_id: uuid.UUID | str, to: str, actor: Any, telling: str) -> ClubMember:
    club_id = _club_of(member_id)
    with transaction.atomic():
        club = lock_club(club_id)
        member = ClubMember.objects.select_related("user").get(pk=member_id)
        require(actor, rules.MEMBERS, member)
        if member.state != _Member.ASKED:
            raise WrongMemberState
        member.since = timezone.now()
        _move(member, to, actor=actor)
        close_actions(target=member.pk)
        notify(
            users=[member.user],
            type=telling,
            params={"club": club.name},
            path=f"/clubs/{club.slug}/",
        )
    return member


def _club_of(member_id: uuid.UUID | str) -> uuid.UUID:
    found = ClubMember.objects.filter(pk=member_id).values_list("club_id", flat=True).first()
    if found is None:
        raise MemberNotFound
    return found


def _end(club: Club, member: ClubMember, actor: Any) -> None:
    member.role = None
    _move(member, _Member.LEFT, actor=actor)
    close_actions(target=member.pk)
    if club.head_id == member.user_id:
        club.head = None
        club.save(update_fields=["head"])
        touch_club(club)


def _move(member: ClubMember, to: str, *, actor: Any) -> None:
    """Move a membership, and log it; the club's row is locked."""
    before = None if member._state.adding else member.state
    if before is not None and to not in ClubMember.TRANSITIONS[before]:
        raise WrongMemberState
    member.state = to
    member.save()
    if _Member.ACTIVE in {before, to}:
        touch("clubs", f"club:{member.club_id}")  # pages say how many members there are
    record(
        action={
            _Member.ASKED: "clubs.ask_to_join",
            _Member.ACTIVE: "clubs.join",
            _Member.REFUSED: "clubs.refuse",
            _Member.LEFT: "clubs.leave",
        }[_Member(to)],
        instance=member,
        actor=actor,
        before={"state": str(before)} if before else None,
        after={"state": str(to)},
        label=member.audit_label,
    )


def _require_active(club: Club) -> None:
    if club.state != Club.State.ACTIVE:
        raise ClubNotActive


def _facts(member: ClubMember) -> dict[str, Any]:
    return {"state": str(member.state), "role": member.role.name if member.role else ""}


def _deciders(club: Club) -> list[User]:
    """Who decides about members: by a role, as head or as coordinator."""
    ids = set(
        ClubMember.objects.filter(
            club=club, state=_Member.ACTIVE, role__may_manage_members=True
        ).values_list("user_id", flat=True)
    )
    leading = (club.head_id, club.coordinator.user_id if club.coordinator else None)
    ids |= {pk for pk in leading if pk is not None}
    found = User.objects.filter(pk__in=ids, is_active=True, groups__name=Role.ORGANIZER)
    return list(found.distinct())
