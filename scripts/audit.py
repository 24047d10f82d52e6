"""Ask the advisory database about every pinned requirement: ``make audit``.

pip-audit does the asking (PyPI's own advisories; ``--service osv`` for osv.dev). What it cannot ask about
counts as not audited, never as harmless: where the database cannot be reached this says so, and fails. A
finding passes only with a sentence of ours that explains it (``[tool.quad.advisories]`` in pyproject.toml); a
sentence that explains nothing any more is named, so that it goes.

It needs the network, and its answer changes while the code does not: it is no part of ``make test``.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
FINE, FOUND, NOT_AUDITED = 0, 1, 2


def explained() -> dict[str, str]:
    """The advisories that we know, each with why it does no harm here."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, str] = told["tool"].get("quad", {}).get("advisories", {})
    return found


def judge(packages: list[dict[str, Any]], known: dict[str, str]) -> tuple[int, list[str]]:
    """The exit code and the lines to print, for pip-audit's list of packages and what we explain."""
    skipped = [one for one in packages if "skip_reason" in one]
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        reason = skipped[0]["skip_reason"] if skipped else "it gave no answer"
        return NOT_AUDITED, [
            f"NOT AUDITED: the advisory database cannot be reached from here ({reason}).",
            f"Nothing is known of any of {len(packages)} packages. Run it where the network is.",
        ]
    lines, code, met = [], FINE, set()
    for one in asked:
        for advisory in one.get("vulns", []):
            names = [advisory["id"], *advisory.get("aliases", [])]
            reason = next((known[name] for name in names if name in known), None)
            met |= {name for name in names if name in known}
            versions = ", ".join(advisory.get("fix_versions") or []) or "no version"
            lines.append(f"{one['name']} {one['version']}: {names[0]}, mended in {versions}")
            lines.append(f"  {reason or 'NOT EXPLAINED: ' + advisory.get('description', '')[:300]}")
            code = code if reason else FOUND
    for one in skipped:
        lines.append(f"NOT AUDITED: {one['skip_reason']}")
        code = code or NOT_AUDITED
    for name in sorted(set(known) - met):
        lines.append(f"Explained in pyproject.toml and not found any more: {name}")
        code = code or FOUND
    lines.append(
        f"{len(asked)} packages asked about, {len(skipped)} not, "
        f"{sum(len(one.get('vulns', [])) for one in asked)} advisories."
    )
    return code, lines


def main() -> int:
    """Ask, tell; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--service", choices=["pypi", "osv"], default="pypi")
    options = parser.parse_args()
    command = [sys.executable, "-m", "pip_audit", "--service", options.service]
    command += ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    for name in FILES:
        command += ["--requirement", str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        packages = [{"name": "all", "skip_reason": last}]
    code, lines = judge(packages, explained())
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
