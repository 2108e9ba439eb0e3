"""Kernels that are forked from one process which has imported torch and the like: seconds of each notebook's start.

Only on Linux, where forking is safe; elsewhere, and whenever the process is not to be had, a kernel starts as always.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
from jupyter_client.manager import AsyncKernelManager

SCRIPT = Path(__file__).with_name("fork_server.py")
# Packages that do the same on import whether a kernel is there or not. Others ask for one: pandas sets how wide it
# prints (and scikit-learn imports pandas), ipywidgets tells it of itself. Those each kernel imports by itself.
ALIKE = ("numpy", "scipy", "torch")
LATE = {"torch": ("torch._dynamo",)}  # what a package imports only when it is used: here, by an optimizer's first step


class ForkServer:
    """The process that kernels are forked from; it starts when the first one is asked for.

    Args:
        modules: what it imports.
        environment: of the process; kernels bring their own.
    """

    def __init__(self, modules: Iterable[str], environment: dict[str, str]):
        self.modules, self.environment = sorted(modules), environment
        self._lock, self._process = threading.Lock(), None

    def fork(self, arguments: list[str], folder: str, environment: dict[str, str]) -> Forked | None:
        """Return a new kernel with these arguments for ipykernel; None if there can be none."""
        asked = json.dumps({"arguments": arguments, "folder": folder, "environment": environment})
        with self._lock:
            try:
                self._process = self._process or self._start()
                self._process.stdin.write(f"{asked}\n".encode())
                self._process.stdin.flush()
                return Forked(int(self._process.stdout.readline()))
            except (OSError, ValueError):  # it has died: others start as always
                return None

    def _start(self) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, *self.modules],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        process.stdout.readline()
        return process

    def close(self) -> None:
        """End the process, and with it what is left of its kernels."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.communicate()


class Forked:
    """A kernel's process as `subprocess.Popen` would show it, though it is another process's child."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid, self._process = pid, psutil.Process(pid)

    def poll(self) -> int | None:
        """Return None as long as it runs; how it ended is not known here."""
        return None if self._process.is_running() else 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        until = time.monotonic() + (timeout or 1e9)
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(0.02)
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal; one that has ended gets none."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkedManager(AsyncKernelManager):
    """Manages a kernel that comes from a fork server, if it has one and the kernel is Python's own."""

    server: ForkServer | None = None

    async def _async_launch_kernel(self, kernel_cmd: list[str], **more) -> None:
        python, *launcher = kernel_cmd[:3]
        kernel = None
        if self.server and python == sys.executable and launcher == ["-m", "ipykernel_launcher"]:
            folder, environment = str(more.get("cwd") or os.getcwd()), more.get("env") or dict(os.environ)
            kernel = self.server.fork(kernel_cmd[3:], folder, environment)
        if kernel is None:
            await super()._async_launch_kernel(kernel_cmd, **more)
            return
        self.provisioner.process, self.provisioner.pid, self.provisioner.pgid = kernel, kernel.pid, kernel.pid


def server_for(modules: Iterable[str], environment: dict[str, str]) -> ForkServer | None:
    """Return a fork server that imports those of `modules` that it may, and what they will need; None if none is."""
    modules = {name for name in modules if name.partition(".")[0] in ALIKE}
    if sys.platform != "linux" or not modules:
        return None
    return ForkServer(modules.union(*(LATE.get(name, ()) for name in modules)), environment)
