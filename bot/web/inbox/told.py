"""What came of an act, as the page tells it: a code, a line, and whether it was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from bot.usecases.acknowledge_page import Acknowledged
from bot.usecases.add_note import Noted
from bot.usecases.claim_handoff import Claimed
from bot.usecases.hand_back import HandedBack, PromiseHandedOnUnsaid, PromisesOpen
from bot.usecases.heard_promise import HeardPromise
from bot.usecases.reply_as_staff import CannotReach, Replied
from bot.usecases.staff_desk import (
    CaseClosed,
    HeldByColleague,
    NoSuchCase,
    NotClaimed,
    PatientWroteSince,
    TryAgain,
)
from bot.usecases.staff_promises import NoSuchPromise, PromiseHandedOn, PromiseKept, PromiseMade, UnclearTime
from bot.usecases.staff_words import MAX_STAFF_TEXT, TextFault, UnusableText
from bot.usecases.verify_by_phone import (
    Found,
    LinkedElsewhere,
    NoMatch,
    NotProvenByPhone,
    PinSet,
    TakenBack,
    TooLittleChecked,
    UnfitPin,
    Vouched,
)
from bot.web.inbox.words import Words

DONE_CODES = frozenset(
    {
        "claimed", "already_yours", "sent", "noted", "handed_back", "acknowledged", "promised", "kept", "handed_on",
        "vouched", "taken_back", "unlinked", "pin_set", "request_confirmed", "request_confirmed_untold",
        "request_declined", "request_declined_untold", "request_gone", "registration_confirmed",
        "registration_confirmed_untold", "registration_declined", "registration_declined_untold", "number_unfit",
        "number_taken", "leave_taken_back", "try_again",
    }
)  # fmt: skip
"""Codes a page may say again after it was opened anew."""

ActOutcome = (
    Acknowledged
    | PromiseMade
    | PromiseKept
    | PromiseHandedOn
    | NoSuchPromise
    | UnclearTime
    | Found
    | NoMatch
    | LinkedElsewhere
    | TooLittleChecked
    | Vouched
    | TakenBack
    | NotProvenByPhone
    | UnfitPin
    | PinSet
)
AnyOutcome = (
    ActOutcome
    | Claimed
    | Replied
    | Noted
    | HandedBack
    | PromisesOpen
    | PromiseHandedOnUnsaid
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
    heard: HeardPromise | None = None


def told(outcome: AnyOutcome, words: Words) -> Told | None:  # noqa: C901, PLR0911, PLR0912 one branch a kind
    """The telling, or None for a case that is not there for this person."""
    match outcome:
        case Claimed(already=already):
            return _done("already_yours" if already else "claimed", words)
        case Replied(heard=heard):
            return replace(_done("sent", words), heard=heard)
        case Noted():
            return _done("noted", words)
        case HandedBack():
            return _done("handed_back", words)
        case PromisesOpen(count=count):
            return Told(code="promises_open", line=words.say("told", "promises_open", count=count))
        case PromiseHandedOnUnsaid():
            return Told(code="passed_on_unsaid", line=words.say("told", "passed_on_unsaid"), status=422)
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
            return _of_act(outcome, words)


def _of_act(outcome: ActOutcome, words: Words) -> Told | None:  # noqa: C901, PLR0911, PLR0912 one branch a kind
    match outcome:
        case Acknowledged():
            return _done("acknowledged", words)
        case PromiseMade():
            return _done("promised", words)
        case PromiseKept():
            return _done("kept", words)
        case PromiseHandedOn():
            return _done("handed_on", words)
        case Found():
            return _done("found", words)
        case Vouched():
            return _done("vouched", words)
        case TakenBack(unlinked=unlinked):
            return _done("unlinked" if unlinked else "taken_back", words)
        case PinSet():
            return _done("pin_set", words)
        case NoSuchPromise():
            return None
        case UnclearTime():
            return Told(code="unclear_time", line=words.say("told", "unclear_time"), status=422)
        case NoMatch():
            return Told(code="no_match", line=words.say("told", "no_match"))
        case LinkedElsewhere():
            return Told(code="linked_elsewhere", line=words.say("told", "linked_elsewhere"))
        case TooLittleChecked():
            return Told(code="too_little", line=words.say("told", "too_little"), status=422)
        case NotProvenByPhone():
            return Told(code="not_by_phone", line=words.say("told", "not_by_phone"))
        case UnfitPin(fault=fault):
            code = fault.value if fault else "differ"
            return Told(code=f"pin_{code}", line=words.say("told", f"pin_{code}"), status=422)
        case _:
            assert_never(outcome)


def _done(code: str, words: Words) -> Told:
    return Told(code=code, line=words.say("told", code), done=True, status=200)
