"""Commands about the agreement: its profile, the steps of its life, its documents."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from comity.kernel.errors import FormatError, NotFoundError
from comity.node.cli import app, node, out

if TYPE_CHECKING:
    from comity.agreement.selectors import AgreementView

agreement_app = typer.Typer(no_args_is_help=True, help="The agreement: its profile, its life, what it opens.")
app.add_typer(agreement_app, name="agreement")

Code = Annotated[str, typer.Option("--agreement", help="Code of the agreement; the only one if not given.")]


@agreement_app.command("new")
def new(
    code: Annotated[str, typer.Argument(help="Code of the agreement, such as by-ru-2025.")],
    parties: Annotated[list[str], typer.Argument(help="ST.3 codes of two or more parties.")],
    file: Annotated[Path, typer.Option("--file", help="File to write; CODE.toml if not given.")] = Path(),
) -> None:
    """Write an empty profile to fill in."""
    from comity.agreement.domain.blank import blank
    from comity.agreement.domain.checks import read_profile
    from comity.agreement.toml import parse

    target = file if file != Path() else Path(f"{code}.toml")
    if target.exists():
        raise FormatError("The file exists.", place=str(target), remedy="Name another with --file.")
    text = blank(code, parties)
    read_profile(parse(text)[0])
    target.write_text(text, encoding="utf-8")
    out.print(f"Written: {target}. Fill it in, then: comity agreement check {target}", highlight=False, soft_wrap=True)


@agreement_app.command("check")
def check(profile: Annotated[str, typer.Argument(help="A profile's file, or the name of a shipped one.")]) -> None:
    """Say what is wrong with a profile, and what it leaves open. Exit status 1 where something is open."""
    from comity.agreement.domain.checks import gaps
    from comity.agreement.domain.gates import CAPABILITIES
    from comity.agreement.toml import digest_of, parse

    data, read = parse(*_text(profile))
    out.print(f"{read.code}, edition {read.edition}, SHA-256 {digest_of(data)}", highlight=False, soft_wrap=True)
    open_places = list(gaps(read, CAPABILITIES))
    for gap in open_places:
        detail = f" {gap.detail}" if gap.detail else ""
        out.print(f"{gap.place}: no {gap.missing}{detail} yet", highlight=False, markup=False, soft_wrap=True)
    out.print(f"{len(open_places)} places are open." if open_places else "Nothing is open.", highlight=False)
    if open_places:
        raise typer.Exit(1)


@agreement_app.command("adopt")
def adopt(
    profile: Annotated[str, typer.Argument(help="A profile's file, or the name of a shipped one.")] = "",
    proposed: Annotated[str, typer.Option(help="Adopt what a partner has adopted: the SHA-256 that it names.")] = "",
) -> None:
    """Adopt a profile for this party. It holds when every party has adopted the same bytes."""
    node()
    from comity.agreement import services
    from comity.agreement.models import Edition
    from comity.agreement.toml import parse

    if bool(profile) == bool(proposed):
        raise FormatError("Name a profile, or --proposed and a SHA-256.")
    if proposed:
        row = Edition.objects.filter(digest__startswith=proposed).first()
        if row is None:
            raise NotFoundError("No party has adopted that profile.", place=proposed[:16])
        index = services.adopt_proposed(None, row.agreement, row.digest)
        code = row.agreement
    else:
        data, read = parse(*_text(profile))
        index, code = services.adopt(None, data), read.code
    out.print(f"Adopted: {code}, entry {index}.", highlight=False)
    _say(code)


@agreement_app.command("show")
def show(
    agreement: Code = "",
    on: Annotated[str, typer.Option(help="A day, such as 2026-01-31; today if not given.")] = "",
) -> None:
    """Show the state of the agreement, its timeline, what is missing, and what is open by which article."""
    node()
    from comity.agreement import selectors
    from comity.agreement.domain.calendar import day

    views = selectors.agreements(day(on, "--on") if on else None)
    for code in selectors.proposed():
        for row in selectors.editions(code):
            out.print(f"{row.journal.party} has adopted {code}, SHA-256 {row.digest}.", highlight=False, soft_wrap=True)
    for view in views:
        if not agreement or view.code == agreement:
            _show(view)
    if not views:
        out.print("This party has adopted no agreement: comity agreement adopt FILE", highlight=False)


@agreement_app.command("state")
def state(
    step: Annotated[str, typer.Argument(help="The step, such as signature, note, note_received.")],
    day: Annotated[str, typer.Argument(help="The day of it, such as 2025-03-13.")],
    of: Annotated[str, typer.Option(help="The party that the note goes to or came from.")] = "",
    act: Annotated[str, typer.Option(help="The act, such as a resolution.")] = "",
    number: Annotated[str, typer.Option(help="Its number.")] = "",
    place: Annotated[str, typer.Option(help="Where it was done or published.")] = "",
    document: Annotated[str, typer.Option(help="SHA-256 of the document.")] = "",
    agreement: Code = "",
) -> None:
    """State a step of the agreement's life for this party."""
    node()
    from comity.agreement import services
    from comity.agreement.domain.life import Step

    steps = [one.value for one in Step]
    if step not in steps:
        raise FormatError(f"{step[:40]!r} is no step.", place="STEP", remedy=f"Steps are: {', '.join(steps)}.")
    code = _code(agreement)
    index = services.state(None, code, Step(step), day, of=of, act=act, number=number, place=place, document=document)
    out.print(f"Stated: entry {index}.", highlight=False)
    _say(code)


@agreement_app.command("void")
def void(
    index: Annotated[int, typer.Argument(help="Entry of the statement.")],
    reason: Annotated[str, typer.Argument(help="Why it was a mistake.")],
    agreement: Code = "",
) -> None:
    """Take an own statement back as a mistake. It stays readable, with the reason."""
    node()
    from comity.agreement import services

    code = _code(agreement)
    services.void(None, code, index, reason)
    _say(code)


@agreement_app.command("document")
def document(
    file: Annotated[Path, typer.Argument(help="PDF or plain text.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="Its name, the same in each language, such as agreement.")],
    title: Annotated[str, typer.Option(help="Its title.")],
    language: Annotated[str, typer.Option(help="Its language, such as ru.")],
    role: Annotated[str, typer.Option(help="agreement, protocol, act, note or other.")] = "agreement",
    edition: Annotated[int, typer.Option(help="Edition of the profile that it belongs to.")] = 1,
    agreement: Code = "",
) -> None:
    """Keep a document of the agreement and state its hash."""
    node()
    from comity.agreement import services

    services.add_paper(
        None,
        _code(agreement),
        file.read_bytes(),
        name=name,
        role=role,
        language=language,
        title=title,
        edition=edition,
    )
    out.print("Kept.")


@agreement_app.command("text")
def text(
    article: Annotated[str, typer.Argument(help="Number of the article, as the agreement has it.")],
    language: Annotated[str, typer.Argument(help="Language of the text, such as ru.")],
    file: Annotated[Path, typer.Argument(help="The text, UTF-8.", exists=True, dir_okay=False)],
    edition: Annotated[int, typer.Option(help="Edition of the profile that it belongs to.")] = 1,
    agreement: Code = "",
) -> None:
    """Give the text of an article as this party reads it."""
    node()
    from comity.agreement import services

    words = file.read_text(encoding="utf-8")
    services.add_passage(None, _code(agreement), edition=edition, article=article, language=language, text=words)
    out.print("Kept.")


def _text(profile: str) -> tuple[str, str]:
    """The TOML of a file or of a shipped profile, and how to call it in an error."""
    from comity.agreement.toml import shipped, shipped_text

    if profile in shipped():
        return shipped_text(profile), profile
    path = Path(profile)
    if not path.is_file():
        remedy = f"Shipped are: {', '.join(shipped())}."
        raise NotFoundError("There is no such file, and no shipped profile of that name.", place=profile, remedy=remedy)
    return path.read_text(encoding="utf-8"), path.name


def _code(asked: str) -> str:
    from comity.agreement import selectors

    codes = [view.code for view in selectors.agreements()]
    if asked or len(codes) == 1:
        return asked or codes[0]
    remedy = f"Name one with --agreement: {', '.join(codes)}." if codes else "comity agreement adopt FILE"
    raise NotFoundError("Which agreement is not plain.", place="--agreement", remedy=remedy)


def _say(code: str) -> None:
    from comity.agreement import selectors

    view = selectors.agreement(code)
    state = view.life.state(view.on)
    since = view.life.since(view.on)
    out.print(f"{code}: {state.value}" + (f" since {since.isoformat()}" if since else ""), highlight=False)


def _show(view: AgreementView) -> None:
    _say(view.code)
    held = view.standing.agreed
    out.print(
        f"edition {held.edition}, SHA-256 {view.standing.digest}" if held else "no edition is adopted by all yet",
        highlight=False,
        soft_wrap=True,
    )
    for one in view.standing.open:
        said = f"{one.party} has adopted edition {one.profile.edition}, SHA-256 {one.digest}"
        out.print(said, highlight=False, soft_wrap=True)
    timeline = Table("day", "what", "party", "of", "number", box=None)
    for moment in view.life.timeline:
        stated = moment.stated
        timeline.add_row(
            moment.day.isoformat(),
            stated.step.value if stated else moment.what,
            moment.party,
            stated.of if stated else "",
            stated.number if stated else "",
        )
    out.print(timeline)
    for lacking in view.life.missing:
        about = f", {lacking.of}" if lacking.of else ""
        out.print(f"missing: {lacking.step.value} of {lacking.party}{about}", highlight=False)
    gates = Table("capability", "", "article", "since", "until", box=None)
    for gate in view.gates():
        gates.add_row(
            gate.capability, "open" if gate.open else gate.why, gate.article, _day(gate.since), _day(gate.until)
        )
    out.print(gates)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
