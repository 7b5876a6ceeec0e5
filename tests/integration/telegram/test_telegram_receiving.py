"""Updates over real HTTP: nothing confirmed before it is stored, nothing lost, nothing twice, in order."""

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from bot.channels.telegram.api import ApiFault
from bot.channels.telegram.errors import TokenRefusedError
from domain.errors import RefusedToStartError
from domain.message import Address, Channel, Press, Text, Unsupported, UnsupportedKind
from tests.fakes.telegram_api import BOT_ID, NOON, TOKEN, Break, Refusal, TelegramApi
from tests.integration.telegram.kept import HandTime, KeptInbox, channel_to, killed, running

ANA, BEN = 5_550_101, 5_550_102


async def test_messages_of_several_patients_are_stored_in_telegrams_order(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    for number in range(250):
        api.says((ANA, BEN)[number % 2], f"line {number}")

    async with running(channel_to(api, inbox, time)) as _:
        await inbox.reaches(250)

    assert inbox.words == [f"line {number}" for number in range(250)]
    assert inbox.duplicates == 0


async def test_a_message_arrives_while_the_poll_is_held(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    async with running(channel_to(api, inbox, time)):
        await api.until(lambda: bool(api.made("getUpdates")))
        update_id = api.says(ANA, "good morning", language="es-419")
        await inbox.reaches(1)

    (message,) = inbox.kept.values()
    assert message.sender == Address(channel=Channel.TELEGRAM, account=str(BOT_ID), value=str(ANA))
    assert (message.external_id, message.content, message.language) == (
        str(update_id),
        Text(text="good morning"),
        "es",
    )
    assert message.sent_at.timestamp() == NOON
    assert time.slept == []


async def test_nothing_is_confirmed_before_it_is_stored(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    first = api.says(ANA, "one")
    inbox.hang_before = "one"
    channel = channel_to(api, inbox, time)
    await channel.start()
    task = asyncio.create_task(channel.run())
    await inbox.hanging.wait()

    assert api.confirmed_to <= first
    assert [update["update_id"] for update in api.waiting] == [first]
    await killed(channel, task)


async def test_a_crash_before_storing_loses_nothing(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    for number in range(6):
        api.says(ANA, f"line {number}")
    inbox.hang_before = "line 3"
    first = channel_to(api, inbox, time)
    await first.start()
    task = asyncio.create_task(first.run())
    await inbox.hanging.wait()
    await killed(first, task)
    inbox.hang_before = ""

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(6)

    assert inbox.words == [f"line {number}" for number in range(6)]
    assert inbox.duplicates == 3


async def test_a_crash_after_storing_and_before_confirming_stores_nothing_twice(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    for number in range(4):
        api.says(ANA, f"line {number}")
    inbox.hang_after = "line 3"
    first = channel_to(api, inbox, time)
    await first.start()
    task = asyncio.create_task(first.run())
    await inbox.hanging.wait()
    await killed(first, task)
    inbox.hang_after = ""
    api.says(ANA, "line 4")

    async with running(channel_to(api, inbox, time)) as _:
        await inbox.reaches(5)

    assert inbox.words == [f"line {number}" for number in range(5)]
    assert inbox.duplicates == 4


async def test_an_orderly_stop_confirms_what_was_stored(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    update_id = api.says(ANA, "one")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(1)

    assert api.confirmed_to == update_id + 1
    assert api.waiting == []


async def test_a_store_that_is_down_is_asked_again_with_the_same_update(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.says(ANA, "one")
    api.says(ANA, "two")
    inbox.down_for = 3

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(2)

    assert inbox.words == ["one", "two"]
    assert time.slept == [2.0, 2.0, 2.0]
    assert [poll.params.get("offset") for poll in api.made("getUpdates")[:4]] == [None] * 4
    assert inbox.duplicates == 0


async def test_a_delivery_the_store_chokes_on_is_kept_as_a_husk_and_holds_nobody_back(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.says(ANA, "before")
    api.says(BEN, "poison")
    api.says(ANA, "after")
    inbox.chokes_on = "poison"
    channel = channel_to(api, inbox, time)

    with capture_logs() as logs:
        async with running(channel):
            await inbox.reaches(3)

    before, husk, after = inbox.kept.values()
    assert (before.content, after.content) == (Text(text="before"), Text(text="after"))
    assert husk.content == Unsupported(kind=UnsupportedKind.OTHER)
    assert husk.sender.value == str(BEN)
    assert (channel.counts.stored, channel.counts.husks) == (3, 1)
    assert [log["times"] for log in logs if log["event"] == "telegram.store_choked"] == [1, 2, 3]
    assert "poison" not in str(logs)


async def test_malformed_updates_never_block_the_ones_behind_them(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.push_raw({"update_id": 900, "message": {"nonsense": True}})
    api.push_raw({"update_id": 901, "message": "not even an object"})
    api.push_raw({"update_id": 902, "callback_query": {"id": 7}})
    readable = api.message(ANA, text="my chest hurts")
    api.push({"message": {**readable, "date": "yesterday"}})
    api.push({"message": {**api.message(ANA, photo="nonsense"), "caption": "this rash"}})
    api.says(BEN, "fine")
    channel = channel_to(api, inbox, time)

    with capture_logs() as logs:
        async with running(channel):
            await inbox.reaches(3)

    assert [message.content for message in inbox.kept.values()] == [
        Text(text="my chest hurts"),
        Unsupported(kind=UnsupportedKind.OTHER, caption="this rash"),
        Text(text="fine"),
    ]
    assert (channel.counts.unreadable, channel.counts.passed_over, channel.counts.stored) == (5, 3, 3)
    unreadable = [log for log in logs if log["event"] == "telegram.update_unreadable"]
    assert [log["kept"] for log in unreadable] == [False, False, False, True, True]
    assert all(set(log) == {"event", "log_level", "update_id", "kept"} for log in unreadable)


async def test_entries_without_a_number_do_not_stop_the_rest(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.push_raw("a string")
    api.push_raw({"message": {}})
    api.says(ANA, "fine")
    channel = channel_to(api, inbox, time)

    async with running(channel):
        await inbox.reaches(1)
        await inbox.has(lambda: inbox.words == ["fine"])

    assert channel.counts.unreadable >= 2


async def test_an_edit_is_new_input_under_its_own_number(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    api.says(ANA, "tuesday")
    api.edits(ANA, "wednesday")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(2)

    assert inbox.words == ["tuesday", "wednesday"]
    said, edited = inbox.kept.values()
    assert (edited.sent_at - said.sent_at).total_seconds() == 60


async def test_a_press_is_stored_and_its_spinner_stopped(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    api.presses(ANA, "/c:0198-fictional:2")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(1)
        await api.until(lambda: bool(api.answered_queries))

    (message,) = inbox.kept.values()
    assert message.content == Press(payload="/c:0198-fictional:2")
    assert message.sender.value == str(ANA)
    assert len(api.answered_queries) == 1


async def test_a_press_too_old_to_be_answered_is_a_press_all_the_same(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.presses(ANA, "/c:x:1")
    api.next_call(
        "answerCallbackQuery", Refusal(status=400, description="Bad Request: query is too old and response timeout")
    )
    api.says(ANA, "next")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(2)

    assert [message.content for message in inbox.kept.values()] == [Press(payload="/c:x:1"), Text(text="next")]


async def test_a_block_is_told_to_the_clinic(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    api.blocks(ANA)

    async with running(channel_to(api, inbox, time)):
        await inbox.has(lambda: bool(inbox.blocks))

    assert [notice.address.value for notice in inbox.blocks] == [str(ANA)]
    assert inbox.kept == {}


async def test_updates_numbered_anew_after_a_quiet_week_are_not_hidden(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.says(ANA, "old")
    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(1)
        await api.until(lambda: "offset" in api.made("getUpdates")[-1].params)
        api.next_empty_poll()
        await api.until(lambda: "offset" not in api.made("getUpdates")[-1].params)
        api.forget_numbering(7)
        api.says(ANA, "new")
        await inbox.reaches(2)

    assert [message.external_id for message in inbox.kept.values()] == ["1000", "7"]


async def test_network_trouble_is_waited_out_with_growing_pauses(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    for event in (Break.RESET_UNREAD, Break.BAD_GATEWAY, Break.RESET_AFTER, Break.ODD_RESULT):
        api.next_call("getUpdates", event)
    api.next_call("getUpdates", Refusal(status=429, description="Too Many Requests", retry_after=17))
    api.says(ANA, "one")
    channel = channel_to(api, inbox, time)

    async with running(channel):
        await inbox.reaches(1)
        assert channel.trouble is None

    assert inbox.words == ["one"]
    assert time.slept == [1.0, 2.0, 4.0, 8.0, 17.0]


async def test_a_second_poller_is_reported_and_waited_for(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    said = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    api.next_call("getUpdates", Refusal(status=409, description=said))
    api.says(ANA, "one")

    with capture_logs() as logs:
        async with running(channel_to(api, inbox, time)):
            await inbox.reaches(1)

    assert time.slept == [30.0]
    (conflict,) = [log for log in logs if log["event"] == "telegram.poll_conflict"]
    assert conflict["log_level"] == "error"
    assert conflict["reason"] == "terminated by other getupdates"


async def test_two_pollers_on_one_token_lose_nothing(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    async with running(channel_to(api, inbox, time)), running(channel_to(api, inbox, time)):
        for number in range(20):
            api.says(ANA, f"line {number}")
            await inbox.reaches(number + 1)

    assert inbox.words == [f"line {number}" for number in range(20)]


async def test_a_webhook_left_behind_is_removed_and_its_backlog_read(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.webhook = "https://elsewhere.example/hook"
    api.says(ANA, "waiting since last night")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(1)

    assert inbox.words == ["waiting since last night"]


async def test_only_the_kinds_of_update_we_read_are_asked_for(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.push({"channel_post": {"message_id": 1, "date": NOON, "chat": {"id": -1, "type": "channel", "title": "t"}}})
    api.says(ANA, "one")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(1)

    (allowed,) = {tuple(poll.params["allowed_updates"]) for poll in api.made("getUpdates")}
    assert allowed == ("message", "edited_message", "callback_query", "my_chat_member")


async def test_the_menu_is_offered_in_each_language(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    async with running(channel_to(api, inbox, time)):
        pass

    assert set(api.commands) == {"", "en", "es"}
    assert api.commands[""] == api.commands["en"] != api.commands["es"]
    assert [entry["command"] for entry in api.commands["es"]] == ["start", "help", "stop"]


async def test_a_menu_that_cannot_be_set_changes_nothing_else(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.next_call("setMyCommands", Break.BAD_GATEWAY)
    api.says(ANA, "one")

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(1)

    assert inbox.words == ["one"]


async def test_telegram_down_at_start_does_not_keep_the_clinic_closed(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    for _ in range(3):
        api.next_call("getMe", Break.RESET_UNREAD)
    channel = channel_to(api, inbox, time)

    await channel.start()
    seen = [channel.trouble]
    api.says(ANA, "one")
    async with running(channel):
        await inbox.reaches(1)
        seen.append(channel.trouble)

    assert seen == [ApiFault.NO_ANSWER, None]
    assert inbox.words == ["one"]


@pytest.mark.parametrize("token", [TOKEN + "x", "1:unknown"])
async def test_an_unknown_token_refuses_to_start(
    api: TelegramApi, inbox: KeptInbox, time: HandTime, token: str
) -> None:
    channel = channel_to(api, inbox, time, token=token)

    with pytest.raises(TokenRefusedError) as refused:
        await channel.start()

    assert token not in str(refused.value)
    await channel.close()


async def test_a_token_revoked_later_ends_the_run_with_its_name(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    channel = channel_to(api, inbox, time)
    await channel.start()
    api.revoked = True

    with pytest.raises(RefusedToStartError, match="BotFather"):
        await channel.run()

    assert channel.trouble is ApiFault.TOKEN
    with suppress(asyncio.CancelledError):
        await channel.close()
