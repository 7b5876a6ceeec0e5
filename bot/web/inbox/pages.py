"""Draws the inbox's pages. Jinja2 escapes everything it prints; nothing a patient wrote is ever a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.usecases.list_cases import CaseList
from bot.usecases.read_case import CaseView
from bot.usecases.staff_sessions import IDLE, Visitor
from bot.usecases.staff_words import MAX_STAFF_TEXT
from bot.web.inbox.context import context_of
from bot.web.inbox.told import Told
from bot.web.inbox.views import ENGLISH, Viewing
from bot.web.inbox.words import Words, load_words
from domain.clinic import Clinic
from domain.handoff import HandoffStatus

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
    outcome: str = ""
    confirm: bool = False


NO_DRAFT = Draft()


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
        self, visitor: Visitor, cases: CaseList, view: CaseView, *, said: Told | None = None, draft: Draft = NO_DRAFT
    ) -> web.Response:
        """A conversation beside the list; `said` tells what came of the last act."""
        viewing = self.viewing(visitor)
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
            "reply_id": self.new_client_id(),
            "note_id": self.new_client_id(),
            "most": MAX_STAFF_TEXT,
        }
        status = 200 if said is None else said.status
        return self._drawn("case.html", {**self._frame(visitor, cases), **values}, status=status)

    def _frame(self, visitor: Visitor, cases: CaseList) -> dict[str, object]:
        viewing = self.viewing(visitor)
        return {
            "me": visitor.account,
            "roles": ", ".join(sorted(self.words.say("role", role.value) for role in visitor.account.roles)),
            "csrf": visitor.session.csrf,
            "rows": viewing.rows(cases),
            "beyond": cases.beyond,
            "now": cases.at.isoformat(),
            "idle_seconds": int(IDLE.total_seconds()),
        }

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
