"""The texts of the failure lab: what the owners of eight networks say, what was wrong, and the tests one can order."""

SCALE = (0.5, 1)  # of an AUC
EACH = ("first", "second")
# name -> its numbers, the ends of their scale, what it does, what a sound network shows
TESTS = {
    "each alone": ((*EACH, "both"), *SCALE, "AUC if one modality is all there is", "both above the better one"),
    "read by a line": (EACH, *SCALE, "AUC of a linear map of each encoder's output", "as high as each alone"),
    "take one away": (
        *(("no first", "no second", "by lot"), *SCALE),
        *("AUC without the first, without the second, without one by lot", "by lot between the others, or just below"),
    ),
    "in company": (
        *(("in a batch", "one by one", "correlation"), *SCALE),
        *("AUC if rows come alone, and the correlation of the answers", "equal, correlation 1"),
    ),
    "what moved": ((*EACH, "head"), 0, 3, "how far training took each part", "all of it"),
    "by heart": (("loss left",), 0, 0.7, "sixteen rows, eighty passes", "near 0"),
    "as of the day": (("validated", "on the day"), *SCALE, "AUC on the table as it stood then", "equal"),
}
KEYS = tuple(f"{test}: {row}" for test, (rows, *_) in TESTS.items() for row in rows)

_PARTS = ("complaint", "disease", "cause", "broken", "mended")
_HISTORIES = {
    "listed": (
        "It trains without an error. After twelve epochs the loss is {loss:.2f}, the AUC {auc:.2f}. "
        "Others get more out of the same data.",
        "encoders that nobody registered",
        "The encoders are kept in a Python list. PyTorch does not look into lists: the optimizer never got them, and "
        "they stay as they were drawn.",
        "self.encoders = [f, g]",
        "self.encoders = nn.ModuleList([f, g])",
    ),
    "leak": (
        "In validation the AUC is {auc:.2f}. In service it is {day:.2f}.",
        "a column that knows the outcome",
        "The second modality holds the lender's own grade, which is kept up to date. In the table it is today's; on "
        "the day of decision it did not know yet.",
        "table[grade]",
        "table[grade].as_of(decision)  # or leave it out",
    ),
    "copy": (
        "We paid for a second modality. With it the AUC is {auc:.2f}, without it {first:.2f}.",
        "nothing: the second repeats the first",
        "The network is sound. What the second modality knows, the first has said already. Leave it out, unless it "
        "is there to stand in.",
        "fuse([first, second])",
        "first",
    ),
    "starved": (
        "With both modalities the AUC is {auc:.2f}. When the first sensor was switched off it fell to {gone:.2f}. "
        "Is the second one that bad?",
        "one modality starves the other",
        "The first is easy. Once it explains the labels the errors are near zero, and an encoder learns from errors: "
        "the second was left half trained.",
        "loss = task(head(h))",
        "loss = task(head(h)) + mean(task(own[m](h[m])))",
    ),
    "squashed": (
        "It trains without an error. The loss stops at {loss:.2f} and will not go down. The AUC is {auc:.2f}.",
        "a sigmoid too many",
        "The network returns probabilities, and the loss takes them for logits and squashes them again: nothing "
        "below one half can be said.",
        "bce_with_logits(z.sigmoid(), y)",
        "bce_with_logits(z, y)",
    ),
    "over batch": (
        "In validation the AUC is {auc:.2f}. In service it is {one:.2f}.",
        "attention over the batch",
        "nn.MultiheadAttention takes the first axis for the sequence unless told otherwise: rows looked at one "
        "another. One that comes alone has nobody to look at.",
        "nn.MultiheadAttention(16, 2)",
        "nn.MultiheadAttention(16, 2, batch_first=True)",
    ),
    "overfed": (
        "We added a second modality of two hundred columns. The AUC is {auc:.2f}. We had hoped for more.",
        "one modality is learned by heart",
        "Three hundred rows, two hundred columns: the second modality is soon known by heart, and its noise drowns "
        "what the first says.",
        "fuse([first, second])",
        "first  # or hold the second back",
    ),
    "gaps": (
        "With everything there the AUC is {auc:.2f}. Now every row lacks one of the two, sometimes the one, sometimes "
        "the other, and it is {lot:.2f}.",
        "never taught what a gap is",
        "What is missing is a zero to the head, far from all that it has seen in training: those without the first and "
        "those without the second end up on different scales.",
        "train(x)",
        "train(without(x, some))",
    ),
}
NAMES = tuple(_HISTORIES)


def told(name: str, **numbers: float) -> dict[str, str]:
    """Return one patient's history, with the measured numbers in its complaint, as `FailureLab` takes it.

    Args:
        name: one of NAMES.
        numbers: loss in training; AUC of both (auc), of the first alone (first), of rows one by one (one), without
            the first (gone), without one by lot (lot), on the day of decision (day).

    Raises:
        ValueError: for an unknown name, or a number that the complaint needs and does not get.
    """
    if name not in _HISTORIES:
        raise ValueError(f"name is {name!r}: the patients are {list(NAMES)}")
    history = dict(zip(_PARTS, _HISTORIES[name], strict=True))
    try:
        return history | {"complaint": history["complaint"].format(**numbers)}
    except KeyError as lacking:
        raise ValueError(f"numbers holds {sorted(numbers)}: {name!r} needs {lacking}") from None
