"""The root secret: 32 bytes from a private file (made on first use) or from a setting."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from storage.errors import RootKeyError
from storage.home import write_new_private

ROOT_BYTES = 32


def root_from_text(text: str, *, source: str) -> bytes:
    """The secret from its base64 form. Raises RootKeyError naming the source, never what it held."""
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RootKeyError(f"{source}: found something that is not base64; expected a root key") from error
    if len(secret) != ROOT_BYTES:
        raise RootKeyError(f"{source}: found {len(secret)} bytes; expected {ROOT_BYTES}, in base64")
    return secret


def root_from_file(path: Path, *, may_create: bool) -> bytes:
    """The secret in a file; a new home gets one. Raises RootKeyError when it is missing where it must not be."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        if not may_create:
            raise RootKeyError(
                f"{path}: the root key is missing; put back the one this home was sealed with"
            ) from error
        secret = os.urandom(ROOT_BYTES)
        write_new_private(path, base64.b64encode(secret) + b"\n")
        return secret
    except (OSError, UnicodeDecodeError) as error:
        raise RootKeyError(f"{path}: the root key cannot be read") from error
    path.chmod(0o600)
    return root_from_text(text, source=str(path))
