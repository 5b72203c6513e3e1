"""How long something took, for people: three digits at most, and no microseconds."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds in words.

    Examples
    --------
    >>> from skdask.passes.durations import duration
    >>> duration(0.00004), duration(0.0721), duration(6.248), duration(192), duration(7500)
    ('<1 ms', '72 ms', '6.25 s', '3 min 12 s', '2 h 05 min')
    """
    if seconds < 0.0005:
        return "<1 ms" if seconds > 0.0 else "0 s"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    if seconds < 3599.5:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(seconds / 60), 60)
    return f"{hours} h {rest:02} min"
