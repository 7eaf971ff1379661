//! Filters over hand-made facts: what each field looks at, how specific a match is (R31), and that the body is left alone
//! until it is needed.

use super::{book, small};
use dutybox::mail::{Address, Recipient, Role};
use dutybox::runbook::filter::{FILTERS, Facts, Filter, Matched, Strength};
use std::cell::Cell;

/// A message made by hand, that counts how often its body is asked for.
#[derive(Default)]
struct Mail {
    subject: String,
    from: Vec<Address>,
    recipients: Vec<Recipient>,
    headers: Vec<(String, String)>,
    body: String,
    role: Role,
    asked: Cell<usize>,
}

impl Facts for Mail {
    fn subject(&self) -> &str {
        &self.subject
    }
    fn from(&self) -> &[Address] {
        &self.from
    }
    fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }
    fn header<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }
    fn body(&self) -> &str {
        self.asked.set(self.asked.get() + 1);
        &self.body
    }
    fn role(&self) -> Role {
        self.role
    }
    fn kind(&self) -> Option<&str> {
        Some("delays")
    }
}

fn mail() -> Mail {
    let address = |addr: &str| Address { name: String::new(), addr: addr.to_owned() };
    let to = |header, addr| Recipient { header, address: address(addr) };
    Mail {
        subject: "[vcs2vcs] process delays on github-sync2".to_owned(),
        from: vec![address("nobody@cruncher.build.mozilla.org")],
        recipients: vec![
            to("To", "release+vcs2vcs+forward@mozilla.com"),
            to("Cc", "ann@mozilla.com"),
            to("Delivered-To", "oncall@example.org"),
        ],
        headers: vec![
            ("X-GitHub-Reason".to_owned(), "ci_activity".to_owned()),
            ("List-Id".to_owned(), "first".to_owned()),
            ("List-ID".to_owned(), "second one".to_owned()),
            ("X-Empty".to_owned(), String::new()),
        ],
        body: "errors:\n  releases-gecko: last update 64 minutes ago\nend".to_owned(),
        ..Mail::default()
    }
}

/// The filter that a table says.
fn filter(table: &str) -> Filter {
    book(&small("", "").replace("{ subject = \"x\" }", table)).matches
}

/// The same where it may ask for a kind: in a case.
fn when(table: &str) -> Filter {
    let case = format!(
        "kinds = [{{ id = \"delays\", subject = \"x\" }}, {{ id = \"other\" }}]\n[[case]]\nid = \"c\"\nwhen = {table}\nverdict = {{ call = \"act\", headline = \"h\" }}"
    );
    book(&small(&case, "")).cases[0].when.clone().unwrap()
}

#[test]
fn what_each_field_looks_at() {
    let rows = [
        ("{ to = \"release+vcs2vcs*@mozilla.com\" }", true),
        ("{ to = \"release+vcs2vcs@mozilla.com\" }", false),
        ("{ to = \"RELEASE+vcs2vcs+forward@MOZILLA.com\" }", true),
        ("{ to = \"oncall@example.org\" }", true),
        ("{ to = [\"nobody@x.org\", \"ann@mozilla.com\"] }", true),
        ("{ from = \"nobody@cruncher\" }", true),
        ("{ from = \"*@cruncher\" }", true),
        ("{ from = \"nobody@crunch\" }", false),
        ("{ from = \"nobody@cruncher.build\" }", false),
        ("{ from = \"*@*.mozilla.org\" }", true),
        ("{ subject = \"[vcs2vcs] process delays\" }", true),
        ("{ subject = \"process delays\" }", false),
        ("{ subject = \"*process delays\" }", true),
        ("{ subject = \"[VCS2VCS] Process*\" }", true),
        ("{ subject = \"[VCS2VCS] Process*\", exact-case = true }", false),
        ("{ detail = \"vcs2vcs+forward\" }", true),
        ("{ detail = \"vcs2vcs\" }", false),
        ("{ body = \"*last update*\" }", true),
        ("{ body = \"last update*\" }", false),
        ("{ body = \"{repos}: last update * minutes ago\" }", true),
        ("{ body = \"errors:*end\" }", false),
        ("{ header = { name = \"x-github-reason\", glob = \"ci_\" } }", true),
        ("{ header = { name = \"List-ID\", glob = \"second\" } }", true),
        ("{ header = { name = \"X-Empty\" } }", true),
        ("{ header = { name = \"X-None\" } }", false),
        ("{ header = [{ name = \"X-None\" }, { name = \"X-Empty\" }] }", true),
        ("{ role = [\"reply\", \"alert\"] }", true),
        ("{ role = \"bounce\" }", false),
        ("{ kind = \"delays\" }", true),
        ("{ kind = [\"other\"] }", false),
        ("{ not = { subject = \"x\" } }", true),
        ("{ not = { role = \"alert\" } }", false),
        ("{ subject = \"[vcs2vcs]\", from = \"ann@x.org\" }", false),
        ("{ all = [{ subject = \"[vcs2vcs]\" }, { not = { from = \"ann@x.org\" } }] }", true),
        ("{ any = [{ subject = \"y\" }, { all = [{ to = \"*@example.org\" }, { body = \"end\" }] }] }", true),
    ];
    for (table, expected) in rows {
        let filter = when(table);
        let mail = mail();
        assert_eq!(filter.matches(&mail).is_some(), expected, "{table}");
        assert_eq!(filter.holds(&mail), expected, "{table}");
        assert_eq!(filter.trace(&mail).held, expected, "{table}");
    }
}

#[test]
fn every_field_of_the_table_is_read() {
    for field in FILTERS {
        let value = match field.name {
            "header" => "{ name = \"X\" }",
            "role" => "\"alert\"",
            "kind" => "\"delays\"",
            _ => "\"x\"",
        };
        let filter = when(&format!("{{ {} = {value} }}", field.name));
        assert_eq!(filter.tests()[0].0.field(), field.name);
        assert!(!field.doc.is_empty());
    }
}

fn matched(table: &str) -> Matched {
    filter(table).matches(&mail()).unwrap_or_else(|| panic!("{table}"))
}

/// R31: sender and subject, whole address, address glob, subject, catch-all; within one the longer literal.
#[test]
fn how_specific_a_match_is() {
    let rows = [
        ("{ from = \"nobody@cruncher\", subject = \"[vcs2vcs]\" }", Strength::SenderAndSubject, 24),
        ("{ to = \"*@mozilla.com\", body = \"end\" }", Strength::SenderAndSubject, 15),
        ("{ to = \"ann@mozilla.com\" }", Strength::Address, 15),
        ("{ from = \"nobody@cruncher\" }", Strength::Address, 15),
        ("{ detail = \"vcs2vcs+forward\" }", Strength::Address, 15),
        ("{ to = \"release+vcs2vcs*@mozilla.com\" }", Strength::AddressGlob, 27),
        ("{ subject = \"[vcs2vcs] process*\" }", Strength::Subject, 17),
        ("{ body = \"end\" }", Strength::Subject, 3),
        ("{ header = { name = \"List-Id\" } }", Strength::Subject, 7),
        ("{ header = { name = \"List-Id\", glob = \"sec\" } }", Strength::Subject, 10),
        ("{ subject = \"*\" }", Strength::CatchAll, 0),
        ("{ to = \"*\" }", Strength::CatchAll, 0),
        ("{ not = { subject = \"x\" } }", Strength::CatchAll, 0),
        ("{ role = \"alert\" }", Strength::CatchAll, 0),
        // Of several branches the most specific one counts, wherever it stands.
        (
            "{ any = [{ subject = \"[vcs2vcs]\" }, { to = \"ann@mozilla.com\" }, { to = \"*@mozilla.com\" }] }",
            Strength::Address,
            15,
        ),
        ("{ to = [\"*@mozilla.com\", \"ann@mozilla.com\"] }", Strength::Address, 15),
        (
            "{ any = [{ subject = \"[vcs2vcs]\" }, { to = \"ann@mozilla.com\", body = \"end\" }] }",
            Strength::SenderAndSubject,
            18,
        ),
    ];
    for (table, strength, literal) in rows {
        let found = matched(table);
        assert_eq!((found.strength, found.literal), (strength, literal), "{table}");
    }
    let order =
        [Strength::CatchAll, Strength::Subject, Strength::AddressGlob, Strength::Address, Strength::SenderAndSubject];
    assert!(order.is_sorted());
}

#[test]
fn spans_say_what_matched_where() {
    let spans = matched("{ from = \"nobody@cruncher\", subject = \"[vcs2vcs] process {what} on\" }").spans;
    assert_eq!(spans.iter().map(|s| s.field.as_str()).collect::<Vec<_>>(), ["From", "Subject"]);
    assert_eq!(&spans[0].value[spans[0].range.0..spans[0].range.1], "nobody@cruncher");
    assert_eq!(&spans[1].value[spans[1].range.0..spans[1].range.1], "[vcs2vcs] process delays on");
    assert_eq!(spans[1].captures, [("what".into(), "delays".to_owned())]);

    let detail = matched("{ detail = \"*forward\" }").spans.remove(0);
    assert_eq!((detail.field.as_str(), &detail.value[detail.range.0..detail.range.1]), ("To", "vcs2vcs+forward"));

    let body = matched("{ body = \"{repos}: last*\" }").spans.remove(0);
    assert_eq!(body.value, "  releases-gecko: last update 64 minutes ago", "the line, not the whole body");
    assert_eq!(&body.value[body.range.0..body.range.1], "releases-gecko: last update 64 minutes ago");

    let cc = matched("{ to = \"ann@mozilla.com\" }").spans.remove(0);
    assert_eq!(cc.field, "Cc");
}

#[test]
fn the_body_is_only_decoded_where_headers_leave_it_open() {
    let rows = [
        ("{ body = \"end\", subject = \"y\" }", 0),
        ("{ all = [{ body = \"end\" }, { not = { role = \"alert\" } }] }", 0),
        ("{ any = [{ body = \"end\" }, { subject = \"[vcs2vcs]\" }] }", 0),
        ("{ not = { any = [{ body = \"no\" }, { role = \"alert\" }] } }", 0),
        ("{ subject = \"[vcs2vcs]\" }", 0),
        // Only the body can make this branch more specific than the other.
        ("{ any = [{ subject = \"[vcs2vcs]\" }, { to = \"ann@mozilla.com\", body = \"nothing\" }] }", 1),
        ("{ any = [{ subject = \"[vcs2vcs]\" }, { to = \"bob@mozilla.com\", body = \"end\" }] }", 0),
    ];
    for (table, least) in rows {
        let mail = mail();
        let filter = filter(table);
        let _ = filter.matches(&mail);
        assert_eq!(mail.asked.get() > 0, least > 0, "{table}");
    }
    assert!(filter("{ not = { body = \"x\" } }").needs_body());
    assert!(!filter("{ not = { subject = \"x\" } }").needs_body());
}

#[test]
fn a_trace_shows_every_part_and_what_was_seen_in_vain() {
    let filter = filter(
        "{ any = [{ to = \"ann@x.org\" }, { subject = \"[vcs2vcs]\", not = { role = \"alert\" } }, { header = { name = \"List-Id\", glob = \"third\" } }] }",
    );
    let trace = filter.trace(&mail());
    assert_eq!((trace.what.as_str(), trace.held, trace.inner.len()), ("any", false, 3));
    let to = &trace.inner[0];
    assert_eq!((to.what.as_str(), to.held), ("to = \"ann@x.org\"", false));
    let seen = to.seen.as_ref().unwrap();
    assert_eq!(seen.value, "release+vcs2vcs+forward@mozilla.com, ann@mozilla.com, oncall@example.org");
    assert_eq!(seen.range, (0, 0));
    let all = &trace.inner[1];
    assert_eq!((all.what.as_str(), all.inner[0].held, all.inner[1].held), ("all", true, false));
    assert_eq!((all.inner[1].what.as_str(), all.inner[1].inner[0].held), ("not", true));
    assert_eq!(trace.inner[2].what, "header List-Id = \"third\"");
    assert_eq!(trace.inner[2].seen.as_ref().unwrap().value, "first, second one");
    assert_eq!(
        filter.words(),
        "to = \"ann@x.org\" or (subject = \"[vcs2vcs]\" and not (role = \"alert\")) or header List-Id = \"third\""
    );
}
