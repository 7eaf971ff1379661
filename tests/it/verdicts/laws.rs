//! What must hold for all mailboxes (R32, and the invariants of the verdict machines).

use super::kit::*;
use dutybox::mail::{Digest, FileName, Time};
use dutybox::runbook::Call;
use dutybox::triage::row::FolderId;
use dutybox::triage::verdicts::{Correlation, GRACE, Incident};
use dutybox::triage::{Row, Verdict};
use proptest::prelude::*;
use std::sync::OnceLock;

/// A mail of the vcs2vcs system: which, from where, when, how late.
#[derive(Debug, Clone)]
struct Sketch {
    what: u8,
    host: u8,
    at: i64,
    late: i64,
}

impl Sketch {
    /// The mail, but for its times.
    fn mail(&self) -> Mail {
        let at = t("10:00");
        let made = match self.what {
            0 | 1 => autofix(at),
            2..=4 => delays(at),
            5 => major(at),
            6 => push(1, at),
            _ => push(2, at),
        };
        made.from(match self.host {
            0..=2 => HOST,
            3 | 4 => HOST2,
            5 => "x@github-sync1",
            6 => "x@github-sync1.example.org",
            _ => "x@mozilla.com",
        })
        .id(None)
    }

    /// Its row. Reading and classifying each mail would take most of the time, so that each sort is read once.
    fn row(&self, index: usize) -> Row {
        static READ: OnceLock<Vec<Row>> = OnceLock::new();
        let read = READ.get_or_init(|| {
            let all = (0..64u8).map(|number| Sketch { what: number / 8, host: number % 8, at: 0, late: 0 });
            all.map(|sketch| sketch.mail().row(shipped(), 0)).collect()
        });
        let mut row = read[usize::from(self.what * 8 + self.host)].clone();
        let at = plus(t("10:00"), self.at);
        let received = plus(at, self.late);
        row.key.base = format!("{}.m{index}", received.0).into_bytes().into();
        row.name = FileName::new(row.key.base.clone());
        (row.at, row.received, row.mtime) = (at, received, received);
        row.message_id = Some(format!("{index}@localhost").into());
        row.digest = Digest([u8::try_from(index).unwrap() + 1; 16]);
        row
    }
}

/// Times on and next to the edges of all windows.
fn sketch(hosts: u8, late: i64) -> impl Strategy<Value = Sketch> {
    let second = prop_oneof![4 => Just(0i64), 1 => Just(1), 1 => Just(-1), 1 => 0..60i64];
    let step =
        prop_oneof![3 => (0..12i64).prop_map(|tick| tick * 1200), 2 => (0..240i64).prop_map(|minute| minute * 60)];
    let late = prop_oneof![3 => Just(0), 1 => 0..=late];
    (0..8u8, 0..hosts, step, second, late).prop_map(|(what, host, step, second, late)| Sketch {
        what,
        host,
        at: (step + second).max(0),
        late,
    })
}

#[derive(Debug, Clone)]
struct Scene {
    mails: Vec<Sketch>,
    now: i64,
    fresh: Option<i64>,
    resolved: Option<(usize, i64)>,
}

fn scene(hosts: u8, late: i64) -> impl Strategy<Value = Scene> {
    let fresh = prop_oneof![2 => Just(None), 1 => (0..20_000i64).prop_map(Some)];
    let resolved = prop_oneof![3 => Just(None), 1 => (0..12usize, 0..15_000i64).prop_map(Some)];
    (prop::collection::vec(sketch(hosts, late), 1..12), 0..20_000i64, fresh, resolved)
        .prop_map(|(mails, now, fresh, resolved)| Scene { mails, now, fresh, resolved })
}

impl Scene {
    fn world(&self) -> (World, Vec<usize>) {
        let mut world = World::young(shipped());
        let mut first = Sketch { what: 5, host: 3, at: 0, late: 0 }.row(200);
        (first.at, first.received, first.mtime) = (t("-30 0:00"), t("-30 0:00"), t("-30 0:00"));
        world.rows.push(first);
        world.rows.extend(self.mails.iter().enumerate().map(|(index, sketch)| sketch.row(index)));
        let rows = (1..world.rows.len()).collect();
        world.fresh = self.fresh.map(|fresh| plus(t("10:00"), fresh));
        if let Some((mail, at)) = self.resolved {
            let row = 1 + mail % self.mails.len();
            world.resolve(row, plus(t("10:00"), at), plus(t("10:00"), at));
        }
        (world, rows)
    }

    fn at(self, now: i64) -> Scene {
        Scene { now, ..self }
    }

    fn now(&self) -> Time {
        plus(t("10:00"), self.now)
    }
}

/// A verdict without the places of messages.
fn words(verdict: &Verdict) -> impl PartialEq + std::fmt::Debug + use<> {
    let may: Vec<_> = verdict.may_become.clone();
    let words = verdict.words();
    (said(verdict), verdict.headline.clone(), verdict.until, verdict.due, may, words)
}

/// What R14 calls the answer.
fn answer(verdict: &Verdict) -> impl PartialEq + std::fmt::Debug + use<> {
    let may: Vec<String> = verdict.may_become.iter().map(|may| may.case.clone()).collect();
    (said(verdict), may)
}

/// Whether it is said for certain, and waits for nothing.
fn settled(verdict: &Verdict) -> bool {
    verdict.known && verdict.may_become.is_empty()
}

pub(super) fn cases() -> ProptestConfig {
    // The proof is run with DUTYBOX_PROOF; PROPTEST_CASES asks for any other number.
    let proof = std::env::var_os("DUTYBOX_PROOF").is_some_and(|value| !value.is_empty() && value != "0");
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let cases = asked.unwrap_or(if proof { 10_000 } else { 256 });
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Where the mailbox is known only up to a time (seconds after 10:00), no verdict is lower for certain than that of the
/// whole mailbox; pushes are left out.
fn never_lowers(scene: &Scene, cut: i64) -> Result<(), TestCaseError> {
    let (mut world, rows) = scene.world();
    world.fresh = None;
    let full = world.at(scene.now());
    let cut = plus(t("10:00"), cut.min(scene.now));
    let mut part = scene.world().0;
    // What came later is missing.
    part.fresh = Some(cut);
    part.rows.retain(|row| row.received <= cut);
    let found = part.at(scene.now());
    for (row, _) in rows.into_iter().zip(&scene.mails).filter(|(_, sketch)| sketch.what < 6) {
        let Some(at) = part.rows.iter().position(|left| left.key == world.rows[row].key) else { continue };
        let (less, all) = (&found.verdicts[at], &full.verdicts[row]);
        prop_assert!(!settled(less) || less.call >= all.call, "{} of {}", said(less), said(all));
    }
    Ok(())
}

/// A delay at 11:00, and AUTOFIX at 11:20 that keeps the incident open for longer than the delay waits for a second one. The
/// mailbox is known up to 11:46.
fn held_open(delays: &[(i64, i64)]) -> Scene {
    let sketch = |what, at, late| Sketch { what, host: 3, at, late };
    let later = delays.iter().map(|(at, late)| sketch(2, *at, *late));
    let mails = [sketch(2, 3600, 0), sketch(0, 4800, 0)].into_iter().chain(later).collect();
    Scene { mails, now: 6900, fresh: None, resolved: None }
}

#[test]
fn a_delay_that_is_missing_may_begin_the_repeats_again_while_other_mail_holds_the_incident_open() {
    never_lowers(&held_open(&[(6900, 0)]), 6360).unwrap();
}

#[test]
fn two_delays_that_are_missing_may_be_the_repeats() {
    never_lowers(&held_open(&[(6800, 0), (6900, 0)]), 6360).unwrap();
    // Sent before the mailbox was known to be complete, and late by less than the grace.
    never_lowers(&held_open(&[(7430, 115), (7440, 110)]).at(7600), 7530).unwrap();
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn r32_row_order_changes_nothing(scene in scene(8, 5000), seed in any::<u64>()) {
        let (mut world, _) = scene.world();
        let before = world.at(scene.now());
        let mut order: Vec<usize> = (0..world.rows.len()).collect();
        order.sort_by_key(|index| (*index as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        world.rows = order.iter().map(|index| world.rows[*index].clone()).collect();
        let after = world.at(scene.now());
        for (new, old) in order.iter().enumerate() {
            prop_assert_eq!(&after.verdicts[new], &before.verdicts[*old]);
        }
        let ids = |world: &World, found: &Correlation| -> Vec<_> {
            let shown = |incident: &Incident| (world.id(incident), incident.count, incident.call);
            found.incidents.iter().map(shown).collect()
        };
        prop_assert_eq!(ids(&world, &after), ids(&scene.world().0, &before));
    }

    #[test]
    fn r32_file_names_change_nothing(scene in scene(8, 5000)) {
        let (mut world, rows) = scene.world();
        let before = world.at(scene.now());
        world.register.resolves.iter_mut().for_each(|resolve| resolve.about.key.base = (*b"gone").into());
        for row in &rows {
            let base = format!("z{}", 1000 - row);
            world.rows[*row].key.base = base.as_bytes().into();
            world.rows[*row].name = FileName::new(base.as_bytes());
        }
        let after = world.at(scene.now());
        for row in rows {
            prop_assert_eq!(words(&after.verdicts[row]), words(&before.verdicts[row]));
        }
    }

    #[test]
    fn r32_copies_change_nothing(scene in scene(8, 5000), which in 0..12usize, later in 0..9000i64) {
        let (mut world, rows) = scene.world();
        let before = world.at(scene.now());
        let sketch = &scene.mails[which % scene.mails.len()];
        let mut copy = sketch.row(which % scene.mails.len());
        let received = plus(copy.received, later);
        copy.received = received;
        copy.key.folder = FolderId(1);
        let copy = { world.rows.push(copy); world.rows.len() - 1 };
        let after = world.at(scene.now());
        for row in rows {
            prop_assert_eq!(words(&after.verdicts[row]), words(&before.verdicts[row]));
        }
        if received <= scene.now() {
            let original = 1 + which % scene.mails.len();
            prop_assert_eq!(words(&after.verdicts[copy]), words(&after.verdicts[original]));
        }
    }

    #[test]
    fn r32_unrelated_mail_changes_nothing(scene in scene(8, 5000), times in prop::collection::vec(0..20_000i64, 1..6)) {
        let (mut world, rows) = scene.world();
        let before = world.at(scene.now());
        for (index, at) in times.iter().enumerate() {
            let at = plus(t("10:00"), *at);
            world.add(&mail("Nothing to do with it", at));
            world.add(&mail("[adhoc] x", at).to("release+adhoc-signing@mozilla.com").id(Some(&format!("u{index}"))));
        }
        let after = world.at(scene.now());
        for row in rows {
            prop_assert_eq!(&after.verdicts[row], &before.verdicts[row]);
        }
    }

    #[test]
    fn r32_shifting_all_times_changes_only_the_printed_ones(scene in scene(8, 5000), hours in 1..10_000i64) {
        let (world, rows) = scene.world();
        let before = world.at(scene.now());
        let by = hours * 3600;
        let (mut moved, _) = scene.world();
        for row in &mut moved.rows {
            for time in [&mut row.at, &mut row.received, &mut row.mtime] {
                time.0 += by;
            }
        }
        moved.fresh = moved.fresh.map(|fresh| plus(fresh, by));
        for resolve in &mut moved.register.resolves {
            resolve.at.0 += by;
            resolve.recorded.0 += by;
        }
        let after = moved.at(plus(scene.now(), by));
        for row in rows {
            let (old, new) = (&before.verdicts[row], &after.verdicts[row]);
            prop_assert_eq!(answer(new), answer(old));
            prop_assert_eq!(new.until, old.until.map(|until| plus(until, by)));
            prop_assert_eq!(new.due, old.due.map(|due| plus(due, by)));
        }
        prop_assert_eq!(world.rows.len(), moved.rows.len());
    }

    /// Mail that has not come yet leaves a doubt, or a wait, but never a lower call that is said for certain: also where it
    /// is late by as much as the grace allows. Two sorts are not compared, as their rules say otherwise: pushes, of which
    /// sets count what came so far (R19), and short host names, whose meaning depends on which full ones are known (R8).
    #[test]
    fn missing_mail_never_lowers(scene in scene(8, GRACE), cut in 0..20_000i64) {
        let mails: Vec<Sketch> = scene.mails.into_iter().filter(|sketch| sketch.host != 5).collect();
        prop_assume!(!mails.is_empty());
        never_lowers(&Scene { mails, resolved: None, ..scene }, cut)?;
    }

    /// The same for mail that cannot be read.
    #[test]
    fn unreadable_mail_never_lowers(scene in scene(5, 0), which in 0..12usize) {
        let scene = Scene { resolved: None, ..scene };
        let (mut world, rows) = scene.world();
        let full = world.at(scene.now());
        let broken = rows[which % rows.len()];
        let at = world.rows[broken].received;
        world.rows[broken] = unreadable(at);
        let found = world.at(scene.now());
        for row in rows.into_iter().filter(|row| *row != broken) {
            let (less, all) = (&found.verdicts[row], &full.verdicts[row]);
            prop_assert!(!settled(less) || less.call >= all.call, "{} of {}", said(less), said(all));
        }
    }

    /// R14 and R32: until then it stays the same, and then it is another, if nothing arrives.
    #[test]
    fn r32_until_is_the_first_change(scene in scene(8, 5000), part in 0..100i64) {
        let (mut world, rows) = scene.world();
        // Nothing arrives: what is not there yet never comes.
        world.rows.retain(|row| row.received <= scene.now());
        let keys: Vec<_> = world.rows.iter().map(|row| row.key.clone()).collect();
        world.register.resolves.retain(|resolve| resolve.recorded <= scene.now());
        let before = world.at(scene.now());
        prop_assert!(keys.len() <= rows.len() + 1);
        for row in 0..world.rows.len() {
            let verdict = &before.verdicts[row];
            let end = verdict.until.unwrap_or(plus(scene.now(), 200_000));
            let between = Time(scene.now().0 + (end.0 - scene.now().0 - 1) * part / 100);
            for at in [between, Time(end.0 - 1)] {
                let later = world.verdict(row, at);
                // Where freshness does not keep up, it can fall into doubt, and nothing else.
                let doubtful = scene.fresh.is_some() && !later.known && later.call >= verdict.call;
                prop_assert!(answer(&later) == answer(verdict) || doubtful, "at {:?} of {:?}: {}", at, end, said(&later));
            }
            if verdict.until.is_some() && scene.fresh.is_none() {
                prop_assert_ne!(answer(&world.verdict(row, end)), answer(verdict));
            }
        }
    }

    /// Replay up to a time is the same as that time asked of the whole mailbox.
    #[test]
    fn r32_one_by_one_is_all_at_once(scene in scene(8, 5000)) {
        let (world, _) = scene.world();
        let whole = world.at(scene.now());
        let mut so_far = World::young(shipped());
        so_far.fresh = Some(world.fresh.unwrap_or(plus(scene.now(), GRACE)));
        so_far.register = world.register.clone();
        let mut order: Vec<usize> = (0..world.rows.len()).filter(|row| world.rows[*row].received <= scene.now()).collect();
        order.sort_by_key(|row| world.rows[*row].received);
        for row in &order {
            so_far.rows.push(world.rows[*row].clone());
            so_far.at(scene.now());
        }
        let found = so_far.at(scene.now());
        for (new, old) in order.iter().enumerate() {
            prop_assert_eq!(&found.verdicts[new], &whole.verdicts[*old]);
        }
    }

    #[test]
    fn every_verdict_says_why_and_every_row_has_an_incident(scene in scene(8, 5000)) {
        let (world, _) = scene.world();
        let found = world.at(scene.now());
        let mut members = 0;
        for (row, verdict) in found.verdicts.iter().enumerate() {
            prop_assert!(!verdict.because.is_empty());
            if world.rows[row].received > scene.now() {
                continue;
            }
            let incident = found.incident(row).expect("each row that is there has one");
            prop_assert!(incident.members.contains(&row));
            prop_assert!(incident.call >= verdict.call || verdict.call == Call::Ignore);
            members += 1;
        }
        prop_assert_eq!(members, found.incidents.iter().map(|incident| incident.members.len()).sum::<usize>());
    }
}
