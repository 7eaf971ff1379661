//! Being called, and going through time: key scripts at a desk with a clock that the test moves.

use crate::desk::Desk;
use dutybox::app::Event;
use dutybox::app::action::{ACTIONS, Group, When};
use dutybox::app::calling::Named;
use dutybox::app::effect::Effect;
use dutybox::app::update::goes_to_the_world;
use dutybox::config::{Alert, Config};
use dutybox::mail::{FileName, Flags, Time};
use dutybox::runbook::{Call, Runbooks};
use dutybox::triage::Inbox;
use dutybox::triage::row::{Change, MailKey, Place};
use dutybox::triage::told::{Act, ActId, Deed};
use std::sync::Arc;

/// A time of 2013-11-21, UTC.
fn t(text: &str) -> Time {
    Time::from_rfc3339(&format!("2013-11-21T{text}Z")).unwrap()
}

fn vcs(subject: &str, at: Time) -> Vec<u8> {
    let date = at.rfc5322(&jiff::tz::TimeZone::UTC);
    format!(
        "Received: from a.example by b.example; {date}\nFrom: vcs2vcs@github-sync1.dmz.scl3.mozilla.com\n\
         To: release+vcs2vcs@mozilla.com\nSubject: [vcs2vcs] {subject}\nDate: {date}\n\
         Message-ID: <{}@example.org>\n\nfixing stuck locks\n",
        at.0
    )
    .into_bytes()
}

const AUTOFIX: &str = "AUTOFIX process delays";
const DELAYS: &str = "process delays on git.m.o";

struct Live {
    desk: Desk,
    count: usize,
}

impl Live {
    /// A desk at that time of day, whose first reading found these mails.
    fn at(now: &str, mails: &[(&str, &str)]) -> Live {
        let alert = Alert { command: Some(vec!["ring".into()]), ..Alert::default() };
        Live::with(now, mails, Config { me: Some("ann".into()), alert, ..Config::default() })
    }

    fn with(now: &str, mails: &[(&str, &str)], config: Config) -> Live {
        let mut desk = Desk::empty(120, 36, config, false);
        desk.model.fixed = false;
        desk.model.inbox.set_as_of(None);
        desk.model.now = t(now);
        desk.model.clock = t(now);
        let mut live = Live { desk, count: 0 };
        for (at, subject) in mails {
            live.comes(at, subject);
        }
        live.desk.event(Event::Changes(vec![Change::Complete]));
        live
    }

    /// A mail comes in.
    fn comes(&mut self, at: &str, subject: &str) -> MailKey {
        let mut row = self.desk.deliver(self.count, &vcs(subject, t(at)));
        row.mtime = row.received;
        self.count += 1;
        let key = row.key.clone();
        self.desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
        key
    }

    fn clock(&mut self, now: &str) {
        self.desk.event(Event::Tick(t(now)));
    }

    fn call(&self, key: &MailKey) -> Option<Call> {
        self.desk.model.inbox.standing(key).map(|standing| standing.call())
    }

    /// How many messages are listed.
    fn listed(&self) -> usize {
        self.desk.model.list.counts().1
    }

    fn now(&self) -> String {
        self.desk.model.now.full(&jiff::tz::TimeZone::UTC)[11..].to_owned()
    }

    /// How the operator was called since the last time that this was asked.
    fn called(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.desk.called)
    }

    fn bells(&mut self) -> usize {
        self.called().iter().filter(|effect| **effect == Effect::Bell).count()
    }
}

// ---- being called --------------------------------------------------------------------------------------------

#[test]
fn a_call_that_rises_to_page_rings_once_names_itself_and_runs_the_command() {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    assert_eq!(live.called(), [Effect::Title("test — dutybox".into())], "a wait calls nobody");
    let failed = "PAGE vcs2vcs: AUTOFIX failed on github-sync1.dmz.scl3.mozilla.com: page hwine";
    live.comes("14:07:41", DELAYS);
    assert_eq!(
        live.called(),
        [Effect::Title(format!("(1) {failed} — dutybox")), Effect::Bell, Effect::Alert(vec![failed.into()])]
    );
    assert_eq!(live.desk.toast(), format!("{failed} · gc goes there"));
    for now in ["14:07:50", "14:08:00", "14:09:00", "14:12:41", "14:30:00"] {
        live.clock(now);
    }
    assert_eq!(live.called(), [], "once for each rise, not for each tick");
    live.comes("14:27:41", DELAYS);
    assert_eq!(live.bells(), 0, "the same incident goes on");
}

#[test]
fn what_was_there_at_the_start_rings_once_and_runs_no_command() {
    let mut live = Live::at("14:10:00", &[("14:07:03", AUTOFIX), ("14:07:41", DELAYS)]);
    let called = live.called();
    assert!(
        matches!(called.as_slice(), [Effect::Title(title), Effect::Bell] if title.starts_with("(1) PAGE")),
        "{called:?}"
    );
    let mut old = Live::with("14:10:00", &[], Config::default());
    old.desk.model.now = Time(t("14:10:00").0 + 8 * 86_400);
    old.comes("14:07:03", AUTOFIX);
    old.comes("14:07:41", DELAYS);
    assert_eq!(old.bells(), 0, "what is past the horizon needs nobody");
}

#[test]
fn what_is_handled_calls_nobody_and_leaves_the_title() {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    live.comes("14:07:41", DELAYS);
    assert_eq!(live.bells(), 1);
    live.desk.press("C-a d");
    assert_eq!(
        live.called(),
        [Effect::Title("test — dutybox".into())],
        "both are in the trash: nothing pages any more"
    );
    live.desk.press("u");
    let called = live.called();
    assert!(
        matches!(called.as_slice(), [Effect::Title(title)] if title.starts_with("(1) PAGE")),
        "who undoes looks: {called:?}"
    );
    live.desk.press("C-r");
    live.called();
    live.comes("14:09:00", AUTOFIX);
    live.comes("14:09:30", DELAYS);
    assert_eq!(live.bells(), 1, "a new message of it pages, and nobody has handled that one");
}

#[test]
fn bell_title_and_command_are_as_configured() {
    let alert = Alert { bell: false, title: false, ..Alert::default() };
    let mut live = Live::with("14:07:10", &[("14:07:03", AUTOFIX)], Config { alert, ..Config::default() });
    live.comes("14:07:41", DELAYS);
    assert_eq!(live.called(), []);
    assert!(live.desk.toast().starts_with("PAGE vcs2vcs: AUTOFIX failed"), "{}", live.desk.toast());
}

#[test]
fn at_a_fixed_time_nobody_is_called_and_the_title_tells_it() {
    let mut desk = Desk::new(120, 36);
    desk.press("j");
    assert_eq!(desk.called, [Effect::Title("test as of 2013-11-21 22:41:00 — dutybox".into())]);
}

#[test]
fn titles_and_lines_carry_nothing_that_a_terminal_obeys() {
    let named = Named {
        key: MailKey { folder: dutybox::triage::FolderId(0), base: b"x".as_slice().into() },
        call: Call::Page,
        category: "vcs2vcs".into(),
        headline: "x\x1b]0;mine\x07\u{202e}\r\n y".into(),
    };
    let title = dutybox::app::calling::title("test", 2, Some(&named));
    assert!(title.starts_with("(2) PAGE vcs2vcs: x"), "{title}");
    for text in [named.line(), title] {
        assert_eq!(dutybox::mail::text::clean(&text), text);
        assert!(text.contains("mine") && !text.contains(['\x1b', '\x07', '\n', '\u{202e}']), "{text:?}");
    }
    let long = Named { headline: "long ".repeat(100), ..named };
    assert!(dutybox::mail::text::width(&dutybox::app::calling::title("test", 1, Some(&long))) < 120);
    assert_eq!(dutybox::app::calling::title("a\x07b", 0, None), "a␇b — dutybox");
}

#[test]
fn a_wait_that_ends_off_screen_says_so_and_a_key_goes_there() {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    let autofix = live.desk.key();
    live.desk.press("\\").types("nothing-like-this").press("Enter");
    assert!(live.desk.model.list.is_empty());
    live.clock("14:20:00");
    assert_eq!(live.call(&autofix), Some(Call::Decide), "no mail is newer: it cannot tell");
    assert!(live.desk.toast().starts_with("a wait is over: DECIDE vcs2vcs"), "{}", live.desk.toast());
    assert_eq!(live.bells(), 0);
    live.desk.press("gc");
    assert_eq!(live.desk.key(), autofix);
    let mut seen = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    seen.clock("14:20:00");
    assert_eq!(seen.desk.toast(), "", "who has it before their eyes needs no words");
}

// ---- through time --------------------------------------------------------------------------------------------

/// 14:07:03 AUTOFIX, 14:07:41 the same host again; it is 14:50.
fn story() -> (Live, MailKey) {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    let autofix = live.desk.key();
    live.comes("14:07:41", DELAYS);
    live.clock("14:50:00");
    live.called();
    (live, autofix)
}

#[test]
fn one_autofix_is_played_back_and_forth() {
    let (mut live, autofix) = story();
    assert_eq!(live.call(&autofix), Some(Call::Page));
    live.desk.press("(");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:41", Some(Call::Page)));
    assert!(live.desk.screen().contains("as of 2013-11-21 14:07:41 (g0 back)"));
    assert!(live.desk.toast().contains("mail: [vcs2vcs] process delays"), "{}", live.desk.toast());
    live.desk.press("(");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:03", Some(Call::Wait)));
    assert_eq!(live.listed(), 1, "the second mail is not there yet");
    assert_eq!(live.desk.model.categories[0].worst, Some(Call::Wait));
    assert_eq!((live.desk.model.needs_you, live.desk.model.fresh), (0, Some(t("14:07:03"))));
    live.desk.press("(");
    assert_eq!(live.now(), "14:07:03");
    assert!(live.desk.toast().contains("nothing came before this"), "{}", live.desk.toast());
    live.desk.press(")");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:41", Some(Call::Page)));
    assert!(live.desk.toast().contains("mail: [vcs2vcs] process delays"), "{}", live.desk.toast());
    assert!(live.desk.toast().contains("WAIT → PAGE AUTOFIX failed on github-sync1"), "{}", live.desk.toast());
    live.desk.press(")");
    assert!(!live.desk.model.elsewhere(), "nothing else happened up to now");
    assert_eq!((live.now().as_str(), live.desk.toast().as_str()), ("14:50:00", "back to now"));
    assert_eq!(live.called(), [], "the past calls nobody");
}

#[test]
fn mail_acts_and_verdicts_that_change_by_themselves_are_events() {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    let autofix = live.desk.key();
    let synced = Act { id: ActId(1), at: t("14:20:00"), by: "ann".into(), deed: Deed::Synced, targets: Vec::new() };
    live.desk.event(Event::Journal(vec![synced]));
    live.clock("15:00:00");
    let mut seen = Vec::new();
    live.desk.press("g( g(");
    loop {
        live.desk.press(")");
        if !live.desk.model.elsewhere() {
            break;
        }
        let words = live.desk.toast().split(" · ").skip(1).collect::<Vec<_>>().join(" · ");
        seen.push(format!("{} {}", live.now(), words));
    }
    let want = [
        "14:07:03 mail: [vcs2vcs] AUTOFIX process delays",
        "14:14:03 WAIT → DECIDE cannot tell whether AUTOFIX worked on github-sync1",
        "14:20:00 synced by ann · DECIDE → NOTE AUTOFIX worked on github-sync1",
    ];
    assert_eq!(seen.len(), want.len(), "{seen:#?}");
    for (seen, want) in seen.iter().zip(want) {
        assert!(seen.starts_with(want), "{seen} is not {want}");
    }
    for (at, call) in [("14:20:00", Call::Note), ("14:14:03", Call::Decide), ("14:07:03", Call::Wait)] {
        live.desk.press("(");
        assert_eq!((live.now().as_str(), live.call(&autofix)), (at, Some(call)));
    }
    live.desk.press(")");
    assert!(live.desk.screen().contains("as of 2013-11-21 14:14:03 (g0 back)"), "{}", live.desk.screen());
}

#[test]
fn minutes_hours_and_the_moment_of_a_message() {
    let (mut live, autofix) = story();
    live.desk.press("-");
    assert_eq!(live.now(), "14:49:00");
    live.desk.press("- +");
    assert_eq!(live.now(), "14:49:00");
    live.desk.press("+");
    assert!(!live.desk.model.elsewhere(), "a minute before now a minute on is now");
    live.desk.press("g(");
    assert_eq!((live.now().as_str(), live.listed()), ("13:50:00", 0));
    live.desk.press("g)");
    assert_eq!((live.now().as_str(), live.listed()), ("14:50:00", 2));
    live.desk.model.list.go_to(&autofix);
    live.desk.press("gt");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:03", Some(Call::Wait)));
    assert_eq!(live.desk.key(), autofix);
    live.desk.press("g0");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:50:00", Some(Call::Page)));
}

#[test]
fn nothing_is_changed_in_the_past_and_escape_leads_out() {
    let (mut live, autofix) = story();
    live.desk.press("( (");
    live.desk.asked.clear();
    for info in ACTIONS.iter().filter(|info| matches!(info.when, When::Change | When::Writable)) {
        live.desk.press(info.keys[0]);
        assert!(live.desk.toast().contains("another time: nothing can be changed"), "{}", info.name);
        assert!(live.desk.model.overlay.is_none(), "{}", info.name);
        live.desk.model.toast = None;
    }
    // What a dialog of another action would do is not done either.
    for info in ACTIONS.iter().filter(|info| info.group != Group::Program && !info.keys.is_empty()) {
        for key in [info.keys[0], "Enter", "y", "Enter", "Esc"] {
            if live.desk.model.elsewhere() {
                live.desk.press(key);
            }
        }
        if !live.desk.model.elsewhere() {
            live.desk.press("( (");
        }
        live.desk.model.overlay = None;
        let changed: Vec<&Effect> = live.desk.asked.iter().filter(|effect| goes_to_the_world(effect)).collect();
        assert_eq!(changed, Vec::<&Effect>::new(), "{}", info.name);
    }
    live.desk.press("g0");
    live.desk.model.list.go_to(&autofix);
    live.desk.press("gt");
    live.desk.asked.clear();
    live.desk.press("Enter Esc");
    assert_eq!(live.desk.asked, [], "opening sets nothing seen");
    assert!(live.desk.model.elsewhere());
    live.desk.press("q");
    assert!(!live.desk.model.elsewhere());
    assert_eq!(live.call(&autofix), Some(Call::Page));
    live.desk.press("mm");
    assert_eq!(live.desk.deeds().len(), 1, "at the desk acts go through again");
}

#[test]
fn the_desk_goes_on_and_calls_while_the_screen_shows_the_past() {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    live.called();
    live.desk.press("gt");
    assert!(live.desk.model.elsewhere());
    live.clock("14:07:30");
    let second = live.comes("14:07:41", DELAYS);
    assert_eq!(live.bells(), 1);
    assert!(live.desk.toast().starts_with("PAGE vcs2vcs"), "{}", live.desk.toast());
    assert_eq!((live.now().as_str(), live.listed()), ("14:07:03", 1), "what is shown stays as it was");
    live.desk.press("gc");
    assert!(!live.desk.model.elsewhere());
    assert_eq!(live.call(&second), Some(Call::Page));
    let list = &live.desk.model.list;
    assert!(list.keys_at(list.position()).any(|key| *key == second), "the row of its incident");
}

#[test]
fn r7_mail_that_is_removed_while_the_screen_stands_before_it_counts_from_its_time_on() {
    let mut live = Live::at("14:07:10", &[("14:07:03", AUTOFIX)]);
    let autofix = live.desk.key();
    let followup = live.comes("14:07:41", DELAYS);
    // Mail that came since proves that nothing else did.
    live.comes("14:30:00", "Successful conversion");
    live.clock("14:50:00");
    live.desk.press("g( g)");
    live.desk.model.list.go_to(&autofix);
    live.desk.press("gt");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:03", Some(Call::Wait)));
    live.desk.event(Event::Changes(vec![Change::Vanished(followup)]));
    live.desk.press(")");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:41", Some(Call::Page)));
    live.desk.press("g)");
    assert_eq!(live.call(&autofix), Some(Call::Page));
    live.desk.press("g0");
    assert_eq!(live.call(&autofix), Some(Call::Page));
}

#[test]
fn r7_mail_that_is_removed_before_a_fixed_time_comes_to_it_counts_from_its_time_on() {
    let mut desk = Desk::empty(120, 36, Config::default(), false);
    desk.model.now = t("14:07:10");
    desk.model.inbox.set_as_of(Some(t("14:07:10")));
    let mut live = Live { desk, count: 0 };
    let autofix = live.comes("14:07:03", AUTOFIX);
    let followup = live.comes("14:07:41", DELAYS);
    live.comes("14:30:00", "Successful conversion");
    live.desk.event(Event::Changes(vec![Change::Complete]));
    live.desk.event(Event::Changes(vec![Change::Vanished(followup)]));
    assert_eq!(live.call(&autofix), Some(Call::Wait));
    live.desk.press(")");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:41", Some(Call::Page)));
    live.desk.press(")");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:30:00", Some(Call::Page)));
}

/// As many as a large mailbox holds: what looks at all of them for each of them would not come to an end here.
#[test]
fn a_mailbox_that_is_all_in_the_future_comes_in_order_each_mail_as_it_was_last_seen() {
    const COUNT: usize = 50_000;
    let one = crate::verdicts::kit::mail("[a] b", t("10:00:00")).row(&Runbooks::default(), 0);
    let row = |n: usize, received: i64| {
        let mut row = one.clone();
        row.key.base = format!("{n}.mail").into_bytes().into();
        row.name = FileName::new(row.key.base.clone());
        (row.received, row.at, row.mtime) = (Time(received), Time(received), Time(received));
        row
    };
    let start = t("10:00:00").0;
    let mut inbox = Inbox::new(Arc::default()).as_of(Some(Time(start - 1)));
    // The last one comes first, then all once more, a day later.
    inbox.apply(Change::Rows((0..COUNT).rev().map(|n| row(n, start + n as i64)).collect()));
    inbox.apply(Change::Rows((0..COUNT).map(|n| row(n, start + 86_400 + n as i64)).collect()));
    assert_eq!((inbox.rows().len(), inbox.present().count()), (0, COUNT));
    for n in (2..COUNT).step_by(2) {
        inbox.apply(Change::Vanished(row(n, 0).key));
        inbox.apply(Change::Renamed(row(n + 1, 0).key, FileName::new(b"renamed:2,S".as_slice()), Place::Cur));
    }
    assert_eq!(inbox.present().count(), COUNT / 2 + 1);
    assert_eq!(inbox.next_arrival(), Some(Time(start + 86_400)));
    inbox.set_as_of(Some(Time(start + 86_400 + 3)));
    assert_eq!(inbox.rows().iter().map(|row| row.received.0 - start - 86_400).collect::<Vec<_>>(), [0, 1, 3]);
    assert!(inbox.rows()[2].flags().has(Flags::SEEN), "it is called as it was last");
    inbox.set_as_of(None);
    assert_eq!((inbox.rows().len(), inbox.next_arrival()), (COUNT / 2 + 1, None));
}

#[test]
fn time_runs_fast_up_to_now() {
    let (mut live, autofix) = story();
    live.desk.press("gp");
    assert!(live.desk.toast().contains("go back first"), "{}", live.desk.toast());
    live.desk.press("( ( gp");
    live.desk.event(Event::Played(15));
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:18", Some(Call::Wait)));
    live.desk.event(Event::Played(15));
    live.desk.event(Event::Played(15));
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:48", Some(Call::Page)));
    live.desk.event(Event::Played(1));
    assert!(live.desk.toast().contains("WAIT → PAGE"), "what happened can be read: {}", live.desk.toast());
    live.desk.press("gp");
    live.desk.event(Event::Played(15));
    assert_eq!(live.now(), "14:07:49", "it stands still again");
    live.desk.press("gp");
    for _ in 0..200 {
        live.desk.event(Event::Played(15));
    }
    assert_eq!((live.now().as_str(), live.desk.model.elsewhere(), live.desk.model.playing), ("14:50:00", false, false));
}

#[test]
fn from_a_fixed_time_steps_lead_beyond_it_and_back() {
    let mut desk = Desk::empty(120, 36, Config::default(), false);
    desk.model.now = t("14:07:10");
    desk.model.inbox.set_as_of(Some(t("14:07:10")));
    let mut live = Live { desk, count: 0 };
    let autofix = live.comes("14:07:03", AUTOFIX);
    live.comes("14:07:41", DELAYS);
    live.desk.event(Event::Changes(vec![Change::Complete]));
    assert_eq!(live.listed(), 1);
    live.desk.press(")");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:41", Some(Call::Page)));
    live.desk.press("e");
    assert!(live.desk.toast().contains("nothing can be changed"), "{}", live.desk.toast());
    live.desk.press("Esc");
    assert_eq!((live.now().as_str(), live.call(&autofix)), ("14:07:10", Some(Call::Wait)));
    assert_eq!(live.desk.toast(), "back at 2013-11-21 14:07:10");
    assert_eq!(live.bells(), 0);
    live.desk.press("e");
    assert_eq!(live.desk.deeds().len(), 1, "at the time that was asked for acts are as ever");
}

#[test]
fn whatever_the_way_a_time_looks_the_same() {
    let times = ["14:07:03", "14:07:41", "14:27:30", "14:47:50", "15:20:00", "16:00:03"];
    let subjects = [AUTOFIX, DELAYS, DELAYS, DELAYS, "alert_major_errors alert (3 errors)", DELAYS];
    let mails: Vec<(&str, &str)> = times.into_iter().zip(subjects).collect();
    let state = |live: &Live| {
        let rows = live.desk.model.list.keys().map(|key| (key.clone(), live.desk.model.inbox.standing(key)));
        (live.now(), rows.collect::<Vec<_>>(), live.desk.model.categories.clone(), live.desk.model.needs_you)
    };
    let mut live = Live::at("18:00:00", &mails);
    let mut backward = vec![];
    for _ in 0..60 {
        live.desk.press("(");
        if live.desk.toast().contains("nothing came before") {
            break;
        }
        backward.push(state(&live));
    }
    assert!(backward.len() >= mails.len(), "each mail is an event: {backward:#?}");
    let mut forward = vec![state(&live)];
    for _ in 0..60 {
        live.desk.press(")");
        if !live.desk.model.elsewhere() {
            break;
        }
        forward.push(state(&live));
    }
    backward.reverse();
    assert_eq!(backward, forward);
}
