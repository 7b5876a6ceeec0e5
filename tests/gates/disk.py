"""A disk that takes no more: the kernel refuses every write beyond a file size, whoever opens the file anew."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def that_takes_no_more(home: Path) -> Iterator[None]:
    """While the block runs, the database's log cannot grow; afterwards it can again."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (home / "data" / "wellspoken.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
