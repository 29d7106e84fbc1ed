"""Typst in a process of its own: python -m cus_portal.typesetter ROOT TEMPLATE FONTS, JSON in, PDF out.

Typst remembers what it has set, about a megabyte for each document, and forgets nothing: a server would grow and grow.
"""

import json
import re
import sys

import typst

# PDF/UA takes no sign that no font has. One small picture typed on a phone must not keep a letter off the paper.
NOT_SHOWN = re.compile(r'the text `"(.*)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
IN_ITS_PLACE = "□"
ARMENIAN, PUNCTUATION, SYMBOLS_END = 0x530, 0x2000, 0x2E80
JOINERS = "\u200d\ufe0e\ufe0f"
MOST_TRIES = 20


def main():
    root, template, fonts = sys.argv[1:]
    data = sys.stdin.buffer.read().decode()
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            pdf = set_in_type(root, template, fonts, data)
        except typst.TypstError as error:
            found = NOT_SHOWN.search(str(error))
            if found is None or not tries_left:
                raise
            signs = ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1])
            data = json.dumps(without(json.loads(data), {span_of(ord(sign)) for sign in signs}), ensure_ascii=False)
        else:
            sys.stdout.buffer.write(pdf)
            return


def set_in_type(root, template, fonts, data):
    return typst.compile(
        template,
        root=root,
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=["ua-1"],
    )


def span_of(code):
    """Return which signs go with one that no font has: those of its script, or it alone among ours and the symbols."""
    if code >= SYMBOLS_END:
        return range(SYMBOLS_END, sys.maxunicode + 1)
    if ARMENIAN <= code < PUNCTUATION:
        return range(code & ~0x7F, (code | 0x7F) + 1)
    return range(code, code + 1)


def without(value, spans):
    """Return the data with a box for each sign of the spans, so that a reader sees that something stood there."""
    if isinstance(value, str):
        kept = (one for one in value if one not in JOINERS)
        return "".join(IN_ITS_PLACE if any(ord(one) in span for span in spans) else one for one in kept)
    if isinstance(value, dict):
        return {name: without(one, spans) for name, one in value.items()}
    return [without(one, spans) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
