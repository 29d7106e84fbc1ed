"""What somebody asked for, word by word, as the index understands it; no dictionary is needed for that."""

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import escape
from math import sqrt

from django.db import connection
from django.utils.safestring import mark_safe

from cus_portal.db import fold
from services.stopwords import STOP_WORDS, TELLING, WHO

WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")  # "об’єднання" is one word
APOSTROPHE = re.compile("['’ʼ]")
LONGEST_TEXT, LONGEST_WORD, MOST_WORDS = 300, 40, 16
SHORT = 3  # shorter words are taken as they are typed; of these, only the beginning of a longer word
READINGS_KEPT = 2_000
READINGS = 4  # how many lemmas a misspelt word may stand for


@lru_cache(maxsize=10_000)
def plain(word):
    """Return a word as the index has it: folded, without the apostrophes inside."""
    return APOSTROPHE.sub("", fold(word))


def tells(word):
    return len(word) > 1 and (plain(word) not in STOP_WORDS or word.lower() in TELLING)


def words_of(text):
    """Return the folded words that tell something, each once, in their order."""
    telling = [plain(word)[:LONGEST_WORD] for word in WORD.findall(text[:LONGEST_TEXT]) if tells(word)]
    return list(dict.fromkeys(telling))[:MOST_WORDS]


@dataclass
class Word:
    """One typed word: the lemmas it may stand for, in how many entries the commonest is, and all their forms."""

    text: str
    lemmas: list[str] = field(default_factory=list)
    entries: int = 0
    sure: float = 1
    forms: set[str] = field(default_factory=set)

    @property
    def query(self):
        return " | ".join(f"'{lemma}'" for lemma in self.lemmas)

    @property
    def weight(self):
        """Say how much a word tells: little, if it stands in every entry, is only guessed, or names who, not what."""
        return self.sure / sqrt(self.entries) * (WHO_TELLS if WHO.intersection(self.lemmas) else 1)


class Question:
    """A text, understood by one SQL query; `readings` keeps what each word was understood as."""

    def __init__(self, text, readings=None):
        self.text = text
        words, readings = words_of(text), {} if readings is None else readings
        known = {word: reading for word in words if (reading := readings.get(word))}
        new = {word.text: word for word in understood([word for word in words if word not in known])}
        if len(readings) > READINGS_KEPT:
            readings.clear()
        readings |= new
        self.words = [known.get(word) or new[word] for word in words]

    @property
    def known(self):
        """The words that stand in some entry, the most telling first."""
        return sorted((word for word in self.words if word.lemmas), key=lambda word: word.entries)

    @property
    def says_nothing(self):
        return not self.words

    @property
    def is_understood(self):
        return len(self.known) == len(self.words)

    def all_words(self):
        return " & ".join(f"({word.query})" for word in self.words)

    @cached_property
    def forms(self):
        return set().union(*(word.forms for word in self.words))


def question_of(text):
    return text if isinstance(text, Question) else Question(text)


EXACT, BEGINNING, SLIP, KIN, ROOT = range(5)
NEARNESS = {EXACT: 0, BEGINNING: 1, SLIP: 1, KIN: 2, ROOT: 3}
SURE = {0: 1, 1: 0.8, 2: 0.6, 3: 0.4}  # what a word counts that was found that far away
WHO_TELLS = 0.5
PREFIXES = [  # "wykąpać" is kin to "kąpać"
    *("do", "na", "nad", "o", "ob", "od", "ode", "po", "pod", "prze", "przy", "roz", "s", "u", "w", "wy", "z", "za")
]
# No part joins two tables: whatever the planner believes of tables it has not counted yet, it reads each of them once.
UNDERSTAND = """
    WITH asked AS (SELECT unnest(%s::text[]) AS word),
    exact AS MATERIALIZED (
        SELECT asked.word, form.form, form.lemma_id, 0 AS way
        FROM asked JOIN services_wordform form ON form.form = asked.word
    ),
    strange AS (
        SELECT word, left(word, greatest(5, length(word) * 2 / 3)) AS root
        FROM asked WHERE length(word) >= %s AND word NOT IN (SELECT word FROM exact)
    ),
    found AS MATERIALIZED (
        SELECT * FROM exact
        UNION ALL
        SELECT strange.word, near.form, near.lemma_id, near.way FROM strange CROSS JOIN LATERAL (
            (SELECT form, lemma_id, 1 AS way FROM services_wordform
             WHERE form >= strange.word AND form < strange.word || chr(65535) ORDER BY form LIMIT 20)
            UNION ALL
            (SELECT form, lemma_id, 2 FROM services_wordform
             WHERE form %% strange.word AND length(strange.word) > 3
               AND length(form) BETWEEN length(strange.word) - 2 AND length(strange.word) + 2
             ORDER BY similarity(form, strange.word) DESC, form LIMIT 30)
            UNION ALL
            (SELECT form, lemma_id, 3 FROM services_wordform
             WHERE form = ANY (ARRAY(
                 SELECT prefix || strange.word FROM unnest(%s::text[]) AS prefix UNION ALL
                 SELECT substr(strange.word, length(prefix) + 1) FROM unnest(%s::text[]) AS prefix
                 WHERE starts_with(strange.word, prefix) AND length(strange.word) > length(prefix) + 3))
             LIMIT 20)
            UNION ALL
            (SELECT form, lemma_id, 4 FROM services_wordform
             WHERE form >= strange.root AND form < strange.root || chr(65535)
               AND length(strange.root) < length(strange.word)
             ORDER BY form LIMIT 20)
        ) near
    )
    SELECT found.word, found.form, found.way, lemma.word, lemma.entries,
           ARRAY(SELECT other.form FROM services_wordform other WHERE other.lemma_id = lemma.id)
    FROM found JOIN services_lemma lemma ON lemma.id = found.lemma_id WHERE lemma.entries > 0
"""


def understood(words):
    """Return the words with what they may stand for.

    That is the word itself in any form; else what goes on from it or is a slip of the finger away; else what has the
    same root, by which "rozciągające" finds "rozciąganie".
    """
    if not words:
        return []
    found = {word: {} for word in words}
    with connection.cursor() as cursor:
        cursor.execute(UNDERSTAND, [words, SHORT, PREFIXES, PREFIXES])
        for word, form, way, *lemma in cursor.fetchall():
            far = distance(word, form) if way == SLIP else 0
            if far <= (2 if len(word) >= 8 else 1):
                found[word].setdefault((NEARNESS[way], far), {})[lemma[0]] = lemma
    return [_word(text, near) for text, near in found.items()]


def _word(text, near):
    word = Word(text)
    if near:
        word.sure = SURE[min(near)[0]]
    for lemma, entries, forms in list(near[min(near)].values())[:READINGS] if near else []:
        word.lemmas.append(lemma)
        word.entries = max(word.entries, entries)
        word.forms.update(forms)
    return word


def distance(one, other):
    """Count the slips of the finger between two words: a letter too many, missing, wrong, or two swapped."""
    before, last = [], list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, opposite in enumerate(other, start=1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != opposite))
            if row > 1 and column > 1 and letter == other[column - 2] and opposite == one[row - 2]:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


def marked(text, question):
    """Return the text as safe HTML, with the words that were asked for inside <mark>, in whatever form they stand."""
    forms = question.forms if question else ()
    parts, end = [], 0
    for match in WORD.finditer(text):
        if plain(match[0]) in forms:
            parts += [escape(text[end : match.start()]), "<mark>", escape(match[0]), "</mark>"]
            end = match.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308  every part is escaped
