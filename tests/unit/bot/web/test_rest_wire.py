import pytest

from bot.channels.rest.wire import MalformedRestError, parse_rest
from domain.message import Press, Text


def test_rasas_form_is_read_and_unknown_keys_are_left_alone() -> None:
    post = parse_rest(
        {
            "sender": "user-1",
            "message": "hola\r\n",
            "metadata": {"message_id": "m-1", "language": "es", "theme": {"dark": True}},
            "input_channel": "rest",
        }
    )

    assert (post.sender, post.content, post.message_id, post.language) == ("user-1", Text(text="hola\n"), "m-1", "es")


def test_a_payload_of_ours_sent_back_as_text_is_a_press() -> None:
    assert parse_rest({"sender": "a", "message": "/c:abc"}).content == Press(payload="/c:abc")
    assert parse_rest({"sender": "a", "message": "/greet"}).content == Text(text="/greet")
    assert parse_rest({"sender": "a", "message": "/c:\nmy chest hurts"}).content == Text(text="/c:\nmy chest hurts")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"sender": "a"},
        {"message": "a"},
        {"sender": "", "message": "a"},
        {"sender": "a" * 257, "message": "a"},
        {"sender": "a\nb", "message": "a"},
        {"sender": "\ud800", "message": "a"},
        {"sender": 5, "message": "a"},
        {"sender": "a", "message": None},
        {"sender": "a", "message": "\x00 "},
        {"sender": "a", "message": "a", "metadata": []},
        {"sender": "a", "message": "a", "metadata": {"message_id": ""}},
        {"sender": "a", "message": "a", "metadata": {"message_id": 5}},
        {"sender": "a", "message": "a", "metadata": {"language": "../../etc"}},
    ],
)
def test_any_other_shape_is_refused(body: object) -> None:
    with pytest.raises(MalformedRestError, match="expected"):
        parse_rest(body)
