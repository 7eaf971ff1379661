//! Patterns in which only `*` and `{name}` are special (design.md section 4, Match).

/// A compiled pattern. `*` matches any text, `{name}` any non-empty text (as little as possible) that becomes a label,
/// `{name:1|2}` one of these words; everything else is literal, brackets and parentheses too.
#[derive(Debug, Clone)]
pub struct Glob {
    /// The pattern as written.
    pub source: String,
    /// Number of literal characters, for ranking (R31).
    pub literal: usize,
    /// Whether it holds a `*` or a placeholder.
    pub wild: bool,
    regex: regex::Regex,
    names: Vec<String>,
}

/// Where a pattern must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the start of the text; the end is open (a subject).
    Start,
    /// The whole text (an address).
    Whole,
    /// The whole of some line of the text (a body).
    Line,
    /// Anywhere.
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
    pub captures: Vec<(String, String)>,
}

impl Glob {
    /// Compiles a pattern; case-insensitive unless `exact_case`.
    ///
    /// # Errors
    /// Byte offset in the pattern and what was expected.
    pub fn new(_pattern: &str, _anchor: Anchor, _exact_case: bool) -> Result<Glob, (usize, String)> {
        todo!()
    }

    /// The first match.
    pub fn find(&self, _text: &str) -> Option<GlobMatch> {
        let _ = (&self.regex, &self.names);
        todo!()
    }

    /// All matches, in order, without overlap.
    pub fn find_all(&self, _text: &str) -> Vec<GlobMatch> {
        todo!()
    }
}
