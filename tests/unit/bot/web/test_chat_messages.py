import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.webchat.messages import MalformedPostError, parse_post, plain_text, said
from domain.ids import ConversationId, EntryId, InboundId, SubjectId, TurnId
from domain.message import Button, Press, Text
from domain.transcript import Author, TranscriptEntry

ID = "0b8f8a5e-6f1e-4c58-9b0e-3a4f6f0f5a11"

ENTRY = TranscriptEntry(
    id=EntryId("entry"),
    conversation_id=ConversationId("conversation"),
    subject_id=SubjectId("subject"),
    turn_id=TurnId("turn"),
    at=datetime(2026, 3, 2, 17, 0, tzinfo=UTC),
    author=Author.BOT,
    text="Which day?",
    buttons=(Button(label="Monday", payload="/c:1"),),
    author_id="staff-7",
    key="utter_emergency",
    seq=4,
)


def test_words_and_presses_are_read() -> None:
    assert parse_post({"id": ID, "text": "hello"}).content == Text(text="hello")
    assert parse_post({"id": ID, "press": "/c:1"}).content == Press(payload="/c:1")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"id": ID},
        {"text": "hello"},
        {"id": ID, "text": "a", "press": "b"},
        {"id": ID, "text": "a", "more": 1},
        {"id": ID, "words": "a"},
        {"id": "1", "text": "a"},
        {"id": ID.upper(), "text": "a"},
        {"id": 7, "text": "a"},
        {"id": ID, "text": 7},
        {"id": ID, "text": ["a"]},
        {"id": ID, "text": " \n\x00\x1b "},
        {"id": ID, "press": ""},
        {"id": ID, "press": "a\x00b"},
        {"id": ID, "press": "p" * 513},
    ],
)
def test_any_other_shape_is_refused(body: object) -> None:
    with pytest.raises(MalformedPostError, match="expected"):
        parse_post(body)


def test_controls_and_broken_characters_are_taken_out_and_the_words_stay() -> None:
    assert plain_text("my\x00 chest\x1b[31m\r\nhurts\rnow\t\x85\ud800\U0001f915") == (
        "my chest[31m\nhurts\nnow\t\N{REPLACEMENT CHARACTER}\U0001f915"
    )


def test_a_page_learns_what_was_said_and_nothing_of_staff() -> None:
    note = replace(ENTRY, author=Author.NOTE, text="looks anxious", seq=5)

    told = said([ENTRY, note], used=[InboundId("in-1")], urgent_keys=frozenset({"utter_emergency"}))

    assert told == {
        "entries": [
            {
                "seq": 4,
                "turn": "turn",
                "at": "2026-03-02T17:00:00+00:00",
                "author": "bot",
                "text": "Which day?",
                "buttons": [{"label": "Monday", "payload": "/c:1"}],
                "urgent": True,
            }
        ],
        "used": ["in-1"],
    }
    assert "anxious" not in json.dumps(told)
    assert "staff-7" not in json.dumps(told)
