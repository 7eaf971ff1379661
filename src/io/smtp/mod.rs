//! Sending by SMTP, our own dialogue over rustls: a whole time-out for each step, replies of bounded length, nothing kept
//! of what a server says before the connection is encrypted, and one answer for each recipient (C53).
//!
//! - [`dialogue`]: commands and replies, over any connection.
//! - `wire`: the connection: name, address, time-outs, TLS.
//! - `password`: the command that prints the password.

pub mod dialogue;
mod password;
mod wire;

use super::transport::{Attempt, capped};
use crate::config::sending::{Smtp, Tls, is_this_machine};
use dialogue::{End, Login, Plan, Trouble};
use std::time::Duration;

/// Hands one mail over. Waits for the server; call it where waiting is fine.
pub(super) fn send(smtp: &Smtp, step: Duration, sender: &str, recipients: &[String], mail: &[u8]) -> Attempt {
    match attempt(smtp, step, sender, recipients, mail) {
        Ok(End::Taken { refused }) if refused.is_empty() => Attempt::Sent,
        Ok(End::Taken { refused }) => {
            let accepted = recipients.iter().filter(|to| refused.iter().all(|(who, ..)| who != *to)).cloned().collect();
            let later = refused.iter().any(|(_, code, _)| *code < 500);
            let words: Vec<String> = refused.iter().map(|(who, _, why)| format!("{who}: {why}")).collect();
            Attempt::Partly { accepted, later, why: capped(words.join("; ")) }
        }
        Ok(End::Unknown(why)) => Attempt::Unknown(capped(why)),
        Err(Trouble::Later(why)) => Attempt::Later(capped(why)),
        Err(Trouble::Away(why)) => Attempt::Away(capped(why)),
        Err(Trouble::Refused(why)) => Attempt::Failed(capped(why)),
        Err(Trouble::Broken(why)) => Attempt::Broken(capped(why)),
    }
}

/// Whether the authorities can be read that must have signed the server's certificate.
///
/// # Errors
/// Why not.
pub(super) fn trusted(smtp: &Smtp) -> Result<(), String> {
    if smtp.tls == Tls::None {
        return Ok(());
    }
    wire::trust(smtp.ca.as_deref()).map(|_| ()).map_err(|trouble| match trouble {
        Trouble::Later(why) | Trouble::Away(why) | Trouble::Refused(why) | Trouble::Broken(why) => why,
    })
}

fn attempt(smtp: &Smtp, step: Duration, from: &str, to: &[String], mail: &[u8]) -> Result<End, Trouble> {
    let login = match (&smtp.user, &smtp.password) {
        (Some(user), Some(command)) => {
            let password = password::ask(command, step).map_err(Trouble::Broken)?;
            Some(Login { user: user.clone(), password })
        }
        _ => None,
    };
    // The configuration refuses it; this is the last door.
    if login.is_some() && smtp.tls == Tls::None && !is_this_machine(&smtp.host) {
        return Err(Trouble::Broken("the password would go in clear: correct sending.tls".into()));
    }
    let trust = if smtp.tls == Tls::None { None } else { Some(wire::trust(smtp.ca.as_deref())?) };
    let net = wire::Net::connect(&smtp.host, smtp.port, trust, step)?;
    dialogue::deliver(net, &Plan { tls: smtp.tls, login, step, from, to, mail })
}
