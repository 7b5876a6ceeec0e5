"""Blind indexes: keyed digests to find sealed rows by, whole for identifiers, cut short for facts many people share."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import date

from domain.ids import PatientId
from domain.message import Address
from storage.crypto.keyring import Keyring
from storage.crypto.pae import pae

_VERSION = 1
_IDENTIFIER_BYTES = 16
_SHARED_FACT_BITS = 10
"""Two to four records a value in a clinic of a few thousand: too few bits to tell who is on file."""


class BlindIndex:
    """The digests of one deployment."""

    def __init__(self, keyring: Keyring) -> None:
        self._address_key = keyring.index_key("address", _VERSION)
        self._phone_key = keyring.index_key("phone", _VERSION)
        self._mrn_key = keyring.index_key("mrn", _VERSION)
        self._patient_key = keyring.index_key("patient", _VERSION)
        self._delivery_key = keyring.index_key("delivery", _VERSION)
        self._name_key = keyring.index_key("family_name+birth_date", _VERSION)

    def address(self, address: Address) -> bytes:
        """Of a channel address."""
        return _identifier(self._address_key, pae(address.channel.value, address.account, address.value))

    def phone(self, phone: str) -> bytes:
        """Of a phone number (E.164; spaces, dots, dashes and brackets aside)."""
        return _identifier(self._phone_key, pae(normal_phone(phone)))

    def mrn(self, mrn: str) -> bytes:
        """Of a clinic's own record number (case and outer spaces aside)."""
        return _identifier(self._mrn_key, pae(normal_mrn(mrn)))

    def patient(self, patient_id: PatientId) -> bytes:
        """Of a patient, for rows that must not name one in the clear."""
        return _identifier(self._patient_key, pae(patient_id))

    def delivery(self, address: Address, external_id: str) -> bytes:
        """Of a channel's own id for one delivery."""
        return _identifier(self._delivery_key, pae(address.channel.value, address.account, external_id))

    def name_and_birth(self, family_name: str, birth_date: date) -> int:
        """Of a family name with a birth date: a few low bits; candidates are opened and compared."""
        digest = hmac.digest(self._name_key, pae(normal_name(family_name), birth_date.isoformat()), hashlib.sha256)
        return int.from_bytes(digest[-4:], "big") & ((1 << _SHARED_FACT_BITS) - 1)


def normal_name(name: str) -> str:
    """A name with case, accents and everything but letters and digits set aside."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())


def normal_phone(phone: str) -> str:
    """A phone number's sign and digits."""
    return "".join(sign for sign in phone if sign.isdecimal() or sign == "+")


def normal_mrn(mrn: str) -> str:
    """A record number with case and outer spaces set aside; its zeros and dashes count."""
    return unicodedata.normalize("NFKC", mrn).strip().casefold()


def _identifier(key: bytes, value: bytes) -> bytes:
    return hmac.digest(key, value, hashlib.sha256)[:_IDENTIFIER_BYTES]
