from collections import Counter

import pytest

from keras_attn.data.pronouns.grammar import CHOICES, noun_pairs, sentences
from keras_attn.data.pronouns.scenes import SCENES

SPLITS = ("train", "validation", "test")
PINNED = [
    "because it was too weak , the animal did not traverse the highway",
    "because it was too weak , the highway the animal did not traverse",
    "because it was too frightened , the highway was not crossed by the animal",
]


@pytest.fixture(scope="module")
def split():
    return {name: list(sentences(name)) for name in SPLITS}


def bag(sentence):
    return tuple(sorted(sentence.text.split(" ")))


def nouns_of(sentence):
    words = set(sentence.text.split(" "))
    (pair,) = (
        (agent, theme)
        for scene in SCENES
        for agent in scene.agents
        for theme in scene.themes
        if {agent, theme} <= words
    )
    return pair


def test_first_sentences_are_pinned():
    # The generator must not change without a new version of the dataset.
    start = sentences("train")
    assert [next(start).text for _ in range(3)] == PINNED


def test_sizes(split):
    sizes = {name: len(examples) for name, examples in split.items()}
    assert sizes == {"train": 10_800, "validation": 960, "test": 1_920}


@pytest.mark.parametrize("name", SPLITS)
def test_every_bag_of_words_has_both_labels_equally_often(split, name):
    count = Counter((bag(s), s.label) for s in split[name])
    for (words, label), n in count.items():
        other = "second" if label == "first" else "first"
        assert count[words, other] == n


@pytest.mark.parametrize("name", SPLITS)
def test_every_word_has_both_labels_equally_often(split, name):
    words = Counter()
    for sentence in split[name]:
        for word in sentence.text.split(" "):
            words[word] += 1 if sentence.label == "first" else -1
    assert set(words.values()) == {0}


@pytest.mark.slow
def test_noun_pairs_meet_in_one_split_only(split):
    pairs = {name: set(map(nouns_of, split[name])) for name in SPLITS}
    assert not pairs["train"] & pairs["test"]
    assert not pairs["train"] & pairs["validation"]
    assert not pairs["validation"] & pairs["test"]
    assert len(pairs["test"]) == 5 * 12 * 2


def test_every_word_occurs_in_every_split(split):
    words = {
        name: {w for s in split[name] for w in s.text.split(" ")}
        for name in SPLITS
    }
    assert words["train"] == words["validation"] == words["test"]


def test_no_sentence_occurs_twice(split):
    texts = [s.text for name in SPLITS for s in split[name]]
    assert len(set(texts)) == len(texts)


@pytest.mark.slow
def test_positions_point_at_it_and_at_the_noun_of_the_label(split):
    for sentence in split["train"]:
        tokens = sentence.text.split(" ")
        assert tokens[sentence.pronoun] == "it"
        nouns = sorted(map(tokens.index, nouns_of(sentence)))
        named = nouns[0 if sentence.label == "first" else 1]
        assert sentence.referent == named


def test_the_adjective_fits_the_referent_in_its_scene(split):
    for sentence in split["test"]:
        agent, theme = nouns_of(sentence)
        (scene,) = (s for s in SCENES if agent in s.agents)
        tokens = sentence.text.split(" ")
        adjective = tokens[tokens.index("too") + 1]
        fits_agent = adjective in scene.agent_adjectives
        assert fits_agent != (adjective in scene.theme_adjectives)
        assert tokens[sentence.referent] == (agent if fits_agent else theme)


def test_adjectives_change_sides_between_scenes():
    agent = {a for scene in SCENES for a in scene.agent_adjectives}
    theme = {a for scene in SCENES for a in scene.theme_adjectives}
    assert {"wide", "small", "large"} <= agent & theme


def test_words_of_different_kinds_are_different_words():
    nouns = [n for scene in SCENES for n in scene.agents + scene.themes]
    assert len(nouns) == len(set(nouns)) == 120
    others = {
        word
        for scene in SCENES
        for word in (
            *scene.agent_adjectives,
            *scene.theme_adjectives,
            *(form for verb in scene.verbs for form in verb),
        )
    }
    assert not others & set(nouns)


def test_word_choices_halve():
    assert all(number % 2 == 0 for number in CHOICES.values())


def test_each_noun_keeps_training_partners():
    for scene in SCENES:
        partners = Counter(agent for agent, _ in noun_pairs(scene, "train"))
        assert partners == dict.fromkeys(scene.agents, 9)
