"""Structured logs to standard error: event names in dotted lower case, ids and codes only, never patient text."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging(*, verbose: bool = False, colour: bool | None = None) -> None:
    """Set the process's logging up once; people at a terminal get lines to read, machines get JSON."""
    level = logging.INFO if verbose else logging.WARNING
    terminal = sys.stderr.isatty() if colour is None else colour
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(levelname)s", force=True)
