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
    /// What is known about it at `now`.
    pub(super) fn known(&self, sources: &Sources, now: Time, as_of: Option<Time>) -> Sent {
        let folder = Folder {
            maildir: self.maildir.clone(),
            name: String::new(),
            path: PathBuf::from(&self.maildir),
            read_only: true,
        };
        let exists = |time: &&Time| as_of.is_none_or(|as_of| **time <= as_of);
        let newest: HashMap<FolderId, Time> =
            self.mails.iter().rev().find(exists).map(|time| (FolderId(0), *time)).into_iter().collect();
        let fresh = freshness_of(&[folder], &newest, sources, now, as_of);
        Sent { since: self.since, fresh: fresh.get(&FolderId(0)).copied().unwrap_or(Time(i64::MIN)) }
    }
}
