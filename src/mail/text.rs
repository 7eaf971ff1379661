//! The one door through which untrusted text reaches a terminal.
//!
//! Everything that a mail, a file name, a runbook or an error says passes [`clean`], [`clean_lines`], [`wrap`] or
//! [`graphemes`] before it is laid out. Bad characters are *shown* as marks, never dropped: a control character as its
//! picture (`␛`), everything else that is invisible or changes its surroundings as `\u{202e}`.
//!
//! What holds for every output (tests below and in `tests/it/mail.rs`):
//! no control character (but `\n` in [`clean_lines`]), no bidirectional control, no zero-width or default-ignorable
//! character, no tag, private-use or noncharacter; the zero width joiner only between emoji and a variation selector
//! only after a visible base; at most eight combining marks and 64 bytes a grapheme; no grapheme of width 0; at most
//! eight times as long as the input; cleaning twice changes nothing.

use std::borrow::Cow;
use std::fmt::Write as _;

use memchr::memchr;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Largest number of bytes of one grapheme: what one cell may send to the terminal.
const CLUSTER_BYTES: usize = 64;
/// Largest number of zero-width marks on one base.
const CLUSTER_MARKS: usize = 8;
/// Columns between tab stops.
const TAB: usize = 8;
/// Shown where something is cut, and for a wide character that does not fit a single column.
const CUT: &str = "…";

/// One line of untrusted text made fit for a terminal: no control, bidi, zero-width or tag character is left, each
/// shown by a visible mark; line breaks and tabs become one blank. Idempotent.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for run in runs(text) {
        match run {
            Run::Plain(plain) => out.push_str(plain),
            Run::Break | Run::Tab => out.push(' '),
            Run::Control(c) => out.push(picture(c)),
            Run::Other(cluster) => sanitize(cluster, &mut |piece, _| out.push_str(piece)),
        }
    }
    Cow::Owned(out)
}

/// The same for a text of many lines: line breaks stay, tabs are expanded to columns of 8.
pub fn clean_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for run in runs(text) {
        match run {
            Run::Plain(plain) => {
                out.push_str(plain);
                column += plain.len();
            }
            Run::Break => {
                out.push('\n');
                column = 0;
            }
            Run::Tab => {
                let blanks = TAB - column % TAB;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            Run::Control(c) => {
                out.push(picture(c));
                column += 1;
            }
            Run::Other(cluster) => sanitize(cluster, &mut |piece, columns| {
                out.push_str(piece);
                column += columns;
            }),
        }
    }
    out
}

/// One line of bytes of unknown encoding made fit for a terminal: [`clean`], and what is not UTF-8 is shown as `\xNN`.
pub fn clean_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    match clean(&out) {
        Cow::Borrowed(_) => out,
        Cow::Owned(cleaned) => cleaned,
    }
}

/// A number with its noun: "1 line", "2 lines". For nouns that take an s.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Columns that a cleaned text takes: the sum over its graphemes, which is how it is laid out cell by cell.
pub fn width(text: &str) -> usize {
    if is_plain(text.as_bytes()) {
        return text.len();
    }
    let mut columns = 0;
    for run in runs(text) {
        columns += run.width();
    }
    columns
}

/// The longest start of a cleaned text that fits in that many columns, with `…` where something is cut.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns && is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let Some(before_cut) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let (mut used, mut at) = (0, 0);
    // The end of the longest start that leaves a column for the ellipsis.
    let mut keep = 0;
    for run in runs(text) {
        let step = run.width();
        if let Some(room) = before_cut.checked_sub(used) {
            match run {
                Run::Plain(_) => keep = at + step.min(room),
                _ if step <= room => keep = at + run.bytes(),
                _ => {}
            }
        }
        if used + step > columns {
            return Cow::Owned(format!("{}{CUT}", text.get(..keep).unwrap_or_default()));
        }
        at += run.bytes();
        used += step;
    }
    Cow::Borrowed(text)
}

/// Cleans and wraps a text at that many columns, at blanks where it can; indentation is kept for continuation lines of quotes.
///
/// Takes time linear in the text. A last line break does not make an empty line. Zero columns count as one.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_first(text, columns, usize::MAX).0
}

/// The first lines of the same, at most so many, and whether there are more.
pub fn wrap_first(text: &str, columns: usize, most: usize) -> (Vec<String>, bool) {
    let columns = columns.max(1);
    let cleaned = clean_lines(text);
    let mut lines = Vec::new();
    let mut rest = cleaned.as_str();
    while !rest.is_empty() && lines.len() <= most {
        let (line, next) = match memchr(b'\n', rest.as_bytes()) {
            Some(end) => (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default()),
            None => (rest, ""),
        };
        wrap_line(line, columns, most, &mut lines);
        rest = next;
    }
    let more = lines.len() > most;
    lines.truncate(most);
    (lines, more)
}

/// Cleaned grapheme clusters of one line, each with its width in columns (0 never occurs, at most 64 bytes each).
pub fn graphemes(text: &str) -> Vec<(String, u16)> {
    let mut out = Vec::with_capacity(text.len());
    for run in runs(text) {
        match run {
            Run::Plain(plain) => out.extend(plain.chars().map(|c| (String::from(c), 1))),
            Run::Break | Run::Tab => out.push((String::from(' '), 1)),
            Run::Control(c) => out.push((String::from(picture(c)), 1)),
            Run::Other(cluster) => sanitize(cluster, &mut |piece, columns| {
                if piece.is_ascii() {
                    out.extend(piece.chars().map(|c| (String::from(c), 1)));
                } else {
                    out.push((piece.to_owned(), u16::try_from(columns).unwrap_or(u16::MAX)));
                }
            }),
        }
    }
    out
}

/// Whether this character is never shown as itself (besides C0 and DEL, which have pictures): invisible, changes the
/// order of its surroundings, or has no meaning outside a private agreement.
pub(crate) fn is_bad(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}'
        | '\u{f0000}'..='\u{10ffff}')
        || (c as u32) & 0xfffe == 0xfffe
}

/// Variation selectors: kept directly after a visible base only.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Characters that the zero width joiner may lead to within one cluster (all of Extended_Pictographic lies here; the
/// Indic letters, the only others that a joiner binds, do not).
fn is_pictographic(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, 0x20..=0x7e))
}

/// The picture of a C0 control character or DEL.
fn picture(control: u8) -> char {
    match control {
        0x7f => '\u{2421}',
        c => char::from_u32(0x2400 + u32::from(c & 0x1f)).unwrap_or('\u{2421}'),
    }
}

/// A piece of text that is handled alike.
#[derive(Clone, Copy)]
enum Run<'a> {
    /// Printable ASCII: one column a byte.
    Plain(&'a str),
    /// `\n` or `\r\n`.
    Break,
    Tab,
    /// Another C0 control character or DEL.
    Control(u8),
    /// One grapheme cluster that is not ASCII alone.
    Other(&'a str),
}

impl Run<'_> {
    fn bytes(&self) -> usize {
        match self {
            Run::Plain(text) | Run::Other(text) => text.len(),
            // Only called on cleaned text, where a break is a plain line feed.
            Run::Break | Run::Tab | Run::Control(_) => 1,
        }
    }

    fn width(&self) -> usize {
        match self {
            Run::Plain(text) => text.len(),
            Run::Break | Run::Tab | Run::Control(_) => 1,
            Run::Other(cluster) => UnicodeWidthStr::width(*cluster),
        }
    }
}

/// Cuts a text into [`Run`]s. ASCII is passed in long pieces; only stretches around other characters are segmented.
fn runs(text: &str) -> Runs<'_> {
    Runs { rest: text, stretch: "" }
}

struct Runs<'a> {
    rest: &'a str,
    /// A stretch before `rest` that is to be taken cluster by cluster.
    stretch: &'a str,
}

impl<'a> Iterator for Runs<'a> {
    type Item = Run<'a>;

    fn next(&mut self) -> Option<Run<'a>> {
        if self.stretch.is_empty() {
            let bytes = self.rest.as_bytes();
            let first = *bytes.first()?;
            if first < 0x80 {
                let ascii = bytes.iter().position(|b| !matches!(b, 0x20..=0x7e)).unwrap_or(bytes.len());
                // The last plain character may be the base of what follows it.
                let plain = if bytes.get(ascii).is_some_and(|b| *b >= 0x80) { ascii.saturating_sub(1) } else { ascii };
                if plain > 0 {
                    let (run, rest) = self.rest.split_at(plain);
                    self.rest = rest;
                    return Some(Run::Plain(run));
                }
                if ascii == 0 {
                    let crlf = first == b'\r' && bytes.get(1) == Some(&b'\n');
                    self.rest = self.rest.get(if crlf { 2 } else { 1 }..).unwrap_or_default();
                    return Some(match first {
                        b'\n' => Run::Break,
                        b'\r' if crlf => Run::Break,
                        b'\t' => Run::Tab,
                        control => Run::Control(control),
                    });
                }
            }
            // Up to two ASCII characters in a row, between which there is always a boundary; controls end it at once.
            let end = stretch_end(bytes);
            let (stretch, rest) = self.rest.split_at(end);
            self.stretch = stretch;
            self.rest = rest;
        }
        let cluster = self.stretch.graphemes(true).next()?;
        self.stretch = self.stretch.get(cluster.len()..).unwrap_or_default();
        Some(if is_plain(cluster.as_bytes()) { Run::Plain(cluster) } else { Run::Other(cluster) })
    }
}

fn stretch_end(bytes: &[u8]) -> usize {
    let mut previous_ascii = false;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte < 0x20 || *byte == 0x7f {
            return at;
        }
        let ascii = *byte < 0x80;
        if ascii && previous_ascii {
            return at;
        }
        previous_ascii = ascii;
    }
    bytes.len()
}

/// Passes one grapheme cluster on in pieces, each visible, with its width: what is fit as it is, the rest as marks.
fn sanitize(cluster: &str, emit: &mut dyn FnMut(&str, usize)) {
    let mut piece = Piece::default();
    let mut chars = cluster.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\u{200d}' {
            // GB11 keeps a joiner inside a cluster only between pictographs (besides Indic letters).
            let next = chars.peek().map(|(_, next)| *next);
            let joins = !piece.text.is_empty()
                && next.is_some_and(|n| {
                    is_pictographic(n) && !joins_ascii(n) && piece.text.len() + 3 + n.len_utf8() <= CLUSTER_BYTES
                });
            if joins {
                piece.text.push(c);
            } else {
                piece.flush(emit);
                mark(c, emit);
            }
            continue;
        }
        if is_bad(c) || (is_selector(c) && !piece.takes_selector()) {
            piece.flush(emit);
            mark(c, emit);
            continue;
        }
        if piece.text.is_empty() {
            // What would join the end of a mark or of a blank has lost its base: it is shown as a mark too.
            if UnicodeWidthChar::width(c).unwrap_or(0) == 0 || joins_ascii(c) {
                mark(c, emit);
            } else {
                piece.push(c);
            }
            continue;
        }
        if UnicodeWidthChar::width(c).unwrap_or(0) == 0 {
            piece.marks += 1;
        }
        if piece.marks > CLUSTER_MARKS || piece.text.len() + c.len_utf8() > CLUSTER_BYTES {
            piece.flush(emit);
            mark(c, emit);
            let left = cluster.get(at..).map_or(1, |rest| rest.chars().count());
            if left > 1 {
                let many = format!("*{left}");
                emit(&many, many.len());
            }
            return;
        }
        piece.push(c);
    }
    piece.flush(emit);
}

#[derive(Default)]
struct Piece {
    text: String,
    marks: usize,
}

impl Piece {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    /// Whether the last character is a base that has no selector yet.
    fn takes_selector(&self) -> bool {
        self.text.chars().next_back().is_some_and(|c| !is_selector(c) && UnicodeWidthChar::width(c).unwrap_or(0) > 0)
    }

    fn flush(&mut self, emit: &mut dyn FnMut(&str, usize)) {
        if self.text.is_empty() {
            return;
        }
        match UnicodeWidthStr::width(self.text.as_str()) {
            0 => self.text.chars().for_each(|c| mark(c, emit)),
            columns => emit(&self.text, columns),
        }
        self.text.clear();
        self.marks = 0;
    }
}

/// Whether a character would join the ASCII character before it into one cluster.
pub(crate) fn joins_ascii(c: char) -> bool {
    let mut pair = String::from("}");
    pair.push(c);
    pair.graphemes(true).nth(1).is_none()
}

/// Shows a character by its number.
fn mark(c: char, emit: &mut dyn FnMut(&str, usize)) {
    if c.is_ascii_control() {
        let mut buffer = [0; 4];
        emit(picture(c as u8).encode_utf8(&mut buffer), 1);
    } else {
        let text = format!("\\u{{{:x}}}", c as u32);
        emit(&text, text.len());
    }
}

/// The start of a line that repeats on its continuation lines: quote marks and the blanks between them.
fn quote_prefix(line: &str, columns: usize) -> &str {
    let end = line.bytes().position(|b| b != b'>' && b != b' ').unwrap_or(line.len());
    let prefix = line.get(..end).unwrap_or_default();
    if prefix.contains('>') && end * 2 <= columns { prefix } else { "" }
}

/// Wraps one cleaned line; the rest of it is left out once there are more lines than so many.
fn wrap_line(line: &str, columns: usize, most: usize, lines: &mut Vec<String>) {
    if line.len() <= columns {
        // A byte takes at most one column.
        lines.push(line.trim_end_matches(' ').to_owned());
        return;
    }
    let before = lines.len();
    let prefix = quote_prefix(line, columns);
    let mut wrapping =
        Wrapping { columns, prefix, lines, text: String::new(), used: 0, break_at: None, visible: false, skip: false };
    for run in runs(line) {
        match run {
            Run::Plain(plain) => {
                for (at, byte) in plain.bytes().enumerate() {
                    if wrapping.lines.len() > most {
                        return;
                    }
                    wrapping.put(plain.get(at..=at).unwrap_or_default(), 1, byte == b' ');
                }
            }
            Run::Other(_) if wrapping.lines.len() > most => return,
            Run::Other(cluster) => {
                let step = UnicodeWidthStr::width(cluster);
                if step > columns - prefix.len() {
                    wrapping.put(CUT, 1, false);
                } else {
                    wrapping.put(cluster, step, false);
                }
            }
            // Cleaned text holds none.
            Run::Break | Run::Tab | Run::Control(_) => {}
        }
    }
    if wrapping.visible || wrapping.lines.len() == before {
        wrapping.next_line(wrapping.text.len(), wrapping.used);
    }
}

/// A line that is being wrapped.
struct Wrapping<'a> {
    columns: usize,
    prefix: &'a str,
    lines: &'a mut Vec<String>,
    /// The output line so far, and its columns.
    text: String,
    used: usize,
    /// The byte after the last blank that follows something visible, and the columns up to there.
    break_at: Option<(usize, usize)>,
    /// Whether the output line holds more than blanks and the prefix.
    visible: bool,
    /// Whether blanks are dropped, because the line was broken at one.
    skip: bool,
}

impl Wrapping<'_> {
    fn put(&mut self, cell: &str, step: usize, blank: bool) {
        if blank && self.skip {
            return;
        }
        if self.used + step > self.columns {
            match self.break_at {
                _ if blank => {
                    self.next_line(self.text.len(), self.used);
                    self.skip = true;
                    return;
                }
                Some((at, kept)) if self.prefix.len() + self.used - kept + step <= self.columns => {
                    self.next_line(at, kept);
                }
                _ => self.next_line(self.text.len(), self.used),
            }
        }
        self.text.push_str(cell);
        self.used += step;
        if !blank {
            self.visible = true;
            self.skip = false;
        } else if self.visible {
            self.break_at = Some((self.text.len(), self.used));
        }
    }

    /// Ends the output line at a byte and starts the next one with what stands after it.
    fn next_line(&mut self, at: usize, kept: usize) {
        let tail = self.text.get(at..).unwrap_or_default();
        let next = format!("{}{tail}", self.prefix);
        self.visible = !tail.is_empty();
        self.used = self.prefix.len() + self.used - kept;
        self.text.truncate(at);
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.lines.push(std::mem::replace(&mut self.text, next));
        self.break_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the checker of terminal output forbids, with what we forbid on top.
    fn forbidden(c: char) -> bool {
        matches!(c as u32,
            0..=0x1f | 0x7f..=0x9f | 0xad | 0x61c | 0x115f | 0x1160 | 0x180e | 0x200b | 0x200c | 0x200e | 0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xfeff | 0xffa0 | 0xfff9..=0xfffb
            | 0xe000..=0xf8ff | 0xe0000..=0xe007f | 0xf0000..)
    }

    fn check_clean(out: &str) {
        assert!(!out.chars().any(forbidden), "{out:?}");
        for cluster in out.graphemes(true) {
            assert!(UnicodeWidthStr::width(cluster) > 0, "{cluster:?} in {out:?}");
            assert!(cluster.len() <= CLUSTER_BYTES + 1, "{cluster:?} in {out:?}");
        }
        let mut marks = 0;
        for c in out.chars() {
            marks = if matches!(c, '\u{300}'..='\u{36f}') { marks + 1 } else { 0 };
            assert!(marks <= 8, "{out:?}");
        }
    }

    /// Characters that take part in some rule, more often than chance would have them.
    fn nasty() -> impl Strategy<Value = String> {
        let c = prop_oneof![
            any::<char>(),
            prop::sample::select(
                "\u{0}\t\n\r\u{1b}\u{7f}\u{9b}\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{2028}\u{202e}\u{2066}\u{feff}\
                 \u{fe0f}\u{fe0e}\u{e0101}\u{e0067}\u{e007f}\u{301}\u{20e3}\u{1f3fd}👩💻🏴🇩🇪❤ab >1漢ก\u{e33}\u{e31}क\u{94d}ष\u{93e}\u{600}\
                 \u{1100}\u{1161}\u{11a8}\u{115f}\u{3164}\u{fffe}\u{e000}\u{2800}لا\u{d4e}"
                    .chars()
                    .collect::<Vec<_>>()
            ),
            prop::char::range(' ', '~'),
            prop::char::range('\u{300}', '\u{310}'),
        ];
        prop::collection::vec(c, 0..120).prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn nothing_forbidden_is_left_and_cleaning_twice_changes_nothing(text in nasty()) {
            let once = clean(&text).into_owned();
            check_clean(&once);
            prop_assert_eq!(clean(&once), once.as_str());
            prop_assert!(once.len() <= 8 * text.len() + 16);
            let lines = clean_lines(&text);
            lines.split('\n').for_each(check_clean);
            prop_assert_eq!(clean_lines(&lines), lines.as_str());
        }

        #[test]
        fn cells_are_the_cleaned_text_and_its_width(text in nasty()) {
            let cells = graphemes(&text);
            let joined: String = cells.iter().map(|(cell, _)| cell.as_str()).collect();
            prop_assert_eq!(clean(&text), joined.as_str());
            prop_assert_eq!(cells.iter().map(|(_, w)| usize::from(*w)).sum::<usize>(), width(&joined));
            for (cell, columns) in &cells {
                prop_assert!(*columns > 0 && cell.len() <= CLUSTER_BYTES, "{:?}", cell);
            }
        }

        #[test]
        fn fitted_text_fits(text in nasty(), columns in 0usize..40) {
            let text = clean(&text);
            let fitted = fit(&text, columns);
            prop_assert!(width(&fitted) <= columns);
            if width(&text) <= columns {
                prop_assert_eq!(fitted.as_ref(), text.as_ref());
            }
        }

        #[test]
        fn wrapped_lines_fit_and_lose_only_blanks(text in nasty(), columns in 1usize..60) {
            let solid = |s: &str| s.chars().filter(|c| !c.is_whitespace() && *c != '>').collect::<String>();
            let lines = wrap(&text, columns);
            for line in &lines {
                prop_assert!(width(line) <= columns, "{:?}", line);
                check_clean(line);
            }
            for most in [0, 1, lines.len() / 2, lines.len().saturating_sub(1), lines.len(), lines.len() + 1] {
                let first: Vec<String> = lines.iter().take(most).cloned().collect();
                prop_assert_eq!(wrap_first(&text, columns, most), (first, lines.len() > most));
            }
            if columns >= 40 {
                prop_assert_eq!(solid(&lines.concat()), solid(&clean_lines(&text)));
            }
        }

        #[test]
        fn bytes_of_any_encoding_are_clean(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let out = clean_bytes(&bytes);
            check_clean(&out);
            prop_assert!(out.len() <= 8 * bytes.len() + 16);
        }
    }

    #[test]
    fn bad_characters_are_shown_as_marks() {
        for (text, shown) in [
            ("plain", "plain"),
            ("a\tb\r\nc\nd", "a b c d"),
            ("\u{1b}[31mred\u{7}", "␛[31mred␇"),
            ("a\rb", "a␍b"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("evil\u{202e}gpj.exe", "evil\\u{202e}gpj.exe"),
            ("a\u{200b}b\u{ad}c", "a\\u{200b}b\\u{ad}c"),
            ("\u{3164}\u{2800}", "\\u{3164}\\u{2800}"),
            ("x\u{e0041}", "x\\u{e0041}"),
            ("\u{301}lone", "\\u{301}lone"),
            ("e\u{301}", "e\u{301}"),
            (
                "👩\u{200d}💻 🏳\u{fe0f}\u{200d}🌈 1\u{fe0f}\u{20e3} 🇩🇪",
                "👩\u{200d}💻 🏳\u{fe0f}\u{200d}🌈 1\u{fe0f}\u{20e3} 🇩🇪",
            ),
            ("a\u{200d}b", "a\\u{200d}b"),
            ("a\u{fe0f}\u{fe0f}", "a\u{fe0f}\\u{fe0f}"),
            ("漢字 ☠ ☺ ☝", "漢字 ☠ ☺ ☝"),
        ] {
            assert_eq!(clean(text), shown);
        }
        let zalgo = format!("a{}", "\u{301}".repeat(100));
        assert_eq!(clean(&zalgo), format!("a{}\\u{{301}}*92", "\u{301}".repeat(8)));
        assert_eq!(clean_bytes(b"a\xffb\xc3\xa4\x1b"), "a\\xffbä␛");
    }

    #[test]
    fn tabs_go_to_columns_of_eight() {
        assert_eq!(clean_lines("a\tb\n\tc\n漢\td"), "a       b\n        c\n漢      d");
    }

    #[test]
    fn text_is_cut_at_the_column_with_an_ellipsis() {
        for (text, columns, shown) in [
            ("hello", 5, "hello"),
            ("hello", 4, "hel…"),
            ("hello", 1, "…"),
            ("hello", 0, ""),
            ("漢字漢", 6, "漢字漢"),
            ("漢字漢", 5, "漢字…"),
            ("漢字漢", 4, "漢…"),
            ("a漢", 2, "a…"),
            ("漢a", 1, "…"),
        ] {
            assert_eq!(fit(text, columns), shown, "{text} at {columns}");
        }
    }

    #[test]
    fn text_is_wrapped_at_blanks_and_quotes_keep_their_marks() {
        let table: [(&str, usize, &[&str]); 9] = [
            ("one two three", 8, &["one two", "three"]),
            ("one two", 3, &["one", "two"]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("a\n\nb\n", 10, &["a", "", "b"]),
            ("  indented text", 12, &["  indented", "text"]),
            ("> > quoted words here", 12, &["> > quoted", "> > words", "> > here"]),
            ("漢字漢字", 5, &["漢字", "漢字"]),
            ("漢", 1, &["…"]),
            ("   ", 2, &[""]),
        ];
        for (text, columns, lines) in table {
            assert_eq!(wrap(text, columns), lines, "{text:?} at {columns}");
        }
        assert!(wrap("", 10).is_empty());
    }
}
