"""Activity points of the demo: categories, a goal, and some that wait for the mentor."""

from campus.institutions.models import Institution
from campus.points import services
from campus.points.models import PointCategory, PointGoal
from home.demo.people import Cast

CATEGORIES = [
    ("SPORT", "Sports and health", 5, 30),
    ("SOCIAL", "Community service", 10, 40),
    ("TECH", "Technical activities", 10, 40),
    ("ART", "Culture and arts", 0, 20),
]
GOAL = 100


def make_points(institution: Institution, cast: Cast) -> None:
    """A goal of a hundred points; the first student has some, and asks for more."""
    categories = [
        PointCategory.objects.create(
            institution=institution, code=code, name=name, minimum=minimum, maximum=maximum
        )
        for code, name, minimum, maximum in CATEGORIES
    ]
    PointGoal.objects.create(institution=institution, total=GOAL)
    sport, social, tech, _art = categories
    asked = [
        (sport, 20, "Campus half marathon", "Finished in two hours; number 1204."),
        (social, 15, "Weekly reading hour at the city library", "Ten Saturdays with the children."),
        (tech, 10, "Weekend of robotics", "Built and drove a line follower."),
    ]
    rows = [
        services.ask(
            student=cast.student,
            category=category,
            points=points,
            title=title,
            note=note,
            actor=cast.student.user,
        )
        for category, points, title, note in asked
    ]
    services.decide(transactions=[row.pk for row in rows[:2]], approve=True, actor=cast.admin)
