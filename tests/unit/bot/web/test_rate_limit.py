from dataclasses import dataclass

from bot.channels.webchat.rate_limit import RateLimiter


@dataclass
class Seconds:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_is_let_through_and_then_one_at_a_time() -> None:
    seconds = Seconds()
    limiter = RateLimiter(burst=3, seconds_each=2.0, monotonic=seconds)

    assert [limiter.wait_for("a") for _ in range(5)] == [0, 0, 0, 2, 2]
    seconds.at = 2.0
    assert [limiter.wait_for("a") for _ in range(2)] == [0, 2]


def test_one_flooder_takes_nothing_from_another() -> None:
    limiter = RateLimiter(burst=1, seconds_each=2.0, monotonic=Seconds())

    assert [limiter.wait_for("a"), limiter.wait_for("a"), limiter.wait_for("b")] == [0, 2, 0]


def test_a_pause_gives_the_burst_back_and_no_more() -> None:
    seconds = Seconds()
    limiter = RateLimiter(burst=2, seconds_each=1.0, monotonic=seconds)
    assert [limiter.wait_for("a") for _ in range(3)] == [0, 0, 1]

    seconds.at = 3600.0

    assert [limiter.wait_for("a") for _ in range(3)] == [0, 0, 1]
