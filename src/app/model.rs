//! Everything the screen shows, as plain data. Only [`super::update()`] changes it.

use super::action::Action;
use super::calling::Calling;
use super::effect::Request;
use super::finding::Seeking;
use super::form::{Form, Pick};
use super::key::{Code, Key};
use super::keymap::Keymap;
use super::list::{Listing, View};
use super::panes::{Focus, Panes, Scrolled};
use super::stepping::Home;
use crate::app::effect::{ForwardRequest, Outcome};
use crate::config::Config;
use crate::mail::compose::ForwardAs;
use crate::mail::{Link, Message, Part, Time};
use crate::runbook::case::Temporal;
use crate::runbook::labels::HostRules;
use crate::runbook::{Call, Runbook, Runbooks};
use crate::triage::inbox::{CategorySummary, Moved};
use crate::triage::query::deep::Answers;
use crate::triage::row::{Change, MailKey, Row};
use crate::triage::sent::SentFolder;
use crate::triage::told::{Act, Deed};
use crate::triage::verdicts::{IncidentNo, Sources, Tombstone};
use crate::triage::{Inbox, Verdict};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use tui_input::{Input, InputRequest};

/// Characters that a text field takes.
pub const FIELD_CAP: usize = 4096;

/// What the pane says where nothing may be kept.
const FORGETS: &str = "read-only: mail that another program removes is not kept";

/// Messages kept decoded, so that going back and forth is at once.
const KEPT: usize = 24;

/// What happens to the program, from outside.
#[derive(Debug)]
pub enum Event {
    /// A key.
    Key(Key),
    /// Pasted text; never keys.
    Paste(String),
    /// The mouse.
    Mouse(Mouse, u16, u16),
    /// The terminal got the focus.
    FocusGained,
    /// The clock.
    Tick(Time),
    /// So many seconds of played time are over.
    Played(i64),
    /// What the loader found, as many changes as there were.
    Changes(Vec<Change>),
    /// The journal so far, at the start.
    Journal(Vec<Act>),
    /// What else tells how fresh the Maildirs are, whenever that changes.
    Sources(Sources),
    /// What lies in the sent folder, whenever that changes.
    Sent(SentFolder),
    /// Mail that was once seen and lies there no more.
    Seen(Vec<Tombstone>),
    /// What is seen is not kept, in words.
    Forgets(String),
    /// How many mails wait in the outbox, at the start.
    Outbox(usize),
    /// What came of an effect that the world carried out.
    Outcome(Outcome),
    /// What came of [`super::Effect::Read`].
    Read(Outcome),
    /// A reply draft came back from the editor.
    Drafted {
        /// The message replied to.
        key: MailKey,
        /// The draft.
        draft: String,
    },
    /// Something to say that came from the session: a child that failed, a worker that died.
    Say(Tone, String),
    /// A worker died; its words.
    WorkerDied(String),
    /// What mails answered to [`super::Effect::Seek`].
    Found {
        /// Of the search.
        number: u64,
        /// To all of its questions.
        answers: Answers,
        /// Mails that were asked.
        done: usize,
        /// Mails to ask.
        of: usize,
    },
    /// How many mails the index of words took in, of how many that it did not hold.
    Indexed(usize, usize),
    /// Where things stand after a drawing.
    Drawn(Panes),
    /// The runbooks changed on disk.
    Books(Arc<Runbooks>),
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Left button pressed.
    Press,
    /// Wheel up.
    WheelUp,
    /// Wheel down.
    WheelDown,
}

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Plain.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// Of less weight.
    Muted,
    /// It went well; it matched.
    Good,
    /// A person should know.
    Warning,
    /// It failed.
    Error,
}

/// A message to the operator on the line above the status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// How it is meant.
    pub tone: Tone,
    /// The text.
    pub text: String,
    /// When it goes; errors stay until the next key.
    pub until: Option<Time>,
}

/// How the headers of a message are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Headers {
    /// The few that matter.
    #[default]
    Short,
    /// All.
    Full,
    /// The raw message.
    Raw,
}

/// The message that is shown, and how.
#[derive(Debug, Default)]
pub struct Reading {
    /// Decoded messages, newest last.
    kept: VecDeque<(MailKey, Arc<Message>)>,
    /// The message that was asked for and has not come yet.
    pub asked: Option<MailKey>,
    /// Why a message could not be read.
    pub trouble: Option<(MailKey, String)>,
    /// First line shown.
    pub scroll: usize,
    /// How the pane was last laid out.
    pub place: Scrolled,
    /// The message that `scroll` is about.
    pub of: Option<MailKey>,
    /// How its headers are shown.
    pub headers: Headers,
    /// Text that is searched for in it; empty: none.
    pub search: String,
    /// Whether the next drawing should go to the first match.
    pub jump: bool,
}

impl Reading {
    /// The decoded message of that key.
    pub fn message(&self, key: &MailKey) -> Option<&Arc<Message>> {
        self.kept.iter().rev().find(|(kept, _)| kept == key).map(|(_, message)| message)
    }

    /// Keeps a decoded message.
    pub fn keep(&mut self, key: MailKey, message: Arc<Message>) {
        self.kept.retain(|(kept, _)| *kept != key);
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((key, message));
    }

    /// Forgets a message whose file changed.
    pub fn forget(&mut self, key: &MailKey) {
        self.kept.retain(|(kept, _)| kept != key);
        self.trouble.take_if(|(about, _)| about == key);
    }
}

/// A text field of one line.
#[derive(Debug, Clone, Default)]
pub struct Field {
    input: Input,
}

impl Field {
    /// A field with that text, the cursor at its end.
    pub fn new(text: impl Into<String>) -> Field {
        Field { input: Input::new(text.into()) }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The text before the cursor.
    pub fn before_cursor(&self) -> &str {
        let text = self.input.value();
        let end = text.char_indices().nth(self.input.cursor()).map_or(text.len(), |(i, _)| i);
        text.get(..end).unwrap_or(text)
    }

    /// Types text: control characters become blanks, and no more than [`FIELD_CAP`] characters are taken.
    pub fn insert(&mut self, text: &str) {
        let room = FIELD_CAP.saturating_sub(self.text().chars().count());
        let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(room);
        let (before, after) = (self.before_cursor().to_owned(), self.text().get(self.before_cursor().len()..));
        let after = after.unwrap_or_default().to_owned();
        let middle: String = clean.collect();
        let cursor = before.chars().count() + middle.chars().count();
        self.input = Input::new(before + &middle + &after).with_cursor(cursor);
    }

    /// Takes an editing key; whether it was one.
    pub fn key(&mut self, key: Key) -> bool {
        use InputRequest as R;
        if let Some(c) = key.text() {
            self.insert(c.encode_utf8(&mut [0; 4]));
            return true;
        }
        let request = match (key.code, key.ctrl, key.alt) {
            (Code::Backspace, false, false) => R::DeletePrevChar,
            (Code::Char('h'), true, _) => R::DeletePrevChar,
            (Code::Delete, _, _) => R::DeleteNextChar,
            (Code::Char('w'), true, _) | (Code::Backspace, _, _) => R::DeletePrevWord,
            (Code::Char('u'), true, _) => R::DeleteFromStart,
            (Code::Char('k'), true, _) => R::DeleteTillEnd,
            (Code::Char('a'), true, _) | (Code::Home, _, _) => R::GoToStart,
            (Code::Char('e'), true, _) | (Code::End, _, _) => R::GoToEnd,
            (Code::Left, false, false) | (Code::Char('b'), true, _) => R::GoToPrevChar,
            (Code::Right, false, false) | (Code::Char('f'), true, _) => R::GoToNextChar,
            (Code::Left, _, _) | (Code::Char('b'), _, true) => R::GoToPrevWord,
            (Code::Right, _, _) | (Code::Char('f'), _, true) => R::GoToNextWord,
            _ => return false,
        };
        self.input.handle(request);
        true
    }
}

/// What a line of text is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Search.
    Search,
    /// Filter the list.
    Filter,
    /// Select by query.
    Select,
    /// A note about these.
    Note(Vec<MailKey>),
    /// A folder to move these into.
    Move(Vec<MailKey>),
    /// A command to pipe this into.
    Pipe(MailKey),
    /// A folder to save a part in.
    Save(MailKey, usize),
}

/// A line of text that is being asked for.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// For what.
    pub asked: Asked,
    /// The field.
    pub field: Field,
    /// What is wrong with it: byte range, and words.
    pub wrong: Option<(usize, usize, String)>,
}

/// The forward dialog.
#[derive(Debug, Clone)]
pub struct ForwardDialog {
    /// The messages, one mail each.
    pub keys: Vec<MailKey>,
    /// What they are, for people: the subject, or how many.
    pub about: String,
    /// Recipients: nicks and addresses.
    pub to: Field,
    /// How.
    pub how: ForwardAs,
    /// Text above the original.
    pub note: Field,
    /// Which field has the cursor: 0 recipients, 1 how, 2 note.
    pub at: usize,
    /// Where the recipients come from, in words.
    pub from_runbook: Option<String>,
    /// Addresses given for unknown nicks in this session.
    pub given: Vec<(String, String)>,
    /// An unknown nick that is being asked for.
    pub unknown: Option<(String, Field)>,
    /// A nick and address that could be kept.
    pub keep: Option<(String, String)>,
    /// What is wrong.
    pub wrong: Option<String>,
    /// Whether the review is being made.
    pub waiting: bool,
}

/// What is reviewed before it leaves.
#[derive(Debug, Clone)]
pub enum Letter {
    /// A forward or redirect of these messages.
    Forward(Box<ForwardDialog>, ForwardRequest),
    /// A reply.
    Reply {
        /// The message replied to.
        key: MailKey,
        /// The edited draft.
        draft: String,
    },
}

/// The review: what would be sent.
#[derive(Debug, Clone)]
pub struct Review {
    /// What.
    pub letter: Letter,
    /// Who gets it.
    pub recipients: Vec<String>,
    /// Its headers and the start of its body.
    pub text: String,
    /// What to know before.
    pub warnings: Vec<String>,
    /// First line shown.
    pub scroll: usize,
}

/// Acts that are done one after the other, each only once the one before is in the journal.
#[derive(Debug, Default)]
pub struct Chain {
    rest: VecDeque<Request>,
    /// What was said of those that are done.
    said: Vec<String>,
}

impl Chain {
    /// Begins with these to follow; what was left of another chain is dropped.
    pub fn start(&mut self, rest: VecDeque<Request>) {
        *self = Chain { rest, said: Vec::new() };
    }

    /// The next one, where one is left; `done` is what is said of the one before.
    pub fn next(&mut self, done: Option<&str>) -> Option<Request> {
        let next = self.rest.pop_front()?;
        self.said.extend(done.map(str::to_owned));
        Some(next)
    }

    /// What was said of all of them; nothing is left.
    pub fn end(&mut self) -> Vec<String> {
        self.rest.clear();
        std::mem::take(&mut self.said)
    }
}

/// What lies over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// The keys; the field narrows them.
    Help {
        /// What to look for.
        field: Field,
        /// First line shown.
        scroll: usize,
    },
    /// Actions by name.
    Palette {
        /// What to look for.
        field: Field,
        /// Index of the chosen one.
        cursor: usize,
    },
    /// A line of text.
    Prompt(Prompt),
    /// Lines to read: explain, problems.
    Text {
        /// Title.
        title: String,
        /// Lines.
        lines: Vec<(Tone, String)>,
        /// First line shown.
        scroll: usize,
    },
    /// Links of the message.
    Links {
        /// The links, those of the runbook after those of the message.
        links: Vec<Link>,
        /// Index of the chosen one.
        cursor: usize,
        /// Whether the whole URL is shown and a yes is waited for.
        confirm: bool,
    },
    /// Attachments of the message.
    Attachments {
        /// The message.
        key: MailKey,
        /// Its parts.
        parts: Vec<Part>,
        /// Index of the chosen one.
        cursor: usize,
    },
    /// Forward.
    Forward(Box<ForwardDialog>),
    /// Review.
    Review(Box<Review>),
    /// A form to fill in.
    Form(Box<Form>),
    /// A list to pick from.
    Pick(Box<Pick>),
    /// Whether to quit although something is under way, in words.
    Quit(String),
}

/// Everything the screen shows.
#[derive(Debug)]
pub struct Model {
    /// The rows, what was told, the runbooks.
    pub inbox: Inbox,
    /// The list.
    pub list: Listing,
    /// The categories, as they stand.
    pub categories: Vec<CategorySummary>,
    /// How many incidents need a person.
    pub needs_you: usize,
    /// How many incidents are past the horizon and were never handled.
    pub past: usize,
    /// Up to when the mailbox is known to be complete.
    pub fresh: Option<Time>,
    /// Keys in force.
    pub keymap: Keymap,
    /// The configuration.
    pub config: Config,
    /// What names hosts.
    pub hosts: HostRules,
    /// The time that is shown.
    pub now: Time,
    /// Whether the time stands still (`--as-of`).
    pub fixed: bool,
    /// The zone in which times are shown.
    pub zone: jiff::tz::TimeZone,
    /// The operator's own zone.
    pub local: jiff::tz::TimeZone,
    /// Whether times are shown in UTC.
    pub utc: bool,
    /// What waits for a time, the nearest first: a few, for the status line.
    pub waits: Vec<Wait>,
    /// The switches that a runbook asks for, or that were told, and how they stand.
    pub switches: Vec<(String, String)>,
    /// Name of what is shown.
    pub title: String,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// What has the focus.
    pub focus: Focus,
    /// Whether the focused pane has the whole screen.
    pub zoom: bool,
    /// Keys of a half-typed sequence.
    pub pending: Vec<Key>,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// What is said.
    pub toast: Option<Toast>,
    /// The message.
    pub reading: Reading,
    /// First line of the runbook pane.
    pub runbook_scroll: usize,
    /// How that pane was last laid out.
    pub runbook_place: Scrolled,
    /// Text that is searched for in the list; empty: none.
    pub search: String,
    /// What mails are asked for the filter.
    pub seeking: Seeking,
    /// How many mails the index of words took in, of how many.
    pub indexed: (usize, usize),
    /// Where `q` goes back to from "around" and "ignored".
    pub before: Vec<(View, Option<MailKey>)>,
    /// A reply that was written and not sent, to take up again.
    pub draft: Option<(MailKey, String)>,
    /// Mails that wait in the outbox.
    pub outbox: usize,
    /// Effects that the world has not answered yet.
    pub in_flight: usize,
    /// The last act, for `.`.
    pub last: Option<Deed>,
    /// Acts that follow once the one before is in the journal.
    pub chain: Chain,
    /// The digit that was pressed for the action now.
    pub digit: Option<usize>,
    /// Where things stand.
    pub panes: Panes,
    /// Whether the screen must be drawn again.
    pub dirty: bool,
    /// What the clock said last, whatever time is shown.
    pub clock: Time,
    /// The desk to come back to while the screen stands at another time.
    pub desk: Option<Box<Home>>,
    /// Whether time runs faster than the clock there.
    pub playing: bool,
    /// What the operator was called for.
    pub calling: Calling,
    /// Whether the loader died, in words.
    pub dead: Option<String>,
    /// Why mail that another program removes is forgotten with the end of this run; `None`: it is kept (R7).
    pub forgets: Option<String>,
    /// A panic that was asked for, to test what it leaves behind: `true` in the owner of the terminal.
    #[cfg(debug_assertions)]
    pub panic: Option<bool>,
}

/// An incident whose verdict waits for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The message that gives it its call.
    pub key: MailKey,
    /// Its call now.
    pub call: Call,
    /// Its category.
    pub category: String,
    /// When the next mail is due.
    pub due: Option<Time>,
    /// When the verdict changes by itself.
    pub until: Time,
}

/// How many waits the status line can choose from.
const WAITS: usize = 16;

/// The incidents whose verdict changes by itself next, of those that nobody has handled.
fn waits(inbox: &Inbox, now: Time) -> Vec<Wait> {
    let mut found: Vec<(Time, IncidentNo)> = inbox
        .incidents()
        .filter(|(_, incident)| incident.call >= Call::Wait)
        .filter_map(|(number, incident)| Some((incident.until.filter(|until| *until > now)?, number)))
        .collect();
    found.sort_unstable();
    let wait = |(until, number): (Time, IncidentNo)| {
        let incident = inbox.incident(number)?;
        let row = inbox.lead(incident)?;
        let open = inbox.standing(&row.key).is_some_and(|standing| !standing.handled());
        open.then(|| Wait {
            key: row.key.clone(),
            call: incident.call,
            category: inbox.category(row).to_owned(),
            due: incident.due,
            until,
        })
    };
    found.into_iter().filter_map(wait).take(WAITS).collect()
}

/// How each switch stands that a runbook asks for or that was told.
fn switches(inbox: &Inbox, now: Time) -> Vec<(String, String)> {
    let register = inbox.register();
    let tests = inbox.books.iter().flat_map(|(_, book)| &book.cases).flat_map(|case| &case.tests);
    let asked = tests.filter_map(|test| if let Temporal::Switch { name, .. } = test { Some(name) } else { None });
    let told = register.switches.iter().map(|entry| &entry.name);
    let names: BTreeSet<&String> = asked.chain(told).collect();
    let value = |name: &&String| {
        let begun = register.switches.iter().filter(|entry| entry.name == **name && entry.from <= now);
        // Of all settings that have begun, the one recorded last holds (R22).
        begun.max_by_key(|entry| entry.recorded).map_or("unknown", |entry| entry.is.as_str()).to_owned()
    };
    names.iter().map(|name| ((*name).clone(), value(name))).collect()
}

/// What a model starts from.
#[derive(Debug)]
pub struct Start {
    /// The configuration.
    pub config: Config,
    /// The runbooks.
    pub books: Arc<Runbooks>,
    /// What names hosts.
    pub hosts: HostRules,
    /// Keys.
    pub keymap: Keymap,
    /// The time.
    pub now: Time,
    /// Whether it stands still.
    pub fixed: bool,
    /// The zone for people.
    pub zone: jiff::tz::TimeZone,
    /// Name of what is shown.
    pub title: String,
    /// Whether nothing may be changed.
    pub read_only: bool,
}

impl Model {
    /// An empty screen.
    pub fn new(start: Start) -> Model {
        let mut inbox = Inbox::new(start.books).as_of(start.fixed.then_some(start.now)).in_zone(start.zone.clone());
        (inbox.horizon, inbox.grace) = (start.config.horizon, start.config.grace);
        Model {
            inbox,
            list: Listing::default(),
            categories: Vec::new(),
            needs_you: 0,
            past: 0,
            fresh: None,
            keymap: start.keymap,
            config: start.config,
            hosts: start.hosts,
            now: start.now,
            fixed: start.fixed,
            zone: start.zone.clone(),
            local: start.zone,
            utc: false,
            waits: Vec::new(),
            switches: Vec::new(),
            title: start.title,
            forgets: start.read_only.then(|| FORGETS.to_owned()),
            read_only: start.read_only,
            focus: Focus::List,
            zoom: false,
            pending: Vec::new(),
            overlay: None,
            toast: None,
            reading: Reading::default(),
            runbook_scroll: 0,
            runbook_place: Scrolled::default(),
            search: String::new(),
            seeking: Seeking::default(),
            indexed: (0, 0),
            before: Vec::new(),
            draft: None,
            outbox: 0,
            in_flight: 0,
            last: None,
            chain: Chain::default(),
            digit: None,
            panes: Panes::default(),
            dirty: true,
            clock: start.now,
            desk: None,
            playing: false,
            calling: Calling::default(),
            dead: None,
            #[cfg(debug_assertions)]
            panic: None,
        }
    }

    /// The row under the cursor.
    pub fn row(&self) -> Option<&Row> {
        self.list.current_row(&self.inbox)
    }

    /// The runbook of the row under the cursor.
    pub fn book(&self) -> Option<&Runbook> {
        self.row().and_then(Row::book).and_then(|book| self.inbox.books.get(book))
    }

    /// The verdict for the row under the cursor.
    pub fn verdict(&self) -> Option<Verdict> {
        self.row().map(|row| self.inbox.verdict(row))
    }

    /// The decoded message under the cursor, where it has been read.
    pub fn message(&self) -> Option<&Arc<Message>> {
        self.list.current().and_then(|key| self.reading.message(key))
    }

    /// The first key of an action, for hints.
    pub fn hint(&self, action: Action) -> String {
        self.keymap.hint(action)
    }

    /// How many rows the pane of categories has: what needs you, all, the categories, and what was never handled, where
    /// there is such.
    pub fn category_rows(&self) -> usize {
        self.categories.len() + 2 + usize::from(self.past > 0 || *self.list.scope() == View::Past)
    }

    /// Index of the scope in the pane of categories, in which 0 stands for what needs you and 1 for all.
    pub fn category_index(&self) -> Option<usize> {
        match self.list.scope() {
            View::Needs => Some(0),
            View::All => Some(1),
            View::Category(book) => self.categories.iter().position(|c| c.book == *book).map(|i| i + 2),
            View::Past => Some(self.categories.len() + 2),
            _ => None,
        }
    }

    /// The scope at an index of the pane of categories.
    pub fn category_scope(&self, index: usize) -> Option<View> {
        match index {
            0 => Some(View::Needs),
            1 => Some(View::All),
            _ if index == self.categories.len() + 2 && index < self.category_rows() => Some(View::Past),
            _ => self.categories.get(index - 2).map(|c| View::Category(c.book)),
        }
    }

    /// Says something.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let until = (tone != Tone::Error).then(|| Time(self.clock.0.saturating_add(12)));
        self.toast = Some(Toast { tone, text: text.into(), until });
        self.dirty = true;
    }

    /// Says something that should not be missed: it stays for some minutes.
    pub(super) fn call_out(&mut self, tone: Tone, text: String) {
        self.toast = Some(Toast { tone, text, until: Some(Time(self.clock.0.saturating_add(180))) });
        self.dirty = true;
    }

    /// Whether the screen stands at another time than the desk: nothing can be changed there.
    pub fn elsewhere(&self) -> bool {
        self.desk.is_some()
    }

    /// Works out what the mail means now; the list takes in what changed.
    pub(super) fn settle(&mut self) {
        let moved = self.inbox.settle(self.now);
        let fresh = self.inbox.fresh_until();
        // The screen shows minutes: a mailbox that keeps up with the clock is no reason to draw every second.
        let minute = |time: Option<Time>| time.map(|time| time.0.div_euclid(60));
        self.dirty |= minute(fresh) != minute(self.fresh);
        self.fresh = fresh;
        if moved != Moved::Nothing {
            self.show(moved, &[]);
        }
    }

    /// The same after changes about these messages, which the list takes in whatever they mean. Nothing may be asked of
    /// the inbox between a change and this: what was worked out before speaks of other rows.
    pub(super) fn take_in(&mut self, keys: &[MailKey]) {
        let moved = self.inbox.settle(self.now);
        self.show(moved, keys);
    }

    /// Brings the list, categories and counts up to date.
    fn show(&mut self, moved: Moved, keys: &[MailKey]) {
        let mut keys = keys.to_vec();
        match moved {
            Moved::Nothing => {}
            Moved::Rows(changed) => keys.extend(changed),
            Moved::All => {
                self.seeking.again = true;
                self.list.refresh_all(&self.inbox, self.now);
            }
        }
        if self.list.query().is_some_and(|query| !query.questions().is_empty()) {
            self.seeking.fresh.extend(keys.iter().cloned());
        }
        self.list.refresh(&self.inbox, self.now, &keys);
        self.count();
        self.dirty = true;
    }

    /// Works out again what is derived from all rows: categories and counts.
    pub(super) fn count(&mut self) {
        self.categories = self.inbox.categories();
        // Mail that no runbook claims has its place even while there is none.
        if self.categories.iter().all(|category| category.book.is_some()) {
            self.categories.push(CategorySummary::empty(None, &self.inbox.books));
        }
        let before = (self.needs_you, self.past);
        (self.needs_you, self.past) = self.inbox.need_you();
        if before != (self.needs_you, self.past) && matches!(self.list.scope(), View::Needs | View::Past) {
            // Time alone takes an incident past the horizon.
            self.list.refresh_all(&self.inbox, self.now);
        }
        self.waits = waits(&self.inbox, self.now);
        self.switches = switches(&self.inbox, self.now);
        self.fresh = self.inbox.fresh_until();
    }
}
