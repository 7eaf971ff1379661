//! Many mails, the outbox, and what is left when something ends in between (C50, C54 to C56).

use super::server::{Do, Log, Server, Setup};
use crate::home::Home;
use dutybox::app::effect::{ActReport, Effect, ForwardRequest, Outcome};
use dutybox::config::Config;
use dutybox::config::sending::Tls;
use dutybox::io::load;
use dutybox::io::world::{Options, World};
use dutybox::mail::compose::ForwardAs;
use dutybox::mail::{Time, parse};
use dutybox::triage::row::{FolderId, MailKey};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

/// A Maildir and a state folder, mail goes to a server.
struct Place {
    root: tempfile::TempDir,
    config: Config,
}

impl Place {
    fn new(mails: &[(&str, &[u8])]) -> Place {
        let root = tempfile::tempdir().unwrap();
        for part in ["mail/cur", "mail/new", "mail/tmp", "sent/cur", "sent/new", "sent/tmp"] {
            fs::create_dir_all(root.path().join(part)).unwrap();
        }
        for (name, bytes) in mails {
            fs::write(root.path().join("mail/cur").join(name), bytes).unwrap();
        }
        Place { root, config: Config::default() }
    }

    fn server(&mut self, setup: Setup) -> Server {
        let tls = setup.tls;
        let server = Server::start(self.root.path(), setup);
        self.config = Config { sent_folder: Some(self.root.path().join("sent")), ..server.config(tls) };
        server
    }

    fn open(&self) -> World {
        let options = Options {
            state_dir: self.root.path().join("state"),
            config_dir: self.root.path().join("config"),
            read_only: false,
            now: Some(Time(1_385_044_860)),
            fresh_until: None,
        };
        let folders = load::folders(&[self.root.path().join("mail")], false).unwrap();
        World::open(self.config.clone(), options, folders).unwrap()
    }

    fn names(&self, dir: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.path().join(dir)).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn forward(base: &str, how: ForwardAs, to: &[&str]) -> Effect {
    let key = MailKey { folder: FolderId(0), base: base.as_bytes().into() };
    let to = to.iter().map(|to| (*to).to_owned()).collect();
    Effect::Forward(ForwardRequest { key, how, to, note: "please look".into() })
}

fn queued(outcome: Outcome) -> (ActReport, String) {
    match outcome {
        Outcome::Queued { report, state } => (report, state),
        other => panic!("not queued: {other:?}"),
    }
}

fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(why) => why,
        other => panic!("did not fail: {other:?}"),
    }
}

fn outbox(outcome: Outcome) -> (usize, String) {
    match outcome {
        Outcome::Outbox { waiting, message } => (waiting, message),
        other => panic!("no outbox: {other:?}"),
    }
}

const SIMPLE: &[u8] = b"From: cron@example.org\nSubject: one\nMessage-ID: <one@example.org>\n\n.\nbody\n";

#[test]
fn c50_each_mail_goes_once_with_its_own_fields_and_the_originals_bytes() {
    // CRLF, dots, 8-bit text, header fields that try to get into ours, lines at the limit.
    let long = format!("Subject: long\n\n{}\n", "x".repeat(998));
    let originals: Vec<(&str, Vec<u8>)> = vec![
        ("1.plain", SIMPLE.to_vec()),
        ("2.crlf", b"From: a@example.org\r\nSubject: two\r\n\r\n..dots\r\n.\r\n".to_vec()),
        ("3.eight", "From: a@example.org\nSubject: drei\n\nGr\u{fc}\u{df}e\n".as_bytes().to_vec()),
        (
            "4.evil",
            b"Subject: =?utf-8?q?x=0D=0ABcc:_evil@example.org=0D=0A=0D=0A?=\nTo: \"a\nBcc: evil@example.org\"\n\nx\n"
                .to_vec(),
        ),
        ("5.long", long.into_bytes()),
        ("6.none", b"no header at all\n".to_vec()),
        ("7.empty", Vec::new()),
        ("8.boundary", b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n".to_vec()),
    ];
    let mails: Vec<(&str, &[u8])> = originals.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    let mut place = Place::new(&mails);
    let server = place.server(Setup::default());
    let mut world = place.open();
    for (name, _) in &originals {
        let (report, state) = queued(world.perform(forward(name, ForwardAs::Attach, &["hwine@example.net"])));
        assert_eq!((state.as_str(), report.failed.len()), ("sent", 0), "{name}");
    }
    let log = server.end();
    assert_eq!(log.taken.len(), originals.len());
    for (taken, (name, original)) in log.taken.iter().zip(&originals) {
        assert_eq!(taken.to, ["hwine@example.net"], "{name}");
        let wire = &taken.wire;
        assert!(wire.iter().enumerate().all(|(i, b)| *b != b'\n' || wire[i - 1] == b'\r'), "{name}: CRLF only");
        assert_eq!(
            wire.iter().filter(|b| **b == b'\r').count(),
            wire.iter().filter(|b| **b == b'\n').count(),
            "{name}"
        );
        let dots = |line: &[u8]| !line.starts_with(b".") || line.starts_with(b"..");
        let lines: Vec<&[u8]> = wire.split(|b| *b == b'\n').collect();
        assert!(lines.iter().all(|line| line.len() <= 1000 && dots(line)), "{name}: short lines, doubled dots");
        let mail = taken.mail();
        let text = String::from_utf8_lossy(&mail).into_owned();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        for field in ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"] {
            let count = head
                .lines()
                .filter(|line| line.to_lowercase().starts_with(&format!("{}:", field.to_lowercase())))
                .count();
            assert_eq!(count, 1, "{name}: {field} in {head}");
        }
        assert!(!head.to_lowercase().contains("\nbcc:"), "{name}: {head}");
        // The original, byte for byte but for the line ends of the wire.
        let canonical: Vec<u8> =
            String::from_utf8_lossy(original).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        let at = memchr::memmem::find(&mail, b"message/rfc822").unwrap();
        let body = &mail[memchr::memmem::find(&mail[at..], b"\r\n\r\n").unwrap() + at + 4..];
        assert!(body.starts_with(&canonical), "{name}: {text}");
        assert!(body[canonical.len()..].starts_with(b"\r\n--=_dutybox_"), "{name}: and nothing else");
        parse::message(mail);
    }
    let ids: std::collections::BTreeSet<String> = log.taken.iter().map(|taken| taken.message_id()).collect();
    assert_eq!(ids.len(), originals.len(), "each has an id of its own");
}

#[test]
fn what_cannot_be_sent_now_waits_and_goes_later_under_the_same_id() {
    let mut place = Place::new(&[("1.a", SIMPLE)]);
    let server = place.server(Setup::default().but("MAIL", Do::Say("450 later".into())));
    let mut world = place.open();
    let (_, state) = queued(world.perform(forward("1.a", ForwardAs::Attach, &["hwine@example.net"])));
    assert!(state.starts_with("queued: the server refuses the sender: 450 later"), "{state}");
    let id = world.queued().unwrap()[0].message_id.clone();
    let (waiting, message) = outbox(world.perform(Effect::Send));
    assert!(waiting == 1 && message.contains("450 later"), "{message}");
    assert_eq!(server.end().lines.iter().filter(|(_, line)| line.starts_with("MAIL")).count(), 2);
    drop(world);

    let server = place.server(Setup::default());
    let mut world = place.open();
    assert_eq!(outbox(world.perform(Effect::Send)), (0, "1 sent, 0 in the outbox".into()));
    let log = server.end();
    assert_eq!(log.taken[0].message_id(), id);
    assert!(place.names("mail/cur")[0].ends_with("PS"), "{:?}", place.names("mail/cur"));
    assert_eq!(place.names("sent/cur").len(), 1);
}

#[test]
fn a_server_that_does_not_let_us_in_is_not_asked_again_for_every_mail() {
    let mut place = Place::new(&[("1.a", SIMPLE), ("2.b", SIMPLE), ("3.c", SIMPLE)]);
    let mut world = place.open();
    for base in ["1.a", "2.b", "3.c"] {
        place.config.own = vec!["duty@example.org".into()];
        drop(world);
        world = place.open();
        queued(world.perform(forward(base, ForwardAs::Attach, &["hwine@example.net"])));
    }
    drop(world);
    let server = place.server(Setup::default().but("AUTH", Do::Say("535 no".into())));
    place.config.smtp = Some(server.smtp_as(Tls::StartTls, "ann", "wrong"));
    let (waiting, message) = outbox(place.open().perform(Effect::Send));
    assert!(waiting == 3 && message.starts_with("0 sent, 3 in the outbox") && message.contains("535 no"), "{message}");
    assert_eq!(server.end().lines.iter().filter(|(_, line)| line.starts_with("AUTH")).count(), 1);
}

#[test]
fn a_server_that_is_away_is_not_waited_for_again_by_every_mail() {
    let mut place = Place::new(&[("1.a", SIMPLE), ("2.b", SIMPLE)]);
    let server = place.server(Setup::default().but("", Do::Say("421 closed today".into())));
    let mut world = place.open();
    for base in ["1.a", "2.b"] {
        let (_, state) = queued(world.perform(forward(base, ForwardAs::Attach, &["hwine@example.net"])));
        assert!(state.starts_with("queued: ") && state.contains("421 closed today"), "{state}");
    }
    assert_eq!(server.so_far().greeted, 1, "the second was not even tried");
    let (waiting, message) = outbox(world.perform(Effect::Send));
    assert!(waiting == 2 && message.starts_with("0 sent, 2 in the outbox"), "{message}");
    drop(world);
    assert_eq!(server.end().greeted, 2, "asked for, one is tried, and it stands for both");
}

#[test]
fn c53_who_did_not_get_it_is_left_in_the_outbox_and_nobody_gets_it_twice() {
    let mut place = Place::new(&[("1.a", SIMPLE)]);
    let server = place.server(Setup::default().but("RCPT TO:<b@", Do::Say("550 no such user".into())));
    let mut world = place.open();
    let to = ["a@example.net", "b@example.net", "c@example.net"];
    let (report, state) = queued(world.perform(forward("1.a", ForwardAs::Attach, &to)));
    assert_eq!(state, "failed for some: sent to a@example.net, c@example.net, not to b@example.net: 550 no such user");
    assert!(report.failed.is_empty() && report.renamed.len() == 1, "{report:?}");
    let left = world.queued().unwrap();
    let [rest] = &left[..] else { panic!("{left:?}") };
    assert_eq!((rest.state.as_str(), &rest.recipients[..]), ("failed", &["b@example.net".to_owned()][..]));
    assert!(rest.error.as_ref().unwrap().contains("550 no such user"));
    let id = rest.message_id.clone();
    assert!(place.names("mail/cur")[0].ends_with("PS"));
    let why = failed(world.perform(Effect::Undo(None)));
    assert!(why.contains("sent to a@example.net, c@example.net") && why.contains("cannot undo"), "{why}");
    assert_eq!(server.end().taken[0].to, ["a@example.net", "c@example.net"]);
    drop(world);

    // Later the others get it, and only they.
    let server = place.server(Setup::default());
    let mut world = place.open();
    assert_eq!(world.queued().unwrap(), left, "it is as it was after a restart");
    assert_eq!(outbox(world.perform(Effect::Send)).0, 0);
    let log = server.end();
    let [taken] = &log.taken[..] else { panic!("{log:?}") };
    assert_eq!((taken.to.clone(), taken.message_id()), (vec!["b@example.net".to_owned()], id));
    assert_eq!(place.names("sent/cur").len(), 1, "one copy is enough");
}

#[test]
fn the_rest_of_a_mail_can_be_given_up() {
    let mut place = Place::new(&[("1.a", SIMPLE)]);
    let server = place.server(Setup::default().but("RCPT TO:<b@", Do::Say("450 busy".into())));
    let mut world = place.open();
    queued(world.perform(forward("1.a", ForwardAs::Attach, &["a@example.net", "b@example.net"])));
    let rest = world.queued().unwrap().remove(0);
    assert_eq!(rest.state, "queued");
    assert_eq!(outbox(world.perform(Effect::DropQueued(rest.id))).0, 0);
    let acts = world.acts().unwrap();
    assert_eq!(acts.len(), 1, "what was sent to some is not taken back: {acts:?}");
    drop(world);
    server.end();
}

#[test]
fn what_may_have_been_sent_is_sent_again_only_by_its_number() {
    let mut place = Place::new(&[("1.a", SIMPLE)]);
    let server = place.server(Setup::default().but(".", Do::Close));
    let mut world = place.open();
    let (_, state) = queued(world.perform(forward("1.a", ForwardAs::Attach, &["hwine@example.net"])));
    assert!(state.starts_with("unknown whether it was sent"), "{state}");
    for _ in 0..3 {
        assert_eq!(outbox(world.perform(Effect::Send)).0, 1);
    }
    let waiting = world.queued().unwrap().remove(0);
    assert_eq!(waiting.state, "unknown");
    let log = server.end();
    assert_eq!(log.taken.len(), 1, "one attempt and no more");
    drop(world);

    let server = place.server(Setup::default());
    let mut world = place.open();
    assert_eq!(outbox(world.perform(Effect::Send)).0, 1, "nor after a restart");
    assert!(failed(world.perform(Effect::SendAgain("nothing".into()))).contains("no mail nothing"));
    let (waiting_now, message) = outbox(world.perform(Effect::SendAgain(waiting.id.clone())));
    assert_eq!((waiting_now, message), (0, format!("{}: sent", waiting.id)));
    let again = server.end();
    assert_eq!(again.taken[0].message_id(), log.taken[0].message_id(), "so that the recipient can tell");
}

/// What is said about one message arrives in the order in which it was said; what is about another does not wait for it.
#[test]
fn a_mail_waits_for_an_older_one_about_the_same_message() {
    let mut place = Place::new(&[("1.a", SIMPLE), ("2.b", b"From: b@example.org\nSubject: other\n\nhi\n")]);
    let server = place.server(Setup::default().but("RCPT TO:<busy@", Do::Say("450 busy".into())));
    let mut world = place.open();
    let mut send = |base: &str, to: &str| queued(world.perform(forward(base, ForwardAs::Attach, &[to]))).1;
    assert!(send("1.a", "busy@example.net").contains("450 busy"));
    let words = send("1.a", "hwine@example.net");
    assert_eq!(words, "queued: an older mail about the same message goes first");
    assert_eq!(send("2.b", "hwine@example.net"), "sent");
    let (left, words) = outbox(world.perform(Effect::Send));
    assert!(left == 2 && words.contains("goes first"), "{words}");
    // The operator may say otherwise.
    let second = world.queued().unwrap().remove(1);
    assert_eq!(outbox(world.perform(Effect::SendAgain(second.id))).0, 1);
    drop(world);
    assert_eq!(server.end().taken.len(), 2);
}

/// Somebody asked: it arrived. From then on it was sent, once, and the journal knows who said so.
#[test]
fn what_may_have_been_sent_can_be_said_to_have_arrived() {
    let mut place = Place::new(&[("1.a", SIMPLE), ("2.b", SIMPLE)]);
    let server = place.server(Setup::default().but(".", Do::Close));
    let mut world = place.open();
    queued(world.perform(forward("1.a", ForwardAs::Attach, &["hwine@example.net"])));
    let unknown = world.queued().unwrap().remove(0);
    assert_eq!((unknown.state.as_str(), place.names("mail/cur")), ("unknown", vec!["1.a".into(), "2.b".into()]));
    server.end();
    drop(world);

    place.config.smtp = None;
    let mut world = place.open();
    queued(world.perform(forward("2.b", ForwardAs::Attach, &["hwine@example.net"])));
    let waits = world.queued().unwrap().into_iter().find(|queued| queued.state == "queued").unwrap();
    let why = failed(world.perform(Effect::Arrived(waits.id)));
    assert!(why.contains("was not sent"), "{why}");
    let unknown = world.queued().unwrap().into_iter().find(|queued| queued.state == "unknown").unwrap();
    let (left, message) = outbox(world.perform(Effect::Arrived(unknown.id.clone())));
    assert_eq!((left, message.starts_with("arrived")), (1, true), "{message}");
    assert_eq!(place.names("mail/cur"), ["1.a:2,PS", "2.b"], "the original shows that it was passed on");
    assert_eq!(place.names("sent/cur").len(), 1, "and the sent folder has its copy");
    let acts = world.acts().unwrap();
    let told = acts.last().unwrap();
    assert_eq!((told.deed.word(), told.deed.undoable()), ("arrived", false));
    assert_eq!(&told.targets[0].base[..], b"1.a");
    assert!(failed(world.perform(Effect::Arrived(unknown.id))).contains("no mail"));
    // Undo goes past it, and does not take back what was sent.
    let why = failed(world.perform(Effect::Undo(Some(acts[0].id))));
    assert!(why.contains("cannot undo a sent mail"), "{why}");
}

/// The states of the outbox, each reached by what brings it about.
#[test]
fn every_state_of_the_outbox_is_reached_and_said_truly() {
    for (setup, state, taken) in [
        (Setup::default().but("RCPT", Do::Say("450 x".into())), "queued", 0),
        (Setup::default().but("RCPT", Do::Say("550 x".into())), "failed", 0),
        (Setup::default().but(".", Do::Close), "unknown", 1),
        (Setup::default(), "", 1),
    ] {
        let mut place = Place::new(&[("1.a", SIMPLE)]);
        let server = place.server(setup);
        let mut world = place.open();
        let (_, words) = queued(world.perform(forward("1.a", ForwardAs::Attach, &["hwine@example.net"])));
        let listed: Vec<String> = world.queued().unwrap().into_iter().map(|queued| queued.state).collect();
        assert_eq!(listed.concat(), state);
        assert!(words.starts_with(if state.is_empty() { "sent" } else { state }), "{words}");
        let passed = place.names("mail/cur")[0].ends_with("PS");
        assert_eq!(passed, state.is_empty(), "P only where it surely went");
        drop(world);
        assert_eq!(server.end().taken.len(), taken);
    }
}

// The binary ----------------------------------------------------------------------------------------------------------

/// A home whose mail goes to a server.
pub(super) fn home(server: &Server, mails: usize) -> Home {
    let texts: Vec<(String, String)> = (0..mails)
        .map(|i| {
            (
                format!("cur/{}.m{i}.host:2,", 1_385_044_000 + i),
                format!("From: cron@example.org\nSubject: mail {i}\nMessage-ID: <{i}@example.org>\n\nbody {i}\n"),
            )
        })
        .collect();
    let mails: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let home = Home::with_mails(&mails);
    home.config(&config(server, ""));
    home
}

pub(super) fn config(server: &Server, more: &str) -> String {
    format!(
        "own = \"duty@example.org\"\n[sending]\nsmtp = \"smtp://localhost:{}\"\ntls = \"required\"\nca-file = \"{}\"\n{more}",
        server.port,
        server.ca.display()
    )
}

/// The outbox of a home: state of each mail by its number.
pub(super) fn states(home: &Home) -> BTreeMap<String, String> {
    let listed = home.json(&["outbox"]);
    let mails = listed["outbox"].as_array().unwrap();
    let text = |mail: &serde_json::Value, key: &str| mail[key].as_str().unwrap().to_owned();
    mails.iter().map(|mail| (text(mail, "message_id"), text(mail, "state"))).collect()
}

/// Small and deterministic randomness: which of the many moments a sender is killed at.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// 100 mails, two senders at once that are killed in the middle of it, again and again: none is lost, and none that is
/// accepted twice or more.
#[test]
fn c54_two_senders_that_are_killed_lose_nothing_and_send_nothing_twice() {
    const MAILS: usize = 100;
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), Setup::default());
    let home = home(&server, MAILS);
    // Queued without a sender, so that nothing goes yet.
    let with_sender = config(&server, "");
    home.config("own = \"duty@example.org\"\n");
    home.then(&["forward", "--query", "subject:mail", "--to", "hwine@example.net", "--yes"]).success();
    let all = states(&home);
    assert_eq!(all.len(), MAILS);
    home.config(&with_sender);

    let mut dice = Dice(7);
    let mut known: usize = 0;
    for _ in 0..12 {
        let mut senders: Vec<std::process::Child> = (0..2)
            .map(|_| {
                let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dutybox"));
                command.env_clear().env("HOME", home.dir.path()).env("TZ", "UTC").env("USER", "ann");
                command.args(["outbox", "send"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                command.spawn().unwrap()
            })
            .collect();
        // The moment is one in the dialogue: after so many more lines that the server heard.
        let until = known + dice.below(60) as usize;
        while server.so_far().lines.len() < until && senders.iter_mut().any(|child| child.try_wait().unwrap().is_none())
        {
            std::thread::yield_now();
        }
        for child in &mut senders {
            let _ = child.kill();
            child.wait().unwrap();
        }
        known = server.so_far().lines.len();
    }
    // The rest in peace: what is unknown stays.
    let _ = home.command().args(["outbox", "send"]).assert();
    let left = states(&home);
    assert!(left.values().all(|state| state == "unknown"), "{left:?}");
    assert!(!left.is_empty(), "no sender was killed while it was sending: the test shows nothing");
    let log: Log = server.end();
    let mut accepted: BTreeMap<String, usize> = BTreeMap::new();
    for taken in &log.taken {
        *accepted.entry(taken.message_id()).or_default() += 1;
    }
    for id in all.keys() {
        let times = accepted.get(id).copied().unwrap_or(0);
        assert!(times <= 1, "{id} was sent {times} times");
        assert!(times == 1 || left.contains_key(id), "{id} is lost");
    }
    assert_eq!(accepted.keys().filter(|id| !all.contains_key(*id)).count(), 0);
}

#[test]
fn c55_an_entry_that_was_changed_is_kept_and_never_sent() {
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let changes: [(&str, Change); 4] = [
        ("another recipient", |file| {
            String::from_utf8(file).unwrap().replacen("Recipient: hwine@", "Recipient: other@", 1).into_bytes()
        }),
        ("another text", |file| String::from_utf8(file).unwrap().replacen("body 0", "body 1", 1).into_bytes()),
        ("cut", |file| file[..file.len() - 9].to_vec()),
        ("a newer version", |file| {
            String::from_utf8(file).unwrap().replacen("X-Dutybox-Outbox: 1", "X-Dutybox-Outbox: 2", 1).into_bytes()
        }),
    ];
    for (what, change) in changes {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path(), Setup::default());
        let home = home(&server, 1);
        home.config("own = \"duty@example.org\"\n");
        home.then(&["forward", "--query", "subject:mail", "--to", "hwine@example.net", "--yes"]).success();
        home.config(&config(&server, ""));
        let file: PathBuf =
            fs::read_dir(home.path(".local/state/dutybox/outbox/new")).unwrap().next().unwrap().unwrap().path();
        let changed = change(fs::read(&file).unwrap());
        assert_ne!(changed, fs::read(&file).unwrap(), "{what}");
        fs::write(&file, &changed).unwrap();
        home.command().args(["outbox", "send"]).assert().code(1);
        let listed = home.json(&["outbox"]);
        let mail = &listed["outbox"][0];
        assert_eq!(mail["state"], "failed", "{what}");
        assert!(mail["error"].as_str().unwrap().contains("not sent: it was"), "{what}: {mail}");
        let id = mail["id"].as_str().unwrap();
        home.command().args(["outbox", "send", id]).assert().code(1);
        assert_eq!(fs::read(&file).unwrap(), changed, "{what}: it is kept as it is");
        assert!(home.text(&["outbox"]).contains(&format!("dutybox outbox drop {id}")));
        assert!(!server.end().heard("MAIL"), "{what}");
    }
}

/// While it is being sent, and once its sender was killed, with another dutybox open all the time.
#[test]
fn what_is_being_sent_is_sending_and_unknown_once_its_sender_is_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), Setup::default().but(".", Do::Hang));
    let home = home(&server, 1);
    let with_sender = config(&server, "timeout = 600\n");
    home.config("own = \"duty@example.org\"\n");
    home.then(&["forward", "--query", "subject:mail", "--to", "hwine@example.net", "--yes"]).success();
    home.config(&with_sender);
    // Open all the time, as a session is.
    let options = Options {
        state_dir: home.path(".local/state/dutybox"),
        config_dir: home.path(".config/dutybox"),
        read_only: false,
        now: Some(Time(1_385_044_860)),
        fresh_until: None,
    };
    let folders = load::folders(&[home.maildir()], false).unwrap();
    let mut open = World::open(server.config(Tls::StartTls), options, folders).unwrap();
    let id = open.queued().unwrap()[0].id.clone();

    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dutybox"));
    command.env_clear().env("HOME", home.dir.path()).env("TZ", "UTC").env("USER", "ann");
    command.args(["outbox", "send"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut sender = command.spawn().unwrap();
    while server.so_far().taken.is_empty() {
        assert!(sender.try_wait().unwrap().is_none(), "it ended before the mail was out");
        std::thread::yield_now();
    }
    assert_eq!(states(&home).into_values().collect::<Vec<_>>(), ["sending"]);
    assert!(home.text(&["outbox"]).contains("another dutybox is sending it now"));
    for effect in [Effect::SendAgain(id.clone()), Effect::DropQueued(id.clone()), Effect::Undo(None)] {
        let why = failed(open.perform(effect));
        assert!(why.contains("being sent") || why.contains("may have been sent"), "{why}");
    }
    assert_eq!(outbox(open.perform(Effect::Send)).0, 1, "nobody else sends it meanwhile");

    sender.kill().unwrap();
    sender.wait().unwrap();
    assert_eq!(states(&home).into_values().collect::<Vec<_>>(), ["unknown"], "also to those who only look");
    let text = home.text(&["outbox"]);
    for words in ["may have been sent", &format!("dutybox outbox drop {id}"), &format!("dutybox outbox send {id}")] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.contains(states(&home).keys().next().unwrap()), "the Message-ID to ask for: {text}");
    assert_eq!(outbox(open.perform(Effect::Send)).0, 1, "it is not sent again by itself");
    assert_eq!(open.queued().unwrap()[0].state, "unknown");
    // Not without a word of somebody who can answer.
    home.command().args(["outbox", "send", &id]).assert().failure();
    assert_eq!(server.end().taken.len(), 1);

    let server = Server::start(dir.path(), Setup::default());
    home.config(&config(&server, ""));
    home.command().args(["outbox", "send", &id, "--yes"]).assert().success();
    assert_eq!(server.end().taken.len(), 1);
    assert!(states(&home).is_empty());
}
