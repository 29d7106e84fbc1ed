"""What people attach, and what others hide in it (hard case 60): checked, written anew, kept in quarantine."""

import io
import socketserver
import struct
import tempfile
import threading
import tracemalloc
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import RequestFactory
from PIL import Image

from cus_portal.audit.models import AuditEvent
from cus_portal.files import accept
from cus_portal.timetable import TIMETABLE
from residents.actions import add_attachments, check_attachments, submit_request
from residents.models import Attachment
from residents.tasks import check_attachments as task
from tests.embedded_servers import ROOT
from tests.factories import NOW, PublicActor, holder_of, make_filing, make_request
from tests.intake import CHECK, DONE, STATUS, errors, fill, html, prove, scan, send

# The file by which scanners are tried; it does nothing. In two parts, so that no scanner stops this test itself.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LUBLIN = {1: "N", 2: (51.0, 10.0, 30.0), 3: "E", 4: (22.0, 16.0, 45.0)}


def upload(content, name="skan.pdf"):
    return SimpleUploadedFile(name, content)


def refusal(content, name="skan.pdf"):
    with pytest.raises(ValidationError) as refused:
        accept(upload(content, name))
    return refused.value


def code_of(refused):
    return refused.error_list[0].code if hasattr(refused, "error_list") else refused.code


def pdf(body, *, stream=b"", words=b""):
    packed = b"<</Length %d%s>>\nstream\n%s\nendstream\n" % (len(stream), words, stream) if stream else b""
    return b"%PDF-1.7\n1 0 obj\n<<" + body + b">>\nendobj\n2 0 obj\n" + packed + b"endobj\n%%EOF\n"


def photo(kind="JPEG", size=(600, 400), **extra):
    file = io.BytesIO()
    Image.new("RGB", size, "#0a5a61").save(file, kind, **extra)
    return file.getvalue()


def photo_with_position():
    exif = Image.Exif()
    exif[0x0110] = "Telefon Krystyny"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825).update(LUBLIN)
    return photo(exif=exif, comment=b"Wronow 5")


# -- pictures -----------------------------------------------------------------------------------
def test_a_photo_is_kept_without_place_and_camera_and_upright():
    sent = photo_with_position()
    assert b"Telefon Krystyny" in sent
    kept = accept(upload(sent, "IMG_44051401359.exe"))
    content = kept.file.read()
    picture = Image.open(io.BytesIO(content))
    assert (kept.content_type, kept.size) == ("image/jpeg", len(content))
    assert not picture.getexif()
    assert "comment" not in picture.info
    assert picture.size == (400, 600)
    assert b"Telefon" not in content
    assert "44051401359" not in kept.name
    assert kept.name.endswith(".jpg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_glued_to_a_picture_stays_behind(kind):
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("a.html", "<script>alert(1)</script>")
    kept = accept(upload(photo(kind) + hidden.getvalue(), "foto.png"))
    content = kept.file.read()
    assert Image.open(io.BytesIO(content)).size == (600, 400)
    assert not zipfile.is_zipfile(io.BytesIO(content))
    assert b"script" not in content


def test_a_clear_png_stays_clear_and_a_huge_photo_becomes_a_sheet():
    file = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(file, "PNG", pnginfo=None)
    clear, huge = accept(upload(file.getvalue(), "a.png")), accept(upload(photo(size=(9000, 6000)), "a.jpg"))
    assert Image.open(clear.file).mode == "RGBA"
    assert max(Image.open(huge.file).size) <= 3508


def png_of(width, height):
    """A few bytes that say they are a picture of that size."""

    def chunk(kind, data):
        return struct.pack("!L", len(data)) + kind + data + struct.pack("!L", zlib.crc32(kind + data))

    header = struct.pack("!LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(30_000, 30_000), (2_000_000, 2_000_000), (6000, 6000)])
def test_a_bomb_of_a_picture_is_not_unpacked(size):
    assert code_of(refusal(png_of(*size), "bomba.png")) == "bomb"


def test_a_picture_that_is_broken_is_told_so():
    assert code_of(refusal(photo()[:300], "foto.jpg")) == "broken"
    assert code_of(refusal(b"\x89PNG\r\n\x1a\n" + b"x" * 200, "foto.png")) == "broken"


def test_case_60_a_photo_as_iphones_keep_it_becomes_a_jpeg_without_where_it_was_taken():
    taken = (ROOT / "tests/data/iphone.heic").read_bytes()
    assert b"Telefon Krystyny" in taken  # and where it was taken stands beside
    kept = accept(upload(taken, "IMG_0001.HEIC"))
    assert (kept.name, kept.content_type) == ("IMG_0001.jpg", "image/jpeg")
    content = kept.file.read()
    assert b"Telefon" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (64, 96), {})
        assert picture.getpixel((32, 20))[0] > 200, "it stands upright: its white half on top"
        assert picture.getpixel((32, 80))[0] < 60


def test_a_photo_of_an_iphone_that_is_broken_is_told_so():
    taken = (ROOT / "tests/data/iphone.heic").read_bytes()
    for content in (taken[:60] + b"x" * 400, taken[:-120], b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"x" * 500):
        assert code_of(refusal(content, "IMG_0001.HEIC")) == "broken"


def test_a_film_or_another_kind_in_the_same_wrapping_is_no_photo():
    for brand in (b"avif", b"msf1", b"hevc"):
        assert code_of(refusal(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + b"x" * 500, "x.heic")) == "wrong_kind"


# -- other kinds --------------------------------------------------------------------------------
def office(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        EICAR,
        office("word/document.xml"),
        office("word/vbaProject.bin"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,  # a Word file of old, which may hold macros
        b"MZ" + b"\0" * 300,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"GIF89a" + b"\0" * 100,
        b"\n%PDF-1.7 not at the start",
    ],
)
@pytest.mark.parametrize("name", ["orzeczenie.pdf", "orzeczenie.jpg"])
def test_another_kind_is_refused_whatever_its_name(content, name):
    assert code_of(refusal(content, name)) == "wrong_kind"


# -- PDF ----------------------------------------------------------------------------------------
PLAIN = pdf(b"/Type/Catalog/OpenAction[3 0 R/Fit]", stream=zlib.compress(b"BT (Orzeczenie) Tj ET" * 99))


def test_a_plain_pdf_is_kept_as_it_is():
    kept = accept(upload(PLAIN, "PESEL 44051401359.PDF"))
    assert kept.file.read() == PLAIN
    assert kept.name == "PESEL.pdf"


@pytest.mark.parametrize(
    "content",
    [
        pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        pdf(b"/OpenAction<</S/Java#53cript/JS(app.alert(1))>>"),
        pdf(b"/S /Launch /F (cmd.exe)"),
        pdf(b"/Names<</EmbeddedFiles 3 0 R>>"),
        pdf(b"/AcroForm<</XFA 3 0 R>>"),
        pdf(b"/Type/Catalog", stream=zlib.compress(b"<</S/JavaScript/JS(x)>>"), words=b"/Type/ObjStm"),
        pdf(b"/Type/Catalog", stream=zlib.compress(b" " * 300_000 + b"/JavaScript "), words=b"/Filter/FlateDecode"),
        pdf(b"/Type/Catalog", stream=b"GhQ~>", words=b"/Type/ObjStm/Filter[/ASCII85Decode/FlateDecode]"),
        PLAIN + office("a.html"),
    ],
)
def test_a_pdf_that_does_or_hides_something_is_refused(content):
    assert code_of(refusal(content)) == "active"


def test_a_locked_pdf_is_told_so():
    assert code_of(refusal(pdf(b"/Encrypt 5 0 R"))) == "locked"


def test_a_bomb_of_a_pdf_is_unpacked_to_a_limit_only(monkeypatch):
    monkeypatch.setattr("cus_portal.pdf_check.UNPACKED_MOST", 2 * 1024 * 1024)
    assert code_of(refusal(pdf(b"/Type/Page", stream=zlib.compress(b"\0" * 40_000_000)))) == "bomb"


# -- in the form, and never whole in memory -----------------------------------------------------
def test_what_is_refused_is_said_at_the_files_and_the_limits_before(client, db):
    fill(client)
    page = html(client.get(CHECK))
    assert "Najwyżej 5 plików, każdy do 20 MB." in page
    response = send(client, files=[upload(pdf(b"/S/JavaScript")), upload(photo_with_position(), "a.jpg")])
    assert list(errors(response)) == ["files"]
    assert send(client, files=[upload(photo_with_position(), "a.jpg"), scan()]).url == DONE
    kept = Attachment.objects.order_by("pk")
    assert [file.content_type for file in kept] == ["image/jpeg", "application/pdf"]
    with kept[0].file.open("rb") as file:
        assert not Image.open(file).getexif()


def test_twenty_megabytes_are_never_held_in_memory(db):
    """A scan of 20 MB on its way from the browser's temporary file to the store."""
    big = TemporaryUploadedFile("skan.pdf", "application/pdf", 0, None)
    big.write(b"%PDF-1.7\n")
    for number in range(20 * 1024 - 1):
        big.write(number.to_bytes(2, "big") * 512)
    big.size = big.tell()
    big.seek(0)
    make_request()  # what is loaded once is loaded
    filing = make_filing()
    tracemalloc.start()
    try:
        request = submit_request(filing, by=PublicActor(), now=NOW, files=[big])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        big.close()
    assert request.attachments.get().size == big.size > 20_000_000
    assert peak < 2 * 1024 * 1024


def test_twenty_megabytes_from_a_browser_go_straight_to_a_file():
    """The handlers of uploads write what comes to the disk, piece by piece, before any view sees it."""
    with tempfile.TemporaryFile() as body:
        body.write(b'--x\r\nContent-Disposition: form-data; name="files"; filename="skan.pdf"\r\n\r\n')
        for _kilobyte in range(20 * 1024):
            body.write(b"%PDF" * 256)
        body.write(b"\r\n--x--\r\n")
        length = body.tell()
        body.seek(0)
        sent = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": body}
        request = RequestFactory().request(**sent, CONTENT_LENGTH=str(length))
        tracemalloc.start()
        try:
            received = request.FILES["files"]
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert isinstance(received, TemporaryUploadedFile)
    assert received.size == 20 * 1024 * 1024
    assert peak < 2 * 1024 * 1024
    received.close()


# -- quarantine ---------------------------------------------------------------------------------
class Daemon(socketserver.BaseRequestHandler):
    """A scanner that speaks ClamAV's protocol and knows one virus."""

    def handle(self):
        assert self.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self.read(4))[0]:
            content += self.read(size)
        found = b"Eicar-Test-Signature FOUND" if b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" in content else b"OK"
        self.request.sendall(b"stream: " + (b"" if content else b"size limit exceeded ERROR") + found + b"\0")

    def read(self, size):
        data = b""
        while len(data) < size:
            data += self.request.recv(size - len(data))
        return data


@pytest.fixture(params=["tcp", "unix"])
def scanner(request, settings, tmp_path):
    if request.param == "tcp":
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon)
        settings.CLAMAV_SOCKET = f"127.0.0.1:{server.server_address[1]}"
    else:
        settings.CLAMAV_SOCKET = str(tmp_path / "clamd.sock")
        server = socketserver.ThreadingUnixStreamServer(settings.CLAMAV_SOCKET, Daemon)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_file_waits_in_quarantine_until_the_scanner_found_it_clean(
    scanner, client, sign_in, ola, django_capture_on_commit_callbacks
):
    request = make_request()
    files = [scan("dobry.pdf"), scan("zly.pdf", PLAIN + EICAR)]
    add_attachments(request, files=files, by=holder_of(request), now=NOW)
    good, bad = request.attachments.order_by("pk")
    desk = sign_in(ola)
    address = f"/admin/residents/servicerequest/{request.pk}/file/"
    assert desk.get(f"{address}{good.pk}/").status_code == 404
    assert "sprawdzany" in html(desk.get(request.get_absolute_url()))
    with django_capture_on_commit_callbacks(execute=True):
        assert check_attachments() == 2
    assert desk.get(f"{address}{bad.pk}/").status_code == 404
    assert good.file.storage.exists(good.file.name)
    assert not bad.file.storage.exists(bad.file.name)
    assert AuditEvent.objects.filter(action="attachment.infected", object_id=bad.pk).count() == 1
    assert check_attachments() == 0
    assert b"".join(desk.get(f"{address}{good.pk}/").streaming_content).startswith(b"%PDF")
    client.logout()
    prove(client, request)
    page = html(client.get(STATUS))
    assert "znaleźliśmy wirusa" in page
    assert "dobry.pdf" in page


def test_a_scanner_that_is_away_keeps_the_file_in_quarantine(settings, db):
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    request = make_request()
    add_attachments(request, files=[scan()], by=holder_of(request), now=NOW)
    assert check_attachments() == 0
    assert request.attachments.get().virus_check == "waiting"


def test_without_a_scanner_nothing_waits(db):
    request = make_request()
    add_attachments(request, files=[scan()], by=holder_of(request), now=NOW)
    assert request.attachments.get().may_be_opened
    assert check_attachments() == 0
    assert TIMETABLE["check-attachments"]["task"] == task.name
