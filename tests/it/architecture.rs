//! The shape of the house, held by reading the sources: who imports whom, which words stand where, and that every file
//! says what it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each layer may import from the crate. `app::effect` means: of `app`, only that module.
const IMPORTS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("mail", &["error"]),
    ("runbook", &["mail", "error"]),
    ("triage", &["mail", "runbook", "error"]),
    ("app", &["mail", "runbook", "triage", "config", "error"]),
    ("ui", &["mail", "runbook", "triage", "app", "config", "error"]),
    ("io", &["mail", "runbook", "triage", "app::effect", "config", "error"]),
    ("config", &["mail", "runbook::case", "app::keymap", "app::action", "error"]),
    ("session", &["mail", "runbook", "triage", "app", "ui", "io", "config", "error"]),
    ("cli", &["mail", "runbook", "triage", "app", "ui", "io", "session", "config", "error"]),
    ("main", &["cli"]),
];

/// A path, and the only places (a file, or a folder that ends in `/`) where the product may use it.
const WORDS: &[(&str, &[&str])] = &[
    ("mail_parser", &["mail/parse.rs"]),
    ("mail_builder", &["mail/compose.rs", "mail/compose/"]),
    ("html2text", &["mail/"]),
    ("ratatui", &["ui/", "io/terminal.rs", "session.rs", "session/"]),
    ("crossterm", &["io/terminal.rs"]),
    ("signal_hook", &["io/terminal.rs"]),
    ("rusqlite", &["io/"]),
    ("rustix", &["io/"]),
    ("maildir::Maildir", &["io/"]),
    ("tempfile", &["io/", "session.rs", "session/", "cli/"]),
    ("clap", &["cli/"]),
    ("etcetera", &["cli/", "io/"]),
    ("toml", &["config.rs", "config/", "runbook/", "io/"]),
    ("std::fs", &["io/"]),
    ("std::os::unix::fs", &["io/"]),
    // The configuration only asks whether an address is of this machine.
    ("std::net", &["io/smtp/", "config/sending.rs"]),
    ("rustls", &["io/smtp/"]),
    ("rustls_native_certs", &["io/smtp/"]),
    ("std::env", WORLD),
    ("std::process", WORLD),
    ("std::thread", THREADS),
    ("std::time::SystemTime", WORLD),
    ("SystemTime::now", WORLD),
    ("Instant::now", WORLD),
    ("Timestamp::now", WORLD),
    ("Zoned::now", WORLD),
    ("TimeZone::system", WORLD),
    ("TimeZone::try_system", WORLD),
    ("std::io::stdin", WORLD),
    ("std::io::stdout", WORLD),
    ("std::io::stderr", WORLD),
    ("println!", &["cli/", "main.rs"]),
    ("print!", &["cli/", "main.rs"]),
    ("eprintln!", &["cli/", "main.rs"]),
    ("eprint!", &["cli/", "main.rs"]),
];

/// Where the world may be touched: clock, environment, processes, threads.
const WORLD: &[&str] = &["io/", "session.rs", "session/", "cli/", "main.rs"];

/// The same, and where all verdicts are worked out from nothing, by threads that end before the answer is given.
const THREADS: &[&str] = &["io/", "session.rs", "session/", "cli/", "main.rs", "triage/verdicts/"];

/// Methods of `Path` that look at the disk; the layers that touch nothing must not call them.
const DISK_METHODS: &[&str] =
    &[".exists()", ".is_file()", ".is_dir()", ".is_symlink()", ".canonicalize()", ".read_dir()", ".symlink_metadata()"];

/// The layers that read no file, clock, environment or terminal.
const PURE: &[&str] = &["mail", "runbook", "triage", "app", "ui", "config", "error"];

/// Files that may be longer than [`LONGEST`], because each is one table.
const TABLES: &[&str] = &[];

/// Lines of the longest file that is no table.
const LONGEST: usize = 900;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the project that end so, sorted; folders that hold no sources (what a fuzzer writes among them) are left out.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.map(|entry| entry.expect("the folder is readable")) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().expect("it has a type").is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "__pycache__" | "corpus" | "artifacts") {
                    folders.push(entry.path());
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// A source file of the product: its path below `src`, and its code.
struct Source {
    path: String,
    text: String,
    /// The text without comments, literals and test modules; line breaks stay.
    code: String,
}

impl Source {
    /// The layer: the first folder, or the file's own name.
    fn layer(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| if place.ends_with('/') { self.path.starts_with(place) } else { self.path == *place })
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let found: Vec<Source> = files("src", &[".rs"])
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).expect("a source is UTF-8");
            let path = file.strip_prefix(&src).expect("it lies in src").to_string_lossy().into_owned();
            Source { path, code: without_tests(&bare(&text)), text }
        })
        .collect();
    assert!(found.len() > 20, "the sources were not found: only {}", found.len());
    found
}

/// Blanks comments and the inside of string and character literals. Line breaks stay, so that lines can be counted.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let blank = |out: &mut String, c: char| out.push(if c == '\n' { '\n' } else { ' ' });
    while i < chars.len() {
        let c = at(i);
        let word_before = i > 0 && (at(i - 1).is_alphanumeric() || at(i - 1) == '_');
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                out.push(' ');
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < chars.len() {
                let step = match (at(i), at(i + 1)) {
                    ('/', '*') => {
                        depth += 1;
                        2
                    }
                    ('*', '/') => {
                        depth -= 1;
                        2
                    }
                    _ => 1,
                };
                for k in i..(i + step).min(chars.len()) {
                    blank(&mut out, at(k));
                }
                i += step;
                if depth == 0 {
                    break;
                }
            }
        } else if c == '"' {
            out.push('"');
            i += 1;
            while i < chars.len() && at(i) != '"' {
                if at(i) == '\\' {
                    blank(&mut out, at(i));
                    i += 1;
                }
                blank(&mut out, at(i));
                i += 1;
            }
            out.push('"');
            i += 1;
        } else if c == 'r' && (!word_before || at(i - 1) == 'b') && (at(i + 1) == '"' || at(i + 1) == '#') {
            let hashes = chars[i + 1..].iter().take_while(|&&c| c == '#').count();
            if at(i + 1 + hashes) != '"' {
                // `r#name`: an identifier, no string.
                out.push(c);
                i += 1;
                continue;
            }
            let end: String = std::iter::once('"').chain("#".repeat(hashes).chars()).collect();
            let start = i + 2 + hashes;
            let rest: String = chars[start..].iter().collect();
            let length = rest.find(&end).map_or(rest.chars().count(), |byte| rest[..byte].chars().count());
            out.push_str("r\"");
            for k in start..start + length {
                blank(&mut out, at(k));
            }
            out.push('"');
            i = start + length + end.len();
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character, not a lifetime.
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            out.push_str("' '");
            i += 1;
        } else {
            out.push(c);
            i += 1;
        }
    }
    out
}

/// Blanks items marked `#[cfg(test)]`, up to the end of their block or statement.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        out.push_str(&rest[..start]);
        let item = &rest[start..];
        let mut depth = 0;
        let end = item
            .char_indices()
            .skip(MARK.len())
            .find(|&(_, c)| {
                depth += match c {
                    '{' => 1,
                    '}' => -1,
                    _ => 0,
                };
                depth == 0 && matches!(c, '}' | ';')
            })
            .map_or(item.len(), |(i, c)| i + c.len_utf8());
        out.extend(item[..end].chars().filter(|&c| c == '\n'));
        rest = &item[end..];
    }
    out + rest
}

/// All paths of a file: those of `use` statements with their groups spelled out, and those that stand in code.
fn paths(code: &str) -> Vec<String> {
    fn spell_out(prefix: &str, tree: &str, out: &mut Vec<String>) {
        let tree = tree.trim();
        if let Some(open) = tree.find('{') {
            let prefix = format!("{prefix}{}", tree[..open].trim());
            let inner = tree[open + 1..].trim_end().trim_end_matches('}');
            let (mut depth, mut start) = (0, 0);
            for (i, c) in inner.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        spell_out(&prefix, &inner[start..i], out);
                        start = i + 1;
                    }
                    _ => {}
                }
            }
            spell_out(&prefix, &inner[start..], out);
        } else if !tree.is_empty() {
            let name = tree.split_whitespace().next().unwrap_or_default();
            out.push(format!("{prefix}{name}").trim_end_matches("::self").trim_start_matches("::").to_owned());
        }
    }
    let mut out = Vec::new();
    let mut rest = String::with_capacity(code.len());
    let mut words = code;
    while let Some(start) = words.find("use ") {
        let before = words[..start].chars().next_back();
        let end = words[start..].find(';').map_or(words.len(), |end| start + end);
        if before.is_none_or(|c| c.is_whitespace() || c == ';' || c == '}') && !words[start..end].contains('=') {
            rest.push_str(&words[..start]);
            spell_out("", &words[start + 4..end], &mut out);
            words = &words[end..];
        } else {
            rest.push_str(&words[..start + 4]);
            words = &words[start + 4..];
        }
    }
    rest.push_str(words);
    let mut path = String::new();
    for c in rest.chars().chain([' ']) {
        if c.is_alphanumeric() || matches!(c, '_' | ':' | '!') {
            path.push(c);
        } else {
            if !path.is_empty() {
                out.push(path.trim_start_matches("::").to_owned());
            }
            path.clear();
        }
    }
    out
}

/// Whether a path begins with, or (for words such as `Instant::now`) holds, this word as whole segments.
fn holds(path: &str, word: &str) -> bool {
    path == word
        || path.starts_with(&format!("{word}::"))
        || (word.contains("::") && (path.ends_with(&format!("::{word}")) || path.contains(&format!("::{word}::"))))
        || (word.ends_with('!') && path.ends_with(word) && path[..path.len() - word.len()].ends_with("::"))
}

fn fail_if_any(what: &str, faults: Vec<String>) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn imports_run_one_way() {
    let mut faults = Vec::new();
    for source in sources() {
        let layer = source.layer();
        if layer == "lib" {
            continue;
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == layer) else {
            faults.push(format!("src/{}: no layer of that name; give it a row in IMPORTS", source.path));
            continue;
        };
        // `super` must stay within the layer: as many steps as there are folders lead out of it.
        let depth = source.path.split('/').count() - usize::from(source.path.ends_with("/mod.rs"));
        let way_out = "super::".repeat(depth);
        for path in paths(&source.code) {
            if path.starts_with(&way_out) && depth > 0 {
                faults.push(format!("src/{}: `{path}` leaves the layer; write `crate::`", source.path));
            }
            let Some(inner) = path.strip_prefix("crate::").or_else(|| path.strip_prefix("dutybox::")) else { continue };
            let own = inner == layer || inner.starts_with(&format!("{layer}::"));
            if !own && !allowed.iter().any(|name| holds(inner, name)) {
                faults.push(format!("src/{}: `{path}`, but {layer} may import only {allowed:?}", source.path));
            }
        }
    }
    fail_if_any("Imports against the direction of the layers", faults);
}

/// Among them `std::net`: mail is often all that is there, so nothing but sending by SMTP uses a network (S004).
#[test]
fn words_stand_only_where_they_belong() {
    let mut faults = Vec::new();
    for source in sources() {
        let paths = paths(&source.code);
        for (word, places) in WORDS {
            if source.is_in(places) {
                continue;
            }
            // `toml` and the like are also names of our own modules and variables: a crate is followed by `::` or imported.
            let used = paths.iter().filter(|path| holds(path, word));
            let used: Vec<&String> = used
                .filter(|path| word.contains(['!', ':']) || path.contains("::") || imported(&source.code, word))
                .collect();
            if let Some(path) = used.first() {
                faults.push(format!("src/{}: `{path}`; {word} belongs only in {places:?}", source.path));
            }
        }
    }
    fail_if_any("Words outside their place", faults);
}

fn imported(code: &str, name: &str) -> bool {
    code.contains(&format!("use {name};"))
}

#[test]
fn pure_layers_do_not_look_at_the_disk() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.layer())) {
        for method in DISK_METHODS {
            if source.code.contains(method) {
                faults.push(format!("src/{}: `{method}`", source.path));
            }
        }
    }
    fail_if_any("Calls that look at the disk outside io", faults);
}

#[test]
fn every_file_says_what_it_is() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        for file in files(folder, &[".rs"]) {
            let text = fs::read_to_string(&file).expect("a source is UTF-8");
            let first = text.lines().next().unwrap_or_default();
            if !first.starts_with("//! ") || first.len() < 20 {
                faults.push(format!("{}: {first:?}", file.display()));
            }
        }
    }
    fail_if_any("Files whose first line does not say what they are", faults);
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for file in files(folder, &[".rs", ".py", ".sh"]) {
            let lines = fs::read_to_string(&file).expect("a source is UTF-8").lines().count();
            let name = file.strip_prefix(root()).expect("it lies here").to_string_lossy();
            if lines > LONGEST && !TABLES.contains(&name.as_ref()) {
                faults.push(format!("{name}: {lines} lines"));
            }
        }
    }
    fail_if_any("Files to split by meaning", faults);
}

#[test]
fn nothing_is_left_unfinished() {
    // Spelled in two pieces, so that this file does not find itself.
    let marks =
        [["to", "do!("], ["unimplem", "ented!("], ["FIX", "ME"], ["XX", "X "], ["#[ign", "ore"]].map(|m| m.concat());
    let machine = [["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/runner"]].map(|m| m.concat());
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches", ".ci", "examples", "runbooks"] {
        for file in files(folder, &[".rs", ".py", ".sh", "run", ".toml", ".md"]) {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            for (number, line) in text.lines().enumerate() {
                let code = file.extension().is_some_and(|e| e == "rs" || e == "py" || e == "sh");
                if code && marks.iter().any(|mark| line.contains(mark.as_str()))
                    || machine.iter().any(|path| line.contains(path.as_str()))
                {
                    faults.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
                }
            }
        }
    }
    fail_if_any("Unfinished work, and paths of one machine", faults);
}

#[test]
fn every_module_is_on_its_parents_map() {
    let mut faults = Vec::new();
    let all: BTreeMap<String, String> = sources().into_iter().map(|source| (source.path, source.text)).collect();
    for (path, text) in &all {
        if !path.ends_with("mod.rs") && path != "lib.rs" {
            continue;
        }
        let map: String = text.lines().filter(|line| line.starts_with("//!")).collect();
        for line in text.lines() {
            let Some(name) = line.trim_start_matches("pub ").trim_start_matches("(crate) ").strip_prefix("mod ") else {
                continue;
            };
            let name = name.trim_end_matches([';', '{', ' ']);
            if name != "tests" && !map.contains(name) {
                faults.push(format!("src/{path}: its first comment does not name `{name}`"));
            }
        }
    }
    fail_if_any("Modules that are not on the map", faults);
}

/// The scanner itself: what it must see, and what it must not mistake.
#[test]
fn the_scanner_reads_rust() {
    let code = r##"
        //! std::fs in a comment
        use std::{collections::HashMap, io::{self, Write}, fs as files};
        use crate::{mail::Message, io::load};
        /* std::env /* nested */ std::env */
        fn f<'a>(x: &'a str) -> char { let s = "std::net \" std::net"; let r = r#"std::thread " "#; '"' }
        fn g() { std::process::exit(1); eprintln!("x"); let t = Instant::now(); }
        #[cfg(test)]
        mod tests { fn h() { std::thread::sleep(1); { } } }
        #[cfg(test)]
        use std::net;
        fn i() { jiff::Zoned::now(); }
    "##;
    let found = paths(&without_tests(&bare(code)));
    for path in [
        "std::fs",
        "std::io",
        "std::io::Write",
        "crate::mail::Message",
        "crate::io::load",
        "std::process::exit",
        "eprintln!",
        "Instant::now",
        "jiff::Zoned::now",
    ] {
        assert!(found.iter().any(|p| holds(p, path)), "{path} was not seen in {found:?}");
    }
    for path in ["std::env", "std::net", "std::thread", "println!"] {
        assert!(!found.iter().any(|p| holds(p, path)), "{path} was seen in {found:?}");
    }
}
