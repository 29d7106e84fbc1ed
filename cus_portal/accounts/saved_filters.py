"""Filters of lists that somebody keeps under a name, for himself or for the colleagues of his role."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.roles import Role


class SavedFilterQuerySet(models.QuerySet):
    def offered_to(self, user):
        """Return the user's own and those shared with a role that he holds today."""
        roles = {membership.role for membership in user.current_memberships}
        return self.filter(Q(owner=user.pk) | Q(role__in=roles))


class SavedFilter(models.Model):
    """The address of a list with its filters. It opens what its reader may see, never what its owner saw."""

    MOST = 30  # of one person

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", verbose_name=_("owner")
    )
    path = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=500, blank=True)
    role = models.CharField(_("shared with"), max_length=20, choices=Role, blank=True)
    is_default = models.BooleanField(_("the list opens with it"), default=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["path", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "path", "name"], name="a_saved_filter_has_a_name_of_its_own"),
            models.UniqueConstraint(
                fields=["owner", "path"], condition=Q(is_default=True), name="a_list_opens_with_one_filter"
            ),
        ]
        indexes = [models.Index(fields=["role", "path"], name="saved_filters_of_a_role")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"{self.path}?{self.query}" if self.query else self.path


def filters_in(data: QueryDict, names) -> str:
    """Return of an address only these filters, in one order: neither the words of a search nor a page is kept."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(names) & set(data)):
        kept[name] = data[name]
    return kept.urlencode()


@transaction.atomic
def save_filter(*, path: str, name: str, query: str, role: str = "", is_default: bool = False, by) -> SavedFilter:
    """Keep the filter under its name, in place of one of the same name."""
    if is_default:
        SavedFilter.objects.filter(owner=by, path=path, is_default=True).update(is_default=False)
    said = {"query": query, "role": role, "is_default": is_default}
    saved, _created = SavedFilter.objects.update_or_create(owner=by, path=path, name=name, defaults=said)
    return saved
