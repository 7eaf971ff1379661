//! The journal when its file is not what was written (C11): never a crash, never an act that was not asked for, always
//! words.

use dutybox::app::effect::{Effect, ForwardRequest, Outcome, Request};
use dutybox::config::Config;
use dutybox::io::load;
use dutybox::io::state::State;
use dutybox::io::world::{Options, World};
use dutybox::mail::compose::ForwardAs;
use dutybox::mail::{Digest, Flags, Time};
use dutybox::triage::row::{FolderId, MailKey};
use dutybox::triage::told::{Act, ActId, Deed, Scope, Target};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::mails::proof;

/// A desk on which some things were done, and one was begun.
struct Desk {
    _keep: tempfile::TempDir,
    root: PathBuf,
    config: Config,
    acts: Vec<Act>,
    /// `state.db` after a clean end.
    db: Vec<u8>,
    /// Whether an instance runs.
    running: bool,
}

fn key(base: &str) -> MailKey {
    MailKey { folder: FolderId(0), base: base.as_bytes().into() }
}

fn act(deed: Deed, base: &str) -> Effect {
    Effect::Act(Request { deed, about: vec![(key(base), None)] })
}

impl Desk {
    fn new() -> Desk {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(root.join("mail").join(part)).unwrap();
        }
        let script = root.join("sendmail");
        fs::write(&script, format!("#!/bin/sh\ncat >/dev/null\necho once >>'{}'\n", root.join("sent").display()))
            .unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
        let config = Config { own: vec!["duty@example.org".into()], me: Some("ann".into()), ..Config::default() };
        let mut desk = Desk { _keep: keep, root, config, acts: Vec::new(), db: Vec::new(), running: false };
        desk.mails();
        let mut world = desk.open().unwrap();
        let ignore = Deed::Ignore { reason: "known since monday".into(), scope: Scope::Message, until: None };
        for effect in [
            act(Deed::Mark, "1.a"),
            act(ignore, "2.b"),
            act(Deed::Note { text: "a note ".repeat(40) }, "3.c"),
            Effect::Forward(ForwardRequest {
                key: key("3.c"),
                how: ForwardAs::Attach,
                to: vec!["hwine@example.net".into()],
                note: String::new(),
            }),
            act(Deed::Mark, "4.d"),
            Effect::Undo(None),
        ] {
            let outcome = world.perform(effect);
            assert!(matches!(outcome, Outcome::Acted(_) | Outcome::Queued { .. }), "{outcome:?}");
        }
        drop(world);
        let mut state = State::open(&desk.state()).unwrap();
        let target = Target {
            folder: desk.root.join("mail").display().to_string(),
            base: b"5.e"[..].into(),
            digest: Digest::default(),
            call: None,
            added: Flags::FLAGGED,
            removed: Flags::NONE,
            failed: None,
        };
        let mut begun = Act { id: ActId(0), at: Time(9), by: "ann".into(), deed: Deed::Mark, targets: vec![target] };
        state.begin(&mut begun).unwrap();
        desk.acts = state.acts().unwrap();
        drop(state);
        desk.config.sendmail = Some(vec![script.display().to_string()]);
        desk.db = fs::read(desk.state().join("state.db")).unwrap();
        assert!(!desk.state().join("state.db-wal").exists(), "a clean end leaves no log");
        desk
    }

    fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    fn options(&self) -> Options {
        Options {
            state_dir: self.state(),
            config_dir: self.root.join("config"),
            now: Some(Time(1_385_044_860)),
            ..Options::default()
        }
    }

    fn open(&self) -> Result<World, dutybox::error::Error> {
        // Another test that starts a program has for a moment, in its child, our lock of the run before.
        if let Ok(lock) = fs::File::open(self.state().join("state.lock"))
            && !self.running
        {
            lock.lock().unwrap();
            lock.unlock().unwrap();
        }
        let folders = load::folders(&[self.root.join("mail")], false).unwrap();
        World::open(self.config.clone(), self.options(), folders)
    }

    /// The mails as they were before the first act.
    fn mails(&self) {
        for (base, name) in
            [("1.a", "1.a:2,"), ("2.b", "2.b:2,"), ("3.c", "3.c:2,"), ("4.d", "4.d:2,"), ("5.e", "5.e:2,")]
        {
            let text = format!("From: cron@example.org\nSubject: {base}\nMessage-ID: <{base}@example.org>\n\nbody\n");
            fs::write(self.root.join("mail/cur").join(name), text).unwrap();
        }
    }

    /// The desk as it was at the clean end, but for this database.
    fn with(&self, db: &[u8]) {
        for entry in fs::read_dir(self.root.join("mail/cur")).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        self.mails();
        for (from, to) in [("1.a:2,", "1.a:2,F"), ("2.b:2,", "2.b:2,S")] {
            fs::rename(self.root.join("mail/cur").join(from), self.root.join("mail/cur").join(to)).unwrap();
        }
        for entry in fs::read_dir(self.state()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("state.db") {
                fs::remove_file(path).unwrap();
            }
        }
        let _ = fs::remove_file(self.root.join("sent"));
        fs::write(self.state().join("state.db"), db).unwrap();
    }

    fn names(&self) -> BTreeSet<String> {
        let names = fs::read_dir(self.root.join("mail/cur")).unwrap();
        names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    fn kept_aside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.state()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.to_string_lossy().contains("state.db.damaged-")).collect()
    }

    /// Opens the desk over this database and does what an operator may do; holds what must hold whatever the bytes are.
    fn holds(&self, db: &[u8], what: &str) -> Found {
        let outbox: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(self.state().join("outbox/new"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        self.with(db);
        let before = self.names();
        let known = |read: &[Act]| {
            for act in read {
                let same = |told: &Act| {
                    let mut told = told.clone();
                    // What was begun is completed or given up, in words.
                    for (target, now) in told.targets.iter_mut().zip(&act.targets) {
                        if now.failed.is_some() {
                            target.clone_from(now);
                        }
                    }
                    told == *act
                };
                assert!(self.acts.iter().any(same), "{what}: nobody told {act:?}");
            }
        };
        let looked = State::open_read_only(&self.state());
        match &looked {
            Ok(state) => {
                known(&state.acts().unwrap());
                let all = state.acts().unwrap().len() == self.acts.len();
                assert!(all || !state.troubles().is_empty(), "{what}: acts are missing without a word");
            }
            Err(error) => assert!(!error.message.is_empty() && error.hint.is_some(), "{what}: {error:?}"),
        }
        assert_eq!(self.names(), before, "{what}: looking changes nothing");
        assert_eq!(fs::read(self.state().join("state.db")).unwrap(), db, "{what}: looking changes nothing");

        let found = match self.open() {
            Err(error) => {
                assert!(!error.message.is_empty() && error.hint.is_some(), "{what}: {error:?}");
                assert_eq!(fs::read(self.state().join("state.db")).unwrap(), db, "{what}: refused and changed");
                assert_eq!(self.names(), before, "{what}");
                Found::Refused(error.message)
            }
            Ok(mut world) => {
                let acts = world.acts().unwrap();
                known(&acts);
                let words = world.troubles().join("\n");
                assert!(acts.len() == self.acts.len() || !words.is_empty(), "{what}: acts are missing without a word");
                let only = |allowed: &[(&str, &str)], then: &str| {
                    let now = self.names();
                    let fine = |name: &String| {
                        before.contains(name) || allowed.iter().any(|(from, to)| to == name && !now.contains(*from))
                    };
                    assert!(now.iter().all(fine) && now.len() == before.len(), "{what}, {then}: {now:?}");
                };
                only(&[("5.e:2,", "5.e:2,F")], "opened");
                for _ in 0..4 {
                    world.perform(Effect::Undo(None));
                }
                let undone = [("5.e:2,", "5.e:2,F"), ("1.a:2,F", "1.a:2,"), ("2.b:2,S", "2.b:2,")];
                only(&undone, "undone");
                world.perform(Effect::Send);
                let sent = fs::read_to_string(self.root.join("sent")).map_or(0, |text| text.lines().count());
                assert!(sent <= 1, "{what}: sent {sent} times");
                if words.contains("kept as") {
                    assert!(!self.kept_aside().is_empty(), "{what}: {words}");
                    assert_eq!(sent, 0, "{what}: what may have been sent is not sent again");
                }
                if words.is_empty() { Found::Whole } else { Found::Told(words) }
            }
        };
        for (path, bytes) in outbox {
            fs::write(path, bytes).unwrap();
        }
        found
    }
}

/// What became of a database.
#[derive(Debug)]
enum Found {
    /// Nothing wrong with it, or nothing that matters.
    Whole,
    /// It goes on, and says this.
    Told(String),
    Refused(String),
}

/// Numbers that look drawn; the same each time.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

#[test]
fn c11_any_byte_of_the_journal_may_be_wrong() {
    let desk = Desk::new();
    assert!(matches!(desk.holds(&desk.db, "as it was"), Found::Whole));
    // Most of a database is empty: half of the tries go to where something is.
    let filled: Vec<usize> = (0..desk.db.len()).filter(|&at| desk.db[at] != 0).collect();
    let mut drawn = Drawn(0x9e37_79b9_7f4a_7c15);
    let (mut whole, mut told, mut refused) = (0, 0, 0);
    for round in 0..if proof() { 1_000 } else { 150 } {
        let at = if round % 2 == 0 { drawn.below(desk.db.len()) } else { filled[drawn.below(filled.len())] };
        let flip = 1u8 << drawn.below(8);
        let mut db = desk.db.clone();
        db[at] ^= if round % 3 == 0 { flip } else { 1 + drawn.below(255) as u8 };
        match desk.holds(&db, &format!("byte {at} of {}: {} is {}", db.len(), desk.db[at], db[at])) {
            Found::Whole => whole += 1,
            Found::Told(_) => told += 1,
            Found::Refused(words) => {
                assert!(words.contains("newer dutybox"), "{words}");
                refused += 1;
            }
        }
    }
    assert!(told > 10, "{whole} whole, {told} told, {refused} refused");
}

#[test]
fn c11_the_journal_may_be_cut_anywhere_or_be_something_else() {
    let desk = Desk::new();
    let mut drawn = Drawn(7);
    for _ in 0..if proof() { 100 } else { 20 } {
        let at = 1 + drawn.below(desk.db.len() - 1);
        let found = desk.holds(&desk.db[..at], &format!("cut at {at} of {}", desk.db.len()));
        // What is not there is read as zeros: where it was zeros, nothing is missing.
        let nothing = desk.db[at..].iter().all(|&byte| byte == 0);
        let kept = matches!(&found, Found::Told(words) if words.contains("kept as"));
        assert!(kept || (nothing && matches!(found, Found::Whole)), "cut at {at}: {found:?}");
    }
    let garbage: Vec<u8> = (0..desk.db.len()).map(|_| drawn.below(256) as u8).collect();
    let mut headed = garbage.clone();
    headed[..100].copy_from_slice(&desk.db[..100]);
    for (what, db) in [("garbage", garbage), ("garbage after the head", headed), ("zeros", vec![0; desk.db.len()])] {
        let found = desk.holds(&db, what);
        assert!(matches!(&found, Found::Told(words) if words.contains("kept as")), "{what}: {found:?}");
        let kept = desk.kept_aside();
        assert!(kept.iter().any(|path| fs::read(path).unwrap() == db), "{what}: kept as it was");
    }
}

#[test]
fn what_is_whole_in_a_damaged_journal_goes_on_and_is_not_done_again() {
    let desk = Desk::new();
    // The free list names a page that holds something: SQLite would write over it.
    let mut db = desk.db.clone();
    db[36..40].copy_from_slice(&1u32.to_be_bytes());
    db[32..36].copy_from_slice(&2u32.to_be_bytes());
    desk.with(&db);
    let world = desk.open().unwrap();
    let words = world.troubles().join("\n");
    assert!(words.contains("kept as") && words.contains("7 acts"), "{words}");
    assert!(words.contains("dutybox journal"), "what to do: {words}");
    let acts = world.acts().unwrap();
    assert_eq!(acts.len(), desk.acts.len());
    assert_eq!(
        acts.iter().map(|act| &act.deed).collect::<Vec<_>>(),
        desk.acts.iter().map(|act| &act.deed).collect::<Vec<_>>()
    );
    assert!(acts[6].targets[0].failed.is_some(), "what was begun is not done now");
    assert!(desk.names().contains("5.e:2,"));
    let waiting: Vec<String> = world.queued().unwrap().into_iter().map(|queued| queued.state).collect();
    assert_eq!(waiting, ["unknown"], "what waits is not sent by itself");
    drop(world);
    let world = desk.open().unwrap();
    assert!(world.troubles().is_empty(), "said once");
    assert_eq!(world.acts().unwrap(), acts);
}

/// Changes something in the database behind our back.
fn behind(dir: &Path, sql: &str) {
    let db = rusqlite::Connection::open(dir.join("state.db")).unwrap();
    db.execute_batch(sql).unwrap();
}

#[test]
fn a_single_act_that_is_damaged_is_listed_and_the_rest_goes_on() {
    let desk = Desk::new();
    for (sql, what) in [
        ("UPDATE targets SET added = 'T' WHERE act = 1", "what undo would take back"),
        ("UPDATE targets SET base = '4.d' WHERE act = 1", "which mail"),
        ("UPDATE acts SET deed = 'trash' WHERE id = 1", "what was done"),
        ("UPDATE acts SET at = at + 1 WHERE id = 1", "when"),
        ("DELETE FROM targets WHERE act = 1", "about which"),
        (
            "INSERT INTO targets(act, n, folder, base, digest, planned_add, planned_remove) \
          SELECT 1, 9, folder, base, digest, 'T', '' FROM targets WHERE act = 1",
            "one more",
        ),
        ("UPDATE acts SET sum = NULL WHERE id = 1", "no sum"),
        ("UPDATE acts SET sum = (SELECT sum FROM acts WHERE id = 2) WHERE id = 1", "the sum of another"),
    ] {
        desk.with(&desk.db);
        behind(&desk.state(), sql);
        let mut world = desk.open().unwrap();
        assert!(!world.acts().unwrap().iter().any(|act| act.id == ActId(1)), "{what}");
        assert_eq!(world.acts().unwrap().len(), desk.acts.len() - 1, "{what}");
        assert!(world.troubles()[0].contains("act 1 of the journal is damaged"), "{what}: {:?}", world.troubles());
        let refused = world.perform(Effect::Undo(Some(ActId(1))));
        assert!(matches!(&refused, Outcome::Failed(words) if words.contains("act 1")), "{what}: {refused:?}");
        assert!(desk.names().contains("1.a:2,F"), "{what}");
        assert!(matches!(world.perform(act(Deed::Mark, "3.c")), Outcome::Acted(_)), "{what}: the rest goes on");
        assert!(desk.kept_aside().is_empty(), "{what}");
        drop(world);
        let state = State::open_read_only(&desk.state()).unwrap();
        assert_eq!(state.damaged().len(), 1, "{what}: listed at every start");
    }
    // What was begun and is damaged is not completed.
    desk.with(&desk.db);
    behind(&desk.state(), "UPDATE targets SET planned_add = 'T' WHERE act = 7");
    let world = desk.open().unwrap();
    assert!(desk.names().contains("5.e:2,") && !world.troubles().is_empty());
}

#[test]
fn a_status_that_is_damaged_is_unknown_and_not_sent() {
    let desk = Desk::new();
    let file = fs::read_dir(desk.state().join("outbox/new")).unwrap().next().unwrap().unwrap().path();
    let mail = fs::read(&file).unwrap();
    for sql in ["UPDATE outbox SET tries = 9", "UPDATE outbox SET act = 1", "UPDATE outbox SET sum = NULL"] {
        desk.with(&desk.db);
        behind(&desk.state(), sql);
        let mut world = desk.open().unwrap();
        let waiting = world.queued().unwrap();
        assert_eq!(waiting[0].state, "unknown", "{sql}");
        assert!(waiting[0].error.as_ref().unwrap().contains("damaged"), "{sql}");
        world.perform(Effect::Send);
        assert!(!desk.root.join("sent").exists(), "{sql}");
        let id = waiting[0].id.clone();
        assert!(matches!(world.perform(Effect::DropQueued(id)), Outcome::Outbox { waiting: 0, .. }), "{sql}");
        fs::write(&file, &mail).unwrap();
    }
}

#[test]
fn a_journal_of_the_third_version_gets_its_sums() {
    let desk = Desk::new();
    desk.with(&desk.db);
    behind(
        &desk.state(),
        "ALTER TABLE acts DROP COLUMN sum; ALTER TABLE outbox DROP COLUMN sum; \
         CREATE INDEX unfinished ON acts(id) WHERE finished = 0; PRAGMA user_version = 3",
    );
    assert_eq!(State::open_read_only(&desk.state()).unwrap().acts().unwrap(), desk.acts, "looked at as it is");
    let state = State::open(&desk.state()).unwrap();
    assert_eq!(state.acts().unwrap(), desk.acts);
    assert!(state.troubles().is_empty() && state.damaged().is_empty());
    drop(state);
    behind(&desk.state(), "UPDATE acts SET by = 'bob' WHERE id = 2");
    assert_eq!(State::open(&desk.state()).unwrap().damaged().len(), 1);
}

#[test]
fn a_damaged_journal_that_another_instance_has_open_is_left_where_it_is() {
    let mut desk = Desk::new();
    desk.with(&desk.db);
    let running = desk.open().unwrap();
    desk.running = true;
    let mut db = desk.db.clone();
    db[..16].fill(b'x');
    // A new file, so that the instance that runs goes on with its own.
    let path = desk.state().join("state.db");
    fs::remove_file(&path).unwrap();
    fs::write(&path, &db).unwrap();
    let error = desk.open().unwrap_err();
    assert!(error.hint.unwrap().contains("quit the other"), "{}", error.message);
    assert!(desk.kept_aside().is_empty());
    drop(running);
}
