//! Carries out effects: journal first, then Maildir; outbox first, then transport.
//!
//! A [`World`] may be moved to a thread of its own: sending waits for the sendmail command or the SMTP server, up to its time-outs.

mod complete;
mod moving;
mod send;

use super::load;
use super::maildir::{self, Dirs, Fs, MailError};
use super::outbox::{self, Outbox, Queued};
use super::state::State;
use super::{files, hook, local};
use crate::app::effect::{ActReport, Effect, Outcome, Request};
use crate::config::Config;
use crate::error::Error;
use crate::mail::compose::check_address;
use crate::mail::name::shown;
use crate::mail::{Digest, FileName, Flags, Message, Time};
use crate::runbook::{Runbooks, Verb};
use crate::triage::row::{Folder, FolderId, MailKey, Place};
use crate::triage::told::{Act, ActId, Deed, GONE, Home, Shelf, Target, Told};
use crate::triage::trail;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How many mails an undo reads to find one that was moved (R29).
const SEARCH: usize = 50_000;
const READ_ONLY: &str = "read-only: nothing is changed (start without --read-only to act)";

/// What was asked for on the command line that the world must know.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The state folder.
    pub state_dir: PathBuf,
    /// The configuration folder, for kept contacts.
    pub config_dir: PathBuf,
    /// Change no byte and no mtime.
    pub read_only: bool,
    /// The time to record instead of the clock's, for tests and the demo.
    pub now: Option<Time>,
    /// The time up to which the mailbox is said to be complete (R11).
    pub fresh_until: Option<Time>,
}

/// The world: journal, outbox, Maildirs.
#[derive(Debug)]
pub struct World {
    config: Config,
    options: Options,
    folders: Vec<Folder>,
    fs: Fs,
    state: State,
    outbox: Option<Outbox>,
    /// The journal as far as it was read, for undo and redo.
    told: Told,
    /// When the server that takes mail was last away, and why.
    away: Option<(Instant, String)>,
    books: Arc<Runbooks>,
}

/// A message that an act is about, and where it lies now.
#[derive(Debug)]
struct Plan {
    target: Target,
    /// The key to report it by, and its folder, where that is open here.
    key: Option<MailKey>,
    path: PathBuf,
    read_only: bool,
    hint: Option<(Place, FileName)>,
    add: Flags,
    remove: Flags,
    /// Set where it is moved.
    shift: Option<moving::Shift>,
}

impl World {
    /// Opens journal and outbox and completes what a killed run left unfinished.
    ///
    /// # Errors
    /// Where the state cannot be opened.
    pub fn open(config: Config, options: Options, folders: Vec<Folder>) -> Result<World, Error> {
        World::open_on(maildir::real(), config, options, folders)
    }

    /// The same, on these system calls.
    pub(super) fn open_on(fs: Fs, config: Config, options: Options, folders: Vec<Folder>) -> Result<World, Error> {
        let (state, outbox) = if options.read_only {
            (State::open_read_only(&options.state_dir)?, Outbox::open_read_only(&options.state_dir))
        } else {
            (State::open(&options.state_dir)?, Some(Outbox::open_on(fs, &options.state_dir)?))
        };
        let mut world = World {
            config,
            options,
            folders,
            fs,
            state,
            outbox,
            told: Told::default(),
            away: None,
            books: Arc::default(),
        };
        if world.state.alone() {
            let completed = world.complete();
            world.state.share()?;
            completed?;
        } else if !world.state.read_only() {
            // Others run, but not those who were sending what is in nobody's hand.
            world.complete_outbox()?;
        }
        world.refresh()?;
        Ok(world)
    }

    /// All acts so far, oldest first.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub fn acts(&self) -> Result<Vec<Act>, Error> {
        self.state.acts()
    }

    /// What the operator must know about the journal, in words with what to do; empty where all is well.
    pub fn troubles(&self) -> &[String] {
        self.state.troubles()
    }

    /// What waits in the outbox, oldest first, with its status.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn queued(&self) -> Result<Vec<Queued>, Error> {
        match &self.outbox {
            Some(outbox) => Ok(self.truly(outbox::with_status(outbox.list()?, &self.state.outbox()?))),
            None => Ok(Vec::new()),
        }
    }

    /// The folders changed.
    pub fn set_folders(&mut self, folders: Vec<Folder>) {
        self.folders = folders;
    }

    /// The runbooks that say what is secret in a message.
    pub fn set_books(&mut self, books: Arc<Runbooks>) {
        self.books = books;
    }

    /// Whether nothing is changed.
    pub fn read_only(&self) -> bool {
        self.options.read_only || self.state.read_only()
    }

    /// Carries out one effect. Never panics; failure is an [`Outcome::Failed`] in words.
    ///
    /// Effects that the session carries out itself are [`Outcome::Nothing`].
    pub fn perform(&mut self, effect: Effect) -> Outcome {
        let changes = !matches!(effect, Effect::Read(_) | Effect::PreviewForward(_)) && for_the_world(&effect);
        if changes && self.read_only() {
            // Opening a message is no wish to change it.
            return match effect {
                Effect::Act(Request { deed: Deed::Open, .. }) => Outcome::Nothing,
                _ => Outcome::Failed(READ_ONLY.into()),
            };
        }
        match effect {
            Effect::Act(request) => self.act(request),
            Effect::Undo(id) => self.undo(id),
            Effect::Redo => self.redo(),
            Effect::Read(key) => match self.read(&key) {
                Ok(message) => Outcome::Read(key, Arc::new(message)),
                Err(why) => Outcome::Unread(key, why),
            },
            Effect::PreviewForward(request) => self.preview(request),
            Effect::Forward(request) => self.forward(request),
            Effect::Reply { key, draft } => self.reply(key, &draft),
            Effect::Send => self.send_all(),
            Effect::SendAgain(id) => self.send_one(&id),
            Effect::DropQueued(id) => self.drop_queued(&id),
            Effect::Arrived(id) => self.arrived(&id),
            Effect::SavePart { key, part, dir } => self.save_part(&key, part, &dir),
            Effect::KeepContact { nick, address } => self.keep_contact(nick, address),
            _ => Outcome::Nothing,
        }
    }

    fn now(&self) -> Time {
        self.options.now.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Time(i64::try_from(now.as_secs()).unwrap_or(0))
        })
    }

    /// Who acts: as configured, else the user's name.
    fn me(&self) -> String {
        let user = || {
            ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty())
        };
        let number = || format!("uid {}", rustix::process::geteuid().as_raw());
        self.config.me.clone().or_else(user).unwrap_or_else(number)
    }

    fn new_act(&self, deed: Deed, targets: Vec<Target>) -> Act {
        Act { id: ActId(0), at: self.now(), by: self.me(), deed, targets }
    }

    /// Takes in what the journal holds beyond what we know, also from other instances.
    fn refresh(&mut self) -> Result<(), Error> {
        let last = self.told.acts().last().map_or(ActId(0), |act| act.id);
        for act in self.state.acts_since(last)? {
            self.told.apply(act);
        }
        Ok(())
    }

    fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.get(usize::from(id.0))
    }

    fn read(&self, key: &MailKey) -> Result<Message, String> {
        let folder = self.folder(key.folder).ok_or("its folder is not open any more")?;
        load::one_on(self.fs, &folder.path, &key.base).map(|(_, message)| message).map_err(|error| error.to_string())
    }

    // Acts ------------------------------------------------------------------------------------------------------------

    fn act(&mut self, request: Request) -> Outcome {
        let Request { deed, about } = request;
        let own_way =
            |deed: &Deed| is_mail(deed) || matches!(deed, Deed::Arrived { .. } | Deed::Undo(_) | Deed::Redo(_));
        if own_way(&deed) {
            return Outcome::Failed(format!("{} is not done this way", deed.word()));
        }
        let deed = match deed {
            Deed::Move { shelf, to } if shelf != Shelf::Back => {
                let keys: Vec<MailKey> = about.iter().map(|(key, _)| key.clone()).collect();
                match self.folder_meant(&to, &keys) {
                    Ok(path) => Deed::Move { shelf, to: path.to_string_lossy().into_owned() },
                    Err(error) => return Outcome::Failed(with_hint(&error)),
                }
            }
            deed => deed,
        };
        let (add, remove) = deed.flags();
        let mut looked = Looked::on(self.fs);
        let mut seen = HashSet::new();
        let mut plans: Vec<Plan> = about
            .into_iter()
            .filter(|(key, _)| seen.insert(key.clone()))
            .map(|(key, call)| {
                let mut plan = self.plan(key, add, remove, &mut looked);
                plan.target.call = call;
                plan
            })
            .collect();
        if plans.is_empty() {
            let at_large = !deed.about_messages();
            return if at_large { self.carry_out(deed, plans, &looked) } else { Outcome::Nothing };
        }
        if deed == Deed::Open {
            // Nothing to change or nothing that may be changed: opening is not worth an entry.
            let idle = |plan: &Plan| {
                let settled = plan.target.added.is_empty() && !matches!(plan.hint, Some((Place::New, _)));
                settled || plan.read_only || plan.target.failed.is_some()
            };
            if plans.iter().all(idle) {
                return Outcome::Nothing;
            }
        }
        match &deed {
            Deed::Move { shelf: Shelf::Back, .. } => self.shift_back(&mut plans, &mut looked),
            Deed::Move { to, .. } => self.shift(&mut plans, &self.path_of(to)),
            _ => {}
        }
        if let Some(why) = plans.iter().map(|plan| plan.target.failed.clone()).collect::<Option<Vec<_>>>() {
            let why = why.into_iter().next().unwrap_or_default();
            return Outcome::Failed(format!("nothing done: {why}"));
        }
        self.carry_out(deed, plans, &looked)
    }

    /// Where a message lies now, and which flags an act would change.
    fn plan(&self, key: MailKey, add: Flags, remove: Flags, looked: &mut Looked) -> Plan {
        let folder = self.folder(key.folder);
        let mut plan = Plan {
            target: Target {
                folder: folder.map(|folder| folder.path_text().into_owned()).unwrap_or_default(),
                base: key.base.clone(),
                digest: Digest::default(),
                call: None,
                added: Flags::NONE,
                removed: Flags::NONE,
                failed: None,
            },
            path: folder.map(|folder| folder.path.clone()).unwrap_or_default(),
            read_only: folder.is_none_or(|folder| folder.read_only),
            key: Some(key),
            hint: None,
            add,
            remove,
            shift: None,
        };
        if folder.is_none() {
            plan.target.failed = Some("its folder is not open any more".into());
            return plan;
        }
        match looked.find(&plan.path, &plan.target.base) {
            Ok((place, name)) => {
                plan.target.digest = looked.digest(&plan.path, place, &name);
                plan.aim(place, name);
            }
            Err(error) => plan.target.failed = Some(error.to_string()),
        }
        plan
    }

    /// Journal, renames, sync, journal.
    fn carry_out(&mut self, mut deed: Deed, plans: Vec<Plan>, looked: &Looked) -> Outcome {
        let pages = self.pages(&mut deed);
        let mut act = self.new_act(deed, plans.iter().map(|plan| plan.target.clone()).collect());
        if let Err(error) = self.state.begin(&mut act) {
            return Outcome::Failed(format!("nothing was changed: {}", with_hint(&error)));
        }
        let outcome = self.change(&mut act, plans, looked);
        let Changed { renamed, gone, mut troubles } = outcome;
        if pages && let Some(trouble) = self.page(&mut act) {
            troubles.add("", trouble);
        }
        if let Err(error) = self.state.finish(&act) {
            troubles.add("", format!("done, but {}", with_hint(&error)));
            self.told.apply(act.clone());
        } else if self.refresh().is_err() {
            self.told.apply(act.clone());
        }
        Outcome::Acted(ActReport { act, renamed, gone, failed: troubles.lines() })
    }

    /// Whether an act runs the command that pages. It does only when it is done for the first time, not when it is done
    /// again, and not at a time that is not now. Until the answer is known, the act says so.
    fn pages(&self, deed: &mut Deed) -> bool {
        let Deed::Reach { verb, hook, .. } = deed else { return false };
        let pages = *verb == Verb::Page && self.config.page.is_some() && self.options.now.is_none();
        *hook = pages.then(|| hook::UNKNOWN.to_owned());
        pages
    }

    /// Runs the command that pages and writes its answer into the act; in words where nobody may have been paged.
    fn page(&self, act: &mut Act) -> Option<String> {
        let Deed::Reach { who, text, hook, .. } = &mut act.deed else { return None };
        let page = hook::Page { who, text, by: &act.by, act: act.id };
        let timeout = Duration::from_secs(self.config.page_timeout.max(1));
        let answer = hook::page(self.config.page.as_deref().unwrap_or_default(), timeout, &page);
        *hook = Some(answer.words.clone());
        (!answer.well).then(|| format!("recorded, but perhaps nobody was paged: {}", answer.words))
    }

    /// Changes the flags of each target and writes what was really changed into the act.
    fn change(&self, act: &mut Act, plans: Vec<Plan>, looked: &Looked) -> Changed {
        let mut changed = Changed::default();
        let mut touched: HashSet<PathBuf> = HashSet::new();
        // What stands in the journal counts even where the flag that goes with it cannot be set.
        let only_flags = only_flags(&act.deed, self.told.acts());
        let told = Act { targets: Vec::new(), ..act.clone() };
        for (target, plan) in act.targets.iter_mut().zip(plans) {
            target.added = Flags::NONE;
            target.removed = Flags::NONE;
            if let Some(why) = &target.failed {
                // What lies where it is to be moved already, and the like, is still there.
                changed.gone.extend(plan.key.filter(|_| *why == MailError::Gone.to_string()));
                changed.troubles.add(&shown(&target.base), why.clone());
                continue;
            }
            if let Some(shift) = &plan.shift {
                match self.carry(&told, target, &plan, shift) {
                    Ok(unsure) => {
                        unsure.into_iter().for_each(|words| changed.troubles.add("", words));
                        changed.gone.extend(plan.key);
                    }
                    Err(error) => {
                        if matches!(error, MailError::Gone) {
                            changed.gone.extend(plan.key);
                        }
                        changed.troubles.add(&shown(&target.base), error.to_string());
                        target.failed = Some(error.to_string());
                    }
                }
                continue;
            }
            if plan.add.is_empty() && plan.remove.is_empty() {
                continue;
            }
            let hint = plan.hint.as_ref().map(|(place, name)| (*place, name));
            let result = if plan.read_only {
                Err(MailError::ReadOnly)
            } else {
                match looked.dirs.get(&plan.path) {
                    Some(dirs) => self.fs.set_flags(dirs, &target.base, hint, plan.add, plan.remove),
                    None => self.fs.set_flags_in(&plan.path, &target.base, hint, plan.add, plan.remove),
                }
            };
            match result {
                Ok(flagged) => {
                    target.added = flagged.added;
                    target.removed = flagged.removed;
                    if plan.hint.as_ref().is_none_or(|(place, name)| *place != flagged.place || *name != flagged.name) {
                        touched.insert(plan.path);
                        changed.renamed.extend(plan.key.map(|key| (key, flagged.name, flagged.place)));
                    }
                }
                Err(error) => {
                    let gone = matches!(error, MailError::Gone);
                    changed.troubles.add(&shown(&target.base), error.to_string());
                    if gone {
                        changed.gone.extend(plan.key);
                    }
                    if gone || only_flags {
                        target.failed = Some(error.to_string());
                    }
                }
            }
        }
        for path in touched {
            if let Err(error) = self.fs.sync(&path) {
                changed.troubles.add("", format!("changed, but not surely on disk in {}: {error}", path.display()));
            }
        }
        changed
    }

    // Undo and redo ---------------------------------------------------------------------------------------------------

    fn undo(&mut self, id: Option<ActId>) -> Outcome {
        if let Err(error) = self.refresh() {
            return Outcome::Failed(with_hint(&error));
        }
        let act = match id {
            Some(id) => match self.told.act(id) {
                None => {
                    return Outcome::Failed(format!("there is no act {} (see: dutybox journal)", id.0));
                }
                Some(act) if !act.deed.undoable() => {
                    return Outcome::Failed(format!("{} cannot be undone", act.deed.word()));
                }
                Some(_) if !self.told.stands(id) => {
                    return Outcome::Failed(format!("act {} is already undone", id.0));
                }
                Some(act) => act.clone(),
            },
            None => {
                // An act that failed for all its messages left nothing to take back.
                let worth = |act: &&Act| {
                    let did = at_large(act) || act.targets.iter().any(|target| target.failed.is_none());
                    did && self.told.stands(act.id) && !self.told.is_hopeless(act) && self.is_here(act)
                };
                let top = self.told.undoable().filter(worth);
                let before = || self.told.acts().iter().rev().find(worth);
                match top.or_else(before) {
                    Some(act) => act.clone(),
                    None => {
                        // The journal is one for all Maildirs; what was done in another is not taken back unseen.
                        let other = self.told.undoable().filter(|act| !self.is_here(act));
                        let other = other.and_then(|act| act.targets.first());
                        return Outcome::Failed(other.map_or_else(
                            || "nothing to undo".into(),
                            |target| format!("nothing to undo here; the last act was in {}", target.folder),
                        ));
                    }
                }
            }
        };
        if matches!(act.deed, Deed::Forward { .. } | Deed::Reply { .. }) {
            return self.undo_mail(&act);
        }
        if matches!(act.deed, Deed::Move { .. }) {
            self.move_again(Deed::Undo(act.id), &act)
        } else {
            // The delta that was really made last: by the act, or by doing it again.
            let last = self.told.acts().iter().rev();
            let done =
                |other: &&Act| other.id == act.id || (other.deed == Deed::Redo(act.id) && !other.came_to_nothing());
            let targets = last.filter(done).map(|act| act.targets.clone()).next();
            let targets = targets.unwrap_or_else(|| act.targets.clone());
            self.again(Deed::Undo(act.id), targets, |target| (target.removed, target.added))
        }
    }

    /// Whether an act is about a message of the open Maildirs, as they were when it was done, or about none.
    fn is_here(&self, act: &Act) -> bool {
        if at_large(act) {
            return true;
        }
        let roots = || self.folders.iter().filter(|folder| folder.name.is_empty());
        act.targets.iter().any(|target| {
            roots().any(|root| Path::new(&target.folder).starts_with(Path::new(root.path_text().as_ref())))
        })
    }

    fn redo(&mut self) -> Outcome {
        if let Err(error) = self.refresh() {
            return Outcome::Failed(with_hint(&error));
        }
        let Some(act) = self.told.redoable_where(|act| self.is_here(act) && !self.told.is_hopeless(act)).cloned()
        else {
            return Outcome::Failed("nothing to redo".into());
        };
        if matches!(act.deed, Deed::Forward { .. } | Deed::Reply { .. }) {
            return Outcome::Failed(format!(
                "a {} that was taken back is not sent by redo: {0} it again",
                act.deed.word()
            ));
        }
        if matches!(act.deed, Deed::Move { .. }) {
            return self.move_again(Deed::Redo(act.id), &act);
        }
        self.again(Deed::Redo(act.id), act.targets, |target| (target.added, target.removed))
    }

    /// Carries out an act about messages of an earlier one, wherever they lie now (R29).
    fn again(&mut self, deed: Deed, targets: Vec<Target>, flags: impl Fn(&Target) -> (Flags, Flags)) -> Outcome {
        let mut looked = Looked::on(self.fs);
        let mut plans = Vec::with_capacity(targets.len());
        let mut missing = Vec::new();
        for target in targets.into_iter().filter(|target| target.failed.is_none()) {
            let (add, remove) = flags(&target);
            let mut plan = Plan {
                target: Target { added: Flags::NONE, removed: Flags::NONE, ..target },
                key: None,
                path: PathBuf::new(),
                read_only: false,
                hint: None,
                add,
                remove,
                shift: None,
            };
            // Where acts left it, else where it was.
            let was: Home = (plan.target.folder.clone(), plan.target.base.clone());
            let places = [trail::end(&self.told, &was.0, &was.1), was];
            let found = places.into_iter().find_map(|(folder, base)| {
                let index = self.folders.iter().position(|open| open.path_text() == folder.as_str())?;
                let target = Target { folder, base, ..plan.target.clone() };
                Some((index, self.same_mail(index, &target, &mut looked)?))
            });
            match found {
                Some((index, at)) => self.settle(&mut plan, index, at),
                None => missing.push(plans.len()),
            }
            plans.push(plan);
        }
        self.find_moved(&mut plans, missing, &mut looked);
        self.carry_out(deed, plans, &looked)
    }

    /// The mail of that base name in that folder, if it is the same mail.
    fn same_mail(&self, index: usize, target: &Target, looked: &mut Looked) -> Option<(Place, FileName)> {
        let path = &self.folders.get(index)?.path;
        let (place, name) = looked.find(path, &target.base).ok()?;
        let same = target.digest == Digest::default() || looked.digest(path, place, &name) == target.digest;
        same.then_some((place, name))
    }

    fn settle(&self, plan: &mut Plan, index: usize, (place, name): (Place, FileName)) {
        let Some(folder) = self.folders.get(index) else { return };
        plan.path.clone_from(&folder.path);
        plan.read_only = folder.read_only;
        plan.target.folder = folder.path_text().into_owned();
        // A program that moves a mail to another folder may give it a new base name.
        if maildir::exact_key(&plan.target.base).is_none() {
            plan.target.base = name.base().into();
        }
        plan.key = Some(MailKey { folder: FolderId(index as u16), base: plan.target.base.clone() });
        plan.aim(place, name);
    }

    /// Looks for mails that are not where they were: first by base name in the other folders, then by content.
    fn find_moved(&self, plans: &mut [Plan], missing: Vec<usize>, looked: &mut Looked) {
        let mut wanted: HashMap<Digest, Vec<usize>> = HashMap::new();
        for at in missing {
            let Some(plan) = plans.get_mut(at) else { continue };
            let found =
                (0..self.folders.len()).find_map(|index| Some((index, self.same_mail(index, &plan.target, looked)?)));
            match found {
                Some((index, place)) => self.settle(plan, index, place),
                None if plan.target.digest == Digest::default() => plan.target.failed = Some(looked.not_found()),
                None => wanted.entry(plan.target.digest).or_default().push(at),
            }
        }
        let mut left = SEARCH;
        for (index, folder) in self.folders.iter().enumerate() {
            if wanted.is_empty() {
                break;
            }
            for (place, name) in looked.names(&folder.path) {
                if wanted.is_empty() {
                    break;
                }
                if left == 0 {
                    // Not having looked is no proof of absence.
                    let words = format!("not found among the {SEARCH} mails that were looked at");
                    looked.trouble.get_or_insert(words);
                    break;
                }
                left -= 1;
                let digest = looked.digest(&folder.path, place, &name);
                let Some(plan) = wanted.get_mut(&digest).and_then(Vec::pop).and_then(|at| plans.get_mut(at)) else {
                    continue;
                };
                self.settle(plan, index, (place, name));
                wanted.retain(|_, at| !at.is_empty());
            }
        }
        for at in wanted.into_values().flatten() {
            if let Some(plan) = plans.get_mut(at) {
                plan.target.failed = Some(looked.not_found());
            }
        }
    }

    fn path_of(&self, folder: &str) -> PathBuf {
        let open = self.folders.iter().find(|open| open.path_text() == folder);
        open.map_or_else(|| PathBuf::from(folder), |open| open.path.clone())
    }

    // Small files -----------------------------------------------------------------------------------------------------

    fn save_part(&self, key: &MailKey, number: usize, dir: &Path) -> Outcome {
        let message = match self.read(key) {
            Ok(message) => message,
            Err(why) => return Outcome::Unread(key.clone(), why),
        };
        let part = message.parts().iter().find(|part| part.number == number);
        let Some((part, bytes)) = part.and_then(|part| Some((part, message.part_bytes(number)?))) else {
            return Outcome::Failed(format!("there is no part {number} in this message"));
        };
        match files::save(dir, &part.safe_name, &bytes) {
            Ok(path) => Outcome::Saved(path),
            Err(error) => Outcome::Failed(with_hint(&error)),
        }
    }

    fn keep_contact(&mut self, nick: String, address: String) -> Outcome {
        let nick = nick.trim().to_owned();
        if nick.is_empty() || nick.chars().any(char::is_control) {
            return Outcome::Failed("a contact needs a name".into());
        }
        let address = match check_address(&address) {
            Ok(address) => address,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        let path = self.options.config_dir.join("contacts.toml");
        if let Err(error) = write_contact(&path, &nick, &address) {
            return Outcome::Failed(with_hint(&error));
        }
        let known = self.config.contacts.entry(nick.clone()).or_default();
        if !known.contains(&address) {
            known.push(address.clone());
        }
        Outcome::KeptContact(nick, address)
    }
}

impl Plan {
    /// Where the mail lies, and what would change there.
    fn aim(&mut self, place: Place, name: FileName) {
        let now = name.flags();
        self.target.added = self.add.without(now);
        self.target.removed = self.remove.and(now);
        self.hint = Some((place, name));
    }
}

/// Keys of a folder, and where their files are.
type Listing = HashMap<Arc<[u8]>, (Place, FileName)>;

/// Listings and open directories of one act, so that 10,000 messages are not looked for one by one.
#[derive(Debug)]
struct Looked {
    fs: Fs,
    listings: HashMap<PathBuf, Listing>,
    dirs: HashMap<PathBuf, Dirs>,
    digests: HashMap<(PathBuf, Place, FileName), Digest>,
    /// Why something could not be looked at: then what is not found may be there all the same.
    trouble: Option<String>,
}

impl Looked {
    fn on(fs: Fs) -> Looked {
        Looked { fs, listings: HashMap::new(), dirs: HashMap::new(), digests: HashMap::new(), trouble: None }
    }

    fn open(&mut self, path: &Path) -> Result<(), MailError> {
        self.try_open(path).inspect_err(|error| self.note(error))
    }

    /// Keeps the first trouble that is no proof of absence.
    fn note(&mut self, error: &MailError) {
        if let MailError::Io(io) = error
            && io.kind() != std::io::ErrorKind::NotFound
        {
            self.trouble.get_or_insert_with(|| format!("not found, and {error}"));
        }
    }

    fn try_open(&mut self, path: &Path) -> Result<(), MailError> {
        if !self.dirs.contains_key(path) {
            let dirs = self.fs.open(path)?;
            self.dirs.insert(path.to_path_buf(), dirs);
        }
        if !self.listings.contains_key(path) {
            let scan = self.fs.scan(path).map_err(|error| MailError::Io(std::io::Error::other(error.message)))?;
            let listing = scan.entries.into_iter().map(|entry| (entry.key, (entry.place, entry.name))).collect();
            self.listings.insert(path.to_path_buf(), listing);
        }
        Ok(())
    }

    fn find(&mut self, path: &Path, key: &[u8]) -> Result<(Place, FileName), MailError> {
        self.open(path)?;
        if let Some(found) = self.listings.get(path).and_then(|listing| listing.get(key)) {
            return Ok(found.clone());
        }
        // The listing may have missed it, or it was given a `,U=` since.
        let found = match self.dirs.get(path) {
            Some(dirs) => self.fs.find(dirs, key),
            None => Err(MailError::Gone),
        };
        found.inspect_err(|error| self.note(error))
    }

    /// Why a mail was found nowhere.
    fn not_found(&self) -> String {
        self.trouble.clone().unwrap_or_else(|| GONE.to_owned())
    }

    fn names(&mut self, path: &Path) -> Vec<(Place, FileName)> {
        match self.open(path) {
            Ok(()) => self.listings.get(path).map(|listing| listing.values().cloned().collect()).unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    /// Content identity; the default where it cannot be read.
    fn digest(&mut self, path: &Path, place: Place, name: &FileName) -> Digest {
        let at = (path.to_path_buf(), place, name.clone());
        if let Some(digest) = self.digests.get(&at) {
            return *digest;
        }
        let Some(dirs) = self.dirs.get(path) else { return Digest::default() };
        let read = self.fs.read(dirs, place, name, false).and_then(load::parsed);
        match read {
            Ok((_, message)) => *self.digests.entry(at).or_insert(message.digest()),
            Err(error) => {
                self.note(&error);
                Digest::default()
            }
        }
    }
}

/// What came of changing flags.
#[derive(Debug, Default)]
struct Changed {
    renamed: Vec<(MailKey, FileName, Place)>,
    gone: Vec<MailKey>,
    troubles: Troubles,
}

/// Failures, one line for each reason (C06: not one for each mail).
#[derive(Debug, Default)]
struct Troubles(Vec<(String, usize, String)>);

impl Troubles {
    fn add(&mut self, name: &str, why: String) {
        match self.0.iter_mut().find(|(reason, _, _)| *reason == why) {
            Some((_, count, _)) => *count += 1,
            None => self.0.push((why, 1, name.to_owned())),
        }
    }

    fn lines(self) -> Vec<String> {
        let line = |(why, count, name): (String, usize, String)| match (count, name.as_str()) {
            (_, "") => why,
            (1, name) => format!("{name}: {why}"),
            (count, _) => format!("{count} messages: {why}"),
        };
        self.0.into_iter().map(line).collect()
    }
}

/// Whether an act is about no message, and never was.
fn at_large(act: &Act) -> bool {
    act.targets.is_empty() && !act.deed.about_messages()
}

/// Whether an act, or the one that it takes back or does again, only sets or removes flags.
fn only_flags(deed: &Deed, acts: &[Act]) -> bool {
    match deed {
        Deed::Undo(of) | Deed::Redo(of) => acts.iter().any(|act| act.id == *of && act.deed.only_flags()),
        deed => deed.only_flags(),
    }
}

fn is_mail(deed: &Deed) -> bool {
    matches!(deed, Deed::Forward { .. } | Deed::Reply { .. })
}

/// Whether the world carries it out, rather than the session.
fn for_the_world(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::Rescan
            | Effect::Copy(_)
            | Effect::OpenLink(_)
            | Effect::Pager(_)
            | Effect::Editor(_)
            | Effect::EditReply { .. }
            | Effect::Pipe(..)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit
    )
}

/// An error in one line with what to do.
fn with_hint(error: &Error) -> String {
    match &error.hint {
        Some(hint) => format!("{} ({hint})", error.message),
        None => error.message.clone(),
    }
}

/// Adds a contact to the file of kept contacts; what people wrote there stays as it is where that can be.
fn write_contact(path: &Path, nick: &str, address: &str) -> Result<(), Error> {
    use crate::error::ErrorKind;
    let fresh = || "# Contacts kept by dutybox; yours may stand here too.\n[contacts]\n".to_owned();
    let old = local::read_text(path)?.unwrap_or_else(fresh);
    let mut table: toml::Table = old.parse().map_err(|error: toml::de::Error| {
        Error::new(ErrorKind::Usage, format!("cannot read {}: {}", path.display(), error.message()))
            .hint(format!("correct it: $EDITOR {}", path.display()))
    })?;
    let contacts = table.entry("contacts").or_insert_with(|| toml::Table::new().into());
    let Some(contacts) = contacts.as_table_mut() else {
        return Err(Error::new(ErrorKind::Usage, format!("{}: `contacts` is no table", path.display()))
            .hint("write [contacts] above the contacts"));
    };
    let known = contacts.get(nick).cloned();
    let mut addresses: Vec<toml::Value> = match known {
        Some(toml::Value::Array(addresses)) => addresses,
        Some(one @ toml::Value::String(_)) => vec![one],
        _ => Vec::new(),
    };
    if addresses.iter().any(|known| known.as_str() == Some(address)) {
        return Ok(());
    }
    let is_new = addresses.is_empty();
    addresses.push(address.into());
    contacts.insert(nick.into(), toml::Value::Array(addresses.clone()));
    let only_contacts = table.len() == 1 && old.contains("[contacts]");
    let text = if is_new && only_contacts {
        let mut line = toml::Table::new();
        line.insert(nick.into(), toml::Value::Array(addresses));
        let gap = if old.ends_with('\n') { "" } else { "\n" };
        format!("{old}{gap}{line}")
    } else {
        table.to_string()
    };
    // Never leave a file that cannot be read back.
    if text.parse::<toml::Table>().ok().as_ref() != Some(&table) {
        return files::replace(path, table.to_string().as_bytes());
    }
    files::replace(path, text.as_bytes())
}
