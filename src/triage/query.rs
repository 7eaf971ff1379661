//! The query language over rows: `field:value`, words, `and` `or` `not`, quotes, parentheses; with spans and "did you mean".

use super::inbox::Entry;

/// A parsed query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// As typed.
    pub source: String,
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Byte range in the query.
    pub start: usize,
    /// End of the range.
    pub end: usize,
    /// What is wrong and what was expected.
    pub message: String,
    /// The nearest field or word that exists.
    pub suggestion: Option<String>,
}

impl Query {
    /// Reads a query; empty text selects everything.
    ///
    /// # Errors
    /// Where it is wrong and what was expected.
    pub fn parse(_text: &str) -> Result<Query, QueryError> {
        todo!()
    }

    /// Whether it selects a row. Fields that need the body answer from what the row holds.
    pub fn matches(&self, _entry: &Entry<'_>, _category: &str, _folder: &str, _now: crate::mail::Time) -> bool {
        todo!()
    }
}
