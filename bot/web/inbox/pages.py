"""Draws the inbox's pages. Jinja2 escapes everything it prints; nothing a patient wrote is ever a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.usecases.heard_promise import HeardPromise
from bot.usecases.list_cases import CaseList
from bot.usecases.read_case import CaseView
from bot.usecases.staff_sessions import IDLE, Visitor
from bot.usecases.staff_words import MAX_STAFF_TEXT
from bot.usecases.verify_by_phone import Found
from bot.web.inbox.context import context_of
from bot.web.inbox.timing import due, local
from bot.web.inbox.told import Told
from bot.web.inbox.views import ENGLISH, Viewing
from bot.web.inbox.words import Words, load_words
from domain.access import OfficePermission, Permission, may_in_office, might
from domain.clinic import Clinic
from domain.handoff import HandoffStatus
from domain.identity import Level, ProofKind

_PLACES: Mapping[str, Permission | OfficePermission] = MappingProxyType(
    {"promises": Permission.PROMISE, "requests": OfficePermission.REQUESTS, "leave": OfficePermission.LEAVE}
)
_HERE = Path(__file__).parent
STATIC = _HERE / "static"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed into a form that was not taken, so that nobody types it twice."""

    form: str = ""
    text: str = ""
    who: str = ""
    when: str = ""
    outcome: str = ""
    confirm: bool = False


NO_DRAFT = Draft()


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAct:
    """What a page is drawn after: what came of it, what was typed, what the reader promised, whom they looked for."""

    said: Told | None = None
    draft: Draft = NO_DRAFT
    offer: HeardPromise | None = None
    found: Found | None = None


NOTHING_YET = LastAct()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPages:
    """The pages. `clinic` is asked anew for each page, as the facts may be swapped while we run."""

    clinic: Callable[[], Clinic]
    new_client_id: Callable[[], str]
    words: Words = field(default_factory=load_words)
    _templates: Environment = field(default_factory=_environment, init=False, repr=False)

    def viewing(self, visitor: Visitor) -> Viewing:
        """Who looks, with the words and facts of now."""
        return Viewing(staff=visitor.account, clinic=self.clinic(), words=self.words)

    def sign_in(self, *, door: str, line: str = "", username: str = "", status: int = 200) -> web.Response:
        """The sign-in page; `line` says what went wrong."""
        return self._drawn("sign_in.html", {"door": door, "line": line, "username": username}, status=status)

    def inbox(self, visitor: Visitor, cases: CaseList) -> web.Response:
        """The list alone."""
        return self._drawn("inbox.html", {**self._frame(visitor, cases), "seen": 0, "case_id": ""})

    def case(
        self,
        visitor: Visitor,
        cases: CaseList,
        view: CaseView,
        *,
        last: LastAct = NOTHING_YET,
    ) -> web.Response:
        """A conversation beside the list; `last` is what came of the last act, and what the reader's words promised."""
        viewing, said, draft, offer = self.viewing(visitor), last.said, last.draft, last.offer
        handoff = view.handoff
        mine = handoff.claimed_by == visitor.account.id and handoff.status is HandoffStatus.CLAIMED
        values: dict[str, object] = {
            "case_id": handoff.id,
            "handoff": handoff,
            "queue": viewing.queue(handoff.queue),
            "reason": self.words.say("reason", handoff.reason.value),
            "outcome": self.words.all_of("outcome").get(handoff.outcome, handoff.outcome),
            "owner": viewing.owner(handoff, view.names.get(handoff.claimed_by or "", handoff.claimed_by or "")),
            "state": _state(handoff.status, mine=mine),
            "entries": viewing.entries(view.entries, view.names),
            "seen": view.latest_seq,
            "earlier": view.earlier,
            "waiting": view.waiting,
            "context": context_of(view, viewing),
            "outcomes": self.words.all_of("outcome"),
            "allowed": {permission.name for permission in view.allowed},
            "said": said,
            "draft": draft,
            "promises": viewing.promises(view.promises, view.names, handoff, view.at),
            "offer": self.offer(offer) if offer else None,
            "found": last.found,
            "checks": self.words.all_of("checked"),
            "proven": view.level >= Level.PROVEN,
            "linked": view.handle.patient_id is not None,
            "by_phone": view.level >= Level.PROVEN and view.handle.proof is ProofKind.STAFF_PHONE,
            "may_decide": may_in_office(visitor.account, OfficePermission.REQUESTS),
            "acknowledged": viewing.acknowledged(handoff, view.names),
            "overdue": view.at >= handoff.due_at and handoff.status is not HandoffStatus.CLOSED,
            "due": due(handoff.due_at, view.at).text,
            "reply_id": self.new_client_id(),
            "note_id": self.new_client_id(),
            "most": MAX_STAFF_TEXT,
        }
        status = 200 if said is None else said.status
        return self._drawn("case.html", {**self._frame(visitor, cases), **values}, status=status)

    def within(
        self, place: str, visitor: Visitor, cases: CaseList, values: Mapping[str, object], *, status: int = 200
    ) -> web.Response:
        """A page about no single case, beside the list."""
        frame = {**self._frame(visitor, cases, place), "seen": 0, "case_id": ""}
        return self._drawn(f"{place}.html", {**frame, **values}, status=status)

    def offer(self, heard: HeardPromise) -> dict[str, str]:
        """What words promised, for its writer to make a promise of with one click."""
        by = local(heard.due_at, self.clinic().zone)
        return {
            "line": self.words.say("promise", "offer", by=by),
            "what": heard.words,
            "kind": heard.kind.value,
            "due_at": heard.due_at.isoformat(),
        }

    def _frame(self, visitor: Visitor, cases: CaseList, here: str = "") -> dict[str, object]:
        viewing = self.viewing(visitor)
        return {
            "me": visitor.account,
            "roles": ", ".join(sorted(self.words.say("role", role.value) for role in visitor.account.roles)),
            "csrf": visitor.session.csrf,
            "places": self._places(visitor, here),
            "rows": viewing.rows(cases),
            "beyond": cases.beyond,
            "now": cases.at.isoformat(),
            "idle_seconds": int(IDLE.total_seconds()),
        }

    def _places(self, visitor: Visitor, here: str) -> list[dict[str, str | bool]]:
        """The pages this person may open besides the cases."""
        return [
            {"name": self.words.say("place", name), "href": f"/staff/{name}", "here": name == here}
            for name, rule in _PLACES.items()
            if (might(visitor.account, rule) if isinstance(rule, Permission) else may_in_office(visitor.account, rule))
        ]

    def _drawn(self, template: str, values: Mapping[str, object], *, status: int = 200) -> web.Response:
        name = self.clinic().name.in_(ENGLISH)
        text = self._templates.get_template(template).render(clinic_name=name, **values)
        return web.Response(text=text, status=status, content_type="text/html")


def _state(status: HandoffStatus, *, mine: bool) -> str:
    """open, mine, colleague or closed: which controls a page shows."""
    match status:
        case HandoffStatus.OPEN:
            return "open"
        case HandoffStatus.CLAIMED:
            return "mine" if mine else "colleague"
        case HandoffStatus.CLOSED:
            return "closed"
