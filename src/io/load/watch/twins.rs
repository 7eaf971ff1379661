//! Files that are known under two keys: moved to another folder, or given another base name. Where the folder that they
//! lay in is being changed all the time, no listing of it would ever say that they are gone: the file itself does.

use super::{Ended, Known, Watch};
use crate::triage::row::{Change, FolderId, MailKey, Place};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// How often it is asked whether a file that got a second name lost the first, and how long after one another.
const PARTINGS: u32 = 4;
const MOMENT: Duration = Duration::from_millis(20);

/// In how many looks it is asked: what has two names for longer is meant to have them.
const LOOKS: u8 = 10;

/// So many keys may have one file number; where more have it, the file system gives numbers that mean nothing.
const SHARED: usize = 8;

/// A file under the key that it had, in a folder that does not stand still, and under a new one.
#[derive(Debug)]
pub(in super::super) struct Twins {
    old: MailKey,
    new: MailKey,
    /// In how many looks it was asked whether they parted.
    looks: u8,
}

/// What the file says of its two keys.
enum Fate {
    /// It has the new name only.
    Parted,
    /// It has more names than that.
    Both,
    /// It does not lie there under that name now: renamed, or moved on.
    Unseen,
    /// It is another file.
    Strangers,
}

impl Watch {
    /// Tells of files that are new under one key that they are gone under the other.
    pub(super) fn part_twins(&mut self, new: &HashMap<MailKey, u64>) -> Result<(), Ended> {
        // Where the folder of the old one stood still since, its listing has said, or will say, all there is to say.
        let unsettled =
            |key: &MailKey| self.folders.get(usize::from(key.folder.0)).is_some_and(|watched| watched.stamp.is_none());
        self.twins.retain(|twins| twins.looks < LOOKS && unsettled(&twins.old));
        let pairs = self.pairs(new);
        self.twins.extend(pairs);
        for round in 0..PARTINGS {
            let (gone, wait) = self.part();
            for key in gone {
                self.send(Change::Vanished(key))?;
            }
            if !wait || round + 1 == PARTINGS {
                break;
            }
            // One that is just being moved has two names for a moment.
            thread::sleep(MOMENT);
        }
        self.twins.iter_mut().for_each(|twins| twins.looks += 1);
        Ok(())
    }

    /// Files among these that are known by another key, too. Where both are new, either may be the old one.
    pub(super) fn pairs(&self, new: &HashMap<MailKey, u64>) -> Vec<Twins> {
        let device = |folder: FolderId| self.folders.get(usize::from(folder.0))?.device;
        // All keys of each such file. A number means the file only together with the file system.
        let mut files: HashMap<(u64, u64), Vec<MailKey>> =
            new.iter().filter_map(|(key, ino)| Some(((device(key.folder)?, *ino), Vec::new()))).collect();
        if files.is_empty() {
            return Vec::new();
        }
        for (id, watched) in self.folders.iter().enumerate() {
            let Some(device) = watched.device else { continue };
            for (base, known) in &watched.known {
                if let Some(keys) = files.get_mut(&(device, known.ino))
                    && keys.len() <= SHARED
                {
                    keys.push(MailKey { folder: FolderId(id as u16), base: base.clone() });
                }
            }
        }
        let mut pairs = Vec::new();
        for keys in files.into_values().filter(|keys| keys.len() <= SHARED) {
            for old in &keys {
                let others = keys.iter().filter(|key| *key != old && new.contains_key(key));
                pairs.extend(others.map(|there| Twins { old: old.clone(), new: there.clone(), looks: 0 }));
            }
        }
        pairs
    }

    /// Of such a pair the old one is gone as soon as the file has one name only: these are forgotten, and given; and
    /// whether another may be in a moment.
    pub(super) fn part(&mut self) -> (Vec<MailKey>, bool) {
        let mut pairs = std::mem::take(&mut self.twins);
        let (mut gone, mut wait) = (Vec::new(), false);
        pairs.retain(|twins| match self.fate(twins) {
            Fate::Parted => {
                if let Some(watched) = self.folders.get_mut(usize::from(twins.old.folder.0)) {
                    watched.known.remove(&twins.old.base);
                    watched.again.remove(&twins.old.base);
                    gone.push(twins.old.clone());
                }
                false
            }
            Fate::Both => {
                wait |= twins.looks == 0;
                true
            }
            Fate::Unseen => true,
            Fate::Strangers => false,
        });
        self.twins = pairs;
        (gone, wait)
    }

    fn fate(&self, twins: &Twins) -> Fate {
        let (Some(was), Some(is)) = (self.known(&twins.old), self.known(&twins.new)) else { return Fate::Strangers };
        let device = |key: &MailKey| self.folders.get(usize::from(key.folder.0))?.device;
        let Some(file) = self.path(&twins.new, is) else { return Fate::Strangers };
        let Ok(file) = std::fs::symlink_metadata(file) else { return Fate::Unseen };
        let same = file.ino() == was.ino && is.ino == was.ino && Some(file.dev()) == device(&twins.old);
        match file.nlink() {
            _ if !same => Fate::Strangers,
            1 => Fate::Parted,
            _ => Fate::Both,
        }
    }

    /// Where a mail lay when its folder was last listed.
    pub(super) fn path(&self, key: &MailKey, known: &Known) -> Option<PathBuf> {
        let place = match known.place {
            Place::New => "new",
            Place::Cur => "cur",
        };
        let folder = &self.folders.get(usize::from(key.folder.0))?.folder.path;
        Some(folder.join(place).join(OsStr::from_bytes(known.name.bytes())))
    }
}

#[cfg(test)]
impl Twins {
    pub(super) fn keys(self) -> (MailKey, MailKey) {
        (self.old, self.new)
    }
}
