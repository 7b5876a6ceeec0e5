"""Turns over the packaged content, with one conversation in memory and a book of what texts mean."""

from __future__ import annotations

from functools import cache

from bot.content.release import Release, load_release
from domain.dialogue.conversation import Conversation
from domain.ids import HandleId
from domain.message import Channel
from domain.understanding import Understanding
from tests.builders.desk import NOW, TALK, Scene, handle
from tests.builders.dialogue import understood
from tests.fakes.turns import FakeTalk, TextBook, Turns


@cache
def release() -> Release:
    return load_release()


def turns(*, channel: Channel = Channel.WEB, scene: Scene | None = None, **meanings: Understanding) -> Turns:
    """A conversation with nothing waiting; meanings by text, blanks written as underscores."""
    stood = scene or Scene(handle=handle(channel=channel, value="+15550123"))
    talk = FakeTalk(
        stood, Conversation(id=TALK, handle_id=HandleId("handle"), language="en", greeted=True, last_patient_at=NOW)
    )
    book = TextBook({text.replace("_", " "): meaning for text, meaning in meanings.items()})
    return Turns(talk=talk, flows=release().flows, rules=release().rules, book=book)


HELLO = understood("greet")
HOURS = understood("clinic_info", entities=())
BOOK = understood("book_appointment")
