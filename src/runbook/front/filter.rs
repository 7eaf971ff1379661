//! Filters as TOML tables: `{ to = ["a", "b"], not = { subject = "x*" } }`. The keys of one table must all hold.

use super::reader::{Entry, Source, Text, in_order};
use crate::mail::Role;
use crate::runbook::filter::{COMBINATORS, FILTERS, Filter, Test};
use crate::runbook::glob::Anchor;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const ROLES: [Role; 5] = [Role::Alert, Role::Reply, Role::Forward, Role::AutoReply, Role::Bounce];

/// A `kind` that was named, to be checked once all kinds are known.
pub(super) type KindUse = (String, usize);

/// Names of all keys of a filter's table.
pub(super) fn keys() -> Vec<&'static str> {
    FILTERS.iter().map(|field| field.name).chain(COMBINATORS.iter().copied()).collect()
}

/// Reads a filter's table; kinds that it names are noted in `kinds`.
pub(super) fn read<'i>(
    source: &Source<'i>,
    value: &Spanned<DeValue<'i>>,
    what: &str,
    exact_case: bool,
    kinds: &mut Vec<KindUse>,
) -> Option<Filter> {
    let table = source.table(value, what)?;
    let known = keys();
    let entries = source.entries(table, what, &known);
    if entries.len() < table.len() {
        // A key that is not known is said already; what is left would be another filter than the one meant.
        return None;
    }
    from_entries(source, &entries, value.span(), what, exact_case, kinds)
}

/// The same for entries that stand among other keys.
pub(super) fn from_entries<'i>(
    source: &Source<'i>,
    entries: &[Entry<'_, 'i>],
    span: Range<usize>,
    what: &str,
    exact_case: bool,
    kinds: &mut Vec<KindUse>,
) -> Option<Filter> {
    let mut exact_case = exact_case;
    for (key, _, value) in entries.iter().filter(|(key, ..)| *key == "exact-case") {
        exact_case = source.flag(value, &format!("`{key}`"))?;
    }
    let mut parts = Vec::new();
    let mut complete = true;
    for (key, _, value) in entries.iter().filter(|(key, ..)| *key != "exact-case") {
        match part(source, key, value, exact_case, kinds) {
            Some(filter) => parts.push(filter),
            None => complete = false,
        }
    }
    if parts.is_empty() && complete {
        let example = "for example { subject = \"[tool] failed*\" }".to_owned();
        source.error(span.start, format!("{what} tests nothing"), example);
    }
    match (complete, parts.len()) {
        (true, 1) => parts.pop(),
        (true, 2..) => Some(Filter::All(parts)),
        _ => None,
    }
}

/// One key of a filter's table.
fn part<'i>(
    source: &Source<'i>,
    key: &str,
    value: &Spanned<DeValue<'i>>,
    exact_case: bool,
    kinds: &mut Vec<KindUse>,
) -> Option<Filter> {
    let what = format!("`{key}`");
    let pattern = |text: &Text, anchor: Anchor, test: fn(crate::runbook::glob::Glob) -> Test| {
        source.glob(text, anchor, exact_case).map(|glob| Filter::Test(test(glob)))
    };
    match key {
        "all" | "any" => {
            let Some(list) = value.get_ref().as_array() else {
                source.wrong_type(value, &what, "a list of filters [{ … }, { … }]");
                return None;
            };
            if list.is_empty() {
                source.error(value.span().start, format!("{what} is empty"), None);
                return None;
            }
            let inner: Vec<Option<Filter>> = list
                .iter()
                .map(|value| read(source, value, &format!("a filter of {what}"), exact_case, kinds))
                .collect();
            let inner = inner.into_iter().collect::<Option<Vec<_>>>()?;
            Some(if key == "all" { Filter::All(inner) } else { Filter::Any(inner) })
        }
        "not" => Some(Filter::Not(Box::new(read(source, value, &what, exact_case, kinds)?))),
        "header" => {
            let tables = source.tables(value, &what);
            one_or_any(
                source,
                value,
                &what,
                tables.len(),
                tables.into_iter().map(|(table, span)| header(source, table, span, exact_case).map(Filter::Test)),
            )
        }
        _ => {
            let texts = source.strings(value, &what);
            let count = texts.len();
            let tests = texts.iter().map(|text| match key {
                "to" => pattern(text, Anchor::Whole, Test::To),
                "from" => pattern(text, Anchor::Whole, Test::From),
                "detail" => pattern(text, Anchor::Whole, Test::Detail),
                "subject" => pattern(text, Anchor::Start, Test::Subject),
                "body" => pattern(text, Anchor::Line, Test::Body),
                "kind" => {
                    kinds.push((text.value.clone(), text.span.start));
                    Some(Filter::Test(Test::Kind(text.value.clone())))
                }
                _ => {
                    let words = ROLES.map(Role::word);
                    let of = |word: &str| ROLES.into_iter().find(|role| role.word() == word);
                    source.word(text, "role", of, &words).map(|role| Filter::Test(Test::Role(role)))
                }
            });
            let tests: Vec<_> = tests.collect();
            one_or_any(source, value, &what, count, tests.into_iter())
        }
    }
}

/// One test for a single value, any of several for a list.
fn one_or_any<'i>(
    source: &Source<'i>,
    value: &Spanned<DeValue<'i>>,
    what: &str,
    count: usize,
    tests: impl Iterator<Item = Option<Filter>>,
) -> Option<Filter> {
    if count == 0 {
        if value.get_ref().as_array().is_some_and(|list| list.is_empty()) {
            source.error(value.span().start, format!("{what} is an empty list"), None);
        }
        return None;
    }
    let all: Vec<Option<Filter>> = tests.collect();
    // A value of the list that was refused makes the whole unusable: claiming less than was written would be silent.
    let expected = value.get_ref().as_array().map_or(1, |list| list.len());
    let mut tests = all.into_iter().collect::<Option<Vec<_>>>()?;
    if tests.len() != expected {
        return None;
    }
    if tests.len() == 1 { tests.pop() } else { Some(Filter::Any(tests)) }
}

/// `{ name = "X-Foo", glob = "…" }`.
fn header<'i>(source: &Source<'i>, table: &DeTable<'i>, span: Range<usize>, exact_case: bool) -> Option<Test> {
    let mut name = None;
    let mut glob = None;
    let mut wrong = false;
    let known = ["name", "glob"];
    if let Some((key, at, _)) = in_order(table).into_iter().find(|(key, ..)| !known.contains(key)) {
        source.unknown_key(key, &at, "`header`", &known);
        wrong = true;
    }
    for (key, _, value) in in_order(table) {
        match key {
            "name" => {
                let text = source.filled(value, "a header's `name`")?;
                if !is_header_name(&text.value) {
                    let message = format!("`{}` is no header name", text.value);
                    source.error(
                        text.span.start,
                        message,
                        Some("write it without the colon, like X-GitHub-Reason".into()),
                    );
                    return None;
                }
                name = Some(text.value);
            }
            "glob" => {
                glob = Some(source.glob(&source.filled(value, "a header's `glob`")?, Anchor::Start, exact_case)?)
            }
            _ => {}
        }
    }
    if wrong {
        return None;
    }
    let Some(name) = name else {
        source.error(span.start, "a header without `name`", Some("{ name = \"X-Foo\", glob = \"…\" }".to_owned()));
        return None;
    };
    let glob = match glob {
        Some(glob) => glob,
        None => crate::runbook::glob::Glob::new("*", Anchor::Start, false).ok()?,
    };
    Some(Test::Header(name, glob))
}

/// Whether a text can be the name of a header field (RFC 5322 §3.6.8).
pub(super) fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}
