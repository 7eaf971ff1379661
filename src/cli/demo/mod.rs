//! `dutybox demo`: an example Maildir in which every row and section of the page occurs.
//!
//! - [`samples`]: the sample mails, compiled in.
//! - [`script`]: which mails come when; pure.
//! - [`machines`]: those that show each verdict machine in each of its states.
//! - [`acts`]: what its operators have told.
//! - [`stamp`]: puts a sample at another time.
//!
//! With `--at` (or `--as-of`) it stands still at that time. Without, it moves: mail is delivered into it while it is looked
//! at.

pub mod acts;
pub mod machines;
pub mod samples;
pub mod script;
mod stamp;

use super::args::{Demo, Globals, Moment};
use super::out::{Failure, Out};
use super::setup;
use crate::config::Config;
use crate::error::{EXIT_OK, Error, ErrorKind};
use crate::io::demo::{DemoFile, Mover, Temporary, tell, write};
use crate::io::load;
use crate::mail::{Digest, Flags, Time, parse};
use crate::runbook::labels::HostRules;
use crate::session::{self, Setup};
use crate::triage::told::{Act, ActId, Target};
use crate::triage::when::Toward;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Our own address in the demo, and people whom its runbooks name, so that forwarding can be tried. Nothing is sent.
const CONTACTS: &[(&str, &str)] =
    &[("hwine", "hwine@example.org"), ("rail", "rail@example.org"), ("catlee", "catlee@example.org")];

/// Writes the demo and opens it, unless told not to.
///
/// # Errors
/// A folder that holds something else, a folder that cannot be written, a session that cannot start.
pub fn demo(globals: &Globals, args: &Demo, out: &mut Out) -> Result<u8, Failure> {
    if globals.read_only {
        let hint = "leave --read-only out; the demo touches only its own folder";
        return Err(Error::new(ErrorKind::Usage, "--read-only: the demo must be written first").hint(hint).into());
    }
    if !args.no_open && !out.terminal() {
        let message = "the demo opens on a terminal, and standard output is none";
        return Err(Error::new(ErrorKind::Usage, message).hint("type: dutybox demo --no-open --dir DIR").into());
    }
    // A time that is given stands still; without one the demo moves.
    let typed = |moment: &Moment| moment.read(setup::clock(), &TimeZone::system(), Toward::Past);
    let fixed = args.at.as_ref().or(globals.as_of.as_ref()).map(typed).transpose()?;
    let at = fixed.unwrap_or_else(setup::clock);
    let temporary = match &args.dir {
        Some(_) => None,
        None => Some(Temporary::new()?),
    };
    let dir = match (&args.dir, &temporary) {
        (Some(dir), _) => dir.clone(),
        (None, Some(temporary)) => temporary.path().join("demo"),
        (None, None) => PathBuf::from("demo"),
    };
    let state = match &temporary {
        Some(temporary) => temporary.path().join("state"),
        None => dir.join(".dutybox-state"),
    };
    let count = put(&dir, &state, at)?;
    if args.no_open {
        // Somebody wants to look at it: it stays, wherever it is.
        temporary.map(Temporary::keep);
        if out.json {
            out.document(&json!({
                "maildir": dir.display().to_string(),
                "state_dir": state.display().to_string(),
                "messages": count,
                "at": at.rfc3339(),
            }))?;
        } else {
            out.line(&dir.display().to_string());
        }
        return Ok(EXIT_OK);
    }
    let mut config = demo_config(globals)?;
    config.own = vec!["release@example.org".to_string(), "release@mozilla.com".to_string()];
    config.from = Some("release@example.org".to_string());
    config.sendmail = None;
    config.smtp = None;
    config.sent_folder = None;
    // It is delivered here, by ourselves.
    config.fresh.clock = fixed.is_none();
    // Nobody is paged for an example.
    config.page = None;
    config.alert.command = None;
    for (nick, address) in CONTACTS {
        config.contacts.entry((*nick).to_string()).or_insert_with(|| vec![(*address).to_string()]);
    }
    let globals = Globals {
        maildirs: vec![dir.clone()],
        state_dir: Some(globals.state_dir.clone().unwrap_or(state.clone())),
        as_of: fixed.map(Into::into),
        ..globals.clone()
    };
    let mut desk = setup::desk(&globals, None)?;
    // Contacts that are kept in the demo belong to the demo.
    desk.options.config_dir = state;
    let mover = match fixed {
        Some(_) => None,
        None => Some(Mover::start(&dir, moves(at))),
    };
    let moving = "the demo moves: watch AUTOFIX on github-sync3, a follow-up is a minute away";
    let code = session::run(Setup {
        config: Config { me: desk.config.me.clone(), ..config },
        books: desk.books,
        maildirs: vec![dir],
        options: desk.options,
        hosts: HostRules { own_domains: vec!["example.org".into(), "mozilla.com".into()], ..desk.hosts },
        cache: None,
        title: if mover.is_some() { "demo, moving" } else { "demo" }.to_string(),
        welcome: mover.is_some().then(|| moving.to_string()),
    })?;
    drop(mover);
    drop(temporary);
    Ok(code)
}

fn demo_config(globals: &Globals) -> Result<Config, Failure> {
    Ok(setup::configuration(globals, setup::home().as_deref())?.0)
}

/// Writes the mails and the journal; gives the number of mails.
fn put(dir: &Path, state: &Path, at: Time) -> Result<usize, Failure> {
    let mails = script::mails(at);
    let files: Vec<DemoFile<'_>> = mails
        .iter()
        .map(|mail| DemoFile {
            folder: mail.folder,
            base: &mail.base,
            flags: mail.flags,
            bytes: &mail.bytes,
            delivered: mail.delivered,
        })
        .collect();
    write(dir, &files)?;
    tell(state, &journal(dir, &mails, at)?)?;
    Ok(mails.len())
}

/// The demo's acts, about the mails as they lie in its Maildir.
fn journal(dir: &Path, mails: &[script::DemoMail], at: Time) -> Result<Vec<Act>, Failure> {
    let folders = load::folders(&[dir.to_path_buf()], false)?;
    let paths: HashMap<&str, String> =
        folders.iter().map(|folder| (folder.name.as_str(), folder.path_text().into_owned())).collect();
    let target = |mail: &script::DemoMail, act: &acts::DemoAct| {
        let (added, _) = act.deed.flags();
        let digest: Digest = parse::message(mail.bytes.clone()).digest();
        Some(Target {
            folder: paths.get(mail.folder)?.clone(),
            base: mail.base.as_bytes().into(),
            digest,
            added,
            removed: Flags::NONE,
            failed: None,
            call: Some(act.call),
        })
    };
    let act = |act: acts::DemoAct| Act {
        id: ActId(0),
        at: act.at,
        by: act.by.to_owned(),
        targets: mails
            .iter()
            .filter(|mail| act.about.contains(&mail.tag))
            .filter_map(|mail| target(mail, &act))
            .collect(),
        deed: act.deed,
    };
    Ok(acts::acts(at).into_iter().map(act).collect())
}

/// What is delivered while the demo is looked at.
fn moves(at: Time) -> Vec<(Duration, Vec<u8>)> {
    let after = |seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    script::later(at).into_iter().map(|(seconds, mail)| (after(seconds), mail.bytes)).collect()
}
