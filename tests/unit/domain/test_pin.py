"""Which PINs may be set: not the ones anybody would try first."""

from datetime import date

import pytest

from domain.pin import PinFault, pin_fault

BORN = date(1985, 4, 12)


@pytest.mark.parametrize("pin", ["4826", "90210", "739104", "20481357"])
def test_an_ordinary_pin_may_be_set(pin: str) -> None:
    assert pin_fault(pin, BORN) is None


@pytest.mark.parametrize("pin", ["", "123", "123456789", "48a6", "48 26", "\u0664\u0668\u0662\u0666", "-482"])
def test_a_pin_is_four_to_eight_plain_digits(pin: str) -> None:
    assert pin_fault(pin, BORN) is PinFault.NOT_DIGITS


@pytest.mark.parametrize("pin", ["1234", "0000", "9876", "7890", "1212", "464646", "12345678"])
def test_a_pin_is_not_a_run_or_one_digit_or_one_pair(pin: str) -> None:
    assert pin_fault(pin, BORN) is PinFault.EASY


@pytest.mark.parametrize("pin", ["1985", "1204", "0412", "120485", "041285", "850412", "19850412", "12041985", "0485"])
def test_a_pin_is_not_the_birth_date(pin: str) -> None:
    assert pin_fault(pin, BORN) is PinFault.BIRTH_DATE
