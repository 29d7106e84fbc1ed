"""Pages of big lists: counted up to a limit, never to the end of the table."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNT_LIMIT = 10_000


class CappedPaginator(Paginator):
    """A paginator whose count stops at COUNT_LIMIT rows, so its cost does not grow with history."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[: COUNT_LIMIT + 1].count()


def page_of(rows, number, *, per_page):
    """Return the page asked for; a page that is no number, too small or too large gives the nearest one."""
    paginator = CappedPaginator(rows, per_page)
    try:
        wanted = int(number or 1)
    except ValueError:
        wanted = 1
    return paginator.page(min(max(wanted, 1), paginator.num_pages))
