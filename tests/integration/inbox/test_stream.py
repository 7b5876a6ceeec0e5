"""The live stream: the list and the open thread without a reload, and nothing after the right to see it ended."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import ClientResponse

from bot.live import Committed
from domain.handoff import EscalationReason, Handoff
from domain.ids import HandoffId
from domain.staff import Role
from tests.fakes.staff import FRONT
from tests.fakes.staff_web import Browser
from tests.integration.inbox.conftest import House


@dataclass
class Events:
    """A page's stream, read event by event."""

    response: ClientResponse

    async def next(self) -> tuple[str, dict]:
        name, data = "", {}
        async with asyncio.timeout(5):
            while True:
                line = (await self.response.content.readline()).decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    data = json.loads(line.removeprefix("data: "))
                elif not line and name:
                    return name, data

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            await self.response.content.read()
        return True


@asynccontextmanager
async def watching(browser: Browser, case: Handoff | None = None, after: int = 0) -> AsyncIterator[Events]:
    query = {"case": case.id, "after": str(after)} if case else {}
    async with browser.client.get("/staff/events", params=query) as response:
        assert response.status == 200
        yield Events(response)


async def test_a_new_case_appears_in_the_list(house: House) -> None:
    browser = await house.signed_in("robin")
    async with watching(browser) as events:
        _, before = await events.next()
        case = house.clinic.patient_waits("help", reason=EscalationReason.COMPLAINT, urgent=True)
        house.hub.publish(Committed(conversation_id=case.conversation_id))
        name, after = await events.next()

    assert before["rows"] == []
    assert name == "cases"
    assert [(row["id"], row["reason"], row["urgent"], row["open"]) for row in after["rows"]] == [
        (case.id, "Complaint", True, True)
    ]
    assert "help" not in json.dumps(after)


async def test_new_words_reach_the_open_thread_once(house: House) -> None:
    case = house.clinic.patient_waits("one")
    browser = await house.signed_in("robin")
    async with watching(browser, case, after=1) as events:
        first = [await events.next(), await events.next()]
        house.clinic.patient_writes(case.conversation_id, "<b>two</b>")
        house.hub.publish(Committed(conversation_id=case.conversation_id))
        name, told = await events.next()

    assert [name for name, _ in first] == ["cases", "thread"]
    assert first[1][1]["entries"] == []
    assert name == "thread"
    assert [(entry["seq"], entry["text"], entry["who"]) for entry in told["entries"]] == [(2, "<b>two</b>", "Patient")]
    assert house.clinic.events().count("transcript.watched") == 1


async def test_a_page_that_comes_back_gets_what_it_missed(house: House) -> None:
    case = house.clinic.patient_waits("one", "two", "three")
    browser = await house.signed_in("robin")
    async with watching(browser, case, after=1) as events:
        await events.next()
        _, told = await events.next()

    assert [entry["text"] for entry in told["entries"]] == ["two", "three"]


async def test_a_claim_by_a_colleague_is_told_to_the_open_page(house: House) -> None:
    case = house.clinic.patient_waits("one")
    robin, kim = await house.signed_in("robin"), await house.signed_in("kim")
    async with watching(robin, case, after=1) as events:
        await events.next()
        await events.next()
        await kim.post(f"/staff/cases/{case.id}/claim")
        told = dict([await events.next(), await events.next()])

    assert told["cases"]["rows"][0]["owner"] == "Kim Instance"
    assert (told["thread"]["status"], told["thread"]["owner"]) == ("claimed", "Kim Instance")


async def test_signing_out_ends_the_stream_before_another_word_is_shown(house: House) -> None:
    case = house.clinic.patient_waits("one")
    browser = await house.signed_in("robin")
    async with watching(browser, case, after=1) as events:
        await events.next()
        await events.next()
        house.clinic.people[FRONT.id] = replace(house.clinic.people[FRONT.id], disabled=True)
        house.clinic.patient_writes(case.conversation_id, "a secret")
        house.hub.publish(Committed(conversation_id=case.conversation_id))
        name, data = await events.next()

        assert (name, data) == ("signed_out", {})
        assert await events.ended()


async def test_a_role_taken_away_closes_the_open_case(house: House) -> None:
    case = house.clinic.patient_waits("it hurts", queue="nurse_today")
    browser = await house.signed_in("noa")
    async with watching(browser, case, after=1) as events:
        await events.next()
        await events.next()
        nurse = house.clinic.people[next(known for known in house.clinic.people if known == "staff-nurse")]
        house.clinic.people[nurse.id] = replace(nurse, roles=frozenset({Role.AGENT}))
        house.clinic.patient_writes(case.conversation_id, "a secret")
        house.hub.publish(Committed(conversation_id=case.conversation_id))
        told = [await events.next(), await events.next()]

    assert [name for name, _ in told] == ["cases", "case_gone"]
    assert told[0][1]["rows"] == []


async def test_a_case_out_of_reach_is_not_followed(house: House) -> None:
    case = house.clinic.patient_waits("daughter", queue="safeguarding", reason=EscalationReason.SAFEGUARDING)
    browser = await house.signed_in("robin")
    async with watching(browser, case) as events:
        told = [await events.next(), await events.next()]

    assert told[1] == ("case_gone", {})
    assert "daughter" not in json.dumps(told)


async def test_the_stream_ends_when_the_program_stops(house: House) -> None:
    browser = await house.signed_in("robin")
    async with watching(browser) as events:
        await events.next()
        house.hub.close()

        assert await events.ended()


async def test_one_session_has_a_bounded_number_of_streams(house: House) -> None:
    browser = await house.signed_in("robin")
    opened = [await browser.client.get("/staff/events") for _ in range(9)]

    assert [response.status for response in opened] == [200] * 8 + [429]
    for response in opened:
        response.close()


async def test_a_case_id_that_cannot_be_one_is_not_there(house: House) -> None:
    browser = await house.signed_in("robin")

    assert (await browser.client.get("/staff/events", params={"case": "../x"})).status == 404
    assert (await browser.client.get("/staff/events", params={"after": "x"})).status == 400
    assert HandoffId("x") not in house.clinic.cases
