"""Words of the whole page: head, banner, answer, tiles, questions, reference part, columns."""

from __future__ import annotations

MESSAGES: dict[str, dict[str, str]] = {
    # -- page
    "page.title": {"en": "Marketing scorecard", "ru": "Показатели маркетинга"},
    "page.data_through": {
        "en": "Data through {day}",
        "ru": "Данные по {day} включительно",
    },
    "page.zone": {
        "en": "time of {zone}, money in {currency}",
        "ru": "время: {zone}, валюта: {currency}",
    },
    "page.skip": {"en": "Skip to the figures", "ru": "Сразу к цифрам"},
    "page.doors": {"en": "Other pages", "ru": "Другие страницы"},
    "page.table": {"en": "The same in a table", "ru": "То же в таблице"},
    "page.lies": {"en": "When this number lies", "ru": "Когда эта цифра врёт"},
    "page.how": {"en": "How to read it", "ru": "Как читать"},
    "page.run": {"en": "Run {run}", "ru": "Прогон {run}"},
    "page.footer": {
        "en": "Every figure is computed from the published tables; takeaways are written by rules, "
        "not by people. This page holds no scripts and asks nothing of the network.",
        "ru": "Все цифры посчитаны по опубликованным таблицам, выводы сделаны правилами, а не "
        "людьми. На странице нет скриптов, и в сеть она не ходит.",
    },
    "page.unreadable": {
        "en": "These tables come from another release and could not be read: {tables}. Rebuild "
        "the marts to see their sections.",
        "ru": "Эти таблицы от другого выпуска, прочитать их не удалось: {tables}. Пересоберите "
        "витрины, и разделы появятся.",
    },
    # -- unit
    "unit.percentage_points": {"en": "{value} pp", "ru": "{value} п. п."},
    "unit.range": {"en": "{low} to {high}", "ru": "от {low} до {high}"},
    "unit.first_month": {"en": "under a month", "ru": "до месяца"},
    "unit.months": {"en": "{n} {n:month|months}", "ru": "{n} {n:месяц|месяца|месяцев}"},
    # -- list
    "list.more": {"en": "{n} more", "ru": "ещё {n}"},
    # -- banner
    "banner.ok": {
        "en": "All sources are on time and all {n} {n:check|checks} passed.",
        "ru": "Все источники пришли вовремя, все проверки пройдены ({n}).",
    },
    "banner.ok_no_checks": {
        "en": "All sources are on time.",
        "ru": "Все источники пришли вовремя.",
    },
    "banner.nothing": {
        "en": "No data have been loaded yet.",
        "ru": "Данные ещё не загружены.",
    },
    "banner.refused": {
        "en": "New data were refused, this page is old.",
        "ru": "Новые данные не приняты, страница старая.",
    },
    "banner.refused_text": {
        "en": "The run of {refused} published nothing; you are reading the last good data, "
        "through {day}.",
        "ru": "Прогон {refused} ничего не опубликовал; показаны последние хорошие данные, "
        "по {day} включительно.",
    },
    "banner.refused_since": {
        "en": "No run has published anything since {since}, the last try was on {refused}; you are "
        "reading the last good data, through {day}.",
        "ru": "С {since} ни один прогон ничего не опубликовал, последняя попытка — {refused}; "
        "показаны последние хорошие данные, по {day} включительно.",
    },
    "banner.refused_checks": {
        "en": "Why: {n} {n:check that guards|checks that guard} publication failed.",
        "ru": "Почему: не {n:пройдена|пройдены|пройдены} {n} {n:обязательная проверка|обязательные "
        "проверки|обязательных проверок}.",
    },
    "banner.refused_step": {
        "en": "Why: a step of the run failed. {reason!c}",
        "ru": "Почему: шаг прогона завершился ошибкой. {reason!c}",
    },
    "banner.of_step": {"en": "{step}: {words}", "ru": "{step}: {words}"},
    "banner.quoted": {"en": "“{words}”", "ru": "«{words}»"},
    "banner.why": {"en": "Why", "ru": "Почему"},
    "banner.warned": {
        "en": "{n} {n:warning|warnings} of the checks.",
        "ru": "{n} {n:предупреждение|предупреждения|предупреждений} проверок.",
    },
    "banner.care": {"en": "Read with care.", "ru": "Читать с осторожностью."},
    "banner.late": {
        "en": "Late: {source}, last day {day}.",
        "ru": "Опаздывает: {source}, последний день — {day}.",
    },
    "banner.missing": {"en": "No data from {source}.", "ru": "Нет данных из источника: {source}."},
    "banner.with_touches": {"en": "{statement} {touches}", "ru": "{statement} {touches}"},
    "banner.touches": {"en": "Touches: {metrics}.", "ru": "Это влияет на показатели: {metrics}."},
    "banner.see_sources": {"en": "Sources and checks", "ru": "Источники и проверки"},
    "banner.quarantine": {
        "en": "{n} {n:row was|rows were} set aside as unreadable.",
        "ru": "{n} {n:строка отложена|строки отложены|строк отложено} как нечитаемые.",
    },
    # -- headline
    "headline.question": {"en": "Is marketing working?", "ru": "Работает ли маркетинг?"},
    "headline.works": {
        "en": "Yes: {good} of {n} {n:KPI|KPIs} {good:is|are} on plan or above it, none is proven "
        "behind.",
        "ru": "Да: {good} из {n} {n:показателя|показателей|показателей} {good:идёт|идут|идут} по "
        "плану или лучше, доказанных отставаний нет.",
    },
    "headline.partly": {
        "en": "Partly: {good} of {n} {n:KPI|KPIs} {good:is|are} on plan or above it; behind: "
        "{behind}.",
        "ru": "Отчасти: {good} из {n} {n:показателя|показателей|показателей} {good:идёт|идут|идут} "
        "по плану или лучше; {bad:отстаёт|отстают|отстают}: {behind}.",
    },
    "headline.fails": {
        "en": "Not as planned: {bad} of {n} {n:KPI|KPIs} {bad:is|are} behind ({behind}).",
        "ru": "Не так, как задумано: {bad} из {n} {n:показателя|показателей|показателей} "
        "{bad:отстаёт|отстают|отстают} ({behind}).",
    },
    "headline.close": {
        "en": "Too close to call: nothing is proven behind, yet only {good} of {n} {n:KPI|KPIs} "
        "{good:is|are} on plan.",
        "ru": "Пока не ясно: доказанных отставаний нет, но по плану {good:идёт|идут|идут} только "
        "{good} из {n} {n:показателя|показателей|показателей}.",
    },
    "headline.works_of_known": {
        "en": "Yes, as far as can be told: {known} of {n} {n:KPI|KPIs} can be judged, {good} of "
        "them {good:is|are} on plan or above it, none is proven behind.",
        "ru": "Да, насколько можно судить: вывод возможен по {known} из {n} "
        "{n:показателя|показателей|показателей}, из них по плану или лучше "
        "{good:идёт|идут|идут} {good}, доказанных отставаний нет.",
    },
    "headline.partly_of_known": {
        "en": "Partly: {known} of {n} {n:KPI|KPIs} can be judged, {good} of them {good:is|are} on "
        "plan or above it; behind: {behind}.",
        "ru": "Отчасти: вывод возможен по {known} из {n} "
        "{n:показателя|показателей|показателей}, из них по плану или лучше "
        "{good:идёт|идут|идут} {good}; {bad:отстаёт|отстают|отстают}: {behind}.",
    },
    "headline.fails_of_known": {
        "en": "Not as planned: {known} of {n} {n:KPI|KPIs} can be judged, {bad} of them "
        "{bad:is|are} behind ({behind}).",
        "ru": "Не так, как задумано: вывод возможен по {known} из {n} "
        "{n:показателя|показателей|показателей}, из них {bad:отстаёт|отстают|отстают} {bad} "
        "({behind}).",
    },
    "headline.close_of_known": {
        "en": "Too close to call: {known} of {n} {n:KPI|KPIs} can be judged, {good} of them "
        "{good:is|are} on plan, none is proven behind.",
        "ru": "Пока не ясно: вывод возможен по {known} из {n} "
        "{n:показателя|показателей|показателей}, из них по плану {good:идёт|идут|идут} {good}, "
        "доказанных отставаний нет.",
    },
    "headline.mostly_unknown": {
        "en": "Mostly unknown: only {known} of {n} {n:KPI|KPIs} can be judged; on plan or above "
        "it: {good}, none is proven behind.",
        "ru": "По большей части неизвестно: вывод возможен только по {known} из {n} "
        "{n:показателя|показателей|показателей}; по плану или лучше: {good}, доказанных "
        "отставаний нет.",
    },
    "headline.unknown": {
        "en": "Cannot tell: there is not enough data for a verdict on any of the {n} {n:KPI|KPIs}.",
        "ru": "Сказать нельзя: данных не хватает для вывода ни по одному из {n} "
        "{n:показателя|показателей|показателей}.",
    },
    "headline.early": {
        "en": "Too early to tell: the figures of all {n} {n:KPI|KPIs} may still change.",
        "ru": "Судить рано: {n:цифра|цифры|цифры} по {n} {n:показателю|показателям|показателям} "
        "ещё не {n:устоялась|устоялись|устоялись}.",
    },
    "headline.no_data": {
        "en": "Nothing can be said yet: no data have been loaded. Put export files into "
        "exports/<source>/ and run again.",
        "ru": "Сказать пока нечего: данные ещё не загружены. Положите выгрузки в "
        "exports/<источник>/ и запустите снова.",
    },
    "headline.no_targets": {
        "en": "No plan is in force, so there is nothing to judge by: the page shows what happened.",
        "ru": "Действующего плана нет, судить не по чему: страница показывает, что происходит.",
    },
    "headline.money_pays": {
        "en": "Advertising pays: each {one} spent in months old enough to judge brought back "
        "{back} after the goods were paid for (ROMI {romi}), and with bad luck still {low}.",
        "ru": "Реклама окупается: каждый {one}, потраченный в месяцы, о которых уже можно судить, "
        "вернул {back} после оплаты товара (ROMI {romi}), а при невезении — {low}.",
    },
    "headline.money_loses": {
        "en": "Advertising does not pay: each {one} spent in months old enough to judge brought "
        "back {back} after the goods were paid for (ROMI {romi}), and with good luck no more than "
        "{high}.",
        "ru": "Реклама не окупается: каждый {one}, потраченный в месяцы, о которых уже можно "
        "судить, вернул {back} после оплаты товара (ROMI {romi}), а при везении — не больше "
        "{high}.",
    },
    "headline.money_close": {
        "en": "Whether advertising pays is not proven: each {one} spent in months old enough to "
        "judge brought back {back} after the goods were paid for (ROMI {romi}), but luck alone "
        "could make it anything from {low} to {high}.",
        "ru": "Окупается ли реклама, не доказано: каждый {one}, потраченный в месяцы, о которых "
        "уже можно судить, вернул {back} после оплаты товара (ROMI {romi}), но случайность "
        "допускает от {low} до {high}.",
    },
    "headline.money_thin": {
        "en": "Whether advertising pays cannot be said: too little of the revenue is traced to "
        "channels.",
        "ru": "Окупается ли реклама, сказать нельзя: слишком мало выручки привязано к каналам.",
    },
    "headline.money_full": {
        "en": "With the salaries and agencies of the paid channels counted it is {back} (ROMI "
        "{full}).",
        "ru": "С учётом зарплат и агентств платных каналов — {back} (ROMI {full}).",
    },
    "headline.money_media_only": {
        "en": "Salaries, agencies and other costs are not counted: the register of costs has none.",
        "ru": "Зарплаты, агентства и прочие затраты не учтены: в реестре затрат их нет.",
    },
    "headline.repeat": {
        "en": "{rate} of customers come back within 90 days, the average order is {aov}.",
        "ru": "{rate} покупателей возвращаются в течение 90 дней, средний чек — {aov}.",
    },
    # -- tiles
    "tiles.title": {"en": "KPIs against plan", "ru": "Показатели и план"},
    "tiles.title_no_plan": {"en": "KPIs", "ru": "Показатели"},
    "tiles.legend_no_plan": {
        "en": "The last complete month; thin line: the last 12 complete months.",
        "ru": "Последний полный месяц; тонкая линия — последние 12 полных месяцев.",
    },
    "tiles.more": {"en": "Other targets", "ru": "Остальные цели"},
    "tiles.legend": {
        "en": "Thin line: the last 12 complete months. Bar: the figure so far; thick mark: plan; "
        "dotted mark: expected by now; thin black line: 95% interval. Coverage: A full to D poor.",
        "ru": "Тонкая линия — последние 12 полных месяцев. Полоса — цифра на сегодня, жирная "
        "черта — план, пунктирная — сколько ожидалось к этому дню, тонкая чёрная линия — интервал "
        "95 %. Полнота данных: от A (полная) до D (плохая).",
    },
    "tiles.none": {
        "en": "No targets yet. Write them into registers/targets.csv: metric, period, value, who "
        "proposed and who approved.",
        "ru": "Целей пока нет. Впишите их в registers/targets.csv: показатель, период, значение, "
        "кто предложил и кто утвердил.",
    },
    # -- tile
    "tile.plan": {"en": "Plan for the period", "ru": "План на период"},
    "tile.limit": {"en": "Limit for the period", "ru": "Предел на период"},
    "tile.expected": {"en": "Expected by now", "ru": "Ожидалось сейчас"},
    "tile.interval": {"en": "95% interval", "ru": "Интервал 95 %"},
    "tile.forecast": {"en": "At this pace", "ru": "При таком темпе"},
    "tile.coverage": {
        "en": "Data coverage {grade}, {words}",
        "ru": "Полнота данных {grade}, {words}",
    },
    "tile.provisional_short": {"en": "{share} provisional", "ru": "{share} предварительно"},
    "tile.no_plan": {"en": "No plan, for information", "ru": "Без плана, для сведения"},
    "tile.provisional": {
        "en": "Provisional: {share} of the figure may still change",
        "ru": "Предварительно: {share} значения ещё может измениться",
    },
    "tile.changed": {
        "en": "Plan changed after the start, now {value}; judged by the first one",
        "ru": "План изменён после начала, сейчас {value}; судим по первому",
    },
    "tile.changed_unknown": {
        "en": "Plan changed after the start; judged by the first one",
        "ru": "План изменён после начала; судим по первому",
    },
    "tile.not_approved": {
        "en": "The plan was approved after the period began",
        "ru": "План утверждён уже после начала периода",
    },
    "tile.entered_late": {
        "en": "Not agreed in advance: the plan was first found in the register on {day}, when the "
        "period had begun",
        "ru": "Не согласован заранее: план впервые найден в реестре {day}, когда период уже шёл",
    },
    "tile.missing_days": {
        "en": "The month is not whole: no data for {n} {n:day|days} of it",
        "ru": "Месяц неполный: нет данных за {n} {n:день|дня|дней}",
    },
    "tile.same_person": {
        "en": "Proposed and approved by the same person",
        "ru": "План предложил и утвердил один и тот же человек",
    },
    "tile.already_there": {
        "en": "The plan asks for no more than there already was",
        "ru": "План просит не больше того, что уже было",
    },
    "tile.not_detectable": {
        "en": "So small a change cannot be proven in this period",
        "ru": "Такое малое изменение за этот период не доказать",
    },
    "tile.beyond_twice_best": {
        "en": "The plan asks for more than twice the best change of the past",
        "ru": "Нужное изменение больше чем вдвое превышает лучшее в прошлом",
    },
    "tile.no_goal": {
        "en": "The plan serves no goal of the register of goals",
        "ru": "План не привязан к цели из реестра целей",
    },
    "tile.other_direction": {
        "en": "The plan calls it a success when this KPI gets worse",
        "ru": "Успехом план называет ухудшение этого показателя",
    },
    "tile.segment": {"en": "{metric}: {segment}", "ru": "{metric}: {segment}"},
    "tile.no_value": {"en": "no figure", "ru": "нет цифры"},
    "tile.because": {"en": "Why: {reason}", "ru": "Почему: {reason}"},
    "tile.ended": {"en": "ended", "ru": "период закончился"},
    # -- grade
    "grade.A": {"en": "full", "ru": "полная"},
    "grade.B": {"en": "good", "ru": "хорошая"},
    "grade.C": {"en": "partial", "ru": "частичная"},
    "grade.D": {"en": "poor", "ru": "плохая"},
    # -- verdict
    "verdict.reached": {"en": "Plan reached", "ru": "План выполнен"},
    "verdict.on_pace": {"en": "On plan so far", "ru": "Пока идёт по плану"},
    "verdict.ahead": {"en": "Ahead of plan", "ru": "Опережает план"},
    "verdict.behind_within_noise": {
        "en": "Behind, within noise",
        "ru": "Отстаёт в пределах случайности",
    },
    "verdict.behind": {"en": "Behind plan", "ru": "Отстаёт от плана"},
    "verdict.cannot_tell": {"en": "Cannot tell yet", "ru": "Сказать нельзя"},
    # -- limit
    "limit.reached": {"en": "Within the limit", "ru": "В пределах нормы"},
    "limit.ahead": {"en": "Within the limit", "ru": "В пределах нормы"},
    "limit.behind_within_noise": {
        "en": "Over the limit, within noise",
        "ru": "Выше предела в рамках случайности",
    },
    "limit.behind": {"en": "Over the limit", "ru": "Выше предела"},
    "limit.cannot_tell": {"en": "Cannot tell yet", "ru": "Сказать нельзя"},
    # -- reason
    "reason.no_spend": {"en": "no spend", "ru": "расходов не было"},
    "reason.no_visits": {"en": "no visits", "ru": "визитов не было"},
    "reason.no_clicks": {"en": "no clicks", "ru": "кликов не было"},
    "reason.no_client_ids": {
        "en": "the records carry no browser ids",
        "ru": "в записях нет идентификаторов браузера",
    },
    "reason.no_records": {
        "en": "the CRM and the shop do not tell of all of it",
        "ru": "CRM и магазин рассказывают не обо всём этом времени",
    },
    "reason.no_leads": {"en": "no leads", "ru": "лидов не было"},
    "reason.no_orders": {"en": "no orders", "ru": "заказов не было"},
    "reason.no_revenue": {"en": "no revenue", "ru": "выручки не было"},
    "reason.no_customers": {"en": "no customers", "ru": "покупателей не было"},
    "reason.no_data": {"en": "no data", "ru": "данных нет"},
    "reason.no_margin": {"en": "the margin is unknown", "ru": "маржа не указана"},
    "reason.not_mature": {
        "en": "the leads are too young to judge",
        "ru": "лиды слишком свежие, рано судить",
    },
    "reason.incomplete_period": {
        "en": "the period is not over",
        "ru": "период ещё не закончился",
    },
    "reason.missing_rate": {"en": "an exchange rate is missing", "ru": "нет курса валюты"},
    "reason.insufficient_history": {
        "en": "the history is too short",
        "ru": "слишком короткая история",
    },
    "reason.not_enough_data": {"en": "not enough data", "ru": "данных мало"},
    "reason.one_order": {
        "en": "a single order decides the figure",
        "ru": "всё решает один заказ",
    },
    "reason.inside_interval": {
        "en": "the plan lies inside the interval",
        "ru": "план лежит внутри интервала",
    },
    "reason.low_coverage": {
        "en": "the data are too incomplete",
        "ru": "данные слишком неполные",
    },
    "reason.within_noise": {
        "en": "the difference is within chance",
        "ru": "разница в пределах случайности",
    },
    "reason.no_new_customers": {"en": "no new customers", "ru": "новых покупателей не было"},
    "reason.not_paid_back": {"en": "not paid back yet", "ru": "ещё не окупилось"},
    "reason.no_period": {
        "en": "its period ends before it begins",
        "ru": "период кончается раньше, чем начинается",
    },
    "reason.other_currency": {
        "en": "the plan is in another currency",
        "ru": "план задан в другой валюте",
    },
    "reason.impossible_target": {
        "en": "a share cannot be so; twelve percent are written 0.12 or 12%",
        "ru": "доля такой не бывает; двенадцать процентов пишут 0,12 или 12 %",
    },
    "reason.missing_days": {
        "en": "days of the data are missing, and they alone may make the difference",
        "ru": "за часть дней данных нет, и вся разница может быть в них",
    },
    "reason.not_started": {"en": "the period has not begun", "ru": "период не начался"},
    "reason.not_comparable": {
        "en": "the survey was taken in another way than before the period, and the answers do "
        "not compare",
        "ru": "опрос провели иначе, чем до начала периода, и ответы не сравнить",
    },
    "reason.no_baseline": {
        "en": "the starting level is unknown",
        "ru": "не указан исходный уровень",
    },
    "reason.unknown_metric": {"en": "unknown KPI", "ru": "неизвестный показатель"},
    "reason.no_range": {"en": "the interval is unknown", "ru": "интервал посчитать нельзя"},
    "reason.no_denominator": {"en": "nothing to divide by", "ru": "делить не на что"},
    # -- sad
    "sad.no_recent": {
        "en": "Nothing in the last {days} days: the last source may have stopped.",
        "ru": "За последние {days} {days:день|дня|дней} ничего нет: возможно, источник "
        "остановился.",
    },
    "sad.not_enough": {
        "en": "Not enough data for a picture yet.",
        "ru": "Данных пока мало, показывать нечего.",
    },
    "sad.provisional": {
        "en": "Everything here is provisional: the sources may still change these days.",
        "ru": "Здесь всё предварительно: источники ещё могут поправить эти дни.",
    },
    "sad.unreadable": {
        "en": "This section could not be read: its table comes from another release.",
        "ru": "Раздел прочитать не удалось: таблица от другого выпуска.",
    },
    # -- missing
    "missing.title": {"en": "Not measured yet", "ru": "Пока не измеряется"},
    "missing.what": {
        "en": "No connected source brings these figures.",
        "ru": "Подключённые источники этих цифр не дают.",
    },
    "missing.conversion": {
        "en": "Needs single visits and goals: the logs of a counter or an export of visits; sums "
        "by day are not enough.",
        "ru": "Нужны отдельные визиты и цели: логи счётчика или выгрузка визитов; сумм по дням "
        "мало.",
    },
    "missing.traffic": {
        "en": "Needs single visits: the logs of a counter or an export of visits; sums by day are "
        "not enough.",
        "ru": "Нужны отдельные визиты: логи счётчика или выгрузка визитов; сумм по дням мало.",
    },
    "missing.roi": {
        "en": "Needs ad spend, orders and margins.",
        "ru": "Нужны расходы на рекламу, заказы и маржа.",
    },
    "missing.cohorts": {
        "en": "Needs ad spend, leads with their dates and orders.",
        "ru": "Нужны расходы на рекламу, лиды с датами и заказы.",
    },
    "missing.funnel": {
        "en": "Needs leads: the CRM or an export of leads.",
        "ru": "Нужны лиды: CRM или выгрузка лидов.",
    },
    "missing.retention": {
        "en": "Needs orders with a customer id.",
        "ru": "Нужны заказы с номером покупателя.",
    },
    "missing.customers": {
        "en": "Needs orders with a customer id.",
        "ru": "Нужны заказы с номером покупателя.",
    },
    "missing.brand": {
        "en": "Needs a survey wave; only if awareness is a goal of yours.",
        "ru": "Нужна волна опроса; только если узнаваемость — ваша цель.",
    },
    "missing.audience": {
        "en": "Needs daily follower counts of your channels.",
        "ru": "Нужно ежедневное число подписчиков ваших каналов.",
    },
    "missing.reconciliation": {
        "en": "Needs two sources that count the same thing.",
        "ru": "Нужны два источника, считающие одно и то же.",
    },
    "missing.restatements": {
        "en": "Begins with the second published report.",
        "ru": "Появится со второго опубликованного отчёта.",
    },
    "missing.guards": {
        "en": "Needs 56 days of two figures that should go together.",
        "ru": "Нужны 56 дней по двум цифрам, которые должны идти вместе.",
    },
    # -- questions
    "questions.title": {"en": "Ask your marketer this", "ru": "Спросите маркетолога"},
    "questions.what": {
        "en": "Made by rule from what was found above, the most pressing first.",
        "ru": "Вопросы составлены правилами по найденному выше, сначала самые важные.",
    },
    "questions.none": {
        "en": "Nothing above calls for a question.",
        "ru": "Ничто выше не требует вопросов.",
    },
    "questions.count": {
        "en": "{n} {n:question|questions} to ask",
        "ru": "{n} {n:вопрос|вопроса|вопросов} к маркетологу",
    },
    # -- definitions
    "definitions.title": {"en": "How each KPI is counted", "ru": "Как считается каждый показатель"},
    "definitions.what": {
        "en": "Formula, who can move the source, and when the number misleads.",
        "ru": "Формула, кто управляет источником и когда цифра обманывает.",
    },
    "definitions.formula": {"en": "Formula", "ru": "Формула"},
    "definitions.controlled": {"en": "Source controlled by", "ru": "Источником управляет"},
    "definitions.decision": {"en": "Serves the decision", "ru": "Для какого решения"},
    "definitions.sources": {"en": "From", "ru": "Откуда"},
    "definitions.source": {
        "en": "{source} (through {day})",
        "ru": "{source} (по {day})",
    },
    "definitions.published": {
        "en": "Loaded and checked by {time}.",
        "ru": "Загружено и проверено к {time}.",
    },
    "definitions.link": {"en": "How it is counted", "ru": "Как это считается"},
    "definitions.lies": {"en": "Lies when", "ru": "Врёт, когда"},
    # -- sources
    "sources.title": {"en": "Sources and checks", "ru": "Источники и проверки"},
    "sources.what": {
        "en": "What was loaded, how fresh it is, and what the checks found.",
        "ru": "Что загружено, насколько свежо и что нашли проверки.",
    },
    "sources.checks": {"en": "Checks", "ru": "Проверки"},
    "sources.fine": {
        "en": "{n} of {total} {total:table|tables} {n:is|are} on time.",
        "ru": "{n} из {total} {total:таблицы|таблиц|таблиц} {n:пришла|пришли|пришли} вовремя.",
    },
    "sources.checks_found": {
        "en": "{passed} of {total} checks passed.",
        "ru": "Пройдено проверок: {passed} из {total}.",
    },
    "sources.tables": {"en": "Each table of the sources", "ru": "Каждая таблица источников"},
    "sources.passed": {"en": "Passed checks ({n})", "ru": "Пройденные проверки ({n})"},
    "sources.silent": {
        "en": "And {n} {n:test|tests} of table structure: keys, required values, allowed codes.",
        "ru": "И {n} {n:проверка|проверки|проверок} устройства таблиц: ключи, обязательные "
        "значения, допустимые коды.",
    },
    "sources.no_checks": {"en": "No checks were run.", "ru": "Проверки не запускались."},
    # -- subject
    "subject.web_analytics": {"en": "Site traffic", "ru": "Трафик сайта"},
    "subject.ad_spend": {"en": "Ad spend", "ru": "Расход на рекламу"},
    "subject.crm": {"en": "CRM and orders", "ru": "CRM и заказы"},
    "subject.social": {"en": "Social networks", "ru": "Соцсети"},
    "subject.surveys": {"en": "Surveys", "ru": "Опросы"},
    "subject.registers": {"en": "Registers", "ru": "Реестры"},
    "subject.marts": {"en": "Totals", "ru": "Итоги"},
    "subject.dbt": {"en": "Table structure", "ru": "Устройство таблиц"},
    # -- freshness
    "freshness.ok": {"en": "on time", "ru": "вовремя"},
    "freshness.late": {"en": "late", "ru": "опаздывает"},
    "freshness.missing": {"en": "missing", "ru": "нет данных"},
    # -- check
    "check.passed": {"en": "passed", "ru": "пройдена"},
    "check.warning": {"en": "warning", "ru": "предупреждение"},
    "check.blocking": {"en": "failed, blocks", "ru": "не пройдена, блокирует"},
    "check.rows": {"en": "{n} {n:row|rows}", "ru": "{n} {n:строка|строки|строк}"},
    # -- door
    "door.files": {"en": "files", "ru": "файлы"},
    "door.api": {"en": "API", "ru": "API"},
    # -- column
    "column.guard": {"en": "Watched by", "ru": "Следит"},
    "column.reason": {"en": "What may be behind it", "ru": "Что может стоять за этим"},
    "column.repeated": {"en": "Repeated", "ru": "Повторы"},
    "column.channel": {"en": "Channel", "ru": "Канал"},
    "column.campaign": {"en": "Campaign", "ru": "Кампания"},
    "column.contractor": {"en": "Contractor", "ru": "Подрядчик"},
    "column.cost_all": {"en": "A visit costs: all", "ru": "Цена визита: все"},
    "column.cost_valid": {"en": "without bots", "ru": "без ботов"},
    "column.cost_strict": {"en": "beyond doubt", "ru": "без сомнений"},
    "column.rate_all": {"en": "Reach a goal: all", "ru": "Достигли цели: все"},
    "column.rate_valid": {"en": "valid visits", "ru": "живые визиты"},
    "column.rate_strict": {"en": "beyond any doubt", "ru": "вне сомнений"},
    "column.chance": {"en": "With chance (95%)", "ru": "Со случайностью (95 %)"},
    "column.lead_month": {"en": "Lead month", "ru": "Месяц лидов"},
    "column.product_line": {"en": "Line", "ru": "Направление"},
    "column.projected_in": {"en": "Projected in", "ru": "Прогноз сделан"},
    "column.revenue_then": {"en": "In by then", "ru": "Было тогда"},
    "column.came": {"en": "Came", "ru": "Вышло"},
    "column.error": {"en": "Error", "ru": "Ошибка"},
    "column.growth_ratio": {"en": "Growth to expected", "ru": "Прирост к ожидаемому"},
    "column.first_visit": {"en": "First visit", "ru": "Первый визит"},
    "column.browsers": {"en": "Browsers", "ru": "Браузеров"},
    "column.since": {"en": "Since", "ru": "С какого дня"},
    "column.first_seen": {"en": "Noticed on", "ru": "Замечено"},
    "column.visits": {"en": "Visits", "ru": "Визиты"},
    "column.valid_visits": {"en": "Valid visits", "ru": "Живые визиты"},
    "column.converted": {"en": "Converted", "ru": "С целью"},
    "column.conversion": {"en": "Conversion", "ru": "Конверсия"},
    "column.before": {
        "en": "{days} days before",
        "ru": "{days} {days:день|дня|дней} до этого",
    },
    "column.invoice": {"en": "Bill", "ru": "Счёт"},
    "column.reported_spend": {"en": "Spend in the system", "ru": "Расход в кабинете"},
    "column.change": {"en": "Change", "ru": "Изменение"},
    "column.interval": {"en": "95% interval", "ru": "Интервал 95 %"},
    "column.suspicious": {"en": "Suspicious", "ru": "Подозрительные"},
    "column.suspicious_share": {"en": "Suspicious share", "ru": "Доля подозрительных"},
    "column.off_audience": {"en": "Off-audience", "ru": "Не ваша аудитория"},
    "column.spend": {"en": "Spend", "ru": "Расход"},
    "column.lost": {"en": "Spent on them", "ru": "Ушло на них"},
    "column.day": {"en": "Day", "ru": "День"},
    "column.expected": {"en": "Expected", "ru": "Ожидалось"},
    "column.verdict": {"en": "Verdict", "ru": "Вывод"},
    "column.revenue": {"en": "Revenue", "ru": "Выручка"},
    "column.contribution": {"en": "Contribution", "ru": "Марж. прибыль"},
    "column.romi": {"en": "ROMI", "ru": "ROMI"},
    "column.romi_full": {"en": "Full-cost ROMI", "ru": "Полный ROMI"},
    "column.romi_mature": {"en": "ROMI, mature months", "ru": "ROMI дозревших месяцев"},
    "column.range": {"en": "Over the models", "ru": "По моделям"},
    "column.romi_to_date": {"en": "ROMI to date", "ru": "ROMI на сегодня"},
    "column.month": {"en": "Month", "ru": "Месяц"},
    "column.leads": {"en": "Leads", "ru": "Лиды"},
    "column.qualified": {"en": "Qualified", "ru": "Целевые"},
    "column.orders": {"en": "Orders", "ru": "Заказы"},
    "column.new_customers": {"en": "New customers", "ru": "Новые покупатели"},
    "column.visit_to_lead": {"en": "Visit to lead", "ru": "Из визита в лид"},
    "column.maturity": {"en": "Deals already in", "ru": "Сделок уже закрыто"},
    "column.projection": {"en": "Projection", "ru": "Прогноз"},
    "column.cohort": {"en": "First purchase", "ru": "Первая покупка"},
    "column.size": {"en": "Customers", "ru": "Покупателей"},
    "column.wave": {"en": "Wave", "ru": "Волна"},
    "column.mode": {"en": "How asked", "ru": "Способ"},
    "column.vendor": {"en": "By whom", "ru": "Кто проводил"},
    "column.answers": {"en": "Answers", "ru": "Ответов"},
    "column.network": {"en": "Network", "ru": "Сеть"},
    "column.followers": {"en": "Followers", "ru": "Подписчики"},
    "column.joined": {"en": "Joined, 28 days", "ru": "Вступили за 28 дней"},
    "column.left": {"en": "Left, 28 days", "ru": "Ушли за 28 дней"},
    "column.reach_rate": {"en": "Reach per follower", "ru": "Охват на подписчика"},
    "column.pair": {"en": "Pair", "ru": "Пара"},
    "column.first_side": {"en": "First", "ru": "Первое"},
    "column.second_side": {"en": "Second", "ru": "Второе"},
    "column.ratio": {"en": "Ratio", "ru": "Отношение"},
    "column.warn_days": {"en": "Days out of line", "ru": "Дней с расхождением"},
    "column.metric": {"en": "KPI", "ru": "Показатель"},
    "column.segment": {"en": "Segment", "ru": "Сегмент"},
    "column.period": {"en": "Period", "ru": "Период"},
    "column.first_value": {"en": "First shown", "ru": "Показали сначала"},
    "column.current_value": {"en": "Now", "ru": "Теперь"},
    "column.cause": {"en": "Cause", "ru": "Причина"},
    "column.source": {"en": "Source", "ru": "Источник"},
    "column.table": {"en": "Table", "ru": "Таблица"},
    "column.door": {"en": "Comes by", "ru": "Откуда"},
    "column.rows": {"en": "Rows", "ru": "Строк"},
    "column.quarantined": {"en": "Set aside", "ru": "Отложено"},
    "column.last_day": {"en": "Last day", "ru": "Последний день"},
    "column.missing_days": {"en": "Missing days", "ru": "Пропущено дней"},
    "column.state": {"en": "State", "ru": "Состояние"},
    "column.check": {"en": "Check", "ru": "Проверка"},
    "column.subject": {"en": "Subject", "ru": "Что проверяли"},
    "column.result": {"en": "Result", "ru": "Итог"},
    "column.failed_rows": {"en": "Rows at fault", "ru": "Строк с ошибкой"},
    "column.plan": {"en": "Plan", "ru": "План"},
    "column.actual": {"en": "Actual", "ru": "Факт"},
    "column.expected_now": {"en": "Expected by now", "ru": "Ожидалось к этому дню"},
    "column.coverage": {"en": "Coverage", "ru": "Полнота"},
}
