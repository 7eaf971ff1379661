//! Every edge of the verdict machines V1 to V12, a second before it, on it and a second after it: at noon, over midnight,
//! into a leap day, over the end of a year, and in the nights in which summer time begins and ends.

use super::kit::*;
use dutybox::mail::Time;
use jiff::tz::TimeZone;

const HOUR: i64 = 3600;
const DAY_LONG: i64 = 24 * HOUR;

/// Times around which the edges are tried, with the zone in which they are shown.
const PLACES: [(&str, i64, &str); 6] = [
    ("noon", 1_385_035_623, "UTC0"),     // 2013-11-21T12:07:03Z
    ("midnight", 1_385_078_223, "UTC0"), // 2013-11-21T23:57:03Z
    ("leap day", 1_330_473_423, "UTC0"), // 2012-02-28T23:57:03Z
    ("new year", 1_388_534_223, "UTC0"), // 2013-12-31T23:57:03Z
    ("summer time ends in Berlin", 1_382_835_423, "CET-1CEST,M3.5.0,M10.5.0/3"), // 2013-10-27T00:57:03Z
    ("summer time begins in California", 1_394_359_023, "PST8PDT,M3.2.0,M11.1.0"), // 2014-03-09T09:57:03Z
];

/// An empty mailbox whose history begins a year before that time.
fn world(at: Time, zone: &str) -> World {
    let mut world = World::young(shipped());
    world.zone = TimeZone::posix(zone).unwrap();
    world.add(&mail("Where history begins", plus(at, -365 * DAY_LONG)));
    world
}

/// What is said of a scene whose edge lies `delta` seconds off: a second before, on it, a second after.
fn edge(what: &str, expected: [&str; 3], scene: impl Fn(&mut World, Time, i64) -> (usize, Time)) {
    for (place, at, zone) in PLACES {
        for (delta, expected) in (-1..=1).zip(expected) {
            let at = Time(at);
            let mut world = world(at, zone);
            let (row, now) = scene(&mut world, at, delta);
            assert_eq!(world.say(row, now), expected, "{what}, {delta:+} s, {place}");
        }
    }
}

/// Whether two mails of a scene are one incident: the edge is the longest gap.
fn gap(what: &str, longest: i64, mail: impl Fn(Time) -> Mail) {
    for (place, at, zone) in PLACES {
        for (delta, one) in [(-1, true), (0, true), (1, false)] {
            let at = Time(at);
            let mut world = world(at, zone);
            let rows = world.adds(&[mail(at), mail(plus(at, longest + delta))]);
            let of = world.at(plus(at, longest + 10)).incident_of;
            assert_eq!(of[rows[0]] == of[rows[1]], one, "{what}, {delta:+} s, {place}");
        }
    }
}

/// The full hour before a time.
fn full(at: Time) -> Time {
    plus(at, -at.0.rem_euclid(HOUR))
}

const FAILED: &str = "autofix-failed page";
const WORKED: &str = "autofix-worked note";
const WATCHING: &str = "autofix-worked wait";
const CANNOT: &str = "autofix-worked decide ?";

/// V1: the follow-up comes in the same second at the earliest, five minutes later at the latest.
#[test]
fn v1_the_window_of_the_follow_up() {
    let follow = |after: i64| {
        move |world: &mut World, at: Time, delta: i64| {
            let fix = world.add(&autofix(at));
            world.add(&delays(plus(at, after + delta)));
            (fix, plus(at, 600))
        }
    };
    edge("the same second", [WORKED, FAILED, FAILED], follow(0));
    edge("five minutes", [FAILED, FAILED, WORKED], follow(300));
    let before = |before: i64| {
        move |world: &mut World, at: Time, delta: i64| {
            world.add(&autofix(plus(at, -before + delta)));
            (world.add(&delays(at)), plus(at, 1))
        }
    };
    edge(
        "five minutes before",
        ["single wait", "autofix-failed-followup page", "autofix-failed-followup page"],
        before(300),
    );
    edge("the same second", ["autofix-failed-followup page", "autofix-failed-followup page", "single wait"], before(0));
}

/// V1: silence is known when the window is over, where the mailbox is two minutes fresher than that.
#[test]
fn v1_the_end_of_the_silence() {
    edge("fresh", [WATCHING, WORKED, WORKED], |world, at, delta| (world.add(&autofix(at)), plus(at, 300 + delta)));
    edge("by the clock", [WATCHING, WORKED, WORKED], |world, at, delta| {
        let now = plus(at, 420 + delta);
        world.fresh = Some(now);
        (world.add(&autofix(at)), now)
    });
    edge("fresh up to", [CANNOT, WORKED, WORKED], |world, at, delta| {
        world.fresh = Some(plus(at, 420 + delta));
        (world.add(&autofix(at)), plus(at, HOUR))
    });
    edge("stale", [WATCHING, CANNOT, CANNOT], |world, at, delta| {
        world.fresh = Some(plus(at, 60));
        (world.add(&autofix(at)), plus(at, 420 + delta))
    });
    // A follow-up without a host may be the one while it lies in the window.
    edge("host unknown", [CANNOT, CANNOT, WORKED], |world, at, delta| {
        let fix = world.add(&autofix(at));
        world.add(&delays(plus(at, 300 + delta)).from("vcs2vcs@mozilla.com"));
        (fix, plus(at, 600))
    });
    edge("unreadable", [CANNOT, CANNOT, WORKED], |world, at, delta| {
        let fix = world.add(&autofix(at));
        world.rows.push(unreadable(plus(at, 300 + delta)));
        (fix, plus(at, 600))
    });
}

/// V2: gaps of 16 to 24 minutes keep the rhythm; up to 44 minutes it repeats; then it has stopped.
#[test]
fn v2_the_gaps() {
    let second = |after: i64| {
        move |world: &mut World, at: Time, delta: i64| {
            let first = world.add(&delays(at));
            world.add(&delays(plus(at, after + delta)));
            (first, plus(at, after + delta))
        }
    };
    edge("seconds apart", ["irregular act"; 3], second(2));
    edge("16 minutes", ["irregular act", "outage page", "outage page"], second(16 * 60));
    edge("20 minutes", ["outage page"; 3], second(20 * 60));
    edge("24 minutes", ["outage page", "outage page", "irregular act"], second(24 * 60));
    edge("44 minutes", ["irregular act", "irregular act", "stopped note"], second(44 * 60));
    gap("44 minutes", 44 * 60, delays);
    // Two in a row are enough, wherever in the incident they stand.
    edge("the third", ["irregular act", "outage page", "outage page"], |world, at, delta| {
        let first = world.add(&delays(at));
        world.add(&delays(plus(at, 600)));
        world.add(&delays(plus(at, 600 + 16 * 60 + delta)));
        (first, plus(at, HOUR))
    });
}

/// V2: a single one waits for its tick, then for any repeat; an outage has stopped after two ticks and slack.
#[test]
fn v2_the_times() {
    for (place, at, zone) in PLACES {
        let at = Time(at);
        let mut world = world(at, zone);
        let single = world.add(&delays(at));
        for (after, may) in [(1439, "outage irregular"), (1440, "irregular"), (2639, "irregular"), (2640, "")] {
            let verdict = world.verdict(single, plus(at, after));
            let open: Vec<&str> = verdict.may_become.iter().map(|may| may.case.as_str()).collect();
            assert_eq!(open.join(" "), may, "{after} s, {place}");
            assert_eq!(verdict.due, may.starts_with("outage").then_some(plus(at, 1200)), "{after} s, {place}");
        }
    }
    edge("a single one has stopped", ["single wait", "stopped note", "stopped note"], |world, at, delta| {
        (world.add(&delays(at)), plus(at, 44 * 60 + delta))
    });
    edge("an outage has stopped", ["outage page", "stopped note", "stopped note"], |world, at, delta| {
        let first = world.add(&delays(at));
        world.add(&delays(plus(at, 1200)));
        (first, plus(at, 1200 + 44 * 60 + delta))
    });
    edge("silence is not proven", ["outage page"; 3], |world, at, delta| {
        let first = world.add(&delays(at));
        world.add(&delays(plus(at, 1200)));
        world.fresh = Some(plus(at, 1200));
        (first, plus(at, 1200 + 44 * 60 + 120 + delta))
    });
}

/// V3: the hour that a mail covers, and when within it the problem was resolved.
#[test]
fn v3_the_hour() {
    let (major_at, straggler) = ("major act", "straggler note");
    let story = |mail_after: i64, resolved_after: i64, which: fn(i64) -> (i64, i64)| {
        move |world: &mut World, at: Time, delta: i64| {
            let hour = plus(full(at), 2 * HOUR);
            let first = world.add(&major(plus(hour, -2 * HOUR)));
            let (mail_delta, resolve_delta) = which(delta);
            let row = world.add(&major(plus(hour, mail_after + mail_delta)));
            let resolved = plus(hour, resolved_after + resolve_delta);
            world.resolve(first, resolved, resolved);
            (row, plus(hour, HOUR))
        }
    };
    let by_resolve: fn(i64) -> (i64, i64) = |delta| (0, delta);
    let by_mail: fn(i64) -> (i64, i64) = |delta| (delta, 0);
    // It comes three seconds past the hour, about the hour before.
    edge("resolved as that hour begins", [major_at, major_at, straggler], story(3, -HOUR, by_resolve));
    edge("resolved as that hour ends", [straggler; 3], story(3, 0, by_resolve));
    edge("resolved as it comes", [straggler, major_at, major_at], story(3, 3, by_resolve));
    // Five minutes before the full hour it is about that hour already; before that about the last one.
    edge("five minutes to", [straggler, major_at, major_at], story(-300, -HOUR - 1200, by_mail));
    edge("on the hour", [major_at, straggler, straggler], story(0, -1, by_mail));
    gap("two hours and five minutes", 7500, major);
}

/// V4: ten minutes make a set, a day holds three of them, and six lone ones.
#[test]
fn v4_the_sets() {
    for (place, at, zone) in PLACES {
        for (delta, sets) in [(-1, 1), (0, 1), (1, 0)] {
            let at = Time(at);
            let mut world = world(at, zone);
            let row = world.add(&push(1, at));
            world.add(&push(2, plus(at, 600 + delta)));
            let headline =
                format!("Push 1 failed: {sets} full {} so far, ignorable", if sets == 1 { "set" } else { "sets" });
            assert_eq!(world.verdict(row, plus(at, 900)).headline, headline, "{delta:+} s, {place}");
        }
    }
    let many = "push-many-sets act";
    let set = |world: &mut World, at: Time| {
        world.add(&push(1, plus(at, -60)));
        world.add(&push(2, at))
    };
    edge("three in a day", [many, many, "push-ignorable ignore"], |world, at, delta| {
        let first = world.add(&push(2, at));
        world.add(&push(1, at));
        set(world, plus(at, 12 * HOUR));
        set(world, plus(at, DAY_LONG + delta));
        (first, plus(at, DAY_LONG + HOUR))
    });
    edge("the third is complete", ["push-ignorable ignore", many, many], |world, at, delta| {
        let first = set(world, at);
        set(world, plus(at, HOUR));
        set(world, plus(at, 2 * HOUR));
        (first, plus(at, 2 * HOUR + delta))
    });
    edge(
        "six and the seventh",
        ["push-ignorable ignore", "push-many-lone decide", "push-many-lone decide"],
        |world, at, delta| {
            let rows: Vec<usize> = (0..7).map(|n| world.add(&push(1, plus(at, n * HOUR)))).collect();
            (rows[0], plus(at, 6 * HOUR + delta))
        },
    );
    edge(
        "the first is a day old",
        ["push-many-lone decide", "push-many-lone decide", "push-ignorable ignore"],
        |world, at, delta| {
            let rows: Vec<usize> = (0..7).map(|n| world.add(&push(1, plus(at, n * HOUR)))).collect();
            (rows[0], plus(at, DAY_LONG + delta))
        },
    );
    gap("a day", DAY_LONG, |at| push(1, at));
}

/// V5: the switch as it stood to the second.
#[test]
fn v5_the_switch() {
    let runner = |at: Time| mail("[release-runner] failed", at).from("release@signing1.example.org");
    edge("switched on", ["ask decide", "investigate act", "investigate act"], |world, at, delta| {
        world.switch("release", "yes", at, at);
        (world.add(&runner(plus(at, delta))), plus(at, 10))
    });
    edge("switched off", ["investigate act", "no-release ignore", "no-release ignore"], |world, at, delta| {
        world.switch("release", "yes", plus(at, -HOUR), at);
        world.switch("release", "no", at, at);
        (world.add(&runner(plus(at, delta))), plus(at, 10))
    });
    edge("told", ["ask decide", "investigate act", "investigate act"], |world, at, delta| {
        world.switch("release", "yes", plus(at, -HOUR), plus(at, 60));
        (world.add(&runner(at)), plus(at, 60 + delta))
    });
    gap("half an hour", 1800, runner);
}

/// V6: a day before the hour that the mail gives, and that hour.
#[test]
fn v6_the_hour_of_the_mail() {
    let retirement = |due: Time| {
        let due = due.rfc3339();
        let (day, clock) = (due.get(..10).unwrap(), due.get(11..16).unwrap());
        mail("Amazon EC2 Instance scheduled for retirement", Time(0))
            .from("no-reply-aws@amazon.com")
            .to("release+aws@mozilla.com")
            .body(&format!("i-02cc2669 will be shut down after {clock} UTC on {day}\n"))
    };
    let at_due = |before: i64| {
        move |world: &mut World, at: Time, delta: i64| {
            let due = plus(full(at), 72 * HOUR);
            let sent = Mail { date: Some(at), ..retirement(due) };
            (world.add(&sent), plus(due, delta - before))
        }
    };
    edge("a day", ["scheduled act", "due-soon act", "due-soon act"], at_due(DAY_LONG));
    edge("due", ["due-soon act", "overdue act", "overdue act"], at_due(0));
}

/// V7: half an hour without a claim; an OK is strictly later; a day's silence ends it.
#[test]
fn v7_the_claim_and_the_end() {
    let sns = |state: &str, at: Time| {
        mail(&format!("{state}: \"disk\" in US East"), at)
            .from("no-reply@sns.amazonaws.com")
            .to("release+sns@mozilla.com")
            .body("Amazon CloudWatch Alarm \"disk\" in the US East region\n")
    };
    edge("unclaimed", ["alarm act", "unclaimed act", "unclaimed act"], |world, at, delta| {
        (world.add(&sns("ALARM", at)), plus(at, 1800 + delta))
    });
    edge("claimed", ["unclaimed act", "claimed wait", "claimed wait"], |world, at, delta| {
        let row = world.add(&sns("ALARM", at));
        world.claim(row, true, plus(at, HOUR));
        (row, plus(at, HOUR + delta))
    });
    edge("closed", ["unclaimed act", "unclaimed act", "closed note"], |world, at, delta| {
        let row = world.add(&sns("ALARM", at));
        world.add(&sns("OK", plus(at, delta)));
        (row, plus(at, HOUR))
    });
    gap("a day", DAY_LONG, |at| sns("ALARM", at));
}

/// V8: fifty minutes, and a day with more than three times the usual number.
#[test]
fn v8_the_cadence() {
    let hourly = |at: Time| {
        mail("MozDef Alert: ssh", at)
            .to("release+mozdef@mozilla.com")
            .from("x@mozdef1.example.org")
            .body("Timestamp: 2013-11-21 Summary: login from 192.0.2.17 on signing4.example.org as user root\n")
    };
    edge("fifty minutes", ["off-cadence decide", "off-cadence decide", "first-seen decide"], |world, at, delta| {
        let first = world.add(&hourly(at));
        world.add(&hourly(plus(at, 3000 + delta)));
        (first, plus(at, 2 * HOUR))
    });
    let usual = |world: &mut World, at: Time, days: i64| {
        for day in 1..=days {
            world.add(&hourly(plus(at, -day * DAY_LONG)));
        }
        (0..4).map(|n| world.add(&hourly(plus(at, (n + 1) * HOUR)))).max().unwrap()
    };
    edge("the fourth in a day", ["normal note", "busy decide", "busy decide"], |world, at, delta| {
        let last = usual(world, at, 21);
        (last - usize::from(delta < 0), plus(at, 4 * HOUR + delta))
    });
    edge("the first is a day old", ["busy decide", "busy decide", "normal note"], |world, at, delta| {
        (usual(world, at, 21), plus(at, HOUR + DAY_LONG + delta))
    });
    edge("two weeks of history", ["normal note", "busy decide", "busy decide"], |world, at, delta| {
        let last = usual(world, at, 13);
        (last, plus(at, DAY_LONG + delta))
    });
    gap("two hours and five minutes", 7500, hourly);
}

/// V9: half an hour without a claim, and more than ten in a day.
#[test]
fn v9_the_claim_and_the_number() {
    let apple = |at: Time| mail("Your Apple ID was used", at).to("release+appleagent@mozilla.com").from("x@apple.com");
    edge("unclaimed", ["fresh decide", "unclaimed act", "unclaimed act"], |world, at, delta| {
        (world.add(&apple(at)), plus(at, 1800 + delta))
    });
    edge("claimed", ["unclaimed act", "claimed note", "claimed note"], |world, at, delta| {
        let row = world.add(&apple(at));
        world.claim(row, false, plus(at, HOUR));
        (row, plus(at, HOUR + delta))
    });
    edge("the eleventh", ["unclaimed act", "many act", "many act"], |world, at, delta| {
        let rows: Vec<usize> = (0..11).map(|n| world.add(&apple(plus(at, n * HOUR)))).collect();
        (rows[0], plus(at, 10 * HOUR + delta))
    });
    edge("the first is a day old", ["many act", "many act", "unclaimed act"], |world, at, delta| {
        let rows: Vec<usize> = (0..11).map(|n| world.add(&apple(plus(at, n * HOUR)))).collect();
        (rows[0], plus(at, DAY_LONG + delta))
    });
}

/// V10: an hour to either side, and the end of the silence.
#[test]
fn v10_the_hour_to_either_side() {
    let puppet = |text: &str, at: Time| {
        mail(&format!("[scl-production-puppet-new] bld1.example.org {text}"), at).from("x@puppet1.example.org")
    };
    let matching = |after: i64| {
        move |world: &mut World, at: Time, delta: i64| {
            let row = world.add(&puppet("has invalid cert", at));
            world.add(&puppet("is waiting to be signed", plus(at, after + delta)));
            (row, plus(at, 3 * HOUR))
        }
    };
    let (cleaned, not_cleaned) = ("cleaned note", "not-cleaned decide");
    edge("an hour before", [not_cleaned, cleaned, cleaned], matching(-HOUR));
    edge("the same second", [cleaned; 3], matching(0));
    edge("an hour after", [cleaned, cleaned, not_cleaned], matching(HOUR));
    edge("the end of the silence", ["cleaning wait", not_cleaned, not_cleaned], |world, at, delta| {
        (world.add(&puppet("has invalid cert", at)), plus(at, HOUR + delta))
    });
    edge("fresh up to", ["cleaning decide ?", not_cleaned, not_cleaned], |world, at, delta| {
        world.fresh = Some(plus(at, HOUR + 120 + delta));
        (world.add(&puppet("has invalid cert", at)), plus(at, 3 * HOUR))
    });
}

/// V11: from the first second of what is expected to its last.
#[test]
fn v11_the_expected_time() {
    let adhoc = |at: Time| mail("[adhoc] build1 starting", at).to("release+adhoc-signing@mozilla.com");
    let (expected, not_expected) = ("expected note", "not-expected act");
    edge("it begins", [not_expected, expected, expected], |world, at, delta| {
        world.expect("adhoc-signing", at, plus(at, 2 * HOUR));
        (world.add(&adhoc(plus(at, delta))), plus(at, 3 * HOUR))
    });
    edge("it ends", [expected, expected, not_expected], |world, at, delta| {
        world.expect("adhoc-signing", plus(at, -2 * HOUR), at);
        (world.add(&adhoc(plus(at, delta))), plus(at, 3 * HOUR))
    });
    let request = |at: Time| mail("Change", at).to("release+wcw@mozilla.com");
    edge("a day without an answer", ["request decide", "owed act", "owed act"], |world, at, delta| {
        (world.add(&request(at)), plus(at, DAY_LONG + delta))
    });
    edge(
        "a window that is announced",
        ["announced decide", "announced decide", "request decide"],
        |world, at, delta| {
            world.expect("change-window", plus(at, -HOUR), at);
            (world.add(&request(plus(at, delta))), plus(at, HOUR))
        },
    );
}

/// V12: more than five in seven days.
#[test]
fn v12_the_week() {
    let cast = |at: Time| mail("Your device", at).to("release+chromecast@mozilla.com").from("noreply@google.com");
    edge("the sixth", ["forward act", "unusual act", "unusual act"], |world, at, delta| {
        let rows: Vec<usize> = (0..6).map(|n| world.add(&cast(plus(at, n * DAY_LONG)))).collect();
        (rows[0], plus(at, 5 * DAY_LONG + delta))
    });
    edge("the first is a week old", ["unusual act", "unusual act", "forward act"], |world, at, delta| {
        let rows: Vec<usize> = (0..6).map(|n| world.add(&cast(plus(at, n * DAY_LONG)))).collect();
        (rows[5], plus(at, 7 * DAY_LONG + delta))
    });
}
