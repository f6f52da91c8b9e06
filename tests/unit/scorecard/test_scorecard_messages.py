"""Both languages say the same thing, and Russian counts as Russian does."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from orchestration import phrases
from orchestration.scorecard import messages
from orchestration.scorecard.l10n import LANGUAGES, Translator
from orchestration.scorecard.messages import MESSAGES

PLURAL_FORMS = {"en": 2, "ru": 3}
SOURCES = Path(messages.__file__).parent.parent


def _fields(text: str) -> list[tuple[str, str]]:
    return [(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None]


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_message_is_complete_in_both_languages(key: str) -> None:
    message = MESSAGES[key]
    assert set(message) == set(LANGUAGES)
    assert all(words.strip() for words in message.values())
    # A value that only bends a word ("{bad:отстаёт|отстают}") may be missing where none bends.
    named = {
        language: {name for name, spec in _fields(message[language]) if "|" not in spec}
        for language in LANGUAGES
    }
    assert named["en"] == named["ru"], "a value is said in one language only"
    for language in LANGUAGES:
        for _, spec in _fields(message[language]):
            if "|" in spec:
                assert spec.count("|") + 1 == PLURAL_FORMS[language]


def test_keys_in_the_code_exist() -> None:
    """Literal keys of the code and of the template; keys put together at run time are not seen."""
    files = [
        *SOURCES.glob("*.py"),
        *SOURCES.glob("sections/*.py"),
        *SOURCES.glob("findings/*.py"),
        *SOURCES.glob("templates/*.j*"),
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    literal = set(re.findall(r"""(?:say|text|Text|word)\(\s*["']([a-z_]+\.[a-z_.]+)["']""", text))
    assert len(literal) > 80
    assert literal <= set(MESSAGES)


def test_no_key_is_left_over() -> None:
    """Every namespace of the catalogue is one that the code reads."""
    files = [
        *SOURCES.glob("*.py"),
        *SOURCES.glob("sections/*.py"),
        *SOURCES.glob("findings/*.py"),
        *SOURCES.glob("templates/*"),
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for key in MESSAGES:
        namespace, _, name = key.partition(".")
        assert re.search(
            rf"""["'](?:{namespace}|{re.escape(key)})["'.]|f["']{namespace}\.""", text
        ), f"nobody says {key} ({name})"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 вопрос к маркетологу"),
        (2, "2 вопроса к маркетологу"),
        (5, "5 вопросов к маркетологу"),
        (11, "11 вопросов к маркетологу"),
        (21, "21 вопрос к маркетологу"),
        (112, "112 вопросов к маркетологу"),
    ],
)
def test_russian_plurals(number: int, words: str) -> None:
    assert Translator("ru", "RUB")("questions.count", n=number) == words


@pytest.mark.parametrize(("number", "words"), [(1, "1 question to ask"), (2, "2 questions to ask")])
def test_english_plurals(number: int, words: str) -> None:
    assert Translator("en", "RUB")("questions.count", n=number) == words


def test_words_of_a_failure_keep_what_the_system_said() -> None:
    failure = "yandex_metrica: Yandex Metrica refuses the token in YM_TOKEN. What to do: get one."
    step, said = phrases.split(failure)
    assert step == "yandex_metrica"
    assert phrases.failure_in_russian(said) == "Yandex Metrica не принимает токен из YM_TOKEN."
    assert phrases.failure_in_russian("something nobody has foreseen") is None


def test_too_many_refused_rows_are_told_with_their_reason_in_russian() -> None:
    said = phrases.failure_in_russian(
        "12 of 40 rows cannot be used; most often: the cell is not a number ('a', 'b' and 3 more) "
        "(file exports/a.csv, line 7, column 'Cost'). What to do: write digits only."
    )
    assert said == (
        "нельзя использовать строк: 12 из 40; чаще всего: в ячейке не число ('a', 'b' и 3 ещё) "
        "(файл exports/a.csv, строка 7, столбец Cost)."
    )
