"""The four kinds of qualitative input of the sample company, side by side, and what is only likely about them."""

import duckdb
import pytest


@pytest.fixture
def published(company):
    with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


def test_all_four_channels_are_heard_and_counted_as_written(published, truth):
    heard = dict(published("SELECT channel, count(*) FROM core.feedback GROUP BY channel"))
    written = truth["texts"]["by_channel"]
    assert set(heard) == {"nps", "support", "sales", "research"}
    assert (heard["sales"], heard["research"]) == (written["sales"], written["research"])
    assert {source for (source,) in published("SELECT source_system FROM core.feedback WHERE channel = 'research'")} == {
        "dovetail",
        "interviews",
    }


def test_the_share_of_a_theme_is_there_channel_by_channel(published):
    latest = dict(
        published(
            "SELECT channel, sum(mentions) / sum(feedback_n) FROM voc.theme_weekly"
            " WHERE theme_id = 'data_export' AND series = 'restated' AND segment = 'all' GROUP BY channel"
        )
    )
    assert set(latest) == {"all", "nps", "support", "sales", "research"}
    assert min(share for channel, share in latest.items() if channel != "all") < latest["all"] < max(latest.values())


def test_a_theme_heard_in_one_channel_only_says_so(published):
    lonely = dict(published("SELECT theme_id, only_channel FROM voc.theme_summary WHERE only_channel IS NOT NULL"))
    heard = published(
        "SELECT theme_id, list(DISTINCT channel) FROM core.feedback_theme JOIN core.feedback USING (feedback_id)"
        " JOIN voc.theme_summary USING (theme_id)"
        " WHERE occurred_at > (SELECT max(occurred_at) FROM core.feedback) - INTERVAL 13 WEEK GROUP BY theme_id"
    )
    assert lonely
    assert lonely == {theme: channels[0] for theme, channels in heard if len(channels) == 1}


def test_what_hangs_on_likely_links_lies_between_low_and_high(published, truth):
    said = published(
        "SELECT said.match_confidence, left(own.source_id, 15) FROM core.account_link AS said"
        " JOIN core.account_link AS own ON said.account_id = own.account_id AND own.source_system = 'salesforce'"
        " WHERE said.match_method = 'probabilistic'"
    )
    assert said
    assert all(confidence < 0.8 for confidence, _ in said)
    assert {key for _, key in said} <= {key[:15] for key in truth["accounts"]["named_from_memory"]}
    money = published("SELECT arr_exposed_low, arr_exposed, arr_exposed_high FROM voc.theme_summary")
    assert all(low <= central <= high for low, central, high in money)
    assert sum(low < central < high for low, central, high in money) >= 5
