"""Debian's Chromium without a window, driven over a pipe by its own protocol (Chrome DevTools Protocol).

It is unpacked as the servers are (`tests/servers/packages.py`), and started by the machine's own loader, as
it finds its files and its children by the program that runs: of its libraries, libc's stay out.
"""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

from tests.servers.packages import alone, unpacked

_PACKAGE = "chromium"
_LIMIT_S = 300
"""Of one browser: a page that hangs is a test that fails."""
_LIBC = (
    *("libc.", "libm.", "libmvec.", "libpthread.", "libdl.", "librt.", "libresolv.", "libutil.", "libanl."),
    *("libnss_", "libthread_db.", "ld-linux"),
)
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--remote-debugging-pipe", "--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
_FONTS = (
    '<?xml version="1.0"?><fontconfig><dir>{root}/usr/share/fonts</dir><dir>/usr/share/fonts</dir>'
    "<cachedir>{profile}</cachedir></fontconfig>"
)


class BrowserError(RuntimeError):
    """What the browser, or a script in its page, answered with."""


@dataclass
class Tab:
    """One page. It reaches no network: no name is found by it."""

    _to: Any
    _from: Any
    _session: str = ""
    _unread: bytes = b""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    logged: list[str] = field(default_factory=list)
    """What the page's console and its policy said."""

    def open(self, path: Path) -> None:
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.run(
            "document.readyState === 'complete' || new Promise((loaded) => addEventListener('load', loaded))"
        )

    def run(self, script: str) -> Any:
        """The value of an expression, awaited."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def resize(self, width: int, height: int, *, mobile: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if mobile else 1, mobile=mobile,
        )  # fmt: skip

    def emulate(self, *, media: str = "", scheme: str = "light") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def screenshot(self, *, whole: bool = True) -> bytes:
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=whole, **self._clip(whole=whole))
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        answer = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True)
        return base64.b64decode(answer["data"])

    def press(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text
            )

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            answer = self._read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return answer["result"]

    def _clip(self, *, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            more = self._from.read1(1 << 20)
            if not more:
                raise BrowserError("the browser has ended")
            self._unread += more
        text, _, self._unread = self._unread.partition(b"\0")
        message = json.loads(text)
        if message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.logged.append(json.dumps(message["params"]))
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Tab]:
    """A browser with an empty profile in that folder. Raises `packages.NotInstalled`."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    command = [*_command(profile), *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    # the protocol has the places 3 and 4, whichever these pipes have here; `sh` knows places of one digit
    started = ["bash", "-c", f'exec 3<&{to_read} 4>&{from_write}; exec "$@"', "bash", *command]
    with (
        subprocess.Popen(
            started, pass_fds=(to_read, from_write), env=_environment(profile),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(profile / "log").open("wb"),
        ) as process,
        os.fdopen(to_write, "wb") as to, os.fdopen(from_read, "rb") as of,
    ):  # fmt: skip
        os.close(to_read)
        os.close(from_write)
        limit = Timer(_LIMIT_S, process.kill)
        limit.start()
        try:
            tab = Tab(to, of)
            target = tab.call("Target.createTarget", url="about:blank")["targetId"]
            tab._session = tab.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                tab.call(f"{domain}.enable")
            yield tab
        finally:
            limit.cancel()
            process.kill()


def _command(profile: Path) -> list[str]:
    return [str(unpacked(_PACKAGE).root / "usr/lib/chromium/chromium")]


def _environment(profile: Path) -> dict[str, str]:
    root = unpacked(_PACKAGE).root
    fonts = profile / "fonts.conf"
    fonts.write_text(_FONTS.format(root=root, profile=profile))
    own = {"LD_LIBRARY_PATH": str(_libraries(root)), "FONTCONFIG_FILE": str(fonts)}
    return {**os.environ, **own, "LC_ALL": "C.UTF-8", "TZ": "America/Sao_Paulo"}


def _libraries(root: Path) -> Path:
    """Links to the unpacked libraries but libc's: the machine's loader takes its own libc alone."""
    place = root.parent
    links = place / "libraries"
    with alone(place):
        if not links.exists():
            part = place / "libraries.part"
            part.mkdir(exist_ok=True)
            found = [
                library
                for folder in ("lib", "usr/lib")
                for depth in ("*", "*/*")  # libpulse keeps a part of its own in a folder
                for library in sorted(root.glob(f"{folder}/*-linux-gnu/{depth}.so*"))
            ]
            for library in found:
                link = part / library.name
                if not library.name.startswith(_LIBC) and not link.is_symlink():
                    link.symlink_to(library)
            part.rename(links)
    return links
