//! How mail leaves: by SMTP, or through a sendmail-compatible command with an argv without a shell, recipients after `--`
//! and a time-out (C51, C52).

use super::local::is_program;
use super::maildir::plain;
use super::smtp;
use crate::config::Config;
use crate::config::sending::{Smtp, Tls};
use crate::mail::compose::check_address;
use crate::mail::text::clean_bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How much of what the command says is kept, in bytes.
pub const SAID_CAP: usize = 4096;
/// How long it may take to end after TERM, before KILL.
const GRACE: Duration = Duration::from_secs(2);
/// How long its output and input pipes may take to settle after it ended: a daemon it left behind may hold them open.
const SETTLE: Duration = Duration::from_millis(500);
/// `EX_TEMPFAIL` of sysexits.h.
const TEMPFAIL: i32 = 75;

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Through a command.
    Command(Sendmail),
    /// To a server, with this time for each step.
    Smtp(Smtp, Duration),
}

impl Transport {
    /// What is configured, if anything is.
    pub fn of(config: &Config) -> Option<Transport> {
        let timeout = Duration::from_secs(config.sendmail_timeout.max(1));
        match (&config.smtp, &config.sendmail) {
            (Some(smtp), _) => Some(Transport::Smtp(smtp.clone(), timeout)),
            (None, Some(command)) => Some(Transport::Command(Sendmail { command: command.clone(), timeout })),
            (None, None) => None,
        }
    }

    /// Where mail goes and how, for people.
    pub fn words(&self) -> String {
        match self {
            Transport::Command(sendmail) => {
                format!("mail leaves by {}", sendmail.command.first().map_or("no command", String::as_str))
            }
            Transport::Smtp(smtp, _) => {
                let how = match smtp.tls {
                    Tls::Implicit => "TLS",
                    Tls::StartTls => "STARTTLS, required",
                    Tls::None => "not encrypted",
                };
                let who = smtp.user.as_ref().map_or("no login".to_owned(), |user| format!("login {user}"));
                format!("mail leaves by SMTP: {}:{}, {how}, {who}", smtp.host, smtp.port)
            }
        }
    }

    /// What of it cannot work on this machine: the setting, and why. Calls nobody.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let program = |setting: &'static str, command: Option<&Vec<String>>| {
            let name = command.and_then(|command| command.first())?;
            (!is_program(name)).then(|| (setting, format!("`{setting}`: there is no program {name}")))
        };
        match self {
            Transport::Command(sendmail) => program("sending.sendmail", Some(&sendmail.command)).into_iter().collect(),
            Transport::Smtp(server, _) => {
                let password = program("sending.password-command", server.password.as_ref());
                let trust = smtp::trusted(server).err().map(|why| ("sending.ca-file", why));
                password.into_iter().chain(trust).collect()
            }
        }
    }

    /// Hands one mail over. Waits until that is done or the time is over; call it where waiting is fine.
    pub fn send(&self, sender: &str, recipients: &[String], mail: &[u8]) -> Attempt {
        match self {
            Transport::Command(sendmail) => sendmail.send(sender, recipients, mail),
            Transport::Smtp(server, step) => match check_envelope(sender, recipients) {
                Ok(()) => smtp::send(server, *step, sender, recipients, mail),
                Err(why) => Attempt::Failed(why),
            },
        }
    }
}

/// Checked when composed; this is the last door.
fn check_envelope(sender: &str, recipients: &[String]) -> Result<(), String> {
    if recipients.is_empty() {
        return Err("no recipient".into());
    }
    let mut all = recipients.iter().map(String::as_str).chain([sender]);
    all.try_for_each(|address| check_address(address).map(|_| ()).map_err(|error| error.to_string()))
}

/// A sendmail-compatible command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sendmail {
    /// Program and fixed arguments.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Accepted.
    Sent,
    /// Not accepted; may be tried again (exit 75, could not start for lack of resources).
    Later(String),
    /// Not accepted, because the server is not there now or serves nobody: no other mail would go either.
    Away(String),
    /// Not accepted, and trying again is of no use before something is changed.
    Failed(String),
    /// The same, and what must be changed is the configuration: no other mail would go either.
    Broken(String),
    /// Accepted for some of the recipients only.
    Partly {
        /// Those for whom it was accepted.
        accepted: Vec<String>,
        /// Whether another try for the others may help.
        later: bool,
        /// What was said of the others.
        why: String,
    },
    /// It may or may not have been accepted (killed, timed out after all was written).
    Unknown(String),
}

/// How a command ended.
pub(super) enum End {
    Exited(ExitStatus),
    TimedOut,
    Lost(std::io::Error),
}

impl Sendmail {
    /// Hands one mail over: `command… -i -f sender -- recipients…`, the mail on standard input.
    ///
    /// Waits until the command has ended or its time is over; call it where waiting is fine.
    pub fn send(&self, sender: &str, recipients: &[String], mail: &[u8]) -> Attempt {
        let Some((program, fixed)) = self.command.split_first().filter(|(program, _)| !program.is_empty()) else {
            return Attempt::Broken("no command: set sending.sendmail in the configuration".into());
        };
        if let Err(why) = check_envelope(sender, recipients) {
            return Attempt::Failed(why);
        }
        if let Err(why) = smtp::dialogue::passable(mail) {
            return Attempt::Failed(why.into());
        }
        let mut command = Command::new(program);
        command.args(fixed).args(["-i", "-f", sender, "--"]).args(recipients);
        match run(command, mail, self.timeout) {
            Ok(ran) => self.outcome(ran),
            Err(error) => could_not_start(program, &error),
        }
    }

    fn outcome(&self, Ran { end, said, whole }: Ran) -> Attempt {
        let because = if said.is_empty() { String::new() } else { format!(": {said}") };
        match end {
            End::Exited(status) => match (status.code(), status.signal()) {
                (Some(0), _) if whole => Attempt::Sent,
                (Some(0), _) => {
                    Attempt::Unknown(capped(format!("it ended well without reading the whole mail{because}")))
                }
                (Some(TEMPFAIL), _) => Attempt::Later(capped(format!("not now (exit 75){because}"))),
                (Some(code @ (126 | 127)), _) => Attempt::Broken(capped(format!(
                    "the command cannot be run (exit {code}){because}; correct sending.sendmail in the configuration"
                ))),
                (Some(code), _) => Attempt::Failed(capped(format!("exit {code}{because}"))),
                (None, signal) => {
                    let text = capped(format!("killed by signal {}{because}", signal.unwrap_or(0)));
                    if whole { Attempt::Unknown(text) } else { Attempt::Later(text) }
                }
            },
            End::TimedOut => {
                let text = capped(format!("no end after {} s, stopped{because}", self.timeout.as_secs()));
                if whole { Attempt::Unknown(text) } else { Attempt::Later(text) }
            }
            End::Lost(error) => Attempt::Unknown(capped(format!("lost sight of it: {}{because}", plain(&error)))),
        }
    }
}

/// What came of a command.
pub(super) struct Ran {
    /// How it ended.
    pub(super) end: End,
    /// What it said, as one clean line.
    pub(super) said: String,
    /// Whether it took all of its input.
    pub(super) whole: bool,
}

/// Runs a command with this input: without a terminal, in a process group of its own, for no longer than the time-out.
pub(super) fn run(mut command: Command, input: &[u8], timeout: Duration) -> std::io::Result<Ran> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (end, said, whole) = piped(command, input, timeout)?;
    Ok(Ran { end, said: in_words(&said), whole })
}

/// Runs a command without input and without a terminal, for no longer than the time-out: how it ended, and the first bytes
/// that it printed. What it says on its standard error is lost.
pub(super) fn output(mut command: Command, timeout: Duration) -> std::io::Result<(End, Vec<u8>)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let (end, printed, _) = piped(command, &[], timeout)?;
    Ok((end, printed))
}

/// Runs a command to its end, or stops it: how it ended, the first bytes from its pipes, whether it took all of its input.
fn piped(mut command: Command, input: &[u8], timeout: Duration) -> std::io::Result<(End, Vec<u8>, bool)> {
    // A group of its own: a key like ^C in our terminal is not for it, and a time-out reaches its children too.
    command.process_group(0);
    let mut child = command.spawn()?;
    let said = Arc::new(Mutex::new(Vec::new()));
    let (done, settled) = channel::<()>();
    if let Some(pipe) = child.stdout.take() {
        drain(pipe, said.clone(), done.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        drain(pipe, said.clone(), done.clone());
    }
    let whole = Arc::new(AtomicBool::new(false));
    if let Some(mut pipe) = child.stdin.take() {
        let (input, whole, done) = (input.to_vec(), whole.clone(), done.clone());
        // A closed pipe is an error here, not a signal: the Rust runtime ignores SIGPIPE.
        let writer = move || {
            whole.store(pipe.write_all(&input).is_ok(), Ordering::SeqCst);
            drop(pipe);
            drop(done);
        };
        // Without the thread the pipe is closed at once: the command gets nothing, and its end tells.
        let _ = thread::Builder::new().name("dutybox-send".into()).spawn(writer);
    }
    drop(done);
    let end = wait(&mut child, timeout);
    settle(&settled);
    let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((end, said, whole.load(Ordering::SeqCst)))
}

fn could_not_start(program: &str, error: &std::io::Error) -> Attempt {
    let text = format!("cannot run {program}: {}", plain(error));
    let resources = [ErrorKind::WouldBlock, ErrorKind::OutOfMemory, ErrorKind::Interrupted].contains(&error.kind())
        || error.raw_os_error().is_some_and(|code| {
            use rustix::io::Errno;
            [Errno::AGAIN, Errno::NOMEM, Errno::MFILE, Errno::NFILE, Errno::TXTBSY]
                .iter()
                .any(|e| e.raw_os_error() == code)
        });
    if resources {
        Attempt::Later(capped(text))
    } else {
        Attempt::Broken(capped(format!("{text}; correct sending.sendmail in the configuration")))
    }
}

/// Reads a pipe to its end, keeps the first bytes.
fn drain(mut pipe: impl Read + Send + 'static, said: Arc<Mutex<Vec<u8>>>, done: std::sync::mpsc::Sender<()>) {
    let reader = move || {
        let mut buffer = [0; 8192];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = SAID_CAP.saturating_sub(said.len());
                    said.extend_from_slice(buffer.get(..n.min(room)).unwrap_or_default());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        drop(done);
    };
    let _ = thread::Builder::new().name("dutybox-send".into()).spawn(reader);
}

/// Waits for the end; after the time-out TERM, then KILL, to the whole group. The child is always reaped.
fn wait(child: &mut Child, timeout: Duration) -> End {
    if let Some(end) = poll(child, timeout) {
        return end;
    }
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    for signal in [Signal::TERM, Signal::KILL] {
        if let Some(group) = group {
            // It has not been reaped, so the number is still its own.
            let _ = kill_process_group(group, signal);
        }
        if poll(child, GRACE).is_some() {
            // A child of it may have outlived TERM.
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            return End::TimedOut;
        }
    }
    // Only a process stuck in the kernel is left now; somebody must still reap it.
    let _ = child.kill();
    match child.wait() {
        Ok(_) => End::TimedOut,
        Err(error) => End::Lost(error),
    }
}

fn poll(child: &mut Child, time: Duration) -> Option<End> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(End::Exited(status)),
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Some(End::Lost(error)),
        }
        let left = time.checked_sub(begun.elapsed())?;
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Waits until the pipe threads are done (all senders dropped), but not for ever.
fn settle(settled: &Receiver<()>) {
    match settled.recv_timeout(SETTLE) {
        Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
    }
}

/// What the command said, as one clean line.
fn in_words(said: &[u8]) -> String {
    let text = clean_bytes(said);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most [`SAID_CAP`] bytes, cut between characters.
pub(super) fn capped(mut text: String) -> String {
    if text.len() > SAID_CAP {
        let end = (0..=SAID_CAP - 3).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
