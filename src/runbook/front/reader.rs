//! Reading TOML so that every complaint knows its line and column, and one mistake does not hide the next.

use crate::error::{Diagnostic, Severity};
use crate::runbook::glob::{Anchor, Glob};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A key and its value, with places.
pub(super) type Entry<'t, 'i> = (&'t str, Range<usize>, &'t Spanned<DeValue<'i>>);

/// A text file with the complaints about it.
pub(crate) struct Source<'i> {
    file: &'i str,
    text: &'i str,
    /// Offset of each line's start.
    lines: Vec<usize>,
    found: RefCell<Vec<Diagnostic>>,
}

/// A string with its place.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

impl<'i> Source<'i> {
    pub(crate) fn new(file: &'i str, text: &'i str) -> Source<'i> {
        let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Source { file, text, lines, found: RefCell::default() }
    }

    /// Line and column (in characters) of an offset, both from 1.
    pub(crate) fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset.min(self.text.len())).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    fn report(&self, severity: Severity, offset: usize, message: impl Into<String>, hint: Option<String>) {
        let (line, column) = self.place(offset);
        let file = self.file.to_owned();
        self.found.borrow_mut().push(Diagnostic { severity, file, line, column, message: message.into(), hint });
    }

    pub(crate) fn error(&self, offset: usize, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.report(Severity::Error, offset, message, hint.into());
    }

    pub(crate) fn warning(&self, offset: usize, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.report(Severity::Warning, offset, message, hint.into());
    }

    /// Whether anything is wrong, rather than odd.
    pub(crate) fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|d| d.severity == Severity::Error)
    }

    /// All complaints, in the order of the file.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|d| (d.line, d.column));
        found.dedup();
        found
    }

    /// An unknown key, with the nearest known one.
    pub(super) fn unknown_key(&self, key: &str, span: &Range<usize>, place: &str, known: &[&str]) {
        let hint = match nearest(key, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("keys here: {}", known.join(", ")),
        };
        self.error(span.start, format!("unknown key `{key}` in {place}"), hint);
    }

    /// Complains about every key that is not known. Returns the entries in the order of the file.
    pub(super) fn entries<'t>(&self, table: &'t DeTable<'i>, place: &str, known: &[&str]) -> Vec<Entry<'t, 'i>> {
        let mut entries = in_order(table);
        entries.retain(|(key, span, _)| {
            let is_known = known.contains(key);
            if !is_known {
                self.unknown_key(key, span, place, known);
            }
            is_known
        });
        entries
    }

    /// A value that is not of the expected type.
    pub(super) fn wrong_type(&self, value: &Spanned<DeValue<'i>>, what: &str, expected: &str) {
        let found = article(value.get_ref().type_str());
        self.error(value.span().start, format!("{what} must be {expected}, not {found}"), None);
    }

    pub(super) fn string(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Option<Text> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, what, "a string");
            return None;
        };
        Some(Text { value: text.to_owned(), span: value.span() })
    }

    /// A string that is not empty.
    pub(super) fn filled(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Option<Text> {
        let text = self.string(value, what)?;
        if text.value.trim().is_empty() {
            self.error(text.span.start, format!("{what} is empty"), None);
            return None;
        }
        Some(text)
    }

    /// A string, or a list of strings.
    pub(super) fn strings(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(values) => values.iter().filter_map(|value| self.filled(value, what)).collect(),
            DeValue::String(_) => self.filled(value, what).into_iter().collect(),
            _ => {
                self.wrong_type(value, what, "a string or a list of strings");
                Vec::new()
            }
        }
    }

    pub(super) fn table<'t>(&self, value: &'t Spanned<DeValue<'i>>, what: &str) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, what, "a table { … }");
        }
        table
    }

    /// A list of tables; a single table counts as a list of one.
    pub(super) fn tables<'t>(
        &self,
        value: &'t Spanned<DeValue<'i>>,
        what: &str,
    ) -> Vec<(&'t DeTable<'i>, Range<usize>)> {
        match value.get_ref() {
            DeValue::Table(table) => vec![(table, value.span())],
            DeValue::Array(values) => {
                values.iter().filter_map(|inner| Some((self.table(inner, what)?, inner.span()))).collect()
            }
            _ => {
                self.wrong_type(value, what, "a list of tables [{ … }]");
                Vec::new()
            }
        }
    }

    pub(super) fn flag(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(value, what, "true or false");
        }
        flag
    }

    /// A whole number from `least` up.
    pub(super) fn number(&self, value: &Spanned<DeValue<'i>>, what: &str, least: u64) -> Option<u64> {
        let number = value.get_ref().as_integer().map(|n| u64::from_str_radix(n.as_str(), n.radix()));
        match number {
            Some(Ok(number)) if number >= least => Some(number),
            Some(_) => {
                self.error(value.span().start, format!("{what} must be a whole number from {least} up"), None);
                None
            }
            None => {
                self.wrong_type(value, what, "a whole number");
                None
            }
        }
    }

    /// A number, whole or not, above zero.
    pub(super) fn decimal(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
            DeValue::Float(n) => n.as_str().parse::<f64>().ok(),
            _ => {
                self.wrong_type(value, what, "a number");
                return None;
            }
        };
        let number = number.filter(|n| n.is_finite() && *n >= 0.0);
        if number.is_none() {
            self.error(value.span().start, format!("{what} must be a number from 0 up"), None);
        }
        number
    }

    /// A duration in seconds.
    pub(super) fn duration(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Option<i64> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, what, "a time like \"5m\" or \"24h\"");
            return None;
        };
        match super::super::case::duration(text) {
            Ok(seconds) => Some(seconds),
            Err(message) => {
                self.error(value.span().start, format!("{what}: {message}"), None);
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T>(&self, text: &Text, what: &str, of: impl Fn(&str) -> Option<T>, words: &[&str]) -> Option<T> {
        let found = of(&text.value);
        if found.is_none() {
            let hint = nearest(&text.value, words).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{}` is no {what}; one of: {}", text.value, words.join(", "));
            self.error(text.span.start, message, hint);
        }
        found
    }

    /// An id: small letters, digits and hyphens.
    pub(super) fn id(&self, value: &Spanned<DeValue<'i>>, what: &str) -> Option<Text> {
        let text = self.filled(value, what)?;
        if text.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Some(text);
        }
        let hint = format!("for example \"{}\"", slug(&text.value));
        let message = format!("{what} `{}` may only have small letters, digits and hyphens", text.value);
        self.error(text.span.start, message, hint);
        None
    }

    /// A pattern; a mistake in it is shown where it stands in the string.
    pub(super) fn glob(&self, text: &Text, anchor: Anchor, exact_case: bool) -> Option<Glob> {
        match Glob::new(&text.value, anchor, exact_case) {
            Ok(glob) => Some(glob),
            Err((offset, message)) => {
                self.error(self.inside(text, offset), message, None);
                None
            }
        }
    }

    /// A regular expression; a mistake in it is shown where it stands in the string.
    pub(super) fn regex(&self, text: &Text) -> Option<regex::Regex> {
        let built = regex::RegexBuilder::new(&text.value).size_limit(1 << 20).multi_line(true).build();
        match built {
            Ok(regex) => Some(regex),
            Err(error) => {
                // The last line of the error is the sentence; those before draw the expression.
                let shown = error.to_string();
                let last = shown.lines().last().unwrap_or_default();
                let sentence = last.strip_prefix("error: ").unwrap_or(last);
                let message = format!("wrong regular expression: {sentence}");
                self.error(text.span.start, message, Some("look-around and back-references do not exist here".into()));
                None
            }
        }
    }

    /// Offset in the file of a byte of a string's value; the string's start where escapes make that unclear.
    fn inside(&self, text: &Text, offset: usize) -> usize {
        let raw = self.text.get(text.span.clone()).unwrap_or_default();
        let quote = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
        let plain = raw.get(quote..raw.len().saturating_sub(quote)) == Some(text.value.as_str());
        if plain { text.span.start + quote + offset } else { text.span.start }
    }
}

/// The entries of a table in the order of the file.
pub(super) fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<Entry<'t, 'i>> =
        table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    entries.sort_by_key(|(_, span, _)| span.start);
    entries
}

/// "a string", "an array".
fn article(noun: &str) -> String {
    let an = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if an { "an" } else { "a" })
}

/// What an id could look like.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(60) {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}

/// The known word that a mistyped one is nearest to, if it is near at all.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words; two swapped letters are one edit. Long words are not compared: they are no typing mistakes.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(65).flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().take(65).flat_map(char::to_lowercase).collect();
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}
