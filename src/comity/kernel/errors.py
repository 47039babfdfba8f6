"""The one tree of exceptions.

Every message says what was wrong; `place` says where (file and line, record number, field); `remedy` says what to do.
"""

from __future__ import annotations


class ComityError(Exception):
    """Base of every error that Comity raises on purpose.

    `code` is stable and machine-readable; the API uses it as the problem type.
    """

    code = "error"

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        text = self.message if not self.place else f"{self.place}: {self.message}"
        if not self.remedy:
            return text
        return f"{text} {self.remedy}" if text.endswith((".", "?", "!", "…")) else f"{text}. {self.remedy}"

    def at(self, place: str) -> ComityError:
        """The same error, its place put in front of what place it had."""
        self.place = f"{place}, {self.place}" if self.place else place
        return self


class FormatError(ComityError):
    """Bytes that do not have the form that their document demands."""

    code = "format"


class CanonicalError(FormatError):
    """JSON outside the profile of RFC 8785 that Comity accepts."""

    code = "canonical"


class NoteError(FormatError):
    """A signed note, a key or a checkpoint that does not parse."""

    code = "note"


class VerificationError(ComityError):
    """A well-formed thing that does not prove what it claims: signature, root, proof, commitment, content hash."""

    code = "verification"


class SignatureError(VerificationError):
    code = "signature"


class ProofError(VerificationError):
    code = "proof"


class SealError(VerificationError):
    """A sealed thing that does not open: for another key or context, or altered."""

    code = "sealed"


class ForkError(VerificationError):
    """Two validly signed checkpoints of one log that do not agree."""

    code = "fork"


class RecordError(ComityError):
    """A record that cannot become a right; it goes to quarantine."""

    code = "record"


class ConflictError(ComityError):
    """A change that the present state does not allow."""

    code = "conflict"


class PolicyError(ComityError):
    """Somebody may not do what they asked for."""

    code = "forbidden"


class NotFoundError(ComityError):
    code = "not-found"


class IntegrityError(ComityError):
    """What is stored is not what was stored: the file or row was changed, cut or lost."""

    code = "integrity"


class ConfigurationError(ComityError):
    code = "configuration"


class PartnerError(ComityError):
    """The partner did not answer, or answered outside the protocol."""

    code = "partner"
