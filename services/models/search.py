"""What the search reads: the words of the public entries by lemma, all forms of these words, and the synonyms."""

from uuid import uuid4

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class Lexemes(SearchQuery):
    """A tsquery already written in the index's own words, which PostgreSQL has nothing to make of."""

    def __init__(self, query):
        super().__init__(query, search_type="raw")

    def as_sql(self, compiler, connection, function=None, template=None):
        sql, params = compiler.compile(self.get_source_expressions()[-1])
        return f"{sql}::tsquery", params


class Lemma(models.Model):
    """A word of the catalogue in its basic form, folded."""

    word = models.TextField(unique=True, db_collation="C")
    entries = models.IntegerField(default=0)  # how many public entries have it

    class Meta:
        verbose_name = _("word of the catalogue")
        verbose_name_plural = _("words of the catalogue")

    def __str__(self):
        return self.word


class WordForm(models.Model):
    """A folded form and the lemma it may stand for; the trigrams forgive slips of the finger.

    Both GIN indexes are written at once (fastupdate=False): a list of changes not merged yet slows down each search.
    """

    form = models.TextField(db_collation="C")
    lemma = models.ForeignKey(Lemma, models.CASCADE, related_name="forms")

    class Meta:
        verbose_name = _("form of a word")
        verbose_name_plural = _("forms of words")
        constraints = [models.UniqueConstraint(fields=["form", "lemma"], name="a_form_leads_to_a_lemma_once")]
        indexes = [GinIndex(OpClass(F("form"), name="gin_trgm_ops"), name="word_forms", fastupdate=False)]

    def __str__(self):
        return self.form


class SearchEntry(models.Model):
    """The lemmas of one public version, each at its best weight: A names, B other words, C summary, D the rest."""

    version = models.OneToOneField(
        "services.ServiceVersion", models.CASCADE, primary_key=True, related_name="search_entry"
    )
    words = SearchVectorField()

    class Meta:
        verbose_name = _("entry of the search index")
        verbose_name_plural = _("entries of the search index")
        indexes = [GinIndex(fields=["words"], name="search_words", fastupdate=False)]

    def __str__(self):
        return str(self.version_id)


def new_code():
    return uuid4().hex[:12]


class SynonymQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("services.view_synonym") else self.none()


class Synonym(models.Model):
    """Words that people type, and the words by which the catalogue calls the same: only this way round."""

    code = models.SlugField(_("code"), max_length=60, unique=True, default=new_code)
    words = models.TextField(
        _("what people type"), help_text=_("Separated by commas. Any form will do: “opiekunka, pani do opieki”.")
    )
    terms = models.TextField(
        _("what the catalogue calls it"),
        help_text=_("Words of the services' names or keywords, separated by commas: “usługi opiekuńcze”."),
    )
    in_use = models.BooleanField(
        _("in use"), default=True, help_text=_("Without the tick the search takes no notice of it.")
    )

    objects = SynonymQuerySet.as_manager()

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["words", "pk"]

    def __str__(self):
        return self.words
