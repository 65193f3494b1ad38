"""Encoding of recipients under Hygie's own domains.

Expected values computed by hand from RFC 3461 section 4 and from what Postfix's generic maps turn back.
"""

import pytest

from hygie_milter.postfix.paths import bare, encode, xtext

DOMAIN = "mssante.hygie.invalid"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("bob@dest.test", "<bob=dest.test@mssante.hygie.invalid>"),
        ("u+tag@dest.test", "<u+tag=dest.test@mssante.hygie.invalid>"),
        ("a=b@dest.test", "<a=b=dest.test@mssante.hygie.invalid>"),
        ('"jean dupont"@dest.test', '<"jean dupont=dest.test"@mssante.hygie.invalid>'),
        ('"a@b"@dest.test', '<"a@b=dest.test"@mssante.hygie.invalid>'),
        ("Dr.X@Dest.Test", "<Dr.X=Dest.Test@mssante.hygie.invalid>"),
    ],
)
def test_an_address_is_carried_under_our_domain(address, path):
    assert path == encode(address, DOMAIN)


@pytest.mark.parametrize(
    ("address", "encoded"),
    [
        ("bob@dest.test", "bob@dest.test"),
        ("u+tag@dest.test", "u+2Btag@dest.test"),
        ("a=b@dest.test", "a+3Db@dest.test"),
        ('"jean dupont"@dest.test', '"jean+20dupont"@dest.test'),
        ("é@dest.test", "+C3+A9@dest.test"),
    ],
)
def test_the_original_recipient_is_xtext(address, encoded):
    assert encoded == xtext(address)


@pytest.mark.parametrize(
    ("path", "address"), [("<a@b>", "a@b"), ("a@b", "a@b"), ("<>", ""), (" <a@b> ", "a@b")]
)
def test_brackets_are_stripped(path, address):
    assert address == bare(path)
