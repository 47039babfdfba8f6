"""An empty profile for any two or more parties, as TOML with comments for the people who fill it in."""

from __future__ import annotations

from collections.abc import Sequence

from comity.agreement.domain.gates import ALWAYS, CAPABILITIES
from comity.agreement.domain.profile import LANGUAGES, SCHEMA

_HEAD = """\
# The profile of an agreement. Fill in what you know; `comity agreement check FILE` says what is missing.
# It holds at your nodes when every party has adopted the same bytes: agree on this file first.
schema = "{schema}"
code = "{code}"
edition = 1          # the next number for each changed profile
kinds = []           # kinds of right, such as "trademark"
languages = [{languages}]

[names]
{names}
"""
_PARTY = """
[[parties]]
code = "{code}"
names = {{ {names} }}
languages = []       # official languages, such as ["pt"]
coordinator = ""     # code of the coordinating body below
calendar = ""        # whose working days count, such as "{code}"
zone = ""            # of its days, such as "Europe/Lisbon"
"""
_REST = """
# What bodies are competent for, the bodies, and since when (days, such as "2025-03-13"; empty: open).
# [[matters]]
# code = "customs"
# names = {{ {names} }}
# [[bodies]]
# code = "customs-service"
# party = "{party}"
# names = {{ {names} }}
# competences = [{{ matter = "customs", since = "", until = "" }}]

# Areas of cooperation, and the articles as the agreement numbers them.
[[areas]]
code = "information"
names = {{ {names} }}
# [[articles]]
# number = "1"
# names = {{ {names} }}
# areas = ["information"]

# What the agreement lets a node do, in which area, by which article. opens: "always", "preparatory" (until it ends), or
# "in_force" (in force or provisionally applied). What is left out stays closed.
{capabilities}
[clauses]
depositary = ""      # the party that takes all notes; empty: each party notifies each other
[clauses.entry]
rule = "last_note_received"   # or last_note_sent, signature, date (then: date = "2026-01-01")
months = 0
days = 0
[clauses.provisional]
rule = "none"        # or signature, date
[clauses.term]
years = 0            # 0: without limit
renewal_years = 0    # 0: not renewed by itself
objection_months = 6
[clauses.notice]
months = 6
counted_from = "received"     # or sent

[deadlines]
request_days = 30
acknowledge_days = 5
working = false
"""
_CAPABILITY = """\
[[capabilities]]
code = "{code}"
area = "information"
article = ""
opens = "{opens}"
"""


def blank(code: str, parties: Sequence[str]) -> str:
    """The TOML of an empty profile."""
    names = ", ".join(f'{language} = ""' for language in LANGUAGES)
    opens = {"exchange.public": "preparatory", **dict.fromkeys(ALWAYS, "always")}
    capabilities = "".join(_CAPABILITY.format(code=name, opens=opens.get(name, "in_force")) for name in CAPABILITIES)
    head = _HEAD.format(
        schema=SCHEMA,
        code=code,
        languages=", ".join(f'"{language}"' for language in LANGUAGES),
        names="\n".join(f'{language} = ""' for language in LANGUAGES),
    )
    people = "".join(_PARTY.format(code=party, names=names) for party in parties)
    return head + people + _REST.format(names=names, party=parties[0] if parties else "", capabilities=capabilities)
