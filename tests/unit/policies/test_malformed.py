"""Malformed policies: each is one clear error, French and English, at its line and column.

Each file of ``malformed/`` begins with comments: ``# at: FILE:LINE:COLUMN`` (``FILE`` is ``policy`` or
``lists``), ``# fr: …`` and ``# en: …``, the whole message. A file of two parts has ``# lists/shared.yaml``
between them: what follows is the shared file beside the policy.
"""

from pathlib import Path

import pytest

from hygie_policies.loader import load_policies
from hygie_policies.yamlfile import YamlError

FOLDER = Path(__file__).parent / "malformed"
CASES = sorted(FOLDER.glob("*.yaml"))
SHARED = "# lists/shared.yaml\n"


def written(case: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """Write the files of a case into a folder; return the folder and what is expected."""
    policy, _, shared = case.read_text(encoding="utf-8").partition(SHARED)
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    if shared:
        (folder / "lists").mkdir()
        (folder / "lists" / "lists.yaml").write_text(shared, encoding="utf-8")
    expected = dict(line[2:].split(": ", 1) for line in policy.splitlines()[:3])
    return folder, expected


def test_there_are_enough():
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_is_one_clear_error_at_its_place(case, tmp_path):
    folder, expected = written(case, tmp_path)

    with pytest.raises(YamlError) as caught:
        load_policies(folder)

    (problem,) = caught.value.problems
    place = f"{Path(problem.path).stem}:{problem.line}:{problem.column}"
    french, english = problem.message.split("\n    ")
    assert expected == {"at": place, "fr": french, "en": english}
