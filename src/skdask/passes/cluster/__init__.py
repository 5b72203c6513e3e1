"""Passes on a Dask cluster: a few tasks a worker, of which only states come back.

`executor` is what the engine calls. `parcels` is what travels to the workers once a run, `sent`
where it lies there, `groups` which units of blocks a task takes, `worker` what runs there, and
`dispatch` hands the tasks of a pass to Dask's scheduler and sees them through.
"""
