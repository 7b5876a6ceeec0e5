"""Ending a case: one outcome, the bot owns the thread, nothing unread is left behind."""

from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.hand_back import HandBack, HandBackForm, HandedBack, Outcome
from bot.usecases.staff_desk import CaseClosed, HeldByColleague, NotClaimed, PatientWroteSince
from domain.handoff import BOT, Handoff, HandoffStatus
from domain.ids import ConversationId
from domain.transcript import Author
from tests.fakes.staff import DESK_TWO, FRONT, FakeClinic
from tests.fakes.staff_ports import desk_of


async def a_held_case(*, flow: str | None = None) -> tuple[FakeClinic, Handoff, HandBack, list[ConversationId]]:
    clinic = FakeClinic()
    clinic.hire(FRONT, DESK_TWO)
    case = clinic.patient_waits("a person please", flow=flow)
    desk, resumed = desk_of(clinic), list[ConversationId]()
    await ClaimHandoff(desk=desk)(case.id, staff=FRONT)

    async def resume(conversation_id: ConversationId) -> None:
        assert clinic.talk_of(case).owner == BOT, "only after the commit"
        resumed.append(conversation_id)

    return clinic, case, HandBack(desk=desk, continue_with=resume), resumed


def answered(*, seen: int = 2, note: str = "", confirmed: bool = False) -> HandBackForm:
    return HandBackForm(outcome=Outcome.ANSWERED, seen_seq=seen, note=note, confirmed=confirmed)


async def test_the_bot_owns_the_thread_again_and_the_case_has_its_outcome() -> None:
    clinic, case, hand_back, resumed = await a_held_case()

    outcome = await hand_back(case.id, staff=FRONT, form=answered())

    now = clinic.case(case)
    assert outcome == HandedBack(conversation_id=case.conversation_id, resumes=False)
    assert (now.status, now.outcome, now.closed_at) == (HandoffStatus.CLOSED, "answered", clinic.clock.now())
    assert clinic.talk_of(case).owner == BOT
    assert clinic.outbox[-1].message.text == "utter_handed_back"
    assert (clinic.events()[-1], clinic.audit[-1].detail) == ("handoff.closed", "answered")
    assert resumed == []


async def test_an_open_task_is_taken_up_after_the_commit() -> None:
    clinic, case, hand_back, resumed = await a_held_case(flow="book_appointment")

    await hand_back(case.id, staff=FRONT, form=answered())

    assert resumed == [case.conversation_id]
    assert clinic.talk_of(case).frames, "the frames are kept"


async def test_the_closing_note_is_kept_and_never_sent() -> None:
    clinic, case, hand_back, _ = await a_held_case()

    await hand_back(case.id, staff=FRONT, form=answered(note="Called, all fine."))

    notes = [entry for entry in clinic.said(case) if entry.author is Author.NOTE]
    assert [entry.text for entry in notes] == ["Called, all fine."]
    assert not any("Called" in item.message.text for item in clinic.outbox)


async def test_nothing_the_patient_wrote_is_left_unread() -> None:
    clinic, case, hand_back, _ = await a_held_case()
    clinic.patient_writes(case.conversation_id, "one more thing")

    refused = await hand_back(case.id, staff=FRONT, form=answered())
    status_then = clinic.case(case).status
    confirmed = await hand_back(case.id, staff=FRONT, form=answered(confirmed=True))

    assert refused == PatientWroteSince(latest_seq=3)
    assert status_then is HandoffStatus.CLAIMED
    assert isinstance(confirmed, HandedBack)


async def test_only_whoever_has_the_case_hands_it_back() -> None:
    _, case, hand_back, _ = await a_held_case()

    assert await hand_back(case.id, staff=DESK_TWO, form=answered()) == HeldByColleague(
        staff_id=FRONT.id, name="Robin Sample"
    )


async def test_a_case_nobody_has_is_not_handed_back() -> None:
    clinic = FakeClinic()
    clinic.hire(FRONT)
    case = clinic.patient_waits("hello")

    async def never(_: ConversationId) -> None:
        raise AssertionError

    outcome = await HandBack(desk=desk_of(clinic), continue_with=never)(case.id, staff=FRONT, form=answered(seen=1))

    assert outcome == NotClaimed()


async def test_handing_back_twice_tells_the_patient_once() -> None:
    clinic, case, hand_back, resumed = await a_held_case(flow="book_appointment")

    await hand_back(case.id, staff=FRONT, form=answered())
    again = await hand_back(case.id, staff=FRONT, form=answered())

    assert again == CaseClosed()
    assert [item.message.text for item in clinic.outbox].count("utter_handed_back") == 1
    assert len(resumed) == 1
