//! The pane of categories, and the line that stands for it where there is no room.

use super::canvas::{Canvas, Span, span};
use super::theme::Role;
use crate::app::Model;
use crate::app::list::View;
use crate::app::panes::{Area, Focus};
use crate::mail::text;
use crate::runbook::Call;

/// A category as it is shown: name, open messages, those that need a person, worst call.
struct Shown<'m> {
    name: &'m str,
    open: usize,
    needs: usize,
    worst: Option<Call>,
}

fn shown(model: &Model) -> Vec<Shown<'_>> {
    let open = model.categories.iter().map(|c| c.open).sum();
    let worst = model.categories.iter().filter_map(|c| c.worst).max();
    let all = Shown { name: "All", open, needs: model.needs_you, worst };
    let categories = model.categories.iter();
    let rows = categories.map(|c| Shown { name: &c.id, open: c.open, needs: c.needs_you, worst: c.worst });
    std::iter::once(all).chain(rows).collect()
}

/// A mark for the worst call, in letters so that it needs no colour.
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
        canvas.fit(area.x + 1, area.y + y, area.w.saturating_sub(right + 2), row.name, text_role);
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
        vec![span(label, name_role), span(mark.trim_end(), role), span(close, name_role)]
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
