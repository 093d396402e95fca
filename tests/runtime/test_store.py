"""The store on real RocksDB."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.runtime.resources import Resources
from streams.runtime.store import Store

RESOURCES = Resources(1 << 20, 1 << 20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "group" / "step-0"


def opened(path: Path, patience_s: float = 0.0) -> Store:
    return asyncio.run(Store.open(path, RESOURCES, patience_s))


def test_what_was_written_is_there_after_a_restart(path: Path) -> None:
    store = opened(path)
    assert store.position("log") is None
    store.write({"t": [(b"a", b"1"), (b"b", b"2"), (b"", b"e")], "u": [(b"a", b"3")]}, {"log": 7, "other": 0})
    store.write({"t": [(b"b", None)]}, {"log": 8})
    store.close()
    again = opened(path)
    assert again.get("t", [b"a", b"b", b"", b"x"]) == [b"1", None, b"e", None]
    assert again.get("u", [b"a"]) == [b"3"]
    assert [again.position(log) for log in ("log", "other", "none")] == [8, 0, None]
    again.close()


def test_a_database_has_the_shared_block_cache_after_a_restart_too(path: Path) -> None:
    for capacity in (1 << 20, 1 << 20, 2 << 20):
        store = Store(path, Resources(capacity, 1 << 20))
        assert store._db.property_int_value("rocksdb.block-cache-capacity") == capacity
        store.close()


@pytest.mark.parametrize(
    ("start", "stop", "limit", "expected"),
    [
        (b"", b"\xff", 9, [b"a", b"b", b"b\0", b"c"]),
        (b"b", b"c", 9, [b"b", b"b\0"]),
        (b"b\0", b"\xff", 1, [b"b\0"]),
        (b"", b"\xff", 2, [b"a", b"b"]),
        (b"d", b"\xff", 9, []),
    ],
)
def test_a_scan_stays_in_its_table_and_range(
    path: Path, start: bytes, stop: bytes, limit: int, expected: list[bytes]
) -> None:
    store = opened(path)
    store.write({"t": [(key, key) for key in (b"c", b"b", b"a", b"b\0")]}, {"log": 1})
    store.write({"tt": [(b"a", b"")], "s": [(b"z", b"")]}, {})
    assert store.scan("t", start, stop, limit) == [(key, key) for key in expected]
    store.close()


def test_a_scan_keeps_no_lock(path: Path) -> None:
    store = opened(path)
    store.write({"t": [(b"a", b""), (b"b", b"")]}, {})
    store.scan("t", b"", b"\xff", 1)
    store.close()
    opened(path).close()


def test_wiping_leaves_an_empty_store_that_works(path: Path) -> None:
    store = opened(path)
    store.write({"t": [(b"a", b"1")]}, {"log": 7})
    store.wipe()
    assert (store.get("t", [b"a"]), store.position("log")) == ([None], None)
    store.write({"t": [(b"a", b"2")]}, {"log": 1})
    store.close()
    again = opened(path)
    assert again.get("t", [b"a"]) == [b"2"]
    again.close()


def test_a_store_has_one_owner(path: Path) -> None:
    store = opened(path)
    with pytest.raises(Exception, match=r"(?i)lock"):
        opened(path)
    store.close()


def test_the_lock_of_another_is_waited_for(path: Path) -> None:
    async def take_over() -> Store:
        first = await Store.open(path, RESOURCES)
        first.write({"t": [(b"a", b"1")]}, {})
        waiting = asyncio.create_task(Store.open(path, RESOURCES))
        await asyncio.sleep(0)
        first.close()
        return await waiting

    store = asyncio.run(take_over())
    assert store.get("t", [b"a"]) == [b"1"]
    store.close()


def test_a_corrupt_store_is_made_anew(path: Path) -> None:
    store = opened(path)
    store.write({"t": [(b"a", b"1")]}, {"log": 7})
    store.close()
    (path / "CURRENT").write_text("MANIFEST-nonsense")
    again = opened(path)
    assert (again.get("t", [b"a"]), again.position("log")) == ([None], None)
    again.close()


KEYS = [b"%05d" % number for number in range(5000)]


def written(path: Path) -> Path:
    """A store with many blocks, closed; returns its only file of entries."""
    store = opened(path)
    store.write({"t": [(key, key * 20) for key in KEYS]}, {"log": 7})
    store.close()
    (entries,) = path.glob("*.sst")
    return entries


def spoil(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


@pytest.mark.parametrize(
    "work",
    [
        lambda store: store.get("t", KEYS),
        lambda store: store.scan("t", b"", b"\xff", 9999),
        lambda store: store.scan("t", b"0", b"04999", 9999),
    ],
    ids=["get", "scan", "scan up to a key"],
)
def test_a_bad_block_is_told_and_the_store_made_anew(path: Path, work: Callable[[Store], object]) -> None:
    spoil(written(path))
    store = opened(path)
    assert store.get("t", KEYS[:1]) == [KEYS[0] * 20]
    with pytest.raises(Exception, match="Corruption") as told:
        work(store)
    store.close()
    again = opened(path)
    assert told.tb, "its traceback keeps no lock"
    assert (again.get("t", KEYS) == [None] * len(KEYS), again.position("log")) == (True, None)
    again.close()
    assert not [each for each in path.parent.iterdir() if each != path]


def test_a_scan_from_a_bad_block_on_is_told(path: Path) -> None:
    spoil(written(path))
    store = opened(path)
    readable = [key for key in KEYS if _can_read(store, key)]
    (first_bad, *_) = sorted(set(KEYS) - set(readable))
    with pytest.raises(Exception, match="Corruption"):
        store.scan("t", first_bad, b"\xff", 9999)
    store.close()


def test_a_block_that_is_bad_only_once_cuts_no_scan_short(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(path)
    sound = file.read_bytes()
    spoil(file)
    store = opened(path)
    is_end = store._is_end

    def mended(key: bytes) -> bool:
        file.write_bytes(sound)
        return is_end(key)

    monkeypatch.setattr(store, "_is_end", mended)
    assert [key for key, _ in store.scan("t", b"", b"\xff", len(KEYS) - 1)] == KEYS[:-1]
    store.close()


def _can_read(store: Store, key: bytes) -> bool:
    try:
        store.get("t", [key])
    except Exception as error:
        assert "Corruption" in str(error)
        return False
    return True


def killed_while_removing(path: Path, **_: bool) -> None:
    if path.exists():
        for file in path.glob("MANIFEST*"):
            file.unlink()
        raise KeyboardInterrupt


@pytest.mark.parametrize("corrupt", [False, True], ids=["wiped", "corrupt"])
def test_a_removal_that_is_interrupted_is_taken_up(
    path: Path, corrupt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(path)
    if corrupt:
        (path / "CURRENT").write_text("MANIFEST-nonsense")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(shutil, "rmtree", killed_while_removing)
        opened(path).wipe()
    again = opened(path)
    assert again.position("log") is None
    assert list(path.parent.iterdir()) == [path]
    again.wipe()
    again.close()


def test_what_cannot_be_flushed_is_let_go_of(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Full:
        def close(self) -> None:
            raise Exception("IO error: No space left on device")

    store = opened(path)
    store.close()
    store._db = Full()  # type: ignore[assignment]
    store.close()
    assert "No space left on device" in caplog.text
