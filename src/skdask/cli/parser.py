"""What may be typed after `skdask`. Imports nothing heavy, so that help and usage are instant."""

from __future__ import annotations

import argparse
from typing import Any

from skdask._version import __version__

_MODEL = """\
models:
  linear, ridge, lasso, elasticnet, logistic, pca-ridge, pca-logistic
      a StandardScaler before it; its step is called what the model is, so that
      --grid ridge__alpha=0.1,1,10 sets the parameter alpha of ridge; of tables with text,
      categories or dates these are numbers first, as skdask.tabular_pipeline makes them
  FILE.py:NAME
      any scikit-learn or skdask estimator or pipeline in a Python file, or a function
      without arguments that returns one
"""

_SEARCH_EXAMPLES = """\
values of --grid:
  numbers, true, false, none, strings; logspace:-3:3:20 (20 powers of ten from 1e-3 to 1e3),
  linspace:0:1:11, range:5:50:5 (50 included)

examples:
  skdask search trips/ --target fare --drop id,zone --model ridge \\
      --grid ridge__alpha=logspace:-3:3:20 --out fare.skops
  skdask search trips/ --target tipped --model pipeline.py:model --cv 10 \\
      --grid pca__n_components=10,20 --grid logistic__C=0.1,1,10 --scoring neg_log_loss
"""

_DATA = """\
data:
  a Parquet, Arrow IPC (.arrow, .feather) or CSV file, or a folder of one of these
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def names(text: str) -> list[str]:
    """Column names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def size(text: str) -> str:
    """A number of bytes such as 512MiB."""
    from dask.utils import parse_bytes

    try:
        if parse_bytes(text) > 0:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no size; write for example 512MiB or 2GiB")


def at_least(least: int) -> Any:
    """A whole number from `least` on."""

    def number(text: str) -> int:
        try:
            if int(text) >= least:
                return int(text)
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")

    return number


def _grid(text: str) -> tuple[str, list[Any]]:
    from skdask.cli.grid import grid_entry

    return grid_entry(text)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    parser = argparse.ArgumentParser(
        prog="skdask",
        description="scikit-learn workflows on data larger than memory.",
        epilog="skdask COMMAND --help says more. Exit codes: 0 done, 1 the data or the model "
        "cannot be used, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"skdask {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    plan = _command(commands, "plan", "Say what a search would compute, without computing it.")
    _add_data(plan)
    _add_model(plan)
    _add_search(plan)
    _add_common(plan)

    fit = _command(commands, "fit", "Fit a model on all rows.")
    _add_data(fit)
    _add_model(fit)
    fit.add_argument(
        "--set",
        dest="grid",
        metavar="NAME=VALUE",
        type=_grid,
        action="append",
        default=[],
        help="a parameter of the model, such as ridge__alpha=10; repeatable",
    )
    _add_out_model(fit)
    _add_cluster(fit)
    _add_common(fit)

    search = _command(commands, "search", "Cross-validate candidates and fit the best one.")
    _add_data(search)
    _add_model(search)
    _add_search(search)
    search.add_argument(
        "--top", metavar="N", type=at_least(1), default=10, help="candidates to list (default: 10)"
    )
    _add_out_model(search)
    _add_cluster(search)
    _add_common(search)

    predict = _command(commands, "predict", "Write predictions as a folder of Parquet.", _DATA)
    predict.add_argument("data", metavar="DATA", help="table to predict; more columns do no harm")
    predict.add_argument(
        "--model-file", metavar="MODEL.skops", required=True, help="what fit or search saved"
    )
    predict.add_argument("--out", metavar="FOLDER", required=True, help="folder to write")
    predict.add_argument(
        "--keep",
        metavar="A,B",
        type=names,
        action="extend",
        default=[],
        help="columns to copy beside the prediction, or: all",
    )
    predict.add_argument(
        "--proba", action="store_true", help="add a column probability_<class> for each class"
    )
    predict.add_argument("--force", action="store_true", help="replace an earlier output")
    _add_common(predict)
    return parser


def _command(
    commands: Any, name: str, what: str, epilog: str = f"{_MODEL}\n{_DATA}"
) -> argparse.ArgumentParser:
    if name in ("plan", "search"):
        epilog = f"{epilog}\n{_SEARCH_EXAMPLES}"
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=what, description=what, epilog=epilog, formatter_class=_Help
    )
    return made


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument("data", metavar="DATA", help="file or folder of rows")
    group.add_argument("--target", metavar="COLUMN", required=True, help="what is to be predicted")
    group.add_argument(
        "--drop",
        metavar="A,B,C",
        type=names,
        action="extend",
        default=[],
        help="columns that are no features",
    )
    group.add_argument("--weight", metavar="COLUMN", help="column of sample weights")
    group.add_argument(
        "--known-target",
        action="store_true",
        help="leave out the rows whose target is missing, of Parquet, Arrow IPC and CSV",
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="MODEL", required=True, help="short name or FILE.py:NAME, see below"
    )


def _add_search(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("search")
    group.add_argument(
        "--grid",
        metavar="NAME=VALUES",
        type=_grid,
        action="append",
        default=[],
        help="values of a parameter, such as ridge__alpha=0.1,1,10; repeatable",
    )
    group.add_argument(
        "--random",
        metavar="N",
        type=at_least(1),
        help="try N random combinations of the grid, not all",
    )
    group.add_argument(
        "--seed",
        metavar="S",
        type=at_least(0),
        default=0,
        help="seed of --random and --shuffle (default: 0)",
    )
    group.add_argument(
        "--cv", metavar="N", type=at_least(2), default=5, help="number of folds (default: 5)"
    )
    group.add_argument(
        "--shuffle",
        action="store_true",
        help="deal rows to folds at random, for data that is sorted; else folds are runs of rows",
    )
    group.add_argument(
        "--scoring",
        metavar="NAME",
        help="scikit-learn's name of the score; default: the model's own",
    )


def _add_out_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        metavar="MODEL.skops",
        help="save the fitted model here, as a plain scikit-learn object",
    )
    parser.add_argument(
        "--report", metavar="PAGE.html", help="write a page here: passes, timeline, memory"
    )
    parser.add_argument(
        "--checkpoint",
        metavar="FOLDER",
        help="keep every pass here; the same command goes on where an earlier one was ended",
    )


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="run on the workers of a Dask cluster: its scheduler's address, such as "
        "tcp://host:8786, or its scheduler file; the workers read DATA themselves",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument(
        "--memory-limit",
        metavar="SIZE",
        type=size,
        help="memory it may take, such as 2GiB; default: half of what is free",
    )
    group.add_argument("--threads", metavar="N", type=at_least(1), help="default: all cores")
    group.add_argument("--json", action="store_true", help="print the result as JSON")
    group.add_argument("--quiet", action="store_true", help="no plan, no progress, no report")
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
