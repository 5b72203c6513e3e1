"""The `skdask` command: plan, fit, search and predict from a shell.

`parser` says what may be typed, one module a command does it, `main` turns errors into one line
and an exit code. Nothing here computes: commands call what a Python user would call.
"""
