//! Moving mail into another folder, archiving it, and taking it back (MR-2, MR-13, MR-15, MR-18, C07, C10, C19).

use dutybox::app::effect::{ActReport, Effect, Outcome, Request};
use dutybox::config::Config;
use dutybox::io::load;
use dutybox::io::state::State;
use dutybox::io::world::{Options, World};
use dutybox::mail::{Flags, Time};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::Inbox;
use dutybox::triage::row::{FolderId, MailKey};
use dutybox::triage::told::{Act, ActId, Deed, Shelf, Target};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

struct Desk {
    _keep: tempfile::TempDir,
    root: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        let desk = Desk { _keep: keep, root };
        desk.folder("mail");
        desk.folder("mail/.Archive");
        desk
    }

    fn folder(&self, name: &str) {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(self.root.join(name).join(part)).unwrap();
        }
    }

    fn mail(&self, name: &str) {
        let text =
            format!("From: cron@example.org\nSubject: {name}\nMessage-ID: <{name}@example.org>\n\nbody of {name}\n");
        let path = self.root.join("mail").join(name);
        fs::write(&path, text).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::new(1_385_042_823, 123_456_789);
        fs::File::open(path).unwrap().set_modified(then).unwrap();
    }

    fn open(&self) -> World {
        let options = Options {
            state_dir: self.root.join("state"),
            config_dir: self.root.join("config"),
            now: Some(Time(1_385_044_860)),
            ..Options::default()
        };
        let config = Config { me: Some("ann".into()), ..Config::default() };
        let folders = load::folders(&[self.root.join("mail")], false).unwrap();
        World::open(config, options, folders).unwrap()
    }

    /// Paths below the root of all that lies in `new` and `cur` of this folder.
    fn names(&self, folder: &str) -> Vec<String> {
        let mut names = Vec::new();
        for part in ["new", "cur"] {
            for entry in fs::read_dir(self.root.join(folder).join(part)).unwrap() {
                names.push(format!("{part}/{}", entry.unwrap().file_name().to_string_lossy()));
            }
        }
        names.sort();
        names
    }

    fn rests(&self, folder: &str) -> usize {
        fs::read_dir(self.root.join(folder).join("tmp")).unwrap().count()
    }

    /// What the list says of the mails now.
    fn inbox(&self) -> Inbox {
        let mut inbox = Inbox::new(Arc::new(Runbooks::default()));
        for change in load::all(&[self.root.join("mail")], false, &Runbooks::default(), &HostRules::default()).unwrap()
        {
            inbox.apply(change);
        }
        for act in State::open_read_only(&self.root.join("state")).unwrap().acts().unwrap() {
            inbox.tell(act);
        }
        inbox.settle(Time(1_385_044_900));
        inbox
    }
}

fn keys(bases: &[&str]) -> Vec<(MailKey, Option<dutybox::runbook::Call>)> {
    bases.iter().map(|base| (MailKey { folder: FolderId(0), base: base.as_bytes().into() }, None)).collect()
}

fn put(world: &mut World, shelf: Shelf, to: &str, bases: &[&str]) -> Outcome {
    world.perform(Effect::Act(Request { deed: Deed::Move { shelf, to: to.into() }, about: keys(bases) }))
}

fn acted(outcome: Outcome) -> ActReport {
    match outcome {
        Outcome::Acted(report) => {
            assert!(report.failed.is_empty(), "{report:?}");
            report
        }
        other => panic!("{other:?}"),
    }
}

fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(words) => words,
        other => panic!("{other:?}"),
    }
}

#[test]
fn mr2_a_moved_mail_gets_a_new_base_name_and_keeps_all_else() {
    let desk = Desk::new();
    desk.mail("cur/1385042823.M1P2.h,U=7,FMD5=0a1b,S=42:2,FSa,own");
    desk.mail("new/1385042824.M2P2.h");
    let before = fs::metadata(desk.root.join("mail/cur/1385042823.M1P2.h,U=7,FMD5=0a1b,S=42:2,FSa,own")).unwrap();
    let mut world = desk.open();
    let both = ["1385042823.M1P2.h,U=7,FMD5=0a1b,S=42", "1385042824.M2P2.h"];
    let report = acted(put(&mut world, Shelf::Folder, "archive", &both));
    assert_eq!((report.act.targets.len(), report.gone.len(), report.lost()), (2, 2, 0));
    assert!(desk.names("mail").is_empty());
    let names = desk.names("mail/.Archive");
    assert!(names[0].starts_with("cur/1385044860.M") && names[0].ends_with(".moved:2,FSa,own"), "{names:?}");
    assert!(
        names[1].starts_with("new/1385044860.M") && names[1].ends_with(".moved"),
        "what was new stays new: {names:?}"
    );
    assert!(!names.concat().contains("U=") && !names.concat().contains("FMD5"), "{names:?}");
    let after = fs::metadata(desk.root.join("mail/.Archive").join(&names[0])).unwrap();
    let facts = |meta: &fs::Metadata| (meta.mtime(), meta.mtime_nsec(), meta.ino(), meta.nlink(), meta.mode());
    assert_eq!(facts(&after), facts(&before));
}

#[test]
fn undo_moves_back_and_redo_moves_again_also_after_a_restart() {
    let desk = Desk::new();
    desk.mail("cur/1.a,U=7:2,F");
    let act = acted(put(&mut desk.open(), Shelf::Archive, "Archive", &["1.a,U=7"])).act.id;
    assert_eq!(desk.names("mail/.Archive").len(), 1);
    // Another program changes flags of what was moved: undo keeps them.
    let there = desk.root.join("mail/.Archive").join(&desk.names("mail/.Archive")[0]);
    fs::rename(&there, format!("{}S", there.display())).unwrap();

    acted(desk.open().perform(Effect::Undo(None)));
    let names = desk.names("mail");
    assert!(names.len() == 1 && names[0].ends_with(":2,FS") && !names[0].contains("U="), "{names:?}");
    assert!(desk.names("mail/.Archive").is_empty());
    acted(desk.open().perform(Effect::Redo));
    assert!(desk.names("mail").is_empty());
    acted(desk.open().perform(Effect::Undo(Some(act))));
    assert_eq!(desk.names("mail").len(), 1);
    assert!(desk.names("mail/.Archive").is_empty());
    assert!(failed(desk.open().perform(Effect::Undo(None))).contains("nothing to undo"));
}

#[test]
fn what_is_archived_is_dealt_with_and_after_undo_it_is_not() {
    let desk = Desk::new();
    desk.mail("cur/1.a:2,");
    desk.mail("cur/2.b:2,");
    acted(put(&mut desk.open(), Shelf::Archive, "Archive", &["1.a"]));
    acted(put(&mut desk.open(), Shelf::Trash, "Archive", &["2.b"]));
    let inbox = desk.inbox();
    let handled = |inbox: &Inbox| -> Vec<(bool, bool)> {
        let mut all: Vec<_> = inbox.present().map(|row| inbox.standing(&row.key).unwrap()).collect();
        all.sort_by_key(|standing| standing.done);
        all.iter().map(|standing| (standing.done, standing.trashed)).collect()
    };
    assert_eq!(handled(&inbox), [(false, true), (true, false)]);
    let mut world = desk.open();
    acted(world.perform(Effect::Undo(None)));
    acted(world.perform(Effect::Undo(None)));
    assert_eq!(handled(&desk.inbox()), [(false, false), (false, false)]);
}

/// What the list says of the mail, and where it lies: in the inbox, in the archive.
fn lies(desk: &Desk) -> (usize, usize, bool) {
    let inbox = desk.inbox();
    let trashed = inbox.present().all(|row| inbox.standing(&row.key).unwrap().trashed);
    (desk.names("mail").len(), desk.names("mail/.Archive").len(), trashed)
}

/// The key of the mail, wherever it lies.
fn there(desk: &Desk) -> Vec<(MailKey, Option<dutybox::runbook::Call>)> {
    desk.inbox().present().map(|row| (row.key.clone(), None)).collect()
}

#[test]
fn what_was_moved_into_the_trash_is_brought_back_to_where_it_lay() {
    let desk = Desk::new();
    desk.mail("cur/1.a,U=7:2,F");
    let throw = |desk: &Desk| {
        let deed = Deed::Move { shelf: Shelf::Trash, to: "Archive".into() };
        acted(desk.open().perform(Effect::Act(Request { deed, about: there(desk) })))
    };
    let back = |desk: &Desk| {
        let keys: Vec<MailKey> = there(desk).into_iter().map(|(key, _)| key).collect();
        let deed = dutybox::triage::permit::untrash(&desk.inbox(), &keys).unwrap();
        assert!(matches!(deed, Deed::Move { shelf: Shelf::Back, .. }), "{deed:?}");
        acted(desk.open().perform(Effect::Act(Request { deed, about: there(desk) })))
    };
    // More than once, each step after a restart, and each taken back and done again.
    for _ in 0..2 {
        assert_eq!(lies(&desk), (1, 0, false));
        throw(&desk);
        assert_eq!(lies(&desk), (0, 1, true));
        back(&desk);
        assert_eq!(lies(&desk), (1, 0, false));
        acted(desk.open().perform(Effect::Undo(None)));
        assert_eq!(lies(&desk), (0, 1, true));
        acted(desk.open().perform(Effect::Redo));
        assert_eq!(lies(&desk), (1, 0, false));
    }
    assert!(desk.names("mail")[0].ends_with(":2,F"), "{:?}", desk.names("mail"));

    // What another program put there is not ours to bring back.
    let name = desk.names("mail")[0].clone();
    fs::remove_file(desk.root.join("mail").join(name)).unwrap();
    desk.mail("cur/2.b:2,");
    fs::rename(desk.root.join("mail/cur/2.b:2,"), desk.root.join("mail/.Archive/cur/2.b:2,")).unwrap();
    let deed = Deed::Move { shelf: Shelf::Back, to: String::new() };
    let words = failed(desk.open().perform(Effect::Act(Request { deed, about: there(&desk) })));
    assert!(words.contains("dutybox move"), "{words}");
}

#[test]
fn a_mail_that_another_program_brought_back_keeps_its_name_when_the_move_is_undone() {
    let desk = Desk::new();
    desk.mail("cur/1.a:2,");
    acted(put(&mut desk.open(), Shelf::Folder, "Archive", &["1.a"]));
    let name = desk.names("mail/.Archive")[0].clone();
    fs::rename(desk.root.join("mail/.Archive").join(&name), desk.root.join("mail/cur/9.z:2,S")).unwrap();
    let report = acted(desk.open().perform(Effect::Undo(None)));
    assert_eq!((desk.names("mail"), report.gone.len()), (vec!["cur/9.z:2,S".to_owned()], 0));
    acted(desk.open().perform(Effect::Redo));
    assert_eq!((desk.names("mail").len(), desk.names("mail/.Archive").len()), (0, 1));
}

#[test]
fn of_several_the_one_that_lies_there_already_is_not_gone() {
    let desk = Desk::new();
    desk.mail("cur/1.a:2,");
    desk.mail("cur/2.b:2,");
    fs::rename(desk.root.join("mail/cur/2.b:2,"), desk.root.join("mail/.Archive/cur/2.b:2,")).unwrap();
    let about = there(&desk);
    let deed = Deed::Move { shelf: Shelf::Folder, to: "Archive".into() };
    let Outcome::Acted(report) = desk.open().perform(Effect::Act(Request { deed, about })) else { panic!() };
    assert!(report.failed[0].contains("already"), "{report:?}");
    let gone: Vec<&[u8]> = report.gone.iter().map(|key| &key.base[..]).collect();
    assert_eq!(gone, [&b"1.a"[..]], "the list loses the one that was moved, and no other");
}

#[test]
fn c07_c10_nothing_is_overwritten_and_a_mail_that_went_on_is_found_by_what_it_is() {
    let desk = Desk::new();
    desk.folder("mail/.Other");
    desk.mail("cur/1.a:2,");
    desk.mail("cur/2.b:2,");
    acted(put(&mut desk.open(), Shelf::Folder, "Archive", &["1.a"]));
    let name = desk.names("mail/.Archive")[0].clone();
    fs::rename(desk.root.join("mail/.Archive").join(&name), desk.root.join("mail/.Other/cur/9.z:2,")).unwrap();
    // Another mail has the name under which ours was: it is left alone.
    fs::write(desk.root.join("mail/.Archive").join(&name), "Subject: another\n\nbody\n").unwrap();
    acted(desk.open().perform(Effect::Undo(None)));
    assert_eq!(desk.names("mail/.Archive"), [name]);
    assert!(desk.names("mail/.Other").is_empty());
    assert_eq!(desk.names("mail").len(), 2);

    acted(put(&mut desk.open(), Shelf::Folder, "Other", &["2.b"]));
    let other = desk.names("mail/.Other")[0].clone();
    fs::remove_file(desk.root.join("mail/.Other").join(other)).unwrap();
    let report = match desk.open().perform(Effect::Undo(None)) {
        Outcome::Acted(report) => report,
        other => panic!("{other:?}"),
    };
    assert!(report.failed[0].contains("moved or deleted by another program"), "{report:?}");
}

#[test]
fn a_move_that_cannot_be_is_refused_with_what_to_type() {
    let desk = Desk::new();
    desk.folder("second");
    desk.mail("cur/1.a:2,");
    let mut world = desk.open();
    let words = failed(put(&mut world, Shelf::Folder, "Nowhere", &["1.a"]));
    assert!(words.contains("has no folder Nowhere") && words.contains("mkdir -p"), "{words}");
    let words = failed(put(&mut world, Shelf::Folder, "Inbox", &["1.a"]));
    assert!(words.contains("already"), "{words}");
    assert!(failed(put(&mut world, Shelf::Folder, " ", &["1.a"])).contains("no folder is named"));
    let report = match put(&mut world, Shelf::Folder, "/nowhere/at/all", &["1.a"]) {
        Outcome::Acted(report) => report,
        other => panic!("{other:?}"),
    };
    assert!(report.failed[0].contains("/nowhere/at/all"), "{report:?}");
    assert_eq!(desk.names("mail"), ["cur/1.a:2,"]);
    // A folder of another Maildir by its path, open here or not.
    acted(put(&mut world, Shelf::Folder, &desk.root.join("second").display().to_string(), &["1.a"]));
    assert_eq!(desk.names("second").len(), 1);
    acted(world.perform(Effect::Undo(None)));
    assert_eq!(desk.names("mail").len(), 1);
}

#[test]
fn c08_across_file_systems_a_whole_copy_is_there_before_the_mail_goes() {
    let far = PathBuf::from("/dev/shm");
    let desk = Desk::new();
    let device = |path: &PathBuf| fs::metadata(path).map(|meta| meta.dev()).ok();
    if device(&far).is_none() || device(&far) == device(&desk.root) {
        return crate::mails::skipped("moving to another file system", "there is no other one here");
    }
    let Ok(keep) = tempfile::tempdir_in(&far) else {
        return crate::mails::skipped("moving to another file system", "the other one cannot be written");
    };
    let trash = keep.path().join("trash");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(trash.join(part)).unwrap();
    }
    desk.mail("cur/1.a:2,F");
    let here = desk.root.join("mail/cur/1.a:2,F");
    let (bytes, before) = (fs::read(&here).unwrap(), fs::metadata(&here).unwrap());
    acted(put(&mut desk.open(), Shelf::Trash, &trash.display().to_string(), &["1.a"]));
    assert!(desk.names("mail").is_empty());
    let copy = fs::read_dir(trash.join("cur")).unwrap().next().unwrap().unwrap().path();
    let after = fs::metadata(&copy).unwrap();
    assert_eq!(fs::read(&copy).unwrap(), bytes);
    assert_eq!((after.mtime(), after.mtime_nsec(), after.mode() & 0o777), (before.mtime(), before.mtime_nsec(), 0o600));
    assert_eq!(fs::read_dir(trash.join("tmp")).unwrap().count(), 0);
    acted(desk.open().perform(Effect::Undo(None)));
    assert_eq!(desk.names("mail").len(), 1);
    assert_eq!(desk.rests("mail"), 0);
    assert_eq!(fs::read_dir(trash.join("cur")).unwrap().count(), 0);
}

#[test]
fn what_was_begun_is_completed_at_the_next_start() {
    let desk = Desk::new();
    desk.mail("cur/1.a:2,F");
    desk.mail("cur/2.b:2,");
    let mut world = desk.open();
    let report = acted(put(&mut world, Shelf::Folder, "Archive", &["1.a", "2.b"]));
    drop(world);
    let mut names = desk.names("mail/.Archive");
    acted(desk.open().perform(Effect::Undo(None)));
    // As if it had been killed when it stood in the journal. (Every moment after that: the tests beside the system calls.)
    let mut state = State::open(&desk.root.join("state")).unwrap();
    let mut begun = report.act.clone();
    let back = desk.names("mail");
    let base = |name: &String| name.trim_start_matches("cur/").split(':').next().unwrap().as_bytes().into();
    for (target, name) in begun.targets.iter_mut().zip(&back) {
        target.base = base(name);
        (target.added, target.removed) = (Flags::NONE, Flags::NONE);
    }
    state.begin(&mut begun).unwrap();
    drop(state);
    drop(desk.open());
    assert!(desk.names("mail").is_empty());
    assert_eq!(desk.names("mail/.Archive").len(), 2);
    names.extend(desk.names("mail/.Archive"));
    names.dedup();
    assert_eq!(names.len(), 4, "a new act, new names");
    let acts = desk.open().acts().unwrap();
    assert!(acts.last().unwrap().targets.iter().all(|target| target.failed.is_none()));
}

// ---- The trail of acts ----------------------------------------------------------------------------------------------

/// All messages of one folder, by its place among the folders.
fn all_in(desk: &Desk, folder: &str) -> Vec<(MailKey, Option<dutybox::runbook::Call>)> {
    let inbox = desk.inbox();
    let of = |row: &&dutybox::triage::Row| inbox.folder(row.key.folder).is_some_and(|found| found.name == folder);
    inbox.rows().iter().filter(of).map(|row| (row.key.clone(), None)).collect()
}

fn perform(desk: &Desk, deed: Deed, about: Vec<(MailKey, Option<dutybox::runbook::Call>)>) -> ActReport {
    acted(desk.open().perform(Effect::Act(Request { deed, about })))
}

#[test]
fn r29_what_was_told_stands_through_every_move_and_the_acts_after_it() {
    let desk = Desk::new();
    desk.folder("mail/.Later");
    desk.mail("cur/1.a:2,");
    perform(&desk, Deed::Note { text: "first".into() }, keys(&["1.a"]));
    perform(&desk, Deed::Done, keys(&["1.a"]));
    perform(&desk, Deed::Move { shelf: Shelf::Folder, to: "Archive".into() }, keys(&["1.a"]));
    perform(&desk, Deed::Unsee, all_in(&desk, "Archive"));
    // Opening it where it lies now is an act about it, there.
    perform(&desk, Deed::Open, all_in(&desk, "Archive"));
    perform(&desk, Deed::Move { shelf: Shelf::Folder, to: "Later".into() }, all_in(&desk, "Archive"));
    perform(&desk, Deed::Note { text: "second".into() }, all_in(&desk, "Later"));
    let told = |desk: &Desk| {
        let inbox = desk.inbox();
        let state = inbox.state(&inbox.rows()[0]);
        (state.done.is_some(), state.notes.len())
    };
    assert_eq!(told(&desk), (true, 2));
    // Undone one after the other, each is taken back from where the others left it.
    for expected in [(true, 1), (true, 1), (true, 1), (true, 1), (false, 1), (false, 0)] {
        acted(desk.open().perform(Effect::Undo(None)));
        assert_eq!(told(&desk), expected);
    }
    assert_eq!(desk.names("mail").len(), 1);
}

#[test]
fn of_two_equal_mails_each_goes_back_to_where_it_lay() {
    let desk = Desk::new();
    desk.folder("mail/.Later");
    let equal = |name: &str| {
        fs::write(desk.root.join("mail").join(name), "From: cron@example.org\nSubject: twice\n\nthe same\n").unwrap();
    };
    equal("cur/1.a:2,S");
    equal("cur/2.b:2,");
    equal(".Later/cur/3.c:2,F");
    let flags = |desk: &Desk, folder: &str| -> Vec<String> {
        let mut flags: Vec<String> =
            desk.names(folder).iter().map(|name| name.rsplit(',').next().unwrap().to_owned()).collect();
        flags.sort();
        flags
    };
    let throw = || Deed::Move { shelf: Shelf::Trash, to: "Archive".into() };
    // Two of them by one act, the third from another folder by another one.
    perform(&desk, throw(), all_in(&desk, ""));
    perform(&desk, throw(), all_in(&desk, "Later"));
    assert_eq!(flags(&desk, "mail/.Archive"), ["", "F", "S"]);
    // The one that was thrown away first comes back first.
    let inbox = desk.inbox();
    let seen = inbox.rows().iter().find(|row| row.flags().has(Flags::SEEN)).unwrap().key.clone();
    perform(&desk, Deed::Move { shelf: Shelf::Back, to: String::new() }, vec![(seen, None)]);
    assert_eq!(
        (flags(&desk, "mail"), flags(&desk, "mail/.Archive")),
        (vec!["S".into()], vec![String::new(), "F".into()])
    );
    let thrown = |desk: &Desk| -> Vec<bool> {
        let inbox = desk.inbox();
        let mut rows: Vec<_> = inbox.rows().iter().collect();
        rows.sort_by_key(|row| !row.flags().has(Flags::SEEN));
        rows.into_iter().map(|row| inbox.state(row).trashed.is_some()).collect()
    };
    assert_eq!(thrown(&desk), [false, true, true]);
    perform(&desk, Deed::Move { shelf: Shelf::Back, to: String::new() }, all_in(&desk, "Archive"));
    assert_eq!(
        (flags(&desk, "mail"), flags(&desk, "mail/.Later")),
        (vec![String::new(), "S".into()], vec!["F".into()])
    );
    assert_eq!(thrown(&desk), [false, false, false]);
}

#[test]
fn an_undo_finds_the_mail_that_an_earlier_undo_renamed_and_not_its_copy() {
    let desk = Desk::new();
    desk.mail("cur/1.a:2,");
    let text = fs::read(desk.root.join("mail/cur/1.a:2,")).unwrap();
    desk.folder("mail/.Copies");
    fs::write(desk.root.join("mail/.Copies/cur/0.copy:2,F"), &text).unwrap();
    perform(&desk, Deed::Mark, keys(&["1.a"]));
    perform(&desk, Deed::Move { shelf: Shelf::Folder, to: "Archive".into() }, keys(&["1.a"]));
    acted(desk.open().perform(Effect::Undo(None)));
    acted(desk.open().perform(Effect::Undo(None)));
    assert_eq!(desk.names("mail/.Copies"), ["cur/0.copy:2,F"]);
    assert!(desk.names("mail")[0].ends_with(":2,"), "{:?}", desk.names("mail"));
    // Moved twice, and both taken back.
    perform(&desk, Deed::Move { shelf: Shelf::Folder, to: "Archive".into() }, all_in(&desk, ""));
    perform(&desk, Deed::Move { shelf: Shelf::Folder, to: "Copies".into() }, all_in(&desk, "Archive"));
    acted(desk.open().perform(Effect::Undo(None)));
    acted(desk.open().perform(Effect::Undo(None)));
    assert_eq!((desk.names("mail").len(), desk.names("mail/.Copies")), (1, vec!["cur/0.copy:2,F".to_owned()]));
}

#[test]
fn what_was_begun_is_not_carried_on_over_what_was_done_since() {
    let desk = Desk::new();
    desk.mail("cur/1.a:2,");
    desk.mail("cur/2.b:2,");
    drop(desk.open());
    let act = |deed: Deed, bases: &[&str], added: Flags| {
        let target = |base: &&str| Target {
            folder: desk.root.join("mail").display().to_string(),
            base: base.as_bytes().into(),
            digest: Default::default(),
            call: None,
            added,
            removed: Flags::NONE,
            failed: None,
        };
        let targets = bases.iter().map(target).collect();
        Act { id: ActId(0), at: Time(1_385_044_860), by: "ann".into(), deed, targets }
    };
    let to = desk.root.join("mail/.Archive").display().to_string();
    let mut thrown = act(Deed::Move { shelf: Shelf::Trash, to }, &["1.a", "2.b"], Flags::NONE);
    let mut marked = act(Deed::Mark, &["1.a", "2.b"], Flags::FLAGGED);
    let mut noted = act(Deed::Note { text: "it matters".into() }, &["1.a"], Flags::NONE);
    let mut opened = act(Deed::Open, &["2.b"], Flags::SEEN);
    let mut state = State::open(&desk.root.join("state")).unwrap();
    state.begin(&mut thrown).unwrap();
    state.begin(&mut marked).unwrap();
    // Another one, who was there all the time.
    for since in [&mut noted, &mut opened] {
        state.begin(since).unwrap();
        state.finish(since).unwrap();
    }
    // It was marked before the other one opened it.
    fs::rename(desk.root.join("mail/cur/2.b:2,"), desk.root.join("mail/cur/2.b:2,FS")).unwrap();
    drop(state);
    let acts = desk.open().acts().unwrap();
    assert_eq!(desk.names("mail"), ["cur/1.a:2,", "cur/2.b:2,FS"]);
    let said = |act: usize| acts[act].targets.iter().map(|target| (target.added, target.failed.is_some()));
    assert_eq!(said(0).collect::<Vec<_>>(), [(Flags::NONE, true), (Flags::NONE, true)]);
    assert_eq!(said(1).collect::<Vec<_>>(), [(Flags::NONE, true), (Flags::FLAGGED, false)]);
    acted(desk.open().perform(Effect::Undo(None)));
    assert_eq!(acts.len(), 4);
}
