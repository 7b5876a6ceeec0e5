"""Pages that are about no single case: what is owed, what patients asked for, and who is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.usecases.call_about_leave import CallAboutLeave
from bot.usecases.list_cases import ListCases
from bot.usecases.put_on_leave import (
    LONGEST,
    LeaveDays,
    LeaveFault,
    LeaveKept,
    LeaveReason,
    LeaveRefused,
    PutOnLeave,
    TakeBackLeave,
)
from bot.usecases.registrations import DecideRegistration
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_promises import ListPromises
from bot.usecases.staff_sessions import Visitor
from bot.usecases.visit_requests import DecideRequest, ListRequests
from bot.web.inbox.answers import wants_json
from bot.web.inbox.forms import Fields, row_id
from bot.web.inbox.office_pages import LeaveForm, OfficePages
from bot.web.inbox.told import DONE_CODES, Told
from bot.web.inbox.told_office import told_registration, told_request
from bot.web.staff_routes import StaffDoor
from domain.access import OfficePermission, Permission
from domain.audit import Actor, ActorKind
from domain.ids import AppointmentId, PatientId, ProviderId
from domain.ports import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The routes of those pages."""

    desk: StaffDesk
    door: StaffDoor
    pages: OfficePages
    calendar: Calendar
    promises: ListPromises
    requests: ListRequests
    decide: DecideRequest
    register_patient: DecideRegistration
    put_on_leave: PutOnLeave
    take_back: TakeBackLeave
    call_about: CallAboutLeave

    def register(self, app: web.Application) -> None:
        """Add the routes, each with its rule."""
        add, asked, leave = self.door.add, OfficePermission.REQUESTS, OfficePermission.LEAVE
        add(app, "GET", "/staff/promises", self._promises, rule=Permission.PROMISE)
        add(app, "GET", "/staff/requests", self._requests, rule=asked)
        add(app, "POST", "/staff/requests/{row}/confirm", self._confirm, rule=asked)
        add(app, "POST", "/staff/requests/{row}/decline", self._decline, rule=asked)
        add(app, "POST", "/staff/registrations/{row}/confirm", self._take_up, rule=asked)
        add(app, "POST", "/staff/registrations/{row}/decline", self._set_aside, rule=asked)
        add(app, "GET", "/staff/leave", self._leave, rule=leave)
        add(app, "POST", "/staff/leave", self._put_on_leave, rule=leave)
        add(app, "POST", "/staff/leave/take-back", self._take_back_leave, rule=leave)

    async def _promises(self, request: web.Request, visitor: Visitor) -> web.Response:
        owed = await self.promises(visitor.account)
        cases = await ListCases(desk=self.desk)(visitor.account)
        return self.pages.promises(visitor, cases, owed, line=self._line(request))

    async def _requests(self, request: web.Request, visitor: Visitor) -> web.Response:
        waiting = await self.requests(visitor.account)
        cases = await ListCases(desk=self.desk)(visitor.account)
        return self.pages.requests(visitor, cases, waiting, line=self._line(request))

    async def _confirm(self, request: web.Request, visitor: Visitor) -> web.Response:
        return await self._decided(request, visitor, confirm=True)

    async def _decline(self, request: web.Request, visitor: Visitor) -> web.Response:
        return await self._decided(request, visitor, confirm=False)

    async def _decided(self, request: web.Request, visitor: Visitor, *, confirm: bool) -> web.Response:
        visit = AppointmentId(row_id(request.match_info["row"]))
        outcome = await self.decide(visit, staff=visitor.account, confirm=confirm)
        return await self._back(request, told_request(outcome, self.pages.words))

    async def _take_up(self, request: web.Request, visitor: Visitor) -> web.Response:
        number = (await Fields.of(request)).text("number")
        return await self._registered(request, visitor, confirm=True, number=number)

    async def _set_aside(self, request: web.Request, visitor: Visitor) -> web.Response:
        return await self._registered(request, visitor, confirm=False, number="")

    async def _registered(self, request: web.Request, visitor: Visitor, *, confirm: bool, number: str) -> web.Response:
        patient = PatientId(row_id(request.match_info["row"]))
        outcome = await self.register_patient(patient, staff=visitor.account, confirm=confirm, number=number)
        return await self._back(request, told_registration(outcome, self.pages.words))

    async def _back(self, request: web.Request, said: Told | None) -> web.Response:
        """To the case or the page the button stood on, with a line on what came of it."""
        if said is None:
            raise web.HTTPNotFound
        if wants_json(request):
            return web.json_response({"done": said.done, "code": said.code, "line": said.line}, status=said.status)
        case = (await Fields.of(request)).case()
        where = f"/staff/cases/{case}" if case else "/staff/requests"
        return web.Response(status=303, headers={"Location": f"{where}?done={said.code}"})

    async def _leave(self, request: web.Request, visitor: Visitor) -> web.Response:
        return await self._leave_page(visitor, LeaveForm(line=self._line(request)))

    async def _put_on_leave(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        days = _days_in(fields)
        if days is None:
            return await self._leave_page(visitor, _form(fields, self.pages.words.say("leave", "days")), status=422)
        outcome = await self.put_on_leave(days, by=Actor(kind=ActorKind.STAFF, id=visitor.account.id))
        match outcome:
            case LeaveRefused(fault=fault):
                return await self._leave_page(visitor, _form(fields, self._fault(fault)), status=422)
            case LeaveKept(visits=visits):
                affected = await self.call_about(visits, staff=visitor.account)
                line = self.pages.words.say("leave", "kept", count=len(affected))
                return await self._leave_page(visitor, LeaveForm(line=line, done=True, affected=affected))

    async def _take_back_leave(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        days = _days_in(fields)
        if days is None:
            raise web.HTTPBadRequest(text="provider, first, last: expected a leave of the list")
        outcome = await self.take_back(days, by=Actor(kind=ActorKind.STAFF, id=visitor.account.id))
        if isinstance(outcome, LeaveRefused):
            return await self._leave_page(visitor, LeaveForm(line=self._fault(outcome.fault)), status=409)
        return web.Response(status=303, headers={"Location": "/staff/leave?done=leave_taken_back"})

    async def _leave_page(self, visitor: Visitor, form: LeaveForm, *, status: int = 200) -> web.Response:
        now = self.desk.clock.now()
        entered = await self.calendar.leave(now, now + LONGEST + timedelta(days=1))
        cases = await ListCases(desk=self.desk)(visitor.account)
        return self.pages.leave(visitor, cases, entered, form, status=status)

    def _fault(self, fault: LeaveFault) -> str:
        return self.pages.words.say("leave_fault", fault.value)

    def _line(self, request: web.Request) -> str:
        code = request.query.get("done", "")
        return self.pages.words.say("told", code) if code in DONE_CODES else ""


def _days_in(fields: Fields) -> LeaveDays | None:
    """The days of a form; None when one is missing. 400 for a reason no page offers."""
    first, last, reason = fields.day("first"), fields.day("last"), fields.text("reason")
    if reason and reason not in {item.value for item in LeaveReason}:
        raise web.HTTPBadRequest(text="reason: expected one of the list")
    if first is None or last is None or not fields.text("provider"):
        return None
    return LeaveDays(
        provider_id=ProviderId(fields.text("provider")),
        first=first,
        last=last,
        reason=LeaveReason(reason) if reason else None,
    )


def _form(fields: Fields, line: str) -> LeaveForm:
    return LeaveForm(
        line=line,
        provider=fields.text("provider"),
        first=fields.text("first"),
        last=fields.text("last"),
        reason=fields.text("reason"),
    )
