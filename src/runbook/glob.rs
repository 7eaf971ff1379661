//! Patterns in which only `*` and `{name}` are special (design.md section 4, Match).

use super::labels::Name;
use regex::{Regex, RegexBuilder};
use std::sync::{Arc, OnceLock};

/// Longest pattern, in bytes. Real ones are under 200.
pub const MAX_PATTERN: usize = 1000;

/// Largest compiled pattern, in bytes: a pattern of many placeholders is refused, not slow.
const MAX_COMPILED: usize = 4 << 20;

/// A compiled pattern. `*` matches any text, `{name}` any non-empty text (as little as possible) that becomes a label,
/// `{name:1|2}` one of these words; everything else is literal, brackets and parentheses too.
///
/// A placeholder that ends an open pattern has nothing behind it that says where it stops: it takes the rest.
/// A brace that no small letter follows is literal, so that JSON may be matched.
#[derive(Debug, Clone)]
pub struct Glob {
    /// The pattern as written.
    pub source: Name,
    /// Number of literal characters, for ranking (R31).
    pub literal: usize,
    /// Whether it holds a `*` or a placeholder.
    pub wild: bool,
    anchor: Anchor,
    exact_case: bool,
    /// The literal text that it begins with, where it must stand at the start of the text.
    prefix: String,
    expression: String,
    /// Compiled when it is first needed: most patterns say no by their first letters, and hundreds of them stand
    /// between the start of the program and its first screen. `None`: it could not be compiled, and matches nothing.
    regex: Arc<OnceLock<Option<Regex>>>,
    names: Vec<Name>,
}

/// Patterns longer than this, in bytes, are compiled at once, so that one that is too large is refused.
const SURELY_SMALL: usize = 300;

/// Where a pattern must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the start of the text; the end is open (a subject).
    Start,
    /// The whole text (an address).
    Whole,
    /// The whole of some line of the text, blanks around it aside (a body).
    Line,
    /// Anywhere within a line.
    Anywhere,
}

/// A place where a pattern matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GlobMatch {
    /// Byte range in the text.
    pub start: usize,
    /// End of the range.
    pub end: usize,
    /// Placeholder values in order.
    pub captures: Vec<(Name, String)>,
}

/// A piece of a pattern.
enum Piece<'p> {
    Literal(&'p str),
    Star,
    Placeholder(&'p str, Vec<&'p str>),
}

impl Glob {
    /// Compiles a pattern; case-insensitive unless `exact_case`.
    ///
    /// # Errors
    /// Byte offset in the pattern and what was expected.
    pub fn new(pattern: &str, anchor: Anchor, exact_case: bool) -> Result<Glob, (usize, String)> {
        if pattern.is_empty() {
            return Err((0, "an empty pattern; write \"*\" to match anything".into()));
        }
        if pattern.len() > MAX_PATTERN {
            return Err((0, format!("a pattern of {} bytes; at most {MAX_PATTERN} are allowed", pattern.len())));
        }
        let pieces = pieces(pattern)?;
        let mut expression = String::from(match anchor {
            Anchor::Start => r"\A",
            Anchor::Whole => r"\A(?:",
            Anchor::Line => r"^[^\S\n]*(",
            Anchor::Anywhere => "",
        });
        let mut literal = 0;
        let mut wild = false;
        let mut names = Vec::new();
        let last = pieces.len().saturating_sub(1);
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Literal(text) => {
                    literal += text.chars().count();
                    expression.push_str(&regex::escape(text));
                }
                Piece::Star => {
                    wild = true;
                    // As little as possible, so that a range shown to people ends where the pattern's text ends.
                    let open_end = index == last && matches!(anchor, Anchor::Start | Anchor::Anywhere);
                    if !open_end {
                        expression.push_str(".*?");
                    }
                }
                Piece::Placeholder(name, words) => {
                    wild = true;
                    names.push(Name::from(*name));
                    if words.is_empty() {
                        let open_end = index == last && matches!(anchor, Anchor::Start | Anchor::Anywhere);
                        expression.push_str(if open_end { "(.+)" } else { "(.+?)" });
                    } else {
                        literal += words.iter().map(|word| word.chars().count()).min().unwrap_or(0);
                        // The longest first: of `1|10`, `10` must not be read as `1`.
                        let mut sorted = words.clone();
                        sorted.sort_by_key(|word| std::cmp::Reverse(word.len()));
                        let escaped: Vec<String> = sorted.iter().map(|word| regex::escape(word)).collect();
                        expression.push('(');
                        expression.push_str(&escaped.join("|"));
                        expression.push(')');
                    }
                }
            }
        }
        expression.push_str(match anchor {
            Anchor::Start | Anchor::Anywhere => "",
            Anchor::Whole => r")\z",
            Anchor::Line => r")[^\S\n]*$",
        });
        let prefix = match (anchor, pieces.first()) {
            (Anchor::Start | Anchor::Whole, Some(Piece::Literal(text))) => (*text).to_owned(),
            _ => String::new(),
        };
        let source = Name::from(pattern);
        let regex = Arc::default();
        let glob = Glob { source, literal, wild, anchor, exact_case, prefix, expression, regex, names };
        if pattern.len() > SURELY_SMALL && glob.regex().is_none() {
            return Err((0, "the pattern is too large: use fewer placeholders or words".to_owned()));
        }
        Ok(glob)
    }

    fn regex(&self) -> Option<&Regex> {
        let build = || {
            RegexBuilder::new(&self.expression)
                .case_insensitive(!self.exact_case)
                .multi_line(self.anchor == Anchor::Line)
                .dot_matches_new_line(matches!(self.anchor, Anchor::Start | Anchor::Whole))
                .size_limit(MAX_COMPILED)
                .dfa_size_limit(MAX_COMPILED)
                .build()
                .ok()
        };
        self.regex.get_or_init(build).as_ref()
    }

    /// Whether the first letters of a text say already that it cannot match. Letters outside ASCII are left to the
    /// regular expression: some of them are the same as an ASCII letter of the other case.
    fn surely_not(&self, text: &str) -> bool {
        let mut text = text.bytes();
        for wanted in self.prefix.bytes() {
            let Some(found) = text.next() else { return true };
            if !wanted.is_ascii() || !found.is_ascii() {
                return false;
            }
            let same = if self.exact_case { wanted == found } else { wanted.eq_ignore_ascii_case(&found) };
            if !same {
                return true;
            }
        }
        false
    }

    /// The names of its placeholders, in order.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Whether it matches; cheaper than [`Glob::find`].
    pub fn is_match(&self, text: &str) -> bool {
        !self.surely_not(text) && self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// The first match.
    pub fn find(&self, text: &str) -> Option<GlobMatch> {
        if self.surely_not(text) {
            return None;
        }
        let regex = self.regex()?;
        if self.names.is_empty() && self.anchor != Anchor::Line {
            return regex.find(text).map(|m| GlobMatch { start: m.start(), end: m.end(), captures: Vec::new() });
        }
        regex.captures(text).map(|captures| self.found(&captures))
    }

    /// The first so many matches, in order, without overlap.
    pub fn find_all(&self, text: &str, most: usize) -> Vec<GlobMatch> {
        let Some(regex) = self.regex().filter(|_| !self.surely_not(text)) else { return Vec::new() };
        regex.captures_iter(text).take(most).map(|captures| self.found(&captures)).collect()
    }

    fn found(&self, captures: &regex::Captures<'_>) -> GlobMatch {
        // In a line the pattern itself is the first group, so that the blanks around it do not count.
        let first = usize::from(self.anchor == Anchor::Line);
        let whole = captures.get(first).map_or((0, 0), |m| (m.start(), m.end()));
        let values = self
            .names
            .iter()
            .enumerate()
            .filter_map(|(i, name)| Some((name.clone(), captures.get(first + 1 + i)?.as_str().to_owned())))
            .collect();
        GlobMatch { start: whole.0, end: whole.1, captures: values }
    }
}

/// Splits a pattern into its pieces.
fn pieces(pattern: &str) -> Result<Vec<Piece<'_>>, (usize, String)> {
    let mut pieces = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut literal_from = 0;
    let mut at = 0;
    let bytes = pattern.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        let placeholder = byte == b'{' && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        if byte != b'*' && !placeholder {
            at += 1;
            continue;
        }
        if let Some(text) = pattern.get(literal_from..at).filter(|text| !text.is_empty()) {
            pieces.push(Piece::Literal(text));
        }
        if byte == b'*' {
            // Several stars in a row say no more than one.
            if !matches!(pieces.last(), Some(Piece::Star)) {
                pieces.push(Piece::Star);
            }
            at += 1;
        } else {
            let inside = pattern.get(at + 1..).unwrap_or_default();
            let Some(length) = inside.find('}') else {
                return Err((at, "a placeholder without its `}`".into()));
            };
            let inside = inside.get(..length).unwrap_or_default();
            let (name, words) = match inside.split_once(':') {
                Some((name, words)) => (name, words.split('|').collect::<Vec<_>>()),
                None => (inside, Vec::new()),
            };
            if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_') {
                return Err((
                    at,
                    format!("`{{{inside}}}` is no placeholder: a name has small letters, digits, - and _"),
                ));
            }
            if words.iter().any(|word| word.is_empty()) {
                return Err((at, format!("`{{{inside}}}` has an empty word: write {{{name}:one|two}}")));
            }
            if names.contains(&name) {
                return Err((at, format!("the placeholder `{{{name}}}` stands twice")));
            }
            names.push(name);
            pieces.push(Piece::Placeholder(name, words));
            at += length + 2;
        }
        literal_from = at;
    }
    if let Some(text) = pattern.get(literal_from..).filter(|text| !text.is_empty()) {
        pieces.push(Piece::Literal(text));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures(pattern: &str, anchor: Anchor, text: &str) -> Option<Vec<(Name, String)>> {
        Glob::new(pattern, anchor, false).unwrap().find(text).map(|found| found.captures)
    }

    #[test]
    fn everything_but_star_and_placeholder_is_literal() {
        let rows = [
            ("[vcs2vcs] process delays*", "[vcs2vcs] process delays on x", true),
            ("[vcs2vcs] process delays*", "[vcs2vcs] AUTOFIX process delays on x", false),
            ("[vcs2vcs] process delays*", "v process delays", false),
            ("Suspected machine issue (*", "Suspected machine issue (talos-1)", true),
            ("collapse report", "Collapse Report: 14 of them", true),
            ("collapse report", "a collapse report", false),
            ("a.b", "axb", false),
            ("a+b?", "a+b?c", true),
            (r#"{"AlarmName":*"#, r#"{"AlarmName":"x"}"#, true),
        ];
        for (pattern, subject, expected) in rows {
            let glob = Glob::new(pattern, Anchor::Start, false).unwrap();
            assert_eq!(glob.find(subject).is_some(), expected, "{pattern} on {subject}");
            assert_eq!(glob.is_match(subject), expected, "{pattern} on {subject}");
        }
    }

    #[test]
    fn an_address_matches_whole() {
        let glob = Glob::new("release+vcs2vcs*@mozilla.com", Anchor::Whole, false).unwrap();
        assert!(glob.find("release+vcs2vcs+forward@mozilla.com").is_some());
        assert!(glob.find("Release+VCS2VCS@Mozilla.com").is_some());
        assert!(glob.find("release+vcs2vcs@mozilla.com.evil.org").is_none());
        assert!(glob.find("xrelease+vcs2vcs@mozilla.com").is_none());
    }

    #[test]
    fn a_placeholder_takes_as_little_as_it_can_and_the_rest_at_an_open_end() {
        let value = |pattern, anchor, text| captures(pattern, anchor, text).map(|found| found[0].1.clone());
        let push = "[vcs2vcs]: git.m.o push {n} failed*";
        assert_eq!(value(push, Anchor::Start, "[vcs2vcs]: git.m.o push 2 failed for gecko.git: x"), Some("2".into()));
        assert_eq!(value("push {n:1|2}", Anchor::Start, "push 3"), None);
        assert_eq!(value("push {n:1|10}", Anchor::Start, "push 10 failed"), Some("10".into()));
        assert_eq!(value("on {host}", Anchor::Start, "on sync1 now"), Some("sync1 now".into()));
        let body = "first\n  releases-gecko: last update 64 minutes ago \r\nlast";
        assert_eq!(value("{repos}: last update *", Anchor::Line, body), Some("releases-gecko".into()));
        assert_eq!(value("last update*", Anchor::Line, body), None);
    }

    #[test]
    fn a_line_match_leaves_the_blanks_around_it_out() {
        let text = "a\n   bc d  \nbc d";
        let found = Glob::new("bc *", Anchor::Line, false).unwrap().find_all(text, 10);
        assert_eq!(found.iter().map(|m| &text[m.start..m.end]).collect::<Vec<_>>(), ["bc d", "bc d"]);
    }

    #[test]
    fn case_is_folded_beyond_ascii() {
        for (pattern, text) in
            [("kilo", "\u{212a}ilo x"), ("\u{212a}ilo", "kilo"), ("große", "GRO\u{1e9e}E"), ("straſe", "STRASE")]
        {
            assert!(Glob::new(pattern, Anchor::Start, false).unwrap().is_match(text), "{pattern} on {text}");
        }
        assert!(!Glob::new("kilo", Anchor::Start, true).unwrap().is_match("Kilo"));
        assert!(!Glob::new("kilo", Anchor::Start, false).unwrap().is_match("kil"));
    }

    #[test]
    fn a_pattern_that_is_too_large_is_refused() {
        let many: String = (0..20).map(|i| format!("{{p{i}:{}}}", "ab|".repeat(12) + "c")).collect();
        assert!(many.len() > SURELY_SMALL && Glob::new(&many, Anchor::Whole, false).is_ok());
        assert!(Glob::new(&"x".repeat(MAX_PATTERN + 1), Anchor::Whole, false).is_err());
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_said_with_its_place() {
        for (pattern, offset, word) in [
            ("", 0, "empty pattern"),
            ("ab {host", 3, "without its"),
            ("{Host} {ho st}", 7, "no placeholder"),
            ("{n} {n}", 4, "twice"),
            ("x{n:1|}", 1, "empty word"),
        ] {
            let (at, message) = Glob::new(pattern, Anchor::Start, false).unwrap_err();
            assert_eq!(at, offset, "{pattern}");
            assert!(message.contains(word), "{pattern}: {message}");
        }
    }
}
