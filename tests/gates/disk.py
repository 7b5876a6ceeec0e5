"""A disk that takes no more: the kernel refuses every write beyond a file size, whoever opens the file anew."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

NO_NEW_PAGES = 40_000
"""Room for the log's index (32 KiB), not for what accepting one delivery writes."""


@contextmanager
def that_takes_no_more(limit: int = NO_NEW_PAGES) -> Iterator[None]:
    """While the block runs, no file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
