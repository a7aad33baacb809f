import functools
import importlib.util
import re
import types
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.lab import display
from course_utils.lab.plots import style


def plain(html):
    """Return what a reader sees of the highlighted code."""
    code = re.search(r"<pre[^>]*><code>(.*)</code></pre>", html, re.S).group(1)
    return unescape(re.sub(r"</?span[^>]*>", "", code))


def documented(x: int = 1) -> int:
    """Say hello.

    An indented line, and `back``ticks`.
    """

    # A comment stays.
    text = """Not a docstring."""
    return x if text else -x  # <b>&amp;</b>


def only_docstring():
    """Nothing else here."""


# Forms that a formatter would not leave alone.
ODD = '''
def on_one_line(): """Short."""; return 2

def more_on_its_line():
    """Say it."""; return 1
'''


class Shelf:
    """A class."""

    def method(self):
        """Return a text that is not indented."""
        return """
left
"""

    @property
    def width(self):
        """Return the width."""
        return 3

    @staticmethod
    def still():
        return "static"

    @classmethod
    def made(cls):
        return cls()

    @functools.cached_property
    def depth(self):
        return 4


def noisy(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@noisy
@functools.lru_cache
def decorated(x):
    return x + 1


def test_the_code_is_the_real_one_in_all_three_forms():
    shown = display.show_source(style.look)
    bundle = shown._repr_mimebundle_()
    lines = Path(style.__file__).read_text(encoding="utf-8")
    assert str(shown) in lines
    assert bundle["text/plain"] == str(shown) == repr(shown)
    assert bundle["text/markdown"] == f"```python\n{shown}\n```"
    assert plain(bundle["text/html"]) == str(shown)
    assert str(shown).startswith("def look(index: int)")
    assert set(bundle) == {"text/html", "text/markdown", "text/plain"}


def test_html_highlights_with_inline_styles_and_escapes():
    html = display.show_source(documented)._repr_mimebundle_()["text/html"]
    assert "<b>" not in html
    assert plain(html) == str(display.show_source(documented))
    keyword = re.search(r'<span style="color:(#\w+)[^"]*">def', html).group(1)
    comment = re.search(r'<span style="color:(#\w+)[^"]*"># A comment', html).group(1)
    string = re.search(r'<span style="color:(#\w+)[^"]*">&quot;&quot;&quot;Say', html)
    assert len({keyword, comment, string.group(1)}) == 3
    assert "<style" not in html
    assert " id=" not in html


def luminance(color):
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], parts))


def test_every_colour_reads_on_a_light_and_on_a_dark_page():
    html = display.show_source(display)._repr_mimebundle_()["text/html"]
    colors = set(re.findall(r'<span style="color:(#[0-9A-F]{6})', html))
    assert len(colors) >= 5
    for color in colors:
        assert 1.05 / (luminance(color) + 0.05) >= 4.5, color
        assert (luminance(color) + 0.05) / (luminance("#111111") + 0.05) >= 4, color


def test_docstrings_can_be_left_out():
    assert str(display.show_source(documented, doc=False)) == "\n".join(
        [
            "def documented(x: int = 1) -> int:",
            "    # A comment stays.",
            '    text = """Not a docstring."""',
            "    return x if text else -x  # <b>&amp;</b>",
        ]
    )
    shelf = str(display.show_source(Shelf, doc=False))
    assert "A class" not in shelf
    assert "Return the width" not in shelf
    assert shelf.startswith("class Shelf:\n    def method(self):\n        return ")
    compile(shelf, "shelf", "exec")


def test_a_docstring_stays_where_its_line_cannot_go(tmp_path):
    path = tmp_path / "odd_forms.py"
    path.write_text(ODD, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("odd_forms", path)
    odd = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(odd)
    for function in (odd.on_one_line, odd.more_on_its_line, only_docstring):
        shown = str(display.show_source(function, doc=False))
        assert shown == str(display.show_source(function))
        assert '"""' in shown


def test_a_module_without_docstrings_still_compiles():
    code = str(display.show_source(style, doc=False))
    compile(code, "style", "exec")
    assert code.startswith("from __future__")
    assert '"""' not in code


@pytest.mark.parametrize(
    ("obj", "first"),
    [
        (Shelf.method, "def method(self):"),
        (Shelf().method, "def method(self):"),
        (Shelf.width, "@property"),
        (Shelf.still, "@staticmethod"),
        (Shelf.made, "@classmethod"),
        (Shelf.__dict__["still"], "@staticmethod"),
        (Shelf.__dict__["depth"], "@functools.cached_property"),
        (decorated, "@noisy"),
        (functools.partial(decorated, 3), "@noisy"),
        (functools.partial(functools.partial(documented), x=2), "def documented(x"),
        (noisy(Shelf.method), "def method(self):"),
    ],
)
def test_methods_and_wrapped_functions_start_at_the_margin(obj, first):
    assert str(display.show_source(obj)).startswith(first)


def test_a_method_keeps_text_that_stands_at_the_margin():
    assert str(display.show_source(Shelf.method)).endswith('return """\nleft\n"""')
    without = str(display.show_source(Shelf.method, doc=False))
    assert without == 'def method(self):\n    return """\nleft\n"""'


def test_several_objects_in_order_with_where_they_live():
    shown = display.show_source(style.look, style.use_style, display.show_source)
    parts = str(shown).split("\n\n\n")
    assert [part.split("(")[0] for part in parts] == [
        "def look",
        "def use_style",
        "def show_source",
    ]
    html = shown._repr_mimebundle_()["text/html"]
    assert html.count("course_utils.lab.plots.style") == 1
    assert shown.places[2] == "course_utils.lab.display"


def test_a_function_of_the_notebook_has_no_caption():
    alike = types.FunctionType(documented.__code__, globals(), "documented")
    alike.__module__ = "__main__"
    shown = display.show_source(alike)
    assert shown.places == ()
    assert "from <code>" not in shown._repr_mimebundle_()["text/html"]


def test_a_fence_is_longer_than_any_in_the_code():
    markdown = display.Source("x = '````'")._repr_mimebundle_()["text/markdown"]
    assert markdown.startswith("`````python\n")
    assert markdown.endswith("\n`````")


def made_up():
    namespace = {"__name__": "nowhere"}
    exec("def made_up(): pass", namespace)
    return namespace["made_up"]


@pytest.mark.parametrize(
    ("obj", "got"),
    [
        (len, "got len"),
        (3, "got a value of type int"),
        (Shelf(), "got a value of type Shelf"),
        (functools.partial(len), "got len"),
        (np.sin, "got sin"),
        (dict, "got dict"),
        (made_up(), "got made_up, whose source is not to be found"),
    ],
)
def test_what_has_no_source_is_refused_without_an_address(obj, got):
    with pytest.raises(TypeError, match="written in Python") as error:
        display.show_source(obj)
    assert got in str(error.value)
    assert "0x" not in str(error.value)


FRAME = pd.DataFrame(
    {
        "claim": ["He > Glorot", "a | b"],
        "difference": [0.0123456, np.nan],
        "seeds": [5, 12],
        "holds": [True, False],
    }
)


def test_a_table_in_text_lines_its_columns_up():
    assert repr(display.table(FRAME, "Verdicts")) == "\n".join(
        [
            "Verdicts",
            "claim        difference  seeds  holds",
            "He > Glorot     0.01235      5  yes",
            "a | b                 –     12  no",
        ]
    )


def test_a_table_in_html_and_markdown():
    bundle = display.table(FRAME, "A < B", digits=2)._repr_mimebundle_()
    html = bundle["text/html"]
    cells = [unescape(c) for c in re.findall(r"<td[^>]*>([^<]*)</td>", html)]
    assert cells == ["He > Glorot", "0.012", "5", "yes", "a | b", "–", "12", "no"]
    assert "A &lt; B</caption>" in html
    sides = re.findall(r'<th style="text-align:(\w+)', html)
    assert sides == ["left", "right", "right", "left"]
    assert " id=" not in html
    lines = bundle["text/markdown"].splitlines()
    assert lines[:2] == ["A < B", ""]
    assert lines[3] == "| :--- | ---: | ---: | :--- |"
    assert lines[5] == r"| a \| b | – | 12 | no |"
    assert bundle["text/plain"].startswith("A < B\n")


def test_tables_repeat_and_hide_the_index_unless_asked():
    assert display.table(FRAME) == display.table(FRAME.copy())
    assert display.table(FRAME).columns[0] == "claim"
    indexed = display.table(FRAME.set_index("claim"), index=True)
    assert indexed.columns == tuple(FRAME.columns)
    assert indexed.rows == display.table(FRAME).rows


def test_an_index_without_a_name_heads_nothing():
    shown = display.table(pd.DataFrame({"x": [1.5]}, index=["a"]), index=True)
    assert shown.columns == ("", "x")
    html = shown._repr_mimebundle_()["text/html"]
    assert html.count("<th ") == html.count("<th") - html.count("<thead") == 1
    two = pd.MultiIndex.from_tuples([("a", "b")])
    shown = display.table(pd.DataFrame({"x": [1.5]}, index=two), index=True)
    assert (shown.columns, shown.rows) == (("", "", "x"), (("a", "b", "1.5"),))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((72345.6, "72300"), (-2789.0, "-2790"), (9.994e6, "9990000"), (430.1, "430")),
        *((1e7, "1e+07"), (1.234e-9, "1.23e-09"), (np.inf, "inf"), (999.7, "1000")),
    ],
)
def test_a_large_number_needs_no_power_of_ten_before_ten_million(number, text):
    assert display.table(pd.DataFrame({"x": [number]}), digits=3).rows == ((text,),)


def test_float32_shows_its_own_digits():
    frame = pd.DataFrame({"x": np.array([0.1], dtype=np.float32)})
    assert display.table(frame, digits=9).rows == (("0.100000001",),)
    assert display.table(frame).rows == (("0.1",),)


def test_an_empty_table_keeps_its_head():
    assert repr(display.table(FRAME.head(0))) == "claim  difference  seeds  holds"


def test_table_refuses():
    with pytest.raises(TypeError, match="frame must be a DataFrame, got dict"):
        display.table({"a": [1]})
    with pytest.raises(ValueError, match="digits must be at least 1, got 0"):
        display.table(FRAME, digits=0)
