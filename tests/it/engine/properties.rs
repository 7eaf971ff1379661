//! Properties of the engine on arbitrary texts: total, bounded, and literal where it says so.

use dutybox::runbook::file;
use dutybox::runbook::glob::{Anchor, Glob};
use proptest::prelude::*;

const ANCHORS: [Anchor; 4] = [Anchor::Start, Anchor::Whole, Anchor::Line, Anchor::Anywhere];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A pattern without `*` and `{` is `starts_with` for subjects and equality for addresses, case aside.
    #[test]
    fn a_literal_pattern_compares_literally(
        pattern in r"[a-cA-C\[\]().+?^$|\\ ]{1,6}",
        text in r"[a-cA-C\[\]().+?^$|\\ ]{0,9}",
    ) {
        let (low, small) = (text.to_ascii_lowercase(), pattern.to_ascii_lowercase());
        let found = |anchor, exact| Glob::new(&pattern, anchor, exact).unwrap().find(&text).is_some();
        prop_assert_eq!(found(Anchor::Start, false), low.starts_with(&small));
        prop_assert_eq!(found(Anchor::Whole, false), low == small);
        prop_assert_eq!(found(Anchor::Anywhere, false), low.contains(&small));
        prop_assert_eq!(found(Anchor::Start, true), text.starts_with(&pattern));
        prop_assert_eq!(found(Anchor::Whole, true), text == pattern);
    }

    /// One star is a prefix and a suffix.
    #[test]
    fn a_star_is_any_text(before in "[ab]{0,3}", after in "[ab]{0,3}", text in "[ab]{0,8}") {
        let glob = Glob::new(&format!("{before}*{after}"), Anchor::Whole, false).unwrap();
        let expected =
            text.len() >= before.len() + after.len() && text.starts_with(&before) && text.ends_with(&after);
        prop_assert_eq!(glob.find(&text).is_some(), expected);
    }

    /// Any pattern is compiled or refused with an offset within it; any text is searched without panic; ranges are
    /// places in the text.
    #[test]
    fn any_pattern_on_any_text(pattern in ".{0,40}", special in r"[*{}a-c:|\[(]{0,12}", text in "(?s).{0,80}") {
        for pattern in [pattern, special] {
            for anchor in ANCHORS {
                match Glob::new(&pattern, anchor, false) {
                    Ok(glob) => {
                        prop_assert_eq!(glob.find(&text).is_some(), glob.is_match(&text));
                        for found in glob.find_all(&text, 100).into_iter().chain(glob.find(&text)) {
                            prop_assert!(text.get(found.start..found.end).is_some());
                            prop_assert_eq!(found.captures.len(), glob.names().len());
                            for (_, value) in &found.captures {
                                prop_assert!(!value.is_empty());
                            }
                        }
                    }
                    Err((at, message)) => prop_assert!(at <= pattern.len() && !message.is_empty()),
                }
            }
        }
    }

    /// Reading a runbook is total, and every complaint has a place in the file.
    #[test]
    fn any_text_is_a_runbook_or_has_complaints(text in "(?s).{0,200}", lines in proptest::collection::vec(line(), 0..12)) {
        for text in [text.clone(), format!("+++\n{text}\n+++\n{text}"), format!("+++\n{}\n+++\n", lines.join("\n"))] {
            let found = match file::parse("a.md", &text) {
                Ok((_, odd)) => odd,
                Err(wrong) => {
                    prop_assert!(!wrong.is_empty());
                    wrong
                }
            };
            let count = text.split('\n').count();
            for complaint in found {
                prop_assert!((1..=count).contains(&complaint.line), "{} of {count}", complaint.line);
                let line = text.split('\n').nth(complaint.line - 1).unwrap();
                prop_assert!((1..=line.chars().count() + 1).contains(&complaint.column), "{complaint}");
            }
        }
    }
}

/// A line of front matter, right or wrong.
fn line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "id",
        "title",
        "match",
        "kinds",
        "labels",
        "group-by",
        "people",
        "links",
        "redact",
        "gaps",
        "case",
        "[[case]]",
        "when",
        "verdict",
        "steps",
        "repeats",
        "sets",
        "rate",
        "followed-by",
        "switch",
        "quiet-for",
        "default",
        "x",
    ]);
    let value = prop::sample::select(vec![
        "1",
        "-0x1",
        "nan",
        "\"\"",
        "\"a\"",
        "\"{a\"",
        "\"é*{n}\"",
        "[]",
        "[{}]",
        "{}",
        "true",
        "2026-01-01",
        "{ subject = \"x\" }",
        "{ subject = [1] }",
        "{ not = {} }",
        "[{ id = \"k\", subject = \"x\" }]",
        "{ call = \"act\", headline = \"{h}\" }",
        "\"5m\"",
        "{ count = 99999999999999999999 }",
        "{ a = \"auto\" }",
        "{ n = { json = \"a\", many = true } }",
        "{ page = \"ann\" }",
        "[{ bug = 1 }]",
        "[{ lost = \"x\" }]",
        "'''",
    ]);
    (key, value).prop_map(|(key, value)| if key.starts_with('[') { key.to_owned() } else { format!("{key} = {value}") })
}

/// Linear time: a pattern that would take a backtracking matcher for ever is one pass here.
#[test]
fn stars_upon_stars_do_not_explode() {
    let pattern = format!("{}x", "a*".repeat(60));
    let glob = Glob::new(&pattern, Anchor::Whole, false).unwrap();
    assert!(glob.find(&"a".repeat(20_000)).is_none());
    let placeholders: String = (0..60).map(|i| format!("{{p{i}}}a")).collect();
    let glob = Glob::new(&placeholders, Anchor::Whole, false).unwrap();
    assert!(glob.find(&"a".repeat(119)).is_none());
    assert!(glob.find(&"a".repeat(120)).is_some());
}
