//! The dialogue with an SMTP server (RFC 5321, 3207, 4954), over any connection.
//!
//! Where TLS is wanted, nothing but EHLO and STARTTLS goes over a connection that is not encrypted, and what the server
//! said before is forgotten. A connection lost once the mail's last line has been written leaves [`End::Unknown`].

use super::wire::said;
use crate::config::sending::Tls;
use crate::mail::text::clean_bytes;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

/// Longest line of a reply, in bytes; RFC 5321 §4.5.3.1.5 says 512.
const LINE: usize = 4096;
/// Most lines of a reply.
const LINES: usize = 200;
/// How much of a mail is written at once: each piece has the time of a step.
const PIECE: usize = 64 << 10;
/// How many steps the answer to the whole mail may take: a server may check it before it answers (RFC 5321 §4.5.3.2.6).
const PATIENCE: u32 = 5;
/// How long the answer to QUIT is waited for: nothing depends on it.
const QUIT: Duration = Duration::from_secs(2);
/// How we introduce ourselves: an address literal, which says nothing of this machine (RFC 5321 §4.1.3).
const NAME: &str = "[127.0.0.1]";
/// Longest line of a mail, in bytes (RFC 5321 §4.5.3.1.6).
const TEXT_LINE: usize = 998;

/// A connection.
pub trait Wire: Read + Write {
    /// What follows may take this long in all.
    fn allow(&mut self, time: Duration);
    /// Begins TLS. Nothing can be written in clear any more, whatever comes of it.
    fn encrypt(&mut self) -> Result<(), Trouble>;
    /// Whether it is encrypted.
    fn encrypted(&self) -> bool;
}

/// Whom to log in as.
pub struct Login {
    /// The name.
    pub user: String,
    /// The password: never shown, never written where the connection is not as wanted.
    pub password: String,
}

/// What is to be done.
pub struct Plan<'p> {
    /// How the connection must be encrypted before anything is said.
    pub tls: Tls,
    /// Whom to log in as; `None`: nobody.
    pub login: Option<Login>,
    /// How long a step may take.
    pub step: Duration,
    /// The envelope sender.
    pub from: &'p str,
    /// The envelope recipients.
    pub to: &'p [String],
    /// The mail, with LF or CRLF line ends.
    pub mail: &'p [u8],
}

/// How it ended, once the mail's last line was written.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It was accepted, but for these: recipient, code, why.
    Taken {
        /// Who was refused.
        refused: Vec<(String, u16, String)>,
    },
    /// The answer was not heard.
    Unknown(String),
}

/// Why it was surely not accepted.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A passing fault with this mail.
    Later(String),
    /// The server is not there now, or serves nobody: no other mail would go either.
    Away(String),
    /// The server refuses this mail.
    Refused(String),
    /// What is configured does not work, whatever the mail.
    Broken(String),
}

/// A reply: code and text.
struct Reply {
    code: u16,
    lines: Vec<String>,
}

/// Hands a mail over.
///
/// # Errors
/// Why it was not accepted.
pub fn deliver<W: Wire>(wire: W, plan: &Plan<'_>) -> Result<End, Trouble> {
    let data = canonical(plan.mail)?;
    let mut talk = Talk { wire, step: plan.step, heard: Vec::new(), secrets: Vec::new(), lost: false };
    let ended = talk.deliver(plan, &data);
    talk.quit();
    ended
}

/// Why a mail is not even offered.
const IMPASSABLE: &str = "the mail holds a NUL, a bare CR or a line of more than 998 bytes, which no server passes on: \
                          forward it attached or inline";

/// Whether a line without its end can go through mail servers as it is (RFC 5321 §4.5.3.1.6, RFC 5322 §2.3).
fn passes(line: &[u8]) -> bool {
    line.len() <= TEXT_LINE && memchr::memchr2(b'\r', 0, line).is_none()
}

/// Whether mail servers can pass a mail on as it is, whoever hands it to the first of them: a server that takes it all the
/// same changes it, or sends two mails where there was one.
///
/// # Errors
/// Why not, and what to do instead.
pub(in crate::io) fn passable(mail: &[u8]) -> Result<(), &'static str> {
    let good = mail.split(|byte| *byte == b'\n').all(|line| passes(line.strip_suffix(b"\r").unwrap_or(line)));
    if good { Ok(()) } else { Err(IMPASSABLE) }
}

/// The mail as it goes over the wire: CRLF line ends, dots doubled at the start of lines, a line end at its end.
fn canonical(mail: &[u8]) -> Result<Vec<u8>, Trouble> {
    let mut out = Vec::with_capacity(mail.len() + mail.len() / 32 + 2);
    let mut lines = mail.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() && lines.peek().is_none() {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !passes(line) {
            return Err(Trouble::Refused(IMPASSABLE.into()));
        }
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    Ok(out)
}

struct Talk<W> {
    wire: W,
    step: Duration,
    /// Read and not yet used.
    heard: Vec<u8>,
    /// What must not be shown where the server repeats it.
    secrets: Vec<String>,
    /// Whether reading or writing failed: then nothing more is said.
    lost: bool,
}

impl<W: Wire> Talk<W> {
    fn deliver(&mut self, plan: &Plan<'_>, data: &[u8]) -> Result<End, Trouble> {
        // Before it was asked for this mail, it has nothing against it.
        let can = self.open(plan).map_err(|trouble| match trouble {
            Trouble::Later(why) => Trouble::Away(why),
            other => other,
        })?;
        self.envelope_and_mail(plan, data, &can)
    }

    /// Up to the login; what the server can do.
    fn open(&mut self, plan: &Plan<'_>) -> Result<Vec<String>, Trouble> {
        self.wire.allow(self.step);
        if plan.tls == Tls::Implicit {
            self.wire.encrypt()?;
        }
        let greeting = self.reply().map_err(|why| lost("at the start", &why))?;
        self.wanted(&greeting, 220, "does not take mail now")?;
        let mut can = self.hello()?;
        if plan.tls == Tls::StartTls {
            if !can.iter().any(|can| can.eq_ignore_ascii_case("STARTTLS")) {
                let words =
                    "the server offers no encryption (STARTTLS), or somebody between took it away: nothing was sent";
                return Err(Trouble::Broken(words.into()));
            }
            let ready = self.ask("STARTTLS", "at STARTTLS")?;
            self.wanted(&ready, 220, "does not begin encryption")?;
            // What came with that reply was said in clear, by whoever is between: none of it counts.
            if !self.heard.is_empty() {
                let words =
                    "somebody put text before the encryption began (an attack, or a broken server): nothing was sent";
                return Err(Trouble::Broken(words.into()));
            }
            self.wire.allow(self.step);
            self.wire.encrypt()?;
            can = self.hello()?;
        }
        if plan.tls != Tls::None && !self.wire.encrypted() {
            return Err(Trouble::Broken("the connection is not encrypted: nothing was sent".into()));
        }
        if let Some(login) = &plan.login {
            self.log_in(login, &can)?;
        }
        Ok(can)
    }

    fn envelope_and_mail(&mut self, plan: &Plan<'_>, data: &[u8], can: &[String]) -> Result<End, Trouble> {
        let mut from = format!("MAIL FROM:<{}>", plan.from);
        if let Some(size) = parameter(can, "SIZE") {
            let most: u64 = size.trim().parse().unwrap_or(0);
            if most > 0 && data.len() as u64 > most {
                let words = format!("too large: {} bytes, the server takes {most}; forward it inline", data.len());
                return Err(Trouble::Refused(words));
            }
            from.push_str(&format!(" SIZE={}", data.len()));
        }
        if !data.is_ascii() {
            if parameter(can, "8BITMIME").is_none() {
                let words = "the mail holds 8-bit text, which the server does not take (8BITMIME); forward it inline";
                return Err(Trouble::Refused(words.into()));
            }
            from.push_str(" BODY=8BITMIME");
        }
        let reply = self.ask(&from, "at the sender")?;
        self.good(&reply, "refuses the sender")?;
        let mut refused = Vec::new();
        for to in plan.to {
            let reply = self.ask(&format!("RCPT TO:<{to}>"), "at a recipient")?;
            // It hangs up after this: what it said of the others counts no more.
            if reply.code == 421 {
                return Err(Trouble::Later(format!("the server hangs up: {}", self.words(&reply))));
            }
            if !(200..300).contains(&reply.code) {
                refused.push((to.clone(), reply.code, self.words(&reply)));
            }
        }
        if refused.len() == plan.to.len() {
            let words: Vec<String> = refused.iter().map(|(to, _, why)| format!("{to}: {why}")).collect();
            let words = format!("no recipient was accepted: {}", words.join("; "));
            let later = refused.iter().any(|(_, code, _)| *code < 500);
            return Err(if later { Trouble::Later(words) } else { Trouble::Refused(words) });
        }
        let reply = self.ask("DATA", "at DATA")?;
        self.wanted(&reply, 354, "refuses the mail")?;
        for piece in data.chunks(PIECE) {
            self.write(piece).map_err(|why| lost("while the mail was written", &why))?;
        }
        // From here on the server may have the whole mail.
        if let Err(why) = self.write(b".\r\n") {
            return Ok(End::Unknown(format!("the connection was lost at the end of the mail: {why}")));
        }
        self.wire.allow(self.step.saturating_mul(PATIENCE));
        match self.reply() {
            Ok(reply) if (200..300).contains(&reply.code) => Ok(End::Taken { refused }),
            Ok(reply) if reply.code >= 400 => Err(self.trouble(&reply, "refuses the mail")),
            Ok(reply) => Ok(End::Unknown(format!("the answer to the mail is none: {}", self.words(&reply)))),
            Err(why) => Ok(End::Unknown(format!("the mail was written, and no answer came: {why}"))),
        }
    }

    /// EHLO; what the server can do, one line each.
    fn hello(&mut self) -> Result<Vec<String>, Trouble> {
        let reply = self.ask(&format!("EHLO {NAME}"), "at EHLO")?;
        self.good(&reply, "speaks no ESMTP")?;
        Ok(reply.lines.into_iter().skip(1).collect())
    }

    fn log_in(&mut self, login: &Login, can: &[String]) -> Result<(), Trouble> {
        let offered = parameter(can, "AUTH").unwrap_or_default().to_ascii_uppercase();
        let offers = |name: &str| offered.split_whitespace().any(|word| word == name);
        let (user, password) = (base64(login.user.as_bytes()), base64(login.password.as_bytes()));
        let both = base64(format!("\0{}\0{}", login.user, login.password).as_bytes());
        self.secrets = vec![both.clone(), password.clone(), login.password.clone()];
        let reply = if offers("PLAIN") {
            self.ask(&format!("AUTH PLAIN {both}"), "at the login")?
        } else if offers("LOGIN") {
            let mut reply = self.ask("AUTH LOGIN", "at the login")?;
            for answer in [&user, &password] {
                if reply.code == 334 {
                    reply = self.ask(answer, "at the login")?;
                }
            }
            reply
        } else {
            let words = "the server offers no login that dutybox knows (PLAIN, LOGIN): correct sending.smtp";
            return Err(Trouble::Broken(words.into()));
        };
        match reply.code {
            235 => Ok(()),
            400..500 => Err(Trouble::Later(format!("no login now: {}", self.words(&reply)))),
            _ => {
                let words = self.words(&reply);
                Err(Trouble::Broken(format!(
                    "the server does not let {} in: {words}; correct sending.smtp or sending.password-command",
                    login.user
                )))
            }
        }
    }

    /// A command and its reply.
    fn ask(&mut self, command: &str, when: &str) -> Result<Reply, Trouble> {
        // A reply that nobody asked for would be taken for the answer to this.
        if !self.heard.is_empty() {
            return Err(Trouble::Later(format!("the server speaks out of turn {when}")));
        }
        let line = format!("{command}\r\n");
        self.write(line.as_bytes()).map_err(|why| lost(when, &why))?;
        self.reply().map_err(|why| lost(when, &why))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.wire.allow(self.step);
        let written = self.wire.write_all(bytes).and_then(|()| self.wire.flush());
        self.lost |= written.is_err();
        written.map_err(|error| said(&error))
    }

    /// The next reply, all of its lines.
    fn reply(&mut self) -> Result<Reply, String> {
        let reply = self.read_reply();
        self.lost |= reply.is_err();
        reply
    }

    fn read_reply(&mut self) -> Result<Reply, String> {
        let mut lines = Vec::new();
        let mut code = None;
        while lines.len() < LINES {
            let line = self.line()?;
            let (digits, rest) = line.split_at_checked(3).ok_or("its reply is none")?;
            let number = digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u16::from(d - b'0')));
            let number = number.filter(|n| (200..600).contains(n)).ok_or("its reply is none")?;
            if code.is_some_and(|code| code != number) {
                return Err("its reply has two codes".into());
            }
            code = Some(number);
            let (more, text) = match rest.split_first() {
                Some((b'-', text)) => (true, text),
                Some((b' ', text)) => (false, text),
                None => (false, rest),
                Some(_) => return Err("its reply is none".into()),
            };
            lines.push(clean_bytes(text).trim().to_owned());
            if !more {
                return Ok(Reply { code: number, lines });
            }
        }
        Err("its reply does not end".into())
    }

    fn line(&mut self) -> Result<Vec<u8>, String> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.heard) {
                let mut line: Vec<u8> = self.heard.drain(..=end).collect();
                line.truncate(end);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return if line.len() > LINE { Err("its reply is too long".into()) } else { Ok(line) };
            }
            if self.heard.len() > LINE {
                return Err("its reply is too long".into());
            }
            let mut buffer = [0; 2048];
            match self.wire.read(&mut buffer) {
                Ok(0) => return Err("it closed the connection".into()),
                Ok(n) => self.heard.extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(said(&error)),
            }
        }
    }

    /// Takes leave, so that the server need not wait for more.
    fn quit(&mut self) {
        if !self.lost && self.heard.is_empty() && self.write(b"QUIT\r\n").is_ok() {
            self.wire.allow(QUIT.min(self.step));
            let _ = self.reply();
        }
    }

    fn good(&self, reply: &Reply, what: &str) -> Result<(), Trouble> {
        if (200..300).contains(&reply.code) { Ok(()) } else { Err(self.trouble(reply, what)) }
    }

    fn wanted(&self, reply: &Reply, code: u16, what: &str) -> Result<(), Trouble> {
        if reply.code == code { Ok(()) } else { Err(self.trouble(reply, what)) }
    }

    /// A reply that is not the wanted one: 5xx is for ever, anything else passes.
    fn trouble(&self, reply: &Reply, what: &str) -> Trouble {
        let words = format!("the server {what}: {}", self.words(reply));
        if reply.code >= 500 { Trouble::Refused(words) } else { Trouble::Later(words) }
    }

    /// A reply for people: cleaned when it was read, and without what the server repeats of the login.
    fn words(&self, reply: &Reply) -> String {
        let text = reply.lines.join(" ");
        let text = self.secrets.iter().fold(text, |text, secret| text.replace(secret, "[hidden]"));
        format!("{} {text}", reply.code).trim_end().to_owned()
    }
}

fn lost(when: &str, why: &str) -> Trouble {
    Trouble::Later(format!("the server was lost {when}: {why}"))
}

/// What stands behind a keyword of EHLO, where the server has it.
fn parameter<'c>(can: &'c [String], keyword: &str) -> Option<&'c str> {
    can.iter().find_map(|line| {
        let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
        word.eq_ignore_ascii_case(keyword).then_some(rest)
    })
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let three = (0..3).fold(0u32, |all, i| all << 8 | u32::from(piece.get(i).copied().unwrap_or(0)));
        for i in 0..4u32 {
            let digit = DIGITS.get((three >> (18 - 6 * i) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if i as usize <= piece.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Result as IoResult;

    /// A server that says these bytes, whatever it is asked; a second helping once the connection is encrypted.
    struct Fake {
        clear: Vec<u8>,
        hidden: Vec<u8>,
        encrypted: bool,
        /// What was written, and whether the connection was encrypted then.
        written: std::rc::Rc<std::cell::RefCell<Written>>,
    }

    impl Read for Fake {
        fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
            let from = if self.encrypted { &mut self.hidden } else { &mut self.clear };
            // As a line comes at a time over the network, so that there is a next line for the next command.
            let line = memchr::memchr(b'\n', from).map_or(from.len(), |end| end + 1);
            let n = line.min(buffer.len());
            buffer[..n].copy_from_slice(&from[..n]);
            from.drain(..n);
            Ok(n)
        }
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
            self.written.borrow_mut().push((self.encrypted, bytes.to_vec()));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> IoResult<()> {
            Ok(())
        }
    }

    impl Wire for Fake {
        fn allow(&mut self, _: Duration) {}

        fn encrypt(&mut self) -> Result<(), Trouble> {
            self.encrypted = true;
            Ok(())
        }

        fn encrypted(&self) -> bool {
            self.encrypted
        }
    }

    type Written = Vec<(bool, Vec<u8>)>;

    fn talk(tls: Tls, clear: &[u8], hidden: &[u8], mail: &[u8]) -> (Result<End, Trouble>, Written) {
        let written = std::rc::Rc::default();
        let wire = Fake {
            clear: clear.to_vec(),
            hidden: hidden.to_vec(),
            encrypted: false,
            written: std::rc::Rc::clone(&written),
        };
        let to = ["a@example.net".to_owned(), "b@example.net".to_owned()];
        let login = Some(Login { user: "ann".into(), password: "hunter2".into() });
        let step = Duration::from_secs(1);
        let ended = deliver(wire, &Plan { tls, login, step, from: "duty@example.org", to: &to, mail });
        let written = written.borrow().clone();
        (ended, written)
    }

    /// Replies as a server gives them, odd ones among them, and bytes that are none.
    fn replies() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            Just("220 ready".to_owned()),
            Just("250 ok".to_owned()),
            Just("250-STARTTLS".to_owned()),
            Just("250 STARTTLS".to_owned()),
            Just("250-AUTH PLAIN LOGIN".to_owned()),
            Just("250-8BITMIME".to_owned()),
            Just("235 in".to_owned()),
            Just("334 Og==".to_owned()),
            Just("354 go".to_owned()),
            Just("421 bye".to_owned()),
            Just("550 no".to_owned()),
            "[ -~]{0,20}",
        ];
        let end = prop_oneof![8 => Just("\r\n"), 1 => Just("\n"), 1 => Just("")];
        prop::collection::vec((line, end), 0..16)
            .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect::<String>().into_bytes())
    }

    proptest! {
        #[test]
        fn nothing_but_hello_and_starttls_goes_in_clear_where_tls_is_wanted(
            clear in replies(), hidden in replies(), implicit in any::<bool>(),
        ) {
            let tls = if implicit { Tls::Implicit } else { Tls::StartTls };
            let (_, written) = talk(tls, &clear, &hidden, b"Subject: x\n\nsecret words\n");
            for (encrypted, bytes) in &written {
                let line = String::from_utf8_lossy(bytes);
                let harmless = ["EHLO [127.0.0.1]\r\n", "STARTTLS\r\n", "QUIT\r\n"].contains(&&*line);
                prop_assert!(*encrypted || (harmless && !implicit), "{line:?} in clear");
            }
        }

        #[test]
        fn it_ends_whatever_the_server_says_and_is_sent_only_after_the_last_line(
            clear in prop_oneof![replies(), prop::collection::vec(any::<u8>(), 0..9000)], hidden in replies(),
        ) {
            for tls in [Tls::None, Tls::StartTls, Tls::Implicit] {
                let (ended, written) = talk(tls, &clear, &hidden, b"Subject: x\n\n.\n");
                let all: Vec<u8> = written.into_iter().flat_map(|(_, bytes)| bytes).collect();
                let whole = memchr::memmem::find(&all, b"\r\n..\r\n.\r\n").is_some();
                prop_assert!(whole || ended.is_err(), "{ended:?}");
            }
        }

        #[test]
        fn a_mail_on_the_wire_comes_back_line_for_line(mail in "([a-z. ]{0,9}(\n|\r\n)){0,9}[a-z.]{0,9}") {
            let wire = canonical(mail.as_bytes()).unwrap();
            let text = String::from_utf8(wire).unwrap();
            let lines: Vec<&str> = text.split_terminator("\r\n").collect();
            prop_assert!(lines.iter().all(|line| *line != "." && !line.contains(['\r', '\n'])));
            let back: Vec<&str> = lines.iter().map(|line| line.strip_prefix('.').unwrap_or(line)).collect();
            prop_assert_eq!(back, mail.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_whole_dialogue_in_clear_as_a_transcript() {
        let clear = b"220 hi\r\n250-me\r\n250-AUTH PLAIN\r\n250 SIZE 1000\r\n235 in\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 taken\r\n221 bye\r\n";
        let (ended, written) = talk(Tls::None, clear, b"", b"Subject: x\n\nhi\n");
        let refused = vec![("b@example.net".to_owned(), 550, "550 no".to_owned())];
        assert_eq!(ended, Ok(End::Taken { refused }));
        let all: Vec<u8> = written.into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(
            String::from_utf8(all).unwrap(),
            "EHLO [127.0.0.1]\r\nAUTH PLAIN AGFubgBodW50ZXIy\r\nMAIL FROM:<duty@example.org> SIZE=18\r\n\
             RCPT TO:<a@example.net>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nSubject: x\r\n\r\nhi\r\n.\r\nQUIT\r\n"
        );
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
