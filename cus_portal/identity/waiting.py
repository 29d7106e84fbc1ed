"""What a SAML provider asserted, on its way from the provider's post to the browser that asked."""

from datetime import timedelta

from django.db import models

from cus_portal.crypto import EncryptedTextField

WAITS_FOR = timedelta(minutes=5)


class WaitingAssertion(models.Model):
    """What a provider asserted, until the browser that asked for it fetches it, once."""

    key = models.CharField(max_length=32, unique=True)
    answers = models.CharField(max_length=100)  # the id of the request
    sealed = EncryptedTextField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="waiting_assertions_by_age")]

    def __str__(self):
        return f"{self.pk}"
