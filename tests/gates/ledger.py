"""The invariant checker: reads a store at rest and what the outside saw, and names every promise that was broken."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bot.usecases.turn_work import CODE_MASK
from domain.ids import ConversationId
from domain.message import Channel, text_of
from domain.outbox import Lane, OutboxItem, OutboxStatus, Resend
from domain.transcript import Author, TranscriptEntry
from storage import outbox_rows, transcript
from storage.forms import DELIVERY
from storage.store import Store
from storage.tables import audit_log, conversations, inbox, outbox
from storage.transaction import Transaction

_EVERYTHING = 1_000_000
_SPOKEN = {Author.BOT, Author.STAFF, Author.SYSTEM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the outside knows: deliveries posted and answered with 2xx, in each sender's order, and what it was sent.

    `by_sender` has a sender's external ids in the order posted; `one_by_one` names the senders that posted each only
    after the one before was accepted. `arrived` are the keys of the messages that reached the outside, in order.
    """

    by_sender: Mapping[str, Sequence[str]]
    accepted: frozenset[str]
    one_by_one: frozenset[str]
    arrived: Sequence[str]
    kills: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored delivery, opened."""

    external_id: str
    sender: str
    text: str
    conversation_id: str
    seq: int
    status: str
    turn_id: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """An outbox item and whether it may have arrived more than once."""

    item: OutboxItem
    doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything a store holds of messages, by conversation."""

    deliveries: tuple[Delivery, ...]
    entries: Mapping[str, tuple[TranscriptEntry, ...]]
    parcels: tuple[Parcel, ...]
    turn_events: int
    given_up: frozenset[str]
    """Outbox items the audit log says were never delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: every broken promise in words, and the figures."""

    problems: tuple[str, ...]
    stored: int
    turns: int
    sent: int
    copies: int
    doubtful: int


async def examine(store: Store, outside: Outside) -> Verdict:
    """Check every promise on a store nobody is writing to."""
    contents = await store._doors.read(_contents)
    report = await store.check()
    audit = await store.audit.verify()
    problems = [
        *_lost_or_double(contents, outside),
        *_turns(contents),
        *_order(contents, outside),
        *_outbox(contents),
        *_arrivals(contents, outside),
        *(f"check: {problem}" for problem in report.problems),
        *(f"audit: {problem.fault} at {problem.seq} {problem.where}" for problem in audit.problems),
    ]
    return Verdict(
        problems=tuple(problems),
        stored=len(contents.deliveries),
        turns=len({entry.turn_id for entries in contents.entries.values() for entry in entries}),
        sent=len(set(outside.arrived)),
        copies=len(outside.arrived) - len(set(outside.arrived)),
        doubtful=sum(parcel.doubtful for parcel in contents.parcels),
    )


async def stored_deliveries(store: Store) -> tuple[Delivery, ...]:
    """Every stored delivery, by conversation and in order."""
    return await store._doors.read(lambda tx: tuple(_deliveries(tx)))


def _contents(tx: Transaction) -> Contents:
    ids = [row.id for row in tx.rows(select(conversations.c.id))]
    of_turns = select(func.count()).where(audit_log.c.event == "conversation.turn")
    of_given_up = select(audit_log.c.object_id).where(audit_log.c.event == "message.undelivered")
    return Contents(
        deliveries=tuple(_deliveries(tx)),
        entries={id_: transcript.read(tx, ConversationId(id_), after_seq=0, limit=_EVERYTHING) for id_ in ids},
        parcels=tuple(
            Parcel(outbox_rows.opened(tx, row), bool(row.doubtful))
            for row in tx.rows(select(outbox).order_by(outbox.c.conversation_id, outbox.c.seq))
        ),
        turn_events=int(tx.rows(of_turns)[0][0]),
        given_up=frozenset(row.object_id for row in tx.rows(of_given_up)),
    )


def _deliveries(tx: Transaction) -> Iterator[Delivery]:
    for row in tx.rows(select(inbox).order_by(inbox.c.conversation_id, inbox.c.seq)):
        message = tx.unseal(DELIVERY, row.id, row.subject_id, row.sealed).message
        yield Delivery(
            external_id=message.external_id.rpartition(".")[2],  # a channel may put a mark of the sender before it
            sender=message.sender.value,
            text=text_of(message.content),
            conversation_id=row.conversation_id,
            seq=row.seq,
            status=row.status,
            turn_id=row.turn_id,
        )


def _lost_or_double(contents: Contents, outside: Outside) -> Iterator[str]:
    times = Counter(delivery.external_id for delivery in contents.deliveries)
    posted = {external_id for ids in outside.by_sender.values() for external_id in ids}
    for external_id in sorted(outside.accepted - times.keys()):
        yield f"lost: {external_id} was accepted and is not stored"
    for external_id in sorted(times.keys() - posted):
        yield f"invented: {external_id} is stored and was never posted"
    for external_id, many in times.items():
        if many > 1:
            yield f"double: {external_id} is stored {many} times"


def _turns(contents: Contents) -> Iterator[str]:
    """Each delivery was heard once, in its place, in the turn it belongs to."""
    delivered: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in contents.deliveries:
        delivered[delivery.conversation_id].append(delivery)
        if delivery.status != "done" or delivery.turn_id is None:
            yield f"left: {delivery.external_id} has no turn ({delivery.status})"
    for conversation_id, deliveries in delivered.items():
        heard = [entry for entry in contents.entries[conversation_id] if entry.author is Author.PATIENT]
        if len(heard) != len(deliveries):
            yield f"turns: {len(deliveries)} delivered in {conversation_id}, {len(heard)} heard"
        for delivery, entry in zip(deliveries, heard, strict=False):
            if (entry.turn_id, entry.text) != (delivery.turn_id, delivery.text) and not _masked(delivery, entry):
                yield f"turns: {delivery.external_id} was not heard in its place and turn"
    turns = {delivery.turn_id for delivery in contents.deliveries if delivery.turn_id}
    if contents.turn_events < len(turns):
        yield f"audit: {len(turns)} turns, {contents.turn_events} of them in the log"


def _masked(delivery: Delivery, entry: TranscriptEntry) -> bool:
    """What is typed while a code is asked for is kept out of the transcript."""
    return entry.text == CODE_MASK and entry.turn_id == delivery.turn_id


def _order(contents: Contents, outside: Outside) -> Iterator[str]:
    by_sender: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in contents.deliveries:
        by_sender[delivery.sender].append(delivery)
    for sender, deliveries in by_sender.items():
        if len({delivery.conversation_id for delivery in deliveries}) != 1:
            yield f"order: {sender} has more than one conversation"
            continue
        stored = [delivery.external_id for delivery in deliveries]
        if sender in outside.one_by_one and stored != list(outside.by_sender[sender])[: len(stored)]:
            yield f"order: {sender}'s deliveries are not stored in the order they were accepted"


def _outbox(contents: Contents) -> Iterator[str]:
    """What a turn said and what it sent are the same words; nothing is left unsent."""
    sent: defaultdict[str, list[OutboxItem]] = defaultdict(list)
    for parcel in contents.parcels:
        sent[parcel.item.turn_id].append(parcel.item)
    said: defaultdict[str, list[str]] = defaultdict(list)
    for entries in contents.entries.values():
        for entry in entries:
            if entry.author in _SPOKEN:
                said[entry.turn_id].append(entry.text)
    for turn_id in said.keys() | sent.keys():
        items = sorted(sent[turn_id], key=lambda item: item.ordinal)
        in_thread = [item.message.text for item in items if item.to.channel is not Channel.SMS]
        if in_thread != said[turn_id]:
            yield f"outbox: turn {turn_id} said {len(said[turn_id])} things and queued {len(in_thread)}"
        if [item.ordinal for item in items] != list(range(1, len(items) + 1)):
            yield f"outbox: turn {turn_id} is incomplete"


def _arrivals(contents: Contents, outside: Outside) -> Iterator[str]:
    copies = Counter(outside.arrived)
    for parcel in contents.parcels:
        yield from _arrival(parcel, copies.pop(parcel.item.id, 0), told=parcel.item.id in contents.given_up)
    for key in copies:
        yield f"sent: {key} arrived and is in no outbox"
    doubtful = sum(parcel.doubtful for parcel in contents.parcels)
    if doubtful > outside.kills:
        yield f"sent: {doubtful} items are in doubt after {outside.kills} kills"
    first = {key: place for place, key in reversed(list(enumerate(outside.arrived)))}
    places: defaultdict[str, list[int]] = defaultdict(list)
    for parcel in contents.parcels:
        if parcel.item.lane is Lane.NORMAL and parcel.item.id in first:
            places[parcel.item.conversation_id].append(first[parcel.item.id])
    for conversation_id, order in places.items():
        if order != sorted(order):
            yield f"sent: conversation {conversation_id} was answered out of order"


def _arrival(parcel: Parcel, copies: int, *, told: bool) -> Iterator[str]:
    """A routine message caught by two kills may be given up, a code by one, a safety text by none; all are told of."""
    item = parcel.item
    match item.status:
        case OutboxStatus.FAILED if not told:
            yield f"missing: {item.id} was given up silently"
        case OutboxStatus.SENT if copies == 0:
            yield f"missing: {item.id} is marked sent and never arrived"
        case OutboxStatus.SENT | OutboxStatus.EXPIRED | OutboxStatus.SUPERSEDED:
            pass
        case OutboxStatus.FAILED if item.resend is Resend.NEVER and parcel.doubtful | (item.error == "interrupted"):
            pass
        case OutboxStatus.FAILED if item.lane is not Lane.SAFETY and parcel.doubtful and item.attempts > 1:
            pass
        case _:
            yield f"missing: {item.id} is {item.status} at the end"
    allowed = item.attempts if item.lane is Lane.SAFETY else 2
    if copies > (allowed if parcel.doubtful else 1):
        yield f"copies: {item.id} arrived {copies} times, {'in doubt' if parcel.doubtful else 'not flagged'}"


def arrivals_in(file: Path) -> list[str]:
    """The keys of what reached the outside, from the file the recording sender keeps; a torn last line is dropped."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line)["key"] for line in lines if line.endswith("\n")]
