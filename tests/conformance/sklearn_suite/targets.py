"""Where scikit-learn keeps the tests of a module."""

from __future__ import annotations

from pathlib import Path

import sklearn

SCIKIT_LEARN = Path(sklearn.__file__).parent

# whose tests are files among those of the package itself
_FILES = {
    "calibration": ("test_calibration.py",),
    "discriminant_analysis": ("test_discriminant_analysis.py",),
    "dummy": ("test_dummy.py",),
    "isotonic": ("test_isotonic.py",),
    "kernel_approximation": ("test_kernel_approximation.py",),
    "kernel_ridge": ("test_kernel_ridge.py",),
    "multiclass": ("test_multiclass.py",),
    "multioutput": ("test_multioutput.py",),
    "naive_bayes": ("test_naive_bayes.py",),
    "pipeline": ("test_pipeline.py",),
    "random_projection": ("test_random_projection.py",),
    "common": ("test_common.py",),
}


def modules() -> list[str]:
    """Everything that has tests: packages, files of tests, and ``package`` for other files."""
    folders = [path.name for path in SCIKIT_LEARN.iterdir() if _test_folders(path)]
    folders.remove("tests") if "tests" in folders else None
    return sorted([*folders, *_FILES, "package"])


def paths_of(module: str) -> list[Path]:
    """The folders and files with the tests of a module."""
    own = SCIKIT_LEARN / "tests"
    if module in _FILES:
        return [own / name for name in _FILES[module]]
    if module == "package":
        taken = {name for names in _FILES.values() for name in names}
        return sorted(path for path in own.glob("test_*.py") if path.name not in taken)
    found = _test_folders(SCIKIT_LEARN / module)
    if not found:
        raise ValueError(f"scikit-learn has no tests of {module!r}; there are {modules()}")
    return found


def module_of(test: str) -> tuple[str, str]:
    """The module of an id such as ``sklearn/linear_model/tests/test_x.py::test``, and the rest.

    The rest is within the folder of the tests, and where a module has several of these, within
    the module.
    """
    parts = test.removeprefix("sklearn/").split("/")
    if parts[0] == "tests":
        name = parts[1].split("::")[0]
        module = next((m for m, names in _FILES.items() if name in names), "package")
        return module, "/".join(parts[1:])
    rest = parts[2:] if parts[1] == "tests" else parts[1:]
    return parts[0], "/".join(rest)


def _test_folders(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    return sorted(folder for folder in path.rglob("tests") if folder.is_dir())
