"""Whatever bytes a partner answers with, the round is noted, and tried again after a pause."""

from __future__ import annotations

from typing import Any

import pytest

from comity.federation import rounds
from comity.federation.models import Partner
from comity.journal.models import Journal
from comity.kernel.errors import PartnerError
from tests.federation.test_signed_requests import own, paired

__all__ = ["own"]


def test_an_answer_with_a_nul_is_noted_in_one_line(own: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise PartnerError("The partner's witness answered 409: \x00\nERROR forged line\x1b[2J")

    monkeypatch.setattr(rounds, "STEPS", (refuse,))
    done = rounds.exchange(paired())
    row = Partner.objects.get()
    assert row.last_error == done.error
    assert row.last_error.startswith("The partner's witness answered 409: \ufffd\ufffdERROR forged line\ufffd[2J")
    assert row.failures == 1
    assert row.next_try is not None
