//! The sent folder, where a reply counts as a claim (R24): what lies in it, and up to when it is known.

use super::row::{Folder, FolderId};
use super::verdicts::{Reply, Sent, Sources, freshness_of};
use crate::mail::Time;
use std::collections::HashMap;
use std::path::PathBuf;

/// What was read of the sent folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentFolder {
    /// The Maildir whose sources tell how fresh it is, as in [`Folder::maildir`].
    pub maildir: String,
    /// The replies.
    pub replies: Vec<Reply>,
    /// When each of its messages was there, replies or not: the earlier of its delivery and its file; in order.
    pub mails: Vec<Time>,
    /// When its oldest message was sent; history begins there.
    pub since: Option<Time>,
}

impl SentFolder {
    /// What is known about it at `now`. Where it lies in one of the Maildirs, it is as fresh as that one: `folders` and
    /// their newest mail.
    pub(super) fn known(
        &self,
        folders: &[Folder],
        newest: &HashMap<FolderId, Time>,
        sources: &Sources,
        now: Time,
        as_of: Option<Time>,
    ) -> Sent {
        let maildir = self.maildir.clone();
        let own = Folder { path: PathBuf::from(&maildir), maildir, name: String::new(), read_only: true };
        let (mut folders, mut newest) = (folders.to_vec(), newest.clone());
        let id = FolderId(u16::try_from(folders.len()).unwrap_or(u16::MAX));
        folders.push(own);
        let exists = |time: &&Time| as_of.is_none_or(|as_of| **time <= as_of);
        newest.extend(self.mails.iter().rev().find(exists).map(|time| (id, *time)));
        let fresh = freshness_of(&folders, &newest, sources, now, as_of);
        Sent { since: self.since, fresh: fresh.get(&id).copied().unwrap_or(Time(i64::MIN)) }
    }
}
