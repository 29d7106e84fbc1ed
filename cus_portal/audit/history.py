"""The base of the history tables, into which the database's own triggers copy each version of a row."""

import pghistory.models
from django.db import models


class Event(pghistory.models.Event):
    """One version of a row, with a key for more versions than an integer counts."""

    append_only = True

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True
