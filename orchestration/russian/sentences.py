"""What the command line and the doctor say: English and Russian."""

SENTENCES: tuple[tuple[str, str], ...] = (
    (
        "{table}: {done} of {total} days, {first} to {last}: {rows} rows",
        "{table}: дней {done} из {total}, {first} – {last}: строк {rows}",
    ),
    # the doctor: a company folder
    ("{company}: {file} is in order", "{company}: {file} в порядке"),
    ("{file}: {rows} rows, {first} to {last}", "{file}: строк {rows}, {first} – {last}"),
    ("{file}: {rows} rows", "{file}: строк {rows}"),
    ("{source}: the API answers ({details})", "{source}: API отвечает ({details})"),
    ("{count} campaigns", "кампаний: {count}"),
    ("rates of {day}", "курсы на {day}"),
    ("{source}: the API answers", "{source}: API отвечает"),
    ("{more} to mend, {notes} to know.", "Исправить: {more}, к сведению: {notes}."),
    ("Everything is in order.", "Всё в порядке."),
    ("{file}: no source is switched on", "{file}: не включён ни один источник"),
    (
        "{file}: as_of pins today to {day}; newer facts are not loaded",
        "{file}: as_of останавливает сегодняшний день на {day}; более новые факты не загружаются",
    ),
    (
        "[schedule] time is {time}: joins, leaves and reach of [sources.{source}] are known when a "
        "day is over, and a count after noon is that of the day",
        "[schedule] time — {time}: подписки, отписки и охват [sources.{source}] известны, когда "
        "день кончился, а подсчёт после полудня относится к текущему дню",
    ),
    (
        ".env of the company folder can be read by other users of this machine",
        ".env из папки компании могут читать другие пользователи этой машины",
    ),
    (
        "Environment variable {name} is not set; a key made by the pipeline and kept in the output "
        "folder hashes phones and e-mails",
        "Переменная окружения {name} не задана; телефоны и почта хешируются ключом, который "
        "программа сделала сама и держит в папке результатов",
    ),
    (
        "Variable {name} is not set; [sources.{source}] needs it as {option}",
        "Переменная {name} не задана; она нужна [sources.{source}] как {option}",
    ),
    (
        "Variable {name} is not set, so '{label}' of [alerts] would not be told",
        "Переменная {name} не задана, поэтому «{label}» из [alerts] ничего не узнает",
    ),
    (
        "The output folder {folder} cannot be written",
        "В папку результатов {folder} нельзя писать",
    ),
    (
        "[sources.{source}] is on, but exports/{folder}/ has no file",
        "[sources.{source}] включён, но в exports/{folder}/ нет файла",
    ),
    (
        "... and {count} more refused rows of {table}",
        "... и ещё отбракованных строк таблицы {table}: {count}",
    ),
    # the doctor: registers
    (
        "registers/margins.csv is empty: no ROMI is shown, since a margin is never assumed",
        "registers/margins.csv пуст: ROMI не показан, потому что маржа никогда не додумывается",
    ),
    (
        "registers/targets.csv is empty: the scorecard shows figures without verdicts",
        "registers/targets.csv пуст: отчёт показывает показатели без вердиктов",
    ),
    (
        "[sources.{source}] is in {currency}, but registers/fx_rates.csv has no {missing}",
        "[sources.{source}] в {currency}, но в registers/fx_rates.csv нет {missing}",
    ),
    (
        "{file}, line {line}, column '{column}': {rows} rows are in {currency}, but "
        "registers/fx_rates.csv has no rate of {missing}; {sum} {same} are in no figure",
        "{file}, строка {line}, столбец {column}: в {currency} строк {rows}, но в "
        "registers/fx_rates.csv нет курса {missing}; {sum} {same} не входят ни в один показатель",
    ),
    (
        "{file}, column '{column}': {rows} rows are in {currency}, but registers/fx_rates.csv has "
        "no rate of {missing}; {sum} {same} are in no figure",
        "{file}, столбец {column}: в {currency} строк {rows}, но в registers/fx_rates.csv нет "
        "курса {missing}; {sum} {same} не входят ни в один показатель",
    ),
    (
        "{file}, column '{column}': registers/fx_rates.csv lacks the rate of {currency} on days "
        "that have rows in {same}: {count} ({first} to {last}); {sum} {too} are in no figure",
        "{file}, столбец {column}: в registers/fx_rates.csv нет курса {currency} на дни со "
        "строками в {same}: {count} ({first} – {last}); {sum} {too} не входят ни в один показатель",
    ),
    (
        "{file}, column '{column}': registers/fx_rates.csv lacks the rate of {currency} on days "
        "that have rows in {same}: {count} ({days}); {sum} {too} are in no figure",
        "{file}, столбец {column}: в registers/fx_rates.csv нет курса {currency} на дни со "
        "строками в {same}: {count} ({days}); {sum} {too} не входят ни в один показатель",
    ),
    (
        "registers/targets.csv: target {target} names the unknown metric '{metric}'",
        "registers/targets.csv: у цели {target} неизвестный показатель «{metric}»",
    ),
    (
        "registers/targets.csv: target {target} is in '{unit}', but {metric} is measured in "
        "'{right}'",
        "registers/targets.csv: цель {target} задана в «{unit}», а {metric} измеряется в «{right}»",
    ),
    (
        "registers/targets.csv: target {target} is {value}, but {metric} is a share and never more "
        "than 1",
        "registers/targets.csv: цель {target} равна {value}, а {metric} — доля и не больше 1",
    ),
    (
        "registers/targets.csv: target {target} serves the goal '{goal}', which "
        "registers/goals.csv lacks",
        "registers/targets.csv: цель {target} служит «{goal}», а в registers/goals.csv её нет",
    ),
    (
        "registers/targets.csv: target {target} version {version} was proposed and approved by "
        "{person} alone",
        "registers/targets.csv: цель {target}, версия {version}: предложил и утвердил один "
        "человек, {person}",
    ),
    (
        "registers/targets.csv: target {target} has version {version} {times} times",
        "registers/targets.csv: у цели {target} версия {version} встречается раз: {times}",
    ),
    (
        "registers/{register}.csv: {count} different records have the key {record} and the same "
        "recorded_at, so that only one of them counts",
        "registers/{register}.csv: разных записей с ключом {record} и одним и тем же recorded_at: "
        "{count}, а считается только одна",
    ),
    (
        "registers/conversions.csv: conversion {conversion} has version {version} {times} times",
        "registers/conversions.csv: у конверсии {conversion} версия {version} встречается раз: "
        "{times}",
    ),
    (
        "registers/fx_rates.csv: {day} has {count} different rates of {currency}",
        "registers/fx_rates.csv: на {day} разных курсов {currency}: {count}",
    ),
    # the doctor: folders and files
    (
        "exports/{folder}/ belongs to no source and is not read",
        "exports/{folder}/ не относится ни к одному источнику и не читается",
    ),
    (
        "exports/{folder}/ holds files, but the source is off",
        "в exports/{folder}/ есть файлы, но источник выключен",
    ),
    (
        "{file} lies in no folder of a source and is not read",
        "{file} лежит вне папок источников и не читается",
    ),
    (
        "{file} is a link to a folder, which is not followed",
        "{file} — ссылка на папку, по таким ссылкам файлы не читаются",
    ),
    (
        "{file} is a link to a file that is not there",
        "{file} — ссылка на файл, которого нет",
    ),
    (
        "{file} is no register by its name and is not read",
        "{file} по имени не реестр и не читается",
    ),
    ("... and {count} more files that are not read", "... и ещё непрочитанных файлов: {count}"),
    ("{file} is of a kind that is not read", "{file} — файл такого вида не читается"),
    (
        "{file}, line {line}, column '{column}': {reason}; the row is left out",
        "{file}, строка {line}, столбец {column}: {reason}; строка не загружена",
    ),
    (
        "{file}, line {line}: {reason}; the row is left out",
        "{file}, строка {line}: {reason}; строка не загружена",
    ),
    (
        "{file}, column '{column}': {reason}; the row is left out",
        "{file}, столбец {column}: {reason}; строка не загружена",
    ),
    # what is no fault of a file
    (
        "line {line} names units, and is not read as a row",
        "в строке {line} единицы измерения, она не прочитана как данные",
    ),
    (
        "the header stands in line {line}, and no row comes after it",
        "заголовки в строке {line}, а строк после них нет",
    ),
    (
        "column '{column}' is blank in {rows} rows: no figure is read there, and none is not zero",
        "столбец «{column}» пуст, строк: {rows}; там ничего не прочитано, а пусто — это не ноль",
    ),
    (
        "column '{column}' is below zero in {rows} rows: each counts as a return",
        "столбец «{column}» меньше нуля, строк: {rows}; каждая считается возвратом",
    ),
    (
        "column '{column}' is below zero in {rows} rows: each counts as a bonus or a refund",
        "столбец «{column}» меньше нуля, строк: {rows}; каждая считается бонусом или возвратом",
    ),
    (
        "no column is headed '{header}', which company.toml names for {column}",
        "нет столбца с заголовком «{header}», который company.toml называет для {column}",
    ),
    ("columns that are not read: {list}", "не читаются столбцы: {list}"),
    (
        "in a workbook of this kind a formula that failed (#N/A) is read as an empty cell",
        "в книге этого вида формула с ошибкой (#Н/Д) читается как пустая ячейка",
    ),
    (
        "the column '{header}' is not read; '{column}' may be meant",
        "столбец «{header}» не читается; может быть, это «{column}»",
    ),
    (
        "'{value}' in column '{column}' is text, and read as thousands",
        "«{value}» в столбце «{column}» — текст и прочитан как тысячи",
    ),
    (
        "only numbers like {shown} tell whether the file has decimal commas or points: {same} is "
        "read as one and 234 thousandths",
        "в файле дробная часть видна только в числах вида {shown}: {same} прочитано как одна целая "
        "и 234 тысячных",
    ),
    # a load on its way
    (
        "{table}: reading {count} files, {first} to {last}",
        "{table}: чтение, файлов {count}: {first} – {last}",
    ),
    ("{table}: reading {file}", "{table}: чтение {file}"),
    (
        "{table}: {loaded} rows loaded, {refused} refused",
        "{table}: загружено строк {loaded}, отбраковано {refused}",
    ),
    # a build and a publication on their way
    ("{done} of {total} models built", "построено моделей: {done} из {total}"),
    ("{count} marts, {rows} rows exported", "выгружено витрин: {count}, строк: {rows}"),
    ("published to {folder}", "опубликовано в {folder}"),
    # command line: a run
    ("{company}: day {day} ({zone})", "{company}: день {day} ({zone})"),
    ("{company}: days {first} to {last} ({zone})", "{company}: дни {first} – {last} ({zone})"),
    ("Loaded", "Загружено"),
    ("source", "источник"),
    ("table", "таблица"),
    ("rows", "строк"),
    ("refused", "брак"),
    ("days", "дни"),
    ("files", "файлов"),
    ("unchanged", "без изменений"),
    (
        "{source} {table}: no longer in the folder, their loaded days are kept: {files}",
        "{source} {table}: этих файлов в папке больше нет, загруженные из них дни остаются: "
        "{files}",
    ),
    (
        "{source} {table}: no longer in the folder, and their rows went with them: {files}",
        "{source} {table}: этих файлов в папке больше нет, и их строк тоже: {files}",
    ),
    (
        "Checks: {passed} passed, {warned} warned, {failed} failed",
        "Проверки: прошло {passed}, с предупреждением {warned}, не прошло {failed}",
    ),
    ("since {day}, first seen {seen}", "с {day}, впервые замечено {seen}"),
    ("since {day}", "с {day}"),
    ("first seen {day}", "впервые замечено {day}"),
    ("Published in {seconds} s, run {run}", "Опубликовано за {seconds} с, прогон {run}"),
    ("start here", "начните здесь"),
    ("scorecard", "отчёт"),
    ("database", "база"),
    ("parquet", "parquet"),
    ("checks", "проверки"),
    ("Not published (run {run}, {seconds} s)", "Не опубликовано (прогон {run}, {seconds} с)"),
    (
        "Readers keep the last good snapshot: {folder}",
        "Читатели видят последний удачный выпуск: {folder}",
    ),
    ("There is no earlier snapshot.", "Более раннего выпуска нет."),
    (
        "Dagster UI: make ui, then open {link}",
        "Интерфейс Dagster: make ui, затем откройте {link}",
    ),
    (
        "Spike detector, 30 days: {series} series, {days} days with an alarm; chance alone brings "
        "about {expected}. Too short a history to judge: {unjudged} days of series",
        "Поиск всплесков, 30 дней: рядов {series}, дней с тревогой {days}; случайных ожидается "
        "около {expected}. Слишком короткая история: дней рядов {unjudged}",
    ),
    ("{step} failed, will be tried again", "{step}: ошибка, будет ещё попытка"),
    ("the run failed", "прогон не удался"),
    ("state: failed", "последний запуск ничего не опубликовал"),
    ("{step} failed", "{step}: ошибка"),
    (
        "Another run is writing this company's data; this one begins when it has ended, and gives "
        "up after {minutes} minutes.",
        "Данные этой компании сейчас пишет другой прогон; этот начнётся, когда тот закончится, "
        "а через {minutes} минут откажется ждать.",
    ),
    # command line: other commands
    (
        "Made {folder}.\nNext: put exports into exports/<source>/, fill registers/, then",
        "Создана {folder}.\nДальше: положите выгрузки в exports/<источник>/, заполните registers/, "
        "затем",
    ),
    ("{sent} message(s) sent.", "Отправлено сообщений: {sent}."),
    ("{label}: delivered", "{label}: доставлено"),
    (
        "alert for '{label}' was not delivered: {details}",
        "оповещение для «{label}» не доставлено: {details}",
    ),
    ("the environment variable {name} is not set", "переменная {name} не задана"),
    (
        "{name} holds no address that Apprise knows",
        "в переменной {name} нет адреса, который понимает Apprise",
    ),
    ("the service did not take it", "служба его не приняла или не ответила"),
    (
        "Nothing is published for {company} yet, so no pages about its models",
        "Для {company} ещё ничего не опубликовано, поэтому страниц о моделях нет",
    ),
    ("documentation of the models (dbt)", "описание моделей (dbt)"),
    ("lineage of the columns (dbt-colibri)", "происхождение столбцов (dbt-colibri)"),
    # command line: many companies
    (
        "{count} companies; to mend: {names}.",
        "Компаний: {count}; исправить: {names}.",
    ),
    (
        "{count} companies; every company is in order.",
        "Компаний: {count}; все в порядке.",
    ),
    (
        "The page of all companies is not drawn: {said}",
        "Страница всех компаний не обновлена: {said}",
    ),
    ("{company}: took {seconds} s", "{company}: заняло {seconds} с"),
    ("state: broken", "настройки не читаются"),
    ("state: late", "давно нет нового"),
    ("state: never", "ещё не запускалась"),
    ("state: good", "в порядке"),
    ("company", "компания"),
    ("state", "состояние"),
    ("data up to", "данные по"),
)

BEHIND_A_NAME: tuple[tuple[str, str], ...] = (
    ("[sources.{source}] {error}", "[sources.{source}] {error}"),
    ("{file}: {sentence}", "{file}: {sentence}"),
)
"""An error of an API that the doctor asked, and what may stand behind the name of a file."""
