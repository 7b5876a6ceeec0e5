import asyncio
import hashlib
from datetime import timedelta
from uuid import UUID

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from bot.channels.webchat.rate_limit import RateLimiter
from bot.channels.webchat.session import ChatCookies
from domain.ids import ConversationId
from domain.message import Address, Channel, InboundMessage, Press, Text
from domain.transcript import Author
from tests.fakes.events import next_event
from tests.fakes.web import (
    Line,
    MemoryClinic,
    a_web_chat,
    answering_emergencies,
    cookie_of,
    served,
)

Client = TestClient[web.Request, web.Application]
THREAD = ConversationId("conversation-1")


def an_id(number: int) -> str:
    return str(UUID(int=number))


async def say(client: Client, text: str, number: int = 1) -> ClientResponse:
    return await client.post("/api/chat/messages", json={"id": an_id(number), "text": text})


async def texts_of(stream: ClientResponse) -> list[str]:
    event = await next_event(stream)
    assert event is not None
    return [entry["text"] for entry in event.data["entries"]]


async def test_the_store_never_sees_the_cookie_only_its_digest() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        opened = await client.post("/api/chat/session")
        token = cookie_of(opened.headers)
        sent = await say(client, "hello")

    set_cookie = opened.headers["Set-Cookie"]
    assert len(token) == 43
    assert "HttpOnly" in set_cookie
    assert "SameSite=Strict" in set_cookie
    assert sent.status == 202
    assert clinic.received[0].sender == Address(
        channel=Channel.WEB, account="web", value=hashlib.sha256(token.encode()).hexdigest()
    )


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host() -> None:
    chat = a_web_chat(MemoryClinic(), cookies=ChatCookies(https=True))
    async with served(chat=chat, https=True) as client:
        opened = await client.post("/api/chat/session")

    assert opened.headers["Set-Cookie"].startswith("__Host-wellspoken-chat=")
    assert "Secure" in opened.headers["Set-Cookie"]


async def test_a_session_is_taken_up_and_never_replaced() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        first = await client.post("/api/chat/session")
        await say(client, "hello")
        again = await client.post("/api/chat/session")

        assert (await first.json(), await again.json()) == ({"conversation": False}, {"conversation": True})
        assert cookie_of(first.headers) == cookie_of(again.headers)


@pytest.mark.parametrize("token", ["", "short", "x" * 44, "a b" + "x" * 40, "é" + "x" * 42])
async def test_a_cookie_we_cannot_have_given_counts_for_nothing(token: str) -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        response = await client.post(
            "/api/chat/messages",
            json={"id": an_id(1), "text": "hello"},
            headers={"Cookie": f"wellspoken-chat={token}"},
        )

    assert response.status == 401
    assert clinic.received == []


async def test_a_message_is_called_sent_only_once_it_is_stored() -> None:
    clinic = MemoryClinic(down=True)
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        refused = await say(client, "hello")
        clinic.down = False
        taken = await say(client, "hello")

        assert (refused.status, refused.headers["Retry-After"]) == (503, "3")
        assert taken.status == 202
        assert await taken.json() == {"inbound": "inbound-1", "duplicate": False}


async def test_an_emergency_is_answered_even_when_nothing_can_be_stored() -> None:
    clinic = MemoryClinic(down=True)
    chat = a_web_chat(clinic)
    clinic.emergency = answering_emergencies(chat.sender, "Call 911 now.")
    async with served(chat=chat) as client:
        await client.post("/api/chat/session")
        response = await say(client, "my chest hurts")

        assert response.status == 503
        assert (await response.json())["replies"] == [{"text": "Call 911 now."}]


async def test_a_retry_with_the_same_id_is_one_message() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        answers = [await (await say(client, "hello")).json() for _ in range(2)]

    assert answers == [{"inbound": "inbound-1", "duplicate": False}, {"inbound": "inbound-1", "duplicate": True}]
    assert len(clinic.received) == 1


async def test_two_browsers_may_choose_one_id_and_each_is_heard() -> None:
    clinic = MemoryClinic()
    chat = a_web_chat(clinic)
    async with served(chat=chat) as one, served(chat=chat) as other:
        for client in (one, other):
            await client.post("/api/chat/session")
            assert (await (await say(client, "hello")).json())["duplicate"] is False

    assert len({message.external_id for message in clinic.received}) == 2


async def test_words_and_presses_arrive_as_such_in_the_language_of_the_page() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        await client.get("/?lang=es")
        await say(client, "me duele\x00 la cabeza 😵")
        await client.post("/api/chat/messages", json={"id": an_id(2), "press": "/c:1"})

    assert [message.content for message in clinic.received] == [
        Text(text="me duele la cabeza 😵"),
        Press(payload="/c:1"),
    ]
    assert {message.language for message in clinic.received} == {"es"}


async def test_ten_thousand_characters_arrive_whole() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        assert (await say(client, "á" * 10_000)).status == 202

    assert clinic.received[0].content == Text(text="á" * 10_000)


@pytest.mark.parametrize("body", [{"id": "1", "text": "a"}, {"id": an_id(1)}, [], "hello", 3])
async def test_a_malformed_message_is_refused_in_one_line(body: object) -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        response = await client.post("/api/chat/messages", json=body)
        error = (await response.json())["error"]

    assert response.status == 400
    assert "expected" in error
    assert "\n" not in error
    assert clinic.received == []


async def test_a_form_post_is_not_a_message() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        await client.post("/api/chat/session")

        assert (await client.post("/api/chat/messages", data={"text": "hello"})).status == 415


async def test_a_flood_is_slowed_and_says_for_how_long() -> None:
    clinic = MemoryClinic()
    chat = a_web_chat(clinic, limiter=RateLimiter(burst=2, seconds_each=5, monotonic=lambda: 0.0))
    async with served(chat=chat) as client:
        await client.post("/api/chat/session")
        answers = [await say(client, "hello", number) for number in range(3)]

        assert [answer.status for answer in answers] == [202, 202, 429]
        assert answers[2].headers["Retry-After"] == "5"
        assert len(clinic.received) == 2


async def test_what_was_said_comes_live_with_the_deliveries_it_used() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        stream = await client.get("/api/chat/events")
        first = await next_event(stream)
        await say(client, "again", 2)
        second = await next_event(stream)

        assert stream.headers["Content-Type"] == "text/event-stream"
        assert first is not None
        assert second is not None
        assert [entry["author"] for entry in first.data["entries"]] == ["patient", "bot"]
        assert (first.id, second.id) == ("2", "4")
        assert second.data["used"] == ["inbound-2"]
        assert [entry["text"] for entry in second.data["entries"]] == ["again", "You said: again"]


async def test_a_page_that_comes_back_gets_what_it_missed_once() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        stream = await client.get("/api/chat/events")
        seen = await next_event(stream)
        assert seen is not None
        stream.close()
        clinic.say(THREAD, *(Line(text=f"missed {number}") for number in range(450)))

        by_header = await client.get("/api/chat/events?after=0", headers={"Last-Event-ID": seen.id})
        missed = await texts_of(by_header)
        by_query = await client.get(f"/api/chat/events?after={seen.id}")

        assert missed == [f"missed {number}" for number in range(450)]
        assert await texts_of(by_query) == missed
        clinic.say(THREAD, Line(text="and on"))
        assert await texts_of(by_header) == ["and on"]


async def test_a_page_opened_long_after_shows_news_and_not_what_was_said_before() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "what did my doctor say?")
        clinic.clock.at += timedelta(hours=13)
        clinic.say(THREAD, Line(text="We called you about it.", author=Author.STAFF))

        event = await next_event(await client.get("/api/chat/events"))

        assert event is not None
        assert event.data["entries"][0] == {"seq": 1, "away": True}
        assert [entry.get("text") for entry in event.data["entries"]] == [
            None,
            "You said: what did my doctor say?",
            "We called you about it.",
        ]


async def test_a_gap_in_what_the_hub_tells_is_read_from_the_store() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        stream = await client.get("/api/chat/events")
        await next_event(stream)
        clinic.say_unheard(THREAD, Line(text="from another process"))
        clinic.say(THREAD, Line(text="from here"))

        assert await texts_of(stream) == ["from another process", "from here"]


async def test_a_heartbeat_finds_what_another_process_committed() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic, heartbeat=0.02), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        stream = await client.get("/api/chat/events")
        await next_event(stream)
        clinic.say_unheard(THREAD, Line(text="from another process"))

        assert await texts_of(stream) == ["from another process"]


async def test_a_staff_note_never_reaches_the_page() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        stream = await client.get("/api/chat/events?after=2")
        await next_event(stream)
        clinic.say(THREAD, Line(text="difficult person", author=Author.NOTE))
        clinic.say(THREAD, Line(text="A nurse is here.", author=Author.STAFF))

        assert await texts_of(stream) == ["A nurse is here."]


async def test_there_is_no_stream_before_the_first_message_or_without_a_session() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        assert (await client.get("/api/chat/events")).status == 401
        await client.post("/api/chat/session")
        assert (await client.get("/api/chat/events")).status == 204


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "٣", "9" * 40])
async def test_a_place_that_is_no_number_is_refused(after: str) -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        await client.post("/api/chat/session")

        assert (await client.get("/api/chat/events", params={"after": after})).status == 400


async def test_one_browser_cannot_open_streams_without_end() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        streams = [await client.get("/api/chat/events") for _ in range(9)]

        assert [stream.status for stream in streams] == [200] * 8 + [429]


async def test_an_open_stream_ends_when_the_program_stops() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        stream = await client.get("/api/chat/events")
        await next_event(stream)
        async with asyncio.timeout(5):
            await client.server.close()

        assert await next_event(stream) is None


async def test_forgetting_a_device_leaves_it_without_the_thread() -> None:
    clinic = MemoryClinic()
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        await say(client, "hello")
        ended = await client.post("/api/chat/end")

        assert (ended.status, ended.headers["Clear-Site-Data"]) == (204, '"storage"')
        assert (await client.get("/api/chat/events")).status == 401
        assert await (await client.post("/api/chat/session")).json() == {"conversation": False}


async def test_markup_in_a_message_travels_as_json_text() -> None:
    clinic = MemoryClinic()
    attack = '</script><img src=x onerror=alert(1)>\n\ndata: {"entries": []}'
    async with served(chat=a_web_chat(clinic), clinic=clinic) as client:
        await client.post("/api/chat/session")
        await say(client, attack)
        stream = await client.get("/api/chat/events")

        assert (await texts_of(stream))[0] == attack


async def test_messages_keep_their_order_and_sender() -> None:
    clinic = MemoryClinic(holding=True)
    async with served(chat=a_web_chat(clinic)) as client:
        await client.post("/api/chat/session")
        for number in range(3):
            await say(client, f"part {number}", number)
        clinic.take_turns()

        stream = await client.get("/api/chat/events")
        said = await texts_of(stream)
        stream.close()

    assert [text for text in said if text.startswith("part")] == ["part 0", "part 1", "part 2"]
    assert len({_sender(message) for message in clinic.received}) == 1


def _sender(message: InboundMessage) -> str:
    return message.sender.value
