"""What a machine that watches a node may know: counts and ages, never what a record says or who asked.

`measure` reads them from the database and the folder when asked, so that web server and worker may be any number of
processes; `alarms` says which of them a person should look at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from comity.federation import selectors as federation
from comity.jobs import alive
from comity.jobs import selectors as jobs
from comity.journal import selectors as journals
from comity.kernel import clock
from comity.registers import runs

WORKER_SILENT_S = 30.0


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner: its signed entries not applied here, own entries it has not cosigned, seconds since an exchange."""

    party: str
    lag_entries: int
    uncosigned_entries: int
    silent_s: float
    failures: int
    held: int
    forks: int
    unconfirmed: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Measures:
    """The node at one moment. Ages in seconds, sizes in bytes; a negative age means never."""

    entries: int
    size: int
    pending: int
    pending_age_s: float
    checkpoint_age_s: float
    unfinal: int
    unfinal_age_s: float
    held: int
    forks: int
    quarantined: int
    jobs: dict[str, int]
    oldest_job_s: float
    disk_free: int
    disk_total: int
    threads: dict[str, float]
    partners: tuple[Partner, ...]


SENTENCES = {
    "fork": "The journal of %(party)s has forked: two signed views do not agree.",
    "pending": "Entries have waited %(seconds)s seconds to be signed: the worker does not run, or cannot write.",
    "worker": "The worker gives no sign of life since %(seconds)s seconds.",
    "partner": "Nothing was exchanged with %(party)s for %(seconds)s seconds.",
    "held": "%(count)s entries are held back.",
    "disk": "The disk has only %(mib)s MiB left.",
    "jobs": "A job has waited %(seconds)s seconds.",
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A thing for a person to look at: a key of `SENTENCES` and what is filled in. `about` tells alike alarms apart."""

    code: str
    about: str
    values: dict[str, str]

    def text(self) -> str:
        return _(SENTENCES[self.code]) % self.values


def _age(moment: datetime | None) -> float:
    return -1.0 if moment is None else max(0.0, (timezone.now() - moment).total_seconds())


def measure() -> Measures:
    """Read all measures now. A handful of counts; nothing is kept."""
    views = journals.overview()
    own = next((view for view in views if view.own), None)
    partners = federation.partners()
    size = own.size if own else 0
    disk = shutil.disk_usage(settings.COMITY_HOME)
    waiting = jobs.counts()
    unfinal, since = journals.unfinal()
    return Measures(
        entries=own.entries if own else 0,
        size=size,
        pending=own.pending if own else 0,
        pending_age_s=_age(journals.oldest_pending()),
        checkpoint_age_s=_age(own.checkpoint_at if own else None),
        unfinal=unfinal,
        unfinal_age_s=_age(clock.parse_iso(since) if since else None),
        held=sum(view.held for view in views),
        forks=sum(len(view.forks) for view in views),
        quarantined=runs.quarantined(),
        jobs=waiting,
        oldest_job_s=_age(jobs.oldest_waiting()),
        disk_free=disk.free,
        disk_total=disk.total,
        threads=alive.ages(),
        partners=tuple(
            Partner(
                party=row.party,
                lag_entries=row.lag_entries,
                uncosigned_entries=max(0, size - row.their_cosigned_size),
                silent_s=_age(row.last_contact),
                failures=row.failures,
                held=row.held,
                forks=row.forks,
                unconfirmed=row.unconfirmed,
                refused=row.answer.count if row.answer else 0,
            )
            for row in partners
            if row.state == "paired"
        ),
    )


def alarms(now: Measures) -> list[Alarm]:
    """What a person should look at, the worst first. Limits are the settings `alarm_…`."""
    config = settings.COMITY
    found: list[Alarm] = []

    def add(code: str, about: str = "", **values: str) -> None:
        found.append(Alarm(code, about, values))

    for partner in now.partners:
        if partner.forks:
            add("fork", partner.party, party=partner.party)
    if now.disk_free < config.alarm_disk_mib * 1024**2:
        add("disk", mib=str(now.disk_free // 1024**2))
    if now.pending_age_s > config.alarm_pending_seconds:
        add("pending", seconds=f"{now.pending_age_s:.0f}")
    silent = now.threads.get("sequencer")
    if silent is not None and silent > WORKER_SILENT_S:
        add("worker", seconds=f"{silent:.0f}")
    for partner in now.partners:
        if partner.silent_s > config.alarm_partner_seconds:
            add("partner", partner.party, party=partner.party, seconds=f"{partner.silent_s:.0f}")
    if now.held:
        add("held", count=str(now.held))
    if now.oldest_job_s > config.alarm_jobs_seconds:
        add("jobs", seconds=f"{now.oldest_job_s:.0f}")
    return found


def _families(now: Measures) -> Iterator[GaugeMetricFamily]:
    for name, value, help_text in (
        ("journal_entries", now.entries, "Entries of the own journal, signed or not."),
        ("journal_signed_entries", now.size, "Entries under the last signed checkpoint."),
        ("journal_pending_entries", now.pending, "Entries that no checkpoint covers yet."),
        ("journal_pending_age_seconds", now.pending_age_s, "Age of the oldest of them; -1: none."),
        ("journal_checkpoint_age_seconds", now.checkpoint_age_s, "Age of the last checkpoint; -1: none."),
        ("journal_unfinal_entries", now.unfinal, "Signed entries that are not final yet."),
        ("journal_unfinal_age_seconds", now.unfinal_age_s, "Age of the oldest of them; -1: none."),
        ("held_entries", now.held, "Entries stored and not applied, over all journals."),
        ("forks", now.forks, "Kept proofs that a journal showed two views."),
        ("quarantined_records", now.quarantined, "Records of imported files that could not become rights."),
        ("oldest_job_seconds", now.oldest_job_s, "Age of the oldest waiting job; -1: none."),
        ("disk_free_bytes", now.disk_free, "Free space where the node's folder lies."),
        ("disk_bytes", now.disk_total, "Size of that file system."),
    ):
        yield GaugeMetricFamily(f"comity_{name}", help_text, value=value)
    by_state = GaugeMetricFamily("comity_jobs", "Jobs by state.", labels=["state"])
    for state, count in now.jobs.items():
        by_state.add_metric([state], count)
    yield by_state
    threads = GaugeMetricFamily("comity_worker_silent_seconds", "Since each thread's sign of life.", labels=["thread"])
    for thread, age in now.threads.items():
        threads.add_metric([thread], age)
    yield threads
    for name, help_text in (
        ("lag_entries", "Entries that the partner has signed and this node has not applied."),
        ("uncosigned_entries", "Own signed entries that the partner has not cosigned."),
        ("silent_s", "Seconds since an exchange went well; -1: never."),
        ("failures", "Exchanges that failed one after the other."),
        ("held", "Entries of the partner that are held back."),
        ("forks", "Kept proofs that the partner's journal showed two views."),
        ("unconfirmed", "Deletions of ours that the partner has not confirmed by a receipt."),
        ("refused", "Entries of ours that the partner stores and does not apply."),
    ):
        unit = name.replace("silent_s", "silent_seconds")
        family = GaugeMetricFamily(f"comity_partner_{unit}", help_text, labels=["party"])
        for partner in now.partners:
            family.add_metric([partner.party], getattr(partner, name))
        yield family


class _Now(Collector):
    def __init__(self, now: Measures) -> None:
        self.now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return _families(self.now)


def exposition(now: Measures) -> bytes:
    """The measures in Prometheus' text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Now(now))
    return generate_latest(registry)
