//! Where a message lies by what was told: an act that moves it gives it another folder and another base name, and so do
//! the undo and the redo of one. The journal names a message as it was when the act was done; from there the trail of the
//! acts leads on to where it lies now, so that equal mails are never taken for one another.

use super::told::{Act, ActId, Deed, Home, Shelf, Target, Told, thrown};
use crate::mail::{FileName, Time};
use std::collections::HashSet;

/// The base name that a message gets by an act that moves it (MR-2): nobody had it, and it follows from the act.
pub fn name_by(act: &Act, target: &Target) -> FileName {
    let mut hash = blake3::Hasher::new();
    hash.update(&act.id.0.to_le_bytes()).update(&act.at.0.to_le_bytes()).update(&target.digest.0);
    for part in [act.by.as_bytes(), target.folder.as_bytes(), &target.base] {
        hash.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let (mut number, mut more) = ([0; 8], [0; 4]);
    let mut bytes = hash.finalize_xof();
    bytes.fill(&mut number);
    bytes.fill(&mut more);
    let (seconds, count) = (Time(act.at.0.max(0)), u64::try_from(act.id.0).unwrap_or(0));
    crate::mail::name::unique(
        seconds,
        u32::from_le_bytes(more) % 1_000_000,
        0,
        count,
        u64::from_le_bytes(number),
        "moved",
    )
}

/// Where a message lies that lay there when an act was about it: folder path and base name. Another program may have
/// moved or renamed it since.
pub fn end(told: &Told, folder: &str, base: &[u8]) -> Home {
    let mut place: Home = (folder.to_owned(), base.into());
    let mut passed: HashSet<Home> = HashSet::new();
    while let Some(next) = step(told, &place)
        && passed.insert(place.clone())
    {
        place = next;
    }
    place
}

/// Where the last act that moved the message of that place brought it.
fn step(told: &Told, (folder, base): &Home) -> Option<Home> {
    let (last, target) = told.ever_about(folder, base).into_iter().rev().find(|(act, _)| moves(told, act))?;
    let origin = origin(told, last);
    Some((goes(told, &last.deed, origin, target).to_owned(), name_by(last, target).base().into()))
}

/// The act that an undo or redo is about; any other act itself.
fn origin<'t>(told: &'t Told, act: &'t Act) -> &'t Act {
    match act.deed {
        Deed::Undo(of) | Deed::Redo(of) => told.act(of).unwrap_or(act),
        _ => act,
    }
}

/// Whether an act moves, or takes back or does again one that moved.
pub fn moves(told: &Told, act: &Act) -> bool {
    matches!(origin(told, act).deed, Deed::Move { .. })
}

/// The folder into which an act that moves, or the undo or redo of it, brings a message.
pub fn goes<'t>(told: &'t Told, deed: &Deed, act: &'t Act, target: &'t Target) -> &'t str {
    match (deed, &act.deed) {
        (Deed::Undo(_), Deed::Move { shelf: Shelf::Back, .. }) => match thrown_before(told, act, target) {
            Some(thrown) => goes(told, &thrown.deed, thrown, target),
            None => &target.folder,
        },
        (Deed::Undo(_), _) | (_, Deed::Move { shelf: Shelf::Back, .. }) => &target.folder,
        (_, Deed::Move { to, .. }) => to,
        _ => &target.folder,
    }
}

/// The act that threw a message away which that act brought back.
fn thrown_before<'t>(told: &'t Told, act: &Act, target: &Target) -> Option<&'t Act> {
    let acts = told.acts();
    let before = acts.get(..acts.partition_point(|other| other.id < act.id))?;
    thrown(before, |other| other.folder == target.folder && other.base == target.base).map(|(act, _)| act)
}

/// What was told before that act, to look at it as it was then.
pub fn before(acts: &[Act], id: ActId) -> Told {
    let mut told = Told::default();
    acts.iter().filter(|act| act.id < id).for_each(|act| told.apply(act.clone()));
    told
}
