"""The cluster that a command runs on: of an address, or of a scheduler file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skdask.cli.errors import UsageError

# A scheduler answers within milliseconds, or it is not there
TIMEOUT_SECONDS = 10


def connect(where: str) -> Any:
    """A client of the cluster, which is closed with its `with` block; the cluster stays.

    Parameters
    ----------
    where : str
        The address of its scheduler, such as ``tcp://host:8786``, or the file that
        ``dask scheduler --scheduler-file`` writes.

    Raises
    ------
    UsageError
        Where it is neither.
    ConnectionError
        Where no scheduler answers.
    """
    from distributed import Client

    file = Path(where).expanduser()
    if file.is_file():
        given = {"scheduler_file": str(file)}
    elif "://" in where or where.rpartition(":")[2].isdigit():
        given = {"address": where}
    else:
        raise UsageError(
            f"--cluster {where} is neither the address of a scheduler, such as tcp://host:8786, "
            "nor a scheduler file that exists"
        )
    try:
        return Client(timeout=TIMEOUT_SECONDS, **given)
    except (OSError, TimeoutError) as error:
        raise ConnectionError(
            f"no scheduler of Dask answers at {where}: start one (dask scheduler), or look whether "
            "this machine may reach it"
        ) from error
    except ValueError as error:
        raise UsageError(f"--cluster {where}: {error}") from error
