//! Cases as TOML tables, with their tests over time.

use super::filter::{self, KindUse};
use super::reader::{Source, in_order};
use crate::runbook::case::{BugText, BugUse, Call, Case, Near, Requirement, Step, Temporal, Verb};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of a `[[case]]`.
const CASE: &[&str] = &[
    "id",
    "kind",
    "when",
    "verdict",
    "if-unknown",
    "steps",
    "per",
    "requires",
    "bug-text",
    "ours",
    "followed-by",
    "not-followed-by",
    "preceded-by",
    "not-preceded-by",
    "closed-by",
    "repeats",
    "sets",
    "quiet-for",
    "rate",
    "deadline",
    "unclaimed-for",
    "claimed",
    "lacks",
    "switch",
    "expected",
    "after-resolved",
];

/// What cases name and only the whole runbook knows: kinds and labels, with their places.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) kinds: Vec<KindUse>,
    pub(super) labels: Vec<(String, usize)>,
    /// Placeholders of headlines: a wrong one is only odd.
    pub(super) placeholders: Vec<(String, usize)>,
    /// Placeholders of steps, warnings and badges, which hold labels only.
    pub(super) label_placeholders: Vec<(String, usize)>,
    /// Placeholders of texts for bugs, which may also hold facts of the mail.
    pub(super) bug_placeholders: Vec<(String, usize)>,
}

/// Reads one `[[case]]`; also where its id stands.
pub(super) fn read<'i>(
    source: &Source<'i>,
    table: &DeTable<'i>,
    span: Range<usize>,
    uses: &mut Uses,
) -> Option<(Case, usize)> {
    let mut id = None;
    let mut case = Case {
        id: String::new(),
        kinds: Vec::new(),
        when: None,
        tests: Vec::new(),
        call: Call::Decide,
        verb: None,
        also: None,
        headline: String::new(),
        if_unknown: None,
        warn: None,
        line: None,
        ours: false,
        steps: Vec::new(),
        per: None,
        requires: Vec::new(),
        bug_texts: Vec::new(),
    };
    let mut verdict = false;
    for (key, _, value) in source.entries(table, "a case", CASE) {
        let what = format!("`{key}`");
        match key {
            "id" => id = source.id(value, "the id of a case"),
            "kind" => case.kinds = kinds(source, value, &what, uses),
            "when" => case.when = filter::read(source, value, &what, false, &mut uses.kinds),
            "verdict" => {
                verdict = true;
                read_verdict(source, value, &mut case, uses);
            }
            "if-unknown" => case.if_unknown = headline(source, value, &what, uses),
            "steps" => case.steps = steps(source, value, uses),
            "per" => {
                case.per = source.filled(value, &what).map(|text| {
                    uses.labels.push((text.value.clone(), text.span.start));
                    text.value
                });
            }
            "requires" => {
                let words = Requirement::ALL.map(Requirement::word);
                let texts = source.strings(value, &what);
                let read =
                    texts.iter().filter_map(|text| source.word(text, "requirement", Requirement::from_word, &words));
                case.requires = read.collect();
            }
            "bug-text" => case.bug_texts = bug_texts(source, value, uses),
            "ours" => case.ours = source.flag(value, &what).unwrap_or_default(),
            _ => case.tests.extend(temporal(source, key, value, uses)),
        }
    }
    if !table.iter().any(|(key, _)| key.get_ref() == "id") {
        source.error(span.start, "a case without `id`", Some("id = \"what-it-is\"".to_owned()));
    }
    if !verdict {
        let hint = "verdict = { call = \"act\", headline = \"…\" }".to_owned();
        let at = id.as_ref().map_or(span.start, |id| id.span.start);
        source.error(at, "a case without `verdict`", hint);
    }
    let id = id?;
    if case.per.is_some() && case.steps.is_empty() {
        source.error(id.span.start, "`per` without `steps`", Some("steps = [\"…\"]".to_owned()));
    }
    case.id = id.value;
    Some((case, id.span.start))
}

/// `{ bug = 829025, text = "…" }` or `{ new = "summary", blocks = 808129, text = "…" }`.
pub(super) fn bug_texts<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, uses: &mut Uses) -> Vec<BugText> {
    let mut texts = Vec::new();
    for (table, span) in source.tables(value, "`bug-text`") {
        let has = |key: &str| table.iter().any(|(known, _)| known.get_ref() == key);
        let known: &[&str] = match (has("bug"), has("new")) {
            (true, false) => &["bug", "text"],
            (false, true) => &["new", "blocks", "text"],
            _ => &["bug", "new", "blocks", "text"],
        };
        let (mut bug, mut summary, mut blocks, mut text) = (None, None, None, None);
        for (key, _, inner) in source.entries(table, "a text for a bug", known) {
            let what = format!("`{key}` of `bug-text`");
            let mut line = || filled(source, inner, &what, &mut uses.bug_placeholders);
            match key {
                "bug" => bug = source.number(inner, &what, 1),
                "blocks" => blocks = source.number(inner, &what, 1),
                "new" => summary = line(),
                _ => text = line(),
            }
        }
        let hint = "{ bug = 829025, text = \"…\" } or { new = \"summary\", text = \"…\" }";
        if has("bug") == has("new") || !has("text") {
            let message = "a text for a bug needs `text`, and either `bug` or `new`";
            source.error(span.start, message, Some(hint.to_owned()));
            continue;
        }
        let into = bug.map(BugUse::Comment).or_else(|| summary.map(|summary| BugUse::New { summary, blocks }));
        texts.extend(into.zip(text).map(|(into, text)| BugText { into, text }));
    }
    texts
}

fn kinds<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, what: &str, uses: &mut Uses) -> Vec<String> {
    let texts = source.strings(value, what);
    uses.kinds.extend(texts.iter().map(|text| (text.value.clone(), text.span.start)));
    texts.into_iter().map(|text| text.value).collect()
}

fn labels<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, what: &str, uses: &mut Uses) -> Vec<String> {
    let texts = source.strings(value, what);
    uses.labels.extend(texts.iter().map(|text| (text.value.clone(), text.span.start)));
    texts.into_iter().map(|text| text.value).collect()
}

/// A line with `{label}` placeholders.
pub(super) fn headline<'i>(
    source: &Source<'i>,
    value: &Spanned<DeValue<'i>>,
    what: &str,
    uses: &mut Uses,
) -> Option<String> {
    filled(source, value, what, &mut uses.placeholders)
}

/// The same that may not hold facts of the incident: it is read beside the message alone.
pub(super) fn line<'i>(
    source: &Source<'i>,
    value: &Spanned<DeValue<'i>>,
    what: &str,
    uses: &mut Uses,
) -> Option<String> {
    filled(source, value, what, &mut uses.label_placeholders)
}

/// A line, and what its placeholders name.
fn filled<'i>(
    source: &Source<'i>,
    value: &Spanned<DeValue<'i>>,
    what: &str,
    named: &mut Vec<(String, usize)>,
) -> Option<String> {
    let text = source.filled(value, what)?;
    named.extend(placeholders(&text.value).into_iter().map(|name| (name, text.span.start)));
    Some(text.value)
}

/// Names in braces.
pub(in crate::runbook) fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split('{').skip(1) {
        // `{one|other}`: the first that is there.
        let alternatives = part.split_once('}').map_or("", |(names, _)| names).split('|');
        let is_name = |name: &&str| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        names.extend(alternatives.filter(is_name).map(str::to_owned));
    }
    names
}

fn read_verdict<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, case: &mut Case, uses: &mut Uses) {
    let Some(table) = source.table(value, "`verdict`") else { return };
    let known = ["call", "verb", "also", "headline", "line", "warn"];
    for (key, _, inner) in source.entries(table, "a verdict", &known) {
        let what = format!("`{key}`");
        match key {
            "call" => {
                if let Some(call) = call(source, inner, &what) {
                    case.call = call;
                }
            }
            "verb" => case.verb = verb(source, inner, &what),
            "also" => case.also = verb(source, inner, &what),
            "headline" => case.headline = headline(source, inner, &what, uses).unwrap_or_default(),
            "line" => case.line = source.number(inner, &what, 1).and_then(|line| u32::try_from(line).ok()),
            _ => case.warn = line(source, inner, &what, uses),
        }
    }
    for key in ["call", "headline"] {
        if !table.iter().any(|(known, _)| known.get_ref() == key) {
            let hint = "verdict = { call = \"act\", headline = \"…\" }".to_owned();
            source.error(value.span().start, format!("a verdict without `{key}`"), hint);
        }
    }
}

/// A call word.
pub(super) fn call<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, what: &str) -> Option<Call> {
    let text = source.filled(value, what)?;
    // Severity words of other tools are common here: say what they are called in runbooks.
    let other = match text.value.to_ascii_lowercase().as_str() {
        "critical" | "emergency" | "alert" => Some("page"),
        "major" | "error" => Some("act"),
        "warning" | "minor" => Some("decide"),
        "info" | "notice" => Some("note"),
        _ => None,
    };
    let words = Call::ALL.map(Call::word);
    if let Some(other) = other {
        let message = format!("`{}` is no call; one of: {}", text.value, words.join(", "));
        source.error(text.span.start, message, format!("did you mean `{other}`?"));
        return None;
    }
    source.word(&text, "call", Call::from_word, &words)
}

/// A verb.
pub(super) fn verb<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, what: &str) -> Option<Verb> {
    source.word(&source.filled(value, what)?, "verb", Verb::from_word, &Verb::ALL.map(Verb::word))
}

fn steps<'i>(source: &Source<'i>, value: &Spanned<DeValue<'i>>, uses: &mut Uses) -> Vec<Step> {
    let Some(list) = value.get_ref().as_array() else {
        source.wrong_type(value, "`steps`", "a list of strings [\"…\", { or = \"…\" }]");
        return Vec::new();
    };
    let mut steps: Vec<Step> = Vec::new();
    for item in list.iter() {
        match item.get_ref() {
            DeValue::Table(table) => {
                for (key, at, value) in source.entries(table, "a step", &["or"]) {
                    if steps.is_empty() {
                        source.error(at.start, format!("`{key}` has no step before it"), None);
                    }
                    steps.extend(line(source, value, "a step", uses).map(|text| Step { text, or: true }));
                }
            }
            _ => steps.extend(line(source, item, "a step", uses).map(|text| Step { text, or: false })),
        }
    }
    steps
}

/// `{ kind, when, same, within, either }`.
fn near<'i>(source: &Source<'i>, key: &str, value: &Spanned<DeValue<'i>>, uses: &mut Uses) -> Option<Near> {
    let place = format!("`{key}`");
    let table = source.table(value, &place)?;
    let mut near = Near { kinds: Vec::new(), when: None, same: Vec::new(), within: None, either: false };
    for (name, _, inner) in source.entries(table, &place, &["kind", "when", "same", "within", "either"]) {
        let what = format!("`{name}` of {place}");
        match name {
            "kind" => near.kinds = kinds(source, inner, &what, uses),
            "when" => near.when = filter::read(source, inner, &what, false, &mut uses.kinds),
            "same" => near.same = labels(source, inner, &what, uses),
            "within" => near.within = source.duration(inner, &what),
            _ => near.either = source.flag(inner, &what).unwrap_or_default(),
        }
    }
    let windowed = matches!(key, "followed-by" | "not-followed-by" | "not-preceded-by");
    if windowed && !table.iter().any(|(name, _)| name.get_ref() == "within") {
        let message = format!("{place} without `within` could never be proved false");
        source.error(value.span().start, message, Some("within = \"5m\"".to_owned()));
    }
    Some(near)
}

/// The entries of a temporal test's table by name, unknown ones refused, missing ones reported.
struct Fields<'s, 't, 'i> {
    source: &'s Source<'i>,
    table: &'t DeTable<'i>,
    key: String,
}

impl<'s, 't, 'i> Fields<'s, 't, 'i> {
    fn new(
        source: &'s Source<'i>,
        key: &str,
        value: &'t Spanned<DeValue<'i>>,
        known: &[&str],
        required: &[&str],
    ) -> Option<Self> {
        let key = format!("`{key}`");
        let table = source.table(value, &key)?;
        source.entries(table, &key, known);
        for name in required {
            if !table.iter().any(|(known, _)| known.get_ref() == name) {
                source.error(value.span().start, format!("{key} without `{name}`"), None);
            }
        }
        Some(Fields { source, table, key })
    }

    fn get(&self, name: &str) -> Option<(&'t Spanned<DeValue<'i>>, String)> {
        let (_, _, value) = in_order(self.table).into_iter().find(|(key, ..)| *key == name)?;
        Some((value, format!("`{name}` of {}", self.key)))
    }

    fn duration(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|(value, what)| self.source.duration(value, &what))
    }

    fn decimal(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|(value, what)| self.source.decimal(value, &what))
    }

    fn count(&self, name: &str, least: u64) -> Option<u32> {
        let (value, what) = self.get(name)?;
        u32::try_from(self.source.number(value, &what, least)?).ok()
    }

    fn labels(&self, name: &str, uses: &mut Uses) -> Vec<String> {
        self.get(name).map(|(value, what)| labels(self.source, value, &what, uses)).unwrap_or_default()
    }

    fn string(&self, name: &str) -> Option<super::reader::Text> {
        self.get(name).and_then(|(value, what)| self.source.filled(value, &what))
    }

    fn label(&self, name: &str, uses: &mut Uses) -> Option<String> {
        let text = self.string(name)?;
        uses.labels.push((text.value.clone(), text.span.start));
        Some(text.value)
    }
}

/// One test over time.
fn temporal<'i>(source: &Source<'i>, key: &str, value: &Spanned<DeValue<'i>>, uses: &mut Uses) -> Option<Temporal> {
    let what = format!("`{key}`");
    let fields = |known: &[&str], required: &[&str]| Fields::new(source, key, value, known, required);
    Some(match key {
        "followed-by" => Temporal::FollowedBy(near(source, key, value, uses)?),
        "not-followed-by" => Temporal::NotFollowedBy(near(source, key, value, uses)?),
        "preceded-by" => Temporal::PrecededBy(near(source, key, value, uses)?),
        "not-preceded-by" => Temporal::NotPrecededBy(near(source, key, value, uses)?),
        "closed-by" => Temporal::ClosedBy(near(source, key, value, uses)?),
        "quiet-for" => Temporal::QuietFor(source.duration(value, &what)?),
        "unclaimed-for" => Temporal::UnclaimedFor(source.duration(value, &what)?),
        "expected" => Temporal::Expected(source.filled(value, &what)?.value),
        "claimed" => {
            if !source.flag(value, &what)? {
                let hint = "unclaimed-for = \"0s\" holds while nobody has claimed it".to_owned();
                source.error(value.span().start, "`claimed` can only be true", hint);
            }
            Temporal::Claimed
        }
        "lacks" => {
            let text = source.filled(value, &what)?;
            uses.labels.push((text.value.clone(), text.span.start));
            Temporal::Lacks(text.value)
        }
        "repeats" => {
            let fields = fields(&["count", "every", "slack", "within", "same"], &["count"])?;
            let (every, within) = (fields.duration("every"), fields.duration("within"));
            if fields.get("every").is_none() && fields.get("within").is_none() {
                let hint = "every = \"20m\", slack = \"4m\", or within = \"1h\"".to_owned();
                source.error(value.span().start, "`repeats` needs `every` or `within`", hint);
            }
            Temporal::Repeats {
                count: fields.count("count", 2)?,
                every,
                slack: fields.duration("slack").unwrap_or(0),
                within,
                same: fields.labels("same", uses),
            }
        }
        "sets" => {
            let fields = fields(&["label", "values", "per", "same", "min", "within"], &["label", "values", "per"])?;
            let values = fields.get("values").map(|(value, what)| source.strings(value, &what)).unwrap_or_default();
            Temporal::Sets {
                label: fields.label("label", uses)?,
                values: values.into_iter().map(|text| text.value).collect(),
                per: fields.duration("per")?,
                same: fields.labels("same", uses),
                min: fields.get("min").map_or(Some(1), |_| fields.count("min", 1))?,
                within: fields.duration("within"),
            }
        }
        "rate" => {
            let fields = fields(&["above", "baseline", "in", "same"], &["in"])?;
            if fields.get("above").is_none() && fields.get("baseline").is_none() {
                let hint = "above = 6, or baseline = 3.0".to_owned();
                source.error(value.span().start, "`rate` needs `above` or `baseline`", hint);
            }
            Temporal::Rate {
                above: fields.decimal("above"),
                baseline: fields.decimal("baseline"),
                within: fields.duration("in")?,
                same: fields.labels("same", uses),
            }
        }
        "deadline" => {
            let fields = fields(&["label", "before"], &["label"])?;
            Temporal::Deadline { label: fields.label("label", uses)?, before: fields.duration("before") }
        }
        "switch" => {
            let fields = fields(&["name", "is"], &["name", "is"])?;
            let name = fields.string("name")?.value;
            let is = fields.string("is")?;
            let words = ["yes", "no", "unknown"];
            let of = |word: &str| words.contains(&word).then(|| word.to_owned());
            Temporal::Switch { name, is: source.word(&is, "state of a switch", of, &words)? }
        }
        _ => {
            let fields = fields(&["covers", "ends"], &["covers"])?;
            let hour = match fields.string("ends") {
                Some(text) => {
                    let of = |word: &str| (word == "hour").then_some(true);
                    source.word(&text, "end of a covered time", of, &["hour"])?
                }
                None => false,
            };
            Temporal::AfterResolved { covers: fields.duration("covers")?, hour }
        }
    })
}
