//! The query language over rows: `field:value`, words, `and` `or` `not`, quotes, parentheses; with spans and "did you
//! mean". One table, [`FIELDS`], names every field.
//!
//! ```text
//! query  = or
//! or     = and ("or" and)*
//! and    = not (["and"] not)*
//! not    = ("not" | "-") not | "(" or ")" | atom
//! atom   = [field ":"] value        value = word | "quoted" | /regular expression/
//! ```
//!
//! Rows answer most of it at once. What only the mail itself holds (`body:`, `header:`, `cc:`) is asked for ([`deep`]).

pub mod deep;

use super::inbox::Inbox;
use super::row::{MailKey, Row};
use super::standing::Standing;
use crate::mail::words::Phrase;
use crate::mail::{Flags, Role, Time};
use crate::runbook::Call;
use deep::{Answers, Known, Question, Wanted};
use regex::Regex;
use std::sync::Arc;

/// A parsed query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// As typed.
    pub source: String,
    root: Node,
    questions: Arc<[Question]>,
    /// What is known of what only the mail itself can answer.
    known: Known,
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
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

/// A row of the table of fields.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name before the colon.
    pub name: &'static str,
    /// One line for help.
    pub doc: &'static str,
    build: fn(&Value) -> Result<Test, Trouble>,
}

/// Every field of a query.
pub const FIELDS: &[Field] = &[
    Field { name: "subject", doc: "text in the subject", build: |v| Ok(Test::Subject(v.text()?)) },
    Field { name: "from", doc: "text in the sender's name or address", build: |v| Ok(Test::From(v.text()?)) },
    Field { name: "to", doc: "text in any recipient address", build: |v| Ok(Test::To(v.text()?)) },
    Field { name: "cc", doc: "text in a name or address of Cc; the mail itself is read for it", build: cc },
    Field {
        name: "body",
        doc: "a word or a \"phrase\" of the text; wor* starts a word, *or* is anywhere, /…/ a regular expression",
        build: body,
    },
    Field {
        name: "header",
        doc: "name=text in a header field; name alone: it is there. The mail itself is read for it",
        build: header,
    },
    Field {
        name: "category",
        doc: "a runbook's id, or undocumented; * is a wildcard",
        build: |v| Ok(Test::Category(v.whole()?)),
    },
    Field { name: "kind", doc: "a kind within a runbook", build: |v| Ok(Test::Kind(v.whole()?)) },
    Field { name: "call", doc: "page, act, decide, wait, note or ignore; also >=decide", build: call },
    Field { name: "host", doc: "the label host", build: |v| Ok(Test::Label("host".into(), v.whole()?)) },
    Field { name: "label", doc: "name=value, or the detail of a recipient address", build: label },
    Field {
        name: "detail",
        doc: "the part of a recipient address after its first +",
        build: |v| Ok(Test::Detail(v.whole()?)),
    },
    Field { name: "folder", doc: "a folder's name; inbox for the top one", build: |v| Ok(Test::Folder(v.whole()?)) },
    Field {
        name: "is",
        doc: "unseen, seen, marked, open, ignored, done, snoozed, claimed, back, known, unknown, trashed, replied, forwarded, alert, reply, human, documented, unreadable, needs-you",
        build: is,
    },
    Field { name: "has", doc: "attachment, note, oddity, or a label's name", build: has },
    Field { name: "age", doc: "<2h, >7d", build: age },
    Field { name: "date", doc: "2013-11-21, 2013-11, >=2013-11-01, 2013-11-01..2013-11-30 (UTC)", build: date },
    Field { name: "id", doc: "start of a message's id", build: |v| Ok(Test::Id(v.raw.clone())) },
];

/// Every word that `is:` takes.
pub const IS_WORDS: &[&str] = &[
    "unseen",
    "unread",
    "seen",
    "read",
    "marked",
    "flagged",
    "new",
    "replied",
    "forwarded",
    "trashed",
    "ignored",
    "done",
    "snoozed",
    "claimed",
    "back",
    "known",
    "unknown",
    "open",
    "alert",
    "reply",
    "forward",
    "auto-reply",
    "bounce",
    "human",
    "documented",
    "undocumented",
    "unreadable",
    "needs-you",
];

#[derive(Debug, Clone, Default)]
enum Node {
    #[default]
    Everything,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

#[derive(Debug, Clone)]
enum Test {
    Anything(Regex),
    Subject(Regex),
    From(Regex),
    To(Regex),
    Category(Regex),
    Kind(Regex),
    Call(std::cmp::Ordering, bool, Call),
    Label(String, Regex),
    Detail(Regex),
    Folder(Regex),
    Is(&'static str),
    HasAttachment,
    HasNote,
    HasOddity,
    HasLabel(String),
    /// Seconds, and whether older is meant.
    Age(i64, bool),
    /// From, up to but not including.
    Date(i64, i64),
    Id(String),
    /// What the mail itself must be asked, and which question of the query that is.
    Asked(usize, Question),
}

/// Message and suggestion.
type Trouble = (String, Option<String>);

/// A value as typed.
#[derive(Debug, Clone)]
struct Value {
    raw: String,
    regex: bool,
}

impl Value {
    /// Matches anywhere; `*` is a wildcard; case is ignored.
    fn text(&self) -> Result<Regex, Trouble> {
        self.compile("", "")
    }

    /// Matches the whole; `*` is a wildcard; case is ignored.
    fn whole(&self) -> Result<Regex, Trouble> {
        self.compile("^", "$")
    }

    fn compile(&self, start: &str, end: &str) -> Result<Regex, Trouble> {
        let pattern = if self.regex {
            self.raw.clone()
        } else {
            let parts: Vec<String> = self.raw.split('*').map(regex::escape).collect();
            format!("{start}{}{end}", parts.join(".*"))
        };
        regex::RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| match (error, self.regex) {
                (regex::Error::CompiledTooBig(_), false) => {
                    ("this text is too long to be searched for".to_owned(), None)
                }
                (error, _) => (format!("bad regular expression: {}", one_line(&error.to_string())), None),
            })
    }
}

/// Words, where an index of words can answer; else a text anywhere.
fn body(value: &Value) -> Result<Test, Trouble> {
    let start = value.raw.strip_suffix('*').unwrap_or(&value.raw);
    let wanted = if value.regex || start.contains('*') {
        // What may be before and behind a text that may be anywhere need not be matched.
        let raw = if value.regex { &value.raw } else { value.raw.trim_matches('*') };
        if raw.is_empty() {
            return Err(("there is no word in this: type what is to be found between the *".to_owned(), None));
        }
        Wanted::Text(Value { raw: raw.to_owned(), regex: value.regex }.text()?)
    } else {
        Wanted::Words(Phrase::new(&value.raw).map_err(|why| (why, None))?)
    };
    Ok(asked(deep::Place::Body, wanted))
}

fn cc(value: &Value) -> Result<Test, Trouble> {
    Ok(asked(deep::Place::Cc, Wanted::Text(value.text()?)))
}

fn header(value: &Value) -> Result<Test, Trouble> {
    if value.regex {
        return Ok(asked(deep::Place::Header(String::new()), Wanted::Text(value.text()?)));
    }
    let (name, wanted) = match value.raw.split_once('=') {
        Some((name, text)) => (name, Wanted::Text(Value { raw: text.to_owned(), regex: false }.text()?)),
        None => (value.raw.as_str(), Wanted::Any),
    };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
        return Err((format!("“{name}” is no name of a header field, expected name=text"), None));
    }
    Ok(asked(deep::Place::Header(name.to_owned()), wanted))
}

fn asked(place: deep::Place, wanted: Wanted) -> Test {
    Test::Asked(0, Question::new(place, wanted))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn call(value: &Value) -> Result<Test, Trouble> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let (order, inclusive, word) = match value.raw.as_str() {
        text if text.starts_with(">=") => (Greater, true, &text[2..]),
        text if text.starts_with("<=") => (Less, true, &text[2..]),
        text if text.starts_with('>') => (Greater, false, &text[1..]),
        text if text.starts_with('<') => (Less, false, &text[1..]),
        text => (Equal, true, text),
    };
    let call = Call::from_word(&word.to_lowercase()).ok_or_else(|| {
        let words: Vec<&str> = Call::ALL.iter().map(|call| call.word()).collect();
        (format!("no call “{word}”, expected one of {}", words.join(", ")), nearest(word, &words))
    })?;
    Ok(Test::Call(order, inclusive, call))
}

fn label(value: &Value) -> Result<Test, Trouble> {
    match value.raw.split_once('=') {
        Some((name, of)) if !value.regex => {
            Ok(Test::Label(name.to_lowercase(), Value { raw: of.to_owned(), regex: false }.whole()?))
        }
        _ => Ok(Test::Detail(value.whole()?)),
    }
}

fn is(value: &Value) -> Result<Test, Trouble> {
    let word = value.raw.to_lowercase();
    IS_WORDS.iter().find(|&&known| known == word).map(|&known| Test::Is(known)).ok_or_else(|| {
        (format!("no state “{}”, expected one of {}", value.raw, IS_WORDS.join(", ")), nearest(&word, IS_WORDS))
    })
}

fn has(value: &Value) -> Result<Test, Trouble> {
    Ok(match value.raw.to_lowercase().as_str() {
        "attachment" | "attachments" => Test::HasAttachment,
        "note" | "notes" => Test::HasNote,
        "oddity" | "oddities" => Test::HasOddity,
        label => Test::HasLabel(label.to_owned()),
    })
}

fn age(value: &Value) -> Result<Test, Trouble> {
    let (older, text) = match value.raw.strip_prefix('>') {
        Some(text) => (true, text),
        None => (false, value.raw.strip_prefix('<').unwrap_or(&value.raw)),
    };
    let seconds = crate::runbook::case::duration(text).map_err(|why| (why, None))?;
    Ok(Test::Age(seconds, older))
}

fn date(value: &Value) -> Result<Test, Trouble> {
    let bad = || (format!("no date “{}”, expected 2013-11-21, 2013-11 or 2013-11-01..2013-11-30", value.raw), None);
    let span = |text: &str| day_span(text).ok_or_else(bad);
    let text = value.raw.as_str();
    let (from, to) = if let Some((from, to)) = text.split_once("..") {
        (span(from)?.0, span(to)?.1)
    } else if let Some(text) = text.strip_prefix(">=") {
        (span(text)?.0, i64::MAX)
    } else if let Some(text) = text.strip_prefix("<=") {
        (i64::MIN, span(text)?.1)
    } else if let Some(text) = text.strip_prefix('>') {
        (span(text)?.1, i64::MAX)
    } else if let Some(text) = text.strip_prefix('<') {
        (i64::MIN, span(text)?.0)
    } else {
        span(text)?
    };
    Ok(Test::Date(from, to))
}

/// First second, and first second after, of a day, a month or a year in UTC.
fn day_span(text: &str) -> Option<(i64, i64)> {
    let full = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let first: jiff::civil::Date = full.parse().ok()?;
    let next = match text.len() {
        4 => first.checked_add(jiff::Span::new().years(1)),
        7 => first.checked_add(jiff::Span::new().months(1)),
        _ => first.tomorrow(),
    }
    .ok()?;
    let seconds =
        |day: jiff::civil::Date| day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second());
    Some((seconds(first)?, seconds(next)?))
}

/// The candidate that is at most two edits away.
fn nearest(word: &str, candidates: &[&str]) -> Option<String> {
    candidates
        .iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, candidate)| (*candidate).to_owned())
}

/// Edit distance, capped by the length of what people type.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut last = i + 1;
        let mut next = vec![last];
        for (right, &above) in b.iter().zip(row.iter().skip(1)) {
            last = (above + 1).min(last + 1).min(diagonal + usize::from(left != *right));
            diagonal = above;
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Minus,
    /// Text, whether it was quoted, whether it is a regular expression; with the field before it.
    Word {
        field: Option<(String, usize, usize)>,
        text: String,
        quoted: bool,
        regex: bool,
    },
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, usize, usize)>,
    next: usize,
    depth: usize,
    /// Whether mails can be asked.
    deep: bool,
    questions: Vec<Question>,
}

/// Most questions to mails in one query.
const QUESTIONS: usize = 16;

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 64;

/// Longest query, in bytes: all that a field on the screen takes. Each word becomes a pattern of its own, and what is longer
/// than this nobody typed.
pub const MAX_QUERY: usize = 16 << 10;

impl Query {
    /// Reads a query that rows answer; empty text selects everything.
    ///
    /// # Errors
    /// Where it is wrong and what was expected; where it asks for what only the mail itself holds.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        Query::parse_either(text, false)
    }

    /// Reads a query for which mails may be read, by whom it is for.
    ///
    /// # Errors
    /// Where it is wrong and what was expected.
    pub fn parse_deep(text: &str) -> Result<Query, QueryError> {
        Query::parse_either(text, true)
    }

    fn parse_either(text: &str, deep: bool) -> Result<Query, QueryError> {
        if text.len() > MAX_QUERY {
            let message = format!("a query of {} bytes; at most {MAX_QUERY} are read", text.len());
            return Err(wrong(text.floor_char_boundary(MAX_QUERY), text.len(), message, None));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { text, tokens, next: 0, depth: 0, deep, questions: Vec::new() };
        let root = if parser.tokens.is_empty() { Node::Everything } else { parser.or()? };
        if let Some((_, start, end)) = parser.tokens.get(parser.next) {
            return Err(wrong(*start, *end, "unexpected “)”: no “(” is open", None));
        }
        Ok(Query { source: text.to_owned(), root, questions: parser.questions.into(), known: Known::default() })
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        matches!(self.root, Node::Everything)
    }

    /// Whether it selects a row. What mails have not answered yet does not.
    pub fn matches(&self, inbox: &Inbox, row: &Row, now: Time) -> bool {
        self.root.holds(inbox, row, now, &self.known) == Some(true)
    }

    /// Whether the mail itself must be asked, to say whether it selects a row.
    pub fn is_open(&self, inbox: &Inbox, row: &Row, now: Time) -> bool {
        !self.questions.is_empty() && row.odd.is_none() && self.root.holds(inbox, row, now, &self.known).is_none()
    }

    /// What mails must be asked; empty where rows say it all.
    pub fn questions(&self) -> &Arc<[Question]> {
        &self.questions
    }

    /// Takes in what mails answered.
    pub fn take(&mut self, answers: Answers) {
        self.known.take(answers);
    }

    /// Lets go of what is known of a mail: its file is another one.
    pub fn forget(&mut self, key: &MailKey) {
        self.known.forget(key);
    }
}

fn wrong(start: usize, end: usize, message: impl Into<String>, suggestion: Option<String>) -> QueryError {
    QueryError { start, end, message: message.into(), suggestion }
}

fn tokens(text: &str) -> Result<Vec<(Token, usize, usize)>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let start = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        match first {
            '(' | ')' => {
                tokens.push((if first == '(' { Token::Open } else { Token::Close }, start, start + 1));
                rest = &rest[1..];
            }
            '-' | '!' => {
                tokens.push((Token::Minus, start, start + 1));
                rest = &rest[1..];
            }
            _ => {
                let (token, left) = word(text, rest, start)?;
                tokens.push((token, start, text.len() - left.len()));
                rest = left;
            }
        }
    }
}

/// One `field:value` or value.
fn word<'a>(text: &str, rest: &'a str, start: usize) -> Result<(Token, &'a str), QueryError> {
    let name_len = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(rest.len());
    let (field, value) = match rest.get(name_len..name_len + 1) {
        Some(":") if name_len > 0 => {
            (Some((rest[..name_len].to_lowercase(), start, start + name_len)), &rest[name_len + 1..])
        }
        _ => (None, rest),
    };
    let begin = text.len() - value.len();
    for (quote, regex) in [('"', false), ('/', true)] {
        let Some(inner) = value.strip_prefix(quote) else { continue };
        let Some(end) = inner.find(quote) else {
            return Err(wrong(begin, text.len(), format!("no closing {quote}"), None));
        };
        let token = Token::Word { field, text: inner[..end].to_owned(), quoted: true, regex };
        return Ok((token, &inner[end + 1..]));
    }
    let end = value.find(|c: char| c.is_whitespace() || c == ')' || c == '(').unwrap_or(value.len());
    if end == 0 {
        let name = field.map(|(name, _, _)| name).unwrap_or_default();
        return Err(wrong(start, begin, format!("a value is missing after “{name}:”"), None));
    }
    Ok((Token::Word { field, text: value[..end].to_owned(), quoted: false, regex: false }, &value[end..]))
}

impl Parser<'_> {
    fn peek_word(&self, wanted: &str) -> bool {
        matches!(self.tokens.get(self.next), Some((Token::Word { field: None, text, quoted: false, .. }, _, _)) if text.eq_ignore_ascii_case(wanted))
    }

    fn end(&self) -> bool {
        matches!(self.tokens.get(self.next), None | Some((Token::Close, _, _)))
    }

    fn or(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.and()?];
        while self.peek_word("or") {
            self.next += 1;
            nodes.push(self.and()?);
        }
        Ok(if nodes.len() == 1 { nodes.swap_remove(0) } else { Node::Or(nodes) })
    }

    fn and(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.not()?];
        while !self.end() && !self.peek_word("or") {
            if self.peek_word("and") {
                self.next += 1;
            }
            nodes.push(self.not()?);
        }
        Ok(if nodes.len() == 1 { nodes.swap_remove(0) } else { Node::And(nodes) })
    }

    fn not(&mut self) -> Result<Node, QueryError> {
        let Some((token, start, end)) = self.tokens.get(self.next).cloned() else {
            return Err(wrong(self.text.len(), self.text.len(), "the query ends where a word was expected", None));
        };
        self.next += 1;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(wrong(start, end, format!("nested deeper than {DEPTH}"), None));
        }
        let node = match token {
            Token::Minus => Node::Not(Box::new(self.not()?)),
            Token::Word { field: None, ref text, quoted: false, .. } if text.eq_ignore_ascii_case("not") => {
                Node::Not(Box::new(self.not()?))
            }
            Token::Word { field: None, ref text, quoted: false, .. }
                if text.eq_ignore_ascii_case("and") || text.eq_ignore_ascii_case("or") =>
            {
                return Err(wrong(start, end, format!("“{text}” needs something on its left"), None));
            }
            Token::Open => {
                let inner = self.or()?;
                match self.tokens.get(self.next) {
                    Some((Token::Close, _, _)) => self.next += 1,
                    _ => return Err(wrong(start, end, "this “(” is never closed", None)),
                }
                inner
            }
            Token::Close => return Err(wrong(start, end, "unexpected “)”: a word was expected", None)),
            Token::Word { field, text, regex, .. } => {
                let test = test(field, Value { raw: text, regex }, start, end)?;
                Node::Test(self.numbered(test, start, end)?)
            }
        };
        self.depth -= 1;
        Ok(node)
    }
}

impl Parser<'_> {
    /// Gives a question to mails its number.
    fn numbered(&mut self, test: Test, start: usize, end: usize) -> Result<Test, QueryError> {
        let Test::Asked(_, question) = test else { return Ok(test) };
        if !self.deep {
            let words = "only the filter, `list` and `search` ask this of mails";
            return Err(wrong(start, end, words, None));
        }
        let number = match self.questions.iter().position(|known| *known == question) {
            Some(number) => number,
            None if self.questions.len() >= QUESTIONS => {
                return Err(wrong(
                    start,
                    end,
                    format!("more than {QUESTIONS} questions to the mails themselves"),
                    None,
                ));
            }
            None => {
                self.questions.push(question.clone());
                self.questions.len() - 1
            }
        };
        Ok(Test::Asked(number, question))
    }
}

fn test(field: Option<(String, usize, usize)>, value: Value, start: usize, end: usize) -> Result<Test, QueryError> {
    let Some((name, field_start, field_end)) = field else {
        return value.text().map(Test::Anything).map_err(|(message, hint)| wrong(start, end, message, hint));
    };
    let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
        let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        let message = format!("no field “{name}”, expected one of {}", names.join(", "));
        return Err(wrong(field_start, field_end, message, nearest(&name, &names)));
    };
    (field.build)(&value).map_err(|(message, hint)| wrong(field_end + 1, end, message, hint))
}

impl Node {
    /// `None`: that is open until the mail itself answers.
    fn holds(&self, inbox: &Inbox, row: &Row, now: Time, known: &Known) -> Option<bool> {
        // The first that settles it does; where none does, one that is open leaves it open.
        let settled = |nodes: &[Node], by: bool| {
            let mut all = Some(!by);
            for node in nodes {
                match node.holds(inbox, row, now, known) {
                    Some(holds) if holds == by => return Some(by),
                    None => all = None,
                    Some(_) => {}
                }
            }
            all
        };
        match self {
            Node::Everything => Some(true),
            Node::And(nodes) => settled(nodes, false),
            Node::Or(nodes) => settled(nodes, true),
            Node::Not(node) => node.holds(inbox, row, now, known).map(|holds| !holds),
            Node::Test(Test::Asked(number, _)) => known.of(*number, &row.key),
            Node::Test(test) => Some(test.holds(inbox, row, now)),
        }
    }
}

impl Test {
    fn holds(&self, inbox: &Inbox, row: &Row, now: Time) -> bool {
        match self {
            Test::Anything(text) => {
                text.is_match(&row.subject)
                    || text.is_match(&row.from.name)
                    || text.is_match(&row.from.addr)
                    || text.is_match(inbox.category(row))
                    || row.class.labels.iter().any(|label| text.is_match(&label.value))
            }
            Test::Subject(text) => text.is_match(&row.subject),
            Test::From(text) => text.is_match(&row.from.name) || text.is_match(&row.from.addr),
            Test::To(text) => row.recipients.iter().chain(row.to.iter()).any(|to| text.is_match(to)),
            Test::Category(text) => text.is_match(inbox.category(row)),
            Test::Kind(text) => inbox.kind(row).is_some_and(|kind| text.is_match(kind)),
            Test::Call(order, inclusive, call) => {
                let found = inbox.standing(&row.key).map_or(Call::Decide, |standing| standing.call()).cmp(call);
                found == *order || (*inclusive && found.is_eq())
            }
            Test::Label(name, text) => row
                .class
                .labels
                .iter()
                .any(|label| label.name.eq_ignore_ascii_case(name) && text.is_match(&label.value)),
            Test::Detail(text) => row.recipients.iter().any(|to| {
                let local = to.rsplit_once('@').map_or(to.as_str(), |(local, _)| local);
                local.split_once('+').is_some_and(|(_, detail)| text.is_match(detail))
            }),
            Test::Folder(text) => inbox
                .folder(row.key.folder)
                .is_some_and(|folder| text.is_match(if folder.name.is_empty() { "inbox" } else { &folder.name })),
            Test::Is(word) => is_state(word, inbox, row),
            Test::HasAttachment => row.attachments > 0,
            Test::HasNote => inbox.standing(&row.key).is_some_and(|standing| standing.noted),
            Test::HasOddity => !row.oddities.is_empty() || row.odd.is_some(),
            Test::HasLabel(name) => row.class.labels.iter().any(|label| label.name.eq_ignore_ascii_case(name)),
            Test::Age(seconds, older) => {
                let age = now.0.saturating_sub(row.at.0).max(0);
                if *older { age > *seconds } else { age <= *seconds }
            }
            Test::Date(from, to) => (*from..*to).contains(&row.at.0),
            Test::Id(start) => inbox.id(row).starts_with(start),
            Test::Asked(..) => false,
        }
    }
}

fn is_state(word: &str, inbox: &Inbox, row: &Row) -> bool {
    let flags = row.flags();
    let stands = |test: &dyn Fn(Standing) -> bool| inbox.standing(&row.key).is_some_and(test);
    match word {
        "unseen" | "unread" => !flags.has(Flags::SEEN),
        "seen" | "read" => flags.has(Flags::SEEN),
        "marked" | "flagged" => flags.has(Flags::FLAGGED),
        "new" => row.place == super::row::Place::New,
        "replied" => flags.has(Flags::REPLIED) || !inbox.state(row).replied.is_empty(),
        "forwarded" => flags.has(Flags::PASSED) || !inbox.state(row).forwarded.is_empty(),
        "trashed" => stands(&|standing| standing.trashed),
        "ignored" => stands(&|standing| standing.ignored),
        "done" => stands(&|standing| standing.done),
        "snoozed" => stands(&|standing| standing.snoozed),
        "claimed" => stands(&|standing| standing.claimed),
        "back" => stands(&|standing| standing.back),
        "known" => stands(&|standing| standing.judgment.known),
        "unknown" => stands(&|standing| !standing.judgment.known),
        "open" => stands(&|standing| !standing.handled()),
        "alert" => row.role == Role::Alert,
        "reply" => row.role == Role::Reply,
        "forward" => row.role == Role::Forward,
        "auto-reply" => row.role == Role::AutoReply,
        "bounce" => row.role == Role::Bounce,
        "human" => row.book().and_then(|book| inbox.books.get(book)).is_some_and(|book| book.human),
        "documented" => row.book().is_some(),
        "undocumented" => row.book().is_none(),
        "unreadable" => row.odd.is_some(),
        "needs-you" => inbox.needs_you(row),
        _ => false,
    }
}
