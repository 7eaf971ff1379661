//! The reader that watches, step by step: what each look brings.

use super::*;
use crate::mail::Time;
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
            young: Vec::new(),
            front: Vec::new(),
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

    fn device(&mut self, folder: usize, device: u64) {
        self.watch.folders[folder].device = Some(device);
    }
}

fn key(folder: u16, base: &str) -> MailKey {
    MailKey { folder: FolderId(folder), base: base.as_bytes().into() }
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
    // No folder of this Maildir any more, but its stamp can still be seen there.
    std::os::unix::fs::symlink("../away", bench.path(".Later")).unwrap();
    let gone: Vec<MailKey> = (0..2)
        .flat_map(|_| {
            assert!(bench.watch.refresh_folders().is_ok());
            bench.look().1
        })
        .collect();
    assert_eq!(gone, [key(1, "1.a")]);
    fs::remove_file(bench.path(".Later")).unwrap();
    bench.rename("../away", ".Later");
    assert!(bench.watch.refresh_folders().is_ok());
    assert_eq!(bench.look().0.len(), 1);
}

#[test]
fn a_file_is_the_same_only_on_the_same_file_system() {
    let mut bench = Bench::new(&[".A", ".B", ".C"], &[".A/cur/1.old:2,"]);
    fs::hard_link(bench.path(".A/cur/1.old:2,"), bench.path(".B/cur/1.new:2,")).unwrap();
    fs::hard_link(bench.path(".A/cur/1.old:2,"), bench.path(".C/cur/1.other:2,")).unwrap();
    bench.look();
    let (a, b, c) = (key(1, "1.old"), key(2, "1.new"), key(3, "1.other"));
    let ino = bench.watch.known(&a).unwrap().ino;
    let pairs = |bench: &Bench, new: &[&MailKey]| {
        let new = new.iter().map(|key| ((*key).clone(), ino)).collect();
        let mut pairs: Vec<_> = bench.watch.pairs(&new).into_iter().map(|twins| twins.keys()).collect();
        pairs.sort();
        pairs
    };
    assert_eq!(pairs(&bench, &[&b]), [(a.clone(), b.clone()), (c.clone(), b.clone())]);
    // As if C lay on another disk: its file has that number by chance, and hides no true pair.
    bench.device(3, 1);
    assert_eq!(pairs(&bench, &[&b, &c]), [(a, b)]);
}

#[test]
fn file_numbers_that_mean_nothing_make_no_pairs() {
    let mut bench = Bench::new(&[], &[]);
    let names: Vec<String> = (0..40).map(|number| format!("cur/{number}.a:2,")).collect();
    names.iter().for_each(|name| bench.write(name, "disk full"));
    bench.look();
    bench.watch.folders[0].known.values_mut().for_each(|known| known.ino = 1);
    let new = (0..40).map(|number| (key(0, &format!("{number}.a")), 1)).collect();
    assert!(bench.watch.pairs(&new).is_empty());
}

#[test]
fn a_file_that_keeps_both_its_names_is_not_asked_about_for_ever() {
    let mut bench = Bench::new(&[], &["cur/1.old:2,"]);
    fs::hard_link(bench.path("cur/1.old:2,"), bench.path("cur/2.new:2,")).unwrap();
    bench.look();
    assert!(!bench.watch.twins.is_empty());
    assert!(!bench.watch.part().1, "after the first look it is not waited for");
    for _ in 0..20 {
        // As in a folder that never stands still.
        bench.watch.folders[0].stamp = None;
        assert!(bench.watch.part_twins(&HashMap::new()).is_ok());
    }
    assert!(bench.watch.twins.is_empty());
    assert!(bench.told().1.is_empty(), "and it stays");
}

#[test]
fn a_pair_that_is_none_is_let_go_and_one_that_parts_is_told() {
    let mut bench = Bench::new(&[], &["cur/1.old:2,"]);
    fs::hard_link(bench.path("cur/1.old:2,"), bench.path("cur/2.new:2,")).unwrap();
    bench.look();
    fs::remove_file(bench.path("cur/1.old:2,")).unwrap();
    let twins =
        bench.watch.pairs(&HashMap::from([(key(0, "2.new"), bench.watch.known(&key(0, "2.new")).unwrap().ino)]));
    bench.watch.twins = twins;
    bench.device(0, 1);
    assert!(bench.watch.part().0.is_empty() && bench.watch.twins.is_empty(), "its file lies elsewhere");
    let cur = fs::metadata(bench.path("cur")).unwrap().dev();
    bench.device(0, cur);
    bench.watch.twins =
        bench.watch.pairs(&HashMap::from([(key(0, "2.new"), bench.watch.known(&key(0, "2.new")).unwrap().ino)]));
    assert_eq!(bench.watch.part().0, [key(0, "1.old")]);
}

#[test]
fn a_mail_that_is_still_being_written_is_read_again_when_there_is_more_of_it() {
    use std::io::Write;
    let mut bench = Bench::new(&[], &[]);
    bench.write("cur/1.a:2,", "half");
    // However slow this machine is, it is young.
    let file = fs::File::open(bench.path("cur/1.a:2,")).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(3_600)).unwrap();
    assert_eq!(bench.look().0[0].size, fs::metadata(bench.path("cur/1.a:2,")).unwrap().len());
    fs::OpenOptions::new().append(true).open(bench.path("cur/1.a:2,")).unwrap().write_all(b"and more\n").unwrap();
    // The folder stands still: only the file has changed.
    let rows = bench.look().0;
    assert_eq!(
        rows.iter().map(|row| row.size).collect::<Vec<_>>(),
        [fs::metadata(bench.path("cur/1.a:2,")).unwrap().len()]
    );
    bench.rename("cur/1.a:2,", "cur/1.a:2,S");
    assert!(bench.look().0.is_empty());
    // Where nothing came for a while it is whole, and is not looked at for ever.
    let later = Instant::now() + Duration::from_secs(60);
    assert!(bench.watch.grown(later).is_empty() && bench.watch.young.is_empty());
}

#[test]
fn what_was_written_just_before_it_was_read_is_not_kept_however_long_the_others_took() {
    let mut bench = Bench::new(&[], &["cur/1.a:2,", "cur/2.b:2,"]);
    let rows = bench.watch.known_jobs().into_iter().map(|job| {
        let dirs = maildir::real().open_to_read(&bench.path("")).unwrap();
        super::super::read_job(&job, &dirs, &bench.watch.context)
    });
    let mut rows: Vec<Row> = rows.filter_map(Done::row).map(|(row, ..)| row).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    let cache = Cache::new(&bench.path("../cache"), &Runbooks::default(), &HostRules::default());
    bench.watch.folders[0].index = Index::open(&cache, &bench.path(""));
    let done = rows.into_iter().zip([0, 60]).map(|(mut row, after)| {
        row.mtime = Time(1_000);
        let ino = row.ino;
        Done::Row(Box::new(row), ino, Time(1_000 + after))
    });
    let done = done.collect();
    bench.watch.take(done);
    bench.watch.folders[0].index = None;
    let mut index = Index::open(&cache, &bench.path("")).unwrap();
    let entries = maildir::scan(&bench.path("")).unwrap().entries;
    let (kept, _) = index.rows(FolderId(0), entries, &mut Shared::new());
    assert_eq!(kept.into_iter().map(|(row, _)| row.key).collect::<Vec<_>>(), [key(0, "2.b")]);
}
