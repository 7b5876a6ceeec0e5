"""The HTTP side of a running program: patients' chat, staff's inbox, health, and in the demo its own pages."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot import leave_operations, operations
from bot.channels.rest.room import RestChannel
from bot.channels.webchat.face import face_of
from bot.channels.webchat.pages import ChatPages
from bot.channels.webchat.rate_limit import RateLimiter
from bot.channels.webchat.recall import Recall
from bot.channels.webchat.room import WebChat
from bot.channels.webchat.session import ChatCookies
from bot.clocks import DemoClock
from bot.composition import Program
from bot.content.release import Release
from bot.control import Command
from bot.demo.people import MAIN_BORN, MAIN_NAME
from bot.demo.seed import MAIN_PIN, PATIENTS
from bot.demo.staff import STAFF, demo_accounts
from bot.durations import DurationError, duration
from bot.identifiers import fresh_id
from bot.transcripts import export_transcript
from bot.understanding_room import ClinicTimes
from bot.usecases.sign_in import SignIn
from bot.usecases.sign_in_by_link import DemoLinks, SignInByLink
from bot.usecases.sign_in_limits import KnownBrowsers, SignInTries
from bot.usecases.staff_sessions import StaffSessions
from bot.web.app import Room, build_app
from bot.web.demo.room import Demo, Figure, RoleCard
from bot.web.health import Health, Metric, MetricKind, Readiness, Sample
from bot.web.inbox.front import StaffFront
from bot.web.inbox.pages import InboxPages
from bot.web.inbox.passwords import Argon2Passwords
from bot.web.inbox.rooms import StaffRooms
from bot.web.security import FrontDoor, nonce_of
from bot.web.staff_routes import StaffCookies, StaffDoor
from domain.errors import WellspokenError
from domain.handoff import HandoffStatus
from domain.ids import ConversationId

URGENT_KEYS = frozenset({"utter_emergency", "utter_self_harm", "utter_urgent_today"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingOptions:
    """How the program meets the network."""

    door: FrontDoor
    rest_token: str | None
    demo: bool


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def web_app(
    program: Program, options: ServingOptions, *, links: DemoLinks | None = None, demo_rooms: Sequence[Room] = ()
) -> web.Application:
    """Every room on one port; `links` are the demo's one-time sign-in links."""
    pages = ChatPages(
        face=lambda: face_of(program.blueprint.release.clinic),
        nonce=nonce_of,
        demo_phone="/demo" if options.demo else None,
    )
    rooms: list[Room] = [
        Health(ready=lambda: _ready(program), metrics=lambda: _metrics(program)),
        WebChat(
            receive=program.receive,
            transcripts=program.store.conversations,
            hub=program.hub,
            clock=program.blueprint.clock,
            pages=pages,
            cookies=ChatCookies(https=options.door.https),
            sender=program.web_sender,
            limiter=RateLimiter(),
            urgent_keys=URGENT_KEYS,
            recall=lambda: recall_of(program.blueprint.release),
        ),
        *_staff_rooms(program, options, links),
        *demo_rooms,
    ]
    if options.demo or options.rest_token:
        rooms.append(
            RestChannel(
                receive=program.receive,
                transcripts=program.store.conversations,
                hub=program.hub,
                clock=program.blueprint.clock,
                ids=program.blueprint.new_id,
                overhear=program.rest_sender.overhear,
                token=None if options.demo else options.rest_token,
            )
        )
    return build_app(
        rooms,
        door=options.door,
        ids=fresh_id,
        error_page=pages.error,
        closing=(program.hub.close, program.phone.close),
    )


def _staff_rooms(program: Program, options: ServingOptions, links: DemoLinks | None) -> tuple[Room, ...]:
    store, clock, desk = program.store, program.blueprint.clock, program.staff_desk()
    sessions = StaffSessions(accounts=store.staff, commits=store.commits, clock=clock, new_token=new_token)
    door = StaffDoor(sessions=sessions, cookies=StaffCookies(https=options.door.https))
    pages = InboxPages(clinic=lambda: program.blueprint.release.clinic, new_client_id=fresh_id)
    front = StaffFront(
        sign_in=SignIn(
            accounts=store.staff,
            commits=store.commits,
            passwords=Argon2Passwords(),
            sessions=sessions,
            tries=SignInTries(clock),
            browsers=KnownBrowsers(secret=secrets.token_bytes(32), new_token=new_token),
            clock=clock,
        ),
        door=door,
        pages=pages,
        new_token=new_token,
        by_link=SignInByLink(links=links, accounts=store.staff, sessions=sessions) if links else None,
    )
    clinic = program.blueprint.release.clinic
    inside = StaffRooms(
        desk=desk,
        door=door,
        pages=pages,
        clinic=lambda: program.blueprint.release.clinic,
        times=ClinicTimes(clinic.zone),
        promises=store.promises,
        patients=store.patients,
        calendar=store.calendar,
        continue_with=program.continue_task,
    )
    return (front, *inside.rooms())


_FAR = timedelta(days=366)
"""Further ahead than anyone books."""


@dataclass(slots=True, kw_only=True)
class DemoReset:
    """Begins the demo again: nobody new is let in, then the run that is on is told to end."""

    again: asyncio.Event
    close_door: Callable[[], Awaitable[None]] | None = None

    async def __call__(self) -> None:
        """Close the door and say so; the next run opens it again. Asked twice, it is done once."""
        close, self.close_door = self.close_door, None
        if close is not None:
            await close()
        self.again.set()


async def demo_room(program: Program, clock: DemoClock, links: DemoLinks, reset: DemoReset) -> Demo:
    """The demo's own pages: role cards with sign-in links, the phone, the clock forward, and reset."""
    clinic, store = program.blueprint.release.clinic, program.store
    accounts = await demo_accounts(store.staff, clock=clock, new_id=program.blueprint.new_id)

    def cards() -> Sequence[RoleCard]:
        staff = (
            RoleCard(
                title=person.card,
                name=person.name,
                text=person.about,
                href=f"/staff/link/{links.issue(accounts[person.username].id)}",
            )
            for person in STAFF
            if person.card
        )
        name, born = " ".join(MAIN_NAME), f"{MAIN_BORN:%B} {MAIN_BORN.day}, {MAIN_BORN.year}"
        about = f"Write to the clinic. Say you are {name}, born {born}; for results the PIN is {MAIN_PIN}."
        patient = RoleCard(title="Patient", name=name, text=about, href="/")
        return (patient, *staff)

    async def advance(span: timedelta) -> None:
        clock.advance(span)
        program.tick.ring()

    async def next_reminder() -> datetime | None:
        planned = await store.reminders.due(clock.now() + _FAR, limit=1)
        return planned[0].due_at if planned else None

    return Demo(
        clinic_name=clinic.name.in_(clinic.default_language),
        cards=cards,
        phone=program.phone,
        clock=clock,
        zone=clinic.zone,
        advance=advance,
        next_reminder=next_reminder,
        figures=lambda: _figures(program),
        reset=reset,
        nonce=nonce_of,
    )


async def _figures(program: Program) -> Sequence[Figure]:
    """What the demo's page counts: invented people, coming visits, what waits for staff."""
    store, now = program.store, program.blueprint.clock.now()
    visits = await store.calendar.day(now, now + timedelta(days=7))
    cases = await store.handoffs.listed((HandoffStatus.OPEN, HandoffStatus.CLAIMED))
    late = sum(case.status is HandoffStatus.OPEN and case.due_at < now for case in cases)
    return (
        Figure(value=PATIENTS, label="patients"),
        Figure(value=len(visits), label="visits in the next 7 days"),
        Figure(value=len(cases), label="threads with staff"),
        Figure(value=late, label="overdue"),
    )


def control_commands(program: Program) -> Mapping[str, Command]:
    """What other commands may ask of the serving process."""
    store, clock, clinic = program.store, program.blueprint.clock, program.blueprint.release.clinic

    async def advance(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(clock, DemoClock):
            raise operations.OperationRefusedError("the clock of a real clinic is not moved; this is for serve --demo")
        try:
            clock.advance(duration(str(arguments["span"])))
        except (DurationError, ValueError) as error:
            raise operations.OperationRefusedError(str(error)) from error
        program.tick.ring()
        return {"now": clock.now().isoformat()}

    return {
        "clock.advance": advance,
        "leave.add": lambda arguments: leave_operations.add_leave(store, clinic, clock, arguments),
        "leave.remove": lambda arguments: leave_operations.remove_leave(store, clinic, clock, arguments),
        "leave.list": lambda _: leave_operations.list_leave(store, clinic, clock),
        "audit.verify": lambda _: operations.verify_audit(store),
        "audit.checkpoint": lambda _: operations.make_checkpoint(store, clock),
        "db.check": lambda _: operations.check_store(store),
        "staff.add": lambda arguments: operations.add_staff(store, clock, arguments),
        "transcript.export": lambda arguments: export_transcript(
            store, ConversationId(str(arguments["conversation_id"])), clock
        ),
    }


def recall_of(release: Release) -> Recall:
    """How long a release's words stay on a patient's screen."""
    spans = release.clinic.spans
    return Recall(
        levels={key: response.level for key, response in release.catalogue.responses.items()},
        proven=spans.level_2,
        second_factor=spans.level_3,
    )


async def _ready(program: Program) -> Readiness:
    try:
        await program.store.outbox.counts()
    except WellspokenError:
        return Readiness(waiting_for=("database",))
    return Readiness()


async def _metrics(program: Program) -> Sequence[Metric]:
    counts = await program.store.outbox.counts()
    samples = tuple(Sample(value=float(count), labels=(("status", status.value),)) for status, count in counts.items())
    return (
        Metric(name="wellspoken_outbox_items", help="Outbox items by state.", kind=MetricKind.GAUGE, samples=samples),
    )
