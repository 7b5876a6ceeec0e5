"""Two patients for one time, and staff taking over in the middle of a turn: exactly one wins, a hundred times each."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from threading import Event

import pytest

from bot.clocks import DemoClock
from bot.composition import Program
from bot.content.release import Release
from bot.usecases.claim_handoff import PERSON_JOINED, Claimed, ClaimHandoff
from bot.usecases.run_turn import RunTurn
from bot.workers import TurnWorkers
from domain.appointment import TimeSlot
from domain.changes import WriteSet
from domain.dialogue.conversation import Conversation
from domain.errors import FenceLostError, SlotTakenError
from domain.handoff import OwnerKind
from domain.ids import ConversationId, HandoffId, StaffId
from domain.ports import Commits
from domain.staff import Role, StaffAccount
from domain.transcript import Author, TranscriptEntry
from tests.gates.clinic import WordEngine, a_message, a_program, an_invented_patient, prove, trace

RACES = 1_000 if os.environ.get("GATES") == "long" else 100
HOLD_RACES = RACES // 4
BOOKED = {"utter_booked", "utter_booked_no_reminder"}
LONG_ENOUGH = timedelta(minutes=11)
"""Longer than a time is held."""


@dataclass(slots=True)
class Meeting:
    """Commits that wait for each other once: both have decided before either is written. Counts what was refused."""

    commits: Commits
    expected: frozenset[ConversationId] = frozenset()
    barrier: asyncio.Barrier | None = None
    met: set[ConversationId] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def call(self, *conversations: ConversationId) -> None:
        self.expected, self.met = frozenset(conversations), set()
        self.barrier = asyncio.Barrier(len(conversations))

    async def commit(self, write: WriteSet) -> None:
        conversation_id = write.conversation.id if write.conversation else None
        if self.barrier is not None and conversation_id in self.expected - self.met:
            self.met.add(conversation_id)
            await self.barrier.wait()
        self.begun.set()
        try:
            await self.commits.commit(write)
        except (SlotTakenError, FenceLostError) as error:
            self.refused[type(error).__name__] += 1
            raise


@dataclass(slots=True)
class Room:
    """A program whose turns are taken when told."""

    program: Program
    clock: DemoClock
    run_turn: RunTurn
    meeting: Meeting
    numbers: "count[int]" = field(default_factory=count)

    async def hears(self, sender: str, text: str) -> ConversationId:
        """A patient writes; no turn is taken yet."""
        message = a_message(sender, f"message-{next(self.numbers)}", text, clock=self.clock)
        return (await self.program.receive(message)).conversation_id

    async def says(self, sender: str, text: str) -> ConversationId:
        """A patient writes and is answered."""
        conversation_id = await self.hears(sender, text)
        await self.run_turn(conversation_id)
        return conversation_id

    async def conversation(self, conversation_id: ConversationId) -> Conversation:
        return (await self.program.store.conversations.snapshot(conversation_id, self.clock.now())).conversation

    async def shown(self, conversation_id: ConversationId) -> list[TimeSlot]:
        """The times last offered."""
        options = (await self.conversation(conversation_id)).shown
        return [option.value for option in options if isinstance(option.value, TimeSlot)]

    async def answer(self, conversation_id: ConversationId) -> list[str]:
        """The keys of what was said since the patient last spoke."""
        entries = await self.program.store.conversations.transcript(conversation_id, limit=30)
        last = max(place for place, entry in enumerate(entries) if entry.author is Author.PATIENT)
        return [entry.key for entry in entries[last + 1 :]]


@asynccontextmanager
async def a_room(folder: Path, release: Release) -> AsyncIterator[Room]:
    clock = DemoClock(frozen=True)
    async with a_program(folder / "home", clock=clock, release=release) as program:
        meeting = Meeting(program.store.commits)
        yield Room(program, clock, replace(program.run_turn, commits=meeting), meeting)


async def two_at_confirm(room: Room, race: int) -> tuple[ConversationId, ConversationId, TimeSlot]:
    """Two proven patients asked to confirm the same time, which neither holds any more."""
    first, second = (f"{side}-{race}" for side in ("first", "second"))
    ids = []
    for side, sender in enumerate((first, second)):
        conversation_id = await room.says(sender, "hello")
        await prove(room.program, conversation_id, an_invented_patient(2 * race + side).id)
        await room.says(sender, "book")
        ids.append(conversation_id)
    wanted = (await room.shown(ids[0]))[0]
    for sender, conversation_id in zip((first, second), ids, strict=True):
        number = (await room.shown(conversation_id)).index(wanted) + 1
        await room.says(sender, f"option {number}")
        room.clock.advance(LONG_ENOUGH)
    return ids[0], ids[1], wanted


async def holders_of(room: Room, slot: TimeSlot) -> int:
    visits = await room.program.store.calendar.of_provider(slot.provider_id, slot.starts_at, slot.ends_at)
    return len([visit for visit in visits if visit.slot.starts_at == slot.starts_at])


@pytest.mark.timeout(1_800)
async def test_of_two_who_confirm_one_time_at_once_one_gets_it_and_the_other_the_next(
    tmp_path: Path, release: Release
) -> None:
    async with a_room(tmp_path, release) as room:
        patients = tuple(an_invented_patient(number) for number in range(2 * RACES))
        await room.program.store.seed(patients=patients, audit=trace(room.program, "gate.patients"))
        for race in range(RACES):
            one, other, slot = await two_at_confirm(room, race)
            room.meeting.call(one, other)
            await room.hears(f"first-{race}", "yes")
            await room.hears(f"second-{race}", "yes")

            await asyncio.gather(room.run_turn(one), room.run_turn(other))

            answers = {conversation_id: await room.answer(conversation_id) for conversation_id in (one, other)}
            winners = [id_ for id_, keys in answers.items() if len(keys) == 1 and keys[0] in BOOKED]
            losers = [id_ for id_, keys in answers.items() if keys == ["utter_slot_taken", "utter_ask_offer"]]
            assert (len(winners), len(losers)) == (1, 1), answers
            assert await holders_of(room, slot) == 1
            next_times = await room.shown(losers[0])
            assert next_times
            assert slot not in next_times
            loser = f"first-{race}" if losers == [one] else f"second-{race}"
            await room.says(loser, "option 1")
            await room.says(loser, "yes")
            assert set(await room.answer(losers[0])) <= BOOKED
            assert await holders_of(room, next_times[0]) == 1

        assert room.meeting.refused == {"SlotTakenError": RACES}
        assert (await room.program.store.check()).problems == ()


@pytest.mark.timeout(1_800)
async def test_of_two_who_choose_one_time_at_once_one_holds_it_and_the_other_is_offered_others(
    tmp_path: Path, release: Release
) -> None:
    async with a_room(tmp_path, release) as room:
        for race in range(HOLD_RACES):
            senders = (f"first-{race}", f"second-{race}")
            ids = [await room.says(sender, "book") for sender in senders]
            slot = (await room.shown(ids[0]))[0]
            assert (await room.shown(ids[1]))[0] == slot
            room.meeting.call(*ids)
            for sender in senders:
                await room.hears(sender, "option 1")

            await asyncio.gather(*(room.run_turn(id_) for id_ in ids))

            answers = [(await room.answer(id_))[0] for id_ in ids]
            assert sorted(answers) == ["utter_ask_confirm_booking", "utter_slot_taken"]
            loser = ids[answers.index("utter_slot_taken")]
            assert slot not in await room.shown(loser)
            assert await room.shown(loser)
            room.clock.advance(LONG_ENOUGH)

        assert room.meeting.refused == {"SlotTakenError": HOLD_RACES}


AGENT = StaffAccount(id=StaffId("agent"), username="agent", display_name="Agent", roles=frozenset({Role.AGENT}))


@dataclass(slots=True)
class Gate:
    """Holds the engine's thread in the middle of understanding, when told to."""

    closed: bool = False
    reached: Event = field(default_factory=Event)
    opened: Event = field(default_factory=Event)

    def close(self) -> None:
        self.closed, self.reached, self.opened = True, Event(), Event()

    def pass_through(self, _: str) -> None:
        if self.closed:
            self.reached.set()
            assert self.opened.wait(10)
            self.closed = False


def spoken_after_the_claim(entries: tuple[TranscriptEntry, ...]) -> list[str]:
    """What the bot said in any turn after the one in which a person was announced."""
    (joined,) = (place for place, entry in enumerate(entries) if entry.key == PERSON_JOINED)
    return [entry.key for entry in entries[joined + 1 :] if entry.author is Author.BOT]


async def test_no_word_of_the_bot_follows_a_takeover_even_in_the_middle_of_a_turn(
    tmp_path: Path, release: Release
) -> None:
    rng, clock, gate = Random(271828), DemoClock(frozen=True), Gate()
    engine = WordEngine(heard=gate.pass_through)
    outcomes: Counter[str] = Counter()
    async with a_program(tmp_path / "home", clock=clock, release=release, engine=engine) as program:
        meeting = Meeting(program.store.commits)
        workers = TurnWorkers(replace(program.run_turn, commits=meeting))
        room = Room(program, clock, program.run_turn, meeting)
        claim = ClaimHandoff(desk=replace(program.staff_desk(), wake=workers.wake))
        serving = asyncio.create_task(workers.run())
        for race in range(RACES):
            conversation_id = await room.says(f"patient-{race}", "person")
            case = await case_of(program, conversation_id)
            in_the_middle = race % 2 == 0
            meeting.begun.clear()
            if in_the_middle:
                gate.close()
            await room.hears(f"patient-{race}", "hello")
            workers.wake(conversation_id)
            if in_the_middle:
                assert await asyncio.to_thread(gate.reached.wait, 10)
            elif race % 4 == 1:
                await meeting.begun.wait()
            else:
                for _ in range(rng.randint(0, 500)):
                    await asyncio.sleep(0)
            outcome = await claim(case, staff=AGENT)
            gate.opened.set()
            await workers.settled()
            await room.hears(f"patient-{race}", "thanks")
            workers.wake(conversation_id)
            await workers.settled()

            entries = await program.store.conversations.transcript(conversation_id)
            assert isinstance(outcome, Claimed)
            assert spoken_after_the_claim(entries) == []
            assert [entry.text for entry in entries if entry.author is Author.PATIENT] == ["person", "hello", "thanks"]
            assert (await room.conversation(conversation_id)).owner.kind is OwnerKind.PERSON
            outcomes[
                "turn first" if "utter_waiting_for_staff" in {entry.key for entry in entries} else "claim first"
            ] += 1
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert (await program.store.check()).problems == ()

    assert outcomes["claim first"] >= RACES // 2
    assert outcomes["turn first"] >= RACES // 4
    assert meeting.refused["FenceLostError"] >= RACES // 2


async def case_of(program: Program, conversation_id: ConversationId) -> HandoffId:
    snapshot = await program.store.conversations.snapshot(conversation_id, program.blueprint.clock.now())
    assert snapshot.handoff is not None
    return snapshot.handoff.id
