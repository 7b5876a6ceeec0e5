import asyncio

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from bot.channels.webchat.pull_sender import PullSender
from domain.ids import ConversationId
from domain.message import Button, Channel, InboundMessage, Press, Text
from domain.transcript import Author
from tests.fakes.web import Line, MemoryClinic, a_rest_channel, answering_emergencies, served

Client = TestClient[web.Request, web.Application]


async def post(client: Client, sender: str = "user-1", message: object = "hello", **more: object) -> ClientResponse:
    body = {"sender": sender, "message": message, **more}
    return await client.post("/webhooks/rest/webhook", json=body)


async def test_the_replies_of_the_turn_come_in_rasas_form() -> None:
    def ask(_: InboundMessage) -> tuple[Line, ...]:
        return (
            Line(text="Which day?", buttons=(Button(label="Monday", payload="/c:1"),)),
            Line(text="internal", author=Author.NOTE),
            Line(text="Take your time."),
        )

    clinic = MemoryClinic(answer=ask)
    async with served(a_rest_channel(clinic)) as client:
        response = await post(client)

        assert response.status == 200
        assert await response.json() == [
            {"recipient_id": "user-1", "text": "Which day?", "buttons": [{"title": "Monday", "payload": "/c:1"}]},
            {"recipient_id": "user-1", "text": "Take your time."},
        ]


async def test_it_waits_for_its_own_turn_and_no_other() -> None:
    clinic = MemoryClinic(holding=True)
    async with served(a_rest_channel(clinic)) as client:
        waiting = asyncio.create_task(post(client))
        async with asyncio.timeout(5):
            await clinic.arrived.wait()
        clinic.say(ConversationId("conversation-1"), Line(text="A reminder meanwhile"))
        clinic.say(ConversationId("conversation-9"), Line(text="Someone else's"))
        clinic.take_turns()

        assert [reply["text"] for reply in await (await waiting).json()] == ["You said: hello"]


async def test_many_senders_at_once_each_get_their_own_answer() -> None:
    clinic = MemoryClinic()
    async with served(a_rest_channel(clinic)) as client:
        for _ in range(2):
            answers = await asyncio.gather(*(post(client, f"user-{n}", f"I am {n}") for n in range(30)))
            said = [(await answer.json())[0] for answer in answers]

            assert said == [{"recipient_id": f"user-{n}", "text": f"You said: I am {n}"} for n in range(30)]


async def test_a_turn_without_words_is_an_empty_answer() -> None:
    clinic = MemoryClinic(answer=lambda _: ())
    async with served(a_rest_channel(clinic)) as client:
        assert await (await post(client)).json() == []


async def test_a_turn_that_does_not_come_in_time_is_a_504_and_the_message_is_kept() -> None:
    clinic = MemoryClinic(holding=True)
    async with served(a_rest_channel(clinic, answer_seconds=0.02)) as client:
        response = await post(client)

        assert (response.status, await response.json()) == (504, {"error": "stored, but not answered in time"})
        assert len(clinic.received) == 1


async def test_a_repeated_delivery_changes_nothing_and_hears_the_answer_again() -> None:
    clinic = MemoryClinic()
    async with served(a_rest_channel(clinic, duplicate_seconds=0.02)) as client:
        first = await post(client, metadata={"message_id": "m-1"})
        again = await post(client, metadata={"message_id": "m-1"})

        assert await again.json() == await first.json() == [{"recipient_id": "user-1", "text": "You said: hello"}]
        assert len(clinic.received) == 1


async def test_without_a_message_id_every_delivery_is_new() -> None:
    clinic = MemoryClinic()
    async with served(a_rest_channel(clinic)) as client:
        await post(client)
        await post(client)

    assert len(clinic.received) == 2


async def test_a_pressed_button_comes_back_as_a_press() -> None:
    clinic = MemoryClinic()
    async with served(a_rest_channel(clinic)) as client:
        await post(client, message="/c:1")
        await post(client, message="/restart")

    assert [message.content for message in clinic.received] == [Press(payload="/c:1"), Text(text="/restart")]


async def test_an_emergency_is_answered_even_when_nothing_can_be_stored() -> None:
    sender = PullSender(Channel.REST)
    clinic = MemoryClinic(down=True, emergency=answering_emergencies(sender, "Call 911 now."))
    async with served(a_rest_channel(clinic, overhear=sender.overhear)) as client:
        response = await post(client, message="my chest hurts")

        assert (response.status, response.headers["Retry-After"]) == (503, "3")
        assert await response.json() == [{"recipient_id": "user-1", "text": "Call 911 now."}]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "bearer let-me-in", "Basic let-me-in", "Bearer é"])
async def test_a_wrong_token_is_refused_before_anything_is_read(header: str) -> None:
    clinic = MemoryClinic()
    async with served(a_rest_channel(clinic, token="let-me-in")) as client:
        response = await client.post(
            "/webhooks/rest/webhook", json={"sender": "a", "message": "hello"}, headers={"Authorization": header}
        )

        assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert clinic.received == []


async def test_the_right_token_is_let_in() -> None:
    async with served(a_rest_channel(MemoryClinic(), token="let-me-in")) as client:
        response = await client.post(
            "/webhooks/rest/webhook",
            json={"sender": "a", "message": "hello"},
            headers={"Authorization": "Bearer let-me-in"},
        )

        assert response.status == 200


@pytest.mark.parametrize("body", [b"", b"hello", b"{", b"[]", b'{"sender": "a"}', b"[" * 9_000 + b"]" * 9_000])
async def test_a_malformed_body_is_refused_in_one_line(body: bytes) -> None:
    clinic = MemoryClinic()
    async with served(a_rest_channel(clinic)) as client:
        response = await client.post("/webhooks/rest/webhook", data=body)
        error = (await response.json())["error"]

        assert response.status == 400
        assert "\n" not in error
        assert clinic.received == []


async def test_it_is_well_as_rasa_says_it() -> None:
    async with served(a_rest_channel(MemoryClinic(), token="let-me-in")) as client:
        assert await (await client.get("/webhooks/rest/")).json() == {"status": "ok"}
