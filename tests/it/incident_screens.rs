//! Incidents on the screen: as one row and opened, the verdict banner with its countdowns, the timeline, what needs you.

use crate::desk::{Desk, mail};
use dutybox::app::Event;
use dutybox::app::list::View;
use dutybox::app::model::{Overlay, Tone};
use dutybox::app::panes::Focus;
use dutybox::runbook::{Call, Verb};
use dutybox::triage::row::{Change, MailKey};
use dutybox::triage::told::{Deed, Scope, Step};

/// A runbook with most of what a banner can say.
const SYNC: (&str, &str) = (
    "sync.md",
    "+++\nid = \"sync\"\ntitle = \"Repository sync\"\nmatch = { to = \"sync@example.org\" }\n\
     group-by = [\"topic\", \"host\"]\nlabels = { host = \"auto\" }\n\
     people = { page = [\"hal\"], contact = [\"kim\"] }\n\
     gaps = [{ text = \"who answers at night\", line = 90 }]\n\
     bug-text = [{ bug = 829025, text = \"{host}: {count} since {first}\" }]\n\
     kinds = [{ id = \"autofix\", subject = \"AUTOFIX*\", topic = \"delays\", gap = \"44m\" }, \
     { id = \"delays\", subject = \"delays*\", topic = \"delays\", gap = \"44m\" }, \
     { id = \"major\", subject = \"major*\", topic = \"major\", gap = \"2h\" }]\n\
     [[case]]\nid = \"failed\"\nkind = \"autofix\"\nours = true\n\
     followed-by = { kind = \"delays\", same = [\"host\"], within = \"5m\" }\n\
     verdict = { call = \"page\", verb = \"page\", headline = \"The repair failed on {host}: page hal\", line = 88 }\n\
     if-unknown = \"cannot tell whether the repair worked on {host}\"\n\
     [[case]]\nid = \"worked\"\nkind = \"autofix\"\n\
     verdict = { call = \"note\", headline = \"The repair worked on {host}\", line = 89 }\n\
     [[case]]\nid = \"followup\"\nkind = \"delays\"\n\
     preceded-by = { kind = \"autofix\", same = [\"host\"], within = \"5m\" }\n\
     verdict = { call = \"page\", verb = \"page\", headline = \"The repair failed on {host}: page hal\", line = 88 }\n\
     [[case]]\nid = \"outage\"\nkind = \"delays\"\nrepeats = { count = 3, every = \"20m\", slack = \"4m\", same = [\"host\"] }\n\
     verdict = { call = \"act\", verb = \"contact\", headline = \"Outage on {host}: {count} since {first}\", line = 90 }\n\
     steps = [\"Look at {host}\", { or = \"Ask kim\" }, \"Write it down\"]\n\
     [[case]]\nid = \"single\"\nkind = \"delays\"\n\
     verdict = { call = \"note\", headline = \"A single one on {host}\", line = 91 }\n\
     [[case]]\nid = \"major\"\nkind = \"major\"\n\
     verdict = { call = \"act\", verb = \"contact\", headline = \"The repositories of {host} stand still\", line = 92 }\n\
     requires = [\"told\"]\n+++\n\n\
     ## What to do when one is received\n\nLook at the host first.\n\n\
     - {failed} {followup} Page **hal** with `/page hal`.\n- {worked} Log it.\n- {outage} Stop the sync.\n\
     - {single} Leave it.\n- {major} Tell kim.\n",
);

fn sync(host: &str, subject: &str, minutes_ago: i64) -> Vec<u8> {
    let from = format!("sync@{host}.example.org");
    mail(&from, "sync@example.org", &format!("{subject} on {host}"), minutes_ago, "said the sync")
}

/// A mail that nobody documented: it also shows that the mailbox is complete up to then.
fn other(minutes_ago: i64) -> Vec<u8> {
    mail("b@example.org", "oncall@example.org", "something else", minutes_ago, "x")
}

/// Three ticks of one host, a failed repair of another, one that waits, and something else.
fn stream() -> Vec<Vec<u8>> {
    vec![
        sync("alpha1", "delays", 43),
        sync("alpha1", "delays", 23),
        sync("alpha1", "delays", 3),
        sync("beta2", "AUTOFIX", 30),
        sync("beta2", "delays", 29),
        sync("gamma3", "AUTOFIX", 2),
        sync("delta4", "major", 50),
        other(1),
    ]
}

fn desk(w: u16, h: u16) -> Desk {
    Desk::with_books(w, h, &[SYNC], &stream())
}

/// The lines of the list, without what stands beside it.
fn rows(desk: &mut Desk) -> Vec<String> {
    let area = {
        desk.screen();
        desk.model.panes.list
    };
    let buffer = desk.buffer();
    let line = |y| (area.x..area.x + area.w).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (area.y..area.y + area.h).map(line).map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn pictures_of_incidents() {
    for (w, h) in [(80, 24), (160, 45)] {
        let mut desk = desk(w, h);
        insta::assert_snapshot!(format!("incidents_{w}x{h}"), desk.screen());
        insta::assert_snapshot!(format!("incidents_{w}x{h}_ink"), desk.ink());
        desk.press("Enter");
        insta::assert_snapshot!(format!("incident_open_{w}x{h}"), desk.screen());
        insta::assert_snapshot!(format!("incident_open_{w}x{h}_ink"), desk.ink());
    }
}

#[test]
fn pictures_of_what_waits_and_of_what_cannot_be_told() {
    for (w, h) in [(80, 24), (160, 45)] {
        let mut waiting = desk(w, h);
        waiting.press("G");
        insta::assert_snapshot!(format!("waiting_{w}x{h}"), waiting.screen());
        insta::assert_snapshot!(format!("waiting_{w}x{h}_ink"), waiting.ink());
        waiting.tick(600);
        insta::assert_snapshot!(format!("cannot_tell_{w}x{h}"), waiting.screen());
        insta::assert_snapshot!(format!("cannot_tell_{w}x{h}_ink"), waiting.ink());
        let mut needs = desk(w, h);
        needs.press("gn");
        insta::assert_snapshot!(format!("needs_you_{w}x{h}"), needs.screen());
        insta::assert_snapshot!(format!("needs_you_{w}x{h}_ink"), needs.ink());
        let mut told = desk(w, h);
        told_everything(&mut told);
        insta::assert_snapshot!(format!("told_{w}x{h}"), told.screen());
        insta::assert_snapshot!(format!("told_{w}x{h}_ink"), told.ink());
        told.press("L");
        insta::assert_snapshot!(format!("timeline_{w}x{h}"), told.screen());
        insta::assert_snapshot!(format!("timeline_{w}x{h}_ink"), told.ink());
    }
}

/// Much is told about the outage, which is then looked at.
fn told_everything(desk: &mut Desk) {
    let outage: Vec<MailKey> = (0..3).map(|number| desk.numbered(number)).collect();
    let page = Deed::Reach { verb: Verb::Contact, who: vec!["kim".into()], text: "look".into(), hook: None };
    desk.tell(Deed::Claim { scope: Scope::Incident }, &outage[..1]);
    desk.tell(page, &outage[..1]);
    let step = Step { case: "outage".into(), of: String::new(), text: "Look at {host}".into() };
    desk.tell(Deed::Tick(step), &outage);
    desk.tell(Deed::Severity { call: Call::Page }, &outage[..1]);
    desk.press("gg j");
}

// ---- one row -------------------------------------------------------------------------------------------------

#[test]
fn an_incident_opens_to_its_messages_and_closes_again() {
    let mut desk = desk(120, 36);
    assert_eq!(desk.model.list.len(), 5);
    assert!(rows(&mut desk)[1].contains("×3"), "{:?}", rows(&mut desk));
    desk.press("j Enter");
    assert_eq!((desk.model.list.len(), desk.model.focus), (8, Focus::List), "opened, not read");
    desk.press("j j");
    assert_eq!(desk.key(), desk.numbered(1), "its messages, oldest first");
    desk.press("Enter");
    assert_eq!(desk.model.focus, Focus::Message, "a message is read");
    desk.press("h");
    assert_eq!((desk.model.focus, desk.model.list.len()), (Focus::List, 8));
    desk.press("h");
    assert_eq!((desk.model.list.len(), desk.model.list.position()), (5, 1), "the cursor is on the incident");
    assert!(desk.model.list.on_incident());
    desk.press("Right l");
    assert_eq!(desk.model.focus, Focus::Message, "what is open already is read");
    desk.press("q q");
    assert_eq!(desk.model.list.len(), 5);
    assert_eq!(desk.deeds(), [(Deed::Open, 1), (Deed::Open, 1)]);
}

#[test]
fn a_message_alone_looks_as_it_did_and_is_read_at_once() {
    let mut desk = desk(120, 36);
    desk.press("gg j j Enter");
    assert_eq!((desk.key(), desk.model.focus), (desk.numbered(6), Focus::Message));
    assert!(!rows(&mut desk)[2].contains('×'));
}

#[test]
fn acting_on_an_incident_means_its_messages_as_one_step() {
    let mut desk = desk(120, 36);
    desk.press("gg e");
    assert_eq!(desk.deeds(), [(Deed::Done, 2)]);
    assert_eq!(desk.toast(), "done: 2 messages · u undo");
    assert_eq!((desk.model.list.len(), desk.key()), (4, desk.numbered(2)), "the next incident is under the cursor");
    desk.press("u");
    assert_eq!(desk.model.list.len(), 5);
    desk.press("gg Enter j mm");
    assert_eq!(desk.deeds().last(), Some(&(Deed::Mark, 1)), "on a message of an open one: that message");
}

#[test]
fn what_is_left_of_an_incident_stands_alone_and_says_how_many_it_was() {
    let mut desk = desk(120, 36);
    desk.press("gg Enter j j");
    let key = desk.key();
    desk.press("e");
    assert_eq!(desk.deeds(), [(Deed::Done, 1)]);
    let rows = rows(&mut desk);
    assert_eq!(desk.model.list.keys().filter(|other| **other == key).count(), 0);
    assert!(rows[0].contains("×2 AUTOFIX"), "{rows:?}");
}

#[test]
fn selecting_an_incident_selects_its_messages() {
    let mut desk = desk(120, 36);
    desk.press("gg Space");
    assert_eq!((desk.model.list.selected(), desk.model.list.position()), (2, 1));
    desk.press("Space");
    assert_eq!(desk.model.list.selected(), 5);
    assert!(rows(&mut desk)[0].contains('●'));
    desk.press("gg Enter j Space");
    assert_eq!(desk.model.list.selected(), 4, "one message of it is not selected any more");
    assert!(rows(&mut desk)[0].contains('◐'), "{:?}", rows(&mut desk));
    desk.press("Esc gg h V G");
    assert_eq!(desk.model.list.selected(), 8, "a range takes in what is closed");
    desk.press("d");
    assert_eq!(desk.deeds().last(), Some(&(Deed::Trash, 8)));
}

#[test]
fn a_key_shows_every_message_by_itself_and_the_cursor_stays_with_its_message() {
    let mut desk = desk(120, 36);
    desk.press("gg j");
    let key = desk.key();
    desk.press("gm");
    assert_eq!((desk.model.list.len(), desk.key()), (8, key.clone()));
    assert!(rows(&mut desk).iter().all(|row| !row.contains('×')));
    desk.press("gm");
    assert_eq!((desk.model.list.len(), desk.key()), (5, key));
    assert!(desk.model.list.on_incident());
}

#[test]
fn what_is_found_in_a_closed_incident_is_found() {
    let mut desk = desk(120, 36);
    desk.press("/").types("delays on beta").press("Enter");
    assert_eq!(desk.model.list.position(), 0);
    desk.press("\\").types("subject:AUTOFIX").press("Enter");
    assert_eq!(desk.model.list.len(), 2);
    assert!(rows(&mut desk)[0].contains("×2 AUTOFIX on beta2"), "it was two: {:?}", rows(&mut desk));
    assert_eq!(desk.model.list.targets().len(), 1, "an act means what was found");
}

// ---- while mail streams in -----------------------------------------------------------------------------------

/// Delivers a mail that lay in no folder before.
fn deliver(desk: &mut Desk, number: usize, bytes: &[u8]) -> MailKey {
    let row = desk.deliver(number, bytes);
    let key = row.key.clone();
    desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
    key
}

#[test]
fn the_cursor_stays_on_its_incident_when_a_mail_makes_it_urgent() {
    let mut desk = desk(160, 45);
    desk.press("G");
    assert!(rows(&mut desk)[4].starts_with("▌ WAIT"));
    deliver(&mut desk, 20, &sync("gamma3", "delays", 0));
    assert_eq!(desk.model.list.position(), 0, "{:?}", rows(&mut desk));
    assert!(rows(&mut desk)[0].contains("PAGE") && rows(&mut desk)[0].contains("×2"), "{:?}", rows(&mut desk));
    assert!(desk.screen().contains("[PAGE] The repair failed on gamma3"));
}

#[test]
fn an_open_incident_stays_open_and_the_cursor_on_its_message_while_members_come() {
    let mut desk = desk(120, 36);
    desk.press("gg j Enter j j");
    let key = desk.key();
    deliver(&mut desk, 20, &sync("alpha1", "delays", 63));
    deliver(&mut desk, 21, &sync("alpha1", "delays", 0));
    assert_eq!((desk.key(), desk.model.list.len()), (key, 10));
    assert!(desk.model.list.in_open_incident());
    let rows = rows(&mut desk);
    assert!(rows[1].contains("▾ ×5"), "{rows:?}");
}

#[test]
fn a_message_that_vanishes_from_an_open_incident_keeps_its_place_until_it_is_left() {
    let mut desk = desk(120, 36);
    desk.press("gg j Enter j j");
    let key = desk.key();
    desk.event(Event::Changes(vec![Change::Vanished(key.clone())]));
    assert_eq!((desk.key(), desk.model.list.current_gone()), (key.clone(), true));
    assert!(rows(&mut desk).iter().any(|row| row.contains("gone") && row.contains("└ delays on alpha1")));
    desk.press("mm");
    assert!(desk.toast().contains("moved or deleted by another program"), "{}", desk.toast());
    desk.press("j");
    assert!(desk.model.list.keys().all(|other| *other != key));
    assert!(rows(&mut desk)[1].contains("×3"), "what is gone still counts: {:?}", rows(&mut desk));
    assert!(desk.press("gg j").screen().contains("1 of them deleted elsewhere"), "{}", desk.screen());
}

#[test]
fn the_list_kept_up_to_date_is_the_list_made_anew() {
    let hosts = ["alpha1", "beta2", "gamma3"];
    let kinds = ["AUTOFIX", "delays", "major"];
    let mut seed = 7u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for sort in [",c", ",t", ",s", ",g"] {
        let mut desk = Desk::with_books(120, 36, &[SYNC], &[]);
        desk.press(sort);
        let mut here: Vec<MailKey> = Vec::new();
        for number in 0..60 {
            match random(8) {
                0 if !here.is_empty() => {
                    let key = here.swap_remove(random(here.len()));
                    desk.mails.remove(&key);
                    desk.event(Event::Changes(vec![Change::Vanished(key)]));
                }
                1 => drop(desk.press("Enter")),
                2 => drop(desk.press("j j")),
                3 => drop(desk.press("e")),
                _ => {
                    let bytes = sync(hosts[random(3)], kinds[random(3)], random(200) as i64);
                    here.push(deliver(&mut desk, 100 + number, &bytes));
                }
            }
            let kept = (rows(&mut desk), desk.model.list.position());
            let now = desk.model.now;
            desk.model.list.refresh_all(&desk.model.inbox, now);
            assert_eq!(kept, (rows(&mut desk), desk.model.list.position()), "{sort}, step {number}");
        }
    }
}

// ---- what needs you ------------------------------------------------------------------------------------------

#[test]
fn what_needs_you_is_a_list_of_its_own() {
    let mut desk = desk(120, 36);
    desk.press("{");
    assert_eq!(desk.model.list.scope(), &View::Needs);
    assert_eq!(desk.model.list.len(), 4, "what waits does not need you: {:?}", rows(&mut desk));
    assert_eq!(desk.model.list.len(), desk.model.needs_you);
    desk.press("C-a d");
    assert!(desk.screen().contains("nothing needs you now"), "{}", desk.screen());
    desk.tick(600);
    assert_eq!(desk.model.list.len(), 1, "what cannot be told needs you");
}

#[test]
fn what_is_past_and_was_never_handled_is_counted_and_can_be_looked_at() {
    let mut mails = stream();
    mails.push(sync("old9", "major", 9 * 24 * 60));
    let mut desk = Desk::with_books(160, 45, &[SYNC], &mails);
    assert_eq!((desk.model.needs_you, desk.model.past), (4, 1));
    assert!(desk.press("gn").screen().contains("past, never handled: 1"), "{}", desk.screen());
    let last = desk.model.category_rows() - 1;
    desk.press("h h");
    while desk.model.category_index() != Some(last) {
        desk.press("}");
    }
    assert_eq!(desk.model.list.keys().cloned().collect::<Vec<_>>(), [desk.numbered(8)]);
}

#[test]
fn undocumented_mail_has_its_place_even_while_there_is_none() {
    let mut desk = Desk::with_books(160, 45, &[SYNC], &[sync("alpha1", "major", 3)]);
    assert!(desk.screen().contains("undocumented         0"), "{}", desk.screen());
}

// ---- time ----------------------------------------------------------------------------------------------------

#[test]
fn countdowns_move_by_themselves_and_ask_to_be_drawn_again() {
    let mut desk = desk(160, 45);
    desk.press("G");
    assert!(desk.screen().contains("until 22:44:00 (3:00 left)"));
    desk.tick(61);
    assert!(desk.model.panes.countdown);
    let screen = desk.screen();
    assert!(screen.contains("until 22:44:00 (1:59 left)") && screen.contains("22:44 +1:59"), "{screen}");
    desk.tick(3600);
    assert!(!desk.model.panes.countdown, "nothing moves any more: {}", desk.screen());
}

#[test]
fn a_countdown_that_is_out_of_sight_stands_in_the_status_line() {
    let mut desk = desk(120, 36);
    desk.tick(1);
    let status = |desk: &mut Desk| desk.screen().lines().last().unwrap().to_owned();
    assert!(!status(&mut desk).contains("WAIT"), "it is in the list: {}", status(&mut desk));
    desk.press("gn");
    assert!(status(&mut desk).contains("WAIT sync 22:44 in 2:59"), "{}", status(&mut desk));
}

#[test]
fn the_status_line_warns_of_a_clock_behind_the_newest_mail() {
    let mut desk = desk(120, 36);
    desk.tick(1);
    assert!(!desk.screen().contains("behind"));
    let mut row = desk.deliver(20, &other(-3));
    row.mtime = row.received;
    desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
    assert!(desk.screen().contains("! clock 2m59s behind the newest mail"), "{}", desk.screen());
}

#[test]
fn times_are_local_until_a_key_shows_utc() {
    let mut desk = desk(160, 45);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
    (desk.model.zone, desk.model.local) = (zone.clone(), zone);
    desk.press("gg");
    assert!(desk.screen().contains("00:11–00:12"), "{}", desk.screen());
    desk.press("gz");
    let screen = desk.screen();
    assert!(screen.contains("22:11–22:12") && screen.lines().last().unwrap().contains("UTC"), "{screen}");
    assert!(desk.press("gz").screen().contains("00:11–00:12"));
}

// ---- the banner ----------------------------------------------------------------------------------------------

#[test]
fn what_was_ignored_and_is_urgent_now_is_back_and_says_why() {
    let mut desk = desk(160, 45);
    let wait = desk.numbered(5);
    let ignore = Deed::Ignore { reason: "known".into(), scope: Scope::Incident, until: None };
    desk.tell(ignore, std::slice::from_ref(&wait));
    assert!(desk.model.list.keys().all(|key| *key != wait));
    deliver(&mut desk, 20, &sync("gamma3", "delays", 0));
    assert!(desk.model.list.keys().any(|key| *key == wait), "it is back");
    desk.press("gg");
    let screen = desk.screen();
    assert!(screen.contains("ignored 22:41 by ann “known”, back since it is PAGE now"), "{screen}");
}

#[test]
fn what_must_be_recorded_before_done_is_said() {
    let mut desk = desk(160, 45);
    desk.press("gg j j");
    assert!(desk.screen().contains("before done, record who was told"), "{}", desk.screen());
    let tell = Deed::Reach { verb: Verb::Tell, who: vec!["kim".into()], text: "look".into(), hook: None };
    desk.tell(tell, &[desk.numbered(6)]);
    let screen = desk.screen();
    assert!(
        !screen.contains("before done") && screen.contains("told kim, 22:41 by ann · no answer recorded"),
        "{screen}"
    );
}

#[test]
fn while_it_waits_no_branch_is_sure_and_the_most_urgent_stands_first() {
    let mut desk = desk(160, 45);
    desk.press("G");
    let screen = desk.screen();
    let (page, log) = (screen.find("? Page hal").unwrap(), screen.find("? Log it").unwrap());
    assert!(page < log && !screen.contains("▸ Log it"), "{screen}");
}

// ---- the timeline --------------------------------------------------------------------------------------------

#[test]
fn the_timeline_tells_mails_acts_and_changes_of_the_verdict_in_order() {
    let mut desk = desk(160, 45);
    let wait = desk.numbered(5);
    desk.tell(Deed::Claim { scope: Scope::Incident }, &[wait]);
    desk.tick(30);
    deliver(&mut desk, 20, &mail("sync@gamma3.example.org", "sync@example.org", "delays on gamma3", 0, "x"));
    desk.press("gg L");
    let Some(Overlay::Text { lines, .. }) = &desk.model.overlay else { panic!("{:?}", desk.model.overlay) };
    let words: Vec<&str> = lines.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        words,
        [
            "2013-11-21",
            "22:39:00  mail    gamma3  AUTOFIX on gamma3",
            "22:39:00  WAIT    May become page: The repair failed on gamma3.example.org: page hal",
            "22:41:00  mail    gamma3  delays on gamma3",
            "22:41:00  told    ann  claimed it",
            "22:41:00  PAGE    The repair failed on gamma3.example.org: page hal",
        ]
    );
}

#[test]
fn the_timeline_of_what_waits_says_what_comes_next() {
    let mut desk = desk(160, 45);
    desk.press("G L");
    let screen = desk.screen();
    assert!(screen.contains("What comes next"), "{screen}");
    assert!(
        screen.contains("may become PAGE: followed by delays with the same host within 5m, until 22:44:00"),
        "{screen}"
    );
}

#[test]
fn the_timeline_lists_what_was_deleted_elsewhere_at_its_time() {
    let mut desk = desk(160, 45);
    let key = desk.numbered(1);
    desk.event(Event::Changes(vec![Change::Vanished(key)]));
    desk.press("gg j L");
    let Some(Overlay::Text { lines, .. }) = &desk.model.overlay else { panic!("{:?}", desk.model.overlay) };
    let mails: Vec<&(Tone, String)> =
        lines.iter().filter(|(_, text)| text.contains("  mail  ") || text.contains("  gone  ")).collect();
    let words: Vec<&str> = mails.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        words,
        [
            "21:58:00  mail    alpha1  delays on alpha1",
            "22:18:00  gone    alpha1  deleted elsewhere, still counts (topic delays, host alpha1.example.org)",
            "22:38:00  mail    alpha1  delays on alpha1",
        ]
    );
    assert_eq!(mails[1].0, Tone::Muted);
}

// ---- words ---------------------------------------------------------------------------------------------------

#[test]
fn a_mail_with_a_copy_is_not_shown_as_an_incident_of_one() {
    let twice = |count: usize| vec![sync("delta4", "major", 5); count];
    let mut desk = Desk::with_books(120, 36, &[SYNC], &twice(2));
    assert!(rows(&mut desk)[0].contains("▸ +1 copy major on"), "{:?}", rows(&mut desk));
    let mut desk = Desk::with_books(120, 36, &[SYNC], &twice(3));
    assert!(rows(&mut desk)[0].contains("▸ +2 copies major"), "{:?}", rows(&mut desk));
}

/// A problem that is over as soon as nothing more comes.
const STOPS: (&str, &str) = (
    "stops.md",
    "+++\nid = \"stops\"\ntitle = \"Stops\"\nmatch = { to = \"stops@example.org\" }\n\
     gaps = [{ text = \"who answers at night\", line = 90 }, { text = \"how often it comes\" }]\n\
     [[case]]\nid = \"over\"\nquiet-for = \"44m\"\nverdict = { call = \"note\", headline = \"Over: {count} mail(s)\" }\n\
     [[case]]\nid = \"goes-on\"\nverdict = { call = \"act\", headline = \"It goes on, {count} mail(s) so far\" }\n\
     +++\n\n## What to do when one is received\n\n- {goes-on} Look.\n- {over} Log it.\n",
);

fn stops(minutes_ago: i64) -> Vec<u8> {
    mail("s@example.org", "stops@example.org", "it failed", minutes_ago, "x")
}

#[test]
fn a_call_that_time_alone_lowers_says_into_what_and_when() {
    let mut desk = Desk::with_books(160, 45, &[STOPS], &[stops(4)]);
    let screen = desk.screen();
    assert!(screen.contains("[ACT] It goes on, 1 mail so far"), "{screen}");
    assert!(screen.contains("may become NOTE: over, at 23:21:00 (40:00 left)"), "{screen}");
    let screen = desk.press("L").screen();
    assert!(screen.contains("23:21:00  may become NOTE: over, if nothing comes"), "{screen}");
}

#[test]
fn what_the_page_leaves_out_is_said_once_above_the_gaps() {
    let screen = Desk::with_books(160, 45, &[STOPS], &[stops(4)]).screen();
    assert_eq!(screen.matches("the page leaves out").count(), 1, "{screen}");
    assert!(screen.contains("! the page leaves out:"), "{screen}");
    assert!(screen.contains("  · who answers at night (page line 90)"), "{screen}");
    assert!(screen.contains("  · how often it comes"), "{screen}");
}
