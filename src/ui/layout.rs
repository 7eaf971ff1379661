//! Which pane stands where at which size.

use super::runbook::Document;
use crate::app::Model;
use crate::app::panes::{Area, Focus, MEDIUM, TALL, WIDE};

/// A pane: the line of its title, and its content.
type Pane = (Area, Area);

/// Where everything stands. What is `None` has no room.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) problem: Option<Area>,
    pub(super) selector: Option<Area>,
    pub(super) categories: Option<Pane>,
    pub(super) list: Option<Pane>,
    pub(super) banner: Option<Area>,
    pub(super) runbook: Option<Pane>,
    pub(super) message: Option<Pane>,
    pub(super) verticals: Vec<(u16, u16, u16)>,
    pub(super) hints: Area,
    pub(super) status: Area,
}

/// Title line and content of a pane.
fn pane(area: Area) -> Option<Pane> {
    (area.h > 0 && area.w > 0)
        .then(|| (Area::new(area.x, area.y, area.w, 1), Area::new(area.x, area.y + 1, area.w, area.h - 1)))
}

/// Cuts rows off the top.
fn top(area: &mut Area, rows: u16) -> Area {
    let rows = rows.min(area.h);
    let cut = Area::new(area.x, area.y, area.w, rows);
    area.y += rows;
    area.h -= rows;
    cut
}

/// Lays out a screen that is at least as large as the smallest.
pub(super) fn layout(model: &Model, area: Area, runbook: &Document) -> Layout {
    let mut layout = Layout::default();
    let mut body = area;
    layout.status = Area::new(area.x, area.y + area.h - 1, area.w, 1);
    layout.hints = Area::new(area.x, area.y + area.h - 2, area.w, 1);
    body.h -= 2;
    if model.dead.is_some() || !model.inbox.errors().is_empty() || !model.inbox.troubles.is_empty() {
        layout.problem = Some(top(&mut body, 1));
    }
    if model.zoom {
        one(&mut layout, body, model.focus, false);
    } else if area.w >= WIDE {
        wide(&mut layout, body, runbook);
    } else {
        layout.selector = Some(top(&mut body, 1));
        if area.h < TALL {
            one(&mut layout, body, model.focus, true);
        } else {
            let list = (body.h * 2 / 5).max(4);
            layout.list = pane(top(&mut body, list));
            let most = match () {
                () if area.h >= 24 => 3,
                () if body.w >= MEDIUM => 1,
                () => 2,
            };
            let banner = runbook.banner_rows(body.w).min(most);
            layout.banner = Some(top(&mut body, banner));
            if area.w >= MEDIUM {
                let left = body.w * 11 / 20;
                layout.message = pane(Area::new(body.x, body.y, left, body.h));
                layout.verticals.push((body.x + left, body.y, body.h));
                layout.runbook = pane(Area::new(body.x + left + 1, body.y, body.w - left - 1, body.h));
            } else if model.focus == Focus::Runbook {
                layout.runbook = pane(body);
            } else {
                layout.message = pane(body);
            }
        }
    }
    layout
}

/// Only the pane that has the focus.
fn one(layout: &mut Layout, mut body: Area, focus: Focus, small: bool) {
    match focus {
        Focus::Categories if !small => layout.categories = pane(body),
        Focus::Categories | Focus::List => layout.list = pane(body),
        Focus::Message | Focus::Runbook => {
            layout.banner = Some(top(&mut body, 1));
            if focus == Focus::Message {
                layout.message = pane(body);
            } else {
                layout.runbook = pane(body);
            }
        }
    }
}

/// Categories, list, and the right column with verdict, what to do, and the message.
fn wide(layout: &mut Layout, body: Area, runbook: &Document) {
    let categories = (body.w / 6).clamp(24, 30);
    let rest = body.w - categories - 2;
    // At the least width that leaves room for the host names of a data centre.
    let list = (rest * 22 / 40).min(88);
    let right = rest - list;
    let (x1, x2) = (body.x + categories, body.x + categories + 1 + list);
    layout.verticals = vec![(x1, body.y, body.h), (x2, body.y, body.h)];
    layout.categories = pane(Area::new(body.x, body.y, categories, body.h));
    layout.list = pane(Area::new(x1 + 1, body.y, list, body.h));
    let mut column = Area::new(x2 + 1, body.y, right, body.h);
    let banner = runbook.banner_rows(right).min((column.h / 4).max(4));
    layout.banner = Some(top(&mut column, banner));
    let wanted = u16::try_from(runbook.rows(right, banner)).unwrap_or(u16::MAX).saturating_add(1);
    let most = (column.h / 2).max(1);
    let rows = wanted.clamp(most.min(5), most);
    layout.runbook = pane(top(&mut column, rows));
    layout.message = pane(column);
}
