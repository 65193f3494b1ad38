"""``set.yaml`` takes shipped policies into a set; the starter sets are made of nothing else."""

import pytest

from hygie_policies import shipped
from hygie_policies.loader import advice, load_policies, validate_against
from hygie_policies.model import Context
from hygie_policies.yamlfile import YamlError
from policy_values import write

LIBRARY = {policy.id: policy for policy in load_policies(shipped.library()).policies}
STARTERS = sorted(shipped.starters().iterdir())
TAKES = 'schema: 1\nversion: "1"\nlibrary:\n  free-mail-patient-data: {status: simulate, since: 2026-12-01}\n'


def said(folder) -> str:
    with pytest.raises(YamlError) as caught:
        load_policies(folder)
    return str(caught.value)


def test_a_set_takes_shipped_policies_with_a_status_of_its_own(tmp_path):
    (tmp_path / "set.yaml").write_text(TAKES.replace("simulate", "enforce"))
    write(tmp_path, "own.yaml", id="own")

    loaded = load_policies(tmp_path)
    free_mail, own = loaded.policies

    assert ("own", "enforce", "2026-12-01") == (own.id, free_mail.status, str(free_mail.since))
    assert LIBRARY[free_mail.id].when == free_mail.when
    assert "gmail.com" in loaded.shared.free_mail


def test_the_status_of_a_taken_policy_is_in_the_digest(tmp_path):
    digests = set()
    for status in ("simulate", "enforce"):
        (tmp_path / "set.yaml").write_text(TAKES.replace("simulate", status))
        digests.add(load_policies(tmp_path).digest)

    assert 2 == len(digests)


def test_lists_of_the_set_and_of_the_library_go_together(tmp_path):
    (tmp_path / "set.yaml").write_text(TAKES)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "own.yaml").write_text("schema: 1\nfree_mail: {domains: [courrier.test]}\n")

    assert {"gmail.com", "courrier.test"} <= load_policies(tmp_path).shared.free_mail


def test_a_shipped_policy_that_is_not_there_is_said_with_its_line(tmp_path):
    (tmp_path / "set.yaml").write_text(TAKES.replace("free-mail-patient-data", "free-mail-patients-data"))

    text = said(tmp_path)

    assert f"{tmp_path / 'set.yaml'}:4:3: règle livrée « free-mail-patients-data »" in text
    assert "free-mail-patient-data" in text


def test_a_policy_of_ones_own_may_not_have_the_id_of_one_that_is_taken(tmp_path):
    (tmp_path / "set.yaml").write_text(TAKES)
    write(tmp_path, "own.yaml", id="free-mail-patient-data")

    assert f"{tmp_path / 'own.yaml'}:2:5: « id » déjà utilisé par" in said(tmp_path)


def test_a_version_alone_is_no_set(tmp_path):
    (tmp_path / "set.yaml").write_text('schema: 1\nversion: "1"\n')

    assert "aucune politique (*.yaml) dans ce dossier" in said(tmp_path)


def test_there_is_a_starter_set_for_each_kind_of_organisation():
    assert ["hospital", "insurer", "laboratory", "medico-social", "practice"] == [
        folder.name for folder in STARTERS
    ]


@pytest.mark.parametrize("folder", STARTERS, ids=lambda folder: folder.name)
def test_a_starter_set_keeps_nothing_back_and_needs_no_advice(folder):
    """What its policies do is tested where they stand, in the library: only status and date differ."""
    loaded = load_policies(folder)

    assert () == advice(loaded)
    assert () == validate_against(loaded, Context()).problems
    for policy in loaded.policies:
        shipped_one = LIBRARY[policy.id]
        assert shipped_one == policy.model_copy(
            update={"status": shipped_one.status, "since": shipped_one.since}
        )
        assert policy.status != "enforce" or policy.then.action == "tag"
