//! R16 to R31 of the semantics by name: what counts mails, and incidents.

use super::kit::*;
use super::rules::{abc, sent, world_of};
use dutybox::runbook::Call;
use dutybox::triage::row::FolderId;
use dutybox::triage::verdicts::{Need, Reply, Sent, lapsed, need};

/// R16: tests about the incident give all its members the same value, earlier ones too.
#[test]
fn r16_the_third_set_changes_the_first_two() {
    let mut world = World::shipped();
    let rows = world.adds(&[
        push(1, t("10:00")),
        push(2, t("10:01")),
        push(1, t("11:00")),
        push(2, t("11:01")),
        push(1, t("12:00")),
        push(2, t("12:01")),
    ]);
    assert_eq!(world.say(rows[0], t("11:30")), "push-ignorable ignore");
    assert_eq!(world.verdict(rows[0], t("11:30")).headline, "Push 1 failed: 2 full sets so far, ignorable");
    assert_eq!(world.say(rows[4], t("12:00")), "push-ignorable ignore", "nothing waits for the partner");
    for row in rows {
        let verdict = world.verdict(row, t("12:01"));
        assert_eq!(said(&verdict), "push-many-sets act");
        assert_eq!(verdict.headline, "3 sets failed: start with the health of git.mozilla.org");
    }
}

/// R17: every gap of the row within the slack; open until the last one may come; once true it stays.
#[test]
fn r17_repeats() {
    for (gap, expected) in [
        (959, "irregular act"),
        (960, "outage page"),
        (1200, "outage page"),
        (1440, "outage page"),
        (1441, "irregular act"),
        (2640, "irregular act"),
    ] {
        let mut world = World::shipped();
        let rows = world.adds(&[delays(t("14:07")), delays(plus(t("14:07"), gap))]);
        let now = plus(t("14:07"), gap + 1441);
        for row in rows {
            assert_eq!(world.say(row, now), expected, "{gap} s");
        }
    }
    let mut world = World::shipped();
    let rows = world.adds(&[delays(t("14:07")), delays(t("14:27")), delays(t("14:40"))]);
    assert_eq!(world.say(rows[0], t("14:41")), "outage page", "an odd one after it does not end it");
    assert_eq!(world.verdict(rows[0], t("14:41")).headline.rsplit(": ").next(), Some("3 ticks since 14:07"));
    let three = "[[case]]\nid = \"three\"\nrepeats = { count = 3, every = \"20m\", slack = \"4m\", same = [\"host\"] }\n\
        verdict = { call = \"page\", headline = \"h\" }\n";
    let ask = |times: &[&str], now: &str| {
        let mut world = world_of(three);
        let rows: Vec<usize> = times.iter().map(|time| world.add(&sent("[a]", t(time)))).collect();
        world.say(rows[0], t(now))
    };
    assert_eq!(ask(&["14:00", "14:20"], "14:43:59"), "- wait");
    assert_eq!(ask(&["14:00", "14:20"], "14:44"), "- note");
    assert_eq!(ask(&["14:00", "14:20", "14:40"], "14:40"), "three page");
    assert_eq!(ask(&["14:00", "14:20", "14:30", "14:40"], "15:30"), "- note", "not in a row");
    // One of unknown host may or may not be the tick that is missing.
    let mut world = world_of(three);
    let first = world.add(&sent("[a]", t("14:00")));
    world.add(&sent("[a]", t("14:40")));
    world.add(&sent("[a]", t("14:20")).from("x@mail.example.net").id(None));
    assert_eq!(world.say(first, t("15:30")), "- decide ?");
    let mut world = world_of(three);
    let first = world.add(&sent("[a]", t("14:00")));
    world.add(&sent("[a]", t("14:40")));
    world.add(&sent("[a]", t("14:30")).from("x@mail.example.net").id(None));
    assert_eq!(world.say(first, t("15:30")), "- note", "at the wrong time it cannot be");
}

/// R17 and R10: the next tick is overdue, so the rhythm is broken; but mail that is not there yet may have begun it anew, as
/// soon as it had the time for that, until none can be of the incident any more.
#[test]
fn r17_a_broken_rhythm_is_sure_for_as_long_as_none_may_have_begun_unseen() {
    let mut world = World::shipped();
    let first = world.adds(&[delays(t("14:07")), delays(t("14:20"))])[0];
    let mut says = |fresh: Option<&str>, now: &str| {
        world.fresh = fresh.map(t);
        world.say(first, t(now))
    };
    assert_eq!(says(Some("14:46"), "14:46"), "irregular act", "known to be 24 minutes and the grace after the last");
    // Mail of 14:44:01 may still be on its way (R10), and 16 minutes later its next.
    assert_eq!(says(Some("14:46"), "15:00"), "irregular act");
    assert_eq!(says(Some("14:46"), "15:00:01"), "irregular act ?");
    // One that comes more than 44 minutes after the last is of another incident.
    assert_eq!(says(Some("15:05:59"), "15:30"), "irregular act ?");
    assert_eq!(says(Some("15:06"), "15:30"), "stopped note");
    assert_eq!(says(None, "15:03"), "irregular act", "a mailbox that is known up to now has none");
    world.fresh = Some(t("14:46"));
    let why = world.verdict(first, t("15:00:01")).words();
    assert!(why.contains("no mail newer than 14:46"), "{why}");
}

/// R18: nothing new in the incident for so long.
#[test]
fn r18_quiet_for() {
    let mut world = World::shipped();
    let rows = world.adds(&[delays(t("14:07")), delays(t("14:27")), delays(t("14:47"))]);
    assert_eq!(world.say(rows[0], t("15:30:59")), "outage page");
    let verdict = world.verdict(rows[0], t("15:31"));
    assert_eq!(said(&verdict), "stopped note");
    assert_eq!(verdict.headline, "Stopped: it came ×3 in 40m, 14:07 to 14:47");
    world.fresh = Some(t("15:32:59"));
    assert_eq!(world.say(rows[0], t("16:00")), "outage page", "not fresh enough to say that it stopped");
    world.fresh = None;
    world.add(&delays(t("15:31")));
    assert_eq!(world.say(rows[0], t("15:31")), "outage page", "44 minutes are still the same incident");
    let short = "[[case]]\nid = \"quiet\"\nquiet-for = \"2h\"\nverdict = { call = \"note\", headline = \"h\" }\n\
        [[case]]\nid = \"loud\"\nverdict = { call = \"act\", headline = \"h\" }\n";
    let mut world = world_of(short);
    let first = world.add(&sent("[a]", t("14:00")));
    let second = world.add(&sent("[a]", t("15:30")));
    assert_ne!(world.at(t("16:00")).incident_of[first], world.at(t("16:00")).incident_of[second]);
    assert_eq!(world.say(first, t("23:00")), "loud act", "the next incident broke the silence");
    assert_eq!(world.say(second, t("17:30")), "quiet note");
}

/// R19: the first mail opens a set; a new value joins within `per`; a seen value or a later mail opens the next.
#[test]
fn r19_sets() {
    let sets = |pushes: &[(u32, i64)]| {
        let mut world = World::shipped();
        let rows: Vec<usize> = pushes.iter().map(|(n, at)| world.add(&push(*n, plus(t("1:00"), *at)))).collect();
        let verdict = world.verdict(rows[0], plus(t("1:00"), 80_000));
        (verdict.case.clone().unwrap_or_default(), verdict.headline)
    };
    let many =
        |count| ("push-many-sets".to_owned(), format!("{count} sets failed: start with the health of git.mozilla.org"));
    let few = |n, count| {
        let sets = if count == 1 { "set" } else { "sets" };
        ("push-ignorable".to_owned(), format!("Push {n} failed: {count} full {sets} so far, ignorable"))
    };
    assert_eq!(sets(&[(1, 0)]), few(1, 0));
    assert_eq!(sets(&[(1, 0), (2, 600)]), few(1, 1), "10:00 is within");
    assert_eq!(sets(&[(1, 0), (2, 601)]), few(1, 0), "10:01 is not");
    assert_eq!(sets(&[(2, 0), (1, 5)]), few(2, 1), "in any order");
    assert_eq!(sets(&[(1, 0), (1, 10), (2, 20)]), few(1, 1), "a seen value opens the next");
    assert_eq!(sets(&[(1, 0), (2, 10), (1, 20), (2, 30)]), few(1, 2));
    assert_eq!(sets(&[(1, 0), (2, 10), (1, 20), (2, 30), (1, 40), (2, 50)]), many(3));
    assert_eq!(sets(&[(1, 0), (2, 10), (1, 20), (1, 30), (1, 40), (2, 50)]), few(1, 2));
    // Two sets of one host and one of another are no three.
    let mut world = World::shipped();
    let rows = world.adds(&[push(1, t("1:00")), push(2, t("1:01")), push(1, t("2:00")), push(2, t("2:01"))]);
    world.adds(&[push(1, t("3:00")).from(HOST2), push(2, t("3:01")).from(HOST2)]);
    assert_eq!(world.say(rows[0], t("4:00")), "push-ignorable ignore");
    world.adds(&[push(1, t("4:00")).from("vcs2vcs@mozilla.com").id(None), push(2, t("4:01"))]);
    assert_eq!(world.say(rows[0], t("5:00")), "push-ignorable decide ?", "the third may be of this host");
}

/// R20: strictly more than so many between now − W and now; a baseline needs two weeks.
#[test]
fn r20_rate() {
    let apple = |at| mail("Your Apple ID was used", at).to("release+appleagent@mozilla.com").from("x@apple.com");
    let mut world = World::shipped();
    for minute in 0..11 {
        world.add(&apple(plus(t("1:00"), minute * 60)));
    }
    let last = world.rows.len() - 1;
    assert_eq!(world.say(last, t("1:09")), "- ignore", "it is not there yet");
    let before = world.verdict(last - 1, t("1:09"));
    assert_eq!(said(&before), "fresh decide", "ten are not more than ten");
    let verdict = world.verdict(last, t("1:10"));
    assert_eq!(
        (said(&verdict).as_str(), verdict.headline.as_str()),
        ("many act", "11 in a day: bring it to the manager's attention")
    );
    assert_eq!(verdict.until, Some(plus(t("+1 1:00"), 1)), "a day later the first leaves the window");
    assert_eq!(world.say(last, t("+1 1:00")), "many act");
    assert_eq!(world.say(last, t("+1 1:00:01")), "unclaimed act");
    // Three times the usual number.
    let mozdef = |at| mail("MozDef Alert: ssh", at).to("release+mozdef@mozilla.com").from("x@mozdef1.example.org");
    let usual = |days: i64, today: i64| {
        let mut world = World::shipped();
        for day in 1..=days {
            world.add(&mozdef(plus(t("12:00"), -86_400 * day)));
        }
        let rows: Vec<usize> = (0..today).map(|n| world.add(&mozdef(plus(t("8:00"), n * 60)))).collect();
        world.say(rows[0], t("12:00"))
    };
    assert_eq!(usual(20, 2), "look decide", "two and the one of yesterday noon: three times, not more");
    assert_eq!(usual(20, 3), "busy decide");
    assert_eq!(usual(13, 3), "look decide", "no baseline yet");
    assert_eq!(usual(14, 3), "busy decide");
}

const CLOSING: &str = "[[case]]\nid = \"closed\"\nkind = \"a\"\nclosed-by = { kind = \"b\", same = [\"host\"] }\nverdict = { call = \"note\", headline = \"h\" }\n\
    [[case]]\nid = \"open\"\nkind = \"a\"\nverdict = { call = \"act\", headline = \"h\" }\n";

/// R21: strictly later, same labels, same sender; a new problem after it is a new incident.
#[test]
fn r21_closed_by() {
    let ask = |closer: Mail| {
        let mut world = world_of(CLOSING);
        let first = world.add(&sent("[a]", t("14:00")));
        world.add(&closer);
        world.say(first, t("16:00"))
    };
    assert_eq!(ask(sent("[b]", t("14:00"))), "open act", "in the same second is not later");
    assert_eq!(ask(sent("[b]", t("14:00:01"))), "closed note");
    assert_eq!(ask(sent("[b]", t("15:30"))), "closed note", "even after the incident's gap");
    assert_eq!(ask(sent("[b]", t("14:10")).from("y@db1.example.org")), "open act", "another sender");
    assert_eq!(ask(sent("[b]", t("14:10")).from("x@db2.example.org")), "open act", "another host");
    let mut world = world_of(CLOSING);
    let rows = world.adds(&[
        sent("[a]", t("14:00")),
        sent("[a]", t("14:05")),
        sent("[b]", t("14:10")),
        sent("[a]", t("14:20")),
        sent("[a]", t("14:25")),
    ]);
    let now = t("14:30");
    assert_eq!(
        rows.iter().map(|row| world.say(*row, now)).collect::<Vec<_>>(),
        ["closed note", "closed note", "- note", "open act", "open act"]
    );
    let of = world.at(now).incident_of;
    assert_eq!(of[rows[0]], of[rows[2]]);
    assert_ne!(of[rows[2]], of[rows[3]], "a new problem");
    assert_eq!(of[rows[3]], of[rows[4]]);
    // Without a proof of freshness it is open just the same.
    world.fresh = Some(t("0:00"));
    assert_eq!(world.say(rows[4], now), "open act");
}

/// R22: the switch as it stood when the mail was sent; the entry recorded last wins; expectations are closed intervals.
#[test]
fn r22_switch_and_expectation() {
    let mut world = World::shipped();
    let runner = |at| mail("[release-runner] failed", at).from("release@host1.example.org");
    let rows = world.adds(&[runner(t("13:00")), runner(t("14:00")), runner(t("15:00"))]);
    let say = |world: &World| rows.iter().map(|row| world.say(*row, t("18:00"))).collect::<Vec<_>>();
    assert_eq!(say(&world), ["ask decide", "ask decide", "ask decide"], "never told is unknown, not open");
    world.switch("release", "no", t("14:00"), t("14:00"));
    assert_eq!(say(&world), ["ask decide", "no-release ignore", "no-release ignore"]);
    world.switch("release", "yes", t("15:00"), t("15:00"));
    assert_eq!(say(&world), ["ask decide", "no-release ignore", "investigate act"]);
    world.switch("release", "yes", t("13:50"), t("16:00"));
    assert_eq!(say(&world), ["ask decide", "investigate act", "investigate act"], "yes since 13:50");
    world.switch("release", "no", t("12:00"), t("17:00"));
    assert_eq!(say(&world), ["no-release ignore", "no-release ignore", "no-release ignore"]);

    let signing = |at| mail("[adhoc] foo signing", at).to("release+adhoc-signing@mozilla.com");
    let times = ["12:59:59", "13:00", "15:00", "15:00:01"];
    let mut world = World::shipped();
    world.expect("adhoc-signing", t("9:00"), t("9:30"));
    world.expect("adhoc-signing", t("13:00"), t("15:00"));
    world.expect("change-window", t("12:00"), t("18:00"));
    let said: Vec<String> = times
        .iter()
        .map(|time| {
            let row = world.add(&signing(t(time)));
            world.say(row, t("18:00"))
        })
        .collect();
    assert_eq!(said, ["not-expected act", "expected note", "expected note", "not-expected act"]);
}

/// R23: a mail about an hour in which the problem was resolved is a straggler.
#[test]
fn r23_after_resolved() {
    let ask = |resolved: &str, at: &str| {
        let mut world = World::shipped();
        let first = world.add(&major(t("14:00:03")));
        world.resolve(first, t(resolved), t("15:30"));
        let row = world.add(&major(t(at)));
        world.say(row, t("17:00"))
    };
    assert_eq!(ask("14:20", "15:00:03"), "straggler note");
    assert_eq!(ask("15:00:00", "15:00:03"), "straggler note");
    assert_eq!(ask("14:00:00", "15:00:03"), "major act", "the whole hour came after it");
    assert_eq!(ask("14:00:01", "15:00:03"), "straggler note");
    assert_eq!(ask("14:20", "16:00:03"), "major act", "re-opened");
    assert_eq!(ask("15:00:03", "15:00:03"), "major act", "not later than it");
    let ask = |at: &str| {
        let mut world = World::shipped();
        let first = world.add(&major(t("13:00:03")));
        world.resolve(first, t("13:30"), t("13:31"));
        let row = world.add(&major(t(at)));
        world.say(row, t("17:00"))
    };
    assert_eq!(ask("14:55"), "major act", "5 minutes before the hour belong to it: covers 14:00 to 15:00");
    assert_eq!(ask("14:54:59"), "straggler note", "covers 13:00 to 14:00");
    let mut world = World::shipped();
    let first = world.add(&major(t("14:00:03")));
    world.resolve(first, t("14:20"), t("14:21"));
    let late = world.add(&major(t("15:00:03")));
    assert_eq!(world.verdict(late, t("15:01")).headline, "Straggler: covers 14:00 to 15:00, resolved 14:20");
}

/// R24: nobody claimed it for so long; where a reply counts, its absence needs a fresh sent folder.
#[test]
fn r24_unclaimed_for() {
    let apple = || {
        mail("Your Apple ID was used", t("14:00"))
            .to("release+appleagent@mozilla.com")
            .from("x@apple.com")
            .id(Some("a@apple"))
    };
    let mut world = World::shipped();
    let row = world.add(&apple());
    world.fresh = Some(t("0:00"));
    let verdict = world.verdict(row, t("14:10"));
    assert_eq!((said(&verdict).as_str(), verdict.until), ("fresh decide", Some(t("14:30"))));
    assert_eq!(may(&verdict), [("unclaimed".into(), Some(t("14:30")), Some(t("14:30")))]);
    assert_eq!(world.say(row, t("14:29:59")), "fresh decide");
    assert_eq!(world.say(row, t("14:30")), "unclaimed act", "local: it needs no freshness");
    world.claim(row, false, t("14:40"));
    assert_eq!(world.say(row, t("14:39:59")), "unclaimed act");
    assert_eq!(world.say(row, t("14:40")), "claimed note");
    assert_eq!(world.verdict(row, t("14:40")).headline, "ann claimed it, 14:40");
    world.register.claims[0].released = Some(t("15:00"));
    assert_eq!(world.say(row, t("15:00")), "unclaimed act", "given back");

    let mut world = World::shipped();
    let row = world.add(&apple());
    world.register.sent = Some(Sent { since: Some(t("1:00")), fresh: t("14:31:59") });
    assert_eq!(world.say(row, t("14:31")), "fresh decide");
    let verdict = world.verdict(row, t("14:40"));
    assert_eq!(said(&verdict), "fresh decide ?");
    assert!(verdict.headline.starts_with("cannot tell whether"), "{}", verdict.headline);
    assert!(verdict.words().contains("no sent mail newer than 14:31"), "{}", verdict.words());
    world.register.sent = Some(Sent { since: Some(t("1:00")), fresh: t("14:32") });
    assert_eq!(world.say(row, t("14:40")), "unclaimed act");
    world.register.replies.push(Reply { to: vec!["a@apple".into()], by: "ann".into(), at: t("14:20") });
    assert_eq!(world.say(row, t("14:40")), "claimed note");
    assert_eq!(world.verdict(row, t("14:40")).headline, "ann claimed it, 14:20");
}

/// R25: an incident is a category, its labels and its gap; its call is that of its most urgent member.
#[test]
fn r25_incidents() {
    let mut world = World::shipped();
    let rows = world.adds(&[
        autofix(t("14:07")),
        delays(t("14:07:38")),
        delays(t("14:10")).from(HOST2),
        delays(t("14:51:38")),
        delays(t("15:35:39")),
        delays(t("14:20")).from("vcs2vcs@mozilla.com").id(None),
        delays(t("14:30")).from("vcs2vcs@mozilla.com").id(Some("n@localhost")),
    ]);
    let found = world.at(t("16:00"));
    let of = |row: usize| found.incident_of[rows[row]];
    assert_eq!(of(0), of(1), "AUTOFIX and its follow-up have one topic");
    assert_ne!(of(1), of(2), "another host");
    assert_eq!(of(1), of(3), "44:00 later is the same incident");
    assert_ne!(of(3), of(4), "44:01 is not");
    assert_eq!(of(5), of(6), "host unknown");
    let first = found.incident(rows[0]).unwrap();
    assert_eq!((first.count, first.first, first.last), (3, t("14:07"), t("14:51:38")));
    assert_eq!(world.key(first)[1], ("host".into(), Some("github-sync1.dmz.scl3.mozilla.com".into())));
    assert_eq!(world.id(first), format!("{}.m1", t("14:07").0));
    assert_eq!((first.call, first.lead), (Call::Page, rows[0]), "of equals the earlier case");
    assert_eq!(world.key(found.incident(rows[5]).unwrap())[1].1, None);
    // Without group-by labels and gap each mail stands alone.
    let plain = books(&[("b", "match = { subject = \"x\" }")]);
    let mut world = World::of(plain);
    let rows = world.adds(&[mail("x", t("14:00")), mail("x", t("14:01"))]);
    let of = world.at(t("15:00")).incident_of;
    assert_ne!(of[rows[0]], of[rows[1]]);
}

/// R26: resolve ends an incident, stragglers join the old one, and counting starts again.
#[test]
fn r26_resolve() {
    let mut world = World::shipped();
    let rows = world.adds(&[major(t("13:00:03")), major(t("14:00:03")), major(t("15:00:03")), major(t("16:00:03"))]);
    let of = |world: &World, row: usize| world.at(t("17:00")).incident_of[rows[row]];
    assert_eq!(of(&world, 0), of(&world, 3));
    world.resolve(rows[1], t("14:20"), t("14:21"));
    assert_eq!(of(&world, 0), of(&world, 2), "the straggler joins the old");
    assert_ne!(of(&world, 0), of(&world, 3));
    assert_eq!(world.incident(rows[0], t("17:00")).resolved, Some(t("14:20")));
    assert_eq!(world.incident(rows[3], t("17:00")).resolved, None);

    let mut world = World::shipped();
    let mut rows = world.adds(&[push(1, t("1:00")), push(2, t("1:01")), push(1, t("2:00")), push(2, t("2:01"))]);
    world.resolve(rows[0], t("2:30"), t("2:30"));
    rows.extend(world.adds(&[push(1, t("3:00")), push(2, t("3:01"))]));
    assert_eq!(world.say(rows[0], t("4:00")), "push-ignorable ignore");
    assert_eq!(
        world.say(rows[4], t("4:00")),
        "push-ignorable ignore",
        "the third set is the first of the new incident"
    );
    let ticks = world.adds(&[delays(t("14:07"))]);
    world.resolve(ticks[0], t("14:15"), t("14:15"));
    let next = world.add(&delays(t("14:27")));
    assert_eq!(world.say(ticks[0], t("14:28")), "single note", "mail after it is no tick of this one");
    assert_eq!(world.say(next, t("14:28")), "single wait");
    // A rate starts again, too.
    let mut world = World::shipped();
    let lone: Vec<usize> = (0..7).map(|n| world.add(&push(1, plus(t("1:00"), n * 1800)))).collect();
    assert_eq!(world.say(lone[6], t("5:00")), "push-many-lone decide");
    world.resolve(lone[5], t("3:45"), t("4:30"));
    assert_eq!(world.say(lone[6], t("5:00")), "push-ignorable ignore");
    // Set to a time before the message that was pointed at.
    let mut world = World::shipped();
    let rows = world.adds(&[major(t("14:00:03")), major(t("15:00:03"))]);
    world.resolve(rows[1], t("14:20"), t("15:10"));
    assert_eq!(world.say(rows[1], t("15:11")), "straggler note");
}

/// R27: what was said at one call lapses at a more urgent one; flags and acts feed no verdict.
#[test]
fn r27_acts_lapse_and_change_no_verdict() {
    assert!(lapsed(Call::Ignore, Call::Act));
    assert!(!lapsed(Call::Act, Call::Act));
    assert!(!lapsed(Call::Page, Call::Note));
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    let follow = world.add(&delays(t("14:08")));
    let before = world.at(t("14:20"));
    world.rows[follow].name = dutybox::mail::FileName::new(*b"x:2,ST");
    assert_eq!(world.at(t("14:20")).verdicts, before.verdicts);
    assert_eq!(world.say(auto, t("14:20")), "autofix-failed page");
}

/// R28: an incident needs a person where a member that is not handled asks for one, until the horizon.
#[test]
fn r28_needs_you() {
    let mut world = World::shipped();
    let rows = world.adds(&[delays(t("14:07")), delays(t("14:27"))]);
    let found = world.at(t("14:28"));
    let incident = found.incident(rows[0]).unwrap();
    let ask = |handled: &[usize], now| need(incident, &found.verdicts, |row| handled.contains(&row), now, 7 * 86_400);
    assert_eq!(ask(&[], t("14:28")), Need::You);
    assert_eq!(ask(&rows[..1], t("14:28")), Need::You);
    assert_eq!(ask(&rows, t("14:28")), Need::No);
    assert_eq!(ask(&[], t("+7 14:27")), Need::You);
    assert_eq!(ask(&[], t("+7 14:27:01")), Need::Past);
    let mut world = World::shipped();
    let single = world.add(&delays(t("14:07")));
    let found = world.at(t("14:08"));
    assert_eq!(found.verdicts[single].call, Call::Wait);
    assert_eq!(
        need(found.incident(single).unwrap(), &found.verdicts, |_| false, t("14:08"), 60),
        Need::No,
        "wait never"
    );
}

/// R29: acts bind to messages, by place, else by content; an incident is named by its first.
#[test]
fn r29_what_was_told_finds_its_message_again() {
    let mut world = World::shipped();
    let rows = world.adds(&[major(t("13:00:03")), major(t("14:00:03"))]);
    world.claim(rows[0], true, t("14:10"));
    world.resolve(rows[1], t("14:20"), t("14:21"));
    world.rows[rows[1]].key.base = (*b"moved").into();
    world.rows[rows[1]].key.folder = FolderId(1);
    assert_eq!(world.incident(rows[1], t("14:30")).resolved, Some(t("14:20")));
    assert_eq!(world.id(&world.incident(rows[1], t("14:30"))), format!("{}.m1", t("13:00:03").0));
    // A claim of an incident takes in later members; one of a message does not.
    let cron = |at| mail("Cron <root@db1> job", at).to("release+ec2.db1@mozilla.com");
    for (incident, later) in [(true, "claimed wait"), (false, "unclaimed act")] {
        let mut world = World::shipped();
        let first = world.add(&cron(t("10:00")));
        world.claim(first, incident, t("10:10"));
        let second = world.add(&cron(t("11:00")));
        assert_eq!(world.say(first, t("12:00")), "claimed wait");
        assert_eq!(world.say(second, t("12:00")), later);
    }
}

/// R30: what was taken back is seen as it stood before that.
#[test]
fn r30_before_a_claim_was_given_back_it_stands() {
    let mut world = World::shipped();
    let row =
        world.add(&mail("Your Apple ID was used", t("10:00")).to("release+appleagent@mozilla.com").from("x@apple.com"));
    world.claim(row, false, t("10:10"));
    world.register.claims[0].released = Some(t("11:00"));
    assert_eq!(world.say(row, t("10:59:59")), "claimed note");
    assert_eq!(world.say(row, t("11:00")), "unclaimed act");
}

/// R31: only the primary category gives the verdict; tests see a message under any category it matches.
#[test]
fn r31_tests_see_a_message_under_any_category() {
    let books = books(&[
        (
            "general",
            &abc(
                "[[case]]\nid = \"pair\"\nkind = \"a\"\nfollowed-by = { kind = \"b\", same = [\"host\"], within = \"5m\" }\nverdict = { call = \"page\", headline = \"h\" }\n",
            ),
        ),
        ("special", "match = { from = \"x@db1.example.org\", subject = \"[b] special\" }\ndefault = \"note\""),
    ]);
    let mut world = World::of(books);
    let first = world.add(&sent("[a]", t("14:00")));
    let second = world.add(&sent("[b] special", t("14:01")));
    assert_eq!(world.say(first, t("14:20")), "pair page");
    assert_eq!(world.verdict(second, t("14:20")).book, books.by_id("special").map(|(id, _)| id));
    assert_ne!(world.at(t("14:20")).incident_of[first], world.at(t("14:20")).incident_of[second]);
}

/// A test may ask more of the other message than its kind.
#[test]
fn near_messages_are_tested_by_their_own_filter() {
    let cases = "[[case]]\nid = \"pair\"\nkind = \"a\"\nfollowed-by = { kind = \"b\", when = { body = \"*fatal*\" }, within = \"5m\" }\nverdict = { call = \"page\", headline = \"h\" }\n";
    for (body, expected) in [("It is fatal.\n", "pair page"), ("It is fine.\n", "- note")] {
        let mut world = world_of(cases);
        let first = world.add(&sent("[a]", t("14:00")));
        world.add(&sent("[b]", t("14:01")).body(body));
        assert_eq!(world.say(first, t("14:20")), expected);
    }
}

/// `explain` gives each case its value and why.
#[test]
fn explain_shows_every_case() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    let outcomes = world.explain(auto, t("14:08"));
    assert_eq!(outcomes.len(), shipped().by_id("vcs2vcs").unwrap().1.cases.len());
    let first = &outcomes[0];
    assert_eq!((first.id.as_str(), first.value.word(), first.until), ("autofix-failed", "open", Some(t("14:12"))));
    assert_eq!(first.why[0].text, "open: followed by delays with the same host within 5m");
    assert_eq!(outcomes[2].why[0].text, "it does not speak of this mail");
    world.add(&delays(t("14:07:38")));
    let outcomes = world.explain(auto, t("14:08"));
    let why = &outcomes[0].why[0];
    assert_eq!(why.text, "followed by delays with the same host within 5m: delays, 38s later");
    assert_eq!((why.at, why.key.is_some()), (Some(t("14:07:38")), true));
}
