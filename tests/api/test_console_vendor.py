import json
from pathlib import Path

import pytest

from api.console.vendor import CONSOLE, FILES, copy_packages, import_map


def unpack_packages(folder: Path) -> Path:
    for source in FILES.values():
        path = folder / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("export {};\n//# sourceMappingURL=x.mjs.map\n")
    return folder


def test_every_name_of_the_import_map_is_a_copied_file(tmp_path: Path) -> None:
    imports: dict[str, str] = json.loads(import_map())["imports"]

    copied = copy_packages(unpack_packages(tmp_path / "node_modules"), tmp_path / "vendor")

    assert {tmp_path / "vendor" / address.removeprefix("/vendor/") for address in imports.values()} <= set(copied)


def test_every_bare_name_that_the_console_imports_is_in_the_map() -> None:
    named = {
        line.split(' from "')[1].split('"')[0]
        for script in (CONSOLE / "static").rglob("*.js")
        for line in script.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "export ", "} from")) and ' from "' in line
    }

    bare = {name for name in named if not name.startswith(".")}

    assert bare
    assert bare <= set(json.loads(import_map())["imports"])


def test_scripts_lose_the_line_that_names_a_map_which_is_not_copied(tmp_path: Path) -> None:
    copy_packages(unpack_packages(tmp_path / "node_modules"), tmp_path / "vendor")

    assert (tmp_path / "vendor" / "preact.js").read_text() == "export {};\n"


def test_what_an_older_version_left_behind_goes_away(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "old.js").write_text("")

    copy_packages(unpack_packages(tmp_path / "node_modules"), vendor)

    assert not (vendor / "old.js").exists()


def test_missing_package_names_the_command_and_touches_nothing(tmp_path: Path) -> None:
    packages = unpack_packages(tmp_path / "node_modules")
    (packages / "htm/dist/htm.mjs").unlink()

    with pytest.raises(FileNotFoundError, match=r"htm/dist/htm\.mjs.*npm ci"):
        copy_packages(packages, tmp_path / "vendor")

    assert not (tmp_path / "vendor").exists()


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((CONSOLE / "package-lock.json").read_text(encoding="utf-8"))

    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
