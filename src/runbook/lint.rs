//! What is odd about a runbook that works: cases without an item, brittle matches, overlaps, missing actions.

use super::case::{Case, Near, Temporal};
use super::file::{Place, Runbook, RunbookLink, SectionName};
use super::filter::{Filter, MessageFacts, Strength, Test};
use super::glob::Glob;
use super::set::{BookId, Runbooks};
use crate::error::{Diagnostic, Severity};
use crate::mail::parse;

/// Everything odd about these runbooks, one by one and against each other; file by file, in the order of the lines.
/// What a runbook says wrongly about itself is an error; what may well be meant is a warning.
pub fn lint(books: &Runbooks) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, book) in books.iter() {
        let mut notes = Notes { file: &book.file, found: Vec::new() };
        markers(book, &mut notes);
        sections(book, &mut notes);
        patterns(book, &mut notes);
        cases(book, &mut notes);
        links(book, &mut notes);
        examples(books, id, book, &mut notes);
        overlaps(books, id, book, &mut notes);
        notes.found.sort_by_key(|note| (note.line, note.column));
        found.append(&mut notes.found);
    }
    found
}

/// What is said about one file.
struct Notes<'b> {
    file: &'b str,
    found: Vec<Diagnostic>,
}

impl Notes<'_> {
    fn add(&mut self, severity: Severity, place: Place, message: String, hint: impl Into<Option<String>>) {
        let file = self.file.to_owned();
        let (line, column) = place;
        self.found.push(Diagnostic { severity, file, line, column, message, hint: hint.into() });
    }

    fn error(&mut self, place: Place, message: String, hint: impl Into<Option<String>>) {
        self.add(Severity::Error, place, message, hint);
    }

    fn warning(&mut self, place: Place, message: String, hint: impl Into<Option<String>>) {
        self.add(Severity::Warning, place, message, hint);
    }
}

/// Each case has its item in "What to do", each marker names a case.
fn markers(book: &Runbook, notes: &mut Notes<'_>) {
    let ids: Vec<&str> = book.cases.iter().map(|case| case.id.as_str()).collect();
    for (marker, place) in &book.places.markers {
        if !ids.contains(&marker.as_str()) {
            let hint = super::nearest(marker, &ids).map(|near| format!("did you mean {{{near}}}?"));
            notes.error(*place, format!("{{{marker}}} names no case of this runbook"), hint);
        }
    }
    for (case, place) in book.cases.iter().zip(&book.places.cases) {
        if !book.places.markers.iter().any(|(marker, _)| *marker == case.id) {
            let hint = format!("begin a list item under \"What to do\" with {{{}}}", case.id);
            notes.error(*place, format!("no item of \"What to do\" is marked for the case `{}`", case.id), hint);
        }
    }
}

fn sections(book: &Runbook, notes: &mut Notes<'_>) {
    match book.section(SectionName::WhatToDo) {
        None => {
            let hint = "add a heading \"## What to do when one is received\"; if nobody knows, say so there".to_owned();
            notes.warning(book.places.matches, "the runbook does not say what to do".to_owned(), hint);
        }
        Some(section) if section.blocks.is_empty() => {
            let message = "the runbook does not say what to do".to_owned();
            notes.warning((section.line, 1), message, "if nobody knows, say so here".to_owned());
        }
        Some(_) => {}
    }
    for section in book.sections.iter().filter(|section| section.blocks.is_empty()) {
        if section.name != SectionName::WhatToDo {
            let hint = "write \"None.\" or leave the heading out".to_owned();
            notes.warning((section.line, 1), format!("the section \"{}\" is empty", section.heading), hint);
        }
    }
    for (index, section) in book.sections.iter().enumerate() {
        let before = book.sections.iter().take(index);
        if section.name != SectionName::Other && before.clone().any(|other| other.name == section.name) {
            let message =
                format!("the section \"{}\" stands twice: only the first is shown beside a message", section.heading);
            notes.warning((section.line, 1), message, None);
        }
    }
}

/// The filters with their places.
fn filters(book: &Runbook) -> impl Iterator<Item = (&Filter, Place)> {
    let kinds = book.kinds.iter().zip(&book.places.kinds);
    let kinds = kinds.filter_map(|(kind, place)| Some((kind.matches.as_ref()?, *place)));
    let cases = book.cases.iter().zip(&book.places.cases);
    let cases = cases.filter_map(|(case, place)| Some((case.when.as_ref()?, *place)));
    std::iter::once((&book.matches, book.places.matches)).chain(kinds).chain(cases)
}

fn patterns(book: &Runbook, notes: &mut Notes<'_>) {
    let place = book.places.matches;
    match book.matches.strongest().0 {
        Strength::CatchAll => {
            let hint = "say at least how the subject begins".to_owned();
            notes.warning(place, "the match takes everything that no other runbook takes".to_owned(), hint);
        }
        Strength::Subject => {
            let hint = "give the sender an address of its own, like oncall+tool@example.org".to_owned();
            notes.warning(place, "brittle: no address is matched, only what the sender writes".to_owned(), hint);
        }
        _ => {}
    }
    for (filter, place) in filters(book) {
        for (test, _) in filter.tests() {
            if let Some(why) = never(test) {
                notes.warning(place, format!("{test} can never hold: {why}"), None);
            }
        }
    }
}

/// Why a test can never hold.
fn never(test: &Test) -> Option<&'static str> {
    let glob = test.glob()?;
    let source = glob.source.as_str();
    match test {
        Test::Subject(_) | Test::Header(..) if source.contains("  ") || source.starts_with(' ') => {
            Some("runs of blanks are one blank, and there is none at the start")
        }
        Test::Subject(_) if ["re:", "fwd:", "fw:"].iter().any(|prefix| source.to_lowercase().starts_with(prefix)) => {
            Some("Re: and Fwd: are taken off before; write role = \"reply\" or \"forward\"")
        }
        Test::To(_) | Test::From(_) if !glob.wild && !source.contains('@') => {
            Some("an address is matched whole; write *@example.org for a domain")
        }
        Test::Body(_) if source.starts_with(' ') || (source.ends_with(' ') && !glob.wild) => {
            Some("blanks around a line do not count")
        }
        _ => None,
    }
}

fn cases(book: &Runbook, notes: &mut Notes<'_>) {
    for (index, (case, place)) in book.cases.iter().zip(&book.places.cases).enumerate() {
        let before = book.cases.iter().take(index);
        let always = |other: &&Case| other.when.is_none() && other.tests.is_empty();
        let covers = |other: &Case| {
            other.kinds.is_empty()
                || (!case.kinds.is_empty() && case.kinds.iter().all(|kind| other.kinds.contains(kind)))
        };
        if let Some(other) = before.clone().filter(always).find(|other| covers(other)) {
            let message = format!("the case `{}` is never reached: `{}` before it always holds", case.id, other.id);
            notes.warning(*place, message, "put the case that always holds last".to_owned());
        }
        for test in &case.tests {
            let Temporal::NotFollowedBy(near) = test else { continue };
            // While an open case is the more urgent one, it holds this one back (R12); else the test is needed.
            let holds_back =
                |other: &&Case| other.kinds == case.kinds && other.when.is_none() && other.call > case.call;
            let said = before
                .clone()
                .filter(holds_back)
                .find(|other| matches!(other.tests.as_slice(), [Temporal::FollowedBy(other)] if alike(near, other)));
            if let Some(other) = said {
                let message = format!("`not-followed-by` says again what `{}` before it says already", other.id);
                let hint = format!("leave it out: `{}` is only reached when that is proved false", case.id);
                notes.warning(*place, message, hint);
            }
        }
    }
}

/// Whether two descriptions mean the same message.
fn alike(a: &Near, b: &Near) -> bool {
    a.kinds == b.kinds
        && a.same == b.same
        && a.within == b.within
        && a.either == b.either
        && a.when.is_none()
        && b.when.is_none()
}

fn links(book: &Runbook, notes: &mut Notes<'_>) {
    for (link, place) in book.links.iter().zip(&book.places.links) {
        if let RunbookLink::Lost(name, None) = link {
            let message = format!("the lost link \"{name}\" does not say where it stood");
            notes.warning(*place, message, "line = 83".to_owned());
        }
    }
}

/// Example messages are claimed by the runbook that shows them.
fn examples(books: &Runbooks, id: BookId, book: &Runbook, notes: &mut Notes<'_>) {
    for (text, place) in &book.places.examples {
        let message = parse::message(text.clone().into_bytes());
        let facts = MessageFacts::new(&message);
        let Some(own) = book.matches.matches(&facts) else {
            let hint = "compare its subject and addresses with `match`".to_owned();
            notes.error(*place, "this example is not claimed by its own runbook".to_owned(), hint);
            continue;
        };
        let own = (own.strength, own.literal);
        let better = books.iter().filter(|(other, _)| *other != id).find(|(other, book)| {
            let rank = book.matches.matches(&facts).map(|matched| (matched.strength, matched.literal));
            rank.is_some_and(|rank| rank > own || (rank == own && *other < id))
        });
        if let Some((_, other)) = better {
            notes.warning(*place, format!("the runbook `{}` wins over this one for this example", other.id), None);
        }
    }
}

/// Two runbooks that take the same mail by patterns of the same sort: which wins depends on length or order alone.
fn overlaps(books: &Runbooks, id: BookId, book: &Runbook, notes: &mut Notes<'_>) {
    let mut own = Vec::new();
    branches(&book.matches, &mut own);
    for (_, other) in books.iter().filter(|(other, _)| *other < id) {
        let mut theirs = Vec::new();
        branches(&other.matches, &mut theirs);
        for a in &own {
            for b in &theirs {
                let Some(message) = overlap(a, b, &other.id) else { continue };
                let hint = format!("if both are meant, the longer pattern wins, then the order; see {}", other.file);
                notes.warning(book.places.matches, message, hint);
            }
        }
    }
}

/// The tests that claim a message on their own.
fn branches<'f>(filter: &'f Filter, out: &mut Vec<&'f Test>) {
    match filter {
        Filter::Any(inner) => inner.iter().for_each(|filter| branches(filter, out)),
        Filter::All(inner) if inner.len() == 1 => inner.iter().for_each(|filter| branches(filter, out)),
        Filter::Test(test) => out.push(test),
        Filter::All(_) | Filter::Not(_) => {}
    }
}

fn overlap(a: &Test, b: &Test, other: &str) -> Option<String> {
    let same = |a: &Glob, b: &Glob| a.source.to_lowercase() == b.source.to_lowercase();
    match (a, b) {
        (Test::Subject(a), Test::Subject(b)) => {
            let (short, long) = (lead(a), lead(b));
            let overlap =
                !short.is_empty() && !long.is_empty() && (short.starts_with(&long) || long.starts_with(&short));
            overlap.then(|| {
                let (a, b) = (&a.source, &b.source);
                format!("overlap: a subject can begin like \"{a}\" and like \"{b}\" of the runbook `{other}`")
            })
        }
        (Test::To(a), Test::To(b)) | (Test::From(a), Test::From(b)) | (Test::Detail(a), Test::Detail(b))
            if same(a, b) =>
        {
            Some(format!("overlap: the runbook `{other}` matches the same address \"{}\"", a.source))
        }
        _ => None,
    }
}

/// The text that a pattern begins with, in small letters.
fn lead(glob: &Glob) -> String {
    let end = glob.source.char_indices().find(|(at, c)| {
        *c == '*'
            || (*c == '{' && glob.source.get(at + 1..).is_some_and(|s| s.starts_with(|c: char| c.is_ascii_lowercase())))
    });
    glob.source.get(..end.map_or(glob.source.len(), |(at, _)| at)).unwrap_or_default().to_lowercase()
}
