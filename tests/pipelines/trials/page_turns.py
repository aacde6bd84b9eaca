"""Lets something happen at a vendor between two pages of a list that we read."""

import fnmatch
import threading
from collections import Counter
from collections.abc import Mapping

import httpx
import pytest

from tests.pipelines.trials.trial import Deed, Trial


class PageTurns:
    """Watches every request of this process while `patched` holds; each deed is done once, by the reader."""

    def __init__(
        self,
        trial: Trial,
        deeds: Mapping[str, Deed],
        patched: pytest.MonkeyPatch,
        size: int,
    ) -> None:
        self._deeds = {trial.path(below): deed for below, deed in deeds.items()}
        self._size = str(size)
        self._pages: Counter[str] = Counter()  # path -> pages that came after its deed was done
        self._done: set[str] = set()
        self._lock = threading.Lock()
        self._doing = threading.local()
        real = httpx.Client.send

        def send(client: httpx.Client, request: httpx.Request, **more: object) -> httpx.Response:
            answer = real(client, request, **more)  # type: ignore[arg-type] - handed through
            if answer.status_code == 200 and not getattr(self._doing, "now", False):
                self._came(answer)
            return answer

        patched.setattr(httpx.Client, "send", send)

    def assert_turned(self) -> None:
        """Every deed was done, and its list had further pages."""
        assert self._done == set(self._deeds)
        assert set(self._pages) == set(self._deeds), f"only these had further pages: {set(self._pages)}"

    def _is_page(self, params: httpx.QueryParams) -> bool:
        """Leave out the questions for a list's newest object, or for its total."""
        sizes = [params[name] for name in ("limit", "per_page", "page_size") if name in params]
        return not sizes or sizes == [self._size]

    def _came(self, answer: httpx.Response) -> None:
        asked = answer.request.url
        for path, deed in self._deeds.items():
            if fnmatch.fnmatchcase(asked.path, path) and self._is_page(asked.params):
                with self._lock:  # other threads that read the same list wait until it is done
                    if path in self._done:
                        self._pages[path] += 1
                    elif self._do(deed, answer):
                        self._done.add(path)

    def _do(self, deed: Deed, answer: httpx.Response) -> bool:
        self._doing.now = True
        try:
            return deed(answer) is not False
        finally:
            self._doing.now = False
