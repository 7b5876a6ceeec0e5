"""The inbox's forms as values: read strictly, refused in one line that quotes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from bot.usecases.add_note import StaffNote
from bot.usecases.hand_back import HandBackForm, Outcome
from bot.usecases.reply_as_staff import StaffReply
from bot.usecases.staff_promises import NewPromise
from bot.usecases.verify_by_phone import Checked, Sought, VouchForm
from bot.web.inbox.presence import Doing
from domain.identity import Level
from domain.ids import HandoffId
from domain.promise import PromiseKind

_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
_CASE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}\Z")
_MAX_SEQ_DIGITS = 15
_MAX_FIELD = 20_000
_MAX_NAME = 200
_LEVELS = {"2": Level.PROVEN, "3": Level.SECOND_FACTOR}
_PROMISED = {kind.value: kind for kind in PromiseKind}


@dataclass(frozen=True, slots=True)
class Fields:
    """A form's text fields."""

    values: Mapping[str, str]

    @classmethod
    async def of(cls, request: web.Request) -> Fields:
        """The fields of a posted form; 400 for a field that is a file or far too long."""
        posted = await request.post()
        if any(not isinstance(value, str) or len(value) > _MAX_FIELD for value in posted.values()):
            raise web.HTTPBadRequest(text="a field is not a text of usual length")
        return cls({name: value for name, value in posted.items() if isinstance(value, str)})

    def text(self, name: str) -> str:
        """A field's text, empty when it is not there."""
        return self.values.get(name, "")

    def day(self, name: str) -> date | None:
        """A field that is a date as date fields send it; None for anything else."""
        try:
            return date.fromisoformat(self.text(name).strip())
        except ValueError:
            return None

    def case(self) -> HandoffId | None:
        """The case a form stood on, where it says so."""
        return case_id(self.text("case")) if self.text("case") else None

    def seq(self, name: str) -> int:
        """A field that is a sequence number."""
        return whole_number(self.text(name) or "0", name)

    def client_id(self) -> str:
        """The page's own id for what it sends."""
        given = self.text("client_id")
        if not _CLIENT_ID.match(given):
            raise web.HTTPBadRequest(text="client_id: expected 8 to 64 letters, digits or -")
        return given


def whole_number(given: str, name: str) -> int:
    """A number a page sent; 400 for anything else."""
    if not given.isascii() or not given.isdecimal() or len(given) > _MAX_SEQ_DIGITS:
        raise web.HTTPBadRequest(text=f"{name}: expected a whole number")
    return int(given)


def case_id(given: str) -> HandoffId:
    """A case's id from an address; 404 for what cannot be one."""
    if not _CASE_ID.match(given):
        raise web.HTTPNotFound
    return HandoffId(given)


def row_id(given: str) -> str:
    """The id of a row a button stands for; 404 for what cannot be one."""
    if not _CASE_ID.match(given):
        raise web.HTTPNotFound
    return given


def reply_in(fields: Fields) -> StaffReply:
    """A reply to the patient."""
    return StaffReply(
        client_id=fields.client_id(),
        text=fields.text("text"),
        seen_seq=fields.seq("seen_seq"),
        confirmed=fields.text("confirmed") == "yes",
    )


def note_in(fields: Fields) -> StaffNote:
    """A note for colleagues."""
    return StaffNote(client_id=fields.client_id(), text=fields.text("text"))


def hand_back_in(fields: Fields) -> HandBackForm | None:
    """How a case ended; None when no outcome was chosen. 400 for one that does not exist."""
    chosen = fields.text("outcome")
    if not chosen:
        return None
    if chosen not in {outcome.value for outcome in Outcome}:
        raise web.HTTPBadRequest(text="outcome: expected one of the list")
    return HandBackForm(
        outcome=Outcome(chosen),
        seen_seq=fields.seq("seen_seq"),
        note=fields.text("note"),
        confirmed=fields.text("confirmed") == "yes",
    )


def promise_in(fields: Fields) -> NewPromise:
    """Something promised: with an instant the page was given, or a time in words. 400 for what no page sends."""
    kind, given = fields.text("kind") or PromiseKind.REPLY.value, fields.text("due_at")
    if kind not in _PROMISED:
        raise web.HTTPBadRequest(text="kind: expected one of the list")
    return NewPromise(
        what=fields.text("what"),
        who=fields.text("who")[:_MAX_NAME],
        due_words=fields.text("when")[:_MAX_NAME],
        due_at=_instant(given) if given else None,
        kind=_PROMISED[kind],
    )


def sought_in(fields: Fields) -> Sought | None:
    """Whom a patient says they are; None when a name or a birth date is missing."""
    name, born = " ".join(fields.text("name").split()), fields.day("birth_date")
    return Sought(name=name[:_MAX_NAME], birth_date=born) if name and born else None


def vouch_in(fields: Fields) -> VouchForm | None:
    """Whom staff called and what they compared; None when a name or a birth date is missing."""
    sought = sought_in(fields)
    level = fields.text("level") or "2"
    if level not in _LEVELS:
        raise web.HTTPBadRequest(text="level: expected 2 or 3")
    checked = frozenset(check for check in Checked if fields.text(f"checked_{check.value}") == "yes")
    return VouchForm(sought=sought, checked=checked, level=_LEVELS[level]) if sought else None


def doing_in(fields: Fields) -> Doing | None:
    """What a page says its reader does; None when they leave. 400 for anything else."""
    given = fields.text("doing")
    if given == "gone":
        return None
    if given not in {doing.value for doing in Doing}:
        raise web.HTTPBadRequest(text="doing: expected one of the list")
    return Doing(given)


def _instant(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise web.HTTPBadRequest(text="due_at: expected an instant") from None
    if moment.tzinfo is None:
        raise web.HTTPBadRequest(text="due_at: expected an instant with its offset")
    return moment
