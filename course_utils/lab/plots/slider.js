// Turns the static pictures of each .frame-slider into one picture and a slider.
(() => {
  const script = document.currentScript;
  const near = script ? script.parentNode.parentNode : document;
  for (const root of near.querySelectorAll(".frame-slider:not([data-ready])")) {
    root.dataset.ready = "yes";
    const frames = [...root.querySelectorAll("img[data-frame]")].sort(
      (a, b) => a.dataset.frame - b.dataset.frame
    );
    const stage = root.querySelector(".frame-slider-stage");
    const controls = root.querySelector(".frame-slider-controls");
    const input = controls.querySelector("input");
    const value = controls.querySelector(".frame-slider-value");
    const play = controls.querySelector("[data-play]");
    let timer = null;

    const show = (index) => {
      frames.forEach((frame, k) => {
        frame.style.display = k === index ? "block" : "none";
      });
      input.value = index;
      value.textContent = frames[index].dataset.text;
      input.setAttribute("aria-valuetext", frames[index].dataset.text);
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      if (play) {
        play.textContent = "\u25B6\uFE0E";
        play.setAttribute("aria-label", "play");
      }
    };
    const start = () => {
      timer = setInterval(() => {
        if (root.isConnected) show((+input.value + 1) % frames.length);
        else stop();
      }, 800);
      play.textContent = "\u275A\u275A";
      play.setAttribute("aria-label", "pause");
    };

    input.addEventListener("input", () => { stop(); show(+input.value); });
    for (const button of controls.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => {
        const next = +input.value + +button.dataset.step;
        stop();
        show(Math.min(frames.length - 1, Math.max(0, next)));
      });
    }
    if (play) play.addEventListener("click", () => (timer === null ? start() : stop()));

    // The keys that move a slider must not also turn the slide or leave the cell. On a
    // slide PageUp and PageDown, which a presenter's remote sends, are the deck's.
    const page = root.closest(".reveal") ? "" : "|Page";
    const own = new RegExp(`^(Arrow|Home|End|Enter| ${page})`);
    controls.addEventListener("keydown", (event) => {
      if (own.test(event.key)) event.stopPropagation();
    });

    stage.append(...frames);
    root.querySelector("details").remove();
    controls.style.display = "flex";
    show(+input.value);
  }
})();
