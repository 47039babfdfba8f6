"""The pages on the wire say what the code does: kinds, fields, addresses, operations."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from comity.agreement.entries import OfficialOut, OfficialsBody
from comity.api.v1 import problems
from comity.api.v1.api import api
from comity.assistance.domain.contents import FIELDS
from comity.assistance.domain.steps import OPENS, Step
from comity.assistance.entries import RequestBody, StepBody
from comity.confidential import domain as letters
from comity.confidential import sealed
from comity.confidential.entries import BodiesBody, LetterBody
from comity.confidential.sealed import Sealed
from comity.federation import about, delivery, domain, newkeys, openings, signing
from comity.federation.entries import ReceiptBody, Refused
from comity.federation.urls import urlpatterns
from comity.journal import kinds
from comity.journal.entries import Open, RedactionBody
from comity.kernel import bundle, commitments, handling, official, pdfseal, sealing
from comity.kernel.official import OfficialSignature
from comity.registers.domain import record

DOCS = Path(__file__).resolve().parents[3] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    found = re.search(rf"^(#+) {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[2]


def first_cells(text: str) -> set[str]:
    """The names in backquotes in the first column of the tables."""
    return {
        name for row in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }


def names(shape: type) -> set[str]:
    return {field.name for field in dataclasses.fields(shape)}


def test_documented_kinds_are_the_known_ones() -> None:
    told = set(re.findall(r"^### `([a-z.]+/\d+)`$", page("protocol/entry.md"), re.MULTILINE))
    assert told == {f"{kind.name}/{kind.version}" for kind in kinds.known()}


def test_fields_of_the_kinds_are_the_documented_ones() -> None:
    text = page("protocol/entry.md")
    assert first_cells(section(text, "`journal.open/1`")) == set(Open.model_fields)
    assert first_cells(section(text, "`journal.redaction/1`")) == set(RedactionBody.model_fields)
    assert first_cells(section(text, "`registers.right/1`")) == {"right", "version"}
    assert first_cells(section(text, "`confidential.bodies/1`")) == set(BodiesBody.model_fields)
    assert first_cells(section(text, "`confidential.letter/1`")) == set(LetterBody.model_fields)
    assert first_cells(section(text, "`assistance.request/1`")) == set(RequestBody.model_fields)
    assert first_cells(section(text, "`assistance.step/1`")) == set(StepBody.model_fields)
    assert first_cells(section(text, "`agreement.officials/1`")) == set(OfficialsBody.model_fields)
    assert f"`{{{', '.join(OfficialOut.model_fields)}}}`" in section(text, "`agreement.officials/1`")
    signature = OfficialSignature("head", "k", b"").to_json()
    assert first_cells(section(page("protocol/officials.md"), "Signatures of officials")) == set(signature)
    assert official.FORM in page("protocol/officials.md")
    receipt = section(text, "`federation.receipt/1`")
    assert first_cells(receipt) == {field.alias or name for name, field in ReceiptBody.model_fields.items()}
    assert f"`{{{', '.join(Refused.model_fields)}}}`" in receipt


def test_sealed_bodies_labels_and_letters_are_as_documented() -> None:
    text = page("protocol/confidential.md")
    assert first_cells(section(text, "In the entry")) == set(Sealed.model_fields)
    label = handling.Label(codes=frozenset({"H1"}), purposes=frozenset({"court"}))
    assert first_cells(section(text, "Handling labels")) == set(label.to_json())
    assert all(f"`{level}`" in text for level in handling.LEVELS)
    attached = letters.Attachment("a", "text/plain", b"")
    whole = letters.Content("s", "t", letters.Reference("x", 1, label), (attached,))
    assert first_cells(section(text, "Letters")) == set(letters.write_content(whole))
    assert all(form in text for form in (sealing.PACKAGE, sealed.FORM))
    assert all(form in page("protocol/commitments.md") for form in (sealing.LABEL, openings.FORM))


def test_steps_of_assistance_are_as_documented() -> None:
    text = page("protocol/assistance.md")
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", section(text, "What is sealed"), re.MULTILINE)
    told = {step: cell for cells, cell in rows for step in re.findall(r"`(\w+)`", cells)}
    for step, fields in FIELDS.items():
        if "as" not in told[step].split():
            assert {one.name for one in fields} <= set(re.findall(r"`(\w+)`", told[step])), step
    assert set(told) == set(Step)
    assert first_cells(section(text, "What follows")) == set(Step) - OPENS


def test_fields_of_the_record_are_the_documented_ones() -> None:
    text = section(page("protocol/entry.md"), "The record")
    assert first_cells(text) == names(record.RightRecord)
    shapes = {
        "images": record.Image,
        "classes": record.Classification,
        "priorities": record.Priority,
        "publications": record.Publication,
        "events": record.Event,
        "effects": record.Effect,
        "extras": record.Extra,
    }
    for field, shape in shapes.items():
        told = re.search(rf"^\| `{field}` \| list of `{{([a-z0-9_, ]+)}}`", text, re.MULTILINE)
        assert told is not None, field
        assert set(told[1].split(", ")) == names(shape)
    told = re.search(r"A \*party\* is `{([a-z, ]+)}`", text)
    assert told is not None
    assert set(told[1].split(", ")) == names(record.Party) - {"cm"}
    for word in (*record.KINDS, *record.STATUSES, *record.ROLES):
        assert f"`{word}`" in text


def test_labels_on_the_wire_are_the_documented_ones() -> None:
    federation, proof = page("protocol/federation.md"), page("protocol/proof.md")
    assert commitments.LABEL in page("protocol/commitments.md")
    pairing = (domain.CARD, domain.INVITATION, "comity/pair/1", "comity/token/1")
    for label in (*pairing, signing.TAG, delivery.COSIGNATURE, about.ABOUT, newkeys.KEYS):
        assert f"{label}" in federation
    for label in (
        bundle.STATEMENT_KIND,
        bundle.FORM,
        bundle.RANGED,
        bundle.MEDIA_TYPE,
        bundle.SUFFIX,
        pdfseal.SEAL_KIND,
    ):
        assert label in proof
    assert first_cells(section(federation, "Cards")) == names(domain.Card)


def test_every_address_for_partners_is_documented() -> None:
    text = page("protocol/federation.md") + page("protocol/journal.md")
    for pattern in urlpatterns:
        stem = str(pattern.pattern).partition("<")[0]
        assert f"`{stem}" in text, stem


def test_fields_of_a_bundle_are_the_documented_ones() -> None:
    text = section(page("protocol/proof.md"), "Bundle")
    fields = {field.name for field in dataclasses.fields(bundle.Bundle)} - {"rest"}
    assert first_cells(text) == fields | {"comity"}


def test_every_operation_of_the_api_is_documented() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `([A-Z]+ /[^`]*)` \|", page("use/api.md"), re.MULTILINE))
    schema = api.get_openapi_schema(path_prefix="/")
    found = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    }
    assert told == found


def test_shape_of_problems_is_the_documented_one() -> None:
    example = re.search(r"```json\n(.+?)```", page("use/api.md"), re.DOTALL)
    assert example is not None
    problems.Problem.model_validate_json(example[1])


def test_every_filter_of_the_search_is_documented() -> None:
    text = section(page("use/api.md"), "Search")
    schema = api.get_openapi_schema(path_prefix="/")
    for parameter in schema["paths"]["/rights"]["get"]["parameters"]:
        assert f"`{parameter['name']}`" in text or f"{parameter['name']}=" in text, parameter["name"]
