//! Acts on messages: asked for by a key, shown once the world has carried them out.

use super::action::Action;
use super::effect::{ActReport, Effect, Outcome, Request};
use super::forward;
use super::model::{Asked, Field, Model, Overlay, Prompt, Tone};
use crate::mail::Flags;
use crate::triage::inbox::Moved;
use crate::triage::row::{Change, MailKey};
use crate::triage::told::{Deed, Scope};

/// Opens the message under the cursor: sets `S`, and moves it out of `new`. Peeking does not.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(row) = model.row() else { return };
    let fresh = row.place == crate::triage::row::Place::New || !row.flags().has(Flags::SEEN);
    if fresh && row.odd.is_none() && !model.read_only && !model.list.current_gone() {
        effects.push(Effect::Act(Request::of(&model.inbox, Deed::Open, [row.key.clone()])));
    }
}

/// Carries out an act of the keyboard on the selection, or on the message under the cursor.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Undo => {
            return match model.inbox.told.undoable() {
                Some(_) => effects.push(Effect::Undo(None)),
                None => model.say(Tone::Muted, "nothing to undo"),
            };
        }
        Action::Redo => {
            return match model.inbox.told.redoable() {
                Some(_) => effects.push(Effect::Redo),
                None => model.say(Tone::Muted, "nothing to redo"),
            };
        }
        _ => {}
    }
    let Some(keys) = targets(model) else { return };
    let all = |has: &dyn Fn(&MailKey) -> bool| keys.iter().all(has);
    let flagged = |flag: Flags| all(&|key| model.inbox.get(key).is_some_and(|row| row.flags().has(flag)));
    let deed = match action {
        Action::Mark if flagged(Flags::FLAGGED) => Deed::Unmark,
        Action::Mark => Deed::Mark,
        Action::See => Deed::See,
        Action::Unsee => Deed::Unsee,
        Action::Trash if flagged(Flags::TRASHED) => Deed::Untrash,
        Action::Trash => Deed::Trash,
        Action::Done if all(&|key| model.inbox.standing(key).is_some_and(|s| s.done)) => Deed::Undone,
        Action::Done => Deed::Done,
        Action::Ignore if all(&|key| model.inbox.standing(key).is_some_and(|s| s.ignored)) => {
            Deed::Unignore { scope: Scope::Message }
        }
        Action::Ignore => return ask(model, Asked::Ignore(keys)),
        Action::Note => return ask(model, Asked::Note(keys)),
        Action::Repeat => match model.last.clone() {
            Some(deed) => deed,
            None => return model.say(Tone::Muted, "nothing to repeat yet"),
        },
        _ => return,
    };
    carry_out(model, deed, keys, effects);
}

fn ask(model: &mut Model, asked: Asked) {
    // The last reason is offered again: storms are ignored for one reason.
    let text = match (&asked, &model.last) {
        (Asked::Ignore(_), Some(Deed::Ignore { reason, .. })) => reason.clone(),
        _ => String::new(),
    };
    model.overlay = Some(Overlay::Prompt(Prompt { asked, field: Field::new(text), wrong: None }));
}

/// The messages that an act is about; says so where there are none.
pub(super) fn targets(model: &mut Model) -> Option<Vec<MailKey>> {
    let keys = model.list.targets();
    if keys.is_empty() {
        let words = if model.list.current_gone() {
            "this message was moved or deleted by another program; nothing was done"
        } else {
            "there is no message here"
        };
        model.say(Tone::Warning, words);
        return None;
    }
    Some(keys)
}

/// Asks the world for an act. The cursor goes on where the message will leave the list; the list itself changes only
/// when the world reports.
pub(super) fn carry_out(model: &mut Model, deed: Deed, keys: Vec<MailKey>, effects: &mut Vec<Effect>) {
    let leaves = matches!(deed, Deed::Ignore { .. } | Deed::Done | Deed::Trash) && !model.list.shows_hidden();
    if leaves && model.list.selected() == 0 {
        model.list.step_off(&keys);
    }
    model.last = Some(deed.clone());
    model.list.clear_selection();
    effects.push(Effect::Act(Request::of(&model.inbox, deed, keys)));
}

// ---- outcomes ------------------------------------------------------------------------------------------------

/// Shows what the world did.
pub(super) fn outcome(model: &mut Model, outcome: Outcome) {
    match outcome {
        Outcome::Acted(report) => {
            let words = words(model, &report);
            let undoable = report.act.deed.undoable();
            take(model, report, words, undoable);
        }
        Outcome::Queued { report, state } => {
            let count = report.act.targets.len().saturating_sub(report.gone.len());
            let word = if matches!(report.act.deed, Deed::Reply { .. }) { "reply" } else { "forward" };
            let words = Some(if count > 1 { format!("{word} ×{count}: {state}") } else { format!("{word} {state}") });
            // What is out cannot be called back; what waits can.
            take(model, report, words, !(state.starts_with("sent") || state.starts_with("unknown")));
        }
        Outcome::Preview { request, recipients, text, warnings } => {
            forward::preview(model, request, recipients, text, warnings);
        }
        Outcome::Outbox { waiting, message } => {
            model.outbox = waiting;
            if !message.is_empty() {
                model.say(Tone::Good, message);
            }
        }
        Outcome::Saved(path) => model.say(Tone::Good, format!("saved as {}", path.display())),
        Outcome::KeptContact(nick, address) => {
            model.say(Tone::Good, format!("kept: {nick} is {address}"));
            model.config.contacts.insert(nick, vec![address]);
        }
        Outcome::Failed(words) => {
            forward::failed(model, &words);
            model.say(Tone::Error, words);
        }
        Outcome::Nothing | Outcome::Read(..) | Outcome::Unread(..) | Outcome::Changes(_) => {}
    }
}

/// What is said of an act; nothing for opening, which is seen anyway.
fn words(model: &Model, report: &ActReport) -> Option<String> {
    let failed = report.act.targets.iter().filter(|target| target.failed.is_some()).count();
    let count = report.act.targets.len().saturating_sub(failed);
    let done = match &report.act.deed {
        Deed::Open => return None,
        Deed::See => "seen",
        Deed::Unsee => "unread",
        Deed::Mark => "marked",
        Deed::Unmark => "mark removed from",
        Deed::Ignore { .. } => "ignored",
        Deed::Unignore { .. } => "shown again",
        Deed::Done => "done",
        Deed::Undone => "open again",
        Deed::Trash => "trashed",
        Deed::Untrash => "out of the trash",
        Deed::Note { .. } => "noted",
        Deed::Snooze { .. } => "put off",
        Deed::Unsnooze { .. } => "not put off any more:",
        Deed::Claim { .. } => "claimed",
        Deed::Unclaim { .. } => "given back",
        Deed::Resolve { .. } => "resolved",
        Deed::Tick(_) => return Some("step ticked".to_owned()),
        Deed::Untick(_) => return Some("tick taken away".to_owned()),
        Deed::BugText { .. } => return Some("bug text copied; the log is pending until it is confirmed".to_owned()),
        Deed::Logged { .. } => return Some("logged in the bug".to_owned()),
        Deed::Answered { .. } => return Some("answer recorded".to_owned()),
        Deed::Severity { call } => return Some(format!("severity: {}", call.word())),
        Deed::Switch { name, is, .. } => return Some(format!("switch {name}: {is}")),
        Deed::Expect { name, .. } => return Some(format!("{name} is expected")),
        Deed::Synced => return Some("synced: the mailbox is complete up to now".to_owned()),
        Deed::Reach { verb, who, .. } => {
            return Some(format!("recorded: {} {}", verb.word(), who.join(", ")));
        }
        Deed::Forward { .. } => "forwarded",
        Deed::Reply { .. } => "replied to",
        Deed::Undo(id) | Deed::Redo(id) => {
            let what = model.inbox.told.act(*id).map_or("an act", |act| act.deed.word());
            let again = if matches!(report.act.deed, Deed::Redo(_)) { "again: " } else { "undone: " };
            return Some(format!("{again}{what} of {count}"));
        }
    };
    Some(format!("{done} {count}"))
}

/// Takes a report into the list.
fn take(model: &mut Model, report: ActReport, words: Option<String>, undoable: bool) {
    if !model.fixed {
        // The world's clock stamped the act; what is shown now is not earlier.
        model.now = model.now.max(report.act.at);
    }
    let deed = report.act.deed.clone();
    let mut keys: Vec<MailKey> = Vec::new();
    for target in &report.act.targets {
        let folder = model.inbox.folders.iter().position(|folder| folder.path_text() == target.folder);
        if let Some(Ok(folder)) = folder.map(u16::try_from) {
            keys.push(MailKey { folder: crate::triage::FolderId(folder), base: target.base.clone() });
        }
    }
    keys.extend(report.renamed.iter().map(|(key, ..)| key.clone()));
    for (key, name, place) in report.renamed {
        model.inbox.apply(Change::Renamed(key, name, place));
    }
    model.inbox.tell(report.act);
    match model.inbox.settle(model.now) {
        Moved::Nothing => {}
        Moved::Rows(changed) => keys.extend(changed),
        Moved::All => model.list.refresh_all(&model.inbox, model.now),
    }
    for key in &report.gone {
        let change = Change::Vanished(key.clone());
        model.list.before(&model.inbox, &change);
        model.inbox.apply(change);
        keys.push(key.clone());
    }
    model.list.refresh(&model.inbox, model.now, &keys);
    model.count();
    // Where something was shown again, the cursor goes to it: the operator wants to see what came back.
    if let (Deed::Undo(_), [key]) = (&deed, keys.get(..1).unwrap_or_default())
        && keys.iter().all(|other| other == key)
    {
        model.list.go_to(&key.clone());
    }
    say(model, (&deed, undoable), words, &report.failed, report.gone.len());
}

fn say(model: &mut Model, (deed, undoable): (&Deed, bool), words: Option<String>, failed: &[String], gone: usize) {
    let mut parts: Vec<String> = words.into_iter().collect();
    if gone > 0 {
        parts.push(format!("{gone} moved or deleted by another program"));
    }
    if let Some(first) = failed.first() {
        let more = failed.len() - 1;
        parts.push(if more > 0 { format!("failed: {first} (and {more} more)") } else { format!("failed: {first}") });
    }
    if parts.is_empty() {
        return;
    }
    match deed {
        Deed::Undo(_) => parts.push(format!("{} redo", model.hint(Action::Redo))),
        _ if undoable => parts.push(format!("{} undo", model.hint(Action::Undo))),
        _ => {}
    }
    let tone = match (failed.is_empty(), gone) {
        (false, _) => Tone::Error,
        (true, 0) => Tone::Good,
        (true, _) => Tone::Warning,
    };
    model.say(tone, parts.join(" · "));
}

/// Asks before something that the configuration must allow first.
pub(super) fn pipe(model: &mut Model) {
    if !model.config.allow_pipe {
        return model.say(
            Tone::Warning,
            "piping mail into commands is off; to switch it on, set `allow-pipe = true` in config.toml",
        );
    }
    if let Some(keys) = targets(model)
        && let Some(key) = keys.into_iter().next()
    {
        model.overlay = Some(Overlay::Prompt(Prompt { asked: Asked::Pipe(key), field: Field::default(), wrong: None }));
    }
}
