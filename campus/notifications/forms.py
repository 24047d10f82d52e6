"""Forms of notifications: what comes when, and how a mail is stopped (N2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campus.notifications import preferences, registry
from campus.notifications.models import Channel, Timing


@dataclass(frozen=True)
class Choice:
    """One thing that the form asks: the timing of a type, or of a whole group, by a channel."""

    field: str
    channel: Channel
    before: str
    type: str = ""
    group: str = ""


class PreferencesForm(forms.Form):
    """When each type comes by each channel, and for each group one field that sets all its types.

    A group whose types differ shows ``–``; only if it is set to something else it speaks for its types.
    A field that is not sent is left as it is.
    """

    def __init__(self, *args: Any, chosen: Mapping[tuple[str, str], Timing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices: list[Choice] = []
        names = {kind.group for kind in registry.listed_types()}
        self.groups = sorted(names, key=lambda name: str(registry.group_label(name)))
        for group in self.groups:
            kinds = registry.types_of(group)
            for channel in Channel:
                free = {chosen[kind.name, channel] for kind in kinds if not kind.mandatory}
                if free:
                    before = free.pop() if len(free) == 1 else ""
                    self._ask(Choice(f"{group}:{channel}", channel, before, group=group))
                for kind in kinds:
                    name, before = f"{kind.name}:{channel}", chosen[kind.name, channel]
                    self._ask(Choice(name, channel, before, type=kind.name), kind.mandatory)

    def _ask(self, choice: Choice, mandatory: bool = False) -> None:
        label = str(
            registry.group_label(choice.group) if choice.group else registry.find(choice.type).label
        )
        options = list(Timing.choices)
        if not choice.before:
            options = [("", _("– differs –")), *options]
        self.fields[choice.field] = forms.ChoiceField(
            label=label,
            choices=options,
            initial=choice.before,
            required=False,
            disabled=mandatory,
            widget=forms.Select(
                attrs={"aria-label": f"{label} – {choice.channel.label}", "class": "form-select"}
            ),
        )
        if not mandatory:
            self.choices.append(choice)

    def rows(self) -> Iterator[dict[str, Any]]:
        """For the page: each group with its fields, and its types with theirs."""
        for group in self.groups:
            kinds = registry.types_of(group)
            yield {
                "name": group,
                "label": registry.group_label(group),
                "fields": self._fields(group),
                "types": [
                    {
                        "label": kind.label,
                        "mandatory": kind.mandatory,
                        "fields": self._fields(kind.name),
                    }
                    for kind in kinds
                ],
            }

    def _fields(self, name: str) -> list[tuple[str, Any]]:
        return [
            (str(channel.label), self[f"{name}:{channel}"])
            for channel in Channel
            if f"{name}:{channel}" in self.fields
        ]

    def changes(self) -> list[dict[str, str]]:
        """What is to be other than it was, as arguments of ``preferences.choose``; groups first."""
        told: list[dict[str, str]] = []
        spoken = set()
        for one in self.choices:
            timing = self.cleaned_data[one.field]
            if not timing or timing == one.before:
                continue
            if one.group:
                spoken.add((one.group, one.channel))
                told.append({"group": one.group, "channel": one.channel, "timing": timing})
            elif (registry.find(one.type).group, one.channel) not in spoken:
                told.append({"type": one.type, "channel": one.channel, "timing": timing})
        return told


class UnsubscribeForm(forms.Form):
    """How much is stopped: what the mail was about, or every mail that can be."""

    scope = forms.ChoiceField(
        label=_("What should stop?"),
        choices=[(preferences.ONE, ""), (preferences.ALL, "")],
        initial=preferences.ONE,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, label: str | Promise, **kwargs: Any) -> None:
        """``label`` names what the mail was about."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scope"]
        field.choices = [
            (preferences.ONE, _("Only this: %(what)s") % {"what": label}),
            (preferences.ALL, _("All mail that I may stop")),
        ]
