"""The taxonomy: validation that says what to do, versions by content, lineage, and files that keep their comments."""

from datetime import UTC, datetime

import pytest

from insights import taxonomy as tx
from insights.taxonomy import Taxonomy, TaxonomyError, Theme, load_taxonomy, parse_taxonomy, to_yaml

AT = datetime(2026, 5, 1, tzinfo=UTC)
SMALL = """\
# our themes
themes:
  - id: speed   # how fast
    name: Speed
    product_area: platform
    description: Slow pages
    seeds:
      - pages are slow  # the classic
      - it lags
  - id: search
    name: Search
    parent: speed
    seeds: [cannot find anything]
  - id: exports
    name: Exports
    seeds: [csv export fails]
"""
IDS = """
onboarding_setup documentation_help performance_speed reliability_outages usability_navigation search_findability
reporting_dashboards integrations api_webhooks data_export data_import permissions_roles sso_security billing_invoicing
pricing_value support_response mobile_app notifications localization collaboration_sharing customization_workflows
automation_ai
"""
DEFAULT_IDS = set(IDS.split())
AREAS = {
    "onboarding",
    "platform",
    "analytics",
    "integrations",
    "data",
    "admin",
    "commercial",
    "support",
    "mobile",
    "collaboration",
}


def test_the_default_taxonomy_is_complete():
    taxonomy = load_taxonomy()
    assert {theme.id for theme in taxonomy.active} == DEFAULT_IDS
    for theme in taxonomy.themes:
        assert 20 <= len(theme.seeds) <= 26, theme.id
        assert len(theme.description) > 20, theme.id
        assert theme.product_area in AREAS | {"automation"}, theme.id


def test_arrow_rows_have_the_schema_of_the_warehouse():
    rows = parse_taxonomy(SMALL).to_arrow()
    assert rows.schema == tx.THEME_SCHEMA
    assert rows["parent_theme_id"].to_pylist() == [None, "speed", None]


def test_version_follows_content_not_layout():
    taxonomy = parse_taxonomy(SMALL)
    assert parse_taxonomy(SMALL.replace("# our themes", "#")).version == taxonomy.version
    assert parse_taxonomy(SMALL.replace("[csv export fails]", "\n      - csv export fails")).version == taxonomy.version
    assert parse_taxonomy(SMALL.replace("it lags", "it is lagging")).version != taxonomy.version


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("id: search", "id: speed"), ["theme 'speed'", "'id'", "used by two themes"]),
        (("id: search", "id: Search it"), ["theme 'Search it'", "not a valid id", "lower-case"]),
        (("name: Search", "name: Speed"), ["theme 'search'", "'name'", "also the name of 'speed'"]),
        (("cannot find anything", "it lags"), ["theme 'search'", "'seeds'", "also a seed of 'speed'"]),
        (("parent: speed", "parent: nowhere"), ["theme 'search'", "'parent'", "no theme 'nowhere'"]),
        (("product_area: platform", "parent: search"), ["circle", "speed → search → speed", "remove one parent"]),
        (("parent: speed", "status: merged"), ["theme 'search'", "'merged_into'", "name their heir"]),
        (("parent: speed", "status: sleeping"), ["'sleeping' is unknown", "active, merged, split, retired"]),
        (("parent: speed", "seed: x"), ["'seed'", "not a known key", "seeds"]),
        (("seeds: [cannot find anything]", "seeds: 5"), ["theme 'search'", "'seeds'", "list of phrases"]),
        (("seeds: [cannot find anything]", ""), ["theme 'search'", "nothing to recognise it by"]),
        (("name: Search", "name: 7"), ["theme 'search'", "'name'", "missing or not text"]),
        (("parent: speed", "valid_from: soon"), ["'valid_from'", "'soon' is no date", "2026-01-31"]),
        (("parent: speed", "valid_from: 2026-02-01\n    valid_to: 2026-01-01"), ["'valid_to'", "before valid_from"]),
    ],
)
def test_a_mistake_is_named_with_file_line_theme_key_and_remedy(change, said):
    with pytest.raises(TaxonomyError) as caught:
        parse_taxonomy(SMALL.replace(*change), source="shop/themes.yml")
    message = str(caught.value)
    assert message.startswith("shop/themes.yml, line ")
    for words in said:
        assert words in message


@pytest.mark.parametrize("text", ["", "themes:", "themes: []", "- a", "themes: {}", "just words"])
def test_an_empty_taxonomy_says_so(text):
    with pytest.raises(TaxonomyError, match="has no themes; list at least one theme"):
        parse_taxonomy(text)


def test_broken_yaml_names_the_line():
    with pytest.raises(TaxonomyError, match=r"themes.yml, line \d+: is not valid YAML"):
        parse_taxonomy("themes:\n  - id: a\n   name: [b\n")


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(TaxonomyError, match="cannot be read"):
        load_taxonomy(tmp_path / "none.yml")


def test_a_taxonomy_without_active_themes_is_refused():
    with pytest.raises(TaxonomyError, match="no active theme"):
        tx.retire(Taxonomy((Theme("one", "One", seeds=("x",)),)), "one", at=AT)


def test_merge_keeps_ids_and_seeds_and_is_pure():
    before = parse_taxonomy(SMALL)
    after = tx.merge(before, ["speed"], "exports", at=AT)
    assert before == parse_taxonomy(SMALL)
    assert after["speed"].status == "merged"
    assert after["speed"].valid_to == AT
    assert after["speed"].seeds == before["speed"].seeds
    assert after["exports"].seeds == before["exports"].seeds
    assert after["search"].parent == "exports"
    assert tx.heir(after, "speed") == "exports"
    assert [theme.id for theme in after.active] == ["search", "exports"]
    assert after.version != before.version


def test_a_chain_of_merges_ends_at_the_last_heir():
    taxonomy = tx.merge(parse_taxonomy(SMALL), ["speed"], "search", at=AT)
    taxonomy = tx.merge(taxonomy, ["search"], "exports", at=AT)
    assert tx.heir(taxonomy, "speed") == "exports"


def test_split_rename_and_retire():
    taxonomy = parse_taxonomy(SMALL)
    parts = [Theme("page_speed", "Pages", seeds=("slow page",)), Theme("lag", "Lag", seeds=("typing lags",))]
    after = tx.split(taxonomy, "speed", parts, at=AT)
    assert (after["speed"].status, after["speed"].split_into) == ("split", ("page_speed", "lag"))
    assert (after["lag"].valid_from, after["lag"].product_area) == (AT, "platform")
    assert tx.rename(taxonomy, "search", "Finding")["search"].name == "Finding"
    assert tx.retire(taxonomy, "search", at=AT)["search"].status == "retired"


@pytest.mark.parametrize(
    "operation",
    [
        lambda t: tx.merge(t, ["speed"], "speed", at=AT),
        lambda t: tx.merge(t, ["nothing"], "speed", at=AT),
        lambda t: tx.split(t, "speed", [Theme("a", "A", seeds=("x",))], at=AT),
        lambda t: tx.retire(tx.retire(t, "search", at=AT), "search", at=AT),
        lambda t: tx.rename(t, "search", "Speed"),
    ],
)
def test_operations_that_make_no_sense_are_refused(operation):
    with pytest.raises(TaxonomyError):
        operation(parse_taxonomy(SMALL))


def test_writing_changes_only_what_changed():
    taxonomy = parse_taxonomy(SMALL)
    assert to_yaml(taxonomy, SMALL) == SMALL
    renamed = to_yaml(tx.rename(taxonomy, "speed", "Speed of pages"), SMALL)
    assert renamed == SMALL.replace("name: Speed\n", "name: Speed of pages\n")


def test_every_operation_survives_the_file(tmp_path):
    path = tmp_path / "themes.yml"
    path.write_text(SMALL, encoding="utf-8")
    taxonomy = tx.merge(parse_taxonomy(SMALL), ["search"], "exports", at=AT)
    taxonomy = tx.add(taxonomy, Theme("new_one", "New", seeds=("brand new",), valid_from=AT))
    tx.save_taxonomy(taxonomy, path)
    assert load_taxonomy(path).themes == taxonomy.themes
    assert load_taxonomy(path).version == taxonomy.version
    assert "# the classic" in path.read_text(encoding="utf-8")
