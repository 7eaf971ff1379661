//! Boolean tests over a message: what a runbook's `match`, a kind and a case's `when` are made of.

use super::glob::{Glob, GlobMatch};
use super::labels::Name;
use crate::mail::{Address, Message, Recipient, Role, text};

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
pub const FILTERS: &[FilterField] = &[
    FilterField {
        name: "to",
        aliases: &["recipient"],
        doc: "any recipient address, whole: To, Cc, Delivered-To, X-Original-To, Envelope-To, Resent-To, Apparently-To, \
              X-GitHub-Recipient-Address",
    },
    FilterField {
        name: "from",
        aliases: &["sender"],
        doc: "any From address, whole; `name@host` without a dot after the @ is the first part of a host name",
    },
    FilterField {
        name: "subject",
        aliases: &["s"],
        doc: "the subject from its start, without Re: and Fwd:; its end is open",
    },
    FilterField {
        name: "body",
        aliases: &["b"],
        doc: "a whole line of the readable body; begin with * to search inside a line",
    },
    FilterField {
        name: "header",
        aliases: &["h"],
        doc: "any header, from the start of its value: { name = \"X-Foo\", glob = \"...\" }; without glob: it is there",
    },
    FilterField {
        name: "detail",
        aliases: &["label"],
        doc: "what stands behind the first + of a recipient address, whole",
    },
    FilterField { name: "kind", aliases: &[], doc: "the kind that the runbook gave the message" },
    FilterField { name: "role", aliases: &[], doc: "alert, reply, forward, auto-reply or bounce" },
];

/// The words that join filters, and the switch for exact case, as keys of a filter's table.
pub const COMBINATORS: &[&str] = &["all", "any", "not", "exact-case"];

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
    pub field: Name,
    /// The pattern as written.
    pub pattern: Name,
    /// The value that was looked at.
    pub value: String,
    /// Byte range within the value.
    pub range: (usize, usize),
    /// Placeholder values.
    pub captures: Vec<(Name, String)>,
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

/// A message as filters see it: with the kind that a runbook gave it.
#[derive(Debug, Clone, Copy)]
pub struct MessageFacts<'m> {
    message: &'m Message,
    kind: Option<&'m str>,
}

impl<'m> MessageFacts<'m> {
    /// The message before any runbook gave it a kind.
    pub fn new(message: &'m Message) -> MessageFacts<'m> {
        MessageFacts { message, kind: None }
    }

    /// The same message with its kind.
    #[must_use]
    pub fn with_kind(self, kind: &'m str) -> MessageFacts<'m> {
        MessageFacts { kind: Some(kind), ..self }
    }
}

impl Facts for MessageFacts<'_> {
    fn subject(&self) -> &str {
        self.message.bare_subject()
    }

    fn from(&self) -> &[Address] {
        &self.message.from
    }

    fn recipients(&self) -> &[Recipient] {
        &self.message.recipients
    }

    fn header<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let wanted = |header: &&'a crate::mail::Header| header.name.eq_ignore_ascii_case(name);
        self.message.headers.iter().filter(wanted).map(|header| header.value.as_str()).collect()
    }

    fn body(&self) -> &str {
        &self.message.body().text
    }

    fn role(&self) -> Role {
        self.message.role
    }

    fn kind(&self) -> Option<&str> {
        self.kind
    }
}

/// What the tests that held add up to, before it becomes a [`Matched`].
#[derive(Debug, Clone, Default)]
struct Found {
    /// Literal characters of address patterns; `Some` where one held.
    address: Option<usize>,
    /// Whether one of them was a whole address.
    whole: bool,
    /// Literal characters of subject, header and body patterns; `Some` where one held.
    content: Option<usize>,
    spans: Vec<Span>,
}

impl Found {
    fn add(&mut self, other: Found) {
        let sum = |a: Option<usize>, b: Option<usize>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.address = sum(self.address, other.address);
        self.content = sum(self.content, other.content);
        self.whole |= other.whole;
        self.spans.extend(other.spans);
    }

    /// Strength and literal characters (R31).
    fn rank(&self) -> (Strength, usize) {
        match (self.address, self.content) {
            (Some(address), Some(content)) => (Strength::SenderAndSubject, address + content),
            (Some(address), None) if self.whole => (Strength::Address, address),
            (Some(address), None) => (Strength::AddressGlob, address),
            (None, Some(content)) => (Strength::Subject, content),
            (None, None) => (Strength::CatchAll, 0),
        }
    }
}

impl Filter {
    /// Whether it holds, and by what. Of several branches of an `any` that hold, the most specific one counts.
    /// The body is only asked for where the tests of headers leave it open.
    pub fn matches(&self, facts: &dyn Facts) -> Option<Matched> {
        let found = self.find(facts)?;
        let (strength, literal) = found.rank();
        Some(Matched { strength, literal, spans: found.spans })
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        match self {
            Filter::All(inner) => cheap_first(inner).all(|filter| filter.holds(facts)),
            Filter::Any(inner) => cheap_first(inner).any(|filter| filter.holds(facts)),
            Filter::Not(inner) => !inner.holds(facts),
            Filter::Test(test) => test.holds(facts),
        }
    }

    fn find(&self, facts: &dyn Facts) -> Option<Found> {
        match self {
            Filter::All(inner) => {
                let mut parts: Vec<(usize, Found)> = Vec::with_capacity(inner.len());
                for needs_body in [false, true] {
                    for (index, filter) in inner.iter().enumerate().filter(|(_, f)| f.needs_body() == needs_body) {
                        parts.push((index, filter.find(facts)?));
                    }
                }
                parts.sort_by_key(|(index, _)| *index);
                let mut all = Found::default();
                parts.into_iter().for_each(|(_, found)| all.add(found));
                Some(all)
            }
            Filter::Any(inner) => {
                let mut best: Option<Found> = None;
                for filter in cheap_first(inner) {
                    let rank = best.as_ref().map(Found::rank);
                    // A body is not decoded for a branch that could not be more specific than what holds already.
                    if filter.needs_body() && rank.is_some_and(|rank| filter.potential().rank() <= rank) {
                        continue;
                    }
                    if let Some(found) = filter.find(facts)
                        && rank.is_none_or(|rank| found.rank() > rank)
                    {
                        best = Some(found);
                    }
                }
                best
            }
            Filter::Not(inner) => (!inner.holds(facts)).then(Found::default),
            Filter::Test(test) => test.find(facts),
        }
    }

    /// The most that it could add up to.
    fn potential(&self) -> Found {
        match self {
            Filter::All(inner) => inner.iter().fold(Found::default(), |mut all, filter| {
                all.add(filter.potential());
                all
            }),
            Filter::Any(inner) => inner.iter().map(Filter::potential).max_by_key(Found::rank).unwrap_or_default(),
            Filter::Not(_) => Found::default(),
            Filter::Test(test) => test.weight(),
        }
    }

    /// Strength and literal characters of its most specific branch: what the linter calls brittle.
    pub fn strongest(&self) -> (Strength, usize) {
        self.potential().rank()
    }

    /// What came of each part. Looks at everything, in the order written: this is for `explain`.
    pub fn trace(&self, facts: &dyn Facts) -> Trace {
        let group = |what: &str, inner: &[Filter], held: &dyn Fn(&[Trace]) -> bool| {
            let inner: Vec<Trace> = inner.iter().map(|filter| filter.trace(facts)).collect();
            Trace { what: what.to_owned(), held: held(&inner), seen: None, inner }
        };
        match self {
            Filter::All(inner) => group("all", inner, &|traces| traces.iter().all(|trace| trace.held)),
            Filter::Any(inner) => group("any", inner, &|traces| traces.iter().any(|trace| trace.held)),
            Filter::Not(inner) => {
                group("not", std::slice::from_ref(inner.as_ref()), &|traces| traces.iter().all(|trace| !trace.held))
            }
            Filter::Test(test) => {
                let span = test.span(facts);
                let seen = span.clone().or_else(|| Some(test.looked_at(facts)));
                Trace { what: test.to_string(), held: span.is_some(), seen, inner: Vec::new() }
            }
        }
    }

    /// Whether it looks at the body.
    pub fn needs_body(&self) -> bool {
        match self {
            Filter::All(inner) | Filter::Any(inner) => inner.iter().any(Filter::needs_body),
            Filter::Not(inner) => inner.needs_body(),
            Filter::Test(test) => matches!(test, Test::Body(_)),
        }
    }

    /// All tests in it, in order, with whether each stands under a `not`.
    pub fn tests(&self) -> Vec<(&Test, bool)> {
        fn walk<'f>(filter: &'f Filter, negated: bool, out: &mut Vec<(&'f Test, bool)>) {
            match filter {
                Filter::All(inner) | Filter::Any(inner) => inner.iter().for_each(|filter| walk(filter, negated, out)),
                Filter::Not(inner) => walk(inner, !negated, out),
                Filter::Test(test) => out.push((test, negated)),
            }
        }
        let mut out = Vec::new();
        walk(self, false, &mut out);
        out
    }

    /// In words, as close to how it is written as one line allows.
    pub fn words(&self) -> String {
        let join = |inner: &[Filter], word: &str| {
            let parts: Vec<String> = inner
                .iter()
                .map(|filter| match filter {
                    Filter::All(parts) | Filter::Any(parts) if parts.len() > 1 => format!("({})", filter.words()),
                    _ => filter.words(),
                })
                .collect();
            parts.join(word)
        };
        match self {
            Filter::All(inner) if inner.is_empty() => "anything".to_owned(),
            Filter::Any(inner) if inner.is_empty() => "nothing".to_owned(),
            Filter::All(inner) => join(inner, " and "),
            Filter::Any(inner) => join(inner, " or "),
            Filter::Not(inner) => format!("not ({})", inner.words()),
            Filter::Test(test) => test.to_string(),
        }
    }
}

/// Those that need no body first, each group in order.
fn cheap_first(filters: &[Filter]) -> impl Iterator<Item = &Filter> {
    filters.iter().filter(|filter| !filter.needs_body()).chain(filters.iter().filter(|filter| filter.needs_body()))
}

/// Where a sender pattern matches an address. A pattern whose domain has no dot (`nobody@cruncher`) is also tried on
/// the address with only the first part of its domain.
pub fn sender_matches(glob: &Glob, address: &str) -> Option<GlobMatch> {
    if let Some(found) = glob.find(address) {
        return Some(found);
    }
    let (_, domain) = glob.source.rsplit_once('@')?;
    if domain.contains(['.', '*']) {
        return None;
    }
    let at = address.rfind('@')?;
    let dot = address.get(at..)?.find('.')? + at;
    glob.find(address.get(..dot)?)
}

impl Test {
    /// The name of its field, as in [`FILTERS`].
    pub fn field(&self) -> &'static str {
        match self {
            Test::To(_) => "to",
            Test::From(_) => "from",
            Test::Subject(_) => "subject",
            Test::Body(_) => "body",
            Test::Header(..) => "header",
            Test::Detail(_) => "detail",
            Test::Kind(_) => "kind",
            Test::Role(_) => "role",
        }
    }

    /// Its pattern, where it has one.
    pub fn glob(&self) -> Option<&Glob> {
        match self {
            Test::To(glob)
            | Test::From(glob)
            | Test::Subject(glob)
            | Test::Body(glob)
            | Test::Header(_, glob)
            | Test::Detail(glob) => Some(glob),
            Test::Kind(_) | Test::Role(_) => None,
        }
    }

    /// What it adds to the rank when it holds.
    fn weight(&self) -> Found {
        let mut found = Found::default();
        match self {
            // `*` alone says that there is an address or a subject, which is nothing in particular.
            Test::To(glob) | Test::From(glob) | Test::Detail(glob) if glob.literal > 0 => {
                found.address = Some(glob.literal);
                found.whole = !glob.wild;
            }
            Test::Subject(glob) | Test::Body(glob) if glob.literal > 0 => found.content = Some(glob.literal),
            // A header that is there at all says something: its name counts.
            Test::Header(name, glob) => found.content = Some(name.len() + glob.literal),
            _ => {}
        }
        found
    }

    fn holds(&self, facts: &dyn Facts) -> bool {
        match self {
            Test::Subject(glob) => glob.is_match(facts.subject()),
            Test::Body(glob) => glob.is_match(facts.body()),
            _ => self.span(facts).is_some(),
        }
    }

    fn find(&self, facts: &dyn Facts) -> Option<Found> {
        // Most runbooks do not claim most messages: saying no must be quick.
        if !self.holds(facts) {
            return None;
        }
        let span = self.span(facts)?;
        let mut found = self.weight();
        found.spans.push(span);
        Some(found)
    }

    /// Where it holds.
    fn span(&self, facts: &dyn Facts) -> Option<Span> {
        let span = |field: &str, glob: &Glob, value: &str, found: GlobMatch| Span {
            field: Name::common(field),
            pattern: glob.source.clone(),
            value: value.to_owned(),
            range: (found.start, found.end),
            captures: found.captures,
        };
        match self {
            Test::To(glob) => facts.recipients().iter().find_map(|recipient| {
                let addr = &recipient.address.addr;
                Some(span(recipient.header, glob, addr, glob.find(addr)?))
            }),
            Test::From(glob) => {
                let mut from = facts.from().iter();
                from.find_map(|from| Some(span("From", glob, &from.addr, sender_matches(glob, &from.addr)?)))
            }
            Test::Subject(glob) => Some(span("Subject", glob, facts.subject(), glob.find(facts.subject())?)),
            Test::Body(glob) => {
                let body = facts.body();
                let mut found = glob.find(body)?;
                // A span of the body is a span of its line: whole bodies are not kept with rows.
                let line_start = body.get(..found.start).and_then(|s| s.rfind('\n')).map_or(0, |at| at + 1);
                let line_end = body.get(found.end..).and_then(|s| s.find('\n')).map_or(body.len(), |at| found.end + at);
                let line = body.get(line_start..line_end)?;
                found.start -= line_start;
                found.end -= line_start;
                Some(span("body", glob, line, found))
            }
            Test::Header(name, glob) => {
                let mut values = facts.header(name).into_iter();
                values.find_map(|value| Some(span(name, glob, value, glob.find(value)?)))
            }
            Test::Detail(glob) => facts.recipients().iter().find_map(|recipient| {
                let addr = &recipient.address.addr;
                let detail = recipient.address.detail()?;
                let mut found = glob.find(detail)?;
                let shift = addr.find('+')? + 1;
                found.start += shift;
                found.end += shift;
                Some(span(recipient.header, glob, addr, found))
            }),
            Test::Kind(kind) => (facts.kind() == Some(kind)).then(|| whole("kind", kind)),
            Test::Role(role) => (facts.role() == *role).then(|| whole("role", role.word())),
        }
    }

    /// The values that it looked at in vain.
    fn looked_at(&self, facts: &dyn Facts) -> Span {
        let recipients = |read: &dyn Fn(&Recipient) -> Option<String>| {
            let mut values: Vec<String> = facts.recipients().iter().filter_map(read).collect();
            values.dedup();
            values.join(", ")
        };
        let (field, value) = match self {
            Test::To(_) => ("recipients", recipients(&|recipient| Some(recipient.address.addr.clone()))),
            Test::From(_) => {
                ("From", facts.from().iter().map(|from| from.addr.as_str()).collect::<Vec<_>>().join(", "))
            }
            Test::Subject(_) => ("Subject", facts.subject().to_owned()),
            Test::Body(_) => ("body", text::counted(facts.body().lines().count(), "line")),
            Test::Header(name, _) => (name.as_str(), facts.header(name).join(", ")),
            Test::Detail(_) => ("details", recipients(&|recipient| recipient.address.detail().map(str::to_owned))),
            Test::Kind(_) => ("kind", facts.kind().unwrap_or_default().to_owned()),
            Test::Role(_) => ("role", facts.role().word().to_owned()),
        };
        let pattern = match self {
            Test::Kind(kind) => kind.into(),
            Test::Role(role) => role.word().into(),
            _ => self.glob().map_or_else(|| Name::common(""), |glob| glob.source.clone()),
        };
        Span { field: Name::common(field), pattern, value, range: (0, 0), captures: Vec::new() }
    }
}

/// A span over a word that matched whole.
fn whole(field: &str, value: &str) -> Span {
    Span {
        field: Name::common(field),
        pattern: value.into(),
        value: value.to_owned(),
        range: (0, value.len()),
        captures: Vec::new(),
    }
}

impl std::fmt::Display for Test {
    /// As it is written in a runbook: `subject = "[vcs2vcs]*"`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Test::Header(name, glob) if glob.source == "*" => write!(f, "header {name}"),
            Test::Header(name, glob) => write!(f, "header {name} = \"{}\"", glob.source),
            Test::Kind(kind) => write!(f, "kind = \"{kind}\""),
            Test::Role(role) => write!(f, "role = \"{}\"", role.word()),
            _ => write!(f, "{} = \"{}\"", self.field(), self.glob().map_or("", |glob| glob.source.as_str())),
        }
    }
}
