//! Boolean tests over a message: what a runbook's `match`, a kind and a case's `when` are made of.

use super::glob::Glob;
use crate::mail::{Address, Recipient, Role};

/// What a filter may ask about a message. Implemented by [`crate::mail::Message`] while it is classified.
pub trait Facts {
    /// Subject without reply and forward prefixes (R6).
    fn subject(&self) -> &str;
    /// From addresses.
    fn from(&self) -> &[Address];
    /// All recipient headers.
    fn recipients(&self) -> &[Recipient];
    /// All values of a header, in order.
    fn header<'a>(&'a self, name: &str) -> Vec<&'a str>;
    /// The readable body.
    fn body(&self) -> &str;
    /// The role.
    fn role(&self) -> Role;
    /// Id of the kind that its runbook gave it; `None` before that.
    fn kind(&self) -> Option<&str>;
}

/// A boolean test over a message.
#[derive(Debug, Clone)]
pub enum Filter {
    /// All hold (true when empty).
    All(Vec<Filter>),
    /// One holds (false when empty).
    Any(Vec<Filter>),
    /// The inner one does not hold.
    Not(Box<Filter>),
    /// A single test.
    Test(Test),
}

/// A single test of one field. The table [`FILTERS`] names them all.
#[derive(Debug, Clone)]
pub enum Test {
    /// Any address of the recipient headers, whole.
    To(Glob),
    /// Any From address, whole, or `name@host-prefix` where the pattern has no dot after the `@`.
    From(Glob),
    /// The subject, from its start.
    Subject(Glob),
    /// Any line of the readable body.
    Body(Glob),
    /// Any value of this header, from its start; `*` alone: it is there.
    Header(String, Glob),
    /// The detail of any recipient address, whole (RFC 5233).
    Detail(Glob),
    /// The kind that the runbook gave the message.
    Kind(String),
    /// The role.
    Role(Role),
}

/// A row of the table of filters: what the field is called in TOML and in queries, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct FilterField {
    /// The key.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// One line for help.
    pub doc: &'static str,
}

/// Every field that a filter can test.
pub const FILTERS: &[FilterField] = &[];

/// How specific a match is (R31), most specific last, so that the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Strength {
    /// Nothing in particular.
    #[default]
    CatchAll,
    /// By subject, header or body alone.
    Subject,
    /// By an address pattern with a wildcard.
    AddressGlob,
    /// By a whole address.
    Address,
    /// By sender and subject.
    SenderAndSubject,
}

/// A field that matched, for `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The field or header.
    pub field: String,
    /// The pattern as written.
    pub pattern: String,
    /// The value that was looked at.
    pub value: String,
    /// Byte range within the value.
    pub range: (usize, usize),
    /// Placeholder values.
    pub captures: Vec<(String, String)>,
}

/// A filter that matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matched {
    /// How specific.
    pub strength: Strength,
    /// Literal characters of the deciding pattern.
    pub literal: usize,
    /// What matched where.
    pub spans: Vec<Span>,
}

/// What came of each part of a filter, for `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// `all`, `any`, `not`, or the test as written.
    pub what: String,
    /// Whether it held.
    pub held: bool,
    /// Where it matched, or the value that it did not match.
    pub seen: Option<Span>,
    /// The inner parts.
    pub inner: Vec<Trace>,
}

impl Filter {
    /// Whether it holds, and by what.
    pub fn matches(&self, _facts: &dyn Facts) -> Option<Matched> {
        todo!()
    }

    /// What came of each part.
    pub fn trace(&self, _facts: &dyn Facts) -> Trace {
        todo!()
    }

    /// Whether it looks at the body.
    pub fn needs_body(&self) -> bool {
        todo!()
    }
}
