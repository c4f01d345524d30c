"""`python -m evals offline [--out eval-out] [--filter NAME] [--seed N]`."""

import sys

from evals.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
