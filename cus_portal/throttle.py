"""Counting of guesses. In the database, not the cache: it must hold while Redis is away."""

import hashlib
import ipaddress

from django.conf import settings
from django.db import connection, models
from django.utils import timezone


class Throttle(models.Model):
    """How often one key was tried in one window of time. The key is a hash: no address is kept."""

    key = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="a_key_counts_once_a_window")]
        indexes = [models.Index(fields=["window_start"], name="throttle_by_age")]

    def __str__(self):
        return f"{self.key[:8]} {self.window_start:%F %H:%M}: {self.count}"


def hit(scope, who, *, limit, minutes, now):
    """Count one try of `who` in `scope`; return True while the limit of the window is not passed."""
    key = hashlib.sha256(f"{settings.SECRET_KEY}:{scope}:{who}".encode()).hexdigest()
    start = now.replace(second=0, microsecond=0)
    start = start.replace(minute=start.minute - start.minute % minutes) if minutes < 60 else start.replace(minute=0)
    table = connection.ops.quote_name(Throttle._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS seen (key, window_start, count) VALUES (%s, %s, 1)"  # noqa: S608
            " ON CONFLICT (key, window_start) DO UPDATE SET count = seen.count + 1 RETURNING count",
            [key, start],
        )
        return cursor.fetchone()[0] <= limit


def hit_now(scope, who, *, limit, minutes):
    """Count one try at this moment, for a form that a library makes and that knows no time."""
    return hit(scope, who, limit=limit, minutes=minutes, now=timezone.now())


def forget_before(moment):
    """Delete the windows that began before the moment; return how many."""
    return Throttle.objects.filter(window_start__lt=moment).delete()[0]


def client_address(request):
    """Return whose tries are counted: the address before our own proxies, whose number PROXY_COUNT tells, or None.

    Of IPv6 the first address of the /64, in which a subscriber has as many as he likes; but not of an IPv4 address
    written as one, or everybody behind it would be the same.
    """
    passed = request.headers.get("X-Forwarded-For", "").split(",") if settings.PROXY_COUNT else []
    written = (passed[-settings.PROXY_COUNT :] or [request.META.get("REMOTE_ADDR", "")])[0].strip()
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    if address.version == 4 or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", address))
    return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)
