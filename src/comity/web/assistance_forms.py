"""Forms of a request for assistance: one for each step, made from the fields that the step has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from comity.assistance import labels
from comity.assistance.domain.contents import EXISTENCE, FIELDS, Content
from comity.assistance.domain.steps import DAYS, OPENS, Step
from comity.confidential.domain import Attachment
from comity.confidential.selectors import BodyView
from comity.kernel.handling import Label
from comity.web.forms import LabelForm


class _Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class _Files(forms.FileField):
    """Any number of files."""

    widget = _Several

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(_Files, self).clean(one, initial) for one in given if one]


class StepForm(LabelForm):
    """What a step says, when, what is attached and quoted, and how it is to be handled."""

    papers = _Files(label=_("Attachments"), required=False, max_length=255)
    quotes = forms.CharField(
        label=_("Refers to"),
        required=False,
        max_length=300,
        help_text=_(
            "Steps of requests or letters, such as RU/15; several with spaces between. Their handling comes along."
        ),
    )
    existence = forms.BooleanField(label=_("That there is this request is confidential too"), required=False)

    def __init__(
        self,
        *args: Any,
        step: Step,
        desks: Sequence[BodyView] = (),
        addressees: Sequence[BodyView] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.step = step
        own: dict[str, forms.Field] = {}
        if desks:
            own["desk"] = forms.ChoiceField(
                label=_("From"), required=False, choices=[(view.code, view.name) for view in desks]
            )
            names = [(view.address, f"{view.party} · {view.name}") for view in addressees]
            own["to"] = forms.ChoiceField(label=_("To"), choices=names)
        if step in DAYS:
            own["day"] = forms.DateField(
                label=str(labels.DAYS[step]),
                input_formats=["%Y-%m-%d"],
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        for one in FIELDS[step]:
            own[one.name] = _field(one.name, one.needed, one.most, one.line)
        kept = {name: field for name, field in self.fields.items() if name != "existence" or step in OPENS}
        self.fields = {**own, **kept}

    def texts(self) -> dict[str, str]:
        return {one.name: self.cleaned_data[one.name] for one in FIELDS[self.step]}

    def day(self) -> str:
        given = self.cleaned_data.get("day")
        return given.isoformat() if given else ""

    def label(self) -> Label:
        found = super().label()
        more = {EXISTENCE} if self.cleaned_data.get("existence") else set()
        return Label(found.tlp, found.codes | more, found.purposes, found.onward)

    def attachments(self) -> list[Attachment]:
        """What was attached; a confidential body as a whole has at most 6 MiB."""
        return [
            Attachment(file.name or "file", file.content_type or "application/octet-stream", file.read())
            for file in self.cleaned_data["papers"]
        ]

    def quoted(self) -> list[str]:
        return str(self.cleaned_data["quotes"]).split()


def initial_of(content: Content, label: Label, day: str, quotes: Sequence[str]) -> dict[str, Any]:
    """What a form shows of a draft."""
    return {
        **content.texts,
        "day": day,
        "tlp": label.tlp,
        "codes": " ".join(sorted(label.codes - {EXISTENCE})),
        "purposes": " ".join(sorted(label.purposes or ())),
        "onward": label.onward,
        "existence": EXISTENCE in label.codes,
        "quotes": " ".join(quotes),
    }


def _field(name: str, needed: bool, most: int, line: bool) -> forms.Field:
    known: dict[str, Any] = {"label": labels.FIELDS[name], "required": needed, "help_text": labels.HINTS.get(name, "")}
    if name in labels.CHOICES:
        empty = [] if needed else [("", "—")]
        return forms.ChoiceField(choices=[*empty, *labels.CHOICES[name].items()], **known)
    return forms.CharField(
        max_length=most,
        widget=forms.TextInput if line else forms.Textarea(attrs={"class": "short", "rows": 4}),
        **known,
    )
