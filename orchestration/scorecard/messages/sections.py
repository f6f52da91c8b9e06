"""Words of the sections: what is shown, what was found, what to ask."""

from __future__ import annotations

MESSAGES: dict[str, dict[str, str]] = {
    # -- conversion
    "conversion.title": {"en": "Conversion by channel", "ru": "Конверсия по каналам"},
    "conversion.what": {
        "en": "Share of valid visits that converted: the last {days} days ({period}) against the "
        "{days} before them.",
        "ru": "Доля живых визитов с целью: последние {days} {days:день|дня|дней} ({period}) и "
        "столько же дней до них.",
    },
    "conversion.caption": {"en": "{name}: now and before", "ru": "{name}: сейчас и раньше"},
    "conversion.how": {
        "en": "Dot: now. Pale bar: 95% interval. Grey tick: the period before. Red or green only "
        "when the change exceeds chance.",
        "ru": "Точка — сейчас, бледная полоса — интервал 95 %, серая черта — прежний период. "
        "Красным и зелёным выделено только то, что вышло за пределы случайности.",
    },
    "conversion.key_break": {
        "en": "the rule of the goal changed",
        "ru": "сменилось правило цели",
    },
    "conversion.trend": {
        "en": "{name}: by fortnight, the last year; pale band: 95% interval",
        "ru": "{name}: по двухнедельным отрезкам за год; бледная полоса — интервал 95 %",
    },
    "conversion.lies": {
        "en": "when the denominator is shrunk by filters, or the goal is made easier (a change of "
        "the goal's rule is reported here).",
        "ru": "когда знаменатель уменьшили фильтрами или цель сделали проще (смена правила цели "
        "показывается здесь же).",
    },
    "conversion.fell": {
        "en": "“{name}”, proven fall: {channels}.",
        "ru": "«{name}», доказанное падение: {channels}.",
    },
    "conversion.rose": {
        "en": "“{name}”, proven rise: {channels}.",
        "ru": "«{name}», доказанный рост: {channels}.",
    },
    "conversion.note_plan": {
        "en": "{value} of {plan} planned: {verdict}",
        "ru": "{value} при плане {plan}: {verdict}",
    },
    "conversion.note_void": {"en": "no comparison", "ru": "сравнить не с чем"},
    "conversion.behind": {
        "en": "“{name}”, behind the channel's own target: {channels}.",
        "ru": "«{name}», хуже собственного плана канала: {channels}.",
    },
    "conversion.item_plan": {
        "en": "{channel} ({now} of {plan} planned for {period})",
        "ru": "{channel} ({now} при плане {plan} на {period})",
    },
    "conversion.key_plan": {"en": "the channel's own target", "ru": "собственный план канала"},
    "conversion.no_plans": {
        "en": "No channel has a target of its own, so each is compared with itself. Targets by "
        "channel go into registers/targets.csv.",
        "ru": "Собственных планов у каналов нет, поэтому каждый сравнивается сам с собой. Планы по "
        "каналам вписываются в registers/targets.csv.",
    },
    "conversion.item": {
        "en": "{channel} ({before} → {now})",
        "ru": "{channel} ({before} → {now})",
    },
    "conversion.same": {
        "en": "“{name}”: no channel changed by more than chance allows.",
        "ru": "«{name}»: ни один канал не изменился сильнее, чем допускает случайность.",
    },
    "conversion.little": {
        "en": "“{name}”: too few events for a verdict on any channel (10 conversions and 100 "
        "visits are needed).",
        "ru": "«{name}»: событий слишком мало, чтобы судить о каналах (нужно 10 конверсий и "
        "100 визитов).",
    },
    "conversion.version": {
        "en": "The rule of the goal “{name}” changed on {day}: before and after are not the same "
        "thing.",
        "ru": "Правило цели «{name}» изменилось {day}: до и после — это разные величины.",
    },
    "conversion.note_fell": {"en": "fell from {before}", "ru": "упала с {before}"},
    "conversion.note_rose": {"en": "rose from {before}", "ru": "выросла с {before}"},
    "conversion.note_same": {"en": "no proven change", "ru": "без изменений"},
    "conversion.note_little": {"en": "not enough data", "ru": "данных мало"},
    # -- traffic
    "traffic.title": {"en": "Traffic and its quality", "ru": "Трафик и его качество"},
    "traffic.what": {
        "en": "Visits per day, all channels, last nine weeks.",
        "ru": "Визиты по дням, все каналы, последние девять недель.",
    },
    "traffic.how": {
        "en": "Dashed lines: the band expected of this weekday. Triangle: a spike. Paler bars: "
        "days that may still change. Suspicious means at least two bot signals.",
        "ru": "Пунктир — границы, ожидаемые для этого дня недели; треугольник — всплеск; бледные "
        "столбики — дни, которые ещё уточняются. «Подозрительный» — не меньше двух признаков "
        "бота.",
    },
    "traffic.how_no_audience": {
        "en": "Who is your audience is not told in registers/audience.csv, so that nobody is "
        "counted as off-audience.",
        "ru": "Кто ваша аудитория, в registers/audience.csv не сказано, поэтому «не вашей» "
        "аудитории здесь нет.",
    },
    "traffic.lies": {
        "en": "when a tag is new, doubled or missing. The money lost is an estimate: spend times "
        "the share of suspicious visits, and that of visits off your audience.",
        "ru": "когда счётчик новый, стоит дважды или пропал. Потерянные деньги — оценка: расход, "
        "умноженный на долю подозрительных визитов и на долю визитов не вашей аудитории.",
    },
    "traffic.valid": {"en": "valid", "ru": "живые"},
    "traffic.off_audience": {"en": "off-audience", "ru": "не ваша аудитория"},
    "traffic.suspicious": {"en": "suspicious", "ru": "подозрительные"},
    "traffic.band": {"en": "expected band", "ru": "ожидаемые границы"},
    "traffic.spike": {"en": "spike", "ru": "всплеск"},
    "traffic.spikes_table": {"en": "Days out of line", "ru": "Дни с отклонениями"},
    "traffic.suspicious_share": {
        "en": "suspicious, 28 days",
        "ru": "подозрительных за 28 дней",
    },
    "traffic.off_share": {
        "en": "off-audience, 28 days",
        "ru": "не вашей аудитории за 28 дней",
    },
    "traffic.lost": {
        "en": "spent on suspicious visits, 28 days",
        "ru": "ушло на подозрительные визиты за 28 дней",
    },
    "traffic.lost_off_audience": {
        "en": "spent off-audience, 28 days",
        "ru": "ушло не на вашу аудиторию за 28 дней",
    },
    "traffic.spike_found": {
        "en": "Bot spike {period}: {channel} brought {visits} {visits:visit|visits} against "
        "{expected} expected, {suspicious} of them suspicious.",
        "ru": "Накрутка {period}: «{channel}» — {visits} {visits:визит|визита|визитов} вместо "
        "ожидаемых {expected}, подозрительных {suspicious}.",
    },
    "traffic.spikes_more": {
        "en": "{n} more {n:spike|spikes} in nine weeks.",
        "ru": "Ещё {n} {n:всплеск|всплеска|всплесков} за девять недель.",
    },
    "traffic.calm": {
        "en": "No spikes in nine weeks.",
        "ru": "За девять недель всплесков не было.",
    },
    "traffic.short_history": {
        "en": "The history is too short to look for spikes.",
        "ru": "История слишком короткая, чтобы искать всплески.",
    },
    "traffic.lost_found": {
        "en": "About {amount} in 28 days, {share} of the spend, went on suspicious visits, most of "
        "it in {channel}.",
        "ru": "Около {amount} за 28 дней ({share} расхода) ушло на подозрительные визиты, больше "
        "всего — «{channel}».",
    },
    "traffic.unjudged": {
        "en": "{amount} ({share} of the spend) went to channels on days without a single visit of "
        "theirs: what it bought nobody can say.",
        "ru": "{amount} ({share} расхода) потрачено на каналы в дни, когда из них не пришло ни "
        "одного визита: что на них куплено, сказать нельзя.",
    },
    "traffic.contractor": {
        "en": "Of that, {amount} was in channels run by {contractor}.",
        "ru": "Из них {amount} — каналы, которые ведёт {contractor}.",
    },
    "traffic.contractor_all": {
        "en": "All of it ({amount}) was in channels run by {contractor}.",
        "ru": "Всё это ({amount}) — каналы, которые ведёт {contractor}.",
    },
    "traffic.sensitivity": {
        "en": "A paid visit costs {gross} if all are counted, {valid} without suspicious ones, "
        "{strict} if only those beyond any doubt are.",
        "ru": "Платный визит стоит {gross}, если считать все, {valid} без подозрительных и "
        "{strict}, если верить только тем, в ком нет сомнений.",
    },
    "traffic.contractors_table": {
        "en": "By contractor, 28 days",
        "ru": "По подрядчикам за 28 дней",
    },
    "traffic.sensitivity_table": {
        "en": "If bots were judged otherwise: paid channels, 28 days",
        "ru": "Если судить о ботах иначе: платные каналы за 28 дней",
    },
    "traffic.paid_total": {"en": "All paid channels", "ru": "Все платные каналы"},
    # -- contractor
    "contractor.agency": {"en": "the agency", "ru": "агентство"},
    "contractor.in_house": {"en": "your own staff", "ru": "свой отдел"},
    # -- spike
    "spike.fail": {"en": "bot spike", "ru": "накрутка"},
    "spike.warn": {"en": "look into it", "ru": "проверить"},
    "spike.explained": {"en": "explained", "ru": "объяснимо"},
    # -- spike_reason
    "spike_reason.bot_spike": {"en": "bot spike", "ru": "накрутка"},
    "spike_reason.volume": {"en": "more visits than usual", "ru": "визитов больше обычного"},
    "spike_reason.outage": {"en": "fewer visits than usual", "ru": "визитов меньше обычного"},
    "spike_reason.quality": {"en": "more suspicious ones", "ru": "больше подозрительных"},
    "spike_reason.suspicious_share": {
        "en": "more suspicious ones",
        "ru": "больше подозрительных",
    },
    "spike_reason.slow_leak": {"en": "slow leak", "ru": "медленная накрутка"},
    "spike_reason.planned_event": {"en": "planned event", "ru": "плановая акция"},
    "spike_reason.more_spend": {"en": "more was spent", "ru": "потратили больше"},
    "spike_reason.less_spend": {"en": "less was spent", "ru": "потратили меньше"},
    "spike_reason.bot_spike_on_holiday": {
        "en": "bot spike on a holiday",
        "ru": "накрутка в праздник",
    },
    "spike_reason.holiday": {"en": "holiday", "ru": "праздник"},
    # -- roi
    "roi.title": {"en": "Return by channel", "ru": "Окупаемость по каналам"},
    "roi.what": {
        "en": "ROMI = (contribution − spend) ÷ spend. Spend of {period} and what the leads and "
        "orders of that time brought.",
        "ru": "ROMI = (маржинальная прибыль − расход) ÷ расход. Расход за {period} и то, что "
        "принесли лиды и заказы этого времени.",
    },
    "roi.how": {
        "en": "Only lead months old enough to judge. Dot: last non-direct click. Pale bar: least "
        "to most over the attribution models. Thin line: what the luck of single deals allows for "
        "(95%). Right of zero the channel pays for itself.",
        "ru": "Только дозревшие месяцы лидов. Точка — последний непрямой переход; бледная полоса "
        "— от худшей до лучшей модели атрибуции; тонкая линия — сколько допускает везение с "
        "отдельными сделками (95 %). Правее нуля канал себя окупает.",
    },
    "roi.lies": {
        "en": "when the margin is guessed, costs are missing or the leads are young; brand search "
        "and retargeting harvest demand that was there anyway.",
        "ru": "когда маржа взята на глаз, расходы внесены не все или лиды свежие; реклама по "
        "названию бренда и ретаргетинг собирают уже готовый спрос.",
    },
    "roi.spend": {"en": "Spend", "ru": "Расход"},
    "roi.romi": {"en": "ROMI", "ru": "ROMI"},
    "roi.note": {"en": "{romi}, {verdict}", "ru": "{romi}, {verdict}"},
    "roi.range": {
        "en": "{low} ({model_low}) to {high} ({model_high})",
        "ru": "от {low} ({model_low}) до {high} ({model_high})",
    },
    "roi.spend_total": {"en": "spent in 12 months", "ru": "потрачено за 12 месяцев"},
    "roi.romi_total": {
        "en": "ROMI of paid channels, mature months; with chance {between}",
        "ru": "ROMI платных каналов, дозревшие месяцы; со случайностью {between}",
    },
    "roi.romi_full_total": {
        "en": "the same with salaries and agencies",
        "ru": "то же с зарплатами и агентствами",
    },
    "roi.coverage": {
        "en": "of revenue traced to a channel",
        "ru": "выручки привязано к каналу",
    },
    "roi.unattributed": {
        "en": "{share} of revenue cannot be traced to any channel.",
        "ru": "{share} выручки нельзя отнести ни к одному каналу.",
    },
    "roi.unattributed_returns": {
        "en": "{amount} of refunds cannot be traced to any channel: the channels look better than "
        "they are.",
        "ru": "Возвраты на {amount} нельзя отнести ни к одному каналу: каналы выглядят лучше, чем "
        "есть.",
    },
    "roi.one_deal": {
        "en": "Hangs on a single deal (share of revenue): {channels}.",
        "ru": "Держится на одной сделке (доля выручки): {channels}.",
    },
    "roi.one_deal_item": {"en": "{channel} ({share})", "ru": "{channel} ({share})"},
    "roi.sad_early": {
        "en": "Everything is provisional: no lead month is old enough to judge the return.",
        "ru": "Всё пока предварительно: ни один месяц лидов не дозрел, чтобы судить об "
        "окупаемости.",
    },
    "roi.sad_no_orders": {
        "en": "Nobody can say what the spend brought back: no sale was loaded. Connect the shop, "
        "the till or the CRM.",
        "ru": "Что вернул расход, сказать нельзя: ни одной продажи не загружено. Подключите "
        "магазин, кассу или CRM.",
    },
    "roi.sad_no_month": {
        "en": "The first complete month with spend is not over yet: the return by channel comes "
        "with it.",
        "ru": "Первый полный месяц с расходом ещё не закончился: окупаемость по каналам появится "
        "вместе с ним.",
    },
    "roi.pays": {
        "en": "Pays for itself under every model: {channels}.",
        "ru": "Окупается по любой модели: {channels}.",
    },
    "roi.loses": {
        "en": "Returns less than it cost under every model: {channels}.",
        "ru": "Не окупается ни по одной модели: {channels}.",
    },
    "roi.depends": {
        "en": "Depends on the model: {channels}.",
        "ru": "Зависит от модели: {channels}.",
    },
    "roi.noise": {
        "en": "Cannot be told from chance: {channels}.",
        "ru": "Не отличить от случайности: {channels}.",
    },
    "roi.unknown": {
        "en": "Not enough data to judge: {channels}.",
        "ru": "Данных мало, судить нельзя: {channels}.",
    },
    "roi.early": {"en": "Too early to judge: {channels}.", "ru": "Рано судить: {channels}."},
    # -- spread
    "spread.robust_positive": {"en": "pays, robust", "ru": "окупается"},
    "spread.robust_negative": {"en": "loses, robust", "ru": "не окупается"},
    "spread.depends_on_model": {"en": "depends on model", "ru": "зависит от модели"},
    "spread.within_noise": {"en": "within chance", "ru": "в пределах случайности"},
    "spread.too_early": {"en": "too early", "ru": "рано судить"},
    "spread.cannot_tell": {"en": "cannot tell", "ru": "сказать нельзя"},
    "spread.no_spend": {"en": "no spend", "ru": "без расхода"},
    # -- model
    "model.first": {"en": "first click", "ru": "первый"},
    "model.last": {"en": "last click", "ru": "последний"},
    "model.last_non_direct": {"en": "last non-direct", "ru": "последний непрямой"},
    "model.linear": {"en": "linear", "ru": "линейная"},
    "model.position": {"en": "40-20-40", "ru": "40-20-40"},
    "model.time_decay": {"en": "time decay", "ru": "с затуханием"},
    # -- cohorts
    "cohorts.title": {"en": "Return by lead month", "ru": "Окупаемость по месяцу лида"},
    "cohorts.what": {
        "en": "Spend of a month against everything its leads have brought so far, paid channels.",
        "ru": "Расход месяца и всё, что с тех пор принесли его лиды; платные каналы.",
    },
    "cohorts.what_longer": {
        "en": "More months than in the section above, so the total differs from it.",
        "ru": "Месяцев больше, чем в разделе выше, поэтому итог другой.",
    },
    "cohorts.thin": {
        "en": "No word on return: too little of the revenue is traced to channels.",
        "ru": "Об окупаемости судить нельзя: слишком мало выручки привязано к каналам.",
    },
    "cohorts.sad_thin": {
        "en": "The return of a month would look like a loss, because its sales have no channel. "
        "Pass the client ids to the orders, and the picture comes.",
        "ru": "Окупаемость месяца выглядела бы убытком, потому что у продаж нет канала. "
        "Передавайте идентификаторы посетителей в заказы, и картинка появится.",
    },
    "cohorts.how": {
        "en": "Solid: the deals have closed. Dashed: they are still closing, the bar will grow. "
        "Below: share of deals already in.",
        "ru": "Сплошной столбик — сделки закрыты; пунктирный — ещё закрываются, столбик вырастет. "
        "Внизу — доля уже закрытых сделок.",
    },
    "cohorts.how_projection": {
        "en": "White dot and whisker: projection and its range.",
        "ru": "Белая точка с усами — прогноз и его границы.",
    },
    "cohorts.how_no_projection": {
        "en": "No projection is drawn: it needs ten closed deals in each paid campaign of a month.",
        "ru": "Прогноза нет: для него нужно по десять закрытых сделок в каждой платной кампании "
        "месяца.",
    },
    "cohorts.backtest_errors": {
        "en": "Were earlier projections right? {inside} of {n} ended inside the range they gave; "
        "their totals were out by {errors}.",
        "ru": "Сбывались ли прежние прогнозы: {inside} из {n} "
        "{inside:уложился|уложились|уложились} в обещанные границы; ошибка в сумме: {errors}.",
    },
    "cohorts.backtest_error": {
        "en": "Were earlier projections right? {inside} of {n} ended inside the range they gave; "
        "their total was out by {error}.",
        "ru": "Сбывались ли прежние прогнозы: {inside} из {n} "
        "{inside:уложился|уложились|уложились} в обещанные границы; ошибка в сумме: {error}.",
    },
    "cohorts.backtest": {
        "en": "Were earlier projections right? {inside} of {n} ended inside the range they gave.",
        "ru": "Сбывались ли прежние прогнозы: {inside} из {n} "
        "{inside:уложился|уложились|уложились} в обещанные границы.",
    },
    "cohorts.backtest_table": {
        "en": "Earlier projections of revenue and what came",
        "ru": "Прежние прогнозы выручки и что вышло",
    },
    "cohorts.drift_slower": {
        "en": "Deals close more slowly than before ({lines}): the projection may be too high.",
        "ru": "Сделки закрываются медленнее, чем раньше ({lines}): прогноз может быть завышен.",
    },
    "cohorts.drift_faster": {
        "en": "Deals close faster than before ({lines}): the projection may be too low.",
        "ru": "Сделки закрываются быстрее, чем раньше ({lines}): прогноз может быть занижен.",
    },
    "cohorts.drift_table": {
        "en": "Does the pace of deals change? Growth of a month against the growth expected",
        "ru": "Меняется ли темп сделок: прирост за месяц к ожидаемому",
    },
    # -- backtest
    "backtest.inside": {"en": "within the range", "ru": "в границах"},
    "backtest.outside": {"en": "outside the range", "ru": "вне границ"},
    # -- drift
    "drift.steady": {"en": "as before", "ru": "как раньше"},
    "drift.slower": {"en": "slower", "ru": "медленнее"},
    "drift.faster": {"en": "faster", "ru": "быстрее"},
    "drift.insufficient_history": {"en": "not enough data", "ru": "данных мало"},
    "cohorts.lies": {
        "en": "when the deal cycle itself changes (prices, credit): the projection learns from "
        "older months.",
        "ru": "когда меняется сам цикл сделки (цены, кредит): прогноз учится на прежних месяцах.",
    },
    "cohorts.key_mature": {"en": "to date, mature", "ru": "на сегодня, дозрел"},
    "cohorts.key_young": {"en": "to date, still growing", "ru": "на сегодня, ещё растёт"},
    "cohorts.key_projection": {"en": "projection and range", "ru": "прогноз и границы"},
    "cohorts.sad_margin": {
        "en": "The return cannot be counted: the orders are of no product line that has a margin "
        "in registers/margins.csv.",
        "ru": "Окупаемость не посчитать: у заказов нет направления, для которого в "
        "registers/margins.csv указана маржа.",
    },
    "cohorts.young": {
        "en": "{n} of {total} months are not mature: read their dashed bars as “at least”.",
        "ru": "{n} из {total} {total:месяца|месяцев|месяцев} ещё не {n:дозрел|дозрели|дозрели}: "
        "пунктирные столбики читайте как «не меньше».",
    },
    "cohorts.no_rate": {
        "en": "No return is shown for {months}: an exchange rate of the spend is missing.",
        "ru": "Возврат не показан, нет курса валюты расхода: {months}.",
    },
    "cohorts.all_young": {
        "en": "No month is mature yet: it is too early to judge the return.",
        "ru": "Ни один месяц ещё не дозрел: судить об окупаемости рано.",
    },
    "cohorts.mature_one": {
        "en": "ROMI of the one mature month ({first}): {romi} on {spend} spent.",
        "ru": "ROMI единственного дозревшего месяца ({first}): {romi} на {spend} расхода.",
    },
    "cohorts.mature": {
        "en": "ROMI of {n} mature {n:month|months} ({first} to {last}): {romi} on {spend} spent.",
        "ru": "ROMI за {n} {n:дозревший месяц|дозревших месяца|дозревших месяцев} ({first} – "
        "{last}): {romi} на {spend} расхода.",
    },
    # -- funnel
    "funnel.title": {"en": "From visit to order", "ru": "От визита до заказа"},
    "funnel.what": {
        "en": "By month in which the lead was created, all channels.",
        "ru": "По месяцу создания лида, все каналы.",
    },
    "funnel.how": {
        "en": "The last months have fewer orders because their leads are still deciding.",
        "ru": "В последних месяцах заказов меньше, потому что лиды ещё думают.",
    },
    "funnel.lies": {
        "en": "when leads are sent in by the marketer himself or counted twice: qualified leads "
        "are accepted by sales.",
        "ru": "когда лиды оставляет сам маркетолог или они посчитаны дважды: целевые лиды "
        "принимает отдел продаж.",
    },
    "funnel.quality_fell": {
        "en": "Fewer leads are accepted by sales: {now} over the last 3 complete months against "
        "{before} before them.",
        "ru": "Отдел продаж принимает меньше лидов: {now} за последние 3 полных месяца против "
        "{before} до них.",
    },
    "funnel.quality_rose": {
        "en": "More leads are accepted by sales: {now} over the last 3 complete months against "
        "{before} before them.",
        "ru": "Отдел продаж принимает больше лидов: {now} за последние 3 полных месяца против "
        "{before} до них.",
    },
    "funnel.quality_same": {
        "en": "Sales accept {now} of leads over the last 3 complete months, no proven change.",
        "ru": "Отдел продаж принимает {now} лидов за последние 3 полных месяца, изменений не "
        "доказано.",
    },
    "funnel.leads": {
        "en": "{leads} valid leads in {month}.",
        "ru": "Живых лидов за {month}: {leads}.",
    },
    # -- retention
    "retention.title": {"en": "Do customers come back?", "ru": "Возвращаются ли покупатели"},
    "retention.what": {
        "en": "Share of customers of a month who bought again N months later.",
        "ru": "Доля покупателей месяца, которые снова купили через N месяцев.",
    },
    "retention.how": {
        "en": "A row is the month of the first purchase. Dashed cells: the month is not over yet.",
        "ru": "Строка — месяц первой покупки. Пунктирные клетки — месяц ещё не закончился.",
    },
    "retention.lies": {
        "en": "when the definition of an active customer is widened; customers are told apart by "
        "the CRM, not by browsers.",
        "ru": "когда расширяют определение «активного» покупателя; покупателей различает CRM, "
        "а не браузер.",
    },
    "retention.key_open": {"en": "month not over", "ru": "месяц не закончился"},
    "retention.columns": {
        "en": "Months since the first purchase",
        "ru": "Месяцев после первой покупки",
    },
    "retention.same": {
        "en": "{now} of the last three full cohorts bought again in the next month, no proven "
        "change from {before} before them.",
        "ru": "Через месяц снова купили {now} из трёх последних полных когорт; отличие от "
        "прежних {before} не доказано.",
    },
    "retention.fell": {
        "en": "Proven fall: {now} of the last three full cohorts bought again in the next month, "
        "{before} of the three before.",
        "ru": "Доказанное падение: через месяц снова купили {now} из трёх последних полных "
        "когорт, у трёх прежних было {before}.",
    },
    "retention.rose": {
        "en": "Proven rise: {now} of the last three full cohorts bought again in the next month, "
        "{before} of the three before.",
        "ru": "Доказанный рост: через месяц снова купили {now} из трёх последних полных когорт, "
        "у трёх прежних было {before}.",
    },
    "retention.now": {
        "en": "{now} of the last full cohorts bought again in the next month.",
        "ru": "Через месяц снова купили {now} из последних полных когорт.",
    },
    "retention.browsers": {
        "en": "On the site {rate} of browsers return in the month after their first visit: these "
        "are browsers, not customers.",
        "ru": "На сайт через месяц после первого визита возвращаются {rate} браузеров: это "
        "браузеры, а не покупатели.",
    },
    "retention.browsers_table": {
        "en": "Browsers seen again N months after their first visit",
        "ru": "Браузеры, вернувшиеся через N месяцев после первого визита",
    },
    # -- customers
    "customers.title": {"en": "Orders and repeat buyers", "ru": "Заказы и повторные покупки"},
    "customers.what": {"en": "By month.", "ru": "По месяцам."},
    "customers.how": {
        "en": "Dotted end: the month is not over. A repeat rate counts only customers whose window "
        "has passed.",
        "ru": "Пунктир в конце — месяц ещё не закончился. Доля повторных считается только по "
        "тем, чьё окно уже прошло.",
    },
    "customers.lies": {
        "en": "when full refunds are left in, or the repeat window is not named.",
        "ru": "когда не вычли полные возвраты или не назвали окно повторной покупки.",
    },
    "customers.aov": {"en": "Average order, net", "ru": "Средний чек"},
    "customers.rpr": {"en": "Bought again within 90 days", "ru": "Купили снова за 90 дней"},
    "customers.orders": {"en": "Orders", "ru": "Заказы"},
    "customers.frequency_of": {
        "en": "orders per buyer in {month}",
        "ru": "заказов на покупателя за {month}",
    },
    "customers.retention_of": {
        "en": "retention rate of {month}",
        "ru": "уровень удержания за {month}",
    },
    "customers.retention": {"en": "Retention rate", "ru": "Уровень удержания"},
    "customers.buyers": {"en": "Buyers", "ru": "Покупатели"},
    "customers.new": {"en": "New customers", "ru": "Новые покупатели"},
    "customers.revenue": {"en": "Net revenue", "ru": "Чистая выручка"},
    "customers.aov_year": {
        "en": "average order of 12 months; with chance {between}",
        "ru": "средний чек за 12 месяцев; со случайностью {between}",
    },
    "customers.ltv_cac": {
        "en": "times their cost the new customers of {n} {n:month|months} have brought so far "
        "(LTV to CAC)",
        "ru": "раза к своей цене уже принесли новые покупатели за {n} "
        "{n:месяц|месяца|месяцев} (LTV к CAC)",
    },
    "customers.payback": {
        "en": "until the new customers of {month} paid back",
        "ru": "срок окупаемости новых покупателей за {month}",
    },
    "customers.not_paid_back": {"en": "not reached yet", "ru": "ещё не наступил"},
    "customers.summary": {
        "en": "Average order in {month}: {aov}; a year earlier {before}.",
        "ru": "Средний чек за {month} — {aov}; годом раньше {before}.",
    },
    "customers.summary_short": {
        "en": "Average order in {month}: {aov}.",
        "ru": "Средний чек за {month} — {aov}.",
    },
    "customers.one_order": {
        "en": "One order is {share} of the revenue of 12 months: the average is no usual order.",
        "ru": "Один заказ — {share} выручки за 12 месяцев: средний чек не похож на обычный.",
    },
    "customers.refunded": {
        "en": "In {month} {amount} more was refunded than sold: there is no average order.",
        "ru": "За {month} вернули на {amount} больше, чем продали: среднего чека нет.",
    },
    "customers.repeat": {
        "en": "{rate} of {n} customers observed since the data begin bought again within 90 days.",
        "ru": "За 90 дней снова купили {rate} из {n} "
        "{n:покупателя|покупателей|покупателей} с прошедшим окном за всё время данных.",
    },
    # -- brand
    "brand.title": {"en": "Awareness and loyalty", "ru": "Узнаваемость и лояльность"},
    "brand.what": {
        "en": "Survey waves; awareness among the target audience, loyalty among customers.",
        "ru": "Волны опросов; узнаваемость — среди целевой аудитории, лояльность — среди "
        "покупателей.",
    },
    "brand.how": {
        "en": "Dot: estimate. Bar: 95% interval as if the sample were random; it does not cover "
        "who agreed to answer.",
        "ru": "Точка — оценка, полоса — интервал 95 %, как если бы выборка была случайной; того, "
        "кто согласился отвечать, он не учитывает.",
    },
    "brand.lies": {
        "en": "when people are asked only after a happy contact, or waves are made in different "
        "ways.",
        "ru": "когда спрашивают только довольных или волны проведены разными способами.",
    },
    "brand.aided": {"en": "Know us when prompted", "ru": "Знают с подсказкой"},
    "brand.unaided": {"en": "Name us themselves", "ru": "Называют сами"},
    "brand.top_of_mind": {"en": "Name us first", "ru": "Называют первыми"},
    "brand.nps": {"en": "Loyalty index (NPS)", "ru": "Индекс лояльности (NPS)"},
    "brand.aided_verdict": {
        "en": "Prompted awareness in wave {wave}: {value}, {verdict}.",
        "ru": "Узнаваемость с подсказкой в волне {wave} — {value}: {verdict}.",
    },
    "brand.nps_verdict": {
        "en": "Loyalty index: {value}, {verdict}.",
        "ru": "Индекс лояльности — {value}: {verdict}.",
    },
    "brand.respondents": {"en": "{n} answers", "ru": "{n} {n:ответ|ответа|ответов}"},
    # -- wave
    "wave.up": {"en": "a proven rise", "ru": "рост доказан"},
    "wave.down": {"en": "a proven fall", "ru": "падение доказано"},
    "wave.not_proven": {"en": "the change is not proven", "ru": "изменение не доказано"},
    "wave.not_comparable": {
        "en": "not comparable with the wave before",
        "ru": "с прошлой волной сравнивать нельзя",
    },
    "wave.not_enough_data": {"en": "too few answers for a verdict", "ru": "ответов мало"},
    "wave.first_wave": {"en": "the first wave", "ru": "это первая волна"},
    # -- mode
    "mode.online_panel": {"en": "online panel", "ru": "интернет-панель"},
    "mode.street": {"en": "street", "ru": "на улице"},
    "mode.phone": {"en": "by phone", "ru": "по телефону"},
    "mode.customers": {"en": "customers", "ru": "покупатели"},
    # -- audience
    "audience.title": {"en": "Followers", "ru": "Подписчики"},
    "audience.what": {"en": "By day, half a year.", "ru": "По дням за полгода."},
    "audience.how": {
        "en": "Days without a reading are left out. Red: joins far above the usual with no growth "
        "of reach.",
        "ru": "Дни без замера пропущены. Красным — вступления сильно выше обычного без роста "
        "охвата.",
    },
    "audience.lies": {
        "en": "when followers are bought: look at joins and at reach per follower.",
        "ru": "когда подписчиков купили: смотрите на вступления и охват на подписчика.",
    },
    "audience.total": {
        "en": "{change} in 28 days, {total} followers in all.",
        "ru": "{change} за 28 дней, всего {total} {total:подписчик|подписчика|подписчиков}.",
    },
    "audience.change": {"en": "{change} in 28 days", "ru": "{change} за 28 дней"},
    "audience.bought": {
        "en": "{network}: {n} joined ({period}), which looks bought.",
        "ru": "{network}: {n} {n:вступление|вступления|вступлений} ({period}) — похоже на "
        "накрутку.",
    },
    # -- reconciliation
    "reconciliation.title": {"en": "Do the sources agree?", "ru": "Сходятся ли источники"},
    "reconciliation.what": {
        "en": "The same thing counted twice, by day, last six weeks.",
        "ru": "Одно и то же, посчитанное дважды; по дням за шесть недель.",
    },
    "reconciliation.how": {
        "en": "Large red: the two sources differ more than usual. Blue: they agree as usual. Small "
        "grey: nothing to compare.",
        "ru": "Крупный красный — источники разошлись сильнее обычного; синий — сходятся как "
        "обычно; мелкий серый — сравнить нечего.",
    },
    "reconciliation.sad": {
        "en": "Nothing to compare: each thing is counted by one source only.",
        "ru": "Сравнить нечего: всё считает только один источник.",
    },
    "reconciliation.fine": {
        "en": "All pairs agree as usual.",
        "ru": "Все пары сходятся как обычно.",
    },
    "reconciliation.warn": {
        "en": "{pair}: {n} {n:day|days} out of line in six weeks, the last on {day}.",
        "ru": "{pair}: {n} {n:день|дня|дней} с расхождением за шесть недель, последний — {day}.",
    },
    "reconciliation.invoices": {
        "en": "Bills and reported spend",
        "ru": "Счета и расход в кабинете",
    },
    "reconciliation.invoice": {
        "en": "{channel}: the bill of {month} says {left}, the ad system {right}.",
        "ru": "{channel}: за {month} в счёте {left}, в кабинете {right}.",
    },
    # -- status
    "status.ok": {"en": "agree", "ru": "сходятся"},
    "status.warn": {"en": "differ", "ru": "расходятся"},
    "status.no_data": {"en": "no data", "ru": "нет данных"},
    # -- restatements
    "restatements.title": {
        "en": "Figures that changed later",
        "ru": "Цифры, изменённые задним числом",
    },
    "restatements.what": {
        "en": "What this report showed first, and what it shows now.",
        "ru": "Что этот отчёт показал сначала и что показывает теперь.",
    },
    "restatements.none": {
        "en": "None of the {n} {n:figure|figures} shown so far has changed since.",
        "ru": "Ни одна из {n} {n:показанной цифры|показанных цифр|показанных цифр} с тех пор не "
        "изменилась.",
    },
    "restatements.some": {
        "en": "{restated} {restated:figure|figures} changed by more than 5%, most of all {metric} "
        "for {period}: {first}, now {current}.",
        "ru": "Больше чем на 5 % {restated:изменилась|изменились|изменились} {restated} "
        "{restated:цифра|цифры|цифр}, сильнее всего «{metric}» за {period}: было {first}, "
        "стало {current}.",
    },
    "restatements.some_of": {
        "en": "{restated} {restated:figure|figures} changed by more than 5%, most of all {metric} "
        "of {segment} for {period}: {first}, now {current}.",
        "ru": "Больше чем на 5 % {restated:изменилась|изменились|изменились} {restated} "
        "{restated:цифра|цифры|цифр}, сильнее всего «{metric}» ({segment}) за {period}: "
        "было {first}, стало {current}.",
    },
    # -- cause
    "cause.source_restated": {
        "en": "the source corrected itself",
        "ru": "источник поправил сам себя",
    },
    "cause.known_records_changed": {
        "en": "orders or spend known then have changed",
        "ru": "изменились уже известные тогда заказы или расход",
    },
    "cause.cohort_ripened": {"en": "deals closed since", "ru": "с тех пор закрылись сделки"},
    "cause.no_longer_known": {"en": "no longer computed", "ru": "больше не считается"},
    "cause.moved_between_channels": {
        "en": "moved from one channel to another",
        "ru": "перенесено с канала на канал",
    },
    "cause.margin_changed": {"en": "a margin was changed", "ru": "изменили маржу"},
    "cause.late_data": {"en": "late data", "ru": "данные пришли позже"},
    "cause.refund": {"en": "refunds", "ru": "возвраты"},
    "cause.rule_version": {
        "en": "a rule or a setting was changed",
        "ru": "изменили правило или настройку",
    },
    "cause.reload": {"en": "the source was loaded again", "ru": "источник загружен заново"},
    "cause.unknown": {"en": "unknown", "ru": "неизвестна"},
    # -- guards
    "guards.title": {"en": "Is a good figure bent?", "ru": "Нет ли подвоха в хороших цифрах"},
    "guards.what": {
        "en": "Each figure that can be pushed up is watched together with one that should go with "
        "it: the last 28 days against the 28 before.",
        "ru": "За каждой цифрой, которую можно подкрутить, следит другая: последние 28 дней против "
        "28 дней до них.",
    },
    "guards.lies": {
        "en": "when both figures come from the same hands; a change smaller than chance is not "
        "called a change.",
        "ru": "когда обе цифры в одних руках; изменение в пределах случайности изменением не "
        "считается.",
    },
    "guards.guard_falls": {
        "en": "{metric!c} improved ({before} → {now}) while {guard} got worse ({guard_before} → "
        "{guard_now}).",
        "ru": "{metric!c}: стало лучше ({before} → {now}), но {guard} — хуже ({guard_before} → "
        "{guard_now}).",
    },
    "guards.guard_is_flat": {
        "en": "{metric!c} improved ({before} → {now}), and {guard} did not ({guard_before} → "
        "{guard_now}).",
        "ru": "{metric!c}: стало лучше ({before} → {now}), а {guard} — нет ({guard_before} → "
        "{guard_now}).",
    },
    "guards.fine": {
        "en": "No figure improved at the expense of another ({n} {n:pair|pairs} watched).",
        "ru": "Ни одна цифра не выросла за счёт другой (под наблюдением {n} {n:пара|пары|пар}).",
    },
    # -- guard
    "guard.ok": {"en": "in step", "ru": "согласованы"},
    "guard.guard_falls": {"en": "the other got worse", "ru": "вторая хуже"},
    "guard.guard_is_flat": {"en": "the other stood still", "ru": "вторая на месте"},
    # -- question
    "question.conversion_fell": {
        "en": "What changed on the site or in {channel}? Conversion “{name}” fell from {before} to "
        "{now}.",
        "ru": "Что изменилось на сайте или в канале «{channel}»? Конверсия «{name}» упала с "
        "{before} до {now}.",
    },
    "question.conversion_version": {
        "en": "Who changed the rule of the goal “{name}” on {day}, and what would the figure be by "
        "the old rule?",
        "ru": "Кто изменил правило цели «{name}» {day} и какой была бы цифра по старому правилу?",
    },
    "question.spike": {
        "en": "What brought {extra} extra {extra:visit|visits} to {channel} ({period}), and who "
        "paid for them?",
        "ru": "Откуда в канале «{channel}» {extra:взялся|взялись|взялось} {extra} "
        "{extra:лишний визит|лишних визита|лишних визитов} ({period}) и кто за них заплатил?",
    },
    "question.lost": {
        "en": "Which placements of “{campaign}” ({channel}) bring suspicious visits, are they "
        "switched off, and will {amount} be claimed back?",
        "ru": "Какие площадки кампании «{campaign}» ({channel}) дают подозрительные визиты, "
        "отключены ли они и потребуем ли мы вернуть {amount}?",
    },
    "question.roi_loses": {
        "en": "Why go on spending on {channel} ({spend} in a year), when by every model it "
        "returned less than it cost (ROMI {romi})?",
        "ru": "Зачем продолжать «{channel}» ({spend} за год), если по любой модели канал вернул "
        "меньше, чем стоил (ROMI {romi})?",
    },
    "question.roi_depends": {
        "en": "By one model {channel} returns {low}, by another {high}. What would two weeks with "
        "it switched off in one region show?",
        "ru": "По одной модели «{channel}» даёт {low}, по другой {high}. Что покажут две недели, "
        "если отключить канал в одном регионе?",
    },
    "question.unattributed": {
        "en": "Why does {share} of revenue have no channel? Are the client ids passed to the CRM?",
        "ru": "Почему у {share} выручки нет канала? Передаются ли идентификаторы посетителей "
        "в CRM?",
    },
    "question.funnel": {
        "en": "Why do sales accept fewer of the leads: {now} after {before}?",
        "ru": "Почему отдел продаж принимает всё меньше лидов: {now} после {before}?",
    },
    "question.retention": {
        "en": "Customers of the last three months come back less often ({now} after {before}). "
        "What changed in service, prices or the mix of buyers?",
        "ru": "Покупатели последних трёх месяцев возвращаются реже ({now} после {before}). "
        "Что изменилось в сервисе, ценах или составе покупателей?",
    },
    "question.brand_mode": {
        "en": "Why was wave {wave} asked in another way ({mode}), so that it cannot be compared?",
        "ru": "Почему волну {wave} опрашивали другим способом ({mode}), и сравнить её не с чем?",
    },
    "question.brand_down": {
        "en": "Awareness has fallen to {value}, and this is proven. What stopped?",
        "ru": "Узнаваемость упала до {value}, и это доказано. Что перестали делать?",
    },
    "question.bought": {
        "en": "Where did {n} new followers of {network} come from ({period}), if reach did not "
        "grow?",
        "ru": "Откуда {n:взялся|взялись|взялись} {n} {n:новый подписчик|новых подписчика|новых "
        "подписчиков} ({network}, {period}), если охват не вырос?",
    },
    "question.guard": {
        "en": "Why did {metric} improve ({before} → {now}) without {guard} ({guard_before} → "
        "{guard_now})? {reason}",
        "ru": "Почему {metric} лучше ({before} → {now}), а {guard} нет ({guard_before} → "
        "{guard_now})? {reason}",
    },
    "question.reconciliation": {
        "en": "“{pair}” did not agree on {n} {n:day|days} (last: {day}, {left} against {right}). "
        "What broke: tags, a form, or the export?",
        "ru": "«{pair}»: расхождение {n} {n:день|дня|дней} (последний — {day}, {left} и "
        "{right}). Что сломалось: метки, форма или выгрузка?",
    },
    "question.invoice": {
        "en": "{channel}, {month}: why does the bill say {left} and the ad system {right}?",
        "ru": "{channel}, {month}: почему в счёте {left}, а в кабинете {right}?",
    },
    "question.drift_slower": {
        "en": "Why do deals take longer than before ({lines}): prices, credit, or worse leads?",
        "ru": "Почему сделки закрываются дольше прежнего ({lines}): цены, кредит или лиды хуже?",
    },
    "question.drift_faster": {
        "en": "Why do deals close faster than before ({lines}), and will it last?",
        "ru": "Почему сделки закрываются быстрее прежнего ({lines}) и надолго ли это?",
    },
    "question.restated": {
        "en": "“{metric}” for {period} was {first}, now it is {current}. Which decisions were "
        "taken on the first figure?",
        "ru": "«{metric}» за {period}: показывали {first}, теперь {current}. Какие решения "
        "приняли по первой цифре?",
    },
    "question.restated_of": {
        "en": "“{metric}” of {segment} for {period} was {first}, now it is {current}. Which "
        "decisions were taken on the first figure?",
        "ru": "«{metric}» ({segment}) за {period}: показывали {first}, теперь {current}. Какие "
        "решения приняли по первой цифре?",
    },
    "question.moved": {
        "en": "“{metric}” of {segment} for {period} was {first}, now it is {current}, and other "
        "channels lost as much or gained it. Who changed tags or sources of days gone by, and why?",
        "ru": "«{metric}» ({segment}) за {period}: показывали {first}, теперь {current}, а у "
        "других каналов настолько же убыло или прибыло. Кто и зачем изменил метки или источники "
        "прошлых дней?",
    },
    "question.behind": {
        "en": "{metric!c} stands at {actual} with {expected} expected by now. What is the reason "
        "and what will be different by {end}?",
        "ru": "{metric!c}: сейчас {actual}, а ожидалось {expected}. В чём причина и что "
        "изменится к {end}?",
    },
    "question.behind_plan": {
        "en": "{metric!c} stands at {actual}, the plan is {plan}. What is the reason and what will "
        "be different by {end}?",
        "ru": "{metric!c}: сейчас {actual} при плане {plan}. В чём причина и что изменится к "
        "{end}?",
    },
    "question.changed": {
        "en": "Why was the plan for “{metric}” changed after the period began, from {first} to "
        "{later}?",
        "ru": "Почему план по показателю «{metric}» изменили после начала периода: было {first}, "
        "стало {later}?",
    },
    "question.changed_unknown": {
        "en": "Why was the plan for “{metric}” changed after the period began?",
        "ru": "Почему план по показателю «{metric}» изменили после начала периода?",
    },
    "question.approved_late": {
        "en": "Why was the plan for “{metric}” approved only after the period began?",
        "ru": "Почему план по показателю «{metric}» утвердили уже после начала периода?",
    },
    "question.entered_late": {
        "en": "The plan for “{metric}” is dated before the period, but was first found in the "
        "register on {day}, when the period had begun. When was it written, and who knew of it?",
        "ru": "План по показателю «{metric}» датирован до начала периода, но в реестре впервые "
        "найден {day}, когда период уже шёл. Когда его записали и кто знал о нём раньше?",
    },
    "question.coverage": {
        "en": "“{metric}” rests on poor data (coverage {grade}). What is not connected or not "
        "filled in, and by when will it be?",
        "ru": "Показатель «{metric}» держится на неполных данных (полнота {grade}). Что не "
        "подключено или не заполнено и когда это исправят?",
    },
    "question.late_source": {
        "en": "{source}: nothing since {day}. Who exports it, and when will it arrive?",
        "ru": "{source}: с {day} ничего нет. Кто выгружает и когда данные придут?",
    },
}
