import pytest

from bot.web.bodies import MAX_DEPTH, MalformedJsonError, check_json


@pytest.mark.parametrize(
    "body", [b'{"id": "a", "text": "hello"}', b"[]", b"3", '{"t": "dolor \u00f1 \U0001f915"}'.encode()]
)
def test_plain_json_passes(body: bytes) -> None:
    check_json(body)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"text": NaN}', "NaN"),
        (b'{"text": "a", "text": "b"}', "twice"),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "nested deeper"),
        (b'{"n": ' + b"9" * 5_000 + b"}", "not JSON"),
    ],
    ids=["cut off", "not utf-8", "nan", "key twice", "bomb", "just too deep", "endless number"],
)
def test_anything_else_is_refused_in_one_line(body: bytes, found: str) -> None:
    with pytest.raises(MalformedJsonError, match=found) as refused:
        check_json(body)

    assert "\n" not in str(refused.value)


def test_a_refusal_never_quotes_the_body() -> None:
    with pytest.raises(MalformedJsonError) as refused:
        check_json(b'{"text": "my rash" oops}')

    assert "rash" not in str(refused.value)
    assert "oops" not in str(refused.value)
