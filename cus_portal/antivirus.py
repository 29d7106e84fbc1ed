"""Asking a ClamAV daemon about a file, over its own protocol (INSTREAM): sent in pieces, never held as a whole."""

import socket
import struct

from django.conf import settings

PIECE = 64 * 1024
WITHIN = 60  # seconds


class ScannerAwayError(Exception):
    """The daemon cannot be reached or did not understand; the file stays where it is, and is asked about again."""


def is_on():
    return bool(settings.CLAMAV_SOCKET)


def virus_in(file):
    """Return the name of what was found in the file, or "" when it is clean."""
    try:
        with _connected() as daemon:
            daemon.sendall(b"zINSTREAM\0")
            file.seek(0)
            while piece := file.read(PIECE):
                daemon.sendall(struct.pack("!L", len(piece)) + piece)
            daemon.sendall(struct.pack("!L", 0))
            answer = _answer_of(daemon)
    except OSError as error:
        raise ScannerAwayError(type(error).__name__) from None
    words = answer.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")
    raise ScannerAwayError("the daemon answered with an error")


def _connected():
    """Connect to host:port, or to the path of a unix socket."""
    where = settings.CLAMAV_SOCKET
    if where.startswith("/"):
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(WITHIN)
        daemon.connect(where)
        return daemon
    host, _colon, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=WITHIN)


def _answer_of(daemon):
    answer = b""
    while not answer.endswith(b"\0"):
        piece = daemon.recv(1024)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0").decode(errors="replace").strip()
