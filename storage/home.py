"""Where things lie in WELLSPOKEN_HOME. Folders are 0700 and files 0600; a wider one is narrowed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one clinic's data."""

    root: Path
    witness_file: Path | None = None

    @property
    def database(self) -> Path:
        """Every sealed row, the queues and the audit log."""
        return self.root / "data" / "wellspoken.db"

    @property
    def backups(self) -> Path:
        """Copies made before an upgrade."""
        return self.root / "data" / "backups"

    @property
    def keys(self) -> Path:
        """Wrapped keys; never in a data backup."""
        return self.root / "keys" / "keys.db"

    @property
    def root_key(self) -> Path:
        """The root secret, where it is kept in a file."""
        return self.root / "keys" / "root.key"

    @property
    def signing_key(self) -> Path:
        """The Ed25519 key checkpoints are signed with."""
        return self.root / "keys" / "audit-signing.key"

    @property
    def checkpoints(self) -> Path:
        """The first sink of signed checkpoints."""
        return self.root / "audit" / "checkpoints.txt"

    @property
    def witness(self) -> Path:
        """The second sink of signed checkpoints: a file on another volume, where the clinic names one."""
        return self.witness_file or self.root / "keys" / "checkpoints.txt"

    @property
    def sinks(self) -> tuple[Path, Path]:
        """Both sinks of signed checkpoints."""
        return self.checkpoints, self.witness

    @property
    def public_key(self) -> Path:
        """What a checkpoint's signature is verified with."""
        return self.root / "audit" / "signing-key.pub"

    @property
    def lock(self) -> Path:
        """Held for life by the one writing process."""
        return self.root / "run" / "store.lock"

    def prepare(self) -> None:
        """Make the folders and the database file, private to their owner."""
        for folder in (self.root, *(self.root / name for name in ("data", "keys", "audit", "run"))):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(_FOLDER_MODE)
        touch_private(self.database)


def touch_private(path: Path) -> None:
    """Make a file readable by its owner alone, before anything is written to it."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _FILE_MODE))
    path.chmod(_FILE_MODE)


def append_durably(path: Path, text: str) -> None:
    """Append to a private file and wait until the disk has it."""
    fresh = not path.exists()
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, _FILE_MODE)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        sync_folder(path.parent)


def write_new_private(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet, durably."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
