"""Why a row was refused (`cells.explain`, `cell_tables.Reject`): English and Russian."""

REASONS: tuple[tuple[str, str], ...] = (
    ("the header line is repeated here", "здесь повторена строка заголовков"),
    (
        "'{column}' is empty, and the row means nothing without it",
        "«{column}» не заполнено, а без этого строка ничего не значит",
    ),
    (
        "'{column}' was rounded by a spreadsheet, so which one it was is lost",
        "«{column}» округлён таблицей, и какой он был, уже не узнать",
    ),
    ("the cell is not a number", "в ячейке не число"),
    ("the number has a decimal comma", "в числе десятичная запятая"),
    (
        "the number has a decimal point, while the source is set to a decimal comma",
        "в числе десятичная точка, а для источника задана десятичная запятая",
    ),
    ("the cell is not a whole number", "в ячейке не целое число"),
    ("the cell is not a date", "в ячейке не дата"),
    (
        "the cell is not an IPv4 network of the length 8 to 24",
        "в ячейке не сеть IPv4 длиной от 8 до 24",
    ),
    (
        "the cell holds the number that a spreadsheet has for a day, not a date",
        "в ячейке номер дня, каким его хранит таблица, а не дата",
    ),
    ("the date lies before {day}", "дата раньше {day}"),
    ("the date lies in the future", "дата в будущем"),
    ("the cell is neither yes nor no", "в ячейке не «да» и не «нет»"),
    (
        "'{column}' says that this is a line of sums, not a row",
        "по столбцу «{column}» это строка итогов",
    ),
    (
        "the cell holds a zero byte, which no text has",
        "в ячейке нулевой байт, которого в тексте не бывает",
    ),
    (
        "the cell holds an error of the spreadsheet, such as #N/A: a formula that failed",
        "в ячейке ошибка таблицы, например #Н/Д: формула не посчиталась",
    ),
    (
        "the number is more than {whole} less {parts}",
        "число больше, чем {whole} минус {parts}",
    ),
    ("the number is more than {limit}", "число больше, чем {limit}"),
    (
        "the number is less than {other}: the two may have been swapped",
        "число меньше, чем {other}: возможно, их перепутали",
    ),
    ("the number is less than {limit}", "число меньше, чем {limit}"),
    (
        "the day is before {other}: the two may have been swapped",
        "день раньше, чем {other}: возможно, их перепутали",
    ),
    (
        "the sum names another currency than its row, or than the source where its row has none",
        "в сумме указана не та валюта, что у строки или у источника",
    ),
    (
        "nothing tells whether the answer means that the brand is known",
        "неясно, значит ли ответ, что марка известна",
    ),
    ("the value is none of: {words} and others", "значение не из списка: {words} и другие"),
    ("the value is none of: {words}", "значение не из списка: {words}"),
    (
        "the line has {found} cells where the header has {width}",
        "в строке ячеек {found}, а в заголовке {width}",
    ),
    (
        "the line holds characters that are not UTF-8",
        "в строке знаки не в кодировке UTF-8",
    ),
    (
        "the quotation marks of the line do not match",
        "в строке непарные кавычки",
    ),
    ("the row is longer than {limit} bytes", "строка таблицы длиннее {limit} байт"),
    ("the line cannot be read", "строка не читается"),
)
