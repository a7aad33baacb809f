"""What counts as the same output, and what does not."""

import pytest

from course_utils.notebooks.tolerance import Tolerance, cell_tolerance, differences

TWO_PERCENT = Tolerance(0.02)


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data):
    data = {key.replace("_", "/"): value for key, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def compare(recorded, found, tolerance=TWO_PERCENT):
    return differences([stream(recorded)], [stream(found)], tolerance)


@pytest.mark.parametrize(
    ("recorded", "found"),
    [
        ("accuracy 0.800", "accuracy 0.815"),
        ("loss 1.00e-3", "loss 9.9e-04"),
        ("[0.5 9.99]", "[ 0.505 10.01]"),
        ("[1. 2.]", "[1.01 2.  ]"),
        ("[[100. 200.]\n [300. 400.]]", "[[101. 200.]\n [300. 401.]]"),
        ("1", "0.99"),  # how %g writes 1.0
        ("0.0", "9e-7"),
        ("a  | 9.99\n---|-----", "a  | 10.01\n---|------"),
        ("(0.8, -0.5)", "(0.81, -0.5)"),
        ("87.5%", "87.1%"),
        ("nan 0.5", "nan 0.5"),
    ],
)
def test_numbers_within_the_tolerance_agree(recorded, found):
    assert compare(recorded, found) == []


@pytest.mark.parametrize(
    ("recorded", "found", "word"),
    [
        ("accuracy 0.800", "accuracy 0.817", "0.817, recorded 0.800"),
        ("accuracy 0.800", "accuracy 0.783", "differs too much"),
        ("0.01", "-0.01", "differs too much"),
        ("epoch 100 0.8", "epoch 101 0.8", "integer differs: 101, recorded 100"),
        ("after 100. Then", "after 101. Then", "integer"),
        ("holds, 0.8", "contradicted, 0.8", "text around"),
        ("0.8", "nan", "text around"),
        ("0.8", "0.8 0.8", "text around"),
        ("numpy 2.4.6", "numpy 2.4.7", "text around"),
        ("#1e3f2a", "#1e4f2a", "text around"),
        ("conv2d_1", "conv2d_2", "text around"),
        ("<number> 1.0", "1.0 2.0", "text around"),
        ("0.0", "2e-6", "differs too much"),
    ],
)
def test_all_else_differs(recorded, found, word):
    (problem,) = compare(recorded, found)
    assert word in problem


@pytest.mark.parametrize(
    ("recorded", "found"),
    [("0.8000", "0.8001"), ("a b", "a  b"), ("1", "1.0"), ("x\n", "x")],
)
def test_without_a_tolerance_text_is_text(recorded, found):
    assert len(compare(recorded, found, None)) == 1


def test_numbers_in_html_tables():
    table = "<table><tr><th>5</th><td>{}</td><td>ReLU</td></tr></table>"

    def problems(was, now, tolerance):
        return differences(
            [shown(text_html=table.format(was))],
            [shown(text_html=table.format(now))],
            tolerance,
        )

    assert problems("0.800", "0.810", TWO_PERCENT) == []
    assert "too much" in problems("0.800", "0.900", TWO_PERCENT)[0]
    assert "text/html" in problems("0.800", "0.801", None)[0]


def test_pictures_must_be_there_but_not_equal():
    was = shown(image_png="AAAA", text_plain="<Figure size 640x480 with 1 Axes>")
    now = shown(image_png="BBBB", text_plain="<Figure size 640x480 with 1 Axes>")
    assert differences([was], [now]) == []
    bare = shown(text_plain="<Figure size 640x480 with 1 Axes>")
    assert "recorded is display_data (image/png" in differences([was], [bare])[0]
    larger = shown(image_png="BBBB", text_plain="<Figure size 800x480 with 1 Axes>")
    assert "800x480" in differences([was], [larger])[0]
    empty = shown(image_png="", text_plain="<Figure size 640x480 with 1 Axes>")
    assert "empty" in differences([was], [empty])[0]


@pytest.mark.parametrize("tolerance", [None, TWO_PERCENT])
def test_pictures_inside_html(tolerance):
    frame = '<img alt="{}" src="data:image/png;base64,{}">'

    def problems(was, now):
        return differences([shown(text_html=was)], [shown(text_html=now)], tolerance)

    was = frame.format("scale 1", "iVBORw0KGgo+/A==")
    assert problems(was, frame.format("scale 1", "iVBORw0KGgoBBBB=")) == []
    assert problems(was, frame.format("scale 2", "iVBORw0KGgo+/A=="))
    assert problems(was, '<img alt="scale 1" src="">')
    assert problems(was + was, was)
    jpeg = was.replace("image/png", "image/jpeg")
    assert problems(was, jpeg)


def test_number_order_and_kind_of_outputs():
    a, b = stream("a"), shown(text_plain="b")
    assert differences([a, b], [a, b]) == []
    assert "missing" in differences([a, b], [a])[0]
    assert "new" in differences([a], [a, b])[0]
    assert len(differences([a, b], [b, a])) == 2
    assert "stderr" in differences([stream("a")], [stream("a", "stderr")])[0]
    result = {**b, "output_type": "execute_result", "execution_count": 3}
    again = {**result, "execution_count": 1}
    assert differences([result], [again]) == []
    assert differences([result], [b])


def test_json_is_compared_by_value():
    def json(value):
        return {"output_type": "display_data", "data": {"application/json": value}}

    assert differences([json({"a": 1, "b": 0.5})], [json({"b": 0.5, "a": 1})]) == []
    assert differences([json({"a": 0.5})], [json({"a": 0.505})])
    assert differences([json({"a": 0.5})], [json({"a": 0.505})], TWO_PERCENT) == []
    assert differences([json({"a": 1})], [json({"a": 2})], TWO_PERCENT)


def test_a_long_difference_is_cut():
    was = "\n".join(f"line {i}" for i in range(200))
    (problem,) = compare(was, was.replace("line", "row"), None)
    assert problem.count("\n") < 40
    assert "lines more" in problem


def test_cell_tolerance_reads_metadata():
    assert cell_tolerance({}) is None
    assert cell_tolerance({"tags": ["remove-input"]}) is None
    given = {"relative": 0.1, "absolute": 0, "why": "Keras training"}
    assert cell_tolerance({"tolerance": given}) == Tolerance(0.1, 0.0)


@pytest.mark.parametrize(
    "metadata",
    [
        {"tags": ["tolerance=0.02"]},
        {"tolerance": 0.02},
        {"tolerance": {"relative": 0.02}},
        {"tolerance": {"relative": 0.02, "why": ""}},
        {"tolerance": {"relative": 0.02, "why": "flaky"}},
        {"tolerance": {"why": "it never repeats"}},
        {"tolerance": {"relative": 0.0, "why": "it never repeats"}},
        {"tolerance": {"relative": 0.51, "why": "it never repeats"}},
        {"tolerance": {"relative": True, "why": "it never repeats"}},
        {"tolerance": {"relative": "0.02", "why": "it never repeats"}},
        {"tolerance": {"relative": float("nan"), "why": "it never repeats"}},
        {"tolerance": {"relative": 0.1, "absolute": -1, "why": "it never repeats"}},
        {"tolerance": {"relative": 0.1, "integers": 1, "why": "it never repeats"}},
    ],
)
def test_a_malformed_tolerance_is_refused(metadata):
    with pytest.raises(ValueError, match="must"):
        cell_tolerance(metadata)
