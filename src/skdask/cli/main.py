"""Entry point of the `skdask` command: dispatch, one-line errors, exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from skdask.cli.errors import UsageError, one_line
from skdask.cli.parser import build_parser

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        0 done, 1 the data or the model cannot be used, 2 wrong usage, 130 interrupted.
    """
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader, such as `head`, has seen enough; Python would complain again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except UsageError as error:
        _say(f"{one_line(error)} (see skdask {arguments.command} --help)")
        return USAGE
    except Exception as error:
        if arguments.debug:
            traceback.print_exc()
        _say(one_line(error) + _remedy(error, arguments))
        return FAILED
    return OK


def _run(arguments: argparse.Namespace) -> None:
    # a second or so of imports that help and usage errors do without
    from skdask import config
    from skdask.cli.commands import COMMANDS

    settings: dict[str, Any] = {}
    if arguments.memory_limit is not None:
        settings["memory_limit"] = arguments.memory_limit
    if arguments.threads is not None:
        settings["n_threads"] = arguments.threads
    if getattr(arguments, "checkpoint", None) is not None:
        settings["checkpoint"] = arguments.checkpoint
    if arguments.quiet:
        settings["progress"] = False
    with warnings.catch_warnings(), _connected(arguments) as client:
        warnings.showwarning = _show_warning
        if client is not None:
            settings["client"] = client
        with config.set(**settings), _reported(arguments):
            COMMANDS[arguments.command](arguments)


def _connected(arguments: argparse.Namespace) -> Any:
    """A client of the cluster that the command is to run on; None where it runs here."""
    where = getattr(arguments, "cluster", None)
    if where is None:
        return nullcontext()
    from skdask.cli.cluster import connect

    return connect(where)


def _reported(arguments: argparse.Namespace) -> Any:
    path = getattr(arguments, "report", None)
    if path is None:
        return nullcontext()
    from skdask.passes.collect import report

    return report(path)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print(f"skdask: warning: {one_line(message)}", file=sys.stderr)


def _remedy(error: Exception, arguments: argparse.Namespace) -> str:
    """What the command line has against an error that Python would mend otherwise."""
    given = getattr(arguments, "known_target", True)
    if "Input y contains NaN" not in str(error) or given or arguments.data.endswith(".npy"):
        return ""
    return f" --known-target leaves out the rows without {arguments.target}."


def _say(text: str) -> None:
    print(f"skdask: error: {text}", file=sys.stderr)
