"""Certificates in the Wagtail admin: templates to design, certificates to read; revoking and superseding
go by the API."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail import hooks
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, ObjectList
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSetGroup
from wagtail.permissions import register_permission_policy

from campus.certificates import rules, services
from campus.certificates.errors import CannotRender
from campus.certificates.models import (
    MOST_SOURCE,
    Certificate,
    CertificateTemplate,
    TemplateVersion,
)
from campus.certificates.previews import LookForm, picture_of
from campus.certificates.rendering import sources
from campus.institutions.admin import ScopedViewSet, ServiceViewSet, scoped_policies
from campus.institutions.reading import AdminsReadTheirs, ReadHistoryView
from campus.institutions.scope import within_scope
from portal.permissions import ADMIN_SITE, requires

scoped_policies(CertificateTemplate)
register_permission_policy(Certificate, AdminsReadTheirs(Certificate))

_CODE = {"rows": 14, "spellcheck": "false", "dir": "ltr"}


class TemplateForm(WagtailAdminModelForm):
    """A template with its look, which the service stores as a version of its own (C6)."""

    html = forms.CharField(
        label=_("HTML"), max_length=MOST_SOURCE, widget=forms.Textarea(attrs=_CODE)
    )
    css = forms.CharField(
        label=_("CSS"), max_length=MOST_SOURCE, required=False, widget=forms.Textarea(attrs=_CODE)
    )
    background = forms.FileField(
        label=_("background"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_("A JPEG or PNG of at most 5 MB, as large as the page."),
    )
    without_background = forms.BooleanField(label=_("Take the background away"), required=False)
    page_size = forms.ChoiceField(label=_("page size"), choices=TemplateVersion.PageSize.choices)
    direction = forms.ChoiceField(label=_("direction"), choices=TemplateVersion.Direction.choices)
    language = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)

    class Media:
        css: ClassVar = {"all": ("css/admin.css",)}
        js = ("js/certificate-preview.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the look that new certificates get, or with one to start from."""
        super().__init__(*args, **kwargs)
        new = self.instance._state.adding
        look = TemplateVersion(**sources.EXAMPLE) if new else self.instance.current
        for name in ("html", "css", "page_size", "direction", "language"):
            self.initial.setdefault(name, getattr(look, name))
        self.fields["html"].help_text = _("Fields: %(fields)s") % {
            "fields": ", ".join(f"{{{{ {name} }}}}" for name in sources.FIELDS)
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what no template may hold (C7), beside the field."""
        data: dict[str, Any] = super().clean()
        if "html" in data and "css" in data:
            for field, told in sources.wrong(data["html"], data["css"]).items():
                self.add_error(field, told)
        return data


class PreviewPanel(HelpPanel):
    """The picture beside the form, which a script draws anew while one types."""

    class BoundPanel(HelpPanel.BoundPanel):
        """For one template, or for a new one."""

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """With the address that draws it."""
            pk = [] if self.instance._state.adding else [self.instance.pk]
            return {
                **super().get_context_data(parent_context),
                "address": reverse("certificatetemplate:preview", args=pk),
            }


class PreviewView(View):
    """A picture of the template as it stands in the form (POST), or what is wrong with it (422)."""

    policy = requires(rules.MANAGE)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: Any = None) -> HttpResponse:
        """Draw it; nothing is stored. 404 for a template out of reach."""
        held = None
        if pk is not None:
            seen = within_scope(CertificateTemplate.objects.all(), request.user)
            held = get_object_or_404(seen.select_related("institution"), pk=pk)
        form = LookForm(request.POST, request.FILES)
        if not form.is_valid():
            return JsonResponse({"errors": form.sentences}, status=422)
        try:
            drawn = picture_of(
                form.cleaned_data,
                held=held.current if held else None,
                place=held.institution.name if held else gettext("The institution's name"),
            )
        except CannotRender as refusal:
            return JsonResponse({"errors": [str(refusal)]}, status=422)
        return HttpResponse(drawn, content_type="image/png")


class CertificateTemplateViewSet(ServiceViewSet):
    """What certificates look like."""

    model = CertificateTemplate
    icon = "doc-full"
    menu_label = _("Certificate templates")
    list_display = ["name", "institution", "is_active"]
    list_filter = ["institution", "is_active"]
    search_fields = ["name"]
    inspect_view_enabled = True
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("institution"), FieldPanel("name")]),
            FieldPanel("is_active"),
            FieldPanel("html"),
            FieldPanel("css"),
            FieldRowPanel([FieldPanel("background"), FieldPanel("without_background")]),
            FieldRowPanel(
                [FieldPanel("page_size"), FieldPanel("direction"), FieldPanel("language")]
            ),
            PreviewPanel(heading=_("Preview"), template="certificates/admin/preview.html"),
        ],
        base_form_class=TemplateForm,
    )

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and the picture."""
        return [
            *super().get_urlpatterns(),
            path("preview/", PreviewView.as_view(), name="preview"),
            path("preview/<uuid:pk>/", PreviewView.as_view(), name="preview"),
        ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> CertificateTemplate:
        """By the service."""
        changes = dict(changes)
        if changes.pop("without_background", False):
            changes["background"] = None
        elif not changes.get("background"):
            changes.pop("background", None)
        return services.write_template(actor=actor, changes=changes, template=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.delete_template(template=held, actor=actor)


class CertificateIndexView(IndexView):
    """What was issued."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> Any:
        """With the institution, in one query."""
        return super().get_base_queryset().select_related("institution")


class CertificateViewSet(ScopedViewSet):
    """Who was certified what; never edited."""

    model = Certificate
    icon = "success"
    menu_label = _("Certificates issued")
    add_to_reference_index = False
    index_view_class = CertificateIndexView
    history_view_class = ReadHistoryView
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    list_display = ["number", "name", "title", "date", "state", "rendered_at"]
    list_filter = ["state", "institution"]
    search_fields = ["number", "name", "title"]
    list_per_page = 50
    inspect_view_fields = [
        *("number", "name", "title", "hours", "date", "institution_name", "reason", "state"),
        *("issued_at", "issued_by", "ended_at", "ended_by", "why_ended", "rendered_at"),
        *("problem", "sha256", "hash"),
    ]


class CertificatesGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Certificates")
    menu_icon = "success"
    menu_order = 331
    items = (CertificateViewSet("certificates_issued"), CertificateTemplateViewSet())


@hooks.register("register_admin_viewset")
def register_certificates() -> CertificatesGroup:
    """Add them to the admin."""
    return CertificatesGroup()


_ACTIONS = [
    ("certificates.issue", _("Issue certificate"), _("Certificate issued")),
    ("certificates.revoke", _("Revoke certificate"), _("Certificate revoked")),
    ("certificates.supersede", _("Supersede certificate"), _("Certificate superseded")),
    ("certificates.add_template", _("Add template"), _("Template added")),
    ("certificates.change_template", _("Change template"), _("Template changed")),
    ("certificates.remove_template", _("Remove template"), _("Template removed")),
]


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log says of certificates."""
    for action, label, message in _ACTIONS:
        actions.register_action(action, label, message)
