"""A foreign program with one text field, run by itself: what Return hands in is written to a file, a line each.

python foreign_field.py FILE TITLE
"""

import sys
import tkinter
from pathlib import Path


def main(file: Path, title: str) -> None:
    """Show the field until the program is ended."""
    window = tkinter.Tk(className="ForeignProgram")
    window.title(title)
    field = tkinter.Entry(window)
    field.pack()
    field.focus_force()

    def hand_in(_event: object) -> None:
        with file.open("a") as written:
            written.write(field.get() + "\n")
        field.delete(0, "end")

    field.bind("<Return>", hand_in)
    window.after(50, file.touch)
    window.mainloop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
