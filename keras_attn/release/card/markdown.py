"""Markdown escaping and tables."""

import re

# Characters with a meaning inside a line: CommonMark, GitHub's tables, links.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|&~#$!:@])")


def escape(text):
    """Escape a text so that one line of Markdown displays it literally.

    Line breaks and other characters that cannot be printed become spaces.
    """
    printable = "".join(c if c.isprintable() else " " for c in str(text))
    return _SPECIAL.sub(r"\\\1", " ".join(printable.split()))


def table(heads, rows):
    """Format a table whose cells are already Markdown.

    Args:
        heads: List of strings. A column whose head ends with ":" is aligned
            right.
        rows: List of lists of strings.
    """
    lines = [[head.removesuffix(":") for head in heads]]
    lines.append(["---:" if head.endswith(":") else "---" for head in heads])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines + rows)
