"""Language labels: right on sentences, honest on fragments, and equal to the library's own loop."""

import numpy as np
import pytest

from insights.language import UNKNOWN, default_detector

SENTENCES = {
    "en": "The dashboard takes far too long to load in the morning",
    "de": "Die Auswertung lädt am Morgen viel zu langsam",
    "fr": "Le tableau de bord met beaucoup trop de temps à charger",
    "es": "El panel tarda demasiado en cargar por la mañana",
    "it": "La dashboard impiega troppo tempo a caricarsi al mattino",
    "nl": "Het dashboard laadt 's ochtends veel te langzaam",
    "pt": "O painel demora muito tempo para carregar pela manhã",
    "pl": "Panel rano ładuje się zdecydowanie zbyt długo",
    "ja": "ダッシュボードの読み込みが遅すぎます",
    "ru": "Панель загружается слишком долго по утрам",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_sentences_are_recognised(language, text):
    found, confidence = default_detector().detect([text])
    assert found == [language]
    assert confidence[0] > 0.5


@pytest.mark.parametrize("text", ["", "   ", "ok", "10", "👍👍", "lol", "+1"])
def test_too_little_text_is_unknown_not_english(text):
    assert default_detector().detect([text])[0] == [UNKNOWN]


def test_scores_equal_the_library_and_do_not_depend_on_the_batch():
    detector = default_detector()
    texts = [*SENTENCES.values(), "too slow", "", "GREAT PRODUCT THAT WORKS"]
    together = detector.posteriors(texts)
    for place, text in enumerate(texts):
        np.testing.assert_allclose(detector.posteriors([text])[0], together[place], atol=1e-9)
        language, confidence = detector._model.classify(text)
        assert confidence == pytest.approx(together[place].max(), abs=1e-3)
        if text:
            assert detector.labels[together[place].argmax()] == language


def test_long_texts_are_cut_at_a_character():
    assert default_detector().detect(["Größe " * 5000])[0] == ["de"]
    assert default_detector().detect([])[0] == []
