//! What a case can ask about a message, and what a runbook shows of it: claimed, lacking, not preceded; labels of reports
//! and machines; badges, shown labels, checklists and texts for bugs.

use crate::verdicts::kit::*;
use dutybox::mail::parse;
use dutybox::runbook::case::BugUse;
use dutybox::runbook::labels::HostRules;
use dutybox::runbook::{Call, Runbooks};
use dutybox::triage::classify::classify;
use dutybox::triage::row::Class;
use dutybox::triage::texts::{bug_notes, checklist};

fn class(books: &Runbooks, body: &str, hosts: &HostRules) -> Class {
    let raw = format!("From: x@db1.example.org\nTo: oncall@mail.example.net\nSubject: [a] b\n\n{body}\n");
    classify(books, &parse::message(raw.into_bytes()), hosts)
}

fn values(class: &Class, name: &str) -> Vec<String> {
    class.labels.iter().filter(|label| label.name == name).map(|label| label.value.clone()).collect()
}

#[test]
fn a_claim_is_a_case_of_its_own_while_it_is_in_force() {
    let front = "match = { subject = \"[a]\" }\ndefault = \"act\"\n[[case]]\nid = \"mine\"\nclaimed = true\n\
                 verdict = { call = \"wait\", headline = \"{claimed-by} since {claimed}\" }\n";
    let mut world = World::of(books(&[("a", front)]));
    let row = world.add(&mail("[a]", t("10:00")));
    assert_eq!(world.say(row, t("10:01")), "- act");
    world.claim(row, false, t("10:05"));
    assert_eq!(world.say(row, t("10:04:59")), "- act", "it was not said yet");
    let verdict = world.verdict(row, t("10:05"));
    assert_eq!((said(&verdict).as_str(), verdict.headline.as_str()), ("mine wait", "ann since 10:05"));
    world.register.claims[0].released = Some(t("11:00"));
    assert_eq!(world.say(row, t("10:59:59")), "mine wait");
    assert_eq!(world.say(row, t("11:00")), "- act");
    // Of two claims the last one counts.
    world.claim(row, false, t("12:00"));
    world.register.claims[1].by = "ben".into();
    assert_eq!(world.verdict(row, t("12:01")).headline, "ben since 12:00");
}

#[test]
fn what_cannot_be_read_is_a_case_of_its_own() {
    let front = "match = { subject = \"[a]\" }\nlabels = { n = { body = \"n={n}\" } }\n[[case]]\nid = \"odd\"\n\
                 lacks = \"n\"\nverdict = { call = \"act\", headline = \"no n\" }\n[[case]]\nid = \"fine\"\n\
                 verdict = { call = \"note\", headline = \"n is {n}\" }\n";
    let mut world = World::of(books(&[("a", front)]));
    let with = world.add(&mail("[a]", t("10:00")).body("n=5\n"));
    let without = world.add(&mail("[a]", t("10:01")).body("m=5\n"));
    assert_eq!(world.say(with, t("10:02")), "fine note");
    assert_eq!(world.say(without, t("10:02")), "odd act");
}

/// Absence before a message is proved by a mailbox that reaches back, is fresh, and holds nothing that may be it.
#[test]
fn nothing_like_it_came_before() {
    let front = "match = { subject = \"[a]\" }\nlabels = { n = { body = \"n={n}\" } }\ndefault = \"note\"\n[[case]]\nid = \"new\"\n\
                 not-preceded-by = { same = [\"n\"], within = \"1d\" }\nverdict = { call = \"act\", headline = \"new\" }\n";
    let of = |n: &str, at| mail("[a]", at).body(&format!("n={n}\n"));
    let mut world = World::of(books(&[("a", front)]));
    let first = world.add(&of("1", t("10:00")));
    let again = world.add(&of("1", t("12:00")));
    let other = world.add(&of("2", t("12:30")));
    let day = world.add(&of("1", t("+1 12:00")));
    let late = world.add(&of("1", t("+2 12:00:01")));
    let now = t("+2 13:00");
    for (row, expected) in
        [(first, "new act"), (again, "- note"), (other, "new act"), (day, "- note"), (late, "new act")]
    {
        assert_eq!(world.say(row, now), expected, "{row}");
    }
    // One without the label may have been it.
    world.add(&mail("[a]", t("12:20")));
    assert_eq!(world.say(other, now), "- decide ?");
    // A mailbox that begins later proves nothing.
    let mut young = World::young(books(&[("a", front)]));
    let row = young.add(&of("1", t("10:00")));
    assert_eq!(young.say(row, t("11:00")), "- decide ?");
}

#[test]
fn blocks_of_a_report_are_counted_and_machines_are_looked_up() {
    let front = "match = { subject = \"[a]\" }\nshow = [\"blocks\", \"on\"]\n[labels]\n\
                 blocks = { blocks = '^== (.+) ==$', lines = '^- ', many = true }\n\
                 instance = { regex = 'i-[0-9a-f]{8}', in = \"body\", many = true }\non = { machine-of = \"instance\", many = true }\n";
    let books = books(&[("a", front)]);
    let body = "- before any heading\n== Failed ==\n- one\n- two\nnot counted\n== Empty ==\n\n== Late ==\n- i-0000000a, i-0000000B\n";
    let instances = [("i-0000000a".to_owned(), "db1".to_owned()), ("i-0000000b".to_owned(), "db2".to_owned())].into();
    let found = class(books, body, &HostRules { instances, ..HostRules::default() });
    assert_eq!(values(&found, "blocks"), ["Failed: 2", "Late: 1"]);
    assert_eq!(values(&found, "instance"), ["i-0000000a"]);
    assert_eq!(values(&found, "on"), ["db1"]);
    assert_eq!(values(&class(books, body, &HostRules::default()), "on"), [""; 0]);
}

#[test]
fn a_value_is_not_longer_than_a_row_can_keep() {
    let front = "match = { subject = \"[a]\" }\nlabels = { all = { regex = '^x.*', in = \"body\" } }\n";
    let found = class(books(&[("a", front)]), &format!("x{}", "ü".repeat(5000)), &HostRules::default());
    let value = &values(&found, "all")[0];
    assert!(value.starts_with("xüü") && value.len() <= 500, "{}", value.len());
}

#[test]
fn badges_and_shown_labels_stand_among_the_reasons() {
    let front = "match = { subject = \"[a]\" }\nown-hosts = true\nshow = [\"n\"]\nexpect-from = [\"*@db2.example.org\"]\n\
                 badges = [{ text = \"odd: {n}\", when = { body = \"*odd*\" } }, { text = \"never\", when = { body = \"*never*\" } }]\n\
                 labels = { host = \"auto\", n = { regex = '\\d+', in = \"body\", many = true } }\n";
    let books = books(&[("a", front)]);
    let known = HostRules { known: vec!["db2.example.org".into()], ..HostRules::default() };
    let found = class(books, "7 is odd, 9 is too\n", &known);
    assert_eq!(
        values(&found, "badge"),
        [
            "the sender is not one that this mail comes from",
            "db1.example.org is not among the machines that send us mail",
            "odd: 7, 9",
        ]
    );
    let mut world = World::of(books);
    let row = world.add(&mail("[a]", t("10:00")).from("x@db2.example.org").body("1 2 3 4 5 6 7 8 9 10\n"));
    let verdict = world.verdict(row, t("10:01"));
    assert!(verdict.words().contains("n: 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"), "{}", verdict.words());
    assert_eq!(verdict.call, Call::Decide, "a badge changes no call");
}

#[test]
fn a_checklist_for_each_value_and_one_for_all() {
    let front = "match = { subject = \"[a]\" }\nlabels = { n = { regex = '\\d+', in = \"body\", many = true } }\n\
                 [[case]]\nid = \"each\"\nsteps = [\"Stop {n}\", { or = \"Ask about {n}\" }]\nper = \"n\"\n\
                 verdict = { call = \"act\", headline = \"h\" }\n[[case]]\nid = \"all\"\nsteps = [\"Stop {n}\"]\n\
                 verdict = { call = \"act\", headline = \"h\" }\n";
    let books = books(&[("a", front)]);
    let book = books.by_id("a").unwrap().1;
    let shown = |case: &str, body: &str| -> Vec<(String, String, String)> {
        let labels = class(books, body, &HostRules::default()).labels;
        let tasks = checklist(book.case(case).unwrap(), &labels);
        tasks.into_iter().map(|task| (task.of.unwrap_or_default(), task.text, task.step.text)).collect()
    };
    let row = |of: &str, text: &str, step: &str| (of.to_owned(), text.to_owned(), step.to_owned());
    assert_eq!(
        shown("each", "7 and 9"),
        [
            row("7", "Stop 7", "Stop {n}"),
            row("7", "Ask about 7", "Ask about {n}"),
            row("9", "Stop 9", "Stop {n}"),
            row("9", "Ask about 9", "Ask about {n}"),
        ]
    );
    assert_eq!(shown("each", "none").len(), 2, "without a value there is one for all");
    assert_eq!(shown("all", "7 and 9"), [row("", "Stop 7, 9", "Stop {n}")]);
}

/// Case first, then the runbook's own; what is secret is hidden; a long mail is cut.
#[test]
fn texts_for_bugs_are_filled_for_one_message() {
    let front = "match = { subject = \"[a]\" }\nredact = [{ name = \"code\", regex = '\\b\\d{6}\\b' }]\n\
                 labels = { n = { regex = 'n=(\\w+)', in = \"body\" } }\n\
                 bug-text = [{ new = \"Explain {subject}\", text = \"{from} {date}\\n{text}\" }]\n\
                 [[case]]\nid = \"c\"\nbug-text = [{ bug = 7, text = \"{n} ×{count}, {first} to {last}\" }]\n\
                 verdict = { call = \"act\", headline = \"h\" }\n";
    let books = books(&[("a", front)]);
    let book = books.by_id("a").unwrap().1;
    let body: String = (0..30).map(|line| format!("line {line} n=x code 123456\n")).collect();
    let sent = mail("[a] b", t("10:00")).body(&body);
    let mut world = World::of(books);
    let (first, _) = (world.add(&sent), world.add(&mail("[a] c", t("10:30")).body("n=x\n")));
    let row = world.rows[first].clone();
    let raw = format!("From: tool@example.org\nSubject: [a] b\n\n{body}");
    let message = parse::message(raw.into_bytes());
    let notes = bug_notes(book, Some("c"), &row, None, Some(&message));
    assert_eq!(notes.iter().map(|note| note.words()).collect::<Vec<_>>(), ["comment on bug 7", "new bug"]);
    assert_eq!(notes[0].text, "x ×1, 2013-11-21 10:00:00 UTC to 2013-11-21 10:00:00 UTC");
    assert_eq!(notes[1].into, BugUse::New { summary: "Explain [a] b".into(), blocks: None });
    assert!(notes[1].text.starts_with("tool@example.org 2013-11-21 10:00:00 UTC\nline 0 n=x code [code removed]\n"));
    assert!(notes[1].text.ends_with("line 19 n=x code [code removed]\n[10 more lines]"), "{}", notes[1].text);
    assert_eq!(bug_notes(book, None, &row, None, None).len(), 1, "without a case, the runbook's own");
}
