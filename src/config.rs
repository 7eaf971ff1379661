//! The configuration: `config.toml`, parsed and checked. Reads no file itself.
//!
//! No key is needed to start. Every key is in `examples/config.toml`, which a test compares with [`SETTINGS`].
//! Everything that is wrong is reported at once, each with line, column and the nearest name that exists.

pub mod sending;

use crate::error::{Diagnostic, Severity};
use crate::mail::compose::check_address;
use crate::runbook::case::duration;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The configuration in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Maildirs, in order; `~` is expanded by the caller.
    pub maildirs: Vec<PathBuf>,
    /// Our own addresses.
    pub own: Vec<String>,
    /// Address for From; the first own address where it is not set.
    pub from: Option<String>,
    /// Who is on duty, for the journal; the user name where it is not set.
    pub me: Option<String>,
    /// Nick to addresses; a group has several.
    pub contacts: BTreeMap<String, Vec<String>>,
    /// Other names of nicks.
    pub aliases: BTreeMap<String, String>,
    /// Names that are never a host.
    pub not_hosts: Vec<String>,
    /// The folder that `archive` moves into: its name in the Maildir of the message, or its path.
    pub archive_folder: Option<String>,
    /// The folder that `trash` moves into; `None`: trash sets the flag T.
    pub trash_folder: Option<String>,
    /// Folder of a Maildir that gets copies of sent mail.
    pub sent_folder: Option<PathBuf>,
    /// Sendmail-compatible command, split as a shell would; `None`: mail stays in the outbox.
    pub sendmail: Option<Vec<String>>,
    /// The server that takes mail by SMTP; it stands above the command.
    pub smtp: Option<sending::Smtp>,
    /// Seconds that the command, or one step of SMTP, may take.
    pub sendmail_timeout: u64,
    /// Command that opens a link, `{}` is the URL; `None`: links are only copied.
    pub open_link: Option<Vec<String>>,
    /// Pager; `$PAGER`, then `less` where it is not set.
    pub pager: Option<Vec<String>>,
    /// Editor; `$VISUAL`, `$EDITOR`, then `vi` where it is not set.
    pub editor: Option<Vec<String>>,
    /// Whether `|` may pipe a mail into a command.
    pub allow_pipe: bool,
    /// Whether the words of all mail are kept in the cache folder.
    pub index_words: bool,
    /// Folder of runbooks that add to and override the shipped ones.
    pub runbooks: Option<PathBuf>,
    /// Where attachments are saved.
    pub save_dir: Option<PathBuf>,
    /// Keys: action name to key strings; laid over the preset.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Key preset: `default`, `mutt`, `gmail` or `emacs`.
    pub preset: String,
    /// Theme: `auto`, `dark`, `light` or `mono`.
    pub theme: String,
    /// Colours that replace the theme's: role to colour.
    pub colors: BTreeMap<String, String>,
    /// Display zone, an IANA name; the system's where it is not set.
    pub zone: Option<String>,
    /// Seconds after its last mail for which an incident needs somebody.
    pub horizon: i64,
    /// Seconds that mail may be on its way, before its absence is proved.
    pub grace: i64,
    /// What else tells how fresh the Maildirs are that [`Config::freshness`] does not name.
    pub fresh: Fresh,
    /// The same for single Maildirs, in order; `~` is expanded by the caller.
    pub freshness: Vec<(PathBuf, Fresh)>,
    /// Maildirs that are only looked into: never changed, and known only by their own mail.
    pub archives: Vec<PathBuf>,
    /// The machines that send mail, full names; a mail that names another one is remarked on. Empty: all may.
    pub hosts: Vec<String>,
    /// Instance id to the name of its machine.
    pub instances: BTreeMap<String, String>,
    /// Command that pages a person, split as a shell would; `None`: pages are shown, copied and recorded.
    pub page: Option<Vec<String>>,
    /// Seconds that it may take.
    pub page_timeout: u64,
    /// How the operator is called when a call rises to page.
    pub alert: Alert,
}

/// What tells how fresh a Maildir is, beside its own mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    /// Mail is delivered to it on this machine, so it is as fresh as the clock.
    pub clock: bool,
    /// A file that the program that fetches mail touches after each run.
    pub stamp: Option<PathBuf>,
}

/// How the operator is called when a call rises to page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// By the terminal's bell.
    pub bell: bool,
    /// By the title of its window.
    pub title: bool,
    /// By a command, split as a shell would.
    pub command: Option<Vec<String>>,
    /// Seconds that it may take.
    pub timeout: u64,
}

impl Default for Alert {
    fn default() -> Alert {
        Alert { bell: true, title: true, command: None, timeout: 10 }
    }
}

/// A row of the table of settings.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The key, with its table: `sending.sendmail`; `contacts.*` stands for any name in that table.
    pub key: &'static str,
    /// One line for help and the example file.
    pub doc: &'static str,
}

/// Every setting, in the order of the example file.
pub const SETTINGS: &[Setting] = &[
    Setting { key: "maildirs", doc: "Maildirs to read, in order; $MAILDIR, then ~/Maildir where it is not set" },
    Setting { key: "own", doc: "our own addresses" },
    Setting { key: "me", doc: "who is on duty, for the journal; the user name where it is not set" },
    Setting { key: "zone", doc: "zone that times are shown in, an IANA name; the system's where it is not set" },
    Setting { key: "runbooks", doc: "folder of runbooks laid over the shipped ones; `runbooks` beside this file" },
    Setting { key: "not-hosts", doc: "names that look like a host and are none" },
    Setting { key: "save-dir", doc: "folder that attachments are saved in; the current one where it is not set" },
    Setting { key: "pager", doc: "command that shows a text; $PAGER, then less" },
    Setting { key: "editor", doc: "command that edits a draft; $VISUAL, $EDITOR, then vi" },
    Setting { key: "open-link", doc: "command that opens a link, {} is the URL; links are only copied without it" },
    Setting { key: "allow-pipe", doc: "whether a mail may be piped into a command" },
    Setting {
        key: "index-words",
        doc: "whether the words of all mail are kept in the cache folder, for quick searches",
    },
    Setting { key: "preset", doc: "keys to start from: default, mutt, gmail or emacs" },
    Setting { key: "theme", doc: "colours to start from: auto, dark, light or mono" },
    Setting { key: "horizon", doc: "age of its last mail from which an incident needs nobody any more: 7d" },
    Setting { key: "grace", doc: "how long mail may be on its way before its absence is proved: 2m" },
    Setting { key: "fresh", doc: "clock where mail is delivered on this machine, mail where it is fetched" },
    Setting { key: "stamp", doc: "file that the program that fetches mail touches after each run" },
    Setting { key: "archives", doc: "Maildirs that are only looked into, known only by their own mail" },
    Setting { key: "archive-folder", doc: "folder that archive moves into: its name in the Maildir, or its path" },
    Setting { key: "trash-folder", doc: "folder that trash moves into; without it trash sets the flag T" },
    Setting { key: "hosts", doc: "machines that send mail, full names; mail that names another one is remarked on" },
    Setting { key: "sending.from", doc: "address for From; the first own address where it is not set" },
    Setting {
        key: "sending.sendmail",
        doc: "sendmail-compatible command; mail waits in the outbox without it or smtp",
    },
    Setting { key: "sending.smtp", doc: "server that takes mail: smtps://user@host, or smtp:// with STARTTLS" },
    Setting { key: "sending.password-command", doc: "command that prints the password for it, as its only line" },
    Setting { key: "sending.tls", doc: "required, or none: by default only for a server on this machine" },
    Setting { key: "sending.ca-file", doc: "authorities that are trusted instead of the system's, a PEM file" },
    Setting { key: "sending.timeout", doc: "seconds that the command, or one step of SMTP, may take" },
    Setting { key: "sending.sent-folder", doc: "folder of a Maildir that gets copies of sent mail" },
    Setting { key: "page.command", doc: "command that pages people; a page is only shown and recorded without it" },
    Setting { key: "page.timeout", doc: "seconds that the command may take" },
    Setting { key: "alert.bell", doc: "whether the terminal's bell rings when a call rises to page" },
    Setting { key: "alert.title", doc: "whether the window's title says so" },
    Setting { key: "alert.command", doc: "command that is run then" },
    Setting { key: "alert.timeout", doc: "seconds that the command may take" },
    Setting { key: "freshness.*", doc: "a Maildir, and its own `fresh` and `stamp`" },
    Setting { key: "instances.*", doc: "an instance id and the name of its machine" },
    Setting { key: "contacts.*", doc: "a nick and its address, or a group and its addresses or nicks" },
    Setting { key: "aliases.*", doc: "another name of a nick or group" },
    Setting { key: "keys.*", doc: "an action and the key, or keys, that do it" },
    Setting { key: "colors.*", doc: "a role on the screen and its colour" },
];

/// Key presets that exist.
pub const PRESETS: &[&str] = &["default", "mutt", "gmail", "emacs"];

/// What `fresh` may say.
pub const FRESH: &[&str] = &["mail", "clock"];

/// Themes that exist.
pub const THEMES: &[&str] = &["auto", "dark", "light", "mono"];

impl Default for Config {
    fn default() -> Config {
        Config {
            maildirs: Vec::new(),
            own: Vec::new(),
            from: None,
            me: None,
            contacts: BTreeMap::new(),
            aliases: BTreeMap::new(),
            not_hosts: Vec::new(),
            archive_folder: None,
            trash_folder: None,
            sent_folder: None,
            sendmail: None,
            smtp: None,
            sendmail_timeout: 60,
            open_link: None,
            pager: None,
            editor: None,
            allow_pipe: false,
            index_words: true,
            runbooks: None,
            save_dir: None,
            keys: BTreeMap::new(),
            preset: "default".into(),
            theme: "auto".into(),
            colors: BTreeMap::new(),
            zone: None,
            horizon: 7 * 24 * 3600,
            grace: 120,
            fresh: Fresh::default(),
            freshness: Vec::new(),
            archives: Vec::new(),
            hosts: Vec::new(),
            instances: BTreeMap::new(),
            page: None,
            page_timeout: 30,
            alert: Alert::default(),
        }
    }
}

/// Reads the configuration's text. `file` is its name for people.
///
/// # Errors
/// Everything that is wrong with it, with line, column and the nearest name.
pub fn parse(file: &str, text: &str) -> Result<Config, Vec<Diagnostic>> {
    let mut reader = Reader::new(file, text);
    let Some(root) = reader.root() else { return Err(reader.finish()) };
    let mut config = Config::default();
    let mut members = Vec::new();
    for (key, value) in root.get_ref() {
        match key.get_ref().as_ref() {
            "maildirs" => config.maildirs = reader.strings("maildirs", value).into_iter().map(PathBuf::from).collect(),
            "own" => config.own = reader.addresses("own", value),
            "me" => config.me = reader.line("me", value),
            "zone" => config.zone = reader.line("zone", value),
            "runbooks" => config.runbooks = reader.line("runbooks", value).map(PathBuf::from),
            "not-hosts" => config.not_hosts = reader.strings("not-hosts", value),
            "save-dir" => config.save_dir = reader.line("save-dir", value).map(PathBuf::from),
            "pager" => config.pager = reader.command("pager", value),
            "editor" => config.editor = reader.command("editor", value),
            "open-link" => config.open_link = reader.command("open-link", value),
            "index-words" => config.index_words = reader.boolean("index-words", value).unwrap_or(true),
            "allow-pipe" => config.allow_pipe = reader.boolean("allow-pipe", value).unwrap_or_default(),
            "preset" => {
                if let Some(word) = reader.one_of("preset", value, PRESETS) {
                    config.preset = word;
                }
            }
            "theme" => {
                if let Some(word) = reader.one_of("theme", value, THEMES) {
                    config.theme = word;
                }
            }
            "horizon" => {
                if let Some(seconds) = reader.duration("horizon", value) {
                    config.horizon = seconds;
                }
            }
            "grace" => {
                if let Some(seconds) = reader.duration("grace", value) {
                    config.grace = seconds;
                }
            }
            "fresh" | "stamp" => {
                reader.fresh("", key.get_ref(), value, &mut config.fresh);
            }
            "freshness" => config.freshness = freshness(&mut reader, value),
            "archives" => config.archives = reader.strings("archives", value).into_iter().map(PathBuf::from).collect(),
            "archive-folder" => config.archive_folder = reader.line("archive-folder", value),
            "trash-folder" => config.trash_folder = reader.line("trash-folder", value),
            "hosts" => config.hosts = reader.hosts("hosts", value),
            "instances" => {
                for (id, value) in reader.table("instances", value) {
                    config.instances.extend(reader.instance(id, value));
                }
            }
            "page" => page(&mut reader, value, &mut config),
            "alert" => alert(&mut reader, value, &mut config.alert),
            "sending" => sending::read(&mut reader, value, &mut config),
            "contacts" => members = contact_members(&mut reader, "contacts", value),
            "aliases" => {
                for (name, value) in reader.table("aliases", value) {
                    if let Some(target) = reader.line(&format!("aliases.{}", name.get_ref()), value) {
                        config.aliases.insert(name.get_ref().to_string(), target);
                    }
                }
            }
            "keys" => {
                for (name, value) in reader.table("keys", value) {
                    let keys = reader.strings(&format!("keys.{}", name.get_ref()), value);
                    config.keys.insert(name.get_ref().to_string(), keys);
                }
            }
            "colors" => {
                for (name, value) in reader.table("colors", value) {
                    if let Some(color) = reader.line(&format!("colors.{}", name.get_ref()), value) {
                        config.colors.insert(name.get_ref().to_string(), color);
                    }
                }
            }
            other => reader.unknown(key.span(), other, ""),
        }
    }
    config.contacts = reader.groups(members);
    if let Some(aliases) = root.get_ref().get("aliases") {
        reader.check_aliases(&config, aliases);
    }
    if reader.found.is_empty() { Ok(config) } else { Err(reader.finish()) }
}

/// Reads kept contacts: `nick = "address"` lines, with or without a `[contacts]` heading.
///
/// # Errors
/// Everything that is wrong with it, with line, column and the nearest name.
pub fn parse_contacts(file: &str, text: &str) -> Result<BTreeMap<String, Vec<String>>, Vec<Diagnostic>> {
    let mut reader = Reader::new(file, text);
    let Some(root) = reader.root() else { return Err(reader.finish()) };
    let mut members = Vec::new();
    for (key, value) in root.get_ref() {
        if key.get_ref() == "contacts" && value.get_ref().is_table() {
            members.extend(contact_members(&mut reader, "contacts", value));
        } else {
            members.extend(contact_member(&mut reader, key, value));
        }
    }
    let contacts = reader.groups(members);
    if reader.found.is_empty() { Ok(contacts) } else { Err(reader.finish()) }
}

/// Line and column of a key (`sending.sendmail`, `keys.mark`) in the text that was parsed; for those who find out later
/// that its value is of no use.
pub fn position(text: &str, key: &str) -> Option<(usize, usize)> {
    let (root, _) = DeTable::parse_recoverable(text);
    let mut table = root.get_ref();
    let mut path = key.splitn(2, '.').peekable();
    while let Some(name) = path.next() {
        let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
        if path.peek().is_none() {
            return Some(place(text, key.span().start));
        }
        table = value.get_ref().as_table()?;
    }
    None
}

/// The nearest of some names, where one is near enough to be a slip of the fingers.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = 1 + word.chars().count() / 4;
    names
        .into_iter()
        .map(|name| (distance(&word, &name.to_lowercase()), name))
        .filter(|(far, name)| *far <= limit || (word.len() > 2 && name.to_lowercase().starts_with(&word)))
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

impl Config {
    /// Whether there is a way for mail to leave; without one it waits in the outbox.
    pub fn sends(&self) -> bool {
        self.sendmail.is_some() || self.smtp.is_some()
    }

    /// Addresses of a nick, alias, group, or of an address itself; `None` where it is unknown. Names are compared without
    /// regard to case; a leading `:` (as in `:hwine`) is passed over.
    pub fn resolve(&self, who: &str) -> Option<Vec<String>> {
        let who = who.trim();
        if who.contains('@') {
            let bare = match (who.rfind('<'), who.strip_suffix('>')) {
                (Some(open), Some(rest)) => rest.get(open + 1..)?,
                _ => who,
            };
            return check_address(bare.trim()).ok().map(|addr| vec![addr]);
        }
        let who = who.strip_prefix(':').unwrap_or(who);
        let contact = |name: &str| self.contacts.iter().find(|(nick, _)| same(nick, name)).map(|(_, to)| to.clone());
        contact(who).or_else(|| {
            let (_, nick) = self.aliases.iter().find(|(alias, _)| same(alias, who))?;
            contact(nick.strip_prefix(':').unwrap_or(nick))
        })
    }

    /// Every nick, group and alias.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contacts.keys().chain(self.aliases.keys()).map(String::as_str)
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn page(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, config: &mut Config) {
    for (key, value) in reader.table("page", value) {
        match key.get_ref().as_ref() {
            "command" => config.page = reader.command("page.command", value),
            "timeout" => {
                if let Some(seconds) = reader.integer("page.timeout", value, 1..3601) {
                    config.page_timeout = seconds;
                }
            }
            other => reader.unknown(key.span(), other, "page."),
        }
    }
}

fn alert(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, alert: &mut Alert) {
    for (key, value) in reader.table("alert", value) {
        match key.get_ref().as_ref() {
            "bell" => alert.bell = reader.boolean("alert.bell", value).unwrap_or(alert.bell),
            "title" => alert.title = reader.boolean("alert.title", value).unwrap_or(alert.title),
            "command" => alert.command = reader.command("alert.command", value),
            "timeout" => {
                if let Some(seconds) = reader.integer("alert.timeout", value, 1..3601) {
                    alert.timeout = seconds;
                }
            }
            other => reader.unknown(key.span(), other, "alert."),
        }
    }
}

/// `[freshness."~/Maildir"]` tables.
fn freshness(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<(PathBuf, Fresh)> {
    let mut all = Vec::new();
    for (maildir, value) in reader.table("freshness", value) {
        let maildir = maildir.get_ref();
        let mut fresh = Fresh::default();
        for (key, value) in reader.table(&format!("freshness.{maildir}"), value) {
            if !reader.fresh(&format!("freshness.{maildir}."), key.get_ref(), value, &mut fresh) {
                let hint = Some(format!("there are {}", ["fresh", "stamp"].join(", ")));
                reader.error(key.span(), format!("unknown key `freshness.{maildir}.{}`", key.get_ref()), hint);
            }
        }
        // A heading with nothing below says nothing.
        if value.get_ref().as_table().is_some_and(|table| !table.is_empty()) {
            all.push((PathBuf::from(maildir.as_ref()), fresh));
        }
    }
    all
}

/// A contact as written: its name, and for each of its members where it stands.
struct Member {
    name: String,
    span: Range<usize>,
    of: Vec<(String, Range<usize>)>,
    /// Whether an empty array was written.
    nobody: bool,
}

fn contact_members(reader: &mut Reader<'_>, table: &str, value: &Spanned<DeValue<'_>>) -> Vec<Member> {
    let mut members = Vec::new();
    for (key, value) in reader.table(table, value) {
        members.extend(contact_member(reader, key, value));
    }
    members
}

fn contact_member(
    reader: &mut Reader<'_>,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Option<Member> {
    let name = key.get_ref().to_string();
    if name.trim().is_empty() || name.contains(['@', ',']) || name.chars().any(char::is_control) {
        reader.error(key.span(), format!("`{name}` is no name for a contact: names hold no `@` and no comma"), None);
        return None;
    }
    let of = reader.spanned_strings(&format!("contacts.{name}"), value);
    let nobody = value.get_ref().as_array().is_some_and(|array| array.is_empty());
    Some(Member { name, span: key.span(), of, nobody })
}

/// Collects what is wrong while the values are taken out of the table.
struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<(usize, Diagnostic)>,
}

impl<'t> Reader<'t> {
    fn new(file: &'t str, text: &'t str) -> Reader<'t> {
        Reader { file, text, found: Vec::new() }
    }

    /// The table, or nothing where it is no TOML: what stands in a broken file is not looked at further.
    fn root(&mut self) -> Option<Spanned<DeTable<'t>>> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let reason = error.message().lines().collect::<Vec<_>>().join(", ");
            self.error(span, reason, None);
        }
        // One slip makes the parser stumble several times on the same line: the first says it.
        let mut lines = Vec::new();
        self.found.sort_by_key(|(at, _)| *at);
        self.found.retain(|(_, found)| {
            let new = !lines.contains(&found.line);
            lines.push(found.line);
            new
        });
        self.found.is_empty().then_some(root)
    }

    fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, found)| found).collect()
    }

    fn error(&mut self, span: Range<usize>, message: String, hint: Option<String>) {
        let (line, column) = place(self.text, span.start);
        let file = self.file.to_string();
        self.found.push((span.start, Diagnostic { severity: Severity::Error, file, line, column, message, hint }));
    }

    fn unknown(&mut self, span: Range<usize>, name: &str, table: &str) {
        // Whole tables are keys at the top, so that `[contact]` finds `contacts`.
        let mut names: Vec<&str> = Vec::new();
        for setting in SETTINGS {
            let Some(rest) = setting.key.strip_prefix(table) else { continue };
            names.push(rest.split('.').next().unwrap_or(rest));
        }
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => elsewhere(name).unwrap_or_else(|| {
                names.dedup();
                format!("there are {}", names.join(", "))
            }),
        };
        self.error(span, format!("unknown key `{table}{name}`"), Some(hint));
    }

    fn wrong(&mut self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let is = match value.get_ref() {
            DeValue::Table(_) => "a table",
            DeValue::Array(_) => "an array",
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
        };
        self.error(value.span(), format!("`{key}` must be {expected}, this is {is}"), None);
    }

    fn table<'v, 'i>(
        &mut self,
        key: &str,
        value: &'v Spanned<DeValue<'i>>,
    ) -> Vec<(&'v Spanned<std::borrow::Cow<'i, str>>, &'v Spanned<DeValue<'i>>)> {
        if let Some(table) = value.get_ref().as_table() {
            table.iter().collect()
        } else {
            self.wrong(key, value, &format!("a table, `[{key}]`"));
            Vec::new()
        }
    }

    /// One line of text that is not empty.
    fn line(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "a text in quotes");
            return None;
        };
        if text.trim().is_empty() {
            self.error(value.span(), format!("`{key}` is empty"), Some("leave it out where it is not needed".into()));
            return None;
        }
        if text.chars().any(char::is_control) {
            self.error(value.span(), format!("`{key}` holds a line break or another control character"), None);
            return None;
        }
        Some(text.to_string())
    }

    /// A text or an array of them, with where each stands.
    fn spanned_strings(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<(String, Range<usize>)> {
        if let Some(array) = value.get_ref().as_array() {
            array.iter().filter_map(|item| Some((self.line(key, item)?, item.span()))).collect()
        } else if value.get_ref().is_str() {
            self.line(key, value).map(|text| (text, value.span())).into_iter().collect()
        } else {
            self.wrong(key, value, "a text in quotes or an array of them");
            Vec::new()
        }
    }

    fn strings(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        self.spanned_strings(key, value).into_iter().map(|(text, _)| text).collect()
    }

    fn addresses(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let mut addresses = Vec::new();
        for (text, span) in self.spanned_strings(key, value) {
            match check_address(&text) {
                Ok(address) => addresses.push(address),
                Err(error) => self.error(span, format!("`{key}`: {error}"), Some("write name@domain".into())),
            }
        }
        addresses
    }

    /// `addr` or `Name <addr>`; kept as written.
    fn sender(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = self.line(key, value)?;
        let bare = match (text.rfind('<'), text.strip_suffix('>')) {
            (Some(open), Some(rest)) => rest.get(open + 1..).unwrap_or_default(),
            _ => text.as_str(),
        };
        if let Err(error) = check_address(bare) {
            self.error(
                value.span(),
                format!("`{key}`: {error}"),
                Some("write name@domain or Name <name@domain>".into()),
            );
            return None;
        }
        Some(text)
    }

    /// A command line as text, split as a shell would, or an array of its words.
    fn command(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
        if value.get_ref().is_array() {
            let words = self.strings(key, value);
            if words.is_empty() {
                self.error(value.span(), format!("`{key}` names no command"), None);
                return None;
            }
            return Some(words);
        }
        let text = self.line(key, value)?;
        match shell_words::split(&text) {
            Ok(words) if !words.is_empty() => Some(words),
            Ok(_) => {
                self.error(value.span(), format!("`{key}` names no command"), None);
                None
            }
            Err(_) => {
                let hint = Some("quotes must be closed, as in a shell".into());
                self.error(value.span(), format!("`{key}` cannot be split into words"), hint);
                None
            }
        }
    }

    /// A duration as people write it: `90s`, `5m`, `2h5m`, `7d`.
    fn duration(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<i64> {
        if value.get_ref().is_integer() {
            self.wrong(key, value, "a duration in quotes (\"90s\", \"5m\", \"7d\")");
            return None;
        }
        let text = self.line(key, value)?;
        match duration(&text) {
            Ok(seconds) => Some(seconds),
            Err(error) => {
                self.error(value.span(), format!("`{key}`: {error}"), None);
                None
            }
        }
    }

    /// `fresh` or `stamp`; whether it was one of them.
    fn fresh(&mut self, table: &str, key: &str, value: &Spanned<DeValue<'_>>, fresh: &mut Fresh) -> bool {
        let name = format!("{table}{key}");
        match key {
            "fresh" => fresh.clock = self.one_of(&name, value, FRESH).is_some_and(|word| word == "clock"),
            "stamp" => fresh.stamp = self.line(&name, value).map(PathBuf::from),
            _ => return false,
        }
        true
    }

    /// Names of machines.
    fn hosts(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let mut hosts = Vec::new();
        for (name, span) in self.spanned_strings(key, value) {
            if name.contains(['@', '/', ' ', '*']) {
                let hint = Some("write the full name, such as build1.example.org".into());
                self.error(span, format!("`{key}`: `{name}` is no name of a machine"), hint);
            } else {
                hosts.push(name);
            }
        }
        hosts
    }

    /// `i-02cc2669 = "build1"`.
    fn instance(
        &mut self,
        id: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<(String, String)> {
        let name = id.get_ref().to_lowercase();
        let host = self.line(&format!("instances.{name}"), value)?;
        let digits = name.strip_prefix("i-").filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if !digits.is_some_and(|hex| matches!(hex.len(), 8 | 17)) {
            let hint = Some("`i-` and 8 or 17 digits or letters a to f".into());
            self.error(id.span(), format!("`{name}` is no instance id"), hint);
            return None;
        }
        Some((name, host))
    }

    fn boolean(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
        let is = value.get_ref().as_bool();
        if is.is_none() {
            self.wrong(key, value, "true or false without quotes");
        }
        is
    }

    fn integer(&mut self, key: &str, value: &Spanned<DeValue<'_>>, range: Range<u64>) -> Option<u64> {
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong(key, value, "a whole number");
            return None;
        };
        let read = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| range.contains(n));
        if read.is_none() {
            let (from, to) = (range.start, range.end - 1);
            self.error(value.span(), format!("`{key}` must be a number from {from} to {to}"), None);
        }
        read
    }

    fn one_of(&mut self, key: &str, value: &Spanned<DeValue<'_>>, words: &[&str]) -> Option<String> {
        let word = self.line(key, value)?;
        if words.contains(&word.as_str()) {
            return Some(word);
        }
        let hint = nearest(&word, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        self.error(value.span(), format!("`{key}` must be one of {}, not `{word}`", words.join(", ")), hint);
        None
    }

    /// Addresses of all contacts: a member without `@` is the name of another contact.
    fn groups(&mut self, mut members: Vec<Member>) -> BTreeMap<String, Vec<String>> {
        // The table gives them by name; people read the file from above.
        members.sort_by_key(|member| member.span.start);
        let mut contacts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (i, member) in members.iter().enumerate() {
            if let Some(other) = members.iter().take(i).find(|other| same(&other.name, &member.name)) {
                let message = format!("`{}` and `{}` are the same name", other.name, member.name);
                self.error(member.span.clone(), message, Some("letter case makes no difference".into()));
                continue;
            }
            let mut addresses = Vec::new();
            let mut path = Vec::new();
            self.expand(&members, member, &mut path, &mut addresses);
            if member.nobody {
                self.error(member.span.clone(), format!("`{}` has no address", member.name), None);
            }
            contacts.insert(member.name.clone(), addresses);
        }
        // A member that is wrong is met once for each group that holds it.
        self.found.sort_by_key(|(at, _)| *at);
        self.found.dedup_by(|a, b| a == b);
        contacts
    }

    fn expand<'m>(
        &mut self,
        members: &'m [Member],
        member: &'m Member,
        path: &mut Vec<&'m str>,
        addresses: &mut Vec<String>,
    ) {
        path.push(&member.name);
        for (text, span) in &member.of {
            if text.contains('@') {
                match check_address(text) {
                    Ok(address) => {
                        if !addresses.contains(&address) {
                            addresses.push(address);
                        }
                    }
                    Err(error) => {
                        let message = format!("`contacts.{}`: {error}", member.name);
                        self.error(span.clone(), message, Some("write name@domain".into()));
                    }
                }
                continue;
            }
            let name = text.strip_prefix(':').unwrap_or(text);
            match members.iter().find(|other| same(&other.name, name)) {
                Some(other) if path.contains(&other.name.as_str()) => {
                    let message = format!("`contacts.{}`: `{text}` leads back to itself", member.name);
                    self.error(span.clone(), message, None);
                }
                Some(other) => self.expand(members, other, path, addresses),
                None => {
                    let message = format!("`contacts.{}`: `{text}` is no address and no contact", member.name);
                    let near = nearest(name, members.iter().map(|other| other.name.as_str()));
                    let hint = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "write name@domain".into(),
                    };
                    self.error(span.clone(), message, Some(hint));
                }
            }
        }
        path.pop();
    }

    fn check_aliases(&mut self, config: &Config, aliases: &Spanned<DeValue<'_>>) {
        for (key, value) in aliases.get_ref().as_table().into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if config.contacts.keys().any(|nick| same(nick, name)) {
                let hint = Some("remove one of the two".into());
                self.error(key.span(), format!("alias `{name}` is the name of a contact"), hint);
            }
            let Some(target) = value.get_ref().as_str() else { continue };
            let nick = target.strip_prefix(':').unwrap_or(target);
            if !target.trim().is_empty() && !config.contacts.keys().any(|known| same(known, nick)) {
                let near = nearest(nick, config.contacts.keys().map(String::as_str));
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add `{nick} = \"name@domain\"` to [contacts]"),
                };
                self.error(value.span(), format!("alias `{name}`: there is no contact `{target}`"), Some(hint));
            }
        }
    }
}

/// Where a key belongs that stands in the wrong table.
fn elsewhere(name: &str) -> Option<String> {
    let setting = SETTINGS.iter().find(|setting| setting.key.rsplit('.').next() == Some(name))?;
    Some(match setting.key.split_once('.') {
        Some((table, _)) => format!("`{name}` belongs into the table [{table}]"),
        None => format!("`{name}` belongs above the first table"),
    })
}

/// Line and column, both from 1, of a byte offset.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Edits between two words: insert, remove, replace, swap of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, j + 1) + 1).min(at(&row, j) + 1).min(at(&above, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = above;
        above = row;
    }
    above.last().copied().unwrap_or_default()
}
