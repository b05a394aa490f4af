"""What stands at a report's place from its day's new publication on, until that one's report is made.

Whoever finishes a publication can make no report, and a page of the publication before would be read
as the day's; so would its figures on the page of all days.
"""

import re
from typing import Final

from reconciliation.wording import calendar_day

_PAGE: Final = """\
<!doctype html>
<html lang="pt-BR">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Conciliação de {day}: relatório a fazer</title>
</head>
<body>
<main>
<h1>Conciliação de {day}</h1>
<p><strong>O relatório desta publicação ainda não foi feito.</strong></p>
<p>O dia foi publicado de novo: o relatório que estava aqui, e os arquivos ao lado desta página, não valem
mais: não use esses valores, nem envie essas mensagens aos fornecedores. O novo fica pronto em poucos minutos;
se não ficar, a Operação é avisada, e pode fazê-lo de novo.</p>
</main>
</body>
</html>
"""


def awaited_page(day: str) -> bytes:
    return _PAGE.format(day=calendar_day(day)).encode()


def without_figures(index: bytes, day: str) -> bytes:
    """The page of all days with what its template has for that in the place of each figure of the day.

    Of its own, and of each mean that it is part of, which later days are compared with.
    """
    of_day = rb"<!--dia %s-->.*?<!--ou\s(.*?)-->" % day.encode()
    of_more = rb"<!--de [\d -]*%s[\d -]*-->[^<]*<!--vira\s(.*?)-->" % day.encode()
    for figure in (of_day, of_more):
        index = re.sub(figure, rb"\1", index, flags=re.DOTALL)
    return index
