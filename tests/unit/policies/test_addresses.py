"""Addresses are compared by the domain after the last @, exactly; look-alikes match nothing."""

import pytest

from hygie_policies.addresses import parse

SECURE = frozenset({"medecin.mssante.fr"})


@pytest.mark.parametrize(
    "address",
    ["a@medecin.mssante.fr", "A.B@MEDECIN.MSSANTE.FR", "a@medecin.mssante.fr.", "+x/y=z@medecin.mssante.fr"],
)
def test_the_same_domain_is_found(address):
    assert parse(address).is_in(SECURE)
    assert parse(address).plain


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "medecin.mssante.fr",
        "a@",
        "a@mssante.fr",
        "a@x.medecin.mssante.fr",
        "a@medecin-mssante.fr",
        "a@medecin.mssante.fr.evil.test",
        "a@evil.test?medecin.mssante.fr",
        "a@medecin.mssante.fr ",
        "a@ medecin.mssante.fr",
        "a@medecin.mssante.fr..",
        "a@medecin..mssante.fr",
        "a@medecin.mssante.fr\n",
        "a@medecin.mssante.fr\0",
        "a@medecin。mssante.fr",
        "a@ｍedecin.mssante.fr",
        "a@mеdecin.mssante.fr",  # Cyrillic e
        "a@médecin.mssante.fr",
        "a@[127.0.0.1]",
        '"a@medecin.mssante.fr"@gmail.test',
        "a%medecin.mssante.fr@gmail.test",
        "@medecin.mssante.fr:a@gmail.test",
        "a@medecin.mssante.fr@gmail.test",
    ],
)
def test_a_look_alike_is_another_domain(address):
    assert not parse(address).is_in(SECURE)


@pytest.mark.parametrize(
    "address",
    [
        "a%gmail.test@hopital.test",
        "gmail.test!a@hopital.test",
        '"a@gmail.test"@hopital.test',
        "a@gmail.test@hopital.test",
        "@gmail.test:a@hopital.test",
        '"a b"@hopital.test',
        "@hopital.test",
    ],
)
def test_what_a_server_may_send_elsewhere_is_not_plain(address):
    assert not parse(address).plain


def test_an_international_domain_has_one_form():
    assert parse("a@HÔPITAL.test").domain == parse("a@xn--hpital-ixa.test").domain == "xn--hpital-ixa.test"


def test_the_kelvin_sign_is_no_k():
    assert parse("a@bl\u212a.test").domain == ""


def test_a_dot_before_an_entry_stands_for_subdomains_only():
    assert parse("a@x.y.b.test").is_in({".b.test"})
    assert not parse("a@b.test").is_in({".b.test"})
    assert not parse("a@xb.test").is_in({".b.test"})


def test_a_full_address_is_found_whatever_its_case():
    assert parse("Cardio@HOPITAL.test").is_in({"cardio@hopital.test"})


def test_an_address_shows_nothing_of_itself():
    assert "secret" not in repr(parse("secret@hopital.test"))
