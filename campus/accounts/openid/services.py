"""Writes of the OpenID provider: clients, consents, and the end of what was granted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from portal import audit
from portal.errors import InvalidInput, NotAllowed
from portal.scopes import all_scopes

SIGN_IN = (Client.GrantType.AUTHORIZATION_CODE.value, Client.GrantType.REFRESH_TOKEN.value)
MACHINE = (Client.GrantType.CLIENT_CREDENTIALS.value,)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class ConnectedApp:
    """Another system that holds tokens of a person."""

    client: Client
    scopes: list[Any]
    since: Any
    last: Any


def check_redirect_uri(address: str) -> None:
    """Raise ``InvalidInput`` unless people may be sent to ``address`` with a code.

    https; http only to this machine itself, for programs in development; or an app's own scheme, which
    holds a dot (``org.example.app:/done``). No fragment and no wildcard.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    web = (parts.scheme == "https" and host) or (parts.scheme == "http" and host in LOOPBACK)
    own = "." in parts.scheme and not parts.netloc
    if (
        not (web or own)
        or parts.fragment
        or "#" in address
        or "*" in address
        or "@" in parts.netloc
    ):
        raise InvalidInput(
            _("Each address must be whole and begin with https://."), param="redirect_uris"
        )


def save_client(
    *,
    client: Client,
    name: str,
    is_public: bool,
    redirect_uris: list[str],
    scopes: Iterable[str],
    signs_in: bool,
    acts_alone: bool,
    actor: User,
) -> str:
    """Store a new client or change one; gives the secret of a new confidential one, else nothing.

    What was granted before ends when the client may do less than before. Raises ``NotAllowed`` and, naming
    the field, ``InvalidInput``.
    """
    _require(actor)
    known = [scope.name for scope in all_scopes()]
    wanted = set(scopes)
    if wanted - set(known):
        raise InvalidInput(param="scopes")
    for address in redirect_uris:
        check_redirect_uri(address)
    if signs_in and not redirect_uris:
        raise InvalidInput(_("Enter where people go back to."), param="redirect_uris")
    if not (signs_in or acts_alone):
        raise InvalidInput(_("Choose at least one use."), param="uses")
    if acts_alone and is_public:
        raise InvalidInput(_("Only a client with a secret can act by itself."), param="uses")
    is_new, secret = client._state.adding, ""
    before = {} if is_new else _facts(Client.objects.get(pk=client.pk))
    client.name = name
    client.type = Client.Type.PUBLIC if is_public else Client.Type.CONFIDENTIAL
    client.set_redirect_uris(redirect_uris)
    client.set_scopes([scope for scope in known if scope in wanted])
    client.set_grant_types([*(SIGN_IN if signs_in else ()), *(MACHINE if acts_alone else ())])
    client.set_response_types(["code"] if signs_in else [])
    with transaction.atomic():
        if is_new:
            secret = get_adapter().generate_client_secret()
            client.set_secret(secret)
        client.save()
        after = _facts(client)
        less = ("scopes", "uses", "redirect_uris")
        if before and any(set(before[key]) - set(after[key]) for key in less):
            Token.objects.filter(client=client).delete()
        _record("accounts.openid_client_save", client, actor, before=before, after=after)
    return "" if is_public else secret


def new_secret(*, client: Client, actor: User) -> str:
    """Give a client a new secret and end what the old one got; the secret is told this once."""
    _require(actor)
    if client.type == Client.Type.PUBLIC:
        raise InvalidInput(_("This client has no secret."))
    secret = get_adapter().generate_client_secret()
    client.set_secret(secret)
    with transaction.atomic():
        client.save(update_fields=["secret"])
        Token.objects.filter(client=client).delete()
        _record("accounts.openid_client_secret", client, actor)
    return secret


def delete_client(*, client: Client, actor: User) -> None:
    """Delete a client with all that was granted to it."""
    _require(actor)
    with transaction.atomic():
        _record("accounts.openid_client_delete", client, actor, before=_facts(client))
        Client.objects.filter(pk=client.pk).delete()


def record_consent(*, user: User, client: Client, scopes: list[str]) -> None:
    """Keep in the log that a person let another system know them."""
    after = {"client": client.pk, "scopes": scopes}
    audit.record(
        action="accounts.openid_connect",
        instance=user,
        actor=user,
        after=after,
        label=f"#{user.pk}",
    )


def has_consent(*, user: User, client_id: str, scopes: Iterable[str]) -> bool:
    """Whether this very client holds tokens of the person with all of ``scopes``."""
    tokens = Token.objects.valid().filter(user=user, client_id=client_id)
    granted = {scope for token in tokens for scope in token.get_scopes()}
    return set(scopes) <= granted and bool(granted)


def connected_apps(user: User) -> list[ConnectedApp]:
    """The systems that hold tokens of ``user``, by name."""
    labels = {scope.name: scope.label for scope in all_scopes()}
    tokens = Token.objects.valid().filter(user=user, client__isnull=False)
    used = tokens.order_by().values("client")
    used = used.annotate(since=Min("created_at"), last=Max("created_at"))
    times = {row["client"]: row for row in used}
    granted: dict[str, set[str]] = {}
    for client_id, names in tokens.values_list("client_id", "scopes"):
        granted.setdefault(str(client_id), set()).update(names.split())
    return [
        ConnectedApp(
            client=client,
            scopes=[label for name, label in labels.items() if name in granted[client.pk]],
            since=times[client.pk]["since"],
            last=times[client.pk]["last"],
        )
        for client in Client.objects.filter(pk__in=granted).order_by("name", "pk")
    ]


def disconnect(*, user: User, client_id: str, actor: User) -> bool:
    """Take back what a person granted to one system; False if there was nothing."""
    with transaction.atomic():
        count, _kinds = Token.objects.filter(user=user, client_id=client_id).delete()
        if count:
            audit.record(
                action="accounts.openid_disconnect",
                instance=user,
                actor=actor,
                before={"client": client_id},
                label=f"#{user.pk}",
            )
    return bool(count)


def _facts(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "type": str(client.type),
        "redirect_uris": client.get_redirect_uris(),
        "scopes": client.get_scopes(),
        "uses": client.get_grant_types(),
    }


def _require(actor: User) -> None:
    if not actor.has_perm("accounts.manage_openid_clients"):
        raise NotAllowed


def _record(action: str, client: Client, actor: User, **facts: Any) -> None:
    audit.record(action=action, instance=client, actor=actor, label=client.name, **facts)
