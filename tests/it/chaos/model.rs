//! What acts make of the mails and of the outbox, written down a second time: no code of the program is used.

use super::disk::Lies;
use std::collections::{BTreeMap, BTreeSet};

/// A mail as it should lie there.
#[derive(Debug, Clone)]
pub struct Mail {
    pub folder: usize,
    pub place: &'static str,
    pub base: String,
    info: Info,
}

/// What stands behind the base name.
#[derive(Debug, Clone)]
enum Info {
    None,
    /// The flags, those that we do not know too, and what stands behind a comma.
    Flags(BTreeSet<char>, String),
    /// Not to be touched (MR-6).
    Odd(String),
}

impl Mail {
    pub fn of(lies: &Lies) -> Mail {
        let (base, info) = lies.name.find(':').map_or((&lies.name[..], ""), |at| lies.name.split_at(at));
        let info = match info.strip_prefix(":2,") {
            None if info.is_empty() => Info::None,
            None => Info::Odd(info.into()),
            Some(flags) => {
                let (letters, ext) = flags.find(',').map_or((flags, ""), |at| flags.split_at(at));
                let set: BTreeSet<char> = letters.chars().collect();
                if set.iter().collect::<String>() == letters {
                    Info::Flags(set, ext.into())
                } else {
                    Info::Odd(info.into())
                }
            }
        };
        Mail { folder: lies.folder, place: lies.place, base: base.into(), info }
    }

    pub fn lies(&self) -> Lies {
        let info = match &self.info {
            Info::None => String::new(),
            Info::Flags(set, ext) => format!(":2,{}{ext}", set.iter().collect::<String>()),
            Info::Odd(info) => info.clone(),
        };
        Lies { folder: self.folder, place: self.place, name: format!("{}{info}", self.base) }
    }

    /// Changes flags; what was really added and removed, or `None` where its name must be left alone.
    fn flag(&mut self, delta: &Delta) -> Option<Delta> {
        let (mut set, ext) = match &self.info {
            Info::None => (BTreeSet::new(), String::new()),
            Info::Flags(set, ext) => (set.clone(), ext.clone()),
            Info::Odd(_) => return None,
        };
        let added: String = delta.0.chars().filter(|flag| set.insert(*flag)).collect();
        let removed: String = delta.1.chars().filter(|flag| set.remove(flag)).collect();
        self.info = Info::Flags(set, ext);
        self.place = "cur";
        Some(Delta(added, removed))
    }
}

/// Flags that are added and removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta(pub String, pub String);

impl Delta {
    fn is_empty(&self) -> bool {
        self.0.is_empty() && self.1.is_empty()
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub enum Deed {
    /// `mark`, `unmark` …: flags only. `told`: what it tells counts even where the flag cannot be set.
    Flag {
        word: &'static str,
        delta: Delta,
        told: bool,
        mails: Vec<usize>,
    },
    Move {
        word: &'static str,
        to: usize,
        mails: Vec<usize>,
    },
    Forward(usize),
    Undo(Option<i64>),
    Redo,
}

/// What happens to one mail.
#[derive(Debug, Clone)]
pub enum Change {
    Flags(Delta),
    To(usize),
    Nothing,
    /// It is said why not.
    Refused,
}

/// What an act should do.
#[derive(Debug, Clone)]
pub struct Plan {
    pub word: &'static str,
    /// The act that it is about.
    pub of: Option<i64>,
    pub changes: Vec<(usize, Change)>,
    told: bool,
    /// A file comes into the outbox.
    pub puts: bool,
    /// This file leaves it.
    takes: Option<String>,
}

/// What became of one message of an act.
#[derive(Debug, Clone)]
struct Target {
    mail: usize,
    failed: bool,
    delta: Delta,
    /// Where it lay before, and where it was brought.
    moved: Option<(usize, usize)>,
}

#[derive(Debug, Clone)]
struct Act {
    undoable: bool,
    targets: Vec<Target>,
    /// The same after the last time that it was done: at first, or by a redo.
    last: Vec<Target>,
    file: Option<String>,
    forward: bool,
}

/// Everything.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub mails: Vec<Mail>,
    pub outbox: BTreeSet<String>,
    acts: BTreeMap<i64, Act>,
    undo: Vec<i64>,
    redo: Vec<i64>,
    taken_back: BTreeSet<i64>,
    /// Base names that were ever used: a mail that is moved gets one that nobody had.
    pub bases: BTreeSet<String>,
}

impl Model {
    pub fn of(lies: &[Lies]) -> Model {
        let mails: Vec<Mail> = lies.iter().map(Mail::of).collect();
        let bases = mails.iter().map(|mail| mail.base.clone()).collect();
        Model { mails, bases, ..Model::default() }
    }

    /// The last act that is known.
    pub fn last_act(&self) -> i64 {
        self.acts.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// Acts that may be taken back by number.
    pub fn standing(&self) -> Vec<i64> {
        self.acts.keys().copied().filter(|number| self.worth(*number)).collect()
    }

    fn worth(&self, number: i64) -> bool {
        let act = &self.acts[&number];
        act.undoable && !self.taken_back.contains(&number) && act.targets.iter().any(|target| !target.failed)
    }

    /// What a deed should do; `None` where it is refused and leaves no trace.
    pub fn plan(&self, deed: &Deed) -> Option<Plan> {
        let mut plan = Plan { word: "", of: None, changes: Vec::new(), told: false, puts: false, takes: None };
        match deed {
            Deed::Flag { word, delta, told, mails } => {
                plan.word = word;
                plan.told = *told;
                plan.changes = mails.iter().map(|&mail| (mail, Change::Flags(delta.clone()))).collect();
            }
            Deed::Move { word, to, mails } => {
                plan.word = word;
                let change =
                    |mail: usize| if self.mails[mail].folder == *to { Change::Refused } else { Change::To(*to) };
                plan.changes = mails.iter().map(|&mail| (mail, change(mail))).collect();
                if plan.changes.iter().all(|(_, change)| matches!(change, Change::Refused)) {
                    return None;
                }
            }
            Deed::Forward(mail) => {
                plan.word = "forward";
                plan.puts = true;
                plan.changes = vec![(*mail, Change::Nothing)];
            }
            Deed::Undo(number) => {
                plan.word = "undo";
                let number = match number {
                    Some(number) => *number,
                    None => {
                        let top = self.undo.last().copied().filter(|number| self.worth(*number));
                        top.or_else(|| self.acts.keys().rev().copied().find(|number| self.worth(*number)))?
                    }
                };
                plan.of = Some(number);
                let act = &self.acts[&number];
                plan.takes.clone_from(&act.file);
                plan.changes = act
                    .last
                    .iter()
                    .filter(|target| !target.failed)
                    .map(|target| {
                        let Delta(added, removed) = target.delta.clone();
                        (target.mail, changed(target.moved.map(|(from, _)| from), Delta(removed, added)))
                    })
                    .collect();
            }
            Deed::Redo => {
                plan.word = "redo";
                let number = *self.redo.last()?;
                plan.of = Some(number);
                let act = &self.acts[&number];
                if act.forward {
                    return None;
                }
                plan.changes = act
                    .targets
                    .iter()
                    .filter(|target| !target.failed)
                    .map(|target| (target.mail, changed(target.moved.map(|(_, to)| to), target.delta.clone())))
                    .collect();
            }
        }
        Some(plan)
    }

    /// Makes the changes of an act that was done. `killed`: it was completed by the next start, which said so of which
    /// messages it failed; it does not touch what has nothing to be changed, and does not try what must be left alone.
    /// `lies`: where each mail lies now; of it only the new base names are taken, and what may be so or so. `put`: the file
    /// that came into the outbox, where one did.
    ///
    /// Gives for each message what was really changed, or `None` where it is said why it was not.
    pub fn apply(
        &mut self,
        number: i64,
        plan: &Plan,
        killed: Option<&[bool]>,
        lies: &[Lies],
        put: Option<String>,
    ) -> Result<Vec<Option<Delta>>, String> {
        let mut targets = Vec::new();
        for (number, (index, change)) in plan.changes.iter().enumerate() {
            let mut target = Target { mail: *index, failed: false, delta: Delta::default(), moved: None };
            let mail = &mut self.mails[*index];
            let now = &lies[*index];
            match change {
                Change::Nothing => target.failed = plan.puts && put.is_none(),
                Change::Refused => target.failed = true,
                Change::Flags(delta) => {
                    let before = mail.clone();
                    match mail.flag(delta) {
                        None => target.failed = !plan.told && killed.is_none_or(|failed| failed[number]),
                        Some(delta) => {
                            if delta.is_empty() && killed.is_some() && *now == before.lies() {
                                *mail = before;
                            }
                            target.delta = delta;
                        }
                    }
                }
                // Other acts brought it there meanwhile: it keeps its name. A start that completes looks for it only where
                // this act would have taken it from.
                Change::To(to) if plan.of.is_some() && mail.folder == *to => {
                    target.moved = Some((*to, *to));
                    target.failed = killed.is_some_and(|failed| failed[number]);
                }
                // Nor is it sought where other acts brought it: then it stays there, and that is said.
                Change::To(_) if plan.of.is_some() && killed.is_some_and(|failed| failed[number]) => {
                    target.failed = true
                }
                Change::To(to) => {
                    target.moved = Some((mail.folder, *to));
                    mail.folder = *to;
                    mail.base = Mail::of(now).base;
                    if mail.base.contains(",U=") || !self.bases.insert(mail.base.clone()) {
                        let was = &target.moved;
                        return Err(format!(
                            "mail {index} has a name that was used before: {}, {was:?}, {now:?}",
                            mail.base
                        ));
                    }
                }
            }
            targets.push(target);
        }
        if let Some(file) = &plan.takes {
            self.outbox.remove(file);
        }
        self.outbox.extend(put.clone());
        let done = targets.iter().map(|target| (!target.failed).then(|| target.delta.clone())).collect();
        match (plan.word, plan.of) {
            ("undo", Some(of)) => {
                self.undo.retain(|other| *other != of);
                self.redo.push(of);
                self.taken_back.insert(of);
            }
            ("redo", Some(of)) => {
                self.redo.retain(|other| *other != of);
                self.undo.push(of);
                self.taken_back.remove(&of);
                if let Some(act) = self.acts.get_mut(&of) {
                    // Where it came from stays what it was: that is where an undo brings it.
                    let from = |target: &Target| act.targets.iter().find(|old| old.mail == target.mail)?.moved;
                    let again = targets.iter().map(|target| Target { moved: from(target), ..target.clone() }).collect();
                    act.last = again;
                }
            }
            _ => {
                self.undo.push(number);
                self.redo.clear();
            }
        }
        let (undoable, forward) = (!["undo", "redo"].contains(&plan.word), plan.word == "forward");
        self.acts.insert(number, Act { undoable, last: targets.clone(), targets, file: put, forward });
        Ok(done)
    }
}

fn changed(to: Option<usize>, delta: Delta) -> Change {
    match to {
        Some(to) => Change::To(to),
        None if delta.is_empty() => Change::Nothing,
        None => Change::Flags(delta),
    }
}
