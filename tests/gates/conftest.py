import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.content.release import Release
from tests.gates.clinic import demo_release


@pytest.fixture(scope="session")
def release() -> Release:
    return demo_release()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything logged, down to DEBUG; what was configured before is put back."""
    before, out = structlog.get_config(), io.StringIO()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    root, handler = logging.getLogger(), logging.StreamHandler(out)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        structlog.configure(**before)
