//! Mails that say a thing twice (C42), and mails that pretend to be an answer to or a copy of another (C46).

use crate::desk::Desk;
use crate::home::Home;
use crate::verdicts::kit::{Mail, World, mail, t};
use dutybox::config::Config;
use dutybox::triage::classify::classify;
use serde_json::Value;

// ---- what stands there twice ----------------------------------------------------------------------------------------

/// Header, what it says first, and what it says then.
const TWICE: &[(&str, &str, &str)] = &[
    ("From", "First <first@one.example>", "Second <second@two.example>"),
    ("Subject", "the first subject", "the second subject"),
    ("Date", "Mon, 18 Nov 2013 10:00:00 +0000", "Tue, 19 Nov 2013 11:00:00 +0000"),
    ("Content-Type", "text/plain; charset=utf-8", "text/html; charset=utf-8"),
    ("Message-ID", "<first@one.example>", "<second@two.example>"),
];

/// A mail with all of these headers, of which that one stands there twice.
fn doubled(name: &str) -> Vec<u8> {
    let mut text = String::new();
    for (header, first, _) in TWICE {
        text += &format!("{header}: {first}\n");
    }
    let second = TWICE.iter().find(|(header, ..)| *header == name).map_or("", |(.., second)| second);
    format!("{text}To: oncall@example.org\n{name}: {second}\n\n<b>bold</b>\n").into_bytes()
}

#[test]
fn c42_of_a_header_that_stands_twice_the_first_counts_and_the_row_says_so() {
    for (name, ..) in TWICE {
        // Once with the name as it is written, once as nobody writes it.
        for bytes in [
            doubled(name),
            String::from_utf8(doubled(name)).unwrap().replacen(name, &name.to_uppercase(), 1).into_bytes(),
        ] {
            let home = Home::with_mails(&[("cur/1.a:2,", &bytes)]);
            let words = format!("The header {name} stands here 2 times; the first counts.");
            let list = home.json(&["list"]);
            let message = &list["messages"][0];
            assert_eq!(list["messages"].as_array().map(Vec::len), Some(1));
            assert_eq!(message["subject"], "the first subject");
            assert!(message["from"].to_string().contains("first@one.example"), "{message}");
            assert_eq!(message["received"], "2013-11-18T10:00:00Z");
            assert_eq!(message["errors"], Value::from(vec![words.clone()]));
            assert_eq!(home.ids("has:oddity").len(), 1);
            let shown = home.text(&["show", &home.one("")]);
            assert!(shown.contains(&words), "{shown}");
            assert!(shown.contains("<b>bold</b>"), "the first says that it is no HTML: {shown}");
            // Those that it is not: by none of its second faces is it found.
            for query in ["from:two.example", "subject:second", "date:2013-11-19"] {
                assert_eq!(home.ids(query).len(), 0, "{name}: {query}");
            }
            let mut desk = Desk::with(160, 45, Config::default(), std::slice::from_ref(&bytes), false);
            let screen = desk.screen();
            let line = screen.lines().find(|line| line.contains("the first subject")).unwrap_or_default();
            assert!(line.contains(&format!("[2× {name}]")), "{name}: {screen}");
            let open = desk.press("Enter").screen();
            assert!(open.contains(&format!("! The header {name} stands here 2 times")), "{open}");
        }
    }
    let all: Vec<u8> = TWICE.iter().flat_map(|(name, first, _)| format!("{name}: {first}\n").into_bytes()).collect();
    let more: Vec<u8> = TWICE.iter().flat_map(|(name, _, second)| format!("{name}: {second}\n").into_bytes()).collect();
    let home = Home::with_mails(&[("cur/1.a:2,", &[all, more, b"\nText\n".to_vec()].concat())]);
    let errors = home.json(&["list"])["messages"][0]["errors"].clone();
    assert_eq!(errors.as_array().map(Vec::len), Some(5), "all at once: {errors}");
}

/// The second sender is not one by whom a runbook claims a mail, nor one that it expects; the first is.
#[test]
fn c42_a_second_sender_gets_a_mail_into_no_category() {
    let class = |from: [&str; 2]| {
        let raw = format!(
            "From: {}\nFrom: {}\nTo: x@y.example\nSubject: AWS notice of retirement\n\ntext\n",
            from[0], from[1]
        );
        let message = dutybox::mail::parse::message(raw.into_bytes());
        let class =
            classify(crate::verdicts::kit::shipped(), &message, &dutybox::runbook::labels::HostRules::default());
        class.primary.is_some()
    };
    assert!(class(["no-reply-aws@amazon.com", "evil@x.example"]));
    assert!(!class(["evil@x.example", "no-reply-aws@amazon.com"]));
}

// ---- what pretends to be an answer or a copy ------------------------------------------------------------------------

/// A mail of CloudWatch about the alarm `disk`.
fn cloudwatch(state: &str, at: &str) -> Mail {
    mail(&format!("{state}: \"disk\" in US East"), t(at))
        .from("AWS Notifications <no-reply@sns.amazonaws.com>")
        .to("release+sns@mozilla.com")
        .body(
            "Amazon CloudWatch Alarm \"disk\" in the US East region\n- Reason for State Change:    Threshold Crossed\n",
        )
}

/// A mail of the conversion of the repository J.
fn conversion(subject: &str, at: &str) -> Mail {
    mail(subject, t(at)).from("vcs2vcs@github-sync1.mozilla.com").to("release+vcs2vcs@mozilla.com")
}

#[test]
fn c46_a_forged_all_clear_from_another_address_closes_nothing() {
    let senders = [
        "evil@example.net",
        "no-reply@sns.amazonaws.com.example.net",
        "no-reply@sns.amazonaws.com@example.net",
        "\"no-reply@sns.amazonaws.com\" <evil@example.net>",
        "AWS Notifications <no-reply@sns.amaz0naws.com>",
        "no-reply+x@sns.amazonaws.com",
        "<evil@example.net>, <no-reply@sns.amazonaws.com>",
        "=?utf-8?q?no-reply=40sns=2Eamazonaws=2Ecom=00?= <evil@example.net>",
        "",
    ];
    for sender in senders {
        // As it comes, as an answer in the alarm's thread, and with more headers that name the right sender.
        let threads = [
            "X: y",
            "In-Reply-To: <alarm@sns>",
            "Sender: no-reply@sns.amazonaws.com",
            "From: no-reply@sns.amazonaws.com",
            "Return-Path: <no-reply@sns.amazonaws.com>",
        ];
        for header in threads {
            let mut world = World::shipped();
            let alarm = world.add(&cloudwatch("ALARM", "10:00").id(Some("alarm@sns")));
            let before = world.say(alarm, t("10:12"));
            let forged = world.add(&cloudwatch("OK", "10:10").from(sender).header(header));
            assert_eq!(
                (before.as_str(), world.say(alarm, t("10:12")).as_str()),
                ("alarm act", "alarm act"),
                "{sender} {header}"
            );
            let of = world.at(t("10:12"));
            assert_eq!(of.verdicts[forged].call.word(), "note", "{sender}: what it says of itself");
            let incident = world.incident(alarm, t("10:12"));
            assert_eq!(incident.call.word(), "act", "{sender} {header}: the incident goes on asking for somebody");
            // The right one does it.
            world.add(&cloudwatch("OK", "10:20"));
            assert_eq!(world.say(alarm, t("10:21")), "closed note", "{sender} {header}");
        }
    }
    let failed = "[vcs2vcs] Failed conversion for J";
    for (sender, expected) in [
        ("vcs2vcs@github-sync1.mozilla.com", "conversion-recovered note"),
        ("vcs2vcs@github-sync2.mozilla.com", "conversion-failed act"),
        ("evil@example.net", "conversion-failed act"),
    ] {
        let mut world = World::shipped();
        let row = world.add(&conversion(failed, "10:00"));
        world.add(&conversion("[vcs2vcs] Successful conversion for J (12s) <EOM>", "10:10").from(sender));
        assert_eq!(world.say(row, t("10:12")), expected, "{sender}");
    }
}

/// The samples as files, one of them changed.
fn sample(name: &str) -> String {
    String::from_utf8(crate::desk::sample(name)).unwrap()
}

/// Calls of all messages by subject, as a command says them, a quarter of an hour after the alarm.
fn calls(home: &Home) -> Vec<(String, String)> {
    let output = home.run(&["--as-of", "2015-03-10T10:05:00Z", "list", "--json"]).success().get_output().stdout.clone();
    let list: Value = serde_json::from_slice(&output).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = list["messages"].as_array().unwrap();
    let mut calls: Vec<_> = messages.iter().map(|m| (text(&m["subject"]), text(&m["verdict"]["call"]))).collect();
    calls.sort();
    calls
}

#[test]
fn c46_the_program_keeps_an_alarm_open_whose_all_clear_is_forged() {
    let (alarm, ok) = (sample("sns-cloudwatch-alarm.eml"), sample("sns-cloudwatch-ok.eml"));
    let subject = |state: &str| format!("{state}: \"relengapi-5xx\" in US West (Oregon)");
    let genuine = Home::with_mails(&[("cur/1.a:2,", alarm.as_bytes()), ("cur/2.b:2,", ok.as_bytes())]);
    assert_eq!(calls(&genuine), [(subject("ALARM"), "note".to_owned()), (subject("OK"), "note".to_owned())]);
    let forged = ok.replace("no-reply@sns.amazonaws.com", "no-reply@sns.amazonaws.com.example.net");
    let home = Home::with_mails(&[("cur/1.a:2,", alarm.as_bytes()), ("cur/2.b:2,", forged.as_bytes())]);
    assert_eq!(calls(&home), [(subject("ALARM"), "act".to_owned()), (subject("OK"), "note".to_owned())]);
    let show = home.run(&["--as-of", "2015-03-10T10:05:00Z", "show", "2.b"]).success().get_output().stdout.clone();
    assert!(
        String::from_utf8_lossy(&show).contains("the sender is not one that this mail comes from"),
        "{}",
        String::from_utf8_lossy(&show)
    );
}

#[test]
fn c46_the_same_message_id_with_other_content_is_a_mail_of_its_own() {
    let alarm = sample("sns-cloudwatch-alarm.eml");
    let id = "0000014c02f7-alarm@us-west-2.amazonses.com";
    assert!(alarm.contains(id));
    // Another alarm under the name of the first, and the first once more as a list delivers it.
    let other = alarm.replace("relengapi-5xx", "database-full");
    let copy =
        alarm.replacen("To: ", "Received: from list.example by mx.example; Tue, 10 Mar 2015 09:42:00 +0000\nTo: ", 1);
    let home = Home::with_mails(&[
        ("cur/1.a:2,", alarm.as_bytes()),
        ("cur/2.b:2,", other.as_bytes()),
        ("cur/3.c:2,", copy.as_bytes()),
    ]);
    let output = home.run(&["--as-of", "2015-03-10T10:05:00Z", "list", "--json"]).success().get_output().stdout.clone();
    let list: Value = serde_json::from_slice(&output).unwrap();
    let find = |name: &str| {
        list["messages"].as_array().unwrap().iter().find(|m| m["id"].as_str().unwrap().starts_with(name)).unwrap()
    };
    let (first, second, third) = (find("1."), find("2."), find("3."));
    assert_eq!((&first["copies"], &second["copies"], &third["copies"]), (&2.into(), &1.into(), &2.into()));
    assert_eq!(first["incident"], third["incident"]);
    assert_ne!(first["incident"], second["incident"], "it has an incident of its own");
    assert_eq!((&first["verdict"]["call"], &second["verdict"]["call"]), (&"act".into(), &"act".into()));
    // What is done about the one is not done about the other.
    home.run(&["ignore", "--reason", "known", "--until", "2h", "1.a"]).success();
    let now = |query: &str| {
        let output = home.run(&["list", "--json", "--", query]).success().get_output().stdout.clone();
        let list: Value = serde_json::from_slice(&output).unwrap();
        let ids = list["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()[..2].to_owned());
        ids.collect::<Vec<_>>()
    };
    let ignored = now("is:ignored");
    assert!(ignored.contains(&"1.".to_owned()), "{ignored:?}");
    assert!(!ignored.contains(&"2.".to_owned()), "{ignored:?}");
    assert!(now("-is:ignored").contains(&"2.".to_owned()));
}

/// A forged mail that came first under the name of an alert does not make the alert a copy of it.
#[test]
fn c46_an_id_that_was_taken_before_hides_no_alert() {
    let mut world = World::shipped();
    let forged = world.add(&mail("hello", t("9:59")).from("evil@example.net").id(Some("alarm@sns")));
    let alarm = world.add(&cloudwatch("ALARM", "10:00").id(Some("alarm@sns")));
    // The same subject and time too, from elsewhere.
    let near =
        world.add(&cloudwatch("ALARM", "10:00").from("evil@example.net").id(Some("alarm@sns")).body("nothing\n"));
    assert_eq!(world.say(alarm, t("10:05")), "alarm act");
    let of = world.at(t("10:05"));
    assert_ne!(of.incident_of[forged], of.incident_of[alarm]);
    assert_eq!(world.incident(alarm, t("10:05")).call.word(), "act");
    assert_eq!(world.incident(near, t("10:05")).call.word(), "act");
}

/// What SECURITY.md says is not promised: tests that look for other mail than a closing one compare no sender.
#[test]
fn c46_what_is_compared_by_labels_alone_is_taken_from_anybody() {
    let cert = |what: &str, at| {
        let subject = format!("[scl-production-puppet-new] w64-ix-slave12.winbuild.scl1.mozilla.com {what}");
        mail(&subject, at).from("root@scl-production-puppet-new.srv.releng.scl3.mozilla.com")
    };
    let login = |at| {
        let body = "Timestamp: x Summary: login from 10.26.48.9 on signing4.srv.releng.scl3.mozilla.com as user ann\n";
        mail("MozDef Alert: ssh", at).to("release+mozdef@mozilla.com").from("mozdef@example.org").body(body)
    };
    let evil = |mail: Mail| mail.from("evil@example.net");
    for (alert, forged, before, after) in [
        (
            cert("has invalid cert", t("10:00")),
            cert("is waiting to be signed", t("9:50")),
            "not-cleaned decide",
            "cleaned note",
        ),
        (login(t("10:00")), login(t("-1 10:00")), "first-seen decide", "normal note"),
    ] {
        let mut world = World::shipped();
        let row = world.add(&alert);
        assert_eq!(world.say(row, t("12:00")), before);
        world.add(&evil(forged));
        assert_eq!(world.say(row, t("12:00")), after);
    }
    let text = include_str!("../../SECURITY.md");
    let (promised, rest) = text.split_once("## What is not promised").unwrap();
    assert!(promised.contains("`closed-by`"));
    assert!(rest.contains("no forged mail lowers a call") && rest.contains("Puppet") && rest.contains("MozDef"));
}
