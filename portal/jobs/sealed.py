"""Secrets on their way through the outbox: encrypted while a job waits, gone when it is over."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.crypto import salted_hmac

NAME = "sealed"


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [salted_hmac("portal.jobs.sealed", "", s, algorithm="sha256").digest() for s in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def seal(facts: Mapping[str, Any]) -> str:
    """``facts`` (JSON) encrypted with a key made of ``SECRET_KEY``."""
    return _box().encrypt(json.dumps(facts, cls=DjangoJSONEncoder).encode()).decode()


def opened(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """What a job is called with; raises ``InvalidToken`` where the key is another one now."""
    plain = emptied(kwargs)
    if NAME in kwargs:
        plain |= json.loads(_box().decrypt(kwargs[NAME].encode()))
    return plain


def emptied(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """``kwargs`` without what was sealed."""
    return {name: value for name, value in kwargs.items() if name != NAME}
