"""`python -m skdask.accel` ends, prints and looks as `python` does with the same program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from skdask.accel.__main__ import split_arguments


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, **more
    )


def both(*arguments: str, **more: Any) -> list[tuple[int, str, str]]:
    """What Python and our runner make of the same arguments."""
    return [
        (done.returncode, done.stdout, done.stderr)
        for done in (run(*arguments, **more), run("-m", "skdask.accel", *arguments, **more))
    ]


PROGRAMS = {
    "what it sees": (
        "import sys, pickle\n"
        "class Own: pass\n"
        "print(__name__, __file__, __spec__, __package__, __doc__, sys.argv, sys.path[0])\n"
        "print(sys.modules['__main__'].Own is Own, type(pickle.loads(pickle.dumps(Own()))))\n"
        "print(sorted(vars(sys.modules['__main__'])))\n"
    ),
    "an error": "def f():\n    return 1 / 0\n\nf()\n",
    "an error in an error": (
        "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('no') from error\n"
    ),
    "a syntax error": "a = (1,\nb = 2\n",
    "exits with a number": "import sys; print('before'); sys.exit(7)\n",
    "exits with a text": "raise SystemExit('the end')\n",
    "exits with nothing": "raise SystemExit\n",
    "a hook of its own": (
        "import sys\nsys.excepthook = lambda *error: print('mine', error[0], error[2].tb_lineno)\n"
        "raise KeyError('x')\n"
    ),
    "something at exit": "import atexit; atexit.register(print, 'last'); print('first')\n",
    "an interrupt": "raise KeyboardInterrupt\n",
    "future": "from __future__ import annotations\ndef f(x: no): pass\nprint(f.__annotations__)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_script_is_run_as_python_runs_it(name: str, tmp_path: Path):
    script = tmp_path / "a script.py"
    script.write_text(PROGRAMS[name])
    plain, ours = both(str(script), "--flag", "-m", "3")
    assert ours == plain


def test_a_relative_path_and_a_link(tmp_path: Path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "own.py").write_text("import sys; print(__file__, sys.path[0])")
    (tmp_path / "link.py").symlink_to("inner/own.py")
    for given in ("link.py", "inner/own.py"):
        plain, ours = both(given, cwd=tmp_path)
        assert ours == plain


def test_a_missing_script():
    plain, ours = both("/nowhere/at/all.py")
    assert ours == plain


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "import sys; print(__name__, sys.argv, repr(sys.path[0]))", "a", "-m"],
        ["-cimport sys; sys.exit(3)"],
        ["-m", "this_module", "--report"],
        ["-m", "package", "x"],
        ["package"],
    ],
    ids=["code", "code in one", "module", "package", "folder"],
)
def test_other_forms(arguments: list[str], tmp_path: Path):
    show = "import sys; print(__name__, __package__, sys.argv, sys.path[0])\n"
    (tmp_path / "this_module.py").write_text(show)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "__main__.py").write_text(show)
    if arguments == ["package"]:
        arguments = [str(tmp_path / "package")]
    plain, ours = both(*arguments, cwd=tmp_path)
    assert ours == plain


def test_standard_input():
    plain, ours = both("-", "x", input="import sys; print(sys.argv, __name__)")
    assert ours == plain


def test_a_module_that_is_not_there():
    plain, ours = both("-m", "no_such_module_at_all")
    assert ours == plain


def test_an_interrupt_from_outside_ends_the_process_by_its_signal(tmp_path: Path):
    script = tmp_path / "waits.py"
    script.write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    with subprocess.Popen(
        [sys.executable, "-m", "skdask.accel", str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert errors.startswith(f'Traceback (most recent call last):\n  File "{script}", line 3')


def test_help_and_wrong_usage():
    done = run("-m", "skdask.accel", "--help")
    assert done.returncode == 0
    assert "--within-tolerance" in done.stdout
    assert run("-m", "skdask.accel").returncode == 2
    wrong = run("-m", "skdask.accel", "--reprot", "script.py")
    assert (wrong.returncode, "unrecognized arguments: --reprot" in wrong.stderr) == (2, True)


def test_splitting_of_arguments():
    assert split_arguments(["--report", "a.py", "--report"]) == (
        ["--report"],
        "script",
        ["a.py", "--report"],
    )
    assert split_arguments(["--report-file", "f", "-m", "mod", "x"]) == (
        ["--report-file", "f"],
        "module",
        ["mod", "x"],
    )
    assert split_arguments(["-cprint()", "x"]) == ([], "code", ["print()", "x"])
    assert split_arguments(["--", "-x.py"]) == ([], "script", ["-x.py"])


def test_the_report(tmp_path: Path):
    script = tmp_path / "fits.py"
    script.write_text(
        "import numpy as np\n"
        "from sklearn.linear_model import Ridge, Lasso\n"
        "X = np.arange(60.0).reshape(20, 3) ** 1.5\n"
        "Ridge().fit(X, X.sum(axis=1))\n"
        "Lasso(selection='random', random_state=0).fit(X, X.sum(axis=1))\n"
        "print('done')\n"
    )
    written = tmp_path / "report.json"
    done = run(
        *("-m", "skdask.accel", "--always", "--report", "--report-file", str(written)),
        str(script),
    )
    assert done.stdout == "done\n"
    lines = done.stderr.splitlines()
    assert lines[0].startswith("skdask.accel: 1 of 2 calls accelerated, ")
    assert lines[1].split() == ["function", "where", "calls", "ran", "by", "seconds", "why"]
    assert lines[2].split()[:4] == ["Ridge.fit", "fits.py:4", "1", "accelerated"]
    assert lines[3].endswith("Lasso: selection='random'")
    found = json.loads(written.read_text())["records"]
    assert [each["outcome"] for each in found] == ["accelerated", "scikit-learn"]
    assert found[0]["places"] == [{"file": str(script), "line": 4, "calls": 1}]
