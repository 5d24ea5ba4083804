"""A robot whose children are stuck in two letters: one sleeps, one computes.

stuck.py      says so in a line when they are
"""

import time

import poison

from mailbot.model import Limits, Reading
from mailbot.sandbox import Sandbox

if __name__ == "__main__":
    sandbox = Sandbox(Reading(), Limits(worker_wall=600, worker_cpu=600), poison.read)
    sandbox.warm_up()
    batches = [sandbox.begin([bane]) for bane in (b"sleep", b"loop")]
    print("stuck", flush=True)
    time.sleep(600)
