"""The dashboard's web server: `python -m dashboards.serve --mart PATH --port N`, on loopback, with headers that let nothing out.

Streamlit's settings stand here and win over whatever lies in the user's home: no telemetry, no e-mail prompt, no agent interface.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPTIONS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "server.headless": True,
    "server.showEmailPrompt": False,
    "server.enableAgentApi": False,
    "server.fileWatcherType": "none",
    "runner.magicEnabled": False,
    "server.enableStaticServing": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.disableDataExport": True,
    "theme.base": "light",
    "theme.primaryColor": "#0b5cad",
    "theme.textColor": "#17212b",
    "theme.baseFontSize": 15,
}

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws://127.0.0.1:* ws://localhost:*",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Streamlit's own page needs inline scripts and styles; what matters is that nothing is fetched from, or sent to, another host."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ClosedPages:
    """Adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(message)
            await send(message)

        await self.app(scope, receive, with_headers)


def _add(message: MutableMapping[str, Any]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers[name] = value


def main() -> None:
    parser = argparse.ArgumentParser(prog="hallpass dashboard")
    parser.add_argument("--mart", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8501)
    given = parser.parse_args()
    os.umask(0o077)
    import streamlit as st

    app = st.App(Path(__file__).resolve().with_name("app.py"), middleware=[Middleware(ClosedPages)])
    app.run(config={**OPTIONS, "server.port": given.port})


if __name__ == "__main__":
    main()
