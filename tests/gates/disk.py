"""A disk that takes no more: the kernel refuses every write to a file, whoever opens it, as when nothing is left."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def that_takes_no_more() -> Iterator[None]:
    """While the block runs no file takes a byte; afterwards they do again. Logs must go to memory meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
