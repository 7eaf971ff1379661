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

/// The number that a constant of a source file has.
fn constant(source: &str, name: &str) -> String {
    let line = source.lines().find_map(|line| line.strip_prefix(&format!("const {name}: usize = ")));
    line.and_then(|rest| rest.strip_suffix(';')).unwrap_or_else(|| panic!("{name} is gone")).to_owned()
}

#[test]
fn the_limits_that_are_written_are_those_of_the_code() {
    let labels = include_str!("../../src/runbook/labels.rs");
    let (many, longest) = (constant(labels, "MANY"), constant(labels, "LONGEST"));
    let text = include_str!("../../runbooks/README.md");
    assert!(text.contains(&format!("at most {many}, each cut at {longest} bytes")));
    let burst = constant(include_str!("../../src/io/terminal.rs"), "BURST");
    assert!(include_str!("../../SECURITY.md").contains(&format!("{burst} plain keys that come at once")));
}

#[test]
fn what_the_index_keeps_is_said() {
    for text in [include_str!("../../README.md"), include_str!("../../SECURITY.md")] {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("whole line") && words.contains("subject, sender, recipients"));
    }
    // As it would be found in the file.
    let home = crate::home::Home::with_mails(&[(
        "cur/1.a:2,",
        b"From: vcs2vcs@github-sync1.mozilla.com\nTo: release+vcs2vcs@mozilla.com\nSubject: [vcs2vcs] alert_major_errors\n\n\
          fatal: a whole line\nand one that no rule reads\n",
    )]);
    // A mail that was written just now is not kept yet.
    let file = std::fs::File::options().write(true).open(home.maildir().join("cur/1.a:2,")).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600)).unwrap();
    home.run(&["list"]).success();
    let files = crate::home::everything(&home.path(".cache"));
    let holds = |words: &str| files.iter().any(|(_, bytes, _)| memchr::memmem::find(bytes, words.as_bytes()).is_some());
    assert!(holds("fatal: a whole line") && holds("[vcs2vcs] alert_major_errors") && !holds("that no rule reads"));
}
