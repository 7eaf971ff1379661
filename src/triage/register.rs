//! What verdicts depend on of what the operator told us: acts made into the engine's [`Register`].

use super::row::{FolderId, MailKey};
use super::told::{Deed, Scope, Target, Told};
use super::verdicts::{About, Claim, Expectation, Register, Resolve, SwitchEntry};
use crate::mail::{Flags, Time};

/// The register of what stands. `folder` gives the id of a folder's path, where it is open.
pub(super) fn register(told: &Told, folder: impl Fn(&str) -> Option<FolderId>) -> Register {
    let mut register = Register::default();
    // What was taken back for all its messages says nothing; for single ones the others still stand for its incident.
    let about = |target: &Target| {
        // A message of a folder that is not open here is found by its content.
        let folder = folder(&target.folder).unwrap_or(FolderId(u16::MAX));
        About { key: MailKey { folder, base: target.base.clone() }, digest: target.digest }
    };
    let standing = told.acts().iter().filter(|act| told.stands(act.id));
    for act in standing {
        let targets = || act.targets.iter().filter(|target| target.failed.is_none());
        match &act.deed {
            Deed::Switch { name, is, from } => register.switches.push(SwitchEntry {
                name: name.clone(),
                is: is.clone(),
                from: *from,
                recorded: act.at,
            }),
            Deed::Expect { name, from, to, who } => register.expectations.push(Expectation {
                name: name.clone(),
                from: *from,
                to: *to,
                by: who.clone(),
                recorded: act.at,
            }),
            Deed::Claim { scope } => register.claims.extend(targets().map(|target| Claim {
                about: about(target),
                incident: *scope == Scope::Incident,
                by: act.by.clone(),
                recorded: act.at,
                released: None,
            })),
            // Who answered has taken it on, once the answer is out (R24).
            Deed::Reply { .. } => {
                let out = targets().filter(|target| target.added.has(Flags::REPLIED));
                register.claims.extend(out.map(|target| Claim {
                    about: about(target),
                    incident: false,
                    by: act.by.clone(),
                    recorded: act.at,
                    released: None,
                }));
            }
            Deed::Unclaim { scope } => {
                let given_back: Vec<About> = targets().map(about).collect();
                release(&mut register.claims, &given_back, *scope == Scope::Incident, act.at);
            }
            Deed::Resolve { at } => register.resolves.extend(targets().map(|target| Resolve {
                about: about(target),
                at: *at,
                by: act.by.clone(),
                recorded: act.at,
            })),
            _ => {}
        }
    }
    register
}

/// Ends the claims of these messages.
fn release(claims: &mut [Claim], about: &[About], incident: bool, at: Time) {
    for claim in claims.iter_mut().filter(|claim| claim.released.is_none() && claim.incident == incident) {
        if about.iter().any(|other| other.key == claim.about.key || other.digest == claim.about.digest) {
            claim.released = Some(at);
        }
    }
}

/// When the mailbox was said to be complete, with the time that this was told (R11).
pub(super) fn synced(told: &Told) -> impl Iterator<Item = Time> {
    told.at_large().filter(|act| act.deed == Deed::Synced).map(|act| act.at)
}
