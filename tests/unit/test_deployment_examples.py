"""The examples to deploy from agree with the program they start."""

from __future__ import annotations

import re

import yaml
from conftest import ROOT

from kb.settings import PREFIX, Settings

EXAMPLES = ROOT / "docs" / "voorbeelden"


def test_the_chroma_server_has_the_version_of_the_lock() -> None:
    image = yaml.safe_load((EXAMPLES / "compose.yaml").read_text("utf-8"))["services"]["chroma"]["image"]
    locked = re.search(r"^chromadb==(.+)$", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked
    assert image.rpartition(":")[2] == locked[1]


def test_every_setting_that_is_named_exists() -> None:
    for name in ("handwijzer.service", "Containerfile", "compose.yaml", "nginx.conf"):
        named = re.findall(rf"{PREFIX}([A-Z_]*[A-Z])", (EXAMPLES / name).read_text("utf-8"))
        assert {setting.lower() for setting in named} <= set(Settings.model_fields), name


def test_what_the_container_copies_is_there_and_goes_along() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (EXAMPLES / "Containerfile").read_text("utf-8"), re.MULTILINE)
    goes_along = (EXAMPLES / "Containerfile.dockerignore").read_text("utf-8").split()
    for part in " ".join(copied).split():
        assert (ROOT / part).exists()
        assert f"!{part}" in goes_along
