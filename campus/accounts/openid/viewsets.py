"""Clients of the OpenID provider in the Wagtail admin; the secret is shown once, when it is made."""

from typing import Any, cast

from allauth.idp.oidc.models import Client
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import CreateView, DeleteView, EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from campus.accounts.acting import acting_user
from campus.accounts.openid import services
from portal.errors import DomainError
from portal.exports import ExportedViews
from portal.permissions import requires
from portal.scopes import all_scopes

MANAGE = requires("accounts.manage_openid_clients")
NAME = "openid_clients"


class ClientForm(forms.ModelForm):
    """A client as an admin thinks of it; what OAuth calls grants and response types follows from that."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("People read it when they are asked."),
    )
    is_public = forms.TypedChoiceField(
        label=gettext_lazy("Kind"),
        coerce=lambda value: value == "True",
        choices=[
            ("False", gettext_lazy("On a server: it keeps a secret")),
            ("True", gettext_lazy("In a browser or on a phone: it cannot keep a secret")),
        ],
    )
    uses = forms.MultipleChoiceField(
        label=gettext_lazy("Uses"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("sign_in", gettext_lazy("People sign in to it with their account here")),
            ("alone", gettext_lazy("It acts by itself and reads what is public")),
        ],
    )
    redirect_uris = forms.CharField(
        label=gettext_lazy("Where people go back to"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whole addresses, one on a line."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may ask for"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.choices = [(one.name, f"{one.name}: {one.label}") for one in all_scopes()]
        if self.instance._state.adding:
            self.initial.update({"uses": ["sign_in"], "scopes": ["openid", "profile", "email"]})
            return
        grants = set(self.instance.get_grant_types())
        self.initial.update(
            {
                "name": self.instance.name,
                "is_public": str(self.instance.type == Client.Type.PUBLIC),
                "redirect_uris": self.instance.redirect_uris,
                "scopes": self.instance.get_scopes(),
                "uses": [
                    *(["sign_in"] if set(services.SIGN_IN) & grants else []),
                    *(["alone"] if set(services.MACHINE) & grants else []),
                ],
            }
        )

    def _post_clean(self) -> None:
        """Leave the instance as it is: the service writes."""

    def stored(self, *, actor: Any) -> str:
        """Store it; gives a new secret, if one was made. Raises what the service raises."""
        data = self.cleaned_data
        return services.save_client(
            client=self.instance,
            name=data["name"],
            is_public=data["is_public"],
            redirect_uris=data["redirect_uris"].split(),
            scopes=data["scopes"],
            signs_in="sign_in" in data["uses"],
            acts_alone="alone" in data["uses"],
            actor=actor,
        )


class _Saves:
    """Stores through the service; what it refuses stands at its field."""

    request: HttpRequest
    produced_error_message: str | None = None  # Wagtail's form_invalid tells its own

    def form_valid(self, form: ClientForm) -> HttpResponse:
        try:
            secret = form.stored(actor=acting_user(self.request))
        except DomainError as refusal:
            form.add_error(refusal.param if refusal.param in form.fields else None, str(refusal))
            return self.form_invalid(form)  # type: ignore[attr-defined]
        self.object = form.instance
        return self.saved(secret)

    def saved(self, secret: str) -> HttpResponse:
        raise NotImplementedError


def told(request: HttpRequest, client: Client, secret: str) -> HttpResponse:
    """The page that tells the secret, which is kept nowhere."""
    context = {
        "client": client,
        "secret": secret,
        "index_url": reverse(f"{NAME}:index"),
        "discovery": f"{settings.SITE_URL}{reverse('idp:oidc:configuration')}",
    }
    response = render(request, "accounts/openid/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


class ClientCreateView(_Saves, CreateView):
    """Make a client."""

    policy = MANAGE

    def saved(self, secret: str) -> HttpResponse:
        """Tell its ID, and its secret if it has one."""
        return told(self.request, self.object, secret)


class ClientEditView(_Saves, EditView):
    """Change a client."""

    policy = MANAGE

    def saved(self, secret: str) -> HttpResponse:
        """Back to the list."""
        return HttpResponseRedirect(reverse(f"{NAME}:index"))


class ClientDeleteView(DeleteView):
    """Delete a client and end what was granted to it."""

    policy = MANAGE

    def delete_action(self) -> None:
        """Through the service, which writes the log."""
        services.delete_client(client=self.object, actor=acting_user(self.request))


class ClientIndexView(IndexView):
    """All clients, by name."""

    policy = MANAGE

    def get_list_more_buttons(self, instance: Client) -> list[Any]:
        """Edit, delete, and a new secret where there is one."""
        buttons: list[Any] = super().get_list_more_buttons(instance)
        if instance.type != Client.Type.PUBLIC:
            address = reverse(f"{NAME}:secret", args=[instance.pk])
            buttons.append(Button(_("New secret"), url=address, icon_name="key", priority=50))
        return buttons


class NewSecretView(View):
    """Ask, and then give a client a new secret."""

    policy = MANAGE

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """For admins alone."""
        if not MANAGE.admits(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Ask."""
        client = get_object_or_404(Client, pk=pk)
        context = {"client": client, "index_url": reverse(f"{NAME}:index")}
        return render(request, "accounts/openid/new_secret.html", context)

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Make it and tell it."""
        client = get_object_or_404(Client, pk=pk)
        return told(request, client, services.new_secret(client=client, actor=acting_user(request)))


class ClientViewSet(ExportedViews, ModelViewSet):
    """Other systems that use the portal as their sign-in."""

    model = Client
    icon = "key"
    menu_label = gettext_lazy("Connected systems")
    menu_order = 9400
    add_to_settings_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    search_backend_name = None
    search_fields = ["name", "id"]
    ordering = ["name"]
    list_display = [
        "name",
        Column("id", label=gettext_lazy("Client ID")),
        Column("get_type_display", label=gettext_lazy("Kind")),
        DateColumn("created_at", label=gettext_lazy("Since")),
    ]
    index_view_class = ClientIndexView
    add_view_class = ClientCreateView
    edit_view_class = ClientEditView
    delete_view_class = ClientDeleteView

    def get_form_class(self, for_update: bool = False) -> Any:
        """One form for both."""
        return ClientForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and the new secret."""
        return [
            *super().get_urlpatterns(),
            path("secret/<str:pk>/", NewSecretView.as_view(), name="secret"),
        ]
