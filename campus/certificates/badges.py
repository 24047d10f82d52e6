"""Each certificate as an Open Badges 3.0 credential (C4): a JWT that any verifier checks without asking us.

The proof is the JSON Web Token format of the specification: the payload is the credential itself with the
registered claims beside it, signed by RS256. ``kid`` is the address of the public key, ``issuer.id`` that
of the institution's profile, ``credentialStatus`` that of the list of what was revoked; all three stand
below ``/.well-known/badges/`` and are for everybody.

The same certificate gives the same token, for as long as the key stays.
"""

import base64
import hashlib
import json
import uuid
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from jwt.algorithms import RSAAlgorithm

from campus.certificates.errors import NotOffered
from campus.certificates.models import Certificate
from campus.certificates.queries import verify_address
from campus.institutions.models import Institution

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)


def is_offered() -> bool:
    """Whether this portal has a key to sign badges with."""
    return bool(settings.BADGES_PRIVATE_KEY)


def address(path: str) -> str:
    """An address below the well-known one."""
    return f"{settings.SITE_URL.rstrip('/')}/.well-known/badges/{path}"


@lru_cache(maxsize=4)
def _jwk(private_key: str) -> dict[str, Any]:
    key: Any = serialization.load_pem_private_key(private_key.encode(), password=None)
    found = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    public = {name: found[name] for name in ("kty", "n", "e")}
    return {**public, "kid": _thumbprint(public), "alg": "RS256", "use": "sig"}


def _thumbprint(public: dict[str, Any]) -> str:
    """RFC 7638: the same key has the same name everywhere."""
    text = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def public_key() -> dict[str, Any]:
    """The public key as a JWK. Raises :class:`NotOffered` without one."""
    if not is_offered():
        raise NotOffered
    return _jwk(settings.BADGES_PRIVATE_KEY)


def profile(institution: Institution) -> dict[str, Any]:
    """Who issues: what stands at the issuer's address."""
    return {
        "id": address(f"issuers/{institution.pk}/"),
        "type": ["Profile"],
        "name": institution.name,
        "url": f"{settings.SITE_URL.rstrip('/')}/",
    }


def revocations(institution: Institution) -> dict[str, Any]:
    """What of an institution holds no more: revoked, or superseded."""
    rows = Certificate.objects.filter(institution=institution).exclude(state="valid")
    return {
        "id": address(f"revoked/{institution.pk}/"),
        "issuer": address(f"issuers/{institution.pk}/"),
        "revokedCredential": [
            {"id": f"urn:uuid:{pk}", "revoked": True, "revocationReason": why}
            for pk, why in rows.order_by("ended_at", "pk").values_list("pk", "why_ended")
        ],
    }


def credential(certificate: Certificate) -> dict[str, Any]:
    """The credential without its proof. ``institution`` and ``version`` must be loaded."""
    institution = certificate.institution
    achievement = uuid.uuid5(institution_space(institution), certificate.reason)
    with translation.override(certificate.version.language):
        told = {"title": certificate.title, "institution": certificate.institution_name}
        hours = certificate.hours
        description = (
            _("%(title)s at %(institution)s") % told
            if hours is None
            else _("%(title)s at %(institution)s, %(hours)s hours")
            % {**told, "hours": f"{hours.normalize():f}"}
        )
        narrative = _("Certified by %(institution)s; see %(address)s") % {
            **told,
            "address": verify_address(certificate),
        }
    return {
        "@context": CONTEXT,
        "id": f"urn:uuid:{certificate.pk}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {**profile(institution), "name": certificate.institution_name},
        "validFrom": certificate.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": certificate.title,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": certificate.name,
                    "identityType": "name",
                }
            ],
            "activityEndDate": certificate.date.strftime("%Y-%m-%dT00:00:00Z"),
            "achievement": {
                "id": f"urn:uuid:{achievement}",
                "type": ["Achievement"],
                "achievementType": "Certificate",
                "name": certificate.title,
                "description": description,
                "criteria": {"narrative": narrative},
            },
        },
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": address(f"revoked/{institution.pk}/"),
            "type": "1EdTechRevocationList",
        },
    }


def institution_space(institution: Institution) -> uuid.UUID:
    """The space in which an institution's achievements have their names."""
    return uuid.uuid5(uuid.NAMESPACE_URL, address(f"issuers/{institution.pk}/"))


def signed(certificate: Certificate) -> str:
    """The credential as a signed JWT. Raises :class:`NotOffered` without a key."""
    key = public_key()
    body = credential(certificate)
    claims = {
        "iss": body["issuer"]["id"],
        "jti": body["id"],
        "nbf": int(certificate.issued_at.timestamp()),
    }
    return jwt.encode(
        {**body, **claims},
        settings.BADGES_PRIVATE_KEY,
        algorithm="RS256",
        headers={"typ": "JWT", "kid": address(f"keys/{key['kid']}/")},
    )
