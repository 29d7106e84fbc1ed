"""Stable identifiers of what has no UUID of its own: made of its code, in the namespace of this municipality."""

from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

NAMESPACE = uuid5(NAMESPACE_URL, f"urn:teryt:{settings.CENTRE['municipality_teryt']}:cus")


def id_of(kind, *codes):
    """Return the same UUID for the same codes, today and after any change of what they name."""
    return str(uuid5(NAMESPACE, "/".join([kind, *map(str, codes)])))
