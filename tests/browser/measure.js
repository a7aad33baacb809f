// Measures the slide that is shown, in the deck's own pixels: the canvas is what
// Reveal's configuration says, whatever the window's size. Returns plain data.
() => {
  const { width, height } = deck.getConfig();
  const slide = deck.getCurrentSlide();
  const area = document.querySelector(".reveal .slides").getBoundingClientRect();
  const scale = area.width / width;
  const IGNORED = "aside.notes, mjx-assistive-mml, script, style, template";
  const seen = (element) =>
    !element.closest(IGNORED) &&
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const box = (element) => {
    const r = element.getBoundingClientRect();
    return {
      left: (r.left - area.left) / scale,
      top: (r.top - area.top) / scale,
      right: (r.right - area.left) / scale,
      bottom: (r.bottom - area.top) / scale,
      width: r.width / scale,
      height: r.height / scale,
    };
  };
  const named = (element) => {
    const text = (element.alt || element.textContent || "").replace(/\s+/g, " ").trim();
    const kind = element.className && typeof element.className === "string"
      ? "." + element.className.trim().split(/\s+/)[0] : "";
    return `<${element.localName}${kind}> ${text.slice(0, 40)}`.trim();
  };

  // A formula counts as one thing: what lies inside it is its own affair.
  const inFormula = (e) => e.closest("mjx-container, svg") && !e.matches("mjx-container, svg");
  const all = [...slide.querySelectorAll("*")].filter((e) => seen(e) && !inFormula(e));

  const beyond = [];
  for (const element of all) {
    const b = box(element);
    if (b.width === 0 || b.height === 0) continue;
    const by = Math.max(-b.left, -b.top, b.right - width, b.bottom - height);
    if (by > 1) beyond.push({ element, by });
  }
  const deepest = beyond.filter(
    (one) => !beyond.some((other) => other !== one && one.element.contains(other.element)));

  const clipped = [];
  for (const element of [slide, ...all]) {
    const style = getComputedStyle(element);
    if (style.display === "inline" || element.matches("svg, img, input")) continue;
    const by = Math.max(
      style.overflowY === "visible" ? 0 : element.scrollHeight - element.clientHeight,
      style.overflowX === "visible" ? 0 : element.scrollWidth - element.clientWidth);
    if (by > 1) clipped.push({ element, by });
  }

  // Two things on top of one another: neither holds the other, and both show.
  const LEAVES = "p, li, pre, h1, h2, h3, h4, img, table, .frame-slider-controls";
  const leaves = all.filter(
    (e) => e.matches(LEAVES) && !e.querySelector(LEAVES) && !e.closest("table table"));
  const boxes = leaves.map(box);
  const overlapping = [];
  for (let i = 0; i < leaves.length; i++) {
    for (let j = i + 1; j < leaves.length; j++) {
      if (leaves[i].contains(leaves[j]) || leaves[j].contains(leaves[i])) continue;
      const a = boxes[i], b = boxes[j];
      const by = Math.min(
        Math.min(a.right, b.right) - Math.max(a.left, b.left),
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
      if (by > 3) overlapping.push({ by, text: `${named(leaves[i])} / ${named(leaves[j])}` });
    }
  }

  // Sizes of what is read; indices of a formula in running text may be smaller.
  let smallest = null;
  const dollars = [];
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !seen(parent) || parent.closest("svg, mjx-container")) continue;
    if (/\$|\\\(|\\\[|\\begin\{/.test(node.data) && !parent.closest("pre, code")) {
      dollars.push(node.data.trim().slice(0, 60));
    }
    if (parent.closest("sub, sup, button")) continue;
    const size = parseFloat(getComputedStyle(parent).fontSize);
    if (smallest === null || size < smallest.size) smallest = { size, text: named(parent) };
  }

  const code = [...slide.querySelectorAll("pre")]
    .filter((pre) => seen(pre) && pre.closest(".highlight, .jp-InputArea, .input, code"))
    .map((pre) => pre.textContent.replace(/\s+$/, "").split("\n"))
    .map((lines) => ({ lines: lines.length, columns: Math.max(...lines.map((l) => [...l].length)) }));

  const pictures = [...slide.querySelectorAll("img")].filter(seen).map((img) => {
    // An image may be drawn smaller than its box, to be whole in it.
    const b = box(img);
    const fits = Math.min(b.width / img.naturalWidth, b.height / img.naturalHeight);
    const contained = getComputedStyle(img).objectFit === "contain" && img.naturalWidth > 0;
    return {
      alt: img.getAttribute("alt"),
      width: contained ? fits * img.naturalWidth : b.width,
      height: contained ? fits * img.naturalHeight : b.height,
      ownWidth: img.naturalWidth, ownHeight: img.naturalHeight,
      loaded: img.complete && img.naturalWidth > 0,
    };
  });

  const words = leaves.concat([...slide.querySelectorAll("td, th")].filter(seen))
    .filter((e) => !e.matches("pre, img, table, .frame-slider-controls"))
    .map((e) => {
      const copy = e.cloneNode(true);
      copy.querySelectorAll("mjx-container").forEach((one) => one.replaceWith(" formula "));
      return copy.textContent;
    })
    .join(" ").split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

  const plain = (found) => found.map(({ element, by }) => ({ by: Math.round(by), text: named(element) }));
  const bad = [...slide.querySelectorAll("mjx-merror, [data-mml-node='merror'], [data-mjx-error]")];
  return {
    heading: (slide.querySelector("h1, h2, h3, h4")?.textContent || "").replace(/[¶\s]+/g, " ").trim(),
    canvas: [width, height],
    words,
    beyond: plain(deepest),
    clipped: plain(clipped),
    overlapping: overlapping.map(({ by, text }) => ({ by: Math.round(by), text })),
    smallest,
    code,
    pictures,
    dollars,
    formulas: slide.querySelectorAll("mjx-container").length,
    broken: bad.map(named),
    sliders: slide.querySelectorAll(".frame-slider").length,
    notes: [...slide.querySelectorAll("aside.notes")].map((e) => e.textContent.trim()).join("\n"),
  };
}
