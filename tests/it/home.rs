//! A home folder of its own for the binary, the demo in it, and what the binary printed. Append only.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The time of the demo in these tests.
pub const AT: &str = "2013-11-21T14:41:00Z";

/// A home of its own.
pub struct Home {
    /// The folder.
    pub dir: TempDir,
}

impl Home {
    pub fn new() -> Home {
        Home { dir: TempDir::new().unwrap() }
    }

    /// A home with the demo as its `~/Maildir`.
    pub fn with_demo() -> Home {
        let home = Home::new();
        home.run(&["demo", "--no-open", "--at", AT, "--dir", home.maildir().to_str().unwrap()]).success();
        home
    }

    /// A home with a Maildir of these mails: name below the Maildir, content.
    pub fn with_mails(mails: &[(&str, &[u8])]) -> Home {
        let home = Home::new();
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(home.maildir().join(part)).unwrap();
        }
        for (name, bytes) in mails {
            fs::write(home.maildir().join(name), bytes).unwrap();
        }
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn maildir(&self) -> PathBuf {
        self.path("Maildir")
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn config(&self, text: &str) -> PathBuf {
        self.write(".config/dutybox/config.toml", text)
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(crate::mails::program());
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("TZ", "UTC")
            .env("USER", "ann")
            .env("PATH", "/usr/bin:/bin");
        command.current_dir(self.dir.path());
        command
    }

    pub fn run(&self, args: &[&str]) -> assert_cmd::assert::Assert {
        self.command().args(args).assert()
    }

    /// The same as of the demo's time.
    pub fn then(&self, args: &[&str]) -> assert_cmd::assert::Assert {
        self.command().args(["--as-of", AT, "--backdate"]).args(args).assert()
    }

    pub fn text(&self, args: &[&str]) -> String {
        let output = self.then(args).success().get_output().stdout.clone();
        String::from_utf8(output).expect("output is UTF-8")
    }

    pub fn json(&self, args: &[&str]) -> Value {
        let mut all = args.to_vec();
        all.push("--json");
        serde_json::from_str(&self.text(&all)).expect("one JSON document")
    }

    /// Ids of the messages that a query selects.
    pub fn ids(&self, query: &str) -> Vec<String> {
        let list = self.json(&["list", query]);
        list["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_string()).collect()
    }

    pub fn one(&self, query: &str) -> String {
        self.ids(query).into_iter().next().unwrap_or_else(|| panic!("{query} selects nothing"))
    }

    /// Flags of the file with that base name.
    pub fn flags(&self, base: &str) -> String {
        let name = files(&self.maildir()).into_iter().find(|name| name.contains(base)).expect("the file is there");
        name.rsplit_once(":2,").map(|(_, flags)| flags.to_string()).unwrap_or_else(|| "new".to_string())
    }
}

/// All files below a folder that are mail, by path.
pub fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else if dir.ends_with("new") || dir.ends_with("cur") {
            found.push(entry.path().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

/// Every file below a folder with content and modification time.
pub fn everything(dir: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let meta = fs::symlink_metadata(&path).unwrap();
        let bytes = if meta.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.push((path.clone(), bytes, meta.modified().unwrap()));
        if meta.is_dir() {
            found.extend(everything(&path));
        }
    }
    found.sort();
    found
}

/// Holds a document against its schema.
pub fn valid(schema: &str, document: &Value) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/schema");
    let read = |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(dir.join(name)).unwrap()).unwrap() };
    let message = jsonschema::Resource::from_contents(read("message.json")).unwrap();
    let validator = jsonschema::options()
        .with_resource("https://example.org/dutybox/schema/message.json", message)
        .build(&read(schema))
        .unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path)).collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:#?}");
}
