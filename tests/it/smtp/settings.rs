//! What the configuration may say about SMTP, and that no secret shows anywhere (C56).

use super::server::{Do, Server, Setup};
use crate::home::{Home, everything};
use dutybox::config::{self, sending::Smtp, sending::Tls};
use predicates::prelude::*;

fn smtp(sending: &str) -> Smtp {
    config::parse("config.toml", &format!("[sending]\n{sending}\n")).unwrap().smtp.unwrap()
}

fn wrong(sending: &str) -> Vec<String> {
    let found = config::parse("config.toml", &format!("[sending]\n{sending}\n")).unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn an_address_says_server_port_encryption_and_user() {
    let with = "\npassword-command = \"pass show mail\"";
    for (url, more, host, port, tls, user) in [
        ("smtps://mail.example.org", "", "mail.example.org", 465, Tls::Implicit, None),
        ("smtp://mail.example.org", "", "mail.example.org", 587, Tls::StartTls, None),
        ("smtp://mail.example.org:2525/", "", "mail.example.org", 2525, Tls::StartTls, None),
        ("smtp://mail.example.org", "\ntls = \"none\"", "mail.example.org", 587, Tls::None, None),
        ("smtp://localhost", "", "localhost", 25, Tls::None, None),
        ("smtp://127.0.0.1", "", "127.0.0.1", 25, Tls::None, None),
        ("smtp://[::1]:2525", "", "::1", 2525, Tls::None, None),
        ("smtp://LOCALHOST", "\ntls = \"required\"", "LOCALHOST", 587, Tls::StartTls, None),
        ("smtps://[2001:db8::1]", "", "2001:db8::1", 465, Tls::Implicit, None),
        ("smtps://ann@mail.example.org", with, "mail.example.org", 465, Tls::Implicit, Some("ann")),
        (
            "smtps://ann@example.org@mail.example.org:1",
            with,
            "mail.example.org",
            1,
            Tls::Implicit,
            Some("ann@example.org"),
        ),
        ("smtps://ann%40x%20y@mail.example.org", with, "mail.example.org", 465, Tls::Implicit, Some("ann@x y")),
        ("smtp://ann@localhost", with, "localhost", 25, Tls::None, Some("ann")),
    ] {
        let found = smtp(&format!("smtp = \"{url}\"{more}"));
        let password = user.map(|_| ["pass", "show", "mail"].map(String::from).to_vec());
        let expected = Smtp { host: host.into(), port, tls, user: user.map(String::from), password, ca: None };
        assert_eq!(found, expected, "{url}");
    }
    assert_eq!(smtp("smtp = \"smtps://h\"\nca-file = \"~/ca.pem\"").ca, Some("~/ca.pem".into()));
}

#[test]
fn what_makes_no_sense_or_is_not_safe_is_refused() {
    let command = "password-command = \"pass\"";
    for (sending, words) in [
        ("smtp = \"mail.example.org\"".to_owned(), "neither smtps:// nor smtp://"),
        ("smtp = \"http://mail.example.org\"".into(), "neither smtps:// nor smtp://"),
        ("smtp = \"smtps://\"".into(), "names no server"),
        ("smtp = \"smtps://a b\"".into(), "names no server"),
        ("smtp = \"smtps://-oX\"".into(), "names no server"),
        ("smtp = \"smtps://h:0\"".into(), "port that is none"),
        ("smtp = \"smtps://h:65536\"".into(), "port that is none"),
        ("smtp = \"smtps://h:\"".into(), "port that is none"),
        ("smtp = \"smtps://[::1\"".into(), "without `]`"),
        (format!("smtp = \"smtps://@h\"\n{command}"), "a user that cannot be read"),
        (format!("smtp = \"smtps://a%0Ab@h\"\n{command}"), "a user that cannot be read"),
        (format!("smtp = \"smtps://a%4@h\"\n{command}"), "a user that cannot be read"),
        ("smtp = \"smtps://ann@h\"".into(), "no command prints the password"),
        (format!("smtp = \"smtps://h\"\n{command}"), "names no user"),
        (command.into(), "of no use without `sending.smtp`"),
        ("tls = \"none\"".into(), "of no use without `sending.smtp`"),
        ("ca-file = \"x\"".into(), "of no use without `sending.smtp`"),
        ("smtp = \"smtps://h\"\ntls = \"none\"".into(), "smtps:// is TLS"),
        ("smtp = \"smtp://h\"\ntls = \"maybe\"".into(), "one of required, none"),
        (
            format!("smtp = \"smtp://ann@h\"\ntls = \"none\"\n{command}"),
            "the password would go over the network in clear",
        ),
    ] {
        let found = wrong(&sending);
        assert!(found.iter().any(|line| line.contains(words)), "{sending}: {found:?}");
    }
}

#[test]
fn c56_a_password_in_the_configuration_is_refused_and_not_repeated() {
    let home = Home::with_mails(&[]);
    home.config("[sending]\nsmtp = \"smtps://ann:hunter2@mail.example.org\"\npassword-command = \"pass\"\n");
    let hidden = || predicate::str::contains("hunter2").not();
    home.run(&["check"]).code(2).stdout(hidden()).stderr(hidden().and(predicate::str::contains("holds a password")));
}

/// Its only places are the command that prints it and the connection to the server.
#[test]
fn c56_a_password_is_in_no_file_no_argument_and_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let mail: &[u8] = b"From: cron@example.org\nSubject: one\n\nbody\n";
    for (rule, code) in [(None, 0), (Some(Do::Say("535 hunter2 AGFubgBodW50ZXIy no".into())), 1), (Some(Do::Close), 0)]
    {
        let setup = Setup::default();
        let setup = match &rule {
            Some(what) => setup.but("AUTH", what.clone()),
            None => setup,
        };
        let server = Server::start(dir.path(), setup);
        let home = Home::with_mails(&[("cur/1385044000.a.host:2,", mail)]);
        // What the command itself was given, it may know; it looks at the arguments of all processes meanwhile.
        home.write("secret", "hunter2\n");
        let script = "#!/bin/sh\ncat /proc/[0-9]*/cmdline > \"$HOME/ps\" 2>/dev/null\ncat \"$HOME/secret\"\n";
        let command = home.write("ask", script);
        std::fs::set_permissions(&command, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        home.config(&format!(
            "own = \"duty@example.org\"\n[sending]\nsmtp = \"smtp://ann@localhost:{}\"\ntls = \"required\"\n\
             ca-file = \"{}\"\npassword-command = \"{}\"\n",
            server.port,
            server.ca.display(),
            command.display()
        ));
        let ran = home.then(&["forward", "--query", "subject:one", "--to", "hwine@example.net", "--yes"]).code(code);
        let said = [ran.get_output().stdout.clone(), ran.get_output().stderr.clone()].concat();
        let listed = home.text(&["outbox"]);
        let log = server.end();
        assert!(log.heard("AUTH PLAIN AGFubgBodW50ZXIy"), "it was used: {log:?}");
        assert!(log.clear().iter().all(|line| !line.starts_with("AUTH")));
        let mut places = vec![("what it said".to_owned(), said), ("outbox".to_owned(), listed.into_bytes())];
        places.extend(
            everything(home.dir.path()).into_iter().map(|(path, bytes, _)| (path.display().to_string(), bytes)),
        );
        assert!(places.iter().any(|(name, bytes)| name.ends_with("/ps") && !bytes.is_empty()), "it looked");
        for (name, bytes) in places.iter().filter(|(name, _)| !name.ends_with("/secret")) {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("hunter2") && !text.contains("AGFubgBodW50ZXIy"), "{name}: {text}");
        }
    }
}

#[test]
fn c56_a_password_command_that_fails_leaves_the_mail_in_the_outbox_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), Setup::default());
    for (command, words) in [
        ("true", "printed nothing"),
        ("printf 'hunter2\\\\nhunter2\\\\n'", "more than one line"),
        ("sh -c 'echo hunter2; exit 3'", "failed (exit status: 3)"),
        ("sh -c 'echo hunter2; exec sleep 600'", "had not ended after 1 s"),
        ("/nonexistent/pass", "does not start"),
    ] {
        let home = Home::with_mails(&[("cur/1385044000.a.host:2,", b"Subject: one\n\nbody\n")]);
        home.config(&format!(
            "own = \"duty@example.org\"\n[sending]\nsmtp = \"smtp://ann@localhost:{}\"\ntls = \"required\"\n\
             ca-file = \"{}\"\ntimeout = 1\npassword-command = \"{command}\"\n",
            server.port,
            server.ca.display(),
        ));
        let hidden = || predicate::str::contains("hunter2").not();
        home.then(&["forward", "--query", "subject:one", "--to", "hwine@example.net", "--yes"])
            .code(1)
            .stdout(
                predicate::str::contains("failed, kept in the outbox")
                    .and(predicate::str::contains(words))
                    .and(hidden()),
            )
            .stderr(hidden());
        let listed = home.text(&["outbox"]);
        assert!(listed.contains("failed") && listed.contains("dutybox outbox send"), "{listed}");
    }
    assert!(server.end().lines.is_empty(), "without a password nobody is called");
}

#[test]
fn check_says_how_mail_leaves_and_what_of_it_cannot_work() {
    let home = Home::with_mails(&[]);
    let says = |config: &str, code: i32, words: &[&str]| {
        home.config(config);
        let ran = home.run(&["check"]).code(code);
        let said = String::from_utf8(ran.get_output().stdout.clone()).unwrap();
        words.iter().for_each(|words| assert!(said.contains(words), "{config}: {words}: {said}"));
    };
    says("", 0, &["mail waits in the outbox: set sending.smtp or sending.sendmail"]);
    says("own = \"a@example.org\"\n[sending]\nsendmail = \"cat -u\"\n", 0, &["mail leaves by cat"]);
    says("[sending]\nsendmail = \"cat\"\n", 1, &["would have no sender"]);
    let user = "own = \"a@example.org\"\n[sending]\nsmtp = \"smtps://ann@mail.example.org\"\n";
    says(
        &format!("{user}password-command = \"/nonexistent/pass show\"\nca-file = \"gone.pem\"\n"),
        1,
        &[
            "config.toml:4:1: error: `sending.password-command`: there is no program /nonexistent/pass",
            "config.toml:5:1",
            "gone.pem",
        ],
    );
    std::fs::write(home.path(".config/dutybox/ca.pem"), Server::start(home.dir.path(), Setup::default()).pem())
        .unwrap();
    let good = format!("{user}password-command = \"cat secret\"\nca-file = \"ca.pem\"\n");
    says(&good, 0, &["mail leaves by SMTP: mail.example.org:465, TLS, login ann"]);
    assert_eq!(home.json(&["check"])["sending"], "mail leaves by SMTP: mail.example.org:465, TLS, login ann");
}
