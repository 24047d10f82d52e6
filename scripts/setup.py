"""Set the clone up: a virtual environment, the pinned requirements, compiled translations.

Standard library only, because it runs before anything is installed. Everything goes into ``.venv``
and, for translations, beside their sources; a stamp of the requirements makes the second run instant.
"""

import argparse
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def stop(sentence: str) -> None:
    """End with a sentence for a person instead of a traceback."""
    sys.exit(f"\n{sentence}\n")


def works(python: Path) -> bool:
    """Whether ``python`` starts and has pip, which half-made environments do not."""
    try:
        done = subprocess.run([python, "-c", "import pip"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def make_environment() -> None:
    """Make ``.venv`` if there is none that works."""
    if works(PYTHON):
        return
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        stop(
            f"This Python ({sys.executable}) cannot make virtual environments: ensurepip is missing.\n"
            f"On Debian and Ubuntu: apt install python{version}-venv. Then run the command again."
        )
    print(f"Making a virtual environment in .venv (Python {sys.version.split()[0]}) …", flush=True)
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    venv.create(VENV, with_pip=True, symlinks=True)


def install(name: str) -> None:
    """Install ``name`` (a requirements file) unless exactly this was installed before."""
    files = [ROOT / "requirements.txt", ROOT / name]
    wanted = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    stamp = VENV / f".installed-{Path(name).stem}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing {name} into .venv …", flush=True)
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "-r", ROOT / name], cwd=ROOT, check=False)
    if done.returncode:
        stop(f"Installing {name} failed (see above). Is the package index reachable?")
    stamp.write_text(wanted)


def main() -> None:
    """Bring the clone to where the asked-for command can run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="what tests and checks need, too")
    options = parser.parse_args()
    make_environment()
    install("requirements-dev.txt" if options.dev else "requirements.txt")
    subprocess.run([PYTHON, ROOT / "scripts" / "compile_messages.py"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
