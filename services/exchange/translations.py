"""The catalogue's texts in other languages and in easy words, each kept in a file of its own for whoever translates."""

from django.utils.translation import gettext as _

from services.exchange.kinds import SERVICE
from services.models.parts import LANGUAGES

EASY_FILE = "easy_to_read.yaml"
FILES = {language: f"translations/{language}.yaml" for language, _name in LANGUAGES}


def check(file, content, codes):
    """Yield what is wrong with one of these files, as (where, what to do)."""
    services = content if file == EASY_FILE else content.get("services", {})
    for word in content.keys() - {"services", "phrases"} if file != EASY_FILE else ():
        yield file, _("nobody knows the field “%(word)s”.") % {"word": word}
    for code in services:
        if code not in codes:
            yield f"{file}, {code}", _("“%(code)s” is not in %(file)s.") % {"code": code, "file": SERVICE.file}


def translated(raw, files):
    """Return the raw entry with what the files say about it; what the entry says itself stays."""
    code = raw.get("code")
    raw = dict(raw)
    if easy := files[EASY_FILE].get(code):
        raw.setdefault("easy_text", easy)
    for language, file in FILES.items():
        if texts := files[file].get("services", {}).get(code):
            own = raw.get("texts")
            raw["texts"] = {language: texts, **own} if isinstance(own, dict) else own or {language: texts}
        phrases = files[file].get("phrases", {})
        for part in SERVICE.parts:
            if isinstance(raw.get(part.word), list):
                raw[part.word] = [_with_phrases(part, row, language, phrases) for row in raw[part.word]]
    return raw


def _with_phrases(part, row, language, phrases):
    """Return a row with each of its texts that has a column in this language and a phrase in the file."""
    ending = f"_{language}"
    words = [word.removesuffix(ending) for word in part.columns if word.endswith(ending)]
    if not words:
        return row
    full = {part.short: row} if part.short and isinstance(row, str) else row
    if not isinstance(full, dict):
        return row
    found = {word + ending: phrases[full[word]] for word in words if full.get(word) in phrases}
    return {**found, **full}
