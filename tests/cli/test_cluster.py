"""`skdask fit --cluster` and `skdask search --cluster`: on a cluster by address or file."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster

import skdask
from tests.cli.conftest import TEXT


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster


def arguments(folder: Path) -> list[object]:
    return [folder / "parts", "--target", "price", "--drop", TEXT, "--model", "ridge"]


def test_a_search_by_address(run, folder, cluster):
    asked = ["search", *arguments(folder), "--grid", "ridge__alpha=0.1,10", "--cv", "3", "--json"]
    here = run(*asked)
    there = run(*asked, "--cluster", cluster.scheduler_address)
    assert there.code == 0, there.err
    assert there.json["results"] == here.json["results"]
    assert any(cluster.scheduler_address in note for note in there.json["report"]["notes"])
    assert not here.json["report"]["notes"]


def test_a_fit_by_scheduler_file(run, folder, cluster, tmp_path):
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps(cluster.scheduler.identity()))
    models = []
    for where in ([], ["--cluster", file]):
        out = tmp_path / f"{len(models)}.skops"
        done = run("fit", *arguments(folder), "--out", out, *where)
        assert done.code == 0, done.err
        models.append(skdask.load(out)[-1])
    assert "ran on 1 worker of tcp://" in done.out
    np.testing.assert_array_equal(models[0].coef_, models[1].coef_)


def test_no_cluster_there(run, folder, monkeypatch):
    monkeypatch.setattr("skdask.cli.cluster.TIMEOUT_SECONDS", 1)
    done = run("fit", *arguments(folder), "--cluster", "tcp://127.0.0.1:1")
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert last.startswith("skdask: error: no scheduler of Dask answers at tcp://127.0.0.1:1")


def test_neither_an_address_nor_a_file(run, folder):
    done = run("fit", *arguments(folder), "--cluster", "nowhere.json")
    assert done.code == 2
    assert "neither the address of a scheduler" in done.err


def test_the_report_of_dask_is_beside_ours(run, folder, cluster, tmp_path):
    where = ["--cluster", cluster.scheduler_address]
    done = run("fit", *arguments(folder), *where, "--report", tmp_path / "fit.html")
    assert done.code == 0, done.err
    page, beside = (tmp_path / "fit.html").read_text(), tmp_path / "fit-dask.html"
    if importlib.util.find_spec("bokeh") is None:
        assert "performance report needs bokeh" in page
        assert not beside.exists()
    else:
        assert 'href="fit-dask.html"' in page
        assert "Bokeh" in beside.read_text()
