"""Headers that keep pages to themselves: no foreign host, no inline code, no frame around them."""

from flask import Flask, Response

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",  # MapLibre draws its icons from data and blob addresses
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def add_security_headers(app: Flask) -> None:
    """Put the headers on every answer; a page that needs more of a policy sets its own before."""
    app.after_request(_protect)


def content_security_policy(*script_hashes: str) -> str:
    """The policy as one header line; inline scripts are let in by the hash of their text only."""
    extra = "".join(f" '{script_hash}'" for script_hash in script_hashes)
    return "; ".join(f"{name} {value}{extra if name == 'script-src' else ''}" for name, value in POLICY.items())


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", "geolocation=(), camera=(), microphone=(), payment=(), usb=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
