//! What was told about messages and incidents, as the inbox lets it stand: scopes, lapsing, expiry, stepping through time.

use crate::verdicts::kit::{HOST2, Mail, autofix, delays, major, plus, push, shipped, t};
use dutybox::mail::{Flags, Time};
use dutybox::runbook::Call;
use dutybox::triage::row::{Change, Folder, FolderId, MailKey};
use dutybox::triage::told::{Act, ActId, Deed, Scope, Target};
use dutybox::triage::verdicts::{Need, Sources};
use dutybox::triage::{Inbox, Standing};
use proptest::prelude::*;
use std::sync::Arc;

/// An inbox of the shipped runbooks that is delivered to on this machine.
fn inbox() -> Inbox {
    let mut inbox = Inbox::new(Arc::new(shipped().clone()));
    inbox.apply(Change::Folders(vec![Folder {
        maildir: "/mail".into(),
        name: String::new(),
        path: "/mail".into(),
        read_only: false,
    }]));
    inbox.set_sources(Sources { clock: vec!["/mail".into()], ..Sources::default() });
    inbox
}

/// An inbox with these mails, at that time.
fn with(mails: &[Mail], now: Time) -> (Inbox, Vec<MailKey>) {
    let mut inbox = inbox();
    let rows: Vec<_> = mails.iter().enumerate().map(|(i, mail)| mail.row(shipped(), i)).collect();
    let keys = rows.iter().map(|row| row.key.clone()).collect();
    inbox.apply(Change::Rows(rows));
    inbox.settle(now);
    (inbox, keys)
}

fn act(inbox: &Inbox, id: i64, at: Time, deed: Deed, keys: &[&MailKey]) -> Act {
    let target = |key: &&MailKey| {
        let row = inbox.get(key)?;
        Some(Target {
            folder: "/mail".into(),
            base: key.base.clone(),
            digest: row.digest,
            call: inbox.standing(key).map(Standing::call),
            added: Flags::NONE,
            removed: Flags::NONE,
            failed: None,
        })
    };
    Act { id: ActId(id), at, by: "ann".into(), deed, targets: keys.iter().filter_map(target).collect() }
}

fn tell(inbox: &mut Inbox, id: i64, at: Time, deed: Deed, keys: &[&MailKey]) {
    let act = act(inbox, id, at, deed, keys);
    inbox.tell(act);
    inbox.settle(at);
}

fn ignore(scope: Scope, until: Option<Time>) -> Deed {
    Deed::Ignore { reason: "known".into(), scope, until }
}

fn stands(inbox: &Inbox, key: &MailKey) -> Standing {
    inbox.standing(key).expect("it is there")
}

/// R27: the third set makes ignored pushes come back, and says who had ignored them.
#[test]
fn r27_what_was_ignored_comes_back_when_it_becomes_more_urgent() {
    let sets: Vec<Mail> = (0..2).flat_map(|set| [push(1, at(set)), push(2, plus(at(set), 5))]).collect();
    fn at(set: i64) -> Time {
        plus(t("14:00"), set * 1800)
    }
    let (mut inbox, keys) = with(&sets, t("14:45"));
    assert_eq!(stands(&inbox, &keys[0]).call(), Call::Ignore);
    tell(&mut inbox, 1, t("14:46"), ignore(Scope::Message, None), &[&keys[0]]);
    assert!(stands(&inbox, &keys[0]).ignored);
    let third = [push(1, at(2)), push(2, plus(at(2), 5))];
    inbox.apply(Change::Rows(third.iter().enumerate().map(|(i, mail)| mail.row(shipped(), 10 + i)).collect()));
    inbox.settle(t("15:01"));
    let standing = stands(&inbox, &keys[0]);
    assert_eq!((standing.call(), standing.ignored, standing.back), (Call::Act, false, true));
    let state = inbox.state(inbox.get(&keys[0]).expect("there"));
    assert_eq!(
        state.over.iter().map(|(word, said)| (*word, said.by.as_str(), said.at)).collect::<Vec<_>>(),
        [("ignore", "ann", t("14:46"))]
    );
}

/// R27: scope incident takes in later members, done does not; both lapse when the call rises.
#[test]
fn r27_an_incident_ignored_hides_later_members_and_done_does_not() {
    let (mut inbox, keys) = with(&[major(t("14:00:03"))], t("14:01"));
    tell(&mut inbox, 1, t("14:02"), ignore(Scope::Incident, Some(t("18:00"))), &[&keys[0]]);
    let later = major(t("15:00:03")).row(shipped(), 9);
    let key = later.key.clone();
    inbox.apply(Change::Rows(vec![later]));
    inbox.settle(t("15:01"));
    assert!(stands(&inbox, &key).ignored, "it joined the incident that is ignored");
    assert_eq!(inbox.need_you(), (0, 0));
    // The end of an ignore comes by itself.
    assert_eq!(inbox.until(), Some(t("18:00")));
    inbox.settle(t("17:59:59"));
    assert!(stands(&inbox, &key).ignored);
    inbox.settle(t("18:00"));
    assert!(!stands(&inbox, &key).ignored && stands(&inbox, &key).back);
    assert_eq!(inbox.need_you(), (1, 0));

    let (mut inbox, keys) = with(&[major(t("14:00:03"))], t("14:01"));
    tell(&mut inbox, 1, t("14:02"), Deed::Done, &[&keys[0]]);
    assert_eq!(inbox.need_you(), (0, 0));
    let later = major(t("15:00:03")).row(shipped(), 9);
    let key = later.key.clone();
    inbox.apply(Change::Rows(vec![later]));
    inbox.settle(t("15:01"));
    assert!(stands(&inbox, &keys[0]).done && !stands(&inbox, &key).done);
    assert_eq!(inbox.need_you(), (1, 0), "the new one needs somebody");
}

/// R27: an ignore by filter hides later mail too, but nothing more urgent than what it matched when it was made.
#[test]
fn r27_a_filter_hides_later_mail_up_to_its_worst_call() {
    let (mut inbox, keys) = with(&[push(1, t("14:00"))], t("14:01"));
    let filter = Scope::Filter { query: "category:vcs2vcs kind:push".into(), call: Call::Ignore };
    tell(&mut inbox, 1, t("14:02"), ignore(filter, Some(t("23:00"))), &[]);
    assert!(stands(&inbox, &keys[0]).ignored);
    assert_eq!(inbox.filters().count(), 1);
    let more: Vec<Mail> = (1..=2).flat_map(|set| [1, 2].map(|n| push(n, plus(t("14:00"), set * 1800)))).collect();
    let rows: Vec<_> = more.iter().enumerate().map(|(i, mail)| mail.row(shipped(), 20 + i)).collect();
    inbox.apply(Change::Rows(rows));
    inbox.settle(t("15:01"));
    assert!(stands(&inbox, &keys[0]).ignored, "two sets are still ignorable");
    inbox.apply(Change::Rows([1, 2].map(|n| push(n, t("15:30")).row(shipped(), 40 + n as usize)).into()));
    inbox.settle(t("15:31"));
    assert!(!stands(&inbox, &keys[0]).ignored, "the third set is more urgent than what was hidden");
    tell(&mut inbox, 2, t("15:32"), Deed::Undo(ActId(1)), &[]);
    assert_eq!(inbox.filters().count(), 0);
}

#[test]
fn a_snooze_comes_back_by_itself_and_earlier_when_it_becomes_more_urgent() {
    let (mut inbox, keys) = with(&[major(t("14:00:03"))], t("14:01"));
    tell(&mut inbox, 1, t("14:02"), Deed::Snooze { until: t("15:00"), scope: Scope::Message }, &[&keys[0]]);
    assert!(stands(&inbox, &keys[0]).snoozed && inbox.need_you() == (0, 0));
    inbox.settle(t("15:00"));
    assert!(!stands(&inbox, &keys[0]).snoozed && inbox.need_you() == (1, 0));

    let (mut inbox, keys) = with(&[autofix(t("14:07:03"))], t("14:08"));
    assert_eq!(stands(&inbox, &keys[0]).call(), Call::Wait);
    tell(&mut inbox, 1, t("14:08"), Deed::Snooze { until: t("16:00"), scope: Scope::Message }, &[&keys[0]]);
    inbox.apply(Change::Rows(vec![delays(t("14:08:30")).row(shipped(), 7)]));
    inbox.settle(t("14:09"));
    assert_eq!((stands(&inbox, &keys[0]).call(), stands(&inbox, &keys[0]).snoozed), (Call::Page, false));
}

/// R28: needs you counts incidents, not mails; past the horizon they are counted apart.
#[test]
fn r28_needs_you_counts_incidents_up_to_the_horizon() {
    let mails = [autofix(t("14:07:03")), delays(t("14:07:41")), major(t("14:00:03")), delays(t("14:10")).from(HOST2)];
    let (mut inbox, keys) = with(&mails, t("14:15"));
    assert_eq!(inbox.need_you(), (2, 0), "AUTOFIX with its follow-up is one, the single one waits");
    inbox.horizon = 3600;
    inbox.settle(t("16:00"));
    assert_eq!(inbox.need_you(), (0, 2));
    assert!(inbox.incident_of(inbox.get(&keys[0]).expect("there")).is_some_and(|(_, i)| inbox.need(i) == Need::Past));
}

/// R7: what vanishes goes on counting.
#[test]
fn r7_the_follow_up_that_vanishes_still_counts() {
    let (mut inbox, keys) = with(&[autofix(t("14:07:03")), delays(t("14:07:41"))], t("14:15"));
    inbox.apply(Change::Vanished(keys[1].clone()));
    inbox.settle(t("14:20"));
    assert_eq!(stands(&inbox, &keys[0]).call(), Call::Page);
    let (_, incident) = inbox.incident_of(inbox.get(&keys[0]).expect("there")).expect("it has one");
    assert_eq!((incident.count, incident.gone), (2, 1));
}

/// R22, R26, N6: what is told changes verdicts at once, and undo takes it back.
#[test]
fn a_resolve_makes_the_next_mail_a_straggler_until_it_is_undone() {
    let (mut inbox, keys) = with(&[major(t("14:00:03")), major(t("15:00:03"))], t("15:05"));
    assert_eq!(stands(&inbox, &keys[1]).call(), Call::Act);
    tell(&mut inbox, 1, t("15:06"), Deed::Resolve { at: t("14:20") }, &[&keys[0]]);
    assert_eq!(stands(&inbox, &keys[1]).call(), Call::Note);
    tell(&mut inbox, 2, t("15:07"), Deed::Undo(ActId(1)), &[&keys[0]]);
    assert_eq!(stands(&inbox, &keys[1]).call(), Call::Act);
}

/// R11: "synced now" is proof, an archive never has more than its own mail.
#[test]
fn r11_synced_now_makes_worked_out_of_cannot_tell() {
    let (mut inbox, keys) = with(&[major(t("9:00")), autofix(t("14:07:03"))], t("14:08"));
    inbox.set_sources(Sources::default());
    inbox.settle(t("14:30"));
    assert_eq!(stands(&inbox, &keys[1]).call(), Call::Decide);
    assert!(inbox.verdict(inbox.get(&keys[1]).expect("there")).headline.starts_with("cannot tell"));
    tell(&mut inbox, 1, t("14:31"), Deed::Synced, &[]);
    assert_eq!(stands(&inbox, &keys[1]).call(), Call::Note);
    assert_eq!(inbox.fresh_until(), Some(t("14:31")));
    inbox.set_sources(Sources { archives: vec!["/mail".into()], ..Sources::default() });
    tell(&mut inbox, 2, t("14:32"), Deed::Synced, &[]);
    assert_eq!(stands(&inbox, &keys[1]).call(), Call::Decide);
}

// ---- stepping ------------------------------------------------------------------------------------------------------

/// What a person sees: call and marks of each row that exists, and who needs them.
fn sight(inbox: &Inbox) -> Vec<String> {
    let mut lines: Vec<String> = inbox
        .standings()
        .map(|(row, standing)| {
            let verdict = inbox.verdict(row);
            let incident = inbox.incident_of(row).map(|(_, i)| (inbox.incident_id(i), i.count, i.call));
            format!("{:?} {standing:?} {} {:?} {incident:?}", row.key, verdict.headline, verdict.may_become)
        })
        .collect();
    lines.sort();
    lines.push(format!("{:?} {:?}", inbox.need_you(), inbox.fresh_until()));
    lines
}

fn any_mail() -> impl Strategy<Value = Mail> {
    (0..6usize, 0..20_000i64, 0..3000i64).prop_map(|(what, at, late)| {
        let at = plus(t("12:00"), at);
        let mail = match what {
            0 => autofix(at),
            1 => delays(at),
            2 => delays(at).from(HOST2),
            3 => major(at),
            4 => push(1, at),
            _ => push(2, at),
        };
        mail.delivered(plus(at, late / 10 * i64::from(late % 3 == 0)))
    })
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Done),
        Just(ignore(Scope::Message, None)),
        (0..9000i64).prop_map(|s| ignore(Scope::Incident, Some(plus(t("13:00"), s)))),
        (0..9000i64).prop_map(|s| Deed::Snooze { until: plus(t("13:00"), s), scope: Scope::Incident }),
        Just(Deed::Claim { scope: Scope::Incident }),
        (0..9000i64).prop_map(|s| Deed::Resolve { at: plus(t("12:00"), s) }),
        Just(Deed::Synced),
        Just(ignore(Scope::Filter { query: "kind:push".into(), call: Call::Ignore }, None)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("DUTYBOX_PROOF").is_some() { 10_000 } else { 96 },
        failure_persistence: None, ..ProptestConfig::default() })]

    /// However mail, acts and time come in, and however one steps to and fro, what is seen is what an inbox sees that
    /// is opened as of that time.
    #[test]
    fn stepping_shows_what_as_of_shows(
        mails in prop::collection::vec(any_mail(), 1..10),
        deeds in prop::collection::vec((any_deed(), 0..10usize, 0..20_000i64), 0..5),
        steps in prop::collection::vec(0..24_000i64, 1..6),
    ) {
        let rows: Vec<_> = mails.iter().enumerate().map(|(i, mail)| mail.row(shipped(), i)).collect();
        let mut deeds = deeds;
        deeds.sort_by_key(|(_, _, at)| *at);
        let acts: Vec<Act> = deeds.iter().enumerate().map(|(i, (deed, about, at))| {
            let row = &rows[about % rows.len()];
            let target = Target { folder: "/mail".into(), base: row.key.base.clone(), digest: row.digest,
                call: Some(Call::Act), added: Flags::NONE, removed: Flags::NONE, failed: None };
            let targets = if deed.about_messages() { vec![target] } else { Vec::new() };
            Act { id: ActId(i as i64 + 1), at: plus(t("12:00"), *at), by: "ann".into(), deed: deed.clone(), targets }
        }).collect();
        let open = |at: Time| {
            let mut inbox = inbox().as_of(Some(at));
            inbox.apply(Change::Rows(rows.clone()));
            acts.iter().cloned().for_each(|act| inbox.tell(act));
            inbox.settle(at);
            inbox
        };
        let mut stepped = open(t("12:00"));
        for step in steps {
            let at = plus(t("12:00"), step);
            stepped.set_as_of(Some(at));
            stepped.settle(at);
            prop_assert_eq!(sight(&stepped), sight(&open(at)), "at {}", at.rfc3339());
        }
    }

    /// Rows that come, are replaced and go one by one leave what all at once leave.
    #[test]
    fn one_by_one_is_all_at_once(
        mails in prop::collection::vec(any_mail(), 1..10),
        order in prop::collection::vec((0..10usize, 0..4u8), 1..30),
    ) {
        let rows: Vec<_> = mails.iter().enumerate().map(|(i, mail)| mail.row(shipped(), i)).collect();
        let now = t("18:30");
        let mut slow = inbox();
        for (index, what) in order {
            let row = &rows[index % rows.len()];
            match what {
                0 => slow.apply(Change::Renamed(row.key.clone(), row.name.clone(), row.place)),
                _ => slow.apply(Change::Rows(vec![row.clone()])),
            }
            slow.settle(now);
        }
        slow.apply(Change::Rows(rows.clone()));
        slow.settle(now);
        let mut quick = inbox();
        quick.apply(Change::Rows(rows));
        quick.settle(now);
        prop_assert_eq!(sight(&slow), sight(&quick));
    }
}

/// A folder that is not open here changes nothing, and its acts are found again when it is.
#[test]
fn acts_about_a_folder_that_comes_later_count_from_then_on() {
    let mail = major(t("14:00:03"));
    let row = mail.row(shipped(), 0);
    let mut inbox = Inbox::new(Arc::new(shipped().clone()));
    let target = Target {
        folder: "/mail".into(),
        base: row.key.base.clone(),
        digest: row.digest,
        call: Some(Call::Act),
        added: Flags::NONE,
        removed: Flags::NONE,
        failed: None,
    };
    inbox.tell(Act { id: ActId(1), at: t("14:02"), by: "ann".into(), deed: Deed::Done, targets: vec![target] });
    inbox.settle(t("14:03"));
    inbox.apply(Change::Folders(vec![Folder {
        maildir: "/mail".into(),
        name: String::new(),
        path: "/mail".into(),
        read_only: false,
    }]));
    inbox.apply(Change::Rows(vec![row.clone()]));
    inbox.settle(t("14:04"));
    assert!(stands(&inbox, &row.key).done);
    assert_eq!(inbox.folder(FolderId(0)).map(|folder| folder.maildir.as_str()), Some("/mail"));
}
