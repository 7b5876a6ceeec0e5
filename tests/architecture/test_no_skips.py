"""The rule that no test is left out is itself able to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.house import ROOT

LEFT_OUT = {
    "mark": "@pytest.mark.skip(reason='not today')\ndef test_it():\n    pass\n",
    "call": "def test_it():\n    pytest.skip('not today')\n",
    "expected": "@pytest.mark.xfail(reason='not today')\ndef test_it():\n    raise AssertionError\n",
    "module": "pytest.skip('not today', allow_module_level=True)\n",
    "library": "pytest.importorskip('a_library_nobody_has')\n",
}


def test_whatever_way_a_test_is_left_out_the_run_fails(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    for way, body in LEFT_OUT.items():
        (tmp_path / f"test_{way}.py").write_text(f"import pytest\n\n{body}", encoding="utf-8")
    (tmp_path / "test_sound.py").write_text("def test_it():\n    pass\n", encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "--rootdir", ".", "-q",
         "--continue-on-collection-errors", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert run.returncode != 0
    summary = run.stdout.strip().splitlines()[-1]
    assert "skipped" not in summary
    assert "xfailed" not in summary
    for way in LEFT_OUT:
        assert f"test_{way}.py" in run.stdout
