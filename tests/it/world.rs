//! The world: journal before act, deltas for undo, the outbox and what comes of sending, and a read-only world that
//! leaves every byte and time stamp alone.

use dutybox::app::effect::{ActReport, Effect, ForwardRequest, Outcome, Request};
use dutybox::config::Config;
use dutybox::io::state::{State, Status};
use dutybox::io::transport::{Attempt, SAID_CAP, Sendmail};
use dutybox::io::world::{Options, World};
use dutybox::io::{files, load};
use dutybox::mail::compose::ForwardAs;
use dutybox::mail::{Digest, Flags, Time};
use dutybox::triage::row::{FolderId, MailKey};
use dutybox::triage::told::{Act, ActId, Deed, Scope, Shelf, Target};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A Maildir, a state folder and a configuration folder of their own.
pub struct Place {
    _keep: tempfile::TempDir,
    pub root: PathBuf,
    pub config: Config,
}

impl Place {
    pub fn new() -> Place {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        let config = Config { own: vec!["duty@example.org".into()], me: Some("ann".into()), ..Config::default() };
        let place = Place { _keep: keep, root, config };
        place.folder("mail");
        place
    }

    pub fn folder(&self, name: &str) {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(self.root.join(name).join(part)).unwrap();
        }
    }

    pub fn mail(&self, name: &str, subject: &str) {
        let text = format!(
            "From: cron@example.org\nTo: oncall@example.org\nSubject: {subject}\nDate: Thu, 21 Nov 2013 14:07:03 +0000\nMessage-ID: <{subject}@example.org>\n\nbody of {subject}\n"
        );
        fs::write(self.root.join("mail").join(name), text).unwrap();
    }

    pub fn options(&self, read_only: bool) -> Options {
        Options {
            state_dir: self.root.join("state"),
            config_dir: self.root.join("config"),
            read_only,
            now: Some(Time(1_385_044_860)),
            fresh_until: None,
        }
    }

    pub fn open(&self) -> World {
        self.open_as(false)
    }

    pub fn open_as(&self, read_only: bool) -> World {
        let folders = load::folders(&[self.root.join("mail")], read_only).unwrap();
        World::open(self.config.clone(), self.options(read_only), folders).unwrap()
    }

    /// Names below the Maildir's `new` and `cur`.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for part in ["new", "cur"] {
            for entry in fs::read_dir(self.root.join("mail").join(part)).unwrap() {
                names.push(format!("{part}/{}", entry.unwrap().file_name().to_string_lossy()));
            }
        }
        names.sort();
        names
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.root.join("mail").join(from), self.root.join("mail").join(to)).unwrap();
    }

    /// A sendmail that records its arguments and standard input below the root, then runs `then`.
    pub fn sendmail(&mut self, then: &str) {
        let script = self.root.join("sendmail");
        let (args, mails) = (self.root.join("args"), self.root.join("mails"));
        let text = format!(
            "#!/bin/sh\nfor a in \"$@\"; do printf '%s\\n' \"$a\" >> '{}'; done\ncat >> '{}'\n{then}\n",
            args.display(),
            mails.display()
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
        self.config.sendmail = Some(vec![script.display().to_string(), "-X".into(), "a b\"c".into()]);
    }

    pub fn files(&self, dir: &str) -> usize {
        fs::read_dir(self.root.join(dir)).map_or(0, Iterator::count)
    }
}

pub fn key(base: &str) -> MailKey {
    MailKey { folder: FolderId(0), base: base.as_bytes().into() }
}

pub fn act(world: &mut World, deed: Deed, bases: &[&str]) -> Outcome {
    world.perform(Effect::Act(Request { deed, about: bases.iter().map(|base| (key(base), None)).collect() }))
}

pub fn acted(outcome: Outcome) -> ActReport {
    match outcome {
        Outcome::Acted(report) => report,
        other => panic!("not acted: {other:?}"),
    }
}

pub fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(why) => why,
        other => panic!("did not fail: {other:?}"),
    }
}

pub fn forward(base: &str) -> Effect {
    let to = vec!["hwine@example.net".into()];
    Effect::Forward(ForwardRequest { key: key(base), how: ForwardAs::Attach, to, note: "please look".into() })
}

pub fn queued(outcome: Outcome) -> (ActReport, String) {
    match outcome {
        Outcome::Queued { report, state } => (report, state),
        other => panic!("not queued: {other:?}"),
    }
}

/// Mode, size, content, mtime and ctime (seconds and nanoseconds).
type Facts = (u32, u64, Vec<u8>, i64, i64, i64, i64);

/// Every file and directory.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Facts> {
    let mut all = BTreeMap::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(path) = todo.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let content = if meta.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        if meta.is_dir() {
            todo.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let times = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
        all.insert(path, (meta.mode(), meta.len(), content, times.0, times.1, times.2, times.3));
    }
    all
}

// Acts ----------------------------------------------------------------------------------------------------------------

#[test]
fn an_act_sets_its_flag_says_where_the_mail_is_now_and_stands_in_the_journal() {
    let place = Place::new();
    place.mail("new/1.a", "one");
    place.mail("cur/2.b:2,S", "two");
    let mut world = place.open();
    let report = acted(act(&mut world, Deed::Mark, &["1.a", "2.b"]));
    assert_eq!(place.names(), ["cur/1.a:2,F", "cur/2.b:2,FS"]);
    assert_eq!((report.renamed.len(), report.gone.len(), report.failed.len()), (2, 0, 0));
    let acts = world.acts().unwrap();
    assert_eq!(acts, [report.act]);
    assert_eq!((acts[0].by.as_str(), acts[0].at, acts[0].deed.clone()), ("ann", Time(1_385_044_860), Deed::Mark));
    assert!(acts[0].targets.iter().all(|target| target.added == Flags::FLAGGED && target.digest != Digest::default()));
}

#[test]
fn c16_opening_sets_seen_once_and_reading_sets_nothing() {
    let place = Place::new();
    place.mail("new/1.a", "one");
    let mut world = place.open();
    assert!(matches!(world.perform(Effect::Read(key("1.a"))), Outcome::Read(..)));
    assert_eq!(place.names(), ["new/1.a"]);
    acted(act(&mut world, Deed::Open, &["1.a"]));
    assert_eq!(place.names(), ["cur/1.a:2,S"]);
    assert!(matches!(act(&mut world, Deed::Open, &["1.a"]), Outcome::Nothing), "nothing to change: no second entry");
    assert_eq!(world.acts().unwrap().len(), 1);
}

#[test]
fn an_act_on_mails_that_are_gone_does_the_others_and_says_so_in_one_line() {
    let place = Place::new();
    for i in 0..5 {
        place.mail(&format!("cur/{i}.a:2,"), &format!("mail {i}"));
    }
    let mut world = place.open();
    for i in 0..4 {
        fs::remove_file(place.root.join(format!("mail/cur/{i}.a:2,"))).unwrap();
    }
    let report = acted(act(&mut world, Deed::Done, &["0.a", "1.a", "2.a", "3.a", "4.a"]));
    assert_eq!(place.names(), ["cur/4.a:2,S"]);
    assert_eq!(report.gone.len(), 4);
    assert_eq!(report.failed, ["4 messages: gone: moved or deleted by another program"]);
    assert!(failed(act(&mut world, Deed::Done, &["0.a"])).contains("gone"));
    assert_eq!(world.acts().unwrap().len(), 1, "an act about nothing is none");
}

#[test]
fn what_the_journal_holds_counts_even_where_the_flag_cannot_be_set() {
    let place = Place::new();
    place.mail("cur/1.a:1,exp", "one");
    let mut world = place.open();
    let report =
        acted(act(&mut world, Deed::Ignore { reason: "known".into(), scope: Scope::Message, until: None }, &["1.a"]));
    assert_eq!(report.act.targets[0].failed, None);
    assert!(report.failed[0].contains("experimental"), "{:?}", report.failed);
    let report = acted(act(&mut world, Deed::Mark, &["1.a"]));
    assert!(report.act.targets[0].failed.is_some(), "a mark is the flag and nothing else");
    assert_eq!(place.names(), ["cur/1.a:1,exp"]);
}

#[test]
fn the_journal_is_written_before_the_maildir_is_touched() {
    let place = Place::new();
    place.mail("cur/1.a:2,", "one");
    place.mail("cur/1.a:2,F", "in the way");
    let mut world = place.open();
    // The rename fails: the journal has the act, with the reason.
    let report = acted(act(&mut world, Deed::Mark, &["1.a"]));
    assert!(report.failed[0].contains("another file has the name"), "{:?}", report.failed);
    let acts = place.open().acts().unwrap();
    assert!(acts[0].targets[0].failed.is_some() && acts[0].targets[0].added.is_empty());

    // The journal cannot be written: nothing is renamed.
    fs::remove_file(place.root.join("mail/cur/1.a:2,F")).unwrap();
    let db = rusqlite::Connection::open(place.root.join("state/state.db")).unwrap();
    db.execute_batch("CREATE TRIGGER full BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'disk full'); END").unwrap();
    drop(db);
    let why = failed(act(&mut world, Deed::Mark, &["1.a"]));
    assert!(why.contains("disk full") && why.contains("nothing was changed"), "{why}");
    assert_eq!(place.names(), ["cur/1.a:2,"]);
    assert!(failed(world.perform(forward("1.a"))).contains("nothing was queued"));
    assert_eq!(place.files("state/outbox/new"), 0);
}

// Undo ----------------------------------------------------------------------------------------------------------------

#[test]
fn undo_and_redo_work_after_a_restart() {
    let place = Place::new();
    place.mail("new/1.a", "one");
    place.mail("cur/2.b:2,F", "two");
    acted(act(&mut place.open(), Deed::Mark, &["1.a", "2.b"]));
    acted(act(&mut place.open(), Deed::Done, &["1.a"]));
    assert_eq!(place.names(), ["cur/1.a:2,FS", "cur/2.b:2,F"]);
    acted(place.open().perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,F", "cur/2.b:2,F"]);
    acted(place.open().perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,", "cur/2.b:2,F"], "only the mark that the act really set is taken back");
    assert_eq!(failed(place.open().perform(Effect::Undo(None))), "nothing to undo");
    acted(place.open().perform(Effect::Redo));
    acted(place.open().perform(Effect::Redo));
    assert_eq!(place.names(), ["cur/1.a:2,FS", "cur/2.b:2,F"]);
    assert_eq!(failed(place.open().perform(Effect::Redo)), "nothing to redo");
    acted(place.open().perform(Effect::Undo(Some(ActId(1)))));
    assert_eq!(place.names(), ["cur/1.a:2,S", "cur/2.b:2,F"]);
    assert!(failed(place.open().perform(Effect::Undo(Some(ActId(1))))).contains("already undone"));
    assert_eq!(place.open().acts().unwrap().len(), 7, "nothing in the journal is ever taken out");
}

#[test]
fn undo_leaves_other_maildirs_alone() {
    let place = Place::new();
    place.mail("cur/1.a:2,", "one");
    acted(act(&mut place.open(), Deed::Mark, &["1.a"]));
    // The same journal, another Maildir (its name begins like the first one's).
    place.folder("mail2");
    let folders = load::folders(&[place.root.join("mail2")], false).unwrap();
    let mut other = World::open(place.config.clone(), place.options(false), folders).unwrap();
    let words = failed(other.perform(Effect::Undo(None)));
    assert!(words.starts_with("nothing to undo here") && words.ends_with("/mail"), "{words}");
    drop(other);
    assert_eq!(place.names(), ["cur/1.a:2,F"]);
    acted(place.open().perform(Effect::Undo(None)));
    let folders = load::folders(&[place.root.join("mail2")], false).unwrap();
    let mut other = World::open(place.config.clone(), place.options(false), folders).unwrap();
    assert_eq!(failed(other.perform(Effect::Redo)), "nothing to redo");
    drop(other);
    acted(place.open().perform(Effect::Redo));
    assert_eq!(place.names(), ["cur/1.a:2,F"]);
}

#[test]
fn c09_undo_takes_back_our_delta_and_keeps_what_others_changed() {
    let place = Place::new();
    place.mail("cur/1.a:2,", "one");
    let mut world = place.open();
    acted(act(&mut world, Deed::Trash, &["1.a"]));
    // Another program answered it, gave it a keyword, and a UID.
    place.rename("cur/1.a:2,T", "cur/1.a:2,RTa");
    acted(world.perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,Ra"]);
    acted(act(&mut world, Deed::Mark, &["1.a"]));
    place.rename("cur/1.a:2,FRa", "cur/1.a:2,Ra");
    acted(world.perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,Ra"], "our mark was gone already: nothing to do, and no error");
}

#[test]
fn c10_undo_finds_a_mail_that_was_moved_and_never_takes_another() {
    let place = Place::new();
    place.folder("mail/.Archive");
    place.mail("cur/1.a:2,", "one");
    place.mail("cur/2.b:2,", "two");
    let mut world = place.open();
    acted(act(&mut world, Deed::Mark, &["1.a", "2.b"]));
    // One was moved under a new name; the other replaced by a mail that took its name.
    place.rename("cur/1.a:2,F", ".Archive/cur/9.z:2,FS");
    fs::remove_file(place.root.join("mail/cur/2.b:2,F")).unwrap();
    place.mail("cur/2.b:2,F", "somebody else's");
    let report = acted(world.perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/2.b:2,F"], "a mail of another content is left alone");
    assert!(place.root.join("mail/.Archive/cur/9.z:2,S").exists());
    assert_eq!(report.failed, ["2.b: gone: moved or deleted by another program"]);
    assert_eq!(failed(world.perform(Effect::Undo(None))), "nothing to undo", "it went on all the same");
}

#[test]
fn an_undo_takes_in_what_another_instance_did() {
    let place = Place::new();
    place.mail("cur/1.a:2,", "one");
    let (mut one, mut two) = (place.open(), place.open());
    acted(act(&mut one, Deed::Mark, &["1.a"]));
    acted(act(&mut two, Deed::Done, &["1.a"]));
    let report = acted(one.perform(Effect::Undo(None)));
    assert_eq!(report.act.deed, Deed::Undo(ActId(2)));
    assert_eq!(place.names(), ["cur/1.a:2,F"]);
}

// After a killed run --------------------------------------------------------------------------------------------------

fn begun(place: &Place, deed: Deed, added: Flags) -> Act {
    let mut state = State::open(&place.root.join("state")).unwrap();
    let target = Target {
        folder: place.root.join("mail").display().to_string(),
        base: (*b"1.a").into(),
        digest: Digest::default(),
        call: None,
        added,
        removed: Flags::NONE,
        failed: None,
    };
    let mut act = Act { id: ActId(0), at: Time(1), by: "ann".into(), deed, targets: vec![target] };
    state.begin(&mut act).unwrap();
    act
}

#[test]
fn what_was_begun_is_completed_at_the_next_start_once() {
    let place = Place::new();
    place.mail("new/1.a", "one");
    let before = begun(&place, Deed::Mark, Flags::FLAGGED);
    let acts = place.open().acts().unwrap();
    assert_eq!(place.names(), ["cur/1.a:2,F"]);
    assert_eq!(acts, [before]);
    place.rename("cur/1.a:2,F", "cur/1.a:2,");
    drop(place.open());
    assert_eq!(place.names(), ["cur/1.a:2,"], "it is not done a second time");
    acted(act(&mut place.open(), Deed::Mark, &["1.a"]));
}

#[test]
fn what_another_instance_is_doing_is_left_to_it() {
    let place = Place::new();
    place.mail("new/1.a", "one");
    let running = place.open();
    begun(&place, Deed::Mark, Flags::FLAGGED);
    drop(place.open());
    assert_eq!(place.names(), ["new/1.a"]);
    drop(running);
    drop(place.open());
    assert_eq!(place.names(), ["cur/1.a:2,F"]);
}

#[test]
fn a_forward_that_was_begun_and_has_no_mail_failed_and_one_with_a_mail_waits() {
    let place = Place::new();
    place.mail("cur/1.a:2,", "one");
    let mut world = place.open();
    let (report, _) = queued(world.perform(forward("1.a")));
    drop(world);
    // As if it had been killed between the file and the status.
    let db = rusqlite::Connection::open(place.root.join("state/state.db")).unwrap();
    db.execute_batch("DELETE FROM outbox; DELETE FROM targets; DELETE FROM acts").unwrap();
    drop(db);
    begun(&place, report.act.deed.clone(), Flags::NONE);
    let deed =
        Deed::Forward { how: "attach".into(), to: vec!["x@example.org".into()], message_id: "none@example.org".into() };
    begun(&place, deed, Flags::NONE);
    let world = place.open();
    let waiting = world.queued().unwrap();
    assert_eq!(waiting.iter().map(|mail| mail.state.as_str()).collect::<Vec<_>>(), ["queued"]);
    let acts = world.acts().unwrap();
    assert_eq!((&acts[0].deed, acts[0].targets[0].failed.as_ref()), (&report.act.deed, None));
    assert!(acts[1].targets[0].failed.as_deref().unwrap().contains("not queued"));
}

// Read-only -----------------------------------------------------------------------------------------------------------

#[test]
fn read_only_changes_no_byte_and_no_time_and_sees_the_journal() {
    let mut place = Place::new();
    place.sendmail("");
    place.config.sendmail = None;
    place.mail("new/1.a", "one");
    place.mail("cur/2.b:2,", "two");
    // A second connection keeps the write-ahead log alive, as a running instance does.
    let mut running = place.open();
    acted(act(&mut running, Deed::Mark, &["2.b"]));
    queued(running.perform(forward("2.b")));
    assert!(place.root.join("state/state.db-wal").metadata().unwrap().len() > 0);
    let before = snapshot(&place.root);
    let mut world = place.open_as(true);
    assert_eq!(world.acts().unwrap().len(), 2);
    assert_eq!(world.queued().unwrap().len(), 1);
    assert!(matches!(world.perform(Effect::Read(key("1.a"))), Outcome::Read(..)));
    assert!(matches!(act(&mut world, Deed::Open, &["1.a"]), Outcome::Nothing));
    let to = vec!["hwine@example.net".to_owned()];
    let request = ForwardRequest { key: key("1.a"), how: ForwardAs::Inline, to, note: String::new() };
    assert!(matches!(world.perform(Effect::PreviewForward(request)), Outcome::Preview { .. }));
    let id = world.queued().unwrap()[0].id.clone();
    for effect in [
        Effect::Act(Request { deed: Deed::Mark, about: vec![(key("1.a"), None)] }),
        Effect::Undo(None),
        Effect::Redo,
        forward("1.a"),
        Effect::Reply { key: key("1.a"), draft: "To: a@example.org\nSubject: x\n\ny\n".into() },
        Effect::Send,
        Effect::DropQueued(id),
        Effect::SavePart { key: key("1.a"), part: 1, dir: place.root.join("saved") },
        Effect::KeepContact { nick: "x".into(), address: "x@example.org".into() },
    ] {
        let why = failed(world.perform(effect));
        assert!(why.contains("read-only"), "{why}");
    }
    drop(world);
    assert_eq!(snapshot(&place.root), before);
    drop(running);

    // A log that a killed instance left, without its index.
    let copy = place.root.join("state.copy");
    fs::create_dir(&copy).unwrap();
    for name in ["state.db", "state.db-wal"] {
        if let Some((.., content)) = before.get(&place.root.join("state").join(name)).map(|entry| ((), &entry.2)) {
            fs::write(copy.join(name), content).unwrap();
        }
    }
    let before = snapshot(&copy);
    assert_eq!(State::open_read_only(&copy).unwrap().acts().unwrap().len(), 2, "what stands only in the log counts");
    assert_eq!(snapshot(&copy), before);
    assert!(State::open_read_only(&place.root.join("nowhere")).unwrap().acts().unwrap().is_empty());
    assert!(!place.root.join("nowhere").exists());
}

// Journal -------------------------------------------------------------------------------------------------------------

#[test]
fn every_deed_comes_back_from_the_journal_as_it_was() {
    let place = Place::new();
    let dir = place.root.join("state");
    let mut state = State::open(&dir).unwrap();
    let text = || "ä\n\"quoted\" \u{1b}".to_owned();
    let to = || vec!["a@example.org".to_owned(), "b@example.org".to_owned()];
    let deeds = [
        Deed::Open,
        Deed::See,
        Deed::Unsee,
        Deed::Mark,
        Deed::Unmark,
        Deed::Ignore { reason: text(), scope: Scope::Message, until: None },
        Deed::Unignore { scope: Scope::Message },
        Deed::Done,
        Deed::Undone,
        Deed::Trash,
        Deed::Untrash,
        Deed::Move { shelf: Shelf::Folder, to: text() },
        Deed::Move { shelf: Shelf::Archive, to: "/mail/.Archive".into() },
        Deed::Move { shelf: Shelf::Trash, to: "/mail/.Trash".into() },
        Deed::Note { text: text() },
        Deed::Forward { how: "inline".into(), to: to(), message_id: "1@x".into() },
        Deed::Reply { to: to(), message_id: "2@x".into() },
        Deed::Undo(ActId(3)),
        Deed::Redo(ActId(3)),
    ];
    let mut told = Vec::new();
    for deed in deeds {
        let target = Target {
            folder: "/mail/\u{fffd}".into(),
            base: (*b"1.\xff\x1b").into(),
            digest: Digest([7; 16]),
            call: None,
            added: Flags::FLAGGED.with(Flags::SEEN),
            removed: Flags::TRASHED,
            failed: None,
        };
        let mut act = Act { id: ActId(0), at: Time(5), by: "ann".into(), deed, targets: vec![target] };
        state.begin(&mut act).unwrap();
        state.finish(&act).unwrap();
        told.push(act);
    }
    drop(state);
    assert_eq!(State::open(&dir).unwrap().acts().unwrap(), told);
}

#[test]
fn mr22_a_state_folder_of_others_is_refused_with_what_to_type() {
    let place = Place::new();
    let dir = place.root.join("state");
    drop(State::open(&dir).unwrap());
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    for name in ["state.db", "state.lock"] {
        assert_eq!(fs::metadata(dir.join(name)).unwrap().mode() & 0o777, 0o600);
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o770)).unwrap();
    let error = State::open(&dir).unwrap_err();
    assert!(error.message.contains("others may write") && error.hint.unwrap().contains("chmod 700"));
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).unwrap();

    fs::rename(dir.join("state.db"), place.root.join("elsewhere.db")).unwrap();
    symlink(place.root.join("elsewhere.db"), dir.join("state.db")).unwrap();
    assert!(State::open(&dir).unwrap_err().message.contains("no regular file"));
}

#[test]
fn c11_a_newer_journal_is_refused_and_a_damaged_one_is_kept_aside() {
    let place = Place::new();
    let dir = place.root.join("state");
    drop(State::open(&dir).unwrap());
    let db = rusqlite::Connection::open(dir.join("state.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert!(State::open(&dir).unwrap_err().message.contains("newer dutybox"));
    assert!(State::open_read_only(&dir).unwrap_err().message.contains("newer dutybox"));
    let rubbish = vec![b'x'; 10_000];
    fs::write(dir.join("state.db"), &rubbish).unwrap();
    let state = State::open(&dir).unwrap();
    assert!(state.troubles()[0].contains("kept as") && state.acts().unwrap().is_empty(), "{:?}", state.troubles());
    let mut files = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let kept = files.find(|path| path.to_string_lossy().contains("state.db.damaged-")).unwrap();
    assert_eq!(fs::read(kept).unwrap(), rubbish);
}

#[test]
fn ten_thousand_targets_are_one_entry() {
    let place = Place::new();
    let mut state = State::open(&place.root.join("state")).unwrap();
    let target = |i: usize| Target {
        folder: "/mail".into(),
        base: i.to_string().into_bytes().into(),
        digest: Digest::default(),
        call: None,
        added: Flags::SEEN,
        removed: Flags::NONE,
        failed: None,
    };
    let mut act = Act {
        id: ActId(0),
        at: Time(1),
        by: "ann".into(),
        deed: Deed::See,
        targets: (0..10_000).map(target).collect(),
    };
    state.begin(&mut act).unwrap();
    assert_eq!(state.unfinished().unwrap(), [act.id]);
    state.finish(&act).unwrap();
    assert!(state.unfinished().unwrap().is_empty());
    assert_eq!(state.acts().unwrap(), [act]);
}

// Sending -------------------------------------------------------------------------------------------------------------

#[test]
fn c16_a_forward_is_passed_on_only_after_it_was_sent() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,S", "one");
    place.folder("sent");
    place.config.sent_folder = Some(place.root.join("sent"));
    let (_, state) = queued(place.open().perform(forward("1.a")));
    assert!(state.contains("no sender configured"), "{state}");
    assert_eq!(place.names(), ["cur/1.a:2,S"]);

    place.sendmail("exit 1");
    let mut world = place.open();
    assert!(matches!(world.perform(Effect::Send), Outcome::Outbox { waiting: 1, .. }));
    assert_eq!(world.queued().unwrap()[0].state, "failed");
    assert_eq!((place.names(), place.files("sent/cur")), (vec!["cur/1.a:2,S".to_owned()], 0));

    place.sendmail("");
    let mut world = place.open();
    assert!(matches!(world.perform(Effect::Send), Outcome::Outbox { waiting: 0, .. }));
    assert_eq!((place.names(), place.files("sent/cur")), (vec!["cur/1.a:2,PS".to_owned()], 1));
    assert_eq!(place.files("state/outbox/new") + place.files("state/outbox/cur"), 0);
    assert_eq!(world.acts().unwrap()[0].targets[0].added, Flags::PASSED);
    let why = failed(world.perform(Effect::Undo(None)));
    assert!(why.contains("cannot undo a sent mail"), "{why}");
}

#[test]
fn c51_the_arguments_are_exactly_the_configured_ones_and_the_checked_addresses() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    place.sendmail("");
    let (report, state) = queued(place.open().perform(forward("1.a")));
    assert_eq!((state.as_str(), report.failed.len()), ("sent", 0));
    assert_eq!(report.renamed.len(), 1);
    let args = fs::read_to_string(place.root.join("args")).unwrap();
    assert_eq!(args, "-X\na b\"c\n-i\n-f\nduty@example.org\n--\nhwine@example.net\n");
    let mail = fs::read_to_string(place.root.join("mails")).unwrap();
    assert!(mail.contains("Subject: one") && !mail.contains("X-Dutybox"), "{mail}");

    let sendmail = Sendmail { command: place.config.sendmail.clone().unwrap(), timeout: Duration::from_secs(20) };
    for bad in ["-oQ/tmp@example.org", "a@example.org\nb@example.org", "", "\"a b\"@example.org", "a\0@example.org"] {
        let attempt = sendmail.send("duty@example.org", &[bad.to_owned()], b"x");
        assert!(matches!(attempt, Attempt::Failed(_)), "{bad:?}: {attempt:?}");
        assert!(matches!(sendmail.send(bad, &["a@example.org".into()], b"x"), Attempt::Failed(_)));
    }
    // What no server passes on as it is, in the words that SMTP has for it.
    for bad in [&b"a\0b\n"[..], b"a\rb\n", b"\rMAIL FROM:<x@example.org>\n", &[b'x'; 999]] {
        let attempt = sendmail.send("duty@example.org", &["a@example.org".into()], bad);
        let Attempt::Failed(why) = attempt else { panic!("{bad:?}: {attempt:?}") };
        assert!(why.contains("a NUL, a bare CR or a line of more than 998 bytes"), "{why}");
    }
    assert_eq!(fs::read_to_string(place.root.join("args")).unwrap(), args, "it was not even started");
}

fn attempt(script: &str, mail: &[u8], timeout: Duration) -> Attempt {
    // `sh -c script name -i -f …`: the fixed arguments make any behaviour.
    let command = vec!["sh".into(), "-c".into(), script.into(), "sendmail".into()];
    Sendmail { command, timeout }.send("duty@example.org", &["a@example.org".into()], mail)
}

#[test]
fn c52_every_end_of_the_command_is_told_apart() {
    let long = Duration::from_secs(60);
    let big = b"x\n".repeat(2 << 20);
    assert_eq!(attempt("cat >/dev/null", &big, long), Attempt::Sent);
    let Attempt::Failed(why) = attempt("cat >/dev/null; echo no such user >&2; exit 1", b"x", long) else { panic!() };
    assert_eq!(why, "exit 1: no such user");
    let Attempt::Later(why) = attempt("cat >/dev/null; exit 75", b"x", long) else { panic!() };
    assert!(why.contains("75"));
    let Attempt::Broken(why) = attempt("exit 127", b"x", long) else { panic!() };
    assert!(why.contains("sending.sendmail"), "{why}");
    assert!(matches!(attempt("cat >/dev/null; kill -9 $$", b"x", long), Attempt::Unknown(_)));
    assert!(matches!(attempt("kill -9 $$", &big, long), Attempt::Later(_)));
    // Standard input closed early: an error of ours, not our death.
    assert!(matches!(attempt("exec <&-; exit 0", &big, long), Attempt::Unknown(_)));
    assert!(matches!(attempt("exec <&-; exit 1", &big, long), Attempt::Failed(_)));
    for command in
        [vec!["/nonexistent/sendmail".to_owned()], vec!["/etc/hostname".to_owned()], vec![], vec![String::new()]]
    {
        let attempt = Sendmail { command, timeout: long }.send("d@example.org", &["a@example.org".into()], b"x");
        let Attempt::Broken(why) = attempt else { panic!("{attempt:?}") };
        assert!(why.contains("sending.sendmail"), "{why}");
    }
}

#[test]
fn c52_a_command_that_hangs_is_stopped_with_its_children_and_reaped() {
    let place = Place::new();
    let pid = place.root.join("pid");
    let script = format!("cat >/dev/null; trap '' TERM; sh -c 'echo $$ > {}; exec sleep 600'", pid.display());
    let begun = Instant::now();
    assert!(matches!(attempt(&script, b"x", Duration::from_secs(1)), Attempt::Unknown(_)));
    assert!(begun.elapsed() < Duration::from_secs(60));
    let child = fs::read_to_string(&pid).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        // Gone, or a zombie that only its new parent can reap.
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            break;
        }
        assert!(Instant::now() < end, "the child outlived it: {stat}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn c52_a_flood_is_drained_capped_and_cleaned() {
    let script = "cat >/dev/null; head -c 20000000 /dev/zero | tr '\\0' '\\033' >&2; exit 1";
    let Attempt::Failed(why) = attempt(script, b"x", Duration::from_secs(60)) else { panic!() };
    assert!(why.len() <= SAID_CAP && !why.contains('\u{1b}'), "{} bytes", why.len());
}

#[test]
fn c52_a_daemon_that_keeps_standard_output_open_is_not_waited_for() {
    let begun = Instant::now();
    assert_eq!(attempt("cat >/dev/null; sleep 120 & exit 0", b"x", Duration::from_secs(100)), Attempt::Sent);
    assert!(begun.elapsed() < Duration::from_secs(60), "it waited for the daemon");
}

#[test]
fn a_mail_that_waits_can_be_taken_back_and_dropped_and_one_that_may_be_sent_cannot() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    let mut world = place.open();
    acted(act(&mut world, Deed::Mark, &["1.a"]));
    queued(world.perform(forward("1.a")));
    let report = acted(world.perform(Effect::Undo(None)));
    assert_eq!(report.act.deed, Deed::Undo(ActId(2)));
    assert!(world.queued().unwrap().is_empty());

    queued(world.perform(forward("1.a")));
    let id = world.queued().unwrap()[0].id.clone();
    assert!(failed(world.perform(Effect::DropQueued("nothing".into()))).contains("dutybox outbox"));
    assert!(matches!(world.perform(Effect::DropQueued(id)), Outcome::Outbox { waiting: 0, .. }));
    drop(world);

    place.sendmail("kill -9 $$");
    let mut world = place.open();
    let (_, state) = queued(world.perform(forward("1.a")));
    assert!(state.starts_with("unknown"), "{state}");
    world.perform(Effect::Send);
    assert_eq!(world.queued().unwrap()[0].state, "unknown", "it is not tried again by itself");
    assert_eq!(fs::read_to_string(place.root.join("args")).unwrap().matches("-i\n").count(), 1);
    assert!(failed(world.perform(Effect::Undo(None))).contains("may have been sent"));
    // Undo again goes on with what came before.
    acted(world.perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,"]);
}

#[test]
fn a_run_that_was_killed_while_sending_leaves_unknown() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    let mut world = place.open();
    queued(world.perform(forward("1.a")));
    let base = world.queued().unwrap()[0].base.clone();
    drop(world);
    let mut state = State::open(&place.root.join("state")).unwrap();
    assert!(state.claim_outbox(&base, false).unwrap());
    assert!(!state.claim_outbox(&base, false).unwrap(), "only one may send it");
    drop(state);
    place.sendmail("");
    let mut world = place.open();
    assert_eq!(world.queued().unwrap()[0].state, "unknown");
    world.perform(Effect::Send);
    assert!(!place.root.join("args").exists());

    // Killed after it was sent: cleared away, flagged, and not sent again.
    drop(world);
    let mut state = State::open(&place.root.join("state")).unwrap();
    state.set_outbox(&Status { base, act: ActId(1), state: "sent".into(), tries: 1, error: None }).unwrap();
    drop(state);
    let world = place.open();
    assert!(world.queued().unwrap().is_empty());
    assert_eq!(place.names(), ["cur/1.a:2,PS"]);
    assert!(!place.root.join("args").exists());
}

#[test]
fn c55_a_queued_mail_that_was_edited_or_is_unknown_is_listed_and_never_sent() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    place.sendmail("");
    let sender = place.config.sendmail.take();
    let mut world = place.open();
    queued(world.perform(forward("1.a")));
    let file = fs::read_dir(place.root.join("state/outbox/new")).unwrap().next().unwrap().unwrap().path();
    let good = fs::read(&file).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    fs::write(&file, text.replace("hwine@example.net", "elsewhere@example.net")).unwrap();
    fs::write(place.root.join("state/outbox/new/1.stray"), &good).unwrap();
    drop(world);
    place.config.sendmail = sender;
    let mut world = place.open();
    let states: BTreeMap<bool, String> =
        world.queued().unwrap().into_iter().map(|mail| (mail.base == b"1.stray", mail.state)).collect();
    assert_eq!(states, BTreeMap::from([(false, "failed".into()), (true, "unknown".into())]));
    world.perform(Effect::Send);
    assert!(!place.root.join("args").exists());
}

// Small files ---------------------------------------------------------------------------------------------------------

#[test]
fn c44_attachments_are_saved_inside_private_and_never_over_or_through_anything() {
    let place = Place::new();
    let dir = place.root.join("saved");
    fs::create_dir(&dir).unwrap();
    let outside = place.root.join("outside");
    for name in ["passwd", "../../etc/cron.d/x", "..", "", ".bashrc", "a/b", "a.tar.gz", "ünï", "x\0y"] {
        let plain = files::save(&dir, name, b"one").unwrap();
        assert_eq!(plain.parent().unwrap(), dir, "{name:?}");
        fs::remove_file(&plain).unwrap();
        symlink(&outside, &plain).unwrap();
        let first = files::save(&dir, name, b"two").unwrap();
        let second = files::save(&dir, name, b"three").unwrap();
        assert!(!outside.exists(), "{name:?} went through the link");
        assert_ne!(first, plain);
        assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (b"two".to_vec(), b"three".to_vec()));
        assert_eq!(fs::metadata(&first).unwrap().mode() & 0o777, 0o600);
        for path in [plain, first, second] {
            fs::remove_file(path).unwrap();
        }
    }
    files::save(&dir, "a.txt", b"").unwrap();
    assert_eq!(files::save(&dir, "a.txt", b"").unwrap().file_name().unwrap(), "a-1.txt");
}

#[test]
fn a_part_of_a_message_is_saved_under_its_safe_name() {
    let place = Place::new();
    let text = "From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"../../evil.csv\"\n\n1,2\n--b--\n";
    fs::write(place.root.join("mail/cur/1.a:2,"), text).unwrap();
    let mut world = place.open();
    let Outcome::Read(_, message) = world.perform(Effect::Read(key("1.a"))) else { panic!() };
    let part = message.parts().iter().find(|part| part.attachment).unwrap().number;
    let dir = place.root.join("saved");
    let Outcome::Saved(path) = world.perform(Effect::SavePart { key: key("1.a"), part, dir: dir.clone() }) else {
        panic!()
    };
    assert_eq!((path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap()), (dir.as_path(), "evil.csv"));
    assert!(fs::read_to_string(path).unwrap().starts_with("1,2"));
    assert!(failed(world.perform(Effect::SavePart { key: key("1.a"), part: 99, dir })).contains("no part 99"));
}

#[test]
fn kept_contacts_are_added_and_what_people_wrote_there_stays() {
    let place = Place::new();
    let mut world = place.open();
    let keep = |world: &mut World, nick: &str, address: &str| {
        world.perform(Effect::KeepContact { nick: nick.into(), address: address.into() })
    };
    assert!(matches!(keep(&mut world, "hwine", "hal@example.net"), Outcome::KeptContact(..)));
    let path = place.root.join("config/contacts.toml");
    let text = fs::read_to_string(&path).unwrap() + "# mine\n";
    fs::write(&path, text).unwrap();
    assert!(matches!(keep(&mut world, "build duty", "duty@example.net"), Outcome::KeptContact(..)));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("# mine"), "{text}");
    let contacts = dutybox::config::parse_contacts("contacts.toml", &text).unwrap();
    assert_eq!(contacts["hwine"], ["hal@example.net"]);
    assert_eq!(contacts["build duty"], ["duty@example.net"]);
    assert!(matches!(keep(&mut world, "bad", "-oQ@example.org"), Outcome::Failed(_)));
    fs::write(&path, "[contacts\n").unwrap();
    assert!(failed(keep(&mut world, "x", "x@example.org")).contains("contacts.toml"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "[contacts\n", "a file that cannot be read is not written over");
}

#[test]
fn runbook_folders_are_read_in_order_and_what_cannot_be_read_is_reported() {
    let place = Place::new();
    let dir = place.root.join("books");
    fs::create_dir_all(dir.join("team")).unwrap();
    fs::write(dir.join("b.md"), "b").unwrap();
    fs::write(dir.join("team/a.md"), "a").unwrap();
    fs::write(dir.join("README.md"), "how to").unwrap();
    fs::write(dir.join("notes.txt"), "no").unwrap();
    fs::write(dir.join("latin.md"), b"caf\xe9").unwrap();
    fs::write(dir.join("huge.md"), vec![b'x'; (1 << 20) + 1]).unwrap();
    fs::write(place.root.join("outside.md"), "secret").unwrap();
    symlink(place.root.join("outside.md"), dir.join("link.md")).unwrap();
    symlink(dir.join("b.md"), dir.join("inside.md")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(dir.join("fifo.md")).status().unwrap().success());
    let (texts, diagnostics) = files::read_runbooks(&dir).unwrap();
    assert_eq!(texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["b", "b", "a"]);
    let reported: Vec<&str> = diagnostics.iter().map(|d| d.file.rsplit('/').next().unwrap()).collect();
    assert_eq!(reported, ["fifo.md", "huge.md", "latin.md", "link.md"], "{diagnostics:?}");
    assert!(files::read_runbooks(&place.root.join("nowhere")).unwrap_err().hint.unwrap().contains("--runbooks"));
}
