//! Every rule tried, the header and span that matched, why the winner won, and what came of its cases.

use super::Reason;
use super::classify::classify;
use super::inbox::Inbox;
use super::row::{Class, Hit, Row};
use super::verdict::Value;
use super::verdicts::CaseOutcome;
use crate::mail::{Message, Role, Time};
use crate::runbook::case::Case;
use crate::runbook::filter::{MessageFacts, Strength, Trace};
use crate::runbook::labels::HostRules;
use crate::runbook::set::BookId;
use crate::runbook::{Call, Filter, Runbook, Runbooks};

/// How a message came to its category.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The role, and what says so.
    pub role: (Role, String),
    /// Every runbook tried, in set order.
    pub tried: Vec<Tried>,
    /// Why the winner won, one sentence.
    pub why: String,
    /// The result.
    pub class: Class,
    /// Cases of the winner, as far as the message alone decides them.
    pub cases: Vec<CaseTried>,
}

/// A runbook that was tried.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Which.
    pub book: BookId,
    /// Whether it claims the message.
    pub matched: bool,
    /// What came of each part of its filter.
    pub trace: Trace,
    /// Kinds tried, the first match wins.
    pub kinds: Vec<(String, bool)>,
}

/// A case that was tried.
#[derive(Debug, Clone)]
pub struct CaseTried {
    /// Its id.
    pub id: String,
    /// Why it has its value, where the message alone says so: it is of another kind, or the case asks for nothing else.
    pub alone: Option<String>,
}

/// The part that a case has in a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It gives the call.
    Wins,
    /// It is open, stands before the one that gives the call, and is more urgent.
    MayRaise,
    /// None.
    No,
}

/// A case with its three-valued result, over the whole stream of mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseJudged {
    /// Its id.
    pub id: String,
    /// Its call.
    pub call: Call,
    /// Its value now.
    pub value: Value,
    /// When time alone changes it.
    pub until: Option<Time>,
    /// Its part in the verdict.
    pub part: Part,
    /// Why it has its value: what each test says.
    pub why: Vec<Reason>,
}

/// The cases of the runbook that claims a row, in order: as the stream of mail has it, and where a case does not speak of
/// the message at all, why not. Empty where there is no runbook, or the message is no alert.
pub fn cases_of(inbox: &Inbox, row: &Row, explanation: &Explanation) -> Vec<CaseJudged> {
    let verdict = inbox.verdict(row);
    let judged = |outcome: CaseOutcome| {
        let part = if verdict.case.as_deref() == Some(&outcome.id) {
            Part::Wins
        } else if verdict.may_become.iter().any(|may| may.case == outcome.id) {
            Part::MayRaise
        } else {
            Part::No
        };
        // What the message alone rules out needs no test over time; a case without such tests says what the message holds.
        let alone = explanation.cases.iter().find(|case| case.id == outcome.id).and_then(|case| case.alone.clone());
        let why = alone.map_or(outcome.why, |why| vec![why.into()]);
        CaseJudged { id: outcome.id, call: outcome.call, value: outcome.value, until: outcome.until, part, why }
    };
    inbox.cases(row).into_iter().map(judged).collect()
}

/// How a message comes to its category.
pub fn explain(books: &Runbooks, message: &Message, hosts: &HostRules) -> Explanation {
    let class = classify(books, message, hosts);
    let facts = MessageFacts::new(message);
    let tried = books.iter().map(|(id, book)| tried(id, book, &facts)).collect();
    let winner = class.primary.as_ref().and_then(|hit| Some((hit, books.get(hit.book)?)));
    let cases = winner.map(|(hit, book)| cases(book, hit, &facts)).unwrap_or_default();
    Explanation { role: role(message), tried, why: why(books, &class), class, cases }
}

/// The role, and what says so (R6).
fn role(message: &Message) -> (Role, String) {
    let why = match message.role {
        Role::Alert => "neither subject nor headers make it a reply, forward, auto-reply or bounce".to_owned(),
        Role::Reply | Role::Forward => {
            let bare = message.bare_subject();
            let prefix = message.subject.strip_suffix(bare).unwrap_or(&message.subject).trim();
            format!("its subject begins with “{prefix}”")
        }
        Role::AutoReply => {
            format!("header Auto-Submitted: {}", message.header("Auto-Submitted").unwrap_or("auto-replied"))
        }
        Role::Bounce => {
            format!("header Content-Type: {}", message.header("Content-Type").unwrap_or("multipart/report"))
        }
    };
    (message.role, why)
}

fn tried(id: BookId, book: &Runbook, facts: &MessageFacts<'_>) -> Tried {
    let trace = book.matches.trace(facts);
    let matched = trace.held;
    let mut kinds = Vec::new();
    if matched {
        for kind in &book.kinds {
            let holds = kind.matches.as_ref().is_none_or(|filter| filter.holds(facts));
            // The nameless kind that stands for "all that is left" is nothing that anyone wrote.
            if !kind.id.is_empty() {
                kinds.push((kind.id.clone(), holds));
            }
            if holds {
                break;
            }
        }
    }
    Tried { book: id, matched, trace, kinds }
}

/// Why the winner won, in one sentence.
fn why(books: &Runbooks, class: &Class) -> String {
    let name = |hit: &Hit| books.get(hit.book).map_or("?", |book| book.id.as_str());
    let Some(hit) = &class.primary else {
        return match books.len() {
            0 => "undocumented: there are no runbooks".to_owned(),
            1 => "undocumented: the only runbook does not claim it".to_owned(),
            count => format!("undocumented: none of {count} runbooks claims it"),
        };
    };
    let by = by(hit);
    let Some(second) = class.also.first() else {
        return format!("{} is the only runbook that claims it, {by}", name(hit));
    };
    let (winner, loser) = (hit, second);
    let how = strength(winner.strength);
    let reason = if winner.strength != loser.strength {
        format!("{how} is more specific than {}", strength(loser.strength))
    } else if winner.literal != loser.literal {
        let (more, less) = (winner.literal, loser.literal);
        format!("both match by {how}, and its pattern is the longer one ({more} characters against {less})")
    } else {
        format!("both match alike by {how}, and it stands first in the set")
    };
    format!("{} wins over {}, {by}: {reason}", name(hit), name(second))
}

/// What made a runbook claim a message: `by Subject “[vcs2vcs]*”`.
fn by(hit: &Hit) -> String {
    let spans = hit.by.iter().take(2);
    let spans: Vec<String> = spans.map(|span| format!("{} “{}”", span.field, span.pattern)).collect();
    if spans.is_empty() { "by what it does not hold".to_owned() } else { format!("by {}", spans.join(" and ")) }
}

/// A strength in words.
fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::CatchAll => "nothing in particular",
        Strength::Subject => "subject, header or body",
        Strength::AddressGlob => "an address pattern",
        Strength::Address => "a whole address",
        Strength::SenderAndSubject => "address and content together",
    }
}

/// What the message alone says to each case of the winner.
fn cases(book: &Runbook, hit: &Hit, facts: &MessageFacts<'_>) -> Vec<CaseTried> {
    let kind = book.kinds.get(usize::from(hit.kind)).map_or("", |kind| kind.id.as_str());
    let facts = facts.with_kind(kind);
    let alone = |case: &Case| match speaks(case, kind, &facts) {
        true if !case.tests.is_empty() => None,
        speaks => Some(because(case, speaks, kind, &facts)),
    };
    book.cases.iter().map(|case| CaseTried { id: case.id.clone(), alone: alone(case) }).collect()
}

/// Whether a case speaks of such a message.
fn speaks(case: &Case, kind: &str, facts: &MessageFacts<'_>) -> bool {
    (case.kinds.is_empty() || case.kinds.iter().any(|known| known == kind))
        && case.when.as_ref().is_none_or(|filter| filter.holds(facts))
}

/// Why a case speaks of such a message, or not.
fn because(case: &Case, speaks: bool, kind: &str, facts: &MessageFacts<'_>) -> String {
    let when = || case.when.as_ref().map(Filter::words).unwrap_or_default();
    if speaks {
        return match &case.when {
            Some(_) => format!("it is so that {}", when()),
            None if !case.kinds.is_empty() => format!("it is about {kind}"),
            None => "it asks for nothing in particular".to_owned(),
        };
    }
    if case.when.as_ref().is_some_and(|filter| !filter.holds(facts))
        && (case.kinds.is_empty() || case.kinds.iter().any(|known| known == kind))
    {
        return format!("it is not so that {}", when());
    }
    let kind = if kind.is_empty() { "a mail without kind" } else { kind };
    format!("it is about {}, this is {kind}", case.kinds.join(" or "))
}
