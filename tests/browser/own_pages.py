"""Pages of our own: widget states as MyST-NB leaves them in a page, the host, and nothing else."""

import base64
import json
import re
from pathlib import Path

import numpy as np
from ipywidgets.embed import embed_data
from visit import ROOT

HOST = ROOT / "book" / "fusionbook" / "site" / "host.js"
SCRIPTS = r'<script type="application/vnd\.jupyter\.widget-{}\+json">(.*?)</script>'


def entry_of(widget):
    """Return a widget's state as a page carries it: plain JSON, buffers taken out in base64."""
    states = embed_data(views=[widget], drop_defaults=False)["manager_state"]["state"]
    return json.loads(json.dumps(states[widget.model_id]))


def entries_of(page):
    """Return the entries behind a built page's views, in their order."""
    text = page.read_text(encoding="utf-8")
    states = {}
    for script in re.findall(SCRIPTS.format("state"), text, re.DOTALL):
        states |= json.loads(script)["state"]
    asked = [json.loads(view)["model_id"] for view in re.findall(SCRIPTS.format("view"), text, re.DOTALL)]
    return [states[one] for one in asked if "_esm" in states[one]["state"]]


def arrays_of(entry):
    """Decode an entry's arrays with NumPy, apart from the code that the page uses."""
    packed = {name: dict(one) for name, one in entry["state"]["data"].items() if isinstance(one, dict)}
    for buffer in entry["buffers"]:
        _, name, _ = buffer["path"]
        one = packed[name]
        flat = np.frombuffer(base64.b64decode(buffer["data"]), np.dtype(one["dtype"]).newbyteorder("<"))
        packed[name] = flat.reshape(one["shape"])
    return packed


def module_entry(source, **state):
    """Return an entry for a module written for one test."""
    return {"model_name": "AnyModel", "model_module": "anywidget", "state": {"_esm": source, **state}}


def write_page(folder, entries, *, apart=0, raw=None):
    """Write a page that shows `entries`, a dict from id to entry, `apart` px from one another; return its path.

    `raw` stands in for the state's JSON, for what json.dumps would not write.
    """
    state = json.dumps({"version_major": 2, "version_minor": 0, "state": entries}) if raw is None else raw
    kind = "application/vnd.jupyter.widget-"
    views = "".join(
        f'<script type="{kind}view+json">{json.dumps({"version_major": 2, "model_id": one})}</script>'
        f'<div style="height: {apart}px"></div>'
        for one in entries
    )
    folder = Path(folder)
    (folder / "host.js").write_text(HOST.read_text(encoding="utf-8"), encoding="utf-8")
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Own</title>'
        f'<script defer src="host.js"></script><script type="{kind}state+json">{_inert(state)}</script></head>'
        f"<body><main><h1>Own</h1>{views}</main></body></html>",
        encoding="utf-8",
    )
    return page


def _inert(text):
    return text.replace("</", "<\\/")
