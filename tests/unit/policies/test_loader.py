"""A folder of policies becomes one set, or every problem in it is said."""

import datetime as dt
import shutil

import pytest

from hygie_policies import shipped
from hygie_policies.loader import advice, expiries, load_policies, validate_against
from hygie_policies.model import Context
from hygie_policies.testing import example_context
from hygie_policies.yamlfile import YamlError
from policy_values import write

REROUTE = {"action": "reroute", "channel": "mssante"}


def said(folder) -> str:
    with pytest.raises(YamlError) as caught:
        load_policies(folder)
    return str(caught.value)


def test_a_set_is_ordered_by_id_and_knows_its_files(tmp_path):
    write(tmp_path, "1.yaml", id="beta")
    write(tmp_path, "2.yaml", id="alpha")

    loaded = load_policies(tmp_path)

    assert ["alpha", "beta"] == [policy.id for policy in loaded.policies]
    assert str(tmp_path / "2.yaml") == loaded.sources["alpha"].path


def test_the_digest_is_of_the_content_not_of_the_form(tmp_path):
    first, second, third = (tmp_path / name for name in "abc")
    for folder in (first, second, third):
        folder.mkdir()
    write(first, "x.yaml")
    text = write(second, "y.yaml").read_text()
    (second / "y.yaml").write_text(
        "# a comment\n" + text.replace("status: enforce\n", "") + "status:   enforce\n"
    )
    write(third, "x.yaml", severity="high")

    digests = [load_policies(folder).digest for folder in (first, second, third)]

    assert digests[0] == digests[1] != digests[2]
    assert 64 == len(digests[0])
    assert digests[0][:12] == load_policies(first).short_digest


def test_one_bad_file_refuses_the_set_and_all_problems_are_said(tmp_path):
    write(tmp_path, "1.yaml")
    write(tmp_path, "2.yaml", id="two", status="x")
    write(tmp_path, "3.yaml", id="three", severity="y")

    text = said(tmp_path)

    assert "2.yaml:" in text
    assert "3.yaml:" in text
    assert "1.yaml:" not in text


def test_an_id_is_used_once(tmp_path):
    write(tmp_path, "1.yaml")
    write(tmp_path, "2.yaml")

    assert f"{tmp_path / '2.yaml'}:2:5: « id » déjà utilisé par {tmp_path / '1.yaml'}" in said(tmp_path)


def test_no_policy_at_all_is_an_error(tmp_path):
    assert "aucune politique (*.yaml) dans ce dossier" in said(tmp_path)
    assert "fichier introuvable" in said(tmp_path / "absent")


@pytest.mark.parametrize("name", ["x.yml", "x.YAML", "x.Yml"])
def test_a_file_that_would_be_left_out_in_silence_is_an_error(tmp_path, name):
    write(tmp_path, "1.yaml")
    write(tmp_path, name, id="other")

    assert f"{tmp_path / name}:1:1: extension" in said(tmp_path)


def test_hidden_files_of_editors_are_left_alone(tmp_path):
    write(tmp_path, "1.yaml")
    (tmp_path / ".#1.yaml").write_text("{{{")

    assert 1 == len(load_policies(tmp_path).policies)


def test_one_file_is_a_set_too(tmp_path):
    assert ["example"] == [policy.id for policy in load_policies(write(tmp_path)).policies]


def test_a_set_is_immutable(tmp_path):
    write(tmp_path)
    loaded = load_policies(tmp_path)

    with pytest.raises(AttributeError):
        loaded.digest = ""
    with pytest.raises(TypeError):
        loaded.sources["x"] = None
    with pytest.raises(ValueError, match="frozen"):
        loaded.policies[0].id = "x"


def test_a_list_that_does_not_exist_is_a_problem_at_its_place(tmp_path):
    scope = {"senders": {"in": ["care-unit"]}, "recipients": {"not_in": ["a@b.test", "c.test", "partners"]}}
    path = write(tmp_path, scope=scope)
    context = Context(lists={"partner": frozenset()})

    problems = [str(problem) for problem in validate_against(load_policies(path), context).problems]

    assert 2 == len(problems)
    assert (
        "liste « care-unit » non définie dans les réglages ni dans lists/ ; "
        "vouliez-vous dire « care-units » ?" in problems[0]
    )
    assert (
        "liste « partners » non définie dans les réglages ni dans lists/ ; vouliez-vous dire « partner » ?"
        in problems[1]
    )
    lines = path.read_text().splitlines()
    assert "care-unit" in lines[int(problems[0].removeprefix(f"{path}:").split(":")[0]) - 1]


def test_the_list_of_care_units_is_always_there(tmp_path):
    path = write(tmp_path, scope={"senders": {"in": ["care-units"]}})

    assert ((), ()) == validate_against(load_policies(path), Context())


def test_a_channel_that_does_not_exist_is_a_warning(tmp_path):
    problems, warnings = validate_against(load_policies(write(tmp_path, then=REROUTE)), Context())

    assert () == problems
    assert "canal « mssante » non défini dans les réglages : « hold » s'applique à tous" in str(warnings[0])


def test_a_channel_with_a_typo_is_suggested(tmp_path):
    then = {"action": "reroute", "channel": "mssnte"}
    _, warnings = validate_against(load_policies(write(tmp_path, then=then)), example_context())

    assert 'did you mean "mssante"?' in str(warnings[0])


def test_a_policy_without_both_kinds_of_tests_is_advised(tmp_path):
    said = [problem.message.split("\n")[0] for problem in advice(load_policies(write(tmp_path)))]

    assert [
        "« tests » : prévoyez au moins un cas qui déclenche la règle et un qui ne la déclenche pas",
    ] == said


def test_a_kind_of_the_teams_own_recognizers_is_known_when_they_are_loaded(tmp_path):
    path = write(tmp_path, when={"finding": {"kind": "badge"}})

    assert "genre « badge », qu'aucun détecteur ne produit" in said(path)
    assert 1 == len(load_policies(path, own_kinds=frozenset({"badge"})).policies)


def test_the_shipped_library_needs_no_advice_and_fits_any_settings(tmp_path):
    shutil.copytree(shipped.library(), tmp_path / "library")
    loaded = load_policies(tmp_path / "library")

    assert () == advice(loaded)
    assert () == validate_against(loaded, Context()).problems


def test_a_channel_of_a_scope_that_does_not_exist_is_a_warning_at_its_place(tmp_path):
    path = write(tmp_path, scope={"channels": {"in": ["mssante", "mssnte"], "not_in": ["secours"]}})

    warnings = [str(each) for each in validate_against(load_policies(path), example_context()).warnings]

    assert 2 == len(warnings)
    assert "canal « mssnte » non défini dans les réglages : il n'accepte personne ; vouliez" in warnings[0]
    assert 'channel "mssnte" is not defined in the settings: it takes no one; did you mean' in warnings[0]
    assert "canal « secours »" in warnings[1]
    lines = path.read_text().splitlines()
    assert ["mssnte", "secours"] == [
        lines[int(each.removeprefix(f"{path}:").split(":")[0]) - 1].strip(" -") for each in warnings
    ]


def test_the_fate_of_an_undefined_channel_is_said_in_both_languages(tmp_path):
    then = {"action": "reroute", "channel": "mssnte", "otherwise": "tag"}
    _, (warning,) = validate_against(load_policies(write(tmp_path, then=then)), example_context())

    french, english = warning.message.split("\n")
    assert "« tag » s'applique à tous ; vouliez-vous dire « mssante » ?" in french
    assert '"tag" applies to all; did you mean "mssante"?' in english


@pytest.mark.parametrize(
    ("days", "told"), [(-1, "expirée le"), (0, "expire dans 0 jour"), (30, "expire dans 30"), (31, None)]
)
def test_an_exception_is_told_of_from_a_month_before_its_last_day(tmp_path, days, told):
    today = dt.date(2026, 11, 24)
    exception = {
        "id": "essai",
        "scope": {"senders": {"in": ["cardio@hopital.test"]}},
        "reason": "Essai",
        "owner": "RSSI",
        "expires": (today + dt.timedelta(days=days)).isoformat(),
    }
    found = [str(each) for each in expiries(load_policies(write(tmp_path, exceptions=[exception])), today)]

    assert (told is not None) == bool(found)
    assert told is None or told in found[0]


def test_questions_of_exceptions_are_asked_too(tmp_path):
    exception = {
        "id": "essai",
        "when": {"header": {"name": "X-Essai", "present": True}},
        "reason": "Essai",
        "owner": "RSSI",
        "expires": "2999-12-31",
    }

    assert 1 == len(load_policies(write(tmp_path, exceptions=[exception])).questions)
    assert () == load_policies(write(tmp_path)).questions


def test_files_that_are_no_policies_are_left_alone(tmp_path):
    write(tmp_path, "1.yaml")
    for name in ("a.zip", "notes.txt", "README"):
        (tmp_path / name).write_text("{{{")

    assert 1 == len(load_policies(tmp_path).policies)


def test_a_built_in_list_that_the_settings_fill_is_still_known(tmp_path):
    path = write(tmp_path, scope={"senders": {"in": ["care-units"]}})
    context = Context(lists={"care-units": frozenset({"cardio@hopital.test"})})

    assert () == validate_against(load_policies(path), context).problems


def test_a_set_shows_neither_files_nor_lists(tmp_path):
    write(tmp_path)

    assert not [word for word in ("sources", "shared", "evaluated") if word in repr(load_policies(tmp_path))]
