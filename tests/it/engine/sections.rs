//! The Markdown of a runbook: headings, items with their cases, and what a terminal can show.

use super::{book, small};
use dutybox::runbook::file::{Block, Inline, SectionName};

fn text(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) => text.clone(),
            Inline::Strong(text) => format!("*{text}*"),
            Inline::Code(text) => format!("`{text}`"),
            Inline::Link(text, target) => format!("<{text}|{target}>"),
        })
        .collect()
}

/// A section's blocks, one a line.
fn shown(blocks: &[Block]) -> Vec<String> {
    let line = |block: &Block| match block {
        Block::Text(inlines) => format!("text {}", text(inlines)),
        Block::Item { depth, number, cases, text: inlines } => {
            let number = number.map_or("-".to_owned(), |n| format!("{n}."));
            format!("{}{number} [{}] {}", "  ".repeat(*depth), cases.join(" "), text(inlines))
        }
        Block::Code(code) => format!("code {code:?}"),
    };
    blocks.iter().map(line).collect()
}

#[test]
fn the_page_s_headings_and_their_synonyms() {
    let rows = [
        ("Example", SectionName::Example),
        ("Why we get them", SectionName::Why),
        ("Meaning", SectionName::Why),
        ("Impact", SectionName::Why),
        ("What is sending them", SectionName::Sender),
        ("What to do when one is received", SectionName::WhatToDo),
        ("WHAT  TO DO when one is received:", SectionName::WhatToDo),
        ("Diagnosis", SectionName::WhatToDo),
        ("Mitigation", SectionName::WhatToDo),
        ("How to silence or acknowledge this alert", SectionName::Silence),
        ("Future plans", SectionName::Future),
        ("How to best filter these emails", SectionName::Filter),
        ("History", SectionName::Other),
    ];
    for (heading, name) in rows {
        let book = book(&small("", &format!("\n## {heading}\n\nx\n")));
        assert_eq!(book.sections.len(), 1);
        assert_eq!((book.sections[0].name, book.sections[0].line), (name, 8), "{heading}");
    }
}

#[test]
fn items_know_their_cases_and_items_below_inherit_them() {
    let cases = ["a", "b", "c"]
        .map(|id| format!("[[case]]\nid = \"{id}\"\nverdict = {{ call = \"act\", headline = \"h\" }}\n"))
        .concat();
    let body = "## What to do\n\n\
                Look **first**.\n\n\
                - {a} Page `hwine`,\n  at [once](https://x.org/).\n  - then log it\n    1. one\n    2. two\n  - {b} or not\n\
                - {b}{c} both\n\n  more of it\n\n      indented\n\
                - {nothing such} stays\n\
                - {c}\n  - below\n\n\
                ```sh\nls -l\n```\n";
    let book = book(&small(&cases, body));
    assert_eq!(
        shown(&book.section(SectionName::WhatToDo).unwrap().blocks),
        [
            "text Look *first*.",
            "- [a] Page `hwine`, at <once|https://x.org/>.",
            "  - [a] then log it",
            "    1. [a] one",
            "    2. [a] two",
            "  - [b] or not",
            "- [b c] both",
            "text more of it",
            "code \"indented\"",
            "- [] {nothing such} stays",
            "  - [c] below",
            "code \"ls -l\"",
        ]
    );
}

#[test]
fn a_title_is_no_section_and_lower_headings_are_strong_lines() {
    let book =
        book(&small("", "# Title\n\nBefore.\n\n## Why\n\n### Sub\n\nText\nof two lines  \nor three.\n\n> quoted\n"));
    let sections: Vec<_> = book.sections.iter().map(|s| (s.heading.as_str(), shown(&s.blocks))).collect();
    assert_eq!(
        sections,
        [
            ("", vec!["text Before.".to_owned()]),
            (
                "Why",
                vec!["text *Sub*".to_owned(), "text Text of two lines or three.".to_owned(), "text quoted".to_owned()]
            ),
        ]
    );
}

#[test]
fn html_is_shown_as_it_is_written() {
    let book = book(&small("", "## Why\n\na <b>bold</b> &amp; &#27;[31m\n\n<script>x</script>\n"));
    let shown = shown(&book.sections[0].blocks);
    assert!(shown[0].starts_with("text a <b>bold</b> & "), "{shown:?}");
    assert_eq!(shown[1], "text <script>x</script>");
}
