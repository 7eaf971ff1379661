//! The sections of the page: S051 to S164.

use super::*;
use dutybox::runbook::case::{BugUse, Requirement};
use dutybox::runbook::{Call, Runbooks};
use dutybox::triage::texts::{bug_notes, checklist};
use dutybox::triage::verdicts::Incident;

// ---- performance metrics -------------------------------------------------------------------------------------------

/// S051, S052, S060: raw numbers that come whatever happens are no incident, whatever prefix they have.
#[test]
fn s051_s052_s060_metrics_ask_for_nothing() {
    for name in ["collapse-report", "wait-times"] {
        assert_eq!(said(&verdict_of(name, "", "")), "metrics ignore", "{name}");
    }
    assert_eq!(place(&to("release@mozilla.com", "[releng metrics] queue")), ("perf-metrics".into(), "metrics".into()));
    let mut world = World::shipped();
    let rows: Vec<usize> = (0..5).map(|day| world.add(&mail("collapse report", t(&format!("{day} 6:00"))))).collect();
    let incident = world.incident(rows[0], t("5 6:00"));
    assert_eq!((incident.count, incident.call), (5, Call::Ignore));
}

#[test]
fn s053_the_catch_all_is_grouped_by_what_the_reports_are() {
    let mut world = World::shipped();
    let from = "cltbld@build.mozilla.org";
    let rows = world.adds(&[
        mail("collapse report for Monday", t("6:00")),
        mail("collapse report for Tuesday", t("7:00")),
        mail("Wait: 12/80% (buildpool)", t("6:30")).from(from),
        mail("Wait: 99/20% (trypool)", t("6:31")).from(from),
    ]);
    let of = world.at(t("8:00")).incident_of;
    assert_eq!(of[rows[0]], of[rows[1]]);
    assert!(of[rows[0]] != of[rows[2]] && of[rows[2]] != of[rows[3]]);
}

#[test]
fn s054_full_headers_and_where_the_host_is_known_from() {
    let row = row_of(&sample("wait-times"), &hosts());
    let host = row.class.labels.iter().find(|label| label.name == "host").expect("a host");
    assert!(["From", "Sender", "Message-ID", "Received"].contains(&host.from.as_str()), "{host:?}");
    let mut desk = desk_with("aws-sanity", 160, 60);
    let field = "User-Agent: Heirloom mailx 12.4";
    assert!(!desk.press("Enter").screen().contains(field), "only the envelope at first");
    assert!(desk.press("H").screen().contains(field), "{}", desk.screen());
}

// ---- vcs2vcs -------------------------------------------------------------------------------------------------------

#[test]
fn s056_s061_what_must_be_addressed_is_never_ignored_for_good() {
    assert_eq!(
        book("vcs2vcs").never_ignore.as_deref(),
        Some("the page calls these errors that must be addressed (line 79)")
    );
    assert_eq!(book("perf-metrics").never_ignore, None, "S056: there it is fine");
}

/// S063: the sender's domain need not be the machine; each next source is tried.
#[test]
fn s063_the_host_need_not_stand_in_from() {
    let host = |mail: &Mail| {
        let row = mail.row(shipped(), 0);
        row.class
            .labels
            .iter()
            .find(|label| label.name == "host")
            .map(|label| (label.value.clone(), label.from.to_string()))
    };
    let from = |name: &str| Some((name.to_owned(), "From".to_owned()));
    assert_eq!(host(&delays(t("10:00"))), from("github-sync1.dmz.scl3.mozilla.com"));
    let indirect = || delays(t("10:00")).from("vcs2vcs@mozilla.com").id(None);
    assert_eq!(
        host(&indirect().header("Sender: x@sync2.example.org")),
        Some(("sync2.example.org".into(), "Sender".into()))
    );
    assert_eq!(
        host(&indirect().id(Some("1@sync3.example.org"))),
        Some(("sync3.example.org".into(), "Message-ID".into()))
    );
    let cron =
        mail("Cron <vcs2vcs@github-sync4> job", t("10:00")).from("root@mozilla.com").to("release+vcs2vcs@mozilla.com");
    assert_eq!(host(&cron.id(None)), Some(("github-sync4".into(), "subject".into())));
    assert_eq!(host(&indirect()), None, "unknown is unknown");
}

#[test]
fn s064_a_host_that_is_not_in_the_configuration_gets_a_badge() {
    let raw = sample("vcs2vcs-delays");
    let with = |known: &[&str]| {
        let known = known.iter().map(|name| (*name).to_owned()).collect();
        badges(&row_of(&raw, &HostRules { known, ..hosts() }))
    };
    assert_eq!(with(&[]), [""; 0], "nobody said which there are");
    assert_eq!(with(&["vcssync1", "github-sync2.dmz.scl3.mozilla.com"]), [""; 0]);
    assert_eq!(with(&["github-sync2"]), [""; 0], "a short name is the full one");
    let foreign = "github-sync2.dmz.scl3.mozilla.com is not among the machines that send us mail";
    assert_eq!(with(&["vcssync1"]), [foreign]);
    let others = HostRules { known: vec!["vcssync1".into()], ..hosts() };
    assert_eq!(badges(&row_of(&sample("sns-papertrail"), &others)), [""; 0], "Amazon is no machine of ours");
}

/// S066 to S069: watching with a clock, failed by the same host, worked only with proof.
#[test]
fn s066_s067_s068_s069_autofix() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07:03")));
    let watching = world.verdict(auto, t("14:08"));
    assert_eq!((watching.call, watching.until), (Call::Wait, Some(t("14:12:03"))));
    assert_eq!(watching.may_become[0].case, "autofix-failed");
    world.add(&delays(t("14:07:41")).from(HOST2));
    assert_eq!(world.verdict(auto, t("14:08")).call, Call::Wait, "another host says nothing");
    world.fresh = Some(t("14:10"));
    assert!(!world.verdict(auto, t("14:30")).known, "worked is not said of a stale mailbox");
    world.fresh = None;
    assert_eq!(world.say(auto, t("14:30")), "autofix-worked note");
    world.add(&delays(t("14:08:10")));
    let failed = world.verdict(auto, t("14:08:10"));
    assert_eq!((said(&failed).as_str(), failed.known), ("autofix-failed page", true));
    assert_eq!(failed.people, [(Verb::Page, vec!["hwine".to_owned()])]);
    assert!(failed.because.iter().any(|reason| reason.line == Some(88)));
}

/// The texts for bugs of a message: where each goes, and what it says.
fn notes(raw: &str, case: &str, incident: Option<&Incident>) -> Vec<(BugUse, String)> {
    let row = row_of(raw, &hosts());
    let message = parse::message(raw.as_bytes().to_vec());
    let runbook = shipped().get(row.book().unwrap()).unwrap();
    let notes = bug_notes(runbook, Some(case), &row, incident, Some(&message));
    notes.into_iter().map(|note| (note.into, note.text)).collect()
}

#[test]
fn s070_the_log_of_an_autofix_that_worked_is_ready() {
    let notes = notes(&sample("vcs2vcs-autofix"), "autofix-worked", None);
    assert_eq!(notes[0].0, BugUse::Comment(829_025));
    assert_eq!(
        notes[0].1,
        "AUTOFIX process delays on github-sync2.dmz.scl3.mozilla.com, 2013-01-09 18:27:04 UTC: no process delays mail \
         followed, so it worked. Repositories: releases-gecko"
    );
}

/// S071: to leave the log to hwine is the second choice.
#[test]
fn s071_the_log_may_be_left_to_hwine() {
    let case = book("vcs2vcs").case("autofix-worked").unwrap();
    let tasks = checklist(case, &[]);
    assert_eq!(tasks.iter().map(|task| task.or).collect::<Vec<_>>(), [false, true]);
    assert_eq!(tasks[1].text, "Delete it and leave the log to hwine");
}

#[test]
fn s072_s073_s074_s075_process_delays() {
    let mut world = World::shipped();
    let body = "releases-gecko: last update 65 minutes ago (limit 40)\nreleases-gaia: last update 51 minutes ago\nfatal: no space\n";
    let single = world.add(&delays(t("14:07")).body(body));
    let verdict = world.verdict(single, t("14:08"));
    assert_eq!((said(&verdict).as_str(), verdict.due), ("single wait", Some(t("14:27"))));
    assert!(book("vcs2vcs").case("single").unwrap().headline.contains("bug 839595"));
    world.add(&delays(t("14:27")).body(body));
    let verdict = world.verdict(single, t("14:28"));
    assert_eq!(said(&verdict), "outage page");
    assert!(verdict.words().contains("repos: releases-gecko, releases-gaia"), "{}", verdict.words());
    assert!(verdict.words().contains("errors: fatal: no space"), "{}", verdict.words());
    assert_eq!(verdict.people.first(), Some(&(Verb::Page, vec!["hwine".to_owned()])));
    let steps = &book("vcs2vcs").case("outage").unwrap().steps;
    assert!(steps.iter().any(|step| step.text == "Docs, and/or page hwine"), "{steps:?}");
}

#[test]
fn s076_s077_major_errors_ask_to_contact_not_to_page() {
    let mut world = World::shipped();
    let row = world.add(&major(t("10:00:03")).body("  09:14:01 abort: out of memory\n"));
    let verdict = world.verdict(row, t("10:01"));
    assert_eq!(said(&verdict), "major act");
    assert!(verdict.words().contains("errors: 09:14:01 abort: out of memory"), "{}", verdict.words());
    let verbs: Vec<Verb> = verdict.people.iter().map(|(verb, _)| *verb).collect();
    assert_eq!(verbs, [Verb::Contact, Verb::Tell]);
}

#[test]
fn s078_corruption_is_hinted_at_where_the_mail_speaks_of_it() {
    let verdict = verdict_of("vcs2vcs-major", "", "");
    assert_eq!(said(&verdict), "major-corruption act");
    assert!(verdict.words().contains("no match found!"), "{}", verdict.words());
}

/// S079: a recovery takes its time; from when on, the operator says.
#[test]
fn s079_recovering_since() {
    let mut world = World::shipped();
    let before = world.add(&major(t("14:00:03")));
    let during = world.add(&major(t("15:00:03")));
    world.switch("vcs2vcs-recovery", "yes", t("14:10"), t("14:12"));
    assert_eq!(world.say(before, t("15:01")), "major act");
    let verdict = world.verdict(during, t("15:01"));
    assert_eq!(said(&verdict), "recovering wait");
    assert_eq!(verdict.headline, "Recovering since 14:10: repositories are not updated yet");
    // It has an end: what comes after a resolved recovery is a straggler, then a new problem.
    world.resolve(during, t("15:20"), t("15:21"));
    world.switch("vcs2vcs-recovery", "no", t("15:20"), t("15:21"));
    let late = world.add(&major(t("16:00:03")));
    let again = world.add(&major(t("17:00:03")));
    assert_eq!(world.say(late, t("16:01")), "straggler note");
    assert_eq!(world.say(again, t("17:01")), "major act");
}

#[test]
fn s080_fixed_or_blocked_by_a_new_bug() {
    let notes = notes(&sample("vcs2vcs-major"), "major-corruption", None);
    assert_eq!(notes[0].0, BugUse::Comment(808_129));
    assert!(notes[0].1.contains("github-sync2.dmz.scl3.mozilla.com, 2013-01-09 20:00:03 UTC to"), "{}", notes[0].1);
    assert!(notes[0].1.contains("abort: data/browser"), "{}", notes[0].1);
    let BugUse::New { summary, blocks } = &notes[1].0 else { panic!("{:?}", notes[1]) };
    assert_eq!(
        (summary.as_str(), *blocks),
        ("vcs2vcs: hg repository corruption on github-sync2.dmz.scl3.mozilla.com", Some(808_129))
    );
    assert!(notes[1].1.contains("[vcs2vcs] alert_major_errors alert (3 errors)"), "{}", notes[1].1);
}

/// S081, S082: the check covers the hour before the full hour, so one more mail may come.
#[test]
fn s081_s082_one_more_mail_covers_the_hour_of_the_fix() {
    let mut world = World::shipped();
    let first = world.add(&major(t("14:00:03")));
    let late = world.add(&major(t("15:00:03")));
    let again = world.add(&major(t("16:00:03")));
    world.resolve(first, t("14:20"), t("14:25"));
    let verdict = world.verdict(late, t("15:01"));
    assert_eq!(verdict.headline, "Straggler: covers 14:00 to 15:00, resolved 14:20");
    assert_eq!(world.say(again, t("16:01")), "major act");
    let of = world.at(t("16:01")).incident_of;
    assert!(of[first] == of[late] && of[late] != of[again], "the straggler belongs to the problem that was solved");
}

#[test]
fn s083_number_and_target_of_a_push() {
    let row = row_of(&sample("vcs2vcs-push1"), &hosts());
    assert_eq!((labels(&row, "n"), labels(&row, "target")), (vec!["1".to_owned()], vec!["gecko.git".to_owned()]));
}

/// S084 to S088: pairs, lone ones, the third set; and that hwine had each by SMS.
#[test]
fn s084_s085_s086_s087_s088_sets_of_pushes() {
    let mut world = World::shipped();
    let lone = world.add(&push(1, t("9:00")));
    let verdict = world.verdict(lone, t("9:01"));
    assert_eq!(verdict.headline, "Push 1 failed: 0 full sets so far, ignorable");
    let mut rows = Vec::new();
    for hour in [10, 11] {
        rows.push(world.add(&push(1, t(&format!("{hour}:00")))));
        rows.push(world.add(&push(2, t(&format!("{hour}:02")))));
    }
    assert_eq!(world.verdict(rows[0], t("11:03")).headline, "Push 1 failed: 2 full sets so far, ignorable");
    world.adds(&[push(2, t("12:00")), push(1, t("12:10"))]);
    let verdict = world.verdict(rows[0], t("12:10"));
    assert_eq!(said(&verdict), "push-many-sets act");
    assert_eq!(verdict.headline, "3 sets failed: start with the health of git.mozilla.org");
    let case = book("vcs2vcs").case("push-many-sets").unwrap();
    assert_eq!(case.steps[0].text, "Check the health of git.mozilla.org");
    assert_eq!(case.warn.as_deref(), Some("hwine had each of these by SMS already"));
}

/// S089, S090: for all that is left the operator judges how severe it is.
#[test]
fn s089_s090_anything_else_is_judged_by_a_person() {
    let mut world = World::shipped();
    let row = world.add(&mail("Something new", t("10:00")).from(HOST).to("release+vcs2vcs@mozilla.com"));
    let verdict = world.verdict(row, t("10:01"));
    assert_eq!(said(&verdict), "other decide");
    assert_eq!(verdict.people, [(Verb::Escalate, vec!["hwine".to_owned()])]);
    assert_eq!(book("vcs2vcs").case("other").unwrap().requires, [Requirement::Severity]);
}

/// S091: a bug that asks for a better message, with sender, host and text; secrets stay out.
#[test]
fn s091_the_bug_for_a_better_diagnosis_is_ready() {
    let notes = notes(&sample("vcs2vcs-forward"), "other", None);
    let (BugUse::New { summary, blocks: None }, text) = &notes[0] else { panic!("{notes:?}") };
    assert!(summary.contains("Cron <vcs2vcs@github-sync2>"), "{summary}");
    for piece in [
        "vcs2vcs@github-sync2.dmz.scl3.mozilla.com",
        "cat: gaia-mapfile.d/v1-train: No such file",
        "2013-01-09 20:05:02 UTC",
    ] {
        assert!(text.contains(piece), "{piece} is not in {text}");
    }
    assert!(!text.contains("X-Cron-Env"), "{text}");
}

#[test]
fn s092_when_the_mails_stop_it_is_said_and_a_new_one_is_a_new_problem() {
    let mut world = World::shipped();
    let rows = world.adds(&[delays(t("14:07")), delays(t("14:27"))]);
    assert_eq!(world.say(rows[0], t("15:11")), "stopped note");
    assert_eq!(world.verdict(rows[0], t("15:11")).headline, "Stopped: it came ×2 in 20m, 14:07 to 14:27");
    let again = world.add(&delays(t("16:07")));
    assert_eq!(world.say(again, t("16:08")), "single wait");
    let of = world.at(t("16:08")).incident_of;
    assert_ne!(of[rows[0]], of[again]);
}

#[test]
fn s094_s095_addresses_and_subjects_of_vcs2vcs() {
    for address in
        ["release+vcs2vcs@mozilla.com", "release+vcs2vcs+forward@mozilla.com", "release+vcs2vcs-x@mozilla.com"]
    {
        assert_eq!(category(&to(address, "x")), "vcs2vcs", "{address}");
    }
    let kind = |subject: &str| place(&to("release+vcs2vcs@mozilla.com", subject)).1;
    assert_eq!(kind("[vcs2vcs] AUTOFIX process delays on x"), "autofix");
    assert_eq!(kind("[vcs2vcs] process delays on x"), "delays");
    assert_eq!(kind("[vcs2vcs] alert_major_errors alert (3 errors)"), "major");
    assert_eq!(kind("[vcs2vcs] Failed conversion for beagle"), "conversion-failed");
}

/// S096: mail by way of ~/.forward is cron output; where the same event came directly, too, it is one.
#[test]
fn s096_forwarded_cron_mail_and_its_copy() {
    assert_eq!(place(&row_of(&sample("vcs2vcs-forward"), &hosts())), ("vcs2vcs".into(), "forwarded".into()));
    let mut world = World::shipped();
    let direct = world.add(&delays(t("14:07")));
    world.add(&delays(t("14:07")).header("Delivered-To: release+vcs2vcs+forward@mozilla.com").folder(1));
    let incident = world.incident(direct, t("14:10"));
    assert_eq!((incident.count, incident.members.len()), (1, 2));
    assert_eq!(world.verdict(direct, t("14:10")).call, Call::Wait, "one event is no repetition");
}

// ---- release runner ------------------------------------------------------------------------------------------------

#[test]
fn s097_s099_any_mail_of_the_runner_is_a_failure_and_one_that_did_not_start_is_worse() {
    let mut world = World::shipped();
    world.switch("release", "yes", t("1:00"), t("1:00"));
    let runner = |at| mail("[release-runner] failed", at).from("release@signing1.example.org");
    let any = world.add(&runner(t("10:00")).body("???\n"));
    assert_eq!(world.say(any, t("10:01")), "investigate act");
    let start = world.add(&runner(t("11:00")).body("ERROR - Failed to start release \"Firefox-25.0\". Error(s): x\n"));
    let verdict = world.verdict(start, t("11:01"));
    assert_eq!(
        (said(&verdict).as_str(), verdict.headline.as_str()),
        ("start-failed act", "A submitted release did not start: Firefox-25.0")
    );
}

#[test]
fn s104_the_tag_anywhere_in_the_subject_and_no_other_tag() {
    let place_of = |subject: &str| place(&to("release@mozilla.com", subject));
    assert_eq!(place_of("beta: [release-runner] failed").1, "failed");
    assert_eq!(place_of("[dev-release-runner] failed").1, "dev");
    assert_eq!(place_of("[dev-release-runner-2] failed").0, "");
}

// ---- EC2 -----------------------------------------------------------------------------------------------------------

#[test]
fn s105_s106_s107_region_deadline_and_instances() {
    let row = row_of(&sample("ec2-retirement-2013"), &hosts());
    assert_eq!(labels(&row, "region"), ["us-east-1"]);
    assert_eq!(labels(&row, "instance"), ["i-02cc2669"]);
    let verdict = verdict_of("ec2-retirement-2013", "", "");
    // 12:00 AM is midnight: 2013-10-22T00:00:00Z.
    assert_eq!(verdict.deadline.map(|time| time.0), Some(1_382_400_000));
    assert!(verdict.words().contains("region: us-east-1"), "{}", verdict.words());
    let many = sample("ec2-retirement-2013").replace("i-02cc2669", "i-02cc2669\n i-0a1b2c3d4e5f60718\n i-0a1b2c3d4e");
    assert_eq!(labels(&row_of(&many, &hosts()), "instance"), ["i-02cc2669", "i-0a1b2c3d4e5f60718"]);
}

#[test]
fn s109_s113_sender_and_subject_together_win_over_the_address() {
    let row = row_of(&sample("ec2-retirement-2013"), &hosts());
    assert_eq!((category(&row), row.class.also.len()), ("ec2-retirement".to_owned(), 1));
    let forged = mail("Amazon EC2 Instance scheduled for retirement", t("10:00")).to("release+aws@mozilla.com");
    assert_eq!(category(&forged.row(shipped(), 0)), "aws", "another sender");
    let other = mail("Your statement", t("10:00")).from("no-reply-aws@amazon.com").to("release+aws@mozilla.com");
    assert_eq!(category(&other.row(shipped(), 0)), "aws", "another subject");
}

#[test]
fn s110_s111_s112_three_steps_for_each_instance() {
    let raw = sample("ec2-retirement-2013").replace("i-02cc2669", "i-02cc2669\n i-1f2e3d4c");
    let instances = [("i-1f2e3d4c".to_owned(), "tst-linux64-ec2-118".to_owned())].into();
    let row = row_of(&raw, &HostRules { instances, ..hosts() });
    assert_eq!(labels(&row, "runs"), ["tst-linux64-ec2-118"], "the configuration knows which host it is");
    let tasks = checklist(book("ec2-retirement").case("scheduled").unwrap(), &row.class.labels);
    let shown: Vec<(&str, &str)> = tasks.iter().map(|task| (task.of.as_deref().unwrap(), task.text.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("i-02cc2669", "Find out which host runs on i-02cc2669"),
            ("i-02cc2669", "Power i-02cc2669 down in order"),
            ("i-02cc2669", "Start i-02cc2669 again"),
            ("i-1f2e3d4c", "Find out which host runs on i-1f2e3d4c"),
            ("i-1f2e3d4c", "Power i-1f2e3d4c down in order"),
            ("i-1f2e3d4c", "Start i-1f2e3d4c again"),
        ]
    );
    let ticks: std::collections::BTreeSet<_> = tasks.iter().map(|task| task.step.clone()).collect();
    assert_eq!(ticks.len(), 6, "each is ticked by itself");
}

// ---- SNS -----------------------------------------------------------------------------------------------------------

fn alarm(at: dutybox::mail::Time) -> Mail {
    mail("ALARM: \"disk\" in US East", at).from("no-reply@sns.amazonaws.com").to("release+sns@mozilla.com").body(
        "Amazon CloudWatch Alarm \"disk\" in the US East region\n- Reason for State Change:    Threshold Crossed\n",
    )
}

/// S114, S124: by subject or by address.
#[test]
fn s114_s124_subject_or_address() {
    assert_eq!(category(&to("oncall@example.org", "AWS Notification Message")), "sns");
    assert_eq!(category(&to("release+sns@mozilla.com", "Anything else")), "sns");
}

#[test]
fn s115_s116_kinds_of_sns_mail_and_how_much_they_ask() {
    assert_eq!(said(&verdict_of("sns-cloudwatch-alarm", "", "")), "alarm act");
    assert_eq!(place(&row_of(&sample("sns-papertrail"), &hosts())).1, "papertrail");
    let mut world = World::shipped();
    let row = world.add(&mail("AWS Notification Message", t("10:00")).from("no-reply@sns.amazonaws.com"));
    let verdict = world.verdict(row, t("10:01"));
    assert_eq!(said(&verdict), "other act");
    assert!(verdict.headline.contains("a new user of SNS?"), "{}", verdict.headline);
    assert_eq!(world.verdict(row, t("10:30")).case.as_deref(), Some("unclaimed"), "its age counts");
}

#[test]
fn s117_another_topic_gets_a_badge_and_the_region_is_shown() {
    assert_eq!(badges(&row_of(&sample("sns-cloudwatch-alarm"), &hosts())), [""; 0]);
    let verdict = verdict_of("sns-papertrail", "", "");
    assert!(verdict.words().contains("region: us-east-1"), "{}", verdict.words());
    let raw = sample("sns-cloudwatch-alarm").replace("314336048151:buildduty", "111122223333:other");
    assert_eq!(badges(&row_of(&raw, &hosts())), ["the topic is not our buildduty: other in us-west-2"]);
}

#[test]
fn s118_the_alarm_is_read_and_its_ok_closes_it() {
    let verdict = verdict_of("sns-cloudwatch-alarm", "", "");
    for piece in ["alarm: relengapi-5xx", "state: ALARM", "reason: Threshold Crossed", "place: US West (Oregon)"] {
        assert!(verdict.words().contains(piece), "{piece}: {}", verdict.words());
    }
    let mut world = World::shipped();
    let first = world.add(&alarm(t("10:00")));
    let mut other = alarm(t("10:05"));
    other.subject = "OK: \"disk\" in EU West".into();
    world.add(&other);
    assert_eq!(world.say(first, t("10:06")), "alarm act", "another region's");
    let mut ok = alarm(t("10:10"));
    ok.subject = ok.subject.replace("ALARM", "OK");
    world.add(&ok);
    assert_eq!(world.say(first, t("10:11")), "closed note");
    let unreadable = world.add(&alarm(t("12:00")).body("<binary>\n"));
    assert_eq!(world.say(unreadable, t("12:01")), "unparsed act");
}

#[test]
fn s119_s120_open_until_a_named_person_works_on_it() {
    let mut world = World::shipped();
    let row = world.add(&alarm(t("10:00")));
    let verdict = world.verdict(row, t("10:30"));
    assert_eq!(
        (said(&verdict).as_str(), verdict.people.as_slice()),
        ("unclaimed act", [(Verb::Contact, vec!["ciduty".to_owned()])].as_slice())
    );
    world.claim(row, true, t("10:40"));
    assert_eq!(world.verdict(row, t("10:41")).headline, "ann is working on it, since 10:40: disk");
    world.register.claims[0].released = Some(t("11:00"));
    assert_eq!(world.say(row, t("11:00")), "unclaimed act");
}

// ---- chromecast ----------------------------------------------------------------------------------------------------

#[test]
fn s127_s128_s129_light_traffic_promotion_and_whom_to_forward_to() {
    let cast = |at| mail("Your device", at).to("release+chromecast@mozilla.com").from("noreply@google.com");
    let mut world = World::shipped();
    let first = world.add(&cast(t("1:00")));
    let verdict = world.verdict(first, t("1:01"));
    assert_eq!(said(&verdict), "forward act");
    assert_eq!(verdict.people, [(Verb::Forward, vec!["blassey".to_owned(), "mfinkle".to_owned()])]);
    let promotion = world.add(&cast(t("2:00")).header("List-Unsubscribe: <x>"));
    let verdict = world.verdict(promotion, t("2:01"));
    assert_eq!(said(&verdict), "promotion decide");
    assert!(verdict.words().contains("List-Unsubscribe matches"), "the hint is the evidence: {}", verdict.words());
    world.adds(&(3..8).map(|hour| cast(t(&format!("{hour}:00")))).collect::<Vec<_>>());
    assert_eq!(world.say(first, t("8:00")), "unusual act");
}

// ---- mozdef --------------------------------------------------------------------------------------------------------

fn login(user: &str, at: dutybox::mail::Time) -> Mail {
    mail("MozDef Alert: ssh", at).to("release+mozdef@mozilla.com").from("x@mozdef1.example.org").body(&format!(
        "Timestamp: 2013-11-21 Summary: SSH login on releng from 192.0.2.7 on signing4.example.org as user {user}\n"
    ))
}

/// S134, S135, S138: what was seen before is normal, what was not is for a person, and both are told.
#[test]
fn s134_s135_s138_what_normal_looks_like() {
    let mut world = World::shipped();
    let first = world.add(&login("cltsign", t("1:00")));
    let second = world.add(&login("cltsign", t("3:00")));
    let stranger = world.add(&login("mallory", t("5:00")));
    let verdict = world.verdict(first, t("8:00"));
    assert_eq!(said(&verdict), "first-seen decide");
    assert_eq!(verdict.headline, "First ssh login by cltsign on signing4.example.org in 28 days: is that normal?");
    assert_eq!(world.say(second, t("8:00")), "normal note");
    assert_eq!(world.say(stranger, t("8:00")), "first-seen decide");
    assert_eq!(verdict.people, [(Verb::Notify, vec!["team".to_owned(), "infosec".to_owned()])]);
    let (after, later) = (world.add(&login("cltsign", t("28 3:00"))), world.add(&login("cltsign", t("57 3:00"))));
    assert_eq!(world.say(after, t("29 3:00")), "normal note", "28 days, to the second");
    assert_eq!(world.say(later, t("58 3:00")), "first-seen decide");
    // A mailbox that does not reach back knows nothing of what was usual.
    let mut young = World::young(shipped());
    let row = young.add(&login("cltsign", t("1:00")));
    assert_eq!(young.say(row, t("8:00")), "look decide");
}

#[test]
fn s136_more_than_one_an_hour_is_a_deviation() {
    let mut world = World::shipped();
    world.add(&login("cltsign", t("-1 1:00")));
    let row = world.add(&login("cltsign", t("1:00")));
    assert_eq!(world.say(row, t("2:00")), "normal note");
    world.add(&login("cltsign", t("1:50")));
    assert_eq!(world.say(row, t("2:00")), "off-cadence decide");
}

/// S137: the hour is a number in the runbook, which a team changes by a file of its own.
#[test]
fn s137_the_frequency_is_in_the_runbook() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/releng/mozdef.md");
    let text = std::fs::read_to_string(path).unwrap().replace("within = \"50m\"", "within = \"10m\"");
    let books: &'static Runbooks = Box::leak(Box::new(Runbooks::with_files(&[("mozdef.md".into(), text)])));
    let mut world = World::of(books);
    let row = world.add(&login("cltsign", t("1:00")));
    world.add(&login("cltsign", t("1:50")));
    assert_eq!(world.say(row, t("2:00")), "first-seen decide");
}

// ---- MOC, Apple ----------------------------------------------------------------------------------------------------

/// S139, S140, S143: people write these, so each stands for itself, a reply too, until it was read and handled.
#[test]
fn s139_s140_s143_mail_of_people() {
    let moc = |subject: &str, at| mail(subject, at).to("release+moc_notifications@mozilla.com");
    let mut world = World::shipped();
    let rows = world.adds(&[moc("Outage", t("10:00")), moc("Outage", t("10:01")), moc("Re: Outage", t("10:02"))]);
    let found = world.at(t("11:00"));
    for row in &rows {
        assert_eq!(said(&found.verdicts[*row]), "read decide");
    }
    assert!(found.incident_of[rows[0]] != found.incident_of[rows[1]], "no collapse");
    assert_eq!(book("moc-notifications").case("read").unwrap().requires, [Requirement::Handled]);
}

#[test]
fn s146_mail_that_is_not_from_apple_gets_a_badge() {
    let from = |sender: &str| {
        badges(&mail("Your code", t("10:00")).from(sender).to("release+appleagent@mozilla.com").row(shipped(), 0))
    };
    assert_eq!(from("appleid@id.apple.com"), [""; 0]);
    assert_eq!(from("appleid@id.apple.com.example.org"), ["the sender is not one that this mail comes from"]);
}

/// S147, S148: claimed by a reply, or escalated to those with access.
#[test]
fn s147_s148_claim_by_reply_or_escalate() {
    let mut world = World::shipped();
    let row = world.add(
        &mail("Your Apple ID was used", t("10:00"))
            .to("release+appleagent@mozilla.com")
            .from("x@apple.com")
            .id(Some("a@x")),
    );
    let verdict = world.verdict(row, t("10:01"));
    assert_eq!(
        (said(&verdict).as_str(), verdict.headline.as_str()),
        ("fresh decide", "Did you cause this? Claim it by reply")
    );
    let verdict = world.verdict(row, t("10:30"));
    assert_eq!(said(&verdict), "unclaimed act");
    assert_eq!(verdict.people, [(Verb::Escalate, vec!["apple-account".to_owned()])]);
    let reply = dutybox::triage::verdicts::Reply { to: vec!["a@x".into()], by: "ann".into(), at: t("10:20") };
    world.register.replies.push(reply);
    assert_eq!(world.say(row, t("10:30")), "claimed note");
}

// ---- puppet, adhoc signing -----------------------------------------------------------------------------------------

/// S153 to S157: for information; cleaned once; paired by name, in either order; nothing pairs: the page gives no step.
#[test]
fn s153_s154_s155_s156_s157_puppet() {
    let puppet =
        |text: &str, at| mail(&format!("[scl-production-puppet-new] {text}"), at).from("x@puppet1.example.org");
    let mut world = World::shipped();
    let waiting = world.add(&puppet("bld1 is waiting to be signed", t("10:00")));
    assert_eq!(world.say(waiting, t("10:01")), "waiting note");
    let before = world.add(&puppet("bld1 has invalid cert", t("10:30")));
    assert_eq!(world.verdict(before, t("10:31")).headline, "bld1: cert cleaned, its key will be signed by itself");
    let alone = world.add(&puppet("bld2 has invalid cert", t("10:30")));
    let verdict = world.verdict(alone, t("10:31"));
    assert_eq!(verdict.call, Call::Wait);
    assert!(book("puppet").case("cleaning").unwrap().headline.contains("cleaned once by the script"));
    let verdict = world.verdict(alone, t("11:30"));
    assert_eq!(said(&verdict), "not-cleaned decide");
    assert_eq!(verdict.headline, "bld2: cert not cleaned; the page gives no step");
    world.add(&puppet("bld2 is waiting to be signed", t("11:20")));
    assert_eq!(world.say(alone, t("11:30")), "cleaned note");
}

/// S161, S163, S164: by address, and expected only where somebody said so.
#[test]
fn s161_s163_s164_adhoc_signing_is_expected_or_not() {
    let mut world = World::shipped();
    let signing = |at| mail("[adhoc] bug1843034 starting", at).to("release+adhoc-signing@mozilla.com");
    let row = world.add(&signing(t("14:00")));
    let verdict = world.verdict(row, t("14:01"));
    assert_eq!(said(&verdict), "not-expected act");
    assert!(verdict.headline.starts_with("NOT EXPECTED: bug1843034"), "{}", verdict.headline);
    world.expect("adhoc-signing", t("13:00"), t("14:00"));
    let verdict = world.verdict(row, t("14:01"));
    assert_eq!(said(&verdict), "expected note");
    assert!(!verdict.headline.contains("NOT EXPECTED"));
    let late = world.add(&signing(t("14:00:01")));
    assert_eq!(world.say(late, t("14:02")), "not-expected act", "a second after what was expected");
}
