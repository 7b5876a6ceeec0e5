"""What every NLU engine can do: turn one message into an Understanding. Must not know dialogue, storage or channels."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.understanding import ParseContext, Understanding


class NluEngine(Protocol):
    """Understands a message. CPU work without I/O; callers run it in one thread of their own."""

    @property
    def name(self) -> str:
        """The engine's short name, put into `Understanding.engine`."""
        ...

    def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        """Understand `text` as written in answer to what `context` tells; `now` is aware and anchors "tomorrow".

        Never raises for what the text says; raises UnknownLanguageError when the context's language is not enabled.
        """
        ...
