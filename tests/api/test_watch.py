"""A machine that watches the node learns how it is, and nothing of what it holds."""

from __future__ import annotations

import json
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from comity.accounts.services import make_token
from comity.federation.models import Partner
from comity.jobs import alive
from comity.journal.models import Fork, Held, Journal, Pending
from comity.node.logs import Json
from comity.registers.domain.record import Party, RightRecord, Text
from comity.web import measures
from tests import node


def read(client: Client, role: str) -> tuple[int, dict[str, float]]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {make_token(node.user(role, role))}"})
    found: dict[str, float] = {}
    if answer.status_code == 200:
        for family in text_string_to_metric_families(answer.content.decode()):
            for sample in family.samples:
                found[" ".join([sample.name, *sample.labels.values()])] = sample.value
    return answer.status_code, found


@pytest.fixture
def beating(settings: Any, tmp_path: Path) -> None:
    settings.COMITY_HOME = tmp_path
    alive._last.clear()
    alive.beat("sequencer")


def test_metrics_are_for_operators(journal: Journal, client: Client) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer comity_no"}).status_code == 401
    assert read(client, "viewer")[0] == 403
    status, found = read(client, "operator")
    assert status == 200
    assert found["comity_journal_entries"] == Journal.objects.get(own=True).next_index
    assert found["comity_disk_free_bytes"] > 0


def test_metrics_hold_no_name_and_no_record(journal: Journal, client: Client) -> None:
    person = Party(role="holder", entity="natural", names=(Text(text="Marker Personname"),), country="BY")
    title = (Text(text="Marker Titleword"),)
    node.tell(
        journal,
        RightRecord(office="BY", kind="trademark", number="77777", status="in_force", titles=title, parties=(person,)),
    )
    token = make_token(node.user("operator", "operator"))
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    for told in (b"Marker", b"77777", b"operator"):
        assert told not in answer.content


def test_ready_only_while_the_worker_lives(journal: Journal, client: Client, beating: None) -> None:
    assert client.get("/readyz").json() == {"ready": True, "missing": []}
    path = alive._folder() / "sequencer.alive"
    path.unlink()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["worker"])
    assert client.get("/healthz").status_code == 200


def codes() -> list[str]:
    return [alarm.code for alarm in measures.alarms(measures.measure())]


def test_each_alarm_is_raised_by_its_cause(journal: Journal, settings: Any, beating: None) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Pending.objects.update(added_at=timezone.now())
    settings.COMITY = settings.COMITY.model_copy(update={"alarm_disk_mib": 0})
    assert codes() == []
    Pending.objects.update(added_at=long_ago)
    assert Pending.objects.exists()
    assert codes() == ["pending"]
    theirs = Journal.objects.filter(own=False).first() or Journal.objects.create(origin="x.example/j", vkey="x")
    Partner.objects.create(party="RU", journal=theirs, state="paired", last_contact=long_ago)
    Fork.objects.create(journal=theirs, held="a", shown="b", reason="c", digest="d")
    Held.objects.create(journal=theirs, index=1, kind="x", about="y", state="unknown")
    settings.COMITY = settings.COMITY.model_copy(update={"alarm_disk_mib": 10**9})
    assert codes() == ["fork", "disk", "pending", "partner", "held"]
    texts = [alarm.text() for alarm in measures.alarms(measures.measure())]
    assert "The journal of RU has forked: two signed views do not agree." in texts


def test_a_silent_worker_raises_an_alarm(journal: Journal, beating: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "ages", lambda: {"sequencer": 31.0})
    assert "worker" in codes()


def test_a_log_line_is_one_object_without_the_request() -> None:
    record = logging.LogRecord("comity.x", logging.ERROR, __file__, 1, "took %s", ("3 s",), None)
    record.request = "GET /?q=Marker"
    line = json.loads(Json().format(record))
    assert set(line) == {"time", "level", "logger", "message"}
    assert (line["level"], line["message"]) == ("ERROR", "took 3 s")
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        record = logging.LogRecord("comity.x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    told = Json().format(record)
    assert "\n" not in told
    assert "ValueError" in json.loads(told)["error"]
