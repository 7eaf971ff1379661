//! The message: headers that matter, what is odd about it, the text, attachments and links with their real targets.

use super::canvas::{Canvas, Line, Span, flow, line, span};
use super::list::title_spans;
use super::theme::Role;
use crate::app::model::Headers;
use crate::app::panes::{Area, Focus};
use crate::app::{Action, Model, texts};
use crate::mail::{BodySource, Message, text};
use crate::triage::row::Row;
use std::sync::Arc;

/// Bytes of a raw message that are shown.
const RAW_CAP: usize = 256 << 10;

/// Most lines of a text that are shown: each takes far more memory than its letters.
const LINES_CAP: usize = 250_000;

/// Bodies wrapped once for each message, width and way of showing headers.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// The message is held, so that its address cannot become another's.
    about: Option<(Arc<Message>, u16, Headers)>,
    lines: Vec<Line>,
    searched: Option<String>,
    matches: Vec<usize>,
}

/// Draws the pane; gives how many lines it has and which hold what is searched for.
pub(super) fn render(
    canvas: &mut Canvas<'_>,
    title: Area,
    area: Area,
    model: &Model,
    cache: &mut Cache,
) -> (usize, Vec<usize>) {
    let focused = model.focus == Focus::Message;
    let Some(row) = model.row() else {
        canvas.rule(title, &title_spans(" Message", focused));
        return (0, Vec::new());
    };
    let inner = Area::new(area.x + 1, area.y, area.w.saturating_sub(2), area.h);
    let head = head(model, row, inner.w);
    body(model, row, inner.w, cache);
    let total = head.len() + cache.lines.len();
    let scroll = model.reading.scroll.min(total.saturating_sub(usize::from(area.h)));
    let name = match model.reading.headers {
        Headers::Short => " Message",
        Headers::Full => " Message, all headers",
        Headers::Raw => " Message, raw",
    };
    let mut title_line = title_spans(name, focused);
    if total > usize::from(area.h) {
        let seen = (scroll + usize::from(area.h)).min(total);
        title_line.push(span(format!(" {}%", seen * 100 / total.max(1)), Role::Muted));
    }
    canvas.rule(title, &title_line);
    canvas.lines(inner, head.iter().chain(cache.lines.iter()).skip(scroll));
    let matches: Vec<usize> = cache.matches.iter().map(|line| line + head.len()).collect();
    for line in &matches {
        if let Some(y) = line.checked_sub(scroll).and_then(|y| u16::try_from(y).ok())
            && y < area.h
        {
            canvas.put(area.x, area.y + y, 1, "▸", Role::Match);
        }
    }
    (total, matches)
}

/// What stands above the text; made anew for each drawing, because acts and the clock change it.
fn head(model: &Model, row: &Row, columns: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let note = |words: String, role: Role| flow(&[span(words, role)], columns, &[span("! ", role)], "  ");
    if model.list.current_gone() {
        let words = "moved or deleted by another program; what was read stays here, and acts on it do nothing";
        lines.extend(note(words.to_owned(), Role::Warning));
    }
    if let Some((_, words)) = model.reading.trouble.as_ref().filter(|(key, _)| *key == row.key) {
        lines.extend(note(format!("cannot be read: {words}"), Role::Error));
    }
    if let Some(odd) = &row.odd {
        lines.extend(note(odd.words(), Role::Warning));
        lines.extend(field("File", row.name.shown_base(), columns));
        return lines;
    }
    let message = model.message();
    if model.reading.headers == Headers::Short {
        match message {
            Some(message) => {
                for (name, value) in texts::short_headers(message) {
                    lines.extend(field(name, value, columns));
                }
            }
            None => {
                lines.extend(field("From", texts::address(&row.from), columns));
                lines.extend(field("Subject", row.subject.to_string(), columns));
            }
        }
        let when = format!("{} ({} ago)", row.received.full(&model.zone), row.received.age(model.now));
        lines.extend(field("Received", when, columns));
        let labels: Vec<String> =
            row.class.labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect();
        if !labels.is_empty() {
            lines.extend(field("Labels", labels.join("  "), columns));
        }
    }
    lines.extend(told(model, row, columns));
    if let Some(message) = message {
        for oddity in message.all_oddities() {
            lines.extend(note(oddity.sentence(), Role::Warning));
        }
        lines.extend(attachments(model, message, columns));
    }
    if model.reading.headers == Headers::Short || !lines.is_empty() {
        lines.push(Line::new());
    }
    if message.is_none() && model.reading.trouble.is_none() && !model.list.current_gone() {
        lines.push(line("reading …", Role::Muted));
    }
    lines
}

fn field(name: &str, value: String, columns: u16) -> Vec<Line> {
    let lead = span(format!("{name}: "), Role::Name);
    flow(&[span(value.replace('\n', " "), Role::Text)], columns, &[lead], "  ")
}

/// What the operators said and did about it.
fn told(model: &Model, row: &Row, columns: u16) -> Vec<Line> {
    let state = model.inbox.state(row);
    let mut lines = Vec::new();
    let mut say = |what: &str, said: &crate::triage::standing::Said| {
        let text = if said.text.is_empty() { String::new() } else { format!(": {}", said.text) };
        let words = format!("{what} by {} at {}{text}", said.by, said.at.short(model.now, &model.zone));
        lines.extend(flow(&[span(words, Role::Good)], columns, &[span("· ", Role::Good)], "  "));
    };
    state.ignored.iter().for_each(|said| say("ignored", said));
    state.done.iter().for_each(|said| say("done", said));
    state.forwarded.iter().for_each(|said| say("forwarded", said));
    state.replied.iter().for_each(|said| say("replied", said));
    state.notes.iter().for_each(|said| say("note", said));
    lines
}

fn attachments(model: &Model, message: &Message, columns: u16) -> Vec<Line> {
    let attached: Vec<String> = message
        .parts()
        .iter()
        .filter(|part| part.attachment)
        .map(|part| {
            format!("{} ({}, {})", part.name.as_deref().unwrap_or("no name"), part.content_type, size(part.size))
        })
        .collect();
    if attached.is_empty() {
        return Vec::new();
    }
    let lead = span(format!("Attached ({} saves): ", model.hint(Action::Attachments)), Role::Name);
    flow(&[span(attached.join(", "), Role::Text)], columns, &[lead], "  ")
}

/// A size for people.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes >> 20),
    }
}

/// Wraps the text where that was not done before, and finds what is searched for.
fn body(model: &Model, row: &Row, columns: u16, cache: &mut Cache) {
    let message = model.message().filter(|_| row.odd.is_none());
    let headers = model.reading.headers;
    // A replaced file is another message although it has the same key: whether it is the same decoded one tells.
    let known = match (&cache.about, message) {
        (Some((laid, width, how)), Some(message)) => Arc::ptr_eq(laid, message) && *width == columns && *how == headers,
        _ => false,
    };
    if !known {
        cache.lines = message.map(|message| lay_out(message, headers, columns)).unwrap_or_default();
        cache.about = message.map(|message| (message.clone(), columns, headers));
        cache.searched = None;
    }
    let search = model.reading.search.to_lowercase();
    if cache.searched.as_ref() != Some(&search) {
        let holds = |line: &Line| {
            let text: String = line.iter().map(|span| span.text.as_str()).collect();
            text.to_lowercase().contains(&search)
        };
        cache.matches = if search.is_empty() {
            Vec::new()
        } else {
            cache.lines.iter().enumerate().filter(|(_, line)| holds(line)).map(|(i, _)| i).collect()
        };
        cache.searched = Some(search);
    }
}

fn lay_out(message: &Message, headers: Headers, columns: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let width = usize::from(columns.max(1));
    if headers == Headers::Raw {
        let raw = message.raw();
        for bytes in raw.get(..raw.len().min(RAW_CAP)).unwrap_or_default().split(|&b| b == b'\n') {
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            let cleaned = text::clean_bytes(bytes);
            let wrapped = text::wrap(&cleaned, width);
            if wrapped.is_empty() {
                lines.push(Line::new());
            }
            lines.extend(wrapped.into_iter().map(|text| line(text, Role::Code)));
        }
        if raw.len() > RAW_CAP {
            lines.push(line(format!("… cut here: {} of {} are shown", size(RAW_CAP), size(raw.len())), Role::Warning));
        }
        return lines;
    }
    if headers == Headers::Full {
        for header in &message.headers {
            lines.extend(field(&header.name, header.value.clone(), columns));
        }
        lines.push(Line::new());
    }
    let body = message.body();
    let source = match body.source {
        BodySource::Html => Some("text made from HTML"),
        BodySource::Json => Some("JSON, laid out"),
        BodySource::Raw => Some("too complex to decode: raw text"),
        BodySource::Nothing => Some("no text in this message"),
        BodySource::Plain => None,
    };
    if let Some(words) = source {
        lines.push(line(format!("({words})"), Role::Muted));
    }
    let role = |text: &str| if text.trim_start().starts_with('>') { Role::Quote } else { Role::Text };
    let (text, more) = text::wrap_first(&body.text, width, LINES_CAP);
    lines.extend(text.into_iter().map(|text| {
        let role = role(&text);
        line(text, role)
    }));
    if more {
        lines.push(line(format!("… cut here: {LINES_CAP} lines are shown"), Role::Warning));
    }
    if !body.links.is_empty() {
        lines.push(Line::new());
        lines.push(line("Links", Role::Title));
        for link in body.links.iter().take(200) {
            let mut pieces: Vec<Span> = Vec::new();
            if link.text != link.target && !link.text.is_empty() {
                pieces.push(span(format!("{} → ", link.text), Role::Text));
            }
            pieces.push(span(link.target.clone(), Role::Link));
            if link.misleading {
                pieces.push(span("  ! shows another host than it goes to", Role::Warning));
            }
            if link.unsubscribes {
                pieces.push(span("  ! unsubscribes the whole team: never open", Role::Warning));
            }
            lines.extend(flow(&pieces, columns, &[span("· ", Role::Muted)], "  "));
        }
        if body.links.len() > 200 {
            lines.push(line(format!("… and {} more", body.links.len() - 200), Role::Muted));
        }
    }
    lines
}
