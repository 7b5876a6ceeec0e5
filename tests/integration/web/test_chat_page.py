from dataclasses import replace

from bot.channels.webchat.pages import ChatPages
from bot.web.security import nonce_of
from tests.fakes.web import (
    MemoryClinic,
    a_face,
    a_web_chat,
    served,
)


async def test_the_page_says_whose_it_is_that_it_is_automated_and_whom_to_call() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        page = await (await client.get("/", headers={"Accept-Language": "fr, es;q=0.5, en;q=0.7"})).text()

    assert '<html lang="en">' in page
    assert "<h1>Juniper Street Clinic</h1>" in page
    assert "Automated assistant" in page
    assert 'In an emergency call <a href="tel:911">911</a>' in page
    assert 'role="log"' in page
    assert "Demo" not in page


async def test_a_site_abroad_has_its_own_number() -> None:
    pages = ChatPages(face=lambda: a_face(emergency=("911", "112", None)), nonce=nonce_of)
    async with served(chat=a_web_chat(MemoryClinic(), pages=pages)) as client:
        page = await (await client.get("/")).text()

    assert 'Site 1: in an emergency call <a href="tel:911">911</a>' in page
    assert 'Site 2: in an emergency call <a href="tel:112">112</a>' in page
    assert "Site 3: in" not in page


async def test_a_clinic_that_named_no_number_shows_none() -> None:
    pages = ChatPages(face=lambda: a_face(emergency=(None,)), nonce=nonce_of)
    async with served(chat=a_web_chat(MemoryClinic(), pages=pages)) as client:
        assert "emergency" not in await (await client.get("/")).text()


async def test_the_chosen_language_is_kept_and_an_unknown_one_ignored() -> None:
    async with served(chat=a_web_chat(MemoryClinic())) as client:
        await client.get("/?lang=es")
        kept = await (await client.get("/")).text()
        unknown = await (await client.get('/?lang="><script>alert(1)</script>')).text()

    assert '<html lang="es">' in kept
    assert "Asistente automático" in kept
    assert '<html lang="es">' in unknown
    assert "alert(1)" not in unknown


async def test_a_clinics_own_name_is_text_too() -> None:
    face = a_face()
    sharp = replace(face, name=replace(face.name, texts=(("en", "<script>alert('x')</script> & Sons"),)))
    async with served(chat=a_web_chat(MemoryClinic(), pages=ChatPages(face=lambda: sharp, nonce=nonce_of))) as client:
        page = await (await client.get("/?lang=en")).text()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_the_demo_says_so_and_links_to_its_phone() -> None:
    pages = ChatPages(face=a_face, nonce=nonce_of, demo_phone="/demo#phone")
    async with served(chat=a_web_chat(MemoryClinic(), pages=pages)) as client:
        page = await (await client.get("/")).text()

    assert 'href="/demo#phone"' in page
    assert "made up" in page
