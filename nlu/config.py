"""The numbers training and deciding depend on, in one frozen place each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How a model is trained. The same data and config give the same model, byte for byte, on one machine."""

    seed: int = 13
    inverse_regularisation: float = 10.0
    max_iterations: int = 60
    tolerance: float = 4e-4
    """Training ends when the loss falls by a smaller share than this."""
    folds: int = 2
    safety_false_alarm_rate: float = 0.01
    """Share of ordinary messages that may raise a safety intent by probability alone, measured out of fold."""
    in_scope_weight: float = 0.8
    """Weight of in-scope messages answered rightly against out-of-scope messages caught, when the threshold is set."""
    min_examples: int = 4
    """Fewer examples of an intent than this and cross-validation says nothing; training refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionConfig:
    """How scores become intents to act on."""

    clarify_margin: float = 0.12
    """Two in-scope intents closer than this are asked about, when neither is likelier than `clarify_ceiling`."""
    clarify_ceiling: float = 0.5
    floor: float = 0.15
    """An intent less likely than this is not acted on or asked about, even when the message seems in scope."""
    safety_floor: float = 0.35
    """A safety intent that is a guess below this is no alarm, likeliest or not: "skin" calls no ambulance."""
    clause_confidence: float = 0.6
    """A part of a message stands for itself only when its intent is at least this likely."""
    joined_clause_confidence: float = 0.6
    """The same for a part cut at a mere "and", which joins things more often than requests."""
    joined_clause_words: int = 3
    courtesy_request: float = 0.4
    """How likely a sentence must be to count as the request of a message that as a whole reads as a greeting."""
    clause_alarm: float = 0.5
    """How likely a safety intent must be in one part of a message; parts are short, and short texts mislead."""
    fragment_alarm: float = 0.9
    """The same in a fragment of a word or two."""
    beside_yes_no: float = 0.85
    """How likely a request must be to count beside a yes or no that was asked for."""
    use_context: bool = True
    """Whether what was asked sways the scores; evaluation of the bare classifier turns it off."""
    answer_coverage: float = 0.7
    """A message whose words are at least this share entities of the kind asked for is an answer, not a request."""
    answer_override: float = 0.75
    """How likely another intent must be to stand against a message that holds some of what was asked for."""
    language_confidence: float = 0.95


DEFAULT_TRAINING = TrainingConfig()
DEFAULT_DECISION = DecisionConfig()
