"""Whoever is not surely a legal entity is a natural person."""

from __future__ import annotations

import pytest

from comity.registers.formats.scripts import is_legal


@pytest.mark.parametrize(
    "name",
    [
        "Haldeman-Julius Co.",
        "Alfred A. Knopf, Inc.",
        "Simon & Schuster, Inc.",
        "Rand McNally & Company",
        "University of Chicago",
        'Общество с ограниченной ответственностью "Фирма ПИЛОТ"',
        'АОО "Назарбаев интеллектуальные школы"',
        "«Լիի շոկոլադ» ՍՊԸ",
        "ТАА «Сонца»",
        "Federated GmbH",
    ],
)
def test_a_legal_form_makes_a_legal_entity(name: str) -> None:
    assert is_legal(name)


@pytest.mark.parametrize(
    "name",
    [
        "Ivan Petrov",
        "HOLDING, ELISABETH SANXAY.",
        "Howard “Doc” Hopkins",
        "Иванов С. А.",
        "Smith, S.A.",
        "Frank Press",
        "Alonzo Church",
        "Частный предприниматель Слава Погосян",
        'ИП Иванов И. И. (компания "Ромашка")',
        "Estate of John Smith, Inc.",
        "Doubleday & Co., Inc. & Faye Copeland",
        "United States Trust Co. of New York and Chester Baylis, Jr.",
        "Incognito Jones",
    ],
)
def test_everybody_else_is_a_natural_person(name: str) -> None:
    assert not is_legal(name)
