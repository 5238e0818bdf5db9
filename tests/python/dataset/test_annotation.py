# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilewright.dataset.annotation import AnnotationError, parse_annotation

# In the form of the real ones: runs of spaces, exponents, a negative heading.
LINE = (
    "d 75 6132 38536 3  3.611326736278057e+01   -1.151703076311115e+02 6.481528000000000e+02 "
    "-2.939905e-02 -9.995678e-01 0 3.611320610005831e+01 -1.151701627748344e+02 6.428045e+02 "
    "1.468759559608981e+01 -6.236738248856333e+01 2.000843336507016e+01 0"
)


def test_reads_all_that_a_line_tells():
    told = parse_annotation(LINE + "\n")
    # The ids stand in another order than in the names of files.
    assert (told.dataset_id, told.target_id, told.patch_id, told.street_view_id) == (75, 6132, 38536, 3)
    assert (told.target_latitude, told.target_longitude) == (36.11326736278057, -115.1703076311115)
    assert told.normal == (-0.02939905, -0.9995678, 0)
    assert (told.heading, told.pitch, told.roll) == (-62.36738248856333, 20.00843336507016, 0)
    assert told.aligned == ()


@pytest.mark.parametrize(
    "text",
    [
        "\n\n" + LINE,
        "x what others write\n" + LINE,
        LINE.rsplit(maxsplit=1)[0],
        LINE + " 7 8 9",
        LINE.replace(" ", "\t"),
        LINE + "\r\n",
    ],
    ids=["empty lines", "other lines", "no roll", "more tokens", "tabs", "carriage return"],
)
def test_takes_known_deviations(text):
    assert parse_annotation(text).target_id == 6132


@pytest.mark.parametrize("count", [0, 39, 40, 43])
def test_keeps_all_numbers_of_aligned_sets(count):
    numbers = tuple(float(number) for number in range(count))
    line = " ".join(["a", *map(str, numbers)])
    assert parse_annotation(f"{LINE}\n{line}\n").aligned == numbers


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n\t\n", "is empty"),
        ("a 1 2 3", "has no line 'd'"),
        # Only a word of its own begins a line.
        ("distance 3", "has no line 'd'"),
        ("d 75 6132", "line 'd' has 3 tokens, not 18"),
        (LINE.replace("6132", "x"), "'x' is no integer"),
        (LINE.replace("6132", "-1"), "-1 is no id"),
        (LINE.replace("6132", str(10**9)), "1000000000 is no id"),
        (LINE.replace("6.481528000000000e+02", "nan"), "nan is no finite number"),
        (LINE.replace("3.611326736278057e+01", "91"), "the target's coordinates 91, -115.17 are out of range"),
        (LINE.replace("-1.151701627748344e+02", "181"), "the street view's coordinates 36.1132, 181 are out of range"),
    ],
)
def test_says_why_text_is_none(text, reason):
    with pytest.raises(AnnotationError) as refused:
        parse_annotation(text)
    assert str(refused.value) == reason


@given(st.text(st.sampled_from("da 0123456789.-+e\n\tx") | st.characters()))
def test_any_text_is_read_or_refused(text):
    try:
        parse_annotation(text)
    except AnnotationError as error:
        assert str(error)
