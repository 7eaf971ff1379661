//! The inbox, what was told, and the query language, over rows made by hand.

use crate::support::{NOW, act, inbox_of, row};
use crate::verdicts::kit::{Mail, delays, major, shipped, t};
use dutybox::mail::{Digest, FileName, Flags, Role, Time};
use dutybox::triage::inbox::Named;
use dutybox::triage::query::Query;
use dutybox::triage::row::{Change, Folder, FolderId, MailKey, Place};
use dutybox::triage::told::{ActId, Deed, Scope};
use dutybox::triage::verdicts::Tombstone;
use dutybox::triage::{Inbox, Row};
use std::sync::Arc;

fn subjects(inbox: &Inbox, query: &str) -> Vec<String> {
    let query = Query::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    inbox.select(&query, NOW).iter().map(|entry| entry.row.subject.to_string()).collect()
}

fn three() -> Inbox {
    let mut nagios = row("1.a", "** PROBLEM: db1 is DOWN **", "nagios@mon1.example.org");
    nagios.recipients = ["oncall+db@example.org".into()].into();
    nagios.at = Time(NOW.0 - 3600);
    nagios.received = nagios.at;
    let mut cron = row("2.b", "Cron <root@web> backup", "root@web.example.org");
    cron.name = FileName::new(*b"2.b:2,FS");
    cron.received = Time(NOW.0 - 60);
    cron.at = cron.received;
    let mut reply = row("3.c", "Re: backup", "ann@example.org");
    reply.role = Role::Reply;
    reply.received = Time(NOW.0 - 8 * 86_400);
    reply.at = reply.received;
    inbox_of(vec![nagios, cron, reply])
}

#[test]
fn a_query_selects_by_field_word_and_state() {
    let inbox = three();
    let all = ["Cron <root@web> backup", "** PROBLEM: db1 is DOWN **", "Re: backup"];
    let cases: &[(&str, &[&str])] = &[
        ("", &all),
        ("backup", &[all[0], all[2]]),
        ("BACKUP is:marked", &[all[0]]),
        ("backup and not is:marked", &[all[2]]),
        ("backup -is:marked", &[all[2]]),
        ("subject:db1 or subject:web", &[all[0], all[1]]),
        ("(subject:db1 or subject:web) is:unseen", &[all[1]]),
        ("from:nagios@", &[all[1]]),
        ("from:*@web.example.org", &[all[0]]),
        ("detail:db", &[all[1]]),
        ("label:db", &[all[1]]),
        ("is:reply", &[all[2]]),
        ("is:alert", &[all[0], all[1]]),
        ("is:undocumented", &all),
        ("category:undoc*", &all),
        ("age:<10m", &[all[0]]),
        ("age:>7d", &[all[2]]),
        ("subject:/db[0-9]+ is/", &[all[1]]),
        ("\"is down\"", &[all[1]]),
        ("call:decide", &[all[0], all[1]]),
        ("call:>=decide", &[all[0], all[1]]),
        ("call:<decide", &[all[2]]),
        ("is:needs-you", &[all[0], all[1]]),
        ("id:2.", &[all[0]]),
        ("folder:inbox", &all),
        ("has:attachment", &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(subjects(&inbox, query), *expected, "{query}");
    }
}

#[test]
fn a_wrong_query_says_where_and_what_was_meant() {
    let cases: &[(&str, usize, usize, &str, Option<&str>)] = &[
        ("subjct:x", 0, 6, "no field “subjct”", Some("subject")),
        ("is:unsen", 3, 8, "no state “unsen”", Some("unseen")),
        ("call:pager", 5, 10, "no call “pager”", Some("page")),
        ("(a or b", 0, 1, "never closed", None),
        ("a)", 1, 2, "no “(” is open", None),
        ("a or", 4, 4, "the query ends", None),
        ("subject:", 0, 8, "a value is missing", None),
        ("\"abc", 0, 4, "no closing", None),
        ("subject:/(/", 8, 11, "bad regular expression", None),
        ("age:soon", 4, 8, "", None),
        ("date:yesterday", 5, 14, "no date", None),
        ("or a", 0, 2, "needs something", None),
    ];
    for (text, start, end, message, suggestion) in cases {
        let error = Query::parse(text).expect_err(text);
        assert_eq!((error.start, error.end), (*start, *end), "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.suggestion.as_deref(), *suggestion, "{text}");
    }
    assert!(Query::parse(&"(".repeat(100_000)).is_err());
    assert!(Query::parse(&"-".repeat(100_000)).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_query_parser(text in "\\PC{0,60}") {
        let _ = Query::parse(&text);
    }

    #[test]
    fn spans_lie_on_characters(text in "[a-z:()\"/ äß-]{0,30}") {
        if let Err(error) = Query::parse(&text) {
            proptest::prop_assert!(text.is_char_boundary(error.start) && text.is_char_boundary(error.end));
        }
    }
}

#[test]
fn acts_leave_a_state_and_undo_takes_back_just_theirs() {
    let mut inbox = three();
    let key = |inbox: &Inbox| inbox.rows().iter().find(|row| row.subject.contains("db1")).map(|row| row.key.clone());
    let key = key(&inbox).expect("the row is there");
    let state = |inbox: &Inbox| inbox.state(inbox.get(&key).expect("still there"));
    let row = inbox.get(&key).expect("there").clone();

    inbox.tell(act(1, Deed::Ignore { reason: "known".into(), scope: Scope::Message, until: None }, &[&row]));
    inbox.settle(NOW);
    assert_eq!(state(&inbox).ignored.map(|said| said.text), Some("known".into()));
    assert_eq!(subjects(&inbox, "is:ignored"), ["** PROBLEM: db1 is DOWN **"]);
    inbox.settle(NOW);
    assert_eq!(inbox.need_you().0, 1, "what is ignored needs nobody");

    inbox.tell(act(2, Deed::Note { text: "asked ann".into() }, &[&row]));
    inbox.tell(act(3, Deed::Undo(ActId(1)), &[&row]));
    assert_eq!(state(&inbox).ignored, None);
    assert_eq!(state(&inbox).notes.len(), 1, "the note stays");
    assert_eq!(inbox.told.undoable().map(|act| act.id), Some(ActId(2)));
    assert_eq!(inbox.told.redoable().map(|act| act.id), Some(ActId(1)));

    inbox.tell(act(4, Deed::Redo(ActId(1)), &[&row]));
    assert!(state(&inbox).ignored.is_some());
    assert_eq!(inbox.told.redoable(), None);
    inbox.tell(act(5, Deed::Unignore { scope: Scope::Message }, &[&row]));
    assert_eq!(state(&inbox).ignored, None);
}

#[test]
fn a_new_act_forgets_what_could_be_done_again() {
    let mut inbox = three();
    let row = inbox.rows()[0].clone();
    inbox.tell(act(1, Deed::Mark, &[&row]));
    inbox.tell(act(2, Deed::Undo(ActId(1)), &[&row]));
    inbox.tell(act(3, Deed::Open, &[&row]));
    assert!(inbox.told.redoable().is_some(), "opening is no new act for undo");
    inbox.tell(act(4, Deed::Done, &[&row]));
    assert!(inbox.told.redoable().is_none());
}

/// R29: an act binds to folder and base name, else to the content after a move.
#[test]
fn r29_a_moved_message_keeps_what_was_told() {
    let mut inbox = three();
    let mut row = inbox.rows()[1].clone();
    row.digest = Digest([7; 16]);
    inbox.apply(Change::Rows(vec![row.clone()]));
    inbox.tell(act(1, Deed::Done, &[&row]));
    let mut moved = row.clone();
    moved.key.folder = FolderId(1);
    moved.key.base = (*b"new.name").into();
    inbox.apply(Change::Rows(vec![moved.clone()]));
    assert!(inbox.state(&moved).done.is_none(), "both lie there: the second is another mail");
    inbox.apply(Change::Vanished(row.key.clone()));
    assert!(inbox.state(&moved).done.is_some(), "the first is gone: the second is it, moved");
}

/// R5, R29: a mail of the same text with another Message-ID is another mail, also once the first is gone.
#[test]
fn r29_an_equal_message_with_another_id_inherits_nothing() {
    for (id, inherits) in [("<other@x>", false), ("<one@x>", true)] {
        let mut inbox = three();
        let mut row = inbox.rows()[1].clone();
        (row.digest, row.message_id) = (Digest([7; 16]), Some("<one@x>".into()));
        inbox.apply(Change::Rows(vec![row.clone()]));
        inbox.tell(act(1, Deed::Done, &[&row]));
        let mut equal = row.clone();
        (equal.key.base, equal.message_id) = ((*b"equal").into(), Some(id.into()));
        inbox.apply(Change::Rows(vec![equal.clone()]));
        inbox.settle(NOW);
        let done = |inbox: &Inbox| inbox.standing(&equal.key).unwrap().done;
        assert!(!done(&inbox));
        inbox.apply(Change::Vanished(row.key.clone()));
        inbox.settle(NOW);
        assert_eq!(done(&inbox), inherits, "{id}, as soon as the first is gone");
    }
}

/// R2, R30: before an undo was recorded the act stood.
#[test]
fn r2_as_of_sees_neither_later_mail_nor_later_acts() {
    let all = three();
    let at = Time(NOW.0 - 120);
    let mut early = inbox_of(Vec::new()).as_of(Some(at));
    early.apply(Change::Rows(all.rows().to_vec()));
    assert_eq!(early.rows().len(), 2, "the mail of a minute ago does not exist yet");
    let row: Row = early.rows()[0].clone();
    let mut ignore = act(1, Deed::Ignore { reason: String::new(), scope: Scope::Message, until: None }, &[&row]);
    ignore.at = Time(at.0 - 10);
    let mut undo = act(2, Deed::Undo(ActId(1)), &[&row]);
    undo.at = Time(at.0 + 10);
    early.tell(ignore);
    early.tell(undo);
    assert!(early.state(&row).ignored.is_some());
}

/// The messages that an id means.
fn find<'i>(inbox: &'i Inbox, id: &str) -> Vec<&'i Row> {
    let message = |named: &Named<'i>| match named {
        Named::Message(row) => *row,
        Named::Incident(incident) => panic!("{id} is an incident: {incident:?}"),
    };
    inbox.named(id).iter().map(message).collect()
}

#[test]
fn ids_are_short_where_they_can_be_and_long_where_they_must() {
    let mut inbox = three();
    assert_eq!(find(&inbox, "1.a").len(), 1);
    assert_eq!(find(&inbox, "2").len(), 1);
    assert_eq!(find(&inbox, "nothing").len(), 0);
    let mut twin = find(&inbox, "1.a")[0].clone();
    twin.key.folder = FolderId(1);
    inbox.apply(Change::Rows(vec![twin.clone()]));
    assert_eq!(find(&inbox, "1.a").len(), 2, "shared base names are ambiguous");
    let long = inbox.id(&twin);
    assert_eq!(long, "/mail/Archive/1.a");
    assert_eq!(find(&inbox, &long).len(), 1);
    assert_eq!(inbox.id(find(&inbox, "2.b")[0]), "2.b");
}

/// R29: an incident is called by its first message when it was first seen; that id goes on meaning it, whatever became of
/// that message.
#[test]
fn r29_an_old_id_goes_on_meaning_its_incident() {
    let books = Arc::new(shipped().clone());
    let row = |mail: &Mail, number| mail.row(&books, number);
    let (first, second, third) =
        (row(&delays(t("13:47")), 1), row(&delays(t("14:07")), 2), row(&delays(t("14:27")), 3));
    let mut inbox = Inbox::new(Arc::clone(&books));
    let folder = |path: &str| Folder { maildir: path.into(), name: String::new(), path: path.into(), read_only: false };
    inbox.apply(Change::Folders(vec![folder("/mail"), folder("/other")]));
    inbox.apply(Change::Rows(vec![first.clone(), second.clone(), third.clone()]));
    inbox.settle(t("14:30"));
    let id =
        |inbox: &Inbox, row: &Row| inbox.incident_of(row).map(|(_, incident)| inbox.incident_id(incident)).unwrap();
    let means = |inbox: &Inbox, id: &str| -> Vec<String> {
        let one = |named: &Named<'_>| match named {
            Named::Message(row) => format!("message {}", inbox.id(row)),
            Named::Incident(incident) => format!("incident of {}", incident.members.len()),
        };
        inbox.named(id).iter().map(one).collect()
    };
    let old = id(&inbox, &third);
    assert_eq!(old, inbox.id(&first));
    assert_eq!(means(&inbox, &old), [format!("message {old}")]);

    // An earlier one arrives: the incident has another id, and the first message keeps its own.
    let earlier = row(&delays(t("13:27")).delivered(t("14:29")), 0);
    inbox.apply(Change::Rows(vec![earlier.clone()]));
    inbox.settle(t("14:31"));
    assert_ne!(id(&inbox, &third), old);
    assert_eq!(means(&inbox, &old), [format!("message {old}")]);

    // Another program removes it: its id means the incident that it counts in, and so does the start of it.
    inbox.apply(Change::Vanished(first.key.clone()));
    inbox.settle(t("14:32"));
    assert_eq!(means(&inbox, &old), ["incident of 3"]);
    assert_eq!(means(&inbox, &format!("/mail/{old}")), ["incident of 3"]);
    assert_eq!(means(&inbox, &old[..old.len() - 1]), ["incident of 3"]);
    assert!(means(&inbox, "").is_empty());

    // A message whose id only begins so is not meant.
    let mut longer = row(&major(t("14:20")), 9);
    longer.key.base = format!("{old}0").into_bytes().into();
    inbox.apply(Change::Rows(vec![longer.clone()]));
    inbox.settle(t("14:33"));
    assert_eq!(means(&inbox, &old), ["incident of 3"]);
    assert_eq!(means(&inbox, &old[..old.len() - 1]), [format!("message {old}0")], "what lies there is meant first");
    inbox.apply(Change::Vanished(longer.key));

    // It lies elsewhere by another name: the old one means it.
    let mut moved = first.clone();
    moved.key = MailKey { folder: FolderId(1), base: (*b"moved").into() };
    inbox.apply(Change::Rows(vec![moved.clone()]));
    inbox.settle(t("14:34"));
    assert_eq!(means(&inbox, &old), ["message moved"]);

    // Nothing is left of the incident: nothing is meant.
    for key in [moved.key, earlier.key, second.key, third.key] {
        inbox.apply(Change::Vanished(key));
    }
    inbox.settle(t("14:35"));
    assert!(means(&inbox, &old).is_empty());
}

/// R2 and R29: before it was received nobody could know the id.
#[test]
fn an_id_of_what_is_gone_means_nothing_before_it_was_received() {
    let books = Arc::new(shipped().clone());
    let (here, gone) = (delays(t("14:07")).row(&books, 1), delays(t("14:27")).row(&books, 2));
    let mut inbox = Inbox::new(Arc::clone(&books)).as_of(Some(t("14:20")));
    inbox.apply(Change::Rows(vec![here]));
    inbox.remember(vec![Tombstone::of(&gone).unwrap()]);
    inbox.settle(t("14:20"));
    let id = String::from_utf8(gone.key.base.to_vec()).unwrap();
    assert!(inbox.named(&id).is_empty());
    inbox.set_as_of(Some(t("14:30")));
    inbox.settle(t("14:30"));
    assert!(matches!(inbox.named(&id)[..], [Named::Incident(incident)] if incident.count == 2));
}

#[test]
fn changes_add_rename_replace_and_remove_rows() {
    let mut inbox = three();
    let key = find(&inbox, "1.a")[0].key.clone();
    inbox.apply(Change::Renamed(key.clone(), FileName::new(*b"1.a:2,S"), Place::Cur));
    assert!(inbox.get(&key).expect("there").flags().has(Flags::SEEN));
    inbox.apply(Change::Vanished(key.clone()));
    assert!(inbox.get(&key).is_none());
    assert_eq!(inbox.rows().len(), 2);
    for row in inbox.rows() {
        assert_eq!(inbox.get(&row.key).map(|found| &found.subject), Some(&row.subject));
    }
}
