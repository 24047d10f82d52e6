"""The API of a parent's children, and of the codes by which accounts are taken over (P10)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.people import rules, services
from campus.people.models import Guardianship, Student, StudentInvitation
from campus.people.queries import children_of
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ApiView, ReadOnlyApiViewSet
from portal.permissions import requires


class ChildSerializer(serializers.ModelSerializer[Student]):
    """A child as its parents see it."""

    institution = serializers.CharField(source="institution.name", read_only=True)
    department = serializers.CharField(source="department.name", read_only=True, allow_null=True)
    mentor = serializers.CharField(source="mentor.name", read_only=True, allow_null=True)
    has_account = serializers.SerializerMethodField()

    class Meta:
        model = Student
        fields = [
            *("id", "name", "number", "date_of_birth", "institution", "department", "program"),
            *("semester", "batch", "admission_year", "mentor", "state", "has_account"),
        ]

    def get_has_account(self, student: Student) -> bool:
        """Whether it has taken over an account of its own, and corrects its profile there."""
        return student.user_id is not None


class NewChildSerializer(serializers.Serializer[Any]):
    """A child as a parent tells of it."""

    name = serializers.CharField(max_length=200)
    date_of_birth = serializers.DateField()
    relationship = serializers.ChoiceField(
        choices=Guardianship.Relationship.choices,
        default=Guardianship.Relationship.GUARDIAN,
        help_text="What the caller is to the child.",
    )


class EditChildSerializer(serializers.Serializer[Any]):
    """What a parent corrects of a child without an account; what is not named stays."""

    name = serializers.CharField(max_length=200, required=False)
    date_of_birth = serializers.DateField(required=False)
    semester = serializers.IntegerField(min_value=1, max_value=99, required=False, allow_null=True)
    batch = serializers.CharField(max_length=20, required=False, allow_blank=True)


class InviteSerializer(serializers.Serializer[Any]):
    """To whom a code goes (an e-mail address or a phone), and what it is for."""

    email = serializers.EmailField(required=False, max_length=254)
    phone = serializers.CharField(required=False, max_length=32)
    purpose = serializers.ChoiceField(
        choices=StudentInvitation.Purpose.choices, default=StudentInvitation.Purpose.TAKE_OVER
    )
    relationship = serializers.ChoiceField(
        choices=Guardianship.Relationship.choices, default=Guardianship.Relationship.GUARDIAN
    )


class InvitationSerializer(serializers.ModelSerializer[StudentInvitation]):
    """A code that was sent; the code itself is known to its receiver alone."""

    class Meta:
        model = StudentInvitation
        fields = ["purpose", "sent_to", "created_at", "expires_at"]


class ClaimSerializer(serializers.Serializer[Any]):
    """The code of an invitation, however it is typed."""

    code = serializers.CharField(max_length=40)


ClaimedSerializer = inline_serializer(
    "ClaimedStudent",
    {
        "id": serializers.UUIDField(),
        "name": serializers.CharField(),
        "number": serializers.CharField(),
        "is_own": serializers.BooleanField(help_text="The caller is the student now."),
    },
)


@extend_schema_view(
    list=extend_schema(summary="My children", description="The caller's children, by name (P10)."),
    retrieve=extend_schema(
        summary="A child", description="One child; another family's does not exist (404)."
    ),
)
class ChildViewSet(ReadOnlyApiViewSet):
    """The caller's children."""

    policy = requires(rules.CHILDREN)
    idempotent = True
    serializer_class = ChildSerializer
    queryset = Student.objects.none()
    filter_backends = []
    ordering = ("name", "id")
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> "QuerySet[Student]":
        """Whom the caller cares for now; the rest answers 404."""
        return children_of(self.request.user)

    @extend_schema(
        summary="Add a child",
        description="A student without an account, whom the caller cares for; it gets a number.",
        request=NewChildSerializer,
        responses={201: ChildSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a child."""
        data = valid(NewChildSerializer(data=request.data))
        user = acting_user(request)
        made = services.create_child(guardian=user, actor=user, **data)
        return answer(ChildSerializer(made).data, status=201)

    @extend_schema(
        summary="Edit a child",
        description="Refused (409 `has_own_account`) once the child has an account of its own.",
        request=EditChildSerializer,
        responses=ChildSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct it."""
        child = self.get_object()
        data = valid(EditChildSerializer(data=request.data))
        services.edit_child(student=child, changes=data, actor=acting_user(request))
        return answer(ChildSerializer(child).data)

    @extend_schema(
        summary="Send a code",
        description=(
            "Sends a one-time code by which the child takes over its account (`take_over`), or "
            "another guardian joins (`guardian`). An earlier code of the same purpose ends."
        ),
        request=InviteSerializer,
        responses={201: InvitationSerializer},
    )
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str) -> Response:
        """Send a code."""
        child = self.get_object()
        data = valid(InviteSerializer(data=request.data))
        made = services.invite(student=child, actor=acting_user(request), **data)
        return answer(InvitationSerializer(made).data, status=201)


class ClaimView(ApiView):
    """Using the code of an invitation."""

    policy = requires(rules.CLAIM)
    rate = "20/min"

    @extend_schema(
        operation_id="profile_claim",
        summary="Use a code",
        description=(
            "The caller becomes the account of the student, who keeps number and history, or another "
            "guardian, as the code was made for. It works once."
        ),
        request=ClaimSerializer,
        responses=ClaimedSerializer,
    )
    def post(self, request: Request) -> Response:
        """Use it."""
        data = valid(ClaimSerializer(data=request.data))
        user = acting_user(request)
        student = services.hand_over_account(code=data["code"], user=user)
        return answer(
            {
                "id": student.pk,
                "name": student.name,
                "number": student.number,
                "is_own": student.user_id == user.pk,
            }
        )
