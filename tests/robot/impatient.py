"""mailbot, but its judge must be heard of again within three seconds: impatient.py ARGUMENTS"""

if __name__ == "__main__":
    # Here, for the children of the sandbox load this file, and nothing of this.
    from mailbot import daemon
    from mailbot.cli import main

    daemon.JUDGE, daemon.READINGS = 3.0, 0
    main()
