"""The words that the demonstration adds to those of the inbox, in its languages."""

# ruff: noqa: RUF001 - Cyrillic letters are meant where they stand

from attrs import frozen


@frozen
class Phrases:
    """What is said in every language of the inbox."""

    thanks: str
    regret: str
    responsibility: str
    news: str
    again: str


PHRASES = {
    "en": Phrases(
        thanks="Thank you for telling us.",
        regret="We are sorry for the trouble this has caused you.",
        responsibility="We are sorry. We did not put it right, and that is our fault.",
        news="We are still working on it, and have not forgotten you.",
        again="This time in full. ",
    ),
    "ru": Phrases(
        thanks="Спасибо, что написали нам.",
        regret="Просим прощения за неприятности, которые это вам доставило.",
        responsibility="Просим прощения. Мы не исправили всё, и это наша вина.",
        news="Мы продолжаем работать и не забыли о вас.",
        again="На этот раз полностью. ",
    ),
    "uk": Phrases(
        thanks="Дякуємо, що написали нам.",
        regret="Перепрошуємо за прикрощі, яких це вам завдало.",
        responsibility="Перепрошуємо. Ми не виправили всього, і це наша провина.",
        news="Ми й далі працюємо над цим і не забули про вас.",
        again="Цього разу повністю. ",
    ),
}
