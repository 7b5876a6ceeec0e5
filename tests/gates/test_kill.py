"""Killed at random points under load, again and again: nothing accepted is lost, nothing is applied twice."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.clocks import DemoClock
from bot.content.release import Release
from domain.message import Channel
from tests.gates.clinic import a_program
from tests.gates.kill_worker import ARRIVED
from tests.gates.ledger import Verdict, examine
from tests.gates.outside import Fate, RecordingSender
from tests.gates.siege import AHEAD_SECONDS, Siege

LONG = os.environ.get("GATES") == "long"
KILLS = 500 if LONG else 12
SEED = int(os.environ.get("GATES_SEED", "20261"))


async def verdict_after(siege: Siege, release: Release) -> Verdict:
    """Start once more, let everything come to its end, and examine what is there."""
    clock = DemoClock(start=datetime.now(UTC) + timedelta(seconds=(siege.kills + 1) * AHEAD_SECONDS))
    sender = RecordingSender(Channel.REST, siege.folder / ARRIVED, Fate(None, 0))
    try:
        async with a_program(siege.home, clock=clock, release=release) as program:
            program.senders.update({Channel.REST: sender, Channel.SMS: sender})
            await program.store.outbox.recover(clock.now())
            await program.settle()
            clock.advance(timedelta(seconds=AHEAD_SECONDS))
            await program.settle()
            return await examine(program.store, siege.outside())
    finally:
        sender.close()


@pytest.mark.timeout(4 * 3600 if LONG else 110)
async def test_killed_at_random_points_under_load_nothing_is_lost_and_nothing_applied_twice(
    tmp_path: Path, release: Release
) -> None:
    siege = Siege(folder=tmp_path, rng=Random(SEED))
    await siege.lay(KILLS)

    verdict = await verdict_after(siege, release)

    assert verdict.problems == ()
    assert siege.kills == KILLS
    assert siege.refused.keys() <= {503, 504}
    assert len(siege.accepted) >= 5 * KILLS
    assert verdict.sent >= 5 * KILLS
    figures = f"{len(siege.accepted)} accepted, {siege.kills} kills {dict(siege.deaths)}, {verdict}"
    (tmp_path / "figures.txt").write_text(figures + "\n", encoding="utf-8")
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("broken", "point", "found"),
    [
        ("answers_first", "answers", "lost: "),
        ("sends_unmarked", "arrived", "not flagged"),
        ("commits_twice", "answers", "outbox: "),
    ],
)
async def test_a_broken_build_is_found_out(
    tmp_path: Path, release: Release, broken: str, point: str, found: str
) -> None:
    """A gate that cannot fail proves nothing."""
    siege = Siege(folder=tmp_path, rng=Random(SEED), broken=broken, point=point)
    await siege.lay(1)

    verdict = await verdict_after(siege, release)

    assert any(found in problem for problem in verdict.problems), verdict
