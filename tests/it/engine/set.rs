//! The set of all runbooks: shipped, overridden, added, reloaded.

use dutybox::error::Severity;
use dutybox::runbook::Runbooks;
use std::path::{Path, PathBuf};

fn one(name: &str, id: &str, title: &str) -> (String, String) {
    (name.to_owned(), format!("+++\nid = \"{id}\"\ntitle = \"{title}\"\nmatch = {{ to = \"{id}@x.org\" }}\n+++\n"))
}

fn ids(books: &Runbooks) -> Vec<&str> {
    books.iter().map(|(_, book)| book.id.as_str()).collect()
}

/// All Markdown files below a folder but the README, as paths below it.
fn files(folder: &Path, below: &Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            files(folder, &path, out);
        } else if path.extension().is_some_and(|end| end == "md") && path != Path::new("README.md") {
            out.push(path.to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn every_file_of_the_folder_is_compiled_in_and_says_the_same() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let mut there = Vec::new();
    files(&folder, Path::new(""), &mut there);
    there.sort();
    let shipped = Runbooks::shipped();
    let table: Vec<String> = shipped.iter().map(|(_, book)| book.file.clone()).collect();
    let mut sorted = table.clone();
    sorted.sort();
    assert_eq!(sorted, there, "src/runbook/shipped.rs lists exactly the files of runbooks/");
    let read = |file: String| {
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        (file, text)
    };
    let texts: Vec<(String, String)> = table.into_iter().map(read).collect();
    assert_eq!(shipped.digest, Runbooks::only(&texts).digest, "with these texts");
    assert_eq!(shipped.diagnostics, [], "none of them is odd");
}

#[test]
fn a_known_id_replaces_and_a_new_one_comes_first() {
    let shipped = Runbooks::shipped();
    let (place, _) = shipped.by_id("vcs2vcs").unwrap();
    let laid = Runbooks::with_files(&[one("mine.md", "vcs2vcs", "Ours"), one("new.md", "new-tool", "New")]);
    assert_eq!(laid.len(), shipped.len() + 1);
    assert_eq!(ids(&laid)[0], "new-tool");
    let (now, book) = laid.by_id("vcs2vcs").unwrap();
    assert_eq!((usize::from(now.0), book.title.as_str()), (usize::from(place.0) + 1, "Ours"));
    assert_eq!(book.file, "mine.md");
}

#[test]
fn the_digest_follows_every_text_and_the_order() {
    let (a, b) = (one("a.md", "a", "A"), one("b.md", "b", "B"));
    let digest = |files: &[(String, String)]| Runbooks::only(files).digest;
    assert_eq!(digest(&[a.clone(), b.clone()]), digest(&[a.clone(), b.clone()]));
    assert_ne!(digest(&[a.clone(), b.clone()]), digest(&[b.clone(), a.clone()]));
    assert_ne!(digest(std::slice::from_ref(&a)), digest(&[(a.0.clone(), format!("{} ", a.1))]));
    assert_ne!(Runbooks::shipped().digest, Runbooks::with_files(&[b]).digest);
}

#[test]
fn a_broken_runbook_is_reported_and_the_others_work() {
    let broken = ("broken.md".to_owned(), "+++\nid = \"b\"\ntitle = 5\n+++\n".to_owned());
    let books = Runbooks::only(&[one("a.md", "a", "A"), broken, one("c.md", "c", "C")]);
    assert_eq!(ids(&books), ["a", "c"]);
    let errors: Vec<String> = books.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "broken.md:1:1: error: the front matter has no `match` (match = { subject = \"[my-tool]*\" })",
            "broken.md:3:9: error: `title` must be a string, not an integer",
        ]
    );
}

#[test]
fn two_files_with_one_id_are_an_error_and_the_first_counts() {
    let books = Runbooks::only(&[one("a.md", "a", "First"), one("b.md", "a", "Second")]);
    assert_eq!((books.len(), books.by_id("a").unwrap().1.title.as_str()), (1, "First"));
    assert_eq!(
        books.diagnostics[0].to_string(),
        "b.md: error: the id `a` is taken by a.md (give it another id, or remove one of the two files)"
    );
    assert_eq!(books.diagnostics[0].severity, Severity::Error);
}

/// R15: a broken reload keeps the last good runbook.
#[test]
fn a_reload_keeps_what_was_good() {
    let before = Runbooks::with_files(&[one("mine.md", "vcs2vcs", "Ours"), one("new.md", "new-tool", "New")]);
    let broken = ("mine.md".to_owned(), "+++\n".to_owned());
    let after = before.reload(&[broken.clone(), one("new.md", "new-tool", "Newer")]);
    assert_eq!(after.by_id("vcs2vcs").unwrap().1.title, "Ours");
    assert_eq!(after.by_id("new-tool").unwrap().1.title, "Newer");
    assert!(!after.diagnostics.is_empty(), "and says that it is broken");
    // At the start there is nothing to keep: what is compiled in counts.
    assert_ne!(Runbooks::with_files(&[broken]).by_id("vcs2vcs").unwrap().1.title, "Ours");
}
