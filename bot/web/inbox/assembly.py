"""Puts the inbox together from a staff desk and a few choices, so that wiring it is one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.usecases.add_note import AddNote
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.hand_back import Continue, HandBack
from bot.usecases.reply_as_staff import ReplyAsStaff
from bot.usecases.sign_in import Passwords, SignIn
from bot.usecases.sign_in_by_link import DemoLinks, SignInByLink
from bot.usecases.sign_in_limits import KnownBrowsers, SignInTries
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_sessions import StaffSessions
from bot.web.inbox.front import StaffFront
from bot.web.inbox.pages import InboxPages
from bot.web.inbox.room import Inbox
from bot.web.inbox.stream import GATHER_SECONDS, HEARTBEAT_SECONDS
from bot.web.staff_routes import StaffCookies, StaffDoor
from domain.clinic import Clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxChoices:
    """What differs between deployments and tests.

    `new_token` gives 43 URL-safe characters (256 random bits). `browser_secret` (32 bytes or more) marks known
    browsers; a new one only makes them strangers again. `links` is None where nobody signs in by link.
    """

    clinic: Callable[[], Clinic]
    passwords: Passwords
    continue_with: Continue
    new_token: Callable[[], str]
    browser_secret: bytes
    https: bool
    links: DemoLinks | None = None
    heartbeat: float = HEARTBEAT_SECONDS
    gather: float = GATHER_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRooms:
    """The two rooms under /staff, and the door through which other rooms there must add their routes."""

    inbox: Inbox
    front: StaffFront
    door: StaffDoor


def staff_rooms(desk: StaffDesk, choices: InboxChoices) -> StaffRooms:
    """The rooms, ready for build_app."""
    sessions = StaffSessions(
        accounts=desk.accounts, commits=desk.commits, clock=desk.clock, new_token=choices.new_token
    )
    door = StaffDoor(sessions=sessions, cookies=StaffCookies(https=choices.https))
    pages = InboxPages(clinic=choices.clinic, new_client_id=desk.ids)
    sign_in = SignIn(
        accounts=desk.accounts,
        commits=desk.commits,
        passwords=choices.passwords,
        sessions=sessions,
        tries=SignInTries(desk.clock),
        browsers=KnownBrowsers(secret=choices.browser_secret, new_token=choices.new_token),
        clock=desk.clock,
    )
    by_link = (
        None if choices.links is None else SignInByLink(links=choices.links, accounts=desk.accounts, sessions=sessions)
    )
    return StaffRooms(
        inbox=Inbox(
            desk=desk,
            claim=ClaimHandoff(desk=desk),
            reply=ReplyAsStaff(desk=desk),
            hand_back=HandBack(desk=desk, continue_with=choices.continue_with),
            note=AddNote(desk=desk),
            door=door,
            pages=pages,
            hub=desk.hub,
            heartbeat=choices.heartbeat,
            gather=choices.gather,
        ),
        front=StaffFront(sign_in=sign_in, door=door, pages=pages, new_token=choices.new_token, by_link=by_link),
        door=door,
    )
