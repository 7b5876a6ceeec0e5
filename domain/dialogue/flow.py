"""Flows as data: steps, where each leads, and the set a release holds. Rasa's vocabulary, see docs/flows.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from domain.dialogue.condition import Condition
from domain.dialogue.slot import SlotSpec, SlotValue
from domain.errors import WellspokenError

END = "END"
"""The target that ends a flow."""


class FlowKind(StrEnum):
    """task: something is arranged; answer: a question with an answer; pattern: a repair the engine starts."""

    TASK = "task"
    ANSWER = "answer"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way on: taken when its condition holds, or always where it has none."""

    target: str
    condition: Condition | None = None


Next = tuple[Branch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A value that will not do, and what to say then."""

    condition: Condition
    utter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Ask for a slot unless it is filled. With `ask_before_filling` it is asked even when a value is known."""

    id: str
    slot: str
    utter: str
    utter_back: str = ""
    """Said instead when the question comes back after something else; empty: the same question again."""
    ask_before_filling: bool = False
    rejections: tuple[Rejection, ...] = ()
    next: Next


@dataclass(frozen=True, slots=True, kw_only=True)
class Utter:
    """Say something."""

    id: str
    key: str
    next: Next


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Ask for outside work; the flow goes on with its result."""

    id: str
    action: str
    next: Next


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSlots:
    """Fill or empty (None) slots."""

    id: str
    values: tuple[tuple[str, SlotValue | None], ...]
    next: Next


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Run another flow on top and come back with the slots both know."""

    id: str
    flow: str
    next: Next


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """End here and go on in another flow with the slots both know."""

    id: str
    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noop:
    """Only branches."""

    id: str
    next: Next


Step = Collect | Utter | Act | SetSlots | Call | Link | Noop


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A named sequence of steps, and the intents that start it."""

    id: str
    kind: FlowKind
    steps: tuple[Step, ...]
    triggers: tuple[str, ...] = ()
    hears: tuple[tuple[str, str], ...] = ()
    """Slots taken from a message though never asked for, each with the step to go back to when it changes."""
    sees_to: tuple[str, ...] = ()
    """Intents it takes care of by itself: named beside it, they start no flow of their own."""
    urgent: bool = False
    """Starts at once, whatever is going on, and asks nobody's leave."""
    file: str = ""
    line: int = 0

    def step(self, step_id: str) -> Step | None:
        """The step of that id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)

    def collects(self) -> Iterator[Collect]:
        """The questions it may ask, in order."""
        return (step for step in self.steps if isinstance(step, Collect))

    def asks(self, slot: str) -> Collect | None:
        """The step that collects a slot, or None."""
        return next((step for step in self.collects() if step.slot == slot), None)

    def takes(self) -> Iterator[str]:
        """The slots it fills from what is said: those it asks for and those it hears."""
        yield from (step.slot for step in self.collects())
        yield from (slot for slot, _ in self.hears)

    def asking(self, slot: str, *, at: str) -> Collect | None:
        """The step that asks for a slot where a frame stands: that very step, else the first one."""
        step = self.step(at)
        return step if isinstance(step, Collect) and step.slot == slot else self.asks(slot)

    def rewinds_to(self, slot: str, *, at: str, visited: tuple[str, ...]) -> str | None:
        """The step to go back to when the slot changes: where it was asked for, or where the flow says it is heard."""
        here = self.step(at)
        if isinstance(here, Collect) and here.slot == slot:
            return None
        asked = (step.id for step in self.collects() if step.slot == slot and step.id in visited)
        return next(asked, None) or dict(self.hears).get(slot)

    def place(self, step_id: str) -> int:
        """A step's place in the order written; past the end for one that is gone."""
        return next((n for n, step in enumerate(self.steps) if step.id == step_id), len(self.steps))


class UnknownFlowError(WellspokenError):
    """A flow or slot is named that the release does not hold. Remedy: the loader's checks were bypassed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSet:
    """All flows and slots of one release."""

    flows: Mapping[str, Flow]
    slots: Mapping[str, SlotSpec]
    release: str = ""
    by_intent: Mapping[str, Flow] = field(default_factory=lambda: MappingProxyType({}))

    def flow(self, flow_id: str) -> Flow:
        """The flow of that id. Raises UnknownFlowError."""
        try:
            return self.flows[flow_id]
        except KeyError:
            raise UnknownFlowError(f"flow {flow_id}") from None

    def slot(self, name: str) -> SlotSpec:
        """The slot's spec. Raises UnknownFlowError."""
        try:
            return self.slots[name]
        except KeyError:
            raise UnknownFlowError(f"slot {name}") from None

    def triggered_by(self, intent: str) -> Flow | None:
        """The flow an intent starts, if any."""
        return self.by_intent.get(intent)

    def dependents(self, name: str) -> frozenset[str]:
        """Slots that lose their value, directly or through others, when this one changes."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            changed = waiting.pop()
            for spec in self.slots.values():
                if changed in spec.depends_on and spec.name not in found:
                    found.add(spec.name)
                    waiting.append(spec.name)
        return frozenset(found)
