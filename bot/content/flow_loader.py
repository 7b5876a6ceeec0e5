"""Flows and slots from YAML, read strictly: a mistake is named by file, line, flow and step."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.content.yaml_source import Located, read_yaml
from domain.dialogue.condition import Condition, ConditionError, parse_condition
from domain.dialogue.flow import (
    END,
    Act,
    Branch,
    Call,
    Collect,
    Flow,
    FlowKind,
    FlowSet,
    Link,
    Next,
    Noop,
    Rejection,
    SetSlots,
    Step,
    Utter,
)
from domain.dialogue.parking import ENGINE_ACTIONS
from domain.dialogue.slot import SlotSpec, SlotType, SlotValue
from domain.errors import ContentError
from domain.intents import INTENTS
from domain.understanding import Signal

_STEP_KINDS = ("collect", "action", "set_slots", "call", "link", "noop")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSource:
    """One YAML file of flows: its name for errors, and its text."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    flow: Flow
    source: Located


def load_flows(sources: Sequence[FlowSource], *, actions: Collection[str], facts: Collection[str]) -> FlowSet:
    """Read flows from several files. `actions` and `facts` are the names that exist. Raises ContentError."""
    slots: dict[str, SlotSpec] = {}
    flows: dict[str, _Read] = {}
    for source in sources:
        fields = read_yaml(source.text, file=source.file).fields(("version", "flows"), ("slots",))
        declared = fields.get("slots")
        for key, value in declared.entries() if declared else ():
            if key.key() in slots:
                raise key.error("each slot once", found=f"slot {key.key()!r} again")
            slots[key.key()] = _slot(key.key(), value)
        for key, value in fields["flows"].entries():
            if key.key() in flows:
                raise key.error("each flow once", found=f"flow {key.key()!r} again")
            flows[key.key()] = _Read(flow=_flow(key.key(), value), source=value)
    _check_dependencies(sources, slots)
    for read in flows.values():
        _check(read, flows, slots, actions={*actions, *ENGINE_ACTIONS}, facts=facts)
    return FlowSet(
        flows=MappingProxyType({name: read.flow for name, read in flows.items()}),
        slots=MappingProxyType(slots),
        release=_digest(sources),
        by_intent=MappingProxyType(_by_intent(flows.values())),
    )


def _check_dependencies(sources: Sequence[FlowSource], slots: Collection[str]) -> None:
    for source in sources:
        declared = read_yaml(source.text, file=source.file).fields(("version", "flows"), ("slots",)).get("slots")
        for _, value in declared.entries() if declared else ():
            depends = {key.key(): item for key, item in value.entries()}.get("depends_on")
            for item in depends.items() if depends else ():
                if item.text() not in slots:
                    raise item.error(
                        f"one of: {', '.join(sorted(slots))[:300]}", found=f"the unknown slot {item.text()!r}"
                    )


def _digest(sources: Sequence[FlowSource]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.text.encode())
    return digest.hexdigest()[:16]


def _by_intent(flows: Iterable[_Read]) -> dict[str, Flow]:
    found: dict[str, Flow] = {}
    for read in flows:
        for intent in read.flow.triggers:
            if intent in found:
                raise read.source.error(
                    "each intent to start one flow", found=f"{intent!r}, which starts {found[intent].id!r} too"
                )
            found[intent] = read.flow
    return found


_SLOT_OPTIONAL = ("entities", "optional", "depends_on", "values", "yes_means", "no_means", "means", "signals")


def _slot(name: str, source: Located) -> SlotSpec:
    fields = source.fields(("type",), _SLOT_OPTIONAL)
    entities, optional = fields.get("entities"), fields.get("optional")
    depends, values = fields.get("depends_on"), fields.get("values")
    yes_means, no_means = fields.get("yes_means"), fields.get("no_means")
    means, signals = fields.get("means"), fields.get("signals")
    return SlotSpec(
        name=name,
        type=fields["type"].choice(SlotType),
        entities=entities.texts() if entities else (),
        optional=optional.boolean() if optional else False,
        depends_on=depends.texts() if depends else (),
        values=values.texts() if values else (),
        yes_means=tuple(_intent(item) for item in yes_means.items()) if yes_means else (),
        no_means=tuple(_intent(item) for item in no_means.items()) if no_means else (),
        means=tuple((_intent(key), value.text("a value")) for key, value in means.entries()) if means else (),
        signals=tuple(item.choice(Signal).value for item in signals.items()) if signals else (),
    )


_FLOW_KEYS = (("description", "steps"), ("kind", "nlu_trigger", "hears", "sees_to", "urgent"))


def _flow(name: str, source: Located) -> Flow:
    fields = source.fields(*_FLOW_KEYS)
    fields["description"].text()
    kind, triggers, urgent = fields.get("kind"), fields.get("nlu_trigger"), fields.get("urgent")
    hears, sees_to = fields.get("hears"), fields.get("sees_to")
    written = fields["steps"].items()
    if not written:
        raise fields["steps"].error("at least one step", found="none")
    ids = [_step_id(step, n) for n, step in enumerate(written, start=1)]
    steps = tuple(
        _step(step, ids[n], following=ids[n + 1] if n + 1 < len(ids) else END) for n, step in enumerate(written)
    )
    repeated = next((n for n, step_id in enumerate(ids) if step_id in ids[:n]), None)
    if repeated is not None:
        raise written[repeated].error("each step id once", found=f"step {ids[repeated]!r} again")
    return Flow(
        id=name,
        kind=kind.choice(FlowKind) if kind else FlowKind.TASK,
        steps=steps,
        triggers=tuple(_trigger(item) for item in triggers.items()) if triggers else (),
        hears=tuple(_hears(item) for item in hears.items()) if hears else (),
        sees_to=tuple(_intent(item) for item in sees_to.items()) if sees_to else (),
        urgent=urgent.boolean() if urgent else False,
        file=source.file,
        line=source.line,
    )


def _hears(source: Located) -> tuple[str, str]:
    fields = source.fields(("slot", "then"))
    return fields["slot"].text("a slot's name"), fields["then"].text("a step id")


def _trigger(source: Located) -> str:
    return _intent(source.fields(("intent",))["intent"])


def _intent(source: Located) -> str:
    name = source.text("an intent's name")
    if name not in INTENTS:
        raise source.error("an intent of the shared inventory")
    return name


def _step_id(source: Located, number: int) -> str:
    fields = {key.key(): value for key, value in source.entries()}
    if "id" in fields:
        return fields["id"].text("a step id")
    for kind in ("collect", "action", "call", "link"):
        if kind in fields:
            return f"{number}_{fields[kind].raw('a name')}"
    return f"{number}_step"


def _step(source: Located, step_id: str, *, following: str) -> Step:
    kinds = [key.key() for key, _ in source.entries() if key.key() in _STEP_KINDS]
    if len(kinds) != 1:
        raise source.error(f"exactly one of {', '.join(_STEP_KINDS)}", found=" and ".join(kinds) or "none of them")
    match kinds[0]:
        case "collect":
            return _collect(source, step_id, following)
        case "action":
            fields = source.fields(("action",), ("id", "next"))
            name, leads = fields["action"].text("an action's name"), _next(fields.get("next"), following)
            if name.startswith("utter_"):
                return Utter(id=step_id, key=name, next=leads)
            return Act(id=step_id, action=name, next=leads)
        case "set_slots":
            fields = source.fields(("set_slots",), ("id", "next"))
            return SetSlots(id=step_id, values=_values(fields["set_slots"]), next=_next(fields.get("next"), following))
        case "call":
            fields = source.fields(("call",), ("id", "next"))
            return Call(id=step_id, flow=fields["call"].text("a flow"), next=_next(fields.get("next"), following))
        case "link":
            return Link(id=step_id, flow=source.fields(("link",), ("id",))["link"].text("a flow"))
        case _:
            fields = source.fields(("noop", "next"), ("id",))
            return Noop(id=step_id, next=_next(fields["next"], following))


def _collect(source: Located, step_id: str, following: str) -> Collect:
    fields = source.fields(("collect",), ("id", "next", "utter", "when_back", "ask_before_filling", "rejections"))
    slot = fields["collect"].text("a slot's name")
    utter, before, rejections = fields.get("utter"), fields.get("ask_before_filling"), fields.get("rejections")
    back = fields.get("when_back")
    return Collect(
        id=step_id,
        slot=slot,
        utter=utter.text() if utter else f"utter_ask_{slot}",
        utter_back=back.text() if back else "",
        ask_before_filling=before.boolean() if before else False,
        rejections=tuple(_rejection(item) for item in rejections.items()) if rejections else (),
        next=_next(fields.get("next"), following),
    )


def _rejection(source: Located) -> Rejection:
    fields = source.fields(("if", "utter"))
    return Rejection(condition=_condition(fields["if"]), utter=fields["utter"].text())


def _condition(source: Located) -> Condition:
    try:
        return parse_condition(source.raw("a condition"))
    except ConditionError as error:
        raise source.error("a condition over slots and context", found=str(error)) from error


def _values(source: Located) -> tuple[tuple[str, SlotValue | None], ...]:
    found: list[tuple[str, SlotValue | None]] = []
    for item in source.items():
        for key, value in item.entries():
            written = value.raw("a value or null") if value.describe() != "nothing" else ""
            typed: SlotValue | None = {"true": True, "false": False, "": None}.get(written, written)
            found.append((key.key(), typed))
    return tuple(found)


def _next(source: Located | None, following: str) -> Next:
    if source is None:
        return (Branch(target=following),)
    if not source.is_list:
        return (Branch(target=source.text("a step id or END")),)
    branches: list[Branch] = []
    for item in source.items():
        keys = {key.key() for key, _ in item.entries()}
        if "if" in keys:
            fields = item.fields(("if", "then"))
            branches.append(Branch(target=fields["then"].text("a step id or END"), condition=_condition(fields["if"])))
        else:
            branches.append(Branch(target=item.fields(("else",))["else"].text("a step id or END")))
    if not branches or branches[-1].condition is not None:
        raise source.error("a last 'else'", found="none, so some cases lead nowhere")
    early = next((n for n, branch in enumerate(branches[:-1]) if branch.condition is None), None)
    if early is not None:
        raise source.items()[early].error("'else' only at the end", found="'else' before other ways on")
    return tuple(branches)


def _check(
    read: _Read, flows: Collection[str], slots: Collection[str], *, actions: Collection[str], facts: Collection[str]
) -> None:
    """Everything a flow names must exist."""
    flow, source = read.flow, read.source
    ids = {step.id for step in flow.steps} | {END}
    _check_hears(read, slots, ids)
    known = {"slot": slots, "action": actions, "flow": flows, "step": ids, "slots": slots, "context": facts}
    for step in flow.steps:
        for kind, name in _named(step):
            _known(source, flow, step, kind, name, known[kind])


def _check_hears(read: _Read, slots: Collection[str], ids: Collection[str]) -> None:
    heard = read.source.fields(*_FLOW_KEYS).get("hears")
    for item, (slot, target) in zip(heard.items() if heard else (), read.flow.hears, strict=True):
        for name, known, kind in ((slot, slots, "slot"), (target, ids, "step")):
            if name not in known:
                raise item.error(f"one of: {', '.join(sorted(known))[:300]}", found=f"the unknown {kind} {name!r}")


def _named(step: Step) -> Iterable[tuple[str, str]]:
    """What a step names, with the kind of thing each name is of."""
    match step:
        case Collect(slot=slot):
            yield "slot", slot
        case Act(action=action):
            yield "action", action
        case Call(flow=other) | Link(flow=other):
            yield "flow", other
        case SetSlots(values=values):
            yield from (("slot", name) for name, _ in values)
        case Utter() | Noop():
            pass
    if not isinstance(step, Link):
        yield from (("step", branch.target) for branch in step.next)
    for condition in _conditions(step):
        yield from condition.names()


def _conditions(step: Step) -> Iterable[Condition]:
    if not isinstance(step, Link):
        yield from (branch.condition for branch in step.next if branch.condition)
    if isinstance(step, Collect):
        yield from (rejection.condition for rejection in step.rejections)


def _known(source: Located, flow: Flow, step: Step, kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ContentError(
            file=source.file,
            line=_line_of(source, flow, step),
            found=f"the unknown {kind} {name!r}",
            expected=f"one of: {', '.join(sorted(known))[:300]}",
            where=f"{flow.id}.{step.id}",
        )


def _line_of(source: Located, flow: Flow, step: Step) -> int:
    written = source.fields(*_FLOW_KEYS)["steps"].items()
    return written[flow.steps.index(step)].line
