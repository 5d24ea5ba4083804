"""What a benchmark finds: a line of the table, or that it was wrong."""

from dataclasses import dataclass


class Wrong(Exception):
    """The counts are not the corpus' manifest's."""


@dataclass
class Row:
    id: str
    what: str
    ours: str
    beside: str
    ratio: str
    asked: str

    @classmethod
    def of(cls, id, what, ours, reference, asked):
        def text(figures):
            return f"{figures['msg_s']:.0f}/s {figures['cpu_ms_msg']:.2f} ms {figures['peak_mib']:.0f} MiB"

        return cls(id, what, text(ours), text(reference), f"{ours['msg_s'] / reference['msg_s']:.2f}", asked)

    def __str__(self):
        return (
            f"| {self.id:4} | {self.what:46} | {self.ours:24} | {self.beside:24} | {self.ratio:5} | {self.asked:16} |"
        )
