"""A demo clinic for the gates: the real program over a home of its own, understanding a few fixed words at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from bot.composition import Blueprint, Program, open_program
from bot.content.release import Release, load_release
from bot.identifiers import fresh_code, fresh_id
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.changes import SaveHandle, WriteSet
from domain.dialogue.reading import ANY_TIME
from domain.identity import Level, ProofKind
from domain.ids import ConversationId, PatientId
from domain.message import Address, Channel, Content, InboundMessage, Press, Text
from domain.outbox import OutboxStatus
from domain.patient import Patient
from domain.ports import Clock
from domain.understanding import Entity, ParseContext, ScoredIntent, Understanding
from domain.when import NO_TIME
from nlu.engine import NluEngine

RED_FLAG = "I have crushing chest pain and I cannot breathe"
NOTE_MARK = " #"
"""What follows it in a text is for the gate alone."""

_VISIT_TYPE = "primary_visit"
_INTENTS = {
    "hello": "greet",
    "thanks": "thanks",
    "yes": "affirm",
    "no": "deny",
    "book": "book_appointment",
    "person": "talk_to_person",
    "register": "register_patient",
    "results": "results_status",
}
_ENTITIES = {"name": "person_name", "born": "birth_date", "phone": "phone", "option": "ordinal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEngine:
    """An NluEngine that goes by a message's first word; `heard` is told each text before it is understood."""

    heard: Callable[[str], None] = lambda _: None
    name: str = "words"

    def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        del now
        self.heard(text)
        first, _, rest = text.partition(NOTE_MARK)[0].partition(" ")
        intent = _INTENTS.get(first)
        intents = (ScoredIntent(name=intent, confidence=0.97),) if intent else ()
        found = _entity(_ENTITIES[first], rest, text) if first in _ENTITIES else None
        if first == "book":
            found = _entity("visit_type", _VISIT_TYPE, text)
        return Understanding(
            text=text,
            language=context.language,
            intents=intents,
            ranking=intents,
            entities=(found,) if found else (),
            when=ANY_TIME if first == "book" else NO_TIME,
            engine=self.name,
        )


def _entity(name: str, value: str, text: str) -> Entity:
    return Entity(name=name, value=value, text=text, start=0, end=len(text))


@asynccontextmanager
async def a_program(
    home: Path,
    *,
    clock: Clock,
    release: Release,
    engine: NluEngine | None = None,
    new_id: Callable[[], str] = fresh_id,
    new_code: Callable[[], str] = fresh_code,
) -> AsyncIterator[Program]:
    """The real program as `serve --demo` wires it, over this home."""
    blueprint = Blueprint(
        home=home, models=home, clock=clock, release=release, demo=True, new_id=new_id, new_code=new_code
    )
    async with open_program(blueprint, engine=engine or WordEngine()) as program:
        yield program


def demo_release() -> Release:
    """The packaged content and the demo clinic's facts."""
    return load_release()


async def everything_sent(program: Program) -> None:
    """Return once nothing in the outbox is on its way."""
    unsent = {OutboxStatus.PENDING, OutboxStatus.SENDING, OutboxStatus.AMBIGUOUS}
    while unsent & (await program.store.outbox.counts()).keys():  # noqa: ASYNC110  # the outbox tells nobody
        await asyncio.sleep(0)


def a_message(
    sender: str, external_id: str, text: str, *, clock: Clock, channel: Channel = Channel.REST
) -> InboundMessage:
    """A delivery; a text with our payloads' mark is a button pressed."""
    content: Content = Press(payload=text) if text.startswith("/c:") else Text(text=text)
    return InboundMessage(
        sender=Address(channel=channel, account=channel.value, value=sender),
        external_id=external_id,
        content=content,
        sent_at=clock.now(),
        language="en",
    )


def trace(program: Program, event: str) -> AuditEvent:
    """A line in the audit log for what a gate itself does."""
    return AuditEvent(at=program.blueprint.clock.now(), actor=SYSTEM, action=AuditAction.UPDATE, event=event)


def an_invented_patient(number: int) -> Patient:
    """Someone who does not exist."""
    return Patient(
        id=PatientId(f"patient-{number}"),
        given_name="Quill",
        family_name=f"Gateley{number}",
        birth_date=date(1970, 1, 1 + number % 28),
        phones=(f"+1555555{number % 100:04d}",),
    )


async def prove(program: Program, conversation_id: ConversationId, patient_id: PatientId) -> None:
    """Link a conversation to a patient as if a code had been answered."""
    now = program.blueprint.clock.now()
    handle = (await program.store.conversations.snapshot(conversation_id, now)).handle
    proved = handle.proved(
        patient_id=patient_id,
        level=Level.PROVEN,
        proof=ProofKind.CODE,
        now=now,
        span=program.blueprint.release.clinic.spans.level_2,
    )
    write = WriteSet(changes=(SaveHandle(handle=proved),), audit=(trace(program, "gate.proved"),))
    await program.store.commits.commit(write)
