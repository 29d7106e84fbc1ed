"""python -m cus_portal.embedded up | down | status | psql-url"""

import argparse
import sys

from . import EmbeddedError, database_url, start, status, stop


def main():
    parser = argparse.ArgumentParser(prog="python -m cus_portal.embedded", description="The embedded servers.")
    parser.add_argument("command", choices=["up", "down", "status", "psql-url"])
    parser.add_argument("--fast", action="store_true", help="no fsync: for tests only")
    options = parser.parse_args()
    if options.command == "up":
        start(fast=options.fast)
    elif options.command == "down":
        stop()
    elif options.command == "psql-url":
        print(database_url("owner"))  # noqa: T201
        return 0
    running = status()
    print(", ".join(f"{name} {'runs' if on else 'is stopped'}" for name, on in running.items()))  # noqa: T201
    return 0 if all(running.values()) or options.command == "down" else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as error:
        sys.exit(str(error))
