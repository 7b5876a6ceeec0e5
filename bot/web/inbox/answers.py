"""What follows an act on a case: JSON to a script, else the case's page; what was typed is never lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

from bot.usecases.heard_promise import HeardPromise, PromiseEar
from bot.usecases.list_cases import ListCases
from bot.usecases.read_case import CaseView, ReadCase
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_sessions import Visitor
from bot.usecases.verify_by_phone import Found
from bot.web.inbox.forms import case_id
from bot.web.inbox.pages import NO_DRAFT, Draft, InboxPages, LastAct
from bot.web.inbox.told import AnyOutcome, Told, told
from domain.handoff import HandoffStatus
from domain.ids import HandoffId
from domain.transcript import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswers:
    """Tells pages and scripts what came of an act."""

    desk: StaffDesk
    pages: InboxPages
    ear: PromiseEar

    async def answer(
        self, request: web.Request, visitor: Visitor, outcome: AnyOutcome, *, draft: Draft = NO_DRAFT
    ) -> web.Response:
        """The outcome in words; 404 where there is no such case for this person."""
        said = told(outcome, self.pages.words)
        if said is None:
            raise web.HTTPNotFound
        return await self.tell(request, visitor, said, draft=draft)

    async def tell(
        self, request: web.Request, visitor: Visitor, said: Told, *, draft: Draft = NO_DRAFT, found: Found | None = None
    ) -> web.Response:
        """JSON to a script, else the case's page: anew when it was done, with what was typed when it was not."""
        case = case_in(request)
        if wants_json(request):
            return web.json_response(self._body(said), status=said.status)
        if said.done and found is None:
            return web.Response(status=303, headers={"Location": f"/staff/cases/{case}?done={said.code}"})
        kept = replace(draft, confirm=said.code == "patient_wrote")
        return await self.page(case, visitor, said=said, draft=kept, found=found)

    async def page(
        self,
        case: HandoffId,
        visitor: Visitor,
        *,
        said: Told | None,
        draft: Draft = NO_DRAFT,
        found: Found | None = None,
    ) -> web.Response:
        """The case's page; 404 where there is no such case for this person."""
        view = await ReadCase(desk=self.desk)(case, staff=visitor.account)
        if not isinstance(view, CaseView):
            raise web.HTTPNotFound
        cases = await ListCases(desk=self.desk)(visitor.account)
        offer = self._offer(view, visitor)
        last = LastAct(said=said, draft=draft, offer=offer, found=found)
        return self.pages.case(visitor, cases, view, last=last)

    def _body(self, said: Told) -> dict[str, object]:
        body: dict[str, object] = {
            "done": said.done,
            "code": said.code,
            "line": said.line,
            "latest_seq": said.latest_seq,
        }
        if said.heard is not None:
            body["offer"] = self.pages.offer(said.heard)
        return body

    def _offer(self, view: CaseView, visitor: Visitor) -> HeardPromise | None:
        """What this person's last words promised and nobody has made a promise of yet."""
        case, me = view.handoff, visitor.account.id
        if case.status is not HandoffStatus.CLAIMED or case.claimed_by != me:
            return None
        mine = [entry for entry in view.entries if entry.author is Author.STAFF and entry.author_id == me]
        if not mine or any(item.handoff_id == case.id and item.made_at >= mine[-1].at for item in view.promises):
            return None
        heard = self.ear.hear(mine[-1].text, now=mine[-1].at, language=view.conversation.language)
        return heard if heard is not None and heard.due_at > view.at else None


def case_in(request: web.Request) -> HandoffId:
    """The case an address names."""
    return case_id(request.match_info["case"])


def wants_json(request: web.Request) -> bool:
    """Whether a script asked, and not a page."""
    return "application/json" in request.headers.get("Accept", "")
