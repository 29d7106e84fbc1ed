#!/bin/bash
# Make .venv and install the pinned packages of the file named; do nothing when they are there already.
# Called by make from the checkout's folder.
set -euo pipefail
requirements=$1
python=.venv/bin/python

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
        if suitable "$candidate"; then echo "$candidate"; return; fi
    done
    echo "Python 3.11, 3.12 or 3.13 is needed, and ${PYTHON:-python3} is $("${PYTHON:-python3}" -V 2>&1 || true)." \
        "Install one, or name it: make PYTHON=/path/to/python3.11 run" >&2
    return 1
}

make_venv() {
    local base
    base=$(find_python)
    rm -rf .venv
    if "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        "$base" -m venv .venv
    elif "$base" -m pip --version >/dev/null 2>&1; then
        # Debian without python3-venv: the system's pip can fill an empty environment.
        "$base" -m venv --without-pip .venv && "$base" -m pip --python "$python" install -q pip
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
        "$base" -m venv .venv
    else
        echo "Python's venv module is not complete here. Install it: sudo apt-get install python3-venv" >&2
        return 1
    fi
}

wanted() { cat "$1" requirements.txt | cksum; "$python" -V; }

mkdir -p .local
if command -v flock >/dev/null; then exec 9>.local/setup.lock; flock 9; fi
if ! { suitable "$python" && "$python" -m pip --version >/dev/null 2>&1; }; then make_venv; fi
stamp=.venv/.installed-$requirements
if [ "$(wanted "$requirements")" != "$(cat "$stamp" 2>/dev/null || true)" ]; then
    echo "Installing the packages of $requirements (once)."
    "$python" -m pip install -q --disable-pip-version-check --no-input -r "$requirements" || {
        echo "The packages could not be installed: is the package index reachable? Then run the same command again." >&2
        exit 1
    }
    wanted requirements.txt > .venv/.installed-requirements.txt
    wanted "$requirements" > "$stamp"
fi
