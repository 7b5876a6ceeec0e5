"""What staff do on a case besides talking: answer its page, promise, vouch for the patient, show they are there."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.usecases.acknowledge_page import AcknowledgePage
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_promises import HandOnPromise, KeepPromise, MakePromise
from bot.usecases.staff_sessions import Visitor
from bot.usecases.verify_by_phone import FindPatient, Found, SetPin, TakeBackProof, VerifyByPhone
from bot.web.inbox.answers import CaseAnswers, case_in, wants_json
from bot.web.inbox.forms import Fields, doing_in, promise_in, row_id, sought_in, vouch_in
from bot.web.inbox.pages import Draft
from bot.web.inbox.presence import Presence
from bot.web.inbox.told import Told, told
from bot.web.staff_routes import StaffDoor
from domain.access import Permission
from domain.ids import PromiseId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseActs:
    """Routes under a case, and those of promises, which outlive their case."""

    desk: StaffDesk
    door: StaffDoor
    answers: CaseAnswers
    presence: Presence
    acknowledge: AcknowledgePage
    promise: MakePromise
    keep: KeepPromise
    hand_on: HandOnPromise
    find: FindPatient
    vouch: VerifyByPhone
    take_back: TakeBackProof
    set_pin: SetPin

    def register(self, app: web.Application) -> None:
        """Add the routes, each with its rule."""
        add, one, promise = self.door.add, "/staff/cases/{case}", "/staff/promises/{promise}"
        add(app, "POST", f"{one}/acknowledge", self._acknowledge, rule=Permission.ACKNOWLEDGE)
        add(app, "POST", f"{one}/here", self._here, rule=Permission.READ_CASE, alone=True)
        add(app, "POST", f"{one}/promise", self._promise, rule=Permission.PROMISE)
        add(app, "POST", f"{one}/find", self._find, rule=Permission.VERIFY)
        add(app, "POST", f"{one}/vouch", self._vouch, rule=Permission.VERIFY)
        add(app, "POST", f"{one}/take-back", self._take_back, rule=Permission.VERIFY)
        add(app, "POST", f"{one}/pin", self._pin, rule=Permission.SECOND_FACTOR)
        add(app, "POST", f"{promise}/keep", self._keep, rule=Permission.PROMISE)
        add(app, "POST", f"{promise}/hand-on", self._hand_on, rule=Permission.PROMISE)

    async def _acknowledge(self, request: web.Request, visitor: Visitor) -> web.Response:
        outcome = await self.acknowledge(case_in(request), staff=visitor.account)
        return await self.answers.answer(request, visitor, outcome)

    async def _here(self, request: web.Request, visitor: Visitor) -> web.Response:
        doing = doing_in(await Fields.of(request))
        case = await self.desk.permitted(case_in(request), visitor.account, Permission.READ_CASE)
        if case is None:
            raise web.HTTPNotFound
        self.presence.beat(case.id, case.conversation_id, visitor.account, doing)
        return web.Response(status=204)

    async def _promise(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        outcome = await self.promise(case_in(request), staff=visitor.account, promise=promise_in(fields))
        draft = Draft(form="promise", text=fields.text("what"), who=fields.text("who"), when=fields.text("when"))
        return await self.answers.answer(request, visitor, outcome, draft=draft)

    async def _find(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        sought = sought_in(fields)
        draft = Draft(form="find", text=fields.text("name"), when=fields.text("birth_date"))
        if sought is None:
            return await self._refused(request, visitor, "whom", draft)
        outcome = await self.find(case_in(request), staff=visitor.account, sought=sought)
        if not isinstance(outcome, Found):
            return await self.answers.answer(request, visitor, outcome, draft=draft)
        words = self.answers.pages.words
        said = Told(code="found", line=words.say("told", "found"), done=True, status=200)
        return await self.answers.tell(request, visitor, said, draft=draft, found=outcome)

    async def _vouch(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        form = vouch_in(fields)
        draft = Draft(form="find", text=fields.text("name"), when=fields.text("birth_date"))
        if form is None:
            return await self._refused(request, visitor, "whom", draft)
        outcome = await self.vouch(case_in(request), staff=visitor.account, form=form)
        return await self.answers.answer(request, visitor, outcome, draft=draft)

    async def _take_back(self, request: web.Request, visitor: Visitor) -> web.Response:
        unlink = (await Fields.of(request)).text("unlink") == "yes"
        outcome = await self.take_back(case_in(request), staff=visitor.account, unlink=unlink)
        return await self.answers.answer(request, visitor, outcome)

    async def _pin(self, request: web.Request, visitor: Visitor) -> web.Response:
        fields = await Fields.of(request)
        pin, again = fields.text("pin"), fields.text("pin_again")
        outcome = await self.set_pin(case_in(request), staff=visitor.account, pin=pin, again=again)
        return await self.answers.answer(request, visitor, outcome, draft=Draft(form="pin"))

    async def _keep(self, request: web.Request, visitor: Visitor) -> web.Response:
        outcome = await self.keep(_promise_in(request), staff=visitor.account)
        return await self._where_it_was(request, told(outcome, self.answers.pages.words))

    async def _hand_on(self, request: web.Request, visitor: Visitor) -> web.Response:
        outcome = await self.hand_on(_promise_in(request), staff=visitor.account)
        return await self._where_it_was(request, told(outcome, self.answers.pages.words))

    async def _where_it_was(self, request: web.Request, said: Told | None) -> web.Response:
        """Back to the case or the list the button stood on."""
        if said is None:
            raise web.HTTPNotFound
        if wants_json(request):
            return web.json_response({"done": said.done, "code": said.code, "line": said.line}, status=said.status)
        case = (await Fields.of(request)).case()
        where = f"/staff/cases/{case}" if case else "/staff/promises"
        return web.Response(status=303, headers={"Location": f"{where}?done={said.code}"})

    async def _refused(self, request: web.Request, visitor: Visitor, code: str, draft: Draft) -> web.Response:
        said = Told(code=code, line=self.answers.pages.words.say("told", code), status=422)
        return await self.answers.tell(request, visitor, said, draft=draft)


def _promise_in(request: web.Request) -> PromiseId:
    return PromiseId(row_id(request.match_info["promise"]))
