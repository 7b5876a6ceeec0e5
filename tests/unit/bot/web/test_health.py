import pytest

from bot.web.health import Metric, MetricKind, Sample, exposition


def test_metrics_are_written_in_the_text_format() -> None:
    metrics = (
        Metric(name="up", help="Whether we run", kind=MetricKind.GAUGE, samples=(Sample(value=1),)),
        Metric(
            name="turns_total",
            help="Turns\ntaken",
            kind=MetricKind.COUNTER,
            samples=(Sample(value=2.5, labels=(("channel", 'w"e\\b'),)),),
        ),
    )

    assert exposition(metrics) == (
        "# HELP up Whether we run\n"
        "# TYPE up gauge\n"
        "up 1\n"
        "# HELP turns_total Turns\\ntaken\n"
        "# TYPE turns_total counter\n"
        'turns_total{channel="w\\"e\\\\b"} 2.5\n'
    )


def test_a_name_that_could_break_the_format_is_refused() -> None:
    with pytest.raises(ValueError, match="metric or label name"):
        Metric(name="turns total", help="", kind=MetricKind.COUNTER, samples=())
