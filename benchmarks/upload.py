"""What a large file costs the web process: python -m benchmarks.upload, from the checkout's folder.

Starts the portal in a new state folder, files a request over HTTP with a PDF of 1 MB, then another with one of 20 MB,
and prints how far the memory of the process that takes them rises while it does: its own (RssAnon, looked at every five
milliseconds), and all that the kernel counts (VmHWM). A PDF is looked through as a mapped file: its pages count in the
second and not in the first, for the kernel takes them back whenever it needs them.
"""

import io
import os
import re
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

from benchmarks.measure import part_of, start, stop

MB = 1024 * 1024
STEPS = [
    ("", {"own_words": "ktoś do pomocy w domu"}),
    ("pilne/", {}),
    ("dla-kogo/", {"basis": "self"}),
    ("ty/", {"first_name": "Krystyna", "last_name": "Wilga"}),
    ("kontakt/", {"contact_by": "phone", "phone": "600 100 200"}),
]


def hidden(page):
    """Return the hidden fields of a form: names and values."""
    fields = re.findall(r'<input type="hidden"[^>]*>', page)
    told = [(re.search(r'name="([^"]*)"', field), re.search(r'value="([^"]*)"', field)) for field in fields]
    return {name[1]: value[1] if value else "" for name, value in told}


def file_with(address, size):
    """Go through the steps as a browser does, and send the request with a PDF of that size."""
    with requests.Session() as browser:
        for step, answers in STEPS:
            page = browser.get(f"{address}/zgloszenie/{step}", timeout=120).text
            browser.post(f"{address}/zgloszenie/{step}", hidden(page) | answers, timeout=120)
        last = f"{address}/zgloszenie/sprawdz/"
        fields = hidden(browser.get(last, timeout=120).text)
        pdf = io.BytesIO(b"%PDF-1.7\n" + os.urandom(size - 9))
        sent = browser.post(last, fields, files={"files": ("skan.pdf", pdf, "application/pdf")}, timeout=120)
        if not sent.url.endswith("/przyjete/"):
            raise SystemExit("The request was not taken.")


def web(state):
    """Return the process that answers: a child of gunicorn's master."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PORTAL_STATE_DIR") == state and part_of(process) == "web":
                found.append(process)
        except (psutil.Error, OSError):
            continue
    (process,) = found
    return process


def mark(pid, name):
    """Return what the kernel says of the process's memory, in MB."""
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


@contextmanager
def watched(pid):
    """Look again and again meanwhile; the list given holds in the end the most that was the process's own."""
    most, over = [mark(pid, "RssAnon")], threading.Event()

    def look():
        while not over.wait(0.005):
            most[0] = max(most[0], mark(pid, "RssAnon"))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


def main():
    with tempfile.TemporaryDirectory(prefix="cus-upload-") as folder:
        state = str(Path(folder).resolve())
        process, address, _seconds = start(state)
        try:
            pid = web(state).pid
            file_with(address.rstrip("/"), 8192)  # what is loaded once is loaded
            for size in (1, 19):
                Path(f"/proc/{pid}/clear_refs").write_text("5")  # the mark begins anew
                own, whole = mark(pid, "RssAnon"), mark(pid, "VmRSS")
                with watched(pid) as most:
                    file_with(address.rstrip("/"), size * MB)
                print(f"{size} MB: own memory {own:.1f}, at the highest {most[0]:.1f} MB;", end=" ")  # noqa: T201
                print(f"RSS {whole:.1f}, at the highest {mark(pid, 'VmHWM'):.1f} MB")  # noqa: T201
        finally:
            stop(process)
    print(f"Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")  # noqa: T201


if __name__ == "__main__":
    main()
