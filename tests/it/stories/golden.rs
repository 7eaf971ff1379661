//! `dutybox incidents` over the demo, whole: reviewed line by line against the page when it changes.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;

/// The demo's time.
const AT: &str = "2013-11-21T14:41:00Z";

/// What the program says about the demo at its time, with the demo's own journal, in UTC.
fn asked(args: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let (maildir, config) = (home.path().join("demo"), home.path().join("config.toml"));
    fs::write(&config, "own = [\"release@example.org\", \"release@mozilla.com\"]\nzone = \"UTC\"\n").unwrap();
    let dutybox = || {
        let mut command = Command::cargo_bin("dutybox").unwrap();
        command.env_clear().env("HOME", home.path());
        command
    };
    dutybox().args(["demo", "--no-open", "--at", AT, "--dir"]).arg(&maildir).assert().success();
    let mut command = dutybox();
    command.args(["--as-of", AT, "--config"]).arg(&config).arg("--maildir").arg(&maildir);
    command.arg("--state-dir").arg(maildir.join(".dutybox-state"));
    let done = command.args(args).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

/// A document with a line for each field of each incident: long, but a change of one field is a change of one line.
fn lines(document: &Value) -> String {
    let mut out = String::new();
    for (name, value) in document.as_object().unwrap().iter().filter(|(name, _)| *name != "incidents") {
        out.push_str(&format!("{name}: {value}\n"));
    }
    for incident in document["incidents"].as_array().unwrap() {
        out.push('\n');
        for (name, value) in incident.as_object().unwrap() {
            match value {
                // Reasons, and what was told, are read one by one.
                Value::Array(all) if !all.is_empty() && name != "members" => {
                    out.push_str(&format!("{name}:\n"));
                    all.iter().for_each(|one| out.push_str(&format!("  {one}\n")));
                }
                Value::Object(fields) if name == "state" => {
                    out.push_str("state:\n");
                    let told = fields.iter().filter(|(_, value)| {
                        !value.is_null()
                            && **value != Value::Bool(false)
                            && value.as_array().is_none_or(|all| !all.is_empty())
                    });
                    told.for_each(|(name, value)| out.push_str(&format!("  {name}: {value}\n")));
                }
                value => out.push_str(&format!("{name}: {value}\n")),
            }
        }
    }
    out
}

#[test]
fn the_incidents_of_the_demo_for_programs() {
    let document: Value = serde_json::from_str(&asked(&["incidents", "--json"])).unwrap();
    insta::assert_snapshot!("incidents_json", lines(&document));
}

#[test]
fn the_incidents_of_the_demo_for_people() {
    insta::assert_snapshot!("incidents", asked(&["incidents"]));
}
