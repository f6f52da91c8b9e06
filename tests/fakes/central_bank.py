"""The Bank of Russia's daily sheet: windows-1251, decimal commas, the last one on any day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from tests.fakes.server import FakeRequest, Reply

_NAMES = {"USD": "Доллар США", "EUR": "Евро", "KZT": "Тенге"}


@dataclass
class FakeCentralBank:
    """`publications`: by the date the bank gives them, nominal and price text by currency."""

    publications: dict[date, dict[str, tuple[int, str]]] = field(default_factory=dict)
    more: str = ""

    def answer(self, request: FakeRequest) -> Reply:
        assert request.path == "/scripts/XML_daily.asp"
        asked = datetime.strptime(request.param("date_req"), "%d/%m/%Y").replace(tzinfo=UTC).date()
        earlier = [day for day in self.publications if day <= asked]
        if not earlier:
            text = '<ValCurs Date="" name="Foreign Currency Market">Error in parameters</ValCurs>'
            return _xml(text)
        published = max(earlier)
        items = "".join(
            f'<Valute ID="R0"><NumCode>0</NumCode><CharCode>{code}</CharCode>'
            f"<Nominal>{nominal}</Nominal><Name>{_NAMES[code]}</Name><Value>{value}</Value>"
            f"<VunitRate>0</VunitRate>{self.more}</Valute>"
            for code, (nominal, value) in self.publications[published].items()
        )
        return _xml(
            f'<ValCurs Date="{published:%d.%m.%Y}" name="Foreign Currency Market">{items}</ValCurs>'
        )


def _xml(text: str) -> Reply:
    document = f'<?xml version="1.0" encoding="windows-1251"?>{text}'
    return Reply(200, document.encode("cp1251"), "application/xml; charset=windows-1251")
