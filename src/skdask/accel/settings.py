"""What `install` was told, for the rules to ask."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Settings:
    """How far acceleration goes.

    Attributes
    ----------
    within_tolerance : bool
        Whether answers that agree up to a solver's tolerance will do.
    always : bool
        Whether our route is taken also where it does not pay.
    """

    within_tolerance: bool = False
    always: bool = False


_current = Settings()


def settings() -> Settings:
    """The settings in force."""
    return _current


def set_settings(**changes: bool) -> None:
    """Change them for the whole process."""
    global _current
    _current = replace(_current, **changes)
