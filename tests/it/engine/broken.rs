//! Broken runbooks: each mistake is reported with its place and what to write instead, and several at once.

use super::small;
use dutybox::error::Severity;
use dutybox::runbook::file;

/// All complaints about a text, as people see them.
fn complaints(text: &str) -> String {
    let found = match file::parse("a.md", text) {
        Ok((_, odd)) => odd,
        Err(wrong) => {
            assert!(wrong.iter().any(|d| d.severity == Severity::Error), "{text}");
            wrong
        }
    };
    found.iter().map(|d| format!("{d}\n")).collect()
}

#[test]
fn the_whole_file() {
    let rows = [
        (
            "",
            "a.md:1:1: error: a runbook begins with front matter between two lines +++ (+++, then id = \"…\", title = \"…\", match = { … }, then +++)\n",
        ),
        (
            "# A\n",
            "a.md:1:1: error: a runbook begins with front matter between two lines +++ (+++, then id = \"…\", title = \"…\", match = { … }, then +++)\n",
        ),
        ("+++\nid = \"a\"\n", "a.md:1:1: error: the front matter is not closed (a second line +++ ends it)\n"),
        (
            "+++\n+++\n",
            "a.md:1:1: error: the front matter has no `id` (id = \"my-tool\")\n\
             a.md:1:1: error: the front matter has no `title` (title = \"My tool\")\n\
             a.md:1:1: error: the front matter has no `match` (match = { subject = \"[my-tool]*\" })\n",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(complaints(text), expected, "{text}");
    }
}

#[test]
fn toml_that_is_none() {
    let found = complaints("+++\nid = \"a\ntitle = \"A\"\nx = = 1\n+++\n");
    assert!(found.starts_with("a.md:2:8: error: this is no TOML: "), "{found}");
    assert!(found.contains("a.md:4:5: error: this is no TOML: "), "the second mistake is reported as well: {found}");
    let twice = complaints("+++\nid = \"a\"\nid = \"b\"\n+++\n");
    assert_eq!(twice, "a.md:3:1: error: this is no TOML: duplicate key\n");
}

/// One line of front matter behind the three lines of [`small`], and what is said about it. The line is line 5.
const LINES: &[(&str, &str)] = &[
    ("tilte = \"x\"", "5:1: error: unknown key `tilte` in the front matter (did you mean `title`?)"),
    ("human = \"yes\"", "5:9: error: `human` must be true or false, not a string"),
    (
        "group-by = [\"hots\"]\nlabels = { host = \"auto\" }",
        "5:13: error: there is no label `hots` (did you mean `host`?)",
    ),
    ("group-by = [1]", "5:13: error: `group-by` must be a string, not an integer"),
    ("never-ignore = \"\"", "5:16: error: `never-ignore` is empty"),
    (
        "default = \"critical\"",
        "5:11: error: `critical` is no call; one of: page, act, decide, wait, note, ignore (did you mean `page`?)",
    ),
    (
        "default = \"pgae\"",
        "5:11: error: `pgae` is no call; one of: page, act, decide, wait, note, ignore (did you mean `page`?)",
    ),
    (
        "source = { page = \"P\", lines = \"7 to 9\" }",
        "5:32: error: `7 to 9` are no lines (write them like \"25-27, 75\")",
    ),
    ("expect-from = [\"a{x@y\"]", "5:18: error: a placeholder without its `}`"),
    (
        "people = { call = [\"ann\"] }",
        "5:12: error: unknown key `call` in `people` (keys here: page, escalate, contact, notify, tell, forward, respond)",
    ),
    (
        "people = { page = [\"ann smith\"] }",
        "5:20: error: `ann smith` is no nick (one word each; addresses stand in the contact list)",
    ),
    ("links = [{ bug = \"829025\" }]", "5:18: error: `bug` must be a whole number, not a string"),
    (
        "links = [{ doc = \"Docs\" }]",
        "5:10: error: a document without `url` ({ doc = \"name\", url = \"https://…\" }; one that is lost: { lost = \"name\", line = 83 })",
    ),
    (
        "links = [{ doc = \"Docs\", url = \"file:///etc\" }]",
        "5:32: error: `file:///etc` is no web address (it must begin with https:// or http://)",
    ),
    ("links = [{ bgu = 1 }]", "5:12: error: unknown key `bgu` in a link (did you mean `bug`?)"),
    (
        "redact = [{ name = \"n\", regex = '(' }]",
        "5:33: error: wrong regular expression: unclosed group (look-around and back-references do not exist here)",
    ),
    (
        "redact = [{ name = \"n\", regex = 'a*' }]",
        "5:33: error: an expression that matches nothing at all would hide everything",
    ),
    (
        "redact = [{ name = \"n\" }]",
        "5:11: error: `redact` needs `name` and `regex` ({ name = \"code\", regex = '\\d{6}' })",
    ),
    ("show = [\"hots\"]\nlabels = { host = \"auto\" }", "5:9: error: there is no label `hots` (did you mean `host`?)"),
    (
        "badges = [{ text = \"x\" }]",
        "5:11: error: a badge without `when` ({ text = \"not to the list\", when = { not = { to = \"list@example.org\" } } })",
    ),
    (
        "labels = { n = { blocks = '^== (.+)' } }",
        "5:27: error: the label `n` does not say which lines it counts (lines = '^- ')",
    ),
    ("labels = { n = { subject = \"{n}\", lines = 'x' } }", "5:35: error: `lines` only belongs to `blocks`"),
    (
        "labels = { n = { machine-of = \"m\" }, m = { value = \"x\" } }",
        "5:1: error: `machine-of` of the label `n`: there is no label `m` before it (did you mean `m`?)",
    ),
    (
        "labels = { badge = { value = \"x\" } }",
        "5:12: error: the label `badge` says what is odd about a mail, and is made here (badges = [{ text = \"…\", when = { … } }] gives badges)",
    ),
    ("gaps = [{ line = 3 }]", "5:9: error: a gap without `text`"),
    // Labels.
    (
        "labels = { host = \"auot\" }",
        "5:19: error: the label `host` must be \"auto\", or a table with one of subject, body, header, detail, regex, blocks, json, machine-of, value (a constant is written host = { value = \"auot\" })",
    ),
    (
        "labels = { n = { subject = \"push {m}\" } }",
        "5:28: error: the pattern has no placeholder {n} that could become the label",
    ),
    (
        "labels = { n = { many = true } }",
        "5:16: error: the label `n` does not say where it is read from: \"auto\", or a table with one of subject, body, header, detail, regex, blocks, json, machine-of, value",
    ),
    (
        "labels = { n = { subject = \"{n}\", body = \"{n}\" } }",
        "5:35: error: the label `n` has both `subject` and `body`: one is enough",
    ),
    (
        "labels = { n = { regex = 'x', in = \"footer\" } }",
        "5:36: error: `footer` is no place to look in; one of: subject, body, header:NAME",
    ),
    ("labels = { n = { subject = \"{n}\", glob = \"x\" } }", "5:35: error: `glob` only belongs to `header`"),
    (
        "labels = { n = { json = \"a..b\" } }",
        "5:25: error: `a..b` is no path (write it like \"Message.AlarmName\" or \"items.0.id\")",
    ),
    (
        "labels = { N = \"auto\" }",
        "5:12: error: the label `N` must begin with a small letter and have only a-z, 0-9, - and _",
    ),
    (
        "labels = { n = { subject = \"é {x y} {n}\" } }",
        "5:31: error: `{x y}` is no placeholder: a name has small letters, digits, - and _",
    ),
    // Kinds.
    (
        "kinds = [{ id = \"k\", subjct = \"x\" }]",
        "5:22: error: unknown key `subjct` in a kind (did you mean `subject`?)",
    ),
    (
        "kinds = [{ id = \"k\", topic = 5 }]",
        "5:22: error: unknown key `topic` in a kind (keys here: to, from, subject, body, header, detail, kind, role, all, any, not, exact-case, id, gap, set)",
    ),
    (
        "kinds = [{ id = \"k\" }, { id = \"l\", subject = \"x\" }]",
        "5:24: error: the kind `l` is never reached: `k` before it takes all that is left",
    ),
    ("kinds = [{ id = \"k\", subject = \"a\" }, { id = \"k\" }]", "5:39: error: the kind `k` stands twice"),
    ("kinds = [{ subject = \"a\" }, { id = \"k\" }]", "5:10: error: a kind without `id` (id = \"what-it-is\")"),
    (
        "kinds = [{ id = \"k\", gap = \"soon\" }]",
        "5:28: error: `gap` of a kind: `soon` is no time: write one like \"90s\", \"5m\", \"2h5m\", \"24h\", \"7d\" or \"2w\"",
    ),
    (
        "kinds = [{ id = \"K 1\" }]",
        "5:17: error: the id of a kind `K 1` may only have small letters, digits and hyphens (for example \"k-1\")",
    ),
    (
        "kinds = [{ id = \"k\", kind = \"k\" }]",
        "5:29: error: a match or a kind cannot ask for a kind (kinds are given after the match; test the subject, a header or an address)",
    ),
];

#[test]
fn one_line_of_front_matter() {
    for (line, expected) in LINES {
        assert_eq!(complaints(&small(line, "")), format!("a.md:{expected}\n"), "{line}");
    }
}

/// A filter in place of `x`, and what is said about it; the filter begins at column 9 of line 4.
const FILTERS: &[(&str, &str)] = &[
    ("\"x\"", "9: error: `match` must be a table { … }, not a string"),
    ("{}", "9: error: `match` tests nothing (for example { subject = \"[tool] failed*\" })"),
    ("{ exact-case = true }", "9: error: `match` tests nothing (for example { subject = \"[tool] failed*\" })"),
    ("{ subjekt = \"x\" }", "11: error: unknown key `subjekt` in `match` (did you mean `subject`?)"),
    ("{ subject = [] }", "21: error: `subject` is an empty list"),
    ("{ subject = 5 }", "21: error: `subject` must be a string or a list of strings, not an integer"),
    ("{ subject = [\"a\", \"\"] }", "27: error: `subject` is empty"),
    ("{ any = { subject = \"a\" } }", "17: error: `any` must be a list of filters [{ … }, { … }], not a table"),
    ("{ any = [] }", "17: error: `any` is empty"),
    (
        "{ any = [{ subject = \"a\" }, {}] }",
        "37: error: a filter of `any` tests nothing (for example { subject = \"[tool] failed*\" })",
    ),
    ("{ not = { form = \"x\" } }", "19: error: unknown key `form` in `not` (did you mean `from`?)"),
    ("{ header = \"X-Foo\" }", "20: error: `header` must be a list of tables [{ … }], not a string"),
    ("{ header = { glob = \"x\" } }", "20: error: a header without `name` ({ name = \"X-Foo\", glob = \"…\" })"),
    (
        "{ header = { name = \"X-Foo:\" } }",
        "29: error: `X-Foo:` is no header name (write it without the colon, like X-GitHub-Reason)",
    ),
    (
        "{ header = { name = \"X-Foo\", golb = \"x\" } }",
        "38: error: unknown key `golb` in `header` (did you mean `glob`?)",
    ),
    (
        "{ role = \"replay\" }",
        "18: error: `replay` is no role; one of: alert, reply, forward, auto-reply, bounce (did you mean `reply`?)",
    ),
    ("{ subject = \"push {n:1|} failed\" }", "27: error: `{n:1|}` has an empty word: write {n:one|two}"),
    ("{ subject = '''push {n''' }", "29: error: a placeholder without its `}`"),
    ("{ subject = \"caf\\u00e9 {n\" }", "21: error: a placeholder without its `}`"),
];

#[test]
fn filters() {
    for (filter, expected) in FILTERS {
        let text = small("", "").replace("{ subject = \"x\" }", filter);
        assert_eq!(complaints(&text), format!("a.md:4:{expected}\n"), "{filter}");
    }
}

/// A line within a case (line 8 of the file), and what is said about it.
const CASES: &[(&str, &str)] = &[
    ("wehn = { subject = \"x\" }", "8:1: error: unknown key `wehn` in a case (did you mean `when`?)"),
    ("kind = \"aa\"", "8:8: error: there is no kind `aa` (this runbook has no kinds)"),
    ("when = { kind = \"k\" }", "8:17: error: there is no kind `k` (this runbook has no kinds)"),
    ("steps = \"do it\"", "8:9: error: `steps` must be a list of strings [\"…\", { or = \"…\" }], not a string"),
    ("steps = [{ or = \"x\" }]", "8:12: error: `or` has no step before it"),
    ("steps = [\"x\", { nor = \"x\" }]", "8:17: error: unknown key `nor` in a step (did you mean `or`?)"),
    ("quiet-for = 44", "8:13: error: `quiet-for` must be a time like \"5m\" or \"24h\", not an integer"),
    (
        "followed-by = { within = \"5m\", same = [\"host\"] }",
        "8:40: error: there is no label `host` (this runbook has no labels)",
    ),
    (
        "followed-by = { same = [] }",
        "8:15: error: `followed-by` without `within` could never be proved false (within = \"5m\")",
    ),
    ("preceded-by = { kidn = \"k\" }", "8:17: error: unknown key `kidn` in `preceded-by` (did you mean `kind`?)"),
    (
        "repeats = { count = 2 }",
        "8:11: error: `repeats` needs `every` or `within` (every = \"20m\", slack = \"4m\", or within = \"1h\")",
    ),
    ("repeats = { count = 1, every = \"5m\" }", "8:21: error: `count` of `repeats` must be a whole number from 2 up"),
    ("repeats = { every = \"5m\" }", "8:11: error: `repeats` without `count`"),
    (
        "sets = { label = \"n\", values = [\"1\"], per = \"1m\" }",
        "8:18: error: there is no label `n` (this runbook has no labels)",
    ),
    ("rate = { above = -1, in = \"1h\" }", "8:18: error: `above` of `rate` must be a number from 0 up"),
    ("rate = { in = \"1h\" }", "8:8: error: `rate` needs `above` or `baseline` (above = 6, or baseline = 3.0)"),
    (
        "switch = { name = \"release\", is = \"on\" }",
        "8:35: error: `on` is no state of a switch; one of: yes, no, unknown (did you mean `no`?)",
    ),
    ("switch = { is = \"yes\" }", "8:10: error: `switch` without `name`"),
    (
        "after-resolved = { covers = \"1h\", ends = \"day\" }",
        "8:42: error: `day` is no end of a covered time; one of: hour",
    ),
    (
        "requires = [\"tolt\"]",
        "8:13: error: `tolt` is no requirement; one of: told, severity, claim-or-note, handled (did you mean `told`?)",
    ),
    (
        "steps = [\"Stop after {count}\"]",
        "8:10: warning: {count} is no label, and steps, warnings and badges hold nothing else: it is shown as … (this runbook has no labels)",
    ),
    (
        "claimed = false",
        "8:11: error: `claimed` can only be true (unclaimed-for = \"0s\" holds while nobody has claimed it)",
    ),
    ("lacks = \"alram\"", "8:9: error: there is no label `alram` (this runbook has no labels)"),
    ("per = \"instance\"\nsteps = [\"x\"]", "8:7: error: there is no label `instance` (this runbook has no labels)"),
    (
        "bug-text = [{ text = \"x\" }]",
        "8:13: error: a text for a bug needs `text`, and either `bug` or `new` ({ bug = 829025, text = \"…\" } or { new = \"summary\", text = \"…\" })",
    ),
    (
        "bug-text = [{ bug = 1, blocks = 2, text = \"x\" }]",
        "8:24: error: unknown key `blocks` in a text for a bug (keys here: bug, text)",
    ),
    (
        "bug-text = [{ bug = 1, text = \"{hsot} {from} {text} {count}\" }]",
        "8:31: warning: {hsot} is neither a label nor a fact of incident or mail: it is shown as written (labels here: count, first, last, burst, sets, covered, resolved, claimed-by, claimed, since, next-monday, next-tuesday, next-wednesday, next-thursday, next-friday, next-saturday, next-sunday, from, subject, date, text)",
    ),
    (
        "not-preceded-by = { kind = [] }",
        "8:19: error: `not-preceded-by` without `within` could never be proved false (within = \"5m\")",
    ),
    (
        "if-unknown = \"on {hsot}\"",
        "8:14: warning: {hsot} is neither a label nor a fact of the incident: it is shown as written (labels here: count, first, last, burst, sets, covered, resolved, claimed-by, claimed, since, next-monday, next-tuesday, next-wednesday, next-thursday, next-friday, next-saturday, next-sunday)",
    ),
];

#[test]
fn cases() {
    let case = "[[case]]\nid = \"c\"\nverdict = { call = \"act\", headline = \"h\" }\n";
    for (line, expected) in CASES {
        assert_eq!(complaints(&small(&format!("{case}{line}"), "")), format!("a.md:{expected}\n"), "{line}");
    }
    for (text, expected) in [
        (
            "[[case]]\nverdict = { call = \"act\", headline = \"h\" }",
            "5:1: error: a case without `id` (id = \"what-it-is\")",
        ),
        (
            "[[case]]\nid = \"c\"",
            "6:6: error: a case without `verdict` (verdict = { call = \"act\", headline = \"…\" })",
        ),
        (
            "[[case]]\nid = \"c\"\nverdict = { call = \"act\" }",
            "7:11: error: a verdict without `headline` (verdict = { call = \"act\", headline = \"…\" })",
        ),
        (
            "[[case]]\nid = \"c\"\nverdict = { call = \"act\", headline = \"h\", verb = \"shout\" }",
            "7:50: error: `shout` is no verb; one of: page, escalate, contact, notify, tell, forward, respond",
        ),
        (
            "[[case]]\nid = \"c\"\nverdict = { call = \"act\", headline = \"h\" }\n[[case]]\nid = \"c\"\nverdict = { call = \"act\", headline = \"h\" }",
            "9:6: error: the case `c` stands twice",
        ),
    ] {
        assert_eq!(complaints(&small(text, "")), format!("a.md:{expected}\n"), "{text}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let text =
        "+++\nid = \"A\"\nttile = \"A\"\ntitle = \"A\"\nmatch = { subject = \"{\", subjekt = \"x\" }\nhuman = 1\n+++\n";
    let found = complaints(text);
    let places: Vec<&str> = found.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["a.md:2:6", "a.md:3:1", "a.md:5:26", "a.md:6:9"], "{found}");
}

#[test]
fn columns_count_characters_and_lines_count_the_whole_file() {
    let text = small("better = \"ünïcödé\" # ü\nlinks = [{ doc = \"ü\", url = \"x\" }]", "");
    assert_eq!(complaints(&text), "a.md:6:29: error: `x` is no web address (it must begin with https:// or http://)\n");
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("+++\nid = {}1{}\n+++\n", "[".repeat(5_000), "]".repeat(5_000));
    assert!(complaints(&text).contains("error"), "it is an error, not a crash");
    let nested = format!("{}{{ subject = \"x\" }}{}", "{ not = ".repeat(3_000), " }".repeat(3_000));
    assert!(complaints(&small("", "").replace("{ subject = \"x\" }", &nested)).contains("error"));
}
