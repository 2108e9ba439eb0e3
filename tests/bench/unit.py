"""The unit: how long this machine takes, just now, for a fixed piece of work. Times in units compare elsewhere."""

import time

import torch
from torch import nn

STEPS, ROWS, SHAPE = 2000, 400, (40, 32, 1)


def seconds() -> float:
    """Return the seconds of 2,000 AdamW steps of a 40-32-1 network in batches of 400, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return _train()
    finally:
        torch.set_num_threads(threads)


def _train() -> float:
    wide, hidden, out = SHAPE
    model = nn.Sequential(nn.Linear(wide, hidden), nn.ReLU(), nn.Linear(hidden, out), nn.Flatten(0))
    optimizer = torch.optim.AdamW(model.parameters(), 0.01)
    x, y = torch.randn(ROWS, wide), torch.randint(0, 2, (ROWS,)).float()
    start = time.perf_counter()
    for _ in range(STEPS):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(x), y).backward()
        optimizer.step()
    return time.perf_counter() - start
