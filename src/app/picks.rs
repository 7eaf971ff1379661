//! Lists to pick from: what is ignored, the checklist, texts for bugs, what is expected; and ticking by number.

use super::action::Action;
use super::effect::Effect;
use super::form::{Item, List, Pick, PickRow};
use super::key::{Code, Key};
use super::list::View;
use super::model::{Model, Overlay, Tone};
use super::{acts, dialogs, tell, update};
use crate::mail::text;
use crate::runbook::case::BugUse;
use crate::triage::permit;
use crate::triage::row::MailKey;
use crate::triage::standing::Said;
use crate::triage::texts::{self, Task};
use crate::triage::told::{ActId, Deed, Scope};
use std::collections::BTreeMap;

fn open(model: &mut Model, of: List, title: &str, keys: Vec<MailKey>, rows: Vec<PickRow>) {
    let pick = Pick { of, title: title.to_owned(), keys, rows, cursor: 0 };
    model.overlay = Some(Overlay::Pick(Box::new(pick)));
}

fn pick_row(text: impl Into<String>, tone: Tone, detail: Vec<String>, item: Item) -> PickRow {
    PickRow { text: text.into(), tone, detail, item }
}

/// Lists all that is ignored.
pub(super) fn ignored(model: &mut Model) {
    let rows = ignored_rows(model);
    if rows.is_empty() {
        return model.say(Tone::Good, "nothing is ignored");
    }
    open(model, List::Ignored, "Ignored · Enter shows the messages · x ends it · Esc closes", Vec::new(), rows);
}

/// The ignores that stand, newest first.
fn ignored_rows(model: &Model) -> Vec<PickRow> {
    let mut all: BTreeMap<ActId, (Said, Vec<MailKey>)> = BTreeMap::new();
    let stands = |said: &&Said| said.until.is_none_or(|until| until > model.now);
    for said in model.inbox.filters().filter(stands) {
        all.insert(said.act, (said.clone(), Vec::new()));
    }
    for (row, _) in model.inbox.standings().filter(|(_, standing)| standing.ignored) {
        if let Some(said) = model.inbox.state(row).ignored {
            all.entry(said.act).or_insert_with(|| (said, Vec::new())).1.push(row.key.clone());
        }
    }
    let row = |(act, (said, keys)): (ActId, (Said, Vec<MailKey>))| {
        let end = match said.until {
            Some(until) => format!("until {}", tell::at_words(model, until)),
            None => "for ever".to_owned(),
        };
        let reason = if said.text.is_empty() { "no reason" } else { &said.text };
        let text = format!("{:<8}  ×{:<4} {reason} · {end}", said.scope.word(), keys.len());
        let mut detail = vec![format!("by {}", tell::said(model, &said))];
        if let Scope::Filter { query, call } = &said.scope {
            detail.push(format!("{query}, calls up to {}", call.word()));
        }
        let subjects = keys.iter().filter_map(|key| model.inbox.get(key));
        detail.extend(subjects.take(2).map(|row| format!("{}: {}", model.inbox.category(row), row.subject)));
        pick_row(text, Tone::Plain, detail, Item::Ignore(act, keys))
    };
    all.into_iter().rev().map(row).collect()
}

/// The checklist of what applies to the message under the cursor, with whether each step is ticked.
fn tasks(model: &Model) -> Option<(MailKey, Vec<(Task, bool)>)> {
    let row = model.row()?;
    let case = permit::applying(&model.inbox, row)?;
    let ticked = model.inbox.state(row).ticked;
    let tasks = texts::checklist(case, &row.class.labels);
    let with = |task: Task| {
        let done = ticked.iter().any(|(step, _)| *step == task.step);
        (task, done)
    };
    Some((row.key.clone(), tasks.into_iter().map(with).collect()))
}

/// Ticks the step of the number that was pressed, or takes its tick away.
pub(super) fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(number) = model.digit.filter(|number| *number > 0) else { return checklist(model) };
    let Some((key, tasks)) = tasks(model).filter(|(_, tasks)| !tasks.is_empty()) else {
        return model.say(Tone::Muted, "what applies now has no checklist");
    };
    match tasks.get(number - 1) {
        Some((task, done)) => turn(model, key, task, *done, effects),
        None => model.say(Tone::Muted, format!("the checklist has {}", text::counted(tasks.len(), "step"))),
    }
}

fn turn(model: &mut Model, key: MailKey, task: &Task, done: bool, effects: &mut Vec<Effect>) {
    let step = task.step.clone();
    let deed = if done { Deed::Untick(step) } else { Deed::Tick(step) };
    acts::attempt(model, deed, vec![key], effects);
}

/// Shows the whole checklist.
pub(super) fn checklist(model: &mut Model) {
    let Some((key, tasks)) = tasks(model).filter(|(_, tasks)| !tasks.is_empty()) else {
        return model.say(Tone::Muted, "what applies now has no checklist");
    };
    let rows = step_rows(tasks);
    open(model, List::Steps, "Checklist · Enter ticks · Esc closes", vec![key], rows);
}

fn step_rows(tasks: Vec<(Task, bool)>) -> Vec<PickRow> {
    let mut of: Option<String> = None;
    let mut rows = Vec::new();
    for (number, (task, done)) in (1..).zip(tasks) {
        let new = task.of.as_ref().filter(|_| task.of != of).map(|of| format!("{of}: ")).unwrap_or_default();
        of.clone_from(&task.of);
        let or = if task.or { "or " } else { "" };
        let text = format!("[{}] {number} {new}{or}{}", if done { "x" } else { " " }, task.text);
        let tone = if done { Tone::Muted } else { Tone::Plain };
        rows.push(pick_row(text, tone, Vec::new(), Item::Step(task, done)));
    }
    rows
}

/// Offers texts for bugs, and those that wait to be confirmed.
pub(super) fn bugs(model: &mut Model) {
    let Some(keys) = acts::targets(model) else { return };
    let rows = bug_rows(model);
    if rows.is_empty() {
        return model.say(Tone::Muted, "the runbook has no text for a bug here");
    }
    open(model, List::Bugs, "Texts for bugs · Enter copies, or confirms · Esc closes", keys, rows);
}

fn bug_rows(model: &Model) -> Vec<PickRow> {
    let Some(row) = model.row() else { return Vec::new() };
    let mut rows = Vec::new();
    for text in model.inbox.state(row).bug_texts.iter().filter(|text| text.logged.is_none()) {
        let bug = text.bug.map_or("a new bug".to_owned(), |bug| format!("bug {bug}"));
        let words = format!("log pending: {bug}, copied by {} · Enter: it is logged", tell::said(model, &text.said));
        rows.push(pick_row(words, Tone::Warning, lines(&text.said.text), Item::Pending(text.said.act)));
    }
    let Some(book) = model.inbox.book(row) else { return rows };
    let case = permit::applying(&model.inbox, row).map(|case| case.id.as_str());
    let incident = model.inbox.incident_of(row).map(|(_, incident)| incident);
    for note in texts::bug_notes(book, case, row, incident, model.message().map(AsRef::as_ref)) {
        let (bug, text) = match &note.into {
            BugUse::Comment(bug) => (u32::try_from(*bug).ok(), note.text.clone()),
            BugUse::New { summary, blocks } => {
                let blocks = blocks.map(|bug| format!("Blocks: {bug}\n")).unwrap_or_default();
                (None, format!("Summary: {summary}\n{blocks}\n{}", note.text))
            }
        };
        rows.push(pick_row(note.words(), Tone::Plain, lines(&text), Item::Bug(bug, text)));
    }
    rows
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Lists what is expected; where nothing is, asks for it at once.
pub(super) fn expected(model: &mut Model) {
    let rows = expected_rows(model);
    if rows.len() < 2 {
        return tell::expect(model);
    }
    open(model, List::Expected, "Expected · Enter announces another · x takes one back · Esc closes", Vec::new(), rows);
}

fn expected_rows(model: &Model) -> Vec<PickRow> {
    let mut rows = vec![pick_row("announce something", Tone::Good, Vec::new(), Item::New)];
    let acts: Vec<_> = model.inbox.told.at_large().collect();
    for act in acts.into_iter().rev() {
        if let Deed::Expect { name, from, to, who } = &act.deed {
            let short = |time: crate::mail::Time| time.short(model.now, &model.zone);
            let (state, tone) = match model.now {
                now if now > *to => ("over", Tone::Muted),
                now if now < *from => ("ahead", Tone::Plain),
                _ => ("now", Tone::Warning),
            };
            let by = if who.is_empty() { String::new() } else { format!(" by {who}") };
            let text = format!("{name} {} to {}{by} · {state}", short(*from), short(*to));
            let said = format!("said {} by {}", short(act.at), act.by);
            rows.push(pick_row(text, tone, vec![said], Item::Expectation(act.id)));
        }
    }
    rows
}

/// Makes an open list anew after an act; the cursor stays.
pub(super) fn again(model: &mut Model) {
    let Some(Overlay::Pick(pick)) = &model.overlay else { return };
    let (of, cursor) = (pick.of, pick.cursor);
    let rows = match of {
        List::Ignored => ignored_rows(model),
        List::Steps => tasks(model).map(|(_, tasks)| step_rows(tasks)).unwrap_or_default(),
        List::Bugs => bug_rows(model),
        List::Expected => expected_rows(model),
    };
    if rows.is_empty() {
        model.overlay = None;
    } else if let Some(Overlay::Pick(pick)) = &mut model.overlay {
        pick.cursor = cursor.min(rows.len() - 1);
        pick.rows = rows;
    }
}

/// A key while a list is open.
pub(super) fn on_key(model: &mut Model, mut pick: Box<Pick>, key: Key, effects: &mut Vec<Effect>) {
    if let Some(cursor) = dialogs::moved(key, pick.cursor, pick.rows.len()) {
        pick.cursor = cursor;
        model.overlay = Some(Overlay::Pick(pick));
        return;
    }
    if dialogs::closes(key) {
        return;
    }
    let does = match key.code {
        Code::Enter | Code::Char(' ') => true,
        Code::Char('x' | 'd' | 'i') | Code::Delete => false,
        _ => {
            model.overlay = Some(Overlay::Pick(pick));
            return;
        }
    };
    let Some(item) = pick.rows.get(pick.cursor).map(|row| row.item.clone()) else { return };
    let keys = pick.keys.clone();
    if matches!((&item, does), (Item::Ignore(..), true)) {
        return show(model, &item);
    }
    // Everything else changes something.
    if let Err(why) = update::applies(model, Action::Synced) {
        model.say(Tone::Warning, why);
        model.overlay = Some(Overlay::Pick(pick));
        return;
    }
    // It stays open where more can be done in it.
    if !matches!(item, Item::New | Item::Bug(..)) {
        model.overlay = Some(Overlay::Pick(pick));
    }
    match (item, does) {
        (Item::Ignore(act, keys), false) => end_ignore(model, act, keys, effects),
        (Item::Step(task, done), true) => {
            if let Some(key) = keys.into_iter().next() {
                turn(model, key, &task, done, effects);
            }
        }
        (Item::Bug(bug, text), true) => {
            effects.push(Effect::Copy(text.clone()));
            acts::attempt(model, Deed::BugText { bug, text }, keys, effects);
        }
        (Item::Pending(of), true) => acts::attempt(model, Deed::Logged { of }, keys, effects),
        (Item::Expectation(act), false) => effects.push(Effect::Undo(Some(act))),
        (Item::New, _) => tell::expect(model),
        _ => {}
    }
}

/// Shows the list of ignored messages, the cursor on the first that this ignore hides.
fn show(model: &mut Model, item: &Item) {
    update::visit(model, View::Ignored);
    if let Item::Ignore(_, keys) = item {
        match keys.first() {
            Some(key) => {
                model.list.go_to(key);
            }
            None => model.say(Tone::Muted, "it hides nothing now"),
        }
    }
}

/// Ends an ignore. One by filter is about no message: it is taken back.
fn end_ignore(model: &mut Model, act: ActId, keys: Vec<MailKey>, effects: &mut Vec<Effect>) {
    let scope = model.inbox.told.act(act).map(|act| act.deed.scope().clone());
    match scope {
        Some(Scope::Filter { .. }) | None => effects.push(Effect::Undo(Some(act))),
        Some(scope) => acts::carry_out(model, Deed::Unignore { scope }, keys, effects),
    }
}
