//! The verdict machines V1 to V12: each state is a case of a shipped runbook, with our own numbers called ours.

use super::*;
use dutybox::runbook::Call;

/// Machine, state, runbook, case, call, whether a number in it is our default.
type State = (u8, &'static str, &'static str, &'static str, Call, bool);

use Call::{Act, Decide, Ignore, Note, Page, Wait};

const STATES: &[State] = &[
    (1, "failed", "vcs2vcs", "autofix-failed", Page, true),
    (1, "failed, its follow-up", "vcs2vcs", "autofix-failed-followup", Page, true),
    (1, "worked", "vcs2vcs", "autofix-worked", Note, false),
    (2, "single", "vcs2vcs", "single", Note, false),
    (2, "outage", "vcs2vcs", "outage", Page, true),
    (2, "irregular repeat", "vcs2vcs", "irregular", Act, true),
    (2, "stopped", "vcs2vcs", "stopped", Note, true),
    (3, "major", "vcs2vcs", "major", Act, false),
    (3, "major, corruption", "vcs2vcs", "major-corruption", Act, true),
    (3, "recovering", "vcs2vcs", "recovering", Wait, false),
    (3, "straggler", "vcs2vcs", "straggler", Note, false),
    (4, "lone, set 1 and 2", "vcs2vcs", "push-ignorable", Ignore, false),
    (4, "third set", "vcs2vcs", "push-many-sets", Act, true),
    (4, "many lone", "vcs2vcs", "push-many-lone", Decide, true),
    (5, "ignore", "release-runner", "no-release", Ignore, false),
    (5, "investigate", "release-runner", "investigate", Act, false),
    (5, "unknown: ask", "release-runner", "ask", Decide, false),
    (6, "due in", "ec2-retirement", "scheduled", Act, false),
    (6, "due within a day", "ec2-retirement", "due-soon", Act, true),
    (6, "overdue", "ec2-retirement", "overdue", Act, false),
    (7, "fresh", "sns", "alarm", Act, false),
    (7, "unclaimed", "sns", "unclaimed", Act, true),
    (7, "claimed by", "sns", "claimed", Wait, false),
    (7, "closed by its OK", "sns", "closed", Note, false),
    (7, "unparsed", "sns", "unparsed", Act, false),
    (8, "normal", "mozdef", "normal", Note, true),
    (8, "first seen", "mozdef", "first-seen", Decide, true),
    (8, "off cadence", "mozdef", "off-cadence", Decide, true),
    (9, "unclaimed", "appleagent", "fresh", Decide, false),
    (9, "claimed", "appleagent", "claimed", Note, false),
    (9, "escalate", "appleagent", "unclaimed", Act, true),
    (9, "manager", "appleagent", "many", Act, true),
    (10, "info", "puppet", "waiting", Note, false),
    (10, "being cleaned", "puppet", "cleaning", Wait, false),
    (10, "cleaned by itself", "puppet", "cleaned", Note, true),
    (10, "unresolved", "puppet", "not-cleaned", Decide, true),
    (11, "expected", "adhoc-signing", "expected", Note, false),
    (11, "not expected", "adhoc-signing", "not-expected", Act, false),
    (12, "promotion?", "chromecast", "promotion", Decide, true),
    (12, "forward", "chromecast", "forward", Act, false),
    (12, "unusual traffic", "chromecast", "unusual", Act, true),
];

#[test]
fn each_state_is_a_case_and_our_numbers_are_called_ours() {
    for (machine, state, id, case, call, ours) in STATES {
        let found = book(id).case(case).unwrap_or_else(|| panic!("V{machine} {state}: {id} has no case {case}"));
        assert_eq!((found.call, found.ours), (*call, *ours), "V{machine} {state}");
    }
    assert!((1..=12).all(|machine| STATES.iter().any(|(number, ..)| *number == machine)));
}

/// V1: where it cannot be known, the runbook has words for it.
#[test]
fn v1_cannot_tell_has_words_of_its_own() {
    let words = book("vcs2vcs").case("autofix-failed").unwrap().if_unknown.as_deref();
    assert_eq!(words, Some("cannot tell whether AUTOFIX worked on {host}"));
}

/// V5: a broken setup mails about once a minute: one incident, with how many and how long.
#[test]
fn v5_a_burst_is_one_row_with_its_duration() {
    let mut world = World::shipped();
    world.switch("release", "yes", t("12:00"), t("12:00"));
    let runner = |at| mail("[release-runner] failed", at).from("release@signing1.example.org");
    let rows: Vec<usize> = (0..30).map(|minute| world.add(&runner(plus(t("13:00"), minute * 61)))).collect();
    let verdict = world.verdict(rows[29], t("13:30"));
    assert_eq!(
        verdict.headline,
        "Release runner fails while a release is being started: ×30 in 29m29s, 13:00 to 13:29"
    );
    assert_eq!(world.incident(rows[0], t("13:30")).count, 30);
    let one = world.add(&runner(t("15:00")));
    assert_eq!(
        world.verdict(one, t("15:01")).headline,
        "Release runner fails while a release is being started: once, 15:00"
    );
}

/// V6: the three steps are ticked for each instance, so that each has its own progress.
#[test]
fn v6_each_instance_has_its_own_progress() {
    for case in ["scheduled", "due-soon", "overdue"] {
        let case = book("ec2-retirement").case(case).unwrap();
        assert_eq!((case.per.as_deref(), case.steps.len()), (Some("instance"), 3), "{}", case.id);
    }
}
