"""Signed checkpoints of the audit log: their text, their files, and reading them back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.crypto.signer import Signer, Verifier
from storage.home import append_durably

_TITLE = "wellspoken audit checkpoint"
_FIELDS = ("deployment", "size", "root", "head", "at", "key")
_SIGNATURE = "signature "
_BLOCK_END = "\n\n"
_TAIL_BYTES = 8_192
"""Room for a dozen blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log at a size: its tree's root and its chain's head."""

    deployment: str
    size: int
    root: bytes
    head: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """What one file of checkpoints holds: those rightly signed, in order, and how many blocks are not."""

    path: Path
    checkpoints: tuple[Checkpoint, ...]
    forged: int

    @property
    def latest(self) -> Checkpoint | None:
        """The last one."""
        return self.checkpoints[-1] if self.checkpoints else None


def signed_text(checkpoint: Checkpoint, signer: Signer) -> str:
    """The text kept in the sinks, which anyone with the public key can verify."""
    values = (
        checkpoint.deployment,
        str(checkpoint.size),
        base64.b64encode(checkpoint.root).decode(),
        base64.b64encode(checkpoint.head).decode(),
        checkpoint.at.isoformat(),
        signer.verifier.key_id,
    )
    lines = [_TITLE, *(f"{name} {value}" for name, value in zip(_FIELDS, values, strict=True))]
    body = "\n".join(lines) + "\n"
    return body + _SIGNATURE + base64.b64encode(signer.sign(body.encode())).decode() + _BLOCK_END


def append_to(path: Path, text: str) -> None:
    """Add a checkpoint to a sink, durably; after a torn block, on a new line."""
    whole = not path.exists() or path.stat().st_size == 0 or path.read_bytes()[-2:] == _BLOCK_END.encode()
    append_durably(path, text if whole else _BLOCK_END + text)


def read_sink(path: Path, verifier: Verifier) -> Sink:
    """Read a file of checkpoints; a block cut short by a crash, before its signature, counts for nothing."""
    return _read(path, path.read_text(encoding="utf-8", errors="replace") if path.exists() else "", verifier)


def _read(path: Path, text: str, verifier: Verifier) -> Sink:
    found: list[Checkpoint] = []
    forged = 0
    for block in filter(None, (part.strip("\n") for part in text.split(_BLOCK_END))):
        body, marker, signature = block.rpartition("\n" + _SIGNATURE)
        if not marker:
            continue
        checkpoint = _parsed(body) if _is_signed(body + "\n", signature, verifier) else None
        if checkpoint is None:
            forged += 1
        else:
            found.append(checkpoint)
    return Sink(path=path, checkpoints=tuple(found), forged=forged)


def read_tail(path: Path, verifier: Verifier) -> Sink:
    """The last checkpoints of a file, however long it has grown."""
    size = path.stat().st_size if path.exists() else 0
    if size <= _TAIL_BYTES:
        return read_sink(path, verifier)
    with path.open("rb") as file:
        file.seek(size - _TAIL_BYTES)
        _, _, text = file.read().decode("utf-8", "replace").partition(_BLOCK_END)
    return _read(path, text, verifier)


def latest_of(sinks: Sequence[Sink]) -> Checkpoint | None:
    """The largest checkpoint any sink holds."""
    held = [checkpoint for sink in sinks for checkpoint in sink.checkpoints]
    return max(held, key=lambda checkpoint: checkpoint.size, default=None)


def _is_signed(body: str, signature: str, verifier: Verifier) -> bool:
    try:
        return verifier.is_signed(body.encode(), base64.b64decode(signature, validate=True))
    except (binascii.Error, ValueError):
        return False


def _parsed(body: str) -> Checkpoint | None:
    title, *lines = body.split("\n")
    pairs = [line.partition(" ") for line in lines]
    if title != _TITLE or tuple(name for name, _, _ in pairs) != _FIELDS:
        return None
    deployment, size, root, head, at, _key = (value for _, _, value in pairs)
    try:
        return Checkpoint(
            deployment=deployment,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            head=base64.b64decode(head, validate=True),
            at=datetime.fromisoformat(at),
        )
    except ValueError:
        return None
