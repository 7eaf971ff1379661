//! f9: a real Maildir with a folder below it that we and another program change in turns, against what must hold after
//! each step.
//!
//! The oracle looks at the directories itself and knows the mails by what stands in them: each is there once, whole, in one
//! of the folders; where it stays in its folder under its own base name, where it was moved under one that no mail ever
//! had; with its unknown flags, and its flags changed as the outcome says and not otherwise.

use super::Choices;
use dutybox::app::effect::{ActReport, Effect, Outcome, Request};
use dutybox::config::Config;
use dutybox::io::world::{Options, World};
use dutybox::io::{load, maildir};
use dutybox::mail::{FileName, Flags, Time};
use dutybox::triage::row::{FolderId, MailKey, Place};
use dutybox::triage::told::{ActId, Deed, Scope, Shelf};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Most steps of one run.
const STEPS: usize = 24;
/// When it is.
const NOW: Time = Time(1_795_400_000);
/// How other programs name mails: as delivered, flagged, with keywords of Dovecot, extended, of mbsync, experimental,
/// out of order, of no known kind, with bytes that are no UTF-8.
const INFOS: [&[u8]; 11] = [
    b"",
    b":2,",
    b":2,FS",
    b":2,Sab",
    b":2,RS,x=1,y",
    b",U=7:2,S",
    b":1,a",
    b":2,SF",
    b":2",
    b"\xff\xfe:2,D",
    b":2,PT",
];

/// The folders, in the order in which they are listed.
const FOLDERS: [&str; 2] = ["mail", "mail/.Archive"];

/// Where a mail lies and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lies {
    folder: usize,
    place: Place,
    name: FileName,
}

/// All mails by their number, which is their text.
type Seen = BTreeMap<usize, Lies>;

struct Model {
    root: PathBuf,
    mails: Vec<Option<Vec<u8>>>,
    /// The folder of each mail and the base that it was first seen under there, which is what our list knows it by.
    keys: Vec<(usize, Vec<u8>)>,
    /// All base names that mails ever had.
    bases: BTreeSet<Vec<u8>>,
    /// What each act really changed: mail, flags added, flags removed.
    did: BTreeMap<ActId, Vec<(usize, Flags, Flags)>>,
    world: World,
}

/// The bytes are the steps.
pub(super) fn f9(data: &[u8]) {
    let mut choices = Choices::new(data);
    let keep = tempfile::tempdir().expect("a folder for temporary files");
    let root = fs::canonicalize(keep.path()).expect("it is there");
    for folder in FOLDERS {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(root.join(folder).join(part)).expect("it can be made");
        }
    }
    let (mails, keys, bases, did) = (Vec::new(), Vec::new(), BTreeSet::new(), BTreeMap::new());
    let mut model = Model { world: open(&root), root, mails, keys, bases, did };
    for _ in 0..=choices.below(5) {
        model.arrives(&mut choices);
    }
    for _ in 0..STEPS {
        if choices.is_empty() {
            break;
        }
        model.a_moment_passes();
        let before = model.look();
        let said = model.step(&mut choices);
        let after = model.look();
        model.check(&before, &after, said);
        model.follow(&after);
    }
    model.a_moment_passes();
    model.listed();
}

fn open(root: &Path) -> World {
    let options = Options {
        state_dir: root.join("state"),
        config_dir: root.join("config"),
        read_only: false,
        now: Some(NOW),
        fresh_until: None,
    };
    let folders = load::folders(&[root.join("mail")], false).expect("it is a Maildir");
    World::open(Config { me: Some("ann".into()), ..Config::default() }, options, folders).expect("it opens")
}

impl Model {
    fn folder(&self, folder: usize) -> PathBuf {
        self.root.join(FOLDERS[folder])
    }

    /// A mail that another mail program, or our own, moved is listed in the other folder, under its name there.
    fn follow(&mut self, seen: &Seen) {
        for (number, lies) in seen {
            if self.keys[*number].0 != lies.folder {
                self.keys[*number] = (lies.folder, lies.name.base().to_vec());
            }
            self.bases.insert(lies.name.base().to_vec());
        }
    }

    /// Both directories changed long enough ago to be believed at the first look; else each look would wait for that.
    fn a_moment_passes(&self) {
        for (folder, part) in (0..FOLDERS.len()).flat_map(|folder| [(folder, "new"), (folder, "cur")]) {
            let folder = fs::File::open(self.folder(folder).join(part)).expect("it is there");
            folder.set_modified(UNIX_EPOCH + Duration::new(1_700_000_000, 1)).expect("it is ours");
        }
    }

    /// The text of a mail: its number makes it unlike all others.
    fn text(number: usize) -> Vec<u8> {
        format!(
            "From: cron@example.org\nTo: oncall@example.org\nSubject: mail {number}\n\
             Date: Thu, 21 Nov 2013 14:07:03 +0000\nMessage-ID: <{number}@example.org>\n\nbody of {number}\n"
        )
        .into_bytes()
    }

    /// Another program delivers a mail, or copies one with flags.
    fn arrives(&mut self, choices: &mut Choices<'_>) {
        let (number, info) = (self.mails.len(), choices.of(&INFOS));
        // In `new` there are seldom flags, and `cur` demands them; both happen.
        let part = if choices.below(3) == 0 { "new" } else { "cur" };
        let name = [format!("17954{number:05}.M1P1Q{number}.host").as_bytes(), info].concat();
        let text = Model::text(number);
        fs::write(self.folder(0).join(part).join(OsStr::from_bytes(&name)), &text).expect("it can be written");
        self.mails.push(Some(text));
        self.keys.push((0, FileName::new(name).base().to_vec()));
    }

    /// What lies in `new` and `cur` of both folders now. Every file is one of the mails, whole, and each mail is there once.
    fn look(&self) -> Seen {
        let mut seen = Seen::new();
        let parts = |folder| [(folder, Place::New, "new"), (folder, Place::Cur, "cur")];
        for (folder, place, part) in (0..FOLDERS.len()).flat_map(parts) {
            for entry in fs::read_dir(self.folder(folder).join(part)).expect("it is there") {
                let entry = entry.expect("it is readable");
                let text = fs::read(entry.path()).expect("it is readable");
                let number = self.mails.iter().position(|mail| mail.as_ref() == Some(&text));
                let number = number.unwrap_or_else(|| panic!("{:?} is no mail that was put there", entry.file_name()));
                let lies = Lies { folder, place, name: FileName::new(entry.file_name().into_vec()) };
                if let Some(twin) = seen.insert(number, lies.clone()) {
                    panic!("mail {number} lies there twice: {twin:?} and {lies:?}");
                }
            }
        }
        let alive: Vec<usize> = (0..self.mails.len()).filter(|number| self.mails[*number].is_some()).collect();
        assert_eq!(seen.keys().copied().collect::<Vec<_>>(), alive, "no mail is lost, none comes back");
        for folder in 0..FOLDERS.len() {
            let rests = fs::read_dir(self.folder(folder).join("tmp")).expect("it is there").count();
            assert_eq!(rests, 0, "nothing stays in tmp");
        }
        seen
    }

    /// One step; what came of it where it was ours.
    fn step(&mut self, choices: &mut Choices<'_>) -> Option<Outcome> {
        let seen = self.look();
        let number = choices.below(self.mails.len());
        match choices.below(14) {
            0 => self.arrives(choices),
            1 => self.renames(&seen, number, choices),
            2 => self.moves_to_cur(&seen, number),
            3 => self.numbers(&seen, number),
            4 => {
                if let Some(lies) = seen.get(&number) {
                    fs::remove_file(self.path(lies)).expect("it is there");
                    self.mails[number] = None;
                }
            }
            5 => {
                let flags = Flags::from_letters(choices.bytes(2));
                let place = if choices.below(2) == 0 { Place::New } else { Place::Cur };
                let text = Model::text(self.mails.len());
                let name = maildir::deliver(&self.folder(0), place, flags, &text).expect("it can be written");
                self.mails.push(Some(text));
                self.keys.push((0, name.base().to_vec()));
            }
            6 => self.world = open(&self.root),
            7 => return Some(self.world.perform(Effect::Undo(None))),
            8 => return Some(self.world.perform(Effect::Redo)),
            9 => self.carries(&seen, number, choices),
            _ => {
                let deed = deed(choices);
                let mut about = vec![number];
                about.extend((0..choices.below(3)).map(|i| (number + i + 1) % self.mails.len()));
                about.dedup();
                let about = about.into_iter().map(|number| (self.key(number), None)).collect();
                return Some(self.world.perform(Effect::Act(Request { deed, about })));
            }
        }
        None
    }

    fn key(&self, number: usize) -> MailKey {
        let (folder, base) = &self.keys[number];
        MailKey { folder: FolderId(u16::try_from(*folder).expect("there are two")), base: base.as_slice().into() }
    }

    fn path(&self, lies: &Lies) -> PathBuf {
        let part = if lies.place == Place::New { "new" } else { "cur" };
        self.folder(lies.folder).join(part).join(OsStr::from_bytes(lies.name.bytes()))
    }

    /// Another program moves a mail into the other folder, under the same name or another.
    fn carries(&self, seen: &Seen, number: usize, choices: &mut Choices<'_>) {
        let Some(lies) = seen.get(&number) else { return };
        let name = match choices.below(2) {
            0 => lies.name.clone(),
            _ => {
                let (base, name) = (lies.name.base(), lies.name.bytes());
                let new = format!("17955{number:05}.M{}P2.host", self.bases.len());
                FileName::new([new.as_bytes(), &name[base.len()..]].concat())
            }
        };
        let to = Lies { folder: 1 - lies.folder, name, ..lies.clone() };
        fs::rename(self.path(lies), self.path(&to)).expect("it can be renamed");
    }

    /// Another program sets flags, where the name is one that it would touch.
    fn renames(&self, seen: &Seen, number: usize, choices: &mut Choices<'_>) {
        let (add, remove) = (Flags::from_letters(choices.bytes(1)), Flags::from_letters(choices.bytes(1)));
        let Some(lies) = seen.get(&number) else { return };
        let Ok(name) = lies.name.with_flags(add, remove) else { return };
        let to = Lies { place: Place::Cur, name, ..lies.clone() };
        fs::rename(self.path(lies), self.path(&to)).expect("it can be renamed");
    }

    fn moves_to_cur(&self, seen: &Seen, number: usize) {
        let Some(lies) = seen.get(&number).filter(|lies| lies.place == Place::New) else { return };
        let name = lies.name.bytes();
        let name = if name.contains(&b':') { name.to_vec() } else { [name, b":2,"].concat() };
        let to = Lies { place: Place::Cur, name: FileName::new(name), ..lies.clone() };
        fs::rename(self.path(lies), self.path(&to)).expect("it can be renamed");
    }

    /// A synchroniser notes its number in the base name, as mbsync does.
    fn numbers(&self, seen: &Seen, number: usize) {
        let Some(lies) = seen.get(&number).filter(|lies| !lies.name.base().contains(&b',')) else { return };
        let (base, name) = (lies.name.base(), lies.name.bytes());
        let name = [base, format!(",U={number}").as_bytes(), &name[base.len()..]].concat();
        let to = Lies { name: FileName::new(name), ..lies.clone() };
        fs::rename(self.path(lies), self.path(&to)).expect("it can be renamed");
    }

    /// What we changed is what we say that we changed, and what we may change.
    fn check(&mut self, before: &Seen, after: &Seen, said: Option<Outcome>) {
        let Some(outcome) = &said else { return };
        let (mut changed, mut moved) = (Vec::new(), Vec::new());
        for (number, new) in after {
            let old = &before[number];
            if old.folder != new.folder {
                moved.push(*number);
                assert!(!self.bases.contains(new.name.base()), "MR-2: {new:?} had another mail's name, or an old one");
                assert_eq!(old.place, new.place, "what was new stays new");
                assert_eq!(rest(&new.name), rest(&old.name), "MR-4, MR-5: unknown flags and extension are kept");
                assert_eq!(new.name.flags(), old.name.flags(), "moving changes no flag");
                continue;
            }
            assert_eq!(new.name.base(), old.name.base(), "MR-3: the base is kept: {said:?}");
            if old == new {
                continue;
            }
            assert_eq!(old.name.refusal(), None, "MR-6: {old:?} must be left alone, and is {new:?}");
            assert_eq!(new.place, Place::Cur, "a mail that was acted on lies in cur");
            assert_eq!(rest(&new.name), rest(&old.name), "MR-4, MR-5: unknown flags and extension are kept");
            let (old, new) = (old.name.flags(), new.name.flags());
            changed.push((*number, new.without(old), old.without(new)));
        }
        let report = match outcome {
            Outcome::Acted(report) => report,
            Outcome::Failed(why) => {
                assert!(changed.is_empty(), "it says that it failed ({why}), and changed {changed:?}");
                return assert!(moved.is_empty(), "it says that it failed ({why}), and moved {moved:?}");
            }
            Outcome::Nothing => {
                return assert!(changed.is_empty() && moved.is_empty(), "it says nothing: {changed:?} {moved:?}");
            }
            other => panic!("no answer to an act: {other:?}"),
        };
        // What is moved is told by how many: after several moves the journal knows each by an older name.
        let carried = report.act.targets.iter().filter(|target| target.failed.is_none()).count();
        let moves = matches!(report.act.deed, Deed::Move { .. } | Deed::Undo(_) | Deed::Redo(_));
        assert!(if moves { moved.len() <= carried } else { moved.is_empty() }, "{moved:?} were moved: {report:?}");
        if matches!(report.act.deed, Deed::Move { .. }) {
            assert_eq!(moved.len(), carried, "what is said to be moved was: {report:?}");
        }
        self.as_reported(report, after, &changed);
        self.did.insert(report.act.id, changed.clone());
        // Undo takes back what the act, or doing it again, really changed; redo does that again.
        let (of, back) = match report.act.deed {
            Deed::Undo(of) => (of, true),
            Deed::Redo(of) => (of, false),
            _ => return,
        };
        let asked = self.did.get(&of).cloned().unwrap_or_default();
        for (number, added, removed) in changed {
            let touched = asked.iter().find(|(other, ..)| *other == number);
            let Some((_, first_added, first_removed)) = touched else {
                // From `new` to `cur`, without a change of flags, is no more than being acted on again.
                assert!(added.is_empty() && removed.is_empty(), "mail {number} was not changed by {of:?}");
                continue;
            };
            let (may_add, may_remove) =
                if back { (*first_removed, *first_added) } else { (*first_added, *first_removed) };
            assert!(may_add.has(added) && may_remove.has(removed), "more than {of:?} changed: {added} {removed}");
        }
    }

    /// The outcome names every mail that was changed, where it lies now, and its flags as they were really changed.
    fn as_reported(&self, report: &ActReport, after: &Seen, changed: &[(usize, Flags, Flags)]) {
        for (number, added, removed) in changed {
            let base = after[number].name.lookup().to_vec();
            let same = |key: &[u8]| FileName::new(key).lookup() == base;
            let target = report.act.targets.iter().find(|target| same(&target.base));
            let target = target.unwrap_or_else(|| panic!("mail {number} was changed unsaid: {report:?}"));
            // An undo holds the delta that it takes back.
            let told = (target.added, target.removed);
            let back = matches!(report.act.deed, Deed::Undo(_));
            let fits = told == (*added, *removed) || (back && told == (*removed, *added));
            assert!(fits, "mail {number}: +{added} -{removed}, told {target:?}");
            let renamed = report.renamed.iter().find(|(key, ..)| same(&key.base));
            let (_, name, place) =
                renamed.unwrap_or_else(|| panic!("the list is not told of mail {number}: {report:?}"));
            assert_eq!(
                (name, *place),
                (&after[number].name, after[number].place),
                "where the list believes that it lies"
            );
        }
        for key in &report.gone {
            let there = |lies: &Lies| lies.folder == usize::from(key.folder.0) && lies.name.base() == &key.base[..];
            let lies = after.values().any(there);
            assert!(!lies, "{:?} is said to be gone: {report:?}", String::from_utf8_lossy(&key.base));
        }
    }

    /// The list shows every mail once: files in = entries.
    fn listed(&self) {
        let scans = [0, 1].map(|folder| maildir::scan(&self.folder(folder)).expect("it can be read"));
        let seen = self.look();
        assert_eq!(scans.iter().map(|scan| scan.entries.len()).sum::<usize>(), seen.len(), "files in = rows");
        for lies in seen.values() {
            let scan = &scans[lies.folder];
            let entry = scan.entries.iter().find(|entry| entry.name == lies.name && entry.place == lies.place);
            let entry = entry.unwrap_or_else(|| panic!("{lies:?} is not listed"));
            let mail = maildir::read(&self.folder(lies.folder), entry.place, &entry.name).expect("it can be read");
            assert!(self.mails.contains(&Some(mail.bytes)), "the bytes that lie there are read");
        }
    }
}

/// Unknown flags and extension, or the whole info part where it is none of ours.
fn rest(name: &FileName) -> Vec<u8> {
    let info = &name.bytes()[name.base().len()..];
    let info = info.strip_prefix(b":2,").unwrap_or(info);
    let letters = info.iter().position(|byte| *byte == b',').unwrap_or(info.len());
    let unknown = info[..letters].iter().filter(|letter| !b"DFPRST".contains(letter));
    unknown.chain(&info[letters..]).copied().collect()
}

fn deed(choices: &mut Choices<'_>) -> Deed {
    let to = |shelf: Shelf, to: &str| Deed::Move { shelf, to: to.into() };
    match choices.below(15) {
        0 => Deed::Open,
        1 => Deed::See,
        2 => Deed::Unsee,
        3 => Deed::Mark,
        4 => Deed::Unmark,
        5 => Deed::Done,
        6 => Deed::Trash,
        7 => Deed::Untrash,
        8 => Deed::Note { text: "n".into() },
        9 => to(Shelf::Folder, "Archive"),
        10 => to(Shelf::Folder, "inbox"),
        11 => to(Shelf::Archive, "Archive"),
        12 => to(Shelf::Trash, "Archive"),
        13 => to(Shelf::Back, ""),
        _ => Deed::Ignore { reason: String::new(), scope: Scope::Message, until: None },
    }
}
