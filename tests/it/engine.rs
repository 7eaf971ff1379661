//! The runbook engine: the file format, its complaints, patterns, filters and labels.

use dutybox::runbook::case::{Call, Temporal, Verb};
use dutybox::runbook::file::{self, RunbookLink};

/// The runbook that proves that the format can say what the page says: 6 kinds, 14 cases.
const VCS2VCS: &str = include_str!("../fixtures/runbooks/vcs2vcs.md");

#[test]
fn the_vcs2vcs_runbook_means_what_it_says() {
    let (book, odd) = file::parse("vcs2vcs.md", VCS2VCS).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
    assert_eq!(odd, [], "nothing is odd about it");
    assert_eq!((book.id.as_str(), book.title.as_str()), ("vcs2vcs", "vcs2vcs system"));
    assert_eq!(
        book.kinds.iter().map(|kind| kind.id.as_str()).collect::<Vec<_>>(),
        ["autofix", "delays", "major", "push", "converted", "other"]
    );
    assert_eq!(
        book.kinds.iter().map(|kind| kind.gap).collect::<Vec<_>>(),
        [Some(2640), Some(2640), Some(7500), Some(86_400), Some(3600), Some(3600)]
    );
    assert!(book.kinds.iter().all(|kind| kind.set.len() == 1 && kind.set[0].0 == "topic"));
    assert!(book.kinds.last().is_some_and(|kind| kind.matches.is_none()));
    assert_eq!(
        book.labels.iter().map(|rule| (rule.name.as_str(), rule.many)).collect::<Vec<_>>(),
        [("host", false), ("repos", true)]
    );
    assert_eq!(book.people[0], (Verb::Page, vec!["hwine".to_owned()]));
    assert_eq!(
        book.people.iter().map(|(verb, _)| *verb).collect::<Vec<_>>(),
        [Verb::Page, Verb::Contact, Verb::Tell, Verb::Escalate]
    );
    assert_eq!(book.links[3], RunbookLink::Lost("troubleshooting docs".into(), Some(83)));
    assert_eq!(book.cases.len(), 14);
    assert_eq!(
        book.cases.iter().map(|case| case.call).collect::<Vec<_>>(),
        [
            Call::Page,
            Call::Note,
            Call::Page,
            Call::Note,
            Call::Page,
            Call::Act,
            Call::Note,
            Call::Note,
            Call::Act,
            Call::Act,
            Call::Decide,
            Call::Ignore,
            Call::Note,
            Call::Decide
        ]
    );
    let failed = book.case("autofix-failed").unwrap();
    assert_eq!(failed.tests.len(), 1);
    assert_eq!(failed.tests[0].words(), "followed by delays with the same host within 5m");
    assert_eq!(failed.line, Some(88));
    let Temporal::Sets { label, values, per, min, within, .. } = &book.case("push-many-sets").unwrap().tests[0] else {
        panic!("sets")
    };
    assert_eq!(
        (label.as_str(), values.as_slice(), *per, *min, *within),
        ("n", ["1".to_owned(), "2".to_owned()].as_slice(), 600, 3, Some(86_400))
    );
    let major = book.case("major").unwrap();
    assert_eq!((major.verb, major.also), (Some(Verb::Contact), Some(Verb::Tell)));
    assert_eq!(major.requires, ["told"]);
    assert_eq!(major.steps.iter().map(|step| step.or).collect::<Vec<_>>(), [false, false, false, true]);
}
