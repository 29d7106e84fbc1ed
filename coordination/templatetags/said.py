"""What the page of a request shows of the institutions that were asked for help."""

from django import template

from coordination.person_page import outcomes_to_confirm

register = template.Library()
register.simple_tag(outcomes_to_confirm)
