"""Words of the explore page and of its what-if calculator."""

from __future__ import annotations

MESSAGES: dict[str, dict[str, str]] = {
    "explore.title": {"en": "Explore the figures", "ru": "Разобраться в цифрах"},
    "explore.lead": {
        "en": "Choose a period, channels and campaigns: every total is counted anew from the "
        "published tables. Nothing leaves this file.",
        "ru": "Выберите период, каналы и кампании: все итоги пересчитываются по опубликованным "
        "таблицам. Из этого файла ничего не отправляется.",
    },
    "explore.no_script": {
        "en": "This page needs scripts. The scorecard shows the main figures without them.",
        "ru": "Этой странице нужны скрипты. Главные цифры без них показывает сводка.",
    },
    "explore.scorecard": {"en": "Scorecard", "ru": "Сводка"},
    "explore.checks": {"en": "Checks of the data", "ru": "Проверки данных"},
    "explore.footer": {
        "en": "Totals are ratios of sums, never averages of ratios. A dash means that there is "
        "nothing to divide by, or that a margin or an exchange rate is missing.",
        "ru": "Итоги — отношения сумм, а не средние от отношений. Прочерк — делить не на что или "
        "не хватает маржи либо курса валюты.",
    },
    # -- filters
    "explore.filters": {"en": "What to show", "ru": "Что показать"},
    "explore.period": {"en": "Period", "ru": "Период"},
    "explore.from": {"en": "From", "ru": "С"},
    "explore.to": {"en": "to", "ru": "по"},
    "explore.last_3": {"en": "3 months", "ru": "3 месяца"},
    "explore.last_12": {"en": "12 months", "ru": "12 месяцев"},
    "explore.all_time": {"en": "all", "ru": "всё время"},
    "explore.channels": {"en": "Channels", "ru": "Каналы"},
    "explore.all_channels": {"en": "All", "ru": "Все"},
    "explore.paid_only": {"en": "Paid only", "ru": "Только платные"},
    "explore.campaign": {"en": "Campaign", "ru": "Кампания"},
    "explore.all_campaigns": {"en": "All campaigns", "ru": "Все кампании"},
    "explore.model": {"en": "Who gets the credit", "ru": "Кому засчитать заказ"},
    "explore.goal": {"en": "Conversion into", "ru": "Конверсия в"},
    "explore.reset": {"en": "Reset", "ru": "Сбросить"},
    "explore.nothing": {
        "en": "Nothing is chosen. Tick at least one channel.",
        "ru": "Ничего не выбрано. Отметьте хотя бы один канал.",
    },
    "explore.no_figures": {
        "en": "No figures of this kind for the choice.",
        "ru": "Для выбранного таких цифр нет.",
    },
    "explore.no_data": {
        "en": "There are no figures to explore yet: no visits and no spend have been loaded.",
        "ru": "Разбираться пока не в чем: визиты и расходы ещё не загружены.",
    },
    # -- totals
    "explore.totals": {"en": "Totals of the choice", "ru": "Итоги по выбранному"},
    "explore.young": {
        "en": "Deals of these months are still closing: {share} of them are in. Returns will grow.",
        "ru": "Сделки этих месяцев ещё закрываются: поступило {share}. Возврат вырастет.",
    },
    "explore.untraced": {
        "en": "Only {share} of the revenue of these months is traced to a channel. Sales without "
        "one would look like a loss of advertising, so no return of several channels is shown.",
        "ru": "Из выручки этих месяцев к каналам отнесено только {share}. Продажи без канала "
        "выглядели бы убытком рекламы, поэтому возврат нескольких каналов вместе не показан.",
    },
    "explore.rate_missing": {
        "en": "An exchange rate is missing in this period, so money ratios are not counted.",
        "ru": "В этом периоде нет курса валюты, поэтому денежные отношения не считаются.",
    },
    "explore.rule_changed": {
        "en": "The rule of the goal “{name}” changed on {day}: conversion before and after is not "
        "the same thing, and the total mixes both.",
        "ru": "Правило цели «{name}» изменилось {day}: конверсия до и после — разные величины, а в "
        "итоге смешаны обе.",
    },
    "explore.running": {
        "en": "{month} is not over yet.",
        "ru": "{month} ещё не закончился.",
    },
    # -- charts
    "explore.money": {
        "en": "What was spent and what it brought",
        "ru": "Сколько потратили и что это принесло",
    },
    "explore.money_how": {
        "en": "Grey: ad spend. Coloured: contribution, what is left of the sales after the goods "
        "are paid for. Red where it does not cover the spend. Choose a bar to see its campaigns.",
        "ru": "Серым — расход на рекламу, цветным — маржинальная прибыль, то есть то, что остаётся "
        "от продаж после оплаты товара. Красный — не покрывает расход. Нажмите на полосу, чтобы "
        "увидеть кампании.",
    },
    "explore.over_time": {"en": "Over time", "ru": "По месяцам"},
    "explore.measure": {"en": "Figure", "ru": "Показатель"},
    "explore.split": {"en": "by channel", "ru": "по каналам"},
    "explore.split_campaign": {"en": "by campaign", "ru": "по кампаниям"},
    "explore.dotted": {
        "en": "Dotted: the month is not over.",
        "ru": "Пунктир — месяц не закончился.",
    },
    "explore.traffic": {"en": "Who came", "ru": "Кто приходил"},
    "explore.by_day": {"en": "Visits by day.", "ru": "Визиты по дням."},
    "explore.by_week": {"en": "Visits by week.", "ru": "Визиты по неделям."},
    "explore.by_month": {"en": "Visits by month.", "ru": "Визиты по месяцам."},
    "explore.table": {"en": "All figures", "ru": "Все цифры"},
    "explore.table_how": {
        "en": "A channel opens into its campaigns.",
        "ru": "Канал раскрывается до кампаний.",
    },
    "explore.total": {"en": "Total", "ru": "Итого"},
    "explore.channel": {"en": "Channel", "ru": "Канал"},
    "explore.drill": {"en": "Campaigns of", "ru": "Кампании канала"},
    "explore.paid_note": {
        "en": "ROMI, ad cost share, ROAS and the costs of a lead, an order and a customer count "
        "paid channels only; full-cost ROMI counts every channel that marketing works on.",
        "ru": "ROMI, ДРР, ROAS и цены лиды, заказа и покупателя считаются только по платным "
        "каналам; полный ROMI — по всем каналам, которыми занимается маркетинг.",
    },
    "explore.open": {"en": "Show the campaigns", "ru": "Показать кампании"},
    "explore.back": {"en": "All channels", "ru": "Все каналы"},
    "explore.in_table": {"en": "The same in a table", "ru": "То же в таблице"},
    # -- measures
    "measure.spend": {"en": "Ad spend", "ru": "Расход на рекламу"},
    "measure.fullCost": {"en": "All marketing costs", "ru": "Все расходы на маркетинг"},
    "measure.visits": {"en": "Visits", "ru": "Визиты"},
    "measure.valid": {"en": "Not suspicious", "ru": "Не подозрительные"},
    "measure.suspicious": {"en": "Suspicious", "ru": "Подозрительные"},
    "measure.offAudience": {"en": "Off-audience", "ru": "Не ваша аудитория"},
    "measure.validVisits": {"en": "Valid visits", "ru": "Живые визиты"},
    "measure.audience": {"en": "Valid, your audience", "ru": "Живые, ваша аудитория"},
    "measure.suspiciousShare": {"en": "Suspicious share", "ru": "Доля подозрительных"},
    "measure.wasted": {"en": "Lost on them", "ru": "Потеряно на них"},
    "measure.converted": {"en": "Converted visits", "ru": "Визиты с целью"},
    "measure.conversion": {"en": "Conversion", "ru": "Конверсия"},
    "measure.leads": {"en": "Leads", "ru": "Лиды"},
    "measure.qualified": {"en": "Qualified leads", "ru": "Целевые лиды"},
    "measure.orders": {"en": "Orders", "ru": "Заказы"},
    "measure.newCustomers": {"en": "New customers", "ru": "Новые покупатели"},
    "measure.revenue": {"en": "Revenue", "ru": "Выручка"},
    "measure.contribution": {"en": "Contribution", "ru": "Маржинальная прибыль"},
    "measure.cpl": {"en": "Cost per lead", "ru": "Цена лида"},
    "measure.cpo": {"en": "Cost per order", "ru": "Цена заказа"},
    "measure.cac": {"en": "Cost per customer", "ru": "Цена покупателя"},
    "measure.drr": {"en": "Ad cost share", "ru": "Доля расходов (ДРР)"},
    "measure.roas": {"en": "ROAS", "ru": "ROAS"},
    "measure.romi": {"en": "ROMI", "ru": "ROMI"},
    "measure.romiFull": {"en": "Full-cost ROMI", "ru": "Полный ROMI"},
    "measure.interval": {"en": "95% interval", "ru": "Интервал 95 %"},
    # -- what-if
    "whatif.title": {"en": "What if? A calculator of return", "ru": "Калькулятор окупаемости"},
    "whatif.lead": {
        "en": "The same formulas as everywhere in this report. Change a number and see what is "
        "left of the sales.",
        "ru": "Те же формулы, что и во всём отчёте. Измените число и посмотрите, что останется "
        "от продаж.",
    },
    "whatif.example": {
        "en": "Example: 100,000 spent, 150,000 sold",
        "ru": "Пример: потратили 100 000, продали на 150 000",
    },
    "whatif.selection": {"en": "Advertising chosen above", "ru": "Реклама, выбранная выше"},
    "whatif.spend": {"en": "Spent on advertising", "ru": "Потрачено на рекламу"},
    "whatif.revenue": {"en": "Sold", "ru": "Продано на"},
    "whatif.margin": {
        "en": "Margin: left of a sale after the goods are paid for, %",
        "ru": "Маржа: что остаётся от продажи после оплаты товара, %",
    },
    "whatif.vat": {"en": "VAT inside both sums, %", "ru": "НДС внутри обеих сумм, %"},
    "whatif.recoverable": {
        "en": "VAT on advertising is deducted",
        "ru": "НДС с рекламы принимается к вычету",
    },
    "whatif.returns": {"en": "Returned goods, % of sales", "ru": "Возвраты, % от продаж"},
    "whatif.salaries": {"en": "Salaries of marketing", "ru": "Зарплаты маркетинга"},
    "whatif.tools": {"en": "Agency, tools, production", "ru": "Агентство, сервисы, производство"},
    "whatif.anyway": {
        "en": "Would have bought without advertising, %",
        "ru": "Купили бы и без рекламы, %",
    },
    "whatif.anyway_hint": {
        "en": "only a test with advertising switched off tells this",
        "ru": "это показывает только опыт с отключением рекламы",
    },
    "whatif.inputs": {"en": "Your numbers", "ru": "Ваши числа"},
    "whatif.result": {"en": "What is left", "ru": "Что осталось"},
    "whatif.step_sales": {"en": "Sales", "ru": "Продажи"},
    "whatif.step_vat": {"en": "VAT to the state", "ru": "НДС государству"},
    "whatif.step_returns": {"en": "Returned", "ru": "Вернули"},
    "whatif.step_anyway": {"en": "Would have bought anyway", "ru": "Купили бы и так"},
    "whatif.step_goods": {"en": "Cost of the goods", "ru": "Себестоимость"},
    "whatif.step_contribution": {"en": "Contribution", "ru": "Маржинальная прибыль"},
    "whatif.step_spend": {"en": "Advertising", "ru": "Реклама"},
    "whatif.step_profit": {"en": "Result of advertising", "ru": "Итог рекламы"},
    "whatif.step_people": {"en": "Salaries, agency, tools", "ru": "Зарплаты, агентство, сервисы"},
    "whatif.step_full": {"en": "Result of marketing", "ru": "Итог маркетинга"},
    "whatif.romi": {
        "en": "ROMI: (contribution − advertising) ÷ advertising",
        "ru": "ROMI: (маржинальная прибыль − реклама) ÷ реклама",
    },
    "whatif.romi_full": {
        "en": "Full-cost ROMI: with salaries, agency and tools",
        "ru": "Полный ROMI: с зарплатами, агентством и сервисами",
    },
    "whatif.naive": {
        "en": "Simple count: (sales − advertising) ÷ advertising, goods counted as free",
        "ru": "Простой счёт: (продажи − реклама) ÷ реклама, товар считается бесплатным",
    },
    "whatif.roas": {"en": "ROAS: sales ÷ advertising", "ru": "ROAS: продажи ÷ реклама"},
    "whatif.drr": {
        "en": "Ad cost share: advertising ÷ sales",
        "ru": "ДРР: реклама ÷ продажи",
    },
    "whatif.break_even_margin": {
        "en": "Margin at which advertising breaks even",
        "ru": "При какой марже реклама выходит в ноль",
    },
    "whatif.break_even_roas": {
        "en": "ROAS at which it breaks even with your margin",
        "ru": "При каком ROAS выходит в ноль с вашей маржой",
    },
    "whatif.verdict_profit": {
        "en": "Advertising brought {profit} more than it cost: {romi}.",
        "ru": "Реклама принесла на {profit} больше, чем стоила: {romi}.",
    },
    "whatif.verdict_loss": {
        "en": "Advertising brought {profit} less than it cost: {romi}.",
        "ru": "Реклама принесла на {profit} меньше, чем стоила: {romi}.",
    },
    "whatif.verdict_full": {
        "en": "With salaries and contractors {full} is left: full-cost ROMI {romi}.",
        "ru": "С зарплатами и подрядчиками остаётся {full}: полный ROMI {romi}.",
    },
    "whatif.verdict_even": {
        "en": "Advertising brought back just what it cost.",
        "ru": "Реклама вернула ровно столько, сколько стоила.",
    },
    "whatif.no_spend": {
        "en": "Without spend there is no return to count.",
        "ru": "Без расхода считать окупаемость не от чего.",
    },
    "whatif.why": {
        "en": "The simple count says {naive}. It would be true only if the goods cost nothing, "
        "nothing went to VAT and returns, nobody was paid for the work and every buyer came "
        "because of the advertising.",
        "ru": "Простой счёт даёт {naive}. Это было бы правдой, только если товар достался "
        "бесплатно, на НДС и возвраты ничего не ушло, за работу никому не платили и каждый "
        "покупатель пришёл из-за рекламы.",
    },
    "whatif.why_true": {
        "en": "Here the simple count and ROMI agree, because the goods are counted as free.",
        "ru": "Здесь простой счёт и ROMI совпали, потому что товар посчитан бесплатным.",
    },
    "whatif.margins": {
        "en": "The same sales at another margin",
        "ru": "Те же продажи при другой марже",
    },
    "whatif.margin_column": {"en": "Margin", "ru": "Маржа"},
    "whatif.step": {"en": "Step", "ru": "Шаг"},
    "whatif.sum": {"en": "Sum", "ru": "Сумма"},
}
