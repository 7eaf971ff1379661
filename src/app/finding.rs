//! Searching, filtering, selecting by query.

use super::action::Action;
use super::list;
use super::model::{Asked, Field, Model, Overlay, Prompt, Tone};
use super::panes::Focus;
use crate::triage::query::Query;

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
pub(super) fn query(text: &str) -> Result<Query, (usize, usize, String)> {
    Query::parse(text).map_err(|error| {
        // The suggestion comes first: it is what must not be cut off.
        let hint = error.suggestion.map(|word| format!("did you mean {word}? ")).unwrap_or_default();
        (error.start, error.end, hint + &error.message)
    })
}

/// Lists only what a query finds; an empty one lists all.
pub(super) fn filter(model: &mut Model, text: &str) -> Result<(), (usize, usize, String)> {
    let query = query(text)?;
    let query = (!query.is_empty()).then_some(query);
    let clear = model.hint(Action::Back);
    let some = query.is_some();
    model.list.set_query(&model.inbox, model.now, query);
    if some {
        let count = model.list.len();
        model.say(Tone::Good, format!("{count} found · {clear} clears the filter"));
    }
    Ok(())
}

/// Selects what a query finds.
pub(super) fn select(model: &mut Model, text: &str) -> Result<(), (usize, usize, String)> {
    let query = query(text)?;
    if query.is_empty() {
        return Ok(());
    }
    let count = model.list.select_query(&model.inbox, model.now, &query);
    model.say(if count == 0 { Tone::Warning } else { Tone::Good }, format!("{count} found and selected"));
    Ok(())
}
