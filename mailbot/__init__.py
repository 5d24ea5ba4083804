"""mailbot: an e-mail-driven ticket robot."""

__version__ = "0.1.0"
