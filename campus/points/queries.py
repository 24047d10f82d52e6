"""What a student's points add up to (A1): the sum of what is approved, never a stored number."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, Sum

from campus.people.models import Student
from campus.points.models import PointCategory, PointGoal, PointTransaction


@dataclass(frozen=True)
class CategoryBalance:
    """One category of a student: ``approved`` as given, ``counted`` cut at the maximum."""

    category: PointCategory
    approved: int
    pending: int

    @property
    def counted(self) -> int:
        """What of it counts; corrections never bring it below nothing."""
        most = self.category.maximum
        return max(0, self.approved if most is None else min(self.approved, most))

    @property
    def missing(self) -> int:
        """What is missing to the minimum."""
        return max(0, self.category.minimum - self.counted)

    @property
    def over(self) -> int:
        """What was given and does not count."""
        return max(0, self.approved - self.counted)


@dataclass(frozen=True)
class Balance:
    """A student's points: each category, and what the program asks for (None: nothing)."""

    required: int | None = None
    categories: list[CategoryBalance] = field(default_factory=list)

    @property
    def total(self) -> int:
        """What counts in all."""
        return sum(one.counted for one in self.categories)

    @property
    def pending(self) -> int:
        """What waits for a decision."""
        return sum(one.pending for one in self.categories)

    @property
    def missing(self) -> int:
        """What is missing to what the program asks for."""
        return max(0, (self.required or 0) - self.total)

    @property
    def is_reached(self) -> bool:
        """Whether the goal and every minimum are reached."""
        return not self.missing and not any(one.missing for one in self.categories)

    @property
    def percent(self) -> int:
        """How much of the goal is reached, 0 to 100."""
        return min(100, self.total * 100 // self.required) if self.required else 0


def balances_of(students: Iterable[Student]) -> dict[uuid.UUID, Balance]:
    """The balance of each student, by id: three queries, however many they are.

    Shown are the active categories of the student's institution, and those with points.
    """
    found = list(students)
    places = {student.institution_id for student in found}
    sums: dict[tuple[uuid.UUID, uuid.UUID], tuple[int, int]] = {}
    rows = (
        PointTransaction.objects.filter(student__in=[student.pk for student in found])
        .exclude(state=PointTransaction.State.REJECTED)
        .order_by()
        .values_list("student_id", "category_id")
        .annotate(
            approved=Sum("points", filter=Q(state="approved"), default=0),
            pending=Sum("points", filter=Q(state="pending"), default=0),
        )
    )
    for student_id, category_id, approved, pending in rows:
        sums[student_id, category_id] = (approved, pending)
    used = {category_id for _student, category_id in sums}
    categories = list(
        PointCategory.objects.filter(
            Q(institution__in=places, is_active=True) | Q(pk__in=used)
        ).order_by("code", "pk")
    )
    goals = {
        (goal.institution_id, goal.program): goal.total
        for goal in PointGoal.objects.filter(institution__in=places)
    }
    balances = {}
    for student in found:
        place = student.institution_id
        balances[student.pk] = Balance(
            required=goals.get((place, student.program), goals.get((place, ""))),
            categories=[
                CategoryBalance(category, *sums.get((student.pk, category.pk), (0, 0)))
                for category in categories
                if (category.is_active and category.institution_id == place)
                or (student.pk, category.pk) in sums
            ],
        )
    return balances


def balance_of(student: Student) -> Balance:
    """One student's balance: three queries."""
    return balances_of([student])[student.pk]
