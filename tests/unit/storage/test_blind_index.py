"""Blind indexes: equal for what counts as equal, keyed, and cut short where many people share a value."""

from datetime import date
from pathlib import Path

import pytest

from domain.ids import PatientId
from domain.message import Address, Channel
from storage.crypto.blind_index import BlindIndex, normal_name, normal_phone
from storage.crypto.key_store import KeyStore
from storage.crypto.keyring import Keyring
from storage.transaction import Sealing

BORN = date(1980, 5, 17)


@pytest.mark.parametrize(
    ("left", "right"),
    [("O'Neill", "oneill"), ("Müller", "MULLER"), ("de la Cruz", "De-La Cruz"), ("Weiß", "WEISS"), ("李", "李")],
)
def test_names_that_count_as_one_share_a_value(sealing: Sealing, left: str, right: str) -> None:
    assert normal_name(left) == normal_name(right)
    assert sealing.index.name_and_birth(left, BORN) == sealing.index.name_and_birth(right, BORN)


def test_a_phone_counts_without_its_ornaments() -> None:
    assert normal_phone("+1 (555) 010-0.") == "+15550100"


def test_a_shared_fact_keeps_ten_bits(sealing: Sealing) -> None:
    values = {sealing.index.name_and_birth(f"name{number}", BORN) for number in range(6_000)}

    assert min(values) >= 0
    assert max(values) < 1 << 10
    assert len(values) > 1_000


def test_an_identifier_keeps_sixteen_bytes_and_every_part_counts(sealing: Sealing) -> None:
    addresses = [
        Address(channel=channel, account=account, value=value)
        for channel in (Channel.WEB, Channel.SMS)
        for account in ("a", "ab")
        for value in ("bc", "c")
    ]

    values = {sealing.index.address(address) for address in addresses}
    assert len(values) == len(addresses)
    assert {len(value) for value in values} == {16}


def test_one_number_has_another_value_for_another_purpose_or_home(sealing: Sealing, tmp_path: Path) -> None:
    store = KeyStore.open(tmp_path / "other.db")
    other = BlindIndex(Keyring.open(b"o" * 32, store, new_deployment_id=lambda: "deployment-1"))

    values = {
        sealing.index.phone("+15550100"),
        sealing.index.patient(PatientId("+15550100")),
        other.phone("+15550100"),
    }
    store.close()
    assert len(values) == 3
