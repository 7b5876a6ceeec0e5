"""The safety screen: deterministic rules over the raw text of every message, in every enabled language.

It answers in its own terms (category and urgency), runs before anything else, and nothing may cancel its verdict.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


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
class NumberRange:
    """Numbers from `low` to `high`, both included; a `reading` must not be followed by a unit that makes it none."""

    low: float
    high: float
    reading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Symbols in the order they must appear; `gaps[i]` is the most that may lie between symbols i and i + 1.

    What lies between is counted in words: a filler counts nothing, a line break one, the end of a sentence two. A gap
    of 0 lets not even a filler through.
    `needs` has the bit of every symbol, so that a message lacking one is passed over at once.
    """

    symbols: tuple[int, ...]
    gaps: tuple[int, ...]
    needs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """What raises one red flag: any of its patterns. A rule that is not `negatable` is deaf to "no" and "not"."""

    id: str
    category: SafetyCategory
    urgency: Urgency
    negatable: bool
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """How the words of one language become the numbered symbols that patterns are made of.

    `words`, `prefixes` and `phrases` (by first word) give symbols; `spellings` maps a variant to its word; `near` maps
    a word with one letter left out to the `guessed` words it may come from; `squeezed` maps a word without doubled
    letters to it; `kept` are words of everyday language that must not be taken for a misspelt one.
    """

    words: Mapping[str, tuple[int, ...]]
    prefixes: Mapping[str, tuple[int, ...]]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]
    numbers: tuple[tuple[NumberRange, int], ...]
    spellings: Mapping[str, str]
    near: Mapping[str, tuple[str, ...]]
    squeezed: Mapping[str, str]
    guessed: frozenset[str]
    kept: frozenset[str]
    fillers: frozenset[str]
    not_readings: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """One language's rules, most severe first, and the context they are read in.

    `masks` are everyday uses of dangerous words ("chest x-ray"): what they cover takes no part in any rule.
    `negation` opens a stretch of denied words that lasts while each is a `carried` one (a symptom, "any", "or").
    """

    language: str
    lexicon: Lexicon
    masks: tuple[Pattern, ...]
    negation: int
    carried: int
    alternative: int
    rules: tuple[SafetyRule, ...]


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
    found = [verdict for language in rules.languages if (verdict := _screen_language(folded, language)) is not None]
    return min(found, key=severity, default=None)


Span = tuple[int, int]
Spans = Mapping[int, Sequence[Span]]

_REACH = 8  # fillers cost nothing, so this bounds how many of them a gap may hold
_LONGEST_DENIAL = 30  # words; keeps "no no no ..." from costing more than its length
_SENTENCE_ENDS = frozenset(".!?;")
_FREE = frozenset(",:")
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_LOOKALIKES = str.maketrans("аеорсхуіѕкмтнвԁјɡαορτιν", "aeopcxyiskmthbdjgaoptiv")
_HIDDEN = re.compile(r"[^\S\n]+|[\x00-\x09\x0b-\x1f\x7f]")
_APOSTROPHE = re.compile(r"(?<=\w)['`\u00b4\u02b9\u02bc\u2018\u2019\u201b\u2032\uff07](?=\w)")
_SPELT_OUT = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*]{1,3}){2,}[^\W\d_](?![^\W_])")
_TOKEN = re.compile(r"\d+[.,]\d+|[@$]?[^\W_](?:[\w@$!*]*[^\W_])?|[.,!?;:/%\n]|[^\w\s\x00-\x7f\u00a1\u00bf]")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_RUN = re.compile(r"([^\W\d_])\1+")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")


def fold(text: str) -> str:
    """Lower case without accents, hidden characters or apostrophes inside words; line breaks stay."""
    if not text.isascii():
        plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
        text = "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})
    lines = text.casefold().replace("\r", "\n")
    return _APOSTROPHE.sub("", _HIDDEN.sub(lambda found: " " if found[0].isspace() else "", lines))


def squeeze(word: str) -> str:
    """The word with every doubled letter written once."""
    return _RUN.sub(r"\1", word)


def shortened(word: str) -> set[str]:
    """The word with one letter left out, but not the first, which is nearly always right in a misspelt word."""
    return {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def _screen_language(folded: str, rules: LanguageRules) -> SafetyVerdict | None:
    tokens = _tokens(folded, rules.lexicon)
    every = _spans(tokens, rules.lexicon)
    costs = _costs(tokens, rules.lexicon.fillers)
    masked = _masked(rules.masks, every, costs)
    spans = _without(every, lambda span: masked.isdisjoint(range(*span)))
    negated = _negated(tokens, spans, rules)
    affirmed = _without(spans, lambda span: span[0] not in negated)
    bits = {True: sum(1 << symbol for symbol in affirmed), False: sum(1 << symbol for symbol in spans)}
    for rule in rules.rules:
        seen, present = (affirmed if rule.negatable else spans), bits[rule.negatable]
        for pattern in rule.patterns:
            if pattern.needs & present == pattern.needs and _places(pattern, seen, costs):
                return SafetyVerdict(
                    category=rule.category, urgency=rule.urgency, rule=rule.id, language=rules.language
                )
    return None


def _tokens(folded: str, lexicon: Lexicon) -> list[str]:
    """Words in their canonical spelling, numbers, and the marks that end something; all else is dropped."""

    def join(found: re.Match[str]) -> str:
        letters = "".join(char for char in found[0] if char.isalpha())
        words = [letters] if _known(letters, lexicon) else _split(letters, lexicon)
        return " ".join(words) if words else found[0]

    tokens: list[str] = []
    for raw in _TOKEN.findall(_SPELT_OUT.sub(join, folded)):
        if raw == "t" and tokens and tokens[-1].endswith("n"):
            tokens.append(_canonical(tokens.pop() + raw, lexicon)[0])
        else:
            tokens.extend(_canonical(raw, lexicon))
    return tokens


def _known(word: str, lexicon: Lexicon) -> str | None:
    word = lexicon.spellings.get(word, word)
    return word if word in lexicon.words or word in lexicon.kept or _prefix(word, lexicon) else None


def _prefix(word: str, lexicon: Lexicon) -> tuple[int, ...]:
    for end in range(min(len(word), 14), 2, -1):
        if symbols := lexicon.prefixes.get(word[:end]):
            return symbols
    return ()


def _canonical(raw: str, lexicon: Lexicon) -> list[str]:
    """What a written word stands for: itself, its right spelling, or the pieces it is made of."""
    if (known := _known(raw, lexicon)) is not None:
        return [known]
    if raw.endswith("s") and raw[:-1] in lexicon.words:  # "mom's" has lost its apostrophe by now
        return [raw[:-1]]
    plain = raw
    if not (raw.isascii() and raw.isalpha()):
        if _number(raw) is not None or len(raw) == 1:
            return [raw]
        plain = raw.translate(_LEET).translate(_LOOKALIKES)
        if (known := _known(plain, lexicon)) is not None:
            return [known]
        pieces = _PIECE.findall(raw)
        if len(pieces) > 1 and "*" not in raw:
            return [word for piece in pieces for word in _canonical(piece, lexicon)]
        plain = plain.replace("*", "")
        if (known := _known(plain, lexicon)) is not None:
            return [known]
    if _LONG_RUN.search(plain):
        plain = squeeze(plain)
        if plain in lexicon.squeezed:
            return [lexicon.squeezed[plain]]
    return [near] if (near := _nearest(plain, lexicon)) else _split(plain, lexicon) or [raw]


def _nearest(word: str, lexicon: Lexicon) -> str | None:
    """The one word at most one letter (left out, put in, changed or swapped with its neighbour) away from this."""
    if not 4 <= len(word) <= 20:
        return None
    for term in lexicon.near.get(word, ()):
        return term
    for shorter in shortened(word):
        for term in lexicon.near.get(shorter, ()):
            if term == shorter or (len(term) == len(word) and _one_apart(word, term)):
                return term
    return None


def _one_apart(one: str, other: str) -> bool:
    differ = [at for at in range(len(one)) if one[at] != other[at]]
    if len(differ) == 2:
        left, right = differ
        return right == left + 1 and one[left] == other[right] and one[right] == other[left]
    return len(differ) == 1


def _split(letters: str, lexicon: Lexicon) -> list[str]:
    """Known words run together ("chestpain"), one of them telling; nothing when the letters do not divide so."""
    if not 6 <= len(letters) <= 40:
        return []
    best: list[list[str] | None] = [[], *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 14), end):
            before, word = best[start], letters[start:end]
            if before is None or not (word in lexicon.fillers or (len(word) >= 3 and word in lexicon.words)):
                continue
            current = best[end]
            if current is None or len(before) + 1 < len(current):
                best[end] = [*before, word]
    return found if (found := best[-1]) and not lexicon.guessed.isdisjoint(found) else []


def _number(token: str) -> float | None:
    if not token[0].isdigit():
        return None
    whole, _, rest = token.replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))):
        return None
    return float(whole + rest) if len(rest) == 3 else float(f"{whole}.{rest or 0}")


def _spans(tokens: Sequence[str], lexicon: Lexicon) -> dict[int, list[Span]]:
    """Where each symbol stands, by its end."""
    spans: dict[int, list[Span]] = {}
    for at, token in enumerate(tokens):
        for symbol in lexicon.words.get(token) or _prefix(token, lexicon):
            spans.setdefault(symbol, []).append((at, at + 1))
        for rest, symbol in lexicon.phrases.get(token, ()):
            if tuple(tokens[at + 1 : at + 1 + len(rest)]) == rest:
                spans.setdefault(symbol, []).append((at, at + 1 + len(rest)))
        if (number := _number(token)) is not None:
            bare = at + 1 == len(tokens) or tokens[at + 1] not in lexicon.not_readings
            for span, symbol in lexicon.numbers:
                if span.low <= number <= span.high and (bare or not span.reading):
                    spans.setdefault(symbol, []).append((at, at + 1))
    for places in spans.values():
        places.sort(key=lambda place: place[1])
    return spans


def _costs(tokens: Sequence[str], fillers: frozenset[str]) -> list[int]:
    """What it costs to pass over the first n tokens, for every n."""
    costs, before = [0], ""
    for word in tokens:
        if word in _SENTENCE_ENDS:
            cost = 0 if before in _SENTENCE_ENDS else 2
        elif word == "\n":
            cost = 0 if before in _SENTENCE_ENDS or before == "\n" else 1
        else:
            cost = 0 if word in fillers or word in _FREE else 1
        costs.append(costs[-1] + cost)
        before = word
    return costs


@dataclass(frozen=True, slots=True)
class _Place:
    """One symbol of a pattern where it was found, and the place of the symbol before it."""

    span: Span
    before: _Place | None


def _places(pattern: Pattern, spans: Spans, costs: Sequence[int]) -> list[_Place]:
    """Every place the pattern can end. The nearest earlier symbol is the cheapest, so only that one is tried."""
    reached = [_Place(span, None) for span in spans.get(pattern.symbols[0], ())]
    for symbol, gap in zip(pattern.symbols[1:], pattern.gaps, strict=True):
        ends = [place.span[1] for place in reached]
        following: list[_Place] = []
        for span in spans.get(symbol, ()):
            nearest = bisect_right(ends, span[0]) - 1
            if nearest < 0:
                continue
            end = ends[nearest]
            if costs[span[0]] - costs[end] <= gap and span[0] - end <= (gap + _REACH if gap else 0):
                following.append(_Place(span, reached[nearest]))
        reached = following
    return reached


def _masked(masks: Sequence[Pattern], spans: Spans, costs: Sequence[int]) -> set[int]:
    positions: set[int] = set()
    present = sum(1 << symbol for symbol in spans)
    for mask in masks:
        if mask.needs & present != mask.needs:
            continue
        for found in _places(mask, spans, costs):
            place: _Place | None = found
            while place is not None:
                positions.update(range(*place.span))
                place = place.before
    return positions


def _negated(tokens: Sequence[str], spans: Spans, rules: LanguageRules) -> set[int]:
    """Words a negation denies. A comma ends its reach, unless "or" follows: "no fever, cough or chest pain"."""
    carried = {at for span in spans.get(rules.carried, ()) for at in range(*span)}
    alternatives = {start for start, _ in spans.get(rules.alternative, ())}
    positions: set[int] = set()
    for _, end in spans.get(rules.negation, ()):
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


def _without(spans: Spans, keep: Callable[[Span], bool]) -> Spans:
    kept = {symbol: [span for span in places if keep(span)] for symbol, places in spans.items()}
    return {symbol: places for symbol, places in kept.items() if places}
