//! f7: journal and outbox; f8: what people write: configuration, runbooks, queries, keys.

use super::{Choices, assert_clean};
use dutybox::app::key::{parse_sequence, print_sequence};
use dutybox::config;
use dutybox::error::Diagnostic;
use dutybox::io::outbox::Outbox;
use dutybox::io::state::{State, Status, VERSION};
use dutybox::mail::compose::Outgoing;
use dutybox::mail::{Digest, Flags, Time};
use dutybox::runbook::{Call, Runbooks, file};
use dutybox::triage::query::Query;
use dutybox::triage::told::{Act, ActId, Deed, Scope, Step, Target};
use std::fs;
use std::path::Path;

/// Acts and a queued mail out of the bytes are written and read back; then some of what lies on disk is damaged.
pub(super) fn f7(data: &[u8]) {
    let mut choices = Choices::new(data);
    let keep = tempfile::tempdir().expect("a folder for temporary files");
    let dir = keep.path().join("state");
    let mut written = Vec::new();
    {
        let mut state = State::open(&dir).expect("a new journal");
        for _ in 0..=choices.below(4) {
            let mut act = act(&mut choices, written.len());
            state.begin(&mut act).expect("it can be written");
            if choices.below(4) > 0 {
                state.finish(&act).expect("it can be written");
            }
            written.push(act);
        }
        let status = Status {
            base: choices.bytes(20).to_vec(),
            act: written[0].id,
            state: choices.of(&["queued", "sending", "failed", "unknown", "sent"]).into(),
            tries: u32::from(choices.byte()),
            error: Some(choices.text(30)),
        };
        state.set_outbox(&status).expect("it can be written");
        assert_eq!(state.acts().expect("it can be read"), written, "what was written is read");
        assert_eq!(state.outbox().expect("it can be read"), [status]);
    }
    let state = State::open(&dir).expect("it can be opened again");
    assert_eq!(state.acts().expect("it can be read"), written, "and by the next start");
    drop(state);
    damage(&dir.join("state.db"), &mut choices);
    if let Ok(state) = State::open_read_only(&dir) {
        only_what_was_written(&state, &written);
    }
    if let Ok(state) = State::open(&dir) {
        only_what_was_written(&state, &written);
    }
    // Putting mail in waits until the folder stands still: not each time.
    if choices.below(4) == 1 {
        queued(&keep.path().join("queue"), &mut choices);
    }
}

/// Of a damaged journal nothing is told that was not written. Acts carry a sum since version 4 of the tables; before,
/// reading ends, and that is all.
fn only_what_was_written(state: &State, written: &[Act]) {
    let sums = VERSION >= 4;
    for act in state.acts().unwrap_or_default() {
        let known = written.iter().any(|own| *own == act || carried(own, &act));
        assert!(!sums || known, "read {act:?}, written {written:?}");
    }
    for id in state.unfinished().unwrap_or_default() {
        assert!(!sums || written.iter().any(|act| act.id == id), "{id:?} was never written");
    }
}

/// Whether this is that act after it was carried over into a new journal before its outcome was known: what was told
/// stands, nothing is said to have been changed, and where it had not failed, that nobody knows what came of it.
fn carried(told: &Act, found: &Act) -> bool {
    let expected = |target: &Target| Target {
        added: Flags::NONE,
        removed: Flags::NONE,
        failed: target
            .failed
            .clone()
            .or_else(|| Some("the journal was damaged: whether it was done is not known".to_owned())),
        ..target.clone()
    };
    *found == Act { targets: told.targets.iter().map(expected).collect(), ..told.clone() }
}

/// Bytes changed or cut off at places that the choices say.
fn damage(path: &Path, choices: &mut Choices<'_>) {
    let mut bytes = fs::read(path).expect("it is there");
    for _ in 0..choices.below(6) {
        let at = usize::from(choices.byte()) << 8 | usize::from(choices.byte());
        let length = bytes.len().max(1);
        match choices.below(8) {
            0 => bytes.truncate(at % length),
            _ => {
                if let Some(byte) = bytes.get_mut(at % length) {
                    *byte ^= choices.byte();
                }
            }
        }
    }
    fs::write(path, bytes).expect("it can be written");
}

/// A queued mail is the one that was put in, or is refused.
fn queued(dir: &Path, choices: &mut Choices<'_>) {
    let outbox = Outbox::open(dir).expect("a new outbox");
    let mail = Outgoing {
        sender: "duty@example.net".into(),
        recipients: vec!["a@example.org".into(), "b@example.org".into()],
        bytes: [b"Subject: a\n\n", choices.bytes(200)].concat(),
        message_id: "1@example.net".into(),
        subject: "a".into(),
    };
    let put = outbox.put(&mail, Time(1_795_400_000)).expect("it can be written");
    assert_eq!(outbox.get(&put.base).expect("it can be read").mail, mail);
    let folder = dir.join("outbox/new");
    let name = fs::read_dir(&folder).expect("it is there").next().expect("one file").expect("readable").file_name();
    let before = fs::read(folder.join(&name)).expect("it is there");
    damage(&folder.join(&name), choices);
    match outbox.get(&put.base) {
        Ok(stored) => {
            let same = fs::read(folder.join(&name)).expect("it is there") == before;
            assert!(same, "a changed file was taken for good");
            assert_eq!(stored.mail, mail);
        }
        Err(error) => assert_clean("why it is refused", &error.message),
    }
}

fn act(choices: &mut Choices<'_>, number: usize) -> Act {
    let deed = deed(choices, number);
    let mut target = |n: u8| Target {
        folder: choices.text(12),
        base: [&[b'0' + n], choices.bytes(20)].concat().into(),
        digest: Digest(std::array::from_fn(|_| choices.byte())),
        call: [None, Some(Call::Page), Some(Call::Act)][choices.below(3)],
        added: Flags::from_letters(choices.bytes(3)),
        removed: Flags::from_letters(choices.bytes(3)),
        failed: (choices.below(3) == 0).then(|| choices.text(9)),
    };
    let targets = if deed.about_messages() { vec![target(0), target(1)] } else { Vec::new() };
    Act { id: ActId(0), at: Time(1_795_400_000 + number as i64), by: choices.text(8), deed, targets }
}

fn deed(choices: &mut Choices<'_>, number: usize) -> Deed {
    let of = ActId(number as i64);
    let scope = choices.of(&[Scope::Message, Scope::Incident].each_ref()).clone();
    let until = Time(i64::from(choices.byte()) << choices.below(24));
    match choices.below(16) {
        0 => Deed::Open,
        1 => Deed::Mark,
        2 => Deed::Trash,
        3 => Deed::Done,
        4 => Deed::Ignore { reason: choices.text(20), scope, until: Some(until) },
        5 => Deed::Snooze { until, scope },
        6 => Deed::Note { text: choices.text(40) },
        7 => Deed::Resolve { at: until },
        8 => Deed::Answered { of, text: choices.text(20) },
        9 => Deed::Tick(Step { case: choices.text(6), of: choices.text(6), text: choices.text(12) }),
        10 => Deed::BugText { bug: Some(u32::from(choices.byte())), text: choices.text(20) },
        11 => Deed::Switch { name: choices.text(8), is: "yes".into(), from: until },
        12 => Deed::Expect { name: choices.text(8), from: until, to: until, who: choices.text(8) },
        13 => Deed::Forward { how: "attach".into(), to: vec![choices.text(12)], message_id: choices.text(8) },
        14 => Deed::Ignore {
            reason: choices.text(8),
            scope: Scope::Filter { query: choices.text(16), call: Call::Act },
            until: None,
        },
        _ => Deed::Claim { scope },
    }
}

/// Text as people write it, through everything that reads such text.
pub(super) fn f8(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match config::parse("config.toml", &text) {
        Ok(config) => {
            for name in config.names() {
                let _ = config.resolve(name);
            }
        }
        Err(found) => inside(&text, &found, true),
    }
    if let Err(found) = config::parse_contacts("contacts.toml", &text) {
        inside(&text, &found, true);
    }
    for key in ["me", "sending.sendmail", "keys.mark", "contacts"] {
        if let Some((line, column)) = config::position(&text, key) {
            in_text(&text, line, column, key);
        }
    }
    match file::parse("a.md", &text) {
        Ok((_, odd)) => inside(&text, &odd, false),
        Err(found) => inside(&text, &found, true),
    }
    let books = Runbooks::only(&[("a.md".into(), text.clone().into_owned())]);
    inside(&text, &books.diagnostics, false);
    assert_eq!(books.digest, Runbooks::only(&[("a.md".into(), text.clone().into_owned())]).digest);
    let short: String = text.lines().next().unwrap_or_default().chars().take(4_000).collect();
    if let Err(error) = Query::parse(&short) {
        assert!(error.start <= error.end && error.end <= short.len(), "{error:?} of {short:?}");
        assert!(short.is_char_boundary(error.start) && short.is_char_boundary(error.end), "{error:?} of {short:?}");
    }
    if let Ok(keys) = parse_sequence(&short) {
        assert_eq!(parse_sequence(&print_sequence(&keys)).as_ref(), Ok(&keys), "what is printed is read again");
    }
}

/// Every diagnostic names a place that is there, in one line that can be shown.
fn inside(text: &str, found: &[Diagnostic], must: bool) {
    assert!(!must || !found.is_empty(), "refused without a reason");
    for diagnostic in found {
        in_text(text, diagnostic.line, diagnostic.column, &diagnostic.message);
        let _ = dutybox::mail::text::clean(&diagnostic.to_string());
        assert!(!diagnostic.message.is_empty());
    }
}

/// A place is in the text, or one behind its end; 0 is the whole file or line.
fn in_text(text: &str, line: usize, column: usize, what: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert!(line <= lines.len(), "{what}: line {line} of {}", lines.len());
    assert!(line > 0 || column == 0, "{what}: a column without a line");
    if let Some(line) = line.checked_sub(1).and_then(|at| lines.get(at)) {
        assert!(column <= line.chars().count() + 1, "{what}: column {column} of {line:?}");
    }
}
