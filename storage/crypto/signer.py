"""Ed25519 signatures over audit checkpoints, with a key of their own beside the root secret, not under it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.errors import RootKeyError
from storage.home import write_new_private

_KEY_BYTES = 32


class Verifier:
    """Checks signatures with a public key."""

    def __init__(self, public: bytes) -> None:
        self._public = Ed25519PublicKey.from_public_bytes(public)
        self.public = public
        self.key_id = hashlib.sha256(public).hexdigest()[:16]

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The public key in a file. Raises RootKeyError when it is missing or malformed."""
        return cls(_key_in(path))

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, over this message."""
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """Signs with the private key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.verifier = Verifier(private.public_key().public_bytes_raw())

    @classmethod
    def open(cls, private_path: Path, public_path: Path, *, may_create: bool) -> Self:
        """The key in a file; a new home gets one. Raises RootKeyError when it is missing, malformed or not the pair."""
        for path in () if may_create else (private_path, public_path):
            if not path.exists():
                raise RootKeyError(f"{path}: the audit signing key is missing; put it back")
        if not private_path.exists():
            fresh = Ed25519PrivateKey.generate()
            write_new_private(private_path, base64.b64encode(fresh.private_bytes_raw()) + b"\n")
        signer = cls(Ed25519PrivateKey.from_private_bytes(_key_in(private_path)))
        if not public_path.exists():
            write_new_private(public_path, base64.b64encode(signer.verifier.public) + b"\n")
        elif _key_in(public_path) != signer.verifier.public:
            raise RootKeyError(f"{public_path}: not the public half of {private_path.name}")
        return signer

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(message)


def _key_in(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except FileNotFoundError as error:
        raise RootKeyError(f"{path}: the key is missing; put it back") from error
    except (OSError, binascii.Error, ValueError) as error:
        raise RootKeyError(f"{path}: found something that is not a key in base64") from error
    if len(key) != _KEY_BYTES:
        raise RootKeyError(f"{path}: found {len(key)} bytes; expected {_KEY_BYTES}, in base64")
    return key
