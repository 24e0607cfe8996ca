"""What the sandbox's pages for residents, card tray and phone, share: their headers and the size of a form."""

from werkzeug.wrappers import Request

MAX_BODY_BYTES = 16 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class SmallRequest(Request):
    """A request whose body is a LINK and a PIN, and no more."""

    max_content_length = MAX_BODY_BYTES
    max_form_memory_size = MAX_BODY_BYTES
