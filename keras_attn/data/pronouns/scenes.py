"""The words of the pronouns dataset, by scene.

An adjective fits only one of the two nouns: an animal can be tired and a street
can be wide, but never the other way around. Some adjectives describe the agent
in one scene and the theme in another, such as "wide" for a truck or a street.
So an adjective alone does not determine the noun.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """One kind of event.

    Attributes:
        verbs: Pairs of a base form and a participle, as in "did not cross" and
            "was not crossed".
        agents: The nouns that act, as many as themes.
        themes: The nouns that are acted on.
        agent_adjectives: Adjectives that fit the agents only.
        theme_adjectives: Adjectives that fit the themes only.
    """

    verbs: tuple[tuple[str, str], ...]
    agents: tuple[str, ...]
    themes: tuple[str, ...]
    agent_adjectives: tuple[str, ...]
    theme_adjectives: tuple[str, ...]


def _scene(verbs, agents, themes, agent_adjectives, theme_adjectives):
    pairs = tuple(tuple(verb.split("/")) for verb in verbs.split())
    words = (agents, themes, agent_adjectives, theme_adjectives)
    return Scene(pairs, *(tuple(text.split()) for text in words))


CROSSING = _scene(
    verbs="cross/crossed traverse/traversed",
    agents="animal dog cat horse fox deer goat sheep rabbit donkey hedgehog "
    "turtle",
    themes="street road avenue highway square field plain marsh river canal "
    "stream lake",
    agent_adjectives="tired sleepy lazy frightened weak ill",
    theme_adjectives="wide icy slippery dangerous windy broad",
)
EATING = _scene(
    verbs="eat/eaten swallow/swallowed",
    agents="pig cow bear monkey wolf mouse squirrel parrot chicken duck lion "
    "camel",
    themes="bread cheese fish soup apple cake meat carrot pie melon potato "
    "sausage",
    agent_adjectives="full nervous shy sleepy picky ill",
    theme_adjectives="salty spicy bitter sour rotten greasy",
)
LIFTING = _scene(
    verbs="lift/lifted raise/raised",
    agents="crane robot forklift tractor winch hoist helicopter jack digger "
    "drone pulley loader",
    themes="stone beam container crate log piano statue boulder barrel pipe "
    "anvil pillar",
    agent_adjectives="weak feeble slow light short primitive",
    theme_adjectives="heavy massive bulky huge large enormous",
)
HOLDING = _scene(
    verbs="hold/held contain/contained",
    agents="suitcase drawer basket bag bucket jar cupboard backpack pocket "
    "trunk locker box",
    themes="trophy parcel bottle lamp coat vase doll helmet clock radio "
    "blanket toy",
    agent_adjectives="small narrow tiny shallow short tight",
    theme_adjectives="large bulky wide long tall big",
)
ENTERING = _scene(
    verbs="enter/entered use/used",
    agents="truck bus van car wagon lorry taxi tram trailer ambulance tank "
    "camper",
    themes="tunnel garage gate alley yard hall passage barn courtyard hangar "
    "lane depot",
    agent_adjectives="wide tall long large bulky big",
    theme_adjectives="narrow small tight tiny cramped dark",
)

SCENES = (CROSSING, EATING, LIFTING, HOLDING, ENTERING)
