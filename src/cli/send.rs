//! Mail that leaves: `dutybox forward`, `dutybox reply`, `dutybox outbox`. Nothing is sent without review or `--yes`.

use super::args::{Forward, OutboxWhat, Reply};
use super::out::{self, Failure, Out};
use super::setup::Desk;
use super::{act, choose, show};
use crate::app::effect::{Effect, ForwardRequest, Outcome};
use crate::config::nearest;
use crate::error::{EXIT_IO, EXIT_NO, EXIT_OK, Error, ErrorKind};
use crate::io::local;
use crate::io::outbox::{Queued, find};
use crate::mail::compose;
use crate::runbook::Verb;
use crate::triage::Inbox;
use crate::triage::row::Row;
use crate::triage::texts::secrets;
use serde_json::{Value, json};

/// Passes messages on.
///
/// # Errors
/// An unknown recipient, an id that names no message, an answer that cannot be had, an outbox that cannot be written.
pub fn forward(desk: &Desk, args: &Forward, out: &mut Out) -> Result<u8, Failure> {
    has_sender(desk)?;
    let (mut inbox, mut world) =
        if args.dry_run { desk.inbox_and_world_to_look()? } else { desk.inbox_and_world("forward")? };
    let keys = choose::keys(&inbox, &args.chosen, desk.now)?;
    let mut requests = Vec::new();
    for key in keys {
        let Some(row) = inbox.get(&key) else { continue };
        let to = recipients(desk, &inbox, row, &args.to)?;
        requests.push(ForwardRequest { key, how: args.how.forward_as(), to, note: args.note.clone() });
    }
    let mut previews = Vec::new();
    for request in &requests {
        match world.perform(Effect::PreviewForward(request.clone())) {
            Outcome::Preview { recipients, text, warnings, .. } => previews.push((recipients, text, warnings)),
            Outcome::Failed(words) | Outcome::Unread(_, words) => {
                return Err(Error::new(ErrorKind::Mailbox, words).into());
            }
            _ => {}
        }
    }
    if args.dry_run {
        return dry_run(&previews, out);
    }
    if !args.chosen.yes {
        let mut review = Out::new(super::args::Color::Never, false);
        show_previews(&previews, &mut review);
        let question = match previews.len() {
            0 | 1 => "Send this?".to_string(),
            count => format!("Send these {count} mails?"),
        };
        if !reviewed(review, &question, "forward")? {
            return Ok(EXIT_NO);
        }
    }
    previews.iter().flat_map(|(_, _, warnings)| warnings).for_each(|warning| out::say(warning));
    let mut sent = Vec::new();
    let mut code = EXIT_OK;
    for request in requests {
        code = code.max(queued(&mut inbox, world.perform(Effect::Forward(request)), &mut sent, out)?);
    }
    if out.json {
        out.document(&json!({"queued": sent}))?;
    }
    Ok(code)
}

/// Mail that leaves needs an address for From.
fn has_sender(desk: &Desk) -> Result<(), Error> {
    if desk.config.from.is_some() || !desk.config.own.is_empty() {
        return Ok(());
    }
    let file = desk.options.config_dir.join("config.toml");
    Err(Error::new(ErrorKind::Usage, "no address of ours is configured, so mail would have no sender")
        .hint(format!("add to {}: own = [\"name@domain\"]", file.display())))
}

/// Shows what is about to leave and asks. The question comes first where nobody can answer it.
fn reviewed(review: Out, question: &str, command: &str) -> Result<bool, Failure> {
    use std::io::IsTerminal;
    if std::io::stdin().is_terminal() {
        review.finish()?;
    }
    let yes = choose::confirm(question, command)?;
    if !yes {
        out::say("nothing was sent");
    }
    Ok(yes)
}

type Preview = (Vec<String>, String, Vec<String>);

fn show_previews(previews: &[Preview], out: &mut Out) {
    for (recipients, text, warnings) in previews {
        out.heading(&format!("To: {}", recipients.join(", ")));
        out.block("  ", text);
        for warning in warnings {
            out.line(&format!("  Warning: {warning}"));
        }
    }
}

fn dry_run(previews: &[Preview], out: &mut Out) -> Result<u8, Failure> {
    if out.json {
        let mails: Vec<Value> = previews
            .iter()
            .map(|(recipients, text, warnings)| json!({"recipients": recipients, "text": text, "warnings": warnings}))
            .collect();
        out.document(&json!({"previews": mails}))?;
    } else {
        show_previews(previews, out);
    }
    Ok(EXIT_OK)
}

/// What came of a mail that was put into the outbox.
fn queued(inbox: &mut Inbox, outcome: Outcome, sent: &mut Vec<Value>, out: &mut Out) -> Result<u8, Failure> {
    match outcome {
        Outcome::Queued { report, state } => {
            let first = report.act.targets.first();
            let id = first.map(|target| crate::mail::name::shown(&target.base)).unwrap_or_default();
            if out.json {
                sent.push(json!({"id": id, "act": report.act.id.0, "state": state}));
            } else {
                out.line(&format!("{} {id}: {state} (act {})", report.act.deed.word(), report.act.id.0));
            }
            report.failed.iter().for_each(|line| out::say(line));
            // Waiting for a sender is what was asked for; a sender that refused, or may have sent, is not.
            let went = state.starts_with("sent") || state.starts_with("queued");
            Ok(match (report.failed.is_empty(), went) {
                (false, _) => EXIT_IO,
                (true, false) => {
                    out::say("what to do: dutybox outbox; `dutybox outbox send` tries again what has failed");
                    EXIT_NO
                }
                (true, true) => EXIT_OK,
            })
        }
        other => act::report(inbox, other, ErrorKind::State, out),
    }
}

/// The addresses of those named, or of those whom the runbook names.
fn recipients(desk: &Desk, inbox: &Inbox, row: &Row, named: &[String]) -> Result<Vec<String>, Failure> {
    let config = &desk.config;
    let who: Vec<String> = if named.is_empty() { suggested(inbox, row) } else { named.to_vec() };
    if who.is_empty() {
        let message = format!("nobody to send {} to: its runbook names nobody", inbox.id(row));
        return Err(Error::new(ErrorKind::Usage, message).hint("add --to ADDRESS").into());
    }
    let mut to: Vec<String> = Vec::new();
    for who in who.iter().map(|who| who.trim()).filter(|who| !who.is_empty()) {
        let Some(addresses) = config.resolve(who) else {
            if who.contains('@') {
                let message = format!("`{who}` is no usable address");
                return Err(Error::new(ErrorKind::Usage, message).hint("type name@domain after --to").into());
            }
            let file = desk.options.config_dir.join("config.toml");
            let near = nearest(who, config.names()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let nick = who.trim_start_matches(':');
            let key = if nick.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
                nick.to_string()
            } else {
                format!("\"{}\"", nick.replace(['"', '\\'], ""))
            };
            let hint =
                format!("{near}type --to ADDRESS, or add to [contacts] in {}: {key} = \"name@domain\"", file.display());
            return Err(Error::new(ErrorKind::Usage, format!("no contact is called `{who}`")).hint(hint).into());
        };
        for address in addresses {
            if !to.contains(&address) {
                to.push(address);
            }
        }
    }
    Ok(to)
}

/// Whom the runbook wants it forwarded to; else whom it wants to be reached.
fn suggested(inbox: &Inbox, row: &Row) -> Vec<String> {
    let verdict = inbox.entry(row).verdict;
    let book = verdict.book.and_then(|book| inbox.books.get(book));
    let all = verdict.people.iter().chain(book.map(|book| book.people.iter()).into_iter().flatten());
    let forward: Vec<String> =
        all.filter(|(verb, _)| *verb == Verb::Forward).flat_map(|(_, who)| who.iter().cloned()).collect();
    let mut who = if forward.is_empty() {
        verdict.people.iter().flat_map(|(_, who)| who.iter().cloned()).collect()
    } else {
        forward
    };
    let mut seen = Vec::new();
    who.retain(|name| {
        let new = !seen.contains(name);
        seen.push(name.clone());
        new
    });
    who
}

/// Replies to a message.
///
/// # Errors
/// An id that names no message, an editor that does not run, an outbox that cannot be written.
pub fn reply(desk: &Desk, args: &Reply, out: &mut Out) -> Result<u8, Failure> {
    has_sender(desk)?;
    let (mut inbox, mut world) =
        if args.dry_run { desk.inbox_and_world_to_look()? } else { desk.inbox_and_world("reply")? };
    let row = choose::one(&inbox, &args.id)?;
    let key = row.key.clone();
    let message = show::read(&inbox, row)?;
    let redact: Vec<_> = secrets(&inbox.books, &message).into_iter().map(|(_, regex)| regex).collect();
    let draft = compose::reply_draft(&message, args.all, &desk.config.own, &redact);
    let typed = match args.text.as_deref() {
        Some("-") => Some(choose::standard_input()?),
        Some(text) => Some(text.to_string()),
        None => None,
    };
    let edited = match typed {
        Some(text) => with_text(&draft, &text),
        None => {
            let edited = local::edit(&editor(desk), &draft)?;
            if edited.trim().is_empty() || edited == draft {
                out::say("the draft was not changed: nothing was sent");
                return Ok(EXIT_NO);
            }
            edited
        }
    };
    if args.dry_run {
        if out.json {
            out.document(&json!({"draft": edited}))?;
        } else {
            out.block("", &edited);
        }
        return Ok(EXIT_OK);
    }
    if !args.yes {
        let mut review = Out::new(super::args::Color::Never, false);
        review.block("  ", &edited);
        if !reviewed(review, "Send this?", "reply")? {
            return Ok(EXIT_NO);
        }
    }
    let mut sent = Vec::new();
    let code = queued(&mut inbox, world.perform(Effect::Reply { key, draft: edited }), &mut sent, out)?;
    if out.json {
        out.document(&json!({"queued": sent}))?;
    }
    Ok(code)
}

/// The draft with that text between its headers and the quoted mail.
fn with_text(draft: &str, text: &str) -> String {
    match draft.split_once("\n\n") {
        Some((head, quoted)) => format!("{head}\n\n{}\n\n{}", text.trim_end(), quoted.trim_start_matches('\n')),
        None => format!("{draft}\n\n{text}"),
    }
}

fn editor(desk: &Desk) -> Vec<String> {
    let of = |name| {
        let line = std::env::var(name).ok()?;
        shell_words::split(&line).ok().filter(|words| !words.is_empty())
    };
    let configured = desk.config.editor.clone();
    configured.or_else(|| of("VISUAL")).or_else(|| of("EDITOR")).unwrap_or_else(|| vec!["vi".to_string()])
}

/// Lists what waits to be sent, sends it, or drops a mail.
///
/// # Errors
/// An outbox that cannot be read or written, a number that names no mail.
pub fn outbox(desk: &Desk, what: Option<&OutboxWhat>, out: &mut Out) -> Result<u8, Failure> {
    let effect = match what {
        None | Some(OutboxWhat::List) => return list(desk, out),
        Some(OutboxWhat::Send { .. }) if !desk.config.sends() => {
            let file = desk.options.config_dir.join("config.toml");
            let hint = format!(
                "add to [sending] in {}: sendmail = \"/usr/sbin/sendmail\", or smtp = \"smtps://user@host\"",
                file.display()
            );
            return Err(Error::new(ErrorKind::Usage, "no sender is configured, mail stays in the outbox")
                .hint(hint)
                .into());
        }
        Some(OutboxWhat::Send { number: None, .. }) => Effect::Send,
        Some(OutboxWhat::Send { number: Some(number), yes }) => {
            if !yes && !again(desk, number)? {
                return Ok(EXIT_NO);
            }
            Effect::SendAgain(number.clone())
        }
        Some(OutboxWhat::Drop { number }) => Effect::DropQueued(number.clone()),
        Some(OutboxWhat::Arrived { number }) => Effect::Arrived(number.clone()),
    };
    let (mut inbox, mut world) = desk.inbox_and_world("outbox")?;
    // What must not be there any more afterwards, for the answer to be yes.
    let before = world.queued()?;
    let tried: Vec<&str> = match &effect {
        Effect::Send => before.iter().map(|mail| mail.message_id.as_str()).collect(),
        Effect::SendAgain(number) => find(&before, number).iter().map(|mail| mail.message_id.as_str()).collect(),
        _ => Vec::new(),
    };
    match world.perform(effect) {
        Outcome::Outbox { waiting, message } => {
            if out.json {
                out.document(&json!({"waiting": waiting, "message": message}))?;
            } else {
                out.line(&message);
            }
            let left = world.queued()?.iter().any(|mail| tried.contains(&mail.message_id.as_str()));
            Ok(if left { EXIT_NO } else { EXIT_OK })
        }
        other => act::report(&mut inbox, other, ErrorKind::No, out),
    }
}

/// Asks before a mail is sent that may have been sent already.
fn again(desk: &Desk, number: &str) -> Result<bool, Failure> {
    let queued = desk.world_to_look()?.queued()?;
    let [one] = find(&queued, number)[..] else { return Ok(true) };
    if one.state != "unknown" {
        return Ok(true);
    }
    out::say(&format!("{} to {} may have been sent already; then it arrives twice", one.id, one.recipients.join(", ")));
    let yes = choose::confirm("Send it again?", "outbox send")?;
    if !yes {
        out::say("nothing was sent");
    }
    Ok(yes)
}

/// What there is to do about a mail of the outbox: words, and what to type, each on a line that is not broken.
fn what_to_do(mail: &Queued) -> Vec<String> {
    let id = &mail.id;
    match mail.state.as_str() {
        "unknown" if mail.sendable() => vec![
            format!("it is never sent again by itself: ask {} whether it arrived", mail.recipients.join(", ")),
            format!("  its Message-ID: <{}>", mail.message_id),
            format!("  it did: dutybox outbox arrived {id}"),
            format!("  it did not: dutybox outbox send {id}; or, where nobody needs it: dutybox outbox drop {id}"),
        ],
        "failed" if mail.sendable() => {
            vec![format!("try again: dutybox outbox send {id}"), format!("give up: dutybox outbox drop {id}")]
        }
        "queued" if mail.error.is_some() => vec![format!("try again: dutybox outbox send {id}")],
        "sending" => vec!["another dutybox is sending it now".to_owned()],
        "failed" | "unknown" => {
            vec![format!("it cannot be sent: forward again, and: dutybox outbox drop {id}")]
        }
        _ => Vec::new(),
    }
}

fn list(desk: &Desk, out: &mut Out) -> Result<u8, Failure> {
    let queued = desk.world_to_look()?.queued()?;
    if out.json {
        let mails: Vec<Value> = queued
            .iter()
            .map(|mail| {
                json!({
                    "id": mail.id, "state": mail.state, "at": mail.at.rfc3339(), "sender": mail.sender,
                    "recipients": mail.recipients, "subject": mail.subject, "error": mail.error,
                    "message_id": mail.message_id, "next": what_to_do(mail),
                })
            })
            .collect();
        out.document(&json!({"outbox": mails}))?;
        return Ok(EXIT_OK);
    }
    for mail in &queued {
        let (when, to) = (mail.at.full(&desk.zone), mail.recipients.join(", "));
        out.line(&format!("{}  {:<7}  {when}  to {to}  {}", mail.id, mail.state, mail.subject));
        if let Some(error) = &mail.error {
            out.paragraph("    ", error);
        }
        what_to_do(mail).iter().for_each(|line| out.line(&format!("    {line}")));
    }
    Ok(EXIT_OK)
}
