"""`python -m mailbot` is `mailbot`. Imports nothing by itself: each reading child imports this module again."""


def main() -> None:
    from mailbot.cli import main as command

    command()


if __name__ == "__main__":
    main()
