"""The set-up of the environment on machines whose Python is not whole."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cus_portal.embedded.places import ROOT

REFUSAL = "Python's venv module is not complete here. Install it: sudo apt-get install python3-venv\n"
UNFIT = "Python 3.11, 3.12 or 3.13 is needed, and {} is Python 3.9.2. Install one, or name it: "
TOOLS = ["bash", "cat", "cksum", "env", "flock", "id", "ls", "mkdir", "mktemp", "rm", "tail"]


@pytest.fixture
def set_up(tmp_path):
    """Return a function that sets up an empty checkout with this Python and no tool of Debian's."""
    tools, checkout = tmp_path / "tools", tmp_path / "kopia źródła"
    tools.mkdir()
    checkout.mkdir()
    (checkout / "requirements.txt").touch()
    for name in filter(shutil.which, TOOLS):
        (tools / name).symlink_to(shutil.which(name))

    def run(python=""):
        return subprocess.run(
            ["bash", ROOT / "deploy" / "setup.sh", "requirements.txt"],
            cwd=checkout,
            env={"PATH": str(tools), "PYTHON": str(python), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=100,
        )

    run.checkout = checkout
    return run


@pytest.fixture
def python_without(tmp_path):
    """Return a function that makes a Python without the modules named."""

    def make(*modules):
        hidden = tmp_path / "hidden"
        hidden.mkdir()
        for module in modules:
            (hidden / f"{module}.py").write_text(f"raise ModuleNotFoundError('No module named {module}')")
        python = tmp_path / "python3"
        python.write_text(f'#!/bin/sh\nPYTHONPATH="{hidden}" exec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        return python

    return make


def test_a_whole_python_makes_the_environment_once(set_up):
    first, second = set_up(sys.executable), set_up(sys.executable)
    assert (first.returncode, first.stdout) == (0, "Installing the packages of requirements.txt (once).\n"), (
        first.stderr
    )
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert os.access(set_up.checkout / ".venv" / "bin" / "pip", os.X_OK)


def test_where_none_is_named_one_that_fits_is_found(set_up):
    assert set_up().returncode == 0
    version = [set_up.checkout / ".venv" / "bin" / "python", "-c", "import sys; print(sys.version_info >= (3, 11))"]
    assert subprocess.run(version, capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_python_that_is_named_and_does_not_fit_is_refused_by_its_version(set_up, tmp_path):
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = set_up(old)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(UNFIT.format(old))
    assert not (set_up.checkout / ".venv").exists()


def test_without_ensurepip_the_pip_that_debian_has_for_it_serves(set_up, python_without):
    has_one = any(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    done = set_up(python_without("ensurepip", "pip"))
    assert (done.returncode, done.stderr) == ((0, "") if has_one else (1, REFUSAL))
    assert os.access(set_up.checkout / ".venv" / "bin" / "pip", os.X_OK) == has_one


def test_a_python_that_cannot_be_completed_is_refused_in_one_line_and_leaves_nothing(set_up, python_without):
    done = set_up(python_without("ensurepip", "pip", "venv"))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", REFUSAL)
    assert not (set_up.checkout / ".venv").exists()
