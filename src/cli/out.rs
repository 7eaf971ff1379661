//! The one writer of the command line: text through [`crate::mail::text`], JSON, and errors with what to type next.

use super::args::Color;
use crate::error::{Diagnostic, EXIT_USAGE, Error, Severity};
use crate::mail::text;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Why a command ends early.
#[derive(Debug)]
pub enum Failure {
    /// An operation failed.
    Error(Error),
    /// A file of ours is wrong: its text (for the line with the caret) and what is wrong with it.
    Wrong {
        /// The file's text; empty where it is not at hand.
        text: String,
        /// What is wrong.
        found: Vec<Diagnostic>,
    },
    /// Nobody reads our output any more; no error.
    ClosedPipe,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

/// How a piece of text stands out. Never the only carrier of a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// A heading, a subject.
    Strong,
    /// Something beside the point.
    Faint,
    /// Must be seen: page.
    Alarm,
    /// Should be seen: act, decide.
    Warn,
    /// Fine.
    Good,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Alarm => "1;31",
            Style::Warn => "33",
            Style::Good => "32",
        }
    }
}

/// What a command prints on standard output, collected and written at once.
#[derive(Debug)]
pub struct Out {
    buffer: Vec<u8>,
    /// Whether text is coloured.
    color: bool,
    /// Whether one JSON document is wanted.
    pub json: bool,
    /// Columns of the terminal; `None` where standard output is none: nothing is cut then.
    pub columns: Option<usize>,
}

impl Out {
    /// For these options, with the terminal's width where there is one.
    pub fn new(color: Color, json: bool) -> Out {
        let terminal = std::io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !no_color && !dumb,
        };
        let columns = terminal.then(crate::io::local::terminal_width).flatten();
        Out { buffer: Vec::new(), color, json, columns }
    }

    /// Whether standard output is a terminal.
    pub fn terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// One line's piece: cleaned, styled.
    pub fn put(&mut self, style: Style, piece: &str) -> &mut Out {
        let cleaned = text::clean(piece);
        if self.color && style != Style::Plain && !cleaned.is_empty() {
            let code = style.code();
            self.buffer.extend_from_slice(format!("\x1b[{code}m{cleaned}\x1b[0m").as_bytes());
        } else {
            self.buffer.extend_from_slice(cleaned.as_bytes());
        }
        self
    }

    /// Ends the line.
    pub fn end(&mut self) {
        while self.buffer.last() == Some(&b' ') {
            self.buffer.pop();
        }
        self.buffer.push(b'\n');
    }

    /// A whole line, cleaned.
    pub fn line(&mut self, line: &str) {
        self.put(Style::Plain, line);
        self.end();
    }

    /// A heading line.
    pub fn heading(&mut self, line: &str) {
        self.put(Style::Strong, line);
        self.end();
    }

    /// A text of many lines, cleaned, each line behind that indent.
    pub fn block(&mut self, indent: &str, block: &str) {
        for line in text::clean_lines(block).trim_end_matches('\n').split('\n') {
            self.put(Style::Plain, &format!("{indent}{line}"));
            self.end();
        }
    }

    /// A paragraph, wrapped where the terminal's width is known.
    pub fn paragraph(&mut self, indent: &str, paragraph: &str) {
        self.hanging(indent, indent, paragraph);
    }

    /// A paragraph whose first line begins otherwise than the rest.
    pub fn hanging(&mut self, first: &str, rest: &str, paragraph: &str) {
        let indent = text::width(&text::clean(first)).max(text::width(&text::clean(rest)));
        let columns = self.columns.unwrap_or(100).clamp(40, 100).saturating_sub(indent).max(10);
        for (i, line) in text::wrap(paragraph, columns).iter().enumerate() {
            self.put(Style::Plain, &format!("{}{line}", if i == 0 { first } else { rest }));
            self.end();
        }
    }

    /// Rows of cells in columns, each column as wide as the widest cell in it (at most `widest`, beyond which a cell
    /// pushes its row) with two blanks between; a column in which nothing stands is left out. What comes after so many
    /// columns follows without a gap.
    pub fn table(&mut self, rows: &[Vec<(Style, String)>], columns: usize, widest: usize) {
        let width = |cell: &(Style, String)| text::width(&text::clean(&cell.1));
        let widths: Vec<usize> = (0..columns)
            .map(|at| rows.iter().filter_map(|row| row.get(at)).map(width).max().unwrap_or_default().min(widest))
            .collect();
        for row in rows {
            let mut pieces: Vec<(Style, String)> = Vec::with_capacity(row.len());
            for (at, cell) in row.iter().enumerate() {
                pieces.push(match widths.get(at) {
                    Some(0) => continue,
                    Some(wide) => (cell.0, format!("{}{}  ", cell.1, " ".repeat(wide.saturating_sub(width(cell))))),
                    None => cell.clone(),
                });
            }
            self.cut(&pieces.iter().map(|(style, piece)| (*style, piece.as_str())).collect::<Vec<_>>());
        }
    }

    /// A line that is cut at the terminal's width.
    pub fn cut(&mut self, pieces: &[(Style, &str)]) {
        let mut left = self.columns.unwrap_or(usize::MAX);
        for (style, piece) in pieces {
            let piece = text::clean(piece);
            let piece = text::fit(&piece, left);
            left -= text::width(&piece).min(left);
            self.put(*style, &piece);
        }
        self.end();
    }

    /// Bytes that are fit already.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The one JSON document. Characters that are not fit for a terminal are escaped, so that it may be looked at.
    ///
    /// # Errors
    /// Never in practice; the document is our own.
    pub fn document<T: Serialize>(&mut self, document: &T) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(document)
            .map_err(|error| Error::new(crate::error::ErrorKind::State, format!("cannot write JSON: {error}")))?;
        let mut safe = String::with_capacity(text.len());
        let mut units = [0; 2];
        for c in text.chars() {
            if c.is_ascii() && c != '\x7f' || text::clean(c.encode_utf8(&mut [0; 4])).chars().eq([c]) {
                safe.push(c);
            } else {
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(safe, "\\u{unit:04x}");
                }
            }
        }
        safe.push('\n');
        self.buffer.extend_from_slice(safe.as_bytes());
        Ok(())
    }

    /// Writes what was collected.
    ///
    /// # Errors
    /// [`Failure::ClosedPipe`], or a failed write.
    pub fn finish(self) -> Result<(), Failure> {
        if self.buffer.is_empty() {
            // Nothing to say: then it does not matter either whether anybody is there.
            return Ok(());
        }
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(&self.buffer).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::ClosedPipe),
            Err(error) => {
                let kind = crate::error::ErrorKind::State;
                Err(Error::new(kind, "cannot write to standard output").because(error).into())
            }
        }
    }
}

/// Says something on standard error; there is nobody to tell where that fails.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "dutybox: {}", text::clean(line));
}

/// How far something is that takes long, on standard error where that is a terminal; leaves nothing behind.
#[derive(Debug)]
pub struct Progress {
    words: &'static str,
    /// When something is said next; `None`: nobody looks.
    next: Option<Instant>,
    said: bool,
}

/// How often it is said.
const OFTEN: Duration = Duration::from_millis(200);

impl Progress {
    /// About what these words say. What is done before the first time is over says nothing.
    pub fn new(words: &'static str) -> Progress {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + OFTEN);
        Progress { words, next, said: false }
    }

    /// So many are done, of so many.
    pub fn tell(&mut self, done: usize, of: usize) {
        let now = Instant::now();
        if self.next.is_some_and(|next| next <= now) {
            self.next = Some(now + OFTEN);
            self.said = true;
            let _ = write!(std::io::stderr().lock(), "\r{} {done}/{of}", self.words);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// Says what a failure is and what to type next; gives the exit code.
pub fn report(failure: &Failure) -> u8 {
    match failure {
        Failure::ClosedPipe => crate::error::EXIT_OK,
        Failure::Error(error) => {
            let mut line = error.message.clone();
            if let Some(source) = &error.source {
                let _ = write!(line, ": {source}");
            }
            say(&line);
            if let Some(hint) = &error.hint {
                let _ = writeln!(std::io::stderr().lock(), "  {}", text::clean(hint));
            }
            error.exit_code()
        }
        Failure::Wrong { text, found } => {
            let mut shown = String::new();
            for diagnostic in found {
                shown.push_str(&with_caret(text, diagnostic));
            }
            let _ = std::io::stderr().lock().write_all(shown.as_bytes());
            EXIT_USAGE
        }
    }
}

/// Characters of a line at most that are shown above a caret.
const CARET_LINE: usize = 400;

/// A diagnostic, and below it the line that it is about with a caret.
pub fn with_caret(source: &str, diagnostic: &Diagnostic) -> String {
    let mut shown = format!("{}\n", text::clean(&diagnostic.to_string()));
    let line = diagnostic.line.checked_sub(1).and_then(|at| source.split('\n').nth(at));
    if let (Some(line), true) = (line, diagnostic.column > 0) {
        // Of a line that no screen shows whole, what stands around the place.
        let line = line.trim_end_matches('\r');
        let long = line.chars().nth(CARET_LINE).is_some();
        let skip = if long { (diagnostic.column - 1).saturating_sub(CARET_LINE / 2) } else { 0 };
        let start = if skip > 0 { "…" } else { "" };
        let before: String = line.chars().skip(skip).take(diagnostic.column - 1 - skip).collect();
        let part: String = line.chars().skip(skip).take(CARET_LINE).collect();
        let end = if line.chars().nth(skip + CARET_LINE).is_some() { "…" } else { "" };
        let number = diagnostic.line.to_string();
        let gap = " ".repeat(text::width(&text::clean(&before)) + text::width(start));
        let _ = writeln!(shown, "  {number} | {start}{}{end}", text::clean(&part));
        let _ = writeln!(shown, "  {} | {gap}^", " ".repeat(number.len()));
    }
    shown
}

/// Warns about odd files of ours; whether one is wrong.
pub fn warn(found: &[Diagnostic]) -> bool {
    let mut wrong = false;
    for diagnostic in found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
        say(&diagnostic.to_string());
        wrong = true;
    }
    wrong
}
