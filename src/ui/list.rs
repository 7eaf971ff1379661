//! The list of messages: only the rows in sight are looked at.

use super::canvas::{Canvas, Span, span};
use super::clock;
use super::theme::Role;
use crate::app::Model;
use crate::app::list::{Listed, Selected, View, sender};
use crate::app::panes::{Area, Focus};
use crate::mail::{Flags, Oddity, Time, text};
use crate::runbook::Call;
use crate::triage::row::{Place, Row};
use crate::triage::standing::Standing;
use crate::triage::verdicts::Incident;

/// The title of a pane, marked in text too where it has the focus.
pub(super) fn title_spans(title: &str, focused: bool) -> Vec<Span> {
    if focused { vec![span(format!("▸{}", title.trim_start()), Role::Focus)] } else { vec![span(title, Role::Title)] }
}

/// The first row to show so that the cursor is in sight, with as little movement as can be.
pub(super) fn top_for(top: usize, cursor: usize, height: usize, count: usize) -> usize {
    let margin = 2.min(height.saturating_sub(1) / 2);
    let lowest = cursor.saturating_sub(margin);
    let highest = (cursor + margin + 1).saturating_sub(height);
    top.clamp(highest.min(lowest), lowest).min(count.saturating_sub(height))
}

/// The word of a call in a column.
pub(super) fn call_word(call: Call) -> &'static str {
    match call {
        Call::Page => "PAGE",
        Call::Act => "ACT",
        Call::Decide => "DECIDE",
        Call::Wait => "WAIT",
        Call::Note => "NOTE",
        Call::Ignore => "IGN",
    }
}

fn title(model: &Model) -> String {
    let name = match model.list.scope() {
        View::All => "All mail".to_owned(),
        View::Needs => "Needs you".to_owned(),
        View::Past => "Past, never handled".to_owned(),
        View::Category(None) => "Undocumented".to_owned(),
        View::Category(Some(book)) => {
            model.inbox.books.get(*book).map_or_else(|| "Category".to_owned(), |book| book.title.clone())
        }
        View::Around(time) => format!("Around {}, all categories", time.short(model.now, &model.zone)),
        View::Ignored => "Ignored".to_owned(),
    };
    let (sort, reverse) = model.list.shown_sort();
    let (rows, messages) = model.list.counts();
    let mut title = format!(" {name} · {rows}");
    if *model.list.scope() == View::Needs && model.past > 0 {
        title.push_str(&format!(" · past, never handled: {}", model.past));
    }
    if messages > rows {
        title.push_str(&format!(" ({messages} messages)"));
    }
    if let Some(query) = model.list.query() {
        title.push_str(&format!(" · filter: {}", query.source));
    }
    title.push_str(&format!(" · by {}{}", sort.word(), if reverse { " ↑" } else { "" }));
    if model.list.shows_hidden() {
        title.push_str(" · hidden too");
    }
    title
}

/// Draws the list; gives the index of the first row shown.
pub(super) fn render(canvas: &mut Canvas<'_>, title_area: Area, area: Area, model: &Model) -> usize {
    let focused = model.focus == Focus::List;
    canvas.rule(title_area, &title_spans(&title(model), focused));
    if model.list.is_empty() {
        empty(canvas, area, model);
        return 0;
    }
    let height = usize::from(area.h);
    let top = top_for(model.panes.list_top, model.list.position(), height, model.list.len());
    for (y, listed) in (0..area.h).zip(model.list.window(&model.inbox, top, height)) {
        row(canvas, area, y, &listed, model, focused);
    }
    top
}

/// What an empty list says: that it is empty, why, and what to do.
fn empty(canvas: &mut Canvas<'_>, area: Area, model: &Model) {
    let (done, of) = model.inbox.progress;
    let words = if !model.inbox.complete && model.dead.is_none() {
        if of > 0 { format!("reading {done} of {of} …") } else { "reading …".to_owned() }
    } else if model.list.query().is_some() {
        format!("nothing found; {} clears the filter", model.hint(crate::app::Action::Back))
    } else if model.inbox.rows().is_empty() {
        "no mail in these folders".to_owned()
    } else if matches!(model.list.scope(), View::Ignored) {
        "nothing is ignored".to_owned()
    } else if matches!(model.list.scope(), View::Needs) {
        "nothing needs you now".to_owned()
    } else if matches!(model.list.scope(), View::Past) {
        "nothing is left behind".to_owned()
    } else {
        format!("all dealt with; {} shows hidden mail too", model.hint(crate::app::Action::Hidden))
    };
    let lines =
        super::canvas::flow(&[span(words, Role::Muted)], area.w.saturating_sub(2), &[span("  ", Role::Text)], "  ");
    canvas.lines(area, lines.iter());
}

fn row(canvas: &mut Canvas<'_>, area: Area, y: u16, listed: &Listed<'_>, model: &Model, focused: bool) {
    let row = listed.row;
    let standing = model.inbox.standing(&row.key);
    let incident = listed.incident.and_then(|_| model.inbox.incident_of(row)).map(|(_, incident)| incident);
    let flags = row.flags();
    let unseen = match incident {
        Some(incident) => model.inbox.members(incident).any(|(row, standing)| is_unseen(row) && !standing.handled()),
        None => is_unseen(row),
    };
    let text_role = match () {
        () if listed.gone => Role::Muted,
        () if listed.selected == Selected::Yes => Role::Selected,
        () if unseen => Role::Unseen,
        () => Role::Text,
    };
    if listed.cursor {
        canvas.wash(area, y, if focused { Role::Cursor } else { Role::Rest });
    }
    let (left, top, right) = (area.x, area.y + y, area.x + area.w);
    canvas.put(left, top, 1, if listed.cursor { "▌" } else { " " }, Role::Focus);
    let selected = match listed.selected {
        Selected::No => " ",
        Selected::Partly => "◐",
        Selected::Yes => "●",
    };
    canvas.put(left + 1, top, 1, selected, Role::Selected);
    let mut x = left + 2;
    let call = standing.map_or(Call::Ignore, |standing| standing.call());
    let (word, role) = if listed.gone { ("gone", Role::Warning) } else { (call_word(call), Role::of_call(call)) };
    let used = canvas.put(x, top, 6, word, role);
    if standing.is_some_and(|standing| standing.judgment.exists && !standing.judgment.known) {
        canvas.put(x + used, top, 1, "?", Role::Warning);
    }
    x += 7;
    let mut letters = String::new();
    letters.push(if unseen { 'N' } else { ' ' });
    letters.push(if flags.has(Flags::FLAGGED) { 'F' } else { ' ' });
    letters.push(standing.map_or(' ', |standing| letter(flags, standing)));
    canvas.put(x, top, 3, &letters, if flags.has(Flags::FLAGGED) { Role::Warning } else { text_role });
    x += 4;
    let last = incident.map_or(row.received, |incident| incident.last);
    canvas.put(x, top, 4, &format!("{:>4}", last.age(model.now)), Role::Muted);
    x += 5;
    let room = right.saturating_sub(x);
    let who = if room >= 70 { 20 } else { (room * 2 / 5).min(16) };
    if who >= 6 {
        canvas.fit(x, top, who, sender(row), text_role);
        x += who + 1;
    }
    if let Some((_, open)) = listed.incident {
        x += canvas.put(x, top, right.saturating_sub(x), if open { "▾ " } else { "▸ " }, Role::Muted);
    }
    if let Some(incident) = incident.or_else(|| together(listed, model)) {
        let count = count_words(incident);
        x += canvas.put(x, top, right.saturating_sub(x), &count, Role::Strong);
    }
    let subject = subject(listed);
    let room = right.saturating_sub(x);
    let mut tail: Vec<Span> = Vec::new();
    let wanted = u16::try_from(text::width(&text::clean(&subject))).unwrap_or(u16::MAX);
    for (ways, least) in tails(listed, standing, incident, model) {
        let taken = |span: &Span| width(&tail) + u16::from(!tail.is_empty()) + width(std::slice::from_ref(span)) + 1;
        tail.extend(ways.into_iter().find(|span| taken(span) + least.min(wanted) <= room));
    }
    let tail_room = if tail.is_empty() { 0 } else { width(&tail) + 1 };
    canvas.fit(x, top, room - tail_room, &subject, text_role);
    let mut x = right - tail_room + 1;
    for span in tail.iter().rev() {
        x += canvas.put(x, top, right.saturating_sub(x), &span.text, span.role);
        x += 1;
    }
    let waits = standing.and_then(|standing| waits_for(standing, model));
    canvas.ticking |= waits.is_some_and(|time| clock::ticks(time, model.now));
    if listed.cursor && focused {
        canvas.wash(area, y, Role::Cursor);
    }
}

/// How many mails an incident is; of a single one, which has rows below it only for its copies, how many these are.
fn count_words(incident: &Incident) -> String {
    match (incident.count, incident.members.len().saturating_sub(1)) {
        (1, 0) => String::new(),
        (1, 1) => "+1 copy ".to_owned(),
        (1, copies) => format!("+{copies} copies "),
        (count, _) => format!("×{count} "),
    }
}

fn is_unseen(row: &Row) -> bool {
    row.place == Place::New || !row.flags().has(Flags::SEEN)
}

/// Columns of pieces with a blank between them.
fn width(spans: &[Span]) -> u16 {
    let all: usize = spans.iter().map(|span| text::width(&text::clean(&span.text)) + 1).sum();
    u16::try_from(all.saturating_sub(1)).unwrap_or(u16::MAX)
}

/// What was done with it, in one letter.
fn letter(flags: Flags, standing: Standing) -> char {
    match () {
        () if flags.has(Flags::TRASHED) => 'T',
        () if standing.ignored => 'I',
        () if standing.done => 'D',
        () if standing.snoozed => 'Z',
        () if standing.back => 'B',
        () if flags.has(Flags::PASSED) => 'P',
        () if flags.has(Flags::REPLIED) => 'R',
        () if standing.noted => 'c',
        () => ' ',
    }
}

/// The incident of a message that stands for it alone, because the others are hidden or gone.
fn together<'m>(listed: &Listed<'_>, model: &'m Model) -> Option<&'m Incident> {
    if !model.list.grouped() || listed.depth > 0 || listed.gone || matches!(model.list.scope(), View::Around(_)) {
        return None;
    }
    let (_, incident) = model.inbox.incident_of(listed.row)?;
    let human = incident.book.and_then(|book| model.inbox.books.get(book)).is_some_and(|book| book.human);
    (incident.count > 1 && !human).then_some(incident)
}

fn subject(listed: &Listed<'_>) -> String {
    let row = listed.row;
    let depth = usize::from(listed.depth.min(8));
    let subject = match (row.odd.as_ref(), depth) {
        (Some(odd), 0) => odd.words(),
        (Some(odd), depth) => format!("{}└ {}", "  ".repeat(depth - 1), odd.words()),
        (None, 0) => row.subject.to_string(),
        (None, depth) => format!("{}└ {}", "  ".repeat(depth - 1), row.subject),
    };
    if subject.trim().is_empty() { "(no subject)".to_owned() } else { subject }
}

/// The time that a verdict waits for: when the next mail is due, else when it changes by itself.
fn waits_for(standing: Standing, model: &Model) -> Option<Time> {
    let ahead = |time: &Time| *time > model.now;
    let judgment = standing.judgment;
    judgment.due.filter(ahead).or(judgment.until.filter(ahead)).filter(|_| judgment.call >= Call::Wait)
}

/// What stands at the right of a row, the most important first: the ways to say it, the longest first, and the columns
/// that the subject keeps beside it.
fn tails(
    listed: &Listed<'_>,
    standing: Option<Standing>,
    incident: Option<&Incident>,
    model: &Model,
) -> Vec<(Vec<Span>, u16)> {
    let mut tails = Vec::new();
    if let Some(time) = standing.and_then(|standing| waits_for(standing, model)) {
        let late = standing.and_then(|s| s.judgment.due).is_some_and(|due| due <= model.now);
        // The time beside it is not the late one's: until then the verdict stands.
        let late = if late { "late, until " } else { "" };
        let left = clock::left(time, model.now);
        let long = format!("{late}{} +{left}", time.short(model.now, &model.zone));
        tails.push((vec![span(long, Role::Wait), span(format!("+{left}"), Role::Wait)], 7));
    }
    if standing.is_some_and(|standing| standing.claimed)
        && let Some(claim) = model.inbox.state(listed.row).claimed
    {
        tails.push((vec![span(format!("@{}", claim.by), Role::Good)], 8));
    }
    let badges = badges(listed);
    if !badges.is_empty() {
        let short = text::fit(&badges, 10).into_owned();
        tails.push((vec![span(badges, Role::Warning), span(short, Role::Warning)], 16));
    }
    if let Some(incident) = incident {
        let first = incident.first.short(model.now, &model.zone);
        let last = incident.last.short(model.now, &model.zone);
        if first != last {
            tails.push((vec![span(format!("{first}–{last}"), Role::Muted)], 20));
        }
        if incident.count > 2
            && let Some(rhythm) = incident.rhythm.filter(|rhythm| *rhythm > 0)
        {
            tails.push((vec![span(clock::rhythm(rhythm), Role::Muted)], 24));
        }
    }
    tails
}

/// A few words about what is odd, in brackets.
fn badges(listed: &Listed<'_>) -> String {
    let row = listed.row;
    // What is common among machines' mail (no Message-ID, no Date) is told in the message, not in every line; who
    // sent nothing has a column of its own.
    let common = |oddity: &&Oddity| {
        !matches!(
            oddity,
            Oddity::NoMessageId
                | Oddity::NoFrom
                | Oddity::NoDate
                | Oddity::NoBlankLine
                | Oddity::BodyCut
                | Oddity::PartsCut
        )
    };
    let mut words: Vec<String> = row.oddities.iter().filter(common).map(Oddity::badge).collect();
    if row.class.primary.as_ref().is_some_and(|hit| hit.foreign_sender) {
        words.push("other sender".into());
    }
    if row.attachments > 0 {
        words.push(format!("{} att", row.attachments));
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() { String::new() } else { format!("[{}]", words.join(", ")) }
}
