"""Every delivery several times, shuffled, many at once: one turn each, in the order of acceptance."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest

from bot.clocks import DemoClock
from bot.composition import Program
from bot.content.release import Release
from domain.message import Channel
from domain.ports import Accepted
from tests.gates.clinic import NOTE_MARK, a_message, a_program, everything_sent
from tests.gates.ledger import Delivery, Outside, arrivals_in, examine, stored_deliveries
from tests.gates.outside import Fate, RecordingSender

LONG = os.environ.get("GATES") == "long"
UPDATES = 20_000 if LONG else 1_500
MOST_COPIES = 9 if LONG else 5
SENDERS = 400 if LONG else 50
AT_ONCE = 64
WORDS = ("hello", "thanks", "book", "option 1", "yes", "no", "qwerty")


Update = tuple[str, int]
"""A sender's name and the update's number."""


@dataclass(slots=True)
class Provider:
    """Delivers to a program, many at once, and notes in what order its calls began and ended."""

    program: Program
    ticks: Iterator[int] = field(default_factory=count)
    began: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    answers: defaultdict[str, list[Accepted]] = field(default_factory=lambda: defaultdict(list))

    async def deliver(self, deliveries: Sequence[Update]) -> None:
        waiting = iter(deliveries)

        async def lane() -> None:
            for sender, number in waiting:
                await self._one(sender, number)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(lane())

    async def _one(self, sender: str, number: int) -> None:
        external_id = f"update-{number}"
        text = f"{WORDS[number % len(WORDS)]}{NOTE_MARK}{external_id}"
        began = next(self.ticks)
        accepted = await self.program.receive(a_message(sender, external_id, text, clock=self.program.blueprint.clock))
        self.answers[external_id].append(accepted)
        if not accepted.duplicate:
            self.began[external_id], self.ended[external_id] = began, next(self.ticks)

    def inversions(self, deliveries: Sequence[Delivery]) -> list[str]:
        """Deliveries stored before another of their conversation whose acceptance was over before theirs began."""
        found, earliest_end = [], dict[str, int]()
        for delivery in reversed(deliveries):
            later = earliest_end.get(delivery.conversation_id)
            if later is not None and later < self.began[delivery.external_id]:
                found.append(delivery.external_id)
            ended = self.ended[delivery.external_id]
            earliest_end[delivery.conversation_id] = ended if later is None else min(later, ended)
        return found


@asynccontextmanager
async def serving(folder: Path, clock: DemoClock, release: Release) -> AsyncIterator[Program]:
    """The program at work, its replies kept by a provider on disk; what is under way is finished before it closes."""
    sender = RecordingSender(Channel.REST, folder / "arrived.jsonl", Fate(None, 0))
    async with a_program(folder / "home", clock=clock, release=release) as program:
        program.senders.update({Channel.REST: sender, Channel.SMS: sender})
        work = asyncio.create_task(program.run())
        yield program
        await program.workers.settled()
        await everything_sent(program)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    sender.close()


@pytest.mark.timeout(3_600 if LONG else 110)
async def test_each_delivery_becomes_one_turn_in_order_however_often_it_comes(tmp_path: Path, release: Release) -> None:
    rng, clock = Random(4711), DemoClock(frozen=True)
    updates = [(f"sender-{number % SENDERS}", number) for number in range(UPDATES)]
    deliveries = [update for update in updates for _ in range(rng.randint(1, MOST_COPIES))]
    rng.shuffle(deliveries)

    async with serving(tmp_path, clock, release) as program:
        provider = Provider(program)
        await provider.deliver(deliveries)
    async with serving(tmp_path, clock, release) as program:
        after_restart = Provider(program)
        await after_restart.deliver(rng.sample(deliveries, k=len(deliveries) // 10))

    by_sender: defaultdict[str, list[str]] = defaultdict(list)
    for sender, number in updates:
        by_sender[sender].append(f"update-{number}")
    outside = Outside(
        by_sender=by_sender,
        accepted=frozenset(provider.answers),
        one_by_one=frozenset(),
        arrived=arrivals_in(tmp_path / "arrived.jsonl"),
    )
    async with a_program(tmp_path / "home", clock=clock, release=release) as program:
        verdict = await examine(program.store, outside)
        stored = await stored_deliveries(program.store)

    assert verdict.problems == ()
    assert verdict.stored == UPDATES
    assert verdict.copies == 0
    assert verdict.sent > 0
    for answers in provider.answers.values():
        assert [answer.duplicate for answer in answers].count(False) == 1
        assert len({answer.inbound_id for answer in answers}) == 1
    assert all(answer.duplicate for answers in after_restart.answers.values() for answer in answers)
    assert after_restart.answers.keys() < provider.answers.keys()
    assert provider.inversions(stored) == []


def test_an_inversion_is_seen() -> None:
    """Stored the wrong way round although one acceptance was over before the other began."""
    provider = Provider.__new__(Provider)
    provider.began, provider.ended = {"early": 0, "late": 2}, {"early": 1, "late": 3}
    early, late = (
        Delivery(name, "sender", "hello", "conversation", seq, "done", "turn")
        for name, seq in (("early", 2), ("late", 1))
    )

    assert provider.inversions([late, early]) == ["late"]
    assert provider.inversions([early, late]) == []
