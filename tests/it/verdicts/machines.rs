//! The verdict machines V1 to V12 of the page, in the shipped runbooks, at the edges of their windows.

use super::kit::*;
use dutybox::mail::Time;
use dutybox::runbook::Call;

/// What one mail is said to be at each of these times.
fn course(world: &World, row: usize, times: &[&str]) -> Vec<String> {
    times.iter().map(|time| world.say(row, t(time))).collect()
}

/// V1: watching, then failed or worked; no longer than 5 minutes.
#[test]
fn v1_autofix() {
    let mut world = World::shipped();
    let alone = world.add(&autofix(t("14:07:03")));
    assert_eq!(
        course(&world, alone, &["14:07:03", "14:12:02", "14:12:03"]),
        ["autofix-worked wait", "autofix-worked wait", "autofix-worked note"]
    );
    for (second, expected) in [("14:12:02", "page"), ("14:12:03", "page"), ("14:12:04", "note")] {
        let mut world = World::shipped();
        let auto = world.add(&autofix(t("14:07:03")));
        world.add(&delays(t(second)));
        assert_eq!(world.verdict(auto, t("14:20")).call.word(), expected, "{second}");
    }
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07:03")));
    let follow = world.add(&delays(t("14:07:41")));
    let verdict = world.verdict(auto, t("14:08"));
    assert_eq!(verdict.headline, "AUTOFIX failed on github-sync1.dmz.scl3.mozilla.com: page hwine");
    assert_eq!(verdict.people.first().map(|(_, who)| who.clone()), Some(vec!["hwine".to_owned()]));
    assert!(verdict.because.iter().any(|reason| reason.line == Some(88)));
    assert_eq!(world.verdict(follow, t("14:08")).headline, verdict.headline);
    assert_eq!(world.incident(auto, t("14:08")).count, 2);
    // Across midnight, and over the night on which Europe leaves summer time.
    let mut world = World::shipped();
    world.zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    for at in [t("23:57"), Time(1_382_835_300)] {
        let auto = world.add(&autofix(at));
        world.add(&delays(plus(at, 300)));
        assert_eq!(world.verdict(auto, plus(at, 400)).call, Call::Page);
    }
    // On a leap day.
    let leap = Time(1_330_559_700);
    let auto = world.add(&autofix(leap));
    assert_eq!(world.verdict(auto, plus(leap, 300)).call, Call::Note);
}

/// V2: single, outage at the second tick in rhythm, irregular, stopped.
#[test]
fn v2_process_delays() {
    let at = |gap: i64| {
        let mut world = World::shipped();
        let first = world.add(&delays(t("14:07")));
        world.add(&delays(plus(t("14:07"), gap)));
        world.verdict(first, plus(t("14:07"), gap)).case.unwrap_or_default()
    };
    assert_eq!(at(15 * 60 + 59), "irregular");
    assert_eq!(at(16 * 60), "outage");
    assert_eq!(at(24 * 60), "outage");
    assert_eq!(at(24 * 60 + 1), "irregular");
    assert_eq!(at(44 * 60), "irregular");
    assert_eq!(at(44 * 60 + 1), "stopped");
    let mut world = World::shipped();
    let single = world.add(&delays(t("14:07")));
    let says = course(&world, single, &["14:07", "14:31", "14:50:59", "14:51"]);
    assert_eq!(says, ["single wait", "single wait", "single wait", "stopped note"]);
    world.add(&delays(t("14:27")));
    let verdict = world.verdict(single, t("14:28"));
    assert_eq!(verdict.headline, "Service outage on github-sync1.dmz.scl3.mozilla.com: 2 ticks since 14:07");
    let says = course(&world, single, &["14:26:59", "14:27", "15:10:59", "15:11"]);
    assert_eq!(says, ["single wait", "outage page", "outage page", "stopped note"]);
    world.add(&delays(t("14:47")).from(HOST2));
    assert_eq!(world.incident(single, t("14:48")).count, 2, "another host is another outage");
    assert_eq!(world.incident(single, t("14:48")).rhythm, Some(1200));
}

/// V3: major at once, straggler, recurrence; the hour's edge.
#[test]
fn v3_alert_major_errors() {
    let mut world = World::shipped();
    let first = world.add(&major(t("14:00:03")));
    assert_eq!(world.say(first, t("14:00:03")), "major act");
    let late = world.add(&major(t("15:00:03")));
    let again = world.add(&major(t("16:00:03")));
    world.resolve(first, t("14:20"), t("14:25"));
    assert_eq!(world.say(late, t("15:01")), "straggler note");
    assert_eq!(world.say(again, t("16:01")), "major act");
    let corrupt = world.add(&major(t("17:00:03")).body("abort: no match found!\n"));
    assert_eq!(world.say(corrupt, t("17:01")), "major-corruption act");
    // Two hours and five minutes apart is one incident, a second more is not.
    for (gap, one) in [(7500, true), (7501, false)] {
        let mut world = World::shipped();
        let first = world.add(&major(t("1:00")));
        let second = world.add(&major(plus(t("1:00"), gap)));
        let of = world.at(t("12:00")).incident_of;
        assert_eq!(of[first] == of[second], one);
    }
}

/// V4: lone and up to two sets are ignorable, the third flips all, many lone ones are for a person.
#[test]
fn v4_push() {
    let mut world = World::shipped();
    let lone = world.add(&push(1, t("1:00")));
    assert_eq!(world.say(lone, t("1:30")), "push-ignorable ignore");
    for n in 1..6 {
        world.add(&push(1, plus(t("1:00"), n * 1800)));
    }
    assert_eq!(world.say(lone, t("4:00")), "push-ignorable ignore", "six");
    world.add(&push(1, t("4:30")));
    let verdict = world.verdict(lone, t("4:30"));
    assert_eq!(said(&verdict), "push-many-lone decide");
    assert_eq!(verdict.headline, "7 push failures today, 0 full sets");
    // Three sets count within a day only.
    for (third, expected) in
        [("23:59", "push-many-sets act"), ("+1 1:00", "push-many-sets act"), ("+1 1:01", "push-ignorable ignore")]
    {
        let mut world = World::shipped();
        let first = world.add(&push(1, t("1:00")));
        world.adds(&[
            push(2, t("1:00")),
            push(1, t("12:00")),
            push(2, t("12:01")),
            push(1, plus(t(third), -60)),
            push(2, t(third)),
        ]);
        assert_eq!(world.say(first, t("+1 2:00")), expected, "{third}");
    }
}

/// V5: by the switch as it stood; a burst is one incident.
#[test]
fn v5_release_runner() {
    let runner = |at| mail("[release-runner] failed", at).from("release@signing1.example.org");
    let mut world = World::shipped();
    let rows: Vec<usize> = (0..30).map(|minute| world.add(&runner(plus(t("13:00"), minute * 60)))).collect();
    assert_eq!(world.say(rows[0], t("13:30")), "ask decide");
    world.switch("release", "yes", t("13:10"), t("13:40"));
    assert_eq!(world.say(rows[9], t("13:41")), "ask decide");
    assert_eq!(world.say(rows[10], t("13:41")), "investigate act");
    let incident = world.incident(rows[0], t("13:41"));
    assert_eq!((incident.count, incident.rhythm, incident.call), (30, Some(60), Call::Act));
    let broken = world.add(&runner(t("14:00")).body("Failed to start release \"Firefox-25.0\"\n"));
    assert_eq!(world.say(broken, t("14:01")), "start-failed act");
    let dev = world.add(&mail("[dev-release-runner] failed", t("14:00")).from("x@dev1.example.org"));
    assert_eq!(world.say(dev, t("14:01")), "dev note");
}

/// V6: scheduled, due within a day, overdue: 12:00 AM is midnight.
#[test]
fn v6_ec2_retirement() {
    let mut world = World::shipped();
    let row = world.add(
        &mail("Amazon EC2 Instance scheduled for retirement", t("10:00"))
            .from("no-reply-aws@amazon.com")
            .to("release+aws@mozilla.com")
            .body("The instance will be shut down after 12:00 AM UTC on 2013-11-25.\nInstances: i-02cc2669\n"),
    );
    let due = t("+4 0:00");
    let verdict = world.verdict(row, t("10:01"));
    assert_eq!((said(&verdict).as_str(), verdict.deadline), ("scheduled act", Some(due)));
    assert_eq!(verdict.until, Some(t("+3 0:00")));
    let says = course(&world, row, &["+2 23:59:59", "+3 0:00", "+3 23:59:59", "+4 0:00"]);
    assert_eq!(says, ["scheduled act", "due-soon act", "due-soon act", "overdue act"]);
    assert_eq!(world.key(&world.incident(row, t("10:01"))), [("instance".to_owned(), Some("i-02cc2669".to_owned()))]);
}

/// V7: unclaimed, claimed, closed by its OK, and open again.
#[test]
fn v7_sns() {
    let sns = |state: &str, at| {
        mail(&format!("{state}: \"disk\" in US East"), at)
            .from("no-reply@sns.amazonaws.com")
            .to("release+sns@mozilla.com")
            .body("Amazon CloudWatch Alarm \"disk\" in the US East region\n")
    };
    let mut world = World::shipped();
    let alarm = world.add(&sns("ALARM", t("14:00")));
    assert_eq!(course(&world, alarm, &["14:29:59", "14:30"]), ["alarm act", "unclaimed act"]);
    world.claim(alarm, true, t("14:35"));
    assert_eq!(world.say(alarm, t("14:36")), "claimed wait");
    assert_eq!(world.verdict(alarm, t("14:36")).headline, "ann is working on it, since 14:35: disk");
    world.add(&sns("OK", t("14:50")));
    let again = world.add(&sns("ALARM", t("15:10")));
    assert_eq!(course(&world, alarm, &["14:49:59", "14:50", "15:11"]), ["claimed wait", "closed note", "closed note"]);
    assert_eq!(world.say(again, t("15:11")), "alarm act");
    assert_eq!(world.say(again, t("15:40")), "unclaimed act", "a new incident: nobody has claimed it");
}

/// V8: two within an hour are off the hourly cadence.
#[test]
fn v8_mozdef() {
    let hourly = |at| {
        mail("MozDef Alert: ssh", at)
            .to("release+mozdef@mozilla.com")
            .from("x@mozdef1.example.org")
            .body("Timestamp: 2013-11-21 Summary: ssh login\n")
    };
    for (gap, expected) in [(3000, "off-cadence decide"), (3001, "first-seen decide"), (3600, "first-seen decide")] {
        let mut world = World::shipped();
        let first = world.add(&hourly(t("1:00")));
        world.add(&hourly(plus(t("1:00"), gap)));
        assert_eq!(world.say(first, t("8:00")), expected, "{gap}");
    }
}

/// V9: fresh, unclaimed after 30 minutes, much activity.
#[test]
fn v9_appleagent() {
    let apple = |at| mail("Your Apple ID was used", at).to("release+appleagent@mozilla.com").from("x@apple.com");
    let mut world = World::shipped();
    let rows: Vec<usize> = (0..10).map(|n| world.add(&apple(plus(t("14:00"), n * 60)))).collect();
    assert_eq!(course(&world, rows[0], &["14:29:59", "14:30"]), ["fresh decide", "unclaimed act"]);
    world.add(&apple(t("14:20")));
    assert_eq!(world.say(rows[0], t("14:20")), "many act");
}

/// V10: cleaned by a mail on either side within the hour, else unresolved.
#[test]
fn v10_puppet() {
    let puppet = |text: &str, at| {
        mail(&format!("[scl-production-puppet-new] bld1.example.org {text}"), at).from("x@puppet1.example.org")
    };
    let invalid = |at| puppet("has invalid cert", at);
    let waiting = |at| puppet("is waiting to be signed", at);
    let mut world = World::shipped();
    let alone = world.add(&invalid(t("14:00")));
    assert_eq!(course(&world, alone, &["14:59:59", "15:00"]), ["cleaning wait", "not-cleaned decide"]);
    for (at, expected) in [
        ("12:59:59", "not-cleaned decide"),
        ("13:00", "cleaned note"),
        ("15:00", "cleaned note"),
        ("15:00:01", "not-cleaned decide"),
    ] {
        let mut world = World::shipped();
        let row = world.add(&invalid(t("14:00")));
        world.add(&waiting(t(at)));
        assert_eq!(world.say(row, t("16:00")), expected, "{at}");
    }
}

/// V11: expected or not, by the register.
#[test]
fn v11_expectation() {
    let mut world = World::shipped();
    let request = world.add(&mail("Change", t("14:00")).to("release+wcw@mozilla.com"));
    assert_eq!(world.say(request, t("15:00")), "request decide");
    world.expect("change-window", t("13:00"), t("14:00"));
    assert_eq!(world.say(request, t("15:00")), "announced decide");
    assert_eq!(world.say(request, t("+1 14:00")), "owed act");
}

/// V12: promotion, forward, unusual traffic.
#[test]
fn v12_chromecast() {
    let cast = |at| mail("Your device", at).to("release+chromecast@mozilla.com").from("noreply@google.com");
    let mut world = World::shipped();
    let rows: Vec<usize> = (0..5).map(|n| world.add(&cast(t(&format!("{n}:00"))))).collect();
    assert_eq!(world.say(rows[0], t("12:00")), "forward act");
    let promotion = world.add(&cast(t("6:00")).header("List-Unsubscribe: <x>"));
    assert_eq!(world.verdict(promotion, t("12:00")).case.as_deref(), Some("promotion"));
    assert_eq!(world.say(rows[0], t("12:00")), "forward act", "promotions are not counted");
    world.add(&cast(t("7:00")));
    assert_eq!(world.say(rows[0], t("12:00")), "unusual act");
}
