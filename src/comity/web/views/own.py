"""One's own account: second factors, recovery codes, password, and where one is signed in."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView, ReauthenticateView
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base.views import IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.views import View

from comity.accounts import factors, sessions
from comity.accounts.policy import allow
from comity.web.views.account import with_options

GET, BOTH = ("GET", "HEAD"), ("GET", "HEAD", "POST")


class Own(IndexView):  # type: ignore[misc]
    template_name = "account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return {
            **super().get_context_data(**kwargs),
            "lacking": factors.lacking(self.request),
            "enrolled": factors.enrolled(user),
            "sessions": sessions.of(self.request),
            "has_password": user.has_usable_password(),
        }


class Password(PasswordChangeView):  # type: ignore[misc]
    template_name = "account_password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not authenticated_user(request).has_usable_password():
            return HttpResponseRedirect(reverse("mfa_index"))
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_default_success_url(self) -> str:
        return reverse("mfa_index")


class ConfirmPassword(ReauthenticateView):  # type: ignore[misc]
    template_name = "account_confirm.html"


class ConfirmCode(CodeView):  # type: ignore[misc]
    template_name = "account_confirm.html"


class ConfirmKey(ReauthenticateWebAuthnView):  # type: ignore[misc]
    template_name = "account_confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # allauth's own drops the form that was wrong.
        return with_options(
            {**kwargs, **super().get_context_data(**kwargs), "form": kwargs.get("form") or self.get_form()}
        )

    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return answer


class App(ActivateTOTPView):  # type: ignore[misc]
    template_name = "account_app.html"


class RemoveApp(DeactivateTOTPView):  # type: ignore[misc]
    template_name = "account_remove.html"


class Key(AddWebAuthnView):  # type: ignore[misc]
    template_name = "account_key.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return with_options({**super().get_context_data(**kwargs), "form": kwargs.get("form") or self.get_form()})


class RemoveKey(RemoveWebAuthnView):  # type: ignore[misc]
    template_name = "account_remove.html"
    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "key": self.object.wrap().name}


class Recovery(ViewRecoveryCodesView):  # type: ignore[misc]
    template_name = "account_recovery.html"


class NewRecovery(GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "account_recovery_new.html"


def _page(view: type[View], methods: tuple[str, ...] = BOTH) -> Any:
    """A page of allauth's under our policy: for everybody who is signed in."""
    shown = view.as_view()

    @allow("accounts.own", methods=methods)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return shown(request, *args, **kwargs)

    return guarded


own = _page(Own, GET)
password = _page(Password)
confirm_password = _page(ConfirmPassword)
confirm_code = _page(ConfirmCode)
confirm_key = _page(ConfirmKey)
app = _page(App)
remove_app = _page(RemoveApp)
key = _page(Key)
remove_key = _page(RemoveKey)
recovery = _page(Recovery, GET)
new_recovery = _page(NewRecovery)


@allow("accounts.own", methods=("POST",))
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    sessions.end(request, number)
    return HttpResponseRedirect(reverse("mfa_index"))


@allow("accounts.own", methods=("POST",))
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    sessions.end_others(request)
    return HttpResponseRedirect(reverse("mfa_index"))
