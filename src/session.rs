//! The event loop: the one place where app, ui and io meet; owns threads and clock.
//!
//! The thread that calls [`run`] owns the terminal, the model and the screen, and waits for nothing but keys. Mail is
//! scanned by the loader, messages are read by the reader, acts are carried out by the world; each has its thread, so
//! that a slow disk or a slow sender never keeps a key waiting. All of them only send [`Event`]s.

use crate::app::key::{Code, Key};
use crate::app::keymap::Keymap;
use crate::app::model::{Model, Mouse, Start, Tone};
use crate::app::stepping::SPEED;
use crate::app::{Effect, Event, Outcome, update};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::io::front::{self, Front};
use crate::io::index::Cache;
use crate::io::load::{self, Ask, Loader};
use crate::io::maildir::ReadMail;
use crate::io::search::seeker::{self, Told};
use crate::io::terminal::{self, Input, Signal, Terminal};
use crate::io::world::{Options, World};
use crate::io::{child, files, fresh, local, seen, sent};
use crate::mail::compose::reply_draft;
use crate::mail::{Message, Time, text};
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use crate::triage::query::deep::Mail;
use crate::triage::row::{Change, Folder, MailKey, Row};
use crate::triage::sent::SentFolder;
use crate::triage::texts::secrets;
use crate::ui::Screen;
use crate::ui::theme::Theme;
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long keys are waited for before the other threads are asked for news.
const POLL: Duration = Duration::from_millis(40);
/// The same while mail streams in.
const POLL_BUSY: Duration = Duration::from_millis(15);
/// Rows taken in before the next drawing, so that each drawing comes soon.
const ROWS_AT_ONCE: usize = 1500;
/// How long quitting waits for acts that are being carried out; what is cut off is completed at the next start.
const LAST_ACTS: Duration = Duration::from_secs(3);
/// How long quitting waits for what was seen to be written down.
const LAST_SEEN: Duration = Duration::from_millis(500);
/// How often the runbooks' folder is looked at.
const RUNBOOKS: Duration = Duration::from_secs(3);
/// How often played time moves.
const PLAY: Duration = Duration::from_millis(250);
/// Incidents that the command that calls is run for at once; the last of them says how many more there are.
const CALLS: usize = 5;
/// Such runs that may wait for one another; when there are more, the command is too slow, which is said.
const CALLS_WAITING: usize = 20;
/// Stack of the thread that parses what is shown.
const STACK: usize = 16 << 20;
/// Drawings that may fail one after the other (a terminal that is being resized or replaced) before that is an end.
const FAILURES: u32 = 50;

/// What a session needs to start. The caller has read files, flags and environment; the session only adds the terminal.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The configuration: keys, preset, theme, contacts, editor, … are taken from it.
    pub config: Config,
    /// The runbooks in force.
    pub books: Arc<Runbooks>,
    /// The Maildirs to show, in order; paths as the person would type them.
    pub maildirs: Vec<PathBuf>,
    /// State folder, configuration folder, read-only, and the time to show instead of the clock's (`--as-of`, tests, demo).
    pub options: Options,
    /// What names hosts.
    pub hosts: HostRules,
    /// Where what was read is kept for the next start.
    pub cache: Option<Cache>,
    /// A few words for the status line: the Maildir's name, or `demo`.
    pub title: String,
    /// What is said first, where something is.
    pub welcome: Option<String>,
}

/// Runs the interactive session until the person quits.
///
/// Returns the exit code: 0, or 128 + n after signal n. The terminal is restored in every case.
///
/// # Errors
/// Where the keys or colours in the configuration are wrong, standard output is no terminal (both exit 2), the state
/// cannot be opened, or no Maildir can be read.
pub fn run(setup: Setup) -> Result<u8, Error> {
    let keymap = Keymap::new(&setup.config.preset, &setup.config.keys).map_err(|wrong| configured("keys", &wrong))?;
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = Theme::new(&setup.config.theme, &setup.config.colors, no_color)
        .map_err(|wrong| configured("colours", &wrong))?;
    let folders = load::folders_with(&setup.maildirs, &setup.config.archives, setup.options.read_only)?;
    let mut world = World::open(setup.config.clone(), setup.options.clone(), folders.clone())?;
    world.set_books(Arc::clone(&setup.books));
    let journal = world.acts()?;
    let troubles = world.troubles().to_vec();
    let waiting = world.queued().map_or(0, |queued| queued.len());
    let read_only = world.read_only();

    let mut terminal = Terminal::start()?;
    let fixed = setup.options.now;
    let model = Model::new(Start {
        config: setup.config.clone(),
        books: Arc::clone(&setup.books),
        hosts: setup.hosts.clone(),
        keymap,
        now: fixed.unwrap_or_else(clock),
        fixed: fixed.is_some(),
        zone: zone(&setup.config),
        title: setup.title.clone(),
        read_only,
    });
    let (events, news) = channel();
    let (keeps, keeper) = keep_what_is_seen(&setup.options, read_only, &events);
    let (cache, kept) = (setup.cache.clone(), setup.cache.clone());
    let loader = load::start_telling(
        setup.maildirs.clone(),
        setup.config.archives.clone(),
        setup.options.read_only,
        Arc::clone(&setup.books),
        setup.hosts.clone(),
        Some(keeps),
        setup.cache,
    );
    let found = events.clone();
    let seeker = seeker::start(cache, move |told| {
        let event = match told {
            Told::Found { number, answers, done, of } => Event::Found { number, answers, done, of },
            Told::Indexed(done, of) => Event::Indexed(done, of),
        };
        found.send(event).is_ok()
    });
    let until = setup.options.fresh_until;
    let sources = fresh::sources(&setup.config, &setup.maildirs, until);
    let news_of_stamps = events.clone();
    fresh::watch(&setup.config, &setup.maildirs, until, move |sources| {
        news_of_stamps.send(Event::Sources(sources)).is_ok()
    });
    let runbooks = setup.config.runbooks.clone().unwrap_or_else(|| setup.options.config_dir.join("runbooks"));
    watch_runbooks(runbooks, Arc::clone(&setup.books), events.clone());
    let sent_folder = setup.config.sent_folder.clone();
    let mut session = Session {
        model,
        screen: Screen::new(theme),
        keeper,
        missing_is_known: false,
        held: Vec::new(),
        news,
        reader: Worker::reader(folders.clone(), &events, loader.ask.clone()),
        loader,
        world: Worker::world(world, &events),
        caller: Worker::caller(setup.config.clone(), &events),
        folders,
        config: setup.config,
        #[cfg(debug_assertions)]
        events: events.clone(),
        lot: Vec::new(),
        effects: Vec::new(),
        quit: false,
        loader_ended: false,
        cache: kept,
        seeker,
    };
    session.take(Event::Tick(clock()));
    session.take(Event::Changes(vec![Change::Folders(session.folders.clone())]));
    session.take(Event::Sources(sources));
    if let Some(folder) = &sent_folder {
        // Until it was read nothing is known about it.
        session.take(Event::Sent(SentFolder::default()));
        sent::watch(sent::Reader::new(folder, &setup.maildirs), move |sent| events.send(Event::Sent(sent)).is_ok());
    }
    session.model.inbox.troubles = troubles;
    session.take(Event::Journal(journal));
    session.take(Event::Outbox(waiting));
    if let Some(words) = setup.welcome {
        session.take(Event::Say(Tone::Good, words));
    }
    let ended = session.turn(&mut terminal);
    drop(terminal);
    session.end();
    ended
}

fn configured(what: &str, wrong: &[String]) -> Error {
    Error::new(ErrorKind::Usage, format!("the {what} in the configuration are wrong:\n  {}", wrong.join("\n  ")))
        .hint("change config.toml, or move it away to start with the defaults")
}

/// The system's clock.
fn clock() -> Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

/// The zone for people: the configured one, else the system's.
fn zone(config: &Config) -> jiff::tz::TimeZone {
    let named = config.zone.as_deref().and_then(|name| jiff::tz::TimeZone::get(name).ok());
    named.unwrap_or_else(jiff::tz::TimeZone::system)
}

// ---- threads -------------------------------------------------------------------------------------------------

/// What a worker is asked for.
enum Job {
    Effect(Effect),
    Folders(Vec<Folder>),
    Books(Arc<Runbooks>),
    Call(String),
}

/// A thread that does what it is asked for, in order.
struct Worker {
    jobs: Option<Sender<Job>>,
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start(
        name: &str,
        events: &Sender<Event>,
        mut work: impl FnMut(Job) -> Option<Event> + Send + 'static,
    ) -> Worker {
        let (jobs, asked) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&waiting);
        let events = events.clone();
        let words = name.to_owned();
        let thread = thread::Builder::new().name(format!("dutybox-{name}")).stack_size(STACK).spawn(move || {
            for job in asked {
                // A panic in one job is that job's failure: the thread goes on with the next.
                let event = catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|panic| {
                    let words = format!("{words} failed inside: {}; this is a fault of dutybox", said(&*panic));
                    Some(Event::Outcome(Outcome::Failed(words)))
                });
                left.fetch_sub(1, Ordering::SeqCst);
                if event.is_some_and(|event| events.send(event).is_err()) {
                    return;
                }
            }
        });
        Worker { jobs: Some(jobs), waiting, thread: thread.ok() }
    }

    /// Reads messages to show them, and says what their files are now: the list may know them from the index only.
    fn reader(folders: Vec<Folder>, events: &Sender<Event>, ask: Sender<Ask>) -> Worker {
        let mut folders = folders;
        Worker::start("reader", events, move |job| match job {
            Job::Folders(now) => {
                folders = now;
                None
            }
            Job::Effect(Effect::Read(key)) => {
                // One that panics is told apart from one that is gone, and is not asked for again.
                let read = catch_unwind(AssertUnwindSafe(|| {
                    let (mail, message) = read(&folders, &key)?;
                    let _ = ask.send(Ask::Opened(key.clone(), mail.size, mail.mtime));
                    // Its text and parts are decoded here, not by the thread that answers keys.
                    message.body();
                    message.digest();
                    Ok::<_, String>(message)
                }));
                Some(Event::Read(match read {
                    Ok(Ok(message)) => Outcome::Read(key, Arc::new(message)),
                    Ok(Err(words)) => Outcome::Unread(key, words),
                    Err(panic) => Outcome::Unread(key, format!("reading it failed inside: {}", said(&*panic))),
                }))
            }
            _ => None,
        })
    }

    /// Carries out acts.
    fn world(world: World, events: &Sender<Event>) -> Worker {
        let mut world = world;
        Worker::start("world", events, move |job| match job {
            Job::Folders(now) => {
                world.set_folders(now);
                None
            }
            Job::Books(books) => {
                world.set_books(books);
                None
            }
            Job::Effect(effect) => Some(Event::Outcome(world.perform(effect))),
            Job::Call(_) => None,
        })
    }

    /// Calls the operator by the configured command, one run after the other.
    fn caller(config: Config, events: &Sender<Event>) -> Worker {
        let timeout = Duration::from_secs(config.alert.timeout.max(1));
        let Some(command) = config.alert.command else {
            // Nobody will ask: a thread takes address space even so.
            return Worker { jobs: None, waiting: Arc::default(), thread: None };
        };
        Worker::start("caller", events, move |job| match job {
            Job::Call(line) => {
                let error = child::alert(&command, &line, timeout).err()?;
                Some(Event::Say(Tone::Error, words_of(&error)))
            }
            _ => None,
        })
    }

    fn ask(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let _ = jobs.send(job);
        }
    }

    /// Jobs that are not done yet.
    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Lets it finish, but not for longer than that.
    fn end(&mut self, wait: Duration) {
        self.jobs = None;
        let until = Instant::now() + wait;
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Starts keeping what is seen (R7).
fn keep_what_is_seen(
    options: &Options,
    read_only: bool,
    events: &Sender<Event>,
) -> (Sender<seen::News>, Option<JoinHandle<()>>) {
    let events = events.clone();
    seen::start(&options.state_dir, read_only, move |found| {
        let _ = events.send(match found {
            seen::Found::Gone(stones) => Event::Seen(stones),
            seen::Found::Trouble(words) => Event::Forgets(words),
        });
    })
}

/// Reads a message from its folder.
fn read(folders: &[Folder], key: &MailKey) -> Result<(ReadMail, Message), String> {
    let folder = folders.get(usize::from(key.folder.0)).ok_or("its folder is gone")?;
    load::one(&folder.path, &key.base).map_err(|error| error.to_string())
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().cloned();
    words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned())).unwrap_or_else(|| "?".to_owned())
}

/// Looks now and then whether the runbooks of a folder changed, and reads them again.
fn watch_runbooks(dir: PathBuf, books: Arc<Runbooks>, events: Sender<Event>) {
    let _ = thread::Builder::new().name("dutybox-runbooks".into()).stack_size(STACK).spawn(move || {
        let mut books = books;
        // A folder that is not there yet holds no runbooks; once it is, they count.
        let mut last = files::read_runbooks(&dir).map(|(texts, _)| texts).unwrap_or_default();
        loop {
            // An unreadable folder keeps what was read before.
            if let Ok((texts, _)) = files::read_runbooks(&dir)
                && last != texts
            {
                let again = Arc::new(books.reload(&texts));
                books = Arc::clone(&again);
                if events.send(Event::Books(again)).is_err() {
                    return;
                }
                last = texts;
            }
            thread::sleep(RUNBOOKS);
        }
    });
}

// ---- the loop ------------------------------------------------------------------------------------------------

struct Session {
    model: Model,
    screen: Screen,
    loader: Loader,
    /// The thread that keeps what was seen.
    keeper: Option<JoinHandle<()>>,
    /// Whether it has told what lies there no more.
    missing_is_known: bool,
    /// The end of the first reading, and what came after it, until then.
    held: Vec<Change>,
    news: Receiver<Event>,
    reader: Worker,
    world: Worker,
    /// Runs the command that calls the operator.
    caller: Worker,
    folders: Vec<Folder>,
    config: Config,
    #[cfg(debug_assertions)]
    events: Sender<Event>,
    /// Rows of the first reading that are not taken in yet, and what came after them.
    lot: Vec<Change>,
    effects: Vec<Effect>,
    quit: bool,
    loader_ended: bool,
    /// Where what was read is kept for the next start.
    cache: Option<Cache>,
    /// Asks mails what only they hold.
    seeker: Sender<seeker::Ask>,
}

impl Session {
    /// Gives an event to the model; what it asks for is carried out in [`Session::perform`].
    fn take(&mut self, event: Event) {
        if let Event::Changes(changes) = &event {
            for change in changes {
                let row = |key: &MailKey| self.model.inbox.get(key).and_then(Mail::of);
                if let Some(ask) = seeker::asks_of(change, row) {
                    let _ = self.seeker.send(ask);
                }
                if let Change::Folders(folders) = change {
                    self.folders.clone_from(folders);
                    self.reader.ask(Job::Folders(folders.clone()));
                    self.world.ask(Job::Folders(folders.clone()));
                }
            }
        }
        // A file that was changed under its name, which is not done in a Maildir: the list may know it from the index only.
        if let Event::Read(Outcome::Read(key, message)) = &event
            && self.model.inbox.get(key).is_some_and(|row| row.odd.is_none() && row.digest != message.digest())
        {
            let _ = self.loader.ask.send(Ask::Again(key.clone()));
        }
        if let Event::Books(books) = &event {
            let _ = self.loader.ask.send(Ask::Runbooks(Arc::clone(books)));
            self.world.ask(Job::Books(Arc::clone(books)));
        }
        self.effects.extend(update(&mut self.model, event));
    }

    fn turn(&mut self, terminal: &mut Terminal) -> Result<u8, Error> {
        let lost = |error: io::Error| Error::new(ErrorKind::State, "the terminal is gone").because(error);
        let mut failures = 0;
        let (mut ticked, mut played) = (Instant::now(), Instant::now());
        let mut busy = true;
        loop {
            self.perform(terminal).map_err(lost)?;
            if self.quit {
                return Ok(0);
            }
            // What a drawing finds (how far a text can be scrolled) may ask for another one, once.
            for _ in 0..2 {
                if self.model.dirty {
                    match self.draw(terminal) {
                        Ok(()) => failures = 0,
                        Err(error) if gone(&error) || failures >= FAILURES => return ended(terminal, error),
                        Err(_) => failures += 1,
                    }
                }
            }
            match terminal.signal() {
                Some(Signal::End(number)) => return Ok(128 + number),
                Some(Signal::Suspend) => self.suspend(terminal).map_err(lost)?,
                Some(Signal::Continue) => {
                    terminal.take_back().map_err(lost)?;
                    self.model.dirty = true;
                }
                None => {}
            }
            match terminal.poll(if busy { POLL_BUSY } else { POLL }) {
                Ok(inputs) => inputs.into_iter().for_each(|input| self.input(input)),
                Err(error) => return ended(terminal, error),
            }
            busy = self.hear();
            if ticked.elapsed() >= Duration::from_secs(1) {
                ticked = Instant::now();
                self.take(Event::Tick(clock()));
            }
            if !self.model.playing {
                played = Instant::now();
            } else if played.elapsed() >= PLAY {
                let seconds = i64::try_from(played.elapsed().as_millis()).unwrap_or_default() * SPEED / 1000;
                played = Instant::now();
                self.take(Event::Played(seconds));
            }
            #[cfg(debug_assertions)]
            self.panic_if_asked();
        }
    }

    fn draw(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        self.model.dirty = false;
        let mut panes = None;
        let (screen, model) = (&mut self.screen, &self.model);
        let drawn = terminal.draw(|buffer| panes = Some(screen.render(model, buffer)));
        if drawn.is_err() {
            self.model.dirty = true;
        }
        if let Some(panes) = panes {
            self.take(Event::Drawn(panes));
        }
        drawn
    }

    fn input(&mut self, input: Input) {
        let event = match input {
            Input::Key { code, ctrl, alt, shift } => Event::Key(Key::normal(code_of(code), ctrl, alt, shift)),
            Input::Paste(text) => Event::Paste(text),
            Input::Mouse(what, x, y) => {
                let what = match what {
                    terminal::Mouse::Press => Mouse::Press,
                    terminal::Mouse::WheelUp => Mouse::WheelUp,
                    terminal::Mouse::WheelDown => Mouse::WheelDown,
                };
                Event::Mouse(what, x, y)
            }
            Input::Focus => Event::FocusGained,
            Input::Resize => {
                self.model.dirty = true;
                return;
            }
        };
        self.take(event);
    }

    /// While the mailbox is first read, rows are taken in by ever larger lots, each half as large as all before it: what
    /// the mail means is worked out anew with each lot, and so only a few times in all.
    fn in_lots(&mut self, changes: Vec<Change>) -> Vec<Change> {
        let mut now = Vec::new();
        for change in changes {
            match change {
                Change::Rows(_) => self.lot.push(change),
                // What comes after rows may be about them.
                _ if !self.lot.is_empty() && !matches!(change, Change::Progress { .. }) => self.lot.push(change),
                _ => now.push(change),
            }
        }
        let rows = |change: &Change| if let Change::Rows(rows) = change { rows.len() } else { 0 };
        let enough = self.lot.iter().map(rows).sum::<usize>() * 2 >= self.model.inbox.rows().len();
        let complete = self.lot.iter().any(|change| matches!(change, Change::Complete));
        if enough || complete || self.model.inbox.complete || self.loader_ended {
            now.append(&mut self.lot);
        }
        now
    }

    /// Takes in what the other threads found; whether there may be more at once.
    fn hear(&mut self) -> bool {
        let mut changes: Vec<Change> = Vec::new();
        let mut rows = 0;
        while rows < ROWS_AT_ONCE && !self.loader_ended {
            match self.loader.changes.try_recv() {
                Ok(change) => {
                    if let Change::Rows(batch) = &change {
                        rows += batch.len();
                    }
                    changes.push(change);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.loader_ended = true;
                    let words = "the watcher of the folders died; restart dutybox to see new mail".to_owned();
                    self.take(Event::WorkerDied(words));
                }
            }
        }
        let mut changes = self.in_lots(changes);
        // The first reading is complete once it is known, too, what lies there no more (R7): else the screen would say
        // for a moment what that mail disproves.
        let complete = changes.iter().position(|change| matches!(change, Change::Complete));
        if !self.held.is_empty() {
            self.held.append(&mut changes);
        } else if let Some(at) = complete
            && self.keeper.is_some()
            && !self.missing_is_known
        {
            self.held = changes.split_off(at);
        }
        if !changes.is_empty() {
            self.take(Event::Changes(changes));
        }
        let keeper_ended = self.keeper.as_ref().is_none_or(JoinHandle::is_finished);
        while let Ok(event) = self.news.try_recv() {
            self.missing_is_known |= matches!(event, Event::Seen(_) | Event::Forgets(_));
            self.take(event);
        }
        if (self.missing_is_known || keeper_ended) && !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.take(Event::Changes(held));
        }
        rows > 0
    }

    // ---- effects ---------------------------------------------------------------------------------------------

    /// Carries out what the model asked for, or hands it to the thread that does.
    fn perform(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Read(_) => self.reader.ask(Job::Effect(effect)),
                Effect::Rescan => {
                    let _ = self.loader.ask.send(Ask::Rescan);
                }
                Effect::Seek { number, questions, among, anew } => {
                    // Where the thread died the filter goes on without what mails hold.
                    let _ = self.seeker.send(seeker::Ask::Find { number, questions, among, anew });
                }
                Effect::Copy(text) => {
                    if !terminal.copy(&text)? {
                        let words = "only the first part was copied: terminals take no more at once";
                        self.take(Event::Say(Tone::Warning, words.to_owned()));
                    }
                }
                Effect::OpenLink(url) => {
                    let command = self.config.open_link.clone().unwrap_or_default();
                    let opened = child::open_link(&command, &url).map(|()| Some("opened".to_owned()));
                    self.report(opened);
                }
                Effect::Pager(text) => {
                    let command = configured_or(&self.config.pager, &["PAGER"], "less");
                    let done = terminal.lend(|| child::feed(&command, text.as_bytes(), "pager"))?;
                    self.back(done.map(|()| None));
                }
                Effect::Editor(key) => match self.raw(&key) {
                    Ok(bytes) => {
                        let command = self.editor();
                        let done = terminal.lend(|| child::view(&command, &bytes))?;
                        self.back(done.map(|()| None));
                    }
                    Err(words) => self.take(Event::Say(Tone::Error, words)),
                },
                Effect::EditReply { key, all, draft } => self.edit_reply(terminal, key, all, draft)?,
                Effect::Pipe(key, line) => match self.raw(&key) {
                    Ok(bytes) => {
                        let command = ["sh".to_owned(), "-c".to_owned(), line];
                        let done = terminal.lend(|| child::feed(&command, &bytes, "pipe"))?;
                        self.back(done.map(|()| Some("the command ended well".to_owned())));
                    }
                    Err(words) => self.take(Event::Say(Tone::Error, words)),
                },
                Effect::Bell => terminal.bell()?,
                Effect::Title(title) => terminal.title(&title)?,
                Effect::Alert(lines) => self.call(lines),
                Effect::Redraw => {
                    terminal.take_back()?;
                    self.model.dirty = true;
                }
                Effect::Suspend => self.suspend(terminal)?,
                Effect::Quit => self.quit = true,
                _ => self.world.ask(Job::Effect(effect)),
            }
        }
        Ok(())
    }

    fn suspend(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        terminal.suspend()?;
        self.model.dirty = true;
        let _ = self.loader.ask.send(Ask::Rescan);
        self.take(Event::Tick(clock()));
        Ok(())
    }

    /// Runs the command that calls the operator, for a few incidents at the most.
    fn call(&mut self, lines: Vec<String>) {
        let more = lines.len().saturating_sub(CALLS);
        let last = lines.len().min(CALLS).saturating_sub(1);
        for (index, line) in lines.into_iter().take(CALLS).enumerate() {
            if self.caller.waiting() >= CALLS_WAITING {
                let words = "the command that calls is too slow: what calls now is shown here only";
                return self.take(Event::Say(Tone::Error, words.to_owned()));
            }
            let more = if index == last && more > 0 { format!(" (and {more} more)") } else { String::new() };
            self.caller.ask(Job::Call(line + &more));
        }
    }

    /// A child gave the terminal back: everything is drawn again, and what it failed at is said.
    fn back(&mut self, result: Result<Option<String>, Error>) {
        self.model.dirty = true;
        self.report(result);
    }

    fn report(&mut self, result: Result<Option<String>, Error>) {
        match result {
            Ok(None) => {}
            Ok(Some(words)) => self.take(Event::Say(Tone::Good, words)),
            Err(error) => self.take(Event::Say(Tone::Error, words_of(&error))),
        }
    }

    fn editor(&self) -> Vec<String> {
        configured_or(&self.config.editor, &["VISUAL", "EDITOR"], "vi")
    }

    fn raw(&self, key: &MailKey) -> Result<Vec<u8>, String> {
        read(&self.folders, key).map(|(_, message)| message.raw().to_vec())
    }

    fn edit_reply(
        &mut self,
        terminal: &mut Terminal,
        key: MailKey,
        all: bool,
        draft: Option<String>,
    ) -> io::Result<()> {
        let draft = match draft {
            Some(draft) => Ok(draft),
            // What the mail says reaches the editor cleaned: editors print it to the terminal.
            None => read(&self.folders, &key).map(|(_, message)| {
                let secrets = secrets(&self.model.inbox.books, &message);
                let redact: Vec<_> = secrets.into_iter().map(|(_, regex)| regex).collect();
                text::clean_lines(&reply_draft(&message, all, &self.config.own, &redact))
            }),
        };
        let draft = match draft {
            Ok(draft) => draft,
            Err(words) => {
                self.take(Event::Say(Tone::Error, format!("cannot reply: {words}")));
                return Ok(());
            }
        };
        let command = self.editor();
        let edited = terminal.lend(|| local::edit(&command, &draft))?;
        self.model.dirty = true;
        match edited {
            Ok(draft) => self.take(Event::Drafted { key, draft }),
            Err(error) => self.take(Event::Say(Tone::Error, words_of(&error))),
        }
        Ok(())
    }

    /// Ends the threads; acts under way get a little time.
    fn end(&mut self) {
        self.keep_the_front();
        let _ = self.loader.ask.send(Ask::Stop);
        let _ = self.seeker.send(seeker::Ask::Stop);
        self.reader.end(Duration::ZERO);
        self.caller.end(Duration::ZERO);
        self.world.end(LAST_ACTS);
        // The loader's end is the keeper's; what it has not written yet is written at the next start.
        let until = Instant::now() + LAST_SEEN;
        while self.keeper.as_ref().is_some_and(|keeper| !keeper.is_finished()) && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Keeps which mails the next start reads first.
    fn keep_the_front(&self) {
        let home = self.model.desk.as_ref().map_or(&self.model.inbox, |home| home.inbox());
        if let Some(cache) = self.cache.as_ref().filter(|_| home.complete) {
            let mail = |row: &Row| Front::of(row, home.folder(row.key.folder)?);
            front::write(cache, &home.front(front::MOST).into_iter().filter_map(mail).collect::<Vec<_>>());
        }
    }

    /// Panics where a build for development was asked to, to show what that leaves behind.
    #[cfg(debug_assertions)]
    #[allow(clippy::panic)]
    fn panic_if_asked(&mut self) {
        match self.model.panic.take() {
            Some(true) => panic!("asked for by debug-panic"),
            Some(false) => {
                let events = self.events.clone();
                thread::spawn(move || {
                    let Err(panic) = catch_unwind(|| panic!("asked for by debug-worker-panic"));
                    let words = format!("a worker failed inside: {}", said(&*panic));
                    let _ = events.send(Event::Say(Tone::Error, words));
                });
            }
            None => {}
        }
    }
}

/// Whether the terminal is gone for good.
fn gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected) || error.raw_os_error() == Some(5)
}

/// The end where the terminal cannot be used any more: the signal's code where one came with it.
fn ended(terminal: &mut Terminal, error: io::Error) -> Result<u8, Error> {
    match terminal.signal() {
        Some(Signal::End(number)) => Ok(128 + number),
        _ if gone(&error) => Ok(129),
        _ => Err(Error::new(ErrorKind::State, "the terminal is gone").because(error)),
    }
}

fn words_of(error: &Error) -> String {
    let source = error.source.as_ref().map(|source| format!(": {source}")).unwrap_or_default();
    let hint = error.hint.as_ref().map(|hint| format!(" · {hint}")).unwrap_or_default();
    format!("{}{source}{hint}", error.message)
}

/// The configured command, else the first of these variables that is set, else this one.
fn configured_or(configured: &Option<Vec<String>>, variables: &[&str], else_this: &str) -> Vec<String> {
    if let Some(command) = configured.as_ref().filter(|command| !command.is_empty()) {
        return command.clone();
    }
    let set = variables.iter().find_map(|name| {
        let words = shell_words::split(&std::env::var(name).ok()?).ok()?;
        (!words.is_empty()).then_some(words)
    });
    set.unwrap_or_else(|| vec![else_this.to_owned()])
}

fn code_of(code: terminal::Code) -> Code {
    match code {
        terminal::Code::Char(c) => Code::Char(c),
        terminal::Code::Enter => Code::Enter,
        terminal::Code::Esc => Code::Esc,
        terminal::Code::Tab => Code::Tab,
        terminal::Code::Backspace => Code::Backspace,
        terminal::Code::Delete => Code::Delete,
        terminal::Code::Insert => Code::Insert,
        terminal::Code::Up => Code::Up,
        terminal::Code::Down => Code::Down,
        terminal::Code::Left => Code::Left,
        terminal::Code::Right => Code::Right,
        terminal::Code::Home => Code::Home,
        terminal::Code::End => Code::End,
        terminal::Code::PageUp => Code::PageUp,
        terminal::Code::PageDown => Code::PageDown,
        terminal::Code::F(n) => Code::F(n),
    }
}
