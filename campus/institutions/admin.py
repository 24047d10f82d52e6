"""The Wagtail admin of what belongs to institutions: lists, forms, filters and choosers within one's reach.

``ScopedViewSet`` is the base of every viewset whose model is bound to institutions; ``ScopedViews`` is mixed
into those that have another base. Whoever manages the whole portal sees no difference.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import BaseForm, ModelChoiceField
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.views.generic.models import CopyView, CreateView, DeleteView, EditView
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permission_policies.base import BasePermissionPolicy
from wagtail.permissions import policy_registry, register_permission_policy

from campus.institutions.directory import every_word
from campus.institutions.scope import (
    Paths,
    administers,
    bond_of,
    choices_within,
    institutions_of,
    is_limited,
    within_scope,
)
from portal.errors import DomainError
from portal.exports import ExportedViews
from portal.permissions import ADMIN_SITE, Policy


class ScopedPolicy(ModelPermissionPolicy):
    """Admins, each for what belongs to their institutions. Register it for a model of one's own."""

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """About one thing: by the group's permission, and within reach."""
        may = super().user_has_permission_for_instance(user, action, instance)
        return may and (not is_limited(user) or administers(user, instance))

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Iterable[str]
    ) -> models.QuerySet[Any]:
        """All that the permission is about, within reach."""
        found = super().instances_user_has_any_permission_for(user, actions)
        return within_scope(found, user) if is_limited(user) else found


class RuledPolicy(BasePermissionPolicy):
    """What the registry of rules says of a model's rows; an action without a rule is nobody's.

    ``actions`` names the rule of each (``view``, ``add``, ``change``, ``delete``); ``reach(user)`` gives the
    rows that there are for ``user``: the rest answers 404.
    """

    def __init__(
        self,
        model: type[models.Model],
        *,
        reach: Callable[[Any], models.QuerySet[Any]],
        **actions: str,
    ) -> None:
        super().__init__(model)
        self.reach, self.actions = reach, actions

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Whether ``user`` may do ``action`` to any row."""
        return action in self.actions and bool(user.has_perm(self.actions[action]))

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        """Whether ``user`` may do one of ``actions``."""
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions: Iterable[str]) -> models.QuerySet[Any]:
        """Nobody by name: rules are asked, not listed."""
        users: models.QuerySet[Any] = get_user_model()._default_manager.none()
        return users

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """About one row: by the rule."""
        return action in self.actions and bool(user.has_perm(self.actions[action], instance))

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Iterable[str]
    ) -> models.QuerySet[Any]:
        """The rows within reach, for who may do one of ``actions``."""
        found = self.reach(user)
        return found if self.user_has_any_permission(user, actions) else found.none()


def scoped_policies(*kinds: type[models.Model]) -> None:
    """Register :class:`ScopedPolicy` for models; at the top of ``wagtail_hooks.py``, before any is asked."""
    for model in kinds:
        register_permission_policy(model, ScopedPolicy(model))


# --- forms --------------------------------------------------------------------------------------


def narrow(form: BaseForm, user: Any) -> None:
    """Let the fields of a form offer only what is within reach; a single institution is chosen already."""
    for name, field in form.fields.items():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            field.queryset = choices_within(field.queryset, user)
            if name == "institution" and form.initial.get(name) is None:
                found = list(field.queryset[:2])
                if len(found) == 1:
                    form.initial[name] = field.initial = found[0].pk


def narrow_all(form: Any, user: Any) -> None:
    """:func:`narrow` for a form and its inline forms, those that are added in the browser included."""
    narrow(form, user)
    for formset in getattr(form, "formsets", {}).values():

        class Narrowed(formset.form):  # type: ignore[name-defined]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                narrow(self, user)

        if "forms" in formset.__dict__:
            for inner in formset.forms:
                narrow(inner, user)
        formset.form = Narrowed


def crossing(instance: models.Model) -> str | None:
    """The first field that points into another institution than the fields before it, if one does.

    A course of one institution in a department of another would be both admins' and nobody's.
    """
    known: set[int] = set()
    for field in instance._meta.concrete_fields:
        target: Any = field.related_model
        if not field.is_relation or not isinstance(bond_of(target), Paths):
            continue
        value = getattr(instance, field.name, None)
        found = institutions_of(value) if value is not None else set()
        if known and found and found != known:
            return str(field.name)
        known = known or found
    return None


# --- views --------------------------------------------------------------------------------------


class ScopedView:
    """Mixed into each view of a viewset: what is out of reach is not listed, found, offered or stored."""

    request: Any

    def get_base_queryset(self) -> models.QuerySet[Any]:
        """The rows of the list (and of its search, its filters and its export)."""
        found = super().get_base_queryset()  # type: ignore[misc]
        policy = policy_registry.get_by_type(found.model)
        if isinstance(policy, RuledPolicy):
            found = found.filter(pk__in=policy.reach(self.request.user).values("pk"))
        return choices_within(found, self.request.user)

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        """The one thing: 404 where it is out of sight, refused where it is not one's to change."""
        found = super().get_object(*args, **kwargs)  # type: ignore[misc]
        user = self.request.user
        policy = policy_registry.get_by_type(type(found))
        if isinstance(policy, RuledPolicy):
            if not policy.reach(user).filter(pk=found.pk).exists():
                raise Http404
        elif is_limited(user) and bond_of(type(found)) is not None:
            seen = within_scope(type(found)._default_manager.filter(pk=found.pk), user)
            if not seen.exists():
                raise Http404
            changes = isinstance(self, EditView | DeleteView | CopyView)
            if changes and not administers(user, found):
                raise PermissionDenied
        return found

    @cached_property
    def filters(self) -> Any:
        """The filters beside the list, without the names of what is out of reach."""
        filters = super().filters  # type: ignore[misc]
        for field in filters.form.fields.values() if filters else ():
            if isinstance(field, ModelChoiceField) and field.queryset is not None:
                field.queryset = choices_within(field.queryset, self.request.user)
        return filters

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """The form, with what is within reach to choose from."""
        form = super().get_form(*args, **kwargs)  # type: ignore[misc]
        narrow_all(form, self.request.user)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        """Store it, unless it would tie two institutions together or leave one's reach."""
        instance, user = getattr(form, "instance", None), self.request.user
        if isinstance(instance, models.Model) and isinstance(bond_of(type(instance)), Paths):
            field = crossing(instance)
            if field is not None:
                form.add_error(
                    field if field in form.fields else None,
                    _("This belongs to another institution."),
                )
                return self.form_invalid(form)  # type: ignore[attr-defined]
            if is_limited(user) and not administers(user, instance):
                form.add_error(None, _("Say to which of your institutions this belongs."))
                return self.form_invalid(form)  # type: ignore[attr-defined]
        return super().form_valid(form)  # type: ignore[misc]


class ScopedViews:
    """Mixed into a viewset: every view it makes is a :class:`ScopedView`."""

    def construct_view(self, view_class: type, **kwargs: Any) -> Any:
        """The view, scoped."""
        if not issubclass(view_class, ScopedView):
            view_class = type(
                view_class.__name__,
                (ScopedView, view_class),
                {"__module__": view_class.__module__, "__doc__": view_class.__doc__},
            )
        return super().construct_view(view_class, **kwargs)  # type: ignore[misc]


class ScopedViewSet(ScopedViews, ExportedViews, ModelViewSet):
    """The base of the viewsets of what belongs to institutions; their lists can be downloaded."""

    search_backend_name = None
    copy_view_enabled = False


class _ScopedChooser:
    request: Any

    def get_object_list(self) -> models.QuerySet[Any]:
        """What there is to choose."""
        return choices_within(super().get_object_list(), self.request.user)  # type: ignore[misc]

    def get_objects(self, pks: Any) -> Any:
        """What was chosen."""
        return choices_within(super().get_objects(pks), self.request.user)  # type: ignore[misc]

    def get_object(self, pk: Any) -> Any:
        """What was chosen; DoesNotExist, and so a 404, for what is out of reach."""
        found = super().get_object(pk)  # type: ignore[misc]
        return choices_within(type(found)._default_manager.all(), self.request.user).get(pk=pk)


class WordsForm(BaseFilterForm):
    """The box above a chooser's list: every word stands in one of the fields ``searched``."""

    searched: tuple[str, ...] = ()
    q = forms.CharField(label=_("Search term"), max_length=100, required=False)

    def filter(self, objects: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Those that fit."""
        found: models.QuerySet[Any] = super().filter(objects)
        self.search_query = self.cleaned_data.get("q", "")
        self.is_searching = bool(self.search_query)
        return found.filter(every_word(self.search_query, *self.searched))


class ScopedChooserViewSet(ChooserViewSet):
    """The base of the choosers of what belongs to institutions.

    Whoever enters the admin may choose, unless ``policy`` says who may. ``searched`` names the fields in
    which words are looked for.
    """

    policy: Policy | None = None
    searched: tuple[str, ...] = ()

    def construct_view(self, view_class: type, **kwargs: Any) -> Any:
        """The view, scoped."""
        members: dict[str, Any] = {
            "__module__": view_class.__module__,
            "__doc__": view_class.__doc__,
        }
        if self.policy is not None:
            members["policy"] = self.policy
        if self.searched and hasattr(view_class, "filter_form_class"):
            form = type("FilterForm", (WordsForm,), {"searched": self.searched})
            members["filter_form_class"] = form
        scoped_class = type(view_class.__name__, (_ScopedChooser, view_class), members)
        return super().construct_view(scoped_class, **kwargs)


# --- writing by services ------------------------------------------------------------------------


class _ByService:
    """What creating, editing and deleting by a service share: a refusal stands above the form."""

    request: Any
    produced_error_message: Any
    service: Any = None

    def form_valid(self, form: Any) -> HttpResponse:
        """Call the service; show the form again with what it refused."""
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except DomainError as refusal:
            at_fault, field = _at_fault(form, refusal.param or "")
            at_fault.add_error(field, str(refusal))
            self.produced_error_message = str(refusal)
            return self.form_invalid(form)  # type: ignore[attr-defined]


def _at_fault(form: Any, param: str) -> tuple[Any, str | None]:
    """The form and field that a refusal names: ``meetings.2.ends`` is one of an inline form."""
    name, _dot, rest = param.partition(".")
    number, _dot, field = rest.partition(".")
    formset = getattr(form, "formsets", {}).get(name)
    if formset is not None and number.isdecimal():
        inner = rows_of(formset)[int(number)]
        return inner, field if field in inner.fields else None
    return form, param if param in form.fields else None


def rows_of(formset: Any) -> list[Any]:
    """The inline forms that are to be rows when it is stored, in their order."""
    return [one for one in formset.forms if one not in formset.deleted_forms and one.cleaned_data]


class ServiceCreateView(_ByService, CreateView):
    """Adding, by ``service(actor, changes, None)``, which writes the log as well."""

    policy = ADMIN_SITE

    def changes(self) -> dict[str, Any]:
        """What the form says, as the service takes it."""
        return dict(self.form.cleaned_data)

    def save_instance(self) -> models.Model:
        """Store it."""
        stored: models.Model = self.service(self.request.user, self.changes(), None)
        return stored


class ServiceEditView(_ByService, EditView):
    """Editing, by ``service(actor, changes, held)``; ``held`` is as the database has it."""

    policy = ADMIN_SITE

    def changes(self) -> dict[str, Any]:
        """What the form says that differs, as the service takes it."""
        return {name: self.form.cleaned_data[name] for name in self.form.changed_data}

    def save_instance(self) -> models.Model:
        """Store it."""
        held = self.model._default_manager.get(pk=self.form.instance.pk)
        stored: models.Model = self.service(self.request.user, self.changes(), held)
        return stored


class ServiceDeleteView(_ByService, DeleteView):
    """Deleting, by ``service(actor, held)``."""

    policy = ADMIN_SITE

    def delete_action(self) -> None:
        """Take it away."""
        self.service(self.request.user, self.object)

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it away, or say on the list why not."""
        try:
            return DeleteView.form_valid(self, form)
        except DomainError as refusal:
            messages.error(self.request, str(refusal))
            return HttpResponseRedirect(self.get_success_url())


class ServiceViewSet(ScopedViewSet):
    """A viewset whose every write is a service's."""

    add_view_class = ServiceCreateView
    edit_view_class = ServiceEditView
    delete_view_class = ServiceDeleteView

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Any:
        """Make (``held`` is None) or change one, and give it."""
        raise NotImplementedError

    def remove(self, actor: Any, held: Any) -> None:
        """Take one away."""
        raise NotImplementedError

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With the service."""
        return {**super().get_add_view_kwargs(**kwargs), "service": self.write}

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With the service."""
        return {**super().get_edit_view_kwargs(**kwargs), "service": self.write}

    def get_delete_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With the service."""
        return {**super().get_delete_view_kwargs(**kwargs), "service": self.remove}
