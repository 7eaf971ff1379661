//! What the operator does, with journal and outbox: each act with every fault at every call, and what is found at the
//! next start. What a stop leaves unfinished is completed there or never was.

use super::*;
use crate::app::effect::{Effect, ForwardRequest, Outcome, Request};
use crate::config::Config;
use crate::io::load;
use crate::io::maildir;
use crate::io::world::{Options, World};
use crate::mail::compose::ForwardAs;
use crate::mail::{Flags, Time};
use crate::triage::row::{FolderId, MailKey};
use crate::triage::told::{Act, Deed, Scope, Shelf};

const BASE: &str = "1000.M1P1.h";
const OTHER: &str = "1001.M2P1.h";

/// A Maildir, a state folder, and what was sent.
struct Desk {
    _keep: tempfile::TempDir,
    root: PathBuf,
    config: Config,
}

impl Desk {
    fn of(story: &Story) -> Desk {
        let mut desk = Desk::new();
        if story.sends {
            let end = if story.name == "arrived" { "; kill -9 $$" } else { "" };
            let script = format!("cat >/dev/null; echo once >>'{}'{end}", desk.root.join("sent").display());
            desk.config.sendmail = Some(vec!["/bin/sh".into(), "-c".into(), script]);
        }
        desk
    }

    /// One from which nothing is sent.
    fn new() -> Desk {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        folder(&root.join("mail"));
        folder(&root.join("mail/.Archive"));
        mail(&root.join("mail/new").join(BASE), "one");
        mail(&root.join("mail/cur").join(format!("{OTHER}:2,S")), "two");
        settle(&root.join("mail"));
        let config = Config { own: vec!["duty@example.org".into()], me: Some("ann".into()), ..Config::default() };
        Desk { _keep: keep, root, config }
    }

    fn open(&self, on: Fs) -> World {
        // Another test that starts a program has for a moment, in its child, our locks of the run before.
        let waiting = fs::read_dir(self.root.join("state/outbox/new")).into_iter().flatten();
        let waiting = waiting.map(|entry| entry.unwrap().path());
        for path in waiting.chain([self.root.join("state/state.lock")]) {
            if let Ok(lock) = fs::File::open(path) {
                lock.lock().unwrap();
                lock.unlock().unwrap();
            }
        }
        self.open_beside(on)
    }

    /// The same beside others that have it open.
    fn open_beside(&self, on: Fs) -> World {
        let options = Options {
            state_dir: self.root.join("state"),
            config_dir: self.root.join("config"),
            now: Some(Time(1_385_044_860)),
            ..Options::default()
        };
        let folders = load::folders(&[self.root.join("mail")], false).unwrap();
        World::open_on(on, self.config.clone(), options, folders).unwrap()
    }

    /// Flags of a mail, as its name says.
    fn flags(&self, base: &str) -> String {
        let names = mails(&self.root.join("mail")).into_keys();
        let names: Vec<String> = names.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        let of: Vec<&String> = names.iter().filter(|name| name.split(':').next() == Some(base)).collect();
        let [name] = of.as_slice() else { panic!("{of:?}") };
        name.split_once(":2,").map_or(String::new(), |(_, flags)| flags.to_owned())
    }

    /// Where the mail that stories move lies: in the inbox, in the archive.
    fn lies(&self) -> (usize, usize) {
        let one = |(path, (bytes, ..)): (PathBuf, Facts)| {
            bytes.windows(11).any(|part| part == b"body of one").then_some(path)
        };
        let found: Vec<PathBuf> = mails(&self.root.join("mail")).into_iter().filter_map(one).collect();
        let archived = found.iter().filter(|path| path.starts_with(self.root.join("mail/.Archive"))).count();
        (found.len() - archived, archived)
    }

    fn times_sent(&self) -> usize {
        fs::read_to_string(self.root.join("sent")).map_or(0, |text| text.lines().count())
    }
}

fn about(base: &str) -> MailKey {
    MailKey { folder: FolderId(0), base: base.as_bytes().into() }
}

fn act(deed: Deed, bases: &[&str]) -> Effect {
    Effect::Act(Request { deed, about: bases.iter().map(|base| (about(base), None)).collect() })
}

fn forward(base: &str) -> Effect {
    let to = vec!["hwine@example.net".into()];
    Effect::Forward(ForwardRequest { key: about(base), how: ForwardAs::Attach, to, note: String::new() })
}

/// Something the operator does, and what may be found afterwards.
struct Story {
    name: &'static str,
    sends: bool,
    /// Done before, without a fault.
    first: fn() -> Option<Effect>,
    then: fn(&Desk) -> Effect,
    /// What must hold after the next start: of the desk, the journal, and the outcome where there is one.
    holds: fn(&Desk, &World, &[Act], Option<&Outcome>, Fault),
}

/// The last act of that sort in the journal.
fn last<'a>(acts: &'a [Act], word: &str) -> Option<&'a Act> {
    acts.iter().rev().find(|act| act.deed.word() == word)
}

/// A flag is there if and only if the journal says that the act set it.
fn flag_as_told(desk: &Desk, acts: &[Act], outcome: Option<&Outcome>, word: &str, base: &str, flag: (Flags, char)) {
    let is_set = desk.flags(base).contains(flag.1);
    let target = last(acts, word).and_then(|act| act.targets.iter().find(|target| &target.base[..] == base.as_bytes()));
    let by_journal = target.is_some_and(|target| target.failed.is_none() && target.added.has(flag.0));
    assert_eq!(is_set, by_journal, "{word} of {base}");
    match outcome {
        Some(Outcome::Acted(report)) => {
            let target = report.act.targets.iter().find(|target| &target.base[..] == base.as_bytes()).unwrap();
            assert_eq!(target.added.has(flag.0), is_set, "{word} of {base}: {report:?}");
            assert!(is_set || !report.failed.is_empty(), "{word} of {base}: nothing was said: {report:?}");
        }
        Some(Outcome::Failed(words)) => assert!(!is_set && !words.is_empty(), "{word} of {base}: {words}"),
        Some(other) => panic!("{other:?}"),
        None => {}
    }
}

const STORIES: &[Story] = &[
    Story {
        name: "mark",
        sends: false,
        first: || None,
        then: |_| act(Deed::Mark, &[BASE, OTHER]),
        holds: |desk, _, acts, outcome, _| {
            flag_as_told(desk, acts, outcome, "mark", BASE, (Flags::FLAGGED, 'F'));
            flag_as_told(desk, acts, outcome, "mark", OTHER, (Flags::FLAGGED, 'F'));
        },
    },
    Story {
        name: "ignore",
        sends: false,
        first: || None,
        then: |_| {
            let deed = Deed::Ignore { reason: "known".into(), scope: Scope::Message, until: None };
            act(deed, &[BASE])
        },
        holds: |desk, _, acts, outcome, _| {
            // The flag is only a sign: what hides it is the journal.
            let is_set = desk.flags(BASE).contains('S');
            let in_journal = last(acts, "ignore").is_some_and(|act| act.targets.iter().all(|t| t.failed.is_none()));
            assert!(in_journal || !is_set);
            match outcome {
                Some(Outcome::Acted(report)) => {
                    assert!(is_set || !report.failed.is_empty(), "{report:?}");
                }
                Some(Outcome::Failed(_)) => assert!(!is_set && !in_journal),
                Some(other) => panic!("{other:?}"),
                None => assert!(!in_journal || is_set, "begun and not completed"),
            }
        },
    },
    Story {
        name: "undo of mark",
        sends: false,
        first: || Some(act(Deed::Mark, &[BASE])),
        then: |_| Effect::Undo(None),
        holds: |desk, _, acts, outcome, _| {
            let is_set = desk.flags(BASE).contains('F');
            let undone = last(acts, "undo").is_some_and(|act| act.targets.iter().all(|t| t.failed.is_none()));
            match outcome {
                Some(Outcome::Acted(report)) if report.failed.is_empty() => assert!(undone && !is_set),
                Some(Outcome::Acted(report)) => assert!(report.failed.iter().all(|line| !line.is_empty())),
                Some(Outcome::Failed(_)) => assert!(is_set),
                Some(other) => panic!("{other:?}"),
                None => assert_eq!(undone, !is_set, "begun and not completed"),
            }
        },
    },
    Story {
        name: "forward to the outbox",
        sends: false,
        first: || None,
        then: |_| forward(BASE),
        holds: |_, world, acts, outcome, fault| {
            let waiting: Vec<String> = world.queued().unwrap().into_iter().map(|queued| queued.state).collect();
            let stands = last(acts, "forward").is_some_and(|act| act.targets.iter().all(|t| t.failed.is_none()));
            match outcome {
                Some(Outcome::Queued { .. }) => assert!(stands && waiting == ["queued"], "{waiting:?}"),
                // Where it could not be removed any more either, it is never sent by itself.
                Some(Outcome::Failed(_) | Outcome::Unread(..)) if matches!(fault, Fault::From(..)) => {
                    assert!(!stands && (waiting.is_empty() || waiting == ["unknown"]), "{waiting:?}");
                }
                Some(Outcome::Failed(_) | Outcome::Unread(..)) => assert!(!stands && waiting.is_empty(), "{waiting:?}"),
                Some(other) => panic!("{other:?}"),
                None if stands => assert_eq!(waiting, ["queued"]),
                None => assert!(waiting.is_empty(), "{waiting:?}"),
            }
        },
    },
    Story {
        name: "forward, sent",
        sends: true,
        first: || None,
        then: |_| forward(BASE),
        holds: |desk, world, _, outcome, fault| {
            let sent = desk.times_sent();
            assert!(sent <= 1, "sent {sent} times");
            let waiting: Vec<String> = world.queued().unwrap().into_iter().map(|queued| queued.state).collect();
            match outcome {
                Some(Outcome::Queued { state, report }) if state == "sent" => {
                    assert_eq!(sent, 1);
                    assert!(desk.flags(BASE).contains('P') || !report.failed.is_empty(), "{report:?}");
                    assert!(waiting.is_empty() || !report.failed.is_empty(), "{waiting:?} {report:?}");
                }
                Some(Outcome::Queued { state, .. }) => {
                    assert_eq!((sent, waiting.len()), (0, 1), "{state}");
                }
                Some(Outcome::Failed(_) | Outcome::Unread(..)) => {
                    assert_eq!(sent, 0);
                    assert!(waiting.is_empty() || matches!(fault, Fault::From(..)), "{waiting:?}");
                }
                Some(other) => panic!("{other:?}"),
                // It waits, or may have been sent and is shown so, or was sent and is cleared away; or never was.
                None => assert!(sent == 0 || waiting.is_empty() || waiting == ["unknown"], "{sent} {waiting:?}"),
            }
            // By itself it is sent once.
            assert!(waiting.iter().all(|state| sent == 0 || state == "unknown" || state == "sent"), "{waiting:?}");
        },
    },
    Story {
        name: "undo of a forward",
        sends: false,
        first: || Some(forward(BASE)),
        then: |_| Effect::Undo(None),
        holds: |_, world, acts, outcome, _| {
            let waiting: Vec<String> = world.queued().unwrap().into_iter().map(|queued| queued.state).collect();
            let undone = last(acts, "undo").is_some_and(|act| act.targets.iter().all(|t| t.failed.is_none()));
            match outcome {
                Some(Outcome::Acted(_)) => assert!(undone && waiting.is_empty(), "{waiting:?}"),
                Some(Outcome::Failed(words)) => assert_eq!(waiting, ["queued"], "{words}"),
                Some(other) => panic!("{other:?}"),
                None => assert!(if undone { waiting.is_empty() } else { waiting == ["queued"] }, "{waiting:?}"),
            }
        },
    },
    Story {
        name: "archive",
        sends: false,
        first: || None,
        then: |_| archive(),
        holds: |desk, _, acts, outcome, _| moved_as_told(desk, acts, outcome, "archive", (0, 1)),
    },
    Story {
        name: "undo of archive",
        sends: false,
        first: || Some(archive()),
        then: |_| Effect::Undo(None),
        holds: |desk, _, acts, outcome, _| moved_as_told(desk, acts, outcome, "undo", (1, 0)),
    },
    Story {
        name: "bring back from the archive that is the trash",
        sends: false,
        first: || Some(throw_away()),
        then: bring_back,
        holds: |desk, _, acts, outcome, _| moved_as_told(desk, acts, outcome, "bring-back", (1, 0)),
    },
    Story {
        name: "arrived",
        sends: true,
        first: || Some(forward(BASE)),
        then: |desk| Effect::Arrived(desk.open(maildir::real()).queued().unwrap()[0].id.clone()),
        holds: |desk, world, acts, outcome, _| {
            assert_eq!(desk.times_sent(), 1);
            let waiting: Vec<String> = world.queued().unwrap().into_iter().map(|queued| queued.state).collect();
            let told = last(acts, "arrived").is_some();
            match outcome {
                Some(Outcome::Outbox { message, .. }) => {
                    assert!(told && waiting.is_empty(), "{message}: {waiting:?}");
                    assert!(desk.flags(BASE).contains('P') || message.contains("the original"), "{message}");
                }
                Some(Outcome::Failed(_)) => assert!(!told && waiting == ["unknown"], "{waiting:?}"),
                Some(other) => panic!("{other:?}"),
                None => assert!(if told { waiting.is_empty() } else { waiting == ["unknown"] }, "{waiting:?}"),
            }
        },
    },
];

fn throw_away() -> Effect {
    act(Deed::Move { shelf: Shelf::Trash, to: "archive".into() }, &[BASE])
}

/// The name that it has there follows from the act.
fn bring_back(desk: &Desk) -> Effect {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let there = mails(&desk.root.join("mail/.Archive")).keys().map(name).next().unwrap();
    let base = there.split(':').next().unwrap().as_bytes().into();
    let about = vec![(MailKey { folder: FolderId(1), base }, None)];
    Effect::Act(Request { deed: Deed::Move { shelf: Shelf::Back, to: String::new() }, about })
}

fn archive() -> Effect {
    act(Deed::Move { shelf: Shelf::Archive, to: "archive".into() }, &[BASE])
}

/// Whether something was said of a mail that lies in both folders.
fn said_twice(outcome: Option<&Outcome>) -> bool {
    let words = |line: &String| line.contains("other folder") || line.contains("both folders");
    matches!(outcome, Some(Outcome::Acted(report)) if report.failed.iter().any(words))
}

/// The mail lies where the journal says that the act brought it, and nowhere else.
fn moved_as_told(desk: &Desk, acts: &[Act], outcome: Option<&Outcome>, word: &str, there: (usize, usize)) {
    let lies = desk.lies();
    if said_twice(outcome) && lies == (1, 1) {
        return;
    }
    let stands = last(acts, word).is_some_and(|act| act.targets.iter().all(|target| target.failed.is_none()));
    assert_eq!(lies, if stands { there } else { (there.1, there.0) });
    match outcome {
        Some(Outcome::Acted(report)) => {
            assert!(stands || !report.failed.is_empty(), "{report:?}");
            assert_eq!(report.act.targets[0].failed.is_none(), stands, "{report:?}");
        }
        Some(Outcome::Failed(words)) => assert!(!stands && !words.is_empty()),
        Some(other) => panic!("{other:?}"),
        None => {}
    }
}

/// Prepares the desk and does it; the outcome, unless it was stopped, and the calls.
fn tell(story: &Story, desk: &Desk, fault: Fault) -> (Option<Outcome>, Vec<Call>) {
    if let Some(first) = (story.first)() {
        desk.open(maildir::real()).perform(first);
    }
    settle(&desk.root.join("mail"));
    let twin = Twin::new(fault, Kind::Modern);
    // What opening asks for is no part of the act.
    let skip = {
        let counting = Twin::new(Fault::Never, Kind::Modern);
        drop(desk.open(counting.fs()));
        counting.calls().len()
    };
    let twin = if skip == 0 { twin } else { Twin::new(later(fault, skip), Kind::Modern) };
    let then = (story.then)(desk);
    let outcome = run(|| desk.open(twin.fs()).perform(then));
    (outcome, twin.calls().split_off(skip))
}

fn later(fault: Fault, by: usize) -> Fault {
    match fault {
        Fault::Never => Fault::Never,
        Fault::Once(at, errno) => Fault::Once(at + by, errno),
        Fault::From(at, errno) => Fault::From(at + by, errno),
        Fault::Stop(at) => Fault::Stop(at + by),
    }
}

#[test]
fn c02_every_act_is_done_or_not_after_the_next_start_whatever_call_fails_or_is_the_last() {
    let mut tries = Vec::new();
    for story in STORIES {
        let desk = Desk::of(story);
        let (_, calls) = tell(story, &desk, Fault::Never);
        assert!(calls.len() > 4, "{}: {calls:?}", story.name);
        demand_durable(&calls, story.name);
        tries.extend(sample(faults(calls.len())).into_iter().map(|fault| (story, fault)));
    }
    each(&tries, |(story, fault)| {
        let desk = Desk::of(story);
        let before = contents(&mails(&desk.root.join("mail")));
        let (outcome, calls) = tell(story, &desk, *fault);
        let what = format!("{}, {fault:?}: {outcome:?}; {:?}", story.name, calls.last());
        let mut now = contents(&mails(&desk.root.join("mail")));
        if story.name.contains("archive") && (outcome.is_none() || said_twice(outcome.as_ref())) {
            now.dedup();
        }
        assert_eq!(now, before, "a mail is lost, doubled or was changed: {what}");
        if *fault == Fault::Never || matches!(fault, Fault::Once(_, Errno::INTR)) {
            let fine = match &outcome {
                Some(Outcome::Acted(report) | Outcome::Queued { report, .. }) => report.failed.is_empty(),
                Some(Outcome::Outbox { waiting, .. }) => *waiting == 0,
                _ => false,
            };
            assert!(fine, "{what}");
        }
        // A kernel that says of a file that it is not there is believed.
        if calls.iter().any(|call| call.op == Op::Unlink && call.refused == Some(Errno::NOENT)) {
            return;
        }
        let world = desk.open(maildir::real());
        let acts = world.acts().unwrap();
        let held = catch_unwind(AssertUnwindSafe(|| {
            (story.holds)(&desk, &world, &acts, outcome.as_ref(), *fault);
        }));
        assert!(held.is_ok(), "{what}");
        drop(world);
        // A second start finds nothing more to do.
        let found = (mails(&desk.root.join("mail")), acts);
        let world = desk.open(maildir::real());
        assert_eq!(world.acts().unwrap(), found.1, "{what}");
        assert!(mails(&desk.root.join("mail")) == found.0, "{what}");
    });
}

/// Does something, undoes it, and does it again, stopped after so many calls beyond the first of that sort.
fn stopped_at(desk: &Desk, op: Op, beyond: usize, what: impl Fn() -> Effect) {
    let settled = || settle(&desk.root.join("mail"));
    let counting = Twin::new(Fault::Never, Kind::Modern);
    // The first time is another: there are folders to be made, and the mail lies in `new`.
    for fs in [maildir::real(), counting.fs()] {
        settled();
        desk.open_beside(fs).perform(what());
        desk.open_beside(maildir::real()).perform(Effect::Undo(None));
    }
    let at = counting.calls().iter().position(|call| call.op == op).unwrap() + beyond;
    settled();
    assert!(run(|| desk.open_beside(Twin::new(Fault::Stop(at), Kind::Modern).fs()).perform(what())).is_none());
}

/// Another instance was open when a run was killed, so nobody completed its act; what was done meanwhile stands.
#[test]
fn an_act_that_is_completed_late_does_not_undo_what_was_done_since() {
    let desk = Desk::new();
    let mut other = desk.open(maildir::real());
    stopped_at(&desk, Op::RenameNew, 0, || act(Deed::Mark, &[OTHER]));
    assert_eq!(desk.flags(OTHER), "S", "not done yet");
    other.perform(act(Deed::Mark, &[OTHER]));
    other.perform(act(Deed::Unmark, &[OTHER]));
    drop(other);
    let world = desk.open(maildir::real());
    assert_eq!(desk.flags(OTHER), "S", "the last word was unmark");
    let acts = world.acts().unwrap();
    let stopped = acts.iter().rev().filter(|act| act.deed == Deed::Mark).nth(1).unwrap();
    assert!(stopped.targets[0].failed.as_ref().is_some_and(|why| why.contains("since")), "{stopped:?}");
}

/// What is told counts also where the flag that goes with it cannot be set: at once, and at the next start.
#[test]
fn an_ignore_that_is_completed_counts_also_where_its_flag_cannot_be_set() {
    let desk = Desk::new();
    let odd = "1002.M3P1.h";
    mail(&desk.root.join("mail/cur").join(format!("{odd}:1,x")), "three");
    let ignore = || act(Deed::Ignore { reason: "known".into(), scope: Scope::Message, until: None }, &[odd, BASE]);
    drop(desk.open(maildir::real()));
    stopped_at(&desk, Op::RenameNew, 0, ignore);
    let world = desk.open(maildir::real());
    let acts = world.acts().unwrap();
    let ignored = last(&acts, "ignore").unwrap();
    assert!(ignored.targets.iter().all(|target| target.failed.is_none()), "{ignored:?}");
}

#[test]
fn what_a_killed_forward_left_half_written_is_gone_after_the_next_start_that_is_alone() {
    let desk = Desk::new();
    let left = || fs::read_dir(desk.root.join("state/outbox/tmp")).unwrap().count();
    let other = desk.open(maildir::real());
    stopped_at(&desk, Op::Write, 1, || forward(BASE));
    assert_eq!(left(), 1);
    // Whoever is not alone cannot know whose it is.
    drop(desk.open_beside(maildir::real()));
    assert_eq!(left(), 1);
    drop(other);
    drop(desk.open(maildir::real()));
    assert_eq!(left(), 0);
}

/// What was in the way may be away: an undo that came to nothing is tried again, once, before an earlier act is next.
#[test]
fn an_undo_that_failed_for_a_moment_takes_back_the_same_act_when_it_is_asked_again() {
    for deed in [act(Deed::Mark, &[OTHER]), act(Deed::Move { shelf: Shelf::Archive, to: "archive".into() }, &[OTHER])] {
        let desk = Desk::new();
        desk.open(maildir::real()).perform(act(Deed::Mark, &[BASE]));
        desk.open(maildir::real()).perform(deed.clone());
        let undo = |twin: &'static Twin| {
            settle(&desk.root.join("mail"));
            run(|| desk.open(twin.fs()).perform(Effect::Undo(None))).unwrap()
        };
        let counting = Twin::new(Fault::Never, Kind::Modern);
        undo(counting);
        desk.open(maildir::real()).perform(Effect::Redo);
        let at = counting.calls().iter().position(|call| matches!(call.op, Op::RenameNew | Op::Link)).unwrap();
        let Outcome::Acted(report) = undo(Twin::new(Fault::Once(at, Errno::NOSPC), Kind::Modern)) else { panic!() };
        assert!(report.act.came_to_nothing(), "{report:?}");
        let mut world = desk.open(maildir::real());
        let outcome = world.perform(Effect::Undo(None));
        let Outcome::Acted(report) = outcome else { panic!("{outcome:?}") };
        assert_eq!(&report.act.targets[0].base[..], OTHER.as_bytes(), "{deed:?}: {report:?}");
        assert!(report.failed.is_empty(), "{report:?}");
        let marked = mails(&desk.root.join("mail")).into_keys().filter(|path| path.to_string_lossy().ends_with(":2,F"));
        assert_eq!(marked.count(), 1, "the act before stands");
        assert!(
            !mails(&desk.root.join("mail")).into_keys().any(|path| path.starts_with(desk.root.join("mail/.Archive")))
        );
    }
}
