"""Copies the browser packages that pages load from node_modules into vendor/, and names them for the import map."""

import json
import shutil
import sys
from pathlib import Path

CONSOLE = Path(__file__).parent
NODE_MODULES = CONSOLE / "node_modules"
VENDOR = CONSOLE / "vendor"

FILES = {
    "preact.js": "preact/dist/preact.mjs",
    "preact_hooks.js": "preact/hooks/dist/hooks.mjs",
    "signals_core.js": "@preact/signals-core/dist/signals-core.mjs",
    "signals.js": "@preact/signals/dist/signals.mjs",
    "htm.js": "htm/dist/htm.mjs",
    "maplibre_gl.js": "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre_gl_worker.js": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    **{
        f"inter_{subset.replace('-', '_')}.woff2": f"@fontsource-variable/inter/files/inter-{subset}-wght-normal.woff2"
        for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
    },
    "licenses/preact.txt": "preact/LICENSE",
    "licenses/signals.txt": "@preact/signals/LICENSE",
    "licenses/htm.txt": "htm/LICENSE",
    "licenses/maplibre_gl.txt": "maplibre-gl/LICENSE.txt",
    "licenses/inter.txt": "@fontsource-variable/inter/LICENSE",
}
"""Name under vendor/ -> where npm puts it. Modules are renamed to .js so that every server knows their type."""

_IMPORTS = {
    "preact": "preact.js",
    "preact/hooks": "preact_hooks.js",
    "@preact/signals-core": "signals_core.js",
    "@preact/signals": "signals.js",
    "htm": "htm.js",
    "maplibre-gl": "maplibre_gl.js",
}

_SOURCE_MAP_MARK = "//# sourceMappingURL="


def import_map(prefix: str = "/vendor/") -> str:
    """The page's import map as JSON, the same bytes every time, so that its hash can stand in the policy."""
    return json.dumps({"imports": {name: prefix + file for name, file in _IMPORTS.items()}}, separators=(",", ":"))


def copy_packages(node_modules: Path = NODE_MODULES, vendor: Path = VENDOR) -> list[Path]:
    """
    Copy every file of `FILES`; what was in `vendor` before goes away.

    Raises
    ------
    FileNotFoundError
        When npm has not put a file where we look; nothing is copied then.
    """
    missing = [source for source in FILES.values() if not (node_modules / source).is_file()]
    if missing:
        raise FileNotFoundError(
            f"expected {', '.join(missing)} under {node_modules}; run `npm ci --ignore-scripts` in {CONSOLE} first"
        )
    shutil.rmtree(vendor, ignore_errors=True)
    return [_copy(node_modules / source, vendor / name) for name, source in FILES.items()]


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix != ".js":
        return shutil.copyfile(source, target)
    # The maps are ten times the code and are not copied; a browser would ask for them in vain.
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    target.write_text("".join(line for line in lines if not line.startswith(_SOURCE_MAP_MARK)), encoding="utf-8")
    return target


if __name__ == "__main__":
    try:
        copied = copy_packages()
    except FileNotFoundError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{len(copied)} files in {VENDOR}\n")
