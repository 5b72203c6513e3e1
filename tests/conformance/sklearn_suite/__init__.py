"""scikit-learn's own test suite, run on our classes: in memory, and on Dask collections.

The suite ships in scikit-learn's wheel. A pytest plugin binds scikit-learn's public names to ours
while it is imported, and, in the mode ``dask``, hands the rows of every call that a test makes on
our classes over as a Dask collection of several chunks. Nothing of scikit-learn's is written to.

    python -m tests.conformance.sklearn_suite --mode dask linear_model -n 2

runs the tests of a module, checks them against the list of expected failures and prints rates;
`docs/conformance.md` keeps them.
"""
