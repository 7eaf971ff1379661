//! The world and what the operator tells: acts about no message, the command that pages, acts about an incident, and
//! journals of earlier versions.

use crate::home::Home;
use crate::world::{acted, failed};
use dutybox::app::effect::{ActReport, Effect, Request};
use dutybox::config::Config;
use dutybox::io::hook::UNKNOWN;
use dutybox::io::load;
use dutybox::io::world::{Options, World};
use dutybox::mail::Time;
use dutybox::runbook::{Call, Verb};
use dutybox::triage::row::{FolderId, MailKey};
use dutybox::triage::told::{ActId, Deed, Scope, Told};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A Maildir with these mails, a state folder, a configuration.
struct Place {
    _keep: tempfile::TempDir,
    root: PathBuf,
    config: Config,
    now: Option<Time>,
}

impl Place {
    fn new(mails: &[&str]) -> Place {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(root.join("mail").join(part)).unwrap();
        }
        for name in mails {
            let text = format!("From: cron@example.org\nSubject: {name}\nMessage-ID: <{name}@x>\n\nbody of {name}\n");
            fs::write(root.join("mail").join(name), text).unwrap();
        }
        let config = Config { me: Some("ann".into()), ..Config::default() };
        Place { _keep: keep, root, config, now: Some(Time(1_385_044_860)) }
    }

    fn open_at(&self, state: &Path, read_only: bool) -> World {
        let folders = load::folders(&[self.root.join("mail")], read_only).unwrap();
        let options = Options {
            state_dir: state.to_path_buf(),
            config_dir: self.root.join("config"),
            read_only,
            now: self.now,
            ..Options::default()
        };
        World::open(self.config.clone(), options, folders).unwrap()
    }

    fn open(&self) -> World {
        self.open_at(&self.root.join("state"), false)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = ["new", "cur"]
            .into_iter()
            .flat_map(|part| fs::read_dir(self.root.join("mail").join(part)).unwrap())
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A command that pages: it writes down what it gets, one line a run, and then does this.
    fn pager(&mut self, then: &str) {
        let script = self.root.join("pager");
        let out = self.root.join("paged").display().to_string();
        let line = "$#|$*|$DUTYBOX_WHO|$DUTYBOX_BY|$DUTYBOX_ACT";
        fs::write(&script, format!("#!/bin/sh\necho \"{line}|$(cat | tr '\\n' '~')\" >> '{out}'\n{then}\n")).unwrap();
        fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
        self.config.page = Some(vec![script.display().to_string(), "-q".into(), "a b".into()]);
        self.now = None;
    }

    fn paged(&self) -> Vec<String> {
        let text = fs::read_to_string(self.root.join("paged")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn act(world: &mut World, deed: Deed, bases: &[&str]) -> ActReport {
    let key = |base: &&str| (MailKey { folder: FolderId(0), base: base.as_bytes().into() }, Some(Call::Act));
    acted(world.perform(Effect::Act(Request { deed, about: bases.iter().map(key).collect() })))
}

fn told(world: &World) -> Told {
    let mut told = Told::default();
    world.acts().unwrap().into_iter().for_each(|act| told.apply(act));
    told
}

// ---- about no message ----------------------------------------------------------------------------------------------

#[test]
fn what_is_about_no_message_is_kept_undone_and_done_again() {
    let deeds = [
        Deed::Switch { name: "release".into(), is: "yes".into(), from: Time(1_385_042_000) },
        Deed::Expect { name: "adhoc-signing".into(), from: Time(1), to: Time(2), who: "x \"y\" ä".into() },
        Deed::Synced,
        Deed::Ignore {
            reason: "noise".into(),
            scope: Scope::Filter { query: "category:talos".into(), call: Call::Note },
            until: Some(Time(1_385_050_000)),
        },
    ];
    let place = Place::new(&["cur/1.a:2,"]);
    for (n, deed) in (0i64..).zip(deeds) {
        let id = ActId(n * 3 + 1);
        let report = act(&mut place.open(), deed.clone(), &[]);
        assert_eq!((report.act.id, &report.act.deed, report.act.targets.len()), (id, &deed, 0));
        let stands = |world: &World| told(world).at_large().any(|act| act.id == id && act.deed == deed);
        assert!(stands(&place.open()), "{deed:?} comes back from the journal");
        let mut world = place.open();
        assert_eq!(acted(world.perform(Effect::Undo(None))).act.deed, Deed::Undo(id));
        assert!(!stands(&world), "{deed:?}");
        assert_eq!(acted(world.perform(Effect::Redo)).act.deed, Deed::Redo(id));
        assert!(stands(&place.open()), "{deed:?}");
    }
    assert_eq!(place.names(), ["1.a:2,"], "no mail was touched");
}

#[test]
fn undo_goes_back_over_acts_of_both_sorts_in_order() {
    let place = Place::new(&["cur/1.a:2,"]);
    let mut world = place.open();
    act(&mut world, Deed::Mark, &["1.a"]);
    act(&mut world, Deed::Synced, &[]);
    act(&mut world, Deed::Trash, &["1.a"]);
    for of in [3, 2, 1] {
        assert_eq!(acted(world.perform(Effect::Undo(None))).act.deed, Deed::Undo(ActId(of)));
    }
    assert_eq!(failed(world.perform(Effect::Undo(None))), "nothing to undo");
    assert_eq!(place.names(), ["1.a:2,"]);
}

#[test]
fn with_read_only_nothing_is_told() {
    let mut place = Place::new(&["cur/1.a:2,"]);
    place.pager("");
    let mut world = place.open_at(&place.root.join("state"), true);
    for deed in [Deed::Synced, page("hwine")] {
        let about = vec![(MailKey { folder: FolderId(0), base: (*b"1.a").into() }, None)];
        let request = Request { deed, about };
        assert!(failed(world.perform(Effect::Act(request))).contains("read-only"));
    }
    assert!(place.paged().is_empty());
    assert!(!place.root.join("state").exists());
}

// ---- about an incident ---------------------------------------------------------------------------------------------

#[test]
fn undo_of_an_act_about_an_incident_gives_back_exactly_what_it_took() {
    let mails = ["new/1.a", "cur/2.b:2,S", "cur/3.c:2,F", "cur/4.d:2,S"];
    let place = Place::new(&mails);
    let mut world = place.open();
    let deed = Deed::Ignore { reason: "known".into(), scope: Scope::Incident, until: None };
    act(&mut world, deed.clone(), &["1.a", "2.b", "3.c"]);
    assert_eq!(place.names(), ["1.a:2,S", "2.b:2,S", "3.c:2,FS", "4.d:2,S"]);
    let report = acted(world.perform(Effect::Undo(None)));
    assert_eq!(report.act.targets.len(), 3);
    assert_eq!(place.names(), ["1.a:2,", "2.b:2,S", "3.c:2,F", "4.d:2,S"]);
    let told = told(&world);
    assert!(!told.stands(ActId(1)));
    let folder = place.root.join("mail").display().to_string();
    assert!(
        ["1.a", "2.b", "3.c"].iter().all(|base| told.about(&[(folder.clone(), base.as_bytes().into())]).is_empty())
    );
    acted(world.perform(Effect::Redo));
    assert_eq!(place.names(), ["1.a:2,S", "2.b:2,S", "3.c:2,FS", "4.d:2,S"]);
}

// ---- paging --------------------------------------------------------------------------------------------------------

fn page(who: &str) -> Deed {
    let text = "AUTOFIX failed on sync1\n14:07:41 --help \u{1b}[31m$(touch x)".into();
    Deed::Reach { verb: Verb::Page, who: vec![who.into(), "catlee".into()], text, hook: None }
}

fn answer(deed: &Deed) -> Option<&str> {
    match deed {
        Deed::Reach { hook, .. } => hook.as_deref(),
        _ => None,
    }
}

#[test]
fn a_page_runs_the_command_once_and_keeps_its_answer() {
    let mut place = Place::new(&["cur/1.a:2,"]);
    place.pager("echo accepted as 'number  7'");
    let mut world = place.open();
    let report = act(&mut world, page("hwine"), &["1.a"]);
    assert_eq!(answer(&report.act.deed), Some("the command ran: accepted as number 7"));
    assert_eq!(report.failed, [""; 0]);
    assert_eq!(world.acts().unwrap(), [report.act], "the answer stands in the journal");
    // Words of mails are on its standard input, clean and line by line, and never an argument.
    let paged = place.paged();
    assert_eq!(paged.len(), 1);
    assert!(paged[0].starts_with("2|-q a b|hwine,catlee|ann|1|AUTOFIX failed on sync1~14:07:41 --help"), "{paged:?}");
    assert!(!paged[0].contains('\u{1b}') && paged[0].contains("$(touch x)~"));
    acted(world.perform(Effect::Undo(None)));
    acted(world.perform(Effect::Redo));
    drop(world);
    drop(place.open());
    assert_eq!(place.paged().len(), 1, "not when it is taken back or done again, nor at the next start");
    act(&mut place.open(), page("hwine"), &["1.a"]);
    assert_eq!(place.paged().len(), 2, "another page is another one");
}

#[test]
fn only_a_page_runs_the_command_and_only_now() {
    let mut place = Place::new(&["cur/1.a:2,"]);
    let unconfigured = act(&mut place.open(), page("hwine"), &["1.a"]);
    assert_eq!(answer(&unconfigured.act.deed), None);
    place.pager("");
    for verb in [Verb::Contact, Verb::Tell, Verb::Escalate, Verb::Notify] {
        let deed = Deed::Reach { verb, who: vec!["hwine".into()], text: "x".into(), hook: None };
        assert_eq!(answer(&act(&mut place.open(), deed, &["1.a"]).act.deed), None, "{verb:?}");
    }
    place.now = Some(Time(1_385_044_860));
    let past = act(&mut place.open(), page("hwine"), &["1.a"]);
    assert_eq!(answer(&past.act.deed), None, "nobody is paged for the sake of a time that is over");
    assert!(place.paged().is_empty());
}

#[test]
fn a_command_that_fails_is_said_and_the_page_is_recorded_all_the_same() {
    let mut place = Place::new(&["cur/1.a:2,"]);
    place.config.page_timeout = 1;
    let cases = [
        ("echo no route >&2; exit 3", "the command failed, exit 3: no route"),
        ("kill -9 $$", "the command was killed by signal 9"),
        ("sleep 60", "no end after 1 s, stopped"),
    ];
    for (then, words) in cases {
        place.pager(then);
        let report = act(&mut place.open(), page("hwine"), &["1.a"]);
        assert_eq!(answer(&report.act.deed), Some(words));
        assert_eq!(report.failed, [format!("recorded, but perhaps nobody was paged: {words}")]);
        assert_eq!(place.open().acts().unwrap().last().unwrap(), &report.act);
    }
    place.config.page = Some(vec![place.root.join("nothing").display().to_string()]);
    let report = act(&mut place.open(), page("hwine"), &["1.a"]);
    assert!(answer(&report.act.deed).unwrap().ends_with("correct page.command in the configuration"));
    place.pager("head -c 100000 /dev/zero | tr '\\0' x");
    let report = act(&mut place.open(), page("hwine"), &["1.a"]);
    assert!(answer(&report.act.deed).unwrap().len() < 5_000, "what it says is bounded");
}

#[test]
fn where_dutybox_is_killed_meanwhile_it_is_unknown_whether_the_command_ran_and_it_is_not_run_again() {
    let mut place = Place::new(&["cur/1.a:2,"]);
    // What lies on the disk while the command runs is what a kill leaves.
    let (state, left) = (place.root.join("state"), place.root.join("left"));
    place.pager(&format!("cp -Rp '{}' '{}'", state.display(), left.display()));
    act(&mut place.open(), page("hwine"), &["1.a"]);
    assert_eq!(place.paged().len(), 1);
    for _ in 0..2 {
        let world = place.open_at(&left, false);
        let acts = world.acts().unwrap();
        assert_eq!(acts.len(), 1);
        assert_eq!(answer(&acts[0].deed), Some(UNKNOWN));
        assert!(told(&world).stands(ActId(1)), "it stands: perhaps somebody was paged");
    }
    assert_eq!(place.paged().len(), 1);
}

#[test]
fn a_kill_while_the_command_runs_leaves_a_page_of_which_that_is_unknown() {
    let home = Home::with_demo();
    let hook = home.write("hook", "#!/bin/sh\necho ran >> ran\nkill -9 $PPID\n");
    fs::set_permissions(&hook, Permissions::from_mode(0o700)).unwrap();
    home.config(&format!("[page]\ncommand = \"{}\"", hook.display()));
    let id = home.one("call:page");
    home.run(&["page", &id, "--who", "hwine"]).interrupted();
    home.run(&["mark", &id]).success();
    let journal = home.run(&["journal"]).success().get_output().stdout.clone();
    let journal = String::from_utf8(journal).unwrap();
    assert!(journal.contains("page hwine") && journal.contains(UNKNOWN), "{journal}");
    assert_eq!(fs::read_to_string(home.path("ran")).unwrap(), "ran\n", "it ran once");
}

// ---- journals of earlier versions ----------------------------------------------------------------------------------

/// A home with a journal that the first version wrote, and the four mails that it is about, which lie elsewhere now.
fn first_version() -> Home {
    let names = ["1385042821.M1P1.build:2,S", "1385042822.M1P1.build:2,S", "1385042823.M1P1.build:2,S"];
    let names = names.into_iter().chain(["1385042824.M1P1.build:2,T"]);
    let mails: Vec<(String, String)> = (1..)
        .zip(names)
        .map(|(n, name)| {
            let head = format!("From: cron@build{n}.example.org\nTo: oncall@example.org\nSubject: job {n} failed\n");
            let date = format!("Date: Thu, 21 Nov 2013 14:07:0{n} +0000\nMessage-ID: <{n}@build.example.org>\n");
            (format!("cur/{name}"), format!("{head}{date}\nbody of job {n}\n"))
        })
        .collect();
    let mails: Vec<(&str, &[u8])> = mails.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let home = Home::with_mails(&mails);
    let state = home.write(".local/state/dutybox/state.lock", "").parent().unwrap().to_path_buf();
    fs::write(state.join("state.db"), include_bytes!("../fixtures/state-1.db")).unwrap();
    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    home
}

fn states(home: &Home) -> Vec<String> {
    let at = ["--as-of", "2013-11-21T15:30:00Z"];
    let output = home.run(&[&at[..], &["list", "--json"]].concat()).success().get_output().stdout.clone();
    let list: serde_json::Value = serde_json::from_slice(&output).unwrap();
    let mut lines: Vec<String> = list["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            let state = &message["state"];
            let text = |name: &str| state[name]["text"].as_str().map_or("-".into(), |text| format!("{name} {text}"));
            let notes = state["notes"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap());
            let id = message["id"].as_str().unwrap();
            format!("{} {} {} {}", &id[..10], text("ignored"), text("done"), notes.collect::<String>())
        })
        .collect();
    lines.sort();
    lines
}

const TOLD: [&str; 4] =
    ["1385042821 ignored known, bug 1 - ", "1385042822 - done  asked hwine", "1385042823 - done  ", "1385042824 - - "];

#[test]
fn a_journal_of_the_first_version_is_read_as_it_lies_and_taken_over() {
    let home = first_version();
    let db = home.path(".local/state/dutybox/state.db");
    assert_eq!(states(&home), TOLD);
    assert_eq!(fs::read(&db).unwrap(), include_bytes!("../fixtures/state-1.db"), "to look changes nothing");
    home.run(&["undo", "1"]).success();
    assert_eq!(states(&home)[1..], TOLD[1..]);
    assert_eq!(states(&home)[0], "1385042821 ignored known, bug 1 - ", "at that time it was ignored still");
    let journal = home.run(&["journal", "--json"]).success().get_output().stdout.clone();
    let journal: serde_json::Value = serde_json::from_slice(&journal).unwrap();
    let words: Vec<&str> =
        journal["acts"].as_array().unwrap().iter().map(|act| act["deed"].as_str().unwrap_or_default()).collect();
    assert_eq!(words.len(), 10, "{journal}");
    let version = rusqlite::Connection::open(&db).unwrap();
    let version: i64 = version.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, dutybox::io::state::VERSION);
    // Marks of the act that was taken back: the flag that it had set.
    assert!(home.maildir().join("cur/1385042821.M1P1.build:2,").exists());
}
