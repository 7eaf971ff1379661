//! What stood in front at the end of the last run is read first at the next start, and changes nothing but that.

use crate::support::{NOW, inbox_of, row};
use dutybox::io::front::{self, Front, MOST};
use dutybox::io::index::Cache;
use dutybox::io::load::{all, start_telling};
use dutybox::mail::{FileName, Time};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::Row;
use dutybox::triage::row::{Change, Place as Half};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

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
        fs::canonicalize(self.keep.path().join("mail")).unwrap()
    }

    fn cache(&self) -> Cache {
        Cache::new(&self.keep.path().join("cache"), &Runbooks::default(), &HostRules::default())
    }

    fn file(&self) -> PathBuf {
        self.keep.path().join("cache/index/front")
    }

    fn deliver(&self, name: &str, subject: &str) {
        let path = self.mail().join("tmp/next");
        fs::write(&path, format!("From: a@example.org\nSubject: {subject}\n\nbody\n")).unwrap();
        File::open(&path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        fs::rename(&path, self.mail().join(name)).unwrap();
    }

    fn front(&self, place: Half, name: &str) -> Front {
        Front { folder: self.mail(), place, name: FileName::new(name.as_bytes()) }
    }

    /// What a start tells up to its end.
    fn start(&self) -> Vec<Change> {
        let (books, hosts) = (Runbooks::default().into(), HostRules::default());
        let loader = start_telling(vec![self.mail()], Vec::new(), false, books, hosts, None, Some(self.cache()));
        let mut changes = Vec::new();
        while !matches!(changes.last(), Some(Change::Complete)) {
            changes.push(loader.changes.recv_timeout(Duration::from_secs(60)).expect("it goes on"));
        }
        changes
    }
}

/// The rows in the end, by base name, without what a listing alone says.
fn in_the_end(changes: &[Change]) -> BTreeMap<Vec<u8>, String> {
    let mut rows: BTreeMap<Vec<u8>, Row> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Rows(new) => rows.extend(new.iter().map(|row| (row.key.base.to_vec(), row.clone()))),
            Change::Renamed(key, name, place) => {
                let row = rows.get_mut(&*key.base).expect("it was told of");
                (row.name, row.place) = (name.clone(), *place);
            }
            Change::Vanished(key) => drop(rows.remove(&*key.base)),
            _ => {}
        }
    }
    rows.into_iter().map(|(base, row)| (base, format!("{row:?}"))).collect()
}

fn first_subjects(changes: &[Change]) -> Vec<String> {
    let rows = changes.iter().find_map(|change| if let Change::Rows(rows) = change { Some(rows) } else { None });
    let mut subjects: Vec<String> = rows.into_iter().flatten().map(|row| row.subject.to_string()).collect();
    subjects.sort();
    subjects
}

#[test]
fn what_stood_in_front_is_told_first_and_all_else_follows() {
    let place = Place::new();
    for number in 0..2_000 {
        place.deliver(&format!("cur/{}.a:2,", 1_700_000_000 + number), &format!("old {number}"));
    }
    for (name, subject) in [("cur/5.page:2,", "page"), ("new/6.fresh", "fresh"), ("cur/7.gone:2,", "gone")] {
        place.deliver(name, subject);
    }
    place.start();
    let names = [(Half::Cur, "5.page:2,"), (Half::New, "6.fresh"), (Half::Cur, "7.gone:2,")];
    front::write(&place.cache(), &names.map(|(half, name)| place.front(half, name)));
    fs::remove_file(place.mail().join("cur/7.gone:2,")).unwrap();
    let changes = place.start();
    assert_eq!(first_subjects(&changes), ["fresh", "page"]);
    let before = changes.iter().take_while(|change| !matches!(change, Change::Rows(_)));
    assert!(before.into_iter().any(|change| matches!(change, Change::Progress { of: 1.., .. })), "more is to come");
    let plain = all(&[place.mail()], false, &Runbooks::default(), &HostRules::default()).unwrap();
    assert_eq!(in_the_end(&changes), in_the_end(&plain));
    let told = changes.iter().map(|change| if let Change::Rows(rows) = change { rows.len() } else { 0 });
    assert_eq!(told.sum::<usize>(), 2_002, "each once");
}

#[test]
fn a_file_that_says_anything_else_is_no_harm() {
    let place = Place::new();
    place.deliver("cur/1.a:2,", "one");
    place.start();
    front::write(&place.cache(), &[place.front(Half::Cur, "1.a:2,")]);
    let sound = fs::read(place.file()).unwrap();
    assert_eq!(front::read(&place.cache()).len(), 1);
    let secret = place.keep.path().join("secret");
    fs::write(&secret, "Subject: secret\n\nno mail\n").unwrap();
    symlink(&secret, place.mail().join("cur/9.link")).unwrap();
    let folder = place.mail().display().to_string();
    for bytes in [
        Vec::new(),
        b"\0\0\0\0\0".to_vec(),
        vec![0xff; 10_000],
        sound[..sound.len() / 2].to_vec(),
        format!("{folder}\0cur\0../../secret\0").into_bytes(),
        format!("{folder}\0tmp\0x\0").into_bytes(),
        format!("{}\0cur\0secret\0", place.keep.path().display()).into_bytes(),
        format!("{folder}\0cur\09.link\0").into_bytes(),
        sound.repeat(MOST * 3),
    ] {
        fs::write(place.file(), &bytes).unwrap();
        let changes = place.start();
        assert!(!format!("{changes:?}").contains("\"secret\""), "{}", String::from_utf8_lossy(&bytes));
        assert!(in_the_end(&changes).contains_key(&b"1.a"[..]));
        assert!(front::read(&place.cache()).len() <= MOST);
    }
    fs::remove_file(place.file()).unwrap();
    symlink(&secret, place.file()).unwrap();
    assert_eq!(front::read(&place.cache()), []);
    front::write(&place.cache(), &[place.front(Half::Cur, "1.a:2,")]);
    assert_eq!(fs::read(&secret).unwrap(), b"Subject: secret\n\nno mail\n", "nothing is written through a link");
    assert_eq!(fs::metadata(place.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn who_only_looks_writes_none() {
    let place = Place::new();
    front::write(&place.cache().read_only(), &[place.front(Half::Cur, "1.a:2,")]);
    assert!(!place.file().exists());
}

#[test]
fn in_front_stand_the_most_urgent_and_the_newest() {
    let rows = (0..50).map(|number| {
        let mut row = row(&format!("{number}.a"), "x", "a@example.org");
        row.received = Time(NOW.0 - 60 - number);
        row
    });
    let inbox = inbox_of(rows.collect());
    let names = |most| inbox.front(most).iter().map(|row| row.key.base.to_vec()).collect::<Vec<_>>();
    assert_eq!(names(3), [b"0.a".to_vec(), b"1.a".to_vec(), b"2.a".to_vec()]);
    assert_eq!(names(300).len(), 50, "each once");
    assert!(names(0).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_stood_in_front_the_end_is_that_of_reading_all(
        mails in prop::collection::vec((0usize..8, any::<bool>(), any::<bool>()), 0..8),
        fronts in prop::collection::vec((0usize..8, any::<bool>(), any::<bool>()), 0..8),
        again in prop::collection::vec((0usize..8, 0usize..3), 0..4),
    ) {
        let place = Place::new();
        let name = |number: usize, new: bool, seen: bool| match (new, seen) {
            (true, _) => format!("new/{number}.a"),
            (false, true) => format!("cur/{number}.a:2,S"),
            (false, false) => format!("cur/{number}.a:2,"),
        };
        for (number, new, seen) in mails {
            place.deliver(&name(number, new, seen), &format!("mail {number}"));
        }
        place.start();
        let front = |(number, new, seen): (usize, bool, bool)| {
            let path = name(number, new, seen);
            place.front(if new { Half::New } else { Half::Cur }, &path[4..])
        };
        front::write(&place.cache(), &fronts.into_iter().map(front).collect::<Vec<_>>());
        for (number, what) in again {
            let (from, to) = (place.mail().join(name(number, true, false)), place.mail().join(name(number, false, true)));
            match what {
                0 => drop(fs::rename(from, to)),
                1 => drop(fs::remove_file(to)),
                _ => place.deliver(&name(number, false, true), "another"),
            }
        }
        let plain = all(&[place.mail()], false, &Runbooks::default(), &HostRules::default()).unwrap();
        prop_assert_eq!(in_the_end(&place.start()), in_the_end(&plain));
    }
}
