//! `[sending]`: how mail leaves, by a sendmail-compatible command or by SMTP.

use super::{Config, Reader};
use crate::error::{Diagnostic, Severity};
use crate::mail::compose::check_address;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::DeValue;

/// What `sending.tls` may say.
pub const TLS: &[&str] = &["required", "none"];

/// Where mail is handed over by SMTP, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Name or address of the server; its certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Whom to log in as; nobody: no login.
    pub user: Option<String>,
    /// Command that prints the password as its only line, split as a shell would; there is one where there is a user.
    pub password: Option<Vec<String>>,
    /// PEM file of the authorities that are trusted instead of the system's; `~` is expanded by the caller.
    pub ca: Option<PathBuf>,
}

/// How the connection to an SMTP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (`smtps://`).
    Implicit,
    /// After STARTTLS, without which nothing is sent (`smtp://`).
    StartTls,
    /// Not at all: a server on this machine, or `tls = "none"`.
    None,
}

/// The table, key by key; what its keys ask of each other is checked at the end.
pub(super) fn read(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, config: &mut Config) {
    let mut url = None;
    let (mut tls, mut password, mut ca) = (None, None, None);
    for (key, value) in reader.table("sending", value) {
        match key.get_ref().as_ref() {
            "from" => config.from = reader.sender("sending.from", value),
            "sendmail" => config.sendmail = reader.command("sending.sendmail", value),
            "smtp" => url = reader.line("sending.smtp", value).map(|url| (url, value)),
            "tls" => tls = reader.one_of("sending.tls", value, TLS).map(|word| (word, key.span())),
            "password-command" => {
                password = reader.command("sending.password-command", value).map(|command| (command, key.span()));
            }
            "ca-file" => ca = reader.line("sending.ca-file", value).map(|file| (PathBuf::from(file), key.span())),
            "timeout" => {
                if let Some(seconds) = reader.integer("sending.timeout", value, 1..3601) {
                    config.sendmail_timeout = seconds;
                }
            }
            "sent-folder" => config.sent_folder = reader.line("sending.sent-folder", value).map(PathBuf::from),
            other => reader.unknown(key.span(), other, "sending."),
        }
    }
    let Some((url, value)) = url else {
        let spans = [tls.map(|(_, at)| at), password.map(|(_, at)| at), ca.map(|(_, at)| at)];
        for (name, span) in ["tls", "password-command", "ca-file"].iter().zip(spans) {
            if let Some(span) = span {
                let hint = Some("add smtp = \"smtps://user@mail.example.org\"".to_owned());
                reader.error(span, format!("`sending.{name}` is of no use without `sending.smtp`"), hint);
            }
        }
        return;
    };
    let at = match Server::read(&url) {
        Ok(at) => at,
        // A password is nothing to show: neither in the message nor as the line that it is about.
        Err(Wrong::Password) => {
            let (line, _) = super::place(reader.text, value.span().start);
            let message = "`sending.smtp` holds a password, which stands in no configuration".to_owned();
            let hint = Some("write smtps://user@host, and set sending.password-command".to_owned());
            let found =
                Diagnostic { severity: Severity::Error, file: reader.file.into(), line, column: 0, message, hint };
            reader.found.push((value.span().start, found));
            return;
        }
        Err(Wrong::Words(words)) => {
            let hint = Some("write smtps://user@mail.example.org, or smtp:// for STARTTLS".to_owned());
            reader.error(value.span(), format!("`sending.smtp` {words}"), hint);
            return;
        }
    };
    let here = is_this_machine(&at.host);
    let clear = match tls.as_ref().map(|(word, _)| word.as_str()) {
        Some("none") => true,
        Some(_) => false,
        None => here && !at.implicit,
    };
    if let (Some((_, span)), true, true) = (tls, clear, at.implicit) {
        reader.error(span, "`sending.tls` says none, and smtps:// is TLS".into(), Some("write smtp://".into()));
    }
    let mode = match (at.implicit, clear) {
        (true, _) => Tls::Implicit,
        (false, true) => Tls::None,
        (false, false) => Tls::StartTls,
    };
    if mode == Tls::None && at.user.is_some() && !here {
        let hint = Some("take tls = \"none\" away, or the user where no login is needed".to_owned());
        reader.error(
            value.span(),
            "`sending.tls` is none: the password would go over the network in clear".into(),
            hint,
        );
    }
    match (&at.user, &password) {
        (Some(_), None) => {
            let hint =
                Some("add password-command = \"pass show mail\", or take the user out of the address".to_owned());
            reader.error(value.span(), "`sending.smtp` names a user, and no command prints the password".into(), hint);
        }
        (None, Some((_, span))) => {
            let hint = Some("write smtps://user@host".to_owned());
            reader.error(span.clone(), "`sending.smtp` names no user to log in as".into(), hint);
        }
        _ => {}
    }
    let port = at.port.unwrap_or(match (mode, here) {
        (Tls::Implicit, _) => 465,
        (Tls::None, true) => 25,
        _ => 587,
    });
    let password = password.map(|(command, _)| command);
    config.smtp = Some(Smtp { host: at.host, port, tls: mode, user: at.user, password, ca: ca.map(|(file, _)| file) });
}

/// What an address of a server says.
struct Server {
    implicit: bool,
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

enum Wrong {
    Password,
    Words(String),
}

impl Server {
    /// `smtps://user@host:port`. The user may hold `@` as it is, or any byte as `%40`.
    fn read(url: &str) -> Result<Server, Wrong> {
        let words = |words: &str| Wrong::Words(words.to_owned());
        let (implicit, rest) = match (url.strip_prefix("smtps://"), url.strip_prefix("smtp://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(words("begins with neither smtps:// nor smtp://")),
        };
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => return Err(Wrong::Password),
            Some((user, place)) => {
                let user = unescaped(user).filter(|user| !user.is_empty() && !user.chars().any(char::is_control));
                (Some(user.ok_or_else(|| words("names a user that cannot be read"))?), place)
            }
            None => (None, rest),
        };
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = match (place.strip_prefix('['), place.rsplit_once(':')) {
            (Some(rest), _) => {
                let (host, after) = rest.split_once(']').ok_or_else(|| words("has `[` without `]`"))?;
                let port = if after.is_empty() { None } else { Some(after.strip_prefix(':').unwrap_or("")) };
                (host, port)
            }
            (None, Some((host, port))) => (host, Some(port)),
            (None, None) => (place, None),
        };
        let number = |port: &str| port.parse::<u16>().ok().filter(|port| *port > 0);
        let port = match port {
            None => None,
            Some(port) => Some(number(port).ok_or_else(|| words("has a port that is none (1 to 65535)"))?),
        };
        let address = host.parse::<std::net::IpAddr>().is_ok();
        if !address && check_address(&format!("x@{host}")).is_err() {
            return Err(words("names no server"));
        }
        Ok(Server { implicit, user, host: host.to_owned(), port })
    }
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether what is sent there never leaves this machine.
pub fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
