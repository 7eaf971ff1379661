//! `dutybox explain`: every rule tried, what matched where, why the winner won; every case with its result and its reasons.

use super::args::Explain;
use super::list::unread;
use super::out::{Failure, Out, Style};
use super::setup::Desk;
use super::{choose, json, show};
use crate::error::{Error, ErrorKind};
use crate::mail::text;
use crate::runbook::filter::{Span, Trace};
use crate::triage::explain::{CaseJudged, Explanation, Part, cases_of, explain as work_out};
use crate::triage::inbox::{Inbox, UNDOCUMENTED};
use crate::triage::{Row, Value, Verdict};

/// Longest value that is shown around a match.
const VALUE: usize = 120;

/// Explains a message's category.
///
/// # Errors
/// An id that names no message, a mail that cannot be read.
pub fn explain(desk: &Desk, args: &Explain, out: &mut Out) -> Result<u8, Failure> {
    let inbox = desk.inbox()?;
    let row = choose::one(&inbox, &args.id)?;
    let id = inbox.id(row);
    if let Some(odd) = &row.odd {
        let message = format!("{id} is no readable mail ({}), so no rule was tried", odd.words());
        return Err(Error::new(ErrorKind::No, message).hint(format!("type: dutybox show {id}")).into());
    }
    let message = show::read(&inbox, row)?;
    let explanation = work_out(&inbox.books, &message, &desk.hosts);
    let cases = cases_of(&inbox, row, &explanation);
    let verdict = inbox.verdict(row);
    if out.json {
        let mut document = json::explanation(&inbox, &id, &explanation, &cases);
        if let Some(document) = document.as_object_mut() {
            document.insert("verdict".into(), json::verdict(&inbox, &verdict));
        }
        out.document(&document)?;
        return Ok(unread(&inbox));
    }
    category(&inbox, &explanation, out);
    judged(desk, &inbox, row, (&cases, &verdict), out);
    others(&inbox, &explanation, args.verbose, out);
    Ok(unread(&inbox))
}

/// Each case with its result, and what comes of all of them.
fn judged(desk: &Desk, inbox: &Inbox, row: &Row, (cases, verdict): (&[CaseJudged], &Verdict), out: &mut Out) {
    if !cases.is_empty() {
        out.line("");
        out.heading("Cases, in order: the first that is true gives the call");
    }
    for case in cases {
        let style = match (case.part, case.value) {
            (Part::Wins, _) => Style::Good,
            (Part::MayRaise, _) | (_, Value::Open) => Style::Warn,
            (_, Value::True) => Style::Plain,
            _ => Style::Faint,
        };
        let until = case.until.map(|until| format!(" until {}", until.full(&desk.zone))).unwrap_or_default();
        let part = match case.part {
            Part::Wins => "  ◀ gives the call",
            Part::MayRaise => "  ◀ may raise it",
            Part::No => "",
        };
        out.put(Style::Plain, "  ").put(style, &format!("{:<5}", case.value.word()));
        out.put(Style::Plain, "  ").put(Style::Strong, &case.id);
        out.put(Style::Plain, &format!(" ({}){until}{part}", case.call.word())).end();
        for reason in &case.why {
            out.hanging("         ", "           ", &show::reason_words(desk, inbox, row, reason));
        }
    }
    out.line("");
    show::verdict(desk, inbox, row, verdict, out);
}

/// How it came to its category.
fn category(inbox: &Inbox, explanation: &Explanation, out: &mut Out) {
    let name = |book| inbox.books.get(book).map_or(UNDOCUMENTED, |book| book.id.as_str());
    let winner = explanation.class.primary.as_ref().map(|hit| hit.book);
    out.put(Style::Plain, "Category: ").put(Style::Strong, winner.map_or(UNDOCUMENTED, name)).end();
    out.paragraph("", &explanation.why);
    let (role, because) = &explanation.role;
    out.paragraph("", &format!("Role: {} ({because})", role.word()));
    for tried in explanation.tried.iter().filter(|tried| tried.matched) {
        out.line("");
        let word = if Some(tried.book) == winner { "winner" } else { "also matches" };
        out.put(Style::Strong, name(tried.book)).put(Style::Plain, &format!("  ({word})")).end();
        trace(&tried.trace, 1, out);
        for (kind, held) in tried.kinds.iter().filter(|(kind, _)| !kind.is_empty()) {
            out.line(&format!("  {} kind {kind}", sign(*held)));
        }
    }
    if !explanation.class.labels.is_empty() {
        out.line("");
        out.heading("Labels");
        for label in explanation.class.labels.iter() {
            out.line(&format!("  {} = {}  (from {})", label.name, label.value, label.from));
        }
    }
}

/// The runbooks that do not match.
fn others(inbox: &Inbox, explanation: &Explanation, verbose: bool, out: &mut Out) {
    let name = |book| inbox.books.get(book).map_or(UNDOCUMENTED, |book| book.id.as_str());
    let others: Vec<_> = explanation.tried.iter().filter(|tried| !tried.matched).collect();
    if others.is_empty() {
        return;
    }
    out.line("");
    if !verbose {
        let names: Vec<&str> = others.iter().map(|tried| name(tried.book)).collect();
        out.paragraph(
            "",
            &format!(
                "not matched (-v shows why), {}: {}",
                text::counted(others.len(), "other runbook"),
                names.join(", ")
            ),
        );
        return;
    }
    for tried in others {
        out.put(Style::Strong, name(tried.book)).put(Style::Plain, "  (does not match)").end();
        trace(&tried.trace, 1, out);
    }
}

fn sign(held: bool) -> &'static str {
    if held { "yes" } else { "no " }
}

fn trace(tried: &Trace, depth: usize, out: &mut Out) {
    let indent = "  ".repeat(depth);
    let style = if tried.held { Style::Good } else { Style::Faint };
    out.put(Style::Plain, &indent).put(style, sign(tried.held)).put(Style::Plain, &format!(" {}", tried.what)).end();
    if let Some(seen) = &tried.seen {
        let lead = format!("{indent}      {}: ", seen.field);
        let (value, caret) = pointed(seen, tried.held);
        out.line(&format!("{lead}{value}"));
        if let Some((before, length)) = caret {
            let gap = " ".repeat(text::width(&text::clean(&lead)) + before);
            out.line(&format!("{gap}{}", "^".repeat(length)));
        }
    }
    for inner in &tried.inner {
        trace(inner, depth + 1, out);
    }
}

/// The value around a match, cleaned, and the columns of the carets below it.
fn pointed(span: &Span, held: bool) -> (String, Option<(usize, usize)>) {
    let (start, end) = span.range;
    let whole = text::clean(&span.value).into_owned();
    if !held {
        return (text::fit(&whole, VALUE).into_owned(), None);
    }
    let (Some(before), Some(inside)) = (span.value.get(..start), span.value.get(start..end)) else {
        return (text::fit(&whole, VALUE).into_owned(), None);
    };
    // Long values lose what stands far before the match.
    let before = text::clean(before).into_owned();
    let skip = text::width(&before).saturating_sub(VALUE / 2);
    let (shown, before) = if skip > 0 {
        let mut left = skip;
        let rest: String = text::graphemes(&before)
            .into_iter()
            .skip_while(|(_, width)| {
                let skipped = left > 0;
                left = left.saturating_sub(usize::from(*width));
                skipped
            })
            .map(|(grapheme, _)| grapheme)
            .collect();
        let after = text::clean(span.value.get(start..).unwrap_or_default()).into_owned();
        let lead = format!("…{rest}");
        (format!("{lead}{after}"), lead)
    } else {
        (whole, before)
    };
    let room = VALUE.saturating_sub(text::width(&before)).max(1);
    let length = text::width(&text::clean(inside)).clamp(1, room);
    (text::fit(&shown, VALUE).into_owned(), Some((text::width(&before), length)))
}
