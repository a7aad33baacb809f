// Loaded before MathJax and reveal.js: it configures the one and starts the other.
// Formulas are set first, on slides that are laid out but not shown yet, so that every
// slide has its final height when reveal.js or a printer looks at it.
(() => {
  // A browser that prints without a window has a clock of its own and may draw nothing
  // before it runs out: what waits for the next drawing waits for that clock instead.
  if (/print-pdf/.test(location.search)) {
    window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 0);
  }
  window.MathJax = {
    tex: {
      inlineMath: [["$", "$"], ["\\(", "\\)"]],
      displayMath: [["$$", "$$"], ["\\[", "\\]"]],
      processEscapes: true,
      processEnvironments: true,
    },
    // Each formula carries its own letters: a copy in the speaker's window keeps them.
    svg: { fontCache: "none", scale: 0.94 },
    options: { enableMenu: false },
    startup: { typeset: false },
  };

  const prepareNotes = () => {
    // The speaker's window has no style for the hidden second copy of a formula.
    for (const copy of document.querySelectorAll("aside.notes mjx-assistive-mml")) {
      copy.remove();
    }
  };

  const typeset = async () => {
    try {
      await MathJax.startup.promise;
      await MathJax.typesetPromise();
      prepareNotes();
    } catch (error) {
      console.error("The formulas could not be set:", error);
    }
  };

  // Tables, code and what it prints grow where a slide has room for them.
  const BOTTOM = 720 - 34 - 12; // above the footer, with room for another font's lines
  const fits = (slide) => {
    const top = slide.getBoundingClientRect().top;
    const blocks = [...slide.querySelectorAll(":scope > .block")];
    const wide = [...slide.querySelectorAll("pre, .rich, .rich > div")];
    return (
      blocks.every((block) => block.getBoundingClientRect().bottom - top <= BOTTOM) &&
      wide.every((one) => one.scrollWidth <= one.clientWidth)
    );
  };
  const grow = () => {
    for (const slide of document.querySelectorAll(".slides > section")) {
      if (slide.querySelector(".pictured") || !slide.querySelector("pre, table")) continue;
      for (const factor of [1.4, 1.3, 1.2, 1.1, 1]) {
        slide.style.setProperty("--grow", factor);
        if (fits(slide)) break;
      }
    }
  };

  const start = async () => {
    await typeset();
    grow();
    const deck = new Reveal(document.querySelector(".reveal"), {
      plugins: [RevealNotes],
      width: 1280,
      height: 720,
      margin: 0.04,
      center: false,
      display: "flex",
      transition: "none",
      backgroundTransition: "none",
      hash: true,
      hashOneBasedIndex: true,
      slideNumber: "c/t",
      controls: true,
      progress: true,
      navigationMode: "linear",
      scrollActivationWidth: null, // a deck on a phone is still a deck
      pdfSeparateFragments: false,
      pdfMaxPagesPerSlide: 1,
      showNotes: false,
    });
    window.deck = deck;
    await deck.initialize();
    // The keys that move a slider are the slider's, all others the deck's: it does not
    // hear them while something in the slider has the focus.
    document.addEventListener(
      "keydown",
      (event) => {
        if (!event.target.closest(".frame-slider-controls")) return;
        if (/^(Arrow|Home|End|Enter|Tab|Shift| )/.test(event.key)) return;
        document.activeElement.blur();
        if (event.key.startsWith("Page")) event.preventDefault();
      },
      true
    );
    // A key pressed on the next slide is for the deck, not for a slider left behind.
    deck.on("slidechanged", () => document.activeElement.blur());
    document.body.dataset.ready = "yes";
  };

  window.addEventListener("DOMContentLoaded", start);
})();
