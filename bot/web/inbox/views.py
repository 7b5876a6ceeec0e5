"""Cases and entries as plain values for a template or for JSON: in words, in the clinic's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.usecases.list_cases import CaseList, CaseRow
from bot.web.inbox.timing import due, local, span
from bot.web.inbox.words import Words
from domain.clinic import Clinic
from domain.handoff import Handoff, HandoffStatus
from domain.staff import StaffAccount
from domain.transcript import TranscriptEntry

Shown = dict[str, str | int | bool]
"""One thing as a page shows it; the same keys in the templates and in the scripts."""

ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """Who looks, and the words and facts by which things are named."""

    staff: StaffAccount
    clinic: Clinic
    words: Words

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        return self.clinic.zone

    def rows(self, cases: CaseList) -> list[Shown]:
        """The list."""
        return [self._row(row, cases) for row in cases.rows]

    def _row(self, row: CaseRow, cases: CaseList) -> Shown:
        case = row.handoff
        standing = due(case.due_at, cases.at)
        return {
            "id": case.id,
            "href": f"/staff/cases/{case.id}",
            "readable": row.readable,
            "urgent": case.urgent,
            "reason": self.words.say("reason", case.reason.value),
            "queue_id": case.queue,
            "queue": self.queue(case.queue),
            "language": self.words.language(row.setting.language),
            "channel": self.words.say("channel", row.setting.channel.value),
            "about": spelled(row.setting.flow) if row.setting.flow else "",
            "owner": self.owner(case, row.holder),
            "mine": case.claimed_by == self.staff.id,
            "open": case.status is HandoffStatus.OPEN,
            "opened_at": case.opened_at.isoformat(),
            "opened": local(case.opened_at, self.zone),
            "age": f"Waiting {span(cases.at - case.opened_at)}",
            "due_at": case.due_at.isoformat(),
            "due": standing.text,
            "late": standing.late,
        }

    def owner(self, case: Handoff, holder: str) -> str:
        """Who has a case, in words."""
        if case.status is HandoffStatus.CLOSED:
            return "Closed"
        if case.status is HandoffStatus.OPEN:
            return "Nobody yet"
        return "You" if case.claimed_by == self.staff.id else holder

    def queue(self, queue_id: str) -> str:
        """A queue's name; its id where the clinic's facts no longer name it."""
        return next((q.name.in_(ENGLISH) for q in self.clinic.queues if q.id == queue_id), queue_id)

    def entries(self, entries: Iterable[TranscriptEntry], names: Mapping[str, str]) -> list[Shown]:
        """What was said, each with who said it in words."""
        return [self._entry(entry, names) for entry in entries]

    def _entry(self, entry: TranscriptEntry, names: Mapping[str, str]) -> Shown:
        author = self.words.say("author", entry.author.value)
        name = names.get(entry.author_id or "", "")
        return {
            "seq": entry.seq,
            "author": entry.author.value,
            "who": f"{author}: {name}" if name else author,
            "text": entry.text,
            "buttons": " · ".join(button.label for button in entry.buttons),
            "at": entry.at.isoformat(),
            "time": local(entry.at, self.zone),
        }


def spelled(name: str) -> str:
    """A flow's or a slot's name as words."""
    return name.replace("_", " ").strip()
