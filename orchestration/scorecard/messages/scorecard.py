"""Words of the scorecard, and names of things that both pages show."""

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
    "unit.percentage_points": {"en": "{value} pp", "ru": "{value} п. п."},
    "unit.range": {"en": "{low} to {high}", "ru": "от {low} до {high}"},
    "unit.first_month": {"en": "under a month", "ru": "до месяца"},
    "unit.months": {"en": "{n} {n:month|months}", "ru": "{n} {n:месяц|месяца|месяцев}"},
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
        "en": "Why: a step of the run failed. {reason}",
        "ru": "Почему: шаг прогона завершился ошибкой. {reason}",
    },
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
    "headline.unknown": {
        "en": "Cannot tell: there is not enough data for a verdict on any of the {n} {n:KPI|KPIs}.",
        "ru": "Сказать нельзя: данных не хватает для вывода ни по одному из {n} "
        "{n:показателя|показателей|показателей}.",
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
        "en": "Advertising pays: leads old enough to judge brought back their cost and {surplus} "
        "on top.",
        "ru": "Реклама окупается: лиды, о которых уже можно судить, вернули свою цену и ещё "
        "{surplus} сверху.",
    },
    "headline.money_loses": {
        "en": "Advertising does not pay: leads old enough to judge returned less than they cost "
        "(ROMI {romi}).",
        "ru": "Реклама не окупается: лиды, о которых уже можно судить, вернули меньше, чем стоили "
        "(ROMI {romi}).",
    },
    "headline.money_close": {
        "en": "Whether advertising pays is not proven: leads old enough to judge returned {romi}, "
        "and chance alone allows for {low} to {high}.",
        "ru": "Окупается ли реклама, не доказано: лиды, о которых уже можно судить, вернули "
        "{romi}, но случайность допускает от {low} до {high}.",
    },
    "headline.money_thin": {
        "en": "Whether advertising pays cannot be said: too little of the revenue is traced to "
        "channels.",
        "ru": "Окупается ли реклама, сказать нельзя: слишком мало выручки привязано к каналам.",
    },
    "headline.money_full": {
        "en": "With salaries and agencies counted: {full}.",
        "ru": "С учётом зарплат и агентств: {full}.",
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
    "tile.same_person": {
        "en": "Proposed and approved by the same person",
        "ru": "План предложил и утвердил один и тот же человек",
    },
    "tile.already_there": {
        "en": "The plan asks for no more than there already was",
        "ru": "План не выше того, что уже было",
    },
    "tile.not_detectable": {
        "en": "So small a change cannot be proven in this period",
        "ru": "Такое малое изменение за этот период не доказать",
    },
    "tile.beyond_twice_best": {
        "en": "The plan asks for twice the best change of the past",
        "ru": "План вдвое выше лучшего изменения в прошлом",
    },
    "tile.no_goal": {
        "en": "The plan serves no goal of the register of goals",
        "ru": "План не привязан к цели из реестра целей",
    },
    "tile.segment": {"en": "{metric}: {segment}", "ru": "{metric}: {segment}"},
    "tile.no_value": {"en": "no figure", "ru": "нет цифры"},
    "tile.because": {"en": "Why: {reason}", "ru": "Почему: {reason}"},
    "tile.ended": {"en": "ended", "ru": "период закончился"},
    "grade.A": {"en": "full", "ru": "полная"},
    "grade.B": {"en": "good", "ru": "хорошая"},
    "grade.C": {"en": "partial", "ru": "частичная"},
    "grade.D": {"en": "poor", "ru": "плохая"},
    "verdict.reached": {"en": "Plan reached", "ru": "План выполнен"},
    "verdict.ahead": {"en": "Ahead of plan", "ru": "Опережает план"},
    "verdict.behind_within_noise": {
        "en": "Behind, within noise",
        "ru": "Отстаёт в пределах случайности",
    },
    "verdict.behind": {"en": "Behind plan", "ru": "Отстаёт от плана"},
    "verdict.cannot_tell": {"en": "Cannot tell yet", "ru": "Сказать нельзя"},
    "limit.reached": {"en": "Within the limit", "ru": "В пределах нормы"},
    "limit.ahead": {"en": "Within the limit", "ru": "В пределах нормы"},
    "limit.behind_within_noise": {
        "en": "Over the limit, within noise",
        "ru": "Выше предела в рамках случайности",
    },
    "limit.behind": {"en": "Over the limit", "ru": "Выше предела"},
    "limit.cannot_tell": {"en": "Cannot tell yet", "ru": "Сказать нельзя"},
    # -- reasons of absent numbers
    "reason.no_spend": {"en": "no spend", "ru": "расходов не было"},
    "reason.no_visits": {"en": "no visits", "ru": "визитов не было"},
    "reason.no_clicks": {"en": "no clicks", "ru": "кликов не было"},
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
    "reason.inside_interval": {
        "en": "the plan lies inside the interval",
        "ru": "план лежит внутри интервала",
    },
    "reason.low_coverage": {
        "en": "too little of the data is covered",
        "ru": "слишком мало данных связано между собой",
    },
    "reason.within_noise": {
        "en": "the difference is within chance",
        "ru": "разница в пределах случайности",
    },
    "reason.no_new_customers": {"en": "no new customers", "ru": "новых покупателей не было"},
    "reason.not_paid_back": {"en": "not paid back yet", "ru": "ещё не окупилось"},
    "reason.not_started": {"en": "the period has not begun", "ru": "период не начался"},
    "reason.no_baseline": {
        "en": "the starting level is unknown",
        "ru": "не указан исходный уровень",
    },
    "reason.unknown_metric": {"en": "unknown KPI", "ru": "неизвестный показатель"},
    "reason.no_range": {"en": "the interval is unknown", "ru": "интервал посчитать нельзя"},
    "reason.no_denominator": {"en": "nothing to divide by", "ru": "делить не на что"},
    # -- sad states
    "sad.no_recent": {
        "en": "Nothing in the last {days} days: the last source may have stopped.",
        "ru": "За последние {days} дней ничего нет: возможно, источник остановился.",
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
    "missing.title": {"en": "Not measured yet", "ru": "Пока не измеряется"},
    "missing.what": {
        "en": "No connected source brings these figures.",
        "ru": "Подключённые источники этих цифр не дают.",
    },
    "missing.conversion": {
        "en": "Needs visits and goals: the counter or an export of visits.",
        "ru": "Нужны визиты и цели: счётчик или выгрузка визитов.",
    },
    "missing.traffic": {
        "en": "Needs visits: the counter or an export of visits.",
        "ru": "Нужны визиты: счётчик или выгрузка визитов.",
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
        "en": "{channel} ({now} of {plan})",
        "ru": "{channel} ({now} при плане {plan})",
    },
    "conversion.key_plan": {"en": "the channel's own target", "ru": "собственный план канала"},
    "conversion.no_plans": {
        "en": "No channel has a target of its own, so each is compared with itself. Targets by "
        "channel go into registers/targets.csv.",
        "ru": "Собственных планов у каналов нет, поэтому каждый сравнивается сам с собой. Планы по "
        "каналам вписываются в registers/targets.csv.",
    },
    "question.conversion_behind": {
        "en": "Conversion “{name}” of {channel} is {now} with {plan} planned. What holds it back?",
        "ru": "Конверсия «{name}» в канале «{channel}» — {now} при плане {plan}. Что мешает?",
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
    "traffic.lies": {
        "en": "when a tag is new, doubled or missing. The money lost is an estimate: spend times "
        "the share of suspicious visits.",
        "ru": "когда счётчик новый, стоит дважды или пропал. Потерянные деньги — оценка: расход, "
        "умноженный на долю подозрительных визитов.",
    },
    "traffic.valid": {"en": "valid", "ru": "живые"},
    "traffic.off_audience": {"en": "off-audience", "ru": "не ваша аудитория"},
    "traffic.suspicious": {"en": "suspicious", "ru": "подозрительные"},
    "traffic.band": {"en": "expected band", "ru": "ожидаемые границы"},
    "traffic.spike": {"en": "spike", "ru": "всплеск"},
    "traffic.spikes_table": {"en": "Days out of line", "ru": "Дни с отклонениями"},
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
    "spike_reason.holiday": {"en": "holiday", "ru": "праздник"},
    "spike.fail": {"en": "bot spike", "ru": "накрутка"},
    "spike.warn": {"en": "look into it", "ru": "проверить"},
    "spike.explained": {"en": "explained", "ru": "объяснимо"},
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
    # -- return
    "roi.title": {"en": "Return by channel", "ru": "Окупаемость по каналам"},
    "roi.what": {
        "en": "ROMI = (contribution − spend) ÷ spend. Leads created {period}.",
        "ru": "ROMI = (маржинальный доход − расход) ÷ расход. Лиды, созданные {period}.",
    },
    "roi.how": {
        "en": "Only lead months old enough to judge. Dot: last non-direct click. Pale bar: least "
        "to most over the attribution models. Right of zero the channel pays for itself.",
        "ru": "Только дозревшие месяцы лидов. Точка — последний непрямой переход; бледная полоса "
        "— от худшей до лучшей модели атрибуции. Правее нуля канал себя окупает.",
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
    "spread.robust_positive": {"en": "pays, robust", "ru": "окупается"},
    "spread.robust_negative": {"en": "loses, robust", "ru": "не окупается"},
    "spread.depends_on_model": {"en": "depends on model", "ru": "зависит от модели"},
    "spread.within_noise": {"en": "within chance", "ru": "в пределах случайности"},
    "spread.too_early": {"en": "too early", "ru": "рано судить"},
    "spread.cannot_tell": {"en": "cannot tell", "ru": "сказать нельзя"},
    "spread.no_spend": {"en": "no spend", "ru": "без расхода"},
    "model.first": {"en": "first click", "ru": "первый"},
    "model.last": {"en": "last click", "ru": "последний"},
    "model.last_non_direct": {"en": "last non-direct", "ru": "последний непрямой"},
    "model.linear": {"en": "linear", "ru": "линейная"},
    "model.position": {"en": "40-20-40", "ru": "40-20-40"},
    "model.time_decay": {"en": "time decay", "ru": "с затуханием"},
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
    # -- cohorts
    "cohorts.title": {"en": "Return by lead month", "ru": "Окупаемость по месяцу лида"},
    "cohorts.what": {
        "en": "Spend of a month against everything its leads have brought so far, paid channels.",
        "ru": "Расход месяца и всё, что с тех пор принесли его лиды; платные каналы.",
    },
    "cohorts.how": {
        "en": "Solid: the deals have closed. Dashed: they are still closing, the bar will grow. "
        "White dot and whisker: projection and its range. Below: share of deals already in.",
        "ru": "Сплошной столбик — сделки закрыты; пунктирный — ещё закрываются, столбик вырастет. "
        "Белая точка с усами — прогноз и его границы. Внизу — доля уже закрытых сделок.",
    },
    "cohorts.lies": {
        "en": "when the deal cycle itself changes (prices, credit): the projection learns from "
        "older months.",
        "ru": "когда меняется сам цикл сделки (цены, кредит): прогноз учится на прежних месяцах.",
    },
    "cohorts.key_mature": {"en": "to date, mature", "ru": "на сегодня, дозрел"},
    "cohorts.key_young": {"en": "to date, still growing", "ru": "на сегодня, ещё растёт"},
    "cohorts.key_projection": {"en": "projection and range", "ru": "прогноз и границы"},
    "cohorts.sad_margin": {
        "en": "The return cannot be counted: no margin is given in registers/margins.csv.",
        "ru": "Окупаемость не посчитать: в registers/margins.csv не указана маржа.",
    },
    "cohorts.young": {
        "en": "{n} of {total} months are not mature: read their dashed bars as “at least”.",
        "ru": "{n} из {total} месяцев ещё не дозрели: пунктирные столбики читайте как «не меньше».",
    },
    "cohorts.all_young": {
        "en": "No month is mature yet: it is too early to judge the return.",
        "ru": "Ни один месяц ещё не дозрел: судить об окупаемости рано.",
    },
    "cohorts.mature": {
        "en": "{n} mature {n:month|months} ({first} to {last}) returned {romi} on {spend} spent.",
        "ru": "{n} {n:дозревший месяц|дозревших месяца|дозревших месяцев} ({first} – {last}) "
        "{n:вернул|вернули|вернули} {romi} на {spend} расхода.",
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
    "question.funnel": {
        "en": "Why do sales accept fewer of the leads: {now} after {before}?",
        "ru": "Почему отдел продаж принимает всё меньше лидов: {now} после {before}?",
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
    "question.retention": {
        "en": "Customers of the last three months come back less often ({now} after {before}). "
        "What changed in service, prices or the mix of buyers?",
        "ru": "Покупатели последних трёх месяцев возвращаются реже ({now} после {before}). "
        "Что изменилось в сервисе, ценах или составе покупателей?",
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
    "customers.aov": {"en": "Average order, net", "ru": "Средний чек без возвратов"},
    "customers.rpr": {"en": "Bought again within 90 days", "ru": "Купили снова за 90 дней"},
    "customers.orders": {"en": "Orders", "ru": "Заказы"},
    "customers.frequency": {"en": "Orders per buyer", "ru": "Заказов на покупателя"},
    "customers.retention": {"en": "Retention rate", "ru": "Уровень удержания"},
    "customers.buyers": {"en": "Buyers", "ru": "Покупатели"},
    "customers.new": {"en": "New customers", "ru": "Новые покупатели"},
    "customers.revenue": {"en": "Revenue, net", "ru": "Выручка без возвратов"},
    "customers.ltv_cac": {"en": "LTV to CAC", "ru": "LTV к CAC"},
    "customers.payback": {"en": "Payback", "ru": "Срок окупаемости"},
    "customers.summary": {
        "en": "Average order in {month}: {aov}; a year earlier {before}.",
        "ru": "Средний чек за {month} — {aov}; годом раньше {before}.",
    },
    "customers.summary_short": {
        "en": "Average order in {month}: {aov}.",
        "ru": "Средний чек за {month} — {aov}.",
    },
    "customers.repeat": {
        "en": "{rate} of {n} observed customers bought again within 90 days.",
        "ru": "За 90 дней снова купили {rate} из {n} "
        "{n:покупателя|покупателей|покупателей} с прошедшим окном.",
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
    "wave.up": {"en": "a proven rise", "ru": "рост доказан"},
    "wave.down": {"en": "a proven fall", "ru": "падение доказано"},
    "wave.not_proven": {"en": "the change is not proven", "ru": "изменение не доказано"},
    "wave.not_comparable": {
        "en": "not comparable with the wave before",
        "ru": "с прошлой волной сравнивать нельзя",
    },
    "wave.not_enough_data": {"en": "too few answers for a verdict", "ru": "ответов мало"},
    "wave.first_wave": {"en": "the first wave", "ru": "это первая волна"},
    "mode.online_panel": {"en": "online panel", "ru": "интернет-панель"},
    "mode.street": {"en": "street", "ru": "на улице"},
    "mode.phone": {"en": "by phone", "ru": "по телефону"},
    "mode.customers": {"en": "customers", "ru": "покупатели"},
    "question.brand_mode": {
        "en": "Why was wave {wave} asked in another way ({mode}), so that it cannot be compared?",
        "ru": "Почему волну {wave} опрашивали другим способом ({mode}), и сравнить её не с чем?",
    },
    "question.brand_down": {
        "en": "Awareness has fallen to {value}, and this is proven. What stopped?",
        "ru": "Узнаваемость упала до {value}, и это доказано. Что перестали делать?",
    },
    # -- followers
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
    "question.bought": {
        "en": "Where did {n} new followers of {network} come from ({period}), if reach did not "
        "grow?",
        "ru": "Откуда {n:взялся|взялись|взялись} {n} {n:новый подписчик|новых подписчика|новых "
        "подписчиков} ({network}, {period}), если охват не вырос?",
    },
    "network.telegram": {"en": "Telegram", "ru": "Телеграм"},
    "network.vk": {"en": "VK", "ru": "ВКонтакте"},
    "network.instagram": {"en": "Instagram", "ru": "Инстаграм"},
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
    "guard.ok": {"en": "in step", "ru": "согласованы"},
    "guard.guard_falls": {"en": "the other got worse", "ru": "вторая хуже"},
    "guard.guard_is_flat": {"en": "the other stood still", "ru": "вторая на месте"},
    "column.guard": {"en": "Watched by", "ru": "Следит"},
    "column.reason": {"en": "What may be behind it", "ru": "Что может стоять за этим"},
    "missing.guards": {
        "en": "Needs 56 days of two figures that should go together.",
        "ru": "Нужны 56 дней по двум цифрам, которые должны идти вместе.",
    },
    "question.guard": {
        "en": "Why did {metric} improve ({before} → {now}) without {guard} ({guard_before} → "
        "{guard_now})? {reason}",
        "ru": "Почему {metric} лучше ({before} → {now}), а {guard} нет ({guard_before} → "
        "{guard_now})? {reason}",
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
    "question.reconciliation": {
        "en": "“{pair}” did not agree on {n} {n:day|days} (last: {day}, {left} against {right}). "
        "What broke: tags, a form, or the export?",
        "ru": "«{pair}»: расхождение {n} {n:день|дня|дней} (последний — {day}, {left} и "
        "{right}). Что сломалось: метки, форма или выгрузка?",
    },
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
    "reconciliation.invoices": {
        "en": "Bills and reported spend",
        "ru": "Счета и расход в кабинете",
    },
    "reconciliation.invoice": {
        "en": "{channel}: the bill of {month} says {left}, the ad system {right}.",
        "ru": "{channel}: за {month} в счёте {left}, в кабинете {right}.",
    },
    "question.invoice": {
        "en": "{channel}, {month}: why does the bill say {left} and the ad system {right}?",
        "ru": "{channel}, {month}: почему в счёте {left}, а в кабинете {right}?",
    },
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
        "for {period}: {share}.",
        "ru": "Больше чем на 5 % {restated:изменилась|изменились|изменились} {restated} "
        "{restated:цифра|цифры|цифр}, сильнее всего «{metric}» за {period}: {share}.",
    },
    "question.restated": {
        "en": "“{metric}” for {period} was {first}, now it is {current}. Which decisions were "
        "taken on the first figure?",
        "ru": "«{metric}» за {period}: показывали {first}, теперь {current}. Какие решения "
        "приняли по первой цифре?",
    },
    "cause.source_restated": {
        "en": "the source corrected itself",
        "ru": "источник поправил сам себя",
    },
    "cause.cohort_ripened": {"en": "deals closed since", "ru": "с тех пор закрылись сделки"},
    "cause.no_longer_known": {"en": "no longer computed", "ru": "больше не считается"},
    "cause.late_data": {"en": "late data", "ru": "данные пришли позже"},
    "cause.refund": {"en": "refunds", "ru": "возвраты"},
    "cause.rule_version": {"en": "a rule changed", "ru": "изменилось правило"},
    "cause.reload": {"en": "the source was loaded again", "ru": "источник загружен заново"},
    "cause.unknown": {"en": "unknown", "ru": "неизвестна"},
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
    "question.behind": {
        "en": "{metric!c} stands at {actual} with {expected} expected by now. What is the reason "
        "and what will be different by {end}?",
        "ru": "{metric!c}: сейчас {actual}, а ожидалось {expected}. В чём причина и что "
        "изменится к {end}?",
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
    "question.coverage": {
        "en": "“{metric}” rests on poor data (coverage {grade}). What is not connected or not "
        "filled in, and by when will it be?",
        "ru": "«{metric}» держится на неполных данных (полнота {grade}). Что не подключено или не "
        "заполнено и когда это исправят?",
    },
    "question.late_source": {
        "en": "{source}: nothing since {day}. Who exports it, and when will it arrive?",
        "ru": "{source}: с {day} ничего нет. Кто выгружает и когда данные придут?",
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
    # -- sources and checks
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
    "column.repeated": {"en": "Repeated", "ru": "Повторы"},
    "sources.passed": {"en": "Passed checks ({n})", "ru": "Пройденные проверки ({n})"},
    "sources.silent": {
        "en": "And {n} {n:test|tests} of table structure: keys, required values, allowed codes.",
        "ru": "И {n} {n:проверка|проверки|проверок} устройства таблиц: ключи, обязательные "
        "значения, допустимые коды.",
    },
    "subject.web_analytics": {"en": "Site traffic", "ru": "Трафик сайта"},
    "subject.ad_spend": {"en": "Ad spend", "ru": "Расход на рекламу"},
    "subject.crm": {"en": "CRM and orders", "ru": "CRM и заказы"},
    "subject.social": {"en": "Social networks", "ru": "Соцсети"},
    "subject.surveys": {"en": "Surveys", "ru": "Опросы"},
    "subject.registers": {"en": "Registers", "ru": "Реестры"},
    "subject.marts": {"en": "Totals", "ru": "Итоги"},
    "subject.dbt": {"en": "Table structure", "ru": "Устройство таблиц"},
    "sources.no_checks": {"en": "No checks were run.", "ru": "Проверки не запускались."},
    "freshness.ok": {"en": "on time", "ru": "вовремя"},
    "freshness.late": {"en": "late", "ru": "опаздывает"},
    "freshness.missing": {"en": "missing", "ru": "нет данных"},
    "check.passed": {"en": "passed", "ru": "пройдена"},
    "check.warning": {"en": "warning", "ru": "предупреждение"},
    "check.blocking": {"en": "failed, blocks", "ru": "не пройдена, блокирует"},
    "check.rows": {"en": "{n} {n:row|rows}", "ru": "{n} {n:строка|строки|строк}"},
    "door.files": {"en": "files", "ru": "файлы"},
    "door.api": {"en": "API", "ru": "API"},
    # -- column heads
    "column.channel": {"en": "Channel", "ru": "Канал"},
    "column.campaign": {"en": "Campaign", "ru": "Кампания"},
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
    "column.lost": {"en": "Lost on them", "ru": "Потеряно на них"},
    "column.day": {"en": "Day", "ru": "День"},
    "column.expected": {"en": "Expected", "ru": "Ожидалось"},
    "column.verdict": {"en": "Verdict", "ru": "Вывод"},
    "column.revenue": {"en": "Revenue", "ru": "Выручка"},
    "column.contribution": {"en": "Contribution", "ru": "Маржинальный доход"},
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
    # -- names of things when the data has none
    "channel.(all)": {"en": "All channels", "ru": "Все каналы"},
    "channel.unattributed": {"en": "Not traced", "ru": "Канал не установлен"},
    "channel.direct": {"en": "Direct", "ru": "Прямые заходы"},
    "channel.internal": {"en": "Internal", "ru": "Внутренние переходы"},
    "channel.organic_search": {"en": "Organic search", "ru": "Поиск без рекламы"},
    "channel.referral": {"en": "Referrals", "ru": "Ссылки с сайтов"},
    "channel.(not set)": {"en": "Not set", "ru": "Не указан"},
    "campaign.(none)": {"en": "no campaign", "ru": "без кампании"},
    "conversion_name.purchase": {"en": "Purchase", "ru": "Покупка"},
    "conversion_name.order": {"en": "Order", "ru": "Заказ"},
    "conversion_name.lead": {"en": "Lead", "ru": "Лид"},
    "conversion_name.basket": {"en": "Basket", "ru": "Корзина"},
    "conversion_name.telegram_click": {"en": "Went to Telegram", "ru": "Переход в Телеграм"},
    "metric.spend": {"en": "Ad spend", "ru": "Расход на рекламу"},
    "source.yandex_metrica": {"en": "Yandex Metrica", "ru": "Яндекс Метрика"},
    "source.yandex_direct": {"en": "Yandex Direct", "ru": "Яндекс Директ"},
    "source.google_ads": {"en": "Google Ads", "ru": "Google Ads"},
    "source.google_analytics": {"en": "Google Analytics", "ru": "Google Analytics"},
    "source.vk_ads": {"en": "VK Ads", "ru": "VK Реклама"},
    "source.bitrix24": {"en": "Bitrix24", "ru": "Битрикс24"},
    "source.telegram": {"en": "Telegram", "ru": "Телеграм"},
    "source.vk": {"en": "VK", "ru": "ВКонтакте"},
    "source.instagram": {"en": "Instagram", "ru": "Инстаграм"},
    "source.surveys": {"en": "Surveys", "ru": "Опросы"},
    "source.plain": {"en": "Own files", "ru": "Свои файлы"},
    "source.registers": {"en": "Registers", "ru": "Реестры"},
    "metric.visits_valid": {"en": "Valid visits", "ru": "Живые визиты"},
    "metric.suspicious_share": {"en": "Suspicious traffic", "ru": "Подозрительный трафик"},
    "metric.purchase_conversion": {"en": "Purchase conversion", "ru": "Конверсия в покупку"},
    "metric.lead_conversion": {"en": "Lead conversion", "ru": "Конверсия в лид"},
    "metric.leads_valid": {"en": "Leads", "ru": "Лиды"},
    "metric.leads_qualified": {"en": "Qualified leads", "ru": "Целевые лиды"},
    "metric.cpl": {"en": "Cost per lead", "ru": "Цена лида"},
    "metric.cpql": {"en": "Cost per qualified lead", "ru": "Цена целевого лида"},
    "metric.revenue": {"en": "Net revenue", "ru": "Выручка без возвратов"},
    "metric.contribution": {"en": "Contribution", "ru": "Маржинальный доход"},
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
    "segment.all": {"en": "all", "ru": "всё"},
}
