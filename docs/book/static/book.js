// Sphinx marks what was searched for where the search is not loaded. The theme loads it
// on every page, so that we do it: everywhere but on the search page itself, and in the
// text alone, not in its scripts and styles.
document.addEventListener("DOMContentLoaded", () => {
  const text = document.querySelector(".bd-article-container");
  if (!text || document.getElementById("search-results")) return;
  if (typeof Search === "undefined" || typeof SphinxHighlight === "undefined") return;
  for (const code of text.querySelectorAll("script, style, nav a"))
    code.classList.add("nohighlight");
  text.classList.add("body"); // where Sphinx looks
  SphinxHighlight.highlightSearchWords();
  text.classList.remove("body");
});

// What scrolls sideways can be reached with the keyboard, and says what it is.
(() => {
  const kinds =
    "pre, .pst-scrollable-table-container, .cell_output .output > div, " +
    'mjx-container[display="true"], dt.sig, .cell_output div[style*="overflow-x"]';
  const mark = () => {
    for (const box of document.querySelectorAll(`.bd-article :is(${kinds})`)) {
      const style = getComputedStyle(box);
      const scrolls =
        box.scrollWidth > box.clientWidth + 1 &&
        (style.overflowX === "auto" || style.overflowX === "scroll");
      if (scrolls) box.tabIndex = 0;
      else if (box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    }
  };
  // The arrow that unfolds a part of the contents has no text of its own.
  for (const arrow of document.querySelectorAll("nav li.has-children > details > summary"))
    arrow.setAttribute(
      "aria-label",
      `Pages below ${arrow.closest("li").querySelector("a").textContent.trim()}`
    );
  const soon = () => requestAnimationFrame(mark);
  addEventListener("load", soon);
  addEventListener("resize", soon);
  document.addEventListener("toggle", soon, true); // a fold that opens
  if (window.MathJax?.startup?.promise) MathJax.startup.promise.then(soon);
  soon();
})();
