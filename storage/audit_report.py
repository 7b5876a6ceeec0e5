"""What verifying the audit log found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AuditFault(StrEnum):
    """What is wrong at a place.

    gap: an entry is missing or out of order; chain: it does not stand on the one before; edited: its columns are not
    those hashed; content: rows it vouches for were changed, removed or added; unvouched: a row no entry vouches for;
    detail: its sealed detail was changed or removed; head: the log does not end where it says; checkpoint: a signed
    checkpoint saw another log; cut: a signed checkpoint saw a longer one; signature: a checkpoint is not rightly
    signed; sink: one of the files of checkpoints is missing what the other holds.
    """

    GAP = "gap"
    CHAIN = "chain"
    EDITED = "edited"
    CONTENT = "content"
    UNVOUCHED = "unvouched"
    DETAIL = "detail"
    HEAD = "head"
    CHECKPOINT = "checkpoint"
    CUT = "cut"
    SIGNATURE = "signature"
    SINK = "sink"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """One fault; `seq` is the entry it shows at (0: the log as a whole), `where` the row or file."""

    fault: AuditFault
    seq: int
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The log as it was found, in one snapshot."""

    entries: int
    vouched_rows: int
    """Inbox and transcript rows whose bytes were hashed anew."""
    erased_details: int
    """Sealed details whose key was destroyed: their commitment stands, their words are gone."""
    root: str
    head: str
    checkpoints: int
    after_checkpoint: int
    """Entries younger than the last checkpoint: a cut there shows only by the log's own head."""
    problems: tuple[AuditProblem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems
