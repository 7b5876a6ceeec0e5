"""Keys from keys (HKDF-SHA256) and keys inside keys (AES-256-GCM), each bound to what it is for."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.crypto.pae import pae

KEY_BYTES = 32
NONCE_BYTES = 12


def derived(secret: bytes, *purpose: bytes | str | int, length: int = KEY_BYTES) -> bytes:
    """A key of its own for one purpose."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=pae(*purpose)).derive(secret)


def wrapped(key: bytes, *, under: bytes, bound_to: bytes) -> bytes:
    """A key sealed under another: nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(under).encrypt(nonce, key, bound_to)


def unwrapped(blob: bytes, *, under: bytes, bound_to: bytes) -> bytes | None:
    """The key back, or None when it was sealed under another key or for another purpose."""
    try:
        return AESGCM(under).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        return None
