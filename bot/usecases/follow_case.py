"""An open page follows a case: what was said since, and how the case stands. Opening the watch is audited, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.usecases.read_case import names_in, owed_in
from bot.usecases.staff_desk import NoSuchCase, StaffDesk, case_event
from domain.access import Permission, reading_window
from domain.audit import AuditAction
from domain.changes import WriteSet
from domain.handoff import Handoff
from domain.ids import HandoffId
from domain.promise import Promise
from domain.staff import StaffAccount
from domain.transcript import TranscriptEntry

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNews:
    """What is new on a case: entries after those seen, and how it stands now."""

    handoff: Handoff
    entries: tuple[TranscriptEntry, ...]
    latest_seq: int
    names: Mapping[str, str]
    promises: tuple[Promise, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowCase:
    """Look for news of a case. The policy is asked each time, so a role taken away ends the watch."""

    desk: StaffDesk

    async def __call__(
        self, handoff_id: HandoffId, *, staff: StaffAccount, after_seq: int, opening: bool
    ) -> CaseNews | NoSuchCase:
        """Entries after `after_seq` in order. Raises UnavailableError."""
        case = await self.desk.permitted(handoff_id, staff, Permission.READ_CASE)
        if case is None:
            return NoSuchCase()
        now = self.desk.clock.now()
        snapshot = await self.desk.conversations.snapshot(case.conversation_id, now)
        newer = snapshot.handoff
        if newer is not None and newer.id != case.id and not self.desk.may(staff, Permission.READ_CASE, newer):
            return NoSuchCase()
        if opening:
            watched = case_event(case, staff, "transcript.watched", now=now, action=AuditAction.READ)
            await self.desk.commits.commit(WriteSet(audit=(watched,)))
        missed = await self._missed(case, after_seq)
        window = reading_window(staff, case)
        entries = tuple(entry for entry in missed if window.holds(entry.at))
        owed = owed_in(self.desk, case, snapshot, staff)
        return CaseNews(
            handoff=case,
            entries=entries,
            latest_seq=missed[-1].seq if missed else after_seq,
            names=await names_in(self.desk, entries, case, owed),
            promises=owed,
            at=now,
        )

    async def _missed(self, case: Handoff, after_seq: int) -> tuple[TranscriptEntry, ...]:
        missed: list[TranscriptEntry] = []
        while True:
            after = missed[-1].seq if missed else after_seq
            page = await self.desk.conversations.transcript(case.conversation_id, after_seq=after, limit=_PAGE)
            missed.extend(page)
            if after == 0 or len(page) < _PAGE:
                return tuple(missed)
