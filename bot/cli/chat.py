"""`wellspoken chat`: a patient at a terminal, or JSON lines for programs that play one."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.chat_session import ChatSession, Exchange
from bot.cli.jsonl import BadLineError, Line, as_json, read_line, text_of_line
from bot.clocks import DemoClock
from bot.composition import Blueprint, engine_for_settings, open_program
from bot.content.release import load_release
from bot.demo.fill import fill_demo
from bot.durations import DurationError, duration
from bot.identifiers import fresh_code, fresh_id, seeded_codes, seeded_ids
from bot.rehearsal_staff import RehearsalStaff, StaffAct
from bot.settings import read_settings
from domain.identity import Level
from domain.ids import PatientId
from domain.message import Address, Channel

_CHANNELS = {"web": Channel.WEB, "sms": Channel.SMS}
_SMS_NUMBER = "+15555550199"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """How a chat is set up."""

    language: str
    channel: Channel
    patient: str | None
    level: int
    now: datetime | None
    seed: int | None


@click.command()
@click.option("--demo", is_flag=True, help="Fill the home with the fictional demo population.")
@click.option("--language", default="en", show_default=True)
@click.option("--channel", type=click.Choice(sorted(_CHANNELS)), default="web", show_default=True)
@click.option(
    "--patient", metavar="ID", help="Who is writing: a patient's id, or \"demo\" for the demo's main patient."
)
@click.option("--level", type=click.IntRange(0, 3), default=0, show_default=True, help="How surely that is proven.")
@click.option("--now", metavar="ISO", help="The moment the clock starts at (it then stands still but for advances).")
@click.option("--seed", type=int, help="Makes ids and codes repeatable.")
@click.option("--jsonl", is_flag=True, help="Read and write JSON lines.")
def chat(  # noqa: PLR0913  # one parameter an option of the command contract
    *,
    demo: bool,
    language: str,
    channel: str,
    patient: str | None,
    level: int,
    now: str | None,
    seed: int | None,
    jsonl: bool,
) -> None:
    """Talk to the clinic. Every home of `chat` is a demo home: texts to phones are shown here."""
    del demo
    options = ChatOptions(
        language=language,
        channel=_CHANNELS[channel],
        patient=patient,
        level=level,
        now=_moment(now) if now else None,
        seed=seed,
    )
    sys.exit(asyncio.run(_chat(options, jsonl=jsonl)))


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written!r} is not an ISO moment such as 2026-11-19T10:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@asynccontextmanager
async def open_chat(options: ChatOptions) -> AsyncIterator[tuple[ChatSession, RehearsalStaff]]:
    """A session over a home of its own, temporary unless WELLSPOKEN_HOME is set."""
    settings = read_settings()
    release = await asyncio.to_thread(load_release)
    clock = DemoClock(start=options.now, frozen=options.now is not None)
    with tempfile.TemporaryDirectory(prefix="wellspoken-") as temporary:
        home = settings.home if settings.home_given else Path(temporary) / "home"
        fresh = not home.exists()
        blueprint = Blueprint(
            home=home,
            models=settings.models,
            clock=clock,
            release=release,
            demo=True,
            new_id=seeded_ids(options.seed) if options.seed is not None else fresh_id,
            new_code=seeded_codes(options.seed) if options.seed is not None else fresh_code,
        )
        engine = await asyncio.to_thread(engine_for_settings, release, settings)
        async with open_program(blueprint, engine=engine) as program:
            main: str | None = None
            if fresh:
                clinic = release.clinic
                data = await fill_demo(
                    program.store, clinic, clock=clock, new_id=blueprint.new_id, seed=blueprint.demo_seed
                )
                main = data.cast.main
            patient = main if options.patient == "demo" else options.patient
            value = _SMS_NUMBER if options.channel is Channel.SMS else "chat"
            session = ChatSession(
                program=program,
                clock=clock,
                address=Address(channel=options.channel, account="clinic", value=value),
                language=options.language,
                proven=(PatientId(patient), Level(options.level)) if patient else None,
            )
            yield session, RehearsalStaff(program=program, session=session)


async def _chat(options: ChatOptions, *, jsonl: bool) -> int:
    async with open_chat(options) as (session, staff):
        return await (_lines(session, staff) if jsonl else _terminal(session))


async def _lines(session: ChatSession, staff: RehearsalStaff) -> int:
    bad = False
    source = sys.stdin.buffer
    while raw := await asyncio.to_thread(source.readline):
        if not raw.strip():
            continue
        line_id: object = None
        try:
            line = read_line(raw)
            line_id = line.get("id")
            exchange = await play(line, session, staff)
            out = {**({"id": line_id} if "id" in line else {}), **exchange_shape(exchange)}
        except BadLineError as error:
            bad = True
            out = {"id": line_id, "error": str(error)}
        print(as_json(out), flush=True)
    return 1 if bad else 0


async def play(line: Line, session: ChatSession, staff: RehearsalStaff) -> Exchange:
    """Carry out one input line. Raises BadLineError."""
    if "at" in line:
        session.put_clock_to(_line_moment(line))
    if "text" in line:
        return await session.say(text_of_line(line), external_id=_external_id(line))
    if "press" in line:
        return await session.press(text_of_line(line, "press"), external_id=_external_id(line))
    if "advance" in line:
        return await session.advance(_span(text_of_line(line, "advance")))
    if "staff" in line:
        return await staff.act(_staff_act(line["staff"]))
    raise BadLineError('expected "text", "press", "advance" or "staff"')


def _span(written: str) -> timedelta:
    try:
        return duration(written)
    except DurationError as error:
        raise BadLineError(str(error)) from error


def _external_id(line: Line) -> str | None:
    return str(line["id"]) if isinstance(line.get("id"), str | int) else None


def _line_moment(line: Line) -> datetime:
    try:
        moment = datetime.fromisoformat(text_of_line(line, "at"))
    except ValueError:
        raise BadLineError('expected "at" to be an ISO moment') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _staff_act(data: object) -> StaffAct:
    if not isinstance(data, dict) or data.get("do") not in {"claim", "reply", "hand_back"}:
        raise BadLineError('expected "staff" to be {"as", "do": "claim"|"reply"|"hand_back", "text"?}')
    text = data.get("text", "")
    if not isinstance(data.get("as"), str) or not isinstance(text, str):
        raise BadLineError('expected "as" and "text" of "staff" to be texts')
    return StaffAct(who=data["as"], do=data["do"], text=text)


def exchange_shape(exchange: Exchange) -> Mapping[str, Any]:
    """The answer line of the command contract."""
    owner: dict[str, str] = {"kind": exchange.owner_kind.value}
    if exchange.owner_id is not None:
        owner["id"] = exchange.owner_id
    return {
        "replies": [
            {
                "text": entry.text,
                "buttons": [{"label": button.label, "payload": button.payload} for button in entry.buttons],
            }
            for entry in exchange.entries
        ],
        "events": [dict(event) for event in exchange.events],
        "owner": owner,
        "level": exchange.level,
        "phone": [{"to": to, "text": text} for to, text in exchange.texts],
    }


async def _terminal(session: ChatSession) -> int:
    click.echo("You are a patient. Write to the clinic; an empty line ends. Buttons can be answered by number or word.")
    while True:
        typed = (await asyncio.to_thread(click.prompt, "you", default="", show_default=False)).strip()
        if not typed:
            return 0
        exchange = await session.say(typed)
        for entry in exchange.entries:
            click.echo(click.style("clinic", fg="cyan") + f": {entry.text}")
            if entry.buttons:
                click.echo("        " + " ".join(f"[{button.label}]" for button in entry.buttons))
        for to, text in exchange.texts:
            click.echo(click.style(f"phone {to}", fg="yellow") + f": {text}")
