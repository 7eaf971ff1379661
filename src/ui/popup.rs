//! What lies over the panes: keys that can follow, help, actions by name, texts to read, links, attachments, questions.

use super::canvas::{Canvas, Line, flow, line, span};
use super::letter;
use super::status::{field, role};
use super::theme::Role;
use crate::app::model::Overlay;
use crate::app::panes::Area;
use crate::app::{Model, update};
use crate::mail::{Link, Part, text};

/// Draws what lies over the panes; gives its lines and height where it scrolls.
pub(super) fn render(canvas: &mut Canvas<'_>, screen: Area, hints: Area, model: &Model) -> (usize, u16) {
    if !model.pending.is_empty() {
        which_key(canvas, screen, hints, model);
        return (0, 0);
    }
    match &model.overlay {
        None | Some(Overlay::Prompt(_)) => (0, 0),
        Some(Overlay::Help { field: typed, scroll }) => {
            let lines = help(model, typed.text(), inside(screen, 84).w);
            let inner = frame(canvas, screen, 84, lines.len() + 2, "Keys · type to search · Esc closes");
            canvas.put(inner.x, inner.y, 2, "/ ", Role::Key);
            field(canvas, inner.x + 2, inner.y, inner.w.saturating_sub(2), typed, true, Role::Strong);
            let body = Area::new(inner.x, inner.y + 1, inner.w, inner.h.saturating_sub(1));
            read(canvas, body, &lines, *scroll)
        }
        Some(Overlay::Palette { field: typed, cursor }) => {
            let found = crate::app::dialogs::palette(model, typed.text());
            let inner = frame(canvas, screen, 84, found.len().clamp(6, 18) + 1, "Actions · Enter runs · Esc closes");
            canvas.put(inner.x, inner.y, 2, ": ", Role::Key);
            field(canvas, inner.x + 2, inner.y, inner.w.saturating_sub(2), typed, true, Role::Strong);
            let body = Area::new(inner.x, inner.y + 1, inner.w, inner.h.saturating_sub(1));
            let top = super::list::top_for(0, *cursor, usize::from(body.h), found.len());
            for (y, (index, info)) in (0..body.h).zip(found.iter().enumerate().skip(top)) {
                let dim = update::applies(model, info.action).is_err();
                let role = if dim { Role::Muted } else { Role::Text };
                let keys = model.keymap.keys_of(info.action).join(" ");
                canvas.put(body.x, body.y + y, 1, if index == *cursor { "▸" } else { " " }, Role::Focus);
                canvas.fit(body.x + 2, body.y + y, 16, info.name, Role::Name);
                canvas.fit(body.x + 19, body.y + y, body.w.saturating_sub(31), info.doc, role);
                canvas.fit(body.x + body.w.saturating_sub(11), body.y + y, 11, &keys, Role::Key);
                if index == *cursor {
                    canvas.wash(body, y, Role::Cursor);
                }
            }
            (0, 0)
        }
        Some(Overlay::Text { title, lines, scroll }) => {
            let width = inside(screen, 110).w;
            let laid: Vec<Line> = lines
                .iter()
                .flat_map(|(tone, text)| {
                    let indent = " ".repeat(text.len() - text.trim_start().len() + 2);
                    flow(&[span(text.clone(), role(*tone))], width, &[], &indent)
                })
                .collect();
            let inner = frame(canvas, screen, 110, laid.len(), &format!("{title} · Esc closes"));
            read(canvas, inner, &laid, *scroll)
        }
        Some(Overlay::Links { links: all, cursor, confirm }) => {
            links(canvas, screen, model, all, *cursor, *confirm);
            (0, 0)
        }
        Some(Overlay::Attachments { parts, cursor, .. }) => {
            attachments(canvas, screen, parts, *cursor);
            (0, 0)
        }
        Some(Overlay::Form(form)) => {
            super::form::form(canvas, screen, form);
            (0, 0)
        }
        Some(Overlay::Pick(pick)) => {
            super::form::pick(canvas, screen, pick);
            (0, 0)
        }
        Some(Overlay::Forward(dialog)) => {
            letter::forward(canvas, screen, model, dialog);
            (0, 0)
        }
        Some(Overlay::Review(review)) => letter::review(canvas, screen, model, review),
        Some(Overlay::Quit(why)) => {
            let lines = [line(format!("{why}."), Role::Warning), line("Quit anyway?   y yes   n no", Role::Text)];
            let inner = frame(canvas, screen, 60, lines.len(), "Quit");
            canvas.lines(inner, lines.iter());
            (0, 0)
        }
    }
}

/// The inside of a frame of at most so many columns.
pub(super) fn inside(screen: Area, columns: u16) -> Area {
    let w = columns.min(screen.w.saturating_sub(2));
    Area::new(0, 0, w.saturating_sub(4), screen.h.saturating_sub(4))
}

/// A frame in the middle of the screen for so many lines.
pub(super) fn frame(canvas: &mut Canvas<'_>, screen: Area, columns: u16, lines: usize, title: &str) -> Area {
    let w = columns.min(screen.w.saturating_sub(2));
    let wanted = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    let h = wanted.min(screen.h.saturating_sub(2));
    let area = Area::new(screen.x + (screen.w - w) / 2, screen.y + (screen.h - 2).saturating_sub(h) / 2, w, h);
    canvas.frame(area, title)
}

/// Draws lines to read; gives their number and the height.
pub(super) fn read(canvas: &mut Canvas<'_>, area: Area, lines: &[Line], scroll: usize) -> (usize, u16) {
    let last = lines.len().saturating_sub(usize::from(area.h));
    let scroll = scroll.min(last);
    canvas.lines(area, lines.iter().skip(scroll));
    let below = last - scroll;
    if below > 0 {
        let words = format!(" ↓ {below} more ");
        let width = u16::try_from(text::width(&words)).unwrap_or(0);
        canvas.put((area.x + area.w).saturating_sub(width), area.y + area.h, width, &words, Role::Muted);
    }
    (lines.len(), area.h)
}

/// How a half-typed sequence can go on.
fn which_key(canvas: &mut Canvas<'_>, screen: Area, hints: Area, model: &Model) {
    let next = model.keymap.continuations(&model.pending);
    let typed = crate::app::key::print_sequence(&model.pending);
    let columns = usize::from((screen.w.saturating_sub(4) / 30).max(1));
    let rows = next.len().div_ceil(columns);
    let h = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2).min(screen.h.saturating_sub(2));
    let area = Area::new(screen.x, hints.y.saturating_sub(h), screen.w, h);
    let inner = canvas.frame(area, &format!("{typed} … · Esc cancels"));
    let width = inner.w / u16::try_from(columns).unwrap_or(1).max(1);
    for (index, (keys, info)) in next.iter().enumerate() {
        let (Ok(column), Ok(row)) = (u16::try_from(index / rows), u16::try_from(index % rows)) else { continue };
        if row >= inner.h {
            continue;
        }
        let x = inner.x + column * width;
        let used = canvas.put(x, inner.y + row, 6, keys, Role::Key);
        canvas.fit(x + used + 1, inner.y + row, width.saturating_sub(used + 3), info.short, Role::Text);
    }
}

/// The keys in force, narrowed by what was typed.
fn help(model: &Model, typed: &str, columns: u16) -> Vec<Line> {
    let typed = typed.trim().to_lowercase();
    let mut lines = Vec::new();
    for (group, rows) in model.keymap.help() {
        let found: Vec<_> = rows
            .into_iter()
            .filter(|(keys, info)| {
                typed.is_empty()
                    || keys.to_lowercase().split(' ').any(|key| key == typed)
                    || info.name.contains(&typed)
                    || info.doc.to_lowercase().contains(&typed)
            })
            .collect();
        if found.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(line(group.title(), Role::Title));
        for (keys, info) in found {
            let pad = 16usize.saturating_sub(text::width(&keys));
            let lead = [span(keys, Role::Key), span(" ".repeat(pad + 1), Role::Text)];
            let doc_role = if update::applies(model, info.action).is_err() { Role::Muted } else { Role::Text };
            lines.extend(flow(&[span(info.doc, doc_role)], columns, &lead, &" ".repeat(17)));
        }
    }
    if lines.is_empty() {
        lines.push(line("no action fits", Role::Muted));
    } else if typed.is_empty() {
        lines.push(Line::new());
        lines.push(line("Letters in the list", Role::Title));
        for (letters, words) in [
            ("N F", "new (unread) · marked"),
            ("T I D", "trashed · ignored · done"),
            ("P R c", "passed on · replied to · has a note"),
        ] {
            lines.push(vec![span(format!("{letters:<17}"), Role::Key), span(words, Role::Text)]);
        }
    }
    lines
}

fn links(canvas: &mut Canvas<'_>, screen: Area, model: &Model, links: &[Link], cursor: usize, confirm: bool) {
    let width = inside(screen, 110).w;
    if let (true, Some(link)) = (confirm, links.get(cursor)) {
        let mut lines = vec![line("Open this, whole as it is?", Role::Title)];
        lines.extend(flow(&[span(link.target.clone(), Role::Link)], width, &[], ""));
        if link.misleading {
            let words = format!("! the mail shows “{}”, which is another host", link.text);
            lines.extend(flow(&[span(words, Role::Warning)], width, &[], "  "));
        }
        if let Some(command) = &model.config.open_link {
            lines.push(line(format!("with {}", command.join(" ")), Role::Muted));
        }
        lines.push(line("y opens it   any other key goes back", Role::Text));
        let inner = frame(canvas, screen, 110, lines.len(), "Open a link");
        canvas.lines(inner, lines.iter());
        return;
    }
    let chosen: Vec<Line> = links.get(cursor).map_or_else(Vec::new, |link| {
        let mut lines = flow(&[span(link.target.clone(), Role::Link)], width, &[span("→ ", Role::Muted)], "  ");
        if link.misleading {
            lines.push(line("! the mail shows another host than this goes to", Role::Warning));
        }
        if link.unsubscribes {
            lines.push(line("! unsubscribes the whole team: never open", Role::Warning));
        } else if !link.openable {
            lines.push(line("only http and https links can be opened; copying works", Role::Muted));
        }
        lines
    });
    let inner =
        frame(canvas, screen, 110, links.len() + chosen.len() + 1, "Links · Enter copies · o opens · Esc closes");
    let room = usize::from(inner.h).saturating_sub(chosen.len() + 1).max(1);
    let top = super::list::top_for(0, cursor, room, links.len());
    for (y, (index, link)) in (0..inner.h).zip(links.iter().enumerate().skip(top).take(room)) {
        let here = index == cursor;
        canvas.put(inner.x, inner.y + y, 1, if here { "▸" } else { " " }, Role::Focus);
        let name = if link.text.is_empty() { &link.target } else { &link.text };
        let marked = if link.unsubscribes { format!("! never open: {name}") } else { name.clone() };
        canvas.fit(inner.x + 2, inner.y + y, inner.w.saturating_sub(2), &marked, Role::Text);
        if here {
            canvas.wash(inner, y, Role::Cursor);
        }
    }
    let below = u16::try_from(links.len().min(room)).unwrap_or(0) + 1;
    let area = Area::new(inner.x, inner.y + below.min(inner.h), inner.w, inner.h.saturating_sub(below));
    canvas.lines(area, chosen.iter());
}

fn attachments(canvas: &mut Canvas<'_>, screen: Area, parts: &[Part], cursor: usize) {
    let inner = frame(canvas, screen, 90, parts.len(), "Parts · Enter saves · Esc closes");
    let top = super::list::top_for(0, cursor, usize::from(inner.h), parts.len());
    for (y, (index, part)) in (0..inner.h).zip(parts.iter().enumerate().skip(top)) {
        let here = index == cursor;
        let name = part.name.as_deref().unwrap_or("no name");
        let renamed = if part.name.as_deref() == Some(part.safe_name.as_str()) {
            String::new()
        } else {
            format!(" → {}", part.safe_name)
        };
        let kind = match part.level {
            0 if part.attachment => "",
            0 => " (shown text)",
            _ => " (in an attached message)",
        };
        let words = format!(
            "{}. {name}{renamed}  {}, {}{kind}",
            part.number,
            part.content_type,
            super::message::size(part.size)
        );
        canvas.put(inner.x, inner.y + y, 1, if here { "▸" } else { " " }, Role::Focus);
        canvas.fit(inner.x + 2, inner.y + y, inner.w.saturating_sub(2), &words, Role::Text);
        if here {
            canvas.wash(inner, y, Role::Cursor);
        }
    }
}
