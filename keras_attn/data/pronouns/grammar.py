"""The grammar of the pronouns dataset: which sentences, in which split.

Every sentence comes with its mirror: the same words, the two nouns in the other
order, the other label.

    the animal did not cross the street because it was too tired       first
    the street the animal did not cross because it was too tired       second

so the multiset of words says nothing about the label.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from keras_attn.data.pronouns.scenes import SCENES, Scene

# Each voice has two word orders made of the same words. What stands in front in
# the second is emphasised: marked English, but English.
VOICES = {
    "active": (
        "the {agent} did not {base} the {theme}",
        "the {theme} the {agent} did not {base}",
    ),
    "passive": (
        "the {theme} was not {participle} by the {agent}",
        "by the {agent} the {theme} was not {participle}",
    ),
}
FRAMES = ("{clause} {reason}", "{reason} , {clause}")
REASON = "because it was too {adjective}"

# Agent i and theme j of a scene meet only in one split, given by (i + j) modulo
# the number of themes. Each noun is thus in every split, with other partners.
TEST_RESIDUES = (0, 1)
VALIDATION_RESIDUES = (2,)
# Word choices per pair of nouns, half of them with an adjective of either noun;
# each gives two sentences. 5 scenes of 12 x 12 nouns: 10,800 / 960 / 1,920.
CHOICES = {"train": 10, "validation": 8, "test": 8}


@dataclass(frozen=True)
class Sentence:
    """One example.

    Args:
        text: words and commas, each set off by one space.
        label: "first" or "second", the noun that "it" refers to.
        pronoun: position of "it" among the tokens of `text`, from 0.
        referent: position of the noun that "it" refers to.
    """

    text: str
    label: str
    pronoun: int
    referent: int


def sentences(split: str) -> Iterator[Sentence]:
    """All sentences of "train", "validation" or "test", always the same."""
    for number, scene in enumerate(SCENES):
        for agent, theme in noun_pairs(scene, split):
            # Seeded by a string, which Python hashes alike on any machine.
            rng = random.Random(f"pronouns {split} {number} {agent} {theme}")
            for adjectives, referent in (
                (scene.agent_adjectives, agent),
                (scene.theme_adjectives, theme),
            ):
                choices = [
                    (adjective, verb, voice, frame)
                    for adjective in adjectives
                    for verb in scene.verbs
                    for voice in VOICES
                    for frame in FRAMES
                ]
                for choice in rng.sample(choices, CHOICES[split] // 2):
                    yield from mirrored(agent, theme, referent, *choice)


def noun_pairs(scene: Scene, split: str) -> list[tuple[str, str]]:
    """The (agent, theme) pairs of a scene that belong to the split."""
    return [
        (agent, theme)
        for i, agent in enumerate(scene.agents)
        for j, theme in enumerate(scene.themes)
        if _split_of((i + j) % len(scene.themes)) == split
    ]


def _split_of(residue: int) -> str:
    if residue in TEST_RESIDUES:
        return "test"
    return "validation" if residue in VALIDATION_RESIDUES else "train"


def mirrored(
    agent: str,
    theme: str,
    referent: str,
    adjective: str,
    verb: tuple[str, str],
    voice: str,
    frame: str,
) -> Iterator[Sentence]:
    """The two sentences of one choice of words, one for each order of nouns."""
    base, participle = verb
    for order in VOICES[voice]:
        clause = order.format(
            agent=agent, theme=theme, base=base, participle=participle
        )
        reason = REASON.format(adjective=adjective)
        text = frame.format(clause=clause, reason=reason)
        tokens = text.split(" ")
        other = theme if referent == agent else agent
        position = tokens.index(referent)
        yield Sentence(
            text=text,
            label="first" if position < tokens.index(other) else "second",
            pronoun=tokens.index("it"),
            referent=position,
        )
