"""No test is left out quietly: one that skips, or is expected to fail, has failed."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    del item, call
    report = yield
    if report.skipped:
        report.longrepr = _refused(report)
        report.outcome = "failed"
        if hasattr(report, "wasxfail"):
            del report.wasxfail
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    del collector
    report = yield
    if report.skipped:
        report.longrepr = _refused(report)
        report.outcome = "failed"
    return report


def _refused(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = getattr(report, "wasxfail", None) or str(report.longrepr)
    return f"{report.nodeid} was left out ({reason}); here a test runs or fails"
