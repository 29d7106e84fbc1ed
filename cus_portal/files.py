"""Files that people attach: checked by content, kept outside the web root, served to whoever may read them."""

import re
import uuid
from dataclasses import dataclass
from pathlib import PurePath

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import storages
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from cus_portal.pdf_check import check_pdf
from cus_portal.pictures import FORMATS, rewritten

# Content type -> the ending the file is given. What a phone's camera, a scanner and an office make.
ALLOWED = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
}
OFFICE = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.oasis.opendocument.text": "odt",
}
HEAD_BYTES = 8192


def private_storage():
    return storages["private"]


def private_path(instance, filename):
    """Return where a file is kept: a random name, so neither a person nor a PESEL stands in a path."""
    return f"attachments/{uuid.uuid4().hex}"


def kind_of(upload, allowed=ALLOWED):
    """Return the content type by the file's first bytes, or None when it is not one of those allowed."""
    upload.seek(0)
    head = upload.read(HEAD_BYTES)
    upload.seek(0)
    guess = filetype.guess(head)
    return guess.mime if guess and guess.mime in allowed else None


def validate_upload(upload):
    """Raise ValidationError, saying what to do, unless the file may be kept."""
    if upload.size > settings.ATTACHMENT_MAX_BYTES:
        raise ValidationError(
            _("The file “%(name)s” is %(size)s. Send a file of at most %(limit)s, or bring it to the centre."),
            code="too_big",
            params={
                "name": shown_name(upload.name),
                "size": filesizeformat(upload.size),
                "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES),
            },
        )
    if not upload.size:
        raise ValidationError(_("The file is empty. Choose it once more."), code="empty")
    if kind_of(upload) is None:
        raise ValidationError(
            _("The file “%(name)s” is not a PDF, JPG or PNG. Take a photo of the document or save it as PDF."),
            code="wrong_kind",
            params={"name": shown_name(upload.name)},
        )


@dataclass(frozen=True)
class Accepted:
    """A file that may be kept: looked through, a picture written anew, named by what it holds."""

    file: File
    name: str
    content_type: str
    size: int


def accept(upload):
    """Return the upload as it may be kept, or raise ValidationError, saying what to do. Accepted once, it stays so."""
    if isinstance(upload, Accepted):
        return upload
    validate_upload(upload)
    content_type, name = kind_of(upload), shown_name(upload.name)
    file = upload
    try:
        if content_type in FORMATS:
            file, content_type = rewritten(upload, content_type)
        else:
            check_pdf(upload)
    except ValidationError as problem:
        raise ValidationError(f"{name}: {problem.messages[0]}", code=problem.code) from None
    return Accepted(file=file, name=f"{name}.{ALLOWED[content_type]}", content_type=content_type, size=file.size)


def shown_name(name):
    """Return a name that is safe to show and to download under: no folders, no control characters, no long digits."""
    stem = PurePath(name.replace("\\", "/")).stem
    stem = re.sub(r"[^\w .,()-]", "", stem, flags=re.UNICODE)
    stem = re.sub(r"\d{9,}|(?<!\d)\d(?:[ .,-]?\d){10}(?!\d)", "", stem).strip(" .") or _("document")
    return stem[:80]


def serve_private(file, *, name, content_type):
    """Answer with a private file as a download; the caller has checked the right and recorded the read."""
    response = FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
