//! The index: what was read of each message, kept in the cache folder, so that the next start opens only what is new.
//!
//! One file for each folder, appended to and never changed in place: a header that says by which rules and of which folder
//! it is, then segments, each with its length and a checksum. Kept is only what never changes in a Maildir: flags and place
//! come from the listing, which also says by the inode number whether a name still means the same file. Whatever is
//! damaged, of another version or made by other rules is left out and made anew; the file may be deleted at any time.
//!
//! Several programs may use it at once: a file is open and locked only while it is read or something is appended, which is
//! done only as long as it is by the same rules.

mod codec;

use super::maildir::Entry;
use crate::mail::Time;
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use crate::triage::row::{FolderId, MailKey, Row};
use crate::triage::shared::Shared;
use codec::Segment;
use rustix::fs::OFlags;
use std::cell::Cell;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Begins every file; the digits are the layout's version.
const MAGIC: [u8; 8] = *b"dbxidx01";

/// Bytes of the header: magic, rules, device and inode number of `cur`.
const HEADER: usize = 8 + 32 + 16;

/// Bytes before a segment's payload: its length (u32), its checksum.
const SEGMENT: usize = 4 + 8;

/// Records of messages that are gone from which a file is written anew: so many, or a quarter of all.
const DEAD: usize = 5_000;

/// Seconds: a mail as young as this may still be written to by who delivered it in a wrong way: it is read again next time.
pub(super) const YOUNG: i64 = 2;

/// Whether a mail that was last written to then was young when reading it began.
pub(super) fn is_young(mtime: Time, began: Time) -> bool {
    mtime.0 > began.0 - YOUNG
}

/// Where indexes are, and by which rules their rows were made.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
    rules: [u8; 32],
    /// What is known of the program that makes the rows.
    build: Vec<u8>,
    writes: bool,
    /// Whether there is one of words.
    words: bool,
}

impl Cache {
    /// The indexes in a cache folder, for rows classified by these runbooks.
    pub fn new(dir: &Path, books: &Runbooks, hosts: &HostRules) -> Cache {
        let cache = Cache { dir: dir.join("index"), rules: [0; 32], build: Vec::new(), writes: true, words: true };
        cache.by(books, hosts)
    }

    /// The same indexes, for rows made by this program file as it is now.
    #[must_use]
    pub fn made_by(self, program: &Path) -> Cache {
        let mut build = program.as_os_str().as_encoded_bytes().to_vec();
        if let Ok(file) = fs::metadata(program) {
            build.extend(
                [file.len().to_le_bytes(), file.mtime().to_le_bytes(), file.mtime_nsec().to_le_bytes()].concat(),
            );
        }
        Cache { build, ..self }
    }

    /// The same indexes, of which no byte is changed.
    #[must_use]
    pub fn read_only(self) -> Cache {
        Cache { writes: false, ..self }
    }

    /// The same indexes, but for that of words.
    #[must_use]
    pub fn without_words(self) -> Cache {
        Cache { words: false, ..self }
    }

    /// The same indexes, for rows classified by other runbooks.
    #[must_use]
    pub fn by(&self, books: &Runbooks, hosts: &HostRules) -> Cache {
        let mut hash = blake3::Hasher::new();
        hash.update(&books.digest.to_le_bytes());
        hash.update(format!("{hosts:?}").as_bytes());
        Cache { rules: *hash.finalize().as_bytes(), ..self.clone() }
    }

    /// All that a row depends on beside its mail. Another version, or another build of it, may read mail otherwise.
    fn rules(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        hash.update(&self.rules).update(env!("CARGO_PKG_VERSION").as_bytes()).update(b"\0").update(&self.build);
        *hash.finalize().as_bytes()
    }

    /// The index of words, beside them. `None`: there is none, or nothing may be written there, and SQLite writes
    /// even to read.
    pub(super) fn words_file(&self) -> Option<PathBuf> {
        (self.writes && self.words).then(|| self.dir.join("index.db"))
    }

    /// The index of words that there may be from before it was not wanted.
    pub(super) fn unwanted_words_file(&self) -> Option<PathBuf> {
        (self.writes && !self.words).then(|| self.dir.join("index.db"))
    }

    /// The file that names what stood in front, and whether it is written.
    pub(super) fn front_file(&self) -> (PathBuf, bool) {
        (self.dir.join("front"), self.writes)
    }

    /// The file of a folder.
    fn file(&self, folder: &Path) -> PathBuf {
        let name = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
        self.dir.join(name.get(..24).unwrap_or_default())
    }
}

/// Entries whose rows are looked for, each with the segment that it was found in and the place of its row.
type Wanted = HashMap<Arc<[u8]>, (Entry, Option<(usize, usize)>)>;

/// The index of one folder.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    header: [u8; HEADER],
    /// Whether what is read is kept: not where the file cannot be written, or another program writes it by other rules.
    /// It is opened for each segment: there may be more folders than a process may have files open.
    writes: bool,
    /// What stands in the file, until it is read, and where the payloads of its segments are.
    bytes: Vec<u8>,
    segments: Vec<Range<usize>>,
    /// Rows that are not written yet.
    segment: Segment,
}

impl Index {
    /// Opens the index of a folder, or begins one. `None`: the folder cannot be looked at, so that there is nothing to keep.
    pub(super) fn open(cache: &Cache, folder: &Path) -> Option<Index> {
        let cur = fs::metadata(folder.join("cur")).ok()?;
        let mut header = [0; HEADER];
        let parts = [&MAGIC[..], &cache.rules(), &cur.dev().to_le_bytes(), &cur.ino().to_le_bytes()].concat();
        header.copy_from_slice(parts.get(..HEADER)?);
        let path = cache.file(folder);
        let mut index =
            Index { path, header, writes: false, bytes: Vec::new(), segments: Vec::new(), segment: Segment::default() };
        // What cannot be kept is read again next time; nobody needs to be told.
        let _ = index.begin(cache);
        Some(index)
    }

    fn begin(&mut self, cache: &Cache) -> io::Result<()> {
        let writes = cache.writes && fs::DirBuilder::new().recursive(true).mode(0o700).create(&cache.dir).is_ok();
        let mut options = OpenOptions::new();
        options.read(true);
        ours(options.clone().custom_flags(flags(OFlags::DIRECTORY)).open(&cache.dir)?, 0o700, writes)?;
        if writes {
            options.append(true).create(true).mode(0o600);
        }
        let mut file = ours(options.custom_flags(flags(OFlags::empty())).open(&self.path)?, 0o600, writes)?;
        let writes = writes && file.try_lock().is_ok();
        file.read_to_end(&mut self.bytes)?;
        let sound = if self.bytes.starts_with(&self.header) { self.find_segments() } else { 0 };
        let length = self.bytes.len();
        if sound == 0 {
            self.forget();
        }
        if writes {
            // Even one of the same length would have another time from then on.
            if sound != length {
                file.set_len(sound as u64)?;
            }
            if sound == 0 {
                file.write_all(&self.header)?;
            }
            self.writes = true;
        }
        Ok(())
    }

    /// Lets go of what stands in the file, where nobody will ask for it.
    pub(super) fn forget(&mut self) {
        (self.bytes, self.segments) = (Vec::new(), Vec::new());
    }

    /// Finds the segments up to the first one that is damaged, and says where they end.
    fn find_segments(&mut self) -> usize {
        let mut at = HEADER;
        while let Some(end) = segment_at(&self.bytes, at) {
            self.segments.push(at + SEGMENT..end);
            at = end;
        }
        at
    }

    /// The rows of these entries that are known, and the entries that must be read.
    pub(super) fn rows(
        &mut self,
        id: FolderId,
        entries: Vec<Entry>,
        shared: &mut Shared,
    ) -> (Vec<(Row, u64)>, Vec<Entry>) {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() {
            return (Vec::new(), entries);
        }
        let mut wanted: Wanted = HashMap::with_capacity(entries.len());
        let mut rest = Vec::new();
        for entry in entries {
            // What is odd about an entry is not kept.
            if entry.odd.is_none() {
                wanted.insert(Arc::clone(&entry.key), (entry, None));
            } else {
                rest.push(entry);
            }
        }
        let mut rows: Vec<(Row, u64)> = Vec::with_capacity(wanted.len());
        let mut kept = 0;
        // The newest first: where a message was read twice, the last reading counts, within a segment too.
        for (number, segment) in std::mem::take(&mut self.segments).into_iter().enumerate().rev() {
            let payload = bytes.get(segment).unwrap_or_default();
            let (next, found) = (Cell::new(rows.len()), Cell::new((0, 0)));
            let find = |base: &[u8], ino: u64| {
                let (entry, at) = wanted.get_mut(base)?;
                if entry.ino != ino || at.is_some_and(|(of, _)| of != number) {
                    return None;
                }
                let (_, place) = *at.get_or_insert_with(|| (number, next.replace(next.get() + 1)));
                found.set((place, ino));
                Some((MailKey { folder: id, base: Arc::clone(&entry.key) }, entry.name.clone(), entry.place))
            };
            let count = codec::read(payload, shared, find, |row| {
                let (place, ino) = found.get();
                match rows.get_mut(place) {
                    Some(before) => *before = (row, ino),
                    None => rows.push((row, ino)),
                }
            });
            kept += count.unwrap_or_default();
        }
        rest.extend(wanted.into_values().filter(|(_, at)| at.is_none()).map(|(entry, _)| entry));
        let dead = kept.saturating_sub(rows.len());
        if dead > DEAD.max(kept / 4) {
            self.write_anew(&rows);
        }
        (rows, rest)
    }

    /// Keeps a row that was read, with the inode number of its file in the listing. `began`: when reading it did.
    pub(super) fn add(&mut self, row: &Row, listed: u64, began: Time) {
        if !self.writes || row.odd.is_some() || is_young(row.mtime, began) {
            return;
        }
        self.segment.add(row, listed);
        if self.segment.is_full() {
            self.flush();
        }
    }

    /// Writes what is not written yet, but for a little where another program writes just then: that waits for the next time.
    pub(super) fn flush(&mut self) {
        if self.segment.len() == 0 {
            return;
        }
        match self.open_again() {
            Ok(None) if !self.segment.is_full() => {}
            Ok(Some(mut file)) => {
                // One that was written in part is found by its checksum, and cut off by the next one who begins.
                let bytes = framed(std::mem::take(&mut self.segment)).unwrap_or_default();
                self.writes = file.write_all(&bytes).is_ok();
            }
            Ok(None) | Err(_) => {
                self.segment = Segment::default();
                self.writes = false;
            }
        }
    }

    /// The file again, at its end and locked; `None`: another program has the lock. An error where it is of other rules now.
    fn open_again(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).custom_flags(flags(OFlags::empty()));
        let mut file = ours(options.open(&self.path)?, 0o600, true)?;
        if file.try_lock().is_err() {
            return Ok(None);
        }
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        if header == self.header { Ok(Some(file)) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Writes the file anew with these rows only, beside the old one, and puts it into its place.
    fn write_anew(&mut self, rows: &[(Row, u64)]) {
        if !self.writes {
            return;
        }
        // Where that fails the old file goes on.
        let _ = (|| {
            let mut file = tempfile::Builder::new().tempfile_in(self.path.parent().unwrap_or(Path::new(".")))?;
            file.write_all(&self.header)?;
            let mut segment = Segment::default();
            for (row, listed) in rows {
                segment.add(row, *listed);
                if segment.is_full() {
                    file.write_all(&framed(std::mem::take(&mut segment)).unwrap_or_default())?;
                }
            }
            file.write_all(&framed(segment).unwrap_or_default())?;
            file.persist(&self.path)?;
            Ok::<(), io::Error>(())
        })();
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Opens a file of the cache to read it, where it is ours alone and its folder too. `None`: it is not, or it is not there.
pub(super) fn our_file(path: &Path, writes: bool) -> Option<File> {
    our_dir(path.parent()?, false, writes)?;
    let opened = OpenOptions::new().read(true).custom_flags(flags(OFlags::empty())).open(path).ok()?;
    ours(opened, 0o600, writes).ok()
}

/// Looks at one without opening it: to close a file that SQLite has open takes the locks from it. One that is not there is begun
/// where that is asked for.
pub(super) fn our_place(path: &Path, begin: bool) -> Option<()> {
    our_dir(path.parent()?, begin, true)?;
    if begin {
        // Nobody has one open that was not there.
        drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
    }
    let meta = fs::symlink_metadata(path).ok()?;
    if !meta.is_file() || meta.nlink() != 1 || meta.uid() != rustix::process::geteuid().as_raw() {
        return None;
    }
    if meta.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).ok()?;
    }
    Some(())
}

/// Looks whether a folder of the cache is ours alone; makes it where that is asked for.
pub(super) fn our_dir(dir: &Path, begin: bool, writes: bool) -> Option<()> {
    if begin {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).ok()?;
    }
    let opened = OpenOptions::new().read(true).custom_flags(flags(OFlags::DIRECTORY)).open(dir).ok()?;
    ours(opened, 0o700, writes).ok().map(drop)
}

/// How files are opened here: no link is followed, and no FIFO's writer is waited for.
fn flags(more: OFlags) -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | more).bits().cast_signed()
}

/// What was opened, if it is ours alone: else whoever wrote it may say of mail what they like, and whoever reads it sees
/// what mail says. Rights of others are taken away, where anything may be changed.
fn ours(opened: File, mode: u32, writes: bool) -> io::Result<File> {
    let meta = opened.metadata()?;
    // A second name of a file would be that of something else, which is not to be written to.
    let kind = meta.is_dir() && mode == 0o700 || meta.is_file() && meta.nlink() == 1;
    let rights = meta.mode() & 0o077;
    if !kind || meta.uid() != rustix::process::geteuid().as_raw() || rights & 0o022 != 0 && !writes {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    if rights != 0 && writes {
        opened.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(opened)
}

/// A segment as it stands in the file. `None`: too large to say its length.
fn framed(segment: Segment) -> Option<Vec<u8>> {
    let payload = segment.finish();
    let mut bytes = Vec::with_capacity(SEGMENT + payload.len());
    bytes.extend(u32::try_from(payload.len()).ok()?.to_le_bytes());
    bytes.extend(checksum(&payload));
    bytes.extend(payload);
    Some(bytes)
}

fn checksum(payload: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    sum.iter_mut().zip(blake3::hash(payload).as_bytes()).for_each(|(to, from)| *to = *from);
    sum
}

/// Where the segment at a place ends; `None`: there is none, or it is damaged.
fn segment_at(bytes: &[u8], at: usize) -> Option<usize> {
    let (length, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length = u32::from_le_bytes(*length) as usize;
    (checksum(rest.get(..length)?) == *sum).then_some(at + SEGMENT + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::maildir;
    use crate::mail::FileName;
    use crate::triage::row::{Odd, Place};

    /// A folder with one mail, and the row of that mail as it was read when its subject was this.
    struct Bench {
        keep: tempfile::TempDir,
        cache: Cache,
    }

    impl Bench {
        fn new() -> Bench {
            let keep = tempfile::tempdir().unwrap();
            for part in ["cur", "new", "tmp"] {
                fs::create_dir_all(keep.path().join("mail").join(part)).unwrap();
            }
            fs::write(keep.path().join("mail/cur/1.a:2,"), "Subject: x\n\n").unwrap();
            let cache = Cache::new(&keep.path().join("cache"), &Runbooks::default(), &HostRules::default());
            Bench { keep, cache }
        }

        fn folder(&self) -> PathBuf {
            self.keep.path().join("mail")
        }

        fn open(&self, cache: &Cache) -> Index {
            Index::open(cache, &self.folder()).unwrap()
        }

        fn entries(&self) -> Vec<Entry> {
            maildir::scan(&self.folder()).unwrap().entries
        }

        fn add(&self, index: &mut Index, subject: &str) {
            let entry = self.entries().remove(0);
            let key = MailKey { folder: FolderId(0), base: entry.key };
            let mut row = Row::odd(key, FileName::new(*b"1.a:2,"), Place::Cur, 1, Time(1), entry.ino, Odd::Special);
            (row.odd, row.subject) = (None, subject.into());
            index.add(&row, entry.ino, Time(1_000));
        }

        fn subjects(&self) -> Vec<String> {
            let (rows, rest) =
                self.open(&self.cache).rows(FolderId(0), self.entries(), &mut crate::triage::shared::Shared::new());
            assert_eq!(rows.len() + rest.len(), 1);
            rows.into_iter().map(|(row, _)| row.subject.to_string()).collect()
        }
    }

    #[test]
    fn of_two_readings_of_a_mail_the_last_one_counts() {
        let bench = Bench::new();
        for segments in [&[&["one", "two"][..]][..], &[&["one"], &["two"]], &[&["zero", "one"], &["one", "two"]]] {
            for subjects in segments {
                let mut index = bench.open(&bench.cache);
                subjects.iter().for_each(|subject| bench.add(&mut index, subject));
            }
            assert_eq!(bench.subjects(), ["two"]);
            fs::remove_file(&bench.open(&bench.cache).path).unwrap();
        }
    }

    #[test]
    fn what_stands_in_the_file_is_held_only_until_it_is_asked_for() {
        let bench = Bench::new();
        bench.add(&mut bench.open(&bench.cache), "one");
        let mut index = bench.open(&bench.cache);
        assert!(!index.bytes.is_empty() && !index.segments.is_empty());
        index.forget();
        assert!(index.bytes.capacity() == 0 && index.segments.capacity() == 0);
        bench.add(&mut index, "two");
        drop(index);
        assert_eq!(bench.subjects(), ["two"], "what is read is kept all the same");
        let other = bench.cache.by(&Runbooks::shipped(), &HostRules::default());
        assert_eq!(bench.open(&other).bytes.capacity(), 0, "nothing of other rules is held");
    }
}
