//! The shipped runbooks against the wiki page they stand for: every Index row and section has its category, people and
//! verbs; every line with something on it is covered; every sample mail goes where it belongs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dutybox::error::Severity;
use dutybox::mail::{Message, parse};
use dutybox::runbook::case::{Temporal, Verb};
use dutybox::runbook::file::{self, RunbookLink, SectionName};
use dutybox::runbook::labels::HostRules;
use dutybox::runbook::{INCIDENT_FACTS, Runbook, Runbooks, lint};
use dutybox::triage::classify::classify;
use dutybox::triage::row::Class;

mod page;

use page::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sample(name: &str) -> Vec<u8> {
    read(&root().join(format!("examples/mails/{name}.eml")))
}

/// The files of the pack: name, text.
fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(root().join("runbooks/releng"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, String::from_utf8(read(&path)).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The pack alone: other packs may be shipped beside it.
fn books() -> Runbooks {
    Runbooks::only(&files())
}

fn hosts() -> HostRules {
    HostRules { own_domains: vec!["mozilla.com".to_owned()], ..HostRules::default() }
}

fn message(raw: &[u8]) -> Message {
    parse::message(raw.to_vec())
}

/// A mail of one line with these headers.
fn mail(headers: &str) -> Message {
    message(
        format!("{headers}\nDate: Tue, 03 Feb 2026 02:14:22 +0000\nMessage-ID: <1@example.org>\n\nText.\n").as_bytes(),
    )
}

fn class(books: &Runbooks, message: &Message) -> Class {
    classify(books, message, &hosts())
}

/// Category and kind; empty where there is none.
fn place(books: &Runbooks, class: &Class) -> (String, String) {
    class.primary.as_ref().map_or_else(Default::default, |hit| {
        let book = books.get(hit.book).unwrap();
        (book.id.clone(), book.kinds[usize::from(hit.kind)].id.clone())
    })
}

fn category(books: &Runbooks, message: &Message) -> String {
    place(books, &class(books, message)).0
}

fn book<'a>(books: &'a Runbooks, id: &str) -> &'a Runbook {
    books.by_id(id).unwrap_or_else(|| panic!("no runbook {id}")).1
}

/// The lines of the page that a runbook says it comes from.
fn lines_of(book: &Runbook) -> BTreeSet<u32> {
    let source = book.source.as_ref().unwrap_or_else(|| panic!("{}: no source", book.id));
    assert_eq!(source.page, "ReleaseEngineering/How_To/Process_release_email", "{}", book.id);
    source
        .lines
        .split(',')
        .flat_map(|part| {
            let (from, to) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
            from.parse::<u32>().unwrap()..=to.parse::<u32>().unwrap()
        })
        .collect()
}

#[test]
fn every_file_of_the_pack_is_compiled_in() {
    let shipped = Runbooks::shipped();
    for (file, text) in files() {
        let (ours, _) = file::parse(&file, &text).unwrap_or_else(|errors| panic!("{file}: {errors:?}"));
        assert_eq!(file, format!("{}.md", ours.id), "a file is named after its category");
        let (_, theirs) = shipped.by_id(&ours.id).unwrap_or_else(|| panic!("{file} is not compiled in"));
        assert_eq!(
            format!("{:?}", theirs.sections),
            format!("{:?}", ours.sections),
            "{file}: an older text is compiled in"
        );
    }
    assert_eq!(files().len(), 24);
    for (_, book) in shipped.iter() {
        assert!(root().join("runbooks").join(&book.file).is_file(), "{} is compiled in, but has no file", book.file);
    }
    assert!(shipped.diagnostics.is_empty(), "{}", text_of(&shipped.diagnostics));
}

#[test]
fn no_runbook_has_a_diagnostic() {
    for (file, text) in files() {
        match file::parse(&file, &text) {
            Ok((_, diagnostics)) => assert!(diagnostics.is_empty(), "{}", text_of(&diagnostics)),
            Err(diagnostics) => panic!("{}", text_of(&diagnostics)),
        }
    }
    assert!(books().diagnostics.is_empty(), "{}", text_of(&books().diagnostics));
}

fn text_of(diagnostics: &[dutybox::error::Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

#[test]
fn lint_finds_only_what_the_page_itself_is_short_of() {
    let (brittle, other): (Vec<_>, Vec<_>) = lint::lint(&books())
        .into_iter()
        .partition(|found| found.severity == Severity::Warning && found.message.contains("brittle"));
    assert!(other.is_empty(), "{}", text_of(&other));
    // The page gives these categories nothing but a subject, and says itself that this is brittle (line 11).
    let brittle: Vec<&str> = brittle.iter().map(|found| found.file.as_str()).collect();
    assert_eq!(brittle, ["puppet.md", "release-runner.md", "talos.md"]);
}

#[test]
fn every_index_row_and_section_has_its_category_kind_people_and_verbs() {
    let books = books();
    assert_eq!((ROWS.len(), SECTIONS.len()), (24, 11));
    assert!(ROWS.iter().map(|row| row.line).eq(21..=44), "one entry for each row of the Index");
    for entry in ROWS.iter().chain(SECTIONS) {
        let line = entry.line;
        let mut raw = String::from_utf8(sample(entry.sample)).unwrap();
        if let Some((old, new)) = entry.edit {
            assert!(raw.contains(old), "line {line}: nothing to edit");
            raw = raw.replacen(old, new, 1);
        }
        let found = place(&books, &class(&books, &message(raw.as_bytes())));
        assert_eq!(found, (entry.category.to_owned(), entry.kind.to_owned()), "line {line}, {}", entry.sample);
        let book = book(&books, entry.category);
        assert!(lines_of(book).contains(&line), "line {line} is not in the source lines of {}", book.id);
        for (verb, nick) in entry.people {
            let listed = book.people.iter().any(|(v, nicks)| v == verb && nicks.iter().any(|n| n == nick));
            assert!(listed, "line {line}: {} should {} {nick}", book.id, verb.word());
        }
    }
}

#[test]
fn nobody_is_reached_whom_the_page_does_not_name() {
    let named: BTreeSet<(&str, Verb, &str)> = ROWS
        .iter()
        .chain(SECTIONS)
        .flat_map(|entry| entry.people.iter().map(|(verb, nick)| (entry.category, *verb, *nick)))
        .collect();
    for (_, book) in books().iter() {
        for (verb, nicks) in &book.people {
            for nick in nicks {
                assert!(
                    named.contains(&(book.id.as_str(), *verb, nick.as_str())),
                    "{}: {} {nick}",
                    book.id,
                    verb.word()
                );
            }
        }
    }
}

#[test]
fn each_sample_goes_to_its_category_and_kind() {
    let books = books();
    let there = std::fs::read_dir(root().join("examples/mails")).unwrap().count();
    assert_eq!((SAMPLES.len(), there), (53, 53));
    for (name, category, kind) in SAMPLES {
        let found = place(&books, &class(&books, &message(&sample(name))));
        assert_eq!(found, ((*category).to_owned(), (*kind).to_owned()), "{name}");
    }
}

#[test]
fn the_mails_that_the_literal_patterns_of_the_page_miss_are_hits() {
    let missed = [
        "vcs2vcs-autofix",
        "vcs2vcs-push1",
        "vcs2vcs-push2",
        "vcs2vcs-conversion-failed",
        "vcs2vcs-forward",
        "adhoc-signing",
        "puppet-waiting",
        "puppet-invalid-cert",
        "puppetagain-error",
        "wait-times",
        "wait-times-as-submitted",
    ];
    let books = books();
    for name in missed {
        assert!(class(&books, &message(&sample(name))).primary.is_some(), "{name} is undocumented");
    }
}

#[test]
fn samples_come_from_expected_senders() {
    let books = books();
    for (name, category, _) in SAMPLES.iter().filter(|(_, category, _)| !category.is_empty()) {
        let class = class(&books, &message(&sample(name)));
        assert!(
            !class.primary.unwrap().foreign_sender || *name == "talos-machine",
            "{name}: {category} thinks it foreign"
        );
    }
    let forged =
        mail("From: Apple <appleid@id.apple.example.org>\nTo: release+appleagent@mozilla.com\nSubject: Your code");
    assert!(class(&books, &forged).primary.unwrap().foreign_sender);
}

#[test]
fn an_address_is_taken_whole() {
    let books = books();
    let to = |address: &str| category(&books, &mail(&format!("From: a@example.org\nTo: {address}\nSubject: Hello")));
    assert_eq!(to("release+aws@mozilla.com"), "aws");
    assert_eq!(to("RELEASE+AWS@Mozilla.com"), "aws");
    assert_eq!(to("release+aws-sanity-check@mozilla.com"), "aws-sanity-check");
    assert_eq!(to("release+aws-manager@mozilla.com"), "", "not on the page");
    assert_eq!(to("release+vcs2vcs@mozilla.com"), "vcs2vcs");
    assert_eq!(to("release+vcs2vcs+forward@mozilla.com"), "vcs2vcs");
    assert_eq!(to("release+ec2.host7@mozilla.com"), "ec2-cron");
    assert_eq!(to("release+ec2@mozilla.com"), "");
    assert_eq!(to("release+wmw@mozilla.com"), "change-window");
    assert_eq!(to("someone@example.org, release+roku@mozilla.com"), "roku");
    assert_eq!(to("release@mozilla.com"), "");
    assert_eq!(to("release+amp@mozilla.com.example.org"), "");
}

#[test]
fn subjects_are_taken_from_their_start_and_brackets_literally() {
    let books = books();
    let subject =
        |text: &str| category(&books, &mail(&format!("From: a@example.org\nTo: release@mozilla.com\nSubject: {text}")));
    assert_eq!(subject("[vcs2vcs] process delays on x"), "vcs2vcs");
    assert_eq!(subject("v process delays on x"), "");
    assert_eq!(subject("about [vcs2vcs] process delays"), "");
    assert_eq!(subject("[release-runner] failed at bm81"), "release-runner");
    assert_eq!(subject("beta: [release-runner] failed"), "release-runner");
    assert_eq!(subject("[aws cron] aws_sanity_checker.py"), "aws-sanity-check");
    assert_eq!(subject("[aws cron] aws_watch_pending.py"), "", "a neighbour that is not on the page");
    assert_eq!(subject("TRY SUBMISSION 3f1c0a9d7b52 - errors"), "try-submission");
    assert_eq!(subject("try-comm-central submission 3f1c0a9d7b52"), "try-submission");
    assert_eq!(subject("[releng metrics] queue"), "perf-metrics");
    assert_eq!(subject("Wait: I am late"), "", "a person's mail");
}

#[test]
fn the_machine_of_a_puppet_mail_is_a_host_name_and_never_just_a_word() {
    let books = books();
    let machine = |subject: &str| {
        let class = class(&books, &mail(&format!("From: root@p.example.org\nTo: r@example.org\nSubject: {subject}")));
        let found = class.labels.iter().filter(|label| label.name == "machine").map(|label| label.value.clone());
        found.collect::<Vec<_>>().join(" + ")
    };
    assert_eq!(machine("[scl-production-puppet-new] linux-ix-slave12 has invalid cert"), "linux-ix-slave12");
    assert_eq!(machine("[scl-production-puppet-new] linux-ix-slave12 is waiting to be signed"), "linux-ix-slave12");
    assert_eq!(machine("[scl-production-puppet-new] cruncher has invalid cert"), "cruncher", "its place says so");
    for (subject, host) in [
        (
            "[PuppetAgain Changes] certificate generated for bld-linux64-ix-003.build.scl1",
            "bld-linux64-ix-003.build.scl1",
        ),
        ("[PuppetAgain Errors] Uncommitted local changes in releng-puppet2:/etc/puppet/production", "releng-puppet2"),
        ("[PuppetAgain Errors] Errors pulling from vcs for puppet on p2.srv.example.org", "p2.srv.example.org"),
        ("[PuppetAgain Changes] Puppet changes applied at releng-puppet1.srv.scl3", "releng-puppet1.srv.scl3"),
        ("[PuppetAgain Errors] Rsync already running on puppet.srv.example.org", "puppet.srv.example.org"),
        ("Repeated Puppet Failures on t-w864-ix-101.wintest.releng.scl3", "t-w864-ix-101.wintest.releng.scl3"),
        ("Puppet failed to on bld-lion-r5-042", "bld-lion-r5-042"),
    ] {
        assert_eq!(machine(subject), host, "{subject}");
    }
    for subject in [
        "[scl-production-puppet-new] Disk is nearly full",
        "[scl-production-puppet-new] 3 certificates are waiting",
        "[PuppetAgain Errors] Errors in manifest",
        "[PuppetAgain Errors] Uncommitted local changes in site.pp",
        "[PuppetAgain Changes] Files synchronized to all masters",
        "Repeated Puppet Failures on several machines",
    ] {
        assert_eq!(machine(subject), "", "{subject}");
    }
}

#[test]
fn the_development_runner_is_a_kind_of_its_own() {
    let books = books();
    let found =
        class(&books, &mail("From: release@mozilla.com\nTo: a@example.org\nSubject: [dev-release-runner] failed"));
    assert_eq!(place(&books, &found), ("release-runner".to_owned(), "dev".to_owned()));
}

#[test]
fn the_push_number_is_one_or_two() {
    let books = books();
    let kind = |n: &str, tail: &str| {
        let subject = format!("Subject: [vcs2vcs]: git.m.o push {n} failed{tail}");
        place(&books, &class(&books, &mail(&format!("From: vcs2vcs@github-sync2.dmz.scl3.mozilla.com\n{subject}")))).1
    };
    assert_eq!(kind("1", " for gecko.git: 128"), "push");
    assert_eq!(kind("2", ": 128"), "push", "the spelling of the Index");
    assert_eq!(kind("3", ": 128"), "other");
    assert_eq!(kind("N", ": 128"), "other");
}

#[test]
fn retirement_wins_over_the_aws_address_and_the_page_s_sender_is_only_one_of_two() {
    let books = books();
    for name in ["ec2-retirement-2013", "ec2-retirement-2017", "aws-health-2026"] {
        let class = class(&books, &message(&sample(name)));
        assert_eq!(place(&books, &class).0, "ec2-retirement", "{name}");
        let also: Vec<_> = class.also.iter().map(|hit| books.get(hit.book).unwrap().id.clone()).collect();
        assert_eq!(also, ["aws"], "{name}");
    }
    let other = mail("From: no-reply-aws@amazon.com\nTo: release+aws@mozilla.com\nSubject: Your invoice");
    assert_eq!(place(&books, &class(&books, &other)), ("aws".to_owned(), "billing".to_owned()));
    let promo = mail(
        "From: a@amazon.com\nTo: release+aws@mozilla.com\nSubject: Join us\nList-Unsubscribe: <mailto:u@example.org>",
    );
    assert_eq!(place(&books, &class(&books, &promo)), ("aws".to_owned(), "marketing".to_owned()));
}

#[test]
fn every_spelling_of_a_retirement_s_deadline_is_read() {
    let books = books();
    for (text, deadline) in [
        ("shut-down: after 12:00 AM UTC on 2013-10-22.", "12:00 AM UTC on 2013-10-22"),
        ("will be taken down at 12:00 GMT on 2011-05-23.", "12:00 GMT on 2011-05-23"),
        ("After 2017-04-25 04:00 UTC your instance will be stopped.", "2017-04-25 04:00 UTC"),
        ("stop your instance after 2019-06-26 15:00:00 UTC.", "2019-06-26 15:00:00 UTC"),
    ] {
        let raw = format!(
            "From: no-reply-aws@amazon.com\nSubject: EC2 Instance Retirement\n\nYour i-02cc2669, i-0a1b2c3d4e5f60718 and i-02cc266 {text}\n"
        );
        let class = class(&books, &message(raw.as_bytes()));
        assert_eq!(values(&class, "deadline"), [deadline]);
        assert_eq!(values(&class, "instance"), ["i-02cc2669", "i-0a1b2c3d4e5f60718"], "8 or 17 digits, nothing else");
    }
}

fn values(class: &Class, name: &str) -> Vec<String> {
    class.labels.iter().filter(|label| label.name == name).map(|label| label.value.clone()).collect()
}

#[test]
fn samples_yield_the_labels_that_cases_live_on() {
    let books = books();
    for (name, label, expected) in LABELS {
        assert_eq!(&values(&class(&books, &message(&sample(name))), label), expected, "{name}: {label}");
    }
    for name in ["vcs2vcs-autofix", "vcs2vcs-delays", "vcs2vcs-major", "vcs2vcs-push1", "vcs2vcs-forward"] {
        let host = values(&class(&books, &message(&sample(name))), "host");
        assert!(host.len() == 1 && host[0].starts_with("github-sync2"), "{name}: {host:?}");
    }
}

#[test]
fn every_placeholder_of_a_headline_is_a_label_or_a_fact_of_the_incident() {
    let placeholder = regex::Regex::new(r"\{([a-z-]+)\}").unwrap();
    for (_, book) in books().iter() {
        let mut known: BTreeSet<&str> = INCIDENT_FACTS.iter().copied().collect();
        known.extend(book.labels.iter().map(|rule| rule.name.as_str()));
        known.extend(book.kinds.iter().flat_map(|kind| kind.set.iter().map(|(name, _)| name.as_str())));
        for case in &book.cases {
            let texts = [Some(&case.headline), case.if_unknown.as_ref(), case.warn.as_ref()];
            let steps = case.steps.iter().map(|step| &step.text);
            for text in texts.into_iter().flatten().chain(steps) {
                for found in placeholder.captures_iter(text) {
                    assert!(known.contains(&found[1]), "{} {}: {{{}}} is not known", book.id, case.id, &found[1]);
                }
            }
        }
        for name in &book.group_by {
            assert!(known.contains(name.as_str()), "{}: grouped by {name}, which nothing reads", book.id);
        }
    }
}

#[test]
fn cases_ask_for_what_the_page_asks_for() {
    let books = books();
    for (id, case, call, verb, line) in CASES {
        let found = book(&books, id).case(case).unwrap_or_else(|| panic!("{id} has no case {case}"));
        assert_eq!((found.call, found.verb, found.line), (*call, *verb, *line), "{id} {case}");
    }
}

#[test]
fn every_case_names_its_line_of_the_page_or_says_that_it_is_ours() {
    for (_, book) in books().iter() {
        for case in &book.cases {
            let said = case.headline.contains("not on the page") || case.headline.contains("page does not know");
            assert!(case.line.is_some() || said, "{} {} has no line", book.id, case.id);
            if let Some(line) = case.line {
                assert!(
                    lines_of(book).contains(&line),
                    "{} {}: line {line} is not among its source lines",
                    book.id,
                    case.id
                );
            }
        }
    }
}

#[test]
fn a_number_that_the_page_does_not_give_is_called_ours() {
    for (_, book) in books().iter() {
        for case in &book.cases {
            let ours = case.tests.iter().any(|test| match test {
                Temporal::FollowedBy(near)
                | Temporal::NotFollowedBy(near)
                | Temporal::PrecededBy(near)
                | Temporal::NotPrecededBy(near) => near.within.is_some(),
                Temporal::Repeats { .. }
                | Temporal::Sets { .. }
                | Temporal::QuietFor(_)
                | Temporal::Rate { .. }
                | Temporal::UnclaimedFor(_) => true,
                Temporal::Deadline { before, .. } => before.is_some(),
                // The hour that alert_major_errors covers is the page's (line 94).
                Temporal::AfterResolved { .. }
                | Temporal::ClosedBy(_)
                | Temporal::Switch { .. }
                | Temporal::Claimed
                | Temporal::Lacks(_)
                | Temporal::Expected(_) => false,
            });
            assert!(case.ours || !ours, "{} {}: its number is not the page's", book.id, case.id);
        }
    }
}

#[test]
fn a_verb_has_somebody_to_reach() {
    for (_, book) in books().iter() {
        for case in &book.cases {
            for verb in [case.verb, case.also].into_iter().flatten() {
                // Claiming by reply answers the mail itself.
                let reply = verb == Verb::Respond && book.id == "appleagent";
                assert!(
                    reply || book.people.iter().any(|(v, _)| *v == verb),
                    "{} {}: {}",
                    book.id,
                    case.id,
                    verb.word()
                );
            }
        }
    }
}

#[test]
fn what_the_page_forbids_to_ignore_cannot_be_ignored_for_ever() {
    let held: Vec<String> =
        books().iter().filter(|(_, book)| book.never_ignore.is_some()).map(|(_, book)| book.id.clone()).collect();
    assert_eq!(held, ["ec2-cron", "moc-notifications", "sns", "vcs2vcs"]);
}

#[test]
fn only_mail_that_people_write_is_human() {
    let human: Vec<String> = books().iter().filter(|(_, book)| book.human).map(|(_, book)| book.id.clone()).collect();
    assert_eq!(human, ["change-window", "moc-notifications", "v2v-gh"]);
}

#[test]
fn every_runbook_says_all_that_the_page_s_headings_ask() {
    use SectionName::{Filter, Future, Sender, Silence, WhatToDo, Why};
    for (_, book) in books().iter() {
        for name in [Why, Sender, WhatToDo, Silence, Future, Filter] {
            let section = book.section(name).unwrap_or_else(|| panic!("{}: no {name:?}", book.id));
            assert!(!section.blocks.is_empty(), "{}: {name:?} is empty", book.id);
        }
    }
}

#[test]
fn every_line_of_the_page_is_in_a_runbook() {
    let books = books();
    let covered: BTreeSet<u32> = books.iter().flat_map(|(_, book)| lines_of(book)).collect();
    let missing: Vec<u32> = CONTENT
        .iter()
        .flat_map(|(from, to)| *from..=*to)
        .filter(|line| !covered.contains(line) && !EXCEPTIONS.iter().any(|(exception, _)| exception == line))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(covered.iter().all(|line| (21..=363).contains(line)), "a line that the page does not have");
    for (line, why) in EXCEPTIONS {
        assert!(!covered.contains(line), "line {line} is covered, no exception ({why})");
    }
}

#[test]
fn every_fact_s_line_is_cited_in_the_runbook_that_covers_it() {
    // A range in `source` is cheap; this asks for each line in the text, a case, a gap or a link.
    let number = regex::Regex::new(r"\d+(?:-\d+)?").unwrap();
    let citation = regex::Regex::new(r"\blines? [0-9][0-9, and-]*|\bline = \d+|^source = .*?lines = .*$").unwrap();
    let mut cited = BTreeSet::new();
    for (_, text) in files() {
        for line in text.lines().filter(|line| !line.starts_with("source = ")) {
            for found in citation.find_iter(line) {
                for part in number.find_iter(found.as_str()) {
                    let (from, to) = part.as_str().split_once('-').unwrap_or((part.as_str(), part.as_str()));
                    cited.extend(from.parse::<u32>().unwrap()..=to.parse::<u32>().unwrap());
                }
            }
        }
    }
    let missing: Vec<u32> = CONTENT
        .iter()
        .flat_map(|(from, to)| *from..=*to)
        .filter(|line| !cited.contains(line) && !EXCEPTIONS.iter().any(|(exception, _)| exception == line))
        .collect();
    // 21: the row is only a pattern and a pointer to its section.
    assert_eq!(missing, [21]);
}

#[test]
fn every_bug_and_lost_link_of_the_page_is_kept() {
    let books = books();
    let links: Vec<(&str, &RunbookLink)> =
        books.iter().flat_map(|(_, book)| book.links.iter().map(|link| (book.id.as_str(), link))).collect();
    let bugs: BTreeSet<(&str, u64)> = links
        .iter()
        .filter_map(|(id, link)| match link {
            RunbookLink::Bug(number, about) if !about.is_empty() => Some((*id, *number)),
            _ => None,
        })
        .collect();
    let expected = [
        ("chromecast", 1_037_018),
        ("mozdef", 1_290_261),
        ("talos", 825_625),
        ("vcs2vcs", 808_129),
        ("vcs2vcs", 829_025),
        ("vcs2vcs", 839_595),
    ];
    assert_eq!(bugs, expected.into());
    let lost: BTreeSet<u32> = links
        .iter()
        .filter_map(|(_, link)| match link {
            RunbookLink::Lost(_, line) => *line,
            _ => None,
        })
        .collect();
    assert_eq!(lost, [28, 30, 35, 41, 43, 83, 125].into());
}

#[test]
fn every_contact_and_sender_of_the_page_occurs() {
    let all: String = files().into_iter().map(|(_, text)| text.to_lowercase()).collect();
    for name in [
        "hwine",
        "buildduty",
        "catlee",
        "rail",
        "blassey",
        "snorp",
        "mfinkle",
        "vcs-sync",
        "\"team\"",
        "infosec",
        "manager",
        "ciduty",
        "moc",
        "apple-account",
        "coop",
        "nobody@cruncher",
        "autolanduser@mozilla.com",
        "no-reply-aws@amazon.com",
        "noreply@google.com",
        "arn:aws:sns:us-west-2:314336048151:buildduty",
        "arn:aws:sns:us-east-1:314336048151:buildduty",
    ] {
        assert!(all.contains(name), "{name}");
    }
}

#[test]
fn contradictions_of_the_page_are_shown() {
    let books = books();
    for (id, line) in [
        ("vcs2vcs", 26),
        ("vcs2vcs", 95),
        ("vcs2vcs", 87),
        ("vcs2vcs", 88),
        ("vcs2vcs", 92),
        ("ec2-retirement", 139),
        ("puppet", 312),
        ("adhoc-signing", 339),
        ("release-runner", 137),
        ("appleagent", 298),
        ("release-runner", 121),
        ("release-runner", 125),
        ("ec2-retirement", 161),
        ("chromecast", 210),
        ("chromecast", 216),
        ("signaddons", 38),
        ("ubuntu-store", 39),
        ("github", 44),
        ("mozdef", 240),
        ("sns", 196),
        ("ec2-cron", 33),
    ] {
        assert!(book(&books, id).gaps.iter().any(|gap| gap.line == Some(line)), "{id}: no gap for line {line}");
    }
}

#[test]
fn secrets_are_hidden() {
    let books = books();
    for (id, secret, kept) in [
        ("appleagent", "Your Apple ID verification code is: 493021", "493021"),
        ("appleagent", "Code 493-021, or https://iforgot.apple.com/reset?t=1", "iforgot"),
        ("sns", "https://sns.us-west-2.amazonaws.com/unsubscribe.html?SubscriptionArn=arn:aws:sns:x", "unsubscribe"),
        ("sns", "https://sns.us-west-2.amazonaws.com/confirmation.html?Token=0000", "Token"),
        ("ec2-cron", "X-Cron-Env: <AWS_SECRET=abc>", "abc"),
        ("vcs2vcs", "X-Cron-Env: <HOME=/opt/vcs2vcs>", "opt"),
        ("github", "@jdoe-partner has invited you to collaborate on mozilla-partners/acme-xpi", "partner"),
        ("github", "collaborate on someone/acme-xpi now", "acme"),
        ("v2v-gh", "reply+0194754707deadbeef@reply.github.com", "deadbeef"),
        ("mozdef", "from 192.0.2.17 on signing4.srv.releng.scl3.mozilla.com as user cltsign", "signing4"),
        ("mozdef", "on mac-signing1.srv.releng.scl3.mozilla.com as user root", "mac-signing1"),
    ] {
        let book = book(&books, id);
        let hidden =
            book.redact.iter().fold(secret.to_owned(), |text, (_, regex)| regex.replace_all(&text, "…").into_owned());
        assert!(!hidden.contains(kept), "{id}: {hidden}");
    }
}

#[test]
fn the_example_of_the_readme_works() {
    let readme = String::from_utf8(read(&root().join("runbooks/README.md"))).unwrap();
    let text = readme.split("```\n").nth(1).unwrap();
    let books = Runbooks::only(&[("backup.md".to_owned(), text.to_owned())]);
    assert!(books.diagnostics.is_empty(), "{}", text_of(&books.diagnostics));
    assert!(lint::lint(&books).iter().all(|diagnostic| diagnostic.severity != Severity::Error));
    let found = mail("From: backup@db1.example.org\nTo: oncall@example.org\nSubject: Backup failed: disk full");
    assert_eq!(category(&books, &found), "backup");
}

/// Keys that the format knows, as it lists them itself where one is wrong.
fn known_keys(front: &str) -> Vec<String> {
    let text = format!("+++\nid = \"a\"\ntitle = \"A\"\nmatch = {{ subject = \"x\" }}\n{front}\n+++\n");
    let wrong = file::parse("a.md", &text).unwrap_err();
    let hint =
        wrong.iter().find_map(|found| found.hint.as_deref()?.strip_prefix("keys here: ")).expect("a list of keys");
    hint.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_readme_tells_of_every_key() {
    let readme = String::from_utf8(read(&root().join("runbooks/README.md"))).unwrap();
    let front = known_keys("zzzzzzzzzz = 1");
    let case = known_keys("[[case]]\nid = \"c\"\nverdict = { call = \"act\", headline = \"h\" }\nzzzzzzzzzz = 1");
    let verdict = known_keys("[[case]]\nid = \"c\"\nverdict = { call = \"act\", headline = \"h\", zzzzzzzzzz = 1 }");
    assert!(front.len() > 20 && case.len() > 20 && verdict.len() > 5);
    for key in front.iter().chain(&case).chain(&verdict) {
        // A key stands alone in code, or before its value.
        let told = readme.contains(&format!("`{key}`"))
            || readme.contains(&format!("`{key} = "))
            || readme.contains(&format!("    {key} = "))
            || readme.contains(&format!("\n{key} = "))
            || readme.contains(&format!(" {key} = \""))
            || readme.contains(&format!("[[{key}]]"));
        assert!(told, "runbooks/README.md does not tell of `{key}`");
    }
}
