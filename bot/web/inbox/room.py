"""The inbox as a room: its pages, its acts, its live stream. Each route parses, calls and answers."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from bot.live import LiveHub
from bot.usecases.add_note import AddNote
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.follow_case import FollowCase
from bot.usecases.hand_back import HandBack
from bot.usecases.list_cases import ListCases
from bot.usecases.reply_as_staff import ReplyAsStaff
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_sessions import Visitor
from bot.web.inbox.answers import CaseAnswers, case_in
from bot.web.inbox.forms import Fields, case_id, hand_back_in, note_in, reply_in, whole_number
from bot.web.inbox.pages import STATIC, Draft, InboxPages
from bot.web.inbox.presence import Presence
from bot.web.inbox.stream import GATHER_SECONDS, HEARTBEAT_SECONDS, StaffStream
from bot.web.inbox.told import DONE_CODES, Told
from bot.web.staff_routes import Gate, StaffDoor
from domain.access import Permission
from domain.ids import StaffId

_STREAMS_EACH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Everything under /staff for people who are signed in."""

    desk: StaffDesk
    claim: ClaimHandoff
    reply: ReplyAsStaff
    hand_back: HandBack
    note: AddNote
    door: StaffDoor
    pages: InboxPages
    answers: CaseAnswers
    presence: Presence
    hub: LiveHub
    heartbeat: float = HEARTBEAT_SECONDS
    gather: float = GATHER_SECONDS
    _streams: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def register(self, app: web.Application) -> None:
        """Add the routes, each with its rule."""
        add, one = self.door.add, "/staff/cases/{case}"
        self.door.files(app, "/staff/static/", STATIC)
        add(app, "GET", "/staff", self._list, rule=Permission.LIST_CASE)
        add(app, "GET", "/staff/events", self._events, rule=Permission.LIST_CASE, alone=True)
        add(app, "POST", "/staff/stay", self._stay, rule=Gate.SIGNED_IN)
        add(app, "GET", one, self._case, rule=Permission.READ_CASE)
        add(app, "POST", f"{one}/claim", self._claim, rule=Permission.CLAIM_CASE)
        add(app, "POST", f"{one}/reply", self._reply, rule=Permission.REPLY)
        add(app, "POST", f"{one}/note", self._note, rule=Permission.ADD_NOTE)
        add(app, "POST", f"{one}/hand-back", self._hand_back, rule=Permission.HAND_BACK)

    async def _list(self, _: web.Request, visitor: Visitor) -> web.Response:
        return self.pages.inbox(visitor, await ListCases(desk=self.desk)(visitor.account))

    async def _stay(self, _: web.Request, __: Visitor) -> web.Response:
        return web.Response(status=204)

    async def _case(self, request: web.Request, visitor: Visitor) -> web.Response:
        code = request.query.get("done", "")
        line = self.pages.words.say("told", code) if code in DONE_CODES else ""
        said = Told(code=code, line=line, done=True, status=200) if line else None
        return await self.answers.page(case_in(request), visitor, said=said)

    async def _claim(self, request: web.Request, visitor: Visitor) -> web.Response:
        take_from = (await Fields.of(request)).text("take_from")
        outcome = await self.claim(
            case_in(request), staff=visitor.account, take_from=StaffId(take_from) if take_from else None
        )
        return await self.answers.answer(request, visitor, outcome)

    async def _reply(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        outcome = await self.reply(case_in(request), staff=visitor.account, reply=reply_in(fields))
        return await self.answers.answer(request, visitor, outcome, draft=Draft(form="reply", text=fields.text("text")))

    async def _note(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        outcome = await self.note(case_in(request), staff=visitor.account, note=note_in(fields))
        return await self.answers.answer(request, visitor, outcome, draft=Draft(form="note", text=fields.text("text")))

    async def _hand_back(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        form = hand_back_in(fields)
        draft = Draft(form="hand_back", text=fields.text("note"), outcome=fields.text("outcome"))
        if form is None:
            line = self.pages.words.say("told", "no_outcome")
            return await self.answers.tell(
                request, visitor, Told(code="no_outcome", line=line, status=422), draft=draft
            )
        outcome = await self.hand_back(case_in(request), staff=visitor.account, form=form)
        return await self.answers.answer(request, visitor, outcome, draft=draft)

    async def _events(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        case, seen = request.query.get("case", ""), whole_number(request.query.get("after", "0"), "after")
        open_case = case_id(case) if case else None
        key = visitor.session.token_digest
        if self._streams[key] >= _STREAMS_EACH:
            raise web.HTTPTooManyRequests(text="too many open pages", headers={"Retry-After": "60"})
        self._streams[key] += 1
        try:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
            await response.prepare(request)
            token = self.door.cookies.session(request)
            stream = StaffStream(
                response=response,
                visitor=lambda: self.door.sessions.visitor(token, active=False),
                viewing=self.pages.viewing,
                list_cases=ListCases(desk=self.desk),
                follow=FollowCase(desk=self.desk),
                words=self.pages.words,
                presence=self.presence,
                case_id=open_case,
                seen=seen,
            )
            with suppress(ConnectionResetError):  # the page was closed
                await stream.run(self.hub, heartbeat=self.heartbeat, gather=self.gather)
        finally:
            self._streams[key] -= 1
            if not self._streams[key]:
                del self._streams[key]
        return response
