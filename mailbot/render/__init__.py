"""A Draft into the bytes that go out: templates in a sandbox, the one builder of headers, the output read back."""

from mailbot.render.faults import RenderError
from mailbot.render.lint import lint
from mailbot.render.mail import Press, press
from mailbot.render.values import DELIMITER

__all__ = ["DELIMITER", "Press", "RenderError", "lint", "press"]
