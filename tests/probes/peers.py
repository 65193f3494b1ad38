"""Run inside the environment of other extractors: a folder of files in, their texts as JSON out.

Does:   asks each installed extractor for each file; a refusal (exception) has no text. Runs without Hygie.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def extractors():
    """Return the installed ones: name -> function from path to text."""
    found = {}
    try:
        import kreuzberg  # noqa: PLC0415 - whichever is installed

        found["kreuzberg"] = lambda path: kreuzberg.extract_file_sync(str(path)).content
    except ImportError:
        pass
    try:
        import markitdown  # noqa: PLC0415 - the same

        converter = markitdown.MarkItDown(enable_plugins=False)
        found["markitdown"] = lambda path: converter.convert(str(path)).text_content
    except ImportError:
        pass
    return found


def main() -> None:
    """Write peer -> number -> text."""
    answers: dict[str, dict[str, str]] = {}
    for name, text_of in extractors().items():
        answers[name] = {}
        for path in sorted(Path(sys.argv[1]).glob("*/*")):
            try:
                answers[name][path.parent.name] = text_of(path)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
