"""Run every notebook as on another machine: `python -m tests.elsewhere [--only plain] [--notebooks 07,primer]`.

The libraries take other code paths where they are told that the processor can do less, or that there are more threads:
sums are taken in another order, and every claim has to hold all the same. Cells that fail are passed over, so that
one run finds all there is; each failure is a line. Ends with 1 if there was one.
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from numpy._core._multiarray_umath import __cpu_baseline__, __cpu_dispatch__

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book"))  # as the notebooks have it
from fusionbook.site import kernels, sources  # noqa: E402
from fusionbook.site.run import Run, claims, summary  # noqa: E402

AVX512 = [name for name in __cpu_dispatch__ if name.startswith(("AVX512", "X86_V4"))]
MACHINES = {  # each setting that a library listens to stands in one of them
    "plain": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__),
    },
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": " ".join(AVX512),
    },
    "two threads": {"OMP_NUM_THREADS": "2"},
}


def fail(name: str, path: Path, timeout: int = 900) -> tuple[list[str], float]:
    """Run one notebook on one machine; return a line for each failure, and its seconds."""
    notebook = nbformat.read(path, as_version=4)
    environment = os.environ | kernels.environment(ROOT) | MACHINES[name]
    run = Run(path.stem, path, notebook, past_errors=True, environment=environment)(timeout)
    cells = [(cell.get("execution_count"), output) for cell in notebook.cells for output in cell.get("outputs", [])]
    errors = [f"cell {k}: {one.ename}: {one.evalue}" for k, one in cells if one.output_type == "error"]
    return [*map(summary, claims(notebook)), *errors], run.seconds


def main():
    """Run all that was asked for, as many notebooks at a time as there are cores for."""
    parser = argparse.ArgumentParser(prog="python -m tests.elsewhere", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(MACHINES), help=f"some of {', '.join(MACHINES)}")
    parser.add_argument("--notebooks", default="", help="what their names begin with; all if not given")
    asked = parser.parse_args()
    names, starts = asked.only.split(","), tuple(asked.notebooks.split(","))
    if unknown := set(names) - MACHINES.keys():
        parser.error(f"--only got {sorted(unknown)}: it takes some of {list(MACHINES)}")
    paths = [path for path in sources.notebooks(ROOT / "book") if path.name.startswith(starts)]
    if not paths:
        parser.error(f"--notebooks got {asked.notebooks!r}: no notebook's name begins so")
    print(f"NumPy is told to do without {' '.join(__cpu_dispatch__)}; it always has {' '.join(__cpu_baseline__)}.")
    failed = 0
    for name in names:
        threads = int(MACHINES[name].get("OMP_NUM_THREADS", 1))  # as many threads as cores: more wait for one another
        with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // threads)) as pool:
            found = pool.map(lambda path, name=name: fail(name, path), paths)
            for path, (lines, seconds) in zip(paths, found, strict=True):
                print(f"{name:<12} {path.stem:<28} {seconds:5.0f} s  {'holds' if not lines else ''}", flush=True)
                for line in lines:
                    print(f"    {line}", flush=True)
                failed += len(lines)
    print(f"{len(names) * len(paths)} runs: {failed or 'nothing'} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
