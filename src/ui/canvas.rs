//! The one way to the cells: everything painted passes [`crate::mail::text::graphemes`], so nothing unclean reaches them.

use super::theme::{Role, Theme};
use crate::app::panes::Area;
use crate::mail::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Modifier;

/// More columns than any grapheme takes.
const WIDEST: u16 = 32;

/// A piece of text and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// The text, as it came.
    pub(super) text: String,
    /// What it is.
    pub(super) role: Role,
}

/// A line of pieces.
pub(super) type Line = Vec<Span>;

/// A piece.
pub(super) fn span(text: impl Into<String>, role: Role) -> Span {
    Span { text: text.into(), role }
}

/// A line of one piece.
pub(super) fn line(text: impl Into<String>, role: Role) -> Line {
    vec![span(text, role)]
}

/// Cells to paint on.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    /// Whether something painted changes with every second.
    pub(super) ticking: bool,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Canvas<'a> {
        Canvas { buffer, theme, ticking: false }
    }

    /// Paints text from a cell on, at most so many columns; gives the columns used.
    pub(super) fn put(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        let style = self.theme.style(role);
        let mut used = 0u16;
        // No more graphemes than cells are looked at, however long the text is.
        let head: usize = usize::from(columns).saturating_mul(80).max(80);
        let mut end = text.len().min(head);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        for (symbol, width) in text::graphemes(text.get(..end).unwrap_or(text)) {
            if width > columns.saturating_sub(used) {
                break;
            }
            // A blank under a line would look like a mark of its own.
            let style = if symbol == " " { style.remove_modifier(Modifier::UNDERLINED) } else { style };
            if let Some(cell) = self.buffer.cell_mut(Position::new(x.saturating_add(used), y)) {
                cell.set_symbol(&symbol).set_style(style);
            }
            for hidden in 1..width {
                if let Some(cell) = self.buffer.cell_mut(Position::new(x.saturating_add(used + hidden), y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
            used += width;
        }
        used
    }

    /// The same, with `…` where the text does not fit.
    pub(super) fn fit(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        let clean = text::clean(text);
        self.put(x, y, columns, &text::fit(&clean, usize::from(columns)), role)
    }

    /// Paints a line of an area, cut at its right edge.
    pub(super) fn line(&mut self, area: Area, row: u16, line: &[Span]) {
        if row >= area.h {
            return;
        }
        let mut used = 0;
        for span in line {
            let room = area.w.saturating_sub(used);
            if room == 0 {
                break;
            }
            used += self.put(area.x + used, area.y + row, room, &span.text, span.role);
        }
    }

    /// Paints a part of some lines into an area.
    pub(super) fn lines<'l>(&mut self, area: Area, lines: impl Iterator<Item = &'l Line>) {
        for (row, line) in (0..area.h).zip(lines) {
            self.line(area, row, line);
        }
    }

    /// Lays a style over a row of an area.
    pub(super) fn wash(&mut self, area: Area, row: u16, role: Role) {
        let style = self.theme.style(role);
        for x in area.x..area.x.saturating_add(area.w) {
            if let Some(cell) = self.buffer.cell_mut(Position::new(x, area.y.saturating_add(row))) {
                cell.set_style(style);
            }
        }
    }

    /// Blanks an area, and what reaches into it from the left: a terminal would show that over what is painted here.
    pub(super) fn clear(&mut self, area: Area) {
        for y in area.y..area.y.saturating_add(area.h) {
            for back in 1..=area.x.min(WIDEST) {
                if let Some(cell) = self.buffer.cell_mut(Position::new(area.x - back, y))
                    && text::width(cell.symbol()) > usize::from(back)
                {
                    cell.set_symbol(" ");
                }
            }
            for x in area.x..area.x.saturating_add(area.w) {
                if let Some(cell) = self.buffer.cell_mut(Position::new(x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// A line from top to bottom.
    pub(super) fn vertical(&mut self, x: u16, y: u16, rows: u16) {
        for row in 0..rows {
            self.put(x, y + row, 1, "│", Role::Border);
        }
    }

    /// A title followed by a line to the right.
    pub(super) fn rule(&mut self, area: Area, title: &[Span]) {
        let mut used = 0;
        for span in title {
            used += self.fit(area.x + used, area.y, area.w.saturating_sub(used), &span.text, span.role);
        }
        if used > 0 && used < area.w {
            used += 1;
        }
        for x in used..area.w {
            self.put(area.x + x, area.y, 1, "─", Role::Border);
        }
    }

    /// A frame; gives the area inside.
    pub(super) fn frame(&mut self, area: Area, title: &str) -> Area {
        self.clear(area);
        if area.w < 2 || area.h < 2 {
            return Area::default();
        }
        let (right, bottom) = (area.x + area.w - 1, area.y + area.h - 1);
        for x in area.x + 1..right {
            self.put(x, area.y, 1, "─", Role::Border);
            self.put(x, bottom, 1, "─", Role::Border);
        }
        self.vertical(area.x, area.y, area.h);
        self.vertical(right, area.y, area.h);
        for (x, y, corner) in [(area.x, area.y, "╭"), (right, area.y, "╮"), (area.x, bottom, "╰"), (right, bottom, "╯")]
        {
            self.put(x, y, 1, corner, Role::Border);
        }
        if !title.is_empty() && area.w > 6 {
            self.fit(area.x + 2, area.y, area.w - 4, &format!(" {title} "), Role::Title);
        }
        Area::new(area.x + 2, area.y + 1, area.w.saturating_sub(4), area.h - 2)
    }
}

/// Lays pieces out in lines of that many columns, broken at blanks where it can; the first line begins with `first`,
/// the others with `rest`.
pub(super) fn flow(pieces: &[Span], columns: u16, first: &[Span], rest: &str) -> Vec<Line> {
    let columns = usize::from(columns.max(1));
    let mut lines: Vec<Line> = Vec::new();
    let mut current: Line = first.to_vec();
    let lead = |line: &Line| line.iter().map(|span| text::width(&text::clean(&span.text))).sum::<usize>();
    let indent = if text::width(rest) + 8 > columns { "" } else { rest };
    let mut used = lead(&current);
    let mut empty = true;
    for piece in pieces {
        for (index, part) in piece.text.split('\n').enumerate() {
            if index > 0 {
                lines.push(std::mem::replace(&mut current, line(indent, Role::Text)));
                (used, empty) = (text::width(indent), true);
            }
            for word in part.split_inclusive(' ') {
                let clean = text::clean(word);
                let bare = text::width(clean.trim_end());
                let own = text::width(indent) + bare <= columns && used > text::width(indent);
                if used + bare > columns && (!empty || own) {
                    lines.push(std::mem::replace(&mut current, line(indent, Role::Text)));
                    (used, empty) = (text::width(indent), true);
                }
                if used + bare <= columns {
                    used += text::width(&clean);
                    push(&mut current, &clean, piece.role);
                } else {
                    // A word wider than a line is cut where the line ends.
                    for (symbol, width) in text::graphemes(&clean) {
                        if used + usize::from(width) > columns && !empty {
                            lines.push(std::mem::replace(&mut current, line(indent, Role::Text)));
                            used = text::width(indent);
                        }
                        used += usize::from(width);
                        push(&mut current, &symbol, piece.role);
                        empty = false;
                    }
                }
                empty = empty && bare == 0;
            }
        }
    }
    lines.push(current);
    lines
}

fn push(line: &mut Line, text: &str, role: Role) {
    match line.last_mut() {
        Some(last) if last.role == role => last.text.push_str(text),
        _ => line.push(span(text, role)),
    }
}
