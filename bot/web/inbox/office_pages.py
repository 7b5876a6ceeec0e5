"""Draws the pages about no single case: promises, requests, leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.usecases.call_about_leave import Affected
from bot.usecases.list_cases import CaseList
from bot.usecases.staff_promises import PromiseList
from bot.usecases.staff_sessions import Visitor
from bot.usecases.visit_requests import RequestsOpen
from bot.web.inbox.context import visit_words
from bot.web.inbox.pages import InboxPages
from bot.web.inbox.timing import local
from bot.web.inbox.views import ENGLISH, Shown
from bot.web.inbox.words import Words
from domain.access import Permission, might
from domain.clinic import Leave
from domain.patient import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveForm:
    """What was typed into the form of the leave page, and what came of it."""

    line: str = ""
    done: bool = False
    provider: str = ""
    first: str = ""
    last: str = ""
    reason: str = ""
    affected: Sequence[Affected] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficePages:
    """The pages, in the frame of the inbox."""

    pages: InboxPages

    @property
    def words(self) -> Words:
        """The inbox's own words."""
        return self.pages.words

    def promises(self, visitor: Visitor, cases: CaseList, owed: PromiseList, *, line: str) -> web.Response:
        """What is owed, overdue first."""
        viewing = self.pages.viewing(visitor)
        rows: list[Shown] = [
            {
                **viewing.promise(row.promise, row.maker, owed.at),
                "href": f"/staff/cases/{row.case.id}" if row.case else "",
            }
            for row in owed.rows
        ]
        values: dict[str, object] = {"owed": rows, "overdue": owed.overdue, "left_out": owed.beyond, "line": line}
        return self.pages.within("promises", visitor, cases, values)

    def requests(self, visitor: Visitor, cases: CaseList, waiting: RequestsOpen, *, line: str) -> web.Response:
        """What patients asked for."""
        clinic = self.pages.clinic()
        visits: list[Shown] = [
            {
                "id": row.visit.id,
                "name": row.name,
                "pending": row.pending,
                "phones": ", ".join(row.phones),
                "words": visit_words(row.visit, clinic),
                "asked": local(row.visit.created_at, clinic.zone),
            }
            for row in waiting.visits
        ]
        values: dict[str, object] = {
            "visits": visits,
            "registrations": [_registration(patient) for patient in waiting.registrations],
            "line": line,
        }
        return self.pages.within("requests", visitor, cases, values)

    def leave(
        self, visitor: Visitor, cases: CaseList, entered: Sequence[Leave], form: LeaveForm, *, status: int
    ) -> web.Response:
        """Who is away, and a form to say so."""
        clinic = self.pages.clinic()
        names = {item.id: item.name_in(ENGLISH, full=True) for item in clinic.providers}
        shows_patients = might(visitor.account, Permission.SEE_VISITS)
        affected: list[Shown] = [
            {
                "words": visit_words(item.visit, clinic),
                "name": item.name if shows_patients else "",
                "phones": ", ".join(item.phones) if shows_patients else "",
                "promised": item.promised,
            }
            for item in form.affected or ()
        ]
        away: list[Shown] = [
            {
                "provider": span.provider_id,
                "name": names.get(span.provider_id, span.provider_id),
                "first": span.starts_at.astimezone(clinic.zone).date().isoformat(),
                "last": (span.ends_at - timedelta(microseconds=1)).astimezone(clinic.zone).date().isoformat(),
            }
            for span in entered
        ]
        values: dict[str, object] = {
            "providers": names,
            "reasons": self.words.all_of("leave_reason"),
            "form": form,
            "affected": affected,
            "away": away,
            "line": form.line,
        }
        return self.pages.within("leave", visitor, cases, values, status=status)


def _registration(patient: Patient) -> Shown:
    return {
        "id": patient.id,
        "name": f"{patient.given_name} {patient.family_name}",
        "born": f"{patient.birth_date.day} {patient.birth_date:%b %Y}",
        "phones": ", ".join(patient.phones),
    }
