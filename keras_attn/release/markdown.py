"""Text of a user's inside Markdown, shown as it is."""

import re

# What starts something inside a line: CommonMark, GitHub's tables and links.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|&~#$!:@])")


def escape(text):
    """Any text as one line of Markdown that shows the text and nothing else.

    Line breaks and other characters that cannot be seen become spaces.
    """
    seen = "".join(c if c.isprintable() else " " for c in str(text))
    return _SPECIAL.sub(r"\\\1", " ".join(seen.split()))


def table(heads, rows):
    """A table; its cells are Markdown already.

    Args:
        heads: List of strings; one that ends with ":" is aligned right.
        rows: List of lists of strings.
    """
    lines = [[head.removesuffix(":") for head in heads]]
    lines.append(["---:" if head.endswith(":") else "---" for head in heads])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines + rows)
