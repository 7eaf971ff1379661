//! The Index of the page and what stands above it: S001 to S050.

use super::*;
use dutybox::mail::Role;
use dutybox::runbook::case::Requirement;
use dutybox::runbook::file::RunbookLink;
use dutybox::runbook::{Call, Runbooks, lint};
use dutybox::triage::query::Query;
use dutybox::triage::row::Folder;
use dutybox::triage::verdicts::{Reply, Sources, freshness};

#[test]
fn s001_a_mail_is_expected_by_a_runbook_or_by_none() {
    assert_eq!(category(&to("release+roku@mozilla.com", "Your account")), "roku");
    let row = to("release+aws-manager@mozilla.com", "Hello");
    assert_eq!(row.class.primary, None);
    let mut world = World::shipped();
    world.rows.push(row);
    assert_eq!(world.verdict(1, t("10:01")).headline, "Undocumented: no runbook claims this mail");
}

/// S002: what the page does not know stays in view with its count, whatever is filtered.
#[test]
fn s002_undocumented_mail_is_counted_and_never_hidden() {
    let mails = [
        crate::desk::mail("a@example.org", "oncall@example.org", "Nobody documented this", 5, "x"),
        crate::desk::mail("a@example.org", "oncall@example.org", "Nor this", 4, "x"),
        crate::desk::mail("x@example.org", "release+roku@mozilla.com", "Your account", 3, "x"),
    ];
    let mut desk = Desk::with(160, 45, Config::default(), &mails, false);
    let counted = |desk: &Desk| {
        let all = desk.model.inbox.categories();
        all.iter().find(|category| category.book.is_none()).map(|category| (category.total, category.open))
    };
    assert_eq!(counted(&desk), Some((2, 2)));
    desk.press("\\").types("category:roku").press("Enter");
    assert!(!desk.screen().contains("Nor this"), "filtered out of the list");
    assert!(desk.screen().to_lowercase().contains("undocumented"), "{}", desk.screen());
    assert_eq!(counted(&desk), Some((2, 2)));
}

#[test]
fn s005_an_address_outranks_a_subject() {
    let row = to("release+roku@mozilla.com", "[vcs2vcs] process delays");
    assert_eq!(category(&row), "roku");
    assert_eq!(row.class.also.len(), 1, "the other match is kept");
}

#[test]
fn s006_label_is_another_word_for_detail() {
    let mut inbox = crate::support::inbox_of(vec![crate::support::row("1.a", "Hello", "a@example.org")]);
    let mut row = crate::support::row("2.b", "Hello", "a@example.org");
    row.recipients = ["release+roku@mozilla.com".into()].into();
    inbox.apply(dutybox::triage::Change::Rows(vec![row]));
    inbox.settle(crate::support::NOW);
    for query in ["label:roku", "detail:roku"] {
        let found = inbox.select(&Query::parse(query).unwrap(), crate::support::NOW);
        assert_eq!(found.iter().map(|entry| entry.row.key.base.to_vec()).collect::<Vec<_>>(), [b"2.b"], "{query}");
    }
}

#[test]
fn s007_a_subject_is_matched_from_its_start_and_called_brittle() {
    let row = |subject: &str| mail(subject, t("10:00")).row(shipped(), 0);
    assert_eq!(category(&row("collapse report for try")), "perf-metrics");
    assert_eq!(category(&row("the collapse report for try")), "");
    let reply = row("Re: [vcs2vcs] process delays");
    assert_eq!((category(&reply), reply.role), ("vcs2vcs".to_owned(), Role::Reply));
    assert_eq!(row("Fwd: [vcs2vcs] process delays").role, Role::Forward);
    assert_eq!(category(&row("vcs2vcs process delays")), "", "brackets are never stripped");
    assert!(verdict_of("talos-machine", "", "").words().contains("by its subject alone: brittle"));
    assert!(!verdict_of("roku", "", "").words().contains("brittle"));
    let overlap = |id: &str, subject: &str| {
        let front = format!(
            "+++\nid = \"{id}\"\ntitle = \"{id}\"\nmatch = {{ subject = \"{subject}\" }}\n+++\n## What to do\n\nx\n"
        );
        (format!("{id}.md"), front)
    };
    let found = lint::lint(&Runbooks::only(&[overlap("a", "[build]*"), overlap("b", "[build] failed*")]));
    assert!(found.iter().any(|found| found.message.starts_with("overlap: ")), "{found:?}");
}

/// S010: the page's pattern is a suggestion; the pane shows it beside the one in force.
#[test]
fn s010_both_patterns_are_shown() {
    let mut desk = desk_with("try-errors", 600, 300);
    let screen = desk.press("w").screen();
    assert!(screen.contains("the page filters on: Subject Try submission *"), "{screen}");
    assert!(screen.contains("here: "), "{screen}");
}

/// S009: an archive's mail counts, is never what a silence is proved by, and is not changed.
#[test]
fn s009_an_archive_is_only_looked_into() {
    let folder = |maildir: &str| Folder {
        maildir: maildir.into(),
        name: String::new(),
        path: maildir.into(),
        read_only: maildir == "/archive",
    };
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    let follow = world.add(&delays(t("14:08")).folder(1));
    assert_eq!(world.say(auto, t("14:20")), "autofix-failed page", "its mail counts");
    assert_eq!(world.rows[follow].key.folder, FolderId(1));
    let sources = Sources { archives: vec!["/archive".into()], clock: vec!["/archive".into()], ..Sources::default() };
    let fresh = freshness(&[folder("/mail"), folder("/archive")], &world.rows, &sources, t("15:00"), None);
    assert_eq!(fresh.get(&FolderId(1)), Some(&t("14:08")), "known by its own mail only");
}

#[test]
fn s011_collapse_reports_are_performance_metrics() {
    assert_eq!(place(&row_of(&sample("collapse-report"), &hosts())), ("perf-metrics".into(), "collapse".into()));
}

#[test]
fn s012_a_suspected_machine_issue_is_not_actionable() {
    let verdict = verdict_of("talos-machine", "Subject: Talos Suspected", "Subject: Suspected");
    assert_eq!(said(&verdict), "not-actionable ignore");
    assert!(verdict.because.iter().any(|reason| reason.line == Some(22)), "{verdict:?}");
}

#[test]
fn s013_another_sender_than_nobody_at_cruncher_gets_a_badge() {
    let from =
        |sender: &str| badges(&mail("Suspected machine issue (talos-1)", t("10:00")).from(sender).row(shipped(), 0));
    assert_eq!(from("nobody@cruncher"), [""; 0]);
    assert_eq!(from("nobody@cruncher.build.mozilla.org"), [""; 0], "cruncher is a host's first part");
    assert_eq!(from("nobody@cruncher2.build.mozilla.org"), ["the sender is not one that this mail comes from"]);
    let verdict = verdict_of("talos-machine", "", "");
    assert!(!verdict.words().contains("the sender is not one"), "a mail without From is not foreign");
}

#[test]
fn s014_s038_s132_bugs_are_linked() {
    for (id, bug) in [("talos", 825_625), ("chromecast", 1_037_018), ("mozdef", 1_290_261)] {
        let linked = book(id).links.iter().any(|link| matches!(link, RunbookLink::Bug(number, _) if *number == bug));
        assert!(linked, "{id}: {bug}");
    }
}

#[test]
fn s015_a_talos_machine_issue_is_a_row_of_its_own() {
    let verdict = verdict_of("talos-machine", "", "");
    assert_eq!(said(&verdict), "talos ignore");
    assert_eq!(verdict.headline, "talos-r3-fed-041: if you do not know it, you need not care");
}

#[test]
fn s016_try_submissions_are_known() {
    for name in ["try-errors", "try-retried"] {
        assert_eq!(category(&row_of(&sample(name), &hosts())), "try-submission", "{name}");
    }
}

#[test]
fn s017_a_try_mail_to_somebody_else_gets_a_badge() {
    assert_eq!(badges(&to("autolanduser@mozilla.com", "Try submission 3f1c0a9d7b52")), [""; 0]);
    let other = to("jdoe@mozilla.com", "Try submission 3f1c0a9d7b52");
    assert_eq!(place(&other), ("try-submission".into(), "other-recipient".into()));
    assert_eq!(badges(&other), ["not to autolanduser@mozilla.com"]);
}

#[test]
fn s018_a_major_error_is_major_at_the_first_mail() {
    let mut world = World::shipped();
    let first = world.add(&major(t("10:00:03")));
    let verdict = world.verdict(first, t("10:00:03"));
    assert_eq!(said(&verdict), "major act");
    assert!(verdict.known && verdict.may_become.is_empty());
}

#[test]
fn s019_s025_s026_people_and_what_must_be_told() {
    let major = book("vcs2vcs").case("major").unwrap();
    assert_eq!(major.requires, [Requirement::Told]);
    assert_eq!(people("vcs2vcs", Verb::Tell), ["buildduty", "hwine"]);
    assert_eq!(category(&to("release+amp@mozilla.com", "Your app was updated")), "amp");
    let verdict = verdict_of("amp", "", "");
    assert_eq!(said(&verdict), "forward act");
    assert_eq!(verdict.people, [(Verb::Forward, vec!["blassey".to_owned(), "snorp".to_owned()])]);
}

#[test]
fn s020_the_number_of_a_push_is_a_digit_and_both_spellings_match() {
    let kind = |subject: &str| place(&mail(subject, t("10:00")).from(HOST).row(shipped(), 0)).1;
    assert_eq!(kind("[vcs2vcs]: git.m.o push 1 failed: 128"), "push");
    assert_eq!(kind("[vcs2vcs]: git.m.o push 2 failed for gecko.git: 128"), "push");
    assert_eq!(kind("[vcs2vcs]: git.m.o push N failed: 128"), "other");
}

/// S021: repeated is major, once the section's two sets are over; the contradiction is shown.
#[test]
fn s021_repeated_pushes_are_major() {
    let mut world = World::shipped();
    let rows: Vec<usize> = (10..13)
        .flat_map(|hour| [push(1, t(&format!("{hour}:00"))), push(2, t(&format!("{hour}:01")))])
        .map(|mail| world.add(&mail))
        .collect();
    let verdict = world.verdict(rows[0], t("12:02"));
    assert_eq!(said(&verdict), "push-many-sets act");
    assert_eq!(verdict.people, [(Verb::Tell, vec!["buildduty".to_owned(), "hwine".to_owned()])]);
    assert!(book("vcs2vcs").gaps.iter().any(|gap| gap.text.contains("calls a repeated push failure major")));
}

#[test]
fn s022_repeated_process_delays_are_major() {
    let mut world = World::shipped();
    let first = world.add(&delays(t("10:00")));
    world.add(&delays(t("10:30")));
    let verdict = world.verdict(first, t("10:31"));
    assert_eq!(said(&verdict), "irregular act");
    assert!(verdict.people.iter().any(|(verb, who)| *verb == Verb::Tell && who == &["buildduty", "hwine"]));
}

/// S023, S029, S049, S065, S100: what the page only linked to has its place, marked as lost.
#[test]
fn s023_s029_s049_s065_s100_lost_links_keep_their_place() {
    for (id, line) in
        [("release-runner", 28), ("aws", 30), ("change-window", 43), ("vcs2vcs", 83), ("release-runner", 125)]
    {
        let lost = book(id).links.iter().any(|link| matches!(link, RunbookLink::Lost(_, Some(at)) if *at == line));
        assert!(lost, "{id}, line {line}");
    }
    let mut desk = desk_with("release-runner", 600, 300);
    let screen = desk.press("w").screen();
    assert!(screen.contains("the page lost its link to how to investigate release runner failures"), "{screen}");
}

#[test]
fn s024_without_a_release_a_failure_of_its_runner_is_ignored() {
    let mut world = World::shipped();
    let runner = world.add(&mail("[release-runner] failed", t("10:00")).from("release@signing1.example.org"));
    assert_eq!(world.say(runner, t("10:01")), "ask decide", "nobody said");
    world.switch("release", "no", t("9:00"), t("10:02"));
    assert_eq!(world.say(runner, t("10:03")), "no-release ignore");
    world.switch("release", "yes", t("9:30"), t("10:04"));
    assert_eq!(world.say(runner, t("10:05")), "investigate act", "the state at mail time counts");
}

#[test]
fn s028_account_mail_of_aws_is_told_from_marketing() {
    let kind = |row: &Row| place(row).1;
    let aws = || mail("News", t("10:00")).to("release+aws@mozilla.com");
    assert_eq!(kind(&aws().from("x@amazon.com").header("List-Unsubscribe: <x>").row(shipped(), 0)), "marketing");
    assert_eq!(
        kind(&aws().from("no-reply-aws@amazon.com").header("List-Unsubscribe: <x>").row(shipped(), 0)),
        "notice"
    );
    assert_eq!(kind(&to("release+aws@mozilla.com", "Your invoice")), "billing");
    assert_eq!(kind(&aws().from("health@aws.com").row(shipped(), 0)), "health");
}

/// S030, S031, S033, S039, S040: whom the Index says to contact.
#[test]
fn s030_s031_s033_s039_s040_whom_to_contact() {
    for (id, who) in [
        ("aws", "catlee"),
        ("bitbucket", "hwine"),
        ("aws-sanity-check", "rail"),
        ("v2v-gh", "vcs-sync"),
        ("roku", "mfinkle"),
    ] {
        assert_eq!(people(id, Verb::Contact), [who], "{id}");
    }
    assert_eq!(verdict_of("bitbucket", "", "").people, [(Verb::Contact, vec!["hwine".to_owned()])]);
    assert_eq!(verdict_of("roku", "", "").headline, "Roku account: contact mfinkle");
}

#[test]
fn s032_the_blocks_of_the_sanity_report_are_counted() {
    let row = row_of(&sample("aws-sanity"), &hosts());
    let blocks = labels(&row, "blocks");
    assert!(blocks.contains(&"Impaired instances: 1".to_owned()), "{blocks:?}");
    assert!(blocks.contains(&"Lazy long running instances: 1".to_owned()), "{blocks:?}");
    assert!(!blocks.iter().any(|block| block.contains("unknown type")), "an empty block is no news: {blocks:?}");
    let verdict = verdict_of("aws-sanity", "", "");
    assert_eq!(said(&verdict), "impaired decide");
    assert!(verdict.words().contains("Impaired instances: 1"), "{}", verdict.words());
}

#[test]
fn s034_ec2_and_any_machine_is_cron_output() {
    assert_eq!(category(&to("release+ec2.buildbot-master7@mozilla.com", "Cron <root@x> job")), "ec2-cron");
    assert_eq!(category(&to("release+ec2.@mozilla.com", "Cron <root@x> job")), "ec2-cron", "a wildcard may be empty");
    assert_eq!(category(&to("release+ec2x@mozilla.com", "Cron <root@x> job")), "", "the dot is a dot");
}

#[test]
fn s035_the_machine_is_shown_from_address_and_subject() {
    let row = row_of(&sample("ec2-cron"), &hosts());
    let label = row.class.labels.iter().find(|label| label.name == "machine").unwrap();
    assert_eq!((label.value.as_str(), label.from.as_str()), ("vcssync1", "To"));
    let verdict = verdict_of("ec2-cron", "", "");
    assert_eq!(verdict.headline, "FIX ISSUE: cron error on vcssync1");
    assert!(verdict.words().contains("machine: vcssync1"), "{}", verdict.words());
}

#[test]
fn s036_s037_fix_issue_asks_for_a_claim_or_a_note() {
    for (id, case) in
        [("ec2-cron", "fix"), ("ec2-cron", "unclaimed"), ("sns", "alarm"), ("sns", "unclaimed"), ("sns", "other")]
    {
        let case = book(id).case(case).unwrap();
        assert_eq!((case.call, case.requires.as_slice()), (Call::Act, [Requirement::ClaimOrNote].as_slice()), "{id}");
    }
    assert_eq!(category(&to("release+sns@mozilla.com", "Anything")), "sns");
    assert!(book("sns").never_ignore.is_some() && book("ec2-cron").never_ignore.is_some());
}

/// S041, S042, S126: where the page gives no action, the pane says so and nothing is invented.
#[test]
fn s041_s042_s126_no_action_is_said_to_be_none() {
    for id in ["signaddons", "ubuntu-store"] {
        let verdict = verdict_of(id, "", "");
        assert_eq!((verdict.call, verdict.people.len()), (Call::Decide, 0), "{id}");
        assert!(verdict.headline.contains("gives no action"), "{}", verdict.headline);
        assert!(book(id).gaps.iter().any(|gap| gap.text.contains("gives no action")), "{id}");
    }
    assert!(book("chromecast").gaps.iter().any(|gap| gap.line == Some(210)));
}

#[test]
fn s043_s044_security_alerts_notify_the_team_and_infosec_together() {
    let verdict = verdict_of("mozdef-hourly", "", "");
    assert_eq!(verdict.people, [(Verb::Notify, vec!["team".to_owned(), "infosec".to_owned()])]);
    assert_eq!(book("mozdef").title, "Security alerts from MozDef");
}

#[test]
fn s045_mail_of_the_moc_is_for_a_person_to_read() {
    let verdict = verdict_of("moc", "", "");
    assert_eq!(said(&verdict), "read decide");
    assert!(book("moc-notifications").human);
    assert!(book("moc-notifications").links.iter().any(|link| matches!(link, RunbookLink::Lost(_, Some(41)))));
}

#[test]
fn s046_much_activity_of_the_apple_account_goes_to_the_manager() {
    let apple = |at| mail("Your Apple ID was used", at).to("release+appleagent@mozilla.com").from("x@apple.com");
    let mut world = World::shipped();
    let rows: Vec<usize> = (0..11).map(|n| world.add(&apple(plus(t("10:00"), n * 60)))).collect();
    let verdict = world.verdict(rows[0], t("10:15"));
    assert_eq!(said(&verdict), "many act");
    assert!(verdict.people.contains(&(Verb::Tell, vec!["manager".to_owned()])), "{:?}", verdict.people);
}

#[test]
fn s047_either_address_asks_for_the_next_wednesday() {
    let mut world = World::shipped();
    // The day of these tests is a Thursday.
    for (address, at, window) in [
        ("release+wcw@mozilla.com", t("10:00"), "Wed 2013-11-27"),
        ("release+wmw@mozilla.com", t("10:00"), "Wed 2013-11-27"),
        ("release+wcw@mozilla.com", t("+6 10:00"), "Wed 2013-11-27"),
        ("release+wcw@mozilla.com", t("+7 10:00"), "Wed 2013-12-04"),
    ] {
        let row = world.add(&mail("Change", at).to(address));
        let verdict = world.verdict(row, plus(at, 60));
        assert_eq!(
            verdict.headline,
            format!("Request for the window of {window}: ciduty or the manager should respond")
        );
        assert_eq!(verdict.people, [(Verb::Respond, vec!["ciduty".to_owned(), "manager".to_owned()])]);
    }
    // In the zone of the mail: it is still Wednesday at the Pacific, and Thursday in UTC.
    let row = world.add(&mail("Change", t("+7 05:00")).offset("-0800").to("release+wcw@mozilla.com"));
    let headline = world.verdict(row, t("+7 05:01")).headline;
    assert!(headline.contains("Wed 2013-11-27"), "{headline}");
}

#[test]
fn s048_a_reply_in_the_thread_settles_a_request() {
    let mut world = World::shipped();
    let request = world.add(&mail("Change", t("10:00")).to("release+wcw@mozilla.com").id(Some("chg@x")));
    assert_eq!(world.say(request, t("11:00")), "request decide");
    assert_eq!(world.say(request, t("+1 10:00")), "owed act");
    world.register.replies.push(Reply { to: vec!["chg@x".into()], by: "ann".into(), at: t("12:00") });
    let verdict = world.verdict(request, t("+1 10:00"));
    assert_eq!(said(&verdict), "answered note");
    assert!(verdict.headline.starts_with("ann responded"), "{}", verdict.headline);
}

/// S050, S144: what must not leave the team is hidden in what is passed on.
#[test]
fn s050_s144_partners_and_codes_are_hidden() {
    let hide = |id: &str, text: &str| {
        book(id).redact.iter().fold(text.to_owned(), |text, (_, regex)| regex.replace_all(&text, "…").into_owned())
    };
    let hidden = hide("github", &sample("github-private-access"));
    for name in ["acme-xpi", "mozilla-partners", "jdoe-partner"] {
        assert!(!hidden.contains(name), "{name}: {hidden}");
    }
    let hidden = hide("appleagent", &sample("appleagent-code").replace("000000", "493021"));
    assert!(!hidden.contains("493021"), "{hidden}");
    assert_eq!(category(&to("release+github@mozilla.com", "You were added")), "github");
}
