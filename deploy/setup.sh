#!/bin/bash
# Make .venv and install the pinned packages of the file named; do nothing when they are there already.
# Called by make from the checkout's folder.
set -euo pipefail
requirements=$1
python=.venv/bin/python

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

# Without PYTHON the system's own comes first: distributions build it with all optimisations, which one that was put
# beside it may lack. One that needs no completing goes before one that does.
find_python() {
    local candidates=(/usr/bin/python3 python3 python3.13 python3.12 python3.11) parts candidate
    if [ -n "${PYTHON:-}" ]; then candidates=("$PYTHON"); fi
    for parts in "import ensurepip, venv" ""; do
        for candidate in "${candidates[@]}"; do
            if suitable "$candidate" && "$candidate" -c "$parts" 2>/dev/null; then echo "$candidate"; return; fi
        done
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
    elif ! { "$base" -m venv --without-pip .venv && put_pip_in "$base"; } 2>/dev/null; then
        rm -rf .venv
        echo "Python's venv module is not complete here. Install it: sudo apt-get install python3-venv" >&2
        return 1
    fi
}

# Debian keeps ensurepip in a package of its own, python3-venv. Without it the system's pip serves, or Debian's, which
# is fetched but not installed, so that nobody has to be root.
put_pip_in() {
    local fill=(--python "$python" install -q --disable-pip-version-check) wheel
    "$1" -m pip "${fill[@]}" pip && return
    wheel=$(debian_pip | tail -1) && "$1" "$wheel/pip" "${fill[@]}" --no-index "$wheel"
}

debian_pip() {
    local wheels=usr/share/python-wheels apt=(apt-get -qq -o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch")
    ls /$wheels/pip-*.whl && return
    {
        mkdir -p "$scratch/lists/partial" && cd "$scratch"
        apt-get -qq download python3-pip-whl || { "${apt[@]}" update && "${apt[@]}" download python3-pip-whl; }
        dpkg-deb -x python3-pip-whl_*.deb .
    } >&2
    ls "$scratch/$wheels"/pip-*.whl
}

wanted() { cat "$1" requirements.txt | cksum; "$python" -V; }

mkdir -p .local
if command -v flock >/dev/null; then exec 9>.local/setup.lock; flock 9; fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
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
