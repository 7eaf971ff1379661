//! Searching, filtering, selecting by query.

use super::action::Action;
use super::effect::Effect;
use super::list;
use super::model::{Asked, Field, Model, Overlay, Prompt, Tone};
use super::panes::Focus;
use super::stepping;
use crate::triage::query::deep::{Answers, Mail, Question};
use crate::triage::query::{Query, QueryError};
use crate::triage::row::{MailKey, Row};
use std::sync::Arc;

/// What mails are asked for the filter.
#[derive(Debug, Clone, Default)]
pub struct Seeking {
    /// The search: answers to others are late.
    number: u64,
    /// What is asked; nothing where no search goes on.
    questions: Arc<[Question]>,
    /// Whether every message is looked at again for whether it must be asked.
    pub again: bool,
    /// Messages that are.
    pub fresh: Vec<MailKey>,
    /// Mails that were asked, and to ask.
    pub progress: (usize, usize),
    /// Whether it was said how many were found.
    said: bool,
}

/// Asks for what to find.
pub(super) fn ask(model: &mut Model, action: Action) {
    let (asked, text) = match action {
        Action::Search => (Asked::Search, String::new()),
        Action::Filter => (Asked::Filter, model.list.query().map(|query| query.source.clone()).unwrap_or_default()),
        _ => (Asked::Select, String::new()),
    };
    model.overlay = Some(Overlay::Prompt(Prompt { asked, field: Field::new(text), wrong: None }));
}

/// Whether the search looks into the message rather than the list.
fn in_message(model: &Model) -> bool {
    model.focus == Focus::Message
}

/// Searches for a text; empty ends the search.
pub(super) fn search(model: &mut Model, text: &str) {
    if in_message(model) {
        model.reading.search = text.to_owned();
        model.reading.jump = !text.is_empty();
    } else {
        model.search = text.to_lowercase();
        jump(model, true, true);
    }
}

/// Goes to the next or previous match; the one at the cursor counts where `here`.
pub(super) fn jump(model: &mut Model, forward: bool, here: bool) {
    if in_message(model) {
        return jump_in_message(model, forward, here);
    }
    if model.search.is_empty() {
        let key = model.hint(Action::Search);
        return model.say(Tone::Muted, format!("nothing is searched for yet: {key} searches"));
    }
    let count = model.list.len();
    let from = model.list.position();
    let start = usize::from(!here);
    let index = |i: usize| if forward { (from + start + i) % count } else { (from + 2 * count - start - i) % count };
    let matches = |index: &usize| {
        let mut rows = model.list.keys_at(*index).filter_map(|key| model.inbox.get(key));
        rows.any(|row| {
            let texts = [&*row.subject, row.from.addr.as_str(), row.from.name.as_str(), list::sender(row)];
            texts.iter().any(|text| text.to_lowercase().contains(&model.search))
        })
    };
    let found = if count == 0 { None } else { (0..count).map(index).find(matches) };
    match found {
        Some(at) => {
            let wrapped = if forward { at < from } else { at > from };
            model.list.go(at);
            if wrapped {
                model.say(Tone::Muted, "search went on at the other end");
            }
        }
        None => {
            let words = format!("nothing in this list has “{}” in its subject or sender", model.search);
            model.say(Tone::Warning, words);
        }
    }
}

fn jump_in_message(model: &mut Model, forward: bool, here: bool) {
    if model.reading.search.is_empty() {
        let key = model.hint(Action::Search);
        return model.say(Tone::Muted, format!("nothing is searched for in the message yet: {key} searches"));
    }
    let at = model.reading.scroll;
    let matches = &model.panes.message_matches;
    let found = if forward {
        matches.iter().find(|&&line| line > at || (here && line == at)).or(matches.first())
    } else {
        matches.iter().rev().find(|&&line| line < at).or(matches.last())
    };
    match found {
        Some(&line) => {
            model.reading.scroll = line;
            model.dirty = true;
        }
        None => {
            let words = format!("the message does not hold “{}”", model.reading.search);
            model.say(Tone::Warning, words);
        }
    }
}

/// Reads a query, or says what is wrong with it and where.
pub(super) fn query(text: &str, asked: &Asked) -> Result<Query, (usize, usize, String)> {
    let query = if matches!(asked, Asked::Filter) { Query::parse_deep(text) } else { Query::parse(text) };
    query.map_err(|QueryError { start, end, message, suggestion }| {
        // The suggestion comes first: it is what must not be cut off.
        let hint = suggestion.map(|word| format!("did you mean {word}? ")).unwrap_or_default();
        (start, end, hint + &message)
    })
}

/// Lists only what a query finds; an empty one lists all.
pub(super) fn filter(model: &mut Model, text: &str) -> Result<(), (usize, usize, String)> {
    let query = query(text, &Asked::Filter)?;
    let query = (!query.is_empty()).then_some(query);
    let clear = model.hint(Action::Back);
    let asks = query.as_ref().map(|query| !query.questions().is_empty());
    model.list.set_query(&model.inbox, model.now, query);
    match asks {
        Some(false) => say_found(model),
        Some(true) => model.say(Tone::Muted, format!("the mails themselves are asked · {clear} clears the filter")),
        None => {}
    }
    Ok(())
}

fn say_found(model: &mut Model) {
    let (count, clear) = (model.list.len(), model.hint(Action::Back));
    model.say(Tone::Good, format!("{count} found · {clear} clears the filter"));
}

/// Has mails asked where the filter must know it: all of them for a new filter, later those that came or changed.
pub(super) fn want_answers(model: &mut Model, effects: &mut Vec<Effect>) {
    let questions = model.list.query().map(|query| Arc::clone(query.questions())).unwrap_or_default();
    let (mut fresh, again) = (std::mem::take(&mut model.seeking.fresh), std::mem::take(&mut model.seeking.again));
    fresh.sort_unstable();
    fresh.dedup();
    let new = !Arc::ptr_eq(&questions, &model.seeking.questions);
    if questions.is_empty() {
        if !model.seeking.questions.is_empty() {
            model.seeking = Seeking { number: model.seeking.number + 1, ..Seeking::default() };
            effects.push(Effect::Seek { number: model.seeking.number, questions, among: Vec::new(), anew: true });
        }
        return;
    }
    let Some(query) = model.list.query().filter(|_| new || again || !fresh.is_empty()) else { return };
    let open = |row: &&Row| query.is_open(&model.inbox, row, model.now);
    let among: Vec<Mail> = if new || again {
        model.inbox.rows().iter().filter(open).filter_map(Mail::of).collect()
    } else {
        fresh.iter().filter_map(|key| model.inbox.get(key)).filter(open).filter_map(Mail::of).collect()
    };
    if new {
        model.seeking.number += 1;
        model.seeking.questions = Arc::clone(&questions);
        model.seeking.said = among.is_empty();
        if among.is_empty() {
            say_found(model);
        }
    }
    if new || again {
        model.seeking.progress = (0, among.len());
    }
    if !among.is_empty() {
        effects.push(Effect::Seek { number: model.seeking.number, questions, among, anew: new || again });
    }
}

/// Takes in answers, where the list has the filter that they are for.
fn take_answers(model: &mut Model, answers: Answers) {
    if model.list.query().is_some_and(|query| Arc::ptr_eq(query.questions(), &model.seeking.questions)) {
        model.list.answered(&model.inbox, model.now, answers);
    }
}

/// Takes in what mails answered, here and at the desk.
pub(super) fn found(model: &mut Model, number: u64, answers: Answers, progress: (usize, usize)) {
    if number != model.seeking.number {
        return;
    }
    if model.elsewhere() {
        let answers = answers.clone();
        stepping::at_home(model, |model| take_answers(model, answers));
    }
    take_answers(model, answers);
    model.seeking.progress = progress;
    // Once for each search, and not over what calls.
    if progress.0 >= progress.1 && !model.seeking.said {
        model.seeking.said = true;
        if model.toast.as_ref().is_none_or(|toast| toast.tone != Tone::Error) {
            say_found(model);
        }
    }
    model.dirty = true;
}

/// Selects what a query finds.
pub(super) fn select(model: &mut Model, text: &str) -> Result<(), (usize, usize, String)> {
    let query = query(text, &Asked::Select)?;
    if query.is_empty() {
        return Ok(());
    }
    let count = model.list.select_query(&model.inbox, model.now, &query);
    model.say(if count == 0 { Tone::Warning } else { Tone::Good }, format!("{count} found and selected"));
    Ok(())
}
