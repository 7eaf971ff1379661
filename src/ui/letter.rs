//! The forward dialog and the review: nothing leaves before it was shown.

use super::canvas::{Canvas, Line, flow, line, span};
use super::popup::{frame, inside, read};
use super::status::field;
use super::theme::Role;
use crate::app::Model;
use crate::app::forward::{Resolved, resolve};
use crate::app::model::{ForwardDialog, Letter, Review};
use crate::app::panes::Area;
use crate::mail::compose::ForwardAs;
use crate::mail::text;

const COLUMNS: u16 = 96;

fn how_words(how: ForwardAs) -> &'static str {
    match how {
        ForwardAs::Attach => "attached: the original bytes, as message/rfc822",
        ForwardAs::Inline => "inline: quoted as text, secrets hidden",
        ForwardAs::Redirect => "redirected: the same message with Resent-* headers",
    }
}

/// Draws the forward dialog.
pub(super) fn forward(canvas: &mut Canvas<'_>, screen: Area, model: &Model, dialog: &ForwardDialog) {
    let width = inside(screen, COLUMNS).w;
    let mut below: Vec<Line> = Vec::new();
    if let Some(words) = &dialog.from_runbook {
        below.push(line(format!("      ({words})"), Role::Muted));
    }
    for (typed, resolved) in resolve(model, dialog) {
        let (words, role) = match resolved {
            Resolved::Addresses(addresses) if addresses == [typed.clone()] => continue,
            Resolved::Addresses(addresses) => (format!("{typed} = {}", addresses.join(", ")), Role::Good),
            Resolved::Unknown => (format!("{typed}: no contact of that name; the address is asked for"), Role::Warning),
            Resolved::Wrong(words) => (words, Role::Error),
        };
        below.extend(flow(&[span(words, role)], width, &[span("      ", Role::Text)], "        "));
    }
    let rows = 6 + below.len() + 3;
    let title = if dialog.how == ForwardAs::Redirect { "Redirect" } else { "Forward" };
    let inner =
        frame(canvas, screen, COLUMNS, rows, &format!("{title} · Enter reviews · Tab next field · Esc cancels"));
    let mut y = inner.y;
    let bottom = inner.y + inner.h;
    canvas.fit(inner.x, y, inner.w, &dialog.about, Role::Strong);
    y += 1;
    let label = |canvas: &mut Canvas<'_>, y: u16, index: usize, words: &str| {
        let active = dialog.at == index && dialog.unknown.is_none() && dialog.keep.is_none();
        canvas.put(inner.x, y, 1, if active { "▸" } else { " " }, Role::Focus);
        canvas.put(inner.x + 1, y, 5, words, Role::Name);
        active
    };
    if y < bottom {
        let active = label(canvas, y, 0, "To:");
        field(canvas, inner.x + 6, y, inner.w.saturating_sub(6), &dialog.to, active, Role::Text);
        y += 1;
    }
    let room = bottom.saturating_sub(y + 4);
    for row in below.iter().take(usize::from(room)) {
        canvas.line(Area::new(inner.x, y, inner.w, 1), 0, row);
        y += 1;
    }
    if y < bottom {
        let active = label(canvas, y, 1, "How:");
        canvas.fit(inner.x + 6, y, inner.w.saturating_sub(6), how_words(dialog.how), Role::Text);
        if active {
            let hint = "  ←→ changes";
            let at = 6 + u16::try_from(text::width(how_words(dialog.how))).unwrap_or(0);
            canvas.fit(inner.x + at, y, inner.w.saturating_sub(at), hint, Role::Muted);
        }
        y += 1;
    }
    if y < bottom {
        let active = label(canvas, y, 2, "Note:");
        field(canvas, inner.x + 7, y, inner.w.saturating_sub(7), &dialog.note, active, Role::Text);
        y += 2;
    }
    if y >= bottom {
        y = bottom.saturating_sub(1);
    }
    ask(canvas, Area::new(inner.x, y, inner.w, bottom - y), dialog);
}

/// The question that is open, or what is wrong.
fn ask(canvas: &mut Canvas<'_>, area: Area, dialog: &ForwardDialog) {
    if let Some((nick, address)) = &dialog.keep {
        let words = format!("Keep {nick} = {address} in your contacts?   y yes   n only now");
        canvas.fit(area.x, area.y, area.w, &words, Role::Key);
    } else if let Some((nick, typed)) = &dialog.unknown {
        let clean = text::clean(nick);
        let label = format!("Address of {}: ", text::fit(&clean, 24));
        let used = canvas.put(area.x, area.y, area.w, &label, Role::Key);
        field(canvas, area.x + used, area.y, area.w.saturating_sub(used), typed, true, Role::Strong);
        if let Some(words) = &dialog.wrong
            && area.h > 1
        {
            canvas.fit(area.x, area.y + 1, area.w, &format!("! {words}"), Role::Error);
        }
    } else if let Some(words) = &dialog.wrong {
        canvas.fit(area.x, area.y, area.w, &format!("! {words}"), Role::Error);
    } else if dialog.waiting {
        canvas.put(area.x, area.y, area.w, "making the review …", Role::Muted);
    } else {
        canvas.fit(area.x, area.y, area.w, "nothing is sent before you have seen it", Role::Muted);
    }
}

/// Draws the review; gives its lines and height.
pub(super) fn review(canvas: &mut Canvas<'_>, screen: Area, model: &Model, review: &Review) -> (usize, u16) {
    let columns = 110.min(screen.w);
    let width = inside(screen, columns).w;
    let mut lines: Vec<Line> = Vec::new();
    let recipients: Vec<String> = review.recipients.clone();
    lines.extend(flow(
        &[span(recipients.join(", "), Role::Strong)],
        width,
        &[span("Goes to: ", Role::Name)],
        "         ",
    ));
    if let Letter::Forward(dialog, _) = &review.letter
        && dialog.keys.len() > 1
    {
        let words = format!("{} mails like this one, one for each selected message", dialog.keys.len());
        lines.push(line(words, Role::Warning));
    }
    if !model.config.sends() {
        let words =
            "no sender is configured: it will wait in the outbox (set sending.smtp or sending.sendmail in config.toml)";
        lines.extend(flow(&[span(words, Role::Warning)], width, &[span("! ", Role::Warning)], "  "));
    }
    for warning in &review.warnings {
        lines.extend(flow(&[span(warning.clone(), Role::Warning)], width, &[span("! ", Role::Warning)], "  "));
    }
    lines.push(Line::new());
    lines.extend(text::wrap(&review.text, usize::from(width)).into_iter().map(|text| line(text, Role::Text)));
    let edit = match review.letter {
        Letter::Forward(..) => "e changes",
        Letter::Reply { .. } => "e edits",
    };
    let inner = frame(canvas, screen, columns, lines.len() + 2, "Review: nothing has left yet");
    let body = Area::new(inner.x, inner.y, inner.w, inner.h.saturating_sub(2));
    let read = read(canvas, body, &lines, review.scroll);
    let keys = vec![
        span("y", Role::Key),
        span(" sends   ", Role::Strong),
        span(edit.get(..1).unwrap_or_default(), Role::Key),
        span(format!("{}   ", edit.get(1..).unwrap_or_default()), Role::Text),
        span("Esc", Role::Key),
        span(" back", Role::Text),
    ];
    canvas.line(Area::new(inner.x, inner.y + inner.h.saturating_sub(1), inner.w, 1), 0, &keys);
    read
}
