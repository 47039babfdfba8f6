"""Forms of sessions, agenda items, positions, laws and awareness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.agreement.domain.profile import Profile
from comity.agreement.labels import text as said
from comity.kernel.handling import AMBER, LEVELS, Label
from comity.positions.entries import CODE, NUMBER
from comity.positions.labels import FORMS, STEPS, topics
from comity.positions.selectors import ForumView

WRONG_CODE = _("Small letters, digits and dashes, at most 40.")


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    """A field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, input_formats=["%Y-%m-%d"], widget=widget, required=required)


def code_field(label: Any, hint: Any = "") -> forms.RegexField:
    return forms.RegexField(rf"^{CODE}$", label=label, error_messages={"invalid": WRONG_CODE}, help_text=hint)


class _Told(forms.Form):
    """What an entry says: its fields as the entry has them."""

    def body(self, *without: str) -> dict[str, Any]:
        """The cleaned fields as an entry takes them, days as text."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in without}
        return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _stretch(form: forms.Form) -> None:
    begin, end = form.cleaned_data.get("begin"), form.cleaned_data.get("end")
    if begin and end and end < begin:
        form.add_error("end", _("It ends before it begins."))


class SessionForm(_Told):
    """A session of a forum."""

    forum = forms.ChoiceField(label=_("Forum"))
    code = code_field(
        _("Code"), _("Names the session for both sides, such as 2026-12 or 41. Use the one that the partner uses.")
    )
    name = forms.CharField(label=_("Name"), max_length=300)
    begin = day_field(_("First day"))
    end = day_field(_("Last day"))
    deadline = day_field(_("Positions are due"), required=False)
    venue = forms.CharField(label=_("Place"), required=False, max_length=300)
    link = forms.URLField(label=_("Address on the web"), required=False, max_length=500, assume_scheme="https")
    withdrawn = forms.BooleanField(label=_("This party tells of it no more"), required=False)

    def __init__(self, *args: Any, fora: Sequence[ForumView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        several = len({row.agreement.code for row in fora}) > 1
        choices = []
        for row in fora:
            name = said(row.forum.names) or row.forum.code
            of = f" ({said(row.agreement.profile.names) or row.agreement.code})" if several else ""
            choices.append((f"{row.agreement.code}/{row.forum.code}", name + of))
        self.fields["forum"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        _stretch(self)

    def body(self, *without: str) -> dict[str, Any]:
        values = super().body("forum", "code", *without)
        return values | {"deadline": values["deadline"] or ""}


class ItemForm(forms.Form):
    """An agenda item; a document a line: its number, then its title."""

    number = forms.RegexField(rf"^{NUMBER}$", label=_("Number"), max_length=20)
    title = forms.CharField(label=_("Title"), max_length=500)
    documents = forms.CharField(
        label=_("Documents"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea,
        help_text=_("One a line: the number, a space, the title."),
    )
    withdrawn = forms.BooleanField(label=_("This party tells of it no more"), required=False)

    def listed(self) -> list[Mapping[str, str]]:
        """The documents as an entry takes them."""
        found: list[Mapping[str, str]] = []
        for line in self.cleaned_data["documents"].splitlines():
            number, _space, title = line.strip().partition(" ")
            if number:
                found.append({"number": number[:100], "title": title.strip()[:300], "sha256": ""})
        return found


class ShareForm(forms.Form):
    """How a text is shared."""

    public = forms.BooleanField(label=_("For everybody, unsealed"), required=False)
    tlp = forms.ChoiceField(label="TLP", choices=[(level, f"TLP:{level}") for level in LEVELS], initial=AMBER)

    def label(self) -> Label:
        return Label(self.cleaned_data["tlp"])


class StepForm(_Told):
    """What became of an agenda item."""

    step = forms.ChoiceField(label=_("What"), choices=list(STEPS.items()))
    on = day_field(_("Day"))
    of = forms.ChoiceField(label=_("Who speaks"), required=False)
    text = forms.CharField(
        label=_("Text"), required=False, max_length=15_000, widget=forms.Textarea, help_text=_("Name no person.")
    )

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = [(one.code, said(one.names) or one.code) for one in profile.parties]
        self.fields["of"].choices = [("", "—"), *parties]  # type: ignore[attr-defined]


class LawForm(_Told):
    """A change of this party's law."""

    code = code_field(_("Code"), _("Names the change among those of this party, such as law-139-2026."))
    act = forms.CharField(label=_("Act"), max_length=300)
    number = forms.CharField(label=_("Number"), required=False, max_length=100)
    day = day_field(_("Day"))
    edition = forms.CharField(label=_("Edition"), required=False, max_length=100)
    in_force = day_field(_("In force from"), required=False)
    topic = forms.ChoiceField(label=_("Topic"))
    summary = forms.CharField(label=_("What changes"), required=False, max_length=15_000, widget=forms.Textarea)
    link = forms.URLField(label=_("Address on the web"), required=False, max_length=500, assume_scheme="https")
    document = forms.RegexField(r"^[0-9a-f]{64}$", label=_("SHA-256 of the text"), required=False, max_length=64)
    withdrawn = forms.BooleanField(label=_("This party tells of it no more"), required=False)

    def __init__(self, *args: Any, profile: Profile, used: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = topics(profile)
        more = [one for one in used if one not in known]
        self.fields["topic"].choices = known + more  # type: ignore[attr-defined]

    def body(self, *without: str) -> dict[str, Any]:
        values = super().body("code", *without)
        return values | {"in_force": values["in_force"] or ""}


class ActivityForm(_Told):
    """An activity for public awareness."""

    code = code_field(_("Code"), _("Names the activity among those of this party, such as lecture-2026-03."))
    title = forms.CharField(label=_("Title"), max_length=300)
    form = forms.ChoiceField(label=_("Form"), choices=list(FORMS.items()))
    begin = day_field(_("First day"))
    end = day_field(_("Last day"))
    venue = forms.CharField(label=_("Place"), required=False, max_length=300)
    audience = forms.CharField(label=_("Audience"), required=False, max_length=300)
    reached = forms.IntegerField(label=_("People reached"), required=False, min_value=0, max_value=2**53 - 1)
    partners = forms.MultipleChoiceField(label=_("Together with"), required=False, widget=forms.CheckboxSelectMultiple)
    outcome = forms.CharField(label=_("Outcome"), required=False, max_length=15_000, widget=forms.Textarea)
    withdrawn = forms.BooleanField(label=_("This party tells of it no more"), required=False)

    def __init__(self, *args: Any, profile: Profile, party: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(one.code, said(one.names) or one.code) for one in profile.parties if one.code != party]
        self.fields["partners"].choices = others  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        _stretch(self)

    def body(self, *without: str) -> dict[str, Any]:
        return super().body("code", *without)
