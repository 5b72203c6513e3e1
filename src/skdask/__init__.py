"""scikit-learn workflows on data larger than memory, with Dask as the engine."""

from skdask import config
from skdask._version import __version__
from skdask.persistence import load, save

__all__ = ["__version__", "config", "load", "save"]
