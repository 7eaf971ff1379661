//! The only place where the model changes: an event in, effects out.
//!
//! What the operator asks for becomes an [`Effect`]; the model shows its result only when the [`Outcome`] comes back.

use super::action::{Action, When};
use super::calling::{self, Cause};
use super::effect::{Effect, Outcome};
use super::key::{Code, Key};
use super::keymap::Lookup;
use super::list::{Sort, View};
use super::model::{Event, Headers, Model, Mouse, Overlay, Tone};
use super::panes::{Focus, Panes};
use super::{acts, dialogs, finding, forward, stepping, tell, texts};
use crate::error::Severity;
use crate::mail::Time;
use crate::triage::row::{Change, MailKey};
use crate::triage::told::Deed;
use std::collections::HashSet;

/// Takes in an event.
pub fn update(model: &mut Model, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    let cause = match &event {
        Event::Outcome(Outcome::Changes(_)) => Cause::News,
        Event::Outcome(_) | Event::Key(_) => Cause::Own,
        Event::Tick(_) => Cause::Time,
        _ => Cause::News,
    };
    match event {
        Event::Key(key) => {
            model.dirty = true;
            on_key(model, key, &mut effects);
        }
        Event::Paste(text) => dialogs::paste(model, &text),
        Event::Mouse(mouse, x, y) => on_mouse(model, mouse, x, y, &mut effects),
        Event::FocusGained => effects.push(Effect::Rescan),
        Event::Tick(now) => {
            tick_clock(model, now);
            stepping::at_home(model, |model| tick(model, now));
        }
        Event::Played(seconds) => stepping::play(model, seconds),
        Event::Changes(changes) => everywhere(model, changes),
        Event::Journal(acts) => stepping::at_home(model, |model| {
            acts.into_iter().for_each(|act| model.inbox.tell(act));
            model.settle();
            model.dirty = true;
        }),
        Event::Sources(sources) => stepping::at_home(model, |model| {
            model.inbox.set_sources(sources);
            model.settle();
        }),
        Event::Sent(sent) => stepping::at_home(model, |model| {
            model.inbox.set_sent(sent);
            model.settle();
        }),
        Event::Seen(gone) => stepping::at_home(model, |model| {
            model.inbox.remember(gone);
            model.settle();
        }),
        Event::Forgets(why) => {
            let words = format!("mail that another program removes is not kept: {why}");
            model.say(Tone::Warning, words.clone());
            model.forgets = Some(words);
        }
        Event::Outbox(waiting) => {
            model.outbox = waiting;
            model.dirty = true;
        }
        Event::Outcome(outcome) => on_outcome(model, outcome, &mut effects),
        Event::Read(outcome) => on_read(model, outcome),
        Event::Drafted { key, draft } => forward::review_reply(model, key, draft),
        Event::Say(tone, text) => model.say(tone, text),
        Event::WorkerDied(words) => {
            model.dead = Some(words);
            model.dirty = true;
        }
        Event::Found { number, answers, done, of } => finding::found(model, number, answers, (done, of)),
        Event::Indexed(done, of) => {
            model.dirty |= model.indexed != (done, of);
            model.indexed = (done, of);
        }
        Event::Drawn(panes) => drawn(model, panes),
        Event::Books(books) => {
            if model.elsewhere() {
                let books = books.clone();
                stepping::at_home(model, |model| {
                    model.inbox.set_books(books);
                    model.settle();
                });
            }
            model.inbox.set_books(books);
            model.settle();
            let wrong = model.inbox.books.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
            if wrong == 0 {
                model.say(Tone::Good, "runbooks read again");
            } else {
                let key = model.hint(Action::Problems);
                model.say(
                    Tone::Error,
                    format!("a runbook is wrong, its last good form stays in use · {key} says where"),
                );
            }
        }
    }
    want_message(model, &mut effects);
    finding::want_answers(model, &mut effects);
    if model.elsewhere() {
        refuse_elsewhere(model, &mut effects);
    }
    call(model, cause, &mut effects);
    model.in_flight += effects.iter().filter(|effect| goes_to_the_world(effect)).count();
    effects
}

/// Whether an effect is carried out by [`crate::io::world::World::perform`], with one outcome.
pub fn goes_to_the_world(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Act(_)
            | Effect::Undo(_)
            | Effect::Redo
            | Effect::PreviewForward(_)
            | Effect::Forward(_)
            | Effect::Reply { .. }
            | Effect::Send
            | Effect::SendAgain(_)
            | Effect::DropQueued(_)
            | Effect::Arrived(_)
            | Effect::SavePart { .. }
            | Effect::KeepContact { .. }
    )
}

/// Drops what would change anything while the screen stands at another time, whoever asked for it.
fn refuse_elsewhere(model: &mut Model, effects: &mut Vec<Effect>) {
    let changes = |effect: &Effect| {
        goes_to_the_world(effect)
            && !matches!(effect, Effect::SavePart { .. } | Effect::KeepContact { .. } | Effect::PreviewForward(_))
    };
    // Opening a message sets it seen, which goes without saying and is left out without saying.
    let opening = |effect: &Effect| matches!(effect, Effect::Act(request) if request.deed == Deed::Open);
    if effects.iter().any(|effect| changes(effect) && !opening(effect)) {
        model.say(Tone::Warning, ELSEWHERE);
    }
    effects.retain(|effect| !changes(effect));
}

/// Why nothing is changed where the screen stands at another time.
const ELSEWHERE: &str = "you are looking at another time: nothing can be changed there · Esc goes back to the desk";

/// Calls the operator for what has come to ask for a page at the desk, and says which waits are over.
fn call(model: &mut Model, cause: Cause, effects: &mut Vec<Effect>) {
    let inbox = model.desk.as_ref().map_or(&model.inbox, |home| home.inbox());
    let Some(found) = model.calling.look(inbox, cause) else { return };
    // At a fixed time nothing happens now, so nobody is called; the title tells the time.
    let live = inbox.stands_at().is_none();
    let title = match inbox.stands_at() {
        None => calling::title(&model.title, found.open, found.front.as_ref()),
        Some(time) => calling::title(&format!("{} as of {}", model.title, time.full(&model.zone)), found.open, None),
    };
    if model.config.alert.title && model.calling.title != title {
        model.calling.title.clone_from(&title);
        effects.push(Effect::Title(title));
    }
    if !live {
        return;
    }
    if let Some(rise) = found.rises.first() {
        if model.config.alert.bell {
            effects.push(Effect::Bell);
        }
        // What asked for a page before this program was started may have been told about already; the list begins
        // with it.
        if found.first {
            return;
        }
        let lines: Vec<String> = found.rises.iter().map(calling::Named::line).collect();
        let more = if lines.len() > 1 { format!(" · and {} more", lines.len() - 1) } else { String::new() };
        let text = format!("{}{more} · {} goes there", rise.line(), model.hint(Action::GoCalled));
        if model.config.alert.command.is_some() {
            effects.push(Effect::Alert(lines));
        }
        model.call_out(Tone::Error, text);
        return;
    }
    let shown = |model: &Model| -> Vec<MailKey> {
        let rows = usize::from(model.panes.list.h);
        (0..rows).filter_map(|line| model.list.key_at(model.panes.list_top + line).cloned()).collect()
    };
    let seen = if model.elsewhere() { Vec::new() } else { shown(model) };
    let unseen = |named: &&calling::Named| !calling::in_sight(&model.inbox, &named.key, seen.iter());
    let hidden: Vec<&calling::Named> = found.ended.iter().filter(unseen).collect();
    if let Some(first) = hidden.first() {
        let more = if hidden.len() > 1 { format!(" · and {} more", hidden.len() - 1) } else { String::new() };
        let text = format!("a wait is over: {}{more} · {} goes there", first.line(), model.hint(Action::GoCalled));
        model.call_out(Tone::Warning, text);
    }
}

/// Changes of the mailbox reach the desk, and what stands at another time too: mail may be delivered late.
fn everywhere(model: &mut Model, changes: Vec<Change>) {
    if model.elsewhere() {
        let here = changes.clone();
        stepping::at_home(model, |model| take_changes(model, changes));
        return take_changes(model, here);
    }
    take_changes(model, changes);
}

/// What goes by the clock whatever time is shown.
fn tick_clock(model: &mut Model, now: Time) {
    model.clock = now;
    if model.toast.as_ref().is_some_and(|toast| toast.until.is_some_and(|until| until <= now)) {
        model.toast = None;
        model.dirty = true;
    }
}

fn tick(model: &mut Model, now: Time) {
    if model.fixed || now <= model.now {
        return;
    }
    let minute = now.0.div_euclid(60) != model.now.0.div_euclid(60);
    model.now = now;
    model.dirty |= model.panes.countdown;
    model.settle();
    if minute {
        model.count();
        model.dirty = true;
    }
}

fn drawn(model: &mut Model, panes: Panes) {
    model.panes = panes;
    if std::mem::take(&mut model.reading.jump) {
        finding::jump(model, true, true);
    }
    let of = model.list.current();
    let Panes { message, message_lines, runbook, runbook_lines, runbook_sections, .. } = &model.panes;
    let (text, steps) = (model.reading.scroll, model.runbook_scroll);
    model.reading.scroll = model.reading.place.keep(of, *message, *message_lines, &[], text);
    model.runbook_scroll = model.runbook_place.keep(of, *runbook, *runbook_lines, runbook_sections, steps);
    model.dirty |= (text, steps) != (model.reading.scroll, model.runbook_scroll);
}

/// The same changes, first those by which messages go that none before speaks of: what goes before others come changes no
/// verdict but those that it had a part in.
fn gone_first(changes: Vec<Change>) -> Vec<Change> {
    let mut known: HashSet<MailKey> = HashSet::new();
    let (mut first, mut then) = (Vec::new(), Vec::with_capacity(changes.len()));
    for change in changes {
        match &change {
            Change::Vanished(key) if !known.contains(key) => {
                first.push(change);
                continue;
            }
            Change::Rows(rows) => known.extend(rows.iter().map(|row| row.key.clone())),
            Change::Renamed(key, ..) | Change::Vanished(key) => drop(known.insert(key.clone())),
            _ => {}
        }
        then.push(change);
    }
    first.append(&mut then);
    first
}

fn take_changes(model: &mut Model, changes: Vec<Change>) {
    let mut keys: Vec<MailKey> = Vec::new();
    let (mut all, mut complete) = (false, false);
    for change in gone_first(changes) {
        model.list.before(&model.inbox, &change);
        match &change {
            Change::Rows(rows) => keys.extend(rows.iter().map(|row| {
                model.reading.forget(&row.key);
                model.list.forget_answers(&row.key);
                row.key.clone()
            })),
            Change::Renamed(key, ..) => keys.push(key.clone()),
            Change::Vanished(key) => keys.push(key.clone()),
            Change::Folders(_) => all = true,
            Change::Complete => complete = true,
            _ => {}
        }
        model.inbox.apply(change);
    }
    if all {
        model.list.refresh_all(&model.inbox, model.now);
    }
    // With the end of the first reading silence begins to prove something.
    if !keys.is_empty() || all || complete {
        model.take_in(&keys);
    }
    if complete {
        // Only now, so that the cursor begins at the most urgent message.
        model.list.pin();
    }
    model.dirty = true;
}

/// What came of reading a message to show it.
fn on_read(model: &mut Model, outcome: Outcome) {
    model.dirty = true;
    match outcome {
        Outcome::Read(key, message) => {
            model.reading.asked.take_if(|asked| *asked == key);
            model.reading.trouble.take_if(|(about, _)| *about == key);
            model.reading.keep(key, message);
        }
        Outcome::Unread(key, words) => {
            model.reading.asked.take_if(|asked| *asked == key);
            model.reading.trouble = Some((key, words));
        }
        _ => {}
    }
}

/// What came of an effect that the world carried out.
fn on_outcome(model: &mut Model, outcome: Outcome, effects: &mut Vec<Effect>) {
    model.dirty = true;
    model.in_flight = model.in_flight.saturating_sub(1);
    match outcome {
        Outcome::Changes(changes) => everywhere(model, changes),
        Outcome::Unread(_, words) => model.say(Tone::Error, words),
        other => stepping::at_home(model, |model| acts::outcome(model, other, effects)),
    }
}

/// Asks for the message under the cursor where it is not there yet; one at a time, so that a held key asks for few.
fn want_message(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(key) = model.list.current().cloned() else { return };
    if model.reading.of.as_ref() != Some(&key) {
        model.reading.of = Some(key.clone());
        model.reading.scroll = 0;
        model.runbook_scroll = 0;
        model.dirty = true;
    }
    let readable = model.row().is_some_and(|row| row.odd.is_none()) && !model.list.current_gone();
    let tried = model.reading.trouble.as_ref().is_some_and(|(about, _)| *about == key);
    if readable && !tried && model.reading.asked.is_none() && model.reading.message(&key).is_none() {
        model.reading.asked = Some(key.clone());
        effects.push(Effect::Read(key));
    }
}

// ---- keys ----------------------------------------------------------------------------------------------------

fn on_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    model.digit = None;
    model.toast.take_if(|toast| toast.until.is_none());
    // Ctrl-C always leads out: of what lies over the panes, and (by the keymap) of the program.
    if (Key { code: Code::Char('c'), ctrl: true, alt: false, shift: false }) == key && model.overlay.is_some() {
        model.overlay = None;
        model.pending.clear();
        return;
    }
    if model.overlay.is_some() {
        return dialogs::on_key(model, key, effects);
    }
    if key.code == Code::Esc && !model.pending.is_empty() {
        model.pending.clear();
        return;
    }
    model.pending.push(key);
    match model.keymap.lookup(&model.pending) {
        Lookup::Prefix => {}
        Lookup::Action(action) => {
            let first = model.pending.clone();
            model.pending.clear();
            model.digit = match first.last().map(|key| key.code) {
                Some(Code::Char(c)) => c.to_digit(10).and_then(|digit| usize::try_from(digit).ok()),
                _ => None,
            };
            // These never end the program: Esc cancels, and left is beside the keys that move.
            let gentle = first.first().is_some_and(|k| {
                matches!(k.code, Code::Esc | Code::Left | Code::Backspace) || k.code == Code::Char('h')
            });
            if action == Action::Back { back(model, gentle, effects) } else { act(model, action, effects) }
        }
        Lookup::Nothing => {
            let typed = super::key::print_sequence(&model.pending);
            model.pending.clear();
            let (help, palette) = (model.hint(Action::Help), model.hint(Action::Palette));
            model.say(Tone::Muted, format!("no action on {typed} · {help} keys · {palette} commands"));
        }
    }
}

/// Whether an action means something now; if not, why.
pub fn applies(model: &Model, action: Action) -> Result<(), &'static str> {
    let info = action.info();
    let needs_message = matches!(info.when, When::Message | When::Change);
    if matches!(info.when, When::Change | When::Writable) && model.read_only {
        return Err("read-only: nothing is changed (started with --read-only or --as-of)");
    }
    if matches!(info.when, When::Change | When::Writable) && model.elsewhere() {
        return Err(ELSEWHERE);
    }
    if needs_message && model.row().is_none() {
        return Err("there is no message here");
    }
    Ok(())
}

/// Carries out an action.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if let Err(why) = applies(model, action) {
        return model.say(Tone::Warning, why);
    }
    let settled = model.list.pin();
    if settled && action.info().when == When::Change {
        let key = model.hint(action);
        return model
            .say(Tone::Warning, format!("mail was still coming in: look where the cursor is, then press {key} again"));
    }
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::HalfDown => page(model, 1, 2),
        Action::HalfUp => page(model, -1, 2),
        Action::PageDown => page(model, 1, 1),
        Action::PageUp => page(model, -1, 1),
        Action::Top => step(model, isize::MIN / 2),
        Action::Bottom => step(model, isize::MAX / 2),
        Action::Open => open(model, effects),
        Action::Back => back(model, true, effects),
        Action::NextPane => cycle(model, 1),
        Action::PrevPane => cycle(model, -1),
        Action::ScrollDown => scroll(&mut model.reading.scroll, 3),
        Action::ScrollUp => scroll(&mut model.reading.scroll, -3),
        Action::NextNeeding => needing(model, true),
        Action::PrevNeeding => needing(model, false),
        Action::NextCategory => category(model, 1),
        Action::PrevCategory => category(model, -1),
        Action::WhatToDo => {
            let there = model.focus == Focus::Runbook && model.runbook_scroll == 0;
            model.focus = if there { Focus::List } else { Focus::Runbook };
            model.runbook_scroll = 0;
        }
        Action::NextSection => section(model, true),
        Action::PrevSection => section(model, false),
        Action::Zoom => model.zoom = !model.zoom,
        Action::Headers => {
            model.reading.headers = match model.reading.headers {
                Headers::Short => Headers::Full,
                Headers::Full => Headers::Raw,
                Headers::Raw => Headers::Short,
            };
            model.reading.scroll = 0;
        }
        Action::Around => {
            if let Some(time) = model.row().map(|row| row.received) {
                visit(model, View::Around(time));
            }
        }
        Action::Needing => visit(model, View::Needs),
        Action::Incidents => {
            let grouped = !model.list.grouped();
            model.list.set_grouped(&model.inbox, model.now, grouped);
            model.say(Tone::Muted, if grouped { "incidents are one row each" } else { "every message has its row" });
        }
        Action::Timeline => super::timeline::show(model),
        Action::Utc => {
            model.utc = !model.utc;
            let zone = if model.utc { jiff::tz::TimeZone::UTC } else { model.local.clone() };
            model.inbox.name_times_in(model.utc.then(|| zone.clone()));
            model.zone = zone;
            model.say(Tone::Muted, if model.utc { "times in UTC" } else { "times in the local zone" });
        }
        Action::Hidden => {
            let show = !model.list.shows_hidden();
            model.list.set_hidden(&model.inbox, model.now, show);
            let words = if show { "done, ignored and trashed mail is shown too" } else { "only open mail is shown" };
            model.say(Tone::Muted, words);
        }
        Action::SortCall => sort(model, Sort::Call),
        Action::SortTime => sort(model, Sort::Time),
        Action::SortSender => sort(model, Sort::Sender),
        Action::SortCategory => sort(model, Sort::Category),
        Action::SortReverse => {
            let (by, reverse) = model.list.sort();
            model.list.set_sort(&model.inbox, model.now, by, !reverse);
        }
        Action::Select => {
            let range = model.list.in_range();
            model.list.toggle();
            if !range {
                model.list.step(1);
            }
        }
        Action::Range => model.list.toggle_range(),
        Action::SelectAll => model.list.toggle_all(),
        Action::Search | Action::Filter | Action::SelectPattern => finding::ask(model, action),
        Action::NextMatch => finding::jump(model, true, false),
        Action::PrevMatch => finding::jump(model, false, false),
        Action::Mark
        | Action::See
        | Action::Unsee
        | Action::Ignore
        | Action::Done
        | Action::Trash
        | Action::Archive
        | Action::Move
        | Action::Note
        | Action::Claim
        | Action::Snooze
        | Action::Undo
        | Action::Redo
        | Action::Repeat => acts::act(model, action, effects),
        Action::Reach
        | Action::Answered
        | Action::Resolve
        | Action::Severity
        | Action::Tick
        | Action::Checklist
        | Action::Switch
        | Action::Expect
        | Action::Synced
        | Action::Ignored
        | Action::BugText => tell::start(model, action, effects),
        Action::Forward | Action::Redirect | Action::Reply | Action::ReplyAll => forward::start(model, action, effects),
        Action::SendQueued => {
            if model.outbox == 0 {
                model.say(Tone::Muted, "the outbox is empty");
            } else {
                effects.push(Effect::Send);
            }
        }
        Action::CopyText
        | Action::CopyId
        | Action::CopySubject
        | Action::CopyAddress
        | Action::CopyLink
        | Action::CopyRunbook
        | Action::Links
        | Action::Attachments
        | Action::Pager
        | Action::Editor
        | Action::Pipe
        | Action::Palette
        | Action::Help => dialogs::open(model, action, effects),
        Action::Explain => texts::explain(model),
        Action::Problems => texts::problems(model),
        Action::StepOn
        | Action::StepBack
        | Action::MinuteOn
        | Action::MinuteBack
        | Action::HourOn
        | Action::HourBack
        | Action::TimeHere
        | Action::Play
        | Action::Now
        | Action::GoCalled => stepping::act(model, action),
        Action::Rescan => {
            effects.push(Effect::Rescan);
            model.say(Tone::Muted, "looking for new mail");
        }
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Quit => quit(model, effects),
        #[cfg(debug_assertions)]
        Action::DebugPanic => model.panic = Some(true),
        #[cfg(debug_assertions)]
        Action::DebugWorkerPanic => model.panic = Some(false),
    }
}

pub(super) fn scroll(at: &mut usize, by: isize) {
    // The drawing tells how far it really goes.
    *at = at.saturating_add_signed(by).min(u32::MAX as usize);
}

fn step(model: &mut Model, by: isize) {
    match model.focus {
        Focus::Categories => category(model, by),
        Focus::List => model.list.step(by),
        Focus::Message => scroll(&mut model.reading.scroll, by),
        Focus::Runbook => scroll(&mut model.runbook_scroll, by),
    }
}

fn page(model: &mut Model, direction: isize, part: isize) {
    let height = isize::try_from(model.panes.area(model.focus).h).unwrap_or(1);
    step(model, direction * (height / part).max(1));
}

/// Goes to a category by so many steps; the list shows it at once.
fn category(model: &mut Model, by: isize) {
    let last = model.category_rows().saturating_sub(1);
    let at = model.category_index().unwrap_or(1).saturating_add_signed(by).min(last);
    if let Some(scope) = model.category_scope(at) {
        model.before.clear();
        model.list.set_scope(&model.inbox, model.now, scope);
    }
}

/// Shows another list, from which `q` comes back.
pub(super) fn visit(model: &mut Model, scope: View) {
    if *model.list.scope() != scope {
        let key = model.list.current().cloned();
        model.before.push((model.list.scope().clone(), key));
        model.list.set_scope(&model.inbox, model.now, scope);
    }
    model.focus = Focus::List;
}

fn sort(model: &mut Model, by: Sort) {
    let (_, reverse) = model.list.sort();
    model.list.set_sort(&model.inbox, model.now, by, reverse);
}

fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.focus {
        Focus::Categories => model.focus = Focus::List,
        Focus::List if model.list.open_incident() => {}
        Focus::List if !model.list.is_empty() => {
            model.focus = Focus::Message;
            acts::open(model, effects);
        }
        _ => {}
    }
}

fn back(model: &mut Model, gentle: bool, effects: &mut Vec<Effect>) {
    model.list.pin();
    if model.zoom {
        model.zoom = false;
    } else if matches!(model.focus, Focus::Message | Focus::Runbook) {
        model.focus = Focus::List;
    } else if model.list.selected() > 0 || model.list.in_range() {
        model.list.clear_selection();
    } else if model.focus == Focus::List && model.list.close_incident() {
        // An incident is left before the list that it stands in.
    } else if model.elsewhere() {
        stepping::leave(model);
    } else if let Some((scope, key)) = model.before.pop() {
        model.list.set_scope(&model.inbox, model.now, scope);
        if let Some(key) = key {
            model.list.go_to(&key);
        }
    } else if model.list.query().is_some() {
        model.list.set_query(&model.inbox, model.now, None);
        model.say(Tone::Muted, "filter cleared");
    } else if gentle {
        if !model.panes.categories.is_empty() {
            model.focus = Focus::Categories;
        }
    } else if model.list.scope() != &View::All {
        model.list.set_scope(&model.inbox, model.now, View::All);
        model.focus = Focus::List;
    } else if model.outbox > 0 || model.in_flight > 0 {
        let mails = if model.outbox == 1 { "1 mail waits".to_owned() } else { format!("{} mails wait", model.outbox) };
        let why =
            if model.in_flight > 0 { "an act is still being written".to_owned() } else { mails + " in the outbox" };
        model.overlay = Some(Overlay::Quit(why));
    } else {
        quit(model, effects);
    }
}

fn quit(_model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Quit);
}

fn cycle(model: &mut Model, by: isize) {
    let all = [Focus::Categories, Focus::List, Focus::Message, Focus::Runbook];
    // A pane that has no room now can still be gone to where it would get room with the focus.
    let shown: Vec<Focus> = all
        .into_iter()
        .filter(|&focus| focus != Focus::Categories || model.panes.screen.w >= crate::app::panes::WIDE)
        .collect();
    let at = shown.iter().position(|&focus| focus == model.focus).unwrap_or(0);
    let count = isize::try_from(shown.len()).unwrap_or(1).max(1);
    let next = (isize::try_from(at).unwrap_or(0) + by).rem_euclid(count);
    if let Some(&focus) = usize::try_from(next).ok().and_then(|next| shown.get(next)) {
        model.focus = focus;
    }
}

/// Next or previous message that needs a person, round the end; in all categories where this one has none.
fn needing(model: &mut Model, forward: bool) {
    let find = |model: &Model, from: usize| {
        let count = model.list.len();
        let index = |i: usize| if forward { (from + 1 + i) % count } else { (from + 2 * count - 1 - i) % count };
        (0..count).map(index).find(|&index| needs_you_at(model, index))
    };
    let mut found = if model.list.is_empty() { None } else { find(model, model.list.position()) };
    if found.is_none() && model.needs_you > 0 && model.list.scope() != &View::All {
        model.before.clear();
        model.list.set_scope(&model.inbox, model.now, View::All);
        let last = model.list.len().saturating_sub(1);
        found = if model.list.is_empty() { None } else { find(model, if forward { last } else { 0 }) };
    }
    match found {
        Some(index) => model.list.go(index),
        None => model.say(Tone::Good, "nothing needs you here"),
    }
}

fn needs_you_at(model: &Model, index: usize) -> bool {
    let mut keys = model.list.keys_at(index);
    keys.any(|key| model.inbox.get(key).is_some_and(|row| model.inbox.needs_you(row)))
}

fn section(model: &mut Model, forward: bool) {
    let at = model.runbook_scroll;
    let mut sections = model.panes.runbook_sections.iter().copied();
    let found = if forward { sections.find(|&line| line > at) } else { sections.rev().find(|&line| line < at) };
    if let Some(line) = found {
        model.runbook_scroll = line;
    }
}

// ---- mouse ---------------------------------------------------------------------------------------------------

fn on_mouse(model: &mut Model, mouse: Mouse, x: u16, y: u16, effects: &mut Vec<Effect>) {
    model.dirty = true;
    if model.overlay.is_some() {
        return dialogs::on_mouse(model, mouse, effects);
    }
    let all = [Focus::Categories, Focus::List, Focus::Message, Focus::Runbook];
    let Some(focus) = all.into_iter().find(|&focus| model.panes.area(focus).holds(x, y)) else { return };
    let line = usize::from(y - model.panes.area(focus).y);
    match mouse {
        Mouse::Press => {
            model.focus = focus;
            match focus {
                Focus::Categories => {
                    if let Some(scope) = model.category_scope(model.panes.categories_top + line) {
                        model.before.clear();
                        model.list.set_scope(&model.inbox, model.now, scope);
                    }
                }
                Focus::List if model.panes.list_top + line < model.list.len() => {
                    model.list.go(model.panes.list_top + line);
                }
                _ => {}
            }
        }
        Mouse::WheelUp | Mouse::WheelDown => {
            let by: isize = if mouse == Mouse::WheelDown { 3 } else { -3 };
            match focus {
                Focus::Categories => category(model, by.signum()),
                Focus::List => model.list.step(by),
                Focus::Message => scroll(&mut model.reading.scroll, by),
                Focus::Runbook => scroll(&mut model.runbook_scroll, by),
            }
        }
    }
}
