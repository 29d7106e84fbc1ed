"""The privacy notice."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from residents.models import PrivacyNotice


@login_not_required
@require_safe
def privacy(request):
    return render(request, "residents/privacy.html", {"notice": PrivacyNotice.objects.current(timezone.localdate())})
