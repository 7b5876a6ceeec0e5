"""What the collections work with: one connection in one transaction, the means to seal and find, and the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Row
from sqlalchemy.sql.dml import UpdateBase

from domain.codec import Codec, CodecError
from domain.ids import SubjectId
from storage.crypto.blind_index import BlindIndex
from storage.crypto.cells import Cells, Column
from storage.crypto.keyring import Keyring
from storage.errors import StoredFormError

Values = dict[str, Any]
"""Bound values by column name: what SQLAlchemy takes."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """Keys, cells and blind indexes of one deployment."""

    keyring: Keyring
    cells: Cells
    index: BlindIndex

    def seal(self, form: SealedForm, row_id: str, subject: SubjectId, value: object) -> bytes:
        """The cell for a domain value."""
        text = form.codec.dumps(value)
        return self.cells.seal(form.column, row_id, subject, text.encode("utf-8", "surrogatepass"))

    def unseal(self, form: SealedForm, row_id: str, subject: str, cell: bytes) -> Any:
        """The domain value back, checked to be of the form's kind. Raises IntegrityError."""
        data = self.cells.open(form.column, row_id, SubjectId(subject), cell)
        try:
            value = form.codec.loads(data.decode("utf-8", "surrogatepass"))
        except (CodecError, UnicodeDecodeError):
            raise StoredFormError(table=form.column.table, row_id=row_id, expected=form.kind.__name__) from None
        if not isinstance(value, form.kind):
            raise StoredFormError(table=form.column.table, row_id=row_id, expected=form.kind.__name__)
        return value


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction. `now` is business time when it began."""

    connection: Connection
    sealing: Sealing
    now: datetime

    @property
    def index(self) -> BlindIndex:
        """The blind indexes."""
        return self.sealing.index

    def rows(self, statement: Executable, values: Values | None = None) -> Sequence[Row[Any]]:
        """All rows of a query."""
        return self.connection.execute(statement, values).fetchall()

    def row(self, statement: Executable, values: Values | None = None) -> Row[Any] | None:
        """The first row of a query, or None."""
        return self.connection.execute(statement, values).first()

    def execute(self, statement: UpdateBase, values: Values | Sequence[Values] | None = None) -> CursorResult[Any]:
        """Run a write."""
        return self.connection.execute(statement, values)

    def seal(self, form: SealedForm, row_id: str, subject: SubjectId, value: object) -> bytes:
        """See Sealing."""
        return self.sealing.seal(form, row_id, subject, value)

    def unseal(self, form: SealedForm, row_id: str, subject: str, cell: bytes) -> Any:
        """See Sealing."""
        return self.sealing.unseal(form, row_id, subject, cell)


@dataclass(frozen=True, slots=True)
class SealedForm:
    """What one sealed column holds: a kind of domain value, and the codec that knows the types inside it."""

    column: Column
    kind: type
    codec: Codec
