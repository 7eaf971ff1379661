//! Patterns and searches that were made to break something: what runbooks of one's own may say (C36), and what may be typed
//! or pasted where something is looked for (C37). That nothing takes for ever is shown by these tests coming to their end.

use crate::desk::{Desk, mail as desk_mail};
use crate::home::Home;
use crate::mails::{forbidden, forbidden_bytes};
use crate::neighbours::say;
use crate::support::{NOW, inbox_of, row};
use dutybox::app::Event;
use dutybox::config::Config;
use dutybox::mail::{Message, parse};
use dutybox::runbook::Runbooks;
use dutybox::runbook::glob::{Anchor, Glob};
use dutybox::runbook::labels::HostRules;
use dutybox::triage::classify::classify;
use dutybox::triage::query::{MAX_QUERY, Query};
use dutybox::triage::row::Class;
use std::time::Instant;

const MIB: usize = 1 << 20;
/// So that the file that it stands in is not larger than a runbook may be.
const NEARLY: usize = MIB - 200;

// ---- runbooks ------------------------------------------------------------------------------------------------------

/// A runbook whose fifth line is this.
fn book(id: &str, line: &str) -> String {
    format!("+++\nid = \"{id}\"\ntitle = \"A test\"\nmatch = {{ subject = \"[{id}]*\" }}\n{line}\n+++\n")
}

fn read(subject: &str, body: &str) -> Message {
    parse::message(format!("From: a@b.example\nTo: c@d.example\nSubject: {subject}\n\n{body}").into_bytes())
}

/// Class, and the id of its runbook.
fn classed(books: &Runbooks, message: &Message) -> (Class, String) {
    let class = classify(books, message, &HostRules::default());
    let id = class.primary.as_ref().map(|hit| books.get(hit.book).unwrap().id.clone());
    (class, id.unwrap_or_default())
}

#[test]
fn c36_what_cannot_be_compiled_is_refused_with_its_place_and_the_others_keep_working() {
    let refused = [
        ("open", "labels = { n = { regex = '(', in = \"subject\" } }".to_owned(), 26, "unclosed group"),
        (
            "huge",
            format!("labels = {{ n = {{ regex = '{}', in = \"body\" }} }}", "x".repeat(NEARLY)),
            26,
            "exceeds size limit",
        ),
        (
            "nest",
            "labels = { n = { regex = '((a{100}){100}){100}', in = \"body\" } }".to_owned(),
            26,
            "exceeds size limit",
        ),
        ("back", "redact = [{ name = \"n\", regex = '(a)\\1' }]".to_owned(), 33, "backreferences are not supported"),
        ("long", format!("expect-from = [\"{}\"]", "x".repeat(NEARLY)), 17, "a pattern of 1048376 bytes; at most 1000"),
    ];
    let home = Home::with_mails(&[
        ("cur/1.a:2,", b"From: a@b.example\nSubject: [plus] aaaa\n\n"),
        ("cur/2.b:2,", b"From: a@b.example\nSubject: [open] aaaa\n\n"),
        ("cur/3.c:2,", b"From: a@b.example\nTo: release+sns@mozilla.com\nSubject: ALARM: \"x\" in y\n\n"),
    ]);
    home.write(
        ".config/dutybox/runbooks/plus.md",
        &book(
            "plus",
            "labels = { n = { regex = '(a+)+$', in = \"subject\" }, m = { regex = '(.*){50}', in = \"body\" } }",
        ),
    );
    let mut paths = vec![home.path(".config/dutybox/runbooks/plus.md").display().to_string()];
    for (id, line, ..) in &refused {
        let path = home.write(&format!(".config/dutybox/runbooks/{id}.md"), &book(id, line));
        paths.push(path.display().to_string());
    }
    let args: Vec<&str> = ["check"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let checked = home.run(&args).code(1).get_output().clone();
    let shown = String::from_utf8(checked.stdout).unwrap();
    for (id, _, column, why) in &refused {
        let line = shown
            .lines()
            .find(|line| line.contains(&format!("/{id}.md:5:")))
            .unwrap_or_else(|| panic!("{id}: {shown}"));
        assert!(line.contains(&format!("/{id}.md:5:{column}: error: ")) && line.contains(why), "{line}");
    }
    let last = shown.lines().last().unwrap_or_default();
    assert!(last.starts_with("1 runbook works; 5 errors, "), "{last}");
    assert!(shown.len() < 20_000, "a line of a megabyte is not printed: {} bytes", shown.len());
    let over = home
        .write(".config/dutybox/runbooks/over.md", &book("over", &format!("expect-from = [\"{}\"]", "x".repeat(MIB))));
    home.run(&["check", &over.display().to_string()])
        .code(2)
        .stderr(predicates::str::contains("over.md: is larger than 1 MiB"));
    // In force: those that are right, and the shipped ones; the others are named.
    let listed = home.run(&["list", "--json"]).success().get_output().clone();
    let warned = String::from_utf8(listed.stderr).unwrap();
    for (id, _, column, _) in &refused {
        assert!(warned.contains(&format!("{id}.md:5:{column}: error: ")), "{id}: {warned}");
    }
    assert!(warned.contains("over.md"), "{warned}");
    let list: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let mut found: Vec<String> =
        list["messages"].as_array().unwrap().iter().map(|m| m["category"].to_string()).collect();
    found.sort();
    assert_eq!(found, ["\"plus\"", "\"sns\"", "\"undocumented\""]);
}

#[test]
fn c36_no_pattern_blows_up_over_a_megabyte_of_one_letter() {
    let a = "a".repeat(MIB);
    let value = |class: &Class, name: &str| {
        class.labels.iter().find(|label| label.name.as_str() == name).map(|label| label.value.len())
    };
    // What the first group is over nothing but that letter, and with a sign behind it. A value is cut at 500 bytes.
    for (regex, pure, marked) in [
        ("(a+)+$", Some(500), None),
        ("(a|aa)+$", Some(1), None),
        ("(a|a?)+b", None, None),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", None, None),
    ] {
        let rules = format!(
            "labels = {{ s = {{ regex = '{regex}', in = \"subject\" }}, b = {{ regex = '{regex}', in = \"body\" }} }}"
        );
        let books = Runbooks::only(&[("r.md".to_owned(), book("r", &rules).replace("[r]*", "*"))]);
        assert_eq!(books.len(), 1, "{regex}: {:?}", books.diagnostics);
        for (ending, expected) in [("", pure), ("!", marked)] {
            let (class, id) = classed(&books, &read(&format!("{a}{ending}"), &format!("{a}{ending}\n")));
            // A header is read up to 64 KiB, so that the sign behind it is not.
            assert_eq!((id.as_str(), value(&class, "b")), ("r", expected), "{regex} {ending}");
            assert_eq!(value(&class, "s"), pure, "{regex} {ending}");
        }
    }
    // Groups without end, and one that looks to the end of the text for each of its matches, over what tests bear.
    let rules = "labels = { s = { regex = '(.*){50}', in = \"subject\" }, b = { regex = '(a*b|a)', in = \"body\", many = true } }";
    let books = Runbooks::only(&[("r.md".to_owned(), book("r", rules).replace("[r]*", "*"))]);
    let (class, _) = classed(&books, &read(&a, &a[..MIB / 8]));
    assert_eq!(
        (value(&class, "b"), class.labels.iter().filter(|label| label.name.as_str() == "b").count()),
        (Some(1), 1)
    );
    let groups: String = (0..20).map(|i| format!("{{n{i}}}a")).collect();
    for pattern in [&*"*a".repeat(30), &*groups, "*a*a*a*a*a*b", "{x}a{y}b"] {
        for anchor in [Anchor::Start, Anchor::Line] {
            let glob = Glob::new(pattern, anchor, false).unwrap();
            assert_eq!(glob.is_match(&a), !pattern.contains('b'), "{pattern} {anchor:?}");
            assert_eq!(glob.find(&a[..MIB / 8]).is_some(), !pattern.contains('b'), "{pattern} {anchor:?}");
        }
    }
}

/// A shipped rule reads all lines of that sort in a body; each value says in which line it stands.
#[test]
fn c36_a_body_of_half_a_million_lines_that_are_all_wanted_is_read_as_quickly_as_any() {
    let lines: String = (0..500_000).map(|i| format!("r{i}: last update 9\n")).collect();
    let message = parse::message(
        format!("From: a@b.example\nTo: release+vcs2vcs@mozilla.com\nSubject: [vcs2vcs] process delays\n\n{lines}")
            .into_bytes(),
    );
    let begun = Instant::now();
    let (class, id) = classed(&Runbooks::shipped(), &message);
    say(&format!(
        "C36: {:.1} MB of lines that are all wanted read in {:.1} s",
        lines.len() as f64 / 1e6,
        begun.elapsed().as_secs_f64()
    ));
    assert_eq!(id, "vcs2vcs");
    let repos: Vec<_> = class.labels.iter().filter(|label| label.name.as_str() == "repos").collect();
    assert_eq!(repos.len(), 200, "so many are kept");
    assert_eq!((repos[199].value.as_str(), repos[199].from.as_str()), ("r199", "body line 200"));
}

#[test]
fn c36_ten_thousand_rules_claim_each_the_mail_that_is_theirs() {
    const RULES: usize = 10_000;
    let begun = Instant::now();
    let files: Vec<(String, String)> = (0..RULES)
        .map(|i| {
            let filter = match i % 4 {
                0 => format!("{{ subject = \"[tool-{i}]*\" }}"),
                1 => format!("{{ from = \"tool-{i}@*.example.org\" }}"),
                2 => format!("{{ to = \"oncall+tool-{i}@example.org\" }}"),
                _ => format!("{{ from = \"*@tool-{i}.example.org\", subject = \"*failed {{n}} times\" }}"),
            };
            let text = book(&format!("t{i}"), "").replace(&format!("{{ subject = \"[t{i}]*\" }}"), &filter);
            (format!("t{i}.md"), text)
        })
        .collect();
    let books = Runbooks::only(&files);
    let loaded = begun.elapsed();
    assert_eq!(books.len(), RULES, "{:?}", books.diagnostics.first());
    let mails: Vec<(usize, Message)> = (0..60)
        .map(|n| {
            let i = n * 167 % RULES;
            let (from, to, subject) = match i % 4 {
                0 => ("x@y.example".to_owned(), "c@d.example".to_owned(), format!("[tool-{i}] is down")),
                1 => (format!("tool-{i}@host.example.org"), "c@d.example".to_owned(), "down".to_owned()),
                2 => ("x@y.example".to_owned(), format!("oncall+tool-{i}@example.org"), "down".to_owned()),
                _ => (format!("root@tool-{i}.example.org"), "c@d.example".to_owned(), format!("job failed {n} times")),
            };
            let raw = format!("From: {from}\nTo: {to}\nSubject: {subject}\n\n{}", "Some text of a mail.\n".repeat(50));
            (i, parse::message(raw.into_bytes()))
        })
        .collect();
    let begun = Instant::now();
    for (i, message) in &mails {
        let (class, id) = classed(&books, message);
        assert_eq!(id, format!("t{i}"));
        assert!(class.also.is_empty(), "only that one");
    }
    let micros = begun.elapsed().as_secs_f64() * 1e6 / (RULES * mails.len()) as f64;
    if !cfg!(debug_assertions) {
        say(&format!(
            "C36: {RULES} rules read in {:.2} s, {micros:.3} µs for each rule and mail",
            loaded.as_secs_f64()
        ));
    }
    // Of two that match the more specific one wins, wherever it stands; what no rule knows stays undocumented.
    let raw = "From: tool-5@h.example.org\nTo: oncall+tool-2@example.org\nSubject: [tool-0] down\n\n";
    let (class, id) = classed(&books, &parse::message(raw.as_bytes().to_vec()));
    assert_eq!((id.as_str(), class.also.len()), ("t2", 2), "a whole address before a pattern, that before a subject");
    assert_eq!(classed(&books, &read("[tool-10000] down", "")).1, "");
}

// ---- searches ------------------------------------------------------------------------------------------------------

/// What means something to a regular expression, each the subject of a mail.
const LITERAL: &[&str] =
    &["a.c", "abc", "(a+)+$", "[x-z]", "a|b", "\\d+", "^x$", "a{2}", "x??", "\\", "%s%n", "a'; rm -rf ~"];

#[test]
fn c37_text_is_looked_for_as_it_stands() {
    let inbox =
        inbox_of(LITERAL.iter().enumerate().map(|(i, text)| row(&format!("{i}.a"), text, "x@y.example")).collect());
    for text in LITERAL {
        for query in [format!("\"{text}\""), format!("subject:\"{text}\"")] {
            let query = Query::parse(&query).unwrap_or_else(|error| panic!("{query}: {error}"));
            let found: Vec<String> =
                inbox.select(&query, NOW).iter().map(|entry| entry.row.subject.to_string()).collect();
            let expected: Vec<&str> = LITERAL.iter().filter(|subject| subject.contains(text)).copied().collect();
            assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
            assert!(expected.iter().all(|subject| found.iter().any(|other| other == subject)), "{text}: {found:?}");
        }
    }
    // On the screen too: each search goes to the one mail that holds the text.
    let mails: Vec<Vec<u8>> = LITERAL
        .iter()
        .enumerate()
        .map(|(i, text)| desk_mail("x@y.example", "c@d.example", text, i as i64 + 1, text))
        .collect();
    let mut desk = Desk::with(120, 36, Config::default(), &mails, false);
    for text in ["a.c", "(a+)+$", "[x-z]", "a|b", "\\d+", "^x$", "a{2}", "x??"] {
        desk.press("gg / ").event(Event::Paste(text.to_owned()));
        desk.press("Enter");
        let key = desk.key();
        assert_eq!(&*desk.model.inbox.get(&key).unwrap().subject, text, "{}", desk.toast());
    }
    // And in the text of a mail.
    desk.press("gg / ").event(Event::Paste("(a+)+$".into()));
    desk.press("Enter Enter / ").event(Event::Paste("(A+)+$".into()));
    desk.press("Enter");
    assert_eq!(desk.model.panes.message_matches.len(), 1, "{}", desk.screen());
    desk.press("/").types(".*").press("Enter");
    assert!(desk.toast().contains("does not hold “.*”"), "{}", desk.toast());
}

/// Long, deep and unclean texts to look for.
fn monsters(length: usize) -> Vec<String> {
    let of = |piece: &str| piece.repeat(length / piece.len());
    let mut all: Vec<String> = [
        "a",
        "a ",
        "(",
        ")",
        "\"",
        "/",
        "*",
        "a* ",
        "- ",
        "-",
        "not ",
        "or ",
        "a or ",
        "subject:",
        "subject:a ",
        "is:",
        "=",
        "(a+)+$",
        "\u{202e}",
        "é",
        "\0",
        "\x1b[2J",
        "/a/ ",
        "\u{10ffff}",
    ]
    .iter()
    .map(|piece| of(piece))
    .collect();
    all.push(format!("\"{}\"", of("x")));
    all.push(format!("/({}/", of("a+)+(")));
    all.push(format!("{}a{}", of("("), of(")")));
    all
}

#[test]
fn c37_a_megabyte_is_refused_and_what_may_be_typed_is_an_answer_or_an_error() {
    let inbox = inbox_of(vec![row("1.a", "aaa", "x@y.example"), row("2.b", "\u{fffd}", "x@y.example")]);
    for text in monsters(MIB) {
        let error = Query::parse(&text).expect_err("too long");
        assert!(error.message.contains("at most 16384 are read"), "{}", error.message);
        assert!(
            text.is_char_boundary(error.start) && (MAX_QUERY - 3..=MAX_QUERY).contains(&error.start),
            "{}",
            error.start
        );
    }
    let (mut answers, mut errors) = (0, 0);
    for text in monsters(MAX_QUERY).into_iter().chain(monsters(100)) {
        match Query::parse(&text) {
            Ok(query) => {
                inbox.select(&query, NOW);
                answers += 1;
            }
            Err(error) => {
                assert!(error.message.len() < 2 * MAX_QUERY, "{}", error.message.len());
                assert!(text.is_char_boundary(error.start) && text.is_char_boundary(error.end));
                errors += 1;
            }
        }
    }
    assert!(answers > 5 && errors > 5, "{answers} {errors}");
    // A text is no regular expression, and is not called one where it is too long.
    let error = Query::parse(&"k".repeat(MAX_QUERY)).map_or_else(|error| error.message, |_| String::new());
    assert!(!error.contains("regular expression"), "{error}");
}

#[test]
fn c37_the_command_answers_any_text_cleanly() {
    let home = Home::with_mails(&[("cur/1.a:2,", b"From: a@b.example\nSubject: a (a+)+$ b\n\n")]);
    assert_eq!(home.ids("\"(a+)+$\"").len(), 1);
    assert_eq!(home.ids("\"(a+)+\\$\"").len(), 0, "literal");
    // One argument of a command is 128 KiB at most; it cannot hold NUL.
    for text in
        monsters(100_000).into_iter().chain(monsters(60)).filter(|text| !text.contains('\0') && text.len() < 120_000)
    {
        let output = home.run(&["list", "--", &text]).get_output().clone();
        let shown = text.chars().take(20).collect::<String>();
        assert!(matches!(output.status.code(), Some(0..=2)), "{shown:?}: {output:?}");
        assert_eq!(forbidden_bytes(&output.stdout), None, "{shown:?}");
        assert_eq!(forbidden_bytes(&output.stderr), None, "{shown:?}");
        assert!(output.stderr.len() < 10_000, "{shown:?}: {} bytes", output.stderr.len());
    }
}

#[test]
fn c37_the_screen_takes_any_text_to_look_for() {
    let mut desk = Desk::new(120, 36);
    let long = monsters(MIB).into_iter().step_by(6);
    for text in long.chain(monsters(60)) {
        for keys in ["/", "\\", "Enter /"] {
            desk.press(keys).event(Event::Paste(text.clone()));
            desk.press("Enter n");
            let buffer = desk.buffer();
            let shown = |cell: &ratatui::buffer::Cell| forbidden(cell.symbol());
            assert_eq!(buffer.content().iter().find_map(shown), None, "{keys} {:?}", text.chars().next());
            desk.press("Esc Esc Esc Esc");
        }
    }
    desk.press("/").types("AUTOFIX").press("Enter");
    let key = desk.key();
    assert!(desk.model.inbox.get(&key).unwrap().subject.contains("AUTOFIX"), "it goes on working: {}", desk.screen());
}
