//! One message to its category: all matches, one primary (R6, R31). Needs nothing but the message, so any thread may do it.

use super::row::{Class, Clue, Hit};
use super::verdict::fill;
use super::verdicts::nears;
use crate::mail::Message;
use crate::runbook::filter::{Facts, Matched, MessageFacts, Span, sender_matches};
use crate::runbook::labels::{self, BADGE, HostRules, Label, Name};
use crate::runbook::set::BookId;
use crate::runbook::{Filter, Runbook, Runbooks};
use std::sync::Arc;

/// What a message belongs to: every runbook that claims it, the most specific one first (R31).
pub fn classify(books: &Runbooks, message: &Message, hosts: &HostRules) -> Class {
    let facts = MessageFacts::new(message);
    let mut found = found(books, &facts).into_iter();
    let Some((primary, spans)) = found.next() else { return Class::default() };
    let labels_of = |hit: &Hit, spans: &[Span]| {
        books.get(hit.book).map(|book| labels_of(book, hit, spans, message, hosts)).unwrap_or_default()
    };
    let mut labels = labels_of(&primary, &spans);
    if let Some(book) = books.get(primary.book) {
        badge(book, &primary, &facts, hosts, &mut labels);
    }
    // The others see it in their tests over time (R31), which compare labels as they read them.
    let also = found.map(|(hit, spans)| Hit { labels: labels_of(&hit, &spans), ..hit }).collect();
    Class { primary: Some(Arc::new(primary)), also, labels: labels.into() }
}

/// All runbooks that claim a message, most specific first, then in the order of the set.
pub fn hits(books: &Runbooks, facts: &MessageFacts<'_>) -> Vec<Hit> {
    found(books, facts).into_iter().map(|(hit, _)| hit).collect()
}

/// The same, each with what matched where.
fn found(books: &Runbooks, facts: &MessageFacts<'_>) -> Vec<(Hit, Vec<Span>)> {
    let mut hits: Vec<(Hit, Vec<Span>)> = books.iter().filter_map(|(id, book)| hit(id, book, facts)).collect();
    // A stable sort: where two match alike, the order of the set decides.
    hits.sort_by_key(|(hit, _)| std::cmp::Reverse((hit.strength, hit.literal)));
    hits
}

fn hit(id: BookId, book: &Runbook, facts: &MessageFacts<'_>) -> Option<(Hit, Vec<Span>)> {
    let mut matched = book.matches.matches(facts)?;
    let (kind, by) = kind_of(book, facts);
    for span in by {
        if !matched.spans.contains(&span) {
            matched.spans.push(span);
        }
    }
    let foreign = is_foreign(book, facts);
    let cases = cases_of(book, kind, facts);
    let nears = nears_of(book, kind, facts);
    let Matched { strength, literal, spans } = matched;
    let literal = u32::try_from(literal).unwrap_or(u32::MAX);
    let by = Clue::of(&spans);
    Some((
        Hit { book: id, kind, strength, literal, by, foreign_sender: foreign, cases, nears, labels: Vec::new() },
        spans,
    ))
}

/// Whether the sender is known and not one that the runbook expects. A mail without From has the sender of its envelope,
/// where the delivery noted it.
fn is_foreign(book: &Runbook, facts: &MessageFacts<'_>) -> bool {
    let expected = |addr: &str| book.expect_from.iter().any(|glob| sender_matches(glob, addr).is_some());
    let mut senders: Vec<&str> = facts.from().iter().map(|from| from.addr.as_str()).collect();
    if senders.is_empty() {
        senders = facts.header("Return-Path");
        senders.iter_mut().for_each(|path| *path = path.trim_matches(['<', '>', ' ']));
    }
    senders.retain(|addr| !addr.is_empty());
    !book.expect_from.is_empty() && !senders.is_empty() && !senders.into_iter().any(expected)
}

/// The cases whose kind and `when` hold.
fn cases_of(book: &Runbook, kind: u16, facts: &MessageFacts<'_>) -> Box<[u16]> {
    let kind = book.kinds.get(usize::from(kind)).map_or("", |kind| kind.id.as_str());
    let facts = facts.with_kind(kind);
    let cases = book.cases.iter().enumerate();
    cases
        .filter(|(_, case)| case_applies(&case.kinds, case.when.as_ref(), kind, &facts))
        .filter_map(|(index, _)| u16::try_from(index).ok())
        .collect()
}

/// Of the runbook's tests over time that look for another message with a `when`: those whose `when` holds for this one.
fn nears_of(book: &Runbook, kind: u16, facts: &MessageFacts<'_>) -> Box<[u16]> {
    let kind = book.kinds.get(usize::from(kind)).map_or("", |kind| kind.id.as_str());
    let facts = facts.with_kind(kind);
    let nears = nears(book).enumerate().filter(|(_, near)| near.when.as_ref().is_some_and(|when| when.holds(&facts)));
    nears.filter_map(|(index, _)| u16::try_from(index).ok()).collect()
}

/// The first kind that matches, and what made it match. A runbook always has a last kind that takes all that is left.
fn kind_of(book: &Runbook, facts: &MessageFacts<'_>) -> (u16, Vec<Span>) {
    for (index, kind) in book.kinds.iter().enumerate() {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        match &kind.matches {
            None => return (index, Vec::new()),
            Some(filter) => {
                if let Some(matched) = filter.matches(facts) {
                    return (index, matched.spans);
                }
            }
        }
    }
    (0, Vec::new())
}

/// The labels of a message in its category: constants of the kind, then the runbook's rules, then placeholders of the
/// patterns that matched. The first that names a label gives it.
fn labels_of(book: &Runbook, hit: &Hit, spans: &[Span], message: &Message, hosts: &HostRules) -> Vec<Label> {
    let mut out: Vec<Label> = Vec::new();
    if let Some(kind) = book.kinds.get(usize::from(hit.kind)) {
        out.extend(kind.set.iter().map(|(name, value)| Label {
            name: name.clone(),
            value: value.clone(),
            from: Name::common("kind"),
        }));
    }
    let known = |labels: &[Label], name: &str| labels.iter().any(|label| label.name == name);
    let mut read = labels::read(&book.labels, message, hosts);
    read.retain(|label| !known(&out, &label.name));
    out.extend(read);
    for span in spans {
        for (name, value) in &span.captures {
            if !known(&out, name.as_str()) {
                out.push(Label { name: name.clone(), value: value.clone(), from: span.field.clone() });
            }
        }
    }
    out
}

/// Adds what is odd about a message in its category, as values of the label [`BADGE`].
fn badge(book: &Runbook, hit: &Hit, facts: &MessageFacts<'_>, hosts: &HostRules, labels: &mut Vec<Label>) {
    let kind = book.kinds.get(usize::from(hit.kind)).map_or("", |kind| kind.id.as_str());
    let facts = facts.with_kind(kind);
    let mut found: Vec<(String, &str)> = Vec::new();
    if hit.foreign_sender {
        found.push(("the sender is not one that this mail comes from".to_owned(), "sender"));
    }
    if book.own_hosts {
        found.extend(labels::foreign_host(labels, hosts).map(|text| (text, "config, hosts")));
    }
    let odd = book.badges.iter().filter(|badge| badge.when.holds(&facts));
    found.extend(odd.map(|badge| (fill(&badge.text, labels), "runbook")));
    labels.extend(found.into_iter().map(|(value, from)| Label { name: BADGE.into(), value, from: from.into() }));
}

/// Whether a case speaks of a message of this kind: its kinds and its `when`; tests over time are not asked.
fn case_applies(kinds: &[String], when: Option<&Filter>, kind: &str, facts: &MessageFacts<'_>) -> bool {
    (kinds.is_empty() || kinds.iter().any(|known| known == kind)) && when.is_none_or(|when| when.holds(facts))
}
