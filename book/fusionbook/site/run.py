"""One notebook, run in a kernel of its own from its first cell to its last, or to the one that breaks."""

from __future__ import annotations

import asyncio
import copy
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import ensure_async
from nbformat import NotebookNode, v4

from fusionbook.site import sources
from fusionbook.site.forked import ForkedManager, ForkServer

IN_KERNEL = Path(__file__).with_name("in_kernel.py")
DIED = "the kernel died; on a machine with little memory it may have needed more than there was"


@dataclass
class Run:
    """A notebook to run, and what became of it.

    Attributes:
        docname: its page.
        path: its file.
        notebook: its cells; running fills in their outputs.
        past_errors: whether it goes on after a cell that broke.
        environment: of its kernel; this process's own if not given.
        server: what its kernel is forked from; if not given, it starts as a process of its own.
        seconds: how long it ran.
        cpu: processor seconds of its kernel.
        peak: the most memory that its kernel held, in bytes.
        broken: in words, the cell that stopped it; None if none did.
    """

    docname: str
    path: Path
    notebook: NotebookNode
    past_errors: bool = False
    environment: dict[str, str] | None = None
    server: ForkServer | None = field(default=None, repr=False)
    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0
    broken: str | None = None
    _client: NotebookClient | None = field(default=None, repr=False)

    def __call__(self, timeout: int) -> Run:
        """Run it; a cell may take `timeout` seconds. Returns itself."""
        begin = time.perf_counter()
        place = {"metadata": {"path": str(self.path.parent)}}
        self._client = NotebookClient(
            self.notebook,
            timeout=timeout,
            resources=place,
            allow_errors=True,
            record_timing=False,  # it would stand in the cells' metadata, by which the cache knows a notebook
        )
        self._client.kernel_manager_class = ForkedManager
        self._client.create_kernel_manager().server = self.server
        asyncio.run(self._execute())
        self.seconds = time.perf_counter() - begin
        return self

    def watch(self) -> None:
        """Look at what the kernel holds and has used by now."""
        kernel = self.kernel()
        if kernel is None:
            return
        try:
            times = kernel.cpu_times()
            self.cpu = max(self.cpu, times.user + times.system)
            held = sum(one.memory_info().rss for one in (kernel, *kernel.children(recursive=True)))
            self.peak = max(self.peak, held)
        except psutil.Error:  # it has just ended
            pass

    def kernel(self) -> psutil.Process | None:
        """Return the kernel's process, once there is one."""
        pid = getattr(getattr(getattr(self._client, "km", None), "provisioner", None), "pid", None)
        try:
            return psutil.Process(pid) if pid else None
        except psutil.NoSuchProcess:
            return None

    def kill(self) -> None:
        """End the kernel at once."""
        kernel = self.kernel()
        for one in () if kernel is None else (*kernel.children(recursive=True), kernel):
            one.kill()

    async def _execute(self) -> None:
        client = self._client
        async with client.async_setup_kernel(env=self.environment or dict(os.environ), stderr=subprocess.DEVNULL):
            setup = IN_KERNEL.read_text(encoding="utf-8") + "\ninstall()\n"
            asked = await ensure_async(client.kc.execute(setup, silent=True, store_history=False))
            reply = await client.async_wait_for_reply(asked)
            if reply is None or reply["content"]["status"] != "ok":
                raise RuntimeError(f"the kernel did not take {IN_KERNEL.name}: {reply and reply['content']}")
            about = await client.async_wait_for_reply(await ensure_async(client.kc.kernel_info()))
            self.notebook.metadata["language_info"] = about["content"]["language_info"]  # how the page colours code
            for index, cell in enumerate(self.notebook.cells):
                await self._cell(cell, index)
                if self.broken and not self.past_errors:
                    break
            self.watch()
            client.set_widgets_metadata()

    async def _cell(self, cell: NotebookNode, index: int) -> None:
        try:
            await self._client.async_execute_cell(cell, index)
        except DeadKernelError:
            self._stopped_by(cell, "DeadKernelError", DIED)
        except CellTimeoutError:
            self._stopped_by(cell, "CellTimeoutError", f"the cell took more than {self._client.timeout} seconds")
        errors = [one for one in cell.get("outputs", []) if one.output_type == "error"]
        if errors and "raises-exception" not in cell.metadata.get("tags", []):
            number = self._client.code_cells_executed  # a kernel that died may not have told the cell's own
            words = f"cell {number} stopped with {errors[0].ename}: {errors[0].evalue}".strip(" :").splitlines()[0]
            self.broken = self.broken or words

    def _stopped_by(self, cell: NotebookNode, name: str, words: str) -> None:
        cell.outputs.append(v4.new_output("error", ename=name, evalue=words, traceback=[f"{name}: {words}"]))


def summary(claim: dict) -> str:
    """Return a claim that did not hold, and what came out, on one line."""
    came_out = "; ".join(f"{name} is {value}" for name, value in claim["came_out"])
    return f"cell {claim['cell']}: {claim['claim']}{f' ({came_out})' if came_out else ''}"


def claims(notebook: NotebookNode) -> list[dict]:
    """Return what did not hold in a notebook that was run: its cell's number, the claim, and what came out."""
    return [
        {"cell": cell.execution_count, "claim": told["claim"], "came_out": told["came_out"]}
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "claim" in (told := output.get("metadata", {}))
    ]


def to_run(docname: str, path: Path, text: str) -> Run:
    """Return the run of a page whose stamped text this is."""
    return Run(docname, path, copy.deepcopy(sources.read(path, text)))
