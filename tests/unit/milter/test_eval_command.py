"""``hygie eval`` as a person and a program use it, and what it makes of files."""

import email
import email.policy
import json
import re
import subprocess

import pytest

from harness.hygie import COMMAND
from hygie_detectors.recognizers.nir.nir import has_right_key
from hygie_milter.evaluation.cases import Variant, cases, labelled_files
from hygie_milter.evaluation.letters import header

KEYS = ["files", "health", "identity", "pair", "restricted", "unread", "p50_ms", "p95_ms"]
"""The contract of issue 5; other keys may come behind."""
CARE = "Patiente Mme Jeanne Martin, née le 14/08/1955, NIR 2 55 08 14 168 025 38, insuffisance cardiaque."
STORY = "Le patient, diabétique, est hospitalisé pour un infarctus du myocarde et reçoit du bisoprolol."
TAGGED = (
    "Suivie par [Martin](NOM) [Jeanne](PRENOM)\nInsuffisance cardiaque\n\nOpérée en [2003](DATE)\n\n"
    "Sécu [2 55 08 14 168 025 38](SECU)\n"
)


def write(folder, path, content):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.fixture
def labelled(tmp_path):
    folder = tmp_path / "labelled"
    write(folder, "README.md", "Beside the labels: not measured.")
    write(folder, "pos_letter/a.txt", CARE)
    write(folder, "pos_letter/set/b.eml", f"From: a@b.test\nTo: c@d.test\nSubject: x\n\n{CARE}\n")
    write(folder, "pos_letter/set/deeper/c.txt", "Bonjour, la réunion est déplacée.")
    write(folder, "pos_narrative/a.txt", STORY)
    write(folder, "pos_tagged/a.txt", TAGGED)
    write(folder, "neg_mail/a.txt", "Bonjour, la réunion est déplacée.")
    write(folder, "neg_mail/b.txt", CARE)
    return folder


def hygie_eval(*arguments):
    return subprocess.run(
        [COMMAND, "eval", "--jobs", "1", *arguments],
        capture_output=True, check=False, timeout=120, text=True,
    )  # fmt: skip


def as_json(*arguments):
    done = hygie_eval("--json", *arguments)
    assert (0, "") == (done.returncode, done.stderr)
    answer = json.loads(done.stdout)
    assert ["labels"] == list(answer)
    return answer["labels"]


def test_json_has_the_keys_of_the_contract_and_shares(labelled):
    labels = as_json(labelled)

    assert ["neg_mail", "pos_letter", "pos_narrative", "pos_tagged"] == list(labels)
    for figures in labels.values():
        assert KEYS == list(figures)[: len(KEYS)]
        assert all(isinstance(figures[name], int | float) for name in figures)
        assert all(0 <= figures[name] <= 1 for name in KEYS[1:6])
    assert (3, 0.666667, 0.666667) == tuple(
        labels["pos_letter"][name] for name in ("files", "pair", "restricted")
    )
    assert 0.5 == labels["neg_mail"]["restricted"]
    narrative = labels["pos_narrative"]
    assert (1, 1.0, 0.0) == tuple(narrative[name] for name in ("files", "health", "restricted"))
    assert {"restricted_with_identity", "restricted_with_nir"} < narrative.keys()
    assert 1.0 == narrative["restricted_with_nir"]
    tagged = labels["pos_tagged"]
    assert (1, 2) == (tagged["files"], tagged["messages"])
    assert {"identity_medium", "identity_blocks", "identity_other_tags"} < tagged.keys()
    assert tagged["identity"] >= tagged["identity_medium"]


def test_a_label_without_a_file_that_can_be_read_has_its_figures_too(tmp_path):
    """Whoever reads the answer finds every label; an empty folder is no error."""
    write(tmp_path, "mine/.keep", "")
    (tmp_path / "pos_none" / "deep").mkdir(parents=True)
    labels = as_json(tmp_path)

    assert ["mine", "pos_none"] == list(labels)
    assert {"files": 0, **dict.fromkeys(KEYS[1:], 0.0)} == {name: labels["pos_none"][name] for name in KEYS}
    assert (1, 0.0) == (labels["mine"]["files"], labels["mine"]["restricted"])


def test_errors_are_listed_with_masked_evidence_and_the_file(labelled):
    labels = as_json(labelled, "--errors", "--label", "neg_mail", "--label", "pos_letter")

    assert ["neg_mail", "pos_letter"] == list(labels)
    (alarm,) = labels["neg_mail"]["errors"]
    assert ("false_alarm", str(labelled / "neg_mail/b.txt")) == (alarm["fault"], alarm["file"])
    assert "nir" in {finding["kind"] for finding in alarm["findings"]}
    (missed,) = labels["pos_letter"]["errors"]
    assert ("missed", str(labelled / "pos_letter/set/deeper/c.txt")) == (missed["fault"], missed["file"])
    shown = hygie_eval("--errors", labelled, "--label", "neg_mail").stdout
    assert "fausse alerte" in shown
    assert "Martin" not in shown
    assert "168 025" not in shown


def test_a_narrative_missed_behind_a_header_is_shown_with_it(labelled):
    write(labelled, "pos_narrative/a.txt", "Bonjour.")

    done = hygie_eval("--errors", labelled, "--label", "pos_narrative")

    headed = done.stdout.count("(derrière un en-tête")
    assert headed >= 1
    assert headed == done.stdout.count("  en-tête inventé : ")


def test_the_table_is_french_first_and_fits_a_terminal(labelled):
    done = hygie_eval(labelled, "--label", "pos_narrative")

    assert (0, "") == (done.returncode, done.stderr)
    heading, units, row, *beyond = filter(str.strip, done.stdout.splitlines())
    assert ["santé", "ident.", "paire", "retenu"] == heading.split()[:4]
    assert ["étiquette", "fich."] == units.split()[:2]
    assert ["pos_narrative", "1", "100,00"] == row.split()[:3]
    assert max(map(len, (heading, units, row))) <= 80
    assert any("derrière un en-tête" in line for line in beyond)


def test_two_runs_are_compared_without_content(labelled, tmp_path):
    kept = tmp_path / "run.json"
    as_json(labelled, "--save", kept, "--label", "neg_mail", "--label", "pos_narrative")
    assert not re.search("Martin|cardiaque|a.txt", kept.read_text())
    run = json.loads(kept.read_text())
    key, flags = next(iter(run["cases"]["pos_narrative"].items()))
    run["cases"]["pos_narrative"][key] = "----"
    kept.write_text(json.dumps(run))
    write(labelled, "neg_mail/b.txt", "Bonjour, le train est en retard.")

    shown = hygie_eval(labelled, "--against", kept, "--label", "neg_mail", "--label", "pos_narrative")
    labels = as_json(labelled, "--against", kept, "--label", "neg_mail", "--label", "pos_narrative")

    mail = labels["neg_mail"]["against"]
    assert (-0.5, 1, 1, []) == (mail["difference"]["restricted"], mail["new"], mail["gone"], mail["changed"])
    assert [[key, "----", flags]] == labels["pos_narrative"]["against"]["changed"]
    assert "retenu -50,00 pt" in shown.stdout
    assert f"{key} : ---- → {flags}" in shown.stdout


def test_limit_spreads_over_the_files_of_a_label(tmp_path):
    for number in range(10):
        write(tmp_path, f"neg/{number // 5}/{number}.txt", "x")

    assert ["0.txt", "5.txt"] == [path.name for _, path in labelled_files(tmp_path, (), 2)]
    assert 10 == len(labelled_files(tmp_path, (), 10)) == len(labelled_files(tmp_path, (), 11))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "fichier introuvable / no such file"),
        ("empty", "aucun fichier sous <étiquette>/"),
        ("flat", "aucun fichier sous <étiquette>/"),
        ("flat/file.txt", "fichier introuvable / no such file"),
    ],
)
def test_a_folder_without_labels_is_refused_in_one_line(tmp_path, path, said):
    (tmp_path / "empty/label").mkdir(parents=True)
    write(tmp_path, "flat/file.txt", "x")

    done = hygie_eval(tmp_path / path)

    assert (2, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())
    assert said in done.stderr


def test_what_cannot_be_used_is_refused_in_one_line(labelled, tmp_path):
    odd = write(tmp_path, "odd.json", "[]")
    for arguments in (
        (labelled, "--label", "absent"),
        (labelled, "--against", odd),
        (labelled, "--against", tmp_path / "absent.json"),
        (labelled, "--limit", "1", "--label", "neg_mail", "--save", tmp_path),
    ):
        done = hygie_eval(*arguments)
        assert (2, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))


def test_a_file_that_cannot_be_read_is_named_and_the_rest_measured(labelled):
    (labelled / "neg_mail/gone.txt").symlink_to(labelled / "nowhere.txt")

    done = hygie_eval("--json", labelled, "--label", "neg_mail")

    assert 2 == done.returncode
    assert "gone.txt: fichier introuvable" in done.stderr
    assert 2 == json.loads(done.stdout)["labels"]["neg_mail"]["files"]


def body(case):
    return email.message_from_bytes(case.raw, policy=email.policy.default).get_content().replace("\r\n", "\n")


def made_of(folder, path, content, lines=10):
    label = path.split("/")[0]
    return list(cases(label, write(folder, path, content), lines))


def test_a_text_is_a_body_and_nothing_else_is_in_the_mail(tmp_path):
    (case,) = made_of(tmp_path, "pos/jeanne martin.txt", "Café\n")

    message = email.message_from_bytes(case.raw, policy=email.policy.default)
    assert "Café\n" == body(case)
    assert {"Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"} == set(message.keys())
    assert "-" == message["Subject"]
    assert b"martin" not in case.raw


def test_a_mail_is_taken_as_it_is_whatever_its_name(tmp_path):
    raw = b"From: a@b.test\r\nTo: c@d.test\r\n\r\nbody\r\n"

    assert raw == made_of(tmp_path, "neg/x.txt", raw)[0].raw
    assert raw == made_of(tmp_path, "neg/x.msg", raw)[0].raw


def test_a_mailbox_is_its_messages(tmp_path):
    one = "From a@b.test Mon Jan  5 10:00:00 2026\nFrom: a@b.test\nTo: c@d.test\n\nun\n\n"

    assert 2 == len(made_of(tmp_path, "neg/box", one * 2))


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"\xff\xfe text"])
def test_anything_else_is_an_attachment_with_its_suffix_and_a_neutral_name(tmp_path, content):
    (case,) = made_of(tmp_path, "pos/jeanne martin.pdf", content)

    (attached,) = email.message_from_bytes(case.raw, policy=email.policy.default).iter_attachments()
    assert ("piece.pdf", content) == (attached.get_filename(), attached.get_content())


def test_template_marks_are_taken_out(tmp_path):
    (case,) = made_of(tmp_path, "neg/t.txt", "{% if x %}Bonjour {{ name }}{# a\nb #},{% endif %}\n")

    assert "Bonjour ,\n" == body(case)


def test_a_transcript_is_cut_into_messages_of_ten_lines(tmp_path):
    text = "\n".join(f"alors {n}" for n in range(21))

    pieces = made_of(tmp_path, "neg_fr_spoken/s/t.txt", text)
    assert [10, 10, 1] == [len(body(case).splitlines()) for case in pieces]
    assert ["1", "11", "21"] == [case.where.rpartition(":")[2] for case in pieces]
    assert 1 == len(made_of(tmp_path, "neg_fr_spoken/s/t.txt", text, lines=0))
    assert 1 == len(made_of(tmp_path, "neg_fr/s/t.txt", text))


def test_a_tagged_text_is_read_by_line_and_by_block_without_its_tags(tmp_path):
    found = made_of(tmp_path, "pos/t.txt", TAGGED)

    assert [
        (Variant.LINE, "Suivie par Martin Jeanne"),
        (Variant.OTHER_TAGS, "Opérée en 2003"),
        (Variant.LINE, "Sécu 2 55 08 14 168 025 38"),
        (Variant.BLOCK, "Suivie par Martin Jeanne\nInsuffisance cardiaque"),
        (Variant.BLOCK, "Sécu 2 55 08 14 168 025 38"),
    ] == [(case.variant, body(case).rstrip("\n")) for case in found]
    assert [1, 4, 6, 1, 6] == [int(case.where.rpartition(":")[2]) for case in found]


def test_a_markdown_link_makes_no_tagged_text(tmp_path):
    (case,) = made_of(tmp_path, "neg/t.md", "Voir [la page](README) du projet.")

    assert Variant.WHOLE == case.variant


def test_a_narrative_is_read_alone_and_behind_a_header(tmp_path):
    alone, identity, nir = made_of(tmp_path, "pos_narrative/t.txt", STORY)

    assert [Variant.NARRATIVE, Variant.IDENTITY, Variant.NIR] == [c.variant for c in (alone, identity, nir)]
    assert STORY == body(alone).strip()
    assert ["", header(alone.digest, nir=False), header(alone.digest, nir=True)] == [
        case.header for case in (alone, identity, nir)
    ]
    assert body(identity).endswith(body(alone))
    assert body(nir).endswith(body(alone))


def test_a_narrative_in_windows_1252_is_read_behind_a_header_too(tmp_path):
    file = write(tmp_path, "n/a.txt", STORY.encode("cp1252"))

    assert 3 == len(list(cases("pos_narrative", file, 10)))
    assert 1 == len(list(cases("neg_x", file, 10)))


def test_headers_are_stable_varied_and_carry_a_valid_nir_only_when_asked():
    seeds = [str(number) for number in range(300)]

    assert header("1", nir=True) == header("1", nir=True)
    assert 290 < len({header(seed, nir=False) for seed in seeds})
    for seed in seeds:
        without, with_nir = header(seed, nir=False), header(seed, nir=True)
        assert set(without.splitlines()) <= set(with_nir.splitlines())
        (line,) = set(with_nir.splitlines()) - set(without.splitlines())
        assert not re.search(r"\b(?:19|20)\d\d\b|[Nn]ée?\b", line)  # the birth date is not left out with it
        number = re.search(r"[12](?:[\s/-]*\d){14}", line)
        assert number is not None
        assert has_right_key(re.sub(r"\D", "", number[0]))
