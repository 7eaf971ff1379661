//! Reading of messages: headers, roles, bodies, parts, links, copies (domain 1.25, reliability facts 4 to 10, R5, R6).

use std::path::Path;

use dutybox::mail::{BodySource, Message, Oddity, Role, Time, parse, text};
use proptest::prelude::*;

fn read(bytes: impl Into<Vec<u8>>) -> Message {
    parse::message(bytes.into())
}

fn sample(name: &str) -> Message {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mails").join(format!("{name}.eml"));
    read(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A mail with that subject and no body.
fn subject(subject: &str) -> Message {
    read(format!("From: a@b\nSubject: {subject}\n\n"))
}

#[test]
fn what_is_missing_is_odd_and_never_fatal() {
    let table: [(&[u8], &[Oddity]); 12] = [
        (b"", &[Oddity::Empty]),
        (b"just text\nmore\n", &[Oddity::NoHeaders]),
        (b"\0", &[Oddity::NoHeaders]),
        (b"Subject: x\n\n", &[Oddity::NoFrom, Oddity::NoDate, Oddity::NoMessageId]),
        (b"From: a@b\nDate: soon\nMessage-ID: <x@y>\n\n", &[Oddity::NoDate]),
        (b"From: a@b\nCC: \nDate: 2016-03-04 05:06:07.891\nMessage-ID: <x@y>\n\n", &[]),
        (
            b"From: a@b\nFrom: c@d\nDate: 1 Jan 2020 00:00 +0000\nMessage-ID: <x@y>\n\n",
            &[Oddity::Duplicate { name: String::new(), count: 2 }],
        ),
        (b"From: a@b\nDate: 1 Jan 2020 00:00 +0000\nMessage-ID: <x@y>\nno colon here\n", &[Oddity::NoBlankLine]),
        (b"From: a@b, c@d\nDate: 1 Jan 2020 00:00 +0000\nMessage-ID: <x@y>\n\n", &[Oddity::MisleadingSender]),
        (b"From: \"x@y.z\" <c@d>\nDate: 1 Jan 2020 00:00 +0000\nMessage-ID: <x@y>\n\n", &[Oddity::MisleadingSender]),
        (
            "From: P\u{430}y <c@d>\nDate: 1 Jan 2020 00:00 +0000\nMessage-ID: <x@y>\n\n".as_bytes(),
            &[Oddity::MixedScript],
        ),
        (b"\r\nFrom a\r\nFrom: a@b\rDate: x\r\n\r\n", &[Oddity::NoDate, Oddity::NoMessageId]),
    ];
    for (raw, oddities) in table {
        let found: Vec<Oddity> = read(raw)
            .oddities
            .into_iter()
            .map(|odd| match odd {
                Oddity::Duplicate { count, .. } => Oddity::Duplicate { name: String::new(), count },
                odd => odd,
            })
            .collect();
        assert_eq!(found, oddities, "{:?}", String::from_utf8_lossy(raw));
    }
}

#[test]
fn the_first_of_duplicate_headers_counts() {
    let message = read(
        "From: real@x\nFrom: evil@x\nSubject: a\nSubject: b\nDate: 1 Jan 2020 00:00 +0000\nDate: 1 Jan 2021 00:00 +0000\n\
         Message-ID: <1@x>\nMessage-ID: <2@x>\nTo: t1@x\nTo: t2@x\nContent-Type: text/plain\nContent-Type: text/html\n\n<b>\n",
    );
    assert_eq!(message.from[0].addr, "real@x");
    assert_eq!(message.subject, "a");
    assert_eq!(message.date.unwrap().time.rfc3339(), "2020-01-01T00:00:00Z");
    assert_eq!(message.message_id.as_deref(), Some("1@x"));
    assert_eq!(message.to[0].addr, "t1@x");
    assert_eq!(message.body().source, BodySource::Plain);
    assert!(message.oddities.contains(&Oddity::Duplicate { name: "From".into(), count: 2 }));
}

#[test]
fn recipients_come_from_every_header_that_names_them() {
    let message = read(
        "Delivered-To: top@x\nDelivered-To: forged@x\nX-Original-To: o@x\nEnvelope-To: e@x\nResent-To: r@x\n\
         Apparently-To: ap@x\nX-GitHub-Recipient-Address: gh@x\nTo: list:;, Ann <a@x>\nCC: \nBcc: b@x\n\n",
    );
    let found: Vec<(&str, &str)> =
        message.recipients.iter().map(|recipient| (recipient.header, recipient.address.addr.as_str())).collect();
    assert_eq!(
        found,
        [
            ("To", "a@x"),
            ("Delivered-To", "top@x"),
            ("X-Original-To", "o@x"),
            ("Envelope-To", "e@x"),
            ("Resent-To", "r@x"),
            ("Apparently-To", "ap@x"),
            ("X-GitHub-Recipient-Address", "gh@x"),
        ]
    );
    assert!(message.cc.is_empty());
}

#[test]
fn the_time_of_delivery_is_the_topmost_valid_received() {
    let received = |raw: &str| read(raw).received.map(Time::rfc3339);
    assert_eq!(
        received(
            "Received: from a by b; yesterday\nReceived: from c (x; y) by d;\n\tThu, 21 Nov 2013 14:07:03 +0000 (UTC)\n\
             Received: from e by f; Thu, 21 Nov 2013 13:00:00 +0000\n\n"
        )
        .as_deref(),
        Some("2013-11-21T14:07:03Z")
    );
    assert_eq!(received("Received: no date here\nDate: Thu, 21 Nov 2013 14:07:03 +0000\n\n"), None);
}

#[test]
fn r6_prefixes_say_reply_or_forward_at_the_start_only() {
    for (text, bare, role) in [
        ("plain", "plain", Role::Alert),
        ("Re: x", "x", Role::Reply),
        ("RE: x", "x", Role::Reply),
        ("re:x", "x", Role::Reply),
        ("Re : x", "x", Role::Reply),
        ("Re[2]: x", "x", Role::Reply),
        ("Re (3): x", "x", Role::Reply),
        ("Re: Re: Fwd: x", "x", Role::Reply),
        ("AW: x", "x", Role::Reply),
        ("Antw: x", "x", Role::Reply),
        ("SV: x", "x", Role::Reply),
        ("VS: x", "x", Role::Reply),
        ("Ref: x", "x", Role::Reply),
        ("RE：x", "x", Role::Reply),
        ("=?utf-8?B?5Zue5aSNOg==?= x", "x", Role::Reply),
        ("Fwd: x", "x", Role::Forward),
        ("FW: Re: x", "x", Role::Forward),
        ("WG: x", "x", Role::Forward),
        ("TR: x", "x", Role::Forward),
        ("Rv: x", "x", Role::Forward),
        ("[vcs2vcs] Re: x", "[vcs2vcs] Re: x", Role::Alert),
        ("[vcs2vcs]: git.m.o push 1 failed", "[vcs2vcs]: git.m.o push 1 failed", Role::Alert),
        ("Report: x", "Report: x", Role::Alert),
        ("R: x", "R: x", Role::Alert),
        ("I: x", "I: x", Role::Alert),
        ("Re[x]: y", "Re[x]: y", Role::Alert),
        ("Re x", "Re x", Role::Alert),
        ("Re:", "", Role::Reply),
    ] {
        let message = subject(text);
        assert_eq!((message.bare_subject(), message.role), (bare, role), "{text}");
    }
    for (headers, role) in [
        ("Auto-Submitted: auto-generated", Role::Alert),
        ("Auto-Submitted: auto-replied", Role::AutoReply),
        ("Auto-Submitted: Auto-Replied (vacation); owner=x", Role::AutoReply),
        ("In-Reply-To: <a@b>\nReferences: <a@b>", Role::Alert),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", Role::Bounce),
        ("Auto-Submitted: auto-replied\nContent-Type: multipart/report; boundary=x", Role::Bounce),
    ] {
        assert_eq!(read(format!("Subject: x\n{headers}\n\n")).role, role, "{headers}");
    }
}

#[test]
fn shapes_of_the_samples() {
    let submitted = sample("wait-times-as-submitted");
    assert_eq!(submitted.oddities, [Oddity::NoMessageId, Oddity::NoBlankLine]);
    assert!(submitted.body().text.starts_with("Wait time report for testpool"), "{}", submitted.body().text);
    assert_eq!(sample("github-v2v").recipients.last().unwrap().header, "X-GitHub-Recipient-Address");
    assert_eq!(sample("postfix-bounce").role, Role::Bounce);
    assert!(sample("mozdef-hourly").date.is_some(), "an ISO date is a date");
    let try_errors = sample("try-errors").body().clone();
    assert_eq!(try_errors.source, BodySource::Html);
    assert!(try_errors.text.contains("mochitest-plain-1\n40211/2/310\n"), "{}", try_errors.text);
    assert!(try_errors.text.contains("Treeherder[^1]") && try_errors.text.contains("[^1]: https://treeherder."));
    let papertrail = sample("sns-papertrail").body().clone();
    assert_eq!(papertrail.source, BodySource::Json);
    assert!(papertrail.text.contains("\n      \"hostname\": \"buildbot-master74\",\n"), "{}", papertrail.text);
    assert!(papertrail.text.contains("\n}\n\n--\nIf you wish to stop receiving"), "{}", papertrail.text);
    assert!(papertrail.links.iter().any(|link| link.target.ends_with("&Endpoint=release+sns@mozilla.com")));
    let firing = sample("alertmanager-firing");
    assert!(firing.body().text.contains("alertname = HighLatency\n"), "{}", firing.body().text);
}

/// A mail with that MIME head and body.
fn mime(rest: &str) -> Message {
    read(format!("From: a@b\nMIME-Version: 1.0\n{rest}"))
}

#[test]
fn the_readable_text_is_chosen_and_decoded() {
    let alternative = |plain: &str, html: &str| {
        format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\n\
             Content-Type: text/html\n\n{html}\n--b--\n"
        )
    };
    let table = [
        ("Content-Type: text/plain\n\nhello\n".to_owned(), BodySource::Plain, "hello\n"),
        ("\nno type\n".to_owned(), BodySource::Plain, "no type\n"),
        ("\n\n".to_owned(), BodySource::Nothing, "\n"),
        (alternative("plain text", "<p>html</p>"), BodySource::Plain, "plain text"),
        (alternative("", "<p>html</p>"), BodySource::Html, "html"),
        (alternative("ok", "<p>html</p>"), BodySource::Plain, "ok"),
        (alternative("Your mail client does not support HTML.", "<p>html</p>"), BodySource::Html, "html"),
        ("Content-Type: text/html\n\n<p>a &amp; b<br>c &lt;d&gt;</p><p>e</p>\n".to_owned(), BodySource::Html, "a & b\nc <d>\n\ne"),
        (
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nH=E4ngt =\nnoch\n"
                .to_owned(),
            BodySource::Plain,
            "Hängt noch\n",
        ),
        ("Content-Transfer-Encoding: base64\n\naGVs\r\nbG8=\n".to_owned(), BodySource::Plain, "hello"),
        // Somebody wrote behind the data; data in two pieces.
        ("Content-Transfer-Encoding: base64\n\naGVsbG8=\n\nCheerio!\n".to_owned(), BodySource::Plain, "hello"),
        ("Content-Transfer-Encoding: base64\n\naGU=\nbGxv\n".to_owned(), BodySource::Plain, "hello"),
        ("Content-Transfer-Encoding: base64\n\nnot encoded at all\n".to_owned(), BodySource::Plain, "not encoded at all\n"),
        ("Content-Type: text/plain; charset=us-ascii\n\nä\n".to_owned(), BodySource::Plain, "ä\n"),
        ("Content-Type: text/plain; charset=no-such\n\nä\n".to_owned(), BodySource::Plain, "ä\n"),
        ("Content-Type: text/plain\n\na\r\nb\r\n".to_owned(), BodySource::Plain, "a\nb\n"),
        ("Content-Type: text/plain\n\n{\"a\":1}\n".to_owned(), BodySource::Json, "{\n  \"a\": 1\n}"),
        ("Content-Type: text/plain\n\n[vcs2vcs] {x}\n".to_owned(), BodySource::Plain, "[vcs2vcs] {x}\n"),
        ("Content-Type: text/plain\n\n<html><b>bold</b></html>\n".to_owned(), BodySource::Html, "bold"),
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--bc\n--b--\n".to_owned(),
            BodySource::Plain,
            "one\n\ntwo\n--bc",
        ),
        // No boundary is named, or a wrong one: the lines say what it is.
        ("Content-Type: multipart/mixed;\n\n--x1\n\none\n--x1--\n".to_owned(), BodySource::Plain, "one"),
        ("Content-Type: multipart/mixed; boundary=B\n\nnot divided\n".to_owned(), BodySource::Plain, "not divided\n"),
        ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnever closed\n".to_owned(), BodySource::Plain, "never closed\n"),
        (
            "Content-Type: message/rfc822\n\nSubject: inner\n\ninner text\n".to_owned(),
            BodySource::Plain,
            "inner text\n",
        ),
    ];
    for (raw, source, expected) in table {
        let message = mime(&raw);
        assert_eq!((message.body().source, message.body().text.trim_end_matches('\u{0}')), (source, expected), "{raw}");
    }
    let latin = read(&b"Content-Type: text/plain\n\nH\xe4ngt\n"[..]);
    assert_eq!(latin.body().text, "Hängt\n");
    let declared = read(&b"Subject: \xc7\xd1\xb1\xb9\nContent-Type: text/plain; charset=euc-kr\n\n\xc7\xd1\n"[..]);
    assert_eq!((declared.subject.as_str(), declared.body().text.as_str()), ("한국", "한\n"));
    let japanese = read(
        &b"Subject: =?ISO-2022-JP?B?GyRCJCIbKEI=?=\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$\"\x1b(B\n"
            [..],
    );
    assert_eq!((japanese.subject.as_str(), japanese.body().text.as_str()), ("あ", "あ\n"));
}

#[test]
fn every_part_is_listed_and_can_be_saved() {
    let message = mime(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\n\
         Content-Type: text/html\n\n<p>html</p>\n--c--\n--b\nContent-Type: image/png; name=\"../../x.png\"\n\
         Content-Transfer-Encoding: base64\n\niVBORw==\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\
         Content-Type: multipart/mixed; boundary=d\n\n--d\n\ninner text\n--d\nContent-Disposition: attachment; filename=in.zip\n\nzip\n--d--\n\
         --b\nContent-Type: text/x-log\nContent-Disposition: attachment; filename*=utf-8''%C3%A4%20b.log\n\nlog\n--b--\nhidden behind the end\n",
    );
    let parts: Vec<(usize, &str, &str, usize, bool, usize)> = message
        .parts()
        .iter()
        .map(|part| {
            (part.number, part.content_type.as_str(), part.safe_name.as_str(), part.size, part.attachment, part.level)
        })
        .collect();
    assert_eq!(
        parts,
        [
            (1, "text/plain", "part-1.txt", 5, false, 0),
            (2, "text/html", "part-2.html", 11, false, 0),
            (3, "image/png", "x.png", 4, true, 0),
            (4, "message/rfc822", "part-4.eml", 137, true, 0),
            (5, "text/plain", "part-5.txt", 10, false, 1),
            (6, "text/plain", "in.zip", 3, false, 1),
            (7, "text/x-log", "ä_b.log", 3, true, 0),
            (8, "text/plain", "part-8.txt", 22, false, 0),
        ]
    );
    assert_eq!(message.part_bytes(3).unwrap(), b"\x89PNG");
    assert_eq!(message.part_bytes(6).unwrap(), b"zip");
    assert!(message.part_bytes(4).unwrap().starts_with(b"Subject: inner\n"));
    assert_eq!(message.part_bytes(8).unwrap(), b"hidden behind the end\n");
    assert_eq!((message.part_bytes(0), message.part_bytes(9)), (None, None));
}

#[test]
fn c44_names_of_attachments_are_safe_to_create() {
    let long = "a".repeat(300);
    for (name, safe) in [
        ("report.pdf", "report.pdf"),
        ("../../../../etc/cron.d/x", "x"),
        ("..\\\\..\\\\x.bat", "x.bat"),
        ("/etc/passwd", "passwd"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        (".", "part-1.bin"),
        ("..", "part-1.bin"),
        ("", "part-1.bin"),
        ("a b\tc.txt", "a_b_c.txt"),
        ("cod\u{202e}gnp.exe", "cod_gnp.exe"),
        ("a\u{1b}[2Jb", "a_2Jb"),
        ("a;rm -rf $HOME|x", "a_rm_-rf_HOME_x"),
        ("日本語.txt", "日本語.txt"),
        ("dir/", "dir"),
        (&format!("{long}.tar"), &format!("{}.tar", &long[..116])),
    ] {
        let message =
            mime(&format!("Content-Type: application/x-y\nContent-Disposition: attachment; filename=\"{name}\"\n\nx"));
        assert_eq!(message.parts()[0].safe_name, safe, "{name:?}");
    }
}

#[test]
fn links_show_where_they_lead() {
    let links = |raw: &str| {
        let found = mime(raw).body().links.clone();
        found.into_iter().map(|link| (link.text, link.target, link.openable, link.misleading)).collect::<Vec<_>>()
    };
    let own =
        |text: &str, target: &str, openable, misleading| (text.to_owned(), target.to_owned(), openable, misleading);
    let plain = links(
        "\nSee https://a.example/x?y=1&z=(2), (http://b.example/p), <HTTPS://c.example/>; mailto:ops@d.example. \
         https://a.example/x?y=1&z=(2) xhttp://no http:// https://e.example/…\n",
    );
    assert_eq!(
        plain,
        [
            own("https://a.example/x?y=1&z=(2)", "https://a.example/x?y=1&z=(2)", true, false),
            own("http://b.example/p", "http://b.example/p", true, false),
            own("HTTPS://c.example/", "HTTPS://c.example/", true, false),
            own("mailto:ops@d.example", "mailto:ops@d.example", false, false),
            own("https://e.example/", "https://e.example/", true, false),
        ]
    );
    let html = links(
        "Content-Type: text/html\n\n<a href=\"http://evil.example/\">https://good.example/d/1</a> <a href=\"https://a.example/\">open</a> \
         <a href=\"javascript:alert(1)\">js</a> <a href=\"https://bank.example@evil.example/\">bank</a> \
         <a href=\"https://www.good.com/x\">good.com</a> <a href=\"mailto:x@y\">x@y</a> runbook_url = https://r.example/b\n",
    );
    assert_eq!(
        html,
        [
            own("https://good.example/d/1", "http://evil.example/", true, true),
            own("open", "https://a.example/", true, false),
            own("js", "javascript:alert(1)", false, false),
            own("bank", "https://bank.example@evil.example/", true, true),
            own("good.com", "https://www.good.com/x", true, false),
            own("x@y", "mailto:x@y", false, false),
            own("https://r.example/b", "https://r.example/b", true, false),
        ]
    );
    let long = format!("https://a.example/{}", "x".repeat(200));
    let long_in_html = mime(&format!("Content-Type: text/html\n\n<p>runbook = {long} end</p>\n"));
    assert_eq!(long_in_html.body().links[0].target, long, "a URL is never broken");
    let hidden = mime("Content-Type: text/html\n\n<p style=\"display:none\">CRITICAL</p><p>OK</p>\n");
    assert!(hidden.body().text.contains("CRITICAL"), "hidden text is shown");
}

#[test]
fn r5_copies_have_the_same_digest() {
    let digest = |raw: &str| read(raw).digest();
    let mail =
        "Received: x\nFrom: A <a@b>\nSubject: s\nDate: Thu, 21 Nov 2013 14:07:03 +0000\n\nline one\n\nline two\n";
    let same = [
        mail.replace('\n', "\r\n"),
        mail.replace("Received: x\n", ""),
        mail.replace("A <a@b>", "<a@b>"),
        mail.replace("Subject: s", "Subject: =?utf-8?Q?s?=\nX-Trace: 1"),
        mail.replace("one", "one  \t"),
        format!("{mail}\n \n\n"),
    ];
    for copy in same {
        assert_eq!(digest(&copy), digest(mail), "{copy}");
    }
    let other = [
        mail.replace("a@b", "a@c"),
        mail.replace("Subject: s", "Subject: t"),
        mail.replace("14:07:03", "14:07:04"),
        mail.replace("+0000", "-0000"),
        mail.replace("line two", "line three"),
        mail.replace("\n\nline two", "\nline two"),
        mail.replace("line one", " line one"),
    ];
    for mut different in other {
        assert_ne!(digest(&different), digest(mail), "{different}");
        different.clear();
    }
    // Fields are framed: what one loses the next cannot gain.
    assert_ne!(digest("From: a@b\nSubject: x\nDate: y\n\n"), digest("From: a@bx\nSubject: y\nDate: \n\n"));
}

#[test]
fn what_is_too_large_is_cut_and_says_so() {
    let odd = |raw: String| {
        let message = read(raw);
        message.body();
        message.all_oddities()
    };
    assert!(odd(format!("Subject: {}\n\n", "x".repeat(70_000))).contains(&Oddity::HeadersCut));
    assert!(odd("X: y\n".repeat(300_000)).contains(&Oddity::HeadersCut));
    assert!(
        odd(format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(2_000)))
            .contains(&Oddity::PartsCut)
    );
    assert!(odd("Content-Type: message/rfc822\n\n".repeat(200)).contains(&Oddity::NestingCut));
    let nested: String =
        (0..200).map(|at| format!("Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n")).collect();
    assert!(odd(nested).contains(&Oddity::NestingCut));
    assert!(odd(format!("Subject: x\n\n{}", "line of text\n".repeat(1 << 20))).contains(&Oddity::BodyCut));
    let ids: Vec<String> = (0..100_000).map(|at| format!("f*{at}*=x")).collect();
    assert!(odd(format!("Content-Type: text/plain; {}\n\n", ids.join("; "))).contains(&Oddity::HeadersCut));
    let cut = read(vec![b'x'; parse::FILE_CAP + 1]);
    assert!(cut.oddities.contains(&Oddity::FileCut));
    assert_eq!(cut.raw().len(), parse::FILE_CAP);
}

#[test]
fn a_target_that_many_words_lead_to_is_listed_once() {
    let mail = read(
        "Content-Type: text/html\n\n<p><a href='https://a.example/x'>one</a> <a href='https://a.example/x'>two</a> \
         <a href='https://a.example/x'>https://b.example/</a> <a href='https://a.example/x'>https://a.example/x</a>",
    );
    let body = mail.body();
    assert_eq!(body.text.matches("]: https://a.example/x").count(), 2, "{}", body.text);
    assert_eq!(body.links.iter().filter(|link| link.misleading).count(), 1, "what misleads is told apart");
    assert!(body.text.contains("one[^1] two[^1]"), "{}", body.text);
}

#[test]
fn a_table_that_ends_in_a_cell_of_several_rows_is_text() {
    let html = "<table><tr><td>a</td><td colspan=2 rowspan=3>b</td></tr></table><table><tr><td colspan=0 rowspan=0>c\
        <td colspan=99999999999><td rowspan=7>d</table>";
    let text = read(format!("Content-Type: text/html\n\n{html}")).body().text.clone();
    assert!(["a", "b", "c", "d"].iter().all(|cell| text.contains(cell)), "{text}");
}

/// Reliability fact 4: the library that decodes for us overflows the stack when it drops such a tree; we must not.
#[test]
fn deep_nesting_does_not_overflow_a_small_stack() {
    let read_whole = || {
        let message = read("Content-Type: message/rfc822\n\n".repeat(400_000));
        message.body();
        (message.parts().len(), message.digest())
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(read_whole).unwrap();
    assert!(thread.join().unwrap().0 <= 200);
    let html = format!("Content-Type: text/html\n\n{}deep", "<div><b>".repeat(100_000));
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || read(html).body().text.clone()).unwrap();
    assert!(thread.join().unwrap().contains("deep"));
}

#[test]
fn badges_and_sentences_are_there_for_every_oddity() {
    for odd in [
        Oddity::NoFrom,
        Oddity::NoDate,
        Oddity::NoMessageId,
        Oddity::DateOff,
        Oddity::Duplicate { name: "From".into(), count: 2 },
        Oddity::NoBlankLine,
        Oddity::MisleadingSender,
        Oddity::MixedScript,
        Oddity::NestingCut,
        Oddity::PartsCut,
        Oddity::HeadersCut,
        Oddity::BodyCut,
        Oddity::FileCut,
        Oddity::NoHeaders,
        Oddity::Empty,
    ] {
        assert!((3..=20).contains(&text::width(&odd.badge())), "{}", odd.badge());
        assert!(odd.sentence().ends_with('.'), "{}", odd.sentence());
    }
}

/// What must hold for every message whatever its bytes.
fn check(raw: &[u8]) {
    let message = read(raw);
    message.digest();
    message.bare_subject();
    assert!(message.subject.ends_with(message.bare_subject()));
    let body = message.body().clone();
    assert!(body.text.len() <= (12 << 20));
    for (at, part) in message.parts().iter().enumerate() {
        assert_eq!(part.number, at + 1);
        assert!(!part.safe_name.is_empty() && part.safe_name.len() <= 120 && !part.safe_name.starts_with(['.', '-']));
        assert!(!part.safe_name.contains(['/', '\0', '\\']));
        if at < 20 {
            assert_eq!(message.part_bytes(part.number).unwrap().len(), part.size);
        }
    }
    for line in text::wrap(&body.text, 80).iter().take(5_000) {
        assert!(text::width(line) <= 80);
        assert_eq!(text::clean(line), line.as_str(), "wrapped lines are clean");
    }
    message.all_oddities().iter().for_each(|odd| assert!(!odd.badge().is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_a_message(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        check(&raw);
    }

    #[test]
    fn anything_like_a_mail_is_a_message(pieces in prop::collection::vec(prop::sample::select(vec![
        "From: ", "Subject: ", "Date: ", "Content-Type: ", "Content-Transfer-Encoding: base64\n", "Content-Disposition: ",
        "multipart/mixed; boundary=b", "multipart/alternative; boundary=\"c\"", "message/rfc822", "text/html", "text/plain",
        "attachment; filename=\"", "filename*0*=utf-8''%", "\n", "\r\n", "\n\n", "--b\n", "--b--\n", "--c\n", "=?utf-8?Q?=C3",
        "?=", "=?utf-8?B?YQ==?=", "<", ">", "\"", "(", ")", ",", ";", ":", "a@b", "Re: ", "{\"a\":", "[1", "}", "]", "--",
        "<a href=\"http://x.y\">", "</a>", "<table><tr><td>", "&#27;", "\u{1b}[2J", "\u{202e}", "http://e.f", "=", "==", "\0",
        "\r", " ", "\t", "\u{e4}", "x",
    ]), 0..60)) {
        check(pieces.concat().as_bytes());
    }
}

/// Every mail of other people that is there, whole; and what a person must be able to read in Alertmanager's HTML.
#[test]
fn mails_of_the_corpus_are_read() {
    let Some(root) = std::env::var_os("DUTYBOX_CORPUS") else {
        eprintln!("SKIPPED: mails_of_the_corpus_are_read needs DUTYBOX_CORPUS, the folder that holds corpus/");
        return;
    };
    let mut seen = 0;
    let mut folders = vec![Path::new(&root).join("corpus")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "eml") {
                let raw = std::fs::read(&path).unwrap();
                check(&raw);
                seen += 1;
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if name.starts_with("alertmanager-") {
                    check_alertmanager(&name, &read(raw));
                }
            }
        }
    }
    assert!(seen > 0, "there is no mail below {}", Path::new(&root).display());
}

/// A list of the attachments of a message itself: name, content.
fn attachments(message: &Message) -> Vec<(String, String)> {
    let own = message.parts().iter().filter(|part| part.attachment);
    own.map(|part| {
        let bytes = message.part_bytes(part.number).unwrap();
        (part.name.clone().unwrap_or_default(), String::from_utf8_lossy(&bytes).into_owned())
    })
    .collect()
}

#[test]
fn broken_multiparts_show_all_their_files() {
    type Mail<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let table: [Mail<'_>; 8] = [
        // An invitation beside the text is a file.
        (
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: text/calendar\n\nBEGIN\n--b--\n",
            "text",
            &[("", "BEGIN")],
        ),
        // The inner multipart has its parent's boundary.
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n\n--b\n\n\
             text\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n\n--b\nContent-Type: image/gif; name=x.gif\n\ngif\n--b--\n",
            "text",
            &[("x.gif", "gif")],
        ),
        // The same twice, and with one end for both.
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n\
             Content-Type: a/b\n\n1\n--b--\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b\n\n2\n\
             --b--\n--b--\n",
            "text",
            &[("", "1"), ("", "2")],
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n\
             --b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n",
            "text",
            &[],
        ),
        // A boundary that is not the named one, once.
        ("Content-Type: multipart/mixed; boundary=b\n\n--c1\nContent-Type: text/html\n\n<p>html</p>\n", "html", &[]),
        // A parameter that lost its indentation does not end the fields.
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\nContent-Type: a/b;\n\
             name=\"x.zip\"\nContent-Disposition: attachment; filename=\"x.zip\"\n\nemlw\n--b--\n",
            "",
            &[("x.zip", "zip")],
        ),
        // A type that is none still has a name.
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: BINARY; name=x\nContent-Transfer-Encoding: BASE64\n\nemlw\n--b--\n",
            "zip",
            &[("x", "zip")],
        ),
        // Something stands behind the encoding, and in it.
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b\nContent-Transfer-Encoding: base64 (of course); x=y\n\n\
             em*lw\n--b\nContent-Type: a/c\nContent-Transfer-Encoding: \"Quoted-Printable\" ?\n\n=7Aip\n--b--\n",
            "",
            &[("", "zip"), ("", "zip")],
        ),
    ];
    for (raw, text, expected) in table {
        let message = mime(raw);
        assert_eq!(message.body().text.trim_end(), text, "{raw}");
        let expected: Vec<(String, String)> =
            expected.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect();
        assert_eq!(attachments(&message), expected, "{raw}");
    }
    let returns = read(
        "From: a@b\rContent-Type: multipart/mixed; boundary=b\r\r--c1\rContent-Type: text/plain\r\rtext\r--c1--\r",
    );
    assert_eq!(returns.body().text.trim_end(), "text");
}

#[test]
fn uuencoded_files_are_attachments() {
    let message = mime("\nSee the file.\n\nbegin 644 cat \u{e4}.txt\n#8V%T\n`\nend\nThat was it.\n");
    assert_eq!(message.body().text, "See the file.\n\nThat was it.\n");
    assert_eq!(attachments(&message), [("cat \u{e4}.txt".to_owned(), "cat".to_owned())]);
    let encoded = mime(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: a/b; name=x\n\
         Content-Transfer-Encoding: x-uuencode\n\nbegin 666 y\n#8V%T\n`\nend\n--b--\n",
    );
    assert_eq!(attachments(&encoded), [("x".to_owned(), "cat".to_owned())]);
}

#[test]
fn an_encoded_message_is_one_attachment_and_read_where_nothing_else_is() {
    let message = mime(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n\
         U3ViamVjdDogaW5uZXIKCmRpc2sgZnVsbAo=\n--b--\n",
    );
    assert_eq!(attachments(&message), [(String::new(), "Subject: inner\n\ndisk full\n".to_owned())]);
    assert_eq!(message.body().text, "disk full\n");
}

#[test]
fn soft_line_ends_are_no_line_ends() {
    let flowed = mime("Content-Type: text/plain; format=flowed\n\nDisk \nis full\n> and \n> quoted\n");
    assert_eq!(flowed.body().text, "Disk is full\n> and quoted\n");
    let delsp = mime("Content-Type: text/plain; format=Flowed; delsp=yes\n\nhttps://wiki.example/a \nb\n");
    assert_eq!(delsp.body().links[0].target, "https://wiki.example/ab");
}

#[test]
fn wrong_labels_of_charsets_are_seen_through() {
    let plain = |charset: &str, body: &[u8]| {
        let head = format!("Content-Type: text/plain; charset={charset}\n\n");
        read([head.as_bytes(), body].concat()).body().text.clone()
    };
    for (charset, body, expected) in [
        ("iso-8859-1", "für Köln".as_bytes(), "für Köln"),
        ("iso-8859-1", b"f\xfcr \x96 K\xf6ln", "für – Köln"),
        ("gb2312", "你好这里有八个汉字".as_bytes(), "你好这里有八个汉字"),
        ("gb2312", b"\xc4\xe3\xba\xc3", "你好"),
        ("ks_c_5601", b"\xc7\xd1\xb1\xb9", "한국"),
        ("x-sjis", b"\x82\xa0", "あ"),
        ("cp932", b"\x82\xa0", "あ"),
        ("iso-8859-8-i", b"\xf9", "ש"),
        ("unicode-1-1-utf-7", b"f+APw-r", "für"),
        ("\"utf-7\"", b"f+APw-r", "für"),
        ("win-1251", b"\xc4\xe8\xf1\xea", "Диск"),
        ("us-ascii", "Диск полон".as_bytes(), "Диск полон"),
        // Cut within a character.
        ("us-ascii", "Диск полон".as_bytes().split_last().unwrap().1, "Диск поло\u{fffd}"),
    ] {
        assert_eq!(plain(charset, body), expected, "{charset}");
    }
}

/// C28: alert name, labels and runbook URL are readable at 80 columns.
fn check_alertmanager(name: &str, message: &Message) {
    let lines = text::wrap(&message.body().text, 80);
    let has = |start: &str| lines.iter().any(|line| line.trim_start().starts_with(start));
    assert!(has("alertname = "), "{name}: {lines:#?}");
    assert!(has("Labels"), "{name}");
    // No name or URL is broken, whatever its length.
    let alert = message.subject.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 12);
    for word in alert.filter(|word| message.body().text.contains(&word[..12])) {
        assert!(message.body().text.contains(word), "{name}: {word}");
    }
    let raw = String::from_utf8_lossy(message.raw()).replace("=\r\n", "").replace("=\n", "");
    if raw.contains("runbook_url") {
        assert!(lines.iter().any(|line| line.contains("https://runbooks.")), "{name}: {lines:#?}");
        assert!(message.body().links.iter().any(|link| link.target.contains("runbook")), "{name}");
    }
}
