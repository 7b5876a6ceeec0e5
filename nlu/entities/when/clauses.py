"""From reduced atoms to what was asked for: dates with their times, what was ruled out, and how open the wish is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.build_dates import is_date
from nlu.entities.when.joining import enclosed, joined_dates, shared_period, with_period_of
from nlu.entities.when.nodes import AnyDay, Clock, ClockRange, DateNode, EachDay, Part, TimeNode
from nlu.entities.when.parts import merged

MOST_CLAUSES = 24
"""A message with more alternatives than this is no wish; the rest is left unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Dates that share times of day; either may be missing."""

    dates: tuple[DateNode, ...]
    times: tuple[TimeNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a message asks for. `start` and `end` are offsets of the words used."""

    wanted: tuple[Clause, ...]
    refused: tuple[Clause, ...]
    any_time: bool
    as_soon_as_possible: bool
    start: int
    end: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing about time was said."""
        return not (self.wanted or self.refused or self.any_time or self.as_soon_as_possible)


class _Link(StrEnum):
    """What stood between the last item and this one."""

    NOTHING = "nothing"
    COMMA = "comma"
    AND = "and"
    OR = "or"
    WORDS = "words"
    BREAK = "break"


_LINKS = {
    Kind.COMMA: _Link.COMMA,
    Kind.DASH: _Link.COMMA,
    Kind.AND: _Link.AND,
    Kind.OR: _Link.OR,
    Kind.BREAK: _Link.BREAK,
    Kind.BUT: _Link.BREAK,
    Kind.OTHER: _Link.WORDS,
    Kind.GONE: _Link.WORDS,
}
_LISTING = frozenset({_Link.AND, _Link.OR, _Link.COMMA})
_APART = frozenset({_Link.WORDS, _Link.BREAK})
_ENDS = frozenset({Kind.BREAK, Kind.BUT, Kind.COMMA, Kind.DASH})
_ITEMS = frozenset({Kind.DATE, Kind.TIME})
_REACH = 12
"""How many atoms away a word may act; keeps odd, endless messages cheap."""


@dataclass(slots=True)
class _Draft:
    """The clause being gathered. Times said first are shared by the dates after them, and the other way round."""

    dates: list[DateNode] = field(default_factory=list)
    times: list[TimeNode] = field(default_factory=list)
    order: str = ""

    def closed(self) -> Clause:
        return Clause(dates=tuple(self.dates), times=tuple(self.times))


@dataclass(slots=True)
class _Gatherer:
    """One walk over the atoms."""

    atoms: Sequence[Atom]
    wanted: list[Clause] = field(default_factory=list)
    refused: list[Clause] = field(default_factory=list)
    draft: _Draft = field(default_factory=_Draft)
    refusing: bool = False
    link: _Link = _Link.BREAK
    any_time: bool = False
    soon: bool = False
    used: list[Atom] = field(default_factory=list)

    def close(self) -> None:
        """End the clause at hand; a time without a date belongs to the dates before it, if there were any."""
        if not self.draft.order:
            return
        clause = self.draft.closed()
        if not clause.dates and not self.refusing and self.wanted and self.wanted[-1].times:
            clause = Clause(dates=self.wanted[-1].dates, times=clause.times)
        target = self.refused if self.refusing else self.wanted
        if len(target) < MOST_CLAUSES:
            target.append(clause)
        self.draft = _Draft()

    def turn(self, *, refusing: bool) -> None:
        """Go over to what is refused, or back."""
        self.close()
        self.refusing = refusing

    def add_date(self, node: DateNode) -> None:
        """Join a date to the clause at hand, or begin the next."""
        draft = self.draft
        if draft.dates and self.link in {_Link.NOTHING, _Link.COMMA}:
            both = joined_dates(draft.dates[-1], node, apart=self.link is _Link.COMMA)
            if both is not None:
                draft.dates = [shared_period(one, node) for one in draft.dates[:-1]] + [both]
                return
        if draft.dates and self.link is not _Link.OR and (span := enclosed(draft.dates[-1], node)):
            draft.dates[-1] = span
            return
        if draft.dates and self.link in _LISTING:
            node = with_period_of(draft.dates[-1], node)
        said_apart = draft.order.endswith("t") and self.link is _Link.OR
        times_follow = draft.order.startswith("d") and draft.order.endswith("t")
        if times_follow or said_apart or (draft.dates and self.link in _APART) or len(draft.dates) >= MOST_CLAUSES:
            self.close()
        self.draft.dates.append(node)
        self.draft.order += "d"

    def add_time(self, node: TimeNode) -> None:
        """Join a time to the clause at hand, or begin the next."""
        draft = self.draft
        if draft.times and self.link is not _Link.OR:
            one = merged(draft.times[-1], node) if self.link is not _Link.BREAK or _is_open(node) else None
            if one is not None:
                draft.times[-1] = one
                return
        dates_follow = draft.order.startswith("t") and draft.order.endswith("d")
        if (
            dates_follow
            or (draft.dates and not draft.times and self.link is _Link.OR)
            or len(draft.times) >= MOST_CLAUSES
        ):
            self.close()
        self.draft.times.append(node)
        self.draft.order += "t"


def gather(atoms: Sequence[Atom]) -> Request:
    """Read the reduced atoms of a message from left to right."""
    state = _Gatherer(atoms=atoms)
    for at, atom in enumerate(atoms):
        match atom.kind:
            case Kind.DATE | Kind.TIME:
                _item(state, at)
            case Kind.EXCEPT | Kind.NOT | Kind.NO | Kind.CANNOT | Kind.NOT_POST:
                _refusal(state, at)
            case Kind.BUT if _follows_anything(state, at) and _refuses_what_follows(atoms, at):
                state.any_time = True
                state.used.append(atom)
                state.turn(refusing=True)
            case Kind.ANYTIME | Kind.ASAP:
                state.any_time |= atom.kind is Kind.ANYTIME
                state.soon |= atom.kind is Kind.ASAP
                state.used.append(atom)
                if state.refusing:
                    state.turn(refusing=False)
            case Kind.INSTEAD:
                _keep_last(state)
            case Kind.MOVE if _names_goal(state, at):
                state.wanted.clear()
                state.draft = _Draft()
            case _:
                _between(state, at)
    state.close()
    return Request(
        wanted=tuple(state.wanted),
        refused=tuple(state.refused),
        any_time=state.any_time,
        as_soon_as_possible=state.soon,
        start=min((atom.start for atom in state.used), default=0),
        end=max((atom.end for atom in state.used), default=0),
    )


def _item(state: _Gatherer, at: int) -> None:
    atom = state.atoms[at]
    state.used.append(atom)
    match atom.node:
        case Clock() | Part() | ClockRange() as time:
            state.add_time(time)
        case node if is_date(node):
            if state.refusing and state.draft.order and isinstance(node, AnyDay):
                state.turn(refusing=False)
            state.add_date(node)
        case _:
            raise AssertionError("a date or time atom without its meaning")
    state.link = _Link.NOTHING


def _between(state: _Gatherer, at: int) -> None:
    """Joints, stops and other words; they may end what is being refused."""
    kind = state.atoms[at].kind
    link = _LINKS.get(kind)
    if link is None:
        return
    if state.link not in _APART or link is _Link.BREAK:
        state.link = link
    if state.refusing and state.draft.order and _ends_refusal(state, at):
        state.turn(refusing=False)
        state.link = _Link.BREAK
    elif not state.refusing and link is _Link.BREAK and kind is not Kind.BUT:
        state.link = _Link.BREAK


def _ends_refusal(state: _Gatherer, at: int) -> bool:
    match state.atoms[at].kind:
        case Kind.BREAK | Kind.BUT | Kind.OTHER:
            return True
        case Kind.COMMA:
            return not _list_goes_on(state.atoms, at)
        case _:
            return False


def _list_goes_on(atoms: Sequence[Atom], comma: int) -> bool:
    """Whether the items after a comma end in "or ..." / "and ...", as in "not Monday, Tuesday or Friday"."""
    expecting_item = True
    for atom in atoms[comma + 1 :]:
        if atom.kind in _ITEMS:
            expecting_item = False
        elif atom.kind in {Kind.OR, Kind.AND}:
            return True
        elif atom.kind is not Kind.COMMA or expecting_item:
            return False
    return False


def _follows_anything(state: _Gatherer, at: int) -> bool:
    """Whether a "but" comes right after "anything", "any day", and so means "except"."""
    if at == 0:
        return False
    before = state.atoms[at - 1]
    return before.kind in {Kind.ANYTIME, Kind.ANYTHING} or isinstance(before.node, (AnyDay, EachDay))


def _refusal(state: _Gatherer, at: int) -> None:
    kind = state.atoms[at].kind
    forward = _refuses_what_follows(state.atoms, at)
    state.any_time |= forward and kind is Kind.EXCEPT and _follows_anything(state, at)
    backward = state.draft.order and not state.refusing and _follows_item(state.atoms, at)
    match kind:
        case Kind.NO if forward and _is_correction(state.atoms, at):
            return
        case Kind.NOT_POST:
            forward = False
        case Kind.EXCEPT | Kind.NOT:
            backward = False
        case _:
            backward = backward and _ends_there(state.atoms, at)
    if forward:
        state.used.append(state.atoms[at])
        state.turn(refusing=True)
        state.link = _Link.BREAK
    elif backward:
        state.used.append(state.atoms[at])
        clause, state.draft = state.draft.closed(), _Draft()
        state.refused.append(clause)
        state.link = _Link.BREAK


def _refuses_what_follows(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a date or time comes directly after, past words such as "make it"."""
    for atom in atoms[at + 1 : at + 1 + _REACH]:
        if atom.kind in _ITEMS:
            return True
        if atom.kind in _LINKS:
            return False
    return False


def _follows_item(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a date or time stands before, at most a word away ("Monday I can't")."""
    words = 0
    for atom in reversed(atoms[max(0, at - _REACH) : at]):
        if atom.kind in _ITEMS:
            return True
        words += atom.kind is Kind.OTHER
        if words > 1 or (atom.kind in _LINKS and atom.kind is not Kind.OTHER):
            return False
    return False


def _ends_there(atoms: Sequence[Atom], at: int) -> bool:
    """Whether nothing but words such as "make it" follow before a stop, as in "Monday I can't make it"."""
    for atom in atoms[at + 1 : at + 1 + _REACH]:
        if atom.kind in _ENDS:
            return True
        if atom.kind not in {Kind.ATTEND, Kind.QUIET}:
            return False
    return True


def _is_correction(atoms: Sequence[Atom], at: int) -> bool:
    """A message that begins "no tuesday" corrects; "no mornings", "no Fridays" rule out."""
    if at > 0:
        return False
    following = next(atom for atom in atoms[at + 1 : at + 1 + _REACH] if atom.kind in _ITEMS)
    return not isinstance(following.node, (EachDay, Part, ClockRange))


def _keep_last(state: _Gatherer) -> None:
    """After a date said to be instead, what was named before is what it replaces."""
    if state.draft.order and not state.refusing:
        state.wanted.clear()


def _names_goal(state: _Gatherer, at: int) -> bool:
    """Whether "to" and a date or time follow a word of moving; what was named before is then what is moved."""
    following = state.atoms[at + 1 : at + 1 + _REACH]
    return not state.refusing and any(
        first.kind is Kind.TO and second.kind in _ITEMS for first, second in pairwise(following)
    )


def _is_open(node: TimeNode) -> bool:
    return isinstance(node, ClockRange) and (node.start is None or node.end is None)
