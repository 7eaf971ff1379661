//! f11: an SMTP server that says anything at all.

use dutybox::config::sending::Tls;
use dutybox::io::smtp::dialogue::{End, Login, Plan, Trouble, Wire, deliver};
use std::cell::RefCell;
use std::io::{ErrorKind, Read, Result, Write};
use std::rc::Rc;
use std::time::Duration;

/// What was written, and whether the connection was encrypted then.
type Written = Vec<(bool, Vec<u8>)>;

/// A server that says these bytes whatever it is asked, others once the connection is encrypted.
struct Fake<'a> {
    clear: &'a [u8],
    hidden: &'a [u8],
    encrypted: bool,
    /// Whether TLS comes about; where it does not, the connection is closed.
    agrees: bool,
    closed: bool,
    written: Rc<RefCell<Written>>,
}

impl Read for Fake<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.closed {
            return Err(ErrorKind::NotConnected.into());
        }
        let from = if self.encrypted { &mut self.hidden } else { &mut self.clear };
        // A line at a time, as over the network, so that there is a next line for the next command.
        let line = memchr::memchr(b'\n', from).map_or(from.len(), |end| end + 1);
        let (said, rest) = from.split_at(line.min(buffer.len()));
        buffer[..said.len()].copy_from_slice(said);
        *from = rest;
        Ok(said.len())
    }
}

impl Write for Fake<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.closed {
            return Err(ErrorKind::NotConnected.into());
        }
        self.written.borrow_mut().push((self.encrypted, bytes.to_vec()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Wire for Fake<'_> {
    fn allow(&mut self, _: Duration) {}

    fn encrypt(&mut self) -> std::result::Result<(), Trouble> {
        if !self.agrees {
            self.closed = true;
            return Err(Trouble::Broken("the certificate is of another".into()));
        }
        self.encrypted = true;
        Ok(())
    }

    fn encrypted(&self) -> bool {
        self.encrypted
    }
}

/// The first byte says how; up to a line with `=` alone the server speaks in clear, then encrypted.
pub(super) fn f11(data: &[u8]) {
    let (how, said) = data.split_first().unwrap_or((&0, b""));
    let (clear, hidden) = match memchr::memmem::find(said, b"\n=\n") {
        Some(at) => (&said[..=at], &said[at + 3..]),
        None => (said, said),
    };
    let tls = [Tls::StartTls, Tls::Implicit, Tls::None][usize::from(how % 3)];
    let login = (how & 4 == 0).then(|| Login { user: "ann".into(), password: "hunter2".into() });
    let written = Rc::new(RefCell::new(Written::new()));
    let wire =
        Fake { clear, hidden, encrypted: false, agrees: how & 8 == 0, closed: false, written: Rc::clone(&written) };
    let to = ["a@example.net".to_owned(), "b@example.net".to_owned()];
    let mail = b"Subject: x\n\n.\nsecret words\n";
    let plan = Plan { tls, login, step: Duration::from_secs(1), from: "duty@example.org", to: &to, mail };
    let ended = deliver(wire, &plan);
    let written = written.borrow();
    for (encrypted, bytes) in written.iter() {
        let line = String::from_utf8_lossy(bytes);
        let harmless = ["EHLO [127.0.0.1]\r\n", "STARTTLS\r\n", "QUIT\r\n"].contains(&&*line);
        assert!(*encrypted || tls == Tls::None || (harmless && tls == Tls::StartTls), "{line:?} in clear");
    }
    let all: Vec<u8> = written.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    assert!(all.iter().zip(all.iter().skip(1)).all(|pair| (*pair.1 == b'\n') == (*pair.0 == b'\r')), "CRLF only");
    assert_eq!(all.iter().filter(|byte| **byte == b'\n').count(), all.iter().filter(|byte| **byte == b'\r').count());
    let whole = memchr::memmem::find(&all, b"\r\n..\r\nsecret words\r\n.\r\n").is_some();
    assert!(whole || ended.is_err(), "sent before its last line was: {ended:?}");
    let words = match &ended {
        Ok(End::Taken { refused }) => {
            assert!(refused.len() < to.len() && refused.iter().all(|(who, ..)| to.contains(who)), "{refused:?}");
            refused.iter().map(|(.., why)| why.as_str()).collect::<Vec<_>>().join("; ")
        }
        Ok(End::Unknown(why)) => why.clone(),
        Err(Trouble::Later(why) | Trouble::Away(why) | Trouble::Refused(why) | Trouble::Broken(why)) => why.clone(),
    };
    super::assert_clean("what the server said", &words);
    // A server that was not told the password and says it all the same has it from elsewhere.
    let told = written.iter().any(|(_, bytes)| bytes.starts_with(b"AUTH"));
    assert!(!told || !words.contains("hunter2"), "the password is shown: {words:?}");
}
