"""How an estimator is fitted on blocks, and how a fitted one is applied to them.

`View` is what an algorithm sees of the data; `fitting` runs an estimator's algorithm; `lazy`
makes predict and transform lazy on Dask collections; `twins` pairs our classes with
scikit-learn's.
"""
