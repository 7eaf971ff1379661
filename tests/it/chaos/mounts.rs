//! File systems of our own: a mount namespace that nobody else sees, kept by a process that waits. The program is run in
//! it, and its files are reached from here through that process.

use crate::mails::{have, program, skipped};
use crate::terminal::Term;
use portable_pty::CommandBuilder;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};

/// A namespace; it goes with all its mounts when this is dropped.
pub struct Mounts {
    holder: Child,
    _alive: ChildStdin,
    keep: tempfile::TempDir,
}

impl Mounts {
    /// A namespace of our own; `None`, and said, where it cannot be had.
    pub fn new(what: &str) -> Option<Mounts> {
        if !["unshare", "nsenter", "mount"].iter().all(|program| have(program, what)) {
            return None;
        }
        let keep = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=1m probe \"$1\" && umount \"$1\" && echo ready && exec cat";
        let mut holder = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"])
            .arg(keep.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let alive = holder.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mounts = Mounts { holder, _alive: alive, keep };
        if line == "ready\n" {
            return Some(mounts);
        }
        skipped(what, "nothing can be mounted here");
        None
    }

    /// The process that keeps it.
    pub fn pid(&self) -> u32 {
        self.holder.id()
    }

    /// The folder of the namespace, as the program in it sees it.
    pub fn root(&self) -> PathBuf {
        std::fs::canonicalize(self.keep.path()).unwrap()
    }

    /// The same place as it is reached from here.
    pub fn outside(&self, path: &Path) -> PathBuf {
        Path::new("/proc").join(self.pid().to_string()).join("root").join(path.strip_prefix("/").unwrap())
    }

    /// A command in the namespace.
    pub fn command(&self, name: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--target", &self.pid().to_string(), "--"]).arg(name);
        command
    }

    /// Runs a shell in the namespace's folder, which must succeed.
    pub fn sh(&self, script: &str) -> String {
        let output = self
            .command(Path::new("sh"))
            .args(["-c", &format!("cd \"$1\" && {script}"), "sh"])
            .arg(self.root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the program in the namespace on these folders of it, and gives what it said and its exit code.
    pub fn run(&self, state: &str, maildir: &str, words: &[&str]) -> Said {
        let mut command = self.command(&program());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.root()).env("TZ", "UTC");
        command.arg("--state-dir").arg(self.root().join(state)).arg("--maildir").arg(self.root().join(maildir));
        command.arg("--config").arg(self.root().join("config.toml")).args(words).stdin(Stdio::null());
        Said::of(&command.output().unwrap(), words)
    }
}

impl Mounts {
    /// The screen of the program in the namespace.
    pub fn screen(&self, state: &str, maildir: &str) -> Term {
        let root = self.root();
        let mut command = CommandBuilder::new("nsenter");
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("TZ", "UTC"), ("PATH", "/usr/bin:/bin")] {
            command.env(name, value);
        }
        command.env("HOME", &root);
        command.args(["--mount", "--target", &self.pid().to_string(), "--"]);
        command.arg(program());
        for (option, name) in [("--state-dir", state), ("--config", "config.toml"), ("--maildir", maildir)] {
            command.arg(option);
            command.arg(root.join(name));
        }
        Term::start(command, 160, 30)
    }
}

impl Drop for Mounts {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Of a run that ended by itself: neither a panic nor a signal.
    pub fn of(output: &Output, words: &[&str]) -> Said {
        let code = output.status.code().unwrap_or_else(|| panic!("{words:?} died: {output:?}"));
        assert!(code != 101 && code != 134, "{words:?} panicked: {output:?}");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Said { code, out: text(&output.stdout), err: text(&output.stderr) }
    }
}
