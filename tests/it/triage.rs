//! One message to its category (R6, R31), its labels (N13, R8), and the explanation.

use dutybox::mail::{Message, Role, parse};
use dutybox::runbook::Runbooks;
use dutybox::runbook::filter::{MessageFacts, Strength};
use dutybox::runbook::labels::{self, HostRules, Label};
use dutybox::triage::classify::classify;
use dutybox::triage::explain::explain;
use dutybox::triage::row::Class;

fn sample(name: &str) -> Message {
    let path = format!("{}/examples/mails/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    parse::message(std::fs::read(path).unwrap())
}

fn mail(text: &str) -> Message {
    parse::message(text.as_bytes().to_vec())
}

/// Runbooks of these front matters (without id and title, which are the name).
fn books(fronts: &[(&str, &str)]) -> Runbooks {
    let file = |(id, front): &(&str, &str)| {
        (format!("{id}.md"), format!("+++\nid = \"{id}\"\ntitle = \"{id}\"\n{front}\n+++\n"))
    };
    let books = Runbooks::only(&fronts.iter().map(file).collect::<Vec<_>>());
    assert_eq!(books.diagnostics, []);
    books
}

fn rules() -> HostRules {
    HostRules {
        own_domains: vec!["mail.example.org".into()],
        not_hosts: vec!["relay1".into(), "mx.example.org".into()],
        ..HostRules::default()
    }
}

fn class(books: &Runbooks, text: &str) -> Class {
    classify(books, &mail(text), &rules())
}

/// Ids of all runbooks that claim a message, the winner first.
fn claimed<'b>(books: &'b Runbooks, class: &Class) -> Vec<&'b str> {
    let hits = class.hits();
    hits.map(|hit| books.get(hit.book).unwrap().id.as_str()).collect()
}

const ALERT: &str =
    "From: cron@db1.example.org\nTo: oncall+db@mail.example.org\nSubject: [db] failed on db1\n\nText.\n";

/// R31: sender and subject, whole address, address glob, subject, catch-all; the longer literal; the order of the set.
#[test]
fn r31_one_primary_and_all_others_kept_in_order() {
    let books = books(&[
        ("catch-all", "match = { subject = \"*\" }"),
        ("short", "match = { subject = \"[db]\" }"),
        ("long", "match = { subject = \"[db] failed\" }"),
        ("long-too", "match = { subject = \"[DB] FAILED\" }"),
        ("glob", "match = { to = \"oncall+*@mail.example.org\" }"),
        ("whole", "match = { from = \"cron@db1.example.org\" }"),
        ("both", "match = { to = \"*@mail.example.org\", subject = \"[db]\" }"),
        ("other", "match = { subject = \"failed\" }"),
        ("branches", "match = { any = [{ subject = \"[db] failed on\" }, { to = \"nobody@x.org\" }] }"),
    ]);
    let class = class(&books, ALERT);
    assert_eq!(
        claimed(&books, &class),
        ["both", "whole", "glob", "branches", "long", "long-too", "short", "catch-all"]
    );
    assert_eq!(class.primary.unwrap().strength, Strength::SenderAndSubject);
}

#[test]
fn what_no_runbook_claims_is_undocumented() {
    let class = class(&books(&[("other", "match = { subject = \"other\" }")]), ALERT);
    assert_eq!(class, Class::default());
}

/// R6: a category is found on the subject without Re: and Fwd:; the role says that it is no alert.
#[test]
fn r6_replies_forwards_and_bounces_keep_their_category() {
    let books = books(&[("db", "match = { subject = \"[db] failed\" }")]);
    let rows = [
        ("Subject: [db] failed\n", Role::Alert),
        ("Subject: Re: [db] failed\n", Role::Reply),
        ("Subject: AW: Re: [db] failed\n", Role::Reply),
        ("Subject: Fwd: [db] failed\n", Role::Forward),
        ("Subject: [db] failed\nAuto-Submitted: auto-replied\n", Role::AutoReply),
        ("Subject: [db] failed\nAuto-Submitted: auto-generated\n", Role::Alert),
        ("Subject: [db] failed\nContent-Type: multipart/report; boundary=x\n", Role::Bounce),
    ];
    for (headers, role) in rows {
        let message = mail(&format!("From: a@b.example.org\n{headers}\nText.\n"));
        let class = classify(&books, &message, &rules());
        assert_eq!((claimed(&books, &class), message.role), (vec!["db"], role), "{headers}");
        assert_eq!(explain(&books, &message, &rules()).role.0, role);
    }
}

#[test]
fn the_first_kind_that_matches_counts() {
    let books = books(&[(
        "db",
        "match = { subject = \"[db]\" }\nkinds = [{ id = \"a\", subject = \"[db] a\", set = { topic = \"t\" } }, { id = \"ab\", subject = \"[db] ab\" }, { id = \"rest\" }]",
    )]);
    for (subject, kind) in [("[db] ab", 0), ("[db] b", 2), ("Re: [db] a", 0)] {
        let class = class(&books, &format!("Subject: {subject}\n\nx\n"));
        assert_eq!(class.primary.unwrap().kind, kind, "{subject}");
    }
}

#[test]
fn cases_whose_kind_and_when_hold_are_noted() {
    let case = |id: &str, more: &str| {
        format!("[[case]]\nid = \"{id}\"\n{more}\nverdict = {{ call = \"act\", headline = \"h\" }}\n")
    };
    let front = [
        "match = { subject = \"[db]\" }\nkinds = [{ id = \"a\", subject = \"[db] a\" }, { id = \"b\" }]\n".to_owned(),
        case("0", "kind = \"b\""),
        case("1", "kind = [\"a\", \"b\"]"),
        case("2", "when = { body = \"*disk full*\" }"),
        case("3", "when = { not = { body = \"*disk full*\" } }"),
        case("4", "when = { kind = \"a\" }\nquiet-for = \"5m\""),
    ]
    .concat();
    let books = books(&[("db", &front)]);
    let cases = |text: &str| class(&books, text).primary.unwrap().cases.to_vec();
    assert_eq!(cases("Subject: [db] a\n\nthe disk full of it\n"), [1, 2, 4]);
    assert_eq!(cases("Subject: [db] b\n\nx\n"), [0, 1, 3]);
}

#[test]
fn a_sender_that_is_not_expected_is_a_badge_and_never_a_condition() {
    let books = books(&[("db", "match = { subject = \"[db]\" }\nexpect-from = [\"cron@db1\", \"*@*.example.net\"]")]);
    let rows = [
        ("From: cron@db1.example.org\n", false),
        ("From: x@a.example.net\n", false),
        ("From: cron@db2.example.org\n", true),
        ("From: db1@cron.org\n", true),
        // A sender that is not known is not a foreign one.
        ("", false),
        ("Return-Path: <cron@db1.example.org>\n", false),
        ("Return-Path: <evil@example.com>\n", true),
        ("Return-Path: <>\n", false),
    ];
    for (headers, foreign) in rows {
        let class = class(&books, &format!("{headers}Subject: [db] x\n\nx\n"));
        assert_eq!(class.primary.unwrap().foreign_sender, foreign, "{headers}");
    }
}

fn label(labels: &[Label], name: &str) -> Vec<(String, String)> {
    let wanted = labels.iter().filter(|label| label.name == name);
    wanted.map(|label| (label.value.clone(), label.from.to_string())).collect()
}

/// N13: the order of the sources, and which one said so.
#[test]
fn n13_the_host_and_where_it_was_read() {
    let received = "Received: from mx.example.org (mx [192.0.2.9]) by in.example.org; Mon, 1 Jan 2024 00:00:09 +0000\n\
                    Received: from db7.example.org (db7 [192.0.2.7])\n\tby mx.example.org; Mon, 1 Jan 2024 00:00:00 +0000\n";
    let rows = [
        (
            "From: cron@db1.example.org\nSender: x@db2.example.org\nMessage-ID: <1@db3.example.org>\n",
            "Cron <a@db4> x",
            "",
            "db1.example.org",
            "From",
        ),
        ("From: cron@db1\n", "x", "", "db1", "From"),
        (
            "From: cron@mail.example.org\nSender: x@db2.example.org\nMessage-ID: <1@db3.example.org>\n",
            "x",
            "",
            "db2.example.org",
            "Sender",
        ),
        ("From: cron@mail.example.org\nMessage-ID: <1@db3.example.org>\n", "x", "", "db3.example.org", "Message-ID"),
        // A mail domain, a name that is never a host, an address, nonsense: passed over.
        ("From: ann@example.org\nMessage-ID: <1@localhost>\n", "Cron <a@db4> x", "", "db4", "subject"),
        (
            "From: ann@relay1.example.org\nMessage-ID: <1@[192.0.2.1]>\n",
            "CRON  <a@db4.example.org> x",
            "",
            "db4.example.org",
            "subject",
        ),
        ("From: ann@-bad-.example.org\nMessage-ID: <1@1234>\n", "Cron <a@db4> x", "", "db4", "subject"),
        (&format!("From: ann@example.org\n{received}"), "Cron <a@db4> x", "", "db7.example.org", "Received"),
        (
            "From: ann@example.org\nReceived: from localhost (localhost [127.0.0.1]) by db8.example.org (Postfix)\n",
            "x",
            "",
            "db8.example.org",
            "Received",
        ),
        ("From: ann@example.org\n", "x", "seen on Monday on db5.example.org, twice", "db5.example.org", "body"),
        ("From: ann@example.org\n", "x", "on 2013-10-22 on v2.3 the log is on db6 in /var/log/x", "db6", "body"),
        ("From: cron@nas.local\n", "x", "", "nas.local", "From"),
    ];
    for (headers, subject, body, host, from) in rows {
        let message = mail(&format!("{headers}Subject: {subject}\n\n{body}\n"));
        let found = labels::host(&message, &rules()).unwrap_or_else(|| panic!("{headers}"));
        assert_eq!((found.value.as_str(), found.from.as_str()), (host, from), "{headers}{subject}");
    }
    for text in ["From: ann@example.org\nSubject: x\n\ntests on win7 and on mozilla-inbound\n", "\n", ""] {
        assert_eq!(labels::host(&mail(text), &rules()), None, "{text}");
    }
}

/// R8: equal after case folding; a short host name equals the full one, unless two full names share it.
#[test]
fn r8_the_same_host() {
    let rows = [
        ("host", "db1.example.org", "DB1.example.org", false, true),
        ("host", "db1", "db1.example.org", false, true),
        ("host", "db1.example.org", "DB1", false, true),
        ("host", "db1", "db1.example.org", true, false),
        ("host", "db1.example.org", "db1.example.net", false, false),
        ("host", "db", "db1.example.org", false, false),
        ("topic", "a", "a.b", false, false),
        ("topic", "Ä", "ä", false, true),
    ];
    for (name, a, b, shared, same) in rows {
        assert_eq!(labels::same(name, a, b, &|_| shared), same, "{name}: {a}, {b}");
    }
}

#[test]
fn every_way_to_read_a_label() {
    let front = r#"
match = { subject = "[db] {what} on" }
kinds = [{ id = "k", to = "oncall+{team}@mail.example.org", topic = "t", level = "from the kind" }, { id = "rest" }]
[labels]
disk = { subject = "[db] failed on {disk} again" }
repos = { body = "{repos}: last update *", many = true }
first = { body = "{first}: last update *" }
reason = { header = "X-Reason" }
list = { header = "List-Id", glob = "*<{list}.example.org>" }
box = { detail = "db.{box}" }
number = { regex = 'no\. (\d+)', in = "body", many = true }
all = { regex = '(?i)FAILED', in = "subject" }
tag = { regex = '^\w+', in = "header:X-Reason" }
alarm = { json = "Message.AlarmName" }
inner = { json = "Records.1.id" }
ids = { json = "Records.*.id", many = true }
fixed = { value = "constant" }
level = { value = "from a rule" }
nothing = { subject = "{nothing} never" }
"#;
    let books = books(&[("db", front)]);
    let text = "From: x@db1.example.org\nTo: oncall+db.b7@mail.example.org\nX-Reason: Disk is full\n\
                List-Id: All of it <alerts.example.org>\nSubject: Fwd: [db] failed on sda again and again\n\n\
                a: last update 1\n b : last update 2 \na: last update 3\nno. 5 and no. 6\n\
                see {\"Message\": \"{\\\"AlarmName\\\": \\\"cpu high\\\"}\", \"Records\": [{\"id\": 1}, {\"id\": \"two\"}]}\n";
    let labels = class(&books, text).labels;
    let rows = [
        ("topic", vec![("t", "kind")]),
        ("level", vec![("from the kind", "kind")]),
        ("disk", vec![("sda", "subject")]),
        ("repos", vec![("a", "body line 1"), ("b", "body line 2")]),
        ("first", vec![("a", "body line 1")]),
        ("reason", vec![("Disk is full", "X-Reason")]),
        ("list", vec![("alerts", "List-Id")]),
        ("box", vec![("b7", "To")]),
        ("number", vec![("5", "body line 4"), ("6", "body line 4")]),
        ("all", vec![("failed", "subject")]),
        ("tag", vec![("Disk", "X-Reason")]),
        ("alarm", vec![("cpu high", "body, JSON Message.AlarmName")]),
        ("inner", vec![("two", "body, JSON Records.1.id")]),
        ("ids", vec![("1", "body, JSON Records.*.id"), ("two", "body, JSON Records.*.id")]),
        ("fixed", vec![("constant", "runbook")]),
        ("nothing", vec![]),
        // Placeholders of the patterns that claimed the message.
        ("what", vec![("failed", "Subject")]),
        ("team", vec![("db.b7", "To")]),
    ];
    for (name, expected) in rows {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(label(&labels, name), expected, "{name}");
    }
}

#[test]
fn explain_shows_every_runbook_tried_and_why_the_winner_won() {
    let books = books(&[
        ("other", "match = { subject = \"other\", from = \"ann@x.org\" }"),
        (
            "db",
            "match = { subject = \"[db]\" }\nkinds = [{ id = \"a\", subject = \"[db] a\" }, { id = \"b\", subject = \"[db] failed\" }, { id = \"c\" }]",
        ),
        ("address", "match = { any = [{ to = \"oncall+db@mail.example.org\" }, { body = \"no\" }] }"),
    ]);
    let told = explain(&books, &mail(ALERT), &rules());
    assert_eq!(
        told.why,
        "address wins over db, by To “oncall+db@mail.example.org”: a whole address is more specific than subject, header or body"
    );
    assert_eq!(told.tried.iter().map(|tried| tried.matched).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(told.tried[1].kinds, [("a".to_owned(), false), ("b".to_owned(), true)]);
    let other = &told.tried[0].trace;
    assert_eq!(
        other.inner.iter().map(|part| part.what.as_str()).collect::<Vec<_>>(),
        ["subject = \"other\"", "from = \"ann@x.org\""]
    );
    assert_eq!(other.inner[1].seen.as_ref().unwrap().value, "cron@db1.example.org", "the value it did not match");
    assert_eq!(told.class, classify(&books, &mail(ALERT), &rules()));
    assert_eq!(
        told.role,
        (Role::Alert, "neither subject nor headers make it a reply, forward, auto-reply or bounce".into())
    );

    let why = |fronts: &[(&str, &str)]| {
        let books = self::books(fronts);
        explain(&books, &mail(ALERT), &rules()).why
    };
    let subject = |id: &'static str, pattern: &str| (id, format!("match = {{ subject = \"{pattern}\" }}"));
    let (a, b, c) = (subject("a", "[db]"), subject("b", "[db] failed"), subject("c", "nothing"));
    assert_eq!(
        why(&[(a.0, &a.1), (b.0, &b.1)]),
        "b wins over a, by Subject “[db] failed”: both match by subject, header or body, and its pattern is the longer one (11 characters against 4)"
    );
    assert_eq!(
        why(&[(a.0, &a.1), ("z", &a.1)]),
        "a wins over z, by Subject “[db]”: both match alike by subject, header or body, and it stands first in the set"
    );
    assert_eq!(why(&[(a.0, &a.1), (c.0, &c.1)]), "a is the only runbook that claims it, by Subject “[db]”");
    assert_eq!(why(&[(c.0, &c.1)]), "undocumented: the only runbook does not claim it");
    assert_eq!(why(&[]), "undocumented: there are no runbooks");
    assert_eq!(
        why(&[("n", "match = { not = { subject = \"x\" } }")]),
        "n is the only runbook that claims it, by what it does not hold"
    );
}

#[test]
fn explain_says_of_each_case_what_the_message_alone_decides() {
    let told = explain(&Runbooks::shipped(), &sample("vcs2vcs-delays"), &HostRules::default());
    let of = |id: &str| {
        let case = told.cases.iter().find(|case| case.id == id);
        case.unwrap_or_else(|| panic!("{id} in {:#?}", told.cases)).alone.as_deref()
    };
    assert_eq!(of("autofix-worked"), Some("it is about autofix, this is delays"));
    assert_eq!(of("outage"), None, "time and other mail decide it");
    assert_eq!(of("single"), Some("it is about delays"));
}

#[test]
fn the_samples_of_one_category_share_its_host() {
    for name in ["vcs2vcs-autofix", "vcs2vcs-delays", "vcs2vcs-major", "vcs2vcs-forward"] {
        let class = classify(&Runbooks::shipped(), &sample(name), &HostRules::default());
        assert_eq!(
            label(&class.labels, "host"),
            [("github-sync2.dmz.scl3.mozilla.com".to_owned(), "From".to_owned())],
            "{name}"
        );
    }
}

/// Every sample of a mail is classified, explained and labelled without panic, and both agree.
#[test]
fn classify_and_explain_agree_on_every_sample() {
    let books = Runbooks::shipped();
    let folder = format!("{}/examples/mails", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let message = parse::message(std::fs::read(entry.unwrap().path()).unwrap());
        let told = explain(&books, &message, &rules());
        assert_eq!(told.class, classify(&books, &message, &rules()));
        let mut held: Vec<_> = told.tried.iter().filter(|tried| tried.matched).map(|tried| tried.book).collect();
        let mut hits: Vec<_> = told.class.hits().map(|hit| hit.book).collect();
        held.sort();
        hits.sort();
        assert_eq!(held, hits, "trace and match say the same");
        for hit in told.class.hits() {
            let book = books.get(hit.book).unwrap();
            for span in &book.matches.matches(&MessageFacts::new(&message)).unwrap().spans {
                assert!(span.value.get(span.range.0..span.range.1).is_some(), "{span:?}");
            }
        }
        count += 1;
    }
    assert!(count >= 53);
}
