"""The inbox's forms as values: read strictly, refused in one line that quotes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.usecases.add_note import StaffNote
from bot.usecases.hand_back import HandBackForm, Outcome
from bot.usecases.reply_as_staff import StaffReply
from domain.ids import HandoffId

_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
_CASE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}\Z")
_MAX_SEQ_DIGITS = 15
_MAX_FIELD = 20_000


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
