"""Data + Typst template -> tagged PDF (PDF/UA-1)."""

import json
import subprocess
import sys
from threading import Lock

from django.conf import settings

FONTS = settings.BASE_DIR / "static" / "fonts" / "pdf"
TEMPLATES = settings.BASE_DIR / "templates" / "pdf"
SET_WITHIN = 60
one_at_a_time = Lock()  # each costs about 30 MB while it lasts


class DocumentError(Exception):
    """A document could not be set. What Typst said may hold personal data, so it goes no further."""


def render_pdf(template, data):
    """Return the bytes of templates/pdf/<template>.typ filled with the data, which the template reads as JSON."""
    with one_at_a_time:
        done = _set(template, json.dumps(data, ensure_ascii=False, default=str).encode())
    if done.returncode:
        raise DocumentError(f"{template} could not be set, status {done.returncode}")
    return done.stdout


def _set(template, data):
    return subprocess.run(
        [sys.executable, "-m", "cus_portal.typesetter", settings.BASE_DIR, TEMPLATES / f"{template}.typ", FONTS],
        cwd=settings.BASE_DIR,
        input=data,
        capture_output=True,
        timeout=SET_WITHIN,
    )
