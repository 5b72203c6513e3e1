"""`--checkpoint`: an interrupted command is ended with 130, and the same one goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from skdask.cli.main import main

SLOW = """
import sys, time
from skdask.blocks.parquet import ParquetSource
from skdask.cli.main import main
read = ParquetSource.read
def slow(self, *arguments, **others):
    time.sleep(0.3)
    yield from read(self, *arguments, **others)
ParquetSource.read = slow
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def command(tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(size=(2000, 4))
    target = (X.sum(axis=1) + random.normal(size=2000) > 0).astype(int)
    path = tmp_path / "rows.parquet"
    pd.DataFrame(X, columns=list("abcd")).assign(target=target).to_parquet(path)
    return [
        *("fit", str(path), "--target", "target", "--model", "logistic", "--json"),
        *("--checkpoint", str(tmp_path / "log")),
    ]


def test_the_same_command_goes_on(command, tmp_path, capsys):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a test run in the background ignores the signal, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    while len(list(tmp_path.glob("log/run-*/pass-*"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err.decode()
    assert b"interrupted" in err
    assert time.monotonic() - began < 3
    there = len(list(tmp_path.glob("log/run-*/pass-*")))
    assert main(command) == 0
    printed = capsys.readouterr()
    assert f"{there} of" in printed.out + printed.err


def test_another_command_is_refused(command, capsys):
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--set", "logistic__C=5"]) == 1
    assert "C was 1.0, is 5" in capsys.readouterr().err
