//! The runbook engine: the file format, its complaints, patterns, filters and labels.

use dutybox::runbook::case::{Call, Requirement, Temporal, Verb};
use dutybox::runbook::file::{self, RunbookLink};

/// The runbook that proves that the format can say what the page says: 6 kinds, 14 cases.
const VCS2VCS: &str = include_str!("../../fixtures/runbooks/vcs2vcs.md");

#[test]
fn the_vcs2vcs_runbook_means_what_it_says() {
    let (book, odd) = file::parse("vcs2vcs.md", VCS2VCS).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
    assert_eq!(odd, [], "nothing is odd about it");
    assert_eq!((book.id.as_str(), book.title.as_str()), ("vcs2vcs", "vcs2vcs system"));
    assert_eq!(
        book.kinds.iter().map(|kind| kind.id.as_str()).collect::<Vec<_>>(),
        ["autofix", "delays", "major", "push", "converted", "other"]
    );
    assert_eq!(
        book.kinds.iter().map(|kind| kind.gap).collect::<Vec<_>>(),
        [Some(2640), Some(2640), Some(7500), Some(86_400), Some(3600), Some(3600)]
    );
    assert!(book.kinds.iter().all(|kind| kind.set.len() == 1 && kind.set[0].0 == "topic"));
    assert!(book.kinds.last().is_some_and(|kind| kind.matches.is_none()));
    assert_eq!(
        book.labels.iter().map(|rule| (rule.name.as_str(), rule.many)).collect::<Vec<_>>(),
        [("host", false), ("repos", true)]
    );
    assert_eq!(book.people[0], (Verb::Page, vec!["hwine".to_owned()]));
    assert_eq!(
        book.people.iter().map(|(verb, _)| *verb).collect::<Vec<_>>(),
        [Verb::Page, Verb::Contact, Verb::Tell, Verb::Escalate]
    );
    assert_eq!(book.links[3], RunbookLink::Lost("troubleshooting docs".into(), Some(83)));
    assert_eq!(book.cases.len(), 14);
    assert_eq!(
        book.cases.iter().map(|case| case.call).collect::<Vec<_>>(),
        [
            Call::Page,
            Call::Note,
            Call::Page,
            Call::Note,
            Call::Page,
            Call::Act,
            Call::Note,
            Call::Note,
            Call::Act,
            Call::Act,
            Call::Decide,
            Call::Ignore,
            Call::Note,
            Call::Decide
        ]
    );
    let failed = book.case("autofix-failed").unwrap();
    assert_eq!(failed.tests.len(), 1);
    assert_eq!(failed.tests[0].words(), "followed by delays with the same host within 5m");
    assert_eq!(failed.line, Some(88));
    let Temporal::Sets { label, values, per, min, within, .. } = &book.case("push-many-sets").unwrap().tests[0] else {
        panic!("sets")
    };
    assert_eq!(
        (label.as_str(), values.as_slice(), *per, *min, *within),
        ("n", ["1".to_owned(), "2".to_owned()].as_slice(), 600, 3, Some(86_400))
    );
    let major = book.case("major").unwrap();
    assert_eq!((major.verb, major.also), (Some(Verb::Contact), Some(Verb::Tell)));
    assert_eq!(major.requires, [Requirement::Told]);
    assert_eq!(major.steps.iter().map(|step| step.or).collect::<Vec<_>>(), [false, false, false, true]);
}

mod asking;
mod broken;
mod filters;
mod lint;
mod properties;
mod sections;
mod set;

/// The smallest front matter that works, with more keys and a body.
fn small(more: &str, body: &str) -> String {
    format!("+++\nid = \"a\"\ntitle = \"A\"\nmatch = {{ subject = \"x\" }}\n{more}\n+++\n{body}")
}

/// The runbook of a text that is right.
fn book(text: &str) -> file::Runbook {
    file::parse("a.md", text).unwrap_or_else(|wrong| panic!("{text}\n{wrong:#?}")).0
}

#[test]
fn a_bom_and_crlf_line_ends_are_tolerated() {
    let text = small("", "## Meaning\r\nText.").replace('\n', "\r\n");
    let book = book(&format!("\u{feff}{text}"));
    assert_eq!(book.id, "a");
    assert_eq!(book.sections[0].name, file::SectionName::Why);
}

#[test]
fn a_runbook_without_kinds_has_one_for_everything() {
    let plain = book(&small("", ""));
    assert_eq!(plain.kinds.len(), 1);
    assert!(plain.kinds[0].id.is_empty() && plain.kinds[0].matches.is_none());
    // Kinds that do not cover everything get a nameless one for the rest.
    let some = book(&small("kinds = [{ id = \"k\", subject = \"x y\" }]", ""));
    assert_eq!(some.kinds.iter().map(|kind| kind.id.as_str()).collect::<Vec<_>>(), ["k", ""]);
}

#[test]
fn every_temporal_test_is_read() {
    let tests = r#"
labels = { host = "auto", at = { body = "by {at}" } }
kinds = [{ id = "k", subject = "x" }, { id = "l" }]
[[case]]
id = "c"
verdict = { call = "act", headline = "h" }
followed-by = { kind = "l", same = ["host"], within = "5m", either = true }
not-followed-by = { kind = ["k", "l"], within = "90s" }
preceded-by = { when = { subject = "y*", not = { role = "reply" } } }
closed-by = { kind = "l", same = "host" }
repeats = { count = 3, every = "20m", slack = "4m", same = ["host"] }
sets = { label = "host", values = ["1", "2"], per = "10m" }
quiet-for = "44m"
rate = { baseline = 3.0, in = "24h" }
deadline = { label = "at", before = "7d" }
unclaimed-for = "30m"
switch = { name = "release", is = "yes" }
expected = "adhoc-signing"
after-resolved = { covers = "1h", ends = "hour" }
"#;
    let book = book(&small(tests, ""));
    let words: Vec<String> = book.cases[0].tests.iter().map(Temporal::words).collect();
    assert_eq!(
        words,
        [
            "followed by l with the same host within 5m, before or after",
            "not followed by k or l within 1m30s",
            "preceded by a message where subject = \"y*\" and not (role = \"reply\")",
            "closed by l with the same host",
            "3 of them with the same host, one every 20m (± 4m)",
            "1 or more full sets of host 1 and 2, each within 10m",
            "nothing new for 44m",
            "more than 3 times the usual number in 24h",
            "the at is less than 7d away",
            "nobody claims it for 30m",
            "switch release is yes",
            "adhoc-signing is expected at that time",
            "it covers the 1h before, which ends at the full hour, and the problem was resolved in that time",
        ]
    );
    let keys: Vec<&str> = book.cases[0].tests.iter().map(Temporal::key).collect();
    assert_eq!(keys[..4], ["followed-by", "not-followed-by", "preceded-by", "closed-by"]);
}
