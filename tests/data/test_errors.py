from keras_attn.data.errors import DataError, listing, shortened


def test_message_is_one_line():
    assert str(DataError("a\nb\r\nc")) == "a b c"


def test_data_error_is_a_value_error():
    assert issubclass(DataError, ValueError)


def test_listing_is_cut_after_the_limit():
    assert listing(["a", "b", "c"]) == "a, b, c"
    assert listing(["a", "b", "c"], limit=2) == "a, b and 1 more"
    assert listing([]) == "none"


def test_long_names_are_shortened():
    assert shortened("a" * 40) == "a" * 40
    assert shortened("a" * 41) == "a" * 37 + "..."
    assert listing(["b" * 99]) == "b" * 37 + "..."
