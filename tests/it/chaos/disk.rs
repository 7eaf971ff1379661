//! Mails as they lie on disk, each known by its bytes. Nothing of the program is used.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A mail that was there at the beginning.
#[derive(Debug)]
struct Original {
    mtime: i128,
    /// Device, inode and mode of its file then.
    file: (u64, u64, u32),
}

/// Where a mail lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lies {
    /// Number of the folder.
    pub folder: usize,
    /// `new` or `cur`.
    pub place: &'static str,
    pub name: String,
}

/// The folders, and the mails by number.
#[derive(Debug)]
pub struct Disk {
    pub folders: Vec<PathBuf>,
    mails: Vec<Original>,
    by_hash: HashMap<blake3::Hash, usize>,
    /// Which mail a file holds, by device, inode, mtime and size: not every file is read each time.
    known: HashMap<(u64, u64, i128, u64), usize>,
    /// Files of other programs, and their bytes.
    foreign: Vec<(PathBuf, Vec<u8>)>,
}

fn mtime(meta: &fs::Metadata) -> i128 {
    i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec())
}

impl Disk {
    /// Takes down what lies in these folders now; gives where each mail lies.
    pub fn new(folders: Vec<PathBuf>, foreign: Vec<PathBuf>) -> (Disk, Vec<Lies>) {
        let foreign = foreign.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        let mut disk = Disk { folders, mails: Vec::new(), by_hash: HashMap::new(), known: HashMap::new(), foreign };
        let mut all = Vec::new();
        for (lies, path) in disk.files() {
            let meta = fs::symlink_metadata(&path).unwrap();
            let twice = disk.by_hash.insert(blake3::hash(&fs::read(&path).unwrap()), disk.mails.len());
            assert_eq!(twice, None, "{path:?} is there twice");
            disk.mails.push(Original { mtime: mtime(&meta), file: (meta.dev(), meta.ino(), meta.mode()) });
            all.push(lies);
        }
        (disk, all)
    }

    fn files(&self) -> Vec<(Lies, PathBuf)> {
        let mut files = Vec::new();
        for (folder, path) in self.folders.iter().enumerate() {
            for place in ["new", "cur"] {
                for entry in fs::read_dir(path.join(place)).unwrap() {
                    let entry = entry.unwrap();
                    let name = entry.file_name().into_string().unwrap();
                    files.push((Lies { folder, place, name }, entry.path()));
                }
            }
        }
        files
    }

    /// What lies in the `tmp` folders.
    pub fn rests(&self) -> Vec<PathBuf> {
        let tmp = self.folders.iter().flat_map(|path| fs::read_dir(path.join("tmp")).unwrap());
        tmp.map(|entry| entry.unwrap().path()).collect()
    }

    /// Where each mail lies now. `deep`: every file is read, also one that seems to be what it was.
    ///
    /// What must always hold is demanded: every mail is there once and whole, with its time; what the program made is
    /// for its user alone; what others keep beside the mails is as it was.
    pub fn look(&mut self, deep: bool) -> Result<Vec<Lies>, String> {
        let mut found: Vec<Option<Lies>> = vec![None; self.mails.len()];
        for (lies, path) in self.files() {
            let meta = fs::symlink_metadata(&path).map_err(|error| format!("{path:?}: {error}"))?;
            let facts = (meta.dev(), meta.ino(), mtime(&meta), meta.size());
            let known = self.known.get(&facts).copied().filter(|_| !deep);
            let mail = match known {
                Some(mail) => mail,
                None => {
                    let bytes = fs::read(&path).map_err(|error| format!("{path:?}: {error}"))?;
                    let mail = self.by_hash.get(&blake3::hash(&bytes)).copied();
                    mail.ok_or_else(|| format!("{path:?} holds no mail of ours: {} bytes", bytes.len()))?
                }
            };
            self.known.insert(facts, mail);
            let original = &self.mails[mail];
            if mtime(&meta) != original.mtime {
                return Err(format!("{path:?}: its time was {} and is {}", original.mtime, mtime(&meta)));
            }
            // A link is the file that it was; a copy is ours, also where it got the number of the file that it was.
            let same = (original.file.0, original.file.1) == (meta.dev(), meta.ino());
            if meta.mode() != 0o100_600 && !(same && meta.mode() == original.file.2) {
                return Err(format!("{path:?}: its mode is {:o}", meta.mode()));
            }
            if let Some(other) = found[mail].replace(lies) {
                return Err(format!("{path:?} is there twice, also as {other:?}"));
            }
        }
        let lost = |(mail, lies): (usize, Option<Lies>)| lies.ok_or_else(|| format!("mail {mail} is lost"));
        let found = found.into_iter().enumerate().map(lost).collect::<Result<Vec<_>, _>>()?;
        for (path, bytes) in &self.foreign {
            if fs::read(path).ok().as_ref() != Some(bytes) {
                return Err(format!("{path:?} is not what it was"));
            }
        }
        Ok(found)
    }
}

/// Demands that all below a folder of the program is for its user alone.
pub fn private(root: &Path) -> Result<(), String> {
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| format!("{folder:?}: {error}"))? {
            let path = entry.unwrap().path();
            let mode = fs::symlink_metadata(&path).map_err(|error| format!("{path:?}: {error}"))?.mode();
            if path.is_dir() {
                folders.push(path.clone());
            }
            if mode & 0o077 != 0 {
                return Err(format!("{path:?} has the mode {mode:o}"));
            }
        }
    }
    Ok(())
}

/// The files that wait in the outbox, each checked by its own sum.
pub fn outbox(state: &Path) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for place in ["new", "cur"] {
        let Ok(entries) = fs::read_dir(state.join("outbox").join(place)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).map_err(|error| format!("{path:?}: {error}"))?;
            whole(&bytes).map_err(|why| format!("{path:?}: {why}"))?;
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a file of the outbox is what was written: the sum of its head and mail stands on the last line of its head.
fn whole(bytes: &[u8]) -> Result<(), String> {
    let field = b"\nX-Dutybox-Sum: ";
    let at = bytes.windows(field.len()).position(|part| part == field).ok_or("it has no sum")? + 1;
    let line = &bytes[at..];
    let end = line.iter().position(|&byte| byte == b'\n').ok_or("it is cut")?;
    let sum = blake3::Hasher::new().update(&bytes[..at]).update(&line[end + 1..]).finalize();
    let said = &line[field.len() - 1..end];
    if said == sum.to_hex().as_bytes() { Ok(()) } else { Err("its sum is wrong".into()) }
}
