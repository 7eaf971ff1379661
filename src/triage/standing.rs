//! How a message stands: what was told about it and its incident, and what of that still holds (R27, R29).

use super::told::{Act, ActId, Deed, Scope, Shelf, Step};
use super::verdicts::{Judgment, lapsed};
use crate::mail::Time;
use crate::runbook::{Call, Verb};

/// Who said something and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The act.
    pub act: ActId,
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// The reason or text.
    pub text: String,
    /// Until when it holds; `None`: for ever.
    pub until: Option<Time>,
    /// How far it reaches.
    pub scope: Scope,
}

/// People who were reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// By whom, when, and what was said.
    pub said: Said,
    /// How.
    pub verb: Verb,
    /// Whom.
    pub who: Vec<String>,
    /// What the configured command answered.
    pub hook: Option<String>,
    /// What they answered.
    pub answered: Option<Said>,
}

/// A text for a bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugText {
    /// By whom, when, and the text.
    pub said: Said,
    /// The bug; `None`: a new one.
    pub bug: Option<u32>,
    /// When it was put there; `None`: pending.
    pub logged: Option<Time>,
}

/// What the operator told us about one message, itself or through its incident.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageState {
    /// Ignored, and why.
    pub ignored: Option<Said>,
    /// Dealt with.
    pub done: Option<Said>,
    /// Put off until a time.
    pub snoozed: Option<Said>,
    /// Put into the trash by us.
    pub trashed: Option<Said>,
    /// Taken on by somebody.
    pub claimed: Option<Said>,
    /// Resolved at that time, and by whom it was told.
    pub resolved: Option<(Time, Said)>,
    /// What no longer holds, because the time is over or the call became more urgent: the word, and who said it.
    pub over: Vec<(&'static str, Said)>,
    /// Notes, oldest first.
    pub notes: Vec<Said>,
    /// Forwarded to whom.
    pub forwarded: Vec<Said>,
    /// Replied.
    pub replied: Vec<Said>,
    /// People who were reached, oldest first.
    pub reached: Vec<Reached>,
    /// How severe somebody judged it to be.
    pub severity: Option<(Call, Said)>,
    /// Ticked steps, in the order of their ticking.
    pub ticked: Vec<(Step, Said)>,
    /// Texts for bugs.
    pub bug_texts: Vec<BugText>,
}

/// What a list needs of a row at every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)]
pub struct Standing {
    /// The verdict in short.
    pub judgment: Judgment,
    /// Ignored.
    pub ignored: bool,
    /// Dealt with.
    pub done: bool,
    /// Put off.
    pub snoozed: bool,
    /// In the trash.
    pub trashed: bool,
    /// Somebody has taken it on.
    pub claimed: bool,
    /// Has a note.
    pub noted: bool,
    /// It was ignored, done, put off or in the trash, and is back.
    pub back: bool,
}

impl Standing {
    /// Of a message that nothing was told about.
    pub fn plain(judgment: Judgment, trashed: bool) -> Standing {
        Standing {
            judgment,
            ignored: false,
            done: false,
            snoozed: false,
            trashed,
            claimed: false,
            noted: false,
            back: false,
        }
    }

    /// Of a message with what was told; `trashed`: it has the flag T.
    pub fn of(judgment: Judgment, state: &MessageState, trashed: bool) -> Standing {
        let back_from_trash = state.over.iter().any(|(word, _)| *word == "trash");
        Standing {
            judgment,
            ignored: state.ignored.is_some(),
            done: state.done.is_some(),
            snoozed: state.snoozed.is_some(),
            trashed: (trashed || state.trashed.is_some()) && !back_from_trash,
            claimed: state.claimed.is_some(),
            noted: !state.notes.is_empty(),
            back: !state.over.is_empty(),
        }
    }

    /// The call.
    pub fn call(self) -> Call {
        self.judgment.call
    }

    /// Done, ignored, put off or in the trash: nobody needs to look (R28).
    pub fn handled(self) -> bool {
        self.ignored || self.done || self.snoozed || self.trashed
    }
}

/// An act, and whether it is about the message itself rather than another one of its incident.
pub(super) type About<'a> = (&'a Act, bool);

/// What acts, oldest first, say about a message whose call is `call`, at `now`.
pub(super) fn fold<'a>(acts: impl Iterator<Item = About<'a>>, call: Call, now: Time) -> MessageState {
    let mut state = MessageState::default();
    // What hides it, and the call up to which it does.
    let mut hiding: [Option<(Said, Option<Call>)>; 4] = [None, None, None, None];
    const WORDS: [&str; 4] = ["ignore", "done", "snooze", "trash"];
    let [ignore, done, snooze, trash] = [0, 1, 2, 3];
    for (act, own) in acts {
        if !own && *act.deed.scope() != Scope::Incident {
            continue;
        }
        let said = |text: &str, until| Said {
            act: act.id,
            at: act.at,
            by: act.by.clone(),
            text: text.to_owned(),
            until,
            scope: act.deed.scope().clone(),
        };
        let mut hide = |slot: usize, said: Option<Said>| {
            if let Some(place) = hiding.get_mut(slot) {
                *place = said.map(|said| (said, act.call()));
            }
        };
        match &act.deed {
            Deed::Ignore { reason, until, .. } => hide(ignore, Some(said(reason, *until))),
            Deed::Unignore { .. } => hide(ignore, None),
            Deed::Done => hide(done, Some(said("", None))),
            Deed::Undone => hide(done, None),
            Deed::Snooze { until, .. } => hide(snooze, Some(said("", Some(*until)))),
            Deed::Unsnooze { .. } => hide(snooze, None),
            Deed::Move { shelf: Shelf::Archive, .. } => hide(done, Some(said("", None))),
            Deed::Move { shelf: Shelf::Trash, .. } => hide(trash, Some(said("", None))),
            Deed::Trash => hide(trash, Some(said("", None))),
            Deed::Move { shelf: Shelf::Back, .. } => hide(trash, None),
            Deed::Untrash => hide(trash, None),
            Deed::Claim { .. } => state.claimed = Some(said("", None)),
            Deed::Unclaim { .. } => state.claimed = None,
            Deed::Resolve { at } => state.resolved = Some((*at, said("", None))),
            Deed::Reach { verb, who, text, hook } => state.reached.push(Reached {
                said: said(text, None),
                verb: *verb,
                who: who.clone(),
                hook: hook.clone(),
                answered: None,
            }),
            Deed::Answered { of, text } => {
                if let Some(reached) = state.reached.iter_mut().find(|reached| reached.said.act == *of) {
                    reached.answered = Some(said(text, None));
                }
            }
            Deed::Severity { call } => state.severity = Some((*call, said("", None))),
            Deed::Tick(step) => {
                state.ticked.retain(|(ticked, _)| ticked != step);
                state.ticked.push((step.clone(), said("", None)));
            }
            Deed::Untick(step) => state.ticked.retain(|(ticked, _)| ticked != step),
            Deed::BugText { bug, text } => {
                state.bug_texts.push(BugText { said: said(text, None), bug: *bug, logged: None });
            }
            Deed::Logged { of } => {
                if let Some(text) = state.bug_texts.iter_mut().find(|text| text.said.act == *of) {
                    text.logged = Some(act.at);
                }
            }
            Deed::Note { text } => state.notes.push(said(text, None)),
            Deed::Forward { how, to, .. } => {
                state.forwarded.push(said(&format!("{how} to {}", to.join(", ")), None));
            }
            Deed::Reply { to, .. } => state.replied.push(said(&to.join(", "), None)),
            _ => {}
        }
    }
    for (slot, word) in hiding.into_iter().zip(WORDS) {
        let Some((said, then)) = slot else { continue };
        // The first journals kept no calls; what they knew of tests over time was `decide` at the most.
        let more_urgent = lapsed(then.unwrap_or(Call::Decide), call);
        if more_urgent || said.until.is_some_and(|until| until <= now) {
            state.over.push((word, said));
            continue;
        }
        match word {
            "ignore" => state.ignored = Some(said),
            "done" => state.done = Some(said),
            "snooze" => state.snoozed = Some(said),
            _ => state.trashed = Some(said),
        }
    }
    state
}
