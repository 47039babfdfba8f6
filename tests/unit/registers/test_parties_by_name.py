"""Who is surely a legal entity: when in doubt nobody is, because a person's name is personal data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.parties import looks_legal


@pytest.mark.parametrize(
    "name",
    [
        "ООО «Листвень»",
        'ЗАО "Заря"',
        "АО «Рот Фронт»",
        "Общество с ограниченной ответственностью «Листвень»",
        "ОАО Завод им. В.А. Дегтярева",
        "Институт физики имени Б. И. Степанова НАН Беларуси",
        "Федеральное государственное унитарное предприятие «Маяк»",
        "УП «Чысты лес»",
        "Таварыства з абмежаванай адказнасцю «Лісцвень»",
        "Беларускі дзяржаўны ўніверсітэт",
        "Гомельскі інстытут",
        "Республиканское унитарное предприятие «Белтелеком»",
        "«Алма» ЖШС",
        "ТОО «Алма»",
        "Ֆիլիպս ՍՊԸ",
        "J. C. Penney Company, Inc.",
        "Listven LLC",
        "Siemens AG",
        "Muster GmbH & Co. KG",
        "Société des Produits Nestlé S.A.",
        "Nestlé SA",
        "Fiat S.p.A.",
        "UAB Litas",
        "ААТ «Пліска»",
        "ЗАТ «Сенека»",
        "ТДА «Анга»",
        "Lotemed Sp. z o.o.",
        "Kormuvel S.r.l.",
        "Bancroft-Whitney Co.",
        "Smith & Co.",
        "Massachusetts Institute of Technology",
        "ООО «А»; ООО «Б»",
    ],
)
def test_legal_entity_is_told(name: str) -> None:
    assert looks_legal(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ; ",
        "Иванов Иван Иванович",
        "Иванов И.И.",
        "Novik A. S.",
        "Petrov S.A.",
        "Meier A.G.",
        "SMITH SAS",
        "Zao Wou-Ki",
        "Ао Чэн",
        "Компаниец Иван Петрович (RU)",
        "Фабрикант И. М.",
        "Заводский Пётр",
        "Қоғамов Асан",
        "ИП Иванов «ООО»",
        "Индивидуальный предприниматель Сидоров П. П.",
        "Иванов И. И. (Институт физики, Минск)",
        "Иванов И.И.; ООО «А»",
        "«Ромашка»",
        "Mary Smith (W)",
        "Mary Smith by her attorney in fact, Example Productions, Inc.",
        "Էսկոբեդո Պալոմա Սեգիմոն (ES)",
    ],
)
def test_person_and_doubt_are_personal_data(name: str) -> None:
    assert not looks_legal(name)


cyrillic = st.sampled_from(["Иванова", "Петренко", "Кузьміч", "Сас", "Ао", "Пак", "Цой", "Сейткали"])
latin = st.sampled_from(["Smith", "Novik", "Garcia", "Sas", "Nguyen", "Andersson", "Cohen"])


@given(st.one_of(cyrillic, latin), st.lists(st.sampled_from("АБВСABCSGN"), min_size=1, max_size=2))
def test_surname_with_initials_is_never_an_organisation(surname: str, initials: list[str]) -> None:
    assert not looks_legal(f"{surname} {'.'.join(initials)}.")
    assert not looks_legal(f"{surname} {'. '.join(initials)}.")
    assert not looks_legal(f"{'.'.join(initials)}. {surname}")


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    assert looks_legal(text) in (True, False)
