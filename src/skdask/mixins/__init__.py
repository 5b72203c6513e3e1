"""What a class of ours has before scikit-learn's in its bases: methods that take blocks too.

Methods defined in a mixin are not wrapped by scikit-learn's `set_output` machinery, which would
not know what to do with a Dask result.
"""
