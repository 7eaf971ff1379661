//! The properties that are fuzzed (`tests/fuzz`), here on seeds, on what was found before, and on a few bytes of chance:
//! without a fuzzer, on any toolchain.

#[path = "../fuzz/properties/mod.rs"]
mod properties;

use crate::mails;
use properties::{PROPERTIES, Property};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the project; none where it is not there.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.map(|entry| entry.expect("the folder is readable").path()) {
            if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
        }
    }
    found.sort();
    found
}

/// Runs a property over files; a panic names the file.
fn over(property: &Property, files: &[PathBuf]) {
    for file in files {
        let data = fs::read(file).expect("it is readable");
        let held = std::panic::catch_unwind(|| {
            (property.run)(&data);
            // The fuzzer measures twice the input; here the length of what comes of it is bounded by the property itself.
            if property.linear {
                (property.run)(&[&data[..], &data[..]].concat());
            }
        });
        assert!(held.is_ok(), "{} does not hold for {}: {}", property.name, file.display(), property.says);
    }
}

/// Seeds, files that a fuzzer found, and bytes of chance: some pure, some a seed with a piece of another in it.
fn holds(name: &str) {
    let property = PROPERTIES.iter().find(|property| property.name == name).expect("a row of that name");
    let own = files(&format!("tests/fuzz/seeds/{name}"));
    let mut seeds = own.clone();
    seeds.extend(property.also.split(' ').filter(|folder| !folder.is_empty()).flat_map(files));
    assert!(seeds.len() > 2, "{name} has no seeds");
    over(property, &files(&format!("tests/fuzz/regressions/{name}")));
    // Without the slow proofs, each fourth of other people's seeds; our own were written for this.
    let step = if mails::proof() || seeds.len() < 20 { 1 } else { 4 };
    over(property, &own);
    over(property, &seeds[own.len()..].iter().step_by(step).cloned().collect::<Vec<_>>());
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|file| fs::read(file).expect("it is readable")).collect();
    let piece = (prop::sample::select(seeds.clone()), any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let chance = prop::collection::vec(any::<u8>(), 0..300);
    let spliced = (prop::sample::select(seeds), any::<prop::sample::Index>(), piece, chance.clone()).prop_map(
        |(mut seed, at, (other, from, to), chance)| {
            let (from, to) = (from.index(other.len() + 1), to.index(other.len() + 1));
            let piece = &other[from.min(to)..from.max(to).min(from.min(to) + 400)];
            let at = at.index(seed.len() + 1);
            seed.splice(at..at, piece.iter().copied().chain(chance.into_iter().take(9)));
            seed
        },
    );
    // The book asks for 500 cases of the model of a Maildir at each change; the others are fuzzed besides.
    let cases = if mails::proof() { 500 } else { 40 };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&prop_oneof![chance, spliced], |data| {
            (property.run)(&data);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{name}: {}: {error}", property.says));
}

macro_rules! each_holds {
    ($($test:ident $name:literal),+ $(,)?) => {
        $(#[test] fn $test() { holds($name) })+

        #[test]
        fn every_property_is_tested_here() {
            let tested = [$($name),+];
            let all: Vec<&str> = PROPERTIES.iter().map(|property| property.name).collect();
            assert_eq!(all, tested);
        }
    };
}

each_holds! {
    f1_bytes_are_shown_clean "f1",
    f2_a_mail_is_a_row_a_view_and_attachments "f2",
    f3_html_is_text "f3",
    f4_markdown_is_lines "f4",
    f5_file_names_keep_what_is_not_ours "f5",
    f6_nothing_leaks_into_what_is_passed_on "f6",
    f7_journal_and_outbox_read_what_was_written "f7",
    f8_what_people_write_is_read_or_refused_at_a_place "f8",
    f9_two_programs_lose_no_mail "f9",
    f10_any_keys_draw_clean_frames "f10",
    f11_no_server_gets_a_secret_in_clear "f11",
}

#[test]
fn every_property_has_a_target_a_dictionary_and_seeds() {
    let manifest = fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).expect("it is there");
    for property in PROPERTIES {
        let (name, dict) = (property.name, property.dict);
        let target = format!("name = \"{name}\"\npath = \"targets/{name}.rs\"");
        assert!(manifest.contains(&target), "{name} has no [[bin]]");
        let target = fs::read_to_string(root().join(format!("tests/fuzz/targets/{name}.rs"))).expect("its source");
        assert!(target.contains(&format!("target!(\"{name}\")")), "{name} runs another property");
        let dictionary = root().join(format!("tests/fuzz/dicts/{dict}.dict"));
        assert!(dict.is_empty() || dictionary.is_file(), "{name}: no {}", dictionary.display());
        for folder in property.also.split(' ').filter(|folder| !folder.is_empty()) {
            assert!(!files(folder).is_empty(), "{name}: nothing in {folder}");
        }
    }
}

/// The script that runs them reads the table above out of its source.
#[test]
fn the_script_runs_all_of_them() {
    let output = Command::new("bash").arg(root().join("tests/fuzz/run")).arg("--list").output().expect("bash starts");
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |p: &Property| format!("{}|{}|{}|{}\n", p.name, p.seconds, p.dict, p.also);
    assert_eq!(listed, PROPERTIES.iter().map(line).collect::<String>(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Small enough to be read, few enough to be run each time.
#[test]
fn seeds_and_regressions_are_small() {
    for file in files("tests/fuzz/seeds").into_iter().chain(files("tests/fuzz/regressions")) {
        let size = fs::metadata(&file).expect("it is there").len();
        assert!(size <= 64 << 10, "{}: {size} bytes", file.display());
    }
}
