"""Staff in a rehearsal (`chat`, golden conversations): claim, reply and hand back by the real use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.chat_session import ChatSession, Exchange
from bot.composition import Program
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.hand_back import HandBack, HandBackForm, Outcome
from bot.usecases.reply_as_staff import ReplyAsStaff, StaffReply
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.handoff import HandoffStatus
from domain.ids import HandoffId, StaffId
from domain.staff import Role, StaffAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAct:
    """What a member of staff does; `who` is the name they act under."""

    who: str
    do: Literal["claim", "reply", "hand_back"]
    text: str = ""


@dataclass(slots=True, kw_only=True)
class RehearsalStaff:
    """Acts on the open case of one session's conversation."""

    program: Program
    session: ChatSession
    count: int = 0

    async def act(self, act: StaffAct) -> Exchange:
        """Carry an act out and say what came of it; with no open case nothing happens."""
        with self.program.hub.watch_all() as watch:
            case = await self._case()
            if case is not None:
                await self._do(act, case, await self._account(act.who))
                await self.program.settle()
            return await self.session.exchange(watch.drain())

    async def _do(self, act: StaffAct, case: HandoffId, staff: StaffAccount) -> None:
        desk = self.program.staff_desk()
        match act.do:
            case "claim":
                await ClaimHandoff(desk=desk)(case, staff=staff)
            case "reply":
                self.count += 1
                reply = StaffReply(client_id=f"rehearsal-{self.count}", text=act.text, seen_seq=self.session.seen_seq)
                await ReplyAsStaff(desk=desk)(case, staff=staff, reply=reply)
            case "hand_back":
                form = HandBackForm(outcome=Outcome.ANSWERED, seen_seq=self.session.seen_seq, note=act.text)
                await HandBack(desk=desk, continue_with=self.program.continue_task)(case, staff=staff, form=form)

    async def _case(self) -> HandoffId | None:
        listed = await self.program.store.handoffs.listed((HandoffStatus.OPEN, HandoffStatus.CLAIMED))
        mine = [case.id for case in listed if case.conversation_id == self.session.conversation_id]
        return mine[0] if mine else None

    async def _account(self, name: str) -> StaffAccount:
        accounts = self.program.store.staff
        known = await accounts.by_username(name)
        if known is not None:
            return known
        account = StaffAccount(
            id=StaffId(self.program.blueprint.new_id()),
            username=name,
            display_name=name.capitalize(),
            roles=frozenset({Role.AGENT, Role.CLINICIAN}),
        )
        now = self.program.blueprint.clock.now()
        event = AuditEvent(at=now, actor=SYSTEM, action=AuditAction.CREATE, event="staff.added", object_id=account.id)
        await accounts.save(account, audit=event)
        return account
