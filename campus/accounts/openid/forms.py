"""The form of consent (P7)."""

from typing import Any

from allauth.idp.oidc.forms import AuthorizationForm
from django.utils.translation import gettext_lazy as _

from portal.scopes import OPENID


class ConsentForm(AuthorizationForm):
    """What the other system asks for, to be narrowed; who one is goes with it where it was asked."""

    def __init__(self, *args: Any, requested_scopes: list[str], **kwargs: Any) -> None:
        self.requested = list(requested_scopes)
        super().__init__(*args, requested_scopes=requested_scopes, **kwargs)
        scopes: Any = self.fields["scopes"]
        labels = dict(scopes.choices)
        scopes.choices = [(name, labels[name]) for name in self.requested]
        scopes.label = _("It may")
        scopes.required = OPENID not in self.requested
        if "email" in self.fields:
            self.fields["email"].label = _("Which e-mail address it sees")

    @property
    def options(self) -> list[Any]:
        """What can be taken off: all but who one is."""
        return [option for option in self["scopes"] if option.data["value"] != OPENID]

    def clean_scopes(self) -> list[str]:
        """Those that were left on, and ``openid`` where it was asked."""
        chosen = set(self.cleaned_data["scopes"]) | {OPENID}
        return [name for name in self.requested if name in chosen]
