"""A member of staff has seen an urgent case: it stops calling everyone, and says who saw it and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.usecases.staff_desk import Act, CaseAtHand, CaseRefusal, StaffDesk
from domain.access import Permission
from domain.changes import SaveHandoff, WriteSet
from domain.handoff import Handoff
from domain.ids import HandoffId
from domain.staff import StaffAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The page has been answered; `already` when somebody had before."""

    handoff: Handoff
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgePage:
    """Answer a page without taking the case: the patient still waits for whoever takes it."""

    desk: StaffDesk

    async def __call__(self, handoff_id: HandoffId, *, staff: StaffAccount) -> Acknowledged | CaseRefusal:
        """Acknowledge; of two at once the first is kept. Raises UnavailableError."""

        async def decide(case: CaseAtHand) -> Act[Acknowledged]:
            if not case.handoff.pages:
                return Act(outcome=Acknowledged(handoff=case.handoff, already=True))
            seen = replace(
                case.handoff,
                acknowledged_at=case.now,
                acknowledged_by=case.staff.id,
                version=case.handoff.version + 1,
            )
            write = WriteSet(
                changes=(SaveHandoff(handoff=seen, expected_version=case.handoff.version),),
                audit=(case.audit("handoff.acknowledged"),),
            )
            return Act(outcome=Acknowledged(handoff=seen), write=write)

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.ACKNOWLEDGE, decide=decide)
