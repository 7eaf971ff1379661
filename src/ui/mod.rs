//! What the operator *sees*: one file a pane, and the theme. Drawing changes nothing but its own cache.
//!
//! - [`theme`]: roles and how they look.
//! - `canvas`: the one way to the cells.
//! - `layout`: which pane stands where at which size.
//! - `clock`: times that move.
//! - `verdict`: the verdict in words: the banner, and why.
//! - `categories`, `list`, `message`, `runbook`, `status`, `popup`, `letter`, `form`: the panes.

mod canvas;
mod categories;
mod clock;
mod form;
mod layout;
mod letter;
mod list;
mod message;
mod popup;
mod runbook;
mod status;
pub mod theme;
mod verdict;

use crate::app::Model;
use crate::app::panes::{Area, Panes, SMALLEST};
use canvas::{Canvas, Line, span};
use ratatui::buffer::Buffer;
use theme::{Role, Theme};

/// What draws: the theme, and what was laid out before (wrapped once for each message and width).
#[derive(Debug)]
pub struct Screen {
    theme: Theme,
    body: message::Cache,
    known: verdict::Cache,
}

impl Screen {
    /// A screen with that theme.
    pub fn new(theme: Theme) -> Screen {
        Screen { theme, body: message::Cache::default(), known: verdict::Cache::default() }
    }

    /// Draws the model; gives where things stand.
    pub fn render(&mut self, model: &Model, buffer: &mut Buffer) -> Panes {
        let area = Area::new(buffer.area.x, buffer.area.y, buffer.area.width, buffer.area.height);
        let mut canvas = Canvas::new(buffer, &self.theme);
        canvas.clear(area);
        let mut panes = Panes { screen: area, ..Panes::default() };
        if area.w < SMALLEST.0 || area.h < SMALLEST.1 {
            too_small(&mut canvas, area);
            return panes;
        }
        let runbook = runbook::Document::of(model, &mut self.known);
        let layout = layout::layout(model, area, &runbook);
        if let Some(area) = layout.problem {
            status::problem(&mut canvas, area, model);
        }
        if let Some(area) = layout.selector {
            categories::selector(&mut canvas, area, model);
        }
        for (x, y, rows) in layout.verticals {
            canvas.vertical(x, y, rows);
        }
        if let Some((title, area)) = layout.categories {
            panes.categories = area;
            panes.categories_top = categories::render(&mut canvas, title, area, model);
        }
        if let Some((title, area)) = layout.list {
            panes.list = area;
            panes.list_top = list::render(&mut canvas, title, area, model);
        }
        if let Some(area) = layout.banner {
            runbook.banner_into(&mut canvas, area);
        }
        if let Some((title, area)) = layout.runbook {
            panes.runbook = area;
            (panes.runbook_lines, panes.runbook_sections) =
                runbook.render(&mut canvas, title, area, layout.banner, model);
        }
        if let Some((title, area)) = layout.message {
            panes.message = area;
            (panes.message_lines, panes.message_matches) =
                message::render(&mut canvas, title, area, model, &mut self.body);
        }
        status::hints(&mut canvas, layout.hints, model);
        status::status(&mut canvas, layout.status, model, &panes);
        panes.countdown = canvas.ticking;
        panes.dialog = popup::render(&mut canvas, area, layout.hints, model);
        panes
    }
}

/// What is said where nothing fits.
fn too_small(canvas: &mut Canvas<'_>, area: Area) {
    let text = format!("dutybox needs {}x{}; this window is {}x{}", SMALLEST.0, SMALLEST.1, area.w, area.h);
    let lines: Vec<Line> = canvas::flow(&[span(text, Role::Warning)], area.w, &[], "");
    canvas.lines(area, lines.iter());
}
