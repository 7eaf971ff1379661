//! The index in the cache folder: what it gives is what reading the mail gives, whatever happened to folder, rules or file.

use dutybox::io::index::Cache;
use dutybox::io::load::{Ask, all_of, folders, start_telling};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::Row;
use dutybox::triage::row::Change;
use proptest::prelude::*;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const HOSTS: &str = "+++\nid = \"cron\"\ntitle = \"Cron\"\nmatch = { from = \"*@*.example.org\" }\n\
[labels]\nhost = \"auto\"\n+++\n## What to do\n\nLook.\n";
const SUBJECTS: &str =
    "+++\nid = \"disk\"\ntitle = \"Disk\"\nmatch = { subject = \"disk*\" }\n+++\n## What to do\n\nLook.\n";

struct Place {
    keep: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let keep = tempfile::tempdir().unwrap();
        for dir in ["mail/cur", "mail/new", "mail/tmp"] {
            fs::create_dir_all(keep.path().join(dir)).unwrap();
        }
        Place { keep }
    }

    fn mail(&self) -> PathBuf {
        self.keep.path().join("mail")
    }

    fn cache(&self) -> PathBuf {
        self.keep.path().join("cache")
    }

    /// The index's file, where there is one.
    fn written(&self) -> Option<PathBuf> {
        let files = fs::read_dir(self.cache().join("index")).into_iter().flatten();
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        assert!(files.len() < 2, "one folder, one file");
        files.into_iter().next()
    }

    fn file(&self) -> PathBuf {
        self.written().unwrap()
    }

    fn deliver(&self, name: &str, number: u32) {
        let text = format!(
            "From: cron@web{}.example.org\nTo: oncall@example.org\nSubject: disk {number} is {}\n\
             Message-ID: <{number}@example.org>\nReferences: <0@x> <{number}@y>\nSubject: again\n\nbody {number}\n",
            number % 3,
            "full ".repeat(number as usize % 5)
        );
        // As a delivery does it: the name stands for one file for ever.
        let path = self.mail().join("tmp").join("next");
        fs::write(&path, text).unwrap();
        let old = SystemTime::now() - Duration::from_secs(3600);
        File::open(&path).unwrap().set_modified(old).unwrap();
        fs::rename(&path, self.mail().join(name)).unwrap();
    }

    fn read(&self, books: &Runbooks, cached: bool) -> Vec<Row> {
        let hosts = HostRules::default();
        let cache = Cache::new(&self.cache(), books, &hosts);
        let changes = all_of(folders(&[self.mail()], false).unwrap(), books, &hosts, cached.then_some(&cache));
        let rows =
            changes.into_iter().flat_map(|change| if let Change::Rows(rows) = change { rows } else { Vec::new() });
        let mut rows: Vec<Row> = rows.collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows
    }

    /// Reads with the index and without, and compares.
    fn same(&self, books: &Runbooks) {
        let (kept, read) = (self.read(books, true), self.read(books, false));
        assert_eq!(format!("{kept:#?}"), format!("{read:#?}"));
    }
}

fn books(texts: &[&str]) -> Runbooks {
    let own: Vec<(String, String)> =
        texts.iter().enumerate().map(|(i, text)| (format!("{i}.md"), (*text).to_owned())).collect();
    let books = Runbooks::only(&own);
    assert!(books.diagnostics.is_empty(), "{:?}", books.diagnostics);
    books
}

fn subjects(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| &*row.subject).collect()
}

/// Empties a mail without changing its name or its inode number, so that whoever opens it sees nothing.
fn hollow(path: &Path) {
    File::options().write(true).open(path).unwrap().set_len(0).unwrap();
}

#[test]
fn what_was_read_once_is_not_opened_again() {
    let place = Place::new();
    let books = books(&[HOSTS, SUBJECTS]);
    for number in 1..=3 {
        place.deliver(&format!("cur/{number}.a:2,"), number);
    }
    assert_eq!(place.read(&books, true).len(), 3);
    hollow(&place.mail().join("cur/2.a:2,"));
    fs::rename(place.mail().join("cur/2.a:2,"), place.mail().join("cur/2.a:2,FS")).unwrap();
    place.deliver("new/4.a", 4);
    let rows = place.read(&books, true);
    assert_eq!(
        subjects(&rows),
        ["disk 1 is full", "disk 2 is full full", "disk 3 is full full full", "disk 4 is full full full full"]
    );
    assert_eq!(rows[1].name.bytes(), b"2.a:2,FS", "flags come from the listing");
    assert_eq!(rows[1].label("host"), Some("web2.example.org"));
}

#[test]
fn a_name_that_means_another_file_is_read() {
    let place = Place::new();
    let books = books(&[SUBJECTS]);
    place.deliver("cur/1.a:2,", 1);
    place.same(&books);
    place.deliver("cur/1.a:2,", 9);
    place.same(&books);
    assert_eq!(subjects(&place.read(&books, true)), ["disk 9 is full full full full"]);
}

#[test]
fn other_rules_read_everything_again() {
    let place = Place::new();
    place.deliver("cur/1.a:2,", 1);
    for texts in [&[HOSTS][..], &[SUBJECTS], &[SUBJECTS, HOSTS], &[HOSTS, SUBJECTS], &[]] {
        place.same(&books(texts));
    }
}

#[test]
fn another_build_of_the_program_reads_everything_again() {
    let place = Place::new();
    let (books, hosts) = (books(&[SUBJECTS]), HostRules::default());
    place.deliver("cur/1.a:2,", 1);
    let program = place.keep.path().join("program");
    let read = |rules: &Runbooks| {
        let cache = Cache::new(&place.cache(), &books, &hosts).made_by(&program).by(rules, &hosts);
        let changes = all_of(folders(&[place.mail()], false).unwrap(), rules, &hosts, Some(&cache));
        format!("{changes:?}").contains("disk 1 is full")
    };
    fs::write(&program, "one build").unwrap();
    assert!(read(&books));
    hollow(&place.mail().join("cur/1.a:2,"));
    assert!(read(&books), "the index of this build");
    fs::write(&program, "another build").unwrap();
    assert!(!read(&books));
}

#[test]
fn mail_that_is_still_being_written_is_not_kept() {
    let place = Place::new();
    let books = books(&[SUBJECTS]);
    place.deliver("cur/1.a:2,", 1);
    let path = place.mail().join("cur/1.a:2,");
    File::open(&path).unwrap().set_modified(SystemTime::now()).unwrap();
    assert_eq!(place.read(&books, true).len(), 1);
    hollow(&path);
    assert_eq!(subjects(&place.read(&books, true)), [""]);
}

#[test]
fn a_damaged_index_costs_time_and_nothing_else() {
    let place = Place::new();
    let books = books(&[HOSTS, SUBJECTS]);
    for number in 1..=4 {
        place.deliver(&format!("cur/{number}.a:2,"), number);
        // Each in a segment of its own.
        place.same(&books);
    }
    let whole = fs::read(place.file()).unwrap();
    let expected = format!("{:#?}", place.read(&books, false));
    for at in 0..whole.len() {
        for damage in 0..3 {
            let mut bytes = whole.clone();
            match damage {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= 0x41,
                _ => bytes.splice(at..at, [0; 7]).for_each(drop),
            }
            fs::write(place.file(), bytes).unwrap();
            assert_eq!(format!("{:#?}", place.read(&books, true)), expected, "damage {damage} at byte {at}");
        }
    }
    // Where it was cut off, the next one who reads appends what is missing: it is whole again.
    place.same(&books);
    hollow(&place.mail().join("cur/4.a:2,"));
    assert_eq!(subjects(&place.read(&books, true))[3], "disk 4 is full full full full");
}

#[test]
fn who_only_reads_changes_no_byte() {
    let place = Place::new();
    let (books, hosts) = (books(&[SUBJECTS]), HostRules::default());
    place.deliver("cur/1.a:2,", 1);
    let cache = Cache::new(&place.cache(), &books, &hosts).read_only();
    let read = || all_of(folders(&[place.mail()], true).unwrap(), &books, &hosts, Some(&cache)).len();
    assert!(read() > 0 && !place.cache().exists());
    place.same(&books);
    let before = fs::read(place.file()).unwrap();
    place.deliver("cur/2.a:2,", 2);
    read();
    assert_eq!(fs::read(place.file()).unwrap(), before);
}

#[test]
fn nobody_else_may_read_the_index() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.deliver("cur/1.a:2,", 1);
    place.same(&books(&[SUBJECTS]));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let modes = || (mode(&place.cache().join("index")), mode(&place.file()));
    assert_eq!(modes(), (0o700, 0o600));
    // Made by somebody else, or let loose: the rights are taken back.
    let (dir, file) = (place.cache().join("index"), place.file());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
    place.same(&books(&[SUBJECTS]));
    assert_eq!(modes(), (0o700, 0o600));
}

#[test]
fn who_only_reads_does_not_believe_an_index_that_others_may_write() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let (books, hosts) = (books(&[SUBJECTS]), HostRules::default());
    place.deliver("cur/1.a:2,", 1);
    place.same(&books);
    hollow(&place.mail().join("cur/1.a:2,"));
    let cache = Cache::new(&place.cache(), &books, &hosts).read_only();
    let known = || {
        let changes = all_of(folders(&[place.mail()], true).unwrap(), &books, &hosts, Some(&cache));
        format!("{changes:?}").contains("disk 1 is full")
    };
    assert!(known());
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o622)).unwrap();
    assert!(!known());
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(place.cache().join("index"), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(!known());
}

#[test]
fn whatever_lies_where_the_index_should_be_is_left_alone_and_not_waited_for() {
    let place = Arc::new(Place::new());
    place.deliver("cur/1.a:2,", 1);
    place.same(&books(&[SUBJECTS]));
    let (file, other) = (place.file(), place.keep.path().join("other"));
    fs::write(&other, "something else").unwrap();
    let lay: [(&str, &dyn Fn()); 4] = [
        ("a link", &|| std::os::unix::fs::symlink(&other, &file).unwrap()),
        ("a second name", &|| fs::hard_link(&other, &file).unwrap()),
        ("a folder", &|| fs::create_dir(&file).unwrap()),
        ("a FIFO", &|| assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success())),
    ];
    for (what, lay) in lay {
        let _ = fs::remove_file(&file).or_else(|_| fs::remove_dir(&file));
        lay();
        let (reader, (done, told)) = (Arc::clone(&place), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            reader.same(&books(&[SUBJECTS]));
            done.send(()).unwrap();
        });
        told.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(fs::read(&other).unwrap(), b"something else", "{what}");
    }
    // The whole folder of another place is none of ours either.
    fs::remove_file(&file).unwrap();
    let index = place.cache().join("index");
    fs::rename(&index, place.keep.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(place.keep.path().join("elsewhere"), &index).unwrap();
    place.same(&books(&[SUBJECTS]));
    assert_eq!(fs::read_dir(place.keep.path().join("elsewhere")).unwrap().count(), 0);
}

#[test]
fn the_records_of_mail_that_is_gone_are_thrown_away_in_the_end() {
    let place = Place::new();
    let books = books(&[SUBJECTS]);
    for number in 1..=5_200 {
        place.deliver(&format!("cur/{number}.a:2,"), number);
    }
    assert_eq!(place.read(&books, true).len(), 5_200);
    let before = fs::metadata(place.file()).unwrap().len();
    for number in 1..=5_100 {
        fs::remove_file(place.mail().join(format!("cur/{number}.a:2,"))).unwrap();
    }
    place.same(&books);
    assert!(fs::metadata(place.file()).unwrap().len() < before / 20, "written anew with what is left");
    place.deliver("cur/6000.a:2,", 6000);
    place.same(&books);
    place.same(&books);
}

/// Something that happens between two readings.
#[derive(Debug, Clone)]
enum Step {
    Deliver(u32),
    Flag(usize),
    Remove(usize),
    Replace(usize, u32),
    /// Other runbooks from now on.
    Rules(usize),
    /// A read that was killed, or a disk that failed: the index ends there, or has another byte there.
    Cut(usize),
    Flip(usize),
    Delete,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u32..1000).prop_map(Step::Deliver),
        3 => any::<usize>().prop_map(Step::Flag),
        2 => any::<usize>().prop_map(Step::Remove),
        2 => (any::<usize>(), 0u32..1000).prop_map(|(which, number)| Step::Replace(which, number)),
        1 => (0usize..4).prop_map(Step::Rules),
        1 => any::<usize>().prop_map(Step::Cut),
        1 => any::<usize>().prop_map(Step::Flip),
        1 => Just(Step::Delete),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_index_is_what_reading_gives(steps in prop::collection::vec((step(), any::<bool>()), 1..40)) {
        let place = Place::new();
        let rules = [books(&[HOSTS]), books(&[SUBJECTS]), books(&[HOSTS, SUBJECTS]), books(&[])];
        let (mut books, mut serial) = (&rules[2], 0);
        let mut names: Vec<String> = Vec::new();
        for (step, look) in steps {
            let some = |which: usize| if names.is_empty() { None } else { Some(which % names.len()) };
            match step {
                Step::Deliver(number) => {
                    serial += 1;
                    names.push(format!("cur/{serial}.a:2,"));
                    place.deliver(&names[names.len() - 1], number);
                }
                Step::Flag(which) => if let Some(i) = some(which) {
                    let flagged = if names[i].ends_with('F') { names[i].replace(":2,F", ":2,") } else { format!("{}F", names[i]) };
                    fs::rename(place.mail().join(&names[i]), place.mail().join(&flagged)).unwrap();
                    names[i] = flagged;
                },
                Step::Remove(which) => if let Some(i) = some(which) {
                    fs::remove_file(place.mail().join(names.remove(i))).unwrap();
                },
                Step::Replace(which, number) => if let Some(i) = some(which) {
                    // The file that lay there is kept elsewhere, so that the new one cannot get its inode number.
                    serial += 1;
                    fs::hard_link(place.mail().join(&names[i]), place.keep.path().join(serial.to_string())).unwrap();
                    place.deliver(&names[i], number);
                },
                Step::Rules(which) => books = &rules[which],
                Step::Cut(_) | Step::Flip(_) | Step::Delete if place.written().is_none() => {}
                Step::Cut(at) => {
                    let file = File::options().write(true).open(place.file()).unwrap();
                    file.set_len(at as u64 % (file.metadata().unwrap().len() + 1)).unwrap();
                }
                Step::Flip(at) => {
                    let mut bytes = fs::read(place.file()).unwrap();
                    if !bytes.is_empty() {
                        let at = at % bytes.len();
                        bytes[at] ^= 0x10;
                        fs::write(place.file(), bytes).unwrap();
                    }
                }
                Step::Delete => fs::remove_file(place.file()).unwrap(),
            }
            if look {
                place.same(books);
            }
        }
        place.same(books);
    }
}

#[test]
fn a_maildir_of_more_folders_than_a_process_may_have_files_open_is_read_and_kept() {
    let place = Place::new();
    for number in 0..200 {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(place.mail().join(format!(".Folder{number}")).join(part)).unwrap();
        }
        let name = format!(".Folder{number}/cur/17000{number:05}.M{number}P1.h:2,");
        let path = place.mail().join(name);
        fs::write(&path, format!("From: a@example.org\nSubject: {number}\n\nbody\n")).unwrap();
        // What was written just now is not kept.
        let before = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        fs::File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    }
    let list = || {
        let state = place.cache().with_file_name("state");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", &crate::mails::program().to_string_lossy()]);
        command.args(["list", "--json", "--maildir"]).arg(place.mail());
        command.arg("--state-dir").arg(state).arg("--cache-dir").arg(place.cache());
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        said["messages"].as_array().unwrap().len()
    };
    assert_eq!((list(), list()), (200, 200));
    let files = fs::read_dir(place.cache().join("index")).unwrap();
    let sizes = files.map(|file| file.unwrap().metadata().unwrap().len());
    assert_eq!(sizes.filter(|size| *size > 56).count(), 200, "each folder has its file, with what was read");
}

#[test]
fn the_screen_hears_that_it_is_still_reading_before_it_hears_of_mail_that_the_index_knows() {
    let place = Place::new();
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(place.mail().join(".Later").join(part)).unwrap();
    }
    place.deliver("cur/1.a:2,", 1);
    place.deliver("cur/2.a:2,", 2);
    place.deliver(".Later/cur/3.a:2,", 3);
    let (books, hosts) = (books(&[SUBJECTS]), HostRules::default());
    assert_eq!(place.read(&books, true).len(), 3);
    let cache = Cache::new(&place.cache(), &books, &hosts);
    let loader = start_telling(vec![place.mail()], Vec::new(), false, Arc::new(books), hosts, None, Some(cache));
    let (mut told, mut reading) = (0, (0, 0));
    loop {
        match loader.changes.recv_timeout(Duration::from_secs(60)).unwrap() {
            Change::Progress { done, of } => {
                assert!(done >= reading.0 && of >= reading.1 && done <= of, "{done} of {of} after {reading:?}");
                assert_eq!(done, told);
                reading = (done, of);
            }
            Change::Rows(rows) => {
                assert!(reading.1 > 0, "it is not known yet that more may come");
                told += rows.len();
            }
            Change::Complete => break,
            _ => {}
        }
    }
    assert_eq!((told, reading), (3, (3, 3)));
}

/// The first mail with another text, as a program writes it that knows nothing of Maildirs: in place.
fn write_over(place: &Place, subject: &str) {
    let path = place.mail().join("cur/1.a:2,");
    fs::write(&path, format!("From: cron@web1.example.org\nSubject: {subject}\n\nbody 1\n")).unwrap();
    File::open(&path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(1800)).unwrap();
}

#[test]
fn a_mail_that_is_opened_and_is_not_what_the_index_says_is_read_again() {
    let place = Place::new();
    place.deliver("cur/1.a:2,", 1);
    let (books, hosts) = (books(&[SUBJECTS]), HostRules::default());
    assert_eq!(place.read(&books, true).len(), 1);
    write_over(&place, "another");
    let cache = Cache::new(&place.cache(), &books, &hosts);
    let loader =
        start_telling(vec![place.mail()], Vec::new(), false, Arc::new(books.clone()), hosts, None, Some(cache));
    let next = || loop {
        if let Change::Rows(mut rows) = loader.changes.recv_timeout(Duration::from_secs(60)).unwrap() {
            break rows.remove(0);
        }
    };
    let row = next();
    assert_eq!(&*row.subject, "disk 1 is full");
    let opened = dutybox::io::load::one(&place.mail(), &row.key.base).unwrap().0;
    loader.ask.send(Ask::Opened(row.key.clone(), row.size, row.mtime)).unwrap();
    loader.ask.send(Ask::Opened(row.key, opened.size, opened.mtime)).unwrap();
    let row = next();
    assert_eq!((&*row.subject, row.size), ("another", opened.size));
    // It ends when it is asked to and nothing is left to tell: what it read is kept then.
    loader.ask.send(Ask::Stop).unwrap();
    while loader.changes.recv().is_ok() {}
    assert_eq!(subjects(&place.read(&books, true)), ["another"]);
}

#[test]
fn a_mail_that_is_shown_and_is_not_what_the_index_says_is_shown_as_it_is() {
    let place = Place::new();
    place.deliver("cur/1.a:2,", 1);
    let subject = |command: &[&str]| {
        let mut program = std::process::Command::new(crate::mails::program());
        program.args(command).args(["--json", "--utc", "--maildir"]).arg(place.mail());
        program.arg("--state-dir").arg(place.keep.path().join("state")).arg("--cache-dir").arg(place.cache());
        let output = program.output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        let message = if command[0] == "show" { &said["message"] } else { &said["messages"][0] };
        message["subject"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    assert_eq!(subject(&["list"]), "disk 1 is full");
    write_over(&place, "another");
    assert_eq!(subject(&["show", "1.a"]), "another");
    assert_eq!(subject(&["list"]), "another", "and known from then on");
}
