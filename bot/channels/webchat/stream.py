"""One page's live thread as server-sent events: everything after the last seq it saw, each entry once, in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bot.channels.webchat.messages import said
from bot.channels.webchat.recall import Recall
from bot.live import LiveHub
from domain.errors import UnavailableError
from domain.ids import ConversationId, InboundId
from domain.message import Address
from domain.ports import Clock
from domain.transcript import TranscriptEntry

_PAGE = 200
_RETRY_MS = 2_000
HEARTBEAT_SECONDS = 15.0


class Transcripts(Protocol):
    """The part of the Conversations port a page reads."""

    async def of_address(self, address: Address) -> ConversationId | None:
        """The conversation behind an address."""
        ...

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """Entries after a sequence number, in order (the latest `limit` when after_seq is 0)."""
        ...


@dataclass(slots=True, kw_only=True)
class ThreadStream:
    """Writes one thread to one page until either side leaves. `seen` is the last seq written."""

    response: web.StreamResponse
    transcripts: Transcripts
    conversation_id: ConversationId
    seen: int
    urgent_keys: frozenset[str]
    recall: Recall
    clock: Clock

    async def run(self, hub: LiveHub, *, heartbeat: float) -> None:
        """Watch first, then catch up, so that nothing falls between; the store is the truth, the hub only a nudge."""
        try:
            with hub.watch(self.conversation_id) as watch:
                await self.response.write(f"retry: {_RETRY_MS}\n\n".encode())
                await self._write(await self._missed(), used=())
                while True:
                    try:
                        async with asyncio.timeout(heartbeat):
                            event = await watch.get()
                    except TimeoutError:
                        # Another process may have committed: a heartbeat looks for itself.
                        await self.response.write(b": still here\n\n")
                        await self._write_new(await self._missed(), used=())
                        continue
                    if event is None:
                        return
                    await self._write_new(await self._missed(), used=event.inbound)
        except (UnavailableError, ConnectionResetError):
            return  # the store or the page is gone: the page comes back with its last seq and misses nothing

    async def _missed(self) -> Sequence[TranscriptEntry]:
        """What the store has after `seen`; only there do entries have their seq."""
        missed: list[TranscriptEntry] = []
        while True:
            after = missed[-1].seq if missed else self.seen
            page = await self.transcripts.transcript(self.conversation_id, after_seq=after, limit=_PAGE)
            missed.extend(page)
            if after == 0 or len(page) < _PAGE:
                return missed

    async def _write_new(self, entries: Sequence[TranscriptEntry], *, used: Sequence[InboundId]) -> None:
        if entries or used:
            await self._write(entries, used=used)

    async def _write(self, entries: Sequence[TranscriptEntry], *, used: Iterable[InboundId]) -> None:
        self.seen = entries[-1].seq if entries else self.seen
        away = self.recall.put_away(entries, self.clock.now())
        data = json.dumps(said(entries, used=used, urgent_keys=self.urgent_keys, away=away))
        await self.response.write(f"id: {self.seen}\nevent: said\ndata: {data}\n\n".encode())
