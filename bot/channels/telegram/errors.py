"""What can stop this channel for good."""

from __future__ import annotations

from domain.errors import RefusedToStartError


class TokenRefusedError(RefusedToStartError):
    """Telegram does not know the token: revoked, or mistyped. Remedy: ask @BotFather for it and set it again."""

    def __init__(self) -> None:
        """The token itself is never part of the text."""
        super().__init__("Telegram refuses the bot token; get the current one from @BotFather and set it again")
