"""A conversation's stored form: tagged JSON with a format number; older formats are brought up when read."""

from __future__ import annotations

from domain.appointment import Modality, TimeSlot
from domain.codec import Codec, CodecError
from domain.dialogue.conversation import FORMAT, Conversation, Frame, Option, Prompt
from domain.dialogue.reply import Local, Named, NameKind, Words
from domain.handoff import Owner, OwnerKind
from domain.message import Button
from domain.when import Grain, Interval, When, WhenStatus

_CODEC = Codec(
    (
        Conversation, Frame, Option, Prompt, Owner, OwnerKind, When, WhenStatus, Interval, Grain, TimeSlot, Modality,
        Named, NameKind, Words, Local, Button,
    )
)  # fmt: skip


def dump(conversation: Conversation) -> str:
    """The conversation as JSON text."""
    return _CODEC.dumps(conversation)


def load(text: str) -> Conversation:
    """The conversation back. Raises CodecError when the text is damaged or of a newer format."""
    conversation = _CODEC.loads(text)
    if not isinstance(conversation, Conversation):
        raise CodecError("stored value is not a conversation")
    if conversation.format > FORMAT:
        raise CodecError(f"conversation format {conversation.format} is newer than {FORMAT}")
    return conversation
