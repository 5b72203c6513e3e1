"""The distributed client in force, if there is one, and its workers."""

from __future__ import annotations

import sys
from typing import Any

from skdask.config import Config


def workers_of(client: Any) -> dict[str, dict[str, Any]]:
    """What the scheduler says of the workers that are there now, by address."""
    found: dict[str, dict[str, Any]] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def active_client(settings: Config) -> Any | None:
    """The distributed client in force, None for none.

    That is the one of the settings, else Dask's own current one. Within a task of a cluster there
    is none: its thread is the resource that the task was given.
    """
    if settings.client is not None:
        return settings.client or None
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        distributed.get_worker()
    except ValueError:
        pass
    else:
        return None
    try:
        client = distributed.client.default_client()
    except ValueError:
        return None
    return client if client.status == "running" and not client.asynchronous else None
