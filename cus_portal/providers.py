"""Who may vouch for people who sign in: the file that IDENTITY_FILE names. Without it nothing of this is on."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from django.core.exceptions import ImproperlyConfigured

AT_HOME = {"127.0.0.1", "localhost"}
NEEDED = {
    "oidc": {"name", "issuer", "client_id", "client_secret", "claims"},
    "saml": {"name", "entity_id", "sign_in_url", "certificate", "own_key", "own_certificate", "claims"},
}
CLAIMS = {"residents": {"first_name", "last_name", "pesel"}, "staff": {"email"}}
ADDRESSES = ("issuer", "sign_in_url")
FILES = ("certificate", "own_key", "own_certificate")


@dataclass(frozen=True, eq=False)
class Provider:
    """One provider as the file describes it. `strong` are the levels of assurance that count as a second step."""

    role: str
    kind: str
    name: str
    claims: dict[str, str]
    options: dict = field(repr=False)
    strong: tuple[str, ...] = ()


def load_providers(path: Path | None) -> dict[str, Provider]:
    """Return the providers by role, residents or staff; stop the start with one line when one is described badly."""
    if path is None:
        return {}
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ImproperlyConfigured(f"IDENTITY_FILE names {path}, which is not there.") from None
    except yaml.YAMLError:
        raise ImproperlyConfigured(f"{path} is not valid YAML.") from None
    return {role: _provider(role, facts, path) for role, facts in written.items()}


def _provider(role, facts, path):
    if role not in CLAIMS:
        raise ImproperlyConfigured(f"{path}: {role} is neither residents nor staff.")
    kind = facts.get("kind")
    if kind not in NEEDED or (role, kind) == ("staff", "saml"):
        raise ImproperlyConfigured(f"{path}: the kind of {role} must be oidc{' or saml' * (role == 'residents')}.")
    missing = (NEEDED[kind] - set(facts)) | (CLAIMS[role] - set(facts.get("claims") or {}))
    if missing:
        raise ImproperlyConfigured(f"{path}: {role} lacks: {', '.join(sorted(missing))}.")
    for address in (facts[name] for name in ADDRESSES if name in facts):
        if urlsplit(address).scheme != "https" and urlsplit(address).hostname not in AT_HOME:
            raise ImproperlyConfigured(f"{path}: the address of {role} must begin with https://.")
    read = {name: (path.parent / facts[name]).read_text(encoding="utf-8") for name in FILES if name in facts}
    return Provider(
        role=role,
        kind=kind,
        name=facts["name"],
        claims=facts["claims"],
        options=facts | read,
        strong=tuple(facts.get("strong", ())),
    )
