"""What ST.96 cannot hold: our extension, inside a document that stays valid.

The V6.0 schemas have no `xs:any` and no other point of extension. A wrapper document around the ST.96 part would make
the whole file foreign to every other reader. So the extension travels as a processing instruction, which XML 1.0 §2.6
allows anywhere and no schema looks at: `<?comity-st96 …?>`, the last child of the right's own element. Its content is
one XML element in a namespace of ours. `>` is always escaped there, so `?>` cannot occur before its end.

It holds the *difference*: each field of the record that the ST.96 part, read back, does not give in full. What ST.96
holds is never said twice, and whoever ignores the extension still reads all that ST.96 can say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from comity.kernel.errors import RecordError
from comity.registers.domain.json_form import from_json
from comity.registers.domain.record import RightRecord, to_json
from comity.registers.formats.xmlsafe import Element, local

NAMESPACE: Final = "https://comity.example/ns/st96-extension/1"
TARGET: Final = "comity-st96"
_Q: Final = f"{{{NAMESPACE}}}"
_LISTS: Final = frozenset(
    {field.name for field in dataclasses.fields(RightRecord) if str(field.type).startswith("tuple")}
    | {"names", "texts"}
)
_COUNTS: Final = frozenset({"design_count", "width", "height"})


def attach(element: Element, record: RightRecord, plain: RightRecord) -> None:
    """Put into `element` whatever of `record` is not in `plain`, which is what `element` alone reads as."""
    root = etree.Element(f"{_Q}Right", nsmap={"x": NAMESPACE})
    cleared = []
    for field in dataclasses.fields(RightRecord):
        wanted = getattr(record, field.name)
        if wanted == getattr(plain, field.name):
            continue
        if wanted in ("", 0, ()):
            cleared.append(field.name)
        else:
            _write(root, field.name, to_json(wanted))
    if cleared:
        root.set("cleared", " ".join(cleared))
    if len(root) or cleared:
        element.append(etree.ProcessingInstruction(TARGET, etree.tostring(root, encoding="unicode")))


def _write(parent: Element, name: str, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        element = etree.SubElement(parent, f"{_Q}{name}")
        if isinstance(item, dict):
            for key, inner in item.items():
                _write(element, key, inner)
        else:
            element.text = str(item)


def apply(element: Element, plain: RightRecord) -> RightRecord:
    """`plain` with the extension of `element`, if it has one. Raises RecordError for a broken extension."""
    body: dict[str, Any] | None = None
    for root in _extensions(element):
        body = body or to_json(plain)
        for name in (root.get("cleared") or "").split():
            body.pop(name, None)
        body.update(_object(root))
    return plain if body is None else from_json(body)


def _extensions(element: Element) -> Iterator[Element]:
    for item in element:
        if not isinstance(item, etree._ProcessingInstruction) or item.target != TARGET:
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(item.text or "", parser)
        except etree.XMLSyntaxError as error:
            raise RecordError(f"the extension is not well-formed: {error.msg}") from None
        if root.tag != f"{_Q}Right" or root.getroottree().docinfo.internalDTD is not None:
            raise RecordError(f"the extension is not of the namespace {NAMESPACE}")
        yield root


def _object(element: Element) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for item in element:
        name = local(item)
        if name in _LISTS:
            body.setdefault(name, []).append(_value(item, name))
        else:
            body[name] = _value(item, name)
    return body


def _value(element: Element, name: str) -> Any:
    if len(element):
        return _object(element)
    text = element.text or ""
    if name not in _COUNTS:
        return text
    if not text.isdecimal() or len(text) > 9:
        raise RecordError(f"{name} in the extension is no number: {text!r}")
    return int(text)
