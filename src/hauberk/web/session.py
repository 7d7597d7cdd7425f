"""Sessions: who looks at a page, and that a change was asked for on our own pages."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from aiohttp import web

from hauberk.registry.accounts import NOBODY, Account, Caller
from hauberk.registry.denied import Denied
from hauberk.registry.site import SITE, Site, on_thread
from hauberk.web.render import page

COOKIE = "hauberk_session"
LIFETIME = 12 * 3600  # seconds
MAX_FORM = 64 << 10  # bytes
SIGN_IN = "/-/sign-in"


class SignInFirst(Denied):
    """The page needs somebody to be signed in."""

    def __init__(self) -> None:
        super().__init__(401, "sign in first")


async def caller_of(request: web.Request) -> Caller:
    """Who looks at the page. Raises SignInFirst where the registry shows nothing to strangers."""
    site, token = request.app[SITE], request.cookies.get(COOKIE, "")
    caller = await on_thread(site.accounts.caller, token)
    if caller is None and not site.is_open:
        raise SignInFirst
    return caller or NOBODY


def check_own(request: web.Request) -> None:
    """Raises Denied for a change that another site's page asked for.

    Browsers say with every request where it comes from (W3C Fetch Metadata; the Origin header of RFC 6454
    where that is missing), and no page can change what they say.
    """
    where = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    is_own = where in ("same-origin", "none") if where else urlsplit(origin).netloc == request.host
    if not is_own:
        raise Denied(403, "the request does not come from this console")


async def form_of(request: web.Request) -> dict[str, str]:
    """The text fields of a form on our own pages. Raises Denied."""
    check_own(request)
    if (request.content_length or 0) > MAX_FORM:
        raise Denied(413, "the form is too large")
    found = await request.post()
    return {name: value for name, value in found.items() if isinstance(value, str)}


async def show_sign_in(request: web.Request) -> web.Response:
    """The page to sign in."""
    return page("sign_in", NOBODY, {"words": "", "next": _inside(request.query.get("next", "/"))})


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Trade an access token for a session, which is a token of its own that the browser keeps."""
    site, form = request.app[SITE], await form_of(request)
    caller = await on_thread(site.accounts.caller, form.get("token", "").strip())
    target = _inside(form.get("next", "/"))
    if caller is None or caller.account is None:
        words = "this token is unknown, expired or revoked"
        return page("sign_in", NOBODY, {"words": words, "next": target}, 403)
    answer = web.HTTPSeeOther(target)
    await begin(site, request, answer, caller.account, caller.scope)
    return answer


async def begin(
    site: Site, request: web.Request, answer: web.StreamResponse, account: Account, scope: str
) -> None:
    """Let the answer begin a session of the account."""
    token = await on_thread(site.accounts.issue, account, "console", scope, LIFETIME)
    answer.set_cookie(
        COOKIE, token, max_age=LIFETIME, httponly=True, samesite="Lax", secure=request.secure, path="/"
    )


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session, here and for whoever may have copied it."""
    check_own(request)
    token = request.cookies.get(COOKIE, "")
    caller = await on_thread(request.app[SITE].accounts.caller, token)
    if caller is not None:
        await on_thread(request.app[SITE].accounts.revoke, hashlib.sha256(token.encode()).hexdigest())
    answer = web.HTTPSeeOther(SIGN_IN)
    answer.del_cookie(COOKIE, path="/")
    return answer


def _inside(target: str) -> str:
    """The target, if it is a path of ours: a sign-in must not send people elsewhere."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_path and target.isprintable() else "/"
