//! The connection to an SMTP server: name and address, one deadline for each step, TLS by rustls.

use super::super::maildir::plain;
use super::dialogue::{Trouble, Wire};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// What is trusted: TLS 1.2 and 1.3, the authorities of the system, or those of the file instead.
///
/// # Errors
/// A file that cannot be used, a system without authorities.
pub(super) fn trust(file: Option<&Path>) -> Result<Arc<ClientConfig>, Trouble> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let name = file.display();
            let wrong = |why: String| Trouble::Broken(format!("sending.ca-file: {name}: {why}"));
            let text = std::fs::read(file).map_err(|error| wrong(plain(&error).to_string()))?;
            for authority in CertificateDer::pem_slice_iter(&text) {
                let authority = authority.map_err(|error| wrong(format!("no PEM file: {error}")))?;
                roots.add(authority).map_err(|error| wrong(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(wrong("no certificate in it (-----BEGIN CERTIFICATE-----)".into()));
            }
        }
        None => {
            // One that cannot be read is no reason to trust none of the others.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                let words = "this machine trusts no authority: install ca-certificates, or set sending.ca-file";
                return Err(Trouble::Broken(words.into()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::Broken(format!("no TLS: {error}")))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// A connection.
pub(super) struct Net {
    link: Link,
    name: String,
    trust: Option<Arc<ClientConfig>>,
}

enum Link {
    Clear(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
    /// TLS was begun and failed: nothing goes in clear after that.
    Closed,
}

impl Net {
    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// A server that cannot be reached.
    pub(super) fn connect(
        host: &str,
        port: u16,
        trust: Option<Arc<ClientConfig>>,
        time: Duration,
    ) -> Result<Net, Trouble> {
        let deadline = Instant::now() + time;
        let unreachable = |why: &str| Trouble::Away(format!("cannot reach {host}:{port}: {why}"));
        let mut last = "it has no address".to_owned();
        let addresses = resolve(host, port, time).map_err(|why| unreachable(&why))?;
        for (at, address) in addresses.iter().enumerate() {
            // One that swallows everything leaves time for the others.
            let others = u32::try_from(addresses.len() - at).unwrap_or(1).max(1);
            let left = deadline.saturating_duration_since(Instant::now()) / others;
            if left.is_zero() {
                last = "it does not answer".into();
                break;
            }
            match TcpStream::connect_timeout(address, left) {
                Ok(tcp) => {
                    // Commands are short, and each waits for its answer.
                    let _ = tcp.set_nodelay(true);
                    let link = Link::Clear(Timed { tcp, deadline });
                    return Ok(Net { link, name: host.to_owned(), trust });
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => last = "it does not answer".into(),
                Err(error) => last = plain(&error).to_string(),
            }
        }
        Err(unreachable(&last))
    }
}

/// Addresses of a name. The system's resolver knows no time-out of ours, so it is asked from a thread that may be left
/// behind.
fn resolve(host: &str, port: u16, time: Duration) -> Result<Vec<SocketAddr>, String> {
    let (tell, told) = channel();
    let name = host.to_owned();
    let ask = move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let _ = tell.send(found);
    };
    std::thread::Builder::new().name("dutybox-resolve".into()).spawn(ask).map_err(|error| plain(&error).to_string())?;
    match told.recv_timeout(time) {
        Ok(found) => found.map_err(|error| plain(&error).to_string()),
        Err(_) => Err("its name is not resolved in time".into()),
    }
}

impl Wire for Net {
    fn allow(&mut self, time: Duration) {
        let timed = match &mut self.link {
            Link::Clear(timed) => timed,
            Link::Tls(stream) => &mut stream.sock,
            Link::Closed => return,
        };
        timed.deadline = Instant::now() + time;
    }

    fn encrypt(&mut self) -> Result<(), Trouble> {
        let name = &self.name;
        let broken = |why: String| Trouble::Broken(format!("no safe connection to {name}: {why}; nothing was sent"));
        let Link::Clear(mut timed) = std::mem::replace(&mut self.link, Link::Closed) else {
            return Err(broken("TLS was begun twice".into()));
        };
        let trust = self.trust.clone().ok_or_else(|| broken("nobody is trusted".into()))?;
        let server = ServerName::try_from(name.clone()).map_err(|_| broken("its name is none".into()))?;
        let mut tls = ClientConnection::new(trust, server).map_err(|error| broken(error.to_string()))?;
        while tls.is_handshaking() {
            if let Err(error) = tls.complete_io(&mut timed) {
                let found = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
                return Err(match found {
                    Some(found) => broken(in_words(found)),
                    None => {
                        Trouble::Later(format!("the connection was lost before it was encrypted: {}", said(&error)))
                    }
                });
            }
        }
        self.link = Link::Tls(Box::new(StreamOwned::new(tls, timed)));
        Ok(())
    }

    fn encrypted(&self) -> bool {
        matches!(self.link, Link::Tls(_))
    }
}

impl Read for Net {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        match &mut self.link {
            Link::Clear(timed) => timed.read(buffer),
            Link::Tls(stream) => stream.read(buffer),
            Link::Closed => Err(ErrorKind::NotConnected.into()),
        }
    }
}

impl Write for Net {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        match &mut self.link {
            Link::Clear(timed) => timed.write(bytes),
            Link::Tls(stream) => stream.write(bytes),
            Link::Closed => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> IoResult<()> {
        match &mut self.link {
            Link::Clear(timed) => timed.flush(),
            Link::Tls(stream) => stream.flush(),
            Link::Closed => Err(ErrorKind::NotConnected.into()),
        }
    }
}

/// A socket with a deadline: a server that sends one byte a second does not begin the time-out anew with each.
struct Timed {
    tcp: TcpStream,
    deadline: Instant,
}

impl Timed {
    fn left(&self) -> IoResult<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// A socket whose time is over says that it would block.
fn timed_out(error: Error) -> Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        self.tcp.set_read_timeout(Some(self.left()?))?;
        self.tcp.read(buffer).map_err(timed_out)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        self.tcp.set_write_timeout(Some(self.left()?))?;
        self.tcp.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> IoResult<()> {
        self.tcp.flush()
    }
}

/// A lost connection in words.
pub(super) fn said(error: &Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut => "it does not answer in time".into(),
        ErrorKind::UnexpectedEof => "it closed the connection".into(),
        _ => plain(error).to_string(),
    }
}

/// What is wrong with the encryption, and what to do.
fn in_words(error: &rustls::Error) -> String {
    use CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            C::Expired | C::ExpiredContext { .. } => "its certificate has expired".into(),
            C::NotValidYet | C::NotValidYetContext { .. } => {
                "its certificate is not valid yet (is the clock of this machine right?)".into()
            }
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                "its certificate is for another name; sending.smtp must name it as the certificate does".into()
            }
            C::UnknownIssuer => {
                "its certificate is by no authority that is trusted here; where it is your company's, set sending.ca-file"
                    .into()
            }
            other => format!("its certificate is not valid ({other})"),
        },
        rustls::Error::InvalidMessage(_) => {
            "it speaks no TLS there (smtps:// is for port 465, smtp:// with STARTTLS for 587)".into()
        }
        other => other.to_string(),
    }
}
