"""What the settings need before Django is up: required secrets, and development's own."""

import secrets
from pathlib import Path

import environ
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured


def require(env: environ.Env, name: str) -> str:
    """The variable ``name``; stops the start with a sentence that names it if it is missing (O5)."""
    value: str = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. In production Quad starts only with it; see the table in README.md."
        )
    return value


def _kept(path: Path, make: str) -> str:
    """The text in ``path``; written as ``make`` with owner-only rights the first time."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make)
    return path.read_text()


def development_secret(folder: Path) -> str:
    """A secret key of this machine's own, so that none stands in the repository."""
    path = folder / "secret_key"
    return path.read_text() if path.exists() else _kept(path, secrets.token_urlsafe(50))


def development_field_key(folder: Path) -> str:
    """A key of this machine's own, for fields that are encrypted at rest."""
    return _kept(folder / "field_key", Fernet.generate_key().decode())


def development_rsa_key(folder: Path, name: str = "jwt_key.pem") -> str:
    """A private RSA key (PEM) of this machine's own, to sign tokens with."""
    path = folder / name
    if path.exists():
        return path.read_text()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _kept(path, pem.decode())
