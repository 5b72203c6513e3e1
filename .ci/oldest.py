"""Print a constraint for pip for each dependency: the oldest release that pyproject.toml allows.

`make test-oldest` installs them. What only tests use is not held back.
"""

import re
import tomllib
from pathlib import Path

USED_IN_TESTS_ALONE = {"test", "dev"}
LEAST = re.compile(r"(?P<name>[\w-]+)(\[[\w,]+\])?>=(?P<version>[\d.]+)")


def oldest(requirement: str) -> str:
    """A constraint from a requirement: ``rich>=13`` to ``rich==13.0.*``."""
    found = LEAST.match(requirement)
    if found is None:
        raise SystemExit(f"pyproject.toml: {requirement!r} does not say its oldest version")
    parts = found["version"].split(".")
    release = ".".join((parts + ["0"])[: max(2, len(parts))])
    return f"{found['name']}=={release}.*"


def main() -> None:
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())[
        "project"
    ]
    extras = project["optional-dependencies"]
    requirements = list(project["dependencies"])
    for name in extras.keys() - USED_IN_TESTS_ALONE:
        requirements += extras[name]
    print("\n".join(sorted(oldest(each) for each in requirements)))


if __name__ == "__main__":
    main()
