"""Words staff type: what may be sent or kept, and whether the patient wrote while they were typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.usecases.staff_desk import CaseAtHand, PatientWroteSince
from domain.transcript import Author, TranscriptEntry

MAX_STAFF_TEXT = 4_000
"""The shortest limit of any channel we send whole."""

_KEPT_CONTROLS = "\n\t"
_SPACE, _DELETE, _NO_BREAK_SPACE = 0x20, 0x7F, 0xA0
_BROKEN_HALVES = range(0xD800, 0xE000)


class TextFault(StrEnum):
    """Why a text cannot be taken."""

    EMPTY = "empty"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableText:
    """The text is empty, or longer than MAX_STAFF_TEXT characters."""

    fault: TextFault


def cleaned(text: str) -> str:
    """The text without control characters and broken halves of characters, line ends as newlines, edges trimmed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in plain if _is_plain(char)).strip()


def _is_plain(char: str) -> bool:
    code = ord(char)
    control = code < _SPACE or _DELETE <= code < _NO_BREAK_SPACE or code in _BROKEN_HALVES
    return not control or char in _KEPT_CONTROLS


def fault_of(text: str) -> UnusableText | None:
    """What is wrong with a cleaned text, if anything."""
    if not text:
        return UnusableText(fault=TextFault.EMPTY)
    return UnusableText(fault=TextFault.TOO_LONG) if len(text) > MAX_STAFF_TEXT else None


def unseen(case: CaseAtHand, entries: Sequence[TranscriptEntry], seen_seq: int) -> PatientWroteSince | None:
    """What the patient wrote after `seen_seq`, in the transcript or accepted and not yet in it."""
    latest = entries[-1].seq if entries else 0
    newer = [entry for entry in entries if entry.seq > seen_seq]
    beyond_reach = bool(entries) and entries[0].seq > seen_seq + 1
    wrote = any(entry.author is Author.PATIENT for entry in newer)
    if wrote or beyond_reach or case.snapshot.inbox:
        return PatientWroteSince(latest_seq=latest)
    return None
