"""One order explained to whoever may read the results; no log has its key, or a value."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from reconciliation.adapters.store import Store
from reconciliation.errors import Code, ReconciliationError, error
from reconciliation.explaining.looking import UNREADABLE, Looking
from reconciliation.explaining.parquet import Reading
from reconciliation.explaining.prose import text
from reconciliation.explaining.request import Request
from reconciliation.explaining.story import tell
from reconciliation.objects import ConditionFailed
from reconciliation.wording import amount, counted, number

_READERS: Final = 10
"""As many as boto3 keeps connections for."""
_SEEKERS: Final = 4
_MEGABYTE: Final = 1_000_000

_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Answered:
    """`texto` for people, `explicacao` for programs (`Explanation`); `lido` is what was looked at.

    `codigo` is None, or says with `mensagem` why there is no explanation.
    """

    ok: bool = True
    codigo: Code | None = None
    mensagem: str = ""
    texto: str = ""
    explicacao: dict[str, Any] | None = None
    lido: dict[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Explaining:
    """Where runs publish, and where they keep their data for a while."""

    store: Store
    output_bucket: str
    intermediate_bucket: str
    clock: Callable[[], datetime] = _now

    def answer(self, event: Any) -> Answered:
        """A failure that has a code is an answer, and not raised."""
        began, reading, answered = time.monotonic(), Reading(self.store), Answered()
        try:
            self._explain(Request.of(event), reading, answered)
        except ReconciliationError as exc:
            answered.ok, answered.codigo, answered.mensagem = False, exc.code, str(exc)
        ms = round((time.monotonic() - began) * 1000)
        counts = {"objetos": reading.objects, "leituras": len(reading.answers)}
        answered.lido = {**counts, "bytes": reading.size_bytes, "ms": ms}
        if answered.ok:
            answered.texto += f"\n\n{_looked(answered.lido)}"
        outcome = answered.explicacao["desfecho"] if answered.explicacao else None
        _log.warning(
            "explained desfecho=%s codigo=%s objetos=%d bytes=%d ms=%d",
            *(outcome, answered.codigo, reading.objects, reading.size_bytes, ms),
        )
        return answered

    def _explain(self, request: Request, reading: Reading, answered: Answered) -> None:
        with ThreadPoolExecutor(_READERS) as readers, ThreadPoolExecutor(_SEEKERS) as seekers:
            looking = Looking(
                reading, self.output_bucket, self.intermediate_bucket, readers, seekers, self.clock()
            )
            try:
                explanation = tell(request, looking.evidence(request))
            except ConditionFailed as exc:
                raise error("DAY_BUSY", f"{exc} está sendo publicado de novo; pergunte outra vez") from exc
            except UNREADABLE as exc:
                raise error("CHECKPOINT_REFUSED", f"o que foi guardado não serve mais: {exc}") from exc
        answered.explicacao, answered.texto = asdict(explanation), text(explanation)


def _looked(read: dict[str, int]) -> str:
    objects = counted(read["objetos"], "objeto", "objetos")
    reads = counted(read["leituras"], "leitura", "leituras")
    return f"Lido no S3: {objects}, em {reads}, {_size(read['bytes'])}. Tempo: {number(read['ms'])} ms."


def _size(size_bytes: int) -> str:
    if size_bytes < _MEGABYTE:
        return f"{number(-(-size_bytes // 1000))} KB"
    return f"{amount(size_bytes * 100 // _MEGABYTE)} MB"
