"""The demo's folder: marked as one, filled once, and emptied only if it is marked."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.errors import RefusedToStartError

_MARK = "DEMO"
_FILLED = "FILLED"
CLOCK = "clock.json"
_THROWN_AWAY = ("data", "keys", "audit")


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A home that holds nothing but fiction. Another folder is refused, whatever is asked of it."""

    root: Path

    @property
    def clock(self) -> Path:
        """Where the demo's clock is remembered."""
        return self.root / CLOCK

    @property
    def filled(self) -> bool:
        """Whether the scene was set to its end; a start that was cut short has to begin anew."""
        return (self.root / _FILLED).exists()

    def prepare(self) -> None:
        """Mark an empty folder as a demo's. Raises RefusedToStartError for a folder that holds something else."""
        if self.root.exists() and any(self.root.iterdir()) and not self._marked:
            raise RefusedToStartError(f"{self.root} is not a demo home; set WELLSPOKEN_HOME to another folder")
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.root / _MARK).write_text("A demo home: fictional data only.\n", encoding="utf-8")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other demo out of this home. Raises RefusedToStartError where one is running."""
        with (self.root / _MARK).open(encoding="utf-8") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RefusedToStartError(
                    f"a demo is running in {self.root} already; stop it, or set WELLSPOKEN_HOME to another folder"
                ) from error
            yield

    def mark_filled(self) -> None:
        """The scene is set."""
        (self.root / _FILLED).write_text("", encoding="utf-8")

    def clear(self) -> None:
        """Throw away all that was kept here; whoever asks has the home `held` and its store closed.

        Raises RefusedToStartError unless the folder bears the demo's mark. Cut short, the next start does it again.
        """
        if not self._marked:
            raise RefusedToStartError(f"{self.root} bears no demo mark: nothing was thrown away")
        (self.root / _FILLED).unlink(missing_ok=True)
        self.clock.unlink(missing_ok=True)
        for name in _THROWN_AWAY:
            folder = self.root / name
            if not folder.exists():
                continue
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise RefusedToStartError(f"{folder} cannot be removed ({error.strerror or error})") from error

    @property
    def _marked(self) -> bool:
        return (self.root / _MARK).is_file()
