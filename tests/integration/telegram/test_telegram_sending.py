"""Messages over real HTTP: what a patient has on screen, and what the outbox is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from structlog.testing import capture_logs

from bot.channels.telegram.channel import TelegramChannel
from domain.ids import ConversationId, HandleId, OutboxId, SubjectId, TurnId
from domain.message import Address, Button, Channel, OutboundMessage
from domain.outbox import NotSent, OutboxItem, OutboxStatus, SendFault, Sent, after_attempt
from tests.fakes.telegram_api import BOT_ID, Break, Refusal, TelegramApi
from tests.integration.telegram.kept import HandTime, KeptInbox, channel_to

ANA = 5_550_101
LONG = " ".join(f"Sentence number {number} of a long preparation text." for number in range(200))


def address(chat: int = ANA, account: str = str(BOT_ID)) -> Address:
    return Address(channel=Channel.TELEGRAM, account=account, value=str(chat))


@pytest.fixture
async def channel(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> AsyncIterator[TelegramChannel]:
    opened = channel_to(api, inbox, time)
    yield opened
    await opened.close()


async def test_words_and_buttons_arrive_as_they_are(api: TelegramApi, channel: TelegramChannel) -> None:
    payload = "/c:0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b:12"
    message = OutboundMessage(
        text="Tuesday <b>or</b> *Wednesday*?",
        buttons=(Button(label="Yes", payload=payload), Button(label="No", payload="/deny")),
    )

    outcome = await channel.sender.send(address(), message, key="o-1")

    (arrived,) = api.chats[ANA]
    assert outcome == Sent(provider_id=str(arrived.message_id))
    assert arrived.text == "Tuesday <b>or</b> *Wednesday*?"
    assert arrived.markup["inline_keyboard"] == [
        [{"text": "Yes", "callback_data": payload}, {"text": "No", "callback_data": "/deny"}]
    ]
    (call,) = api.made("sendMessage")
    assert "parse_mode" not in call.params
    assert call.params["link_preview_options"] == {"is_disabled": True}


async def test_long_labels_stand_below_each_other(api: TelegramApi, channel: TelegramChannel) -> None:
    buttons = tuple(Button(label=f"Tue 3 March at {hour}:30", payload=f"/c:x:{hour}") for hour in (9, 10, 11))

    await channel.sender.send(address(), OutboundMessage(text="Which time?", buttons=buttons), key="o-1")

    rows = api.chats[ANA][0].markup["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [[button.label] for button in buttons]


async def test_the_contact_control_is_shown_in_every_language_and_put_away(
    api: TelegramApi, channel: TelegramChannel, time: HandTime
) -> None:
    asked = OutboundMessage(text="Your number?", ask_contact=True, buttons=(Button(label="Skip", payload="/skip"),))
    await channel.sender.send(address(), asked, key="o-1")
    await channel.sender.send(address(), OutboundMessage(text="Thank you."), key="o-2")

    first, second = api.chats[ANA]
    assert first.text == "Your number?\n1. Skip"
    (row,) = first.markup["keyboard"]
    assert row == [{"text": "Share my phone number · Compartir mi número de teléfono", "request_contact": True}]
    assert second.markup == {"remove_keyboard": True}
    assert time.slept == [1.0]


async def test_a_payload_telegram_would_refuse_becomes_a_number(api: TelegramApi, channel: TelegramChannel) -> None:
    buttons = (Button(label="Good", payload="/ok"), Button(label="Bad", payload="ñ" * 33))

    with capture_logs() as logs:
        outcome = await channel.sender.send(address(), OutboundMessage(text="Which?", buttons=buttons), key="o-1")

    assert isinstance(outcome, Sent)
    assert api.texts(ANA) == ["Which?\n1. Good\n2. Bad"]
    assert [log["event"] for log in logs] == ["telegram.button_refused"]


async def test_a_long_text_arrives_whole_in_parts_and_the_buttons_under_the_last(
    api: TelegramApi, channel: TelegramChannel
) -> None:
    message = OutboundMessage(text=LONG, buttons=(Button(label="Yes", payload="/y"),))

    outcome = await channel.sender.send(address(), message, key="o-1")

    arrived = api.chats[ANA]
    assert len(arrived) == 3
    assert " ".join(part.text for part in arrived) == LONG
    assert all(part.text.endswith(".") for part in arrived)
    assert ["inline_keyboard" in part.markup for part in arrived] == [False, False, True]
    assert outcome == Sent(provider_id=",".join(str(part.message_id) for part in arrived))
    assert [part.at for part in arrived] == [0.0, 1.0, 2.0]


async def test_a_repeat_goes_on_at_the_part_that_was_refused(
    api: TelegramApi, channel: TelegramChannel, time: HandTime
) -> None:
    message = OutboundMessage(text=LONG)
    api.next_call("sendMessage", Break.NONE)
    api.next_call("sendMessage", Refusal(status=429, description="Too Many Requests", retry_after=60))

    first = await channel.sender.send(address(), message, key="o-1")
    time.seconds += 60
    second = await channel.sender.send(address(), message, key="o-1")

    assert first == NotSent(fault=SendFault.RATE_LIMITED, retry_after=timedelta(seconds=60))
    assert isinstance(second, Sent)
    assert " ".join(api.texts(ANA)) == LONG
    assert second.provider_id == ",".join(str(part.message_id) for part in api.chats[ANA])


async def test_only_the_part_without_an_answer_is_doubled(api: TelegramApi, channel: TelegramChannel) -> None:
    for event in (Break.NONE, Break.RESET_AFTER):
        api.next_call("sendMessage", event)

    first = await channel.sender.send(address(), OutboundMessage(text=LONG), key="o-1")
    second = await channel.sender.send(address(), OutboundMessage(text=LONG), key="o-1")

    assert (first, type(second)) == (NotSent(fault=SendFault.NO_ANSWER), Sent)
    one, two, again, three = api.texts(ANA)
    assert two == again
    assert f"{one} {two} {three}" == LONG


async def test_a_rest_of_37_seconds_is_kept_to_the_second(
    api: TelegramApi, channel: TelegramChannel, time: HandTime
) -> None:
    api.flood(ANA, 37)
    outcomes = []
    for second in range(0, 41, 4):
        time.seconds = float(second)
        outcomes.append(await channel.sender.send(address(), OutboundMessage(text=f"at {second}"), key=f"o-{second}"))

    assert outcomes[0] == NotSent(fault=SendFault.RATE_LIMITED, retry_after=timedelta(seconds=37))
    assert outcomes[5] == NotSent(fault=SendFault.RATE_LIMITED, retry_after=timedelta(seconds=17))
    assert [call.at for call in api.made("sendMessage")] == [0.0, 40.0]
    assert api.texts(ANA) == ["at 40"]


async def test_a_rest_is_kept_for_that_chat_alone(api: TelegramApi, channel: TelegramChannel) -> None:
    api.flood(ANA, 37)
    await channel.sender.send(address(), OutboundMessage(text="one"), key="o-1")

    assert isinstance(await channel.sender.send(address(7), OutboundMessage(text="two"), key="o-2"), Sent)


@pytest.mark.parametrize(
    ("refusal", "fault"),
    [
        (Refusal(status=403, description="Forbidden: bot was blocked by the user"), SendFault.BLOCKED),
        (Refusal(status=403, description="Forbidden: user is deactivated"), SendFault.BLOCKED),
        (Refusal(status=400, description="Bad Request: chat not found"), SendFault.REJECTED),
        (Refusal(status=413, description="Request Entity Too Large"), SendFault.REJECTED),
        (Refusal(status=401, description="Unauthorized"), SendFault.UNREACHABLE),
        (Refusal(status=429, description="Too Many Requests"), SendFault.RATE_LIMITED),
        (Refusal(status=500, description="Internal Server Error"), SendFault.NO_ANSWER),
        (Break.BAD_GATEWAY, SendFault.NO_ANSWER),
        (Break.RESET_UNREAD, SendFault.NO_ANSWER),
        (Break.RESET_AFTER, SendFault.NO_ANSWER),
    ],
)
async def test_every_refusal_is_told_in_our_own_terms(
    api: TelegramApi, channel: TelegramChannel, refusal: Refusal | Break, fault: SendFault
) -> None:
    api.next_call("sendMessage", refusal)

    outcome = await channel.sender.send(address(), OutboundMessage(text="hello"), key="o-1")

    assert isinstance(outcome, NotSent)
    assert outcome.fault is fault


async def test_a_patient_who_blocked_the_bot_suspends_the_handle(api: TelegramApi, channel: TelegramChannel) -> None:
    api.blocked.add(ANA)

    outcome = await channel.sender.send(address(), OutboundMessage(text="hello"), key="o-1")

    delivery = after_attempt(item(), outcome, item().not_before)
    assert (delivery.status, delivery.suspend_handle) == (OutboxStatus.FAILED, True)


async def test_a_reset_after_the_message_arrived_is_ambiguous_and_not_a_failure(
    api: TelegramApi, channel: TelegramChannel
) -> None:
    api.next_call("sendMessage", Break.RESET_AFTER)

    outcome = await channel.sender.send(address(), OutboundMessage(text="hello"), key="o-1")

    assert api.texts(ANA) == ["hello"]
    assert outcome == NotSent(fault=SendFault.NO_ANSWER)
    assert after_attempt(item(), outcome, item().not_before).status is OutboxStatus.AMBIGUOUS


async def test_no_answer_within_the_deadline_is_ambiguous(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    channel = channel_to(api, inbox, time, deadline=timedelta(milliseconds=200))
    api.next_call("sendMessage", Break.SILENT)

    outcome = await channel.sender.send(address(), OutboundMessage(text="hello"), key="o-1")

    assert outcome == NotSent(fault=SendFault.NO_ANSWER)
    assert api.texts(ANA) == ["hello"]
    await channel.close()


async def test_nobody_listening_is_unreachable(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    api.base = f"http://127.0.0.1:{port}"
    channel = channel_to(api, inbox, time)

    outcome = await channel.sender.send(address(), OutboundMessage(text="hello"), key="o-1")

    assert outcome == NotSent(fault=SendFault.UNREACHABLE)
    await channel.close()


async def test_a_message_taken_with_an_odd_answer_counts_as_sent(api: TelegramApi, channel: TelegramChannel) -> None:
    api.next_call("sendMessage", Break.ODD_RESULT)

    assert await channel.sender.send(address(), OutboundMessage(text="hello"), key="o-1") == Sent()
    assert api.texts(ANA) == ["hello"]


@pytest.mark.parametrize(
    "to", [address(account="1"), Address(channel=Channel.TELEGRAM, account=str(BOT_ID), value="x")]
)
async def test_an_address_that_is_not_this_bots_is_rejected_unsent(
    api: TelegramApi, channel: TelegramChannel, to: Address
) -> None:
    outcome = await channel.sender.send(to, OutboundMessage(text="hello"), key="o-1")

    assert outcome == NotSent(fault=SendFault.REJECTED)
    assert api.calls == []


async def test_a_hundred_patients_are_written_to_within_the_budget(api: TelegramApi, channel: TelegramChannel) -> None:
    for number in range(100):
        outcome = await channel.sender.send(address(100 + number), OutboundMessage(text="due"), key=f"o-{number}")
        assert isinstance(outcome, Sent)

    times = [call.at for call in api.made("sendMessage")]
    assert max(sum(start <= at < start + 1 for at in times) for start in times) == 30
    assert times[-1] == 3.0


def item() -> OutboxItem:
    return OutboxItem(
        id=OutboxId("o-1"),
        conversation_id=ConversationId("c"),
        handle_id=HandleId("h"),
        subject_id=SubjectId("s"),
        turn_id=TurnId("t"),
        ordinal=1,
        to=address(),
        message=OutboundMessage(text="hello"),
        not_before=datetime(2026, 3, 2, 17, 0, tzinfo=UTC),
    )


async def test_the_fake_server_refuses_what_telegram_refuses(api: TelegramApi, channel: TelegramChannel) -> None:
    bot = channel._bot
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="/y")]])
    sent = await bot.send_message(ANA, "hello", reply_markup=keyboard)
    spoilt = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="y" * 65)]])

    with pytest.raises(TelegramBadRequest, match="not modified"):
        await bot.edit_message_reply_markup(chat_id=ANA, message_id=sent.message_id, reply_markup=keyboard)
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await bot.send_message(ANA, "hello", reply_markup=spoilt)
    with pytest.raises(TelegramBadRequest, match="too long"):
        await bot.send_message(ANA, "x" * 4_097)
    with pytest.raises(TelegramBadRequest, match="empty"):
        await bot.send_message(ANA, " ")
    assert await bot.edit_message_reply_markup(chat_id=ANA, message_id=sent.message_id) is True
    assert await bot.send_chat_action(ANA, "typing")
    assert (await bot.get_file("f")).file_path == "photos/file_0.jpg"
    assert api.chats[ANA][0].markup == {}
