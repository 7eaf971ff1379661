//! One mail to a server: what goes over the wire, every way in which it can go wrong, and that nothing goes in clear.

use super::server::{Do, Log, Server, Setup};
use dutybox::config::sending::{Smtp, Tls};
use dutybox::io::transport::{Attempt, SAID_CAP, Transport};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

/// Time enough for whatever ends by itself.
const LONG: Duration = Duration::from_secs(60);
/// For what ends by its time-out only.
const SHORT: Duration = Duration::from_millis(250);

const MAIL: &[u8] =
    b"From: duty@example.org\nTo: a@example.net\nSubject: x\nMessage-ID: <1.dutybox@example.org>\n\n.\n..two\nbody\n";

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn send(smtp: Smtp, step: Duration, to: &[&str]) -> Attempt {
    let to: Vec<String> = to.iter().map(|to| (*to).to_owned()).collect();
    Transport::Smtp(smtp, step).send("duty@example.org", &to, MAIL)
}

/// One mail to a@example.net at a server set up so: what came of it, what the server heard.
fn one(setup: Setup, step: Duration) -> (Attempt, Log) {
    let dir = dir();
    let tls = setup.tls;
    let server = Server::start(dir.path(), setup);
    let attempt = send(server.smtp(tls), step, &["a@example.net"]);
    (attempt, server.end())
}

fn why(attempt: &Attempt) -> &str {
    match attempt {
        Attempt::Sent => "",
        Attempt::Later(why)
        | Attempt::Away(why)
        | Attempt::Failed(why)
        | Attempt::Broken(why)
        | Attempt::Unknown(why) => why,
        Attempt::Partly { why, .. } => why,
    }
}

#[test]
fn a_mail_goes_encrypted_with_crlf_and_doubled_dots_and_says_nothing_of_this_machine() {
    for tls in [Tls::StartTls, Tls::Implicit] {
        let dir = dir();
        let server = Server::start(dir.path(), Setup::tls(tls));
        let smtp = server.smtp_as(tls, "ann@example.org", "pass");
        assert_eq!(send(smtp, LONG, &["a@example.net", "b@example.net"]), Attempt::Sent, "{tls:?}");
        let log = server.end();
        let [taken] = &log.taken[..] else { panic!("{log:?}") };
        assert_eq!(
            (taken.from.as_str(), &taken.to[..]),
            ("duty@example.org", &["a@example.net", "b@example.net"].map(String::from)[..])
        );
        let wire = String::from_utf8(taken.wire.clone()).unwrap();
        assert!(wire.ends_with("\r\n\r\n..\r\n...two\r\nbody\r\n"), "{wire:?}");
        assert_eq!(wire.matches('\n').count(), wire.matches("\r\n").count());
        assert_eq!(String::from_utf8(taken.mail()).unwrap().replace("\r\n", "\n").as_bytes(), MAIL);
        let clear: &[&str] = if tls == Tls::StartTls { &["EHLO [127.0.0.1]", "STARTTLS"] } else { &[] };
        assert_eq!(log.clear(), clear, "{tls:?}");
        assert!(log.heard("AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBwYXNz") && log.heard("QUIT"), "{log:?}");
    }
}

#[test]
fn the_older_login_is_known_too_and_an_unknown_one_is_told() {
    let offers = |login: &str| Setup { offers: vec![login.into()], ..Setup::tls(Tls::Implicit) };
    let dir = dir();
    let server = Server::start(dir.path(), offers("AUTH LOGIN"));
    assert_eq!(send(server.smtp_as(Tls::Implicit, "ann", "pass"), LONG, &["a@example.net"]), Attempt::Sent);
    let log = server.end();
    assert!(log.heard("AUTH LOGIN") && log.heard("YW5u") && log.heard("cGFzcw=="), "{log:?}");

    let server = Server::start(dir.path(), offers("AUTH XOAUTH2 GSSAPI"));
    let attempt = send(server.smtp_as(Tls::Implicit, "ann", "pass"), LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Broken(_)) && why(&attempt).contains("no login"), "{attempt:?}");
    assert!(!server.end().heard("MAIL"));
}

#[test]
fn what_the_server_says_decides_and_is_told() {
    let later: &[(&str, &str)] = &[
        ("", "421 too busy"),
        ("EHLO", "421 too busy"),
        ("MAIL", "450 greylisted"),
        ("RCPT", "450 greylisted"),
        ("RCPT", "421 good bye"),
        ("DATA", "451 disk full"),
        (".", "452 no room"),
        // Not what was asked for, so nothing was accepted.
        ("DATA", "250 ok"),
        ("", "garbage"),
        ("MAIL", "99 ok"),
        ("MAIL", "250-a\r\n251 b"),
    ];
    for (at, says) in later {
        let (attempt, log) = one(Setup::default().but(at, Do::Say((*says).into())), LONG);
        // What it says before it knows the mail is about all mails.
        let away = ["", "EHLO"].contains(at);
        let told = if away { matches!(attempt, Attempt::Away(_)) } else { matches!(attempt, Attempt::Later(_)) };
        assert!(told, "{at} {says}: {attempt:?}");
        assert!(log.taken.is_empty());
    }
    let failed: &[(&str, &str)] = &[
        ("", "554 no service here"),
        ("MAIL", "550 not your address"),
        ("RCPT", "550 no such user"),
        ("DATA", "554 no"),
        (".", "550 looks like junk"),
    ];
    for (at, says) in failed {
        let (attempt, log) = one(Setup::default().but(at, Do::Say((*says).into())), LONG);
        assert!(matches!(attempt, Attempt::Failed(_)) && why(&attempt).contains(says), "{at} {says}: {attempt:?}");
        assert!(log.taken.is_empty());
    }
}

#[test]
fn a_server_that_is_not_there_or_says_nothing_is_tried_later() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let smtp = Smtp { host: "localhost".into(), port: closed, tls: Tls::None, user: None, password: None, ca: None };
    let attempt = send(smtp.clone(), LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Away(_)) && why(&attempt).contains("refused"), "{attempt:?}");
    let nowhere = Smtp { host: "no-such-host.invalid".into(), ..smtp };
    assert!(matches!(send(nowhere, LONG, &["a@example.net"]), Attempt::Away(_)));

    for at in ["", "EHLO", "STARTTLS", "MAIL", "DATA"] {
        for what in [Do::Hang, Do::Drip] {
            let (attempt, log) = one(Setup::default().but(at, what.clone()), SHORT);
            let away = matches!(attempt, Attempt::Away(_) | Attempt::Broken(_));
            let told = if ["MAIL", "DATA"].contains(&at) { matches!(attempt, Attempt::Later(_)) } else { away };
            assert!(told, "{at} {what:?}: {attempt:?}");
            assert!(log.taken.is_empty());
        }
        let (attempt, log) = one(Setup::default().but(at, Do::Close), LONG);
        assert!(matches!(attempt, Attempt::Later(_) | Attempt::Away(_)) && log.taken.is_empty(), "{at}: {attempt:?}");
    }
}

/// The mail may have been taken, and was: nobody can know here.
#[test]
fn a_connection_lost_after_the_last_line_leaves_it_unknown() {
    for (what, step) in [(Do::Close, LONG), (Do::Hang, SHORT), (Do::Drip, SHORT), (Do::Flood(1 << 20), LONG)] {
        let (attempt, log) = one(Setup::default().but(".", what.clone()), step);
        assert!(matches!(attempt, Attempt::Unknown(_)), "{what:?}: {attempt:?}");
        assert_eq!(log.taken.len(), 1, "{what:?}");
    }
    let (attempt, _) = one(Setup::default().but(".", Do::SayFirst("nonsense".into())), LONG);
    assert_eq!(attempt, Attempt::Sent, "what comes after the answer changes nothing");
}

#[test]
fn each_recipient_has_its_own_answer() {
    let to = ["a@example.net", "b@example.net", "c@example.net"];
    for (says, later) in [("550 no such user", false), ("450 mailbox busy", true)] {
        let dir = dir();
        let setup = Setup::default().but("RCPT TO:<b@", Do::Say(says.into()));
        let server = Server::start(dir.path(), setup);
        let attempt = send(server.smtp(Tls::StartTls), LONG, &to);
        let accepted = vec!["a@example.net".to_owned(), "c@example.net".to_owned()];
        assert_eq!(
            attempt,
            Attempt::Partly { accepted: accepted.clone(), later, why: format!("b@example.net: {says}") }
        );
        assert_eq!(server.end().taken[0].to, accepted);
    }
    let dir = dir();
    let setup = Setup::default()
        .but("RCPT TO:<a@", Do::Say("550 no".into()))
        .but("RCPT TO:<b@", Do::Say("550 no".into()))
        .but("RCPT TO:<c@", Do::Say("451 wait".into()));
    let server = Server::start(dir.path(), setup);
    let attempt = send(server.smtp(Tls::StartTls), LONG, &to);
    assert!(matches!(attempt, Attempt::Later(_)), "one of them may be accepted later: {attempt:?}");
    assert!(!server.end().heard("DATA"));
}

#[test]
fn a_reply_without_end_is_not_read_into_memory() {
    for at in ["", "EHLO", "RCPT"] {
        let (attempt, log) = one(Setup::default().but(at, Do::Flood(8 << 20)), LONG);
        assert!(matches!(attempt, Attempt::Later(_) | Attempt::Away(_)), "{at}: {attempt:?}");
        assert!(why(&attempt).contains("too long"), "{at}: {attempt:?}");
        assert!(why(&attempt).len() <= SAID_CAP && log.taken.is_empty());
    }
    let lines = "250-more\r\n".repeat(5000) + "250 end";
    let (attempt, _) = one(Setup::default().but("EHLO", Do::Say(lines)), LONG);
    assert!(why(&attempt).contains("does not end"), "{attempt:?}");
}

/// Stripped, injected, for another name, expired, by nobody who is trusted: no login and no mail goes out, in clear or not.
#[test]
fn c53_nothing_is_said_to_a_server_that_cannot_be_trusted() {
    let other = |name: &str| Setup { name: name.into(), ..Setup::default() };
    let cases = [
        ("stripped", Setup { tls: Tls::None, ..Setup::default() }, "no encryption"),
        ("refused", Setup::default().but("STARTTLS", Do::Say("454 not now".into())), "454"),
        (
            "injected",
            Setup::default().but("STARTTLS", Do::SayFirst("250-fake\r\n250 AUTH PLAIN".into())),
            "before the encryption",
        ),
        (
            "in clear after all",
            Setup::default().but("STARTTLS", Do::Say("220 go\r\n250 ok".into())),
            "before the encryption",
        ),
        ("wrong name", other("mail.example.org"), "another name"),
        ("expired", Setup { until: 2019, ..Setup::default() }, "expired"),
        ("self-signed", Setup { self_signed: true, ..Setup::default() }, "no authority"),
    ];
    for (name, setup, words) in cases {
        for implicit in [false, true] {
            if implicit && matches!(name, "stripped" | "refused" | "injected" | "in clear after all") {
                continue;
            }
            let setup = if implicit { Setup { tls: Tls::Implicit, ..setup.clone() } } else { setup.clone() };
            let tls = if implicit { Tls::Implicit } else { Tls::StartTls };
            let dir = dir();
            let server = Server::start(dir.path(), setup);
            let attempt = send(server.smtp_as(tls, "ann", "pass"), LONG, &["a@example.net"]);
            assert!(!matches!(attempt, Attempt::Sent | Attempt::Unknown(_)), "{name}: {attempt:?}");
            assert!(why(&attempt).contains(words), "{name}: {attempt:?}");
            let log = server.end();
            assert!(log.taken.is_empty());
            for word in ["AUTH", "MAIL", "RCPT", "DATA"] {
                assert!(!log.heard(word), "{name}: {log:?}");
            }
        }
    }
    // A server that speaks in clear where TLS is to begin.
    let dir = dir();
    let server = Server::start(dir.path(), Setup::tls(Tls::None));
    let attempt = send(server.smtp_as(Tls::Implicit, "ann", "pass"), LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Broken(_)) && why(&attempt).contains("no TLS"), "{attempt:?}");
    assert!(!server.end().heard("AUTH"));
}

#[test]
fn the_systems_authorities_do_not_sign_for_a_server_of_our_own_making() {
    let dir = dir();
    let server = Server::start(dir.path(), Setup::default());
    let smtp = Smtp { ca: None, ..server.smtp(Tls::StartTls) };
    let attempt = send(smtp, LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Broken(_)), "{attempt:?}");
    assert!(why(&attempt).contains("sending.ca-file"), "{attempt:?}");
    assert!(!server.end().heard("MAIL"));
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_told_before_anything_is_connected() {
    let dir = dir();
    let server = Server::start(dir.path(), Setup::default());
    for (name, text) in [
        ("empty.pem", ""),
        ("text.pem", "no certificate"),
        ("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ] {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        let attempt = send(Smtp { ca: Some(file), ..server.smtp(Tls::StartTls) }, LONG, &["a@example.net"]);
        assert!(matches!(attempt, Attempt::Broken(_)) && why(&attempt).contains(name), "{attempt:?}");
    }
    let gone = Smtp { ca: Some(dir.path().join("gone.pem")), ..server.smtp(Tls::StartTls) };
    let attempt = send(gone, LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Broken(_)) && why(&attempt).contains("gone.pem"), "{attempt:?}");
    assert!(server.end().lines.is_empty());
}

#[test]
fn a_password_that_the_server_repeats_is_not_shown() {
    let dir = dir();
    for says in ["535 5.7.8 wrong: AGFubgBodW50ZXIy", "535 hunter2 is wrong", "535 aHVudGVyMg== is wrong"] {
        let server = Server::start(dir.path(), Setup::default().but("AUTH", Do::Say(says.into())));
        let attempt = send(server.smtp_as(Tls::StartTls, "ann", "hunter2"), LONG, &["a@example.net"]);
        let Attempt::Broken(why) = &attempt else { panic!("{attempt:?}") };
        assert!(why.contains("535") && why.contains("sending.password-command"), "{why}");
        for secret in ["hunter2", "AGFubgBodW50ZXIy", "aHVudGVyMg"] {
            assert!(!why.contains(secret), "{why}");
        }
        assert!(!server.end().heard("MAIL"));
    }
    // A login that is refused for now.
    let server = Server::start(dir.path(), Setup::default().but("AUTH", Do::Say("454 later".into())));
    let attempt = send(server.smtp_as(Tls::StartTls, "ann", "hunter2"), LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Away(_)), "{attempt:?}");
    server.end();
}

#[test]
fn a_password_never_goes_in_clear_to_another_machine_and_a_server_here_may_have_it() {
    let dir = dir();
    let server = Server::start(dir.path(), Setup::tls(Tls::None));
    let here = server.smtp_as(Tls::None, "ann", "pass");
    assert_eq!(send(here.clone(), LONG, &["a@example.net"]), Attempt::Sent);
    let elsewhere = Smtp { host: "mail.example.org".into(), ..here };
    let attempt = send(elsewhere, LONG, &["a@example.net"]);
    assert!(matches!(attempt, Attempt::Broken(_)) && why(&attempt).contains("in clear"), "{attempt:?}");
    assert_eq!(server.end().taken.len(), 1);
}

#[test]
fn what_the_server_cannot_take_is_not_begun() {
    let dir = dir();
    let to = ["a@example.net".to_owned()];
    let server = Server::start(dir.path(), Setup { offers: vec!["SIZE 1000".into()], ..Setup::default() });
    let transport = Transport::Smtp(server.smtp(Tls::StartTls), LONG);
    for (mail, words) in [
        (b"line\n".repeat(300), "too large"),
        ("Subject: ü\n\n".as_bytes().to_vec(), "8BITMIME"),
        (b"a\0b\n".to_vec(), "NUL"),
        (b"a\rb\n".to_vec(), "bare CR"),
        (vec![b'x'; 999], "998"),
    ] {
        let attempt = transport.send("duty@example.org", &to, &mail);
        assert!(matches!(attempt, Attempt::Failed(_)) && why(&attempt).contains(words), "{words}: {attempt:?}");
    }
    for bad in ["-oQ@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", ""] {
        assert!(matches!(transport.send("duty@example.org", &[bad.to_owned()], b"x"), Attempt::Failed(_)), "{bad:?}");
        assert!(matches!(transport.send(bad, &to, b"x"), Attempt::Failed(_)), "{bad:?}");
    }
    let log = server.end();
    assert!(!log.heard("MAIL") && !log.heard("RCPT"), "{log:?}");
}
