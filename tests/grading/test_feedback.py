"""A student's page says what it should, and nothing on it does anything."""

import base64
import hashlib
import os
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.engine import Engine

from course_utils.checks.guard import not_attempted
from course_utils.checks.result import _SYMBOLS
from course_utils.grading.books.database import open_gradebook
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.nbgrader_course import SETTINGS
from course_utils.grading.pages.comments import Comments, Score, read_comments
from course_utils.grading.pages.feedback import feedback_page, write_feedback
from course_utils.grading.pages.prose import prose
from course_utils.grading.pages.rendering import LOOKS, TEMPLATES, code, visible
from course_utils.grading.records import Mark, Outcome
from tests.grading import made_up

ASSIGNMENT = made_up.assignment()
HOSTILE = (
    "<script>alert(1)</script><img src=//evil onerror=alert(1)>\"'></pre></code></td>"
    "<style>*{}</style> [a](javascript:alert(1)) {{ 7 * 7 }} {% raw %} <!-- &lt;\n"
    "\u202eliame\u2066 \x1b[31m \x00 \u2028 \ud800 ```\n"
)
# Not every user of Windows may make a symbolic link, and there are no such pipes.
LINKS = ("link", "pipe") if os.name == "posix" else ()


# What a little Markdown becomes, without any attribute.
PROSE = {"p", "ul", "ol", "li", "em", "strong", "code", "pre", "sup", "sub"}
VOID = {"meta", "br"}


class Skeleton(HTMLParser):
    """Elements and attributes, but for what colours code, and the text apart.

    The elements of Markdown are left out where they have no attribute; whatever is
    opened must be closed, in order.
    """

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        if tag in PROSE and not attributes:
            return
        if tag == "span" and re.fullmatch(r"\w\w?", dict(attributes).get("class", "")):
            return
        self.tags.append((tag, *attributes))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.tags.append(f"an end of {tag} without a start")

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.tags.append("a comment")

    def handle_pi(self, data):
        self.tags.append("an instruction")

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def says(record, comments=None):
    return Skeleton(feedback_page(ASSIGNMENT, record, comments)).words


def with_text(text):
    """A record, and comments, in which all that a stranger may write is `text`."""
    text = f"x{text}x"
    mark = Mark(
        "adam_step",
        1.0,
        4.0,
        Outcome.CRASHED,
        text,
        (("with", text), (text, text)),
        1,
        4,
    )
    written = {"terminal_velocity": made_up.uphill, "adam_step": mark}
    cells = ("answer-terminal_velocity", "answer-nesterov_step")
    record = made_up.record(
        "a student",
        written,
        answers=dict.fromkeys(cells, text),
        sources=dict.fromkeys(made_up.STUBS, f"x = 1\n{text}\nx = 2"),
        notes=(text,),
    )
    return record, Comments(remarks=dict.fromkeys([*cells, "check-adam_step"], text))


@settings(max_examples=40)
@given(
    st.text(
        st.characters(codec=None)
        | st.sampled_from("*_^$-1. \n`")
        | st.sampled_from("<>&\"'\\\n`{}%#[]()=/!-\x00\x1b\u202e\u2066\ud800"),
        max_size=60,
    )
)
@example(HOSTILE)
@example("<b>" * 100)
@example(
    "**<b>** *<b>* `<b>` $10^{<b>}$ $<b>$\n\n- <b>\n  <b>\n1. <b>\n```\n<b>\n```\n"
)
@example("![x](//evil) [x](javascript:alert(1)) <//evil> https://evil [x]: //evil")
@example("]]>--><![CDATA[<svg onload=alert(1)>")
def test_no_text_of_a_stranger_becomes_anything_but_text(text):
    harmless = feedback_page(ASSIGNMENT, *with_text("harmless"))
    page = feedback_page(ASSIGNMENT, *with_text(text))
    page.encode("utf-8")
    assert Skeleton(page).tags == Skeleton(harmless).tags
    assert Skeleton(page).open == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a\nb</p><p>c</p>"),
        (
            "so:\n- one\n  more\n\n- two",
            "<p>so:</p><ul><li>one\nmore</li><li>two</li></ul>",
        ),
        ("1. one\n\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        ("3. three", "<p>3. three</p>"),
        ("**be *a* brief** `*x*`", "<p>**be <em>a</em> brief** <code>*x*</code></p>"),
        ("**`x`** and *y*.", "<p><strong><code>x</code></strong> and <em>y</em>.</p>"),
        ("2*x*y, a * b * c, __init__", "<p>2*x*y, a * b * c, __init__</p>"),
        ("$10^{-7}$, $\\eta_0 \\to 0$", "<p>10<sup>−7</sup>, η<sub>0</sub> → 0</p>"),
        ("$\\frac{1}{2}$ for $5 or $6", "<p>$\\frac{1}{2}$ for $5 or $6</p>"),
        ("```python\n*x*\n\n<b>\n```", "<pre><code>*x*\n\n&lt;b&gt;</code></pre>"),
        ("[a](b) ![c](d) <i>", "<p>[a](b) ![c](d) &lt;i&gt;</p>"),
    ],
)
def test_a_little_markdown_is_shown_as_such(text, html):
    assert prose(text) == html


def test_questions_answers_and_comments_are_shown_as_markdown():
    one = made_up.record("ada", answers={"answer-terminal_velocity": "By $10^{-1}$."})
    comments = Comments(remarks={"answer-terminal_velocity": "Look at `mu`."})
    page = feedback_page(ASSIGNMENT, one, comments)
    assert "<p>By 10<sup>−1</sup>.</p>" in page
    assert "<p>Look at <code>mu</code>.</p>" in page
    assert "<p>You raise μ from 0.9 to 0.99. By what must you multiply η so" in page


@pytest.mark.parametrize("text", ["*a " * 9000, "`a\n```x\n" * 3000, "$" * 20_000])
def test_markdown_takes_no_longer_than_its_length(text):
    start = time.process_time()
    prose(visible(text))
    assert time.process_time() - start < 2


def test_the_text_itself_is_still_there_to_read():
    words = Skeleton(feedback_page(ASSIGNMENT, *with_text(HOSTILE))).words
    assert words.count("<script>alert(1)</script>") >= 8
    assert "[U+202E]liame[U+2066] [U+001B][31m [U+0000] [U+2028] [U+D800]" in words


def test_the_policy_allows_the_one_style_sheet_and_nothing_else():
    page = feedback_page(ASSIGNMENT, *with_text(HOSTILE))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    tags = Skeleton(page).tags
    assert not {tag for tag, *_ in tags} & {"script", "img", "link", "iframe", "form"}
    attributes = [pair for _, *pairs in tags for pair in pairs]
    assert not [name for name, _ in attributes if name == "style" or name[:2] == "on"]
    links = [value for name, value in attributes if name in ("href", "src")]
    assert links
    assert all(re.fullmatch(r"#[\w-]+", link) for link in links)


def test_a_page_says_what_was_right_and_shows_one_case_of_what_was_not():
    record = made_up.record(
        "ben", made_up.worst(), right=3, notes=("Two cells had the same name.",)
    )
    words = says(record)
    wrong = record.marks[0]
    assert wrong.outcome is Outcome.PARTLY
    assert "9 of 16 points so far" in words
    assert "3 of 4 rounds were right." in words
    assert wrong.message in words
    assert all(text in words for _, text in wrong.rows)
    assert "Two cells had the same name." in words
    assert "2 open questions are still to be marked" in words
    assert "return ahead + v_next, v_next" in words
    assert "You left this one open." in words
    assert "By 0.1: the rest is a tenth of it." in words
    assert "You raise μ from 0.9 to 0.99." in words


def test_all_right_is_said_once():
    words = says(made_up.record("ada"))
    assert words.count("All 4 rounds were right.") == 3
    assert "One case" not in words


@pytest.mark.parametrize(
    ("right", "rounds", "points", "sentence"),
    [
        (0, 4, 0.0, "None of the 4 rounds was right."),
        (1, 4, 1.0, "1 of 4 rounds was right."),
        (3, 4, 0.0, "3 of 4 rounds were right. Here every round has to be right"),
        (0, 2, 0.0, "Neither round was right."),
        (1, 2, 2.0, "One of the two rounds was right."),
        (2, 2, 4.0, "Both rounds were right."),
    ],
)
def test_rounds_are_counted_in_words(right, rounds, points, sentence):
    mark = replace(
        made_up.judged("adam_step", made_up.uncorrected),
        right=right,
        rounds=rounds,
        points=points,
    )
    assert sentence in says(made_up.record("eve", {"adam_step": mark}))


def test_an_empty_function_is_said_to_be_empty_not_how_to_fill_it():
    stub = replace(
        made_up.judged("adam_step", made_up.uncorrected),
        outcome=Outcome.NOT_ATTEMPTED,
        message=not_attempted().message,
    )
    words = says(made_up.record("eve", {"adam_step": stub}))
    assert "The function was handed in empty." in words
    assert "run this one again" not in words


def test_points_and_comments_given_by_hand_count_and_are_shown():
    record = made_up.record("ben", made_up.worst())
    comments = Comments(
        scores={
            "check-terminal_velocity": Score(3.0, True, False),
            "check-nesterov_step": Score(0.0, False, False),
            "answer-terminal_velocity": Score(1.5, True, False),
            "answer-nesterov_step": Score(0.0, False, True),
        },
        remarks={
            "terminal_velocity": "Nearly: the sign.",
            "check-adam_step": "See me.",
            "answer-terminal_velocity": "Good.",
        },
        penalty=0.5,
    )
    words = says(record, comments)
    assert "4 of 16 points so far" in words  # 3 + 1.5 - 0.5
    assert "0.5 taken off because it came late" in words
    assert "set these points by hand; the tests alone gave 0." in words
    assert "One open question is still to be marked" in words
    assert words.count("Your teacher writes") == 3
    assert all(remark in words for remark in comments.remarks.values())
    assert "Open question: 1.5 of 2 points" in words


def test_every_outcome_has_a_look_and_the_symbols_are_those_of_the_checks():
    assert set(LOOKS) == set(Outcome)
    for status, (symbol, colour) in _SYMBOLS.items():
        kind = LOOKS[Outcome(status)][1]
        assert LOOKS[Outcome(status)][0] == symbol
        style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
        assert f"--{kind}: {colour}" in style


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_all_text_has_contrast_in_every_theme():
    """At least 4.5 : 1, as WCAG 2.2 asks for (1.4.3, AA)."""
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    themes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    assert len(themes) == 3
    for theme in themes:
        texts = {"ink", "quiet", "link", "comment", "string", "number", "keyword"}
        for text in texts | {"name", "builtin"}:
            for ground in ("page", "card"):
                assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        for kind in ("right", "partly", "wrong", "stopped", "empty"):
            bar = (themes[0] | theme)[kind]
            assert contrast(theme["bar-ink"], bar) >= 4.5, kind


def test_highlighting_changes_no_character():
    source = made_up.source_of("adam_step", made_up.rightly_adam)
    source += '\ntext = """two\n  lines # no comment"""  # "one\n\n' + "x" * 300
    highlighted = code(source)
    assert "".join(Skeleton(highlighted).text) == source
    assert '<span class="k">return</span>' in highlighted
    assert (
        "&#34;&#34;&#34;two\n  lines # no comment&#34;&#34;&#34;</span>" in highlighted
    )


@pytest.mark.parametrize(
    "text", ["y" * 10**6, "y\n" * 10**5, "\n".join(["y" * 900] * 99)]
)
def test_what_is_very_long_is_shortened(text):
    short = visible(text)
    assert len(short) < 21_000 + 5 * 400
    assert "shortened here" in short


def test_a_page_lies_where_the_exchange_finds_it_with_its_secret(tmp_path):
    course = Course(tmp_path)
    handed_in = course.submitted / "ada" / made_up.NAME
    handed_in.mkdir(parents=True)
    (handed_in / "timestamp.txt").write_text("2026-01-02 03:04:05.678900 UTC")
    (handed_in / "submission_secret.txt").write_text("ab" * 64)
    page = write_feedback(course, ASSIGNMENT, made_up.record("ada"))
    assert page == tmp_path / "feedback/ada/07_optimizers/07_optimizers.html"
    assert (page.parent / "timestamp.txt").read_text().startswith("2026-01-02")
    assert (page.parent / "submission_secret.txt").read_text() == "ab" * 64


@pytest.mark.parametrize("kind", ["long", "page", "none", *LINKS])
def test_no_other_file_is_handed_back(tmp_path, kind):
    course = Course(tmp_path)
    course.make_secret()
    handed_in = course.submitted / "eve" / made_up.NAME
    handed_in.mkdir(parents=True)
    for name in ("timestamp.txt", "submission_secret.txt"):
        if kind == "link":
            (handed_in / name).symlink_to(course.secret_file)
        elif kind == "pipe":
            os.mkfifo(handed_in / name)
        elif kind in ("long", "page"):
            (handed_in / name).write_text(
                "ab" * 400 if kind == "long" else HOSTILE[:90]
            )
    folder = write_feedback(course, ASSIGNMENT, made_up.record("eve")).parent
    kept = (folder / "submission_secret.txt").read_text()
    assert re.fullmatch("[0-9a-f]{128}", kept)
    assert course.secret_file.read_text().strip() not in kept
    assert (folder / "timestamp.txt").read_text() == ""
    write_feedback(course, ASSIGNMENT, made_up.record("eve"))
    assert (folder / "submission_secret.txt").read_text() == kept


def test_a_name_that_leads_elsewhere_is_refused(tmp_path):
    with pytest.raises(GradingError, match="plain name"):
        write_feedback(Course(tmp_path), ASSIGNMENT, made_up.record("../ada"))


@pytest.fixture
def course(tmp_path):
    """A class with a gradebook: two students in two assignments."""
    course = Course(tmp_path)
    (tmp_path / SETTINGS).write_text("c = get_config()\n", encoding="utf-8")
    with open_gradebook(course) as book:
        for name in (made_up.NAME, "other"):
            book.add_assignment(name)
            book.add_notebook(name, name)
            for cell in ("check-adam_step", "answer-adam_step"):
                kind = "code" if cell.startswith("check") else "markdown"
                book.add_grade_cell(cell, name, name, max_score=4, cell_type=kind)
            for cell in ("adam_step", "answer-adam_step"):
                # One name for grade and solution is nbgrader's own way with answers.
                book.add_solution_cell(cell, name, name)
        for student in ("ada", "ben"):
            book.add_student(student)
            for name in (made_up.NAME, "other"):
                book.add_submission(name, student)
    return course


def test_the_gradebook_is_read_for_the_whole_class_at_once(course):
    name = made_up.NAME
    with open_gradebook(course) as book:
        for assignment, points in ((name, 3.0), ("other", 1.0)):
            grade = book.find_grade("check-adam_step", assignment, assignment, "ada")
            grade.auto_score, grade.needs_manual_grade = points, False
        grade = book.find_grade("answer-adam_step", name, name, "ada")
        grade.manual_score, grade.extra_credit = 1.5, 0.25
        grade.needs_manual_grade = False
        comment = book.find_comment("adam_step", name, name, "ada")
        comment.auto_comment, comment.manual_comment = "automatic", " By hand. \n"
        book.find_comment("adam_step", name, name, "ben").auto_comment = "automatic"
        book.find_comment(
            "answer-adam_step", "other", "other", "ben"
        ).manual_comment = "elsewhere"
        book.find_submission_notebook(name, name, "ben").late_submission_penalty = 2.0
        book.db.commit()
    asked = []

    def note(*args):
        asked.append(args[2])

    event.listen(Engine, "before_cursor_execute", note)
    found = read_comments(course, ASSIGNMENT)
    event.remove(Engine, "before_cursor_execute", note)
    students = [s for s in asked if s.startswith("SELECT student.id")]
    assert len(students) == 3
    assert sum("submitted_assignment" in s for s in asked if "SELECT" in s) == 3
    assert set(found) == {"ada", "ben"}
    assert found["ada"].scores == {
        "check-adam_step": Score(3.0, False, False),
        "answer-adam_step": Score(1.75, True, False),
    }
    assert found["ada"].remarks == {"adam_step": "By hand."}
    assert found["ben"].scores["check-adam_step"] == Score(0.0, False, True)
    assert (found["ben"].remarks, found["ben"].penalty) == ({}, 2.0)


def test_a_gradebook_out_of_reach_is_named_with_what_to_do(tmp_path):
    (tmp_path / SETTINGS).write_text("c = get_config()\n", encoding="utf-8")
    nowhere = f"sqlite:///{tmp_path}/no/folder.db"
    with pytest.raises(GradingError, match="Is its address right"):
        read_comments(Course(tmp_path), ASSIGNMENT, db=nowhere)
