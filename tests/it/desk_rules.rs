//! What the page asks of the operator: what must be recorded before a mail is done, what is not ignored, who claimed it.

use crate::desk::Desk;
use crate::support::act;
use crate::verdicts::kit::*;
use dutybox::app::effect::Effect;
use dutybox::mail::{Flags, Time};
use dutybox::runbook::case::{BugUse, Requirement};
use dutybox::runbook::{Call, Verb};
use dutybox::triage::inbox::Inbox;
use dutybox::triage::permit::{Cause, refusal, warnings};
use dutybox::triage::row::{Change, Folder, MailKey};
use dutybox::triage::standing::MessageState;
use dutybox::triage::texts::bug_notes;
use dutybox::triage::told::{Act, ActId, Deed, Scope};
use std::sync::Arc;

/// A mailbox on duty, at a time, with what the operator tells.
struct Duty {
    inbox: Inbox,
    acts: i64,
}

impl Duty {
    /// These mails under the shipped runbooks, at that time.
    fn with(mails: &[Mail], now: Time) -> Duty {
        let mut inbox = Inbox::new(Arc::new(shipped().clone())).in_zone(jiff::tz::TimeZone::UTC);
        let folder = Folder { maildir: "/mail".into(), name: String::new(), path: "/mail".into(), read_only: false };
        inbox.apply(Change::Folders(vec![folder]));
        let history = mail("Where history begins", Time(DAY - 365 * 86_400));
        let rows = mails.iter().chain([&history]).enumerate().map(|(number, mail)| mail.row(shipped(), number));
        inbox.apply(Change::Rows(rows.collect()));
        inbox.settle(now);
        Duty { inbox, acts: 0 }
    }

    fn key(&self, number: usize) -> MailKey {
        let name = format!(".m{number}");
        let found = self.inbox.rows().iter().find(|row| String::from_utf8_lossy(&row.key.base).ends_with(&name));
        found.expect("it is there").key.clone()
    }

    /// Why that would be refused for a mail.
    fn refused(&self, number: usize, deed: &Deed) -> Option<Cause> {
        refusal(&self.inbox, deed, &[self.key(number)]).map(|refusal| refusal.cause)
    }

    /// An act of ann's about a mail, at that time.
    fn tell(&mut self, number: usize, deed: Deed, now: Time) {
        self.acts += 1;
        let row = self.inbox.get(&self.key(number)).unwrap().clone();
        let call = self.inbox.standing(&row.key).map(|standing| standing.call());
        let mut act: Act = act(self.acts, deed, &[&row]);
        act.at = now;
        act.targets[0].call = call;
        self.inbox.tell(act);
        self.inbox.settle(now);
    }

    fn state(&self, number: usize) -> MessageState {
        self.inbox.state(self.inbox.get(&self.key(number)).unwrap())
    }

    fn headline(&self, number: usize) -> String {
        self.inbox.verdict(self.inbox.get(&self.key(number)).unwrap()).headline
    }

    fn needs_you(&self, number: usize) -> bool {
        self.inbox.needs_you(self.inbox.get(&self.key(number)).unwrap())
    }
}

fn requires(requirement: Requirement) -> Option<Cause> {
    Some(Cause::Requires(vec![requirement]))
}

fn reach(verb: Verb, who: &str) -> Deed {
    Deed::Reach { verb, who: vec![who.into()], text: "look at it".into(), hook: None }
}

fn ignore(reason: &str, until: Option<Time>) -> Deed {
    Deed::Ignore { reason: reason.into(), scope: Scope::Message, until }
}

fn runner(at: Time) -> Mail {
    mail("[release-runner] failed", at).from("release@signing1.example.org")
}

fn cron(at: Time) -> Mail {
    mail("Cron <root@db1> job", at).to("release+ec2.db1@mozilla.com")
}

fn apple(at: Time) -> Mail {
    mail("Your Apple ID was used", at).to("release+appleagent@mozilla.com").from("x@apple.com")
}

#[test]
fn s019_done_asks_who_was_told() {
    let mut duty = Duty::with(&[major(t("10:00:03"))], t("10:05"));
    assert_eq!(duty.refused(0, &Deed::Done), requires(Requirement::Told));
    duty.tell(0, reach(Verb::Tell, "hwine"), t("10:06"));
    assert_eq!(duty.refused(0, &Deed::Done), None);
    let reached = &duty.state(0).reached[0];
    assert_eq!(
        (reached.verb, reached.who.as_slice(), reached.said.by.as_str()),
        (Verb::Tell, ["hwine".to_owned()].as_slice(), "ann")
    );
}

#[test]
fn s036_fix_issue_is_done_with_a_claim_or_a_note() {
    for deed in [Deed::Claim { scope: Scope::Incident }, Deed::Note { text: "disk was full, cleaned".into() }] {
        let mut duty = Duty::with(&[cron(t("10:00"))], t("10:05"));
        assert_eq!(duty.refused(0, &Deed::Done), requires(Requirement::ClaimOrNote));
        duty.tell(0, deed, t("10:06"));
        assert_eq!(duty.refused(0, &Deed::Done), None);
    }
}

#[test]
fn s056_metrics_may_be_ignored_for_ever() {
    let duty = Duty::with(&[mail("collapse report", t("6:00"))], t("7:00"));
    assert_eq!(duty.refused(0, &ignore("not my numbers", None)), None);
}

/// S057: it stands in the operator's own journal, and sets nothing in the mailbox but that it was seen.
#[test]
fn s057_an_ignore_is_of_the_operator() {
    let mut ann = Duty::with(&[mail("collapse report", t("6:00"))], t("7:00"));
    let ben = Duty::with(&[mail("collapse report", t("6:00"))], t("7:00"));
    let deed = ignore("not my numbers", None);
    assert_eq!(deed.flags(), (Flags::SEEN, Flags::NONE));
    ann.tell(0, deed, t("7:01"));
    assert_eq!(ann.state(0).ignored.map(|said| (said.by, said.text)), Some(("ann".into(), "not my numbers".into())));
    assert_eq!(ben.state(0).ignored, None);
}

/// S061, S123, and the other rules that the page never lets go (N19): not without an end, and not without a reason.
#[test]
fn s061_s123_what_must_be_addressed_is_not_ignored_for_ever() {
    let sns = mail("ALARM: \"disk\" in US East", t("10:00")).to("release+sns@mozilla.com");
    let moc = mail("Outage", t("10:00")).to("release+moc_notifications@mozilla.com");
    let duty = Duty::with(&[delays(t("10:00")), sns, cron(t("10:00")), moc], t("10:05"));
    for number in 0..4 {
        assert_eq!(duty.refused(number, &ignore("enough", None)), Some(Cause::NeverIgnore), "{number}");
        assert_eq!(duty.refused(number, &ignore("", Some(t("12:00")))), Some(Cause::NoReason), "{number}");
        assert_eq!(duty.refused(number, &ignore("known, fixed at noon", Some(t("12:00")))), None, "{number}");
    }
    let refused = refusal(&duty.inbox, &ignore("enough", None), &[duty.key(0)]).unwrap();
    assert!(refused.words.contains("line 79"), "{refused}");
}

/// S070, S071: log it and delete it, or delete it and leave the log to hwine; the log is pending until it is confirmed.
#[test]
fn s070_s071_logged_or_left_to_hwine_then_trashed() {
    let mut duty = Duty::with(&[autofix(t("10:07"))], t("10:30"));
    duty.inbox.set_sources(dutybox::triage::verdicts::Sources { clock: vec!["/mail".into()], ..Default::default() });
    duty.inbox.settle(t("10:30"));
    let row = duty.inbox.get(&duty.key(0)).unwrap();
    let verdict = duty.inbox.verdict(row);
    assert_eq!(verdict.case.as_deref(), Some("autofix-worked"), "{verdict:?}");
    let (_, incident) = duty.inbox.incident_of(row).unwrap();
    let book = duty.inbox.book(row).unwrap();
    let notes = bug_notes(book, verdict.case.as_deref(), row, Some(incident), None);
    assert_eq!(notes[0].into, BugUse::Comment(829_025));
    assert!(notes[0].text.contains("2013-11-21 10:07:00 UTC"), "{}", notes[0].text);
    let text = notes[0].text.clone();
    duty.tell(0, Deed::BugText { bug: Some(829_025), text: text.clone() }, t("10:31"));
    assert_eq!(duty.state(0).bug_texts.iter().map(|text| text.logged).collect::<Vec<_>>(), [None], "pending");
    duty.tell(0, Deed::Logged { of: ActId(1) }, t("10:33"));
    assert_eq!(duty.state(0).bug_texts[0].logged, Some(t("10:33")));
    assert_eq!(duty.refused(0, &Deed::Trash), None, "and delete");
    let left = Duty::with(&[autofix(t("10:07"))], t("10:30"));
    assert_eq!(left.refused(0, &Deed::Trash), None, "or just delete: nothing is asked for");
}

#[test]
fn s089_done_asks_how_severe_it_is() {
    let other = mail("Something new", t("10:00")).from(HOST).to("release+vcs2vcs@mozilla.com");
    let mut duty = Duty::with(&[other], t("10:05"));
    assert_eq!(duty.refused(0, &Deed::Done), requires(Requirement::Severity));
    duty.tell(0, Deed::Severity { call: Call::Note }, t("10:06"));
    assert_eq!(duty.refused(0, &Deed::Done), None);
    assert_eq!(duty.state(0).severity.map(|(call, _)| call), Some(Call::Note));
}

/// S101, S102: waiting out a network problem has an end, and no other program hears of it.
#[test]
fn s101_s102_waiting_has_an_end_and_is_local() {
    let mut duty = Duty::with(&[runner(t("10:00"))], t("10:05"));
    assert!(duty.needs_you(0));
    let snooze = Deed::Snooze { until: t("11:00"), scope: Scope::Incident };
    assert_eq!(snooze.flags(), (Flags::NONE, Flags::NONE), "nothing in the mailbox changes");
    assert_eq!(duty.refused(0, &Deed::Snooze { until: t("10:05"), scope: Scope::Incident }), Some(Cause::NotAhead));
    duty.tell(0, snooze, t("10:06"));
    assert!(!duty.needs_you(0));
    assert_eq!(duty.state(0).snoozed.and_then(|said| said.until), Some(t("11:00")));
    duty.inbox.settle(t("11:00"));
    assert!(duty.needs_you(0), "it comes back by itself");
}

/// S119, S147: a claim has a name, is seen in the headline, and ends the wait for one; given back it is open again.
#[test]
fn s119_s147_claimed_by_name() {
    let sns = mail("ALARM: \"disk\" in US East", t("10:00"))
        .from("no-reply@sns.amazonaws.com")
        .to("release+sns@mozilla.com")
        .body("Amazon CloudWatch Alarm \"disk\" in the US East region\n");
    let mut duty = Duty::with(&[sns, apple(t("10:00"))], t("10:30"));
    assert!(duty.needs_you(0) && duty.needs_you(1));
    for number in [0, 1] {
        duty.tell(number, Deed::Claim { scope: Scope::Incident }, t("10:31"));
        assert_eq!(duty.state(number).claimed.map(|said| said.by), Some("ann".to_owned()));
        assert!(!duty.needs_you(number), "somebody has it: {}", duty.headline(number));
    }
    assert_eq!(duty.headline(0), "ann is working on it, since 10:31: disk");
    assert_eq!(duty.headline(1), "ann claimed it, 10:31");
    duty.tell(0, Deed::Unclaim { scope: Scope::Incident }, t("10:40"));
    assert!(duty.needs_you(0));
}

/// S088: hwine had each push failure by SMS, which whoever reaches for hwine is told.
#[test]
fn s088_who_pages_hwine_is_told_of_the_sms() {
    let mut mails = Vec::new();
    for hour in 10..13 {
        mails.extend([push(1, t(&format!("{hour}:00"))), push(2, t(&format!("{hour}:01")))]);
    }
    let duty = Duty::with(&mails, t("12:05"));
    let warned = warnings(&duty.inbox, &[duty.key(0)], &["hwine".into()], &jiff::tz::TimeZone::UTC);
    assert_eq!(warned, ["hwine had each of these by SMS already"]);
}

/// S128: one key, and the forward is addressed to both.
#[test]
fn s128_one_key_forwards_to_both() {
    let mut config = dutybox::config::Config { me: Some("ann".into()), ..Default::default() };
    for nick in ["blassey", "mfinkle"] {
        config.contacts.insert(nick.into(), vec![format!("{nick}@example.org")]);
    }
    let cast = crate::desk::mail("noreply@google.com", "release+chromecast@mozilla.com", "Your device", 5, "x");
    let mut desk = Desk::with(160, 45, config, &[cast], false);
    let screen = desk.press("f").screen();
    assert!(screen.contains("blassey") && screen.contains("mfinkle"), "{screen}");
}

// ---- by keys, under the shipped runbooks -------------------------------------------------------------------------

const VCS: &str = "vcs2vcs@github-sync1.dmz.scl3.mozilla.com";

fn at_the_desk(mails: &[Vec<u8>]) -> Desk {
    let config = dutybox::config::Config { me: Some("ann".into()), ..Default::default() };
    Desk::with(160, 45, config, mails, false)
}

fn sent(subject: &str, minutes_ago: i64) -> Vec<u8> {
    crate::desk::mail(
        VCS,
        "release+vcs2vcs@mozilla.com",
        subject,
        minutes_ago,
        "releases-gecko: last update 65 minutes ago",
    )
}

fn deeds(desk: &Desk) -> Vec<Deed> {
    desk.deeds().into_iter().map(|(deed, _)| deed).collect()
}

#[test]
fn s019_by_keys_done_is_asked_whom_it_told() {
    let mut desk = at_the_desk(&[sent("[vcs2vcs] alert_major_errors alert (3 errors)", 10)]);
    desk.go("[vcs2vcs] alert_major").press("e");
    assert!(desk.screen().contains("buildduty, hwine"), "{}", desk.screen());
    assert_eq!(deeds(&desk), []);
    desk.types("hwine").press("Enter");
    assert_eq!(deeds(&desk).iter().map(Deed::word).collect::<Vec<_>>(), ["tell", "done"]);
}

#[test]
fn s061_by_keys_an_ignore_for_ever_is_refused() {
    let mut desk = at_the_desk(&[sent("[vcs2vcs] process delays", 10)]);
    desk.go("[vcs2vcs] process").press("i").types("enough");
    assert!(desk.screen().contains("(line 79)"), "{}", desk.screen());
    desk.press("S-Tab Left Left Enter");
    assert_eq!(deeds(&desk), [], "{}", desk.screen());
}

#[test]
fn s070_by_keys_the_log_is_copied_and_the_mail_deleted() {
    let mut desk =
        at_the_desk(&[sent("[vcs2vcs] AUTOFIX process delays", 34), sent("[vcs2vcs] Successful conversion", 1)]);
    desk.go("[vcs2vcs] AUTOFIX").press("yb");
    assert!(desk.screen().contains("comment on bug 829025"), "{}", desk.screen());
    desk.press("Enter");
    let text = desk.asked.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert!(text.is_some_and(|text| text.starts_with("AUTOFIX process delays on github-sync1.dmz.scl3.mozilla.com")));
    desk.press("d");
    assert_eq!(deeds(&desk).iter().map(Deed::word).collect::<Vec<_>>(), ["bug-text", "trash"]);
}

#[test]
fn s147_by_keys_it_is_claimed_by_name() {
    let apple =
        crate::desk::mail("appleid@id.apple.com", "release+appleagent@mozilla.com", "Your Apple ID was used", 5, "x");
    let mut desk = at_the_desk(&[apple]);
    desk.go("Your Apple ID").press("a");
    assert_eq!(deeds(&desk).iter().map(Deed::word).collect::<Vec<_>>(), ["claim"]);
    assert!(desk.screen().contains("ann claimed it"), "{}", desk.screen());
}
