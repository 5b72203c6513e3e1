"""Where a run goes: to the cluster of the client in force, or to the threads of this process."""

from __future__ import annotations

from skdask.blocks.clients import active_client
from skdask.config import Config
from skdask.passes.executor import Executor, ThreadsExecutor


def executor_for(settings: Config) -> Executor:
    """A new executor for one run."""
    client = active_client(settings)
    if client is None:
        return ThreadsExecutor()
    # whoever has a client has imported distributed; others are spared the second it takes
    from skdask.passes.cluster.executor import ClusterExecutor

    return ClusterExecutor(client)
