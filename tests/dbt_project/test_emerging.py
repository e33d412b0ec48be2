"""voc.emerging_theme counts feedback, accounts and ARR of each discovered group once."""

import hashlib

import pytest


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def built(make_warehouse, tmp_path_factory):
    warehouse = make_warehouse(tmp_path_factory.mktemp("emerging"))
    warehouse.insert(
        "raw.salesforce__account",
        [
            {
                "id": f"00{n}",
                "name": name,
                "annual_revenue": None,
                "website": f"https://{name.lower()}.example.com",
                "type": "Customer",
            }
            for n, name in enumerate(("Alfa", "Beta"), start=1)
        ],
    )
    answers = [
        ("a1", "alfa", "the kettle whistles", 1),
        ("a2", "alfa", "our kettle whistles too", 2),
        ("a3", "beta", "the kettle whistles", 3),
        ("a4", "nobody", "something else entirely", 4),
    ]
    warehouse.insert(
        "raw.delighted__response",
        [
            {
                "response_id": key,
                "score": 5,
                "email_key": f"k{key}",
                "email_domain": f"{who}.example.com",
                "_text": text,
                "created_at": f"2025-06-0{day}T10:00:00Z",
            }
            for key, who, text, day in answers
        ],
    )
    groups = [
        {"text_sha256": sha("the kettle whistles"), "cluster_key": "c1", "is_central": True, "similarity": 0.9},
        {"text_sha256": sha("our kettle whistles too"), "cluster_key": "c1", "is_central": True, "similarity": 0.95},
    ]
    warehouse.insert("enriched.text_cluster", groups)
    warehouse.insert("enriched.cluster", [{"cluster_key": "c1", "label": "kettle, whistles", "state": "new", "size": 3}])
    warehouse.insert("enriched.cluster", [{"cluster_key": "c2", "label": "gone", "state": "fading", "size": 0}])
    warehouse.must("build", "--select", "+emerging_theme", "+feedback", "--indirect-selection", "cautious")
    return warehouse


def test_each_record_counts_and_each_account_once(built):
    rows = built.query(
        "SELECT cluster_key, mentions, accounts, channels, first_seen::VARCHAR, last_seen::VARCHAR "
        "FROM marts.voc.emerging_theme"
    )
    assert rows == [("c1", 3, 2, 1, "2025-06-01", "2025-06-03")]


def test_the_item_nearest_to_the_middle_is_the_first_example(built):
    (first,) = built.query(
        "SELECT f.source_key FROM marts.voc.emerging_theme AS e JOIN marts.core.feedback AS f "
        "ON f.feedback_id = e.example_feedback_ids[1]"
    )
    assert first == ("a2",)
