//! A small SMTP server on 127.0.0.1 for tests: certificates of its own making, every line written down, and told to
//! misbehave at a command.

use dutybox::config::Config;
use dutybox::config::sending::{Smtp, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the server does where a command begins so; the greeting's command is "" and the mail's last line is ".".
#[derive(Clone, Debug)]
pub enum Do {
    /// Says this instead.
    Say(String),
    /// Says this, then sees TLS or the next command as ever.
    SayFirst(String),
    /// Closes the connection.
    Close,
    /// Says nothing until the client gives up.
    Hang,
    /// Sends a byte now and then, and never a line end.
    Drip,
    /// Sends that many bytes without a line end, then waits.
    Flood(usize),
}

/// How it is set up.
#[derive(Clone)]
pub struct Setup {
    pub tls: Tls,
    /// What it offers after EHLO, but for STARTTLS.
    pub offers: Vec<String>,
    pub rules: Vec<(String, Do)>,
    /// For which name its certificate is.
    pub name: String,
    /// The last year in which the certificate is valid.
    pub until: i32,
    /// Whether its own key signed the certificate.
    pub self_signed: bool,
    /// At one in so many replies the connection is cut instead, before or after what was asked for was done; 0: never.
    pub cuts: u64,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            tls: Tls::StartTls,
            offers: ["SIZE 50000000", "8BITMIME", "AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES"].map(String::from).to_vec(),
            rules: Vec::new(),
            name: "localhost".into(),
            until: 2200,
            self_signed: false,
            cuts: 0,
        }
    }
}

impl Setup {
    pub fn tls(tls: Tls) -> Setup {
        Setup { tls, ..Setup::default() }
    }

    /// The same, but at a command that begins so.
    pub fn but(mut self, at: &str, what: Do) -> Setup {
        self.rules.push((at.to_owned(), what));
        self
    }
}

/// A mail that was accepted.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// As it came over the wire, without the last line.
    pub wire: Vec<u8>,
}

impl Taken {
    /// The mail itself: doubled dots are single again.
    pub fn mail(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for line in self.wire.split_inclusive(|byte| *byte == b'\n') {
            out.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        out
    }

    pub fn message_id(&self) -> String {
        let text = String::from_utf8_lossy(&self.wire).into_owned();
        let line = text.lines().find(|line| line.starts_with("Message-ID:")).expect("it has an id");
        line.trim_start_matches("Message-ID:").trim().trim_matches(['<', '>']).to_owned()
    }
}

/// What it heard.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Each line, and whether it came encrypted.
    pub lines: Vec<(bool, String)>,
    pub taken: Vec<Taken>,
    /// How many connections were greeted.
    pub greeted: usize,
}

impl Log {
    /// Lines that came in clear.
    pub fn clear(&self) -> Vec<&str> {
        self.lines.iter().filter(|(encrypted, _)| !encrypted).map(|(_, line)| line.as_str()).collect()
    }

    pub fn heard(&self, start: &str) -> bool {
        self.lines.iter().any(|(_, line)| line.starts_with(start))
    }
}

pub struct Server {
    pub port: u16,
    /// The authority that signed its certificate.
    pub ca: PathBuf,
    log: Arc<Mutex<Log>>,
    stop: Arc<AtomicBool>,
    /// How many replies there were, where connections are cut; `u64::MAX`: none is any more.
    replies: Arc<AtomicU64>,
    accepting: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

impl Server {
    pub fn start(dir: &Path, setup: Setup) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (ca, tls) = certificate(dir, port, &setup);
        let (log, stop) = (Arc::new(Mutex::new(Log::default())), Arc::new(AtomicBool::new(false)));
        let (heard, stopped) = (log.clone(), stop.clone());
        let replies = Arc::new(AtomicU64::new(0));
        let counted = replies.clone();
        let accepting = std::thread::spawn(move || {
            let mut talks = Vec::new();
            for tcp in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(tcp) = tcp else { continue };
                let (setup, tls, log, replies) = (setup.clone(), tls.clone(), heard.clone(), counted.clone());
                talks.push(std::thread::spawn(move || {
                    Talk { link: Link::Clear(tcp), tls, setup, log, replies, heard: Vec::new() }.run();
                }));
            }
            talks
        });
        Server { port, ca, log, stop, replies, accepting: Some(accepting) }
    }

    /// From now on no connection is cut.
    pub fn calm(&self) {
        self.replies.store(u64::MAX, Ordering::SeqCst);
    }

    /// What it heard so far.
    pub fn so_far(&self) -> Log {
        self.log.lock().unwrap().clone()
    }

    /// The authority's certificate; ends the server.
    pub fn pem(self) -> String {
        let text = fs::read_to_string(&self.ca).unwrap();
        self.end();
        text
    }

    /// Ends when all clients are gone; what it heard.
    pub fn end(mut self) -> Log {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        for talk in self.accepting.take().unwrap().join().unwrap() {
            talk.join().unwrap();
        }
        self.so_far()
    }

    /// The client's side: no login, its authority trusted.
    pub fn smtp(&self, tls: Tls) -> Smtp {
        let ca = Some(self.ca.clone());
        Smtp { host: "localhost".into(), port: self.port, tls, user: None, password: None, ca }
    }

    /// The same with a login.
    pub fn smtp_as(&self, tls: Tls, user: &str, password: &str) -> Smtp {
        let command = ["sh", "-c", &format!("echo '{password}'")].map(String::from).to_vec();
        Smtp { user: Some(user.into()), password: Some(command), ..self.smtp(tls) }
    }

    /// A configuration that sends to it.
    pub fn config(&self, tls: Tls) -> Config {
        Config { own: vec!["duty@example.org".into()], smtp: Some(self.smtp(tls)), ..Config::default() }
    }
}

/// An authority's PEM file, and the server's side of TLS.
fn certificate(dir: &Path, port: u16, setup: &Setup) -> (PathBuf, Arc<ServerConfig>) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "an authority of this test");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![setup.name.clone()]).unwrap();
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(setup.until, 12, 31);
    let own = if setup.self_signed { params.self_signed(&key) } else { params.signed_by(&key, &authority) }.unwrap();
    let file = dir.join(format!("ca-{port}.pem"));
    fs::write(&file, authority.as_ref().pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![own.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (file, Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap()))
}

enum Link {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    Gone,
}

struct Talk {
    link: Link,
    tls: Arc<ServerConfig>,
    setup: Setup,
    log: Arc<Mutex<Log>>,
    replies: Arc<AtomicU64>,
    heard: Vec<u8>,
}

impl Talk {
    /// Whether the connection is cut here. Which replies those are depends on nothing but their number.
    fn is_cut(&self) -> bool {
        let one_more = |count: u64| count.checked_add(1);
        let Ok(count) = self.replies.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more) else { return false };
        self.setup.cuts > 0 && (count.wrapping_mul(6_364_136_223_846_793_005) >> 33) % self.setup.cuts == 0
    }

    /// Until the client is gone, or the rules end it. Everything that fails ends it: the client sees a lost connection.
    fn run(&mut self) {
        if self.setup.tls == Tls::Implicit && !self.encrypt() {
            return;
        }
        self.log.lock().unwrap().greeted += 1;
        if !self.obey("", "220 fake ESMTP") {
            return;
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        while let Some(line) = self.line() {
            let line = String::from_utf8_lossy(&line).into_owned();
            let encrypted = matches!(self.link, Link::Tls(_));
            self.log.lock().unwrap().lines.push((encrypted, line.clone()));
            let word = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let reply = match word.as_str() {
                "EHLO" => self.offers(encrypted),
                "STARTTLS" => {
                    if !self.obey(&line, "220 go on") || !self.encrypt() {
                        return;
                    }
                    continue;
                }
                "AUTH" if line == "AUTH LOGIN" => "334 VXNlcm5hbWU6".to_owned(),
                "AUTH" => "235 welcome".to_owned(),
                "MAIL" => {
                    from = line.clone();
                    to.clear();
                    "250 ok".to_owned()
                }
                "RCPT" => "250 ok".to_owned(),
                "DATA" => "354 go on".to_owned(),
                "QUIT" => "221 bye".to_owned(),
                // The two answers of AUTH LOGIN.
                _ if line.ends_with('=') || !line.contains(' ') => {
                    if line == "cGFzcw==" { "235 welcome" } else { "334 UGFzc3dvcmQ6" }.to_owned()
                }
                _ => "500 what?".to_owned(),
            };
            let refused = self.setup.rules.iter().any(|(at, _)| !at.is_empty() && line.starts_with(at.as_str()));
            if word == "RCPT" && !refused {
                to.push(line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned());
            }
            if !self.obey(&line, &reply) {
                return;
            }
            if word == "DATA" && !refused {
                let Some(wire) = self.data() else { return };
                let begun = from.trim_start_matches("MAIL FROM:<");
                let from = begun.split('>').next().unwrap_or_default().to_owned();
                let accepts = !self.setup.rules.iter().any(|(at, what)| at == "." && matches!(what, Do::Say(_)));
                if accepts {
                    self.log.lock().unwrap().taken.push(Taken { from, to: to.clone(), wire });
                }
                if !self.obey(".", "250 taken") {
                    return;
                }
            }
            if word == "QUIT" {
                return;
            }
        }
    }

    fn offers(&self, encrypted: bool) -> String {
        let mut lines = vec!["fake".to_owned()];
        lines.extend(self.setup.offers.iter().cloned());
        if self.setup.tls == Tls::StartTls && !encrypted {
            lines.push("STARTTLS".into());
        }
        let last = lines.len() - 1;
        let said = lines.iter().enumerate().map(|(i, line)| format!("250{}{line}", if i == last { ' ' } else { '-' }));
        said.collect::<Vec<_>>().join("\r\n")
    }

    /// Replies, or does what the rule for the command says; whether the dialogue goes on.
    fn obey(&mut self, command: &str, reply: &str) -> bool {
        let rule =
            self.setup.rules.iter().find(|(at, _)| {
                if at.is_empty() || at == "." { at == command } else { command.starts_with(at.as_str()) }
            });
        match rule.map(|(_, what)| what.clone()) {
            _ if self.is_cut() => false,
            None => self.say(format!("{reply}\r\n").as_bytes()),
            Some(Do::Say(other)) => self.say(format!("{other}\r\n").as_bytes()),
            Some(Do::SayFirst(other)) => self.say(format!("{reply}\r\n{other}\r\n").as_bytes()),
            Some(Do::Close) => false,
            Some(Do::Hang) => {
                while self.read() {}
                false
            }
            Some(Do::Drip) => {
                // The pace of a slow server; the client's patience ends it.
                while self.say(b"2") {
                    std::thread::sleep(Duration::from_millis(10));
                }
                false
            }
            Some(Do::Flood(bytes)) => {
                let piece = vec![b'2'; 1 << 16];
                let mut left = bytes;
                while left > 0 && self.say(&piece[..left.min(piece.len())]) {
                    left = left.saturating_sub(piece.len());
                }
                while self.read() {}
                false
            }
        }
    }

    fn encrypt(&mut self) -> bool {
        let Link::Clear(mut tcp) = std::mem::replace(&mut self.link, Link::Gone) else { return false };
        let mut tls = ServerConnection::new(self.tls.clone()).unwrap();
        while tls.is_handshaking() {
            if tls.complete_io(&mut tcp).is_err() {
                // What a client says in clear after a handshake that failed would be a fault of the client's.
                let mut rest = Vec::new();
                let _ = tcp.read_to_end(&mut rest);
                let mail = String::from_utf8_lossy(&rest).into_owned();
                if ["AUTH", "MAIL", "EHLO"].iter().any(|word| mail.contains(word)) {
                    self.log.lock().unwrap().lines.push((false, mail));
                }
                return false;
            }
        }
        self.link = Link::Tls(Box::new(StreamOwned::new(tls, tcp)));
        true
    }

    fn say(&mut self, bytes: &[u8]) -> bool {
        match &mut self.link {
            Link::Clear(tcp) => tcp.write_all(bytes).and_then(|()| tcp.flush()).is_ok(),
            Link::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()).is_ok(),
            Link::Gone => false,
        }
    }

    fn read(&mut self) -> bool {
        let mut buffer = [0; 16384];
        let read = match &mut self.link {
            Link::Clear(tcp) => tcp.read(&mut buffer),
            Link::Tls(tls) => tls.read(&mut buffer),
            Link::Gone => return false,
        };
        match read {
            Ok(0) | Err(_) => false,
            Ok(n) => {
                self.heard.extend_from_slice(&buffer[..n]);
                true
            }
        }
    }

    /// The next line without its end, which must be CRLF.
    fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.heard.drain(..=end).collect();
                line.pop();
                // Only what ends with CRLF is a command.
                return (line.pop() == Some(b'\r')).then_some(line);
            }
            if !self.read() {
                return None;
            }
        }
    }

    /// The mail, up to the line that is a dot; nothing where the client went away before.
    fn data(&mut self) -> Option<Vec<u8>> {
        let mut from = 0;
        loop {
            // The text before may end in the read before.
            let begin = from.max(4) - 4;
            let found = self.heard[begin..].windows(5).position(|bytes| bytes == b"\r\n.\r\n").map(|at| at + begin);
            if let Some(at) = found {
                let mut wire: Vec<u8> = self.heard.drain(..at + 5).collect();
                wire.truncate(at + 2);
                return Some(wire);
            }
            from = self.heard.len();
            if !self.read() {
                return None;
            }
        }
    }
}
