"""Lets something happen at a vendor just after the first page of a list has come to us."""

import fnmatch
import threading
from collections import Counter
from collections.abc import Callable, Mapping

import httpx
import pytest

from tests.pipelines.trials.trial import Trial


class PageTurns:
    """Watches every request of this process while `patched` holds; each deed is done once, by the reader."""

    def __init__(
        self,
        trial: Trial,
        deeds: Mapping[str, Callable[[], object]],
        patched: pytest.MonkeyPatch,
        size: int,
    ) -> None:
        self._deeds = {trial.path(below): deed for below, deed in deeds.items()}
        self._size = str(size)
        self._pages: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._doing = threading.local()
        real = httpx.Client.send

        def send(client: httpx.Client, request: httpx.Request, **more: object) -> httpx.Response:
            answer = real(client, request, **more)  # type: ignore[arg-type] - handed through
            if answer.status_code == 200 and not getattr(self._doing, "now", False):
                self._came(request)
            return answer

        patched.setattr(httpx.Client, "send", send)

    def assert_turned(self) -> None:
        """Every list had further pages after the deed."""
        short = set(self._deeds) - {path for path, pages in self._pages.items() if pages > 1}
        assert short == set(), f"these lists had no further page: {short}"

    def _is_page(self, params: httpx.QueryParams) -> bool:
        """Leave out the questions for a list's newest object, or for its total."""
        sizes = [params[name] for name in ("limit", "per_page", "page_size") if name in params]
        return not sizes or sizes == [self._size]

    def _came(self, request: httpx.Request) -> None:
        for path, deed in self._deeds.items():
            if fnmatch.fnmatchcase(request.url.path, path) and self._is_page(request.url.params):
                with self._lock:
                    self._pages[path] += 1
                    is_first = self._pages[path] == 1
                if is_first:
                    self._doing.now = True
                    try:
                        deed()
                    finally:
                        self._doing.now = False
