//! Moving into another folder, and back: which name a mail gets there, where it lies after acts, and what a killed run
//! left in between.
//!
//! The new name follows from the act and the message alone, so that it need not be written down before: after a crash
//! the same name is looked for, and the move is completed or was never begun.

use super::{Looked, Outcome, Plan, World};
use crate::error::{Error, ErrorKind};
use crate::io::maildir::MailError;
use crate::mail::{Digest, Flags};
use crate::triage::row::MailKey;
use crate::triage::told::{Act, Deed, Home, Shelf, Target};
use crate::triage::trail;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a mail is moved to, and the base name under which it is found where it lies.
#[derive(Debug, Clone)]
pub(super) struct Shift {
    pub(super) base: Arc<[u8]>,
    pub(super) to: PathBuf,
}

/// What was thrown away, as the journal names it, and where it lies: the folder, and its base name there.
type Thrown<'t> = (&'t Target, PathBuf, Arc<[u8]>);

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
    /// keeps the name that it had there. Equal mails are told apart by where the acts left them; only one that another
    /// program renamed or moved since is found by its content.
    pub(super) fn shift_back(&self, plans: &mut [Plan], looked: &mut Looked) {
        let wanted: HashSet<Digest> = plans.iter().map(|plan| plan.target.digest).collect();
        // Those that were thrown away last come first.
        let acts = self.told.acts().iter().rev();
        let acts = acts.filter(|act| matches!(act.deed, Deed::Move { shelf: Shelf::Trash, .. }));
        let mut thrown: HashMap<Digest, Vec<Thrown<'_>>> = HashMap::new();
        for target in acts.flat_map(|act| &act.targets).filter(|target| target.failed.is_none()) {
            if target.digest != Digest::default() && wanted.contains(&target.digest) {
                let (folder, base) = trail::end(&self.told, &target.folder, &target.base);
                thrown.entry(target.digest).or_default().push((target, self.path_of(&folder), base));
            }
        }
        let mut taken: HashSet<Home> = HashSet::new();
        for exact in [true, false] {
            for plan in plans.iter_mut().filter(|plan| plan.target.failed.is_none() && plan.shift.is_none()) {
                let fits = |(target, path, base): &&Thrown<'_>| {
                    let free = !taken.contains(&(target.folder.clone(), target.base.clone()));
                    let here = *path == plan.path && *base == plan.target.base;
                    free && if exact { here } else { looked.find(path, base).is_err() }
                };
                let found = thrown.get(&plan.target.digest).and_then(|all| all.iter().find(fits));
                let Some((target, ..)) = found else {
                    if !exact {
                        let words = "dutybox did not move it into the trash: move it where it belongs (dutybox move)";
                        plan.target.failed = Some(words.into());
                    }
                    continue;
                };
                taken.insert((target.folder.clone(), target.base.clone()));
                self.shift(std::slice::from_mut(plan), &self.path_of(&target.folder));
                plan.target.folder.clone_from(&target.folder);
                plan.target.base.clone_from(&target.base);
            }
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
        let name = trail::name_by(act, target);
        let hint = plan.hint.as_ref().map(|(place, name)| (*place, name));
        self.fs.move_mail(&plan.path, &shift.base, hint, &shift.to, name.base(), false).map(|moved| moved.unsure)
    }

    /// Takes an act that moved back, or does it again: each message from where the acts left it, or wherever it is found.
    pub(super) fn move_again(&mut self, deed: Deed, act: &Act) -> Outcome {
        let mut looked = Looked::on(self.fs);
        let (mut plans, mut missing) = (Vec::new(), Vec::new());
        for target in act.targets.iter().filter(|target| target.failed.is_none()) {
            let (folder, base) = trail::end(&self.told, &target.folder, &target.base);
            let path = self.path_of(&folder);
            let to = self.path_of(trail::goes(&self.told, &deed, act, target));
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
}
