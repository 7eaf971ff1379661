//! Maildirs on the system calls: names, flags, odd entries, races, delivery; and the reader that watches them.

use dutybox::io::load::{self, Ask};
use dutybox::io::maildir::{self, MailError};
use dutybox::mail::{FileName, Flags};
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::row::{Change, Folder, FolderId, MailKey, Odd, Place, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const MAIL: &[u8] = b"From: a@example.org\nTo: oncall@example.org\nSubject: disk full\nDate: Thu, 21 Nov 2013 14:07:03 +0000\nMessage-ID: <1@example.org>\n\nbody\n";

/// A Maildir with nothing in it.
fn maildir() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap().join("Maildir");
    folder(&root);
    (dir, root)
}

fn folder(path: &Path) {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(path.join(part)).unwrap();
    }
}

fn put(root: &Path, name: impl AsRef<[u8]>, bytes: &[u8]) {
    fs::write(root.join(OsStr::from_bytes(name.as_ref())), bytes).unwrap();
}

/// Names in `new` and `cur`, with their directory.
fn names(root: &Path) -> BTreeSet<Vec<u8>> {
    let mut names = BTreeSet::new();
    for part in ["new", "cur"] {
        for entry in fs::read_dir(root.join(part)).unwrap() {
            names.insert([part.as_bytes(), b"/", entry.unwrap().file_name().as_bytes()].concat());
        }
    }
    names
}

/// Scans until the pass is trusted: time stamps of the directory must be a little old for that.
fn trusted(root: &Path) -> maildir::Scan {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let scan = maildir::scan(root).unwrap();
        if scan.trusted {
            return scan;
        }
        assert!(Instant::now() < end, "no trusted scan of a folder that stands still");
    }
}

fn all(root: &Path) -> Vec<Change> {
    load::all(&[root.to_path_buf()], false, &Runbooks::default(), &HostRules::default()).unwrap()
}

fn rows(changes: &[Change]) -> Vec<Row> {
    let rows = changes.iter().filter_map(|change| match change {
        Change::Rows(rows) => Some(rows.clone()),
        _ => None,
    });
    rows.flatten().collect()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

// Folders -------------------------------------------------------------------------------------------------------------

#[test]
fn folders_are_the_inbox_maildir_plus_plus_and_nested_ones() {
    let (_keep, root) = maildir();
    folder(&root.join(".Archive.2013"));
    folder(&root.join("lists/rust"));
    folder(&root.join("lists/rust/old"));
    folder(&root.join(".Entw&APw-rfe"));
    fs::create_dir_all(root.join(".notmuch/xapian")).unwrap();
    fs::create_dir_all(root.join(".Foo.Bar/tmp")).unwrap();
    symlink(&root, root.join("loop")).unwrap();
    symlink(&root, root.join(".Loop")).unwrap();
    let found: Vec<String> = maildir::folders(&root).unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(found, ["", "Archive/2013", "Entw&APw-rfe", "Foo/Bar", "lists/rust", "lists/rust/old"]);
}

#[test]
fn c14_hostile_folder_names_stay_inside_and_are_kept_apart() {
    let (_keep, root) = maildir();
    for name in [&b"..."[..], b".\x1b[2J", b".A\xff", b"..evil", b".x\ny"] {
        folder(&root.join(OsStr::from_bytes(name)));
    }
    let found = maildir::folders(&root).unwrap();
    let names: BTreeSet<String> = found.iter().map(|found| found.name.clone()).collect();
    assert_eq!(names, BTreeSet::from(["", "...", "\u{1b}[2J", "A%FF", "..evil", "x\ny"].map(str::to_owned)));
    assert!(found.iter().all(|found| found.path.starts_with(&root)), "{found:?}");
}

#[test]
fn a_missing_maildir_is_an_error_that_says_what_to_type() {
    let (_keep, root) = maildir();
    let missing = root.join("nowhere");
    let error = maildir::folders(&missing).unwrap_err();
    assert!(error.message.contains("is not there"), "{error}");
    assert!(error.hint.unwrap().contains("dutybox demo"));

    let parent = root.parent().unwrap();
    let error = maildir::folders(parent).unwrap_err();
    assert!(error.message.contains("is no Maildir"), "{error}");
    assert!(error.hint.unwrap().contains(&format!("dutybox {}", root.display())));

    fs::write(parent.join("file"), "x").unwrap();
    assert!(maildir::folders(&parent.join("file")).unwrap_err().message.contains("is no directory"));
}

// Scans ---------------------------------------------------------------------------------------------------------------

#[test]
fn c12_odd_entries_are_listed_and_never_followed_or_waited_for() {
    let (_keep, root) = maildir();
    symlink("/etc/passwd", root.join("cur/1.link:2,S")).unwrap();
    symlink("/nowhere", root.join("cur/2.dangling")).unwrap();
    symlink("3.loop", root.join("cur/3.loop")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("cur/4.fifo:2,")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(root.join("cur/5.socket")).unwrap();
    fs::create_dir(root.join("cur/6.dir:2,")).unwrap();
    fs::File::create(root.join("cur/7.sparse:2,")).unwrap().set_len(10 << 30).unwrap();
    put(&root, "cur/8.empty:2,", b"");
    put(&root, "cur/9.secret:2,", MAIL);
    fs::set_permissions(root.join("cur/9.secret:2,"), fs::Permissions::from_mode(0o000)).unwrap();
    put(&root, "cur/10.hard:2,", MAIL);
    fs::hard_link(root.join("cur/10.hard:2,"), root.join("cur/11.link:2,")).unwrap();
    let long = format!("cur/{}", "l".repeat(255));
    put(&root, &long, MAIL);
    put(&root, b"cur/12.\x1b[2J\n\xff:2,", MAIL);
    put(&root, "cur/.hidden", MAIL);
    put(&root, "new/13.exp:1,x", MAIL);

    let begun = Instant::now();
    let changes = all(&root);
    assert!(begun.elapsed() < Duration::from_secs(60), "something was waited for");
    let rows = rows(&changes);
    let odd: BTreeMap<String, Option<Odd>> = rows
        .iter()
        .filter(|row| row.odd.is_some())
        .map(|row| {
            (String::from_utf8_lossy(row.key.base.split(|b| *b == b'.').next().unwrap()).into_owned(), row.odd.clone())
        })
        .collect();
    let mut expected = BTreeMap::from([
        ("1".to_owned(), Some(Odd::Symlink)),
        ("2".to_owned(), Some(Odd::Symlink)),
        ("3".to_owned(), Some(Odd::Symlink)),
        ("4".to_owned(), Some(Odd::Special)),
        ("5".to_owned(), Some(Odd::Special)),
        ("6".to_owned(), Some(Odd::Directory)),
    ]);
    if !is_root() {
        expected.insert("9".to_owned(), Some(Odd::Unreadable("Permission denied".into())));
    }
    assert_eq!(odd, expected);
    // Files in = rows, dot files apart; and no error beside them.
    assert_eq!(rows.len(), names(&root).len() - 1);
    assert!(!changes.iter().any(|change| matches!(change, Change::FolderError(_, Some(_)))));

    let refused =
        |base: &[u8]| maildir::set_flags(&root, base, None, Flags::FLAGGED, Flags::NONE).unwrap_err().to_string();
    let before = names(&root);
    assert!(refused(&long.as_bytes()[4..]).contains("255 bytes"));
    assert!(refused(b"1.link").contains("symbolic link"));
    assert!(refused(b"4.fifo").contains("FIFO"));
    assert!(refused(b"6.dir").contains("directory"));
    assert!(refused(b"13.exp").contains("experimental"));
    assert_eq!(names(&root), before, "a refusal changes nothing");
    for (name, place) in [("1.link:2,S", Place::Cur), ("4.fifo:2,", Place::Cur), ("5.socket", Place::Cur)] {
        let error = maildir::read(&root, place, &FileName::new(name.as_bytes())).unwrap_err();
        assert!(matches!(error, MailError::NotAMail(_)), "{name}: {error}");
    }
    assert!(fs::symlink_metadata(root.join("cur/4.fifo:2,")).unwrap().file_type().is_fifo());
}

#[test]
fn c12_a_device_is_listed_and_not_opened() {
    let (_keep, root) = maildir();
    let made = Command::new("mknod")
        .arg(root.join("cur/1.zero:2,"))
        .args(["c", "1", "5"])
        .stderr(std::process::Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no right to make a device node");
        return;
    }
    let rows = rows(&all(&root));
    assert_eq!(rows.iter().map(|row| row.odd.clone()).collect::<Vec<_>>(), [Some(Odd::Special)]);
    let error = maildir::read(&root, Place::Cur, &FileName::new(*b"1.zero:2,")).unwrap_err();
    assert!(error.to_string().contains("not a mail"), "{error}");
}

#[test]
fn duplicates_of_a_base_name_are_all_rows_and_the_second_is_not_renamed() {
    let (_keep, root) = maildir();
    put(&root, "new/1.a", MAIL);
    put(&root, "cur/1.a", MAIL);
    put(&root, "cur/1.a:2,S", MAIL);
    put(&root, "cur/2.b:2,", MAIL);
    let scan = trusted(&root);
    let keys: BTreeMap<Vec<u8>, Option<Odd>> = scan.entries.into_iter().map(|e| (e.key.to_vec(), e.odd)).collect();
    let double = Some(Odd::DuplicateName);
    let expected: BTreeMap<Vec<u8>, Option<Odd>> =
        [("1.a", None), ("cur/1.a:2,S", double.clone()), ("new/1.a", double), ("2.b", None)]
            .into_iter()
            .map(|(key, odd)| (key.as_bytes().to_vec(), odd))
            .collect();
    assert_eq!(keys, expected);

    let rows = rows(&all(&root));
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| *row.subject == *"disk full"), "duplicates are messages that can be read");
    let before = names(&root);
    let error = maildir::set_flags(&root, b"cur/1.a:2,S", None, Flags::FLAGGED, Flags::NONE).unwrap_err();
    assert!(error.to_string().contains("two files share this name"), "{error}");
    // The first of them would get the name of another: refused as well, nothing is overwritten.
    let error = maildir::set_flags(&root, b"1.a", None, Flags::SEEN, Flags::NONE).unwrap_err();
    assert!(error.to_string().contains("another file has the name"), "{error}");
    assert_eq!(names(&root), before);
    assert_eq!(load::one(&root, b"new/1.a").unwrap().0.place, Place::New);
}

#[test]
fn an_unreadable_cur_is_an_error_and_not_an_empty_inbox() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,", MAIL);
    folder(&root.join(".Gone"));
    fs::remove_dir(root.join(".Gone/cur")).unwrap();
    folder(&root.join(".Linked"));
    fs::remove_dir(root.join(".Linked/cur")).unwrap();
    symlink(root.join("cur"), root.join(".Linked/cur")).unwrap();
    let changes = all(&root);
    let Some(Change::Folders(folders)) = changes.first() else { panic!("folders come first") };
    let errors: Vec<(&str, &str)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::FolderError(id, Some(words)) => Some((folders[usize::from(id.0)].name.as_str(), words.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(errors.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["Gone", "Linked"]);
    assert!(errors[0].1.contains(".Gone/cur") && errors[0].1.contains("ls -la"), "{errors:?}");
    assert_eq!(rows(&changes).len(), 1);
}

#[test]
fn what_can_be_read_of_a_folder_is_shown_with_the_error_of_the_other_half() {
    let (_keep, root) = maildir();
    for (name, part) in [(".NoCur", "cur"), (".NoNew", "new")] {
        folder(&root.join(name));
        put(&root, format!("{name}/new/1.a"), MAIL);
        put(&root, format!("{name}/cur/2.b:2,S"), MAIL);
        fs::rename(root.join(name).join(part), root.join(name).join("away")).unwrap();
        symlink("away", root.join(name).join(part)).unwrap();
    }
    let changes = all(&root);
    let Some(Change::Folders(folders)) = changes.first() else { panic!("folders come first") };
    let mut read: Vec<(String, Vec<u8>)> = rows(&changes)
        .iter()
        .map(|row| (folders[usize::from(row.key.folder.0)].name.clone(), row.key.base.to_vec()))
        .collect();
    read.sort();
    assert_eq!(read, [("NoCur".into(), b"1.a".to_vec()), ("NoNew".into(), b"2.b".to_vec())]);
    let errors = changes.iter().filter(|change| matches!(change, Change::FolderError(_, Some(_)))).count();
    assert_eq!(errors, 2, "an error, not half an inbox");
    let (_, message) = load::one(&root.join(".NoCur"), b"1.a").unwrap();
    assert_eq!(message.raw(), MAIL, "and it is shown");
    assert!(maildir::set_flags(&root.join(".NoCur"), b"1.a", None, Flags::SEEN, Flags::NONE).is_err());

    // The reader that watches shows it too, and takes the other half in when it is back.
    let loader = watch(&root);
    let mut model = Model::default();
    model.until(&loader, "the readable half", |model| {
        model.complete && model.rows.len() == 2 && model.errors.len() == 2
    });
    fs::remove_file(root.join(".NoCur/cur")).unwrap();
    fs::rename(root.join(".NoCur/away"), root.join(".NoCur/cur")).unwrap();
    loader.ask.send(Ask::Rescan).unwrap();
    model.until(&loader, "the other half", |model| model.rows.len() == 3 && model.errors.len() == 1);
}

/// Runs one of the ignored tests below as a user without rights, on a Maildir that this user may reach.
fn as_nobody(test: &str, root: &Path) {
    let exe = std::env::current_exe().unwrap();
    // The test binary may lie where nobody may go.
    let place = root.parent().unwrap();
    let copy = place.join("tests");
    fs::copy(&exe, &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let mut up = Some(place);
    while let Some(dir) = up.filter(|dir| dir.starts_with(std::env::temp_dir()) && *dir != std::env::temp_dir()) {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
        up = dir.parent();
    }
    let run = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"])
        .arg(&copy)
        .args(["--exact", test])
        .env("DUTYBOX_TEST_MAILDIR", root)
        .env("HOME", "/nonexistent")
        .current_dir("/")
        .output();
    match run {
        Ok(run) => {
            let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success() && said.contains("1 passed"), "{said}");
        }
        Err(error) => eprintln!("SKIPPED: {test}: no setpriv here: {error}"),
    }
}

#[test]
fn c06_folders_without_rights_are_shown_and_said_to_be_read_only() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,", MAIL);
    folder(&root.join(".Shut"));
    for path in [root.clone(), root.join("new"), root.join("tmp")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(root.join("cur"), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(root.join(".Shut"), fs::Permissions::from_mode(0o000)).unwrap();
    if is_root() {
        as_nobody("maildir::c06_as_a_user_without_rights", &root);
    } else {
        c06_checks(&root);
    }
    fs::set_permissions(root.join(".Shut"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(root.join("cur"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// The half of the test above that it runs as another user, with the Maildir in the environment.
#[test]
fn c06_as_a_user_without_rights() {
    if let Some(root) = std::env::var_os("DUTYBOX_TEST_MAILDIR") {
        c06_checks(Path::new(&root));
    }
}

fn c06_checks(root: &Path) {
    let changes = all(root);
    let Some(Change::Folders(folders)) = changes.first() else { panic!("folders come first") };
    assert!(folders.iter().find(|folder| folder.name.is_empty()).unwrap().read_only);
    let shut =
        folders.iter().position(|folder| folder.name == "Shut").expect("the folder that cannot be read is listed");
    let error = changes.iter().find_map(|change| match change {
        Change::FolderError(id, words) if usize::from(id.0) == shut => words.clone(),
        _ => None,
    });
    assert!(error.expect("an error, not an empty folder").contains("Permission denied"));
    assert_eq!(rows(&changes).len(), 1, "what can be read is shown");
    let error = maildir::set_flags(root, b"1.a", None, Flags::FLAGGED, Flags::NONE).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
}

// Reading -------------------------------------------------------------------------------------------------------------

#[test]
fn a_mail_that_was_renamed_meanwhile_is_found_by_its_base_name() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,S", MAIL);
    let read = maildir::read(&root, Place::New, &FileName::new(*b"1.a")).unwrap();
    assert_eq!((read.place, read.name.bytes(), &read.bytes[..]), (Place::Cur, &b"1.a:2,S"[..], MAIL));
    // mbsync gave it a UID.
    fs::rename(root.join("cur/1.a:2,S"), root.join("cur/1.a,U=7:2,FS")).unwrap();
    assert_eq!(maildir::find(&root, b"1.a").unwrap().1.bytes(), b"1.a,U=7:2,FS");
    fs::remove_file(root.join("cur/1.a,U=7:2,FS")).unwrap();
    assert!(matches!(maildir::find(&root, b"1.a"), Err(MailError::Gone)));
    assert!(matches!(maildir::read(&root, Place::Cur, &FileName::new(*b"1.a:2,S")), Err(MailError::Gone)));
}

#[test]
fn reading_changes_no_time_stamp() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,", MAIL);
    let path = root.join("cur/1.a:2,");
    let past = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::open(&path).unwrap().set_times(fs::FileTimes::new().set_accessed(past).set_modified(past)).unwrap();
    let read = maildir::read(&root, Place::Cur, &FileName::new(*b"1.a:2,")).unwrap();
    assert_eq!(read.mtime.0, 1_000_000_000);
    let meta = fs::metadata(&path).unwrap();
    assert_eq!((meta.atime(), meta.mtime()), (1_000_000_000, 1_000_000_000));
}

#[test]
fn c34_a_mail_that_shrinks_or_grows_while_it_is_read_is_no_crash() {
    let (_keep, root) = maildir();
    let path = root.join("cur/1.a:2,");
    put(&root, "cur/1.a:2,", &MAIL.repeat(2000));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::write(&path, b"").unwrap();
                fs::write(&path, MAIL.repeat(2000)).unwrap();
            }
        });
        for _ in 0..200 {
            let read = maildir::read(&root, Place::Cur, &FileName::new(*b"1.a:2,")).unwrap();
            assert!(read.bytes.len() <= MAIL.len() * 2000);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

// Flags ---------------------------------------------------------------------------------------------------------------

/// Name after adding and removing, by MR-3 to MR-6, worked out apart from the code under test; `None`: left alone.
fn expected(name: &str, add: &str, remove: &str) -> Option<String> {
    let Some((base, info)) = name.split_once(':') else {
        return Some(format!("{name}:2,{add}"));
    };
    let rest = info.strip_prefix("2,")?;
    let (flags, tail) = match rest.find(',') {
        Some(comma) => rest.split_at(comma),
        None => (rest, ""),
    };
    let mut letters: Vec<char> = flags.chars().collect();
    if !letters.is_sorted() || letters.windows(2).any(|two| two[0] == two[1]) || !flags.is_ascii() {
        return None;
    }
    letters.retain(|letter| !remove.contains(*letter));
    letters.extend(add.chars().filter(|letter| !flags.contains(*letter)));
    letters.sort_unstable();
    Some(format!("{base}:2,{}{tail}", letters.into_iter().collect::<String>()))
}

#[test]
fn c15_every_name_of_real_programs_gets_exactly_the_flags_asked_for() {
    let bases = [
        "1700000000.M000000P1.mx1,S=123,W=130",
        "1700000001.1_1.laptop,U=2",
        "1700000002_2.2.laptop,U=3,FMD5=7e33429f656f1e6e9d79b29c3f82c57e",
        "1700000003.3_1.host",
        "1700000004.H4P4.mon1.example.net",
        "1700000005.M5P5V0000000000000801I0000000000000005_0.host,S=10",
        "1700000006.R4611686018427387904.box",
        "msg.000007",
        "1700000008.P1Q8.host\\0728080",
    ];
    let infos = [
        ":2,",
        ":2,S",
        ":2,F",
        ":2,RS",
        ":2,FS",
        ":2,DFPRST",
        ":2,Sa",
        ":2,FRSabz",
        ":2,S,xtra",
        ":2,X",
        ":2,SF",
        ":2,SS",
        "",
        ":1,exp",
        ":2",
        ":2,S:2,F",
    ];
    let (_keep, root) = maildir();
    let mut cases = 0;
    for place in ["new", "cur"] {
        for (i, info) in infos.iter().enumerate() {
            for letter in "DFPRST".chars() {
                for set in [true, false] {
                    let name = format!("{}{info}", bases[(i + cases) % bases.len()]);
                    let file = root.join(place).join(&name);
                    fs::write(&file, &name).unwrap();
                    let flag = Flags::from_letters(letter.to_string().as_bytes());
                    let letter = letter.to_string();
                    let (add, remove) = if set { (letter.as_str(), "") } else { ("", letter.as_str()) };
                    let (plus, minus) = if set { (flag, Flags::NONE) } else { (Flags::NONE, flag) };
                    let base = name.split(':').next().unwrap();
                    let result = maildir::set_flags(&root, base.as_bytes(), None, plus, minus);
                    let after = names(&root).into_iter().next().unwrap();
                    let after = String::from_utf8(after).unwrap();
                    match expected(&name, add, remove) {
                        Some(wanted) => {
                            assert_eq!(after, format!("cur/{wanted}"), "{place}/{name} {add}-{remove}");
                            let done = result.unwrap();
                            assert_eq!(done.name.bytes(), wanted.as_bytes());
                            let had = FileName::new(name.as_bytes()).flags();
                            assert_eq!(done.added, plus.without(had), "{name}");
                            assert_eq!(done.removed, minus.and(had), "{name}");
                        }
                        None => {
                            assert_eq!(after, format!("{place}/{name}"), "left alone");
                            assert!(matches!(result, Err(MailError::Refused(_))), "{name}: {result:?}");
                        }
                    }
                    assert_eq!(names(&root).len(), 1);
                    fs::remove_file(root.join(after)).unwrap();
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 2 * 16 * 12);
}

#[test]
fn c15_the_names_of_the_generator_are_all_listed_with_their_flags() {
    let Some(place) = std::env::var_os("DUTYBOX_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: DUTYBOX_CORPUS is not set (a folder with tools/mk_maildir.py and corpus/)");
        return;
    };
    let (_keep, root) = maildir();
    let made =
        Command::new("python3").arg(place.join("tools/mk_maildir.py")).arg(&root).arg(place.join("samples")).output();
    let made = made.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let before = names(&root);
    assert!(!before.is_empty());
    let rows = rows(&all(&root));
    assert_eq!(rows.len(), before.len());
    for row in rows {
        let letters: Vec<u8> = match row.name.bytes().windows(3).position(|three| three == b":2,") {
            Some(at) => row.name.bytes()[at + 3..].split(|byte| *byte == b',').next().unwrap().to_vec(),
            None => Vec::new(),
        };
        assert_eq!(row.flags(), Flags::from_letters(&letters), "{:?}", row.name);
    }
}

#[test]
fn mail_in_new_keeps_its_info_on_the_way_to_cur() {
    let (_keep, root) = maildir();
    put(&root, "new/1.a:2,S", MAIL);
    maildir::set_flags(&root, b"1.a", None, Flags::FLAGGED, Flags::NONE).unwrap();
    assert_eq!(names(&root), BTreeSet::from([b"cur/1.a:2,FS".to_vec()]));
}

#[test]
fn a_flag_change_starts_from_the_name_on_disk_and_not_from_the_one_that_was_seen() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,", MAIL);
    let seen = FileName::new(*b"1.a:2,");
    fs::rename(root.join("cur/1.a:2,"), root.join("cur/1.a:2,RSx")).unwrap();
    let done =
        maildir::set_flags(&root, b"1.a", Some((Place::Cur, &seen)), Flags::FLAGGED.with(Flags::SEEN), Flags::NONE)
            .unwrap();
    assert_eq!(names(&root), BTreeSet::from([b"cur/1.a:2,FRSx".to_vec()]));
    assert_eq!(done.added, Flags::FLAGGED, "the S was there already: it is not ours to take back");
}

#[test]
fn a_flag_change_never_overwrites_and_keeps_mtime() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,", b"one");
    put(&root, "cur/1.a:2,F", b"two");
    let error =
        maildir::set_flags(&root, b"1.a", Some((Place::Cur, &FileName::new(*b"1.a:2,"))), Flags::FLAGGED, Flags::NONE);
    assert!(error.unwrap_err().to_string().contains("another file has the name"));
    assert_eq!(fs::read(root.join("cur/1.a:2,")).unwrap(), b"one");
    assert_eq!(fs::read(root.join("cur/1.a:2,F")).unwrap(), b"two");

    put(&root, "cur/2.b:2,", MAIL);
    let past = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::open(root.join("cur/2.b:2,")).unwrap().set_modified(past).unwrap();
    maildir::set_flags(&root, b"2.b", None, Flags::SEEN, Flags::NONE).unwrap();
    maildir::sync(&root).unwrap();
    assert_eq!(fs::metadata(root.join("cur/2.b:2,S")).unwrap().mtime(), 1_000_000_000);
}

#[test]
fn several_writers_lose_no_flag_and_duplicate_no_mail() {
    let (_keep, root) = maildir();
    for i in 0..20 {
        put(&root, format!("cur/{i}.a:2,"), MAIL);
    }
    std::thread::scope(|scope| {
        for flag in [Flags::FLAGGED, Flags::SEEN, Flags::REPLIED, Flags::TRASHED] {
            let root = &root;
            scope.spawn(move || {
                for i in 0..20 {
                    maildir::set_flags(root, format!("{i}.a").as_bytes(), None, flag, Flags::NONE).unwrap();
                }
            });
        }
    });
    let expected: BTreeSet<Vec<u8>> = (0..20).map(|i| format!("cur/{i}.a:2,FRST").into_bytes()).collect();
    assert_eq!(names(&root), expected);
}

// Delivery ------------------------------------------------------------------------------------------------------------

#[test]
fn a_delivery_is_whole_private_and_of_a_new_name() {
    let (_keep, root) = maildir();
    let one = maildir::deliver(&root, Place::New, Flags::NONE, MAIL).unwrap();
    let two = maildir::deliver(&root, Place::Cur, Flags::SEEN, MAIL).unwrap();
    assert_ne!(one.base(), two.base());
    assert!(!one.bytes().contains(&b':') && two.bytes().ends_with(b":2,S"));
    for (part, name) in [("new", &one), ("cur", &two)] {
        let path = root.join(part).join(OsStr::from_bytes(name.bytes()));
        assert_eq!(fs::read(&path).unwrap(), MAIL);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(root.join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_delivery_that_fails_leaves_nothing_behind() {
    let (_keep, root) = maildir();
    fs::remove_dir(root.join("cur")).unwrap();
    maildir::deliver(&root, Place::Cur, Flags::NONE, MAIL).unwrap_err();
    assert_eq!(fs::read_dir(root.join("tmp")).unwrap().count(), 0);
}

// Watching ------------------------------------------------------------------------------------------------------------

/// A list as the inbox keeps it, fed by a loader.
#[derive(Default)]
struct Model {
    folders: Vec<Folder>,
    rows: HashMap<MailKey, Row>,
    errors: HashMap<FolderId, String>,
    complete: bool,
    vanished: usize,
}

impl Model {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Folders(folders) => self.folders = folders,
            Change::Rows(rows) => self.rows.extend(rows.into_iter().map(|row| (row.key.clone(), row))),
            Change::Renamed(key, name, place) => {
                let row = self.rows.get_mut(&key).expect("only rows that are known are renamed");
                row.name = name;
                row.place = place;
            }
            Change::Vanished(key) => {
                self.vanished += 1;
                assert!(self.rows.remove(&key).is_some(), "only rows that are known vanish");
            }
            Change::FolderError(id, Some(words)) => {
                self.errors.insert(id, words);
            }
            Change::FolderError(id, None) => {
                self.errors.remove(&id);
            }
            Change::Progress { .. } => {}
            Change::Complete => self.complete = true,
        }
    }

    /// Takes in changes until something holds; panics after 20 seconds.
    fn until(&mut self, loader: &load::Loader, what: &str, mut holds: impl FnMut(&Model) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !holds(self) {
            assert!(Instant::now() < end, "not within 20 s: {what}");
            if let Ok(change) = loader.changes.recv_timeout(Duration::from_millis(50)) {
                self.apply(change);
                // All that waits, before looking again: a storm leaves thousands of changes, and looking costs more.
                loader.changes.try_iter().for_each(|change| self.apply(change));
            }
        }
    }

    fn names(&self) -> BTreeSet<Vec<u8>> {
        let place = |row: &Row| if row.place == Place::New { "new/" } else { "cur/" };
        self.rows.values().map(|row| [place(row).as_bytes(), row.name.bytes()].concat()).collect()
    }
}

fn watch(root: &Path) -> load::Loader {
    load::start(vec![root.to_path_buf()], false, Arc::default(), HostRules::default())
}

#[test]
fn the_reader_shows_newest_first_and_then_follows_every_change() {
    let (_keep, root) = maildir();
    for i in 0..700 {
        put(&root, format!("cur/{}.a:2,S", 1_700_000_000 + i), MAIL);
    }
    let loader = watch(&root);
    let mut model = Model::default();
    model.until(&loader, "the first rows", |model| !model.rows.is_empty());
    let newest = format!("{}.a", 1_700_000_699).into_bytes();
    model.until(&loader, "all rows", |model| model.complete);
    assert_eq!(model.rows.len(), 700);
    assert!(model.rows.keys().any(|key| key.base[..] == newest[..]));

    put(&root, "new/1800000000.b", MAIL);
    fs::rename(root.join("cur/1700000001.a:2,S"), root.join("cur/1700000001.a:2,FS")).unwrap();
    fs::remove_file(root.join("cur/1700000002.a:2,S")).unwrap();
    model.until(&loader, "arrival, rename and removal", |model| model.names() == names(&root));
    assert_eq!(model.vanished, 1);

    // The same name, another file.
    fs::write(root.join("tmp/x"), b"From: b@example.org\nSubject: another\n\n").unwrap();
    fs::rename(root.join("tmp/x"), root.join("new/1800000000.b")).unwrap();
    let replaced = |model: &Model| model.rows.values().any(|row| *row.subject == *"another");
    model.until(&loader, "the replaced file", replaced);

    folder(&root.join(".Later"));
    put(&root, ".Later/cur/1.c:2,", MAIL);
    loader.ask.send(Ask::Rescan).unwrap();
    model.until(&loader, "the new folder", |model| model.folders.len() == 2 && model.rows.len() == 701);
    fs::remove_dir_all(root.join(".Later")).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while model.rows.len() != 700 {
        loader.ask.send(Ask::Rescan).unwrap();
        while let Ok(change) = loader.changes.recv_timeout(Duration::from_millis(200)) {
            model.apply(change);
        }
        assert!(Instant::now() < end, "a folder that was removed takes its rows along");
    }
    assert!(model.errors.is_empty(), "{:?}", model.errors);
    loader.ask.send(Ask::Stop).unwrap();
    while loader.changes.recv().is_ok() {}
}

#[test]
fn c14_a_maildir_that_goes_away_is_an_error_and_comes_back_by_itself() {
    let (keep, root) = maildir();
    put(&root, "cur/1.a:2,", MAIL);
    let loader = watch(&root);
    let mut model = Model::default();
    model.until(&loader, "the first reading", |model| model.complete);
    let away = keep.path().join("away");
    fs::rename(&root, &away).unwrap();
    model.until(&loader, "the error", |model| !model.errors.is_empty());
    assert_eq!(model.rows.len(), 1, "nothing is known to be gone");
    let error = maildir::set_flags(&root, b"1.a", None, Flags::FLAGGED, Flags::NONE).unwrap_err();
    assert!(matches!(error, MailError::Io(_)), "{error}");
    fs::rename(&away, &root).unwrap();
    put(&root, "new/2.b", MAIL);
    model.until(&loader, "that it is back", |model| model.errors.is_empty() && model.rows.len() == 2);
    assert_eq!(model.vanished, 0);

    fs::rename(root.join("cur"), root.join("cur.away")).unwrap();
    model.until(&loader, "the error of cur", |model| !model.errors.is_empty());
    fs::rename(root.join("cur.away"), root.join("cur")).unwrap();
    model.until(&loader, "cur again", |model| model.errors.is_empty());
    assert_eq!((model.rows.len(), model.vanished), (2, 0));
}

#[test]
fn a_reader_whose_maildir_is_missing_says_so_and_waits_for_it() {
    let (keep, root) = maildir();
    fs::remove_dir_all(&root).unwrap();
    let loader = watch(&root);
    let mut model = Model::default();
    model.until(&loader, "the error", |model| model.complete && model.errors.len() == 1);
    folder(&root);
    put(&root, "new/1.a", MAIL);
    model.until(&loader, "the mail", |model| model.rows.len() == 1 && model.errors.is_empty());
    drop(keep);
}

#[test]
fn c17_no_row_disappears_in_a_storm_of_renames() {
    let (_keep, root) = maildir();
    const MAILS: usize = 2000;
    for i in 0..MAILS {
        put(&root, format!("cur/{i}.a:2,"), MAIL);
    }
    let loader = watch(&root);
    let mut model = Model::default();
    model.until(&loader, "the first reading", |model| model.complete && model.rows.len() == MAILS);
    let stop = AtomicBool::new(false);
    let renames = AtomicUsize::new(0);
    let mut lost = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut i = 0;
            while !stop.load(Ordering::Relaxed) {
                let (old, new) = if (i / MAILS).is_multiple_of(2) { ("", "S") } else { ("S", "") };
                let name = |flags: &str| root.join(format!("cur/{}.a:2,{flags}", i % MAILS));
                // Our own changes below may have been quicker.
                if fs::rename(name(old), name(new)).is_ok() {
                    renames.fetch_add(1, Ordering::Relaxed);
                }
                i += 1;
            }
        });
        let end = Instant::now() + Duration::from_secs(2);
        let mut next = 0;
        while Instant::now() < end {
            // One mail after the other is flagged meanwhile, and no attempt may miss a mail that is there.
            let base = format!("{}.a", next % MAILS);
            match maildir::set_flags(&root, base.as_bytes(), None, Flags::SEEN, Flags::NONE) {
                Ok(_) => {}
                Err(error) => lost.push(format!("{base}: {error}")),
            }
            next += 7;
            while let Ok(change) = loader.changes.try_recv() {
                model.apply(change);
            }
            assert_eq!(model.vanished, 0, "every mail is there all the time");
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(renames.load(Ordering::Relaxed) > 1000, "no storm: {renames:?}");
    assert!(lost.is_empty(), "{lost:?}");
    model.until(&loader, "the truth after the storm", |model| model.names() == names(&root));
    assert_eq!((model.rows.len(), model.vanished), (MAILS, 0));
}

#[test]
fn runbooks_that_change_classify_everything_again() {
    let (_keep, root) = maildir();
    put(&root, "cur/1.a:2,", MAIL);
    let loader = watch(&root);
    let mut model = Model::default();
    model.until(&loader, "the first reading", |model| model.complete);
    assert!(model.rows.values().all(|row| row.class.primary.is_none()));
    let book = "+++\nid = \"disks\"\ntitle = \"Disks\"\nmatch = { subject = \"disk*\" }\n+++\n\n## What to do when one is received\n\nLook.\n";
    let books = Runbooks::only(&[("disks.md".into(), book.into())]);
    assert_eq!(books.len(), 1, "{:?}", books.diagnostics);
    loader.ask.send(Ask::Runbooks(Arc::new(books))).unwrap();
    model.until(&loader, "the category", |model| model.rows.values().all(|row| row.class.primary.is_some()));
}

#[test]
fn the_reader_ends_when_nobody_listens() {
    let (_keep, root) = maildir();
    let mut loader = watch(&root);
    let changes = std::mem::replace(&mut loader.changes, std::sync::mpsc::channel().1);
    drop(loader);
    while changes.recv_timeout(Duration::from_secs(20)).is_ok() {}
    assert_eq!(changes.try_recv().err(), Some(std::sync::mpsc::TryRecvError::Disconnected));
}

#[test]
fn a_maildir_of_more_folders_than_a_process_may_have_files_open_is_listed_whole() {
    let home = tempfile::tempdir().unwrap();
    let mail = home.path().join("mail");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(mail.join(part)).unwrap();
        (0..200).for_each(|number| fs::create_dir_all(mail.join(format!(".Folder{number}")).join(part)).unwrap());
    }
    for number in 0..200 {
        let name = format!(".Folder{number}/cur/17000{number:05}.M{number}P1.h:2,");
        fs::write(mail.join(name), format!("From: a@example.org\nSubject: {number}\n\nbody\n")).unwrap();
    }
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_dutybox")]);
    command.args(["list", "--json", "--maildir"]).arg(&mail).arg("--state-dir").arg(home.path().join("state"));
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let messages = said["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 200);
    assert!(messages.iter().all(|message| message["subject"] != ""), "each is read: {messages:?}");
}
