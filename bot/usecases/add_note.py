"""A member of staff writes something down for colleagues: in the transcript, never on its way to the patient."""

from __future__ import annotations

from dataclasses import dataclass

from bot.usecases.staff_desk import Act, CaseAtHand, CaseRefusal, StaffDesk, entry_id
from bot.usecases.staff_words import UnusableText, cleaned, fault_of
from domain.access import Permission
from domain.changes import WriteSet
from domain.ids import EntryId, HandoffId
from domain.staff import StaffAccount
from domain.transcript import Author, TranscriptEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNote:
    """What a page sends: its own id for this note, and the words."""

    client_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The note is kept; `repeated` when it was already."""

    entry_id: EntryId
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """Keep a note; whoever may read an open case may note something on it, holding it or not."""

    desk: StaffDesk

    async def __call__(
        self, handoff_id: HandoffId, *, staff: StaffAccount, note: StaffNote
    ) -> Noted | UnusableText | CaseRefusal:
        """Keep the note, or say why not. Raises UnavailableError."""
        text = cleaned(note.text)
        if fault := fault_of(text):
            return fault

        async def decide(case: CaseAtHand) -> Act[Noted]:
            ours = entry_id(case, note.client_id)
            if any(entry.id == ours for entry in await self.desk.latest(case)):
                return Act(outcome=Noted(entry_id=ours, repeated=True))
            write = WriteSet(transcript=(note_entry(case, ours, text),), audit=(case.audit("note.added"),))
            return Act(outcome=Noted(entry_id=ours), write=write)

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.ADD_NOTE, decide=decide)


def note_entry(case: CaseAtHand, note_id: EntryId, text: str) -> TranscriptEntry:
    """The transcript entry of a note; no outbox item is ever made from it."""
    return TranscriptEntry(
        id=note_id,
        conversation_id=case.conversation_id,
        subject_id=case.snapshot.handle.subject_id,
        turn_id=case.turn_id,
        at=case.now,
        author=Author.NOTE,
        author_id=case.staff.id,
        text=text,
    )
