//! Acts on messages: asked for by a key, shown once the world has carried them out.

use super::action::Action;
use super::effect::{ActReport, Effect, Outcome, Request};
use super::model::{Asked, Field, Model, Overlay, Prompt, Tone};
use super::{forward, picks, tell};
use crate::mail::{Flags, text};
use crate::triage::permit;
use crate::triage::row::{Change, MailKey};
use crate::triage::told::{Deed, Scope, Shelf, Step};

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
        Action::Trash if all(&|key| model.inbox.standing(key).is_some_and(|standing| standing.trashed)) => {
            match permit::untrash(&model.inbox, &keys) {
                Ok(deed) => deed,
                Err(refusal) => return model.say(Tone::Warning, refusal.to_string()),
            }
        }
        Action::Trash => match model.config.trash_folder.clone() {
            Some(to) => Deed::Move { shelf: Shelf::Trash, to },
            None => Deed::Trash,
        },
        Action::Archive => match model.config.archive_folder.clone() {
            Some(to) => Deed::Move { shelf: Shelf::Archive, to },
            None => {
                let words = "no archive folder is set: archive-folder = \"Archive\" in the configuration";
                return model.say(Tone::Warning, words);
            }
        },
        Action::Move => {
            let prompt = Prompt { asked: Asked::Move(keys), field: Field::default(), wrong: None };
            model.overlay = Some(Overlay::Prompt(prompt));
            return;
        }
        Action::Done if all(&|key| model.inbox.standing(key).is_some_and(|s| s.done)) => Deed::Undone,
        Action::Done => Deed::Done,
        Action::Ignore if all(&|key| model.inbox.standing(key).is_some_and(|s| s.ignored)) => {
            return unignore(model, &keys, effects);
        }
        Action::Ignore => return tell::ignore(model, keys),
        Action::Snooze if all(&|key| model.inbox.standing(key).is_some_and(|s| s.snoozed)) => {
            return unsnooze(model, &keys, effects);
        }
        Action::Snooze => return tell::snooze(model, keys),
        Action::Claim => return tell::claim(model, keys, effects),
        Action::Note => {
            let prompt = Prompt { asked: Asked::Note(keys), field: Field::default(), wrong: None };
            model.overlay = Some(Overlay::Prompt(prompt));
            return;
        }
        Action::Repeat => match model.last.clone() {
            // Nobody is paged by one key: the same dialog comes again.
            Some(deed @ Deed::Reach { .. }) => {
                let form = tell::reach(model, keys, Some(&deed));
                return tell::open(model, form);
            }
            Some(deed) => deed,
            None => return model.say(Tone::Muted, "nothing to repeat yet"),
        },
        _ => return,
    };
    attempt(model, deed, keys, effects);
}

/// Shows ignored messages again, each as far as it was ignored; an ignore by filter is ended in the list of all of them.
fn unignore(model: &mut Model, keys: &[MailKey], effects: &mut Vec<Effect>) {
    let said: Vec<_> =
        keys.iter().map(|key| model.inbox.get(key).and_then(|row| model.inbox.state(row).ignored)).collect();
    for (scope, keys) in tell::by_scope(keys, |at| said.get(at).cloned().flatten()) {
        match scope {
            Scope::Filter { query, .. } => {
                let key = model.hint(Action::Ignored);
                model.say(Tone::Warning, format!("ignored by the filter {query} · {key} lists it and ends it"));
            }
            scope => carry_out(model, Deed::Unignore { scope }, keys, effects),
        }
    }
}

/// Brings back what was put off.
fn unsnooze(model: &mut Model, keys: &[MailKey], effects: &mut Vec<Effect>) {
    let said: Vec<_> =
        keys.iter().map(|key| model.inbox.get(key).and_then(|row| model.inbox.state(row).snoozed)).collect();
    for (scope, keys) in tell::by_scope(keys, |at| said.get(at).cloned().flatten()) {
        carry_out(model, Deed::Unsnooze { scope }, keys, effects);
    }
}

/// Carries out an act, unless it is refused; where something must be recorded first, it is asked for.
pub(super) fn attempt(model: &mut Model, deed: Deed, keys: Vec<MailKey>, effects: &mut Vec<Effect>) {
    match permit::refusal(&model.inbox, &deed, &keys) {
        Some(refusal) => tell::refused(model, refusal, keys),
        None => carry_out(model, deed, keys, effects),
    }
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
    step_on(model, &deed, &keys);
    // What speaks of one act, or of one step, cannot be done with another message.
    if !matches!(deed, Deed::Answered { .. } | Deed::Logged { .. } | Deed::BugText { .. } | Deed::Untick(_)) {
        model.last = Some(deed.clone());
    }
    model.list.clear_selection();
    effects.push(Effect::Act(Request::of(&model.inbox, deed, keys)));
}

/// Moves the cursor on where the message under it will leave the list.
pub(super) fn step_on(model: &mut Model, deed: &Deed, keys: &[MailKey]) {
    let hides =
        matches!(deed, Deed::Ignore { .. } | Deed::Done | Deed::Trash | Deed::Snooze { .. } | Deed::Move { .. });
    if hides && !model.list.shows_hidden() && model.list.selected() == 0 {
        model.list.step_off(keys);
    }
}

// ---- outcomes ------------------------------------------------------------------------------------------------

/// Shows what the world did.
pub(super) fn outcome(model: &mut Model, outcome: Outcome, effects: &mut Vec<Effect>) {
    match outcome {
        Outcome::Acted(report) => {
            let words = words(model, &report);
            let undoable = report.act.deed.undoable();
            let (well, opened) = (report.failed.is_empty(), report.act.deed == Deed::Open);
            let next = if well && !opened { model.chain.next(words.as_deref()) } else { None };
            let words = match (next, opened) {
                (Some(next), _) => {
                    effects.push(Effect::Act(next));
                    words
                }
                (None, true) => words,
                (None, false) => {
                    let said: Vec<String> = model.chain.end().into_iter().chain(words).collect();
                    (!said.is_empty()).then(|| said.join(" · "))
                }
            };
            take(model, report, words, undoable);
            picks::again(model);
        }
        Outcome::Queued { report, state } => {
            let count = report.act.targets.len().saturating_sub(report.lost());
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
            model.chain.end();
            forward::failed(model, &words);
            model.say(Tone::Error, words);
        }
        Outcome::Nothing => {
            model.chain.end();
        }
        Outcome::Read(..) | Outcome::Unread(..) | Outcome::Changes(_) => {}
    }
}

/// What is said of an act; nothing for opening, which is seen anyway.
fn words(model: &Model, report: &ActReport) -> Option<String> {
    let failed = report.act.targets.iter().filter(|target| target.failed.is_some()).count();
    let count = report.act.targets.len().saturating_sub(failed);
    let messages = text::counted(count, "message");
    let done = match &report.act.deed {
        Deed::Open => return None,
        Deed::See => "seen",
        Deed::Unsee => "unread",
        Deed::Mark => "marked",
        Deed::Unmark => "mark removed",
        Deed::Ignore { scope, until, .. } => {
            let end = until.map(|until| format!(" until {}", until.short(model.now, &model.zone))).unwrap_or_default();
            return Some(match scope {
                Scope::Filter { query, .. } => format!("ignored what {query} finds{end}"),
                Scope::Incident => format!("ignored the incident{end}"),
                Scope::Message => format!("ignored: {messages}{end}"),
            });
        }
        Deed::Unignore { .. } => "shown again",
        Deed::Done => "done",
        Deed::Undone => "open again",
        Deed::Trash => "trashed",
        Deed::Move { shelf: Shelf::Archive, .. } => "archived",
        Deed::Move { shelf: Shelf::Trash, .. } => "thrown away",
        Deed::Move { shelf: Shelf::Back, .. } => "brought back",
        Deed::Move { .. } => "moved",
        Deed::Untrash => "out of the trash",
        Deed::Note { .. } => "noted",
        Deed::Snooze { until, .. } => {
            return Some(format!("put off: {messages}, back at {}", until.short(model.now, &model.zone)));
        }
        Deed::Unsnooze { .. } => "brought back",
        Deed::Claim { .. } => "claimed",
        Deed::Unclaim { .. } => "given back",
        Deed::Resolve { at } => return Some(format!("resolved at {}", at.short(model.now, &model.zone))),
        Deed::Tick(step) => return Some(format!("ticked: {}", step_words(step))),
        Deed::Untick(step) => return Some(format!("tick taken away: {}", step_words(step))),
        Deed::BugText { .. } => {
            let key = model.hint(Action::BugText);
            return Some(format!("text copied, its log is pending · {key} confirms it"));
        }
        Deed::Logged { .. } => return Some("logged in the bug".to_owned()),
        Deed::Answered { .. } => return Some("answer recorded".to_owned()),
        Deed::Severity { call } => return Some(format!("severity: {}", call.word())),
        Deed::Switch { name, is, .. } => return Some(format!("switch {name}: {is}")),
        Deed::Expect { name, from, to, .. } => {
            let short = |time: crate::mail::Time| time.short(model.now, &model.zone);
            return Some(format!("{name} is expected {} to {}", short(*from), short(*to)));
        }
        Deed::Synced => {
            let at = report.act.at.short(model.now, &model.zone);
            return Some(format!("synced: the mailbox is complete up to {at}"));
        }
        Deed::Reach { verb, who, hook, .. } => {
            let hook = hook.as_ref().map(|hook| format!(" · {hook}")).unwrap_or_default();
            return Some(format!("recorded: {} {}{hook}", verb.word(), who.join(", ")));
        }
        Deed::Forward { .. } => "forwarded",
        Deed::Reply { .. } => "replied",
        Deed::Arrived { .. } => "arrived",
        Deed::Undo(id) | Deed::Redo(id) => {
            let act = model.inbox.told.act(*id);
            let what = act.map_or("an act", |act| act.deed.word());
            let again = if matches!(report.act.deed, Deed::Redo(_)) { "again: " } else { "undone: " };
            let of = if count == 0 { String::new() } else { format!(" of {messages}") };
            // Nobody can be unpaged.
            let said = matches!(act.map(|act| &act.deed), Some(Deed::Reach { .. })) && again == "undone: ";
            let only = if said { ", in the record only: they were reached" } else { "" };
            return Some(format!("{again}{what}{of}{only}"));
        }
    };
    Some(format!("{done}: {messages}"))
}

fn step_words(step: &Step) -> String {
    if step.of.is_empty() { step.text.clone() } else { format!("{} ({})", step.text, step.of) }
}

/// Takes a report into the list.
fn take(model: &mut Model, report: ActReport, words: Option<String>, undoable: bool) {
    if !model.fixed {
        // The world's clock stamped the act; what is shown now is not earlier.
        model.now = model.now.max(report.act.at);
    }
    let (deed, lost) = (report.act.deed.clone(), report.lost());
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
    for key in &report.gone {
        let change = Change::Vanished(key.clone());
        model.list.before(&model.inbox, &change);
        model.inbox.apply(change);
        keys.push(key.clone());
    }
    model.take_in(&keys);
    // Where something was shown again, the cursor goes to it: the operator wants to see what came back.
    if let (Deed::Undo(_), [key]) = (&deed, keys.get(..1).unwrap_or_default())
        && keys.iter().all(|other| other == key)
    {
        model.list.go_to(&key.clone());
    }
    say(model, (&deed, undoable), words, &report.failed, lost);
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
