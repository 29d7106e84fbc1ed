"""Polish words and their forms, by the dictionary Morfeusz 2.

A process that opens it keeps 45 MB of it, so only what writes the index or reads strange words does: whoever searches
reads tables.
"""

from functools import cache, lru_cache

from morfeusz2 import Morfeusz

from services.search import plain

SKIPPED = {"aglt", "brev", "interp"}  # endings of verbs, abbreviations, signs
UNTYPED = {"cond", "imps", "pant", "pcon"}  # "leżałobym", "leżano": nobody looks for help with these
ANALYSER, GENERATOR = {"generate": False}, {"analyse": False, "praet": "composite"}


@cache
def morfeusz(**half):
    """Return one half of the dictionary; `composite` makes "zapomniałam" one word, as people type it."""
    return Morfeusz(**half)


@lru_cache(maxsize=20_000)
def lemmas_of(word):
    """Return {folded lemma: its spellings in the dictionary}; a word nobody knows is its own lemma."""
    readings = [edge[2] for edge in morfeusz(**ANALYSER).analyse(word)]
    readings = [reading for reading in readings if kind_of(reading) not in SKIPPED | {"ign"}]
    common = [reading for reading in readings if not is_name(reading)]
    found = {}
    for _form, lemma, *_tags in common or readings:
        found.setdefault(plain(lemma.partition(":")[0]), set()).add(lemma)
    return found or {plain(word): set()}


@lru_cache(maxsize=5_000)
def forms_of(*spellings):
    """Return the folded forms of a lemma in all its spellings, without those that deny it ("niezapomnienie")."""
    entries = [entry for lemma in spellings for entry in morfeusz(**GENERATOR).generate(lemma)]
    denied = not any(plain(lemma).startswith("nie") for lemma in spellings)
    forms = {plain(entry[0]) for entry in entries if kind_of(entry) not in SKIPPED | UNTYPED}
    return {form for form in forms if form.isalnum() and not (denied and form.startswith("nie"))}


def kind_of(reading):
    return reading[2].partition(":")[0]


def is_name(reading):
    """Tell whether a reading is a name of a person, place or firm and nothing else."""
    return bool(reading[3]) and "nazwa_pospolita" not in reading[3]
