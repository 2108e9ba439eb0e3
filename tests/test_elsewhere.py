"""On other processors sums are taken in another order: the quickest part of `make elsewhere`."""

import json
import os
import re
import subprocess
import sys

import pytest
from test_book import NOTEBOOKS, ROOT, called, code

from tests.elsewhere import MACHINES

ASKED = """import json, numpy, torch
from numpy._core._multiarray_umath import __cpu_features__ as features
from threadpoolctl import threadpool_info
kernels = [one.get("architecture") for one in threadpool_info() if one["internal_api"] == "openblas"]
found = torch.backends.cpu.get_cpu_capability(), features.get("X86_V3"), kernels, torch.get_num_threads()
print(json.dumps(found))"""


def run(machine, *command):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    environment |= {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"} | MACHINES.get(machine, {})
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_settings_are_heard():
    """A name that a library no longer listens to would make `make elsewhere` prove nothing."""
    torch_here, numpy_here, blas_here, _ = json.loads(run("this one", "-c", ASKED).stdout)
    torch_plain, numpy_plain, blas_plain, _ = json.loads(run("plain", "-c", ASKED).stdout)
    if not numpy_here:
        pytest.skip("another kind of processor, or a plain one")
    assert (torch_plain, numpy_plain) == ("DEFAULT", False)
    assert torch_here != "DEFAULT"
    assert blas_plain != blas_here
    assert json.loads(run("two threads", "-c", ASKED).stdout)[3] == 2


@pytest.mark.parametrize("machine", ["this one", "plain", "AVX2"])
def test_every_exercise_takes_the_solution_for_right(machine):
    done = run(machine, "-m", "tests.exercise_cells")
    assert done.returncode == 0, done.stdout
    checks = sum(any("prove" in called(cell) for cell in code(path)) for path in NOTEBOOKS)
    assert len(re.findall(r"^\w+: holds$", done.stdout, re.MULTILINE)) == checks >= 14
