"""One table: every public function that refuses bad input, a bad call of it, and the words of its message.

The tables of the modules' own tests are part of it; the last test finds out whom it lacks.
"""

import importlib
import inspect

import numpy as np
import pytest
import test_balance
import test_importance
import test_losses
import test_media
import test_retrieval
import test_speech
import torch
from fusionbook import clinic, exercises, figures, fusion, histories, listen, live, losses, metrics, train
from fusionbook.attention import Attention
from fusionbook.blocks import PatchEmbedding
from fusionbook.data import applicants, emoji, gaps, loans, prepare, scenes, worlds
from fusionbook.descent import Recipe
from fusionbook.encoders import BagEncoder, CategoricalEncoder, NumericEncoder, TemporalEncoder, encoder_for
from fusionbook.explorers.alignment_film import AlignmentFilm
from fusionbook.explorers.attention_map import AttentionMap
from fusionbook.explorers.calibration import Calibration
from fusionbook.explorers.credit_desk import CreditDesk
from fusionbook.explorers.draw_your_own_votes import DrawYourOwnVotes
from fusionbook.explorers.embedding_space import EmbeddingSpace
from fusionbook.explorers.evidence import Evidence
from fusionbook.explorers.failure_lab import FailureLab
from fusionbook.explorers.joint_loss import JointLoss
from fusionbook.explorers.late_mixer import LateMixer
from fusionbook.explorers.modality_lens import ModalityLens
from fusionbook.explorers.pairs import Pairs
from fusionbook.explorers.pull_and_push import PullAndPush
from fusionbook.explorers.scale_conflict import ScaleConflict
from fusionbook.explorers.sight_and_sound_lens import SightAndSoundLens
from fusionbook.explorers.softmax_dial import SoftmaxDial
from fusionbook.explorers.underwriter import Underwriter
from fusionbook.explorers.where_does_the_word_look import WhereDoesTheWordLook
from fusionbook.explorers.worlds import Worlds
from fusionbook.site import reference

NAN = float("nan")
P, L, Y = [[0.1, 0.2], [0.3, 0.4]], [[-1.0, 0.5], [0.2, 1.0]], [0, 1]
X = torch.zeros(4, 2)
LINEAR = torch.nn.Linear(2, 1)
OWN = [
    (lambda: applicants.make(0, 1), "n is 0"),
    (lambda: applicants.make(5, 1, noise={"smell": 1.0}), r"noise names \['smell'\]"),
    (lambda: loans.split(loans.load(), 0, test=1.5), "test"),
    (lambda: worlds.make("nand", 5, 0), "name is 'nand'"),
    (lambda: emoji.load().find("unicornfish"), "unicornfish"),
    (lambda: emoji.split(emoji.load(), 0, test=0.0), "one side empty"),
    (lambda: emoji.split_rows(emoji.load(), 0, test=1.0), "test is 1.0"),
    (lambda: emoji.spoken(emoji.load(), 0, "fr"), "language is 'fr'"),
    (lambda: emoji.Emoji.find(emoji.load(), ""), "name is ''"),
    (lambda: scenes.make(2, 0, cell=7), "divide the 40"),
    (lambda: scenes.shrunk(np.zeros((1, 40, 40, 3), np.uint8), 7), "divide the 40"),
    (lambda: prepare.check_size(0), "n is 0"),
    (lambda: prepare.check_share(1.2, "rate"), "rate is 1.2"),
    (lambda: prepare.Standardizer.fit(np.zeros((0, 2))), "train"),
    (lambda: prepare.Vocabulary.fit([]), "texts"),
    (lambda: applicants.typed([1] * 9, [0] * 3, [0] * 96, "", "", [0] * 20), r"numeric has shape \(9,\)"),
    (lambda: gaps.hide(applicants.make(3, 0), [0.1, 0.2], 0), "share is"),
    (lambda: gaps.join([]), "parts is empty"),
    (lambda: ModalityLens([], applicants.make(2, 0), [], noises=[2], shares=[0], prior=0.2), "undisturbed view"),
    (lambda: SightAndSoundLens(["cat"], np.zeros((1, 4, 4)), {}, [[1.0]], ["animals"]), "of float64"),
    (lambda: ScaleConflict([1.0, 2.0], [0.0, 1.0], [1, 1], ["a", "b"]), "label holds only 1"),
    (lambda: prepare.columns({}), "at least one modality"),
    (lambda: NumericEncoder(3, 4)(X), r"x has shape \(4, 2\): it needs \(B, 3\)"),
    (lambda: CategoricalEncoder([2], 4)(X.long()), r"x has shape \(4, 2\): it needs \(B, 1\)"),
    (lambda: BagEncoder(3, 4)(X), r"counts has shape \(4, 2\)"),
    (lambda: TemporalEncoder(1, 4, months=3), "months is 3"),
    (lambda: encoder_for("smell", X, 4), "name is 'smell'"),
    (lambda: PatchEmbedding(1, 8, 8, 3, 4), "size is 3"),
    (lambda: Attention(6, 4), "heads is 4"),
    (lambda: fusion.pool_mean(P, 0.2, [0, 0]), "weights sum to 0"),
    (lambda: fusion.pool_logits([[NAN, 1.0]], 0.2), r"logits\[0, 0\] is nan"),
    (lambda: fusion.fit_simplex(P, [0, 2]), "label holds 2"),
    (lambda: fusion.fit_stacking(L, [1, 1], 0.2), "both classes"),
    (lambda: fusion.TensorFusion([200] * 3, 1), "use LowRank"),
    (lambda: fusion.LowRank([2, 2], 1, rank=0), "rank is 0"),
    (lambda: fusion.Concat([2], 1)([torch.zeros(4, 3)]), r"features have shapes \[\(4, 3\)\]"),
    (lambda: fusion.CrossAttention([2], 4), "at least two"),
    (lambda: fusion.Bottleneck([2, 2], 4, rounds=1), "rounds is 1"),
    (lambda: losses.similarities(X, X, -1.0), "temperature is -1.0"),
    (lambda: losses.positives(2, torch.zeros(3), X), r"groups has shape \(3,\)"),
    (lambda: train.fit(LINEAR, (X, torch.zeros(3))), r"train has \[4\] rows of input and 3 of target"),
    (lambda: train.fit_many(lambda: LINEAR, (X, torch.zeros(4)), seeds=[]), "seeds is empty"),
    (lambda: train.cross_fit(lambda: LINEAR, (X, torch.zeros(4)), folds=3, seeds=[0]), "folds is 3 for 4 rows"),
    (lambda: Recipe(epochs=0), "epochs is 0"),
    (lambda: metrics.auc([1, 1], [0.1, 0.2]), "label holds only 1"),
    (lambda: metrics.gini([1, 1], [0.1, 0.2]), "label holds only 1"),
    (lambda: metrics.ks([0, 0], [0.1, 0.2]), "label holds only 0"),
    (lambda: metrics.psi([1.0, 2.0], [1.0, 2.0], bins=1), "bins is 1"),
    (lambda: metrics.expected_auc([1.0, 1.0], [0.1, 0.2]), "one class certain"),
    (lambda: metrics.calibration_curve(Y, [0.1, 0.2]), "bins is 10"),
    (lambda: metrics.ece(Y * 5, [1.2] * 10), r"p\[0\] is 1.2"),
    (lambda: metrics.ece_floor([0.5] * 10, draws=0), "draws is 0"),
    (lambda: metrics.vote(P, 1.5, prior=0.2), "1.5"),
    (lambda: metrics.check_weights([1.0, -1.0], 2), "cannot be negative"),
    (lambda: clinic.change_in_company(LINEAR, X[:1]), "at least 2 rows"),
    (lambda: clinic.moved({"a": X}, {"b": X}, ["a"]), r"\['a', 'b'\]"),
    (lambda: histories.told("cold"), "name is 'cold'"),
    (lambda: figures.spread({}, ("AUC",)), "results is empty"),
    (lambda: figures.leaderboard({}, ("AUC",), ("",)), "results is empty"),
    (lambda: exercises.check(sum, sum, []), "cases"),
    (lambda: exercises.prove(sum, sum, [], {}), "at least one"),
    (lambda: live.live(k=())(lambda k: None), "k"),
    (lambda: live.starting_values(lambda k: None, {"j": 1}), "j is no argument"),
    (lambda: DrawYourOwnVotes([[0.0] * 4] * 2, [[0.0] * 4] * 2, {}, {}), "worlds is empty"),
    (lambda: Worlds([], [], worlds=[], fusions={}, epochs=[], bits=[], bayes=[], dots={}), "fields has shape"),
    (
        lambda: AttentionMap([], [], {}, ([0.0], 0.0), modalities=["a"], heads=1, label_of=[], attention=[], change=[]),
        "features has shape",
    ),
    (
        lambda: WhereDoesTheWordLook(
            [], np.zeros((1, 4, 4)), [], names=([], []), scenes=[], captions=[], epochs=[], reached=([], []), heads=1
        ),
        "of float64",
    ),
    (
        lambda: JointLoss([], [], [], [], [], [], worlds=[], amounts=[], weights=[], epochs=[], kept=[]),
        "weights is",
    ),
    (lambda: PullAndPush(np.zeros((3, 4, 4)), names=[], captions=[], pictures=[], words=[]), "of float64"),
    (
        lambda: AlignmentFilm(
            [], [], {}, np.zeros((3, 4)), names=[], chinese=[], kinds=[], temperatures=[], epochs=[], candidates=1
        ),
        "of float64",
    ),
    (lambda: EmbeddingSpace({}, np.zeros((3, 4, 4)), english=[], chinese=[], groups=[]), "of float64"),
    (lambda: LateMixer(L, [1, 1], ["a", "b"], prior=0.2), "needs both classes"),
    (lambda: Evidence(prior=0.0), "prior is 0.0"),
    (lambda: Pairs([], [1.0]), r"bad has shape \(0,\)"),
    (lambda: Calibration([0.0], [1]), "at least 10"),
    (lambda: SoftmaxDial([[0.0, 1.0]], ["a", "b"], ["one", "two"], [[0.5, 0.5]] * 2), r"scores \(1, 2\)"),
    (lambda: CreditDesk(applicants.make(2, 0), applicants.make(9, 1), [], {}, heads=4, tail=""), "scales have"),
    (lambda: FailureLab([], [], patients=[], tests={}), "0 diseases"),
    (lambda: Underwriter(applicants.make(2, 0), applicants.make(2, 1), [[0.5]], {}, prior=0.2), "verdicts has shape"),
    (lambda: listen.player([2.0], "a bang"), "sound reaches 2"),
    (lambda: listen.speak(" "), "nothing to say"),
]
MODULES = (test_losses, test_retrieval, test_importance, test_balance, test_media, test_speech)
TABLE = OWN + [row for module in MODULES for row in module.BAD]
BASES = {"Fusion", "SequenceFusion"}  # called through every layer made of them


@pytest.mark.parametrize(("call", "words"), OWN)
def test_the_message_says_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def refuses(thing) -> bool:
    """Whether a function or class says that it raises ValueError, or does so in its own lines."""
    thing = inspect.unwrap(thing)
    said = (inspect.getdoc(thing) or "") + (inspect.getdoc(thing.__init__) or "" if inspect.isclass(thing) else "")
    return "ValueError" in said or "Raises as" in said or "raise ValueError" in inspect.getsource(thing)


def test_nobody_who_refuses_is_missing_from_the_table():
    tried = {name for call, _ in TABLE for name in call.__code__.co_names} | BASES
    for name in reference.MODULES:
        module = importlib.import_module(f"fusionbook.{name}")
        names = [told.partition("(")[0] for told, _ in reference.public_names(inspect.getsource(module))]
        missing = [one for one in names if refuses(getattr(module, one)) and one not in tried]
        assert not missing, f"{name}: {missing}"
