"""Saving and loading models as skops files, which nothing is unpickled from.

A file holds the plain scikit-learn object, so it can be used where skdask is not installed. A
pickle runs whatever code its author put in; a skops file names the types it is made of, and a
type that is neither scikit-learn's nor NumPy's is refused unless the reader names it.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skdask.exceptions import ReadError, SkdaskError

__all__ = ["UntrustedTypeError", "load", "save"]

# Types of scikit-learn's own attributes that skops does not know: an imputer keeps a type
# the two functions are those of a tabular pipeline, which only look at dates
HARMLESS = frozenset({"numpy.dtype", "skdask.tabular.date_names", "skdask.tabular.date_parts"})


class UntrustedTypeError(SkdaskError, TypeError):
    """A model file holds types that could run code of its author; it was not loaded."""


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Save a model to a skops file.

    What is saved is the plain scikit-learn object with its fitted attributes; the fit report is
    left out. The file appears under its name once it is complete.

    Parameters
    ----------
    model : estimator
        Of skdask or of scikit-learn.
    path : path
        An existing file is replaced.

    Raises
    ------
    ImportError
        Without skops: ``pip install 'scikit-dask[skops]'``.

    Examples
    --------
    >>> import os, tempfile
    >>> import skdask
    >>> from skdask.linear_model import LinearRegression
    >>> path = os.path.join(tempfile.mkdtemp(), "line.skops")
    >>> skdask.save(LinearRegression().fit([[0.0], [2.0]], [0.0, 4.0]), path)
    >>> skdask.load(path).predict([[1.0]])
    array([2.])
    """
    from skdask.routes.twins import adopt, to_sklearn

    skops = require_skops()
    target = Path(os.path.expanduser(path))
    # scikit-learn's own Pipeline may hold estimators of ours: adopting it reaches them
    plain = to_sklearn(adopt(model))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        skops.dump(plain, unfinished)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], *, trusted: Sequence[str] = ()) -> Any:
    """Load a model from a skops file.

    Parameters
    ----------
    path : path
    trusted : sequence of str, optional
        Full names of types to load although they are not scikit-learn's, such as
        ``"mymodule.MyTransformer"``. Name only what you know: loading may run their code.

    Returns
    -------
    estimator
        Of skdask where it has the class, else of scikit-learn.

    Raises
    ------
    UntrustedTypeError
        The file holds other types; the message names them.
    ReadError
        The file is no skops file, or damaged.
    ImportError
        Without skops: ``pip install 'scikit-dask[skops]'``.
    """
    from skdask.routes.twins import adopt

    skops = require_skops()
    source = Path(os.path.expanduser(path))
    try:
        found = skops.get_untrusted_types(file=source)
        unknown = sorted(set(found) - set(trusted) - HARMLESS)
        if unknown:
            raise UntrustedTypeError(
                f"{source} holds types that are not scikit-learn's: {', '.join(unknown)}. If you "
                f"know that they are harmless, load it with skdask.load(path, trusted={unknown!r})"
            )
        return adopt(skops.load(source, trusted=found))
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ReadError(
            f"cannot read {source}: {error}. It is no skops file, or damaged: save the model again "
            "with skdask.save"
        ) from error


def require_skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "saving and loading models needs skops: pip install 'scikit-dask[skops]'"
        ) from error
    return skops.io
