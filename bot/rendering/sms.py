"""How many SMS segments a text takes (3GPP TS 23.038: GSM-7 160/153 septets, else UCS-2 70/67 units)."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")


def segments(text: str) -> int:
    """Segments a text is sent in; at least one. Spanish á í ó ú are not in GSM-7, so they halve the room."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        length, single, joined = sum(2 if char in _EXTENDED else 1 for char in text), 160, 153
    else:
        length, single, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= single else -(-length // joined)
