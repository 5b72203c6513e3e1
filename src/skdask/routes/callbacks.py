"""scikit-learn's own callbacks (`set_callbacks`, from 1.9 on) for fits on blocks.

The tasks of a fit are its passes: iterations of a solver, steps of a pipeline, all share them.
Hooks are given the Blocks as X, and no y, which is within them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from skdask._sklearn import callback_management
from skdask.blocks import Blocks

# Around every pass
AroundPass = Callable[[], AbstractContextManager[None]]


@contextmanager
def calling_back(estimator: Any, data: Blocks) -> Iterator[AroundPass | None]:
    """Call the estimator's callbacks around its fit; gives what calls them around a pass."""
    if not getattr(estimator, "_skl_callbacks", None):
        yield None
        return
    with callback_management(estimator):
        whole = estimator._init_callback_context(max_subtasks=None)
        whole.call_on_fit_task_begin(estimator=estimator, X=data)

        @contextmanager
        def around_pass() -> Iterator[None]:
            task = whole.subcontext(task_name="pass")
            task.call_on_fit_task_begin(estimator=estimator, X=data)
            yield
            if task.call_on_fit_task_end(estimator=estimator, X=data):
                warnings.warn(
                    "a callback asks to stop; a fit on blocks goes on to its end", stacklevel=2
                )

        yield around_pass
        whole.call_on_fit_task_end(estimator=estimator, X=data)
