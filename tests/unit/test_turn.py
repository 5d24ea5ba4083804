"""Threads that write take turns."""

import threading

from mailbot.store.turn import Turn


def test_the_turn_goes_to_whoever_has_waited_longest() -> None:
    turn, order = Turn(), []

    def write(name: int) -> None:
        with turn:
            order.append(name)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(5)]
    with turn:
        for n, thread in enumerate(threads, 1):
            thread.start()
            while len(turn._waiting) < n:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_one_writes_at_a_time() -> None:
    turn, inside, most = Turn(), [0], [0]

    def write() -> None:
        for _ in range(200):
            with turn:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_an_error_gives_the_turn_back() -> None:
    turn = Turn()
    try:
        with turn:
            raise ValueError
    except ValueError:
        pass
    with turn:
        assert not turn._waiting
