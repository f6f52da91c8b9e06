"""What a load from an API says on its way: English and Russian."""

PROGRESS: tuple[tuple[str, str], ...] = (
    # asking again
    (
        "{system}: {what}; try {number} of {most} in {pause} s",
        "{system}: {what}; попытка {number} из {most} через {pause} с",
    ),
    (
        "{system}: {what}; asking again in {pause} s",
        "{system}: {what}; новый запрос через {pause} с",
    ),
    (
        "{system} told of {announced} rows and sent {sent}: asking again",
        "{system} сообщает о {announced} строках, а передаёт {sent}: спрашиваем снова",
    ),
    (
        "the period {first} to {last} is too large, asking for halves",
        "период {first} – {last} слишком велик, запрашиваем по половинам",
    ),
    ("{system}: renewing the access token", "{system}: обновляем токен доступа"),
    (
        "{system}: the kept token has ended, asking for a new one",
        "{system}: сохранённый токен истёк, запрашиваем новый",
    ),
    # what came
    ("{system}: {rows} rows of {table}", "{system}: {table}, строк {rows}"),
    ("{system}: {rows} calls", "{system}: звонков {rows}"),
    ("{system}: {rows} leads are deleted", "{system}: удалённых лидов {rows}"),
    ("{system}: {rows} {table} are archived", "{system}: {table}, в архиве {rows}"),
    (
        "{system}: {rows} of {total} {table} are no longer on the portal",
        "{system}: {table}, на портале больше нет {rows} из {total}",
    ),
    ("{system}: {rows} accounts counted for {day}", "{system}: аккаунтов за {day}: {rows}"),
    ("{system}: {rows} channels counted for {day}", "{system}: каналов за {day}: {rows}"),
    ("{system}: {rows} communities counted for {day}", "{system}: сообществ за {day}: {rows}"),
    (
        "{system}: rates of {currencies} for {number} days",
        "{system}: курсы {currencies}, дней {number}",
    ),
    (
        "{system}: no source has another currency than {currency}",
        "{system}: ни у одного источника нет другой валюты, кроме {currency}",
    ),
    (
        "{system} now also sends {fields} in {place}: left out",
        "{system} теперь передаёт ещё {fields}: не читаются",
    ),
    # what did not
    (
        "{system}: property {number} has no sessions on {missing} of {total} days",
        "{system}: у ресурса {number} нет сеансов в {missing} дн. из {total}",
    ),
    (
        "{system}: the report of counter {number} has no visits on {missing} of {total} days",
        "{system}: в отчёте счётчика {number} нет визитов в {missing} дн. из {total}",
    ),
    (
        "{system} gives no counts of past days: {first} to {last} stay as they are (a count before "
        "{hour}:00 closes the day before)",
        "{system} не сообщает числа прошедших дней: {first} – {last} остаются как есть (подсчёт до "
        "{hour}:00 закрывает предыдущий день)",
    ),
    (
        "{system}: {day} is not over, so its joins, leaves and reach are not known yet; only a "
        "count before {hour}:00 of the next day brings them",
        "{system}: {day} не кончился, поэтому его подписки, отписки и охват ещё не известны; их "
        "принесёт только подсчёт до {hour}:00 следующего дня",
    ),
    (
        "{system} shows goals and settings as they are today only: {first} to {last} stay as they "
        "are",
        "{system} показывает цели и настройки только на сегодня: {first} – {last} остаются как "
        "есть",
    ),
    (
        "{system}: this portal does not tell the products of deals",
        "{system}: этот портал не сообщает товары сделок",
    ),
    (
        "{system}: this portal has no crm.item.list, using older methods",
        "{system}: на этом портале нет crm.item.list, берём прежние методы",
    ),
    (
        "{system}: no followers given for {account}, {day} stays missing",
        "{system}: для {account} подписчики не переданы, {day} остаётся пустым",
    ),
    (
        "{system}: the members of {account} are hidden, {day} stays missing",
        "{system}: участники {account} скрыты, {day} остаётся пустым",
    ),
    (
        "{system} no longer gives {field}: its column stays empty",
        "{system} больше не передаёт {field}: столбец останется пустым",
    ),
    (
        "{system} gives no {fields}: if the account shows them under another name, set it in "
        "{setting} fields",
        "{system} не передаёт {fields}: если в кабинете они под другим именем, задайте его в "
        "{setting} fields",
    ),
    (
        "{system} withheld rows of too few visitors ({period})",
        "{system} скрывает строки со слишком малым числом посетителей ({period})",
    ),
    (
        "{system}: rows of too few visitors are withheld in the report of {days}",
        "{system}: в отчёте скрыты строки со слишком малым числом посетителей ({days})",
    ),
    (
        "{system} estimated from {share} of the events ({period})",
        "{system} оценивает по {share} событий ({period})",
    ),
    (
        "{system}: the report of {days} rests on a sample of {share}, though the full accuracy was "
        "asked "
        "for; its rows are marked is_sampled",
        "{system}: отчёт построен по выборке {share}, хотя запрошена полная точность ({days}); его "
        "строки "
        "помечены is_sampled",
    ),
    (
        "{system} rolled rows up into (other) ({period})",
        "{system} объединяет строки в (other) ({period})",
    ),
    (
        "{system} hides {names} from this account ({period}): give it the right to see revenue",
        "{system} скрывает {names} от этого аккаунта ({period}): дайте ему право видеть доход",
    ),
    (
        "{system} gives a part of the data only ({period}): {said}",
        "{system} передаёт только часть данных ({period}): {said}",
    ),
    ("{system} gives no rows of {period}: {said}", "{system} не передаёт строк ({period}): {said}"),
    (
        "{system}: {words} of property {number} will do for {reports} more reports like this one",
        "{system}: квоты ресурса {number} ({words}) хватит ещё на {reports} таких отчётов",
    ),
    # days of another clock
    (
        "{system}: the days of {whose} are those of {zone}, a time zone that is not known here: "
        "whether they "
        "are the company's cannot be told",
        "{system}: дни ({whose}) считаются по {zone}, а такой часовой пояс здесь неизвестен: "
        "нельзя "
        "сказать, те ли это дни, что у компании",
    ),
    (
        "{system}: the days of {whose} are those of {zone}, the company's are those of {own}: "
        "figures at the "
        "edge of a day will differ; and times with them, unless timezone = {setting} in {table}",
        "{system}: дни ({whose}) считаются по {zone}, а у компании по {own}: на границах дней "
        "цифры "
        "разойдутся, а с ними и время, если не задать timezone = {setting} в {table}",
    ),
    (
        "{system}: the days of {whose} are those of {zone}, the company's are those of {own}: "
        "figures at the "
        "edge of a day will differ",
        "{system}: дни ({whose}) считаются по {zone}, а у компании по {own}: на границах дней "
        "цифры "
        "разойдутся",
    ),
    # advertising
    (
        "{system}: {number} campaigns of {days} days are too much at once, {fewer} of {shorter} "
        "will do",
        "{system}: {number} кампаний за {days} дн. слишком много за раз, берём {fewer} за "
        "{shorter} дн.",
    ),
    (
        "{system} has corrected figures since the last load, back to {day}",
        "{system} исправил цифры после прошлой загрузки, начиная с {day}",
    ),
    (
        "{system}: {day} is not over in {zone}: its figures are brought anew by the next loads",
        "{system}: {day} по {zone} ещё не закончился: его цифры обновят следующие загрузки",
    ),
    (
        "{system}: the currency of the account is not checked: {said}",
        "{system}: валюта аккаунта не проверена: {said}",
    ),
    # logs of Metrica
    (
        "{system}: {days} days are too much for one log, {fewer} at a time will do",
        "{system}: {days} дн. слишком много для одного лога, берём по {fewer}",
    ),
    (
        "{system}: log {number} is {status}, looking again in {pause} s",
        "{system}: лог {number} в состоянии {status}, проверим через {pause} с",
    ),
    (
        "{system}: log {number} was prepared earlier and may be out of date, ordering anew",
        "{system}: лог {number} подготовлен раньше и мог устареть, заказываем заново",
    ),
    (
        "{system}: using the log {number} ordered before",
        "{system}: берём лог {number}, заказанный раньше",
    ),
    ("{error}; looking whether the log was ordered", "{error}; проверяем, заказан ли лог"),
    ("{system}: log {number} ended as {status}", "{system}: лог {number} завершился как {status}"),
    (
        "{system}: log {number} was not cleaned: {said}",
        "{system}: лог {number} не удалён с сервера: {said}",
    ),
    ("{system}: log {number} is gone", "{system}: лога {number} больше нет"),
    # after the others, which it would fit as well
    ("{system}: {number} of {total} days", "{system}: дней {number} из {total}"),
)
"""Pairs that come after those of the command line: a system's name may stand for anything."""

PARTS: tuple[tuple[str, str], ...] = (
    ("the account", "аккаунт"),
    ("its reports", "отчёты"),
    ("counter {number}", "счётчик {number}"),
    ("property {number}", "ресурс {number}"),
    ("the day's tokens", "токены дня"),
    ("the hour's tokens", "токены часа"),
    ("the project's tokens of the hour", "токены проекта за час"),
    ("the hour's requests that may be thresholded", "запросы часа, которые могут быть урезаны"),
)
"""Whose days or allowances are meant, in variable parts of the above."""
