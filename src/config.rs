//! The configuration: `config.toml`, parsed and checked. Reads no file itself.
//!
//! No key is needed to start. Every key is in `examples/config.toml`, which a test compares with [`SETTINGS`].

use crate::error::Diagnostic;
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    /// Folder of a Maildir that gets copies of sent mail.
    pub sent_folder: Option<PathBuf>,
    /// Sendmail-compatible command, split as a shell would; `None`: mail stays in the outbox.
    pub sendmail: Option<Vec<String>>,
    /// Seconds that the command may take.
    pub sendmail_timeout: u64,
    /// Command that opens a link, `{}` is the URL; `None`: links are only copied.
    pub open_link: Option<Vec<String>>,
    /// Pager; `$PAGER`, then `less` where it is not set.
    pub pager: Option<Vec<String>>,
    /// Editor; `$VISUAL`, `$EDITOR`, then `vi` where it is not set.
    pub editor: Option<Vec<String>>,
    /// Whether `|` may pipe a mail into a command.
    pub allow_pipe: bool,
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
}

/// A row of the table of settings.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The key, with its table: `sending.sendmail`.
    pub key: &'static str,
    /// One line for help and the example file.
    pub doc: &'static str,
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[];

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
            sent_folder: None,
            sendmail: None,
            sendmail_timeout: 60,
            open_link: None,
            pager: None,
            editor: None,
            allow_pipe: false,
            runbooks: None,
            save_dir: None,
            keys: BTreeMap::new(),
            preset: "default".into(),
            theme: "auto".into(),
            colors: BTreeMap::new(),
            zone: None,
        }
    }
}

/// Reads the configuration's text. `file` is its name for people.
///
/// # Errors
/// Everything that is wrong with it, with line, column and the nearest name.
pub fn parse(_file: &str, _text: &str) -> Result<Config, Vec<Diagnostic>> {
    todo!()
}

impl Config {
    /// Addresses of a nick, alias, group, or of an address itself; `None` where it is unknown.
    pub fn resolve(&self, _who: &str) -> Option<Vec<String>> {
        todo!()
    }
}
