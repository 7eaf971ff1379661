//! Every rule of the wiki page, by its number: [`table`] says for each where it is held, and fails where none is named.
//!
//! - [`table`]: the table from S001 to S164, and what holds the table.
//! - [`index`]: the Index of the page, S001 to S050.
//! - [`sections`]: the sections, S051 to S164.
//! - [`machines`]: the states of V1 to V12, each a case of a shipped runbook.
//! - [`gaps`]: what the page contradicts or leaves out, G1 to G14, in the pane.

mod gaps;
mod index;
mod machines;
mod sections;
mod table;

use crate::desk::Desk;
use crate::verdicts::kit::*;
use dutybox::config::Config;
use dutybox::mail::{FileName, parse};
use dutybox::runbook::labels::{BADGE, HostRules};
use dutybox::runbook::{Runbook, Verb};
use dutybox::triage::classify::classify;
use dutybox::triage::row::{FolderId, MailKey, Place};
use dutybox::triage::{Row, Verdict};

/// The raw text of a sample mail.
fn sample(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/mails/{name}.eml"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A desk with one sample on it, as if it had come just now.
fn desk_with(name: &str, width: u16, height: u16) -> Desk {
    let date = |line: &str| line.to_lowercase().starts_with("date:");
    let raw = sample(name);
    let lines: Vec<&str> =
        raw.lines().map(|line| if date(line) { "Date: Thu, 21 Nov 2013 22:40:00 +0000" } else { line }).collect();
    Desk::with(width, height, Config::default(), &[lines.join("\n").into_bytes()], false)
}

/// The row of a raw mail under the shipped runbooks.
fn row_of(raw: &str, hosts: &HostRules) -> Row {
    let message = parse::message(raw.as_bytes().to_vec());
    let class = classify(shipped(), &message, hosts);
    let base = format!("{}.sample", message.received.or(message.date.map(|date| date.time)).unwrap_or(t("10:00")).0);
    let key = MailKey { folder: FolderId(0), base: base.as_bytes().into() };
    let name = FileName::new(base.as_bytes());
    Row::of(key, name, Place::Cur, raw.len() as u64, t("10:00"), 1, &message, class)
}

fn hosts() -> HostRules {
    HostRules { own_domains: vec!["mozilla.com".into()], ..HostRules::default() }
}

/// A mailbox with one sample in it, a piece of which may be replaced; its verdict a minute after it came.
fn verdict_of(name: &str, old: &str, new: &str) -> Verdict {
    let raw = sample(name);
    assert!(raw.contains(old), "{name}: nothing to replace");
    let row = row_of(&raw.replacen(old, new, 1), &hosts());
    let mut world = World::young(shipped());
    world.add(&mail("Where history begins", plus(row.at, -365 * 86_400)));
    let now = plus(row.received, 60);
    world.rows.push(row);
    world.verdict(1, now)
}

/// Category and kind of a row; empty where there is none.
fn place(row: &Row) -> (String, String) {
    row.class.primary.as_ref().map_or_else(Default::default, |hit| {
        let book = shipped().get(hit.book).unwrap();
        (book.id.clone(), book.kinds[usize::from(hit.kind)].id.clone())
    })
}

fn category(row: &Row) -> String {
    place(row).0
}

/// The row of a mail of that address and subject.
fn to(address: &str, subject: &str) -> Row {
    mail(subject, t("10:00")).to(address).row(shipped(), 0)
}

fn labels(row: &Row, name: &str) -> Vec<String> {
    row.class.labels.iter().filter(|label| label.name == name).map(|label| label.value.clone()).collect()
}

fn badges(row: &Row) -> Vec<String> {
    labels(row, BADGE)
}

fn book(id: &str) -> &'static Runbook {
    shipped().by_id(id).unwrap_or_else(|| panic!("no runbook {id}")).1
}

/// Whom a runbook reaches by a verb.
fn people(id: &str, verb: Verb) -> Vec<String> {
    book(id).people.iter().filter(|(known, _)| *known == verb).flat_map(|(_, who)| who.clone()).collect()
}
