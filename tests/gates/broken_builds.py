"""Builds of the program with one promise taken out, to show that the checker sees each of them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from types import MappingProxyType

from aiohttp import web

from bot.composition import Program
from bot.usecases.dispatch_outbox import DispatchOutbox
from bot.workers import Bell, TurnWorkers
from domain.changes import WriteSet
from domain.ids import OutboxId
from domain.outbox import Delivery, OutboxItem, OutboxStatus
from domain.ports import Commits, Outbox
from tests.gates.clinic import a_message

_LATER = 0.2
_BELL_SECONDS = 0.05
_DIES_AT = 2

Broken = Callable[[Program], tuple[Program, web.Application | None]]


def answers_first(program: Program) -> tuple[Program, web.Application | None]:
    """Tells the provider 200 and stores a little later, as frameworks do that handle updates in the background."""
    tasks: set[asyncio.Task[None]] = set()

    async def store(body: bytes) -> None:
        await asyncio.sleep(_LATER)
        post = json.loads(body)
        mark = post["metadata"]["message_id"]
        await program.receive(a_message(post["sender"], mark, post["message"], clock=program.blueprint.clock))

    async def webhook(request: web.Request) -> web.Response:
        task = asyncio.create_task(store(await request.read()))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return web.json_response([])

    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", webhook)
    return program, app


@dataclass(frozen=True, slots=True)
class _UnmarkedOutbox:
    """An outbox in which nothing is marked before it is sent."""

    outbox: Outbox
    known: dict[OutboxId, OutboxItem] = field(default_factory=dict)

    async def due(self, now: datetime, *, limit: int = 50) -> tuple[OutboxItem, ...]:
        items = await self.outbox.due(now, limit=limit)
        self.known.update((item.id, item) for item in items)
        return items

    async def start(self, item_id: OutboxId) -> OutboxItem | None:
        return self.known.pop(item_id, None)

    async def record(self, item_id: OutboxId, delivery: Delivery) -> None:
        await self.outbox.record(item_id, delivery)

    async def recover(self, now: datetime) -> int:
        return await self.outbox.recover(now)

    async def counts(self) -> dict[OutboxStatus, int]:
        return await self.outbox.counts()


def sends_unmarked(program: Program) -> tuple[Program, web.Application | None]:
    """Sends without noting first that it is about to, so that nobody knows a message may have gone out."""
    dispatch = DispatchOutbox(
        outbox=_UnmarkedOutbox(program.store.outbox),
        calendar=program.store.calendar,
        senders=program.senders,
        clock=program.blueprint.clock,
    )
    return replace(program, outbox_bell=Bell(dispatch, name="outbox", every_seconds=_BELL_SECONDS)), None


@dataclass(frozen=True, slots=True)
class _TwoCommits:
    """Keeps a turn in one transaction and its replies in a later one; dies between the two, at the n-th turn."""

    commits: Commits
    turns: Iterator[int] = field(default_factory=count)

    async def commit(self, write: WriteSet) -> None:
        await self.commits.commit(replace(write, outbox=()))
        if write.outbox:
            if next(self.turns) == _DIES_AT:
                os.kill(os.getpid(), signal.SIGKILL)
            await self.commits.commit(WriteSet(outbox=write.outbox))


def commits_twice(program: Program) -> tuple[Program, web.Application | None]:
    """Commits a turn in two halves."""
    run_turn = replace(program.run_turn, commits=_TwoCommits(program.store.commits))
    workers = TurnWorkers(run_turn)
    receive = replace(program.receive, wake=workers.wake)
    return replace(program, run_turn=run_turn, workers=workers, receive=receive), None


BROKEN: Mapping[str, Broken] = MappingProxyType(
    {build.__name__: build for build in (answers_first, sends_unmarked, commits_twice)}
)
