//! The pane of categories, and the line that stands for it where there is no room.

use super::canvas::{Canvas, Span, span};
use super::theme::Role;
use crate::app::Model;
use crate::app::list::View;
use crate::app::panes::{Area, Focus};
use crate::mail::{Time, text};
use crate::runbook::Call;

/// A row of the pane as it is shown: name, open messages, those that need a person, worst call, what is due next.
struct Shown<'m> {
    name: &'m str,
    open: usize,
    needs: usize,
    worst: Option<Call>,
    due: Option<Time>,
}

fn shown(model: &Model) -> Vec<Shown<'_>> {
    let open = model.categories.iter().map(|c| c.open).sum();
    let worst = model.categories.iter().filter_map(|c| c.worst).max();
    let needs = Shown { name: "Needs you", open: model.needs_you, needs: model.needs_you, worst, due: None };
    let all = Shown { name: "All", open, needs: model.needs_you, worst, due: None };
    let categories = model.categories.iter();
    let rows = categories.map(|c| Shown { name: &c.id, open: c.open, needs: c.needs_you, worst: c.worst, due: c.due });
    let past = Shown { name: "Past, never handled", open: model.past, needs: 0, worst: None, due: None };
    let past = (model.category_rows() > model.categories.len() + 2).then_some(past);
    [needs, all].into_iter().chain(rows).chain(past).collect()
}

/// A mark for the worst call, in letters so that it needs no colour; a clock where something is due.
fn mark(shown: &Shown<'_>) -> (&'static str, Role) {
    match shown.worst.filter(|_| shown.needs > 0) {
        Some(call @ Call::Page) => ("!!", Role::of_call(call)),
        Some(call @ Call::Act) => ("! ", Role::of_call(call)),
        Some(call @ Call::Decide) => ("? ", Role::of_call(call)),
        _ => ("  ", Role::Muted),
    }
}

/// Draws the pane; gives the first category shown.
pub(super) fn render(canvas: &mut Canvas<'_>, title: Area, area: Area, model: &Model) -> usize {
    let focused = model.focus == Focus::Categories;
    canvas.rule(title, &super::list::title_spans(" Categories", focused));
    let rows = shown(model);
    let cursor = model.category_index();
    let height = usize::from(area.h);
    let first = super::list::top_for(model.panes.categories_top, cursor.unwrap_or(0), height, rows.len());
    for (y, (index, row)) in (0..area.h).zip(rows.iter().enumerate().skip(first)) {
        let here = cursor == Some(index);
        let count = row.open.to_string();
        let (mark, role) = mark(row);
        let lead = if here { "▌" } else { " " };
        let right = u16::try_from(count.len()).unwrap_or(0) + 3;
        let text_role = if row.needs > 0 {
            Role::Strong
        } else if row.open == 0 {
            Role::Muted
        } else {
            Role::Text
        };
        if here {
            canvas.wash(area, y, if focused { Role::Cursor } else { Role::Rest });
        }
        canvas.put(area.x, area.y + y, 1, lead, Role::Focus);
        let due = row.due.map(|due| format!("⏰{}", due.short(model.now, &model.zone))).unwrap_or_default();
        let due_width = u16::try_from(text::width(&due)).unwrap_or(0);
        // The clock alone, where the time would cut the name.
        let room = area.w.saturating_sub(right + 2);
        let name_width = u16::try_from(text::width(&text::clean(row.name))).unwrap_or(u16::MAX);
        let due =
            if name_width.saturating_add(due_width + 1) <= room || due.is_empty() { due } else { "⏰".to_owned() };
        let due_width = u16::try_from(text::width(&due)).unwrap_or(0);
        let gap = u16::from(due_width > 0);
        canvas.fit(area.x + 1, area.y + y, room.saturating_sub(due_width + gap), row.name, text_role);
        let at = area.x + (1 + room).saturating_sub(due_width);
        canvas.put(at, area.y + y, due_width, &due, Role::Wait);
        canvas.put((area.x + area.w).saturating_sub(right), area.y + y, right, &count, text_role);
        canvas.put((area.x + area.w).saturating_sub(2), area.y + y, 2, mark, role);
        if here && focused {
            canvas.wash(area, y, Role::Cursor);
        }
    }
    first
}

/// The categories on one line, the chosen one always in sight.
pub(super) fn selector(canvas: &mut Canvas<'_>, area: Area, model: &Model) {
    let rows = shown(model);
    let cursor = model.category_index();
    let piece = |(index, row): (usize, &Shown<'_>)| -> Vec<Span> {
        let here = cursor == Some(index);
        let (mark, role) = mark(row);
        let name = text::fit(&text::clean(row.name), 24).into_owned();
        let label = if here { format!("[{name} {}", row.open) } else { format!(" {name} {}", row.open) };
        let name_role = match here {
            true => Role::Focus,
            false if row.needs > 0 => Role::Strong,
            false if row.open == 0 => Role::Muted,
            false => Role::Text,
        };
        let close = if here { "]" } else { " " };
        let due = if row.due.is_some() { "⏰" } else { "" };
        vec![span(label, name_role), span(mark.trim_end(), role), span(due, Role::Wait), span(close, name_role)]
    };
    let mut pieces: Vec<Vec<Span>> = rows.iter().enumerate().map(piece).collect();
    if cursor.is_none() {
        let words = match model.list.scope() {
            View::Around(_) => "[same time, all categories]",
            _ => "[ignored]",
        };
        pieces.insert(0, vec![span(words, Role::Focus)]);
    }
    let width = |piece: &Vec<Span>| piece.iter().map(|span| text::width(&span.text)).sum::<usize>();
    let chosen = cursor.unwrap_or(0);
    let room = usize::from(area.w).saturating_sub(2);
    // As far to the left as keeps the chosen one in sight.
    let mut first = 0;
    while first < chosen && pieces.iter().take(chosen + 1).skip(first).map(width).sum::<usize>() > room {
        first += 1;
    }
    let mut line: Vec<Span> = vec![span(if first > 0 { "‹" } else { " " }, Role::Muted)];
    let mut used = 1;
    for (index, piece) in pieces.iter().enumerate().skip(first) {
        if used + width(piece) > room && index > chosen {
            line.push(span("›", Role::Muted));
            break;
        }
        used += width(piece);
        line.extend(piece.iter().cloned());
    }
    canvas.line(area, 0, &line);
}
