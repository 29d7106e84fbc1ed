"""Photos and scans that people attach, written anew: what is kept is what can be seen, and nothing besides.

Position, camera, thumbnails and whatever was hidden behind or between the pixels stay behind (EXIF, GPS, comments,
another file glued on). A photo is turned upright and made no larger than a sheet at 300 dots an inch. A photo as
iPhones keep it (HEIC) becomes a JPEG, which everybody can open.
"""

import tempfile
import weakref
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _
from pi_heif import register_heif_opener  # reads only; the twin that writes brings an encoder under the GPL
from PIL import Image, ImageOps, UnidentifiedImageError

register_heif_opener()
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/heic": "HEIF"}
KEPT_AS = {"image/heic": "image/jpeg"}
LONGEST_SIDE = 3508  # A4 at 300 dots an inch
DECODED_TO = 2600  # a JPEG is read at a half, a quarter or an eighth of its size as long as this much is left
# Pixels as written in the file. A JPEG is shrunk while it is read, others are held whole, up to four bytes a pixel.
MOST_PIXELS = {"image/jpeg": 180_000_000, "image/png": 25_000_000, "image/heic": 25_000_000}
IN_MEMORY = 1024 * 1024
Image.MAX_IMAGE_PIXELS = max(MOST_PIXELS.values())  # Pillow itself refuses twice as many, before anything is unpacked
one_at_a_time = Lock()  # each costs up to 100 MB while it lasts


def rewritten(upload, content_type):
    """Return the picture as a new file and its content type.

    Raises ValidationError when it is none or too large to be opened.
    """
    kept_as = KEPT_AS.get(content_type, content_type)
    upload.seek(0)
    try:
        with one_at_a_time, Image.open(upload, formats=[FORMATS[content_type]]) as picture:
            if picture.width * picture.height > MOST_PIXELS[content_type]:
                raise _too_large()
            return _written(picture, kept_as), kept_as
    except Image.DecompressionBombError:
        raise _too_large() from None
    except (UnidentifiedImageError, OSError, EOFError, SyntaxError, ValueError, MemoryError, RuntimeError):
        raise ValidationError(_("The picture cannot be opened. Take the photo once more."), code="broken") from None
    finally:
        upload.seek(0)


def _written(picture, content_type):
    if content_type == "image/jpeg":
        picture.draft("RGB", (DECODED_TO, DECODED_TO))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = upright.convert("RGB" if content_type == "image/jpeg" else _mode(upright))
    upright.info.clear()
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the caller keeps it
    upright.save(file, FORMATS[content_type], **({"quality": 88} if content_type == "image/jpeg" else {}))
    file.seek(0)
    kept = File(file, name="picture")
    weakref.finalize(kept, file.close)  # when it is stored, or the form was sent in vain
    return kept


def _mode(picture):
    return "RGBA" if picture.has_transparency_data else "RGB"


def _too_large():
    return ValidationError(
        _("The picture has too many points to be opened. Take the photo once more, in a smaller size."), code="bomb"
    )
