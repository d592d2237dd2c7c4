"""`python -m entropylab`: the command line."""

import sys

from entropylab.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
