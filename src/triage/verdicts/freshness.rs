//! Up to when a Maildir is known to be complete (R11). Silence proves nothing beyond it.

use super::super::row::{Folder, FolderId, Row};
use crate::mail::Time;
use std::collections::{BTreeMap, HashMap};

/// Up to when each folder's Maildir is known to be complete. A folder that is missing is known for no time at all.
pub type Freshness = BTreeMap<FolderId, Time>;

/// What else tells how fresh a Maildir is. Maildirs are named as in [`Folder::maildir`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// `--fresh-until`.
    pub until: Option<Time>,
    /// Times of a sync program's stamp file.
    pub stamps: HashMap<String, Time>,
    /// Maildirs that mail is delivered to on this machine (`fresh = "clock"`).
    pub clock: Vec<String>,
    /// When the operator said "synced now", each with the time that it was recorded.
    pub synced: Vec<(String, Time)>,
    /// Archives: known only by their own mail.
    pub archives: Vec<String>,
}

/// Up to when each folder is known to be complete: the largest of what the sources and its Maildir's newest mail say,
/// at most `now`. Stamp and clock have no history, so they do not count at an earlier time (`as_of`).
pub fn freshness(folders: &[Folder], rows: &[Row], sources: &Sources, now: Time, as_of: Option<Time>) -> Freshness {
    let mut newest: HashMap<FolderId, Time> = HashMap::new();
    for row in rows.iter().filter(|row| as_of.is_none_or(|as_of| row.received <= as_of)) {
        let known = newest.entry(row.key.folder).or_insert(Time(i64::MIN));
        *known = row.received.min(row.mtime).max(*known);
    }
    freshness_of(folders, &newest, sources, now, as_of)
}

/// The same, of the newest min(received, mtime) of each folder.
pub fn freshness_of(
    folders: &[Folder],
    newest_mail: &HashMap<FolderId, Time>,
    sources: &Sources,
    now: Time,
    as_of: Option<Time>,
) -> Freshness {
    let exists = |time: Time| as_of.is_none_or(|as_of| time <= as_of);
    let mut newest: HashMap<&str, Time> = HashMap::new();
    let mut learn = |maildir, time: Time| {
        let known = newest.entry(maildir).or_insert(time);
        *known = time.max(*known);
    };
    for (folder, time) in newest_mail {
        if let Some(folder) = folders.get(usize::from(folder.0)) {
            learn(folder.maildir.as_str(), *time);
        }
    }
    for folder in folders.iter().filter(|folder| !sources.archives.contains(&folder.maildir)) {
        let maildir = folder.maildir.as_str();
        if let Some(until) = sources.until {
            learn(maildir, until);
        }
        for (_, time) in sources.synced.iter().filter(|(of, time)| of == maildir && exists(*time)) {
            learn(maildir, *time);
        }
        if as_of.is_none() {
            if let Some(stamp) = sources.stamps.get(maildir) {
                learn(maildir, *stamp);
            }
            if sources.clock.iter().any(|of| of == maildir) {
                learn(maildir, now);
            }
        }
    }
    let ids = (0..folders.len()).filter_map(|index| u16::try_from(index).ok());
    ids.zip(folders)
        .filter_map(|(id, folder)| Some((FolderId(id), (*newest.get(folder.maildir.as_str())?).min(now))))
        .collect()
}
