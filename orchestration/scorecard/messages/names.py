"""Names of things for which the data hold none."""

from __future__ import annotations

from orchestration.expectations.names import SOURCES

MESSAGES: dict[str, dict[str, str]] = {
    # -- channel
    "channel.(all)": {"en": "All channels", "ru": "Все каналы"},
    "channel.unattributed": {"en": "Not traced", "ru": "Канал не установлен"},
    "channel.direct": {"en": "Direct", "ru": "Прямые заходы"},
    "channel.internal": {"en": "Internal", "ru": "Внутренние переходы"},
    "channel.organic_search": {"en": "Organic search", "ru": "Поиск без рекламы"},
    "channel.referral": {"en": "Referrals", "ru": "Ссылки с сайтов"},
    "channel.(not set)": {"en": "Not set", "ru": "Не указан"},
    # -- campaign
    "campaign.(none)": {"en": "no campaign", "ru": "без кампании"},
    # -- conversion_name
    "conversion_name.purchase": {"en": "Purchase", "ru": "Покупка"},
    "conversion_name.order": {"en": "Order", "ru": "Заказ"},
    "conversion_name.lead": {"en": "Lead", "ru": "Лид"},
    "conversion_name.basket": {"en": "Basket", "ru": "Корзина"},
    "conversion_name.telegram_click": {"en": "Went to Telegram", "ru": "Переход в Telegram"},
    # -- metric
    "metric.spend": {"en": "Ad spend", "ru": "Расход на рекламу"},
    "metric.visits_valid": {"en": "Valid visits", "ru": "Живые визиты"},
    "metric.suspicious_share": {"en": "Suspicious traffic", "ru": "Подозрительный трафик"},
    "metric.purchase_conversion": {"en": "Purchase conversion", "ru": "Конверсия в покупку"},
    "metric.lead_conversion": {"en": "Lead conversion", "ru": "Конверсия в лид"},
    "metric.leads_valid": {"en": "Leads", "ru": "Лиды"},
    "metric.leads_qualified": {"en": "Qualified leads", "ru": "Целевые лиды"},
    "metric.cpl": {"en": "Cost per lead", "ru": "Цена лида"},
    "metric.cpql": {"en": "Cost per qualified lead", "ru": "Цена целевого лида"},
    "metric.revenue": {"en": "Net revenue", "ru": "Чистая выручка"},
    "metric.contribution": {"en": "Contribution", "ru": "Маржинальная прибыль"},
    "metric.drr": {"en": "Ad cost share", "ru": "Доля рекламных расходов"},
    "metric.roas": {"en": "ROAS", "ru": "Окупаемость рекламных расходов"},
    "metric.romi": {"en": "ROMI", "ru": "Возврат на рекламу (ROMI)"},
    "metric.romi_full": {"en": "Full-cost ROMI", "ru": "Полный ROMI"},
    "metric.cac_full": {"en": "Cost per customer, full", "ru": "Стоимость покупателя, полная"},
    "metric.aov_net": {"en": "Average order", "ru": "Средний чек"},
    "metric.repeat_purchase_rate_90d": {
        "en": "Repeat buyers in 90 days",
        "ru": "Повторные покупатели за 90 дней",
    },
    "metric.followers": {"en": "Followers", "ru": "Подписчики"},
    "metric.reach_rate": {"en": "Reach per follower", "ru": "Охват на подписчика"},
    "metric.aided_awareness": {"en": "Prompted awareness", "ru": "Узнаваемость с подсказкой"},
    "metric.nps": {"en": "Loyalty index (NPS)", "ru": "Индекс лояльности (NPS)"},
    # -- source
    **{f"source.{code}": {"en": en, "ru": ru} for code, (en, ru) in SOURCES.items()},
    # -- network
    "network.telegram": {"en": "Telegram", "ru": "Telegram"},
    "network.vk": {"en": "VK", "ru": "ВКонтакте"},
    "network.instagram": {"en": "Instagram", "ru": "Instagram"},
    # -- pair
    "pair.ad_clicks_visits": {
        "en": "Clicks and visits",
        "ru": "Клики и визиты",
    },
    "pair.platform_conversions_sales": {
        "en": "Conversions of the ad system and sales",
        "ru": "Конверсии кабинета и продажи",
    },
    "pair.shop_orders_counter_purchases": {
        "en": "Orders of the shop and purchases in the counter",
        "ru": "Заказы магазина и покупки в счётчике",
    },
    "pair.crm_leads_counter_goals": {
        "en": "Leads in the CRM and goals in the counter",
        "ru": "Лиды в CRM и цели в счётчике",
    },
    "pair.metrica_visits_other_counter": {
        "en": "Visits in Metrica and in the other counter",
        "ru": "Визиты в Метрике и в другом счётчике",
    },
    "pair.invoice_spend": {"en": "Bills and reported spend", "ru": "Счета и расход в кабинете"},
    # -- segment
    "segment.all": {"en": "all", "ru": "всё"},
}
