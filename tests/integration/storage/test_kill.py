"""Killed in the middle of writing, again and again: what was promised is there, once, and everything agrees."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from storage.inspection import inspected
from tests.builders.storage import desk_at
from tests.integration.storage import kill_target

ROUNDS = 5


@pytest.mark.timeout(120)
async def test_killed_while_writing_nothing_promised_is_lost_and_nothing_applied_twice(tmp_path: Path) -> None:
    home, promised = tmp_path / "home", []
    for round_ in range(ROUNDS):
        promised += run_and_kill(home, round_, after=40 + 37 * round_)
        with inspected(home) as inspection:
            assert inspection.check().problems == ()
            assert (await inspection.audit.verify()).problems == ()

    assert len(promised) >= 40 * ROUNDS
    async with desk_at(home, prefix="after") as desk:
        answered = Counter[str]()
        for conversation_id in {line.split(" ")[2] for line in promised}:
            entries = await desk.store.conversations.transcript(conversation_id, limit=100_000)
            answered.update(entry.text for entry in entries)
        for line in promised:
            kind, external_id, conversation_id = line.split(" ")
            again = await desk.accept(external_id=external_id, sender=kill_target.sender_of(external_id))
            assert (again.duplicate, again.conversation_id) == (True, conversation_id)
            assert answered[external_id] == 1 if kind == "turn" else answered[external_id] <= 1
        await desk.store.outbox.recover(desk.clock.now())
        for conversation_id in await desk.store.inbox.waiting(desk.clock.now()):
            await desk.turn(conversation_id)
        assert await desk.store.inbox.waiting(desk.clock.now()) == ()
        assert await desk.counted("SELECT count(*) FROM inbox WHERE status <> 'done'") == 0
        assert (await desk.store.check()).problems == ()
        assert (await desk.store.audit.verify()).ok


def run_and_kill(home: Path, round_: int, *, after: int) -> list[str]:
    """Run traffic in a process, kill it once it promised so many lines; every line it managed to print."""
    command = [sys.executable, "-m", "tests.integration.storage.kill_target", str(home), str(round_)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 our own interpreter
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.kill()
        lines += process.stdout.readlines()
    assert all(lines[:after]), "the traffic ended before it was killed"
    return [line.strip() for line in lines if line.endswith("\n")]
