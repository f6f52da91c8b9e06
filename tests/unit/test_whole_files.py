from __future__ import annotations

import errno
from pathlib import Path

import pytest

from orchestration import whole_files


def test_a_file_that_could_not_be_stored_leaves_the_old_one_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = whole_files.write(tmp_path / "book.json", "old")

    def half(self: Path, text: str, **_: object) -> int:
        self.write_bytes(text[:1].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space left"):
        whole_files.write(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
