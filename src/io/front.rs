//! What stood at the front of the list when the last run ended: names of a few hundred mails, in the cache folder. The next
//! start reads these first, so that the first screen is there at once at any size of the mailbox. It is only a hint which
//! mails to read: what they say, and what that means now, is never kept here.

use super::index::{self, Cache};
use crate::mail::FileName;
use crate::triage::row::{Folder, Place, Row};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most mails that are kept.
pub const MOST: usize = 300;
/// Largest file that is read, in bytes: names are at most 255 long, paths at most 4,096.
const LARGEST: u64 = (MOST * 4_400) as u64;

/// A mail by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// Path of its folder.
    pub folder: PathBuf,
    /// `new` or `cur`.
    pub place: Place,
    /// Its file's name.
    pub name: FileName,
}

impl Front {
    /// The mail of a row. `None`: there is none that could be read, or its name is not the only one like it.
    pub fn of(row: &Row, folder: &Folder) -> Option<Front> {
        let plain = row.odd.is_none() && *row.name.base() == *row.key.base;
        plain.then(|| Front { folder: folder.path.clone(), place: row.place, name: row.name.clone() })
    }
}

/// The mails that stood in front; none where that cannot be read.
pub fn read(cache: &Cache) -> Vec<Front> {
    let (path, writes) = cache.front_file();
    let mut bytes = Vec::new();
    match index::our_file(&path, writes).map(|file| file.take(LARGEST).read_to_end(&mut bytes)) {
        Some(Ok(_)) => {}
        Some(Err(_)) | None => return Vec::new(),
    }
    let mut fields = bytes.split(|byte| *byte == 0);
    let mut mails = Vec::new();
    while let (Some(folder), Some(place), Some(name)) = (fields.next(), fields.next(), fields.next()) {
        let place = match place {
            b"new" => Place::New,
            b"cur" => Place::Cur,
            _ => break,
        };
        // It is opened below its folder, whoever wrote this.
        if name.is_empty() || name.contains(&b'/') || name.starts_with(b".") || mails.len() == MOST {
            break;
        }
        mails.push(Front { folder: Path::new(OsStr::from_bytes(folder)).into(), place, name: FileName::new(name) });
    }
    mails
}

/// Keeps them for the next start. What cannot be kept is read later then; nobody needs to be told.
pub fn write(cache: &Cache, mails: &[Front]) {
    let mut bytes = Vec::new();
    for Front { folder, place, name } in mails.iter().take(MOST) {
        let place: &[u8] = if *place == Place::New { b"new" } else { b"cur" };
        for field in [folder.as_os_str().as_bytes(), place, name.bytes()] {
            bytes.extend_from_slice(field);
            bytes.push(0);
        }
    }
    let (path, writes) = cache.front_file();
    if !writes {
        return;
    }
    let _ = (|| {
        let dir = path.parent()?;
        index::our_dir(dir, true, true)?;
        let mut file = tempfile::Builder::new().tempfile_in(dir).ok()?;
        file.write_all(&bytes).ok()?;
        file.persist(&path).ok()
    })();
}
