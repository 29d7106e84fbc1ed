"""The centre's own file: name, address, contact, colours, prefixes. Read once, at start."""

from pathlib import Path

import yaml
from django.core.exceptions import ImproperlyConfigured

REQUIRED = {
    "name", "place", "short_name", "address", "phone", "email", "office_hours", "municipality", "municipality_teryt",
    "reference_prefix", "case_sign_unit", "case_filing_class", "decision_filing_class", "appeals_board", "emergency",
    "respond_within_days", "answer_messages_within_workdays", "plan_terms", "quick_exit", "accessibility",
    "about", "helplines", "certificate_terms", "certificate_extensions",
}  # fmt: skip


def load_centre(path: Path) -> dict:
    """Return the centre's facts; stop the start with one line when the file lacks any."""
    try:
        centre = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ImproperlyConfigured(f"CENTRE_FILE names {path}, which is not there.") from None
    except yaml.YAMLError as error:
        raise ImproperlyConfigured(f"{path} is not valid YAML: {error}") from None
    missing = REQUIRED - set(centre or {})
    if missing:
        raise ImproperlyConfigured(f"{path} lacks: {', '.join(sorted(missing))}.")
    return centre


def in_language(centre: dict, words: str, language: str) -> str:
    """Return the centre's own words in that language; empty where its file does not have them."""
    return centre.get("translations", {}).get(language, {}).get(words, "")
