"""Golden conversations: what a patient says and what must come of it, word for word, so a reader can hear the talk.

A file states the setting and the turns; `replay` plays them on a fresh copy of one demo home and reports differences.
Between turns the conversation is saved and read back, as it is in life.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from structlog.testing import capture_logs

from bot.chat_session import ChatSession, Exchange
from bot.clocks import DemoClock
from bot.composition import Blueprint, Program, open_program
from bot.content.release import Release
from bot.content.yaml_source import Located, read_yaml
from bot.demo.fill import fill_demo
from bot.demo.rival import take_shown
from bot.demo.seed import DemoData
from bot.durations import duration
from bot.identifiers import seeded_codes, seeded_ids
from bot.rehearsal_staff import RehearsalStaff, StaffAct
from domain.identity import Level
from domain.ids import PatientId
from domain.message import Address, Channel
from nlu.engine import NluEngine

_INPUTS = ("patient", "press", "advance", "staff", "again", "rival")
_CODE = re.compile(r"\b(\d{6})\b")
_STRANGER = "+15555550199"
START = "2026-11-20T10:00:00-05:00"
"""The moment golden conversations begin at, unless they say otherwise: a Friday, mid-morning, clinic open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a conversation went otherwise than written: file, line, and both versions."""

    file: str
    line: int
    said: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One conversation, played: its differences and its text as it went (for `--update`)."""

    file: Path
    title: str
    differences: tuple[Difference, ...]
    as_played: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What conversations are played on: the content, the loaded engine, and a filled demo home to copy."""

    release: Release
    engine: NluEngine
    folder: Path
    data: DemoData
    start: datetime


async def set_stage(release: Release, engine: NluEngine, folder: Path) -> Stage:
    """Fill one demo home as of the usual start, to be copied for each conversation."""
    start = datetime.fromisoformat(START)
    clock = DemoClock(start=start, frozen=True)
    ids = seeded_ids(1)
    blueprint = Blueprint(home=folder / "template", models=folder, clock=clock, release=release, demo=True, new_id=ids)
    async with open_program(blueprint, engine=engine) as program:
        data = await fill_demo(program.store, release.clinic, clock=clock, new_id=ids, seed=blueprint.demo_seed)
    return Stage(release=release, engine=engine, folder=folder, data=data, start=start)


async def replay(path: Path, stage: Stage) -> Replayed:
    """Play one file. Raises ContentError when the file itself is malformed."""
    source = await asyncio.to_thread(_read, path)
    fields = source.fields(("conversation", "turns"), ("language", "channel", "patient", "level", "start"))
    home = stage.folder / path.stem
    shutil.copytree(stage.folder / "template", home)
    try:
        with capture_logs() as logged:
            played = await _played(path, stage, home, fields)
    finally:
        shutil.rmtree(home)
    return replace(played, differences=(*played.differences, *_faults(path, fields["turns"].line, logged)))


def _faults(path: Path, line: int, logged: Sequence[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """Errors written to the log: the words may have come out right all the same, by a fallback."""
    return tuple(
        Difference(file=path.name, line=line, said="the log", expected="no error", found=_dump(dict(entry)))
        for entry in logged
        if entry["log_level"] in {"error", "critical"}
    )


def _read(path: Path) -> Located:
    return read_yaml(path.read_text(encoding="utf-8"), file=path.name)


async def _played(path: Path, stage: Stage, home: Path, fields: Any) -> Replayed:
    start = fields.get("start")
    clock = DemoClock(start=datetime.fromisoformat(start.raw("a moment")) if start else stage.start, frozen=True)
    blueprint = Blueprint(
        home=home,
        models=stage.folder,
        clock=clock,
        release=stage.release,
        demo=True,
        new_id=seeded_ids(2),
        new_code=seeded_codes(2),
    )
    differences: list[Difference] = []
    turns: list[dict[str, Any]] = []
    async with open_program(blueprint, engine=stage.engine) as program:
        session = _session(program, clock, fields, stage.data)
        player = _Player(session=session, staff=RehearsalStaff(program=program, session=session))
        for turn in fields["turns"].items():
            given = {key.key(): value for key, value in turn.entries()}
            shape = played_shape(await player.play(turn, given), own=session.address)
            differences += _difference(path, turn, given, shape)
            inputs = {key: _input(key, given[key]) for key in (*_INPUTS, "times") if key in given}
            turns.append({**inputs, "expect": shape})
    head = {key: _plain(value) for key, value in fields.values.items() if key != "turns"}
    return Replayed(
        file=path,
        title=fields["conversation"].text(),
        differences=tuple(differences),
        as_played=_dump({**head, "turns": turns}),
    )


def _session(program: Program, clock: DemoClock, fields: Any, data: DemoData) -> ChatSession:
    language, channel = fields.get("language"), fields.get("channel")
    proven = _patient(fields, data)
    return ChatSession(
        program=program,
        clock=clock,
        address=_address(Channel(channel.raw("a channel")) if channel else Channel.WEB, proven, data),
        language=language.text() if language else "en",
        proven=proven,
    )


def _difference(
    path: Path, turn: Located, given: Mapping[str, Located], shape: Mapping[str, Any]
) -> tuple[Difference, ...]:
    expected = _plain(given["expect"]) if "expect" in given else {}
    if expected == shape:
        return ()
    said = next((f"{key}: {given[key].describe()}" for key in _INPUTS if key in given), "?")
    return (Difference(file=path.name, line=turn.line, said=said, expected=_dump(expected), found=_dump(shape)),)


@dataclass(slots=True, kw_only=True)
class _Player:
    """Plays turns on a session; remembers the last code texted, every button shown and the last message."""

    session: ChatSession
    staff: RehearsalStaff
    code: str = ""
    buttons: dict[str, str] = field(default_factory=dict)
    """By label, the latest of that label: a patient can scroll up and press an old one."""
    last: str = ""
    last_id: str = ""

    async def play(self, turn: Located, given: Mapping[str, Located]) -> Exchange:
        kinds = [key for key in given if key in _INPUTS]
        beside = {"times", "expect"} if "patient" in given else {"expect"}
        if len(kinds) != 1 or set(given) - {*_INPUTS, *beside}:
            raise turn.error(f"exactly one of {', '.join(_INPUTS)}, with patient perhaps times, and expect")
        times = given["times"].integer(1, 100_000) if "times" in given else 1
        exchange = await self._one(kinds[0], given[kinds[0]], times)
        for _, text in exchange.texts:
            found = _CODE.search(text)
            self.code = found.group(1) if found else self.code
        self.buttons |= {button.label: button.payload for entry in exchange.entries for button in entry.buttons}
        return exchange

    async def _one(self, kind: str, value: Located, times: int) -> Exchange:
        match kind:
            case "patient":
                self.last = value.raw("what the patient says").replace("{code}", self.code) * times
                self.last_id = f"chat-{self.session.count + 1}"
                return await self.session.say(self.last)
            case "press":
                label = value.raw("a button's label")
                payload = self.buttons.get(label)
                if payload is None:
                    raise value.error(f"a button that was shown: {', '.join(self.buttons)}")
                return await self.session.press(payload)
            case "again":
                return await self.session.say(self.last, external_id=self.last_id)
            case "advance":
                return await self.session.advance(duration(value.raw("a duration")))
            case "rival":
                await take_shown(self.session, value.integer(1, 9))
                return await self.session.exchange()
            case _:
                fields = value.fields(("as", "do"), ("text",))
                text = fields.get("text")
                do = fields["do"].raw("claim, reply or hand_back")
                if do not in {"claim", "reply", "hand_back"}:
                    raise fields["do"].error("claim, reply or hand_back")
                act = StaffAct(who=fields["as"].text(), do=do, text=text.raw("a text") if text else "")  # type: ignore[arg-type]  # checked above
                return await self.staff.act(act)


def played_shape(exchange: Exchange, *, own: Address) -> dict[str, Any]:
    """What a golden conversation states of a turn: words with their keys, buttons, events, owner, level, other texts.

    On SMS the replies are themselves texts to the patient's `own` number; they are stated once, as replies.
    """
    replies = []
    for entry in exchange.entries:
        reply: dict[str, Any] = {"key": entry.key or entry.author.value, "text": entry.text}
        if entry.buttons:
            reply["buttons"] = [button.label for button in entry.buttons]
        replies.append(reply)
    owner = exchange.owner_kind.value + (f" {exchange.owner_id}" if exchange.owner_kind.value == "queue" else "")
    shape: dict[str, Any] = {"replies": replies}
    names = [_named(event) for event in exchange.events]
    if names:
        shape["events"] = names
    if owner != "bot":
        shape["owner"] = owner
    if exchange.level:
        shape["level"] = exchange.level
    texts = [text for number, text in exchange.texts if own.channel is not Channel.SMS or number != own.value]
    if texts:
        shape["phone"] = [_CODE.sub("######", text) for text in texts]
    return shape


def _named(event: Mapping[str, Any]) -> str:
    about = event.get("flow") or event.get("slot") or event.get("queue") or event.get("action") or ""
    return f"{event['type']} {about}".strip()


def _patient(fields: Any, data: DemoData) -> tuple[PatientId, Level] | None:
    patient, level = fields.get("patient"), fields.get("level")
    if patient is None:
        return None
    name = patient.text("a member of the demo's cast")
    who = getattr(data.cast, name, None)
    who = who[0] if isinstance(who, tuple) and who else who
    if not isinstance(who, str):
        raise patient.error("a member of the demo's cast, such as main")
    return PatientId(who), Level(level.integer(0, 3) if level else 0)


def _address(channel: Channel, proven: tuple[PatientId, Level] | None, data: DemoData) -> Address:
    """Where the patient writes from: on SMS the phone on file of the member of the cast, else one nobody has."""
    phones = {patient.id: patient.phones[0] for patient in data.patients if patient.phones}
    known = phones.get(proven[0]) if proven else None
    value = (known or _STRANGER) if channel is Channel.SMS else "golden"
    return Address(channel=channel, account="clinic", value=value)


def _input(key: str, value: Located) -> Any:
    """An input as it was written: an unquoted Yes stays the word that was said or pressed."""
    return str(value.node.value) if key in {"patient", "press", "advance"} else _plain(value)


def _plain(value: Located) -> Any:
    return yaml.safe_load(yaml.serialize(value.node))


class _Dumper(yaml.SafeDumper):
    """Several lines are written as a block, one under the other, as they are read."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _Dumper.represent_str)


def _dump(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
