"""What machines ask: is the process up, can it serve, and its counters. Holds nothing of any patient."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from domain.errors import UnavailableError

READY_SECONDS = 2.0
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class MetricKind(StrEnum):
    """A counter only grows; a gauge is what it is now."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure; `labels` are (name, value) pairs from closed sets, never anything a person wrote."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A named figure with its samples. Raises ValueError for a name Prometheus does not take."""

    name: str
    help: str
    kind: MetricKind
    samples: tuple[Sample, ...]

    def __post_init__(self) -> None:
        """Refuse a wrong name where it is made."""
        for name in (self.name, *(label for sample in self.samples for label, _ in sample.labels)):
            if not _NAME.match(name):
                raise ValueError(f"metric or label name {name!r}: expected letters, digits and _")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """`waiting_for` names the parts that are not there yet (e.g. "database"); none when we can serve."""

    waiting_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The room with /healthz, /readyz and /metrics."""

    ready: Callable[[], Awaitable[Readiness]]
    metrics: Callable[[], Awaitable[Sequence[Metric]]]

    def register(self, app: web.Application) -> None:
        """Add the three routes."""
        app.router.add_get("/healthz", self._up)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)

    async def _up(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                waiting = (await self.ready()).waiting_for
        except (TimeoutError, UnavailableError):
            waiting = ("an answer",)
        return web.json_response({"ready": not waiting, "waiting_for": list(waiting)}, status=503 if waiting else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        text = exposition(await self.metrics())
        return web.Response(body=text.encode(), headers={"Content-Type": _EXPOSITION})


def exposition(metrics: Sequence[Metric]) -> str:
    """The figures in Prometheus' text format."""
    lines: list[str] = []
    for metric in metrics:
        lines.append(f"# HELP {metric.name} {_escaped(metric.help)}")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        for sample in metric.samples:
            labels = ",".join(f'{name}="{_escaped(value, quotes=True)}"' for name, value in sample.labels)
            lines.append(f"{metric.name}{{{labels}}} {sample.value!r}" if labels else _bare(metric, sample))
    return "".join(f"{line}\n" for line in lines)


def _bare(metric: Metric, sample: Sample) -> str:
    return f"{metric.name} {sample.value!r}"


def _escaped(text: str, *, quotes: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text
