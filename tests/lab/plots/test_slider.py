import base64
import io
import json
import re
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course_utils.lab import plots

VALUES = [0.5, 1.0, 2.0]
PREFIX = "data:image/png;base64,"
VOID = {"img", "input"}


def draw(value):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.axvspan(0, value, color="black")
    ax.set(xlim=(0, 4), ylim=(0, 1))
    return fig


class Tree(HTMLParser):
    """Every element with its attributes and ancestors; fails on a broken nesting."""

    def __init__(self, html):
        super().__init__()
        self.open, self.found, self.text = [], [], {}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        tag = self.open[-1] if self.open else ""
        self.text[tag] = self.text.get(tag, "") + data

    def all(self, tag):
        return [(attrs, inside) for t, attrs, inside in self.found if t == tag]


@pytest.fixture(scope="module")
def slider():
    made = plots.frame_slider(draw, VALUES, label="scale", start=1, play=True)
    plt.close("all")
    return made


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def test_one_picture_per_value_each_with_what_was_drawn(slider):
    dark = [(pixels(frame.png) < 60).sum() for frame in slider.frames]
    assert dark[0] < dark[1]
    assert dark[2] - dark[1] == pytest.approx(2 * (dark[1] - dark[0]), rel=0.05)
    assert [frame.text for frame in slider.frames] == [
        "scale = 0.5",
        "scale = 1",
        "scale = 2",
    ]
    assert {pixels(frame.png).shape for frame in slider.frames} == {(160, 240)}
    assert slider.size == (240, 160)


def test_the_html_holds_every_picture_once_in_the_form_that_replays_expect(slider):
    images = Tree(slider.to_html()).all("img")
    order = [int(attrs["data-frame"]) for attrs, _ in images]
    assert order == [1, 0, 2]
    for attrs, _ in images:
        frame = slider.frames[int(attrs["data-frame"])]
        assert attrs["src"].startswith(PREFIX)
        assert base64.b64decode(attrs["src"].removeprefix(PREFIX)) == frame.png
        assert attrs["data-text"] == frame.text
        assert attrs["alt"] == frame.alt
        assert (attrs["width"], attrs["height"]) == ("240", "160")


def test_without_scripts_the_first_picture_shows_and_the_others_unfold(slider):
    tree = Tree(slider.to_html())
    (first, around), *others = tree.all("img")
    assert "details" not in around
    assert first["data-frame"] == "1"
    assert all("details" in inside for _, inside in others)
    ((details, _),) = tree.all("details")
    assert "open" not in details
    ((controls, _),) = [
        (a, i) for a, i in tree.all("div") if a.get("class") == "frame-slider-controls"
    ]
    # An inline style: JupyterLab keeps it in a notebook that is not trusted, where it
    # drops scripts, style sheets, ids and empty attributes.
    assert "display:none" in controls["style"]


def test_the_slider_can_be_used_by_keyboard_and_screen_reader(slider):
    tree = Tree(slider.to_html())
    ((attrs, _),) = tree.all("input")
    assert attrs["type"] == "range"
    assert (attrs["min"], attrs["max"], attrs["step"]) == ("0", "2", "1")
    assert attrs["value"] == "1"
    assert attrs["aria-label"] == "scale"
    assert attrs["aria-valuetext"] == "scale = 1"
    names = [attrs["aria-label"] for attrs, _ in tree.all("button")]
    assert names == ["back", "play", "forward"]
    script = tree.text["script"]
    assert "stopPropagation" in script
    assert "aria-valuetext" in script


def test_buttons_only_on_request():
    plain = plots.frame_slider(draw, VALUES)
    assert Tree(plain.to_html()).all("button") == []


def test_the_html_asks_nothing_of_the_network_and_has_no_ids(slider):
    html = slider.to_html()
    tree = Tree(html)
    for frame in slider.frames:
        html = html.replace(base64.b64encode(frame.png).decode(), "")
    assert not re.search(r"https?:|//\w|@import|url\(", html)
    assert not any("id" in attrs for _, attrs, _ in tree.found)
    assert {attrs.get("src", PREFIX)[:22] for _, attrs, _ in tree.found} == {PREFIX}
    assert len(tree.all("script")) == 1
    assert "0x" not in repr(slider)


def test_two_calls_give_equal_html(slider):
    again = plots.frame_slider(draw, VALUES, label="scale", start=1, play=True)
    assert again.to_html() == slider.to_html()
    assert again == slider


def test_the_bundle_has_a_picture_and_a_line_for_pages_without_html(slider):
    bundle = slider._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert base64.b64decode(bundle["image/png"]) == slider.frames[1].png
    assert bundle["text/plain"] == "Slider of 3 pictures: scale = 0.5 to scale = 2"
    json.dumps(bundle)


def test_labels_are_escaped():
    hostile = '<b>"&'
    html = plots.frame_slider(draw, VALUES, label=hostile, alt="a < b").to_html()
    tree = Tree(html)
    assert not tree.all("b")
    assert tree.all("input")[0][0]["aria-label"] == hostile
    assert tree.all("img")[0][0]["alt"] == f"a < b, {hostile} = 0.5"


@pytest.mark.parametrize(
    ("values", "settings", "texts", "alts"),
    [
        ([1, 2], {"format": ".2f"}, ["x = 1.00", "x = 2.00"], None),
        ([0.1 + 0.2, 2], {}, ["x = 0.3", "x = 2"], None),
        (["He", "Glorot"], {}, ["x = He", "x = Glorot"], None),
        ([1, 2], {"format": lambda v: f"{v} ms"}, ["x = 1 ms", "x = 2 ms"], None),
        ([1, 2], {"alt": "loss"}, ["x = 1", "x = 2"], ["loss, x = 1", "loss, x = 2"]),
        ([1, 2], {"alt": lambda v: f"to {v}"}, ["x = 1", "x = 2"], ["to 1", "to 2"]),
    ],
)
def test_texts_and_descriptions(values, settings, texts, alts):
    made = plots.frame_slider(lambda v: draw(1), values, label="x", **settings)
    assert [frame.text for frame in made.frames] == texts
    assert [frame.alt for frame in made.frames] == (alts or texts)


def test_a_start_from_the_end():
    assert plots.frame_slider(draw, VALUES, start=-1).start == 2


def returns_axes(value):
    return draw(value).axes[0]


def returns_array(value):
    return plt.subplots(1, 2)[1]


def returns_nothing(value):
    draw(value)


@pytest.mark.parametrize("kind", [draw, returns_axes, returns_array, returns_nothing])
def test_draw_may_return_what_is_at_hand_and_no_figure_stays_open(kind):
    kept = plt.figure()
    assert len(plots.frame_slider(kind, VALUES).frames) == 3
    assert plt.get_fignums() == [kept.number]


def test_a_cropping_style_does_not_change_sizes():
    with plt.rc_context({"savefig.bbox": "tight"}):
        assert plots.frame_slider(draw, VALUES).size == (240, 160)


def test_a_dozen_pictures_stay_small():
    plots.use_style()
    rng = np.random.default_rng(0)

    def two_panels(scale):
        fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
        plots.ridges([scale * rng.normal(size=500) for _ in range(10)], ax=left)
        plots.by_layer({"gradient": scale ** np.arange(1.0, 11)}, ax=right)
        return fig

    made = plots.frame_slider(two_panels, [0.5, 2.0, 4.0])
    each = len(made.to_html()) / 3
    assert each < 17_000  # 12 of them: 200 kB


def grows(value):
    return plt.figure(figsize=(2 + value, 2))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"values": [1]}, "values must hold at least two values, got 1"),
        ({"start": 3}, "start must index the 3 values, got 3"),
        ({"colors": 300}, r"colors must be in \[2, 256\], got 300"),
        ({"draw": grows}, r"same size, got \(200, 160\) pixels first and \(240, 160\)"),
    ],
)
def test_frame_slider_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        plots.frame_slider(**{"draw": draw, "values": VALUES} | settings)
    assert not plt.get_fignums()


@pytest.mark.parametrize("drawn", [None, 3, "figure"])
def test_draw_must_draw(drawn):
    with pytest.raises(TypeError, match="draw must return a Figure or an Axes, got"):
        plots.frame_slider(lambda value: drawn, VALUES)
