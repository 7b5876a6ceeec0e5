"""A clinic in memory behind the HTTP rooms: stores deliveries, takes turns when told, publishes what was said."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.rest.room import RestChannel
from bot.channels.webchat.face import ClinicFace, SiteFace
from bot.channels.webchat.pages import ChatPages
from bot.channels.webchat.pull_sender import PullSender
from bot.channels.webchat.rate_limit import RateLimiter
from bot.channels.webchat.recall import Recall
from bot.channels.webchat.room import WebChat
from bot.channels.webchat.session import ChatCookies
from bot.live import Committed, LiveHub
from bot.web.app import Room, build_app
from bot.web.security import LOOPBACK_HOSTS, FrontDoor, nonce_of
from domain.clinic_text import LocalText
from domain.errors import UnavailableError
from domain.ids import ConversationId, EntryId, InboundId, SubjectId, TurnId
from domain.message import Address, Button, Channel, InboundMessage, OutboundMessage, Press, Text
from domain.ports import Accepted
from domain.transcript import Author, TranscriptEntry

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock a test moves by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@dataclass
class CountedIds:
    """Ids in order."""

    counter: count[int] = field(default_factory=lambda: count(1))

    def __call__(self) -> str:
        return f"id-{next(self.counter)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something to be said in a turn."""

    text: str
    author: Author = Author.BOT
    buttons: tuple[Button, ...] = ()
    key: str = ""


Answer = Callable[[InboundMessage], Sequence[Line]]


def echo(message: InboundMessage) -> Sequence[Line]:
    """Says the patient's own words back."""
    match message.content:
        case Text(text=text):
            return (Line(text=f"You said: {text}"),)
        case Press(payload=payload):
            return (Line(text=f"You pressed: {payload}"),)
        case _:
            return ()


@dataclass
class MemoryClinic:
    """ReceiveMessage and the Conversations port over a dict; a turn is taken at once unless `holding`."""

    hub: LiveHub = field(default_factory=LiveHub)
    clock: HandClock = field(default_factory=HandClock)
    answer: Answer = echo
    holding: bool = False
    down: bool = False
    emergency: Callable[[InboundMessage], Awaitable[None]] | None = None
    received: list[InboundMessage] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _accepted: dict[tuple[Channel, str, str], Accepted] = field(default_factory=dict)
    _threads: dict[ConversationId, list[TranscriptEntry]] = field(default_factory=lambda: defaultdict(list))
    _by_address: dict[Address, ConversationId] = field(default_factory=dict)
    _waiting: list[tuple[Accepted, InboundMessage]] = field(default_factory=list)
    _turns: count[int] = field(default_factory=lambda: count(1))

    async def receive(self, message: InboundMessage) -> Accepted:
        if self.down:
            if self.emergency is not None:
                await self.emergency(message)
            raise UnavailableError("the store is down")
        key = (message.sender.channel, message.sender.account, message.external_id)
        if key in self._accepted:
            return replace(self._accepted[key], duplicate=True)
        number = len(self._accepted) + 1
        conversation = self._by_address.setdefault(message.sender, ConversationId(f"conversation-{number}"))
        accepted = Accepted(inbound_id=InboundId(f"inbound-{number}"), conversation_id=conversation, duplicate=False)
        self._accepted[key] = accepted
        self.received.append(message)
        self.arrived.set()
        self._waiting.append((accepted, message))
        if not self.holding:
            self.take_turns()
        return accepted

    def take_turns(self) -> None:
        """Answer everything that waits."""
        waiting, self._waiting = self._waiting, []
        for accepted, message in waiting:
            lines = (Line(text=_words(message), author=Author.PATIENT), *self.answer(message))
            self.say(accepted.conversation_id, *lines, used=(accepted.inbound_id,))

    def say(self, conversation: ConversationId, *lines: Line, used: tuple[InboundId, ...] = ()) -> None:
        """Commit some words and publish them."""
        entries = self.say_unheard(conversation, *lines)
        unnumbered = tuple(replace(entry, seq=0) for entry in entries)  # as a use case has them: storage numbers them
        self.hub.publish(Committed(conversation_id=conversation, inbound=used, entries=unnumbered))

    def say_unheard(self, conversation: ConversationId, *lines: Line) -> tuple[TranscriptEntry, ...]:
        """Commit some words as another process would: this one's hub hears nothing."""
        thread, turn = self._threads[conversation], TurnId(f"turn-{next(self._turns)}")
        first = len(thread) + 1
        entries = tuple(self._entry(conversation, turn, seq, line) for seq, line in enumerate(lines, first))
        thread.extend(entries)
        return entries

    def _entry(self, conversation: ConversationId, turn: TurnId, seq: int, line: Line) -> TranscriptEntry:
        return TranscriptEntry(
            id=EntryId(f"{conversation}-{seq}"),
            conversation_id=conversation,
            subject_id=SubjectId("subject"),
            turn_id=turn,
            at=self.clock.now(),
            author=line.author,
            text=line.text,
            buttons=line.buttons,
            author_id="staff-7" if line.author in {Author.STAFF, Author.NOTE} else None,
            key=line.key,
            seq=seq,
        )

    async def of_address(self, address: Address) -> ConversationId | None:
        return self._by_address.get(address)

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        thread = self._threads[conversation_id]
        if after_seq == 0:
            return tuple(thread[-limit:])
        return tuple(entry for entry in thread if entry.seq > after_seq)[:limit]


def _words(message: InboundMessage) -> str:
    match message.content:
        case Text(text=text):
            return text
        case Press(payload=payload):
            return payload
        case _:
            return ""


def a_text(**by_language: str) -> LocalText:
    return LocalText(texts=tuple(by_language.items()), default="en")


def a_face(*, emergency: tuple[str | None, ...] = ("911",)) -> ClinicFace:
    sites = tuple(
        SiteFace(
            name=a_text(en=f"Site {index}", es=f"Sede {index}"),
            address=a_text(en=f"{index}00 Example Street", es=f"Calle Ejemplo {index}00"),
            phone=f"(555) 555-010{index}",
            emergency_number=number,
            crisis_number="988" if number == "911" else None,
        )
        for index, number in enumerate(emergency, 1)
    )
    return ClinicFace(
        name=a_text(en="Juniper Street Clinic", es="Clínica Calle Junípero"),
        sites=sites,
        languages=("en", "es"),
        default_language="en",
    )


def a_web_chat(clinic: MemoryClinic, **changes: Any) -> WebChat:
    chat = WebChat(
        receive=clinic.receive,
        transcripts=clinic,
        hub=clinic.hub,
        clock=clinic.clock,
        pages=ChatPages(face=a_face, nonce=nonce_of),
        cookies=ChatCookies(https=False),
        sender=PullSender(Channel.WEB),
        limiter=RateLimiter(monotonic=lambda: clinic.clock.now().timestamp()),
        urgent_keys=frozenset({"utter_emergency"}),
        recall=lambda: Recall(
            levels={"utter_visits": 2, "utter_result": 3},
            proven=timedelta(hours=12),
            second_factor=timedelta(minutes=10),
        ),
    )
    return replace(chat, **changes)


def a_rest_channel(clinic: MemoryClinic, **changes: Any) -> RestChannel:
    channel = RestChannel(
        receive=clinic.receive,
        transcripts=clinic,
        hub=clinic.hub,
        clock=clinic.clock,
        ids=CountedIds(),
        overhear=PullSender(Channel.REST).overhear,
        token=None,
    )
    return replace(channel, **changes)


def answering_emergencies(sender: PullSender, text: str) -> Callable[[InboundMessage], Awaitable[None]]:
    """What EmergencySender does when the store is down: send past it."""

    async def send(message: InboundMessage) -> None:
        await sender.send(message.sender, OutboundMessage(text=text), key="emergency")

    return send


@asynccontextmanager
async def served(
    *rooms: Room, clinic: MemoryClinic | None = None, https: bool = False, chat: WebChat | None = None
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """The rooms behind the whole front door, on a loopback port."""
    app = build_app(
        (*rooms, chat) if chat else rooms,
        door=FrontDoor(hosts=LOOPBACK_HOSTS, https=https),
        ids=CountedIds(),
        error_page=chat.pages.error if chat else None,
        closing=(clinic.hub.close,) if clinic else (),
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def cookie_of(headers: Mapping[str, str], name: str = "wellspoken-chat") -> str:
    return SimpleCookie(headers["Set-Cookie"])[name].value


def later(clock: HandClock, span: timedelta) -> None:
    clock.at += span
