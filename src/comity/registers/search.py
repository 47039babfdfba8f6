"""Search over the rights of all journals: words, filters, counts.

Words are looked up in the text that `projection` keeps, folded as the query is. Counts stop at 10,000 matches: beyond
that a page says "more than", and stays fast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, Func, Q, QuerySet
from django.db.models.expressions import RawSQL

from comity.journal.models import Held, Journal
from comity.kernel.text import number_key
from comity.kernel.text import words as split_words
from comity.registers.models import Right, RightClass, SearchDoc
from comity.registers.query import Query

CAP = 10_000
RANKED = 1_000
PAGE_SIZE = 25
MOST_WORDS = 12
FACETS = ("kind", "status", "office", "effect_in", "journal_id")
Combination = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches of a query: their count (at most 10,001), and counts by combination of facets."""

    total: int
    capped: bool
    by_combination: Counter[Combination]


_totals: tuple[tuple[Any, ...], Counter[Combination]] | None = None


def totals() -> Counter[Combination]:
    """Counts over all rights; kept until some journal's cursor moves."""
    global _totals
    mark = (
        connection.settings_dict["NAME"],
        # A retry applies entries behind the cursor.
        Held.objects.count(),
        *Journal.objects.order_by("pk").values_list("pk", "applied"),
    )
    if _totals is None or _totals[0] != mark:
        _totals = (mark, _count(Right.objects.all()))
    return _totals[1]


def _count(rows: QuerySet[Right]) -> Counter[Combination]:
    try:
        sql, params = rows.values_list(*FACETS).query.sql_with_params()
    except EmptyResultSet:
        # A filter that nothing can meet, such as a party without a journal here: no query is made of it.
        return Counter()
    names = [column.replace('"', "") for column in FACETS]
    query = f"SELECT {', '.join(names)}, count(*) FROM ({sql}) AS m GROUP BY {', '.join(names)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return Counter({(k, s, o, e, j): n for k, s, o, e, j, n in cursor.fetchall()})


class _Unindexed(Func):
    """A column whose index SQLite must not walk: nearly every right may be of one kind, few have the words."""

    template = "%(expressions)s"
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)


def filtered(query: Query, base: QuerySet[Right]) -> QuerySet[Right]:
    """The rights that match, in no order."""
    rows = _matching(query, base)
    for field, values in (("kind", query.kinds), ("office", query.offices), ("status", query.statuses)):
        if values:
            rows = rows.alias(**{f"any_{field}": _Unindexed(field)}).filter(**{f"any_{field}__in": values})
    if query.parties:
        rows = rows.filter(
            journal__in=list(Journal.objects.filter(party__in=query.parties).values_list("pk", flat=True))
        )
    if query.territory:
        codes = {query.territory, "*"}
        fitting = {key[3] for key in totals() if codes & set(key[3].split())}
        rows = rows.filter(effect_in__in=sorted(fitting))
    if query.cls:
        scheme, _, code = query.cls.partition(":")
        found = RightClass.objects.filter(scheme=scheme)
        found = found.filter(code=code) if scheme == "nice" else found.filter(code__startswith=code)
        rows = rows.filter(pk__in=found.values("right"))
    for name, column in (("filed", "filing_date"), ("registered", "registration_date")):
        if start := getattr(query, f"{name}_from"):
            rows = rows.filter(**{f"{column}__gte": start})
        if end := getattr(query, f"{name}_to"):
            # An empty date sorts before every other: without a start it would slip in.
            rows = rows.filter(Q(**{f"{column}__lte": end}) & ~Q(**{column: ""}))
    return rows


def count(query: Query, base: QuerySet[Right]) -> Matches:
    """Count the matches, and by facet, over at most 10,001 of them."""
    if query.is_empty and not base.query.is_empty():
        everything = totals()
        return Matches(sum(everything.values()), False, everything)
    found = _count(filtered(query, base)[: CAP + 1])
    total = sum(found.values())
    return Matches(total, total > CAP, found)


def page(query: Query, base: QuerySet[Right], matches: Matches) -> list[Right]:
    """One page of the matches, in the order asked for: the newest first, unless few enough to tell the relevant."""
    if not matches.total:
        return []
    rows = filtered(query, base)
    start = (query.page - 1) * PAGE_SIZE
    if query.order == "number":
        return list(rows.order_by("kind", "office", "number", "pk")[start : start + PAGE_SIZE])
    tokens = _tokens(query.q)
    if query.order == "relevance" and tokens and matches.total <= RANKED:
        ids = _ranked(rows, tokens)[start : start + PAGE_SIZE]
        by_id = Right.objects.in_bulk(ids)
        return [by_id[pk] for pk in ids]
    if connection.vendor == "sqlite" and _fts_expression(query):
        # The index gives its rows in this order; the table's own key would be sorted.
        return list(rows.extra(order_by=["-registers_fts.rowid"])[start : start + PAGE_SIZE])
    return list(rows.order_by("-pk")[start : start + PAGE_SIZE])


def _ranked(rows: QuerySet[Right], tokens: list[str]) -> list[int]:
    """Ids of at most 1,000 matches, the best first: the name itself, names that begin so, names, people, the newest.

    Reckoned here and not by the database, so that both databases show one order.
    """
    found = SearchDoc.objects.filter(right__in=list(rows.values_list("pk", flat=True))).values_list("right", "words")
    phrase, wanted = " ".join(tokens), set(tokens)

    def rank(pk: int, words: str) -> tuple[int, int, int]:
        own = words.split(" ")
        if own[: len(tokens)] == tokens:
            grade = 0 if len(own) <= len(tokens) + 2 else 1  # a name and its number, or a longer name
        elif phrase in words:
            grade = 2
        else:
            grade = 3 if wanted <= set(own) else 4
        return grade, len(own), -pk

    return [pk for _, pk in sorted((rank(pk, words), pk) for pk, words in found)]


def _tokens(text: str) -> list[str]:
    """The words to look for, each once, at most 12: every one is a condition that the database must plan."""
    # From the end, for the last word may be unfinished and stays the last.
    return list(dict.fromkeys(reversed(split_words(text))))[:MOST_WORDS][::-1]


def _matching(query: Query, base: QuerySet[Right]) -> QuerySet[Right]:
    """The rights with the words asked for.

    On SQLite a join that the index leads, not a list of ids: a query with a limit then stops at its limit, however many
    rights have a common word.
    """
    if connection.vendor == "sqlite":
        if expression := _fts_expression(query):
            return base.extra(
                tables=["registers_fts"],
                where=["registers_fts MATCH %s", "registers_right.id = registers_fts.rowid"],
                params=[expression],
            )
        return base
    for condition in _tsvector_conditions(query):
        base = base.filter(pk__in=condition)
    return base


def _fts_expression(query: Query) -> str:
    """The words as one FTS5 expression. Tokens are runs of letters and digits, so that quoting them is enough."""
    parts = []
    for text, column in ((query.q, "{words people}"), (query.holder, "people")):
        if tokens := _tokens(text):
            wanted = " AND ".join(f'"{token}"' for token in tokens)
            parts.append(f"{column} : ({wanted} *)")
    if query.number and (tokens := split_words(number_key(query.number))):
        parts.append(f'words : "{" ".join(tokens)}"')
    return " AND ".join(f"({part})" for part in parts)


def _tsvector_conditions(query: Query) -> Iterable[RawSQL]:
    if tokens := _tokens(query.q):
        yield from _tsvector(tokens, ["words", "people"])
    if tokens := _tokens(query.holder):
        yield from _tsvector(tokens, ["people"])
    if query.number and (tokens := split_words(number_key(query.number))):
        yield _documents(["words"], "phraseto_tsquery('simple', %s)", " ".join(tokens))


def _tsvector(tokens: list[str], columns: list[str]) -> Iterable[RawSQL]:
    *whole, last = tokens
    for token in (*(f"'{token}'" for token in whole), f"'{last}':*"):
        yield _documents(columns, "to_tsquery('simple', %s)", token)


def _documents(columns: list[str], call: str, argument: str) -> RawSQL:
    where = " OR ".join(f"{name}_v @@ {call}" for name in columns)
    sql = f"SELECT right_id FROM registers_searchdoc WHERE {where}"  # noqa: S608
    return RawSQL(sql, [argument] * len(columns))  # noqa: S611
