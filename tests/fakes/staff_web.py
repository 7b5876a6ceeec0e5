"""The staff's rooms over a fake clinic, and browsers to look at them with."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from bot.understanding_room import ClinicTimes
from bot.usecases.sign_in import SignIn
from bot.usecases.sign_in_by_link import DemoLinks, SignInByLink
from bot.usecases.sign_in_limits import KnownBrowsers, SignInTries
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.staff_sessions import StaffSessions
from bot.web.app import Room, build_app
from bot.web.inbox.front import StaffFront
from bot.web.inbox.pages import InboxPages
from bot.web.inbox.rooms import StaffRooms
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from bot.web.staff_routes import StaffCookies, StaffDoor
from domain.clinic import Clinic
from domain.ids import ConversationId
from tests.fakes.staff import FakeClinic, demo_clinic
from tests.fakes.staff_ports import FakePromises, FakeRecords, PlainPasswords


async def _nothing(_: ConversationId) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWeb:
    """The staff's rooms over a desk, as the program wires them, with plain passwords."""

    desk: StaffDesk
    records: FakeClinic
    clinic: Clinic = field(default_factory=demo_clinic)
    links: DemoLinks | None = None
    https: bool = False
    heartbeat: float = 30.0
    new_token: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(32))

    def door(self) -> StaffDoor:
        desk = self.desk
        sessions = StaffSessions(
            accounts=desk.accounts, commits=desk.commits, clock=desk.clock, new_token=self.new_token
        )
        return StaffDoor(sessions=sessions, cookies=StaffCookies(https=self.https))

    def rooms(self, door: StaffDoor) -> list[Room]:
        desk, pages = self.desk, InboxPages(clinic=lambda: self.clinic, new_client_id=self.desk.ids)
        sign_in = SignIn(
            accounts=desk.accounts,
            commits=desk.commits,
            passwords=PlainPasswords(),
            sessions=door.sessions,
            tries=SignInTries(desk.clock),
            browsers=KnownBrowsers(secret=b"s" * 32, new_token=self.new_token),
            clock=desk.clock,
        )
        by_link = self.links and SignInByLink(links=self.links, accounts=desk.accounts, sessions=door.sessions)
        inside = StaffRooms(
            desk=desk,
            door=door,
            pages=pages,
            clinic=lambda: self.clinic,
            times=ClinicTimes(self.clinic.zone),
            promises=FakePromises(self.records),
            patients=FakeRecords(self.records),
            calendar=self.records.calendar,
            continue_with=_nothing,
            heartbeat=self.heartbeat,
            gather=0.0,
        )
        return [
            *inside.rooms(),
            StaffFront(sign_in=sign_in, door=door, pages=pages, new_token=self.new_token, by_link=by_link or None),
        ]

    def app(self) -> web.Application:
        front_door = FrontDoor(hosts=LOOPBACK_HOSTS, https=self.https)
        return build_app(self.rooms(self.door()), door=front_door, ids=self.desk.ids, closing=(self.desk.hub.close,))


@dataclass(slots=True)
class Browser:
    """A member of staff at a browser: signed in, sending forms as pages do."""

    client: TestClient[web.Request, web.Application]
    csrf: str = ""

    async def sign_in(self, username: str, password: str) -> ClientResponse:
        page = await (await self.client.get("/staff/sign-in")).text()
        form = {"csrf": hidden(page, "csrf"), "username": username, "password": password}
        answer = await self.client.post("/staff/sign-in", data=form, allow_redirects=False)
        if answer.status == HTTPStatus.SEE_OTHER:
            self.csrf = hidden(await (await self.client.get("/staff", headers=PAGES)).text(), "csrf")
        return answer

    async def page(self, path: str) -> str:
        return await (await self.client.get(path, headers=PAGES)).text()

    async def post(self, path: str, *, script: bool = True, **fields: str) -> ClientResponse:
        headers = {"Accept": "application/json"} if script else PAGES
        return await self.client.post(path, data={"csrf": self.csrf, **fields}, headers=headers, allow_redirects=False)


PAGES = {"Accept": "text/html"}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field in a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]
