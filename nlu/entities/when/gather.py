"""From reduced atoms to what was asked for: dates with their times, what was ruled out, and how open the wish is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.build_dates import is_date
from nlu.entities.when.clauses import APART, ENDS, ITEMS, LINKS, REACH, Draft, Gatherer, Link, Request
from nlu.entities.when.nodes import AnyDay, Clock, ClockRange, EachDay, MonthSpan, Part, Shifted, Unit
from nlu.entities.when.repairs import (
    WORDS_OF_CONSEQUENCE,
    WORDS_OF_REPAIR,
    answers,
    corrects,
    denies,
    doubts,
    follows_question,
    is_either_way,
    is_repair,
    names_one_after,
    take_back,
)

_CONTRASTS = frozenset({(Kind.COMMA, Kind.DATE), (Kind.BREAK, Kind.DATE)})


def gather(atoms: Sequence[Atom]) -> Request:
    """Read the reduced atoms of a message from left to right."""
    state = Gatherer(atoms=atoms)
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
            case Kind.INSTEAD | Kind.REPAIR | Kind.SO:
                _replacement(state, at)
            case Kind.NEXTONE | Kind.WEEK_U | Kind.DAY_U if state.named is not None and names_one_after(atoms, at):
                _one_after(state, at)
            case Kind.MOVE if _names_goal(state, at):
                state.wanted.clear()
                state.draft = Draft()
            case _:
                _between(state, at)
    state.close()
    return Request(
        wanted=tuple(state.wanted),
        refused=tuple(state.refused),
        any_time=state.any_time,
        as_soon_as_possible=state.soon,
        doubtful=state.doubtful or any(doubts(atoms, at) for at in range(len(atoms))),
        unjoined=state.unjoined,
        start=min((atom.start for atom in state.used), default=0),
        end=max((atom.end for atom in state.used), default=0),
    )


def _replacement(state: Gatherer, at: int) -> None:
    """A word that puts what follows in the place of what was said, or, of INSTEAD, what was said last."""
    match state.atoms[at].kind:
        case Kind.INSTEAD if not (state.draft.order and corrects(state.atoms, at, reach=0)):
            _keep_last(state)
        case Kind.INSTEAD:
            take_back(state, at, keep_times=True)
        case Kind.REPAIR if corrects(state.atoms, at, reach=WORDS_OF_REPAIR):
            take_back(state, at, keep_times=True)
        case Kind.SO if corrects(state.atoms, at, reach=WORDS_OF_CONSEQUENCE):
            take_back(state, at, keep_times=False)
        case _:
            _between(state, at)


def _item(state: Gatherer, at: int) -> None:
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
    state.link = Link.NOTHING


def _one_after(state: Gatherer, at: int) -> None:
    """In "not next week, the one after": a week on from the date said last, a month on from a month."""
    if state.named is None:
        raise AssertionError("one after a date that was not said")
    unit = Unit.MONTH if isinstance(state.named, MonthSpan) else Unit.WEEK
    if state.atoms[at].kind is Kind.DAY_U:
        unit = Unit.DAY
    if state.refusing:
        state.turn(refusing=False)
        state.link = Link.BREAK
    state.used.append(state.atoms[at])
    state.add_date(Shifted(base=state.named, count=1, unit=unit))
    state.link = Link.NOTHING


def _between(state: Gatherer, at: int) -> None:
    """Joints, stops and other words; they may end what is being refused."""
    kind = state.atoms[at].kind
    link = LINKS.get(kind)
    if link is None:
        return
    if link is Link.BREAK or link is Link.OR or (state.link not in APART and state.link is not Link.OR):
        state.link = link
    if state.refusing and state.draft.order and _ends_refusal(state, at):
        state.turn(refusing=False)
        state.link = link
    elif not state.refusing and link is Link.BREAK and kind is not Kind.BUT:
        state.link = Link.BREAK


def _ends_refusal(state: Gatherer, at: int) -> bool:
    match state.atoms[at].kind:
        case Kind.COMMA:
            return not _list_goes_on(state.atoms, at)
        case kind:
            return LINKS[kind] in APART


def _list_goes_on(atoms: Sequence[Atom], comma: int) -> bool:
    """Whether the items after a comma end in "or ..." / "and ...", as in "not Monday, Tuesday or Friday"."""
    expecting_item = True
    for atom in atoms[comma + 1 :]:
        if atom.kind in ITEMS:
            expecting_item = False
        elif atom.kind in {Kind.OR, Kind.AND}:
            return True
        elif atom.kind is not Kind.COMMA or expecting_item:
            return False
    return False


def _follows_anything(state: Gatherer, at: int) -> bool:
    """Whether a "but" comes right after "anything", "any day", and so means "except"."""
    if at == 0:
        return False
    before = state.atoms[at - 1]
    return before.kind in {Kind.ANYTIME, Kind.ANYTHING} or isinstance(before.node, (AnyDay, EachDay))


def _refusal(state: Gatherer, at: int) -> None:
    kind = state.atoms[at].kind
    forward = _refuses_what_follows(state.atoms, at)
    state.any_time |= forward and kind is Kind.EXCEPT and _follows_anything(state, at)
    backward = bool(state.draft.order) and not state.refusing and _follows_item(state.atoms, at)
    if kind is Kind.NOT_POST and state.draft.order and not state.refusing:
        backward = backward or follows_question(state.atoms, at)
    if kind is Kind.NO and (is_repair(state.atoms, at) or (forward and state.draft.dates and answers(state.atoms, at))):
        take_back(state, at, keep_times=True)
        return
    if kind is Kind.NO and forward and backward and is_either_way(state.atoms, at):
        state.doubtful = True
        state.link = Link.OR
        return
    match kind:
        case Kind.NO if forward and _is_correction(state.atoms, at):
            return
        case Kind.NOT_POST:
            forward = False
        case Kind.EXCEPT | Kind.NOT:
            backward = False
        case Kind.NO if not forward:
            backward = backward and (_ends_there(state.atoms, at) or denies(state.atoms, at))
        case _:
            backward = backward and _ends_there(state.atoms, at)
    if forward:
        state.used.append(state.atoms[at])
        state.turn(refusing=True)
        state.link = Link.BREAK
    elif backward:
        state.used.append(state.atoms[at])
        clause, state.draft = state.draft.closed(), Draft()
        state.refused.append(clause)
        state.link = Link.NOTHING


def _refuses_what_follows(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a date or time comes directly after, past words such as "make it"."""
    for atom in atoms[at + 1 : at + 1 + REACH]:
        if atom.kind in ITEMS:
            return True
        if atom.kind in LINKS:
            return False
    return False


def _follows_item(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a date or time stands before, at most a word away ("Monday I can't")."""
    words = 0
    for atom in reversed(atoms[max(0, at - REACH) : at]):
        if atom.kind in ITEMS:
            return True
        words += atom.kind is Kind.OTHER
        if words > 1 or (atom.kind in LINKS and atom.kind is not Kind.OTHER):
            return False
    return False


def _ends_there(atoms: Sequence[Atom], at: int) -> bool:
    """Whether nothing but words such as "make it" follow before a stop, as in "Monday I can't make it"."""
    for atom in atoms[at + 1 : at + 1 + REACH]:
        if atom.kind in ENDS:
            return True
        if atom.kind not in {Kind.ATTEND, Kind.QUIET}:
            return False
    return True


def _is_correction(atoms: Sequence[Atom], at: int) -> bool:
    """A message that begins "no tuesday" corrects; "no mornings", "no Fridays" rule out."""
    if at > 0 or _is_contrasted(atoms):
        return False
    following = next(atom for atom in atoms[at + 1 : at + 1 + REACH] if atom.kind in ITEMS)
    return not isinstance(following.node, (EachDay, Part, ClockRange))


def _is_contrasted(atoms: Sequence[Atom]) -> bool:
    """Whether another date is set against the first: "no este martes sino el otro"."""
    kinds = [atom.kind for atom in atoms[: 2 * REACH]]
    if Kind.RATHER in kinds or Kind.NEXTONE in kinds:
        return True
    first = kinds.index(Kind.DATE) if Kind.DATE in kinds else len(kinds)
    return any(pair in _CONTRASTS for pair in pairwise(kinds[first + 1 :]))


def _keep_last(state: Gatherer) -> None:
    """After a date said to be instead, what was named before is what it replaces."""
    if state.draft.order and not state.refusing:
        state.wanted.clear()


def _names_goal(state: Gatherer, at: int) -> bool:
    """Whether "to" and a date or time follow a word of moving; what was named before is then what is moved."""
    following = state.atoms[at + 1 : at + 1 + REACH]
    return not state.refusing and any(
        first.kind is Kind.TO and second.kind in ITEMS for first, second in pairwise(following)
    )
