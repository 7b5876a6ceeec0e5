"""One page's live view as server-sent events: the list, and the thread it has open. Every look asks the policy anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.live import Committed, LiveHub, Subscription
from bot.usecases.follow_case import FollowCase
from bot.usecases.list_cases import ListCases
from bot.usecases.staff_desk import NoSuchCase
from bot.usecases.staff_sessions import Visitor
from bot.web.inbox.presence import Colleague, Presence
from bot.web.inbox.views import Shown, Viewing, lines_of
from bot.web.inbox.words import Words
from domain.errors import UnavailableError
from domain.ids import ConversationId, HandoffId, StaffId

HEARTBEAT_SECONDS = 15.0
GATHER_SECONDS = 0.1
"""How long to gather commits before looking: a burst of turns is one look."""
_RETRY_MS = 2_000
_MOST_GATHERED = 100
_AFTER = 0.05
"""How long after a colleague's beat ran out to look, so that it has run out."""


@dataclass(slots=True, kw_only=True)
class StaffStream:
    """Writes to one page until it leaves, the program stops, or its reader is signed out.

    `visitor` says who the reader is now, or None; `seen` is the last seq of the open case's thread the page has.
    """

    response: web.StreamResponse
    visitor: Callable[[], Awaitable[Visitor | None]]
    viewing: Callable[[Visitor], Viewing]
    words: Words
    list_cases: ListCases
    follow: FollowCase
    presence: Presence
    case_id: HandoffId | None
    seen: int
    _shown: list[Shown] | None = field(default=None, init=False)
    _state: tuple[str, ...] = field(default=(), init=False)
    _about: ConversationId | None = field(default=None, init=False)
    _me: StaffId | None = field(default=None, init=False)
    _there: tuple[Colleague, ...] = field(default=(), init=False)

    async def run(self, hub: LiveHub, *, heartbeat: float, gather: float) -> None:
        """Watch first, then look, so that nothing falls between; the store is the truth, the hub only a nudge."""
        try:
            with hub.watch_all() as watch:
                await self.response.write(f"retry: {_RETRY_MS}\n\n".encode())
                going = await self._look(about=None, opening=True)
                while going:
                    soon = self.presence.changes_in(self.case_id) if self.case_id else None
                    wait = heartbeat if soon is None else min(heartbeat, soon + _AFTER)
                    events = await _gathered(watch, heartbeat=wait, gather=gather)
                    if events is None:
                        return
                    if not events and wait < heartbeat:
                        await self._colleagues()
                        continue
                    for event in events:
                        self.list_cases.forget(event.conversation_id)
                    await self.response.write(b": still here\n\n")
                    # Nothing gathered is a heartbeat: another process may have committed, so look at everything.
                    about = {event.conversation_id for event in events} if events and not watch.lagged else None
                    watch.lagged = False
                    going = await self._look(about=about, opening=False)
        except UnavailableError:
            return  # the page comes back and misses nothing

    async def _look(self, *, about: set[ConversationId] | None, opening: bool) -> bool:
        visitor = await self.visitor()
        if visitor is None:
            await self._write("signed_out", {})
            return False
        await self._list(visitor)
        if self.case_id is None or (about is not None and self._about is not None and self._about not in about):
            return True
        return await self._thread(visitor, self.case_id, opening=opening)

    async def _list(self, visitor: Visitor) -> None:
        cases = await self.list_cases(visitor.account)
        rows = self.viewing(visitor).rows(cases)
        stable = [{key: value for key, value in row.items() if key not in {"age", "due"}} for row in rows]
        if stable != self._shown:
            self._shown = stable
            await self._write("cases", {"now": cases.at.isoformat(), "rows": rows, "beyond": cases.beyond})

    async def _thread(self, visitor: Visitor, case_id: HandoffId, *, opening: bool) -> bool:
        news = await self.follow(case_id, staff=visitor.account, after_seq=self.seen, opening=opening)
        if isinstance(news, NoSuchCase):
            await self._write("case_gone", {})
            return False
        self._about, self._me = news.handoff.conversation_id, visitor.account.id
        await self._colleagues()
        viewing = self.viewing(visitor)
        holder = news.handoff.claimed_by or ""
        promises = viewing.promises(news.promises, news.names, news.handoff, news.at)
        state = (
            news.handoff.status.value,
            holder,
            news.handoff.queue,
            news.handoff.reason.value,
            news.handoff.acknowledged_by or "",
            *(f"{item.id}/{item.version}/{item.overdue(news.at)}" for item in news.promises),
        )
        if news.latest_seq == self.seen and state == self._state:
            return True
        self.seen, self._state = news.latest_seq, state
        await self._write(
            "thread",
            {
                "entries": viewing.entries(news.entries, news.names),
                "latest_seq": news.latest_seq,
                "status": news.handoff.status.value,
                "holder": holder,
                "owner": viewing.owner(news.handoff, news.names.get(holder, holder)),
                "acknowledged": viewing.acknowledged(news.handoff, news.names),
                "pages": news.handoff.pages,
                "promises": promises,
            },
        )
        return True

    async def _colleagues(self) -> None:
        """Tell who else is on the open case, when that has changed; only once this reader was found permitted."""
        if self.case_id is None or self._me is None:
            return
        there = self.presence.others(self.case_id, self._me)
        if there != self._there:
            self._there = there
            await self._write("colleagues", {"lines": lines_of(there, self.words)})

    async def _write(self, event: str, data: dict[str, object]) -> None:
        await self.response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())


async def _gathered(watch: Subscription, *, heartbeat: float, gather: float) -> list[Committed] | None:
    """What was committed since: none when nothing came for a heartbeat, None when the hub closes."""
    events: list[Committed] = []
    wait = heartbeat
    while len(events) < _MOST_GATHERED:
        try:
            async with asyncio.timeout(wait):
                event = await watch.get()
        except TimeoutError:
            break
        if event is None:
            return None
        events.append(event)
        wait = gather
    return events
