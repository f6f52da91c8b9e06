"""What to do, of refused rows, errors and findings of the doctor: English and Russian.

Names of settings, variables, columns and files stay as they are. A longer text stands before one
that its beginning would fit.
"""

WANTED: tuple[tuple[str, str], ...] = (
    ("sums in the currency of the row", "суммы в валюте строки"),
    ("sums in {currency}", "суммы в {currency}"),
    ("shares such as 0.35", "доли вида 0.35"),
    ("seconds", "секунды"),
    ("whole units", "единицы"),
)
"""What a column is read in (`units.wanted`)."""

_OF_ROWS = (
    (
        "nothing, if files were joined; otherwise export again",
        "ничего, если файлы соединяли; иначе выгрузите заново",
    ),
    (
        "fill the cell, or leave the row out of the export",
        "заполните ячейку или уберите строку из выгрузки",
    ),
    (
        "write digits only, for example 1234.50",
        "пишите только цифры, например 1234.50",
    ),
    (
        'set decimal = "," in company.toml, [sources.{source}], or export with a decimal point',
        'задайте decimal = "," в company.toml, [sources.{source}], или выгрузите с десятичной '
        "точкой",
    ),
    (
        'set decimal = "." in company.toml, [sources.{source}], or export with a decimal comma',
        'задайте decimal = "." в company.toml, [sources.{source}], или выгрузите с десятичной '
        "запятой",
    ),
    (
        "export a whole number; check that the columns are not mixed up",
        "выгрузите целое число; проверьте, не перепутаны ли столбцы",
    ),
    (
        "write 2026-01-31 or 31.01.2026, with the time after a space: 2026-01-31 18:05:00; for "
        '01/31/2026 set date_order = "mdy" in company.toml, [sources.{source}], for 31/01/2026 '
        '"dmy"',
        "пишите 2026-01-31 или 31.01.2026, время после пробела: 2026-01-31 18:05:00; для "
        '01/31/2026 задайте date_order = "mdy" в company.toml, [sources.{source}], для 31/01/2026 '
        '— "dmy"',
    ),
    (
        "format the column as a date before the export",
        "до выгрузки задайте столбцу формат даты",
    ),
    (
        "mend the date; if it is right, set an earlier first_date in company.toml, "
        "[sources.{source}]",
        "исправьте дату; если она верна, задайте более ранний first_date в company.toml, "
        "[sources.{source}]",
    ),
    (
        "mend the date; check that day and month are not swapped",
        "исправьте дату; проверьте, не переставлены ли день и месяц",
    ),
    ("mend the date", "исправьте дату"),
    ("write true or false", "пишите true или false (да или нет)"),
    (
        "leave the line of sums out of the export; the sums of what is loaded need none",
        "уберите строку итогов из выгрузки: итоги считаются по загруженным строкам",
    ),
    (
        "export or copy the file again: a full disk or a broken copy leaves such bytes",
        "выгрузите или скопируйте файл заново: такие байты остаются от полного диска или сбоя "
        "копирования",
    ),
    (
        "mend the formula, or leave the cell empty",
        "исправьте формулу или оставьте ячейку пустой",
    ),
    (
        "mend the number; a return that is a row of its own has a negative sum, and nothing in "
        "this column",
        "исправьте число; у возврата отдельной строкой сумма отрицательная, а этот столбец пуст",
    ),
    (
        "write the first day and the last in their columns",
        "первый и последний день пишите каждый в своём столбце",
    ),
    (
        "write the low end, the estimate and the high end in their columns",
        "нижнюю границу, оценку и верхнюю границу пишите каждую в своём столбце",
    ),
    (
        "write the address and the length, such as 203.0.113.0/24; of a visitor's address only "
        "its /24 is kept, so of a smaller network write the /24 around it",
        "пишите адрес и длину, например 203.0.113.0/24; от адреса посетителя хранится только его "
        "/24, поэтому вместо сети поменьше пишите /24 вокруг неё",
    ),
    (
        "name the currency in the column 'currency', or set currency in company.toml, "
        "[sources.{source}]; a sum without any is taken as {currency}",
        "укажите валюту в столбце currency или задайте currency в company.toml, "
        "[sources.{source}]; сумма без валюты считается в {currency}",
    ),
    (
        "export again and do not save the file in a spreadsheet, or format the column as text "
        "before",
        "выгрузите заново и не сохраняйте файл в таблице или сначала задайте столбцу текстовый "
        "формат",
    ),
    (
        'say it in company.toml: [sources.{source}.values.{column}], "the answer" = "yes", or "no"',
        'скажите это в company.toml: [sources.{source}.values.{column}], "ответ" = "yes" или "no"',
    ),
    (
        "use one of them, or map your word in company.toml: [sources.{source}.values.{column}], "
        '"your word" = "{value}"',
        "пишите одно из них или задайте своё слово в company.toml: "
        '[sources.{source}.values.{column}], "ваше слово" = "{value}"',
    ),
    ("mend the number", "исправьте число"),
    ("write a share such as 0.35, or 35%", "пишите долю, например 0.35, или 35%"),
    (
        "mend the line: a cell with a delimiter in it must stand in quotation marks; if it is the "
        "last line, the export was cut off: export it again",
        "исправьте строку: ячейка, в которой есть разделитель, должна стоять в кавычках; если "
        "строка последняя, выгрузка оборвана: выгрузите заново",
    ),
    (
        "export again, or save the file as UTF-8",
        "выгрузите заново или сохраните файл в UTF-8",
    ),
    (
        "double each quotation mark inside a quoted cell, or export again",
        "удвойте каждую кавычку внутри ячейки в кавычках или выгрузите заново",
    ),
    ("mend the line, or export again", "исправьте строку или выгрузите заново"),
)

_OF_FILES = (
    (
        "{remedy}. All refused rows are listed in the quarantine",
        "{remedy}. Все отбракованные строки — в карантине",
    ),
    (
        'name one in company.toml, [sources.{source}] sheet = "{sheet}", or save each sheet as a '
        "file of its own",
        'назовите один в company.toml, [sources.{source}] sheet = "{sheet}", или сохраните каждый '
        "лист отдельным файлом",
    ),
    (
        "export it again, unless there was nothing to export",
        "выгрузите заново, если было что выгружать",
    ),
    (
        "export it again; an export that broke off leaves such a file",
        "выгрузите заново: такой файл остаётся от прерванной выгрузки",
    ),
    ("export it again", "выгрузите заново"),
    (
        "open the workbook in a spreadsheet program and save it, or export the values as CSV",
        "откройте книгу в редакторе таблиц и сохраните или выгрузите значения в CSV",
    ),
    (
        "delete the rows below the table and the columns beside it (Ctrl+End shows the last cell) "
        "and save, or export as CSV",
        "удалите строки ниже таблицы и столбцы рядом с ней (последнюю ячейку покажет Ctrl+End) и "
        "сохраните или выгрузите в CSV",
    ),
    (
        "unmerge the cell, and write the number of each row",
        "разъедините ячейку и впишите число каждой строки",
    ),
    (
        'show the sheet and save, or name it in company.toml, [sources.{source}] sheet = "{sheet}"',
        "сделайте лист видимым и сохраните или назовите его в company.toml, [sources.{source}] "
        'sheet = "{sheet}"',
    ),
    (
        "save it again as XLSX without a password, or export as CSV",
        "сохраните заново в XLSX без пароля или выгрузите в CSV",
    ),
    ("export or copy the file again", "выгрузите или скопируйте файл заново"),
    (
        "export or copy the file again; if the line is no row, take it out",
        "выгрузите или скопируйте файл заново; если это не строка таблицы, уберите её",
    ),
    (
        "export the file again as CSV; if the line is one of its rows, take it out",
        "выгрузите файл заново как CSV; если это строка таблицы, уберите её",
    ),
    (
        "let the user of the token see all records again; if they were deleted, or first_date was "
        "set later, allow it once: deletes_at_most = 1 under [sources.{source}]",
        "верните владельцу токена право видеть все записи; если их удалили или сделали позже "
        "first_date, разрешите это один раз: deletes_at_most = 1 в [sources.{source}]",
    ),
    (
        "shorten the long cell, or export again",
        "сократите длинную ячейку или выгрузите заново",
    ),
    (
        "let its name, or its folder's name, begin with one of: {names}",
        "пусть его имя или имя его папки начинается с одного из: {names}",
    ),
    (
        "free memory, or part the file into smaller ones",
        "освободите память или разделите файл на меньшие",
    ),
    (
        "mend what the text in brackets says (disk space, rights), then run again",
        "исправьте то, что сказано в скобках (место на диске, права), и запустите снова",
    ),
    (
        "export the file again, as CSV if it was another kind; if that does not help, report it as "
        "a fault of this product",
        "выгрузите файл заново, в CSV, если он был другим; если не поможет, сообщите об ошибке "
        "этого продукта",
    ),
    (
        "save the file with ordinary line ends, or export it again as CSV",
        "сохраните файл с обычными концами строк или выгрузите заново в CSV",
    ),
    (
        "close or remove the quotation mark, or export again",
        "закройте или уберите кавычку или выгрузите заново",
    ),
    (
        "export the column as {wanted}, not in thousands; sums in another currency need a column "
        "'currency', or currency under [sources.{source}] of company.toml",
        "выгрузите в столбце {wanted}, не тысячи; суммам в другой валюте нужен столбец currency "
        "или currency в [sources.{source}] файла company.toml",
    ),
    (
        "nothing, if it holds no figures",
        "ничего, если в ней нет показателей",
    ),
    (
        "nothing, if they are not needed; otherwise say which column of {table} they are: "
        "[sources.{source}.columns]",
        "ничего, если они не нужны; иначе скажите, какие это столбцы таблицы {table}: "
        "[sources.{source}.columns]",
    ),
    (
        "nothing, if the export leaves such days blank",
        "ничего, если выгрузка оставляет такие дни пустыми",
    ),
    (
        "nothing, if that is what they are; otherwise mend the numbers",
        "ничего, если это они и есть; иначе исправьте числа",
    ),
    (
        "nothing, if this file does not hold it; otherwise write the header as it stands in the "
        "file",
        "ничего, если в этом файле его нет; иначе напишите заголовок так, как он стоит в файле",
    ),
    (
        'write decimal = "," under [sources.{source}] of company.toml if it has decimals, or make '
        "it a number",
        'напишите decimal = "," в [sources.{source}] файла company.toml, если это дробь, или '
        "сделайте ячейку числом",
    ),
    (
        'write decimal = "{sign}" under [sources.{source}] of company.toml if {shown} is a '
        "thousand and more",
        'напишите decimal = "{sign}" в [sources.{source}] файла company.toml, если {shown} больше '
        "тысячи",
    ),
    (
        "download the export again while signed in, and choose CSV or XLSX",
        "войдите в систему, скачайте выгрузку заново и выберите CSV или XLSX",
    ),
    (
        "leave one of them in the export, or rename the other",
        "оставьте в выгрузке один из них или переименуйте второй",
    ),
    (
        "rename the header to '{header}', or write in company.toml: [sources.{source}.columns] "
        '{column} = "your header"; what is the same in every row may stand in '
        '[sources.{source_too}.constants] {column_too} = "..."',
        "переименуйте заголовок в «{header}» или напишите в company.toml: "
        '[sources.{source}.columns] {column} = "ваш заголовок"; одинаковое во всех строках можно '
        'задать в [sources.{source}.constants] {column} = "..."',
    ),
    (
        "rename the header to '{header}', or write in company.toml: [sources.{source}.columns] "
        '{column} = "{near}"; what is the same in every row may stand in '
        '[sources.{source_too}.constants] {column_too} = "..."',
        "переименуйте заголовок в «{header}» или напишите в company.toml: "
        '[sources.{source}.columns] {column} = "{near}"; одинаковое во всех строках можно задать в '
        '[sources.{source}.constants] {column} = "..."',
    ),
    (
        "rename the header to '{header}'; if it is something else, give it a name less alike or "
        "take it out",
        "переименуйте заголовок в «{header}»; если это другое, назовите иначе или уберите столбец",
    ),
    (
        'if so, write [sources.{source}.columns] {column} = "{header}"',
        'если так, напишите [sources.{source}.columns] {column} = "{header}"',
    ),
    (
        "nothing, if it holds no formulas; otherwise save it as XLSX",
        "ничего, если в ней нет формул; иначе сохраните её в XLSX",
    ),
    (
        "export the table with a header line; it needs the columns {columns}",
        "выгрузите таблицу со строкой заголовков; нужны столбцы {columns}",
    ),
    (
        "unpack it, and put the files in it here",
        "распакуйте его и положите сюда файлы из него",
    ),
    ("unpack it, or add .gz to its name", "распакуйте его или добавьте .gz к имени"),
    (
        "open it in a spreadsheet program and save it as XLSX, or export as CSV",
        "откройте его в редакторе таблиц и сохраните в XLSX или выгрузите в CSV",
    ),
    (
        'say in company.toml which it is: [sources.{source}.columns] {column} = "{header}"',
        'скажите в company.toml, какой из них: [sources.{source}.columns] {column} = "{header}"',
    ),
    (
        "save the file as UTF-8 (in Excel: 'CSV UTF-8')",
        "сохраните файл в UTF-8 (в Excel: «CSV UTF-8»)",
    ),
    ("see docs/plain_tables.md", "смотрите docs/plain_tables.md"),
    (
        'write door = "files" and put the exports into exports/{source}/',
        'напишите door = "files" и положите выгрузки в exports/{source}/',
    ),
    ("give Matomo's spammers.txt", "дайте файл spammers.txt проекта Matomo"),
)

_OF_APIS = (
    (
        "nothing was half-loaded: run the load again later, or use export files",
        "наполовину ничего не загружено: повторите загрузку позже или пользуйтесь файлами выгрузки",
    ),
    (
        "nothing was half-loaded: run the load again later; if it stays so, check the network, a "
        "proxy, and the system's status page",
        "наполовину ничего не загружено: повторите загрузку позже; если не пройдёт, проверьте "
        "сеть, прокси и страницу состояния системы",
    ),
    (
        "nothing was half-loaded: run the load again later",
        "наполовину ничего не загружено: повторите загрузку позже",
    ),
    (
        "run the load again after that time; nothing was half-loaded. If the HubSpot account keeps "
        "another time than {zone}, set timezone in [sources.{source}]",
        "повторите загрузку после этого времени; наполовину ничего не загружено. Если аккаунт "
        "HubSpot живёт не по {zone}, задайте timezone в [sources.{source}]",
    ),
    (
        "run the load again after that time; nothing was half-loaded",
        "повторите загрузку после этого времени; наполовину ничего не загружено",
    ),
    (
        "run the load again later; nothing was half-loaded",
        "повторите загрузку позже; наполовину ничего не загружено",
    ),
    (
        "run the load again later: nothing was half-loaded, and what the system has prepared by "
        "then is found",
        "повторите загрузку позже: наполовину ничего не загружено, а подготовленное системой к "
        "тому времени найдётся",
    ),
    (
        "run the load again later: the log goes on being prepared and is found; or raise "
        "wait_minutes in [sources.{source}]",
        "повторите загрузку позже: журнал готовится дальше и найдётся; или увеличьте wait_minutes "
        "в [sources.{source}]",
    ),
    (
        "run the load again later; if it stays so, keep registers/fx_rates.csv by hand",
        "повторите загрузку позже; если не пройдёт, ведите registers/fx_rates.csv вручную",
    ),
    (
        "its site may take many requests for an attack: run the load again in an hour; if it stays "
        "so, check base_url in [sources.{source}], and that the site opens from here",
        "сайт мог принять запросы за атаку: повторите загрузку через час; если не пройдёт, "
        "проверьте base_url в [sources.{source}] и открывается ли сайт отсюда",
    ),
    ("write it like 6GB or 800MB", "напишите, например, 6GB или 800MB"),
    (
        "look for a newer version of the pipeline; until then use export files",
        "поищите новую версию программы; до тех пор пользуйтесь файлами выгрузки",
    ),
    (
        "the system may have changed its format: look for a newer version of the pipeline; until "
        "then use export files",
        "система могла сменить формат: поищите новую версию программы; до тех пор пользуйтесь "
        "файлами выгрузки",
    ),
    ("check account in [sources.{source}]", "проверьте account в [sources.{source}]"),
    ("check site_ids in [sources.{source}]", "проверьте site_ids в [sources.{source}]"),
    ("check base_url in {file}", "проверьте base_url в {file}"),
    (
        "make a new token in the integration's settings and put it into {name}",
        "сделайте новый токен в настройках интеграции и положите его в {name}",
    ),
    (
        "pay the account, then run the load again; or use export files",
        "оплатите аккаунт и повторите загрузку; или пользуйтесь файлами выгрузки",
    ),
    (
        "let the integration's user see all leads and contacts; if that is so, the address of this "
        "machine is blocked for too many requests: wait an hour",
        "дайте пользователю интеграции видеть все сделки и контакты; если это так, адрес машины "
        "заблокирован за частые запросы: подождите час",
    ),
    (
        "connect the integration once more and put the new refresh token into {name}; each can be "
        "used once and dies after three months",
        "подключите интеграцию заново и положите новый refresh-токен в {name}; каждый годится на "
        "один раз и живёт три месяца",
    ),
    (
        "compare [sources.{source}.fields] in company.toml with the portal's fields",
        "сверьте [sources.{source}.fields] в company.toml с полями портала",
    ),
    (
        "check the portal's address in the environment variable {name}, and that the portal's plan "
        "includes REST",
        "проверьте адрес портала в переменной окружения {name} и есть ли в тарифе портала REST",
    ),
    (
        "make a new one in the portal and put it into {name}",
        "сделайте на портале новый и положите его в {name}",
    ),
    (
        "update the portal, or use export files",
        "обновите портал или пользуйтесь файлами выгрузки",
    ),
    (
        "give the webhook or application the right 'crm' (CRM), and let its user see all leads, "
        "deals and contacts",
        "дайте вебхуку или приложению право crm (CRM), а его пользователю — видеть все лиды, "
        "сделки и контакты",
    ),
    (
        "copy the whole address of an incoming webhook; it looks like {example}",
        "скопируйте целиком адрес входящего вебхука; он похож на {example}",
    ),
    (
        "copy the API key from the site's settings in Calltouch into {name}; it belongs to the "
        "site_ids of [sources.{source}]",
        "скопируйте ключ API из настроек сайта в Calltouch в {name}; он относится к site_ids из "
        "[sources.{source}]",
    ),
    (
        "switch [sources.{source}] off and keep registers/fx_rates.csv by hand",
        "выключите [sources.{source}] и ведите registers/fx_rates.csv вручную",
    ),
    (
        "check the currency codes in company.toml; keep rates it does not publish in "
        "registers/fx_rates.csv",
        "проверьте коды валют в company.toml; курсы, которых банк не публикует, ведите в "
        "registers/fx_rates.csv",
    ),
    (
        "check the network, a proxy, and base_url in company.toml; run the doctor again",
        "проверьте сеть, прокси и base_url в company.toml; запустите doctor снова",
    ),
    (
        "run the doctor again later; a load waits by itself",
        "запустите doctor позже; загрузка ждёт сама",
    ),
    (
        "add that account to the property as a viewer, switch on the Google Analytics Data API in "
        "its project, or correct property_ids",
        "добавьте этот аккаунт в ресурс как читателя, включите Google Analytics Data API в его "
        "проекте или исправьте property_ids",
    ),
    (
        "load from {oldest}: set first_date under [sources.{source}], or bring older days as "
        "export files",
        "загружайте с {oldest}: задайте first_date в [sources.{source}] или принесите более ранние "
        "дни файлами выгрузки",
    ),
    (
        "set api_version in [sources.{source}] to one that has the fields, or look for a newer "
        "version of the pipeline",
        "задайте в [sources.{source}] api_version, в которой есть эти поля, или поищите новую "
        "версию программы",
    ),
    (
        "access belongs to the Google Cloud project of the OAuth client now: take {name} out of "
        "the environment and set api_version in [sources.{source}] to a newer one, such as "
        '"{version}"',
        "доступ теперь у проекта Google Cloud клиента OAuth: уберите {name} из окружения и задайте "
        'в [sources.{source}] более новую api_version, например "{version}"',
    ),
    (
        "check customer_ids and login_customer_id",
        "проверьте customer_ids и login_customer_id",
    ),
    (
        "check customer_ids, and login_customer_id where access goes through a manager account",
        "проверьте customer_ids и, если доступ идёт через управляющий аккаунт, login_customer_id",
    ),
    (
        "switch the Google Ads API on in the project and apply for Explorer or Basic access on its "
        "Google Ads API page in the Cloud console",
        "включите Google Ads API в проекте и подайте заявку на доступ Explorer или Basic на его "
        "странице в Cloud Console",
    ),
    (
        "ask the support of the Google Ads API why; until then use export files",
        "спросите поддержку Google Ads API о причине; до тех пор пользуйтесь файлами выгрузки",
    ),
    (
        "versions live for about a year: set api_version in [sources.{source}] to a living one, or "
        "look for a newer version of the pipeline",
        "версии живут около года: задайте в [sources.{source}] действующую api_version или поищите "
        "новую версию программы",
    ),
    (
        "set a later first_date in [sources.{source}]; bring older days as files",
        "задайте в [sources.{source}] более поздний first_date; более ранние дни принесите файлами",
    ),
    (
        "let it hold the path of the JSON key file that Google Cloud gave for the account",
        "задайте в ней путь к файлу ключа JSON, который Google Cloud выдал для аккаунта",
    ),
    ("renew the secret in {name}", "обновите ключ в {name}"),
    (
        "an access token lives for an hour: put a new one into {name}, or use service_account_env "
        "or refresh_token_env",
        "токен доступа живёт час: положите в {name} новый или пользуйтесь service_account_env либо "
        "refresh_token_env",
    ),
    (
        "check {name} and the client's id and secret; refresh tokens of an app in testing end "
        "after seven days",
        "проверьте {name}, идентификатор и ключ клиента; refresh-токены тестового приложения живут "
        "семь дней",
    ),
    (
        "check {name}; refresh tokens of an app in testing end after seven days",
        "проверьте {name}; refresh-токены тестового приложения живут семь дней",
    ),
    (
        "write under [sources.{source}]: {key} = {example}",
        "напишите в [sources.{source}]: {key} = {example}",
    ),
    (
        "set enabled = true in [sources.{source}]",
        "напишите enabled = true в [sources.{source}]",
    ),
    (
        'put it into the file .env or the environment as {name}=..., or set door = "files" in '
        "[sources.{source}]",
        'положите его в файл .env или в окружение: {name}=..., или напишите door = "files" в '
        "[sources.{source}]",
    ),
    (
        "copy the secret again, without spaces, quotes or line ends",
        "скопируйте ключ заново, без пробелов, кавычек и концов строк",
    ),
    (
        "check the properties under [sources.{source}.fields]",
        "проверьте свойства в [sources.{source}.fields]",
    ),
    (
        "copy the access token of the private app into {name}",
        "скопируйте токен доступа приватного приложения в {name}",
    ),
    (
        "give the private app the scopes crm.objects.contacts.read, crm.objects.deals.read and "
        "crm.objects.line_items.read (or set products = false)",
        "дайте приватному приложению права crm.objects.contacts.read, crm.objects.deals.read и "
        "crm.objects.line_items.read (или задайте products = false)",
    ),
    (
        "check the ids under [sources.{source}.accounts]: only business and creator accounts that "
        "the token's user manages can be counted",
        "проверьте id в [sources.{source}.accounts]: считаются только бизнес-аккаунты и аккаунты "
        "авторов, которыми управляет владелец токена",
    ),
    (
        "make a new long-lived token and put it into {name}",
        "сделайте новый долгоживущий токен и положите его в {name}",
    ),
    (
        "give the token the right instagram_manage_insights, or set with_statistics = false in "
        "[sources.{source}]",
        "дайте токену право instagram_manage_insights или задайте with_statistics = false в "
        "[sources.{source}]",
    ),
    (
        "see what it calls its metrics now and set metrics in [sources.{source}], or set "
        "with_statistics = false",
        "посмотрите, как система зовёт показатели теперь, и задайте metrics в [sources.{source}] "
        "или with_statistics = false",
    ),
    (
        "check the names under accounts in [sources.{source}]; let the bot into private channels",
        "проверьте имена в accounts в [sources.{source}]; пустите бота в закрытые каналы",
    ),
    (
        "check the names under accounts in [sources.{source}]",
        "проверьте имена в accounts в [sources.{source}]",
    ),
    (
        "ask @BotFather for the token again and put it into {name}",
        "возьмите токен у @BotFather снова и положите его в {name}",
    ),
    (
        "delete the file, connect the integration once more, and put the new refresh token into "
        "the environment",
        "удалите файл, подключите интеграцию заново и положите новый refresh-токен в окружение",
    ),
    (
        "check accounts and the token's rights in [sources.{source}]",
        "проверьте accounts и права токена в [sources.{source}]",
    ),
    ("make a new token and put it into {name}", "сделайте новый токен и положите его в {name}"),
    (
        "put the token of a user who manages the communities into {name}, or set with_statistics = "
        "false in [sources.{source}]",
        "положите в {name} токен того, кто управляет сообществами, или задайте with_statistics = "
        "false в [sources.{source}]",
    ),
    (
        "check {name} and the client id in the VK Ads account, API access",
        "проверьте {name} и идентификатор клиента в кабинете VK Рекламы, доступ к API",
    ),
    (
        "if it is about limit: set page_size in [sources.{source}] to what VK allows",
        "если дело в limit, задайте в [sources.{source}] page_size, который допускает VK",
    ),
    (
        "a client may have five living tokens: delete those of other programs (token/delete.json, "
        "or in the settings of the VK Ads account), then load again",
        "у клиента может быть пять живых токенов: удалите токены других программ "
        "(token/delete.json или настройки кабинета VK Рекламы) и повторите загрузку",
    ),
    (
        "check the access of the client in {name}",
        "проверьте доступ клиента из {name}",
    ),
    (
        "check the account's rights, and agency_client_name for an agency",
        "проверьте права аккаунта, а для агентства и agency_client_name",
    ),
    (
        "get a new token at oauth.yandex.ru and put it into {name}",
        "возьмите новый токен на oauth.yandex.ru и положите его в {name}",
    ),
    (
        "check client_logins, the access of that user, and that the application's request for "
        "access to the API is approved",
        "проверьте client_logins, доступ этого пользователя и одобрена ли заявка приложения на "
        "доступ к API",
    ),
    (
        "points come back hour by hour within 24 hours: run the load again after that time; "
        "nothing was half-loaded; an agency may spend its own: {setting} under [sources.{source}]",
        "баллы возвращаются по часам в течение суток: повторите загрузку после этого времени; "
        "наполовину ничего не загружено; агентство может тратить свои: {setting} в "
        "[sources.{source}]",
    ),
    (
        "points come back hour by hour within 24 hours: run the load again after that time; "
        "nothing was half-loaded",
        "баллы возвращаются по часам в течение суток: повторите загрузку после этого времени; "
        "наполовину ничего не загружено",
    ),
    (
        "if Direct gives more, set most_rows under [sources.{source}]",
        "если Директ отдаёт больше, задайте most_rows в [sources.{source}]",
    ),
    (
        "load days up to {day}, or let the daily run begin later ([schedule] time)",
        "загружайте дни по {day} или назначьте ежедневный прогон на более позднее время "
        "([schedule] time)",
    ),
    (
        "give that user access to the counter, or correct counter_ids",
        "дайте этому пользователю доступ к счётчику или исправьте counter_ids",
    ),
    (
        "delete prepared logs of other programs (Logs API, clean), or wait until Metrica removes "
        "them by itself, and run the load again",
        "удалите подготовленные журналы других программ (Logs API, clean) или дождитесь, пока "
        "Метрика удалит их сама, и повторите загрузку",
    ),
)

_OF_COMPANIES = (
    ("swap the two days", "поменяйте два дня местами"),
    (
        "choose days in that range, or change first_date in company.toml",
        "выберите дни в этих пределах или измените first_date в company.toml",
    ),
    ("add recipients under [alerts]", "добавьте recipients в [alerts]"),
    (
        "save it as UTF-8 text that this user may read",
        "сохраните его как текст UTF-8, который этот пользователь может читать",
    ),
    (
        "write NAME=value, in quotes where the value holds spaces or #",
        "пишите ИМЯ=значение, в кавычках, если в значении есть пробелы или #",
    ),
    ("set it where the pipeline is started", "задайте её там, где запускается программа"),
    (
        "run the pipeline first: marketing-kpi run --company {folder}",
        "сначала запустите: marketing-kpi run --company {folder}",
    ),
    (
        "if the dbt project was changed since the last run, run the pipeline first",
        "если проект dbt менялся после последнего прогона, сначала запустите прогон",
    ),
    ("install it with: {command}", "установите его: {command}"),
    (
        "set {name}, or correct [warehouse.clickhouse] password_env",
        "задайте {name} или исправьте password_env в [warehouse.clickhouse]",
    ),
    (
        "install Java 17 or newer (Debian: {command})",
        "установите Java 17 или новее (Debian: {command})",
    ),
    ("make it first", "сначала создайте её"),
    ("give --mart NAME, or --all", "укажите --mart ИМЯ или --all"),
    (
        "choose rows with --where, or take the parquet file",
        "отберите строки через --where или возьмите файл parquet",
    ),
    ("choose one of: {names}", "выберите из: {names}"),
    (
        "write it as after WHERE in SQL; the columns are in docs.columns",
        "пишите его как после WHERE в SQL; столбцы — в docs.columns",
    ),
    (
        "close it in Excel, or choose another --to",
        "закройте её в Excel или выберите другой --to",
    ),
    ("name one of: {names}", "назовите одну из: {names}"),
    (
        "name it with --companies, or set {name}",
        "назовите её через --companies или задайте {name}",
    ),
    ("make one with: {command}", "создайте её: {command}"),
    ("choose a new or an empty folder", "выберите новую или пустую папку"),
    (
        "start the job daily, or choose 'All steps' where a run is executed again",
        "запустите задание daily, а при повторном запуске выберите «All steps»",
    ),
    (
        "start it again; nothing of it was published",
        "запустите снова; из него ничего не опубликовано",
    ),
    (
        "wait for it to end, or stop it in the Dagster UI",
        "дождитесь его конца или остановите его в интерфейсе Dagster",
    ),
    (
        "compare with the commented company.toml that marketing-kpi new writes",
        "сравните с company.toml, который пишет marketing-kpi new: там есть пояснения",
    ),
    (
        "check the path, or make a folder with: {command}",
        "проверьте путь или создайте папку: {command}",
    ),
    (
        "copy it from data/sample_company, or make a folder with: {command}",
        "скопируйте его из data/sample_company или создайте папку: {command}",
    ),
    ("save the file as UTF-8", "сохраните файл в UTF-8"),
    (
        "mend that line; texts need quotes, dates are written 2026-01-31",
        "исправьте эту строку; тексты пишутся в кавычках, даты — 2026-01-31",
    ),
)

_OF_THE_DOCTOR = (
    ("use one of: {names}", "возьмите один из: {names}"),
    ("write enabled = true under one", "напишите у одного enabled = true"),
    (
        "let the daily run begin between midnight and noon",
        "запускать ежедневный прогон между полуночью и полуднем",
    ),
    (
        "remove as_of, unless this is a demonstration",
        "уберите as_of, если это не показ на примере",
    ),
    (
        "set it if the output folder may be lost or the data must be joined elsewhere",
        "задайте её, если папка результатов может пропасть или данные надо соединять где-то ещё",
    ),
    ("chmod 600 {file}", "chmod 600 {file}"),
    (
        'set {name}, or write door = "files" under [sources.{source}]',
        'задайте {name} или напишите door = "files" в [sources.{source}]',
    ),
    (
        "set {name} to an address Apprise knows, then: {command}",
        "задайте в {name} адрес, понятный Apprise, затем: {command}",
    ),
    (
        "put its last backup in its place; without one, move it away, and what it knew of earlier "
        "figures and registers is begun anew",
        "верните его последнюю резервную копию; если её нет, уберите файл: то, что он помнил о "
        "прежних цифрах и реестрах, начнётся заново",
    ),
    (
        "give this user the right to write, or set KPI_OUTPUT_DIR to another folder",
        "дайте этому пользователю право записи или задайте в KPI_OUTPUT_DIR другую папку",
    ),
    (
        "put its export there, or write enabled = false",
        "положите туда выгрузку или напишите enabled = false",
    ),
    (
        "let finance fill it: {columns}",
        "пусть его заполнят финансы: {columns}",
    ),
    (
        "add targets that were approved before their period begins",
        "добавьте цели, утверждённые до начала их периода",
    ),
    (
        "add a rate of {currency} for every day with such a row ({days} to {last}), or write "
        "enabled = true under [sources.central_bank]",
        "добавьте курс {currency} на каждый день с такой строкой ({days} – {last}) или напишите "
        "enabled = true в [sources.central_bank]",
    ),
    (
        "add a rate of {currency} for every day with such a row ({days}), or write enabled = true "
        "under [sources.central_bank]",
        "добавьте курс {currency} на каждый день с такой строкой ({days}) или напишите enabled = "
        "true в [sources.central_bank]",
    ),
    (
        "add a rate of {currency} for every day of spend, or to currencies in "
        "[sources.central_bank]",
        "добавьте курс {currency} на каждый день расхода или {currency} в currencies "
        "[sources.central_bank]",
    ),
    (
        "add a rate of {currency} for every day of spend",
        "добавьте курс {currency} на каждый день расхода",
    ),
    (
        "add the missing days; on a weekend that is the rate of the last working day. A rate of "
        "the register is in force on its own day only",
        "добавьте недостающие дни; на выходной это курс последнего рабочего дня. Курс из реестра "
        "действует только в свой день",
    ),
    (
        "write {names}, or another metric_id of dbt_project/seeds/kpi_definitions.csv",
        "напишите {names} или другой metric_id из dbt_project/seeds/kpi_definitions.csv",
    ),
    (
        "use a metric_id of dbt_project/seeds/kpi_definitions.csv",
        "возьмите metric_id из dbt_project/seeds/kpi_definitions.csv",
    ),
    (
        "remove it and load its days again with marketing-kpi backfill; a table without days is "
        "loaded again by any run",
        "удалите его и загрузите его дни заново: marketing-kpi backfill; таблицу без дней заново "
        "загрузит любой запуск",
    ),
    (
        "free space or give rights where that file keeps its storage; where the storage "
        "is damaged, move its folder away, it holds the history of runs and no figures; then "
        "run again",
        "освободите место или дайте права там, где этот файл велит хранить записи; если записи "
        "повреждены, уберите их папку в сторону: в ней история запусков и ни одной цифры; затем "
        "запустите снова",
    ),
    (
        "free space where the output folder lies, or move it to a larger disk, then run again",
        "освободите место на диске с папкой результатов или перенесите её на больший, затем "
        "запустите снова",
    ),
    (
        "write that unit, and the target's value in it",
        "укажите эту единицу и значение цели в ней",
    ),
    (
        "write 0.12 or 12% for twelve percent",
        "двенадцать процентов пишутся 0.12 или 12%",
    ),
    ("add the goal, or name another", "добавьте цель компании или назовите другую"),
    ("let somebody else approve it", "пусть её утвердит кто-то другой"),
    (
        "give each a key of its own ({key}); where one corrects another, a later recorded_at",
        "дайте каждой свой ключ ({key}); если одна исправляет другую, у неё должен быть более "
        "поздний recorded_at",
    ),
    (
        "give every change a version of its own",
        "дайте каждому изменению свою версию",
    ),
    (
        "keep the central bank's rate of that day",
        "оставьте курс центрального банка на этот день",
    ),
    (
        "unpack an archive; save a table as CSV or XLSX",
        "архив распакуйте; таблицу сохраните в CSV или XLSX",
    ),
    (
        "put it into the folder of its source: {names}",
        "положите его в папку источника: {names}",
    ),
    (
        "put the files themselves there, or let the whole folder of the source be the link",
        "положите туда сами файлы или сделайте ссылкой всю папку источника",
    ),
    (
        "mend the link, or put the file itself there",
        "исправьте ссылку или положите туда сам файл",
    ),
    (
        "rename the file; archives of Windows unpack to such names",
        "переименуйте файл; такие имена остаются после распаковки архивов Windows",
    ),
    ("let its name begin with one of: {names}", "начните имя с одного из: {names}"),
    (
        "name the folder after a source: {names}",
        "назовите папку по источнику: {names}",
    ),
    (
        "write enabled = true under [sources.{source}] of {file}",
        "напишите enabled = true в [sources.{source}] файла {file}",
    ),
)

# Last what fits anything.
REMEDIES: tuple[tuple[str, str], ...] = (
    *_OF_ROWS,
    *_OF_FILES,
    *_OF_APIS,
    *_OF_COMPANIES,
    *_OF_THE_DOCTOR,
    ("write {word}", "напишите {word}"),
)
"""What is to be done; the first that fits is taken."""
