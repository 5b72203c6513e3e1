"""The graph of some Dask collections, of which single pieces are computed.

Made once for all collections together, so that what X and y share is computed once. A piece
is culled to the tasks that it needs. What many pieces need and is small (a mean that is
subtracted from every chunk) is computed once and kept, as Dask would within one compute.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from dask._task_spec import Alias, DataNode, Task, TaskRef, convert_legacy_graph, cull
from dask.base import collections_to_expr
from dask.local import get_sync
from dask.sizeof import sizeof

from skdask import config
from skdask.blocks.clients import active_client

Keys = list[Any]

# Results that several pieces share are kept up to this size; larger ones are chunks of data
# (a rechunk, an overlap), which are cheaper to load again than to hold.
KEPT_BYTES = 2**20

# Shared by fewer pieces than this is what neighbours exchange.
MANY_PIECES = 3


# Tasks that cut or join what is there already
_LAYOUT = frozenset(
    {"getitem", "getter", "getter_nofancy", "getter_inline", "concatenate_shaped", "values"}
)

# Scheduling costs more than handing out so many parts of data in memory (0.3 ms a piece)
_FEW = 8


class Graph:
    """Tasks of collections with the same pieces. Pickles as its collections."""

    def __init__(self, collections: Sequence[Any], n_pieces: int) -> None:
        self.collections = tuple(collections)
        self.n_pieces = n_pieces
        tasks, keys = _optimised(self.collections)
        self.tasks: dict[Any, Any] = dict(convert_legacy_graph(tasks))
        self.keys: list[list[Keys]] = [
            [_as_list(rows[piece]) for rows in keys] for piece in range(n_pieces)
        ]
        self._lock = threading.Lock()
        self._settled = False

    def compute(self, piece: int) -> list[list[Any]]:
        """The results of a piece: for each collection the list of its column chunks."""
        self._settle_shared()
        return _in_columns(self._get(_flat(self.keys[piece])), self.keys[piece])

    def part(self, pieces: Iterable[int]) -> GraphPart:
        """The tasks of these pieces, to be run in another process."""
        self._settle_shared()
        keys = {piece: self.keys[piece] for piece in pieces}
        tasks = cull(self.tasks, [key for wanted in keys.values() for key in _flat(wanted)])
        return GraphPart(dict(tasks), keys)

    def sent_bytes(self, piece: int) -> int:
        """Bytes of the tasks of a piece, with the data that they hold."""
        self._settle_shared()
        return sum(map(sizeof, cull(self.tasks, _flat(self.keys[piece])).values()))

    def takes_work(self) -> bool:
        """Whether the first piece is computed, and not data in memory that is handed out."""
        wanted = _flat(self.keys[0]) if self.keys else []
        return any(_takes_work(task) for task in cull(self.tasks, wanted).values())

    def lengths(self, pieces: Sequence[int], client: Any) -> list[int]:
        """The rows of the first chunk of pieces, counted where the cluster has or makes them."""
        name = f"row-counts-{uuid.uuid4().hex}"
        counts = {(name, n): Task((name, n), len, TaskRef(self.keys[n][0][0])) for n in pieces}
        found: list[int] = client.get(self.tasks | counts, list(counts), sync=True)
        return found

    def _get(self, keys: Keys) -> Any:
        tasks = cull(self.tasks, keys)
        if not self._on_cluster:
            if len(tasks) <= _FEW and not any(map(_takes_work, tasks.values())):
                return _handed_out(tasks, keys)
            # the engine has threads of its own
            return get_sync(tasks, keys)
        client = active_client(config.get()) or _current_client()
        return client.get(tasks, keys, sync=True)

    @cached_property
    def _on_cluster(self) -> bool:
        """Whether tasks take results that lie on a cluster, since somebody persisted them."""
        made = self.tasks.keys()
        wanted = {key for keys in self.keys for key in _flat(keys)}
        taken = (task.dependencies for task in self.tasks.values())
        return not made >= wanted or not all(made >= keys for keys in taken)

    def _settle_shared(self) -> None:
        """Compute what many pieces need, once, and put the small results into the graph."""
        with self._lock:
            if self._settled:
                return
            large: set[str] = set()
            for key in shared_results(self.tasks, [_flat(keys) for keys in self.keys]):
                if _layer(key) in large:
                    continue  # data, as its likes are, and not a summary of them
                result = self._get([key])[0]
                if sizeof(result) > KEPT_BYTES:
                    large.add(_layer(key))
                else:
                    self.tasks[key] = DataNode(key, result)
            self._settled = True

    def __reduce__(self) -> tuple[type[Graph], tuple[Any, ...]]:
        return Graph, (self.collections, self.n_pieces)


class GraphPart:
    """The tasks of some pieces. What they need that lies on a cluster is given to them there."""

    def __init__(self, tasks: dict[Any, Any], keys: dict[int, list[Keys]]) -> None:
        self.tasks = tasks
        self.keys = keys

    def needs(self, piece: int) -> tuple[Any, ...]:
        """Keys of results that the piece takes and that no task of its own makes."""
        missing: dict[Any, None] = {}
        seen: set[Any] = set()
        stack = _flat(self.keys[piece])
        while stack:
            key = stack.pop()
            if key in seen:
                continue
            seen.add(key)
            if key in self.tasks:
                stack.extend(self.tasks[key].dependencies)
            else:
                missing[key] = None
        return tuple(missing)

    def given(self, results: Mapping[Any, Any]) -> GraphPart:
        """These tasks with the results that they take."""
        nodes = {key: DataNode(key, value) for key, value in results.items()}
        return GraphPart(self.tasks | nodes, self.keys)

    def compute(self, piece: int) -> list[list[Any]]:
        """The results of a piece, computed in the calling thread."""
        wanted = _flat(self.keys[piece])
        return _in_columns(get_sync(cull(self.tasks, wanted), wanted), self.keys[piece])


def _handed_out(tasks: Mapping[Any, Any], keys: Keys) -> list[Any]:
    """Results of tasks that only cut or join what is there, each after what it takes."""
    results: dict[Any, Any] = {}
    stack = list(keys)
    while stack:
        key = stack[-1]
        missing = [taken for taken in tasks[key].dependencies if taken not in results]
        if missing:
            stack += missing
            continue
        stack.pop()
        if key not in results:
            results[key] = tasks[key](results)
    return [results[key] for key in keys]


def _in_columns(results: Iterable[Any], wanted: Sequence[Keys]) -> list[list[Any]]:
    found = iter(results)
    return [[next(found) for _ in keys] for keys in wanted]


def _takes_work(task: Any) -> bool:
    if isinstance(task, DataNode):
        # an array of a file (Zarr, HDF5) decodes when it is sliced
        module = type(task.value).__module__.partition(".")[0]
        return module in ("zarr", "h5py", "netCDF4", "tiledb")
    if isinstance(task, Alias):
        return False
    if not isinstance(task, Task):
        return any(_takes_work(part) for part in getattr(task, "args", ()))
    function = task.func
    if getattr(function, "__name__", "") == "apply_and_enforce":
        function = task.kwargs.get("_func", function)
    name = getattr(function, "__name__", type(function).__name__)
    if name == "_execute_subgraph":
        return any(_takes_work(part) for part in task.args[0].values())
    return name not in _LAYOUT


def shared_results(tasks: dict[Any, Any], pieces: Sequence[Keys]) -> list[Any]:
    """Keys that many pieces reach, that take work, and that unshared tasks take directly.

    Every task is visited at most `MANY_PIECES` times.
    """
    many = min(MANY_PIECES, len(pieces))
    if many < 2:
        return []
    visits: dict[Any, int] = {}
    for keys in pieces:
        seen: set[Any] = set()
        stack = list(keys)
        while stack:
            key = stack.pop()
            if key in seen or key not in tasks or visits.get(key, 0) >= many:
                continue
            seen.add(key)
            visits[key] = visits.get(key, 0) + 1
            stack.extend(tasks[key].dependencies)
    shared = {key for key, count in visits.items() if count >= many}
    # a task without dependencies is a constant or loads data: nothing to save
    taken = {
        dependency
        for key in visits
        if key not in shared
        for dependency in tasks[key].dependencies
        if dependency in shared and tasks[dependency].dependencies
    }
    return sorted(taken, key=str)


def _current_client() -> Any:
    """The client that results on a cluster belong to, although runs do not go there."""
    from distributed import get_client

    return get_client()


def _optimised(collections: Sequence[Any]) -> tuple[dict[Any, Any], list[Any]]:
    """One graph for all, and the keys of each.

    Not by `dask.optimize`: of several frames it gives each the columns of all, and of several
    arrays it does their common work once for each (dask 2026.8). Nor by the frames' own
    `.optimize()`, whose tuning joins partitions where few columns are read, so that X and y
    would come in different partitions.
    """
    arrays = [collection for collection in collections if not hasattr(collection, "expr")]
    tasks: dict[Any, Any] = {}
    array_keys: Iterator[Any] = iter(())
    if arrays:
        joint = collections_to_expr(arrays).optimize()
        tasks.update(joint.__dask_graph__())
        array_keys = iter(joint.__dask_keys__())
    keys: list[Any] = []
    for collection in collections:
        if hasattr(collection, "expr"):
            lowered = collection.expr.simplify().lower_completely()
            tasks.update(lowered.__dask_graph__())
            keys.append(lowered.__dask_keys__())
        else:
            keys.append(next(array_keys))
    return tasks, keys


def _layer(key: Any) -> str:
    return str(key[0] if isinstance(key, tuple) else key)


def _as_list(keys: Any) -> Keys:
    return list(keys) if isinstance(keys, list) else [keys]


def _flat(nested: Iterable[Keys]) -> Keys:
    return [key for keys in nested for key in keys]
