"""Clubs of the demo and what they hold: an event that is full with a waiting list, others with room."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from campus.accounts.models import User
from campus.clubs import services as clubs
from campus.clubs.models import Club
from campus.events import services
from campus.events.models import Event
from campus.events.sessions import Slot
from campus.institutions.models import Institution
from campus.venues.models import Hall
from home.demo.people import Cast, make_user
from portal.roles import Role

FULL = "Night of small robots"
PLACES = 12

CLUBS = [
    (
        "Robotics Club",
        "We build what moves, and race it.",
        "Every Tuesday evening in the workshop. No experience is needed: the first thing that you build is "
        "a car that follows a line, and it works on the first evening more often than not.",
        Club.Joining.OPEN,
    ),
    (
        "Debate Society",
        "Both sides of one question, every other week.",
        "Draw a side, get a quarter of an hour, and speak for seven minutes. We travel to tournaments in "
        "spring.",
        Club.Joining.ASK,
    ),
    (
        "Hiking and Climbing Club",
        "Out of town on Saturdays, up the wall on Wednesdays.",
        "Ropes and shoes are ours to lend. Bring water, and a friend who has never climbed.",
        Club.Joining.OPEN,
    ),
]


def make_clubs(institution: Institution, cast: Cast) -> None:
    """Three clubs with their events; the organizer runs the first two, the student is a member of one."""
    organizer = make_user("organizer@quad.example", "Omid Rahman", Role.ORGANIZER)
    robots, debate, hiking = [
        clubs.write_club(
            actor=None,
            changes={
                "institution": institution,
                "name": name,
                "summary": summary,
                "description": text,
                "joining": joining,
            },
        )
        for name, summary, text, joining in CLUBS
    ]
    for club in (robots, debate):
        president = club.roles.order_by("rank")[0]
        clubs.assign_organizer(club_id=club.pk, user=organizer, role=president, actor=cast.admin)
    if cast.student.user is not None:
        clubs.join(club_id=robots.pk, actor=cast.student.user)
    _of_robots(robots, organizer, cast)
    _of_others(debate, hiking, organizer)


def _of_robots(club: Club, organizer: User, cast: Cast) -> None:
    halls = list(Hall.objects.filter(building__institution=club.institution_id).order_by("pk")[:2])
    full = _event(
        club,
        organizer,
        title=FULL,
        summary="Bring a laptop; leave with something that follows a line.",
        description="Kits are there for twelve. Whoever finishes first picks the music.",
        tags=["Technology", "Workshop"],
        capacity=PLACES,
        sessions=[_slot(club, 6, 18, 3)],
        hall_wishes=halls,
    )
    # Sami has a place and Nora is the first who waits: when he cancels, she is in.
    for student in [cast.student, *cast.others[: PLACES - 1], cast.second_student]:
        services.register(event_id=full.pk, student=student, actor=None)
    for student in cast.others[PLACES : PLACES + 2]:
        services.register(event_id=full.pk, student=student, actor=None)
    days = _event(
        club,
        organizer,
        title="Two days of soldering",
        summary="From the first joint to an amplifier that you keep.",
        tags=["Technology", "Workshop"],
        capacity=20,
        takes_daily_attendance=True,
        certificate_days=2,
        sessions=[_slot(club, 16, 10, 5, "Joints and boards"), _slot(club, 17, 10, 5, "Amplifier")],
        hall_wishes=halls[1:],
    )
    for student in cast.others[20:26]:
        services.register(event_id=days.pk, student=student, actor=None)
    services.create_event(
        club=club,
        actor=organizer,
        changes={
            "title": "Spring race of robots",
            "summary": "A draft, for its organizers alone.",
            "sessions": [_slot(club, 60, 14, 4)],
            "hall_wishes": halls,
        },
    )


def _of_others(debate: Club, hiking: Club, organizer: User) -> None:
    _event(
        debate,
        organizer,
        title="Debate: should lectures be recorded?",
        summary="Two teams, seven minutes each, and your vote at the end.",
        description="Everyone is welcome, registered or not; registering keeps you a chair.",
        tags=["Debate"],
        sessions=[_slot(debate, 9, 19, 2)],
        place="Courtyard of the Illini Union",
    )
    hike = _event(
        hiking,
        None,
        title="Sunrise hike at Starved Rock",
        summary="The bus leaves at four in the morning; there is tea.",
        tags=["Outdoors"],
        capacity=30,
        needs_approval=True,
        sessions=[_slot(hiking, 12, 4, 9)],
        place="Bus stop at the Armory",
    )
    services.set_questions(
        event_id=hike.pk,
        actor=None,
        questions=[
            {
                "text": "Which shoes do you need?",
                "kind": "choice",
                "choices": ["I bring my own", "Small", "Large"],
                "is_required": True,
            },
            {"text": "I can walk twelve kilometers", "kind": "yes_no", "is_required": True},
        ],
    )


def _event(club: Club, actor: User | None, **facts: Any) -> Event:
    made = services.create_event(club=club, actor=actor, changes=facts)
    return services.schedule(event_id=made.pk, actor=actor)


def _slot(club: Club, days: int, hour: int, hours: int, title: str = "") -> Slot:
    """A sitting so many days from today, by the clock of the club's institution."""
    zone = ZoneInfo(club.institution.timezone)
    day = timezone.now().astimezone(zone).date() + dt.timedelta(days=days)
    starts = dt.datetime.combine(day, dt.time(hour), tzinfo=zone).astimezone(dt.UTC)
    return Slot(starts, starts + dt.timedelta(hours=hours), title)
