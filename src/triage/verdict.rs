//! What a verdict is (semantics R12 to R15), and the plain ones of messages that no runbook works out.

use super::row::{Hit, MailKey, Row};
use crate::mail::{Role, Time};
use crate::runbook::case::{Case, Temporal};
use crate::runbook::filter::Strength;
use crate::runbook::labels::Label;
use crate::runbook::set::BookId;
use crate::runbook::{Call, Runbook, Runbooks, Verb};

/// The call for a message now, with its case and reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is asked for.
    pub call: Call,
    /// The runbook, where there is one.
    pub book: Option<BookId>,
    /// The case, where one applies.
    pub case: Option<String>,
    /// One line.
    pub headline: String,
    /// Whether it is known, rather than "cannot tell".
    pub known: bool,
    /// When it may change by itself (R14).
    pub until: Option<Time>,
    /// What it is then if nothing comes before, where its call or its case is another one.
    pub then: Option<Then>,
    /// When the mail that would change it is due: the next tick.
    pub due: Option<Time>,
    /// A time limit that the mail itself gives.
    pub deadline: Option<Time>,
    /// What it may become.
    pub may_become: Vec<MayBecome>,
    /// Why, in words; never empty.
    pub because: Vec<Reason>,
    /// Whom to reach and how.
    pub people: Vec<(Verb, Vec<String>)>,
}

impl Verdict {
    /// One that no runbook gives, with its one reason: it stands until something comes.
    pub(super) fn plain(call: Call, headline: String, because: String) -> Verdict {
        Verdict {
            call,
            book: None,
            case: None,
            headline,
            known: true,
            until: None,
            then: None,
            due: None,
            deadline: None,
            may_become: Vec::new(),
            because: vec![because.into()],
            people: Vec::new(),
        }
    }

    /// All its reasons in one line.
    pub fn words(&self) -> String {
        self.because.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
    }
}

/// What a verdict is as soon as it has changed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    /// The call.
    pub call: Call,
    /// The case, where one applies.
    pub case: Option<String>,
}

/// What a verdict may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayBecome {
    /// The case.
    pub case: String,
    /// Its call.
    pub call: Call,
    /// What it depends on, in words.
    pub on: String,
    /// From when on the mail (or the silence) that decides it may come.
    pub from: Option<Time>,
    /// Until when.
    pub to: Option<Time>,
}

/// One reason of a verdict: words, and where there is one the message, the time and the line of the page behind them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// The words.
    pub text: String,
    /// The message that says so.
    pub key: Option<MailKey>,
    /// The time that matters: of that message, or of what is said.
    pub at: Option<Time>,
    /// Line of the page.
    pub line: Option<u32>,
}

impl From<String> for Reason {
    fn from(text: String) -> Reason {
        Reason { text, ..Reason::default() }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Reason {
    /// As its words, which is what lists of reasons want; message and time are written by whoever knows their names.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Verdict {
    /// The cases whose items stand first in "What to do", in this order, and whether each surely applies.
    ///
    /// A known verdict's own case comes first, then what it may become. While it waits, and where it cannot be told, the
    /// most urgent of the open cases comes first and none is sure: what holds if nothing comes is not said before that is
    /// proven.
    pub fn branches(&self) -> Vec<(&str, bool)> {
        let mut open: Vec<&MayBecome> = self.may_become.iter().collect();
        open.sort_by_key(|may| std::cmp::Reverse(may.call));
        let waits = self.call == Call::Wait && !open.is_empty();
        let sure = self.known && !waits;
        let open = open.into_iter().map(|may| (may.case.as_str(), false));
        let own = self.case.as_deref().map(|case| (case, sure));
        if sure { own.into_iter().chain(open).collect() } else { open.chain(own).collect() }
    }
}

/// A value that a test has now (R9): a test over time may be neither true nor false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Not yet known.
    Open,
}

impl Value {
    /// The word for people and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Value::True => "true",
            Value::False => "false",
            Value::Open => "open",
        }
    }
}

/// The call of a message that no runbook works out: it is unreadable, undocumented, or no alert.
pub(super) fn call(books: &Runbooks, row: &Row) -> Call {
    let documented = row.book().is_some_and(|book| books.get(book).is_some());
    match row.role {
        _ if row.odd.is_some() => Call::Decide,
        Role::Alert if !documented => Call::Decide,
        _ => Call::Note,
    }
}

/// The verdict for a message that no runbook works out: it is unreadable, undocumented, or no alert (R6, R15).
pub fn plain(books: &Runbooks, row: &Row) -> Verdict {
    let plain = Verdict::plain;
    if let Some(odd) = &row.odd {
        return plain(Call::Decide, format!("Not a readable mail: {}", odd.words()), odd.words());
    }
    let Some((hit, book)) = row.class.primary.as_ref().and_then(|hit| Some((hit, books.get(hit.book)?))) else {
        let because = "no runbook matches".to_owned();
        return match row.role {
            Role::Alert => plain(Call::Decide, "Undocumented: no runbook claims this mail".into(), because),
            role => plain(Call::Note, format!("{}, undocumented and no alert", capital(with_article(role))), because),
        };
    };
    let claimed = format!("claimed by {}{}", book.id, how(hit));
    if row.role != Role::Alert && !book.human {
        let headline = format!("{} in {}, not an alert itself", capital(with_article(row.role)), book.title);
        let mut verdict = plain(Call::Note, headline, format!("it is {}", with_article(row.role)));
        verdict.book = Some(hit.book);
        verdict.because.push(claimed.into());
        return verdict;
    }
    // The engine works out all others; what it does not know is for a person.
    Verdict { book: Some(hit.book), ..plain(Call::Decide, format!("{}: not worked out yet", book.title), claimed) }
}

/// Whom the case asks to reach; all people of the runbook where it names no verb.
pub(super) fn people(book: &Runbook, case: Option<&Case>) -> Vec<(Verb, Vec<String>)> {
    let wanted: Vec<Verb> = case.map(|case| case.verb.into_iter().chain(case.also).collect()).unwrap_or_default();
    let named: Vec<_> = book.people.iter().filter(|(verb, _)| wanted.contains(verb)).cloned().collect();
    // Where nothing is asked for, nobody is named who need not be reached.
    let nothing_asked = case.is_some_and(|case| case.call < Call::Wait);
    if named.is_empty() && !nothing_asked { book.people.clone() } else { named }
}

/// The tests of a case in words.
pub(super) fn tests(case: &Case) -> String {
    case.tests.iter().map(Temporal::words).collect::<Vec<_>>().join(", and ")
}

/// What claimed a message, in a few words.
pub(super) fn how(hit: &Hit) -> String {
    // The page calls it brittle where nothing but the subject tells what a mail is (line 11).
    let brittle = if hit.strength == Strength::Subject { ", by its subject alone: brittle" } else { "" };
    // What made it of its kind stands behind what claimed it: the list header that hints at promotion.
    let spans: Vec<String> = hit.by.iter().map(|clue| format!("{} matches “{}”", clue.field, clue.pattern)).collect();
    if spans.is_empty() { String::new() } else { format!(": {}{brittle}", spans.join(", ")) }
}

fn with_article(role: Role) -> String {
    match role {
        Role::Alert | Role::AutoReply => format!("an {}", role.word()),
        _ => format!("a {}", role.word()),
    }
}

fn capital(text: String) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Fills `{label}` placeholders; a placeholder without a value becomes `…`. Behind a number `(s)` says that the noun takes
/// an s for any but one: `{count} full set(s)` is "1 full set" and "3 full sets".
pub fn fill(template: &str, labels: &[Label]) -> String {
    fill_with(template, labels, &[])
}

/// The same, with facts that hold where no label has that name.
pub(super) fn fill_with(template: &str, labels: &[Label], facts: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let Some((name, tail)) = after.get(1..).and_then(|after| after.split_once('}')) else {
            rest = after;
            break;
        };
        // Of `{one|other}` the first that is there.
        let found = name.split('|').find_map(|name| {
            let values: Vec<&str> =
                labels.iter().filter(|label| label.name == name).map(|label| label.value.as_str()).collect();
            let fact = || facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| value.clone());
            if values.is_empty() { fact() } else { Some(values.join(", ")) }
        });
        let found = found.as_deref().unwrap_or("…");
        out.push_str(found);
        rest = tail;
        if let Some((noun, tail)) = counted_noun(found, tail) {
            out.push_str(noun);
            out.push_str(if found == "1" { "" } else { "s" });
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

/// The words up to `(s)` behind a number, and what follows. What is no number, a host say, leaves `(s)` as it stands.
fn counted_noun<'t>(number: &str, tail: &'t str) -> Option<(&'t str, &'t str)> {
    let counts = number == "…" || !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let (noun, rest) = tail.split_once("(s)").filter(|_| counts)?;
    let words = noun.starts_with(' ') && noun.chars().all(|c| c.is_alphabetic() || c == ' ');
    words.then_some((noun, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str, value: &str) -> Label {
        Label { name: name.into(), value: value.into(), from: "".into() }
    }

    #[test]
    fn a_noun_behind_a_number_is_plural_for_any_but_one() {
        let said = |count: &str| fill("{n} full set(s) on {host} (s)", &[label("n", count), label("host", "sync1")]);
        assert_eq!(said("0"), "0 full sets on sync1 (s)");
        assert_eq!(said("1"), "1 full set on sync1 (s)");
        assert_eq!(said("12"), "12 full sets on sync1 (s)");
        assert_eq!(fill("{n} mail(s) since {first}", &[]), "… mails since …");
    }

    #[test]
    fn only_a_number_counts_and_only_the_words_right_behind_it() {
        assert_eq!(fill("{host} down(s)", &[label("host", "sync1")]), "sync1 down(s)");
        assert_eq!(fill("{n}: mail(s)", &[label("n", "1")]), "1: mail(s)");
        assert_eq!(fill("{n}, {n} mail(s)", &[label("n", "1")]), "1, 1 mail");
    }
}
