"""Lines of text as they are laid out: breaks that collapse, cells of a row, list marks, marks of quotation."""

from dataclasses import dataclass, field

_CELL = " | "


@dataclass(slots=True)
class Page:
    """`breaks` are wanted before the next characters: 1 a new line, 2 a blank line before it. `depth` of quotation.

    `row` is the line in which a row of a table began, `fresh` a cell in which nothing stands yet, `further` one that
    goes on in the line of the cell before it.
    """

    lines: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    breaks: int = 0
    depth: int = 0
    line_depth: int = 0
    space: bool = False
    mark: str = ""
    row: int = -1
    fresh: bool = False
    further: bool = False

    def write(self, characters: str) -> None:
        """Characters whose blanks mean nothing but that there is one."""
        words = characters.split()
        if not words:
            self._write_blanks(characters)
            return
        self._begin()
        if self.pieces and (self.space or characters[0].isspace()) and not self.pieces[-1].endswith(" "):
            self.pieces.append(" ")
        self.pieces.append(" ".join(words))
        self.space = characters[-1].isspace()

    def write_preformatted(self, characters: str) -> None:
        first, *rest = characters.split("\n")
        self._write_exact(first)
        for line in rest:
            self.end_line()
            self._write_exact(line)

    def want(self, breaks: int) -> None:
        """Line ends before the next characters, if any come; they do not add up, and a cell needs none at its begin."""
        if not self.fresh:
            self.breaks = max(self.breaks, breaks)

    def end_line(self) -> None:
        """A line end now: what <br> means."""
        if self.breaks:
            self._break()
        self._finish()

    def begin_row(self) -> None:
        self.want(1)
        self._break()
        self.row = len(self.lines)

    def begin_cell(self) -> None:
        """A further cell goes on in the same line where the cells before it were of one line."""
        if self.row == len(self.lines) and self.pieces:
            self.breaks = 0
            self.further = True
            self.space = False
        else:
            self.want(1)
        self.fresh = True

    def end_cell(self) -> None:
        self.fresh = False
        self.breaks = min(self.breaks, 1)

    def text(self) -> str:
        if self.pieces:
            self._finish()
        return "\n".join(self.lines)

    def _write_blanks(self, characters: str) -> None:
        """A no-break space alone in its line is how editors write an empty one."""
        self.space = self.space or bool(characters)
        if "\xa0" in characters and (self.breaks or not self.pieces):
            self.want(2)

    def _write_exact(self, characters: str) -> None:
        if characters:
            self._begin()
            self.pieces.append(characters)
            self.space = False

    def _begin(self) -> None:
        if self.breaks:
            self._break()
        if not self.pieces:
            self.line_depth = self.depth
            self.pieces.extend((self.mark,) if self.mark else ())
            self.mark = ""
        elif self.further:
            self.pieces.append(_CELL)
        self.fresh = self.further = False

    def _break(self) -> None:
        wanted, self.breaks = self.breaks, 0
        if self.pieces:
            self._finish()
        if wanted > 1 and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * min(self.line_depth, self.depth))

    def _finish(self) -> None:
        content = "".join(self.pieces).rstrip()
        depth = self.line_depth if self.pieces else self.depth
        prefix = ">" * depth + " " if depth else ""
        self.lines.append(f"{prefix}{content}".rstrip() if content or depth else "")
        self.pieces.clear()
        self.space = self.fresh = self.further = False
