"""Measurements patients send: "bp 150 over 95", "peso 82 kg". Units that were not given are not invented."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.understanding import Entity
from nlu.entities.phrases import alternatives, compiled, value_of
from nlu.words import LanguageWords

_FIGURE = r"\d{1,3}(?:[.,]\d{1,2})?"
_FILLING = r"[^\d,.;!?]{0,18}?"
_SYSTOLIC, _DIASTOLIC = range(60, 281), range(30, 181)
_UNIT_KIND = {
    "mmHg": "blood_pressure",
    "mg/dL": "glucose",
    "mmol/L": "glucose",
    "kg": "weight",
    "lb": "weight",
    "°C": "temperature",
    "°F": "temperature",
    "bpm": "pulse",
}


def read_readings(text: str, *, words: LanguageWords, expected: bool) -> Iterator[Entity]:
    """reading_kind, reading_value and unit entities, in that order for each measurement."""
    taken: list[tuple[int, int]] = []
    for found in _pressures(text, words):
        taken.append(found.span())
        yield from _pressure_entities(found)
    for found in (*_named_figures(text, words), *_figures_with_unit(text, words)):
        if not any(start < found.end("value") and found.start("value") < end for start, end in taken):
            taken.append(found.span("value"))
            yield from _figure_entities(found, words)
    if expected and not taken:
        for found in compiled(rf"(?<![\w.,/:])(?P<value>{_FIGURE})(?![\w/:])").finditer(text):
            yield _value(found)


def _pressures(text: str, words: LanguageWords) -> Iterator[re.Match[str]]:
    kind = alternatives(words.readings["blood_pressure"])
    unit = alternatives(words.units["mmHg"])
    pattern = compiled(
        rf"(?:(?<!\w)(?P<kind>{kind})(?!\w){_FILLING})?(?<![\d.,/])(?P<high>\d{{2,3}})"
        rf"(?P<between>\s*/\s*|\s+{alternatives(words.over)}\s+|\s+|\s*-\s*)(?P<low>\d{{2,3}})(?![\d/:])"
        rf"(?:\s*(?P<unit>{unit})(?!\w))?"
    )
    for found in pattern.finditer(text):
        high, low = int(found["high"]), int(found["low"])
        named = found["kind"] is not None
        joined = bool(found["between"].strip(" -"))
        if high in _SYSTOLIC and low in _DIASTOLIC and low < high and (named or joined):
            yield found


def _pressure_entities(found: re.Match[str]) -> Iterator[Entity]:
    start, end = found.span("kind") if found["kind"] is not None else found.span("high")
    yield Entity(name="reading_kind", value="blood_pressure", text=found.string[start:end], start=start, end=end)
    written = found.string[found.start("high") : found.end("low")]
    yield Entity(
        name="reading_value",
        value=f"{int(found['high'])}/{int(found['low'])}",
        text=written,
        start=found.start("high"),
        end=found.end("low"),
    )
    if found["unit"] is not None:
        yield Entity(name="unit", value="mmHg", text=found["unit"], start=found.start("unit"), end=found.end("unit"))


def _named_figures(text: str, words: LanguageWords) -> Iterator[re.Match[str]]:
    names = alternatives(name for kind, group in words.readings.items() for name in group if kind != "blood_pressure")
    units = alternatives(unit for group in words.units.values() for unit in group)
    return compiled(
        rf"(?<!\w)(?P<kind>{names})(?!\w){_FILLING}(?<![\d.,/])(?P<value>{_FIGURE})(?![\d/:])"
        rf"(?!\s*(?:am|pm|a\.m|p\.m|mg\b|days?\b|hours?\b|weeks?\b|dias?\b|días?\b|horas?\b|semanas?\b))"
        rf"(?:\s*(?P<unit>{units})(?!\w))?"
    ).finditer(text)


def _figures_with_unit(text: str, words: LanguageWords) -> Iterator[re.Match[str]]:
    """A figure whose unit of two letters or more tells the kind: "82 kg", "98 bpm"."""
    units = alternatives(
        unit for name, group in words.units.items() if name in _UNIT_KIND for unit in group if len(unit) > 1
    )
    return compiled(rf"(?P<kind>)(?<![\w.,/])(?P<value>{_FIGURE})\s*(?P<unit>{units})(?!\w)").finditer(text)


def _figure_entities(found: re.Match[str], words: LanguageWords) -> Iterator[Entity]:
    unit = value_of(found["unit"], words.units) if found["unit"] else None
    kind = value_of(found["kind"], words.readings) or _UNIT_KIND.get(unit or "")
    if kind is not None:
        start, end = found.span("kind") if found["kind"] else found.span("value")
        yield Entity(name="reading_kind", value=kind, text=found.string[start:end], start=start, end=end)
    yield _value(found)
    if unit is not None:
        yield Entity(name="unit", value=unit, text=found["unit"], start=found.start("unit"), end=found.end("unit"))


def _value(found: re.Match[str]) -> Entity:
    start, end = found.span("value")
    written = found["value"]
    return Entity(name="reading_value", value=written.replace(",", "."), text=written, start=start, end=end)
