"""The need, widened: a place granted is given up only while nothing has been given for it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from coordination.actions.needs import give_up_need
from coordination.begun import is_to_be_given_up
from cus_portal.admin import Move
from residents.admin import RequestItemAdmin as DeskNeedAdmin
from residents.desk_forms import WithdrawItemForm
from residents.models import RequestItem

admin.site.unregister(RequestItem)


@admin.register(RequestItem)
class RequestItemAdmin(DeskNeedAdmin):
    moves = (
        *DeskNeedAdmin.moves,
        Move(
            "give_up",
            give_up_need,
            form=WithdrawItemForm,
            when=lambda item: item.status == RequestItem.Status.QUALIFIED and is_to_be_given_up(item),
            done=gettext_lazy("The place is free for the next in order."),
        ),
    )
