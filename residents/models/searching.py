"""How people are found: by what is in hand, spelt as it is heard. Ranges and trigrams of an index, never a scan."""

import re
from functools import reduce
from itertools import product
from operator import and_, or_

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models
from django.db.models import Func, Q
from django.db.models.functions import Collate, Reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.db import fold
from residents.models.numbers import (
    PESEL_DIGITS,
    PESEL_ENDS,
    PHONE_DIGITS,
    end_index,
    pesel_index,
    phone_digits,
)

LAST_CODE_POINT = chr(0x10FFFF)
FEW = 50  # names that begin so: with fewer, names that have it elsewhere are looked up too
TRIGRAM = 3
FEWEST_DIGITS = 4
WORDS = 5
ALIKE = 5  # spellings looked up for one misspelt word


class NameWord(models.Model):
    """A word that stands in a name on record. Among these few, words spelt much like another one are found fast.

    Triggers of the tables with names add to it; it says of nobody that he is on record.
    """

    word = models.TextField(unique=True, db_collation="C")
    # The word, and what is left of it without one of its letters: two that share one differ by a slip of the hand.
    near = models.GeneratedField(
        expression=Func("word", function="residents_without_a_letter"),
        output_field=ArrayField(models.TextField(db_collation="C")),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("word of a name")
        verbose_name_plural = _("words of names")
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="words_of_names_by_part"),
            GinIndex(fields=["near"], name="words_a_letter_away"),
        ]

    def __str__(self):
        return self.word


# What the triggers of the tables with names do, after each row.
COLLECT_WORDS = (
    "INSERT INTO residents_nameword (word)"
    " SELECT word FROM regexp_split_to_table(NEW.search_name || ' ' || replace(NEW.search_name, '-', ' '), ' +') word"
    " WHERE length(word) > 2"
    " ON CONFLICT DO NOTHING; RETURN NULL;"
)


def phone_end():
    """Return the expression under which the end of a phone number is the beginning of an index's entry."""
    return Collate(Reverse("phone_digits"), "C")


def within(field, start):
    """Return the condition that a text begins so: a range of the index."""
    return Q(**{f"{field}__gte": start, f"{field}__lt": start + LAST_CODE_POINT})


class PhoneQuerySet(models.QuerySet):
    def with_phone(self, number):
        """Find by the phone number, however it was written, or by its last digits."""
        digits = phone_digits(number)
        if len(digits) < FEWEST_DIGITS:
            return self.none()
        if len(digits) == PHONE_DIGITS:
            return self.filter(phone_digits=digits)
        return self.alias(phone_end=phone_end()).filter(within("phone_end", digits[::-1])).exclude(phone_digits="")


class PersonQuerySet(PhoneQuerySet):
    def search(self, text):
        """Find by whatever a person at the desk has in hand: PESEL or its end, phone or its end, the name."""
        digits = re.sub(r"[\s+()-]", "", text)
        return self.numbered(digits) if digits.isdecimal() else self.named(text)

    # -- numbers ------------------------------------------------------------------------------------
    def with_pesel(self, number):
        """Find by the whole PESEL, through its blind index."""
        return self.filter(pesel_index=pesel_index(number))

    def numbered(self, digits):
        """Find by a row of digits: a PESEL or the last ones of it, a phone or the last ones of it."""
        return self.filter(pk__in=[pk for way in self._ways(digits) for pk in way.some()])

    def _ways(self, digits):
        """Return what each reading of the digits finds. Each is one look into one index."""
        if len(digits) == PESEL_DIGITS:
            yield self.with_pesel(digits)
        if len(digits) in PESEL_ENDS:
            yield self.filter(pesel_ends__contains=[end_index(digits)])
        if len(digits) >= FEWEST_DIGITS:
            yield self.with_phone(digits)

    # -- names --------------------------------------------------------------------------------------
    def named(self, text):
        """Find by the name, its words in any order, diacritics and case ignored.

        First names that begin so; while these are few, also those that have it elsewhere; if there are none at all,
        those that are spelt much like it. It asks the database as it goes: four short questions at most.
        """
        words = fold(text).split()[:WORDS]
        begins = self.beginning(words)
        found = begins.some()
        if len(found) == FEW:
            return begins
        found += self.with_parts(words).some()
        return self.filter(pk__in=found or self.spelt_like(words).some())

    def some(self):
        """Return the keys of a few, in no order: with one the planner would walk the whole of it."""
        return list(self.order_by().values_list("pk", flat=True)[:FEW])

    def beginning(self, words):
        """Return whose name begins with these words, whichever of them comes first."""
        turns = {" ".join(words[turn:] + words[:turn]) for turn in range(len(words))}
        starts = [within("search_name", start) for start in sorted(turns)]
        return self.filter(reduce(or_, starts)) if starts else self.none()

    def with_parts(self, words):
        """Return who has each of these in the name, as a part of a word, or as its beginning when it is short."""
        if not any(len(word) >= TRIGRAM for word in words):
            return self.none()
        return self.filter(reduce(and_, map(_part, words)))

    def spelt_like(self, words):
        """Return whose name begins with words spelt much like the first two of these, whichever comes first."""
        words = words[:2]
        long = [word for word in words if len(word) >= TRIGRAM]
        alike = similar_words(long) if long else {}
        spellings = [[word, *alike.get(word, [])] for word in words]
        starts = {
            " ".join(name)
            for turn in range(len(words))
            for name in product(*spellings[turn:], *spellings[:turn])
            if list(name) != words
        }
        ways = [within("search_name", start) for start in sorted(starts)]
        return self.filter(reduce(or_, ways)) if ways else self.none()


def _part(word):
    if len(word) >= TRIGRAM:
        return Q(search_name__contains=word)
    return within("search_name", word) | Q(search_name__contains=f" {word}") | Q(search_name__contains=f"-{word}")


def similar_words(words):
    """Return {word: the words of names on record that are spelt most alike}: a slip of the hand away, else in parts."""
    found = {word: [] for word in words}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT typed, alike FROM unnest(%s::text[]) typed, residents_similar_words(typed, %s) alike",
            [list(words), ALIKE],
        )
        for word, alike in cursor.fetchall():
            found[word].append(alike)
    return found
