"""Stand-ins for dbt's cross-database macros, so that sqlfluff can render models without dbt."""


def concat(parts):
    return " || ".join(parts)


def datediff(first, second, datepart):
    return f"date_diff('{datepart}', {first}, {second})"


def dateadd(datepart, interval, from_date):
    return f"date_add({from_date}, {interval})"


def date_trunc(datepart, value):
    return f"date_trunc('{datepart}', {value})"


def split_part(text, delimiter, number):
    return f"split_part({text}, {delimiter}, {number})"


def position(needle, text):
    return f"strpos({text}, {needle})"


def listagg(measure, delimiter_text, order_by_clause):
    return f"string_agg({measure}, {delimiter_text} {order_by_clause})"


def hash(value):
    return f"md5({value})"


def type_string():
    return "varchar"


def type_bigint():
    return "bigint"


def type_timestamp():
    return "timestamp"
