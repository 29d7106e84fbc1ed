"""Counting whether a page helped, and remembering in a visitor's own cookie which pages he has answered for."""

import hashlib
from datetime import date

from django.db import connection

from services.models import Rating
from services.search import Question
from services.unmet import storable

MOST_QUESTIONS = 500  # written out a month; answers for more of them are counted together
COOKIE, SALT, COOKIE_AGE, MOST_REMEMBERED = "rated", "services.rated", 180 * 86_400, 40
COUNT = """
    INSERT INTO services_rating AS known (service_id, question, month, helped, failed) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (service_id, question, month)
    DO UPDATE SET helped = known.helped + excluded.helped, failed = known.failed + excluded.failed
"""


def count_rating(*, service=None, question: str = "", helped: bool, on: date) -> None:
    """Count one answer. Of a question only words of the catalogue are kept: no name can be among them."""
    month = on.replace(day=1)
    question = _known(question, month) if question else ""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [service and service.pk, question, month, int(helped), int(not helped)])


def _known(text, month):
    question, text = Question(text), storable(text)
    if not text or not all(word.lemmas and word.sure == 1 for word in question.words):
        return ""
    rows = Rating.objects.filter(month=month, service=None)
    return text if rows.filter(question=text).exists() or rows.count() < MOST_QUESTIONS else ""


def mark_of(*parts):
    return hashlib.sha256(":".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def rated_by(request):
    """Return the marks of the pages this visitor has answered for, the oldest first; a forged cookie has none."""
    return request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=COOKIE_AGE).split()


def remember(response, marks, *, secure):
    response.set_signed_cookie(
        COOKIE, " ".join(marks[-MOST_REMEMBERED:]), salt=SALT, max_age=COOKIE_AGE, httponly=True, samesite="Lax",
        secure=secure,
    )  # fmt: skip
