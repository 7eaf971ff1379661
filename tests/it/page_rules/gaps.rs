//! What the page contradicts or leaves out is shown, not hidden: G1 to G14, each in the pane of the runbook it is about.

use super::desk_with;

/// Number, a sample mail, and words of the pane beside it.
const GAPS: &[(u8, &str, &[&str])] = &[
    (
        1,
        "vcs2vcs-push1",
        &["with a colon after “failed”; the section writes “failed for gecko.git:”", "(page line 26)"],
    ),
    (
        2,
        "vcs2vcs-push1",
        &["calls a repeated push failure major; the section lets one or two sets pass. We follow the section"],
    ),
    (3, "vcs2vcs-autofix", &["AUTOFIX and the release+vcs2vcs addresses have a section but no Index row"]),
    (3, "ec2-retirement-2013", &["The section has no Index row; the mail goes to release+aws"]),
    (3, "puppet-waiting", &["It has no Index row"]),
    (3, "adhoc-signing", &["The section has no Index row"]),
    (4, "release-runner", &["The Index gives the whole subject; the section says the tag may stand anywhere in it"]),
    (5, "vcs2vcs-major", &["the Index says to make sure people know, the section says to contact hwine"]),
    (6, "appleagent-code", &["The Index takes it to the manager, the section to those with access. We do both"]),
    (7, "puppet-waiting", &["the page's template for new sections, yet two rules in it are real"]),
    (
        8,
        "release-runner",
        &["What is sending them: the page leaves this empty", "the page lost its link", "(page line 121)"],
    ),
    (8, "ec2-retirement-2013", &["How to silence, and plans: both left empty"]),
    (
        8,
        "chromecast",
        &["the sentence breaks off in the middle", "Silence and plans: both left empty", "lost its link to details"],
    ),
    (8, "vcs2vcs-delays", &["the page lost its link to the docs, with troubleshooting tips, page line 83"]),
    (8, "wcw", &["The mana link was to come; it never did"]),
    (8, "aws-health-2026", &["(page line 161)"]),
    (9, "signaddons", &["The page gives no action and no contact"]),
    (9, "ubuntu-store", &["The page gives no action and no contact"]),
    (9, "github-private-access", &["The page gives no action and no contact"]),
    (10, "mozdef-hourly", &["The dates are 2016-09-13 and 2016-10-08"]),
    (10, "sns-papertrail", &["The IRC bot was “near future” at an unknown date"]),
    (11, "ec2-cron", &["may be meant as a wildcard or as a regular expression"]),
    (12, "vcs2vcs-push1", &["“N” in the push subject is a placeholder"]),
    (13, "vcs2vcs-delays", &["“Same host” is not defined"]),
    (14, "vcs2vcs-push1", &["What a set is, is not said", "a lone push is counted apart"]),
];

#[test]
fn each_gap_of_the_page_is_shown_beside_the_mails_it_is_about() {
    for (number, name, words) in GAPS {
        // A window in which no line is broken and nothing has to be scrolled.
        let mut desk = desk_with(name, 600, 300);
        let screen = desk.press("w").screen();
        for piece in *words {
            assert!(screen.contains(piece), "G{number}, {name}: “{piece}” is not in\n{screen}");
        }
    }
    let all: std::collections::BTreeSet<u8> = GAPS.iter().map(|(number, ..)| *number).collect();
    assert!(all.into_iter().eq(1..=14));
}

/// The line above the Index that tells of archives is cut, too; it is about no single category.
#[test]
fn g8_the_lost_archives_are_in_the_notes_on_the_whole_page() {
    let readme = include_str!("../../../runbooks/README.md");
    assert!(readme.contains("Some mail goes to archives that can be searched; the links (line 14) are lost."));
}
