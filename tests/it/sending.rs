//! The outbox over several runs and several programs: what may have been sent stays so, nothing that cannot go holds up
//! what can, and what is sent leaves one copy.

use crate::world::{Place, act, acted, failed, forward, queued};
use dutybox::app::effect::{Effect, Outcome};
use dutybox::io::state::{State, Status};
use dutybox::io::world::World;
use dutybox::mail::{Message, Oddity, parse, unsubscribe};
use dutybox::triage::told::{ActId, Deed};
use std::fs;

fn state_of(world: &World) -> Vec<String> {
    world.queued().unwrap().into_iter().map(|mail| mail.state).collect()
}

fn words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Outbox { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_may_have_been_sent_stays_so_when_it_is_tried_again_in_vain() {
    for (again, says) in [("exit 75", "unknown"), ("exit 1", "unknown"), ("", "sent")] {
        let mut place = Place::new();
        place.mail("cur/1.a:2,", "one");
        place.sendmail("kill -9 $$");
        let mut world = place.open();
        let (_, state) = queued(world.perform(forward("1.a")));
        assert!(state.starts_with("unknown"), "{state}");
        let id = world.queued().unwrap()[0].id.clone();
        drop(world);
        place.sendmail(again);
        let mut world = place.open();
        let said = words(world.perform(Effect::SendAgain(id.clone())));
        assert!(said.contains(says), "{said}");
        if says == "sent" {
            assert!(world.queued().unwrap().is_empty());
            continue;
        }
        assert!(said.contains("may have been sent"), "{said}");
        // It is neither sent by itself, nor taken back as if it had never been sent; and it may be said that it arrived.
        let sent = fs::read(place.root.join("args")).unwrap();
        words(world.perform(Effect::Send));
        assert_eq!(fs::read(place.root.join("args")).unwrap(), sent);
        assert!(failed(world.perform(Effect::Undo(None))).contains("may have been sent"));
        let said = words(world.perform(Effect::Arrived(id)));
        assert!(said.contains("counts as sent"), "{said}");
        assert_eq!(place.names(), ["cur/1.a:2,PS"]);
    }
}

#[test]
fn an_older_mail_that_cannot_go_holds_nothing_up() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    queued(place.open().perform(forward("1.a")));
    let file = fs::read_dir(place.root.join("state/outbox/new")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("hwine@example.net", "elsewhere@example.net")).unwrap();
    place.sendmail("");
    let (_, state) = queued(place.open().perform(forward("1.a")));
    assert_eq!(state, "sent");
    assert_eq!(state_of(&place.open()), ["failed"]);
}

#[test]
fn what_another_program_queued_meanwhile_is_sent_in_its_order() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    let mut other = place.open();
    place.sendmail("");
    // This one is open before there is anything to send.
    let mut world = place.open();
    queued(other.perform(forward("1.a")));
    drop(other);
    let (_, state) = queued(world.perform(forward("1.a")));
    assert!(state.contains("an older mail about the same message goes first"), "{state}");
    assert!(words(world.perform(Effect::Send)).starts_with("2 sent, 0 in the outbox"));
}

#[test]
fn a_copy_in_the_sent_folder_is_made_once_whenever_the_program_is_killed() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    place.folder("sent");
    place.config.sent_folder = Some(place.root.join("sent"));
    let mut world = place.open();
    queued(world.perform(forward("1.a")));
    let base = world.queued().unwrap()[0].base.clone();
    drop(world);
    let outbox = place.root.join("state/outbox/new");
    let file = fs::read_dir(&outbox).unwrap().next().unwrap().unwrap();
    let (path, bytes) = (file.path(), fs::read(file.path()).unwrap());
    for flags in ["S", "FS"] {
        // Killed when it was sent and its copy lay there: the outbox still holds it. Meanwhile the copy is read.
        fs::write(&path, &bytes).unwrap();
        let mut state = State::open(&place.root.join("state")).unwrap();
        let status = Status { base: base.clone(), act: ActId(1), state: "sent".into(), tries: 1, error: None };
        state.set_outbox(&status).unwrap();
        drop(state);
        assert!(place.open().queued().unwrap().is_empty());
        let copies = fs::read_dir(place.root.join("sent/cur")).unwrap();
        let copies: Vec<_> = copies.map(|copy| copy.unwrap().path()).collect();
        assert_eq!(copies.len(), 1, "{copies:?}");
        let name = copies[0].to_str().unwrap().replace(":2,S", &format!(":2,{flags}"));
        fs::rename(&copies[0], name).unwrap();
    }
}

#[test]
fn undo_passes_over_what_is_hopeless_in_the_next_run_too() {
    let mut place = Place::new();
    place.mail("cur/1.a:2,", "one");
    place.mail("cur/2.b:2,", "two");
    place.sendmail("");
    acted(act(&mut place.open(), Deed::Mark, &["1.a"]));
    queued(place.open().perform(forward("2.b")));
    assert!(failed(place.open().perform(Effect::Undo(None))).contains("cannot undo a sent mail"));
    acted(place.open().perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,", "cur/2.b:2,PS"]);

    // An act whose folder went away is tried twice, then the one before is next; by its number it can still be named.
    place.folder("mail/.Later");
    acted(act(&mut place.open(), Deed::Mark, &["1.a"]));
    let to = place.root.join("mail/.Later").display().to_string();
    let shelf = dutybox::triage::told::Shelf::Folder;
    let moved = acted(act(&mut place.open(), Deed::Move { shelf, to }, &["2.b"])).act.id;
    fs::rename(place.root.join("mail/.Later"), place.root.join("away")).unwrap();
    fs::write(place.root.join("mail/.Later"), "").unwrap();
    for _ in 0..2 {
        let report = acted(place.open().perform(Effect::Undo(None)));
        assert!(report.act.targets[0].failed.is_some(), "{report:?}");
    }
    acted(place.open().perform(Effect::Undo(None)));
    assert_eq!(place.names(), ["cur/1.a:2,"]);
    fs::remove_file(place.root.join("mail/.Later")).unwrap();
    fs::rename(place.root.join("away"), place.root.join("mail/.Later")).unwrap();
    let report = acted(place.open().perform(Effect::Undo(Some(moved))));
    assert_eq!(report.failed, [""; 0]);
    assert_eq!(place.names().len(), 2);
}

#[test]
fn a_mail_that_was_cut_is_still_cut_without_its_unsubscribe_field() {
    let text = "From: a@example.org\nSubject: x\nList-Unsubscribe: <https://example.org/off?u=team>\n\nbody\n";
    let mut message: Message = parse::message(text.into());
    assert!(!unsubscribe::without_fields(&message).unwrap().oddities.contains(&Oddity::FileCut));
    message.oddities.push(Oddity::FileCut);
    assert!(unsubscribe::without_fields(&message).unwrap().oddities.contains(&Oddity::FileCut));
}
