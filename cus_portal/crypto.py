"""Encryption of single columns (PESEL, access codes) and the blind index that finds them again.

AES-GCM with a fresh nonce; the first of settings.FIELD_KEYS encrypts, all of them decrypt, so keys can be rotated.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12


def _ciphers():
    return [AESGCM(hashlib.sha256(key.encode()).digest()) for key in settings.FIELD_KEYS]


def encrypt(text, *, purpose):
    """Return the text sealed for one purpose; a value copied into another column will not open there."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = _ciphers()[0].encrypt(nonce, text.encode(), purpose.encode())
    return base64.b64encode(nonce + sealed).decode()


def decrypt(token, *, purpose):
    """Return the text; ValueError when no key of settings.FIELD_KEYS opens it."""
    raw = base64.b64decode(token)
    for cipher in _ciphers():
        try:
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except InvalidTag:
            continue
    raise ValueError(f"A value of {purpose} cannot be opened with the keys in FIELD_KEYS.")


def blind_index(text):
    """Return a keyed hash by which an encrypted value can be found and kept unique."""
    return hmac.new(settings.BLIND_INDEX_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text that is ciphertext in the database. An empty string stays empty."""

    @property
    def purpose(self):
        model = getattr(self.model, "pgh_tracked_model", self.model)  # the history holds the ciphertext of the row
        return f"{model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypt(value, purpose=self.purpose) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypt(value, purpose=self.purpose) if value else value

    def get_lookup(self, lookup_name):
        if lookup_name not in {"isnull", "exact", "df"}:  # "df": what the history triggers compare old and new with
            raise TypeError(f"{self.purpose} is encrypted; look it up by its blind index.")
        return super().get_lookup(lookup_name)
