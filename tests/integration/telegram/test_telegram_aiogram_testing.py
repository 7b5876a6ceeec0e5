"""The same poller and sender behind aiogram-testing's mocked bot: its messages and answers were written by others."""

from datetime import timedelta
from typing import Any

import pytest
from aiogram.methods import AnswerCallbackQuery, SendMessage
from aiogram.types import InlineKeyboardMarkup, TelegramObject
from aiogram_tests.mocked_bot import MockedBot
from aiogram_tests.types.dataset import (
    CALLBACK_QUERY,
    CONTACT,
    EDITED_MESSAGE,
    MESSAGE,
    MESSAGE_WITH_CONTACT,
    MESSAGE_WITH_DOCUMENT,
    MESSAGE_WITH_LOCATION,
    MESSAGE_WITH_PHOTO,
    MESSAGE_WITH_STICKER,
    MESSAGE_WITH_VOICE,
    USER,
)

from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import PollTimes, UpdatePoller
from bot.channels.telegram.raw import GetRawUpdates
from bot.channels.telegram.sender import TelegramSender
from domain.message import (
    Address,
    Button,
    Channel,
    ContactShared,
    InboundMessage,
    OutboundMessage,
    Press,
    Text,
    Unsupported,
    UnsupportedKind,
)
from domain.outbox import NotSent, SendFault, Sent
from tests.integration.telegram.kept import HandTime, KeptInbox, NoonClock

PATIENT = str(USER["id"])


def update(update_id: int, **fields: TelegramObject) -> dict[str, Any]:
    shown = {
        name: thing.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
        for name, thing in fields.items()
    }
    return {"update_id": update_id, **shown}


async def polled(bot: MockedBot, inbox: KeptInbox, time: HandTime, *updates: dict[str, Any]) -> list[InboundMessage]:
    poller = UpdatePoller(
        bot, receive=inbox, blocked=inbox.blocked, clock=NoonClock(), times=PollTimes(), sleep=time.sleep
    )
    bot.add_result_for(GetRawUpdates, ok=True, result=list(updates))
    await poller.poll_once()
    assert poller.counts.unreadable == 0
    return list(inbox.kept.values())


@pytest.fixture
def sender(mocked_bot: MockedBot, time: HandTime) -> TelegramSender:
    return TelegramSender(
        mocked_bot, pace=Pace(monotonic=time.monotonic, sleep=time.sleep), contact_label="Share my phone number"
    )


def address(bot: MockedBot) -> Address:
    return Address(channel=Channel.TELEGRAM, account=str(bot.id), value=PATIENT)


async def test_a_dialogue_by_text_and_button(
    mocked_bot: MockedBot, sender: TelegramSender, inbox: KeptInbox, time: HandTime
) -> None:
    (said,) = await polled(mocked_bot, inbox, time, update(1, message=MESSAGE.as_object(text="/start")))
    assert (said.content, said.sender) == (Text(text="hello"), address(mocked_bot))

    buttons = (Button(label="Yes", payload="/c:0198:1"), Button(label="No", payload="/c:0198:2"))
    outcome = await sender.send(said.sender, OutboundMessage(text="Tuesday?", buttons=buttons), key="o-1")
    assert isinstance(outcome, Sent)
    sent = mocked_bot.calls.last(SendMessage)
    assert (sent.chat_id, sent.text, sent.parse_mode) == (int(PATIENT), "Tuesday?", None)
    assert isinstance(sent.reply_markup, InlineKeyboardMarkup)

    pressed = sent.reply_markup.inline_keyboard[0][1].callback_data
    press = CALLBACK_QUERY.as_object(data=pressed)
    messages = await polled(mocked_bot, inbox, time, update(2, callback_query=press))
    assert messages[-1].content == Press(payload="/c:0198:2")
    assert mocked_bot.calls.last(AnswerCallbackQuery).callback_query_id == press.id


async def test_every_kind_of_message_of_the_data_set_is_understood(
    mocked_bot: MockedBot, inbox: KeptInbox, time: HandTime
) -> None:
    own = CONTACT.as_object(user_id=int(PATIENT), phone_number="+15555550101")
    items = (
        MESSAGE_WITH_VOICE.as_object(),
        MESSAGE_WITH_PHOTO.as_object(),
        MESSAGE_WITH_DOCUMENT.as_object(),
        MESSAGE_WITH_STICKER.as_object(),
        MESSAGE_WITH_LOCATION.as_object(),
        MESSAGE_WITH_CONTACT.as_object(),
        MESSAGE_WITH_CONTACT.as_object(contact=own),
    )
    updates = [update(number, message=item) for number, item in enumerate(items, start=1)]
    edit = update(90, edited_message=EDITED_MESSAGE.as_object(text="wednesday"))

    *read, last = await polled(mocked_bot, inbox, time, *updates, edit)

    assert [item.content.kind for item in read if isinstance(item.content, Unsupported)] == [
        UnsupportedKind.VOICE,
        UnsupportedKind.PHOTO,
        UnsupportedKind.DOCUMENT,
        UnsupportedKind.STICKER,
        UnsupportedKind.LOCATION,
        UnsupportedKind.OTHER,
    ]
    assert read[-1].content == ContactShared(phone="+15555550101")
    assert last.content == Text(text="wednesday")


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (
            {"error_code": 429, "description": "Too Many Requests", "retry_after": 3},
            NotSent(fault=SendFault.RATE_LIMITED, retry_after=timedelta(seconds=3)),
        ),
        (
            {"error_code": 403, "description": "Forbidden: bot was blocked by the user"},
            NotSent(fault=SendFault.BLOCKED),
        ),
        ({"error_code": 400, "description": "Bad Request: chat not found"}, NotSent(fault=SendFault.REJECTED)),
        ({"error_code": 502, "description": "Bad Gateway"}, NotSent(fault=SendFault.NO_ANSWER)),
    ],
)
async def test_refusals_reach_the_outbox_in_our_terms(
    mocked_bot: MockedBot, sender: TelegramSender, refusal: dict[str, Any], outcome: NotSent
) -> None:
    mocked_bot.add_result_for(SendMessage, ok=False, **refusal)

    assert await sender.send(address(mocked_bot), OutboundMessage(text="hello"), key="o-1") == outcome
