"""The alphabet of the grammar: a message becomes a row of atoms, each of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from nlu.entities.when.nodes import Node


class Kind(StrEnum):
    """What an atom is to the grammar. Lexicons and rules use these names."""

    # things with a value
    WEEKDAY = "WEEKDAY"
    WEEKDAYS = "WEEKDAYS"
    WORKDAY = "WORKDAY"
    WEEKEND = "WEEKEND"
    WEEKENDS = "WEEKENDS"
    MONTH = "MONTH"
    WEAKMONTH = "WEAKMONTH"
    DAY = "DAY"
    DAYPART = "DAYPART"
    PART = "PART"
    HOURPART = "HOURPART"
    NOON = "NOON"
    HOLIDAY = "HOLIDAY"
    SPAN = "SPAN"
    SHIFT = "SHIFT"
    PORTION = "PORTION"
    MERIDIEM = "MERIDIEM"
    # numbers
    NUM = "NUM"
    NUMW = "NUMW"
    NUM4 = "NUM4"
    BIG = "BIG"
    YEAR = "YEAR"
    ORD = "ORD"
    ORDW = "ORDW"
    FEW = "FEW"
    A = "A"
    CLOCK = "CLOCK"
    DOTTED = "DOTTED"
    SLASH = "SLASH"
    FULL = "FULL"
    # units
    MINUTE_U = "MINUTE_U"
    HOUR_U = "HOUR_U"
    DAY_U = "DAY_U"
    WEEK_U = "WEEK_U"
    MONTH_U = "MONTH_U"
    YEAR_U = "YEAR_U"
    # parts of clock times
    HALF = "HALF"
    QUARTER = "QUARTER"
    PAST = "PAST"
    OCLOCK = "OCLOCK"
    HOURMARK = "HOURMARK"
    ISH = "ISH"
    ABOUT = "ABOUT"
    # relations
    NEXT = "NEXT"
    THIS = "THIS"
    COMING = "COMING"
    LAST = "LAST"
    ANY = "ANY"
    EVERY = "EVERY"
    AFTER = "AFTER"
    BEFORE = "BEFORE"
    FROM = "FROM"
    UNTIL = "UNTIL"
    TO = "TO"
    BETWEEN = "BETWEEN"
    WITHIN = "WITHIN"
    SINCE = "SINCE"
    AGO = "AGO"
    FROMNOW = "FROMNOW"
    FOR = "FOR"
    IN = "IN"
    ON = "ON"
    AT = "AT"
    OF = "OF"
    THE = "THE"
    THES = "THES"
    ONWARDS = "ONWARDS"
    OR_EARLIER = "OR_EARLIER"
    MOVE = "MOVE"
    # joining, choosing, refusing
    AND = "AND"
    OR = "OR"
    BUT = "BUT"
    COMMA = "COMMA"
    DASH = "DASH"
    BREAK = "BREAK"
    EXCEPT = "EXCEPT"
    NOT = "NOT"
    NO = "NO"
    CANNOT = "CANNOT"
    NOT_POST = "NOT_POST"
    ATTEND = "ATTEND"
    INSTEAD = "INSTEAD"
    ANYTIME = "ANYTIME"
    ANYTHING = "ANYTHING"
    BORN = "BORN"
    ASAP = "ASAP"
    # taking back, giving reasons, telling
    REPAIR = "REPAIR"
    RATHER = "RATHER"
    SO = "SO"
    REASON = "REASON"
    APPOS = "APPOS"
    NEXTONE = "NEXTONE"
    DESDE = "DESDE"
    HAPPENED = "HAPPENED"
    WAS = "WAS"
    TAKING = "TAKING"
    PLACE = "PLACE"
    FREE = "FREE"
    DOUBT = "DOUBT"
    # results and the rest
    DATE = "DATE"
    TIME = "TIME"
    GONE = "GONE"
    QUIET = "QUIET"
    OTHER = "OTHER"


SYMBOLS: Mapping[Kind, str] = MappingProxyType({kind: chr(0xE000 + place) for place, kind in enumerate(Kind)})
"""One private character a kind, so that grammar rules are regular expressions over kinds."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One piece of the message. `number` and `name` are its value; `node` the meaning, once a rule built one."""

    kind: Kind
    start: int
    end: int
    number: int = 0
    name: str = ""
    node: Node | None = None
