//! Moving into another folder, and back: which name a mail gets there, where it lies after acts, and what a killed run
//! left in between.
//!
//! The new name follows from the act and the message alone, so that it need not be written down before: after a crash
//! the same name is looked for, and the move is completed or was never begun.

use super::{Looked, Outcome, Plan, World};
use crate::error::{Error, ErrorKind};
use crate::io::maildir::MailError;
use crate::mail::{Digest, FileName, Flags, Time};
use crate::triage::row::MailKey;
use crate::triage::told::{Act, ActId, Deed, Shelf, Target, thrown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a mail is moved to, and the base name under which it is found where it lies.
#[derive(Debug, Clone)]
pub(super) struct Shift {
    pub(super) base: Arc<[u8]>,
    pub(super) to: PathBuf,
}

/// The base name that a message gets by an act that moves it (MR-2): nobody had it, and it follows from the act.
pub(super) fn name_by(act: &Act, target: &Target) -> FileName {
    let mut hash = blake3::Hasher::new();
    hash.update(&act.id.0.to_le_bytes()).update(&act.at.0.to_le_bytes()).update(&target.digest.0);
    for part in [act.by.as_bytes(), target.folder.as_bytes(), &target.base] {
        hash.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let (mut number, mut more) = ([0; 8], [0; 4]);
    let mut bytes = hash.finalize_xof();
    bytes.fill(&mut number);
    bytes.fill(&mut more);
    let (seconds, count) = (Time(act.at.0.max(0)), u64::try_from(act.id.0).unwrap_or(0));
    crate::mail::name::unique(
        seconds,
        u32::from_le_bytes(more) % 1_000_000,
        0,
        count,
        u64::from_le_bytes(number),
        "moved",
    )
}

impl World {
    /// The folder that is meant: a path, or the name of a folder in the Maildir of these messages.
    pub(super) fn folder_meant(&self, to: &str, keys: &[MailKey]) -> Result<PathBuf, Error> {
        if to.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, "no folder is named").hint("name one: Archive, or a path"));
        }
        let path = match to.strip_prefix("~/").and_then(|rest| Some((rest, std::env::var_os("HOME")?))) {
            Some((rest, home)) => Path::new(&home).join(rest),
            None => PathBuf::from(to),
        };
        if path.is_absolute() {
            return Ok(crate::io::load::absolute(&path));
        }
        // As Maildir++ spells it on disk: .Archive.2026 is Archive/2026.
        let dotted = to.strip_prefix('.').filter(|rest| !rest.is_empty() && !rest.starts_with(['.', '/']));
        let spelt = dotted.map(|rest| rest.replace('.', "/"));
        let to = spelt.as_deref().unwrap_or(to);
        let mut maildirs: Vec<&str> =
            keys.iter().filter_map(|key| self.folder(key.folder)).map(|folder| folder.maildir.as_str()).collect();
        maildirs.sort_unstable();
        maildirs.dedup();
        let [maildir] = maildirs.as_slice() else {
            return Err(Error::new(ErrorKind::Usage, "these messages lie in several Maildirs")
                .hint("move those of one Maildir at a time, or name the folder by its path"));
        };
        let wanted =
            |name: &str| name.eq_ignore_ascii_case(to) || (name.is_empty() && to.eq_ignore_ascii_case("inbox"));
        let mut found = self.folders.iter().filter(|folder| folder.maildir == *maildir && wanted(&folder.name));
        match (found.next(), found.next()) {
            (Some(folder), None) => Ok(folder.path.clone()),
            (Some(_), Some(_)) => Err(Error::new(ErrorKind::Usage, format!("{maildir} has several folders {to}"))
                .hint("name the folder by its path")),
            (None, _) => {
                let dir = format!("{maildir}/.{}", to.replace('/', "."));
                Err(Error::new(ErrorKind::No, format!("{maildir} has no folder {to}"))
                    .hint(format!("make it: mkdir -p -m 700 {dir}/cur {dir}/new {dir}/tmp")))
            }
        }
    }

    /// Gives the plans of an act that moves where to; those that lie there already are said to.
    pub(super) fn shift(&self, plans: &mut [Plan], to: &Path) {
        for plan in plans.iter_mut().filter(|plan| plan.target.failed.is_none()) {
            if plan.path == to {
                plan.target.failed = Some("it lies in that folder already".into());
            } else {
                plan.shift = Some(Shift { base: plan.target.base.clone(), to: to.to_path_buf() });
            }
        }
    }

    /// Gives the plans of an act that brings back where to: where each lay before it was thrown away. In the journal each
    /// keeps the name that it had there.
    pub(super) fn shift_back(&self, plans: &mut [Plan]) {
        for plan in plans.iter_mut().filter(|plan| plan.target.failed.is_none()) {
            let digest = plan.target.digest;
            let found = thrown(self.told.acts(), |target| digest != Digest::default() && target.digest == digest);
            let Some((_, target)) = found else {
                let words = "dutybox did not move it into the trash: move it where it belongs (dutybox move)";
                plan.target.failed = Some(words.into());
                continue;
            };
            self.shift(std::slice::from_mut(plan), &self.path_of(&target.folder));
            plan.target.folder.clone_from(&target.folder);
            plan.target.base.clone_from(&target.base);
        }
    }

    /// Moves one mail as planned. In words where it is moved and that may not be on disk.
    pub(super) fn carry(
        &self,
        act: &Act,
        target: &Target,
        plan: &Plan,
        shift: &Shift,
    ) -> Result<Option<String>, MailError> {
        if plan.read_only || self.folders.iter().any(|folder| folder.path == shift.to && folder.read_only) {
            return Err(MailError::ReadOnly);
        }
        let name = name_by(act, target);
        let hint = plan.hint.as_ref().map(|(place, name)| (*place, name));
        self.fs.move_mail(&plan.path, &shift.base, hint, &shift.to, name.base(), false).map(|moved| moved.unsure)
    }

    /// Takes an act that moved back, or does it again: each message from where the acts left it, or wherever it is found.
    pub(super) fn move_again(&mut self, deed: Deed, act: &Act) -> Outcome {
        let mut looked = Looked::on(self.fs);
        let (mut plans, mut missing) = (Vec::new(), Vec::new());
        for target in act.targets.iter().filter(|target| target.failed.is_none()) {
            let (path, base) = self.lies(self.told.acts(), act, target, None);
            let to = self.goes(self.told.acts(), &deed, act, target);
            let mut plan = Plan {
                target: Target { folder: path.to_string_lossy().into_owned(), base, ..target.clone() },
                key: None,
                path,
                read_only: false,
                hint: None,
                add: Flags::NONE,
                remove: Flags::NONE,
                shift: Some(Shift { base: Arc::default(), to }),
            };
            let open = self.folders.iter().position(|folder| folder.path == plan.path);
            let found = looked.find(&plan.path, &plan.target.base).ok().filter(|(place, name)| {
                target.digest == Digest::default() || looked.digest(&plan.path, *place, name) == target.digest
            });
            match (found, open) {
                (Some(at), Some(index)) => self.settle(&mut plan, index, at),
                // The folder it went to need not be open here.
                (Some((place, name)), None) => plan.hint = Some((place, name)),
                (None, _) => missing.push(plans.len()),
            }
            plans.push(plan);
        }
        self.find_moved(&mut plans, missing, &mut looked);
        // What the act is about keeps its name in the journal; where it lies now is in the plan.
        let targets = act.targets.iter().filter(|target| target.failed.is_none());
        for (plan, target) in plans.iter_mut().zip(targets) {
            if let Some(shift) = &mut plan.shift {
                shift.base.clone_from(&plan.target.base);
            }
            // Another program brought it there meanwhile: it keeps its name.
            if plan.shift.as_ref().is_some_and(|shift| shift.to == plan.path) {
                plan.shift = None;
            }
            let failed = plan.target.failed.take();
            plan.target = Target { failed, added: Flags::NONE, removed: Flags::NONE, ..target.clone() };
        }
        self.carry_out(deed, plans, &looked)
    }

    /// Where an undo or redo of an act brings a message.
    fn goes(&self, acts: &[Act], deed: &Deed, act: &Act, target: &Target) -> PathBuf {
        match (deed, &act.deed) {
            (Deed::Undo(_), Deed::Move { shelf: Shelf::Back, .. }) => match thrown_before(acts, act, target) {
                Some(thrown) => self.goes(acts, &thrown.deed, thrown, target),
                None => self.path_of(&target.folder),
            },
            (Deed::Undo(_), _) | (_, Deed::Move { shelf: Shelf::Back, .. }) => self.path_of(&target.folder),
            (_, Deed::Move { to, .. }) => self.path_of(to),
            _ => PathBuf::from(&target.folder),
        }
    }

    /// Folder and base name under which a message lies after the acts about that move, before that act.
    fn lies(&self, acts: &[Act], act: &Act, target: &Target, before: Option<ActId>) -> (PathBuf, Arc<[u8]>) {
        let moved = |other: &&Act| {
            let about = other.id == act.id || matches!(other.deed, Deed::Undo(of) | Deed::Redo(of) if of == act.id);
            let this = |one: &Target| one.failed.is_none() && one.folder == target.folder && one.base == target.base;
            about && before.is_none_or(|before| other.id < before) && other.targets.iter().any(this)
        };
        match acts.iter().rev().find(moved) {
            Some(last) => (self.goes(acts, &last.deed, act, target), name_by(last, target).base().into()),
            None => match thrown_before(acts, act, target).filter(|_| brings_back(act)) {
                Some(thrown) => self.lies(acts, thrown, target, Some(act.id)),
                None => (self.path_of(&target.folder), target.base.clone()),
            },
        }
    }

    /// Completes a move, or an undo or redo of one, that a killed run left unfinished: a mail that has both names loses
    /// the first, one that has only the first is moved.
    pub(super) fn complete_move(&self, act: &mut Act, acts: &[Act]) {
        let origin = match act.deed {
            Deed::Undo(of) | Deed::Redo(of) => acts.iter().find(|other| other.id == of),
            _ => None,
        };
        let origin = origin.cloned().unwrap_or_else(|| act.clone());
        let whole = act.clone();
        for target in act.targets.iter_mut().filter(|target| target.failed.is_none()) {
            let (from, base) = self.lies(acts, &origin, target, Some(whole.id));
            let to = self.goes(acts, &whole.deed, &origin, target);
            let name = name_by(&whole, target);
            if let Err(error) = self.fs.move_mail(&from, &base, None, &to, name.base(), true) {
                target.failed = Some(error.to_string());
            }
        }
    }
}

fn brings_back(act: &Act) -> bool {
    matches!(act.deed, Deed::Move { shelf: Shelf::Back, .. })
}

/// The act that threw a message away which that act brought back.
fn thrown_before<'a>(acts: &'a [Act], act: &Act, target: &Target) -> Option<&'a Act> {
    let before = acts.get(..acts.partition_point(|other| other.id < act.id))?;
    thrown(before, |other| other.folder == target.folder && other.base == target.base).map(|(act, _)| act)
}

/// Whether an act moves, or takes back or does again one that moved.
pub(super) fn moves(act: &Act, acts: &[Act]) -> bool {
    let is = |id: ActId| acts.iter().any(|other| other.id == id && matches!(other.deed, Deed::Move { .. }));
    match act.deed {
        Deed::Move { .. } => true,
        Deed::Undo(of) | Deed::Redo(of) => is(of),
        _ => false,
    }
}
