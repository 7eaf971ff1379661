//! Longer texts made out of the model: explain, problems, the message for pager and clipboard, a drafted runbook.
//!
//! Cleaned by [`crate::mail::text`] where they leave the screen (pager, clipboard); what stays on it is cleaned there.

use super::model::{Model, Overlay, Tone};
use crate::error::Severity;
use crate::mail::{Address, Message, Role, text};
use crate::runbook::file::{Block, Inline, RunbookLink};
use crate::runbook::filter::Trace;
use crate::runbook::{Runbook, SectionName};
use crate::triage::Value;
use crate::triage::explain::{self, Explanation, Part};
use crate::triage::row::Row;

/// Shows why the message under the cursor is in its category and has its call.
pub(super) fn explain(model: &mut Model) {
    let Some(message) = model.message().cloned() else {
        return model.say(Tone::Muted, "the message is still being read");
    };
    let explanation = explain::explain(&model.inbox.books, &message, &model.hosts);
    let mut lines = Vec::new();
    if let Some(verdict) = model.verdict() {
        lines.push((Tone::Heading, format!("Call: {} — {}", verdict.call.word(), verdict.headline)));
        lines.extend(verdict.because.iter().map(|because| (Tone::Plain, format!("  because {because}"))));
        for open in &verdict.may_become {
            let words = format!("  may become {} ({}): it depends on {}", open.call.word(), open.case, open.on);
            lines.push((Tone::Warning, words));
        }
        lines.push((Tone::Plain, String::new()));
    }
    lines.extend(explained(model, &explanation));
    model.overlay = Some(Overlay::Text { title: "Why this category and this call".into(), lines, scroll: 0 });
}

fn explained(model: &Model, explanation: &Explanation) -> Vec<(Tone, String)> {
    let mut lines = vec![
        (Tone::Heading, "Category".to_owned()),
        (Tone::Plain, format!("  {}", explanation.why)),
        (Tone::Plain, format!("  role: {} ({})", explanation.role.0.word(), explanation.role.1)),
    ];
    for label in explanation.class.labels.iter() {
        lines.push((Tone::Plain, format!("  {} = {} (from {})", label.name, label.value, label.from)));
    }
    let cases = model.row().map(|row| explain::cases_of(&model.inbox, row, explanation)).unwrap_or_default();
    if !cases.is_empty() {
        lines.push((Tone::Plain, String::new()));
        lines.push((Tone::Heading, "Cases of the runbook, in order".to_owned()));
        for case in &cases {
            let (tone, part) = match (case.part, case.value) {
                (Part::Wins, _) => (Tone::Good, ", gives the call"),
                (Part::MayRaise, _) => (Tone::Warning, ", may raise it"),
                (Part::No, Value::Open) => (Tone::Plain, ""),
                (Part::No, _) => (Tone::Muted, ""),
            };
            let why: Vec<&str> = case.why.iter().map(|why| why.text.as_str()).collect();
            let (value, id, call) = (case.value.word(), &case.id, case.call.word());
            lines.push((tone, format!("  {value:5}  {id} ({call}{part}): {}", why.join("; "))));
        }
    }
    lines.push((Tone::Plain, String::new()));
    lines.push((Tone::Heading, "Rules tried".to_owned()));
    let (hit, missed): (Vec<_>, Vec<_>) = explanation.tried.iter().partition(|tried| tried.matched);
    for tried in hit.iter().chain(&missed) {
        let Some(book) = model.inbox.books.get(tried.book) else { continue };
        let (mark, tone) = if tried.matched { ("matches", Tone::Good) } else { ("no", Tone::Muted) };
        lines.push((tone, format!("  {}: {mark}", book.id)));
        trace(&tried.trace, 2, &mut lines);
        for (kind, matched) in tried.kinds.iter().filter(|(kind, _)| !kind.is_empty()) {
            let tone = if *matched { Tone::Good } else { Tone::Muted };
            lines.push((tone, format!("    kind {kind}: {}", if *matched { "yes" } else { "no" })));
        }
    }
    lines
}

fn trace(part: &Trace, depth: usize, lines: &mut Vec<(Tone, String)>) {
    let indent = "  ".repeat(depth.min(12));
    let mark = if part.held { "+" } else { "-" };
    let seen = match &part.seen {
        Some(span) if part.held => {
            let matched = span.value.get(span.range.0..span.range.1).unwrap_or(&span.value);
            format!("  found “{matched}” in {}", span.field)
        }
        Some(span) => format!("  in “{}”", span.value.chars().take(120).collect::<String>()),
        None => String::new(),
    };
    let tone = if part.held { Tone::Good } else { Tone::Muted };
    lines.push((tone, format!("{indent}{mark} {}{seen}", part.what)));
    part.inner.iter().for_each(|inner| trace(inner, depth + 1, lines));
}

/// Shows what could not be read: folders, runbooks.
pub(super) fn problems(model: &mut Model) {
    let mut lines = Vec::new();
    for (folder, words) in model.inbox.errors() {
        let name = model.inbox.folder(folder).map(|folder| folder.label()).unwrap_or_default();
        lines.push((Tone::Error, format!("{name}: {words}")));
    }
    lines.extend(model.inbox.troubles.iter().map(|words| (Tone::Error, words.clone())));
    for diagnostic in &model.inbox.books.diagnostics {
        let tone = if diagnostic.severity == Severity::Error { Tone::Error } else { Tone::Warning };
        lines.push((tone, diagnostic.to_string()));
    }
    if let Some(dead) = &model.dead {
        lines.push((Tone::Error, dead.clone()));
    }
    if lines.is_empty() {
        return model.say(Tone::Good, "no problems: every folder and every runbook was read");
    }
    model.overlay = Some(Overlay::Text { title: "Problems".into(), lines, scroll: 0 });
}

/// `Name <address>`, or whichever there is.
pub fn address(address: &Address) -> String {
    match (address.name.is_empty(), address.addr.is_empty()) {
        (false, false) => format!("{} <{}>", address.name, address.addr),
        (true, _) => address.addr.clone(),
        (_, true) => address.name.clone(),
    }
}

/// The addresses of a header, with commas.
pub fn addresses(all: &[Address]) -> String {
    all.iter().map(address).collect::<Vec<_>>().join(", ")
}

/// The headers that matter.
pub fn short_headers(message: &Message) -> Vec<(&'static str, String)> {
    let mut headers = vec![("From", addresses(&message.from)), ("To", addresses(&message.to))];
    let to_cc: Vec<&Address> = message.to.iter().filter(|a| !message.cc.contains(a)).collect();
    if !message.cc.is_empty() {
        if let Some(to) = headers.get_mut(1) {
            to.1 = to_cc.into_iter().map(address).collect::<Vec<_>>().join(", ");
        }
        headers.push(("Cc", addresses(&message.cc)));
    }
    if let Some(sender) = message.sender.as_ref().filter(|sender| !message.from.contains(sender)) {
        headers.push(("Sender", address(sender)));
    }
    if !message.reply_to.is_empty() && message.reply_to != message.from {
        headers.push(("Reply-To", addresses(&message.reply_to)));
    }
    headers.push(("Subject", message.subject.clone()));
    headers.retain(|(_, value)| !value.is_empty());
    headers
}

/// The message under the cursor as text, cleaned, for the pager and the clipboard.
pub(super) fn message(model: &Model) -> Option<String> {
    let (message, row) = (model.message()?, model.row()?);
    let mut out = String::new();
    for (name, value) in short_headers(message) {
        out.push_str(&format!("{name}: {}\n", text::clean(&value)));
    }
    out.push_str(&format!("Date: {}\n\n", row.received.full(&model.zone)));
    out.push_str(&text::clean_lines(&message.body().text));
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Some(out)
}

/// The links that a runbook gives: what for, and where to.
pub fn book_links(book: &Runbook) -> Vec<(String, String)> {
    let link = |link: &RunbookLink| match link {
        RunbookLink::Bug(number, about) => {
            let about = if about.is_empty() { format!("bug {number}") } else { format!("bug {number}: {about}") };
            Some((about, format!("https://bugzilla.mozilla.org/show_bug.cgi?id={number}")))
        }
        RunbookLink::Doc(name, url) => Some((name.clone(), url.clone())),
        RunbookLink::Lost(..) => None,
    };
    book.links.iter().filter_map(link).collect()
}

/// What a piece of running text says.
pub fn plain(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Strong(text) | Inline::Code(text) => out.push_str(text),
            Inline::Link(text, target) if text == target || text.is_empty() => out.push_str(target),
            Inline::Link(text, target) => out.push_str(&format!("{text} <{target}>")),
        }
    }
    out
}

/// What to copy of the runbook: its "What to do", or the draft of one where there is none.
pub(super) fn runbook(model: &Model) -> (&'static str, String) {
    let Some(book) = model.book() else {
        let draft = model.row().map(|row| draft(row, model.message().map(AsRef::as_ref))).unwrap_or_default();
        return ("the drafted runbook", draft);
    };
    let mut out = format!("{}\n", book.title);
    if let Some(section) = book.section(SectionName::WhatToDo) {
        for block in &section.blocks {
            match block {
                Block::Text(inlines) => out.push_str(&format!("\n{}\n", plain(inlines))),
                Block::Item { depth, number, text, .. } => {
                    let marker = number.map_or("-".to_owned(), |number| format!("{number}."));
                    out.push_str(&format!("{}{marker} {}\n", "  ".repeat((*depth).min(8)), plain(text)));
                }
                Block::Code(code) => out.push_str(&format!("\n{code}\n")),
            }
        }
    }
    for (verb, who) in &book.people {
        out.push_str(&format!("{}: {}\n", verb.word(), who.join(", ")));
    }
    ("what to do", text::clean_lines(&out))
}

/// The draft of a runbook that would claim this message, ready to be saved and edited.
pub fn draft(row: &Row, message: Option<&Message>) -> String {
    let subject = message.map_or(&*row.subject, Message::bare_subject);
    let subject = stable_start(subject);
    let id = slug(if subject.is_empty() { &row.from.addr } else { &subject });
    let mut out = String::from("+++\n");
    out.push_str(&format!("id = {}\n", toml(&id)));
    out.push_str(&format!("title = {}\n", toml(&capital(&id.replace('-', " ")))));
    let mut tests = Vec::new();
    if !row.from.addr.is_empty() {
        tests.push(format!("from = {}", toml(&row.from.addr)));
    }
    if !subject.is_empty() {
        tests.push(format!("subject = {}", toml(&subject)));
    }
    out.push_str(&format!("match = {{ {} }}\n", tests.join(", ")));
    if row.role == Role::Alert {
        out.push_str("labels = { host = \"auto\" }\n");
    }
    out.push_str("people = { contact = [] }\ndefault = \"act\"\n+++\n\n");
    out.push_str("## Why we get them\n\n\n## What to do when one is received\n\n1. \n\n");
    out.push_str("## How to silence or acknowledge this alert\n\n");
    text::clean_lines(&out)
}

/// The start of a subject, up to the first thing that looks as if it changes from mail to mail.
fn stable_start(subject: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in subject.split(' ') {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if (digits > 0 && word.chars().count() > 2) || word.contains(['*', '{', '}']) || words.len() >= 6 {
            break;
        }
        words.push(word);
    }
    if words.is_empty() { String::new() } else { words.join(" ") }
}

fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(60) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    let out = out.trim_matches('-');
    if out.is_empty() { "new-runbook".to_owned() } else { out.to_owned() }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A TOML basic string of what the message says, without anything that a string may not hold.
fn toml(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text::clean(text).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out + "\""
}
