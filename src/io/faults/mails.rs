//! The operations on one mail, each with every fault at every call.

use super::*;
use crate::io::maildir::Fs;
use crate::io::outbox::Outbox;
use crate::mail::compose::Outgoing;
use crate::mail::{FileName, Flags, Time};
use crate::triage::row::Place;

/// The mail that operations are about; others lie beside it.
const IN_NEW: &str = "new/1000.M1P1.h";
const IN_CUR: &str = "cur/1001.M2P1.h,S=42:2,FSa";

/// How words begin that say that something was done and may not be on disk.
const NOT_SURE: &str = "changed, but not surely on disk: ";

/// A Maildir and an outbox, made anew for each try.
struct Ground {
    _keep: tempfile::TempDir,
    mail: PathBuf,
    state: PathBuf,
}

impl Ground {
    fn new() -> Ground {
        let keep = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(keep.path()).unwrap();
        let (inbox, state) = (root.join("mail"), root.join("state"));
        folder(&inbox);
        folder(&inbox.join(".Archive"));
        mail(&inbox.join(IN_NEW), "one");
        mail(&inbox.join(IN_CUR), "two");
        mail(&inbox.join("cur/1002.M3P1.h:2,S"), "three");
        mail(&inbox.join("cur/1003.M4P1.h:2,"), "four");
        fs::write(inbox.join("dovecot-uidlist"), "3 V1 N4\n").unwrap();
        let outbox = Outbox::open(&state).unwrap();
        outbox.put(&outgoing("waiting"), Time(1)).unwrap();
        settle(&root);
        Ground { _keep: keep, mail: inbox, state }
    }

    fn outbox(&self, fs: Fs) -> Outbox {
        Outbox::open_on(fs, &self.state).unwrap()
    }

    fn waiting(&self) -> Vec<String> {
        let mut list: Vec<String> =
            Outbox::open(&self.state).unwrap().list().unwrap().into_iter().map(|queued| queued.subject).collect();
        list.sort();
        list
    }

    fn has(&self, path: &str) -> bool {
        self.mail.join(path).exists()
    }
}

fn outgoing(subject: &str) -> Outgoing {
    Outgoing {
        sender: "duty@example.org".into(),
        recipients: vec!["a@example.org".into()],
        bytes: format!("Subject: {subject}\n\n{}\n", "body ".repeat(60)).into_bytes(),
        message_id: format!("{subject}@example.org"),
        subject: subject.into(),
    }
}

/// Something done to a mail or the outbox.
struct Operation {
    name: &'static str,
    /// Does it; the error in words.
    run: fn(Fs, &Ground) -> Result<(), String>,
    /// Whether all of it is on disk.
    done: fn(&Ground) -> bool,
    /// Whether nothing of it is.
    untouched: fn(&Ground) -> bool,
    /// What it adds to the mails of the Maildir, where it is done.
    adds: &'static [&'static [u8]],
    /// Whether it moves a mail into another folder.
    moves: bool,
}

fn flags(fs: Fs, ground: &Ground, base: &str, add: Flags, remove: Flags) -> Result<(), String> {
    fs.set_flags_in(&ground.mail, base.as_bytes(), None, add, remove).map_err(|error| error.to_string())?;
    fs.sync(&ground.mail).map_err(|error| format!("{NOT_SURE}{error}"))
}

const DELIVERED: &[u8] =
    b"Subject: delivered\n\nA mail that is longer than what one call of the twin writes, so that it \
    may be cut in the middle by what goes wrong.\n";

const OPERATIONS: &[Operation] = &[
    Operation {
        name: "set a flag",
        run: |fs, ground| flags(fs, ground, "1002.M3P1.h", Flags::FLAGGED, Flags::NONE),
        done: |ground| ground.has("cur/1002.M3P1.h:2,FS"),
        untouched: |ground| ground.has("cur/1002.M3P1.h:2,S"),
        adds: &[],
        moves: false,
    },
    Operation {
        name: "clear a flag, keep a keyword",
        run: |fs, ground| flags(fs, ground, "1001.M2P1.h,S=42", Flags::NONE, Flags::FLAGGED),
        done: |ground| ground.has("cur/1001.M2P1.h,S=42:2,Sa"),
        untouched: |ground| ground.has(IN_CUR),
        adds: &[],
        moves: false,
    },
    Operation {
        name: "new to cur",
        run: |fs, ground| flags(fs, ground, "1000.M1P1.h", Flags::SEEN, Flags::NONE),
        done: |ground| ground.has("cur/1000.M1P1.h:2,S") && !ground.has(IN_NEW),
        untouched: |ground| ground.has(IN_NEW) && !ground.has("cur/1000.M1P1.h:2,S"),
        adds: &[],
        moves: false,
    },
    Operation {
        name: "deliver into new",
        run: |fs, ground| {
            let delivered = fs.deliver(&ground.mail, Place::New, Flags::NONE, DELIVERED);
            delivered.map(|_| ()).map_err(|error| error.to_string())
        },
        done: |ground| mails(&ground.mail).values().filter(|(bytes, ..)| bytes == DELIVERED).count() == 1,
        untouched: |ground| mails(&ground.mail).len() == 4,
        adds: &[DELIVERED],
        moves: false,
    },
    Operation {
        name: "deliver into cur",
        run: |fs, ground| {
            let delivered = fs.deliver(&ground.mail, Place::Cur, Flags::SEEN, DELIVERED);
            delivered.map(|_| ()).map_err(|error| error.to_string())
        },
        done: |ground| mails(&ground.mail).values().filter(|(bytes, ..)| bytes == DELIVERED).count() == 1,
        untouched: |ground| mails(&ground.mail).len() == 4,
        adds: &[DELIVERED],
        moves: false,
    },
    Operation {
        name: "put into the outbox",
        run: |fs, ground| {
            let put = ground.outbox(fs).put(&outgoing("put"), Time(2));
            put.map(|_| ()).map_err(|error| error.to_string())
        },
        done: |ground| ground.waiting() == ["put", "waiting"],
        untouched: |ground| ground.waiting() == ["waiting"],
        adds: &[],
        moves: false,
    },
    Operation {
        name: "take from the outbox",
        run: |fs, ground| {
            let outbox = ground.outbox(fs);
            let list = outbox.list().map_err(|error| error.to_string())?;
            let Some(queued) = list.iter().find(|queued| queued.subject == "waiting") else {
                return Err("not there".into());
            };
            outbox.get(&queued.base).map_err(|error| error.to_string())?;
            match outbox.remove(&queued.base).map_err(|error| error.to_string())? {
                Some(unsure) => Err(format!("{NOT_SURE}{unsure}")),
                None => Ok(()),
            }
        },
        done: |ground| ground.waiting().is_empty(),
        untouched: |ground| ground.waiting() == ["waiting"],
        adds: &[],
        moves: false,
    },
    Operation {
        name: "move out of cur",
        run: |fs, ground| moved(fs, ground, "1001.M2P1.h,S=42"),
        done: |ground| ground.has(".Archive/cur/moved:2,FSa") && !ground.has(IN_CUR),
        untouched: |ground| ground.has(IN_CUR) && !ground.has(".Archive/cur/moved:2,FSa"),
        adds: &[],
        moves: true,
    },
    Operation {
        name: "move out of new",
        run: |fs, ground| moved(fs, ground, "1000.M1P1.h"),
        done: |ground| ground.has(".Archive/new/moved") && !ground.has(IN_NEW),
        untouched: |ground| ground.has(IN_NEW) && !ground.has(".Archive/new/moved"),
        adds: &[],
        moves: true,
    },
];

fn moved(fs: Fs, ground: &Ground, base: &str) -> Result<(), String> {
    let to = ground.mail.join(".Archive");
    let done =
        fs.move_mail(&ground.mail, base.as_bytes(), None, &to, b"moved", true).map_err(|error| error.to_string())?;
    match done.unsure {
        Some(words) => Err(words.replacen("moved, but not surely on disk", NOT_SURE, 1)),
        None => Ok(()),
    }
}

/// How many calls an operation makes when all is well.
fn count(operation: &Operation, kind: Kind) -> usize {
    let ground = Ground::new();
    let twin = Twin::new(Fault::Never, kind);
    (operation.run)(twin.fs(), &ground).unwrap();
    assert!((operation.done)(&ground), "{}", operation.name);
    twin.calls().len()
}

/// One try; the rules that hold after every one of them.
fn attempt(operation: &Operation, fault: Fault, kind: Kind) {
    let ground = Ground::new();
    let before = mails(&ground.mail);
    let twin = Twin::new(fault, kind);
    let outcome = run(|| (operation.run)(twin.fs(), &ground));
    let calls = twin.calls();
    let what = format!("{}, {fault:?}, {kind:?}: {outcome:?}; {calls:#?}", operation.name);

    let after = mails(&ground.mail);
    let added: Vec<_> = contents(&after).into_iter().filter(|one| !contents(&before).contains(one)).collect();
    let mut kept: Vec<_> = contents(&after).into_iter().filter(|one| contents(&before).contains(one)).collect();
    let twice = kept.windows(2).filter(|pair| pair[0] == pair[1]).count();
    // A mail that is being moved may be in both folders: after a crash, or where it is said.
    let said = matches!(&outcome, Some(Err(words)) if words.contains("other folder") || words.contains("both folders"));
    assert!(twice == 0 || (operation.moves && twice == 1 && (outcome.is_none() || said)), "doubled: {what}");
    kept.dedup();
    assert_eq!(kept, contents(&before), "a mail is lost or was changed: {what}");
    assert!(added.len() <= operation.adds.len(), "a second one: {what}");
    assert!(added.iter().all(|(bytes, _)| operation.adds.contains(&&bytes[..])), "half a mail: {what}");
    assert_eq!(fs::read(ground.mail.join("dovecot-uidlist")).unwrap(), b"3 V1 N4\n", "{what}");
    let about = |path: &Path| before.contains_key(path);
    let renamed = before.keys().filter(|path| !after.contains_key(*path)).count();
    assert!(renamed <= 1 && after.keys().filter(|path| !about(path)).count() <= 1, "{what}");
    assert!(after.iter().filter(|(path, _)| !about(path)).all(|(path, facts)| {
        // What we made is for us alone; what we renamed is as it was.
        !operation.adds.contains(&&facts.0[..]) || path.exists() && facts.2 & 0o077 == 0
    }));

    let (done, untouched) = ((operation.done)(&ground), (operation.untouched)(&ground));
    assert!(done || untouched || twice == 1, "half done: {what}");
    let rests = [rests(&ground.mail), rests(&ground.state)].concat();
    match &outcome {
        Some(Ok(())) => {
            // A kernel that says of a file that it is not there is believed.
            let believed = calls.iter().any(|call| call.op == Op::Unlink && call.refused == Some(Errno::NOENT));
            assert!(done || believed, "said to be done: {what}");
            demand_durable(&calls, &what);
            assert!(rests.is_empty() || matches!(fault, Fault::From(..)), "{rests:?} is left: {what}");
        }
        Some(Err(words)) => {
            assert!(!words.is_empty() && !words.contains("os error"), "{what}");
            assert!(!matches!(fault, Fault::Once(_, Errno::INTR) | Fault::Never), "no reason to fail: {what}");
            // Where everything fails, what was made cannot be removed any more.
            let may_stay = words.starts_with(NOT_SURE) || matches!(fault, Fault::From(..));
            assert!(untouched || may_stay || said, "said to have failed: {what}");
            if matches!(fault, Fault::Once(..)) {
                assert!(rests.is_empty(), "{rests:?} is left: {what}");
            }
        }
        None => assert!(rests.len() <= 1, "{what}"),
    }

    // When the fault is gone, the same works without more ado.
    if untouched || twice == 1 {
        (operation.run)(Twin::new(Fault::Never, kind).fs(), &ground).unwrap_or_else(|error| panic!("{error}: {what}"));
        assert!((operation.done)(&ground), "{what}");
        let mut last = contents(&mails(&ground.mail));
        last.retain(|one| contents(&before).contains(one));
        assert_eq!(last, contents(&before), "doubled after the second try: {what}");
        if operation.moves {
            assert!(super::rests(&ground.mail).is_empty(), "a rest of the first try: {what}");
        }
    }
}

#[test]
fn c03_every_operation_is_done_or_not_and_says_which_whatever_call_fails() {
    let mut tries = Vec::new();
    for operation in OPERATIONS {
        for kind in [Kind::Modern, Kind::Plain, Kind::Far] {
            let faults = sample(faults(count(operation, kind)));
            tries.extend(faults.into_iter().map(|fault| (operation, fault, kind)));
        }
    }
    assert!(tries.len() > 1_000, "{}", tries.len());
    each(&tries, |(operation, fault, kind)| attempt(operation, *fault, *kind));
}

/// The calls that change something or make it durable, in words.
fn told(operation: &str) -> Vec<String> {
    let operation = OPERATIONS.iter().find(|one| one.name == operation).unwrap();
    let ground = Ground::new();
    let twin = Twin::new(Fault::Never, Kind::Modern);
    (operation.run)(twin.fs(), &ground).unwrap();
    let root = ground.mail.parent().unwrap();
    let calls = twin.calls().into_iter().filter(|call| {
        matches!(call.op, Op::Create | Op::Write | Op::Sync | Op::RenameNew | Op::Rename | Op::Link | Op::Unlink)
    });
    let mut lines: Vec<String> = calls
        .map(|call| {
            let path = call.path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let unique = path.split_once(".M").filter(|_| !path.contains(".h")).map(|(head, _)| head.len());
            let shown = match unique {
                Some(_) => format!("{}/…", path.rsplit_once('/').unwrap().0),
                None => path,
            };
            format!("{:?} {shown}", call.op)
        })
        .collect();
    lines.dedup();
    lines
}

#[test]
fn a_delivery_is_synced_before_it_gets_its_name_and_its_folder_afterwards() {
    let lines = ["Create mail/tmp/…", "Write mail/tmp/…", "Sync mail/tmp/…", "RenameNew mail/new/…", "Sync mail/new"];
    assert_eq!(told("deliver into new"), lines);
}

#[test]
fn a_flag_is_one_rename_and_both_folders_are_synced() {
    assert_eq!(told("new to cur"), ["RenameNew mail/cur/1000.M1P1.h:2,S", "Sync mail/cur", "Sync mail/new"]);
}

#[test]
fn a_mail_has_its_second_name_on_disk_before_the_first_goes() {
    let near = [
        "Link mail/.Archive/cur/moved:2,FSa",
        "Sync mail/.Archive/cur",
        "Unlink mail/cur/1001.M2P1.h,S=42:2,FSa",
        "Sync mail/cur",
    ];
    assert_eq!(told("move out of cur"), near);
}

#[test]
fn what_leaves_the_outbox_is_removed_durably() {
    assert_eq!(told("take from the outbox"), ["Unlink state/outbox/new/…", "Sync state/outbox/new"]);
}

#[test]
fn a_state_folder_is_on_disk_before_anything_is_put_into_it() {
    let keep = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(keep.path()).unwrap();
    let twin = Twin::new(Fault::Never, Kind::Modern);
    let outbox = Outbox::open_on(twin.fs(), &root.join("a/b")).unwrap();
    outbox.put(&outgoing("first"), Time(1)).unwrap();
    demand_durable(&twin.calls(), "a new state folder");
    let made = twin.calls().iter().filter(|call| call.op == Op::MakeDir && call.refused.is_none()).count();
    assert!(made >= 6, "{made}");
}

#[test]
fn a_name_that_another_took_is_never_overwritten() {
    let ground = Ground::new();
    mail(&ground.mail.join("new/1002.M3P1.h"), "of the same name");
    settle(&ground.mail);
    let before = contents(&mails(&ground.mail));
    for kind in [Kind::Modern, Kind::Plain, Kind::Far] {
        let fs = Twin::new(Fault::Never, kind).fs();
        let dirs = fs.open(&ground.mail).unwrap();
        let hint = FileName::new(&b"1002.M3P1.h"[..]);
        let done = fs.set_flags(&dirs, b"1002.M3P1.h", Some((Place::New, &hint)), Flags::SEEN, Flags::NONE);
        assert!(done.is_err(), "{kind:?}");
        assert_eq!(contents(&mails(&ground.mail)), before);
    }
}

/// C07: the base name that a move would give is another mail's already.
#[test]
fn a_move_never_overwrites_what_lies_under_its_new_name() {
    for kind in [Kind::Modern, Kind::Plain, Kind::Far] {
        for again in [false, true] {
            let ground = Ground::new();
            let taken = ground.mail.join(".Archive/new/moved");
            mail(&taken, "another one");
            let before = std::fs::read(&taken).unwrap();
            let fs = Twin::new(Fault::Never, kind).fs();
            let to = ground.mail.join(".Archive");
            let done = fs.move_mail(&ground.mail, b"1000.M1P1.h", None, &to, b"moved", again);
            assert!(done.is_err(), "{kind:?} {again}: {done:?}");
            assert_eq!(std::fs::read(&taken).unwrap(), before);
            assert!(ground.has(IN_NEW), "{kind:?} {again}");
        }
    }
}

/// C17: what another program renamed since it was listed is not looked for one by one.
#[test]
fn mails_that_were_renamed_meanwhile_are_looked_for_together() {
    let keep = tempfile::tempdir().unwrap();
    let inbox = fs::canonicalize(keep.path()).unwrap();
    folder(&inbox);
    let name = |number: usize, flags: &str| format!("{number}.M1P1.h:2,{flags}");
    for number in 0..100 {
        mail(&inbox.join("cur").join(name(number, "S")), &number.to_string());
    }
    let twin = Twin::new(Fault::Never, Kind::Modern);
    let dirs = twin.fs().open(&inbox).unwrap();
    for number in 0..100 {
        // Once more while they are read.
        if number == 50 {
            for number in 0..100 {
                let path = |flags: &str| inbox.join("cur").join(name(number, flags));
                fs::rename(path("S"), path("FS")).unwrap();
            }
        }
        let read = twin.fs().read(&dirs, Place::Cur, &FileName::new(name(number, "").into_bytes()), false).unwrap();
        let now = name(number, if number < 50 { "S" } else { "FS" });
        assert_eq!(read.name.bytes(), now.as_bytes());
    }
    // The same for an act on many.
    for number in 0..100 {
        let (add, remove) = (Flags::REPLIED, Flags::NONE);
        let (base, old) = (format!("{number}.M1P1.h"), FileName::new(name(number, "S").into_bytes()));
        let done = twin.fs().set_flags(&dirs, base.as_bytes(), Some((Place::Cur, &old)), add, remove).unwrap();
        assert_eq!(done.name.bytes(), name(number, "FRS").as_bytes());
    }
    fs::remove_file(inbox.join("cur").join(name(7, "FRS"))).unwrap();
    let gone = twin.fs().read(&dirs, Place::Cur, &FileName::new(name(7, "").into_bytes()), false);
    assert!(matches!(gone, Err(crate::io::maildir::MailError::Gone)), "{gone:?}");
    let listings = twin.calls().iter().filter(|call| call.op == Op::List).count();
    assert!(listings <= 30, "{listings} listings for 201 mails");
}
