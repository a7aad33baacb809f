"""What axe-core finds on a page: it looks for what hinders people with a disability."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")


def findings(page: Page, within: str = "html") -> list[str]:
    """The serious and critical findings, one line for each rule that is broken.

    Args:
        page: an open page.
        within: selector of the part to look at.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate(
        "(part) => axe.run(part, { resultTypes: ['violations'] })", within
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {len(rule['nodes'])} times, "
        f"first {rule['nodes'][0]['html'][:200]}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
    ]
