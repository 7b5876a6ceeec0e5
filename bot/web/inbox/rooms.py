"""The staff's rooms from their use cases: one list, so that a test opens the same doors as the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.usecases.acknowledge_page import AcknowledgePage
from bot.usecases.add_note import AddNote
from bot.usecases.call_about_leave import CallAboutLeave
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.hand_back import Continue, HandBack
from bot.usecases.heard_promise import PromiseEar
from bot.usecases.put_on_leave import PutOnLeave, TakeBackLeave
from bot.usecases.registrations import DecideRegistration
from bot.usecases.reply_as_staff import ReplyAsStaff
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_promises import HandOnPromise, KeepPromise, ListPromises, MakePromise
from bot.usecases.verify_by_phone import FindPatient, SetPin, TakeBackProof, VerifyByPhone
from bot.usecases.visit_requests import DecideRequest, ListRequests
from bot.web.app import Room
from bot.web.inbox.answers import CaseAnswers
from bot.web.inbox.case_acts import CaseActs
from bot.web.inbox.office import Office
from bot.web.inbox.office_pages import OfficePages
from bot.web.inbox.pages import InboxPages
from bot.web.inbox.presence import Presence
from bot.web.inbox.room import Inbox
from bot.web.inbox.stream import GATHER_SECONDS, HEARTBEAT_SECONDS
from bot.web.inbox.words import load_promise_phrases
from bot.web.staff_routes import StaffDoor
from domain.clinic import Clinic
from domain.ports import Calendar, Patients, Promises, TimeReader


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRooms:
    """What the rooms behind the staff's door are made of."""

    desk: StaffDesk
    door: StaffDoor
    pages: InboxPages
    clinic: Callable[[], Clinic]
    times: TimeReader
    promises: Promises
    patients: Patients
    calendar: Calendar
    continue_with: Continue
    heartbeat: float = HEARTBEAT_SECONDS
    gather: float = GATHER_SECONDS

    def rooms(self) -> tuple[Room, ...]:
        """Every room for people who are signed in."""
        desk = self.desk
        ear = PromiseEar(times=self.times, clinic=self.clinic, phrases=load_promise_phrases())
        presence = Presence(clock=desk.clock, hub=desk.hub)
        answers = CaseAnswers(desk=desk, pages=self.pages, ear=ear)
        inbox = Inbox(
            desk=desk,
            claim=ClaimHandoff(desk=desk),
            reply=ReplyAsStaff(desk=desk, ear=ear),
            hand_back=HandBack(desk=desk, continue_with=self.continue_with),
            note=AddNote(desk=desk),
            door=self.door,
            pages=self.pages,
            answers=answers,
            presence=presence,
            hub=desk.hub,
            heartbeat=self.heartbeat,
            gather=self.gather,
        )
        acts = CaseActs(
            desk=desk,
            door=self.door,
            answers=answers,
            presence=presence,
            acknowledge=AcknowledgePage(desk=desk),
            promise=MakePromise(desk=desk, ear=ear),
            keep=KeepPromise(desk=desk, promises=self.promises),
            hand_on=HandOnPromise(desk=desk, promises=self.promises),
            find=FindPatient(desk=desk, patients=self.patients),
            vouch=VerifyByPhone(desk=desk, patients=self.patients, clinic=self.clinic),
            take_back=TakeBackProof(desk=desk),
            set_pin=SetPin(desk=desk),
        )
        return (inbox, acts, self._office())

    def _office(self) -> Office:
        desk, commits, clock = self.desk, self.desk.commits, self.desk.clock
        return Office(
            desk=desk,
            door=self.door,
            pages=OfficePages(pages=self.pages),
            calendar=self.calendar,
            promises=ListPromises(desk=desk, promises=self.promises),
            requests=ListRequests(desk=desk, calendar=self.calendar, patients=self.patients),
            decide=DecideRequest(desk=desk, calendar=self.calendar, clinic=self.clinic),
            register_patient=DecideRegistration(desk=desk, patients=self.patients, calendar=self.calendar),
            put_on_leave=PutOnLeave(calendar=self.calendar, commits=commits, clinic=self.clinic, clock=clock),
            take_back=TakeBackLeave(calendar=self.calendar, commits=commits, clinic=self.clinic, clock=clock),
            call_about=CallAboutLeave(desk=desk, promises=self.promises, patients=self.patients, clinic=self.clinic),
        )
