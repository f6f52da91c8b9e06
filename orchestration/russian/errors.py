"""What an error says, English and Russian: errors are raised in English, the owner may not read it.

Each entry is the English text of an error with its variable parts in braces, and the same in
Russian. What a source system said itself stays as it came.
"""

ERRORS: tuple[tuple[str, str], ...] = (
    # files
    ("The file is empty (0 bytes)", "файл пуст"),
    ("The name of the file is not in UTF-8", "имя файла не в UTF-8"),
    ("The file holds a web page, not a table", "в файле веб-страница, а не таблица"),
    (
        "The file is damaged: it does not begin like a {suffix} file",
        "файл повреждён: начинается не так, как файлы {suffix}",
    ),
    (
        "The file is damaged or cut off, and cannot be read to its end{more}",
        "файл повреждён или оборван, до конца не читается",
    ),
    (
        "There is not enough memory to read the file ({kind})",
        "не хватает памяти, чтобы прочитать файл ({kind})",
    ),
    (
        "The file cannot be read on this machine ({kind})",
        "на этой машине файл не читается ({kind})",
    ),
    (
        "The reader itself failed on this file ({kind})",
        "сбой самой программы при чтении файла ({kind})",
    ),
    (
        "The file is a table of a web page or of XML, whatever its name says",
        "файл — таблица из веб-страницы или XML, что бы ни говорило его имя",
    ),
    ("The file is a zip archive", "файл — архив zip"),
    (
        "The file is packed by gzip, though its name does not end in .gz",
        "файл сжат (gzip), хотя имя не оканчивается на .gz",
    ),
    (
        "Several sheets have the columns: {sheets}",
        "такие столбцы есть на нескольких листах: {sheets}",
    ),
    (
        "The column is in '{unit}', where {wanted} are read",
        "единица столбца — «{unit}», а читаются {wanted}",
    ),
    ("The gzip file is cut off or damaged", "сжатый файл оборван или повреждён"),
    (
        "The line is longer than {limit} bytes, so the file is no table",
        "строка длиннее {limit} байт, значит файл не таблица",
    ),
    (
        "The file breaks off inside of its last line, so rows after it may be missing",
        "файл обрывается посреди последней строки, и строк после неё может не хватать",
    ),
    ("The file is cut off inside of a character", "файл обрывается посреди символа"),
    ("The parquet file is damaged or cut off", "файл parquet повреждён или оборван"),
    (
        "The workbook is damaged or protected by a password, and cannot be opened",
        "книга Excel повреждена или закрыта паролем",
    ),
    (
        "A sheet of the workbook reaches to the cell {cell}, which is more than a table holds",
        "лист книги Excel доходит до ячейки {cell}: это больше, чем бывает таблица",
    ),
    (
        "The cell is merged over {count} rows, so it cannot be told whether its number is that of "
        "each row or of all together",
        "ячейка объединена на {count} стр., и неясно, число в ней — каждой строки или всех вместе",
    ),
    (
        "Only a hidden sheet has the columns: {sheet}",
        "такие столбцы есть только на скрытом листе: {sheet}",
    ),
    ("The workbook has no sheet", "в книге Excel нет листов"),
    (
        "The cell holds a formula whose value was never computed",
        "в ячейке формула, значение которой не посчитано",
    ),
    ("The encoding of the file cannot be told", "кодировку файла не определить"),
    ("It cannot be told which table this export file holds", "неясно, какая таблица в файле"),
    (
        "No header line was found among the first {lines} lines",
        "среди первых {lines} строк нет строки заголовков",
    ),
    (
        "The column comes twice, as the {first} and the {second} column",
        "столбец встречается дважды ({first} и {second})",
    ),
    (
        "The column comes twice, under '{first}' and under '{second}'",
        "столбец встречается дважды: под «{first}» и под «{second}»",
    ),
    (
        "Two columns may be '{column}' ({description}): {both}",
        "на роль столбца «{column}» подходят два: {both}",
    ),
    (
        "[sources.{section}] names the column '{column}', which the source does not have",
        "в [sources.{section}] назван столбец «{column}», которого у источника нет",
    ),
    ("The column '{column}' is missing{more}", "нет столбца «{column}»"),
    (
        "The column '{header}' is not known; '{column}' may be meant",
        "столбец «{header}» незнаком; может быть, это «{column}»",
    ),
    (
        "A quotation mark is opened on this line and never closed, so where the rows after it "
        "begin cannot be told",
        "в строке открыта кавычка и не закрыта, поэтому дальше строки не разделить",
    ),
    (
        "A quotation mark is opened on this line and closed in a later row: {rows} rows lie in one "
        "cell",
        "в строке открыта кавычка, а закрыта она в одной из следующих, и в одной ячейке лежат "
        "ещё строки таблицы: {rows}",
    ),
    (
        "The line holds several rows, parted by {character}, which ends no line of a table",
        "в строке файла несколько строк таблицы: между ними знак {character}, который конец строки "
        "не означает",
    ),
    (
        "{refused} of {total} rows cannot be used; most often: {reason}",
        "нельзя использовать строк: {refused} из {total}; чаще всего: {reason}",
    ),
    (
        "The export says it has {promised} rows, but {found} are in the file: it was cut off or "
        "edited",
        "по выгрузке в ней строк {promised}, а в файле {found}: она оборвана или исправлена",
    ),
    ("{source} has no API, it is read from files", "у {source} нет API, он читается из файлов"),
    # settings and secrets
    ("The source {source} is not switched on", "источник {source} не включён"),
    (
        "The source {source} needs a secret: the environment variable {name} is not set",
        "источнику {source} нужен ключ доступа: переменная окружения {name} не задана",
    ),
    (
        "The environment variable {name} holds characters that no secret of {source} has",
        "в переменной окружения {name} знаки, которых в ключах {source} не бывает",
    ),
    (
        "The environment variable {name} holds no webhook address of {system}",
        "в переменной окружения {name} нет адреса вебхука {system}",
    ),
    (
        "The environment variable {name} does not lead to the key of a service account",
        "переменная окружения {name} не ведёт к ключу сервисного аккаунта",
    ),
    ("The file with the renewed tokens is damaged", "файл с обновлёнными токенами повреждён"),
    (
        "{system} quotes in roubles, but the company's currency is {currency}",
        "{system} даёт курсы в рублях, а валюта компании — {currency}",
    ),
    # access
    (
        "{system}: the Google Cloud project behind {name} has no access to real accounts: {said}",
        "{system}: у проекта Google Cloud, которому принадлежит {name}, нет доступа к настоящим "
        "аккаунтам: {said}",
    ),
    (
        "{system} has barred the access that {name} gives: {said}",
        "{system} закрыл доступ, который даёт {name}: {said}",
    ),
    (
        "{system} keeps the account in {found}, and its money is taken for {wanted}",
        "{system} ведёт аккаунт в валюте {found}, а деньги считаются в {wanted}",
    ),
    (
        "{system} refuses the developer token in {name}: {said}",
        "{system} не принимает токен разработчика из {name}: {said}",
    ),
    (
        "{system} refuses the access that {name} gives: {said}",
        "{system} не пускает с доступом из {name}: {said}",
    ),
    (
        "{system}: the user of {name} may not read the account: {said}",
        "{system}: пользователю {name} нельзя читать аккаунт: {said}",
    ),
    (
        "Google gives no access token for the secret in {name}: {said}",
        "Google не даёт токен по ключу из {name}: {said}",
    ),
    ("{system} refuses the token in {name}", "{system} не принимает токен из {name}"),
    (
        "{system}: the owner of the token in {name} has no access to the counter: {said}",
        "{system}: у владельца токена из {name} нет доступа к счётчику: {said}",
    ),
    (
        "{system}: the account is not paid, so its API is closed",
        "{system}: аккаунт не оплачен, API закрыт",
    ),
    ("{system} refuses to show the {what} ({detail})", "{system} не показывает данные ({detail})"),
    ("{system} sent no token", "{system} не выдал токен"),
    (
        "{system} does not accept the {what} of the environment variable {name} ({said})",
        "{system} не принимает ключ из переменной окружения {name} ({said})",
    ),
    (
        "{system} does not accept the {what} of the environment variable {name}",
        "{system} не принимает ключ из переменной окружения {name}",
    ),
    (
        "{system} does not renew the token of the environment variable {name} ({said})",
        "{system} не обновляет токен из переменной окружения {name} ({said})",
    ),
    (
        "{system}: the account in {name} may not read the property: {said}",
        "{system}: аккаунту из {name} нельзя читать ресурс: {said}",
    ),
    (
        "{system}: the client in {name} may not read this: {said}",
        "{system}: клиенту из {name} нельзя это читать: {said}",
    ),
    (
        "{system}: the owner of the token in {name} has no rights: {said}",
        "{system}: у владельца токена из {name} нет прав: {said}",
    ),
    (
        "{system} refuses the client id and secret in {name}: {said}",
        "{system} не принимает идентификатор и ключ из {name}: {said}",
    ),
    (
        "{system} refuses the tokens it gave for {name}: {said}",
        "{system} не принимает токены, выданные для {name}: {said}",
    ),
    ("{system} issues no token for {name}: {said}", "{system} не выдаёт токен для {name}: {said}"),
    # an allowance, an answer that does not come
    (
        "{system}: the points of this account are used up: {said}; some are given anew by {until}",
        "{system}: баллы аккаунта исчерпаны: {said}; часть вернётся к {until}",
    ),
    (
        "{system}: the space for prepared logs of counter {counter} is full",
        "{system}: место для подготовленных журналов счётчика {counter} занято",
    ),
    (
        "{system}: the hour's allowance of {what} is used up: {said}; it is given anew by {until} "
        "at the latest",
        "{system}: часовой лимит исчерпан: {said}; новый будет не позже {until}",
    ),
    (
        "{system}: the day's allowance of {what} is used up: {said}; it is given anew by {until} "
        "at the latest",
        "{system}: дневной лимит исчерпан: {said}; новый будет не позже {until}",
    ),
    (
        "{system}: the day's allowance of {what} is used up: {said}; it is given anew at {until}",
        "{system}: дневной лимит исчерпан: {said}; новый будет {until}",
    ),
    (
        "{system}: the day's allowance is used up: {said}; it is given anew at {until}",
        "{system}: дневной лимит исчерпан: {said}; новый будет {until}",
    ),
    (
        "{system}: {reason}; it asks to come back after {until}",
        "{system} просит вернуться после {until} ({reason})",
    ),
    (
        "{system} did not answer as it should, time after time; last: {reason}",
        "{system} раз за разом не отвечает как следует; последнее: {reason}",
    ),
    (
        "{system} did not answer a part of a batch, {times} times in a row; last: {reason}",
        "{system} не ответил на часть запроса, раз подряд: {times}; последнее: {reason}",
    ),
    (
        "{system}: {reason}, for more than {minutes} minutes",
        "{system} не отвечает дольше {minutes} мин: {reason}",
    ),
    (
        "{system}: the request could not be sent ({kind})",
        "{system}: запрос не удалось отправить ({kind})",
    ),
    (
        "The API of {source} has not answered within {limit} s",
        "API {source} не ответил за {limit} с",
    ),
    (
        "The API of {source} cannot be examined ({kind})",
        "API {source} не удалось проверить ({kind})",
    ),
    (
        "The system asks to wait for {seconds} s before it answers",
        "система просит подождать {seconds} с",
    ),
    (
        "{variable} is no amount of memory: '{value}'",
        "{variable} — не объём памяти: «{value}»",
    ),
    (
        "{system} has not prepared log {number} within {minutes} minutes",
        "{system} не подготовила журнал {number} за {minutes} мин",
    ),
    (
        "{system} failed to prepare the {table} of {period}, {times} times",
        "{system} не смогла подготовить {table} за {period}, попыток: {times}",
    ),
    # what it answers
    ("{system} answered {status} with a web page", "{system} ответил {status} веб-страницей"),
    (
        "{system} does not know this version of its API",
        "{system} не знает этой версии своего API",
    ),
    ("{system} knows no such account: {said}", "{system} не знает такого аккаунта: {said}"),
    ("{system} no longer has such old days: {said}", "{system} уже не хранит таких дней: {said}"),
    (
        "{system} gives days of the last {months} months, and {day} is older",
        "{system} отдаёт дни за последние {months} месяцев, а {day} старше",
    ),
    ("{system} knows no community {account}", "{system} не знает сообщества {account}"),
    ("{system} does not count a channel: {said}", "{system} не считает канал: {said}"),
    (
        "{system} gives statistics of the last {days} days, and {day} is older",
        "{system} отдаёт статистику за последние {days} дней, а {day} старше",
    ),
    (
        "{system} keeps statistics of the last {years} years, and {day} is older",
        "{system} хранит статистику за последние {years} года, а {day} старше",
    ),
    (
        "{system} gives logs of complete days only, and {day} is not over in {zone}",
        "{system} отдаёт журналы только за полные дни, а {day} ещё не закончился ({zone})",
    ),
    ("{system} gives pages of {what} without end", "{system} отдаёт страницы {what} без конца"),
    (
        "{system}: {method} gives the same page again",
        "{system} повторяет ту же страницу ({method})",
    ),
    ("{system} gives the same {what} again", "{system} повторяет те же данные ({what})"),
    (
        "{system} gave {got} of {total} calls of {period}",
        "{system} отдал звонков {got} из {total} за {period}",
    ),
    (
        "{system} sent calls of other days than {period}: it may read day and month the other way "
        "round",
        "{system} прислал звонки других дней, чем {period}: день и месяц могли поменяться местами",
    ),
    (
        "{system} sent the rates of {published} when asked for {day}",
        "{system} прислал курсы на {published} вместо {day}",
    ),
    (
        "{system} has no rate of {currency} for {day}",
        "у {system} нет курса {currency} на {day}",
    ),
    (
        "{system} takes at most {limit} characters of field names",
        "{system} принимает не больше {limit} знаков в названиях полей",
    ),
    (
        "{system} sent {got} figures where {wanted} were asked for",
        "{system} прислала чисел {got} вместо {wanted}",
    ),
    (
        "{system} sent no list of goals for counter {counter}",
        "{system} не прислала список целей счётчика {counter}",
    ),
    (
        "{system} sent statistics without a day or a campaign",
        "{system} прислал статистику без дня или кампании",
    ),
    ("{system}: the access token has expired", "{system}: срок токена доступа истёк"),
    (
        "{system}: the portal has no such method or item ({said})",
        "{system}: на портале нет такого метода или объекта ({said})",
    ),
    ("{system}: the figures are estimated", "{system}: показатели оценочные"),
    ("{system}: a row has no day of its own", "{system}: у строки нет своего дня"),
    ("{system}: the report takes too long", "{system}: отчёт готовится слишком долго"),
    (
        "{system}: no clear answer to the order of a log",
        "{system}: неясный ответ на заказ журнала",
    ),
    ("{system} sent no list of {what}", "{system} не прислал список ({what})"),
    ("{system} sent {what} that cannot be read", "ответ {system} не читается ({what})"),
    (
        "{source} no longer shows {lost} of {stored} rows of {table}: they would count as deleted",
        "{source} больше не показывает строки {table}: {lost} из {stored}, и они сочлись бы "
        "удалёнными",
    ),
    (
        "{system} told of {announced} rows and sent {rows}, {times} times",
        "{system} объявляет строк {announced}, а присылает {rows}; попыток: {times}",
    ),
    (
        "{system} puts at most {rows} rows into a report, and {period} has as many",
        "{system} отдаёт в отчёте не больше {rows} строк, а за {period} их столько и есть",
    ),
    ("{system} sent {what} without {missing}", "в ответе {system} ({what}) нет: {missing}"),
    (
        "{system} refused the request, error {code}: {said}",
        "{system} отказал, ошибка {code}: {said}",
    ),
    (
        "{system} refused the request ({detail}){more}",
        "{system} отказал в запросе ({detail}){more}",
    ),
    (
        "{system} refuses the request ({detail}): {said}",
        "{system} отказал в запросе ({detail}): {said}",
    ),
    ("{system} refuses the request ({detail})", "{system} отказал в запросе ({detail})"),
    ("{system} refuses the request: {said}", "{system} отказал в запросе: {said}"),
    # the run itself
    (
        "Another run has been writing this company's data for more than {minutes} minutes",
        "другой прогон пишет данные этой компании дольше {minutes} мин",
    ),
    ("the run ended as {state}", "прогон прерван ({state})"),
    ("a blocking check refused the data", "данные не прошли блокирующую проверку"),
    (
        "the run was stopped: it took longer than {minutes} minutes",
        "прогон остановлен: он шёл дольше {minutes} мин",
    ),
    (
        "the run's process ended by {how} without a word; see {file} of its output folder",
        "процесс прогона прервался ({how}) без объяснений; смотрите {file} в папке результатов",
    ),
    (
        "the run's process was killed, which is mostly the system's answer to a lack of memory: "
        "set KPI_MEMORY_LIMIT, or run fewer companies at a time; see {file} of its output folder",
        "процесс прогона убит, обычно так система отвечает на нехватку памяти: "
        "задайте KPI_MEMORY_LIMIT или запускайте меньше компаний сразу; смотрите {file} в папке "
        "результатов",
    ),
    # the command line
    ("--from {start} lies after --to {end}", "--from {start} позже, чем --to {end}"),
    (
        "{start} to {end} is outside the company's days, {first} to {last}",
        "{start} – {end} вне дней компании, {first} – {last}",
    ),
    ("company.toml names nobody to tell", "в company.toml не указано, кого оповещать"),
    ("The workbook's name must end in .xlsx", "имя книги должно оканчиваться на .xlsx"),
    ("There is no such folder", "такой папки нет"),
    ("Nothing has been published yet", "ещё ничего не опубликовано"),
    ("No mart was named", "не названа ни одна витрина"),
    (
        "{mart} has {rows} rows; a sheet of Excel holds {limit}",
        "в {mart} строк {rows}; на лист Excel помещается {limit}",
    ),
    ("There is no mart '{mart}'", "витрины «{mart}» нет"),
    ("The condition does not fit {mart}: {said}", "условие не подходит к {mart}: {said}"),
    (
        "This run publishes nothing: {count} of {total} steps that judge the data were no part of "
        "it ({name} and others)",
        "этот запуск ничего не публикует: в него не вошли {count} из {total} шагов, которые "
        "оценивают данные ({name} и другие)",
    ),
    (
        "the run was stopped before its end, by a person or by the system",
        "запуск остановили до его конца: человек или система",
    ),
    (
        "blocking checks refused the data ({checks})",
        "данные не прошли обязательные проверки ({checks})",
    ),
    ("a file of the lake is damaged", "файл озера данных повреждён"),
    ("The disk is full", "на диске кончилось место"),
    ("the disk is full ({said})", "на диске кончилось место ({said})"),
    (
        "Dagster's records of runs cannot be used: {said}",
        "записи Dagster о запусках нельзя ни прочитать, ни вести: {said}",
    ),
    ("The output folder cannot be written: {said}", "в папку результатов нельзя писать: {said}"),
    (
        "A file of the company's history is torn and cannot be made again",
        "файл истории компании повреждён, и сделать его заново нельзя",
    ),
    ("The workbook cannot be written: {said}", "книгу нельзя записать: {said}"),
    (
        "There is no build database to describe yet",
        "базы сборки, которую можно описать, ещё нет",
    ),
    (
        "{program} could not describe the models: {said}",
        "{program} не смог описать модели: {said}",
    ),
    (
        "[warehouse] target is {target}, but the package {package} is not installed",
        "в [warehouse] target — {target}, но пакет {package} не установлен",
    ),
    (
        "[warehouse] target is spark, but there is no Java, which Spark needs",
        "в [warehouse] target — spark, но нет Java, без которой Spark не работает",
    ),
    (
        "The environment variable {name}, which holds ClickHouse's password, is not set",
        "не задана переменная окружения {name} с паролем ClickHouse",
    ),
    ("There is no folder of companies", "папки с компаниями нет"),
    ("The folder holds no company folder", "в папке нет ни одной папки компании"),
    ("There is no company folder {names}", "нет папки компании {names}"),
    (
        "There is something there already, and nothing is overwritten",
        "там уже что-то есть, а поверх ничего не пишется",
    ),
    ("'{host}' is no host", "«{host}» — не имя узла"),
    # the company folder
    ("There is no such company folder", "такой папки компании нет"),
    ("The company folder has no company.toml", "в папке компании нет company.toml"),
    ("company.toml is not in UTF-8", "company.toml не в кодировке UTF-8"),
    ("company.toml cannot be read: {what}", "company.toml не читается: {what}"),
    ("Setting '{key}': is missing{more}", "не задана настройка «{key}»"),
    (
        "Setting '{key}': is not a known setting; is '{near}' meant?{more}",
        "нет такой настройки: «{key}»; может быть, «{near}»?",
    ),
    ("Setting '{key}': is not a known setting{more}", "нет такой настройки: «{key}»"),
    (
        "Setting '{key}': '{name}' must be the name of an environment variable; the secret itself "
        "belongs into that variable{more}",
        "настройка «{key}»: у «{name}» должно быть имя переменной окружения; сам секрет держите в "
        "этой переменной",
    ),
    (
        "Setting '{key}': must be the name of an environment variable; the secret itself belongs "
        "into that variable{more}",
        "настройка «{key}»: нужно имя переменной окружения; сам секрет держите в этой переменной",
    ),
    (
        "[sources.{source}] is no source of this product",
        "[sources.{source}] — такого источника в продукте нет",
    ),
    (
        "Setting '{key}': '{name}' must be a single value{more}",
        "настройка «{key}»: у «{name}» должно быть одно значение",
    ),
    (
        "Setting '{key}': name a counter, or leave the line out{more}",
        "настройка «{key}»: назовите счётчик или уберите строку",
    ),
    (
        "Setting '{key}': '{value}' is no time zone; an example is Europe/Moscow{more}",
        "настройка «{key}»: «{value}» — не часовой пояс; пример: Europe/Moscow",
    ),
    (
        "Setting '{key}': expected HH:MM, for example 06:30{more}",
        "настройка «{key}»: нужно время ЧЧ:ММ, например 06:30",
    ),
    (
        "Setting '{key}': give either rate (one for all years) or [vat.rates] (by day){more}",
        "настройка «{key}»: задайте либо rate (одну на все годы), либо [vat.rates] (по дням)",
    ),
    (
        "Setting '{key}': Metrica and GA4 count the same visits in different ways, so they are "
        "never added: name one of them{more}",
        "настройка «{key}»: Метрика и GA4 считают одни и те же визиты по-разному и не "
        "складываются: назовите что-то одно",
    ),
    (
        "Setting '{key}': '{label}' must name an environment variable, such as KPI_ALERT_OWNER; "
        "the address itself belongs into that variable{more}",
        "настройка «{key}»: у «{label}» должно быть имя переменной окружения, например "
        "KPI_ALERT_OWNER; сам адрес держите в этой переменной",
    ),
    (
        "Setting '{key}': '{value}' is no currency; write its ISO code, for example RUB{more}",
        "настройка «{key}»: «{value}» — не валюта; напишите её код ISO, например RUB",
    ),
    (
        "Setting '{key}': must be a day, written 2026-01-31 without quotes{more}",
        "настройка «{key}»: нужен день в виде 2026-01-31, без кавычек",
    ),
    (
        "Setting '{key}': must be a text in quotes, such as \"text\"{more}",
        'настройка «{key}»: нужен текст в кавычках, например "текст"',
    ),
    (
        "Setting '{key}': must be true or false, without quotes{more}",
        "настройка «{key}»: нужно true или false, без кавычек",
    ),
    (
        "Setting '{key}': must be a whole number, without quotes{more}",
        "настройка «{key}»: нужно целое число, без кавычек",
    ),
    (
        "Setting '{key}': must be a number such as 0.22, without quotes{more}",
        "настройка «{key}»: нужно число, например 0.22, без кавычек",
    ),
    (
        "Setting '{key}': must be one of {values} ({others} more problems in this file)",
        "настройка «{key}»: допустимы только {values}",
    ),
    ("Setting '{key}': must be one of {values}", "настройка «{key}»: допустимы только {values}"),
    (
        "Setting '{key}': must be less than {limit} ({others} more problems in this file)",
        "настройка «{key}»: нужно число меньше {limit}",
    ),
    ("Setting '{key}': must be less than {limit}", "настройка «{key}»: нужно число меньше {limit}"),
    (
        "Setting '{key}': must be at most {limit} ({others} more problems in this file)",
        "настройка «{key}»: нужно число не больше {limit}",
    ),
    (
        "Setting '{key}': must be at most {limit}",
        "настройка «{key}»: нужно число не больше {limit}",
    ),
    (
        "Setting '{key}': must be at least {limit} ({others} more problems in this file)",
        "настройка «{key}»: нужно число не меньше {limit}",
    ),
    (
        "Setting '{key}': must be at least {limit}",
        "настройка «{key}»: нужно число не меньше {limit}",
    ),
    (
        "Setting '{key}': must be a section with settings of its own, not a single value{more}",
        "настройка «{key}»: нужен раздел со своими настройками, а не одно значение",
    ),
    (
        "Setting '{key}': attribution_long_days is {long}, less than the {days} of "
        "attribution_days{more}",
        "настройка «{key}»: attribution_long_days ({long}) меньше attribution_days ({days})",
    ),
    (
        "Setting '{key}': '{name}' is a setting of the company: move it above the first section"
        "{more}",
        "настройка «{key}»: «{name}» — настройка всей компании, перенесите её выше первого раздела",
    ),
    (
        "Setting '{key}': {day} lies before 1990 or after 2100{more}",
        "настройка «{key}»: {day} раньше 1990 года или позже 2100",
    ),
    (
        "Setting '{key}': {day} is not before {other}, the day of as_of{more}",
        "настройка «{key}»: {day} не раньше {other}, а это день as_of",
    ),
    (
        "Setting '{key}': {day} lies in the future{more}",
        "настройка «{key}»: {day} ещё не наступило",
    ),
    ("Setting '{key}': {said}", "настройка «{key}»: {said}"),
    ("Setting '{key}'{problem}", "ошибка в настройке «{key}»"),
    (".env cannot be read ({kind})", ".env не читается ({kind})"),
    (".env has a line that is no variable", "в .env есть строка, которая не задаёт переменную"),
    (
        ".env sets {variable}, which is not the company's to choose",
        ".env задаёт {variable}, а это не настройка компании",
    ),
    (
        "the output folder cannot be read: {said}",
        "папка результатов не читается: {said}",
    ),
    (
        "the published database cannot be read ({kind})",
        "опубликованная база не читается ({kind})",
    ),
    (
        "the published database does not say of when it is",
        "в опубликованной базе не записано, на какой она день",
    ),
)

CAUSES: tuple[tuple[str, str], ...] = (
    # why company.toml cannot be read
    ("the setting stands there twice", "настройка записана дважды"),
    ("a text has no closing quotation mark", "у текста нет закрывающей кавычки"),
    (
        "a backslash in a text has to be written twice",
        "обратная косая черта в тексте пишется дважды",
    ),
    (
        "a character stands there that no text may hold",
        "там знак, которого в тексте быть не может",
    ),
    ("there is no such day", "такого дня нет"),
    ("a bracket is not closed", "скобка не закрыта"),
    ("a setting is written as name = value", "настройка записывается так: имя = значение"),
    ("names of settings are in Latin letters", "имена настроек пишутся латинскими буквами"),
    (
        "something stands behind the value that is no part of it",
        "после значения стоит лишнее",
    ),
    (
        "the value is neither a number, nor a day, true or false, nor a text",
        "значение — не число, не день, не true или false и не текст",
    ),
    # why an API was asked again
    ("an HTML page came in place of data", "вместо данных пришла веб-страница"),
    ("the answer is cut off or malformed", "ответ оборван или не разбирается"),
    ("the answer broke off", "ответ оборвался"),
    ("the answer could not be unpacked", "ответ не распаковывается"),
    ("no answer in time", "нет ответа в срок"),
    ("no connection", "нет соединения"),
    ("too many requests or busy ({said})", "слишком много запросов, или система занята ({said})"),
    ("too many requests a second", "слишком много запросов в секунду"),
    (
        "too many requests at once, from this or another program",
        "слишком много запросов сразу, от этой или другой программы",
    ),
    ("too many requests ({said})", "слишком много запросов ({said})"),
    ("too many requests: {said}", "слишком много запросов: {said}"),
    ("too many requests", "слишком много запросов"),
    (
        "too many reports in five minutes, or requests in a day",
        "слишком много отчётов за пять минут или запросов за день",
    ),
    ("it answers: {said}", "ответ: {said}"),
    ("it answers {status}", "ответ {status}"),
    ("error {code}: {said}", "ошибка {code}: {said}"),
    ("the server is in trouble ({said})", "у сервера неполадки ({said})"),
    ("the token service is in trouble ({said})", "у службы токенов неполадки ({said})"),
    ("the method's running time is used up", "время работы метода исчерпано"),
    ("a part of a batch got no answer", "часть пакета осталась без ответа"),
    (
        "a page without rates, or a part of one, came in place of data",
        "вместо данных пришла страница без курсов или её часть",
    ),
    (
        "the hour's allowance of requests is used up",
        "часовой лимит запросов исчерпан",
    ),
    ("the hour's allowance is used up: {said}", "часовой лимит исчерпан: {said}"),
    ("the day's allowance of requests is used up", "дневной лимит запросов исчерпан"),
    ("the access token has expired", "срок токена доступа истёк"),
    ("the token has ended", "срок токена истёк"),
    ("queued the report ({count} in its queue)", "отчёт в очереди (в ней {count})"),
    ("queued the report", "отчёт в очереди"),
    ("is making the report ({count} in its queue)", "отчёт готовится (в очереди {count})"),
    ("is making the report", "отчёт готовится"),
    ("the queue of reports is full", "очередь отчётов заполнена"),
    ("the log is not ready after all", "журнал всё-таки не готов"),
    # what cannot be read
    ("an answer to the renewal of the token", "ответ на обновление токена"),
    ("an answer to {method}", "ответ на {method}"),
    ("an answer ({kind} at {place})", "ответ ({kind}, {place})"),
    ("an answer without its rows", "ответ без строк"),
    ("an answer", "ответ"),
    ("a report", "отчёт"),
    ("a record without its times", "запись без времён"),
    ("a change of stage", "смена этапа"),
    ("a row without a numeric id", "строка без числового id"),
    ("a time without an offset", "время без сдвига пояса"),
    ("a time that is no unix time in seconds", "время не в секундах Unix"),
    ("a time of a call", "время звонка"),
    ("a time of creation", "время создания"),
    ("a time", "время"),
    ("a page of calls", "страница звонков"),
    ("a rate that is not positive", "курс не больше нуля"),
    ("a sheet of rates", "таблица курсов"),
    ("a stage without probability", "этап без вероятности"),
    ("a number of a product", "число товара"),
    ("a count of members", "число участников"),
    # whose allowance
    ("operations", "операции"),
    ("requests", "запросы"),
    ("this method", "этот метод"),
    ("calls", "вызовы"),
)
"""Why an API was asked again, and what of its answer cannot be read."""
