"""Forms: what a person enters, and how it is checked before a service sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.accounts.labels import EVENTS, ROLES, SCOPES
from comity.accounts.policy import scopes_for
from comity.agreement.domain.profile import Profile
from comity.agreement.labels import STEPS
from comity.agreement.labels import text as said
from comity.confidential.domain import Attachment
from comity.confidential.selectors import BodyView
from comity.kernel.handling import AMBER, LEVELS, Label


class DayForm(forms.Form):
    """The day for which a record is shown."""

    on = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


class AuditForm(forms.Form):
    """What narrows the audit trail."""

    person = forms.ChoiceField(label=_("Person"), required=False)
    event = forms.ChoiceField(label=_("Event"), required=False)
    first = forms.DateField(label=_("From day"), required=False, input_formats=["%Y-%m-%d"])
    last = forms.DateField(label=_("To day"), required=False, input_formats=["%Y-%m-%d"])

    def __init__(self, *args: Any, people: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("all")), *((name, name) for name in people)]  # type: ignore[attr-defined]
        self.fields["event"].choices = [("", _("all")), *EVENTS.items()]  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """A token for a program; what it may is chosen among what the person may."""

    label = forms.CharField(label=_("For"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("It may"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Choose what it may do.")}
    )
    days = forms.ChoiceField(
        label=_("Works for"), choices=[("30", _("30 days")), ("90", _("90 days")), ("365", _("a year"))]
    )

    def __init__(self, *args: Any, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, label) for scope, label in SCOPES.items() if scope in scopes_for(actor)
        ]


class SigningKeyForm(forms.Form):
    """A signing key for one of the roles that a person has."""

    seat = forms.TypedChoiceField(label=_("Role"), coerce=lambda text: tuple(text.split(" ", 1)))
    passphrase = forms.CharField(label=_("Passphrase"), widget=forms.PasswordInput, strip=False, max_length=1000)
    again = forms.CharField(label=_("The same again"), widget=forms.PasswordInput, strip=False, max_length=1000)

    def __init__(self, *args: Any, seats: Sequence[tuple[str, str]], names: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = [  # type: ignore[attr-defined]
            (f"{body} {role}", f"{ROLES[role]}{f' · {names.get(body, body)}' if body else ''}") for body, role in seats
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "passphrase" in data and "again" in data and data["passphrase"] != data["again"]:
            self.add_error("again", _("The two passphrases differ."))
        return data


class ImportForm(forms.Form):
    """A file to import: as a known format, or by a mapping that the user wrote."""

    upload = forms.FileField(
        label=_("File"),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty."),
            "missing": _("Choose a file."),
        },
    )
    format = forms.ChoiceField(label=_("Format"), required=False)
    mapping = forms.FileField(
        label=_("Mapping file"), required=False, error_messages={"empty": _("The file is empty.")}
    )
    source = forms.CharField(label=_("Name of the register"), required=False, max_length=100)
    full = forms.BooleanField(label=_("The file holds the whole register"), required=False)

    MAPPING_MOST = 256 * 1024

    def __init__(self, *args: Any, formats: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("recognise by content")), *formats]
        self.fields["format"].choices = choices  # type: ignore[attr-defined]

    def clean_mapping(self) -> str:
        """The text of the mapping file; empty where there is none."""
        file = self.cleaned_data.get("mapping")
        if not file:
            return ""
        if file.size > self.MAPPING_MOST:
            raise forms.ValidationError(_("A mapping file has at most 256 KiB."))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The mapping file is not text in UTF-8. Save it as UTF-8.")) from None


class VerifyForm(forms.Form):
    """An extract or a proof bundle to check."""

    upload = forms.FileField(
        label=_("Extract or proof bundle"),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty."),
            "missing": _("Choose a file."),
        },
    )
    keys = forms.CharField(
        label=_("Other keys that you trust"), required=False, max_length=20_000, widget=forms.Textarea
    )
    image = forms.FileField(
        label=_("Image to compare"), required=False, error_messages={"empty": _("The file is empty.")}
    )


class LabelForm(forms.Form):
    """How a sealed thing is to be handled."""

    tlp = forms.ChoiceField(label="TLP", choices=[(level, f"TLP:{level}") for level in LEVELS], initial=AMBER)
    codes = forms.CharField(
        label=_("Handling codes"),
        required=False,
        max_length=200,
        help_text=_("Such as H1; several with spaces between. All of them hold."),
    )
    purposes = forms.CharField(
        label=_("Purposes"),
        required=False,
        max_length=200,
        help_text=_("Such as customs-check; empty: not bound to a purpose."),
    )
    onward = forms.BooleanField(label=_("The recipient may pass it on"), required=False)

    def label(self) -> Label:
        """The handling label. Raises FormatError."""
        data = self.cleaned_data
        purposes = data["purposes"].split()
        bound = frozenset(purposes) if purposes else None
        return Label(data["tlp"], frozenset(data["codes"].split()), bound, data["onward"])


class LetterForm(LabelForm):
    """A confidential letter."""

    desk = forms.ChoiceField(label=_("From"), required=False)
    to = forms.MultipleChoiceField(label=_("To"), error_messages={"required": _("Choose to whom the letter goes.")})
    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(label=_("Text"), required=False, max_length=200_000, widget=forms.Textarea)
    attachment = forms.FileField(label=_("Attachment"), required=False, max_length=255)
    field_order = ("desk", "to", "subject", "text", "tlp", "codes", "purposes", "onward", "attachment")

    def __init__(self, *args: Any, desks: Sequence[BodyView], addressees: Sequence[BodyView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = [(view.code, view.name) for view in desks]  # type: ignore[attr-defined]
        names = [(view.address, f"{view.party} · {view.name}") for view in addressees]
        self.fields["to"].choices = names  # type: ignore[attr-defined]

    def attachments(self) -> list[Attachment]:
        """What was attached; a confidential body as a whole has at most 6 MiB."""
        file = self.cleaned_data.get("attachment")
        if not file:
            return []
        return [Attachment(file.name, file.content_type or "application/octet-stream", file.read())]


class StatementForm(forms.Form):
    """A step of the agreement's life that this party states."""

    step = forms.ChoiceField(label=_("Step"))
    day = forms.DateField(
        label=_("Day"), input_formats=["%Y-%m-%d"], widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    of = forms.ChoiceField(label=_("To or from"), required=False)
    act = forms.CharField(label=_("Act"), required=False, max_length=300)
    number = forms.CharField(label=_("Number"), required=False, max_length=100)
    place = forms.CharField(label=_("Place or portal"), required=False, max_length=300)

    def __init__(self, *args: Any, profile: Profile, party: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = list(STEPS.items())  # type: ignore[attr-defined]
        others = [(one.code, said(one.names) or one.code) for one in profile.parties if one.code != party]
        self.fields["of"].choices = [("", "—"), *others]  # type: ignore[attr-defined]


class VoidForm(forms.Form):
    """Why a statement was a mistake."""

    reason = forms.CharField(max_length=300)
