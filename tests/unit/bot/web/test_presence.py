"""Who is there and who writes: told when it changes, forgotten without a beat, bounded, and stored nowhere."""

from bot.live import LiveHub
from bot.web.inbox.presence import Colleague, Doing, Presence
from domain.ids import ConversationId, HandoffId
from tests.fakes.staff import DESK_TWO, FRONT, HandClock

CASE, TALK = HandoffId("case"), ConversationId("talk")


def a_room() -> tuple[Presence, HandClock, LiveHub]:
    clock, hub = HandClock(), LiveHub()
    return Presence(clock=clock, hub=hub), clock, hub


def test_both_are_told_of_each_other_and_nobody_of_themselves() -> None:
    presence, _, _ = a_room()
    presence.beat(CASE, TALK, FRONT, Doing.REPLY)
    presence.beat(CASE, TALK, DESK_TWO, Doing.REPLY)

    assert presence.others(CASE, FRONT.id) == (Colleague(name=DESK_TWO.display_name, doing=Doing.REPLY),)
    assert presence.others(CASE, DESK_TWO.id) == (Colleague(name=FRONT.display_name, doing=Doing.REPLY),)
    assert presence.others(HandoffId("another"), DESK_TWO.id) == ()


def test_without_a_beat_writing_ends_first_and_then_being_there() -> None:
    presence, clock, _ = a_room()
    presence.beat(CASE, TALK, FRONT, Doing.REPLY)

    seen = [presence.others(CASE, DESK_TWO.id)]
    waits = [presence.changes_in(CASE)]
    for seconds in (8, 22):
        clock.forward(seconds=seconds)
        seen.append(presence.others(CASE, DESK_TWO.id))
        waits.append(presence.changes_in(CASE))

    assert [[item.doing for item in there] for there in seen] == [[Doing.REPLY], [Doing.LOOKING], []]
    assert waits == [8.0, 22.0, None]


def test_pages_are_nudged_when_something_changes_and_not_at_every_beat() -> None:
    presence, clock, hub = a_room()
    with hub.watch_all() as watch:
        for _ in range(5):
            presence.beat(CASE, TALK, FRONT, Doing.LOOKING)
            clock.forward(seconds=3)
        steady = len(watch.drain())
        presence.beat(CASE, TALK, FRONT, Doing.REPLY)
        presence.beat(CASE, TALK, FRONT, None)
        changed = watch.drain()

    assert steady == 1
    assert [(event.conversation_id, event.entries) for event in changed] == [(TALK, ())] * 2


def test_one_person_is_known_on_a_bounded_number_of_cases() -> None:
    presence, clock, _ = a_room()
    for number in range(50):
        presence.beat(HandoffId(f"case-{number}"), TALK, FRONT, Doing.LOOKING)
        clock.forward(milliseconds=1)

    known = [number for number in range(50) if presence.others(HandoffId(f"case-{number}"), DESK_TWO.id)]

    assert known == list(range(30, 50))
