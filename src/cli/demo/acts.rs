//! What the operators of the demo have told: a journal to go with its mails, so that what depends on it can be seen.

use super::script::{DAY, HOUR, MINUTE, Script};
use crate::mail::Time;
use crate::runbook::{Call, Verb};
use crate::triage::told::{ActId, Deed, Scope, Step};

/// An act of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAct {
    /// When it was recorded.
    pub at: Time,
    /// Who.
    pub by: &'static str,
    /// What.
    pub deed: Deed,
    /// About which mails, by their tags: all that have one.
    pub about: &'static [&'static str],
    /// The call of these mails when it was done.
    pub call: Call,
}

/// The demo's acts as of that time, oldest first. The journal is empty before, so that the first is number 1.
pub fn acts(at: Time) -> Vec<DemoAct> {
    let script = Script::at(at);
    let now = at.0;
    let mut acts: Vec<(&str, DemoAct)> = Vec::new();
    // `name` is for acts that are about another act.
    let mut act =
        |name: &'static str, at: i64, by: &'static str, deed: Deed, about: &'static [&'static str], call: Call| {
            acts.push((name, DemoAct { at: Time(at), by, deed, about, call }));
        };
    let earlier = ActId(0);
    let switch = |is: &str, from: i64| Deed::Switch { name: "release".into(), is: is.into(), from: Time(from) };
    let expect = |name: &str, from: i64, to: i64, who: &str| Deed::Expect {
        name: name.into(),
        from: Time(from),
        to: Time(to),
        who: who.into(),
    };
    let reach =
        |verb, who: &str, text: &str| Deed::Reach { verb, who: vec![who.into()], text: text.into(), hook: None };

    // Much mail of the Chromecast account was looked into; much of the Apple IDs the manager knows.
    act(
        "",
        now - 3 * DAY - 10 * HOUR,
        "ben",
        Deed::Resolve { at: Time(now - 3 * DAY - 11 * HOUR) },
        &["cast-unusual"],
        Call::Act,
    );
    act("", now - 3 * DAY - 9 * HOUR, "ben", Deed::Done, &["mozdef-look"], Call::Decide);
    act(
        "",
        now - 20 * HOUR,
        "ben",
        reach(Verb::Tell, "manager", "11 verification codes in two hours"),
        &["apple-many"],
        Call::Act,
    );
    act("", now - 19 * HOUR, "ben", Deed::Resolve { at: Time(now - 19 * HOUR) }, &["apple-many"], Call::Act);
    act("", now - 94 * MINUTE, "ann", Deed::Claim { scope: Scope::Message }, &["apple-claimed"], Call::Decide);

    // No release yesterday, one today; a wrong word about it was taken back.
    act("", now - 30 * HOUR, "ben", switch("no", now - 30 * HOUR), &[], Call::Ignore);
    act("wrong", now - 170 * MINUTE, "ann", switch("unknown", now - 170 * MINUTE), &[], Call::Ignore);
    act("", now - 168 * MINUTE, "ann", Deed::Undo(earlier), &[], Call::Ignore);
    act("", now - 140 * MINUTE, "ann", switch("yes", now - 155 * MINUTE), &[], Call::Ignore);
    act(
        "",
        now - 100 * MINUTE,
        "ann",
        Deed::Note { text: "Firefox 55.0b3 build 2; the partial blob is being made again".into() },
        &["runner-start"],
        Call::Act,
    );

    // What is expected.
    act(
        "",
        now - 16 * HOUR,
        "ben",
        expect("change-window", now - 15 * HOUR, now - 13 * HOUR, "cab"),
        &[],
        Call::Ignore,
    );
    act(
        "",
        now - 3 * HOUR,
        "ann",
        expect("adhoc-signing", now - 90 * MINUTE, now - 60 * MINUTE, "ben"),
        &[],
        Call::Ignore,
    );

    // The major errors were resolved within their second hour, and came back.
    let fixed = script.hour(4) + 20 * MINUTE;
    act(
        "",
        fixed + 3 * MINUTE,
        "ann",
        reach(Verb::Contact, "hwine", "Major errors on github-sync2: network, fixed"),
        &["major-resolved"],
        Call::Act,
    );
    act("", fixed + 5 * MINUTE, "ann", Deed::Resolve { at: Time(fixed) }, &["major-resolved"], Call::Act);

    // They began again; the recovery of the repository took an hour.
    let recovery =
        |is: &str, from: i64| Deed::Switch { name: "vcs2vcs-recovery".into(), is: is.into(), from: Time(from) };
    let began = script.hour(2) + 30 * MINUTE;
    act("", began + MINUTE, "ann", recovery("yes", began), &[], Call::Ignore);
    act("", began + HOUR, "ann", recovery("no", began + HOUR), &[], Call::Ignore);
    act("", now - 18 * HOUR, "ben", Deed::Claim { scope: Scope::Message }, &["window-answered"], Call::Decide);

    // hwine was paged for the outage, and answered.
    let outage = script.tick(2);
    act(
        "paged",
        outage + 3 * MINUTE,
        "ann",
        reach(Verb::Page, "hwine", "Service outage on github-sync4"),
        &["delays-outage"],
        Call::Page,
    );
    act(
        "",
        outage + 9 * MINUTE,
        "ann",
        Deed::Answered { of: earlier, text: "hwine: looking at it now".into() },
        &["delays-outage"],
        Call::Page,
    );

    // An alarm has somebody who works on it, a cron mail its severity, an instance its first step.
    act("", now - 65 * MINUTE, "ann", Deed::Claim { scope: Scope::Incident }, &["sns-claimed"], Call::Act);
    act("", now - 4 * HOUR, "ben", Deed::Severity { call: Call::Note }, &["cron-output"], Call::Decide);
    let step =
        |case: &str, of: &str, text: &str| Deed::Tick(Step { case: case.into(), of: of.into(), text: text.into() });
    let find = "Find out which host runs on {instance}";
    act("", now - 6 * HOUR, "ben", step("due-soon", "i-0a1b2c3d4e5f60718", find), &["ec2-due-soon"], Call::Act);
    // Of two instances that are overdue one is done.
    let texts = [find, "Is it still up? Power {instance} down in order", "Start {instance} again"];
    for (hours, text) in [75, 74, 73].into_iter().zip(texts) {
        act("", now - hours * HOUR, "ben", step("overdue", "i-0f0e77aa", text), &["ec2-overdue"], Call::Act);
    }

    // A text for a bug that nobody has logged yet; what was put off, hidden, done, and done by mistake.
    let log = "AUTOFIX worked on github-sync2.dmz.scl3.mozilla.com".to_owned();
    act("", now - 2 * HOUR, "ann", Deed::BugText { bug: Some(829_025), text: log }, &["autofix-worked"], Call::Note);
    act(
        "",
        now - 2 * HOUR,
        "ann",
        Deed::Snooze { until: Time(now + 2 * HOUR), scope: Scope::Incident },
        &["window-requested"],
        Call::Decide,
    );
    act(
        "",
        now - 9 * HOUR,
        "ben",
        Deed::Ignore { reason: "promotion, looked at".into(), scope: Scope::Message, until: None },
        &["cast-promotion"],
        Call::Decide,
    );
    act("", now - 4 * HOUR, "ben", Deed::Done, &["puppet-cleaned"], Call::Note);
    act("mistake", now - 3 * HOUR, "ben", Deed::Done, &["puppet-not-cleaned"], Call::Decide);
    act("", now - 3 * HOUR + 40, "ben", Deed::Undo(earlier), &["puppet-not-cleaned"], Call::Decide);

    acts.sort_by_key(|(_, act)| act.at);
    let number = |wanted: &str| {
        let place = acts.iter().position(|(name, _)| *name == wanted).unwrap_or_default();
        ActId(i64::try_from(place + 1).unwrap_or_default())
    };
    let (wrong, mistake, paged) = (number("wrong"), number("mistake"), number("paged"));
    for (_, act) in &mut acts {
        match &mut act.deed {
            Deed::Undo(of) => *of = if act.about.is_empty() { wrong } else { mistake },
            Deed::Answered { of, .. } => *of = paged,
            _ => {}
        }
    }
    acts.into_iter().map(|(_, act)| act).collect()
}
