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
