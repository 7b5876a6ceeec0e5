"""What came of an act, as the page tells it: a code, a line, and whether it was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.usecases.add_note import Noted
from bot.usecases.claim_handoff import Claimed
from bot.usecases.hand_back import HandedBack
from bot.usecases.reply_as_staff import CannotReach, Replied
from bot.usecases.staff_desk import (
    CaseClosed,
    HeldByColleague,
    NoSuchCase,
    NotClaimed,
    PatientWroteSince,
    TryAgain,
)
from bot.usecases.staff_words import MAX_STAFF_TEXT, TextFault, UnusableText
from bot.web.inbox.words import Words

AnyOutcome = (
    Claimed
    | Replied
    | Noted
    | HandedBack
    | NoSuchCase
    | CaseClosed
    | HeldByColleague
    | NotClaimed
    | PatientWroteSince
    | UnusableText
    | CannotReach
    | TryAgain
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`status` is the HTTP status for an act that was not done; `latest_seq` moves a page on to what is there now."""

    code: str
    line: str
    done: bool = False
    status: int = 409
    latest_seq: int | None = None


def told(outcome: AnyOutcome, words: Words) -> Told | None:  # noqa: C901, PLR0911, PLR0912 one branch a kind
    """The telling, or None for a case that is not there for this person."""
    match outcome:
        case Claimed(already=already):
            return _done("already_yours" if already else "claimed", words)
        case Replied():
            return _done("sent", words)
        case Noted():
            return _done("noted", words)
        case HandedBack():
            return _done("handed_back", words)
        case NoSuchCase():
            return None
        case HeldByColleague(name=name):
            return Told(code="held", line=words.say("told", "held", name=name))
        case PatientWroteSince(latest_seq=latest_seq):
            return Told(code="patient_wrote", line=words.say("told", "patient_wrote"), latest_seq=latest_seq)
        case UnusableText(fault=TextFault.EMPTY):
            return Told(code="empty", line=words.say("told", "empty"), status=422)
        case UnusableText():
            return Told(code="too_long", line=words.say("told", "too_long", limit=MAX_STAFF_TEXT), status=422)
        case CaseClosed():
            return Told(code="closed", line=words.say("told", "closed"))
        case NotClaimed():
            return Told(code="not_claimed", line=words.say("told", "not_claimed"))
        case CannotReach():
            return Told(code="unreachable", line=words.say("told", "unreachable"))
        case TryAgain():
            return Told(code="try_again", line=words.say("told", "try_again"))
        case _:
            assert_never(outcome)


def _done(code: str, words: Words) -> Told:
    return Told(code=code, line=words.say("told", code), done=True, status=200)
