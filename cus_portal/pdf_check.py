"""PDF files that people attach: refused when they do something by themselves, hide something, or cannot be read.

The file is looked through where it lies, never held as a whole. What a reader would run has to be named in it
(/JavaScript, /Launch …), in plain sight or inside a packed stream; so the streams are unpacked, within a limit.
"""

import mmap
import re
import tempfile
import zlib

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ACTIVE = ("JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "XFA", "ImportData", "SubmitForm")
PACKED = re.compile(rb"stream\r?\n")
HEADER = re.compile(rb"[\x08-\x78][\x01\x5e\x9c\xda\x20-\xff]")
FILTER = re.compile(rb"/(ASCIIHex|ASCII85|LZW|RunLength)Decode\b")
UNPACKED_MOST = 300 * 1024 * 1024
STEP = 256 * 1024
OVERLAP = 64
TAIL = 64 * 1024
END_OF_ZIP = b"PK\x05\x06"


def _name(word):
    """Return a pattern of a PDF name: each letter may be written by its number, as in /Java#53cript."""
    letters = (f"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in word)
    return "/" + "".join(letters) + r"(?![A-Za-z0-9])"


DOES = re.compile("|".join(map(_name, ACTIVE)).encode())
LOCKED = re.compile(_name("Encrypt").encode())
OBJECTS = re.compile(_name("ObjStm").encode())


def check_pdf(upload):
    """Raise ValidationError, saying what to do instead, unless the PDF is paper and nothing but paper."""
    upload.seek(0)
    with tempfile.TemporaryFile() as copy:
        try:
            data = mmap.mmap(upload.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, AttributeError):  # a small upload lies in memory, not in a file
            for chunk in upload.chunks():
                copy.write(chunk)
            copy.flush()
            data = mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ)
        with data:
            _look_through(data)
    upload.seek(0)


def _look_through(data):
    if LOCKED.search(data):
        raise ValidationError(
            _("The PDF is protected by a password. Save it without one, or take a photo of the document."),
            code="locked",
        )
    if data.find(END_OF_ZIP, max(0, len(data) - TAIL)) >= 0:
        raise _does_something()
    if DOES.search(data):
        raise _does_something()
    if OBJECTS.search(data) and FILTER.search(data):
        raise _does_something()  # objects packed in a way that is not looked into
    left = UNPACKED_MOST
    for found in PACKED.finditer(data):
        left = _unpack(data, found.end(), left)


def _unpack(data, start, left):
    """Look through one stream as it unpacks; return how much may still be unpacked."""
    if not HEADER.match(data, start):
        return left
    reader, tail, position = zlib.decompressobj(), b"", start
    while not reader.eof:
        packed = reader.unconsumed_tail
        if not packed:
            packed = data[position : position + STEP]
            position += len(packed)
        if not packed:
            break
        try:
            piece = reader.decompress(packed, STEP)
        except zlib.error:  # no packed stream after all, or a broken one, of which no reader makes more
            break
        left -= len(piece)
        if left < 0:
            raise ValidationError(
                _("The PDF unpacks to far more than its size. Take a photo of the document."), code="bomb"
            )
        if DOES.search(tail + piece):
            raise _does_something()
        tail = (tail + piece)[-OVERLAP:]
    return left


def _does_something():
    return ValidationError(
        _("The PDF holds a program, a form or another file. Print it to a PDF, or take a photo of the document."),
        code="active",
    )
