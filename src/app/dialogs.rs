//! What lies over the panes: help, palette, prompts, links, attachments; opening them, and their keys.

use super::action::{ACTIONS, Action, Group, Info};
use super::acts;
use super::effect::Effect;
use super::finding;
use super::forward;
use super::key::{Code, Key};
use super::model::{Asked, Field, Model, Mouse, Overlay, Prompt, Tone};
use super::{picks, tell, texts, update};
use crate::mail::{Link, text};
use crate::triage::told::{Deed, Shelf};
use std::path::PathBuf;

/// Opens a dialog, or takes text elsewhere.
pub(super) fn open(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Help => model.overlay = Some(Overlay::Help { field: Field::default(), scroll: 0 }),
        Action::Palette => model.overlay = Some(Overlay::Palette { field: Field::default(), cursor: 0 }),
        Action::Pipe => acts::pipe(model),
        Action::Links | Action::CopyLink => links(model, action, effects),
        Action::Attachments => attachments(model),
        Action::Editor => {
            if let Some(key) = acts::targets(model).and_then(|keys| keys.into_iter().next()) {
                effects.push(Effect::Editor(key));
            }
        }
        Action::CopyText | Action::Pager => match texts::message(model) {
            None => model.say(Tone::Muted, "the message is still being read"),
            Some(text) if action == Action::Pager => effects.push(Effect::Pager(text)),
            Some(text) => copy(model, effects, "the message", text),
        },
        Action::CopyRunbook => {
            let (what, text) = texts::runbook(model);
            copy(model, effects, what, text);
        }
        Action::CopyId | Action::CopySubject | Action::CopyAddress => {
            let Some(row) = model.row() else { return };
            let (what, text) = match action {
                Action::CopyId => ("the id", model.inbox.id(row)),
                Action::CopySubject => ("the subject", row.subject.to_string()),
                _ => ("the address", row.from.addr.clone()),
            };
            let text = text::clean(&text).into_owned();
            copy(model, effects, what, text);
        }
        _ => {}
    }
}

pub(super) fn copy(model: &mut Model, effects: &mut Vec<Effect>, what: &str, text: String) {
    if text.is_empty() {
        return model.say(Tone::Warning, format!("{what} is empty: nothing was copied"));
    }
    let shown = if text.chars().count() <= 60 && !text.contains('\n') { format!(": {text}") } else { String::new() };
    model.say(Tone::Good, format!("copied {what}{shown}"));
    effects.push(Effect::Copy(text));
}

fn links(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let mut links: Vec<Link> = Vec::new();
    if let Some(message) = model.message() {
        links.extend(message.body().links.iter().cloned());
    }
    if let Some(book) = model.book() {
        for (text, target) in texts::book_links(book) {
            let openable = target.starts_with("https://") || target.starts_with("http://");
            if !links.iter().any(|link| link.target == target) {
                links.push(Link { text, target, openable, misleading: false, unsubscribes: false });
            }
        }
    }
    match links.as_slice() {
        [] => model.say(Tone::Muted, "no links in the message or its runbook"),
        [link] if action == Action::CopyLink => {
            let target = text::clean(&link.target).into_owned();
            copy(model, effects, "the link", target);
        }
        _ => model.overlay = Some(Overlay::Links { links, cursor: 0, confirm: false }),
    }
}

fn attachments(model: &mut Model) {
    let Some(message) = model.message() else {
        return model.say(Tone::Muted, "the message is still being read");
    };
    let parts = message.parts().to_vec();
    let Some(key) = model.list.current().cloned() else { return };
    if parts.iter().any(|part| part.attachment) || parts.len() > 1 {
        model.overlay = Some(Overlay::Attachments { key, parts, cursor: 0 });
    } else {
        model.say(Tone::Muted, "no attachments in this message");
    }
}

/// Actions that the palette offers for what was typed, best first: letters in order, starts of words before insides.
pub fn palette(model: &Model, typed: &str) -> Vec<&'static Info> {
    let typed = typed.trim().to_lowercase();
    let shown = |info: &&Info| {
        let debug = info.group == Group::Debug;
        (!debug || (typed.starts_with("debug") && typed == info.name)) && info.action != Action::Palette
    };
    let mut found: Vec<(i32, usize, &'static Info)> = ACTIONS
        .iter()
        .filter(shown)
        .enumerate()
        .filter_map(|(i, info)| Some((score(info, &typed)?, i, info)))
        .map(|(score, i, info)| {
            (if update::applies(model, info.action).is_ok() { score } else { score + 1000 }, i, info)
        })
        .collect();
    found.sort_by_key(|(score, i, _)| (*score, *i));
    found.into_iter().map(|(_, _, info)| info).collect()
}

/// How badly an action fits; `None`: not at all.
fn score(info: &Info, typed: &str) -> Option<i32> {
    if typed.is_empty() {
        return Some(0);
    }
    let doc = info.doc.to_lowercase();
    if info.name == typed {
        Some(0)
    } else if info.name.starts_with(typed) {
        Some(1)
    } else if info.name.split('-').any(|word| word.starts_with(typed)) {
        Some(2)
    } else if info.name.contains(typed) {
        Some(3)
    } else if doc.split(' ').any(|word| word.starts_with(typed)) {
        Some(4)
    } else if doc.contains(typed) {
        Some(5)
    } else {
        let mut letters = info.name.chars();
        typed.chars().filter(|c| *c != ' ').all(|c| letters.any(|l| l == c)).then_some(6)
    }
}

/// Pasted text goes into the field that is open, cleaned; it never runs anything.
pub(super) fn paste(model: &mut Model, text: &str) {
    model.dirty = true;
    let text: String = text.chars().take(super::model::FIELD_CAP).collect();
    let field = match &mut model.overlay {
        Some(Overlay::Help { field, .. } | Overlay::Palette { field, .. }) => Some(field),
        Some(Overlay::Prompt(prompt)) => Some(&mut prompt.field),
        Some(Overlay::Form(form)) => form.field(),
        Some(Overlay::Forward(dialog)) => match (&mut dialog.unknown, dialog.at) {
            (Some((_, field)), _) => Some(field),
            (None, 0) => Some(&mut dialog.to),
            (None, 2) => Some(&mut dialog.note),
            _ => None,
        },
        _ => None,
    };
    match field {
        Some(field) => field.insert(text.trim_end_matches(['\r', '\n'])),
        None => {
            let key = model.hint(Action::Search);
            model.say(Tone::Muted, format!("pasted text is never run as keys · {key} opens a field to paste into"));
        }
    }
}

/// The wheel in a dialog; elsewhere a press closes what only informs.
pub(super) fn on_mouse(model: &mut Model, mouse: Mouse, effects: &mut Vec<Effect>) {
    let key = match mouse {
        Mouse::WheelDown => Code::Down,
        Mouse::WheelUp => Code::Up,
        Mouse::Press => return,
    };
    on_key(model, Key::plain(key), effects);
}

/// A key while something lies over the panes.
pub(super) fn on_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let Some(overlay) = model.overlay.take() else { return };
    match overlay {
        Overlay::Help { field, scroll } => help(model, field, scroll, key),
        Overlay::Palette { field, cursor } => palette_key(model, field, cursor, key, effects),
        Overlay::Prompt(prompt) => prompt_key(model, prompt, key, effects),
        Overlay::Text { title, lines, scroll } => text_key(model, title, lines, scroll, key),
        Overlay::Links { links, cursor, confirm } => links_key(model, links, cursor, confirm, key, effects),
        Overlay::Attachments { key: about, parts, cursor } => match moved(key, cursor, parts.len()) {
            Some(cursor) => model.overlay = Some(Overlay::Attachments { key: about, parts, cursor }),
            None => {
                if let (Code::Enter | Code::Char('s'), Some(part)) = (key.code, parts.get(cursor)) {
                    let dir = model.config.save_dir.clone().unwrap_or_else(|| PathBuf::from("."));
                    model.overlay = Some(Overlay::Prompt(Prompt {
                        asked: Asked::Save(about, part.number),
                        field: Field::new(dir.display().to_string()),
                        wrong: None,
                    }));
                } else if !closes(key) {
                    model.overlay = Some(Overlay::Attachments { key: about, parts, cursor });
                }
            }
        },
        Overlay::Form(form) => tell::on_key(model, form, key, effects),
        Overlay::Pick(pick) => picks::on_key(model, pick, key, effects),
        Overlay::Forward(dialog) => forward::on_key(model, dialog, key, effects),
        Overlay::Review(review) => forward::review_key(model, review, key, effects),
        Overlay::Quit(why) => match key.code {
            Code::Char('y' | 'Y') | Code::Enter => effects.push(Effect::Quit),
            Code::Char('n' | 'N' | 'q') | Code::Esc => {}
            _ => model.overlay = Some(Overlay::Quit(why)),
        },
    }
}

pub(super) fn closes(key: Key) -> bool {
    matches!(key.code, Code::Esc | Code::Char('q'))
}

/// Where a key moves the cursor of a short list; `None`: it is no such key.
pub(super) fn moved(key: Key, cursor: usize, count: usize) -> Option<usize> {
    let last = count.saturating_sub(1);
    match (key.code, key.ctrl) {
        (Code::Char('j'), false) | (Code::Down, _) | (Code::Char('n'), true) => Some((cursor + 1).min(last)),
        (Code::Char('k'), false) | (Code::Up, _) | (Code::Char('p'), true) => Some(cursor.saturating_sub(1)),
        (Code::Home, _) | (Code::Char('g'), false) => Some(0),
        (Code::End, _) | (Code::Char('G'), false) => Some(last),
        _ => None,
    }
}

/// Where a key scrolls lines to read; `None`: it is no such key.
fn scrolled(model: &Model, key: Key, scroll: usize, letters: bool) -> Option<usize> {
    let (lines, height) = (model.panes.dialog.0, usize::from(model.panes.dialog.1).max(1));
    let last = lines.saturating_sub(height);
    let to = match (key.code, key.ctrl) {
        (Code::Down, _) | (Code::Char('n'), true) => scroll + 1,
        (Code::Up, _) | (Code::Char('p'), true) => scroll.saturating_sub(1),
        (Code::PageDown, _) => scroll + height,
        (Code::PageUp, _) => scroll.saturating_sub(height),
        (Code::Char('d'), true) => scroll + height / 2,
        (Code::Char('u'), true) => scroll.saturating_sub(height / 2),
        (Code::Char('j' | 'J'), false) if letters => scroll + 1,
        (Code::Char('k' | 'K'), false) if letters => scroll.saturating_sub(1),
        (Code::Char(' '), false) if letters => scroll + height,
        (Code::Char('g') | Code::Home, false) if letters => 0,
        (Code::Char('G') | Code::End, false) if letters => last,
        _ => return None,
    };
    Some(to.min(last))
}

fn help(model: &mut Model, mut field: Field, scroll: usize, key: Key) {
    if let Some(scroll) = scrolled(model, key, scroll, false) {
        model.overlay = Some(Overlay::Help { field, scroll });
        return;
    }
    let closes =
        matches!(key.code, Code::Esc | Code::Enter) || (field.text().is_empty() && key.code == Code::Char('?'));
    if !closes {
        field.key(key);
        model.overlay = Some(Overlay::Help { field, scroll: 0 });
    }
}

fn text_key(model: &mut Model, title: String, lines: Vec<(Tone, String)>, scroll: usize, key: Key) {
    if let Some(scroll) = scrolled(model, key, scroll, true) {
        model.overlay = Some(Overlay::Text { title, lines, scroll });
    } else if !closes(key) && !matches!(key.code, Code::Char('h') | Code::Left | Code::Enter) {
        model.overlay = Some(Overlay::Text { title, lines, scroll });
    }
}

fn palette_key(model: &mut Model, mut field: Field, cursor: usize, key: Key, effects: &mut Vec<Effect>) {
    let count = palette(model, field.text()).len();
    match (key.code, key.ctrl) {
        (Code::Esc, _) => {}
        (Code::Enter, _) => {
            let chosen = palette(model, field.text()).get(cursor).copied();
            match chosen {
                Some(info) => update::act(model, info.action, effects),
                None => model.say(Tone::Warning, "no such action"),
            }
        }
        (Code::Down | Code::Tab, _) | (Code::Char('n'), true) => {
            let cursor = (cursor + 1).min(count.saturating_sub(1));
            model.overlay = Some(Overlay::Palette { field, cursor });
        }
        (Code::Up, _) | (Code::Char('p'), true) => {
            model.overlay = Some(Overlay::Palette { field, cursor: cursor.saturating_sub(1) });
        }
        (Code::Backspace, _) if field.text().is_empty() => {}
        _ => {
            field.key(key);
            model.overlay = Some(Overlay::Palette { field, cursor: 0 });
        }
    }
}

fn prompt_key(model: &mut Model, mut prompt: Prompt, key: Key, effects: &mut Vec<Effect>) {
    match key.code {
        Code::Esc => model.say(Tone::Muted, "cancelled"),
        Code::Backspace if prompt.field.text().is_empty() && !key.ctrl && !key.alt => {}
        Code::Enter => {
            if let Err(wrong) = answer(model, &prompt, effects) {
                prompt.wrong = Some(wrong);
                model.overlay = Some(Overlay::Prompt(prompt));
            }
        }
        _ => {
            prompt.field.key(key);
            prompt.wrong = match prompt.asked {
                Asked::Filter | Asked::Select => finding::query(prompt.field.text(), &prompt.asked).err(),
                _ => None,
            };
            model.overlay = Some(Overlay::Prompt(prompt));
        }
    }
}

/// Does what a line of text was asked for.
fn answer(model: &mut Model, prompt: &Prompt, effects: &mut Vec<Effect>) -> Result<(), (usize, usize, String)> {
    let text = prompt.field.text();
    let missing = |what: &str| Err((0, 0, what.to_owned()));
    match &prompt.asked {
        Asked::Search => finding::search(model, text),
        Asked::Filter => return finding::filter(model, text),
        Asked::Select => return finding::select(model, text),
        Asked::Note(_) if text.trim().is_empty() => return missing("write a note, or leave with Esc"),
        Asked::Note(keys) => {
            let deed = Deed::Note { text: text.trim().to_owned() };
            acts::carry_out(model, deed, keys.clone(), effects);
        }
        Asked::Move(_) if text.trim().is_empty() => return missing("write a folder, or leave with Esc"),
        Asked::Move(keys) => {
            let deed = Deed::Move { shelf: Shelf::Folder, to: text.trim().to_owned() };
            acts::carry_out(model, deed, keys.clone(), effects);
        }
        Asked::Pipe(_) if text.trim().is_empty() => return missing("write a command, or leave with Esc"),
        Asked::Pipe(key) => effects.push(Effect::Pipe(key.clone(), text.to_owned())),
        Asked::Save(_, _) if text.trim().is_empty() => return missing("write a folder, or leave with Esc"),
        Asked::Save(key, part) => {
            effects.push(Effect::SavePart { key: key.clone(), part: *part, dir: PathBuf::from(text.trim()) });
        }
    }
    Ok(())
}

fn links_key(model: &mut Model, links: Vec<Link>, cursor: usize, confirm: bool, key: Key, effects: &mut Vec<Effect>) {
    let Some(link) = links.get(cursor).cloned() else { return };
    if confirm {
        return match key.code {
            Code::Char('y' | 'Y') => effects.push(Effect::OpenLink(link.target)),
            _ => model.overlay = Some(Overlay::Links { links, cursor, confirm: false }),
        };
    }
    if let Some(cursor) = moved(key, cursor, links.len()) {
        model.overlay = Some(Overlay::Links { links, cursor, confirm: false });
        return;
    }
    match key.code {
        Code::Enter | Code::Char('y' | 'c') => {
            let target = text::clean(&link.target).into_owned();
            copy(model, effects, "the link", target);
        }
        Code::Char('o') => {
            let why_not = if link.unsubscribes {
                Some("it unsubscribes the whole team: it is never opened")
            } else if !link.openable {
                Some("only http and https links are opened; it can be copied")
            } else if model.config.open_link.is_none() {
                Some("no command opens links: set `open-link` in config.toml; Enter copies it")
            } else {
                None
            };
            if let Some(words) = why_not {
                model.say(Tone::Warning, words);
            }
            model.overlay = Some(Overlay::Links { links, cursor, confirm: why_not.is_none() });
        }
        _ if closes(key) => {}
        _ => model.overlay = Some(Overlay::Links { links, cursor, confirm: false }),
    }
}
