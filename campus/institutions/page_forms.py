"""Forms of pages that point to something of an institution (a module of their own: models import it)."""

from typing import Any

from django.forms import ModelChoiceField
from wagtail.admin.forms.pages import WagtailAdminPageForm


class ScopedPageForm(WagtailAdminPageForm):
    """Offers, to an admin of institutions, what is theirs to point to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from campus.institutions.scope import choices_within  # noqa: PLC0415 (needs the models)

        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, ModelChoiceField) and field.queryset is not None:
                field.queryset = choices_within(field.queryset, self.for_user)
