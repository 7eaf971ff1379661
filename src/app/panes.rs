//! Where things stand on the screen, as the last drawing found: paging, clamping and the mouse use it.

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

/// Columns from which categories, list and message stand side by side.
pub const WIDE: u16 = 120;
/// Columns from which message and runbook stand side by side below the list.
pub const MEDIUM: u16 = 80;
/// Rows from which the list and a pane below it both have room.
pub const TALL: u16 = 16;
/// The smallest usable window.
pub const SMALLEST: (u16, u16) = (40, 10);
