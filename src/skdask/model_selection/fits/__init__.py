"""Searches whose fits need rows in memory: any estimator, as many fits at once as there are cores.

`groups` finds what candidates share, `rules` are the parameters that one fit serves, `bench` fits
and scores a group in a fold, `schedule` puts all of them on threads or workers.
"""

from skdask.model_selection.fits.evaluate import Fits
from skdask.model_selection.fits.searching import FitByFit

__all__ = ["FitByFit", "Fits"]
