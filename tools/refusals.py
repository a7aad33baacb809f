"""What an installer's failure means, and the sentence that says what to do."""

import re
from pathlib import Path


class Refusal(Exception):
    """The command cannot go on; the message is one sentence that says what to do.

    Attributes:
        cause: Which of `CAUSES` it was, "" if none of them.
    """

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


# What pip and uv print when ..., and the sentence that says what to do.
CAUSES = {
    "full": r"no space left|os error 28\b|errno 28\b|not enough space|os error 112\b"
    r"|disk quota exceeded|os error 122\b|errno 122\b",
    "hash": r"hash mismatch|do not match the hashes",
    "wheel": r"no usable wheels|no wheels with a matching|has no wheels",
    "network": r"error sending request|dns error|failed to lookup|connect error"
    r"|connection refused|could not connect|failed to establish a new connection"
    r"|name resolution|getaddrinfo|network is unreachable|timed out|proxyerror"
    r"|max retries exceeded|failed to fetch|connection (?:broken|aborted|reset)",
    "denied": r"permission denied|os error 13\b|errno 13\b|access is denied",
}
SENTENCES = {
    "full": "The disk is full: free about 2.5 GB where {venv} is (and where the "
    "temporary files and the installer's cache are, if that is another disk) and run "
    "the same command again; it goes on from what is already downloaded.",
    "hash": "A downloaded file is not the one that requirements.lock names, so it was "
    "not installed: run the same command again, and if it stays so, do not trust the "
    "package index or the proxy that this machine uses.",
    "wheel": "One of the locked packages is not built for this kind of computer "
    "({log} names it): read the course on Colab instead (README.md says how).",
    "network": "The package index cannot be reached, and the first installation needs "
    "it: connect to the internet (behind a proxy, set HTTPS_PROXY or pip's index-url) "
    "and run the same command again; it goes on from what is already downloaded.",
    "denied": "A file may not be written (see {log}): put the course in a folder of "
    "your own, close what still runs from {venv}, and run the same command again.",
    "": "The installation failed; {log} ends as above. Run the same command again, and "
    "if it fails in the same way, report those lines.",
}


def sentence(cause: str, venv: Path, log: Path) -> str:
    """Return what to do about one of `CAUSES`, or about an unknown one ("")."""
    return SENTENCES[cause].format(venv=venv, log=log)


def cause_of(output: str) -> str:
    """Return which of `CAUSES` an installer's output speaks of, "" if of none."""
    for cause, pattern in CAUSES.items():
        if re.search(pattern, output, re.IGNORECASE):
            return cause
    return ""
