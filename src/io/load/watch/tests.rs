//! The reader that watches, step by step: what each look brings.

use super::*;
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use std::fs;
use std::sync::mpsc::channel;

struct Bench {
    keep: tempfile::TempDir,
    watch: Watch,
    /// Its other end is held, as long as the reader is not to end.
    _ask: Sender<Ask>,
    changes: Receiver<Change>,
}

impl Bench {
    /// A reader of a Maildir with these folders beside the inbox, and these mails.
    fn new(folders: &[&str], mails: &[&str]) -> Bench {
        let keep = tempfile::tempdir().unwrap();
        for folder in [&[""], folders].concat() {
            for part in ["cur", "new", "tmp"] {
                fs::create_dir_all(keep.path().join("mail").join(folder).join(part)).unwrap();
            }
        }
        let ((ask, asked), (out, changes)) = (channel(), channel());
        let watch = Watch {
            maildirs: vec![keep.path().join("mail")],
            archives: Vec::new(),
            read_only: false,
            context: Arc::new(Context { books: Arc::default(), hosts: HostRules::default() }),
            asked,
            out,
            keeps: None,
            folders: Vec::new(),
            roots: HashMap::new(),
            stopped: false,
            shared: Shared::new(),
            cache: None,
            later: Vec::new(),
            going: Vec::new(),
            twins: Vec::new(),
            notify: None,
            first: None,
        };
        let mut bench = Bench { keep, watch, _ask: ask, changes };
        mails.iter().for_each(|name| bench.write(name, "disk full"));
        assert!(bench.watch.refresh_folders().is_ok());
        // Looks until a listing of each folder is trusted.
        while bench.watch.folders.iter().any(|watched| watched.stamp.is_none()) {
            bench.look();
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.keep.path().join("mail").join(name)
    }

    fn write(&self, name: &str, subject: &str) {
        fs::write(self.path(name), format!("From: a@example.org\nSubject: {subject}\n\nbody\n")).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn told(&self) -> (Vec<Row>, Vec<MailKey>) {
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for change in self.changes.try_iter() {
            match change {
                Change::Rows(new) => rows.extend(new),
                Change::Vanished(key) => gone.push(key),
                _ => {}
            }
        }
        (rows, gone)
    }

    /// Looks at what the stamps say has changed.
    fn look(&mut self) -> (Vec<Row>, Vec<MailKey>) {
        assert!(self.watch.look(false).is_ok());
        self.told()
    }
}

#[test]
fn what_could_not_be_read_again_is_read_when_its_folder_is_back() {
    let mut bench = Bench::new(&[], &["cur/1.a:2,", "cur/2.b:2,"]);
    let book = "+++\nid = \"disks\"\ntitle = \"Disks\"\nmatch = { subject = \"disk*\" }\n+++\n## What to do\n\nLook.\n";
    let books = Arc::new(Runbooks::only(&[("disks.md".into(), book.into())]));
    bench.watch.context = Arc::new(Context { books, hosts: HostRules::default() });
    bench.rename("cur", "away");
    let jobs = bench.watch.known_jobs();
    assert!(bench.watch.read(jobs).is_ok());
    assert!(bench.told().0.is_empty());
    assert!(bench.look().0.is_empty());
    bench.rename("away", "cur");
    let (rows, gone) = bench.look();
    assert_eq!((rows.len(), gone.len()), (2, 0));
    assert!(rows.iter().all(|row| row.class.primary.is_some()), "by the runbooks that are in force");
    assert!(bench.look().0.is_empty(), "once");
}

#[test]
fn a_folder_that_was_gone_and_comes_back_as_it_was_is_read() {
    let mut bench = Bench::new(&[".Later"], &[".Later/cur/1.a:2,"]);
    bench.rename(".Later", "../away");
    for _ in 0..2 {
        assert!(bench.watch.refresh_folders().is_ok());
        bench.look();
    }
    bench.rename("../away", ".Later");
    assert!(bench.watch.refresh_folders().is_ok());
    assert_eq!(bench.look().0.len(), 1);
}
