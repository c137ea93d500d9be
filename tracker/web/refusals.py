"""What was refused is noted: who tried a form without its token, or a door that is not theirs.

A strange name, a form's missing token and a wrong secret are 400 or 403. The endpoint is noted
and not the address, which can hold a secret.
"""

from flask import Flask, Response, g, request

REFUSED = frozenset({400, 401, 403, 429})


def init_app(app: Flask) -> None:
    """Note each refusal in the log."""

    @app.after_request
    def note(response: Response) -> Response:
        if response.status_code in REFUSED:
            staff = g.get("staff")
            app.logger.warning(
                "refused %s: %s %s, staff %s, from %s",
                response.status_code,
                request.method,
                request.endpoint or "no page",
                staff.id if staff else "nobody",
                request.remote_addr,
            )
        return response
