"""What is gathered from a message: dates with their times, wanted or refused, and how open the wish is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.joining import (
    enclosed,
    in_place_of,
    joined_dates,
    neighbours,
    refined,
    shared_period,
    with_period_of,
)
from nlu.entities.when.nodes import (
    AnyDay,
    ClockRange,
    DateNode,
    DayOffset,
    EachDay,
    Part,
    Shifted,
    TimeNode,
    Unit,
    Weekday,
    Which,
)
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
    doubtful: bool
    """Whether a word of doubt stands beside what is wanted."""
    unjoined: bool
    """Whether no word says how the days wanted belong together."""
    start: int
    end: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing about time was said."""
        return not (self.wanted or self.refused or self.any_time or self.as_soon_as_possible)


class Link(StrEnum):
    """What stood between the last item and this one."""

    NOTHING = "nothing"
    COMMA = "comma"
    AND = "and"
    OR = "or"
    WORDS = "words"
    BREAK = "break"


LINKS = {
    Kind.COMMA: Link.COMMA,
    Kind.DASH: Link.COMMA,
    Kind.AND: Link.AND,
    Kind.OR: Link.OR,
    Kind.BREAK: Link.BREAK,
    Kind.BUT: Link.BREAK,
    Kind.RATHER: Link.BREAK,
    Kind.SO: Link.BREAK,
    Kind.REPAIR: Link.BREAK,
    Kind.OTHER: Link.WORDS,
    Kind.GONE: Link.WORDS,
    Kind.APPOS: Link.WORDS,
    Kind.REASON: Link.WORDS,
    Kind.HAPPENED: Link.WORDS,
    Kind.PLACE: Link.WORDS,
    Kind.FREE: Link.WORDS,
    Kind.DOUBT: Link.WORDS,
    Kind.DESDE: Link.WORDS,
    Kind.WAS: Link.WORDS,
    Kind.TAKING: Link.WORDS,
}
LISTING = frozenset({Link.AND, Link.OR, Link.COMMA})
APART = frozenset({Link.WORDS, Link.BREAK})
ENDS = frozenset(
    {Kind.BREAK, Kind.BUT, Kind.COMMA, Kind.DASH, Kind.REASON, Kind.APPOS, Kind.SO, Kind.RATHER, Kind.REPAIR}
)
ITEMS = frozenset({Kind.DATE, Kind.TIME})
REACH = 12
"""How many atoms away a word may act; keeps odd, endless messages cheap."""


@dataclass(slots=True)
class Draft:
    """The clause being gathered. Times said first are shared by the dates after them, and the other way round."""

    dates: list[DateNode] = field(default_factory=list)
    times: list[TimeNode] = field(default_factory=list)
    order: str = ""
    link: Link = Link.BREAK
    """What stood before its first item."""

    def closed(self) -> Clause:
        """The clause as it stands."""
        return Clause(dates=tuple(self.dates), times=tuple(self.times))


@dataclass(slots=True)
class Gatherer:
    """One walk over the atoms."""

    atoms: Sequence[Atom]
    wanted: list[Clause] = field(default_factory=list)
    refused: list[Clause] = field(default_factory=list)
    draft: Draft = field(default_factory=Draft)
    refusing: bool = False
    link: Link = Link.BREAK
    any_time: bool = False
    soon: bool = False
    doubtful: bool = False
    unjoined: bool = False
    named: DateNode | None = None
    """The date said last, wanted or refused."""
    corrected: DateNode | None = None
    """The date that the next one takes the place of."""
    used: list[Atom] = field(default_factory=list)

    def close(self) -> None:
        """End the clause at hand."""
        if not self.draft.order:
            return
        clause, link = self.draft.closed(), self.draft.link
        self.draft = Draft()
        if self.refusing:
            if len(self.refused) < MOST_CLAUSES:
                self.refused.append(clause)
        elif clause.dates:
            self._want(clause, link)
        else:
            self._want_times(clause, link)

    def _want(self, clause: Clause, link: Link) -> None:
        before = self.wanted[-1] if self.wanted else None
        if before is not None and link is not Link.OR and len(before.dates) == 1 == len(clause.dates):
            one = refined(before.dates[0], clause.dates[0])
            if one is not None and not (before.times and clause.times and link in LISTING):
                self.wanted[-1] = Clause(dates=(one,), times=clause.times or before.times)
                return
        if before is not None and link is Link.WORDS and _tells_of_today(before):
            self.wanted.pop()
        elif before is not None and before.dates and link in APART:
            self.unjoined = True
        if len(self.wanted) < MOST_CLAUSES:
            self.wanted.append(clause)

    def _want_times(self, clause: Clause, link: Link) -> None:
        """Times without a date belong to the dates wanted before them, or to a day refused at another time."""
        dates: tuple[DateNode, ...] = ()
        if self.wanted:
            dates = self.wanted[-1].dates
            if not self.wanted[-1].times:
                self.wanted.pop()
        elif self.refused and self.refused[-1].times and link is not Link.BREAK:
            dates = self.refused[-1].dates
            if any(isinstance(node, (AnyDay, EachDay)) for node in dates):
                dates = ()
        if len(self.wanted) < MOST_CLAUSES:
            self.wanted.append(Clause(dates=dates, times=clause.times))

    def turn(self, *, refusing: bool) -> None:
        """Go over to what is refused, or back."""
        self.close()
        self.refusing = refusing

    def add_date(self, node: DateNode) -> None:
        """Join a date to the clause at hand, or begin the next."""
        draft = self.draft
        if self.corrected is not None:
            node = in_place_of(self.corrected, node)
            self.corrected = None
        elif isinstance(node, Weekday) and node.which is Which.OTHER and self._is_named(node.day):
            node = Shifted(base=self.named or node, count=1, unit=Unit.WEEK)
        self.named = node
        if draft.dates and self.link in {Link.NOTHING, Link.COMMA}:
            both = joined_dates(draft.dates[-1], node, apart=self.link is Link.COMMA)
            if both is not None:
                draft.dates = [shared_period(one, node) for one in draft.dates[:-1]] + [both]
                return
        if draft.dates and self.link is Link.AND and (pair := neighbours(draft.dates[-1], node)):
            draft.dates[-1] = pair
            return
        if draft.dates and self.link is not Link.OR and (span := enclosed(draft.dates[-1], node)):
            draft.dates[-1] = span
            return
        if draft.dates and self.link in LISTING:
            node = with_period_of(draft.dates[-1], node)
        said_apart = draft.order.endswith("t") and self.link is Link.OR
        times_follow = draft.order.startswith("d") and draft.order.endswith("t")
        if times_follow or said_apart or (draft.dates and self.link in APART) or len(draft.dates) >= MOST_CLAUSES:
            self.close()
        self._begin()
        self.draft.dates.append(node)
        self.draft.order += "d"

    def add_time(self, node: TimeNode) -> None:
        """Join a time to the clause at hand, or begin the next."""
        draft = self.draft
        if draft.times and self.link is not Link.OR:
            one = merged(draft.times[-1], node) if self.link is not Link.BREAK or _is_open(node) else None
            if one is not None:
                draft.times[-1] = one
                return
        dates_follow = draft.order.startswith("t") and draft.order.endswith("d")
        if (
            dates_follow
            or (draft.dates and not draft.times and self.link is Link.OR)
            or len(draft.times) >= MOST_CLAUSES
        ):
            self.close()
        self._begin()
        self.draft.times.append(node)
        self.draft.order += "t"

    def _is_named(self, day: int) -> bool:
        return isinstance(self.named, Weekday) and self.named.day == day

    def _begin(self) -> None:
        if not self.draft.order:
            self.draft.link = self.link

    def take_back(self, *, date: bool, time: bool, keep_times: bool) -> None:
        """Drop what was wanted so far for the date or time that now comes; the other half stays."""
        self.turn(refusing=False)
        self.link = Link.NOTHING
        if not self.wanted:
            return
        last = self.wanted[-1]
        if date:
            self.wanted.clear()
            self.corrected = last.dates[-1] if last.dates and keep_times else None
            kept = last.times if keep_times else tuple(one for one in last.times if isinstance(one, Part))
            if not time and (keep_times or not last.dates):
                self.draft = Draft(times=list(kept), order="t" if kept else "")
        else:
            self.wanted.pop()
            self.draft = Draft(dates=list(last.dates), order="d" if last.dates else "")


def _is_open(node: TimeNode) -> bool:
    return isinstance(node, ClockRange) and (node.start is None or node.end is None)


def _tells_of_today(clause: Clause) -> bool:
    """Whether today was said as how things are, where a day to come follows: "no pain today, a checkup next week"."""
    return not clause.times and clause.dates == (DayOffset(days=0),)
