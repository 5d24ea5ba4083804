"""The names of the settings files, and the error that says what is wrong with them."""

MAIN = "mailbot.toml"
AGENTS = "agents.toml"


class SettingsError(Exception):
    """The settings cannot be used. `faults` are whole sentences, in the order of the files, all that were found."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
