//! Where things stand on the screen, as the last drawing found: paging, clamping and the mouse use it.

use crate::triage::row::MailKey;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub w: u16,
    /// Rows.
    pub h: u16,
}

impl Area {
    /// A rectangle.
    pub const fn new(x: u16, y: u16, w: u16, h: u16) -> Area {
        Area { x, y, w, h }
    }

    /// Whether a cell lies in it.
    pub fn holds(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x - self.x < self.w && y - self.y < self.h
    }

    /// Whether nothing fits in it.
    pub fn is_empty(self) -> bool {
        self.w == 0 || self.h == 0
    }
}

/// What can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The categories.
    Categories,
    /// The list.
    #[default]
    List,
    /// The message.
    Message,
    /// The runbook.
    Runbook,
}

/// What the last drawing found. Areas hold content only, without titles; empty where a pane is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Panes {
    /// The whole screen.
    pub screen: Area,
    /// The categories.
    pub categories: Area,
    /// First category shown.
    pub categories_top: usize,
    /// The list.
    pub list: Area,
    /// Index of the first message shown.
    pub list_top: usize,
    /// The message.
    pub message: Area,
    /// Lines of the message at this width.
    pub message_lines: usize,
    /// Lines of the message in which the search text stands.
    pub message_matches: Vec<usize>,
    /// The runbook.
    pub runbook: Area,
    /// Lines of the runbook pane at this width.
    pub runbook_lines: usize,
    /// First line of each section in the runbook pane.
    pub runbook_sections: Vec<usize>,
    /// Whether something shown counts down, so that the screen must be drawn again each second.
    pub countdown: bool,
    /// Lines and height of the dialog on top, where it scrolls.
    pub dialog: (usize, u16),
}

impl Panes {
    /// The area of a pane.
    pub fn area(&self, focus: Focus) -> Area {
        match focus {
            Focus::Categories => self.categories,
            Focus::List => self.list,
            Focus::Message => self.message,
            Focus::Runbook => self.runbook,
        }
    }
}

/// How a pane that scrolls was laid out when it was last in sight, to keep its place where its size changes.
#[derive(Debug, Clone, Default)]
pub struct Scrolled {
    of: Option<MailKey>,
    size: (u16, u16),
    lines: usize,
    sections: Vec<usize>,
    /// The size before this one, the first line shown there, and which one that became here.
    before: Option<((u16, u16), usize, usize)>,
}

impl Scrolled {
    /// Takes in how the pane is laid out now; gives the first line to show. At another size that is the line as far into
    /// the same section as before, and back at the size before, without a move meanwhile, the very line of then.
    pub fn keep(&mut self, of: Option<&MailKey>, area: Area, lines: usize, sections: &[usize], scroll: usize) -> usize {
        if area.is_empty() {
            return scroll;
        }
        let now =
            Scrolled { of: of.cloned(), size: (area.w, area.h), lines, sections: sections.to_vec(), before: None };
        // The last section may stand at the top, so that going to it shows it.
        let last = lines.saturating_sub(usize::from(area.h)).max(sections.last().copied().unwrap_or(0));
        let same = self.of == now.of && self.size != (0, 0);
        if !same || self.size == now.size {
            let before = self.before.take().filter(|_| same);
            *self = Scrolled { before, ..now };
            return scroll.min(last);
        }
        let kept = match self.before {
            Some((size, line, became)) if size == now.size && became == scroll => line,
            _ => now.line_at(self.part_of(scroll)),
        };
        let kept = kept.min(last);
        *self = Scrolled { before: Some((self.size, scroll, kept)), ..now };
        kept
    }

    /// Begin and length of a section.
    fn section(&self, index: usize) -> (usize, usize) {
        let begin = index.checked_sub(1).and_then(|at| self.sections.get(at)).copied().unwrap_or(0);
        let end = self.sections.get(index).copied().unwrap_or(self.lines);
        (begin, end.saturating_sub(begin).max(1))
    }

    /// In which section a line stands, how many lines into it, and how long that section is.
    fn part_of(&self, line: usize) -> (usize, usize, usize) {
        let index = self.sections.iter().take_while(|begin| **begin <= line).count();
        let (begin, length) = self.section(index);
        (index, line.saturating_sub(begin), length)
    }

    /// The line that stands as far into that section here.
    fn line_at(&self, (index, into, length): (usize, usize, usize)) -> usize {
        let (begin, own) = self.section(index);
        begin + into.saturating_mul(own) / length.max(1)
    }
}

/// Columns from which categories, list and message stand side by side.
pub const WIDE: u16 = 120;
/// Columns from which message and runbook stand side by side below the list.
pub const MEDIUM: u16 = 80;
/// Rows from which the list and a pane below it both have room.
pub const TALL: u16 = 16;
/// The smallest usable window.
pub const SMALLEST: (u16, u16) = (40, 10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::row::FolderId;

    fn mail(base: &str) -> MailKey {
        MailKey { folder: FolderId(0), base: base.as_bytes().into() }
    }

    /// A pane of two sections; the narrow one needs twice the lines.
    const NARROW: (Area, usize, &[usize]) = (Area::new(0, 0, 40, 10), 80, &[0, 40]);
    const WIDE: (Area, usize, &[usize]) = (Area::new(0, 0, 80, 10), 40, &[0, 20]);

    fn show(place: &mut Scrolled, of: &str, (area, lines, sections): (Area, usize, &[usize]), scroll: usize) -> usize {
        place.keep(Some(&mail(of)), area, lines, sections, scroll)
    }

    #[test]
    fn another_size_shows_the_same_part_of_the_same_section_and_the_way_back_the_same_line() {
        let mut place = Scrolled::default();
        assert_eq!(show(&mut place, "a", NARROW, 51), 51);
        let wide = show(&mut place, "a", WIDE, 51);
        assert_eq!(wide, 25, "5 lines into the section, where it were 11 of twice as many");
        assert_eq!(show(&mut place, "a", WIDE, wide), 25, "drawing again changes nothing");
        assert_eq!(show(&mut place, "a", NARROW, wide), 51);
    }

    #[test]
    fn who_moved_meanwhile_comes_back_to_where_they_moved() {
        let mut place = Scrolled::default();
        show(&mut place, "a", NARROW, 51);
        assert_eq!(show(&mut place, "a", WIDE, 51), 25);
        assert_eq!(show(&mut place, "a", WIDE, 28), 28);
        assert_eq!(show(&mut place, "a", NARROW, 28), 56);
    }

    #[test]
    fn a_place_is_of_one_message_and_waits_while_the_pane_is_out_of_sight() {
        let mut place = Scrolled::default();
        let hidden = (Area::default(), 0, &[][..]);
        show(&mut place, "a", NARROW, 51);
        assert_eq!(show(&mut place, "a", hidden, 51), 51);
        assert_eq!(show(&mut place, "a", NARROW, 51), 51);
        show(&mut place, "a", WIDE, 51);
        assert_eq!(show(&mut place, "b", NARROW, 0), 0);
        assert_eq!(show(&mut place, "b", NARROW, 500), 70, "never further than to the last lines");
    }
}
