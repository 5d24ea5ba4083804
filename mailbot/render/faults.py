"""What keeps a mail from being made."""


class RenderError(Exception):
    """A mail that must not go out as it is: a fault of ours or of a site's template, never of a customer's words."""
