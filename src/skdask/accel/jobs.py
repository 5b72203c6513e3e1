"""How many fits scikit-learn would make at once."""

from __future__ import annotations

import os
from typing import Any

from joblib import effective_n_jobs


def jobs_of(n_jobs: Any) -> int:
    """The fits at once that `n_jobs` comes to, of which no more than the cores are faster."""
    return max(1, min(effective_n_jobs(n_jobs), os.cpu_count() or 1))
