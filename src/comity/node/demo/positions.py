"""A session, positions, changes of the laws and activities for the demonstration: all invented, as it says."""

from __future__ import annotations

from datetime import date
from typing import Any

from comity.agreement import services as agreement
from comity.agreement.domain.life import Step
from comity.agreement.toml import parse, shipped_text
from comity.confidential import sealed
from comity.kernel.handling import Label
from comity.node.demo.agreement import PROFILE
from comity.positions import services
from comity.positions.domain.texts import Content, Paragraph, write_content
from comity.positions.entries import APPROVAL, POSITION, ItemRef

CODE = "demonstration"
FORUM, SESSION = "eaeu-committee", "demo-2026-12"
AGREED, DIVERGENT = ItemRef(CODE, FORUM, SESSION, "3"), ItemRef(CODE, FORUM, SESSION, "4")
NAMES = {
    "en": "Fictional agreement of the demonstration",
    "ru": "Вымышленное соглашение для демонстрации",
    "be": "Выдуманае пагадненне для дэманстрацыі",
}
# Articles for each area, so that the report has something to go by. No agreement has these.
ARTICLES = ("information", "enforcement", "commercialisation", "platforms", "harmonisation", "awareness")
DIGITAL = "[Вымышлено] Стороны поддерживают маркировку правомерных предложений в цифровой среде."
TERMS = {
    "BY": "[Вымышлено] Переходный период составляет два года.",
    "RU": "[Вымышлено] Переходный период составляет три года.",
}
SALTS = {"BY": "2" * 32, "RU": "3" * 32}
LAWS: dict[str, dict[str, Any]] = {
    "BY": {
        "act": "[Вымышлено] Закон об изменении закона о товарных знаках",
        "number": "0-З",
        "day": "2026-04-14",
        "in_force": "2026-10-01",
        "summary": "Заявление о продлении принимается в электронной форме в течение последнего года.",
    },
    "RU": {
        "act": "[Вымышлено] Федеральный закон об изменении части четвёртой кодекса",
        "number": "00-ФЗ",
        "day": "2026-06-02",
        "in_force": "2027-01-01",
        "summary": "Заявление о продлении подаётся только в электронной форме.",
    },
}
ACTIVITIES: dict[str, dict[str, Any]] = {
    "BY": {"title": "[Вымышлено] Семинар для предпринимателей", "form": "seminar", "reached": 120},
    "RU": {"title": "[Вымышлено] Конкурс школьных изобретений", "form": "competition", "reached": 860},
}


def fictional(party: str) -> None:
    """State this party's share: an invented agreement in force, and what is done under it."""
    _agree()
    other = "RU" if party == "BY" else "BY"
    services.tell_session(
        None,
        CODE,
        FORUM,
        SESSION,
        {
            "name": "[Вымышлено] Заседание консультативного комитета",
            "venue": "Минск",
            "begin": "2026-12-15",
            "end": "2026-12-16",
        },
    )
    for ref, title in (
        (AGREED, "[Вымышлено] Маркировка правомерных предложений"),
        (DIVERGENT, "[Вымышлено] Переходный период"),
    ):
        services.tell_item(None, ref, title, [{"number": f"Д-{ref.number}", "title": "Проект", "sha256": ""}])
    whole = _share(AGREED, other, [Paragraph("1", DIGITAL, "1" * 32)])
    _share(DIVERGENT, other, [Paragraph("1", DIGITAL, "1" * 32), Paragraph("2", TERMS[party], SALTS[party])])
    services.append(APPROVAL, AGREED.about, {"of": "text", "digest": whole})
    services.state_step(None, AGREED, "speaker", date(2026, 12, 15), of="BY")
    services.tell_law(None, CODE, "demo-renewal", {**LAWS[party], "topic": "trademark"})
    days = {"begin": "2026-05-20", "end": "2026-05-20"}
    services.tell_activity(None, CODE, "demo-activity", {**ACTIVITIES[party], **days, "partners": [other]})


def _agree() -> None:
    """Adopt the shipped profile as another agreement, with invented articles, that opens everything for trial."""
    data = parse(shipped_text(PROFILE))[0]
    article = {area: str(number) for number, area in enumerate(ARTICLES, 1)}
    data |= {"code": CODE, "names": NAMES}
    data["articles"] = [{"number": number, "areas": [area]} for area, number in article.items()]
    data["clauses"] = {"entry": {"rule": "signature"}}
    data["capabilities"] = [
        {
            **one,
            "article": article[one["area"]],
            "opens": "always" if one["code"] == "agreement.life" else "preparatory",
        }
        for one in data["capabilities"]
    ]
    agreement.adopt(None, data)
    agreement.state(None, CODE, Step.SIGNATURE, "2026-01-15")


def _share(ref: ItemRef, other: str, paragraphs: list[Paragraph]) -> str:
    """Share a text of round 1, sealed for the other party; its hash. The salts are fixed: both sides take the same."""
    content = Content("ru", tuple(paragraphs))
    closed, openings = sealed.close(write_content(content), Label(), [sealed.read_recipient(other)])
    digest = content.digest(ref.about)
    services.append(POSITION, ref.about, {"round": 1, "digest": digest, "sealed": closed}, openings)
    return digest
