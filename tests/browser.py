"""The browser of the tests: found, else installed (python -m tests.browser), else the tests that need it are skipped.

Under CI=true a missing browser is a failure. As a plugin it gives the fixtures `browser` and `open_page`.
"""

import functools
import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import Error, Locator, Page, sync_playwright

# The first has no window and no menus, and opens a page at two thirds of the price.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
PLAYWRIGHT = [sys.executable, "-m", "playwright"]
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
PACKAGES = ["chromium-headless-shell", "chromium"]  # whichever comes first that there is
NODE_WANTS = "libatomic1"  # a small Debian lacks it, and Playwright's own Node.js is linked to it
NO_WAITING = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15"]
MISSING = (
    "no Chromium that starts: install one (apt install chromium libatomic1), or set CHROMIUM to its path, "
    "then run `make browser`"
)


def find():
    """Return the path of a Chromium that starts and that Playwright can drive, or None."""
    if not _succeeds(*PLAYWRIGHT, "--version"):
        return None
    return next((path for path in _candidates() if _succeeds(path, "--version")), None)


def _candidates():
    if chosen := os.environ.get("CHROMIUM"):
        yield chosen
        return
    yield from filter(None, map(shutil.which, NAMES))
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    yield own


def install():
    """Try the ways this machine has; return whether there is a Chromium now."""
    if os.environ.get("CHROMIUM"):
        return False  # the one asked for is not ours to install, and another is not wanted
    if apt := _apt_get():
        _succeeds(*apt, "update")
        any(_succeeds(*apt, "install", NODE_WANTS, package) for package in PACKAGES)
    if not find():
        _succeeds(*PLAYWRIGHT, "install", "chromium")
    return bool(find())


def lighten():
    """Put the one without a window beside a Chromium that has one: under CI, where the machine is nobody's own."""
    if os.environ.get("CI") != "true" or os.environ.get("CHROMIUM") or shutil.which(PACKAGES[0]):
        return
    if apt := _apt_get():
        apt += NO_WAITING
        if not _succeeds(*apt, "install", PACKAGES[0]):
            _succeeds(*apt, "update")
            _succeeds(*apt, "install", PACKAGES[0])


def _apt_get():
    """Return how apt-get is called here without a question, or nothing where it may not be."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (as_root and not _succeeds("sudo", "-n", "true")):
        return []
    return [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-qq"]


def _succeeds(*command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main():
    if find():
        lighten()
        return 0
    if install():
        return 0
    print(f"Browser tests: {MISSING}.", file=sys.stderr)
    return 1 if os.environ.get("CI") == "true" else 0


def pytest_terminal_summary(terminalreporter):
    """Name the tests that had no browser: in a count of skips they would be overlooked."""
    skipped = [report.nodeid for report in terminalreporter.stats.get("skipped", []) if MISSING in str(report.longrepr)]
    if skipped:
        terminalreporter.section(f"{len(skipped)} tests skipped: {MISSING}")
        for name in skipped:
            terminalreporter.write_line(name)


# -- clicks ---------------------------------------------------------------------------------------
def _until_read(click):
    """Return `click` that ends when the page it led to is read: Playwright waits for its first byte only."""

    @functools.wraps(click)
    def click_and_wait(self, *args, **kwargs):
        click(self, *args, **kwargs)
        (self if isinstance(self, Page) else self.page).wait_for_load_state("domcontentloaded")

    return click_and_wait


Page.click, Locator.click = _until_read(Page.click), _until_read(Locator.click)


# -- fixtures -------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def browser():
    path = find()
    if not path:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=path, args=arguments)
        except Error as error:
            pytest.fail(f"{path} does not start: {error}")
        yield started
        started.close()


@pytest.fixture
def open_page(browser, live_server):
    """Return a function that opens a page of the portal as somebody's browser would.

    page = open_page("/uslugi/", size="phone", javascript=False); page.problems holds what the console said.
    """
    contexts = []

    def open_(path, *, size="desktop", javascript=True, cookies=()):
        context = browser.new_context(
            base_url=live_server.url, viewport=SIZES[size], java_script_enabled=javascript, locale="pl-PL"
        )
        contexts.append(context)
        context.add_cookies([{**cookie, "url": live_server.url} for cookie in cookies])
        page = context.new_page()
        page.problems = []
        page.on("console", lambda said: said.type in {"error", "warning"} and page.problems.append(said.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


if __name__ == "__main__":
    sys.exit(main())
