from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram.raw import read_raw
from bot.channels.telegram.updates import HandleBlocked
from domain.message import (
    Address,
    Channel,
    ContactShared,
    Content,
    InboundMessage,
    Press,
    Text,
    Unsupported,
    UnsupportedKind,
)

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
SENT = 1_772_470_800
ANA = 5_550_101
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
FILE = {"file_id": "f", "file_unique_id": "u"}


def message(chat_type: str = "private", **content: Any) -> dict[str, Any]:
    chat = {"id": ANA, "type": chat_type, "title": "t"}
    return {"message_id": 1, "date": SENT, "chat": chat, "from": person(), **content}


def person(user_id: int = ANA, language: str | None = "en-GB") -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Test", "language_code": language}


def read(**body: Any) -> InboundMessage | HandleBlocked | None:
    return read_raw({"update_id": 77, **body}, account="42", now=NOW).reading


def content(sent: dict[str, Any]) -> Content | None:
    reading = read(message=sent)
    assert not isinstance(reading, HandleBlocked)
    return reading.content if reading else None


def test_a_private_text_carries_who_when_and_which_language() -> None:
    assert read(message=message(text="good morning")) == InboundMessage(
        sender=Address(channel=Channel.TELEGRAM, account="42", value=str(ANA)),
        external_id="77",
        content=Text(text="good morning"),
        sent_at=datetime.fromtimestamp(SENT, UTC),
        language="en",
    )


@pytest.mark.parametrize(
    ("code", "hint"), [("es", "es"), ("es-419", "es"), ("pt_BR", "pt"), ("fil", "fil"), ("x", None), (None, None)]
)
def test_the_language_hint_is_the_base_of_the_persons_setting(code: str | None, hint: str | None) -> None:
    reading = read(message={**message(text="hola"), "from": person(language=code)})

    assert isinstance(reading, InboundMessage)
    assert reading.language == hint


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/start", "hello"),
        ("/START", "hello"),
        ("/start@clinic_test_bot", "hello"),
        ("/help", "help"),
        ("/stop", "stop"),
        ("/start I cannot breathe", "hello I cannot breathe"),
        ("/help my chest hurts", "help my chest hurts"),
        ("/started", "/started"),
        ("/c:0198:1", "/c:0198:1"),
        ("stop", "stop"),
        ("  spaced  ", "  spaced  "),
    ],
)
def test_commands_become_words_and_keep_what_follows_them(typed: str, meant: str) -> None:
    assert content(message(text=typed)) == Text(text=meant)


def test_control_characters_and_broken_halves_of_emoji_are_taken_out() -> None:
    assert content(message(text="a\x00b\r\nc\ud83dd\x1b[31m")) == Text(text="ab\nc\N{REPLACEMENT CHARACTER}d[31m")
    assert content(message(text="\x00\x01")) == Unsupported(kind=UnsupportedKind.OTHER)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"voice": {**FILE, "duration": 1}}, UnsupportedKind.VOICE),
        ({"video_note": {**FILE, "duration": 1, "length": 1}}, UnsupportedKind.VOICE),
        ({"photo": PHOTO}, UnsupportedKind.PHOTO),
        ({"video": {**FILE, "duration": 1, "width": 1, "height": 1}}, UnsupportedKind.PHOTO),
        ({"document": FILE}, UnsupportedKind.DOCUMENT),
        (
            {
                "sticker": {
                    **FILE,
                    "type": "regular",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                }
            },
            UnsupportedKind.STICKER,
        ),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, UnsupportedKind.LOCATION),
        ({"dice": {"emoji": "x", "value": 1}}, UnsupportedKind.OTHER),
        ({"a_kind_from_the_future": {"x": 1}}, UnsupportedKind.OTHER),
    ],
)
def test_what_we_cannot_read_is_named_and_keeps_its_caption(sent: dict[str, Any], kind: UnsupportedKind) -> None:
    assert content(message(**sent)) == Unsupported(kind=kind)
    assert content(message(**sent, caption="it bleeds")) == Unsupported(kind=kind, caption="it bleeds")


@pytest.mark.parametrize("number", ["+15555550101", "15555550101", "+1 555 555 0101"])
def test_a_persons_own_number_is_vouched_for(number: str) -> None:
    card = {"phone_number": number, "first_name": "Test", "user_id": ANA}

    assert content(message(contact=card)) == ContactShared(phone="+15555550101")


@pytest.mark.parametrize(
    ("card", "around"),
    [
        ({"user_id": ANA + 1}, {}),
        ({}, {}),
        ({"user_id": ANA, "phone_number": "call me"}, {}),
        ({"user_id": ANA, "phone_number": "015555550101"}, {}),
        ({"user_id": ANA}, {"forward_origin": {"type": "user", "date": SENT, "sender_user": person()}}),
        ({"user_id": ANA}, {"via_bot": {"id": 1, "is_bot": True, "first_name": "B"}}),
    ],
)
def test_any_other_contact_card_proves_nothing(card: dict[str, Any], around: dict[str, Any]) -> None:
    full = {"phone_number": "+15555550101", "first_name": "Test", **card}

    assert content(message(contact=full, **around)) == Unsupported(kind=UnsupportedKind.OTHER)


@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel"])
def test_a_group_is_never_answered_as_a_patient_but_its_words_are_screened(chat_type: str) -> None:
    group = Unsupported(kind=UnsupportedKind.GROUP, caption="she collapsed")
    card = {"phone_number": "+15555550101", "first_name": "Test", "user_id": ANA}

    assert content(message(chat_type, text="she collapsed")) == group
    assert content(message(chat_type, photo=PHOTO, caption="she collapsed")) == group
    assert content(message(chat_type, contact=card)) == Unsupported(kind=UnsupportedKind.GROUP)
    assert content(message(chat_type, text="/start")) == Unsupported(kind=UnsupportedKind.GROUP, caption="/start")


@pytest.mark.parametrize(
    "notice",
    [
        {"new_chat_members": [person(1)]},
        {"left_chat_member": person(1)},
        {"new_chat_title": "t"},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 5}},
        {"group_chat_created": True},
    ],
)
def test_telegrams_own_notices_are_nobodys_words(notice: dict[str, Any]) -> None:
    assert content(message("group", **notice)) is None
    assert content(message(**notice)) is None


def test_other_bots_are_not_patients() -> None:
    assert content({**message(text="buy now"), "from": {**person(), "is_bot": True}}) is None


def test_an_edit_of_words_counts_and_a_moving_location_does_not() -> None:
    edited = read(edited_message=message(text="wednesday", edit_date=SENT + 60))
    moved = read(edited_message=message(location={"latitude": 1.0, "longitude": 2.0}, edit_date=SENT + 60))

    assert isinstance(edited, InboundMessage)
    assert (edited.content, edited.external_id) == (Text(text="wednesday"), "77")
    assert edited.sent_at == datetime.fromtimestamp(SENT + 60, UTC)
    assert moved is None


def test_a_time_ahead_of_our_clock_is_our_clocks() -> None:
    reading = read(message={**message(text="hi"), "date": SENT + 10**8})

    assert isinstance(reading, InboundMessage)
    assert reading.sent_at == NOW


def press(**fields: Any) -> dict[str, Any]:
    return {"id": "q", "from": person(), "chat_instance": "1", "data": "/c:0198:2", **fields}


@pytest.mark.parametrize(
    "under",
    [
        {"message": message(text="Which time?")},
        {"message": {"message_id": 1, "date": 0, "chat": {"id": ANA, "type": "private"}}},
        {"inline_message_id": "1"},
    ],
)
def test_a_press_is_its_payload_pressed_now_whatever_became_of_the_message(under: dict[str, Any]) -> None:
    found = read_raw({"update_id": 77, "callback_query": press(**under)}, account="42", now=NOW)

    assert isinstance(found.reading, InboundMessage)
    assert found.reading.content == Press(payload="/c:0198:2")
    assert (found.reading.sender.value, found.reading.sent_at) == (str(ANA), NOW)
    assert found.query_id == "q"


def test_a_press_in_a_group_chooses_nothing() -> None:
    reading = read(callback_query=press(message=message("group", text="Which time?")))

    assert isinstance(reading, InboundMessage)
    assert reading.content == Unsupported(kind=UnsupportedKind.GROUP)


def test_a_game_button_is_passed_over_and_its_spinner_stopped() -> None:
    game = {**press(), "game_short_name": "g"}
    del game["data"]

    found = read_raw({"update_id": 77, "callback_query": game}, account="42", now=NOW)

    assert (found.reading, found.query_id) == (None, "q")


def member(status: str, chat_type: str = "private") -> dict[str, Any]:
    bot = {"id": 42, "is_bot": True, "first_name": "Clinic"}
    until = {"until_date": 0} if status == "kicked" else {}
    return {
        "chat": {"id": ANA, "type": chat_type},
        "from": person(),
        "date": SENT,
        "old_chat_member": {"status": "member", "user": bot},
        "new_chat_member": {"status": status, "user": bot, **until},
    }


def test_only_a_private_block_is_a_block() -> None:
    assert read(my_chat_member=member("kicked")) == HandleBlocked(
        address=Address(channel=Channel.TELEGRAM, account="42", value=str(ANA)), at=datetime.fromtimestamp(SENT, UTC)
    )
    assert read(my_chat_member=member("member")) is None
    assert read(my_chat_member=member("kicked", "group")) is None


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ({"message": {**message(text="my chest hurts"), "from": "nobody"}}, Text(text="my chest hurts")),
        ({"message": {**message(text="/start"), "date": 10**30}}, Text(text="hello")),
        (
            {"edited_message": {**message(photo=5), "caption": "it\x00 bleeds"}},
            Unsupported(kind=UnsupportedKind.OTHER, caption="it bleeds"),
        ),
        ({"message": message(sticker=5)}, Unsupported(kind=UnsupportedKind.OTHER)),
        ({"message": message("group", text=5)}, None),
        ({"message": {"text": "words of nobody"}}, None),
        ({"callback_query": press(message={**message(photo=5)})}, Press(payload="/c:0198:2")),
        ({"callback_query": {"id": 5}}, None),
        ({"message": [], "callback_query": ""}, None),
    ],
)
def test_words_in_an_update_we_cannot_parse_are_kept(broken: dict[str, Any], kept: Content | None) -> None:
    found = read_raw({"update_id": 77, **broken}, account="42", now=NOW)

    assert not found.readable
    assert found.update_id == 77
    if kept is None:
        assert found.reading is None
    else:
        assert isinstance(found.reading, InboundMessage)
        assert (found.reading.content, found.reading.sender.value) == (kept, str(ANA))


@pytest.mark.parametrize("raw", [None, 5, "text", [], {}, {"update_id": "7"}, {"update_id": True}, {"message": {}}])
def test_an_entry_without_a_number_is_no_update(raw: object) -> None:
    found = read_raw(raw, account="42", now=NOW)

    assert (found.update_id, found.reading, found.readable) == (None, None, False)
