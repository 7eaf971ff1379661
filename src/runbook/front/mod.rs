//! The front matter of a runbook: TOML in, typed values and exact complaints out.
//!
//! - `reader`: values with their places, unknown keys with the nearest known one.
//! - `filter`: filters as tables.
//! - `case`: cases and their tests over time.

mod case;
mod filter;
mod reader;

pub(crate) use reader::Source;
pub use reader::nearest;

use super::case::{BugText, Call, Case, Verb};
use super::file::{self, Badge, Gap, Kind, RunbookLink};
use super::filter::Filter;
use super::glob::{Anchor, Glob};
use super::labels::{self, LabelRule, LabelSource, Name};
use reader::{Entry, Text, in_order};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of the front matter.
pub(super) const KEYS: &[&str] = &[
    "id",
    "title",
    "source",
    "human",
    "match",
    "page-patterns",
    "expect-from",
    "own-hosts",
    "badges",
    "kinds",
    "labels",
    "group-by",
    "show",
    "people",
    "links",
    "never-ignore",
    "redact",
    "better",
    "gaps",
    "bug-text",
    "default",
    "case",
];

/// Names that headlines may hold besides labels: facts of the incident.
pub const INCIDENT_FACTS: &[&str] = &[
    "count",
    "first",
    "last",
    "burst",
    "sets",
    "covered",
    "resolved",
    "claimed-by",
    "claimed",
    "since",
    "next-monday",
    "next-tuesday",
    "next-wednesday",
    "next-thursday",
    "next-friday",
    "next-saturday",
    "next-sunday",
];

/// Names that texts for bugs may hold besides: facts of the mail.
const MAIL_FACTS: &[&str] = &["from", "subject", "date", "text"];

/// What the front matter says. Only whole where nothing was reported as an error.
pub(super) struct Front {
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) source: Option<file::Source>,
    pub(super) human: bool,
    pub(super) matches: Option<Filter>,
    pub(super) page_patterns: Vec<String>,
    pub(super) expect_from: Vec<Glob>,
    pub(super) own_hosts: bool,
    pub(super) badges: Vec<Badge>,
    pub(super) show: Vec<String>,
    pub(super) bug_texts: Vec<BugText>,
    pub(super) kinds: Vec<Kind>,
    pub(super) labels: Vec<LabelRule>,
    pub(super) group_by: Vec<String>,
    pub(super) people: Vec<(Verb, Vec<String>)>,
    pub(super) links: Vec<RunbookLink>,
    pub(super) never_ignore: Option<String>,
    pub(super) redact: Vec<(String, regex::Regex)>,
    pub(super) better: Option<String>,
    pub(super) gaps: Vec<Gap>,
    pub(super) default_call: Call,
    pub(super) cases: Vec<Case>,
    /// Offsets in the file, for the linter.
    pub(super) match_at: usize,
    pub(super) labels_at: usize,
    pub(super) kinds_at: Vec<usize>,
    pub(super) cases_at: Vec<usize>,
    pub(super) links_at: Vec<usize>,
}

/// Reads the front matter; complaints go to `source`.
pub(super) fn read<'i>(source: &Source<'i>, table: &DeTable<'i>, start: usize) -> Front {
    let mut front = Front {
        id: None,
        title: String::new(),
        source: None,
        human: false,
        matches: None,
        page_patterns: Vec::new(),
        expect_from: Vec::new(),
        own_hosts: false,
        badges: Vec::new(),
        show: Vec::new(),
        bug_texts: Vec::new(),
        kinds: Vec::new(),
        labels: Vec::new(),
        group_by: Vec::new(),
        people: Vec::new(),
        links: Vec::new(),
        never_ignore: None,
        redact: Vec::new(),
        better: None,
        gaps: Vec::new(),
        default_call: Call::Decide,
        cases: Vec::new(),
        match_at: start,
        labels_at: start,
        kinds_at: Vec::new(),
        cases_at: Vec::new(),
        links_at: Vec::new(),
    };
    let mut uses = case::Uses::default();
    // Kinds named by a match or a kind cannot be known yet when these are worked out.
    let mut early = Vec::new();
    for (key, at, value) in source.entries(table, "the front matter", KEYS) {
        let what = format!("`{key}`");
        match key {
            "id" => front.id = source.id(value, "the id").map(|text| text.value),
            "title" => front.title = source.filled(value, &what).map(|text| text.value).unwrap_or_default(),
            "source" => front.source = page(source, value),
            "human" => front.human = source.flag(value, &what).unwrap_or_default(),
            "match" => {
                front.match_at = at.start;
                front.matches = filter::read(source, value, &what, false, &mut early);
            }
            "page-patterns" => front.page_patterns = values(source.strings(value, &what)),
            "expect-from" => {
                let texts = source.strings(value, &what);
                front.expect_from = texts.iter().filter_map(|text| source.glob(text, Anchor::Whole, false)).collect();
            }
            "kinds" => {
                for (table, span) in source.tables(value, &what) {
                    let alone = value.get_ref().as_array().is_none_or(|list| list.len() == 1);
                    front.kinds_at.push(span.start);
                    front.kinds.push(kind(source, table, span, alone, &mut early));
                }
            }
            "labels" => {
                front.labels_at = at.start;
                front.labels = label_rules(source, value);
            }
            "group-by" => {
                let texts = source.strings(value, &what);
                uses.labels.extend(texts.iter().map(|text| (text.value.clone(), text.span.start)));
                front.group_by = values(texts);
            }
            "own-hosts" => front.own_hosts = source.flag(value, &what).unwrap_or_default(),
            "show" => {
                let texts = source.strings(value, &what);
                uses.labels.extend(texts.iter().map(|text| (text.value.clone(), text.span.start)));
                front.show = values(texts);
            }
            "badges" => {
                let tables = source.tables(value, &what);
                let badges = tables.iter().filter_map(|(table, span)| badge(source, table, span, &mut uses));
                front.badges = badges.collect();
            }
            "bug-text" => front.bug_texts = case::bug_texts(source, value, &mut uses),
            "people" => front.people = people(source, value),
            "links" => {
                for (table, span) in source.tables(value, &what) {
                    if let Some(link) = link(source, table, &span) {
                        front.links_at.push(span.start);
                        front.links.push(link);
                    }
                }
            }
            "never-ignore" => front.never_ignore = source.filled(value, &what).map(|text| text.value),
            "redact" => {
                front.redact = source
                    .tables(value, &what)
                    .iter()
                    .filter_map(|(table, span)| redact(source, table, span))
                    .collect();
            }
            "better" => front.better = source.filled(value, &what).map(|text| text.value),
            "gaps" => {
                front.gaps =
                    source.tables(value, &what).iter().filter_map(|(table, span)| gap(source, table, span)).collect();
            }
            "default" => front.default_call = case::call(source, value, &what).unwrap_or(Call::Decide),
            _ => {
                for (table, span) in source.tables(value, "`[[case]]`") {
                    if let Some((case, at)) = case::read(source, table, span, &mut uses) {
                        if front.cases.iter().any(|other| other.id == case.id) {
                            source.error(at, format!("the case `{}` stands twice", case.id), None);
                        }
                        front.cases.push(case);
                        front.cases_at.push(at);
                    }
                }
            }
        }
    }
    let has = |key: &str| table.iter().any(|(known, _)| known.get_ref() == key);
    for (key, example) in [
        ("id", "id = \"my-tool\""),
        ("title", "title = \"My tool\""),
        ("match", "match = { subject = \"[my-tool]*\" }"),
    ] {
        if !has(key) {
            source.error(start, format!("the front matter has no `{key}`"), example.to_owned());
        }
    }
    for (_, at) in early {
        let hint = "kinds are given after the match; test the subject, a header or an address".to_owned();
        source.error(at, "a match or a kind cannot ask for a kind", hint);
    }
    finish_kinds(source, &mut front);
    check_uses(source, &front, &uses);
    front
}

fn values(texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}

/// `{ page = "…", lines = "25-27, 75-112" }`.
fn page<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>) -> Option<file::Source> {
    let table = source.table(value, "`source`")?;
    let mut page = file::Source { page: String::new(), lines: String::new() };
    for (key, _, inner) in source.entries(table, "`source`", &["page", "lines"]) {
        let text = source.filled(inner, &format!("`{key}` of `source`"))?;
        if key == "page" {
            page.page = text.value;
        } else {
            let numbers = text.value.split([',', '-']).map(str::trim);
            if !numbers.clone().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
                let message = format!("`{}` are no lines", text.value);
                source.error(text.span.start, message, "write them like \"25-27, 75\"".to_owned());
            }
            page.lines = text.value;
        }
    }
    Some(page)
}

/// One kind: an id, filter fields, and constant labels.
fn kind<'i>(
    source: &Source<'i>,
    table: &DeTable<'i>,
    span: Range<usize>,
    alone: bool,
    early: &mut Vec<filter::KindUse>,
) -> Kind {
    let filter_keys = filter::keys();
    let mut kind = Kind { id: String::new(), matches: None, set: Vec::new(), gap: None };
    let mut tests: Vec<Entry<'_, 'i>> = Vec::new();
    let entries = in_order(table);
    for (key, at, value) in entries {
        let what = format!("`{key}` of a kind");
        match key {
            "id" => kind.id = source.id(value, "the id of a kind").map(|text| text.value).unwrap_or_default(),
            "gap" => kind.gap = source.duration(value, &what),
            "set" => {
                if let Some(set) = source.table(value, &what) {
                    for (name, at, value) in in_order(set) {
                        constant(source, &mut kind, name, at, value);
                    }
                }
            }
            key if filter_keys.contains(&key) => tests.push((key, at, value)),
            key => {
                let known: Vec<&str> = filter_keys.iter().copied().chain(["id", "gap", "set"]).collect();
                // Any other key is a constant label; a typing mistake must not become one in silence.
                let near = known.iter().find(|known| key.len() > 2 && reader::distance(key, known) == 1);
                if value.get_ref().as_str().is_none() || near.is_some() {
                    source.unknown_key(key, &at, "a kind", &known);
                } else {
                    constant(source, &mut kind, key, at, value);
                }
            }
        }
    }
    if kind.id.is_empty() && !alone && !table.iter().any(|(key, _)| key.get_ref() == "id") {
        source.error(span.start, "a kind without `id`", Some("id = \"what-it-is\"".to_owned()));
    }
    if tests.iter().any(|(key, ..)| *key != "exact-case") {
        kind.matches = filter::from_entries(source, &tests, span, "a kind", false, early);
    }
    kind
}

fn constant<'i>(source: &Source<'i>, kind: &mut Kind, name: &str, at: Range<usize>, value: &Spanned<DeValue<'i>>) {
    label_name(source, name, &at);
    if let Some(text) = source.filled(value, &format!("the label `{name}`")) {
        if kind.set.iter().any(|(known, _)| known == name) {
            source.error(at.start, format!("the label `{name}` is set twice"), None);
        }
        kind.set.push((name.into(), text.value));
    }
}

/// Complains about a label whose name could not stand in braces.
fn label_name(source: &Source<'_>, name: &str, at: &Range<usize>) {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !starts || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_') {
        let message = format!("the label `{name}` must begin with a small letter and have only a-z, 0-9, - and _");
        source.error(at.start, message, None);
    }
    if name == labels::BADGE {
        let hint = "badges = [{ text = \"…\", when = { … } }] gives badges".to_owned();
        source.error(at.start, "the label `badge` says what is odd about a mail, and is made here", hint);
    }
}

/// All labels, in the order of the file.
fn label_rules<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>) -> Vec<LabelRule> {
    let Some(table) = source.table(value, "`labels`") else { return Vec::new() };
    let mut rules = Vec::new();
    for (name, at, value) in in_order(table) {
        label_name(source, name, &at);
        rules.extend(label(source, name, value));
    }
    rules
}

/// One label's rule.
fn label<'i>(source: &Source<'i>, name: &str, value: &Spanned<DeValue<'i>>) -> Option<LabelRule> {
    const FORMS: &[&str] = &["subject", "body", "header", "detail", "regex", "blocks", "json", "machine-of", "value"];
    let form = "\"auto\", or a table with one of subject, body, header, detail, regex, blocks, json, machine-of, value";
    let rule = |source: LabelSource, many: bool| Some(LabelRule { name: name.into(), source, many });
    if let Some(word) = value.get_ref().as_str() {
        if word == "auto" {
            return rule(LabelSource::Auto, false);
        }
        let hint = format!("a constant is written {name} = {{ value = \"{word}\" }}");
        source.error(value.span().start, format!("the label `{name}` must be {form}"), hint);
        return None;
    }
    let what = format!("the label `{name}`");
    let Some(table) = value.get_ref().as_table() else {
        source.wrong_type(value, &what, form);
        return None;
    };
    let known: Vec<&str> = FORMS.iter().copied().chain(["many", "glob", "in", "lines", "exact-case"]).collect();
    let entries = source.entries(table, &what, &known);
    let get = |key: &str| entries.iter().find(|(known, ..)| *known == key).map(|(_, at, value)| (at.clone(), *value));
    let many = get("many").and_then(|(_, value)| source.flag(value, "`many`")).unwrap_or_default();
    let exact = get("exact-case").and_then(|(_, value)| source.flag(value, "`exact-case`")).unwrap_or_default();
    let mut forms = entries.iter().filter(|(key, ..)| FORMS.contains(key));
    let Some((key, _, inner)) = forms.next() else {
        source.error(value.span().start, format!("{what} does not say where it is read from: {form}"), None);
        return None;
    };
    if let Some((other, at, _)) = forms.next() {
        source.error(at.start, format!("{what} has both `{key}` and `{other}`: one is enough"), None);
    }
    for (extra, of) in [("glob", "header"), ("in", "regex"), ("lines", "blocks")] {
        if let Some((at, _)) = get(extra).filter(|_| *key != of) {
            source.error(at.start, format!("`{extra}` only belongs to `{of}`"), None);
        }
    }
    let text = source.filled(inner, &format!("`{key}` of {what}"))?;
    let pattern = |text: &Text, anchor: Anchor| {
        let glob = source.glob(text, anchor, exact)?;
        if !glob.names().iter().any(|known| known == name) {
            let message = format!("the pattern has no placeholder {{{name}}} that could become the label");
            source.error(text.span.start, message, None);
        }
        Some(glob)
    };
    let from = match *key {
        "subject" => LabelSource::Subject(pattern(&text, Anchor::Start)?),
        "body" => LabelSource::Body(pattern(&text, Anchor::Line)?),
        "detail" => LabelSource::Detail(pattern(&text, Anchor::Whole)?),
        "header" => {
            if !filter::is_header_name(&text.value) {
                source.error(text.span.start, format!("`{}` is no header name", text.value), None);
            }
            let glob = match get("glob") {
                Some((_, value)) => pattern(&source.filled(value, "`glob`")?, Anchor::Start)?,
                None => Glob::new(&format!("{{{name}}}"), Anchor::Start, false).ok()?,
            };
            LabelSource::Header(text.value, glob)
        }
        "regex" => {
            let place = match get("in") {
                Some((_, value)) => source.filled(value, "`in`")?,
                None => Text { value: "subject".to_owned(), span: text.span.clone() },
            };
            let header = place.value.strip_prefix("header:").is_some_and(filter::is_header_name);
            if !header && !matches!(place.value.as_str(), "subject" | "body") {
                let message = format!("`{}` is no place to look in; one of: subject, body, header:NAME", place.value);
                source.error(place.span.start, message, None);
            }
            LabelSource::Regex(place.value, source.regex(&text)?)
        }
        "blocks" => {
            let lines = match get("lines") {
                Some((_, value)) => source.regex(&source.filled(value, "`lines`")?)?,
                None => {
                    let hint = "lines = '^- '".to_owned();
                    source.error(text.span.start, format!("{what} does not say which lines it counts"), hint);
                    return None;
                }
            };
            LabelSource::Blocks(source.regex(&text)?, lines)
        }
        "machine-of" => LabelSource::MachineOf(text.value),
        "json" => {
            if text.value.split('.').any(str::is_empty) {
                let message = format!("`{}` is no path", text.value);
                source.error(
                    text.span.start,
                    message,
                    "write it like \"Message.AlarmName\" or \"items.0.id\"".to_owned(),
                );
            }
            LabelSource::Json(text.value)
        }
        _ => LabelSource::Constant(text.value),
    };
    rule(from, many)
}

/// `{ page = ["hwine"], tell = … }`, in the order of the file.
fn people<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>) -> Vec<(Verb, Vec<String>)> {
    let Some(table) = source.table(value, "`people`") else { return Vec::new() };
    let words = Verb::ALL.map(Verb::word);
    let entries = source.entries(table, "`people`", &words);
    let person = |text: &Text| {
        let known = text.value.chars().all(|c| c.is_alphanumeric() || "-_.@+&".contains(c));
        if !known {
            let message = format!("`{}` is no nick", text.value);
            source.error(text.span.start, message, "one word each; addresses stand in the contact list".to_owned());
        }
    };
    entries
        .into_iter()
        .filter_map(|(key, _, value)| {
            let names = source.strings(value, &format!("`{key}` of `people`"));
            names.iter().for_each(person);
            Some((Verb::from_word(key)?, values(names)))
        })
        .collect()
}

/// `{ bug = 1, about = "…" }`, `{ doc = "…", url = "…" }` or `{ lost = "…", line = 83 }`.
fn link<'i>(source: &Source<'i>, table: &DeTable<'i>, span: &Range<usize>) -> Option<RunbookLink> {
    let has = |key: &str| table.iter().any(|(known, _)| known.get_ref() == key);
    let known: &[&str] = match (has("bug"), has("doc"), has("lost")) {
        (true, ..) => &["bug", "about"],
        (_, true, _) => &["doc", "url"],
        (_, _, true) => &["lost", "line"],
        _ => &["bug", "about", "doc", "url", "lost", "line"],
    };
    let entries = source.entries(table, "a link", known);
    let get = |key: &str| entries.iter().find(|(known, ..)| *known == key).map(|(_, _, value)| *value);
    let text = |key: &str| get(key).and_then(|value| source.filled(value, &format!("`{key}`"))).map(|text| text.value);
    if let Some(bug) = get("bug") {
        return Some(RunbookLink::Bug(source.number(bug, "`bug`", 1)?, text("about").unwrap_or_default()));
    }
    if has("doc") {
        let Some(url) = get("url").and_then(|value| source.filled(value, "`url`")) else {
            if !has("url") {
                let hint = "{ doc = \"name\", url = \"https://…\" }; one that is lost: { lost = \"name\", line = 83 }";
                source.error(span.start, "a document without `url`", hint.to_owned());
            }
            return None;
        };
        if !url.value.starts_with("https://") && !url.value.starts_with("http://") {
            let message = format!("`{}` is no web address", url.value);
            source.error(url.span.start, message, "it must begin with https:// or http://".to_owned());
        }
        return Some(RunbookLink::Doc(text("doc")?, url.value));
    }
    if has("lost") {
        let line = get("line").and_then(|value| source.number(value, "`line`", 1)).and_then(|n| u32::try_from(n).ok());
        return Some(RunbookLink::Lost(text("lost")?, line));
    }
    if entries.len() < table.len() {
        return None;
    }
    let hint =
        "{ bug = 829025, about = \"…\" }, { doc = \"name\", url = \"https://…\" } or { lost = \"name\", line = 83 }";
    source.error(span.start, "a link must have `bug`, `doc` or `lost`", hint.to_owned());
    None
}

/// `{ name = "…", regex = '…' }`.
fn redact<'i>(source: &Source<'i>, table: &DeTable<'i>, span: &Range<usize>) -> Option<(String, regex::Regex)> {
    let (mut name, mut regex) = (None, None);
    for (key, _, value) in source.entries(table, "`redact`", &["name", "regex"]) {
        let text = source.filled(value, &format!("`{key}` of `redact`"))?;
        if key == "name" {
            name = Some(text.value);
        } else {
            let built = source.regex(&text)?;
            if built.is_match("") {
                source.error(text.span.start, "an expression that matches nothing at all would hide everything", None);
            }
            regex = Some(built);
        }
    }
    if name.is_none() || regex.is_none() {
        source.error(
            span.start,
            "`redact` needs `name` and `regex`",
            Some("{ name = \"code\", regex = '\\d{6}' }".into()),
        );
    }
    Some((name?, regex?))
}

/// `{ text = "…", when = { filter } }`.
fn badge<'i>(source: &Source<'i>, table: &DeTable<'i>, span: &Range<usize>, uses: &mut case::Uses) -> Option<Badge> {
    let (mut text, mut when) = (None, None);
    for (key, _, value) in source.entries(table, "a badge", &["text", "when"]) {
        if key == "text" {
            text = case::line(source, value, "`text` of a badge", uses);
        } else {
            when = filter::read(source, value, "`when` of a badge", false, &mut uses.kinds);
        }
    }
    for key in ["text", "when"] {
        if !table.iter().any(|(known, _)| known.get_ref() == key) {
            let hint = "{ text = \"not to the list\", when = { not = { to = \"list@example.org\" } } }".to_owned();
            source.error(span.start, format!("a badge without `{key}`"), hint);
        }
    }
    Some(Badge { text: text?, when: when? })
}

/// `{ text = "…", line = 210 }`.
fn gap<'i>(source: &Source<'i>, table: &DeTable<'i>, span: &Range<usize>) -> Option<Gap> {
    let (mut words, mut line) = (None, None);
    for (key, _, value) in source.entries(table, "`gaps`", &["text", "line"]) {
        if key == "text" {
            words = Some(source.filled(value, "`text` of `gaps`")?.value);
        } else {
            line = source.number(value, "`line` of `gaps`", 1).and_then(|line| u32::try_from(line).ok());
        }
    }
    if words.is_none() {
        source.error(span.start, "a gap without `text`", None);
    }
    Some(Gap { text: words?, line })
}

/// Ids are unique; a kind behind one that takes all that is left is never reached; there is always a last kind.
fn finish_kinds(source: &Source<'_>, front: &mut Front) {
    let mut taken: Option<&str> = None;
    let mut seen: Vec<&str> = Vec::new();
    for (kind, at) in front.kinds.iter().zip(&front.kinds_at) {
        if !kind.id.is_empty() && seen.contains(&kind.id.as_str()) {
            source.error(*at, format!("the kind `{}` stands twice", kind.id), None);
        }
        if let Some(before) = taken {
            let message =
                format!("the kind `{}` is never reached: `{before}` before it takes all that is left", kind.id);
            source.error(*at, message, None);
        } else if kind.matches.is_none() {
            taken = Some(&kind.id);
        }
        seen.push(&kind.id);
    }
    if taken.is_none() {
        front.kinds.push(Kind { id: String::new(), matches: None, set: Vec::new(), gap: None });
    }
}

impl Front {
    /// Names of all labels that a message of this runbook can have.
    pub(super) fn label_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.labels.iter().map(|rule| rule.name.as_str()).collect();
        let filters = self.matches.iter().chain(self.kinds.iter().filter_map(|kind| kind.matches.as_ref()));
        for (test, negated) in filters.flat_map(Filter::tests) {
            if let Some(glob) = test.glob().filter(|_| !negated) {
                names.extend(glob.names().iter().map(Name::as_str));
            }
        }
        names.extend(self.kinds.iter().flat_map(|kind| kind.set.iter().map(|(name, _)| name.as_str())));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Kinds and labels that are named must exist.
fn check_uses(source: &Source<'_>, front: &Front, uses: &case::Uses) {
    let kinds: Vec<&str> = front.kinds.iter().map(|kind| kind.id.as_str()).filter(|id| !id.is_empty()).collect();
    for (kind, at) in uses.kinds.iter().filter(|(kind, _)| !kinds.contains(&kind.as_str())) {
        let hint = match nearest(kind, &kinds) {
            Some(near) => format!("did you mean `{near}`?"),
            None if kinds.is_empty() => "this runbook has no kinds".to_owned(),
            None => format!("kinds here: {}", kinds.join(", ")),
        };
        source.error(*at, format!("there is no kind `{kind}`"), hint);
    }
    let labels = front.label_names();
    let hint = |name: &str, known: &[&str]| match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "this runbook has no labels".to_owned(),
        None => format!("labels here: {}", known.join(", ")),
    };
    for (label, at) in uses.labels.iter().filter(|(label, _)| !labels.contains(&label.as_str())) {
        source.error(*at, format!("there is no label `{label}`"), hint(label, &labels));
    }
    let shown: Vec<&str> = labels.iter().chain(INCIDENT_FACTS).copied().collect();
    for (name, at) in uses.placeholders.iter().filter(|(name, _)| !shown.contains(&name.as_str())) {
        let message = format!("{{{name}}} is neither a label nor a fact of the incident: it is shown as written");
        source.warning(*at, message, hint(name, &shown));
    }
    for (name, at) in uses.label_placeholders.iter().filter(|(name, _)| !labels.contains(&name.as_str())) {
        let message =
            format!("{{{name}}} is no label, and steps, warnings and badges hold nothing else: it is shown as …");
        source.warning(*at, message, hint(name, &labels));
    }
    let shown: Vec<&str> = shown.into_iter().chain(MAIL_FACTS.iter().copied()).collect();
    for (name, at) in uses.bug_placeholders.iter().filter(|(name, _)| !shown.contains(&name.as_str())) {
        let message = format!("{{{name}}} is neither a label nor a fact of incident or mail: it is shown as written");
        source.warning(*at, message, hint(name, &shown));
    }
    // A machine is looked up for a label that was read before.
    for (index, rule) in front.labels.iter().enumerate() {
        if let LabelSource::MachineOf(of) = &rule.source
            && !front.labels.iter().take(index).any(|before| before.name == *of)
        {
            let message = format!("`machine-of` of the label `{}`: there is no label `{of}` before it", rule.name);
            source.error(front.labels_at, message, hint(of, &labels));
        }
    }
}
