"""The safety screen: deterministic rules over the raw text of every message, in every enabled language.

It answers in its own terms (category and urgency), runs before anything else, and nothing may cancel its verdict.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from operator import itemgetter

from domain.safety_words import Lexicon, fold, known_prefix, number, read_words, words_in


class SafetyCategory(StrEnum):
    """What kind of danger."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    SAFEGUARDING = "safeguarding"


class Urgency(StrEnum):
    """now: call emergency services and page; today: a nurse today, with a clock."""

    NOW = "now"
    TODAY = "today"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyVerdict:
    """A red flag: its category, urgency, and the id and language of the rule that raised it."""

    category: SafetyCategory
    urgency: Urgency
    rule: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Symbols in the order they must appear; `gaps[i]` is the most that may lie between symbols i and i + 1.

    What lies between is counted in words: a filler counts nothing, a line break one, the end of a sentence two, a
    number three. A gap of 0 lets not even a filler through.
    `needs` has the bit of every symbol, so that a message lacking one is passed over at once.
    """

    symbols: tuple[int, ...]
    gaps: tuple[int, ...]
    needs: int


# Each pattern, and the number of what it belongs to, under the rarest of its symbols: few need a look at each message.
PatternIndex = Mapping[int, Sequence[tuple[int, Pattern]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """What raises one red flag: any of its patterns. A rule that is not `negatable` is deaf to "no" and "not".

    `source` names the published triage guidance the flag is taken from.
    """

    id: str
    category: SafetyCategory
    urgency: Urgency
    negatable: bool
    source: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What makes a sentence talk about a danger rather than report one: history, teaching, fiction, paperwork.

    A sentence where a pattern stands, and none of `unless`, takes no part in any rule up to where the language's
    `present` shows a danger that is happening.
    """

    name: str
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """One language's rules, most severe first, and the context they are read in.

    `flags` are the patterns of `rules`, each with the number of its rule.
    `masks` are everyday uses of dangerous words ("chest x-ray"): what they cover takes no part in any rule.
    `negation` opens a stretch of denied words that lasts while each is a `carried` one (a symptom, "any", "or").
    `evidence` are function words only this language has, `foreign` those of the other languages enabled. In a message
    with foreign ones only, `shared` words belong to the other language and no misspelling is guessed.
    """

    language: str
    lexicon: Lexicon
    evidence: frozenset[str]
    foreign: frozenset[str]
    shared: frozenset[str]
    masks: PatternIndex
    framings: tuple[Framing, ...]
    present: tuple[Pattern, ...]
    negation: int
    carried: int
    alternative: int
    rules: tuple[SafetyRule, ...]
    flags: PatternIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRules:
    """The rules of every enabled language; all of them read every message."""

    languages: tuple[LanguageRules, ...]


# A life at risk now comes before a nurse today. Self-harm leads because its text names both the crisis line and the
# emergency number; a body in danger comes before abuse, whose quieter way would cost it minutes.
SEVERITY: tuple[tuple[Urgency, SafetyCategory], ...] = tuple(
    (urgency, category)
    for urgency in (Urgency.NOW, Urgency.TODAY)
    for category in (SafetyCategory.SELF_HARM, SafetyCategory.EMERGENCY, SafetyCategory.SAFEGUARDING)
)


def severity(flag: SafetyRule | SafetyVerdict) -> int:
    """Rank of a rule or verdict, 0 the most severe."""
    return SEVERITY.index((flag.urgency, flag.category))


def screen(text: str, rules: SafetyRules) -> SafetyVerdict | None:
    """The most severe red flag any enabled language's rules find in `text`, or None. Never raises, whatever the text.

    Several waiting texts are screened as one by joining them with line breaks.
    """
    folded = fold(text)
    words = words_in(folded)
    found = [verdict for language in rules.languages if (verdict := _screen_language(folded, words, language))]
    return min(found, key=severity, default=None)


Span = tuple[int, int]
Spans = Mapping[int, Sequence[Span]]

_SENTENCE_ENDS = frozenset(".!?;")
_BREAKS = _SENTENCE_ENDS | {"\n"}
_FREE = frozenset(",:")
_REACH = 8  # fillers cost nothing, so this bounds how many of them a gap may hold
_TELLING = 2  # function words of another language that make a message its own
_NUMBER = 3  # words a number counts for, so that no measurement is read past another
_LONGEST_DENIAL = 30  # words; keeps "no no no ..." from costing more than its length


def _screen_language(folded: str, words: frozenset[str], rules: LanguageRules) -> SafetyVerdict | None:
    elsewhere = rules.evidence.isdisjoint(words) and len(rules.foreign & words) >= _TELLING
    tokens = read_words(folded, rules.lexicon, guess=not elsewhere)
    spans = _spans(tokens, rules.lexicon, rules.shared if elsewhere else frozenset())
    every = _Visible(spans, _bits(spans))
    costs = _costs(tokens, rules.lexicon.fillers)
    silent = _masked(rules.masks, every, costs) | _framed(tokens, every, costs, rules)
    spoken = _Visible(spans, every.bits, silent)
    affirmed = _Visible(spans, every.bits, silent, _negated(tokens, spoken, rules))
    for owner, pattern in sorted(_possible(rules.flags, every), key=itemgetter(0)):
        rule = rules.rules[owner]
        if _places(pattern, affirmed if rule.negatable else spoken, costs):
            return SafetyVerdict(category=rule.category, urgency=rule.urgency, rule=rule.id, language=rules.language)
    return None


class _Visible:
    """Where symbols stand, without the places a hidden word takes part in or a denied one begins.

    Places are filtered only for the symbols asked for: most messages need few.
    """

    __slots__ = ("_denied", "_hidden", "_shown", "bits", "spans")

    def __init__(
        self, spans: Spans, bits: int, hidden: AbstractSet[int] = frozenset(), denied: AbstractSet[int] = frozenset()
    ) -> None:
        """`bits` has that of every symbol in `spans`; `hidden` and `denied` are positions of words."""
        self.spans = spans
        self.bits = bits
        self._hidden = hidden
        self._denied = denied
        self._shown: dict[int, Sequence[Span]] = {}

    def places(self, symbol: int) -> Sequence[Span]:
        """The places of one symbol, by their end."""
        if not self._hidden and not self._denied:
            return self.spans.get(symbol, ())
        if symbol not in self._shown:
            places = self.spans.get(symbol, ())
            self._shown[symbol] = [
                span for span in places if span[0] not in self._denied and self._hidden.isdisjoint(range(*span))
            ]
        return self._shown[symbol]


def _bits(spans: Spans) -> int:
    marks = bytearray(max(spans, default=0) // 8 + 1)
    for symbol in spans:
        marks[symbol >> 3] |= 1 << (symbol & 7)
    return int.from_bytes(marks, "little")


def _spans(tokens: Sequence[str], lexicon: Lexicon, unread: frozenset[str]) -> dict[int, list[Span]]:
    """Where each symbol stands, by its end."""
    spans: dict[int, list[Span]] = {}
    for at, token in enumerate(tokens):
        if token in unread:
            continue
        for symbol in lexicon.words.get(token) or known_prefix(token, lexicon):
            spans.setdefault(symbol, []).append((at, at + 1))
        for rest, symbol in lexicon.phrases.get(token, ()):
            if tuple(tokens[at + 1 : at + 1 + len(rest)]) == rest:
                spans.setdefault(symbol, []).append((at, at + 1 + len(rest)))
        for symbol in _measured(tokens, at, lexicon):
            spans.setdefault(symbol, []).append((at, at + 1))
    for sentence in _sentences(tokens):
        for bounds, at in zip((lexicon.starts, lexicon.ends), sentence, strict=True):
            for symbol in bounds:
                spans.setdefault(symbol, []).append((at, at))
    for places in spans.values():
        if len(places) > 1:
            places.sort(key=lambda place: place[1])
    return spans


def _measured(tokens: Sequence[str], at: int, lexicon: Lexicon) -> list[int]:
    """The symbols of the ranges a number lies in; one followed by a unit of something else is no reading."""
    if (value := number(tokens[at])) is None:
        return []
    bare = at + 1 == len(tokens) or tokens[at + 1] not in lexicon.not_readings
    return [symbol for span, symbol in lexicon.numbers if span.low <= value <= span.high and (bare or not span.reading)]


def _sentences(tokens: Sequence[str]) -> list[Span]:
    """Where each sentence or line begins and ends, the mark that ends it left out."""
    marks = [at for at, token in enumerate(tokens) if token in _BREAKS]
    spans = pairwise([-1, *marks, len(tokens)])
    return [(before + 1, after) for before, after in spans if after > before + 1]


def _costs(tokens: Sequence[str], fillers: frozenset[str]) -> list[int]:
    """What it costs to pass over the first n tokens, for every n."""
    costs, before = [0], ""
    for word in tokens:
        if word in _SENTENCE_ENDS:
            cost = 0 if before in _SENTENCE_ENDS else 2
        elif word == "\n":
            cost = 0 if before in _SENTENCE_ENDS or before == "\n" else 1
        else:
            cost = 0 if word in fillers or word in _FREE else _NUMBER if word[0].isdigit() and len(word) > 1 else 1
        costs.append(costs[-1] + cost)
        before = word
    return costs


@dataclass(frozen=True, slots=True)
class _Place:
    """One symbol of a pattern where it was found, and the place of the symbol before it."""

    span: Span
    before: _Place | None

    def start(self) -> int:
        """Where the first symbol of the pattern stands."""
        place = self
        while place.before is not None:
            place = place.before
        return place.span[0]


def _places(pattern: Pattern, spans: _Visible, costs: Sequence[int]) -> list[_Place]:
    """Every place the pattern can end. The nearest earlier symbol is the cheapest, so only that one is tried."""
    reached = [_Place(span, None) for span in spans.places(pattern.symbols[0])]
    for symbol, gap in zip(pattern.symbols[1:], pattern.gaps, strict=True):
        ends = [place.span[1] for place in reached]
        following: list[_Place] = []
        for span in spans.places(symbol):
            nearest = bisect_right(ends, span[0]) - 1
            if nearest < 0:
                continue
            end = ends[nearest]
            if costs[span[0]] - costs[end] <= gap and span[0] - end <= (gap + _REACH if gap else 0):
                following.append(_Place(span, reached[nearest]))
        reached = following
    return reached


def _masked(masks: PatternIndex, spans: _Visible, costs: Sequence[int]) -> set[int]:
    positions: set[int] = set()
    for _, pattern in _possible(masks, spans):
        for found in _places(pattern, spans, costs):
            place: _Place | None = found
            while place is not None:
                positions.update(range(*place.span))
                place = place.before
    return positions


def _possible(index: PatternIndex, spans: _Visible) -> Iterator[tuple[int, Pattern]]:
    """The patterns none of whose symbols is missing, each with its number."""
    lacking = ~spans.bits
    for symbol in spans.spans:
        for owner, pattern in index.get(symbol, ()):
            if not pattern.needs & lacking:
                yield owner, pattern


def _found(patterns: Sequence[Pattern], spans: _Visible, costs: Sequence[int]) -> Iterator[_Place]:
    lacking = ~spans.bits
    for pattern in patterns:
        if not pattern.needs & lacking:
            yield from _places(pattern, spans, costs)


def _framed(tokens: Sequence[str], spans: _Visible, costs: Sequence[int], rules: LanguageRules) -> set[int]:
    """Words of sentences that only talk about a danger, up to where the sentence reports one."""
    sentences = _sentences(tokens)
    starts = [start for start, _ in sentences]
    framed: set[int] = set()
    for framing in rules.framings:
        if within := _within(framing.patterns, spans, costs, starts):
            framed.update(within.keys() - _within(framing.unless, spans, costs, starts).keys())
    if not framed:
        return set()
    present = _within(rules.present, spans, costs, starts)
    return {at for number in framed for at in range(starts[number], present.get(number, sentences[number][1]))}


def _within(
    patterns: Sequence[Pattern], spans: _Visible, costs: Sequence[int], starts: Sequence[int]
) -> dict[int, int]:
    """The sentences one of the patterns stands in, by number, and where the first one begins."""
    first: dict[int, int] = {}
    for place in _found(patterns, spans, costs):
        start = place.start()
        sentence = bisect_right(starts, start) - 1
        if sentence == bisect_right(starts, place.span[0]) - 1:
            first[sentence] = min(start, first.get(sentence, start))
    return first


def _negated(tokens: Sequence[str], spans: _Visible, rules: LanguageRules) -> set[int]:
    """Words a negation denies. A comma ends its reach, unless "or" follows: "no fever, cough or chest pain"."""
    carried = {at for span in spans.places(rules.carried) for at in range(*span)}
    alternatives = {start for start, _ in spans.places(rules.alternative)}
    positions: set[int] = set()
    for _, end in spans.places(rules.negation):
        at, sure, listed = end, True, set[int]()
        while at < min(len(tokens), end + _LONGEST_DENIAL) and (
            at in carried or at in alternatives or tokens[at] == ","
        ):
            sure = (sure and tokens[at] != ",") or at in alternatives
            listed.add(at)
            if sure:
                positions |= listed
                listed = set()
            at += 1
    return positions
