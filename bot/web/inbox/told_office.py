"""What came of a decision on a request or a registration, in a line; some of it is nothing this person may know of."""

from __future__ import annotations

from typing import assert_never

from bot.usecases.registrations import (
    NoSuchRegistration,
    RegistrationDecided,
    RegistrationOutcome,
    UnfitNumber,
)
from bot.usecases.staff_desk import TryAgain
from bot.usecases.visit_requests import NoSuchRequest, RequestDecided
from bot.web.inbox.told import Told
from bot.web.inbox.words import Words


def told_request(outcome: RequestDecided | NoSuchRequest | TryAgain, words: Words) -> Told:
    """How a visit asked for was decided."""
    match outcome:
        case RequestDecided(confirmed=confirmed, told=told):
            code = "request_confirmed" if confirmed else "request_declined"
            return _done(code if told else f"{code}_untold", words)
        case NoSuchRequest():
            return Told(code="request_gone", line=words.say("told", "request_gone"))
        case TryAgain():
            return Told(code="try_again", line=words.say("told", "try_again"))
        case _:
            assert_never(outcome)


def told_registration(outcome: RegistrationOutcome, words: Words) -> Told:
    """How a registration was decided."""
    match outcome:
        case RegistrationDecided(confirmed=confirmed, told=told):
            code = "registration_confirmed" if confirmed else "registration_declined"
            return _done(code if told else f"{code}_untold", words)
        case NoSuchRegistration():
            return Told(code="request_gone", line=words.say("told", "request_gone"))
        case UnfitNumber(taken=taken):
            code = "number_taken" if taken else "number_unfit"
            return Told(code=code, line=words.say("told", code), status=422)
        case TryAgain():
            return Told(code="try_again", line=words.say("told", "try_again"))
        case _:
            assert_never(outcome)


def _done(code: str, words: Words) -> Told:
    return Told(code=code, line=words.say("told", code), done=True, status=200)
