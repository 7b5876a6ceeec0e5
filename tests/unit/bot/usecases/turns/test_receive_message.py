"""Accepting a delivery: screened whole, stored once, and a red flag answered even when nothing can be stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.usecases.emergency import EmergencySender
from bot.usecases.receive_message import ReceiveMessage
from domain.errors import UnavailableError
from domain.ids import ConversationId, InboundId
from domain.message import (
    MAX_TEXT_CHARS,
    Address,
    Channel,
    Content,
    InboundMessage,
    Press,
    Text,
    Unsupported,
    UnsupportedKind,
)
from domain.outbox import NotSent, SendFault, SendOutcome, Sent
from domain.ports import Accepted
from domain.safety import SafetyCategory, SafetyVerdict
from tests.builders.desk import NOW
from tests.fakes.turns import HandClock, RecordingRenderer, ScriptedSender
from tests.unit.bot.usecases.turns.arrange import release

ALARM = "I have crushing chest pain and can't breathe"


@dataclass(slots=True)
class ListInbox:
    """Keeps deliveries; `down` makes it refuse them."""

    down: bool = False
    kept: list[tuple[InboundMessage, SafetyVerdict | None, str]] = field(default_factory=list)

    async def accept(
        self, message: InboundMessage, *, verdict: SafetyVerdict | None, received_at: datetime, language: str
    ) -> Accepted:
        assert received_at == NOW
        if self.down:
            raise UnavailableError("the database does not answer")
        duplicate = any(item.external_id == message.external_id for item, _, _ in self.kept)
        if not duplicate:
            self.kept.append((message, verdict, language))
        return Accepted(inbound_id=InboundId("in-1"), conversation_id=ConversationId("talk"), duplicate=duplicate)

    async def waiting(self, now: datetime) -> tuple[ConversationId, ...]:
        del now
        return ()


@dataclass(slots=True)
class Door:
    """The way in, with all it works with."""

    inbox: ListInbox = field(default_factory=ListInbox)
    sender: ScriptedSender = field(default_factory=lambda: ScriptedSender(Channel.WEB))
    renderer: RecordingRenderer = field(default_factory=RecordingRenderer)
    woken: list[ConversationId] = field(default_factory=list)

    def use_case(self) -> ReceiveMessage:
        emergency = EmergencySender(
            senders={Channel.WEB: self.sender},  # type: ignore[dict-item]  # a sender whose channel is looser typed
            renderer=self.renderer,
            default_language="en",
        )
        return ReceiveMessage(
            inbox=self.inbox,
            rules=release().rules,
            clock=HandClock(NOW),
            wake=self.woken.append,
            emergency=emergency,
            default_language="en",
            languages=("en", "es"),
        )


def message(content: Content | str, *, name: str = "m-1", language: str | None = None) -> InboundMessage:
    return InboundMessage(
        sender=Address(channel=Channel.WEB, account="web", value="visitor"),
        external_id=name,
        content=Text(text=content) if isinstance(content, str) else content,
        sent_at=NOW,
        language=language,
    )


async def test_a_delivery_is_stored_and_a_worker_woken() -> None:
    door = Door()

    accepted = await door.use_case()(message("hello"))

    assert [item.content for item, _, _ in door.inbox.kept] == [Text(text="hello")]
    assert door.woken == [accepted.conversation_id]


async def test_the_same_delivery_again_wakes_nobody() -> None:
    door = Door()
    receive = door.use_case()
    await receive(message("hello"))

    again = await receive(message("hello"))

    assert again.duplicate
    assert len(door.woken) == len(door.inbox.kept) == 1


async def test_a_red_flag_is_stored_with_its_verdict() -> None:
    door = Door()

    await door.use_case()(message(ALARM))

    [(_, verdict, _)] = door.inbox.kept
    assert verdict is not None
    assert verdict.category is SafetyCategory.EMERGENCY
    assert door.sender.sent == []


@pytest.mark.parametrize(("given", "kept"), [("es", "es"), ("en", "en"), ("fr", "en"), (None, "en")])
async def test_a_language_we_do_not_speak_becomes_the_clinics(given: str | None, kept: str) -> None:
    door = Door()

    await door.use_case()(message("hello", language=given))

    assert door.inbox.kept[0][2] == kept


@pytest.mark.parametrize(("length", "whole"), [(MAX_TEXT_CHARS, True), (MAX_TEXT_CHARS + 1, False)])
async def test_a_text_too_long_keeps_its_beginning_for_staff(
    length: int,
    whole: bool,  # noqa: FBT001  # a column of the table
) -> None:
    door = Door()

    await door.use_case()(message("a" * length))

    content = door.inbox.kept[0][0].content
    if whole:
        assert content == Text(text="a" * length)
    else:
        assert content == Unsupported(kind=UnsupportedKind.TOO_LONG, caption="a" * MAX_TEXT_CHARS)


async def test_the_end_of_a_text_too_long_is_screened_too() -> None:
    door = Door()

    await door.use_case()(message("a. " * MAX_TEXT_CHARS + ALARM))

    assert door.inbox.kept[0][1] is not None


async def test_a_caption_is_screened() -> None:
    door = Door()

    await door.use_case()(message(Unsupported(kind=UnsupportedKind.PHOTO, caption=ALARM)))

    assert door.inbox.kept[0][1] is not None


async def test_without_a_store_a_red_flag_is_answered_and_the_channel_told_to_repeat() -> None:
    door = Door(inbox=ListInbox(down=True))

    with pytest.raises(UnavailableError):
        await door.use_case()(message(ALARM))

    assert door.sender.sent == [("m-1", "utter_emergency")]
    assert door.renderer.rendered[0].safety


@pytest.mark.parametrize("content", ["hello", Press(payload="/help")])
async def test_without_a_store_anything_else_is_left_to_the_repeat(content: Content | str) -> None:
    door = Door(inbox=ListInbox(down=True))

    with pytest.raises(UnavailableError):
        await door.use_case()(message(content))

    assert door.sender.sent == []
    assert door.woken == []


async def test_a_repeated_delivery_is_answered_once_without_a_store() -> None:
    door = Door(inbox=ListInbox(down=True))
    receive = door.use_case()

    for name in ("m-1", "m-1", "m-2"):
        with pytest.raises(UnavailableError):
            await receive(message(ALARM, name=name))

    assert [key for key, _ in door.sender.sent] == ["m-1", "m-2"]


@pytest.mark.parametrize(
    ("first", "tries"),
    [
        (NotSent(fault=SendFault.UNREACHABLE), 2),
        (NotSent(fault=SendFault.RATE_LIMITED), 2),
        (Sent(), 1),
    ],
)
async def test_an_emergency_answer_that_did_not_go_out_is_tried_again_with_the_repeat(
    first: SendOutcome, tries: int
) -> None:
    sender = ScriptedSender(Channel.WEB, outcomes=(first, Sent()))
    door = Door(inbox=ListInbox(down=True), sender=sender)
    receive = door.use_case()

    for _ in range(3):
        with pytest.raises(UnavailableError):
            await receive(message(ALARM))

    assert len(sender.sent) == tries


async def test_the_emergency_answer_speaks_the_language_of_the_alarm() -> None:
    door = Door(inbox=ListInbox(down=True))

    with pytest.raises(UnavailableError):
        await door.use_case()(message("me duele mucho el pecho y no puedo respirar"))

    assert door.renderer.audiences[0].language == "es"
