from digest.summarize.choosing.concepts import concepts, is_pair


def test_a_sentence_says_its_words_and_their_order():
    assert concepts("The sea wall broke.") == (
        "sea", "wall", "broke", "the sea", "sea wall", "wall broke",
    )  # fmt: skip


def test_forms_of_a_word_are_one_concept():
    assert set(concepts("Fishermen protested.")) & set(concepts("The fishermen's protests"))


def test_a_number_is_a_concept():
    assert "35" in concepts("It rose by 35 metres.")


def test_scripts_that_do_not_part_words_give_neighbouring_characters():
    assert concepts("北京大学") == ("北京", "京大", "大学")


def test_a_pair_has_two_words():
    assert [is_pair(concept) for concept in ("sea", "sea wall")] == [False, True]
