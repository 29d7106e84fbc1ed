"""On a machine without a browser: the tests that need one are named and skipped, and fail under CI."""

import os
import subprocess
import sys

import pytest

from tests.browser import MISSING

SUITE = """
def test_of_a_page(browser):
    assert False

def test_of_another_page(browser):
    assert False

def test_without_a_page():
    pass
"""


@pytest.fixture
def broken(tmp_path):
    """The path of a Chromium that lacks a library it needs."""
    path = tmp_path / "chromium"
    path.write_text("#!/bin/sh\nexit 127\n")
    path.chmod(0o755)
    return path


def python(*arguments, chromium, ci=""):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, "CHROMIUM": str(chromium), "CI": ci},
        capture_output=True,
        text=True,
        timeout=100,
    )


def suite(tmp_path, **how):
    (tmp_path / "pytest.ini").write_text("[pytest]")
    (tmp_path / "test_pages.py").write_text(SUITE)
    plugins = ["-p", "tests.browser", "-p", "no:django", "-p", "no:cacheprovider"]
    return python("pytest", *plugins, "-c", tmp_path / "pytest.ini", tmp_path, **how)


def test_the_tests_that_need_a_browser_are_skipped_by_name(tmp_path, broken):
    done = suite(tmp_path, chromium=broken)
    assert done.returncode == 0
    assert "1 passed, 2 skipped" in done.stdout
    assert f"2 tests skipped: {MISSING}" in done.stdout
    named = [line for line in done.stdout.splitlines() if line.startswith("test_pages.py::")]
    assert named == ["test_pages.py::test_of_a_page", "test_pages.py::test_of_another_page"]


def test_under_ci_a_missing_browser_is_a_failure(tmp_path, broken):
    done = suite(tmp_path, chromium=broken, ci="true")
    assert done.returncode == 1
    assert "1 passed, 2 errors" in done.stdout
    assert MISSING in done.stdout


def test_the_set_up_says_that_there_is_no_browser_and_stops_only_under_ci(tmp_path):
    for ci, status in (("", 0), ("true", 1)):
        done = python("tests.browser", chromium=tmp_path / "missing", ci=ci)
        assert (done.returncode, done.stderr) == (status, f"Browser tests: {MISSING}.\n")
