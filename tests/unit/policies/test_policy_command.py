"""``hygie policy``: exit statuses, and what goes to which stream."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hygie_milter.cli.policy import policy
from policy_values import write

MAIL = (
    "From: cardio@hopital.test\r\nTo: alice@gmail.test\r\nSubject: x\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    "Mme EXEMPLE Alice, née le 03/08/1981, NIR 2 81 08 2A 004 121 58. Diagnostic : diabète de type 2.\r\n"
)
CASES = [
    {
        "name": "un NIR",
        "message": {"from": "a@b.test", "to": ["c@d.test"], "text": "NIR : 2 81 08 2A 004 121 58"},
        "expect": {"action": "hold"},
    },
    {
        "name": "rien",
        "message": {"from": "a@b.test", "to": ["c@d.test"], "text": "Bonjour à tous."},
        "expect": {"action": "allow"},
    },
]
SETTINGS = "milter: {socket: 'unix:/tmp/x'}\norganisation: {domains: [hopital.test]}\n"


def run(*arguments: str | Path):
    return CliRunner().invoke(policy, [str(argument) for argument in arguments])


def test_check_of_the_shipped_library_ends_well():
    result = run("check")

    assert (0, "") == (result.exit_code, result.stderr)
    assert "4 politique(s) valide(s)" in result.stdout


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_bad_policy_is_one_clear_error_and_nothing_else(tmp_path, command):
    path = write(tmp_path, status="enforced")
    line = path.read_text().split("status:")[0].count("\n") + 1

    result = run(command, path)

    assert (2, "") == (result.exit_code, result.stdout)
    assert (
        f"{path}:{line}:9: attendu : draft, simulate, enforce ou retired, lu « enforced » ; "
        "vouliez-vous dire « enforce » ?\n"
        f'    expected: draft, simulate, enforce or retired, read "enforced"; did you mean "enforce"?\n'
    ) == result.stderr


@pytest.mark.parametrize(
    "arguments", [("check", "{}"), ("test", "{}"), ("explain", "{}"), ("check", "-c", "{}")]
)
def test_a_path_that_is_not_there_is_bad_input(tmp_path, arguments):
    absent = tmp_path / "absent"

    result = run(*[str(absent) if argument == "{}" else argument for argument in arguments])

    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(f"{absent}:1:1: ")


def test_warnings_do_not_refuse(tmp_path):
    result = run("check", write(tmp_path))

    assert 0 == result.exit_code
    assert "« tests » : prévoyez au moins un cas" in result.stderr


def test_with_settings_a_list_must_exist_and_a_channel_should(tmp_path):
    config = tmp_path / "hygie.yaml"
    config.write_text(SETTINGS)
    there, absent = tmp_path / "a", tmp_path / "b"
    there.mkdir()
    absent.mkdir()
    write(there, then={"action": "reroute", "channel": "mssante"}, tests=CASES)
    write(absent, scope={"senders": {"in": ["partners"]}}, tests=CASES)

    good, bad = run("check", there, "-c", config), run("check", absent, "-c", config)

    assert 0 == good.exit_code
    assert "canal « mssante » non défini dans les réglages" in good.stderr
    assert 2 == bad.exit_code
    assert "liste « partners » non définie dans les réglages" in bad.stderr
    assert "" == bad.stdout


def test_test_ends_with_0_when_all_pass_and_1_when_one_fails(tmp_path):
    good = run("test", write(tmp_path, tests=CASES))
    wrong = [{**CASES[0], "expect": {"action": "reject"}}, CASES[1]]
    bad = run("test", write(tmp_path, tests=wrong))

    assert (0, "2 réussis, 0 en échec") == (good.exit_code, good.stdout.splitlines()[-1])
    assert (1, "1 réussis, 1 en échec") == (bad.exit_code, bad.stdout.splitlines()[-1])
    assert "attendu reject, obtenu hold ; constats : nir (high)" in bad.stdout


def test_explain_says_which_policy_applies_and_why(tmp_path):
    message = tmp_path / "m.eml"
    message.write_bytes(MAIL.encode())

    french = run("explain", message)
    english = run("explain", message, "--lang", "en", "--recipient", "dr@medecin.mssante.fr")

    assert 0 == french.exit_code == english.exit_code
    assert "  alice@gmail.test : mise en attente (hold), par identified-patient-data\n" in french.stdout
    assert "  [x] une personne identifiée et une donnée de santé" in french.stdout
    assert "  dr@medecin.mssante.fr: sent by the secure channel (reroute) [mssante]" in english.stdout
    assert "281082" not in french.stdout.replace(" ", "")
    assert "EXEMPLE" not in french.stdout


def test_explain_takes_other_policies_and_another_sender(tmp_path):
    message = tmp_path / "m.eml"
    message.write_bytes(MAIL.encode())
    folder = tmp_path / "policies"
    folder.mkdir()
    write(folder, scope={"senders": {"in": ["achats@hopital.test"]}})

    about_no_one = run("explain", message, "--policies", folder)
    about_the_sender = run("explain", message, "--policies", folder, "--sender", "achats@hopital.test")

    assert "ne concerne aucun destinataire" in about_no_one.stdout
    assert "mise en attente (hold), par example" in about_the_sender.stdout


def test_the_schema_describes_every_key_in_both_languages():
    policy, lists = (json.loads(run("schema", *more).stdout) for more in ((), ("--lists",)))

    assert {"schema", "id", "status", "since", "when", "exceptions"} <= policy["properties"].keys()
    assert {"lists", "macros", "networks", "free_mail", "partners"} <= lists["properties"].keys()
    for described in (policy, lists):
        for name, shape in [("", described), *described["$defs"].items()]:
            for key, field in shape.get("properties", {}).items():
                assert "\n\n" in field.get("description", ""), (name, key)
