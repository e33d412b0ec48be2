"""What colleagues of the sample company ask product, answer each other and chat about: sentence patterns of its own.

`[a|b]` is a choice, `{slot}` is filled. Kinds of question follow from what is asked, not from single words: the same words stand
in several kinds.
"""

# ruff: noqa: E501 - one sentence a line
from __future__ import annotations

import re
from collections.abc import Mapping

from demo.rng import Dice

OPENINGS = (
    "", "", "", "", "Hi all. ", "Quick one. ", "Morning! ", "Hello team. ", "Sorry if this was said before. ", "I have a call with them tomorrow. ", "Hey! ",
)  # fmt: skip
CLOSINGS = ("", "", "", "", " Thanks!", " Thank you.", " Cheers", " 🙏", " No rush.", " The call is at {hour}.", " Ta.")
# Quality and owner → patterns; {launch} is a launch or a thing with its article, {bare} the same without.
QUESTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("awareness", "product_ops"): (
        "[What is|What's] this {bare} [thing|everybody talks about]?",
        "Can [somebody|anyone] tell me what {launch} does?",
        "[I keep hearing about|Somebody mentioned] {launch}. What is it, in one sentence?",
        "What does {launch} actually do and who is it for?",
        "A customer asked me about {launch} and I had [no idea|never heard of it]. What is it?",
        "Is {launch} a new product or [part of|just a new name for something in] what we have?",
        "Where can I read what {launch} is? I [only saw|have only seen] the name.",
        "Could you explain {launch} to me like I am new here?",
        "What's new in {launch}? [I missed the meeting|I was on leave].",
        "Tell me what {launch} is, please, I have [{n}|a handful of] tickets that mention it.",
    ),
    ("awareness", "programme_management"): (
        "When does {launch} ship?",
        "Is {launch} [out|live|released] already?",
        "[Which|What] date do we have for {launch}?",
        "Has the date of {launch} moved again?",
        "Does {launch} still come this quarter?",
        "Any date for {launch} that I can tell {customer}?",
        "Is {launch} on for [this month|the date on the slide], or did it slip?",
    ),
    ("mechanics", "support_engineering"): (
        "Where do I [switch on|turn on] {launch} for an account?",
        "How many rows can {launch} take before it stops?",
        "{launch} throws an error [{n}|403] when {customer} saves. Known fault?",
        "{customer} sees an empty page in {launch} since [this morning|yesterday]. What is broken?",
        "Which setting controls who sees {launch}?",
        "Does {launch} work with the old [browser|app] that {customer} is on?",
        "What permission does a user need for {launch} to show up?",
        "{launch} takes {n} minutes to load for {customer}, is there a limit we hit?",
        "How do I reset {launch} after a failed run?",
        "Why does {launch} ignore the time zone of the site?",
    ),
    ("mechanics", "product_management"): (
        "Is {launch} part of the [Starter|Growth|Scale] plan or an add-on?",
        "Why did we build {launch} without [bulk edit|an undo]? Will that be added?",
        "Does {launch} replace the old screen for good, or do both stay?",
    ),
    ("readiness", "product_ops"): (
        "How do we get {customer} ready for {launch}?",
        "Which of my accounts should [go first|start] with {launch}, and which had better wait?",
        "What do admins at {customer} have to do before we switch {launch} on?",
        "How does my [onboarding|renewal|quarterly review] call change with {launch}?",
        "{customer} rolls out {launch} to {n} sites. In which order would you do it, and what do we prepare with them?",
        "What should I train the team at {customer} on before {launch} arrives?",
        "How will we see that {customer} really [uses|got value from] {launch} after a month?",
        "Is there a plan for walking {customer} through {launch}, step by step, with their [planners|site leads]?",
        "What changes in how we [hand over|support] accounts once {launch} is there, and who does what?",
        "I want {customer} to be a good first customer for {launch}. What do we need from them beforehand?",
        "Which people at {customer} do I bring together so that {launch} sticks?",
        "What do we tell our admins to clean up before {launch} goes on, and how long does it take them?",
    ),
    ("readiness", "product_marketing"): (
        "How do we position {launch} against [the competitor that|what] {customer} looks at, and which slides do we use to prepare them?",
        "Which message do we lead with when we introduce {launch} to [buyers|a new buyer], and is there a one-pager to send before?",
    ),
}
# What questions are about where they are about no launch: smaller things, named as people name them.
THINGS = (
    "import wizard", "new sign-in page", "barcode scan", "photo upload", "shift swap", "spare parts list", "price list editor",
    "saved filters", "visitor log", "new calendar view", "invoice preview", "audit download", "two-step login", "site map",
    "dark mode", "print layout", "copy function", "archive", "tag manager", "inspection form",
)  # fmt: skip
ANSWERS = (
    "Start with [one site|a pilot group] and have their admins clean up roles first.",
    "[It is|That is] on for every plan since last week, nothing to switch on.",
    "The short version: planners see it first, everybody else after the second week.",
    "We know of it, a fix goes out [tomorrow|on Thursday].",
    "Not decided yet, I will write here when it is.",
    "You need the admin permission, then it shows up under settings.",
    "Have the customer name one owner, then go site by site.",
    "It lets planners do in one go what took them a morning.",
    "It comes with the release at the end of the month, unless testing finds something.",
)
WRITTEN = (
    "It is all in [here|this page]: https://wiki.fernhollow.example/{slug}",
    "Step by step in https://help.fernhollow.example/{slug}, the part about [admins|rollout] is the one you want",
    "See https://wiki.fernhollow.example/{slug} and shout if something is missing",
)
STALE = ("There is https://wiki.fernhollow.example/{slug} but it is out of date, ask me until I get to it",)
NODS = ("Thanks!", "Perfect, thank you", "👍", "great, that helps", "same here", "following", "super")
CHATTER = (
    "Signed {customer} [this morning|just now], well done everybody",
    "Lunch is on the roof today",
    "The [coffee machine|printer] on the second floor is back",
    "Welcome to our new colleague in {place}!",
    "{customer} sent cake. It is in the kitchen.",
    "I am out on Friday, back on Monday",
    "Happy birthday to the best team lead in {place} 🎉",
    "The notes of the all-hands are up",
    "Great call with {customer}, they renew for two years",
    "Reminder: expenses are due [today|by noon]",
    "Train is late again, starting at {hour}",
    "We closed {n} tickets yesterday, a record",
)
# In conversations that nobody may read; nothing of it may ever come out.
UNHEARD = (
    "Between us: the {place} office closes in autumn",
    "What do you think of my raise, is {n} per cent fair?",
    "Keep the {customer} discount to yourself, please",
)
_PIECE = re.compile(r"\[([^]]*)\]|\{(\w+)\}")


def filled(dice: Dice, pattern: str, slots: Mapping[str, str]) -> str:
    """A sentence from a pattern; what a choice or slot gives is filled in turn."""
    while found := _PIECE.search(pattern):
        choice, slot = found.groups()
        value = dice.pick(choice.split("|")) if choice is not None else slots[slot]
        pattern = pattern[: found.start()] + value + pattern[found.end() :]
    return pattern
