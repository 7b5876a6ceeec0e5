from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.live import LiveHub
from tests.fakes.staff import ADMIN, AUDITOR, DESK_TWO, FRONT, NURSE, FakeClinic
from tests.fakes.staff_ports import desk_of
from tests.fakes.staff_web import Browser, StaffWeb

PASSWORD = "correct horse battery"


@dataclass(slots=True)
class House:
    """A clinic behind the staff's pages, and browsers to look at it."""

    clinic: FakeClinic
    hub: LiveHub
    open_browser: Callable[[], Browser]

    async def signed_in(self, username: str) -> Browser:
        browser = self.open_browser()
        answer = await browser.sign_in(username, PASSWORD)
        assert answer.status == 303, await answer.text()
        return browser


@asynccontextmanager
async def house_with(*, https: bool = False) -> AsyncIterator[House]:
    clinic, hub = FakeClinic(), LiveHub()
    for account in (FRONT, DESK_TWO, NURSE, ADMIN, AUDITOR):
        clinic.hire(replace(account, password_digest=f"plain:{PASSWORD}"))
    server = TestServer(StaffWeb(desk=desk_of(clinic, hub=hub), records=clinic, https=https).app())
    clients: list[TestClient] = []

    def browser() -> Browser:
        clients.append(TestClient(server))
        return Browser(clients[-1])

    await server.start_server()
    try:
        yield House(clinic, hub, browser)
    finally:
        for client in clients:
            await client.session.close()
        await server.close()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_with() as opened:
        yield opened
