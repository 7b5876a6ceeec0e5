"""The staff's acts over the real store: the fence, one owner, idempotence and the audit as they are in the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.live import LiveHub
from bot.usecases.add_note import AddNote, Noted, StaffNote
from bot.usecases.add_staff import AddStaff, NewStaff, StaffAdded, StaffFault, StaffRefused
from bot.usecases.claim_handoff import Claimed, ClaimHandoff
from bot.usecases.hand_back import HandBack, HandBackForm, HandedBack, Outcome
from bot.usecases.read_case import CaseView, ReadCase
from bot.usecases.reply_as_staff import Replied, ReplyAsStaff, StaffReply
from bot.usecases.staff_desk import HeldByColleague, PatientWroteSince, StaffDesk
from bot.usecases.staff_sessions import StaffSessions
from domain.access import QueueKind
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.errors import FenceLostError
from domain.handoff import BOT, Handoff, HandoffStatus, Owner, OwnerKind
from domain.ids import ConversationId
from domain.staff import Role, StaffAccount
from domain.transcript import Author
from tests.builders.storage import Desk, desk_at
from tests.fakes.staff import DESK_TWO, FRONT, KeyRenderer
from tests.fakes.staff_ports import PlainPasswords


@dataclass
class Clinic:
    """A store with staff and a patient who waits for them."""

    desk: Desk
    staff: StaffDesk
    case: Handoff


@asynccontextmanager
async def clinic_at(home: Path) -> AsyncIterator[Clinic]:
    async with desk_at(home) as desk:
        for account in (FRONT, DESK_TWO):
            await desk.store.staff.save(account, audit=hired(account, desk))
        accepted = await desk.accept("a person please")
        await desk.turn(accepted.conversation_id)
        case = await desk.open_case(accepted.conversation_id)
        staff = StaffDesk(
            conversations=desk.store.conversations,
            handoffs=desk.store.handoffs,
            commits=desk.store.commits,
            accounts=desk.store.staff,
            renderer=KeyRenderer(),
            clock=desk.clock,
            ids=desk.ids,
            kinds=lambda: {"front-desk": QueueKind.GENERAL},
            hub=LiveHub(),
            wake=lambda _: None,
            wake_outbox=lambda: None,
        )
        yield Clinic(desk, staff, case)


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic_at(tmp_path / "home") as opened:
        yield opened


def hired(account: StaffAccount, desk: Desk) -> AuditEvent:
    return AuditEvent(
        at=desk.clock.now(),
        actor=SYSTEM,
        action=AuditAction.CREATE,
        event="staff.added",
        object_type="staff",
        object_id=account.id,
    )


async def words_of(clinic: Clinic) -> list[tuple[Author, str]]:
    entries = await clinic.desk.store.conversations.transcript(clinic.case.conversation_id)
    return [(entry.author, entry.text) for entry in entries]


async def test_a_takeover_from_claim_to_hand_back(clinic: Clinic) -> None:
    case, store = clinic.case, clinic.desk.store
    resumed: list[ConversationId] = []

    async def resume(conversation_id: ConversationId) -> None:
        resumed.append(conversation_id)

    claimed = await ClaimHandoff(desk=clinic.staff)(case.id, staff=FRONT)
    mine = (await clinic.desk.snapshot(case.conversation_id)).conversation.owner
    reply = StaffReply(client_id="page-0001", text="Robin here.", seen_seq=3)
    sent = await ReplyAsStaff(desk=clinic.staff)(case.id, staff=FRONT, reply=reply)
    again = await ReplyAsStaff(desk=clinic.staff)(case.id, staff=FRONT, reply=replace(reply, seen_seq=9))
    noted = await AddNote(desk=clinic.staff)(
        case.id, staff=DESK_TWO, note=StaffNote(client_id="page-0002", text="Knows us.")
    )
    ended = await HandBack(desk=clinic.staff, continue_with=resume)(
        case.id, staff=FRONT, form=HandBackForm(outcome=Outcome.ANSWERED, seen_seq=5, note="Done.")
    )

    assert isinstance(claimed, Claimed)
    assert mine == Owner(kind=OwnerKind.PERSON, id=FRONT.id)
    assert isinstance(sent, Replied)
    assert again == replace(sent, repeated=True)
    assert isinstance(noted, Noted)
    assert isinstance(ended, HandedBack)
    assert resumed == []
    assert (await words_of(clinic))[2:] == [
        (Author.BOT, "utter_person_joined Robin Sample"),
        (Author.STAFF, "Robin here."),
        (Author.NOTE, "Knows us."),
        (Author.NOTE, "Done."),
        (Author.BOT, "utter_handed_back"),
    ]
    after = await clinic.desk.snapshot(case.conversation_id)
    closed = await store.handoffs.get(case.id)
    assert (after.conversation.owner, after.handoff) == (BOT, None)
    assert closed is not None
    assert (closed.status, closed.outcome) == (HandoffStatus.CLOSED, "answered")
    assert await clinic.desk.counted("SELECT count(*) FROM outbox") == 4


async def test_a_bots_turn_under_an_older_claim_says_nothing(clinic: Clinic) -> None:
    accepted = await clinic.desk.accept("and another thing")
    claim = await clinic.desk.store.conversations.claim(accepted.conversation_id)
    snapshot = await clinic.desk.snapshot(accepted.conversation_id)
    await ClaimHandoff(desk=clinic.staff)(clinic.case.id, staff=FRONT)

    with pytest.raises(FenceLostError):
        await clinic.desk.store.commits.commit(replace(clinic.desk.turn_on(snapshot), fence=claim.fence))

    assert (await words_of(clinic))[-1] == (Author.BOT, "utter_person_joined Robin Sample")


async def test_of_two_staff_at_once_exactly_one_wins(tmp_path: Path) -> None:
    for number in range(10):
        async with clinic_at(tmp_path / f"home-{number}") as clinic:
            claim = ClaimHandoff(desk=clinic.staff)
            outcomes = await asyncio.gather(claim(clinic.case.id, staff=FRONT), claim(clinic.case.id, staff=DESK_TWO))

            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Claimed", "HeldByColleague"]
            joined = [text for _, text in await words_of(clinic) if text.startswith("utter_person_joined")]
            assert len(joined) == 1
            assert any(isinstance(outcome, HeldByColleague) for outcome in outcomes)


async def test_words_accepted_and_not_yet_taken_hold_a_reply_back(clinic: Clinic) -> None:
    await ClaimHandoff(desk=clinic.staff)(clinic.case.id, staff=FRONT)
    await clinic.desk.accept("wait")

    outcome = await ReplyAsStaff(desk=clinic.staff)(
        clinic.case.id, staff=FRONT, reply=StaffReply(client_id="page-0001", text="Bye.", seen_seq=3)
    )

    assert outcome == PatientWroteSince(latest_seq=3)


async def test_every_look_and_act_is_in_the_audit_log(clinic: Clinic) -> None:
    view = await ReadCase(desk=clinic.staff)(clinic.case.id, staff=FRONT)
    await ClaimHandoff(desk=clinic.staff)(clinic.case.id, staff=FRONT)

    assert isinstance(view, CaseView)
    for event in ("transcript.read", "handoff.claimed"):
        wanted = f"SELECT count(*) FROM audit_log WHERE event = '{event}' AND actor_id = '{FRONT.id}'"  # noqa: S608  # our own words
        assert await clinic.desk.counted(wanted) == 1


async def test_an_account_made_here_signs_in_and_its_session_is_kept_by_digest(clinic: Clinic) -> None:
    store = clinic.desk.store
    add = AddStaff(
        accounts=store.staff,
        passwords=PlainPasswords(),
        clock=clinic.desk.clock,
        ids=clinic.desk.ids,
        new_password=lambda: "made-up-and-long-enough",
    )
    new = NewStaff(username="kim.new", display_name="Kim New", roles=frozenset({Role.CLINICIAN}))
    added = await add(new)
    sessions = StaffSessions(
        accounts=store.staff, commits=store.commits, clock=clinic.desk.clock, new_token=lambda: "t" * 43
    )

    assert isinstance(added, StaffAdded)
    assert await add(new) == StaffRefused(fault=StaffFault.USERNAME_TAKEN)
    signed_in = await sessions.begin(added.account, event="staff.sign_in")
    visitor = await sessions.visitor(signed_in.token, active=True)
    assert visitor is not None
    assert visitor.account == added.account
    assert await clinic.desk.counted(f"SELECT count(*) FROM staff_sessions WHERE token_digest = '{'t' * 43}'") == 0  # noqa: S608  # our own words
