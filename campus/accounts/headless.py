"""The headless API of allauth, as this portal answers it."""

import dataclasses
from typing import Any

from allauth.headless.adapter import DefaultHeadlessAdapter

from portal.holds import hold_on


class HeadlessAdapter(DefaultHeadlessAdapter):
    """Adds to the user what a front end needs first: name, phone, roles, language, timezone."""

    def get_user_dataclass(self) -> Any:
        """The form of a user in answers."""

        def field(name: str, kind: Any, description: str, example: Any) -> Any:
            meta = {"description": description, "example": example}
            return name, kind, dataclasses.field(metadata=meta)

        base = super().get_user_dataclass()
        return dataclasses.make_dataclass(
            "User",
            [
                field("full_name", str, "The full name.", "Nadia Haddad"),
                field("phone", str | None, "The phone number in E.164.", "+12173334666"),
                field("roles", list[str], "The roles held.", ["student"]),
                field("language", str, "The language chosen.", "en"),
                field("timezone", str, "The timezone chosen, or empty.", "America/Chicago"),
                field(
                    "hold", str | None, "Why nothing else is open yet: `two_factor_required`.", None
                ),
            ],
            bases=(base,),
        )

    def user_as_dataclass(self, user: Any) -> Any:
        """``user`` in that form."""
        return self.get_user_dataclass()(
            id=user.pk,
            display=user.get_full_name(),
            email=user.email,
            has_usable_password=user.has_usable_password(),
            full_name=user.full_name,
            phone=user.phone.as_e164 if user.phone else None,
            roles=sorted(user.roles) if user.pk else [],
            language=user.language,
            timezone=user.timezone,
            hold=held.code if user.pk and (held := hold_on(user)) else None,
        )

    def serialize_user(self, user: Any) -> dict[str, Any]:
        """The same keys for everyone, null where there is nothing."""
        return dataclasses.asdict(self.user_as_dataclass(user))
