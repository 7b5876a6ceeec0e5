import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from aiogram.types import InlineKeyboardMarkup
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.capabilities import CAPABILITIES
from bot.channels.telegram.keyboards import lay_out
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.split import split_text
from bot.channels.telegram.words import contact_label, load_words
from domain.errors import ContentError
from domain.identity import Level
from domain.message import Button, Channel, OutboundMessage


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(
    text=st.text(alphabet=st.sampled_from("ab .!?\n\N{GRINNING FACE}é")),
    limit=st.integers(min_value=2, max_value=40),
)
def test_a_split_keeps_every_mark_and_every_limit(text: str, limit: int) -> None:
    parts = split_text(text, limit)

    assert parts
    assert all(units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_that_fits_is_left_alone() -> None:
    assert split_text("One. Two.\n\nThree.", 17) == ("One. Two.\n\nThree.",)
    assert split_text("", 10) == ("",)


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("One two. Three four. Five.", 22, ("One two. Three four.", "Five.")),
        ("One two. Three four. Five.", 20, ("One two. Three four.", "Five.")),
        ("Bring your card.\n\nEat nothing. Drink water.", 30, ("Bring your card.", "Eat nothing. Drink water.")),
        ("- first line\n- second line\n- third line", 30, ("- first line\n- second line", "- third line")),
        ("word " * 4 + "end", 12, ("word word", "word word", "end")),
        ("x" * 25, 10, ("x" * 10, "x" * 10, "x" * 5)),
        ("\N{GRINNING FACE}" * 5, 4, ("\N{GRINNING FACE}" * 2, "\N{GRINNING FACE}" * 2, "\N{GRINNING FACE}")),
    ],
)
def test_a_split_is_where_a_reader_would_pause(text: str, limit: int, parts: tuple[str, ...]) -> None:
    assert split_text(text, limit) == parts


class Time:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def pace(time: Time, per_second: int = 30) -> Pace:
    return Pace(monotonic=time.monotonic, sleep=time.sleep, per_second=per_second)


async def test_a_chat_is_written_to_once_a_second() -> None:
    time = Time()
    paced = pace(time)
    for _ in range(3):
        assert await paced.leave(1) is None

    assert time.seconds == 102.0
    await paced.leave(2)
    assert time.seconds == 102.0


async def test_the_budget_of_all_chats_is_kept() -> None:
    time = Time()
    paced = pace(time, per_second=2)
    left_at = []
    for chat in range(5):
        await paced.leave(chat)
        left_at.append(time.seconds)

    assert left_at == [100, 100, 101, 101, 102]


async def test_a_wait_that_is_too_long_is_handed_back_and_takes_nothing() -> None:
    time = Time()

    async def stopped(_: float) -> None:
        await asyncio.sleep(0)

    paced = Pace(monotonic=time.monotonic, sleep=stopped)
    waits = [await paced.leave(1) for _ in range(5)]

    assert waits == [None, None, None, timedelta(seconds=3), timedelta(seconds=3)]


async def test_an_ordered_rest_outlasts_the_ordinary_second() -> None:
    time = Time()
    paced = pace(time)
    paced.rest(1, timedelta(seconds=37))
    paced.rest(1, timedelta(seconds=5))

    assert await paced.leave(1) == timedelta(seconds=37)
    assert await paced.leave(2) is None
    time.seconds += 37
    assert await paced.leave(1) is None


async def test_a_rest_ordered_while_waiting_is_obeyed() -> None:
    time = Time()

    async def interrupted(seconds: float) -> None:
        time.seconds += seconds
        paced.rest(1, timedelta(seconds=10))

    paced = Pace(monotonic=time.monotonic, sleep=interrupted)
    await paced.leave(1)

    assert await paced.leave(1) == timedelta(seconds=10)


async def test_thousands_of_chats_are_forgotten_once_their_second_is_over() -> None:
    time = Time()
    paced = pace(time, per_second=10_000)
    for chat in range(5_000):
        await paced.leave(chat)
    time.seconds += 2
    await paced.leave(1)

    assert len(paced._next_at) == 1


@pytest.mark.parametrize(
    ("labels", "rows"),
    [(("Yes", "No"), [2]), (("Another time", "Someone else"), [1, 1]), (("1", "2", "3", "4"), [1, 1, 1, 1])],
)
def test_short_choices_share_a_row(labels: tuple[str, ...], rows: list[int]) -> None:
    buttons = tuple(Button(label=label, payload=f"/c:{label}") for label in labels)

    keyboard = lay_out(OutboundMessage(text="Which?", buttons=buttons), contact_label="Share").keyboard

    assert isinstance(keyboard, InlineKeyboardMarkup)
    assert [len(row) for row in keyboard.inline_keyboard] == rows


@pytest.mark.parametrize(("payload", "numbered"), [("x" * 64, False), ("x" * 65, True), ("ñ" * 33, True), ("", True)])
def test_a_payload_is_measured_in_bytes(payload: str, *, numbered: bool) -> None:
    message = OutboundMessage(text="Which?", buttons=(Button(label="This", payload=payload),))

    assert lay_out(message, contact_label="Share").numbered is numbered


def test_our_words_are_within_telegrams_limits_in_each_language() -> None:
    words = load_words(("en", "es"))

    for catalogue in words.values():
        assert all(len(text) <= 256 for text in catalogue.values())
    assert contact_label(words) == "Share my phone number · Compartir mi número de teléfono"


@pytest.mark.parametrize(
    ("text", "found"),
    [(None, "no such file"), ("{", "Expecting"), ("[]", "other keys"), ('{"contact.share": "Share"}', "other keys")],
)
def test_a_broken_catalogue_is_refused_by_name(tmp_path: Path, text: str | None, found: str) -> None:
    if text is not None:
        (tmp_path / "en.json").write_text(text)

    with pytest.raises(ContentError, match=r"en\.json:1.*") as refused:
        load_words(("en",), tmp_path)

    assert found in refused.value.found


def test_what_needs_a_second_factor_stays_off_telegram() -> None:
    telegram = CAPABILITIES[Channel.TELEGRAM]

    assert telegram.ceiling < Level.SECOND_FACTOR
    assert telegram.shares_contact
    assert not telegram.stop_words
