"""`python -m skdask.cli`, for when the `skdask` command is not on the path."""

import sys

from skdask.cli.main import main

sys.exit(main())
