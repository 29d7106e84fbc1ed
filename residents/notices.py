"""The privacy notice from the centre's file. A version once shown to people is never rewritten."""

from pathlib import Path

import yaml

from residents.models import PrivacyNotice


class NoticeError(Exception):
    """The file cannot be loaded. The text says what to do."""


def load_notice(path: Path) -> str:
    """Read the file's version into the database; return "created" or "left"."""
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
        text = {name: facts[name] for name in ("valid_from", "title", "short", "body")}
        version = str(facts["version"])
    except FileNotFoundError:
        raise NoticeError(f"There is no {path}.") from None
    except yaml.YAMLError as error:
        raise NoticeError(f"{path} is not valid YAML: {error}") from None
    except (KeyError, TypeError) as error:
        raise NoticeError(f"{path} lacks {error}.") from None
    known, created = PrivacyNotice.objects.get_or_create(version=version, defaults=text)
    if any(getattr(known, name) != value for name, value in text.items()):
        raise NoticeError(f"{path} changes version {version}, which may have been shown: give it a new version.")
    return "created" if created else "left"
