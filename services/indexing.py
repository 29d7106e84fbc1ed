"""Keeps the search index: what publishing calls, and how everything is made anew."""

import re
from collections import Counter, defaultdict

from django.db import connection, transaction

from services.lemmas import forms_of, lemmas_of
from services.models import GuideAnswer, Lemma, SearchEntry, ServiceVersion, Synonym
from services.search import LONGEST_WORD, WORD, plain, tells

AT_ONCE = 200
LOCK = 2_019_1819  # two who publish at once write the index one after the other
ADD_FORMS = """
    INSERT INTO services_wordform (form, lemma_id) SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT DO NOTHING
"""
COUNT = """
    UPDATE services_lemma SET entries = entries + change.number
    FROM unnest(%s::text[], %s::int[]) AS change(word, number) WHERE services_lemma.word = change.word
"""

FORGET = """
    WITH gone AS (DELETE FROM services_lemma WHERE word = ANY (%s) AND entries <= 0 RETURNING id)
    DELETE FROM services_wordform USING gone WHERE lemma_id = gone.id
"""


def index(versions, synonyms=None):
    """Write the index of these public versions anew; called where they were published, in the same transaction."""
    if not versions:
        return
    synonyms = Synonyms() if synonyms is None else synonyms
    situations = situations_of(versions)
    entries, spellings, forms = [], {}, {}
    for version in versions:
        if not version.is_listed:
            continue
        weights = {}
        for weight, texts in texts_of(version.page, situations[version.service_id]).items():
            if weight == "C":
                _weigh(weights, "C", synonyms.of(weights), spellings, forms)
            _weigh(weights, weight, texts, spellings, forms)
        entries.append(SearchEntry(version=version, words=vector(weights)))
    _write([version.service_id for version in versions], entries, spellings, forms)


def situations_of(versions):
    """Return {service: the answers of the guide that lead to it}, in all languages."""
    answers = GuideAnswer.objects.filter(services__in=[version.service_id for version in versions])
    found = defaultdict(list)
    for service, *labels in answers.values_list("services", "label", "label_uk", "label_en"):
        found[service] += labels
    return found


def texts_of(page, situations=()):
    """Return the texts of a public page by weight. Only what the public sees: no confidential place is in it."""
    texts = page["texts"].values()
    named = [row["name"] for word in ("areas", "groups", "topics") for row in page[word]]
    return {
        "A": [page["name"], page["plain_name"], *(text["plain_name"] for text in texts)],
        "B": [page.get("keywords", ""), initials(page["name"])],
        "C": [
            page["summary"],
            page["for_whom"],
            *(name for names in named for name in names.values()),
            *(text.get(word, "") for text in texts for word in ("summary", "for_whom")),
        ],
        "D": [
            *(page.get(word, "") for word in ("description", "format", "certificate", "direct_entry", "otherwise")),
            *(page.get(word, "") for word in ("provider_note", "easy_text")),
            page["provider"]["name"],
            *situations,
            *(place["name"] for place in page["places"] + page["localities"]),
            *(row["name"] for row in page.get("documents", [])),
            *(text.get("description", "") for text in texts),
        ],
    }


def initials(name):
    """Return the abbreviation that offices make of a name: "Placówka wsparcia dziennego (świetlica)" is PWD."""
    words = re.split(r"[^\w ]", name)[0].split()
    return "".join(word[0] for word in words if len(word) > 2) if len(words) > 1 else ""


def _weigh(weights, weight, texts, spellings, forms):
    """Give each lemma of the texts this weight, unless it has a better one; remember how each is spelt and written."""
    for text in texts:
        for match in WORD.finditer(text):
            if not tells(match[0]):
                continue
            form = plain(match[0])[:LONGEST_WORD]
            for lemma, spelt in lemmas_of(match[0]).items():
                weights.setdefault(lemma, weight)
                spellings.setdefault(lemma, set()).update(spelt)
                forms.setdefault(lemma, set()).add(form)


def vector(weights):
    return " ".join(f"'{lemma}':1{weight}" for lemma, weight in weights.items())


class Synonyms:
    """All synonyms, by lemmas. They widen entries, not questions: so none leads to another, and a loop is harmless."""

    def __init__(self):
        self.rows = [
            (synonym.words, [meant for term in synonym.terms.split(",") if (meant := lemma_sets(term))])
            for synonym in Synonym.objects.filter(in_use=True)
        ]

    def of(self, weights):
        """Return what people type for the entry whose names or keywords have all the words of a term."""
        named = {lemma for lemma, weight in weights.items() if weight in "AB"}
        return [words for words, terms in self.rows if any(all(one & named for one in term) for term in terms)]


def lemma_sets(text):
    """Return for each telling word of the text the lemmas it may stand for."""
    return [set(lemmas_of(word)) for word in WORD.findall(text) if tells(word)]


@transaction.atomic
def _write(services, entries, spellings, forms):
    """Replace the services' rows; keep each lemma that stands in some entry, with its forms and the number of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    old = SearchEntry.objects.filter(version__service__in=services)
    change = Counter(lemma for entry in entries for lemma in lemmas_in(entry.words))
    change.subtract(lemma for words in old.values_list("words", flat=True) for lemma in lemmas_in(words))
    old.delete()
    SearchEntry.objects.bulk_create(entries)
    known = set(Lemma.objects.filter(word__in=forms).values_list("word", flat=True))
    Lemma.objects.bulk_create(Lemma(word=word) for word in sorted(forms.keys() - known))
    ids = dict(Lemma.objects.filter(word__in=forms).values_list("word", "pk"))
    rows = [
        (form, ids[word])
        for word, written in forms.items()
        for form in written | (set() if word in known else forms_of(*sorted(spellings[word])))
    ]
    changed = {word: number for word, number in change.items() if number}
    with connection.cursor() as cursor:
        cursor.execute(ADD_FORMS, [[form for form, _lemma in rows], [lemma for _form, lemma in rows]])
        cursor.execute(COUNT, [list(changed), list(changed.values())])
        cursor.execute(FORGET, [list(changed)])


def lemmas_in(words):
    """Return the lemmas of a vector as it is written."""
    return [part.partition(":")[0].strip("'") for part in words.split()]


def index_missing():
    """Index the public versions that are in no index: all of them after rebuild(), else none."""
    synonyms = Synonyms()
    missing = ServiceVersion.objects.listed().filter(search_entry=None).order_by("pk")
    while batch := list(missing.only("page", "service", "is_listed")[:AT_ONCE]):
        index(batch, synonyms)


@transaction.atomic
def rebuild():
    """Make the whole index anew, after the dictionary has changed."""
    forget_index()
    index_missing()


def forget_index():
    SearchEntry.objects.all().delete()
    Lemma.objects.all().delete()


@transaction.atomic
def index_again(versions):
    """Index these public versions anew, after a synonym or an answer of the guide has changed."""
    keys = list(versions.values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        index(list(ServiceVersion.objects.filter(pk__in=keys[start : start + AT_ONCE])))


def named_by(terms):
    """Return the listed entries whose names or keywords have all the words of one of the terms."""
    queries = [" & ".join(f"({query_of(lemmas)})" for lemmas in lemma_sets(term)) for term in terms.split(",")]
    return ServiceVersion.objects.listed().naming(" | ".join(f"({query})" for query in queries if query))


def query_of(lemmas):
    return " | ".join(f"'{lemma}':AB" for lemma in sorted(lemmas))
