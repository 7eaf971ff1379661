//! The README's tables are the code's tables, and its two commands are the two that the check runs.
//!
//! `DUTYBOX_BLESS=1 cargo test readme` writes the tables anew.

use dutybox::app::action::{ACTIONS, Group};
use dutybox::config::SETTINGS;
use dutybox::runbook::filter::FILTERS;
use dutybox::triage::query::FIELDS;
use std::path::Path;

/// `(name, table)` of every table in the README, between `<!-- name -->` and `<!-- end name -->`.
fn tables() -> Vec<(&'static str, String)> {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut actions = String::from("| key | name | does |\n|---|---|---|\n");
    for row in ACTIONS.iter().filter(|row| row.group != Group::Debug) {
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{}`", cell(key))).collect();
        actions += &format!("| {} | {} | {} |\n", keys.join(" "), row.name, cell(row.doc));
    }
    let two = |head: &str, rows: Vec<(&str, &str)>| {
        let mut table = format!("{head}\n|---|---|\n");
        for (name, doc) in rows {
            table += &format!("| `{name}` | {} |\n", cell(doc));
        }
        table
    };
    vec![
        ("actions", actions),
        ("query", two("| field | finds |", FIELDS.iter().map(|field| (field.name, field.doc)).collect())),
        ("filters", two("| field | matches |", FILTERS.iter().map(|field| (field.name, field.doc)).collect())),
        ("settings", two("| setting | means |", SETTINGS.iter().map(|row| (row.key, row.doc)).collect())),
    ]
}

#[test]
fn its_tables_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut text = std::fs::read_to_string(&path).expect("README.md is there");
    for (name, table) in tables() {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end {name} -->"));
        let start = text.find(&begin).unwrap_or_else(|| panic!("{begin} is missing")) + begin.len();
        let stop = text.find(&end).unwrap_or_else(|| panic!("{end} is missing"));
        if std::env::var_os("DUTYBOX_BLESS").is_some() {
            text.replace_range(start..stop, &table);
        } else {
            assert_eq!(&text[start..stop], table, "the table of {name}: DUTYBOX_BLESS=1 cargo test readme");
        }
    }
    if std::env::var_os("DUTYBOX_BLESS").is_some() {
        std::fs::write(&path, text).expect("README.md can be written");
    }
}

#[test]
fn its_two_commands_are_there_and_are_the_ones_that_are_checked() {
    let text = include_str!("../../README.md");
    let blocks: Vec<&str> = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert_eq!(blocks.first().copied(), Some("cargo run --release -- demo"));
    assert_eq!(blocks.get(1).copied(), Some("cargo test"));
}
