//! C17: another program renames thousands of mails a second while mail is marked and moved, by key and by command.

use super::kit::{Dice, Home, assert_each_once, assert_private, census, rests, say, text, write};
use crate::mails::soak;
use dutybox::io::index::Cache;
use dutybox::io::load;
use dutybox::runbook::Runbooks;
use dutybox::runbook::labels::HostRules;
use dutybox::triage::row::{Change, FolderId, MailKey};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Renames at once, and so many times a second: 2,000 a second.
const BURST: usize = 20;
const BURSTS: u32 = 100;

fn base(number: usize) -> String {
    format!("{}.M{number}P1.host", 1_700_000_000 + number)
}

/// Sets and removes the flag S, of one mail after the other in no order, until told to stop. Gives the renames that it
/// made, and which mails it left seen: those that were moved to another folder are left alone.
fn storm(cur: &Path, mails: usize, stop: &AtomicBool) -> (usize, Vec<bool>) {
    let mut seen = vec![false; mails];
    let mut dice = Dice(88_172_645_463_325_252);
    let mut renames = 0;
    let begun = Instant::now();
    let mut bursts = 0;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..BURST {
            let number = dice.roll(mails);
            let was = seen[number];
            let name = |marked: bool, seen: bool| {
                let flags = [if marked { "F" } else { "" }, if seen { "S" } else { "" }].concat();
                cur.join(format!("{}:2,{flags}", base(number)))
            };
            // Whoever is tested may mark it between one try and the next: the flag that is there is kept.
            for marked in [false, true, false, true] {
                if fs::rename(name(marked, was), name(marked, !was)).is_ok() {
                    seen[number] = !was;
                    renames += 1;
                    break;
                }
            }
        }
        bursts += 1;
        thread::sleep((begun + Duration::from_secs(1) / BURSTS * bursts).saturating_duration_since(Instant::now()));
    }
    (renames, seen)
}

/// What a command says of each message that it was about: the reason where it was not done.
fn failures(act: &serde_json::Value) -> Vec<String> {
    let messages = act["messages"].as_array().cloned().unwrap_or_default();
    messages.iter().filter_map(|message| message["failed"].as_str().map(str::to_owned)).collect()
}

#[test]
fn c17_no_row_goes_and_no_act_is_lost_in_a_storm_of_renames() {
    let (mails, seconds, acts) = if soak().is_some() { (10_000, 60, 1_000) } else { (1_500, 6, 100) };
    let home = Home::new("");
    let cur = home.mail().join("cur");
    for number in 0..mails {
        write(&cur.join(format!("{}:2,", base(number))), &text(number, &format!("check {number}")));
    }
    // By command: every tenth is marked, every tenth is moved. By key: the newest.
    let (by_key, by_command) = (acts / 5, acts * 2 / 5);
    let spread = (mails - by_key) / by_command;
    let chosen = |rest: usize| -> Vec<usize> { (0..by_command).map(|i| i * spread + rest).collect() };
    let (marked, moved) = (chosen(0), chosen(1));

    let mut screen = home.screen_of_all(mails);
    screen.send(",tgg");
    let stop = AtomicBool::new(false);
    let (renames, seen, samples, (least, most, doubled_for), used, lasted) = thread::scope(|scope| {
        let renamer = scope.spawn(|| storm(&cur, mails, &stop));
        let commands = scope.spawn(|| {
            // Messages of one command, so that all are done within the storm.
            let lot = by_command.div_ceil(4);
            let mut done = 0;
            for (marks, moves) in marked.chunks(lot).zip(moved.chunks(lot)) {
                for (command, numbers) in [(&["mark", "-y"][..], marks), (&["move", "-y", "--to", "Later"][..], moves)]
                {
                    let ids: Vec<String> = numbers.iter().map(|number| base(*number)).collect();
                    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                    let (output, report) = home.json(&[command, &ids].concat());
                    let failed = failures(&report["act"]);
                    let gone = |why: &String| why.contains("by another program");
                    assert!(failed.iter().all(gone), "{failed:?}\n{output:?}");
                    assert_eq!(report["act"]["messages"].as_array().map(Vec::len), Some(numbers.len()), "{output:?}");
                    done += numbers.len() - failed.len();
                }
            }
            done
        });
        let begun = Instant::now();
        let before = screen.processor();
        let (mut samples, mut least, mut most) = (0, mails, 0);
        let (mut doubled, mut doubled_for) = (0, 0);
        let mut keys = 0;
        while begun.elapsed() < Duration::from_secs(seconds) || !commands.is_finished() {
            assert!(begun.elapsed() < super::kit::PATIENCE, "the commands do not end");
            if let Some(count) = screen.count() {
                samples += 1;
                (least, most) = (least.min(count), most.max(count));
                doubled = if count <= mails { 0 } else { doubled + 1 };
                doubled_for = doubled_for.max(doubled);
            }
            if keys < by_key && begun.elapsed().as_millis() as usize > keys * 120 {
                screen.send("mmj");
                keys += 1;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let (used, lasted) = (screen.processor() - before, begun.elapsed());
        assert_eq!(keys, by_key);
        stop.store(true, Ordering::Relaxed);
        let (renames, seen) = renamer.join().unwrap();
        assert_eq!(commands.join().unwrap(), 2 * by_command, "every mail was there all the time");
        (renames, seen, samples, (least, most, doubled_for), used, lasted)
    });
    let calm = Instant::now();
    // What the list says of each mail now: its folder and its flags, both as they are on disk.
    let truth = || -> BTreeMap<String, bool> {
        let found = census(&home.mail());
        found.into_values().flatten().map(|found| (found.base().to_owned(), found.has('F'))).collect()
    };
    screen.wait(&format!("{mails} mails after the storm"), |screen| screen.count() == Some(mails));
    while !dutybox::io::maildir::scan(&home.mail()).unwrap().trusted {
        assert!(calm.elapsed() < super::kit::PATIENCE, "no listing is trusted");
    }
    let settled = calm.elapsed();
    say(&format!(
        "C17: {mails} mails, {renames} renames in {:.1} s, {} acts; {samples} samples of the list counted {least} to \
         {most} rows, too many in at most {doubled_for} in a row; all right and a listing trusted {:.1} s after the storm; {:.0} % of a processor",
        lasted.as_secs_f64(),
        2 * by_command + by_key,
        settled.as_secs_f64(),
        100.0 * used / lasted.as_secs_f64()
    ));
    assert!(renames > seconds as usize * 500, "no storm: {renames} renames");
    assert!(samples > 10, "the list was not looked at: {samples}");
    assert_eq!(least, mails, "a row was not shown");
    // What was just moved may be shown in both folders until they are looked at again, every second.
    assert!(doubled_for < 30, "rows shown twice: up to {most} of {mails} in {doubled_for} samples in a row");

    // All acts by key are in the journal, each mail that they are about is marked, and nothing else is.
    let acts = home.journal();
    let by_keys: Vec<_> =
        acts.iter().filter(|act| act["deed"] == "mark" && act["messages"].as_array().unwrap().len() == 1).collect();
    assert_eq!(by_keys.len(), by_key, "{by_keys:?}");
    let told: BTreeMap<String, bool> = acts
        .iter()
        .filter(|act| act["deed"] == "mark")
        .flat_map(|act| act["messages"].as_array().unwrap().clone())
        .map(|message| (message["base"].as_str().unwrap().to_owned(), message["failed"].is_null()))
        .collect();
    assert_eq!(told.len(), by_key + by_command);
    assert!(told.values().all(|done| *done), "{told:?}");
    let marks: Vec<String> = truth().into_iter().filter(|(_, marked)| *marked).map(|(base, _)| base).collect();
    assert_eq!(marks, told.into_keys().collect::<Vec<_>>(), "what is marked on disk, and in the journal");

    let once = assert_each_once(&home.mail(), 0..mails);
    assert_private(&home.mail(), &once);
    assert!(rests(&home.mail()).is_empty(), "{:?}", rests(&home.mail()));
    for number in 0..mails {
        let found = &once[&number.to_string()];
        let is_moved = moved.contains(&number);
        assert_eq!(found.folder, if is_moved { ".Later" } else { "" }, "{found:?}");
        assert_eq!(found.has('S'), seen[number], "the flag that the other program set last: {found:?}");
        assert!(found.flags().chars().all(|flag| "FS".contains(flag)), "{found:?}");
        assert!(is_moved || found.base() == base(number), "a mail keeps its name in its folder: {found:?}");
    }
    screen.quit();
}

#[test]
fn c17_a_command_reads_all_mail_in_the_middle_of_a_storm() {
    let mails = if soak().is_some() { 10_000 } else { 3_000 };
    let home = Home::new("");
    let cur = home.mail().join("cur");
    for number in 0..mails {
        write(&cur.join(format!("{}:2,", base(number))), &text(number, &format!("check {number}")));
    }
    let list = || {
        let begun = Instant::now();
        let (output, list) = home.json(&["list"]);
        assert_eq!(list["messages"].as_array().map(Vec::len), Some(mails), "{output:?}");
        begun.elapsed().as_secs_f64()
    };
    let calm = list();
    let stop = AtomicBool::new(false);
    let stormy = thread::scope(|scope| {
        scope.spawn(|| storm(&cur, mails, &stop));
        let took: Vec<f64> = (0..3).map(|_| list()).collect();
        stop.store(true, Ordering::Relaxed);
        took
    });
    say(&format!("C17: {mails} mails listed in {calm:.1} s in the calm, in {stormy:.1?} s in the storm"));
}

#[test]
fn a_mail_that_another_program_moves_is_shown_there_before_it_goes_here() {
    let home = Home::new("");
    let (here, there) = (home.mail().join("cur/1.a:2,"), home.mail().join(".Later/cur/2.b:2,"));
    write(&here, &text(1, "check"));
    let loader = load::start(vec![home.mail()], false, Arc::default(), HostRules::default());
    let mut rows: BTreeSet<MailKey> = BTreeSet::new();
    let mut until = |folder: u16| {
        let begun = Instant::now();
        while rows.len() != 1 || rows.iter().any(|key| key.folder != FolderId(folder)) {
            assert!(begun.elapsed() < super::kit::PATIENCE, "{rows:?}");
            match loader.changes.recv_timeout(Duration::from_millis(100)) {
                Ok(Change::Rows(new)) => rows.extend(new.into_iter().map(|row| row.key)),
                Ok(Change::Vanished(key)) => {
                    rows.remove(&key);
                    assert!(!rows.is_empty(), "it is in no list");
                }
                _ => {}
            }
        }
    };
    until(0);
    // Both ways: one of the two folders is listed before the other.
    fs::rename(&here, &there).unwrap();
    until(2);
    fs::rename(&there, &here).unwrap();
    until(0);
}

#[test]
fn a_mail_that_is_moved_out_of_a_storm_is_in_one_place_also_where_the_index_knows_it_there() {
    let home = Home::new("");
    let (here, there) = (home.mail().join("cur/2.moved:2,"), home.mail().join(".Later/cur/2.moved:2,"));
    write(&there, &text(2, "check"));
    // What was written just now is not indexed: it might be written again within the same tick of the clock.
    let file = fs::File::options().write(true).open(&there).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    let cache = Cache::new(&home.path("cache"), &Runbooks::default(), &HostRules::default());
    let folders = load::folders(&[home.mail()], false).unwrap();
    load::all_of(folders, &Runbooks::default(), &HostRules::default(), Some(&cache));
    fs::rename(&there, &here).unwrap();
    let restless = [home.mail().join("cur/1.restless:2,"), home.mail().join("cur/1.restless:2,S")];
    write(&restless[0], &text(1, "check"));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&restless[0], &restless[1]).unwrap();
                fs::rename(&restless[1], &restless[0]).unwrap();
            }
        });
        let (books, hosts) = (Arc::default(), HostRules::default());
        let loader = load::start_telling(vec![home.mail()], Vec::new(), false, books, hosts, None, Some(cache));
        let mut rows: BTreeSet<MailKey> = BTreeSet::new();
        let mut until = |folder: u16| {
            let begun = Instant::now();
            let of_it = |rows: &BTreeSet<MailKey>| -> Vec<FolderId> {
                rows.iter().filter(|key| &key.base[..] == b"2.moved").map(|key| key.folder).collect()
            };
            while of_it(&rows) != [FolderId(folder)] {
                stop.store(begun.elapsed() > super::kit::PATIENCE, Ordering::Relaxed);
                assert!(!stop.load(Ordering::Relaxed), "{rows:?}");
                match loader.changes.recv_timeout(Duration::from_millis(100)) {
                    Ok(Change::Rows(new)) => rows.extend(new.into_iter().map(|row| row.key)),
                    Ok(Change::Vanished(key)) => assert!(rows.remove(&key), "it goes once"),
                    _ => {}
                }
            }
        };
        until(0);
        fs::rename(&here, &there).unwrap();
        until(2);
        stop.store(true, Ordering::Relaxed);
    });
}
