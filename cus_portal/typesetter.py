"""Typst in a process of its own: python -m cus_portal.typesetter ROOT TEMPLATE FONTS, JSON in, PDF out.

Typst remembers what it has set, about a megabyte for each document, and forgets nothing: a server would grow and grow.
"""

import sys

import typst


def main():
    root, template, fonts = sys.argv[1:]
    pdf = typst.compile(
        template,
        root=root,
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        pdf_standards=["ua-1"],
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
