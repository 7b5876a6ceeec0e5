import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.web.demo.phone import MemoryDemoPhone
from bot.web.demo.room import Demo, Figure, RoleCard
from bot.web.security import nonce_of
from tests.fakes.events import next_event
from tests.fakes.web import NOON, HandClock, later, served

NUMBER = "(555) 555-0123"


def a_demo(
    phone: MemoryDemoPhone,
    clock: HandClock | None = None,
    heartbeat: float = 15.0,
    reminder: datetime | None = None,
) -> Demo:
    clock = clock or HandClock()

    async def advance(span: timedelta) -> None:
        later(clock, span)

    async def reset() -> None:
        phone.clear()

    async def next_reminder() -> datetime | None:
        return reminder

    async def figures() -> list[Figure]:
        return [Figure(value=200, label="patients")]

    return Demo(
        clinic_name="Juniper Street Clinic",
        cards=lambda: [
            RoleCard(title="Nurse", name="Nell", text="Acknowledge an alarm.", href="/staff/enter/one-time")
        ],
        phone=phone,
        clock=clock,
        zone=ZoneInfo("America/Chicago"),
        advance=advance,
        next_reminder=next_reminder,
        figures=figures,
        reset=reset,
        nonce=nonce_of,
        heartbeat=heartbeat,
    )


async def test_the_page_offers_the_roles_the_clock_and_the_phone() -> None:
    phone = MemoryDemoPhone()
    phone.add(number=NUMBER, text="<b>Your code is 123456</b>", at=NOON)
    async with served(a_demo(phone)) as client:
        page = await (await client.get("/demo")).text()

    assert 'href="/staff/enter/one-time"' in page
    assert "Monday 02 March 2026, 11:00" in page
    assert "&lt;b&gt;Your code is 123456&lt;/b&gt;" in page
    assert "made up" in page
    assert 'data-seen="1"' in page


async def test_a_text_appears_as_it_is_sent_and_only_once() -> None:
    phone = MemoryDemoPhone()
    phone.add(number=NUMBER, text="seen before", at=NOON)
    async with served(a_demo(phone, heartbeat=0.02)) as client:
        stream = await client.get("/demo/phone?after=1")
        phone.add(number=NUMBER, text="Your code is 123456", at=NOON)
        event = await next_event(stream)
        phone.add(number=NUMBER, text="Another", at=NOON)
        another = await next_event(stream)
        phone.close()

        assert event is not None
        assert event.data == {"number": NUMBER, "text": "Your code is 123456", "at": "Mon 11:00"}
        assert another is not None
        assert (another.id, another.data["text"]) == ("3", "Another")
        assert await next_event(stream) is None


async def test_the_clock_goes_forward_by_an_offered_step_only() -> None:
    clock = HandClock()
    async with served(a_demo(MemoryDemoPhone(), clock)) as client:
        taken = await client.post("/demo/clock", data={"by": "P1D"}, allow_redirects=False)
        refused = await client.post("/demo/clock", data={"by": "P9999D"})

    assert (taken.status, taken.headers["Location"], clock.at) == (303, "/demo", NOON + timedelta(days=1))
    assert refused.status == 400


async def test_the_clock_goes_to_just_after_the_next_reminder() -> None:
    clock, planned = HandClock(), NOON + timedelta(days=3, hours=2)
    async with served(a_demo(MemoryDemoPhone(), clock, reminder=planned)) as client:
        page = await (await client.get("/demo")).text()
        await client.post("/demo/clock", data={"by": "reminder"}, allow_redirects=False)

    assert "The next reminder goes out Thu 05 Mar, 13:00." in page
    assert clock.at == planned + timedelta(seconds=1)


async def test_without_a_reminder_the_page_says_so_and_the_clock_stays() -> None:
    clock = HandClock()
    async with served(a_demo(MemoryDemoPhone(), clock)) as client:
        page = await (await client.get("/demo")).text()
        taken = await client.post("/demo/clock", data={"by": "reminder"}, allow_redirects=False)

    assert "No reminder is planned yet" in page
    assert (taken.status, clock.at) == (303, NOON)


async def test_what_is_counted_is_marked_as_simulated() -> None:
    async with served(a_demo(MemoryDemoPhone())) as client:
        page = await (await client.get("/demo")).text()

    figures = page[page.index('<dl class="figures"') : page.index("</dl>")]
    assert "<dt>patients</dt><dd>200</dd>" in figures
    assert "simulated" in figures


async def test_reset_sends_to_the_page_on_a_new_connection() -> None:
    async with served(a_demo(MemoryDemoPhone())) as client:
        answer = await client.post("/demo/reset", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (303, "/demo")
    assert answer.headers["Connection"] == "close"


async def test_another_site_cannot_move_the_clock_or_reset() -> None:
    clock = HandClock()
    async with served(a_demo(MemoryDemoPhone(), clock)) as client:
        for path in ("/demo/clock", "/demo/reset"):
            response = await client.post(path, data={"by": "P1D"}, headers={"Origin": "http://evil.example"})
            assert response.status == 403

    assert clock.at == NOON


async def test_reset_empties_the_phone_and_old_numbers_are_not_used_again() -> None:
    phone = MemoryDemoPhone()
    phone.add(number=NUMBER, text="before", at=NOON)
    async with served(a_demo(phone)) as client:
        await client.post("/demo/reset", allow_redirects=False)
        phone.add(number=NUMBER, text="after", at=NOON)

    assert [(text.seq, text.text) for text in phone.texts()] == [(2, "after")]


@pytest.mark.parametrize("after", [0, 1])
async def test_waiting_for_a_text_ends_with_one_or_with_the_phone(after: int) -> None:
    phone = MemoryDemoPhone()
    waiting = asyncio.create_task(phone.wait(after))
    await asyncio.sleep(0)

    phone.add(number=NUMBER, text="one", at=NOON)
    phone.close()
    async with asyncio.timeout(5):
        await waiting

    assert phone.closed
