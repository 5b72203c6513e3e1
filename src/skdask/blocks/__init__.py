"""What the data is: blocks of rows from arrays, Dask collections and files.

`open` turns any of them into `Blocks`: a schema, row counts where they are known, and the
leaves of the merge tree, which depend on the data alone. Sources decode; `cut` decides where
blocks begin; nothing here computes with the rows.
"""

from skdask.blocks.blocks import Blocks
from skdask.blocks.checks import raise_non_finite
from skdask.blocks.opening import is_big, open
from skdask.blocks.polars_frames import PolarsFrames

__all__ = ["Blocks", "PolarsFrames", "is_big", "open", "raise_non_finite"]
