"""What was said in the demo before it was opened, as values read strictly from `threads.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path

from bot.content.yaml_source import Fields, Located, read_yaml
from bot.durations import DurationError, duration
from bot.usecases.hand_back import Outcome
from domain.message import Channel

THREADS = Path(__file__).parent / "threads.yml"
_FIRST_DAY, _LAST_DAY = 1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ago:
    """A moment so long before the demo's present."""

    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDay:
    """A time on an earlier day on which the front desk works then; 1 is the last such day before today."""

    back: int
    at: time


Beginning = Ago | WorkingDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """The patient writes."""

    text: str


class StaffDoes(StrEnum):
    """What a member of staff does with the case."""

    CLAIM = "claim"
    REPLY = "reply"
    NOTE = "note"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffActs:
    """A member of staff acts on the thread's case."""

    username: str
    does: StaffDoes
    text: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDies:
    """From now on the patient's number refuses every text."""


Deed = Says | StaffActs | LineDies


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One deed, and how long after the one before it."""

    after: timedelta
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One conversation, or a later part of one (`continues`); `patient` is a given name of the cast, or empty."""

    name: str
    continues: str
    patient: str
    channel: Channel
    language: str
    begins: Beginning
    acts: tuple[Act, ...]


def load_threads(path: Path = THREADS) -> tuple[Thread, ...]:
    """Read the file. Raises ContentError with the line of what is wrong."""
    root = read_yaml(path.read_text(encoding="utf-8"), file=path.name).fields(("threads",))
    threads = tuple(_thread(item) for item in root["threads"].items())
    names: set[str] = set()
    for thread, item in zip(threads, root["threads"].items(), strict=True):
        if thread.continues and thread.continues not in names:
            raise item.error("the name of an earlier thread in `continues`", found=thread.continues)
        names.add(thread.name)
    return threads


def _thread(item: Located) -> Thread:
    fields = item.fields(("thread", "begins", "acts"), ("patient", "channel", "language", "continues"))
    patient, channel = fields.get("patient"), fields.get("channel")
    language, continues = fields.get("language"), fields.get("continues")
    return Thread(
        name=fields["thread"].text(),
        continues=continues.text() if continues else "",
        patient=patient.text() if patient else "",
        channel=channel.choice(Channel) if channel else Channel.WEB,
        language=language.text() if language else "en",
        begins=_beginning(fields["begins"]),
        acts=tuple(_act(act) for act in fields["acts"].items()),
    )


def _beginning(item: Located) -> Beginning:
    fields = item.fields((), ("ago", "day", "time"))
    ago, day, at = fields.get("ago"), fields.get("day"), fields.get("time")
    if ago is not None and day is None and at is None:
        return Ago(span=_span(ago))
    if ago is None and day is not None and at is not None:
        return WorkingDay(back=day.integer(_FIRST_DAY, _LAST_DAY), at=at.clock_time())
    raise item.error("either ago, or day and time")


def _act(item: Located) -> Act:
    fields = item.fields((), ("after", "says", "staff", "does", "text", "outcome", "line"))
    after = fields.get("after")
    return Act(after=_span(after) if after else timedelta(0), deed=_deed(item, fields))


def _deed(item: Located, fields: Fields) -> Deed:
    kinds = [name for name in ("says", "staff", "line") if fields.get(name) is not None]
    match kinds:
        case ["says"]:
            return Says(text=fields["says"].text())
        case ["line"]:
            return LineDies()
        case ["staff"]:
            return _staff_acts(item, fields)
        case _:
            raise item.error("exactly one of says, staff, line")


def _staff_acts(item: Located, fields: Fields) -> StaffActs:
    does, text, outcome = fields.get("does"), fields.get("text"), fields.get("outcome")
    if does is None:
        raise item.error("the key 'does' beside 'staff'")
    return StaffActs(
        username=fields["staff"].text(),
        does=does.choice(StaffDoes),
        text=text.text() if text else "",
        outcome=outcome.choice(Outcome) if outcome else None,
    )


def _span(item: Located) -> timedelta:
    written = item.text("a duration such as PT10M")
    try:
        return duration(written)
    except DurationError as error:
        raise item.error("a duration such as PT10M") from error
