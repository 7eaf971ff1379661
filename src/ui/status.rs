//! The last two lines: what was said or can be done, and how things stand. The way to the help is the last thing to go.

use super::canvas::{Canvas, Line, span};
use super::clock;
use super::theme::Role;
use crate::app::model::{Asked, Field, Overlay, Prompt, Tone};
use crate::app::panes::{Area, Focus, Panes};
use crate::app::{Action, Model};
use crate::mail::text;
use crate::runbook::Call;
use crate::triage::row::MailKey;

/// The role of a tone.
pub(super) fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Heading => Role::Title,
        Tone::Muted => Role::Muted,
        Tone::Good => Role::Good,
        Tone::Warning => Role::Warning,
        Tone::Error => Role::Error,
    }
}

/// A folder or a worker that failed, over the whole width.
pub(super) fn problem(canvas: &mut Canvas<'_>, area: Area, model: &Model) {
    let errors = model.inbox.errors();
    let words = match (&model.dead, errors.first()) {
        (Some(dead), _) => dead.clone(),
        (None, Some((folder, words))) => {
            let name = model.inbox.folder(*folder).map(|folder| folder.label()).unwrap_or_default();
            let more = if errors.len() > 1 { format!(" (and {} more)", errors.len() - 1) } else { String::new() };
            format!("cannot read {name}: {words}{more}; what it held is shown as last known")
        }
        (None, None) => match model.inbox.troubles.first() {
            Some(words) => words.clone(),
            None => return,
        },
    };
    let more = format!(" · {} problems", model.hint(Action::Problems));
    let room = area.w.saturating_sub(u16::try_from(text::width(&more)).unwrap_or(0) + 3);
    let used = canvas.put(area.x, area.y, 3, " ! ", Role::Error);
    let used = used + canvas.fit(area.x + used, area.y, room, &words, Role::Error);
    canvas.put(area.x + used, area.y, area.w.saturating_sub(used), &more, Role::Muted);
}

/// What is asked for, what was said, or what can be done now.
pub(super) fn hints(canvas: &mut Canvas<'_>, area: Area, model: &Model) {
    if let Some(Overlay::Prompt(asked)) = &model.overlay {
        return prompt(canvas, area, asked);
    }
    // What was said goes first; the hints stand in what room it leaves.
    let mut said = 0;
    if let Some(toast) = &model.toast {
        said = 2 + canvas.fit(area.x + 1, area.y, area.w.saturating_sub(1), &toast.text, role(toast.tone));
    }
    if model.overlay.is_some() || said >= area.w {
        return; // What lies over the panes says its own keys.
    }
    let area = Area::new(area.x + said, area.y, area.w - said, area.h);
    // What was said may end in a key too: a line tells where the hints begin.
    let mut line: Line = vec![span(if said > 0 { "│ " } else { " " }, Role::Border)];
    let selected = model.list.selected();
    if selected > 0 {
        line.push(span(format!("{selected} selected: "), Role::Selected));
    }
    let actions: &[Action] = match model.focus {
        Focus::List if selected == 0 && asks_for_people(model) => &[
            Action::Open,
            Action::Claim,
            Action::Reach,
            Action::Done,
            Action::WhatToDo,
            Action::Ignore,
            Action::Forward,
            Action::NextNeeding,
            Action::Undo,
            Action::Filter,
        ],
        _ if selected > 0 => {
            &[Action::Done, Action::Ignore, Action::Mark, Action::Trash, Action::Forward, Action::Back]
        }
        Focus::Categories => &[Action::Open, Action::NextNeeding, Action::Filter, Action::Back],
        Focus::List => &[
            Action::Open,
            Action::Done,
            Action::Ignore,
            Action::Forward,
            Action::Mark,
            Action::WhatToDo,
            Action::NextNeeding,
            Action::Undo,
            Action::Filter,
        ],
        Focus::Message => {
            &[Action::Back, Action::Done, Action::Forward, Action::Reply, Action::Links, Action::Headers, Action::Pager]
        }
        Focus::Runbook => &[
            Action::Back,
            Action::NextSection,
            Action::PrevSection,
            Action::CopyRunbook,
            Action::Explain,
            Action::Forward,
        ],
    };
    let changing = [
        Action::Claim,
        Action::Reach,
        Action::Done,
        Action::Ignore,
        Action::Mark,
        Action::Trash,
        Action::Forward,
        Action::Reply,
        Action::Undo,
    ];
    let mut used = 2;
    for action in actions.iter().filter(|action| !(model.read_only && changing.contains(action))) {
        let (key, word) = (model.hint(*action), action.info().short);
        let width = text::width(&key) + text::width(word) + 4;
        if used + width > usize::from(area.w) {
            break;
        }
        used += width;
        line.push(span(key, Role::Key));
        line.push(span(format!(" {word}   "), Role::Muted));
    }
    canvas.line(area, 0, &line);
}

/// Whether somebody has to be reached, or take on, what the cursor is on.
fn asks_for_people(model: &Model) -> bool {
    model.list.current_row(&model.inbox).is_some_and(|row| model.inbox.verdict(row).call >= Call::Act)
}

/// A field with its cursor.
pub(super) fn field(canvas: &mut Canvas<'_>, x: u16, y: u16, columns: u16, field: &Field, active: bool, role: Role) {
    let before = text::clean(field.before_cursor()).into_owned();
    let room = usize::from(columns.saturating_sub(1));
    // What is left of the cursor is cut at its start where it does not fit.
    let mut start = 0;
    while text::width(before.get(start..).unwrap_or_default()) > room {
        start += before.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    let after = field.text().get(field.before_cursor().len()..).unwrap_or_default();
    let mut used = canvas.put(x, y, columns, before.get(start..).unwrap_or_default(), role);
    if active {
        let mut rest = after.chars();
        let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
        used += canvas.put(x + used, y, columns.saturating_sub(used), &under, Role::Cursor);
        canvas.put(x + used, y, columns.saturating_sub(used), rest.as_str(), role);
    } else {
        canvas.put(x + used, y, columns.saturating_sub(used), after, role);
    }
}

fn prompt(canvas: &mut Canvas<'_>, area: Area, prompt: &Prompt) {
    let many = |count: usize| if count == 1 { String::new() } else { format!(" {count} messages") };
    let label = match &prompt.asked {
        Asked::Search => "/".to_owned(),
        Asked::Filter => "filter: ".to_owned(),
        Asked::Select => "select: ".to_owned(),
        Asked::Note(keys) => format!("note{}: ", many(keys.len())),
        Asked::Move(keys) => format!("move{} to: ", many(keys.len())),
        Asked::Pipe(_) => "pipe the raw message into: ".to_owned(),
        Asked::Save(..) => "save in folder: ".to_owned(),
    };
    let used = 1 + canvas.put(area.x + 1, area.y, area.w.saturating_sub(1), &label, Role::Key);
    let wrong = prompt.wrong.as_ref().map(|(_, _, words)| format!("  ! {words}"));
    let hint = wrong.clone().unwrap_or_else(|| "  Enter ok · Esc cancel".to_owned());
    let hint_width = u16::try_from(text::width(&text::clean(&hint))).unwrap_or(u16::MAX);
    let room = area.w.saturating_sub(used);
    let typed = u16::try_from(text::width(&text::clean(prompt.field.text()))).unwrap_or(u16::MAX).saturating_add(1);
    let field_room = typed.min(room.saturating_sub(hint_width.min(room / 2))).max(room.min(12));
    field(canvas, area.x + used, area.y, field_room, &prompt.field, true, Role::Strong);
    if let Some((start, end, _)) = &prompt.wrong {
        mark_wrong(canvas, area, used, field_room, prompt.field.text(), *start, *end);
    }
    let role = if wrong.is_some() { Role::Error } else { Role::Muted };
    let at = used + field_room;
    canvas.fit(area.x + at, area.y, area.w.saturating_sub(at), &hint, role);
}

/// Marks the part of a query that is wrong.
fn mark_wrong(canvas: &mut Canvas<'_>, area: Area, used: u16, room: u16, typed: &str, start: usize, end: usize) {
    let before = typed.get(..start).map_or(0, |text| text::width(&text::clean(text)));
    let width = typed.get(start..end).map_or(0, |text| text::width(&text::clean(text)));
    if before + width <= usize::from(room) && width > 0 {
        let x = area.x + used + u16::try_from(before).unwrap_or(0);
        canvas.put(
            x,
            area.y,
            u16::try_from(width).unwrap_or(0),
            typed.get(start..end).unwrap_or_default(),
            Role::Error,
        );
    }
}

/// Columns for how things stand, up to how fresh the mailbox is, before there is room for the way to all commands.
const STANDING: usize = 66;

/// How things stand, and how to find help.
pub(super) fn status(canvas: &mut Canvas<'_>, area: Area, model: &Model, panes: &Panes) {
    canvas.put(area.x, area.y, area.w, &" ".repeat(usize::from(area.w)), Role::Status);
    let right = format!("{} help  {} commands ", model.hint(Action::Help), model.hint(Action::Palette));
    let short = format!("{} help ", model.hint(Action::Help));
    let right = if usize::from(area.w) >= text::width(&right) + STANDING { right } else { short };
    let right_width = u16::try_from(text::width(&right)).unwrap_or(0);
    let mut parts: Vec<String> = Vec::new();
    let selected = model.list.selected();
    if selected > 0 {
        parts.push(format!("{selected} selected"));
    }
    parts.push(match model.needs_you {
        1 => "1 needs you".to_owned(),
        n => format!("{n} need you"),
    });
    let (done, of) = model.inbox.progress;
    if !model.inbox.complete && model.dead.is_none() {
        parts.push(if of > 0 { format!("reading {done}/{of}") } else { "reading".to_owned() });
    }
    let (asked, to_ask) = model.seeking.progress;
    if asked < to_ask {
        parts.push(format!("asking mails {asked}/{to_ask}"));
    }
    let (taken, to_take) = model.indexed;
    if taken < to_take {
        parts.push(format!("index {} %", taken * 100 / to_take));
    }
    if model.in_flight > 0 {
        parts.push("writing".to_owned());
    }
    if model.outbox > 0 {
        parts.push(format!("outbox {}", model.outbox));
    }
    if let Some(behind) = model.inbox.clock_behind() {
        parts.push(format!("! clock {} behind the newest mail", crate::runbook::case::span_words(behind)));
    }
    if model.fixed {
        let fast = if model.playing { " ▶" } else { "" };
        let back = if model.elsewhere() { format!(" ({} back)", model.hint(Action::Now)) } else { String::new() };
        parts.push(format!("as of {}{fast}{back}", model.now.full(&model.zone)));
    }
    if model.utc {
        parts.push("UTC".to_owned());
    }
    if let Some(fresh) = model.fresh {
        parts.push(format!("fresh {} ({} ago)", fresh.short(model.now, &model.zone), fresh.age(model.now)));
    }
    if let Some(words) = next_wait(canvas, model, panes) {
        parts.push(words);
    }
    if model.read_only {
        parts.push("read-only, nothing is kept".to_owned());
    }
    if !model.title.is_empty() {
        parts.push(model.title.clone());
    }
    parts.extend(switches(model));
    let left_room = area.w.saturating_sub(right_width + 2);
    canvas.fit(area.x + 1, area.y, left_room, &parts.join(" · "), Role::Status);
    canvas.put(area.x + area.w.saturating_sub(right_width), area.y, right_width, &right, Role::Status);
}

/// The nearest time at which a verdict changes by itself, of what is not in sight.
fn next_wait(canvas: &mut Canvas<'_>, model: &Model, panes: &Panes) -> Option<String> {
    let rows = usize::from(panes.list.h);
    let shown =
        |key: &MailKey| (panes.list_top..panes.list_top + rows).any(|row| model.list.keys_at(row).any(|k| k == key));
    let wait = model.waits.iter().find(|wait| wait.until > model.now && !shown(&wait.key))?;
    let time = wait.due.filter(|due| *due > model.now).unwrap_or(wait.until);
    canvas.ticking |= clock::ticks(time, model.now);
    let word = super::list::call_word(wait.call);
    let (at, left) = (time.short(model.now, &model.zone), clock::left(time, model.now));
    Some(format!("{word} {} {at} in {left}", wait.category))
}

/// The switches that a runbook asks for, or that were told, as they stand.
fn switches(model: &Model) -> Vec<String> {
    model.switches.iter().map(|(name, is)| format!("{name}: {is}")).collect()
}
