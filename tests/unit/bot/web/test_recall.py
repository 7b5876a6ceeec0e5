from datetime import timedelta

import pytest

from bot.channels.webchat.recall import Recall
from domain.ids import ConversationId, EntryId, SubjectId, TurnId
from domain.transcript import Author, TranscriptEntry
from tests.fakes.web import NOON

RECALL = Recall(
    levels={"utter_visits": 2, "utter_result": 3, "utter_hours": 0},
    proven=timedelta(hours=12),
    second_factor=timedelta(minutes=10),
)


def an_entry(seq: int, ago: timedelta, *, key: str = "", author: Author = Author.BOT) -> TranscriptEntry:
    return TranscriptEntry(
        id=EntryId(f"entry-{seq}"),
        conversation_id=ConversationId("thread"),
        subject_id=SubjectId("subject"),
        turn_id=TurnId("turn"),
        at=NOON - ago,
        author=author,
        text="words",
        key=key,
        seq=seq,
    )


@pytest.mark.parametrize(
    ("key", "minutes", "gone"),
    [
        ("utter_result", 9, False),
        ("utter_result", 10, True),
        ("utter_visits", 719, False),
        ("utter_visits", 720, True),
        ("utter_hours", 60 * 24 * 29, False),
    ],
)
def test_the_clinics_unanswered_words_last_as_long_as_the_proof_they_took(
    key: str, minutes: int, *, gone: bool
) -> None:
    assert bool(RECALL.put_away([an_entry(1, timedelta(minutes=minutes), key=key)], NOON)) is gone


def test_what_was_answered_long_ago_is_put_away_whoever_said_it_and_news_stays() -> None:
    old, new = timedelta(days=2), timedelta(minutes=1)
    thread = [
        an_entry(1, old, author=Author.PATIENT),
        an_entry(2, old, key="utter_hours"),
        an_entry(3, old, author=Author.STAFF),
        an_entry(4, old, author=Author.PATIENT),
        an_entry(5, old, author=Author.STAFF),
        an_entry(6, new, key="utter_hours"),
    ]

    assert RECALL.put_away(thread, NOON) == {1, 2, 3, 4}
