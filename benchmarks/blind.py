"""Understanding on the words of writers who saw neither rules nor examples: intents, red flags and dates, in JSON.

    python benchmarks/blind.py [--half even|odd] [--languages en,es]

The sets are in tests/nlu/blind and are never edited. Even items (from 0) were looked at after the first measurement and
mended against; of the odd ones only nine false alarms were. `--half odd` is the figure to believe.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

# A neighbour is called like the package it measures, and a script's own folder is searched first.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import yaml

from bot.cli.when import shape
from bot.composition import engine_for_settings
from bot.content.release import load_release
from bot.settings import read_settings
from domain.intents import SAFETY_INTENTS
from domain.safety import SafetyRules, Urgency, screen
from domain.understanding import ParseContext
from nlu.engine import NluEngine
from nlu.entities.when import read_when

SETS = Path(__file__).parents[1] / "tests" / "nlu" / "blind"
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
_UNWELL = SAFETY_INTENTS | {"report_symptom", "report_side_effect"}
_BINS = 15

Item = Mapping[str, Any]


def items_of(language: str, name: str, half: str | None) -> Sequence[Item]:
    """One set, or half of it."""
    items: Sequence[Item] = yaml.safe_load((SETS / language / f"{name}.yml").read_text(encoding="utf-8"))
    return items if half is None else items[("even", "odd").index(half) :: 2]


def share(hits: Sequence[bool]) -> float:
    """The share that is true."""
    return round(sum(hits) / len(hits), 4)


def intents(engine: NluEngine, language: str, items: Sequence[Item]) -> Mapping[str, float]:
    """Right decisions, with and without right choices to ask; right first ranks and their calibration error."""
    acted, ranked, asked, sureness = [], [], [], []
    for item in items:
        wanted = {item["intent"], *item.get("also", ())}
        understood = engine.parse(str(item["text"]), context=ParseContext(language=language), now=NOW)
        acted.append(understood.top in wanted)
        ranked.append(understood.ranking[0].name in wanted)
        asked.append(acted[-1] or (understood.top is None and bool(wanted & set(understood.clarify))))
        sureness.append((understood.ranking[0].confidence, ranked[-1]))
    return {
        "messages": len(items),
        "right": share(acted),
        "right_or_rightly_asked": share(asked),
        "ranked_first": share(ranked),
        "calibration_error": calibration_error(sureness),
    }


def calibration_error(sureness: Sequence[tuple[float, bool]]) -> float:
    """How far sureness is from being right, over fifteen groups of equal size."""
    ordered, total = sorted(sureness), 0.0
    for place in range(_BINS):
        group = ordered[place * len(ordered) // _BINS : (place + 1) * len(ordered) // _BINS]
        if group:
            total += abs(sum(sure for sure, _ in group) - sum(right for _, right in group))
    return round(total / len(ordered), 4)


def red_flags(engine: NluEngine, rules: SafetyRules, language: str, half: str | None) -> Mapping[str, Any]:
    """Recall and false alarms of the rules alone, and of the rules with the engine's own alarms."""

    def model(item: Item) -> bool:
        understood = engine.parse(str(item["text"]), context=ParseContext(language=language), now=NOW)
        return understood.has(*SAFETY_INTENTS)

    catch, near = items_of(language, "safety_catch", half), items_of(language, "safety_pass", half)
    ordinary = [item for item in items_of(language, "messages", half) if item["intent"] not in _UNWELL]
    verdicts = [(item, screen(str(item["text"]), rules)) for item in catch]
    right = [
        verdict is not None and verdict.category.value in {item["category"], *item.get("alt", ())}
        for item, verdict in verdicts
    ]
    timely = [
        verdict is not None and (verdict.urgency is Urgency.NOW or item["urgency"] == "today")
        for item, verdict in verdicts
    ]
    by_rules = {
        name: [screen(str(item["text"]), rules) is not None for item in items]
        for name, items in {"recall": catch, "near_misses": near, "ordinary": ordinary}.items()
    }
    by_both = {
        name: [flagged or model(item) for item, flagged in zip(items, by_rules[name], strict=True)]
        for name, items in {"recall": catch, "near_misses": near, "ordinary": ordinary}.items()
    }
    return {
        "rules": {name: share(hits) for name, hits in by_rules.items()},
        "rules_right_category": share(right),
        "rules_urgent_enough": share(timely),
        "rules_and_engine": {name: share(hits) for name, hits in by_both.items()},
    }


def dates(language: str, items: Sequence[Item]) -> Mapping[str, float]:
    """Exactly right, and wrong without asking. A bare hour may end an hour later: the set ends it a minute later."""
    right, wrong = [], []
    for item in items:
        zone = ZoneInfo(item["tz"])
        moment = datetime.fromisoformat(str(item["reference"])).replace(tzinfo=zone)
        said = shape(read_when(str(item["text"]), reference=moment, zone=zone, language=language), zone)
        start, end = _written(item.get("start")), _written(item.get("end"))
        clock = start is not None and end is not None and end[:-2] == start[:-2] and start != end
        same_end = said["end"] == end or (clock and said["grain"] == "hour")
        right.append(said["status"] == item["status"] and said["start"] == start and same_end)
        wrong.append(not right[-1] and said["status"] == "ok")
    return {"phrases": len(items), "right": share(right), "wrong_without_asking": share(wrong)}


def _written(moment: object) -> str | None:
    return None if moment is None else datetime.fromisoformat(str(moment)).isoformat(timespec="minutes")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--languages", default="en,es")
    given = parser.parse_args()
    release = load_release()
    engine = engine_for_settings(release, read_settings())
    figures = {
        language: {
            "intents": intents(engine, language, items_of(language, "messages", given.half)),
            "red_flags": red_flags(engine, release.rules, language, given.half),
            "dates": dates(language, items_of(language, "dates", given.half)),
        }
        for language in given.languages.split(",")
    }
    print(json.dumps({"half": given.half or "both", **figures}, indent=2))


if __name__ == "__main__":
    main()
