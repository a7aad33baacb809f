"""Walls between a student's code and everything else.

`choose` takes the best wall that this machine can put up, and has tried it before it
hands it out.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading

from course_utils.grading.errors import GradingError
from course_utils.grading.sandbox.base import Child, Kind, Limits, Tier

__all__ = ["TIERS", "Child", "Kind", "Limits", "Tier", "available", "choose"]

# From the best to none at all: (name, module, class).
_MAKERS = {
    "fork server": ("fork_server", "ForkServer"),
    "bwrap": ("fresh", "Bwrap"),
    "podman": ("containers", "Podman"),
    "docker": ("containers", "Docker"),
    "none": ("unprotected", "Unprotected"),
}
TIERS = tuple(_MAKERS)
_INSTALL = {
    "linux": "On Debian or Ubuntu: sudo apt install bubblewrap libseccomp2.",
    "darwin": "On macOS, install Podman (https://podman.io) or Docker.",
    "win32": "On Windows, install Podman (https://podman.io) or Docker, or run the "
    "course in WSL2 and there: sudo apt install bubblewrap.",
}
_LOCK = threading.RLock()
_PROVEN: dict[str, Tier] = {}
_REFUSED: dict[str, str] = {}
if hasattr(os, "register_at_fork"):  # a forked process makes its own
    os.register_at_fork(after_in_child=_PROVEN.clear)


def choose(name: str | None = None, trust: bool = False) -> Tier:
    """The best wall there is, tried before it is handed out.

    Args:
        name: take this tier and no other, one of `TIERS`.
        trust: where there is no wall, grade without one.

    Returns:
        A tier, the same one for every call in this process.

    Raises:
        GradingError: there is none; it says why not, and what to install.
    """
    if name is not None and name not in TIERS:
        listed = ", ".join(map(repr, TIERS))
        raise GradingError(f"the sandbox must be one of {listed}, got {name!r}")
    if name == "none" and not trust:
        raise GradingError(
            "without a sandbox a submission can read and change everything that you "
            "can: --trust-submissions says that you trust these"
        )
    wanted = [name] if name else [tier for tier in TIERS if tier != "none" or trust]
    for tier in wanted:
        if not _try(tier):
            return _PROVEN[tier]
    reasons = "\n".join(f"- {tier}: {_REFUSED[tier]}" for tier in wanted)
    advice = next((v for k, v in _INSTALL.items() if sys.platform.startswith(k)), "")
    raise GradingError(
        f"No sandbox is to be had here, so strangers' code is not run.\n{reasons}\n"
        f"{advice}\nIf you know and trust every author, --trust-submissions grades "
        "without a wall."
    )


def available(names: tuple[str, ...] = TIERS) -> dict[str, str]:
    """Each tier's name, with "" where it can be had, or why not."""
    return {tier: _try(tier) for tier in names}


def _try(name: str) -> str:
    """Make and try a tier once a process; "" or what is in the way."""
    with _LOCK:
        if name in _PROVEN:
            return ""
        if name not in _REFUSED:
            try:
                _PROVEN[name] = _make(name)
                return ""
            except GradingError as error:
                _REFUSED[name] = str(error)
        return _REFUSED[name]


def _make(name: str) -> Tier:
    module, kind = _MAKERS[name]
    if name in ("fork server", "bwrap") and not sys.platform.startswith("linux"):
        raise GradingError("it needs Linux")
    try:
        found = importlib.import_module(f"{__name__}.{module}")
        maker = getattr(found, kind)
    except ImportError as error:
        raise GradingError(f"it cannot be loaded: {error}") from None
    if reason := getattr(maker, "why_not", str)():
        raise GradingError(reason)
    tier = maker()
    if name in ("fork server", "bwrap"):
        from course_utils.grading.sandbox.trial import prove

        try:
            prove(tier)
        except GradingError:
            tier.close()
            raise
    return tier
