"""A process that imports what notebooks import, once, and becomes their kernels by forking: run as a script.

It reads a line of JSON for each kernel, the arguments, the folder and the environment, and answers with the
process id of the kernel, a line for each. It ends with its input, and a kernel ends with it.
"""

import sys

if __name__ == "__main__":
    del sys.path[0]  # this file's own folder, whose modules are not meant

import ctypes
import importlib
import json
import os
import signal

from ipykernel.kernelapp import IPKernelApp

READY = "-"  # the answer when everything is imported
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl


def serve(modules: list[str]) -> None:
    """Import the modules, then fork a kernel for each line that comes."""
    own = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the build, which ends its kernels itself
    import_all(modules)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a kernel that has ended is gone, not a zombie
    answer(READY)
    while line := read_line():
        asked = json.loads(line)
        if child := os.fork():
            answer(str(child))
        else:
            become_kernel(own, **asked)
            return


def import_all(modules: list[str]) -> None:
    """Import them; what they print does not go to who waits for answers."""
    answers = os.dup(1)
    os.dup2(2, 1)
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:  # the notebook that needs it tells of it, at its own place
            continue
    sys.stdout.flush()
    os.dup2(answers, 1)
    os.close(answers)


def answer(line: str) -> None:
    """Write a line to whoever has started this process."""
    os.write(1, f"{line}\n".encode())


def read_line() -> bytes:
    """Read a line, byte by byte: what is buffered here would be a child's too. Empty at the end of the input."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line


def become_kernel(server: int, arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be what `python -m ipykernel_launcher` is with these arguments, in a session of its own."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != server:  # it has ended in between
        return
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # else all kernels would draw the same where nobody set a seed
    sys.argv = ["ipykernel_launcher", *arguments]
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    serve(sys.argv[1:])
