//! What the operator tells by keys: what each key asks of the world, and what the screen says after it.

use crate::desk::{Desk, NOW, mail};
use dutybox::app::effect::Effect;
use dutybox::app::model::Overlay;
use dutybox::app::{ACTIONS, Event};
use dutybox::config::Config;
use dutybox::mail::Time;
use dutybox::runbook::{Call, Verb};
use dutybox::triage::permit::{self, Cause};
use dutybox::triage::told::{ActId, Deed, Scope, Shelf, Step};

/// Runbooks that ask for everything that can be told.
const BOOKS: [(&str, &str); 4] = [
    (
        "sync.md",
        "+++\nid = \"sync\"\ntitle = \"Repository sync\"\nmatch = { to = \"sync@example.org\" }\n\
         labels = { host = \"auto\" }\ngroup-by = [\"host\"]\nnever-ignore = \"an error that must be addressed (line 79)\"\n\
         people = { page = [\"hal\"], contact = [\"kim\"], tell = [\"build\", \"hal\"] }\n\
         kinds = [{ id = \"major\", subject = \"major *\", gap = \"2h\" }, { id = \"odd\", gap = \"2h\" }]\n\
         [[case]]\nid = \"major\"\nkind = \"major\"\n\
         verdict = { call = \"page\", verb = \"page\", headline = \"{host} is broken\", warn = \"hal had this by SMS\" }\n\
         steps = [\"Stop the sync on {host}\", { or = \"Ask kim\" }]\nrequires = [\"told\"]\n\
         bug-text = [{ bug = 808129, text = \"{host} broke at {first}\" }, { new = \"Repair {host}\", blocks = 808129, text = \"see above\" }]\n\
         [[case]]\nid = \"odd\"\nkind = \"odd\"\n\
         verdict = { call = \"decide\", headline = \"Odd output\" }\nrequires = [\"severity\", \"claim-or-note\"]\n+++\n\n\
         ## What to do when one is received\n\n- {major} Page hal.\n- {odd} Judge it.\n",
    ),
    (
        "runner.md",
        "+++\nid = \"runner\"\ntitle = \"Release runner\"\nmatch = { subject = \"[runner]*\" }\n\
         [[case]]\nid = \"go\"\nswitch = { name = \"release\", is = \"yes\" }\n\
         verdict = { call = \"act\", headline = \"A release is being started\" }\n\
         [[case]]\nid = \"ask\"\nswitch = { name = \"release\", is = \"unknown\" }\n\
         verdict = { call = \"decide\", headline = \"Is a release being started?\" }\n\
         [[case]]\nid = \"no\"\nverdict = { call = \"ignore\", headline = \"No release\" }\n+++\n\n\
         ## What to do when one is received\n\n- {go} Investigate.\n- {ask} Ask.\n- {no} Nothing.\n",
    ),
    (
        "signing.md",
        "+++\nid = \"signing\"\ntitle = \"Adhoc signing\"\nmatch = { subject = \"[adhoc]*\" }\n\
         [[case]]\nid = \"expected\"\nexpected = \"adhoc signing\"\nverdict = { call = \"note\", headline = \"Expected\" }\n\
         [[case]]\nid = \"unexpected\"\nverdict = { call = \"act\", headline = \"NOT EXPECTED\" }\nrequires = [\"handled\"]\n+++\n\n\
         ## What to do when one is received\n\n- {expected} Nothing.\n- {unexpected} Ask who did it.\n",
    ),
    (
        "retire.md",
        "+++\nid = \"retire\"\ntitle = \"Retirement\"\nmatch = { subject = \"retire*\" }\n\
         labels = { instance = { regex = 'i-[0-9a-f]{8}', in = \"body\", many = true } }\n\
         [[case]]\nid = \"move\"\nverdict = { call = \"act\", headline = \"Move {instance}\" }\n\
         steps = [\"Power down {instance}\", \"Start {instance}\"]\nper = \"instance\"\n+++\n\n\
         ## What to do when one is received\n\n- {move} Move it.\n",
    ),
];

fn mails() -> Vec<Vec<u8>> {
    let sync = "sync@sync1.example.org";
    vec![
        mail(sync, "sync@example.org", "major errors (3)", 70, "abort"),
        mail(sync, "sync@example.org", "major errors (30)", 10, "abort again"),
        mail("cron@sync2.example.org", "sync@example.org", "odd output", 20, "no such file"),
        mail("release@example.org", "oncall@example.org", "[runner] failed", 15, "Traceback"),
        mail("release@example.org", "oncall@example.org", "[adhoc] signing done", 5, "signed"),
        mail("aws@example.org", "oncall@example.org", "retirement", 30, "i-0000000a and i-0000000b"),
        mail("root@disk7.example.org", "oncall@example.org", "SMART error on disk7", 12, "8 sectors"),
        mail("root@disk7.example.org", "oncall@example.org", "SMART error on disk8", 11, "9 sectors"),
    ]
}

fn config() -> Config {
    Config { me: Some("ann".into()), ..Config::default() }
}

/// A desk whose list has a row for each message.
fn desk() -> Desk {
    let mut desk = incidents();
    desk.press("gm");
    desk.model.toast = None;
    desk
}

/// A desk whose list has a row for each incident.
fn incidents() -> Desk {
    Desk::booked(120, 36, config(), &BOOKS, &mails())
}

fn deeds(desk: &Desk) -> Vec<Deed> {
    desk.deeds().into_iter().map(|(deed, _)| deed).collect()
}

fn copied(desk: &Desk) -> Vec<&str> {
    let mut texts = Vec::new();
    for effect in &desk.asked {
        if let Effect::Copy(text) = effect {
            texts.push(text.as_str());
        }
    }
    texts
}

fn is_listed(desk: &Desk, subject: &str) -> bool {
    let subject_of = |key| desk.model.inbox.get(key).is_some_and(|row| row.subject.starts_with(subject));
    desk.model.list.keys().any(subject_of)
}

/// The call of the message whose subject begins so.
fn call(desk: &Desk, subject: &str) -> Call {
    let row = desk.model.inbox.rows().iter().find(|row| row.subject.starts_with(subject)).expect("the message");
    desk.model.inbox.verdict(row).call
}

/// Lets time go by.
fn at(desk: &mut Desk, seconds: i64) {
    desk.model.fixed = false;
    desk.event(Event::Tick(Time(NOW.0 + seconds)));
}

// ---- move, archive -----------------------------------------------------------------------------------------------

#[test]
fn mail_goes_into_the_archive_or_another_folder_by_key() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("ga");
    assert_eq!(desk.toast(), "no archive folder is set: archive-folder = \"Archive\" in the configuration");
    desk.model.config.archive_folder = Some("Archive".into());
    desk.press("ga");
    assert_eq!(deeds(&desk), [Deed::Move { shelf: Shelf::Archive, to: "Archive".into() }]);
    assert_eq!(desk.toast(), "archived: 1 message · u undo");
    desk.go("SMART error on disk8").press("M");
    assert!(desk.screen().contains("move to: "), "{}", desk.screen());
    desk.press("Esc");
    assert_eq!(deeds(&desk).len(), 1, "nothing is moved before the folder is named");
    desk.press("M").types("Disks").press("Enter");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Move { shelf: Shelf::Folder, to: "Disks".into() }));
    // What the page asks for first, archive asks for as well: it deals with the message.
    desk.go("[adhoc] signing done").press("ga");
    assert_eq!(deeds(&desk).len(), 2, "{}", desk.screen());
}

// ---- claim, snooze -----------------------------------------------------------------------------------------------

#[test]
fn a_claims_the_incident_and_gives_it_back() {
    let mut desk = desk();
    desk.go("major errors (3)").press("a");
    assert_eq!(deeds(&desk), [Deed::Claim { scope: Scope::Incident }]);
    assert_eq!(desk.toast(), "claimed: 1 message · u undo");
    let other = desk.go("major errors (30)").key();
    assert!(desk.model.inbox.standing(&other).unwrap().claimed, "it is one incident");
    desk.press("a");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Unclaim { scope: Scope::Incident }));
    assert!(!desk.model.inbox.standing(&other).unwrap().claimed);
    desk.press("u");
    assert!(desk.model.inbox.standing(&other).unwrap().claimed);
}

#[test]
fn what_somebody_else_has_is_taken_over_only_after_saying_who_has_it_since_when() {
    let mut desk = desk();
    desk.told("bob", Deed::Claim { scope: Scope::Incident }, &["SMART error on disk7"]);
    desk.go("SMART error on disk7").press("a");
    assert_eq!(deeds(&desk), []);
    assert!(desk.screen().contains("claimed by bob, 22:31 (10m ago)"), "{}", desk.screen());
    desk.press("Esc");
    assert_eq!((deeds(&desk), desk.toast().as_str()), (vec![], "cancelled"));
    desk.press("a Enter");
    assert_eq!(deeds(&desk), [Deed::Claim { scope: Scope::Incident }]);
    let row = desk.model.inbox.get(&desk.key()).unwrap();
    assert_eq!(desk.model.inbox.state(row).claimed.unwrap().by, "ann");
}

#[test]
fn s_puts_it_off_and_it_comes_back_by_itself() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("s Enter");
    assert_eq!(deeds(&desk), [Deed::Snooze { until: Time(NOW.0 + 3600), scope: Scope::Message }]);
    assert_eq!(desk.toast(), "put off: 1 message, back at 23:41 · u undo");
    assert!(!is_listed(&desk, "SMART error on disk7") && is_listed(&desk, "SMART error on disk8"));
    at(&mut desk, 3599);
    assert!(!is_listed(&desk, "SMART error on disk7"));
    at(&mut desk, 3600);
    assert!(is_listed(&desk, "SMART error on disk7"));
}

#[test]
fn a_snooze_ends_at_any_time_that_lies_ahead() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("s").types("yesterday 9:00").press("Enter");
    assert_eq!(deeds(&desk), []);
    assert!(desk.screen().contains("a snooze ends in the future"), "{}", desk.screen());
    desk.press("C-u").types("soon").press("Enter");
    assert!(desk.screen().contains("`soon` is no time"), "{}", desk.screen());
    desk.press("C-u").types("23:30").press("Enter");
    assert_eq!(deeds(&desk), [Deed::Snooze { until: Time(NOW.0 + 49 * 60), scope: Scope::Message }]);
    desk.press("gh").go("SMART error on disk7").press("s");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Unsnooze { scope: Scope::Message }), "on one that is put off");
}

#[test]
fn on_the_row_of_an_incident_the_scope_is_the_incident() {
    for (keys, deed) in [
        ("a", Deed::Claim { scope: Scope::Incident }),
        ("s Enter", Deed::Snooze { until: Time(NOW.0 + 3600), scope: Scope::Incident }),
        ("i x Enter", Deed::Ignore { reason: "x".into(), scope: Scope::Incident, until: Some(Time(NOW.0 + 4 * 3600)) }),
        ("X Enter", Deed::Resolve { at: NOW }),
        ("d", Deed::Trash),
    ] {
        let mut desk = incidents();
        desk.go("major errors (30)").press(keys);
        assert_eq!(desk.deeds(), [(deed, 2)], "{keys}");
        desk.press("u");
        assert!(is_listed(&desk, "major"), "{keys}: one undo step");
        assert!(desk.toast().starts_with("undone: "), "{keys}: {}", desk.toast());
    }
}

#[test]
fn the_row_of_an_incident_is_the_incident_where_some_of_its_messages_are_done_already() {
    let mut desk = incidents();
    let bytes = mail("sync@sync1.example.org", "sync@example.org", "major errors (99)", 1, "more");
    let row = desk.deliver(99, &bytes);
    desk.event(Event::Changes(vec![dutybox::triage::Change::Rows(vec![row])]));
    desk.told("bob", Deed::Done, &["major errors (3)"]);
    desk.go("major errors (30)").press("s Enter");
    assert_eq!(desk.deeds(), [(Deed::Snooze { until: Time(NOW.0 + 3600), scope: Scope::Incident }, 2)]);
}

#[test]
fn all_messages_of_an_incident_are_put_off_as_the_incident() {
    let mut desk = desk();
    desk.press("T").types("subject:major").press("Enter");
    desk.press("s Enter");
    assert_eq!(desk.deeds(), [(Deed::Snooze { until: Time(NOW.0 + 3600), scope: Scope::Incident }, 2)]);
    assert!(!is_listed(&desk, "major"));
    desk.press("u");
    assert!(is_listed(&desk, "major errors (3)") && is_listed(&desk, "major errors (30)"), "one undo step");
}

// ---- ignore ------------------------------------------------------------------------------------------------------

#[test]
fn an_ignore_needs_a_reason() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("i").types("  ").press("Enter");
    assert_eq!(deeds(&desk), []);
    assert!(desk.screen().contains("an ignore needs a reason"), "{}", desk.screen());
    desk.types("being replaced").press("Enter");
    let ignored = Deed::Ignore { reason: "being replaced".into(), scope: Scope::Message, until: None };
    assert_eq!(deeds(&desk), [ignored]);
    assert_eq!(desk.toast(), "ignored: 1 message · u undo");
}

#[test]
fn what_must_be_addressed_is_ignored_for_a_while_only() {
    let mut desk = desk();
    desk.go("major errors (3)").press("i").types("known");
    assert!(desk.screen().contains("only for a while · sync: an error that must be addressed (line 79)"));
    desk.press("S-Tab Left Left Enter");
    assert_eq!(deeds(&desk), [], "for ever is refused");
    assert!(desk.screen().contains("sync is not ignored for ever: an error that must be addressed (line 79)"));
    desk.press("Right Enter");
    let until = Some(Time(NOW.0 + 3600));
    assert_eq!(deeds(&desk), [Deed::Ignore { reason: "known".into(), scope: Scope::Message, until }]);
    assert_eq!(desk.toast(), "ignored: 1 message until 23:41 · u undo");
}

#[test]
fn an_incident_is_ignored_with_the_members_that_come_later() {
    let mut desk = desk();
    desk.go("major errors (3)").press("i").types("storm").press("Tab Right Enter");
    let until = Some(Time(NOW.0 + 4 * 3600));
    assert_eq!(deeds(&desk), [Deed::Ignore { reason: "storm".into(), scope: Scope::Incident, until }]);
    assert_eq!(desk.toast(), "ignored the incident until Fri 02:41 · u undo");
    assert!(!is_listed(&desk, "major"));
    let bytes = mail("sync@sync1.example.org", "sync@example.org", "major errors (99)", 1, "more");
    let row = desk.deliver(99, &bytes);
    desk.event(Event::Changes(vec![dutybox::triage::Change::Rows(vec![row])]));
    assert!(!is_listed(&desk, "major"), "a later member too");
    desk.press("gh").go("major errors (99)").press("i");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Unignore { scope: Scope::Incident }));
    assert!(!desk.model.inbox.standings().any(|(_, standing)| standing.ignored));
}

#[test]
fn an_ignore_by_filter_hides_what_it_finds_and_is_ended_in_the_list_of_all_that_is_ignored() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("i").types("disks are being replaced").press("Tab Right Right Tab");
    assert!(desk.screen().contains("from:root@disk7.example.org"), "a query like it is offered");
    desk.press("C-u").types("subject:SMART");
    assert!(desk.screen().contains("finds 2 now; hides calls up to decide"), "{}", desk.screen());
    desk.press("Tab").types("7d").press("Enter");
    let scope = Scope::Filter { query: "subject:SMART".into(), call: Call::Decide };
    let until = Some(Time(NOW.0 + 7 * 86_400));
    assert_eq!(desk.deeds(), [(Deed::Ignore { reason: "disks are being replaced".into(), scope, until }, 0)]);
    assert!(!is_listed(&desk, "SMART"));
    desk.press("gh").go("SMART error on disk8").press("i");
    assert!(desk.toast().contains("ignored by the filter subject:SMART"), "{}", desk.toast());
    desk.press("gi");
    assert!(desk.screen().contains("filter    ×2    disks are being replaced · until"), "{}", desk.screen());
    desk.press("x");
    assert!(matches!(desk.asked.last(), Some(Effect::Undo(Some(_)))), "{:?}", desk.asked.last());
    assert!(desk.model.overlay.is_none(), "the list is empty, so it closes");
    assert!(!desk.model.inbox.standings().any(|(_, standing)| standing.ignored));
}

#[test]
fn a_filter_that_would_hide_everything_or_what_must_be_addressed_for_ever_is_refused() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("i").types("noise").press("Tab Right Right Tab C-u Enter");
    assert!(desk.screen().contains("a filter without a query would hide everything"), "{}", desk.screen());
    desk.types("to:example.org").press("Enter");
    assert!(desk.screen().contains("sync is not ignored for ever"), "{}", desk.screen());
    desk.press("C-u").types("colour:red").press("Enter");
    assert!(desk.screen().contains("query: "), "{}", desk.screen());
    assert_eq!(desk.asked, []);
}

#[test]
fn a_filter_made_before_does_not_hide_for_ever_what_must_be_addressed() {
    let mut desk = desk();
    let scope = Scope::Filter { query: "to:sync@example.org".into(), call: Call::Page };
    desk.told("bob", Deed::Ignore { reason: "old".into(), scope: scope.clone(), until: None }, &[]);
    assert!(is_listed(&desk, "major"));
    let until = Some(Time(NOW.0 + 60));
    desk.told("bob", Deed::Ignore { reason: "restart".into(), scope, until }, &[]);
    assert!(!is_listed(&desk, "major"));
    at(&mut desk, 60);
    assert!(is_listed(&desk, "major"));
}

#[test]
fn all_that_is_ignored_is_listed_with_its_end_shown_and_ended() {
    let mut desk = desk();
    desk.press("gi");
    assert_eq!(desk.toast(), "nothing is ignored");
    desk.told(
        "bob",
        Deed::Ignore { reason: "one".into(), scope: Scope::Message, until: None },
        &["SMART error on disk7"],
    );
    let until = Some(Time(NOW.0 + 1800));
    desk.told("bob", Deed::Ignore { reason: "two".into(), scope: Scope::Incident, until }, &["major errors (3)"]);
    desk.press("gi");
    let screen = desk.screen();
    let (two, one) =
        (screen.find("incident  ×2    two · until 23:11, in 30m"), screen.find("message   ×1    one · for ever"));
    assert!(two.is_some() && two < one, "newest first: {screen}");
    assert!(screen.contains("by bob, 22:31 (10m ago)"));
    desk.press("j x");
    assert_eq!(desk.deeds(), [(Deed::Unignore { scope: Scope::Message }, 1)]);
    assert!(matches!(&desk.model.overlay, Some(Overlay::Pick(pick)) if pick.rows.len() == 1), "the rest stays listed");
    desk.press("Enter");
    assert!(desk.model.overlay.is_none());
    let shown: Vec<_> = desk.model.list.keys().cloned().collect();
    assert_eq!(shown.len(), 2, "the messages that it hides");
    desk.press("q");
    assert!(!is_listed(&desk, "major"));
}

// ---- done --------------------------------------------------------------------------------------------------------

#[test]
fn done_asks_whom_was_told_where_the_runbook_wants_it_and_does_both() {
    let mut desk = desk();
    desk.go("major errors (3)").press("e");
    assert!(desk.screen().contains("told whom") && desk.screen().contains("the runbook says: page hal"));
    desk.press("Enter");
    assert!(desk.screen().contains("nobody is named"), "{}", desk.screen());
    assert_eq!(deeds(&desk), []);
    desk.types("hal, kim").press("Enter");
    let told = Deed::Reach { verb: Verb::Page, who: vec!["hal".into(), "kim".into()], text: String::new(), hook: None };
    assert_eq!(deeds(&desk), [told, Deed::Done]);
    assert_eq!(desk.toast(), "recorded: page hal, kim · done: 1 message · u undo");
    assert!(!is_listed(&desk, "major errors (3)"));
    desk.press("u");
    assert!(is_listed(&desk, "major errors (3)"));
    desk.go("major errors (30)").press("e");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Done), "who was told is still known, for the whole incident");
}

#[test]
fn done_waits_until_it_is_written_down_who_was_told() {
    let mut desk = desk();
    desk.hold();
    desk.go("major errors (3)").press("e").types("hal").press("Enter");
    assert_eq!(deeds(&desk).len(), 1, "only the telling is asked for");
    desk.release();
    assert_eq!(deeds(&desk).last(), Some(&Deed::Done));
    desk.broken = true;
    desk.go("odd output").press("e").press("Space Tab").types("looked at it").press("Enter");
    let asked = deeds(&desk);
    assert_eq!(asked.last(), Some(&Deed::Severity { call: Call::Page }));
    assert!(desk.toast().contains("the disk is full"));
    desk.broken = false;
    desk.press("mm");
    assert_eq!(deeds(&desk).len(), asked.len() + 1, "what was to follow is not done later");
    assert!(is_listed(&desk, "odd output"));
}

#[test]
fn severity_must_be_judged_and_a_claim_stands_for_a_note() {
    let mut desk = desk();
    desk.go("odd output").press("e Enter");
    assert!(desk.screen().contains("judge how severe it is"), "{}", desk.screen());
    desk.press("a Enter");
    let claim = Deed::Claim { scope: Scope::Incident };
    assert_eq!(deeds(&desk), [Deed::Severity { call: Call::Act }, claim, Deed::Done]);
}

#[test]
fn what_must_be_handled_is_done_with_what_was_done() {
    let mut desk = desk();
    desk.go("[adhoc]").press("e Enter");
    assert!(desk.screen().contains("the note is empty"), "{}", desk.screen());
    desk.types("asked rail").press("Enter");
    assert_eq!(deeds(&desk), [Deed::Note { text: "asked rail".into() }, Deed::Done]);
    desk.go("SMART error on disk7").press("e");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Done), "nothing is asked where no runbook asks");
}

// ---- page, tell, answers -----------------------------------------------------------------------------------------

#[test]
fn the_page_dialog_names_whom_the_runbook_pages_copies_the_text_and_keeps_the_record() {
    let mut desk = desk();
    desk.go("major errors (3)").press("!");
    let screen = desk.screen();
    assert!(screen.contains("[page]") && screen.contains("hal had this by SMS"), "{screen}");
    desk.press("Enter");
    let text = "sync: sync1.example.org is broken (2 mails, 21:31 to 22:31: major errors (3))";
    assert_eq!(copied(&desk), [text]);
    let paged = Deed::Reach { verb: Verb::Page, who: vec!["hal".into()], text: text.into(), hook: None };
    assert_eq!(deeds(&desk), [paged]);
    assert_eq!(desk.toast(), "recorded: page hal · u undo");
    desk.go("major errors (30)").press("!");
    assert!(desk.screen().contains("! already paged hal by ann, 22:41 (0m ago) · no answer yet"), "{}", desk.screen());
    desk.press("Esc u");
    assert_eq!(desk.toast(), "undone: page of 1 message, in the record only: they were reached · C-r redo");
}

#[test]
fn another_verb_asks_for_other_people_and_has_its_own_word_in_the_journal() {
    let mut desk = desk();
    desk.go("major errors (3)").press("! Right");
    assert!(desk.screen().contains("[contact]"));
    desk.press("Enter");
    desk.press("! t Tab C-u").types("moc").press("Enter");
    let reached: Vec<_> = deeds(&desk)
        .into_iter()
        .map(|deed| match deed {
            Deed::Reach { verb, who, .. } => {
                (Deed::Reach { verb, who: vec![], text: String::new(), hook: None }.word(), who)
            }
            deed => (deed.word(), vec![]),
        })
        .collect();
    assert_eq!(reached, [("contact", vec!["kim".to_owned()]), ("tell", vec!["moc".to_owned()])]);
}

#[test]
fn nobody_is_paged_without_a_name_nor_by_repeating() {
    let mut desk = desk();
    desk.go("major errors (3)").press("! Tab C-u Enter");
    assert!(desk.screen().contains("nobody is named"), "{}", desk.screen());
    desk.press("Esc");
    assert_eq!(desk.asked, []);
    desk.press("! Enter");
    let asked = desk.asked.len();
    desk.go("major errors (30)").press(".");
    assert_eq!(desk.asked.len(), asked, "the dialog comes again");
    assert!(desk.screen().contains("! already paged hal"));
}

#[test]
fn an_answer_is_recorded_with_the_page_that_it_answers() {
    let mut desk = desk();
    desk.go("major errors (3)").press("g!");
    assert!(desk.toast().contains("nobody was paged or told about this yet"), "{}", desk.toast());
    let who = vec!["hal".to_owned()];
    let of =
        desk.told("bob", Deed::Reach { verb: Verb::Page, who, text: "x".into(), hook: None }, &["major errors (3)"]);
    desk.press("g! Enter");
    assert!(desk.screen().contains("the answer is empty"), "{}", desk.screen());
    desk.types("on it").press("Enter");
    assert_eq!(deeds(&desk), [Deed::Answered { of, text: "on it".into() }]);
    assert_eq!(desk.toast(), "answer recorded · u undo");
    desk.press("!");
    assert!(desk.screen().contains("paged hal by bob, 22:31 (10m ago) · answered 22:41: on it"), "{}", desk.screen());
}

#[test]
fn where_a_command_pages_the_dialog_says_so_and_done_does_not_page_by_the_way() {
    let config = Config { page: Some(vec!["pager".into(), "--now".into()]), ..config() };
    let mut desk = Desk::booked(120, 36, config, &BOOKS, &mails());
    desk.go("major errors (3)").press("!");
    assert!(desk.screen().contains("Enter also runs: pager --now"), "{}", desk.screen());
    desk.press("Right");
    assert!(!desk.screen().contains("pager --now"), "only for a page");
    desk.press("Esc e").types("hal").press("Tab p Enter");
    assert_eq!(deeds(&desk), []);
    assert!(desk.screen().contains("paging runs a command here"), "{}", desk.screen());
}

// ---- resolve, severity -------------------------------------------------------------------------------------------

#[test]
fn resolve_takes_the_time_at_which_it_ended() {
    let mut desk = desk();
    desk.go("major errors (30)").press("X Enter");
    assert_eq!(deeds(&desk), [Deed::Resolve { at: NOW }]);
    assert_eq!(desk.toast(), "resolved at 22:41 · u undo");
    desk.press("u X C-u").types("22:35");
    assert!(desk.screen().contains("22:35, 6m ago"), "{}", desk.screen());
    desk.press("Enter");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Resolve { at: Time(NOW.0 - 360) }));
    desk.press("X C-u").types("+1h").press("Enter");
    assert!(desk.screen().contains("it cannot be resolved in the future"), "{}", desk.screen());
}

#[test]
fn a_severity_is_judged_by_its_word() {
    let mut desk = desk();
    desk.go("odd output").press("S");
    assert!(desk.screen().contains("[decide]"), "it begins at the verdict's: {}", desk.screen());
    desk.press("Left Enter");
    assert_eq!(deeds(&desk), [Deed::Severity { call: Call::Act }]);
    desk.press("S");
    assert!(desk.screen().contains("[act]") && desk.screen().contains("act by ann"), "{}", desk.screen());
}

// ---- switch, expectation, synced ---------------------------------------------------------------------------------

#[test]
fn the_release_switch_is_set_for_a_time_and_changes_what_mail_means() {
    let mut desk = desk();
    assert_eq!(call(&desk, "[runner]"), Call::Decide);
    desk.press("gR");
    assert!(desk.screen().contains("release is unknown now"), "{}", desk.screen());
    desk.press("S-Tab C-u").types("22:00").press("Enter");
    let from = Time(NOW.0 - 41 * 60);
    assert_eq!(desk.deeds(), [(Deed::Switch { name: "release".into(), is: "yes".into(), from }, 0)]);
    assert_eq!(desk.toast(), "switch release: yes · u undo");
    assert_eq!(call(&desk, "[runner]"), Call::Act);
    desk.press("gR");
    let screen = desk.screen();
    assert!(screen.contains("yes since 22:00 · said 22:41 by ann") && screen.contains("[no]"), "{screen}");
    desk.press("Enter");
    assert_eq!(call(&desk, "[runner]"), Call::Act, "the mail came before");
    desk.press("u u");
    assert_eq!(call(&desk, "[runner]"), Call::Decide);
    assert_eq!(desk.toast(), "undone: switch · C-r redo");
    desk.press("gR S-Tab C-u").types("in 2h").press("Enter");
    assert!(desk.screen().contains("a switch is set from now on or from an earlier time"), "{}", desk.screen());
}

#[test]
fn what_is_expected_is_announced_listed_and_taken_back() {
    let mut desk = desk();
    assert_eq!(call(&desk, "[adhoc]"), Call::Act);
    desk.press("gE Tab C-u").types("22:00").press("Tab C-u").types("2h").press("Enter");
    let from = Time(NOW.0 - 41 * 60);
    let deed = Deed::Expect { name: "adhoc signing".into(), from, to: Time(from.0 + 7200), who: "ann".into() };
    assert_eq!(desk.deeds(), [(deed, 0)]);
    assert_eq!(desk.toast(), "adhoc signing is expected 22:00 to Fri 00:00 · u undo");
    assert_eq!(call(&desk, "[adhoc]"), Call::Note);
    desk.press("gE");
    let screen = desk.screen();
    assert!(screen.contains("adhoc signing 22:00 to Fri 00:00 by ann · now"), "{screen}");
    desk.press("j x");
    assert!(matches!(desk.asked.last(), Some(Effect::Undo(Some(_)))));
    assert_eq!(call(&desk, "[adhoc]"), Call::Act);
    desk.press("Enter");
    assert!(desk.screen().contains("Enter announces it"), "another one: {}", desk.screen());
}

#[test]
fn synced_now_says_that_the_mailbox_is_complete() {
    let mut desk = desk();
    desk.press("gy");
    assert_eq!(desk.deeds(), [(Deed::Synced, 0)]);
    assert_eq!(desk.toast(), "synced: the mailbox is complete up to 22:41 · u undo");
    desk.press("u");
    assert_eq!(desk.toast(), "undone: synced · C-r redo");
}

// ---- checklists, bugs --------------------------------------------------------------------------------------------

fn step(case: &str, of: &str, text: &str) -> Step {
    Step { case: case.into(), of: of.into(), text: text.into() }
}

#[test]
fn a_number_ticks_that_step_and_takes_the_tick_away() {
    let mut desk = desk();
    desk.go("major errors (3)").press("2");
    let ask = step("major", "", "Ask kim");
    assert_eq!(deeds(&desk), [Deed::Tick(ask.clone())]);
    assert_eq!(desk.toast(), "ticked: Ask kim · u undo");
    desk.go("major errors (30)").press("2");
    assert_eq!(deeds(&desk).last(), Some(&Deed::Untick(ask)), "the checklist is the incident's");
    desk.press("9");
    assert_eq!(desk.toast(), "the checklist has 2 steps");
    desk.go("SMART error on disk7").press("1");
    assert_eq!(desk.toast(), "what applies now has no checklist");
    assert_eq!(deeds(&desk).len(), 2);
}

#[test]
fn a_checklist_for_each_instance_keeps_what_was_done_for_each() {
    let mut desk = desk();
    desk.go("retirement").press("0");
    let screen = desk.screen();
    assert!(screen.contains("[ ] 1 i-0000000a: Power down i-0000000a"), "{screen}");
    assert!(screen.contains("[ ] 3 i-0000000b: Power down i-0000000b"), "{screen}");
    desk.press("j j Enter");
    assert_eq!(deeds(&desk), [Deed::Tick(step("move", "i-0000000b", "Power down {instance}"))]);
    let screen = desk.screen();
    assert!(screen.contains("[x] 3") && screen.contains("[ ] 1"), "it stays open and shows the tick: {screen}");
    desk.press("Enter");
    assert!(desk.screen().contains("[ ] 3"));
}

#[test]
fn a_text_for_a_bug_is_copied_and_its_log_is_pending_until_it_is_confirmed() {
    let mut desk = desk();
    desk.go("major errors (3)").press("yb");
    let screen = desk.screen();
    assert!(screen.contains("comment on bug 808129") && screen.contains("new bug that blocks bug 808129"), "{screen}");
    desk.press("Enter");
    let text = "sync1.example.org broke at 2013-11-21 21:31:00 UTC";
    assert_eq!(copied(&desk), [text]);
    assert_eq!(deeds(&desk), [Deed::BugText { bug: Some(808129), text: text.into() }]);
    assert_eq!(desk.toast(), "text copied, its log is pending · yb confirms it · u undo");
    desk.press("yb");
    assert!(desk.screen().contains("log pending: bug 808129, copied by ann"), "{}", desk.screen());
    desk.press("Enter");
    assert!(matches!(deeds(&desk).last(), Some(Deed::Logged { .. })), "{:?}", deeds(&desk));
    assert!(!desk.screen().contains("log pending"), "{}", desk.screen());
    desk.press("j Enter");
    assert_eq!(copied(&desk).last(), Some(&"Summary: Repair sync1.example.org\nBlocks: 808129\n\nsee above"));
    desk.go("SMART error on disk7").press("yb");
    assert_eq!(desk.toast(), "the runbook has no text for a bug here");
}

// ---- all of them -------------------------------------------------------------------------------------------------

#[test]
fn what_makes_no_sense_is_refused_and_says_what_does() {
    let mut desk = desk();
    let reach = |who: &str| Deed::Reach { verb: Verb::Tell, who: vec![who.into()], text: String::new(), hook: None };
    let told = desk.told("bob", reach("hal"), &["major errors (3)"]);
    let key = desk.go("major errors (3)").key();
    let switch = |name: &str, is: &str| Deed::Switch { name: name.into(), is: is.into(), from: NOW };
    let expect =
        |name: &str, to: i64| Deed::Expect { name: name.into(), from: NOW, to: Time(NOW.0 + to), who: String::new() };
    let answer = |of: ActId| Deed::Answered { of, text: "on it".into() };
    let refused = |deed: Deed| permit::refusal(&desk.model.inbox, &deed, std::slice::from_ref(&key));
    for (deed, cause, instead) in [
        (Deed::Unclaim { scope: Scope::Message }, Cause::Nothing, "claim it first"),
        (Deed::Tick(step("major", "", "Dance")), Cause::Nothing, "take one of its checklist"),
        (Deed::Tick(step("go", "", "Ask kim")), Cause::Nothing, "take one of its checklist"),
        (answer(ActId(99)), Cause::Nothing, "look into the journal"),
        (Deed::Logged { of: told }, Cause::Nothing, "look into the journal"),
        (switch("release", "maybe"), Cause::Unknown, "it is one of yes, no, unknown"),
        (switch("realease", "yes"), Cause::Unknown, "there is release"),
        (expect("signing", 60), Cause::Unknown, "there is adhoc signing"),
        (expect("adhoc signing", -1), Cause::Backwards, "give a later end"),
        (reach(" "), Cause::Nobody, "write who it was"),
        (Deed::Note { text: " ".into() }, Cause::Empty, "write a few words"),
        (
            Deed::Snooze { until: NOW, scope: Scope::Message },
            Cause::NotAhead,
            "give a later time: 1h, 4h, tomorrow, 14:20",
        ),
        (Deed::Resolve { at: Time(NOW.0 + 1) }, Cause::Ahead, "give the time at which it ended"),
    ] {
        let refusal = refused(deed.clone()).unwrap_or_else(|| panic!("{deed:?}"));
        assert_eq!((refusal.cause, refusal.instead.as_str()), (cause, instead), "{deed:?}");
    }
    for deed in [
        answer(told),
        Deed::Tick(step("major", "", "Ask kim")),
        switch("release", "unknown"),
        expect("adhoc signing", 0),
        Deed::Resolve { at: NOW },
        Deed::Done,
    ] {
        assert_eq!(refused(deed.clone()), None, "{deed:?}");
    }
}

#[test]
fn nothing_is_told_where_nothing_may_be_changed() {
    let mut desk = desk();
    desk.model.read_only = true;
    desk.go("major errors (3)");
    for keys in ["a", "s", "i", "e", "!", "g!", "X", "S", "1", "gR", "gE", "gy", "."] {
        desk.press(keys);
        assert!(desk.model.overlay.is_none(), "{keys}");
        assert!(desk.toast().contains("read-only"), "{keys}: {}", desk.toast());
    }
    desk.press("0 Enter");
    assert!(desk.toast().contains("read-only"), "a checklist can be looked at: {}", desk.toast());
    desk.press("Esc yb Enter");
    assert!(desk.toast().contains("read-only"), "{}", desk.toast());
    assert_eq!(deeds(&desk), []);
}

#[test]
fn everything_told_can_be_taken_back() {
    for (keys, subject) in [
        ("a", "major errors (3)"),
        ("s Enter", "major errors (3)"),
        ("! Enter", "major errors (3)"),
        ("X Enter", "major errors (3)"),
        ("S Enter", "major errors (3)"),
        ("1", "major errors (3)"),
        ("yb Enter", "major errors (3)"),
        ("gR Enter", "[runner]"),
        ("gE Enter", "[adhoc]"),
        ("gy", "[adhoc]"),
    ] {
        let mut desk = desk();
        let before: Vec<_> = desk.model.inbox.rows().iter().map(|row| desk.model.inbox.entry(row).state).collect();
        let register = desk.model.inbox.register().clone();
        desk.go(subject).press(keys);
        assert_eq!(deeds(&desk).len(), 1, "{keys}");
        desk.press("u");
        let after: Vec<_> = desk.model.inbox.rows().iter().map(|row| desk.model.inbox.entry(row).state).collect();
        assert_eq!(before, after, "{keys}");
        assert_eq!(register, *desk.model.inbox.register(), "{keys}");
    }
}

#[test]
fn each_of_these_actions_is_found_by_its_name_and_in_the_help() {
    let names = [
        "claim",
        "snooze",
        "page",
        "answered",
        "resolve",
        "severity",
        "tick",
        "checklist",
        "switch",
        "expect",
        "synced",
        "bug-text",
        "show-ignored",
    ];
    for name in names {
        assert!(ACTIONS.iter().any(|info| info.name == name && !info.keys.is_empty()), "{name}");
        let mut desk = desk();
        desk.press("?").types(name);
        assert!(!desk.screen().contains("no action fits"), "{name}");
        desk.press("Esc :").types(name).press("Enter");
        assert_ne!(desk.toast(), "no such action", "{name}");
    }
}

#[test]
fn pasted_text_goes_into_the_line_that_has_the_cursor() {
    let mut desk = desk();
    desk.go("SMART error on disk7").press("i");
    desk.event(Event::Paste("ticket 7\nq".into()));
    desk.press("Enter");
    assert!(
        matches!(deeds(&desk).last(), Some(Deed::Ignore { reason, .. }) if reason == "ticket 7 q"),
        "{:?}",
        deeds(&desk)
    );
}

#[test]
fn what_is_chosen_is_in_sight_in_a_narrow_window() {
    let mut desk = Desk::booked(50, 20, config(), &BOOKS, &mails());
    desk.go("SMART error on disk7").press("i S-Tab");
    for option in ["[for ever]", "[1h]", "[4h]", "[tomorrow 9:00]", "[7d]"] {
        assert!(desk.screen().contains(option), "{option}: {}", desk.screen());
        desk.press("Right");
    }
    desk.types("in 90m");
    assert!(desk.screen().contains("[in 90m ]"), "{}", desk.screen());
}

/// The frame that lies over the panes, cut out of the screen.
fn dialog(screen: &str) -> String {
    let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
    let corner = |c: char| lines.iter().enumerate().find_map(|(y, line)| Some((y, line.iter().position(|&d| d == c)?)));
    let ((top, left), (bottom, right)) = corner('╭').zip(corner('╯')).expect("a frame");
    let cut = |line: &Vec<char>| -> String { line.iter().skip(left).take(right + 1 - left).collect() };
    lines[top..=bottom].iter().map(|line| cut(line) + "\n").collect()
}

#[test]
fn dialogs_look_like_this() {
    for (w, h) in [(80, 24), (120, 36)] {
        let mut desk = Desk::booked(w, h, config(), &BOOKS, &mails());
        let who = vec!["hal".to_owned()];
        desk.told("bob", Deed::Reach { verb: Verb::Page, who, text: "x".into(), hook: None }, &["major errors (3)"]);
        let mut picture = |name: &str, subject: &str, keys: &str| {
            desk.go(subject).press(keys);
            insta::assert_snapshot!(format!("{name}_{w}x{h}"), dialog(&desk.screen()));
            desk.press("Esc");
        };
        picture("ignore", "major errors (3)", "i");
        picture("ignore_filter", "SMART error on disk7", "i Tab Right Right Tab");
        picture("snooze", "major errors (3)", "s");
        picture("page", "major errors (3)", "!");
        picture("before_done", "odd output", "e Enter");
        picture("switch", "[runner]", "gR");
        picture("checklist", "retirement", "0");
        picture("bug_texts", "major errors (3)", "yb");
    }
}

/// An act on several messages of which another program has taken some away: in the same moment every other row has its own
/// verdict and its own incident, so that the next key means what is seen.
#[test]
fn what_is_gone_leaves_every_other_row_its_own_verdict() {
    let mut desk = desk();
    let keys: Vec<_> = desk.model.list.keys().cloned().collect();
    let seen: Vec<_> = keys.iter().map(|key| (key.clone(), headline(&desk, key))).collect();
    for key in keys.iter().take(3) {
        desk.mails.remove(key);
    }
    desk.press("C-a mm");
    assert!(desk.screen().contains("moved or deleted by another program"), "{}", desk.screen());
    for (key, before) in seen.iter().skip(3) {
        let row = desk.model.inbox.get(key).expect("it lies there");
        let (_, incident) = desk.model.inbox.incident_of(row).expect("it has an incident");
        assert!(desk.model.inbox.members(incident).any(|(member, _)| member.key == *key), "{before:?}");
        assert_eq!(headline(&desk, key).0, before.0, "another runbook's verdict");
    }
}

/// The runbook that a row's verdict is of, and its headline.
fn headline(desk: &Desk, key: &dutybox::triage::row::MailKey) -> (Option<dutybox::runbook::set::BookId>, String) {
    let row = desk.model.inbox.get(key).expect("it lies there");
    let verdict = desk.model.inbox.verdict(row);
    (verdict.book, verdict.headline)
}
