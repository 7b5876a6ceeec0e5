"""What a message says about dates and times, in any language with a lexicon. Pure: the reference instant is given."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.when import NO_TIME, When, WhenStatus
from nlu.entities.when.gather import gather
from nlu.entities.when.lexicon import languages, lexicon_for
from nlu.entities.when.regions import puts_month_first
from nlu.entities.when.resolve import place_at, resolve
from nlu.entities.when.rules import run
from nlu.entities.when.scan import scan
from nlu.entities.when.tokens import tokens_of

__all__ = ["languages", "read_when"]


def read_when(text: str, *, reference: datetime, zone: ZoneInfo, language: str) -> When:
    """What `text` says about time, in local times of `zone`; status none when it says nothing.

    `reference` is the aware instant the message was written at. Never raises for what a patient wrote; raises
    ValueError for a naive reference and UnknownLanguageError for a language without a lexicon.
    """
    if reference.tzinfo is None:
        raise ValueError("the reference instant must be aware")
    lexicon = lexicon_for(language)
    atoms = run(lexicon.passes, scan(tokens_of(text), lexicon))
    request = gather(atoms)
    if request.is_empty:
        return NO_TIME
    place = place_at(reference, zone, month_first=puts_month_first(zone, lexicon.language))
    said = text[request.start : request.end]
    try:
        return resolve(request, place, said)
    except OverflowError:
        # A year at the end of the calendar: a date was said, and it is none to come on.
        return When(status=WhenStatus.ASK, text=said)
