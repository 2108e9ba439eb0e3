"""Emoji: 1,359 things, each as a picture, an English and a Chinese name, and keywords. Provenance: data/README.md."""

import re
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.model_selection import GroupShuffleSplit

from fusionbook.data import speech
from fusionbook.data.prepare import check_share

SIDE, PER_ROW = 40, 40
_HERE = Path(__file__).parent
_CLOCK = re.compile(r"\b(o’clock|thirty)$")
# Who does it is no part of what is done: astronaut, man astronaut and woman astronaut are one family.
_WHO = re.compile(r"\b(man|men|woman|women|person|people|boy|girl|boys|girls|male|female|he|she)(’s)?\b")


@dataclass(frozen=True)
class Emoji:
    """n emoji as NumPy arrays; row i of each belongs to row i of all others.

    Attributes:
        picture: (n, 40, 40, 3) uint8, drawn on white.
        symbol: (n,) the character itself.
        english: (n,) its name, unique.
        chinese: (n,) its name, unique.
        keywords: (n,) English keywords, one string, separated by a bar.
        keywords_zh: (n,) Chinese keywords.
        group: (n,) one of 7 groups.
        subgroup: (n,) a finer group.
        family: (n,) whole numbers; variants of one thing share theirs.
    """

    picture: np.ndarray
    symbol: np.ndarray
    english: np.ndarray
    chinese: np.ndarray
    keywords: np.ndarray
    keywords_zh: np.ndarray
    group: np.ndarray
    subgroup: np.ndarray
    family: np.ndarray

    @property
    def n(self) -> int:
        """How many emoji there are."""
        return len(self.symbol)

    def take(self, rows) -> "Emoji":
        """Return the emoji at `rows` (indices, a slice or a mask), in that order."""
        return Emoji(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def find(self, name: str) -> int:
        """Return the row of an English or Chinese name, or of the character.

        >>> str(load().english[load().find("猫")])
        'cat'

        Raises:
            ValueError: if nothing is called so.
        """
        for names in (self.english, self.chinese, self.symbol):
            (rows,) = np.nonzero(names == name)
            if len(rows):
                return int(rows[0])
        raise ValueError(f"name is {name!r}: none of the {self.n} emoji is called so in English or Chinese")


@lru_cache(maxsize=1)
def load() -> Emoji:
    """Read all emoji in the order of the file; the arrays cannot be written to, since all callers share them."""
    table = pd.read_csv(_HERE / "emoji.csv", keep_default_na=False)
    sheet = np.asarray(Image.open(_HERE / "emoji.png").convert("RGB"))
    tiles = sheet.reshape(-1, SIDE, PER_ROW, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    columns = {name: table[name].to_numpy(dtype=str) for name in table}
    families = [family_of(english, subgroup) for english, subgroup in zip(table.en, table.subgroup, strict=True)]
    emoji = Emoji(
        picture=tiles[: len(table)],
        symbol=columns["emoji"],
        english=columns["en"],
        chinese=columns["zh"],
        keywords=columns["tags_en"],
        keywords_zh=columns["tags_zh"],
        group=columns["group"],
        subgroup=columns["subgroup"],
        family=np.unique(families, return_inverse=True)[1],
    )
    for field in fields(emoji):
        getattr(emoji, field.name).flags.writeable = False
    return emoji


def family_of(english: str, subgroup: str) -> str:
    """Return what variants of one thing have in common: its name without who does it; clock faces are one family.

    >>> family_of("woman astronaut", "person-role"), family_of("two-thirty", "time")
    ('astronaut', 'clock face')
    """
    if _CLOCK.search(english):
        return "clock face"
    if english.startswith(("family:", "couple with heart", "kiss")) and subgroup == "family":
        return english.partition(":")[0]
    kept = re.sub(r"[\s:,]+", " ", _WHO.sub(" ", english)).strip()
    return kept or subgroup


def spoken(emoji: Emoji, row: int, language: str = "en", speaker: str = "") -> np.ndarray:
    """Return the waveform of an emoji's name, spoken: (samples,) float32, see `speech.say`.

    Args:
        emoji: where to look.
        row: of which one.
        language: "en" or "zh".
        speaker: one of `speech.SPEAKERS`.

    Raises:
        ValueError: for a language other than these two.
        speech.UnavailableError: if the speech library cannot be loaded.
    """
    if language not in speech.LANGUAGES:
        raise ValueError(f"language is {language!r}: it needs to be one of {list(speech.LANGUAGES)}")
    name = (emoji.english if language == "en" else emoji.chinese)[row]
    return speech.say(str(name), speech.LANGUAGES[language] + speaker)


def split(emoji: Emoji, seed: int, *, test: float = 0.2) -> tuple[Emoji, Emoji]:
    """Split into train and test by family, see `split_rows`."""
    train, held = split_rows(emoji, seed, test=test)
    return emoji.take(train), emoji.take(held)


def split_rows(emoji: Emoji, seed: int, *, test: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to train on and rows to test on, ascending; no variant of a test emoji is among the others.

    Args:
        emoji: what to split.
        seed: of the shuffle.
        test: share of the families that go to test, in (0, 1).

    Raises:
        ValueError: for a share that leaves one side empty.
    """
    check_share(test, "test")
    families = len(np.unique(emoji.family))
    if not 1 <= round(test * families) < families:
        raise ValueError(f"test is {test}: of {families} families it leaves one side empty")
    splitter = GroupShuffleSplit(1, test_size=test, random_state=seed)
    return next(splitter.split(emoji.family, groups=emoji.family))
