"""A device with passkeys, in software: it answers what a browser would hand on to it (WebAuthn)."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """One key on one device; ``verifies`` is whether it asks for a finger or a PIN."""

    origin: str = "http://testserver"
    host: str = "testserver"
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: str = ""

    def _client_data(self, kind: str, challenge: str) -> bytes:
        facts = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(facts).encode()

    def _about_itself(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + bytes(4)

    def _answer(self, **response: str) -> dict[str, Any]:
        return {
            "id": _b64(self.key_id),
            "rawId": _b64(self.key_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to ``navigator.credentials.create``."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + len(self.key_id).to_bytes(2, "big") + self.key_id + public
        attestation = {
            "fmt": "none",
            "attStmt": {},
            "authData": self._about_itself(ATTESTED) + attested,
        }
        answer = self._answer(
            clientDataJSON=_b64(self._client_data("webauthn.create", asked["challenge"])),
            attestationObject=_b64(cbor.encode(attestation)),
        )
        answer["clientExtensionResults"] = {"credProps": {"rk": True}}
        return answer

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to ``navigator.credentials.get``."""
        client = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        about = self._about_itself(0)
        signed = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=_b64(client),
            authenticatorData=_b64(about),
            signature=_b64(signed),
            userHandle=self.user_handle,
        )
