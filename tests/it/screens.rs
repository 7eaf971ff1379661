//! Key scripts against screens: what the operator presses and what they then see.

use crate::desk::{Desk, NOW, day, mail};
use dutybox::app::action::{ACTIONS, Group, When};
use dutybox::app::effect::{Effect, Outcome};
use dutybox::app::list::View;
use dutybox::app::model::{Mouse, Overlay, Tone};
use dutybox::app::panes::Focus;
use dutybox::app::{Action, Event};
use dutybox::config::Config;
use dutybox::mail::Flags;
use dutybox::triage::row::{Change, FolderId};
use dutybox::triage::told::{Deed, Scope};
use std::collections::BTreeMap;

// ---- what it looks like --------------------------------------------------------------------------------------

#[test]
fn the_first_screen_at_three_sizes() {
    for (w, h) in [(80, 24), (120, 36), (160, 45)] {
        let mut desk = Desk::pictured(w, h);
        insta::assert_snapshot!(format!("first_{w}x{h}"), desk.screen());
        insta::assert_snapshot!(format!("first_{w}x{h}_ink"), desk.ink());
    }
}

#[test]
fn dialogs_look_like_this() {
    let mut desk = Desk::pictured(80, 24);
    insta::assert_snapshot!("help", desk.press("?").screen());
    insta::assert_snapshot!("help_searched", desk.types("undo").screen());
    insta::assert_snapshot!("which_key", desk.press("Esc g").screen());
    insta::assert_snapshot!("palette", desk.press("Esc :").types("ign").screen());
    insta::assert_snapshot!("forward", desk.press("Esc f").screen());
}

#[test]
fn where_nothing_is_documented_the_pane_says_how_to_begin() {
    let mut desk = Desk::pictured(160, 45);
    desk.press("\\").types("category:undocumented").press("Enter w");
    insta::assert_snapshot!("undocumented", desk.screen());
    desk.press("yr");
    let Some(Effect::Copy(draft)) = desk.asked.last().cloned() else { panic!("nothing was copied: {:?}", desk.asked) };
    let books = dutybox::runbook::Runbooks::only(&[("draft.md".into(), draft.clone())]);
    assert_eq!(books.len(), 1, "the draft is a runbook: {:?}\n{draft}", books.diagnostics);
}

#[test]
fn any_size_is_drawn_and_borders_stay_straight() {
    let mut desk = Desk::new(120, 36);
    desk.press("G k k");
    for w in (1..=200).step_by(9).chain([39, 40, 41, 79, 80, 81, 119, 120, 121]) {
        for h in (1..=60).step_by(11).chain([9, 10, 15, 16, 17]) {
            desk.resize(w, h);
            let buffer = desk.buffer();
            assert_eq!((buffer.area.width, buffer.area.height), (w, h));
            if w < 40 || h < 10 {
                continue;
            }
            let status: String = (0..w).map(|x| buffer[(x, h - 1)].symbol().to_owned()).collect();
            assert!(status.contains("? help"), "the way to the help at {w}x{h}: {status}");
            if w >= 120 {
                let panes = desk.model.panes.clone();
                for x in [panes.categories.x + panes.categories.w, panes.list.x + panes.list.w] {
                    for y in 0..h - 2 {
                        assert_eq!(buffer[(x, y)].symbol(), "│", "border at {x},{y} of {w}x{h}");
                    }
                }
            }
        }
    }
}

#[test]
fn dialogs_are_drawn_at_any_size() {
    for keys in ["?", ":", "f", "b", "E", "o", "i", "g", "/", "ge", "A"] {
        let mut desk = Desk::new(120, 36);
        desk.press(keys);
        for (w, h) in [(1, 1), (2, 1), (40, 10), (41, 11), (60, 12), (80, 24), (200, 60)] {
            desk.resize(w, h);
            desk.buffer();
        }
    }
}

#[test]
fn nothing_unclean_reaches_a_cell() {
    let mut desk = Desk::new(160, 45);
    for _ in 0..day().len() {
        for _ in 0..3 {
            let buffer = desk.press("H").buffer();
            for cell in buffer.content() {
                let clean = dutybox::mail::text::clean(cell.symbol());
                assert_eq!(clean, cell.symbol());
                assert!(cell.symbol().len() <= 64);
            }
        }
        desk.press("j");
    }
}

// ---- every action --------------------------------------------------------------------------------------------

/// Desks in different situations, so that each action has something to do at one of them.
fn situations() -> Vec<Desk> {
    let long: String = (0..200).map(|i| format!("line {i}\n")).collect();
    let mut mails = day();
    mails.push(mail("x@example.org", "y@example.org", "long", 5, &long));
    let config = Config { allow_pipe: true, ..Config::default() };
    let fresh = || {
        let mut desk = Desk::with(120, 36, config.clone(), &mails, false);
        desk.press("gg j j mm C-d k k");
        desk
    };
    let mut message = fresh();
    message.press("/").types("long").press("Enter Enter C-d /").types("line").press("Enter J J J");
    let mut runbook = fresh();
    runbook.press("gg w > > >");
    let mut undone = fresh();
    undone.press("u");
    let mut searched = fresh();
    searched.press("/").types("e").press("Enter");
    let mut queued = fresh();
    queued.event(Event::Outbox(1));
    let mut category = fresh();
    category.press("} } ,t");
    vec![fresh(), message, runbook, undone, searched, queued, category]
}

#[test]
fn every_action_does_something_by_its_first_key() {
    for info in ACTIONS.iter().filter(|info| info.group != Group::Debug) {
        let mut seen = false;
        for mut desk in situations() {
            let before = (desk.screen(), desk.ink(), desk.asked.len());
            desk.press(info.keys[0]);
            let after = (desk.screen(), desk.ink(), desk.asked.len());
            assert!(!desk.toast().starts_with("no action"), "{}", info.name);
            seen |= before != after;
        }
        assert!(seen, "`{}` changed nothing in any situation", info.name);
    }
}

#[test]
fn every_action_stands_in_the_help_and_the_palette() {
    let mut desk = Desk::new(120, 36);
    for info in ACTIONS.iter().filter(|info| info.group != Group::Debug && info.action != Action::Palette) {
        let screen = desk.press("?").types(info.name).screen();
        assert!(screen.contains(info.keys[0]), "`{}` in the help:\n{screen}", info.name);
        desk.press("Esc");
        let screen = desk.press(":").types(info.name).screen();
        assert!(screen.contains(&format!("▸ {}", &info.name[..info.name.len().min(15)])), "`{}`:\n{screen}", info.name);
        desk.press("Esc");
    }
}

#[test]
fn every_preset_can_be_worked_with() {
    for preset in ["mutt", "gmail", "emacs"] {
        let config = Config { preset: preset.into(), ..Config::default() };
        let mut desk = Desk::with(120, 36, config, &day(), false);
        for info in ACTIONS.iter().filter(|info| info.action != Action::Quit && info.group != Group::Debug) {
            let Some(key) = desk.model.keymap.keys_of(info.action).into_iter().next() else { continue };
            desk.press(&key);
            assert!(!desk.toast().starts_with("no action"), "{preset}: {}", info.name);
            desk.press("Esc Esc");
        }
    }
}

#[test]
fn the_debug_actions_are_in_no_help() {
    let mut desk = Desk::new(120, 36);
    let screen = desk.press("?").types("debug").screen();
    assert!(screen.contains("no action fits"), "{screen}");
}

// ---- moving --------------------------------------------------------------------------------------------------

#[test]
fn peeking_changes_nothing_and_enter_opens() {
    let mut desk = Desk::new(120, 36);
    desk.press("j j k J K");
    assert_eq!(desk.deeds(), []);
    let key = desk.key();
    assert!(!desk.flags(&key).has(Flags::SEEN));
    desk.press("Enter");
    assert_eq!(desk.deeds(), [(Deed::Open, 1)]);
    assert!(desk.flags(&key).has(Flags::SEEN));
    assert_eq!(desk.model.focus, Focus::Message);
    desk.press("q Enter");
    assert_eq!(desk.deeds().len(), 1, "what is seen is not opened again");
}

#[test]
fn escape_never_quits_and_q_leads_out_step_by_step() {
    let mut desk = Desk::new(120, 36);
    desk.press("} Enter Enter Space V");
    for _ in 0..9 {
        desk.press("Esc h Left");
    }
    assert!(!desk.asked.contains(&Effect::Quit));
    for _ in 0..9 {
        desk.press("q");
    }
    assert!(desk.asked.contains(&Effect::Quit));
}

#[test]
fn q_asks_where_mail_still_waits() {
    let mut desk = Desk::new(80, 24);
    desk.event(Event::Outbox(2));
    assert!(desk.press("q").screen().contains("2 mails wait in the outbox"));
    desk.press("n");
    assert!(!desk.asked.contains(&Effect::Quit));
    desk.press("q y");
    assert!(desk.asked.contains(&Effect::Quit));
}

#[test]
fn a_half_typed_key_shows_how_it_goes_on_and_escape_forgets_it() {
    let mut desk = Desk::new(80, 24);
    assert!(desk.press("m").screen().contains("unread"));
    desk.press("Esc");
    assert!(desk.model.pending.is_empty());
    assert_eq!(desk.deeds(), []);
    desk.press("g x");
    assert!(desk.toast().starts_with("no action on gx"));
}

#[test]
fn next_needing_goes_round_and_into_other_categories() {
    let mut desk = Desk::new(120, 36);
    let count = desk.model.needs_you;
    assert!(count > 2);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..count {
        desk.press("]");
        seen.insert(desk.key());
    }
    assert_eq!(seen.len(), count);
    desk.press("\\").types("subject:nothing-like-this").press("Enter ]");
    assert_eq!(desk.toast(), "nothing needs you here");
}

#[test]
fn around_shows_all_categories_and_q_comes_back() {
    let mut desk = Desk::new(120, 36);
    desk.press("/").types("process delays on").press("Enter");
    let key = desk.key();
    desk.press("@");
    assert!(matches!(desk.model.list.scope(), View::Around(_)));
    let screen = desk.screen();
    assert!(screen.contains("AUTOFIX") && !screen.contains("SMART"), "{screen}");
    desk.press("q");
    assert_eq!((desk.model.list.scope(), desk.key()), (&View::All, key));
}

#[test]
fn the_mouse_selects_scrolls_and_focuses() {
    let mut desk = Desk::new(160, 45);
    desk.press("j");
    let list = desk.model.panes.list;
    desk.event(Event::Mouse(Mouse::Press, list.x + 3, list.y + 4));
    assert_eq!((desk.model.list.position(), desk.model.focus), (4, Focus::List));
    let categories = desk.model.panes.categories;
    desk.event(Event::Mouse(Mouse::Press, categories.x + 3, categories.y + 2));
    assert_eq!(desk.model.focus, Focus::Categories);
    assert!(matches!(desk.model.list.scope(), View::Category(_)));
    let message = desk.model.panes.message;
    desk.event(Event::Mouse(Mouse::WheelDown, message.x, message.y));
    desk.event(Event::Mouse(Mouse::Press, 9999, 9999));
    assert_eq!(desk.deeds(), [], "the mouse only looks");
}

// ---- acting --------------------------------------------------------------------------------------------------

#[test]
fn the_screen_shows_an_act_only_when_it_has_happened() {
    let mut desk = Desk::new(120, 36);
    desk.go("SMART error");
    let (key, count) = (desk.key(), desk.model.list.len());
    desk.hold();
    desk.press("e");
    assert_eq!(desk.model.list.len(), count, "still listed");
    assert_ne!(desk.key(), key, "but the cursor went on");
    assert!(desk.screen().contains("writing"));
    desk.release();
    assert_eq!(desk.model.list.len(), count - 1);
    assert_eq!(desk.toast(), "done: 1 message · u undo");
    desk.press("u");
    assert_eq!((desk.model.list.len(), desk.key()), (count, key.clone()));
    assert!(!desk.flags(&key).has(Flags::SEEN), "undo takes back the flag that the act set");
    desk.press("C-r");
    assert_eq!(desk.model.list.len(), count - 1);
}

#[test]
fn mark_toggles_and_the_flag_shows_as_a_letter() {
    let mut desk = Desk::new(120, 36);
    let key = desk.press("j").key();
    desk.press("mm");
    assert!(desk.flags(&key).has(Flags::FLAGGED));
    assert_eq!(desk.toast(), "marked: 1 message · u undo");
    desk.press("mm");
    assert!(!desk.flags(&key).has(Flags::FLAGGED));
    desk.press("ms");
    assert!(desk.flags(&key).has(Flags::SEEN));
    desk.press("mu");
    assert!(!desk.flags(&key).has(Flags::SEEN));
}

#[test]
fn ignoring_asks_why_hides_and_is_listed_and_ended() {
    let mut desk = Desk::new(120, 36);
    let key = desk.go("SMART error").key();
    desk.press("i");
    assert!(desk.screen().contains("reason"));
    desk.types("known flapping").press("Enter");
    assert_eq!(
        desk.deeds(),
        [(Deed::Ignore { reason: "known flapping".into(), scope: Scope::Message, until: None }, 1)]
    );
    assert!(desk.model.list.keys().all(|other| *other != key));
    desk.press("gi");
    assert!(desk.screen().contains("message   ×1    known flapping · for ever"), "{}", desk.screen());
    desk.press("Enter");
    assert_eq!(desk.key(), key);
    assert!(desk.screen().contains("known flapping"));
    desk.press("i");
    assert!(desk.model.list.is_empty(), "shown again, so not ignored any more");
    desk.press("q");
    assert!(desk.model.list.keys().any(|other| *other == key));
}

#[test]
fn an_act_means_the_selection_and_says_how_many() {
    let mut desk = Desk::messages(120, 36);
    desk.go("SMART error").press("Space Space");
    assert!(desk.screen().contains("2 selected"));
    desk.press("e");
    assert_eq!(desk.deeds(), [(Deed::Done, 2)]);
    assert_eq!(desk.toast(), "done: 2 messages · u undo");
    assert_eq!(desk.model.list.selected(), 0);
    desk.press("u");
    desk.press("gg V j j d");
    assert_eq!(desk.deeds().last(), Some(&(Deed::Trash, 3)));
    desk.press("u T").types("subject:vcs2vcs").press("Enter");
    assert!(desk.toast().contains("3 found and selected"), "{}", desk.toast());
    desk.press("mm");
    assert_eq!(desk.deeds().last(), Some(&(Deed::Mark, 3)));
    desk.press("C-a");
    assert_eq!(desk.model.list.selected(), desk.model.list.len());
    desk.press("Esc");
    assert_eq!(desk.model.list.selected(), 0);
}

#[test]
fn repeat_does_the_last_act_again() {
    let mut desk = Desk::messages(120, 36);
    desk.go("SMART error").press("i").types("noise").press("Enter .");
    let noise = Deed::Ignore { reason: "noise".into(), scope: Scope::Message, until: None };
    assert_eq!(desk.deeds(), [(noise.clone(), 1), (noise, 1)]);
}

#[test]
fn a_note_needs_text() {
    let mut desk = Desk::new(120, 36);
    desk.press("j c Enter");
    assert_eq!(desk.deeds(), []);
    desk.types("asked hwine").press("Enter");
    assert_eq!(desk.deeds(), [(Deed::Note { text: "asked hwine".into() }, 1)]);
    assert!(desk.screen().contains("asked hwine"));
}

#[test]
fn read_only_refuses_every_act_and_says_why() {
    let mut desk = Desk::with(120, 36, Config::default(), &day(), true);
    for info in ACTIONS.iter().filter(|info| matches!(info.when, When::Change | When::Writable)) {
        desk.press(info.keys[0]);
        assert!(desk.toast().starts_with("read-only"), "{}: {}", info.name, desk.toast());
    }
    desk.press("Enter");
    assert_eq!(desk.asked, []);
    assert!(desk.screen().contains("read-only"));
}

#[test]
fn a_failed_act_is_said_until_the_next_key_and_changes_nothing() {
    let mut desk = Desk::new(120, 36);
    let count = desk.model.list.len();
    desk.event(Event::Outcome(Outcome::Failed("done: no space left on device; nothing was changed".into())));
    assert_eq!(desk.tone(), Tone::Error);
    assert_eq!(desk.model.list.len(), count);
    desk.press("j");
    assert_eq!(desk.toast(), "");
}

// ---- other programs ------------------------------------------------------------------------------------------

#[test]
fn a_message_that_vanishes_stays_in_view_and_acts_hit_no_neighbour() {
    let mut desk = Desk::new(120, 36);
    desk.press("j j");
    let (key, count) = (desk.key(), desk.model.list.len());
    desk.mails.remove(&key);
    desk.event(Event::Changes(vec![Change::Vanished(key.clone())]));
    assert_eq!(desk.key(), key);
    let screen = desk.screen();
    assert!(screen.contains("moved or deleted by another program") && screen.contains("gone"), "{screen}");
    desk.press("e mm d f i");
    assert_eq!(desk.asked, [], "nothing is done to what is gone, nor to its neighbour");
    desk.press("j");
    assert_ne!(desk.key(), key);
    assert_eq!(desk.model.list.len(), count - 1);
}

#[test]
fn a_message_that_vanishes_under_an_open_dialog_is_still_the_one_that_is_meant() {
    let mut desk = Desk::new(120, 36);
    let key = desk.press("j j i").key();
    desk.mails.remove(&key);
    desk.event(Event::Changes(vec![Change::Vanished(key.clone())]));
    desk.types("why").press("Enter");
    let Some(Effect::Act(request)) = desk.asked.last() else { panic!("{:?}", desk.asked) };
    assert_eq!(request.about.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(), [key]);
    assert!(desk.toast().contains("moved or deleted"), "{}", desk.toast());
}

#[test]
fn the_cursor_keeps_to_its_message_while_mail_streams_in() {
    let mut desk = Desk::new(120, 36);
    let key = desk.press("j j j").key();
    for number in 100..160 {
        let bytes = mail("root@a.example.org", "oncall@example.org", &format!("new {number}"), number % 90, "x");
        let row = desk.deliver(number as usize, &bytes);
        desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
        assert_eq!(desk.key(), key);
    }
}

#[test]
fn while_the_list_first_fills_the_cursor_stays_on_top_and_the_first_act_only_settles_it() {
    let mut desk = Desk::empty(120, 36, Config::default(), false);
    for (number, bytes) in day().iter().enumerate() {
        let row = desk.deliver(number, bytes);
        desk.event(Event::Changes(vec![Change::Rows(vec![row])]));
        assert_eq!(desk.model.list.position(), 0);
    }
    desk.press("d");
    assert_eq!(desk.deeds(), []);
    assert!(desk.toast().contains("press d again"), "{}", desk.toast());
    desk.press("d");
    assert_eq!(desk.deeds().len(), 1);
}

#[test]
fn merging_batches_gives_the_order_that_sorting_gives() {
    for sort in [",c", ",t", ",s", ",g"] {
        let mut batches = Desk::empty(80, 24, Config::default(), false);
        let mut at_once = Desk::empty(80, 24, Config::default(), false);
        batches.press(sort);
        at_once.press(sort);
        let mails: Vec<Vec<u8>> = (0..120i64)
            .map(|i| {
                let to = ["release+vcs2vcs@mozilla.com", "oncall@example.org"][i as usize % 2];
                let from = format!("{}@example.org", ["d", "b", "c", "a"][(i as usize * 7) % 4]);
                let subject = if i % 3 == 0 { "[vcs2vcs] AUTOFIX process delays" } else { "something" };
                mail(&from, to, subject, (i * 37) % 101, "x")
            })
            .collect();
        let rows: Vec<_> = mails.iter().enumerate().map(|(i, bytes)| batches.deliver(i, bytes)).collect();
        for batch in rows.chunks(7) {
            batches.event(Event::Changes(vec![Change::Rows(batch.to_vec())]));
        }
        // Some come again, changed: they move, nothing is listed twice.
        batches.event(Event::Changes(vec![Change::Rows(rows[..20].to_vec())]));
        at_once.event(Event::Changes(vec![Change::Rows(rows)]));
        let keys = |desk: &Desk| desk.model.list.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&batches), keys(&at_once), "{sort}");
        assert_eq!(batches.model.list.keys().count(), 120);
    }
}

#[test]
fn a_folder_that_cannot_be_read_is_a_banner_not_an_empty_list() {
    let mut desk = Desk::new(80, 24);
    desk.event(Event::Changes(vec![Change::FolderError(FolderId(0), Some("permission denied".into()))]));
    let screen = desk.screen();
    assert!(screen.lines().next().unwrap().contains("permission denied"), "{screen}");
    assert!(screen.contains("SMART"), "what is known stays listed: {screen}");
    assert!(desk.press("ge").screen().contains("permission denied"));
    desk.press("Esc");
    desk.event(Event::Changes(vec![Change::FolderError(FolderId(0), None)]));
    assert!(!desk.screen().contains("permission denied"));
}

// ---- finding -------------------------------------------------------------------------------------------------

#[test]
fn a_filter_narrows_and_says_where_it_is_wrong() {
    let mut desk = Desk::messages(120, 36);
    desk.press("\\").types("categry:sns");
    let screen = desk.screen();
    assert!(screen.contains("did you mean category"), "{screen}");
    desk.press("Enter");
    assert!(matches!(desk.model.overlay, Some(Overlay::Prompt(_))), "a wrong filter is not taken");
    desk.press("C-u").types("category:vcs2vcs").press("Enter");
    assert_eq!(desk.model.list.len(), 3);
    assert!(desk.screen().contains("filter: category:vcs2vcs"));
    desk.press("Esc");
    assert_eq!(desk.model.list.len(), desk.model.inbox.rows().len());
}

#[test]
fn search_goes_to_matches_in_the_list_and_in_the_message() {
    let mut desk = Desk::messages(120, 36);
    desk.press("/").types("vcs2vcs").press("Enter");
    let first = desk.key();
    let mut seen = vec![first.clone()];
    for _ in 0..2 {
        desk.press("n");
        seen.push(desk.key());
    }
    assert_eq!(desk.press("n").key(), first, "round the end");
    assert_eq!(desk.press("N").key(), seen[2]);
    let long: String = (0..300).map(|i| format!("line {i}\n")).collect();
    let mut desk = Desk::with(120, 36, Config::default(), &[mail("a@b.example", "c@d.example", "s", 1, &long)], false);
    desk.press("Enter /").types("LINE 250").press("Enter");
    assert!(desk.screen().contains("line 250"), "{}", desk.screen());
    desk.press("/").types("absent").press("Enter");
    assert!(desk.toast().contains("does not hold"));
}

#[test]
fn pasted_text_is_never_run() {
    let mut desk = Desk::new(120, 36);
    desk.event(Event::Paste("d\nQ\ny".repeat(1000)));
    assert_eq!(desk.asked, []);
    desk.press("/");
    desk.event(Event::Paste(format!("two\r\nlines\x1b[31m{}", "x".repeat(1 << 20))));
    let Some(Overlay::Prompt(prompt)) = &desk.model.overlay else { panic!() };
    assert!(prompt.field.text().starts_with("two  lines [31m"));
    assert!(prompt.field.text().chars().count() <= 4096);
    assert!(!prompt.field.text().chars().any(char::is_control));
    desk.press("Esc");
    assert_eq!(desk.asked, []);
}

#[test]
fn a_runbook_that_breaks_while_it_runs_is_told_of() {
    let mut desk = Desk::new(120, 36);
    let book = "+++\nid = \"talk\"\ntitle = \"Talk\"\nmatch = { subjekt = \"x\" }\n+++\n".to_owned();
    desk.event(Event::Books(std::sync::Arc::new(dutybox::runbook::Runbooks::only(&[("talk.md".into(), book)]))));
    assert!(desk.toast().contains("a runbook is wrong"), "{}", desk.toast());
    desk.press("g e");
    assert!(desk.screen().contains("subjekt"), "{}", desk.screen());
}

#[test]
fn the_list_names_the_host_of_an_alert_and_the_person_who_answers_it() {
    let desk = Desk::new(120, 36);
    let mut shown = crate::support::row("1", "[vcs2vcs] process delays on github-sync4", "hal@example.org");
    std::sync::Arc::make_mut(&mut shown.from).name = "Hal W.".into();
    shown.class.labels = [dutybox::runbook::labels::Label {
        name: "host".into(),
        value: "github-sync4.example.org".into(),
        from: "subject".into(),
    }]
    .into();
    assert_eq!(dutybox::app::list::sender(&shown), "github-sync4");
    shown.role = dutybox::mail::Role::Reply;
    assert_eq!(dutybox::app::list::sender(&shown), "Hal W.");
    assert!(desk.model.inbox.rows().iter().any(|row| dutybox::app::list::sender(row) == "github-sync1"));
}

#[test]
fn people_are_threaded_and_never_collapsed() {
    let book = "+++\nid = \"talk\"\ntitle = \"Talk\"\nhuman = true\nmatch = { to = \"talk@example.org\" }\n+++\n\n\
                ## What to do when one is received\n\nRead it.\n";
    let mut desk = Desk::empty(160, 45, Config::default(), false);
    desk.event(Event::Books(std::sync::Arc::new(dutybox::runbook::Runbooks::only(&[("t.md".into(), book.into())]))));
    let letter = |id: &str, refs: &str, minutes: i64, subject: &str| {
        let mut bytes = format!("Message-ID: <{id}@x>\n{refs}").into_bytes();
        let rest = mail("p@example.org", "talk@example.org", subject, minutes, "hello");
        let rest = String::from_utf8(rest).unwrap();
        let rest: String = rest.lines().filter(|l| !l.starts_with("Message-ID")).map(|l| format!("{l}\n")).collect();
        bytes.extend(rest.into_bytes());
        bytes
    };
    let mails = [
        letter("a", "", 90, "lunch"),
        letter("b", "", 80, "other matter"),
        letter("c", "References: <a@x>\n", 70, "Re: lunch"),
        letter("d", "References: <a@x> <c@x>\n", 10, "Re: lunch, deeper"),
        letter("e", "References: <f@x>\n", 60, "loop one"),
        letter("f", "References: <e@x>\n", 50, "loop two"),
        letter("g", "References: <never-sent@x>\n", 45, "Re: pull request, first"),
        letter("h", "In-Reply-To: <never-sent@x>\n", 40, "Re: pull request, second"),
    ];
    let rows = mails.iter().enumerate().map(|(i, bytes)| desk.deliver(i, bytes)).collect();
    desk.event(Event::Changes(vec![Change::Rows(rows), Change::Complete]));
    desk.press("} ,t");
    let screen = desk.screen();
    let at =
        |text: &str| screen.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}:\n{screen}"));
    assert_eq!(at("└ Re: lunch, deeper"), at("└ Re: lunch") + 1);
    assert_eq!(at("└ Re: pull request, second"), at("Re: pull request, first") + 1, "a root that was never sent");
    assert_eq!(desk.model.list.len(), 8, "a loop of references hides nothing");
}

// ---- sending -------------------------------------------------------------------------------------------------

#[test]
fn a_forward_asks_for_unknown_people_and_leaves_only_after_the_review() {
    let mut desk = Desk::new(120, 36);
    desk.press("/").types("alert_major").press("Enter f");
    assert!(desk.screen().contains("no contact of that name"), "{}", desk.screen());
    desk.press("Enter").types("not an address").press("Enter");
    assert!(matches!(&desk.model.overlay, Some(Overlay::Forward(dialog)) if dialog.wrong.is_some()));
    desk.press("C-u").types("hal@example.org").press("Enter");
    assert!(desk.screen().contains("Keep hwine = hal@example.org"), "{}", desk.screen());
    desk.press("y");
    assert!(desk.asked.contains(&Effect::KeepContact { nick: "hwine".into(), address: "hal@example.org".into() }));
    while let Some(Overlay::Forward(dialog)) = &desk.model.overlay {
        assert!(!dialog.waiting);
        match (dialog.unknown.is_some(), dialog.keep.is_some()) {
            (true, _) => desk.types("other@example.org").press("Enter"),
            (_, true) => desk.press("n"),
            _ => panic!("{:?}", dialog.wrong),
        };
    }
    let screen = desk.screen();
    assert!(screen.contains("Review: nothing has left yet") && screen.contains("unsubscribe link"), "{screen}");
    assert!(!desk.asked.iter().any(|effect| matches!(effect, Effect::Forward(_))));
    desk.press("j x Enter");
    assert!(!desk.asked.iter().any(|effect| matches!(effect, Effect::Forward(_))), "only y sends");
    desk.press("y");
    assert!(desk.asked.iter().any(|effect| matches!(effect, Effect::Forward(_))));
    assert_eq!(desk.toast(), "forward sent", "what has left is not offered for undo");
}

#[test]
fn escape_leaves_a_forward_without_sending() {
    let mut desk = Desk::new(120, 36);
    desk.press("f C-u").types("a@example.org").press("Enter");
    assert!(matches!(desk.model.overlay, Some(Overlay::Review(_))));
    desk.press("Esc Esc");
    assert!(desk.model.overlay.is_none());
    assert!(!desk.asked.iter().any(|effect| matches!(effect, Effect::Forward(_))));
}

#[test]
fn a_forward_of_a_selection_is_one_mail_each() {
    let mut desk = Desk::messages(120, 36);
    desk.press("gg Space Space Space f C-u").types("a@example.org").press("Enter");
    assert!(desk.screen().contains("3 mails like this one"));
    desk.press("y");
    assert_eq!(desk.asked.iter().filter(|effect| matches!(effect, Effect::Forward(_))).count(), 3);
}

#[test]
fn a_reply_is_reviewed_and_an_unsent_draft_is_kept() {
    let mut desk = Desk::new(120, 36);
    let key = desk.press("j r").key();
    assert_eq!(desk.asked, [Effect::EditReply { key: key.clone(), all: false, draft: None }]);
    let draft = "To: a@example.org\nSubject: Re: x\n\nOn it.\n> quoted\n".to_owned();
    desk.event(Event::Drafted { key: key.clone(), draft: draft.clone() });
    assert!(desk.screen().contains("On it."));
    desk.press("Esc r");
    assert_eq!(
        desk.asked.last(),
        Some(&Effect::EditReply { key: key.clone(), all: false, draft: Some(draft.clone()) })
    );
    desk.event(Event::Drafted { key: key.clone(), draft: draft.clone() });
    desk.press("y");
    assert_eq!(desk.asked.last(), Some(&Effect::Reply { key, draft }));
}

#[test]
fn a_link_is_opened_only_after_the_whole_of_it_was_shown() {
    let body = "see http://wiki.example.org/a and http://wiki.example.org/b";
    let mails = [mail("a@example.org", "b@example.org", "x", 1, body)];
    let mut desk = Desk::with(80, 24, Config::default(), &mails, false);
    desk.press("o o");
    assert!(desk.toast().contains("set `open-link`"), "{}", desk.toast());
    desk.press("Enter");
    assert_eq!(desk.asked, [Effect::Copy("http://wiki.example.org/a".into())]);
    let config = Config { open_link: Some(vec!["xdg-open".into()]), ..Config::default() };
    let mut desk = Desk::with(80, 24, config, &mails, false);
    desk.press("o j o");
    assert!(desk.screen().contains("Open this, whole as it is?"));
    desk.press("Enter");
    assert_eq!(desk.asked, [], "only y opens");
    desk.press("o y");
    assert_eq!(desk.asked, [Effect::OpenLink("http://wiki.example.org/b".into())]);
}

#[test]
fn a_link_that_unsubscribes_the_team_is_marked_and_never_opened() {
    let body = "see http://wiki.example.org/a and https://sns.us-west-2.amazonaws.com/unsubscribe.html?x=1";
    let config = Config { open_link: Some(vec!["xdg-open".into()]), ..Config::default() };
    let mails = [mail("a@example.org", "b@example.org", "x", 1, body)];
    let mut desk = Desk::with(110, 30, config, &mails, false);
    assert!(desk.press("Enter").screen().contains("! unsubscribes the whole team: never open"), "{}", desk.screen());
    desk.press("Esc o j");
    assert!(desk.screen().contains("! never open: https://sns."), "{}", desk.screen());
    desk.press("o");
    assert!(desk.toast().contains("never opened"), "{}", desk.toast());
    desk.press("y");
    assert!(!desk.asked.iter().any(|asked| matches!(asked, Effect::OpenLink(_))), "{:?}", desk.asked);
}

#[test]
fn piping_is_off_and_says_how_to_switch_it_on() {
    let mut desk = Desk::new(120, 36);
    desk.press("|");
    assert!(desk.toast().contains("allow-pipe = true"));
    assert_eq!(desk.asked, []);
}

// ---- the rest ------------------------------------------------------------------------------------------------

#[test]
fn keys_in_the_configuration_are_in_force_and_in_the_help() {
    let keys = BTreeMap::from([("done".to_string(), vec!["x".to_string()])]);
    let mut desk = Desk::with(120, 36, Config { keys, ..Config::default() }, &day(), false);
    assert!(desk.screen().contains("x done"));
    desk.go("SMART error").press("x");
    assert_eq!(desk.deeds(), [(Deed::Done, 1)]);
}

#[test]
fn ages_and_the_clock_stand_still_as_of_a_time() {
    let mut desk = Desk::new(160, 45);
    desk.event(Event::Tick(dutybox::mail::Time(NOW.0 + 3600)));
    assert!(desk.screen().contains("as of 2013-11-21 22:41:00"), "{}", desk.screen());
}

#[test]
fn the_palette_runs_what_it_finds() {
    let mut desk = Desk::new(120, 36);
    desk.press("j :").types("trash").press("Enter");
    assert_eq!(desk.deeds(), [(Deed::Trash, 1)]);
    desk.press(":").types("zzzz").press("Enter");
    assert_eq!(desk.toast(), "no such action");
}

#[test]
fn attachments_are_listed_with_their_safe_names_and_saved_where_asked() {
    let body = "--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: application/pdf; name=\"../../etc/x.pdf\"\n\
                Content-Disposition: attachment; filename=\"../../etc/x.pdf\"\n\nPDF\n--b--\n";
    let mut bytes = mail("a@example.org", "b@example.org", "x", 1, body);
    let head = b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
    bytes.splice(0..0, head.iter().copied());
    let mut desk = Desk::with(120, 36, Config::default(), &[bytes], false);
    let screen = desk.press("A G").screen();
    assert!(screen.contains("x.pdf"), "{screen}");
    desk.press("Enter C-u").types("/tmp/saved").press("Enter");
    let Some(Effect::SavePart { dir, .. }) = desk.asked.last() else { panic!("{:?}", desk.asked) };
    assert_eq!(dir, std::path::Path::new("/tmp/saved"));
}

// ---- the place in a pane, and the hints ----------------------------------------------------------------------

/// A mail with more lines than any pane, and a runbook with more sections.
fn long() -> Desk {
    let text = |what: &str| (0..60).map(|line| format!("{what} {line} says the same again")).collect::<Vec<_>>();
    let runbook = format!(
        "+++\nid = \"long\"\ntitle = \"Long\"\nmatch = {{ to = \"long@example.org\" }}\n+++\n\n\
         ## What to do when one is received\n\n- {}\n\n## Why we get them\n\n- {}\n",
        text("step").join("\n- "),
        text("cause").join("\n- ")
    );
    let long = mail("a@example.org", "long@example.org", "long", 3, &text("line").join("\n"));
    Desk::with_books(160, 45, &[("long.md", &runbook)], &[long])
}

#[test]
fn zoom_keeps_the_place_in_the_runbook_and_in_the_message() {
    let mut desk = long();
    desk.press("w j j j > j j j j j");
    let first = |desk: &mut Desk, pane: Focus| {
        let screen = desk.screen();
        let area = desk.model.panes.area(pane);
        screen.lines().nth(usize::from(area.y)).unwrap().chars().skip(usize::from(area.x)).collect::<String>()
    };
    let there = first(&mut desk, Focus::Runbook);
    assert!(there.contains("cause 4 says"), "{there}");
    assert!(first(desk.press("z"), Focus::Runbook).contains("cause 4 says"), "{}", desk.screen());
    assert_eq!(first(desk.press("z"), Focus::Runbook), there);
    // While another pane has the whole screen, this one waits where it stood.
    desk.press("q Enter j j j j j j j");
    let message = first(&mut desk, Focus::Message);
    assert!(message.contains("line"), "{message}");
    desk.press("z");
    assert_eq!(first(desk.press("z"), Focus::Message), message);
    assert_eq!(first(&mut desk, Focus::Runbook), there);
    desk.press("q z z");
    assert_eq!((first(&mut desk, Focus::Message), first(&mut desk, Focus::Runbook)), (message, there));
}

#[test]
fn the_hints_stand_beside_what_was_said() {
    let mut desk = long();
    desk.press("mm");
    let screen = desk.screen();
    let line = screen.lines().rev().nth(1).unwrap();
    let said = desk.toast();
    assert!(line.starts_with(&format!(" {said} │ ")), "{line}");
    assert!(line.trim_end().len() > said.len() + 10 && line.contains("done"), "{line}");
}
