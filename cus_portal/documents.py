"""Data + Typst template -> tagged PDF (PDF/UA-1)."""

import json
from pathlib import Path

from django.conf import settings

FONTS = settings.BASE_DIR / "static" / "fonts" / "pdf"
TEMPLATES = settings.BASE_DIR / "templates" / "pdf"


def render_pdf(template, data):
    """Return the bytes of templates/pdf/<template>.typ filled with the data, which the template reads as JSON."""
    import typst  # 7 MB that only those who print pay for

    return typst.compile(
        str(Path(TEMPLATES / f"{template}.typ")),
        root=str(settings.BASE_DIR),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, default=str)},
        pdf_standards=["ua-1"],
    )
