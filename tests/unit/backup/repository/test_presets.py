from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from core.backup.repository.presets import traits_of
from core.config.check import examine
from core.config.repository_settings import RepositorySettings

DOCUMENT = Path(__file__).parents[4] / "docs" / "backup-repositories.md"


def test_amazon_is_found_by_the_region_and_everybody_else_by_an_endpoint() -> None:
    amazon = traits_of(RepositorySettings(kind="s3", region="eu-central-1"))
    assert (amazon.endpoint_url, amazon.region, amazon.path_style) == ("", "eu-central-1", False)
    google = traits_of(RepositorySettings(kind="s3", provider="gcs"))
    assert google.endpoint_url == "https://storage.googleapis.com"


def test_r2_gets_equal_parts_that_leave_room_for_long_objects() -> None:
    traits = traits_of(RepositorySettings(kind="s3", provider="r2"))
    assert traits.equal_parts
    assert traits.part_bytes_least * 10_000 > 300 * 10**9


def test_the_settings_say_more_than_the_preset() -> None:
    settings = RepositorySettings(
        kind="s3", provider="minio", path_style="no", checksum="sha256", region="x"
    )
    traits = traits_of(settings)
    assert (traits.path_style, traits.checksum, traits.region) == (False, "sha256", "x")


def test_every_table_of_the_documentation_can_be_used_as_it_stands() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 7
    for block in blocks:
        assert examine(block).problems == (), block


@pytest.mark.parametrize("provider", ["aws", "gcs", "supabase", "r2", "minio", "other"])
def test_every_provider_has_its_table_in_the_documentation(provider: str) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    tables = [each for block in blocks for each in tomllib.loads(block)["repositories"].values()]
    assert any(each.get("provider") == provider for each in tables)
