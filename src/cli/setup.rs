//! The composition root: what arguments, environment and files say, made into what the layers below need. The clock is
//! read here and nowhere below.

use super::args::Globals;
use super::out::{self, Failure};
use crate::app::keymap::Keymap;
use crate::config::{self, Config};
use crate::error::{Diagnostic, Error, ErrorKind, Severity};
use crate::io::index::Cache;
use crate::io::world::{Options, World};
use crate::io::{files, fresh, load, local, seen, sent, state::State};
use crate::mail::Time;
use crate::runbook::Runbooks;
use crate::runbook::labels::HostRules;
use crate::triage::Inbox;
use crate::triage::row::{Change, Row};
use crate::triage::when::Toward;
use crate::ui::theme::Theme;
use etcetera::BaseStrategy;
use jiff::tz::TimeZone;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All that a command needs: configuration, runbooks, Maildirs, time.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The configuration, paths expanded, kept contacts laid over it.
    pub config: Config,
    /// What the world must know.
    pub options: Options,
    /// The runbooks in force.
    pub books: Arc<Runbooks>,
    /// What names hosts.
    pub hosts: HostRules,
    /// The Maildirs to read.
    pub maildirs: Vec<PathBuf>,
    /// What was read of them before.
    pub cache: Cache,
    /// Now, or the time of `--as-of`.
    pub now: Time,
    /// The time of `--as-of`.
    pub as_of: Option<Time>,
    /// Whether what is told may be dated at that time.
    pub backdate: bool,
    /// Zone that times are shown in.
    pub zone: TimeZone,
}

/// The clock.
pub fn clock() -> Time {
    Time(jiff::Timestamp::now().as_second())
}

/// Reads configuration and runbooks and finds the Maildirs. Broken runbooks are warned about; the others work.
///
/// # Errors
/// Everything that is wrong with the configuration, files that cannot be read, a home folder that is not known.
pub fn desk(globals: &Globals, maildir: Option<&Path>) -> Result<Desk, Failure> {
    let home = home();
    let (mut config, config_dir) = configuration(globals, home.as_deref())?;
    if config.me.is_none() {
        let user = |name| std::env::var(name).ok().filter(|user| !user.trim().is_empty());
        config.me = user("USER").or_else(|| user("LOGNAME"));
    }
    let books = runbooks(globals, &config, &config_dir)?;
    out::warn(&books.diagnostics);
    let state_dir = match &globals.state_dir {
        Some(dir) => dir.clone(),
        None => strategy()?.state_dir().map(|dir| dir.join("dutybox")).ok_or_else(no_home)?,
    };
    let cache_dir = match (&globals.cache_dir, &globals.state_dir) {
        (Some(dir), _) => dir.clone(),
        (None, Some(state)) => state.join("cache"),
        (None, None) => strategy()?.cache_dir().join("dutybox"),
    };
    let mut maildirs: Vec<PathBuf> =
        maildir.map(Path::to_path_buf).into_iter().chain(globals.maildirs.clone()).collect();
    // Who names a Maildir wants that one, without the archives.
    let chosen = maildirs.is_empty();
    if maildirs.is_empty() {
        maildirs.clone_from(&config.maildirs);
    }
    if maildirs.is_empty() {
        maildirs.extend(set("MAILDIR").map(PathBuf::from));
    }
    if maildirs.is_empty() {
        let found = home.map(|home| home.join("Maildir")).filter(|dir| local::exists(dir));
        maildirs.push(found.ok_or_else(|| {
            Error::new(ErrorKind::Mailbox, "no Maildir: none is given, none is configured and ~/Maildir is not there")
                .hint("type: dutybox MAILDIR, or dutybox demo for an example")
        })?);
    }
    if chosen {
        let archives = config.archives.iter().filter(|archive| !maildirs.contains(archive));
        maildirs.extend(archives.cloned().collect::<Vec<_>>());
    } else {
        config.archives.clear();
    }
    let own_domains =
        config.own.iter().filter_map(|addr| addr.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase());
    let hosts = HostRules {
        own_domains: own_domains.collect(),
        not_hosts: config.not_hosts.clone(),
        known: config.hosts.clone(),
        instances: config.instances.clone(),
    };
    let zone = if globals.utc { TimeZone::UTC } else { zone(&config) };
    // The screen reads the runbooks again when they change, so it must know which folder is in force.
    config.runbooks = globals.runbooks.clone().or(config.runbooks);
    let as_of = globals.as_of.as_ref().map(|moment| moment.read(clock(), &zone, Toward::Past)).transpose()?;
    let now = as_of.unwrap_or_else(clock);
    let fresh_until = globals.fresh_until.as_ref().map(|moment| moment.read(now, &zone, Toward::Past)).transpose()?;
    let options = Options { state_dir, config_dir, read_only: globals.read_only, now: as_of, fresh_until };
    let backdate = globals.backdate;
    let program = std::env::current_exe().unwrap_or_default();
    let cache = Cache::new(&cache_dir, &books, &hosts).made_by(&program);
    // Looking back writes nothing, no more than looking only does.
    let looks = globals.read_only || as_of.is_some() && !backdate;
    let cache = if looks { cache.read_only() } else { cache };
    let cache = if config.index_words { cache } else { cache.without_words() };
    Ok(Desk { config, options, books: Arc::new(books), hosts, maildirs, cache, now, as_of, backdate, zone })
}

/// Reads the configuration and the kept contacts beside it; gives the folder of the configuration too.
///
/// # Errors
/// Everything that is wrong with them.
pub fn configuration(globals: &Globals, home: Option<&Path>) -> Result<(Config, PathBuf), Failure> {
    let path = match &globals.config {
        Some(path) if !local::exists(path) => {
            let message = format!("{}: no such file", path.display());
            return Err(Error::new(ErrorKind::Usage, message)
                .hint("type the path of an existing file after --config")
                .into());
        }
        Some(path) => path.clone(),
        None => strategy()?.config_dir().join("dutybox").join("config.toml"),
    };
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut config = Config::default();
    if let Some(text) = local::read_text(&path)? {
        let file = path.display().to_string();
        config = config::parse(&file, &text).map_err(|found| Failure::Wrong { text: text.clone(), found })?;
        let found = later_checks(&config, &file, &text);
        if !found.is_empty() {
            return Err(Failure::Wrong { text, found });
        }
    }
    let expand = |path: &mut PathBuf| *path = expanded(path, home, &dir);
    config.maildirs.iter_mut().for_each(expand);
    config.runbooks.iter_mut().for_each(expand);
    config.save_dir.iter_mut().for_each(expand);
    config.sent_folder.iter_mut().for_each(expand);
    config.smtp.iter_mut().filter_map(|smtp| smtp.ca.as_mut()).for_each(expand);
    config.archives.iter_mut().for_each(expand);
    config.fresh.stamp.iter_mut().for_each(expand);
    for (maildir, fresh) in &mut config.freshness {
        expand(maildir);
        fresh.stamp.iter_mut().for_each(expand);
    }
    let kept = dir.join("contacts.toml");
    if let Some(text) = local::read_text(&kept)? {
        let file = kept.display().to_string();
        let contacts = config::parse_contacts(&file, &text).map_err(|found| Failure::Wrong { text, found })?;
        for (nick, addresses) in contacts {
            config.contacts.retain(|known, _| known.to_lowercase() != nick.to_lowercase());
            config.contacts.insert(nick, addresses);
        }
    }
    Ok((config, dir))
}

/// What only other layers know about the configuration: whether the zone exists, what the
/// keys and colours are called, and whether two actions want one key.
fn later_checks(config: &Config, file: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut error = |key: &str, message: String, hint: Option<String>| {
        let (line, column) = config::position(text, key).unwrap_or_default();
        let file = file.to_string();
        found.push(Diagnostic { severity: Severity::Error, file, line, column, message, hint });
    };
    if let Some(zone) = &config.zone
        && TimeZone::get(zone).is_err()
    {
        let hint = Some("write an IANA name such as Europe/Berlin or UTC".to_string());
        error("zone", format!("`zone`: there is no time zone `{zone}`"), hint);
    }
    // The words name the action, the role or the colour: that says where they belong.
    let in_words = |name: &str, message: &str| message.contains(&format!("`{name}`"));
    for message in Keymap::new(&config.preset, &config.keys).err().unwrap_or_default() {
        let name = config.keys.keys().find(|name| in_words(name, &message));
        error(&name.map_or("keys".to_string(), |name| format!("keys.{name}")), message, None);
    }
    for message in Theme::new(&config.theme, &config.colors, false).err().unwrap_or_default() {
        let name = config.colors.iter().find(|(role, color)| in_words(role, &message) || in_words(color, &message));
        error(&name.map_or("colors".to_string(), |(role, _)| format!("colors.{role}")), message, None);
    }
    found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    found
}

/// The shipped runbooks with those of the configured folder laid over them.
///
/// # Errors
/// Where the folder cannot be read.
pub fn runbooks(globals: &Globals, config: &Config, config_dir: &Path) -> Result<Runbooks, Failure> {
    let beside = config_dir.join("runbooks");
    let dir = globals.runbooks.clone().or_else(|| config.runbooks.clone());
    let dir = dir.or_else(|| local::is_dir(&beside).then_some(beside));
    let Some(dir) = dir else { return Ok(Runbooks::shipped()) };
    let (files, found) = files::read_runbooks(&dir).map_err(|error| {
        let error = Error { kind: ErrorKind::Usage, ..error };
        if error.hint.is_some() { error } else { error.hint("type the path of a folder of runbooks after --runbooks") }
    })?;
    let mut books = Runbooks::with_files(&files);
    books.diagnostics.extend(found);
    Ok(books)
}

/// The system's zone, or the configured one; UTC where there is none.
fn zone(config: &Config) -> TimeZone {
    let configured = config.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
    configured.or_else(|| TimeZone::try_system().ok()).unwrap_or(TimeZone::UTC)
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The home folder.
pub fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}

fn strategy() -> Result<impl BaseStrategy, Error> {
    etcetera::base_strategy::Xdg::new().map_err(|_| no_home())
}

fn no_home() -> Error {
    Error::new(ErrorKind::Usage, "the home folder is not known").hint("set HOME, or give --config and --state-dir")
}

/// A path of the configuration: `~` is the home folder, a relative one lies beside the configuration.
fn expanded(path: &Path, home: Option<&Path>, dir: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => dir.join(path),
    }
}

impl Desk {
    /// Reads the Maildirs and the journal, changing neither. What lies in the mailbox now is kept (R7).
    ///
    /// # Errors
    /// Where a Maildir or the journal cannot be read.
    pub fn inbox(&self) -> Result<Inbox, Failure> {
        let mut inbox = self.rows()?;
        let journal = State::open_read_only(&self.options.state_dir)?;
        inbox.troubles = journal.troubles().to_vec();
        for act in journal.acts()? {
            inbox.tell(act);
        }
        // Looking back is no look at the mailbox as it is.
        self.remember(&mut inbox, self.as_of.is_none());
        inbox.settle(self.now);
        Ok(inbox)
    }

    /// Gives the inbox what was once seen and lies there no more, and keeps what lies there now (R7).
    fn remember(&self, inbox: &mut Inbox, keep: bool) {
        let keep = (keep && !self.options.read_only).then(seen::clock);
        let found = seen::remember(&self.options.state_dir, inbox.present(), &inbox.folders, &self.books, keep);
        // Mail is shown all the same; who acts is refused, or told more, when the journal itself is opened.
        match found {
            Ok((gone, kept)) => {
                if let Err(error) = kept {
                    out::say(&format!("what is seen is not kept: {}", error.message));
                }
                inbox.remember(gone);
            }
            Err(error) => out::say(&format!("mail that was seen and is gone does not count: {}", error.message)),
        }
    }

    /// The same as of an earlier time, to go on from there.
    ///
    /// # Errors
    /// Where a Maildir or the journal cannot be read.
    pub fn inbox_at(&self, time: Time) -> Result<Inbox, Failure> {
        Desk { as_of: Some(time), now: time, ..self.clone() }.inbox()
    }

    /// Reads the Maildirs and opens the world, to change something.
    ///
    /// # Errors
    /// Where a Maildir or the state cannot be read, or nothing may be changed.
    pub fn inbox_and_world(&self, command: &str) -> Result<(Inbox, World), Failure> {
        if self.options.read_only {
            let message = format!("--read-only: `{command}` would change something");
            return Err(Error::new(ErrorKind::Usage, message).hint("leave --read-only out").into());
        }
        if let Some(time) = self.as_of.filter(|_| !self.backdate) {
            let message = format!("--as-of: `{command}` would be dated {}, not now", time.full(&self.zone));
            let hint = "leave --as-of out to do it now, or add --backdate to date it at that time";
            return Err(Error::new(ErrorKind::Usage, message).hint(hint).into());
        }
        self.open(self.options.clone())
    }

    /// The same to look only: what an act would be, what waits in the outbox. Leaves nothing behind.
    ///
    /// # Errors
    /// Where a Maildir or the state cannot be read.
    pub fn inbox_and_world_to_look(&self) -> Result<(Inbox, World), Failure> {
        self.open(Options { read_only: true, ..self.options.clone() })
    }

    /// The world without any Maildir, to look only.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub fn world_to_look(&self) -> Result<World, Failure> {
        let options = Options { read_only: true, ..self.options.clone() };
        Ok(World::open(self.config.clone(), options, Vec::new())?)
    }

    fn open(&self, options: Options) -> Result<(Inbox, World), Failure> {
        let mut inbox = self.rows()?;
        // Before the world has the journal open: to open and close its file beside that would drop its locks.
        self.remember(&mut inbox, !options.read_only);
        let mut world = World::open(self.config.clone(), options, inbox.folders.clone())?;
        world.set_books(Arc::clone(&self.books));
        inbox.troubles = world.troubles().to_vec();
        inbox.troubles.iter().for_each(|words| out::say(words));
        for act in world.acts()? {
            inbox.tell(act);
        }
        inbox.settle(self.now);
        Ok((inbox, world))
    }

    /// The row of a message as its file is now, where that is not what the row was made of.
    pub fn changed(&self, inbox: &Inbox, row: &Row) -> Option<Row> {
        let folder = inbox.folder(row.key.folder).filter(|_| row.odd.is_none())?;
        load::changed(&folder.path, row, &self.books, &self.hosts, Some(&self.cache))
    }

    fn rows(&self) -> Result<Inbox, Failure> {
        let mut inbox = Inbox::new(Arc::clone(&self.books)).as_of(self.as_of).in_zone(self.zone.clone());
        (inbox.horizon, inbox.grace) = (self.config.horizon, self.config.grace);
        inbox.set_sources(fresh::sources(&self.config, &self.maildirs, self.options.fresh_until));
        if let Some(folder) = &self.config.sent_folder {
            let mut reader = sent::Reader::new(folder, &self.maildirs);
            inbox.set_sent(reader.read().unwrap_or_default());
        }
        let folders = load::folders_with(&self.maildirs, &self.config.archives, self.options.read_only)?;
        let changes: Vec<Change> = load::all_of(folders, &self.books, &self.hosts, Some(&self.cache));
        changes.into_iter().for_each(|change| inbox.apply(change));
        Ok(inbox)
    }
}
