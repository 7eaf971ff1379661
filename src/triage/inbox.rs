//! Owns the rows: takes in changes, answers what is where. Pure.
//!
//! Changes and acts are taken in as they come ([`Inbox::apply`], [`Inbox::tell`]); what they mean is worked out by
//! [`Inbox::settle`], which is told the time. What is asked for every row at every frame (its call, whether it is
//! hidden) is kept beside it as its [`Standing`] and worked out again only where something changed.

mod feeds;
mod front;
mod ids;
mod later;
mod stand;

pub use ids::Named;

use self::feeds::Stones;
use self::later::Later;
use super::query::Query;
use super::row::{Change, Folder, FolderId, MailKey, Row};
use super::sent::SentFolder;
use super::standing::{self, MessageState, Said, Standing};
use super::told::{Act, Deed, Scope, Told};
use super::verdict::Verdict;
use super::verdicts::{
    self, CaseOutcome, Changed, Engine, Freshness, Incident, IncidentNo, Input, Need, News, Register, Sources,
    Tombstone,
};
use crate::mail::{Digest, Flags, Time};
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbook, Runbooks};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Age in seconds from which an incident no longer needs anybody (R28): 7 days.
pub const HORIZON: i64 = 7 * 24 * 3600;

/// All rows, what was told about them, and the runbooks.
#[derive(Debug)]
pub struct Inbox {
    /// The runbooks in force.
    pub books: Arc<Runbooks>,
    /// What the operator told us.
    pub told: Told,
    /// The folders; a row's [`FolderId`] is an index into it.
    pub folders: Vec<Folder>,
    /// What could not be read besides folders (the journal), in words with what to do.
    pub troubles: Vec<String>,
    /// Seconds after its last mail for which an incident needs somebody.
    pub horizon: i64,
    /// Seconds that mail may be on its way, before its absence is proved (R10).
    pub grace: i64,
    rows: Vec<Row>,
    standings: Vec<Standing>,
    by_key: HashMap<MailKey, usize>,
    errors: BTreeMap<FolderId, String>,
    /// Nothing later than this exists (R2); `None`: everything exists.
    as_of: Option<Time>,
    /// Rows that do not exist yet.
    later: Later,
    /// Acts that are not told yet, latest first.
    untold: Vec<Act>,
    /// Shared with inboxes that stand at another time: there may be many of them.
    stones: Arc<Stones>,
    sources: Sources,
    sent: Option<SentFolder>,
    /// Newest delivery of each folder.
    newest: HashMap<FolderId, Time>,
    /// Ignores by filter that stand.
    filters: Vec<(Said, Query, Call)>,
    /// Contents that acts reach an incident by and whose message lies elsewhere now: where (R29).
    sought: HashMap<Digest, Option<MailKey>>,
    settled: Settled,
    /// How far the first reading is: done, of all.
    pub progress: (usize, usize),
    /// Whether the first reading is complete.
    pub complete: bool,
}

/// What was worked out, and what is still to be.
#[derive(Debug)]
struct Settled {
    now: Time,
    zone: TimeZone,
    /// The zone in which times are named in words, where it is not `zone`.
    words: Option<TimeZone>,
    engine: Engine,
    register: Register,
    fresh: Freshness,
    news: Vec<News>,
    /// Rows whose standing must be worked out again.
    touched: BTreeSet<usize>,
    /// All of them must.
    all: bool,
    /// A row was taken out.
    gone: bool,
    /// Something was told that verdicts may depend on.
    told: bool,
    /// For each incident the acts that reach all of its members and stand for one of them.
    reaching: HashMap<IncidentNo, BTreeSet<super::told::ActId>>,
    /// When the first ignore or snooze ends.
    ends: Option<Time>,
    /// How often anything came to look otherwise.
    generation: u64,
}

impl Settled {
    /// Nothing was worked out yet.
    fn new(zone: TimeZone) -> Settled {
        Settled {
            now: Time(i64::MIN),
            zone,
            words: None,
            engine: Engine::default(),
            register: Register::default(),
            fresh: Freshness::default(),
            news: Vec::new(),
            touched: BTreeSet::new(),
            all: false,
            gone: false,
            told: false,
            reaching: HashMap::new(),
            ends: None,
            generation: 0,
        }
    }
}

/// Which rows look otherwise after [`Inbox::settle`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// None.
    Nothing,
    /// These.
    Rows(Vec<MailKey>),
    /// Perhaps all.
    All,
}

/// A row with all that is known about it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The row.
    pub row: &'a Row,
    /// What was told.
    pub state: MessageState,
    /// The verdict.
    pub verdict: Verdict,
}

/// A category in the left pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategorySummary {
    /// The runbook; `None`: undocumented.
    pub book: Option<BookId>,
    /// Its id, or `undocumented`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Messages that are not ignored, done, put off or trashed.
    pub open: usize,
    /// Unseen ones among them.
    pub unseen: usize,
    /// Incidents that ask for a person (R28).
    pub needs_you: usize,
    /// All messages.
    pub total: usize,
    /// The most urgent call among the open ones.
    pub worst: Option<Call>,
    /// Newest delivery.
    pub newest: Option<Time>,
    /// When the next of its verdicts is due to change: the next tick, else the end of a wait.
    pub due: Option<Time>,
}

impl CategorySummary {
    /// A category without a message.
    pub fn empty(book: Option<BookId>, books: &Runbooks) -> CategorySummary {
        let runbook = book.and_then(|book| books.get(book));
        CategorySummary {
            book,
            id: runbook.map_or(UNDOCUMENTED, |book| book.id.as_str()).to_owned(),
            title: runbook.map_or("Undocumented", |book| book.title.as_str()).to_owned(),
            open: 0,
            unseen: 0,
            needs_you: 0,
            total: 0,
            worst: None,
            newest: None,
            due: None,
        }
    }
}

/// The category of messages that no runbook claims.
pub const UNDOCUMENTED: &str = "undocumented";

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox {
            books: Arc::default(),
            told: Told::default(),
            folders: Vec::new(),
            troubles: Vec::new(),
            horizon: HORIZON,
            grace: verdicts::GRACE,
            rows: Vec::new(),
            standings: Vec::new(),
            by_key: HashMap::new(),
            errors: BTreeMap::new(),
            as_of: None,
            later: Later::default(),
            untold: Vec::new(),
            stones: Arc::default(),
            sources: Sources::default(),
            sent: None,
            newest: HashMap::new(),
            filters: Vec::new(),
            sought: HashMap::new(),
            settled: Settled::new(TimeZone::UTC),
            progress: (0, 0),
            complete: false,
        }
    }
}

impl Inbox {
    /// An empty inbox with these runbooks, as of now.
    pub fn new(books: Arc<Runbooks>) -> Inbox {
        Inbox { books, ..Inbox::default() }
    }

    /// The same inbox with times in headlines written in that zone.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Inbox {
        self.settled.zone = zone;
        self
    }

    /// From now on names times in that zone in the words of verdicts; `None`: in its own. What is asked for at which hour
    /// stays with its own zone.
    pub fn name_times_in(&mut self, zone: Option<TimeZone>) {
        self.settled.words = zone;
        self.settled.generation += 1;
    }

    // ---- taking in -----------------------------------------------------------------------------------------------

    /// Takes in a change. What it means is worked out by [`Inbox::settle`].
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Folders(folders) => {
                self.folders = folders;
                self.settled.told = true;
                self.settled.all = true;
            }
            Change::Rows(rows) => rows.into_iter().for_each(|row| self.insert(row)),
            Change::Renamed(key, name, place) => {
                let Some(&i) = self.by_key.get(&key) else {
                    if let Some(row) = self.later.get_mut(&key) {
                        (row.name, row.place) = (name, place);
                    }
                    return;
                };
                if let Some(row) = self.rows.get_mut(i) {
                    row.name = name;
                    row.place = place;
                    // Flags never feed a verdict (R2), but the flag T hides.
                    self.settled.touched.insert(i);
                }
            }
            Change::Vanished(key) => self.remove(&key),
            Change::FolderError(folder, Some(words)) => {
                self.errors.insert(folder, words);
            }
            Change::FolderError(folder, None) => {
                self.errors.remove(&folder);
            }
            Change::Progress { done, of } => self.progress = (done, of),
            Change::Complete => self.complete = true,
        }
    }

    fn insert(&mut self, row: Row) {
        if !self.exists(row.received) {
            return self.later.put(row);
        }
        if row.odd.is_none() {
            let newest = self.newest.entry(row.key.folder).or_insert(Time(i64::MIN));
            *newest = row.received.min(row.mtime).max(*newest);
        }
        if let Some(place) = self.sought.get_mut(&row.digest).filter(|place| place.is_none()) {
            *place = Some(row.key.clone());
        }
        match self.by_key.get(&row.key) {
            Some(&i) => {
                if let Some(old) = self.rows.get_mut(i) {
                    *old = row;
                    self.settled.news.push(News::Replaced(i));
                    self.settled.touched.insert(i);
                }
            }
            None => {
                let i = self.rows.len();
                self.by_key.insert(row.key.clone(), i);
                if self.stones.has(&row.key) {
                    // It came back, and counts for itself again.
                    self.settled.news.push(News::Tombstones);
                }
                let trashed = row.flags().has(Flags::TRASHED);
                self.rows.push(row);
                self.standings.push(Standing::plain(verdicts::Judgment::default(), trashed));
                self.settled.news.push(News::Inserted(i));
                self.settled.touched.insert(i);
            }
        }
    }

    fn remove(&mut self, key: &MailKey) {
        // At its time it counts as if it had lain there then (R2, R7).
        if let Some(stone) = self.later.take(key).as_ref().and_then(Tombstone::of) {
            self.bury(stone);
            self.settled.news.push(News::Tombstones);
        }
        let Some(i) = self.by_key.remove(key) else { return };
        let row = self.rows.swap_remove(i);
        self.sought.remove(&row.digest);
        self.standings.swap_remove(i);
        let last = self.rows.len();
        // What was about the last row is about its new index now.
        if self.settled.touched.remove(&last) {
            self.settled.touched.insert(i);
        }
        if i == last {
            self.settled.touched.remove(&i);
        }
        if let Some(moved) = self.rows.get(i) {
            self.by_key.insert(moved.key.clone(), i);
        }
        // It goes on counting for as long as we are here (R7); the state folder keeps it for longer.
        let stone = Tombstone::of(&row).map(|stone| self.bury(stone));
        self.settled.news.push(stone.map_or(News::Removed(i), |stone| News::Buried { row: i, stone }));
        self.settled.gone = true;
        // Another message of its content may be it, moved.
        self.settled.all |= !self.told.homes(row.digest).is_empty();
    }

    /// Takes in an act.
    pub fn tell(&mut self, act: Act) {
        if !self.exists(act.at) {
            let place = self.untold.partition_point(|other| (other.at, other.id) > (act.at, act.id));
            self.untold.insert(place, act);
            return;
        }
        for target in &act.targets {
            let here = self.folder_at(&target.folder);
            let row = here.and_then(|folder| self.by_key.get(&MailKey { folder, base: target.base.clone() }));
            match row {
                Some(&row) => {
                    self.settled.touched.insert(row);
                }
                // It was moved, or is not read yet: it is found by its content then.
                None => self.settled.all = true,
            }
        }
        let undo = matches!(act.deed, Deed::Undo(_) | Deed::Redo(_));
        let verdicts = matches!(
            act.deed,
            Deed::Switch { .. }
                | Deed::Expect { .. }
                | Deed::Synced
                | Deed::Claim { .. }
                | Deed::Unclaim { .. }
                | Deed::Resolve { .. }
        );
        self.settled.told |= undo || verdicts || !act.deed.about_messages();
        let at_large = match act.deed {
            Deed::Undo(of) | Deed::Redo(of) => self.told.act(of).is_none_or(|act| !act.deed.about_messages()),
            _ => !act.deed.about_messages(),
        };
        self.settled.all |= at_large;
        self.told.apply(act);
    }

    // ---- working out ---------------------------------------------------------------------------------------------

    /// Works out what everything means at `now`. To be called after changes and acts, and whenever time has passed:
    /// where nothing changed it costs nothing.
    pub fn settle(&mut self, now: Time) -> Moved {
        self.learn(now);
        self.forget_old(now);
        self.settled.now = now;
        // While the mailbox is read for the first time, what is missing may only not have been read yet.
        let reading = !self.complete && self.progress.1 > 0;
        self.settled.fresh = match reading {
            true => Freshness::default(),
            false => verdicts::freshness_of(&self.folders, &self.newest, &self.sources, now, self.as_of),
        };
        let news = std::mem::take(&mut self.settled.news);
        let mut engine = std::mem::take(&mut self.settled.engine);
        let changed = engine.update(&self.input(), &news);
        self.settled.engine = engine;
        if self.settled.ends.is_some_and(|end| end <= now) {
            self.settled.all = true;
        }
        let mut touched = std::mem::take(&mut self.settled.touched);
        match changed {
            Changed::None if !self.settled.all && !self.settled.gone && touched.is_empty() => return Moved::Nothing,
            Changed::None => {}
            Changed::Rows(rows) => touched.extend(rows),
            Changed::All => self.settled.all = true,
        }
        self.settled.generation += 1;
        self.gather_reaching();
        let gone = std::mem::take(&mut self.settled.gone);
        if std::mem::take(&mut self.settled.all) {
            self.settled.ends = None;
            for row in 0..self.rows.len() {
                self.work_out(row);
            }
            return Moved::All;
        }
        // What reaches one member of an incident may reach the others.
        let beside: Vec<usize> = touched
            .iter()
            .filter_map(|&row| self.settled.engine.incident_of(row))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter_map(|incident| self.settled.engine.incident(incident))
            .flat_map(|incident| incident.members.iter().copied())
            .collect();
        touched.extend(beside);
        touched.iter().for_each(|&row| self.work_out(row));
        if gone {
            return Moved::All;
        }
        Moved::Rows(touched.iter().filter_map(|&row| Some(self.rows.get(row)?.key.clone())).collect())
    }

    /// The first time at which anything may look otherwise by itself.
    pub fn until(&self) -> Option<Time> {
        [self.settled.engine.until(), self.settled.ends].into_iter().flatten().min()
    }

    /// Another number whenever anything may have come to look otherwise.
    pub fn generation(&self) -> u64 {
        self.settled.generation
    }

    /// The time at which everything was last worked out.
    pub fn now(&self) -> Time {
        self.settled.now
    }

    fn input(&self) -> Input<'_> {
        Input {
            rows: &self.rows,
            tombstones: &self.stones.all,
            register: &self.settled.register,
            books: &self.books,
            fresh: &self.settled.fresh,
            now: self.settled.now,
            as_of: self.as_of,
            zone: &self.settled.zone,
            grace: self.grace,
        }
    }

    fn folder_ids(&self) -> HashMap<String, FolderId> {
        let ids = (0..self.folders.len()).filter_map(|i| u16::try_from(i).ok()).map(FolderId);
        self.folders.iter().map(|folder| folder.path_text().into_owned()).zip(ids).collect()
    }

    fn folder_at(&self, path: &str) -> Option<FolderId> {
        let at = self.folders.iter().position(|folder| folder.path_text() == path)?;
        u16::try_from(at).ok().map(FolderId)
    }

    /// The ignores by filter that stand; a query that is wrong by now selects nothing.
    fn standing_filters(&self) -> Vec<(Said, Query, Call)> {
        let filter = |act: &Act| match &act.deed {
            Deed::Ignore { reason, scope: Scope::Filter { query, call }, until } => {
                let said = Said {
                    act: act.id,
                    at: act.at,
                    by: act.by.clone(),
                    text: reason.clone(),
                    until: *until,
                    scope: Scope::Filter { query: query.clone(), call: *call },
                };
                Some((said, Query::parse(query).ok()?, *call))
            }
            _ => None,
        };
        self.told.at_large().filter_map(filter).collect()
    }

    /// For each incident the acts about any of its members that reach the others (R29).
    fn gather_reaching(&mut self) {
        let ids = self.folder_ids();
        // Of each act that reaches an incident one member that it stands for is enough, however many it is about.
        let mut reaching: HashMap<IncidentNo, BTreeSet<super::told::ActId>> = HashMap::new();
        let mut reach = |inbox: &Inbox, row: usize, act| {
            if let Some(incident) = inbox.settled.engine.incident_of(row) {
                let acts = reaching.entry(incident).or_default();
                if !acts.contains(&act) && inbox.stands_for(row, act) {
                    acts.insert(act);
                }
            }
        };
        // A message that lies no more where it lay is looked for by its content, once.
        let mut missing: Vec<(Digest, super::told::ActId)> = Vec::new();
        let acts = self.told.acts().iter().filter(|act| *act.deed.scope() == Scope::Incident);
        for act in acts {
            for target in act.targets.iter().filter(|target| target.failed.is_none()) {
                let key = ids.get(&target.folder).map(|&folder| MailKey { folder, base: target.base.clone() });
                match key.and_then(|key| self.by_key.get(&key)) {
                    Some(&row) => reach(self, row, act.id),
                    None if target.digest != Digest::default() => missing.push((target.digest, act.id)),
                    None => {}
                }
            }
        }
        seek(&self.rows, &mut self.sought, &missing);
        for (digest, act) in missing {
            let key = self.sought.get(&digest).and_then(Option::as_ref);
            if let Some(&row) = key.and_then(|key| self.by_key.get(key)) {
                reach(self, row, act);
            }
        }
        self.settled.reaching = reaching;
    }

    /// Works out how a row stands.
    fn work_out(&mut self, index: usize) {
        let Some(row) = self.rows.get(index) else { return };
        let judgment = self.settled.engine.judgment(index);
        let trashed = row.flags().has(Flags::TRASHED);
        let standing = if self.is_told_about(index) {
            let state = self.state(row);
            let ends = [&state.ignored, &state.snoozed].into_iter().flatten().filter_map(|said| said.until).min();
            self.settled.ends = [self.settled.ends, ends].into_iter().flatten().min();
            Standing::of(judgment, &state, trashed)
        } else {
            Standing::plain(judgment, trashed)
        };
        if let Some(slot) = self.standings.get_mut(index) {
            *slot = standing;
        }
    }

    fn is_told_about(&self, index: usize) -> bool {
        if !self.filters.is_empty() {
            return true;
        }
        let Some(row) = self.rows.get(index) else { return false };
        let reached = || {
            let incident = self.settled.engine.incident_of(index)?;
            self.settled.reaching.get(&incident)
        };
        !self.told.acts().is_empty() && (reached().is_some() || !self.places(row).is_empty())
    }

    /// What was told about a row: about itself, found by where it lies, else by its content where it was moved, and
    /// about its incident (R29); without what no longer holds (R27).
    pub fn state(&self, row: &Row) -> MessageState {
        let index = self.by_key.get(&row.key).copied();
        let mut about: BTreeMap<super::told::ActId, (&Act, bool)> = BTreeMap::new();
        about.extend(self.told.about(&self.places(row)).into_iter().map(|act| (act.id, (act, true))));
        let incident = index.and_then(|index| self.settled.engine.incident_of(index));
        // What stands for the row itself is known already, so that these stand for another one.
        for id in incident.and_then(|incident| self.settled.reaching.get(&incident)).into_iter().flatten() {
            if !about.contains_key(id) {
                about.extend(self.told.act(*id).map(|act| (*id, (act, false))));
            }
        }
        let call = index.map_or(Call::Decide, |index| self.settled.engine.judgment(index).call);
        let mut state = standing::fold(about.into_values(), call, self.settled.now);
        if state.ignored.is_none() {
            state.ignored = self.filtered(row, call);
        }
        state
    }

    /// Whether an act stands for the row that it is about.
    fn stands_for(&self, row: usize, id: super::told::ActId) -> bool {
        self.rows.get(row).is_some_and(|row| self.told.about(&self.places(row)).iter().any(|act| act.id == id))
    }

    /// The ignore by filter that hides a row.
    fn filtered(&self, row: &Row, call: Call) -> Option<Said> {
        // What the page says must be dealt with is hidden for a while only, by a filter too that was made before it came.
        let endless = self.book(row).is_none_or(|book| book.never_ignore.is_none());
        let hides = |(said, query, worst): &&(Said, Query, Call)| {
            call <= *worst
                && (endless || said.until.is_some())
                && said.until.is_none_or(|until| until > self.settled.now)
                && query.matches(self, row, self.settled.now)
        };
        self.filters.iter().rev().find(hides).map(|(said, ..)| said.clone())
    }

    // ---- asking --------------------------------------------------------------------------------------------------

    /// The rows, in no particular order; the index of a row is good until the next change.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Everything that lies in the mailbox, also what does not exist yet at the time that is looked at.
    pub fn present(&self) -> impl Iterator<Item = &Row> + Clone {
        self.rows.iter().chain(self.later.iter())
    }

    /// The row of that key.
    pub fn get(&self, key: &MailKey) -> Option<&Row> {
        self.by_key.get(key).and_then(|&i| self.rows.get(i))
    }

    /// The standing of the row of that key.
    pub fn standing(&self, key: &MailKey) -> Option<Standing> {
        self.by_key.get(key).and_then(|&i| self.standings.get(i)).copied()
    }

    /// All rows with their standings, in no particular order.
    pub fn standings(&self) -> impl Iterator<Item = (&Row, Standing)> {
        self.rows.iter().zip(self.standings.iter().copied())
    }

    /// The folder of that id.
    pub fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.get(usize::from(id.0))
    }

    /// A row with what was told and its verdict.
    pub fn entry<'a>(&'a self, row: &'a Row) -> Entry<'a> {
        Entry { row, state: self.state(row), verdict: self.verdict(row) }
    }

    /// Some rows, each so.
    pub fn entries<'a>(&'a self, rows: Vec<&'a Row>) -> Vec<Entry<'a>> {
        let verdicts = self.verdicts(&rows);
        let entry = |(row, verdict)| Entry { row, state: self.state(row), verdict };
        rows.into_iter().zip(verdicts).map(entry).collect()
    }

    /// The verdict for a row, with all its words.
    pub fn verdict(&self, row: &Row) -> Verdict {
        let index = self.by_key.get(&row.key).copied().unwrap_or(usize::MAX);
        self.settled.engine.verdict(&self.worded(), index)
    }

    /// The same for some rows; for many of one incident much faster than one after the other.
    pub fn verdicts(&self, rows: &[&Row]) -> Vec<Verdict> {
        let index = |row: &&Row| self.by_key.get(&row.key).copied().unwrap_or(usize::MAX);
        self.settled.engine.verdicts(&self.worded(), &rows.iter().map(index).collect::<Vec<_>>())
    }

    /// What verdicts depend on, for the words.
    fn worded(&self) -> Input<'_> {
        Input { zone: self.settled.words.as_ref().unwrap_or(&self.settled.zone), ..self.input() }
    }

    /// What came of each case of the runbook that claims a row.
    pub fn cases(&self, row: &Row) -> Vec<CaseOutcome> {
        let index = self.by_key.get(&row.key).copied().unwrap_or(usize::MAX);
        self.settled.engine.explain(&self.input(), index)
    }

    /// All incidents that hold a row, newest mail first. A number is good until the next [`Inbox::settle`].
    pub fn incidents(&self) -> impl Iterator<Item = (IncidentNo, &Incident)> {
        self.settled.engine.incidents(&self.input())
    }

    /// The incident of that number.
    pub fn incident(&self, number: IncidentNo) -> Option<&Incident> {
        self.settled.engine.incident(number)
    }

    /// The incident that holds a row.
    pub fn incident_of(&self, row: &Row) -> Option<(IncidentNo, &Incident)> {
        let number = self.settled.engine.incident_of(*self.by_key.get(&row.key)?)?;
        Some((number, self.settled.engine.incident(number)?))
    }

    /// The members of an incident that lie in the mailbox, oldest first.
    pub fn members<'a>(&'a self, incident: &'a Incident) -> impl Iterator<Item = (&'a Row, Standing)> + 'a {
        incident.members.iter().filter_map(|&index| Some((self.rows.get(index)?, *self.standings.get(index)?)))
    }

    /// The member that gives an incident its call (R25).
    pub fn lead(&self, incident: &Incident) -> Option<&Row> {
        self.rows.get(incident.lead)
    }

    /// The id of an incident: the base name of its first message, as shown to people (R29).
    pub fn incident_id(&self, incident: &Incident) -> String {
        incident.id(&self.input())
    }

    /// The group-by labels of an incident; see [`Incident::key`].
    pub fn labels(&self, incident: &Incident) -> Vec<(String, Option<String>)> {
        incident.key(&self.input())
    }

    /// The headline of an incident: that of its lead.
    pub fn headline(&self, incident: &Incident) -> String {
        self.lead(incident).map(|row| self.verdict(row).headline).unwrap_or_default()
    }

    /// Whether an incident needs a person now (R28).
    pub fn need(&self, incident: &Incident) -> Need {
        let asks = |standing: &Standing| standing.call() >= Call::Decide && !standing.handled();
        let asked = incident.members.iter().filter_map(|&row| self.standings.get(row)).any(asks);
        if !asked {
            Need::No
        } else if self.settled.now.0.saturating_sub(incident.last.0) <= self.horizon {
            Need::You
        } else {
            Need::Past
        }
    }

    /// The id of the category that a row is in.
    pub fn category(&self, row: &Row) -> &str {
        row.book().and_then(|book| self.books.get(book)).map_or(UNDOCUMENTED, |book| book.id.as_str())
    }

    /// The runbook that claims a row.
    pub fn book(&self, row: &Row) -> Option<&Runbook> {
        row.book().and_then(|book| self.books.get(book))
    }

    /// The id of the kind of a row within its category; `None` where the runbook has no kinds.
    pub fn kind(&self, row: &Row) -> Option<&str> {
        let hit = row.class.primary.as_ref()?;
        let kind = self.books.get(hit.book)?.kinds.get(usize::from(hit.kind))?;
        (!kind.id.is_empty()).then_some(kind.id.as_str())
    }

    /// All rows that a query selects, newest delivery first.
    pub fn select<'a>(&'a self, query: &Query, now: Time) -> Vec<Entry<'a>> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| query.matches(self, row, now)).collect();
        rows.sort_by(|a, b| newest_first(a, b));
        self.entries(rows)
    }

    /// Whether a row needs a person now (R28): page, act or decide, not handled, and its incident is not older than the
    /// horizon.
    pub fn needs_you(&self, row: &Row) -> bool {
        let Some(standing) = self.standing(&row.key) else { return false };
        let last = || self.incident_of(row).map_or(row.at, |(_, incident)| incident.last);
        standing.call() >= Call::Decide
            && !standing.handled()
            && self.settled.now.0.saturating_sub(last().0) <= self.horizon
    }

    /// All categories that hold a message: those with the worst open call first, then by title; undocumented last.
    pub fn categories(&self) -> Vec<CategorySummary> {
        let mut found: HashMap<Option<BookId>, CategorySummary> = HashMap::new();
        for (row, standing) in self.standings() {
            let book = row.book();
            let summary = found.entry(book).or_insert_with(|| CategorySummary::empty(book, &self.books));
            summary.total += 1;
            summary.newest = summary.newest.max(Some(row.received));
            if !standing.handled() {
                summary.open += 1;
                summary.unseen += usize::from(!row.flags().has(Flags::SEEN));
                summary.worst = summary.worst.max(Some(standing.call()));
                let due = standing.judgment.due.or(standing.judgment.until).filter(|due| *due > self.settled.now);
                summary.due = [summary.due, due].into_iter().flatten().min();
            }
        }
        for (_, incident) in self.incidents() {
            if self.need(incident) == Need::You
                && let Some(summary) = found.get_mut(&incident.book)
            {
                summary.needs_you += 1;
            }
        }
        let mut all: Vec<CategorySummary> = found.into_values().collect();
        all.sort_by(|a, b| {
            (a.book.is_none(), std::cmp::Reverse(a.worst), &a.title).cmp(&(
                b.book.is_none(),
                std::cmp::Reverse(b.worst),
                &b.title,
            ))
        });
        all
    }

    /// How many incidents need a person now, and how many are past the horizon and were never handled (R28).
    pub fn need_you(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for (_, incident) in self.incidents() {
            match self.need(incident) {
                Need::You => counts.0 += 1,
                Need::Past => counts.1 += 1,
                Need::No => {}
            }
        }
        counts
    }

    /// The time up to which all Maildirs are known to be complete (R11), archives left out.
    pub fn fresh_until(&self) -> Option<Time> {
        let archive = |folder: &FolderId| {
            self.folder(*folder).is_some_and(|folder| self.sources.archives.contains(&folder.maildir))
        };
        self.settled.fresh.iter().filter(|(folder, _)| !archive(folder)).map(|(_, time)| *time).min()
    }

    /// By how many seconds the newest mail is ahead of the clock; `None` where it is not (R11: a warning).
    pub fn clock_behind(&self) -> Option<i64> {
        let newest = self.newest.values().max()?;
        let ahead = newest.0.saturating_sub(self.settled.now.0);
        (ahead > 0).then_some(ahead)
    }

    /// What the switches say now, by name, with the entries that said so, oldest first.
    pub fn register(&self) -> &Register {
        &self.settled.register
    }

    /// What a switch says about an instant: of the settings that hold then, the one told last; else `unknown` (R22).
    pub fn switch(&self, name: &str, at: Time) -> &str {
        let holds = |entry: &&verdicts::SwitchEntry| entry.name == name && entry.from <= at;
        let entries = self.settled.register.switches.iter().filter(holds);
        entries.max_by_key(|entry| entry.recorded).map_or("unknown", |entry| entry.is.as_str())
    }

    /// The ignores by filter that stand.
    pub fn filters(&self) -> impl Iterator<Item = &Said> {
        self.filters.iter().map(|(said, ..)| said)
    }

    /// Folders that cannot be read, in words.
    pub fn errors(&self) -> Vec<(FolderId, &str)> {
        self.errors.iter().map(|(&folder, words)| (folder, words.as_str())).collect()
    }

    /// Other messages around that time, in all categories, oldest first: `seconds` before and after.
    pub fn around(&self, at: Time, seconds: i64) -> Vec<&Row> {
        let mut rows: Vec<&Row> =
            self.rows.iter().filter(|row| row.at.0.abs_diff(at.0) <= seconds.unsigned_abs()).collect();
        rows.sort_by(|a, b| newest_first(b, a));
        rows
    }
}

/// Looks through all rows for contents that were not looked for yet.
fn seek<T>(rows: &[Row], sought: &mut HashMap<Digest, Option<MailKey>>, missing: &[(Digest, T)]) {
    let new = missing.iter().map(|(digest, _)| *digest).filter(|digest| !sought.contains_key(digest));
    let mut found: HashMap<Digest, Option<MailKey>> = new.map(|digest| (digest, None)).collect();
    if found.is_empty() {
        return;
    }
    for row in rows.iter().filter(|row| row.odd.is_none()) {
        if let Some(place) = found.get_mut(&row.digest).filter(|place| place.is_none()) {
            *place = Some(row.key.clone());
        }
    }
    sought.extend(found);
}

/// Newest delivery first; ties by content, then by name, so that the order is total and stable.
pub fn newest_first(a: &Row, b: &Row) -> std::cmp::Ordering {
    (b.received, b.at, b.digest, &b.key).cmp(&(a.received, a.at, a.digest, &a.key))
}
