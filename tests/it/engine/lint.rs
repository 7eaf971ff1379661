//! What the linter says about runbooks that work.

use dutybox::runbook::Runbooks;
use dutybox::runbook::lint::lint;

/// A runbook in four lines of front matter (the match is line 4), more lines, a line `+++`, and a body.
fn one(id: &str, filter: &str, more: &str, body: &str) -> (String, String) {
    (format!("{id}.md"), format!("+++\nid = \"{id}\"\ntitle = \"{id}\"\nmatch = {filter}\n{more}+++\n{body}"))
}

fn complaints(files: &[(String, String)]) -> Vec<String> {
    let books = Runbooks::only(files);
    assert_eq!(books.diagnostics, []);
    lint(&books).iter().map(ToString::to_string).collect()
}

const ADDRESS: &str = "{ to = \"oncall+a@x.org\" }";
const BODY: &str = "## What to do\n\nLook at it.\n";

fn case(id: &str, more: &str) -> String {
    format!("[[case]]\nid = \"{id}\"\n{more}verdict = {{ call = \"act\", headline = \"h\" }}\n")
}

#[test]
fn a_runbook_that_says_everything_is_fine() {
    assert_eq!(complaints(&[one("a", ADDRESS, &case("c", ""), "## What to do\n\n- {c} Do it.\n")]), [""; 0]);
}

#[test]
fn cases_and_items_belong_together() {
    let found = complaints(&[one("a", ADDRESS, &case("disk-full", ""), "## What to do\n\n- {disk-ful} Do it.\n")]);
    assert_eq!(
        found,
        [
            "a.md:6:6: error: no item of \"What to do\" is marked for the case `disk-full` (begin a list item under \"What to do\" with {disk-full})",
            "a.md:11:3: error: {disk-ful} names no case of this runbook (did you mean {disk-full}?)",
        ]
    );
}

#[test]
fn sections_without_text() {
    assert_eq!(
        complaints(&[one("a", ADDRESS, "", "## Meaning\n\nx\n")]),
        [
            "a.md:4:1: warning: the runbook does not say what to do (add a heading \"## What to do when one is received\"; if nobody knows, say so there)",
        ]
    );
    assert_eq!(
        complaints(&[one("a", ADDRESS, "", "## What to do\n\n## Future plans\n\n## Meaning\n\nx\n\n## Impact\n\ny\n")]),
        [
            "a.md:6:1: warning: the runbook does not say what to do (if nobody knows, say so here)",
            "a.md:8:1: warning: the section \"Future plans\" is empty (write \"None.\" or leave the heading out)",
            "a.md:14:1: warning: the section \"Impact\" stands twice: only the first is shown beside a message",
        ]
    );
}

#[test]
fn brittle_and_impossible_patterns() {
    let rows = [
        (
            "{ subject = \"x\" }",
            "4:1: warning: brittle: no address is matched, only what the sender writes (give the sender an address of its own, like oncall+tool@example.org)",
        ),
        ("{ any = [{ subject = \"x\" }, { to = \"*@x.org\" }] }", ""),
        (
            "{ not = { to = \"a@x.org\" } }",
            "4:1: warning: the match takes everything that no other runbook takes (say at least how the subject begins)",
        ),
        (
            "{ to = \"a@x.org\", subject = \"Re: x\" }",
            "4:1: warning: subject = \"Re: x\" can never hold: Re: and Fwd: are taken off before; write role = \"reply\" or \"forward\"",
        ),
        (
            "{ to = \"a@x.org\", subject = \"two  blanks\" }",
            "4:1: warning: subject = \"two  blanks\" can never hold: runs of blanks are one blank, and there is none at the start",
        ),
        (
            "{ to = \"x.org\" }",
            "4:1: warning: to = \"x.org\" can never hold: an address is matched whole; write *@example.org for a domain",
        ),
        (
            "{ to = \"a@x.org\", body = \" indented*\" }",
            "4:1: warning: body = \" indented*\" can never hold: blanks around a line do not count",
        ),
    ];
    for (filter, expected) in rows {
        let expected: Vec<String> =
            Some(format!("a.md:{expected}")).filter(|_| !expected.is_empty()).into_iter().collect();
        assert_eq!(complaints(&[one("a", filter, "", BODY)]), expected, "{filter}");
    }
}

#[test]
fn cases_that_are_never_reached_or_say_a_thing_twice() {
    let kinds = "kinds = [{ id = \"k\", subject = \"x\" }, { id = \"l\" }]\n";
    let body = "## What to do\n\n- {a}{b}{c} Do it.\n";
    let cases =
        [case("a", "kind = \"k\"\n"), case("b", "kind = \"l\"\n"), case("c", "kind = \"k\"\nquiet-for = \"5m\"\n")];
    assert_eq!(
        complaints(&[one("a", ADDRESS, &format!("{kinds}{}", cases.concat()), body)]),
        [
            "a.md:15:6: warning: the case `c` is never reached: `a` before it always holds (put the case that always holds last)",
        ]
    );
    let near = "followed-by = { kind = \"l\", within = \"5m\" }\n";
    let first = case("a", &format!("kind = \"k\"\n{near}"));
    let second = case("b", &format!("kind = \"k\"\nnot-{near}"));
    let third = case("c", "");
    let less = |text: &str| text.replace("\"act\"", "\"note\"");
    let found = complaints(&[one("a", ADDRESS, &format!("{kinds}{first}{}{third}", less(&second)), body)]);
    assert_eq!(
        found,
        [
            "a.md:12:6: warning: `not-followed-by` says again what `a` before it says already (leave it out: `b` is only reached when that is proved false)",
        ]
    );
    // While `a` is open it does not hold a case back that is more urgent: there the test is needed.
    assert_eq!(complaints(&[one("a", ADDRESS, &format!("{kinds}{}{second}{third}", less(&first)), body)]), [""; 0]);
}

#[test]
fn a_lost_link_says_where_it_stood() {
    let links = "links = [{ lost = \"docs\", line = 3 }, { lost = \"list\" }]\n";
    assert_eq!(
        complaints(&[one("a", ADDRESS, links, BODY)]),
        ["a.md:5:39: warning: the lost link \"list\" does not say where it stood (line = 83)",]
    );
}

#[test]
fn runbooks_that_take_the_same_mail() {
    let files = [
        one("a", "{ any = [{ to = \"oncall+a@x.org\" }, { subject = \"[tool] failed*\" }] }", "", BODY),
        one("b", "{ any = [{ to = \"oncall+b@x.org\" }, { subject = \"[Tool]\" }] }", "", BODY),
        one("c", "{ to = \"ONCALL+a@x.org\" }", "", BODY),
        // Address and subject together are more specific: that is no overlap but a refinement.
        one("d", "{ to = \"oncall+a@x.org\", subject = \"[tool]\" }", "", BODY),
        one("e", "{ to = \"oncall+e@x.org\" }", "", BODY),
    ];
    assert_eq!(
        complaints(&files),
        [
            "b.md:4:1: warning: overlap: a subject can begin like \"[Tool]\" and like \"[tool] failed*\" of the runbook `a` (if both are meant, the longer pattern wins, then the order; see a.md)",
            "c.md:4:1: warning: overlap: the runbook `a` matches the same address \"ONCALL+a@x.org\" (if both are meant, the longer pattern wins, then the order; see a.md)",
        ]
    );
}

#[test]
fn an_example_is_claimed_by_the_runbook_that_shows_it() {
    let eml = |to: &str| format!("{BODY}\n## Example\n\n```eml\nTo: {to}\nSubject: x\n\nText\n```\n");
    assert_eq!(complaints(&[one("a", ADDRESS, "", &eml("oncall+a@x.org"))]), [""; 0]);
    assert_eq!(
        complaints(&[one("a", ADDRESS, "", &eml("oncall+b@x.org"))]),
        [
            "a.md:12:1: error: this example is not claimed by its own runbook (compare its subject and addresses with `match`)",
        ]
    );
    let other = one("b", "{ to = \"oncall+a@x.org\", subject = \"x\" }", "", BODY);
    assert_eq!(
        complaints(&[one("a", ADDRESS, "", &eml("oncall+a@x.org")), other]),
        ["a.md:12:1: warning: the runbook `b` wins over this one for this example",]
    );
}

/// What the page itself is short of, and nothing else, is odd about what is shipped.
#[test]
fn nothing_is_wrong_with_the_shipped_runbooks() {
    let errors: Vec<String> = lint(&Runbooks::shipped())
        .into_iter()
        .filter(|found| !found.message.starts_with("brittle"))
        .map(|found| found.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
}
