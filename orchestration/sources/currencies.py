"""Codes of currencies (ISO 4217), and the words and signs that people write instead of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CODES = (
    "RUB USD EUR KZT BYN CNY GBP TRY AED AMD AZN GEL KGS UZS TJS TMT MDL UAH AFN ALL ANG AOA "
    "ARS AUD AWG BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BZD CAD CDF CHF CLP COP "
    "CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB FJD FKP GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KHR KMF KPW KRW KWD KYD LAK LBP LKR LRD LSL "
    "LYD MAD MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB "
    "PEN PGK PHP PKR PLN PYG QAR RON RSD RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TND TOP TTD TWD TZS UGX UYU VED VES VND VUV WST XAF XCD XCG XOF XPF YER "
    "ZAR ZMW ZWG "
)
CURRENCIES: tuple[str, ...] = tuple(_CODES.split())
"""The usual ones first."""

CURRENCY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        word: code
        for code, words in {
            "RUB": "₽|р|р.|руб|руб.|рубль|рубли|рублей|российский рубль|rur|rub.|rouble|ruble|"
            "roubles|rubles",
            "USD": "$|us$|доллар|доллары|долларов|доллар сша|долларов сша|долл|долл.|dollar|"
            "dollars|us dollar",
            "EUR": "€|евро|euro|euros",
            "KZT": "₸|тенге|тг|тг.|tenge|казахстанский тенге|казахстанских тенге",
            "BYN": "br|бел. руб.|белорусский рубль|белорусские рубли|byr|белорусских рублей",
            "CNY": "¥|юань|юани|юаней|yuan|rmb|китайский юань|китайских юаней",
            "GBP": "£|фунт|фунты|фунт стерлингов|pound|pounds|"
            "фунт стерлингов соединенного королевства",
            "UAH": "₴|гривна|гривны|грн|грн.",
            "GEL": "₾|лари|грузинский лари",
            "AMD": "֏|драм|армянский драм|армянских драмов",
            "UZS": "сум|сўм|узбекский сум|узбекских сумов",
            "TRY": "₺|лира|турецкая лира|турецких лир",
            "AED": "дирхам|дирхамы|дирхам оаэ",
            # as the Bank of Russia names them
            "AZN": "азербайджанский манат",
            "KGS": "киргизский сом|киргизских сомов",
            "TJS": "таджикский сомони|таджикских сомони",
            "CHF": "швейцарский франк",
            "JPY": "японская иена|японских иен",
            "HKD": "гонконгский доллар|гонконгских долларов",
            "INR": "индийская рупия|индийских рупий",
            "RSD": "сербский динар|сербских динаров",
            "THB": "таиландский бат|таиландских батов",
            "VND": "вьетнамский донг|вьетнамских донгов",
            "KRW": "вон республики корея",
            "PLN": "польский злотый",
        }.items()
        for word in words.split("|")
    }
)
"""Words in lower case; what could be two currencies is not here."""
