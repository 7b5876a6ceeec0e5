import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.bodies import bounded_bodies
from bot.web.health import Health, Metric, MetricKind, Readiness, Sample
from domain.errors import UnavailableError
from tests.fakes.web import MemoryClinic, a_web_chat, served

ID = "0b8f8a5e-6f1e-4c58-9b0e-3a4f6f0f5a11"
SECRET = "my rash is back"


@dataclass(frozen=True)
class Broken:
    """A room whose route fails in the given way."""

    fail: Callable[[web.Request], Awaitable[web.StreamResponse]]

    def register(self, app: web.Application) -> None:
        app.router.add_get("/broken", self.fail)


async def ready() -> Readiness:
    return Readiness()


async def not_ready() -> Readiness:
    return Readiness(waiting_for=("database",))


async def cannot_tell() -> Readiness:
    raise UnavailableError("no answer")


async def one_metric() -> tuple[Metric, ...]:
    return (Metric(name="turns_total", help="Turns", kind=MetricKind.COUNTER, samples=(Sample(value=3),)),)


async def test_every_answer_carries_the_strict_headers() -> None:
    async with served(Health(ready=ready, metrics=one_metric), chat=a_web_chat(MemoryClinic())) as client:
        for path in ("/", "/healthz", "/nowhere", "/chat/static/chat.js", "/api/chat/events"):
            headers = (await client.get(path)).headers
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self' 'nonce-"), path
            for rule in ("style-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'"):
                assert f"{rule};" in policy, path
            assert "frame-ancestors 'none'" in policy, path
            assert "unsafe" not in policy, path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
            assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store"), path
            assert headers["Server"] == "wellspoken", path
            assert headers["X-Request-Id"].startswith("id-"), path


async def test_the_nonce_on_the_page_is_the_one_in_the_policy_and_never_the_same_twice() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        nonces = []
        for _ in range(2):
            response = await client.get("/")
            in_policy = re.findall(r"'nonce-([\w-]+)'", response.headers["Content-Security-Policy"])
            assert re.findall(r'nonce="([\w-]+)"', await response.text()) == in_policy
            nonces += in_policy

    assert len(set(nonces)) == 2


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "localhost@evil"])
async def test_a_strange_host_name_is_refused(host: str) -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        response = await client.get("/", headers={"Host": host, "Accept": "text/plain"})

        assert response.status in {400, 421}


@pytest.mark.parametrize("host", ["localhost:8080", "LOCALHOST", "127.0.0.1", "[::1]:8080"])
async def test_a_loopback_name_is_served_whatever_the_port(host: str) -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        assert (await client.get("/", headers={"Host": host})).status == 200


async def test_a_probe_may_come_by_any_name() -> None:
    async with served(Health(ready=ready, metrics=one_metric)) as client:
        assert (await client.get("/healthz", headers={"Host": "10.0.0.7:8080"})).status == 200
        assert (await client.get("/metrics", headers={"Host": "10.0.0.7:8080"})).status == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:9"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
    ],
)
async def test_only_our_own_pages_may_change_anything(headers: dict[str, str], status: int) -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        response = await client.post("/api/chat/session", headers={"Host": "localhost", **headers})

        assert response.status == status


async def test_with_https_an_http_origin_is_another_site() -> None:
    async with served(chat=a_web_chat(MemoryClinic()), https=True) as client:
        refused = await client.post("/api/chat/session", headers={"Host": "localhost", "Origin": "http://localhost"})
        taken = await client.post("/api/chat/session", headers={"Host": "localhost", "Origin": "https://localhost"})

        assert (refused.status, taken.status) == (403, 200)
        assert "max-age" in taken.headers["Strict-Transport-Security"]


async def test_another_site_may_link_to_the_page_but_not_read_the_thread() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        followed = await client.get("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
        embedded = await client.get(
            "/api/chat/events", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        )

        assert (followed.status, embedded.status) == (200, 403)


async def test_an_error_inside_shows_nothing_of_the_inside(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail(_: web.Request) -> web.StreamResponse:
        raise RuntimeError(SECRET)

    async with served(Broken(fail), chat=a_web_chat(MemoryClinic())) as client:
        for accept, words in (("*/*", "something went wrong here"), ("text/html", "Something went wrong on our side")):
            response = await client.get("/broken", headers={"Accept": accept})
            text = await response.text()

            assert response.status == 500
            assert words in text
            assert "rash" not in text
            assert "Traceback" not in text
    logged = "".join(capsys.readouterr())
    assert "http.broke" in logged
    assert "test_front_door.py" in logged
    assert "rash" not in logged


async def test_a_part_that_is_down_is_a_503_with_a_time_to_come_back() -> None:
    async def fail(_: web.Request) -> web.StreamResponse:
        raise UnavailableError(SECRET)

    async with served(Broken(fail)) as client:
        response = await client.get("/broken")

        assert (response.status, response.headers["Retry-After"]) == (503, "5")
        assert await response.json() == {"error": "not available, try again"}


async def test_errors_are_json_for_programs_and_a_page_for_people() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        for_program = await client.get("/nowhere")
        for_person = await client.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "es-MX"})
        wrong_method = await client.get("/api/chat/messages")

        assert await for_program.json() == {"error": "not found"}
        assert for_person.status == 404
        assert '<html lang="es">' in await for_person.text()
        assert "No hay ninguna página" in await for_person.text()
        assert (wrong_method.status, wrong_method.headers["Allow"]) == (405, "POST")


async def test_bodies_are_bounded_before_anyone_reads_them() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        await client.post("/api/chat/session")
        answers = {}
        for name, body in {
            "long": b'{"id": "' + ID.encode() + b'", "text": "' + b"a" * 300_000 + b'"}',
            "deep": b'{"id": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
            "cut": b'{"id": "x", "text": "my rash',
            "empty": b"",
        }.items():
            response = await client.post("/api/chat/messages", data=body, headers={"Content-Type": "application/json"})
            answers[name] = (response.status, (await response.json())["error"])

        assert answers == {
            "long": (413, "too large"),
            "deep": (400, "JSON nested deeper than 8"),
            "cut": (400, "the body is not JSON"),
            "empty": (400, "the body is not JSON"),
        }


async def test_a_body_that_dribbles_is_given_up() -> None:
    async def take(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(middlewares=[bounded_bodies(read_seconds=0.05)])
    app.router.add_post("/", take)
    async with TestClient(TestServer(app)) as client:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nslow")
        await writer.drain()
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert status.split()[1] == b"408"


@pytest.mark.parametrize(
    ("state", "status", "waiting"),
    [(ready, 200, []), (not_ready, 503, ["database"]), (cannot_tell, 503, ["an answer"])],
)
async def test_readiness_says_what_is_missing(
    state: Callable[[], Awaitable[Readiness]], status: int, waiting: list[str]
) -> None:
    async with served(Health(ready=state, metrics=one_metric)) as client:
        response = await client.get("/readyz")

        assert response.status == status
        assert await response.json() == {"ready": not waiting, "waiting_for": waiting}


async def test_metrics_are_given_as_prometheus_reads_them() -> None:
    async with served(Health(ready=ready, metrics=one_metric)) as client:
        response = await client.get("/metrics")

        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert (await response.text()).endswith("turns_total 3\n")
