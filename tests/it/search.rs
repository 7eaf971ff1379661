//! Searches in what only mails hold: whatever the index of words knows, the answer is that of reading every mail.

use crate::desk::{Desk, NOW, mail};
use crate::mails::{self, all_mails, dutybox, scratch};
use dutybox::app::Effect;
use dutybox::app::effect::Outcome;
use dutybox::app::model::Event;
use dutybox::io::index::Cache;
use dutybox::io::load::{all, folders};
use dutybox::io::search::seeker::{self, Ask, Told};
use dutybox::io::search::{answer, bring_up, words};
use dutybox::mail::parse;
use dutybox::mail::words::each;
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::Inbox;
use dutybox::triage::query::Query;
use dutybox::triage::query::deep::{Answers, Mail};
use dutybox::triage::row::{Change, Folder};
use proptest::prelude::*;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, SystemTime};

/// A Maildir and a cache.
struct Place {
    keep: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { keep: scratch() };
        mails::empty_maildir(&place.mail());
        place
    }

    fn mail(&self) -> PathBuf {
        self.keep.path().join("mail")
    }

    fn cache(&self) -> Cache {
        Cache::new(&self.keep.path().join("cache"), &Runbooks::default(), &HostRules::default())
    }

    fn db(&self) -> PathBuf {
        self.keep.path().join("cache/index/index.db")
    }

    /// As a delivery does it, an hour ago.
    fn deliver(&self, name: &str, text: &str) {
        let path = self.mail().join("tmp/next");
        fs::write(&path, text).expect("it can be written");
        let old = SystemTime::now() - Duration::from_secs(3600);
        File::open(&path).expect("it is there").set_modified(old).expect("it has a time");
        fs::rename(&path, self.mail().join(name)).expect("it can be delivered");
    }

    fn inbox(&self) -> Inbox {
        let mut inbox = Inbox::new(Runbooks::default().into());
        let read = all(&[self.mail()], false, &Runbooks::default(), &HostRules::default());
        read.expect("the Maildir is read").into_iter().for_each(|change| inbox.apply(change));
        inbox.settle(NOW);
        inbox
    }

    /// The names of what a query finds by the index where it is there, and how many mails were read for it.
    fn find(&self, query: &str) -> (Vec<String>, usize) {
        let inbox = self.inbox();
        let mut query = Query::parse_deep(query).expect("a query");
        let mut read = 0;
        answer(&mut query, &inbox, NOW, &self.cache(), |done, _| read = done);
        (names(&inbox, &query), read)
    }

    /// The same by asking each mail, with nothing between.
    fn scan(&self, query: &str) -> Vec<String> {
        let inbox = self.inbox();
        let mut query = Query::parse_deep(query).expect("a query");
        for row in inbox.rows() {
            let half = if row.place == dutybox::triage::row::Place::New { "new" } else { "cur" };
            let path = self.mail().join(half).join(String::from_utf8_lossy(row.name.bytes()).as_ref());
            let message = parse::message(fs::read(path).expect("it is there"));
            let says = |question: &dutybox::triage::query::deep::Question| {
                if question.is_true_of(&message) { vec![row.key.clone()] } else { Vec::new() }
            };
            let true_of = query.questions().iter().map(says).collect();
            query.take(Answers { true_of, looked: vec![row.key.clone()] });
        }
        names(&inbox, &query)
    }

    fn index(&self) -> Option<usize> {
        bring_up(&self.inbox(), &self.cache(), |_, _| {})
    }
}

fn names(inbox: &Inbox, query: &Query) -> Vec<String> {
    let found = inbox.rows().iter().filter(|row| query.matches(inbox, row, NOW));
    let mut names: Vec<String> = found.map(|row| String::from_utf8_lossy(&row.key.base).into_owned()).collect();
    names.sort();
    names
}

const HTML: &str = "Subject: web\nList-Id: <builds.example.org>\nMIME-Version: 1.0\n\
    Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain words about the disk\n\
    --b\nContent-Type: text/html\n\n<p>hidden <b>gem</b>stone</p>\n--b--\n";
const ENCODED: &str = "Subject: coded\nCc: Ann <ann@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
    Content-Transfer-Encoding: quoted-printable\n\nno spa=\nce left on Gr=C3=BC=C3=9Fe\n";
const ATTACHED: &str = "Subject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
    Content-Type: text/plain\n\nsee below\n--b\nContent-Type: message/rfc822\n\nSubject: innermost subject\n\
    Content-Transfer-Encoding: base64\n\ncXVva2thYmFzZSBlbmRz\n--b--\n";

fn three() -> Place {
    let place = Place::new();
    place.deliver("cur/1.html:2,", HTML);
    place.deliver("cur/2.coded:2,S", ENCODED);
    place.deliver("new/3.attached", ATTACHED);
    place
}

#[test]
fn what_mails_hold_is_found_with_and_without_an_index() {
    let place = three();
    let cases: &[(&str, &[&str])] = &[
        ("body:disk", &["1.html"]),
        ("body:DISK", &["1.html"]),
        ("body:dis", &[]),
        ("body:dis*", &["1.html"]),
        ("body:*isk*", &["1.html"]),
        ("body:\"the disk\"", &["1.html"]),
        ("body:\"disk the\"", &[]),
        ("body:/w.rds? about/", &["1.html"]),
        ("body:gemstone", &["1.html"]),
        ("body:\"no space left\"", &["2.coded"]),
        ("body:grüße", &["2.coded"]),
        ("body:quokkabase", &["3.attached"]),
        ("body:\"innermost subject\"", &["3.attached"]),
        ("body:\"below innermost\"", &[]),
        ("-body:disk", &["2.coded", "3.attached"]),
        ("body:disk or body:left", &["1.html", "2.coded"]),
        ("is:seen body:left", &["2.coded"]),
        ("is:unseen body:left", &[]),
        ("body:left or subject:web", &["1.html", "2.coded"]),
        ("header:list-id=builds", &["1.html"]),
        ("header:List-Id", &["1.html"]),
        ("header:/ann@/", &["2.coded"]),
        ("cc:ann", &["2.coded"]),
        ("cc:bob", &[]),
        // Not the same question, although the same was typed.
        ("body:dis or body:/dis/", &["1.html"]),
        ("body:/dis/ -body:dis", &["1.html"]),
    ];
    for (query, expected) in cases {
        assert_eq!(place.scan(query), *expected, "{query}, each mail asked");
        assert_eq!(place.find(query).0, *expected, "{query}, no index");
    }
    assert_eq!(place.find("is:seen body:left").1, 1, "what the rest of the query settles is not read");
    assert_eq!(place.index(), Some(3));
    for (query, expected) in cases {
        assert_eq!(place.find(query).0, *expected, "{query}, by the index");
    }
    assert_eq!(place.find("body:disk or body:\"no space left\"").1, 0, "no mail is read");
    assert_eq!(place.index(), Some(0));
}

#[test]
fn what_is_wrong_with_a_question_to_mails_is_said_where_it_is() {
    for (text, start, end, words) in [
        ("body:---", 5, 8, "no word in this"),
        ("body:**", 5, 7, "no word in this"),
        ("a header:x:y=z", 9, 14, "no name of a header field"),
        ("header:=z", 7, 9, "no name of a header field"),
        ("body:/(/", 5, 8, "bad regular expression"),
    ] {
        let error = Query::parse_deep(text).expect_err(text);
        assert_eq!((error.start, error.end), (start, end), "{text}: {error}");
        assert!(error.message.contains(words), "{text}: {error}");
    }
    let error = Query::parse("subject:a body:b").expect_err("rows cannot answer");
    assert_eq!((error.start, error.end), (10, 16), "{error}");
    assert!(error.message.contains("only the filter"), "{error}");
    let many: Vec<String> = (0..17).map(|number| format!("body:w{number}")).collect();
    assert!(Query::parse_deep(&many.join(" or ")).is_err());
    assert!(Query::parse_deep(&vec!["body:same"; 100].join(" or ")).is_ok());
}

/// Raise [`words::VERSION`] with the number here where either changes: an index of before says otherwise.
#[test]
fn the_words_of_the_samples_are_those_that_the_index_of_this_version_holds() {
    let mut hash = blake3::Hasher::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mails");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("samples").map(|file| file.expect("one").path()).collect();
    files.sort();
    for file in files {
        for text in parse::message(fs::read(file).expect("a sample")).searched() {
            each(text, |word| {
                hash.update(word.as_bytes()).update(b" ");
            });
            hash.update(b"\n");
        }
    }
    let now = hash.finalize().to_hex();
    assert_eq!((words::VERSION, now.get(..16)), (1, Some("9c7976529b35eef5")), "raise words::VERSION");
}

#[test]
fn the_index_follows_deliveries_renames_removals_and_replacements() {
    let place = three();
    assert_eq!(place.index(), Some(3));
    place.deliver("new/4.later", "Subject: x\n\nthe disk again\n");
    assert_eq!(place.find("body:disk"), (vec!["1.html".into(), "4.later".into()], 1), "only what is new is read");
    fs::rename(place.mail().join("new/4.later"), place.mail().join("cur/4.later:2,FS")).expect("it is moved");
    fs::remove_file(place.mail().join("cur/1.html:2,")).expect("it is removed");
    assert_eq!(place.index(), Some(1));
    assert_eq!(place.find("body:disk"), (vec!["4.later".into()], 0));
    // Another file under the same name.
    place.deliver("cur/2.coded:2,S", "Subject: x\n\nnow about the disk, too\n");
    assert_eq!(place.find("body:disk"), (vec!["2.coded".into(), "4.later".into()], 1));
    assert_eq!(place.find("body:left").0, [""; 0]);
    assert_eq!(place.index(), Some(1));
    assert_eq!(place.find("body:left"), (Vec::new(), 0));
}

#[test]
fn an_index_that_cannot_be_used_changes_no_answer_and_is_made_anew() {
    let place = three();
    type Harm = fn(&Path);
    let harms: &[(&str, Harm)] = &[
        ("deleted", |db| fs::remove_file(db).expect("it is there")),
        ("emptied", |db| drop(File::create(db))),
        ("of something else", |db| {
            fs::write(db, "not a database, but long enough to be looked at".repeat(100)).expect("")
        }),
        ("cut", |db| {
            let file = File::options().write(true).open(db).expect("it is there");
            file.set_len(file.metadata().expect("it has a size").len() / 2).expect("it can be cut");
        }),
        ("of another version", |db| {
            let db = rusqlite::Connection::open(db).expect("a database");
            db.pragma_update(None, "user_version", 999).expect("it can be written");
        }),
        ("without a table", |db| {
            let db = rusqlite::Connection::open(db).expect("a database");
            db.execute_batch("DROP TABLE mails").expect("it can be written");
        }),
        ("a link", |db| {
            fs::rename(db, db.with_extension("away")).expect("it is there");
            std::os::unix::fs::symlink(db.with_extension("away"), db).expect("a link");
        }),
    ];
    for (name, harm) in harms {
        place.index().unwrap_or_else(|| panic!("{name}: before"));
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{ending}", place.db().display()));
        }
        harm(&place.db());
        assert_eq!(place.find("body:disk").0, ["1.html"], "{name}");
        let again = place.index().or_else(|| place.index());
        assert_eq!(again, Some(3), "{name}");
        assert_eq!(place.find("body:disk"), (vec!["1.html".into()], 0), "{name}, made anew");
        assert!(!fs::symlink_metadata(place.db()).expect("it is there").is_symlink(), "{name}: not written through");
    }
}

#[test]
fn a_cache_of_which_nothing_is_written_is_not_looked_at() {
    let place = three();
    place.index();
    let inbox = place.inbox();
    let before = fs::metadata(place.db()).and_then(|file| file.modified()).expect("it is there");
    let mut query = Query::parse_deep("body:disk").expect("a query");
    let mut read = 0;
    answer(&mut query, &inbox, NOW, &place.cache().read_only(), |done, _| read = done);
    assert_eq!((names(&inbox, &query), read), (vec!["1.html".to_owned()], 3));
    assert_eq!(bring_up(&inbox, &place.cache().read_only(), |_, _| {}), None);
    assert_eq!(fs::metadata(place.db()).and_then(|file| file.modified()).expect("it is there"), before);
}

#[test]
fn killing_the_index_at_any_time_costs_nothing_but_time() {
    let place = Place::new();
    for number in 0..400 {
        let text = format!("Subject: {number}\n\nword{} common {}\n", number % 7, "filler ".repeat(number % 50));
        place.deliver(&format!("cur/{number}.a:2,"), &text);
    }
    let run = |args: &[&str]| {
        let mut command = dutybox(place.keep.path());
        command.arg(place.mail()).args(args);
        command
    };
    let found = |query: &str| {
        let output = run(&["--json", "search", query]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        answer["messages"].as_array().expect("messages").len()
    };
    for round in 0..8u64 {
        let mut child = run(&["index"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        // Where in its work that meets it is left to chance: every place must do.
        std::thread::sleep(Duration::from_millis(round * round * 3));
        let _ = child.kill();
        child.wait().expect("it ends");
        assert_eq!((found("body:word3"), found("body:common"), found("body:word9")), (57, 400, 0), "round {round}");
    }
    assert!(run(&["index"]).status().expect("it runs").success());
    let again = run(&["index"]).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&again.stdout), "the index is complete\n");
    assert_eq!((found("body:word3"), found("body:\"word3 common\""), found("body:fill*")), (57, 57, 392));
}

#[test]
fn planted_words_are_found_exactly() {
    let script = PathBuf::from(std::env::var_os("DUTYBOX_CORPUS").unwrap_or_default()).join("tools/make_maildir.py");
    if !script.exists() || !mails::have("python3", "planted words") {
        return mails::skipped(
            "planted words",
            "DUTYBOX_CORPUS is not set, the folder that holds tools/make_maildir.py",
        );
    }
    let place = Place::new();
    let manifest = place.keep.path().join("manifest");
    let (dir, to) = (place.keep.path().join("made"), manifest.display().to_string());
    let made = mails::python(&script.display().to_string(), &[&dir.display().to_string(), "6000", "--manifest", &to]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let place = Place { keep: place.keep };
    fs::remove_dir_all(place.mail()).and_then(|()| fs::rename(dir, place.mail())).expect("it is put in place");
    let numbers = |rest: usize, every: usize| (0..6000).filter(|number| number % every == rest).count();
    let cases = [
        ("body:quokkaplain", numbers(1234, 5000)),
        ("body:quokkabase", numbers(2345, 5000)),
        ("body:quokkaqp", numbers(3456, 5000)),
        ("subject:Zebrasubj", numbers(777, 1000)),
        ("subject:Zebraenc", numbers(4567, 5000)),
    ];
    for (query, count) in cases {
        assert_eq!(place.find(query).0.len(), count, "{query}, without an index");
    }
    assert_eq!(place.index(), Some(6000));
    for (query, count) in cases {
        let (found, read) = place.find(query);
        assert_eq!((found.len(), read), (count, 0), "{query}");
    }
}

/// All mails that there are, and questions made of their own words.
#[test]
fn on_everything_the_index_answers_as_reading_does() {
    let place = Place::new();
    let all = all_mails();
    fs::remove_dir_all(place.mail()).expect("it is there");
    mails::maildir_of(&place.mail(), &all);
    let inbox = place.inbox();
    let mut texts: Vec<(Vec<u8>, Vec<String>)> = Vec::new();
    for row in inbox.rows().iter().filter(|row| row.odd.is_none()).step_by(if all.len() > 500 { 9 } else { 1 }) {
        let path = place.mail().join("cur").join(String::from_utf8_lossy(row.name.bytes()).as_ref());
        let mut words = Vec::new();
        for text in parse::message(fs::read(path).expect("it is there")).searched() {
            each(text, |word| words.push(word.to_owned()));
        }
        texts.push((row.key.base.to_vec(), words));
    }
    place.index().expect("it can be written");
    let mut asked = 0;
    for (at, (base, words)) in texts.iter().enumerate().filter(|(_, (_, words))| words.len() > 4) {
        let start = at * 7919 % (words.len() - 3);
        let phrase = words[start..start + 1 + at % 3].join(" ");
        let query = match at % 4 {
            0 => format!(
                "body:\"{}*\"",
                phrase.chars().take(phrase.chars().count().div_ceil(2)).collect::<String>().trim()
            ),
            _ => format!("body:\"{phrase}\""),
        };
        let mut parsed = Query::parse_deep(&query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let mut read = 0;
        answer(&mut parsed, &inbox, NOW, &place.cache(), |done, _| read = done);
        let mut plain = Query::parse_deep(&query).expect("the same");
        answer(&mut plain, &inbox, NOW, &place.cache().read_only(), |_, _| {});
        let found = names(&inbox, &parsed);
        assert_eq!(found, names(&inbox, &plain), "{query}");
        assert_eq!(read, 0, "{query}");
        assert!(found.contains(&String::from_utf8_lossy(base).into_owned()), "{query}");
        asked += 1;
        if asked == 25 && !mails::proof() {
            break;
        }
    }
    assert!(asked >= 10, "only {asked} questions");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn after_any_history_the_index_answers_as_reading_does(
        steps in prop::collection::vec((0usize..5, 0usize..6, prop::collection::vec(0usize..5, 1..6)), 1..14)
    ) {
        const WORDS: [&str; 5] = ["disk", "full", "diskette", "東京", "Grüße"];
        let place = Place::new();
        for (what, number, words) in steps {
            let text: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
            let (new, cur) = (format!("new/{number}.a"), format!("cur/{number}.a:2,S"));
            match what {
                0 | 1 => {
                    let _ = fs::remove_file(place.mail().join(&cur));
                    place.deliver(&new, &format!("Subject: x\n\n{}\n", text.join(" ")));
                }
                2 => drop(fs::rename(place.mail().join(new), place.mail().join(cur))),
                3 => [new, cur].iter().for_each(|name| drop(fs::remove_file(place.mail().join(name)))),
                _ => drop(place.index()),
            }
        }
        for query in ["body:disk", "body:disk*", "body:\"disk full\"", "-body:full", "body:京", "body:grüße or body:diskette"] {
            prop_assert_eq!(place.find(query).0, place.scan(query), "{}", query);
        }
        prop_assert!(place.index().is_some());
        for query in ["body:disk", "body:disk*", "body:\"disk full\"", "-body:full", "body:京"] {
            let (found, read) = place.find(query);
            prop_assert_eq!((found, read), (place.scan(query), 0), "{}", query);
        }
    }
}

// ---- the thread of the screen ------------------------------------------------------------------------------------

struct Seeking {
    ask: Sender<Ask>,
    told: Receiver<Told>,
}

impl Seeking {
    fn start(cache: Option<Cache>) -> Seeking {
        let (tell, told) = channel();
        Seeking { ask: seeker::start(cache, move |what| tell.send(what).is_ok()), told }
    }

    fn ask(&self, ask: Ask) {
        self.ask.send(ask).expect("the thread is there");
    }

    fn next(&self) -> Told {
        self.told.recv_timeout(Duration::from_secs(120)).expect("it tells something")
    }

    /// All that a query finds, once every mail that is asked has answered.
    fn find(&self, inbox: &Inbox, query: &str, number: u64) -> (Vec<String>, usize) {
        let mut query = Query::parse_deep(query).expect("a query");
        let open = |row: &&dutybox::triage::Row| query.is_open(inbox, row, NOW);
        let among = inbox.rows().iter().filter(open).filter_map(Mail::of).collect();
        self.ask(Ask::Find { number, questions: query.questions().clone(), among, anew: true });
        loop {
            if let Told::Found { number: of, answers, done, of: all } = self.next()
                && of == number
            {
                query.take(answers);
                if done == all {
                    return (names(inbox, &query), all);
                }
            }
        }
    }

    fn wait_for_the_index(&self) {
        loop {
            if let Told::Indexed(done, of) = self.next()
                && done == of
            {
                return;
            }
        }
    }
}

#[test]
fn the_screen_is_answered_before_while_and_after_the_index_is_made() {
    let place = three();
    let inbox = place.inbox();
    let seeking = Seeking::start(Some(place.cache()));
    let tell = |inbox: &Inbox| {
        seeking.ask(Ask::Folders(inbox.folders.clone()));
        seeking.ask(Ask::Here(inbox.rows().iter().filter_map(Mail::of).collect()));
    };
    tell(&inbox);
    assert_eq!(seeking.find(&inbox, "body:disk", 1), (vec!["1.html".into()], 3), "each mail is read");
    seeking.ask(Ask::Complete);
    seeking.wait_for_the_index();
    assert_eq!(seeking.find(&inbox, "body:disk", 2), (vec!["1.html".into()], 0), "none is");
    assert_eq!(seeking.find(&inbox, "-body:/disk|left/", 3), (vec!["3.attached".into()], 3));
    // All is told again, as when runbooks change: nothing is read for that.
    tell(&inbox);
    assert_eq!(seeking.find(&inbox, "body:disk", 20), (vec!["1.html".into()], 0));
    // Mail comes, and goes.
    place.deliver("new/4.later", "Subject: x\n\nthe disk again\n");
    let first: Vec<_> = inbox.rows().to_vec();
    fs::remove_file(place.mail().join("cur/1.html:2,")).expect("it is there");
    let inbox = place.inbox();
    let came = inbox.rows().iter().filter(|row| first.iter().all(|before| before.key != row.key));
    seeking.ask(Ask::Here(came.filter_map(Mail::of).collect()));
    let gone = first.iter().filter(|row| inbox.get(&row.key).is_none());
    gone.for_each(|row| seeking.ask(Ask::Gone(row.key.clone())));
    seeking.wait_for_the_index();
    assert_eq!(seeking.find(&inbox, "body:disk", 4), (vec!["4.later".into()], 0));
    seeking.ask(Ask::Stop);
    assert_eq!(place.find("body:disk"), (vec!["4.later".into()], 0), "what it wrote is for the others, too");
}

#[test]
fn what_another_program_drops_from_the_index_is_read() {
    let place = three();
    let inbox = place.inbox();
    let seeking = Seeking::start(Some(place.cache()));
    seeking.ask(Ask::Folders(inbox.folders.clone()));
    seeking.ask(Ask::Here(inbox.rows().iter().filter_map(Mail::of).collect()));
    seeking.ask(Ask::Complete);
    seeking.wait_for_the_index();
    // One that listed the folder before the mail came.
    let words = words::Words::open(&place.cache()).expect("it is there");
    let all: Vec<_> = inbox.rows().iter().map(|row| row.key.clone()).collect();
    let folders: Vec<PathBuf> = inbox.folders.iter().map(|folder| folder.path.clone()).collect();
    words.remove(&folders, &all).expect("it can be written");
    assert_eq!(seeking.find(&inbox, "body:disk", 1), (vec!["1.html".into()], 3));
    seeking.wait_for_the_index();
    assert_eq!(seeking.find(&inbox, "body:disk", 2), (vec!["1.html".into()], 0), "it is taken in again");
}

#[test]
fn a_folder_that_is_away_for_a_moment_is_searched_when_it_is_back() {
    let place = three();
    let inbox = place.inbox();
    let seeking = Seeking::start(Some(place.cache()));
    seeking.ask(Ask::Folders(inbox.folders.clone()));
    seeking.ask(Ask::Here(inbox.rows().iter().filter_map(Mail::of).collect()));
    fs::rename(place.mail(), place.keep.path().join("away")).expect("it can be moved");
    assert_eq!(seeking.find(&inbox, "body:disk", 1).0, [""; 0]);
    seeking.ask(Ask::Complete);
    fs::rename(place.keep.path().join("away"), place.mail()).expect("it can be moved");
    seeking.wait_for_the_index();
    assert_eq!(seeking.find(&inbox, "body:disk", 2), (vec!["1.html".into()], 0));
}

#[test]
fn an_index_behind_a_link_is_one_and_one_that_is_not_wanted_is_deleted() {
    let place = three();
    let link = place.keep.path().join("link");
    std::os::unix::fs::symlink(place.keep.path().join("cache"), &link).expect("a link");
    place.index();
    let cache = Cache::new(&link, &Runbooks::default(), &HostRules::default());
    assert_eq!(bring_up(&place.inbox(), &cache, |_, _| {}), Some(0));
    assert_eq!(bring_up(&place.inbox(), &cache.without_words(), |_, _| {}), None);
    assert!(!place.db().exists());
}

#[test]
fn without_a_cache_the_screen_is_answered_all_the_same() {
    let place = three();
    let inbox = place.inbox();
    let seeking = Seeking::start(None);
    seeking.ask(Ask::Folders(inbox.folders.clone()));
    seeking.ask(Ask::Complete);
    assert_eq!(seeking.find(&inbox, "body:disk or cc:ann", 1), (vec!["1.html".into(), "2.coded".into()], 3));
}

#[test]
fn another_search_ends_the_one_before() {
    let place = Place::new();
    for number in 0..2_000 {
        place.deliver(&format!("cur/{number}.a:2,"), &format!("Subject: {number}\n\nnumber{number}\n"));
    }
    let inbox = place.inbox();
    let seeking = Seeking::start(None);
    seeking.ask(Ask::Folders(inbox.folders.clone()));
    let among: Vec<Mail> = inbox.rows().iter().filter_map(Mail::of).collect();
    let find = |query: &str, number| {
        let questions = Query::parse_deep(query).expect("a query").questions().clone();
        seeking.ask(Ask::Find { number, questions, among: among.clone(), anew: true });
    };
    find("body:number1", 1);
    find("body:number2", 2);
    let mut of = Vec::new();
    while of.last() != Some(&(2, 2_000)) {
        if let Told::Found { number, done, .. } = seeking.next() {
            of.push((number, done));
        }
    }
    assert!(of.iter().filter(|(number, _)| *number == 1).all(|(_, done)| *done < 2_000), "{of:?}");
}

// ---- the filter on the screen ------------------------------------------------------------------------------------

fn desk() -> Desk {
    let mails = [
        mail("a@x.org", "oncall@example.org", "one", 5, "the disk is full"),
        mail("a@x.org", "oncall@example.org", "two", 6, "all is well"),
        mail("a@x.org", "oncall@example.org", "three", 7, "another disk"),
    ];
    Desk::with_books(100, 24, &[], &mails)
}

fn subjects(desk: &Desk) -> Vec<String> {
    let mut found: Vec<String> = (0..desk.model.list.len())
        .flat_map(|line| desk.model.list.keys_at(line).cloned().collect::<Vec<_>>())
        .filter_map(|key| desk.model.inbox.get(&key).map(|row| row.subject.to_string()))
        .collect();
    found.sort();
    found
}

fn seeks(desk: &Desk) -> Vec<(u64, usize)> {
    let seek = |effect: &Effect| match effect {
        Effect::Seek { number, among, .. } => Some((*number, among.len())),
        _ => None,
    };
    desk.asked.iter().filter_map(seek).collect()
}

#[test]
fn the_filter_asks_the_mails_and_follows_what_comes() {
    let mut desk = desk();
    desk.press("\\").types("body:disk").press("Enter");
    assert_eq!(subjects(&desk), ["one", "three"]);
    assert!(desk.toast().starts_with("2 found"), "{}", desk.toast());
    assert_eq!(seeks(&desk), [(1, 3)]);
    let row = desk.deliver(3, &mail("a@x.org", "oncall@example.org", "four", 1, "disk number four"));
    desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
    assert_eq!(subjects(&desk), ["four", "one", "three"]);
    // Another file under the same name.
    let row = desk.deliver(3, &mail("a@x.org", "oncall@example.org", "five", 1, "nothing"));
    desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
    desk.press("g g");
    assert_eq!(subjects(&desk).iter().filter(|subject| *subject != "five").count(), 2);
    assert_eq!(seeks(&desk), [(1, 3), (1, 1), (1, 1)]);
    desk.press("Esc");
    desk.press("Esc");
    assert_eq!(desk.model.list.query().map(|query| query.source.clone()), None);
    assert_eq!(seeks(&desk).last(), Some(&(2, 0)), "no search goes on");
    assert_eq!(subjects(&desk).len(), 4);
}

#[test]
fn what_mails_have_not_answered_yet_is_not_listed_and_late_answers_are_none() {
    let mut desk = desk();
    desk.hold();
    desk.press("\\").types("body:disk or subject:two").press("Enter");
    assert_eq!(subjects(&desk), ["two"], "what rows say stands at once");
    let asked = |desk: &Desk| match desk.asked.iter().rev().find(|effect| matches!(effect, Effect::Seek { .. })) {
        Some(Effect::Seek { number, questions, among, .. }) => (*number, questions.clone(), among.clone()),
        _ => panic!("nothing was asked"),
    };
    let (number, questions, among) = asked(&desk);
    assert_eq!(among.len(), 2, "what is settled is not asked");
    assert!(desk.screen().contains("asking mails 0/2"), "{}", desk.screen());
    let part = desk.answers(&questions, &among[..1]).expect("answers");
    desk.event(Event::Found { number, answers: part, done: 1, of: 2 });
    assert_eq!(subjects(&desk), ["one", "two"]);
    desk.press("\\").press("C-u").types("body:well").press("Enter");
    let rest = desk.answers(&questions, &among[1..]).expect("answers");
    desk.event(Event::Found { number, answers: rest, done: 2, of: 2 });
    assert_eq!(subjects(&desk), [""; 0], "answers to another search");
    let (number, questions, among) = asked(&desk);
    let all = desk.answers(&questions, &among).expect("answers");
    desk.event(Event::Found { number, answers: all, done: 3, of: 3 });
    assert_eq!(subjects(&desk), ["two"]);
    desk.event(Event::Outcome(Outcome::Nothing));
}

#[test]
fn a_call_is_not_talked_over_by_a_search_that_goes_on() {
    let mut desk = desk();
    desk.press("\\").types("body:disk").press("Enter");
    desk.model.toast = None;
    let row = desk.deliver(3, &mail("a@x.org", "oncall@example.org", "four", 1, "disk number four"));
    desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
    assert_eq!((desk.toast().as_str(), seeks(&desk).len()), ("", 2), "how many were found is said once");
}

#[test]
fn a_filter_typed_at_another_time_leaves_that_of_the_desk_alone() {
    let mut desk = desk();
    desk.press("\\").types("body:disk").press("Enter");
    desk.press("(");
    assert!(desk.model.elsewhere(), "{}", desk.screen());
    desk.press("\\").press("C-u").types("body:well").press("Enter");
    assert_eq!(subjects(&desk), ["two"], "{}", desk.screen());
    while desk.model.elsewhere() {
        desk.press("Esc");
    }
    assert_eq!(subjects(&desk), ["one", "three"], "{}", desk.screen());
}

#[test]
fn selecting_by_what_only_mails_know_says_where_that_is_done() {
    let mut desk = desk();
    desk.press("T").types("body:disk").press("Enter");
    assert!(desk.screen().contains("only the filter, `list` and `search` ask this of mails"), "{}", desk.screen());
}

#[test]
fn the_status_line_says_how_far_the_index_is() {
    let mut desk = desk();
    desk.event(Event::Indexed(30, 120));
    assert!(desk.screen().contains("index 25 %"), "{}", desk.screen());
    desk.event(Event::Indexed(120, 120));
    assert!(!desk.screen().contains("index"), "{}", desk.screen());
}

#[test]
fn folders_are_told_as_they_are() {
    let place = three();
    let found: Vec<Folder> = folders(&[place.mail()], false).expect("a Maildir");
    assert!(seeker::asks_of(&Change::Complete, |_| None).is_some());
    assert!(matches!(seeker::asks_of(&Change::Folders(found), |_| None), Some(Ask::Folders(told)) if told.len() == 1));
    assert!(seeker::asks_of(&Change::Progress { done: 1, of: 2 }, |_| None).is_none());
}
