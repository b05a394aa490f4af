"""One order explained to whoever may read the results; no log has its key, or a value."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.errors import Code, ReconciliationError, error
from reconciliation.explaining.footer import NotParquet
from reconciliation.explaining.looking import Looking
from reconciliation.explaining.parquet import Reading
from reconciliation.explaining.request import Request
from reconciliation.explaining.story import tell
from reconciliation.explaining.wording import text
from reconciliation.objects import ConditionFailed
from reconciliation.wording import amount, counted, number

_READERS: Final = 10
"""As many as boto3 keeps connections for."""
_SEEKERS: Final = 4

_log = logging.getLogger(__name__)


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
            looking = Looking(reading, self.output_bucket, self.intermediate_bucket, readers, seekers)
            try:
                explanation = tell(request, looking.evidence(request))
            except ConditionFailed as exc:
                raise error("DAY_BUSY", f"{exc} foi publicado agora de novo; pergunte outra vez") from exc
            except (JsonRefused, NotParquet) as exc:
                raise error("CHECKPOINT_REFUSED", f"o que foi guardado não serve mais: {exc}") from exc
        answered.explicacao, answered.texto = asdict(explanation), text(explanation)


def _looked(read: dict[str, int]) -> str:
    megabytes = amount(round(read["bytes"] / 10_000))
    objects = counted(read["objetos"], "objeto", "objetos")
    reads = counted(read["leituras"], "leitura", "leituras")
    return f"Foram olhados {objects} em {reads}, {megabytes} MB, em {number(read['ms'])} ms."
