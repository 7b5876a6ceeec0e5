"""The Commits and Conversations ports: a turn is written whole, under its fence, once, in order."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.changes import (
    ClearTimer,
    DropChallenge,
    PlaceHold,
    SaveChallenge,
    SaveHandle,
    SaveHandoff,
    SavePatient,
    SavePromise,
    SetTimer,
    WriteSet,
)
from domain.errors import FenceLostError, SlotTakenError, StaleVersionError
from domain.handoff import BOT, Owner, OwnerKind
from domain.identity import Challenge
from domain.ids import ConversationId, HandoffId, PatientId, PromiseId, TurnId
from domain.message import Button
from domain.promise import Promise, PromiseKind
from domain.transcript import Author
from storage.errors import OwnerInvariantError, UnknownRecordError
from tests.builders.storage import NOON, Desk, a_hold, a_patient, a_slot, address, claimed, closed, event, handoff


async def test_a_turn_keeps_state_words_and_parcels_and_finishes_its_deliveries(desk: Desk) -> None:
    conversation_id = (await desk.accept("hello")).conversation_id

    await desk.turn(conversation_id, reply="Good morning.")

    snapshot = await desk.snapshot(conversation_id)
    entries = await desk.store.conversations.transcript(conversation_id)
    (item,) = await desk.store.outbox.due(desk.clock.now())
    assert snapshot.conversation.greeted
    assert snapshot.inbox == ()
    assert [(entry.seq, entry.author, entry.text) for entry in entries] == [
        (1, Author.PATIENT, "hello"),
        (2, Author.BOT, "Good morning."),
    ]
    assert (item.seq, item.message.text, item.to) == (1, "Good morning.", address("visitor-1"))


async def test_transcript_entries_come_back_whole_with_buttons_and_key(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    snapshot = await desk.snapshot(conversation_id)
    entry = replace(
        desk.entry(snapshot, TurnId("t"), "Which one?", Author.STAFF),
        buttons=(Button(label="Monday", payload="p1"),),
        author_id="nurse-1",
        key="utter_ask",
    )

    await desk.store.commits.commit(WriteSet(transcript=(entry,)))

    assert await desk.store.conversations.transcript(conversation_id) == (replace(entry, seq=1),)


async def test_the_transcript_is_read_from_its_end_or_after_a_number(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    snapshot = await desk.snapshot(conversation_id)
    entries = tuple(desk.entry(snapshot, TurnId("t"), f"line {number}", Author.BOT) for number in range(1, 8))
    await desk.store.commits.commit(WriteSet(transcript=entries))

    latest = await desk.store.conversations.transcript(conversation_id, limit=3)
    after = await desk.store.conversations.transcript(conversation_id, after_seq=2, limit=2)

    assert [entry.seq for entry in latest] == [5, 6, 7]
    assert [entry.seq for entry in after] == [3, 4]


async def test_a_later_claim_takes_the_conversation_from_an_earlier_one(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    earlier = await desk.store.conversations.claim(conversation_id)
    snapshot = await desk.snapshot(conversation_id)
    later = await desk.store.conversations.claim(conversation_id)

    with pytest.raises(FenceLostError):
        await desk.store.commits.commit(replace(desk.turn_on(snapshot), fence=earlier.fence))
    await desk.store.commits.commit(replace(desk.turn_on(snapshot), fence=later.fence))

    assert len(await desk.store.conversations.transcript(conversation_id)) == 2


async def test_a_save_without_a_claim_takes_the_conversation_from_a_turn_under_way(desk: Desk) -> None:
    """A takeover by staff commits meanwhile: the bot's turn must not overwrite it."""
    conversation_id = (await desk.accept()).conversation_id
    claim = await desk.store.conversations.claim(conversation_id)
    snapshot = await desk.snapshot(conversation_id)
    await desk.open_case(conversation_id)

    with pytest.raises(FenceLostError):
        await desk.store.commits.commit(replace(desk.turn_on(snapshot), fence=claim.fence))

    assert (await desk.snapshot(conversation_id)).conversation.owner.kind is OwnerKind.QUEUE


async def test_of_ten_workers_with_one_delivery_one_turn_is_kept(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id

    async def work() -> bool:
        try:
            await desk.turn(conversation_id)
        except (FenceLostError, StaleVersionError):
            return False
        return True

    took = await asyncio.gather(*(work() for _ in range(10)))

    entries = await desk.store.conversations.transcript(conversation_id)
    assert any(took)
    assert [entry.author for entry in entries].count(Author.PATIENT) == 1


async def test_a_delivery_is_never_taken_twice(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    snapshot = await desk.snapshot(conversation_id)
    await desk.store.commits.commit(desk.turn_on(snapshot))

    with pytest.raises(StaleVersionError):
        await desk.store.commits.commit(desk.turn_on(snapshot))

    assert len(await desk.store.conversations.transcript(conversation_id)) == 2


async def test_a_turn_committed_before_is_refused(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    snapshot = await desk.snapshot(conversation_id)
    write = WriteSet(outbox=(desk.parcel(snapshot, TurnId("turn-1")),))
    await desk.store.commits.commit(write)

    with pytest.raises(StaleVersionError):
        await desk.store.commits.commit(WriteSet(outbox=(desk.parcel(snapshot, TurnId("turn-1")),)))

    assert len(await desk.store.outbox.due(NOON)) == 1


async def test_a_failing_change_undoes_the_whole_turn(desk: Desk) -> None:
    taker = (await desk.accept(sender="visitor-1")).conversation_id
    late = (await desk.accept(sender="visitor-2")).conversation_id
    await desk.turn(taker, PlaceHold(hold=a_hold(taker, "hold-1")))
    entries_before = await desk.counted("SELECT count(*) FROM audit_log")

    with pytest.raises(SlotTakenError):
        await desk.turn(late, SavePatient(patient=a_patient()), PlaceHold(hold=a_hold(late, "hold-2")))

    snapshot = await desk.snapshot(late)
    assert len(snapshot.inbox) == 1
    assert not snapshot.conversation.greeted
    assert await desk.store.patients.get(PatientId("patient-1")) is None
    assert await desk.store.conversations.transcript(late) == ()
    assert await desk.counted("SELECT count(*) FROM audit_log") == entries_before


async def test_a_failing_turn_does_not_spoil_those_committed_with_it(desk: Desk) -> None:
    conversations = [(await desk.accept(sender=f"visitor-{number}")).conversation_id for number in range(8)]
    slots = [a_slot(NOON + timedelta(hours=number // 2)) for number in range(8)]

    outcomes = await asyncio.gather(
        *(
            desk.turn(conversation_id, PlaceHold(hold=a_hold(conversation_id, f"hold-{number}", slot=slots[number])))
            for number, conversation_id in enumerate(conversations)
        ),
        return_exceptions=True,
    )

    failed = [outcome for outcome in outcomes if isinstance(outcome, SlotTakenError)]
    assert len(failed) == 4
    assert await desk.counted("SELECT count(*) FROM transcript") == 8
    assert await desk.counted("SELECT count(DISTINCT holder_id) FROM slot_cells") == 4
    assert (await desk.store.audit.verify()).ok


async def test_an_event_alone_is_kept_in_the_audit_log(desk: Desk) -> None:
    await desk.store.commits.commit(WriteSet(audit=(event("transcript.read", object_id="conversation-9"),)))

    report = await desk.store.audit.verify()
    assert report.ok
    assert report.entries == 1


async def test_a_fence_without_its_conversation_is_a_mistake(desk: Desk) -> None:
    with pytest.raises(ValueError, match="fence"):
        await desk.store.commits.commit(WriteSet(fence=3))


async def test_an_unknown_conversation_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownRecordError, match="no-such"):
        await desk.store.conversations.claim(ConversationId("no-such"))
    with pytest.raises(UnknownRecordError, match="no-such"):
        await desk.snapshot(ConversationId("no-such"))


async def test_a_snapshot_holds_all_that_was_kept_for_the_conversation(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    hold = a_hold(conversation_id)
    challenge = Challenge(
        conversation_id=conversation_id,
        patient_id=PatientId("patient-1"),
        digest="d",
        salt="s",
        tries_left=5,
        expires_at=NOON + timedelta(minutes=10),
    )
    snapshot = await desk.snapshot(conversation_id)
    later, sooner = (
        Promise(
            id=PromiseId(f"promise-{hours}"),
            conversation_id=conversation_id,
            subject_id=snapshot.handle.subject_id,
            kind=PromiseKind.CALLBACK,
            queue="front-desk",
            detail="call after work",
            made_at=NOON,
            due_at=NOON + timedelta(hours=hours),
        )
        for hours in (8, 2)
    )
    await desk.turn(
        conversation_id,
        PlaceHold(hold=hold),
        SaveChallenge(challenge=challenge),
        SavePromise(promise=later),
        SavePromise(promise=sooner),
        SetTimer(conversation_id=conversation_id, kind="nudge", due_at=NOON),
    )

    kept = await desk.snapshot(conversation_id)
    assert kept.hold == hold
    assert kept.challenge == challenge
    assert kept.promises == (sooner, later)
    assert [timer.kind for timer in kept.timers] == ["nudge"]

    done = replace(sooner, kept_at=NOON, version=2)
    dropped = (
        SavePromise(promise=done),
        DropChallenge(conversation_id=conversation_id),
        ClearTimer(conversation_id=conversation_id, kind="nudge"),
    )
    await desk.store.commits.commit(WriteSet(changes=dropped))

    after = await desk.snapshot(conversation_id)
    assert (after.challenge, after.timers, after.promises) == (None, (), (later,))


async def test_conversations_are_found_by_address_and_by_patient(desk: Desk) -> None:
    await desk.store.commits.commit(WriteSet(changes=(SavePatient(patient=a_patient()),)))
    first = (await desk.accept(sender="visitor-1")).conversation_id
    second = (await desk.accept(sender="visitor-2")).conversation_id
    await desk.turn(first)
    desk.clock.advance(timedelta(minutes=1))
    await desk.turn(second)
    for conversation_id in (first, second):
        await desk.link(conversation_id, PatientId("patient-1"))

    assert await desk.store.conversations.of_address(address("visitor-2")) == second
    assert await desk.store.conversations.of_address(address("visitor-3")) is None
    assert await desk.store.conversations.of_patient(PatientId("patient-1")) == (second, first)
    assert await desk.store.conversations.of_patient(PatientId("patient-2")) == ()


async def test_linking_a_handle_leaves_earlier_rows_readable_and_seals_later_ones_for_the_patient(desk: Desk) -> None:
    await desk.store.commits.commit(WriteSet(changes=(SavePatient(patient=a_patient()),)))
    conversation_id = (await desk.accept("before")).conversation_id
    await desk.turn(conversation_id)
    await desk.link(conversation_id, PatientId("patient-1"))
    await desk.accept("after")
    await desk.turn(conversation_id)

    entries = await desk.store.conversations.transcript(conversation_id)
    handle = (await desk.snapshot(conversation_id)).handle
    assert [entry.text for entry in entries if entry.author is Author.PATIENT] == ["before", "after"]
    assert [entry.subject_id for entry in entries] == [handle.id, handle.id, "patient-1", "patient-1"]
    assert (await desk.snapshot(conversation_id)).patient == a_patient()


async def test_owner_and_case_change_only_together(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    snapshot = await desk.snapshot(conversation_id)
    case = handoff(snapshot, HandoffId("case-1"))
    queued = replace(snapshot.conversation, owner=Owner(kind=OwnerKind.QUEUE, id="front-desk"))
    elsewhere = replace(snapshot.conversation, owner=Owner(kind=OwnerKind.QUEUE, id="nurses"))
    opening = SaveHandoff(handoff=case)

    for write in (
        WriteSet(conversation=queued),
        WriteSet(changes=(opening,)),
        WriteSet(conversation=elsewhere, changes=(opening,)),
        WriteSet(conversation=snapshot.conversation, changes=(opening,)),
    ):
        with pytest.raises(OwnerInvariantError):
            await desk.store.commits.commit(write)
    await desk.store.commits.commit(WriteSet(conversation=queued, changes=(opening,)))

    kept = await desk.snapshot(conversation_id)
    assert (kept.conversation.owner.id, kept.handoff) == ("front-desk", case)


async def test_a_case_is_claimed_and_handed_back_with_its_owner(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    case = await desk.open_case(conversation_id)
    taken = claimed(case, "nurse-1")
    conversation = (await desk.snapshot(conversation_id)).conversation
    by_nurse = replace(conversation, owner=Owner(kind=OwnerKind.PERSON, id="nurse-1"))
    by_other = replace(conversation, owner=Owner(kind=OwnerKind.PERSON, id="nurse-2"))
    claiming = SaveHandoff(handoff=taken, expected_version=case.version)

    with pytest.raises(OwnerInvariantError):
        await desk.store.commits.commit(WriteSet(conversation=by_other, changes=(claiming,)))
    await desk.store.commits.commit(WriteSet(conversation=by_nurse, changes=(claiming,)))
    with pytest.raises(StaleVersionError):
        await desk.store.commits.commit(WriteSet(conversation=by_nurse, changes=(claiming,)))
    ended = SaveHandoff(handoff=closed(taken), expected_version=taken.version)
    await desk.store.commits.commit(WriteSet(conversation=replace(conversation, owner=BOT), changes=(ended,)))

    assert (await desk.snapshot(conversation_id)).handoff is None
    assert (await desk.store.handoffs.get(case.id)) == closed(taken)


async def test_a_conversation_has_one_open_case_at_most(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    await desk.open_case(conversation_id)
    snapshot = await desk.snapshot(conversation_id)

    with pytest.raises(StaleVersionError):
        await desk.store.commits.commit(
            WriteSet(changes=(SaveHandoff(handoff=handoff(snapshot, HandoffId("case-2"))),))
        )


async def test_a_handle_keeps_what_became_of_it(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    handle = replace((await desk.snapshot(conversation_id)).handle, frozen=True, opted_out=True)

    await desk.store.commits.commit(WriteSet(changes=(SaveHandle(handle=handle),)))

    assert (await desk.snapshot(conversation_id)).handle == handle
