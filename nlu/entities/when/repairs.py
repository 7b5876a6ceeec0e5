"""People take back what they said: "Tuesday or, no, Wednesday", "the 3rd, I mean the 4th", "I work so Friday"."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.clauses import ENDS, ITEMS, LINKS, REACH, Gatherer
from nlu.entities.when.nodes import EachDay

WORDS_OF_REPAIR = 3
"""How many unknown words may stand between a word of repair and what it brings."""
WORDS_OF_CONSEQUENCE = 6
_NEGATIONS = frozenset(
    {Kind.NOT, Kind.NO, Kind.CANNOT, Kind.EXCEPT, Kind.DOUBT, Kind.HAPPENED, Kind.ANYTIME, Kind.ASAP}
)
_BEFORE_REPAIR = frozenset({Kind.COMMA, Kind.OR, Kind.BREAK, Kind.DASH, Kind.BUT, Kind.REPAIR, Kind.OTHER})
_ONE_AFTER = frozenset({Kind.NEXTONE, Kind.WEEK_U, Kind.DAY_U})
_MOST_WORDS_OF_DOUBT = 2


def corrects(atoms: Sequence[Atom], at: int, *, reach: int) -> bool:
    """Whether a word of repair or consequence brings a date or time that stands for what came before."""
    if at == 0:
        return False
    words = 0
    for place, atom in enumerate(atoms[at + 1 : at + 1 + REACH], start=at + 1):
        if atom.kind in ITEMS or (reach and names_one_after(atoms, place)):
            return True
        words += atom.kind is Kind.OTHER
        if words > reach or atom.kind in _NEGATIONS:
            return False
        if atom.kind in ENDS and (reach != WORDS_OF_REPAIR or words):
            return False
    return False


def take_back(state: Gatherer, at: int, *, keep_times: bool) -> None:
    """Let the items after `at` take the place of what is wanted so far."""
    kinds = _kinds_brought(state.atoms, at)
    state.used.append(state.atoms[at])
    state.take_back(date=Kind.DATE in kinds, time=Kind.TIME in kinds, keep_times=keep_times)


def _kinds_brought(atoms: Sequence[Atom], at: int) -> frozenset[Kind]:
    found: set[Kind] = set()
    for atom in atoms[at + 1 : at + 1 + REACH]:
        if atom.kind in ITEMS:
            found.add(atom.kind)
        elif atom.kind in _ONE_AFTER:
            found.add(Kind.DATE)
        elif found and atom.kind in ENDS and atom.kind is not Kind.COMMA:
            break
    return frozenset(found)


def is_repair(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a "no" set apart by commas corrects: "tuesday, no, wednesday", where "no wednesday" would rule out."""
    if at == 0 or at + 1 >= len(atoms) or atoms[at - 1].kind not in _BEFORE_REPAIR:
        return False
    return atoms[at + 1].kind in {Kind.COMMA, Kind.BREAK} and corrects(atoms, at + 1, reach=WORDS_OF_REPAIR)


def follows_question(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a refusal answers a date put as a question: "Monday? No good."."""
    return at > 1 and atoms[at - 1].kind is Kind.BREAK and atoms[at - 2].kind in ITEMS


def answers(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a sentence begins with "no" and one day: "The 3rd? No the 4th", where "No Fridays" would rule out."""
    following = atoms[at + 1] if at + 1 < len(atoms) else None
    if at == 0 or atoms[at - 1].kind is not Kind.BREAK or following is None or following.kind is not Kind.DATE:
        return False
    return not isinstance(following.node, EachDay)


def names_one_after(atoms: Sequence[Atom], at: int) -> bool:
    """Whether "the one after", or "the week after" with no date behind it, follows on a date said before."""
    if atoms[at].kind is Kind.NEXTONE:
        return True
    if atoms[at].kind not in _ONE_AFTER:
        return False
    following = [atom.kind for atom in atoms[at + 1 : at + 3]]
    return following[:1] == [Kind.AFTER] and following[1:] not in ([Kind.DATE], [Kind.TIME])


def is_either_way(atoms: Sequence[Atom], at: int) -> bool:
    """Whether nothing tells which of two days alike a "no" refuses: "Monday no Tuesday"."""
    before, after = atoms[at - 1], atoms[at + 1] if at + 1 < len(atoms) else None
    alike = after is not None and before.kind is after.kind is Kind.DATE
    return alike and after is not None and not isinstance(after.node, EachDay) and type(before.node) is type(after.node)


def denies(atoms: Sequence[Atom], at: int) -> bool:
    """Whether "no" directly after a date is the verb's, as in Spanish: "el martes no me da tiempo"."""
    if at == 0 or atoms[at - 1].kind not in ITEMS:
        return False
    for atom in atoms[at + 1 : at + 1 + REACH]:
        if atom.kind in ENDS:
            return True
        if atom.kind in ITEMS:
            return False
    return True


def doubts(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a word of doubt or an unread negation stands beside a date or time."""
    if atoms[at].kind is not Kind.DOUBT:
        return False
    return _meets_item(atoms[at + 1 : at + 1 + REACH]) or _meets_item(atoms[max(0, at - REACH) : at][::-1])


def _meets_item(atoms: Sequence[Atom]) -> bool:
    words = 0
    for atom in atoms:
        if atom.kind in ITEMS:
            return True
        words += atom.kind is Kind.OTHER
        if words > _MOST_WORDS_OF_DOUBT or (atom.kind in LINKS and atom.kind is not Kind.OTHER):
            return False
    return False
