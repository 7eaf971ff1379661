//! The terminal: raw mode, alternate screen, events, signals; restored on return, error, panic and signal.
//!
//! The only user of crossterm. One thread owns the terminal and is the only one that reads it, so that no key is stolen
//! from a child. What was switched on is switched off by one function that may be called any number of times.

use crate::error::{Error, ErrorKind};
use crate::mail::text;
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    self, DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, Event, KeyCode, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    SetTitle, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use std::io::{self, BufWriter, IsTerminal, Stdout, stdout};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// The thread whose panic restores the terminal.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
/// Whether there is anything to restore.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// The panic hook is laid only once in a process.
static HOOK: OnceLock<()> = OnceLock::new();

/// Whether the title of the window is ours.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Keeps the title of the window aside, and takes it back (XTWINOPS 22 and 23).
const KEEP_TITLE: &str = "\x1b[22;0t";
const OLD_TITLE: &str = "\x1b[23;0t";

/// Plain keys that come so many at a time are not typed but pasted by a terminal without bracketed paste.
const BURST: usize = 64;
/// Keys that come within this time after pasted text are more of it: nobody types so soon.
const QUIET: Duration = Duration::from_millis(25);
/// How long crossterm may look for an event: where there is input that is to be read, and where it may have read it before.
/// In no time at all it does not look.
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(1));
/// Events taken at once, so that a flood of them does not keep the screen from being drawn.
const AT_ONCE: usize = 4096;
/// Bytes that the clipboard gets; terminals drop longer sequences, some of them without a word.
pub const CLIPBOARD_CAP: usize = 74_000;

/// A key without its modifiers, as the terminal reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Left button pressed.
    Press,
    /// Wheel up.
    WheelUp,
    /// Wheel down.
    WheelDown,
}

/// What came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key with control, alt, shift.
    Key {
        /// Which key.
        code: Code,
        /// Control.
        ctrl: bool,
        /// Alt.
        alt: bool,
        /// Shift.
        shift: bool,
    },
    /// Pasted text, as it came.
    Paste(String),
    /// The mouse, with column and row.
    Mouse(Mouse, u16, u16),
    /// The terminal got the focus.
    Focus,
    /// Its size changed.
    Resize,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End, with 128 and this number as exit code.
    End(u8),
    /// Suspend.
    Suspend,
    /// The program goes on after it was stopped from outside.
    Continue,
}

/// Switches off everything that [`enter`] switched on. May be called any number of times, from any thread.
fn leave() {
    if ACTIVE.swap(false, SeqCst) {
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            DisableFocusChange,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        if TITLED.swap(false, SeqCst) {
            // No title at all for terminals that cannot give the old one back: what ours said may not hold any more.
            let _ = execute!(stdout(), SetTitle(""), Print(OLD_TITLE));
        }
        let _ = disable_raw_mode();
    }
}

fn enter() -> io::Result<()> {
    ACTIVE.store(true, SeqCst);
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableMouseCapture,
        EnableFocusChange,
        Hide,
        Clear(ClearType::All)
    )
}

fn fresh() -> io::Result<ManuallyDrop<ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>>> {
    ratatui::Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(64 << 10, stdout()))).map(ManuallyDrop::new)
}

/// Waits until there is input, a signal came (a new size is one) or the time is over; says whether there is input, and
/// gives an error where the terminal has gone. crossterm must not be asked to wait for a terminal that has gone: it reads the
/// end of file again and again (0.29, `try_read`).
fn wait_for_input(wait: Duration) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        // A hung-up terminal is none any more; where standard input never was one, crossterm reads /dev/tty.
        return match rustix::termios::tcgetattr(&stdin) {
            Err(rustix::io::Errno::IO) => Err(io::ErrorKind::BrokenPipe.into()),
            _ => wait_for_events(wait),
        };
    }
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let tv_sec = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
    let timeout = Timespec { tv_sec, tv_nsec: i64::from(wait.subsec_nanos()) };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) if fds.iter().any(|fd| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)) => {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// The same by crossterm's own means.
fn wait_for_events(wait: Duration) -> io::Result<bool> {
    match event::poll(wait) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        found => Ok(found.unwrap_or(false)),
    }
}

/// The terminal, for as long as it is ours.
#[derive(Debug)]
pub struct Terminal {
    /// Not dropped at the end: ratatui would show the cursor, which [`leave`] does, and where the terminal has gone it would say
    /// on standard error that it cannot, which panics where that has gone too.
    inner: ManuallyDrop<ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    title: String,
    /// For how long nothing came since pasted text did; `None`: none did, or that is long ago. Only waiting counts: what
    /// came while something was drawn came at once.
    pasted: Option<Duration>,
    end: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    go_on: Arc<AtomicBool>,
    registered: Vec<signal_hook::SigId>,
    watchdog: signal_hook::iterator::Handle,
}

/// How long the owner may take to obey a signal that ends the program.
const PATIENCE: Duration = Duration::from_secs(3);

/// A thread that ends the program where the owner of the terminal does not answer to a signal (it may be stuck in a
/// system call on a terminal that is gone). It sleeps until a signal comes.
fn watch(end: &Arc<AtomicUsize>) -> io::Result<signal_hook::iterator::Handle> {
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT])?;
    let handle = signals.handle();
    let end = Arc::clone(end);
    thread::Builder::new().name("dutybox-watchdog".into()).spawn(move || {
        for signal in signals.forever() {
            thread::sleep(PATIENCE);
            // While the terminal is lent to an editor or pager, the owner waits for that and obeys afterwards.
            if ACTIVE.load(SeqCst) && end.load(SeqCst) != 0 {
                leave();
                std::process::exit(128 + signal);
            }
        }
    })?;
    Ok(handle)
}

impl Terminal {
    /// Takes the terminal over. The calling thread is its owner.
    ///
    /// # Errors
    /// Where standard output is no terminal that can show a screen (exit 2), or it cannot be set up.
    pub fn start() -> Result<Terminal, Error> {
        let usage = |message: &str| {
            Error::new(ErrorKind::Usage, message).hint("in a script, use `dutybox list`, `show`, `mark` and the like")
        };
        if !stdout().is_terminal() {
            return Err(usage("standard output is no terminal, so there is no screen to draw on"));
        }
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(usage("TERM is `dumb`: this terminal cannot show a screen"));
        }
        let failed = |error: io::Error| {
            leave();
            Error::new(ErrorKind::Usage, "the terminal cannot be set up").because(error)
        };
        *OWNER.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(thread::current().id());
        HOOK.get_or_init(|| {
            let old = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                let owner = *OWNER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if owner == Some(thread::current().id()) {
                    leave();
                    old(info);
                } else if !ACTIVE.load(SeqCst) {
                    old(info);
                }
                // A worker's panic is reported by whoever waits for it; the screen stays.
            }));
        });
        let (end, stop, go_on) = (Arc::default(), Arc::default(), Arc::default());
        let mut registered = Vec::new();
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] {
            let number = usize::try_from(signal).unwrap_or(15);
            registered.push(signal_hook::flag::register_usize(signal, Arc::clone(&end), number).map_err(failed)?);
        }
        registered.push(signal_hook::flag::register(SIGTSTP, Arc::clone(&stop)).map_err(failed)?);
        registered.push(signal_hook::flag::register(SIGCONT, Arc::clone(&go_on)).map_err(failed)?);
        let watchdog = watch(&end).map_err(failed)?;
        enter().map_err(failed)?;
        let inner = fresh().map_err(failed)?;
        Ok(Terminal { inner, title: String::new(), pasted: None, end, stop, go_on, registered, watchdog })
    }

    /// Draws a whole frame; only what changed is sent.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        let _ = crossterm::queue!(self.inner.backend_mut(), BeginSynchronizedUpdate);
        let drawn = self.inner.draw(|frame| paint(frame.buffer_mut())).map(drop);
        let ended = execute!(self.inner.backend_mut(), EndSynchronizedUpdate);
        drawn.and(ended)
    }

    /// What came from the terminal, waiting at most so long for the first of it.
    ///
    /// # Errors
    /// Where it cannot be read any more.
    pub fn poll(&mut self, wait: Duration) -> io::Result<Vec<Input>> {
        let mut inputs = Vec::new();
        let mut wait = wait;
        while inputs.len() < AT_ONCE {
            let waits = Instant::now();
            let look = if wait_for_input(wait)? { LOOKS.0 } else { LOOKS.1 };
            self.pasted = self.pasted.map(|quiet| quiet + waits.elapsed()).filter(|quiet| *quiet < QUIET);
            match event::poll(look) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => break,
                Err(error) => return Err(error),
            }
            wait = Duration::ZERO;
            match event::read() {
                Ok(event) => inputs.extend(input(event)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => break,
                Err(error) => return Err(error),
            }
        }
        let (inputs, pasted) = joined(inputs, self.pasted.is_some());
        if pasted {
            self.pasted = Some(Duration::ZERO);
        }
        Ok(inputs)
    }

    /// What signals ask for since the last call.
    pub fn signal(&mut self) -> Option<Signal> {
        let end = self.end.swap(0, SeqCst);
        if end != 0 {
            return Some(Signal::End(u8::try_from(end).unwrap_or(15)));
        }
        if self.stop.swap(false, SeqCst) {
            return Some(Signal::Suspend);
        }
        self.go_on.swap(false, SeqCst).then_some(Signal::Continue)
    }

    /// Gives the terminal to something else meanwhile: an editor, a pager, the shell.
    ///
    /// # Errors
    /// Where it cannot be taken back.
    pub fn lend<R>(&mut self, to: impl FnOnce() -> R) -> io::Result<R> {
        leave();
        let result = to();
        // What a child was told by Ctrl-C or Ctrl-Z was not meant for us.
        self.end.compare_exchange(usize::try_from(SIGINT).unwrap_or(2), 0, SeqCst, SeqCst).ok();
        self.end.compare_exchange(usize::try_from(SIGQUIT).unwrap_or(3), 0, SeqCst, SeqCst).ok();
        self.stop.store(false, SeqCst);
        self.take_back()?;
        Ok(result)
    }

    /// Stops the program until the shell lets it go on.
    ///
    /// # Errors
    /// Where the terminal cannot be taken back.
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        self.take_back()
    }

    /// Takes the terminal again, whatever was done to it, and forgets what was drawn.
    ///
    /// # Errors
    /// Where it cannot be set up.
    pub fn take_back(&mut self) -> io::Result<()> {
        enter()?;
        self.go_on.store(false, SeqCst);
        // Not Terminal::clear(): that asks the terminal where the cursor is, waits for an answer and eats keys.
        drop(ManuallyDrop::into_inner(std::mem::replace(&mut self.inner, fresh()?)));
        if !self.title.is_empty() {
            self.title(&self.title.clone())?;
        }
        Ok(())
    }

    /// Sets the title of the window; the one before comes back when the terminal is given back.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn title(&mut self, title: &str) -> io::Result<()> {
        title.clone_into(&mut self.title);
        // What it says came from mail: it must not end the sequence that it stands in.
        let title = text::clean(title);
        if !TITLED.swap(true, SeqCst) {
            execute!(stdout(), Print(KEEP_TITLE))?;
        }
        execute!(stdout(), SetTitle(title))
    }

    /// Rings the bell.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn bell(&mut self) -> io::Result<()> {
        execute!(stdout(), Print('\x07'))
    }

    /// Puts text on the clipboard by OSC 52; whether all of it fitted. No terminal says whether it obeys.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<bool> {
        let mut end = text.len().min(CLIPBOARD_CAP);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text.get(..end).unwrap_or_default()))?;
        Ok(end == text.len())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
        self.watchdog.close();
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

fn input(event: Event) -> Option<Input> {
    match event {
        // Some terminals report releases and repeats apart: a release is no key.
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            let has = |modifier| key.modifiers.contains(modifier);
            let (ctrl, alt) = (has(KeyModifiers::CONTROL), has(KeyModifiers::ALT));
            let mut shift = has(KeyModifiers::SHIFT);
            let code = match key.code {
                KeyCode::Char(c) => Code::Char(c),
                KeyCode::Enter => Code::Enter,
                KeyCode::Esc => Code::Esc,
                KeyCode::Tab => Code::Tab,
                KeyCode::BackTab => {
                    shift = true;
                    Code::Tab
                }
                KeyCode::Backspace => Code::Backspace,
                KeyCode::Delete => Code::Delete,
                KeyCode::Insert => Code::Insert,
                KeyCode::Up => Code::Up,
                KeyCode::Down => Code::Down,
                KeyCode::Left => Code::Left,
                KeyCode::Right => Code::Right,
                KeyCode::Home => Code::Home,
                KeyCode::End => Code::End,
                KeyCode::PageUp => Code::PageUp,
                KeyCode::PageDown => Code::PageDown,
                KeyCode::F(n) => Code::F(n),
                KeyCode::Null => return Some(Input::Key { code: Code::Char(' '), ctrl: true, alt, shift: false }),
                _ => return None,
            };
            Some(Input::Key { code, ctrl, alt, shift })
        }
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Mouse(mouse) => {
            let what = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Mouse::Press,
                MouseEventKind::ScrollUp => Mouse::WheelUp,
                MouseEventKind::ScrollDown => Mouse::WheelDown,
                _ => return None,
            };
            Some(Input::Mouse(what, mouse.column, mouse.row))
        }
        Event::FocusGained => Some(Input::Focus),
        Event::Resize(..) => Some(Input::Resize),
        _ => None,
    }
}

/// Joins keys that were not typed but pasted into pasted text, so that no paste runs commands: all that came at once with
/// a flood of plain keys, where the terminal does not say that they are a paste; and what comes right behind a paste, where
/// the text holds what ends one. Control characters in it are no keys either. Says whether there was pasted text.
fn joined(inputs: Vec<Input>, mut pasting: bool) -> (Vec<Input>, bool) {
    let plain = |input: &Input| {
        matches!(input, Input::Key { code: Code::Char(_) | Code::Enter | Code::Tab, ctrl: false, alt: false, .. })
    };
    pasting |= inputs.iter().filter(|input| plain(input)).count() >= BURST;
    let (mut out, mut text, mut pasted) = (Vec::new(), String::new(), false);
    for input in inputs {
        match input {
            Input::Paste(more) => {
                text += &more;
                pasting = true;
            }
            Input::Key { code, ctrl, alt, .. } if pasting => {
                pasted = true;
                text.extend(alt.then_some('\x1b'));
                text.extend(match code {
                    Code::Enter => Some('\n'),
                    Code::Char('j') if ctrl => Some('\n'),
                    // Which control character it was does not matter: none is taken as it is.
                    Code::Esc | Code::Backspace => Some('\x1b'),
                    Code::Char(_) if ctrl => Some('\x1b'),
                    Code::Char(c) => Some(c),
                    Code::Tab => Some('\t'),
                    _ => None,
                });
            }
            other => {
                if !text.is_empty() {
                    pasted = true;
                    out.push(Input::Paste(std::mem::take(&mut text)));
                }
                out.push(other);
            }
        }
    }
    if !text.is_empty() {
        pasted = true;
        out.push(Input::Paste(text));
    }
    (out, pasted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char) -> Input {
        Input::Key { code: Code::Char(c), ctrl: false, alt: false, shift: false }
    }

    fn keys(text: &str) -> Vec<Input> {
        text.chars().map(key).collect()
    }

    #[test]
    fn few_keys_are_keys_and_a_flood_of_them_is_a_paste() {
        assert_eq!(joined(keys("jjd"), false), (keys("jjd"), false));
        let many = "d".repeat(BURST);
        assert_eq!(joined(keys(&many), false), (vec![Input::Paste(many)], true));
        let held = vec![Input::Key { code: Code::Down, ctrl: false, alt: false, shift: false }; BURST];
        assert_eq!(joined(held.clone(), false), (held, false), "a key that is held down is no paste");
    }

    #[test]
    fn a_control_character_in_a_flood_ends_no_paste() {
        let mut flood = keys(&"d".repeat(BURST / 2));
        for code in [Code::Esc, Code::Enter, Code::Up] {
            flood.push(Input::Key { code, ctrl: false, alt: false, shift: false });
        }
        flood.push(Input::Key { code: Code::Char('d'), ctrl: true, alt: false, shift: false });
        flood.extend([Input::Focus, key('Q')]);
        flood.extend(keys(&"d".repeat(BURST / 2)));
        let ds = "d".repeat(BURST / 2);
        let text = |text: String| Input::Paste(text);
        let expected = vec![text(format!("{ds}\x1b\n\x1b")), Input::Focus, text(format!("Q{ds}"))];
        assert_eq!(joined(flood, false), (expected, true));
    }

    #[test]
    fn what_comes_right_behind_a_paste_is_more_of_it() {
        let mut inputs = keys("/");
        inputs.push(Input::Paste("a".into()));
        inputs.extend(keys("dQ"));
        assert_eq!(joined(inputs, false), (vec![key('/'), Input::Paste("adQ".into())], true), "before it are keys");
        assert_eq!(joined(keys("y"), true), (vec![Input::Paste("y".into())], true));
        assert_eq!(joined(Vec::new(), true), (Vec::new(), false));
    }
}
