"""What people read of roles and of the events of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from comity.accounts import audit, policy

ROLES: Mapping[str, Promise] = {
    policy.VIEWER: pgettext_lazy("role", "viewer"),
    policy.CLERK: pgettext_lazy("role", "clerk"),
    policy.EXAMINER: pgettext_lazy("role", "examiner"),
    policy.ENFORCEMENT: pgettext_lazy("role", "enforcement officer"),
    policy.HEAD: pgettext_lazy("role", "head of body"),
    policy.COORDINATOR: pgettext_lazy("role", "coordinator"),
    policy.AUDITOR: pgettext_lazy("role", "auditor"),
    policy.OPERATOR: pgettext_lazy("role", "node operator"),
}
EVENTS: Mapping[str, Promise] = {
    audit.SIGN_IN: pgettext_lazy("event", "signed in"),
    audit.SIGN_IN_FAILED: pgettext_lazy("event", "failed to sign in"),
    audit.SIGN_OUT: pgettext_lazy("event", "signed out"),
    audit.VIEW: pgettext_lazy("event", "read sealed matter"),
    audit.DECISION: pgettext_lazy("event", "decided"),
    audit.EXPORT: pgettext_lazy("event", "took out data"),
    audit.ROLE: pgettext_lazy("event", "changed a role"),
    audit.TOKEN: pgettext_lazy("event", "changed a token"),
    audit.KEY: pgettext_lazy("event", "changed a signing key"),
    audit.SIGNATURE: pgettext_lazy("event", "signed"),
    audit.ACCOUNT: pgettext_lazy("event", "changed an account"),
}
SCOPES: Mapping[str, Promise] = {
    policy.OPEN: pgettext_lazy("scope", "read and take out registers, journals, the agreement"),
    "letters.*": pgettext_lazy("scope", "letters"),
    "audit.*": pgettext_lazy("scope", "the audit trail"),
    "node.*": pgettext_lazy("scope", "watch the node: metrics"),
    "agreement.*": pgettext_lazy("scope", "read and state the agreement"),
    "*": pgettext_lazy("scope", "everything that you may"),
}
