"""Settings, and what a typing error in them does."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HANDWIJZER_MODEL_DIR", raising=False)


def refusal() -> str:
    with pytest.raises(UsageError) as caught:
        load_settings()
    return caught.value.message


def test_a_misspelled_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDWIJZER_DATADIR", "elders")
    assert "HANDWIJZER_DATADIR: deze instelling bestaat niet" in refusal()


def test_a_misspelled_name_in_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "handwijzer.toml").write_text("data_map = 'elders'\n", encoding="utf-8")
    assert "DATA_MAP: deze instelling bestaat niet" in refusal()
    (tmp_path / "handwijzer.toml").unlink()
    (tmp_path / ".env").write_text("HANDWIJZER_CORPUSDIR=elders\n", encoding="utf-8")
    assert "CORPUSDIR: deze instelling bestaat niet" in refusal()


@pytest.mark.parametrize(
    ("name", "value"),
    [("RATE_LIMIT", "0"), ("RATE_LIMIT", "veel"), ("THREADS", "-1"), ("THREADS", "1000"), ("OPEN_ACCESS", "misschien"), ("ENCODER", ""),
     ("LLM_URL", "localhost:8080"), ("LLM_URL", "https://naam:geheim@llm.example/v1"), ("LLM_CONTEXT", "512")],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"HANDWIJZER_{name}", value)
    message = refusal()
    assert f"HANDWIJZER_{name}: ongeldige waarde" in message
    assert "geheim" not in message


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDWIJZER_RATE_LIMIT", "0")
    monkeypatch.setenv("HANDWIJZER_ONBEKEND", "1")
    message = refusal()
    assert "HANDWIJZER_RATE_LIMIT" in message
    assert "HANDWIJZER_ONBEKEND" in message


def test_the_environment_wins_over_dotenv_which_wins_over_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "handwijzer.toml").write_text(
        "data_dir = 'uit-toml'\ncorpus_dir = 'uit-toml'\nencoder = 'uit-toml'\n", encoding="utf-8"
    )
    (tmp_path / ".env").write_text("HANDWIJZER_CORPUS_DIR=uit-env\nHANDWIJZER_ENCODER=uit-env\n", encoding="utf-8")
    monkeypatch.setenv("HANDWIJZER_ENCODER", "uit-omgeving")
    settings = load_settings()
    assert (str(settings.data_dir), str(settings.corpus_dir), settings.encoder) == (
        "uit-toml",
        "uit-env",
        "uit-omgeving",
    )


def test_a_broken_toml_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "handwijzer.toml").write_text("data_dir = \n", encoding="utf-8")
    assert "handwijzer.toml: geen geldig TOML-bestand" in refusal()


def test_frame_origins_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDWIJZER_FRAME_ORIGINS", "https://a.example, https://b.example,")
    assert load_settings().frame_origins == ("https://a.example", "https://b.example")


def test_a_language_model_is_off_until_it_is_named_and_its_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "MODEL", "KEY"):
        monkeypatch.setenv(f"HANDWIJZER_LLM_{name}", "")
    assert load_settings() == Settings()
    monkeypatch.setenv("HANDWIJZER_LLM_URL", "http://localhost:8080/v1")
    monkeypatch.setenv("HANDWIJZER_LLM_KEY", "sk-geheim")
    assert str(load_settings().llm_url) == "http://localhost:8080/v1"
    assert "geheim" not in repr(load_settings())


def test_the_example_file_lists_every_setting_with_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"HANDWIJZER_{name.upper()}=" not in example] == []
    (tmp_path / ".env").write_text(example, encoding="utf-8")
    from_example = load_settings()
    (tmp_path / ".env").unlink()
    assert from_example == load_settings()
