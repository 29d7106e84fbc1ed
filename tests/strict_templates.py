"""Make a variable that a template of ours names and the view does not give fail the test that met it."""

import sys
from pathlib import Path

OURS = str(Path(__file__).resolve().parent.parent / "templates")


class MissingVariable(str):
    """Takes the place of `string_if_invalid`: silent in the templates of libraries, an error in ours."""

    def __contains__(self, text):
        return text == "%s" or super().__contains__(text)

    def __mod__(self, variable):
        template = rendering_template()
        if template.startswith(OURS):
            raise AssertionError(f"{template}: {{{{ {variable} }}}} is not given to the template.")
        return ""


def rendering_template():
    """Return the file of the innermost template node that is being rendered, or an empty text."""
    frame = sys._getframe(1)
    while frame:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None)
        if origin is not None and hasattr(node, "render"):
            return str(origin.name)
        frame = frame.f_back
    return ""
