"""The settings file: what works by default, and what a typo says."""

from pathlib import Path

import pytest

from hygie_detectors.limits import Limits
from hygie_milter.runtime import load_runtime
from hygie_milter.settings import load_settings
from hygie_policies.yamlfile import YamlError


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "hygie.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


SMALLEST = "milter: {socket: 'unix:/run/hygie/hygie.sock'}\n"


def problems(path):
    with pytest.raises(YamlError) as caught:
        load_settings(path)
    return [str(problem) for problem in caught.value.problems]


def test_the_socket_is_the_only_setting_one_must_give(write):
    settings = load_settings(write(SMALLEST))

    assert Path("/run/hygie/hygie.sock") == settings.milter.unix_path
    assert "tempfail" == settings.milter.failure_action
    assert Limits() == settings.limits_value()
    assert frozenset() == settings.context().lists["care-units"]


def test_everything_can_be_given(write, tmp_path):
    (tmp_path / "domains.txt").write_text(
        "# white list\nchu-x.mssante.fr\nPRO.mssante.fr.  # by hand\n\n", encoding="utf-8"
    )
    settings = load_settings(
        write(
            f"""
milter: {{socket: "inet:9900@127.0.0.1", failure_action: hold, soft_seconds: 5.0, hard_seconds: 9.0}}
organisation: {{domains: [Hopital.TEST]}}
lists: {{care-units: [Cardio@Hopital.test, labo.hopital.test]}}
channels:
  mssante:
    domains: [medecin.mssante.fr]
    domains_file: {tmp_path / "domains.txt"}
    addresses: {{"Dr.Durand@cabinet.test": dr.durand@medecin.mssante.fr}}
limits: {{pdf_pages_max: 3}}
workers: {{count: 1, seccomp: false}}
metrics: {{listen: "127.0.0.1:9999"}}
"""
        )
    )
    context = settings.context()
    channel = context.channels["mssante"]

    assert frozenset({"hopital.test"}) == context.internal_domains
    assert frozenset({"cardio@hopital.test", "labo.hopital.test"}) == context.lists["care-units"]
    assert "x@MEDECIN.mssante.fr" == channel.accepts("x@MEDECIN.mssante.fr")
    assert "x@pro.mssante.fr" == channel.accepts("x@pro.mssante.fr")
    assert "dr.durand@medecin.mssante.fr" == channel.accepts("dr.durand@CABINET.test")
    assert channel.accepts("x@evil-medecin.mssante.fr") is None
    assert channel.accepts("x@sub.medecin.mssante.fr") is None
    assert 3 == settings.limits_value().pdf_pages_max
    assert ("127.0.0.1", 9999) == settings.metrics.address


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        (SMALLEST + "organisaton: {domains: [x.fr]}\n", ":2:1:", "organisation"),
        ("milter: {socket: '/run/hygie.sock'}\n", ":1:", "unix:"),
        ("milter: {socket: 'unix:/s', failure_action: accept}\n", ":1:", "tempfail"),
        ("milter: {socket: 'unix:/s', soft_seconds: 50.0}\n", ":1:", "hard_seconds"),
        (SMALLEST + "limits: {pdf_pages_max: 0}\n", ":2:25:", "above 0"),
        (SMALLEST + "limits: {pdf_page_max: 5}\n", ":2:10:", "pdf_pages_max"),
        (SMALLEST + "channels: {mssante: {postfix_domain: mssante.fr}}\n", ":2:", ".hygie.invalid"),
        (SMALLEST + "organisation: {domains: ['not a domain']}\n", ":2:", "domain"),
        ("organisation: {domains: []}\n", ":1:1:", "milter"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_was_expected(write, text, place, says):
    found = problems(write(text))

    assert 1 == len(found)
    assert place in found[0]
    assert says in found[0]


def test_an_absent_file_is_one_clear_problem(tmp_path):
    assert 1 == len(problems(tmp_path / "absent.yaml"))


def test_a_list_of_domains_that_cannot_be_read_keeps_hygie_from_starting(write):
    path = write(SMALLEST + "channels: {mssante: {domains_file: /nonexistent/list.txt}}\n")

    with pytest.raises(YamlError, match=r"/nonexistent/list\.txt"):
        load_runtime(path)


def test_a_signing_key_readable_by_everyone_is_refused(write, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(b"secret")
    key.chmod(0o644)

    assert "chmod 600" in problems(write(SMALLEST + f"header: {{key_file: {key}}}\n"))[0]
