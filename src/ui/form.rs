//! Forms to fill in and lists to pick from. What is chosen stands in brackets, so that no colour is needed to see it.

use super::canvas::{Canvas, Line, flow, line, span};
use super::popup::{frame, inside};
use super::status::{field, role};
use super::theme::Role;
use crate::app::form::{Form, FormRow, Pick, Value};
use crate::app::model::Tone;
use crate::app::panes::Area;
use crate::mail::text;

const COLUMNS: u16 = 100;

/// Lines below the rows that are shown at most, so that a long history leaves room for the form.
const BELOW: usize = 8;

/// Draws a form.
pub(super) fn form(canvas: &mut Canvas<'_>, screen: Area, form: &Form) {
    let width = inside(screen, COLUMNS).w;
    let said = |(tone, words): &(Tone, String)| flow(&[span(words.clone(), role(*tone))], width, &[], "  ");
    let above: Vec<Line> = form.about.iter().flat_map(said).collect();
    let mut below: Vec<Line> = form.below.iter().take(BELOW).flat_map(said).collect();
    if form.below.len() > BELOW {
        below.push(line(format!("and {} more", form.below.len() - BELOW), Role::Muted));
    }
    let label = form.rows.iter().map(|row| text::width(row.label)).max().unwrap_or(0);
    let label = u16::try_from(label).unwrap_or(0) + 4;
    let rows: Vec<(usize, &FormRow)> = form.rows.iter().enumerate().filter(|(_, row)| !row.hidden).collect();
    let room = width.saturating_sub(label);
    // A long text is read whole, but for the line in which it is being typed.
    let long = |index: usize, row: &FormRow| match &row.value {
        Value::Text(field) if index != form.at => text::wrap(&text::clean(field.text()), usize::from(room)),
        _ => Vec::new(),
    };
    // What a row means stands beside it where there is room, else below it.
    let beside = |row: &FormRow| wide(&row.value) + 3 + text::width(&row.note) <= usize::from(room);
    let height = |(index, row): &(usize, &FormRow)| {
        long(*index, row).len().max(1) + usize::from(!row.note.is_empty() && !beside(row))
    };
    let tall: usize = rows.iter().map(height).sum();
    let wrong: Vec<Line> = match &form.wrong {
        Some(words) => flow(&[span(words.clone(), Role::Error)], width, &[span("! ", Role::Error)], "  "),
        None => Vec::new(),
    };
    let hints = hints(form);
    let gap = usize::from(!below.is_empty());
    let lines = above.len() + tall + gap + below.len() + wrong.len() + 1;
    let inner = frame(canvas, screen, COLUMNS, lines, &format!("{} · Esc cancels", form.title));
    // The rows and what is wrong with them stay in sight; what stands around them gives way.
    let need = tall + wrong.len() + 1;
    let left = usize::from(inner.h).saturating_sub(need);
    let above_shown = above.len().min(left.max(1));
    let below_shown = below.len().min(left.saturating_sub(above_shown + gap));
    let mut y = inner.y;
    let bottom = inner.y + inner.h;
    let put = |canvas: &mut Canvas<'_>, y: &mut u16, line: &Line| {
        if *y < bottom {
            canvas.line(Area::new(inner.x, *y, inner.w, 1), 0, line);
            *y += 1;
        }
    };
    above.iter().take(above_shown).for_each(|line| put(canvas, &mut y, line));
    for (index, row) in rows {
        if y >= bottom {
            break;
        }
        let active = index == form.at;
        canvas.put(inner.x, y, 1, if active { "▸" } else { " " }, Role::Focus);
        canvas.fit(inner.x + 2, y, label.saturating_sub(2), row.label, Role::Name);
        let long = long(index, row);
        let used = if long.len() > 1 {
            for (text, below) in long.iter().zip(0..bottom - y) {
                canvas.put(inner.x + label, y + below, room, text, Role::Text);
            }
            y = (y + u16::try_from(long.len() - 1).unwrap_or(0)).min(bottom - 1);
            room
        } else {
            value(canvas, Area::new(inner.x + label, y, room, 1), &row.value, active)
        };
        if !row.note.is_empty() {
            if beside(row) {
                canvas.fit(inner.x + label + used + 2, y, room.saturating_sub(used + 2), &row.note, Role::Muted);
            } else if y + 1 < bottom {
                y += 1;
                canvas.fit(inner.x + label, y, room, &row.note, Role::Muted);
            }
        }
        y += 1;
    }
    wrong.iter().for_each(|line| put(canvas, &mut y, line));
    if below_shown > 0 {
        y += 1;
        below.iter().take(below_shown).for_each(|line| put(canvas, &mut y, line));
    }
    if y < bottom {
        canvas.line(Area::new(inner.x, bottom - 1, inner.w, 1), 0, &hints);
    }
}

/// Columns of a row's value.
fn wide(value: &Value) -> usize {
    match value {
        Value::Text(field) => text::width(&text::clean(field.text())) + 1,
        Value::Choice { typed: Some(field), .. } if !field.text().is_empty() => {
            text::width(&text::clean(field.text())) + 3
        }
        Value::Choice { options, typed, .. } => {
            let options: usize = options.iter().map(|option| text::width(option) + 3).sum();
            options + if typed.is_some() { 7 } else { 0 }
        }
    }
}

/// Draws a value; gives the columns used.
fn value(canvas: &mut Canvas<'_>, area: Area, value: &Value, active: bool) -> u16 {
    let (options, at, typed) = match value {
        Value::Text(text_field) => {
            let wide = u16::try_from(wide(value)).unwrap_or(u16::MAX).clamp(12, area.w.max(12)).min(area.w);
            if active {
                field(canvas, area.x, area.y, wide, text_field, true, Role::Strong);
            } else {
                canvas.fit(area.x, area.y, wide, text_field.text(), Role::Text);
            }
            return wide;
        }
        Value::Choice { options, at, typed } => (options, at, typed),
    };
    let is_typed = typed.as_ref().is_some_and(|field| !field.text().is_empty());
    let mut used = 0;
    let room = |used: u16| area.w.saturating_sub(used);
    // Where something is typed, the options play no part; they come back with an empty line.
    if let Some(typed) = typed.as_ref().filter(|_| is_typed) {
        used += canvas.put(area.x, area.y, area.w, "[", Role::Strong);
        let wide = u16::try_from(text::width(&text::clean(typed.text())) + 1).unwrap_or(u16::MAX).min(room(used + 1));
        field(canvas, area.x + used, area.y, wide, typed, active, Role::Strong);
        used += wide;
        return used + canvas.put(area.x + used, area.y, room(used), "]", Role::Strong);
    }
    let columns = |range: &[String]| range.iter().map(|option| text::width(option) + 3).sum::<usize>();
    let first = (0..*at).find(|first| columns(options.get(*first..=*at).unwrap_or_default()) <= usize::from(area.w));
    for (index, option) in options.iter().enumerate().skip(first.unwrap_or(*at)) {
        let chosen = index == *at;
        let (open, close) = if chosen { ("[", "]") } else { (" ", " ") };
        let role = if chosen && active {
            Role::Focus
        } else if chosen {
            Role::Strong
        } else {
            Role::Muted
        };
        used += canvas.fit(area.x + used, area.y, room(used), &format!("{open}{option}{close} "), role);
    }
    if typed.is_some() {
        used += canvas.put(area.x + used, area.y, room(used), "or type", Role::Muted);
    }
    used
}

/// What the keys do in the row that has the cursor.
fn hints(form: &Form) -> Line {
    let mut line: Line = Vec::new();
    let mut hint = |key: &str, does: &str| {
        line.push(span(key.to_owned(), Role::Key));
        line.push(span(format!(" {does}   "), Role::Muted));
    };
    hint("Enter", "does it");
    if form.rows.iter().filter(|row| !row.hidden).count() > 1 {
        hint("Tab", "next line");
    }
    if form.rows.get(form.at).is_some_and(|row| matches!(row.value, Value::Choice { .. })) {
        hint("←→", "chooses");
    }
    line
}

/// Draws a list to pick from; what is said of the chosen row stands below.
pub(super) fn pick(canvas: &mut Canvas<'_>, screen: Area, pick: &Pick) {
    let width = inside(screen, COLUMNS).w;
    let detail: Vec<Line> = pick
        .rows
        .get(pick.cursor)
        .map(|row| {
            row.detail.iter().flat_map(|words| flow(&[span(words.clone(), Role::Muted)], width, &[], "  ")).collect()
        })
        .unwrap_or_default();
    let gap = usize::from(!detail.is_empty());
    let inner = frame(canvas, screen, COLUMNS, pick.rows.len() + gap + detail.len(), &pick.title);
    // At least a third is the list's.
    let height = usize::from(inner.h);
    let list = pick.rows.len().min(height.saturating_sub(gap + detail.len()).max(height.div_ceil(3)));
    let top = super::list::top_for(0, pick.cursor, list, pick.rows.len());
    for (y, (index, row)) in (0..inner.h).zip(pick.rows.iter().enumerate().skip(top).take(list)) {
        let here = index == pick.cursor;
        canvas.put(inner.x, inner.y + y, 1, if here { "▸" } else { " " }, Role::Focus);
        canvas.fit(inner.x + 2, inner.y + y, inner.w.saturating_sub(2), &row.text, role(row.tone));
        if here {
            canvas.wash(inner, y, Role::Cursor);
        }
    }
    let below = u16::try_from(list + gap).unwrap_or(u16::MAX).min(inner.h);
    let area = Area::new(inner.x, inner.y + below, inner.w, inner.h - below);
    canvas.lines(area, detail.iter());
}
