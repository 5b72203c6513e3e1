"""Settings: where they come from, what they accept, and how long they last."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import psutil
import pytest

from skdask import config
from skdask.config import STANDARD_BLOCK_BYTES


@pytest.fixture(autouse=True)
def settings_stay():
    before = config.get()
    yield
    assert config.get() == before


def test_until_the_end_of_the_block():
    before = config.get()
    with config.set(memory_limit="1GiB", n_threads=3) as settings:
        assert settings is config.get()
        assert (settings.budget, settings.threads) == (2**30, 3)
        assert settings.block_bytes == before.block_bytes
        with config.set(block_bytes=100):
            assert (config.get().block_bytes, config.get().n_threads) == (100, 3)
        assert config.get() is settings


def test_restored_after_an_error():
    with pytest.raises(ZeroDivisionError), config.set(n_threads=1):
        raise ZeroDivisionError


def test_for_good():
    kept = config.set(n_threads=1)
    assert config.get().threads == 1
    kept.__exit__(None, None, None)


def test_defaults_follow_the_machine():
    settings = config.Config()
    assert 1 <= settings.threads <= (psutil.cpu_count() or 1)
    assert 0 < settings.budget <= psutil.virtual_memory().total // 2
    assert settings.block_bytes == STANDARD_BLOCK_BYTES


def test_none_is_the_default_again():
    with (
        config.set(memory_limit=100, block_bytes=100, n_threads=1, progress=True),
        config.set(memory_limit=None, block_bytes=None, n_threads=None, progress=None),
    ):
        assert config.get() == config.Config()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"memory": 1}, TypeError, "unknown setting 'memory'; the settings are memory_limit"),
        ({"memory_limit": "lots"}, ValueError, "memory_limit='lots' is not a number of bytes"),
        ({"memory_limit": 0}, ValueError, "memory_limit must be positive"),
        ({"block_bytes": "-1MiB"}, ValueError, "block_bytes"),
        ({"n_threads": 0}, ValueError, "n_threads must be at least 1"),
    ],
)
def test_refusals_change_nothing(settings, error, message):
    before = config.get()
    with pytest.raises(error, match=message):
        config.set(n_threads=1, **settings) if "n_threads" not in settings else config.set(
            **settings
        )
    assert config.get() == before


@pytest.mark.parametrize(
    ("written", "meant"), [("yes", True), (" ON", True), ("0", False), ("no", False), (1, True)]
)
def test_switches(written, meant):
    with config.set(progress=written) as settings:
        assert settings.progress is meant


def test_environment(monkeypatch):
    for name, value in {
        "SKDASK_MEMORY_LIMIT": "2GiB",
        "SKDASK_N_THREADS": "3",
        "SKDASK_BLOCK_BYTES": "1MiB",
        "SKDASK_PROGRESS": "false",
    }.items():
        monkeypatch.setenv(name, value)
    code = "from skdask import config; print(config.get())"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    expected = config.Config(2**31, 3, 2**20, False)
    assert printed.stdout.strip() == repr(expected)


def test_repr():
    with config.set(memory_limit="1GiB", n_threads=2) as _:
        assert repr(config.set()) == "<skdask.config: memory_limit 1.00 GiB, 2 threads>"


def test_the_cache_is_on_off_or_kept():
    for value, expected in ((True, True), ("0", False), ("keep", "keep"), ("on", True)):
        with config.set(cache=value):
            assert config.get().cache == expected
    with config.set(cache_dir="~/x", cache_limit="1GiB"):
        assert config.get().cache_dir == os.path.expanduser("~/x")
        assert config.get().cache_limit == 2**30
        with config.set(cache=None, cache_dir=None, cache_limit=None):
            assert config.get() == config.Config()
    with pytest.raises(ValueError, match="cache_limit"):
        config.set(cache_limit="much")


def test_a_with_block_is_of_its_thread():
    before = config.get()
    seen = []

    def look():
        seen.append(config.get().n_threads)
        with config.set(n_threads=7):
            seen.append(config.get().n_threads)
        seen.append(config.get().n_threads)

    with config.set(n_threads=3):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert config.get().n_threads == 3
    assert seen == [before.n_threads, 7, before.n_threads]


def test_for_good_is_of_all_threads():
    kept = config.set(n_threads=5)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(config.get().n_threads))
    thread.start()
    thread.join()
    kept.__exit__(None, None, None)
    assert seen == [5]


def test_with_blocks_that_overlap_leave_nothing():
    first, second = config.set(n_threads=3), config.set(n_threads=4)
    first.__enter__()
    seen = []
    thread = threading.Thread(target=lambda: seen.append(config.get().n_threads))
    second.__exit__(None, None, None)
    thread.start()
    thread.join()
    first.__exit__(None, None, None)
    assert seen == [None]
