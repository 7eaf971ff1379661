//! The list of messages: only the rows in sight are looked at.

use super::canvas::{Canvas, Span, span};
use super::theme::Role;
use crate::app::Model;
use crate::app::list::{Listed, View, sender};
use crate::app::panes::{Area, Focus};
use crate::mail::{Flags, Oddity, text};
use crate::runbook::Call;
use crate::triage::row::Place;

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
        View::Category(None) => "Undocumented".to_owned(),
        View::Category(Some(book)) => {
            model.inbox.books.get(*book).map_or_else(|| "Category".to_owned(), |book| book.title.clone())
        }
        View::Around(time) => format!("Around {}, all categories", time.short(model.now, &model.zone)),
        View::Ignored => "Ignored".to_owned(),
    };
    let (sort, reverse) = model.list.shown_sort();
    let mut title = format!(" {name} · {}", model.list.len());
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
    let flags = row.flags();
    let unseen = row.place == Place::New || !flags.has(Flags::SEEN);
    let text_role = match () {
        () if listed.gone => Role::Muted,
        () if listed.selected => Role::Selected,
        () if unseen => Role::Unseen,
        () => Role::Text,
    };
    if listed.cursor {
        canvas.wash(area, y, if focused { Role::Cursor } else { Role::Rest });
    }
    let (left, top, right) = (area.x, area.y + y, area.x + area.w);
    canvas.put(left, top, 1, if listed.cursor { "▌" } else { " " }, Role::Focus);
    canvas.put(left + 1, top, 1, if listed.selected { "●" } else { " " }, Role::Selected);
    let mut x = left + 2;
    let call = standing.map_or(Call::Ignore, |standing| standing.call());
    let (word, role) = if listed.gone { ("gone", Role::Warning) } else { (call_word(call), Role::of_call(call)) };
    canvas.put(x, top, 6, word, role);
    x += 7;
    let mut letters = String::new();
    letters.push(if unseen { 'N' } else { ' ' });
    letters.push(if flags.has(Flags::FLAGGED) { 'F' } else { ' ' });
    let told = standing.map_or(' ', |s| match () {
        () if flags.has(Flags::TRASHED) => 'T',
        () if s.ignored => 'I',
        () if s.done => 'D',
        () if flags.has(Flags::PASSED) => 'P',
        () if flags.has(Flags::REPLIED) => 'R',
        () if s.noted => 'c',
        () => ' ',
    });
    letters.push(told);
    canvas.put(x, top, 3, &letters, if flags.has(Flags::FLAGGED) { Role::Warning } else { text_role });
    x += 4;
    let age = row.received.age(model.now);
    canvas.put(x, top, 4, &format!("{age:>4}"), Role::Muted);
    x += 5;
    let room = right.saturating_sub(x);
    let who = if room >= 70 { 20 } else { (room * 2 / 5).min(16) };
    if who >= 6 {
        canvas.fit(x, top, who, sender(row), text_role);
        x += who + 1;
    }
    let badges = badges(listed);
    let room = right.saturating_sub(x);
    let badge_width = u16::try_from(text::width(&text::clean(&badges))).unwrap_or(u16::MAX);
    let badge_room = if badges.is_empty() { 0 } else { (badge_width + 1).min(room / 3) };
    let depth = usize::from(listed.depth.min(8));
    let subject = match (row.odd.as_ref(), depth) {
        (Some(odd), _) => odd.words(),
        (None, 0) => row.subject.clone(),
        (None, depth) => format!("{}└ {}", "  ".repeat(depth - 1), row.subject),
    };
    let subject = if subject.trim().is_empty() { "(no subject)".to_owned() } else { subject };
    canvas.fit(x, top, room - badge_room, &subject, text_role);
    if badge_room > 1 {
        canvas.fit(right - badge_room + 1, top, badge_room - 1, &badges, Role::Warning);
    }
    if listed.cursor && focused {
        canvas.wash(area, y, Role::Cursor);
    }
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
