"""Patients from CSV: read as clinics export them, refused by line and column, written whole or not at all."""

from datetime import date

import pytest

from bot.importing import ImportReport
from domain.clinic import Clinic
from domain.patient import Patient
from tests.builders.importing import a_clinic, patients, said
from tests.builders.storage import Desk

HEADER = "mrn,given_name,family_name,birth_date"
TESTA = "A-1,Testa,Exampleson,1980-05-17"
SECRET = "Zzyzxova"


async def on_file(desk: Desk, mrn: str) -> Patient:
    found = await desk.store.patients.with_mrn(mrn)
    assert found is not None
    return found


async def test_a_line_becomes_a_record_found_by_number_name_and_phone(desk: Desk) -> None:
    report = await patients(
        desk,
        "MRN,Given name,Family name,Birth date,Phone,Phone 2,Email,Language,Discreet,Opted out",
        "A-1, Testa ,De  la Cruz,1980-05-17,(617) 555-0110,+1 617 555 0111,t@example.org,ES,yes,No",
    )

    patient = await on_file(desk, "a-1")
    assert report == ImportReport(good=1)
    assert patient == Patient(
        id=patient.id,
        given_name="Testa",
        family_name="De la Cruz",
        birth_date=date(1980, 5, 17),
        phones=("+16175550110", "+16175550111"),
        email="t@example.org",
        language="es",
        mrn="A-1",
        discreet=True,
    )
    assert await desk.store.patients.with_phone("+16175550110") == (patient,)
    assert await desk.store.patients.matching(family_name="de la cruz", birth_date=date(1980, 5, 17)) == (patient,)


async def test_what_is_left_out_takes_the_clinics_language_and_nothing_else(desk: Desk) -> None:
    await patients(desk, f"{HEADER},phone,language", f"{TESTA},,")

    patient = await on_file(desk, "A-1")
    assert (patient.language, patient.phones, patient.email) == ("en", (), None)
    assert (patient.discreet, patient.opted_out, patient.pending) == (False, False, False)


async def test_the_import_is_one_audited_act_and_the_log_verifies(desk: Desk) -> None:
    await patients(desk, HEADER, TESTA, "A-2,Testb,Otherson,1990-01-02")

    acts = await desk.counted("SELECT count(*) FROM audit_log WHERE event = 'patients.imported'")
    assert acts == 1
    assert (await desk.store.audit.verify()).ok


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(desk: Desk) -> None:
    report = await patients(desk, HEADER, TESTA, dry_run=True)

    assert report == ImportReport(good=1)
    assert await desk.store.patients.with_mrn("A-1") is None
    assert (await desk.store.audit.verify()).entries == 0


async def test_one_bad_line_keeps_all_the_others_out(desk: Desk) -> None:
    report = await patients(desk, HEADER, TESTA, "A-2,Testb,Otherson,1980-02-30", "A-3,Testc,Thirdson,1980-03-01")

    assert said(report) == [
        (3, "birth_date cannot be taken: expected a date that exists, such as 1980-05-17 or 5/17/1980 (month first)")
    ]
    assert report.good == 2
    assert await desk.store.patients.with_mrn("A-1") is None


async def test_brought_in_again_a_record_is_known_and_left_as_it_is(desk: Desk) -> None:
    await patients(desk, f"{HEADER},phone", f"{TESTA},617-555-0110")
    before = await on_file(desk, "A-1")
    report = await patients(desk, f"{HEADER},phone", f"{TESTA},617-555-0199", "A-2,Testb,Otherson,1990-01-02,")

    assert report == ImportReport(good=1, known=1)
    assert await on_file(desk, "A-1") == before
    assert (await on_file(desk, "A-2")).family_name == "Otherson"


@pytest.mark.parametrize("line", ["a-1,Testa,Exampleson,1980-05-18", "A-1,Testa,Otherson,1980-05-17"])
async def test_a_number_on_file_for_somebody_else_is_refused(desk: Desk, line: str) -> None:
    """Columns shifted by one record would give every patient another's visits."""
    await patients(desk, HEADER, TESTA)
    before = await on_file(desk, "A-1")
    report = await patients(desk, HEADER, line)

    assert said(report) == [(2, "mrn is on file with another family name or birth date: expected the same person")]
    assert await on_file(desk, "A-1") == before


async def test_a_number_twice_in_a_file_is_refused_whatever_its_case(desk: Desk) -> None:
    report = await patients(desk, HEADER, TESTA, "", "a-1,Testb,Otherson,1990-01-02")

    assert said(report) == [(4, "mrn is that of line 2 again: expected each record number once")]


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        ("mrn", "A 1", "a record number"),
        ("mrn", "", "a value"),
        ("given_name", "", "a value"),
        ("given_name", "123", "at least one letter"),
        ("family_name", "x" * 101, "up to 100 characters"),
        ("family_name", "Mu\ufffdoz", "save the file again as CSV UTF-8"),
        ("family_name", "MuÃ±oz", "save the file again as CSV UTF-8"),
        ("family_name", "Ex\x07ample", "no control or invisible characters"),
        ("birth_date", "17.5.1980", "a date such as 1980-05-17"),
        ("birth_date", "5/17/80", "a date such as 1980-05-17"),
        ("birth_date", "17/5/1980", "a date that exists"),
        ("birth_date", "1980-5-17", "a date such as 1980-05-17"),
        ("birth_date", "2026-03-03", "a date of birth that has been"),
        ("birth_date", "1880-01-01", "at most 130 years ago"),
        ("birth_date", "29357", "a date such as 1980-05-17"),
        ("phone", "555-0110", "with its area code"),
        ("phone", "617-555-0110 x12", "without an extension"),
        ("phone", "1-800-FLOWERS", "one phone number"),
        ("phone", "617-555-0110 / 617-555-0111", "one phone number"),
        ("email", "t@example", "one e-mail address"),
        ("language", "fr", "one of the clinic's languages: en, es"),
        ("discreet", "maybe", "yes or no"),
    ],
)
async def test_a_cell_that_cannot_be_taken_is_named_with_what_was_expected(
    desk: Desk, column: str, written: str, expected: str
) -> None:
    cells = {
        "mrn": "A-1", "given_name": "Testa", "family_name": SECRET, "birth_date": "1980-05-17", "phone": "",
        "email": "", "language": "", "discreet": "",
    } | {column: written}  # fmt: skip
    report = await patients(desk, ",".join(cells), ",".join(cells.values()))

    ((line, words),) = said(report)
    assert line == 2
    assert words.startswith(f"{column} ")
    assert expected in words
    assert SECRET not in words
    assert not written or written not in words


async def test_every_wrong_cell_of_a_line_is_said_at_once(desk: Desk) -> None:
    report = await patients(desk, f"{HEADER},phone", "?,Testa,Exampleson,never,12")

    assert [words.split()[0] for _, words in said(report)] == ["birth_date", "mrn", "phone"]


@pytest.mark.parametrize(
    ("country", "written", "born"),
    [("US", "5/7/1980", date(1980, 5, 7)), ("US", "05/07/1980", date(1980, 5, 7)), ("ES", "5/7/1980", None)],
)
async def test_slashes_mean_month_first_in_the_us_and_nothing_elsewhere(
    desk: Desk, country: str, written: str, born: date | None
) -> None:
    await patients(desk, HEADER, f"A-1,Testa,Exampleson,{written}", clinic=a_clinic(country))

    found = await desk.store.patients.with_mrn("A-1")
    assert (found and found.birth_date) == born


async def test_a_number_without_country_code_is_of_the_clinics_country(desk: Desk) -> None:
    clinic: Clinic = a_clinic("GB")
    await patients(desk, f"{HEADER},phone", f"{TESTA},020 7946 0018", clinic=clinic)

    assert (await on_file(desk, "A-1")).phones == ("+442079460018",)


@pytest.mark.parametrize(
    "name", ["Muñoz", "O'Neill", "Đặng", "李", "van der Berg", "Núñez-Ávila", "Mun\u0303oz", "क्\u200dष"]
)
async def test_names_as_people_write_them_are_kept(desk: Desk, name: str) -> None:
    report = await patients(desk, HEADER, f"A-1,Testa,{name},1980-05-17")

    assert report.good == 1
    assert await desk.store.patients.matching(family_name=name, birth_date=date(1980, 5, 17))
