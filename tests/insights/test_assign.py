"""Theme assignment: seeds are enough, labels help, exclusions hold, and the model may stay silent."""

from datetime import UTC, datetime

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from insights.assign import THRESHOLD, Example, ThemeModel, background
from insights.classify import TextClassifier
from insights.embed import count_words, default_encoder
from insights.taxonomy import Taxonomy, Theme, load_taxonomy, retire


@pytest.fixture(scope="module")
def model():
    return ThemeModel(load_taxonomy())


@pytest.mark.parametrize(
    ("clause", "theme"),
    [
        ("we were charged two times for the same invoice", "billing_invoicing"),
        ("the Android app logs me out", "mobile_app"),
        ("webhooks arrive late and the API rate limit is too low", "api_webhooks"),
        ("single sign-on with Azure does not work", "sso_security"),
        ("I get too many notification emails", "notifications"),
        ("the CSV export has missing columns", "data_export"),
        ("nobody from support answered my ticket", "support_response"),
        ("search does not find anything", "search_findability"),
    ],
)
def test_seeds_alone_recognise_plain_statements(model, clause, theme):
    scores = model.score([clause])[0]
    assert model.ids[int(scores.argmax())] == theme
    assert scores.max() >= THRESHOLD


@pytest.mark.parametrize("clause", ["thank you very much", "we are forty people", "see you Thursday", "[NAME] [EMAIL]", ""])
def test_what_is_about_nothing_gets_no_theme(model, clause):
    assert model.score([clause]).max() < THRESHOLD


def test_placeholders_do_not_change_the_judgement(model):
    with_placeholder, without = model.score(["exports to Excel fail, [EMAIL]", "exports to Excel fail,  "])
    np.testing.assert_allclose(with_placeholder, without)


def test_an_exclusion_rules_its_theme_out():
    themes = (
        Theme("speed", "Speed", seeds=("pages are slow", "it lags")),
        Theme("price", "Price", seeds=("too expensive", "costs a lot")),
    )
    excluding = (Theme("speed", "Speed", seeds=themes[0].seeds, exclusions=("slow support",)), themes[1])
    assert ThemeModel(Taxonomy(themes)).score(["slow support pages"])[0][0] > 0
    assert ThemeModel(Taxonomy(excluding)).score(["Slow support pages"])[0][0] == 0


def test_scores_do_not_depend_on_the_batch(model):
    clauses = ["exports are slow", "the invoice is wrong", "hello there", "die Suche ist langsam"]
    together = model.score(clauses)
    for place, clause in enumerate(clauses):
        np.testing.assert_allclose(model.score([clause])[0], together[place], atol=2e-4)
    assert model.score([]).shape == (0, len(model.ids))


def test_labels_teach_what_seeds_did_not_say():
    taxonomy = load_taxonomy()
    heard = "the crane calendar shows the wrong shift"
    labels = [
        Example(f"the crane calendar {what}", frozenset({"reporting_dashboards"}))
        for what in ("is off by one", "shows another shift", "lists a wrong site", "shows the wrong hour")
    ]
    place = [theme.id for theme in taxonomy.active].index("reporting_dashboards")
    before, after = ThemeModel(taxonomy), ThemeModel(taxonomy, labels)
    assert after.score([heard])[0][place] > before.score([heard])[0][place] + 0.2
    assert after.version != before.version
    assert after.method.endswith(":labels")


def test_the_version_follows_taxonomy_and_labels_only(model):
    taxonomy = load_taxonomy()
    labels = [Example("a b c", frozenset()), Example("d e f", frozenset({"data_export"}))]
    assert ThemeModel(taxonomy).version == model.version
    assert ThemeModel(taxonomy, labels).version == ThemeModel(taxonomy, labels[::-1]).version


def test_the_number_of_threads_changes_no_bit(model):
    """Sums that are shared out between threads differ in their last bits; these are not shared out."""
    clauses = ["exports are slow", "the invoice is wrong", "nobody answered my ticket for a week"]
    with threadpool_limits(limits=1):
        alone = ThemeModel(load_taxonomy()).probabilities(clauses)
    with threadpool_limits(limits=2):
        shared = ThemeModel(load_taxonomy()).probabilities(clauses)
    assert alone.tobytes() == shared.tobytes()


def test_retired_themes_are_not_assigned():
    taxonomy = retire(load_taxonomy(), "mobile_app", at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "mobile_app" not in ThemeModel(taxonomy).ids


def test_background_phrases_are_not_seeds():
    seeds = {seed.casefold() for theme in load_taxonomy().themes for seed in theme.seeds}
    assert len(background()) > 80
    assert not seeds & {phrase.casefold() for phrase in background()}


ANIMALS = ["the dog barks", "a cat sleeps", "horses run fast", "the bird sings", "fish swim in water"]
TOOLS = ["hammer and nails", "the saw is sharp", "a screwdriver turns screws", "drill a hole", "the wrench is heavy"]
KITCHEN = ["boil the soup", "bake some bread", "the oven is hot", "cut the onions", "fry an egg in the pan"]


def test_a_classifier_knows_what_it_knows():
    classifier = TextClassifier([*ANIMALS, *TOOLS, *KITCHEN], [0] * 5 + [1] * 5 + [2] * 5, default_encoder())
    found = classifier.probabilities(["the cat and the dog", "nails and a saw", "onions in the soup"])
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.sum(axis=1), 1)
    inside, outside = classifier.familiarity(["the dog sleeps", "quarterly tax declaration 2024"])
    assert inside > outside
    assert classifier.probabilities([]).shape == (0, 3)


@pytest.mark.parametrize("unlabelled", [(), ("the puppy barks", "a kitten sleeps", "pliers and nails", "toast some bread")])
def test_two_classes_and_unlabelled_text(unlabelled):
    encoder = default_encoder()
    two = TextClassifier([*ANIMALS, *TOOLS], [0] * 5 + [1] * 5, encoder, unlabelled=unlabelled)
    assert two.probabilities(["the dog", "a hammer"]).argmax(axis=1).tolist() == [0, 1]


def test_names_alone_make_a_classifier():
    names = TextClassifier(["animals", "tools", "cooking"], [0, 1, 2], default_encoder())
    assert names.probabilities(["dog and cat", "hammer", "boil the soup"]).argmax(axis=1).tolist() == [0, 1, 2]


def test_word_counts_and_vectors():
    counts, words = count_words(["b  a\nb", "", "c"])
    assert words == ["a", "b", "c"]
    assert counts.toarray().tolist() == [[1, 2, 0], [0, 0, 0], [0, 0, 1]]
    vectors = default_encoder().encode(["pages load slowly", "", "pages  load\tslowly"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1], atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_many_examples_are_no_less_sure_than_few(monkeypatch):
    """Fitted one way and calibrated another, a model with more labels once fell silent altogether."""
    taxonomy = load_taxonomy()
    texts, targets = ThemeModel(taxonomy)._training_data()
    sure = {}
    # The folds that set the temperature then lie on the other side of the limit than the whole.
    for limit in (len(texts), len(texts) * 5 // 6):
        monkeypatch.setattr("insights.classify.SMALL", limit)
        model = TextClassifier(texts, targets, default_encoder())
        sure[limit] = float(np.median(model.probabilities(texts)[np.arange(len(texts)), targets]))
    few, many = sure.values()
    assert many > 0.8 * few, sure


def test_many_examples_teach_the_order_of_words(monkeypatch):
    """The same words either way round: only pairs of words tell the two apart."""
    things = [f"thing{number}" for number in range(40)]
    pairs = [(f"move {thing} from card to savings", 0) for thing in things]
    pairs += [(f"move {thing} from savings to card", 1) for thing in things]
    texts, targets = zip(*pairs, strict=True)
    unseen = ["please move money from card to savings", "please move money from savings to card"]
    monkeypatch.setattr("insights.classify.SMALL", 10)
    many = TextClassifier(texts, targets, default_encoder())
    assert many.probabilities(unseen).argmax(axis=1).tolist() == [0, 1]
