"""Kernels that are forked from one process are the kernels that would have started by themselves."""

import json
import os
import signal
import sys
import time

import nbformat
import psutil
import pytest
from fusionbook.site import forked
from fusionbook.site.forked import ForkServer, server_for
from fusionbook.site.run import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")

TELL = """import json, os, random, signal, sys, numpy, pandas, torch, ipywidgets, sklearn.metrics, scipy.stats
import comm, matplotlib.pyplot as plt
print(json.dumps({
    "path": sys.path, "folder": os.getcwd(), "backend": plt.get_backend(), "argv": sys.argv[1],
    "interrupt": str(signal.getsignal(signal.SIGINT)), "child": str(signal.getsignal(signal.SIGCHLD)),
    "threads": os.environ.get("OMP_NUM_THREADS"), "mark": os.environ.get("MARK"), "hidden": os.environ.get("HIDDEN"),
    "formats": sorted(get_ipython().display_formatter.formatters), "main": sys.modules["__main__"].__name__,
    "columns": pandas.get_option("display.max_columns"), "widgets": sorted(comm.get_comm_manager().targets),
}, sort_keys=True))"""
DRAW = "import os, random, numpy\nprint(numpy.random.rand(), random.random(), os.getppid())"
FIGURE = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"


def run_of(tmp_path, *cells, server=None, environment=None):
    """Run these cells; return the run and what its cells printed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    run = Run("page", tmp_path / "page.ipynb", notebook, environment=environment, server=server)
    run(120)
    said = [out["text"] for cell in run.notebook.cells for out in cell.outputs if out.output_type == "stream"]
    return run, said


@pytest.fixture(scope="module")
def server():
    asked = "numpy pandas torch ipywidgets matplotlib.pyplot seaborn sklearn.metrics scipy.stats scipy.no_such_module"
    own = server_for(asked.split(), dict(os.environ) | {"HIDDEN": "1"})
    assert not {"pandas", "ipywidgets", "seaborn"} & set(own.modules)
    yield own
    own.close()


def test_a_forked_kernel_is_as_one_that_starts_by_itself(tmp_path, server):
    environment = dict(os.environ) | {"MARK": "ours", "OMP_NUM_THREADS": "1"}
    plain, alone = run_of(tmp_path, TELL, FIGURE, environment=environment)
    fork, told = run_of(tmp_path, TELL, FIGURE, environment=environment, server=server)
    assert json.loads(told[0]) == json.loads(alone[0])
    assert json.loads(told[0])["mark"] == "ours"
    assert json.loads(told[0])["hidden"] is None
    kinds = [[(out.output_type, *sorted(out.data)) for out in run.notebook.cells[1].outputs] for run in (plain, fork)]
    assert kinds[0] == kinds[1] != []
    assert fork.broken is plain.broken is None
    assert 0 < fork.cpu < plain.cpu


def test_kernels_come_from_one_process_and_draw_their_own(tmp_path, server):
    """What nobody seeded differs from kernel to kernel, as it would."""
    first, again = (run_of(tmp_path, DRAW, server=server)[1][0].split() for _ in range(2))
    assert first[2] == again[2] != str(os.getpid())
    assert first[0] != again[0]
    assert first[1] != again[1]


def test_a_missing_module_is_told_by_the_notebook(tmp_path, server):
    run, _ = run_of(tmp_path, "import no_such_module", server=server)
    assert run.broken == "cell 1 stopped with ModuleNotFoundError: No module named 'no_such_module'"


def test_a_forked_kernel_that_dies_is_told(tmp_path, server):
    run, _ = run_of(tmp_path, "import os\nos._exit(9)", server=server)
    assert run.broken.startswith("cell 1 stopped with DeadKernelError")


def test_without_the_process_kernels_start_as_always(tmp_path):
    own = ForkServer(["numpy"], dict(os.environ))
    run_of(tmp_path, "print(1)", server=own)
    psutil.Process(own._process.pid).send_signal(signal.SIGKILL)
    own._process.wait()
    run, said = run_of(tmp_path, "import os\nprint(os.getppid())", server=own)
    assert said == [f"{os.getpid()}\n"]
    assert run.broken is None
    own.close()


def test_a_module_that_prints_as_it_is_imported_is_no_answer(tmp_path):
    (tmp_path / "loud.py").write_text("print('imported')")
    own = ForkServer(["loud"], dict(os.environ) | {"PYTHONPATH": str(tmp_path)})
    _, (said,) = run_of(tmp_path, "import os\nprint(os.getppid())", server=own)
    assert int(said) == own._process.pid
    own.close()


def test_closing_ends_the_kernels_too(tmp_path):
    own = ForkServer(["numpy"], dict(os.environ))
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"ip": "127.0.0.1", "transport": "tcp", "key": "", "signature_scheme": "hmac-sha256"}))
    kernel = own.fork(["-f", str(file)], str(tmp_path), dict(os.environ))
    assert kernel.poll() is None
    own.close()
    end = time.monotonic() + 20
    while kernel.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    assert kernel.poll() == 0
    kernel.kill()  # one that is gone takes no signal, and no other process gets it


def test_who_gets_a_server(monkeypatch):
    assert server_for([], {}) is None
    assert "torch._dynamo" in server_for({"torch"}, {}).modules
    assert server_for({"numpy"}, {}).modules == ["numpy"]
    monkeypatch.setattr(forked.sys, "platform", "darwin")
    assert server_for({"numpy"}, {}) is None
