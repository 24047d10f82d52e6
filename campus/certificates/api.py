"""The API of certificates: one's own, whether one holds, and the templates they are made by."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.certificates import badges, queries, rules, services
from campus.certificates.downloads import pdf_answer
from campus.certificates.models import Certificate, CertificateTemplate, TemplateVersion
from campus.institutions.models import Institution
from campus.institutions.scope import within
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ApiView, ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires

MOST_UPLOAD = 10 * 1024 * 1024
"""Bytes of a PDF that is checked; none of ours is larger."""


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    """What was certified, and whether it holds."""

    superseded_by: serializers.PrimaryKeyRelatedField[Certificate] = (
        serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    )
    student: serializers.PrimaryKeyRelatedField[Any] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True
    )
    verify_address = serializers.SerializerMethodField(help_text="What the QR code says.")
    has_pdf = serializers.SerializerMethodField(help_text="Whether the PDF is made.")

    class Meta:
        model = Certificate
        fields = [
            *("id", "number", "hash", "student", "name", "title", "hours", "date"),
            *("institution", "institution_name", "reason", "state", "issued_at", "ended_at"),
            *("why_ended", "superseded_by", "sha256", "has_pdf", "verify_address"),
        ]

    def get_verify_address(self, certificate: Certificate) -> str:
        """The public page."""
        return queries.verify_address(certificate)

    def get_has_pdf(self, certificate: Certificate) -> bool:
        """Whether it can be downloaded."""
        return bool(certificate.pdf)


class VerificationSerializer(serializers.Serializer[Any]):
    """What anyone is told of a certificate (C2); of an unknown one, the state alone."""

    state = serializers.ChoiceField(choices=["valid", "revoked", "superseded", "unknown"])
    is_the_file = serializers.BooleanField(
        required=False, help_text="Of an upload: byte for byte the PDF that was issued."
    )
    number = serializers.CharField(required=False)
    hash = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    hours = serializers.DecimalField(
        max_digits=6, decimal_places=2, required=False, allow_null=True
    )
    date = serializers.DateField(required=False)
    institution_name = serializers.CharField(required=False)
    issued_at = serializers.DateTimeField(required=False)
    ended_at = serializers.DateTimeField(required=False, allow_null=True)
    why_ended = serializers.CharField(required=False)
    follower = serializers.CharField(
        required=False, allow_null=True, help_text="The hash of what it was superseded by."
    )
    sha256 = serializers.CharField(required=False, help_text="Of the PDF; empty until it is made.")


class BadgeSerializer(serializers.Serializer[Any]):
    """A signed Open Badges 3.0 credential."""

    jwt = serializers.CharField(help_text="Header, credential and signature, in the compact form.")


class PdfUploadSerializer(serializers.Serializer[Any]):
    """A PDF that claims to be a certificate."""

    file = serializers.FileField(max_length=200)


class EndingSerializer(serializers.Serializer[Any]):
    """Why; the public page says it."""

    reason = serializers.CharField(max_length=300)


class SupersedeSerializer(EndingSerializer):
    """What the new certificate says otherwise, and why there is one."""

    name = serializers.CharField(max_length=200, required=False)
    title = serializers.CharField(max_length=300, required=False)
    date = serializers.DateField(required=False)
    hours = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=0, required=False, allow_null=True
    )


class TemplateVersionSerializer(serializers.ModelSerializer[TemplateVersion]):
    """One look."""

    class Meta:
        model = TemplateVersion
        fields = ["number", "html", "css", "page_size", "direction", "language", "used_at"]
        read_only_fields = ["number", "used_at"]


class CertificateTemplateSerializer(serializers.ModelSerializer[CertificateTemplate]):
    """A template with the look that new certificates get."""

    institution = serializers.PrimaryKeyRelatedField(queryset=Institution.objects.all())
    current = TemplateVersionSerializer(read_only=True)

    class Meta:
        model = CertificateTemplate
        fields = ["id", "institution", "name", "is_active", "current"]
        validators: list[Any] = []


class TemplateWriteSerializer(serializers.Serializer[Any]):
    """What a template is made of; a look that was used stays, a change makes the next version (C6)."""

    institution = serializers.PrimaryKeyRelatedField(queryset=Institution.objects.all())
    name = serializers.CharField(max_length=200)
    is_active = serializers.BooleanField(required=False)
    html = serializers.CharField(max_length=50_000)
    css = serializers.CharField(max_length=50_000, required=False, allow_blank=True)
    page_size = serializers.ChoiceField(choices=TemplateVersion.PageSize.choices, required=False)
    direction = serializers.ChoiceField(choices=TemplateVersion.Direction.choices, required=False)
    language = serializers.ChoiceField(choices=["en", "ar"], required=False)
    background = serializers.FileField(max_length=200, required=False)


def told_of(found: Certificate | None) -> dict[str, Any]:
    """What anyone may know of a certificate."""
    if found is None:
        return {"state": "unknown"}
    follower = found.superseded_by
    facts = {
        "state": str(found.state),
        "number": found.number,
        "hash": found.hash,
        "name": found.name,
        "title": found.title,
        "hours": found.hours,
        "date": found.date,
        "institution_name": found.institution_name,
        "issued_at": found.issued_at,
        "ended_at": found.ended_at,
        "why_ended": found.why_ended,
        "follower": follower.hash if follower else None,
        "sha256": found.sha256,
    }
    return dict(VerificationSerializer(facts).data)


class VerifyView(ApiView):
    """Whether a certificate holds, for anyone."""

    policy = PUBLIC

    @extend_schema(
        operation_id="certificates_verify",
        summary="Verify a certificate",
        description=(
            "By the hash of its QR code, its number, or the SHA-256 of its PDF (C2). An unknown one is an "
            "answer too: `state` is `unknown`."
        ),
        responses=VerificationSerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        """Valid, revoked, superseded or unknown."""
        return answer(told_of(queries.find(key)))


class VerifyFileView(ApiView):
    """Whether a PDF is byte for byte one that was issued, for anyone."""

    policy = PUBLIC
    rate = "60/min"

    @extend_schema(
        operation_id="certificates_verify_file",
        summary="Verify a PDF",
        description="`is_the_file` says whether it is byte for byte one that was issued (C2).",
        request={"multipart/form-data": PdfUploadSerializer},
        responses=VerificationSerializer,
    )
    def post(self, request: Request) -> Response:
        """Look the file's SHA-256 up; the file is not kept."""
        file = valid(PdfUploadSerializer(data=request.data))["file"]
        found = queries.find(queries.sha256_of(file.chunks()))
        told = {**told_of(found), "is_the_file": found is not None}
        return answer(told)


class CertificateFilter(filters.FilterSet):
    """By student, state and what they are for."""

    class Meta:
        model = Certificate
        fields = ["student", "state", "reason"]


@extend_schema_view(
    list=extend_schema(
        summary="Certificates",
        description="One's own, a parent's children's, an admin's institutions'.",
    ),
    retrieve=extend_schema(summary="A certificate", description="One that may be seen."),
)
class CertificateViewSet(ReadOnlyApiViewSet):
    """Certificates as they were issued."""

    policy = {
        "list": requires(rules.VIEW),
        "retrieve": requires(rules.VIEW),
        "download": requires(rules.VIEW),
        "badge": requires(rules.VIEW),
        "revoke": requires(rules.REVOKE),
        "supersede": requires(rules.REVOKE),
    }
    idempotent = True
    serializer_class = CertificateSerializer
    filterset_class = CertificateFilter
    queryset = Certificate.objects.none()
    ordering = ("-issued_at", "id")
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> "QuerySet[Certificate]":
        """What the caller may see; the rest answers 404."""
        found = Certificate.objects.visible_to(self.request.user)
        return found.select_related("student__user", "user", "institution", "version")

    @extend_schema(
        summary="Download the PDF",
        description="409 `not_rendered` while it is still being made.",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def download(self, request: Request, pk: str) -> HttpResponseBase:
        """The PDF as it was issued."""
        return pdf_answer(self.get_object())

    @extend_schema(
        summary="The certificate as an Open Badge",
        description="A signed Open Badges 3.0 credential in the JWT format (C4), to put into a wallet.",
        responses=BadgeSerializer,
    )
    @action(detail=True, methods=["get"])
    def badge(self, request: Request, pk: str) -> Response:
        """The signed credential."""
        return answer({"jwt": badges.signed(self.get_object())})

    @extend_schema(
        summary="Revoke a certificate",
        description="Admins; the public page says so, with the reason (C6).",
        request=EndingSerializer,
        responses=CertificateSerializer,
    )
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """It holds no more."""
        found = self.get_object()
        data = valid(EndingSerializer(data=request.data))
        row = services.revoke(certificate_id=found.pk, actor=acting_user(request), **data)
        return answer(CertificateSerializer(row).data)

    @extend_schema(
        summary="Supersede a certificate",
        description="Admins; the answer is the new one, which the old one's page names (C6).",
        request=SupersedeSerializer,
        responses={201: CertificateSerializer},
    )
    @action(detail=True, methods=["post"])
    def supersede(self, request: Request, pk: str) -> Response:
        """Another one in its place."""
        found = self.get_object()
        data = valid(SupersedeSerializer(data=request.data))
        row = services.supersede(
            certificate_id=found.pk,
            reason=data.pop("reason"),
            changes=data,
            actor=acting_user(request),
        )
        return answer(CertificateSerializer(row).data, status=201)


@extend_schema_view(
    list=extend_schema(summary="Certificate templates", description="Admins, of their own."),
    retrieve=extend_schema(summary="A certificate template", description="With its current look."),
)
class CertificateTemplateViewSet(ReadOnlyApiViewSet):
    """What certificates look like."""

    policy = requires(rules.MANAGE)
    serializer_class = CertificateTemplateSerializer
    queryset = CertificateTemplate.objects.none()
    filterset_fields = ["institution", "is_active"]
    ordering = ("name", "id")

    def get_queryset(self) -> "QuerySet[CertificateTemplate]":
        """Those of the caller's institutions."""
        return within(CertificateTemplate.objects.with_current(), self.request.user)

    @extend_schema(
        summary="Make a certificate template",
        description="HTML with the fields `{{ name }}`, `{{ title }}`, `{{ qr }}` and others, and CSS (C7).",
        request=TemplateWriteSerializer,
        responses={201: CertificateTemplateSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a template."""
        return self._write(request, None, status=201)

    @extend_schema(
        summary="Change a certificate template",
        description="A look that was used stays; a change of it is the next version (C6).",
        request=TemplateWriteSerializer,
        responses=CertificateTemplateSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a template."""
        return self._write(request, self.get_object(), status=200)

    def _write(self, request: Request, held: CertificateTemplate | None, status: int) -> Response:
        form = TemplateWriteSerializer(data=request.data, partial=held is not None)
        try:
            found = services.write_template(
                actor=acting_user(request), changes=valid(form), template=held
            )
        except Invalid as exc:
            raise serializers.ValidationError(serializers.as_serializer_error(exc)) from None
        return answer(CertificateTemplateSerializer(found).data, status=status)
