"""Calls to addresses that others gave us: https only, to a public address that was looked at, without redirects.

The name is resolved once and the connection goes to the address that was looked at, so a name that answers otherwise
the second time leads nowhere. Of the answer nothing is read but its first line.
"""

import re
import socket
import ssl
from ipaddress import ip_address, ip_network
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri

SECONDS = 10
FIRST_LINE = 1024
# Addresses behind which another one is hidden, private perhaps: NAT64, 6to4.
DISGUISED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))


class CallFailed(Exception):  # noqa: N818 (it says what happened)
    """The call was not made, or not answered as it should be. The text holds nothing of anybody."""


def may_be_called(address: str) -> bool:
    """Tell whether an address is public, or in a network that the centre has opened."""
    ip = ip_address(address)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if any(ip in ip_network(network) for network in settings.OUTGOING_NETWORKS):
        return True
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in DISGUISED)


def addresses_of(host: str, port: int) -> list[tuple]:
    """Return where the name leads, as (family, address); one that may not be called closes them all."""
    try:
        found = socket.getaddrinfo(host.encode("idna").decode(), port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise CallFailed("no such name") from None
    if not all(may_be_called(address[0]) for *_kind, address in found):
        raise CallFailed("address not allowed")
    return [(family, address) for family, *_kind, address in found]


def post(url: str, *, body: bytes, headers: dict[str, str]) -> int:
    """Post to the address and return the status of the answer; OSError when nobody is there in time."""
    parts = urlsplit(iri_to_uri(url))
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise CallFailed("address not allowed")
    until, port = monotonic() + SECONDS, parts.port or 443
    host = parts.hostname.encode("idna").decode()
    trust = ssl.create_default_context()
    with (
        _connected(addresses_of(parts.hostname, port), until) as bare,
        trust.wrap_socket(bare, server_hostname=host) as line,
    ):
        line.sendall(_request(parts, host, headers, body))
        return _status(line, until)


def _connected(addresses, until):
    """Connect to the first that answers: without asking for the name again, as create_connection would."""
    for family, address in addresses:
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(_left(until) / 2)
            line.connect(address)
        except OSError as error:
            line.close()
            failed = error
        else:
            return line
    raise failed


def _left(until):
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _request(parts, host, headers, body):
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    said = {
        "Host": f"{host}:{parts.port}" if parts.port else host,
        "User-Agent": "CUS-portal",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _status(line, until):
    """Read the first line of the answer, however slowly it comes: no longer than the time that is left."""
    first = b""
    while b"\n" not in first and len(first) < FIRST_LINE:
        line.settimeout(_left(until))
        part = line.recv(FIRST_LINE)
        if not part:
            break
        first += part
    status = re.match(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b", first)
    if status is None:
        raise CallFailed("no answer in HTTP")
    return int(status[1])
