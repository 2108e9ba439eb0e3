"""The explorers' JavaScript in the Node that Playwright brings along: functions called from Python, no browser."""

import json
import math
import subprocess

from playwright._impl._driver import compute_driver_executable
from visit import ROOT

EXPLORERS = ROOT / "book" / "fusionbook" / "explorers"
# One call a line: [name, arguments]. JSON has no NaN, infinity or typed array; a word in an object stands for each.
ANSWER = """
import { createInterface } from "node:readline";
const BARE = { NaN, Infinity, "-Infinity": -Infinity };
const given = (_, value) => value?.bare ? BARE[value.bare] : value?.bytes ? Uint8Array.from(value.bytes) : value;
const told = (_, value) => {
  if (typeof value === "number" && !Number.isFinite(value)) return { bare: String(value) };
  return ArrayBuffer.isView(value) ? Array.from(value) : value;
};
for await (const line of createInterface({ input: process.stdin })) {
  const [name, args] = JSON.parse(line, given);
  let answer;
  try {
    if (typeof functions[name] !== "function") throw new Error(`there is no function ${name}`);
    answer = { value: functions[name](...args) ?? null };
  } catch (error) { answer = { threw: error.message }; }
  console.log(JSON.stringify(answer, told));
}
"""


class Module:
    """A running Node that has imported one file of the explorers, and helpers of a test beside it.

    `helpers` is JavaScript that finds the file's functions in `found`; what it puts into `functions` can be called too.
    """

    def __init__(self, name, folders, helpers=""):
        folder = folders.mktemp("javascript")
        for path in EXPLORERS.glob("*.js"):
            (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        begin = f'import * as found from "./{name}.js";\nconst functions = {{ ...found }};\n'
        (folder / "answer.js").write_text(begin + helpers + ANSWER, encoding="utf-8")
        self.process = subprocess.Popen([compute_driver_executable()[0], folder / "answer.js"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")  # fmt: skip

    def __call__(self, name, *args):
        """Call a function; what it throws comes back as {"threw": message}."""
        self.process.stdin.write(json.dumps([name, _given(list(args))]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"Node ended with {self.process.wait(10)}"
        answer = json.loads(line, object_hook=_told)
        return answer if "threw" in answer else answer["value"]

    def close(self):
        """End it."""
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def _given(value):
    if isinstance(value, float) and not math.isfinite(value):
        return {"bare": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, bytes):
        return {"bytes": list(value)}
    if isinstance(value, list | tuple):
        return [_given(one) for one in value]
    return {key: _given(one) for key, one in value.items()} if isinstance(value, dict) else value


def _told(found):
    return float(found["bare"]) if set(found) == {"bare"} else found
