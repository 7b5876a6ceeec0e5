"""The way in: who gets through, what the cookies are, and what stops a forged form."""

import re
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from domain.errors import RefusedToStartError
from tests.fakes.staff import FRONT, FakeClinic
from tests.fakes.staff_ports import desk_of
from tests.fakes.staff_web import PAGES, StaffWeb, hidden
from tests.integration.inbox.conftest import PASSWORD, House, house_with


async def test_without_a_session_pages_lead_to_the_sign_in_and_calls_get_401(house: House) -> None:
    browser = house.open_browser()

    page = await browser.client.get("/staff", headers=PAGES, allow_redirects=False)
    call = await browser.client.get("/staff/events")

    assert (page.status, page.headers["Location"]) == (303, "/staff/sign-in")
    assert (call.status, await call.json()) == (401, {"error": "signed out"})


async def test_a_session_cookie_is_strict_and_out_of_reach_of_scripts(house: House) -> None:
    answer = await house.open_browser().sign_in("robin", PASSWORD)

    cookie = answer.cookies["wellspoken-staff"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert len(cookie.value) == 43
    assert cookie.value not in house.clinic.sessions


async def test_over_https_cookies_are_held_to_this_host() -> None:
    async with house_with(https=True) as house:
        answer = await house.open_browser().client.get("/staff/sign-in")

        cookie = answer.cookies["__Host-wellspoken-staff-door"]
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]


async def test_refusals_look_the_same_for_known_and_unknown_names(house: House) -> None:
    known = await house.open_browser().sign_in("robin", "wrong")
    unknown = await house.open_browser().sign_in("nobody", "wrong")

    def plain(page: str, name: str) -> str:
        return re.sub(r'value="[^"]*"', "", page).replace(name, "")

    assert (known.status, unknown.status) == (403, 403)
    assert plain(await known.text(), "robin") == plain(await unknown.text(), "nobody")


async def test_too_many_tries_say_when_to_come_back(house: House) -> None:
    browser = house.open_browser()
    for _ in range(5):
        await browser.sign_in("robin", "wrong")

    answer = await browser.sign_in("robin", PASSWORD)

    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1


async def test_the_sign_in_form_works_only_in_the_browser_it_was_given_to(house: House) -> None:
    page = await (await house.open_browser().client.get("/staff/sign-in")).text()
    other = house.open_browser()
    await other.client.get("/staff/sign-in")
    form = {"csrf": hidden(page, "csrf"), "username": "robin", "password": PASSWORD}

    answer = await other.client.post("/staff/sign-in", data=form, allow_redirects=False)

    assert answer.status == 403
    assert house.clinic.sessions == {}


async def test_signing_in_again_ends_the_session_this_browser_had(house: House) -> None:
    browser = await house.signed_in("robin")
    (before,) = house.clinic.sessions

    await browser.sign_in("robin", PASSWORD)

    assert before not in house.clinic.sessions
    assert len(house.clinic.sessions) == 1


async def test_signing_out_closes_everything(house: House) -> None:
    browser = await house.signed_in("robin")

    answer = await browser.post("/staff/sign-out", script=False)
    after = await browser.client.get("/staff", headers=PAGES, allow_redirects=False)

    assert answer.status == 303
    assert after.status == 303
    assert house.clinic.sessions == {}


@pytest.mark.parametrize("path", ["claim", "reply", "note", "hand-back"])
@pytest.mark.parametrize("token", ["", "x" * 43])
async def test_a_form_without_its_token_changes_nothing(house: House, path: str, token: str) -> None:
    browser = await house.signed_in("robin")
    case = house.clinic.patient_waits("hello")
    browser.csrf = token

    answer = await browser.post(f"/staff/cases/{case.id}/{path}", text="x", client_id="page-0001", outcome="answered")

    assert answer.status == 403
    assert house.clinic.case(case) == case
    assert house.clinic.outbox == []


async def test_a_form_from_another_site_changes_nothing(house: House) -> None:
    browser = await house.signed_in("robin")
    case = house.clinic.patient_waits("hello")

    answer = await browser.client.post(
        f"/staff/cases/{case.id}/claim", data={"csrf": browser.csrf}, headers={"Origin": "http://elsewhere.example"}
    )

    assert answer.status == 403
    assert house.clinic.case(case) == case


async def test_only_plain_forms_are_read(house: House) -> None:
    browser = await house.signed_in("robin")
    case = house.clinic.patient_waits("hello")

    answer = await browser.client.post(f"/staff/cases/{case.id}/claim", json={"csrf": browser.csrf})

    assert answer.status == 415


async def test_a_disabled_account_is_outside_at_once(house: House) -> None:
    browser = await house.signed_in("robin")
    house.clinic.people[FRONT.id] = replace(house.clinic.people[FRONT.id], disabled=True)

    assert (await browser.client.get("/staff", headers=PAGES, allow_redirects=False)).status == 303


async def test_what_a_page_asks_by_itself_does_not_keep_a_session(house: House) -> None:
    browser = await house.signed_in("robin")
    for _ in range(3):
        house.clinic.clock.forward(minutes=6)
        stream = await browser.client.get("/staff/events")
        stream.close()

    assert (await browser.client.get("/staff", headers=PAGES, allow_redirects=False)).status == 303


async def test_staying_keeps_a_session(house: House) -> None:
    browser = await house.signed_in("robin")
    for _ in range(3):
        house.clinic.clock.forward(minutes=6)
        assert (await browser.post("/staff/stay")).status == 204

    assert (await browser.client.get("/staff", headers=PAGES, allow_redirects=False)).status == 200


@pytest.mark.parametrize(
    ("username", "path", "status"),
    [("aud", "/staff", 403), ("ada", "/staff", 200), ("ada", "/staff/cases/{case}", 403), ("robin", "/staff", 200)],
)
async def test_routes_ask_for_a_role(house: House, username: str, path: str, status: int) -> None:
    case = house.clinic.patient_waits("hello")
    browser = house.open_browser()
    page = await (await browser.client.get("/staff/sign-in")).text()
    form = {"csrf": hidden(page, "csrf"), "username": username, "password": PASSWORD}
    await browser.client.post("/staff/sign-in", data=form, allow_redirects=False)

    answer = await browser.client.get(path.format(case=case.id), headers=PAGES, allow_redirects=False)

    assert answer.status == status


async def test_a_route_without_a_rule_does_not_start() -> None:
    clinic = FakeClinic()
    web_of_staff = StaffWeb(desk=desk_of(clinic), records=clinic)
    app = web_of_staff.app()

    async def unguarded(_: web.Request) -> web.Response:
        return web.Response(text="everything")

    app.router.add_get("/staff/back-way", unguarded)

    app.freeze()
    with pytest.raises(RefusedToStartError, match=r"/staff/back-way has no access rule"):
        await app.startup()


async def test_only_the_way_in_is_open_to_anyone() -> None:
    clinic = FakeClinic()
    async with TestClient(TestServer(StaffWeb(desk=desk_of(clinic), records=clinic).app())) as client:
        paths = {
            (route.method, re.sub(r"{\w+}", "x", route.resource.canonical))
            for route in client.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
        shut = {(how, path) for how, path in paths if (await client.request(how, path)).status == 401}

    assert paths - shut == {("GET", "/staff/static"), ("GET", "/staff/sign-in"), ("POST", "/staff/sign-in")}
