"""The grammar of the pronouns dataset: its sentences, in each split.

Every sentence has a mirror image with the same words, the two nouns in the
opposite order, and the other label.

    the animal did not cross the street because it was too tired       first
    the street the animal did not cross because it was too tired       second

So the words alone, without their order, contain no information about the label.
"""

import random
from dataclasses import dataclass

from keras_attn.data.pronouns.scenes import SCENES

# Each voice has two word orders of the same words. The second one puts emphasis
# on its first noun, which is unusual but correct English.
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

# Agent i and theme j of a scene occur together in only one split, given by
# (i + j) modulo the number of themes. So each noun is in every split, but with
# different partners.
TEST_RESIDUES = (0, 1)
VALIDATION_RESIDUES = (2,)
# Word choices per pair of nouns. Half of them have an adjective of the agent,
# half one of the theme. Each choice gives two sentences. With 5 scenes of 12 x
# 12 nouns, the splits have 10,800, 960 and 1,920 sentences.
CHOICES = {"train": 10, "validation": 8, "test": 8}


@dataclass(frozen=True)
class Sentence:
    """One example.

    Attributes:
        text: String, words and commas separated by one space each.
        label: `"first"` or `"second"`, the noun that "it" refers to.
        pronoun: Integer, the position of "it" among the tokens, from 0.
        referent: Integer, the position of the noun that "it" refers to.
    """

    text: str
    label: str
    pronoun: int
    referent: int


def sentences(split):
    """Yield every `Sentence` of a split, always the same.

    Args:
        split: `"train"`, `"validation"` or `"test"`.
    """
    for number, scene in enumerate(SCENES):
        for agent, theme in noun_pairs(scene, split):
            # A string seed gives the same numbers on every machine.
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


def noun_pairs(scene, split):
    """Return the pairs (agent, theme) of a scene that belong to a split."""
    return [
        (agent, theme)
        for i, agent in enumerate(scene.agents)
        for j, theme in enumerate(scene.themes)
        if _split_of((i + j) % len(scene.themes)) == split
    ]


def _split_of(residue):
    if residue in TEST_RESIDUES:
        return "test"
    return "validation" if residue in VALIDATION_RESIDUES else "train"


def mirrored(agent, theme, referent, adjective, verb, voice, frame):
    """Yield the two sentences of one choice of words, one per noun order."""
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
