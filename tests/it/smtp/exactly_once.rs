//! Reliability C54: a long queue, two senders that are killed at each call that changes a file, a network that is cut at any
//! reply: what was accepted was accepted once, but for what is said to be unknown; nothing is lost; and what is about one
//! message goes in its order.

use super::outbox::{config, home, states};
use super::server::{Server, Setup};
use crate::home::Home;
use crate::mails::{have, program, soak};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The calls that change a file, as in `kill_every_syscall.sh`.
const CALLS: &str =
    "rename,renameat,renameat2,link,linkat,unlink,unlinkat,write,pwrite64,fsync,fdatasync,ftruncate,mkdir,mkdirat";

/// A sender that is killed at its call of that number.
fn sender(home: &Home, at: usize) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(home.path(&format!("trace-{at}")));
    command.args(["-e", &format!("trace={CALLS}"), "-e", &format!("inject={CALLS}:signal=SIGKILL:when={at}")]);
    command.arg(program()).args(["outbox", "send"]);
    command.env_clear().env("HOME", home.dir.path()).env("TZ", "UTC").env("USER", "ann").env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Whether a sender was killed, as its trace tells.
fn was_killed(trace: &Path) -> bool {
    let said = std::fs::read_to_string(trace).unwrap_or_default();
    let _ = std::fs::remove_file(trace);
    said.contains("killed by SIGKILL")
}

#[test]
fn c54_each_mail_of_a_long_queue_is_accepted_once_whatever_is_killed_and_cut() {
    if !have("strace", "two senders killed at every call") {
        return;
    }
    // Each message is passed on several times: the mails about one message are a thread.
    let (messages, times, last) = if soak().is_some() { (100, 5, 60) } else { (5, 3, 36) };
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), Setup { cuts: 23, ..Setup::default() });
    let home = home(&server, messages);
    let with_sender = config(&server, "");
    home.config("own = \"duty@example.org\"\n");
    // Which message each mail is about, and its place in its thread.
    let mut queue: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for place in 0..times {
        home.then(&["forward", "--query", "subject:mail", "--to", "hwine@example.net", "--yes"]).success();
        for mail in home.json(&["outbox"])["outbox"].as_array().unwrap() {
            let text = |key: &str| mail[key].as_str().unwrap().to_owned();
            queue.entry(text("message_id")).or_insert((text("subject"), place));
        }
    }
    assert_eq!(queue.len(), messages * times);
    home.config(&with_sender);

    let (mut rounds, mut kills) = (0, 0);
    loop {
        // Each call of a start, and of the first mails after it, by one sender and by the other.
        let at = [1 + rounds % last, 1 + (rounds * 7 + 13) % last];
        let mut senders: Vec<_> = at.iter().map(|at| sender(&home, *at).spawn().unwrap()).collect();
        for sender in &mut senders {
            sender.wait().unwrap();
        }
        kills += at.iter().filter(|at| was_killed(&home.path(&format!("trace-{at}")))).count();
        rounds += 1;
        let waiting = states(&home).values().filter(|state| *state != "unknown").count();
        // Nothing is left to be sent; or, where there is no time for that, each call was hit by each of the two.
        if waiting == 0 || rounds >= if soak().is_some() { 20 * last } else { last } {
            break;
        }
    }
    // The rest in peace; a mail behind one that went last time goes the next time.
    server.calm();
    for _ in 0..3 {
        let _ = home.command().args(["outbox", "send"]).assert();
    }
    let left = states(&home);
    assert!(left.values().all(|state| state == "unknown"), "{left:?}");
    let log = server.end();

    let mut accepted: BTreeMap<String, usize> = BTreeMap::new();
    let mut threads: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for taken in &log.taken {
        let id = taken.message_id();
        let (subject, place) = queue.get(&id).unwrap_or_else(|| panic!("nobody queued {id}"));
        if !left.contains_key(&id) {
            threads.entry(subject.clone()).or_default().push(*place);
        }
        *accepted.entry(id).or_default() += 1;
    }
    for id in queue.keys() {
        let times = accepted.get(id).copied().unwrap_or(0);
        assert!(times <= 1, "{id} was accepted {times} times");
        assert!(times == 1 || left.contains_key(id), "{id} is lost");
    }
    // One whose fate is unknown may have been on its way when the next one went.
    for (subject, places) in &threads {
        assert!(places.is_sorted(), "{subject}: {places:?}");
    }
    assert!(kills > last / 2 && !left.is_empty(), "{kills} kills, {} unknown: the test shows nothing", left.len());
    let unknown = left.keys().filter(|id| accepted.contains_key(*id)).count();
    let _ = writeln!(
        std::io::stderr(),
        "figure: {} mails, {rounds} rounds, {kills} kills, {} connections: {} accepted once, {} unknown ({unknown} of them \
         accepted), none lost, none twice",
        queue.len(),
        log.greeted,
        accepted.len(),
        left.len(),
    );
}
