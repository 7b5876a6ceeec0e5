"""A channel says the other side blocked us: nothing we start goes there until they write again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.changes import SaveHandle, WriteSet
from domain.message import Address
from domain.ports import Clock, Commits, Conversations


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendHandle:
    """Marks the handle behind an address; an address that never wrote changes nothing."""

    conversations: Conversations
    commits: Commits
    clock: Clock

    async def __call__(self, address: Address) -> None:
        """Suspend. Raises UnavailableError."""
        now = self.clock.now()
        conversation_id = await self.conversations.of_address(address)
        if conversation_id is None:
            return
        handle = (await self.conversations.snapshot(conversation_id, now)).handle
        event = AuditEvent(
            at=now,
            actor=SYSTEM,
            action=AuditAction.UPDATE,
            event="handle.suspended",
            subject_id=handle.subject_id,
            object_type="handle",
            object_id=handle.id,
        )
        changes = (SaveHandle(handle=replace(handle, suspended=True)),)
        await self.commits.commit(WriteSet(changes=changes, audit=(event,)))
