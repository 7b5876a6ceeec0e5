"""One-time codes asked for: one a conversation, only digests, sealed all the same."""

from __future__ import annotations

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.sqlite import insert

from domain.identity import Challenge
from domain.ids import ConversationId
from storage import conversation_rows
from storage.forms import CHALLENGE
from storage.tables import challenges
from storage.transaction import Transaction

_INSERT = insert(challenges)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[challenges.c.conversation_id],
    set_={"subject_id": _INSERT.excluded.subject_id, "sealed": _INSERT.excluded.sealed},
)
_DROP = delete(challenges).where(challenges.c.conversation_id == bindparam("of_conversation"))


def save(tx: Transaction, challenge: Challenge) -> None:
    """Keep a code asked for, instead of any older one."""
    subject = conversation_rows.subject_of(tx, challenge.conversation_id)
    sealed = tx.seal(CHALLENGE, challenge.conversation_id, subject, challenge)
    tx.execute(_SAVE, {"conversation_id": challenge.conversation_id, "subject_id": subject, "sealed": sealed})


def drop(tx: Transaction, conversation_id: ConversationId) -> None:
    """Forget it, if there is one."""
    tx.execute(_DROP, {"of_conversation": conversation_id})


def opened(tx: Transaction, conversation_id: str, subject: str, sealed: bytes) -> Challenge:
    """The challenge in a stored row."""
    challenge: Challenge = tx.unseal(CHALLENGE, conversation_id, subject, sealed)
    return challenge
