"""Reading an answer: what a message says about the slot that was asked for, and about others of the same task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.appointment import TimeSlot
from domain.dialogue.conversation import Option
from domain.dialogue.reply import Named, NameKind
from domain.dialogue.slot import SlotSpec, SlotType, SlotValue
from domain.understanding import Entity, Signal, Understanding
from domain.when import Grain, Interval, When, WhenStatus

_NEVER_VOLUNTEERED = {
    SlotType.YES_NO, SlotType.CHOICE, SlotType.TEXT, SlotType.APPOINTMENT, SlotType.CODE, SlotType.CONTACT,
    SlotType.SAID,
}  # fmt: skip
_DIGIT_RUN = re.compile(r"(?<!\d)[0-9]{4,8}(?!\d)")
_CODE_LENGTHS = range(4, 9)
_MOST_DIGITS = 4
CANT_MAKE_IT = "cant_make_it"
"""Not coming, and said neither to move nor to cancel: a meaning of words (domain/dialogue/meaning.py) and a flow."""

NONE_OF_THESE = "none"
"""The value of a choice when every option is declined."""

ANY_TIME = When(status=WhenStatus.OK, grain=Grain.ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The message gives the slot this value."""

    value: SlotValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """The message fits more than one, so it must be asked which."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """The message answers, but no such thing exists (30 February, an option that was not shown)."""

    of_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The message says nothing about the slot."""


Reading = Filled | Several | Impossible | Unread

_ENTITY_KINDS = {
    SlotType.VISIT_TYPE: NameKind.VISIT_TYPE,
    SlotType.PROVIDER: NameKind.PROVIDER,
    SlotType.SITE: NameKind.SITE,
    SlotType.SPECIALTY: NameKind.SPECIALTY,
    SlotType.MEDICINE: NameKind.MEDICINE,
    SlotType.TEST_NAME: NameKind.TEST,
    SlotType.INSURER: NameKind.INSURER,
    SlotType.TOPIC: NameKind.TOPIC,
    SlotType.LANGUAGE: NameKind.LANGUAGE,
}


def read_answer(spec: SlotSpec, said: Understanding, options: Sequence[Option]) -> Reading:
    """What the message says about the slot that was asked for."""
    chosen = read_choice(said, options)
    match spec.type:
        case SlotType.YES_NO:
            read = _yes_no(said, spec)
            return read if isinstance(read, Filled) else _numbered(said, options)
        case SlotType.CHOICE | SlotType.APPOINTMENT:
            return Filled(value=NONE_OF_THESE) if isinstance(chosen, Unread) and said.top == "deny" else chosen
        case SlotType.TEXT:
            return Filled(value=said.text.strip()) if said.text.strip() else Unread()
        case SlotType.WHEN:
            return chosen if isinstance(chosen, Filled) else _when(said)
        case SlotType.CODE:
            return _code(said)
        case SlotType.CONTACT:
            return Filled(value=NONE_OF_THESE) if said.has("deny", "skip", "unsure") else Unread()
        case SlotType.MINUTES | SlotType.COUNT if (number := number_in(said.text)) is not None:
            return Filled(value=number)
        case _:
            return chosen if isinstance(chosen, Filled) else read_volunteered(spec, said)


def read_volunteered(spec: SlotSpec, said: Understanding) -> Reading:
    """What the message says about a slot nobody asked for just now."""
    for signal in said.signals:
        if signal.value in spec.signals:
            return Filled(value=signal.value)
    for intent, value in spec.means:
        if said.has(intent):
            return Filled(value=value)
    match spec.type:
        case SlotType.WHEN:
            return _when(said, unasked=True)
        case kind if kind in _NEVER_VOLUNTEERED:
            return Unread()
        case _:
            return _entity(spec, said)


def _code(said: Understanding) -> Reading:
    """Digits, however they are spaced: a texted code or a PIN; or word that there is none."""
    runs = _DIGIT_RUN.findall(said.text)
    digits = runs[0] if len(runs) == 1 else said.text.replace(" ", "").replace("-", "").rstrip(".")
    plain = digits.isascii() and digits.isdigit()
    if plain and len(digits) in _CODE_LENGTHS:
        return Filled(value=digits)
    none = said.says(Signal.FORGOTTEN, Signal.NOTHING_CAME) or said.top == "skip"
    return Filled(value=NONE_OF_THESE) if none else Unread()


def number_in(text: str) -> int | None:
    """A message that is nothing but a small number, in plain digits; None for anything else (also for "②")."""
    bare = text.strip().rstrip(".)")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= _MOST_DIGITS else None


def _numbered(said: Understanding, options: Sequence[Option]) -> Reading:
    """A bare number as the option of that place."""
    return read_choice(said, options) if number_in(said.text) is not None else Unread()


def _yes_no(said: Understanding, spec: SlotSpec) -> Reading:
    named = {*(intent.name for intent in said.intents), *said.clarify}
    if named & set(spec.no_means) or (spec.no_means and CANT_MAKE_IT in named):
        return Filled(value=False)
    if named & set(spec.yes_means):
        return Filled(value=True)
    for intent in said.intents:
        if intent.name == "affirm":
            return Filled(value=True)
        if intent.name == "deny":
            return Filled(value=False)
    opening = said.says(Signal.SAYS_YES), said.says(Signal.SAYS_NO)
    return Filled(value=opening[0]) if opening[0] != opening[1] else Unread()


def _when(said: Understanding, *, unasked: bool = False) -> Reading:
    when = said.when
    if when.status is WhenStatus.OK:
        return Filled(value=when)
    if when.status is WhenStatus.ASK:
        if not when.readings:
            return Impossible(of_time=True)
        return Several(options=tuple(_reading_option(item, when) for item in when.readings))
    if not unasked and said.has("unsure", "skip"):
        return Filled(value=ANY_TIME)
    return Unread()


def _reading_option(reading: Interval, when: When) -> Option:
    one = replace(
        when,
        status=WhenStatus.OK,
        start=reading.start,
        end=reading.end,
        windows=(reading,),
        readings=(),
        date_given=True,
    )
    return Option(payload="", value=one, label=one)


def _entity(spec: SlotSpec, said: Understanding) -> Reading:
    names = spec.entities or (spec.name,)
    found = [entity for name in reversed(names) for entity in said.entities_named(name) if not entity.negated]
    if spec.values:
        found = [entity for entity in found if entity.value in spec.values]
    if not found:
        return Unread()
    entity = max(reversed(found), key=lambda item: len(item.text))
    if entity.alternatives:
        return Several(options=tuple(_named_option(spec, value) for value in entity.alternatives))
    value = _typed(spec.type, entity)
    return Unread() if value is None else Filled(value=value)


def _named_option(spec: SlotSpec, value: str) -> Option:
    if spec.type is SlotType.BIRTH_DATE:
        day = date.fromisoformat(value)
        return Option(payload="", value=day, label=day)
    kind = _ENTITY_KINDS.get(spec.type)
    return Option(payload="", value=value, label=Named(kind=kind, id=value) if kind else value)


def _typed(kind: SlotType, entity: Entity) -> SlotValue | None:
    match kind:
        case SlotType.BIRTH_DATE:
            return date.fromisoformat(entity.value)
        case SlotType.MINUTES | SlotType.COUNT:
            return number_in(entity.value)
        case _:
            return entity.value


def read_choice(said: Understanding, options: Sequence[Option]) -> Reading:
    """Which of the options shown a message means: by place, by number, by name, by time, or the only one there is."""
    if not options:
        return Unread()
    if said.when.status is WhenStatus.ASK and not said.when.readings:
        return Impossible(of_time=True)
    by_place = _by_place(said, options)
    if by_place is not None:
        return by_place
    if said.when.status is WhenStatus.OK and said.when.grain is Grain.ANY and not said.when.excluded:
        timed = [option for option in _by_time(options) if isinstance(option.value, TimeSlot)]
        if timed:
            return Filled(value=timed[0].value)
    left = [option for option in options if _fits(said, option)]
    if len(left) == 1:
        return Filled(value=left[0].value)
    if len(left) > 1 and len(left) < len(options):
        return Several(options=tuple(left))
    if len(options) == 1 and said.top == "affirm":
        return Filled(value=options[0].value)
    return Unread()


def _by_place(said: Understanding, options: Sequence[Option]) -> Reading | None:
    for entity in said.entities_named("ordinal"):
        match entity.value:
            case "last":
                return Filled(value=options[-1].value)
            case "first" | "earlier" | "earliest":
                return Filled(value=_by_time(options)[0].value)
            case "later" | "latest":
                return Filled(value=_by_time(options)[-1].value)
            case place if (number := number_in(place)) is not None:
                return _at(options, number) or Impossible()
    bare = number_in(said.text)
    if bare is None:
        return None
    return _at(options, bare) or (None if said.when.time_given else Impossible())


def _at(options: Sequence[Option], number: int) -> Filled | None:
    """The option of a place counted from 1."""
    return Filled(value=options[number - 1].value) if 0 < number <= len(options) else None


def _by_time(options: Sequence[Option]) -> list[Option]:
    timed = [(option.value.starts_at, option) for option in options if isinstance(option.value, TimeSlot)]
    return [option for _, option in sorted(timed, key=lambda pair: pair[0])] or list(options)


def _fits(said: Understanding, option: Option) -> bool:
    """Whether everything the message names agrees with the option, and it names something."""
    names = {entity.value for entity in said.entities if not entity.negated and entity.value}
    names |= {value for entity in said.entities if not entity.negated for value in entity.alternatives}
    match option.value:
        case TimeSlot() as slot:
            timely = said.when.status is WhenStatus.OK and time_fits(said.when, slot.starts_at)
            named = bool(names & {slot.provider_id, slot.site_id})
            return timely or (said.when.status is WhenStatus.NONE and named)
        case When() as when:
            return said.when.status is WhenStatus.OK and said.when.start == when.start
        case date() as day:
            return day.isoformat() in names
        case str() as value:
            return value in names
        case _:
            return False


def time_fits(when: When, moment: datetime) -> bool:
    """Whether a moment is what was meant: by date and time, or by clock time alone where no date was said."""
    if when.date_given or not when.time_given or not when.windows:
        return when.admits(moment)
    return any(_clock_fits(window, moment) for window in when.windows)


def _clock_fits(window: Interval, moment: datetime) -> bool:
    if window.start is None:
        return True
    local = moment.astimezone(window.start.tzinfo)
    start = local.replace(hour=window.start.hour, minute=window.start.minute, second=0, microsecond=0)
    length = (window.end - window.start) if window.end is not None else timedelta(days=1)
    return start <= local < start + length


def on_the_date_of(said: When, earlier: When) -> When:
    """A bare time said after a date: the same time on that date. Anything else is taken as said."""
    if said.date_given or not said.time_given or not earlier.date_given or not earlier.windows or not said.windows:
        return said
    days = [day for span in earlier.windows for day in _days_of(span)]
    windows = tuple(_moved(window, day) for day in days for window in said.windows)
    if not windows:
        return said
    return replace(
        said, windows=windows, start=windows[0].start, end=windows[0].end, date_given=True, excluded=earlier.excluded
    )


def at_the_time_of(said: When, earlier: When) -> When:
    """A bare date said after a time: that date at the same time of day ("after 3 on Tuesday": "no, Thursday")."""
    if said.status is not WhenStatus.OK or said.time_given or not said.date_given or not earlier.time_given:
        return said
    if said.grain is not Grain.DAY or not earlier.windows:
        return said
    clocks = {(_clock(window.start), _clock(window.end)): window for window in earlier.windows}
    windows = tuple(
        _moved(window, day) for span in said.windows for day in _days_of(span) for window in clocks.values()
    )
    if not windows:
        return said
    return replace(said, windows=windows, start=windows[0].start, end=windows[0].end, time_given=True)


def _clock(moment: datetime | None) -> tuple[int, int] | None:
    return None if moment is None else (moment.hour, moment.minute)


_MOST_DAYS = 31


def _days_of(span: Interval) -> list[Interval]:
    """The single days of a span, so that a time of day can be meant on each of them."""
    if span.start is None or span.end is None:
        return [span] if span.start is not None else []
    days: list[Interval] = []
    start = span.start
    while start < span.end and len(days) < _MOST_DAYS:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        days.append(Interval(start=start, end=min(midnight, span.end)))
        start = midnight
    return days


def _moved(window: Interval, day: Interval) -> Interval:
    if window.start is None or day.start is None:
        return day
    start = day.start.replace(hour=window.start.hour, minute=window.start.minute)
    end = start + (window.end - window.start) if window.end is not None else day.end
    return Interval(start=start, end=end)
