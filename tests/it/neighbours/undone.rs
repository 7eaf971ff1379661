//! C09 and C10 at size: many acts at random, all of them taken back one after the other, while another program changes
//! other flags of the same mails.

use super::kit::{Dice, Home, assert_each_once, census, say, text, write};
use crate::mails::soak;
use dutybox::app::effect::{Effect, Outcome, Request};
use dutybox::config::Config;
use dutybox::io::load;
use dutybox::io::world::{Options, World};
use dutybox::triage::row::{FolderId, MailKey};
use dutybox::triage::told::{Deed, Scope, Shelf};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const MAILS: usize = 60;
const FOLDERS: [&str; 4] = ["", ".Archive", ".Later", ".Trash"];

fn open(home: &Home) -> World {
    let options = Options {
        state_dir: home.path("state/dutybox"),
        config_dir: home.path("config/dutybox"),
        ..Options::default()
    };
    let folders = load::folders(&[home.mail()], false).unwrap();
    let names: Vec<&str> = folders.iter().map(|folder| folder.name.as_str()).collect();
    assert_eq!(names, ["", "Archive", "Later", "Trash"]);
    World::open(Config { me: Some("ann".into()), ..Config::default() }, options, folders).unwrap()
}

fn deed(dice: &mut Dice) -> Deed {
    let shelf = |to: &str| Deed::Move { shelf: Shelf::Folder, to: to.to_owned() };
    match dice.roll(14) {
        0..=2 => Deed::See,
        3 => Deed::Unsee,
        4 | 5 => Deed::Mark,
        6 => Deed::Unmark,
        7 => Deed::Trash,
        8 => Deed::Untrash,
        9 => Deed::Done,
        10 => Deed::Ignore { reason: "known".into(), scope: Scope::Message, until: None },
        11 => shelf("Later"),
        12 => shelf("inbox"),
        _ => Deed::Move { shelf: Shelf::Archive, to: "Archive".into() },
    }
}

/// Where some mails lie now; the other program changes only what stands behind the base name.
fn some(home: &Home, dice: &mut Dice) -> Vec<MailKey> {
    let mut all: Vec<MailKey> = Vec::new();
    for (id, folder) in FOLDERS.iter().enumerate() {
        for place in ["new", "cur"] {
            for entry in fs::read_dir(home.mail().join(folder).join(place)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let base = name.split(':').next().unwrap().as_bytes().into();
                all.push(MailKey { folder: FolderId(id as u16), base });
            }
        }
    }
    all.sort_by(|a, b| a.base.cmp(&b.base));
    (0..=dice.roll(4)).map(|_| all[dice.roll(all.len())].clone()).collect()
}

/// Sets and removes the flag R and two keywords, of any mail wherever it lies, until told to stop. Gives which of them
/// each file has now, by its inode: that is all that a mail keeps on its way.
fn meddle(mail: &Path, stop: &AtomicBool) -> (usize, BTreeMap<u64, String>) {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut now = BTreeMap::new();
    let mut renames = 0;
    while !stop.load(Ordering::Relaxed) {
        let cur = mail.join(FOLDERS[dice.roll(3)]).join("cur");
        let entries: Vec<_> = fs::read_dir(&cur).unwrap().filter_map(Result::ok).collect();
        if let Some(entry) = entries.get(dice.roll(entries.len())) {
            let (name, flag) = (entry.file_name().into_string().unwrap(), ['R', 'a', 'z'][dice.roll(3)]);
            let (base, flags) = name.split_once(":2,").unwrap();
            let mut flags: Vec<char> = flags.chars().collect();
            match flags.iter().position(|have| *have == flag) {
                Some(at) => drop(flags.remove(at)),
                None => flags.push(flag),
            }
            flags.sort_unstable();
            let flags: String = flags.into_iter().collect();
            let to = cur.join(format!("{base}:2,{flags}"));
            let ino = fs::symlink_metadata(cur.join(&name)).map(|meta| meta.ino());
            // Where it was moved or changed meanwhile it is left alone.
            if let Ok(ino) = ino
                && fs::rename(cur.join(&name), to).is_ok()
            {
                renames += 1;
                now.insert(ino, flags.chars().filter(|flag| "Raz".contains(*flag)).collect());
            }
        }
        thread::sleep(Duration::from_millis(30));
    }
    (renames, now)
}

#[test]
fn c09_c10_a_thousand_acts_are_taken_back_and_what_another_program_did_meanwhile_stays() {
    let acts = if soak().is_some() { 1_000 } else { 150 };
    let home = Home::new("");
    let seed = u64::from(std::process::id()).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut dice = Dice(seed);
    let mut start = Vec::new();
    for number in 0..MAILS {
        let flags = ["", "F", "S", "FS", "T", "FST", "ST", "Sb"][number % 8];
        start.push(flags.to_owned());
        write(&home.mail().join(format!("cur/{number}.M1P1.host,U={number}:2,{flags}")), &text(number, "check"));
    }
    let stop = AtomicBool::new(false);
    let mut world = open(&home);
    let (renames, others, refused, redone) = thread::scope(|scope| {
        let world = &mut world;
        let meddler = scope.spawn(|| meddle(&home.mail(), &stop));
        let (mut done, mut refused) = (0, 0);
        while done < acts {
            let deed = deed(&mut dice);
            let about = some(&home, &mut dice).into_iter().map(|key| (key, None)).collect();
            match world.perform(Effect::Act(Request { deed, about })) {
                // What lies in that folder already is not moved there; all others are done.
                Outcome::Acted(report) => {
                    let already = |line: &String| line.contains("it lies in that folder already");
                    assert!(report.failed.iter().all(already), "seed {seed}: {report:?}");
                    done += 1;
                }
                Outcome::Failed(words) => {
                    assert!(words.contains("it lies in that folder already"), "seed {seed}: {words}");
                    refused += 1;
                }
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        let mut redone = 0;
        for left in (0..acts).rev() {
            if left == acts / 2 {
                // In the middle the program is started anew, takes three more back, and does them again first.
                *world = open(&home);
                for effect in [Effect::Undo(None), Effect::Undo(None), Effect::Undo(None), Effect::Redo, Effect::Redo] {
                    redone += usize::from(matches!(effect, Effect::Redo));
                    let outcome = world.perform(effect);
                    assert!(
                        matches!(&outcome, Outcome::Acted(report) if report.failed.is_empty()),
                        "seed {seed}: {outcome:?}"
                    );
                }
                let outcome = world.perform(Effect::Redo);
                assert!(
                    matches!(&outcome, Outcome::Acted(report) if report.failed.is_empty()),
                    "seed {seed}: {outcome:?}"
                );
                redone += 1;
            }
            match world.perform(Effect::Undo(None)) {
                Outcome::Acted(report) => assert!(report.failed.is_empty(), "seed {seed}, {left} left: {report:?}"),
                other => panic!("seed {seed}, {left} left: {other:?}"),
            }
        }
        stop.store(true, Ordering::Relaxed);
        let (renames, others) = meddler.join().unwrap();
        (renames, others, refused, redone)
    });
    let outcome = world.perform(Effect::Undo(None));
    assert!(matches!(&outcome, Outcome::Failed(words) if words == "nothing to undo"), "seed {seed}: {outcome:?}");
    say(&format!(
        "C09, C10: {acts} acts undone, {redone} redone, {refused} refused, {renames} renames by another program"
    ));
    assert!(renames > acts / 4, "the other program did next to nothing: {renames}");

    let once = assert_each_once(&home.mail(), 0..MAILS);
    let mut wrong = Vec::new();
    for (number, found) in &once {
        let path = home.mail().join(&found.folder).join(&found.place).join(&found.name);
        let theirs = others.get(&fs::metadata(path).unwrap().ino()).cloned().unwrap_or_default();
        let flags: String = found.flags().chars().filter(|flag| !"Raz".contains(*flag)).collect();
        let have: String = found.flags().chars().filter(|flag| "Raz".contains(*flag)).collect();
        let number: usize = number.parse().unwrap();
        if !found.folder.is_empty() || flags != start[number] || have != theirs {
            wrong.push(format!("{number} had {:?}, theirs {theirs:?}: {found:?}", start[number]));
        }
    }
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    assert_eq!(census(&home.mail()).len(), MAILS);
}
