"""What the API answers: rights, journals, proofs, files."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comity.journal import home, services
from comity.journal.models import Journal
from comity.kernel.merkle import leaf_hash, verify_inclusion
from comity.kernel.notes import VerifierKey
from comity.kernel.proof import parse_proof, verify_proof
from comity.kernel.verify import verify_file
from tests import node
from tests.api.conftest import Caller

MARK = "BY/trademark/74512"


def test_search_finds_own_and_partners_rights_with_counts(call: Caller) -> None:
    body = call("rights?q=елка").json()
    assert body["total"] == 5
    assert {row["key"] for row in body["rows"]} >= {MARK, "RU/trademark/1008824"}
    assert {facet["value"]: facet["count"] for facet in body["facets"]["party"]} == {"BY": 3, "RU": 2}


def test_filters_narrow_and_several_values_widen(call: Caller) -> None:
    assert call("rights?office=RU").json()["total"] == 2
    assert call("rights?kind=trademark&kind=industrial_design&party=BY").json()["total"] == 3
    assert call("rights?kind=industrial_design").json()["rows"][0]["key"] == "BY/industrial_design/12/А-7"
    assert call("rights?cls=nice:3&territory=RU").json()["total"] == 2
    assert call("rights?filed_from=2020-03-03").json()["total"] == 0
    assert call("rights?party=KZ&q=елка").json()["rows"] == []


@pytest.mark.parametrize(
    "query",
    [
        "clas=3",
        "kind=mark",
        "office=ZZ",
        "cls=3",
        "page=0",
        "page=401",
        "filed_from=2020-02-31",
        "filed_from=0",
        "order=new",
        "party=",
    ],
)
def test_filter_that_cannot_be_used_is_refused_by_name(call: Caller, query: str) -> None:
    answer = call(f"rights?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in json.dumps(answer.json()["errors"])


def test_right_is_told_as_of_a_day_and_in_a_language(call: Caller) -> None:
    body = call("rights/BY/trademark/74512?on=2021-06-01&language=en").json()
    assert (body["key"], body["party"], body["version"], body["day"]) == (MARK, "BY", 2, "2021-06-01")
    assert body["status"]["status"] == "in_force"
    assert [effect["territory"] for effect in body["effects"]] == ["BY", "RU"]
    assert body["effects"][1]["sentence"].startswith("No effect")
    assert body["record"]["parties"][1]["names"][0]["text"] == "Ружа Нёманская"
    assert "abstract" not in body["record"]
    assert call("rights/BY/trademark/74512").json()["status"]["status"] == "surrendered"


def test_number_may_hold_slashes_and_letters(call: Caller) -> None:
    assert call("rights/BY/industrial_design/12/А-7").json()["key"] == "BY/industrial_design/12/А-7"
    assert len(call("rights/BY/industrial_design/12/А-7/versions").json()) == 1


def test_versions_say_what_changed_and_name_no_natural_person(call: Caller) -> None:
    answer = call("rights/BY/trademark/74512/versions")
    newest, oldest = answer.json()
    assert [newest["version"], oldest["version"]] == [2, 1]
    assert {change["field"] for change in newest["changes"]} >= {"status", "status_date"}
    assert "Ружа" not in answer.content.decode()


def test_redacted_person_is_gone_from_the_answer(call: Caller, journal: Journal) -> None:
    services.redact(journal, 3, path="/right/parties/1")
    answer = call("rights/BY/trademark/74512")
    assert answer.json()["redacted_parties"] == [1]
    assert "Ружа" not in answer.content.decode()


def test_journals_and_their_entries_page_by_page(call: Caller) -> None:
    own, partner = call("journals").json()
    assert (own["party"], own["own"], own["entries"], own["pending"]) == ("BY", True, 5, 1)
    assert (partner["party"], partner["size"], partner["cosignatures"][0]["party"]) == ("RU", 3, "BY")
    seen, before = [], ""
    while True:
        page = call(f"journals/BY/entries?limit=2{before}").json()
        seen += [entry["index"] for entry in page["entries"]]
        if page["before"] is None:
            break
        before = f"&before={page['before']}"
    assert seen == [4, 3, 2, 1, 0]


def test_entry_tells_its_bytes_leaf_and_state(call: Caller) -> None:
    entry = call("journals/RU/entries/1").json()
    assert entry["leaf"] == leaf_hash(entry["text"].encode()).hex()
    assert (entry["kind"], entry["about"]) == ("registers.right", "RU/trademark/1008824")
    assert (entry["state"]["state"], entry["state"]["by"]) == ("cosigned", ["BY"])
    assert call("journals/BY/entries/4").json()["state"]["state"] == "pending"
    assert call("journals/BY/entries/5").status_code == 404


def test_checkpoint_is_given_verbatim(call: Caller, journal: Journal) -> None:
    answer = call("journals/BY/checkpoint")
    assert answer.content == home.store(journal).checkpoint()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_inclusion_proof_verifies_in_both_forms(call: Caller) -> None:
    entry = call("journals/RU/entries/1").json()["text"].encode()
    body = call("proofs/RU/1").json()
    hashes = [bytes.fromhex(item) for item in body["hashes"]]
    verify_inclusion(1, body["size"], leaf_hash(entry), hashes, bytes.fromhex(body["root"]))
    proof = parse_proof(call("proofs/RU/1.tlog-proof").content)
    witness = VerifierKey.parse(body["witnesses"][0]["vkey"])
    verified = verify_proof(proof, entry, [VerifierKey.parse(body["log"])], [witness], quorum=1)
    assert list(verified.cosigned) == [witness]


def test_what_is_not_signed_yet_has_no_proof_and_no_extract(call: Caller) -> None:
    for path in ("proofs/BY/4", "proofs/BY/4.tlog-proof", "extracts/BY/trademark/99999.pdf"):
        answer = call(path)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:comity:problem:conflict")


def test_extracts_come_as_pdf_and_as_bundle(call: Caller) -> None:
    pdf = call("extracts/BY/trademark/74512.pdf?on=2021-06-01&language=be")
    assert (pdf["Content-Type"], pdf["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="BY-trademark-74512-20210601.pdf"',
    )
    assert verify_file(pdf.content).facts["statement"]["language"] == "be"
    bundle = call("extracts/RU/trademark/1008824.comity-proof?party=RU")
    assert bundle["Content-Type"] == "application/vnd.comity.proof+json"
    assert verify_file(bundle.content).ok


def test_anybody_has_a_file_checked(call: Caller) -> None:
    bundle = call("extracts/RU/trademark/1008824.comity-proof").content
    ours = str(home.signing_key("extract").verifier)

    def check(data: bytes, **more: object) -> dict[str, object]:
        form = {"file": SimpleUploadedFile("x.comity-proof", data), **more}
        answer = Client().post("/api/v1/verify?language=ru", form)
        assert answer.status_code == 200
        return dict(answer.json())

    good = check(bundle, trusted=[ours, str(node.partner_key().verifier)])
    assert (good["ok"], good["verdict"]["code"]) == (True, "verdict.good")  # type: ignore[index]
    assert good["facts"]["statement"]["right"] == "RU/trademark/1008824"  # type: ignore[index]
    bad = check(bundle.replace(b'"index":1', b'"index":2'))
    assert (bad["ok"], bad["facts"], bad["proved"]) == (False, None, [])
    assert bad["verdict"]["text"].startswith("Не полагайтесь")  # type: ignore[index]
    assert Client().post("/api/v1/verify", {"file": SimpleUploadedFile("x", bundle), "trusted": "x"}).status_code == 400


def test_node_and_partners_are_told(call: Caller) -> None:
    body = call("node").json()
    assert (body["party"], body["origin"], body["offices"]) == ("BY", node.ORIGIN, ["BY"])
    assert {key["role"] for key in body["keys"]} == {"log", "witness", "mirror", "extract"}
    assert {"name": "registers.right", "version": 1} in body["entry_kinds"]
    assert call("partners").json() == []
