//! Forward, redirect and reply: recipients, review, and only then send.

use super::action::Action;
use super::effect::{Effect, ForwardRequest};
use super::key::{Code, Key};
use super::model::{Field, ForwardDialog, Letter, Model, Overlay, Review, Tone};
use super::{acts, update};
use crate::mail::compose::{ForwardAs, check_address};
use crate::runbook::Verb;
use crate::triage::row::MailKey;

/// Starts a letter.
pub(super) fn start(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(keys) = acts::targets(model) else { return };
    if matches!(action, Action::Reply | Action::ReplyAll) {
        if let ([key], true) = (keys.as_slice(), keys.len() == 1) {
            let draft = model.draft.take_if(|(about, _)| about == key).map(|(_, draft)| draft);
            effects.push(Effect::EditReply { key: key.clone(), all: action == Action::ReplyAll, draft });
        } else {
            model.say(Tone::Warning, "reply to one message at a time: clear the selection first");
        }
        return;
    }
    let (nicks, from_runbook) = recipients(model);
    let about = match keys.as_slice() {
        [key] => model.inbox.get(key).map(|row| row.subject.to_string()).unwrap_or_default(),
        _ => format!("{} messages, one mail each", keys.len()),
    };
    model.overlay = Some(Overlay::Forward(Box::new(ForwardDialog {
        keys,
        about,
        to: Field::new(nicks.join(", ")),
        how: if action == Action::Redirect { ForwardAs::Redirect } else { ForwardAs::Attach },
        note: Field::default(),
        at: 0,
        from_runbook,
        given: Vec::new(),
        unknown: None,
        keep: None,
        wrong: None,
        waiting: false,
    })));
}

/// Whom the runbook names: first those to forward to, else whom the verdict wants reached.
fn recipients(model: &Model) -> (Vec<String>, Option<String>) {
    let Some(book) = model.book() else { return (Vec::new(), None) };
    let named = |people: &[(Verb, Vec<String>)], verb: Option<Verb>| -> Vec<String> {
        let mut nicks: Vec<String> = Vec::new();
        for (v, who) in people {
            if verb.is_none_or(|verb| verb == *v) {
                nicks.extend(who.iter().filter(|nick| !nicks.contains(nick)).cloned().collect::<Vec<_>>());
            }
        }
        nicks
    };
    let forward = named(&book.people, Some(Verb::Forward));
    if !forward.is_empty() {
        return (forward, Some(format!("the runbook {} says: forward", book.id)));
    }
    let people = model.verdict().map(|verdict| verdict.people).unwrap_or_default();
    let others = named(&people, None);
    let words = (!others.is_empty()).then(|| format!("named by the runbook {}", book.id));
    (others, words)
}

/// What is typed as recipients, one by one.
fn tokens(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for token in text.split([',', ';', ' ']).map(str::trim).filter(|token| !token.is_empty()) {
        if !all.iter().any(|other| other == token) {
            all.push(token.to_owned());
        }
    }
    all
}

/// What a recipient stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// These addresses.
    Addresses(Vec<String>),
    /// A nick that no contact explains.
    Unknown,
    /// No address, in words.
    Wrong(String),
}

/// Each typed recipient with what it stands for.
pub fn resolve(model: &Model, dialog: &ForwardDialog) -> Vec<(String, Resolved)> {
    let one = |token: &str| {
        if let Some((_, address)) = dialog.given.iter().find(|(nick, _)| nick == token) {
            return Resolved::Addresses(vec![address.clone()]);
        }
        if token.contains('@') {
            return match check_address(token) {
                Ok(address) => Resolved::Addresses(vec![address]),
                Err(error) => Resolved::Wrong(error.to_string()),
            };
        }
        match model.config.resolve(token) {
            Some(addresses) if !addresses.is_empty() => Resolved::Addresses(addresses),
            _ => Resolved::Unknown,
        }
    };
    tokens(dialog.to.text()).into_iter().map(|token| (token.clone(), one(&token))).collect()
}

/// A key while the dialog is open.
pub(super) fn on_key(model: &mut Model, mut dialog: Box<ForwardDialog>, key: Key, effects: &mut Vec<Effect>) {
    let plain = !key.ctrl && !key.alt;
    if let Some((nick, address)) = dialog.keep.take() {
        match key.code {
            Code::Char('y' | 'Y') => effects.push(Effect::KeepContact { nick, address }),
            Code::Char('n' | 'N') | Code::Esc => {}
            _ => {
                dialog.keep = Some((nick, address));
                model.overlay = Some(Overlay::Forward(dialog));
                return;
            }
        }
        return go_on(model, dialog, effects);
    }
    if let Some((nick, mut field)) = dialog.unknown.take() {
        match key.code {
            Code::Esc => {}
            Code::Enter => match check_address(field.text().trim()) {
                Ok(address) => {
                    dialog.wrong = None;
                    dialog.given.push((nick.clone(), address.clone()));
                    dialog.keep = Some((nick, address));
                }
                Err(error) => {
                    dialog.wrong = Some(error.to_string());
                    dialog.unknown = Some((nick, field));
                }
            },
            _ => {
                field.key(key);
                dialog.unknown = Some((nick, field));
            }
        }
        model.overlay = Some(Overlay::Forward(dialog));
        return;
    }
    if dialog.waiting {
        if key.code != Code::Esc {
            model.overlay = Some(Overlay::Forward(dialog));
        }
        return;
    }
    match key.code {
        Code::Esc => {
            model.say(Tone::Muted, "nothing was sent");
            return;
        }
        Code::Enter => return go_on(model, dialog, effects),
        Code::Tab if key.shift => dialog.at = (dialog.at + 2) % 3,
        Code::Tab | Code::Down => dialog.at = (dialog.at + 1) % 3,
        Code::Up => dialog.at = (dialog.at + 2) % 3,
        Code::Right | Code::Char(' ') if dialog.at == 1 && plain => dialog.how = next(dialog.how),
        Code::Left if dialog.at == 1 => dialog.how = next(next(dialog.how)),
        Code::Char('a' | 'i' | 'r') if dialog.at == 1 && plain => {
            dialog.how = match key.code {
                Code::Char('a') => ForwardAs::Attach,
                Code::Char('i') => ForwardAs::Inline,
                _ => ForwardAs::Redirect,
            };
        }
        _ => {
            dialog.wrong = None;
            match dialog.at {
                0 => drop(dialog.to.key(key)),
                2 => drop(dialog.note.key(key)),
                _ => {}
            }
        }
    }
    model.overlay = Some(Overlay::Forward(dialog));
}

fn next(how: ForwardAs) -> ForwardAs {
    match how {
        ForwardAs::Attach => ForwardAs::Inline,
        ForwardAs::Inline => ForwardAs::Redirect,
        ForwardAs::Redirect => ForwardAs::Attach,
    }
}

/// Asks for what is missing; where nothing is, has the review made.
fn go_on(model: &mut Model, mut dialog: Box<ForwardDialog>, effects: &mut Vec<Effect>) {
    let mut to: Vec<String> = Vec::new();
    dialog.wrong = None;
    for (token, resolved) in resolve(model, &dialog) {
        match resolved {
            Resolved::Addresses(addresses) => {
                for address in addresses {
                    if !to.contains(&address) {
                        to.push(address);
                    }
                }
            }
            Resolved::Unknown => {
                dialog.unknown = Some((token, Field::default()));
                break;
            }
            Resolved::Wrong(words) => {
                dialog.wrong = Some(words);
                break;
            }
        }
    }
    if dialog.unknown.is_none() && dialog.wrong.is_none() {
        match dialog.keys.first() {
            Some(key) if !to.is_empty() => {
                dialog.waiting = true;
                let note = dialog.note.text().trim().to_owned();
                effects.push(Effect::PreviewForward(ForwardRequest { key: key.clone(), how: dialog.how, to, note }));
            }
            _ => dialog.wrong = Some("no recipient: type an address, or a nick of your contacts".into()),
        }
    }
    model.overlay = Some(Overlay::Forward(dialog));
}

/// The review of a forward has come.
pub(super) fn preview(
    model: &mut Model,
    request: ForwardRequest,
    recipients: Vec<String>,
    text: String,
    warnings: Vec<String>,
) {
    // Where the dialog was left meanwhile, nothing comes up by itself.
    match model.overlay.take() {
        Some(Overlay::Forward(mut dialog)) if dialog.waiting => {
            dialog.waiting = false;
            let letter = Letter::Forward(dialog, request);
            model.overlay = Some(Overlay::Review(Box::new(Review { letter, recipients, text, warnings, scroll: 0 })));
        }
        other => model.overlay = other,
    }
}

/// Something failed: a dialog that waits for a review says why, and can be gone on with.
pub(super) fn failed(model: &mut Model, words: &str) {
    if let Some(Overlay::Forward(dialog)) = &mut model.overlay
        && dialog.waiting
    {
        dialog.waiting = false;
        dialog.wrong = Some(words.to_owned());
    }
}

/// A reply came back from the editor.
pub(super) fn review_reply(model: &mut Model, key: MailKey, draft: String) {
    model.dirty = true;
    if draft.trim().is_empty() {
        return model.say(Tone::Muted, "the draft is empty: nothing was sent");
    }
    let head = draft.lines().take_while(|line| !line.trim().is_empty());
    let named = |name: &'static str| {
        head.clone().filter_map(move |line| {
            let (field, value) = line.split_once(':')?;
            field.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let recipients: Vec<String> = named("To").chain(named("Cc")).filter(|value| !value.is_empty()).collect();
    let mut warnings = Vec::new();
    if recipients.is_empty() {
        warnings.push("no recipient: write one behind To:".to_owned());
    }
    let body: Vec<&str> = draft.lines().skip_while(|line| !line.trim().is_empty()).collect();
    if !body.iter().any(|line| !line.trim().is_empty() && !line.starts_with('>') && !line.ends_with("wrote:")) {
        warnings.push("you have written nothing above the quoted text".to_owned());
    }
    let text = draft.clone();
    let letter = Letter::Reply { key, draft };
    model.overlay = Some(Overlay::Review(Box::new(Review { letter, recipients, text, warnings, scroll: 0 })));
}

/// A key while the review is open: only `y` sends.
pub(super) fn review_key(model: &mut Model, mut review: Box<Review>, key: Key, effects: &mut Vec<Effect>) {
    let plain = !key.ctrl && !key.alt;
    let height = isize::try_from(model.panes.dialog.1).unwrap_or(10).max(1);
    match key.code {
        Code::Char('y') if plain => {
            match review.letter {
                Letter::Forward(dialog, request) => {
                    for key in dialog.keys {
                        effects.push(Effect::Forward(ForwardRequest { key, ..request.clone() }));
                    }
                    model.list.clear_selection();
                }
                Letter::Reply { key, draft } => effects.push(Effect::Reply { key, draft }),
            }
            return model.say(Tone::Muted, "to the outbox …");
        }
        Code::Char('e') if plain => match review.letter {
            Letter::Forward(dialog, _) => {
                model.overlay = Some(Overlay::Forward(dialog));
                return;
            }
            Letter::Reply { key, draft } => {
                effects.push(Effect::EditReply { key, all: false, draft: Some(draft) });
                return;
            }
        },
        Code::Esc | Code::Char('q' | 'n') => {
            if let (Letter::Forward(dialog, _), Code::Esc) = (&review.letter, key.code) {
                model.overlay = Some(Overlay::Forward(dialog.clone()));
                return;
            }
            if let Letter::Reply { key: about, draft } = review.letter {
                model.draft = Some((about, draft));
                let key = model.hint(Action::Reply);
                return model.say(Tone::Muted, format!("nothing was sent · {key} takes the draft up again"));
            }
            return model.say(Tone::Muted, "nothing was sent");
        }
        Code::Char('j') | Code::Down => update::scroll(&mut review.scroll, 1),
        Code::Char('k') | Code::Up => update::scroll(&mut review.scroll, -1),
        Code::Char('d') if key.ctrl => update::scroll(&mut review.scroll, height / 2),
        Code::Char('u') if key.ctrl => update::scroll(&mut review.scroll, -height / 2),
        Code::PageDown | Code::Char(' ') => update::scroll(&mut review.scroll, height),
        Code::PageUp => update::scroll(&mut review.scroll, -height),
        _ => {}
    }
    review.scroll = review.scroll.min(model.panes.dialog.0.saturating_sub(usize::from(model.panes.dialog.1)));
    model.overlay = Some(Overlay::Review(review));
}
