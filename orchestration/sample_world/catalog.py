"""What the invented company sells, where its visitors come from and how they behave.

Everything here is made up. Shares are of newly arriving visitors, probabilities are per visitor,
prices are in the currency of the advertising account and include VAT where the account does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COMPANY_NAME: Final = "Тёплый берег"
BRAND: Final = "Тёплый берег"
SITE: Final = "https://teplybereg.example"
COUNTER_ID: Final = "99000001"
VAT_RATE: Final = 0.22

HOUSES: Final = "houses"
SHOP: Final = "shop"

# What a visitor came for. The index is used in every array of the simulation.
CASUAL, WANTS_HOUSE, WANTS_SHOP = 0, 1, 2

# What a visit led to.
BROWSE, LEAD, FIRST_ORDER, REPEAT_ORDER = 0, 1, 2, 3

GOAL_HOUSE_FORM: Final = 101
GOAL_CALLBACK: Final = 102
GOAL_BASKET: Final = 103
GOAL_ORDER: Final = 104
GOAL_TELEGRAM: Final = 105
GOAL_CATALOG: Final = 106
GOALS: Final = (
    GOAL_HOUSE_FORM,
    GOAL_CALLBACK,
    GOAL_BASKET,
    GOAL_ORDER,
    GOAL_TELEGRAM,
    GOAL_CATALOG,
)


@dataclass(frozen=True)
class Stream:
    """One way to reach the site: an advertising campaign or a free source.

    `share` is the part of newly arriving visitors, `houses` and `shop` the chance that such a
    visitor wants a house or something from the shop, `win` and `buy` scale the usual chance to
    become a lead and a buyer.
    """

    channel: str
    campaign_id: str
    campaign_name: str
    share: float
    houses: float
    shop: float
    traffic_source: str
    landing: str
    win: float = 1.0
    buy: float = 1.0
    utm_source: str = ""
    utm_medium: str = ""
    adv_engine: str = ""
    search_engine: str = ""
    social_network: str = ""
    messenger: str = ""
    referer: str = ""
    system: str = ""
    cost_per_click: float = 0.0
    click_rate: float = 0.0
    terms: tuple[str, ...] = ("",)
    ads: tuple[str, ...] = ("",)


def _direct(
    *,
    channel: str,
    campaign_id: str,
    name: str,
    share: float,
    houses: float,
    shop: float,
    landing: str,
    cost_per_click: float,
    click_rate: float,
    terms: tuple[str, ...] = ("",),
    win: float = 1.0,
    buy: float = 1.0,
) -> Stream:
    return Stream(
        channel=channel,
        campaign_id=campaign_id,
        campaign_name=name,
        share=share,
        houses=houses,
        shop=shop,
        traffic_source="ad",
        landing=landing,
        win=win,
        buy=buy,
        utm_source="yandex",
        utm_medium="cpc",
        adv_engine="ya_direct",
        referer="https://yandex.ru/" if channel.endswith("search") else "https://dzen.ru/",
        system="yandex_direct",
        cost_per_click=cost_per_click,
        click_rate=click_rate,
        terms=terms,
        ads=(f"{campaign_id}11", f"{campaign_id}12", f"{campaign_id}13"),
    )


def _google(
    *,
    campaign_id: str,
    name: str,
    share: float,
    houses: float,
    shop: float,
    landing: str,
    cost_per_click: float,
) -> Stream:
    return Stream(
        channel="google_ads",
        campaign_id=campaign_id,
        campaign_name=name,
        share=share,
        houses=houses,
        shop=shop,
        traffic_source="ad",
        landing=landing,
        win=0.4,
        buy=0.8,
        utm_source="google",
        utm_medium="cpc",
        adv_engine="google_adwords",
        referer="https://www.google.com/",
        system="google_ads",
        cost_per_click=cost_per_click,
        click_rate=0.031,
        ads=(f"{campaign_id[-5:]}01", f"{campaign_id[-5:]}02"),
    )


def _vk(
    *,
    campaign_id: str,
    name: str,
    share: float,
    houses: float,
    landing: str,
    cost_per_click: float,
    click_rate: float,
) -> Stream:
    return Stream(
        channel="vk_ads",
        campaign_id=campaign_id,
        campaign_name=name,
        share=share,
        houses=houses,
        shop=0.0,
        traffic_source="ad",
        landing=landing,
        win=1.0,
        utm_source="vk",
        utm_medium="cpc",
        adv_engine="vk_ads",
        referer="https://vk.com/",
        system="vk_ads",
        cost_per_click=cost_per_click,
        click_rate=click_rate,
        ads=(f"{campaign_id}1", f"{campaign_id}2"),
    )


GIVEAWAY_CAMPAIGN: Final = "8800003"
ATTACKED_CAMPAIGN: Final = "70200002"

STREAMS: Final[tuple[Stream, ...]] = (
    _direct(
        channel="yandex_direct_search",
        campaign_id="70100001",
        name="Поиск | Дома под ключ",
        share=0.072,
        houses=0.5,
        shop=0.0,
        landing="/doma/",
        cost_per_click=930.0,
        click_rate=0.082,
        terms=("дом под ключ", "строительство дома", "купить деревянный дом"),
        win=1.1,
    ),
    _direct(
        channel="yandex_direct_search",
        campaign_id="70100002",
        name="Поиск | Бренд",
        share=0.018,
        houses=0.35,
        shop=0.35,
        landing="/",
        cost_per_click=38.0,
        click_rate=0.21,
        terms=("теплый берег", "теплый берег дома"),
        win=1.4,
        buy=1.3,
    ),
    _direct(
        channel="yandex_direct_search",
        campaign_id="70100003",
        name="Поиск | Печи и бани",
        share=0.058,
        houses=0.0,
        shop=0.62,
        landing="/shop/pechi/",
        cost_per_click=47.0,
        click_rate=0.074,
        terms=("печь для бани", "купить печь", "баня бочка цена"),
        buy=1.15,
    ),
    _direct(
        channel="yandex_direct_search",
        campaign_id="70100004",
        name="Поиск | Дома из бруса",
        share=0.036,
        houses=0.48,
        shop=0.0,
        landing="/doma/brus/",
        cost_per_click=850.0,
        click_rate=0.078,
        terms=("дом из бруса", "дом из клееного бруса"),
    ),
    _direct(
        channel="yandex_direct_network",
        campaign_id="70200001",
        name="Сети | Ретаргетинг магазина",
        share=0.03,
        houses=0.0,
        shop=0.74,
        landing="/shop/",
        cost_per_click=117.0,
        click_rate=0.0062,
        buy=0.95,
    ),
    _direct(
        channel="yandex_direct_network",
        campaign_id=ATTACKED_CAMPAIGN,
        name="Сети | Печи и бани",
        share=0.06,
        houses=0.0,
        shop=0.5,
        landing="/shop/pechi/",
        cost_per_click=105.0,
        click_rate=0.0049,
        buy=0.72,
    ),
    _direct(
        channel="yandex_direct_network",
        campaign_id="70200003",
        name="Сети | Смарт-баннеры, сад",
        share=0.045,
        houses=0.0,
        shop=0.52,
        landing="/shop/sad/",
        cost_per_click=98.0,
        click_rate=0.0055,
        buy=0.72,
    ),
    _google(
        campaign_id="12900000001",
        name="Search | Prefab houses",
        share=0.04,
        houses=0.34,
        shop=0.0,
        landing="/doma/",
        cost_per_click=5.4,
    ),
    _google(
        campaign_id="12900000002",
        name="PMax | Stoves and saunas",
        share=0.034,
        houses=0.0,
        shop=0.46,
        landing="/shop/",
        cost_per_click=0.62,
    ),
    _vk(
        campaign_id="8800001",
        name="Дома | Видео, широкая",
        share=0.135,
        houses=0.26,
        landing="/doma/proekty/",
        cost_per_click=236.0,
        click_rate=0.0078,
    ),
    _vk(
        campaign_id="8800002",
        name="Дома | Карусель проектов",
        share=0.075,
        houses=0.29,
        landing="/doma/katalog/",
        cost_per_click=268.0,
        click_rate=0.0091,
    ),
    _vk(
        campaign_id=GIVEAWAY_CAMPAIGN,
        name="Розыгрыш бани",
        share=0.11,
        houses=0.0,
        landing="/rozygrysh/",
        cost_per_click=41.0,
        click_rate=0.026,
    ),
    Stream(
        channel="organic_search",
        campaign_id="",
        campaign_name="",
        share=0.150,
        houses=0.24,
        shop=0.36,
        traffic_source="organic",
        landing="/",
        search_engine="yandex",
        referer="https://yandex.ru/",
    ),
    Stream(
        channel="organic_search",
        campaign_id="",
        campaign_name="",
        share=0.050,
        houses=0.20,
        shop=0.36,
        traffic_source="organic",
        landing="/blog/",
        search_engine="google",
        referer="https://www.google.com/",
    ),
    Stream(
        channel="direct",
        campaign_id="",
        campaign_name="",
        share=0.110,
        houses=0.20,
        shop=0.34,
        traffic_source="direct",
        landing="/",
    ),
    Stream(
        channel="email",
        campaign_id="digest",
        campaign_name="digest",
        share=0.026,
        houses=0.08,
        shop=0.60,
        traffic_source="email",
        landing="/shop/akcii/",
        utm_source="sendsay",
        utm_medium="email",
    ),
    Stream(
        channel="telegram",
        campaign_id="channel_post",
        campaign_name="channel_post",
        share=0.030,
        houses=0.30,
        shop=0.34,
        traffic_source="messenger",
        landing="/blog/",
        utm_source="telegram",
        utm_medium="post",
        messenger="telegram",
        referer="https://t.me/",
    ),
    Stream(
        channel="partner",
        campaign_id="catalog",
        campaign_name="Каталог СтройХаб",
        share=0.036,
        houses=0.0,
        shop=0.58,
        traffic_source="referral",
        landing="/shop/",
        buy=0.9,
        utm_source="stroyhub",
        utm_medium="partner",
        referer="https://stroyhub.example/",
        system="partner",
        cost_per_click=44.0,
        click_rate=0.012,
    ),
    Stream(
        channel="vk_social",
        campaign_id="group_post",
        campaign_name="group_post",
        share=0.025,
        houses=0.20,
        shop=0.30,
        traffic_source="social",
        landing="/blog/",
        utm_source="vk",
        utm_medium="social",
        social_network="vkontakte",
        referer="https://vk.com/",
    ),
)

STREAM_INDEX: Final = {
    (stream.channel, stream.campaign_id, stream.search_engine): index
    for index, stream in enumerate(STREAMS)
}


def stream_index(channel: str, campaign_id: str = "", search_engine: str = "") -> int:
    """Position of a stream in `STREAMS`; a `KeyError` means that there is no such stream."""
    return STREAM_INDEX[(channel, campaign_id, search_engine)]


# Where a visitor who comes again comes from. Openers such as VK hardly close: people who saw a
# house there return through search and the address bar, which is what splits the models.
RETURN_SHARES: Final[dict[int, dict[tuple[str, str, str], float]]] = {
    WANTS_HOUSE: {
        ("direct", "", ""): 0.26,
        ("organic_search", "", "yandex"): 0.22,
        ("organic_search", "", "google"): 0.05,
        ("yandex_direct_search", "70100002", ""): 0.19,
        ("yandex_direct_search", "70100001", ""): 0.08,
        ("telegram", "channel_post", ""): 0.09,
        ("email", "digest", ""): 0.06,
        ("vk_ads", "8800002", ""): 0.02,
        ("vk_social", "group_post", ""): 0.02,
        ("google_ads", "12900000001", ""): 0.01,
    },
    WANTS_SHOP: {
        ("direct", "", ""): 0.30,
        ("organic_search", "", "yandex"): 0.17,
        ("organic_search", "", "google"): 0.05,
        ("yandex_direct_network", "70200001", ""): 0.20,
        ("yandex_direct_search", "70100002", ""): 0.04,
        ("yandex_direct_search", "70100003", ""): 0.05,
        ("email", "digest", ""): 0.10,
        ("telegram", "channel_post", ""): 0.05,
        ("partner", "catalog", ""): 0.02,
        ("vk_social", "group_post", ""): 0.02,
    },
    CASUAL: {
        ("direct", "", ""): 0.52,
        ("organic_search", "", "yandex"): 0.30,
        ("organic_search", "", "google"): 0.10,
        ("vk_social", "group_post", ""): 0.08,
    },
}

OPENER_CHANNEL: Final = "vk_ads"
OPENER_RETURN_SHARES: Final[dict[tuple[str, str, str], float]] = {
    ("organic_search", "", "yandex"): 0.41,
    ("organic_search", "", "google"): 0.09,
    ("yandex_direct_search", "70100002", ""): 0.24,
    ("telegram", "channel_post", ""): 0.12,
    ("direct", "", ""): 0.08,
    ("email", "digest", ""): 0.05,
    ("vk_social", "group_post", ""): 0.01,
}

# Where a customer's later orders come from.
LOYAL_SHARES: Final[dict[tuple[str, str, str], float]] = {
    ("direct", "", ""): 0.33,
    ("email", "digest", ""): 0.30,
    ("organic_search", "", "yandex"): 0.13,
    ("yandex_direct_network", "70200001", ""): 0.06,
    ("telegram", "channel_post", ""): 0.11,
    ("yandex_direct_search", "70100002", ""): 0.05,
    ("vk_social", "group_post", ""): 0.02,
}

# Chance that a further visit follows, by what the visitor wants (geometric, at most 8 visits).
STOP_CHANCE: Final = {CASUAL: 0.86, WANTS_HOUSE: 0.42, WANTS_SHOP: 0.60}
MAXIMUM_VISITS: Final = 8
# Chance to convert by number of visits made: one, two, three and more.
LEAD_CHANCE: Final = (0.016, 0.072, 0.135)
ORDER_CHANCE: Final = (0.050, 0.090, 0.135)
# Share of leads that end in a signed house contract 2 to 9 months later, and with any deal at all.
WIN_CHANCE: Final = 0.080
DEAL_CHANCE: Final = 0.30
WIN_DAYS: Final = (60, 275)
REPEAT_CHANCE: Final = 0.42
REPEAT_MEDIAN_DAYS: Final = 52.0

HOUSE_PRICE: Final = 6_500_000
SHOP_MEDIAN_ORDER: Final = 6_750
ORDER_SPREAD: Final = 0.85

MONTH_LEVEL: Final = (0.74, 0.84, 1.0, 1.12, 1.17, 1.14, 1.08, 1.05, 1.07, 1.02, 0.93, 0.84)
WEEKDAY_LEVEL: Final = (1.08, 1.06, 1.05, 1.04, 1.0, 0.86, 0.91)
HOUR_LEVEL: Final = (
    *(0.5, 0.3, 0.2, 0.2, 0.2, 0.4, 1.0, 2.0, 3.2, 4.4, 5.3, 5.6),
    *(5.5, 5.4, 5.3, 5.2, 5.1, 5.2, 5.6, 6.3, 6.6, 5.9, 3.9, 1.7),
)


@dataclass(frozen=True)
class Device:
    """A device profile as Metrica names it; category 1 desktop, 2 phone, 3 tablet."""

    category: int
    operating_system: str
    browser: str
    width: int
    height: int
    weight: float


DEVICES: Final[tuple[Device, ...]] = (
    Device(1, "windows10", "chrome", 1920, 1080, 9.0),
    Device(1, "windows10", "yandex_browser", 1920, 1080, 9.0),
    Device(1, "windows11", "yandex_browser", 1920, 1080, 6.0),
    Device(1, "windows11", "chrome", 2560, 1440, 3.0),
    Device(1, "windows10", "chrome", 1366, 768, 3.5),
    Device(1, "windows10", "firefox", 1920, 1080, 1.4),
    Device(1, "macos", "safari", 1440, 900, 2.2),
    Device(1, "macos", "chrome", 1680, 1050, 1.4),
    Device(1, "linux", "firefox", 1920, 1080, 0.5),
    Device(2, "android_14", "chromemobile", 412, 915, 14.0),
    Device(2, "android_13", "yandex_browser", 393, 873, 11.0),
    Device(2, "android_12", "chromemobile", 360, 800, 9.0),
    Device(2, "android_14", "samsung_internet", 384, 854, 3.5),
    Device(2, "ios18", "safari_mobile", 390, 844, 9.5),
    Device(2, "ios17", "safari_mobile", 393, 852, 6.0),
    Device(2, "ios18", "yandexsearch", 430, 932, 3.0),
    Device(3, "ios17", "safari_mobile", 820, 1180, 1.8),
    Device(3, "android_13", "chromemobile", 800, 1280, 1.7),
    Device(4, "tizen", "samsung_internet", 1920, 1080, 0.3),
    Device(1, "windows7", "chrome", 1280, 1200, 0.0),
)
BOT_DEVICE: Final = len(DEVICES) - 1


@dataclass(frozen=True)
class City:
    """`zone` is the offset of the visitor's clock from UTC in minutes."""

    country: str
    city: str
    zone: int
    weight: float
    is_target: bool


CITIES: Final[tuple[City, ...]] = (
    City("Russia", "Moscow", 180, 46.0, True),
    City("Russia", "Mytishchi", 180, 4.0, True),
    City("Russia", "Odintsovo", 180, 3.6, True),
    City("Russia", "Podolsk", 180, 3.4, True),
    City("Russia", "Tver", 180, 5.0, True),
    City("Russia", "Kaluga", 180, 5.2, True),
    City("Russia", "Tula", 180, 4.8, True),
    City("Russia", "Vladimir", 180, 3.9, True),
    City("Russia", "Yaroslavl", 180, 3.8, True),
    City("Russia", "Saint Petersburg", 180, 10.5, True),
    City("Russia", "Nizhny Novgorod", 180, 2.0, False),
    City("Russia", "Kazan", 180, 1.6, False),
    City("Russia", "Yekaterinburg", 300, 1.4, False),
    City("Russia", "Novosibirsk", 420, 1.2, False),
    City("Russia", "Krasnodar", 180, 1.3, False),
    City("Belarus", "Minsk", 180, 0.8, False),
    City("Kazakhstan", "Almaty", 300, 0.5, False),
    City("", "", 180, 1.0, False),
    City("Singapore", "Singapore", 480, 0.0, False),
    City("China", "Lanzhou", 480, 0.0, False),
)
BOT_CITIES: Final = (len(CITIES) - 2, len(CITIES) - 1)

SHOP_PAGES: Final = ("/shop/pechi/", "/shop/bani/", "/shop/sad/", "/shop/korzina/", "/shop/")
HOUSE_PAGES: Final = (
    "/doma/proekty/",
    "/doma/katalog/",
    "/doma/ceny/",
    "/doma/ipoteka/",
    "/kontakty/",
)
OTHER_PAGES: Final = ("/", "/blog/", "/o-kompanii/", "/otzyvy/", "/kontakty/")

COMPETITORS: Final = ("Лесной двор", "Сруб и Ко", "Новый терем", "Дом у озера")
