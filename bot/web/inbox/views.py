"""Cases and entries as plain values for a template or for JSON: in words, in the clinic's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.usecases.list_cases import CaseList, CaseRow
from bot.web.inbox.presence import Colleague, Doing
from bot.web.inbox.timing import due, local, span
from bot.web.inbox.words import Words
from domain.clinic import Clinic
from domain.handoff import Handoff, HandoffStatus
from domain.promise import Promise
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
        standing, promised = due(case.due_at, cases.at), row.setting.promise_due
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
            "late": row.late(cases.at),
            "due_late": standing.late,
            "promise_late": promised is not None and cases.at >= promised,
            "promise_due_at": promised.isoformat() if promised else "",
            "promise": f"Promise {due(promised, cases.at).text.lower()}" if promised else "",
            "pages": case.pages,
            "may_acknowledge": row.may_acknowledge,
            "acknowledged": self.acknowledged(case, {case.acknowledged_by or "": row.acknowledged_by}),
        }

    def acknowledged(self, case: Handoff, names: Mapping[str, str]) -> str:
        """Who answered the page of an urgent case, and when; empty when nobody had to."""
        if not case.urgent or case.acknowledged_at is None or case.acknowledged_by is None:
            return ""
        who = "you" if case.acknowledged_by == self.staff.id else names.get(case.acknowledged_by, case.acknowledged_by)
        return self.words.say("page", "acknowledged", name=who, at=local(case.acknowledged_at, self.zone))

    def promises(
        self, promises: Iterable[Promise], names: Mapping[str, str], case: Handoff, at: datetime
    ) -> list[Shown]:
        """What is owed in a conversation, soonest first."""
        return [self.promise(item, names.get(item.made_by or "", ""), at, case) for item in promises]

    def promise(self, item: Promise, maker: str, at: datetime, case: Handoff | None = None) -> Shown:
        """One promise: what, who, by when, and whether the case waits for it."""
        standing = due(item.due_at, at)
        made = self.words.say("promise", "made_by", name="you" if item.made_by == self.staff.id else maker)
        return {
            "id": item.id,
            "kind": self.words.say("promise_kind", item.kind.value),
            "what": item.detail,
            "who": item.who,
            "due_at": item.due_at.isoformat(),
            "due": standing.text,
            "late": standing.late,
            "by": local(item.due_at, self.zone),
            "made": made if item.made_by else self.words.say("promise", "made_by_bot"),
            "queue": self.queue(item.queue),
            "handed_on": item.handed_on_at is not None,
            "binds": case is not None and item.binds(case.id),
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


def lines_of(there: Iterable[Colleague], words: Words) -> list[str]:
    """Who else is here, a line for each thing they do: writing first."""
    by_doing: dict[Doing, list[str]] = {Doing.REPLY: [], Doing.NOTE: [], Doing.LOOKING: []}
    for colleague in there:
        by_doing[colleague.doing].append(colleague.name)
    return [
        words.say("presence", doing.value if len(names) == 1 else f"{doing.value}_several", names=", ".join(names))
        for doing, names in by_doing.items()
        if names
    ]


def spelled(name: str) -> str:
    """A flow's or a slot's name as words."""
    return name.replace("_", " ").strip()
