//! A replay is the truth: its changes, one after the other, leave at each time what is said as of that time from nothing.

use super::incremental::{Happens, Sketch, Story, crowd, happens, runbooks, sketch};
use super::kit::{plus, t};
use dutybox::mail::{Flags, Time};
use dutybox::runbook::Call;
use dutybox::triage::replay::{Cause, Judged, Replay, Turn};
use dutybox::triage::row::{Change, Folder, MailKey};
use dutybox::triage::sent::SentFolder;
use dutybox::triage::told::{Act, ActId, Deed, Scope, Target};
use dutybox::triage::verdicts::{Reply, Sources};
use dutybox::triage::{Inbox, Row, Standing};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A mailbox with the journal, the sent folder and what else tells how far it is known.
struct Mailbox {
    story: Story,
    acts: Vec<Act>,
    sent: SentFolder,
    sources: Sources,
}

const FOLDERS: [&str; 2] = ["/mail", "/other"];

impl Mailbox {
    fn of(first: &[Sketch], crowd: Option<u8>) -> Mailbox {
        let sent = SentFolder { maildir: "/sent".into(), since: Some(t("-9 0:00")), ..SentFolder::default() };
        Mailbox { story: Story::of(first, crowd), acts: Vec::new(), sent, sources: Sources::default() }
    }

    fn row(&self, row: usize) -> Option<&Row> {
        self.story.rows.get(row % self.story.rows.len().max(1))
    }

    fn tell(&mut self, deed: Deed, targets: Vec<Target>) {
        let id = ActId(i64::try_from(self.acts.len()).unwrap() + 1);
        self.acts.push(Act { id, at: self.story.now, by: "ann".into(), deed, targets });
    }

    fn tell_about(&mut self, row: usize, deed: impl FnOnce(&Row) -> Deed) {
        let Some(row) = self.row(row) else { return };
        let target = Target {
            folder: FOLDERS[usize::from(row.key.folder.0)].into(),
            base: row.key.base.clone(),
            digest: row.digest,
            call: Some(Call::Note),
            added: Flags::NONE,
            removed: Flags::NONE,
            failed: None,
        };
        let deed = deed(row);
        self.tell(deed, vec![target]);
    }

    /// Does again to an earlier act's messages what is to be done to one of those acts.
    fn tell_of(&mut self, which: usize, fits: impl Fn(&Act) -> bool, deed: impl FnOnce(&Mailbox, &Act) -> Deed) {
        let of: Vec<&Act> = self.acts.iter().filter(|act| fits(act)).collect();
        let Some(act) = of.get(which % of.len().max(1)) else { return };
        let (deed, targets) = (deed(self, act), act.targets.clone());
        self.tell(deed, targets);
    }

    fn undone(&self, id: ActId) -> bool {
        let last = self.acts.iter().rev().find(|act| matches!(act.deed, Deed::Undo(of) | Deed::Redo(of) if of == id));
        last.is_some_and(|act| matches!(act.deed, Deed::Undo(_)))
    }

    fn take(&mut self, event: &Happens) {
        let now = self.story.now;
        let scope = |incident| if incident { Scope::Incident } else { Scope::Message };
        match *event {
            Happens::Claim(row, incident) => self.tell_about(row, |_| Deed::Claim { scope: scope(incident) }),
            Happens::Released(which) => self.tell_of(
                which,
                |act| matches!(act.deed, Deed::Claim { .. }),
                |_, act| Deed::Unclaim { scope: act.deed.scope().clone() },
            ),
            Happens::Resolved(row, at) => self.tell_about(row, |row| Deed::Resolve { at: plus(row.at, at) }),
            Happens::Switch(from) => {
                let is = if from % 2 == 0 { "yes" } else { "no" };
                let deed = Deed::Switch { name: "release".into(), is: is.into(), from: plus(t("10:00"), from) };
                self.tell(deed, Vec::new());
            }
            Happens::Expected(from) => {
                let (name, who, from) = ("signing".into(), "ann".into(), plus(t("10:00"), from));
                self.tell(Deed::Expect { name, from, to: plus(from, 3600), who }, Vec::new());
            }
            Happens::Undone(which) => self.tell_of(
                which,
                |act| act.deed.undoable(),
                |mailbox, act| if mailbox.undone(act.id) { Deed::Redo(act.id) } else { Deed::Undo(act.id) },
            ),
            Happens::Hidden(row, how, long) => {
                let (until, reason) = (plus(now, long), String::new());
                self.tell_about(row, |_| match how {
                    0 => Deed::Done,
                    1 => Deed::Ignore { reason, scope: Scope::Message, until: None },
                    2 => Deed::Ignore { reason, scope: Scope::Incident, until: Some(until) },
                    3 => Deed::Snooze { until, scope: Scope::Incident },
                    4 => Deed::Unignore { scope: Scope::Message },
                    _ => Deed::Trash,
                });
            }
            Happens::Replied(row) => {
                let to = self.row(row).and_then(|row| row.message_id.clone()).into_iter().map(Into::into).collect();
                self.sent.replies.push(Reply { to, by: "ann".into(), at: now });
                self.sent.mails.push(now);
            }
            Happens::Sent(behind) => self.sent.mails.push(plus(now, -behind)),
            Happens::Known(None) => self.tell(Deed::Synced, Vec::new()),
            Happens::Known(Some(behind)) => self.sources.until = Some(plus(now, -behind)),
            _ => self.story.take(event),
        }
    }

    /// It as of a time, from nothing.
    fn at(&self, time: Time) -> Inbox {
        let mut inbox = Inbox::new(Arc::clone(runbooks())).as_of(Some(time));
        let folder =
            |path: &str| Folder { maildir: path.into(), name: String::new(), path: path.into(), read_only: false };
        inbox.apply(Change::Folders(FOLDERS.map(folder).to_vec()));
        inbox.set_sources(self.sources.clone());
        let mut sent = self.sent.clone();
        sent.mails.sort_unstable();
        inbox.set_sent(sent);
        inbox.apply(Change::Rows(self.story.rows.clone()));
        inbox.remember(self.story.stones.iter().map(|stone| (**stone).clone()).collect());
        self.acts.iter().cloned().for_each(|act| inbox.tell(act));
        inbox.settle(time);
        inbox
    }
}

type Said = BTreeMap<MailKey, Judged>;

/// What an inbox says of each of its rows.
fn said(inbox: &Inbox) -> Said {
    let one = |(row, standing): (&Row, Standing)| {
        let judgment = standing.judgment;
        let cases = inbox.book(row).map_or(&[][..], |book| &book.cases);
        let case = judgment.case.map(|case| cases[usize::from(case)].id.clone());
        (row.key.clone(), Judged { call: judgment.call, case, known: judgment.known })
    };
    inbox.standings().map(one).collect()
}

/// Whether what is given as the reason for a change came about at that time.
fn holds(inbox: &Inbox, mailbox: &Mailbox, turn: &Turn, cause: &Cause) -> bool {
    let received = |key: &MailKey| inbox.get(key).is_some_and(|row| row.received == turn.at);
    let happened = |act: &Act| act.at == turn.at;
    match cause {
        Cause::Received => turn.old.is_none() && received(&turn.key),
        Cause::Arrival(key) | Cause::Fresh(key) => *key != turn.key && received(key),
        Cause::Told(id) => mailbox.acts.iter().any(|act| act.id == *id && happened(act)),
        // No mail arrived at all, and if something was told then, it was nothing that could matter.
        Cause::Time => turn.old.is_some() && !inbox.rows().iter().any(|row| row.received == turn.at),
    }
}

proptest! {
    #![proptest_config(super::laws::cases())]

    /// What is looked at is all at the end of the replay, and some of its times: those of its changes, a second before
    /// each, and others at which nothing is said to change.
    #[test]
    fn r2_a_replay_up_to_a_time_is_that_time_asked_from_nothing(
        first in prop::collection::vec(sketch(), 0..12),
        crowd in crowd(),
        events in prop::collection::vec(happens(), 1..24),
        (from, to) in (0..1000i64, prop_oneof![0..1000i64, Just(1000)]),
        picks in prop::collection::vec(any::<Index>(), 4),
        between in 0..1000i64,
    ) {
        let mut mailbox = Mailbox::of(&first, crowd);
        events.iter().for_each(|event| mailbox.take(event));
        let part = |a: Time, b: Time, thousandth: i64| plus(a, (b.0 - a.0) * thousandth / 1000);
        let end = plus(mailbox.story.now, 8000);
        let from = part(t("9:30"), end, from);
        let to = part(from, end, to);
        let start = mailbox.at(from);
        let mut state = said(&start);
        let mut replay = Replay::start(start, from);
        prop_assert_eq!(replay.known().iter().collect::<BTreeMap<_, _>>(), state.iter().collect::<BTreeMap<_, _>>());
        let mut turns: Vec<Turn> = Vec::new();
        while let Some(step) = replay.step(to) {
            turns.extend(step);
        }
        prop_assert!(turns.iter().all(|turn| turn.at > from && turn.at <= to));
        prop_assert!(turns.is_sorted_by_key(|turn| turn.at));
        let changes: BTreeSet<Time> = turns.iter().map(|turn| turn.at).collect();
        let moments: Vec<Time> = changes.iter().flat_map(|time| [plus(*time, -1), *time]).collect();
        let picked = picks.iter().filter(|_| !moments.is_empty()).map(|pick| *pick.get(&moments));
        let looks: BTreeSet<Time> = picked.chain([part(from, to, between), to]).collect();
        let mut left = turns.iter().peekable();
        for look in looks {
            let there = mailbox.at(look);
            while let Some(turn) = left.next_if(|turn| turn.at <= look) {
                prop_assert_ne!(turn.old.as_ref(), Some(&turn.new), "no change");
                let old = state.insert(turn.key.clone(), turn.new.clone());
                prop_assert_eq!(&old, &turn.old);
                prop_assert!(!turn.why.is_empty());
                prop_assert!(turn.why.iter().all(|cause| holds(&there, &mailbox, turn, cause)), "{:?}", turn);
                if turn.at == look {
                    let row = there.get(&turn.key).expect("it is there");
                    prop_assert_eq!(&turn.headline, &there.verdict(row).headline);
                }
            }
            prop_assert_eq!(&state, &said(&there), "as of {}, {} to {}", look.rfc3339(), from.rfc3339(), to.rfc3339());
        }
        prop_assert_eq!(left.next(), None);
    }
}
