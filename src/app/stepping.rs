//! Through time: the screen at another time than now, to see again how verdicts came about (training, handover).
//!
//! The desk that was left ([`Home`]) is kept and goes on taking in mail, acts and time, so that it calls the operator all
//! the while; beside it an inbox of its own stands at the other time. Nothing can be changed there.

use super::action::Action;
use super::list::{Listing, View};
use super::model::{Model, Tone, Wait};
use crate::mail::Time;
use crate::runbook::Call;
use crate::triage::inbox::{CategorySummary, Moved};
use crate::triage::row::{MailKey, Row};
use crate::triage::told::Act;
use crate::triage::{Inbox, Standing};
use std::collections::BTreeSet;

/// How many times faster time runs when it is played.
pub const SPEED: i64 = 60;

/// Steps over moments at which nothing changed that one key makes at the most.
const MOMENTS: usize = 2000;

/// What is kept of the desk while the screen stands at another time.
#[derive(Debug)]
pub struct Home {
    inbox: Inbox,
    list: Listing,
    categories: Vec<CategorySummary>,
    needs_you: usize,
    past: usize,
    fresh: Option<Time>,
    waits: Vec<Wait>,
    switches: Vec<(String, String)>,
    now: Time,
    fixed: bool,
    before: Vec<(View, Option<MailKey>)>,
}

impl Home {
    /// The inbox of the desk.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Puts the desk on the screen and what was there aside, or the other way round.
    fn swap(&mut self, model: &mut Model) {
        std::mem::swap(&mut self.inbox, &mut model.inbox);
        std::mem::swap(&mut self.list, &mut model.list);
        std::mem::swap(&mut self.categories, &mut model.categories);
        std::mem::swap(&mut self.needs_you, &mut model.needs_you);
        std::mem::swap(&mut self.past, &mut model.past);
        std::mem::swap(&mut self.fresh, &mut model.fresh);
        std::mem::swap(&mut self.waits, &mut model.waits);
        std::mem::swap(&mut self.switches, &mut model.switches);
        std::mem::swap(&mut self.now, &mut model.now);
        std::mem::swap(&mut self.fixed, &mut model.fixed);
        std::mem::swap(&mut self.before, &mut model.before);
    }
}

/// Lets something happen to the desk, also while the screen stands at another time.
pub(super) fn at_home(model: &mut Model, happen: impl FnOnce(&mut Model)) {
    let Some(mut home) = model.desk.take() else { return happen(model) };
    home.swap(model);
    happen(model);
    home.swap(model);
    model.desk = Some(home);
}

/// Carries out an action of this part.
pub(super) fn act(model: &mut Model, action: Action) {
    model.playing &= action == Action::Play;
    match action {
        Action::StepOn => on(model),
        Action::StepBack => back(model),
        Action::MinuteOn => by(model, 60),
        Action::MinuteBack => by(model, -60),
        Action::HourOn => by(model, 3600),
        Action::HourBack => by(model, -3600),
        Action::TimeHere => {
            if let Some((time, key)) = model.row().map(|row| (row.received, row.key.clone()))
                && go(model, time)
            {
                model.list.go_to(&key);
            }
        }
        Action::Play if model.playing => {
            model.playing = false;
            said(model, "time stands still again");
        }
        Action::Play if end(model).is_some_and(|end| model.now >= end) => {
            model.say(
                Tone::Muted,
                format!("this is now: go back first, {} to the event before", model.hint(Action::StepBack)),
            );
        }
        Action::Play => {
            model.playing = enter(model);
            if model.playing {
                said(model, &format!("time runs {SPEED} times as fast"));
            }
        }
        Action::Now => leave(model),
        Action::GoCalled => called(model),
        _ => {}
    }
}

/// Goes to the incident that called last, back at the desk.
fn called(model: &mut Model) {
    let Some(key) = model.calling.last.clone() else {
        return model.say(Tone::Muted, "nothing has called yet");
    };
    if model.desk.is_some() {
        leave(model);
    }
    model.toast = None;
    if !model.list.go_to(&key) {
        model.before.clear();
        model.list.set_query(&model.inbox, model.now, None);
        model.list.set_scope(&model.inbox, model.now, View::All);
        if !model.list.go_to(&key) {
            return model.say(Tone::Muted, "what called is not in the list any more");
        }
    }
    model.focus = super::panes::Focus::List;
}

/// Sets the desk aside; whether the screen is at a time of its own now.
fn enter(model: &mut Model) -> bool {
    if model.desk.is_some() {
        return true;
    }
    if !model.inbox.complete {
        model.say(Tone::Warning, "mail is still being read: time can be travelled once all of it is there");
        return false;
    }
    if model.in_flight > 0 {
        model.say(Tone::Warning, "an act is still being written: try again in a moment");
        return false;
    }
    let now = model.now;
    let mut home = Home {
        inbox: model.inbox.beside(now),
        list: model.list.clone(),
        categories: Vec::new(),
        needs_you: 0,
        past: 0,
        fresh: None,
        waits: Vec::new(),
        switches: Vec::new(),
        now,
        fixed: true,
        before: model.before.clone(),
    };
    home.swap(model);
    model.desk = Some(Box::new(home));
    model.list.pin();
    model.inbox.settle(now);
    stand(model);
    true
}

/// Back to the desk.
pub(super) fn leave(model: &mut Model) {
    model.playing = false;
    let Some(mut home) = model.desk.take() else {
        return model.say(Tone::Muted, "this is now");
    };
    home.swap(model);
    model.settle();
    model.count();
    model.seeking.again = true;
    let words = if model.fixed { format!("back at {}", model.now.full(&model.zone)) } else { "back to now".to_owned() };
    model.say(Tone::Good, words);
}

/// A tick of played time.
pub(super) fn play(model: &mut Model, seconds: i64) {
    if model.playing {
        by(model, seconds);
    }
}

fn by(model: &mut Model, seconds: i64) {
    let to = Time(model.now.0.saturating_add(seconds));
    go(model, to);
}

/// Stands at a time; whether it does. The desk's own time is the end of the way where that goes on by itself.
fn go(model: &mut Model, to: Time) -> bool {
    if let Some(end) = end(model)
        && to >= end
    {
        if model.desk.is_some() {
            leave(model);
        } else {
            model.say(Tone::Muted, "this is now: nothing is later");
        }
        return false;
    }
    if !enter(model) {
        return false;
    }
    if to < model.now {
        model.inbox.set_as_of(Some(to));
        model.inbox.settle(to);
        model.now = to;
        stand(model);
        said(model, "");
    } else {
        let before = Before::of(model);
        forward(model, to);
        let (words, about) = before.changes(model);
        show(model, about);
        said(model, &words);
    }
    true
}

/// The time beyond which there is nothing to go to: now, where the desk has the clock's time.
fn end(model: &Model) -> Option<Time> {
    match &model.desk {
        Some(home) => (!home.fixed).then_some(home.now),
        None => (!model.fixed).then_some(model.now),
    }
}

/// To the next event: mail, an act, or a verdict that changes by itself.
fn on(model: &mut Model) {
    if end(model).is_some_and(|end| model.now >= end) {
        return model.say(Tone::Muted, "this is now: nothing is later");
    }
    if !enter(model) {
        return;
    }
    let before = Before::of(model);
    let start = model.now;
    for _ in 0..MOMENTS {
        let next = [model.inbox.next_arrival(), model.inbox.until()].into_iter().flatten().min();
        let Some(next) = next.filter(|next| *next > model.now) else { break };
        if end(model).is_some_and(|end| next >= end) {
            return leave(model);
        }
        forward(model, next);
        let (words, about) = before.changes(model);
        if !words.is_empty() {
            show(model, about);
            return said(model, &words);
        }
    }
    if end(model).is_some() {
        return leave(model);
    }
    let words = if model.now == start { "nothing comes after this" } else { "nothing more happens" };
    said(model, words);
}

/// To the event before this time.
fn back(model: &mut Model) {
    let from = model.now;
    if !enter(model) {
        return;
    }
    let Some(arrival) = model.inbox.last_arrival(from) else {
        return said(model, "nothing came before this");
    };
    let stand_at = |model: &mut Model, at: Time| {
        model.inbox.set_as_of(Some(at));
        model.inbox.settle(at);
        model.now = at;
    };
    stand_at(model, arrival);
    let mut found = arrived(model, arrival);
    // From the last arrival on, verdicts change by themselves only: the last such change is the event.
    let mut last = arrival;
    let mut before = Before::of(model);
    for _ in 0..MOMENTS {
        let Some(next) = model.inbox.until().filter(|next| *next > model.now && *next < from) else { break };
        stand_at(model, next);
        let changes = before.changes(model);
        if !changes.0.is_empty() {
            (last, found) = (next, changes);
            before = Before::of(model);
        }
    }
    if last != model.now {
        stand_at(model, last);
    }
    stand(model);
    let (words, about) = found;
    show(model, about);
    said(model, &words);
}

/// What came at that moment, in words, and the message to look at.
fn arrived(model: &Model, at: Time) -> (String, Option<MailKey>) {
    let mut parts: Vec<String> = Vec::new();
    let mut came = model.inbox.rows().iter().filter(|row| row.received == at);
    let first = came.next();
    if let Some(row) = first {
        parts.push(mail(row, came.count()));
    }
    parts.extend(model.inbox.told.acts().iter().filter(|act| act.at == at).map(told));
    (parts.join(" · "), first.map(|row| row.key.clone()))
}

/// Mail that came, in words.
fn mail(first: &Row, more: usize) -> String {
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("mail: {}{more}", first.subject)
}

/// An act, in words.
fn told(act: &Act) -> String {
    format!("{} by {}", act.deed.word(), act.by)
}

/// Puts the cursor on a message, unless it is at that incident anyway.
fn show(model: &mut Model, about: Option<MailKey>) {
    let Some(key) = about else { return };
    let incident = |key: &MailKey| super::calling::incident(&model.inbox, key);
    let there = model.list.current().is_some_and(|at| incident(at).is_some() && incident(at) == incident(&key));
    if !there {
        model.list.go_to(&key);
    }
}

/// Goes forward; the list takes in what came and what changed.
fn forward(model: &mut Model, to: Time) {
    let known = model.inbox.rows().len();
    model.inbox.set_as_of(Some(to));
    let moved = model.inbox.settle(to);
    model.now = to;
    let mut keys: Vec<MailKey> = model.inbox.rows().iter().skip(known).map(|row| row.key.clone()).collect();
    match moved {
        Moved::Nothing => {}
        Moved::Rows(changed) => keys.extend(changed),
        Moved::All => model.list.refresh_all(&model.inbox, to),
    }
    model.list.refresh(&model.inbox, to, &keys);
    model.count();
    model.seeking.again = true;
    model.dirty = true;
}

/// The list and the counts as of the time at which the inbox stands.
fn stand(model: &mut Model) {
    model.list.stand(&model.inbox, model.now);
    model.count();
    // Other messages may depend on what mails say than at the time before.
    model.seeking.again = true;
    model.dirty = true;
}

/// Says where the screen stands, and what happened there.
fn said(model: &mut Model, words: &str) {
    // What happened stays to be read while time runs on, and a call from the desk above all.
    let calls = model.toast.as_ref().is_some_and(|toast| toast.tone == Tone::Error);
    if model.playing && (words.is_empty() || calls) {
        return;
    }
    let way = format!("{} on · {} back to the desk", model.hint(Action::StepOn), model.hint(Action::Now));
    let at = model.now.full(&model.zone);
    let text = if words.is_empty() { format!("{at} · {way}") } else { format!("{at} · {words}") };
    model.say(Tone::Plain, text);
}

/// What a row asked for before a step forward; rows keep their places on such a step.
struct Before {
    looks: Vec<Look>,
    acts: usize,
}

/// What can be seen to change: call, whether it is known, case, whether it is handled.
type Look = (Call, bool, Option<u16>, bool);

fn look(standing: Standing) -> Look {
    (standing.call(), standing.judgment.known, standing.judgment.case, standing.handled())
}

impl Before {
    fn of(model: &Model) -> Before {
        Before {
            looks: model.inbox.standings().map(|(_, standing)| look(standing)).collect(),
            acts: model.inbox.told.acts().len(),
        }
    }

    /// What came and what changed since then, in words, and the message to look at; nothing where nothing did.
    fn changes(&self, model: &Model) -> (String, Option<MailKey>) {
        let mut parts: Vec<String> = Vec::new();
        let mut about: Option<MailKey> = None;
        let mut came = model.inbox.rows().iter().skip(self.looks.len());
        if let Some(first) = came.next() {
            parts.push(mail(first, came.count()));
            about = Some(first.key.clone());
        }
        parts.extend(model.inbox.told.acts().iter().skip(self.acts).map(told));
        let mut named: BTreeSet<Option<u32>> = BTreeSet::new();
        let mut more = 0;
        for ((row, standing), then) in model.inbox.standings().zip(&self.looks) {
            if look(standing) == *then {
                continue;
            }
            let incident = model.inbox.incident_of(row).map(|(number, _)| number.0);
            if !named.insert(incident) {
                continue;
            }
            if named.len() > 1 {
                more += 1;
                continue;
            }
            let (was, is) = (then.0.word().to_uppercase(), standing.call().word().to_uppercase());
            let change = if was == is { is } else { format!("{was} → {is}") };
            parts.push(format!("{change} {}", model.inbox.verdict(row).headline));
            about = Some(row.key.clone());
        }
        if more > 0 {
            parts.push(format!("{more} more changed"));
        }
        (parts.join(" · "), about)
    }
}
