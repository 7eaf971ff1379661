//! Links that unsubscribe the whole team never leave, in whatever form a mail holds them, and what runbooks call secret is
//! hidden where a mail is quoted (rule N24).

use crate::home::Home;
use dutybox::app::effect::{Effect, ForwardRequest, Outcome};
use dutybox::config::Config;
use dutybox::io::load;
use dutybox::io::world::{Options, World};
use dutybox::mail::compose::{ForwardAs, reply_draft};
use dutybox::mail::{Message, Time, parse, unsubscribe};
use dutybox::runbook::Runbooks;
use dutybox::triage::row::{FolderId, MailKey};
use predicates::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const LINK: &str = "https://sns.us-west-2.amazonaws.com/unsubscribe.html?SubscriptionArn=arn:aws:sns:us-west-2:1:duty:TOKEN&Endpoint=TOKEN";

fn base64(text: &str) -> String {
    let message =
        mail_builder::MessageBuilder::new().attachment("application/octet-stream", "x", text.as_bytes().to_vec());
    let written = message.write_to_string().unwrap();
    let (_, rest) = written.split_once("base64").unwrap();
    let (_, body) = rest.split_once("\r\n\r\n").unwrap();
    body.split("\r\n--").next().unwrap().trim().to_owned()
}

/// Every form in which a mail may hold one.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: no-reply@sns.amazonaws.com\nTo: release@example.org\nSubject: ALARM\n";
    let html = format!("<p>ALARM</p><a href=\"{}\">Manage</a>", LINK.replace('&', "&amp;"));
    let inner = format!("From: a@example.org\nSubject: inner\n\nALARM\n{LINK}\n");
    let quoted: String = html
        .replace('=', "=3D")
        .as_bytes()
        .chunks(60)
        .map(|c| String::from_utf8_lossy(c).into_owned() + "=\n")
        .collect();
    let part = |kind: &str, more: &str, body: &str| format!("--b\nContent-Type: {kind}\n{more}\n{body}\n");
    let parts = |kind: &str, parts: &[String]| {
        format!("{head}MIME-Version: 1.0\nContent-Type: {kind}; boundary=b\n\n{}--b--\n", parts.concat())
    };
    let shown = part(
        "text/plain",
        "",
        "ALARM: the build is red, look at https://build.example.org/1 soon, it is a long text that is shown",
    );
    let utf16: Vec<u8> = format!("ALARM {LINK}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = base64_bytes(&utf16);
    vec![
        ("a text", format!("{head}\nALARM\n{LINK}\n").into_bytes()),
        ("a text that is quoted-printable", format!("{head}Content-Transfer-Encoding: quoted-printable\n\nALARM\n{}\n", LINK.replace('=', "=3D").replace("amazon", "ama=\nzon")).into_bytes()),
        ("a text in base64", format!("{head}Content-Transfer-Encoding: base64\n\n{}\n", base64(&format!("ALARM {LINK}\n"))).into_bytes()),
        ("a text in UTF-16", format!("{head}Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n{utf16}\n").into_bytes()),
        ("HTML", format!("{head}Content-Type: text/html\n\n{html}\n").into_bytes()),
        ("HTML that is quoted-printable", format!("{head}Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n{quoted}\n").into_bytes()),
        ("HTML whose link hides where it leads", format!("{head}Content-Type: text/html\n\n<p>ALARM <a href=\"https://click.example.org/TOKEN\">Unsubscribe</a></p>\n").into_bytes()),
        ("a link that only the words before it give away", format!("{head}\nALARM\nTo unsubscribe, visit this page:\nhttps://click.example.org/TOKEN\n").into_bytes()),
        ("an alternative that is not shown", parts("multipart/alternative", &[shown.clone(), part("text/html", "", &html)]).into_bytes()),
        ("an attached text", parts("multipart/mixed", &[shown.clone(), part("text/plain; name=log.txt", "Content-Disposition: attachment\n", LINK)]).into_bytes()),
        ("an attached message", parts("multipart/mixed", &[shown.clone(), part("message/rfc822", "", &inner)]).into_bytes()),
        ("an attached message in base64", parts("multipart/mixed", &[shown.clone(), part("message/rfc822", "Content-Transfer-Encoding: base64\n", &base64(&inner))]).into_bytes()),
        ("a header field of an attached message", parts("multipart/mixed", &[shown.clone(), part("message/rfc822", "", "List-Unsubscribe: <https://x.example.org/TOKEN>\nSubject: x\n\nhi\n")]).into_bytes()),
        ("a header field beside a text", format!("{head}List-Unsubscribe: <https://x.example.org/TOKEN>\n\nALARM\n{LINK}\n").into_bytes()),
        ("a header field that is too long to be read whole", format!("{head}List-Unsubscribe: <https://x.example.org/TOKEN>,\n{}\n\nALARM\n", " <https://x.example.org/TOKEN>,\n".repeat(3000)).into_bytes()),
        ("another header field", format!("{head}X-Footer: <mailto:unsub+TOKEN@reply.github.com>\n\nALARM\n").into_bytes()),
        ("an address in To", format!("{head}Cc: x <unsub+TOKEN@reply.github.com>\n\nALARM\n").into_bytes()),
        ("a text outside the parts", format!("{head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{LINK}\n{shown}--b--\n").into_bytes()),
        ("JSON", format!("{head}Content-Type: application/json\n\n{{\"Message\": \"ALARM\", \"UnsubscribeURL\": \"{LINK}\"}}\n").into_bytes()),
        ("a link that is broken over lines", format!("{head}\nALARM\n{}\n{}\n", &LINK[..76], &LINK[76..]).into_bytes()),
    ]
}

fn base64_bytes(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    // The builder takes bytes; only those below 128 stand here.
    base64(&text)
}

fn world(root: &Path, mail: &[u8]) -> World {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(root.join("mail").join(part)).unwrap();
    }
    fs::write(root.join("mail/cur/1.a:2,"), mail).unwrap();
    let options = Options {
        state_dir: root.join("state"),
        config_dir: root.join("config"),
        read_only: false,
        now: Some(Time(1_385_044_860)),
        fresh_until: None,
    };
    let config = Config { own: vec!["duty@example.org".into()], ..Config::default() };
    let mut world = World::open(config, options, load::folders(&[root.join("mail")], false).unwrap()).unwrap();
    world.set_books(Arc::new(Runbooks::shipped()));
    world
}

fn request(how: ForwardAs, note: &str) -> ForwardRequest {
    let key = MailKey { folder: FolderId(0), base: b"1.a"[..].into() };
    ForwardRequest { key, how, to: vec!["hwine@example.net".into()], note: note.into() }
}

/// Everything that would leave: the outbox's files, and what is readable in them.
fn leaving(root: &Path) -> (Vec<u8>, String) {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(root.join("state/outbox/new")).unwrap() {
        bytes.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    let message: Message = parse::message(bytes.clone());
    let parts: Vec<Vec<u8>> = message.parts().iter().filter_map(|part| message.part_bytes(part.number)).collect();
    let text = format!("{}\n{}", message.body().text, String::from_utf8_lossy(&parts.concat()));
    (bytes, text)
}

#[test]
fn a_mail_that_holds_an_unsubscribe_link_in_any_form_is_quoted_without_it_and_never_passed_on_as_it_is() {
    for (form, mail) in forms() {
        let place = unsubscribe::found(&parse::message(mail.clone()));
        assert!(place.is_some(), "{form}: it was not found in\n{}", String::from_utf8_lossy(&mail));
        let dir = tempfile::tempdir().unwrap();
        let mut world = world(dir.path(), &mail);
        match world.perform(Effect::Forward(request(ForwardAs::Redirect, ""))) {
            Outcome::Failed(why) => {
                assert!(why.contains("unsubscribe link") && why.contains("inline"), "{form}: {why}")
            }
            other => panic!("{form}: {other:?}"),
        }
        for how in [ForwardAs::Attach, ForwardAs::Inline] {
            let Outcome::Preview { text, warnings, .. } = world.perform(Effect::PreviewForward(request(how, "look")))
            else {
                panic!("{form}: no preview");
            };
            assert!(!text.contains("TOKEN"), "{form}: {text}");
            let told =
                warnings.iter().any(|words| words.contains("unsubscribe link") && words.contains("without the link"));
            assert_eq!(told, how == ForwardAs::Attach, "{form}: {warnings:?}");
            assert!(matches!(world.perform(Effect::Forward(request(how, "look"))), Outcome::Queued { .. }), "{form}");
            let (bytes, text) = leaving(dir.path());
            assert!(!String::from_utf8_lossy(&bytes).contains("TOKEN") && !text.contains("TOKEN"), "{form}: {text}");
            assert!(text.contains("ALARM"), "{form}: the alert itself is there: {text}");
            assert!(!String::from_utf8_lossy(&bytes).contains("Content-Type: message/rfc822"), "{form}");
            world.perform(Effect::Undo(None));
        }
        let draft = reply_draft(&parse::message(mail), true, &[], &[]);
        let (_, quoted) = draft.split_once("\n\n").unwrap();
        assert!(!quoted.contains("TOKEN"), "{form}: {draft}");
    }
}

/// Mailing lists and many services say in a header field how to leave them: without that field nothing of it can leave, and
/// whoever gets the mail gets all that came with it.
#[test]
fn a_mail_whose_only_link_is_in_its_header_is_attached_without_that_field() {
    let rest = "Subject: maintenance\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
        --b\n\nALARM, see the list\n--b\nContent-Type: application/pdf; name=hosts.pdf\n\n%PDF hosts\n--b--\n";
    for field in [
        "List-Unsubscribe: <https://x.example.org/TOKEN>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
        "LIST-UNSUBSCRIBE :\n <mailto:leave@x.example.org?subject=TOKEN>,\n\t<https://x.example.org/TOKEN>\n",
        "List-Unsubscribe: <https://x.example.org/TOKEN>\nX-A: b\nlist-unsubscribe: <https://x.example.org/TOKEN>\n",
    ] {
        for crlf in [false, true] {
            let whole = format!("From: a@example.org\n{field}{rest}");
            let end = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
            let dir = tempfile::tempdir().unwrap();
            let mut world = world(dir.path(), end(&whole).as_bytes());
            let Outcome::Preview { text, warnings, .. } =
                world.perform(Effect::PreviewForward(request(ForwardAs::Attach, "look")))
            else {
                panic!("{field}: no preview");
            };
            assert!(warnings.iter().any(|words| words.contains("attached without the link's field")), "{warnings:?}");
            assert!(text.contains("look\n\nThe List-Unsubscribe field of the attached mail was taken out"), "{text}");
            let request = request(ForwardAs::Attach, "look");
            assert!(matches!(world.perform(Effect::Forward(request)), Outcome::Queued { .. }));
            let (bytes, text) = leaving(dir.path());
            assert!(!String::from_utf8_lossy(&bytes).contains("TOKEN") && !text.contains("TOKEN"), "{field}: {text}");
            let kept = if field.contains("X-A") { "From: a@example.org\nX-A: b\n" } else { "From: a@example.org\n" };
            let kept = end(&format!("{kept}{rest}"));
            assert!(
                memchr::memmem::find(&bytes, kept.as_bytes()).is_some(),
                "{field}: {}",
                String::from_utf8_lossy(&bytes)
            );
            match world.perform(Effect::Forward(self::request(ForwardAs::Redirect, ""))) {
                Outcome::Failed(why) => assert!(why.contains("forward it attached or inline"), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_mail_without_one_is_attached_byte_for_byte() {
    let mail: &[u8] =
        b"From: a@example.org\nSubject: x\n\nSee https://bugzilla.example.org/829025\nsubscribe to nothing\n";
    let dir = tempfile::tempdir().unwrap();
    let mut world = world(dir.path(), mail);
    assert!(matches!(world.perform(Effect::Forward(request(ForwardAs::Attach, ""))), Outcome::Queued { .. }));
    let (bytes, _) = leaving(dir.path());
    assert!(memchr::memmem::find(&bytes, mail).is_some());
}

#[test]
fn a_link_that_somebody_types_into_a_note_or_a_reply_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = world(dir.path(), b"From: a@example.org\nSubject: x\n\nhi\n");
    let note = format!("is this yours? {LINK}");
    for how in [ForwardAs::Attach, ForwardAs::Inline, ForwardAs::Redirect] {
        match world.perform(Effect::Forward(request(how, &note))) {
            Outcome::Failed(why) => assert!(why.contains("unsubscribe link"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    let key = request(ForwardAs::Inline, "").key;
    let draft = format!("To: a@example.org\nSubject: Re: x\n\n{note}\n");
    assert!(matches!(world.perform(Effect::Reply { key, draft }), Outcome::Failed(_)));
    assert!(world.queued().unwrap().is_empty());
}

/// What the binary prints, at the present time.
fn now(home: &Home, args: &[&str]) -> String {
    String::from_utf8(home.run(args).success().get_output().stdout.clone()).unwrap()
}

#[test]
fn what_a_runbook_calls_secret_is_not_quoted_in_a_reply_and_is_told_before_it_is_attached() {
    // The code of the example is in the text, and here in a part that nothing shows too.
    let mail = include_bytes!("../../examples/mails/appleagent-code.eml");
    let code: String = {
        let text = parse::message(mail.to_vec()).body().text.clone();
        text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6).expect("it has a code").to_owned()
    };
    let home = Home::with_mails(&[("cur/1385044000.a.host:2,", mail)]);
    home.config("own = \"duty@example.org\"\n");
    let draft = now(&home, &["reply", "1385044000.a", "--text", "thanks", "--dry-run"]);
    assert!(draft.contains("[redacted]") && !draft.contains(&code), "{draft}");
    let inline = now(&home, &["forward", "1385044000.a", "--to", "b@example.org", "--as", "inline", "--dry-run"]);
    assert!(!inline.contains(&code), "{inline}");
    let raw = now(&home, &["forward", "1385044000.a", "--to", "b@example.org", "--dry-run"]);
    assert!(raw.contains("holds a secret"), "{raw}");
}

#[test]
fn the_links_of_a_message_say_which_one_is_never_to_be_opened() {
    let mail = include_bytes!("../../examples/mails/sns-cloudwatch-alarm.eml");
    let home = Home::with_mails(&[("cur/1385044000.a.host:2,", mail)]);
    let shown = now(&home, &["show", "1385044000.a"]);
    assert!(shown.contains("unsubscribes the whole team: never open"), "{shown}");
    let links =
        serde_json::from_str::<serde_json::Value>(&now(&home, &["show", "1385044000.a", "--json"])).unwrap()["message"]
            ["links"]
            .clone();
    let marked: Vec<&serde_json::Value> =
        links.as_array().unwrap().iter().filter(|link| link["unsubscribes"] == true).collect();
    assert_eq!(marked.len(), 1, "{links}");
    home.config("own = \"duty@example.org\"\n");
    home.run(&["forward", "1385044000.a", "--to", "b@example.org", "--as", "redirect", "--yes"])
        .failure()
        .stderr(predicate::str::contains("unsubscribe link"));
    home.run(&["forward", "1385044000.a", "--to", "b@example.org", "--yes"])
        .success()
        .stderr(predicate::str::contains("without the link"));
}
