"""Writing to the patient: once, in order, never past something unread, never by two people."""

import asyncio
from dataclasses import replace

import pytest

from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.reply_as_staff import CannotReach, Replied, ReplyAsStaff, StaffReply
from bot.usecases.staff_desk import HeldByColleague, NoSuchCase, PatientWroteSince
from bot.usecases.staff_words import MAX_STAFF_TEXT, TextFault, UnusableText
from domain.handoff import Handoff, OwnerKind
from domain.transcript import Author
from tests.fakes.staff import ADMIN, DESK_TWO, FRONT, FakeClinic
from tests.fakes.staff_ports import desk_of


async def a_held_case() -> tuple[FakeClinic, Handoff, ReplyAsStaff]:
    clinic = FakeClinic()
    clinic.hire(FRONT, DESK_TWO, ADMIN)
    case = clinic.patient_waits("hello", "a person please")
    desk = desk_of(clinic)
    await ClaimHandoff(desk=desk)(case.id, staff=FRONT)
    return clinic, case, ReplyAsStaff(desk=desk)


def words(
    text: str = "Robin here, good morning.", *, seen: int = 3, client_id: str = "page-0001", **more: bool
) -> StaffReply:
    return StaffReply(client_id=client_id, text=text, seen_seq=seen, **more)


async def test_a_reply_is_in_the_transcript_and_on_its_way() -> None:
    clinic, case, reply = await a_held_case()

    outcome = await reply(case.id, staff=FRONT, reply=words())

    entry = clinic.said(case)[-1]
    assert isinstance(outcome, Replied)
    assert outcome.entry_id == entry.id
    assert (entry.author, entry.author_id, entry.text) == (Author.STAFF, FRONT.id, "Robin here, good morning.")
    assert clinic.outbox[-1].message.text == "Robin here, good morning."
    assert clinic.outbox[-1].turn_id == entry.turn_id
    assert clinic.events()[-1] == "handoff.replied"
    assert "Robin here" not in repr(clinic.audit), "the audit holds ids and codes only"


async def test_the_same_reply_again_is_kept_and_sent_once() -> None:
    clinic, case, reply = await a_held_case()

    first, second = await asyncio.gather(
        reply(case.id, staff=FRONT, reply=words()), reply(case.id, staff=FRONT, reply=words())
    )
    third = await reply(case.id, staff=FRONT, reply=words(seen=9))

    assert {type(outcome) for outcome in (first, second, third)} == {Replied}
    assert isinstance(third, Replied)
    assert third.repeated
    assert [item.message.text for item in clinic.outbox].count("Robin here, good morning.") == 1


async def test_two_replies_with_the_same_words_are_two() -> None:
    clinic, case, reply = await a_held_case()

    await reply(case.id, staff=FRONT, reply=words("Yes."))
    await reply(case.id, staff=FRONT, reply=words("Yes.", client_id="page-0002"))

    assert [item.message.text for item in clinic.outbox[1:]] == ["Yes.", "Yes."]


async def test_a_reply_past_something_unread_is_held_back_until_confirmed() -> None:
    clinic, case, reply = await a_held_case()
    clinic.patient_writes(case.conversation_id, "wait, it is my other knee")

    refused = await reply(case.id, staff=FRONT, reply=words())
    sent_then = len(clinic.outbox)
    confirmed = await reply(case.id, staff=FRONT, reply=words(confirmed=True))

    assert refused == PatientWroteSince(latest_seq=4)
    assert sent_then == 1
    assert isinstance(confirmed, Replied)


async def test_words_accepted_but_not_yet_in_the_transcript_are_unread_too() -> None:
    clinic, case, reply = await a_held_case()
    clinic.patient_sends(case.conversation_id, "wait")

    assert await reply(case.id, staff=FRONT, reply=words()) == PatientWroteSince(latest_seq=3)


async def test_what_the_bot_or_a_colleague_wrote_holds_nothing_back() -> None:
    clinic, case, reply = await a_held_case()
    clinic.patient_writes(case.conversation_id, "A note.", author=Author.NOTE)

    assert isinstance(await reply(case.id, staff=FRONT, reply=words()), Replied)


async def test_a_page_far_behind_counts_as_unread() -> None:
    clinic, case, reply = await a_held_case()
    for number in range(250):
        clinic.patient_writes(case.conversation_id, f"Line {number}", author=Author.BOT)

    assert isinstance(await reply(case.id, staff=FRONT, reply=words(seen=1)), PatientWroteSince)


async def test_writing_on_an_open_case_takes_it_in_the_same_commit() -> None:
    clinic = FakeClinic()
    clinic.hire(FRONT)
    case = clinic.patient_waits("hello")

    await ReplyAsStaff(desk=desk_of(clinic))(case.id, staff=FRONT, reply=words(seen=1))

    assert len(clinic.writes) == 1
    assert clinic.talk_of(case).owner.kind is OwnerKind.PERSON
    assert [item.message.text for item in clinic.outbox] == [
        "utter_person_joined Robin Sample",
        "Robin here, good morning.",
    ]
    assert [item.ordinal for item in clinic.outbox] == sorted({item.ordinal for item in clinic.outbox})
    assert clinic.events() == ["handoff.claimed", "handoff.replied"]


async def test_nobody_writes_into_a_colleagues_talk() -> None:
    clinic, case, reply = await a_held_case()

    outcome = await reply(case.id, staff=DESK_TWO, reply=words())

    assert outcome == HeldByColleague(staff_id=FRONT.id, name="Robin Sample")
    assert len(clinic.outbox) == 1


async def test_a_role_without_the_permission_cannot_write() -> None:
    _, case, reply = await a_held_case()

    assert await reply(case.id, staff=ADMIN, reply=words()) == NoSuchCase()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", TextFault.EMPTY),
        (" \n\t \x00\x07 ", TextFault.EMPTY),
        ("x" * (MAX_STAFF_TEXT + 1), TextFault.TOO_LONG),
    ],
)
async def test_a_text_that_cannot_be_sent_is_refused(text: str, fault: TextFault) -> None:
    clinic, case, reply = await a_held_case()

    assert await reply(case.id, staff=FRONT, reply=words(text)) == UnusableText(fault=fault)
    assert len(clinic.outbox) == 1


async def test_the_longest_text_is_sent_whole_without_control_characters() -> None:
    clinic, case, reply = await a_held_case()
    text = "é" * (MAX_STAFF_TEXT - 2) + "\nx"

    await reply(case.id, staff=FRONT, reply=words("\x1b" + text.replace("\n", "\r\n") + "\ud800"))

    assert clinic.outbox[-1].message.text == text


async def test_nothing_looks_sent_when_the_channel_refuses_us() -> None:
    clinic, case, reply = await a_held_case()
    clinic.handles[case.conversation_id] = replace(clinic.handles[case.conversation_id], suspended=True)

    assert await reply(case.id, staff=FRONT, reply=words()) == CannotReach()
    assert len(clinic.outbox) == 1


async def test_a_lost_fence_sends_once() -> None:
    clinic, case, reply = await a_held_case()
    clinic.interrupts = [clinic.bot_turn(case)]

    assert isinstance(await reply(case.id, staff=FRONT, reply=words()), Replied)
    assert len(clinic.outbox) == 2
