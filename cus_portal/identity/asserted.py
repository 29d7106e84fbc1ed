"""Whom a provider vouches for."""

from dataclasses import dataclass


class Refused(Exception):  # noqa: N818
    """What came back proves nothing. Says why in one word of ours, never what it held."""

    CANCELLED, FAILED = "cancelled", "failed"

    def __init__(self, why=FAILED):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Asserted:
    claims: dict[str, str]  # by our names: those of the provider's claims in its configuration
    level: str  # of assurance, as the provider calls it
    is_strong: bool


def asserted(provider, found, level):
    """Return the claims under our names, each as one text."""
    claims = {name: _text(found.get(theirs)) for name, theirs in provider.claims.items()}
    return Asserted(claims, level, level in provider.strong)


def _text(value):
    if isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None or isinstance(value, dict) else str(value).strip()
