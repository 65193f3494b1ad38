"""The self-test: one message of ours in which findings must be made.

Does:   holds the message and tells whether an inspection of it is right.
Never:  involves real mail: the number is a published example, the person nobody.
Fails:  never.
"""

from __future__ import annotations

from typing import Final

from hygie_detectors.model import Inspection

MESSAGE: Final = (
    "From: self-test@hygie.invalid\r\n"
    "Subject: Self-test\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "N° de sécurité sociale : 2 55 08 14 168 025 38\r\n"
    "La patiente a été hospitalisée pour une insuffisance cardiaque.\r\n"
).encode()


def passes(inspection: Inspection) -> bool:
    """Tell whether the number and the disease were found, and everything was read."""
    return {"nir", "disease"} <= {f.kind for f in inspection.findings} and not inspection.unread
