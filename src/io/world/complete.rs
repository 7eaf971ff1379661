//! What a killed run left unfinished: completed at the next start that is alone.

use super::{World, is_mail, only_flags};
use crate::error::Error;
use crate::io::maildir::MailError;
use crate::mail::Flags;
use crate::triage::told::{Act, ActId, Deed, Shelf, Target, Told};
use crate::triage::trail;
use std::path::Path;

const SINCE: &str = "dutybox was stopped before it was done, and more was done with it since";
const SENT: &str = "dutybox was stopped before it was taken back, and it was sent meanwhile, or may have been";

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
        let told = trail::before(acts, ActId(i64::MAX));
        match &act.deed {
            Deed::Forward { message_id, .. } | Deed::Reply { message_id, .. } => {
                let message_id = message_id.clone();
                self.complete_queueing(&mut act, &message_id)?;
            }
            Deed::Undo(of) if acts.iter().any(|other| other.id == *of && is_mail(&other.deed)) => {
                let of = *of;
                self.complete_taking_back(&mut act, acts.iter().find(|other| other.id == of))?;
            }
            Deed::Arrived { mail, .. } => self.complete_arrival(&mail.clone())?,
            _ if trail::moves(&told, &act) => self.complete_move(&mut act, &told),
            _ => self.complete_flags(&mut act, &told),
        }
        self.state.finish(&act)
    }

    fn complete_flags(&self, act: &mut Act, told: &Told) {
        let only_flags = only_flags(&act.deed, told.acts());
        let id = act.id;
        for target in act.targets.iter_mut().filter(|target| target.failed.is_none()) {
            if target.added.is_empty() && target.removed.is_empty() {
                continue;
            }
            let path = self.path_of(&target.folder);
            let since = since(told, id, &target.folder, &target.base);
            if !since.is_empty() {
                // That is the last word. What the name on disk shows, and nobody did since, was done before we were stopped.
                let theirs = since.iter().fold(Flags::NONE, |all, other| all.with(other.added).with(other.removed));
                let (added, removed) = (target.added.without(theirs), target.removed.without(theirs));
                let now = self.flags_now(&path, &target.base);
                let shown = now.is_some_and(|now| added.without(now).is_empty() && removed.and(now).is_empty());
                if shown && !(added.is_empty() && removed.is_empty()) {
                    (target.added, target.removed) = (added, removed);
                } else {
                    (target.added, target.removed) = (Flags::NONE, Flags::NONE);
                    target.failed = only_flags.then(|| SINCE.to_owned());
                }
                continue;
            }
            // Setting a flag that is set already changes nothing, so doing it again is safe. What was planned is what the
            // act changed: the plan held only flags that were otherwise before.
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

    fn flags_now(&self, path: &Path, base: &[u8]) -> Option<Flags> {
        let dirs = self.fs.open_to_read(path).ok()?;
        self.fs.find(&dirs, base).ok().map(|(_, name)| name.flags())
    }

    /// Completes a move, or an undo or redo of one, that a killed run left unfinished: a mail that has both names loses
    /// the first, one that has only the first is moved.
    fn complete_move(&self, act: &mut Act, told: &Told) {
        let before = trail::before(told.acts(), act.id);
        let whole = act.clone();
        let origin = match act.deed {
            Deed::Undo(of) | Deed::Redo(of) => before.act(of).unwrap_or(&whole),
            _ => &whole,
        };
        for target in act.targets.iter_mut().filter(|target| target.failed.is_none()) {
            // An act that moves names a message as it lay then; any other as it lay when it was moved first.
            let (folder, base) = match &whole.deed {
                Deed::Move { shelf, .. } if *shelf != Shelf::Back => (target.folder.clone(), target.base.clone()),
                _ => trail::end(&before, &target.folder, &target.base),
            };
            let (from, to) = (self.path_of(&folder), trail::goes(&before, &whole.deed, origin, target));
            let name = trail::name_by(&whole, target);
            let more = [(&*target.folder, &*target.base), (&*folder, &*base), (to, name.base())];
            let more = more.into_iter().any(|(folder, base)| !since(told, whole.id, folder, base).is_empty());
            let to = self.path_of(to);
            // What was done with it since is the last word: it is not moved after that, but it does not keep two names.
            if more && self.flags_now(&to, name.base()).is_none() {
                target.failed = Some(SINCE.to_owned());
                continue;
            }
            if let Err(error) = self.fs.move_mail(&from, &base, None, &to, name.base(), true) {
                target.failed = Some(error.to_string());
            }
        }
    }

    /// A forward or reply that was being taken back: what waits is taken out; what was sent meanwhile, or may have been, is
    /// not taken back by saying so.
    fn complete_taking_back(&mut self, undo: &mut Act, of: Option<&Act>) -> Result<(), Error> {
        let Some(of) = of else { return Ok(()) };
        let sent = of.targets.iter().any(|target| !target.added.and(Flags::PASSED.with(Flags::REPLIED)).is_empty());
        let status = self.state.outbox()?.into_iter().find(|status| status.act == of.id);
        let gone = status.as_ref().is_some_and(|status| ["sent", "unknown"].contains(&status.state.as_str()));
        if gone || status.is_none() && sent {
            undo.targets.iter_mut().for_each(|target| target.failed = Some(SENT.to_owned()));
            return Ok(());
        }
        self.take_out(of.id).map(drop)
    }
}

/// What acts after that one did with the message that lies, or lay, there.
fn since<'t>(told: &'t Told, id: ActId, folder: &str, base: &[u8]) -> Vec<&'t Target> {
    let later = told.ever_about(folder, base).into_iter().filter(|(act, _)| act.id > id);
    later.map(|(_, target)| target).collect()
}
