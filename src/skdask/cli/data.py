"""The data of a command: what `skdask.blocks.open` makes of it, with errors for a shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skdask.blocks import Blocks
from skdask.exceptions import DataError


def open_data(
    path: str,
    target: str | None,
    weight: str | None,
    drop: Sequence[str],
    *,
    known_target: bool = False,
    with_text: bool = False,
) -> Blocks:
    """Open a file or folder; an error about text says the whole ``--drop`` to give.

    With text, columns that are no numbers are features too; rows without a target may be left out.
    """
    import pyarrow.compute as pc

    from skdask import blocks

    if path.endswith(".npy"):
        return blocks.open(path, target, weight)
    options: dict[str, Any] = {"drop": tuple(drop)}
    if known_target:
        options["filters"] = ~pc.field(target).is_null(nan_is_null=True)
    if with_text:
        return blocks.open(path, target, weight, **options)
    try:
        # what the command fits takes numbers
        return blocks.open(path, target, weight, **options).as_matrices()
    except DataError as error:
        text = _columns_of_text(path, {*drop, target, weight})
        if not text or "Features must be numbers" not in str(error):
            raise
        listed = ", ".join(f"{name} ({kind})" for name, kind in text.items())
        raise DataError(
            f"features must be numbers, but {path} has {listed}; leave them out with "
            f"{drop_option([*drop, *text])}"
        ) from error


def _columns_of_text(path: str, apart: set[str | None]) -> dict[str, str]:
    from skdask.cli.tables import open_table

    return {
        name: kind for name, kind in open_table(path).not_numeric().items() if name not in apart
    }


def drop_option(names: Sequence[str]) -> str:
    """The ``--drop`` that leaves columns out, quoted where a shell needs it.

    Examples
    --------
    >>> drop_option(["cut", "color"])
    '--drop cut,color'
    >>> drop_option(["price in $"])
    "--drop 'price in $'"
    """
    import shlex

    plain = ",".join(name for name in dict.fromkeys(names) if "," not in name)
    return f"--drop {shlex.quote(plain)}"
