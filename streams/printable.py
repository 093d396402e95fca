"""Text from outside, made harmless for terminals and logs."""


def printable(text: str) -> str:
    """What is not printable (newlines, escape sequences, marks that turn the direction) is escaped."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
