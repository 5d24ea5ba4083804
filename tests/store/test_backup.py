"""A backup is the whole of a site at one moment, and a restore makes it again: of either database, into either."""

import json
import random
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import site_files
from alembic import command
from ledger import mail, received, record
from messages import NOW
from servers.postgresql import PostgreSQL
from sqlalchemy import Connection, select, text, update

from mailbot.decide.restored import MAY_HAVE_GONE
from mailbot.model import Outcome, Purpose, Sending
from mailbot.oauth2 import token_file
from mailbot.store import alarms, intake, leases, outbox, schema, snapshot
from mailbot.store.apply import queue
from mailbot.store.engine import Database, connect
from mailbot.tables import metadata, outgoing
from mailbot.work import archive, restore
from mailbot.work.backup import Content, backup, content, examined
from mailbot.work.desk import Refused
from mailbot.work.restore import Restored
from mailbot.work.transactions import change, look

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return site_files.write(tmp_path / "site")


@pytest.fixture
def full(database: Database) -> Database:
    """Some of everything that a working robot leaves lying about."""

    def work(conn: Connection) -> None:
        intake.save_box(conn, intake.Box("support", 77, 0, horizon=NOW - HOUR))
        record(conn, *(received(uid, raw=bytes(range(256)) * uid) for uid in range(1, 13)))
        for claimed in intake.claim(conn, "support", 4, NOW, suspects=True)[:3]:
            intake.finish(conn, claimed.arrival.id, Outcome.JUNK, "spam", NOW)
        purposes = (Purpose.CUSTOMER, Purpose.ANSWER, Purpose.NOTICE, Purpose.ADMIN, Purpose.CUSTOMER, Purpose.CUSTOMER)
        queue(conn, [mail(n, purpose=purpose, raw=b"\0\xff" * n) for n, purpose in enumerate(purposes)], NOW)
        ids = list(conn.scalars(select(outgoing.c.id).order_by(outgoing.c.id)))
        outbox.settle(conn, [outbox.Settled(ids[4], Sending.SENT, "250", 1, sent_at=NOW)], "one")
        conn.execute(update(outgoing).where(outgoing.c.id == ids[5]).values(status=Sending.IN_DOUBT, holder="one"))
        leases.take(conn, f"{leases.DAEMON}one", "one", NOW)
        alarms.raise_alarm(conn, "quarantine:3", "Zoë’s mail is in quarantine", NOW)

    change(database, work)
    return database


def made(database: Database, folder: Path) -> Path:
    target = folder.parent / "backup.zip"
    backup(database, folder, target, content(folder, secrets=False), NOW)
    return target


def restored(file: Path, directory: Path, **changes: str) -> Restored:
    return restore.restore(file, directory, site_files.ENVIRON, now=LATER, until=LATER, **changes)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'elsewhere.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.fresh_database()


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    def all_rows(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
        return {
            table.name: sorted((tuple(row) for row in conn.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }

    return look(database, all_rows)


def test_the_copy_holds_every_row_of_that_moment(full: Database, folder: Path, tmp_path: Path) -> None:
    file = made(full, folder)
    archive.unpack(file, archive.read(file), tmp_path / "unpacked")
    copied = connect(f"sqlite:///{tmp_path / 'unpacked' / archive.DATABASE}")
    assert rows(copied) == rows(full)
    copied.engine.dispose()


def test_what_is_restored_is_the_site_as_it_was(full: Database, folder: Path, tmp_path: Path, target: str) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "notice.fr.txt").write_text("Subject: é\n", encoding="utf-8")
    before = rows(full)
    restored(made(full, folder), tmp_path / "new", url=target)
    again = connect(target)
    after = rows(again)
    changed = {"alarm", "box", "delivery", "lease", "outgoing"}
    assert {name: after[name] for name in after.keys() - changed} == {
        name: before[name] for name in before.keys() - changed
    }
    assert {name: len(after[name]) for name in ("box", "delivery", "outgoing")} == {
        "box": 1,
        "delivery": 12,
        "outgoing": 6,
    }
    again.engine.dispose()
    for name in ("agents.toml", "templates/notice.fr.txt"):
        assert (tmp_path / "new" / name).read_bytes() == (folder / name).read_bytes()
    assert f'url = "{target}"' in (tmp_path / "new" / "mailbot.toml").read_text()
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"agents.toml", "mailbot.toml", "templates"}


def test_after_a_restore_nobody_holds_anything_and_no_mail_is_suspect(
    full: Database, folder: Path, tmp_path: Path, target: str
) -> None:
    restored(made(full, folder), tmp_path / "new", url=target)
    again = connect(target)

    def work(conn: Connection) -> None:
        assert leases.living(conn, NOW) == 0
        waiting = intake.claim(conn, "support", 50, NOW, suspects=True)
        assert (len(waiting), any(entry.alone for entry in waiting)) == (9, False)
        (box,) = intake.boxes(conn)
        assert box.doubtful_until == LATER
        record(conn, received(13))
        queue(conn, [mail(9)], NOW)

    change(again, work)
    again.engine.dispose()


def test_mail_to_customers_that_waited_is_withheld_and_agents_get_theirs(
    full: Database, folder: Path, tmp_path: Path, target: str
) -> None:
    done = restored(made(full, folder), tmp_path / "new", url=target)
    again = connect(target)
    o = outgoing.c
    found = look(again, lambda conn: conn.execute(select(o.purpose, o.status, o.reply, o.holder).order_by(o.id)).all())
    kept_back = (Sending.WITHHELD, MAY_HAVE_GONE, None)
    waits = (Sending.QUEUED, "", None)
    assert [tuple(row) for row in found] == [
        (Purpose.CUSTOMER, *kept_back),
        (Purpose.ANSWER, *kept_back),
        (Purpose.NOTICE, *waits),
        (Purpose.ADMIN, *waits),
        (Purpose.CUSTOMER, Sending.SENT, "250", None),
        (Purpose.CUSTOMER, *kept_back),
    ]
    assert done.withheld == 3
    assert len(change(again, lambda conn: outbox.claim(conn, "two", 10, LATER))) == 2
    assert change(again, lambda conn: outbox.try_again(conn, 1, LATER))
    again.engine.dispose()


def test_the_admin_is_told_of_the_restore(full: Database, folder: Path, tmp_path: Path) -> None:
    done = restored(made(full, folder), tmp_path / "new")
    assert done.url == f"sqlite:///{tmp_path / 'new' / 'mailbot.db'}"
    again = connect(done.url)
    *_, told = look(again, alarms.untold)
    again.engine.dispose()
    assert told.sentence.startswith(
        "Restored on 2026-03-10 16:00 UTC from the backup of 2026-03-10 15:00 UTC: mail to cus"
    )


def test_a_backup_is_for_its_owner_alone(full: Database, folder: Path) -> None:
    assert stat.S_IMODE(made(full, folder).stat().st_mode) == 0o600


def test_nothing_but_the_backup_is_left_in_its_folder(full: Database, folder: Path) -> None:
    file = made(full, folder)
    assert {path.name for path in file.parent.iterdir()} - {"site", "backup.zip"} <= {"template", "mailbot.db"}


def test_secrets_are_inside_only_where_asked_and_the_key_wherever_it_is_a_file(tmp_path: Path) -> None:
    site_files.write(
        tmp_path,
        ('key_env = "KEY"', 'key_file = "mailbot.key"'),
        ('password_env = "SUPPORT"', 'password_file = "secrets/support"'),
        ('password_env = "SAC"', 'password_file = "/etc/sac"\nca_file = "ca.pem"'),
    )
    for name in ("mailbot.key", "secrets/support", "tokens/support", "ca.pem", "rules/routing/10-a.toml", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("canary")
    always = ("mailbot.toml", "agents.toml", "rules/routing/10-a.toml", "ca.pem", "mailbot.key")
    assert content(tmp_path, secrets=False) == Content(always, ("secrets/support", "/etc/sac", "tokens/"), True, False)
    assert content(tmp_path, secrets=True) == Content(
        (*always, "secrets/support", "tokens/support"), ("/etc/sac",), True, True
    )


def test_what_stands_beside_a_sign_in_while_it_is_renewed_is_not_inside(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    with token_file.locked(tmp_path / "tokens" / "support"):
        (tmp_path / "tokens" / "support").touch()
        found = content(tmp_path, secrets=True)
    assert found.names == ("mailbot.toml", "agents.toml", "tokens/support")


def test_a_backup_replaces_no_file(full: Database, folder: Path) -> None:
    file = made(full, folder)
    before = file.read_bytes()
    with pytest.raises(Refused, match=r"backup\.zip is there already: name a new file"):
        made(full, folder)
    assert file.read_bytes() == before


def test_a_backup_needs_its_folder(full: Database, folder: Path) -> None:
    with pytest.raises(Refused, match=r"There is no folder .*nowhere for the backup"):
        backup(full, folder, folder / "nowhere" / "backup.zip", content(folder, secrets=False), NOW)


def test_a_restore_replaces_no_file(full: Database, folder: Path, tmp_path: Path) -> None:
    file = made(full, folder)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "agents.toml").write_text("mine")
    with pytest.raises(Refused, match=r"agents\.toml is there already: a restore replaces nothing"):
        restored(file, tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["agents.toml"]
    (tmp_path / "new" / "agents.toml").rename(tmp_path / "new" / "notes")
    restored(file, tmp_path / "new")
    assert (tmp_path / "new" / "notes").read_text() == "mine"


def test_a_restore_fills_no_database_that_holds_anything(
    full: Database, folder: Path, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    file, url = made(full, folder), postgresql.fresh_database()
    restored(file, tmp_path / "new", url=url)
    with pytest.raises(
        Refused, match=r"is not empty: a restore replaces nothing; name an empty database by --database"
    ):
        restored(file, tmp_path / "newer", url=url)
    assert not (tmp_path / "newer").exists()


def test_a_restore_that_fails_at_its_end_leaves_nothing(full: Database, folder: Path, tmp_path: Path) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "notice.fr.txt").touch()
    url = f"sqlite:///{tmp_path}/above/new/templates/notice.fr.txt"
    with pytest.raises(FileExistsError):
        restored(made(full, folder), tmp_path / "above" / "new", url=url)
    assert not (tmp_path / "above").exists()


def test_where_the_files_cannot_be_placed_the_database_stays_empty(
    full: Database, folder: Path, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "notice.fr.txt").touch()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "templates").touch()
    file, url = made(full, folder), postgresql.fresh_database()
    with pytest.raises(Refused, match="new/templates is not a folder"):
        restored(file, tmp_path / "new", url=url)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["templates"]
    (tmp_path / "new" / "templates").unlink()
    restored(file, tmp_path / "new", url=url)


def test_a_backup_of_an_older_version_is_brought_to_this_schema(folder: Path, tmp_path: Path, target: str) -> None:
    old = tmp_path / "old.db"
    database = connect(f"sqlite:///{old}")

    def make(conn: Connection) -> None:
        configuration = schema.configuration()
        configuration.attributes["connection"] = conn
        command.upgrade(configuration, schema.revisions()[0])

    change(database, make)
    database.engine.dispose()
    files = {archive.DATABASE: old} | {f"site/{name}": folder / name for name in ("mailbot.toml", "agents.toml")}
    entries = tuple(archive.entry(name, path) for name, path in files.items())
    archive.write(tmp_path / "old.zip", replace(examined(old, NOW), entries=entries), files)
    assert restored(tmp_path / "old.zip", tmp_path / "new", url=target).manifest.schema == "0001"
    again = connect(target)
    look(again, schema.insist_on_current)
    again.engine.dispose()


def test_the_tables_of_any_version_are_counted(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'of-another-version.db'}")

    def work(conn: Connection) -> dict[str, int]:
        for statement in ("CREATE TABLE other (n)", "INSERT INTO other VALUES (1)", "CREATE TABLE alembic_version (n)"):
            conn.execute(text(statement))
        return snapshot.counts(conn)

    assert change(database, work) == {"other": 1}
    database.engine.dispose()


def test_the_robot_cannot_have_stopped_before_the_backup(full: Database, folder: Path, tmp_path: Path) -> None:
    file = made(full, folder)
    with pytest.raises(Refused, match=r"The robot still worked at 2026-03-10 15:00 UTC, .* name a later time"):
        restore.restore(file, tmp_path / "new", site_files.ENVIRON, now=LATER, until=NOW - HOUR)


def test_a_backup_from_the_future_shows_that_the_clock_is_wrong(full: Database, folder: Path, tmp_path: Path) -> None:
    early = NOW - HOUR
    with pytest.raises(Refused, match="made at 2026-03-10 15:00 UTC, which is yet to come: set this machine's clock"):
        restore.restore(made(full, folder), tmp_path / "new", site_files.ENVIRON, now=early, until=early)


def test_a_part_of_a_backup_is_refused_and_leaves_nothing(full: Database, folder: Path, tmp_path: Path) -> None:
    whole = made(full, folder).read_bytes()
    for length in random.Random(7).sample(range(len(whole)), 50):
        (tmp_path / "part").write_bytes(whole[:length])
        with pytest.raises(Refused, match="part is no backup of mailbot, or not the whole of one"):
            restored(tmp_path / "part", tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_a_backup_that_was_damaged_is_refused_or_restored_in_full(full: Database, folder: Path, tmp_path: Path) -> None:
    file = made(full, folder)
    whole = file.read_bytes()
    chance = random.Random(7)
    damaged = 0
    for n in range(40):
        place = chance.randrange(len(whole))
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        try:
            restored(file, tmp_path / f"new-{n}")
        except Refused:
            damaged += 1
            assert not (tmp_path / f"new-{n}").exists()
        else:
            assert (tmp_path / f"new-{n}" / "agents.toml").read_bytes() == (folder / "agents.toml").read_bytes()
    assert damaged > 30


@pytest.mark.parametrize("foreign", [b"", b"text", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_backup_is_refused(tmp_path: Path, foreign: bytes) -> None:
    (tmp_path / "foreign").write_bytes(foreign)
    with pytest.raises(Refused, match="foreign is no backup of mailbot"):
        restored(tmp_path / "foreign", tmp_path / "new")


def rewritten(file: Path, change: Callable[[dict[str, object]], None]) -> Path:
    """The same backup with another manifest."""
    other = file.with_name("rewritten")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            octets = source.read(name)
            if name == "manifest.json":
                manifest = json.loads(octets)
                change(manifest)
                octets = json.dumps(manifest).encode()
            target.writestr(name, octets)
    return other


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("format", 2, r"was made by a newer mailbot \(9\.1\): restore it with that version"),
        ("schema", "9999", r"was made by a newer mailbot \(9\.1, schema 9999\): restore it with that version"),
        ("schema", "0001", "is damaged: its database does not hold what its manifest says"),
        ("rows", [["delivery", 3]], "is damaged: its database does not hold what its manifest says"),
        ("entries", [], "is damaged: it does not hold what its manifest says"),
        ("entries", [{"name": "site/../../x", "size": 1, "sha256": "", "mode": 384}], "is no backup of mailbot"),
        ("entries", [{"name": "/etc/x", "size": 1, "sha256": "", "mode": 384}], "is no backup of mailbot"),
        ("entries", 3, "is no backup of mailbot"),
        ("made_at", "yesterday", "is no backup of mailbot"),
        ("made_at", "2026-03-10T15:00:00", "is no backup of mailbot"),
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused(
    full: Database, folder: Path, tmp_path: Path, key: str, value: object, says: str
) -> None:
    def change(manifest: dict[str, object]) -> None:
        manifest |= {"version": "9.1", key: value}

    with pytest.raises(Refused, match=says):
        restored(rewritten(made(full, folder), change), tmp_path / "new")
    assert not (tmp_path / "new").exists()
