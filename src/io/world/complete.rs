//! What a killed run left unfinished: completed at the next start that is alone.

use super::{World, is_mail, moving, only_flags};
use crate::error::Error;
use crate::io::maildir::MailError;
use crate::mail::Flags;
use crate::triage::told::{Act, Deed, Target};

const SINCE: &str = "dutybox was stopped before it was done, and more was done with it since";

impl World {
    /// Completes what was begun and not finished, when no other instance runs.
    pub(super) fn complete(&mut self) -> Result<(), Error> {
        if let Some(outbox) = &self.outbox {
            outbox.remove_rests();
        }
        let unfinished = self.state.unfinished()?;
        if !unfinished.is_empty() {
            let acts = self.state.acts()?;
            for act in acts.iter().filter(|act| unfinished.contains(&act.id)) {
                self.complete_act(act.clone(), &acts)?;
            }
        }
        self.complete_outbox()
    }

    fn complete_act(&mut self, mut act: Act, acts: &[Act]) -> Result<(), Error> {
        let only_flags = only_flags(&act.deed, acts);
        match &act.deed {
            Deed::Forward { message_id, .. } | Deed::Reply { message_id, .. } => {
                let message_id = message_id.clone();
                self.complete_queueing(&mut act, &message_id)?;
            }
            Deed::Undo(of) if acts.iter().any(|other| other.id == *of && is_mail(&other.deed)) => {
                let of = *of;
                self.take_out(of)?;
            }
            Deed::Arrived { mail, .. } => self.complete_arrival(&mail.clone())?,
            _ if moving::moves(&act, acts) => self.complete_move(&mut act, acts),
            _ => {
                // While another instance went on, more may have been done with a mail: that is the last word.
                let since = |target: &Target| {
                    let same = |other: &Target| (&other.folder, &other.base) == (&target.folder, &target.base);
                    acts.iter().filter(|later| later.id > act.id).flat_map(|later| &later.targets).any(same)
                };
                for target in act.targets.iter_mut().filter(|target| target.failed.is_none()) {
                    if target.added.is_empty() && target.removed.is_empty() {
                        continue;
                    }
                    if since(target) {
                        (target.added, target.removed) = (Flags::NONE, Flags::NONE);
                        target.failed = only_flags.then(|| SINCE.to_owned());
                        continue;
                    }
                    let path = self.path_of(&target.folder);
                    // Setting a flag that is set already changes nothing, so doing it again is safe. What was planned
                    // is what the act changed: the plan held only flags that were otherwise before.
                    let done = self
                        .fs
                        .set_flags_in(&path, &target.base, None, target.added, target.removed)
                        .and_then(|_| self.fs.sync(&path));
                    if let Err(error) = done {
                        target.added = Flags::NONE;
                        target.removed = Flags::NONE;
                        // As when it is done: what was told counts even where the flag cannot be set.
                        if only_flags || matches!(error, MailError::Gone) {
                            target.failed = Some(error.to_string());
                        }
                    }
                }
            }
        }
        self.state.finish(&act)
    }
}
