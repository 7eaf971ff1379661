//! Incidents on the screen: as one row and opened, the verdict banner with its countdowns, the timeline, what needs you.

use crate::desk::{Desk, NOW, mail};
use dutybox::app::Event;
use dutybox::app::list::View;
use dutybox::app::model::Overlay;
use dutybox::app::panes::Focus;
use dutybox::mail::{Message, Time};
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
    Desk::told(w, h, &[SYNC], &stream())
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
