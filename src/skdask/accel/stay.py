"""How a route leaves a call to scikit-learn."""

from __future__ import annotations


class Stay(Exception):
    """The call stays with scikit-learn; the message is the reason, for the report."""


class Small(Stay):
    """It stays because our route would not be faster."""
