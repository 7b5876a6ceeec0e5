"""The cases a member of staff may see, most urgent first: why, since when, until when, and who has each; not whose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.usecases.read_case import owed_in
from bot.usecases.staff_desk import StaffDesk
from domain.access import Permission
from domain.handoff import Handoff, HandoffStatus
from domain.ids import ConversationId, StaffId
from domain.message import Channel
from domain.staff import StaffAccount

_OPEN = (HandoffStatus.OPEN, HandoffStatus.CLAIMED)
MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a row tells of the conversation: its language, its channel, and the flow that was being talked about."""

    language: str
    channel: Channel
    flow: str | None
    promise_due: datetime | None = None
    """When the next thing owed in it is due, of what this person may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case as the list shows it. `readable` says whether this person may open it."""

    handoff: Handoff
    setting: Setting
    holder: str
    readable: bool
    acknowledged_by: str
    may_acknowledge: bool

    def late(self, now: datetime) -> bool:
        """Whether an answer or a promise is overdue."""
        return now >= min(self.handoff.due_at, self.setting.promise_due or self.handoff.due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """The list at a moment; `beyond` counts cases left out because the list is too long."""

    rows: tuple[CaseRow, ...]
    at: datetime
    beyond: int = 0


@dataclass(slots=True, kw_only=True)
class ListCases:
    """Lists cases for one page. It remembers what rows tell of conversations until `forget` says one has changed."""

    desk: StaffDesk
    _settings: dict[ConversationId, Setting] = field(default_factory=dict)
    _names: dict[StaffId, str] = field(default_factory=dict)

    async def __call__(self, staff: StaffAccount) -> CaseList:
        """The cases this person may see now. Raises UnavailableError."""
        now = self.desk.clock.now()
        seen = [
            case for case in await self.desk.handoffs.listed(_OPEN) if self.desk.may(staff, Permission.LIST_CASE, case)
        ]
        shown = seen[:MOST_LISTED]
        present = {case.conversation_id for case in shown}
        self._settings = {key: setting for key, setting in self._settings.items() if key in present}
        rows = [await self._row(case, staff, now) for case in shown]
        # What is urgent is never pushed down by what is merely late.
        rows.sort(key=lambda row: (not row.handoff.urgent, not row.late(now)))
        return CaseList(rows=tuple(rows), at=now, beyond=len(seen) - len(shown))

    def forget(self, conversation_id: ConversationId) -> None:
        """Something was committed to this conversation: look again."""
        self._settings.pop(conversation_id, None)

    async def _row(self, case: Handoff, staff: StaffAccount, now: datetime) -> CaseRow:
        setting = self._settings.get(case.conversation_id)
        if setting is None:
            setting = self._settings[case.conversation_id] = await self._look(case, staff, now)
        return CaseRow(
            handoff=case,
            setting=setting,
            holder=await self._name(case.claimed_by) if case.claimed_by else "",
            readable=self.desk.may(staff, Permission.READ_CASE, case),
            acknowledged_by=await self._name(case.acknowledged_by) if case.acknowledged_by else "",
            may_acknowledge=self.desk.may(staff, Permission.ACKNOWLEDGE, case),
        )

    async def _look(self, case: Handoff, staff: StaffAccount, now: datetime) -> Setting:
        snapshot = await self.desk.conversations.snapshot(case.conversation_id, now)
        top = snapshot.conversation.top
        owed = owed_in(self.desk, case, snapshot, staff)
        return Setting(
            language=snapshot.conversation.language,
            channel=snapshot.handle.address.channel,
            flow=top.flow if top else None,
            promise_due=owed[0].due_at if owed else None,
        )

    async def _name(self, staff_id: StaffId) -> str:
        if staff_id not in self._names:
            account = await self.desk.accounts.get(staff_id)
            self._names[staff_id] = account.display_name if account else staff_id
        return self._names[staff_id]
