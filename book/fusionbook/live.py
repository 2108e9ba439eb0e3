"""Figures that retrain with the reader's settings, where there is a kernel to do so.

`ipywidgets.interact` leaves nothing in a built page: its sliders would move and the figure would not. So a
page shows the figure at its starting values and says where it lives; everywhere else the sliders are there.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from numbers import Integral, Real

PAGE_BUILD = "FUSIONBOOK_BUILD"  # the site sets it for the kernels that execute the pages
WHERE = "This figure retrains as you move {names} once it has a kernel: run `make live`, or open it on Binder."
NO_CONTROL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def live(**controls: object) -> Callable[[Callable], Callable]:
    """Draw the decorated function at once: with sliders, or in a built page at its starting values.

    Each keyword names an argument of the function and is what `ipywidgets.interact` takes for it:
    `(low, high)`, `(low, high, step)`, a list of options, a dict from label to option, a bool, a number, a
    string or a widget. The starting value is the argument's own default, else the middle of the range or the
    first option.

    Raises:
        ValueError: a control that is no argument of the function, an argument with neither control nor
            default, or a control that has no value to start from.
    """

    def show(function: Callable) -> Callable:
        values = starting_values(function, controls)
        if os.environ.get(PAGE_BUILD):
            function(**values)
            _say_where(controls)
        else:
            from ipywidgets import interact  # not needed to build a page

            interact(function, **controls)
        return function

    return show


def starting_values(function: Callable, controls: Mapping[str, object]) -> dict[str, object]:
    """Return the value with which each control of `function` starts, as `ipywidgets.interact` chooses it."""
    arguments = inspect.signature(function).parameters.values()
    defaults = {a.name: a.default for a in arguments if a.kind not in NO_CONTROL}
    takes_any = any(argument.kind is argument.VAR_KEYWORD for argument in arguments)
    unknown = [] if takes_any else [name for name in controls if name not in defaults]
    if unknown:
        names, takes = ", ".join(unknown), list(defaults)
        raise ValueError(f"controls: {names} is no argument of {_name(function)}, which takes {takes}")
    given = {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}
    missing = [name for name in defaults if name not in given and name not in controls]
    if missing:
        raise ValueError(f"controls: {_name(function)} needs a control or a default for {', '.join(missing)}")
    return {name: _starting_value(name, control, given) for name, control in controls.items()}


def _starting_value(name: str, control: object, defaults: Mapping[str, object]) -> object:
    if hasattr(control, "value"):  # a widget, or ipywidgets.fixed
        return control.value
    if isinstance(control, (bool, str, Real)):
        return control
    if isinstance(control, tuple):
        return defaults.get(name, _middle(name, control))
    options = list(control.values() if isinstance(control, Mapping) else control)
    if not options:
        raise ValueError(f"{name}: got no options, needs at least one")
    # ipywidgets takes a list of (label, option) pairs too
    if not isinstance(control, Mapping) and all(isinstance(o, tuple) and len(o) == 2 for o in options):
        options = [option for _, option in options]
    return defaults[name] if defaults.get(name) in options else options[0]


def _middle(name: str, control: tuple) -> Real:
    """Return the middle of `(low, high)` or, with a step, the step at or just below it."""
    if len(control) not in (2, 3) or not all(isinstance(number, Real) for number in control):
        raise ValueError(f"{name}: got {control!r}, needs (low, high) or (low, high, step)")
    low, high, *rest = control
    half = (high - low) // 2 if isinstance(high - low, Integral) else (high - low) / 2
    if not rest:
        return low + half
    if rest[0] <= 0:
        raise ValueError(f"{name}: got the step {rest[0]!r}, needs one above 0")
    return low + int(half / rest[0]) * rest[0]


def _say_where(controls: Mapping[str, object]) -> None:
    from IPython.display import display

    names = [name.replace("_", " ") for name in controls]
    listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    sentence = WHERE.format(names=listed)
    html = sentence.replace("`make live`", "<code>make live</code>")
    display({"text/plain": sentence, "text/html": f'<p class="live-note">{html}</p>'}, raw=True)


def _name(function: Callable) -> str:
    return getattr(function, "__name__", repr(function))
