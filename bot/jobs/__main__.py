"""``python -m bot.jobs FD``: the process that does the jobs; `bot.jobs.office` starts it."""

import sys

from bot.jobs.runner import main

if __name__ == "__main__":
    main(int(sys.argv[1]))
