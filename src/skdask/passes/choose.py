"""Where a run goes: to the cluster of the client in force, or to the threads of this process."""

from __future__ import annotations

from typing import Any

from skdask.blocks.clients import active_client
from skdask.config import Config


def executor_for(settings: Config) -> Any:
    """A new executor for one run."""
    client = active_client(settings)
    if client is None:
        from skdask.passes.executor import ThreadsExecutor

        return ThreadsExecutor()
    from skdask.passes.cluster.executor import ClusterExecutor

    return ClusterExecutor(client)
