"""The working copy of a conversation while a turn is taken: the few moves every part of the engine is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from domain.appointment import TimeSlot
from domain.dialogue.condition import Facts
from domain.dialogue.conversation import Conversation, Frame, Option, Prompt
from domain.dialogue.events import Event, FlowCancelled, FlowStarted, SlotCorrected, SlotFilled
from domain.dialogue.flow import END, Flow, FlowSet
from domain.dialogue.reply import Choice, Named, NameKind, Reply, ReplyValue
from domain.dialogue.slot import SlotSpec, SlotType, SlotValue
from domain.dialogue.turn import ActionRequest, Setting, Turn
from domain.when import When

_NAMES: Mapping[SlotType, NameKind] = {
    SlotType.VISIT_TYPE: NameKind.VISIT_TYPE,
    SlotType.PROVIDER: NameKind.PROVIDER,
    SlotType.SITE: NameKind.SITE,
    SlotType.SPECIALTY: NameKind.SPECIALTY,
    SlotType.MEDICINE: NameKind.MEDICINE,
    SlotType.TEST_NAME: NameKind.TEST,
    SlotType.INSURER: NameKind.INSURER,
    SlotType.TOPIC: NameKind.TOPIC,
    SlotType.LANGUAGE: NameKind.LANGUAGE,
}


@dataclass(slots=True, kw_only=True)
class Run:
    """Mutable on purpose and never shared: made at the start of a turn, frozen into a Turn at its end."""

    setting: Setting
    conversation: Conversation
    frames: list[Frame]
    facts: dict[str, str | int | bool]
    prompt: Prompt | None
    replies: list[Reply] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    request: ActionRequest | None = None
    answered: Prompt | None = None
    """The question this turn's message answered."""
    surfaced: bool = False
    """Something interrupted came back up this turn: its question is asked again."""

    @classmethod
    def of(cls, conversation: Conversation, setting: Setting, facts: Facts | None = None) -> Run:
        """A working copy, without what belongs to flows and slots the release no longer has."""
        known = setting.flows
        frames = [frame for frame in conversation.frames if frame.flow in known.flows]
        parked = tuple(frame for frame in conversation.parked if frame.flow in known.flows)
        prompt = conversation.prompt
        if prompt is not None and (prompt.slot not in known.slots or frames[-1:] != list(conversation.frames[-1:])):
            prompt = None
        gone = [frame for frame in (*conversation.frames, *conversation.parked) if frame.flow not in known.flows]
        return cls(
            setting=setting,
            conversation=replace(conversation, parked=parked),
            frames=frames,
            facts={**setting.facts, **(facts or {})},
            prompt=prompt,
            events=[FlowCancelled(flow=frame.flow) for frame in gone],
        )

    @property
    def flows(self) -> FlowSet:
        """The release's flows."""
        return self.setting.flows

    @property
    def top(self) -> Frame | None:
        """The frame being talked about."""
        return self.frames[-1] if self.frames else None

    @property
    def top_flow(self) -> Flow | None:
        """Its flow."""
        return self.flows.flow(self.frames[-1].flow) if self.frames else None

    def asked(self) -> SlotSpec | None:
        """The slot the open question is about."""
        return self.flows.slot(self.prompt.slot) if self.prompt else None

    def frozen(self) -> Turn:
        """The turn as a value."""
        conversation = replace(self.conversation, frames=tuple(self.frames), prompt=self.prompt)
        return Turn(
            conversation=conversation,
            replies=tuple(self.replies),
            events=tuple(self.events),
            request=self.request,
            facts=dict(self.facts),
        )

    def change(self, **fields: object) -> None:
        """Change fields of the conversation that are not on the stack."""
        self.conversation = replace(self.conversation, **fields)  # type: ignore[arg-type]  # names are checked by replace

    def emit(self, event: Event) -> None:
        """Note what happened."""
        self.events.append(event)

    def say(self, key: str, values: Mapping[str, ReplyValue] | None = None, *, safety: bool = False) -> None:
        """Say something, with the top frame's slots for its placeholders."""
        self.replies.append(Reply(key=key, values={**self.values(), **(values or {})}, safety=safety))

    def values(self) -> dict[str, ReplyValue]:
        """The top frame's slots as values a response can show."""
        if not self.frames:
            return {}
        return {
            name: shown(self.flows.slots.get(name), value)
            for name, value in self.frames[-1].slots.items()
            if not isinstance(value, bool)
        }

    def set_top(self, frame: Frame) -> None:
        """Replace the top frame."""
        self.frames[-1] = frame

    def push(self, flow_id: str, slots: Mapping[str, SlotValue] | None = None, *, calls_back: bool = False) -> None:
        """Start a flow on top; what lies beneath is interrupted and its question withdrawn."""
        flow = self.flows.flow(flow_id)
        if self.frames and not calls_back:
            self.set_top(replace(self.frames[-1], interrupted=True))
        self.prompt = None
        self.frames.append(Frame(flow=flow.id, step=flow.steps[0].id, slots=dict(slots or {}), calls_back=calls_back))
        self.emit(FlowStarted(flow=flow.id))

    def fill(self, name: str, value: SlotValue) -> None:
        """Fill a slot of the top frame; where its step was already passed, go back there and drop what hung on it."""
        frame = self.frames[-1]
        old = frame.slots.get(name)
        if old == value and type(old) is type(value):
            return
        dropped = tuple(sorted(slot for slot in self.flows.dependents(name) if slot in frame.slots))
        for slot in dropped:
            frame = frame.with_slot(slot, None)
        self.set_top(self._rewound(frame.with_slot(name, value), name))
        self.emit(SlotFilled(slot=name) if old is None else SlotCorrected(slot=name, dropped=dropped))

    def _rewound(self, frame: Frame, name: str) -> Frame:
        flow = self.flows.flow(frame.flow)
        target = flow.rewinds_to(name, at=frame.step, visited=frame.visited)
        if target is None or flow.place(target) >= flow.place(frame.step):
            return frame
        self.prompt = None
        visited = tuple(step for step in frame.visited if flow.place(step) < flow.place(target))
        return replace(frame, step=target, visited=visited)

    def show(self, offers: tuple[tuple[SlotValue, ReplyValue], ...]) -> None:
        """Remember choices for the top frame's next question that wants one."""
        options = tuple(Option(payload="", value=value, label=label) for value, label in offers)
        if self.frames:
            self.set_top(replace(self.frames[-1], shown=options, shown_for=""))

    def ask(self, *, slot: str, key: str, options: tuple[Option, ...], attempt: int) -> None:
        """Ask a question and wait; the options get payloads bound to this very question."""
        prompt_id = self.setting.new_id()
        bound = tuple(replace(item, payload=f"/c:{prompt_id}:{n}") for n, item in enumerate(options))
        self.prompt = Prompt(id=prompt_id, slot=slot, attempt=attempt, options=bound, asked_at=self.setting.now)
        choices = tuple(Choice(payload=item.payload, label=item.label) for item in bound)
        contact = self.flows.slot(slot).type is SlotType.CONTACT
        self.replies.append(Reply(key=key, values=self.values(), choices=choices, ask_contact=contact))

    def end_step(self, target: str) -> None:
        """Move the top frame on."""
        frame = self.frames[-1]
        self.set_top(replace(frame, step=target if target != END else END))


def shown(spec: SlotSpec | None, value: SlotValue) -> ReplyValue:
    """A slot's value as something a response can show."""
    if spec is not None and isinstance(value, str) and spec.type in _NAMES:
        return Named(kind=_NAMES[spec.type], id=value)
    match value:
        case str() | int() | When() | TimeSlot() | datetime() | date():
            return value
