"""The imported packages are ours: PyPI has others of the same names, and a test folder could shadow them."""

import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PYPROJECT["tool"]["setuptools"]["packages"]


@pytest.mark.parametrize("name", PACKAGES)
def test_listed_package_is_the_one_in_this_project(name: str) -> None:
    module = importlib.import_module(name)

    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == ROOT.joinpath(*name.split("."), "__init__.py")


def test_every_package_in_the_tree_is_listed() -> None:
    tops = ("zones", "routing", "tracking", "desk", "api")

    found = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for top in tops
        for init in (ROOT / top).rglob("__init__.py")
        if "node_modules" not in init.parts
    }

    assert found == set(PACKAGES)


def test_every_test_folder_is_a_package_so_that_none_shadows_ours() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}

    missing = [folder for folder in folders if not (folder / "__init__.py").exists()]

    assert missing == []


def test_lock_file_carries_no_address_and_a_hash_for_every_package() -> None:
    text = (ROOT / "requirements.lock").read_text()

    assert "://" not in text
    assert "--index-url" not in text
    assert text.count("==") <= text.count("--hash=")


def test_page_lock_file_carries_no_address() -> None:
    text = (ROOT / "api" / "console" / "package-lock.json").read_text()

    assert '"resolved"' not in text


def test_the_command_of_the_distribution_exists() -> None:
    target = PYPROJECT["project"]["scripts"]["corridor"]

    module, _, function = target.partition(":")

    assert callable(getattr(importlib.import_module(module), function))
